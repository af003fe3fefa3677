//! The patterns that name months, weekdays and eras, made from a calendar, each when it is first used.

use super::super::calendar::Calendar;
use super::{date, day, elapsed, moment, season, trigger};
use regex::Regex;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, OnceLock};

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

/// A calendar with what is needed to read its dates from prose.
pub struct Words {
    pub(in crate::facts) calendar: Calendar,
    pub(super) triggers: trigger::Search,
    pub(super) date: date::Patterns,
    pub(super) day: day::Patterns,
    pub(super) season: season::Patterns,
    pub(super) step: Pattern,
    pub(super) moment: moment::Patterns,
}

static USUAL: LazyLock<[Arc<Words>; 2]> =
    LazyLock::new(|| [Calendar::default(), Calendar::southern()].map(|calendar| Arc::new(Words::new(&calendar))));

impl Words {
    /// The words of a calendar; those of the usual one are made once.
    pub fn of(calendar: &Calendar) -> Arc<Words> {
        USUAL.iter().find(|words| words.calendar == *calendar).cloned().unwrap_or_else(|| Arc::new(Words::new(calendar)))
    }

    fn new(calendar: &Calendar) -> Words {
        let names = Names::of(calendar);
        Words {
            calendar: calendar.clone(),
            triggers: trigger::Search::new(calendar),
            date: date::Patterns::new(&names),
            day: day::Patterns::new(&names),
            season: season::Patterns::new(&names),
            step: elapsed::step_pattern(&names),
            moment: moment::Patterns::new(&names),
        }
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
    fn of(calendar: &Calendar) -> Names {
        let eras = calendar.era_words();
        Names {
            months: alternatives(calendar.month_words(false)),
            months_and_short: alternatives(calendar.month_words(true)),
            weekdays: alternatives(calendar.weekday_words()),
            eras: (!eras.is_empty()).then(|| alternatives(eras)),
            is_own: !calendar.is_usual(),
        }
    }
}

/// Longer names first: an alternation takes the first that fits. An apostrophe may be straight or curly.
fn alternatives(mut words: Vec<String>) -> String {
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let escaped = words.iter().map(|word| regex::escape(word).replace(['’', '\''], "[’']"));
    escaped.collect::<Vec<_>>().join("|")
}
