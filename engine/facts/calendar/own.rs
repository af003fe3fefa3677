//! An author's own calendar: months with names and lengths, a week of its own, eras, leap years.

use super::{PartialDate, Season, WholeDate, is_day_suffix, number_of};
use crate::text::words::fold;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Month {
    pub name: String,
    /// Other names and abbreviations.
    pub also: Vec<String>,
    /// Days of a usual year.
    pub days: u8,
    pub season: Option<Season>,
}

/// An age whose years are counted anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Era {
    pub name: String,
    pub also: Vec<String>,
    /// The era's year 1, counted through all eras. The first era that counts upwards begins with year 1.
    pub first_year: i32,
    /// Its years are counted back from the era after it; only the first one's can be.
    pub counts_down: bool,
}

/// When a year has more days than usual.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Leap {
    /// In every so many years, but not in every `except` years, yet in every `unless` years; each a multiple of the one before.
    pub every: i32,
    pub except: Option<i32>,
    pub unless: Option<i32>,
    /// The month, from 1, that is longer then, and by how many days.
    pub month: u8,
    pub days: u8,
}

/// How the days of the week follow the days of the year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Week {
    /// The author does not say which date is which weekday.
    #[default]
    Unknown,
    /// Weeks run on without a break. The weekday, from 0, of day 0.
    RunsOn(u8),
    /// The first day of each month is the first of the week.
    AnewEachMonth,
    /// The first day of each year is the first of the week.
    AnewEachYear,
}

/// A calendar as an author defined it. Made by `definition` only, which sees to it that months, days and numbers are possible.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct OwnCalendar {
    pub months: Vec<Month>,
    pub weekdays: Vec<String>,
    /// In the order of time; none when the years are counted without.
    pub eras: Vec<Era>,
    pub leap: Option<Leap>,
    pub week: Week,
}

/// `402-03-07`, `402-03`: year, month and day by their numbers, also with a time of day behind it; a year alone has at least three digits.
static IN_NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(-?\d{1,5})[-/](\d{1,3})(?:[-/](\d{1,3})(?:[T ]\d\d?:.*)?)?|(\d{3,5}))$").expect("the pattern is fixed and tested")
});

impl OwnCalendar {
    pub fn months(&self) -> u8 {
        u8::try_from(self.months.len()).unwrap_or(u8::MAX)
    }

    fn month(&self, month: u8) -> Option<&Month> {
        usize::from(month).checked_sub(1).and_then(|index| self.months.get(index))
    }

    pub fn month_named(&self, name: &str) -> Option<u8> {
        let name = fold(name);
        number_of(self.months.iter().position(|month| names(&month.name, &month.also).any(|known| fold(known) == name)))
    }

    pub fn weekday_named(&self, name: &str) -> Option<u8> {
        let name = fold(name);
        number_of(self.weekdays.iter().position(|weekday| fold(weekday) == name))
    }

    pub fn month_name(&self, month: u8) -> &str {
        self.month(month).map_or("", |month| &month.name)
    }

    pub fn weekday_name(&self, weekday: u8) -> &str {
        usize::from(weekday).checked_sub(1).and_then(|index| self.weekdays.get(index)).map_or("", String::as_str)
    }

    pub fn month_words(&self) -> Vec<String> {
        self.months.iter().flat_map(|month| names(&month.name, &month.also)).map(str::to_string).collect()
    }

    pub fn weekday_words(&self) -> Vec<String> {
        self.weekdays.clone()
    }

    pub fn era_words(&self) -> Vec<String> {
        self.eras.iter().flat_map(|era| names(&era.name, &era.also)).map(str::to_string).collect()
    }

    /// Whether a name, or the last word of one that has more, is one of a month, weekday or era.
    pub fn has_name(&self, name: &str) -> bool {
        let name = fold(name);
        let all = self.month_words().into_iter().chain(self.weekday_words()).chain(self.era_words());
        all.map(|known| fold(&known)).any(|known| known == name || known.split(' ').any(|word| word == name && word.len() > 3))
    }

    pub fn season_of(&self, month: u8) -> Option<Season> {
        self.month(month)?.season
    }

    pub fn year(&self, year: i32, era: Option<&str>) -> Option<i32> {
        let era = match era.map(fold) {
            Some(name) => Some(self.eras.iter().find(|era| names(&era.name, &era.also).any(|known| fold(known) == name))?),
            None => self.eras.last(),
        };
        Some(match era {
            Some(era) if era.counts_down => 1 - year,
            Some(era) => era.first_year + year - 1,
            None => year,
        })
    }

    /// The year as its era counts it, and the era.
    fn year_in_era(&self, year: i32) -> (i32, Option<&Era>) {
        let upwards = self.eras.iter().rev().find(|era| !era.counts_down && era.first_year <= year);
        match upwards.or_else(|| self.eras.first()) {
            Some(era) if era.counts_down => (1 - year, Some(era)),
            Some(era) => (year - era.first_year + 1, Some(era)),
            None => (year, None),
        }
    }

    fn is_leap(&self, year: i32) -> bool {
        let divides = |number: Option<i32>| number.is_some_and(|number| year.rem_euclid(number) == 0);
        self.leap.is_some_and(|leap| divides(Some(leap.every)) && (!divides(leap.except) || divides(leap.unless)))
    }

    pub fn days_in_month(&self, year: Option<i32>, month: u8) -> u8 {
        let longer = self.leap.filter(|leap| leap.month == month && year.is_none_or(|year| self.is_leap(year))).map_or(0, |leap| leap.days);
        self.month(month).map_or(0, |month| month.days.saturating_add(longer))
    }

    pub fn days_in_year(&self) -> u32 {
        self.months.iter().map(|month| u32::from(month.days)).sum()
    }

