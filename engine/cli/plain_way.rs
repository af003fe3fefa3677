//! That the model is computed the plain way, kept in the state folder: for this program on this processor, until the author deletes it.

use super::processor;
use crate::text::{ContentHash, Problem, ProblemKind, yaml};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The file in the state folder.
const FILE: &str = "plain-way.yaml";

const HEAD: &str = "\
# Written by copydesk. The model crashed on this computer while it was computed the fast way, so it is computed the plain way now.
# Delete this file to have the fast way tried again.
";

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// Which copydesk crashed: another one may not.
    program: String,
    /// On which processor.
    processor: String,
    /// How, in plain words, without a full stop.
    because: String,
}

/// How the fast way crashed, if it did so with this program on this processor.
pub fn because(state: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path(state)).ok()?;
    let kept: Kept = yaml::typed(&text, yaml::parse(&text).ok()?).ok()?;
    (kept.program == program()? && kept.processor == processor()).then_some(kept.because)
}

/// The file that keeps it.
pub fn path(state: &Path) -> PathBuf {
    state.join(FILE)
}

/// What a run has to tell of it: what `crashed` in this run is kept for the next ones; else what is kept already, if the run `is_plain`.
pub fn told(state: &Path, crashed: Option<String>, is_plain: bool) -> Option<Problem> {
    if let (Some(because), false) = (&crashed, is_plain) {
        let message = format!(
            "the model crashed ({because}); what copydesk has specially for this processor was switched off, and the work went on without it, more slowly"
        );
        let advice = match keep(state, because) {
            Ok(()) => "this copydesk will begin so on this computer from now on; `copydesk doctor` with your folder says how to try again",
            Err(_) => "that could not be kept in the state folder, so the next run will find it out again",
        };
        return Some(Problem::new(ProblemKind::Note, message).advice(advice));
    }
    let because = is_plain.then(|| because(state)).flatten()?;
    let message = format!(
        "the model was used without what copydesk has specially for this processor, more slowly, because it crashed with it before ({because})"
    );
    Some(Problem::new(ProblemKind::Note, message).advice("`copydesk doctor` with your folder says how to try again"))
}

fn keep(state: &Path, because: &str) -> std::io::Result<()> {
    let unknown = || std::io::Error::from(std::io::ErrorKind::NotFound);
    let kept = Kept { program: program().ok_or_else(unknown)?, processor: processor(), because: because.to_string() };
    // What JSON writes is YAML too, and quotes whatever needs it.
    let json = serde_json::to_string_pretty(&kept).map_err(std::io::Error::other)?;
    let mut file = tempfile::NamedTempFile::new_in(state)?;
    file.write_all(format!("{HEAD}{json}\n").as_bytes())?;
    file.persist(path(state)).map(drop).map_err(|error| error.error)
}

/// What tells this program from another build of it. Not its bytes: reading them takes as long as a small run.
fn program() -> Option<String> {
    let metadata = std::env::current_exe().and_then(|program| program.metadata()).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let parts = [env!("CARGO_PKG_VERSION").to_string(), metadata.len().to_string(), modified.as_nanos().to_string()];
    Some(ContentHash::of_parts(parts.iter().map(String::as_bytes)).short(16))
}

fn processor() -> String {
    format!("{} {}", processor::name(), processor::identity().short(16)).trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_for_this_program_on_this_processor_until_it_is_deleted() {
        let state = tempfile::tempdir().unwrap();
        let state = state.path();
        assert_eq!((because(state), told(state, None, false), told(state, None, true)), (None, None, None));
        let problem = told(state, Some("it ran: \"away\"".to_string()), false).expect("it is told");
        assert!(problem.message.contains("it ran: \"away\"") && problem.kind == ProblemKind::Note, "{problem}");
        assert_eq!(because(state).as_deref(), Some("it ran: \"away\""));
        assert!(told(state, None, true).is_some_and(|problem| problem.message.contains("crashed with it before")));
        assert_eq!(told(state, None, false), None, "a run without a model");
        let text = std::fs::read_to_string(path(state)).unwrap();
        assert!(text.starts_with("# Written by copydesk."), "{text}");
        for (old, new) in [(program().unwrap(), "another"), (processor(), "another"), ("because".to_string(), "reason")] {
            std::fs::write(path(state), text.replace(&old, new)).unwrap();
            assert_eq!(because(state), None, "{old}");
        }
        std::fs::write(path(state), &text).unwrap();
        assert!(because(state).is_some());
        std::fs::remove_file(path(state)).unwrap();
        assert_eq!(because(state), None);
    }

    #[test]
    fn where_it_cannot_be_kept_it_is_told_all_the_same() {
        let state = tempfile::tempdir().unwrap();
        let problem = told(&state.path().join("gone"), Some("x".to_string()), false).expect("it is told");
        assert!(problem.advice.is_some_and(|advice| advice.contains("could not be kept")));
    }
}
