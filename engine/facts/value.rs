//! Typed values that know when they differ: thirty-four is not 52, hazel may be brown, Monday is not Saturday.

use super::calendar::{Calendar, PartialDate, Season};
use super::{lexicon, trades};
use crate::text::number;
use crate::text::words::fold;
use std::fmt;

/// What an assertion says, in a form that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Colour words, as `green` or `grey-blue`. A word that begins with `~` is a mark that is not shown: `~dark` (so dark an eye that black
    /// and brown look alike), `~age` (hair that may have turned with the years).
    Colour(Vec<String>),
    /// A number with the noun it counts, as 112 `step`; ages have the unit `year`.
    Number {
        number: f64,
        unit: String,
    },
    /// From 1 for the first day of the week; 1 Monday … 7 Sunday in the usual calendar.
    Weekday(u8),
    Date {
        year: Option<i32>,
        month: Option<u8>,
        day: Option<u8>,
    },
    Season(Season),
    /// Shortest and longest length meant, in hours.
    Duration {
        shortest_hours: f64,
        longest_hours: f64,
    },
    Side(Side),
    /// Whether someone is alive at that point.
    Alive(bool),
    /// A person's name, as of a brother.
    Name(String),
    YesNo(bool),
    /// Anything else, compared by its folded words.
    Words(String),
    /// A trade as it is written, `clockmaker`; those that mean nearly the same are one.
    Trade(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    Both,
}

/// How two values relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    Same,
    Different,
    /// Of different kinds, or too vague: no ground for a finding.
    CannotTell,
}

use Difference::{CannotTell, Different, Same};

impl Value {
    /// In words, with the names of a calendar.
    pub fn shown(&self, calendar: &Calendar) -> String {
        match self {
            _ if calendar.is_usual() => self.to_string(),
            Value::Weekday(weekday) => calendar.weekday_name(*weekday).to_string(),
            Value::Date { year, month, day } => calendar.written(PartialDate { year: *year, month: *month, day: *day }),
            _ => self.to_string(),
        }
    }

    /// Whether two values of one attribute of one subject can both be true.
    pub fn differs(&self, other: &Value) -> Difference {
        match (self, other) {
            (Value::Colour(one), Value::Colour(two)) => colours_differ(one, two),
            (Value::Number { number: one, unit: first }, Value::Number { number: two, unit: second }) => {
                numbers_differ(*one, first, *two, second)
            }
            (Value::Weekday(one), Value::Weekday(two)) => same_if(one == two),
            (Value::Season(one), Value::Season(two)) => same_if(one == two),
            (Value::Date { year: y1, month: m1, day: d1 }, Value::Date { year: y2, month: m2, day: d2 }) => {
                let parts = [part(y1, y2), part(m1, m2), part(d1, d2)];
                let is_known = parts.contains(&Same);
                if parts.contains(&Different) {
                    Different
                } else if is_known {
                    Same
                } else {
                    CannotTell
                }
            }
            (Value::Duration { shortest_hours: s1, longest_hours: l1 }, Value::Duration { shortest_hours: s2, longest_hours: l2 }) => {
                same_if(s1 <= l2 && s2 <= l1)
            }
            (Value::Side(one), Value::Side(two)) => match (one, two) {
                (one, two) if one == two => Same,
                (Side::Both, _) | (_, Side::Both) => CannotTell,
                _ => Different,
            },
            // A bible's `scar: left cheek` tells the side with other words.
            (Value::Side(_), Value::Words(words)) | (Value::Words(words), Value::Side(_)) => {
                let folded = fold(words);
                let told = side(&folded.split(|c: char| !c.is_alphanumeric() && c != '-').collect::<Vec<_>>());
                let own = if matches!(self, Value::Side(_)) { self } else { other };
                told.map_or(CannotTell, |told| own.differs(&told))
            }
            (Value::Alive(one), Value::Alive(two)) | (Value::YesNo(one), Value::YesNo(two)) => same_if(one == two),
            (Value::Name(one), Value::Name(two)) => names_differ(one, two),
            (Value::Trade(one), Value::Trade(two)) => same_if(trades::kind(one) == trades::kind(two)),
            (Value::Words(one) | Value::Name(one) | Value::Trade(one), Value::Words(two) | Value::Name(two) | Value::Trade(two)) => {
                words_differ(one, two)
            }
            _ => CannotTell,
        }
    }

