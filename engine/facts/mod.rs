//! What can be read off prose without a model: who is named, who speaks, and typed assertions about people, places, things and time.
//!
//! Everything here is computed from text alone, is the same on every run, and prefers silence to a guess: an assertion whose owner or
//! truth is uncertain says so, and scripts decide what to ask the model.

mod age;
mod appearance;
pub mod calendar;
pub mod cast;
pub mod claim;
pub mod coreference;
mod count;
pub mod deeds;
pub mod drift;
mod given_names;
mod handedness;
pub(crate) mod hedge;
mod index;
mod kept_in;
mod kinship;
mod knowing;
pub(crate) mod lexicon;
mod life;
mod marks;
mod namings;
mod occupation;
mod page;
mod quotation;
mod reading;
pub mod ripple;
pub mod speech;
mod spellings;
mod stature;
mod things;
pub mod time;
pub mod timeline;
mod title;
mod tokens;
mod trades;
pub mod value;
mod vocabulary;
pub mod whereabouts;

pub use cast::{Cast, Mention, Person};
pub use drift::{Drift, name_likeness};
pub use given_names::Gender;
pub use namings::{Naming, Namings};
pub use reading::{Pronoun, SceneReading, acts, pronouns};
pub use speech::{Speech, speeches, voice_at};
pub use spellings::Spellings;
pub use value::{Difference, Value};
pub use vocabulary::{Use, Variant, Vocabulary};

use crate::bible::{Bible, EntryKind};
use crate::manuscript::{Chapter, Scene, Series, StoryPoint};
use calendar::Calendar;
use index::Index;
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

impl Assertion {
    /// Whether the narration itself says it, and nothing takes the ground from it.
    pub fn is_plain_narration(&self) -> bool {
        self.voice == Voice::Narration && !self.hedged
    }
}

/// Everything the prose of a series says, without a model.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// In the order of the story; shared, because scripts hold them one by one.
    assertions: Vec<Arc<Assertion>>,
    index: Index,
    cast: Arc<Cast>,
    drifts: Vec<Drift>,
}

impl Facts {
    /// Reads a series. The bible gives names, objects and who dies; its facts are no assertions.
    pub fn read(series: &Series, bible: &Bible, calendar: &Calendar) -> Facts {
        let scenes: Vec<(&Arc<Chapter>, &Scene)> = series
            .chapters()
            .filter(|chapter| chapter.foreign_language.is_none())
            .flat_map(|chapter| chapter.scenes.iter().map(move |scene| (chapter, scene)))
            .collect();
        let cast = Cast::of_scenes(scenes.par_iter().map(|(_, scene)| *scene), bible, calendar);
        let words = time::Words::of(calendar);
        let objects = things::Objects::of(bible);
        let read: Vec<ReadScene> = scenes.par_iter().map(|(chapter, scene)| read_scene(chapter, scene, &cast, &objects, &words)).collect();
        let (mut assertions, mut acts, mut said, mut placings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for scene in read {
            placings.extend(scene.placings);
            assertions.extend(scene.assertions);
            acts.extend(scene.acts);
            said.extend(scene.said);
        }
        let dead = life::dead(bible, assertions.iter());
        let of_dead = |act: &Assertion| matches!(&act.subject, Subject::Known(name) if dead.contains(name));
        assertions.extend(acts.into_iter().filter(of_dead));
        kept_in::in_order(&mut placings);
        assertions.extend(kept_in::misplaced(series, placings));
        assertions.extend(knowing::spoken_before(series, &assertions, &said));
        assertions.par_sort_by(|one, two| (one.point, one.words.start, &one.attribute).cmp(&(two.point, two.words.start, &two.attribute)));
        let assertions: Vec<Arc<Assertion>> = assertions.into_par_iter().map(Arc::new).collect();
        let (index, drifts) = rayon::join(|| Index::new(&assertions), || drift::drifts(&cast, bible));
        Facts { assertions, index, cast: Arc::new(cast), drifts }
    }

    /// All assertions in the order of the story.
    pub fn assertions(&self) -> &[Arc<Assertion>] {
        &self.assertions
    }

    /// What the prose says of an attribute of a subject it surely means, in the order of the story.
    pub fn of(&self, subject: &str, attribute: &str) -> impl Iterator<Item = &Arc<Assertion>> {
        self.within(StoryPoint::BEGIN..StoryPoint::END).of_subject(subject, attribute)
    }

    /// What the prose says between two points of the story, the second excluded.
    pub fn within(&self, points: Range<StoryPoint>) -> FactsWithin<'_> {
        let place = |point: StoryPoint| self.assertions.partition_point(|assertion| assertion.point < point);
        FactsWithin { facts: self, places: place(points.start)..place(points.end) }
    }

