//! Who is where on a day that the sentence names: "On Tuesday at noon Mara was in Stennick". Nobody is in two places at once.

use super::lexicon::WordSet;
use super::page::Page;
use super::time::{self, Moment, Timed, Words};
use super::tokens::TokenRange;
use super::value::Value;
use super::{Assertion, Subject, coreference, hedge};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// How the attribute begins; what follows names the moment: `whereabouts on Tuesday at noon`.
pub const WHEREABOUTS: &str = "whereabouts on ";

/// Verbs that tell where somebody stays. With "was" the place follows at once or after a word of [`BETWEEN`].
static STAYS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new("was were been sat stood waited slept dined breakfasted lunched supped lay stayed remained worked lodged spent")
});
static BETWEEN: LazyLock<WordSet> =
    LazyLock::new(|| WordSet::new("still already alone safe safely again back away at home asleep awake there sitting standing waiting"));
/// Nouns that name a place where one can be; others behind "in the" are ways of speaking ("in the dark", "in the way").
static PLACES: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "house office church chapel library kitchen garden harbour harbor station inn tavern hotel hospital prison gaol jail school market mill \
         tower lighthouse cellar attic loft barn stable stables forge bank court courtroom courthouse club theatre theater castle palace forest \
         quay pier bridge shop hall city town village monastery abbey cathedral museum surgery customs-house warehouse boathouse schoolhouse \
         farmhouse rectory vicarage parsonage workshop studio cottage farm fort barracks camp embassy university college factory bakery brewery \
         orchard churchyard graveyard cemetery mine quarry capital temple shrine mansion manor",
    )
});

/// What takes back a statement that it follows: "if he is to be believed", "or so he said". That somebody "could swear" to it does not.
static TAKEN_BACK: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"(?i)\b(?:if|unless|or so|said|says|say|claimed|supposed|supposedly|thought|believed|seemed|perhaps|dream\w*|pretended)\b|\?";
    Regex::new(pattern).expect("the pattern is fixed and tested")
});

/// Reads a scene.
pub(super) fn read(page: &Page<'_>, words: &Words, timed: &Timed, into: &mut Vec<Assertion>) {
    for index in timed.with_days() {
        let tokens = page.tokens.sentences[index];
        let has_verb = |token: usize| STAYS.has(page.tokens.word(token));
        if tokens.is_empty() || !tokens.iter().any(has_verb) {
            continue;
        }
        let sentence = &page.scene.sentences[index];
        let text = page.scene.sentence_text(sentence);
        let moments = words.moments(text);
        // With two days in a sentence nobody can say which is meant.
        let [moment] = moments.as_slice() else { continue };
        read_sentence(page, words, tokens, text, sentence.range.start, moment, into);
    }
}

fn read_sentence(page: &Page<'_>, words: &Words, tokens: TokenRange, text: &str, start: usize, moment: &Moment, into: &mut Vec<Assertion>) {
    let when = TokenRange::new(page.tokens.at(start + moment.words.start)..page.tokens.at(start + moment.words.end));
    let mut is_first = true;
    for verb in tokens.iter().filter(|token| STAYS.has(page.tokens.word(*token)) && !page.is_spoken(*token)) {
        let Some(place) = place_behind(page, words, verb, when) else { continue };
        let people = people_before(page, verb, when);
        // A day at the head of the sentence, or beside the place; one in a later clause is the day of something else.
        let begins = when.start <= tokens.start + 2;
        let is_beside = when.start <= place.end + 1 && when.end >= verb.saturating_sub(1) || when.end == verb;
        if people.is_empty() || !(begins && is_first || is_beside) {
            continue;
        }
        is_first = false;
        let stated = sentence_words(page, start, moment, place, verb);
        let is_unsaid = time::is_unreal(&text[..stated.end - start])
            || TAKEN_BACK.is_match(&text[stated.end - start..])
            || hedge::is_question(page, place.end - 1);
        let value = Value::Words(page.scene.prose[page.tokens.bytes(place)].to_string());
        for subject in people {
            let mut said =
                page.assertion(subject, format!("{WHEREABOUTS}{}", moment.name), value.clone(), TokenRange::new(verb..place.end));
            said.words = stated.clone();
            said.hedged = is_unsaid;
            into.push(said);
        }
    }
}

