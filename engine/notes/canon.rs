//! The prose's facts against the bible: what is stated of an entry, and what the bible says of it at that point of the story.

use super::clash::{Clash, Reader};
use super::entries::Told;
use super::fact::Fact;
use super::pairs::Pair;
use super::people::Owner;
use super::sources::of_bible;
use super::value::{Comparison, compare};
use super::{deeds, passing};
use crate::bible::{self, Bible, Entry, EntryKind};
use crate::manuscript::StoryPoint;
use std::collections::BTreeSet;

/// The log-odds of a pair with the bible before the model has seen it: what the author has written down is meant to hold.
const PRIOR: f64 = -1.6;

/// What the prose says otherwise than the bible, as it stands at that point of the story; in the order of the story. `facts` are those of
/// [`super::sources::of_prose`].
pub fn clashes(facts: &[Fact], bible: &Bible, reader: Reader<'_>) -> Vec<Clash> {
    let noted = facts.iter().filter(|fact| fact.is_noted() && fact.is_ground(reader.reading));
    let mut pairs: Vec<Pair> = noted.flat_map(|fact| against(fact, bible, &reader.reading.told)).collect();
    let seen: BTreeSet<_> = pairs.iter().filter_map(|pair| Some((place_of(pair)?, pair.earlier.attribute.group))).collect();
    let shown = shown(facts, bible, reader).into_iter();
    pairs.extend(shown.filter(|pair| place_of(pair).is_some_and(|place| !seen.contains(&(place, pair.earlier.attribute.group)))));
    let (judged, _) = reader.verdicts(pairs, PRIOR);
    reader.clashes(&judged)
}

/// Where the prose’s fact of a pair stands.
fn place_of(pair: &Pair) -> Option<(StoryPoint, usize)> {
    pair.later.in_prose().map(|(point, sentence)| (point, sentence.start))
}

/// What sentences show against the bible although no note was made of it: somebody does what they never learned, an only child has a sister,
/// a tower of eighty steps has ninety.
fn shown(facts: &[Fact], bible: &Bible, reader: Reader<'_>) -> Vec<Pair> {
    let mut stated: Vec<Fact> =
        bible.entries.iter().flat_map(|entry| all_of(entry).filter_map(|fact| told_by(entry, of_bible(fact)?))).collect();
    let told = &reader.reading.told;
    let entry_of = |told: &Told| bible.entries.iter().find(|entry| entry.name == told.fact.subject);
    stated.extend(told.iter().filter_map(|told| told_by(entry_of(told)?, told.fact.clone())));
    let mut pairs = deeds::denied_and_done(stated.iter(), facts, reader.reading, reader.series);
    pairs.extend(passing::pairs(&stated.iter().collect::<Vec<_>>(), reader.reading, reader.series));
    let holds = |pair: &Pair| {
        let (Some(fact), Some((point, _))) = (pair.earlier.in_bible(), place_of(pair)) else { return false };
        let view = bible.at(point);
        let fields = view.facts_of(&fact.subject);
        let is_told = |told: &Told| told.fact.in_bible() == Some(fact) && told.book.is_none_or(|book| book == point.book);
        let has_field =
            || fields.iter().any(|field| of_bible(field).is_some_and(|field| field.attribute.group == pair.earlier.attribute.group));
        fields.contains(&fact) || told.iter().any(is_told) && !has_field()
    };
    pairs.retain(holds);
    pairs
}

/// All facts of an entry, at whatever point of the story they hold.
fn all_of(entry: &Entry) -> impl Iterator<Item = &bible::Fact> {
    entry.facts.iter().chain(entry.progressions.iter().flat_map(|progression| &progression.facts))
}

/// A statement of an entry as its own: of a person, or of a thing by its name.
fn told_by(entry: &Entry, fact: Fact) -> Option<Fact> {
    match entry.kind {
        EntryKind::Character => Some(fact),
        EntryKind::Place | EntryKind::Object => Some(Fact { owner: Owner::Thing(entry.name.to_lowercase()), ..fact }),
        EntryKind::Event | EntryKind::Group | EntryKind::Rule => None,
    }
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
