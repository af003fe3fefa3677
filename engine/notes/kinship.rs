//! Who is whose kin: two relations of the same two people, told from either side, and no relation at all.

use super::fact::Fact;
use super::note::has_any;
use super::people::{Names, Owner};
use crate::facts::lexicon;
use crate::facts::value::Difference;
use std::collections::BTreeSet;

/// The relation that words name, without gender; relations between the same two people exclude each other.
fn relation(words: &[String]) -> Option<&'static str> {
    words.iter().find_map(|word| kin_of(word)).map(|kin| kin.class)
}

fn kin_of(word: &str) -> Option<lexicon::Kin> {
    match word {
        "twin" | "twins" => lexicon::kin("sibling"),
        "widow" | "widower" | "wives" => lexicon::kin("spouse"),
        "children" => lexicon::kin("child"),
        _ => lexicon::kin(word).or_else(|| lexicon::kin(word.strip_suffix('s')?)),
    }
}

/// Words that deny any relation, and those for having none at all.
const NONE: &[&str] = &["no", "only", "never", "without", "not"];
const NO_KIN: &[&str] = &["relation", "relative", "related", "unrelated", "kin"];

/// Whether two relations are to one person: the names in one are all in the other. Ames alone says nothing, where Ruth and Walter are both Ames.
fn is_to_one_person(first: &[String], second: &[String]) -> bool {
    const OTHERS: &[&str] = &["of", "to", "the", "a", "an", "his", "her", "has", "had", "one"];
    let names = |words: &[String]| {
        let is_name = |word: &&String| kin_of(word).is_none() && ![OTHERS, NONE, NO_KIN].concat().contains(&word.as_str());
        words.iter().filter(is_name).cloned().collect::<BTreeSet<String>>()
    };
    let (one, two) = (names(first), names(second));
    !one.is_empty() && !two.is_empty() && (one.is_subset(&two) || two.is_subset(&one))
}

/// Somebody whom a person has, or has not: a brother, no sons.
struct Relative {
    class: &'static str,
    /// True for a man.
    gender: Option<bool>,
    is_denied: bool,
}

/// Whom words give a person, and whom they deny them. The son of Walter has a parent; an only child has no siblings.
fn relatives(words: &[String]) -> Vec<Relative> {
    const DENIALS: &[&str] = &["no", "never", "without", "not", "neither", "nor"];
    const ENDS_DENIAL: &[&str] = &["a", "an", "one", "but", "two", "three", "has", "only"];
    // The son of Walter is one; children of his own he has.
    let is_what_they_are =
        words.windows(2).any(|pair| (pair[0] == "of" || pair[0] == "to") && !matches!(pair[1].as_str(), "his" | "her" | "their" | "my"));
    let mut is_denied = false;
    let mut found = Vec::new();
    for (place, word) in words.iter().enumerate() {
        is_denied = !ENDS_DENIAL.contains(&word.as_str()) && (is_denied || DENIALS.contains(&word.as_str()));
        let Some(kin) = kin_of(word) else { continue };
        let is_only = place.checked_sub(1).is_some_and(|before| words[before] == "only");
        found.push(match (is_only && word == "child", is_what_they_are) {
            (true, _) => Relative { class: "sibling", gender: None, is_denied: true },
            (false, true) => Relative { class: kin.inverse, gender: None, is_denied },
            (false, false) => Relative { class: kin.class, gender: kin.gender, is_denied },
        });
    }
    found
}

/// Whether what one denies the other gives; an only daughter may have brothers.
fn denies_what_is(one: &[Relative], other: &[Relative]) -> bool {
    let is_given = |denied: &Relative| {
        let is_that = |given: &&Relative| {
            !given.is_denied && given.class == denied.class && (denied.gender.is_none() || given.gender == denied.gender)
        };
        other.iter().any(|given| is_that(&given))
    };
    one.iter().filter(|relative| relative.is_denied).any(is_given)
}

