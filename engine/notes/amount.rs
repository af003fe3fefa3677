//! Numbers with what they count, measure or label: nineteen pupils, an hour and a half, room 214.

use super::note::words_of;
use crate::facts::lexicon;
use crate::facts::value::Difference;
use crate::text::number::{self, TENS};

/// The numbers of two rooms, houses, platforms or floors.
pub(super) fn labelled(first: &[String], second: &[String]) -> Option<Difference> {
    let ((noun, one), (other, two)) = (label(first)?, label(second)?);
    // A room may be called a number alone.
    let is_same_thing = noun == other || noun == "number" || other == "number";
    is_same_thing.then(|| same_number(one, two))
}

/// Whether two whole numbers are one.
fn same_number(one: f64, two: f64) -> Difference {
    if (one - two).abs() < 0.5 { Difference::Same } else { Difference::Different }
}

/// Whether words tell a room or a floor by its number.
pub(super) fn has_label(words: &[String]) -> bool {
    label(words).is_some()
}

/// What is told by its number, and the number: room 214, the sixth floor; the ground floor is the 0th.
fn label(words: &[String]) -> Option<(&'static str, f64)> {
    const FLOORS: &[&str] = &["floor", "storey", "story"];
    const NUMBERED: &[&str] =
        &["room", "number", "flat", "apartment", "cabin", "cell", "suite", "platform", "gate", "berth", "locker", "ward"];
    let plain: Vec<&str> = words.iter().flat_map(|word| word.split('-')).collect();
    let numbered = (1..plain.len()).find_map(|place| {
        let noun = NUMBERED.iter().find(|noun| **noun == plain[place - 1])?;
        Some((*noun, number::read(&plain[place..]).filter(|(_, length)| *length > 0)?.0))
    });
    let floor = || {
        let pair = plain.windows(2).find(|pair| FLOORS.contains(&pair[1]))?;
        let height = if pair[0] == "ground" { 0 } else { number::ordinal(pair[0])? };
        Some(("floor", height as f64))
    };
    numbered.or_else(floor)
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
pub(super) fn measures(first: &[String], second: &[String]) -> Option<Difference> {
    const ROUNDED: f64 = 1.3;
    let ((one, kind), (two, other)) = (measure(first)?, measure(second)?);
    let far = one.max(two) > ROUNDED * one.min(two);
    (kind == other).then_some(if far { Difference::Different } else { Difference::Same })
}

/// From so many metres on nothing is right beside another thing.
const NOT_BESIDE_METRES: f64 = 400.0;

const BESIDE: &[&str] = &["beside", "adjoining", "opposite", "next"];

/// Whether words tell a way of some length, or what stands right beside.
pub(super) fn tells_how_far(words: &[String]) -> bool {
    measure(words).is_some() || words.iter().any(|word| BESIDE.contains(&word.as_str()))
}

/// A way of miles, and words for what stands right beside: two miles from the station, next to the station. Nothing of two other places.
pub(super) fn far_and_near(first: &[String], second: &[String]) -> Option<Difference> {
    // The place that stands behind one of some words.
    let behind = |words: &[String], wanted: &[&str]| -> Option<String> {
        let place = words.iter().position(|word| wanted.contains(&word.as_str()))?;
        words[place + 1..].iter().find(|word| !matches!(word.as_str(), "the" | "to" | "a" | "an" | "his" | "her" | "our")).cloned()
    };
    let is_far = |words: &[String]| measure(words).is_some_and(|(size, kind)| kind == 'l' && size >= NOT_BESIDE_METRES);
    let parted = |far: &[String], near: &[String]| {
        let (from, beside) = (behind(far, &["from"]), behind(near, BESIDE));
        is_far(far) && measure(near).is_none() && from.is_some() && from == beside
    };
    (parted(first, second) || parted(second, first)).then_some(Difference::Different)
}

/// A number with its unit: an hour, half a day, six weeks.
fn measure(words: &[String]) -> Option<(f64, char)> {
    let plain: Vec<&str> = words.iter().map(String::as_str).collect();
    (1..plain.len()).find_map(|place| {
        let (_, kind, size) = UNITS.iter().find(|(unit, _, _)| plain[place].strip_suffix('s').unwrap_or(plain[place]) == *unit)?;
        let number = match plain[place - 1] {
            "a" | "an" if place > 1 && plain[place - 2] == "half" => 0.5,
            "a" | "an" if place > 2 && plain[place - 3..place - 1] == ["quarter", "of"] => 0.25,
            "a" | "an" | "one" => 1.0,
            _ => (place.saturating_sub(4)..place).find_map(|start| {
                number::read(&plain[start..place]).filter(|(_, length)| *length > 0 && start + length == place).map(|(number, _)| number)
            })?,
        };
        let half = if plain[place + 1..].starts_with(&["and", "a", "half"]) { 0.5 } else { 0.0 };
        Some(((number + half) * size, *kind))
    })
}

/// Behind a number, these are not what it counts.
const COUNT_NOTHING: &[&str] =
    &["of", "who", "that", "which", "in", "at", "on", "from", "and", "were", "was", "had", "always", "altogether", "all"];

/// The number in words, and the word that it counts.
pub(super) fn number_in(words: &[String]) -> Option<(f64, String)> {
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

/// Stages of life, with the ages at which people are called so; the first that fits decides.
const STAGES: &[(&str, f64, f64)] = &[
    ("newborn", 0.0, 1.0),
    ("infant", 0.0, 3.0),
    ("toddler", 1.0, 4.0),
    ("little girl", 3.0, 12.0),
    ("little boy", 3.0, 12.0),
    ("small girl", 3.0, 12.0),
    ("small boy", 3.0, 12.0),
    ("small child", 1.0, 9.0),
    ("schoolgirl", 4.0, 19.0),
    ("schoolboy", 4.0, 19.0),
    ("teenager", 12.0, 20.0),
    ("teenage", 12.0, 20.0),
    ("grown woman", 18.0, f64::INFINITY),
    ("grown man", 18.0, f64::INFINITY),
    ("middle-aged", 35.0, 66.0),
];

/// Two ages that cannot be one: thirty-four and forty; six, and a grown woman. Over eighty is any age from there.
pub(super) fn ages(first: &[String], second: &[String]) -> Option<Difference> {
    let ((from, to), (also_from, also_to)) = (age_range(first)?, age_range(second)?);
    let meets = from < also_to + 0.5 && also_from < to + 0.5;
    Some(if meets { Difference::Same } else { Difference::Different })
}

/// The youngest and the oldest that words may mean, in years.
fn age_range(words: &[String]) -> Option<(f64, f64)> {
    const FROM: &[&str] = &["over", "past", "above", "beyond"];
    const UP_TO: &[&str] = &["under", "below"];
    const ABOUT: &[&str] = &["about", "around", "nearly", "almost", "some", "perhaps", "maybe", "roughly", "nearing", "barely", "say"];
    /// How far people are off who say “about”.
    const OFF: f64 = 3.0;
    let decade = || words.iter().find_map(|word| Some((TENS.iter().position(|ten| decade_of(ten, word))? * 10) as f64));
    if let Some(decade) = decade() {
        return Some((decade, decade + 9.0));
    }
    let Some(years) = age(words) else {
        let text = format!(" {} ", words.join(" "));
        return STAGES.iter().find(|(stage, _, _)| text.contains(&format!(" {stage} "))).map(|(_, from, to)| (*from, *to));
    };
    // Old people are older by more than they say.
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    Some(match () {
        () if has(FROM) => (years, years + 10.0),
        () if has(UP_TO) || words.windows(2).any(|pair| pair[0] == "not" && pair[1] == "yet") => (years - 10.0, years),
        () if has(ABOUT) => (years - OFF, years + OFF),
        () => (years, years),
    })
}

/// Whether a word is the plural of a ten: thirties.
fn decade_of(ten: &str, word: &str) -> bool {
    !ten.is_empty() && ten.strip_suffix('y').is_some_and(|stem| word.strip_prefix(stem) == Some("ies"))
}

/// Two numbers of the same things; or a number of things, and a place in their row that lies beyond it: four floors, the eleventh floor.
pub(super) fn counted(first: &[String], second: &[String]) -> Option<Difference> {
    if beyond(first, second).is_some() {
        return Some(Difference::Different);
    }
    if is_one_of(first, second) || is_one_of(second, first) {
        return Some(Difference::Same);
    }
    let ((one, what), (two, other)) = (number_in(first)?, number_in(second)?);
    let same_thing = what == other && !what.is_empty()
        || first.iter().any(|word| second.iter().any(|also| word.len() > 3 && word.trim_end_matches('s') == also.trim_end_matches('s')));
    same_thing.then(|| same_number(one, two))
}

/// A number of parts of a building, and a place in their row that lies beyond it; nothing of others: three times, the fourth time.
pub(super) fn beyond(first: &[String], second: &[String]) -> Option<Difference> {
    let is_beyond = |all: &[String], one: &[String]| {
        let is_part = |what: &str| lexicon::COUNTED.has(what) && lexicon::kin(what).is_none();
        let (number, what) = number_in(all).filter(|(_, what)| is_part(what))?;
        let ordinals = one.windows(2).filter_map(|pair| Some((number::ordinal(&pair[0])?, pair[1].trim_end_matches('s'))));
        let mut of_it = ordinals.filter(|(_, noun)| *noun == what);
        of_it.next().map(|(place, _)| place as f64 > number)
    };
    let is_either = is_beyond(first, second) == Some(true) || is_beyond(second, first) == Some(true);
    is_either.then_some(Difference::Different)
}

/// Whether words tell how many, or which one.
pub(super) fn has_number(words: &[String]) -> bool {
    number_in(words).is_some() || words.iter().any(|word| number::ordinal(word).is_some())
}

/// Words for one of several things that stand in a row.
pub(super) const PLACES_IN_A_ROW: &[&str] =
    &["top", "upper", "topmost", "lower", "bottom", "middle", "last", "next", "other", "ground", "nearest"];

/// Whether one of two values is one of those that the other counts: three floors, the top floor.
fn is_one_of(all: &[String], one: &[String]) -> bool {
    number_in(all).is_some_and(|(_, what)| {
        let is_place = |word: &str| PLACES_IN_A_ROW.contains(&word) || number::ordinal(word).is_some();
        number_in(one).is_none() && one.windows(2).any(|pair| is_place(&pair[0]) && pair[1].trim_end_matches('s') == what)
    })
}

/// The same, where a value leaves out what it counts, and its sentence names it: “nine, always there” of “all nine candlesticks are there”.
pub(super) fn counted_nearby(one: (&[String], &str), other: (&[String], &str)) -> Option<Difference> {
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
    is_same_thing.then(|| same_number(first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_ranges_of_years() {
        use Difference::{Different, Same};
        for (one, other, expected) in [
            ("six when the war ended", "a grown woman", Some(Different)),
            ("six", "a little girl", Some(Same)),
            ("eighty-one", "over eighty", Some(Same)),
            ("eighty-one", "only seventy", Some(Different)),
            ("thirty-four", "in her thirties", Some(Same)),
            ("thirty-four", "in her fifties", Some(Different)),
            ("twenty-nine", "not yet thirty", Some(Same)),
            ("about forty", "forty-two", Some(Same)),
            ("sixteen", "middle-aged", Some(Different)),
            ("old", "sixteen", None),
        ] {
            assert_eq!(ages(&words_of(one), &words_of(other)), expected, "{one}; {other}");
            assert_eq!(ages(&words_of(other), &words_of(one)), expected, "{other}; {one}");
        }
    }

    #[test]
    fn what_is_counted_has_no_place_beyond_its_number() {
        let words = |text| words_of(text);
        assert_eq!(counted(&words("three floors"), &words("fifth floor")), Some(Difference::Different));
        assert_eq!(counted(&words("three floors"), &words("top floor")), Some(Difference::Same));
        assert_eq!(beyond(&words("three floors"), &words("second floor")), None);
        assert_eq!(beyond(&words("failed three times"), &words("the fourth time")), None);
        assert_eq!(beyond(&words("three sons"), &words("his fourth son")), None);
        assert_eq!(counted(&words("two rooms"), &words("a second room")), Some(Difference::Same));
        assert_eq!(far_and_near(&words("two miles from the station"), &words("right beside the station")), Some(Difference::Different));
        assert_eq!(far_and_near(&words("two miles from the station"), &words("right beside the church")), None);
    }
}
