//! Reads `calendar:` of `copydesk.yaml`, and refuses what no calendar can be.

use super::own::{Era, Leap, Month, OwnCalendar, Week};
use super::{Calendar, Season, WEEKDAYS, number_of};
use crate::text::words::fold;
use crate::text::yaml::{self, Mapping, Value};
use std::collections::BTreeSet;
use std::fmt;

/// What can be set of a calendar.
pub const KEYS: &[&str] = &["southern_hemisphere", "months", "weekdays", "known_day", "weeks_begin_anew", "leap", "eras"];
const MONTH_KEYS: &[&str] = &["name", "days", "season", "also"];
const ERA_KEYS: &[&str] = &["name", "short", "years", "counts"];
const LEAP_KEYS: &[&str] = &["every", "except", "unless", "month", "days"];
const KNOWN_DAY_KEYS: &[&str] = &["date", "weekday"];

const MAX_MONTHS: usize = 100;
const MAX_DAYS: u64 = 200;
const MAX_WEEKDAYS: usize = 50;
const MAX_YEARS: u64 = 20_000;

/// Something wrong with a calendar's definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The keys it stands under, outermost first, without `calendar` itself.
    pub keys: Vec<&'static str>,
    /// A text that stands on the faulty line, below the keys' own line; `""` when their own line is the faulty one.
    pub near: String,
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A key that does not exist, and those that do.
    Unknown { key: String, known: &'static [&'static str] },
    /// How it must be instead, as a clause that goes on from the keys: `must have 1 to 200 days`.
    Must(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            FaultKind::Unknown { key, .. } => write!(formatter, "there is no setting `{key}`"),
            FaultKind::Must(must) => write!(formatter, "`{}` {must}", self.keys.join(".")),
        }
    }
}

impl Calendar {
    /// Reads a calendar. One of the author's own in which anything is impossible is left out whole, and the usual one is used.
    pub fn parse(value: &Value) -> (Calendar, Vec<Fault>) {
        let mut reader = Reader { faults: Vec::new() };
        let calendar = reader.calendar(value);
        (calendar, reader.faults)
    }
}

struct Reader {
    faults: Vec<Fault>,
}

impl Reader {
    fn must(&mut self, keys: &[&'static str], near: &str, must: impl Into<String>) {
        self.faults.push(Fault { keys: keys.to_vec(), near: near.to_string(), kind: FaultKind::Must(must.into()) });
    }

    /// The pairs of a mapping whose keys are known; a key with nothing behind it is as good as absent.
    fn pairs<'v>(&mut self, keys: &[&'static str], value: &'v Value, known: &'static [&'static str]) -> Vec<(&'static str, &'v Value)> {
        let Value::Mapping(mapping) = value else {
            self.must(keys, "", format!("must hold `key: value` pairs: {}", known.join(", ")));
            return Vec::new();
        };
        self.known_pairs(keys, mapping, known)
    }

