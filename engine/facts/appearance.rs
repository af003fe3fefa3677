//! Eyes, hair and beards with their colours.

use super::lexicon::{self, BODY_PARTS, SPEECH_VERBS, WordSet};
use super::page::Page;
use super::tokens::TokenRange;
use super::value::{Value, colour, colour_words};
use super::{Assertion, Subject, coreference, hedge};
use crate::bible::EntryKind;
use std::sync::LazyLock;

/// Words that may stand between an owner and its eyes without being the owner.
static CHAIN_STOPS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "the a an his her my your their our its with of in and had has have was were is are by into from to at on for whose that which \
         two both these those over under upon round about through behind between than like no without some any",
    )
});
/// What stands between an article and the noun it measures.
static MEASURES: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new("of pair strand lock mass wealth head shock a two mop quantity tangle crop coil braid plait fringe cloud great deal lot")
});
/// Colours eyes have from weeping, drink or anger, and not from birth.
static PASSING_EYE_COLOURS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new("red white pink yellow scarlet crimson purple fiery orange fair snow-white silver silvery golden gold faded copper")
});
/// What somebody does with their own eyes.
static EYE_MOVES: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "lift lifts lifted raise raises raised turn turns turned fix fixes fixed lower lowers lowered drop drops dropped open opens opened \
         close closes closed shut shuts roll rolls rolled cast casts bend bends bent blink blinks blinked narrow narrows narrowed",
    )
});
/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        let word = page.tokens.word(index);
        match word {
            "eyes" | "eye" => coloured(page, index, "eye colour", into),
            "hair" | "locks" | "curls" | "tresses" | "ringlets" | "braids" => coloured(page, index, "hair colour", into),
            "beard" | "whiskers" => coloured(page, index, "beard colour", into),
            "moustache" | "mustache" | "moustaches" => coloured(page, index, "moustache colour", into),
            _ if word.ends_with("-eyed") || word.ends_with("-haired") || word.ends_with("-bearded") => compound(page, index, into),
            _ => {}
        }
    }
}

fn coloured(page: &Page<'_>, noun: usize, attribute: &str, into: &mut Vec<Assertion>) {
    // The word after a noun that modifies another, as in "hair ribbon", owns the colour.
    let chain = chain_before(page, noun);
    let attributive = colours_in(page, chain, attribute).map(|value| (value, TokenRange::new(chain.start..noun + 1)));
    let is_predicate = attributive.is_none();
    let Some((value, words)) = attributive.or_else(|| predicate(page, noun, attribute)) else { return };
    // An apposition takes its colour for granted, as an adjective does.
    let is_attributive = !is_predicate || page.tokens.word(noun + 1) == "," && behind_insertion(page, noun).is_none_or(|at| at > words.end);
    if page.tokens.word(noun) == "eye" && page.tokens.word(noun.saturating_sub(1)) == "black" {
        return;
    }
    let Some(subject) = owner_before(page, chain.start, noun) else { return };
    let mut assertion = page.assertion(subject, attribute, value, words);
    if is_attributive {
        assertion.hedged = hedge::is_phrase_hedged(page, words, possessor_before(page, words.start));
    }
    if matches!(page.tokens.word(noun + 1), "of" | "ribbon" | "ribbons" | "pin" | "net") {
        assertion.hedged = true;
    }
    into.push(assertion);
}

/// The "his" or the possessive ending right before a phrase.
fn possessor_before(page: &Page<'_>, start: usize) -> Option<usize> {
    let before = start.checked_sub(1)?;
    let is_pronoun = matches!(page.tokens.word(before), "his" | "her" | "my" | "your");
    (is_pronoun || page.tokens.is_possessive(before)).then_some(before)
}

