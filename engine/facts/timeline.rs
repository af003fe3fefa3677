//! When each scene happens, as far as it is certain, and whether what the prose says of time agrees with it.

use super::calendar::Season;
use super::calendar::{Calendar, PartialDate};
use super::time::{self, Step, Words, attribute};
use super::value::Value;
use super::{Assertion, Subject};
use crate::manuscript::{Mode, Series, StoryPoint};

/// How a scene's date is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// The chapter's front matter says it, and this is the chapter's first scene.
    Stated,
    /// The chapter's front matter says it and no later scene's first sentence moves on from it.
    SameChapter,
    /// Counted from the scene before: "the next morning", "three days later".
    Counted,
    #[default]
    Unknown,
}

/// When a scene happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoryTime {
    pub date: Option<PartialDate>,
    /// The front matter's own words, as `before dawn`.
    pub time: Option<String>,
    pub ground: Ground,
}

/// The story time of every scene, in reading order. A dream, letter or memory has its own date and moves nobody else's.
pub fn place(series: &Series, calendar: &Calendar) -> Vec<(StoryPoint, StoryTime)> {
    let words = Words::of(calendar);
    let mut placed = Vec::new();
    for book in &series.books {
        let mut last: Option<PartialDate> = None;
        for chapter in &book.chapters {
            let is_exempt = chapter.front_matter.mode == Mode::Exempt;
            let stated = chapter.front_matter.date.as_deref().and_then(|text| calendar.parse_date(text));
            // A date that cannot be read ("Day 10") is a step that cannot be counted.
            let is_unreadable = stated.is_none() && chapter.front_matter.date.is_some();
            let mut current = if is_exempt || is_unreadable { None } else { last };
            for (index, scene) in chapter.scenes.iter().enumerate() {
                let step = scene.sentences.first().and_then(|sentence| words.step_of(scene.sentence_text(sentence)));
                let is_first = index == 0;
                let (date, ground) = match (stated, is_first, step) {
                    (Some(stated), true, _) => (Some(stated), Ground::Stated),
                    (_, _, Some(Step::Unknown)) => (None, Ground::Unknown),
                    (_, _, Some(Step::Days(0))) if stated.is_some() => (current, Ground::SameChapter),
                    (_, _, Some(Step::Days(days))) => (current.and_then(|date| calendar.days_after(date, days)), Ground::Counted),
                    (Some(_), false, None) => (current, Ground::SameChapter),
                    (None, _, None) => (None, Ground::Unknown),
                };
                current = date;
                let ground = if date.is_some() { ground } else { Ground::Unknown };
                let time = if is_first { chapter.front_matter.time.clone() } else { None };
                placed.push((scene.point, StoryTime { date, time, ground }));
            }
            if !is_exempt {
                last = current;
            }
        }
    }
    placed
}

/// Whether a weekday that the prose names is that of its date: the whole date it stands with, else the given one. Nothing when the
/// assertion is no weekday or the date is not whole. Whether the assertion is hedged is the caller's to ask.
pub fn weekday_agrees(assertion: &Assertion, date: PartialDate, calendar: &Calendar) -> Option<bool> {
    let Value::Weekday(said) = assertion.value else { return None };
    let date = match &assertion.subject {
        Subject::Known(subject) if subject.starts_with(attribute::OF_DATE) => calendar.parse_date(&subject[attribute::OF_DATE.len()..])?,
        _ => date,
    };
    Some(calendar.weekday_of(date)? == said)
}

/// Whether season or month as the prose says or shows it fits a date. A month must be the date's own; a season may be off by a month
/// (snow in March), is left undecided up to three, and clashes only with the other half of the year. An author's own calendar of more or
/// fewer months is measured in twelfths of the year.
pub fn season_agrees(assertion: &Assertion, date: PartialDate, calendar: &Calendar) -> Option<bool> {
    season_values_agree(&assertion.value, &Value::Date { year: None, month: date.month, day: date.day }, calendar)
}

/// Whether two seasons, months or dates of one time fit each other, by the rules of [`season_agrees`].
pub fn season_values_agree(left: &Value, right: &Value, calendar: &Calendar) -> Option<bool> {
    let distance = match (left, right) {
        (Value::Season(left), Value::Season(right)) => {
            return (*left == *right).then_some(true).or((opposite(*left) == *right).then_some(false));
        }
        (Value::Season(season), Value::Date { month: Some(month), .. })
        | (Value::Date { month: Some(month), .. }, Value::Season(season)) => months_from_season(*month, *season, calendar)?,
        (Value::Date { month: Some(left), .. }, Value::Date { month: Some(right), .. }) => {
            return months_agree(*left, *right, calendar);
        }
        _ => return None,
    };
    match distance {
        0 | 1 => Some(true),
        2 | 3 => None,
        _ => Some(false),
    }
}

/// Months that follow each other are left undecided: a night's scene may cross from one to the next.
fn months_agree(left: u8, right: u8, calendar: &Calendar) -> Option<bool> {
    match apart(left, right, calendar.months()) {
        0 => Some(true),
        1 => None,
        _ => Some(false),
    }
}

fn opposite(season: Season) -> Season {
    match season {
        Season::Spring => Season::Autumn,
        Season::Summer => Season::Winter,
        Season::Autumn => Season::Spring,
        Season::Winter => Season::Summer,
    }
}

/// How many twelfths of a year a month lies outside a season, rounded down; 0 within it. Nothing when no month is said to be of it.
fn months_from_season(month: u8, season: Season, calendar: &Calendar) -> Option<u32> {
    let months = calendar.months();
    let distances = (1..=months).filter(|other| calendar.season_of(*other) == Some(season)).map(|other| apart(month, other, months));
    Some(u32::from(distances.min()?) * 12 / u32::from(months))
}

/// Months between two months, the shorter way round the year.
fn apart(left: u8, right: u8, months: u8) -> u8 {
    let forward = (u16::from(left) + u16::from(months) - u16::from(right)) % u16::from(months);
    u8::try_from(forward.min(u16::from(months) - forward)).unwrap_or(u8::MAX)
}

/// The fewest and the most hours from one date and time of day to another, negative when the second comes first. A day without a time of
/// day is the whole day. Nothing unless both dates are whole; a time of day that cannot be read is as good as none.
pub fn hours_between(from: (PartialDate, &str), to: (PartialDate, &str), calendar: &Calendar) -> Option<time::Hours> {
    let days = f64::from(calendar.days_between(from.0, to.0)?) * 24.0;
    let [from, to] = [from.1, to.1].map(|text| time::parse_hours(text).unwrap_or(time::Hours { from: 0.0, to: 24.0 }));
    Some(time::Hours { from: days + to.from - from.to, to: days + to.to - from.from })
}

/// Whether a journey's length fits the bible's words for it (`two days by mail coach`), with a tolerance of twice and half. Nothing
/// when the bible names no length of time (`40 miles`). Several lengths in the bible's words count as a range.
pub fn travel_agrees(said: &Value, bible_text: &str) -> Option<bool> {
    let (Value::Duration { shortest_hours: said_shortest, longest_hours: said_longest }, Value::Duration { shortest_hours, longest_hours }) =
        (said, time::parse_duration(bible_text)?)
    else {
        return None;
    };
    Some(said_longest * 2.0 >= shortest_hours && *said_shortest <= longest_hours * 2.0)
}

#[cfg(test)]
mod tests;
