//! How old somebody is, and when they were born.

use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject, coreference, hedge};
use crate::text::number;

/// The attribute of an age that is told as near some number: "about forty", "some sixty years old".
pub const ABOUT: &str = "approximate age";

/// People, as a phrase names them with their age: a woman of forty.
const PEOPLE: [&str; 13] =
    ["man", "woman", "girl", "boy", "lad", "lady", "gentleman", "youth", "fellow", "child", "widow", "bachelor", "person"];

/// Words that end an age told by a bare number: nothing follows that it could count.
const ENDS: [&str; 13] = ["and", "but", "that", "when", "now", "then", "last", "next", "this", "already", "years", "in", "on"];

/// A number that may be an age, with the words beside it.
struct Years {
    number: f64,
    /// The number's own tokens.
    words: TokenRange,
    /// Where the statement ends: behind "years old".
    end: usize,
    /// "Years old" or "years of age" follows.
    says_years: bool,
    /// The last token before the number and the adverbs that only weigh it.
    lead: usize,
    is_vague: bool,
}

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    let mut index = 0;
    while index < page.tokens.all.len() {
        into.extend(by_compound(page, index).or_else(|| by_ordinal(page, index)).or_else(|| birth(page, index)));
        let Some((number, taken)) = number_at(page, index) else {
            index += 1;
            continue;
        };
        into.extend(years(page, number, TokenRange::new(index..index + taken)).and_then(|years| age(page, &years)));
        index += taken;
    }
}

/// The number that begins at a token, within its sentence.
pub(super) fn number_at(page: &Page<'_>, index: usize) -> Option<(f64, usize)> {
    let first = page.tokens.word(index);
    let starts =
        page.tokens.is_word(index) && first.as_bytes().first().is_some_and(|byte| byte.is_ascii_digit() || b"aehnotfs".contains(byte));
    if !starts {
        return None;
    }
    let mut words = [""; 8];
    let end = page.tokens.sentence(index).end;
    for (slot, at) in words.iter_mut().zip(index..end) {
        *slot = page.tokens.word(at);
    }
    number::read(&words)
}

fn years(page: &Page<'_>, number: f64, words: TokenRange) -> Option<Years> {
    if !(1.0..=110.0).contains(&number) || number.fract() != 0.0 {
        return None;
    }
    let next = |offset: usize| page.tokens.word(words.end + offset);
    let is_years = matches!(next(0), "years" | "year");
    let says_years = is_years && (next(1) == "old" || next(1) == "of" && next(2) == "age");
    let end = match (says_years, next(1)) {
        (false, _) => words.end,
        (true, "old") => words.end + 2,
        (true, _) => words.end + 3,
    };
    let mut lead = words.start.checked_sub(1)?;
    let mut is_vague = false;
    while matches!(
        page.tokens.word(lead),
        "about" | "some" | "around" | "perhaps" | "only" | "just" | "now" | "already" | "still" | "barely"
    ) {
        is_vague |= matches!(page.tokens.word(lead), "about" | "some" | "around" | "perhaps");
        lead = lead.checked_sub(1)?;
    }
    // "Forty or so", "forty-odd"; "forty or fifty" and "forty to fifty" leave too much open.
    let is_or_so = next(0) == "or" && matches!(next(1), "so" | "thereabouts");
    if !is_or_so && matches!(next(0), "or" | "to" | "-" | "–" | "odd") {
        return None;
    }
    Some(Years { number, end: if is_or_so { words.end + 2 } else { end }, words, says_years, lead, is_vague: is_vague || is_or_so })
}

/// Whether nothing follows that a bare number could count.
fn is_whole(page: &Page<'_>, years: &Years) -> bool {
    let next = page.tokens.word(years.end);
    let is_end = page.tokens.is_mark(years.end) && !matches!(next, "-" | "/" | "’" | "'" | "%") || ENDS.contains(&next);
    years.says_years || is_end && next != "years" && years.number >= 5.0
}

