//! The stage before the scripts: every passage is read once, and what it states is remembered.

use super::adapters;
use super::entries::{self, EntryNotes};
use super::gist::{self, GistLine};
use super::note::{self, Note};
use super::passage::{Line, Passage, passages};
use super::people::{Ground, Names};
use super::prompt;
use crate::bible::Bible;
use crate::facts::Cast;
use crate::manuscript::{Chapter, Mode, Scene, Series, StoryPoint};
use crate::model::{ModelError, ModelQueue, Pending, Reply, Request, Turn};
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
    /// Notes and lines of summaries that the text does not bear out.
    pub dropped: usize,
    /// What the bible tells in sentences.
    pub entries: Vec<EntryNotes>,
    /// Whom names mean, those of the cast and those that the notes have besides.
    pub names: Names,
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
    /// What happens in it, in its order; only where a summary was asked for.
    pub gist: Vec<GistLine>,
    /// Whether all that was wanted of it came.
    pub is_read: bool,
}

/// What the author has written.
#[derive(Clone, Copy)]
pub struct Written<'a> {
    pub series: &'a Series,
    /// The people of the series.
    pub cast: &'a Cast,
    pub bible: &'a Bible,
}

/// What is wanted of the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wanted {
    pub notes: bool,
    pub summary: bool,
}

impl Reading {
    /// The notes of a scene.
    pub fn scene(&self, point: StoryPoint) -> Option<&SceneNotes> {
        self.place_of(point).map(|place| &self.scenes[place])
    }

    /// Its place among the scenes that were read, which are in the order of the story.
    pub fn place_of(&self, point: StoryPoint) -> Option<usize> {
        self.scenes.binary_search_by_key(&point, |scene| scene.point).ok()
    }
}

impl SceneNotes {
    /// All lines of the scene, in order.
    pub fn lines(&self) -> Vec<&Line> {
        self.passages.iter().flat_map(|passage| &passage.passage.lines).collect()
    }
}

impl Wanted {
    /// What either wants.
    #[must_use]
    pub fn or(self, other: Wanted) -> Wanted {
        Wanted { notes: self.notes || other.notes, summary: self.summary || other.summary }
    }

    /// Whether anything is wanted.
    pub fn is_any(self) -> bool {
        self.notes || self.summary
    }
}

/// A passage that was handed in: the reply with its notes, and the one with its summary.
type HandedIn = [Option<Result<Pending, ModelError>>; 2];

/// A scene cut into passages, and what is asked of each: notes, a summary.
fn prepared(
    chapter: &Chapter,
    scene: &Scene,
    cast: &Cast,
    sentences_before: usize,
    wanted: Wanted,
) -> (SceneNotes, Vec<[Option<Request>; 2]>) {
    let ground = Ground::new(chapter, scene, cast);
    let passages = passages(scene, sentences_before);
    let ask = |passage: &Passage| {
        let shown = prompt::passage(&scene.prose, passage, &ground.people(passage.range()));
        let lines = passage.lines.len();
        [wanted.notes.then(|| prompt::notes(&shown, lines)), wanted.summary.then(|| prompt::summary(&shown, lines))]
    };
    let requests = passages.iter().map(ask).collect();
    let passages =
        passages.into_iter().map(|passage| PassageNotes { passage, notes: Vec::new(), gist: Vec::new(), is_read: false }).collect();
    let is_present = chapter.front_matter.mode != Mode::Exempt;
    (SceneNotes { point: scene.point, ground, passages, is_present }, requests)
}

impl PassageNotes {
    /// Takes the replies that came, notes and summary. Gives how many of their lines were dropped.
    fn take(&mut self, [notes, summary]: [Option<Reply>; 2], prose: &str, ground: &Ground) -> usize {
        let mut dropped = 0;
        if let Some(reply) = notes {
            let read = note::read(&reply.text, reply.is_complete, prose, &self.passage);
            dropped += read.dropped;
            self.notes = read.notes;
        }
        if let Some(reply) = summary {
            let people = ground.people(self.passage.range());
            let (lines, left_out) = gist::read(&reply.text, reply.is_complete, prose, &self.passage, &people);
            dropped += left_out;
            self.gist = lines;
        }
        dropped
    }
}

