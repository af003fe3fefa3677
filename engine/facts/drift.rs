//! Names that are spelt almost like another: Brockett once, Brackett everywhere else.

use super::cast::Cast;
use crate::bible::Bible;
use rayon::prelude::*;
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
/// Or this often where the other spelling occurs once, one of them names a person, and the name has so many letters: the less often, the longer.
const FEW_USUAL: [(usize, usize); 2] = [(2, 8), (3, 7)];
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
    let is_few = |word: &String, count: usize| {
        let letters = word.chars().count();
        FEW_USUAL.iter().any(|(least, long)| count >= *least && letters >= *long)
    };
    let is_often = |(word, count): &(&String, &usize)| (**count >= MIN_USUAL || is_few(word, **count)) && is_usual(word);
    let mut usual: Vec<&str> = cast.spellings.iter().filter(is_often).map(|(word, _)| word.as_str()).collect();
    let in_prose: Vec<&str> =
        in_bible.iter().copied().filter(|word| is_capital(word) && word.chars().count() >= 4 && count(word) >= 1).collect();
    usual.extend(in_prose.iter().filter(|word| count(word) < MIN_USUAL && is_capital(word)));
    let usual: Vec<Spelt> = usual.into_iter().map(Spelt::new).collect();
    let is_rare = |(word, rarity): &(&String, &usize)| **rarity <= MAX_WRITTEN && is_worth(word) && !in_bible.contains(word.as_str());
    let rare: Vec<(&String, &usize)> = cast.spellings.iter().filter(is_rare).collect();
    let drift = |(written, written_count): &(&String, &usize)| {
        let spelt = Spelt::new(written);
        // Tally is no Sally where people sally forth: a name that is a word too keeps at least its first letter.
        let is_sure = |name: &Spelt| !cast.lower.contains_key(&name.lower) || written.chars().next() == name.word.chars().next();
        // A name in little use is compared only with one that stands once and begins as it does, where a person bears one of them.
        let is_known = |name: &Spelt, written_count: usize| {
            let is_rare_pair = count(name.word) < MIN_USUAL && !in_bible.contains(name.word);
            !is_rare_pair
                || written_count == 1
                    && (cast.names_person(written) || cast.names_person(name.word))
                    && written.chars().next() == name.word.chars().next()
        };
        let near = usual
            .iter()
            .filter(|name| is_near(&spelt, name) && is_sure(name) && count(name.word) > **written_count && is_known(name, **written_count));
        let best = near.max_by(|one, two| name_likeness(written, one.word).total_cmp(&name_likeness(written, two.word)))?;
        Some(Drift {
            written: (*written).clone(),
            usual: best.word.to_string(),
            written_count: **written_count,
            usual_count: count(best.word),
            likeness: name_likeness(written, best.word),
        })
    };
    rare.par_iter().filter_map(drift).collect()
}

/// A spelling with what tells at a glance that it is far from another.
struct Spelt<'a> {
    word: &'a str,
    /// In small letters.
    lower: String,
    letters: usize,
    first: Option<char>,
    /// The last three letters, backwards.
    ending: [Option<char>; 3],
    /// A bit for each letter that stands in it; letters outside of a to z share bits.
    alphabet: u32,
}

impl<'a> Spelt<'a> {
    fn new(word: &'a str) -> Spelt<'a> {
        let lower = word.to_lowercase();
        let mut backwards = lower.chars().rev();
        let ending = std::array::from_fn(|_| backwards.next());
        let alphabet = lower.chars().fold(0, |bits, letter| bits | 1 << (u32::from(letter) % 32));
        Spelt { word, letters: lower.chars().count(), first: lower.chars().next(), ending, alphabet, lower }
    }
}

/// Whether two spellings differ in a letter or two, and not as a plural, a possessive, a nickname or the feminine of a name does.
fn is_near(written: &Spelt<'_>, usual: &Spelt<'_>) -> bool {
    let first_same = written.first == usual.first;
    let shorter = written.letters.min(usual.letters);
    let most = if shorter >= LONG_NAME { 2 } else { 1 };
    // Nearly all pairs end here, without a look at their letters one by one. An exchanged letter takes one bit away and adds another.
    let is_far = written.letters.abs_diff(usual.letters) > most || (written.alphabet ^ usual.alphabet).count_ones() as usize > 2 * most;
    if is_far || !(first_same || written.ending == usual.ending) {
        return false;
    }
    let (one, two) = (&written.lower, &usual.lower);
    let distance = strsim::damerau_levenshtein(one, two);
    if distance == 0 || distance > most {
        return false;
    }
    let (long, short) = if one.len() > two.len() { (one, two) } else { (two, one) };
    let endings = ["s", "es", "n", "an", "ian", "a", "y", "ie", "e", "ee", "er", "ish", "o", "i", "us", "on", "ite"];
    let is_inflected = endings.iter().any(|ending| {
        let stem = long.strip_suffix(ending);
        stem == Some(short.as_str()) || stem.is_some() && stem == short.strip_suffix(['a', 'e', 'y', 'o', 's'])
    });
    // Names of four letters and less are near to half the dictionary.
    let is_short = shorter < 5 && !(first_same && one.len() == two.len());
    let looks_alike = first_same || (distance == 1 && written.ending == usual.ending);
    looks_alike && !is_inflected && !is_short
}
