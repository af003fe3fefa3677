//! Judges that are right, at chance, know nothing, or are seen too seldom.

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

/// The log-odds before anything is known of a pair.
const PRIOR: f64 = -1.0;

/// A pair with what is known of it, the trained reader's verdict by itself and the larger model's.
fn known(number: usize, is_error: bool, known: f64, trained: f64, larger_no: f32) -> Example {
    let later = format!("later {number}");
    let pair = PairVerdicts {
        rule: "changed-appearance".to_string(),
        evidence: [quote(&later), quote("earlier")],
        later_sentence: later.clone(),
        // That of a copy, which has more pairs.
        prior: PRIOR - 1.0,
        known,
        said: log_odds(trained),
        shipped: [-PRIOR, 1.0],
        least: LEAST,
        larger_no: Some(larger_no),
    };
    let group = if is_error { Group::Error(number) } else { Group::Sentence(SourcePath::new("a.md"), later) };
    Example { group, pair }
}

/// The same where next to nothing is known of it.
fn example(number: usize, is_error: bool, trained: f64, larger_no: f32) -> Example {
    known(number, is_error, 0.01 * (number % 7) as f64, trained, larger_no)
}

fn only(examples: &[Example]) -> KindLine {
    let mut lines = compare(examples, PRIOR);
    assert_eq!(lines.len(), 1);
    lines.remove(0)
}