/// From the day to the place, whichever comes first, so that the words show both.
fn sentence_words(page: &Page<'_>, start: usize, moment: &Moment, place: TokenRange, verb: usize) -> Range<usize> {
    let stays = page.tokens.range(verb).start..page.tokens.bytes(place).end;
    stays.start.min(start + moment.words.start)..stays.end.max(start + moment.words.end)
}

/// The place that follows a verb: "in Stennick", "at the harbour office". The day may stand between: "was on Tuesday in Stennick".
fn place_behind(page: &Page<'_>, words: &Words, verb: usize, when: TokenRange) -> Option<TokenRange> {
    let tokens = page.tokens;
    let mut index = verb + 1;
    while BETWEEN.has(tokens.word(index)) && !is_place_preposition(page, index) {
        index += 1;
    }
    if index == when.start || tokens.word(index) == "," && index + 1 == when.start {
        index = when.end;
        index += usize::from(tokens.word(index) == ",");
    }
    if !is_place_preposition(page, index) {
        return None;
    }
    let article = usize::from(matches!(tokens.word(index + 1), "the" | "his" | "her" | "their"));
    let first = index + 1 + article;
    let end = (first..first + 5).find(|at| !tokens.is_word(*at) || when.contains(*at)).unwrap_or(first + 5);
    let names = (first..end).take_while(|at| tokens.is_capital(*at) || matches!(tokens.word(*at), "of" | "the")).count();
    let mut names = TokenRange::new(first..first + names);
    while names.end > names.start && !tokens.is_capital(names.end - 1) {
        names.end -= 1;
    }
    if !names.is_empty() {
        let name = &page.scene.prose[tokens.bytes(names)];
        let is_person =
            names.iter().any(|at| page.person_at(at).is_some() || page.mention_at(at).is_some_and(|mention| mention.is_ambiguous));
        let is_owner = tokens.is_possessive(names.end);
        return (!is_person && !is_owner && time::is_place(name, &words.calendar)).then_some(names);
    }
    // "In the old harbour office": up to the first noun of a place, at most three words on.
    let noun = (first..end.min(first + 4)).find(|at| PLACES.has(tokens.word(*at)))?;
    let last = if PLACES.has(tokens.word(noun + 1)) { noun + 1 } else { noun };
    (article == 1 && tokens.word(first - 1) == "the").then(|| TokenRange::new(first..last + 1))
}

fn is_place_preposition(page: &Page<'_>, index: usize) -> bool {
    matches!(page.tokens.word(index), "in" | "at") && (page.tokens.word(index + 1) == "the" || page.tokens.is_capital(index + 1))
}

/// Whom the verb is about: the names before it, joined by "and", or the pronoun that surely means somebody.
fn people_before(page: &Page<'_>, verb: usize, when: TokenRange) -> Vec<Subject> {
    let tokens = page.tokens;
    let mut end = verb;
    while end > 0 && matches!(tokens.word(end - 1), "had" | "still" | "already" | "both" | "also") {
        end -= 1;
    }
    // "Mara, on Tuesday at noon, was in Stennick".
    if end > 0 && (end == when.end || tokens.word(end - 1) == "," && end - 1 == when.end) {
        end = when.start;
        end -= usize::from(end > 0 && tokens.word(end - 1) == ",");
    }
    let Some(last) = end.checked_sub(1) else { return Vec::new() };
    if matches!(tokens.word(last), "he" | "she") {
        return Some(coreference::of_pronoun(page, last)).filter(|subject| matches!(subject, Subject::Known(_))).into_iter().collect();
    }
    let mut people = Vec::new();
    let mut at = last;
    while let Some(mention) = page.person_at(at) {
        people.push(Subject::Known(mention.name.clone()));
        let start = page.tokens_of(mention).start;
        let joins = start > 1 && matches!(tokens.word(start - 1), "and" | ",");
        if !joins {
            // "Beside Mara", "the sister of Mara": somebody else is meant.
            let is_head = start == 0
                || start == when.end
                || tokens.is_mark(start - 1)
                || matches!(tokens.word(start - 1), "and" | "but" | "that" | "when" | "while" | "then" | "both")
                || start == tokens.sentence(at).start;
            return if is_head { people } else { Vec::new() };
        }
        if page.person_at(start - 2).is_none() {
            return people;
        }
        at = start - 2;
    }
    Vec::new()
}
