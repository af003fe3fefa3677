//! How far it is: "it was five miles from A to B", "A lay thirty miles from B".

use super::super::Subject;
use super::super::value::{Value, singular};
use super::attribute;
use super::names::pattern;
use super::scene::{PendingFact, Sentence, TimedScene, clause, is_unreal};
use super::travel::{bare, is_place, place};
use crate::text::number;
use regex::Regex;
use std::sync::LazyLock;

/// Words that make a number a guess.
static VAGUE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:about|nearly|almost|some|over|under|perhaps|barely|hardly|least|most|more|less|odd|few|or)\b"));

/// A number and its unit; the number is read by [`number::read`].
const LENGTH: &str = r"(?P<number>\d[\d,]*|(?:[a-z]+[- ]){0,6}?[a-z]+)[- ](?P<unit>miles?|leagues?|kilomet(?:re|er)s?|versts?)";

/// "Five miles of bad road from A to B".
static LENGTH_FROM_TO: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"\b{LENGTH}(?:[,;]? [a-z’'-]+){{0,5}}? from {} to {}", place("from"), place("to"))));

/// "From A to B (it) was five miles".
static FROM_TO_LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(r"\b[Ff]rom {} to {}(?:,? [a-z’'-]+){{0,4}}?,? (?:was|is|were|are) {LENGTH}", place("from"), place("to")))
});

/// "A was (lay) five miles (away, off, north) from B".
static LIES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"\b{} (?:was|is|lay|lies|stood|stands) {LENGTH}(?: (?:away|off|distant|north|south|east|west|inland|upstream|downstream|by road|by sea))? (?:from|of) {}",
        place("to"),
        place("from")
    ))
});

/// "Between A and B there were five miles".
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(r"\b[Bb]etween {} and {}(?:,? there)? (?:was|is|were|are|lay|lie|stretched) {LENGTH}", place("from"), place("to")))
});

/// Asserts the distances between two named places. The subject is the same in both directions.
pub(super) fn read(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>) {
    let calendar = scene.calendar;
    for search in [&LENGTH_FROM_TO, &FROM_TO_LENGTH, &LIES, &BETWEEN] {
        let Some(found) = search.captures(sentence.text) else { continue };
        let (Some(all), Some(unit)) = (found.get(0), found.name("unit")) else { continue };
        let (from, to) = (bare(&found["from"]), bare(&found["to"]));
        let Some(number) = last_number(&found["number"]).filter(|_| is_place(from, calendar) && is_place(to, calendar) && from != to)
        else {
            continue;
        };
        let subject = if from < to { format!("{from} and {to}") } else { format!("{to} and {from}") };
        let value = Value::Number { number, unit: singular(unit.as_str()) };
        let hedged = VAGUE.is_match(&found["number"]) || is_unreal(clause(sentence.text, all.into()));
        let words = all.into();
        scene.claim(sentence, PendingFact { subject: Subject::Known(subject), attribute: attribute::DISTANCE, value, words, hedged });
        return;
    }
}

/// The number that ends a few words: of "it was thirty", thirty.
fn last_number(words: &str) -> Option<f64> {
    let lower = words.to_lowercase();
    let words: Vec<&str> = lower.split(' ').collect();
    (0..words.len())
        .find_map(|start| number::read(&words[start..]).filter(|(_, taken)| start + taken == words.len()).map(|(number, _)| number))
}
