//! The author's own books as lessons for a model: windows of prose, questions about the bible, passages with their notes.
//!
//! ```text
//! series ─► sources (trained on, held out, left out) ─► passages ─► repeats out ─► lessons ─► lines of JSON, and a card
//! ```
//!
//! Invariants: a chapter gives lessons to one share only; a passage that the training share has, or nearly has, is not in the held-out share;
//! nothing is made up, every answer is the author's text or what the bible or the remembered notes say; the same text gives the same bytes.

mod card;
mod duplicates;
mod form;
mod instruct;
mod reader;
mod sources;
#[cfg(test)]
mod tests;
mod voice;
mod windows;

pub use card::{file_line, render as card};
pub use form::Form;
pub use reader::Remembered;
pub use sources::{Source, Standing};

use crate::bible::Bible;
use crate::facts::Cast;
use crate::manuscript::{ReadingOrder, Series};
use duplicates::Repeat;

/// What a model is to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To write as the author does.
    Voice,
    /// To answer what the bible says, and who is named in a passage.
    Instruct,
    /// To take notes of a passage, as copydesk's trained reader does.
    Reader,
}

impl Purpose {
    /// The word for it on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Voice => "voice",
            Purpose::Instruct => "instruct",
            Purpose::Reader => "reader",
        }
    }

    /// The form that its trainers take most often.
    pub fn usual_form(self) -> Form {
        if self == Purpose::Voice { Form::Text } else { Form::Messages }
    }

    /// How many words a window has when nobody says otherwise. A question about people wants a shorter one: the answer is soon a long list.
    pub fn usual_words(self) -> usize {
        if self == Purpose::Voice { 350 } else { 200 }
    }
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub purpose: Purpose,
    pub form: Form,
    /// Most words of a window, but for its last paragraph or sentence; the reader's passages have their own measure.
    pub words: usize,
    /// How many chapters of a hundred are held out.
    pub held_out_percent: u64,
}

/// What the lessons are made of.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    pub series: &'a Series,
    pub order: &'a ReadingOrder,
    pub bible: &'a Bible,
    pub cast: &'a Cast,
    /// The notes that the reader made in earlier runs; nothing unless they are wanted.
    pub remembered: Option<Remembered<'a>>,
}

/// One lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lesson {
    /// Prose, to go on from its first word to its last.
    Text(String),
    /// A question and its answer.
    Exchange(Exchange),
}

/// A question and its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// What the model is told to be; empty when it is told nothing.
    pub system: String,
    pub instruction: String,
    /// What the question is about; may be empty.
    pub input: String,
    pub output: String,
}

/// The lessons of one share.
#[derive(Clone, Debug, Default)]
pub struct Share {
    pub lessons: Vec<Lesson>,
    /// Passages that were used, and their words.
    pub passages: usize,
    pub words: usize,
}

impl Share {
    /// One JSON object in each line.
    pub fn lines(&self, form: Form) -> String {
        self.lessons.iter().map(|lesson| form.line(lesson) + "\n").collect()
    }
}

/// What was left out besides whole chapters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Passages that stand elsewhere too, word for word.
    pub same: usize,
    /// Passages most of which stands elsewhere.
    pub near: usize,
    /// Fields and relations of the bible that change in the course of the story.
    pub changing: usize,
    /// Passages that name somebody who may be one of several people, or nobody.
    pub unclear: usize,
    /// Passages of which no notes are remembered, and those whose notes were cut or do not stand in the text.
    pub unread: usize,
    pub unsound: usize,
}

/// Everything that was made.
pub struct Dataset<'a> {
    pub wanted: Wanted,
    /// All chapters, in reading order.
    pub sources: Vec<Source<'a>>,
    /// Files that are no chapters, with the reason.
    pub no_chapters: &'a ReadingOrder,
    pub train: Share,
    pub held_out: Share,
    /// How many lessons of the training share were made of the bible.
    pub of_bible: usize,
    pub left_out: LeftOut,
}

impl Dataset<'_> {
    /// Whether there is nothing to learn.
    pub fn is_empty(&self) -> bool {
        self.train.lessons.is_empty() && self.held_out.lessons.is_empty()
    }

    /// The share of a chapter; nothing for one that was left out.
    fn share_of(&mut self, source: usize) -> Option<&mut Share> {
        match self.sources[source].standing {
            Standing::Train => Some(&mut self.train),
            Standing::HeldOut => Some(&mut self.held_out),
            Standing::LeftOut(_) => None,
        }
    }

    /// Which passages are repeats, by their source and text; those that are get counted.
    fn repeats<'t>(&mut self, passages: impl Iterator<Item = (usize, &'t str)>) -> Vec<bool> {
        let is_held_out = |source: usize| self.sources[source].standing == Standing::HeldOut;
        let passages: Vec<(bool, &str)> = passages.map(|(source, text)| (is_held_out(source), text)).collect();
        let repeats = duplicates::repeats(&passages);
        self.left_out.same += repeats.iter().filter(|repeat| **repeat == Some(Repeat::Same)).count();
        self.left_out.near += repeats.iter().filter(|repeat| **repeat == Some(Repeat::Near)).count();
        repeats.iter().map(Option::is_some).collect()
    }

    /// Notes that a passage was used.
    fn used(&mut self, source: usize, words: usize) {
        if let Some(share) = self.share_of(source) {
            share.passages += 1;
            share.words += words;
        }
    }

    /// Adds a lesson to the share of its chapter.
    fn add(&mut self, source: usize, lesson: Lesson) {
        if let Some(share) = self.share_of(source) {
            share.lessons.push(lesson);
        }
    }
}

/// Makes the lessons.
pub fn build(material: Material<'_>, wanted: Wanted) -> Dataset<'_> {
    let mut dataset = Dataset {
        wanted,
        sources: sources::of(material.series, wanted.held_out_percent),
        no_chapters: material.order,
        train: Share::default(),
        held_out: Share::default(),
        of_bible: 0,
        left_out: LeftOut::default(),
    };
    match wanted.purpose {
        Purpose::Voice => voice::add(&mut dataset),
        Purpose::Instruct => instruct::add(&mut dataset, &material),
        Purpose::Reader => reader::add(&mut dataset, &material),
    }
    dataset
}
