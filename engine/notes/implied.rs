//! What a fact says of somebody or something else: Delia's sister Ruth has a sister, too; who drives a yellow Beetle has a Beetle that is
//! yellow; of what only two know, both know.

use super::attribute;
use super::fact::Fact;
use super::kinship;
use super::note::first_clause;
use super::pairs::{COMPARED_WITH, Pair, pair};
use super::people::{Names, Owner, possession};
use super::reader::Reading;
use super::value::{Comparison, denies};
use crate::facts::lexicon;
use std::collections::{BTreeMap, BTreeSet};

/// What one fact says of another owner, and how.
struct Implied {
    fact: Fact,
    how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Kinship from the other side.
    Kin,
    /// What somebody has is like this, or lies there.
    Possession,
    /// A thing is called by another noun.
    OtherName,
    /// Who knows of a thing.
    Knowing,
    /// Somebody has a relative who is told of: one to be born with, or one who may come with time.
    Relative,
    RelativeInTime,
}

/// The pairs of what facts imply of others with what is stated of those, or implied by others again.
pub(super) fn pairs(by_matter: &BTreeMap<(&Owner, u8), Vec<&Fact>>, reading: &Reading) -> Vec<Pair> {
    let mut all: Vec<Implied> = by_matter.values().flatten().flat_map(|fact| implied(fact, &reading.names)).collect();
    // That Hannah has a mother, one sentence is enough to tell, the plainest.
    all.sort_by_key(|implied| (!implied.fact.is_plain(), implied.fact.order()));
    let mut told = BTreeSet::new();
    all.retain(|Implied { fact, .. }| told.insert((fact.owner.clone(), fact.attribute.name, fact.value.clone())));
    let mut implied_of: BTreeMap<(&Owner, u8), Vec<&Implied>> = BTreeMap::new();
    for implied in &all {
        implied_of.entry((&implied.fact.owner, implied.fact.attribute.group)).or_default().push(implied);
    }
    let mut seen = BTreeSet::new();
    let mut pairs = Vec::new();
    for (matter, all) in &implied_of {
        let stated = by_matter.get(matter).into_iter().flatten().map(|fact| (*fact, None));
        let others: Vec<(&Fact, Option<How>)> = stated.chain(all.iter().map(|implied| (&implied.fact, Some(implied.how)))).collect();
        for Implied { fact, how } in all.iter().copied() {
            // Whoever has two coats has two colours of coats.
            let is_other = |(other, also): &&(&Fact, Option<How>)| {
                other.order() != fact.order() && !(*how == How::Possession && *also == Some(How::Possession))
            };
            let found = others.iter().filter(is_other).take(COMPARED_WITH).filter_map(|(other, _)| held_against(fact, *how, other));
            pairs.extend(found.filter(|pair| seen.insert(pair.places())));
        }
    }
    pairs
}

/// An implied fact and another one of its owner, if they may contradict each other.
fn held_against(fact: &Fact, how: How, other: &Fact) -> Option<Pair> {
    let (earlier, later) = if other.order() < fact.order() { (other, fact) } else { (fact, other) };
    let pair = pair(earlier, later, None)?;
    match (pair.comparison, how) {
        // People marry, and have children.
        (Comparison::Differ, How::RelativeInTime) => Some(Pair { comparison: Comparison::Open(1.0), ..pair }),
        (Comparison::Differ, _) | (_, How::Knowing) => Some(pair),
        // Where two things lie only the reader can compare.
        (Comparison::Open(_), How::Possession) if fact.attribute.name == "where" => Some(pair),
        _ => None,
    }
}

/// What a fact implies of others.
fn implied(fact: &Fact, names: &Names) -> Vec<Implied> {
    let mut found = Vec::new();
    found.extend(kinship::seen_from_the_other(fact, names).map(|fact| Implied { fact, how: How::Kin }));
    found.extend(of_a_possession(fact));
    found.extend(knowing(fact, names));
    found.extend(relative(fact, names));
    found
}

