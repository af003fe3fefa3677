//! Pairs across matters: what one sentence tells as a mark and another as a sense, what is denied in one matter and told in another.

use super::amount::{beyond, far_and_near, has_label, has_number, labelled, tells_how_far};
use super::attribute::Persistence;
use super::body;
use super::change;
use super::classes;
use super::fact::Fact;
use super::note::{has_any, stems, words_of};
use super::pairs::{COMPARED_WITH, EXCLUSION_PRIORITY, MAX_OF_ONE, Pair, Tie, WORDS_PRIORITY, doubt};
use super::people::Owner;
use super::stature;
use super::value::{Comparison, denies, places};
use crate::facts::value::Difference;
use std::collections::{BTreeMap, BTreeSet};

/// Attributes that tell what somebody's body is like.
const BODY: &[&str] = &["eyes", "face", "mark", "wound", "sense", "part", "look"];

/// Attributes that tell where somebody was born or comes from.
const OF_BIRTH: &[&str] = &["born", "origin"];

/// Attributes under which somebody's size is noted.
const SIZES: &[&str] = &["height", "build", "rank", "title", "look", "face"];

/// Attributes of which one fact may deny what another tells.
const DENIED: &[&str] = &["cannot", "habit", "likes", "fears", "past"];

/// Attributes that tell what somebody or something is.
const KIND: &[&str] = &["look", "name", "made", "rank", "title"];

/// Attributes of what only somebody does who is alive, or only something has that is whole.
const PRESENT: &[&str] = &["at", "where", "habit", "can", "dress", "owns", "promise"];

/// Attributes that may name a room or a house by its number.
const NUMBERED: &[&str] = &["home", "owns", "where"];

/// Attributes that tell how far a place is from another.
const HOW_FAR: &[&str] = &["distance", "where"];

/// Attributes that tell how many of something a thing has, and which of them is meant.
const HOW_MANY: &[&str] = &["part", "count", "look", "where", "at"];

/// The share of the shorter one's words that two facts have in common at least, to be such a pair.
const LEAST_SHARED: f64 = 0.5;

/// How many deeds are held against one denial.
const DEEDS_OF_ONE: usize = 4;

/// Pairs of one owner's facts of different matters that may contradict each other.
pub(super) fn pairs(facts: &[&Fact]) -> Vec<Pair> {
    let by_owner = by_owner(facts);
    let mut pairs = Vec::new();
    let of_words = |compare: fn(&[String], &[String]) -> Option<Difference>| {
        move |one: &Fact, other: &Fact| compare(&words_of(&one.value), &words_of(&other.value))
    };
    for (owner, facts) in &by_owner {
        if !matches!(owner, Owner::Thing(_)) {
            pairs.extend(denied(facts));
            // What is noted of the eyes need not name them.
            let told = |fact: &Fact| if fact.attribute.name == "eyes" { format!("{} eyes", fact.value) } else { fact.value.clone() };
            let sides = |one: &Fact, other: &Fact| {
                let (one, other) = (told(one), told(other));
                // What is lost later was there before.
                let is_lost_later = body::tells_a_loss(&other) && !body::tells_a_loss(&one);
                body::compare(&one, &other).filter(|_| !is_lost_later && body::is_of_one_kind(&one, &other))
            };
            // A Boston boy in everything but birth comes from elsewhere.
            let is_told = |fact: &Fact| fact.attribute.name == "born" || fact.text.to_lowercase().contains(" from ");
            // Oslo is in Norway: whether both can be true only the reader knows.
            let born = typed(facts, OF_BIRTH, &is_told, &places).into_iter();
            pairs.extend(born.map(|pair| Pair { comparison: Comparison::Open(1.0), priority: WORDS_PRIORITY, ..pair }));
            pairs.extend(typed(facts, SIZES, &|fact| stature::names_a_size(&words_of(&fact.value)), &of_words(stature::compare)));
            pairs.extend(typed(facts, BODY, &|fact| body::names_a_side(&fact.value), &sides));
        }
        pairs.extend(gone(facts));
        pairs.extend(typed(facts, HOW_FAR, &|fact| tells_how_far(&words_of(&fact.value)), &of_words(far_and_near)));
        pairs.extend(typed(facts, HOW_MANY, &|fact| has_number(&words_of(&fact.value)), &of_words(beyond)));
        pairs.extend(typed(facts, NUMBERED, &|fact| has_label(&words_of(&fact.value)), &of_words(labelled)));
        pairs.extend(typed(facts, KIND, &|fact| classes::names_a_sort(&words_of(&fact.value)), &of_words(classes::sorts)));
    }
    pairs
}

/// Pairs that only their owner and some words tie together.
pub(super) fn of_one_owner(facts: &[&Fact]) -> Vec<Pair> {
    by_owner(facts).values().flat_map(|facts| in_the_same_words(facts)).collect()
}

/// The facts of each owner that is the same one everywhere.
fn by_owner<'a>(facts: &[&'a Fact]) -> BTreeMap<&'a Owner, Vec<&'a Fact>> {
    let mut by_owner: BTreeMap<&Owner, Vec<&Fact>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| !matches!(fact.owner, Owner::Scene | Owner::Stranger(_))) {
        by_owner.entry(&fact.owner).or_default().push(fact);
    }
    by_owner
}

