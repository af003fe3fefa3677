//! What somebody does for a living: a baker by trade, worked as a printer.

use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject, coreference, trades};

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        let trade = page.tokens.word(index);
        if trades::kind(trade).is_none() {
            continue;
        }
        // A baker of dreams, a banker's clerk, and Cooper the man are none.
        let is_other = page.tokens.is_capital(index) || page.tokens.is_possessive(index + 1) || page.tokens.word(index + 1) == "of";
        let Some((subject, start)) = whose(page, index).filter(|_| !is_other) else { continue };
        into.push(page.assertion(subject, "occupation", Value::Trade(trade.to_string()), TokenRange::new(start..index + 1)));
    }
}

/// Whose trade the noun at a token is, and where the words begin that say so.
fn whose(page: &Page<'_>, index: usize) -> Option<(Subject, usize)> {
    bare(page, index).or_else(|| by_article(page, index)).or_else(|| by_name(page, index))
}

/// As pilot, Mara …; Mara worked as ship’s cook; a cooper by trade, Mara …
fn bare(page: &Page<'_>, index: usize) -> Option<(Subject, usize)> {
    let article = index.checked_sub(1)?;
    let has_article = matches!(page.tokens.word(article), "a" | "an");
    let end = index
        + 1
        + if page.tokens.word(index + 1) == "by" && matches!(page.tokens.word(index + 2), "trade" | "profession") { 2 } else { 0 };
    let opens = page.clause(index).start == if has_article { article } else { index };
    if opens && end > index + 1 && page.tokens.word(end) == "," {
        return coreference::named_at(page, end + 1).map(|subject| (subject, if has_article { article } else { index }));
    }
    if page.tokens.word(article) != "as" {
        return None;
    }
    if page.tokens.is_capital(article) && page.tokens.word(index + 1) == "," {
        return coreference::named_at(page, index + 2).map(|subject| (subject, article));
    }
    matches!(page.tokens.word(article.wrapping_sub(1)), "worked" | "works")
        .then(|| subject_of(page, article - 1))
        .flatten()
        .map(|who| (who, article - 1))
}

/// Mara was a (good) baker; Mara was the flight surgeon; Mara worked as a baker; Mara, a baker, …; as a baker, Mara …; I’m a baker.
fn by_article(page: &Page<'_>, index: usize) -> Option<(Subject, usize)> {
    let first = page.clause(index).start.max(index.saturating_sub(3));
    let article = (first..index).rev().find(|at| matches!(page.tokens.word(*at), "a" | "an" | "the"))?;
    let before = article.checked_sub(1)?;
    // "Was the baker" names one; "was the baker's", "the baker at the corner" and "the baker who came" point at somebody.
    let is_one = page.tokens.word(article) != "the" || page.tokens.is_mark(index + 1) && article + 2 <= index;
    match page.tokens.word(before) {
        "was" | "is" | "am" if is_one => Some((subject_of(page, before)?, before)),
        _ if page.tokens.word(article) == "the" => None,
        "i'm" | "i’m" if page.is_spoken(before) => Some((coreference::of_first_person(page, before), before)),
        "been" if matches!(page.tokens.word(before.saturating_sub(1)), "had" | "has" | "always") => {
            let had = (before.saturating_sub(2)..before).find(|at| matches!(page.tokens.word(*at), "had" | "has"))?;
            Some((subject_of(page, had)?, had))
        }
        "as" if matches!(page.tokens.word(before.saturating_sub(1)), "worked" | "works") => {
            Some((subject_of(page, before - 1)?, before - 1))
        }
        "as" if page.tokens.is_capital(before) && page.tokens.word(index + 1) == "," => {
            coreference::named_at(page, index + 2).map(|subject| (subject, before))
        }
        "," if matches!(page.tokens.word(index + 1), "," | "by" | "." | ";") => apposed_to(page, before),
        _ => None,
    }
}

/// The subject of a verb, also where it is a pronoun that can mean one person only.
fn subject_of(page: &Page<'_>, verb: usize) -> Option<Subject> {
    let before = verb.checked_sub(1)?;
    match page.tokens.word(before) {
        "he" | "she" => Some(coreference::likely_of_pronoun(page, before)),
        _ => coreference::clause_subject(page, verb).or_else(|| {
            let start = page.tokens_of(coreference::someone_at(page, before)?).start;
            coreference::named_at(page, before).filter(|_| !coreference::is_inner(page, start))
        }),
    }
}

/// The person before the comma at a token, unless the comma parts a list: in "Edgar, Mara, a baker, and I" Mara may be no baker.
fn apposed_to(page: &Page<'_>, comma: usize) -> Option<(Subject, usize)> {
    let mention = coreference::someone_at(page, comma.checked_sub(1)?)?;
    let start = page.tokens_of(mention).start;
    let is_listed = matches!(page.tokens.word(start.wrapping_sub(1)), "," | "and" | "of" | "with");
    (!is_listed).then(|| (Subject::Known(mention.name.clone()), start))
}

/// Mara the baker; Mara, the (old) baker, …; the baker, Mara, …; the baker Mara.
fn by_name(page: &Page<'_>, index: usize) -> Option<(Subject, usize)> {
    let first = page.clause(index).start.max(index.saturating_sub(2));
    let article = (first..index).rev().find(|at| matches!(page.tokens.word(*at), "the" | "our"))?;
    if page.is_spoken(index) {
        return None;
    }
    let before = article.checked_sub(1);
    if let Some(mention) = before.and_then(|before| coreference::someone_at(page, before)) {
        return Some((Subject::Known(mention.name.clone()), page.tokens_of(mention).start));
    }
    let after = page.tokens.word(index + 1);
    if let Some(comma) = before.filter(|before| page.tokens.word(*before) == "," && ends_apposition(page, index + 1))
        && let Some(found) = apposed_to(page, comma)
    {
        return Some(found);
    }
    let mention = coreference::someone_at(page, index + 1 + usize::from(after == ","))?;
    let end = page.tokens_of(mention).end;
    let is_whole = after != "," || ends_apposition(page, end);
    (is_whole && !page.tokens.is_possessive(end)).then(|| (Subject::Known(mention.name.clone()), article))
}

/// A comma that no further name or "and" follows, or the end of the clause.
fn ends_apposition(page: &Page<'_>, index: usize) -> bool {
    match page.tokens.word(index) {
        "," => !matches!(page.tokens.word(index + 1), "and" | "or" | "the" | "a" | "an") && !page.tokens.is_capital(index + 1),
        _ => page.tokens.is_clause_end(index),
    }
}
