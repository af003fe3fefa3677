//! Plans of what needs more than one person and a value: ranks, spellings, deaths, things, days, seasons and ways.

use super::dice::Dice;
use super::put::{Marks, Put, put, written};
use super::source::{Story, parse};
use super::wording::{self, ACTING, DATE, DAY, DYING, NAMING, NOT_DYING, OF_THINGS, RANKS, REMEMBERED, SEASON, THINGS, Topic, WAYS};
use super::{Kind, Origin, Plant};
use crate::bible::EntryKind;
use crate::facts::calendar::{Calendar, PartialDate};
use crate::facts::value::Difference;
use crate::facts::{Assertion, Subject, Value};
use crate::manuscript::StoryPoint;
use crate::text::{SourcePath, Span};
use std::collections::{BTreeMap, BTreeSet};

/// A name must stand this often in the text to have a usual spelling.
const USUAL_SPELLING: usize = 8;
/// A name of fewer letters is too near to other words.
const MIN_NAME: usize = 5;
/// Who is to die must be named in so many later scenes, so that they are sure to do something there.
const LATER_PLACES: usize = 8;
/// Two statements on one day must be so many places apart.
const PLACES_APART: usize = 2;

/// One plant from a pair of wordings at one place.
struct Pair<'p> {
    kind: Kind,
    subject: &'p str,
    attribute: &'p str,
    origin: Origin,
    right: &'p str,
    wrong: &'p str,
    is_licensed: bool,
}

impl Pair<'_> {
    fn plant(self, setup: Option<Put>, error: Put, twin: super::Insertion, receipts: Vec<(SourcePath, Span)>) -> Plant {
        Plant {
            kind: self.kind,
            subject: self.subject.to_string(),
            names: vec![self.subject.to_string()],
            attribute: self.attribute.to_string(),
            origin: self.origin,
            right: self.right.to_string(),
            wrong: self.wrong.to_string(),
            setup: setup.map(|put| put.insertion),
            error: error.insertion,
            twin,
            is_licensed: self.is_licensed,
            receipts,
        }
    }
}