    /// Reads the value of a fact of the bible or of a quoted answer. The name may be the author's (`eyes`) or the field's (`eye colour`).
    pub fn parse(name: &str, text: &str) -> Value {
        let attribute = attribute_of(name);
        let folded = fold(text);
        let words: Vec<&str> =
            folded.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'').filter(|word| !word.is_empty()).collect();
        let parsed = match attribute.as_str() {
            "eye colour" | "hair colour" | "beard colour" | "colour" => colour(&attribute, &words),
            "handedness" => side(&words),
            "age" => number_in(&words).map(|(number, _)| Value::Number { number, unit: "year".to_string() }),
            "alive" => alive(&words),
            attribute if attribute.starts_with("missing ") => side(&words),
            attribute if attribute.starts_with("number of ") => {
                number_in(&words).map(|(number, _)| Value::Number { number, unit: singular(&attribute["number of ".len()..]) })
            }
            "title" => words.iter().find_map(|word| lexicon::rank(word)).map(|(rank, _)| Value::Words(rank.to_string())),
            "occupation" => words.iter().find(|word| trades::kind(word).is_some()).map(|word| Value::Trade((*word).to_string())),
            _ => None,
        };
        parsed.unwrap_or_else(|| untyped(&words, text))
    }
}

/// The field's name for what an author calls a fact: `eyes` is `eye colour`, `steps` the `number of steps`, `kept_in` is `kept in`.
pub fn attribute_of(name: &str) -> String {
    let folded = fold(&name.replace(['_', '-'], " "));
    let plain = folded.trim();
    let known = match plain {
        "eyes" | "eye" | "eye color" | "eye colour" | "eyes colour" | "colour of eyes" => "eye colour",
        "hair" | "hair color" | "hair colour" | "colour of hair" => "hair colour",
        "beard" | "beard color" => "beard colour",
        "hand" | "handed" | "handedness" | "dominant hand" | "writes with" => "handedness",
        "age" | "aged" | "years old" => "age",
        "rank" | "title" | "military rank" => "title",
        "job" | "profession" | "occupation" | "trade" | "works as" => "occupation",
        "metal" | "material" | "made of" => "material",
        "color" | "colour" => "colour",
        "kept" | "kept in" | "kept at" | "place kept" | "where kept" => "kept in",
        "status" | "alive" | "dead" | "state" => "alive",
        _ => "",
    };
    match known {
        "" if lexicon::COUNTED.has(plain) => format!("number of {}", plural(&singular(plain))),
        "" => plain.to_string(),
        known => known.to_string(),
    }
}

fn same_if(is_same: bool) -> Difference {
    if is_same { Same } else { Different }
}

fn part<T: PartialEq>(one: &Option<T>, two: &Option<T>) -> Difference {
    match (one, two) {
        (Some(one), Some(two)) => same_if(one == two),
        _ => CannotTell,
    }
}

// Families of colours, as bits: a colour of two families lies between them.
const BLACK: u16 = 1;
const BROWN: u16 = 2;
const RED: u16 = 4;
const BLOND: u16 = 8;
const GREY: u16 = 16;
const WHITE: u16 = 32;
const BLUE: u16 = 64;
const GREEN: u16 = 128;
const VIOLET: u16 = 256;
const ORANGE: u16 = 512;
/// Light or dark, but of no colour.
const VAGUE: u16 = 0;

