//! Facts that stand in the text of a note instead of its front matter, as Obsidian's Dataview, World Anvil and many authors write them:
//! `Eyes:: green`, `**Eyes:** green`, `- Eyes: green`, `| Eyes | green |`.

use crate::text::{Span, lines_with_ends};

/// A longer value is a description and no fact.
const MAX_VALUE_BYTES: usize = 120;

/// A longer name is the beginning of a sentence.
const MAX_NAME_WORDS: usize = 4;

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub name: String,
    pub value: String,
    /// From the name's first byte to the value's last.
    pub span: Span,
}

/// Headings below which a note still speaks of its own subject.
const OWN_HEADINGS: &[&str] = &[
    "appearance",
    "looks",
    "physical",
    "physical description",
    "physical appearance",
    "basics",
    "basic information",
    "basic info",
    "general",
    "information",
    "info",
    "details",
    "description",
    "profile",
    "bio",
    "biography",
    "background",
    "overview",
    "vitals",
    "stats",
    "personal",
    "facts",
    "identity",
    "at a glance",
    "summary",
    "character sheet",
    "family",
];

/// The fields of a text from `start` on, in its order. What they are called is not looked at.
pub(super) fn fields(text: &str, start: usize) -> Vec<Field> {
    let mut fields = Vec::new();
    for (line, place) in own_lines(text, start) {
        fields.extend(inline(line, place));
        fields.extend(of_line(line).and_then(|(name, value)| field(line, name, value, place)));
    }
    fields.dedup_by(|one, other| one.span == other.span);
    fields
}

/// The lines of a text from `start` on that speak of its own subject, each with its place. A comment, code, the head of a table and what stands
/// below a heading that may be about somebody else do not.
pub(super) fn own_lines(text: &str, start: usize) -> Vec<(&str, usize)> {
    let mut own = Vec::new();
    let mut place = start;
    let (mut closing, mut is_own, mut has_title) = (None, true, false);
    let lines: Vec<&str> = lines_with_ends(&text[start..]).collect();
    for (index, line) in lines.iter().enumerate() {
        let words = line.trim();
        let marks = [("<!--", "-->"), ("%%", "%%"), ("```", "```"), ("~~~", "~~~")];
        let was_closed = closing.is_none();
        if let Some(end) = closing {
            closing = Some(end).filter(|end| !words.contains(end));
        } else if let Some((mark, end)) = marks.into_iter().find(|(mark, _)| words.starts_with(mark)) {
            closing = Some(end).filter(|end| !words[mark.len()..].contains(end));
        } else if let Some((level, name)) = heading(words) {
            is_own = level == 1 && !has_title || OWN_HEADINGS.contains(&name.as_str());
            has_title = true;
        }
        let is_head =
            lines.get(index + 1).is_some_and(|next| next.contains("--") && next.trim().chars().all(|c| matches!(c, '|' | '-' | ':' | ' ')));
        if was_closed && closing.is_none() && is_own && !is_head && !words.starts_with("<!--") && !words.starts_with("%%") {
            own.push((*line, place));
        }
        place += line.len();
    }
    own
}

/// How deep the heading of a line is, and what it says, in small letters; nothing of a tag (`#character`).
pub(super) fn heading(line: &str) -> Option<(usize, String)> {
    let words = line.trim_start().trim_start_matches('#');
    let level = line.trim_start().len() - words.len();
    let is_heading = level > 0 && (words.is_empty() || words.starts_with(' '));
    is_heading.then(|| (level, words.trim_matches(['#', ' ', ':', '*', '\n', '\r']).to_lowercase()))
}

/// Name and value of a line that is one field.
fn of_line(line: &str) -> Option<(&str, &str)> {
    let words = line.trim();
    if let Some(row) = words.strip_prefix('|').and_then(|row| row.strip_suffix('|')) {
        let (name, value) = row.split_once('|').filter(|(_, value)| !value.contains('|'))?;
        return Some((name, value));
    }
    let in_list = ["- ", "* ", "+ "].iter().find_map(|mark| words.strip_prefix(mark));
    let words = in_list.unwrap_or(words);
    if let Some((name, value)) = words.split_once("::") {
        return (!name.contains(['[', '('])).then_some((name, value));
    }
    let (name, value) = words.split_once(':')?;
    let is_bold = ["**", "__"].iter().any(|mark| name.starts_with(mark) && (name.ends_with(mark) || value.starts_with(mark)));
    (is_bold || in_list.is_some()).then_some((name, value))
}

