//! Eyes, hair and beards with their colours; limbs and fingers that are missing, and scars, with their side.

use super::lexicon::{BODY_PARTS, SPEECH_VERBS, WordSet};
use super::page::Page;
use super::value::{Side, Value, colour, colour_words};
use super::{Assertion, Subject, hedge, owner};
use crate::bible::EntryKind;
use std::ops::Range;
use std::sync::LazyLock;

/// Words that may stand between an owner and its eyes without being the owner.
static CHAIN_STOPS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "the a an his her my your their our its with of in and had has have was were is are by into from to at on for whose that which \
         two both these those over under upon round about through behind between than like no without some any",
    )
});
/// What stands between an article and the noun it measures.
static MEASURES: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new("of pair strand lock mass wealth head shock a two mop quantity tangle crop coil braid plait fringe cloud great deal lot")
});
/// Colours eyes have from weeping, drink or anger, and not from birth.
static PASSING_EYE_COLOURS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new("red white pink yellow scarlet crimson purple fiery orange fair snow-white silver silvery golden gold faded copper")
});
/// How a limb is said to be gone.
static LOSSES: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new("cut missing gone lost amputated wanting stump wooden timber severed wants lacked lacking blind lacks lame sling")
});

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        let word = page.tokens.word(index);
        match word {
            "eyes" | "eye" => coloured(page, index, "eye colour", into),
            "hair" | "locks" | "curls" | "tresses" | "ringlets" | "braids" => coloured(page, index, "hair colour", into),
            "beard" | "whiskers" => coloured(page, index, "beard colour", into),
            "moustache" | "mustache" | "moustaches" => coloured(page, index, "moustache colour", into),
            "left" | "right" => sided(page, index, into),
            _ if word.ends_with("-eyed") || word.ends_with("-haired") || word.ends_with("-bearded") => compound(page, index, into),
            _ => {}
        }
    }
}

fn coloured(page: &Page<'_>, noun: usize, attribute: &str, into: &mut Vec<Assertion>) {
    // The word after a noun that modifies another, as in "hair ribbon", owns the colour.
    let chain = chain_before(page, noun);
    let attributive = colours_in(page, chain.clone(), attribute).map(|value| (value, chain.start..noun + 1));
    let is_attributive = attributive.is_some();
    let Some((value, words)) = attributive.or_else(|| predicate(page, noun, attribute)) else { return };
    if page.tokens.word(noun) == "eye" && page.tokens.word(noun.saturating_sub(1)) == "black" {
        return;
    }
    let Some(subject) = owner_before(page, chain.start, noun) else { return };
    let mut assertion = page.assertion(subject, attribute, value, words.clone());
    if is_attributive {
        assertion.hedged = hedge::is_phrase_hedged(page, words.clone(), possessor_before(page, words.start));
    }
    if matches!(page.tokens.word(noun + 1), "of" | "ribbon" | "ribbons" | "pin" | "net") {
        assertion.hedged = true;
    }
    into.push(assertion);
}

/// The "his" or the possessive ending right before a phrase.
fn possessor_before(page: &Page<'_>, start: usize) -> Option<usize> {
    let before = start.checked_sub(1)?;
    let is_pronoun = matches!(page.tokens.word(before), "his" | "her" | "my" | "your");
    (is_pronoun || page.tokens.is_possessive(before)).then_some(before)
}

/// The adjectives right before a noun.
fn chain_before(page: &Page<'_>, noun: usize) -> Range<usize> {
    let first = page.tokens.sentence(noun).start;
    let mut start = noun;
    while start > first && noun - start < 7 {
        let before = start - 1;
        let word = page.tokens.word(before);
        let joins = word == "and"
            && !colour_words(page.tokens.word(before.saturating_sub(1))).is_empty()
            && page.tokens.word(before.saturating_sub(2)) != "of";
        let is_adjective = page.tokens.is_word(before) && !CHAIN_STOPS.has(word) && page.mention_at(before).is_none();
        if !(is_adjective || joins || word == "," && start < noun) {
            break;
        }
        start = before;
    }
    while start < noun && !page.tokens.is_word(start) {
        start += 1;
    }
    start..noun
}

