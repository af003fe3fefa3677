//! A pair: two facts that may contradict each other, and what is known of them before the model has seen them.

use super::attribute::{Attribute, Persistence};
use super::change;
use super::days::can_be_apart;
use super::fact::Fact;
use super::note::{Standing, stems};
use super::people::{Owner, Sureness};
use super::times::{Times, year_in};
use super::value::{Comparison, compare, denies};
use super::verdict::Signs;
use crate::manuscript::StoryPoint;

/// Of one subject and one group of attributes at most so many.
pub(super) const MAX_OF_ONE: usize = 24;

/// A fact is compared with so many later ones of its matter: what the hero of a long series did fills thousands of notes.
pub(super) const COMPARED_WITH: usize = 300;

/// The least likeness at which words without a type are put to the model.
const MIN_LIKENESS: f64 = 0.25;

/// How pairs rank whose values exclude each other, and those that are tied by the words of a denial or an end alone.
pub(super) const EXCLUSION_PRIORITY: f64 = 3.0;
pub(super) const WORDS_PRIORITY: f64 = 1.2;

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
    /// The words themselves exclude each other: somebody does what they cannot, or has what they have not.
    Words,
    /// Only that they are of one owner: one may be noted as a habit, the other as something past.
    OwnerOnly,
}

impl Pair {
    /// A pair of one matter.
    pub(super) fn new(earlier: Fact, later: Fact, comparison: Comparison, priority: f64) -> Pair {
        Pair { earlier, later, comparison, priority, tie: Tie::Matter }
    }

    /// A pair of one matter of two facts in either order.
    pub(super) fn in_order(one: &Fact, other: &Fact, comparison: Comparison, priority: f64) -> Pair {
        let (earlier, later) = if one.order() <= other.order() { (one, other) } else { (other, one) };
        Pair::new(earlier.clone(), later.clone(), comparison, priority)
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
        let is_given = |fact: &Fact| {
            let is_of_scene = fact.owner == Owner::Scene && self.tie == Tie::CountedTime;
            fact.is_plain() || is_of_scene && fact.standing == Standing::Plain
        };
        let is_plain = self.facts().into_iter().all(is_given);
        self.comparison == Comparison::Differ && is_plain
    }

    /// Whether what is not told by the narration is said by whom it is about: “Ask my sister,” said Emeka.
    fn is_in_own_words(&self) -> bool {
        self.facts().into_iter().all(|fact| fact.is_plain() || fact.is_of_oneself())
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
        let is_changed = matches!(self.tie, Tie::Matter | Tie::OwnerOnly) && change::of_fact(later);
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
    let of_ages = || times.filter(|_| is_of_ages)?.ages_agree(earlier, later);
    let agree = days.and_then(|days| can_be_apart(earlier, later, days)).or_else(of_ages);
    let apart = agree.map(|agree| if agree { Comparison::Fine } else { Comparison::Differ });
    if is_local && !is_same_scene && apart.is_none() && days.is_none_or(|days| days > 1) {
        return None;
    }
    // What was taken away lies elsewhere now.
    if later.attribute.name == "where" && !is_same_scene && change::of_fact(later) {
        return None;
    }
    // Whoever only learns later what they knew before is the one who matters.
    if one.rule == "knows-too-early" && !(one.name == "knows" && other.name != "knows") {
        return None;
    }
    let comparison = apart.unwrap_or_else(|| compare(earlier, later));
    let strength = match comparison {
        Comparison::Differ => EXCLUSION_PRIORITY,
        Comparison::Open(likeness) if likeness >= MIN_LIKENESS => likeness,
        Comparison::Open(_) | Comparison::Fine => return None,
    };
    let priority = strength - doubt(earlier) - doubt(later);
    let tie = match apart {
        Some(_) => Tie::CountedTime,
        None if comparison == Comparison::Differ && are_of_two_years(earlier, later) => Tie::Words,
        None => Tie::Matter,
    };
    Some(Pair { tie, ..Pair::new(earlier.clone(), later.clone(), comparison, priority) })
}

/// Whether two facts tell one thing of two years: opened in 1932, opened in 1951.
fn are_of_two_years(one: &Fact, other: &Fact) -> bool {
    let years = |fact: &Fact| year_in(&fact.value);
    let bare = |fact: &Fact| -> Vec<String> {
        stems(&fact.value).into_iter().filter(|stem| !stem.chars().any(|letter| letter.is_ascii_digit())).collect()
    };
    years(one).is_some() && years(other).is_some() && years(one) != years(other) && bare(one).iter().any(|stem| bare(other).contains(stem))
}

/// By how much it lowers a pair's priority that only the reader knows whose a fact is.
pub(super) fn doubt(fact: &Fact) -> f64 {
    match (fact.sureness, &fact.owner) {
        (Sureness::Named, _) => 0.0,
        (Sureness::Agreed, _) => 0.1,
        (Sureness::Read, Owner::Person(_)) => 0.6,
        (Sureness::Read, _) => 0.3,
        (Sureness::Contrary, _) => 1.0,
    }
}