    /// Who is named.
    pub fn cast(&self) -> &Arc<Cast> {
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

/// What the prose of a part of the story says.
#[derive(Clone, Debug)]
pub struct FactsWithin<'a> {
    facts: &'a Facts,
    /// Places in the list of all assertions.
    places: Range<usize>,
}

impl<'a> FactsWithin<'a> {
    /// All assertions in the order of the story.
    pub fn all(&self) -> &'a [Arc<Assertion>] {
        &self.facts.assertions[self.places.clone()]
    }

    /// The attributes that are asserted, by name.
    pub fn attributes(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.facts.index.attributes(self.places.clone())
    }

    /// The subjects of whom an attribute is surely asserted, by name.
    pub fn subjects(&self, attribute: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.facts.index.subjects(attribute, self.places.clone(), false)
    }

    /// The subjects of whom an attribute is most likely asserted where the words leave open whose it is, by name.
    pub fn likely_subjects(&self, attribute: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.facts.index.subjects(attribute, self.places.clone(), true)
    }

    /// What is said of an attribute, whoever's it is.
    pub fn of_attribute(&self, attribute: &str) -> impl Iterator<Item = &'a Arc<Assertion>> + use<'a> {
        self.at(self.facts.index.of_attribute(attribute, self.places.clone()))
    }

    /// What is said of an attribute of a subject that is surely meant.
    pub fn of_subject(&self, subject: &str, attribute: &str) -> impl Iterator<Item = &'a Arc<Assertion>> + use<'a> {
        self.at(self.facts.index.of_subject(subject, attribute, self.places.clone(), false))
    }

    /// What is said of an attribute of a subject that is most likely meant, where the words leave it open.
    pub fn likely_of(&self, subject: &str, attribute: &str) -> impl Iterator<Item = &'a Arc<Assertion>> + use<'a> {
        self.at(self.facts.index.of_subject(subject, attribute, self.places.clone(), true))
    }

    /// What is said of an attribute where the words leave open whose it is.
    pub fn unclear(&self, attribute: &str) -> impl Iterator<Item = &'a Arc<Assertion>> + use<'a> {
        self.at(self.facts.index.unclear(attribute, self.places.clone()))
    }

    fn at(&self, places: &'a [u32]) -> impl Iterator<Item = &'a Arc<Assertion>> + use<'a> {
        let facts = self.facts;
        places.iter().map(move |place| &facts.assertions[*place as usize])
    }
}

/// What a scene says; and apart from it what matters only of some people: what they do, of those who turn out to be dead somewhere, and what
/// they say aloud, of those who turn out not to know it.
struct ReadScene {
    assertions: Vec<Assertion>,
    acts: Vec<Assertion>,
    said: Vec<knowing::Utterance>,
    /// Where things are put and found; only what does not agree is said.
    placings: Vec<kept_in::Placing>,
}

/// Reads a scene. Its words are read anew here and not kept from when the cast was learnt: a backlist's words take more memory than its
/// letters.
fn read_scene(chapter: &Chapter, scene: &Scene, cast: &Cast, objects: &things::Objects, words: &Arc<time::Words>) -> ReadScene {
    let tokens = Tokens::of(scene);
    let page = &Page::new(chapter, scene, &tokens, cast);
    let (mut assertions, mut acts, mut placings) = (Vec::new(), Vec::new(), Vec::new());
    appearance::read(page, &mut assertions);
    marks::read(page, &mut assertions);
    handedness::read(page, &mut assertions);
    kinship::read(page, &mut assertions);
    title::read(page, &mut assertions);
    stature::read(page, &mut assertions);
    occupation::read(page, &mut assertions);
    age::read(page, &mut assertions);
    count::read(page, &mut assertions);
    things::read(page, objects, &mut assertions);
    knowing::read(page, &mut assertions);
    life::deaths(page, &mut assertions);
    for said in assertions.iter_mut().filter(|said| matches!(said.voice, Voice::Speech(_))) {
        said.hedged |= hedge::is_untrue_speech(page, tokens.at(said.words.start));
    }
    let timed = time::Timed::of(scene, words);
    whereabouts::read(page, words, &timed, &mut assertions);
    assertions.extend(time::assertions(chapter, scene, words, &timed));
    life::acts(page, &mut acts);
    kept_in::read(page, &mut placings);
    ReadScene { assertions, acts, said: knowing::utterances(page), placings }
}

#[cfg(test)]
mod tests;
