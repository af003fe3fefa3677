//! Limbs, eyes and fingers that are missing, lame legs, and scars, with their side.

use super::lexicon::WordSet;
use super::page::Page;
use super::tokens::TokenRange;
use super::value::{Side, Value};
use super::{Assertion, Subject, coreference, hedge};
use std::sync::LazyLock;

/// How a limb is said to be gone.
static LOSSES: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "cut missing gone lost amputated wanting stump wooden timber severed wants lacked lacking blind lacks lame sling \
         amputate sawn sawed sleeve patch glass bad game stiff gammy crippled limp limped limping limps dragged drags dragging",
    )
});

/// What of a body has a left and a right.
static PARTS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "leg arm hand eye ear foot cheek temple jaw eyebrow shoulder wrist ankle knee hip forearm elbow thigh calf thumb palm brow breast \
         sleeve",
    )
});
/// What the skin keeps.
const MARKS: [&str; 6] = ["scar", "birthmark", "burn", "tattoo", "mole", "brand"];
/// Said of a leg that is lame, right before its side.
const LAME: [&str; 8] = ["lame", "bad", "game", "stiff", "gammy", "crippled", "withered", "limp"];

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        if matches!(page.tokens.word(index), "left" | "right")
            && let Some(part) = part_of(page, index)
        {
            sided(page, index, part, into);
        }
    }
}

/// The part of the body whose side a token tells: the noun behind it, or the one before it in "an ear, the left one" and "the leg, the left,".
fn part_of(page: &Page<'_>, side: usize) -> Option<usize> {
    if PARTS.has(page.tokens.word(side + 1)) {
        return Some(side + 1);
    }
    let after = page.tokens.word(side + 1);
    let is_apposed = page.tokens.word(side.checked_sub(2)?) == "," && page.tokens.word(side - 1) == "the";
    if !is_apposed || !(after == "one" || matches!(after, "," | "." | ";" | ")" | "—")) {
        return None;
    }
    let clause = page.clause(side);
    (side.saturating_sub(10).max(clause.start)..side - 2).rev().find(|at| PARTS.has(page.tokens.word(*at)))
}

fn sided(page: &Page<'_>, index: usize, part: usize, into: &mut Vec<Assertion>) {
    // Where the part comes first, what is said of it stands around the part.
    let anchor = if part > index { index } else { part };
    let clause = page.clause(index);
    let near = anchor.saturating_sub(8).max(clause.start)..(anchor.max(part) + 8).min(clause.end);
    let Some(attribute) = loss(page, anchor, part, TokenRange::new(near)) else { return };
    let side = if page.tokens.word(index) == "left" { Side::Left } else { Side::Right };
    let subject = owner_of_part(page, anchor);
    let words = if part > index { clause_words(page, index, &attribute) } else { TokenRange::new(part..index + 1) };
    let is_ought = should_be(page, part);
    let is_mark = attribute.contains(" on ");
    let mut assertion = page.assertion(subject, attribute, Value::Side(side), words);
    let (from, to) = (part.min(index), part.max(index) + 1);
    if is_ought {
        assertion.hedged = hedge::is_denied(page, index) || hedge::is_question(page, index);
    } else if is_mark {
        // What the cold turned blue is still on the same side.
        assertion.hedged = hedge::is_doubted(page, TokenRange::new(from..to));
    }
    into.push(assertion);
}

/// Whose a part of the body is: by the "his" or "Mara’s" before its adjectives, else by what begins the clause.
fn owner_of_part(page: &Page<'_>, anchor: usize) -> Subject {
    let first = page.tokens.sentence(anchor).start;
    let mut before = anchor;
    while before > first && anchor - before < 3 && LAME_OR_HURT.has(page.tokens.word(before - 1)) {
        before -= 1;
    }
    match before.checked_sub(1) {
        Some(before) if matches!(page.tokens.word(before), "his" | "her" | "my" | "your") => coreference::of_pronoun(page, before),
        Some(before) if page.tokens.is_possessive(before) => match before.checked_sub(1).and_then(|name| page.person_at(name)) {
            Some(mention) => Subject::Known(mention.name.clone()),
            None => coreference::of_bare(page, anchor),
        },
        _ => sentence_owner(page, anchor),
    }
}

/// Adjectives between an owner and a side.
static LAME_OR_HURT: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "lame bad game stiff gammy crippled withered limp wounded injured poor good empty blind deaf scarred old own glass wooden burnt burned",
    )
});

/// From the word that tells the loss to the limb.
fn clause_words(page: &Page<'_>, index: usize, attribute: &str) -> TokenRange {
    let clause = page.clause(index);
    let tells = |at: &usize| {
        let word = page.tokens.word(*at);
        LOSSES.has(word) || MARKS.contains(&word) && attribute.starts_with(word)
    };
    let before = (index.saturating_sub(8).max(clause.start)..index).find(tells);
    let after = (index + 2..(index + 9).min(clause.end)).find(tells);
    match (before, after) {
        (Some(first), _) => TokenRange::new(first..index + 2),
        (None, Some(last)) => TokenRange::new(index..last + 1),
        _ => TokenRange::new(index..index + 2),
    }
}

fn sentence_owner(page: &Page<'_>, index: usize) -> Subject {
    let start = page.clause(index).start;
    match page.person_at(start) {
        Some(mention) if !page.tokens.is_possessive(page.tokens_of(mention).end) => Subject::Known(mention.name.clone()),
        _ if coreference::pronoun_gender(page.tokens.word(start)).is_some() => coreference::of_pronoun(page, start),
        _ => unnamed_owner(page, start, index).unwrap_or_else(|| coreference::of_bare(page, index)),
    }
}

