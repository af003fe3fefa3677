//! Deaths that are told, and what the dead do afterwards.

use super::lexicon::{ACT_VERBS, SPEECH_VERBS, WordSet};
use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject, coreference, hedge};
use crate::bible::{Bible, EntryKind};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Verbs that kill, as they stand after "was": was killed.
static KILLED: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new("killed slain murdered drowned hanged executed buried beheaded guillotined assassinated"));
/// Verbs that kill the person whose name follows: killed Mara.
static KILLS: LazyLock<WordSet> = LazyLock::new(|| WordSet::new("killed slew murdered buried assassinated"));
/// What makes dead something other than a death.
static NOT_DEATHS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "tired drunk asleep set sure certain weary against ahead calm to beat serious silent still white pale faint centre center men-tired or",
    )
});
/// Words that make an act a memory, an image or a wish.
static NOT_NOW: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "had used once remembered remember recalled dream dreamed dreamt dreams ghost spirit portrait picture late would could if \
         ever formerly memory story told tale years ago saw vision imagined as grave",
    )
});

/// The people the bible or the prose calls dead at some point; only what they do is worth recording.
pub(super) fn dead<'a>(bible: &Bible, deaths: impl Iterator<Item = &'a Assertion>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in bible.entries.iter().filter(|entry| entry.kind == EntryKind::Character) {
        let later = entry.progressions.iter().flat_map(|progression| &progression.facts);
        let tells_death = |fact: &crate::bible::Fact| {
            let name = fact.name.to_lowercase();
            matches!(name.as_str(), "died" | "dies" | "death" | "dead" | "killed" | "buried" | "status" | "alive")
        };
        if entry.facts.iter().chain(later).any(tells_death) {
            names.insert(entry.name.clone());
        }
    }
    for death in deaths.filter(|death| death.value == Value::Alive(false) && !death.hedged) {
        if let Subject::Known(name) = &death.subject {
            names.insert(name.clone());
        }
    }
    names
}

/// Reads the deaths a scene tells.
pub(super) fn deaths(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        let found = match page.tokens.word(index) {
            "dead" => of_dead(page, index),
            "died" | "perished" | "expired" => subject_before(page, index).map(|name| (name, index + 1)),
            "corpse" | "grave" | "funeral" | "widow" | "burial" | "tomb" | "body" => of_remains(page, index),
            "death" => of_death(page, index),
            "shot" => of_shot(page, index),
            "move" if is_never_again(page, index) => only_named_before(page, index).map(|name| (name, index + 2)),
            "last" if is_last_breath(page, index) => subject_before(page, index - 2).map(|name| (name, index + 1)),
            word if KILLED.has(word) || KILLS.has(word) => of_killed(page, index),
            _ => None,
        };
        if let Some((name, end)) = found {
            into.push(death(page, name, index, end));
        }
    }
}

/// A person's name with the tokens it stands on.
type Named = (String, TokenRange);

fn death(page: &Page<'_>, (name, own): Named, index: usize, end: usize) -> Assertion {
    let words = TokenRange::new(own.start.min(index)..end.max(own.end));
    let mut assertion = page.assertion(Subject::Known(name), "alive", Value::Alive(false), words);
    let before: Vec<&str> = (1..5).map(|back| page.tokens.word(index.saturating_sub(back))).collect();
    let is_weak =
        before.iter().any(|word| matches!(*word, "half" | "nearly" | "almost" | "as" | "thought" | "believed" | "be" | "to" | "not"));
    assertion.hedged = is_weak || hedge::is_doubted(page, words);
    assertion
}

fn is_person(page: &Page<'_>, token: usize) -> Option<Named> {
    let mention = page.person_at(token)?;
    Some((mention.name.clone(), page.tokens_of(mention)))
}

/// The person whose name stands before a verb, with only small words between, as its subject.
fn subject_before(page: &Page<'_>, verb: usize) -> Option<Named> {
    let first = page.clause(verb).start;
    let mut index = verb;
    while index > first && verb - index < 5 {
        index -= 1;
        if let Some((name, own)) = is_person(page, index) {
            return is_free(page, own.start, first).then_some((name, own));
        }
        let word = page.tokens.word(index);
        if matches!(word, "he" | "she") {
            let Subject::Known(name) = coreference::of_pronoun(page, index) else { return None };
            return is_free(page, index, first).then_some((name, TokenRange::new(index..index + 1)));
        }
        let is_small = matches!(
            word,
            "was"
                | "is"
                | "had"
                | "has"
                | "been"
                | "lay"
                | "fell"
                | "dropped"
                | "now"
                | "already"
                | "quite"
                | "stone"
                | "who"
                | ","
                | "himself"
                | "herself"
                | "then"
                | "soon"
                | "at"
                | "last"
                | "also"
                | "too"
                | "being"
                | "got"
                | "breathed"
                | "his"
                | "her"
                | "be"
                | "not"
                | "both"
                | "were"
                | "cruelly"
                | "foully"
                | "by"
                | "loophole"
        ) || word.ends_with("ly");
        if !is_small {
            return None;
        }
    }
    None
}

