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
    let (first, second) = (words_of(&one.text), words_of(&other.text));
    let is_time = |word: &str| month(word).is_some() || Season::named(word).is_some();
    let deed = |fact: &Fact| {
        let value: Vec<String> = words_of(&fact.value).into_iter().filter(|word| !is_time(word)).collect();
        stems(&value.join(" "))
    };
    let (deed, also) = (deed(one), deed(other));
    let is_one = !deed.is_empty() && (deed.iter().all(|stem| also.contains(stem)) || also.iter().all(|stem| deed.contains(stem)));
    let year = |words: &[String]| {
        let mut years = words.iter().filter(|word| word.len() == 4 && word.starts_with(['1', '2']) && word.parse::<u16>().is_ok());
        years.next().filter(|_| years.next().is_none()).cloned()
    };
    let is_other_year = matches!((year(&first), year(&second)), (Some(one), Some(two)) if one != two);
    let is_other_time = || {
        one_of(&month, &first, &second) == Some(Difference::Different)
            || one_of(&weekday, &first, &second) == Some(Difference::Different)
            || one_of(&|word| Season::named(word).map(|season| format!("{season:?}")), &first, &second) == Some(Difference::Different)
    };
    (is_one && (is_other_year || is_other_time())).then_some(Difference::Different)
}
