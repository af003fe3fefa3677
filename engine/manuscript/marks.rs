//! What stands in a chapter's text and is not the story's: the author's comments, words that are struck out, marks of a copy editor. They are
//! masked before Markdown is parsed, so that they can neither hide prose that stands on their line nor be read as markup.

use super::{Comment, title};
use crate::text::{Span, lines_with_ends};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Stands for each masked byte: one byte that is neither space nor markup.
pub(super) const MASK: char = '\u{1}';

/// What a mark and its counterpart enclose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Encloses {
    Comment,
    /// Words that the author took out, by CriticMarkup.
    Deleted,
    /// Words that stay, without the marks.
    Kept,
    /// `old~>new`, of which the new stays.
    Replaced,
}

/// Each opening mark, its closing one, and what they enclose: HTML's, Obsidian's, and CriticMarkup's (<https://github.com/CriticMarkup/CriticMarkup-toolkit>).
const MARKS: [(&str, &str, Encloses); 7] = [
    ("<!--", "-->", Encloses::Comment),
    ("%%", "%%", Encloses::Comment),
    ("{>>", "<<}", Encloses::Comment),
    ("{--", "--}", Encloses::Deleted),
    ("{++", "++}", Encloses::Kept),
    ("{==", "==}", Encloses::Kept),
    ("{~~", "~~}", Encloses::Replaced),
];

/// A whole line that is a comment in disguise: `[//]: # (text)`, which Markdown takes for the address of a link.
static LINK_COMMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^ {0,3}\[(?://|comment|_|\$)\]: *(?:#|<>) *(?:\((.*)\)|"(.*)"|'(.*)')\s*$"#).ok());

/// Highlighted words, as Obsidian writes them. Their marks enclose no space at their ends, so that a row of them is none.
static HIGHLIGHT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"==([^=\s](?:[^=\n]*[^=\s])?)==").ok());

/// Words with attributes, and attributes alone behind a link or a picture, as converters from Word write them: `[words]{.underline}`,
/// `![](a.png){width="3in"}`.
static ATTRIBUTES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let attributes = r#"\{(?:[#.][\w-]|[a-z-]+=")[^{}\n]*\}"#;
    Regex::new(&format!(r"(?:(\[)([^\[\]\n]*)(\]{attributes})|\)({attributes}))")).ok()
});

/// What was masked and is kept.
#[derive(Debug, Default)]
pub(super) struct Asides {
    pub comments: Vec<Comment>,
    /// Texts of footnotes: a voice apart, and no prose of a scene.
    pub footnotes: Vec<Comment>,
}

/// The body of a chapter with all of that masked (line ends stay), and what is kept of it. Reports marks that never close, by byte offset.
pub(super) fn masked(source: &str, body_start: usize, problems: &mut Vec<(usize, String)>) -> (String, Asides) {
    let body = &source[body_start..];
    let mut asides = Asides::default();
    let mut masked = String::with_capacity(body.len());
    let mut rest = 0;
    let mut marks = Openings::new(body);
    while let Some((start, opening, closing, encloses)) = marks.next(rest) {
        let inner_start = start + opening.len();
        masked.push_str(&body[rest..start]);
        // A mark that is no comment's but a sign in the text would take chapters with it.
        let is_meant = |length: &usize| opening == "<!--" || !title::holds_chapter(&body[inner_start..inner_start + length]);
        let found = body[inner_start..].find(closing);
        let Some(inner_length) = found.filter(is_meant) else {
            if encloses == Encloses::Comment {
                let message = format!("a comment opens here with `{opening}` but never closes; its text is read as prose");
                problems.push((body_start + start, message));
            }
            masked.push_str(opening);
            rest = inner_start;
            // Nor does any after it.
            if found.is_none() {
                marks.forget(opening);
            }
            continue;
        };
        let inner = inner_start..inner_start + inner_length;
        let end = inner.end + closing.len();
        let kept = match encloses {
            Encloses::Comment | Encloses::Deleted => end..end,
            Encloses::Kept => inner.clone(),
            Encloses::Replaced => body[inner.clone()].find("~>").map_or(inner.clone(), |arrow| inner.start + arrow + 2..inner.end),
        };
        hide(&mut masked, &body[start..kept.start]);
        masked.push_str(&body[kept.clone()]);
        hide(&mut masked, &body[kept.end..end]);
        if encloses == Encloses::Comment {
            let span = Span::new(body_start + start, body_start + end);
            asides.comments.push(Comment { span, text: body[inner].trim().to_string() });
        }
        rest = end;
    }
    masked.push_str(&body[rest..]);
    let masked = with_line_feeds(without_attributes(without_highlights(masked)));
    let masked = without_lines(masked, body_start, &mut asides);
    asides.comments.sort_by_key(|comment| comment.span);
    (masked, asides)
}

