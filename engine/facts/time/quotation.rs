//! Where characters speak: the ranges of the prose inside quotation marks.

use std::ops::Range;

/// The ranges inside quotation marks, marks included. A quotation that its paragraph leaves open runs to the paragraph's end, where
/// the next one opens it again, as printers do in a long speech.
pub(super) fn ranges(prose: &str, paragraphs: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for paragraph in paragraphs {
        let text = &prose[paragraph.clone()];
        // The marks that come first are the outer ones; within them the others quote within the quotation.
        match (text.find(['“', '"', '«']), text.find('‘')) {
            (Some(double), single) if single.is_none_or(|single| double < single) => read_double(text, paragraph.start, &mut found),
            (None, None) if !text.contains('\'') => {}
            _ => read_single(text, paragraph.start, &mut found),
        }
    }
    found
}

fn read_double(text: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    let mut open = None;
    for (position, character) in text.char_indices() {
        match (character, open) {
            ('“' | '"' | '«', None) => open = Some(position),
            // A straight mark is both; a second opening mark means that the writer forgot to close the first.
            ('”' | '"' | '»', Some(start)) => {
                found.push(offset + start..offset + position + character.len_utf8());
                open = None;
            }
            _ => {}
        }
    }
    if let Some(start) = open {
        found.push(offset + start..offset + text.len());
    }
}

/// Single marks are also apostrophes: an opening one stands before a letter and after a space, and a closing one after punctuation.
fn read_single(text: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    let mut open: Option<(usize, char)> = None;
    let (mut before, mut before_that) = (' ', ' ');
    let mut characters = text.char_indices().peekable();
    while let Some((position, character)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        match (character, open) {
            ('‘' | '\'', None) if !before.is_alphanumeric() && (next.is_alphabetic() || next == '_') => {
                open = Some((position, character))
            }
            ('’' | '\'', Some((start, _))) if !next.is_alphanumeric() && is_closing(before, before_that) => {
                found.push(offset + start..offset + position + character.len_utf8());
                open = None;
            }
            _ => {}
        }
        (before_that, before) = (before, character);
    }
    // A straight mark without a partner was an apostrophe, as in 'twas, unless the paragraph begins with it.
    if let Some((start, mark)) = open
        && (mark == '‘' || start == 0)
    {
        found.push(offset + start..offset + text.len());
    }
}

fn is_closing(before: char, before_that: char) -> bool {
    let ends = |character: char| matches!(character, '.' | ',' | '!' | '?' | '…' | '-' | '—' | ';' | ':');
    ends(before) || (before == '_' || before == ')') && ends(before_that)
}
