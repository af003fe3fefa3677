//! Who knows something already, who only now learns it or does not know it yet, and who spoke of it before: what the words after "that"
//! say, and the names after "of", as far as a sentence states it plainly.

use super::page::Page;
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject, Voice, coreference, hedge, time};
use crate::manuscript::{Scene, Series, StoryPoint};
use crate::text::words::key_words;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

/// What somebody knew, had been told or told others; the value is the clause after "that".
const KNOWS: &str = "knows";
/// What somebody learns, having not known it before; the value as for [`KNOWS`].
const LEARNS: &str = "learns";
/// What somebody does not know yet; the value as for [`KNOWS`].
const DOES_NOT_KNOW: &str = "does not know";
/// Whom or what somebody has never heard of; the value is the name.
const DOES_NOT_KNOW_OF: &str = "does not know of";
/// What somebody says aloud of something that they learn, or do not know yet, in a later scene; the value is that of the later assertion.
const SPEAKS_OF: &str = "speaks of";

/// A clause must have so many telling words to be known again in somebody's speech.
const TELLING_WORDS: usize = 3;

/// What somebody says aloud, for [`spoken_before`].
pub(super) struct Utterance {
    speaker: String,
    point: StoryPoint,
    range: Range<usize>,
}

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, into: &mut Vec<Assertion>) {
    for index in 0..page.tokens.all.len() {
        if page.is_spoken(index) {
            continue;
        }
        match page.tokens.word(index) {
            "that" => read_clause(page, index, into),
            "of" | "about" => read_name(page, index, into),
            _ => {}
        }
    }
}

/// Everything that is said aloud in the story's present by somebody who is known.
pub(super) fn utterances(page: &Page<'_>) -> Vec<Utterance> {
    let said = page.speeches.iter().filter(|speech| matches!(page.voice(page.tokens.at(speech.range.start)), Voice::Speech(_)));
    let utterance =
        |speech: &super::Speech| Some(Utterance { speaker: speech.speaker.clone()?, point: page.scene.point, range: speech.range.clone() });
    said.filter_map(utterance).collect()
}

fn read_clause(page: &Page<'_>, that: usize, into: &mut Vec<Assertion>) {
    let Some(content) = content(page, that + 1) else { return };
    let value = Value::Words(page.scene.prose[page.tokens.bytes(content)].to_string());
    for (attribute, subject, start) in knowers(page, that) {
        let mut assertion = page.assertion(subject, attribute, value.clone(), TokenRange::new(start..content.end));
        let is_lie = attribute == KNOWS && hedge::is_untrue_speech(page, that);
        assertion.hedged = is_supposed(page, that) || is_lie || hedge::is_question(page, content.end - 1);
        into.push(assertion);
    }
}

/// Whether the words before a token, in its clause, suppose or feign what it tells.
fn is_supposed(page: &Page<'_>, token: usize) -> bool {
    (page.clause(token).start..token).any(|index| {
        matches!(
            page.tokens.word(index),
            "if" | "would"
                | "could"
                | "might"
                | "may"
                | "whether"
                | "unless"
                | "until"
                | "seemed"
                | "appeared"
                | "pretended"
                | "feigned"
                | "claimed"
                | "swore"
                | "said"
                | "vowed"
        )
    })
}

/// Whose knowledge the words before "that" tell of, which kind it is, and where they begin.
fn knowers(page: &Page<'_>, that: usize) -> Vec<(&'static str, Subject, usize)> {
    let told = tellers(page, that);
    if told.is_empty() { knower(page, that).into_iter().collect() } else { told }
}

/// Mara told Edmund that …: from then on both know it.
fn tellers(page: &Page<'_>, that: usize) -> Vec<(&'static str, Subject, usize)> {
    let Some(last) = that.checked_sub(1) else { return Vec::new() };
    let listener = page.person_at(last).map(|mention| (page.tokens_of(mention).start, Some(mention.name.clone())));
    let pronoun = matches!(page.tokens.word(last), "him" | "her" | "them" | "me" | "us").then_some((last, None));
    let Some((object, listener)) = listener.or(pronoun) else { return Vec::new() };
    let Some(verb) = object.checked_sub(1).filter(|verb| page.tokens.word(*verb) == "told") else { return Vec::new() };
    let first = if page.tokens.word(verb.wrapping_sub(1)) == "had" { verb - 1 } else { verb };
    let before = |back: usize| page.tokens.word(first.wrapping_sub(back));
    // Nobody had told Mara that …
    if matches!(before(1), "nobody" | "one") {
        let is_nobody = before(1) == "nobody" || before(2) == "no";
        return listener.filter(|_| is_nobody).map(|name| (DOES_NOT_KNOW, Subject::Known(name), first - 1)).into_iter().collect();
    }
    let Some(teller) = coreference::clause_subject(page, first) else { return Vec::new() };
    let listener = listener.map(Subject::Known).filter(|listener| *listener != teller);
    std::iter::once(teller).chain(listener).map(|subject| (KNOWS, subject, first)).collect()
}

