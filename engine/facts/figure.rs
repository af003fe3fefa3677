//! Tall or short, thin or stout: only what excludes each other, said of somebody and not of a coat or a moment.

use super::lexicon::{FEMALE_NOUNS, MALE_NOUNS};
use super::page::Page;
use super::value::Value;
use super::{Assertion, owner};

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        let Some((attribute, value)) = figure(page.tokens.word(index)) else { continue };
        if !is_of_somebody(page, index) {
            continue;
        }
        if let Some(subject) = owner::described_as(page, index) {
            into.push(page.assertion(subject, attribute, Value::Words(value.to_string()), index..index + 1));
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
    ends || noun.is_some_and(|at| is_person(page.tokens.word(at)))
}

fn is_person(word: &str) -> bool {
    MALE_NOUNS.has(word) || FEMALE_NOUNS.has(word) || matches!(word, "person" | "creature" | "figure" | "child")
}
