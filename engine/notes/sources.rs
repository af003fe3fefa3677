//! Where facts come from: what the reader noted and what the patterns read off the same prose, as one list, and what the bible says.

use super::attribute::{self, Attribute};
use super::fact::{Fact, Place};
use super::note::{Standing, stems};
use super::people::{Names, Owner, Sureness, owner_of};
use super::reader::{Reading, SceneNotes};
use super::value::{Comparison, compare};
use crate::bible;
use crate::facts::{Assertion, Facts, Subject, Value, Voice};
use crate::finding::Source;
use crate::manuscript::{Series, StoryPoint};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the reader noted and what the patterns read, in the order of the story: a note and an assertion of one sentence that say the same are
/// one fact with two sources.
pub fn of_prose(reading: &Reading, series: &Series, facts: &Facts) -> Vec<Fact> {
    let mut found = Vec::new();
    for scene in &reading.scenes {
        let prose = series.scene(scene.point).map_or("", |(_, scene)| scene.prose.as_str());
        let own = noted(scene, prose, &reading.names);
        let asserted = facts.within(scene.point..after(scene.point)).all().iter().filter_map(|said| asserted(said, prose, &reading.names));
        found.extend(joined(own, asserted.collect(), &reading.names));
    }
    found
}

/// What the patterns alone read, where the reader is not there.
pub fn by_patterns(series: &Series, facts: &Facts) -> Vec<Fact> {
    let names = Names::of(facts.cast(), std::iter::empty());
    let read = |said: &Arc<Assertion>| Some(asserted(said, &series.scene(said.point)?.1.prose, &names)?.fact);
    facts.assertions().iter().filter_map(read).collect()
}

/// The point right behind a scene.
fn after(point: StoryPoint) -> StoryPoint {
    StoryPoint { scene: point.scene + 1, ..point }
}

/// What the reader noted of a scene.
fn noted(scene: &SceneNotes, prose: &str, names: &Names) -> Vec<Fact> {
    let notes = scene.passages.iter().flat_map(|passage| passage.notes.iter().map(move |note| (note, &passage.passage)));
    notes
        .filter_map(|(note, passage)| {
            let sentence = passage.lines.get(note.line)?.range.clone();
            let owner = match owner_of(&note.subject, names, scene.point.book) {
                Owner::Stranger(pronoun) => scene.ground.meant_by(&pronoun, &sentence, names).unwrap_or(Owner::Stranger(pronoun)),
                owner => owner,
            };
            Some(Fact {
                sureness: scene.ground.sureness(&owner, prose, &sentence, names),
                owner,
                subject: note.subject.clone(),
                attribute: note.attribute,
                value: note.value.clone(),
                standing: note.standing,
                text: Arc::from(&prose[sentence.clone()]),
                place: Place::Prose { point: scene.point, sentence },
                sources: BTreeSet::from([Source::Reader]),
            })
        })
        .collect()
}

/// An assertion of the patterns, with whom its words may mean.
struct Asserted<'a> {
    said: &'a Assertion,
    fact: Fact,
}

/// What the patterns read, where the table of attributes has a place for it.
fn asserted<'a>(said: &'a Assertion, prose: &str, names: &Names) -> Option<Asserted<'a>> {
    let (attribute, value) = as_noted(said)?;
    let subject = match &said.subject {
        Subject::Known(name) => name.clone(),
        Subject::Unclear(names) => names.first().cloned().unwrap_or_default(),
    };
    let standing = match (&said.voice, said.hedged) {
        (Voice::Apart, _) | (_, true) => Standing::Doubtful,
        (Voice::Speech(_), false) => Standing::Said,
        (Voice::Narration, false) => Standing::Plain,
    };
    let fact = Fact {
        owner: owner_of(&subject, names, said.point.book),
        sureness: if matches!(said.subject, Subject::Known(_)) { Sureness::Named } else { Sureness::Read },
        subject,
        attribute,
        value,
        standing,
        text: Arc::from(&prose[said.sentence.clone()]),
        place: Place::Prose { point: said.point, sentence: said.sentence.clone() },
        sources: BTreeSet::from([Source::Patterns]),
    };
    Some(Asserted { said, fact })
}

/// What the patterns read and the reader notes too; what has its own calendar or its own rule is compared there.
const SHARED: &[&str] = &[
    "eye colour",
    "hair colour",
    "beard colour",
    "build",
    "height",
    "handedness",
    "age",
    "born",
    "title",
    "occupation",
    "material",
    "colour",
    "kept in",
];