/// The adjectives right before a noun.
fn chain_before(page: &Page<'_>, noun: usize) -> TokenRange {
    let first = page.tokens.sentence(noun).start;
    let mut start = noun;
    while start > first && noun - start < 7 {
        let before = start - 1;
        let word = page.tokens.word(before);
        let joins = word == "and"
            && !colour_words(page.tokens.word(before.saturating_sub(1))).is_empty()
            && page.tokens.word(before.saturating_sub(2)) != "of";
        let is_adjective = page.tokens.is_word(before) && !CHAIN_STOPS.has(word) && page.mention_at(before).is_none();
        if !(is_adjective || joins || word == "," && start < noun) {
            break;
        }
        start = before;
    }
    while start < noun && !page.tokens.is_word(start) {
        start += 1;
    }
    TokenRange::new(start..noun)
}

fn colours_in(page: &Page<'_>, words: TokenRange, attribute: &str) -> Option<Value> {
    let all: Vec<&str> = words.iter().map(|index| page.tokens.word(index)).collect();
    let is_passing = attribute == "eye colour" && all.iter().any(|word| PASSING_EYE_COLOURS.has(word));
    let value = colour(attribute, &all)?;
    let Value::Colour(parts) = &value else { return None };
    let is_vague = parts.iter().all(|part| matches!(part.as_str(), "bright" | "deep" | "faded" | "light" | "pale"));
    (!is_passing && !is_vague).then_some(value)
}

/// Eyes that were blue; hair, which was a very dark brown.
fn predicate(page: &Page<'_>, noun: usize, attribute: &str) -> Option<(Value, TokenRange)> {
    let mut index = noun + 1;
    while matches!(page.tokens.word(index), "," | "which" | "that") {
        index += 1;
    }
    let is_verb = |at: usize| matches!(page.tokens.word(at), "was" | "were" | "is" | "are");
    if !is_verb(index) {
        if let Some(apposed) = apposed(page, noun, attribute) {
            return Some(apposed);
        }
        index = behind_insertion(page, noun).filter(|at| is_verb(*at))?;
    }
    let end = page.clause(noun).end;
    let first = index + 1;
    let mut last = first;
    while last < end
        && last - first < 6
        && page.tokens.is_word(last)
        && !matches!(page.tokens.word(last), "as" | "than" | "like" | "when" | "with" | "and" | "in" | "on" | "fixed")
    {
        last += 1;
    }
    // "His eyes were blue with cold" and "were green lamps" say something else.
    let is_last_colour = last > first && !colour_words(page.tokens.word(last - 1)).is_empty();
    let passes = matches!(page.tokens.word(last), "with");
    let value = colours_in(page, TokenRange::new(first..last), attribute)?;
    (is_last_colour && !passes).then_some((value, TokenRange::new(noun..last)))
}

/// Hair, cropped close as a boy's, was …: the token behind what two commas hold.
fn behind_insertion(page: &Page<'_>, noun: usize) -> Option<usize> {
    let end = page.clause(noun).end.min(noun + 12);
    let is_open = page.tokens.word(noun + 1) == ",";
    let close = (noun + 2..end).find(|at| page.tokens.word(*at) == ",").filter(|_| is_open)?;
    // "His hair, and Tom's, was red" and "his hair, he said, was red" are told otherwise.
    let holds_other = |at: usize| {
        matches!(page.tokens.word(at), "and" | "or" | "nor") || page.mention_at(at).is_some() || SPEECH_VERBS.has(page.tokens.word(at))
    };
    (!(noun + 2..close).any(holds_other)).then_some(close + 1)
}

/// His eyes, dark brown and steady, were on the door; her father's eyes, a grey so pale that …
fn apposed(page: &Page<'_>, noun: usize, attribute: &str) -> Option<(Value, TokenRange)> {
    let first = noun + 2;
    let ends = |at: &usize| matches!(page.tokens.word(*at), "," | "." | ";" | ":" | "—" | "and" | "as" | "but" | "so" | "that" | "which");
    let last = (first..first + 5).take_while(|at| page.tokens.is_word(*at) || ends(at)).find(ends)?;
    // In "his eyes, blue shadows and …" the colour is another noun's.
    let is_colour = page.tokens.word(noun + 1) == "," && last > first && !colour_words(page.tokens.word(last - 1)).is_empty();
    let is_plain = (first..last).all(|at| page.mention_at(at).is_none() && !CHAIN_STOPS.has(page.tokens.word(at)) || at == first);
    let value = colours_in(page, TokenRange::new(first..last), attribute).filter(|_| is_colour && is_plain)?;
    Some((value, TokenRange::new(noun..last)))
}

