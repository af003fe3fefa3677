//! How much time lies between two facts, as the words tell it: days between scenes, years between two ages; and one event on two days.

use super::change;
use super::fact::Fact;
use super::note::stems;
use super::pairs::{COMPARED_WITH, Pair};
use super::people::Owner;
use super::reader::Reading;
use super::value::{Comparison, age, compare, words_of};
use crate::manuscript::{Series, StoryPoint};
use std::collections::BTreeMap;

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
        let years = dates.filter_map(|fact| Some((fact.in_prose()?.0, year_in(&fact.value)?))).collect();
        Times { reading, series, years }
    }

    /// How many days lie between the scenes of two facts; only of a scene and the one right before it.
    pub fn days_between(&self, earlier: &Fact, later: &Fact) -> Option<i32> {
        change::days_between(earlier, later, self.reading, self.series)
    }

    /// Compares two ages by the years that the sentences or their scenes name; nothing where one names none.
    pub fn ages(&self, earlier: &Fact, later: &Fact) -> Option<Comparison> {
        let year = |fact: &Fact| year_in(&fact.text).or_else(|| self.years.get(&fact.in_prose()?.0).copied());
        let years = f64::from(year(later)? - year(earlier)?);
        let grown = age(&words_of(&later.value))? - age(&words_of(&earlier.value))?;
        // Nobody tells in which month a birthday is.
        Some(if (grown - years).abs() <= 1.0 { Comparison::Fine } else { Comparison::Differ })
    }
}

/// The one year that words name.
fn year_in(words: &str) -> Option<i32> {
    let mut years = words.split(|letter: char| !letter.is_alphanumeric()).filter_map(|word| word.parse::<i32>().ok());
    let mut years = years.by_ref().filter(|year| (1000..2200).contains(year));
    let first = years.next()?;
    years.all(|other| other == first).then_some(first)
}

/// Pairs of the day of a scene and that of an event told in its sentence: the telegram came on Tuesday, it had come on a Sunday.
pub(super) fn of_one_event(facts: &[&Fact]) -> Vec<Pair> {
    const SHARED: usize = 2;
    let is_day = |fact: &&&Fact| matches!(fact.attribute.name, "date" | "weekday" | "season");
    let days: Vec<&Fact> = facts.iter().filter(is_day).copied().collect();
    let mut pairs = Vec::new();
    for (place, earlier) in days.iter().enumerate() {
        for later in days[place + 1..].iter().take(COMPARED_WITH) {
            let (Owner::Thing(event), Owner::Scene) = (match (&earlier.owner, &later.owner) {
                (Owner::Thing(_), Owner::Scene) => (&earlier.owner, &later.owner),
                _ => (&later.owner, &earlier.owner),
            }) else {
                continue;
            };
            let (one, other) = (stems(&earlier.text), stems(&later.text));
            let event = stems(event.rsplit(' ').next().unwrap_or(event));
            let is_named = !event.is_empty() && event.iter().all(|stem| one.contains(stem) && other.contains(stem));
            let shared = one.iter().filter(|stem| other.contains(stem)).count();
            if is_named && shared >= SHARED && compare(earlier, later) == Comparison::Differ {
                pairs.push(Pair::new((*earlier).clone(), (*later).clone(), Comparison::Differ, DAY_PRIORITY));
            }
        }
    }
    pairs
}

/// Of an event that both sentences name.
const DAY_PRIORITY: f64 = 2.0;