fn age(page: &Page<'_>, years: &Years) -> Option<Assertion> {
    let lead = page.tokens.word(years.lead);
    match lead {
        "aged" => stated(page, years, apposed(page, years.lead)?, years.lead),
        "was" | "is" | "am" | "were" | "turned" if is_whole(page, years) => {
            let subject = subject_of(page, years.lead)?;
            let assertion = stated(page, years, subject, years.lead)?;
            Some(Assertion { hedged: assertion.hedged || is_when(page, years), ..assertion })
        }
        "be" if page.tokens.word(years.lead.wrapping_sub(1)) == "to" => None,
        "of" if is_whole(page, years) => {
            let (subject, start) = of_that_age(page, years.lead)?;
            stated(page, years, subject, start)
        }
        "at" if years.number >= 13.0 => {
            let (subject, start) = at_age(page, years)?;
            stated(page, years, subject, start)
        }
        "," if years.says_years || years.number >= 13.0 && page.tokens.word(years.end) == "," => {
            let mention = coreference::someone_at(page, years.lead.checked_sub(1)?)?;
            let start = page.tokens_of(mention).start;
            let ends = matches!(page.tokens.word(years.end), "," | "." | ";" | "and" | ")");
            // "Tom, Dick, twenty, and" is a list of people or things; a number with a capital name after it may count it.
            let subject = Subject::Known(mention.name.clone());
            if !ends || coreference::is_inner(page, start) || page.tokens.is_capital(years.end + 1) {
                None
            } else {
                stated(page, years, subject, start)
            }
        }
        _ => contracted(page, years),
    }
}

/// I’m forty-one; she’s nine years old.
fn contracted(page: &Page<'_>, years: &Years) -> Option<Assertion> {
    let lead = years.lead;
    let word = page.tokens.word(lead);
    let ends = ["'m", "’m", "'re", "’re"].iter().any(|ending| word.ends_with(ending));
    if ends && is_whole(page, years) && page.is_spoken(lead) {
        let subject = if word.starts_with('i') { coreference::of_first_person(page, lead) } else { coreference::of_bare(page, lead) };
        return stated(page, years, subject, lead);
    }
    let is_is = page.tokens.is_possessive(lead) && is_whole(page, years);
    let pronoun = lead.checked_sub(1).filter(|at| is_is && matches!(page.tokens.word(*at), "he" | "she"))?;
    stated(page, years, coreference::likely_of_pronoun(page, pronoun), pronoun)
}

/// The assertion of an age. That hair turns and grows says nothing of an age: only doubt and denial take the ground from it.
fn stated(page: &Page<'_>, years: &Years, subject: Subject, start: usize) -> Option<Assertion> {
    let words = TokenRange::new(start.min(years.words.start)..years.end);
    let value = Value::Number { number: years.number, unit: "year".to_string() };
    let mut assertion = page.assertion(subject, if years.is_vague { ABOUT } else { "age" }, value, words);
    let sentence = page.tokens.sentence(years.words.start).start;
    let near = years.words.start.saturating_sub(5).max(sentence)..years.words.start;
    let is_bound = near.clone().any(|index| {
        matches!(
            page.tokens.word(index),
            "nearly" | "almost" | "over" | "under" | "past" | "than" | "least" | "near" | "between" | "yet" | "close" | "quite" | "until"
        )
    });
    assertion.hedged = is_bound || if years.is_vague { hedge::is_denied(page, words.start) } else { hedge::is_doubted(page, words) };
    Some(assertion)
}

/// When she was ten; since she was twenty-four; seventeen when the war began: another time of life.
fn is_when(page: &Page<'_>, years: &Years) -> bool {
    let clause = page.clause(years.lead);
    let before = years.lead.saturating_sub(5).max(clause.start)..years.lead;
    before.into_iter().any(|index| {
        matches!(
            page.tokens.word(index),
            "when" | "since" | "until" | "till" | "before" | "after" | "if" | "while" | "once" | "time" | "had" | "would"
        )
    }) || matches!(page.tokens.word(years.end), "when" | "then" | "last" | "in" | "on")
        && (page.is_spoken(years.lead) || page.tokens.word(years.end) == "when")
}

/// Now, at thirty-five, he owned …; at sixty-five he still came; Mara, at sixty, was …
fn at_age(page: &Page<'_>, years: &Years) -> Option<(Subject, usize)> {
    let at = years.lead;
    let clause = page.clause(at);
    let has_comma = page.tokens.word(years.end) == ",";
    let before = at.checked_sub(1).map_or("", |before| page.tokens.word(before));
    let is_first = at == clause.start;
    let is_now = before == "now" || before == "," && page.tokens.word(at.saturating_sub(2)) == "now";
    let who = years.end + usize::from(has_comma);
    let states =
        |verb: usize| matches!(page.tokens.word(verb), "was" | "had" | "still" | "looked" | "could" | "owned" | "is" | "has" | "lived");
    if is_first || is_now && has_comma {
        if matches!(page.tokens.word(who), "he" | "she" | "i") {
            let is_told_then = page.tokens.word(who + 1) == "had" && !is_now;
            return (!is_told_then).then(|| (coreference::likely_of_pronoun(page, who), at));
        }
        // "At sixty yards" is no age, and "at eleven Mara rose" is an hour: only a comma and a verb of state tell.
        let mention = coreference::someone_at(page, who).filter(|_| has_comma)?;
        return (is_now || states(page.tokens_of(mention).end)).then(|| (Subject::Known(mention.name.clone()), at));
    }
    let name = at.checked_sub(2).filter(|_| before == "," && has_comma && states(who))?;
    let mention = coreference::someone_at(page, name)?;
    let start = page.tokens_of(mention).start;
    (!coreference::is_inner(page, start)).then(|| (Subject::Known(mention.name.clone()), start))
}

