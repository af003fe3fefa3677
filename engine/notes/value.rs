//! How two facts of one subject compare: by code where their values have a type, else by how much their words have in common.

use super::amount::{PLACES_IN_A_ROW, ages, counted, counted_nearby, labelled, measures};
use super::attribute::{Kind, Persistence};
use super::body;
use super::change;
use super::classes;
use super::days::{dates, month, one_deed_at_two_times, seasons, weekday};
use super::fact::Fact;
use super::kinship;
use super::note::{first_clause, has_any, one_of, stems, words_of};
use super::stature;
use crate::facts::lexicon;
use crate::facts::value::{Difference, Value};
use crate::text::number;

/// What code can say of two values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    /// They say the same, or have nothing to do with each other.
    Fine,
    /// Their types cannot both be true of one thing at one time.
    Differ,
    /// Only a reader can tell; from 0, the more likely they speak of one matter the larger.
    Open(f64),
}

/// Compares the values of two facts of one subject and one group of attributes.
pub fn compare(one: &Fact, other: &Fact) -> Comparison {
    let (first, second) = (words_of(&one.value), words_of(&other.value));
    let is_same = (first == second || is_one_trade(one, other)) && denies(one) == denies(other);
    if is_same || says_nothing(one) || says_nothing(other) {
        return Comparison::Fine;
    }
    let typed = match (one.attribute.kind, other.attribute.kind) {
        (Kind::Colour, Kind::Colour) => colours(one.attribute.name, &first, &second),
        (Kind::Hair, Kind::Hair) => hair(one.attribute.name, &first, &second),
        (Kind::Look, Kind::Look) => looks((one, &first), (other, &second)),
        (Kind::Hand, Kind::Hand) => sides(&first, &second),
        (Kind::Sided, Kind::Sided) => match body::compare(&one.value, &other.value) {
            Some(Difference::Same) => counted(&first, &second).or(Some(Difference::Same)),
            other => other,
        },
        (Kind::Build, Kind::Build) => stature::compare(&first, &second),
        (Kind::Age, Kind::Age) if are_of_two_events(one, other) => Some(Difference::Same),
        (Kind::Age, Kind::Age) => ages(&first, &second),
        (Kind::Count, Kind::Count) | (Kind::Measure, Kind::Measure) => {
            counted(&first, &second).or_else(|| counted_nearby((&first, &one.text), (&second, &other.text)))
        }
        (Kind::Weekday, Kind::Weekday) => one_of(&weekday, &first, &second),
        (Kind::Season, Kind::Season) => seasons(&first, &second),
        (Kind::Date, Kind::Date) => dates(&first, &second),
        (Kind::Rank, Kind::Rank) => ranks(&first, &second),
        (Kind::Kin, Kind::Kin) => kinship::compare(&first, &second),
        (Kind::Married, Kind::Married) => married(&first, &second),
        (Kind::Life, Kind::Life) => (one.attribute.name != other.attribute.name).then_some(Difference::Different),
        (Kind::Season, Kind::Date) | (Kind::Date, Kind::Season) => seasons(&first, &second),
        (Kind::Words, Kind::Words) => words((one, &first), (other, &second)),
        _ => None,
    };
    let is_of_time = |kind: Kind| matches!(kind, Kind::Age | Kind::Date | Kind::Weekday | Kind::Season);
    let typed = if is_of_time(one.attribute.kind) || is_of_time(other.attribute.kind) {
        typed
    } else {
        typed
            .or_else(|| numbered((one, &first), (other, &second)))
            .or_else(|| of_any_kind(&first, &second))
            .or_else(|| what_it_is((one, &first), (other, &second)))
    };
    match typed.or_else(|| places(one, other)) {
        Some(Difference::Same) => Comparison::Fine,
        Some(Difference::Different) if may_have_changed(one, other) => Comparison::Open(likeness(one, other)),
        Some(Difference::Different) => Comparison::Differ,
        Some(Difference::CannotTell) | None => Comparison::Open(likeness(one, other)),
    }
}

/// Whether two trades are one: a midwife, and the midwife here for thirty years.
fn is_one_trade(one: &Fact, other: &Fact) -> bool {
    const BESIDE: &[&str] = &[
        "a", "an", "the", "here", "there", "for", "in", "at", "years", "year", "now", "still", "always", "all", "her", "his", "life",
        "long", "good", "old", "village", "town", "local",
    ];
    let trade = |fact: &Fact| {
        let words = words_of(&fact.value).into_iter();
        words
            .filter(|word| !BESIDE.contains(&word.as_str()) && number::read(&[word]).is_none_or(|(_, length)| length == 0))
            .collect::<Vec<_>>()
    };
    one.attribute.name == "work" && other.attribute.name == "work" && trade(one) == trade(other)
}

