//! Lengths of time in words: "two days", "an hour and a half", "a fortnight", with the shortest and the longest that is meant.

use super::super::value::Value;
use crate::text::number::{SMALL, TENS};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// The pattern of a length of time. Its groups are named, so that it stands only once in a larger pattern.
pub(super) const DURATION: &str = concat!(
    r"(?:(?P<half>half an?|half the|half a)|(?P<number>\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|",
    r"fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|",
    r"five|six|seven|eight|nine))?|an? hundred|an? thousand|an? dozen|an? couple of|two or three|three or four|four or five|five or six|an? few|",
    r"some|several|many)(?P<half_before> and a half)?)[- ](?:(?:whole|full|long|short|good|bare|clear|solid|weary|odd|more|full-length|working)[- ])*",
    r"(?P<unit>minute|hour|day|night|week|fortnight|month|year|century|centurie|decade|morning|forenoon|afternoon|evening)s?(?:[’']s?)?(?P<half_after> and a half)?\b",
);

static ANYWHERE: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!(r"(?i)\b{DURATION}")).expect("the pattern is fixed and tested"));

/// A number from 0 to 19 in words.
pub(super) fn small(number: usize) -> Option<&'static str> {
    SMALL.get(number).copied()
}

/// Shortest and longest count that a number word means: `a few` is three to eight.
pub(super) fn count(words: &str) -> Option<(f64, f64)> {
    let words = words.to_lowercase();
    let exactly = |number: f64| Some((number, number));
    if let Ok(number) = words.parse::<f64>() {
        return exactly(number);
    }
    if let Some(index) = SMALL.iter().position(|word| *word == words) {
        return exactly(index as f64);
    }
    match words.as_str() {
        "a" | "an" => return exactly(1.0),
        "a hundred" => return Some((90.0, 115.0)),
        "a thousand" => return Some((800.0, 1500.0)),
        "a dozen" => return Some((10.0, 14.0)),
        "a couple of" => return Some((2.0, 3.0)),
        "a few" | "some" | "several" => return Some((2.0, 10.0)),
        "many" => return Some((4.0, 1000.0)),
        _ => {}
    }
    if let Some((from, to)) = words.split_once(" or ") {
        return Some((count(from)?.0, count(to)?.1));
    }
    let (tens, ones) = words.split_once(['-', ' ']).unwrap_or((&words, "zero"));
    let tens = TENS.iter().position(|word| *word == tens).filter(|index| *index > 1)?;
    let ones = SMALL.iter().position(|word| *word == ones).filter(|index| *index < 10)?;
    exactly((tens * 10 + ones) as f64)
}

/// The length of time a match of [`DURATION`] means: as people count, so that "two days" may be a day and a bit or two and a half.
pub(super) fn duration(found: &Captures<'_>) -> Option<Value> {
    let unit = found.name("unit")?.as_str().to_lowercase();
    let (mut fewest, mut most) = match found.name("number") {
        Some(number) => count(number.as_str())?,
        None => (0.5, 0.5),
    };
    if found.name("half_before").is_some() || found.name("half_after").is_some() {
        (fewest, most) = (fewest + 0.5, most + 0.5);
    }
    let hours = |shortest: f64, longest: f64| Some(Value::Duration { shortest_hours: shortest, longest_hours: longest });
    match unit.as_str() {
        "minute" => hours(fewest * 0.75 / 60.0, most * 1.5 / 60.0),
        "hour" => hours(fewest * 0.75, most * 1.25),
        "morning" | "forenoon" => hours(fewest * 2.0, most * 6.0),
        "afternoon" | "evening" => hours(fewest * 2.0, most * 7.0),
        "night" => hours(fewest * 6.0, (most - 1.0).max(0.0) * 24.0 + 14.0),
        "day" if most < 1.0 => hours(3.0, 8.0),
        "day" if most < 2.0 => hours(fewest * 8.0, most * 24.0),
        "day" => hours((fewest - 1.0) * 24.0, (most + 0.5) * 24.0),
        "week" => hours(fewest * 6.0 * 24.0, most * 8.0 * 24.0),
        "fortnight" => hours(fewest * 12.0 * 24.0, most * 16.0 * 24.0),
        "month" => hours((fewest - 0.25) * 730.0, (most + 0.25) * 730.0),
        "year" => hours((fewest - 0.5).max(0.25) * 8766.0, (most + 0.75) * 8766.0),
        "decade" => hours(fewest * 8.0 * 8766.0, most * 12.0 * 8766.0),
        _ => hours(fewest * 80.0 * 8766.0, most * 120.0 * 8766.0),
    }
}

/// The shortest and the longest length of time that a text names, as `two days by mail coach`; nothing when it names none.
pub fn parse_duration(text: &str) -> Option<Value> {
    let mut range: Option<(f64, f64)> = None;
    for found in ANYWHERE.captures_iter(text) {
        if let Some(Value::Duration { shortest_hours, longest_hours }) = duration(&found) {
            let (shortest, longest) = range.unwrap_or((shortest_hours, longest_hours));
            range = Some((shortest.min(shortest_hours), longest.max(longest_hours)));
        }
    }
    range.map(|(shortest_hours, longest_hours)| Value::Duration { shortest_hours, longest_hours })
}
