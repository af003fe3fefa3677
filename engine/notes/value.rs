//! How two facts of one subject compare: by code where their values have a type, else by how much their words have in common.

use super::attribute::{Kind, Persistence};
use super::body;
use super::change;
use super::classes;
use super::fact::Fact;
use super::kinship;
use super::note::{has_any, stems};
use super::stature;
use crate::facts::calendar::{Calendar, Season};
use crate::facts::value::{Difference, Value};
use crate::facts::{lexicon, number};
use crate::text::words::fold;

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
    let is_same = first == second && denies(one) == denies(other);
    if is_same || says_nothing(one) || says_nothing(other) {
        return Comparison::Fine;
    }
    let typed = match (one.attribute.kind, other.attribute.kind) {
        (Kind::Colour, Kind::Colour) => colours(one.attribute.name, &first, &second),
        (Kind::Hair, Kind::Hair) => hair(one.attribute.name, &first, &second),
        (Kind::Look, Kind::Look) => looks(&first, &second),
        (Kind::Hand, Kind::Hand) => sides(&first, &second),
        (Kind::Sided, Kind::Sided) => body::compare(&one.value, &other.value),
        (Kind::Build, Kind::Build) => stature::compare(&first, &second),
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
        typed.or_else(|| of_any_kind(&first, &second)).or_else(|| what_it_is((one, &first), (other, &second)))
    };
    match typed.or_else(|| places(one, other)) {
        Some(Difference::Same) => Comparison::Fine,
        Some(Difference::Different) if may_have_changed(one, other) => Comparison::Open(likeness(one, other)),
        Some(Difference::Different) => Comparison::Differ,
        Some(Difference::CannotTell) | None => Comparison::Open(likeness(one, other)),
    }
}

/// Whether a value only names its attribute: of her birth, “birthday”.
fn says_nothing(fact: &Fact) -> bool {
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
    // Never anything else than the trumpet.
    let is_of_others = words.iter().any(|word| word == "else");
    !is_of_others && words.iter().any(|word| DENIALS.contains(&word.as_str()) || word.ends_with("n't"))
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
        ("past", "past") if is_denied == (false, false) => one_deed_at_two_times(fact, also),
        _ => None,
    }
    .or_else(|| classes::abstaining((is_denied.0, first, &fact.text), (is_denied.1, second, &also.text)))
}

/// Whether what somebody cannot do, up to the first comma, is among what they can.
fn is_one_deed(one: &Fact, other: &Fact) -> bool {
    let (denial, other) = if denies(one) { (one, other) } else { (other, one) };
    let deed: Vec<&str> = denial.value.split([',', ';', '(']).next().unwrap_or_default().split(' ').filter(|word| !says_no(word)).collect();
    let (deed, done) = (stems(&deed.join(" ")), stems(&other.value));
    !deed.is_empty() && deed.iter().all(|stem| done.contains(stem))
}

/// The same deed in two months or years: the mill burned down in February, it was July when it burned down.
fn one_deed_at_two_times(one: &Fact, other: &Fact) -> Option<Difference> {
    let (first, second) = (words_of(&one.text), words_of(&other.text));
    let is_time = |word: &str| month(word).is_some() || Season::named(word).is_some();
    let deed = |fact: &Fact| {
        let value: Vec<String> = words_of(&fact.value).into_iter().filter(|word| !is_time(word)).collect();
        stems(&value.join(" "))
    };
    let (deed, also) = (deed(one), deed(other));
    let is_one = !deed.is_empty() && (deed.iter().all(|stem| also.contains(stem)) || also.iter().all(|stem| deed.contains(stem)));
    let year = |words: &[String]| {
        let mut years = words.iter().filter(|word| word.len() == 4 && word.starts_with(['1', '2']) && word.parse::<u16>().is_ok());
        years.next().filter(|_| years.next().is_none()).cloned()
    };
    let is_other_year = matches!((year(&first), year(&second)), (Some(one), Some(two)) if one != two);
    let is_other_time = || {
        one_of(&month, &first, &second) == Some(Difference::Different)
            || one_of(&weekday, &first, &second) == Some(Difference::Different)
            || one_of(&|word| Season::named(word).map(|season| format!("{season:?}")), &first, &second) == Some(Difference::Different)
    };
    (is_one && (is_other_year || is_other_time())).then_some(Difference::Different)
}

/// Compares what a thing or an animal is: the dachshund Pickle is no Great Dane.
fn what_it_is(one: (&Fact, &[String]), other: (&Fact, &[String])) -> Option<Difference> {
    const IS: &[&str] = &["look", "name", "made", "part", "origin"];
    let is_one = |fact: &Fact| IS.contains(&fact.attribute.name) && !denies(fact);
    (is_one(one.0) && is_one(other.0)).then(|| classes::sorts(one.1, other.1)).flatten()
}