/// Whose it is, by what stands before its adjectives. Nothing when it is many people's.
fn owner_before(page: &Page<'_>, chain: usize, noun: usize) -> Option<Subject> {
    let first = page.tokens.sentence(noun).start;
    let mut before = chain.checked_sub(1).filter(|before| *before >= first);
    // "a pair of mild brown eyes", "a strand of chestnut hair": what stands before the article owns nothing.
    let mut is_measured = false;
    while let Some(index) = before
        && MEASURES.has(page.tokens.word(index))
    {
        is_measured |= page.tokens.word(index) != "of";
        before = index.checked_sub(1).filter(|before| *before >= first);
    }
    if is_measured && before.is_some_and(|index| !matches!(page.tokens.word(index), "had" | "has" | "with")) {
        let moves = before.is_some_and(|index| EYE_MOVES.has(page.tokens.word(index)));
        return Some(
            before
                .filter(|_| moves)
                .and_then(|verb| coreference::clause_subject(page, verb))
                .unwrap_or_else(|| sentence_subject(page, noun)),
        );
    }
    let Some(index) = before else { return Some(sentence_subject(page, noun)) };
    Some(match page.tokens.word(index) {
        "their" | "our" | "these" | "those" => return None,
        "his" | "her" | "my" | "your" => coreference::of_pronoun(page, index),
        "had" | "has" => coreference::clause_subject(page, index).unwrap_or_else(|| coreference::of_bare(page, noun)),
        "with" => described(page, index).or_else(|| pointed_out(page, index)).unwrap_or_else(|| coreference::of_bare(page, noun)),
        "the" if page.tokens.word(index.wrapping_sub(1)) == "with" => {
            pointed_out(page, index - 1).unwrap_or_else(|| sentence_subject(page, noun))
        }
        _ if page.tokens.is_possessive(index) => match index.checked_sub(1).and_then(|name| page.mention_at(name)) {
            Some(mention) if mention.is_ambiguous => Subject::Unclear(vec![mention.name.clone()]),
            Some(mention) => Subject::Known(mention.name.clone()),
            None => inherited(page, index).unwrap_or_else(|| coreference::of_bare(page, noun)),
        },
        _ => sentence_subject(page, noun),
    })
}

/// He had his father's eyes: they are his own. `possessive` is the token of the ending.
fn inherited(page: &Page<'_>, possessive: usize) -> Option<Subject> {
    let kin = possessive.checked_sub(3)?;
    let is_of_kin = lexicon::kin(page.tokens.word(possessive - 1)).is_some();
    let is_own = matches!(page.tokens.word(possessive - 2), "his" | "her" | "my");
    let has = matches!(page.tokens.word(kin), "had" | "has" | "have" | "got" | "inherited");
    (is_of_kin && is_own && has).then(|| coreference::clause_subject(page, kin)).flatten()
}

/// Mara was a tall woman with blue eyes.
fn described(page: &Page<'_>, with: usize) -> Option<Subject> {
    let clause = page.clause(with);
    let verb = (clause.start..with).find(|index| matches!(page.tokens.word(*index), "was" | "is"))?;
    let is_plain = (verb..with).all(|index| page.mention_at(index).is_none() && page.tokens.word(index) != "and");
    if !is_plain { None } else { coreference::clause_subject(page, verb) }
}

