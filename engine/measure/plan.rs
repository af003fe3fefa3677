//! Decides what to plant where: for each kind, statements of the author's that can be contradicted, and pairs that are planted whole.

use super::dice::Dice;
use super::put::{Marks, put, written};
use super::source::{Source, Story, parse, words_of, wrong_values};
use super::wording;
use super::{Kind, Origin, Plant, people_plan, scene_plan};
use crate::bible::Bible;
use crate::facts::Value;
use crate::facts::calendar::Calendar;
use crate::manuscript::{Series, StoryPoint};
use std::collections::BTreeSet;

/// How many plants one statement of the author's may have.
const PLANTS_OF_ONE: usize = 2;
/// Of so many twins, one says the wrong thing in a harmless way; the others say the right thing.
const LICENSED_ONE_IN: usize = 3;
/// In one copy there is at most one plant in so many words, so that the text stays the author's.
const WORDS_BETWEEN_PLANTS: usize = 3_000;

/// What is to be planted.
#[derive(Clone, Debug)]
pub struct Order {
    pub seed: u64,
    /// How many errors in all; fewer when the text gives no more places.
    pub errors: usize,
    pub kinds: Vec<Kind>,
    /// Which days and months the story has. In an author's own calendar no weekdays and seasons are planted: the wordings have usual ones.
    pub calendar: Calendar,
}

/// Plans the errors with their twins. The same text and order give the same plan.
pub fn plan(series: &Series, bible: &Bible, order: &Order) -> Vec<Plant> {
    let story = Story::read(series, bible, &order.calendar);
    let is_usual = |kind: &Kind| order.calendar.is_usual() || !matches!(kind, Kind::Weekday | Kind::Season | Kind::Whereabouts);
    let kinds: BTreeSet<Kind> = order.kinds.iter().copied().filter(is_usual).collect();
    let mut by_kind: Vec<std::vec::IntoIter<Plant>> = kinds
        .iter()
        .map(|kind| {
            let mut dice = Dice::new(order.seed, kind.name());
            of_kind(&story, *kind, order.errors, &mut dice).into_iter()
        })
        .collect();
    // One of each kind in turn, so that few errors are of many kinds.
    let mut plants = Vec::new();
    loop {
        let before = plants.len();
        for of_kind in &mut by_kind {
            if plants.len() < order.errors {
                plants.extend(of_kind.next());
            }
        }
        if plants.len() == before {
            break;
        }
    }
    plants.sort_by_key(|plant| plant.kind);
    plants
}

/// Plants that can stand in one copy: of one kind, so that time and false findings can be told by kind, and sharing nobody and no place.
pub fn batches(plants: &[Plant], words: usize) -> Vec<Vec<usize>> {
    let most = (words / WORDS_BETWEEN_PLANTS).max(1);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for (index, plant) in plants.iter().enumerate() {
        let fits = |batch: &&mut Vec<usize>| batch.len() < most && batch.iter().all(|other| can_share(plant, &plants[*other]));
        match batches.iter_mut().find(fits) {
            Some(batch) => batch.push(index),
            None => batches.push(vec![index]),
        }
    }
    batches
}

fn can_share(one: &Plant, two: &Plant) -> bool {
    let places = |plant: &Plant| plant.insertions(true).map(|put| (put.file.clone(), put.offset)).collect::<BTreeSet<_>>();
    let is_of_scene = matches!(one.kind, Kind::Weekday | Kind::Season | Kind::Whereabouts);
    one.kind == two.kind
        && one.names.iter().all(|name| !two.names.contains(name))
        && places(one).is_disjoint(&places(two))
        && !(is_of_scene && one.error.file == two.error.file)
}

/// Plants of one kind.
fn of_kind(story: &Story<'_>, kind: Kind, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    match kind {
        Kind::Title => return scene_plan::titles(story, wanted, dice),
        Kind::Name => return scene_plan::names(story, wanted, dice),
        Kind::Death => return scene_plan::deaths(story, wanted, dice),
        Kind::Object => return scene_plan::objects(story, wanted, dice),
        Kind::Weekday => return scene_plan::weekdays(story, wanted, dice),
        Kind::Season => return scene_plan::seasons(story, wanted, dice),
        Kind::Travel => return scene_plan::journeys(story, wanted, dice),
        Kind::Whereabouts => return people_plan::whereabouts(story, wanted, dice),
        Kind::Knowledge => return knowledge(story, wanted, dice),
        _ => {}
    }
    of_people(story, kind, wanted, dice)
}

