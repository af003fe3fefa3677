//! How much time lies between two facts, as the words tell it: days between scenes, years between two ages.

use super::amount::age;
use super::change;
use super::days::year;
use super::fact::Fact;
use super::note::{has_any, words_of};
use super::people::Owner;
use super::reader::Reading;
use crate::manuscript::{Series, StoryPoint};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of when the scenes are.
pub(super) struct Times<'a> {
    reading: &'a Reading,
    series: &'a Series,
    /// The one year that a scene's own date names.
    years: BTreeMap<StoryPoint, i32>,
}

impl<'a> Times<'a> {
    /// Reads the scenes' dates off the facts.
    pub fn of(facts: &[&Fact], reading: &'a Reading, series: &'a Series) -> Times<'a> {
        let dates = facts.iter().filter(|fact| fact.owner == Owner::Scene && fact.attribute.name == "date");
        let mut years: BTreeMap<StoryPoint, BTreeSet<i32>> = BTreeMap::new();
        for (point, year) in dates.filter_map(|fact| Some((fact.in_prose()?.0, year_in(&fact.value)?))) {
            years.entry(point).or_default().insert(year);
        }
        let years =
            years.into_iter().filter(|(_, years)| years.len() == 1).filter_map(|(point, years)| Some((point, years.into_iter().next()?)));
        Times { reading, series, years: years.collect() }
    }

    /// How many days lie between the scenes of two facts; only of a scene and the one right before it.
    pub fn days_between(&self, earlier: &Fact, later: &Fact) -> Option<i32> {
        change::days_between(earlier, later, self.reading, self.series)
    }

    /// Whether two ages agree with the years that the sentences or their scenes name; nothing where one names none.
    pub fn ages_agree(&self, earlier: &Fact, later: &Fact) -> Option<bool> {
        // Of somebody born in 1880, or who was ten when her mother died, the year is not the age's.
        let is_of_other_time = |fact: &Fact| change::of_fact(fact) || has_any(&words_of(&fact.text), &["born"]);
        let year = |fact: &Fact| {
            let of_scene = || self.years.get(&fact.in_prose()?.0).copied();
            if is_of_other_time(fact) { None } else { year_in(&fact.text).or_else(of_scene) }
        };
        let years = f64::from(year(later)? - year(earlier)?);
        let grown = age(&words_of(&later.value))? - age(&words_of(&earlier.value))?;
        // Nobody tells in which month a birthday is.
        Some((grown - years).abs() <= 1.0)
    }
}

/// The one year that words name.
pub(super) fn year_in(words: &str) -> Option<i32> {
    let mut years = words.split(|letter: char| !letter.is_alphanumeric()).filter_map(year);
    let first = years.next()?;
    years.all(|other| other == first).then_some(first)
}
