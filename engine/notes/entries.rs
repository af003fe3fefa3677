//! What the bible tells in sentences, noted as the prose is: “Tall and quiet, with brown eyes; he never learned to swim.” Each note becomes a
//! statement of the bible about whom the entry is about, beside those that the author wrote as fields.

use super::attribute::Persistence;
use super::fact::Fact;
use super::note::{self, Note, Standing};
use super::passage::{Passage, passages};
use super::prompt;
use super::sources::of_bible;
use crate::bible::{self, Bible, Entry, EntryKind};
use crate::facts::lexicon::WordSet;
use crate::finding::Source;
use crate::manuscript::{Chapter, KeyNames, Scene, SourceFile, StoryPoint};
use crate::model::{ModelError, Pending, Request};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

/// Most people that the reader is told of; the first is whom the entry is about.
const MAX_PEOPLE: usize = 8;

/// Words of a sentence that tells how the story goes, or what somebody makes believe: that does not hold from the beginning.
static NOT_ALL_ALONG: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "after afterwards eventually finally later until till then will would becomes become turns loses lost learns discovers discovered ends end \
         book chapter act part finale climax sequel epilogue arc pretends pretended claims claimed disguise disguised secretly supposedly \
         believes thinks maybe perhaps possibly might could should once formerly used previously originally draft todo idea alternatively or",
    )
});

/// Attributes that change although nothing but the story's course changes them, or that only a story's own moment has.
const OF_THE_MOMENT: &[&str] = &[
    "died", "past", "date", "weekday", "season", "hour", "weather", "elapsed", "travel", "distance", "at", "knows", "learns", "unaware",
    "promise", "where", "owns", "dress", "wound", "alive",
];

/// A statement that the bible makes in a sentence.
#[derive(Clone, Debug)]
pub struct Told {
    /// The book whose layer says so, 0-based; nothing for the series.
    pub book: Option<usize>,
    pub fact: Fact,
}

/// A passage of an entry, and what the model is asked about it.
pub(super) struct Asked {
    /// Its place in [`Bible::entries`].
    entry: usize,
    text: Arc<Chapter>,
    scene: usize,
    passage: Passage,
}

impl Asked {
    fn scene(&self) -> &Scene {
        &self.text.scenes[self.scene]
    }
}

/// Every passage of what the bible's entries tell, with the request for its notes.
pub(super) fn requests(bible: &Bible, sentences_before: usize) -> Vec<(Asked, Request)> {
    let mut requests = Vec::new();
    for (index, entry) in bible.entries.iter().enumerate() {
        let told = entry.told();
        if told.trim().is_empty() {
            continue;
        }
        let text = Arc::new(Chapter::parse(&SourceFile::new("entry.md", &told), &KeyNames::default()).0);
        if text.foreign_language.is_some() {
            continue;
        }
        for (scene, of_text) in text.scenes.iter().enumerate() {
            for passage in passages(of_text, sentences_before) {
                let shown = prompt::passage(&of_text.prose, &passage, &people(bible, entry, &of_text.prose[passage.range()]));
                let request = prompt::notes(&shown, passage.lines.len());
                requests.push((Asked { entry: index, text: text.clone(), scene, passage }, request));
            }
        }
    }
    requests
}

/// Whom the reader is told of: the entry's own subject, and who else of the bible is named.
fn people(bible: &Bible, entry: &Entry, words: &str) -> Vec<String> {
    let mut people = vec![entry.name.clone()];
    for found in bible.names.find(words) {
        for name in found.names {
            if people.len() < MAX_PEOPLE && !people.contains(&name) {
                people.push(name);
            }
        }
    }
    people
}

/// Waits for the notes of a passage and makes statements of them. Gives how many notes were dropped with them.
pub(super) fn take(asked: &Asked, pending: Result<Pending, ModelError>, bible: &Bible) -> Result<(Vec<Told>, usize), ModelError> {
    let reply = pending.and_then(|pending| pending.wait())?;
    let read = note::read(&reply.text, reply.is_complete, &asked.scene().prose, &asked.passage);
    let told = read.notes.iter().filter_map(|note| statement(note, asked, bible)).collect();
    Ok((told, read.dropped))
}

/// What a note states for the whole of the story, of somebody or something that has an entry.
fn statement(note: &Note, asked: &Asked, bible: &Bible) -> Option<Told> {
    let entry = &bible.entries[asked.entry];
    let line = asked.passage.lines.get(note.line)?;
    let sentence = &asked.scene().prose[line.range.clone()];
    let is_changing = note.attribute.persistence == Persistence::Momentary || OF_THE_MOMENT.contains(&note.attribute.name);
    let mut words = sentence.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    if note.standing != Standing::Plain || is_changing || sentence.ends_with('?') || words.any(|word| NOT_ALL_ALONG.has(&word)) {
        return None;
    }
    let subject = subject(&note.subject, entry, bible)?;
    let file = &bible.files.get(&entry.file)?;
    let span = file.place_of(sentence, entry.span.start.min(file.text.len())).or_else(|| file.place_of(sentence, 0)).unwrap_or(entry.span);
    let stated = bible::Fact {
        subject,
        name: note.attribute.name.to_string(),
        value: note.value.clone(),
        file: entry.file.clone(),
        span,
        from: None,
    };
    let fact = Fact { text: Arc::from(sentence), sources: BTreeSet::from([Source::Bible, Source::Reader]), ..of_bible(&stated)? };
    Some(Told { book: entry.book, fact })
}

/// Whether an entry that is no person begins with what it is: “A white tower of granite, with a hundred steps” is the tower.
fn is_introduced_as(subject: &str, entry: &Entry) -> bool {
    let Some(noun) = subject.strip_prefix("the ").filter(|_| entry.kind != EntryKind::Character) else { return false };
    let told = entry.told().to_lowercase();
    let first = told.trim_start().split(['.', ',', ';', '\n']).next().unwrap_or_default();
    let what = [" of ", " with ", " on ", " in ", " at ", " that ", " which "]
        .iter()
        .fold(first, |what, word| what.split(word).next().unwrap_or(what));
    what.split_whitespace().last() == Some(noun)
}

/// Whose entry a note’s subject means: a pronoun or a part of the name means the entry itself.
fn subject(words: &str, entry: &Entry, bible: &Bible) -> Option<String> {
    const ITSELF: &[&str] = &["he", "she", "they", "it", "narrator", "i", "scene", "the character"];
    let lower = words.to_lowercase();
    let own = entry.name.to_lowercase();
    let is_part = || lower.split(' ').filter(|word| *word != "the").all(|word| own.split(' ').any(|own| own == word));
    if ITSELF.contains(&lower.as_str())
        || is_introduced_as(&lower, entry)
        || entry.aliases.iter().any(|alias| alias.to_lowercase() == lower)
        || is_part()
    {
        return Some(entry.name.clone());
    }
    bible.at(StoryPoint::BEGIN).name_of(words).map(str::to_string)
}
