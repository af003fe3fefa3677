//! Pairs across matters: what one sentence tells as a mark and another as a sense, what is denied in one matter and told in another.

use super::body;
use super::classes;
use super::fact::Fact;
use super::note::stems;
use super::pairs::{COMPARED_WITH, MAX_OF_ONE, Pair};
use super::people::Owner;
use super::value::{Comparison, denies, labelled, words_of};
use crate::facts::value::Difference;
use std::collections::BTreeMap;

/// Attributes that tell what somebody's body is like.
const BODY: &[&str] = &["eyes", "face", "mark", "wound", "sense", "part", "look", "hand"];

/// Attributes of which one fact may deny what another tells.
const DENIED: &[&str] = &["cannot", "habit", "likes", "fears", "past"];

/// Attributes that tell what somebody or something is, or does after its kind.
const KIND: &[&str] = &["look", "name", "made", "part", "habit", "past", "rank", "title", "work", "at"];

/// Attributes that may name a room or a house by its number.
const NUMBERED: &[&str] = &["home", "owns", "where", "part", "work"];

/// What one denies and the other tells, by their words alone.
const DENIED_PRIORITY: f64 = 1.2;

/// What their values exclude.
const TYPED_PRIORITY: f64 = 3.0;

/// How many deeds are held against one denial.
const DEEDS_OF_ONE: usize = 4;

/// Pairs of one owner's facts of different matters that may contradict each other.
pub(super) fn pairs(facts: &[&Fact]) -> Vec<Pair> {
    let mut by_owner: BTreeMap<&Owner, Vec<&Fact>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| !matches!(fact.owner, Owner::Scene | Owner::Stranger(_))) {
        by_owner.entry(&fact.owner).or_default().push(fact);
    }
    let mut pairs = Vec::new();
    for (owner, facts) in &by_owner {
        if !matches!(owner, Owner::Thing(_)) {
            pairs.extend(denied(facts));
            pairs.extend(typed(facts, BODY, &|one, other| body::compare(&one.value, &other.value)));
        }
        pairs.extend(typed(facts, NUMBERED, &|one, other| labelled(&words_of(&one.value), &words_of(&other.value))));
        pairs.extend(typed(facts, KIND, &|one, other| classes::sorts(&words_of(&one.value), &words_of(&other.value))));
    }
    pairs
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
            pairs.push(in_order(denial, fact, Comparison::Open(1.0), DENIED_PRIORITY));
        }
    }
    pairs
}

/// What code can tell apart although it is noted as different matters: a scar on the left cheek and a scarred right face, a mare that is the
/// finest stallion of the county.
fn typed(facts: &[&Fact], attributes: &[&str], compare: &dyn Fn(&Fact, &Fact) -> Option<Difference>) -> Vec<Pair> {
    let telling: Vec<&Fact> = facts.iter().filter(|fact| attributes.contains(&fact.attribute.name) && !denies(fact)).copied().collect();
    let mut pairs = Vec::new();
    for (place, one) in telling.iter().enumerate() {
        for other in telling[place + 1..].iter().take(COMPARED_WITH).filter(|other| is_other_matter(one, other)) {
            if pairs.len() < MAX_OF_ONE && compare(one, other) == Some(Difference::Different) {
                pairs.push(in_order(one, other, Comparison::Differ, TYPED_PRIORITY));
            }
        }
    }
    pairs
}

fn in_order(one: &Fact, other: &Fact, comparison: Comparison, priority: f64) -> Pair {
    let (earlier, later) = if one.order() < other.order() { (one, other) } else { (other, one) };
    Pair::new(earlier.clone(), later.clone(), comparison, priority)
}
