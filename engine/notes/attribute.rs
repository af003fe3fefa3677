//! The attributes that the reader notes, in one table: what kind of value each has, which belong together, and how a finding calls it.

use crate::text::words::fold;

/// What kind of thing an attribute's value is, which decides how two of them are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A colour, or none at all (bald, clean-shaven).
    Hair,
    Colour,
    /// Tall or short, stout or thin.
    Build,
    /// The hand somebody writes with.
    Hand,
    /// Something with a side: a scar, a limb, an eye that is blind.
    Sided,
    /// A number of years.
    Age,
    /// A rank or a title before a name.
    Rank,
    /// Who is whose brother.
    Kin,
    /// Married or not.
    Married,
    /// Dead or alive.
    Life,
    /// How many of what.
    Count,
    /// The look of a thing: colours and materials.
    Look,
    Weekday,
    Season,
    /// A date, or a place and year of birth.
    Date,
    /// A number with its unit.
    Measure,
    /// Words: those of closed classes by code, the rest by the verdict alone.
    Words,
}

/// How long a value is expected to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// For good: eyes, birth, a scar.
    Lasting,
    /// Until something happens: work, where a thing lies.
    Changing,
    /// For the moment: the hour, the weather.
    Momentary,
}

/// One attribute.
#[derive(Debug)]
pub struct Attribute {
    /// As the reader writes it.
    pub name: &'static str,
    pub kind: Kind,
    pub persistence: Persistence,
    /// Attributes of one group are compared with each other.
    pub group: u8,
    /// The rule that a contradiction breaks.
    pub rule: &'static str,
    /// How a finding calls it.
    pub words: &'static str,
}

const fn of(name: &'static str, kind: Kind, persistence: Persistence, group: u8, rule: &'static str, words: &'static str) -> Attribute {
    Attribute { name, kind, persistence, group, rule, words }
}

use Kind::{Age, Build, Colour, Count, Date, Hair, Hand, Kin, Life, Look, Married, Measure, Rank, Season, Sided, Weekday, Words};
use Persistence::{Changing, Lasting, Momentary};

impl Attribute {
    /// Whether one person or thing has several of it at once, so that two which have nothing in common do not contradict each other: habits,
    /// possessions, parts.
    pub fn is_of_many(&self) -> bool {
        const MANY: &[&str] =
            &["habit", "likes", "fears", "owns", "can", "cannot", "count", "part", "knows", "learns", "unaware", "promise", "at", "past"];
        MANY.contains(&self.name)
    }

    /// Whether only people have it, and animals that a book treats as such.
    pub fn is_personal(&self) -> bool {
        const PERSONAL: &[&str] = &[
            "eyes", "hair", "beard", "hand", "kin", "married", "can", "cannot", "fears", "likes", "habit", "faith", "knows", "learns",
            "unaware", "promise", "dress",
        ];
        PERSONAL.contains(&self.name)
    }

    /// Whether it is something that people do, or do not.
    pub fn is_deed(&self) -> bool {
        ["can", "cannot", "habit", "likes", "fears"].contains(&self.name)
    }
}