/// The families of a colour word, or nothing when it is none.
fn family(word: &str) -> Option<u16> {
    Some(match word {
        "black" | "raven" | "jet" | "ebony" | "jet-black" | "coal-black" | "raven-black" => BLACK,
        "brown" | "mousy" | "chocolate" | "mahogany" | "nut-brown" | "tawny" | "brunette" => BROWN,
        "hazel" => BROWN | GREEN,
        "chestnut" | "auburn" | "russet" | "bronze" => BROWN | RED,
        "amber" => BROWN | BLOND | ORANGE,
        "red" | "ginger" | "carroty" | "copper" | "coppery" | "scarlet" | "crimson" | "titian" | "fiery" => RED,
        "blond" | "blonde" | "fair" | "golden" | "gold" | "yellow" | "flaxen" | "straw" | "straw-coloured" | "tow" | "honey" => BLOND,
        "sandy" | "strawberry" => BLOND | RED,
        "grey" | "silver" | "silvery" | "grizzled" | "iron-grey" | "steel-grey" | "steel" | "ash" | "hoary" => GREY,
        "white" | "snow-white" | "snowy" => WHITE,
        "blue" | "azure" | "sapphire" | "cornflower" => BLUE,
        "green" | "emerald" | "sea-green" => GREEN,
        "violet" | "purple" | "lavender" => VIOLET | BLUE,
        "pink" | "orange" => ORANGE | RED,
        "dark" | "light" | "pale" | "bright" | "faded" | "deep" => VAGUE,
        _ => return None,
    })
}

/// The colour words of a phrase: a compound as `grey-blue` or `dark-brown` gives its parts. Nothing when there is none.
pub(super) fn colour_words(word: &str) -> Vec<String> {
    let plain = word.replace("gray", "grey").replace("colored", "coloured");
    let plain = plain.trim_end_matches("-coloured");
    if family(plain).is_some() {
        return vec![plain.to_string()];
    }
    let parts: Vec<&str> = plain
        .split('-')
        .map(|part| match part {
            "greyish" => "grey",
            "reddish" => "red",
            "brownish" => "brown",
            "bluish" => "blue",
            "greenish" => "green",
            "yellowish" => "yellow",
            part => part,
        })
        .collect();
    // Deep-set and blue-veined are no colours.
    if parts.last().is_none_or(|last| family(last).is_none()) {
        return Vec::new();
    }
    parts.iter().filter(|part| family(part).is_some()).map(|part| (*part).to_string()).collect()
}

/// The colour that words say of an attribute.
pub(super) fn colour(attribute: &str, words: &[&str]) -> Option<Value> {
    let mut parts: Vec<String> = Vec::new();
    for word in words.iter().flat_map(|word| colour_words(word)) {
        if !parts.contains(&word) {
            parts.push(word);
        }
    }
    let families = parts.iter().filter_map(|part| family(part)).fold(VAGUE, |all, one| all | one);
    if attribute == "eye colour" && families & BLACK != 0 {
        parts.push("~dark".to_string());
    }
    if attribute != "eye colour" && attribute != "colour" && families & (GREY | WHITE) != 0 {
        parts.push("~age".to_string());
    }
    (!parts.is_empty()).then_some(Value::Colour(parts))
}

fn colours_differ(one: &[String], two: &[String]) -> Difference {
    let families = |parts: &[String]| parts.iter().filter_map(|part| family(part)).fold(VAGUE, |all, one| all | one);
    let has = |mark: &str| one.iter().chain(two).any(|part| part == mark);
    let is_dark = has("~dark") || has("dark");
    let (first, second) = (families(one), families(two));
    if first == second && first != VAGUE {
        return Same;
    }
    let share_word = one.iter().any(|part| two.contains(part) && family(part).is_some_and(|family| family != VAGUE));
    if share_word {
        return Same;
    }
    let is_vague = first == VAGUE || second == VAGUE || first & second != 0;
    let may_be_dark = is_dark && (first | second) & !(BLACK | BROWN | RED) == 0 && (first & second != 0 || (first | second) & BLACK != 0);
    // Grey lies between white and blue, and nobody agrees where.
    let is_near_grey = (first | second) & !(GREY | WHITE | BLUE | GREEN) == 0 && (first & GREY != 0 || second & GREY != 0);
    if is_vague || may_be_dark || is_near_grey || has("~age") { CannotTell } else { Different }
}

