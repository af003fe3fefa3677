//! Small bibles for the tests of this module.

use super::{Bible, read};
use crate::manuscript::{OrderSettings, Series, SourceFile, StoryPoint};
use crate::text::{Problem, Span};

/// Two books, the first with three chapters, the second with two; every chapter has two scenes.
pub(super) fn series() -> Series {
    let paths = ["book-1/01.md", "book-1/02.md", "book-1/03.md", "book-2/01.md", "book-2/02.md"];
    let chapters: Vec<SourceFile> = paths.iter().map(|path| SourceFile::new(path, "One.\n\n***\n\nTwo.")).collect();
    Series::assemble(&chapters, &OrderSettings::default()).0
}

pub(super) fn read_notes(notes: &[(&str, &str)]) -> (Bible, Vec<Problem>) {
    let files: Vec<SourceFile> = notes.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
    read(&files, &series())
}

pub(super) fn at(book: usize, chapter: usize, scene: usize) -> StoryPoint {
    StoryPoint { book, chapter, scene }
}

/// The span of words that stand in a text once.
pub(super) fn span_of(text: &str, words: &str) -> Span {
    assert_eq!(text.matches(words).count(), 1, "{words:?} stands once in {text:?}");
    let start = text.find(words).unwrap();
    Span::new(start, start + words.len())
}

/// The problems as `file:line:column kind message`.
pub(super) fn shown(problems: &[Problem]) -> Vec<String> {
    let show = |problem: &Problem| {
        assert!(problem.advice.is_some(), "every problem comes with advice: {problem}");
        let place = problem.place.map_or_else(String::new, |place| place.to_string());
        format!("{}:{place} {:?} {}", problem.file.as_ref().map_or("", |file| file.as_str()), problem.kind, problem.message)
    };
    problems.iter().map(show).collect()
}