    fn known_pairs<'v>(
        &mut self,
        keys: &[&'static str],
        mapping: &'v Mapping,
        known: &'static [&'static str],
    ) -> Vec<(&'static str, &'v Value)> {
        let mut pairs = Vec::new();
        for (key, value) in mapping {
            let key = yaml::scalar_text(key).unwrap_or_default();
            match known.iter().find(|name| **name == key) {
                Some(_) if value.is_null() => {}
                Some(name) => pairs.push((*name, value)),
                None => {
                    let near = key.clone();
                    self.faults.push(Fault { keys: keys.to_vec(), near, kind: FaultKind::Unknown { key, known } });
                }
            }
        }
        pairs
    }

    fn calendar(&mut self, value: &Value) -> Calendar {
        let pairs = self.pairs(&[], value, KEYS);
        let of = |wanted: &str| pairs.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
        let mut calendar = Calendar::default();
        match of("southern_hemisphere").map(Value::as_bool) {
            Some(Some(is_southern)) => calendar.is_southern = is_southern,
            Some(None) => self.must(&["southern_hemisphere"], "", "must be true or false"),
            None => {}
        }
        let before = self.faults.len();
        let Some(months) = of("months") else {
            if let Some((key, _)) = pairs.iter().find(|(key, _)| *key != "southern_hemisphere") {
                self.must(&[key], "", "belongs to a calendar of your own, which needs its `months`");
            }
            return calendar;
        };
        if of("southern_hemisphere").is_some() {
            self.must(&["southern_hemisphere"], "", "is for the usual months; give each of your own months its `season` instead");
        }
        let mut own = OwnCalendar { months: self.months(months), ..OwnCalendar::default() };
        own.weekdays = of("weekdays").map_or_else(|| WEEKDAYS.map(str::to_string).to_vec(), |value| self.weekdays(value));
        own.eras = of("eras").map_or_else(Vec::new, |value| self.eras(value));
        self.names_are_distinct(&own);
        own.leap = of("leap").and_then(|value| self.leap(value, &own));
        if self.faults.len() == before {
            own.week = self.week(of("known_day"), of("weeks_begin_anew"), &own);
        }
        if self.faults.len() > before {
            return calendar;
        }
        Calendar { is_southern: false, own: Some(Box::new(own)) }
    }

    fn months(&mut self, value: &Value) -> Vec<Month> {
        let items = match value {
            Value::Sequence(items) if (1..=MAX_MONTHS).contains(&items.len()) => items,
            _ => {
                self.must(&["months"], "", format!("must be a list of 1 to {MAX_MONTHS} months, each `{{ name: …, days: … }}`"));
                return Vec::new();
            }
        };
        items.iter().filter_map(|item| self.month(item)).collect()
    }

    fn month(&mut self, item: &Value) -> Option<Month> {
        let at = ["months"];
        let pairs = self.pairs(&at, item, MONTH_KEYS);
        let of = |wanted: &str| pairs.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
        let name = of("name").and_then(name_text);
        let shown = name.clone().unwrap_or_default();
        let days = of("days").and_then(Value::as_u64).filter(|days| (1..=MAX_DAYS).contains(days));
        let season = match of("season").map(|value| (value, yaml::scalar_text(value).as_deref().and_then(Season::named))) {
            Some((_, Some(season))) => Some(season),
            Some((value, None)) => {
                let near = yaml::scalar_text(value).unwrap_or_else(|| shown.clone());
                self.must(&at, &near, "must have one of spring, summer, autumn and winter as a `season`");
                None
            }
            None => None,
        };
        match (name, days.and_then(|days| u8::try_from(days).ok())) {
            (Some(name), Some(days)) => Some(Month { name, also: of("also").map(yaml::text_list).unwrap_or_default(), days, season }),
            (None, _) => {
                self.must(&at, "", "must say the `name` of each month, with a letter in it");
                None
            }
            (_, None) => {
                self.must(&at, &shown, format!("must say how many `days` each month has, 1 to {MAX_DAYS}"));
                None
            }
        }
    }

    fn weekdays(&mut self, value: &Value) -> Vec<String> {
        let names = match value {
            Value::Sequence(items) => items.iter().map(name_text).collect::<Option<Vec<String>>>().unwrap_or_default(),
            _ => Vec::new(),
        };
        if !(2..=MAX_WEEKDAYS).contains(&names.len()) {
            self.must(&["weekdays"], "", format!("must be a list of the names of 2 to {MAX_WEEKDAYS} days"));
        }
        names
    }

    fn eras(&mut self, value: &Value) -> Vec<Era> {
        let Value::Sequence(items) = value else {
            self.must(&["eras"], "", "must be a list in the order of time, each `{ name: …, years: … }`");
            return Vec::new();
        };
        let mut eras: Vec<Era> = Vec::new();
        let mut first_year = Some(1);
        for (index, item) in items.iter().enumerate() {
            let pairs = self.pairs(&["eras"], item, ERA_KEYS);
            let of = |wanted: &str| pairs.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
            let Some(name) = of("name").and_then(name_text) else {
                self.must(&["eras"], "", "must say the `name` of each era");
                continue;
            };
            let also = of("short").map(yaml::text_list).unwrap_or_default();
            let counts_down = match of("counts").and_then(yaml::scalar_text).as_deref() {
                None | Some("up") => false,
                Some("down") if index == 0 => true,
                Some("down") => {
                    self.must(&["eras"], &name, "can count `down` in the first era only");
                    continue;
                }
                Some(_) => {
                    self.must(&["eras"], &name, "must have `up` or `down` as what it `counts`");
                    continue;
                }
            };
            let Some(starts) = first_year else {
                self.must(&["eras"], &name, "must say how many `years` the era before this one lasted");
                continue;
            };
            let years = of("years").map(|value| value.as_u64().filter(|years| (1..=MAX_YEARS).contains(years)));
            if years == Some(None) {
                self.must(&["eras"], &name, format!("must have 1 to {MAX_YEARS} as its `years`"));
                continue;
            }
            if counts_down {
                eras.push(Era { name, also, first_year: 0, counts_down });
                continue;
            }
            first_year = years.flatten().and_then(|years| i32::try_from(years).ok()).map(|years| starts + years);
            eras.push(Era { name, also, first_year: starts, counts_down });
        }
        if eras.last().is_some_and(|era| era.counts_down) {
            self.must(&["eras"], "", "must have an era after the one that counts `down`");
        }
        eras
    }

    /// One word must not mean two things.
    fn names_are_distinct(&mut self, own: &OwnCalendar) {
        let mut seen = BTreeSet::new();
        for (key, words) in [("months", own.month_words()), ("weekdays", own.weekday_words()), ("eras", own.era_words())] {
            for word in words {
                if !seen.insert(fold(&word)) {
                    self.must(&[key], &word, format!("must not use the name “{word}” twice"));
                }
            }
        }
    }

    fn leap(&mut self, value: &Value, own: &OwnCalendar) -> Option<Leap> {
        let at = ["leap"];
        let pairs = self.pairs(&at, value, LEAP_KEYS);
        let of = |wanted: &str| pairs.iter().find(|(key, _)| *key == wanted).map(|(_, value)| *value);
        let mut number = |key: &'static str, most: u64| -> Option<Option<i32>> {
            let Some(value) = of(key) else { return Some(None) };
            let number = value.as_u64().filter(|number| (1..=most).contains(number)).and_then(|number| i32::try_from(number).ok());
            if number.is_none() {
                self.must(&["leap", key], "", format!("must be a number from 1 to {most}"));
            }
            number.map(Some)
        };
        let (every, except, unless) = (number("every", MAX_YEARS)?, number("except", MAX_YEARS)?, number("unless", MAX_YEARS)?);
        let days = number("days", 50)?.and_then(|days| u8::try_from(days).ok()).unwrap_or(1);
        let Some(every) = every else {
            self.must(&at, "", "must say in `every` how many years there are more days");
            return None;
        };
        let is_multiple = |one: Option<i32>, of: Option<i32>| one.is_none_or(|one| of.is_some_and(|of| one % of == 0));
        if !is_multiple(except, Some(every)) || !is_multiple(unless, except) {
            self.must(&at, "", "must have an `except` that is a multiple of `every`, and an `unless` that is a multiple of `except`");
            return None;
        }
        let month = match of("month").map(|value| yaml::scalar_text(value).unwrap_or_default()) {
            None => number_of(own.months.len().checked_sub(1)),
            Some(name) => own.month_named(&name),
        };
        if month.is_none() {
            self.must(&["leap", "month"], "", "must be the name of a month");
        }
        Some(Leap { every, except, unless, month: month?, days })
    }

    fn week(&mut self, known_day: Option<&Value>, anew: Option<&Value>, own: &OwnCalendar) -> Week {
        match (known_day, anew.map(|value| yaml::scalar_text(value).unwrap_or_default())) {
            (None, None) => Week::Unknown,
            (Some(known_day), None) => self.known_day(known_day, own).unwrap_or_default(),
            (None, Some(word)) if word == "month" => Week::AnewEachMonth,
            (None, Some(word)) if word == "year" => Week::AnewEachYear,
            (None, Some(_)) => {
                self.must(&["weeks_begin_anew"], "", "must be `month` or `year`");
                Week::Unknown
            }
            (Some(_), Some(_)) => {
                self.must(&["known_day"], "", "is not needed where `weeks_begin_anew`; keep one of them");
                Week::Unknown
            }
        }
    }

    fn known_day(&mut self, value: &Value, own: &OwnCalendar) -> Option<Week> {
        let pairs = self.pairs(&["known_day"], value, KNOWN_DAY_KEYS);
        let of = |wanted: &str| pairs.iter().find(|(key, _)| *key == wanted).and_then(|(_, value)| yaml::scalar_text(value));
        let calendar = Calendar { is_southern: false, own: Some(Box::new(own.clone())) };
        let date = of("date").and_then(|text| calendar.parse_date(&text)).and_then(super::PartialDate::full);
        let weekday = of("weekday").and_then(|name| own.weekday_named(&name));
        if date.is_none() {
            self.must(&["known_day", "date"], "", "must be a day of this calendar with its month and year");
        }
        if weekday.is_none() {
            self.must(&["known_day", "weekday"], "", "must be one of the `weekdays`");
        }
        let length = i64::try_from(own.weekdays.len()).ok()?;
        let first = (i64::from(weekday?) - 1 - own.day_number(date?)).rem_euclid(length);
        Some(Week::RunsOn(u8::try_from(first).ok()?))
    }
}

/// A name: one line with a letter in it.
fn name_text(value: &Value) -> Option<String> {
    let text = yaml::scalar_text(value)?.trim().to_string();
    (text.chars().any(char::is_alphabetic) && !text.contains(['\n', '|'])).then_some(text)
}
