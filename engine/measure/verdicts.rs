//! Which judges pairs of sentences better, the trained reader or a larger model: compared by kind, over pairs of which it is known whether they
//! contradict each other.
//!
//! The larger model's word is fitted to the pairs: a slope by logistic regression, and a constant with which it makes no more false findings than
//! the trained reader does. Both are fitted to one half of the pairs and counted on the other, and the other way round, so that no pair is
//! counted with what was fitted to itself.
//!
//! A fit to the author's own chapters helps any judge, one that knows nothing too: a better constant lets through what is known of a pair without
//! a model. So the larger model must be better than the reader as it came, than the reader fitted in the same way, and than no word at all.

use super::tally::{is_of, touches};
use super::{Copy, Plant};
use crate::notes::compared::PairVerdicts;
use crate::notes::verdict::{self, log_odds, said};
use crate::text::{SourcePath, Span};
use std::collections::{BTreeMap, BTreeSet};

/// With fewer errors of a kind, or fewer sentences that are none, nothing is known of it: half of them are all that a fit sees.
pub const MIN_PLANTED: usize = 8;

/// A kind is won only when a coin would be as often on the larger model's side, where two judges differ, in at most one of so many kinds. There
/// are some twenty kinds, so that none of them is won by luck in most books.
const ONE_BY_LUCK_IN: f64 = 50.0;

/// So much of what only the larger model finds must be right, as for every other use of a model.
const EARNED_PRECISION: f64 = 0.8;

/// How strongly the slope is held to 1, where few pairs say otherwise: as if so many pairs had been seen.
const HELD: f64 = 1.0;

/// How far the constant is put beyond the last pair where there is none on the other side.
const MARGIN: f64 = 0.5;

/// Pairs that are judged as one: a sentence counts once, however many others it is held against, as one mistake about it is made in all of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Those of a planted error, by its number.
    Error(usize),
    /// Those that are none, with the harmless twin of an error or the first statement that was put in for it.
    Harmless(usize),
    /// The others that are none, by their later sentence.
    Sentence(SourcePath, String),
}

/// A pair of which it is known whether it is a contradiction.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub group: Group,
    pub pair: PairVerdicts,
}

impl Example {
    fn is_error(&self) -> bool {
        matches!(self.group, Group::Error(_))
    }
}

/// The pairs of one copy: those with a planted error, and those of the author's own text and of twins, which are taken to be none. `plants` are
/// those of its batch with their numbers. What holds an error against another sentence than the one it contradicts is left out: it may well be
/// right.
pub fn examples(plants: &[(usize, &Plant)], with_error: bool, pairs: Vec<PairVerdicts>) -> Vec<Example> {
    let copy = Copy::new(plants.iter().flat_map(|(_, plant)| plant.insertions(with_error)).cloned());
    let place = |put: &super::Insertion| -> (SourcePath, Span) { (put.file.clone(), copy.place_of(put)) };
    let has = |pair: &PairVerdicts, put: &super::Insertion| pair.evidence.iter().any(|quote| touches(quote, &place(put)));
    let of_pair = |pair: PairVerdicts| {
        let of_error = plants.iter().find(|(_, plant)| with_error && is_of(plant, &copy, &pair.evidence));
        let of_harmless = || plants.iter().find(|(_, plant)| plant.insertions(with_error).any(|put| has(&pair, put)));
        let group = match of_error {
            Some((number, _)) => Group::Error(*number),
            None if with_error && plants.iter().any(|(_, plant)| has(&pair, &plant.error)) => return None,
            None => match of_harmless() {
                Some((number, _)) => Group::Harmless(*number),
                None => Group::Sentence(pair.evidence[0].file.clone(), pair.later_sentence.clone()),
            },
        };
        Some(Example { group, pair })
    };
    pairs.into_iter().filter_map(of_pair).collect()
}

