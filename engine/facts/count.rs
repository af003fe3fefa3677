//! How many: steps, windows, children, and years of age.

use super::lexicon::{self, COUNTED};
use super::page::Page;
use super::value::{Value, plural, singular};
use super::{Assertion, Subject, hedge, number, owner};
use crate::bible::EntryKind;
use std::ops::Range;

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    let mut index = 0;
    while index < page.tokens.all.len() {
        let Some((number, taken)) = number_at(page, index) else {
            index += 1;
            continue;
        };
        let words = index..index + taken;
        if let Some(assertion) = age(page, number, words.clone()).or_else(|| counted(page, number, words.clone())) {
            into.push(assertion);
        }
        index += taken;
    }
}

/// The number that begins at a token, within its sentence.
fn number_at(page: &Page<'_>, index: usize) -> Option<(f64, usize)> {
    let first = page.tokens.word(index);
    let starts =
        page.tokens.is_word(index) && first.as_bytes().first().is_some_and(|byte| byte.is_ascii_digit() || b"aehnotfs".contains(byte));
    if !starts {
        return None;
    }
    let mut words = [""; 8];
    let end = page.tokens.sentence(index).end;
    for (slot, at) in words.iter_mut().zip(index..end) {
        *slot = page.tokens.word(at);
    }
    number::read(&words)
}

/// She was thirty-four; aged 34; a man of forty; thirty-four years old.
fn age(page: &Page<'_>, number: f64, words: Range<usize>) -> Option<Assertion> {
    if !(1.0..=110.0).contains(&number) || number.fract() != 0.0 {
        return None;
    }
    let before = page.tokens.word(words.start.checked_sub(1)?);
    let after = page.tokens.word(words.end);
    let next = page.tokens.word(words.end + 1);
    let says_years =
        matches!(after, "years" | "year") && (matches!(next, "old" | "of") && (next == "old" || page.tokens.word(words.end + 2) == "age"));
    let is_vague = matches!(
        before,
        "about"
            | "nearly"
            | "almost"
            | "over"
            | "under"
            | "past"
            | "perhaps"
            | "some"
            | "than"
            | "least"
            | "only-about"
            | "near"
            | "around"
            | "between"
            | "or"
    );
    let or_so = after == "or" || after == "to" || after == "-";
    let end = if says_years { words.end + if next == "old" { 2 } else { 3 } } else { words.end };
    let value = Value::Number { number, unit: "year".to_string() };
    let verb = words.start - 1;
    if matches!(before, "aged") {
        let subject = apposed(page, verb)?;
        return Some(page.assertion(subject, "age", value, verb..end));
    }
    if matches!(before, "was" | "is" | "am" | "were") && (says_years || number >= 5.0 && ends_age(page, words.end)) && !or_so {
        let subject = subject_of(page, verb)?;
        let mut assertion = page.assertion(subject, "age", value, verb..end);
        assertion.hedged |= is_vague || is_when(page, verb) || or_so;
        return Some(assertion);
    }
    let contracted = ["'m", "’m", "'re", "’re"].iter().any(|ending| before.ends_with(ending));
    if contracted && (says_years || ends_age(page, words.end)) && number >= 5.0 && page.is_spoken(verb) {
        let subject = owner_of_contraction(page, verb);
        return Some(page.assertion(subject, "age", value, verb..end));
    }
    if before == "at" && page.tokens.is_capital(verb) && number >= 13.0 {
        let subject = opened_by_age(page, words.end)?;
        return Some(page.assertion(subject, "age", value, verb..words.end));
    }
    if before == "of" && (says_years || ends_age(page, words.end)) && !or_so {
        let (subject, start) = of_that_age(page, verb)?;
        return Some(page.assertion(subject, "age", value, start..end));
    }
    None
}

/// At sixty-five he still came down to the quay; at sixty-five, Mara was not to be hurried.
fn opened_by_age(page: &Page<'_>, end: usize) -> Option<Subject> {
    let who = end + usize::from(page.tokens.word(end) == ",");
    if matches!(page.tokens.word(who), "he" | "she") {
        return Some(owner::of_pronoun(page, who));
    }
    // "At sixty yards" is no age, and "at eleven Mara rose" is an hour: only a comma and a verb of state tell.
    let mention = page.person_at(who).filter(|_| who > end)?;
    let verb = page.tokens.word(page.tokens_of(mention).end);
    matches!(verb, "was" | "had" | "still" | "looked" | "could").then(|| Subject::Known(mention.name.clone()))
}