fn is_other_matter(one: &Fact, other: &Fact) -> bool {
    one.attribute.group != other.attribute.group && one.order() != other.order()
}

/// What somebody does although it is said that they cannot, or never do it.
fn denied(facts: &[&Fact]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for denial in facts.iter().filter(|fact| DENIED.contains(&fact.attribute.name) && denies(fact)) {
        let wanted = stems(&denial.value);
        let speaks_of_it =
            |fact: &&&Fact| is_other_matter(fact, denial) && !denies(fact) && stems(&fact.value).iter().any(|stem| wanted.contains(stem));
        for fact in facts.iter().filter(speaks_of_it).take(DEEDS_OF_ONE) {
            pairs.push(doubted(denial, fact, Comparison::Open(1.0), WORDS_PRIORITY));
        }
    }
    pairs
}

/// What is told of a relative without a name who has died, and of a thing that was destroyed, in a later scene. Of people with names
/// [`super::deeds`] knows more.
fn gone(facts: &[&Fact]) -> Vec<Pair> {
    const DESTROYED: &[&str] =
        &["burned", "burnt", "ash", "ashes", "destroyed", "smashed", "shattered", "sank", "sunk", "melted", "demolished"];
    const NOT_WHOLLY: &[&str] = &["almost", "nearly", "half", "by", "not"];
    let is_destroyed = |fact: &Fact| {
        let words = words_of(&fact.value);
        matches!(fact.attribute.name, "past" | "look") && has_any(&words, DESTROYED) && !has_any(&words, NOT_WHOLLY)
    };
    let is_end =
        |fact: &&&Fact| matches!(fact.owner, Owner::Thing(_)) && fact.is_plain() && (fact.attribute.name == "died" || is_destroyed(fact));
    let mut pairs = Vec::new();
    for end in facts.iter().filter(is_end) {
        let is_later = |fact: &&&Fact| {
            let is_present = PRESENT.contains(&fact.attribute.name) && !change::of_fact(fact) && !denies(fact);
            fact.order().0 > end.order().0 && is_present && fact.is_plain()
        };
        for later in facts.iter().filter(is_later).take(DEEDS_OF_ONE) {
            pairs.push(doubted(end, later, Comparison::Open(1.0), WORDS_PRIORITY));
        }
    }
    pairs
}

/// What code can tell apart although it is noted as different matters: a scar on the left cheek and a scarred right face, a mare that is the
/// finest stallion of the county.
///
/// Only facts that `tells` is true of are compared, since a hero has thousands.
fn typed(
    facts: &[&Fact],
    attributes: &[&str],
    tells: &dyn Fn(&Fact) -> bool,
    compare: &dyn Fn(&Fact, &Fact) -> Option<Difference>,
) -> Vec<Pair> {
    let is_telling = |fact: &&&Fact| attributes.contains(&fact.attribute.name) && !denies(fact) && tells(fact);
    let telling: Vec<&Fact> = facts.iter().filter(is_telling).copied().collect();
    let mut pairs = Vec::new();
    for (place, one) in telling.iter().enumerate() {
        for other in telling[place + 1..].iter().take(COMPARED_WITH).filter(|other| is_other_matter(one, other)) {
            if pairs.len() < MAX_OF_ONE && compare(one, other) == Some(Difference::Different) {
                pairs.push(doubted(one, other, Comparison::Differ, EXCLUSION_PRIORITY));
            }
        }
    }
    pairs
}

/// What two scenes tell of one owner in the same words under different matters; a pair for two sentences.
fn in_the_same_words(facts: &[&Fact]) -> Vec<Pair> {
    let lasting: Vec<&Fact> = facts.iter().filter(|fact| fact.attribute.persistence != Persistence::Momentary).copied().collect();
    let stems: Vec<BTreeSet<String>> = lasting.iter().map(|fact| stems(&fact.value).into_iter().collect()).collect();
    let scene = |fact: &Fact| fact.in_prose().map(|(point, _)| point);
    let mut pairs = Vec::new();
    for (place, one) in lasting.iter().enumerate() {
        for (other, others) in lasting.iter().zip(&stems).skip(place + 1).take(COMPARED_WITH) {
            if is_other_matter(one, other) && scene(one) != scene(other) {
                let shared = stems[place].intersection(others).count();
                let likeness = shared as f64 / stems[place].len().min(others.len()).max(1) as f64;
                if likeness >= LEAST_SHARED {
                    let pair = doubted(one, other, Comparison::Open(likeness), likeness);
                    pairs.push(Pair { tie: Tie::OwnerOnly, ..pair });
                }
            }
        }
    }
    pairs.sort_by(|one: &Pair, other| other.priority.total_cmp(&one.priority));
    let mut seen = BTreeSet::new();
    pairs.retain(|pair| seen.insert(pair.places()));
    pairs.truncate(MAX_OF_ONE);
    pairs
}

/// A pair of two facts in either order; the less sure it is whose they are, the later.
fn doubted(one: &Fact, other: &Fact, comparison: Comparison, priority: f64) -> Pair {
    Pair::in_order(one, other, comparison, priority - doubt(one) - doubt(other))
}