/// Each pair that is no contradiction only once: the author's own stand in every copy.
pub fn once(examples: Vec<Example>) -> Vec<Example> {
    let mut seen = BTreeSet::new();
    let quotes = |pair: &PairVerdicts| pair.evidence.each_ref().map(|quote| (quote.file.clone(), quote.quote.clone()));
    let is_new = |example: &Example| example.is_error() || seen.insert((example.pair.rule.clone(), quotes(&example.pair)));
    let mut examples = examples;
    examples.retain(is_new);
    examples
}

/// The log-odds of each pair of the author's own text before anything is known of it. `untouched` are its pairs, `words` its length.
pub fn prior(untouched: &[PairVerdicts], words: usize) -> f64 {
    untouched.first().map_or_else(|| verdict::prior(words, 0), |pair| pair.prior)
}

/// How often a judge was right of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors that it holds to be contradictions.
    pub found: usize,
    /// Sentences of which it holds a pair to be a contradiction that is none.
    pub false_ones: usize,
}

/// What the larger model has to be better than.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rival {
    /// The trained reader with the weights that it came with.
    Reader,
    /// The trained reader, fitted to the pairs in the same way.
    FittedReader,
    /// What is known of a pair without any model, with a constant fitted in the same way.
    NoModel,
}

/// The judges of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct KindLine {
    /// The rule that its pairs would break.
    pub kind: String,
    /// Errors that were put to both, and sentences with pairs that are none.
    pub planted: usize,
    pub others: usize,
    pub trained: Counts,
    pub fitted_reader: Counts,
    pub no_model: Counts,
    pub larger: Counts,
    /// The constant and the slope for the larger model, fitted to all pairs.
    pub weights: [f64; 2],
    /// The first rival than which the larger model is not clearly better.
    pub unbeaten: Option<Rival>,
    /// Whether the larger model is so much better than all of them that it is to judge this kind.
    pub is_won: bool,
}

/// Compares the judges by kind, in the order of the kinds' names, as if all pairs stood in a text with this [`prior`]. Pairs that the larger model
/// gave no answer to are left out.
pub fn compare(examples: &[Example], prior: f64) -> Vec<KindLine> {
    let mut kinds: BTreeMap<&str, BTreeMap<&Group, Vec<Judged>>> = BTreeMap::new();
    for Example { group, pair } in examples {
        if let Some(no) = pair.larger_no {
            let groups = kinds.entry(&pair.rule).or_default();
            groups.entry(group).or_default().push(Judged::new(pair, no, prior));
        }
    }
    kinds.into_iter().map(|(kind, groups)| line(kind, groups)).collect()
}

/// A pair as numbers.
#[derive(Clone, Copy, Debug)]
struct Judged {
    /// Whether it is a finding by the trained reader's verdict with the weights that it came with.
    is_found: bool,
    /// The log-odds that a finding has at least, those that are known without a model, and those that either gives it.
    least: f64,
    known: f64,
    reader: f64,
    larger: f64,
}

/// What is weighed with a slope: the word of a judge in log-odds.
type Word = fn(&Judged) -> f64;

const READER: Word = |judged| judged.reader;
const LARGER: Word = |judged| judged.larger;
const NO_WORD: Word = |_| 0.0;

impl Judged {
    fn new(pair: &PairVerdicts, larger_no: f32, prior: f64) -> Judged {
        let (least, known, [constant, slope]) = (log_odds(pair.least), prior + pair.known, pair.shipped);
        let is_found = known + constant + slope * pair.said >= least;
        Judged { is_found, least, known, reader: pair.said, larger: said(larger_no) }
    }

    fn score(&self, word: Word, slope: f64) -> f64 {
        self.known + slope * word(self)
    }

    fn is_found_by(&self, word: Word, [constant, slope]: [f64; 2]) -> bool {
        self.score(word, slope) + constant >= self.least
    }
}

/// The pairs of a [`Group`].
#[derive(Clone, Debug)]
struct Unit {
    is_error: bool,
    pairs: Vec<Judged>,
}

impl Unit {
    fn is_found(&self) -> bool {
        self.pairs.iter().any(|pair| pair.is_found)
    }

