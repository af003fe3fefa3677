//! The calendar of a story: civil dates as an author writes them, and what follows from them: weekdays, ages, seasons, the days between.
//!
//! The usual calendar is Gregorian, also before the reform. An author's own ([`own`]) takes its place whole: months, weekdays, eras, leap
//! years. Either is read from `copydesk.yaml` ([`definition`]); everything that names a month or a weekday asks here.

mod definition;
mod own;

pub use definition::{Fault, FaultKind, KEYS};

use jiff::civil;
use own::OwnCalendar;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A season of the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Season {
    Spring,
    Summer,
    Autumn,
    Winter,
}

impl Season {
    /// The season of a word in small letters.
    pub fn named(word: &str) -> Option<Season> {
        match word {
            "spring" => Some(Season::Spring),
            "summer" | "midsummer" => Some(Season::Summer),
            "autumn" | "fall" => Some(Season::Autumn),
            "winter" | "midwinter" => Some(Season::Winter),
            _ => None,
        }
    }
}

/// A date of which something may be left open, as `March 1904`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartialDate {
    /// Counted through all eras of the calendar; the usual one has only one.
    pub year: Option<i32>,
    /// From 1.
    pub month: Option<u8>,
    /// From 1; only with a month.
    pub day: Option<u8>,
}

impl PartialDate {
    /// Year, month and day when nothing of it is open.
    fn full(self) -> Option<WholeDate> {
        Some((self.year?, self.month?, self.day?))
    }
}

/// Year, month and day.
type WholeDate = (i32, u8, u8);

/// The youngest and the oldest someone can be, in whole years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeRange {
    pub least: u32,
    pub most: u32,
}

/// The usual months, in full and with the abbreviations novels use.
const MONTHS: [(&str, &str); 12] = [
    ("January", "Jan"),
    ("February", "Feb"),
    ("March", "Mar"),
    ("April", "Apr"),
    ("May", "May"),
    ("June", "Jun"),
    ("July", "Jul"),
    ("August", "Aug"),
    ("September", "Sept"),
    ("October", "Oct"),
    ("November", "Nov"),
    ("December", "Dec"),
];

/// The usual days of the week.
pub(crate) const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Which days, months and years there are in a story. The default is the usual calendar of the north.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calendar {
    /// Whether January is summer. In a calendar of the author's own each month has its season.
    is_southern: bool,
    own: Option<Box<OwnCalendar>>,
}

impl Calendar {
    /// The usual calendar, for stories south of the equator.
    pub fn southern() -> Calendar {
        Calendar { is_southern: true, own: None }
    }

    /// Whether its months and weekdays are the usual ones.
    pub fn is_usual(&self) -> bool {
        self.own.is_none()
    }

    /// How many months a year has.
    pub fn months(&self) -> u8 {
        self.own.as_ref().map_or(12, |own| own.months())
    }

    /// The number of a month's name or abbreviation, from 1.
    pub fn month_named(&self, name: &str) -> Option<u8> {
        if let Some(own) = &self.own {
            return own.month_named(name);
        }
        let name = name.trim_end_matches('.');
        let is_named = |(full, short): &(&str, &str)| {
            full.eq_ignore_ascii_case(name) || short.eq_ignore_ascii_case(name) || *full == "September" && name.eq_ignore_ascii_case("sep")
        };
        number_of(MONTHS.iter().position(is_named))
    }

    /// The number of a weekday's name, from 1 for the first of the week: Monday.
    pub fn weekday_named(&self, name: &str) -> Option<u8> {
        match &self.own {
            Some(own) => own.weekday_named(name),
            None => number_of(WEEKDAYS.iter().position(|weekday| weekday.eq_ignore_ascii_case(name))),
        }
    }

    /// A month's name; `""` when there is no such month.
    pub fn month_name(&self, month: u8) -> &str {
        match &self.own {
            Some(own) => own.month_name(month),
            None => usize::from(month).checked_sub(1).and_then(|index| MONTHS.get(index)).map_or("", |(full, _)| full),
        }
    }

    /// A weekday's name; `""` when there is no such day.
    pub fn weekday_name(&self, weekday: u8) -> &str {
        match &self.own {
            Some(own) => own.weekday_name(weekday),
            None => usize::from(weekday).checked_sub(1).and_then(|index| WEEKDAYS.get(index)).copied().unwrap_or_default(),
        }
    }

