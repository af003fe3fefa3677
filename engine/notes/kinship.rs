//! Who is whose kin: two relations of the same two people, told from either side, and no relation at all.

use super::fact::Fact;
use super::people::{Names, Owner};
use crate::facts::lexicon;
use crate::facts::value::Difference;

/// The relation that words name, without gender; relations between the same two people exclude each other.
fn relation(words: &[String]) -> Option<&'static str> {
    words.iter().find_map(|word| kin_of(word)).map(|kin| kin.class)
}

fn kin_of(word: &str) -> Option<lexicon::Kin> {
    match word {
        "twin" | "twins" => lexicon::kin("sibling"),
        "widow" | "widower" => lexicon::kin("spouse"),
        _ => lexicon::kin(word).or_else(|| lexicon::kin(word.strip_suffix('s')?)),
    }
}

fn has_any(words: &[String], wanted: &[&str]) -> bool {
    words.iter().any(|word| wanted.contains(&word.as_str()))
}

/// Compares relations to the same person; and none at all with one. The words are in small letters.
pub(super) fn compare(first: &[String], second: &[String]) -> Option<Difference> {
    const NONE: &[&str] = &["no", "only", "never", "without", "not"];
    const NO_KIN: &[&str] = &["relation", "relative", "related", "unrelated", "kin"];
    let shares = first.iter().any(|word| word.len() > 2 && kin_of(word).is_none() && second.contains(word) && word != "of");
    let (one, two) = (relation(first), relation(second));
    if has_any(first, NONE) != has_any(second, NONE) && (one.is_some() || two.is_some()) {
        let is_of_siblings = |words: &[String]| relation(words) == Some("sibling") || has_any(words, &["only"]);
        let same_matter = one == two || is_of_siblings(first) && is_of_siblings(second);
        let is_unrelated = shares && (one.is_none() && has_any(first, NO_KIN) || two.is_none() && has_any(second, NO_KIN));
        return (same_matter || is_unrelated).then_some(Difference::Different);
    }
    match (shares, one? == two?) {
        (true, false) => Some(Difference::Different),
        (true, true) => Some(Difference::Same),
        (false, _) => None,
    }
}

/// Whether a fact is who is whose kin, or married to whom.
pub(super) fn is_of_kin(fact: &Fact) -> bool {
    matches!(fact.attribute.name, "kin" | "married")
}

/// What a fact about somebody's kin says of the other: of Delia, “sister of Ruth” is of Ruth, “sibling of Delia”. Nothing where the words
/// name nobody else.
pub(super) fn seen_from_the_other(fact: &Fact, names: &Names) -> Option<Fact> {
    let Owner::Person(own) = &fact.owner else { return None };
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
    let value = match kin {
        Some(kin) if is_whose => format!("{} of {own}", kin.inverse),
        Some(kin) => format!("{} of {own}", kin.class),
        None if has_any(&lower, &["no", "not", "unrelated", "married"]) => fact.value.replace(other.split(' ').next()?, own),
        None => return None,
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
        assert_eq!(compared("sister of Ilona", "cousin of Anna"), None);
    }
}
