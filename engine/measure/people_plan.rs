//! Plans of where somebody is on a day, and of what somebody knows before they learn it.

use super::dice::Dice;
use super::put::{Marks, put};
use super::scene_plan::{of_nobody, scenes_without};
use super::source::Story;
use super::wording::Topic;
use super::{Kind, Origin, Plant};
use crate::facts::calendar::WEEKDAYS;
use crate::facts::whereabouts::WHEREABOUTS;

/// Two statements on one day must be so many places apart.
const PLACES_APART: usize = 2;

/// Where somebody is; `{day}` is a moment as `Tuesday at noon`.
const WHERE: Topic = Topic {
    kind: Kind::Whereabouts,
    attribute: WHEREABOUTS,
    gender: None,
    values: &["Harwick", "Stanmere", "Oldbury Cross", "Little Fenwick", "Saltmarsh"],
    statements: &[
        "On {day} {name} was in {value}.",
        "{name} was in {value} on {day}, as three people could swear.",
        "On {day} {name} was still in {value}, and in no good temper.",
        "{name} sat in {value} on {day}, and wrote letters.",
        "It was on {day} that {name} stood in {value} and looked at the sky.",
        "{name} had an errand in {value} on {day}.",
    ],
    licences: &[
        "“On {day} {name} was in {value},” said somebody who was known to lie.",
        "{name} had hoped to be in {value} on {day}.",
        "If {name} was in {value} on {day}, nobody had noticed it.",
        "{name} dreamed that it was {day} and that the whole house had moved to {value}.",
    ],
};
const HOURS: &[&str] = &["at noon", "at midnight", "at four o’clock", "at half past nine"];

/// What can be known.
const SECRETS: &[&str] = &[
    "the second ledger lay behind the kitchen clock",
    "the mill by the ford belonged to a moneylender",
    "the letter from Lisbon was a clumsy forgery",
    "the old ferryman had sold his boat and vanished",
];
const KNOWN: &[&str] = &[
    "{name} knew that {value}.",
    "{name} had heard that {value}, and kept it to {himself}.",
    "{name} told them that {value}.",
    "“There is no doubt about it: {value},” said {name}.",
    "“You must keep it to yourself that {value},” said {name}.",
];
const NEWS: &[&str] = &[
    "Only now did {name} learn that {value}.",
    "{name} did not yet know that {value}.",
    "{name} had no idea that {value}.",
    "{name} had never suspected that {value}.",
    "It was news to {name} that {value}.",
];
const NO_NEWS: &[&str] = &[
    "{name} remembered that {value}.",
    "{name} had long known that {value}.",
    "{name} behaved as if {he} had no idea that {value}.",
    "{name} pretended that only now did {he} learn that {value}.",
];

/// Somebody in two places at one hour of one chapter.
pub(super) fn whereabouts(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let names: Vec<String> = WEEKDAYS.iter().map(|weekday| weekday.to_lowercase()).collect();
    let mut scenes = scenes_without(story, &names.iter().map(String::as_str).collect::<Vec<_>>());
    dice.shuffle(&mut scenes);
    let mut plants = Vec::new();
    for scene in scenes {
        if plants.len() >= wanted {
            break;
        }
        let people: Vec<_> = story.people.iter().filter(|(name, _)| is_in_both_halves(story, &scene, name)).collect();
        let (Some((subject, gender)), Some(day), Some(hour)) = (dice.pick(&people).copied(), dice.pick(&WEEKDAYS), dice.pick(HOURS)) else {
            continue;
        };
        let (Some(right), Some(wrong)) = (dice.pick(WHERE.values).copied(), dice.pick(WHERE.values).copied()) else { continue };
        let day = format!("{day} {hour}");
        let marks = Marks { subject: Some(subject), gender: Some(*gender), day: &day, ..Marks::default() };
        let (right, wrong) = (Marks { value: right, ..marks }, Marks { value: wrong, ..marks });
        let early = &scene[..scene.len() / 2];
        let late = |setup: usize| scene.iter().copied().filter(|place| *place >= setup + PLACES_APART).collect();
        if right.value != wrong.value {
            plants.extend(of_nobody(story, &WHERE, subject, early, late, &right, &wrong, dice));
        }
    }
    plants
}

/// Whether a scene names somebody early and late.
fn is_in_both_halves(story: &Story<'_>, scene: &[usize], name: &str) -> bool {
    let (early, late) = scene.split_at(scene.len() / 2);
    [early, late].iter().all(|half| half.iter().any(|place| story.places.all[*place].people.contains_key(name)))
}

/// Somebody learns, or does not know, what they knew or said in an earlier scene.
pub(super) fn secrets(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut people = story.people.clone();
    dice.shuffle(&mut people);
    let mut plants = Vec::new();
    for (subject, gender) in people {
        if plants.len() >= wanted {
            break;
        }
        let Some(secret) = dice.pick(SECRETS).copied().filter(|secret| !story.prose.contains(secret)) else { continue };
        let beside = story.places.beside(&subject);
        let marks = Marks { subject: Some(&subject), gender: Some(gender), value: secret, ..Marks::default() };
        let Some(setup) = put(story, &beside[..beside.len() / 2], KNOWN, &marks, dice) else { continue };
        let known = story.places.all[setup.place].point;
        let later: Vec<usize> = beside.iter().copied().filter(|place| story.places.all[*place].point > known).collect();
        let Some(error) = put(story, &later, NEWS, &marks, dice) else { continue };
        let Some(twin) = put(story, &[error.place], NO_NEWS, &marks, dice) else { continue };
        plants.push(Plant {
            kind: Kind::Knowledge,
            subject: subject.clone(),
            names: vec![subject.clone()],
            attribute: "learns".to_string(),
            origin: Origin::Planted,
            right: "known before".to_string(),
            wrong: "new".to_string(),
            setup: Some(setup.insertion),
            error: error.insertion,
            twin: twin.insertion,
            is_licensed: false,
            receipts: Vec::new(),
        });
    }
    plants
}