/// Mara was a (tall) woman of sixty; Mara, a woman of sixty, …: whose age it is, and where the words begin.
fn of_that_age(page: &Page<'_>, of: usize) -> Option<(Subject, usize)> {
    let noun = of.checked_sub(1).filter(|noun| PEOPLE.contains(&page.tokens.word(*noun)))?;
    let clause = page.clause(of);
    let article = (noun.saturating_sub(5).max(clause.start)..noun).rev().find(|at| matches!(page.tokens.word(*at), "a" | "an"))?;
    described(page, article)
}

/// Of whom a phrase with "a" speaks: the subject of "was", or the name it stands beside.
fn described(page: &Page<'_>, article: usize) -> Option<(Subject, usize)> {
    let before = article.checked_sub(1)?;
    match page.tokens.word(before) {
        "was" | "is" => Some((subject_of(page, before)?, before)),
        "," => {
            let mention = coreference::someone_at(page, before.checked_sub(1)?)?;
            let start = page.tokens_of(mention).start;
            (!coreference::is_inner(page, start)).then(|| (Subject::Known(mention.name.clone()), start))
        }
        _ => None,
    }
}

/// The subject of "was", "is" or "turned": a pronoun, a name, or the name before "who".
fn subject_of(page: &Page<'_>, verb: usize) -> Option<Subject> {
    let mut before = verb.checked_sub(1)?;
    while matches!(page.tokens.word(before), "now" | "then" | "already" | "just" | "himself" | "herself" | "had" | "only") {
        before = before.checked_sub(1)?;
    }
    match page.tokens.word(before) {
        "he" | "she" | "i" => return Some(coreference::likely_of_pronoun(page, before)),
        "you" => return Some(coreference::of_pronoun(page, before)),
        "who" => {
            let name = before.checked_sub(if page.tokens.word(before.wrapping_sub(1)) == "," { 2 } else { 1 })?;
            return coreference::named_at(page, name);
        }
        _ => {}
    }
    // A name that is the subject, not "the house of Mara was thirty".
    let mention = coreference::someone_at(page, before)?;
    let first = page.tokens_of(mention).start;
    let is_inner = coreference::is_inner(page, first) && page.tokens.word(first - 1) != ",";
    (!is_inner).then(|| Subject::Known(mention.name.clone()))
}

fn apposed(page: &Page<'_>, aged: usize) -> Option<Subject> {
    let mut before = aged.checked_sub(1)?;
    if page.tokens.word(before) == "," {
        before = before.checked_sub(1)?;
    }
    Some(coreference::named_at(page, before).unwrap_or_else(|| coreference::of_bare(page, aged)))
}

/// The eleven-year-old Mara; Mara was an eleven-year-old; Mara, an eleven-year-old, …
fn by_compound(page: &Page<'_>, index: usize) -> Option<Assertion> {
    let word = page.tokens.word(index).strip_suffix("-year-old")?;
    let (number, _) = number::read(&[word])?;
    let years = Years {
        number,
        words: TokenRange::new(index..index + 1),
        end: index + 1,
        says_years: true,
        lead: index.checked_sub(1)?,
        is_vague: false,
    };
    let (subject, start) = match coreference::someone_at(page, index + 1) {
        Some(mention) => (Subject::Known(mention.name.clone()), index),
        None if matches!(page.tokens.word(years.lead), "a" | "an") => described(page, years.lead)?,
        None => return None,
    };
    stated(page, &years, subject, start)
}