/// All attributes, in the order in which the reader learnt them. The list is closed: its replies can hold no other.
pub static ATTRIBUTES: [Attribute; 51] = [
    of("eyes", Colour, Lasting, 1, "changed-appearance", "eyes"),
    of("hair", Hair, Lasting, 2, "changed-appearance", "hair"),
    of("beard", Hair, Changing, 3, "changed-appearance", "beard"),
    of("skin", Colour, Lasting, 4, "changed-appearance", "skin"),
    of("height", Build, Lasting, 5, "changed-appearance", "height"),
    of("build", Build, Lasting, 5, "changed-appearance", "build"),
    of("face", Words, Lasting, 7, "changed-appearance", "face"),
    of("mark", Sided, Lasting, 8, "changed-side", "mark"),
    of("hand", Hand, Lasting, 9, "changed-side", "hand"),
    of("voice", Words, Lasting, 10, "changed-appearance", "voice"),
    of("sense", Sided, Lasting, 11, "changed-side", "sight or hearing"),
    of("wound", Sided, Changing, 8, "changed-side", "wound"),
    of("dress", Look, Momentary, 12, "changed-detail", "dress"),
    of("age", Age, Changing, 13, "impossible-age", "age"),
    of("born", Date, Lasting, 13, "changed-detail", "birth"),
    of("died", Life, Lasting, 14, "dead-reappears", "death"),
    of("alive", Life, Changing, 14, "dead-reappears", "life"),
    of("name", Words, Lasting, 15, "changed-name", "name"),
    of("title", Rank, Changing, 16, "changed-title", "title"),
    of("rank", Rank, Changing, 16, "changed-title", "rank"),
    of("work", Words, Changing, 16, "changed-occupation", "work"),
    of("home", Words, Changing, 17, "changed-home", "home"),
    of("origin", Words, Lasting, 17, "changed-detail", "origin"),
    of("faith", Words, Lasting, 18, "changed-detail", "faith"),
    of("kin", Kin, Lasting, 19, "changed-relation", "family"),
    of("married", Married, Changing, 19, "changed-relation", "marriage"),
    of("can", Words, Lasting, 20, "changed-ability", "ability"),
    of("cannot", Words, Lasting, 20, "changed-ability", "ability"),
    of("habit", Words, Lasting, 21, "changed-habit", "habit"),
    of("likes", Words, Lasting, 21, "changed-habit", "liking"),
    of("fears", Words, Lasting, 21, "changed-habit", "fear"),
    of("owns", Words, Changing, 22, "changed-detail", "possession"),
    of("past", Words, Lasting, 23, "changed-past", "past"),
    of("where", Words, Changing, 22, "changed-place", "place"),
    of("look", Look, Lasting, 24, "changed-detail", "look"),
    of("count", Count, Changing, 24, "changed-count", "number"),
    of("part", Sided, Lasting, 24, "changed-detail", "part"),
    of("made", Look, Lasting, 24, "changed-detail", "make"),
    of("date", Date, Lasting, 25, "changed-date", "date"),
    of("weekday", Weekday, Lasting, 25, "wrong-weekday", "weekday"),
    of("season", Season, Lasting, 25, "wrong-season", "season"),
    of("hour", Words, Lasting, 26, "changed-date", "hour"),
    of("weather", Words, Momentary, 27, "changed-detail", "weather"),
    of("elapsed", Measure, Momentary, 28, "changed-date", "time between"),
    of("travel", Measure, Lasting, 29, "impossible-journey", "journey"),
    of("distance", Measure, Lasting, 29, "impossible-journey", "distance"),
    of("at", Words, Momentary, 30, "two-places-at-once", "whereabouts"),
    of("knows", Words, Changing, 31, "knows-too-early", "knowledge"),
    of("learns", Words, Changing, 31, "knows-too-early", "knowledge"),
    of("unaware", Words, Changing, 31, "knows-too-early", "knowledge"),
    of("promise", Words, Lasting, 32, "changed-past", "promise"),
];

/// The attribute of a name.
pub fn named(name: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|attribute| attribute.name == name)
}

/// What authors call a fact in their bible, and the patterns in what they read, for each attribute that has another name.
const OTHER_NAMES: &[(&str, &[&str])] = &[
    ("eyes", &["eyes", "eye", "eye colour", "eye color"]),
    ("hair", &["hair", "hair colour", "hair color"]),
    ("beard", &["beard", "beard colour", "facial hair"]),
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

/// The attribute of what an author calls a fact, or a pattern what it reads.
pub fn by_any_name(name: &str) -> Option<&'static Attribute> {
    let folded = fold(&name.replace(['_', '-'], " "));
    let known = OTHER_NAMES.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(attribute, _)| *attribute);
    named(known.unwrap_or(folded.as_str()))
}

/// What the model is asked about, for what a pattern or the bible calls an attribute.
pub fn asked_about(name: &str) -> &str {
    match name {
        _ if name.starts_with("number of ") => "count",
        _ if name.starts_with("relation to ") => "kin",
        _ if name.starts_with("blind ") => "sense",
        _ if name.starts_with("missing ") || name.starts_with("lame ") || name.contains(" on ") => "mark",
        _ => by_any_name(name).map_or(name, |attribute| attribute.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_names_for_facts_are_the_readers_attributes() {
        for (name, attribute) in
            [("Eye colour", "eyes"), ("occupation", "work"), ("kept_in", "where"), ("eyes", "eyes"), ("promise", "promise")]
        {
            assert_eq!(by_any_name(name).map(|found| found.name), Some(attribute), "{name}");
        }
        assert!(by_any_name("steps").is_none());
    }

    #[test]
    fn every_name_stands_once_and_makes_a_column() {
        for (place, attribute) in ATTRIBUTES.iter().enumerate() {
            assert!(attribute.name.chars().all(|letter| letter.is_ascii_lowercase()), "{}", attribute.name);
            assert!(!ATTRIBUTES[..place].iter().any(|other| other.name == attribute.name), "{} stands twice", attribute.name);
        }
    }
}
