//! What the bible states in sentences: of the notes of its entries those that hold for the whole of the story, each of somebody or something that
//! has an entry.

use super::attribute::Persistence;
use super::entries::EntryNotes;
use super::fact::Fact;
use super::note::{Note, Standing, has_any};
use super::sources::of_bible;
use crate::bible::{self, Bible, Entry, EntryKind};
use crate::facts::lexicon::{self, WordSet};
use crate::finding::Source;
use crate::text::Span;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

/// Words of a sentence that tells how the story goes, or what somebody makes believe: that does not hold from the beginning.
static NOT_ALL_ALONG: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "after afterwards eventually finally later until till then will would becomes become turns loses lost learns discovers discovered ends end \
         book chapter finale climax sequel epilogue arc pretends pretended claims claimed disguise disguised secretly supposedly believes \
         thinks maybe perhaps possibly might could should once formerly used previously originally draft todo idea alternatively when while \
         youth childhood teens twenties thirties forties dyes dyed grows wants midway opens starts begins",
    )
});

/// Words of what somebody was once.
const EARLIER: &[&str] = &["as a child", "as a boy", "as a girl", "as a young"];

/// Attributes that change with the story's course, or that only one of its days has, besides those of the moment.
const PASSING: &[&str] = &[
    "died", "past", "date", "weekday", "season", "hour", "travel", "distance", "knows", "learns", "unaware", "promise", "age", "where",
    "owns", "wound", "alive",
];

/// A statement that the bible makes in a sentence.
#[derive(Clone, Debug)]
pub struct Stated {
    /// The book whose layer says so, 0-based; nothing for the series.
    pub book: Option<usize>,
    pub fact: Fact,
}

/// The statements of all entries.
pub(super) fn of_entries(entries: &[EntryNotes], bible: &Bible) -> Vec<Stated> {
    entries.iter().flat_map(|told| of_passage(told, bible)).collect()
}

fn of_passage(told: &EntryNotes, bible: &Bible) -> Vec<Stated> {
    let entry = &bible.entries[told.entry];
    let Some(file) = bible.files.get(&entry.file).filter(|_| !told.notes.is_empty()) else { return Vec::new() };
    let begin = file.begin_of(entry);
    let span = |sentence: &str| file.place_of(sentence, begin).unwrap_or(entry.span);
    told.notes.iter().filter_map(|note| statement(note, told, bible, &span)).collect()
}

/// What a note states for the whole of the story, of somebody or something that has an entry. `span` finds a sentence in the entry's file.
fn statement(note: &Note, told: &EntryNotes, bible: &Bible, span: &dyn Fn(&str) -> Span) -> Option<Stated> {
    let entry = &bible.entries[told.entry];
    let line = told.passage.lines.get(note.line)?;
    let sentence = &told.scene().prose[line.range.clone()];
    let is_changing = note.attribute.persistence == Persistence::Momentary || PASSING.contains(&note.attribute.name);
    let words: Vec<String> = words(sentence).collect();
    // Brown or hazel is not decided; whoever cannot read or write can neither.
    let is_open = note.attribute.name != "cannot" && has_any(&words, &["or"]);
    let lower = sentence.to_lowercase();
    let is_of_another_time = EARLIER.iter().any(|words| lower.contains(words)) || words.iter().any(|word| NOT_ALL_ALONG.has(word));
    if note.standing != Standing::Plain || is_changing || is_open || is_of_another_time || sentence.ends_with('?') {
        return None;
    }
    let before = &told.scene().prose[told.passage.range().start..line.range.end];
    let introduction = told.text.scenes.first().map(|scene| introduction(&scene.prose)).unwrap_or_default();
    let subject = subject(&note.subject, entry, &introduction, before, bible)?;
    let stated = bible::Fact {
        subject,
        name: note.attribute.name.to_string(),
        value: note.value.clone(),
        file: entry.file.clone(),
        span: span(sentence),
        from: None,
    };
    let fact = Fact { text: Arc::from(sentence), sources: BTreeSet::from([Source::Bible, Source::Reader]), ..of_bible(&stated)? };
    Some(Stated { book: entry.book, fact })
}

/// What the first words of an entry say that it is, in small letters: “A white tower of granite, with a hundred steps” is a white tower.
fn introduction(told: &str) -> String {
    let first = told.trim_start().split(['.', ',', ';', '\n']).next().unwrap_or_default().to_lowercase();
    let what = [" of ", " with ", " on ", " in ", " at ", " that ", " which "];
    what.iter().fold(first.as_str(), |what, word| what.split(word).next().unwrap_or(what)).trim().to_string()
}

/// Whether a note’s subject is what an entry that is no person begins with.
fn is_introduced_as(subject: &str, introduction: &str, entry: &Entry) -> bool {
    let noun = subject.strip_prefix("the ").filter(|_| entry.kind != EntryKind::Character);
    noun.is_some_and(|noun| introduction.split_whitespace().last() == Some(noun))
}

/// Whose entry a note’s subject means. A pronoun or a part of the name means the entry itself, as long as nothing up to the end of the sentence,
/// `before`, names anybody else.
fn subject(words: &str, entry: &Entry, introduction: &str, before: &str, bible: &Bible) -> Option<String> {
    const ITSELF: &[&str] = &["he", "she", "they", "it", "narrator", "i", "scene", "the character"];
    let lower = words.to_lowercase();
    if let [name] = bible.names.canonical(words)[..] {
        return Some(name.to_string());
    }
    let parts: Vec<&str> = lower.split(' ').filter(|word| *word != "the").collect();
    let has_all = |name: &str| {
        let name = name.to_lowercase();
        !parts.is_empty() && parts.iter().all(|part| name.split(' ').any(|own| own == *part))
    };
    let is_only_one = || bible.entries.iter().all(|other| other.name == entry.name || !has_all(&other.name));
    let is_itself = if ITSELF.contains(&lower.as_str()) {
        names_nobody_else(before, entry, bible)
    } else {
        is_introduced_as(&lower, introduction, entry) || has_all(&entry.name) && is_only_one()
    };
    is_itself.then(|| entry.name.clone())
}

/// Whether a text speaks of nobody but the subject of an entry: neither another name of the bible nor a relative stands there.
fn names_nobody_else(text: &str, entry: &Entry, bible: &Bible) -> bool {
    let is_own = |found: &bible::NameMatch| found.names.contains(&entry.name);
    bible.names.find(text).iter().all(is_own) && !words(text).any(|word| lexicon::kin(&word).is_some())
}

/// The words of a text in small letters; the mother's eyes are of a mother.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase)
}
