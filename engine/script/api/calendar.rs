//! Dates, weekdays, seasons, ages and journeys by arithmetic.

use super::super::handles::{AssertionHandle, Desk};
use super::RhaiResultOf;
use crate::facts::calendar as civil;
use crate::facts::timeline;
use crate::facts::value::Value;
use rhai::Dynamic;
use rhai::plugin::*;

#[export_module]
pub mod calendar {
    /// The weekday of a date such as `1904-03-01` or `3 March 1904`, as a word; `()` when the date is not whole.
    #[rhai_fn(name = "weekday_of")]
    pub fn weekday_of(date: &str) -> Dynamic {
        let full = civil::parse_date(date).and_then(|date| civil::weekday_of(date.year?, date.month?, date.day?));
        full.map_or(Dynamic::UNIT, |weekday| Value::Weekday(weekday).to_string().into())
    }

    /// Whether a weekday that the prose names is not that of its date: of the whole date it stands with, else of `date`.
    #[rhai_fn(name = "weekday_differs", pure)]
    pub fn weekday_differs(assertion: &mut AssertionHandle, date: &str) -> bool {
        let date = civil::parse_date(date).unwrap_or_default();
        timeline::weekday_agrees(&assertion.assertion, date) == Some(false)
    }

    /// Whether the season that the prose shows cannot be that of a date. Neighbouring months agree: snow in March is no mistake.
    #[rhai_fn(name = "season_differs", pure)]
    pub fn season_differs(desk: &mut Desk, assertion: AssertionHandle, date: &str) -> bool {
        let southern = desk.world.southern;
        civil::parse_date(date).is_some_and(|date| timeline::season_agrees(&assertion.assertion, date, southern) == Some(false))
    }

    /// Whether two assertions about the season of one and the same time clash.
    #[rhai_fn(name = "seasons_differ", pure)]
    pub fn seasons_differ(desk: &mut Desk, left: AssertionHandle, right: AssertionHandle) -> bool {
        timeline::season_values_agree(&left.assertion.value, &right.assertion.value, desk.world.southern) == Some(false)
    }

    /// Whether a journey in the prose is far shorter or longer than a text says, as `two days by coach`; half and twice are forgiven.
    #[rhai_fn(name = "travel_differs", pure)]
    pub fn travel_differs(assertion: &mut AssertionHandle, text: &str) -> bool {
        timeline::travel_agrees(&assertion.assertion.value, text) == Some(false)
    }

    /// Someone's age on a date, from the date of birth, as `#{ least: 33, most: 34 }`; `()` when it cannot be told.
    #[rhai_fn(name = "age_on")]
    pub fn age_on(born: &str, date: &str) -> Dynamic {
        let age = civil::parse_date(date).and_then(|date| civil::age_on(born, date));
        age.map_or(Dynamic::UNIT, |age| {
            let mut map = rhai::Map::new();
            map.insert("least".into(), i64::from(age.least).into());
            map.insert("most".into(), i64::from(age.most).into());
            Dynamic::from_map(map)
        })
    }

    /// Whole days from one date to another, negative when the second is earlier; `()` when one is not whole.
    #[rhai_fn(name = "days_between", return_raw)]
    pub fn days_between(from: &str, to: &str) -> RhaiResultOf<Dynamic> {
        let days = civil::parse_date(from).zip(civil::parse_date(to)).and_then(|(from, to)| civil::days_between(from, to));
        Ok(days.map_or(Dynamic::UNIT, |days| i64::from(days).into()))
    }

    /// The number that words say: `"a hundred and twelve"` is 112; `()` when they say none.
    #[rhai_fn(name = "number_of")]
    pub fn number_of(words: &str) -> Dynamic {
        if let Value::Number { number, .. } = Value::parse("number", words) { number.into() } else { Dynamic::UNIT }
    }
}