/// The pedlar was lame of the left leg: it is his, whoever he is, besides those who are named.
fn unnamed_owner(page: &Page<'_>, start: usize, index: usize) -> Option<Subject> {
    let has = |at: &usize| matches!(page.tokens.word(*at), "was" | "is" | "had" | "has" | "wore");
    let verb = (start + 2..(start + 5).min(index)).find(has)?;
    let noun = verb - 1;
    let is_article = matches!(page.tokens.word(start), "the" | "a" | "an");
    let is_person = is_article && page.mention_at(noun).is_none() && !PARTS.has(page.tokens.word(noun));
    let Subject::Unclear(mut names) = coreference::of_bare(page, index) else { return None };
    let unnamed = format!("the {}", page.tokens.word(noun));
    if !names.contains(&unnamed) {
        names.push(unnamed);
    }
    is_person.then_some(Subject::Unclear(names))
}

/// Where the right ear should have been: it is gone.
fn should_be(page: &Page<'_>, part: usize) -> bool {
    let after = [1, 2, 3].map(|ahead| page.tokens.word(part + ahead));
    let ought =
        matches!(after, ["should" | "ought", "have" | "be" | "to", _] | ["had", "been", _] | ["used", "to", "be"] | ["once", "was", _]);
    let from = page.clause(part).start;
    ought && (part.saturating_sub(4).max(from)..part).any(|at| page.tokens.word(at) == "where")
}

/// Which attribute the words near a sided limb tell. `anchor` is the first of the words that name it.
fn loss(page: &Page<'_>, anchor: usize, part: usize, near: TokenRange) -> Option<String> {
    let has = |words: &[&str]| near.iter().any(|at| words.contains(&page.tokens.word(at)));
    let name = page.tokens.word(part);
    let after = page.tokens.word(part + 1);
    let verb = page.tokens.word(part + 2);
    let is_gone =
        matches!(after, "was" | "is" | "had" | "were") && matches!(verb, "missing" | "gone" | "cut" | "amputated" | "wanting" | "been");
    let before: Vec<&str> = (1..6).map(|back| page.tokens.word(anchor.wrapping_sub(back))).collect();
    let is_lost = before.iter().take(4).any(|word| {
        matches!(*word, "lost" | "stump" | "missing" | "wanting" | "lacked" | "lacking" | "amputated" | "amputate" | "sawn" | "sawed")
    });
    let is_limb = matches!(name, "leg" | "arm" | "eye" | "ear" | "foot");
    let missing = || Some(format!("missing {name}"));
    match name {
        "hand"
            if (is_lost || is_gone || before.contains(&"wanting") || before.contains(&"lost")) && has(&["finger", "fingers", "thumb"]) =>
        {
            Some("missing fingers hand".to_string())
        }
        "leg" | "arm" | "eye" | "ear" | "foot" | "hand" if is_lost && !has(&["balance", "hold", "grip", "finger", "fingers"]) => missing(),
        _ if is_limb && (is_gone && (verb != "been" || has(&["cut", "amputated", "lost"])) || should_be(page, part)) => missing(),
        "sleeve" if before[0] == "empty" || has(&["empty", "pinned"]) && has(&["arm", "pinned"]) => Some("missing arm".to_string()),
        "sleeve" => None,
        "leg" if has(&["wooden", "timber"]) && before.iter().take(2).any(|word| matches!(*word, "wooden" | "timber")) => missing(),
        "eye" if before[0] == "glass" || has(&["patch"]) && before.contains(&"patch") => missing(),
        "eye" | "ear" if before.contains(&"blind") || before.contains(&"deaf") => {
            Some(format!("blind {name}").replace("blind ear", "deaf ear"))
        }
        "leg" | "foot" | "knee" | "ankle" | "hip" if is_lame(page, anchor, &before, after, verb) => Some("lame leg".to_string()),
        "arm" if has(&["sling"]) => Some("arm in a sling".to_string()),
        _ => MARKS.iter().find(|mark| marks_part(page, part, &near, mark)).map(|mark| format!("{mark} on {name}")),
    }
}

/// Lame of the left leg; his bad left leg; dragged his right foot; limped on the left.
fn is_lame(page: &Page<'_>, anchor: usize, before: &[&str], after: &str, verb: &str) -> bool {
    let own = usize::from(matches!(before[0], "his" | "her" | "the" | "my"));
    let is_dragged = own == 1 && matches!(before[1], "dragged" | "drags" | "dragging");
    let is_limped = own == 1 && before[1] == "on" && matches!(before[2], "limped" | "limps" | "limping");
    let is_called = LAME.contains(&before[0]) && page.tokens.is_word(anchor);
    before.contains(&"lame") || is_called || is_dragged || is_limped || matches!(after, "was" | "is") && verb == "lame"
}

/// Whether a mark near a part is on it: "the scar on his left cheek", "a burn across the right hand", "his scarred left cheek".
fn marks_part(page: &Page<'_>, part: usize, near: &TokenRange, mark: &str) -> bool {
    let Some(at) = (*near).iter().find(|at| page.tokens.word(*at) == mark) else { return false };
    if mark == "scar" {
        return true;
    }
    let links =
        |at: usize| matches!(page.tokens.word(at), "on" | "across" | "over" | "down" | "above" | "below" | "under" | "along" | "of");
    at < part && (at + 1..part).any(links) && (at + 1..part).all(|at| page.tokens.is_word(at))
}
