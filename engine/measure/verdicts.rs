//! Which judges pairs of sentences better, the trained reader or a larger model: compared by kind, over pairs of which it is known whether they
//! contradict each other.
//!
//! The larger model's word is fitted to the pairs: a slope by logistic regression, and a constant with which it makes no more false findings than
//! the trained reader does. Both are fitted to one half of the pairs and counted on the other, and the other way round, so that no pair is
//! counted with what was fitted to itself.

use super::tally::{is_of, touches};
use super::{Copy, Plant};
use crate::notes::compared::PairVerdicts;
use crate::notes::verdict::{log_odds, said};
use std::collections::{BTreeMap, BTreeSet};

/// With fewer errors of a kind, or fewer pairs that are none, nothing is known of it: half of them are all that a fit sees.
pub const MIN_PLANTED: usize = 8;

/// A kind is won only when a coin would be as often on the larger model's side, among the pairs that the two judge differently, in at most one of
/// so many kinds. There are some twenty kinds, so that none of them is won by luck in most books.
const ONE_BY_LUCK_IN: f64 = 50.0;

/// So much of what only the larger model finds must be right, as for every other use of a model.
const EARNED_PRECISION: f64 = 0.8;

/// How strongly the slope is held to 1, where few pairs say otherwise: as if so many pairs had been seen.
const HELD: f64 = 1.0;

/// How far the constant is put beyond the last pair where there is none on the other side.
const MARGIN: f64 = 0.5;

/// A pair of which it is known whether it is a contradiction.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The error of which it is one; nothing for a pair that is no contradiction.
    pub plant: Option<usize>,
    pub pair: PairVerdicts,
}

/// The pairs of one copy: those with a planted error, and those of the author's own text and of twins, which are taken to be none. `plants` are
/// those of its batch with their numbers. What holds an error against another sentence than the one it contradicts is left out: it may well be
/// right.
pub fn examples(plants: &[(usize, &Plant)], with_error: bool, pairs: Vec<PairVerdicts>) -> Vec<Example> {
    let copy = Copy::new(plants.iter().flat_map(|(_, plant)| plant.insertions(with_error)).cloned());
    let of_pair = |pair: PairVerdicts| {
        if !with_error {
            return Some(Example { plant: None, pair });
        }
        if let Some((number, _)) = plants.iter().find(|(_, plant)| is_of(plant, &copy, &pair.evidence)) {
            return Some(Example { plant: Some(*number), pair });
        }
        let has_error = |plant: &Plant| {
            let place = (plant.error.file.clone(), copy.place_of(&plant.error));
            pair.evidence.iter().any(|quote| touches(quote, &place))
        };
        (!plants.iter().any(|(_, plant)| has_error(plant))).then_some(Example { plant: None, pair })
    };
    pairs.into_iter().filter_map(of_pair).collect()
}

/// Each pair that is no contradiction only once: the author's own stand in every copy.
pub fn once(examples: Vec<Example>) -> Vec<Example> {
    let mut seen = BTreeSet::new();
    let quotes = |pair: &PairVerdicts| pair.evidence.each_ref().map(|quote| (quote.file.clone(), quote.quote.clone()));
    let is_new = |example: &Example| example.plant.is_some() || seen.insert((example.pair.rule.clone(), quotes(&example.pair)));
    let mut examples = examples;
    examples.retain(is_new);
    examples
}

/// How often a judge was right of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors that it holds to be contradictions.
    pub found: usize,
    /// Pairs that it holds to be contradictions and that are none.
    pub false_ones: usize,
}

/// Both judges of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct KindLine {
    /// The rule that its pairs would break.
    pub kind: String,
    /// Errors that were put to both, and pairs that are none.
    pub planted: usize,
    pub others: usize,
    pub trained: Counts,
    pub larger: Counts,
    /// The constant and the slope for the larger model, fitted to all pairs; nothing where it answered nothing.
    pub weights: [f64; 2],
    /// Whether the larger model is so much better that it is to judge this kind.
    pub is_won: bool,
}