/// Whether a name is the subject: nothing before it makes it another's, a goal, or one of a list.
fn is_free(page: &Page<'_>, start: usize, first: usize) -> bool {
    start <= first
        || !matches!(
            page.tokens.word(start - 1),
            "of" | "to"
                | "with"
                | "by"
                | "for"
                | "from"
                | "than"
                | "like"
                | "at"
                | "on"
                | "near"
                | "that-of"
                | "in"
                | "if"
                | "as"
                | "about"
                | "see"
                | "saw"
                | "told"
                | "asked"
                | "after"
        )
}

fn of_dead(page: &Page<'_>, index: usize) -> Option<(Named, usize)> {
    let after = page.tokens.word(index + 1);
    let before = page.tokens.word(index.saturating_sub(1));
    if NOT_DEATHS.has(after) || before == "half" {
        return None;
    }
    if after == "body" || after == "man" {
        return None;
    }
    let verb = matches!(
        before,
        "was" | "is" | "lay" | "fell" | "dropped" | "stone" | "quite" | "already" | "now" | "both" | "were" | "down" | "been"
    );
    verb.then(|| subject_before(page, index)).flatten().map(|name| (name, index + 1))
}

/// Killed Mara; Mara was killed; Mara, killed by a fall.
fn of_killed(page: &Page<'_>, index: usize) -> Option<(Named, usize)> {
    let word = page.tokens.word(index);
    let before = page.tokens.word(index.saturating_sub(1));
    if KILLS.has(word)
        && let Some((name, own)) = is_person(page, index + 1)
        && !page.tokens.is_possessive(own.end)
        && !matches!(before, "was" | "were" | "been" | "be" | "is" | "to")
    {
        let end = own.end;
        return Some(((name, own), end));
    }
    let is_passive = matches!(before, "was" | "been" | "is" | "being" | "were" | ",") || before.ends_with("ly");
    let is_of_all = page.tokens.word(index + 1) == "in" && word == "buried" && page.tokens.word(index + 2) != "the"
        || matches!(page.tokens.word(index + 1), "his" | "her" | "him" | "their");
    if !is_passive || !KILLED.has(word) || is_of_all || before == "," && page.tokens.word(index + 1) != "by" {
        return None;
    }
    subject_before(page, index).map(|name| (name, index + 1))
}

/// Shot Mara dead; Mara, shot through the head; shot by the guards.
fn of_shot(page: &Page<'_>, index: usize) -> Option<(Named, usize)> {
    let next = |offset: usize| page.tokens.word(index + offset);
    if let Some((name, own)) = is_person(page, index + 1) {
        let end = own.end;
        let is_dead =
            page.tokens.word(end) == "dead" || page.tokens.word(end) == "through" && matches!(page.tokens.word(end + 2), "head" | "heart");
        return is_dead.then_some(((name, own), end + 1));
    }
    let is_fatal = next(1) == "dead" || next(1) == "through" && matches!(next(3), "head" | "heart" | "brain");
    let end = if next(1) == "dead" { index + 2 } else { index + 4 };
    if is_fatal {
        return only_named_before(page, index).map(|name| (name, end));
    }
    // A roll of the lost: "…, landsman, shot by the mutineers".
    let is_listed = next(1) == "by" && page.tokens.word(index.saturating_sub(1)) == ",";
    if is_listed { only_named_before(page, index).map(|name| (name, index + 1)) } else { None }
}

/// The only person named in the part of the sentence that leads to a token.
fn only_named_before(page: &Page<'_>, index: usize) -> Option<Named> {
    let clause = page.clause(index);
    let mentions = page.mentions_within(TokenRange::new(clause.start..index));
    let mut people = mentions.iter().filter(|mention| mention.kind == EntryKind::Character && !mention.is_ambiguous);
    let first = people.next()?;
    let own = page.tokens_of(first);
    let is_alone = people.next().is_none() && own.start <= clause.start + 1 && !page.tokens.is_possessive(own.end);
    is_alone.then(|| (first.name.clone(), own))
}

fn is_never_again(page: &Page<'_>, index: usize) -> bool {
    page.tokens.word(index + 1) == "again" && matches!(page.tokens.word(index.saturating_sub(2)), "never")
}

fn is_last_breath(page: &Page<'_>, index: usize) -> bool {
    page.tokens.word(index.saturating_sub(2)) == "breathed" && !page.tokens.is_word(index + 1)
}

/// Mara’s corpse, the grave of Mara, the dead body of Mara.
fn of_remains(page: &Page<'_>, index: usize) -> Option<(Named, usize)> {
    let word = page.tokens.word(index);
    if page.tokens.is_possessive(index.wrapping_sub(1)) && word != "body" && word != "grave" {
        return is_person(page, index.checked_sub(2)?).map(|name| (name, index + 1));
    }
    let before = page.tokens.word(index.saturating_sub(1));
    let is_told = matches!(before, "the" | "dead" | "lifeless" | "murdered") && page.tokens.word(index + 1) == "of";
    let (name, own) = is_person(page, index + 2).filter(|_| is_told && (word != "body" || before != "the"))?;
    let end = own.end;
    (!page.tokens.is_possessive(end)).then_some(((name, own), end))
}

