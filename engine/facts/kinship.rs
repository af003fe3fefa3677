//! Who is whose brother, cousin, wife: `relation to Mara Vance` is `brother`.

use super::lexicon::{Kin, kin};
use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject, coreference, hedge};

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        alike(page, index, into);
        let Some(kin) = kin(page.tokens.word(index)) else { continue };
        if let Some((owner, other, words)) = had(page, index) {
            relate(page, &owner, other, words, page.tokens.word(index), kin, into);
            continue;
        }
        let Some(possessor) = possessor(page, index) else { continue };
        let Some((other, words)) = other(page, possessor.start, index) else { continue };
        relate(page, &possessor, other, words, page.tokens.word(index), kin, into);
    }
}

/// Mara and Edgar were cousins.
fn alike(page: &Page<'_>, index: usize, into: &mut Vec<Assertion>) {
    let word = match page.tokens.word(index) {
        "brothers" => "brother",
        "sisters" => "sister",
        "cousins" => "cousin",
        _ => return,
    };
    let verb = index.checked_sub(1).filter(|verb| matches!(page.tokens.word(*verb), "were" | "are"));
    let Some((kin, second)) = kin(word).zip(verb.and_then(|verb| coreference::someone_at(page, verb.checked_sub(1)?))) else { return };
    let and = page.tokens_of(second).start.checked_sub(1).filter(|and| page.tokens.word(*and) == "and");
    let Some(first) = and.and_then(|and| coreference::someone_at(page, and.checked_sub(1)?)) else { return };
    let start = page.tokens_of(first).start;
    // "Tom, Dick and Harry were cousins", "the wives of Dick and Harry were sisters".
    if not_listed(page, start) && matches!(page.tokens.word(index + 1), "." | "," | ";" | "and" | "but") {
        let owner = Possessor { subject: Subject::Known(first.name.clone()), start };
        relate(page, &owner, Subject::Known(second.name.clone()), TokenRange::new(start..index + 1), word, kin, into);
    }
}

/// Mara had a brother called Edgar; Mara had one brother, Edgar, …; Mara had only one brother, and that was Edgar.
fn had(page: &Page<'_>, noun: usize) -> Option<(Possessor, Subject, TokenRange)> {
    let first = page.clause(noun).start.max(noun.saturating_sub(5));
    let had = (first..noun).rev().find(|at| matches!(page.tokens.word(*at), "had" | "has"))?;
    let is_one = matches!(page.tokens.word(had + 1), "a" | "an" | "one" | "only" | "but")
        && (had + 1..noun).all(|at| page.tokens.is_word(at) && page.mention_at(at).is_none());
    let subject = coreference::clause_subject(page, had).filter(|subject| is_one && matches!(subject, Subject::Known(_)))?;
    let next = |offset: usize| page.tokens.word(noun + offset);
    let name = match next(1) {
        "called" | "named" => noun + 2,
        "," if next(2) == "and" && matches!(next(3), "that" | "he" | "she" | "it") && next(4) == "was" => noun + 5,
        "," | "—" | "--" | ":" => noun + 2,
        _ => return None,
    };
    let mention = coreference::someone_at(page, name)?;
    let end = page.tokens_of(mention).end;
    (closes(page, end) && !page.tokens.is_possessive(end))
        .then(|| (Possessor { subject, start: had }, Subject::Known(mention.name.clone()), TokenRange::new(had..end)))
}

/// Whose kin it is.
struct Possessor {
    subject: Subject,
    /// The first token of the possessor.
    start: usize,
}

/// Isobel's (elder) brother, her brother, the brother of Isobel.
fn possessor(page: &Page<'_>, noun: usize) -> Option<Possessor> {
    let mut before = noun.checked_sub(1)?;
    while matches!(
        page.tokens.word(before),
        "elder"
            | "younger"
            | "eldest"
            | "youngest"
            | "older"
            | "little"
            | "twin"
            | "dear"
            | "own"
            | "late"
            | "poor"
            | "only"
            | "big"
            | "old"
            | "dead"
            | "young"
    ) {
        before = before.checked_sub(1)?;
    }
    match page.tokens.word(before) {
        "his" | "her" | "my" | "your" => Some(Possessor { subject: coreference::of_pronoun(page, before), start: before }),
        "the" | "," if page.tokens.word(noun + 1) == "of" => {
            let mention = coreference::someone_at(page, relative(page, noun))
                .filter(|mention| !page.tokens.is_possessive(page.tokens_of(mention).end))?;
            Some(Possessor { subject: Subject::Known(mention.name.clone()), start: before + usize::from(page.tokens.word(before) == ",") })
        }
        _ if page.tokens.is_possessive(before) => {
            let mention = coreference::someone_at(page, before.checked_sub(1)?)?;
            Some(Possessor { subject: Subject::Known(mention.name.clone()), start: page.tokens_of(mention).start })
        }
        _ => None,
    }
}

/// Where the name stands in "the brother of Isobel" and in "the nephew of the Regent Osric".
fn relative(page: &Page<'_>, noun: usize) -> usize {
    let is_office = page.tokens.word(noun + 2) == "the" && page.tokens.is_capital(noun + 3);
    noun + 2 + usize::from(is_office)
}