/// Whether a value only names its attribute: of her birth, “birthday”; or, of a house, “top floor”, which every house has.
fn says_nothing(fact: &Fact) -> bool {
    if fact.attribute.name == "part" {
        return matches!(words_of(&fact.value).as_slice(), [place, _] if PLACES_IN_A_ROW.contains(&place.as_str()));
    }
    const OF_BIRTH: &[&str] = &["birthday", "birth", "born", "day", "date", "her", "his", "a", "the"];
    fact.attribute.name == "born" && words_of(&fact.value).iter().all(|word| OF_BIRTH.contains(&word.as_str()))
}

/// How much two facts of one subject have in common, from 0 to about 2.
///
/// Nothing of what one has several of at once, where no words tie them together.
pub fn likeness(one: &Fact, other: &Fact) -> f64 {
    let (first, second) = (stems(&one.value), stems(&other.value));
    let shared = first.iter().filter(|stem| second.contains(stem)).count();
    let is_deed = one.attribute.is_deed() && other.attribute.is_deed();
    if shared == 0 && one.attribute.is_of_many() && (is_deed || denies(one) == denies(other)) {
        return 0.0;
    }
    let of_words = shared as f64 / first.len().min(second.len()).max(1) as f64;
    let same_attribute = if one.attribute.name == other.attribute.name { 0.3 } else { 0.0 };
    let lasting = if one.attribute.persistence == Persistence::Lasting { 0.2 } else { 0.0 };
    // Of what one of them denies the other is the more likely to say the opposite.
    let denial = if denies(one) == denies(other) { 0.0 } else { 0.4 };
    of_words + same_attribute + lasting + denial
}

/// Whether a fact is what somebody does not do, or is not.
pub fn denies(fact: &Fact) -> bool {
    fact.attribute.name == "cannot" || fact.attribute.name == "unaware" || says_no(&fact.value)
}

/// Whether words deny something.
pub fn says_no(words: &str) -> bool {
    const DENIALS: &[&str] =
        &["no", "not", "never", "nobody", "none", "without", "neither", "nor", "cannot", "hates", "stopped", "gave", "allergic", "allergy"];
    let words = words_of(words);
    // Never anything else than the trumpet; and whoever never missed a mass went to each.
    let is_of_others = has_any(&words, &["else", "missed", "miss", "misses", "failed", "fails", "forgot"]);
    !is_of_others && (has_any(&words, DENIALS) || words.iter().any(|word| word.ends_with("n't")))
}

/// Compares what only words tell, where they are of a closed class.
fn words(one: (&Fact, &[String]), other: (&Fact, &[String])) -> Option<Difference> {
    let ((fact, first), (also, second)) = (one, other);
    let is_denied = (denies(fact), denies(also));
    match (fact.attribute.name, also.attribute.name) {
        ("faith", "faith") if is_denied == (false, false) => classes::faiths(first, second),
        ("can" | "cannot", "can" | "cannot") if is_denied.0 != is_denied.1 => {
            classes::arts(first, second).or_else(|| is_one_deed(fact, also).then_some(Difference::Different))
        }
        ("habit", "habit") | ("likes", "likes") | ("fears", "fears") if is_denied.0 != is_denied.1 && is_plain_opposite(fact, also) => {
            Some(Difference::Different)
        }
        ("past", "past") if is_denied == (false, false) => one_deed_at_two_times(fact, also),
        _ => None,
    }
    .or_else(|| classes::abstaining((is_denied.0, first, &fact.text), (is_denied.1, second, &also.text)))
}

/// Whether a denial and what it denies have the same words, and no other: never late for anything, late as always.
fn is_plain_opposite(one: &Fact, other: &Fact) -> bool {
    const FILLING: &[&str] = &["anything", "anyone", "anybody", "ever", "never", "always", "usual", "life", "every", "time", "day", "days"];
    let bare = |fact: &Fact| {
        let words = words_of(&fact.value).into_iter().filter(|word| !FILLING.contains(&word.as_str()) && !says_no(word));
        stems(&words.collect::<Vec<_>>().join(" "))
    };
    let (one, other) = (bare(one), bare(other));
    !one.is_empty() && one == other
}

