//! Tall or short, thin or stout: only what excludes each other, said of somebody and not of a coat or a moment.

use super::lexicon::{FEMALE_NOUNS, MALE_NOUNS};
use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Gender, Mention, Subject, coreference};

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        let Some((attribute, value)) = figure(page.tokens.word(index)) else { continue };
        if !is_of_somebody(page, index) {
            continue;
        }
        if let Some(subject) = whose(page, index) {
            into.push(page.assertion(subject, attribute, Value::Words(value.to_string()), TokenRange::new(index..index + 1)));
        }
    }
}

fn figure(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "tall" => ("height", "tall"),
        "short" => ("height", "short"),
        "thin" | "lean" | "gaunt" | "slender" | "slim" | "skinny" => ("build", "thin"),
        "stout" | "fat" | "plump" | "corpulent" | "portly" | "obese" => ("build", "stout"),
        _ => return None,
    })
}

/// "Tall," "tall and thin", "a tall man": not "short of breath", "tall as a tree" or "thin ice".
fn is_of_somebody(page: &Page<'_>, index: usize) -> bool {
    let end = page.tokens.sentence(index).end;
    let noun = (index + 1..end.min(index + 4)).find(|at| !page.tokens.is_word(*at) || is_person(page.tokens.word(*at)));
    let next = page.tokens.word(index + 1);
    let ends = index + 1 >= end || matches!(next, "," | "." | ";" | "and" | "but" | "for") || page.tokens.is_mark(index + 1);
    // "Tall as he was": said of him, not compared.
    let is_granted = next == "as" && matches!(page.tokens.word(index + 2), "he" | "she" | "i") && page.tokens.word(index + 3) == "was";
    ends || is_granted || is_before_name(page, index) || noun.is_some_and(|at| is_person(page.tokens.word(at)))
}

fn whose(page: &Page<'_>, index: usize) -> Option<Subject> {
    coreference::described_as(page, index)
        .or_else(|| opening(page, index))
        .or_else(|| apposed(page, index))
        .or_else(|| likened(page, index))
        .or_else(|| page.person_at(index + 1).filter(|_| is_before_name(page, index)).map(known))
}

fn known(mention: &Mention) -> Subject {
    Subject::Known(mention.name.clone())
}

/// Fat Mara; the lean Mr Pell. "In short, Mara" and the ship that Mara was short of say nothing of her.
fn is_before_name(page: &Page<'_>, index: usize) -> bool {
    let before = page.tokens.word(index.wrapping_sub(1));
    let is_first = index == page.clause(index).start || !page.tokens.is_word(index.wrapping_sub(1));
    page.person_at(index + 1).is_some()
        && page.tokens.word(index) != "short"
        && (is_first || matches!(before, "the" | "that" | "and" | "but"))
}

/// Words that may stand between adjectives.
fn is_joint(page: &Page<'_>, index: usize) -> bool {
    let word = page.tokens.word(index);
    matches!(word, "," | "and" | "very" | "so" | "rather" | "being" | "too") || figure(word).is_some()
}

/// Being tall, Mara …; tall and thin, Mara …
fn opening(page: &Page<'_>, index: usize) -> Option<Subject> {
    let first = page.clause(index).start;
    let opens = index - first < 4 && (first..index).all(|at| is_joint(page, at));
    let end = (index + 1..index + 4).find(|at| page.tokens.word(*at) == ",").filter(|_| opens)?;
    let is_plain =
        (index + 1..end).all(|at| matches!(page.tokens.word(at), "and" | "as" | "he" | "she" | "was") || page.tokens.is_word(at));
    let mention = page.person_at(end + 1).filter(|_| is_plain && page.mentions_within(TokenRange::new(first..end)).is_empty())?;
    (!page.tokens.is_possessive(page.tokens_of(mention).end)).then(|| known(mention))
}

/// Mara, tall and thin, …; Mara, tall as she was, …; Mara, a stout woman, …
fn apposed(page: &Page<'_>, index: usize) -> Option<Subject> {
    let first = page.clause(index).start.max(index.saturating_sub(6));
    let comma = (first..index).rev().find(|at| page.tokens.word(*at) == "," && page.mention_at(at.wrapping_sub(1)).is_some())?;
    let mention = page.person_at(comma.checked_sub(1)?).filter(|_| !page.is_spoken(index))?;
    let start = page.tokens_of(mention).start;
    let is_listed = start > 0 && matches!(page.tokens.word(start - 1), "," | "and" | "of" | "with");
    let is_noun_phrase = matches!(page.tokens.word(comma + 1), "a" | "an");
    let is_plain = if is_noun_phrase {
        (comma + 1..index).all(|at| page.tokens.is_word(at) || page.tokens.word(at) == ",") && closes_with_person(page, index, mention)
    } else {
        let end = page.tokens.sentence(index).end.min(index + 6);
        (comma + 1..index).all(|at| is_joint(page, at)) && (index + 1..end).any(|at| page.tokens.is_mark(at))
    };
    (is_plain && !is_listed).then(|| known(mention))
}

/// A woman with red hair, a lad of twenty: a noun that fits the person, and an end of the phrase that no verb can follow.
fn closes_with_person(page: &Page<'_>, index: usize, mention: &Mention) -> bool {
    let Some(noun) = (index + 1..index + 4).find(|at| is_person(page.tokens.word(*at))) else { return false };
    let word = page.tokens.word(noun);
    let gender = match (MALE_NOUNS.has(word), FEMALE_NOUNS.has(word)) {
        (true, false) => Some(Gender::Male),
        (false, true) => Some(Gender::Female),
        _ => None,
    };
    let fits = gender.is_none() || page.cast.gender(&mention.name).is_none_or(|known| Some(known) == gender);
    fits && matches!(page.tokens.word(noun + 1), "," | "." | ";" | "of" | "with" | "who" | "in" | ")" | "—" | "--")
}

/// A stout man like Mr Pell.
fn likened(page: &Page<'_>, index: usize) -> Option<Subject> {
    let noun = (index + 1..index + 4).find(|at| is_person(page.tokens.word(*at)))?;
    let is_like = page.tokens.word(noun + 1) == "like" && matches!(page.tokens.word(index.wrapping_sub(1)), "a" | "an" | "so");
    page.person_at(noun + 2).filter(|_| is_like).map(known)
}

fn is_person(word: &str) -> bool {
    MALE_NOUNS.has(word) || FEMALE_NOUNS.has(word) || matches!(word, "person" | "creature" | "figure" | "child")
}
