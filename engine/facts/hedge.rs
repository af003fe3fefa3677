//! What takes the ground from an assertion: not, as if, perhaps, once, a wig, moonlight, a dream, a question.

use super::lexicon::WordSet;
use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject};
use std::sync::LazyLock;

impl Page<'_> {
    /// An assertion of some words of a sentence; whether it is hedged is read off the clause.
    pub fn assertion(&self, subject: Subject, attribute: impl Into<String>, value: Value, words: TokenRange) -> Assertion {
        let sentence = self.tokens.sentence_of[words.start] as usize;
        Assertion {
            subject,
            attribute: attribute.into(),
            value,
            point: self.scene.point,
            sentence: self.scene.sentences[sentence].range.clone(),
            words: self.tokens.bytes(words),
            voice: self.voice(words.start),
            hedged: is_hedged(self, words),
        }
    }
}

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

/// Whether a word in small letters doubts, compares or supposes.
pub(crate) fn doubts(word: &str) -> bool {
    DOUBT.has(word)
}

/// Words that tell a change, a disguise or a passing light.
static CHANGE: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "once formerly longer used become became becoming turned turn turning grew grown growing faded changed changing altered went gone \
         wig wigs dyed dye dyeing bleached painted paint powder powdered disguise disguised disguises mask masked masks false sham \
         moonlight firelight lamplight candlelight torchlight starlight twilight sunset gaslight shadow shadows glow gleam dusk lightning \
         reddened ink stained smeared washed usually sometimes describe described rather",
    )
});

/// Words of the narration that make a speech no plain word.
static UNTRUTH: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "lied lie lies lying liar pretended pretending feigned joked joking jested jesting jest teased mocked mocking mockingly invented \
         falsely untruth falsehood sneered sarcastically ironically bluffed deceived deceive paid",
    )
});

/// Words that deny what follows within a few words.
static DENIAL: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new("not no never neither nor without cannot nothing nobody none hardly scarcely barely instead"));

/// Whether the words of a sentence are denied, doubted, asked, compared, changed or remembered.
pub(super) fn is_hedged(page: &Page<'_>, words: TokenRange) -> bool {
    let near = around(page, words);
    let tokens = page.tokens;
    let clause = page.clause(words.start);
    let changes = near.iter().any(|index| {
        let word = tokens.word(index);
        match word {
            "longer" => tokens.word(index.wrapping_sub(1)) == "no",
            "used" => tokens.word(index + 1) == "to",
            // A person may go or turn anywhere; hair and eyes turn and go right beside their colour.
            "went" | "gone" | "turn" | "turned" | "turning" | "shadow" | "shadows" => index + 3 >= words.start && index <= words.end + 2,
            // Rather red; but hair that was red and rather thin is red.
            "rather" => index + 3 >= words.start && index < words.end,
            _ => CHANGE.has(word),
        }
    });
    let is_lit =
        (clause.start..clause.end.max(words.end)).any(|index| tokens.word(index).ends_with("light") && CHANGE.has(tokens.word(index)));
    // Who had been lame since childhood is lame still.
    let lasts = (clause.start..clause.end.max(words.end)).any(|index| matches!(tokens.word(index), "since" | "always" | "born" | "life"));
    let was = !lasts && (words.start.saturating_sub(3).max(near.start)..words.end).any(|index| is_used_to_be(page, index));
    changes || is_lit || was || is_doubted(page, words) || words.start > 0 && tokens.word(words.start - 1) == "as"
}

/// As [`is_hedged`], for what a noun phrase takes for granted: "would his blue eyes" doubts something else than their colour. `owner` is
/// the token of "his" or "Mara’s" when there is one: "there was no pity in his blue eyes" denies something else, too.
pub(super) fn is_phrase_hedged(page: &Page<'_>, words: TokenRange, owner: Option<usize>) -> bool {
    let clause = page.clause(words.start);
    let tokens = page.tokens;
    let clause_end = clause.end.max(words.end);
    let is_lit = (clause.start..clause_end).any(|index| {
        let word = tokens.word(index);
        (word.ends_with("light") || is_guise(word)) && CHANGE.has(word)
            || matches!(word, "dream" | "dreamed" | "dreamt" | "portrait" | "ghost")
    });
    let from = words.start.saturating_sub(4).max(clause.start);
    let end = (words.end..clause_end.min(words.end + 5)).find(|index| tokens.is_mark(*index)).unwrap_or(clause_end.min(words.end + 5));
    let doubts = (from..end).any(|index| {
        let word = tokens.word(index);
        let is_before = index < words.end;
        match word {
            "had" | "once" | "longer" => {
                !is_before && (word != "had" || matches!(tokens.word(index + 1), "gone" | "turned" | "been" | "grown" | "become"))
            }
            "like" | "as" | "than" => is_before,
            "seemed" | "looked" | "could" | "would" | "should" | "might" | "thought" | "remembered" => false,
            "half" | "used" | "rather" | "hope" | "fear" | "wonder" | "must" => false,
            _ => CHANGE.has(word) && word != "shadow" || DOUBT.has(word) && is_before,
        }
    });
    let is_denied = match owner {
        None => is_denied(page, words.start),
        // "Those were not his blue eyes", "not Mara’s blue eyes".
        Some(owner) => {
            let named = owner.checked_sub(1).filter(|_| tokens.is_possessive(owner)).and_then(|name| page.mention_at(name));
            let start = named.map_or(owner, |mention| page.tokens_of(mention).start);
            (start.saturating_sub(1)..words.end).any(|index| matches!(tokens.word(index), "not" | "never" | "nor"))
        }
    };
    is_lit || doubts || is_denied
}

