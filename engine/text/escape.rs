//! Makes foreign text safe to show: in a terminal, where control characters act, and in Markdown, where a viewer may fetch.

/// The text with control and direction-changing characters made visible, so that a file name or a chapter cannot move the cursor,
/// recolour the terminal or show its letters in another order.
pub fn for_terminal(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => safe.push(' '),
            c if is_unsafe(c) => safe.push_str(&format!("⟨U+{:04X}⟩", c as u32)),
            c => safe.push(c),
        }
    }
    safe
}

/// Whether a character controls a viewer instead of being seen: C0 and C1 controls, direction marks and zero-width characters.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The text on one line for a Markdown report: every character that Markdown or HTML could read as markup is escaped, and what a
/// viewer might turn into a link by itself (`http://`, `www.`, an address) is broken, so that nothing in it can be fetched or clicked.
pub fn for_markdown(text: &str) -> String {
    let one_line = for_terminal(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut safe = String::with_capacity(one_line.len() + 16);
    let mut previous = ' ';
    for character in one_line.chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // An autolink needs a colon after its scheme, a dot after `www` or an at sign: an entity for the mark stays readable.
            ':' if previous.is_alphanumeric() => safe.push_str("&#58;"),
            '@' => safe.push_str("&#64;"),
            '.' if safe.to_ascii_lowercase().ends_with("www") => safe.push_str("&#46;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '|' | '~' | '#' | '$' | '^' | '=' | '%' | '{' | '}' => {
                safe.push('\\');
                safe.push(character);
            }
            '+' | '-' if safe.is_empty() => {
                safe.push('\\');
                safe.push(character);
            }
            c => safe.push(c),
        }
        previous = character;
    }
    // A number with a dot at the beginning of a line would start a list.
    let digits = safe.chars().take_while(char::is_ascii_digit).count();
    if digits > 0 && matches!(safe[digits..].chars().next(), Some('.' | ')')) {
        safe.insert(digits, '\\');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_get_no_controls() {
        assert_eq!(for_terminal("a\u{1b}[31mb\u{202e}c\nd"), "a⟨U+001B⟩[31mb⟨U+202E⟩c d");
    }

    #[test]
    fn markdown_gets_no_markup() {
        assert_eq!(for_markdown("![x](http://e.vil/?q=1)"), r"\!\[x\](http&#58;//e.vil/?q\=1)");
        assert_eq!(for_markdown("<img src=x>"), r"&lt;img src\=x&gt;");
        assert_eq!(for_markdown("1. one\n# two"), r"1\. one \# two");
        assert_eq!(for_markdown("www.evil.example a@b.c"), "www&#46;evil.example a&#64;b.c");
    }
}
