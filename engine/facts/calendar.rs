//! Civil dates as an author writes them, and what follows from them: weekdays, ages, seasons and the days between.
//!
//! All dates are Gregorian, also before the reform: a novel's own almanac is the author's business, and the script's to switch off.

use super::value::Season;
use jiff::civil;
use regex::Regex;
use std::sync::LazyLock;

/// A date of which something may be left open, as `March 1904`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartialDate {
    pub year: Option<i32>,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to 31; only with a month.
    pub day: Option<u8>,
}

impl PartialDate {
    /// The date when nothing of it is open.
    pub fn full(self) -> Option<civil::Date> {
        civil_date(self.year?, self.month?, self.day?)
    }

    /// The first and the last day it can mean; nothing without a year.
    fn bounds(self) -> Option<(civil::Date, civil::Date)> {
        let year = self.year?;
        let earliest = civil_date(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?;
        let latest = match (self.month, self.day) {
            (None, _) => civil_date(year, 12, 31)?,
            (Some(_), None) => earliest.last_of_month(),
            (Some(_), Some(_)) => earliest,
        };
        Some((earliest, latest))
    }
}

impl From<civil::Date> for PartialDate {
    fn from(date: civil::Date) -> PartialDate {
        let part = |number: i8| u8::try_from(number).ok();
        PartialDate { year: Some(i32::from(date.year())), month: part(date.month()), day: part(date.day()) }
    }
}

/// The youngest and the oldest someone can be, in whole years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgeRange {
    pub least: u32,
    pub most: u32,
}

/// The months in the forms novels use: full and the usual abbreviations.
pub(crate) const MONTHS: [(&str, &str); 12] = [
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may", "may"),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The day of the week of a date, 1 Monday … 7 Sunday; nothing when there is no such day.
pub fn weekday_of(year: i32, month: u8, day: u8) -> Option<u8> {
    u8::try_from(civil_date(year, month, day)?.weekday().to_monday_one_offset()).ok()
}

/// The number of a weekday's English name, 1 Monday … 7 Sunday.
pub fn weekday_named(name: &str) -> Option<u8> {
    let name = name.to_lowercase();
    WEEKDAYS.iter().position(|weekday| *weekday == name).and_then(|index| u8::try_from(index + 1).ok())
}

/// The number of a month's English name or abbreviation.
pub fn month_named(name: &str) -> Option<u8> {
    let name = name.trim_end_matches('.').to_lowercase();
    let name = if name == "sep" { "sept" } else { name.as_str() };
    MONTHS.iter().position(|(full, short)| *full == name || *short == name).and_then(|index| u8::try_from(index + 1).ok())
}

/// Whether the month can have that day; the 29th of February can be.
pub fn is_day_of_month(month: u8, day: u8) -> bool {
    // 2000 was a leap year.
    civil_date(2000, month, day).is_some()
}

/// How old someone born on `born` (`1871-03-02`, `2 March 1871`, `March 1871` or `1871`) is on a day. What either date leaves open
/// widens the range. Nothing when either has no year, when `born` is only guessed at (`about 1871`), or before the birth.
pub fn age_on(born: &str, on: PartialDate) -> Option<AgeRange> {
    let (earliest_birth, latest_birth) = parse_date(born)?.bounds()?;
    let (earliest, latest) = on.bounds()?;
    Some(AgeRange {
        least: whole_years(latest_birth, earliest).max(0).cast_unsigned(),
        most: u32::try_from(whole_years(earliest_birth, latest)).ok()?,
    })
}

fn whole_years(birth: civil::Date, on: civil::Date) -> i32 {
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    i32::from(on.year()) - i32::from(birth.year()) - i32::from(!had_birthday)
}

/// Reads a date as front matter and bibles have it: `1904-03-01`, `3 March 1904`, `Friday the 9th of December 1904`, `March 3, 1904`,
/// `March 1904`, `1904`, `3 March`. Anything that is not wholly a date (`Day 10`, `about 1904`) gives nothing.
pub fn parse_date(text: &str) -> Option<PartialDate> {
    let text = text.trim();
    if let Some(found) = ISO_DATE.captures(text) {
        let part = |index: usize| found.get(index).and_then(|part| part.as_str().parse().ok());
        let year = found.get(1).and_then(|year| year.as_str().parse().ok());
        return checked(PartialDate { year, month: part(2), day: part(3) });
    }
    let (mut date, mut day_is_open) = (PartialDate::default(), true);
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        let lower = word.to_lowercase();
        let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if let Some(month) = month_named(word).filter(|_| date.month.is_none()) {
            date.month = Some(month);
        } else if word.len() == 4 && digits == word && date.year.is_none() {
            date.year = Some(word.parse().ok()?);
        } else if let Some(day) =
            digits.parse().ok().filter(|_| day_is_open && matches!(&lower[digits.len()..], "" | "st" | "nd" | "rd" | "th"))
        {
            date.day = Some(day);
            day_is_open = false;
        } else if weekday_named(word).is_none() && !matches!(lower.as_str(), "the" | "of" | "in") {
            return None;
        }
    }
    checked(date)
}