/// `[Eyes:: green]` and `(Eyes:: green)` within a line.
fn inline(line: &str, place: usize) -> Vec<Field> {
    let mut fields = Vec::new();
    for (mark, _) in line.match_indices("::") {
        let Some(open) = line[..mark].rfind(['[', '(']) else { continue };
        let end = if line[open..].starts_with('[') { ']' } else { ')' };
        let Some(length) = line[mark..].find(end) else { continue };
        fields.extend(field(line, &line[open + 1..mark], &line[mark + 2..mark + length], place));
    }
    fields
}

/// A field of these two parts of a line that begins at `place`, if both look like it.
pub(super) fn field(line: &str, name: &str, value: &str, place: usize) -> Option<Field> {
    let marks = |c: char| c.is_whitespace() || matches!(c, '*' | '_' | '`' | '[' | ']' | '(' | ')');
    let (name, value) = (name.trim_matches(marks), value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '`')));
    let is_name = name.starts_with(char::is_alphabetic) && name.split_whitespace().count() <= MAX_NAME_WORDS;
    if !is_name
        || name.contains(['.', '!', '?', '|', '/'])
        || value.is_empty()
        || value.starts_with('/')
        || value.contains(": ")
        || value.contains("~~")
        || value.len() > MAX_VALUE_BYTES
    {
        return None;
    }
    // Both are parts of the line, so both have their places in it.
    let at = |part: &str| part.as_ptr() as usize - line.as_ptr() as usize;
    let span = Span::new(place + at(name), place + at(value) + value.len());
    Some(Field { name: name.to_string(), value: linked(value), span })
}

/// The words of a value without the marks of links: `[[Mara Vance|Mara]]` is Mara.
fn linked(value: &str) -> String {
    let mut words = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("[[") {
        let Some((link, then)) = after.split_once("]]") else { break };
        words += before;
        words += link.rsplit('|').next().unwrap_or(link);
        rest = then;
    }
    (words + rest).trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        fields(text, 0).into_iter().map(|field| format!("{}={} <{}>", field.name, field.value, field.span.slice(text).unwrap())).collect()
    }

    #[test]
    fn fields_of_every_form_are_read() {
        assert_eq!(told("Eyes:: green\n"), ["Eyes=green <Eyes:: green>"]);
        assert_eq!(told("**Eyes:** green\r\n__Hair__: red"), ["Eyes=green <Eyes:** green>", "Hair=red <Hair__: red>"]);
        assert_eq!(told("- Eye colour: *green*\n* **Born**: 1871"), ["Eye colour=green <Eye colour: *green>", "Born=1871 <Born**: 1871>"]);
        assert_eq!(told("| Looks | |\n| --- | --- |\n| Eyes | green |\n| a | b | c |"), ["Eyes=green <Eyes | green>"]);
        assert_eq!(told("# Mara\n## Appearance\n- Eyes: green\n## Ann\n- Eyes: blue\n"), ["Eyes=green <Eyes: green>"]);
        assert_eq!(told("She has [eyes:: green] and (hair:: red)."), ["eyes=green <eyes:: green>", "hair=red <hair:: red>"]);
        assert_eq!(told("- Sister:: [[Ann Vance|Ann]] of Stennick"), ["Sister=Ann of Stennick <Sister:: [[Ann Vance|Ann]] of Stennick>"]);
    }

    #[test]
    fn sentences_are_no_fields() {
        for text in [
            "She said: green.",
            "**Bold** words: green",
            "- She told him the whole truth about it: nothing",
            "Eyes:: ",
            "12: 30",
            "- http://x",
        ] {
            assert_eq!(told(text), [""; 0], "{text}");
        }
    }
}