fn is_guise(word: &str) -> bool {
    matches!(
        word,
        "wig" | "wigs" | "dyed" | "dye" | "bleached" | "disguise" | "disguised" | "mask" | "masked" | "false" | "powder" | "powdered"
    )
}

/// The words with what stands before them in their clause, and after them up to the next comma.
fn around(page: &Page<'_>, words: TokenRange) -> TokenRange {
    let clause = page.clause(words.start);
    let clause_end = clause.end.max(words.end);
    let end = (words.end..clause_end).find(|index| page.tokens.word(*index) == ",").unwrap_or(clause_end);
    TokenRange::new(clause.start..end)
}

/// Whether the words are denied, doubted, asked or compared. A change is no doubt: who had been killed is dead.
pub(super) fn is_doubted(page: &Page<'_>, words: TokenRange) -> bool {
    has_doubt(page, words) || is_denied(page, words.start) || is_question(page, words.end - 1)
}

/// As [`is_doubted`], for what a noun phrase takes for granted: that none of her three sisters came denies something else.
pub(super) fn is_phrase_doubted(page: &Page<'_>, words: TokenRange) -> bool {
    let clause = page.clause(words.start);
    let mut before = words.start.saturating_sub(6).max(clause.start)..words.start;
    let denied = before.any(|index| is_denial(page.tokens.word(index)));
    has_doubt(page, words) || denied || is_question(page, words.end - 1)
}

fn has_doubt(page: &Page<'_>, words: TokenRange) -> bool {
    let tokens = page.tokens;
    around(page, words).iter().any(|index| {
        let word = tokens.word(index);
        let is_before = index < words.end;
        match word {
            "like" | "unlike" => index + 4 >= words.start && is_before,
            "half" | "nearly" | "almost" => index + 3 >= words.start && is_before,
            // The month of May doubts nothing.
            "may" => !tokens.is_capital(index),
            "as" => is_before && is_as_if(page, index),
            _ => {
                DOUBT.has(word)
                    && (is_before || !matches!(word, "till" | "until" | "if" | "whether" | "thought" | "wished" | "hoped" | "feared"))
            }
        }
    })
}

/// Whether a denial stands close before a token, in its clause, or inside the words.
pub(super) fn is_denied(page: &Page<'_>, token: usize) -> bool {
    let clause = page.clause(token);
    let from = token.saturating_sub(6).max(clause.start);
    (from..(token + 3).min(clause.end)).any(|index| is_denial(page.tokens.word(index)) && !is_never_forgotten(page, index))
}

/// Nobody forgot that, no one doubted that, he never denied that: what follows is true.
fn is_never_forgotten(page: &Page<'_>, denial: usize) -> bool {
    (denial + 1..denial + 5).any(|index| {
        matches!(page.tokens.word(index), "forgot" | "forget" | "forgotten" | "doubted" | "doubt" | "denied" | "deny" | "questioned")
            && page.tokens.word(index + 1) == "that"
    })
}

/// Whether the narration beside a speech tells that it is no plain word: somebody lies, jokes or pretends in that paragraph.
pub(super) fn is_untrue_speech(page: &Page<'_>, token: usize) -> bool {
    let paragraph = page.scene.sentences[page.tokens.sentence_of[token] as usize].paragraph;
    let bytes = &page.scene.paragraphs[paragraph];
    let tokens = page.tokens.at(bytes.start)..page.tokens.at(bytes.end);
    tokens.into_iter().any(|index| !page.is_spoken(index) && UNTRUTH.has(page.tokens.word(index)))
}

fn is_denial(word: &str) -> bool {
    DENIAL.has(word) || word.ends_with("n't") || word.ends_with("n’t")
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
