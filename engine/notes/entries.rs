//! What the bible tells in sentences, noted as the prose is: “Tall and quiet, with brown eyes; he never learned to swim.” Each note becomes a
//! statement of the bible about whom the entry is about, beside those that the author wrote as fields.

use super::attribute::Persistence;
use super::fact::Fact;
use super::note::{self, Note, Standing};
use super::passage::{Passage, passages};
use super::prompt;
use super::sources::of_bible;
use crate::bible::{self, Bible, Entry, EntryKind};
use crate::facts::lexicon::{self, WordSet};
use crate::finding::Source;
use crate::manuscript::{Chapter, KeyNames, Scene, Series, SourceFile};
use crate::model::{ModelError, Pending, Request};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

/// Most people that the reader is told of; the first is whom the entry is about.
const MAX_PEOPLE: usize = 8;

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

/// A passage of an entry, and what the model is asked about it.
pub(super) struct Asked {
    /// Its place in [`Bible::entries`].
    entry: usize,
    /// Where its text begins in the file.
    begin: usize,
    /// What the entry begins with: a white tower.
    introduction: Arc<str>,
    text: Arc<Chapter>,
    scene: usize,
    passage: Passage,
}

impl Asked {
    fn scene(&self) -> &Scene {
        &self.text.scenes[self.scene]
    }
}

/// Every passage of what the bible tells of those whom the chapters name, with the request for its notes. A world of a thousand entries is read
/// as far as the story has come to it.
pub(super) fn requests(bible: &Bible, series: &Series, sentences_before: usize) -> Vec<(Asked, Request)> {
    let mut requests = Vec::new();
    let named = named(bible, series);
    for (index, entry) in bible.entries.iter().enumerate().filter(|(_, entry)| named.contains(&entry.name)) {
        let told = entry.told();
        if told.trim().is_empty() {
            continue;
        }
        let text = Arc::new(Chapter::parse(&SourceFile::new("entry.md", &told), &KeyNames::default()).0);
        if text.foreign_language.is_some() {
            continue;
        }
        let introduction: Arc<str> = introduction(&told).into();
        let begin = bible.files.get(&entry.file).map_or(0, |file| file.begin_of(entry));
        for (scene, of_text) in text.scenes.iter().enumerate() {
            for passage in passages(of_text, sentences_before) {
                let shown = prompt::passage(&of_text.prose, &passage, &people(bible, entry, &of_text.prose[passage.range()]));
                let request = prompt::notes(&shown, passage.lines.len());
                requests
                    .push((Asked { entry: index, begin, introduction: introduction.clone(), text: text.clone(), scene, passage }, request));
            }
        }
    }
    requests
}

/// The names of the entries that the chapters name.
fn named(bible: &Bible, series: &Series) -> BTreeSet<String> {
    let scenes: Vec<&Scene> = series.chapters().flat_map(|chapter| &chapter.scenes).collect();
    let of_scene = |scene: &&Scene| bible.names.find(&scene.prose).into_iter().flat_map(|found| found.names).collect::<BTreeSet<_>>();
    scenes.par_iter().map(of_scene).reduce(BTreeSet::new, |mut all, some| {
        all.extend(some);
        all
    })
}

/// Whom the reader is told of: the entry's own subject, and who else of the bible is named.
fn people(bible: &Bible, entry: &Entry, words: &str) -> Vec<String> {
    let mut people = vec![entry.name.clone()];
    for found in bible.names.find(words).into_iter().filter(|found| found.kind == EntryKind::Character) {
        if let [name] = &found.names[..]
            && people.len() < MAX_PEOPLE
            && !people.contains(name)
        {
            people.push(name.clone());
        }
    }
    people
}

/// Waits for the notes of a passage and makes statements of them. Gives how many notes were dropped with them.
pub(super) fn take(asked: &Asked, pending: Result<Pending, ModelError>, bible: &Bible) -> Result<(Vec<Stated>, usize), ModelError> {
    let reply = pending.and_then(|pending| pending.wait())?;
    let read = note::read(&reply.text, reply.is_complete, &asked.scene().prose, &asked.passage);
    let told = read.notes.iter().filter_map(|note| statement(note, asked, bible)).collect();
    Ok((told, read.dropped))
}

/// What a note states for the whole of the story, of somebody or something that has an entry.
fn statement(note: &Note, asked: &Asked, bible: &Bible) -> Option<Stated> {
    let entry = &bible.entries[asked.entry];
    let line = asked.passage.lines.get(note.line)?;
    let sentence = &asked.scene().prose[line.range.clone()];
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
    let before = &asked.scene().prose[asked.passage.range().start..line.range.end];
    let subject = subject(&note.subject, entry, &asked.introduction, before, bible)?;
    let span = bible.files.get(&entry.file)?.place_of(sentence, asked.begin).unwrap_or(entry.span);
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

/// Whether words speak of nobody but the subject of an entry: neither another name of the bible nor a relative stands there.
fn names_nobody_else(words: &str, entry: &Entry, bible: &Bible) -> bool {
    let is_own = |found: &bible::NameMatch| found.names.contains(&entry.name);
    let mut each = words.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    bible.names.find(words).iter().all(is_own) && !each.any(|word| lexicon::kin(&word).is_some())
}