/// An assertion's attribute and value as the reader would have noted them.
fn as_noted(said: &Assertion) -> Option<(&'static Attribute, String)> {
    let value = said.value.to_string();
    let named = |name: &str| attribute::named(name);
    let name = said.attribute.as_str();
    if let Some(other) = name.strip_prefix("relation to ") {
        return Some((named("kin")?, format!("{value} of {other}")));
    }
    if name.starts_with("number of ") {
        return Some((named("count")?, value));
    }
    if let (Value::Side(_), Some(part)) = (&said.value, name.strip_prefix("missing ").or_else(|| name.strip_prefix("lame "))) {
        return Some((named("mark")?, format!("{value} {part}")));
    }
    if let (Value::Side(_), Some(part)) = (&said.value, name.strip_prefix("blind ")) {
        return Some((named("sense")?, format!("{value} {part}")));
    }
    if let (Value::Side(_), Some((_, part))) = (&said.value, name.split_once(" on ")) {
        return Some((named("mark")?, format!("{value} {part}")));
    }
    match (name, &said.value) {
        ("alive", Value::Alive(false)) => Some((named("died")?, value)),
        _ if SHARED.contains(&name) => Some((attribute::by_any_name(name)?, value)),
        _ => None,
    }
}

/// Notes and assertions of one scene as one list, in the order of their sentences.
fn joined(mut noted: Vec<Fact>, asserted: Vec<Asserted<'_>>, names: &Names) -> Vec<Fact> {
    let mut by_group: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
    for (index, fact) in noted.iter().enumerate() {
        by_group.entry(fact.attribute.group).or_default().push(index);
    }
    let mut alone = Vec::new();
    for Asserted { said, fact } in asserted {
        let same = by_group.get(&fact.attribute.group).into_iter().flatten().copied().find(|index| says_the_same(&noted[*index], &fact));
        match same {
            Some(index) => agree(&mut noted[index], said, &fact, names),
            // What a pattern alone sees counts only where it is sure whose it is.
            None if fact.is_plain() => alone.push(fact),
            None => {}
        }
    }
    noted.append(&mut alone);
    noted.sort_by_key(Fact::order);
    noted
}

/// Whether a note and an assertion tell the same of one sentence.
fn says_the_same(noted: &Fact, asserted: &Fact) -> bool {
    let (Some((_, one)), Some((_, other))) = (noted.in_prose(), asserted.in_prose()) else { return false };
    let meets = one.start < other.end && other.start < one.end;
    let (first, second) = (stems(&noted.value), stems(&asserted.value));
    meets && (first.iter().any(|stem| second.contains(stem)) || compare(noted, asserted) == Comparison::Fine)
}

/// Makes a note as sure as the pattern that says the same finds it.
fn agree(noted: &mut Fact, said: &Assertion, asserted: &Fact, names: &Names) {
    noted.sources.insert(Source::Patterns);
    // Of what is supposed or denied the reader knows more than the words around it tell.
    if asserted.standing == Standing::Said && noted.standing == Standing::Plain {
        noted.standing = Standing::Said;
    }
    let Owner::Person(name) = &noted.owner else { return };
    noted.sureness = match &said.subject {
        Subject::Known(known) if names.is(known, name) => Sureness::Named,
        Subject::Unclear(likely) if likely.iter().any(|one| names.is(one, name)) => noted.sureness.min(Sureness::Agreed),
        // The pattern goes by the words alone, and they name somebody else.
        Subject::Known(_) if noted.sureness != Sureness::Named => Sureness::Contrary,
        Subject::Known(_) | Subject::Unclear(_) => noted.sureness,
    };
}

/// A statement of the bible; nothing where the table of attributes has no place for it.
pub fn of_bible(fact: &bible::Fact) -> Option<Fact> {
    let is_number = || fact.value.trim().chars().all(|digit| digit.is_ascii_digit());
    let (attribute, value) = match (attribute::by_any_name(&fact.name), crate::text::words::fold(&fact.value).as_str()) {
        (Some(attribute), _) => (attribute, fact.value.clone()),
        // `swims: no`
        (None, "no" | "never") => (attribute::named("cannot")?, fact.name.clone()),
        (None, "yes") => (attribute::named("can")?, fact.name.clone()),
        // `steps: 112`
        (None, _) if is_number() => (attribute::named("count")?, format!("{} {}", fact.value.trim(), fact.name)),
        (None, _) => return None,
    };
    let subject = &fact.subject;
    let sentence = match attribute.name {
        "eyes" | "hair" | "beard" => format!("{subject} had {value} {}.", attribute.name),
        "age" => format!("{subject} was {value} years old."),
        "work" | "rank" => format!("{subject} was {value}."),
        "born" => format!("{subject} was born {value}."),
        "home" => format!("{subject} lived in {value}."),
        "cannot" => format!("{subject} never {value}."),
        "can" => format!("{subject} {value}."),
        "count" => format!("{subject} had {value}."),
        "made" => format!("{subject} was made of {value}."),
        _ => format!("{subject}’s {}: {value}.", fact.name),
    };
    Some(Fact {
        owner: Owner::Person(subject.clone()),
        sureness: Sureness::Named,
        subject: subject.clone(),
        attribute,
        value,
        standing: Standing::Plain,
        text: Arc::from(sentence),
        place: Place::Bible(fact.clone()),
        sources: BTreeSet::from([Source::Bible]),
    })
}
