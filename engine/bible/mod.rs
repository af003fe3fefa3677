//! The series bible: the author's own record of who and what is true, and from which chapter on.
//!
//! Invariant: nothing here fails. Broken notes become problems; the rest of the bible is used.

mod check;
pub mod draft;
mod fields;
mod listed;
mod lorebook;
mod names;
mod note;
mod outline;
mod read;
mod reference;
#[cfg(test)]
mod samples;
mod schema;
mod timeline;
mod told;
mod view;

pub use names::{NameIndex, NameMatch};
pub use read::read;
pub use reference::{name_of as reference_to, resolve as resolve_reference};
pub use schema::json_schema;
pub use view::{BibleView, MergedEntry, fact_key};

use crate::manuscript::{Encoding, StoryPoint};
use crate::text::{LineIndex, SourcePath, Span, words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an entry is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EntryKind {
    #[default]
    Character,
    Place,
    Object,
    Event,
    Group,
    Rule,
}

impl EntryKind {
    /// The word for it in a note.
    pub fn word(self) -> &'static str {
        match self {
            EntryKind::Character => "character",
            EntryKind::Place => "place",
            EntryKind::Object => "object",
            EntryKind::Event => "event",
            EntryKind::Group => "group",
            EntryKind::Rule => "rule",
        }
    }

    /// What a word in a note means, in the singular or the plural.
    pub fn of_word(word: &str) -> Option<EntryKind> {
        note::kind_of_word(word)
    }
}

/// One subject of the bible, in one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub kind: EntryKind,
    pub aliases: Vec<String>,
    /// The book whose layer the entry belongs to (0-based), nothing for the series layer.
    pub book: Option<usize>,
    pub facts: Vec<Fact>,
    pub relations: Vec<Relation>,
    pub progressions: Vec<Progression>,
    pub knows: Vec<Knowledge>,
    pub lies: Vec<Statement>,
    pub file: SourcePath,
    /// Where the entry's name stands in its file.
    pub span: Span,
    /// The note below the front matter.
    pub body: String,
}

/// One statement of an entry, `eyes: green`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub subject: String,
    /// The fact's own name, as the author wrote it.
    pub name: String,
    pub value: String,
    pub file: SourcePath,
    /// Where `name: value` stands in the file.
    pub span: Span,
    /// From where in the story it is true; nothing: from the beginning. `died: book-1/04` is true from there.
    pub from: Option<StoryPoint>,
}

/// `{ to: Edmund Vance, is: brother }`: `to` is the `is` of the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    pub subject: String,
    pub to: String,
    pub is: String,
    pub file: SourcePath,
    /// The words of the relation, without the braces around them.
    pub span: Span,
    /// From where in the story it holds; nothing: from the beginning.
    pub from: Option<StoryPoint>,
    /// The first point where it no longer holds; nothing: to the end.
    pub until: Option<StoryPoint>,
}

/// Facts that hold from a point of the story on, replacing those of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progression {
    pub from: StoryPoint,
    /// The first point where they no longer hold; nothing: to the end.
    pub until: Option<StoryPoint>,
    pub facts: Vec<Fact>,
}

/// Something a character knows, and from when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knowledge {
    pub subject: String,
    pub fact: String,
    pub from: StoryPoint,
    pub file: SourcePath,
    /// Where `fact: …` stands in the file.
    pub span: Span,
}

/// Words of a bible note with their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    pub file: SourcePath,
    /// The words without quotation marks around them.
    pub span: Span,
}

/// A file of the bible, kept for its quotes.
#[derive(Clone, Debug)]
pub struct BibleFile {
    pub text: Arc<str>,
    pub encoding: Encoding,
    pub line_index: LineIndex,
}

/// Everything the author wrote down.
#[derive(Clone, Debug, Default)]
pub struct Bible {
    /// Series layer first, then the books' layers, each by name.
    pub entries: Vec<Entry>,
    pub files: BTreeMap<SourcePath, BibleFile>,
    pub names: NameIndex,
    subjects: view::Subjects,
}

impl Bible {
    /// Sorts the entries and prepares the search for names and the views.
    pub fn new(mut entries: Vec<Entry>, files: BTreeMap<SourcePath, BibleFile>) -> Bible {
        // The sort is stable: of two entries of one name in one layer the first stays the first.
        entries.sort_by_cached_key(|entry| (entry.book, words::fold(&entry.name)));
        let (names, subjects) = (NameIndex::new(&entries), view::Subjects::new(&entries));
        Bible { entries, files, names, subjects }
    }

    /// The bible as it stands at a point of the story: layers merged, progressions applied.
    pub fn at(&self, point: StoryPoint) -> BibleView<'_> {
        BibleView::new(self, point)
    }

    /// Whether the author keeps a bible at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
