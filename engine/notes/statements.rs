//! What the bible states in sentences: of the notes of its entries those that hold for the whole of the story, each of somebody or something that
//! has an entry.

use super::attribute::Persistence;
use super::entries::EntryNotes;
use super::fact::Fact;
use super::note::{Note, Standing};
use super::sources::of_bible;
use crate::bible::{self, Bible, Entry, EntryKind};
use crate::facts::lexicon::{self, WordSet};
use crate::finding::Source;
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

/// Attributes that change although nothing but the story's course changes them, or that only a story's own moment has.
const PASSING: &[&str] = &[
    "died", "past", "date", "weekday", "season", "hour", "weather", "elapsed", "travel", "distance", "at", "knows", "learns", "unaware",
    "promise", "age", "where", "owns", "dress", "wound", "alive",
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
    let of_passage = |passage: &EntryNotes| passage.notes.iter().filter_map(|note| statement(note, passage, bible)).collect::<Vec<_>>();
    entries.iter().flat_map(of_passage).collect()
}

/// What a note states for the whole of the story, of somebody or something that has an entry.
fn statement(note: &Note, told: &EntryNotes, bible: &Bible) -> Option<Stated> {
    let entry = &bible.entries[told.entry];
    let line = told.passage.lines.get(note.line)?;
    let sentence = &told.scene().prose[line.range.clone()];
    let is_changing = note.attribute.persistence == Persistence::Momentary || PASSING.contains(&note.attribute.name);
    let mut words = sentence.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    // Brown or hazel is not decided; whoever cannot read or write can neither.
    if note.attribute.name != "cannot" && words.clone().any(|word| word == "or") {
        return None;
    }
    let lower = sentence.to_lowercase();
    if EARLIER.iter().any(|words| lower.contains(words))
        || note.standing != Standing::Plain
        || is_changing
        || sentence.ends_with('?')
        || words.any(|word| NOT_ALL_ALONG.has(&word))
    {
        return None;
    }
    let before = &told.scene().prose[told.passage.range().start..line.range.end];
    let subject = subject(&note.subject, entry, &told.introduction, before, bible)?;
    let span = bible.files.get(&entry.file)?.place_of(sentence, told.begin).unwrap_or(entry.span);
    let stated = bible::Fact {
        subject,
        name: note.attribute.name.to_string(),
        value: note.value.clone(),
        file: entry.file.clone(),
        span,
        from: None,
    };
    let fact = Fact { text: Arc::from(sentence), sources: BTreeSet::from([Source::Bible, Source::Reader]), ..of_bible(&stated)? };
    Some(Stated { book: entry.book, fact })
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

/// Whether words speak of nobody but the subject of an entry: neither another name of the bible nor a relative stands there.
fn names_nobody_else(words: &str, entry: &Entry, bible: &Bible) -> bool {
    let is_own = |found: &bible::NameMatch| found.names.contains(&entry.name);
    let mut each = words.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    bible.names.find(words).iter().all(is_own) && !each.any(|word| lexicon::kin(&word).is_some())
}
