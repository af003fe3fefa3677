//! Who is meant where a sentence states something of a person's life: a name that the prose has not yet shown to act, or the only one a pronoun can mean.

use super::cast::{Gender, Mention};
use super::lexicon::{FEMALE_NOUNS, MALE_NOUNS};
use super::page::Page;
use super::{Subject, owner};
use crate::bible::EntryKind;
use std::ops::Range;

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
pub(super) fn of_pronoun(page: &Page<'_>, token: usize) -> Subject {
    let open = match owner::of_pronoun(page, token) {
        known @ Subject::Known(_) => return known,
        Subject::Unclear(names) => names,
    };
    let Some(gender) = owner::pronoun_gender(page.tokens.word(token)) else { return Subject::Unclear(open) };
    let paragraph = page.paragraph_before(token);
    match only_named(page, paragraph.clone(), page.is_spoken(token), gender) {
        Some(mention) if !has_rival(page, page.tokens_of(mention), token, gender) => Subject::Known(mention.name.clone()),
        _ => Subject::Unclear(open),
    }
}

/// The only person whom the narration, or the speech, of a stretch names and whom a pronoun of this gender can mean.
fn only_named<'p>(page: &'p Page<'_>, tokens: Range<usize>, spoken: bool, gender: Gender) -> Option<&'p Mention> {
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
fn has_rival(page: &Page<'_>, own: Range<usize>, pronoun: usize, gender: Gender) -> bool {
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