/// Appends a mask for each byte but line ends.
fn hide(masked: &mut String, bytes: &str) {
    masked.extend(bytes.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { byte as char } else { MASK }));
}

/// The text with these ranges, which ascend and lie apart, masked.
fn with_hidden(text: String, ranges: &[Range<usize>]) -> String {
    if ranges.is_empty() {
        return text;
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = 0;
    for range in ranges {
        masked.push_str(&text[rest..range.start]);
        hide(&mut masked, &text[range.clone()]);
        rest = range.end;
    }
    masked + &text[rest..]
}

fn without_highlights(text: String) -> String {
    let Some(pattern) = HIGHLIGHT.as_ref().filter(|_| text.contains("==")) else { return text };
    let marks: Vec<Range<usize>> = pattern
        .captures_iter(&text)
        .filter_map(|found| Some((found.get(0)?.range(), found.get(1)?.range())))
        .flat_map(|(whole, words)| [whole.start..words.start, words.end..whole.end])
        .collect();
    with_hidden(text, &marks)
}

fn without_attributes(text: String) -> String {
    let Some(pattern) = ATTRIBUTES.as_ref().filter(|_| text.contains("]{") || text.contains("){")) else { return text };
    let marks =
        |found: regex::Captures<'_>| [1, 3, 4].into_iter().filter_map(move |group| Some(found.get(group)?.range())).collect::<Vec<_>>();
    let marks: Vec<Range<usize>> = pattern.captures_iter(&text).flat_map(marks).collect();
    with_hidden(text, &marks)
}

/// The text with every lone carriage return a line feed: Markdown's headings do not end at the former.
fn with_line_feeds(text: String) -> String {
    let bytes = text.as_bytes();
    let is_lone = |place: usize| bytes[place] == b'\r' && bytes.get(place + 1) != Some(&b'\n');
    if !bytes.contains(&b'\r') || !(0..bytes.len()).any(is_lone) {
        return text;
    }
    let plain = |(place, letter): (usize, char)| if letter == '\r' && is_lone(place) { '\n' } else { letter };
    text.char_indices().map(plain).collect()
}

/// The text without lines that are none of the story's: comments in the form of links, footnotes, tables, remarks. Each line is judged by
/// itself, so that none takes with it what an author wrote right below.
fn without_lines(text: String, body_start: usize, asides: &mut Asides) -> String {
    if !text.contains(['>', '|']) && !text.contains("]:") && !text.contains("[^") {
        return text;
    }
    let mut hidden: Vec<Range<usize>> = Vec::new();
    let (mut above, mut is_table, mut is_in_remark, mut is_quote) = (0..0, false, false, false);
    let mut start = 0;
    for line in lines_with_ends(&text) {
        let words = line.trim_end();
        let whole = start..start + words.len();
        start += line.len();
        let comment = LINK_COMMENT.as_ref().filter(|_| words.contains("]:")).and_then(|pattern| pattern.captures(words));
        let was_quote = std::mem::replace(&mut is_quote, words.trim_start().starts_with('>'));
        is_in_remark = is_quote && (is_in_remark || !was_quote && is_remark(words));
        let begins_table = is_rule_of_table(words) && text[above.clone()].contains('|');
        if begins_table && hidden.last() != Some(&above) {
            hidden.push(above.clone());
        }
        is_table = begins_table || is_table && words.contains('|');
        if let Some(comment) = &comment {
            let words = (1..=3).find_map(|group| comment.get(group)).map_or("", |words| words.as_str());
            let span = Span::new(body_start + whole.start, body_start + whole.end);
            asides.comments.push(Comment { span, text: words.trim().to_string() });
        }
        let footnote = footnote(words);
        if let Some(text) = footnote {
            let start = body_start + whole.end - text.len();
            asides.footnotes.push(Comment { span: Span::new(start, start + text.len()), text: text.replace(MASK, "") });
        }
        if comment.is_some() || is_table || is_in_remark || footnote.is_some() {
            hidden.push(whole.clone());
        }
        above = whole;
    }
    let text = with_hidden(text, &hidden);
    let Some(pattern) = FOOTNOTE_MARK.as_ref().filter(|_| text.contains("[^")) else { return text };
    let marks: Vec<Range<usize>> = pattern.find_iter(&text).map(|found| found.range()).collect();
    with_hidden(text, &marks)
}

/// The line under the heads of a table: `| --- | :-: |`.
fn is_rule_of_table(line: &str) -> bool {
    let line = line.trim();
    line.contains('|') && line.contains("--") && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

/// The text of a footnote, `[^1]: …`, without the spaces before it.
fn footnote(line: &str) -> Option<&str> {
    let (name, text) = line.trim_start().strip_prefix("[^")?.split_once("]:")?;
    (!name.is_empty() && !name.contains([']', ' '])).then(|| text.trim_start())
}

/// Where a footnote hangs in the text.
static FOOTNOTE_MARK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[\^[^\]\s^]+\]").ok());

/// The marks that open something, each looked for once: a text may hold a million.
struct Openings<'b> {
    body: &'b str,
    /// For each of [`MARKS`], where the next one stands that is not passed yet.
    places: [Option<usize>; MARKS.len()],
}