/// A twin at the place of an error: the same words with the right value, or now and then a harmless way to say the wrong one.
fn twin(
    story: &Story<'_>,
    error: &Put,
    licences: &[&'static str],
    right: &Marks<'_>,
    wrong: &Marks<'_>,
    dice: &mut Dice,
) -> (super::Insertion, bool) {
    let licence = dice.happens(1, 3).then(|| put(story, &[error.place], licences, wrong, dice)).flatten();
    match licence {
        Some(licence) => (licence.insertion, true),
        None => {
            let place = &story.places.all[error.place];
            let gender = place.people.iter().find(|(_, name)| **name == error.name).and_then(|(person, _)| story.gender(person));
            let right = Marks { gender, ..*right };
            (written(place, error.wording, error.insertion.lead, &right, &error.name), false)
        }
    }
}

/// A first statement and its contradiction, both planted, that need nobody in particular.
#[expect(clippy::too_many_arguments, reason = "the two statements differ in nearly everything")]
pub(super) fn of_nobody(
    story: &Story<'_>,
    topic: &Topic,
    subject: &str,
    early: &[usize],
    late: impl Fn(usize) -> Vec<usize>,
    right: &Marks<'_>,
    wrong: &Marks<'_>,
    dice: &mut Dice,
) -> Option<Plant> {
    let told: Vec<&'static str> = topic.statements.iter().copied().filter(|wording| !wording.starts_with('“')).collect();
    let setup = put(story, early, &told, right, dice)?;
    let ways: Vec<&'static str> = topic.statements.iter().copied().filter(|wording| *wording != setup.wording).collect();
    let error = put(story, &late(setup.place), &ways, wrong, dice)?;
    let (twin, is_licensed) = twin(story, &error, topic.licences, right, wrong, dice);
    let pair = Pair {
        kind: topic.kind,
        subject,
        attribute: topic.attribute,
        origin: Origin::Planted,
        right: right.value,
        wrong: wrong.value,
        is_licensed,
    };
    Some(pair.plant(Some(setup), error, twin, Vec::new()))
}

/// A rank that is another between two mentions with the right one.
pub(super) fn titles(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut groups: BTreeMap<&str, Vec<&Assertion>> = BTreeMap::new();
    for said in plain(story, "title") {
        if let Subject::Known(subject) = &said.subject {
            groups.entry(subject).or_default().push(said);
        }
    }
    let mut plants = Vec::new();
    for (subject, said) in groups {
        let (Some(first), Some(last)) = (said.first(), said.last()) else { continue };
        let is_one = said.iter().all(|one| one.value.differs(&first.value) == Difference::Same);
        let Some(surname) = subject.split(' ').next_back().filter(|_| is_one && said.len() >= 3) else { continue };
        let between: Vec<usize> = story.places.beside(subject).to_vec();
        let between: Vec<usize> = between
            .into_iter()
            .filter(|place| story.places.all[*place].point > first.point && story.places.all[*place].point < last.point)
            .collect();
        let mut ranks = RANKS.to_vec();
        ranks.retain(|rank| parse("title", rank).differs(&first.value) == Difference::Different);
        for _ in 0..2 {
            let Some(rank) = dice.pick(&ranks) else { break };
            let right_rank = capitalised(&first.value.to_string());
            let (right, wrong) = (format!("{right_rank} {surname}"), format!("{rank} {surname}"));
            let Some(error) = put(story, &between, NAMING, &Marks { value: &wrong, ..Marks::default() }, dice) else { continue };
            let place = &story.places.all[error.place];
            let twin = written(place, error.wording, error.insertion.lead, &Marks { value: &right, ..Marks::default() }, "");
            let receipts = said.iter().filter_map(|one| story.receipt(one.point, one.sentence.clone())).collect();
            let pair = Pair {
                kind: Kind::Title,
                subject,
                attribute: "title",
                origin: Origin::Prose,
                right: &right,
                wrong: &wrong,
                is_licensed: false,
            };
            plants.push(pair.plant(None, error, twin, receipts));
        }
    }
    dice.shuffle(&mut plants);
    plants.truncate(wanted);
    plants
}

fn plain<'s>(story: &'s Story<'_>, attribute: &'s str) -> impl Iterator<Item = &'s Assertion> {
    let all = story.facts.assertions().iter().filter(move |said| said.attribute == attribute);
    all.filter(|said| said.is_plain_narration()).map(|said| &**said)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A name with a slip of the pen.
pub(super) fn names(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut plants = Vec::new();
    let mut people = story.people.clone();
    dice.shuffle(&mut people);
    for (subject, _) in &people {
        let Some(word) = subject.split(' ').filter(|word| is_worth(word)).max_by_key(|word| word.len()) else { continue };
        let receipts = sentences_with(story, word);
        if receipts.len() < USUAL_SPELLING {
            continue;
        }
        for _ in 0..2 {
            let Some(slip) = slip(word, dice).filter(|slip| !story.prose.contains(&slip.to_lowercase())) else { continue };
            let beside = story.places.beside(subject);
            let named: Vec<usize> =
                beside.iter().copied().filter(|place| story.places.all[*place].people[subject].contains(word)).collect();
            let Some(place) = dice.pick(&named).copied() else { continue };
            let right = story.places.all[place].people[subject].clone();
            let wrong = right.replacen(word, &slip, 1);
            let Some(error) = put(story, &[place], NAMING, &Marks { value: &wrong, ..Marks::default() }, dice) else { continue };
            let marks = Marks { value: &right, ..Marks::default() };
            let twin = written(&story.places.all[place], error.wording, error.insertion.lead, &marks, "");
            let pair = Pair {
                kind: Kind::Name,
                subject,
                attribute: "name",
                origin: Origin::Prose,
                right: &right,
                wrong: &wrong,
                is_licensed: false,
            };
            plants.push(pair.plant(None, error, twin, receipts.clone()));
        }
        if plants.len() >= wanted {
            break;
        }
    }
    plants.truncate(wanted);
    plants
}

