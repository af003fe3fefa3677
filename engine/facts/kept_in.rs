//! Where things were put, and where they are found again without anybody having moved them: put into her basket, and then taken from the shelf
//! on which they had left it.
//!
//! Only the two sentences next to each other in the story are compared: whoever names the thing between them may have moved it. What was
//! left somewhere (“which they had left on its shelf”) is held against an earlier chapter too; what merely lies or is taken somewhere only
//! within its chapter, because off the page things are carried about.

use super::lexicon::{PHRASE_ENDS, WordSet};
use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject, Voice, hedge, quotation};
use crate::manuscript::{Series, StoryPoint};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The attribute of the two assertions of a pair.
const ATTRIBUTE: &str = "where it lies";

/// Chapters that may lie between where a thing was put and where it is said to have been left.
const CHAPTERS_APART: usize = 2;

/// Words of a thing's phrase, its article included: “the small dark brass key”.
const MAX_WORDS: usize = 5;

static PUT: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "put puts placed places laid lays set sets hid hides hidden stowed stuffed slipped thrust dropped locked packed left leaves hung hangs \
         stored buried tucked slid",
    )
});
static TAKEN: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new("took takes drew draws seized snatched fetched pulled lifted produced dug fished picked got"));
static LIES: LazyLock<WordSet> = LazyLock::new(|| WordSet::new("lay lies stood stands hung hangs rested rests was is"));
static INTO: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new("in into inside on onto upon under underneath beneath behind beside within among at"));
static DETERMINERS: LazyLock<WordSet> = LazyLock::new(|| WordSet::new("the his her their my our its this that your"));

/// No thing that stays where it is put.
static NO_THINGS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "hand hands arm arms finger fingers head face foot feet leg legs eye eyes ear ears lips mouth knee knees chin cheek back body heart \
         mind soul matter question way time life thing end side rest place weight trust hope faith blame stress emphasis bet money name word \
         words man woman boy girl child baby dog cat horse one other others two three first last door window fire light lamp candle sun \
         table chair seat cup glass plate tray food bread water wine pen spoon fork hat coat cloak boots shoes gloves paper papers book books",
    )
});

/// Held, not put.
static HELD: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "hand hands arm arms lap mouth teeth finger fingers palm palms fist fists grasp grip knee knees head neck shoulder shoulders face ear \
         ears feet foot lips back way order place front charge end time peace company midst air world name mind care keeping",
    )
});

/// Carried on the body or in what goes along.
static CARRIED: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "pocket pockets coat jacket waistcoat vest bosom apron sleeve cloak gown dress trousers belt bag handbag satchel knapsack basket purse \
         pouch haversack saddlebag saddlebags rucksack backpack reticule muff shirt tunic robe bundle wallet boot girdle sash breast",
    )
});

/// So wide that another place may lie within it.
static WIDE: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "room house kitchen hall cabin study library bedroom parlour tent garden yard stable barn office shop street road ground floor earth \
         grass dark corner water sand snow wood woods field ship boat car carriage cart wagon town city village castle church tower camp cave \
         island shore beach chamber apartment flat",
    )
});

/// What a sentence says of where a thing is.
pub(super) struct Placing {
    /// The thing's noun, in lower case.
    thing: String,
    /// What is said, with the place as its value.
    said: Assertion,
    /// Whether it puts the thing there; else it is found or was left there.
    is_put: bool,
    /// Whether it says where somebody had left it.
    was_left: bool,
}

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Placing>) {
    for index in 0..page.tokens.all.len() {
        let word = page.tokens.word(index);
        if PUT.has(word) {
            into.extend(put(page, index).or_else(|| left(page, index)));
        } else if TAKEN.has(word) {
            into.extend(taken(page, index));
        } else if LIES.has(word) {
            into.extend(lies(page, index));
        }
    }
}

/// “put the oilcan in her basket”
fn put(page: &Page<'_>, verb: usize) -> Option<Placing> {
    let thing = thing_from(page, verb + 1)?;
    let place = place_at(page, thing.end)?;
    placing(page, thing, place, verb, true, false)
}