/// That was Mara, the one with the blue eyes; “That was Mara,” he said, “the girl with blue eyes.”
fn pointed_out(page: &Page<'_>, with: usize) -> Option<Subject> {
    let noun = with.checked_sub(1)?;
    let article = noun.checked_sub(1).filter(|article| matches!(page.tokens.word(*article), "the" | "a"))?;
    let is_person = matches!(page.tokens.word(noun), "one" | "man" | "woman" | "girl" | "boy" | "lad" | "lady" | "fellow" | "gentleman");
    let first = page.tokens.sentence(with).start;
    let mut people = page.mentions_within(TokenRange::new(first..article)).iter().filter(|mention| mention.kind == EntryKind::Character);
    let mention = people.next().filter(|mention| is_person && people.next().is_none() && !mention.is_ambiguous)?;
    let between = page.tokens_of(mention).end..article;
    // Between the two stands nothing but who says so.
    let narration: Vec<usize> = between.clone().filter(|index| !page.is_spoken(*index) && page.tokens.is_word(*index)).collect();
    let is_bare = between.clone().all(|index| page.tokens.is_mark(index) || !page.is_spoken(index) && page.is_spoken(article));
    let is_attribution =
        narration.is_empty() || narration.len() < 5 && narration.iter().any(|index| SPEECH_VERBS.has(page.tokens.word(*index)));
    (is_bare && is_attribution && !between.is_empty()).then(|| Subject::Known(mention.name.clone()))
}

/// The people a sentence without an owner may speak of; by the gender of the pronoun that begins it.
fn sentence_subject(page: &Page<'_>, noun: usize) -> Subject {
    if let Some(subject) = owner_of_parts(page, noun) {
        return subject;
    }
    let clause = page.clause(noun);
    let mut genders = clause.iter().filter_map(|index| coreference::pronoun_gender(page.tokens.word(index)));
    let first = genders.next();
    // He and she in one clause: the eyes may be either's.
    let is_clear = first.is_some_and(|first| genders.all(|other| other == first)) && !page.is_spoken(noun);
    let gender = first.filter(|_| is_clear);
    Subject::Unclear(coreference::candidates(page, noun, gender))
}

/// His face grew hard, and a gleam came into the brown eyes: a sentence that begins with a part of somebody goes on with the others.
fn owner_of_parts(page: &Page<'_>, noun: usize) -> Option<Subject> {
    let sentence = page.tokens.sentence(noun);
    let words = TokenRange::new(sentence.start..noun);
    let pronoun = words.iter().find(|index| page.tokens.is_word(*index))?;
    let gender = coreference::pronoun_gender(page.tokens.word(pronoun)).filter(|_| matches!(page.tokens.word(pronoun), "his" | "her"))?;
    let is_of_body = (pronoun + 1..pronoun + 4).any(|index| BODY_PARTS.has(page.tokens.word(index)) || page.tokens.word(index) == "figure");
    let names_nobody = page.mentions_within(words).is_empty();
    let is_his = words.iter().all(|index| match page.tokens.word(index) {
        // "While she spoke to him" leaves the parts to him.
        "he" | "she" => true,
        word => coreference::pronoun_gender(word).is_none_or(|other| other == gender),
    });
    let is_bare = words.iter().rev().take(5).any(|index| page.tokens.word(index) == "the");
    (is_of_body && names_nobody && is_his && is_bare && !page.is_spoken(noun)).then(|| coreference::of_pronoun(page, pronoun))
}

/// The blue-eyed Mara; Mara was fair-haired.
fn compound(page: &Page<'_>, index: usize, into: &mut Vec<Assertion>) {
    let word = page.tokens.word(index);
    let Some((lead, noun)) = word.rsplit_once('-') else { return };
    let attribute = match noun {
        "eyed" => "eye colour",
        "haired" => "hair colour",
        _ => "beard colour",
    };
    let Some(value) = colour(attribute, &[lead]).filter(|_| attribute != "eye colour" || !PASSING_EYE_COLOURS.has(lead)) else { return };
    let subject = match page.person_at(index + 1) {
        Some(mention) => Subject::Known(mention.name.clone()),
        None => coreference::described_as(page, index).unwrap_or_else(|| coreference::of_bare(page, index)),
    };
    if !matches!(lead, "pale" | "bright" | "light" | "deep") {
        into.push(page.assertion(subject, attribute, value, TokenRange::new(index..index + 1)));
    }
}
