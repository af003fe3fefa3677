//! What people do although it was said that they cannot, or never do it, and what the dead do: no note has it, because a deed is no fact, but
//! the sentence shows it.

use super::attribute::{self, Attribute};
use super::fact::{Fact, Place};
use super::note::{Standing, first_clause, has_any, stems, words_of};
use super::pairs::{Pair, WORDS_PRIORITY};
use super::people::{Owner, Sureness};
use super::reader::Reading;
use super::value::{Comparison, denies, says_no};
use crate::facts::{Assertion, Facts, Subject, Voice, acts};
use crate::finding::Source;
use crate::manuscript::{Series, StoryPoint};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Of one denial or death at most so many deeds are put to the model.
const MAX_OF_ONE: usize = 3;

/// The pairs of a denial and a deed, and of a death and a deed of the dead.
pub fn pairs(stated: &[Fact], reading: &Reading, series: &Series, facts: &Facts) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let ground = || stated.iter().filter(|fact| fact.is_ground(reading) && fact.sureness <= Sureness::Agreed);
    let denials: Vec<(&Fact, Vec<String>)> = ground().filter_map(|fact| Some((fact, denied(fact)?))).collect();
    if !denials.is_empty() {
        pairs.extend(done(&denials, reading, series));
    }
    let deaths: Vec<&Fact> = ground().filter(|fact| fact.attribute.name == "died" && fact.standing == Standing::Plain).collect();
    for death in deaths {
        pairs.extend(returns(death, reading, series, facts));
    }
    pairs
}

/// The words of the deed that a fact denies somebody, as stems; nothing where it denies none.
fn denied(fact: &Fact) -> Option<Vec<String>> {
    const DENIED: &[&str] = &["cannot", "habit", "likes", "past"];
    let is_person = matches!(fact.owner, Owner::Person(_) | Owner::Narrator(_));
    if let Some(sense) = lost_sense(fact).filter(|_| is_person) {
        return Some(stems(sense));
    }
    if !is_person || !DENIED.contains(&fact.attribute.name) || !denies(fact) {
        return None;
    }
    // What stands behind a comma says why.
    let stems = stems(first_clause(&fact.value));
    (!stems.is_empty() && stems.len() <= 4).then_some(stems)
}

/// What whoever is wholly blind or deaf does not do; nothing of one eye or one ear.
fn lost_sense(fact: &Fact) -> Option<&'static str> {
    const SENSES: &[(&str, &str)] = &[("blind", "see"), ("deaf", "hear")];
    const PARTLY: &[&str] = &["left", "right", "one", "half", "nearly", "almost", "not", "no"];
    let words = words_of(&fact.value);
    let is_whole = fact.attribute.name == "sense" && !has_any(&words, PARTLY);
    // Blind to his faults she sees well enough.
    let is_of_something = |place: usize| words.get(place + 1).is_some_and(|word| matches!(word.as_str(), "to" | "with" | "by"));
    let (_, deed) =
        SENSES.iter().find(|(sense, _)| words.iter().position(|word| word == sense).is_some_and(|place| !is_of_something(place)))?;
    is_whole.then_some(*deed)
}

/// Sentences in which somebody does what a fact denies them.
fn done(denials: &[(&Fact, Vec<String>)], reading: &Reading, series: &Series) -> Vec<Pair> {
    let mut by_stem: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, (_, stems)) in denials.iter().enumerate() {
        for stem in stems {
            by_stem.entry(stem).or_default().push(place);
        }
    }
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    let mut pairs = Vec::new();
    for scene in reading.scenes.iter().filter(|scene| scene.is_present) {
        let prose = series.scene(scene.point).map_or("", |(_, scene)| scene.prose.as_str());
        for line in scene.lines() {
            let text = &prose[line.range.clone()];
            let there = stems(text);
            let touched: BTreeSet<usize> = there.iter().filter_map(|stem| by_stem.get(stem.as_str())).flatten().copied().collect();
            for denial in touched {
                let (fact, wanted) = &denials[denial];
                let shared = wanted.iter().filter(|stem| there.contains(stem)).count();
                let is_other = fact.in_prose().is_some_and(|(point, sentence)| point != scene.point || *sentence != line.range);
                let is_deed = shared >= wanted.len().min(2) && is_other && !says_no(text);
                if is_deed
                    && found.get(&denial).is_none_or(|count| *count < MAX_OF_ONE)
                    && scene.ground.sureness(&fact.owner, prose, &line.range, &reading.names) <= Sureness::Agreed
                {
                    *found.entry(denial).or_default() += 1;
                    let attribute = if fact.attribute.name == "cannot" { attribute::named("can") } else { Some(fact.attribute) };
                    let deed = deed(fact, attribute.unwrap_or(fact.attribute), scene.point, line.range.clone(), prose);
                    pairs.push(Pair::in_order(fact, &deed, Comparison::Open(1.0), WORDS_PRIORITY));
                }
            }
        }
    }
    pairs
}

/// What the dead do in later scenes.
fn returns(death: &Fact, reading: &Reading, series: &Series, facts: &Facts) -> Vec<Pair> {
    let (Owner::Person(name), Some((point, _))) = (&death.owner, death.in_prose()) else { return Vec::new() };
    let Some(alive) = attribute::named("alive") else { return Vec::new() };
    let later = reading.scenes.iter().filter(|scene| scene.point > point && scene.is_present);
    let seen = later.flat_map(|scene| {
        let story = series.scene(scene.point);
        let mentions = story.filter(|(_, story)| name.split_whitespace().any(|word| story.prose.contains(word)));
        let acts = mentions.map(|(chapter, story)| acts(chapter, story, facts.cast())).unwrap_or_default();
        let of_dead = move |said: &Assertion| {
            let is_theirs = matches!(&said.subject, Subject::Known(known) if reading.names.is(known, name));
            is_theirs && !said.hedged && said.voice == Voice::Narration
        };
        let prose = story.map_or("", |(_, story)| story.prose.as_str());
        acts.into_iter().filter(of_dead).map(move |said| deed(death, alive, said.point, said.sentence, prose))
    });
    seen.take(MAX_OF_ONE).map(|deed| Pair::in_order(death, &deed, Comparison::Open(1.0), WORDS_PRIORITY)).collect()
}

/// A deed of whoever a fact is about.
fn deed(of: &Fact, attribute: &'static Attribute, point: StoryPoint, sentence: Range<usize>, prose: &str) -> Fact {
    const WORDS_SHOWN: usize = 9;
    let text = &prose[sentence.clone()];
    let words: Vec<&str> = text.split_whitespace().collect();
    let rest = if words.len() > WORDS_SHOWN { " …" } else { "" };
    Fact {
        owner: of.owner.clone(),
        sureness: Sureness::Named,
        subject: of.subject.clone(),
        attribute,
        value: words.into_iter().take(WORDS_SHOWN).collect::<Vec<_>>().join(" ") + rest,
        standing: Standing::Plain,
        text: Arc::from(text),
        place: Place::Prose { point, sentence },
        sources: BTreeSet::from([Source::Patterns]),
    }
}
