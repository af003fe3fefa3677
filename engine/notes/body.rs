//! Sides of the body: a scar on the left cheek is none on the right one, and whoever closes his good left eye has not lost its sight.

use crate::facts::value::Difference;

/// Parts of the body that have a left and a right, each under the word that stands for it.
const PARTS: &[(&str, &[&str])] = &[
    ("eye", &["eyes", "eyed"]),
    ("ear", &["ears"]),
    ("cheek", &["cheeks", "cheekbone"]),
    ("brow", &["eyebrow", "brows", "eyebrows"]),
    ("temple", &[]),
    ("arm", &["arms", "forearm", "upper-arm", "sleeve"]),
    ("elbow", &["elbows"]),
    ("hand", &["hands", "finger", "fingers", "thumb", "palm", "wrist", "knuckles", "fist"]),
    ("leg", &["legs", "thigh", "calf", "shin", "limp", "limps", "limped"]),
    ("knee", &["knees"]),
    ("foot", &["feet", "toe", "toes", "ankle", "heel"]),
    ("shoulder", &["shoulders"]),
    ("hip", &["hips"]),
    ("breast", &[]),
    ("lung", &["lungs"]),
];

/// Limbs, with their parts: whoever was kicked in the right knee drags the right foot.
const LIMBS: &[(&str, &[&str])] = &[("leg", &["knee", "foot", "hip"]), ("arm", &["elbow", "hand", "shoulder"])];

