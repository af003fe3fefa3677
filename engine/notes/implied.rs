//! What a fact says of somebody or something else: Delia's sister Ruth has a sister, too; who drives a yellow Beetle has a Beetle that is
//! yellow; of what only two know, both know.

use super::attribute;
use super::fact::Fact;
use super::kinship;
use super::pairs::{COMPARED_WITH, Pair, pair};
use super::people::{Names, Owner, possession};
use super::reader::Reading;
use super::value::Comparison;
use crate::facts::lexicon;
use std::collections::{BTreeMap, BTreeSet};

/// The pairs of what facts imply of others with what is stated of those, or implied by others again.
pub(super) fn pairs(by_matter: &BTreeMap<(&Owner, u8), Vec<&Fact>>, reading: &Reading) -> Vec<Pair> {
    let all: Vec<Fact> = by_matter.values().flatten().flat_map(|fact| implied(fact, &reading.names)).collect();
    let mut implied_of: BTreeMap<(&Owner, u8), Vec<&Fact>> = BTreeMap::new();
    for fact in &all {
        implied_of.entry((&fact.owner, fact.attribute.group)).or_default().push(fact);
    }
    let mut seen = BTreeSet::new();
    let mut pairs = Vec::new();
    for (matter, implied) in &implied_of {
        let stated = by_matter.get(matter).into_iter().flatten();
        let others: Vec<&Fact> = stated.chain(implied).copied().take(COMPARED_WITH).collect();
        for fact in implied {
            for other in others.iter().filter(|other| other.order() != fact.order()) {
                let (earlier, later) = if other.order() < fact.order() { (*other, *fact) } else { (*fact, *other) };
                let Some(pair) = pair(earlier, later, None) else { continue };
                let is_candidate = pair.comparison == Comparison::Differ || fact.attribute.name == "knows";
                if is_candidate && seen.insert(pair.places()) {
                    pairs.push(pair);
                }
            }
        }
    }
    pairs
}

/// What a fact implies of others.
fn implied(fact: &Fact, names: &Names) -> Vec<Fact> {
    let mut found: Vec<Fact> = kinship::seen_from_the_other(fact, names).into_iter().collect();
    found.extend(of_a_possession(fact));
    found.extend(knowing(fact, names));
    found.extend(family(fact, names));
    found
}

/// Of whoever owns “a yellow Beetle, one door dented”: that the Beetle is yellow; of whoever has “a flat on the ground floor”: where it is; of
/// a truck that is “a red pickup”: that the pickup is red. Nothing where no word says what it is like.
fn of_a_possession(fact: &Fact) -> Vec<Fact> {
    let (holder, attribute) = match (&fact.owner, fact.attribute.name) {
        (Owner::Person(holder), attribute @ ("owns" | "home")) => (holder.to_lowercase(), attribute),
        (Owner::Thing(thing), attribute @ "look") => match possession(thing) {
            Some((holder, _)) => (holder.to_string(), attribute),
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let thing = fact.value.split([',', ';', '(']).next().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = thing.split(' ').filter(|word| !ARTICLES.contains(word)).collect();
    let end = words.iter().position(|word| BEHIND_A_NOUN.contains(word)).unwrap_or(words.len());
    let Some((noun, described)) = words[..end].split_last() else { return Vec::new() };
    let implied = |name: &str, value: &[&str]| {
        let owner = Owner::Thing(format!("{holder}'s {noun}"));
        let subject = if attribute == "look" { fact.subject.clone() } else { format!("{}’s {noun}", fact.subject) };
        let is_told = !value.is_empty() && owner != fact.owner;
        attribute::named(name).filter(|_| is_told).map(|attribute| Fact {
            owner,
            subject,
            attribute,
            value: value.join(" "),
            ..fact.clone()
        })
    };
    let look = if attribute == "home" { None } else { implied("look", described) };
    let is_place = words.get(end).is_some_and(|word| OF_PLACE.contains(word));
    let place = if is_place && attribute != "look" { implied("where", &words[end..]) } else { None };
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
fn knowing(fact: &Fact, names: &Names) -> Vec<Fact> {
    let (Owner::Thing(thing), "knows") = (&fact.owner, fact.attribute.name) else { return Vec::new() };
    let words = fact.value.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.starts_with(char::is_uppercase));
    let people: BTreeSet<&str> = words.filter_map(|word| names.meant(word)).collect();
    let known_by =
        |name: &str| Fact { owner: Owner::Person(name.to_string()), subject: name.to_string(), value: thing.clone(), ..fact.clone() };
    people.into_iter().map(known_by).collect()
}

/// Of Abernathy, where something is told of Abernathy's late wife: that he had one.
fn family(fact: &Fact, names: &Names) -> Option<Fact> {
    let (holder, what) = possession(&fact.subject)?;
    let holder = names.meant(holder)?;
    let word = what.rsplit(' ').next()?.to_lowercase();
    let attribute = match lexicon::kin(&word)?.class {
        "spouse" => "married",
        _ => "kin",
    };
    let (owner, subject) = (Owner::Person(holder.to_string()), holder.to_string());
    Some(Fact { owner, subject, attribute: attribute::named(attribute)?, value: format!("has a {word}"), ..fact.clone() })
}