fn numbers_differ(one: f64, first: &str, two: f64, second: &str) -> Difference {
    let same_unit = first.is_empty() || second.is_empty() || unit(first) == unit(second);
    if !same_unit {
        return CannotTell;
    }
    if one == two {
        return Same;
    }
    let is_round = |number: f64| number >= 100.0 && (number % 100.0 == 0.0) || number >= 50.0 && number % 50.0 == 0.0;
    let is_near = (one - two).abs() <= 0.2 * one.abs().max(two.abs());
    if is_near && (is_round(one) || is_round(two)) && unit(first) != "year" { CannotTell } else { Different }
}

fn unit(noun: &str) -> String {
    match singular(noun).as_str() {
        "stair" => "step".to_string(),
        "storey" | "story" => "floor".to_string(),
        other => other.to_string(),
    }
}

/// A noun's singular, well enough for nouns that are counted.
pub(super) fn singular(noun: &str) -> String {
    match noun {
        "children" => "child".to_string(),
        "men" => "man".to_string(),
        "women" => "woman".to_string(),
        "wives" => "wife".to_string(),
        "feet" => "foot".to_string(),
        "storeys" => "storey".to_string(),
        _ if noun.ends_with("ies") => format!("{}y", &noun[..noun.len() - 3]),
        _ if noun.ends_with("ches") || noun.ends_with("shes") => noun[..noun.len() - 2].to_string(),
        _ if noun.ends_with('s') && !noun.ends_with("ss") => noun[..noun.len() - 1].to_string(),
        _ => noun.to_string(),
    }
}

/// A noun's plural, well enough for the attributes' names.
pub(super) fn plural(noun: &str) -> String {
    match noun {
        "child" => "children".to_string(),
        "wife" => "wives".to_string(),
        _ if noun.ends_with("ch") || noun.ends_with("sh") => format!("{noun}es"),
        _ if noun.ends_with('y') && !noun.ends_with("ey") => format!("{}ies", &noun[..noun.len() - 1]),
        _ => format!("{noun}s"),
    }
}

fn names_differ(one: &str, two: &str) -> Difference {
    let (first, second) = (fold(one), fold(two));
    let within = |small: &str, large: &str| small.split(' ').all(|word| large.split(' ').any(|other| other == word));
    same_if(within(&first, &second) || within(&second, &first))
}

fn words_differ(one: &str, two: &str) -> Difference {
    let (first, second) = (fold(one), fold(two));
    if first == second {
        return Same;
    }
    if let Some(difference) = kin_differ(&first, &second).or_else(|| ranks_differ(&first, &second)) {
        return difference;
    }
    let content = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty());
        words.filter(|word| !is_small_word(word)).map(singular).collect()
    };
    let (first, second) = (content(&first), content(&second));
    if first.is_empty() || second.is_empty() {
        return CannotTell;
    }
    let shared = first.iter().filter(|word| second.contains(word)).count();
    if shared == first.len() || shared == second.len() {
        Same
    } else if shared > 0 {
        CannotTell
    } else {
        Different
    }
}

fn is_small_word(word: &str) -> bool {
    matches!(word, "a" | "an" | "the" | "of" | "in" | "on" | "at" | "to" | "her" | "his" | "its" | "their" | "my" | "our" | "and" | "with")
}

/// Brother and cousin cannot both be true; brother and sibling can.
fn kin_differ(one: &str, two: &str) -> Option<Difference> {
    let is_by_marriage = |word: &str| ["step", "half-", "foster", "-in-law", "god", "adopted"].iter().any(|mark| word.contains(mark));
    if (is_by_marriage(one) && lexicon::kin(two).is_some()) || (is_by_marriage(two) && lexicon::kin(one).is_some()) {
        return Some(CannotTell);
    }
    let (first, second) = (lexicon::kin(one)?, lexicon::kin(two)?);
    if first.class != second.class {
        return Some(Different);
    }
    match (first.gender, second.gender) {
        (Some(one), Some(two)) if one != two => Some(Different),
        _ => Some(Same),
    }
}

