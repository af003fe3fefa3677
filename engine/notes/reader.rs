//! The stage before the scripts: every passage is read once, and what it states is remembered.

use super::adapters::Adapter;
use super::note::{self, Note};
use super::passage::{Line, Passage, passages};
use super::people::Ground;
use super::prompt;
use crate::facts::Cast;
use crate::manuscript::{Mode, Series, StoryPoint};
use crate::model::{Desk, ModelError, Pending, Turn};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The notes of a series.
#[derive(Default)]
pub struct Reading {
    pub scenes: Vec<SceneNotes>,
    /// Passages that were read, and those that were not, with the reason of the first.
    pub passages: usize,
    pub not_read: usize,
    pub why_not: Option<String>,
    /// Notes that did not stand in the text.
    pub dropped: usize,
}

/// The notes of a scene.
pub struct SceneNotes {
    pub point: StoryPoint,
    pub ground: Ground,
    pub passages: Vec<PassageNotes>,
    /// Whether it is the story's present: not a letter, a dream or a tale.
    pub is_present: bool,
}

/// A passage with its notes.
pub struct PassageNotes {
    pub passage: Passage,
    pub notes: Vec<Note>,
}

impl SceneNotes {
    /// All lines of the scene, in order.
    pub fn lines(&self) -> Vec<&Line> {
        self.passages.iter().flat_map(|passage| &passage.passage.lines).collect()
    }
}

/// Reads every passage of a series: all are handed in at once, so that the model works on several together. Those of urgent chapters come
/// first. Ends early, with what it has, when `stop` turns true.
pub fn read(
    series: &Series,
    cast: &Cast,
    desk: &Desk,
    adapter: &Adapter,
    urgent: &BTreeSet<(usize, usize)>,
    stop: &Arc<AtomicBool>,
) -> Reading {
    let scenes: Vec<_> = series.chapters().flat_map(|chapter| chapter.scenes.iter().map(move |scene| (chapter, scene))).collect();
    let prepared: Vec<(SceneNotes, Vec<crate::model::Request>)> = scenes
        .par_iter()
        .map(|(chapter, scene)| {
            let ground = Ground::new(chapter, scene, cast);
            let passages = passages(scene, adapter.sentences_before);
            let ask = |passage: &Passage| {
                let shown = prompt::passage(&scene.prose, passage, &ground.people(passage.range()));
                prompt::notes(&shown, passage.lines.len())
            };
            let requests = passages.iter().map(ask).collect();
            let passages = passages.into_iter().map(|passage| PassageNotes { passage, notes: Vec::new() }).collect();
            let is_present = chapter.front_matter.mode != Mode::Exempt;
            (SceneNotes { point: scene.point, ground, passages, is_present }, requests)
        })
        .collect();
    let mut reading = Reading::default();
    let mut pending: Vec<Vec<Result<Pending, ModelError>>> = Vec::new();
    let mut place = 0;
    for (scene, requests) in prepared {
        let is_urgent = urgent.contains(&(scene.point.book, scene.point.chapter));
        let hand_in = |request| {
            place += 1;
            desk.submit(request, Turn { is_urgent, place }, stop)
        };
        pending.push(requests.into_iter().map(hand_in).collect());
        reading.scenes.push(scene);
    }
    for ((scene, pending), (_, of_story)) in reading.scenes.iter_mut().zip(pending).zip(&scenes) {
        for (passage, pending) in scene.passages.iter_mut().zip(pending) {
            match pending.and_then(|pending| pending.wait()) {
                Ok(reply) => {
                    let read = note::read(&reply.text, reply.is_complete, &of_story.prose, &passage.passage);
                    reading.passages += 1;
                    reading.dropped += read.dropped;
                    passage.notes = read.notes;
                }
                Err(error) => {
                    reading.not_read += 1;
                    reading.why_not.get_or_insert_with(|| error.to_string());
                }
            }
        }
    }
    reading
}