fn colours_in(page: &Page<'_>, words: Range<usize>, attribute: &str) -> Option<Value> {
    let all: Vec<&str> = words.map(|index| page.tokens.word(index)).collect();
    let is_passing = attribute == "eye colour" && all.iter().any(|word| PASSING_EYE_COLOURS.has(word));
    let value = colour(attribute, &all)?;
    let Value::Colour(parts) = &value else { return None };
    let is_vague = parts.iter().all(|part| matches!(part.as_str(), "bright" | "deep" | "faded" | "light" | "pale"));
    (!is_passing && !is_vague).then_some(value)
}

/// Eyes that were blue; hair, which was a very dark brown.
fn predicate(page: &Page<'_>, noun: usize, attribute: &str) -> Option<(Value, Range<usize>)> {
    let mut index = noun + 1;
    while matches!(page.tokens.word(index), "," | "which" | "that") {
        index += 1;
    }
    if !matches!(page.tokens.word(index), "was" | "were" | "is" | "are") {
        return apposed(page, noun, attribute);
    }
    let end = page.clause(noun).end;
    let first = index + 1;
    let mut last = first;
    while last < end
        && last - first < 6
        && page.tokens.is_word(last)
        && !matches!(page.tokens.word(last), "as" | "than" | "like" | "when" | "with" | "and" | "in" | "on" | "fixed")
    {
        last += 1;
    }
    // "His eyes were blue with cold" and "were green lamps" say something else.
    let is_last_colour = last > first && !colour_words(page.tokens.word(last - 1)).is_empty();
    let passes = matches!(page.tokens.word(last), "with");
    let value = colours_in(page, first..last, attribute)?;
    (is_last_colour && !passes).then_some((value, noun..last))
}

/// His eyes, blue and steady, were on the door.
fn apposed(page: &Page<'_>, noun: usize, attribute: &str) -> Option<(Value, Range<usize>)> {
    let colour = noun + 2;
    let is_colour = page.tokens.word(noun + 1) == "," && !colour_words(page.tokens.word(colour)).is_empty();
    // In "his eyes, blue shadows and …" the colour is another noun's.
    let ends = matches!(page.tokens.word(colour + 1), "," | "." | ";" | "and" | "as" | "but");
    let value = colours_in(page, colour..colour + 1, attribute).filter(|_| is_colour && ends)?;
    Some((value, noun..colour + 1))
}

/// Whose it is, by what stands before its adjectives. Nothing when it is many people's.
fn owner_before(page: &Page<'_>, chain: usize, noun: usize) -> Option<Subject> {
    let first = page.tokens.sentence(noun).start;
    let mut before = chain.checked_sub(1).filter(|before| *before >= first);
    // "a pair of mild brown eyes", "a strand of chestnut hair": what stands before the article owns nothing.
    let mut is_measured = false;
    while let Some(index) = before
        && MEASURES.has(page.tokens.word(index))
    {
        is_measured |= page.tokens.word(index) != "of";
        before = index.checked_sub(1).filter(|before| *before >= first);
    }
    if is_measured && before.is_some_and(|index| !matches!(page.tokens.word(index), "had" | "has" | "with")) {
        return Some(sentence_subject(page, noun));
    }
    let Some(index) = before else { return Some(sentence_subject(page, noun)) };
    Some(match page.tokens.word(index) {
        "their" | "our" | "these" | "those" => return None,
        "his" | "her" | "my" | "your" => owner::of_pronoun(page, index),
        "had" | "has" => owner::clause_subject(page, index).unwrap_or_else(|| owner::of_bare(page, noun)),
        "with" => described(page, index).or_else(|| pointed_out(page, index)).unwrap_or_else(|| owner::of_bare(page, noun)),
        "the" if page.tokens.word(index.wrapping_sub(1)) == "with" => {
            pointed_out(page, index - 1).unwrap_or_else(|| sentence_subject(page, noun))
        }
        _ if page.tokens.is_possessive(index) => match index.checked_sub(1).and_then(|name| page.mention_at(name)) {
            Some(mention) if mention.is_ambiguous => Subject::Unclear(vec![mention.name.clone()]),
            Some(mention) => Subject::Known(mention.name.clone()),
            None => owner::of_bare(page, noun),
        },
        _ => sentence_subject(page, noun),
    })
}

/// Mara was a tall woman with blue eyes.
fn described(page: &Page<'_>, with: usize) -> Option<Subject> {
    let clause = page.clause(with);
    let verb = (clause.start..with).find(|index| matches!(page.tokens.word(*index), "was" | "is"))?;
    let is_plain = (verb..with).all(|index| page.mention_at(index).is_none() && page.tokens.word(index) != "and");
    if !is_plain { None } else { owner::clause_subject(page, verb) }
}

