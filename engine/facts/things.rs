//! What things are made of and where they are kept: the brass key to the strongroom, kept in the tea caddy.

use super::lexicon::{KEEPING_PREPOSITIONS, MATERIALS, PHRASE_ENDS, THING_COLOURS, WordSet};
use super::page::Page;
use super::tokens::TokenRange;
use super::value::{Value, colour};
use super::{Assertion, Subject};
use crate::bible::{Bible, EntryKind};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Things worth telling apart by what they are made of.
static THINGS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "key keys ring box chest casket trunk case valise bag purse watch clock locket necklace bracelet brooch sword dagger knife \
         pistol gun rifle cane stick staff lamp lantern candlestick mirror cup goblet flask bottle pen pipe whistle bell door gate \
         table chair desk cabinet cupboard throne statue coin medal crown mask book ledger diary letter flag carriage coach boat ship \
         car house cottage tower stairs staircase steps rail ladder bridge wall roof helmet shield armour crutch leg hand snuff-box",
    )
});

/// What may stand between a material and its thing and yet names no kind of it.
static ADJECTIVES: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "old new little small great big large heavy long short same other own best good fine plain empty broken first second last only \
         and or of with handsome huge tiny round square flat thick thin narrow wide beautiful pretty rusty bright dull single double",
    )
});

/// Of those, what people carry about or keep in one place, so that a compound as "pantry key" names one thing. Most books have several
/// front doors and garden gates.
pub(super) static SINGLE_THINGS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "key ring casket trunk valise purse watch clock locket necklace bracelet brooch sword dagger knife pistol rifle cane lantern lamp \
         mirror goblet flask whistle bell medal crown snuff-box ladder helmet shield crutch",
    )
});

/// The bible's objects by the words of their names, in any order, without the small ones.
#[derive(Default)]
pub(super) struct Objects {
    by_words: HashMap<Vec<String>, String>,
    /// The objects of the bible whose last word is this noun.
    by_head: HashMap<String, Vec<String>>,
}

impl Objects {
    /// The objects of a bible.
    pub fn of(bible: &Bible) -> Objects {
        let mut objects = Objects::default();
        for entry in bible.entries.iter().filter(|entry| entry.kind == EntryKind::Object) {
            for name in std::iter::once(&entry.name).chain(&entry.aliases) {
                let words: Vec<String> = content_words(name.to_lowercase().split(' ')).map(str::to_string).collect();
                let head = head_of(name);
                let heads = objects.by_head.entry(head).or_default();
                if !heads.contains(&entry.name) {
                    heads.push(entry.name.clone());
                }
                objects.by_words.entry(sorted(words)).or_insert_with(|| entry.name.clone());
            }
        }
        objects
    }
}

fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words
}

fn content_words<'a>(words: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    words.filter(|word| !matches!(*word, "the" | "a" | "an" | "of" | "to" | "for" | "his" | "her" | "its" | "from" | "in" | ""))
}

/// The noun a name is about: `key` of "the key to the strongroom" and of "strongroom key".
fn head_of(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(' ').collect();
    let stop = words.iter().position(|word| matches!(*word, "of" | "to" | "for" | "from" | "in")).unwrap_or(words.len());
    words[..stop].last().map_or(String::new(), |word| (*word).to_string())
}

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, objects: &Objects, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        let word = page.tokens.word(index);
        if MATERIALS.has(word) || THING_COLOURS.has(word) {
            if !predicated(page, objects, index, into) {
                material(page, objects, index, into);
            }
        } else if matches!(word, "kept" | "hidden" | "stored" | "lived") {
            kept(page, objects, index, into);
        }
    }
}

/// A thing a phrase names: its noun, the words of the phrase, and whose assertion it is.
struct Thing {
    words: TokenRange,
    subject: Option<Subject>,
}

/// The thing whose noun stands at a token: "key to the strongroom", "strongroom key", or an object of the bible.
fn thing(page: &Page<'_>, objects: &Objects, start: usize, noun: usize) -> Thing {
    let mut end = noun + 1;
    let mut words: Vec<String> = (start..=noun).map(|index| page.tokens.word(index).to_string()).collect();
    if matches!(page.tokens.word(end), "to" | "of" | "for") && page.tokens.word(end + 1) == "the" && page.tokens.is_word(end + 2) {
        words.push(page.tokens.word(end + 2).to_string());
        end += 3;
    }
    let content: Vec<String> = words.into_iter().filter(|word| !MATERIALS.has(word) && !THING_COLOURS.has(word)).collect();
    let key = sorted(content_words(content.iter().map(String::as_str)).map(str::to_string).collect());
    let subject = match objects.by_words.get(&key) {
        Some(name) => Some(Subject::Known(name.clone())),
        None if key.len() >= 2 && end > noun + 1 => {
            let linked = page.tokens.word(end - 1);
            Some(Subject::Known(format!("{linked} {}", page.tokens.word(noun))))
        }
        None => {
            compound(page, start, noun).or_else(|| objects.by_head.get(page.tokens.word(noun)).map(|names| Subject::Unclear(names.clone())))
        }
    };
    Thing { words: TokenRange::new(start..end), subject }
}

