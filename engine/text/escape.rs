//! Makes foreign text safe to show: in a terminal, where control characters act, and in Markdown, where a viewer may fetch; and a path in a URI.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Stands between the marks of an address, so that no viewer takes it for one: it has no width and ends no word.
const WORD_JOINER: char = '\u{2060}';

/// The text with control and direction-changing characters made visible, so that a file name or a chapter cannot move the cursor,
/// recolour the terminal or show its letters in another order. Line ends and tabs become spaces.
pub fn for_terminal(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\t' | '\r' => safe.push(' '),
            c if is_unsafe(c) => safe.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => safe.push(c),
        }
    }
    safe
}

/// What of a path is not written as it is in a URI.
const CODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A path with `/` between its parts, as a URI has it.
pub fn for_uri(path: &str) -> String {
    utf8_percent_encode(path, CODED).to_string()
}

/// Whether a character controls a viewer instead of being seen: C0 and C1 controls, direction marks, zero-width and tag characters.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line for a Markdown report: every character that Markdown or HTML could read as markup is escaped, and what a
/// viewer might turn into a link by itself (`http://`, `www.`, an address) is broken, so that nothing in it can be fetched or clicked.
///
/// Addresses are broken by a character without width, not by an entity: several viewers look for addresses after they resolve entities.
pub fn for_markdown(text: &str) -> String {
    let one_line = for_terminal(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let characters: Vec<char> = one_line.chars().collect();
    let mut safe = String::with_capacity(one_line.len() + 16);
    for (position, character) in characters.iter().copied().enumerate() {
        let previous = position.checked_sub(1).map(|before| characters[before]);
        let next = characters.get(position + 1).copied();
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' if next != Some(' ') => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' | '^' | '{' | '}' => safe.extend(['\\', character]),
            // These are markup only in pairs, before a bracket or beside what the template puts around the value.
            '!' | '=' | '%' if is_lone(character, previous, next) => safe.push(character),
            '!' | '=' | '%' => safe.extend(['\\', character]),
            '+' | '-' | ':' if position == 0 => safe.extend(['\\', character]),
            '.' | ')' if is_list_number(&characters[..position]) => safe.extend(['\\', character]),
            c => safe.push(c),
        }
        if ends_address_mark(&characters[..=position], &characters[position + 1..]) {
            safe.push(WORD_JOINER);
        }
    }
    safe
}

/// Whether a mark stands between two characters that give it no meaning.
fn is_lone(mark: char, previous: Option<char>, next: Option<char>) -> bool {
    let gives_meaning = |neighbour: Option<char>| neighbour.is_none_or(|c| c == mark || c == '[' || c == '>');
    !gives_meaning(previous) && !gives_meaning(next)
}

/// Whether only digits stand before: a dot or a bracket after them would start a list.
fn is_list_number(before: &[char]) -> bool {
    !before.is_empty() && before.iter().all(char::is_ascii_digit)
}

/// Whether an address must be broken here: after a scheme's colon, between two slashes, after `www` and on both sides of an at sign. Words
/// between two colons, which some viewers show as a picture, and the two colons of a Dataview field are broken on the way.
fn ends_address_mark(so_far: &[char], rest: &[char]) -> bool {
    let Some((last, before)) = so_far.split_last() else { return false };
    let previous = before.last().copied().unwrap_or(' ');
    // Whatever the template puts behind it.
    let Some(next) = rest.first().copied() else { return matches!(last, '@' | ':') };
    let is_of_name = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '_');
    match last {
        ':' => {
            let is_time = previous.is_numeric() && next.is_numeric() && rest.iter().take_while(|c| is_of_name(c)).all(char::is_ascii_digit);
            let begins_a_name = is_of_name(&next) || matches!(next, '/' | ':');
            !is_time && (begins_a_name || (previous.is_alphanumeric() && !next.is_whitespace()))
        }
        '/' => next == '/',
        '@' => true,
        'w' | 'W' if next == '.' => so_far.len() >= 3 && so_far[so_far.len() - 3..].iter().all(|c| c.eq_ignore_ascii_case(&'w')),
        _ => next == '@',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_get_no_controls() {
        assert_eq!(for_terminal("a\u{1b}[31mb\u{202e}c\r\nd"), "a⟨U+001B⟩[31mb⟨U+202E⟩c d");
    }

    #[test]
    fn markdown_gets_no_markup() {
        let joined = |text: &str| for_markdown(text).replace(WORD_JOINER, "+");
        assert_eq!(joined("![x](http://e.vil/?q=1)"), r"\!\[x\](http:+/+/e.vil/?q=1)");
        assert_eq!(joined("<img src=x> & &amp;"), r"&lt;img src=x&gt; & &amp;amp;");
        assert_eq!(joined("1. one\n# two"), r"1\. one \# two");
        assert_eq!(joined("www.evil.example a@b.c mailto:x"), "www+.evil.example a+@+b.c mailto:+x");
        assert_eq!(joined("- ==x== %%y%% +"), r"\- \=\=x\=\= \%\%y\%\% +");
        assert_eq!(joined("so :smile: or :+1: ?"), "so :+smile: or :++1: ?");
        assert_eq!(joined("(mood:: dark)"), "(mood:+: dark)");
        // The template may go on with a colon.
        assert_eq!(joined("at 3:8ya"), "at 3:+8ya");
    }

    #[test]
    fn prose_stays_readable() {
        let prose = "“Stop!” she said at 10:30: half (50% of it) was Smith & Sons’, wasn’t it? No. 7, then.";
        assert_eq!(for_markdown(prose), prose);
    }
}
