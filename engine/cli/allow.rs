//! `copydesk allow`: the author's word that a script may run; and what a run may use of a folder's scripts.

use super::args::{Allow, scripts_and_folder};
use super::{messages, model_choice};
use crate::project::allowed::Allowed;
use crate::project::{Snapshot, SnapshotError};
use crate::run::shipped;
use crate::text::escape::for_terminal;
use crate::text::{Problem, ProblemKind, ScriptFile, SourcePath};
use std::collections::BTreeMap;
use std::path::Path;

/// The snapshot of a folder that knows which of its scripts may not run.
///
/// # Errors
/// As [`Snapshot::take`].
pub fn snapshot(folder: &Path) -> Result<Snapshot, SnapshotError> {
    snapshot_with(folder, &BTreeMap::new()).map(|(snapshot, _)| snapshot)
}

/// The same with the texts that an editor has open, and whether they say something else than the disk.
///
/// # Errors
/// As [`Snapshot::take`].
pub fn snapshot_with(folder: &Path, open: &BTreeMap<SourcePath, String>) -> Result<(Snapshot, bool), SnapshotError> {
    let (mut snapshot, is_unsaved) = Snapshot::take_with(folder, shipped::shipped(), open)?;
    let allowed = load();
    let is_not_allowed = |script: &&ScriptFile| !allowed.contains(script);
    snapshot.not_allowed = snapshot.scripts.iter().filter(is_not_allowed).map(|script| script.name.clone()).collect();
    Ok((snapshot, is_unsaved))
}

/// Allows a script that copydesk itself has just written for the author.
///
/// # Errors
/// In plain words: it cannot be kept.
pub fn allow_own(script: &ScriptFile) -> Result<(), Problem> {
    let mut allowed = load();
    allowed.insert(script);
    allowed.save().map_err(|error| not_kept(&error))
}

/// Allows scripts as they stand now. Gives the exit status.
pub fn allow(arguments: &Allow) -> u8 {
    let (names, folder) = scripts_and_folder(&arguments.scripts_and_folder);
    messages::outcome(attempt(&names, &folder))
}

fn attempt(names: &[String], folder: &Path) -> Result<String, Problem> {
    let wrong = |message: String| Problem::new(ProblemKind::Configuration, message);
    let snapshot = Snapshot::take(folder, shipped::shipped()).map_err(|error| wrong(error.to_string()))?;
    let own: Vec<&ScriptFile> = snapshot.scripts.iter().filter(|script| !script.is_shipped).collect();
    let asked = |name: &String| {
        let name = name.trim_end_matches(".rhai");
        let known: Vec<&str> = own.iter().map(|script| script.name.as_str()).collect();
        let found = own.iter().copied().find(|script| script.name == name);
        found.ok_or_else(|| wrong(format!("there is no script “{name}” in this folder")).advice(format!("there are: {}", known.join(", "))))
    };
    let wanted: Vec<&ScriptFile> = if names.is_empty() { own.clone() } else { names.iter().map(asked).collect::<Result<_, _>>()? };
    if wanted.is_empty() {
        return Ok("there are no scripts in this folder but those that came with copydesk, which need no word of yours\n".to_string());
    }
    let mut allowed = load();
    let mut said = String::new();
    for script in wanted {
        let word = if allowed.contains(script) { "was allowed already" } else { "allowed" };
        allowed.insert(script);
        said += &format!("{word}: {} ({} lines)\n", for_terminal(script.path.as_str()), script.text.lines().count());
    }
    allowed.save().map_err(|error| not_kept(&error))?;
    Ok(said + "A script that changes needs your word again.\n")
}

fn load() -> Allowed {
    Allowed::load(model_choice::settings().as_deref())
}

fn not_kept(error: &std::io::Error) -> Problem {
    Problem::new(ProblemKind::Configuration, format!("what you allowed could not be kept: {error}"))
        .advice("allow writing into your settings")
}
