//! Whom a pronoun means: decided only where the words leave one candidate, else the people it could be.

use super::Subject;
use super::cast::Mention;
use super::given_names::Gender;
use super::lexicon::{FEMALE_NOUNS, MALE_NOUNS};
use super::page::Page;
use super::tokens::TokenRange;
use super::value;
use crate::bible::EntryKind;

/// How the narrator of a first-person book is called among candidates.
pub const NARRATOR: &str = "the narrator";

/// At most so many candidates are named.
const MAX_CANDIDATES: usize = 6;

/// How many paragraphs back candidates are looked for, while fewer than three are found.
const MAX_PARAGRAPHS_BACK: usize = 8;

/// The gender a pronoun tells.
pub(super) fn pronoun_gender(word: &str) -> Option<Gender> {
    match word {
        "he" | "his" | "him" | "himself" | "he'd" | "he’d" => Some(Gender::Male),
        "she" | "her" | "hers" | "herself" | "she'd" | "she’d" => Some(Gender::Female),
        _ => None,
    }
}

/// Whom the pronoun at a token means.
pub(super) fn of_pronoun(page: &Page<'_>, token: usize) -> Subject {
    let word = page.tokens.word(token);
    match word {
        "my" | "i" | "me" | "mine" => return of_first_person(page, token),
        "your" | "you" => return Subject::Unclear(addressees(page, token)),
        _ => {}
    }
    let Some(gender) = pronoun_gender(word) else { return Subject::Unclear(candidates(page, token, None)) };
    if !page.is_spoken(token)
        && let Some(name) = only_candidate(page, token, gender)
    {
        return Subject::Known(name);
    }
    Subject::Unclear(candidates(page, token, Some(gender)))
}

/// A noun without an owner: whoever is near.
pub(super) fn of_bare(page: &Page<'_>, token: usize) -> Subject {
    Subject::Unclear(candidates(page, token, None))
}

/// Whom the first person at a token means: the speaker, or the narrator.
pub(super) fn of_first_person(page: &Page<'_>, token: usize) -> Subject {
    if page.is_spoken(token) {
        let offset = page.tokens.range(token).start;
        let speaker = page.speeches.iter().find(|speech| speech.range.contains(&offset)).and_then(|speech| speech.speaker.clone());
        return speaker.map_or_else(|| Subject::Unclear(candidates(page, token, None)), Subject::Known);
    }
    Subject::Known(NARRATOR.to_string())
}

/// You: anyone near but the speaker.
fn addressees(page: &Page<'_>, token: usize) -> Vec<String> {
    let offset = page.tokens.range(token).start;
    let speaker = page.speeches.iter().find(|speech| speech.range.contains(&offset)).and_then(|speech| speech.speaker.clone());
    let mut people = candidates(page, token, None);
    people.retain(|name| Some(name) != speaker.as_ref());
    people
}

/// The one person a pronoun can mean: the only one of its gender named in this paragraph so far, with no other person spoken of by a noun
/// or by an earlier pronoun; else the subject of this sentence or of the one before, when that stretch speaks of nobody else.
fn only_candidate(page: &Page<'_>, token: usize, gender: Gender) -> Option<String> {
    let paragraph = page.paragraph_before(token);
    let sentence = page.tokens.sentence(token).start;
    let last = sentence.checked_sub(1).map_or(sentence, |last| page.tokens.sentence(last).start).max(paragraph.start);
    candidate_in(page, paragraph, gender)
        .or_else(|| candidate_in(page, TokenRange::new(sentence..token), gender))
        .or_else(|| candidate_in(page, TokenRange::new(last..token), gender))
        .or_else(|| candidate_before(page, token, gender))
}

/// So many paragraphs must name nobody else of a pronoun's gender, when its own names nobody.
const PARAGRAPHS_ALONE: usize = 12;
/// Within so many of them the person must be named, and nobody be spoken of by a noun.
const PARAGRAPHS_NEAR: usize = 4;

/// In a paragraph that names nobody of the pronoun's gender: the only one of that gender whom a long stretch before names, in narration or
/// in speech, if they were named not long ago and nobody has been spoken of by a noun since.
fn candidate_before(page: &Page<'_>, token: usize, gender: Gender) -> Option<String> {
    let paragraph = page.scene.sentences[page.tokens.sentence_of[token] as usize].paragraph;
    let start_of = |back: usize| page.tokens.at(page.scene.paragraphs[paragraph.saturating_sub(back)].start);
    let can_be_meant =
        |mention: &&Mention| mention.kind == EntryKind::Character && page.cast.gender(&mention.name).is_none_or(|other| other == gender);
    let (own, near, far) = (start_of(0), start_of(PARAGRAPHS_NEAR), start_of(PARAGRAPHS_ALONE));
    if page.mentions_within(TokenRange::new(own..token)).iter().any(|mention| can_be_meant(&mention)) {
        return None;
    }
    let mut people = page.mentions_within(TokenRange::new(far..token)).iter().filter(can_be_meant);
    let first = people.next()?;
    let is_only = !first.is_ambiguous && people.all(|other| other.name == first.name && !other.is_ambiguous);
    let is_of_gender = page.cast.gender(&first.name) == Some(gender);
    let is_near = page.mentions_within(TokenRange::new(near..token)).iter().any(|mention| mention.name == first.name);
    let is_free = (near..token).all(|index| !is_rival(page, index, gender));
    (is_only && is_of_gender && is_near && is_free).then(|| first.name.clone())
}