/// The limb that a part belongs to, or the part itself.
fn limb(part: &'static str) -> &'static str {
    LIMBS.iter().find(|(_, parts)| parts.contains(&part)).map_or(part, |(limb, _)| limb)
}

/// What can be wrong with a part or stand on it. What is of two kinds may well be on two sides.
const KINDS: &[(&str, &[&str])] = &[
    ("scar", &["scars", "scarred", "cut", "slash", "gash"]),
    ("mole", &["birthmark", "wart", "freckle"]),
    ("tattoo", &["tattooed"]),
    ("dimple", &[]),
    ("ring", &["rings", "earring"]),
    ("burn", &["burnt", "burned"]),
    ("sight", &["blind", "glass", "patch", "sightless", "blinded"]),
    ("hearing", &["deaf", "deafened"]),
    ("missing", &["lost", "stump", "gone", "hook", "wooden", "amputated", "empty"]),
    ("lame", &["limp", "limps", "limped", "stiff", "dragging", "dragged", "drags"]),
];

/// What is said of the side that has nothing.
const WHOLE: &[&str] = &["good", "sound", "whole", "seeing", "unhurt", "uninjured", "healthy", "remaining", "unmarked"];

/// What a value says of one part's two sides, the left one first.
#[derive(Debug, Default)]
struct Sides {
    part: Option<&'static str>,
    kind: Option<&'static str>,
    marked: [bool; 2],
    whole: [bool; 2],
    /// Whether it speaks of both and nothing that is wrong with them.
    has_both: bool,
}

/// Compares two values that name a side; nothing where one of them names none, or they may be of two parts.
pub(super) fn compare(first: &str, second: &str) -> Option<Difference> {
    let (one, two) = (Sides::of(first)?, Sides::of(second)?);
    if is_lost_and_there(&one, &two) || is_lost_and_there(&two, &one) {
        return Some(Difference::Different);
    }
    let meets = |these: [bool; 2], those: [bool; 2]| (0..2).any(|side| these[side] && those[side]);
    let is_other = |one: Option<&str>, two: Option<&str>| one.is_some() && two.is_some() && one != two;
    if meets(one.marked, two.marked) {
        return Some(Difference::Same);
    }
    let is_lame = [&one, &two].into_iter().any(|sides| sides.kind == Some("lame"));
    let part = |sides: &Sides| sides.part.map(|part| if is_lame { limb(part) } else { part });
    if one.part.is_none() || part(&one) != part(&two) || is_other(one.kind, two.kind) {
        return Some(Difference::CannotTell);
    }
    let is_contrary =
        one.marked.contains(&true) && two.marked.contains(&true) || meets(one.marked, two.whole) || meets(one.whole, two.marked);
    Some(if is_contrary { Difference::Different } else { Difference::CannotTell })
}

/// Whether one of two values tells the loss of what the other has both of: whoever lost his right eye does not open both.
fn is_lost_and_there(one: &Sides, other: &Sides) -> bool {
    let is_lost = one.kind == Some("missing") && one.marked[0] != one.marked[1];
    is_lost && other.has_both && one.part.is_some() && one.part == other.part
}

/// Whether a value tells the loss of a part.
pub(super) fn tells_a_loss(value: &str) -> bool {
    Sides::of(value).is_some_and(|sides| sides.kind == Some("missing"))
}

/// Whether a value names a side.
pub(super) fn names_a_side(value: &str) -> bool {
    Sides::of(value).is_some()
}

/// Whether two values tell of the same thing on or wrong with a part: two scars; or of its loss, and of both.
pub(super) fn is_of_one_kind(first: &str, second: &str) -> bool {
    let (Some(one), Some(two)) = (Sides::of(first), Sides::of(second)) else { return false };
    one.kind.is_some() && one.kind == two.kind || is_lost_and_there(&one, &two) || is_lost_and_there(&two, &one)
}

impl Sides {
    /// Reads the words of a value part by part: “left good, right blind”, “two fingers missing from the right hand”.
    fn of(value: &str) -> Option<Sides> {
        let lower = value.to_lowercase();
        let mut found = Sides::default();
        for clause in lower.split([',', ';']).flat_map(|clause| clause.split(" and ")).flat_map(|clause| clause.split(" but ")) {
            let words: Vec<&str> =
                clause.split(|letter: char| !letter.is_alphanumeric() && letter != '-').filter(|word| !word.is_empty()).collect();
            let named = |table: &'static [(&'static str, &'static [&'static str])]| {
                let is_named = |(name, others): &&(&str, &[&str])| words.iter().any(|word| word == name || others.contains(word));
                table.iter().find(is_named).map(|(name, _)| *name)
            };
            found.part = found.part.or_else(|| named(PARTS));
            found.kind = found.kind.or_else(|| named(KINDS));
            let is_whole = words.iter().any(|word| WHOLE.contains(word));
            for (side, name) in ["left", "right"].into_iter().enumerate() {
                let is_named = words.iter().any(|word| *word == name || *word == "both");
                let sides = if is_whole { &mut found.whole } else { &mut found.marked };
                sides[side] |= is_named;
            }
        }
        found.has_both = found.kind.is_none() && found.marked == [true; 2] && lower.contains("both");
        // A good left one and a blind right one are eyes.
        found.part = found.part.or(match found.kind {
            Some("sight") => Some("eye"),
            Some("hearing") => Some("ear"),
            _ => None,
        });
        (found.marked != [false; 2] || found.whole != [false; 2]).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_marked_on_one_side() {
        use Difference::{CannotTell, Different, Same};
        for (one, other, expected) in [
            ("scar down left cheek", "scarred right cheek", Some(Different)),
            ("scar on left cheek", "long scar, left cheek", Some(Same)),
            ("left eye blind to a firework", "left good, right blind", Some(Different)),
            ("blind in the left eye", "good right eye", Some(CannotTell)),
            ("left-hand drawer", "right-hand drawer", None),
            ("two fingers missing from right hand", "left hand, two fingers gone", Some(Different)),
            ("limps on the right leg", "left leg dragging", Some(Different)),
            ("right knee, kicked at nine", "right foot good, left lame", Some(Different)),
            ("scar on left cheek", "mole on right cheek", Some(CannotTell)),
            ("scar on left cheek", "scar on right knee", Some(CannotTell)),
            ("scar on both hands", "scar on left hand", Some(Same)),
            ("scar on the chin", "scar on left hand", None),
            ("lost his right eye", "both eyes wide open", Some(Different)),
            ("blind in the left eye", "both eyes brown", Some(Same)),
            ("lost two fingers of the left hand", "both arms", Some(Same)),
        ] {
            assert_eq!(compare(one, other), expected, "{one}; {other}");
            assert_eq!(compare(other, one), expected, "{other}; {one}");
        }
    }
}