    fn is_found_by(&self, word: Word, weights: [f64; 2]) -> bool {
        self.pairs.iter().any(|pair| pair.is_found_by(word, weights))
    }

    /// That of the pair that is most probably a contradiction.
    fn score(&self, word: Word, slope: f64) -> f64 {
        self.pairs.iter().map(|pair| pair.score(word, slope)).fold(f64::NEG_INFINITY, f64::max)
    }
}

fn line(kind: &str, groups: BTreeMap<&Group, Vec<Judged>>) -> KindLine {
    let of_group = |(group, pairs): (&Group, Vec<Judged>)| Unit { is_error: matches!(group, Group::Error(_)), pairs };
    let units: Vec<Unit> = groups.into_iter().map(of_group).collect();
    let all: Vec<&Unit> = units.iter().collect();
    let (errors, others): (Vec<&Unit>, Vec<&Unit>) = all.iter().partition(|unit| unit.is_error);
    // By turns into two halves, so that both have errors of all sorts and sentences from all of the text.
    let by_turns = |half: usize| errors.iter().skip(half).step_by(2).chain(others.iter().skip(half).step_by(2)).copied().collect();
    let halves: [Vec<&Unit>; 2] = [0, 1].map(by_turns);
    let is_error: Vec<bool> = halves.iter().flatten().map(|unit| unit.is_error).collect();
    let fitted = |word: Word| -> Vec<bool> {
        let counted = |half: usize| {
            let weights = fit(&halves[1 - half], word);
            halves[half].iter().map(move |unit| unit.is_found_by(word, weights))
        };
        [0, 1].into_iter().flat_map(counted).collect()
    };
    let larger = fitted(LARGER);
    let reader: Vec<bool> = halves.iter().flatten().map(|unit| unit.is_found()).collect();
    let rivals = [(Rival::Reader, reader), (Rival::FittedReader, fitted(READER)), (Rival::NoModel, fitted(NO_WORD))];
    let is_beaten =
        |finds: &[bool]| is_better(counts(&is_error, finds), counts(&is_error, &larger)) && is_no_luck(&is_error, finds, &larger);
    let unbeaten = rivals.iter().find(|(_, finds)| !is_beaten(finds)).map(|(rival, _)| *rival);
    let is_known = errors.len() >= MIN_PLANTED && others.len() >= MIN_PLANTED;
    let [trained, fitted_reader, no_model] = rivals.each_ref().map(|(_, finds)| counts(&is_error, finds));
    KindLine {
        kind: kind.to_string(),
        planted: errors.len(),
        others: others.len(),
        trained,
        fitted_reader,
        no_model,
        larger: counts(&is_error, &larger),
        weights: fit(&all, LARGER).map(|weight| (weight * 100.0).round() / 100.0),
        unbeaten,
        is_won: is_known && unbeaten.is_none(),
    }
}

/// What a judge found, of units of which it is known whether they are errors.
fn counts(is_error: &[bool], finds: &[bool]) -> Counts {
    let of = |wanted: bool| is_error.iter().zip(finds).filter(|(is_error, finds)| **finds && **is_error == wanted).count();
    Counts { found: of(true), false_ones: of(false) }
}

/// Whether the larger model finds more, and enough of what it holds besides is right; or finds as much with fewer false ones.
fn is_better(rival: Counts, larger: Counts) -> bool {
    let more = larger.found.saturating_sub(rival.found);
    let more_false = larger.false_ones.saturating_sub(rival.false_ones);
    match more {
        0 => larger.found == rival.found && larger.false_ones < rival.false_ones,
        _ => more as f64 >= EARNED_PRECISION * (more + more_false) as f64,
    }
}

/// Whether the larger model is right so much more often where the two differ that it is hardly luck.
fn is_no_luck(is_error: &[bool], rival: &[bool], larger: &[bool]) -> bool {
    let differing = is_error.iter().zip(rival.iter().zip(larger)).filter(|(_, (rival, larger))| rival != larger);
    let (right, wrong): (Vec<_>, Vec<_>) = differing.partition(|(is_error, (_, larger))| is_error == larger);
    chance_of_a_coin(right.len(), wrong.len()) * ONE_BY_LUCK_IN <= 1.0
}

