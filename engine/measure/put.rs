//! Puts a wording at a place of the story: the name that stands there, its pronouns, its quotation marks.

use super::Insertion;
use super::dice::Dice;
use super::places::Place;
use super::source::Story;
use super::wording::{fill, pronouns};
use crate::bible::EntryKind;
use crate::facts::Gender;

/// What fills the marks of a sentence besides the name, which is written as it stands at the place.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks<'m> {
    /// Whom the sentence is about; nothing when anybody there will do.
    pub subject: Option<&'m str>,
    pub gender: Option<Gender>,
    pub other: Option<&'m str>,
    pub value: &'m str,
    pub noun: &'m str,
    pub thing: &'m str,
    pub from: &'m str,
    pub to: &'m str,
    pub day: &'m str,
    pub us_day: &'m str,
    pub month: &'m str,
    pub sign: &'m str,
}

/// A sentence that has found its place.
#[derive(Clone)]
pub(super) struct Put {
    pub place: usize,
    pub wording: &'static str,
    /// The name in it, as the place has it.
    pub name: String,
    pub insertion: Insertion,
}

/// Puts one of several wordings at one of several places, whichever fit together first.
pub(super) fn put(story: &Story<'_>, places: &[usize], wordings: &[&'static str], marks: &Marks<'_>, dice: &mut Dice) -> Option<Put> {
    let mut wordings = wordings.to_vec();
    dice.shuffle(&mut wordings);
    let mut places = places.to_vec();
    dice.shuffle(&mut places);
    for wording in wordings {
        for index in &places {
            let place = &story.places.all[*index];
            let Some((name, gender)) = fitting(story, place, wording, marks) else { continue };
            let is_speech = wording.starts_with('“');
            let lead = match (needs_name(wording), place.ends_in_narration) {
                _ if is_speech => "\n\n",
                (false, true) if has_pronoun(wording) => " ",
                (_, true) if dice.happens(1, 2) => " ",
                _ => "\n\n",
            };
            let marks = Marks { gender, ..*marks };
            let insertion = written(place, wording, lead, &marks, &name);
            return Some(Put { place: *index, wording, name, insertion });
        }
    }
    None
}

fn needs_name(wording: &str) -> bool {
    wording.contains("{name}")
}

fn has_pronoun(wording: &str) -> bool {
    ["{he}", "{He}", "{his}", "{His}", "{him}", "{himself}", "{man}"].iter().any(|mark| wording.contains(mark))
}

/// The name and gender with which a wording can stand at a place.
fn fitting(story: &Story<'_>, place: &Place, wording: &str, marks: &Marks<'_>) -> Option<(String, Option<Gender>)> {
    if !needs_name(wording) {
        let is_clear = marks.subject.is_some() && place.only_person.as_deref() == marks.subject && place.ends_in_narration;
        return (!has_pronoun(wording) || is_clear).then(|| (String::new(), marks.gender));
    }
    match marks.subject {
        Some(subject) => {
            let written = place.people.get(subject);
            // A place or a thing is no person of the paragraph, and is written as it is called.
            let is_person = story.facts.cast().person(subject).is_some_and(|known| known.kind == EntryKind::Character);
            let name = written.cloned().or_else(|| (!is_person).then(|| subject.to_string()))?;
            (!has_pronoun(wording) || marks.gender.is_some()).then_some((name, marks.gender))
        }
        None => place.people.iter().find_map(|(name, written)| Some((written.clone(), Some(story.gender(name)?)))),
    }
}

/// The insertion of a wording at a place.
pub(super) fn written(place: &Place, wording: &str, lead: &'static str, marks: &Marks<'_>, name: &str) -> Insertion {
    let mut values = vec![
        ("name", name),
        ("value", marks.value),
        ("other", marks.other.unwrap_or_default()),
        ("noun", marks.noun),
        ("thing", marks.thing),
        ("from", marks.from),
        ("to", marks.to),
        ("day", marks.day),
        ("us_day", marks.us_day),
        ("month", marks.month),
        ("sign", marks.sign),
    ];
    values.extend(pronouns(marks.gender.unwrap_or(Gender::Male)));
    let mut sentence = fill(wording, &values);
    if !place.style.has_curly_quotes {
        sentence = sentence.replace(['“', '”'], "\"").replace('’', "'");
    }
    let lead = if lead == "\n\n" && place.style.has_carriage_returns { "\r\n\r\n" } else { lead };
    Insertion { file: place.file.clone(), offset: place.offset, lead, sentence }
}
