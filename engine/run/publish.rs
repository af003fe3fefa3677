//! Writes the reports of a run and remembers what became of its findings.

use super::{Run, previous_texts};
use crate::finding::history::History;
use crate::project::{Snapshot, Written, rescue, write};
use crate::report::StyleSheet;
use crate::store::{REPLY_BUDGET_BYTES, Store};
use crate::text::{Problem, ProblemKind, SourcePath};
use std::collections::BTreeSet;
use std::path::Path;

/// Where the results of a run go.
pub struct Outlet<'a> {
    pub store: &'a Store,
    /// The author's folder; nothing when no reports are wanted.
    pub reports: Option<&'a Path>,
    /// The state folder: a report that cannot be written beside its chapter is put there, so that a night's work is not lost.
    pub state: &'a Path,
    /// Seconds since 1970.
    pub now: i64,
}

/// Writes the reports whose bytes changed, then remembers what became of the findings. Gives the paths that were written and what went wrong.
/// `before` is what the run was given as its history.
///
/// In this order, whoever runs: a run that is killed between the two has told the author, and the next one tells the same once more. The
/// other way round it would have noted as told what nobody ever read; a finding that was new would never have been new to the author.
pub fn conclude(run: &Run, snapshot: &Snapshot, before: Option<&History>, outlet: &Outlet) -> (Vec<SourcePath>, Vec<Problem>) {
    let (written, mut problems) = outlet.reports.map(|root| publish(run, root, outlet.state)).unwrap_or_default();
    problems.extend(remember(run, snapshot, before, outlet.store, outlet.now));
    (written, problems)
}

/// Keeps what became of the findings and of the chapters, for the next run to compare with, and a copy of the former. Gives what went wrong
/// with the store in this run.
fn remember(run: &Run, snapshot: &Snapshot, before: Option<&History>, store: &Store, now: i64) -> Vec<Problem> {
    let kept = store.keep_comparison(before.unwrap_or(&History::new()), &run.life.comparison, &run.life.not_checked, now);
    let kept = kept.and_then(|()| store.keep_note_histories(&run.note_histories)).and_then(|()| store.copy_history());
    let kept = kept.and_then(|()| store.keep_chapter_words(&run.chapter_words));
    let kept = kept.and_then(|()| keep_style_sheet(run, store));
    let kept = kept.and_then(|()| store.keep_replies_within(REPLY_BUDGET_BYTES, now).map(drop));
    kept.err().into_iter().chain(previous_texts::keep(run, snapshot, store)).chain(store.troubles()).collect()
}

/// Keeps what the run understood of the story. A run without the trained reader's notes, as one of the summaries alone or without a model, knows
/// less than one with them, and does not take its place.
fn keep_style_sheet(run: &Run, store: &Store) -> Result<(), Problem> {
    let Some(sheet) = &run.style_sheet else { return Ok(()) };
    let before = store.style_sheet();
    let bytes = sheet.to_bytes();
    if before.as_ref() == Some(&bytes) {
        return Ok(());
    }
    // Asked last: taking the one before apart is the dearest of it.
    let had_notes = || before.as_deref().and_then(StyleSheet::of_bytes).is_some_and(|sheet| sheet.passages_read > 0);
    if sheet.passages_read > 0 || !had_notes() { store.keep_style_sheet(bytes) } else { Ok(()) }
}

/// Writes the reports whose bytes changed, and removes what a killed run left half written.
fn publish(run: &Run, root: &Path, elsewhere: &Path) -> (Vec<SourcePath>, Vec<Problem>) {
    let mut written = Vec::new();
    let mut problems = Vec::new();
    let folders: BTreeSet<&str> = run.reports.iter().map(|report| report.path.folder()).chain([""]).collect();
    for folder in folders {
        write::remove_strays_in(root, folder);
    }
    rescue::remove_strays(elsewhere);
    for report in &run.reports {
        let done = write::write_report(root, &report.path, &report.text);
        if !matches!(done, Written::Failed(_)) {
            rescue::forget(elsewhere, &report.path);
        }
        match done {
            Written::Unchanged => {}
            Written::Written => written.push(report.path.clone()),
            Written::Beside(path, why) => {
                problems.push(beside_problem(&report.path, &path, why));
                written.push(path);
            }
            Written::Failed(problem) => {
                let kept = rescue::keep_elsewhere(elsewhere, &report.path, &report.text);
                let advice = kept
                    .map_or_else(|_| problem.advice.clone(), |path| Some(format!("this report was put into {} instead", path.display())));
                problems.push(Problem { advice, ..problem });
            }
        }
    }
    (written, problems)
}

fn beside_problem(path: &SourcePath, new_path: &SourcePath, why: write::WhyBeside) -> Problem {
    let reason = match why {
        write::WhyBeside::NotOurs => "is not a report of copydesk",
        write::WhyBeside::Edited => "was edited since copydesk wrote it",
        write::WhyBeside::Shared => "is a link or has a second name",
    };
    Problem::new(ProblemKind::Note, format!("{reason}, so it was left as it is and the new report is {new_path}"))
        .in_file(path)
        .advice("delete or rename it to get the report under its own name")
}
