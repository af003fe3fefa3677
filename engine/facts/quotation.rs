//! Where characters speak: the ranges of the prose inside quotation marks.

use crate::manuscript::Scene;
use std::ops::Range;

/// Which marks a scene puts around dialogue; the others quote within it, or are apostrophes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    Double,
    Single,
}

/// The quotations of a scene in order, marks included, each with its 0-based paragraph. One that its paragraph leaves open runs to the
/// paragraph's end, where the next one opens it again, as printers do in a long speech.
pub(super) fn ranges(scene: &Scene) -> Vec<(usize, Range<usize>)> {
    let marks = marks_of(&scene.prose);
    let mut found = Vec::new();
    for (paragraph, range) in scene.paragraphs.iter().enumerate() {
        let text = &scene.prose[range.clone()];
        let spans = if marks == Marks::Double { in_double(text) } else { in_single(text) };
        found.extend(spans.into_iter().map(|span| (paragraph, range.start + span.start..range.start + span.end)));
    }
    found
}

fn marks_of(prose: &str) -> Marks {
    let (mut curly, mut straight, mut single) = (0_usize, 0_usize, 0_usize);
    for character in prose.chars() {
        match character {
            '“' | '«' => curly += 1,
            '"' => straight += 1,
            '‘' => single += 1,
            _ => {}
        }
    }
    let double = curly.max(straight / 2);
    if double > 0 && single <= 2 * double { Marks::Double } else { Marks::Single }
}

fn in_double(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = None;
    for (position, character) in text.char_indices() {
        match (character, open) {
            ('“' | '"' | '«', None) => open = Some(position),
            // A straight mark is both; a second opening mark means that the writer forgot to close the first.
            ('”' | '"' | '»', Some(start)) => {
                found.push(start..position + character.len_utf8());
                open = None;
            }
            _ => {}
        }
    }
    found.extend(open.map(|start| start..text.len()));
    found
}

/// Single marks are also apostrophes: an opening one stands before a letter and after none, and a closing one after punctuation.
fn in_single(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, char)> = None;
    let (mut before, mut before_that) = (' ', ' ');
    let mut characters = text.char_indices().peekable();
    while let Some((position, character)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        match (character, open) {
            ('‘' | '\'', None) if !before.is_alphanumeric() && (next.is_alphanumeric() || matches!(next, '_' | '—' | '…')) => {
                open = Some((position, character));
            }
            ('’' | '\'', Some((start, _))) if !next.is_alphanumeric() && is_closing(before, before_that) => {
                found.push(start..position + character.len_utf8());
                open = None;
            }
            _ => {}
        }
        (before_that, before) = (before, character);
    }
    // A straight mark without a partner was an apostrophe, as in 'twas, unless the paragraph begins with it.
    found.extend(open.filter(|(start, mark)| *mark == '‘' || *start == 0).map(|(start, _)| start..text.len()));
    found
}

fn is_closing(before: char, before_that: char) -> bool {
    let ends = |character: char| matches!(character, '.' | ',' | '!' | '?' | '…' | '-' | '—' | ';' | ':');
    ends(before) || (before == '_' || before == ')') && ends(before_that)
}