/// What is known of people, and secrets, by turns.
fn knowledge(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut of_people = of_people(story, Kind::Knowledge, wanted, dice).into_iter();
    let mut secrets = people_plan::secrets(story, wanted, dice).into_iter();
    let mut plants = Vec::new();
    loop {
        let before = plants.len();
        plants.extend(of_people.next());
        plants.extend(secrets.next());
        if plants.len() == before {
            return plants;
        }
    }
}

/// The author's own statements and wholly planted ones by turns, as far as there are any.
fn of_people(story: &Story<'_>, kind: Kind, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut stated = story.stated(kind);
    dice.shuffle(&mut stated);
    let stated = (0..PLANTS_OF_ONE).flat_map(|_| stated.iter());
    let open = story.open(kind, dice);
    let mut plants = Vec::new();
    let (mut stated, mut open) = (stated, open.iter());
    while plants.len() < wanted {
        let (one, two) = (stated.next(), open.next());
        if one.is_none() && two.is_none() {
            break;
        }
        plants.extend(one.into_iter().chain(two).filter_map(|source| of_person(story, source, dice)));
    }
    plants
}

/// One statement and its contradiction about a person.
fn of_person(story: &Story<'_>, source: &Source, dice: &mut Dice) -> Option<Plant> {
    let right = match &source.right {
        Some(right) => right.clone(),
        None => parse(&source.attribute, dice.pick(source.topic.values)?),
    };
    let right_words = words_of(&right);
    let wrong = wrong_values(source, &right, dice).into_iter().next()?;
    let everywhere: Vec<usize> = (0..story.places.all.len()).collect();
    let beside = if story.gender(&source.subject).is_some() { story.places.beside(&source.subject) } else { &everywhere };
    let gender = story.gender(&source.subject);
    let noun = source.attribute.strip_prefix("number of ").unwrap_or_default();
    let marks = Marks { subject: Some(&source.subject), gender, other: source.other.as_deref(), noun, ..Marks::default() };
    let is_knowledge = source.topic.kind == Kind::Knowledge;

    let mut after = source.from;
    let mut setup = None;
    if source.origin == Origin::Planted {
        let early: Vec<usize> = beside[..beside.len() / 2].to_vec();
        let told: Vec<&str> = source.topic.statements.iter().copied().filter(|wording| !wording.starts_with('“')).collect();
        let put = put(story, &early, &told, &Marks { value: &right_words, ..marks }, dice)?;
        after = Some(story.places.all[put.place].point);
        setup = Some(put);
    }
    let later: Vec<usize> = beside.iter().copied().filter(|place| is_later(story, *place, after, source, &right, &wrong)).collect();
    let used = setup.as_ref().map(|put| put.wording);
    let ways = if is_knowledge { wording::LEARNING } else { source.topic.statements };
    let ways: Vec<&str> = ways.iter().copied().filter(|wording| Some(*wording) != used).collect();
    let error = put(story, &later, &ways, &Marks { value: &wrong, ..marks }, dice)?;
    let place = &story.places.all[error.place];
    let licence = (is_knowledge || dice.happens(1, LICENSED_ONE_IN))
        .then(|| put(story, &[error.place], source.topic.licences, &Marks { value: &wrong, ..marks }, dice))
        .flatten();
    let is_licensed = licence.is_some() && !is_knowledge;
    let twin = match licence {
        Some(licence) => licence.insertion,
        None => written(place, error.wording, error.insertion.lead, &Marks { value: &right_words, ..marks }, &error.name),
    };
    Some(Plant {
        kind: source.topic.kind,
        subject: source.subject.clone(),
        names: std::iter::once(source.subject.clone()).chain(source.other.clone()).collect(),
        attribute: source.attribute.clone(),
        origin: source.origin,
        right: right_words,
        wrong,
        setup: setup.map(|put| put.insertion),
        error: error.insertion,
        twin,
        is_licensed,
        receipts: source.receipts.clone(),
    })
}

/// Whether a place comes in a later scene than the first statement; soon after it when somebody would have to grow old in between.
fn is_later(story: &Story<'_>, place: usize, after: Option<StoryPoint>, source: &Source, right: &Value, wrong: &str) -> bool {
    let point = story.places.all[place].point;
    let Some(after) = after else { return true };
    let number = |value: &Value| if let Value::Number { number, .. } = value { *number } else { 0.0 };
    let is_older = source.topic.kind == Kind::Age && number(&parse("age", wrong)) > number(right);
    point > after && (!is_older || point.book == after.book && point.chapter <= after.chapter + 3)
}

#[cfg(test)]
mod tests;