/// Compares relations to the same person; and none at all with one. The words are in small letters.
pub(super) fn compare(first: &[String], second: &[String]) -> Option<Difference> {
    let is_to_one = is_to_one_person(first, second);
    let (these, those) = (relatives(first), relatives(second));
    if denies_what_is(&these, &those) || denies_what_is(&those, &these) {
        return Some(Difference::Different);
    }
    let (one, two) = (relation(first), relation(second));
    if has_any(first, NONE) != has_any(second, NONE) && (one.is_some() || two.is_some()) {
        // Whoever has no brothers may have a cousin.
        if these.iter().chain(&those).any(|relative| relative.is_denied) && !is_to_one {
            return Some(Difference::Same);
        }
        let is_unrelated = is_to_one && (one.is_none() && has_any(first, NO_KIN) || two.is_none() && has_any(second, NO_KIN));
        return is_unrelated.then_some(Difference::Different);
    }
    match (is_to_one, one? == two?) {
        (true, false) => Some(Difference::Different),
        (true, true) => Some(Difference::Same),
        (false, _) => None,
    }
}

/// What a fact about somebody's kin says of the other: of Delia, “sister of Ruth” is of Ruth, “sibling of Delia”. Nothing where the words
/// name nobody else.
pub(super) fn seen_from_the_other(fact: &Fact, names: &Names) -> Option<Fact> {
    let Owner::Person(own) = &fact.owner else { return None };
    if !matches!(fact.attribute.name, "kin" | "married") {
        return None;
    }
    let words: Vec<&str> = fact.value.split(|letter: char| !letter.is_alphanumeric() && letter != '-').collect();
    let is_name = |word: &&&str| word.chars().next().is_some_and(char::is_uppercase);
    let mut others = words.iter().filter(is_name).filter_map(|word| names.meant(word)).filter(|name| *name != own.as_str());
    let other = others.next()?;
    if others.any(|name| name != other) {
        return None;
    }
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let kin = lower.iter().find_map(|word| kin_of(word));
    // “A sister Joan” is what he has; “sister of Joan” is what she is.
    let is_whose = lower.iter().any(|word| word == "of" || word == "to");
    let value = match (kin, has_any(&lower, NONE)) {
        // Who is not her sister may be anything else.
        (Some(_), true) => return None,
        (Some(kin), false) if is_whose => format!("{} of {own}", kin.inverse),
        (Some(kin), false) => format!("{} of {own}", kin.class),
        (None, _) if has_any(&lower, NO_KIN) => format!("no relation to {own}"),
        (None, false) if fact.attribute.name == "married" => format!("to {own}"),
        (None, _) => return None,
    };
    Some(Fact { owner: Owner::Person(other.to_string()), subject: other.to_string(), value, ..fact.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(one: &str, other: &str) -> Option<Difference> {
        let words = |value: &str| value.to_lowercase().split(' ').map(ToString::to_string).collect::<Vec<_>>();
        compare(&words(one), &words(other))
    }

    #[test]
    fn one_relation_between_two_people_excludes_others() {
        assert_eq!(compared("sister of Ilona", "cousin of Ilona"), Some(Difference::Different));
        assert_eq!(compared("brother of Hugo", "twin of Hugo"), Some(Difference::Same));
        assert_eq!(compared("no relation to Delia", "sister of Delia"), Some(Difference::Different));
        assert_eq!(compared("no sister", "a sister Joan"), Some(Difference::Different));
        assert_eq!(compared("no relation to Delia", "sister of Ann"), None);
        assert_eq!(compared("no brother but a sister Ruth", "has a sister"), Some(Difference::Same));
        assert_eq!(compared("no children of his own", "has a father"), Some(Difference::Same));
        assert_eq!(compared("only child", "has a little brother"), Some(Difference::Different));
        assert_eq!(compared("no brothers or sisters", "has a sister"), Some(Difference::Different));
        assert_eq!(compared("five daughters, no sons", "has a son"), Some(Difference::Different));
        assert_eq!(compared("five daughters, no sons", "has a daughter"), Some(Difference::Same));
        assert_eq!(compared("no children", "son of Walter"), Some(Difference::Same));
        assert_eq!(compared("three sons, no daughters", "parent of Luca"), Some(Difference::Same));
        assert_eq!(compared("only daughter", "has a brother"), None);
        assert_eq!(compared("sister of Ilona", "cousin of Anna"), None);
        assert_eq!(compared("sibling of Ruth Ames", "son of Walter Ames"), None);
    }
}
