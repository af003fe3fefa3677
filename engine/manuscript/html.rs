//! Raw HTML in a chapter: its words are prose, its tags are not.

use std::ops::Range;

/// What raw HTML holds, in order, each by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Words(Range<usize>),
    /// The end of a line, which is a space.
    LineEnd(Range<usize>),
    /// `<br>`.
    Break(Range<usize>),
    ParagraphEnd,
    /// `<hr>`.
    SceneBreak,
}

/// What no reader of the page sees, from the first mark to the second.
const UNSEEN: [(&str, &str); 2] = [("<script", "</script>"), ("<style", "</style>")];

/// Tags within a line; all others end a paragraph.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "img", "ins", "kbd", "mark", "q", "s", "small", "span", "strike",
    "strong", "sub", "sup", "tt", "u",
];

/// A longer tag is none: its mark is one of the words, and what follows it is read. A picture may be written into its tag.
const MAX_TAG_BYTES: usize = 1_000;
const PICTURE: &str = "data:image/";

/// The pieces of a block of HTML.
pub(super) fn pieces(html: &str) -> Vec<Piece> {
    // Of the same length, so that both have the same places.
    let lower = html.to_ascii_lowercase();
    let last_ends = UNSEEN.map(|(_, end)| lower.rfind(end).unwrap_or(0));
    let unseen_end = |at: usize| {
        UNSEEN.iter().zip(last_ends).find_map(|((mark, end), last)| {
            let is_here = last > at && lower[at..].starts_with(mark);
            is_here.then(|| lower[at..].find(end).map(|found| at + found + end.len())).flatten()
        })
    };
    let mut pieces = Vec::new();
    let mut at = 0;
    // Looked for once, however many tags are never closed.
    let mut next_end = html.find('>');
    while let Some(first) = html[at..].chars().next() {
        if next_end.is_some_and(|end| end < at) {
            next_end = html[at..].find('>').map(|end| at + end);
        }
        if let Some(end) = unseen_end(at) {
            at = end;
        } else if let Some((name, length)) = tag(&lower[at..], next_end.map_or(usize::MAX, |end| end - at)) {
            match name {
                "br" => pieces.push(Piece::Break(at..at + length)),
                "hr" => pieces.push(Piece::SceneBreak),
                name if INLINE.contains(&name) => {}
                _ => pieces.push(Piece::ParagraphEnd),
            }
            at += length;
        } else if matches!(first, '\n' | '\r') {
            let length = html[at..].find(|c: char| !c.is_whitespace()).unwrap_or(html.len() - at);
            let lines = html[at..at + length].replace("\r\n", "\n").matches(['\n', '\r']).count();
            pieces.push(if lines > 1 { Piece::ParagraphEnd } else { Piece::LineEnd(at..at + length) });
            at += length;
        } else {
            let length = html[at + first.len_utf8()..].find(['<', '\n', '\r']).map_or(html.len() - at, |end| end + first.len_utf8());
            pieces.push(Piece::Words(at..at + length));
            at += length;
        }
    }
    pieces
}

/// The name and the length of the tag at the beginning of a text in small letters, whose first `>` stands at `end`.
fn tag(text: &str, end: usize) -> Option<(&str, usize)> {
    let head = || text.as_bytes()[..MAX_TAG_BYTES.min(text.len())].windows(PICTURE.len());
    if end >= text.len() || end >= MAX_TAG_BYTES && !head().any(|part| part == PICTURE.as_bytes()) {
        return None;
    }
    let inner = text.strip_prefix('<')?;
    let inner = inner.strip_prefix(['/', '!', '?']).unwrap_or(inner);
    let name_length = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
    let name = &inner[..name_length];
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
    is_name.then_some((name, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        let show = |piece: Piece| match piece {
            Piece::Words(range) => html[range].to_string(),
            Piece::LineEnd(_) => " ".to_string(),
            Piece::Break(_) => "/".to_string(),
            Piece::ParagraphEnd => "|".to_string(),
            Piece::SceneBreak => "#".to_string(),
        };
        pieces(html).into_iter().map(show).collect()
    }

    #[test]
    fn words_stay_and_tags_go() {
        for (html, words) in [
            ("<CENTER>She <i>ran</i>.</CENTER>\n", "|She ran.| "),
            ("<p align=\"center\">Dear Mara,<br/>come.</p>\n\nShe\ncame.", "|Dear Mara,/come.||She came."),
            ("<div>\n<hr>\n</div>", "| # |"),
            ("<script>let a = 1 < 2;</script>He ran.<style>p {}</style>", "He ran."),
            ("<script>never ends", "|never ends"),
            (&format!("<img src=\"data:image/png;base64,{}\">He ran.", "iVBOR".repeat(1_000)), "He ran."),
            ("a < b <3 c > d", "a < b <3 c > d"),
            ("<?\n\nShe ran.", "<?|She ran."),
            ("<!DOCTYPE html>Ünïcode\r\n</p", "|Ünïcode </p"),
        ] {
            assert_eq!(shown(html), words, "{html:?}");
        }
    }

    #[test]
    fn a_megabyte_of_open_tags_takes_no_time() {
        for mark in ["<a", "<script", "<br>", "<", "\n\n<"] {
            assert!(!pieces(&mark.repeat((1 << 20) / mark.len())).is_empty());
        }
    }
}
