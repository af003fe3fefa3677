//! What authors call the parts of an entry.

use super::*;

/// Keys that may stand beside the structural ones without `facts:`, because writers put them there, in the form of [`fact_key`].
pub(super) const COMMON_FACTS: &[&str] = &[
    "eyes",
    "eyecolour",
    "eyecolor",
    "hair",
    "haircolour",
    "haircolor",
    "beard",
    "skin",
    "complexion",
    "height",
    "weight",
    "build",
    "scar",
    "scars",
    "glasses",
    "accent",
    "voice",
    "age",
    "born",
    "birth",
    "birthday",
    "birthdate",
    "dateofbirth",
    "birthplace",
    "died",
    "death",
    "dateofdeath",
    "occupation",
    "profession",
    "job",
    "rank",
    "gender",
    "sex",
    "pronouns",
    "handedness",
    "nationality",
    "home",
    "residence",
    "species",
    "race",
    "religion",
    "language",
    "languages",
    "reads",
    "swims",
    "married",
    "spouse",
    "husband",
    "wife",
    "father",
    "mother",
    "brother",
    "sister",
    "siblings",
    "children",
    "colour",
    "color",
    "material",
    "metal",
    "size",
    "location",
];

/// Facts that happen: their value may be the place in the story where they do, and then they are true from there.
pub(super) const EVENTS: &[&str] =
    &["born", "birth", "died", "death", "dead", "killed", "married", "widowed", "retired", "left", "destroyed", "lost", "founded"];

/// The words for what an entry is, in the form of [`fact_key`].
pub(super) const KINDS: &[(EntryKind, &[&str])] = &[
    (EntryKind::Character, &["character", "person", "people", "animal", "creature"]),
    (EntryKind::Place, &["place", "location", "setting"]),
    (EntryKind::Object, &["object", "item", "thing", "artifact", "artefact", "prop"]),
    (EntryKind::Event, &["event", "incident"]),
    (EntryKind::Group, &["group", "faction", "organisation", "organization", "family", "families", "company", "companies", "team"]),
    (EntryKind::Rule, &["rule", "law", "lore", "magic", "world", "concept"]),
];

pub(in crate::bible) fn is_common_fact(key: &str) -> bool {
    COMMON_FACTS.contains(&fact_key(key).as_str())
}

/// The part of a relation a key means.
pub(super) fn relation_key(key: &str) -> Option<&'static str> {
    match fact_key(key).as_str() {
        "to" | "with" | "who" | "name" => Some("to"),
        "is" | "type" | "as" | "relation" | "kind" => Some("is"),
        "from" | "since" => Some("from"),
        "until" => Some("until"),
        "note" | "notes" => Some("note"),
        _ => None,
    }
}

/// Parts `status after chapter 18` into what it is and the chapter from which it holds.
pub(super) fn from_in_name(key: &str) -> Option<(&str, &str)> {
    let (name, rest) = [" after ", " from ", " since ", " as of "].iter().find_map(|word| key.split_once(word))?;
    let chapter = ["chapter ", "chap. ", "chap ", "ch. ", "ch.", "ch "].iter().find_map(|word| rest.trim().strip_prefix(word))?;
    Some((name.trim_end_matches(',').trim(), chapter.trim())).filter(|(name, chapter)| !name.is_empty() && !chapter.is_empty())
}

/// The part of a progression a key means.
pub(super) fn progression_key(key: &str) -> Option<&'static str> {
    match fact_key(key).as_str() {
        "from" | "since" => Some("from"),
        "until" => Some("until"),
        "facts" | "details" => Some("facts"),
        "field" => Some("field"),
        "text" | "value" | "replace" | "add" => Some("text"),
        "note" | "notes" | "source" => Some("note"),
        _ => None,
    }
}

/// The part of a piece of knowledge a key means.
pub(super) fn knowledge_key(key: &str) -> Option<&'static str> {
    match fact_key(key).as_str() {
        "fact" | "what" => Some("fact"),
        "from" | "since" => Some("from"),
        "who" => Some("who"),
        "note" | "notes" | "source" => Some("note"),
        _ => None,
    }
}

/// Whether a value has the form of a date, year first, but no calendar has that day.
pub(super) fn is_impossible_date(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let is_digits =
        |part: &str, length: std::ops::RangeInclusive<usize>| length.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let [year, month, day] = parts.as_slice() else { return false };
    if !is_digits(year, 4..=4) || !is_digits(month, 1..=2) || !is_digits(day, 1..=2) {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else { return true };
    jiff::civil::Date::new(year, month, day).is_err()
}
