//! The names of months, weekdays and eras as parts of patterns, made from a calendar.

use super::super::calendar::Calendar;
use regex::Regex;
use std::ops::Deref;
use std::sync::OnceLock;

/// A regular expression that is fixed in the program.
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is fixed and tested")
}

/// A regular expression with the names of a calendar in it, compiled when it is first used.
pub(super) struct Pattern {
    text: String,
    built: OnceLock<Regex>,
}

impl Pattern {
    pub(super) fn new(text: String) -> Pattern {
        Pattern { text, built: OnceLock::new() }
    }
}

impl Deref for Pattern {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        self.built.get_or_init(|| pattern(&self.text))
    }
}

/// The names of a calendar as alternatives of a pattern.
pub(super) struct Names {
    pub(super) months: String,
    /// With the abbreviations that end in a full stop.
    pub(super) months_and_short: String,
    pub(super) weekdays: String,
    /// Nothing when the calendar has no eras.
    pub(super) eras: Option<String>,
    /// Whether the calendar is an author's own: years may have few digits, and months many days.
    pub(super) is_own: bool,
}

impl Names {
    pub(super) fn of(calendar: &Calendar) -> Names {
        let eras = calendar.era_words();
        Names {
            months: alternatives(calendar.month_words(false)),
            months_and_short: alternatives(calendar.month_words(true)),
            weekdays: alternatives(calendar.weekday_words()),
            eras: (!eras.is_empty()).then(|| alternatives(eras)),
            is_own: !calendar.is_usual(),
        }
    }

    /// A year behind a day and a month. In an author's own calendar a year of one or two digits must have its era.
    pub(super) fn year(&self) -> String {
        match &self.eras {
            None if !self.is_own => r"(?P<year>\d{4})\b".to_string(),
            None => r"(?P<year>\d{3,5})\b".to_string(),
            Some(eras) => format!(r"(?:(?P<era_year>\d{{1,5}}),? (?:of |in )?(?:the )?(?P<era>{eras})\b|(?P<year>\d{{3,5}})\b)"),
        }
    }
}

/// Longer names first: an alternation takes the first that fits. An apostrophe may be straight or curly.
fn alternatives(mut words: Vec<String>) -> String {
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let escaped = words.iter().map(|word| regex::escape(word).replace(['’', '\''], "[’']"));
    escaped.collect::<Vec<_>>().join("|")
}