    /// Every name of a month, as it is written in prose; abbreviations only where they end in a full stop or are the author's own.
    pub(super) fn month_words(&self, with_abbreviations: bool) -> Vec<String> {
        if let Some(own) = &self.own {
            return own.month_words();
        }
        let full = MONTHS.iter().map(|(full, _)| (*full).to_string());
        // "Mar.", "Apr.", "Jun." and "Jul." end sentences as often.
        let is_short =
            |(full, short): &&(&str, &str)| with_abbreviations && full != short && !matches!(*short, "Mar" | "Apr" | "Jun" | "Jul");
        full.chain(MONTHS.iter().filter(is_short).map(|(_, short)| format!("{short}."))).collect()
    }

    /// Every name of a weekday, as it is written in prose.
    pub(super) fn weekday_words(&self) -> Vec<String> {
        self.own.as_ref().map_or_else(|| WEEKDAYS.map(str::to_string).to_vec(), |own| own.weekday_words())
    }

    /// Every name of an era, as it is written in prose; none in the usual calendar.
    pub(super) fn era_words(&self) -> Vec<String> {
        self.own.as_ref().map_or_else(Vec::new, |own| own.era_words())
    }

    /// Whether a word or name is one of a month, weekday or era of the author's own.
    pub(super) fn is_own_name(&self, name: &str) -> bool {
        self.own.as_ref().is_some_and(|own| own.has_name(name))
    }

    /// The year that digits say, counted through all eras. Without an era it is a year of the last one.
    pub(super) fn year(&self, digits: &str, era: Option<&str>) -> Option<i32> {
        let year = digits.parse().ok()?;
        self.own.as_ref().map_or(Some(year), |own| own.year(year, era))
    }

    /// The day of the week of a date, from 1 for the first of the week; nothing when the date is not whole, there is no such day, or an
    /// author's own calendar does not tell.
    pub fn weekday_of(&self, date: PartialDate) -> Option<u8> {
        let full = self.checked(date)?.full()?;
        match &self.own {
            Some(own) => own.weekday_of(full),
            None => u8::try_from(civil_date(full)?.weekday().to_monday_one_offset()).ok(),
        }
    }

    /// The season of a month; nothing when an author's own calendar does not tell. In the south the usual year is turned round.
    pub fn season_of(&self, month: u8) -> Option<Season> {
        if let Some(own) = &self.own {
            return own.season_of(month);
        }
        let northern_month = if self.is_southern { (month + 5) % 12 + 1 } else { month };
        Some(match northern_month {
            3..=5 => Season::Spring,
            6..=8 => Season::Summer,
            9..=11 => Season::Autumn,
            _ => Season::Winter,
        })
    }

    /// The date when there can be such a one. Without a year, a day that only leap years have can be.
    pub(super) fn checked(&self, date: PartialDate) -> Option<PartialDate> {
        let is_year = |year: i32| self.own.is_some() || (-9999..=9999).contains(&year);
        let is_possible = match (date.year, date.month, date.day) {
            (None, None, _) | (_, None, Some(_)) => false,
            (Some(year), None, None) => is_year(year),
            (year, Some(month), day) => year.is_none_or(is_year) && (1..=self.days_in_month(year, month)).contains(&day.unwrap_or(1)),
        };
        is_possible.then_some(date)
    }

    /// How many days a month has, at most when the year is not known; 0 when there is no such month.
    fn days_in_month(&self, year: Option<i32>, month: u8) -> u8 {
        match &self.own {
            Some(own) => own.days_in_month(year, month),
            // 2000 was a leap year.
            None => civil_date((year.unwrap_or(2000), month, 1)).and_then(|first| u8::try_from(first.days_in_month()).ok()).unwrap_or(0),
        }
    }

    /// Reads a date as front matter and bibles have it: `1904-03-01`, `3 March 1904`, `Friday the 9th of December 1904`, `March 3, 1904`,
    /// `March 1904`, `1904`, `3 March`; in an author's own calendar with its names, and with an era before or behind the year. Anything that
    /// is not wholly a date (`Day 10`, `about 1904`) gives nothing.
    pub fn parse_date(&self, text: &str) -> Option<PartialDate> {
        let date = match &self.own {
            Some(own) => own.parse_date(text)?,
            None => self.parse_usual_date(text)?,
        };
        self.checked(date)
    }