/// What somebody cannot at some moment, and can at others.
const OF_THE_MOMENT: &str = "speak talk move sleep stand breathe stop help";

/// Whether what somebody cannot do, up to the first comma, is among what they can.
fn is_one_deed(one: &Fact, other: &Fact) -> bool {
    let (denial, other) = if denies(one) { (one, other) } else { (other, one) };
    let deed: Vec<&str> = first_clause(&denial.value).split(' ').filter(|word| !says_no(word)).collect();
    let (deed, done) = (stems(&deed.join(" ")), stems(&other.value));
    if deed.is_empty() || !deed.iter().all(|stem| done.contains(stem)) {
        return false;
    }
    // Whom fear leaves speechless may speak French.
    let of_the_moment = stems(OF_THE_MOMENT);
    !deed.iter().any(|stem| of_the_moment.contains(stem))
}

/// Compares what a thing or an animal is: the dachshund Pickle is no Great Dane.
fn what_it_is(one: (&Fact, &[String]), other: (&Fact, &[String])) -> Option<Difference> {
    const IS: &[&str] = &["look", "name", "made"];
    let is_one = |fact: &Fact| IS.contains(&fact.attribute.name) && !denies(fact);
    (is_one(one.0) && is_one(other.0)).then(|| classes::sorts(one.1, other.1)).flatten()
}

/// Compares the numbers of the rooms or floors where somebody or something is; a house has many rooms.
fn numbered(one: (&Fact, &[String]), other: (&Fact, &[String])) -> Option<Difference> {
    let is_place = |fact: &Fact| ["home", "where", "at"].contains(&fact.attribute.name);
    let compared = || labelled(one.1, other.1).or_else(|| levels(one.1, other.1));
    (is_place(one.0) && is_place(other.0)).then(compared).flatten()
}

/// What can be compared in the values of any attribute: dates, measures, numbers of the same things, opposite places.
fn of_any_kind(first: &[String], second: &[String]) -> Option<Difference> {
    let has_day = |words: &[String]| words.iter().any(|word| word.starts_with(|letter: char| letter.is_ascii_digit()));
    let is_date = |words: &[String]| words.iter().any(|word| month(word).is_some()) && has_day(words);
    if is_date(first) && is_date(second) {
        return dates(first, second);
    }
    measures(first, second).or_else(|| counted(first, second)).or_else(|| opposites(first, second))
}

/// Whether one of two ages is that at some event, of which the other's sentence does not speak: ten when the dog drowned, twelve when they moved.
fn are_of_two_events(one: &Fact, other: &Fact) -> bool {
    let event = |fact: &Fact| {
        let lower = fact.text.to_lowercase();
        let (_, clause) = lower.split_once("when ")?;
        Some(stems(clause.split([',', ';']).next().unwrap_or_default()))
    };
    let is_told = |event: Option<Vec<String>>, by: &Fact| {
        let there = stems(&by.text);
        let subject = stems(&by.subject);
        event.is_none_or(|event| event.iter().any(|stem| there.contains(stem) && !subject.contains(stem)))
    };
    !is_told(event(one), other) || !is_told(event(other), one)
}

/// Two levels of a house that exclude each other, or are one under two names: under the roof, in the attic.
fn levels(first: &[String], second: &[String]) -> Option<Difference> {
    const LEVELS: [&[&str]; 2] = [&["attic", "garret", "loft", "roof", "rafters", "eaves"], &["basement", "cellar", "underground"]];
    let level = |words: &[String]| {
        let is_top = has_any(words, &["top"]) && has_any(words, &["house", "floor", "building", "stairs"]);
        if is_top { Some(0) } else { LEVELS.iter().position(|names| has_any(words, names)) }
    };
    let (one, two) = (level(first)?, level(second)?);
    Some(if one == two { Difference::Same } else { Difference::Different })
}

