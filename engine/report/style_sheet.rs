//! The style sheet of a story, as a copy editor keeps one beside the manuscript: who is in it and where, what is stated of them, and when each
//! scene is. Made in a run, kept until the next, and shown on the page to read and in editors.

use super::Contents;
use crate::finding::{Evidence, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a run understood of a series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StyleSheet {
    pub contents: Contents,
    /// The characters, the most named first.
    pub people: Vec<Person>,
    /// Every scene, in reading order.
    pub scenes: Vec<SceneEntry>,
    /// Passages that the trained reader noted, and those that it did not come to; both 0 where it was not asked.
    pub passages_read: usize,
    pub passages_not_read: usize,
}

/// A character.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    /// The other words that name them, the most usual first.
    pub other_names: Vec<String>,
    /// How often each chapter of the series names them, in reading order.
    pub named_in: Vec<u32>,
    /// What is stated of them: the bible first, then the prose in the order of the story.
    pub statements: Vec<Statement>,
}

/// One thing that is stated of somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// What it is about, as findings call it: `eyes`.
    pub about: String,
    pub value: String,
    /// The sentence, or the words of the bible.
    pub evidence: Evidence,
    pub sources: BTreeSet<Source>,
    /// Whether a character says it, and not the narration.
    pub is_speech: bool,
}

/// A scene, and when it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SceneEntry {
    /// Place of its chapter among all of the series, from 0.
    pub chapter: usize,
    /// 1-based place in its chapter.
    pub number: usize,
    /// As `1904-03-01`, a part of that, or in the words of the author's own calendar; empty when it is not known.
    pub date: String,
    /// Whether the date is counted from an earlier scene's, and not written over the chapter.
    pub is_counted: bool,
    /// The words of the front matter, as `before dawn`, and where the chapter is set; empty without any.
    pub time: String,
    pub location: String,
    /// Who is named in it, by place in [`StyleSheet::people`], the most named of the series first.
    pub people: Vec<Present>,
}

/// Somebody in a scene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    pub person: usize,
    /// In years, the least and the most, where birth and date are known.
    pub age: Option<(u32, u32)>,
}

impl StyleSheet {
    /// As it is kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing to memory cannot fail.
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// Of what was kept; nothing when another version kept it.
    pub fn of_bytes(bytes: &[u8]) -> Option<StyleSheet> {
        postcard::from_bytes(bytes).ok()
    }
}