/// That was Mara, the one with the blue eyes; “That was Mara,” he said, “the girl with blue eyes.”
fn pointed_out(page: &Page<'_>, with: usize) -> Option<Subject> {
    let noun = with.checked_sub(1)?;
    let article = noun.checked_sub(1).filter(|article| matches!(page.tokens.word(*article), "the" | "a"))?;
    let is_person = matches!(page.tokens.word(noun), "one" | "man" | "woman" | "girl" | "boy" | "lad" | "lady" | "fellow" | "gentleman");
    let first = page.tokens.sentence(with).start;
    let mut people = page.mentions_within(first..article).iter().filter(|mention| mention.kind == EntryKind::Character);
    let mention = people.next().filter(|mention| is_person && people.next().is_none() && !mention.is_ambiguous)?;
    let between = page.tokens_of(mention).end..article;
    // Between the two stands nothing but who says so.
    let narration: Vec<usize> = between.clone().filter(|index| !page.is_spoken(*index) && page.tokens.is_word(*index)).collect();
    let is_bare = between.clone().all(|index| page.tokens.is_mark(index) || !page.is_spoken(index) && page.is_spoken(article));
    let is_attribution =
        narration.is_empty() || narration.len() < 5 && narration.iter().any(|index| SPEECH_VERBS.has(page.tokens.word(*index)));
    (is_bare && is_attribution && !between.is_empty()).then(|| Subject::Known(mention.name.clone()))
}

/// The people a sentence without an owner may speak of; by the gender of the pronoun that begins it.
fn sentence_subject(page: &Page<'_>, noun: usize) -> Subject {
    if let Some(subject) = owner_of_parts(page, noun) {
        return subject;
    }
    let clause = page.clause(noun);
    let mut genders = clause.filter_map(|index| owner::pronoun_gender(page.tokens.word(index)));
    let first = genders.next();
    // He and she in one clause: the eyes may be either's.
    let is_clear = first.is_some_and(|first| genders.all(|other| other == first)) && !page.is_spoken(noun);
    let gender = first.filter(|_| is_clear);
    Subject::Unclear(owner::candidates(page, noun, gender))
}

/// His face grew hard, and a gleam came into the brown eyes: a sentence that begins with a part of somebody goes on with the others.
fn owner_of_parts(page: &Page<'_>, noun: usize) -> Option<Subject> {
    let sentence = page.tokens.sentence(noun);
    let words = sentence.start..noun;
    let pronoun = words.clone().find(|index| page.tokens.is_word(*index))?;
    let gender = owner::pronoun_gender(page.tokens.word(pronoun)).filter(|_| matches!(page.tokens.word(pronoun), "his" | "her"))?;
    let is_of_body = (pronoun + 1..pronoun + 4).any(|index| BODY_PARTS.has(page.tokens.word(index)) || page.tokens.word(index) == "figure");
    let names_nobody = page.mentions_within(words.clone()).is_empty();
    let is_his = words.clone().all(|index| match page.tokens.word(index) {
        // "While she spoke to him" leaves the parts to him.
        "he" | "she" => true,
        word => owner::pronoun_gender(word).is_none_or(|other| other == gender),
    });
    let is_bare = words.rev().take(5).any(|index| page.tokens.word(index) == "the");
    (is_of_body && names_nobody && is_his && is_bare && !page.is_spoken(noun)).then(|| owner::of_pronoun(page, pronoun))
}

/// The blue-eyed Mara; Mara was fair-haired.
fn compound(page: &Page<'_>, index: usize, into: &mut Vec<Assertion>) {
    let word = page.tokens.word(index);
    let Some((lead, noun)) = word.rsplit_once('-') else { return };
    let attribute = match noun {
        "eyed" => "eye colour",
        "haired" => "hair colour",
        _ => "beard colour",
    };
    let Some(value) = colour(attribute, &[lead]).filter(|_| attribute != "eye colour" || !PASSING_EYE_COLOURS.has(lead)) else { return };
    let subject = match page.person_at(index + 1) {
        Some(mention) => Subject::Known(mention.name.clone()),
        None => owner::described_as(page, index).unwrap_or_else(|| owner::of_bare(page, index)),
    };
    if !matches!(lead, "pale" | "bright" | "light" | "deep") {
        into.push(page.assertion(subject, attribute, value, index..index + 1));
    }
}