/// What can be compared in the values of any attribute: dates, measures, numbers of the same things, opposite places.
fn of_any_kind(first: &[String], second: &[String]) -> Option<Difference> {
    let has_day = |words: &[String]| words.iter().any(|word| word.starts_with(|letter: char| letter.is_ascii_digit()));
    let is_date = |words: &[String]| words.iter().any(|word| month(word).is_some()) && has_day(words);
    if is_date(first) && is_date(second) {
        return dates(first, second);
    }
    measures(first, second).or_else(|| labelled(first, second)).or_else(|| counted(first, second)).or_else(|| opposites(first, second))
}

/// The numbers of two rooms, houses, platforms or floors.
pub(super) fn labelled(first: &[String], second: &[String]) -> Option<Difference> {
    const FLOORS: &[&str] = &["floor", "storey", "story"];
    const NUMBERED: &[&str] =
        &["room", "number", "flat", "apartment", "cabin", "cell", "suite", "platform", "gate", "berth", "locker", "ward"];
    let label = |words: &[String]| {
        let plain: Vec<&str> = words.iter().map(String::as_str).collect();
        (1..plain.len()).find_map(|place| {
            let noun = NUMBERED.iter().find(|noun| **noun == plain[place - 1])?;
            Some((*noun, number::read(&plain[place..]).filter(|(_, length)| *length > 0)?.0))
        })
    };
    let floor = |words: &[String]| {
        let pair = words.windows(2).find(|pair| FLOORS.contains(&pair[1].as_str()))?;
        let height = if pair[0] == "ground" { Some(0) } else { number::ordinal(&pair[0]) };
        Some(("floor", height? as f64))
    };
    let place = |words: &[String]| label(words).or_else(|| floor(words));
    let ((noun, one), (other, two)) = (place(first)?, place(second)?);
    // A room may be called a number alone.
    (noun == other || noun == "number" || other == "number")
        .then(|| if (one - two).abs() < 0.5 { Difference::Same } else { Difference::Different })
}

