//! The sentences that an edit removed, and where in the text of now they stood.

use crate::manuscript::{Chapter, Series, StoryPoint};
use crate::text::SourcePath;
use crate::text::words::fold;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A place of the text as it is now: the scene, and a byte of its prose.
pub type Position = (StoryPoint, usize);

/// All removed sentences of a series.
#[derive(Debug, Default)]
pub struct Removed {
    /// Scene of then → the first byte of a removed sentence → where it would stand now.
    places: BTreeMap<StoryPoint, BTreeMap<usize, Position>>,
    /// The files of the chapters of then that changed.
    files: BTreeMap<(usize, usize), SourcePath>,
    /// The sentences of then, folded, of the chapters that changed.
    sentences: HashSet<String>,
    /// The removed sentences that stand in another chapter now, folded, and where they first do.
    moved: HashMap<String, Position>,
}

impl Removed {
    /// Compares chapter by chapter. A sentence that still stands in its chapter is not removed; a changed one is.
    pub fn of(then: &Series, now: &Series) -> Removed {
        let mut removed = Removed::default();
        let mut last = (StoryPoint::BEGIN, 0);
        for old in then.chapters() {
            let new = now.chapter(&old.path);
            match new {
                Some(new) if new.source == old.source => {}
                _ => removed.add(old, new, last),
            }
            if let Some(scene) = new.and_then(|new| new.scenes.last()) {
                last = (scene.point, scene.prose.len());
            }
        }
        let is_changed = |chapter: &&std::sync::Arc<Chapter>| then.chapter(&chapter.path).is_none_or(|old| old.source != chapter.source);
        for scene in now.chapters().filter(is_changed).flat_map(|chapter| &chapter.scenes) {
            for sentence in &scene.sentences {
                let words = fold(scene.sentence_text(sentence));
                if removed.sentences.contains(&words) {
                    removed.moved.entry(words).or_insert((scene.point, sentence.range.start));
                }
            }
        }
        removed
    }

    /// Where a sentence that is gone from its chapter stands now; nothing when it stands nowhere.
    pub fn moved_to(&self, sentence: &str) -> Option<Position> {
        self.moved.get(&fold(sentence)).copied()
    }

    /// `before` is the end of what stands before the chapter now.
    fn add(&mut self, old: &Chapter, new: Option<&std::sync::Arc<Chapter>>, before: Position) {
        let mut standing: BTreeMap<String, Position> = BTreeMap::new();
        for scene in new.into_iter().flat_map(|new| &new.scenes) {
            for sentence in &scene.sentences {
                standing.entry(fold(scene.sentence_text(sentence))).or_insert((scene.point, sentence.range.end));
            }
        }
        let mut last = new.and_then(|new| new.scenes.first()).map_or(before, |scene| (scene.point, 0));
        for scene in &old.scenes {
            let mut places = BTreeMap::new();
            for sentence in &scene.sentences {
                let words = fold(scene.sentence_text(sentence));
                match standing.get(&words) {
                    Some(position) => last = *position,
                    None => drop(places.insert(sentence.range.start, last)),
                }
                self.sentences.insert(words);
            }
            self.places.insert(scene.point, places);
        }
        self.files.insert((old.book, old.number - 1), old.path.clone());
    }

    /// Where the sentence that begins at a byte of a scene of then would stand now; nothing when it still stands.
    pub fn place(&self, point: StoryPoint, start: usize) -> Option<Position> {
        self.places.get(&point)?.get(&start).copied()
    }

    /// The file of a changed chapter of then, by its 0-based book and place in it.
    pub fn file(&self, book: usize, chapter: usize) -> Option<&SourcePath> {
        self.files.get(&(book, chapter))
    }

    /// Whether a sentence of now did not stand in a changed chapter.
    pub fn is_new(&self, sentence: &str) -> bool {
        !self.sentences.contains(&fold(sentence))
    }

    /// The scenes of then that changed, with their removed sentences: the first byte, and where it would stand now.
    pub fn scenes(&self) -> impl Iterator<Item = (StoryPoint, &BTreeMap<usize, Position>)> {
        self.places.iter().map(|(point, places)| (*point, places))
    }
}