fn is_worth(word: &str) -> bool {
    word.chars().count() >= MIN_NAME && word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphabetic)
}

/// Two letters changed over, one doubled, dropped or mistaken; never the first, which nobody gets wrong.
fn slip(word: &str, dice: &mut Dice) -> Option<String> {
    let mut letters: Vec<char> = word.chars().collect();
    let at = 1 + dice.below(letters.len().saturating_sub(2));
    match dice.below(4) {
        0 if letters[at] != letters[at + 1] => letters.swap(at, at + 1),
        1 => letters.insert(at, letters[at]),
        2 if letters.len() > MIN_NAME => {
            letters.remove(at);
        }
        _ => {
            let vowels = ['a', 'e', 'i', 'o', 'u'];
            let place = (1..letters.len()).find(|place| *place >= at && vowels.contains(&letters[*place]))?;
            let other: Vec<char> = vowels.into_iter().filter(|vowel| *vowel != letters[place]).collect();
            letters[place] = *dice.pick(&other)?;
        }
    }
    let slip: String = letters.into_iter().collect();
    (slip != word).then_some(slip)
}

/// Where the sentences stand that have a word of a name, whoever of the family is meant.
fn sentences_with(story: &Story<'_>, word: &str) -> Vec<(SourcePath, Span)> {
    let mut found = Vec::new();
    for chapter in story.series.chapters() {
        for scene in &chapter.scenes {
            let with_word = scene.sentences.iter().filter(|sentence| scene.sentence_text(sentence).contains(word));
            found.extend(with_word.map(|sentence| (chapter.path.clone(), scene.locate(sentence.range.clone()))));
        }
    }
    found
}

/// Where the sentences stand in which somebody is named, of those that are wanted.
fn sentences(story: &Story<'_>, subject: &str, is_wanted: impl Fn(StoryPoint) -> bool) -> Vec<(SourcePath, Span)> {
    let mut found = BTreeSet::new();
    for chapter in story.series.chapters() {
        for scene in &chapter.scenes {
            for mention in story.facts.cast().mentions(scene) {
                if mention.name == subject
                    && is_wanted(scene.point)
                    && let Some(sentence) = scene.sentence_at(mention.range.start)
                {
                    found.insert((chapter.path.clone(), scene.locate(sentence.range.clone())));
                }
            }
        }
    }
    found.into_iter().collect()
}

/// Somebody dies who is alive later; and somebody acts whom the text has buried.
pub(super) fn deaths(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut plants = returning(story, dice);
    plants.truncate(wanted.div_ceil(2));
    let mut people = story.people.clone();
    dice.shuffle(&mut people);
    let told_dead: BTreeSet<&str> = plain(story, "alive")
        .filter_map(|said| if let Subject::Known(name) = &said.subject { Some(name.as_str()) } else { None })
        .collect();
    for (subject, gender) in people.iter().filter(|(name, _)| !told_dead.contains(name.as_str())) {
        let beside = story.places.beside(subject);
        let marks = Marks { subject: Some(subject), gender: Some(*gender), ..Marks::default() };
        let early = &beside[..beside.len() / 2];
        if beside.len() < 2 * LATER_PLACES || plants.len() >= wanted {
            continue;
        }
        let Some(error) = put(story, early, DYING, &marks, dice) else { continue };
        let Some(twin) = put(story, &[error.place], NOT_DYING, &marks, dice) else { continue };
        let point = story.places.all[error.place].point;
        let receipts = sentences(story, subject, |later| later > point);
        let pair = Pair {
            kind: Kind::Death,
            subject,
            attribute: "alive",
            origin: Origin::Prose,
            right: "alive",
            wrong: "dead",
            is_licensed: true,
        };
        plants.push(pair.plant(None, error, twin.insertion, receipts));
    }
    plants
}