/// The only person of a gender named in a stretch of narration, as its subject or as the only person at all.
fn candidate_in(page: &Page<'_>, before: TokenRange, gender: Gender) -> Option<String> {
    let mut found: Option<&Mention> = None;
    let mut is_alone = true;
    for mention in page.mentions_within(before).iter().filter(|mention| mention.kind == EntryKind::Character) {
        if page.is_spoken(page.tokens.at(mention.range.start)) {
            continue;
        }
        match page.cast.gender(&mention.name) {
            Some(other) if other != gender => is_alone = false,
            _ if mention.is_ambiguous => return None,
            _ if found.is_some_and(|first| first.name != mention.name) => return None,
            _ => found = found.or(Some(mention)),
        }
    }
    let found = found.filter(|mention| page.cast.gender(&mention.name) == Some(gender))?;
    let first = page.tokens.at(found.range.start);
    let is_free =
        before.iter().all(|index| !is_rival(page, index, gender)) && !has_pronoun(page, TokenRange::new(before.start..first), gender);
    (is_free && (is_alone || is_subject(page, found))).then(|| found.name.clone())
}

/// Another person spoken of without a name: the captain, a girl.
fn is_rival(page: &Page<'_>, index: usize, gender: Gender) -> bool {
    if page.is_spoken(index) || page.mention_at(index).is_some() {
        return false;
    }
    let word = page.tokens.word(index);
    let nouns = if gender == Gender::Male { &MALE_NOUNS } else { &FEMALE_NOUNS };
    // "Tobias was a tall man": a predicate of the person itself is no rival.
    let article = (1..4).map(|back| page.tokens.word(index.saturating_sub(back))).position(|word| matches!(word, "a" | "an" | "the"));
    let is_predicate = article.is_some_and(|back| matches!(page.tokens.word(index.saturating_sub(back + 2)), "was" | "is" | "as" | "like"));
    let is_crowd = nouns.has(&value::singular(word)) || matches!(word, "men" | "women" | "people" | "children" | "others" | "gentlemen");
    (nouns.has(word) || is_crowd) && !is_predicate || matches!(word, "someone" | "somebody" | "another" | "other" | "one's")
}

fn has_pronoun(page: &Page<'_>, tokens: TokenRange, gender: Gender) -> bool {
    tokens.into_iter().any(|index| !page.is_spoken(index) && pronoun_gender(page.tokens.word(index)) == Some(gender))
}

/// Whether a mention begins its clause and is followed by no possessive: it does what the clause tells.
fn is_subject(page: &Page<'_>, mention: &Mention) -> bool {
    let own = page.tokens_of(mention);
    let clause = page.clause(own.start);
    let lead = clause.start..own.start;
    let is_lead_short =
        lead.len() <= 1 || page.tokens.word(own.start - 1) == "," || lead.clone().all(|index| is_opener(page.tokens.word(index)));
    is_lead_short && !page.tokens.is_possessive(own.end) || page.tokens.is_possessive(own.end) && lead.is_empty()
}

fn is_opener(word: &str) -> bool {
    matches!(word, "and" | "but" | "then" | "so" | "now" | "yet" | "when" | "as" | "while" | "meanwhile" | "still" | "even" | ",")
}

/// The noun of somebody without a name who is spoken of where the only candidate is named, or since: it may be theirs.
fn rival_since(page: &Page<'_>, token: usize, only: &str, gender: Option<Gender>) -> Option<String> {
    let end = page.tokens.sentence(token).end;
    let paragraph = page.paragraph_before(token).start;
    let named = page.mentions_within(TokenRange::new(0..end)).iter().rev().find(|mention| mention.name == only);
    // Who is named only afterwards must be alone in the whole paragraph.
    let first = named.map_or(paragraph, |named| page.tokens.sentence(page.tokens.at(named.range.start)).start.min(paragraph));
    let end = if named.is_some() { end } else { paragraph_end(page, token) };
    let genders = gender.map_or(vec![Gender::Male, Gender::Female], |gender| vec![gender]);
    let is_other = |index: &usize| genders.iter().any(|gender| is_rival(page, *index, *gender)) && !is_named_so(page, *index, only);
    (first..end).find(is_other).map(|index| page.tokens.word(index).to_string())
}

