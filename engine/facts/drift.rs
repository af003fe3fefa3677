//! Names that are spelt almost like another: Brockett once, Brackett everywhere else.

use super::cast::Cast;
use crate::bible::Bible;
use std::collections::BTreeSet;

/// A rare spelling and the name it is almost like.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The spelling that occurs once or twice.
    pub written: String,
    /// The name as the bible or the rest of the book writes it.
    pub usual: String,
    /// How often each occurs.
    pub written_count: usize,
    pub usual_count: usize,
    /// [`name_likeness`] of the two.
    pub likeness: f64,
}

/// A usual name occurs at least this often, unless the bible has it.
const MIN_USUAL: usize = 5;
/// A drifted spelling occurs at most this often.
const MAX_WRITTEN: usize = 2;
/// Names of at least this many letters may differ in two places.
const LONG_NAME: usize = 8;

/// How much two names look alike, from 0 to 1.
pub fn name_likeness(one: &str, two: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(&one.to_lowercase(), &two.to_lowercase())
}

/// The rare spellings of a series that are almost like a name in use.
pub(super) fn drifts(cast: &Cast, bible: &Bible) -> Vec<Drift> {
    let in_bible: BTreeSet<&str> = bible
        .entries
        .iter()
        .flat_map(|entry| std::iter::once(&entry.name).chain(&entry.aliases))
        .flat_map(|name| name.split(|c: char| !c.is_alphanumeric()))
        .collect();
    let count = |word: &str| cast.spellings.get(word).copied().unwrap_or(0);
    let is_capital =
        |word: &str| word.starts_with(char::is_uppercase) && word.chars().skip(1).all(|c| !c.is_uppercase() && c.is_alphabetic());
    let is_worth = |word: &&String| word.chars().count() >= 4 && is_capital(word) && !cast.lower.contains_key(&word.to_lowercase());
    // Mr Arrow is a name, although there are arrows.
    let is_usual = |word: &&String| is_worth(word) || word.chars().count() >= 5 && is_capital(word) && cast.names_person(word);
    let mut usual: Vec<&str> =
        cast.spellings.iter().filter(|(word, count)| **count >= MIN_USUAL && is_usual(word)).map(|(word, _)| word.as_str()).collect();
    let in_prose: Vec<&str> =
        in_bible.iter().copied().filter(|word| is_capital(word) && word.chars().count() >= 4 && count(word) >= 1).collect();
    usual.extend(in_prose.iter().filter(|word| count(word) < MIN_USUAL && is_capital(word)));
    let mut found = Vec::new();
    for (written, written_count) in cast.spellings.iter().filter(|(word, count)| **count <= MAX_WRITTEN && is_worth(word)) {
        if in_bible.contains(written.as_str()) {
            continue;
        }
        // Tally is no Sally where people sally forth: a name that is a word too keeps at least its first letter.
        let is_sure = |name: &str| !cast.lower.contains_key(&name.to_lowercase()) || written.chars().next() == name.chars().next();
        let near = usual.iter().filter(|name| is_near(written, name) && is_sure(name) && count(name) > *written_count);
        let Some(best) = near.max_by(|one, two| name_likeness(written, one).total_cmp(&name_likeness(written, two))) else { continue };
        found.push(Drift {
            written: written.clone(),
            usual: (*best).to_string(),
            written_count: *written_count,
            usual_count: count(best),
            likeness: name_likeness(written, best),
        });
    }
    found
}

/// Whether two spellings differ in a letter or two, and not as a plural, a possessive, a nickname or the feminine of a name does.
fn is_near(written: &str, usual: &str) -> bool {
    let (one, two) = (written.to_lowercase(), usual.to_lowercase());
    let shorter = one.chars().count().min(two.chars().count());
    let most = if shorter >= LONG_NAME { 2 } else { 1 };
    let distance = strsim::damerau_levenshtein(&one, &two);
    if distance == 0 || distance > most {
        return false;
    }
    let first_same = one.chars().next() == two.chars().next();
    let ending = |name: &str| name.chars().rev().take(3).collect::<String>();
    let (long, short) = if one.len() > two.len() { (&one, &two) } else { (&two, &one) };
    let endings = ["s", "es", "n", "an", "ian", "a", "y", "ie", "e", "ee", "er", "ish", "o", "i", "us", "on", "ite"];
    let is_inflected = endings.iter().any(|ending| {
        let stem = long.strip_suffix(ending);
        stem == Some(short.as_str()) || stem.is_some() && stem == short.strip_suffix(['a', 'e', 'y', 'o', 's'])
    });
    // Names of four letters and less are near to half the dictionary.
    let is_short = shorter < 5 && !(first_same && one.len() == two.len());
    let looks_alike = first_same || (distance == 1 && ending(&one) == ending(&two));
    looks_alike && !is_inflected && !is_short
}