/// Of whoever owns “a yellow Beetle, one door dented”: that the Beetle is yellow; of whoever has “a flat on the ground floor”: where it is; of
/// a truck that is “a red pickup”: that the pickup is red. Nothing where no word says what it is like.
fn of_a_possession(fact: &Fact) -> Vec<Implied> {
    let (holder, shown, how) = match (&fact.owner, fact.attribute.name, possession(&fact.subject)) {
        (Owner::Person(holder), "owns" | "home", _) => (holder.to_lowercase(), holder.as_str(), How::Possession),
        (Owner::Thing(thing), "look", Some((shown, _))) => match possession(thing) {
            Some((holder, _)) => (holder.to_string(), shown, How::OtherName),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let thing = first_clause(&fact.value).to_lowercase();
    let words: Vec<&str> = thing.split(' ').filter(|word| !ARTICLES.contains(word)).collect();
    let end = words.iter().position(|word| BEHIND_A_NOUN.contains(word)).unwrap_or(words.len());
    let Some((noun, described)) = words[..end].split_last() else { return Vec::new() };
    // Two woollen things are not one.
    if lexicon::MATERIALS.has(noun) {
        return Vec::new();
    }
    let implied = |name: &str, value: &[&str]| {
        let owner = Owner::Thing(format!("{holder}'s {noun}"));
        let attribute = attribute::named(name).filter(|_| !value.is_empty() && owner != fact.owner)?;
        let fact = Fact { owner, subject: format!("{shown}’s {noun}"), attribute, value: value.join(" "), ..fact.clone() };
        Some(Implied { fact, how })
    };
    let look = if fact.attribute.name == "home" { None } else { implied("look", described) };
    let is_place = how == How::Possession && words.get(end).is_some_and(|word| OF_PLACE.contains(word));
    let place = if is_place { implied("where", &words[end..]) } else { None };
    look.into_iter().chain(place).collect()
}

/// Words before a noun that say nothing of it, and those behind it that say more.
const ARTICLES: &[&str] = &["a", "an", "the", "his", "her", "their", "my", "own"];
const BEHIND_A_NOUN: &[&str] = &[
    "with", "of", "from", "for", "that", "who", "which", "called", "named", "and", "to", "in", "on", "at", "under", "behind", "above",
    "over", "inside",
];
const OF_PLACE: &[&str] = &["in", "on", "at", "under", "behind", "above", "over", "inside"];

/// Of the money whose place “only Vasco and his mother” know: that Vasco knows of the money.
fn knowing(fact: &Fact, names: &Names) -> Vec<Implied> {
    let (Owner::Thing(thing), "knows", false) = (&fact.owner, fact.attribute.name, denies(fact)) else { return Vec::new() };
    let words = fact.value.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.starts_with(char::is_uppercase));
    let people: BTreeSet<&str> = words.filter_map(|word| names.meant(word)).collect();
    let known_by = |name: &str| {
        let fact = Fact { owner: Owner::Person(name.to_string()), subject: name.to_string(), value: thing.clone(), ..fact.clone() };
        Implied { fact, how: How::Knowing }
    };
    people.into_iter().map(known_by).collect()
}

/// Of Abernathy, where something is told of Abernathy's late wife: that he had one. Tom's sister's son is none of Tom's.
fn relative(fact: &Fact, names: &Names) -> Option<Implied> {
    let (holder, what) = possession(&fact.subject).filter(|(_, what)| possession(what).is_none())?;
    let holder = names.meant(holder)?;
    let word = what.rsplit(' ').next()?.to_lowercase();
    let (attribute, how) = match lexicon::kin(&word)?.class {
        "spouse" => ("married", How::RelativeInTime),
        "child" => ("kin", How::RelativeInTime),
        _ => ("kin", How::Relative),
    };
    let (owner, subject) = (Owner::Person(holder.to_string()), holder.to_string());
    let fact = Fact { owner, subject, attribute: attribute::named(attribute)?, value: format!("has a {word}"), ..fact.clone() };
    Some(Implied { fact, how })
}