/// “the oilcan, which they had left on its shelf”
fn left(page: &Page<'_>, verb: usize) -> Option<Placing> {
    let place = place_at(page, verb + 1)?;
    let start = page.clause(verb).start;
    let which = (start.max(verb.saturating_sub(6))..verb).rev().find(|index| matches!(page.tokens.word(*index), "which" | "that"))?;
    let is_before = (which + 1..verb).any(|index| matches!(page.tokens.word(index), "had" | "have" | "has" | "was" | "were"));
    let end = if page.tokens.word(which.checked_sub(1)?) == "," { which - 1 } else { which };
    let thing = thing_to(page, start, end)?;
    is_before.then(|| placing(page, thing, place, verb, false, true))?
}

/// “took the oilcan from the shelf”
fn taken(page: &Page<'_>, verb: usize) -> Option<Placing> {
    let particle = usize::from(matches!(page.tokens.word(verb + 1), "up" | "out" | "down"));
    let thing = thing_from(page, verb + 1 + particle)?;
    let from = match (page.tokens.word(thing.end), page.tokens.word(thing.end + 1)) {
        ("from", _) => thing.end + 1,
        ("out", "of") => thing.end + 2,
        _ => return None,
    };
    let place = phrase(page, from)?;
    placing(page, thing, place, verb, false, false)
}

/// “the oilcan lay on the shelf”, “the oilcan still lay there, on the shelf”
fn lies(page: &Page<'_>, verb: usize) -> Option<Placing> {
    let is_still = |index: usize| page.tokens.word(index) == "still";
    let end = if verb > 0 && is_still(verb - 1) { verb - 1 } else { verb };
    let thing = thing_to(page, page.clause(verb).start, end)?;
    // “The key to the bureau hung on a nail”: not the bureau.
    let before = thing.start.checked_sub(1).map_or("", |before| page.tokens.word(before));
    if INTO.has(before) || matches!(before, "to" | "of" | "from" | "with") {
        return None;
    }
    let place = place_at(page, if is_still(verb + 1) { verb + 2 } else { verb + 1 })?;
    placing(page, thing, place, verb, false, end < verb || is_still(verb + 1))
}

fn placing(page: &Page<'_>, thing: TokenRange, place: TokenRange, verb: usize, is_put: bool, was_left: bool) -> Option<Placing> {
    let noun = page.tokens.word(thing.end - 1).to_string();
    let is_held = place.iter().any(|index| HELD.has(page.tokens.word(index)));
    if NO_THINGS.has(&noun) || noun.len() < 3 || is_held || page.voice(verb) != Voice::Narration {
        return None;
    }
    let value = Value::Words(page.scene.prose[page.tokens.bytes(place)].to_string());
    let words = thing.start.min(place.start)..thing.end.max(place.end);
    let subject = Subject::Known(format!("the {noun}"));
    let mut said = page.assertion(subject, ATTRIBUTE, value, TokenRange::new(words));
    said.hedged = hedge::is_denied(page, verb) || hedge::is_question(page, verb);
    (!said.hedged).then_some(Placing { thing: noun, said, is_put, was_left })
}

/// The phrase of a thing that begins with an article or a possessive.
fn thing_from(page: &Page<'_>, first: usize) -> Option<TokenRange> {
    if !DETERMINERS.has(page.tokens.word(first)) {
        return None;
    }
    let words = (first + 1..first + MAX_WORDS).take_while(|index| is_part(page, *index)).count();
    (words > 0).then_some(TokenRange::new(first..first + 1 + words))
}

fn is_part(page: &Page<'_>, index: usize) -> bool {
    page.tokens.is_word(index) && !page.tokens.is_capital(index) && !is_end(page.tokens.word(index))
}

/// The phrase of a thing that ends before a token.
fn thing_to(page: &Page<'_>, start: usize, end: usize) -> Option<TokenRange> {
    let first = (start.max(end.saturating_sub(MAX_WORDS))..end).rev().find(|index| DETERMINERS.has(page.tokens.word(*index)))?;
    (first + 1 < end && (first + 1..end).all(|index| is_part(page, index))).then_some(TokenRange::new(first..end))
}

fn is_end(word: &str) -> bool {
    PHRASE_ENDS.has(word)
        || INTO.has(word)
        || matches!(word, "from" | "out" | "of" | "to" | "away" | "back" | "down" | "up" | "off" | "there" | "here")
}

