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

/// The pairs of what facts imply of others with what is stated of those.
pub(super) fn pairs(by_matter: &BTreeMap<(&Owner, u8), Vec<&Fact>>, reading: &Reading) -> Vec<Pair> {
    let mut seen = BTreeSet::new();
    let mut pairs = Vec::new();
    for fact in by_matter.values().flatten() {
        for implied in implied(fact, &reading.names) {
            let stated = by_matter.get(&(&implied.owner, implied.attribute.group));
            let others = stated.into_iter().flatten().filter(|other| other.order() != fact.order());
            for other in others.take(COMPARED_WITH) {
                let (earlier, later) = if other.order() < fact.order() { (*other, &implied) } else { (&implied, *other) };
                let Some(pair) = pair(earlier, later, None) else { continue };
                let is_candidate = pair.comparison == Comparison::Differ || implied.attribute.name == "knows";
                if is_candidate && seen.insert([earlier.order(), later.order()]) {
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
    found.extend(look_of_a_possession(fact));
    found.extend(knowing(fact, names));
    found.extend(family(fact, names));
    found
}

/// Of whoever owns “a yellow Beetle, one door dented”: that the Beetle is yellow. Nothing where no word says what it is like.
fn look_of_a_possession(fact: &Fact) -> Option<Fact> {
    let Owner::Person(holder) = &fact.owner else { return None };
    if fact.attribute.name != "owns" {
        return None;
    }
    let thing = fact.value.split([',', ';', '(']).next()?.to_lowercase();
    let words: Vec<&str> =
        thing.split(' ').take_while(|word| !BEHIND_A_NOUN.contains(word)).filter(|word| !ARTICLES.contains(word)).collect();
    let (noun, described) = words.split_last()?;
    if described.is_empty() {
        return None;
    }
    Some(Fact {
        owner: Owner::Thing(format!("{}'s {noun}", holder.to_lowercase())),
        subject: format!("{holder}’s {noun}"),
        attribute: attribute::named("look")?,
        value: described.join(" "),
        ..fact.clone()
    })
}

/// Words before a noun that say nothing of it, and those behind it that say more.
const ARTICLES: &[&str] = &["a", "an", "the", "his", "her", "their", "my", "own"];
const BEHIND_A_NOUN: &[&str] = &["with", "of", "in", "on", "from", "for", "that", "who", "which", "called", "named", "and", "at", "to"];

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