/// "Pantry key" of "the brass pantry key": behind a material stands no adjective any more, but a noun that tells which key it is.
fn compound(page: &Page<'_>, start: usize, noun: usize) -> Option<Subject> {
    let kind = noun.checked_sub(1).filter(|kind| *kind >= start)?;
    let word = page.tokens.word(kind);
    let is_noun = page.tokens.is_word(kind)
        && page.mention_at(kind).is_none()
        && !(MATERIALS.has(word) || THING_COLOURS.has(word) || ADJECTIVES.has(word) || word.contains('-') || word.ends_with("ed"));
    (is_noun && SINGLE_THINGS.has(page.tokens.word(noun))).then(|| Subject::Known(format!("{word} {}", page.tokens.word(noun))))
}

/// The pantry key was brass, and quite plain; he had the pantry key in his hand, a brass one. Whether it was read so.
fn predicated(page: &Page<'_>, objects: &Objects, index: usize, into: &mut Vec<Assertion>) -> bool {
    let sentence = page.tokens.sentence(index);
    let word = page.tokens.word(index);
    let is_one = page.tokens.word(index + 1) == "one";
    let ends = page.tokens.is_mark(index + 1 + usize::from(is_one)) || matches!(page.tokens.word(index + 1), "and" | "but");
    let has_article = matches!(page.tokens.word(index.wrapping_sub(1)), "a" | "an");
    if !ends || is_one != has_article || THING_COLOURS.has(word) || index < sentence.start + 3 {
        return false;
    }
    let Some((noun, subject)) = (if is_one { only_thing_before(page, objects, index) } else { subject_thing(page, objects, index) }) else {
        return false;
    };
    let mut assertion =
        page.assertion(subject, "material", Value::Words(word.to_string()), TokenRange::new(noun..index + 1 + usize::from(is_one)));
    // A copy, another, one like it: not the thing itself.
    assertion.hedged |= (sentence.start..index).any(|at| matches!(page.tokens.word(at), "copy" | "another" | "other" | "new" | "second"));
    into.push(assertion);
    true
}

/// The thing that begins the sentence in "The pantry key was brass".
fn subject_thing(page: &Page<'_>, objects: &Objects, index: usize) -> Option<(usize, Subject)> {
    let verb = index.checked_sub(1).filter(|verb| matches!(page.tokens.word(*verb), "was" | "is"))?;
    let first = page.clause(verb).start;
    thing_ending(page, objects, first, verb).filter(|(start, _)| *start <= first + 1).map(|(_, subject)| (verb, subject))
}

/// The only compound thing that the sentence names before "it was a brass one".
fn only_thing_before(page: &Page<'_>, objects: &Objects, index: usize) -> Option<(usize, Subject)> {
    let sentence = page.tokens.sentence(index);
    let mut found = (sentence.start + 1..index).filter(|noun| SINGLE_THINGS.has(page.tokens.word(*noun)));
    let noun = found.next().filter(|_| found.next().is_none())?;
    let (_, subject) = thing_ending(page, objects, sentence.start, noun + 1)?;
    Some((index, subject))
}

/// The silver key to the strongroom; it was a brass key.
fn material(page: &Page<'_>, objects: &Objects, index: usize, into: &mut Vec<Assertion>) {
    let word = page.tokens.word(index);
    let sentence = page.tokens.sentence(index);
    let mut noun = index + 1;
    while noun < sentence.end && noun < index + 3 && page.tokens.is_word(noun) && !is_thing(page, objects, noun) {
        noun += 1;
    }
    if noun >= sentence.end || !is_thing(page, objects, noun) || page.tokens.is_possessive(noun + 1) {
        return;
    }
    let before = page.tokens.word(index.saturating_sub(1));
    if !matches!(
        before,
        "the" | "a" | "an" | "her" | "his" | "my" | "its" | "," | "old" | "little" | "small" | "great" | "big" | "heavy" | "long" | "only"
    ) {
        return;
    }
    let Some(subject) = (match it_before(page, objects, index) {
        Some(subject) if matches!(before, "a" | "an") => Some(subject),
        _ => thing(page, objects, index, noun).subject,
    }) else {
        return;
    };
    let words = index..thing(page, objects, index, noun).words.end;
    let colours = THING_COLOURS.has(word);
    let value = if colours { colour("colour", &[word]) } else { Some(Value::Words(word.to_string())) };
    let Some(value) = value else { return };
    let attribute = if colours { "colour" } else { "material" };
    let mut assertion = page.assertion(subject, attribute, value, TokenRange::new(words));
    // "A silver key" that is new to the story need not be the one the bible knows.
    assertion.hedged |= matches!(before, "a" | "an") && matches!(assertion.subject, Subject::Unclear(_));
    into.push(assertion);
}

fn is_thing(page: &Page<'_>, objects: &Objects, noun: usize) -> bool {
    let word = page.tokens.word(noun);
    THINGS.has(word) || objects.by_head.contains_key(word)
}

