//! Days, months and seasons as values name them.

use super::amount::counted;
use super::fact::Fact;
use super::note::{one_of, stems, words_of};
use crate::facts::calendar::{Calendar, Season};
use crate::facts::value::Difference;

pub(super) fn weekday(word: &str) -> Option<String> {
    Calendar::default().weekday_named(word).map(|day| day.to_string())
}

/// Whether two weekdays, or two days of one month, can be so many days apart; nothing where the values name neither.
pub(super) fn can_be_apart(earlier: &Fact, later: &Fact, days: i32) -> Option<bool> {
    let [first, second] = [earlier, later].map(|fact| words_of(&fact.value));
    let weekday = |words: &[String]| words.iter().find_map(|word| Calendar::default().weekday_named(word)).map(i32::from);
    if let (Some(one), Some(other)) = (weekday(&first), weekday(&second)) {
        return Some((one + days - other).rem_euclid(7) == 0);
    }
    let month = |words: &[String]| words.iter().find_map(|word| month(word));
    let day = |words: &[String]| {
        words.iter().filter_map(|word| word.trim_end_matches(char::is_alphabetic).parse::<i32>().ok()).find(|day| *day <= 31)
    };
    match (month(&first), month(&second), day(&first), day(&second)) {
        (Some(one), Some(other), Some(from), Some(to)) if one == other => Some(from + days == to),
        // Whether the 2nd of June is so many days behind the 31st of May is left open.
        (Some(_), Some(_), Some(_), Some(_)) => Some(true),
        _ => None,
    }
}

pub(super) fn month(word: &str) -> Option<String> {
    Calendar::default().month_named(word).map(|month| month.to_string())
}

pub(super) fn seasons(first: &[String], second: &[String]) -> Option<Difference> {
    let calendar = Calendar::default();
    let of_month = |word: &String| calendar.season_of(calendar.month_named(word)?);
    let season = |words: &[String]| words.iter().find_map(|word| Season::named(word)).or_else(|| words.iter().find_map(of_month));
    let (one, two) = (season(first)?, season(second)?);
    Some(if one == two { Difference::Same } else { Difference::Different })
}

/// Years, months and days, as far as both name them.
pub(super) fn dates(first: &[String], second: &[String]) -> Option<Difference> {
    let year = |words: &[String]| words.iter().find(|word| word.len() == 4 && word.chars().all(|digit| digit.is_ascii_digit())).cloned();
    if let (Some(one), Some(two)) = (year(first), year(second)) {
        if one != two {
            return Some(Difference::Different);
        }
        return one_of(&month, first, second).or(Some(Difference::Same));
    }
    match one_of(&month, first, second) {
        Some(Difference::Same) => counted(first, second).or(Some(Difference::Same)),
        other => other,
    }
}

/// The same deed in two months or years: the mill burned down in February, it was July when it burned down.
pub(super) fn one_deed_at_two_times(one: &Fact, other: &Fact) -> Option<Difference> {
    const STEMS: usize = 2;
    let deed = |fact: &Fact| {
        let value: Vec<String> = words_of(&fact.value).into_iter().filter(|word| time(word).is_none()).collect();
        stems(&value.join(" "))
    };
    let (deed, also) = (deed(one), deed(other));
    let shared = deed.iter().filter(|stem| also.contains(stem)).count();
    let is_one = shared > 0 && (deed == also || shared >= STEMS && shared == deed.len().min(also.len()));
    let (first, second) = (times_told(&one.text), times_told(&other.text));
    let is_of_one_kind = |one: &Time, other: &Time| std::mem::discriminant(one) == std::mem::discriminant(other);
    let differ = |one: &Time| second.iter().any(|other| is_of_one_kind(one, other)) && !second.contains(one);
    (is_one && first.iter().any(differ)).then_some(Difference::Different)
}

/// When something was, as one word tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Time {
    Year(i32),
    Month(String),
    Weekday(String),
    Season(Season),
}

/// The year that a word is.
pub(super) fn year(word: &str) -> Option<i32> {
    word.parse::<i32>().ok().filter(|year| (1000..2200).contains(year))
}

/// The time that a word in small letters means.
fn time(word: &str) -> Option<Time> {
    let year = year(word).map(Time::Year);
    let of_calendar = || month(word).map(Time::Month).or_else(|| weekday(word).map(Time::Weekday));
    year.or_else(of_calendar).or_else(|| Season::named(word).map(Time::Season))
}

/// The times that a sentence tells: June is one in June and in the last days of June, and may be a woman without.
fn times_told(sentence: &str) -> Vec<Time> {
    const BEFORE: &[&str] = &["in", "of", "on", "the", "last", "that", "since", "until", "by", "early", "late", "was", "this", "one"];
    let words = words_of(sentence);
    let is_told = |place: &usize| {
        *place > 0 && (BEFORE.contains(&words[place - 1].as_str()) || words[place - 1].starts_with(|letter: char| letter.is_ascii_digit()))
    };
    (0..words.len()).filter(is_told).filter_map(|place| time(&words[place])).collect()
}
