//! Which chapters lessons are made of: front and back matter is left out, and some chapters are held out, the same ones every time.

use crate::manuscript::{Book, Chapter, Series};
use crate::text::{ContentHash, words};
use std::sync::Arc;

/// From so many chapters on, at least one is held out.
const MIN_CHAPTERS_TO_HOLD_OUT: usize = 5;

/// Titles of what surrounds a novel, folded: these alone.
const MATTER: &[&str] = &[
    "copyright",
    "copyright page",
    "copyright notice",
    "dedication",
    "epigraph",
    "contents",
    "table of contents",
    "title page",
    "half title",
    "half-title",
    "imprint",
    "colophon",
    "acknowledgements",
    "acknowledgments",
    "acknowledgement",
    "acknowledgment",
    "newsletter",
    "backlist",
];

/// And these with whatever follows: Also by Jane Doe.
const MATTER_BEGINNINGS: &[&str] =
    &["copyright (c)", "copyright ©", "about the author", "about the publisher", "also by", "other books by", "books by", "praise for"];

/// What becomes of a chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Train,
    HeldOut,
    /// With the reason, as a clause.
    LeftOut(&'static str),
}

/// A chapter and what becomes of it.
pub struct Source<'a> {
    pub book: &'a Book,
    pub chapter: &'a Arc<Chapter>,
    pub standing: Standing,
}

/// The chapters of a series, in reading order. Of those that are used, about `percent` of a hundred are held out, chosen by the hashes of
/// their paths: a new chapter moves no other one. At least one is held out of five and more, and never all of them.
pub fn of(series: &Series, percent: u64) -> Vec<Source<'_>> {
    let chapters = series.books.iter().flat_map(|book| book.chapters.iter().map(move |chapter| (book, chapter)));
    let all: Vec<(&Book, &Arc<Chapter>, Option<&'static str>)> =
        chapters.map(|(book, chapter)| (book, chapter, reason_to_leave_out(chapter))).collect();
    let used = all.iter().enumerate().filter(|(_, (_, _, reason))| reason.is_none());
    // By the last two digits of the lots, so that a larger share holds out the chapters of a smaller one, and some more.
    let mut drawn: Vec<(u64, u64, usize)> = used.map(|(index, (_, chapter, _))| (lot(chapter) % 100, lot(chapter), index)).collect();
    drawn.sort_unstable();
    let by_lot = drawn.partition_point(|(digits, _, _)| *digits < percent);
    let least = usize::from(percent > 0 && drawn.len() >= MIN_CHAPTERS_TO_HOLD_OUT);
    let count = by_lot.max(least).min(drawn.len().saturating_sub(1));
    let held_out: Vec<usize> = drawn.iter().take(count).map(|(_, _, index)| *index).collect();
    let standing = |index: usize, reason: Option<&'static str>| match reason {
        Some(reason) => Standing::LeftOut(reason),
        None if held_out.contains(&index) => Standing::HeldOut,
        None => Standing::Train,
    };
    all.into_iter()
        .enumerate()
        .map(|(index, (book, chapter, reason))| Source { book, chapter, standing: standing(index, reason) })
        .collect()
}

/// A number drawn for a chapter, by its path alone.
fn lot(chapter: &Chapter) -> u64 {
    let hash = ContentHash::of(chapter.path.as_str().as_bytes()).0;
    hash.iter().take(8).fold(0, |lot, byte| lot << 8 | u64::from(*byte))
}

fn reason_to_leave_out(chapter: &Chapter) -> Option<&'static str> {
    let title = words::fold(&chapter.title);
    let title = title.trim_matches(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '(' | ')' | '©'));
    let is_beginning = |beginning: &str| title.strip_prefix(beginning).is_some_and(|rest| !rest.starts_with(char::is_alphabetic));
    if chapter.words() == 0 {
        Some("it has no prose")
    } else if MATTER.contains(&title) || MATTER_BEGINNINGS.iter().any(|beginning| is_beginning(beginning)) {
        Some("by its title it is no part of the story")
    } else {
        None
    }
}
