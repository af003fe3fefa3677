//! One event on two days: the telegram came on Tuesday, it had come on a Sunday.

use super::fact::Fact;
use super::note::stems;
use super::pairs::{COMPARED_WITH, Pair};
use super::people::Owner;
use super::value::{Comparison, compare};

/// Of an event that both sentences name.
const PRIORITY: f64 = 2.0;

/// Words that both sentences have at least, the event's name among them.
const SHARED: usize = 2;

/// What comes again and again, each time on its day.
const RECURRING: &[&str] = &[
    "train",
    "market",
    "mass",
    "service",
    "post",
    "mail",
    "class",
    "lesson",
    "meeting",
    "bus",
    "boat",
    "ferry",
    "paper",
    "newspaper",
    "milk",
];

/// Pairs of the day of a scene and that of an event told in its sentence.
pub(super) fn pairs(facts: &[&Fact]) -> Vec<Pair> {
    let is_day = |fact: &&&Fact| matches!(fact.attribute.name, "date" | "weekday" | "season");
    let days: Vec<&Fact> = facts.iter().filter(is_day).copied().collect();
    let mut pairs = Vec::new();
    for (place, earlier) in days.iter().enumerate() {
        for later in days[place + 1..].iter().take(COMPARED_WITH) {
            let event = match (&earlier.owner, &later.owner) {
                (Owner::Thing(event), Owner::Scene) | (Owner::Scene, Owner::Thing(event)) => event,
                _ => continue,
            };
            let is_once = earlier.order() != later.order() && !event.split(' ').any(|word| RECURRING.contains(&word));
            if is_once && is_told_in_both(event, earlier, later) && compare(earlier, later) == Comparison::Differ {
                pairs.push(Pair::new((*earlier).clone(), (*later).clone(), Comparison::Differ, PRIORITY));
            }
        }
    }
    pairs
}

fn is_told_in_both(event: &str, earlier: &Fact, later: &Fact) -> bool {
    let (one, other) = (stems(&earlier.text), stems(&later.text));
    let name = stems(event.rsplit(' ').next().unwrap_or(event));
    let is_named = !name.is_empty() && name.iter().all(|stem| one.contains(stem) && other.contains(stem));
    is_named && one.iter().filter(|stem| other.contains(stem)).count() >= SHARED
}
