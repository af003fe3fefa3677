//! The page to read: one HTML file with all that the runs know of a book, for a browser and for paper. It holds all it needs and asks nobody for
//! anything: a policy in its head forbids that, and the one script in it is known by its hash.

mod chart;
mod html;
mod passage;

pub use passage::Passages;

use super::morning::Morning;
use super::style_sheet::StyleSheet;
use crate::finding::history::{History, Record, State};
use crate::manuscript::Series;
use passage::Passage;
use std::collections::{BTreeMap, BTreeSet};

/// What the page is made of.
pub struct Source<'a> {
    /// What became of the findings, since when.
    pub morning: &'a Morning,
    pub history: &'a History,
    /// The books as they are now.
    pub series: &'a Series,
    /// What the last run understood of them; nothing when none has kept it.
    pub sheet: Option<&'a StyleSheet>,
    /// When the last run began, in words.
    pub last_run: String,
    /// Where the words of the findings stand now.
    pub passages: &'a Passages<'a>,
}

/// A finding as the page shows it.
struct Shown<'a> {
    record: &'a Record,
    is_new: bool,
    passages: Vec<Passage>,
}

/// The findings of one chapter.
struct OfChapter<'a> {
    /// Its heading, with the book's title where there are several books.
    heading: String,
    findings: Vec<Shown<'a>>,
}

/// The whole page, with a line end behind it.
pub fn render(source: &Source<'_>) -> String {
    html::page(source, &by_chapter(source)).into_string() + "\n"
}

/// The findings that the last runs made, by the chapter of their first passage in reading order, those of other files last.
fn by_chapter<'a>(source: &Source<'a>) -> Vec<OfChapter<'a>> {
    let new: BTreeSet<&str> = source.morning.changes.new.iter().map(Record::id).collect();
    let places: BTreeMap<_, usize> = source.series.chapters().enumerate().map(|(place, chapter)| (chapter.path.clone(), place)).collect();
    let elsewhere = places.len();
    let mut chapters: BTreeMap<usize, Vec<Shown<'a>>> = BTreeMap::new();
    let is_shown = |record: &&Record| matches!(record.state, State::Open | State::LessCertain | State::Dismissed);
    for record in source.history.values().filter(is_shown) {
        let place = record.quotes.first().and_then(|quote| places.get(&quote.file)).copied().unwrap_or(elsewhere);
        let passages = source.passages.of(record);
        chapters.entry(place).or_default().push(Shown { record, is_new: new.contains(record.id()), passages });
    }
    let headings = headings(source.series);
    let heading = |place: usize| headings.get(place).cloned().unwrap_or_else(|| "Outside the chapters".to_string());
    let in_order = |mut findings: Vec<Shown<'a>>| {
        findings.sort_by_key(|shown| (shown.record.state, shown.record.quotes.first().map(|quote| (quote.line, quote.column))));
        findings
    };
    chapters.into_iter().map(|(place, findings)| OfChapter { heading: heading(place), findings: in_order(findings) }).collect()
}

/// What each chapter is called, in reading order.
fn headings(series: &Series) -> Vec<String> {
    let has_books = series.books.len() > 1;
    let of_book = |book: &crate::manuscript::Book| {
        let book_title = if has_books { format!("{}, ", book.title) } else { String::new() };
        let heading = |chapter: &std::sync::Arc<crate::manuscript::Chapter>| format!("{book_title}{}. {}", chapter.number, chapter.title);
        book.chapters.iter().map(heading).collect::<Vec<_>>()
    };
    series.books.iter().flat_map(of_book).collect()
}

#[cfg(test)]
mod tests;