/// In her fifty-third year: who is in it is a year younger.
fn by_ordinal(page: &Page<'_>, index: usize) -> Option<Assertion> {
    let owner = index.checked_sub(1)?;
    let is_year = page.tokens.word(index + 1) == "year" && page.tokens.word(owner.checked_sub(1)?) == "in";
    let number = Some(page.tokens.word(index)).filter(|_| is_year).and_then(number::ordinal)? as f64;
    let is_life = page.tokens.word(index + 2) == "of" && matches!(page.tokens.word(index + 4), "age" | "life");
    let subject = match page.tokens.word(owner) {
        "his" | "her" | "my" => coreference::likely_of_pronoun(page, owner),
        "the" if is_life => coreference::likely_of_pronoun(page, index + 3),
        _ => return None,
    };
    // In his second year at school he is not two.
    if number < 13.0
        || !(is_life || page.tokens.is_mark(index + 2) || matches!(page.tokens.word(index + 2), "and" | "but" | "when" | "now"))
    {
        return None;
    }
    let years = Years {
        number: number - 1.0,
        words: TokenRange::new(index..index + 1),
        end: index + 2,
        says_years: true,
        lead: owner,
        is_vague: false,
    };
    stated(page, &years, subject, owner)
}

/// How many tokens may stand between "born" and its year: "born in a farmhouse near Graz, on the 3rd of March 1898".
const BIRTH_WORDS: usize = 14;

/// Mara was born in 1900; Mara Vance, born 1900; the day of his birth, 2 May 1641.
fn birth(page: &Page<'_>, index: usize) -> Option<Assertion> {
    let sentence = page.tokens.sentence(index);
    let is_born = page.tokens.word(index) == "born";
    if !is_born && (page.tokens.word(index) != "birth" || !matches!(page.tokens.word(index.wrapping_sub(1)), "his" | "her" | "of" | "my")) {
        return None;
    }
    let until = sentence.end.min(index + BIRTH_WORDS);
    let year = (index + 1..until).find(|at| year_of(page.tokens.word(*at)).is_some())?;
    // "Was born, and in 1920 she left": another clause has its own year.
    let is_other = |at: usize| {
        matches!(page.tokens.word(at), "and" | "but" | "who" | "until" | "before" | "after" | "since" | "died" | "baptised" | ";")
    };
    if (index + 1..year).any(is_other) {
        return None;
    }
    let (subject, start) = born_one(page, index, sentence.start)?;
    let value = Value::Date { year: year_of(page.tokens.word(year)), month: None, day: None };
    let words = TokenRange::new(start..year + 1);
    // The subject may stand in the sentence before, as in a register; the words are then those of its own sentence.
    let own = if start < sentence.start { TokenRange::new(index..year + 1) } else { words };
    let mut assertion = page.assertion(subject, "born", value, own);
    assertion.hedged = hedge::is_doubted(page, TokenRange::new(index..own.end)) || page.tokens.word(index.wrapping_sub(1)) == "be";
    Some(assertion)
}

fn year_of(word: &str) -> Option<i32> {
    let year: i32 = Some(word).filter(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    (1000..2200).contains(&year).then_some(year)
}

/// Who was born: the name or pronoun before the verb, the name that the word stands beside, or the one that begins the entry of a register.
fn born_one(page: &Page<'_>, index: usize, sentence: usize) -> Option<(Subject, usize)> {
    let mut before = index.checked_sub(1)?;
    while before > sentence
        && matches!(page.tokens.word(before), "was" | "is" | "been" | "had" | "were" | "himself" | "," | "who" | "he" | "she" | "i" | "(")
    {
        if matches!(page.tokens.word(before), "he" | "she" | "i") {
            return Some((coreference::likely_of_pronoun(page, before), before));
        }
        before -= 1;
    }
    if matches!(page.tokens.word(before), "he" | "she" | "i") {
        return Some((coreference::likely_of_pronoun(page, before), before));
    }
    if let Some(mention) = coreference::someone_at(page, before) {
        let start = page.tokens_of(mention).start;
        let is_inner = coreference::is_inner(page, start);
        return (!is_inner).then(|| (Subject::Known(mention.name.clone()), start));
    }
    // "Leopold Brandt. Born in Graz, 1898"; "Amias Thorne, son of Giles Thorne, baptised the day of his birth, 1641".
    let is_mark = |at: &usize| page.tokens.is_mark(*at);
    let first = (sentence..index + 1).find(|at| !is_mark(at))?;
    let entry = if first == index { page.tokens.sentence(sentence.checked_sub(1)?).start } else { sentence };
    let name = (entry..index).find(|at| !is_mark(at))?;
    let mention = coreference::someone_at(page, name)?;
    let end = page.tokens_of(mention).end;
    let is_entry = if first == index { (end..sentence).all(|at| page.tokens.is_mark(at)) } else { page.tokens.word(end) == "," };
    let has_verb = (end..index).any(|at| matches!(page.tokens.word(at), "was" | "is" | "had" | "has" | "were" | "said"));
    (is_entry && !has_verb).then(|| (Subject::Known(mention.name.clone()), page.tokens_of(mention).start))
}
