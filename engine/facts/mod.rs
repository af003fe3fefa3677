//! What can be read off prose without a model: who is named, who speaks, and typed assertions about people, places, things and time.
//!
//! Everything here is computed from text alone, is the same on every run, and prefers silence to a guess: an assertion whose owner or
//! truth is uncertain says so, and scripts decide what to ask the model.

pub mod value;

use crate::manuscript::StoryPoint;
use std::ops::Range;

/// Whose the attribute is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Decided by the words themselves: the bible's name where it knows the alias, else the name as written.
    Known(String),
    /// A pronoun or a bare noun; the people it could be, likeliest first. May be empty.
    Unclear(Vec<String>),
}

/// Who vouches for an assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The narration itself.
    Narration,
    /// A character's speech; the speaker's name when the text tells.
    Speech(Option<String>),
    /// A letter, dream, tale or memory, by the chapter's `mode` or by the text.
    Apart,
}

/// One thing the prose says of a subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    pub subject: Subject,
    /// The attribute in the field's plain words: `eye colour`, `hair colour`, `age`, `handedness`, `title`, `brother`, `number of steps` …
    pub attribute: String,
    pub value: value::Value,
    pub point: StoryPoint,
    /// The whole sentence, as a byte range of the scene's prose.
    pub sentence: Range<usize>,
    /// The words that state it, as a byte range of the scene's prose, within the sentence.
    pub words: Range<usize>,
    pub voice: Voice,
    /// Negated, hypothetical, compared, doubted, disguised or changed on the page: no ground for a contradiction.
    pub hedged: bool,
}
