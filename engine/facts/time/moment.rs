//! A named day in a sentence, with its hour or part of the day when it has one: "on Tuesday at noon", "all Monday", "on the night of the
//! 9th of December, 1904".

use super::super::calendar::{Calendar, PartialDate};
use super::names::{Names, Pattern, pattern};
use super::scene::SentenceRange;
use super::span;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// When something is said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The words, as a byte range of the sentence.
    pub words: SentenceRange,
    /// `Tuesday at noon`, `9 December 1904`: the same for every way to say it.
    pub name: String,
    /// The day is told by its whole date, so that it is the same day wherever it is named.
    pub is_dated: bool,
}

/// The ways to name a day, with the names of a calendar.
pub(super) struct Patterns {
    weekday: Pattern,
    day_month: Pattern,
    month_day: Pattern,
}

const PART_BEFORE: &str = "(?:[Oo]n|[Ii]n|[Dd]uring) the (?P<before>morning|forenoon|afternoon|evening|night) of (?:the )?";
const PART_AFTER: &str = "(?: (?P<after>morning|forenoon|afternoon|evening|night)\\b)?";

impl Patterns {
    pub(super) fn new(names: &Names) -> Patterns {
        let (months, weekdays) = (&names.months, &names.weekdays);
        let lead = format!("(?:{PART_BEFORE}|(?:[Oo]n|[Tt]hat|[Tt]his|[Aa]ll|[Tt]hroughout|[Tt]hrough)(?: of)?(?: the)? )");
        let day = r"(?P<day>\d{1,3})(?:st|nd|rd|th)?";
        let year = names.year();
        Patterns {
            weekday: Pattern::new(format!(r"\b{lead}(?P<weekday>{weekdays})\b{PART_AFTER}(?P<rest>.{{0,24}})")),
            day_month: Pattern::new(format!(
                r"\b{lead}(?:(?:{weekdays}),? (?:the )?)?{day}(?: day)?(?: of)? (?P<month>{months})\b(?:,? (?:in the year )?{year})?"
            )),
            month_day: Pattern::new(format!(r"\b{lead}(?:(?:{weekdays}),? )?(?P<month>{months}) {day}\b(?:,? {year})?")),
        }
    }
}

const CLOCK: &str = r"(?P<clock>noon|midday|midnight|dawn|daybreak|sunrise|sunset|dusk|nightfall|(?:half[- ]past |(?:a )?quarter (?:past|to) )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|[1-9])(?: o[’']clock)?)";
static CLOCK_BEFORE: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\b[Aa]t {CLOCK},? $")));
static CLOCK_AFTER: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"^,? at {CLOCK}\b")));
/// "On Tuesday week", "on Tuesday the 9th", "on Tuesday or Wednesday", "on Tuesdays" name no one day of this story's present.
static IS_OTHER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:s\b|[’']s\b| (?:week|fortnight|last|next|before|after|or|and|to|until|till|the)\b|, the )"));

/// The days that a sentence names, each once.
pub(super) fn moments(sentence: &str, patterns: &Patterns, calendar: &Calendar) -> Vec<Moment> {
    let mut found: Vec<Moment> = Vec::new();
    for search in [&patterns.day_month, &patterns.month_day, &patterns.weekday] {
        for captures in search.captures_iter(sentence) {
            let Some(moment) = moment(sentence, calendar, &captures) else { continue };
            let is_free = !found.iter().any(|known| moment.words.meets(known.words));
            if is_free {
                found.push(moment);
            }
        }
    }
    found
}

fn moment(sentence: &str, calendar: &Calendar, found: &Captures<'_>) -> Option<Moment> {
    let all = found.get(0)?;
    let end = found.name("rest").map_or(all.end(), |rest| rest.start());
    let (day, is_dated) = match found.name("weekday") {
        Some(_) if IS_OTHER.is_match(&sentence[end..]) => return None,
        Some(weekday) => (calendar.weekday_name(calendar.weekday_named(weekday.as_str())?).to_string(), false),
        None => {
            let year = found.name("year").or_else(|| found.name("era_year")).map(|year| year.as_str());
            let year = year.and_then(|digits| calendar.year(digits, found.name("era").map(|era| era.as_str())));
            let month = calendar.month_named(&found["month"])?;
            let date = calendar.checked(PartialDate { year, month: Some(month), day: found["day"].parse().ok() })?;
            let shown = super::super::Value::Date { year: date.year, month: date.month, day: date.day };
            (shown.shown(calendar), year.is_some())
        }
    };
    let before = CLOCK_BEFORE.captures(&sentence[..all.start()]);
    let after = CLOCK_AFTER.captures(&sentence[end..]);
    let start = before.as_ref().and_then(|found| found.get(0)).map_or(all.start(), |found| found.start());
    let end = after.as_ref().and_then(|found| found.get(0)).map_or(end, |found| end + found.end());
    let clock = before.or(after).map(|found| clock_name(&found["clock"]));
    let part = found.name("before").or_else(|| found.name("after")).map(|part| part.as_str());
    let name = match (clock, part) {
        (Some(clock), Some(part)) => format!("{day} {part} at {clock}"),
        (Some(clock), None) => format!("{day} at {clock}"),
        (None, Some(part)) => format!("{day} {part}"),
        (None, None) => day,
    };
    Some(Moment { words: SentenceRange::new(start..end), name, is_dated })
}

/// One way to write an hour: `four`, `half past four`, `noon`.
fn clock_name(clock: &str) -> String {
    let plain = clock.to_lowercase().replace('’', "'").replace(" o'clock", "").replace("half-past", "half past");
    let plain = plain.strip_prefix("a ").unwrap_or(&plain).replace("midday", "noon");
    let (lead, hour) = plain.rsplit_once(' ').map_or(("", plain.as_str()), |(lead, hour)| (lead, hour));
    let hour = hour.parse::<usize>().ok().and_then(|number| span::small(number)).unwrap_or(hour);
    if lead.is_empty() { hour.to_string() } else { format!("{lead} {hour}") }
}
