//! Ranks before names: Captain Dacre.

use super::lexicon::rank;
use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject};
use crate::bible::EntryKind;

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for mention in page.mentions.iter().filter(|mention| mention.kind == EntryKind::Character) {
        let own = page.tokens_of(mention);
        let before = own.start.saturating_sub(1);
        let dotted = page.tokens.word(before) == "." && own.start > 1;
        let places = [own.start, before, if dotted { before - 1 } else { before }];
        let found = places.into_iter().find(|place| page.tokens.is_capital(*place) && rank(page.tokens.word(*place)).is_some());
        let Some((place, (title, ladder))) = found.and_then(|place| rank(page.tokens.word(place)).map(|found| (place, found))) else {
            continue;
        };
        // A rank alone, or one of another's words, is no title of this name.
        if place == own.start && own.iter().len() < 2 || page.tokens.sentence_of[place] != page.tokens.sentence_of[own.start] {
            continue;
        }
        let subject =
            if mention.is_ambiguous { Subject::Unclear(vec![mention.name.clone()]) } else { Subject::Known(mention.name.clone()) };
        let mut assertion = page.assertion(subject, "title", Value::Words(title.to_string()), TokenRange::new(place..own.end));
        // A family shares its peerage, and the heir takes his father's title.
        assertion.hedged = ladder == "peerage"
            || matches!(
                page.tokens.word(place.saturating_sub(1)),
                "as" | "ex" | "then" | "future" | "called" | "not" | "former" | "promoted"
            );
        into.push(assertion);
    }
}