/// Two ranks of one ladder exclude each other; a captain may be a doctor.
fn ranks_differ(one: &str, two: &str) -> Option<Difference> {
    let ((first, first_ladder), (second, second_ladder)) = (lexicon::rank(one)?, lexicon::rank(two)?);
    if first == second {
        return Some(Same);
    }
    Some(if first_ladder == second_ladder { Different } else { CannotTell })
}

fn side(words: &[&str]) -> Option<Value> {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    let left = has(&["left", "left-handed", "left-hander", "left-hand", "larboard"]);
    let right = has(&["right", "right-handed", "right-hander", "right-hand"]);
    match (left, right, has(&["both", "ambidextrous", "either"])) {
        (_, _, true) | (true, true, _) => Some(Value::Side(Side::Both)),
        (true, false, _) => Some(Value::Side(Side::Left)),
        (false, true, _) => Some(Value::Side(Side::Right)),
        _ => None,
    }
}

fn alive(words: &[&str]) -> Option<Value> {
    if words.iter().any(|word| matches!(*word, "not" | "perhaps" | "unknown" | "believed" | "presumed")) {
        return None;
    }
    words.iter().find_map(|word| match *word {
        "dead" | "deceased" | "died" | "killed" | "drowned" | "murdered" => Some(Value::Alive(false)),
        "alive" | "living" => Some(Value::Alive(true)),
        _ => None,
    })
}

/// The first number among words, and the noun after it.
fn number_in<'a>(words: &[&'a str]) -> Option<(f64, Option<&'a str>)> {
    (0..words.len()).find_map(|start| number::read(&words[start..]).map(|(number, taken)| (number, words.get(start + taken).copied())))
}

fn untyped(words: &[&str], text: &str) -> Value {
    match words {
        ["yes" | "true"] => return Value::YesNo(true),
        ["no" | "false" | "never"] => return Value::YesNo(false),
        _ => {}
    }
    if let Some((number, taken)) = number::read(words)
        && taken + 1 >= words.len()
    {
        return Value::Number { number, unit: words.get(taken).map(|noun| singular(noun)).unwrap_or_default() };
    }
    Value::Words(text.trim().to_string())
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Colour(parts) => {
                let shown: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.starts_with('~')).collect();
                formatter.write_str(&shown.join("-"))
            }
            Value::Number { number, unit } if unit.is_empty() => write!(formatter, "{number}"),
            Value::Number { number, unit } if *number == 1.0 => write!(formatter, "1 {unit}"),
            Value::Number { number, unit } => write!(formatter, "{number} {}", plural(unit)),
            Value::Weekday(day) => formatter.write_str(Calendar::default().weekday_name(*day)),
            Value::Date { year, month, day } => write_date(formatter, *year, *month, *day),
            Value::Season(season) => formatter.write_str(match season {
                Season::Spring => "spring",
                Season::Summer => "summer",
                Season::Autumn => "autumn",
                Season::Winter => "winter",
            }),
            Value::Duration { shortest_hours, longest_hours } => write_duration(formatter, *shortest_hours, *longest_hours),
            Value::Side(side) => formatter.write_str(match side {
                Side::Left => "left",
                Side::Right => "right",
                Side::Both => "both",
            }),
            Value::Alive(is_alive) => formatter.write_str(if *is_alive { "alive" } else { "dead" }),
            Value::YesNo(is_yes) => formatter.write_str(if *is_yes { "yes" } else { "no" }),
            Value::Name(text) | Value::Words(text) | Value::Trade(text) => formatter.write_str(text),
        }
    }
}

