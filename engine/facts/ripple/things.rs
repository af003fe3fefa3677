//! Things without a name whose coming-in was cut: “a brass key” is gone, and “the brass key” is still turned.

use super::removed::{Position, Removed};
use super::{LostGround, LostKind, ProsePlace};
use crate::facts::lexicon::WordSet;
use crate::facts::things::SINGLE_THINGS;
use crate::facts::tokens::{TokenRange, Tokens};
use crate::manuscript::{Scene, Series, StoryPoint};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

/// A word that stands oftener than this in a series is no thing that must be brought in.
const MAX_USES: usize = 12;

/// Shorter words are hardly ever such things.
const MIN_LETTERS: usize = 4;

/// Words there may be between an article and its noun: “a small, dark brass key”.
const MAX_BETWEEN: usize = 3;

/// Brings a thing in.
static INDEFINITE: LazyLock<WordSet> = LazyLock::new(|| WordSet::new("a an another one two three four five six some several"));

/// Takes a thing as known.
static DEFINITE: LazyLock<WordSet> = LazyLock::new(|| WordSet::new("the that this those these"));

/// Ends what an article begins.
static ENDS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "of in on at by to from with without for under over behind before after between through into upon near beside against among \
         across about around along above below and or but that which who whom whose when where while as than if so then was were is are \
         had has have did does do could would should might must may can will shall not never he she it they we you i his her its their our \
         your my him them us me this these those there here",
    )
});

/// A use of a word: where, its sentence, and whether it takes the thing as known or brings it in.
struct Use {
    at: Position,
    sentence: Range<usize>,
    /// The word before, in lower case.
    before: String,
    is_definite: bool,
    is_indefinite: bool,
}

/// The things of removed sentences that nothing brings in any more.
pub(super) fn gone(then: &Series, now: &Series, removed: &Removed) -> Vec<LostGround> {
    let wanted = brought_in(then, removed);
    if wanted.is_empty() {
        return Vec::new();
    }
    let words: BTreeSet<&str> = wanted.iter().map(|thing| thing.word.as_str()).collect();
    let (uses_then, uses_now) = rayon::join(|| uses(then, &words), || uses(now, &words));
    let is_lost = |thing: &&Thing| {
        let first_then = uses_then.get(thing.word.as_str()).and_then(|uses| uses.first());
        let Some(uses) = uses_now.get(thing.word.as_str()).filter(|uses| uses.len() <= MAX_USES) else { return false };
        let was_first = first_then.is_some_and(|first| first.at.0 == thing.point && first.sentence == thing.sentence);
        let is_it = |used: &Use| thing.kind.as_ref().is_none_or(|kind| used.before == *kind);
        was_first
            && uses.first().is_some_and(is_it)
            && uses.first().is_some_and(|first| first.is_definite && !first.is_indefinite && first.at > thing.place)
    };
    wanted.iter().filter(is_lost).filter_map(|thing| thing.gone(then, &uses_now[thing.word.as_str()])).collect()
}

/// A thing that a removed sentence brought in.
struct Thing {
    /// In lower case, without the `s` of a plural.
    word: String,
    /// The word before it there, in lower case: `brass`. Without it only such things count as people carry, lock and lose, because “the
    /// signal” and “the action” are said of anything.
    kind: Option<String>,
    /// As it was written, without the article: `brass key`.
    written: String,
    point: StoryPoint,
    sentence: Range<usize>,
    place: Position,
}

impl Thing {
    fn gone(&self, then: &Series, uses: &[Use]) -> Option<LostGround> {
        let (chapter, scene) = then.scene(self.point)?;
        let mut resting: BTreeMap<StoryPoint, ProsePlace> = BTreeMap::new();
        for used in uses.iter().filter(|used| used.is_definite) {
            resting.entry(used.at.0).or_insert((used.at.0, used.sentence.clone()));
        }
        Some(LostGround {
            kind: LostKind::Thing,
            subject: self.written.clone(),
            attribute: String::new(),
            value: String::new(),
            value_now: String::new(),
            sentence: scene.prose[self.sentence.clone()].to_string(),
            file: chapter.path.clone(),
            line: chapter.line_column(scene.locate(self.sentence.clone()).start).line,
            now: None,
            resting: resting.into_values().collect(),
        })
    }
}

