//! The chapters as they were: which of them a run may look back at, and how far the next one shall.
//!
//! A chapter's earlier text stays until nothing rests any more on what an edit took from it, so that a save does not wipe out what the author
//! has not put right yet.

use super::Run;
use crate::manuscript::{SourceFile, sections};
use crate::project::Snapshot;
use crate::report::Outcome;
use crate::store::Store;
use crate::text::{ContentHash, Problem, SourcePath};
use std::collections::{BTreeMap, BTreeSet};

/// The earlier texts of the chapters that changed since, and of those that are gone. A chapter that cannot be read just now is neither, nor is
/// one that stands elsewhere now: under another name, or under another number in its file.
pub fn texts(snapshot: &Snapshot, store: &Store) -> Vec<SourceFile> {
    let now: BTreeMap<&SourcePath, (&SourceFile, ContentHash)> = written(snapshot).map(|file| (&file.path, (file, hash(file)))).collect();
    let all: BTreeSet<ContentHash> = now.values().map(|(_, hash)| *hash).collect();
    let is_gone = |path: &SourcePath| !is_unread(snapshot, path) && !is_taken_otherwise(path, now.keys().copied());
    let is_changed = |(path, kept): &(SourcePath, ContentHash)| !all.contains(kept) && (now.contains_key(path) || is_gone(path));
    let changed = store.kept_texts().into_iter().filter(is_changed);
    let earlier = |(path, _): (SourcePath, ContentHash)| {
        let text = store.kept_text(&path)?;
        Some(now.get(&path).map_or_else(|| SourceFile::new(path.as_str(), &text), |(file, _)| sections::as_section(&text, file)))
    };
    changed.filter_map(earlier).collect()
}

/// Whether a file was read as one chapter then and is taken apart now, or the other way round: nothing of it is gone by that.
fn is_taken_otherwise<'a>(path: &SourcePath, mut now: impl Iterator<Item = &'a SourcePath>) -> bool {
    now.any(|other| other.is_section() != path.is_section() && other.on_disk() == path.on_disk())
}

/// Keeps new chapters, and the present text of those from which nothing that is gone is missed. Gives what went wrong.
pub fn keep(run: &Run, snapshot: &Snapshot, store: &Store) -> Option<Problem> {
    let kept = store.kept_texts();
    let settled = settled(run);
    let is_to_keep = |path: &SourcePath| !kept.contains_key(path) || settled.as_ref().is_some_and(|awaited| !awaited.contains(path));
    let is_new = |file: &&SourceFile| kept.get(&file.path).is_none_or(|kept| *kept != hash(file));
    let keep: Vec<(&SourcePath, &str)> =
        written(snapshot).filter(|file| is_to_keep(&file.path)).filter(is_new).map(|file| (&file.path, &*file.text)).collect();
    let now: BTreeSet<&SourcePath> = written(snapshot).map(|file| &file.path).collect();
    let is_gone = |path: &&SourcePath| !now.contains(path) && !is_unread(snapshot, path);
    let is_to_forget = |path: &&SourcePath| is_to_keep(path) || is_taken_otherwise(path, now.iter().copied());
    let forget: Vec<SourcePath> = kept.keys().filter(is_gone).filter(is_to_forget).cloned().collect();
    store.keep_texts(&keep, &forget).err()
}

/// The chapters with words in them: an empty one was perhaps just caught between two writes of an editor.
fn written(snapshot: &Snapshot) -> impl Iterator<Item = &SourceFile> {
    snapshot.chapters.iter().filter(|file| !file.text.trim().is_empty())
}

fn hash(file: &SourceFile) -> ContentHash {
    ContentHash::of(file.text.as_bytes())
}

/// Whether a file is there, but has no words or could not be read.
fn is_unread(snapshot: &Snapshot, path: &SourcePath) -> bool {
    if snapshot.chapters.iter().any(|file| file.path == *path && file.text.trim().is_empty()) {
        return true;
    }
    let file = path.on_disk();
    snapshot.problems.iter().any(|problem| problem.file.as_ref() == Some(&file))
}

/// The chapters whose earlier text is still needed; nothing when no script of the run has looked back, so that all are.
fn settled(run: &Run) -> Option<BTreeSet<SourcePath>> {
    let checked = run.summary.results.iter().filter(|result| result.outcome == Outcome::Checked);
    let mut awaited: Option<BTreeSet<SourcePath>> = None;
    for result in checked {
        if let Some(files) = &result.awaits {
            awaited.get_or_insert_default().extend(files.iter().cloned());
        }
    }
    awaited
}