    /// Days from the first day of year 1 to the first day of a year.
    fn days_before_year(&self, year: i32) -> i64 {
        let years = i64::from(year) - 1;
        let leap_years = self.leap.map_or(0, |leap| {
            let counted = |number: Option<i32>| number.map_or(0, |number| years.div_euclid(i64::from(number)));
            (counted(Some(leap.every)) - counted(leap.except) + counted(leap.unless)) * i64::from(leap.days)
        });
        years * i64::from(self.days_in_year()) + leap_years
    }

    /// Days from the first day of year 1 to a date.
    pub fn day_number(&self, (year, month, day): WholeDate) -> i64 {
        self.days_before_year(year) + i64::from(self.day_of_year(year, month, day))
    }

    /// From 0.
    fn day_of_year(&self, year: i32, month: u8, day: u8) -> u32 {
        (1..month).map(|month| u32::from(self.days_in_month(Some(year), month))).sum::<u32>() + u32::from(day) - 1
    }

    /// The date of a day's number.
    pub fn date_of(&self, number: i64) -> WholeDate {
        let mut year = i32::try_from(number.div_euclid(i64::from(self.days_in_year()))).unwrap_or(0) + 1;
        // Leap days make the guess too late by some years, never too early.
        while self.days_before_year(year) > number {
            year -= 1;
        }
        while self.days_before_year(year + 1) <= number {
            year += 1;
        }
        let mut left = number - self.days_before_year(year);
        let mut month = 1;
        while month < self.months() && left >= i64::from(self.days_in_month(Some(year), month)) {
            left -= i64::from(self.days_in_month(Some(year), month));
            month += 1;
        }
        (year, month, u8::try_from(left + 1).unwrap_or(u8::MAX))
    }

    pub fn weekday_of(&self, date: WholeDate) -> Option<u8> {
        let length = i64::try_from(self.weekdays.len()).ok().filter(|length| *length > 0)?;
        let days = match self.week {
            Week::Unknown => return None,
            Week::RunsOn(first) => self.day_number(date) + i64::from(first),
            Week::AnewEachMonth => i64::from(date.2) - 1,
            Week::AnewEachYear => i64::from(self.day_of_year(date.0, date.1, date.2)),
        };
        u8::try_from(days.rem_euclid(length) + 1).ok()
    }

    pub fn parse_date(&self, text: &str) -> Option<PartialDate> {
        let text = text.trim();
        if let Some(found) = IN_NUMBERS.captures(text) {
            let part = |index: usize| found.get(index).map(|part| part.as_str().parse());
            let year = self.year(part(1).or(part(4))?.ok()?, None);
            let small = |index: usize| found.get(index).map_or(Some(None), |part| part.as_str().parse().ok().map(Some));
            return Some(PartialDate { year, month: small(2)?, day: small(3)? });
        }
        let mut rest = format!(" {} ", fold(&text.replace(',', " ")));
        let month = take_name(&mut rest, &self.month_words(), " | ").and_then(|name| self.month_named(&name));
        take_name(&mut rest, &self.weekday_words(), " ");
        let era = take_name(&mut rest, &self.era_words(), " ");
        let (before, after) = rest.split_once('|').unwrap_or(("", &rest));
        let (mut day, mut year) = (None, None);
        for (words, is_before) in [(before, true), (after, false)] {
            for word in words.split_whitespace() {
                let (digits, suffix) = word.split_at(word.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
                if matches!(word, "the" | "of" | "in" | "day" | "year") {
                    continue;
                }
                let number: i32 = digits.parse().ok().filter(|_| is_day_suffix(suffix))?;
                // "3 Thaw 402", "Thaw 3, 402", "402 Thaw 3"; "Thaw 402" and "the year 7 of the Age of Ash" have no day.
                let is_year = suffix.is_empty()
                    && (digits.len() > 2 || month.is_none() || !is_before && (day.is_some() || era.is_some() && !after_has_two(after)));
                match (is_year, day, year) {
                    (true, _, None) => year = Some(number),
                    (false, None, _) => day = Some(u8::try_from(number).ok()?),
                    _ => return None,
                }
            }
        }
        // A bare small number is no year: "Day 10".
        if year.is_none() && month.is_none() || era.is_some() && year.is_none() || month.is_none() && era.is_none() && year < Some(100) {
            return None;
        }
        let year = match year {
            Some(year) => Some(self.year(year, era.as_deref())?),
            None => None,
        };
        Some(PartialDate { year, month, day })
    }

    /// In words that [`OwnCalendar::parse_date`] reads back.
    pub fn written(&self, year: Option<i32>, month: Option<u8>, day: Option<u8>) -> String {
        let year = year.map(|year| match self.year_in_era(year) {
            (year, Some(era)) => format!("{year} {}", era.also.first().unwrap_or(&era.name)),
            // Three digits cannot be a day.
            (year, None) => format!("{year:03}"),
        });
        let month = month.map(|month| self.month_name(month).to_string());
        [day.map(|day| day.to_string()), month, year].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Whether two numbers stand among the words.
fn after_has_two(words: &str) -> bool {
    words.split_whitespace().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).count() > 1
}

fn names<'n>(name: &'n str, also: &'n [String]) -> impl Iterator<Item = &'n str> {
    std::iter::once(name).chain(also.iter().map(String::as_str))
}

/// Takes the longest of the names that stands in a folded text as whole words, and puts something else there.
fn take_name(text: &mut String, names: &[String], instead: &str) -> Option<String> {
    let mut found: Vec<String> = names.iter().map(|name| fold(name)).filter(|name| text.contains(&format!(" {name} "))).collect();
    found.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let name = found.into_iter().next()?;
    *text = text.replacen(&format!(" {name} "), instead, 1);
    Some(name)
}
