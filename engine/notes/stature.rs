//! How tall and how stout somebody is: words and measures on two scales, since a tall man may well be thin.

use crate::facts::value::Difference;
use crate::text::number;

/// The two ends of the scale of height, in words.
const TALL: &[&str] = &["tall", "taller", "tallest", "lanky", "towering", "towered", "towers", "six-footer", "giant"];
const SHORT: &[&str] = &["short", "shorter", "shortest", "squat", "dwarfish", "stunted"];

/// The two ends of the scale of girth, in words.
const STOUT: &[&str] =
    &["stout", "fat", "heavy", "broad", "burly", "plump", "portly", "thickset", "corpulent", "obese", "overweight", "stocky", "rotund"];
const THIN: &[&str] = &[
    "thin",
    "slim",
    "slender",
    "lean",
    "slight",
    "skinny",
    "narrow",
    "gaunt",
    "wiry",
    "scrawny",
    "bony",
    "lanky",
    "spare",
    "emaciated",
    "underweight",
];

/// Words that may mean either.
const LARGE: &[&str] = &["big", "bigger", "biggest", "large", "largest", "huge", "enormous", "hulking", "massive", "giant"];
const SMALL: &[&str] = &["small", "smaller", "smallest", "little", "tiny", "diminutive", "petite"];

/// Behind “little” and “slight”, these make a size of them.
const PEOPLE: &[&str] =
    &["man", "woman", "girl", "boy", "fellow", "person", "figure", "build", "body", "frame", "creature", "old", "for", "and"];

/// From which height a grown person is called tall, and up to which short; metres.
const TALL_METRES: f64 = 1.82;
const SHORT_METRES: f64 = 1.66;

/// From which weight a grown person is called stout, and up to which thin; kilograms.
const STOUT_KILOS: f64 = 105.0;
const THIN_KILOS: f64 = 62.0;

/// Two heights or weights that lie no further apart than people round are the same.
const ROUNDED_METRES: f64 = 0.04;
const ROUNDED_KILOS: f64 = 10.0;

/// What words say of a person's size. An end of a scale is true for its upper one: tall, stout, large.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Stature {
    metres: Option<f64>,
    kilos: Option<f64>,
    height: Option<bool>,
    girth: Option<bool>,
    /// Large or small, in no direction.
    size: Option<bool>,
}

/// Compares what two values in small letters say of one person's size; nothing where they speak of different things.
pub(super) fn compare(one: &[String], other: &[String]) -> Option<Difference> {
    let (one, other) = (Stature::of(one), Stature::of(other));
    let near = |first: Option<f64>, second: Option<f64>, rounded: f64| Some((first? - second?).abs() <= rounded);
    let same = |first: Option<bool>, second: Option<bool>| Some(first? == second?);
    let scales = [
        near(one.metres, other.metres, ROUNDED_METRES).or_else(|| same(one.height, other.height)),
        near(one.kilos, other.kilos, ROUNDED_KILOS).or_else(|| same(one.girth, other.girth)),
        same(one.size, other.size),
    ];
    // A small man may be tall for his age, or stout.
    let across = [same(one.size, other.height.or(other.girth)), same(one.height.or(one.girth), other.size)];
    let any = |scales: &[Option<bool>], wanted: bool| scales.contains(&Some(wanted));
    if any(&scales, false) {
        Some(Difference::Different)
    } else if any(&across, false) {
        Some(Difference::CannotTell)
    } else {
        (any(&scales, true) || any(&across, true)).then_some(Difference::Same)
    }
}

/// Whether words in small letters tell a person's size.
pub(super) fn names_a_size(words: &[String]) -> bool {
    Stature::of(words) != Stature::default()
}