/// Where a chapter begins with "she": who is named in the rest of the paragraph.
fn named_next(page: &Page<'_>, token: usize, gender: Option<Gender>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for mention in page.mentions_within(TokenRange::new(page.tokens.sentence(token).end..paragraph_end(page, token))) {
        let fits = gender.is_none() || page.cast.gender(&mention.name).is_none_or(|other| Some(other) == gender);
        if mention.kind == EntryKind::Character && fits && !names.contains(&mention.name) {
            names.push(mention.name.clone());
        }
    }
    names
}

fn paragraph_end(page: &Page<'_>, token: usize) -> usize {
    let paragraph = page.scene.sentences[page.tokens.sentence_of[token] as usize].paragraph;
    page.tokens.at(page.scene.paragraphs[paragraph].end)
}

/// The man on the door was called Dessie: the noun is his own.
fn is_named_so(page: &Page<'_>, noun: usize, name: &str) -> bool {
    let sentence = page.tokens.sentence(noun);
    let is_call = |at: usize| matches!(page.tokens.word(at), "called" | "named" | "was" | "is");
    let mut mentions = page.mentions_within(TokenRange::new(noun..sentence.end)).iter();
    mentions.next().is_some_and(|mention| {
        let at = page.tokens_of(mention).start;
        mention.name == name && is_call(at - 1) && !(noun + 1..at).any(|at| page.tokens.word(at) == ",")
    })
}

/// The people a pronoun could mean, likeliest first: of this sentence, then of this paragraph, then of the one before. Where only one is
/// named, but somebody is spoken of by a noun, as "the boy", the noun is the second.
pub(super) fn candidates(page: &Page<'_>, token: usize, gender: Option<Gender>) -> Vec<String> {
    let paragraph = page.scene.sentences[page.tokens.sentence_of[token] as usize].paragraph;
    let mut end = page.tokens.sentence(token).end;
    let mut names: Vec<String> = Vec::new();
    // In a dialogue of pronouns the names may stand some paragraphs back.
    for back in 0..=MAX_PARAGRAPHS_BACK.min(paragraph) {
        let start = page.tokens.at(page.scene.paragraphs[paragraph - back].start);
        for mention in page.mentions_within(TokenRange::new(start..end)).iter().rev() {
            let fits = match (gender, page.cast.gender(&mention.name)) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            };
            if mention.kind == EntryKind::Character && fits && !names.contains(&mention.name) {
                names.push(mention.name.clone());
            }
        }
        if back > 0 && names.len() > 2 {
            break;
        }
        end = start;
    }
    if names.is_empty() {
        names.extend(named_next(page, token, gender));
    }
    names.truncate(MAX_CANDIDATES);
    if let [only] = names.as_slice()
        && let Some(noun) = rival_since(page, token, only, gender)
    {
        names.push(format!("the {noun}"));
    }
    if page.is_first_person && gender.is_none() && names.len() < MAX_CANDIDATES {
        names.push(NARRATOR.to_string());
    }
    names
}

/// The subject of the sentence or clause before a token: the name or pronoun that begins it.
pub(super) fn clause_subject(page: &Page<'_>, verb: usize) -> Option<Subject> {
    let start = page.tokens.sentence(verb).start;
    let mut index = verb;
    let mut steps = 0;
    while index > start && steps < 5 {
        index -= 1;
        steps += 1;
        if let Some(mention) = page.mention_at(index) {
            return (mention.kind == EntryKind::Character && !mention.is_ambiguous && !page.tokens.is_possessive(index + 1))
                .then(|| Subject::Known(mention.name.clone()));
        }
        match page.tokens.word(index) {
            "he" | "she" | "i" => return Some(of_pronoun(page, index)),
            "who" | "," | "had" | "has" | "also" | "still" | "always" | "himself" | "herself" => {}
            _ => return None,
        }
    }
    None
}

/// Of whom a word is said in "was (very) tall", in "had always been tall" and in "was a tall, fair-haired man".
pub(super) fn described_as(page: &Page<'_>, index: usize) -> Option<Subject> {
    let is_verb = |at: usize| {
        let before = page.tokens.word(at.wrapping_sub(1));
        matches!(page.tokens.word(at), "was" | "is" | "am") || page.tokens.word(at) == "been" && matches!(before, "had" | "has" | "always")
    };
    let mut before = index.checked_sub(1)?;
    if matches!(page.tokens.word(before), "very" | "quite" | "exceedingly" | "uncommonly" | "still" | "always") {
        before = before.checked_sub(1)?;
    }
    if is_verb(before) {
        return clause_subject(page, before);
    }
    let first = page.clause(index).start.max(index.saturating_sub(6));
    let article = (first..index).rev().find(|at| matches!(page.tokens.word(*at), "a" | "an"))?;
    let is_plain =
        |at: usize| page.mention_at(at).is_none() && !matches!(page.tokens.word(at), "and" | "with" | "of" | "as" | "for" | "in");
    let verb = article.checked_sub(1).filter(|verb| is_verb(*verb) && (article..index).all(is_plain))?;
    clause_subject(page, verb)
}