/// How often a coin that is thrown as often falls on its side at least as often as it was right: the ways to choose so many, over all ways. By
/// logarithms, as all ways are more than a number can hold from 1,024 tosses on.
fn chance_of_a_coin(right: usize, wrong: usize) -> f64 {
    let tosses = right + wrong;
    let (mut ways, mut chance) = (-(tosses as f64) * std::f64::consts::LN_2, 0.0);
    for tails in 0..=wrong {
        chance += ways.exp();
        ways += ((tosses - tails) as f64 / (tails + 1) as f64).ln();
    }
    chance
}

/// The constant and the slope for a judge's word.
fn fit(units: &[&Unit], word: Word) -> [f64; 2] {
    let slope = slope(units, word);
    [constant(units, word, slope), slope]
}

/// The slope by logistic regression, with what is known of each pair besides given; never below 0. The pairs of a unit weigh as much as one.
fn slope(units: &[&Unit], word: Word) -> f64 {
    const STEPS: usize = 50;
    /// No step goes further: far from the answer Newton's steps can.
    const LONGEST: f64 = 1.0;
    let (mut constant, mut slope) = (0.0_f64, 1.0_f64);
    for _ in 0..STEPS {
        // The gradient and the curvature of the log-likelihood, with the slope held to 1 and the constant, weakly, to 0.
        let (mut gradient, mut curve) = ([-0.01 * constant, HELD * (1.0 - slope)], [0.01, 0.0, HELD]);
        for (unit, pair) in units.iter().flat_map(|unit| unit.pairs.iter().map(move |pair| (unit, pair))) {
            let (share, said) = (1.0 / unit.pairs.len() as f64, word(pair));
            let probability = 1.0 / (1.0 + (-(constant + pair.score(word, slope))).exp());
            let missing = share * (f64::from(u8::from(unit.is_error)) - probability);
            let weight = share * probability * (1.0 - probability);
            gradient[0] += missing;
            gradient[1] += missing * said;
            curve[0] += weight;
            curve[1] += weight * said;
            curve[2] += weight * said * said;
        }
        let determinant = curve[0] * curve[2] - curve[1] * curve[1];
        constant += ((curve[2] * gradient[0] - curve[1] * gradient[1]) / determinant).clamp(-LONGEST, LONGEST);
        slope += ((curve[0] * gradient[1] - curve[1] * gradient[0]) / determinant).clamp(-LONGEST, LONGEST);
    }
    slope.max(0.0)
}

/// The constant with which the most errors are found while no more false ones are than by the trained reader, and none that gains nothing.
fn constant(units: &[&Unit], word: Word, slope: f64) -> f64 {
    let (errors, others): (Vec<&Unit>, Vec<&Unit>) = units.iter().partition(|unit| unit.is_error);
    let allowed = others.iter().filter(|unit| unit.is_found()).count();
    let mut false_scores: Vec<f64> = others.iter().map(|unit| unit.score(word, slope)).collect();
    false_scores.sort_by(|one, other| other.total_cmp(one));
    let bar = false_scores.get(allowed).copied().unwrap_or(f64::NEG_INFINITY);
    let lowest = errors.iter().map(|unit| unit.score(word, slope)).filter(|score| *score > bar).reduce(f64::min);
    let cut = match lowest {
        Some(lowest) => {
            let below = false_scores.iter().copied().find(|score| *score < lowest);
            below.map_or(lowest - MARGIN, |below| f64::midpoint(below, lowest).max(lowest - MARGIN))
        }
        None if bar.is_finite() => bar + MARGIN,
        None => 0.0,
    };
    units.first().and_then(|unit| unit.pairs.first()).map_or(0.0, |pair| pair.least) - cut
}

#[cfg(test)]
mod tests;
