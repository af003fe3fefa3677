//! How two facts of one subject compare: by code where their values have a type, else by how much their words have in common.

use super::attribute::{Kind, Persistence};
use super::change;
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
    if first == second {
        return Comparison::Fine;
    }
    let typed = match (one.attribute.kind, other.attribute.kind) {
        (Kind::Colour, Kind::Colour) => colours(one.attribute.name, &first, &second),
        (Kind::Hair, Kind::Hair) => hair(one.attribute.name, &first, &second),
        (Kind::Look, Kind::Look) => looks(&first, &second),
        (Kind::Hand, Kind::Hand) => sides(&first, &second),
        (Kind::Sided, Kind::Sided) => sided(&first, &second),
        (Kind::Build, Kind::Build) => stature::compare(&first, &second),
        (Kind::Age, Kind::Age) => numbers(&first, &second),
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
        (Kind::Words, Kind::Words) => drinking((one, &first), (other, &second)),
        _ => None,
    };
    let is_of_time = |kind: Kind| matches!(kind, Kind::Age | Kind::Date | Kind::Weekday | Kind::Season);
    let typed = if is_of_time(one.attribute.kind) || is_of_time(other.attribute.kind) {
        typed
    } else {
        typed.or_else(|| of_any_kind(&first, &second))
    };
    match typed {
        Some(Difference::Same) => Comparison::Fine,
        Some(Difference::Different) if may_have_changed(one, other) => Comparison::Open(likeness(one, other)),
        Some(Difference::Different) => Comparison::Differ,
        Some(Difference::CannotTell) | None => Comparison::Open(likeness(one, other)),
    }
}

/// How much two facts of one subject have in common, from 0 to about 2.
pub fn likeness(one: &Fact, other: &Fact) -> f64 {
    let (first, second) = (stems(&one.value), stems(&other.value));
    let shared = first.iter().filter(|stem| second.contains(stem)).count();
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
        &["no", "not", "never", "nobody", "none", "without", "neither", "nor", "only", "cannot", "hates", "stopped", "gave"];
    words_of(words).iter().any(|word| DENIALS.contains(&word.as_str()) || word.ends_with("n't"))
}

/// Whoever does not drink has no whisky of an evening, and may well have a ginger ale. Nothing where nobody abstains.
fn drinking(one: (&Fact, &[String]), other: (&Fact, &[String])) -> Option<Difference> {
    const WITH: &[&str] = &[
        "whisky",
        "whiskey",
        "wine",
        "beer",
        "gin",
        "rum",
        "brandy",
        "vodka",
        "champagne",
        "port",
        "sherry",
        "cider",
        "bourbon",
        "scotch",
        "absinthe",
        "claret",
        "cocktail",
        "cocktails",
        "spirits",
        "drunk",
        "drunkard",
        "pint",
        "pints",
        "ale",
    ];
    const WITHOUT: &[&str] =
        &["tea", "coffee", "water", "milk", "cocoa", "lemonade", "juice", "soda", "cola", "cordial", "tonic", "ginger", "chocolate"];
    let abstains = |(fact, words): (&Fact, &[String])| {
        // “Never drinks coffee” is of coffee.
        let is_of_drink = has_any(words, &["drink", "drinks", "drank", "drinking", "drop"]) && !has_any(words, WITHOUT);
        denies(fact) && is_of_drink || has_any(words, &["teetotal", "teetotaller", "abstainer"])
    };
    let (fact, words) = match (abstains(one), abstains(other)) {
        (true, false) => other,
        (false, true) => one,
        _ => return None,
    };
    // Ginger ale and root beer have none; gin and tonic has.
    let is_soft = has_any(words, &["ginger", "root"]) || has_any(words, WITHOUT) && !has_any(words, WITH);
    match (is_soft, has_any(words, WITH) && !denies(fact)) {
        (true, _) => Some(Difference::Same),
        (false, true) => Some(Difference::Different),
        (false, false) => None,
    }
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

fn words_of(value: &str) -> Vec<String> {
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

/// The same part of the body on two sides.
fn sided(first: &[String], second: &[String]) -> Option<Difference> {
    const PARTS: &[&str] = &[
        "eye", "ear", "cheek", "arm", "hand", "leg", "foot", "knee", "shoulder", "wrist", "ankle", "finger", "thumb", "brow", "eyebrow",
        "hip", "temple", "elbow", "forearm", "thigh", "fingers", "toe", "palm", "breast", "lung", "scar", "stump", "sleeve",
    ];
    let shares = PARTS.iter().any(|part| [first, second].iter().all(|words| words.iter().any(|word| word == part)));
    let difference = sides(first, second)?;
    Some(if shares || difference == Difference::Same { difference } else { Difference::CannotTell })
}

/// The number in words, and the word that it counts.
fn number_in(words: &[String]) -> Option<(f64, String)> {
    let plain: Vec<&str> = words.iter().map(String::as_str).collect();
    (0..plain.len()).find_map(|start| {
        let (number, length) = number::read(&plain[start..]).filter(|(_, length)| *length > 0)?;
        let noun = plain.get(start + length).copied().unwrap_or_default();
        // "One" is more often no number.
        (number != 1.0 || plain[start] != "one").then(|| (number, noun.trim_end_matches('s').to_string()))
    })
}

fn numbers(first: &[String], second: &[String]) -> Option<Difference> {
    let ((one, _), (two, _)) = (number_in(first)?, number_in(second)?);
    Some(if (one - two).abs() < 0.5 { Difference::Same } else { Difference::Different })
}

/// Two numbers of the same things.
fn counted(first: &[String], second: &[String]) -> Option<Difference> {
    let ((one, what), (two, other)) = (number_in(first)?, number_in(second)?);
    let same_thing = what == other
        || first.iter().any(|word| second.iter().any(|also| word.len() > 3 && word.trim_end_matches('s') == also.trim_end_matches('s')));
    match (same_thing, (one - two).abs() < 0.5) {
        (true, true) => Some(Difference::Same),
        (true, false) => Some(Difference::Different),
        (false, _) => None,
    }
}

/// The same, where one of them leaves out what it counts, and its sentence names it.
fn counted_nearby(one: (&[String], &str), other: (&[String], &str)) -> Option<Difference> {
    let ((first, what), (second, also)) = (number_in(one.0)?, number_in(other.0)?);
    let names = |sentence: &str, thing: &str| words_of(sentence).iter().any(|word| word.trim_end_matches('s') == thing);
    let is_same_thing = match (what.is_empty(), also.is_empty()) {
        (true, false) => names(one.1, &also),
        (false, true) => names(other.1, &what),
        _ => false,
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