/// The place that begins with a preposition at a token.
fn place_at(page: &Page<'_>, preposition: usize) -> Option<TokenRange> {
    INTO.has(page.tokens.word(preposition)).then(|| phrase(page, preposition + 1))?
}

/// A place: an article or a possessive, and what follows it.
fn phrase(page: &Page<'_>, first: usize) -> Option<TokenRange> {
    let is_named = page.tokens.is_possessive(first + 1);
    if !DETERMINERS.has(page.tokens.word(first)) && !matches!(page.tokens.word(first), "a" | "an") && !is_named {
        return None;
    }
    let end = page.tokens.sentence(first).end.min(first + 9);
    let is_part = |index: &usize| !page.tokens.is_mark(*index) && !PHRASE_ENDS.has(page.tokens.word(*index));
    let words = (first..end).take_while(is_part).count();
    (words > 1).then_some(TokenRange::new(first..first + words))
}

/// The pairs of sentences, in the order of the story, that put a thing somewhere and find it elsewhere although nobody has named it in between.
pub(super) fn misplaced(series: &Series, all: Vec<Placing>) -> Vec<Assertion> {
    let mut last: HashMap<String, Placing> = HashMap::new();
    let mut pairs = Vec::new();
    for now in all {
        let before = last.remove(&now.thing);
        if let Some(before) = before.filter(|_| !now.is_put)
            && is_near(&before, &now)
            && differ(&before.said.value.to_string(), &now.said.value.to_string())
            && !is_named_between(series, &before.said, &now.said, &now.thing)
        {
            pairs.extend([before.said.clone(), now.said.clone()]);
        }
        last.insert(now.thing.clone(), now);
    }
    pairs
}

fn is_near(before: &Placing, now: &Placing) -> bool {
    let (one, two) = (before.said.point, now.said.point);
    let apart = if now.was_left { CHAPTERS_APART } else { 0 };
    before.is_put && one.book == two.book && two.chapter - one.chapter <= apart
}

/// Whether one place is carried along and the other stays, or both stay and are narrow, and they share no word.
fn differ(one: &str, two: &str) -> bool {
    let words = |place: &str| -> Vec<String> {
        let folded = place.to_lowercase();
        folded
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| word.len() > 2 && !DETERMINERS.has(word))
            .map(str::to_string)
            .collect()
    };
    let (one, two) = (words(one), words(two));
    let any = |words: &[String], set: &WordSet| words.iter().any(|word| set.has(word));
    let is_carried = (any(&one, &CARRIED), any(&two, &CARRIED));
    let both_narrow = !any(&one, &WIDE) && !any(&two, &WIDE);
    !one.is_empty()
        && !two.is_empty()
        && one.iter().all(|word| !two.contains(word))
        && (is_carried.0 != is_carried.1 || !is_carried.0 && both_narrow)
}

/// Whether the narration between two assertions has the word. Whoever only speaks of a thing does not move it.
fn is_named_between(series: &Series, before: &Assertion, now: &Assertion, word: &str) -> bool {
    let book = &series.books[now.point.book];
    let scenes = book.chapters[before.point.chapter..=now.point.chapter].iter().flat_map(|chapter| &chapter.scenes);
    scenes.filter(|scene| scene.point >= before.point && scene.point <= now.point).any(|scene| {
        let start = if scene.point == before.point { before.sentence.end } else { 0 };
        let end = if scene.point == now.point { now.sentence.start } else { scene.prose.len() };
        let folded = scene.prose.to_ascii_lowercase();
        let is_word = |at: &usize| (start..end).contains(at) && !folded[..*at].ends_with(char::is_alphabetic);
        let mut named = folded.match_indices(word).map(|(at, _)| at).filter(is_word).peekable();
        if named.peek().is_none() {
            return false;
        }
        let spoken = quotation::ranges(scene);
        named.any(|at| !spoken.iter().any(|(_, range)| range.contains(&at)))
    })
}

/// The order of the story, which parallel reading keeps by scene.
pub(super) fn in_order(all: &mut [Placing]) {
    all.sort_by_key(|placing| -> (StoryPoint, usize) { (placing.said.point, placing.said.words.start) });
}