fn brought_in(then: &Series, removed: &Removed) -> Vec<Thing> {
    let mut things = Vec::new();
    for (point, places) in removed.scenes() {
        let Some((_, scene)) = then.scene(point) else { continue };
        let tokens = Tokens::of(scene);
        for (index, sentence) in scene.sentences.iter().enumerate() {
            let Some(place) = places.get(&sentence.range.start) else { continue };
            let of_sentence = tokens.sentences[index];
            for article in of_sentence.iter().filter(|token| INDEFINITE.has(tokens.word(*token))) {
                let Some((first, noun)) = noun_of(&tokens, article, of_sentence.end) else { continue };
                let written = scene.prose[tokens.bytes(TokenRange::new(first..noun + 1))].to_string();
                let word = key(tokens.word(noun)).to_string();
                let is_belonging = SINGLE_THINGS.has(&word);
                let kind = (!is_belonging && first < noun).then(|| tokens.word(noun - 1).to_string());
                if is_belonging || kind.is_some() {
                    things.push(Thing { word, kind, written, point, sentence: sentence.range.clone(), place: *place });
                }
            }
        }
    }
    things
}

/// The first word and the noun of what an article begins; nothing when there is no noun worth it.
fn noun_of(tokens: &Tokens, article: usize, end: usize) -> Option<(usize, usize)> {
    let is_part = |token: &usize| tokens.is_word(*token) && !tokens.is_capital(*token) && !ENDS.has(tokens.word(*token));
    let part: Vec<usize> = (article + 1..end.min(article + 2 + MAX_BETWEEN)).take_while(is_part).collect();
    let noun = *part.last()?;
    let word = tokens.word(noun);
    (word.len() >= MIN_LETTERS && !word.ends_with("ly")).then_some((article + 1, noun))
}

/// One spelling for one and many of a thing.
fn key(word: &str) -> &str {
    word.strip_suffix('s').filter(|short| short.len() >= MIN_LETTERS - 1 && !short.ends_with('s')).unwrap_or(word)
}

/// Where the words stand, in the order of the story.
fn uses<'w>(series: &Series, words: &BTreeSet<&'w str>) -> BTreeMap<&'w str, Vec<Use>> {
    let scenes: Vec<&Scene> = series.chapters().flat_map(|chapter| &chapter.scenes).collect();
    let of_scene = |scene: &&Scene| uses_in(scene, words);
    let mut all: BTreeMap<&str, Vec<Use>> = BTreeMap::new();
    for (word, used) in scenes.par_iter().map(of_scene).collect::<Vec<_>>().into_iter().flatten() {
        all.entry(word).or_default().push(used);
    }
    all
}

fn uses_in<'w>(scene: &Scene, words: &BTreeSet<&'w str>) -> Vec<(&'w str, Use)> {
    let tokens = Tokens::of(scene);
    let article = |noun: usize| {
        let before = (noun.saturating_sub(MAX_BETWEEN + 1)..noun).rev();
        let is_between = |token: &usize| tokens.is_word(*token) && !ENDS.has(tokens.word(*token));
        before
            .take_while(|token| is_between(token) || DEFINITE.has(tokens.word(*token)))
            .find(|token| DEFINITE.has(tokens.word(*token)) || INDEFINITE.has(tokens.word(*token)))
    };
    let one = |token: usize| {
        let word = words.get(key(tokens.word(token)))?;
        let article = article(token).map(|article| tokens.word(article));
        let used = Use {
            at: (scene.point, tokens.range(token).start),
            sentence: scene.sentence_at(tokens.range(token).start)?.range.clone(),
            before: token.checked_sub(1).map_or("", |before| tokens.word(before)).to_string(),
            is_definite: article.is_some_and(|word| DEFINITE.has(word)),
            is_indefinite: article.is_some_and(|word| INDEFINITE.has(word)),
        };
        Some((*word, used))
    };
    (0..tokens.all.len()).filter_map(one).collect()
}
