//! What the prose says of time: dates, the scene's own day, season and hour, how long things took, how long ago they were.
//!
//! Only the present of the scene is worth comparing with its date, so everything that may be memory, habit, plan, comparison or
//! hearsay is either left out or marked as hedged.

mod date;
mod day;
mod distance;
mod elapsed;
mod hour;
mod moment;
mod names;
mod scene;
mod season;
mod span;
mod travel;
mod trigger;
mod words;

pub use hour::{Hours, parse_hours};
pub use span::parse_duration;
pub use words::Words;

pub(crate) use elapsed::Step;
pub(crate) use moment::Moment;
pub(crate) use scene::is_unreal;
pub(crate) use travel::is_place;

use super::Assertion;
use crate::manuscript::{Chapter, Scene};
use scene::TimedScene;
use std::sync::Arc;
use trigger::{Trigger, Triggers};

/// The attributes given by [`assertions`].
pub mod attribute {
    /// A date that is named. Its subject is `the scene` when it is the scene's own, else unclear.
    pub const DATE: &str = "date";
    /// The weekday said of a whole date; the subject is `the date 1904-12-09`, or the date in the words of an author's own calendar.
    pub const WEEKDAY: &str = "weekday";
    /// How the subject of a [`WEEKDAY`] begins.
    pub const OF_DATE: &str = "the date ";
    /// What day of the week it is in the scene's present.
    pub const WEEKDAY_OF_SCENE: &str = "weekday of the scene";
    /// Season or month of the scene's present; the subject is `the scene` when it is stated, `the weather` when it is a sign.
    pub const SEASON_OF_SCENE: &str = "season of the scene";
    /// Midnight, morning, four o'clock.
    pub const TIME_OF_DAY: &str = "time of day";
    /// How long before or after.
    pub const ELAPSED: &str = "elapsed";
    /// How long the way took; the subject is `Stennick to Dunmarrow`.
    pub const TRAVEL: &str = "travel";
    /// How far it is; the subject is `Dunmarrow and Stennick`, in the order of the alphabet.
    pub const DISTANCE: &str = "distance";
}

/// The sentences of a scene that have a word of time in them.
pub struct Timed(Vec<(usize, Triggers)>);

impl Timed {
    /// Looks through a scene.
    pub fn of(scene: &Scene, words: &Words) -> Timed {
        Timed(words.triggers.sentences(scene))
    }

    /// Those, by index, that may name a day.
    pub fn with_days(&self) -> impl Iterator<Item = usize> {
        let names_day = |(_, triggers): &&(usize, Triggers)| triggers.has(Trigger::Date) || triggers.has(Trigger::Weekday);
        self.0.iter().filter(names_day).map(|(index, _)| *index)
    }
}

/// Everything a scene's prose says of time, in the order of the prose.
pub fn assertions(chapter: &Chapter, scene: &Scene, words: &Arc<Words>, timed: &Timed) -> Vec<Assertion> {
    if timed.0.is_empty() {
        return Vec::new();
    }
    let mut timed_scene = TimedScene::new(chapter, scene, &words.calendar);
    for (index, triggers) in &timed.0 {
        let sentence = timed_scene.sentence(*index);
        if triggers.has(Trigger::Date) {
            date::read(&mut timed_scene, &sentence, &words.date);
        }
        if triggers.has(Trigger::Weekday) {
            day::read_weekday(&mut timed_scene, &sentence, &words.day);
        }
        if triggers.has(Trigger::Season) {
            season::read(&mut timed_scene, &sentence, &words.season);
        }
        if triggers.has(Trigger::Hour) {
            day::read_hour(&mut timed_scene, &sentence);
        }
        if triggers.has(Trigger::Length) {
            elapsed::read(&mut timed_scene, &sentence);
        }
        if triggers.has(Trigger::Hour) || triggers.has(Trigger::Length) {
            travel::read(&mut timed_scene, &sentence);
        }
        if triggers.has(Trigger::Miles) {
            distance::read(&mut timed_scene, &sentence);
        }
    }
    timed_scene.finish()
}

#[cfg(test)]
mod tests;