/// Two places of birth that share no name; two homes in two streets.
fn places(one: &Fact, other: &Fact) -> Option<Difference> {
    const STREETS: &[&str] =
        &["street", "road", "lane", "avenue", "square", "via", "rue", "strasse", "terrace", "row", "crescent", "close"];
    const OF_BIRTH: &[&str] = &["born", "origin"];
    let words = |fact: &Fact| -> Vec<String> {
        fact.value.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(ToString::to_string).collect()
    };
    let (first, second) = (words(one), words(other));
    let is_street = |word: &String| STREETS.contains(&word.to_lowercase().as_str());
    let names = |words: &[String]| {
        let is_name = |word: &&String| word.starts_with(char::is_uppercase) && !is_street(word) && month(&word.to_lowercase()).is_none();
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

/// Units, with how many of the smallest of their kind each has.
const UNITS: &[(&str, char, f64)] = &[
    ("minute", 't', 1.0),
    ("hour", 't', 60.0),
    ("day", 't', 1_440.0),
    ("night", 't', 1_440.0),
    ("week", 't', 10_080.0),
    ("fortnight", 't', 20_160.0),
    ("month", 't', 43_800.0),
    ("year", 't', 525_600.0),
    ("foot", 'l', 0.3),
    ("feet", 'l', 0.3),
    ("yard", 'l', 0.91),
    ("metre", 'l', 1.0),
    ("meter", 'l', 1.0),
    ("mile", 'l', 1_609.0),
    ("kilometre", 'l', 1_000.0),
    ("kilometer", 'l', 1_000.0),
    ("league", 'l', 4_828.0),
    ("pound", 'w', 0.45),
    ("kilo", 'w', 1.0),
    ("stone", 'w', 6.35),
];

/// Two measures of one kind that lie further apart than people round.
fn measures(first: &[String], second: &[String]) -> Option<Difference> {
    const ROUNDED: f64 = 1.3;
    let ((one, kind), (two, other)) = (measure(first)?, measure(second)?);
    let far = one.max(two) > ROUNDED * one.min(two);
    (kind == other).then_some(if far { Difference::Different } else { Difference::Same })
}

/// A number with its unit: an hour, half a day, six weeks.
fn measure(words: &[String]) -> Option<(f64, char)> {
    let plain: Vec<&str> = words.iter().map(String::as_str).collect();
    (1..plain.len()).find_map(|place| {
        let (_, kind, size) = UNITS.iter().find(|(unit, _, _)| plain[place].strip_suffix('s').unwrap_or(plain[place]) == *unit)?;
        let number = match plain[place - 1] {
            "a" | "an" if place > 1 && plain[place - 2] == "half" => 0.5,
            "a" | "an" | "one" => 1.0,
            _ => (place.saturating_sub(4)..place).find_map(|start| {
                number::read(&plain[start..place]).filter(|(_, length)| *length > 0 && start + length == place).map(|(number, _)| number)
            })?,
        };
        Some((number * size, *kind))
    })
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
    let can_change = matches!(one.attribute.kind, Kind::Age | Kind::Hair | Kind::Build | Kind::Rank | Kind::Married);
    can_change && [one, other].into_iter().any(|fact| change::tells_of_change(&fact.text))
}

pub(super) fn words_of(value: &str) -> Vec<String> {
    let folded = fold(value);
    let words = folded.split(|letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '\'').filter(|word| !word.is_empty());
    words.map(ToString::to_string).collect()
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
    let difference = of(first)?.differs(&of(second)?);
    Some(if difference == Difference::Different && (has_any(first, CHANGED) || has_any(second, CHANGED)) {
        Difference::CannotTell
    } else {
        difference
    })
}

/// Colours or materials of a thing.
fn looks(first: &[String], second: &[String]) -> Option<Difference> {
    let of = |words: &[String]| Some(Value::parse("colour", &text(words))).filter(|value| matches!(value, Value::Colour(_)));
    if let (Some(one), Some(two)) = (of(first), of(second)) {
        return Some(one.differs(&two));
    }
    one_of(&|word| lexicon::MATERIALS.has(word).then(|| word.to_string()), first, second)
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

/// Behind a number, these are not what it counts.
const COUNT_NOTHING: &[&str] =
    &["of", "who", "that", "which", "in", "at", "on", "from", "and", "were", "was", "had", "always", "altogether", "all"];

/// The number in words, and the word that it counts.
fn number_in(words: &[String]) -> Option<(f64, String)> {
    let plain: Vec<&str> = words.iter().map(String::as_str).collect();
    (0..plain.len()).find_map(|start| {
        let (number, length) = number::read(&plain[start..]).filter(|(_, length)| *length > 0)?;
        let noun = plain.get(start + length).copied().unwrap_or_default();
        // "One" is more often no number, and five who set out are of those who are told of.
        let noun = if COUNT_NOTHING.contains(&noun) { "" } else { noun };
        (number != 1.0 || plain[start] != "one").then(|| (number, noun.trim_end_matches('s').to_string()))
    })
}

/// An age in years, told as a number or as a birthday: forty, her sixtieth.
pub(super) fn age(words: &[String]) -> Option<f64> {
    let birthday = || words.iter().find_map(|word| number::ordinal(word)).map(|number| number as f64);
    number_in(words).map(|(number, _)| number).or_else(birthday)
}

fn ages(first: &[String], second: &[String]) -> Option<Difference> {
    let (one, two) = (age(first)?, age(second)?);
    Some(if (one - two).abs() < 0.5 { Difference::Same } else { Difference::Different })
}

/// Two numbers of the same things; or a number of things, and a place in their row that lies beyond it: four floors, the eleventh floor.
fn counted(first: &[String], second: &[String]) -> Option<Difference> {
    let is_beyond = |all: &[String], one: &[String]| {
        let (number, what) = number_in(all)?;
        let ordinals = one.windows(2).filter_map(|pair| Some((number::ordinal(&pair[0])?, pair[1].trim_end_matches('s'))));
        let mut of_it = ordinals.filter(|(_, noun)| *noun == what);
        of_it.next().map(|(place, _)| place as f64 > number)
    };
    if is_beyond(first, second) == Some(true) || is_beyond(second, first) == Some(true) {
        return Some(Difference::Different);
    }
    let ((one, what), (two, other)) = (number_in(first)?, number_in(second)?);
    let same_thing = what == other
        || first.iter().any(|word| second.iter().any(|also| word.len() > 3 && word.trim_end_matches('s') == also.trim_end_matches('s')));
    match (same_thing, (one - two).abs() < 0.5) {
        (true, true) => Some(Difference::Same),
        (true, false) => Some(Difference::Different),
        (false, _) => None,
    }
}

/// The same, where a value leaves out what it counts, and its sentence names it: “nine, always there” of “all nine candlesticks are there”.
fn counted_nearby(one: (&[String], &str), other: (&[String], &str)) -> Option<Difference> {
    let ((first, what), (second, also)) = (number_in(one.0)?, number_in(other.0)?);
    let counted_in = |sentence: &str, number: f64, noun: String| {
        let words = words_of(sentence);
        let plain: Vec<&str> = words.iter().map(String::as_str).collect();
        let behind = (0..plain.len()).find_map(|start| {
            let (found, length) = number::read(&plain[start..]).filter(|(_, length)| *length > 0)?;
            let noun = plain.get(start + length).filter(|word| !COUNT_NOTHING.contains(word))?;
            ((found - number).abs() < 0.5).then(|| noun.trim_end_matches('s').to_string())
        });
        behind.unwrap_or(if words.contains(&noun) { String::new() } else { noun })
    };
    let names = |sentence: &str, thing: &str| words_of(sentence).iter().any(|word| word.trim_end_matches('s') == thing);
    let is_same_thing = match (what.is_empty(), also.is_empty()) {
        (true, false) if names(one.1, &also) => true,
        (false, true) if names(other.1, &what) => true,
        _ => counted_in(one.1, first, what) == counted_in(other.1, second, also),
    };
    is_same_thing.then(|| if (first - second).abs() < 0.5 { Difference::Same } else { Difference::Different })
}

/// What words mean, where all of each that mean anything mean one thing: the same or not.
fn one_of(meaning: &dyn Fn(&str) -> Option<String>, first: &[String], second: &[String]) -> Option<Difference> {
    let only = |words: &[String]| {
        let mut found = words.iter().filter_map(|word| meaning(word).or_else(|| meaning(word.strip_suffix('s')?)));
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    };
    let (one, two) = (only(first)?, only(second)?);
    Some(if one == two { Difference::Same } else { Difference::Different })
}

fn weekday(word: &str) -> Option<String> {
    Calendar::default().weekday_named(word).map(|day| day.to_string())
}

/// Whether two weekdays, or two days of one month, are so many days apart; nothing where the values name neither.
pub(super) fn days_apart(earlier: &Fact, later: &Fact, days: i32) -> Option<Comparison> {
    let [first, second] = [earlier, later].map(|fact| words_of(&fact.value));
    let as_it_says = |holds: bool| Some(if holds { Comparison::Fine } else { Comparison::Differ });
    let weekday = |words: &[String]| words.iter().find_map(|word| Calendar::default().weekday_named(word)).map(i32::from);
    if let (Some(one), Some(other)) = (weekday(&first), weekday(&second)) {
        return as_it_says((one + days - other).rem_euclid(7) == 0);
    }
    let month = |words: &[String]| words.iter().find_map(|word| month(word));
    let day = |words: &[String]| {
        words.iter().filter_map(|word| word.trim_end_matches(char::is_alphabetic).parse::<i32>().ok()).find(|day| *day <= 31)
    };
    match (month(&first), month(&second), day(&first), day(&second)) {
        (Some(one), Some(other), Some(from), Some(to)) if one == other => as_it_says(from + days == to),
        // Whether the 2nd of June is so many days behind the 31st of May is left open.
        (Some(_), Some(_), Some(_), Some(_)) => Some(Comparison::Fine),
        _ => None,
    }
}

fn month(word: &str) -> Option<String> {
    Calendar::default().month_named(word).map(|month| month.to_string())
}

/// Two ranks of one ladder.
fn ranks(first: &[String], second: &[String]) -> Option<Difference> {
    let ladder = |words: &[String]| words.iter().find_map(|word| lexicon::rank(word)).map(|(_, ladder)| ladder);
    let difference = one_of(&|word| lexicon::rank(word).map(|(rank, _)| rank.to_string()), first, second)?;
    Some(if ladder(first) == ladder(second) { difference } else { Difference::CannotTell })
}

fn seasons(first: &[String], second: &[String]) -> Option<Difference> {
    let calendar = Calendar::default();
    let of_month = |word: &String| calendar.season_of(calendar.month_named(word)?);
    let season = |words: &[String]| words.iter().find_map(|word| Season::named(word)).or_else(|| words.iter().find_map(of_month));
    let (one, two) = (season(first)?, season(second)?);
    Some(if one == two { Difference::Same } else { Difference::Different })
}

/// Years, months and days, as far as both name them.
fn dates(first: &[String], second: &[String]) -> Option<Difference> {
    let year = |words: &[String]| words.iter().find(|word| word.len() == 4 && word.chars().all(|digit| digit.is_ascii_digit())).cloned();
    if let (Some(one), Some(two)) = (year(first), year(second)) {
        if one != two {
            return Some(Difference::Different);
        }
        return one_of(&month, first, second).or(Some(Difference::Same));
    }
    match one_of(&month, first, second) {
        Some(Difference::Same) => counted(first, second).or(Some(Difference::Same)),
        other => other,
    }
}

fn married(first: &[String], second: &[String]) -> Option<Difference> {
    const SINGLE: &[&str] = &["never", "unmarried", "single", "bachelor", "spinster", "not"];
    let (one, two) = (has_any(first, SINGLE), has_any(second, SINGLE));
    (one != two).then_some(Difference::Different)
}
