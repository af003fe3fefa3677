//! The notes of a book against its bible: what the reader noted of an entry, and what the bible says of it at that point of the story.

use super::attribute::{self, Attribute};
use super::clash::{self, NotedFact};
use super::note::{Note, Standing};
use super::people::{Owner, Sureness};
use super::reader::Reading;
use super::value::{Comparison, compare};
use super::{prompt, verdict};
use crate::bible::{Bible, Fact};
use crate::manuscript::Series;
use crate::model::{Desk, Turn};
use crate::text::words::fold;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A sentence that most likely cannot be true if the bible is.
#[derive(Clone, Debug)]
pub struct CanonClash {
    pub noted: NotedFact,
    pub fact: Fact,
    /// From 0 to 1, calibrated.
    pub probability: f64,
    /// The model's words on it.
    pub reason: Option<String>,
    /// Whether the values themselves exclude each other, and the narration says whose it is.
    pub is_sure: bool,
}

/// The log-odds of a pair with the bible before the model has seen it: what the author has written down is meant to hold.
const PRIOR: f64 = -1.6;

/// Names that authors give to facts, and the reader's attribute for each.
const NAMES: &[(&str, &[&str])] = &[
    ("eyes", &["eyes", "eye", "eye colour", "eye color"]),
    ("hair", &["hair", "hair colour", "hair color"]),
    ("beard", &["beard", "facial hair"]),
    ("height", &["height"]),
    ("build", &["build", "figure"]),
    ("hand", &["hand", "handedness", "handed", "dominant hand", "writes with"]),
    ("mark", &["scar", "scars", "mark", "marks", "tattoo", "missing", "limp", "lame"]),
    ("age", &["age"]),
    ("born", &["born", "birthday", "birth", "date of birth", "birthplace", "born in"]),
    ("work", &["occupation", "job", "profession", "work", "trade", "works as"]),
    ("rank", &["rank"]),
    ("title", &["title"]),
    ("home", &["home", "lives in", "address", "residence", "house"]),
    ("origin", &["origin", "from", "nationality", "country"]),
    ("faith", &["faith", "religion"]),
    ("married", &["married", "marriage", "marital status", "spouse", "wife", "husband"]),
    ("kin", &["family", "siblings", "brother", "sister", "father", "mother", "children", "relations"]),
    ("habit", &["habit", "habits", "drinks", "smokes", "diet"]),
    ("fears", &["fears", "fear", "afraid of", "phobia"]),
    ("likes", &["likes", "dislikes", "hates", "loves"]),
    ("made", &["material", "made of", "metal"]),
    ("look", &["colour", "color", "look", "looks"]),
    ("where", &["kept in", "kept", "kept at", "where", "location", "place"]),
];

/// The reader's attribute for what an author calls a fact.
fn attribute_of(name: &str) -> Option<&'static Attribute> {
    let folded = fold(&name.replace(['_', '-'], " "));
    let known = NAMES.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(attribute, _)| *attribute);
    attribute::named(known.unwrap_or(folded.as_str()))
}

/// A fact of the bible as a note, and as a sentence that the model can be shown.
fn as_note(fact: &Fact) -> Option<(Note, String)> {
    let yes_no = fold(&fact.value);
    let (attribute, value) = match (attribute_of(&fact.name), yes_no.as_str()) {
        (Some(attribute), _) => (attribute, fact.value.clone()),
        // `swims: no`
        (None, "no" | "never") => (attribute::named("cannot")?, fact.name.clone()),
        (None, "yes") => (attribute::named("can")?, fact.name.clone()),
        // `steps: 112`
        (None, _) if fact.value.trim().chars().all(|digit| digit.is_ascii_digit()) => {
            (attribute::named("count")?, format!("{} {}", fact.value.trim(), fact.name))
        }
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
    let note = Note { line: 0, subject: subject.clone(), attribute, value, standing: Standing::Plain };
    Some((note, format!("> {sentence}")))
}

/// What the notes say otherwise than the bible, as it stands at their point of the story; in the order of the story.
pub fn clashes(
    facts: &[Arc<NotedFact>],
    reading: &Reading,
    series: &Series,
    bible: &Bible,
    desk: &Desk,
    stop: &Arc<AtomicBool>,
) -> Vec<CanonClash> {
    let mut asked = Vec::new();
    for noted in facts.iter().filter(|noted| clash::is_ground(noted, reading)) {
        let view = bible.at(noted.point);
        let name = match &noted.owner {
            Owner::Person(name) | Owner::Thing(name) => view.name_of(name),
            Owner::Narrator(_) | Owner::Scene | Owner::Stranger(_) => None,
        };
        for fact in name.map(|name| view.facts_of(name)).unwrap_or_default() {
            let Some((canon, sentence)) = as_note(fact) else { continue };
            if canon.attribute.group != noted.note.attribute.group {
                continue;
            }
            let comparison = compare((&canon, &sentence), (&noted.note, noted.text()));
            // A bible's words and the prose's are seldom the same; without types they are left to the eye.
            if comparison != Comparison::Differ || was_true(bible, fact, &noted.note, noted.text()) {
                continue;
            }
            let window = clash::window_of(noted, reading, series);
            let request = prompt::verdict(&sentence, &window, &fact.subject, canon.attribute.name);
            let reason = prompt::reason(&sentence, &window, &fact.subject, canon.attribute.name);
            asked.push((noted, fact, comparison, reason, desk.submit(request, Turn::default(), stop)));
        }
    }
    let mut clashes = Vec::new();
    for (noted, fact, comparison, reason, pending) in asked {
        let Ok(reply) = pending.and_then(|pending| pending.wait()) else { continue };
        let only_read = if noted.sureness == Sureness::Read { 1.0 } else { 0.0 };
        let signs = verdict::Signs { differ: 1.0, same_attribute: 1.0, only_read, ..verdict::Signs::default() };
        let probability = verdict::calibrated(reply.probabilities.first().copied().unwrap_or(0.0), &signs, PRIOR);
        if probability < clash::LEAST_PROBABILITY || !clash::is_meant(noted, reading, series, desk, stop) {
            continue;
        }
        let reason = verdict::reason_of(desk.submit(reason, Turn::default(), stop));
        let is_sure = comparison == Comparison::Differ && noted.sureness <= Sureness::Agreed && noted.note.standing == Standing::Plain;
        clashes.push(CanonClash { noted: (**noted).clone(), fact: fact.clone(), probability, reason, is_sure });
    }
    clashes
}

/// Whether the bible itself gives the fact another value at another time of the story that the note agrees with.
fn was_true(bible: &Bible, fact: &Fact, note: &Note, sentence: &str) -> bool {
    let all = bible.at(crate::manuscript::StoryPoint::BEGIN).all_values_of(&fact.subject, &fact.name);
    all.into_iter()
        .filter(|other| other.value != fact.value)
        .any(|other| as_note(other).is_some_and(|(canon, shown)| compare((&canon, &shown), (note, sentence)) == Comparison::Fine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_names_for_facts_are_the_readers_attributes() {
        for (name, attribute) in
            [("Eye colour", "eyes"), ("occupation", "work"), ("kept_in", "where"), ("eyes", "eyes"), ("promise", "promise")]
        {
            assert_eq!(attribute_of(name).map(|found| found.name), Some(attribute), "{name}");
        }
        assert!(attribute_of("steps").is_none());
    }
}
