//! What copydesk understands of a folder, told before the first run: books, language, bible, people, model, and what the run will take.

use crate::bible::{self, Bible, EntryKind};
use crate::cli::model_choice::{self, Computer, Picked};
use crate::cli::reader_choice::{self, Main, ReaderPick};
use crate::facts::{Cast, Namings, Person};
use crate::manuscript::{Chapter, ReadingOrder, Series};
use crate::notes::adapters;
use crate::project::{Config, Snapshot};
use crate::report::{counted, grouped};
use crate::run::{self, shipped};
use crate::text::DOCUMENT_FORMS;
use crate::text::escape::for_terminal;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// People that are named, books that are listed.
const MAX_PEOPLE: usize = 6;
const MAX_BOOKS: usize = 12;

/// Other names that are shown of one of them.
const MAX_NAMES: usize = 3;

/// Chapters in which somebody without an entry is named before it is told.
const MIN_CHAPTERS: usize = 2;

/// Seconds that a first run takes for a thousand words with the smallest reader on two threads: measured, as docs/measuring.md tells.
const SECONDS_A_THOUSAND_WORDS: f64 = 43.0;
const MEASURED_ON_THREADS: f64 = 2.0;

/// The lines, each with its heading; nothing where the folder cannot be read, which the first run tells.
pub(super) fn understood(root: &Path) -> String {
    let Ok(snapshot) = Snapshot::take(root, shipped::shipped()) else { return String::new() };
    let (series, order, _) = Series::assemble(&snapshot.chapters, &run::order_settings(&snapshot));
    if series.chapters().next().is_none() {
        return format!("No chapters were found here. Chapters are Markdown files (.md), or {DOCUMENT_FORMS}.\n");
    }
    let (bible, _) = bible::read(&snapshot.bible, &series);
    let cast = Cast::read(&series, &bible);
    let parts = [
        ("books", books(&series, &order)),
        ("language", vec![language(&series)]),
        ("bible", vec![notes(&bible)]),
        ("people", people(&series, &bible, &cast)),
        ("model", model(&snapshot.config, series.words())),
    ];
    let mut text = "What copydesk understands of this folder:\n".to_string();
    for (heading, lines) in parts {
        for (place, line) in lines.iter().enumerate() {
            let heading = if place == 0 { heading } else { "" };
            text += &format!("  {heading:<10}{}\n", for_terminal(line));
        }
    }
    text
}

fn books(series: &Series, order: &ReadingOrder) -> Vec<String> {
    let line = |(book, ordered): (&crate::manuscript::Book, &crate::manuscript::order::OrderedBook)| {
        let words = book.chapters.iter().map(|chapter| chapter.words() as u64).sum();
        let chapters = counted(book.chapters.len() as u64, "chapter", "chapters");
        format!("{}: {chapters}, {}, {}", book.title, counted(words, "word", "words"), ordered.reason)
    };
    let all = series.books.iter().zip(&order.books);
    let mut lines: Vec<String> = all.take(MAX_BOOKS).map(line).collect();
    let more = series.books.len().saturating_sub(MAX_BOOKS);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    let left_out = order.left_out.len() as u64;
    lines.extend((left_out > 0).then(|| format!("{} left out; `copydesk order` says why", counted(left_out, "file is", "files are"))));
    lines
}

fn language(series: &Series) -> String {
    let mut foreign: BTreeMap<&str, Vec<&Arc<Chapter>>> = BTreeMap::new();
    for chapter in series.chapters() {
        if let Some(language) = chapter.foreign_language {
            foreign.entry(language).or_default().push(chapter);
        }
    }
    let line = |(language, chapters): (&str, Vec<&Arc<Chapter>>)| {
        let count = counted(chapters.len() as u64, "chapter is", "chapters are");
        format!("{count} in {language} and not checked, from {} on", chapters[0].path.shown())
    };
    let lines: Vec<String> = foreign.into_iter().map(line).collect();
    if lines.is_empty() { "English, which the checks read".to_string() } else { lines.join("; ") }
}

fn notes(bible: &Bible) -> String {
    match bible.entries.len() as u64 {
        0 => "none yet; the chapters are checked against each other".to_string(),
        count => format!("{} in {}", counted(count, "entry", "entries"), counted(bible.files.len() as u64, "file", "files")),
    }
}