/// A left or right limb that is gone, or a scar.
fn sided(page: &Page<'_>, index: usize, into: &mut Vec<Assertion>) {
    let part = page.tokens.word(index + 1);
    if !matches!(part, "leg" | "arm" | "hand" | "eye" | "ear" | "foot" | "cheek" | "temple" | "jaw" | "eyebrow" | "shoulder") {
        return;
    }
    let clause = page.clause(index);
    let near = index.saturating_sub(8).max(clause.start)..(index + 9).min(clause.end);
    let Some(attribute) = loss(page, index, part, near) else { return };
    let side = if page.tokens.word(index) == "left" { Side::Left } else { Side::Right };
    let subject = match index.checked_sub(1) {
        Some(before) if matches!(page.tokens.word(before), "his" | "her" | "my" | "your") => owner::of_pronoun(page, before),
        Some(before) if page.tokens.is_possessive(before) => match before.checked_sub(1).and_then(|name| page.person_at(name)) {
            Some(mention) => Subject::Known(mention.name.clone()),
            None => owner::of_bare(page, index),
        },
        _ => sentence_owner(page, index),
    };
    let words = clause_words(page, index, &attribute);
    into.push(page.assertion(subject, attribute, Value::Side(side), words));
}

/// From the word that tells the loss to the limb.
fn clause_words(page: &Page<'_>, index: usize, attribute: &str) -> Range<usize> {
    let clause = page.clause(index);
    let tells = |at: &usize| LOSSES.has(page.tokens.word(*at)) || page.tokens.word(*at) == "scar" && attribute.starts_with("scar");
    let before = (index.saturating_sub(8).max(clause.start)..index).find(tells);
    let after = (index + 2..(index + 9).min(clause.end)).find(tells);
    match (before, after) {
        (Some(first), _) => first..index + 2,
        (None, Some(last)) => index..last + 1,
        _ => index..index + 2,
    }
}

fn sentence_owner(page: &Page<'_>, index: usize) -> Subject {
    let start = page.clause(index).start;
    match page.person_at(start) {
        Some(mention) if !page.tokens.is_possessive(page.tokens_of(mention).end) => Subject::Known(mention.name.clone()),
        _ if owner::pronoun_gender(page.tokens.word(start)).is_some() => owner::of_pronoun(page, start),
        _ => owner::of_bare(page, index),
    }
}

/// Which attribute the words near a sided limb tell.
fn loss(page: &Page<'_>, index: usize, part: &str, near: Range<usize>) -> Option<String> {
    let has = |words: &[&str]| near.clone().any(|at| words.contains(&page.tokens.word(at)));
    let after = page.tokens.word(index + 2);
    let verb = page.tokens.word(index + 3);
    let is_gone =
        matches!(after, "was" | "is" | "had" | "were") && matches!(verb, "missing" | "gone" | "cut" | "amputated" | "wanting" | "been");
    let before: Vec<&str> = (1..6).map(|back| page.tokens.word(index.saturating_sub(back))).collect();
    let is_lost = before.iter().take(4).any(|word| matches!(*word, "lost" | "stump" | "missing" | "wanting" | "lacked" | "lacking"));
    match part {
        "hand"
            if (is_lost || is_gone || before.contains(&"wanting") || before.contains(&"lost")) && has(&["finger", "fingers", "thumb"]) =>
        {
            Some("missing fingers hand".to_string())
        }
        "leg" | "arm" | "eye" | "ear" | "foot" | "hand" if is_lost && !has(&["balance", "hold", "grip", "finger", "fingers"]) => {
            Some(format!("missing {part}"))
        }
        "leg" | "arm" | "eye" | "ear" | "foot" if is_gone && (verb != "been" || has(&["cut", "amputated", "lost"])) => {
            Some(format!("missing {part}"))
        }
        "leg" if has(&["wooden", "timber"]) && before.iter().take(2).any(|word| matches!(*word, "wooden" | "timber")) => {
            Some("missing leg".to_string())
        }
        "eye" | "ear" if before.contains(&"blind") || before.contains(&"deaf") => {
            Some(format!("blind {part}").replace("blind ear", "deaf ear"))
        }
        "leg" | "foot" if before.contains(&"lame") || matches!(after, "was" | "is") && verb == "lame" => Some(format!("lame {part}")),
        "arm" if has(&["sling"]) => Some("arm in a sling".to_string()),
        _ if has(&["scar"]) => Some(format!("scar on {part}")),
        _ => None,
    }
}