/// So many errors and four times as many others, each judged by dice between 0 and 1.
fn judged(errors: usize, dice: &mut Dice, judge: &dyn Fn(bool, &mut Dice) -> (f64, f64)) -> KindLine {
    let pairs = (0..errors * 5).map(|number| {
        let is_error = number < errors;
        let (trained, larger) = judge(is_error, dice);
        example(number, is_error, trained, larger as f32)
    });
    only(&pairs.collect::<Vec<_>>())
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
        let one = Judged::new(&example(1, false, 0.5, no).pair, no, PRIOR);
        assert_eq!(one.is_found_by(LARGER, line.weights), is_found, "{line:?}");
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

/// So many errors and four times as many others, of which something is known without a model, and which the reader holds to be none.
fn with_signs(errors: usize, dice: &mut Dice, judge: &dyn Fn(bool, &mut Dice) -> (f64, f64)) -> KindLine {
    let pairs = (0..errors * 5).map(|number| {
        let is_error = number < errors;
        let signs = if is_error { 1.5 } else { 0.0 } + 2.0 * (any(dice) + any(dice) - 1.0);
        let (trained, larger) = judge(is_error, dice);
        known(number, is_error, signs - 8.0, trained, larger as f32)
    });
    only(&pairs.collect::<Vec<_>>())
}

#[test]
fn a_model_that_knows_nothing_does_not_win_by_what_is_known_without_it() {
    let unsure: &dyn Fn(bool, &mut Dice) -> (f64, f64) = &|_, _| (0.5, 0.5);
    let coin: &dyn Fn(bool, &mut Dice) -> (f64, f64) = &|_, dice| (0.5, if dice.happens(1, 2) { 0.9 } else { 0.1 });
    for (errors, (who, judge)) in [12, 48].into_iter().flat_map(|errors| [(errors, ("one never sure", unsure)), (errors, ("a coin", coin))])
    {
        let lines: Vec<KindLine> = (0..300).map(|seed| with_signs(errors, &mut Dice::new(seed, who), judge)).collect();
        let won = lines.iter().filter(|line| line.is_won).count();
        assert!(won <= 6, "{who} won {won} times of 300 with {errors} errors");
        // It is not that it finds no more than the reader: a constant of this book's does.
        let more_than_reader = lines.iter().filter(|line| line.unbeaten != Some(Rival::Reader)).count();
        assert!(more_than_reader > if errors == 12 { 20 } else { 200 }, "{who}: {more_than_reader} of 300 with {errors} errors");
    }
    let won = |seed: u64| with_signs(24, &mut Dice::new(seed, "right"), &|is_error, dice| (0.5, right(is_error, 98, dice))).is_won;
    let won = (0..300).filter(|seed| won(*seed)).count();
    assert!(won > 200, "one that is nearly always right won only {won} times of 300");
}

#[test]
fn a_reader_whose_constant_is_wrong_for_the_book_is_not_worse_than_its_equal() {
    // Both are right in 90 of 100, but the reader is never sure enough of it for the weights that it came with.
    let won = |seed: u64| {
        let line =
            with_signs(12, &mut Dice::new(seed, "threshold"), &|is_error, dice| (right(is_error, 90, dice), right(is_error, 90, dice)));
        (line.is_won, line.trained.found == 0, line.fitted_reader.found > 4)
    };
    let all: Vec<_> = (0..300).map(won).collect();
    let count = |is: fn(&(bool, bool, bool)) -> bool| all.iter().filter(|one| is(one)).count();
    assert!(count(|(won, ..)| *won) <= 6, "{} of 300", count(|(won, ..)| *won));
    assert!(count(|(_, finds_nothing, finds_when_fitted)| *finds_nothing && *finds_when_fitted) > 150);
}

#[test]
fn one_sentence_counts_once_however_many_it_is_held_against() {
    // The reader flags one harmless sentence against each of nine; the larger model does not, and agrees with it about all else.
    let mut examples: Vec<Example> = (0..16).map(|number| example(number, true, 0.95, 0.95)).collect();
    examples.extend((16..40).map(|number| example(number, false, 0.05, 0.05)));
    for number in 0..9 {
        let mut flagged = example(40, false, 0.95, 0.05);
        flagged.pair.evidence[1] = quote(&format!("earlier {number}"));
        examples.push(flagged);
    }
    let line = only(&once(examples));
    assert_eq!((line.others, line.trained.false_ones, line.larger.false_ones), (25, 1, 0), "{line:?}");
    assert!(!line.is_won, "{line:?}");
    // Nor are seven sentences enough to know a kind by, with however many others each is compared.
    let many = (0..70).map(|number| example(100 + number % 7, false, 0.2, 0.05)).enumerate().map(|(number, mut one)| {
        one.pair.evidence[1] = quote(&format!("earlier {number}"));
        one
    });
    let line = only(&(0..16).map(|number| example(number, true, 0.1, 0.95)).chain(many).collect::<Vec<_>>());
    assert_eq!((line.others, line.larger.found, line.is_won), (7, 16, false), "{line:?}");
}

#[test]
fn pairs_with_what_was_put_in_are_one_wherever_it_stands() {
    let put = |offset: usize, sentence: &str| crate::measure::Insertion {
        file: SourcePath::new("a.md"),
        offset,
        lead: " ",
        sentence: sentence.to_string(),
    };
    let plant = Plant {
        kind: crate::measure::Kind::Eyes,
        subject: "Mara".to_string(),
        names: vec!["Mara".to_string()],
        attribute: "eye colour".to_string(),
        origin: crate::measure::Origin::Prose,
        right: "grey".to_string(),
        wrong: "green".to_string(),
        setup: None,
        error: put(10, "Her eyes were green."),
        twin: put(10, "Her eyes were green in her dream."),
        is_licensed: true,
        receipts: vec![(SourcePath::new("a.md"), Span::new(0, 10))],
    };
    // Between the ten bytes before and what comes after stands what was put in.
    let pair = |later: (usize, usize), earlier: (usize, usize)| {
        let mut pair = example(later.0, false, 0.5, 0.5).pair;
        pair.evidence[0].span = Span::new(later.0, later.1);
        pair.evidence[1].span = Span::new(earlier.0, earlier.1);
        pair
    };
    let pairs = || vec![pair((12, 20), (0, 9)), pair((100, 110), (12, 20)), pair((120, 130), (12, 20)), pair((100, 110), (0, 9))];
    let groups = |with_error: bool| -> Vec<Group> {
        examples(&[(7, &plant)], with_error, pairs()).into_iter().map(|example| example.group).collect()
    };
    let own = Group::Sentence(SourcePath::new("a.md"), "later 100".to_string());
    assert_eq!(groups(false), [Group::Harmless(7), Group::Harmless(7), Group::Harmless(7), own.clone()]);
    assert_eq!(groups(true), [Group::Error(7), own]);
}

#[test]
fn both_judge_as_in_the_text_that_has_fewer_pairs_than_its_copies() {
    // Just sure enough of it under the prior of the text, and not under that of the copy.
    let one = example(7, true, 0.6, 0.6);
    for (prior, is_found) in [(PRIOR, true), (one.pair.prior, false)] {
        let judged = Judged::new(&one.pair, 0.6, prior);
        assert_eq!((judged.is_found, judged.is_found_by(LARGER, [-PRIOR, 1.0])), (is_found, is_found));
        assert_eq!(compare(std::slice::from_ref(&one), prior)[0].trained.found, usize::from(is_found));
    }
    assert_eq!(prior(std::slice::from_ref(&one.pair), 1_000), one.pair.prior);
    assert_eq!(prior(&[], 1_000), verdict::prior(1_000, 0));
}

#[test]
fn luck_is_known_of_any_number_of_tosses() {
    let close = |chance: f64, expected: f64| (chance - expected).abs() < 1e-6 * expected.max(1e-3);
    assert!(close(chance_of_a_coin(6, 0), 1.0 / 64.0) && close(chance_of_a_coin(3, 1), 5.0 / 16.0) && close(chance_of_a_coin(0, 0), 1.0));
    // From 1,024 tosses on, where all ways are more than a number holds.
    let nearly_even = chance_of_a_coin(524, 500);
    assert!((0.2..0.3).contains(&nearly_even), "{nearly_even}");
    let far = chance_of_a_coin(1_300, 1_000);
    assert!(far > 0.0 && far < 1e-8, "{far}");
    let even = chance_of_a_coin(50_000, 50_000);
    assert!((0.5..0.51).contains(&even), "{even}");
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
    let line = only(&once(pairs));
    assert_eq!((line.planted, line.others, line.trained.found), (1, 1, 1));
    let unanswered = Example { pair: PairVerdicts { larger_no: None, ..example(3, true, 0.9, 0.9).pair }, group: Group::Error(3) };
    assert_eq!(compare(&[unanswered], PRIOR), []);
}
