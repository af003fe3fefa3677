//! What the author did to the chapters while a run was at work: a night is long, and the reports tell of the text as it was read.

use super::Run;
use crate::project::{Since, Snapshot};
use crate::text::{Problem, ProblemKind, SourcePath};
use std::path::Path;

/// Takes out the reports on chapters that are gone, and tells of them and of those that are no longer what was read. To be called before
/// the reports are written.
pub fn leave_out_gone(run: &mut Run, snapshot: &Snapshot, root: &Path) -> Vec<Problem> {
    let since = snapshot.since(root);
    let is_gone = |chapter: &SourcePath| since.iter().any(|(path, became)| path == chapter && *became == Since::Gone);
    run.reports.retain(|report| report.chapter.as_ref().is_none_or(|chapter| !is_gone(chapter)));
    since.into_iter().map(|(path, became)| problem(&path, became)).collect()
}

fn problem(path: &SourcePath, became: Since) -> Problem {
    let (message, advice) = match became {
        Since::Changed => (
            "was changed while this run was at work, so its reports tell of the text as it was before",
            "run again to have the new text read",
        ),
        Since::Gone => (
            "was deleted, moved or renamed while this run was at work, so no report was written beside it",
            "if it has another name now, run again",
        ),
    };
    Problem::new(ProblemKind::NotChecked, message).in_file(path).advice(advice)
}

/// Chapters that had words in the last run and have none any more, as a synchronising program or a full disk leaves them. Told once: what
/// stays empty is meant to be.
pub(super) fn emptied<'a>(
    words: impl Iterator<Item = (&'a SourcePath, usize)> + 'a,
    before: impl Fn(&SourcePath) -> Option<usize> + 'a,
) -> impl Iterator<Item = Problem> + 'a {
    let emptied =
        words.filter(|(_, words)| *words == 0).filter_map(move |(path, _)| Some((path, before(path).filter(|words| *words > 0)?)));
    emptied.map(|(path, words)| {
        let count = crate::report::counted(words as u64, "word", "words");
        Problem::new(ProblemKind::NotChecked, format!("has no words any more; in the last run it had {count}"))
            .in_file(path)
            .advice("if you did not empty it yourself, take it from your backup before you write on")
    })
}
