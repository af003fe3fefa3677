//! Which facts are worth a verdict: pairs of one owner and one matter that may contradict each other.

use super::attribute::{Attribute, Persistence};
use super::change;
use super::fact::Fact;
use super::kinship;
use super::note::{Standing, stems};
use super::people::{Owner, Sureness};
use super::reader::Reading;
use super::value::{Comparison, compare, days_apart, denies};
use super::verdict::Signs;
use crate::manuscript::Series;
use std::collections::{BTreeMap, BTreeSet};

/// Of one subject and one group of attributes at most so many.
const MAX_OF_ONE: usize = 24;

/// A fact is compared with so many later ones of its matter: what the hero of a long series did fills thousands of notes.
const COMPARED_WITH: usize = 300;

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
    /// Of the times of two scenes: the story counts the days between them.
    pub days_are_counted: bool,
}

impl Pair {
    /// A pair that no counted days tie together.
    pub(super) fn new(earlier: Fact, later: Fact, comparison: Comparison, priority: f64) -> Pair {
        Pair { earlier, later, comparison, priority, days_are_counted: false }
    }

    /// Both facts, the earlier first.
    pub fn facts(&self) -> [&Fact; 2] {
        [&self.earlier, &self.later]
    }

    /// Whether the values themselves exclude each other, and the narration says whose both are, or how far apart the scenes are.
    pub fn is_sure(&self) -> bool {
        let is_given = |fact: &Fact| fact.is_plain() || self.days_are_counted && fact.standing == Standing::Plain;
        let is_plain = self.facts().into_iter().all(is_given);
        self.comparison == Comparison::Differ && is_plain
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
        let is_changed = change::tells_of_change(&later.text);
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
            sure: sign(self.is_sure() && !is_changed),
            unchanged: sign(later.attribute.persistence == Persistence::Changing && change::is_ruled_out(&later.text)),
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
    let mut by_matter: BTreeMap<(&Owner, u8), Vec<&Fact>> = BTreeMap::new();
    for fact in &facts {
        by_matter.entry((&fact.owner, fact.attribute.group)).or_default().push(fact);
    }
    let mut pairs = Vec::new();
    for facts in by_matter.values() {
        let mut own: Vec<Pair> = Vec::new();
        for (place, earlier) in facts.iter().enumerate() {
            let later = facts[place + 1..].iter().take(COMPARED_WITH);
            own.extend(later.filter_map(|later| pair(earlier, later, &|| change::days_between(earlier, later, reading, series))));
        }
        own.sort_by(|one, other| other.priority.total_cmp(&one.priority));
        own.truncate(MAX_OF_ONE);
        pairs.append(&mut own);
    }
    pairs.extend(denied(&facts));
    pairs.extend(told_from_both_sides(&by_matter, reading));
    pairs.extend(ways(&facts));
    pairs
}

/// Pairs of two lengths of one way, whatever the reader calls it: the drive to Exeter from Thornbury, Thornbury to Exeter.
fn ways(facts: &[&Fact]) -> Vec<Pair> {
    let is_way = |fact: &&&Fact| matches!(fact.attribute.name, "travel" | "distance");
    let all: Vec<(&Fact, BTreeSet<String>)> =
        facts.iter().filter(is_way).map(|fact| (*fact, ends(fact))).filter(|(_, ends)| ends.len() >= 2).collect();
    let mut pairs = Vec::new();
    for (place, (earlier, one)) in all.iter().enumerate() {
        for (later, other) in all[place + 1..].iter().take(COMPARED_WITH) {
            let is_one_way = earlier.attribute.name == later.attribute.name && one.intersection(other).count() >= 2;
            if is_one_way && earlier.owner != later.owner {
                pairs.extend(pair(earlier, later, &|| None).filter(|pair| pair.comparison == Comparison::Differ));
            }
        }
    }
    pairs
}

/// The places that a way lies between, whole names as New York, as far as a sentence or its subject says from where or to where.
fn ends(fact: &Fact) -> BTreeSet<String> {
    const LEADING: &[&str] = &["from", "to", "between", "reached", "left", "leaving", "towards", "via"];
    let is_name = |word: &&&str| word.starts_with(char::is_uppercase);
    let mut found = BTreeSet::new();
    for text in [&*fact.text, &fact.subject] {
        let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let is_between = words.iter().any(|word| word.eq_ignore_ascii_case("between"));
        let is_subject = text == fact.subject && words.contains(&"to");
        for place in 0..words.len() {
            let before = place.checked_sub(1).map(|before| words[before].to_lowercase());
            let leads = before.as_deref().map_or(is_subject, |word| LEADING.contains(&word) || is_between && word == "and");
            let name: Vec<&str> = words[place..].iter().take_while(is_name).copied().collect();
            if leads && !name.is_empty() {
                found.insert(name.join(" "));
            }
        }
    }
    found
}

/// Pairs of what is said of two people's kinship, each time of the other one: Ruth is Delia's sister, Delia is no relation of Ruth's.
fn told_from_both_sides(by_matter: &BTreeMap<(&Owner, u8), Vec<&Fact>>, reading: &Reading) -> Vec<Pair> {
    let mut seen = BTreeSet::new();
    let mut pairs = Vec::new();
    for fact in by_matter.values().flatten() {
        let Some(turned) = kinship::seen_from_the_other(fact, &reading.names) else { continue };
        let of_the_other = by_matter.get(&(&turned.owner, turned.attribute.group));
        let others = of_the_other.into_iter().flatten().filter(|other| other.order() != fact.order());
        for other in others.take(COMPARED_WITH) {
            let (earlier, later) = if other.order() < fact.order() { (*other, &turned) } else { (&turned, *other) };
            let Some(pair) = pair(earlier, later, &|| None) else { continue };
            if pair.comparison == Comparison::Differ && seen.insert([earlier.order(), later.order()]) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

/// Two facts of one owner and one group, if they may contradict each other.
fn pair(earlier: &Fact, later: &Fact, days_between: &dyn Fn() -> Option<i32>) -> Option<Pair> {
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
    let days = if is_of_days { days_between() } else { None };
    let apart = days.and_then(|days| days_apart(earlier, later, days));
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
    Some(Pair { days_are_counted: apart.is_some(), ..Pair::new(earlier.clone(), later.clone(), comparison, priority) })
}

/// What somebody does although it is said that they cannot, or never do it: across all matters, by the words.
fn denied(facts: &[&Fact]) -> Vec<Pair> {
    const DENIED: &[&str] = &["cannot", "habit", "likes", "fears", "past"];
    const MAX: usize = 4;
    let mut by_owner: BTreeMap<&Owner, Vec<&Fact>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| matches!(fact.owner, Owner::Person(_) | Owner::Narrator(_))) {
        by_owner.entry(&fact.owner).or_default().push(fact);
    }
    let mut pairs = Vec::new();
    for facts in by_owner.values() {
        for denial in facts.iter().filter(|fact| DENIED.contains(&fact.attribute.name) && denies(fact)) {
            let wanted = stems(&denial.value);
            let speaks_of_it = |fact: &&&Fact| {
                fact.attribute.group != denial.attribute.group
                    && fact.order() != denial.order()
                    && !denies(fact)
                    && stems(&fact.value).iter().any(|stem| wanted.contains(stem))
            };
            for fact in facts.iter().filter(speaks_of_it).take(MAX) {
                let (earlier, later) = if fact.order() < denial.order() { (fact, denial) } else { (denial, fact) };
                pairs.push(Pair::new((*earlier).clone(), (*later).clone(), Comparison::Open(1.0), 1.2));
            }
        }
    }
    pairs
}