/// People whom the narration calls dead and who are not named afterwards.
fn returning(story: &Story<'_>, dice: &mut Dice) -> Vec<Plant> {
    let mut plants = Vec::new();
    for (subject, gender) in &story.people {
        let mut deaths: Vec<&Assertion> = Vec::new();
        let is_theirs = |said: &&Assertion| said.subject == Subject::Known(subject.clone());
        deaths.extend(plain(story, "alive").filter(is_theirs).filter(|said| said.value == Value::Alive(false)));
        let Some(last) = deaths.last() else { continue };
        let is_named_later = story.places.beside(subject).iter().filter(|place| story.places.all[**place].point > last.point).count() > 2;
        if is_named_later {
            continue;
        }
        let later: Vec<usize> = (0..story.places.all.len()).filter(|place| story.places.all[*place].point > last.point).collect();
        let Some(place) = dice.pick(&later).copied() else { continue };
        let marks = Marks { gender: Some(*gender), ..Marks::default() };
        let (Some(acts), Some(remembers)) = (dice.pick(ACTING), dice.pick(REMEMBERED)) else { continue };
        let here = &story.places.all[place];
        let insertion = written(here, acts, "\n\n", &marks, subject);
        let twin = written(here, remembers, "\n\n", &marks, subject);
        let error = Put { place, wording: acts, name: subject.clone(), insertion };
        let receipts = deaths.iter().filter_map(|said| story.receipt(said.point, said.sentence.clone())).collect();
        let (kind, origin) = (Kind::Death, Origin::Prose);
        let pair = Pair { kind, subject, attribute: "alive", origin, right: "dead", wrong: "alive", is_licensed: true };
        plants.push(pair.plant(None, error, twin, receipts));
    }
    dice.shuffle(&mut plants);
    plants
}

/// Things that are kept elsewhere, or made of something else.
pub(super) fn objects(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut things: Vec<(&&str, &Topic)> = THINGS.iter().flat_map(|thing| OF_THINGS.iter().map(move |topic| (thing, topic))).collect();
    things.retain(|(thing, _)| !story.prose.contains(**thing));
    dice.shuffle(&mut things);
    let mut plants = Vec::new();
    for (thing, topic) in things.into_iter().take(wanted) {
        let Some((right, wrong)) = two_values(topic, dice) else { continue };
        let marks = Marks { thing, ..Marks::default() };
        let (right, wrong) = (Marks { value: right, ..marks }, Marks { value: wrong, ..marks });
        let (early, _) = halves(story);
        let late = |setup: usize| after(story, setup);
        plants.extend(of_nobody(story, topic, thing, &early, late, &right, &wrong, dice));
    }
    plants
}

fn two_values(topic: &Topic, dice: &mut Dice) -> Option<(&'static str, &'static str)> {
    let right = *dice.pick(topic.values)?;
    let others: Vec<&'static str> = topic
        .values
        .iter()
        .copied()
        .filter(|other| parse(topic.attribute, right).differs(&parse(topic.attribute, other)) == Difference::Different)
        .collect();
    Some((right, *dice.pick(&others)?))
}

fn halves(story: &Story<'_>) -> (Vec<usize>, Vec<usize>) {
    let count = story.places.all.len();
    ((0..count / 2).collect(), (count / 2..count).collect())
}

/// The places in later scenes.
fn after(story: &Story<'_>, place: usize) -> Vec<usize> {
    let point = story.places.all[place].point;
    (place..story.places.all.len()).filter(|later| story.places.all[*later].point > point).collect()
}

/// Two weekdays in one scene, and dates whose weekday changes.
pub(super) fn weekdays(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut plants = Vec::new();
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let mut scenes = scenes_without(story, &names);
    dice.shuffle(&mut scenes);
    let mut scenes = scenes.into_iter();
    for turn in 0..wanted {
        if turn % 2 == 0 {
            plants.extend(of_date(story, dice));
        } else if let Some(scene) = scenes.next()
            && let Some((right, wrong)) = two_values(&DAY, dice)
        {
            let (right, wrong) = (Marks { value: right, ..Marks::default() }, Marks { value: wrong, ..Marks::default() });
            plants.extend(in_one_scene(story, &DAY, &scene, &right, &wrong, dice));
        }
    }
    plants
}

