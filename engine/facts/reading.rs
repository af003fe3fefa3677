//! A scene that several questions are asked about: who is named, who speaks, what stands there in small letters. Each is read once.

use super::cast::{Cast, Mention};
use super::given_names::Gender;
use super::page::Page;
use super::speech::{self, Speech};
use super::tokens::{TokenRange, Tokens};
use super::{Assertion, Subject, coreference, life};
use crate::manuscript::{Chapter, Scene};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

/// A pronoun of the prose.
#[derive(Clone, Debug)]
pub struct Pronoun {
    /// Nothing for the narrator’s.
    pub gender: Option<Gender>,
    pub subject: Subject,
}

/// Whom the first pronoun of each sentence of a scene means, by the words around it; sentences by where they begin in the scene's prose. Those
/// without one are left out.
pub fn pronouns(chapter: &Chapter, scene: &Scene, cast: &Cast) -> BTreeMap<usize, Pronoun> {
    let tokens = Tokens::of(scene);
    let page = Page::new(chapter, scene, &tokens, cast);
    let is_pronoun = |token: &usize| {
        let word = tokens.word(*token);
        coreference::pronoun_gender(word).is_some() || matches!(word, "i" | "my" | "me")
    };
    let first_of = |sentence: &TokenRange| {
        let token = sentence.iter().find(is_pronoun)?;
        let gender = coreference::pronoun_gender(tokens.word(token));
        Some((tokens.range(sentence.start).start, Pronoun { gender, subject: coreference::likely_of_pronoun(&page, token) }))
    };
    tokens.sentences.iter().filter(|sentence| !sentence.is_empty()).filter_map(first_of).collect()
}

/// What people do, say or are told to do in a scene, as assertions that they are alive.
pub fn acts(chapter: &Chapter, scene: &Scene, cast: &Cast) -> Vec<Assertion> {
    let tokens = Tokens::of(scene);
    let mut acts = Vec::new();
    life::acts(&Page::new(chapter, scene, &tokens, cast), &mut acts);
    acts
}

/// A scene with what was read of it so far.
#[derive(Debug)]
pub struct SceneReading {
    chapter: Arc<Chapter>,
    /// 0-based place in the chapter.
    scene: usize,
    cast: Arc<Cast>,
    tokens: OnceLock<Tokens>,
    mentions: OnceLock<Vec<Mention>>,
    speeches: OnceLock<Vec<Speech>>,
    lower: OnceLock<Option<String>>,
    bible_names: OnceLock<BTreeSet<String>>,
}

impl SceneReading {
    /// Nothing is read yet. `scene` is the 0-based place of a scene the chapter has.
    pub fn new(chapter: Arc<Chapter>, scene: usize, cast: Arc<Cast>) -> SceneReading {
        SceneReading {
            chapter,
            scene,
            cast,
            tokens: OnceLock::new(),
            mentions: OnceLock::new(),
            speeches: OnceLock::new(),
            lower: OnceLock::new(),
            bible_names: OnceLock::new(),
        }
    }

    /// The scene itself.
    pub fn scene(&self) -> &Scene {
        &self.chapter.scenes[self.scene]
    }

    /// The names in the scene, in order, not overlapping.
    pub fn mentions(&self) -> &[Mention] {
        self.mentions.get_or_init(|| self.cast.mentions_in(self.scene(), self.tokens()))
    }

    /// The bible's names that stand in the scene or are meant by an alias there, each of several that an alias can mean.
    pub fn bible_names(&self) -> &BTreeSet<String> {
        self.bible_names.get_or_init(|| self.cast.bible_names(&self.scene().prose))
    }

    /// All dialogue of the scene, in order.
    pub fn speeches(&self) -> &[Speech] {
        self.speeches.get_or_init(|| speech::read(self.scene(), self.tokens(), self.mentions(), &self.cast))
    }

    /// The prose in small letters, byte for byte as long as the prose; nothing in a few alphabets where small letters have other lengths.
    pub fn lower(&self) -> Option<&str> {
        let lower = || Some(self.scene().prose.to_lowercase()).filter(|lower| lower.len() == self.scene().prose.len());
        self.lower.get_or_init(lower).as_deref()
    }

    fn tokens(&self) -> &Tokens {
        self.tokens.get_or_init(|| Tokens::of(self.scene()))
    }
}