/// The name at a token, of a person or of what may be one: "X was twenty" and "X, the cooper," make a person of a name that does nothing
/// else. No place, no name behind an article, and none that may mean two.
pub(super) fn someone_at<'p>(page: &'p Page<'_>, token: usize) -> Option<&'p Mention> {
    let mention = page.mention_at(token).filter(|mention| !mention.is_ambiguous)?;
    let may_be_person = || {
        let before = page.tokens.word(page.tokens_of(mention).start.wrapping_sub(1));
        let is_of_bible = page.cast.person(&mention.name).is_some_and(|person| person.in_bible);
        mention.kind == EntryKind::Object && !is_of_bible && !matches!(before, "the" | "a" | "an" | "this" | "that")
    };
    (mention.kind == EntryKind::Character || may_be_person()).then_some(mention)
}

/// As [`someone_at`], as a subject.
pub(super) fn named_at(page: &Page<'_>, token: usize) -> Option<Subject> {
    someone_at(page, token).map(|mention| Subject::Known(mention.name.clone()))
}

/// Whom a pronoun means, also where the reader of owners leaves it open but names one person only, and nobody else is spoken of by a noun.
pub(super) fn likely_of_pronoun(page: &Page<'_>, token: usize) -> Subject {
    let open = match of_pronoun(page, token) {
        known @ Subject::Known(_) => return known,
        Subject::Unclear(names) => names,
    };
    let Some(gender) = pronoun_gender(page.tokens.word(token)) else { return Subject::Unclear(open) };
    let paragraph = page.paragraph_before(token);
    match only_named(page, paragraph, page.is_spoken(token), gender) {
        Some(mention) if !has_rival(page, page.tokens_of(mention), token, gender) => Subject::Known(mention.name.clone()),
        _ => Subject::Unclear(open),
    }
}

/// The only person whom the narration, or the speech, of a stretch names and whom a pronoun of this gender can mean.
fn only_named<'p>(page: &'p Page<'_>, tokens: TokenRange, spoken: bool, gender: Gender) -> Option<&'p Mention> {
    let mut last: Option<&Mention> = None;
    for mention in page.mentions_within(tokens) {
        let own = page.tokens_of(mention).start;
        let fits = page.cast.gender(&mention.name).is_none_or(|other| other == gender);
        if page.is_spoken(own) != spoken || !fits || someone_at(page, own).is_none() {
            continue;
        }
        if last.is_some_and(|known| known.name != mention.name) {
            return None;
        }
        last = Some(mention);
    }
    last
}

/// Whether somebody of a gender is spoken of by a noun between a name and a pronoun, or in the sentence of the name before it.
fn has_rival(page: &Page<'_>, own: TokenRange, pronoun: usize, gender: Gender) -> bool {
    let is_spoken = page.is_spoken(pronoun);
    let nouns = if gender == Gender::Male { &MALE_NOUNS } else { &FEMALE_NOUNS };
    let is_noun =
        |index: usize| page.is_spoken(index) == is_spoken && page.mention_at(index).is_none() && nouns.has(page.tokens.word(index));
    // "He was a tall man" and "our sergeant is called Bell" speak of the person itself.
    let is_same = |index: usize| {
        let has_article = |at: usize| matches!(page.tokens.word(at), "a" | "an");
        let is_predicate = (1..4).any(|back| {
            let article = index.saturating_sub(back);
            has_article(article) && matches!(page.tokens.word(article.saturating_sub(1)), "was" | "is" | "as")
        });
        is_predicate || index < own.start && matches!(page.tokens.word(own.start - 1), "called" | "named")
    };
    let sentence = page.tokens.sentence(own.start).start;
    (sentence..pronoun).any(|index| is_noun(index) && !is_same(index))
}

/// Whether a name stands in a list, or is governed by a preposition, so that what follows need not be said of it.
pub(super) fn is_inner(page: &Page<'_>, start: usize) -> bool {
    start > page.tokens.sentence(start).start
        && matches!(
            page.tokens.word(start - 1),
            "," | "and" | "or" | "of" | "with" | "to" | "for" | "by" | "than" | "from" | "at" | "in" | "on" | "like"
        )
}
