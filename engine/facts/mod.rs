//! What can be read off prose without a model: who is named, who speaks, and typed assertions about people, places, things and time.
//!
//! Everything here is computed from text alone, is the same on every run, and prefers silence to a guess: an assertion whose owner or
//! truth is uncertain says so, and scripts decide what to ask the model.

mod appearance;
pub mod calendar;
pub mod cast;
mod count;
pub mod deeds;
pub mod drift;
mod figure;
mod handedness;
mod hedge;
mod kinship;
mod lexicon;
mod life;
pub mod number;
pub mod owner;
mod page;
pub mod speech;
mod things;
pub mod time;
pub mod timeline;
mod title;
mod tokens;
mod trade;
pub mod value;

pub use cast::{Cast, Gender, Mention, Person};
pub use drift::{Drift, name_likeness};
pub use speech::{Speech, speeches, voice_at};
pub use value::{Difference, Value};

use crate::bible::{Bible, EntryKind};
use crate::manuscript::{Chapter, Scene, Series, StoryPoint};
use page::Page;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;
use tokens::Tokens;

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

/// Everything the prose of a series says, without a model.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    assertions: Vec<Assertion>,
    cast: Cast,
    drifts: Vec<Drift>,
}

impl Facts {
    /// Reads a series. The bible gives names, objects and who dies; its facts are no assertions.
    pub fn read(series: &Series, bible: &Bible) -> Facts {
        let scenes: Vec<(&Arc<Chapter>, &Scene)> =
            series.chapters().flat_map(|chapter| chapter.scenes.iter().map(move |scene| (chapter, scene))).collect();
        let tokens: Vec<Tokens> = scenes.par_iter().map(|(_, scene)| Tokens::of(scene)).collect();
        let read: Vec<(&Scene, &Tokens)> = scenes.iter().map(|(_, scene)| *scene).zip(&tokens).collect();
        let cast = Cast::learn(&read, bible);
        let objects = things::Objects::of(bible);
        let pages: Vec<Page<'_>> =
            scenes.par_iter().zip(&tokens).map(|((chapter, scene), tokens)| Page::new(chapter, scene, tokens, &cast)).collect();
        let mut assertions: Vec<Assertion> = pages.par_iter().flat_map_iter(|page| read_page(page, &objects)).collect();
        let dead = life::dead(bible, &assertions);
        let acts = pages.par_iter().flat_map_iter(|page| {
            let mut acts = Vec::new();
            life::acts(page, &dead, &mut acts);
            acts
        });
        assertions.par_extend(acts);
        assertions.par_extend(scenes.par_iter().flat_map_iter(|(chapter, scene)| time::assertions(chapter, scene)));
        drop(pages);
        assertions.sort_by(|one, two| (one.point, one.words.start, &one.attribute).cmp(&(two.point, two.words.start, &two.attribute)));
        let drifts = drift::drifts(&cast, bible);
        Facts { assertions, cast, drifts }
    }

    /// All assertions in the order of the story.
    pub fn assertions(&self) -> &[Assertion] {
        &self.assertions
    }

    /// What the prose says of an attribute of a subject it surely means, in the order of the story.
    pub fn of<'a>(&'a self, subject: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a Assertion> {
        let is_of = move |assertion: &&Assertion| matches!(&assertion.subject, Subject::Known(name) if name == subject);
        self.assertions.iter().filter(is_of).filter(move |assertion| assertion.attribute == attribute)
    }

    /// Who is named.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// Rare spellings that are almost like a name in use.
    pub fn drifts(&self) -> &[Drift] {
        &self.drifts
    }

    /// People named in at least so many chapters of whom the bible has no entry, the most named first.
    pub fn names_without_entry(&self, min_chapters: usize) -> Vec<&Person> {
        let is_missing = |person: &&Person| person.kind == EntryKind::Character && !person.in_bible && person.chapters >= min_chapters;
        let mut people: Vec<&Person> = self.cast.people().iter().filter(is_missing).collect();
        people.sort_by(|one, two| two.count.cmp(&one.count).then_with(|| one.name.cmp(&two.name)));
        people
    }
}

fn read_page(page: &Page<'_>, objects: &things::Objects) -> Vec<Assertion> {
    let mut assertions = Vec::new();
    appearance::read(page, &mut assertions);
    handedness::read(page, &mut assertions);
    kinship::read(page, &mut assertions);
    title::read(page, &mut assertions);
    figure::read(page, &mut assertions);
    trade::read(page, &mut assertions);
    count::read(page, &mut assertions);
    things::read(page, objects, &mut assertions);
    life::deaths(page, &mut assertions);
    assertions
}

#[cfg(test)]
mod tests;
