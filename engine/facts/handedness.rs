//! Which hand someone writes with.

use super::lexicon::WordSet;
use super::page::Page;
use super::tokens::TokenRange;
use super::value::{Side, Value};
use super::{Assertion, Subject, coreference};
use std::sync::LazyLock;

/// Words that make a hand the writing hand.
static WRITING: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new("wrote write writes written writing signed signs pen pencil quill sew sews sewed scribbled scribbling painted")
});
/// Words that explain why the other hand is used for once.
static HINDRANCES: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "bandaged bandage sling injured wounded broken sprained awkwardly clumsily hurt burned burnt tied chained other practised learned taught \
         teaching learning practising sprain retrained",
    )
});

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        let word = page.tokens.word(index);
        let side = match word {
            "left" | "left-handed" | "left-hander" => Side::Left,
            "right" | "right-handed" | "right-hander" => Side::Right,
            _ => continue,
        };
        if word.len() > 5 {
            declared(page, index, side, into);
        } else if page.tokens.word(index + 1) == "hand" {
            shown(page, index, side, into);
        }
    }
}

/// Mara was left-handed; she wrote left-handed.
fn declared(page: &Page<'_>, index: usize, side: Side, into: &mut Vec<Assertion>) {
    let before = page.tokens.word(index.saturating_sub(1));
    let noun = page.tokens.word(index + 1);
    // A left-handed blow, sword or compliment says nothing of who is left-handed.
    let is_of_thing = page.tokens.is_word(index + 1)
        && matches!(noun, "blow" | "compliment" | "glove" | "stroke" | "cut" | "sword" | "scissors" | "side" | "corner");
    if is_of_thing {
        return;
    }
    let clause = page.clause(index);
    let verb = (clause.start..index).rev().find(|at| {
        matches!(page.tokens.word(*at), "was" | "is" | "am" | "are" | "been" | "wrote" | "writes" | "born") || page.tokens.word(*at) == "be"
    });
    let subject = match page.person_at(index + 1) {
        Some(mention) => Subject::Known(mention.name.clone()),
        // Being left-handed, Mara …
        None if before == "being" && page.tokens.word(index + 1) == "," && page.person_at(index + 2).is_some() => {
            page.person_at(index + 2).map_or_else(|| coreference::of_bare(page, index), |mention| Subject::Known(mention.name.clone()))
        }
        None => verb.and_then(|verb| coreference::clause_subject(page, verb)).unwrap_or_else(|| by_opening(page, index)),
    };
    let start = verb.filter(|verb| index - verb < 6).unwrap_or(index);
    let is_loose = before == "the" || before == "a";
    let mut assertion = page.assertion(subject, "handedness", Value::Side(side), TokenRange::new(start..index + 1));
    assertion.hedged |= is_loose && verb.is_none();
    into.push(assertion);
}

/// Took up the pen in her right hand.
fn shown(page: &Page<'_>, index: usize, side: Side, into: &mut Vec<Assertion>) {
    let sentence = page.tokens.sentence(index);
    let near = index.saturating_sub(9).max(sentence.start)..(index + 12).min(sentence.end);
    let writes = near.clone().find(|at| WRITING.has(page.tokens.word(*at)));
    let before = page.tokens.word(index.saturating_sub(1));
    let by = page.tokens.word(index.saturating_sub(2));
    let Some(writes) = writes.filter(|_| matches!(by, "with" | "in") || page.tokens.word(index + 2) == "wrote") else { return };
    let subject = match before {
        "his" | "her" | "my" | "your" => coreference::of_pronoun(page, index - 1),
        "the" => by_opening(page, index),
        _ => return,
    };
    let words = writes.min(index)..(index + 2).max(if writes > index { writes + 1 } else { 0 });
    let mut assertion = page.assertion(subject, "handedness", Value::Side(side), TokenRange::new(words));
    assertion.hedged = super::hedge::is_denied(page, index)
        || super::hedge::is_question(page, index)
        || near.into_iter().any(|at| HINDRANCES.has(page.tokens.word(at)));
    into.push(assertion);
}

fn by_opening(page: &Page<'_>, index: usize) -> Subject {
    let start = page.clause(index).start;
    match page.person_at(start) {
        Some(mention) if !page.tokens.is_possessive(page.tokens_of(mention).end) => Subject::Known(mention.name.clone()),
        _ if coreference::pronoun_gender(page.tokens.word(start)).is_some() => coreference::of_pronoun(page, start),
        _ => coreference::of_bare(page, index),
    }
}