/// Who is named most, with the other names that are taken for theirs, and who has no entry.
fn people(series: &Series, bible: &Bible, cast: &Cast) -> Vec<String> {
    let namings = Namings::read(series, cast);
    let mut people: Vec<_> = cast.people().iter().filter(|person| person.kind == EntryKind::Character && person.count > 1).collect();
    people.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.name.cmp(&other.name)));
    let shown = |person: &&Person| {
        let others = namings.of(&person.name).iter().map(|naming| naming.written.as_str()).filter(|written| *written != person.name);
        let others: Vec<&str> = others.take(MAX_NAMES).collect();
        if others.is_empty() { person.name.clone() } else { format!("{} (also {})", person.name, others.join(", ")) }
    };
    let most: Vec<String> = people.iter().take(MAX_PEOPLE).map(shown).collect();
    let mut lines = vec![if most.is_empty() { "nobody is named twice".to_string() } else { format!("named most: {}", most.join("; ")) }];
    // Miss Thrane is somebody of the name of Thrane, whichever.
    let family = |name: &str| name.rsplit(' ').next().unwrap_or_default().to_string();
    let families: BTreeSet<String> = people.iter().filter(|person| person.in_bible).map(|person| family(&person.name)).collect();
    let is_new = |person: &&&Person| !person.in_bible && person.chapters >= MIN_CHAPTERS && !families.contains(&family(&person.name));
    let without = people.iter().filter(is_new);
    let without: Vec<&str> = without.take(MAX_PEOPLE).map(|person| person.name.as_str()).collect();
    if !without.is_empty() && !bible.is_empty() {
        lines.push(format!("without an entry: {}", without.join(", ")));
    }
    if !without.is_empty() {
        lines.push("`copydesk run draft-bible` drafts an entry for each, with the other names as aliases".to_string());
    }
    lines
}

/// The model that a run would use, and about how long the first one takes with it.
fn model(config: &Config, words: usize) -> Vec<String> {
    if let Some(server) = &config.server {
        let name = format!("{} behind your server {}, set in copydesk.yaml", server.name, server.url);
        return vec![name, "`copydesk doctor` says whether it answers, and whether it has the trained reader".to_string()];
    }
    let computer = Computer::here(config, &[]);
    match model_choice::pick(&computer, None, config, None) {
        Ok(Some(picked)) => match reader_choice::pick(&computer, Main::of_card(&picked.card), config, None) {
            Ok(reader) => of_model(&picked, &reader, f64::from(computer.threads), words),
            Err(problem) => vec![problem.words()],
        },
        Ok(None) => vec![
            "none found on this computer; without one, only what code can compare is checked".to_string(),
            "`copydesk models` says where it looks".to_string(),
        ],
        Err(problem) => vec![problem.words()],
    }
}

fn of_model(picked: &Picked, reader: &ReaderPick, threads: f64, words: usize) -> Vec<String> {
    let mut lines = vec![format!("{}, {}", picked.card.name, picked.why)];
    let reading = match reader {
        ReaderPick::Same => &picked.card,
        ReaderPick::Beside(beside) => {
            lines.push(format!("the trained reader reads with {}, {}", beside.card.name, beside.why));
            &beside.card
        }
        ReaderPick::Nothing(why) => {
            lines.push(why.clone());
            return lines;
        }
    };
    let Some(reader) = adapters::fitting(&reading.base) else { return lines };
    let seconds = words as f64 / 1000.0 * SECONDS_A_THOUSAND_WORDS * reader.cost * MEASURED_ON_THREADS / threads.max(1.0);
    lines.push(format!("the first run takes about {}, later ones read what has changed", time(seconds)));
    lines
}

/// A time as roughly as it is known.
fn time(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil();
    match minutes as u64 {
        0..=1 => "a minute".to_string(),
        few @ 2..=10 => format!("{few} minutes"),
        some @ 11..=90 => format!("{} minutes", some.div_ceil(5) * 5),
        many => format!("{} hours", grouped(many.div_ceil(60))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::disk::testing::put;

    #[test]
    fn a_folder_is_told_as_it_is_read() {
        let root = tempfile::tempdir().unwrap();
        assert!(understood(root.path()).starts_with("No chapters were found here."));
        let prose = "Captain Dacre bowed. Mara Vance went down to the quay, and Mara waited there for Captain Dacre. ";
        for name in ["01.md", "02.md"] {
            put(root.path(), name, format!("# One\n\n{}", prose.repeat(3)));
        }
        put(root.path(), "03.md", "Der Kapitän stand am Fenster und sah hinaus auf den Hafen, in dem noch kein Schiff lag. ".repeat(8));
        put(root.path(), "bible/mara.md", "---\nname: Mara Vance\naliases: [Mara]\n---\n");
        let said = understood(root.path());
        for words in [
            "3 chapters, 238 words",
            "1 chapter is in German and not checked, from 03.md on",
            "1 entry in 1 file",
            "Mara Vance (also Mara)",
            "without an entry: Captain Dacre",
            "draft-bible",
            "  model     ",
        ] {
            assert!(said.contains(words), "{words}\n{said}");
        }
    }

    #[test]
    fn times_are_told_roughly() {
        let told = [20.0, 130.0, 700.0, 4_000.0, 6_000.0].map(time);
        assert_eq!(told, ["a minute", "3 minutes", "15 minutes", "70 minutes", "2 hours"]);
    }
}