/// A passage, and how the reader is asked for its notes.
pub struct Asked<'a> {
    pub chapter: &'a Chapter,
    pub scene: &'a Scene,
    pub passage: Passage,
    pub request: Request,
}

/// The passages of a series in their order, each asked for its notes to the letter as [`read`] asks with this adapter.
pub fn asked<'a>(written: Written<'a>, sentences_before: usize) -> Vec<Asked<'a>> {
    let wanted = Wanted { notes: true, summary: false };
    let of_scene = |(chapter, scene): (&'a Arc<Chapter>, &'a Scene)| {
        let (notes, requests) = prepared(chapter, scene, written.cast, sentences_before, wanted);
        let both = notes.passages.into_iter().zip(requests);
        let asked = both.filter_map(|(own, [request, _])| Some(Asked { chapter, scene, passage: own.passage, request: request? }));
        asked.collect::<Vec<_>>()
    };
    scenes(written.series).into_par_iter().flat_map_iter(of_scene).collect()
}

/// The scenes that the reader reads: those in English.
fn scenes(series: &Series) -> Vec<(&Arc<Chapter>, &Scene)> {
    let english = series.chapters().filter(|chapter| chapter.foreign_language.is_none());
    english.flat_map(|chapter| chapter.scenes.iter().map(move |scene| (chapter, scene))).collect()
}

/// Reads every passage of a series: all are handed in at once, so that the model works on several together, and reads a passage once for all
/// that is wanted of it. Those of urgent chapters come first, what the bible tells comes last. Ends early, with what it has, when `stop` turns
/// true.
pub fn read(written: Written<'_>, desk: &ModelQueue, wanted: Wanted, urgent: &BTreeSet<(usize, usize)>, stop: &Arc<AtomicBool>) -> Reading {
    let Some(adapter) = adapters::of_desk(desk) else { return Reading::default() };
    let Written { series, cast, bible } = written;
    let scenes = scenes(series);
    let prepared: Vec<(SceneNotes, Vec<[Option<Request>; 2]>)> =
        scenes.par_iter().map(|(chapter, scene)| prepared(chapter, scene, cast, adapter.sentences_before, wanted)).collect();
    let mut reading = Reading::default();
    let mut pending: Vec<Vec<HandedIn>> = Vec::new();
    let mut place = 0;
    for (scene, requests) in prepared {
        let is_urgent = urgent.contains(&(scene.point.book, scene.point.chapter));
        let hand_in = |requests: [Option<Request>; 2]| {
            place += 1;
            requests.map(|request| request.map(|request| desk.submit(request, Turn { is_urgent, place }, stop)))
        };
        pending.push(requests.into_iter().map(hand_in).collect());
        reading.scenes.push(scene);
    }
    let entries = if wanted.notes { entries::requests(bible, series, adapter.sentences_before) } else { Vec::new() };
    let asked_of_bible = entries.into_iter().map(|(asked, request)| {
        place += 1;
        (asked, desk.submit(request, Turn { is_urgent: false, place }, stop))
    });
    let asked_of_bible: Vec<_> = asked_of_bible.collect();
    for ((scene, pending), (_, of_story)) in reading.scenes.iter_mut().zip(pending).zip(&scenes) {
        for (passage, [notes, summary]) in scene.passages.iter_mut().zip(pending) {
            let replies = [notes, summary].map(|pending| pending.map(|pending| pending.and_then(|pending| pending.wait())));
            if let Some(error) = replies.iter().flatten().find_map(|reply| reply.as_ref().err()) {
                reading.not_read += 1;
                reading.why_not.get_or_insert_with(|| error.to_string());
            } else {
                reading.passages += 1;
                passage.is_read = true;
            }
            reading.dropped += passage.take(replies.map(|reply| reply.and_then(Result::ok)), &of_story.prose, &scene.ground);
        }
    }
    for (mut passage, pending) in asked_of_bible {
        match passage.take(pending) {
            Ok(dropped) => {
                reading.dropped += dropped;
                reading.entries.push(passage);
            }
            Err(error) => {
                reading.not_read += 1;
                reading.why_not.get_or_insert_with(|| error.to_string());
            }
        }
    }
    let notes = reading.scenes.iter().flat_map(|scene| &scene.passages).flat_map(|passage| &passage.notes);
    reading.names = Names::of(cast, notes);
    reading
}
