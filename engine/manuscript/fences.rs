//! Marks that Markdown takes for the beginning of code, where a novelist meant something else: nothing of a chapter is lost to them.

/// Marks of code.
const MARKS: [char; 2] = ['`', '~'];

/// Fewer in a row are none.
const SHORTEST: usize = 3;

/// A text of the same length in which lines of tildes are scene breaks, as many novelists write them. As it is where tildes begin code of a
/// named language: there they are meant.
pub(super) fn tildes_as_breaks(text: String) -> String {
    let is_mark = |line: &str| line.trim_start().starts_with("~~~");
    let is_break = |line: &str| line.trim().chars().all(|c| c == '~') && line.len() - line.trim_start_matches(' ').len() <= 3;
    if !text.contains("~~~") || text.split(['\n', '\r']).any(|line| is_mark(line) && !is_break(line)) {
        return text;
    }
    text.split_inclusive(['\n', '\r']).map(|line| if is_mark(line) { line.replace('~', "*") } else { line.to_string() }).collect()
}

/// Whether code between fences, from its first mark on, comes to its end and does not only end with what it stands in.
pub(super) fn is_closed(code: &str) -> bool {
    let Some(mark) = code.chars().next() else { return true };
    let opening = code.chars().take_while(|c| *c == mark).count();
    let Some((_, last)) = code.trim_end().rsplit_once(['\n', '\r']) else { return false };
    let last = last.trim_start_matches([' ', '\t', '>']);
    last.chars().all(|c| c == mark) && last.chars().count() >= opening
}

/// The text with the mark at each of these places, which ascend, masked, so that it begins no code; with `all`, every mark of code.
pub(super) fn masked(text: &str, places: &[usize], all: bool, mask: char) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let run = if MARKS.contains(&character) { text[at..].chars().take_while(|c| *c == character).count() } else { 0 };
        if run >= SHORTEST && (all || places.binary_search(&at).is_ok()) {
            masked.extend(std::iter::repeat_n(mask, run));
        } else {
            masked.push_str(&text[at..at + run.max(character.len_utf8())]);
        }
        at += run.max(character.len_utf8());
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_tildes_are_scene_breaks_unless_code_is_meant() {
        assert_eq!(tildes_as_breaks("A.\n\n~~~\n\nB.\r\n  ~~~~ \r\nC ~~~ d".to_string()), "A.\n\n***\n\nB.\r\n  **** \r\nC ~~~ d");
        for kept in ["~~~ rust\nlet a;\n~~~\n", "A ~~struck~~ word.", "    ~~~\n"] {
            assert_eq!(tildes_as_breaks(kept.to_string()), kept);
        }
    }

    #[test]
    fn code_is_closed_by_its_own_mark() {
        for closed in ["```\ncode\n```", "````\n```\n````\n", "```\n> code\n> ```\n", "~~~ x\n~~~~"] {
            assert!(is_closed(closed), "{closed:?}");
        }
        for open in ["```", "```\ncode\n", "````\n```\n", "```\n~~~\n", "``` ```"] {
            assert!(!is_closed(open), "{open:?}");
        }
    }

    #[test]
    fn masks_are_as_long_as_what_they_hide() {
        assert_eq!(masked("ä ``` b ~~~~ ``c``", &[3], false, '.'), "ä ... b ~~~~ ``c``");
        assert_eq!(masked("ä ``` b ~~~~ ``c``", &[], true, '.'), "ä ... b .... ``c``");
    }
}