impl<'b> Openings<'b> {
    fn new(body: &'b str) -> Openings<'b> {
        Openings { body, places: MARKS.map(|(opening, ..)| body.find(opening)) }
    }

    /// The first mark from a byte on.
    fn next(&mut self, from: usize) -> Option<(usize, &'static str, &'static str, Encloses)> {
        for (place, (opening, ..)) in self.places.iter_mut().zip(MARKS) {
            if place.is_some_and(|place| place < from) {
                *place = self.body[from..].find(opening).map(|place| from + place);
            }
        }
        let all = self.places.iter().zip(MARKS);
        all.filter_map(|(place, (opening, closing, encloses))| Some(((*place)?, opening, closing, encloses))).min()
    }

    /// Marks of this kind open nothing any more.
    fn forget(&mut self, opening: &str) {
        self.places.iter_mut().zip(MARKS).filter(|(_, (known, ..))| *known == opening).for_each(|(place, _)| *place = None);
    }
}

/// Whether a block quote, or one of the first that open within it, is a callout of Obsidian's (`> [!note]`), or a remark of the author's own,
/// which its first words say: `> **Beat:** …`.
pub(super) fn is_remark(quote: &str) -> bool {
    let quote = quote.trim_start();
    let marks = quote.bytes().take(DEEPEST_CALLOUT + 1).take_while(|byte| *byte == b'>').count();
    let words = quote[marks.min(DEEPEST_CALLOUT)..].trim_start();
    marks <= DEEPEST_CALLOUT && (words.starts_with("[!") || REMARK.as_ref().is_some_and(|pattern| pattern.is_match(words)))
}

/// A callout within more block quotes than this is a block quote.
const DEEPEST_CALLOUT: usize = 16;

/// How remarks begin that authors leave for themselves between paragraphs.
static REMARK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "(?:scene |story |plot |chapter )?beats?|(?:author[’']s |editor[’']s |scene |draft |plot )?notes?|note to self|todo|to do|to-do|fixme|outline|synopsis|\
                 summary|comments?|research|reminder|idea|plot|goal|revision|rewrite";
    Regex::new(&format!(r"(?i)^(?:\*\*|__)(?:{words})(?::(?:\*\*|__)|(?:\*\*|__):)")).ok()
});

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left, without the masks, and the comments.
    fn left(source: &str) -> (String, Vec<String>) {
        let (masked, Asides { comments, .. }) = masked(source, 0, &mut Vec::new());
        assert_eq!(masked.len(), source.len());
        (masked.replace(MASK, ""), comments.into_iter().map(|comment| comment.text).collect())
    }

    #[test]
    fn footnotes_are_kept_apart_with_their_places() {
        let source = "---\na: b\n---\nShe ran.[^1]\n\n[^1]: Not far; her eyes were {--brown--}blue.\n[^two]:  \n[^no text]: x\n";
        let (masked, asides) = masked(source, 13, &mut Vec::new());
        let kept: Vec<(&str, &str)> = asides.footnotes.iter().map(|note| (note.text.as_str(), note.span.slice(source).unwrap())).collect();
        assert_eq!(kept, [("Not far; her eyes were blue.", "Not far; her eyes were {--brown--}blue."), ("", "")]);
        assert!(!masked.contains("Not far") && masked.contains("[^no text]: x"));
    }

    #[test]
    fn marks_of_a_copy_editor_leave_what_stays() {
        assert_eq!(
            left("She {--slowly --}ran{>>why?<<} {++far++} {~~off~>away~~}, {==old==}."),
            ("She ran far away, old.".into(), vec!["why?".into()])
        );
        assert_eq!(left("{~~old~~} {-- never closed. {++ nor this."), ("old {-- never closed. {++ nor this.".into(), vec![]));
    }

    #[test]
    fn highlighted_words_stay_and_rows_of_the_mark_are_left_alone() {
        assert_eq!(left("A ==bright day== and ==x==.").0, "A bright day and x.");
        for kept in ["One\n=====\n", "a == b", "a == b == c", "=== a ==="] {
            assert_eq!(left(kept).0, kept);
        }
    }

    #[test]
    fn attributes_of_converters_go_and_their_words_stay() {
        assert_eq!(left("[]{#_Toc1 .anchor}Chapter 1").0, "Chapter 1");
        assert_eq!(left("She [never]{.underline} ran. ![](a.png){width=\"3in\" height=\"2in\"}").0, "She never ran. ![](a.png)");
        for kept in ["[a]{b}", "f(x){y}", "[[Mara]] {#x}"] {
            assert_eq!(left(kept).0, kept);
        }
    }

    #[test]
    fn lines_that_are_no_prose_take_none_with_them() {
        let text = "She ran.[^1]\n\n[^1]: A note.\nHe fell.\n\n    And rose.\n\n| a | b |\n| --- | :-: |\n| 1 | 2 |\nShe saw.\n> **Note:** fix\n> this\nHe went.\n> He wrote:\n> **Note:** bring bread\n";
        let kept = "She ran.\n\n\nHe fell.\n\n    And rose.\n\n\n\n\nShe saw.\n\n\nHe went.\n> He wrote:\n> **Note:** bring bread\n";
        assert_eq!(left(text).0, kept);
        assert_eq!(left("a | b\n\n---\n\n1 | 2\n").0, "a | b\n\n---\n\n1 | 2\n");
    }

    #[test]
    fn a_comment_in_the_form_of_a_link_is_one() {
        let (text, comments) = left("She ran.\n[//]: # (BEAT: he (falls))\nHe fell.\r\n[comment]: # \"two\"\r\n[Mara]: # (a link)\n");
        assert_eq!(text, "She ran.\n\nHe fell.\r\n\r\n[Mara]: # (a link)\n");
        assert_eq!(comments, ["BEAT: he (falls)", "two"]);
    }

    #[test]
    fn remarks_are_told_from_block_quotes_of_the_story() {
        for remark in ["> [!note] Plan", ">> [!b]", "> **Beat:** He falls.", "> __TODO__: more", "> **Author's note:** x"] {
            assert!(is_remark(remark), "{remark}");
        }
        for story in ["> Dear Mara,", "> **From:** Edmund", "> **Beat** the drum", "> *Note:* she wrote"] {
            assert!(!is_remark(story), "{story}");
        }
    }
}