/// Two places of birth that share no name; two homes in two streets.
pub(super) fn places(one: &Fact, other: &Fact) -> Option<Difference> {
    const STREETS: &[&str] = &["street", "road", "lane", "avenue", "via", "rue", "strasse", "terrace", "crescent"];
    const OF_BIRTH: &[&str] = &["born", "origin"];
    let words = |fact: &Fact| -> Vec<String> {
        fact.value.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(ToString::to_string).collect()
    };
    let (first, second) = (words(one), words(other));
    let is_street = |word: &String| STREETS.contains(&word.to_lowercase().as_str());
    let names = |words: &[String]| {
        // English is no place, and neither is Sunday.
        let is_of_people = |word: &str| ["ish", "ese", "ian", "ean", "man", "ch"].iter().any(|end| word.ends_with(end));
        let is_time = |word: &str| month(word).is_some() || weekday(word).is_some();
        let is_name = |word: &&String| {
            word.starts_with(char::is_uppercase) && !is_street(word) && !is_of_people(word) && !is_time(&word.to_lowercase())
        };
        words.iter().filter(is_name).cloned().collect::<Vec<String>>()
    };
    let (here, there) = (names(&first), names(&second));
    let both_are = |attributes: &[&str]| [one, other].iter().all(|fact| attributes.contains(&fact.attribute.name));
    let is_typed = both_are(OF_BIRTH) || both_are(&["home"]) && [&first, &second].into_iter().all(|words| words.iter().any(is_street));
    if !is_typed || denies(one) || denies(other) || here.is_empty() || there.is_empty() {
        return None;
    }
    // Within sound of the Black Sea, and at Trabzon: one sentence tells both.
    let is_told = |names: &[String], fact: &Fact| names.iter().any(|name| fact.text.contains(name.as_str()));
    (!is_told(&here, other) && !is_told(&there, one)).then_some(Difference::Different)
}

/// The same thing at two opposite ends: the north bank and the south bank.
fn opposites(first: &[String], second: &[String]) -> Option<Difference> {
    const OPPOSITES: &[(&str, &str)] =
        &[("north", "south"), ("east", "west"), ("left", "right"), ("upstairs", "downstairs"), ("upper", "lower"), ("ground", "top")];
    let has = |words: &[String], wanted: &str| words.iter().any(|word| word == wanted || word.strip_suffix("ern") == Some(wanted));
    let parted = |(one, other): &(&str, &str)| {
        has(first, one) && has(second, other) && !has(first, other) && !has(second, one)
            || has(first, other) && has(second, one) && !has(first, one) && !has(second, other)
    };
    let shares = first.iter().any(|word| word.len() > 3 && second.contains(word));
    (shares && OPPOSITES.iter().any(parted)).then_some(Difference::Different)
}

/// Whether one of two sentences speaks of a change or another time, so that what may change may have.
fn may_have_changed(one: &Fact, other: &Fact) -> bool {
    let can_change =
        matches!(one.attribute.kind, Kind::Age | Kind::Hair | Kind::Build | Kind::Rank | Kind::Married) || one.attribute.name == "home";
    can_change && [one, other].into_iter().any(change::of_fact)
}

fn text(words: &[String]) -> String {
    words.join(" ")
}

/// Two colours, unless one speaks of one eye only.
fn colours(attribute: &str, first: &[String], second: &[String]) -> Option<Difference> {
    const PARTS: &[&str] = &["left", "right", "one", "other", "red-rimmed", "bloodshot", "whites", "red", "wet"];
    let field = if attribute == "eyes" { "eye colour" } else { "colour" };
    let of = |words: &[String]| Some(Value::parse(field, &text(words))).filter(|value| matches!(value, Value::Colour(_)));
    let difference = of(first)?.differs(&of(second)?);
    // The left eye brown, and the right one too, is no part.
    let is_whole = |words: &[String]| {
        !has_any(words, PARTS) || has_any(words, &["both"]) || ["left", "right"].iter().all(|side| has_any(words, &[side]))
    };
    Some(if is_whole(first) && is_whole(second) { difference } else { Difference::CannotTell })
}

/// Colours of hair; and none at all against any.
fn hair(attribute: &str, first: &[String], second: &[String]) -> Option<Difference> {
    const NONE: &[&str] = &["bald", "hairless", "clean-shaven", "beardless", "shaven", "shaved", "no"];
    const CHANGED: &[&str] = &["dyed", "wig", "turned", "gone", "going", "false", "grey", "gray", "white", "greying"];
    let field = if attribute == "beard" { "beard colour" } else { "hair colour" };
    let of = |words: &[String]| Some(Value::parse(field, &text(words))).filter(|value| matches!(value, Value::Colour(_)));
    if has_any(first, NONE) != has_any(second, NONE) {
        return Some(Difference::Different);
    }
    // Pinned up it may be of any colour.
    if is_arrangement(first) && of(second).is_some() || is_arrangement(second) && of(first).is_some() {
        return Some(Difference::Same);
    }
    let difference = of(first)?.differs(&of(second)?);
    Some(if difference == Difference::Different && (has_any(first, CHANGED) || has_any(second, CHANGED)) {
        Difference::CannotTell
    } else {
        difference
    })
}