impl Stature {
    fn of(words: &[String]) -> Stature {
        let words: Vec<&str> = words.iter().flat_map(|word| word.split('-')).collect();
        // Taller than her sister, and not thin, say little; taller than any of them says as much as tallest.
        let is_than_any = words.windows(2).any(|pair| pair[0] == "than" && matches!(pair[1], "any" | "anybody" | "anyone" | "all"));
        if words.iter().any(|word| matches!(*word, "not" | "no" | "never" | "nor") || *word == "than" && !is_than_any) {
            return Stature::default();
        }
        // A little man is small; a little over six feet, a little thin and a slight stoop are not.
        let is_of_size = |place: &usize| {
            let next = words.get(place + 1).copied();
            !matches!(words[*place], "little" | "slight") || next.is_none_or(|next| PEOPLE.contains(&next))
        };
        let words: Vec<&str> = (0..words.len()).filter(is_of_size).map(|place| words[place]).collect();
        let end = |upper: &[&str], lower: &[&str]| {
            let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
            (has(upper) != has(lower)).then(|| has(upper))
        };
        let measured = |value: f64, upper: f64, lower: f64| (value >= upper || value <= lower).then_some(value >= upper);
        let (metres, kilos) = (height(&words), weight(&words));
        Stature {
            metres,
            kilos,
            height: metres.map_or_else(|| end(TALL, SHORT), |metres| measured(metres, TALL_METRES, SHORT_METRES)),
            girth: kilos.map_or_else(|| end(STOUT, THIN), |kilos| measured(kilos, STOUT_KILOS, THIN_KILOS)),
            size: end(LARGE, SMALL),
        }
    }
}

/// A number with the unit behind it, in the scale's own unit, and the place behind both.
fn measure(words: &[&str], units: &[(&str, f64)]) -> Option<(f64, usize)> {
    (0..words.len()).find_map(|start| {
        let (number, length) = number::read(&words[start..]).filter(|(_, length)| *length > 0)?;
        let unit = words.get(start + length)?;
        let (_, size) = units.iter().find(|(name, _)| name == unit)?;
        Some((number * size, start + length + 1))
    })
}

/// A height in metres: six foot five, five feet ten inches, 1.85 metres; nothing where it is no grown person's.
fn height(words: &[&str]) -> Option<f64> {
    const FEET: &[(&str, f64)] = &[("foot", 0.3048), ("feet", 0.3048), ("ft", 0.3048)];
    const METRIC: &[(&str, f64)] =
        &[("metres", 1.0), ("meters", 1.0), ("metre", 1.0), ("centimetres", 0.01), ("centimeters", 0.01), ("cm", 0.01)];
    const INCH: f64 = 0.0254;
    let metres = match measure(words, FEET) {
        Some((feet, end)) => {
            feet + number::read(&words[end..]).filter(|(inches, _)| *inches < 12.0).map_or(0.0, |(inches, _)| inches * INCH)
        }
        None => measure(words, METRIC)?.0,
    };
    (1.2..2.5).contains(&metres).then_some(metres)
}

/// A weight in kilograms: three hundred pounds, eighteen stone; nothing where it is no grown person's.
fn weight(words: &[&str]) -> Option<f64> {
    const UNITS: &[(&str, f64)] =
        &[("pounds", 0.4536), ("pound", 0.4536), ("lbs", 0.4536), ("stone", 6.35), ("kilos", 1.0), ("kilograms", 1.0), ("kg", 1.0)];
    measure(words, UNITS).map(|(kilos, _)| kilos).filter(|kilos| (35.0..300.0).contains(kilos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(one: &str, other: &str) -> Option<Difference> {
        let words = |value: &str| value.split([' ', ',']).filter(|word| !word.is_empty()).map(ToString::to_string).collect::<Vec<_>>();
        compare(&words(one), &words(other))
    }

    #[test]
    fn ends_of_one_scale_exclude_each_other_and_two_scales_do_not() {
        for (one, other) in [
            ("tall", "a short man"),
            ("six foot five", "short"),
            ("six-foot-four", "five feet two inches"),
            ("two hundred ninety-eight pounds", "thin"),
            ("eighteen stone", "lean, nine stone"),
            ("stout", "skinny as a post"),
            ("enormous", "tiny"),
            ("a giant", "smallest man in the regiment"),
        ] {
            assert_eq!(compared(one, other), Some(Difference::Different), "{one}, {other}");
            assert_eq!(compared(other, one), Some(Difference::Different), "{other}, {one}");
        }
        for (one, other) in [
            ("tall", "over six feet"),
            ("six feet", "six foot one"),
            ("fat", "three hundred pounds"),
            ("big", "tall, stout"),
            ("giant", "tallest"),
        ] {
            assert_eq!(compared(one, other), Some(Difference::Same), "{one}, {other}");
        }
        assert_eq!(compared("small for fourteen", "heavy"), Some(Difference::CannotTell));
        for (one, other) in [
            ("tall", "thin"),
            ("short", "stout"),
            ("five foot nine", "tall"),
            ("tall", "freckled"),
            ("forty feet", "short"),
            ("taller than her sister", "short"),
            ("not thin", "stout"),
            ("a slight stoop", "stout"),
        ] {
            assert_eq!(compared(one, other), None, "{one}, {other}");
        }
    }
}
