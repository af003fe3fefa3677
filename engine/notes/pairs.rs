//! Which facts are worth a verdict: pairs of one owner and one matter that may contradict each other.

use super::across;
use super::attribute::{Attribute, Persistence};
use super::change;
use super::fact::Fact;
use super::implied;
use super::note::{Standing, stems};
use super::people::{Owner, Sureness};
use super::reader::Reading;
use super::times::{self, Times};
use super::value::{Comparison, compare, days_apart, denies, words_of};
use super::verdict::Signs;
use super::ways;
use crate::manuscript::{Series, StoryPoint};
use std::collections::{BTreeMap, BTreeSet};

/// Of one subject and one group of attributes at most so many.
pub(super) const MAX_OF_ONE: usize = 24;

/// A fact is compared with so many later ones of its matter: what the hero of a long series did fills thousands of notes.
pub(super) const COMPARED_WITH: usize = 300;

/// The least likeness at which words without a type are put to the model.
const MIN_LIKENESS: f64 = 0.25;

/// A pair before the model has seen it.
#[derive(Clone, Debug)]
pub struct Pair {
    pub earlier: Fact,
    pub later: Fact,
    pub comparison: Comparison,
    /// The larger, the sooner it is put to the model.
    pub priority: f64,
    pub tie: Tie,
}

/// What makes two facts a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// They are of one matter.
    Matter,
    /// Two days or ages: the story counts the days or years between them.
    CountedTime,
    /// Only that they are of one owner: one may be noted as a habit, the other as something past.
    OwnerOnly,
}

impl Pair {
    /// A pair of one matter.
    pub(super) fn new(earlier: Fact, later: Fact, comparison: Comparison, priority: f64) -> Pair {
        Pair { earlier, later, comparison, priority, tie: Tie::Matter }
    }

    /// Both facts, the earlier first.
    pub fn facts(&self) -> [&Fact; 2] {
        [&self.earlier, &self.later]
    }

    /// Where both facts stand in the story.
    pub fn places(&self) -> [(StoryPoint, usize); 2] {
        self.facts().map(Fact::order)
    }

    /// Whether the values themselves exclude each other, and the narration says whose both are, or how far apart the scenes are.
    pub fn is_sure(&self) -> bool {
        let is_given = |fact: &Fact| fact.is_plain() || self.tie == Tie::CountedTime && fact.standing == Standing::Plain;
        let is_plain = self.facts().into_iter().all(is_given);
        self.comparison == Comparison::Differ && is_plain
    }

    /// Whether what is not told by the narration is said by whom it is about: “Ask my sister,” said Emeka.
    fn is_in_own_words(&self) -> bool {
        const FIRST_PERSON: &[&str] = &["i", "my", "me", "mine", "i'm", "i've", "i'd"];
        let says_i = |fact: &Fact| words_of(&fact.text).iter().any(|word| FIRST_PERSON.contains(&word.as_str()));
        let is_own = |fact: &Fact| fact.standing == Standing::Said && fact.sureness <= Sureness::Agreed && says_i(fact);
        self.facts().into_iter().all(|fact| fact.is_plain() || is_own(fact))
    }

    /// What is known of it before the model is asked.
    pub fn signs(&self) -> Signs {
        let sign = |holds: bool| if holds { 1.0 } else { 0.0 };
        let count = |holds: &dyn Fn(&Fact) -> bool| self.facts().into_iter().map(|fact| sign(holds(fact))).sum();
        let stands_in = |value: &str, sentence: &str| {
            let (wanted, there) = (stems(value), stems(sentence));
            !wanted.is_empty() && wanted.iter().all(|stem| there.contains(stem))
        };
        let Pair { earlier, later, comparison, .. } = self;
        let (one, other) = (earlier.attribute, later.attribute);
        let is_denial = denies(earlier) != denies(later);
        let is_changed = self.tie != Tie::CountedTime && change::tells_of_change(&later.text);
        let is_restated = stands_in(&earlier.value, &later.text) || stands_in(&later.value, &earlier.text);
        Signs {
            differ: sign(*comparison == Comparison::Differ),
            likeness: if let Comparison::Open(likeness) = comparison { likeness.min(1.5) } else { 0.0 },
            restated: sign(!is_denial && *comparison != Comparison::Differ && is_restated),
            same_attribute: sign(one.name == other.name),
            denial: sign(is_denial),
            lasting: sign(one.persistence == Persistence::Lasting && other.persistence == Persistence::Lasting),
            only_read: count(&|fact| fact.sureness >= Sureness::Read),
            said: count(&|fact| fact.standing == Standing::Said),
            thing: sign(matches!(earlier.owner, Owner::Thing(_))),
            dead: sign(one.name == "died" && other.name != "died"),
            changed: sign(is_changed),
            sure: sign(*comparison == Comparison::Differ && (self.is_sure() || self.is_in_own_words()) && !is_changed),
            owner_only: sign(self.tie == Tie::OwnerOnly),
            unchanged: sign(!is_restated && later.attribute.persistence == Persistence::Changing && change::is_ruled_out(&later.text)),
        }
    }
}