fn knower(page: &Page<'_>, that: usize) -> Option<(&'static str, Subject, usize)> {
    let verb = that.checked_sub(1)?;
    let before = |back: usize| page.tokens.word(verb.wrapping_sub(back));
    let starting = |attribute, start: usize| Some((attribute, coreference::clause_subject(page, start)?, start));
    // It was news to Mara that …
    if let Some(mention) = page.person_at(verb) {
        let to = page.tokens_of(mention).start.checked_sub(2)?;
        let is_news = page.tokens.word(to + 1) == "to" && page.tokens.word(to) == "news";
        return is_news.then(|| (LEARNS, Subject::Known(mention.name.clone()), to));
    }
    // Only now did Mara learn that …
    if matches!(page.tokens.word(verb), "learn" | "hear" | "discover" | "realise" | "realize") {
        let mention = page.person_at(verb.checked_sub(1)?)?;
        let did = page.tokens_of(mention).start.checked_sub(1)?;
        let opens = page.clause(verb).start;
        return (page.tokens.word(did) == "did" && did > opens).then(|| (LEARNS, Subject::Known(mention.name.clone()), opens));
    }
    let is_new = matches!(before(1), "never" | "not") && before(2) == "had";
    if is_new && matches!(page.tokens.word(verb), "suspected" | "known" | "guessed" | "heard" | "dreamed" | "dreamt") {
        return starting(LEARNS, verb - 2);
    }
    match (page.tokens.word(verb), before(1), before(2), before(3)) {
        // Mara did not (yet) know that …; Mara had no idea that …; Mara never knew that …
        ("know", "not", "did", _) => return starting(DOES_NOT_KNOW, verb - 2),
        ("know", "yet", "not", "did") => return starting(DOES_NOT_KNOW, verb - 3),
        ("know", "didn't" | "didn’t", ..) => return starting(DOES_NOT_KNOW, verb - 1),
        ("idea" | "notion" | "inkling", "no", "had", _) => return starting(DOES_NOT_KNOW, verb - 2),
        ("out", "found", second, _) if second != "had" => return starting(LEARNS, verb - 1),
        _ => {}
    }
    let attribute = match page.tokens.word(verb) {
        "knew" if !matches!(before(1), "never" | "hardly") => KNOWS,
        "known" if before(1) == "had" || matches!(before(1), "long" | "always") && before(2) == "had" => KNOWS,
        "heard" if before(1) == "had" => KNOWS,
        "told" if before(1) == "been" && before(2) == "had" => return starting(KNOWS, verb - 2),
        "aware" if before(1) == "was" => KNOWS,
        "learned" | "learnt" | "discovered" if before(1) != "had" => LEARNS,
        _ => return None,
    };
    // The subject stands before the helping verbs.
    let first = (1..4).take_while(|back| matches!(before(*back), "had" | "was" | "long" | "always" | "well")).count();
    starting(attribute, verb - first)
}

/// The clause after "that", up to its end; nothing when it is too short to be told from others.
fn content(page: &Page<'_>, start: usize) -> Option<TokenRange> {
    let sentence = page.tokens.sentence(start.min(page.tokens.all.len() - 1));
    let end = (start..sentence.end).find(|index| page.tokens.is_mark(*index)).unwrap_or(sentence.end);
    (sentence.start < start && end >= start + 4).then(|| TokenRange::new(start..end))
}

/// Mara had never heard of the Gannet Light; Mara knew nothing of Edmund Pell.
fn read_name(page: &Page<'_>, of: usize, into: &mut Vec<Assertion>) {
    let before = |back: usize| page.tokens.word(of.wrapping_sub(back));
    let start = match (before(1), before(2), before(3)) {
        ("heard", "never", "had") => of - 3,
        ("nothing", "knew", _) => of - 2,
        ("know", "not", "did") => of - 3,
        _ => return,
    };
    let Some(name) = name_behind(page, of + 1) else { return };
    let Some(subject) = coreference::clause_subject(page, start) else { return };
    let value = Value::Words(page.scene.prose[page.tokens.bytes(name)].to_string());
    let mut assertion = page.assertion(subject, DOES_NOT_KNOW_OF, value, TokenRange::new(start..name.end));
    let sentence = page.tokens.sentence(of);
    // What she had never heard of as a child she may have heard of since.
    let is_of_the_past = sentence.iter().any(|index| {
        matches!(
            page.tokens.word(index),
            "when" | "child" | "childhood" | "boy" | "girl" | "once" | "youth" | "days" | "years" | "first" | "ago" | "like"
        ) || page.tokens.word(index) == "as" && matches!(page.tokens.word(index + 1), "if" | "though")
    });
    assertion.hedged = is_of_the_past || is_supposed(page, of) || hedge::is_question(page, name.end - 1);
    into.push(assertion);
}