/// Whether words only say how hair is worn.
fn is_arrangement(words: &[String]) -> bool {
    const WORN: &[&str] = &[
        "pinned", "tied", "plaited", "braided", "combed", "brushed", "parted", "loose", "down", "up", "back", "bun", "knot", "plait",
        "braid", "under", "cap", "in", "a", "the", "her", "his", "at", "behind", "of", "on", "top", "neck", "with", "pins", "ribbon",
        "wet", "damp",
    ];
    words.iter().all(|word| WORN.contains(&word.as_str()))
}

/// Colours or materials of a thing.
fn looks((one, first): (&Fact, &[String]), (other, second): (&Fact, &[String])) -> Option<Difference> {
    let subjects = [words_of(&one.subject), words_of(&other.subject)].concat();
    if part_of(&one.value, &subjects) != part_of(&other.value, &subjects) {
        return Some(Difference::Same);
    }
    let parsed = |words: &[String]| Value::parse("colour", &text(words).replace('-', " "));
    let of = |words: &[String]| Some(parsed(words)).filter(|value| matches!(value, Value::Colour(_)));
    if let (Some(one), Some(two)) = (of(first), of(second)) {
        return Some(one.differs(&two));
    }
    one_of(&|word| lexicon::MATERIALS.has(word).then(|| word.to_string()), first, second)
}

/// A colour of things or what they are made of.
pub(super) fn is_of_looks(word: &str) -> bool {
    lexicon::THING_COLOURS.has(word) || lexicon::MATERIALS.has(word)
}

/// The part of a thing that a value is about: the green door of a house says nothing of the house’s colour.
fn part_of(value: &str, subjects: &[String]) -> Option<&'static str> {
    const PARTS: &[&str] = &[
        "door", "window", "gate", "chimney", "mast", "roof", "shutter", "handle", "blade", "lid", "cover", "sail", "hull", "curtain",
        "collar", "sleeve", "label", "ribbon", "button", "lining", "frame", "wall", "trim", "stripe", "edge", "spine", "strap", "brim",
        "fence", "funnel", "wheel", "tail", "mane",
    ];
    let is_thing_itself = |word: &str| subjects.iter().any(|subject| subject == word);
    // The door and the doors; of a blue-hulled trawler the hull.
    let is_of = |word: &str, part: &str| word.strip_prefix(part).is_some_and(|end| matches!(end, "" | "s" | "d" | "ed"));
    let part = |word: &str| PARTS.iter().find(|part| is_of(word, part)).copied();
    for clause in value.split([',', ';']).flat_map(|clause| clause.split(" with ")) {
        let words = words_of(clause);
        let pieces: Vec<&str> = words.iter().flat_map(|word| word.split('-')).collect();
        if let Some(colour) = pieces.iter().position(|word| is_of_looks(word)) {
            return pieces[colour..].iter().filter(|word| !is_thing_itself(word)).find_map(|word| part(word));
        }
    }
    None
}

fn side_of(words: &[String]) -> Option<bool> {
    let is_side = |side: &str| words.iter().any(|word| word == side || word.starts_with(&format!("{side}-")));
    match (is_side("left"), is_side("right")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

fn sides(first: &[String], second: &[String]) -> Option<Difference> {
    let (one, two) = (side_of(first)?, side_of(second)?);
    Some(if one == two { Difference::Same } else { Difference::Different })
}

/// Two ranks of one ladder.
fn ranks(first: &[String], second: &[String]) -> Option<Difference> {
    let ladder = |words: &[String]| words.iter().find_map(|word| lexicon::rank(word)).map(|(_, ladder)| ladder);
    let difference = one_of(&|word| lexicon::rank(word).map(|(rank, _)| rank.to_string()), first, second)?;
    Some(if ladder(first) == ladder(second) { difference } else { Difference::CannotTell })
}

fn married(first: &[String], second: &[String]) -> Option<Difference> {
    const SINGLE: &[&str] = &["never", "unmarried", "single", "bachelor", "spinster", "not"];
    let (one, two) = (has_any(first, SINGLE), has_any(second, SINGLE));
    (one != two).then_some(Difference::Different)
}
