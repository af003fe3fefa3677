//! Which facts are worth a verdict: all pairs that may contradict each other, the likeliest of a whole book.

use super::fact::Fact;
use super::pairs::{COMPARED_WITH, MAX_OF_ONE, Pair, pair};
use super::people::{Owner, possession};
use super::reader::Reading;
use super::times::Times;
use super::value::Comparison;
use super::{across, deeds, events, implied, passing, ways};
use crate::facts::Facts;
use crate::manuscript::Series;
use std::collections::{BTreeMap, BTreeSet};

/// Pairs that are put to the model: at least so many, and one for so many words of the book.
const MIN_PAIRS: usize = 60;
const WORDS_A_PAIR: usize = 150;

/// The pairs that are put to the model, the most promising first. `patterns` is what the patterns read.
pub(super) fn pairs(facts: &[Fact], reading: &Reading, series: &Series, patterns: &Facts) -> Vec<Pair> {
    let ground: Vec<&Fact> = facts.iter().filter(|fact| fact.is_ground(reading)).collect();
    let mut pairs = of_one_matter(&ground, reading, series);
    pairs.extend(across::pairs(&ground));
    pairs.extend(ways::pairs(&ground));
    pairs.extend(events::pairs(&ground));
    pairs.extend(deeds::pairs(facts, reading, series, patterns));
    pairs.extend(passing::pairs(&ground, reading, series));
    pairs.sort_by(|one, other| other.priority.total_cmp(&one.priority));
    // What is found in more than one way is asked about once.
    let matter = |pair: &Pair| (pair.places(), pair.earlier.owner.clone(), pair.facts().map(|fact| fact.attribute.group));
    let mut seen = BTreeSet::new();
    // Nor is what the reader thinks of two sentences that code holds to exclude each other.
    let mut sure = BTreeSet::new();
    pairs.retain(|pair| {
        let place = (pair.places(), pair.earlier.owner.clone());
        let is_new = seen.insert(matter(pair)) && !(sure.contains(&place) && pair.comparison != Comparison::Differ);
        if pair.comparison == Comparison::Differ {
            sure.insert(place);
        }
        is_new
    });
    pairs.truncate(MIN_PAIRS.max(series.words() / WORDS_A_PAIR));
    // In a whole book too many facts have only their owner and some words in common.
    if pairs.len() < MIN_PAIRS {
        let tied: BTreeSet<_> = pairs.iter().map(Pair::places).collect();
        pairs.extend(across::of_one_owner(&ground).into_iter().filter(|pair| !tied.contains(&pair.places())));
        pairs.truncate(MIN_PAIRS);
    }
    pairs
}

/// Pairs of one owner and one group of attributes, with what others imply of that owner.
fn of_one_matter(facts: &[&Fact], reading: &Reading, series: &Series) -> Vec<Pair> {
    let times = Times::of(facts, reading, series);
    let fuller = with_fuller_names(facts);
    let mut by_matter: BTreeMap<(&Owner, u8), Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        let owner = fuller.get(&fact.owner).copied().unwrap_or(&fact.owner);
        by_matter.entry((owner, fact.attribute.group)).or_default().push(fact);
    }
    let mut pairs = Vec::new();
    for facts in by_matter.values() {
        let mut own: Vec<Pair> = Vec::new();
        for (place, earlier) in facts.iter().enumerate() {
            let later = facts[place + 1..].iter().take(COMPARED_WITH);
            own.extend(later.filter_map(|later| pair(earlier, later, Some(&times))));
        }
        own.sort_by(|one, other| other.priority.total_cmp(&one.priority));
        own.truncate(MAX_OF_ONE);
        pairs.append(&mut own);
    }
    pairs.extend(implied::pairs(&by_matter, reading));
    pairs
}

/// Things that are called by fewer words than others with the same noun, with the one that has them all: the Beetle is Mrs. Adeyinka's yellow
/// Beetle where the book has no other; the kitchen is not the kitchen table.
fn with_fuller_names<'a>(facts: &[&'a Fact]) -> BTreeMap<&'a Owner, &'a Owner> {
    let what = |words: &'a str| -> BTreeSet<&'a str> { possession(words).map_or(words, |(_, thing)| thing).split(' ').collect() };
    let mut by_word: BTreeMap<&str, BTreeSet<&Owner>> = BTreeMap::new();
    let things: BTreeSet<&Owner> = facts.iter().map(|fact| &fact.owner).filter(|owner| matches!(owner, Owner::Thing(_))).collect();
    for owner in &things {
        let Owner::Thing(words) = owner else { continue };
        for word in what(words) {
            by_word.entry(word).or_default().insert(owner);
        }
    }
    let fuller = |owner: &&'a Owner| {
        let Owner::Thing(words) = owner else { return None };
        let own = what(words);
        let is_owned = possession(words).is_some();
        // Of two that are called the same, the one that is somebody's is the fuller.
        let has_all = |other: &&&'a Owner| {
            let Owner::Thing(others) = other else { return false };
            let noun = |words: &'a str| words.rsplit(' ').next();
            *other != owner
                && noun(others) == noun(words)
                && what(others).is_superset(&own)
                && (what(others).len() > own.len() || possession(others).is_some() && !is_owned)
        };
        let mut found = own.iter().next().and_then(|word| by_word.get(word))?.iter().filter(has_all);
        let first = *found.next()?;
        found.next().is_none().then_some((*owner, first))
    };
    things.iter().filter_map(fuller).collect()
}