/// After Mara’s death; since the death of Mara.
fn of_death(page: &Page<'_>, index: usize) -> Option<(Named, usize)> {
    let is_past = |at: usize| matches!(page.tokens.word(at), "after" | "since");
    if page.tokens.is_possessive(index.wrapping_sub(1)) {
        let (name, own) = is_person(page, index.checked_sub(2)?)?;
        return (own.start > 0 && is_past(own.start - 1)).then_some(((name, own), index + 1));
    }
    let (name, own) = is_person(page, index + 2).filter(|_| page.tokens.word(index + 1) == "of" && is_past(index.wrapping_sub(2)))?;
    let end = own.end;
    (!page.tokens.is_possessive(end)).then_some(((name, own), end))
}

/// Reads what people do, say or are told to do in a scene.
pub(super) fn acts(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for mention in &page.mentions {
        if mention.kind != EntryKind::Character || mention.is_ambiguous {
            continue;
        }
        let own = page.tokens_of(mention);
        let end = if page.is_spoken(own.start) { ordered(page, own) } else { acting(page, own) };
        let Some(end) = end else { continue };
        let words = TokenRange::new(own.start..end);
        let mut assertion = page.assertion(Subject::Known(mention.name.clone()), "alive", Value::Alive(true), words);
        assertion.hedged = hedge::is_doubted(page, words) || is_not_now(page, words);
        into.push(assertion);
    }
}

/// Where the verb ends of which a name is the subject.
fn acting(page: &Page<'_>, own: TokenRange) -> Option<usize> {
    let clause = page.clause(own.start);
    let before = page.tokens.word(own.start.saturating_sub(1));
    if SPEECH_VERBS.has(before) && before != "called" && before != "told" && before != "asked" && before != "objected" {
        let follows_quote = own.start >= 2 && page.is_spoken(own.start - 2);
        return follows_quote.then_some(own.end);
    }
    if page.tokens.is_possessive(own.end) || !is_free(page, own.start, clause.start) && own.start > clause.start {
        return None;
    }
    let mut index = own.end;
    // The doctor, Joyce, and Ben Gunn joined us: the rest of the list stands before the verb.
    let mut is_list = false;
    while index < clause.end && index - own.end < 8 {
        let word = page.tokens.word(index);
        let is_verb = ACT_VERBS.has(word) || SPEECH_VERBS.has(word);
        if is_verb {
            return (!matches!(page.tokens.word(index + 1), "dead") && (word != "left" || page.tokens.word(index + 1) != "for"))
                .then_some(index + 1);
        }
        let joins = word == "and" || word == ",";
        is_list |= joins;
        let continues = joins
            || word.ends_with("ly")
            || matches!(
                word,
                "also" | "then" | "now" | "himself" | "herself" | "still" | "just" | "both" | "who" | "never" | "at" | "once"
            );
        if !(continues
            || is_list
                && (page.mention_at(index).is_some()
                    || word == "the"
                    || page.tokens.is_word(index) && page.tokens.word(index - 1) == "the"))
        {
            return None;
        }
        index += 1;
    }
    None
}

/// An order: the name begins the speech or its sentence, and a comma and a verb follow.
fn ordered(page: &Page<'_>, own: TokenRange) -> Option<usize> {
    let sentence = page.tokens.sentence(own.start);
    let begins = own.start == sentence.start || own.start == sentence.start + 1 && page.tokens.is_mark(sentence.start);
    let next = page.tokens.word(own.end + 1);
    let is_verb = page.tokens.is_word(own.end + 1)
        && !page.tokens.is_capital(own.end + 1)
        && !matches!(
            next,
            "he" | "she"
                | "who"
                | "the"
                | "whose"
                | "that"
                | "and"
                | "his"
                | "her"
                | "too"
                | "a"
                | "an"
                | "at"
                | "in"
                | "with"
                | "of"
                | "by"
                | "for"
                | "as"
                | "or"
                | "but"
                | "poor"
                | "my"
                | "our"
                | "which"
                | "if"
                | "when"
                | "was"
                | "is"
                | "had"
                | "has"
                | "on"
                | "from"
                | "to"
                | "whom"
                | "where"
                | "also"
                | "dear"
                | "old"
                | "shot"
                | "killed"
        )
        && !next.ends_with("ed")
        && !next.ends_with("ing");
    (begins && page.tokens.word(own.end) == "," && is_verb).then_some(own.end + 2)
}

fn is_not_now(page: &Page<'_>, words: TokenRange) -> bool {
    let clause = page.clause(words.start);
    let until = (words.end + 2).min(clause.end.max(words.end));
    (clause.start..until).any(|index| NOT_NOW.has(page.tokens.word(index)))
}