/// Mara was a (tall) woman of sixty: whose age it is, and the token of the verb.
fn of_that_age(page: &Page<'_>, of: usize) -> Option<(Subject, usize)> {
    const PEOPLE: [&str; 12] = ["man", "woman", "girl", "boy", "lad", "lady", "gentleman", "youth", "fellow", "child", "widow", "bachelor"];
    let noun = of.checked_sub(1).filter(|noun| PEOPLE.contains(&page.tokens.word(*noun)))?;
    let clause = page.clause(of);
    let article = (noun.saturating_sub(5).max(clause.start)..noun).rev().find(|at| matches!(page.tokens.word(*at), "a" | "an"))?;
    let verb = article.checked_sub(1).filter(|verb| matches!(page.tokens.word(*verb), "was" | "is"))?;
    Some((subject_of(page, verb)?, verb))
}

/// Whether a bare number is an age: nothing follows that it could count.
fn ends_age(page: &Page<'_>, end: usize) -> bool {
    page.tokens.is_mark(end) && !matches!(page.tokens.word(end), "-" | "/" | "’" | "'" | "%")
        || matches!(
            page.tokens.word(end),
            "and" | "but" | "that" | "when" | "now" | "then" | "last" | "next" | "this" | "already" | "years"
        ) && !(page.tokens.word(end) == "years" && page.tokens.word(end + 1) != "old")
}

/// When she was ten; since she was twenty-four: another time of life.
fn is_when(page: &Page<'_>, verb: usize) -> bool {
    let clause = page.clause(verb);
    (verb.saturating_sub(5).max(clause.start)..verb).any(|index| {
        matches!(
            page.tokens.word(index),
            "when" | "since" | "until" | "till" | "before" | "after" | "if" | "while" | "though-when" | "once" | "time"
        )
    })
}

fn subject_of(page: &Page<'_>, verb: usize) -> Option<Subject> {
    let before = verb.checked_sub(1)?;
    match page.tokens.word(before) {
        "he" | "she" | "i" | "you" => return Some(owner::of_pronoun(page, before)),
        "who" => {
            let name = before.checked_sub(if page.tokens.word(before - 1) == "," { 2 } else { 1 })?;
            return page.person_at(name).map(|mention| Subject::Known(mention.name.clone()));
        }
        _ => {}
    }
    // A name that is the subject, not "the house of Mara was thirty".
    let mention = page.person_at(before)?;
    let first = page.tokens_of(mention).start;
    let lead = page.tokens.word(first.saturating_sub(1));
    let is_inner = matches!(lead, "of" | "with" | "to" | "for" | "by" | "than" | "and" | "from" | "at" | "in");
    (!is_inner || first == page.tokens.sentence(first).start).then(|| Subject::Known(mention.name.clone()))
}

fn apposed(page: &Page<'_>, aged: usize) -> Option<Subject> {
    let mut before = aged.checked_sub(1)?;
    if page.tokens.word(before) == "," {
        before = before.checked_sub(1)?;
    }
    match page.person_at(before) {
        Some(mention) => Some(Subject::Known(mention.name.clone())),
        None => Some(owner::of_bare(page, aged)),
    }
}

fn owner_of_contraction(page: &Page<'_>, token: usize) -> Subject {
    if page.tokens.word(token).starts_with("i") {
        let offset = page.tokens.range(token).start;
        let speaker = page.speeches.iter().find(|speech| speech.range.contains(&offset)).and_then(|speech| speech.speaker.clone());
        return speaker.map_or_else(|| owner::of_bare(page, token), Subject::Known);
    }
    owner::of_bare(page, token)
}