/// Compares both judges by kind, in the order of the kinds' names. Pairs that the larger model gave no answer to are left out.
pub fn compare(examples: &[Example]) -> Vec<KindLine> {
    let mut kinds: BTreeMap<&str, Vec<Judged>> = BTreeMap::new();
    for example in examples {
        if let Some(no) = example.pair.larger_no {
            let PairVerdicts { rule, trained, least, known, .. } = &example.pair;
            let judged = Judged { plant: example.plant, trained: trained >= least, least: log_odds(*least), known: *known, said: said(no) };
            kinds.entry(rule).or_default().push(judged);
        }
    }
    kinds.into_iter().map(|(kind, judged)| line(kind, &judged)).collect()
}

/// A pair as numbers.
#[derive(Clone, Copy, Debug)]
struct Judged {
    plant: Option<usize>,
    /// Whether it is a finding by the trained reader's verdict.
    trained: bool,
    /// The log-odds that a finding has at least, those that are known without a model, and those that the larger model gives it.
    least: f64,
    known: f64,
    said: f64,
}

impl Judged {
    fn score(&self, slope: f64) -> f64 {
        self.known + slope * self.said
    }

    fn is_found_by(&self, [constant, slope]: [f64; 2]) -> bool {
        self.score(slope) + constant >= self.least
    }
}

/// What was judged as one: all pairs of an error, or a pair that is none. By both judges, whether it is held to be a contradiction.
#[derive(Clone, Copy, Debug, Default)]
struct Unit {
    is_error: bool,
    trained: bool,
    larger: bool,
}

fn line(kind: &str, judged: &[Judged]) -> KindLine {
    let (errors, others): (Vec<Judged>, Vec<Judged>) = judged.iter().copied().partition(|judged| judged.plant.is_some());
    let plants: Vec<usize> = errors.iter().filter_map(|judged| judged.plant).collect::<BTreeSet<_>>().into_iter().collect();
    // By turns into two halves, so that both have errors of all sorts and pairs from all of the text.
    let half = |judged: &Judged, place: usize| plants.iter().position(|plant| judged.plant == Some(*plant)).unwrap_or(place) % 2;
    let halves: [Vec<Judged>; 2] = [0, 1].map(|wanted| {
        let of_errors = errors.iter().filter(|judged| half(judged, 0) == wanted);
        let of_others = others.iter().enumerate().filter(|(place, judged)| half(judged, *place) == wanted).map(|(_, judged)| judged);
        of_errors.chain(of_others).copied().collect()
    });
    let units: Vec<Unit> = [0, 1].into_iter().flat_map(|counted| units(&halves[counted], fit(&halves[1 - counted]))).collect();
    let counts = |finds: fn(&Unit) -> bool| Counts {
        found: units.iter().filter(|unit| unit.is_error && finds(unit)).count(),
        false_ones: units.iter().filter(|unit| !unit.is_error && finds(unit)).count(),
    };
    let (trained, larger) = (counts(|unit| unit.trained), counts(|unit| unit.larger));
    let is_known = plants.len() >= MIN_PLANTED && others.len() >= MIN_PLANTED;
    let is_won = is_known && is_better(trained, larger) && is_no_luck(&units);
    let weights = fit(judged).map(|weight| (weight * 100.0).round() / 100.0);
    KindLine { kind: kind.to_string(), planted: plants.len(), others: others.len(), trained, larger, weights, is_won }
}

fn units(judged: &[Judged], weights: [f64; 2]) -> Vec<Unit> {
    let mut of_errors: BTreeMap<usize, Unit> = BTreeMap::new();
    let mut units = Vec::new();
    for one in judged {
        let (trained, larger) = (one.trained, one.is_found_by(weights));
        match one.plant {
            None => units.push(Unit { is_error: false, trained, larger }),
            Some(plant) => {
                let unit = of_errors.entry(plant).or_default();
                *unit = Unit { is_error: true, trained: unit.trained || trained, larger: unit.larger || larger };
            }
        }
    }
    units.extend(of_errors.into_values());
    units
}