/// A whole date with its weekday, and the same date with another.
fn of_date(story: &Story<'_>, dice: &mut Dice) -> Option<Plant> {
    let (year, month, day) =
        (1850 + i32::try_from(dice.below(60)).ok()?, 1 + u8::try_from(dice.below(12)).ok()?, 4 + u8::try_from(dice.below(17)).ok()?);
    let whole = PartialDate { year: Some(year), month: Some(month), day: Some(day) };
    let month_name = story.calendar.month_name(month);
    let right = story.calendar.weekday_name(story.calendar.weekday_of(whole)?);
    let others: Vec<&str> = DATE.values.iter().copied().filter(|other| *other != right).collect();
    let wrong = *dice.pick(&others)?;
    let date = format!("{day}th of {month_name}, {year}");
    let us_date = format!("{month_name} {day}, {year}");
    let marks = Marks { day: &date, us_day: &us_date, ..Marks::default() };
    let (early, _) = halves(story);
    let late = |setup: usize| after(story, setup);
    let (right, wrong) = (Marks { value: right, ..marks }, Marks { value: wrong, ..marks });
    of_nobody(story, &DATE, &us_date, &early, late, &right, &wrong, dice)
}

/// The places of each scene of a linear chapter that has several and whose chapter has none of the words, nor a date of its own.
pub(super) fn scenes_without(story: &Story<'_>, words: &[&str]) -> Vec<Vec<usize>> {
    let mut scenes: BTreeMap<StoryPoint, Vec<usize>> = BTreeMap::new();
    for (index, place) in story.places.all.iter().enumerate() {
        scenes.entry(place.point).or_default().push(index);
    }
    let is_silent = |point: &StoryPoint| {
        let chapter = &story.series.books[point.book].chapters[point.chapter];
        let prose: String = chapter.scenes.iter().map(|scene| scene.prose.to_lowercase()).collect();
        chapter.front_matter.date.is_none() && words.iter().all(|word| !prose.contains(word))
    };
    scenes.retain(|point, places| places.len() > 2 * PLACES_APART && is_silent(point));
    scenes.into_values().collect()
}

/// Two statements in one scene, some places apart.
fn in_one_scene(story: &Story<'_>, topic: &Topic, scene: &[usize], right: &Marks<'_>, wrong: &Marks<'_>, dice: &mut Dice) -> Option<Plant> {
    let early = &scene[..scene.len() / 2];
    let late = |setup: usize| scene.iter().copied().filter(|place| *place >= setup + PLACES_APART).collect();
    let chapter = story.places.all[*scene.first()?].file.clone();
    of_nobody(story, topic, chapter.as_str(), early, late, right, wrong, dice)
}

/// Two seasons in one scene, or one that is not that of the chapter's date.
pub(super) fn seasons(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let mut plants = dated_seasons(story, dice);
    plants.truncate(wanted.div_ceil(2));
    let words = ["winter", "summer", "spring", "autumn", " fall ", "snow", "january", "july", "april", "october", "blossom", "hay"];
    let mut scenes = scenes_without(story, &words);
    dice.shuffle(&mut scenes);
    for scene in scenes {
        if plants.len() >= wanted {
            break;
        }
        let Some(right) = dice.pick(SEASON.values).copied() else { break };
        let (right, wrong) = (season_marks(right), season_marks(opposite(right)));
        plants.extend(in_one_scene(story, &SEASON, &scene, &right, &wrong, dice));
    }
    plants
}

fn opposite(season: &str) -> &'static str {
    match season {
        "winter" => "summer",
        "summer" => "winter",
        "spring" => "autumn",
        _ => "spring",
    }
}