/// Whom and what the model is asked about, of two facts: the fuller of both names, and an attribute.
pub fn question(facts: [&Fact; 2]) -> (String, &'static str) {
    let [one, other] = facts.map(|fact| match &fact.owner {
        Owner::Person(name) => name.clone(),
        _ => fact.subject.clone(),
    });
    let attribute = match facts.map(|fact| fact.attribute.name) {
        ["died", _] => "alive",
        [_, "cannot"] => "cannot",
        [one, _] => one,
    };
    (if other.len() > one.len() { other } else { one }, attribute)
}

/// The pairs that are worth a verdict, in no order.
pub fn pairs(facts: &[Fact], reading: &Reading, series: &Series) -> Vec<Pair> {
    let facts: Vec<&Fact> = facts.iter().filter(|fact| fact.is_ground(reading)).collect();
    let times = Times::of(&facts, reading, series);
    let fuller = with_fuller_names(&facts);
    let mut by_matter: BTreeMap<(&Owner, u8), Vec<&Fact>> = BTreeMap::new();
    for fact in &facts {
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
    pairs.extend(across::pairs(&facts));
    pairs.extend(implied::pairs(&by_matter, reading));
    pairs.extend(ways::pairs(&facts));
    pairs.extend(times::of_one_event(&facts));
    pairs
}

/// Things that are called by fewer words than others, with the one that has them all: the Beetle is Mrs. Adeyinka's yellow Beetle where the
/// book has no other.
fn with_fuller_names<'a>(facts: &[&'a Fact]) -> BTreeMap<&'a Owner, &'a Owner> {
    let what = |words: &'a str| -> BTreeSet<&'a str> {
        let thing = words.split_once("'s ").map_or(words, |(_, thing)| thing);
        thing.split(' ').collect()
    };
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
        let is_owned = words.contains("'s ");
        // Of two that are called the same, the one that is somebody's is the fuller.
        let has_all = |other: &&&'a Owner| {
            let Owner::Thing(others) = other else { return false };
            *other != owner && what(others).is_superset(&own) && (what(others).len() > own.len() || others.contains("'s ") && !is_owned)
        };
        let mut found = own.iter().next().and_then(|word| by_word.get(word))?.iter().filter(has_all);
        let first = *found.next()?;
        found.next().is_none().then_some((*owner, first))
    };
    things.iter().filter_map(fuller).collect()
}

/// Two facts of one owner and one group, if they may contradict each other.
pub(super) fn pair(earlier: &Fact, later: &Fact, times: Option<&Times<'_>>) -> Option<Pair> {
    let ((point, sentence), (other_point, other_sentence)) = (earlier.in_prose()?, later.in_prose()?);
    let is_same_scene = point == other_point;
    // What patterns alone see in both, their own rules compare.
    if is_same_scene && sentence == other_sentence || !(earlier.is_noted() || later.is_noted()) {
        return None;
    }
    let (one, other) = (earlier.attribute, later.attribute);
    let is_momentary = one.persistence == Persistence::Momentary || other.persistence == Persistence::Momentary;
    let is_local = matches!(earlier.owner, Owner::Stranger(_) | Owner::Scene) || is_momentary;
    // The day of a scene only says something of the next one where that one counts the days from it.
    let is_of_day = |attribute: &Attribute| matches!(attribute.name, "date" | "weekday" | "season");
    let is_of_days = earlier.owner == Owner::Scene && is_of_day(one) && is_of_day(other) && !is_same_scene;
    let days = times.filter(|_| is_of_days).and_then(|times| times.days_between(earlier, later));
    let is_of_ages = one.name == "age" && other.name == "age";
    let of_ages = || times.filter(|_| is_of_ages)?.ages(earlier, later);
    let apart = days.and_then(|days| days_apart(earlier, later, days)).or_else(of_ages);
    if is_local && !is_same_scene && apart.is_none() && days.is_none_or(|days| days > 1) {
        return None;
    }
    // Whoever only learns later what they knew before is the one who matters.
    if one.rule == "knows-too-early" && !(one.name == "knows" && other.name != "knows") {
        return None;
    }
    let comparison = apart.unwrap_or_else(|| compare(earlier, later));
    let strength = match comparison {
        Comparison::Differ => 3.0,
        Comparison::Open(likeness) if likeness >= MIN_LIKENESS => likeness,
        Comparison::Open(_) | Comparison::Fine => return None,
    };
    let doubt = |fact: &Fact| match (fact.sureness, &fact.owner) {
        (Sureness::Named, _) => 0.0,
        (Sureness::Agreed, _) => 0.1,
        (Sureness::Read, Owner::Person(_)) => 0.6,
        (Sureness::Read, _) => 0.3,
        (Sureness::Contrary, _) => 1.0,
    };
    let priority = strength - doubt(earlier) - doubt(later);
    let tie = if apart.is_some() { Tie::CountedTime } else { Tie::Matter };
    Some(Pair { tie, ..Pair::new(earlier.clone(), later.clone(), comparison, priority) })
}
