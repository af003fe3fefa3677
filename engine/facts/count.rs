//! How many: steps, windows, children.

use super::lexicon::{self, COUNTED};
use super::page::Page;
use super::tokens::TokenRange;
use super::value::{Value, plural, singular};
use super::{Assertion, Subject, age, coreference, hedge};
use crate::bible::EntryKind;

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    let mut index = 0;
    while index < page.tokens.all.len() {
        let Some((number, taken)) = age::number_at(page, index) else {
            index += 1;
            continue;
        };
        let words = index..index + taken;
        if let Some(assertion) = counted(page, number, TokenRange::new(words)) {
            into.push(assertion);
        }
        index += taken;
    }
}

/// A hundred and twelve iron steps; the seven windows of Quill House.
fn counted(page: &Page<'_>, number: f64, words: TokenRange) -> Option<Assertion> {
    let end = page.tokens.sentence(words.start).end;
    let mut noun = words.end;
    while noun < end && noun - words.end < 3 && page.tokens.is_word(noun) && !COUNTED.has(page.tokens.word(noun)) {
        if matches!(
            page.tokens.word(noun),
            "of" | "and" | "or" | "the" | "to" | "in" | "more" | "other" | "last" | "first" | "from" | "at" | "on"
        ) {
            return None;
        }
        noun += 1;
    }
    let word = page.tokens.word(noun);
    if noun >= end || !COUNTED.has(word) || singular(word) == word || number < 2.0 {
        return None;
    }
    // Two younger brothers are not all of them.
    if is_kin(word) && (words.end..noun).any(|at| are_some(page.tokens.word(at))) {
        return None;
    }
    let before = page.tokens.word(words.start.saturating_sub(1));
    if matches!(before, "of" | "these" | "those" | "other" | "last" | "first" | "next" | "every" | "another" | "about" | "some" | "or")
        && before != "about"
    {
        return None;
    }
    let subject = counted_owner(page, words.start, noun)?;
    // Three steps forward are a movement.
    if matches!(singular(word).as_str(), "step" | "seat" | "gun" | "bell") && number < 5.0 && !matches!(subject, Subject::Known(_)) {
        return None;
    }
    let unit = singular(word);
    // Brothers at home are brothers; steps at a run are a movement.
    let is_kin = is_kin(word);
    let mut assertion = page.assertion(
        subject,
        format!("number of {}", plural(&unit)),
        Value::Number { number, unit },
        TokenRange::new(words.start..noun + 1),
    );
    // Steps that went round a tower have not changed: only doubt counts.
    assertion.hedged = hedge::is_phrase_doubted(page, TokenRange::new(words.start..noun + 1));
    assertion.hedged |= matches!(before, "about" | "nearly" | "almost" | "over" | "some" | "perhaps" | "than" | "least" | "only");
    let moves = (words.start.saturating_sub(5)..words.start).any(|index| MOVES.contains(&page.tokens.word(index)));
    assertion.hedged |= !is_kin && (moves || ONWARD.contains(&page.tokens.word(noun + 1)));
    Some(assertion)
}

/// Verbs before steps that are taken.
const MOVES: &[&str] = &["took", "take", "taking", "climbed", "ran", "went", "retreated", "advanced"];

/// Words behind steps that are taken.
const ONWARD: &[&str] =
    &["forward", "back", "backward", "away", "nearer", "farther", "further", "behind", "more", "later", "off", "aside", "towards", "at"];

/// Whether an adjective picks some of a kind: the surviving brothers, the younger ones.
fn are_some(word: &str) -> bool {
    matches!(word, "surviving" | "remaining" | "little" | "small" | "grown" | "dead" | "married" | "unmarried" | "own" | "such")
        || word.ends_with("er") && word != "former"
        || word.ends_with("est")
}

/// Whose they are: "of NAME", "NAME’s", "NAME had"; else the places of the paragraph, undecided.
fn counted_owner(page: &Page<'_>, start: usize, noun: usize) -> Option<Subject> {
    let known =
        |index: usize| page.mention_at(index).filter(|mention| !mention.is_ambiguous).map(|mention| Subject::Known(mention.name.clone()));
    if page.tokens.word(noun + 1) == "of" {
        let name = if page.tokens.word(noun + 2) == "the" { noun + 3 } else { noun + 2 };
        return known(noun + 2).or_else(|| known(name)).filter(|_| page.tokens.word(start.saturating_sub(1)) == "the" || start > 0);
    }
    let before = start.checked_sub(1)?;
    if page.tokens.is_possessive(before) {
        return known(before.checked_sub(1)?);
    }
    if matches!(page.tokens.word(before), "had" | "has") {
        let owner = before.checked_sub(1)?;
        let is_pronoun = coreference::pronoun_gender(page.tokens.word(owner)).is_some() || page.tokens.word(owner) == "i";
        if is_pronoun && is_kin(page.tokens.word(noun)) {
            return Some(coreference::of_pronoun(page, owner));
        }
        let by_pronoun = || Some(coreference::of_pronoun(page, owner)).filter(|owner| matches!(owner, Subject::Known(_)));
        return known(owner).or_else(|| is_pronoun.then(by_pronoun).flatten()).or_else(|| Some(Subject::Unclear(places(page, start))));
    }
    // Her three brothers; only what a person has for life, because two of his dogs may be out.
    if matches!(page.tokens.word(before), "his" | "her" | "my") && is_kin(page.tokens.word(noun)) {
        return Some(coreference::of_pronoun(page, before));
    }
    // Mara, with three sisters at home, …
    if page.tokens.word(before) == "with" && page.tokens.word(before.saturating_sub(1)) == "," && before > 1 {
        return known(before - 2).or_else(|| Some(Subject::Unclear(places(page, start))));
    }
    Some(Subject::Unclear(places(page, start)))
}

fn is_kin(noun: &str) -> bool {
    lexicon::kin(&singular(noun)).is_some()
}

/// The places and objects named in the scene: those before the end of this sentence, the nearest first, then those after it.
fn places(page: &Page<'_>, token: usize) -> Vec<String> {
    let end = page.tokens.sentence(token).end;
    let mut names: Vec<String> = Vec::new();
    let (before, after) =
        (page.mentions_within(TokenRange::new(0..end)), page.mentions_within(TokenRange::new(end..page.tokens.all.len())));
    for mention in before.iter().rev().chain(after) {
        if matches!(mention.kind, EntryKind::Place | EntryKind::Object) && !names.contains(&mention.name) && names.len() < 6 {
            names.push(mention.name.clone());
        }
    }
    names
}