    fn parse_usual_date(&self, text: &str) -> Option<PartialDate> {
        let text = text.trim();
        if let Some(found) = ISO_DATE.captures(text) {
            let part = |index: usize| found.get(index).and_then(|part| part.as_str().parse().ok());
            let year = found.get(1).and_then(|year| year.as_str().parse().ok());
            return Some(PartialDate { year, month: part(2), day: part(3) });
        }
        let (mut date, mut day_is_open) = (PartialDate::default(), true);
        for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
            let lower = word.to_lowercase();
            let (digits, suffix) = lower.split_at(lower.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
            if let Some(month) = self.month_named(word).filter(|_| date.month.is_none()) {
                date.month = Some(month);
            } else if word.len() == 4 && suffix.is_empty() && date.year.is_none() {
                date.year = Some(word.parse().ok()?);
            } else if let Some(day) = digits.parse().ok().filter(|_| day_is_open && is_day_suffix(suffix)) {
                date.day = Some(day);
                day_is_open = false;
            } else if self.weekday_named(word).is_none() && !matches!(lower.as_str(), "the" | "of" | "in") {
                return None;
            }
        }
        Some(date)
    }

    /// A date as [`Calendar::parse_date`] reads it back: `1904-03-01`, or the words of an author's own calendar. `""` without year and month.
    pub fn written(&self, date: PartialDate) -> String {
        match (&self.own, date.year, date.month, date.day) {
            (Some(own), year, month, day) => own.written(year, month, day),
            (None, Some(year), Some(month), Some(day)) => format!("{year:04}-{month:02}-{day:02}"),
            (None, Some(year), Some(month), None) => format!("{year:04}-{month:02}"),
            (None, Some(year), None, _) => format!("{year:04}"),
            (None, None, ..) => String::new(),
        }
    }

    /// The first and the last day a date can mean; nothing without a year.
    fn bounds(&self, date: PartialDate) -> Option<(WholeDate, WholeDate)> {
        let year = date.year?;
        let last_month = date.month.unwrap_or(self.months());
        let first = (year, date.month.unwrap_or(1), date.day.unwrap_or(1));
        Some((first, (year, last_month, date.day.unwrap_or(self.days_in_month(Some(year), last_month)))))
    }

    /// How old someone born on `born` (`1871-03-02`, `2 March 1871`, `March 1871` or `1871`) is on a day. What either date leaves open
    /// widens the range. Nothing when either has no year, when `born` is only guessed at (`about 1871`), or before the birth.
    pub fn age_on(&self, born: &str, on: PartialDate) -> Option<AgeRange> {
        let (earliest_birth, latest_birth) = self.bounds(self.parse_date(born)?)?;
        let (earliest, latest) = self.bounds(on)?;
        Some(AgeRange {
            least: whole_years(latest_birth, earliest).max(0).cast_unsigned(),
            most: u32::try_from(whole_years(earliest_birth, latest)).ok()?,
        })
    }

    /// Days from one date to another, negative when the second is earlier; nothing unless both are whole.
    pub fn days_between(&self, from: PartialDate, to: PartialDate) -> Option<i32> {
        let (from, to) = (self.checked(from)?.full()?, self.checked(to)?.full()?);
        match &self.own {
            Some(own) => i32::try_from(own.day_number(to) - own.day_number(from)).ok(),
            None => Some(civil_date(from)?.until(civil_date(to)?).ok()?.get_days()),
        }
    }

    /// The date so many days later; nothing unless the date is whole.
    pub fn days_after(&self, date: PartialDate, days: i32) -> Option<PartialDate> {
        let full = self.checked(date)?.full()?;
        let (year, month, day) = match &self.own {
            Some(own) => own.date_of(own.day_number(full) + i64::from(days)),
            None => {
                let later = civil_date(full)?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
                (i32::from(later.year()), u8::try_from(later.month()).ok()?, u8::try_from(later.day()).ok()?)
            }
        };
        Some(PartialDate { year: Some(year), month: Some(month), day: Some(day) })
    }

    /// Days of a year, as it is when no leap year makes it longer.
    pub fn days_in_year(&self) -> u32 {
        self.own.as_ref().map_or(365, |own| own.days_in_year())
    }
}

fn number_of(index: Option<usize>) -> Option<u8> {
    index.and_then(|index| u8::try_from(index + 1).ok())
}

fn is_day_suffix(suffix: &str) -> bool {
    matches!(suffix, "" | "st" | "nd" | "rd" | "th")
}

fn whole_years(birth: WholeDate, on: WholeDate) -> i32 {
    let had_birthday = (on.1, on.2) >= (birth.1, birth.2);
    on.0 - birth.0 - i32::from(!had_birthday)
}

/// `1904-03-01`, `1904-03`, `1904`, also with a time of day behind it, as YAML knows time stamps.
static ISO_DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ]\d\d?:.*)?)?)?$").expect("the pattern is fixed and tested")
});

fn civil_date((year, month, day): WholeDate) -> Option<civil::Date> {
    civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests;
