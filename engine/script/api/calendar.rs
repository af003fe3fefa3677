//! Dates, weekdays, seasons, ages and journeys by arithmetic.

use super::super::handles::{AssertionHandle, ScriptDesk, SeriesHandle};
use super::RhaiResultOf;
use crate::facts::calendar::Calendar;
use crate::facts::timeline;
use crate::facts::value::Value;
use rhai::plugin::*;
use rhai::{Dynamic, NativeCallContext};

/// The calendar of the story that is checked; in a script's own tests outside a run, the usual one.
fn calendar_of(context: &NativeCallContext<'_>) -> Calendar {
    let series = context.tag().and_then(|tag| tag.clone().try_cast::<SeriesHandle>());
    series.map(|series| series.world.calendar.clone()).unwrap_or_default()
}

fn range(least: f64, most: f64) -> Dynamic {
    let mut map = rhai::Map::new();
    map.insert("least".into(), least.into());
    map.insert("most".into(), most.into());
    Dynamic::from_map(map)
}

#[export_module]
pub mod calendar {
    /// The weekday of a date such as `1904-03-01` or `3 March 1904`, as a word; `()` when the date is not whole, or the author's own
    /// calendar does not tell.
    #[rhai_fn(name = "weekday_of")]
    pub fn weekday_of(context: NativeCallContext, date: &str) -> Dynamic {
        let calendar = super::calendar_of(&context);
        let weekday = calendar.parse_date(date).and_then(|date| calendar.weekday_of(date));
        weekday.map_or(Dynamic::UNIT, |weekday| calendar.weekday_name(weekday).to_string().into())
    }

    /// Whether a weekday that the prose names is not that of its date: of the whole date it stands with, else of `date`.
    #[rhai_fn(name = "weekday_differs", pure)]
    pub fn weekday_differs(assertion: &mut AssertionHandle, date: &str) -> bool {
        let calendar = &assertion.world.calendar;
        let date = calendar.parse_date(date).unwrap_or_default();
        timeline::weekday_agrees(&assertion.assertion, date, calendar) == Some(false)
    }

    /// Whether the season that the prose shows cannot be that of a date. Neighbouring months agree: snow in March is no mistake.
    #[rhai_fn(name = "season_differs", pure)]
    pub fn season_differs(desk: &mut ScriptDesk, assertion: AssertionHandle, date: &str) -> bool {
        let calendar = &desk.world.calendar;
        calendar.parse_date(date).is_some_and(|date| timeline::season_agrees(&assertion.assertion, date, calendar) == Some(false))
    }

    /// Whether two assertions about the season of one and the same time clash.
    #[rhai_fn(name = "seasons_differ", pure)]
    pub fn seasons_differ(desk: &mut ScriptDesk, left: AssertionHandle, right: AssertionHandle) -> bool {
        timeline::season_values_agree(&left.assertion.value, &right.assertion.value, &desk.world.calendar) == Some(false)
    }

    /// Whether a journey in the prose is far shorter or longer than a text says, as `two days by coach`; half and twice are forgiven.
    #[rhai_fn(name = "travel_differs", pure)]
    pub fn travel_differs(assertion: &mut AssertionHandle, text: &str) -> bool {
        timeline::travel_agrees(&assertion.assertion.value, text) == Some(false)
    }

    /// Someone's age on a date, from the date of birth, as `#{ least: 33, most: 34 }`; `()` when it cannot be known.
    #[rhai_fn(name = "age_on")]
    pub fn age_on(context: NativeCallContext, born: &str, date: &str) -> Dynamic {
        let calendar = super::calendar_of(&context);
        let age = calendar.parse_date(date).and_then(|date| calendar.age_on(born, date));
        age.map_or(Dynamic::UNIT, |age| {
            let mut map = rhai::Map::new();
            map.insert("least".into(), i64::from(age.least).into());
            map.insert("most".into(), i64::from(age.most).into());
            Dynamic::from_map(map)
        })
    }

    /// Whole days from one date to another, negative when the second is earlier; `()` when one is not whole.
    #[rhai_fn(name = "days_between", return_raw)]
    pub fn days_between(context: NativeCallContext, from: &str, to: &str) -> RhaiResultOf<Dynamic> {
        let calendar = super::calendar_of(&context);
        let days = calendar.parse_date(from).zip(calendar.parse_date(to)).and_then(|(from, to)| calendar.days_between(from, to));
        Ok(days.map_or(Dynamic::UNIT, |days| i64::from(days).into()))
    }

    /// Days of a year of the story's calendar, as it is when no leap year makes it longer.
    #[rhai_fn(name = "days_in_year")]
    pub fn days_in_year(context: NativeCallContext) -> i64 {
        i64::from(super::calendar_of(&context).days_in_year())
    }

    /// The fewest and the most hours from one date and time of day to another, as `#{ least: 2.0, most: 9.5 }`, negative when the second
    /// comes first; `()` unless both dates are whole. Times are as in front matter: `noon`, `14:30`, `before dawn`; `""` is the whole day.
    #[rhai_fn(name = "hours_between")]
    pub fn hours_between(context: NativeCallContext, from: &str, from_time: &str, to: &str, to_time: &str) -> Dynamic {
        let calendar = super::calendar_of(&context);
        let dates = calendar.parse_date(from).zip(calendar.parse_date(to));
        let hours = dates.and_then(|(from, to)| timeline::hours_between((from, from_time), (to, to_time), &calendar));
        hours.map_or(Dynamic::UNIT, |hours| super::range(hours.from, hours.to))
    }

    /// The fewest and the most hours that a text names as a length of time, as `#{ least: 24.0, most: 60.0 }` for `two days by coach`; `()`
    /// when it names none.
    #[rhai_fn(name = "hours_of")]
    pub fn hours_of(text: &str) -> Dynamic {
        match crate::facts::time::parse_duration(text) {
            Some(Value::Duration { shortest_hours, longest_hours }) => super::range(shortest_hours, longest_hours),
            _ => Dynamic::UNIT,
        }
    }

    /// The number that words say: `"a hundred and twelve"` is 112; `()` when they say none.
    #[rhai_fn(name = "number_of")]
    pub fn number_of(words: &str) -> Dynamic {
        if let Value::Number { number, .. } = Value::parse("number", words) { number.into() } else { Dynamic::UNIT }
    }
}
