//! What the bible tells in sentences, noted as the prose is: “Tall and quiet, with brown eyes; he never learned to swim.”

use super::note::{self, Note};
use super::passage::{Passage, passages};
use super::people::MAX_PEOPLE;
use super::prompt;
use crate::bible::{Bible, Entry, EntryKind};
use crate::manuscript::{Chapter, KeyNames, Scene, Series, SourceFile};
use crate::model::{ModelError, Pending, Request};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A passage of an entry with its notes.
pub struct EntryNotes {
    /// Its place in [`Bible::entries`].
    pub entry: usize,
    /// What the entry tells.
    pub text: Arc<Chapter>,
    scene: usize,
    pub passage: Passage,
    pub notes: Vec<Note>,
}

impl EntryNotes {
    /// The text that the passage is of.
    pub fn scene(&self) -> &Scene {
        &self.text.scenes[self.scene]
    }

    /// Waits for the notes. Gives how many of them the text does not bear out.
    pub(super) fn take(&mut self, pending: Result<Pending, ModelError>) -> Result<usize, ModelError> {
        let reply = pending.and_then(|pending| pending.wait())?;
        let read = note::read(&reply.text, reply.is_complete, &self.scene().prose, &self.passage);
        self.notes = read.notes;
        Ok(read.dropped)
    }
}

/// Every passage of what the bible tells of those whom the chapters name, with the request for its notes. A world of a thousand entries is read
/// as far as the story has come to it.
pub(super) fn requests(bible: &Bible, series: &Series, sentences_before: usize) -> Vec<(EntryNotes, Request)> {
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
        for (scene, of_text) in text.scenes.iter().enumerate() {
            for passage in passages(of_text, sentences_before) {
                let shown = prompt::passage(&of_text.prose, &passage, &people(bible, entry, &of_text.prose[passage.range()]));
                let request = prompt::notes(&shown, passage.lines.len());
                requests.push((EntryNotes { entry: index, text: text.clone(), scene, passage, notes: Vec::new() }, request));
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

/// Whom the reader is told of: the entry's own subject first, and who else of the bible is named.
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
