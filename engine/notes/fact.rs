//! A fact: whose, what, where it stands, and which sources vouch for it. What the reader noted, what the patterns of `facts` read off the same
//! prose, and what the bible says are all of this one kind, so that each can be held against each.

use super::attribute::Attribute;
use super::note::{Standing, has_any, words_of};
use super::people::{Owner, Sureness};
use super::reader::{Reading, SceneNotes};
use crate::bible;
use crate::finding::Source;
use crate::manuscript::StoryPoint;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// One thing that is stated of somebody or something.
#[derive(Clone, Debug)]
pub struct Fact {
    pub owner: Owner,
    pub sureness: Sureness,
    /// Whose it is, in the words of its source.
    pub subject: String,
    pub attribute: &'static Attribute,
    pub value: String,
    pub standing: Standing,
    /// The words of the sentence that states it; of a bible's entry, a sentence made of it.
    pub text: Arc<str>,
    pub place: Place,
    /// At least one; two that agree make a fact surer.
    pub sources: BTreeSet<Source>,
}

/// Where a fact stands.
#[derive(Clone, Debug)]
pub enum Place {
    Prose {
        point: StoryPoint,
        /// The sentence, as a byte range of the scene's prose.
        sentence: Range<usize>,
    },
    Bible(bible::Fact),
}

impl Fact {
    /// Where it stands in the story, in the story's order; what the bible says stands before all of it.
    pub fn order(&self) -> (StoryPoint, usize) {
        match &self.place {
            Place::Prose { point, sentence } => (*point, sentence.start),
            Place::Bible(_) => (StoryPoint::BEGIN, 0),
        }
    }

    /// Its scene, and its sentence as a byte range of the scene's prose; nothing when the bible says it.
    pub fn in_prose(&self) -> Option<(StoryPoint, &Range<usize>)> {
        match &self.place {
            Place::Prose { point, sentence } => Some((*point, sentence)),
            Place::Bible(_) => None,
        }
    }

    /// What the bible says in so many words; nothing when it stands in the prose.
    pub fn in_bible(&self) -> Option<&bible::Fact> {
        match &self.place {
            Place::Bible(fact) => Some(fact),
            Place::Prose { .. } => None,
        }
    }

    /// Whether the reader noted it.
    pub fn is_noted(&self) -> bool {
        self.sources.contains(&Source::Reader)
    }

    /// The scene of the reading that it stands in.
    pub(super) fn scene<'a>(&self, reading: &'a Reading) -> Option<&'a SceneNotes> {
        reading.scene(self.in_prose()?.0)
    }

    /// Whether it can be held against another at all.
    pub(super) fn is_ground(&self, reading: &Reading) -> bool {
        let is_present = self.scene(reading).is_none_or(|scene| scene.is_present);
        self.standing != Standing::Doubtful && is_present
    }

    /// Whether the narration itself says it, and whose it is.
    pub(super) fn is_plain(&self) -> bool {
        self.sureness <= Sureness::Agreed && self.standing == Standing::Plain
    }

    /// Whether somebody says it of themselves: “I never learned,” said Agnieszka.
    pub(super) fn is_of_oneself(&self) -> bool {
        const FIRST_PERSON: &[&str] = &["i", "my", "me", "mine", "i'm", "i've", "i'd"];
        let Owner::Person(name) = &self.owner else { return false };
        // “Emeka is my friend,” said Ruth: of whom she names somebody else speaks.
        let mut spoken = self.text.split(['"', '“', '”']).skip(1).step_by(2);
        let is_named = spoken.any(|spoken| name.split(' ').any(|word| spoken.contains(word)));
        let says_i = has_any(&words_of(&self.text), FIRST_PERSON);
        self.standing == Standing::Said && self.sureness <= Sureness::Agreed && says_i && !is_named
    }
}