/// Whether the larger model finds more, and enough of what it holds besides is right; or finds as much with fewer false ones.
fn is_better(trained: Counts, larger: Counts) -> bool {
    let more = larger.found.saturating_sub(trained.found);
    let more_false = larger.false_ones.saturating_sub(trained.false_ones);
    match more {
        0 => larger.found == trained.found && larger.false_ones < trained.false_ones,
        _ => more as f64 >= EARNED_PRECISION * (more + more_false) as f64,
    }
}

/// Whether the larger model is right so much more often where the two differ that it is hardly luck.
fn is_no_luck(units: &[Unit]) -> bool {
    let differing = units.iter().filter(|unit| unit.trained != unit.larger);
    let (right, wrong): (Vec<&Unit>, Vec<&Unit>) = differing.partition(|unit| unit.larger == unit.is_error);
    let tosses = right.len() + wrong.len();
    // How often a coin that is thrown as often falls on its side at least as often: the ways to choose so many, over all ways.
    let (mut ways, mut share) = (1.0, 0.0);
    let all = 2.0_f64.powi(i32::try_from(tosses).unwrap_or(i32::MAX));
    for tails in 0..=wrong.len() {
        share += ways / all;
        ways *= (tosses - tails) as f64 / (tails + 1) as f64;
    }
    share * ONE_BY_LUCK_IN <= 1.0
}

/// The constant and the slope for the larger model's word.
fn fit(judged: &[Judged]) -> [f64; 2] {
    let slope = slope(judged);
    [constant(judged, slope), slope]
}

/// The slope by logistic regression, with what is known of each pair besides given; never below 0.
fn slope(judged: &[Judged]) -> f64 {
    const STEPS: usize = 50;
    /// No step goes further: far from the answer Newton's steps can.
    const LONGEST: f64 = 1.0;
    let (mut constant, mut slope) = (0.0_f64, 1.0_f64);
    for _ in 0..STEPS {
        // The gradient and the curvature of the log-likelihood, with the slope held to 1 and the constant, weakly, to 0.
        let (mut gradient, mut curve) = ([-0.01 * constant, HELD * (1.0 - slope)], [0.01, 0.0, HELD]);
        for one in judged {
            let probability = 1.0 / (1.0 + (-(constant + one.score(slope))).exp());
            let missing = f64::from(u8::from(one.plant.is_some())) - probability;
            let weight = probability * (1.0 - probability);
            gradient[0] += missing;
            gradient[1] += missing * one.said;
            curve[0] += weight;
            curve[1] += weight * one.said;
            curve[2] += weight * one.said * one.said;
        }
        let determinant = curve[0] * curve[2] - curve[1] * curve[1];
        constant += ((curve[2] * gradient[0] - curve[1] * gradient[1]) / determinant).clamp(-LONGEST, LONGEST);
        slope += ((curve[0] * gradient[1] - curve[1] * gradient[0]) / determinant).clamp(-LONGEST, LONGEST);
    }
    slope.max(0.0)
}

/// The constant with which the most errors are found while no more false ones are than by the trained reader, and none that gains nothing.
fn constant(judged: &[Judged], slope: f64) -> f64 {
    let allowed = judged.iter().filter(|one| one.plant.is_none() && one.trained).count();
    let mut false_scores: Vec<f64> = judged.iter().filter(|one| one.plant.is_none()).map(|one| one.score(slope)).collect();
    false_scores.sort_by(|one, other| other.total_cmp(one));
    let bar = false_scores.get(allowed).copied().unwrap_or(f64::NEG_INFINITY);
    let mut of_errors: BTreeMap<usize, f64> = BTreeMap::new();
    for (plant, score) in judged.iter().filter_map(|one| Some((one.plant?, one.score(slope)))) {
        let best = of_errors.entry(plant).or_insert(score);
        *best = best.max(score);
    }
    let lowest = of_errors.into_values().filter(|score| *score > bar).reduce(f64::min);
    let cut = match lowest {
        Some(lowest) => {
            let below = false_scores.iter().copied().find(|score| *score < lowest);
            below.map_or(lowest - MARGIN, |below| f64::midpoint(below, lowest).max(lowest - MARGIN))
        }
        None if bar.is_finite() => bar + MARGIN,
        None => 0.0,
    };
    judged.first().map_or(0.0, |one| one.least) - cut
}

#[cfg(test)]
mod tests;