/// A hundred and twelve iron steps; the seven windows of Quill House.
fn counted(page: &Page<'_>, number: f64, words: Range<usize>) -> Option<Assertion> {
    let end = page.tokens.sentence(words.start).end;
    let mut noun = words.end;
    while noun < end && noun - words.end < 3 && page.tokens.is_word(noun) && !COUNTED.has(page.tokens.word(noun)) {
        if matches!(
            page.tokens.word(noun),
            "of" | "and" | "or" | "the" | "to" | "in" | "more" | "other" | "last" | "first" | "from" | "at" | "on"
        ) {
            return None;
        }
        noun += 1;
    }
    let word = page.tokens.word(noun);
    if noun >= end || !COUNTED.has(word) || singular(word) == word || number < 2.0 {
        return None;
    }
    // Two younger brothers are not all of them.
    let are_some = |at: usize| {
        let word = page.tokens.word(at);
        matches!(word, "surviving" | "remaining" | "little" | "small" | "grown" | "dead" | "married" | "unmarried" | "own" | "such")
            || word.ends_with("er") && word != "former"
            || word.ends_with("est")
    };
    if is_kin(word) && (words.end..noun).any(are_some) {
        return None;
    }
    let before = page.tokens.word(words.start.saturating_sub(1));
    if matches!(before, "of" | "these" | "those" | "other" | "last" | "first" | "next" | "every" | "another" | "about" | "some" | "or")
        && before != "about"
    {
        return None;
    }
    let subject = counted_owner(page, words.start, noun)?;
    // Three steps forward are a movement.
    if matches!(singular(word).as_str(), "step" | "seat" | "gun" | "bell") && number < 5.0 && !matches!(subject, Subject::Known(_)) {
        return None;
    }
    let unit = singular(word);
    // Brothers at home are brothers; steps at a run are a movement.
    let is_kin = is_kin(word);
    let mut assertion =
        page.assertion(subject, format!("number of {}", plural(&unit)), Value::Number { number, unit }, words.start..noun + 1);
    // Steps that went round a tower have not changed: only doubt counts.
    assertion.hedged = hedge::is_phrase_doubted(page, words.start..noun + 1);
    assertion.hedged |= matches!(before, "about" | "nearly" | "almost" | "over" | "some" | "perhaps" | "than" | "least" | "only");
    let moves = (words.start.saturating_sub(5)..words.start)
        .any(|index| matches!(page.tokens.word(index), "took" | "take" | "taking" | "climbed" | "ran" | "went" | "retreated" | "advanced"));
    assertion.hedged |= !is_kin
        && (moves
            || matches!(
                page.tokens.word(noun + 1),
                "forward"
                    | "back"
                    | "backward"
                    | "away"
                    | "nearer"
                    | "farther"
                    | "further"
                    | "behind"
                    | "more"
                    | "later"
                    | "off"
                    | "aside"
                    | "towards"
                    | "at"
            ));
    Some(assertion)
}

/// Whose they are: "of NAME", "NAME’s", "NAME had"; else the places of the paragraph, undecided.
fn counted_owner(page: &Page<'_>, start: usize, noun: usize) -> Option<Subject> {
    let known =
        |index: usize| page.mention_at(index).filter(|mention| !mention.is_ambiguous).map(|mention| Subject::Known(mention.name.clone()));
    if page.tokens.word(noun + 1) == "of" {
        let name = if page.tokens.word(noun + 2) == "the" { noun + 3 } else { noun + 2 };
        return known(noun + 2).or_else(|| known(name)).filter(|_| page.tokens.word(start.saturating_sub(1)) == "the" || start > 0);
    }
    let before = start.checked_sub(1)?;
    if page.tokens.is_possessive(before) {
        return known(before.checked_sub(1)?);
    }
    if matches!(page.tokens.word(before), "had" | "has") {
        let owner = before.checked_sub(1)?;
        let is_pronoun = owner::pronoun_gender(page.tokens.word(owner)).is_some() || page.tokens.word(owner) == "i";
        if is_pronoun && is_kin(page.tokens.word(noun)) {
            return Some(owner::of_pronoun(page, owner));
        }
        let by_pronoun = || Some(owner::of_pronoun(page, owner)).filter(|owner| matches!(owner, Subject::Known(_)));
        return known(owner).or_else(|| is_pronoun.then(by_pronoun).flatten()).or_else(|| Some(Subject::Unclear(places(page, start))));
    }
    // Her three brothers; only what a person has for life, because two of his dogs may be out.
    if matches!(page.tokens.word(before), "his" | "her" | "my") && is_kin(page.tokens.word(noun)) {
        return Some(owner::of_pronoun(page, before));
    }
    // Mara, with three sisters at home, …
    if page.tokens.word(before) == "with" && page.tokens.word(before.saturating_sub(1)) == "," && before > 1 {
        return known(before - 2).or_else(|| Some(Subject::Unclear(places(page, start))));
    }
    Some(Subject::Unclear(places(page, start)))
}

fn is_kin(noun: &str) -> bool {
    lexicon::kin(&singular(noun)).is_some()
}

/// The places and objects named in the scene: those before the end of this sentence, the nearest first, then those after it.
fn places(page: &Page<'_>, token: usize) -> Vec<String> {
    let end = page.tokens.sentence(token).end;
    let mut names: Vec<String> = Vec::new();
    let (before, after) = (page.mentions_within(0..end), page.mentions_within(end..page.tokens.all.len()));
    for mention in before.iter().rev().chain(after) {
        if matches!(mention.kind, EntryKind::Place | EntryKind::Object) && !names.contains(&mention.name) && names.len() < 6 {
            names.push(mention.name.clone());
        }
    }
    names
}