/// `1904-03-01`, `1904-03`, `1904`, also with a time of day behind it, as YAML knows time stamps.
static ISO_DATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ]\d\d?:.*)?)?)?$").expect("the pattern is fixed and tested")
});

/// The date when there can be such a one.
pub(crate) fn checked(date: PartialDate) -> Option<PartialDate> {
    let is_possible = match (date.year, date.month, date.day) {
        (None, None, _) | (_, None, Some(_)) => false,
        (_, None, None) => true,
        (Some(year), Some(month), day) => civil_date(year, month, day.unwrap_or(1)).is_some(),
        (None, Some(month), day) => is_day_of_month(month, day.unwrap_or(1)),
    };
    is_possible.then_some(date)
}

/// The season of a month, 1 to 12; in the south the year is turned round.
pub fn season_of(month: u8, southern: bool) -> Season {
    let northern_month = if southern { (month + 5) % 12 + 1 } else { month };
    match northern_month {
        3..=5 => Season::Spring,
        6..=8 => Season::Summer,
        9..=11 => Season::Autumn,
        _ => Season::Winter,
    }
}

/// Days from one date to another, negative when the second is earlier; nothing unless both are whole.
pub fn days_between(from: PartialDate, to: PartialDate) -> Option<i32> {
    Some(from.full()?.until(to.full()?).ok()?.get_days())
}

/// The date so many days later; nothing unless the date is whole.
pub fn days_after(date: PartialDate, days: i32) -> Option<PartialDate> {
    Some(date.full()?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?.into())
}

fn civil_date(year: i32, month: u8, day: u8) -> Option<civil::Date> {
    civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i32, month: u8, day: u8) -> PartialDate {
        PartialDate { year: Some(year), month: Some(month), day: Some(day) }
    }

    #[test]
    fn weekdays_are_gregorian() {
        assert_eq!(weekday_of(1904, 12, 9), Some(5));
        assert_eq!(weekday_of(1908, 12, 21), Some(1));
        assert_eq!(weekday_of(2000, 2, 29), Some(2));
        assert_eq!(weekday_of(1900, 2, 29), None);
        assert_eq!(weekday_of(1904, 13, 1), None);
    }

    #[test]
    fn dates_are_read_as_authors_write_them() {
        for text in
            ["1904-03-01", "1 March 1904", "Tuesday the 1st of March 1904", "March 1, 1904", "Mar. 1 1904", "1904/3/1", "1904-03-01 06:00"]
        {
            assert_eq!(parse_date(text), Some(date(1904, 3, 1)), "{text}");
        }
        assert_eq!(parse_date("March 1904"), Some(PartialDate { year: Some(1904), month: Some(3), day: None }));
        assert_eq!(parse_date("1904"), Some(PartialDate { year: Some(1904), month: None, day: None }));
        assert_eq!(parse_date("9th of December"), Some(PartialDate { year: None, month: Some(12), day: Some(9) }));
        for text in ["Day 10", "about 1904", "the 1870s", "10", "", "30 February 1904", "1904-13-01", "March or April 1904", "soon"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn ages_are_as_sure_as_the_dates() {
        assert_eq!(age_on("1880-02-19", date(1907, 2, 5)), Some(AgeRange { least: 26, most: 26 }));
        assert_eq!(age_on("19 February 1880", date(1907, 2, 19)), Some(AgeRange { least: 27, most: 27 }));
        assert_eq!(age_on("1880", date(1907, 2, 19)), Some(AgeRange { least: 26, most: 27 }));
        assert_eq!(age_on("1880", PartialDate { year: Some(1907), month: None, day: None }), Some(AgeRange { least: 26, most: 27 }));
        assert_eq!(
            age_on("1880-02-19", PartialDate { year: Some(1907), month: Some(2), day: None }),
            Some(AgeRange { least: 26, most: 27 })
        );
        assert_eq!(age_on("1910", date(1907, 2, 19)), None);
        assert_eq!(age_on("19 February", date(1907, 2, 19)), None);
    }

    #[test]
    fn seasons_turn_round_in_the_south() {
        assert_eq!(
            [season_of(1, false), season_of(4, false), season_of(7, false), season_of(11, false)],
            [Season::Winter, Season::Spring, Season::Summer, Season::Autumn]
        );
        assert_eq!(
            [season_of(1, true), season_of(4, true), season_of(7, true), season_of(12, true)],
            [Season::Summer, Season::Autumn, Season::Winter, Season::Summer]
        );
    }

    #[test]
    fn days_are_counted_across_years() {
        assert_eq!(days_between(date(1903, 12, 31), date(1904, 3, 1)), Some(61));
        assert_eq!(days_between(date(1904, 3, 1), date(1904, 2, 29)), Some(-1));
        assert_eq!(days_after(date(1904, 2, 28), 2), Some(date(1904, 3, 1)));
        assert_eq!(days_after(PartialDate { year: Some(1904), month: None, day: None }, 2), None);
    }
}