/// A name of two words or more, or one that means one person or place only.
fn name_behind(page: &Page<'_>, start: usize) -> Option<TokenRange> {
    let tokens = page.tokens;
    let first = start + usize::from(tokens.word(start) == "the" && !tokens.is_capital(start));
    let mut end = first;
    while tokens.is_word(end) && (tokens.is_capital(end) || end > first && tokens.word(end) == "of" && tokens.is_capital(end + 1)) {
        end += 1;
    }
    let is_one = page.mention_at(first).is_some_and(|mention| !mention.is_ambiguous && page.tokens_of(mention).end >= end);
    // "Edmund’s plan" is not Edmund.
    (end > first && !tokens.is_possessive(end) && (end > first + 1 || is_one)).then(|| TokenRange::new(first..end))
}

/// What people say aloud of that which they learn, or do not know, in a later scene.
pub(super) fn spoken_before(series: &Series, assertions: &[Assertion], said: &[Utterance]) -> Vec<Assertion> {
    let mut later: BTreeMap<&str, Vec<News>> = BTreeMap::new();
    for assertion in assertions.iter().filter(|one| one.is_plain_narration()) {
        if let (Subject::Known(subject), Some(news)) = (&assertion.subject, News::of(assertion)) {
            later.entry(subject).or_default().push(news);
        }
    }
    let mut found = Vec::new();
    for utterance in said {
        let Some(news) = later.get(utterance.speaker.as_str()) else { continue };
        let Some((_, scene)) = series.scene(utterance.point) else { continue };
        for one in news.iter().filter(|one| one.assertion.point > utterance.point) {
            found.extend(sentences_within(scene, &utterance.range).filter(|words| one.is_told_by(&scene.prose[words.clone()])).map(
                |words| {
                    let sentence = scene.sentence_at(words.start).map_or(words.clone(), |sentence| sentence.range.clone());
                    Assertion {
                        subject: Subject::Known(utterance.speaker.clone()),
                        attribute: SPEAKS_OF.to_string(),
                        value: one.assertion.value.clone(),
                        point: utterance.point,
                        sentence,
                        words,
                        voice: Voice::Speech(Some(utterance.speaker.clone())),
                        hedged: false,
                    }
                },
            ));
        }
    }
    found
}

/// The parts of a speech that its sentences make.
fn sentences_within(scene: &Scene, speech: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let first = scene.sentences.partition_point(|sentence| sentence.range.end <= speech.start);
    let within = scene.sentences[first..].iter().take_while(|sentence| sentence.range.start < speech.end);
    within.map(|sentence| sentence.range.start.max(speech.start)..sentence.range.end.min(speech.end))
}

/// Something that is news to somebody.
struct News<'a> {
    assertion: &'a Assertion,
    /// Its telling words by their stems; of a name none.
    stems: BTreeSet<String>,
    /// The name that is new, as it is written.
    name: Option<&'a str>,
}

impl<'a> News<'a> {
    fn of(assertion: &'a Assertion) -> Option<News<'a>> {
        let Value::Words(words) = &assertion.value else { return None };
        match assertion.attribute.as_str() {
            LEARNS | DOES_NOT_KNOW => {
                let stems = stems(words);
                (stems.len() >= TELLING_WORDS).then_some(News { assertion, stems, name: None })
            }
            DOES_NOT_KNOW_OF => Some(News { assertion, stems: BTreeSet::new(), name: Some(words) }),
            _ => None,
        }
    }

    /// Whether a sentence that is spoken tells it, neither asking nor guessing nor denying.
    fn is_told_by(&self, sentence: &str) -> bool {
        let tells = match self.name {
            Some(name) => has_words(sentence, name),
            None => {
                let said = stems(sentence);
                let shared = self.stems.intersection(&said).count();
                shared >= TELLING_WORDS && 4 * shared >= 3 * self.stems.len() && said.len() <= 2 * self.stems.len() + 2
            }
        };
        // "There is no doubt about it" and "I do not doubt it" deny nothing.
        tells && !is_guess(sentence) && !time::is_unreal(&NO_DOUBT.replace_all(sentence, ""))
    }
}

static NO_DOUBT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:no|not|never) doubt\b").expect("the pattern is fixed and tested"));

fn is_guess(sentence: &str) -> bool {
    let folded = crate::text::words::fold(sentence);
    folded.split(|c: char| !c.is_alphanumeric() && c != '\'').any(|word| {
        matches!(
            word,
            "think" | "guess" | "wonder" | "believe" | "suspect" | "rumour" | "heard" | "hear" | "fear" | "who" | "what" | "don't"
        )
    })
}

/// The telling words without the endings that tense and number give them.
fn stems(text: &str) -> BTreeSet<String> {
    let stem = |word: String| {
        let short = ["ing", "ed", "es", "s"].iter().find_map(|ending| word.strip_suffix(ending)).filter(|short| short.len() > 3);
        short.map(|short| short.trim_end_matches('e').to_string()).unwrap_or(word.trim_end_matches('e').to_string())
    };
    key_words(text).into_iter().map(stem).collect()
}

/// Whether words stand in a sentence as whole words.
fn has_words(sentence: &str, words: &str) -> bool {
    let is_free = |edge: Option<char>| edge.is_none_or(|edge| !edge.is_alphanumeric());
    sentence
        .match_indices(words)
        .any(|(start, found)| is_free(sentence[..start].chars().next_back()) && is_free(sentence[start + found.len()..].chars().next()))
}
