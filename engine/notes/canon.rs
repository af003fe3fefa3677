//! The prose's facts against the bible: what is stated of an entry, and what the bible says of it at that point of the story.

use super::clash::{Clash, Reader};
use super::entries::Told;
use super::fact::Fact;
use super::pairs::Pair;
use super::people::Owner;
use super::sources::of_bible;
use super::value::{Comparison, compare};
use crate::bible::{self, Bible};
use crate::manuscript::StoryPoint;

/// The log-odds of a pair with the bible before the model has seen it: what the author has written down is meant to hold.
const PRIOR: f64 = -1.6;

/// What the prose says otherwise than the bible, as it stands at that point of the story; in the order of the story. `facts` are those of
/// [`super::sources::of_prose`].
pub fn clashes(facts: &[Fact], bible: &Bible, reader: Reader<'_>) -> Vec<Clash> {
    let noted = facts.iter().filter(|fact| fact.is_noted() && fact.is_ground(reader.reading));
    let pairs = noted.flat_map(|fact| against(fact, bible, &reader.reading.told)).collect();
    let (judged, _) = reader.verdicts(pairs, PRIOR);
    reader.clashes(&judged)
}

/// A fact with what the bible says otherwise of its matter there.
///
/// A bible's words and the prose's are seldom the same: only values whose types exclude each other are held against each other.
fn against(fact: &Fact, bible: &Bible, told: &[Told]) -> Vec<Pair> {
    let (Owner::Person(name) | Owner::Thing(name), Some((point, _))) = (&fact.owner, fact.in_prose()) else { return Vec::new() };
    let view = bible.at(point);
    let Some(name) = view.name_of(name) else { return Vec::new() };
    let is_of_matter = |canon: &Fact| canon.attribute.group == fact.attribute.group;
    let mut stated: Vec<Fact> = view.facts_of(name).into_iter().filter_map(of_bible).filter(is_of_matter).collect();
    // What the author wrote as a field goes before what the reader made of a sentence.
    if stated.is_empty() {
        let holds = |told: &&Told| told.fact.subject == name && told.book.is_none_or(|book| book == point.book);
        stated.extend(told.iter().filter(holds).map(|told| told.fact.clone()).filter(is_of_matter));
    }
    let differs = stated.into_iter().filter(|canon| compare(canon, fact) == Comparison::Differ);
    let holds = differs.filter(|canon| canon.in_bible().is_some_and(|stated| !was_true(bible, stated, fact)));
    holds.map(|earlier| Pair::new(earlier, fact.clone(), Comparison::Differ, 0.0)).collect()
}

/// Whether the bible itself gives its fact another value at another time of the story, with which the prose agrees.
fn was_true(bible: &Bible, stated: &bible::Fact, fact: &Fact) -> bool {
    let all = bible.at(StoryPoint::BEGIN).all_values_of(&stated.subject, &stated.name);
    let others = all.into_iter().filter(|other| other.value != stated.value).filter_map(of_bible);
    others.into_iter().any(|other| compare(&other, fact) == Comparison::Fine)
}