/// "It was a brass key": the thing that the sentence before, or the one before that, began with.
fn it_before(page: &Page<'_>, objects: &Objects, index: usize) -> Option<Subject> {
    let sentence = page.tokens.sentence(index);
    let is_it = page.tokens.word(sentence.start) == "it"
        && matches!(page.tokens.word(sentence.start + 1), "was" | "is")
        && index < sentence.start + 5;
    if !is_it {
        return None;
    }
    let from = page.paragraph_before(sentence.start);
    let noun_word = (index + 1..sentence.end.min(index + 4)).find(|noun| is_thing(page, objects, *noun))?;
    let noun = from.iter().rev().find(|at| page.tokens.word(*at) == page.tokens.word(noun_word))?;
    thing(page, objects, noun.saturating_sub(1), noun).subject
}

/// The strongroom key was kept in the tea caddy; the clock case, where the strongroom key had always been kept.
fn kept(page: &Page<'_>, objects: &Objects, verb: usize, into: &mut Vec<Assertion>) {
    let clause = page.clause(verb);
    let mut end = verb;
    // "The key, which was kept …", "kept, as ever, in …".
    while end > clause.start
        && matches!(
            page.tokens.word(end - 1),
            "was" | "were" | "is" | "had" | "been" | "always" | "has" | "ever" | "usually" | "be" | "still" | "which" | ","
        )
    {
        end -= 1;
    }
    if end == verb || end == clause.start || !page.tokens.is_word(end - 1) {
        return;
    }
    let Some((start, subject)) = thing_ending(page, objects, clause.start, end) else { return };
    let is_aside = page.tokens.word(verb + 1) == "," && page.tokens.word(verb + 2) == "as" && page.tokens.word(verb + 4) == ",";
    let preposition = if is_aside { verb + 5 } else { verb + 1 };
    let (place, words) = if KEEPING_PREPOSITIONS.has(page.tokens.word(preposition)) {
        let phrase = phrase_after(page, preposition + 1);
        (phrase, start..phrase.end)
    } else if page.tokens.word(start.saturating_sub(1)) == "where" {
        let Some(place) = place_before(page, clause.start, start - 1) else { return };
        (place, place.start..verb + 1)
    } else {
        return;
    };
    if place.is_empty() {
        return;
    }
    let value = Value::Words(page.scene.prose[page.tokens.bytes(place)].to_string());
    let mut assertion = page.assertion(subject, "kept in", value, TokenRange::new(words));
    // "Had always been kept" is the very thing this attribute is about.
    assertion.hedged = super::hedge::is_denied(page, verb) || super::hedge::is_question(page, verb) || is_moved(page, verb);
    into.push(assertion);
}

/// Now, since then, instead: the thing has another place than it had.
fn is_moved(page: &Page<'_>, verb: usize) -> bool {
    page.tokens
        .sentence(verb)
        .iter()
        .any(|index| matches!(page.tokens.word(index), "now" | "nowadays" | "since" | "instead" | "henceforth" | "thereafter"))
}

/// The thing whose phrase ends before a token: "the strongroom key", "the key to the strongroom".
fn thing_ending(page: &Page<'_>, objects: &Objects, first: usize, end: usize) -> Option<(usize, Subject)> {
    let from = end.saturating_sub(6).max(first);
    for start in from..end {
        let bytes = page.tokens.bytes(TokenRange::new(start..end));
        let phrase: Vec<String> = content_words(page.scene.prose[bytes].to_lowercase().split(' ')).map(str::to_string).collect();
        if let Some(name) = objects.by_words.get(&sorted(phrase)) {
            return Some((start, Subject::Known(name.clone())));
        }
    }
    let determiner = (from..end).rev().find(|index| page.tokens.word(*index) == "the")?;
    let is_compound = end - determiner == 3 && THINGS.has(page.tokens.word(end - 1)) && page.mention_at(end - 2).is_none();
    let name = page.scene.prose[page.tokens.bytes(TokenRange::new(determiner + 1..end))].to_lowercase();
    is_compound.then_some((determiner, Subject::Known(name)))
}

/// The noun phrase that begins at a token.
fn phrase_after(page: &Page<'_>, start: usize) -> TokenRange {
    let end = page.tokens.sentence(start.min(page.tokens.all.len() - 1)).end;
    let mut last = start;
    while last < end && last - start < 9 && !page.tokens.is_mark(last) && !PHRASE_ENDS.has(page.tokens.word(last)) {
        last += 1;
    }
    TokenRange::new(start..last)
}

/// The noun phrase after the preposition that stands before "where".
fn place_before(page: &Page<'_>, first: usize, place_end: usize) -> Option<TokenRange> {
    let end = if page.tokens.word(place_end.checked_sub(1)?) == "," { place_end - 1 } else { place_end };
    let preposition = (first..end)
        .rev()
        .find(|index| matches!(page.tokens.word(*index), "into" | "in" | "on" | "under" | "to" | "behind" | "inside" | "from" | "at"))?;
    (preposition + 1 < end).then_some(TokenRange::new(preposition + 1..end))
}
