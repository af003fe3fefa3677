//! What takes the ground from an assertion: not, as if, perhaps, once, a wig, moonlight, a dream, a question.

use super::lexicon::WordSet;
use super::page::Page;
use std::ops::Range;
use std::sync::LazyLock;

/// Words that doubt, compare or suppose, anywhere in the clause.
static DOUBT: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "if whether perhaps maybe possibly probably almost nearly might may could would should seemed seems seem seeming appeared \
         appears apparently supposed suppose imagine imagined fancied fancy fancies pretended pretend pretending feigned like unless \
         supposedly allegedly rumour rumoured believed believe thought think guess guessed half unlike wish wished hoped hope feared fear \
         dream dreamed dreamt dreams dreaming remembered remember recalled ghost ghosts spirit spectre phantom vision portrait picture statue \
         photograph painting miniature imagining must till until wonder wondered",
    )
});

/// Words that tell a change, a disguise or a passing light.
static CHANGE: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "once formerly longer used become became becoming turned turn turning grew grown growing faded changed changing altered went gone \
         wig wigs dyed dye dyeing bleached painted paint powder powdered disguise disguised disguises mask masked masks false sham \
         moonlight firelight lamplight candlelight torchlight starlight twilight sunset gaslight shadow shadows glow gleam dusk lightning \
         reddened bloodshot ink stained smeared washed usually sometimes describe described rather",
    )
});

/// Words that deny what follows within a few words.
static DENIAL: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new("not no never neither nor without cannot nothing nobody none hardly scarcely barely instead"));

/// Whether the words of a sentence are denied, doubted, asked, compared, changed or remembered.
pub(super) fn is_hedged(page: &Page<'_>, words: Range<usize>) -> bool {
    let clause = page.clause(words.start);
    let clause = clause.start..clause.end.max(words.end);
    let tokens = page.tokens;
    let changes = clause.clone().any(|index| CHANGE.has(tokens.word(index)) || is_used_to_be(page, index));
    changes || is_doubted(page, words.clone()) || tokens.word(words.start.saturating_sub(1)) == "as"
}

/// Whether the words are denied, doubted, asked or compared. A change is no doubt: who had been killed is dead.
pub(super) fn is_doubted(page: &Page<'_>, words: Range<usize>) -> bool {
    let clause = page.clause(words.start);
    let mut clause = clause.start..clause.end.max(words.end);
    let tokens = page.tokens;
    let doubts = clause.any(|index| {
        let word = tokens.word(index);
        // The month of May doubts nothing.
        DOUBT.has(word) && !(word == "may" && tokens.is_capital(index)) || is_as_if(page, index)
    });
    doubts || is_denied(page, words.start) || is_question(page, words.end - 1)
}

/// Whether a denial stands close before a token, in its clause, or inside the words.
pub(super) fn is_denied(page: &Page<'_>, token: usize) -> bool {
    let clause = page.clause(token);
    let from = token.saturating_sub(6).max(clause.start);
    (from..(token + 3).min(clause.end)).any(|index| {
        let word = page.tokens.word(index);
        DENIAL.has(word) || word.ends_with("n't") || word.ends_with("n’t")
    })
}

/// Whether the sentence, or the part of it up to the closing quote, is a question.
pub(super) fn is_question(page: &Page<'_>, token: usize) -> bool {
    let sentence = page.tokens.sentence(token);
    let end = (token..sentence.end).find(|index| matches!(page.tokens.word(*index), "?" | "!" | ";" | "." | "”" | "\""));
    end.is_some_and(|index| page.tokens.word(index) == "?")
}

fn is_as_if(page: &Page<'_>, index: usize) -> bool {
    page.tokens.word(index) == "as" && matches!(page.tokens.word(index + 1), "if" | "though")
}

/// Had been, has been: so it was before, and may be otherwise now.
fn is_used_to_be(page: &Page<'_>, index: usize) -> bool {
    matches!(page.tokens.word(index), "had" | "has" | "have") && matches!(page.tokens.word(index + 1), "been" | "once")
}