fn season_marks(season: &'static str) -> Marks<'static> {
    let (month, sign) = wording::season_words(season);
    Marks { value: season, month, sign, ..Marks::default() }
}

/// Chapters whose front matter has a date with a month, each with a sentence on the opposite season.
fn dated_seasons(story: &Story<'_>, dice: &mut Dice) -> Vec<Plant> {
    let mut plants = Vec::new();
    for chapter in story.series.chapters() {
        let Some((date, receipt)) = date_line(chapter, story.calendar) else { continue };
        let Some(season) = date.month.and_then(|month| story.calendar.season_of(month)) else { continue };
        let right = Value::Season(season).to_string();
        let wrong = opposite(&right);
        let here: Vec<usize> = (0..story.places.all.len())
            .filter(|place| story.places.all[*place].file == chapter.path && story.places.all[*place].point.scene == 0)
            .collect();
        let marks = season_marks(wrong);
        let Some(error) = put(story, &here, SEASON.statements, &marks, dice) else { continue };
        let right_marks = season_marks(SEASON.values.iter().find(|season| **season == right).copied().unwrap_or("winter"));
        let (twin, is_licensed) = twin(story, &error, SEASON.licences, &right_marks, &marks, dice);
        let (kind, attribute, origin) = (Kind::Season, SEASON.attribute, Origin::Prose);
        let pair = Pair { kind, subject: chapter.path.as_str(), attribute, origin, right: &right, wrong, is_licensed };
        plants.push(pair.plant(None, error, twin, vec![(chapter.path.clone(), receipt)]));
    }
    dice.shuffle(&mut plants);
    plants
}

/// The date of a chapter's front matter, and its line.
fn date_line(chapter: &crate::manuscript::Chapter, calendar: &Calendar) -> Option<(PartialDate, Span)> {
    let text = chapter.front_matter.date.as_deref()?;
    let date = calendar.parse_date(text)?;
    let yaml = &chapter.front_matter.yaml;
    let at = yaml.find(text)?;
    let start = yaml[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = yaml[at..].find('\n').map_or(yaml.len(), |end| at + end);
    let from = chapter.front_matter.yaml_start;
    Some((date, Span::new(from + start, from + end)))
}

/// Ways between two places that take longer the second time.
pub(super) fn journeys(story: &Story<'_>, wanted: usize, dice: &mut Dice) -> Vec<Plant> {
    let is_place = |person: &&crate::facts::Person| person.kind == EntryKind::Place && person.count >= 2;
    let places: Vec<&str> = story.facts.cast().people().iter().filter(is_place).map(|place| place.name.as_str()).collect();
    let stated: BTreeSet<&str> =
        plain(story, "travel").filter_map(|said| if let Subject::Known(way) = &said.subject { Some(way.as_str()) } else { None }).collect();
    let mut plants = Vec::new();
    for turn in 0..wanted {
        let (Some(from), Some(to)) = (dice.pick(&places), dice.pick(&places)) else { break };
        let subject = format!("{from} to {to}");
        if from == to || stated.contains(subject.as_str()) {
            continue;
        }
        let topic = &WAYS[turn % WAYS.len()];
        let Some((right, wrong)) = two_values(topic, dice).or_else(|| two_words(topic, dice)) else { continue };
        let marks = Marks { from, to, ..Marks::default() };
        let (right, wrong) = (Marks { value: right, ..marks }, Marks { value: wrong, ..marks });
        let (early, _) = halves(story);
        let late = |setup: usize| after(story, setup);
        plants.extend(of_nobody(story, topic, &subject, &early, late, &right, &wrong, dice));
    }
    plants
}

/// Two values that are written differently, where `facts` has no way to compare them.
fn two_words(topic: &Topic, dice: &mut Dice) -> Option<(&'static str, &'static str)> {
    let right = *dice.pick(topic.values)?;
    let others: Vec<&'static str> = topic.values.iter().copied().filter(|other| *other != right).collect();
    Some((right, *dice.pick(&others)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_near_and_keeps_the_first_letter() {
        let mut dice = Dice::new(3, "slips");
        let slips: BTreeSet<String> = (0..60).filter_map(|_| slip("Brackett", &mut dice)).collect();
        assert!(slips.len() > 5, "{slips:?}");
        for slip in slips {
            assert!(slip.starts_with('B') && slip != "Brackett", "{slip}");
            assert!(strsim::damerau_levenshtein(&slip, "Brackett") <= 1, "{slip}");
        }
    }
}
