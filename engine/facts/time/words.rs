//! All patterns that need the names of a calendar, each compiled when it is first used.

use super::super::calendar::Calendar;
use super::names::{Names, Pattern};
use super::{date, day, elapsed, moment, season, trigger};
use std::sync::{Arc, LazyLock};

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

    /// The days that a sentence names, each once.
    pub fn moments(&self, sentence: &str) -> Vec<moment::Moment> {
        moment::moments(sentence, &self.moment, &self.calendar)
    }

    /// The step that a sentence at the head of a scene takes; nothing when it takes none.
    pub(crate) fn step_of(&self, sentence: &str) -> Option<elapsed::Step> {
        elapsed::step_of(sentence, &self.step)
    }
}
