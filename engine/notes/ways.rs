//! Pairs of two lengths of one way, whatever the reader calls it: the drive to Exeter from Thornbury, Thornbury to Exeter.

use super::days::{month, weekday};
use super::fact::Fact;
use super::pairs::{COMPARED_WITH, Pair, pair};
use super::value::Comparison;
use std::collections::BTreeSet;

/// The pairs of facts whose sentences name both ends of one way, and say that it is of different lengths; and those of which one is of a way
/// with one end that is named, and the other of getting there without any other end.
pub(super) fn pairs(facts: &[&Fact]) -> Vec<Pair> {
    let is_way = |fact: &&&Fact| matches!(fact.attribute.name, "travel" | "distance");
    let all: Vec<(&Fact, BTreeSet<String>)> =
        facts.iter().filter(is_way).map(|fact| (*fact, ends(fact))).filter(|(_, ends)| !ends.is_empty()).collect();
    let mut pairs = Vec::new();
    for (place, (earlier, one)) in all.iter().enumerate() {
        for (later, other) in all[place + 1..].iter().take(COMPARED_WITH) {
            let shared = one.intersection(other).count();
            let is_one_end = one.len() == 1 && other.len() == 1 && (names_a_way(&earlier.subject) || names_a_way(&later.subject));
            let is_one_way = earlier.attribute.name == later.attribute.name && (shared >= 2 || shared == 1 && is_one_end);
            if is_one_way && earlier.owner != later.owner {
                pairs.extend(pair(earlier, later, None).filter(|pair| pair.comparison == Comparison::Differ));
            }
        }
    }
    pairs
}

/// Whether words call something a way: the crossing to Skarv.
fn names_a_way(subject: &str) -> bool {
    const WAYS: &[&str] =
        &["crossing", "drive", "ride", "walk", "voyage", "journey", "flight", "ferry", "trip", "road", "way", "passage", "climb", "train"];
    subject.to_lowercase().split(' ').any(|word| WAYS.contains(&word))
}

/// The places that a way lies between, whole names as New York or nouns as the farm, as far as a sentence or its subject says from where or
/// to where. A distance is the distance of its subject: the school was two miles from the farm.
fn ends(fact: &Fact) -> BTreeSet<String> {
    const LEADING: &[&str] = &["from", "to", "between", "reached", "left", "leaving", "towards", "via", "on", "at"];
    const ARTICLES: &[&str] = &["the", "their", "his", "her", "our", "my"];
    let is_name = |word: &&&str| word.starts_with(char::is_uppercase);
    let mut found = BTreeSet::new();
    for text in [&*fact.text, &fact.subject] {
        let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let is_between = words.iter().any(|word| word.eq_ignore_ascii_case("between"));
        let is_subject = text == fact.subject && (words.contains(&"to") || fact.attribute.name == "distance");
        for place in 0..words.len() {
            let before = place.checked_sub(1).map(|before| words[before].to_lowercase());
            let leads = before.as_deref().map_or(is_subject, |word| LEADING.contains(&word) || is_between && word == "and");
            if !leads {
                continue;
            }
            let name: Vec<&str> = words[place..].iter().take_while(is_name).copied().collect();
            let is_time = |word: &str| month(&word.to_lowercase()).is_some() || weekday(&word.to_lowercase()).is_some();
            if name.first().is_some_and(|word| is_time(word)) {
                continue;
            }
            if !name.is_empty() && !ARTICLES.contains(&name[0].to_lowercase().as_str()) {
                found.insert(name.join(" "));
            } else if let (true, Some(noun)) = (ARTICLES.contains(&words[place].to_lowercase().as_str()), words.get(place + 1)) {
                let noun = noun.to_lowercase();
                if !names_a_way(&noun) {
                    found.insert(noun);
                }
            }
        }
    }
    found
}
