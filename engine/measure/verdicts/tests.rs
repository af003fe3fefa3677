//! Judges that are right, at chance, or seen too seldom.

use super::super::dice::Dice;
use super::*;
use crate::finding::Evidence;
use crate::text::{LineColumn, SourcePath, Span};

const LEAST: f64 = 0.5;

fn quote(text: &str) -> Evidence {
    Evidence {
        file: SourcePath::new("a.md"),
        quote: text.to_string(),
        span: Span::new(0, 1),
        file_bytes: Span::new(0, 1),
        place: LineColumn { line: 1, column: 1 },
        label: String::new(),
    }
}

/// A pair with the trained reader's verdict and the larger model's.
fn example(number: usize, is_error: bool, trained: f64, larger_no: f32) -> Example {
    let pair = PairVerdicts {
        rule: "changed-appearance".to_string(),
        evidence: [quote(&format!("later {number}")), quote("earlier")],
        trained,
        least: LEAST,
        known: -1.0 + 0.01 * (number % 7) as f64,
        larger_no: Some(larger_no),
    };
    Example { plant: is_error.then_some(number), pair }
}

/// So many errors and four times as many others, each judged by dice between 0 and 1.
fn judged(errors: usize, dice: &mut Dice, judge: &dyn Fn(bool, &mut Dice) -> (f64, f64)) -> KindLine {
    let pairs = (0..errors * 5).map(|number| {
        let is_error = number < errors;
        let (trained, larger) = judge(is_error, dice);
        example(number, is_error, trained, larger as f32)
    });
    compare(&pairs.collect::<Vec<_>>()).remove(0)
}

fn any(dice: &mut Dice) -> f64 {
    dice.below(999) as f64 / 999.0 + 0.0005
}

/// Right in so many of a hundred pairs.
fn right(is_error: bool, often: usize, dice: &mut Dice) -> f64 {
    let is_right = dice.below(100) < often;
    let strength = 0.02 * any(dice);
    if is_right == is_error { 0.95 + strength } else { 0.05 - strength }
}

#[test]
fn a_model_that_is_right_where_the_reader_is_not_wins_its_kind() {
    let line = judged(16, &mut Dice::new(1, "right"), &|is_error, dice| (0.2 + 0.1 * any(dice), right(is_error, 100, dice)));
    assert_eq!((line.planted, line.others, line.trained), (16, 64, Counts { found: 0, false_ones: 0 }));
    assert_eq!((line.larger, line.is_won), (Counts { found: 16, false_ones: 0 }, true), "{line:?}");
    // By its weights what it holds to be none is none, and the other way round.
    for (no, is_found) in [(0.96, true), (0.04, false)] {
        let one = Judged { plant: None, trained: false, least: log_odds(LEAST), known: -1.0, said: said(no) };
        assert_eq!(one.is_found_by(line.weights), is_found, "{line:?}");
    }
}

#[test]
fn a_model_at_chance_wins_hardly_ever() {
    for often in [50, 70, 90] {
        let won =
            |seed: u64| judged(12, &mut Dice::new(seed, "chance"), &|is_error, dice| (right(is_error, often, dice), any(dice))).is_won;
        let won = (0..300).filter(|seed| won(*seed)).count();
        // One in fifty, as is promised.
        assert!(won <= 6, "a reader that is right in {often} of a hundred lost {won} times of 300 to dice");
    }
}

#[test]
fn a_model_that_is_as_good_as_the_reader_wins_nothing() {
    let won = |seed: u64| {
        judged(20, &mut Dice::new(seed, "as good"), &|is_error, dice| (right(is_error, 85, dice), right(is_error, 85, dice))).is_won
    };
    let won = (0..300).filter(|seed| won(*seed)).count();
    assert!(won <= 6, "{won} of 300");
}

#[test]
fn few_errors_prove_nothing() {
    for (errors, is_won) in [(7, false), (8, true)] {
        let line = judged(errors, &mut Dice::new(1, "few"), &|is_error, dice| (0.1, right(is_error, 100, dice)));
        assert_eq!(line.is_won, is_won, "{line:?}");
    }
}

#[test]
fn more_found_with_more_false_ones_is_no_gain() {
    assert!(is_better(Counts { found: 4, false_ones: 1 }, Counts { found: 8, false_ones: 2 }));
    assert!(!is_better(Counts { found: 4, false_ones: 1 }, Counts { found: 8, false_ones: 3 }));
    assert!(is_better(Counts { found: 8, false_ones: 9 }, Counts { found: 8, false_ones: 0 }));
    assert!(!is_better(Counts { found: 8, false_ones: 9 }, Counts { found: 7, false_ones: 0 }));
}

#[test]
fn an_error_counts_once_and_the_authors_own_pairs_too() {
    let pairs = vec![example(1, true, 0.9, 0.9), example(1, true, 0.1, 0.1), example(2, false, 0.1, 0.1), example(2, false, 0.1, 0.1)];
    let line = compare(&once(pairs)).remove(0);
    assert_eq!((line.planted, line.others, line.trained.found), (1, 1, 1));
    let unanswered = Example { pair: PairVerdicts { larger_no: None, ..example(3, true, 0.9, 0.9).pair }, plant: Some(3) };
    assert_eq!(compare(&[unanswered]), []);
}