fn write_date(formatter: &mut fmt::Formatter<'_>, year: Option<i32>, month: Option<u8>, day: Option<u8>) -> fmt::Result {
    let calendar = Calendar::default();
    let day = day.map(|day| day.to_string());
    let month = month.map(|month| calendar.month_name(month).to_string());
    let year = year.map(|year| year.to_string());
    let parts: Vec<String> = [day, month, year].into_iter().flatten().collect();
    formatter.write_str(&parts.join(" "))
}

fn write_duration(formatter: &mut fmt::Formatter<'_>, shortest: f64, longest: f64) -> fmt::Result {
    let show = |hours: f64| if hours >= 48.0 { format!("{:.0} days", hours / 24.0) } else { format!("{hours:.0} hours") };
    let (first, last) = (show(shortest), show(longest));
    if first == last { formatter.write_str(&first) } else { write!(formatter, "{first} to {last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(attribute: &str, one: &str, two: &str) -> Difference {
        Value::parse(attribute, one).differs(&Value::parse(attribute, two))
    }

    #[test]
    fn colours_know_their_families() {
        assert_eq!(compare("eyes", "blue", "brown"), Different);
        assert_eq!(compare("eyes", "hazel", "brown"), CannotTell);
        assert_eq!(compare("eyes", "hazel", "green"), CannotTell);
        assert_eq!(compare("eyes", "grey", "blue-grey"), Same);
        assert_eq!(compare("eyes", "grey", "blue"), CannotTell);
        assert_eq!(compare("eyes", "dark", "blue"), CannotTell);
        assert_eq!(compare("eyes", "black", "brown"), CannotTell);
        assert_eq!(compare("eyes", "black", "blue"), Different);
        assert_eq!(compare("eyes", "gray", "brown"), Different);
        assert_eq!(compare("hair", "fair", "blonde"), Same);
        assert_eq!(compare("hair", "auburn", "red"), CannotTell);
        assert_eq!(compare("hair", "black", "brown"), Different);
        assert_eq!(compare("hair", "black", "chestnut"), Different);
        assert_eq!(compare("hair", "brown", "white"), CannotTell);
        assert_eq!(compare("hair", "dark brown", "black"), CannotTell);
        assert_eq!(compare("hair", "black", "red"), Different);
        assert_eq!(Value::parse("hair", "grey").to_string(), "grey");
    }

    #[test]
    fn numbers_need_one_unit_and_exactness() {
        assert_eq!(compare("steps", "112", "a hundred and twenty-one steps"), Different);
        assert_eq!(compare("steps", "112", "112 stairs"), Same);
        assert_eq!(compare("steps", "112", "a hundred"), CannotTell);
        assert_eq!(compare("age", "thirty-four", "34 years"), Same);
        assert_eq!(compare("age", "thirty-four", "thirty-two"), Different);
        assert_eq!(Value::parse("steps", "112").to_string(), "112 steps");
    }

    #[test]
    fn words_are_compared_by_what_they_mean() {
        assert_eq!(compare("kept_in", "tea caddy", "the tea caddy on the shelf"), Same);
        assert_eq!(compare("kept_in", "tea caddy", "the case of the office clock"), Different);
        assert_eq!(compare("relation", "brother", "cousin"), Different);
        assert_eq!(compare("relation", "brother", "half-brother"), CannotTell);
        assert_eq!(compare("relation", "sibling", "brother"), Same);
        assert_eq!(compare("rank", "Lieutenant", "Captain"), Different);
        assert_eq!(compare("rank", "Doctor", "Captain"), CannotTell);
        assert_eq!(compare("handedness", "left", "right-handed"), Different);
        assert_eq!(compare("swims", "no", "yes"), Different);
        assert_eq!(compare("metal", "brass", "silver"), Different);
        assert_eq!(Value::parse("missing leg", "left"), Value::Side(Side::Left));
        assert_eq!(Value::parse("status", "dead"), Value::Alive(false));
        assert_eq!(attribute_of("kept_in"), "kept in");
    }
}