/// The one who is kin, and the words that say so.
fn other(page: &Page<'_>, start: usize, noun: usize) -> Option<(Subject, TokenRange)> {
    let after_of = page.tokens.word(noun + 1) == "of";
    if !after_of {
        if let Some(mention) = coreference::someone_at(page, noun + 1) {
            return Some((Subject::Known(mention.name.clone()), TokenRange::new(start..page.tokens_of(mention).end)));
        }
        // Isobel's brother was Lucas; but "was Lucas's friend" is another's.
        if matches!(page.tokens.word(noun + 1), "was" | "is")
            && let Some(mention) = coreference::someone_at(page, noun + 2)
            && closes(page, page.tokens_of(mention).end)
        {
            return Some((Subject::Known(mention.name.clone()), TokenRange::new(start..page.tokens_of(mention).end)));
        }
        if page.tokens.word(noun + 1) == ","
            && let Some(mention) = coreference::someone_at(page, noun + 2)
            && (closes(page, page.tokens_of(mention).end) || is_role(page, start))
        {
            return Some((Subject::Known(mention.name.clone()), TokenRange::new(start..page.tokens_of(mention).end)));
        }
    }
    let end = if after_of { page.tokens_of(page.mention_at(relative(page, noun))?).end } else { noun + 1 };
    let before = start.checked_sub(1)?;
    // Lucas, her brother, …
    if page.tokens.word(before) == "," && closes(page, end) && !page.tokens.is_possessive(end) {
        let mention = coreference::someone_at(page, before.checked_sub(1)?)?;
        let first = page.tokens_of(mention).start;
        return not_listed(page, first).then(|| (Subject::Known(mention.name.clone()), TokenRange::new(first..end)));
    }
    // Lucas was her brother; you are Lucas's sister.
    let is_whole = !page.tokens.is_possessive(end) && coreference::someone_at(page, end).is_none();
    let word = page.tokens.word(before);
    let contracted = word
        .strip_suffix("'re")
        .or_else(|| word.strip_suffix("’re"))
        .or_else(|| word.strip_suffix("'m"))
        .or_else(|| word.strip_suffix("’m"));
    if contracted.is_some_and(|word| matches!(word, "you" | "i")) && is_whole {
        let subject = if word.starts_with('y') {
            Subject::Unclear(coreference::candidates(page, before, None))
        } else {
            coreference::of_pronoun(page, before)
        };
        return Some((subject, TokenRange::new(before..end)));
    }
    if matches!(word, "was" | "is" | "are" | "am") && is_whole {
        let name = before.checked_sub(1)?;
        if let Some(mention) = coreference::someone_at(page, name) {
            let first = page.tokens_of(mention).start;
            return not_listed(page, first).then(|| (Subject::Known(mention.name.clone()), TokenRange::new(first..end)));
        }
        if matches!(page.tokens.word(name), "he" | "she" | "you" | "i") {
            return Some((coreference::of_pronoun(page, name), TokenRange::new(name..end)));
        }
    }
    None
}

/// As Isobel’s brother, Lucas …; being her cousin, Lucas …
fn is_role(page: &Page<'_>, start: usize) -> bool {
    start.checked_sub(1).is_some_and(|before| matches!(page.tokens.word(before), "as" | "being") && page.tokens.is_capital(before))
}

/// Whether an apposition ends here, and is no list: a comma or full stop, and no "and" after it.
fn closes(page: &Page<'_>, end: usize) -> bool {
    match page.tokens.word(end) {
        "," => !matches!(page.tokens.word(end + 1), "and" | "or") && !page.tokens.is_capital(end + 1),
        "." | ";" | "!" | "?" | ":" | "—" | "--" | ")" => true,
        _ => false,
    }
}

/// Whether the name is no later part of a list.
fn not_listed(page: &Page<'_>, first: usize) -> bool {
    !matches!(page.tokens.word(first.saturating_sub(1)), "," | "and" | "of" | "with")
}

fn relate(page: &Page<'_>, whose: &Possessor, other: Subject, words: TokenRange, word: &str, kin: Kin, into: &mut Vec<Assertion>) {
    // Kin do not change: only doubt takes the ground from it.
    let hedged = hedge::is_doubted(page, words);
    let mut say = |subject: Subject, to: &str, relation: &str| {
        let mut assertion = page.assertion(subject, format!("relation to {to}"), Value::Words(relation.to_string()), words);
        assertion.hedged = hedged;
        into.push(assertion);
    };
    match (&whose.subject, &other) {
        (Subject::Known(one), Subject::Known(two)) if one == two => {}
        (Subject::Known(one), Subject::Known(two)) => {
            say(other.clone(), one, word);
            say(whose.subject.clone(), two, kin.inverse);
        }
        (Subject::Unclear(_), Subject::Known(two)) => say(without(&whose.subject, two), two, kin.inverse),
        (Subject::Known(one), Subject::Unclear(_)) => say(without(&other, one), one, word),
        _ => {}
    }
}

fn without(subject: &Subject, name: &str) -> Subject {
    match subject {
        Subject::Unclear(names) => Subject::Unclear(names.iter().filter(|other| *other != name).cloned().collect()),
        known => known.clone(),
    }
}
