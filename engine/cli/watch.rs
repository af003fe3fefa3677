//! `copydesk watch`: checks each chapter as it is saved.
//!
//! One line per event. A newer save ends the questions of the older run, and a script that looks at chapters begins with the changed one.
//! A run only begins when the whole folder is at rest, and what was saved is run over until a run over it came to its end.

use super::args::{Watch, scripts_and_folder};
use super::check::Check;
use super::progress::ProgressLine;
use super::run::{stop_on_signal, texts};
use super::seal::NewFiles;
use super::{allow, messages, seal, session};
use crate::finding::Finding;
use crate::finding::history::History;
use crate::project::Snapshot;
use crate::project::state::NotTaken;
use crate::report::terminal;
use crate::run::Run;
use crate::text::{Problem, ProblemKind, SourcePath};
use crate::watch::settle::STARVATION_CAP;
use crate::watch::{Became, Changes, Event, Watcher};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long the watcher is asked for an event before the stop flag is looked at again.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long to wait before a folder that could not be opened is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Runs that newer saves ended are no longer ended when none has come to its end for this long: somebody types without a pause.
const MAX_WITHOUT_RUN: Duration = Duration::from_secs(5 * 60);

/// Watches the folder until Ctrl-C. Gives the exit status.
pub fn watch(arguments: &Watch) -> u8 {
    let (wanted, folder) = scripts_and_folder(&arguments.scripts_and_folder);
    match attempt(arguments, wanted, &folder) {
        Ok(()) => 0,
        Err(problem) => {
            messages::problems(&[&problem]);
            super::USAGE
        }
    }
}

fn attempt(arguments: &Watch, wanted: Vec<String>, folder: &Path) -> Result<(), Problem> {
    let wrong = |message: String| Problem::new(ProblemKind::Configuration, message);
    let supervisor = session::supervisor(true, arguments.require_sandbox)?.resting_between_runs();
    let sealed = seal::for_work(folder, arguments.setting.state.as_deref(), NewFiles::Reports, arguments.require_sandbox)?;
    // The watcher looks first: a save that comes while the folder is read is then a change.
    let (mut watcher, notice) = Watcher::start(folder);
    let snapshot = allow::snapshot(folder).map_err(|error| wrong(error.to_string()))?;
    let state = session::open_state(sealed.state);
    let _lock = match session::lock(&state.folder, "watch") {
        Ok(lock) => lock,
        Err(NotTaken::Held(held)) => {
            messages::tell(&format!("copydesk {} is already at work on this folder (process {}); stop it first", held.purpose, held.pid));
            return Ok(());
        }
        Err(NotTaken::Failed(message)) => return Err(wrong(message)),
    };
    let check = Check::new(folder, state, supervisor, (&arguments.setting, sealed.seal), (wanted, &snapshot))?;
    messages::problems(&notice.iter().collect::<Vec<_>>());
    messages::problems(&check.state.problems.iter().collect::<Vec<_>>());
    let watching = Watching { check: &check, end: stop_on_signal(None) };
    let mut known = Known::default();
    messages::say("[copydesk] watching; Ctrl-C ends it");
    let mut changes = Changes::new();
    let mut is_first = true;
    while let Some(snapshot) = watching.next_snapshot(&mut watcher, &mut changes, is_first) {
        is_first = false;
        if !changes.is_empty() {
            messages::say(&changed_line(&changes));
        }
        let urgent: BTreeSet<SourcePath> = changes.keys().cloned().collect();
        let newer = watching.run_until_change(snapshot, &urgent, &mut watcher, &mut known);
        match newer {
            // What ended a run is run over together with what began it.
            Some(newer) => changes.extend(newer),
            None => changes.clear(),
        }
    }
    messages::say("[copydesk] ended");
    Ok(())
}

/// What was reported before, so that a save tells only what is new.
#[derive(Default)]
struct Known {
    findings: BTreeSet<String>,
    problems: BTreeSet<Problem>,
    /// When the first run began that a newer save ended, if none has come to its end since.
    unfinished_since: Option<Instant>,
}

struct Watching<'a> {
    check: &'a Check,
    /// Turns true at Ctrl-C.
    end: Arc<AtomicBool>,
}

impl Watching<'_> {
    /// Waits for changes, and gives what the folder holds when nothing else is on its way. Adds to the changes those that came meanwhile.
    /// Without changes too, if it `is_first`. Nothing when the watch is to end.
    fn next_snapshot(&self, watcher: &mut Watcher, changes: &mut Changes, is_first: bool) -> Option<Snapshot> {
        let mut since = Instant::now();
        let mut failed: Option<Instant> = None;
        while !self.end.load(Ordering::Relaxed) {
            let must_run = is_first || !changes.is_empty();
            // A file that never rests must not keep all others from being checked. But an unplugged disk's empty place is no book.
            let has_starved = since.elapsed() >= STARVATION_CAP;
            let may_read = |watcher: &Watcher| watcher.has_settled() || has_starved && !watcher.is_away();
            let may_try = failed.is_none_or(|failed| failed.elapsed() >= TRY_AGAIN);
            if must_run && may_try && may_read(watcher) {
                match allow::snapshot(&self.check.folder) {
                    Ok(snapshot) if watcher.is_at_rest() || may_read(watcher) => return Some(snapshot),
                    Ok(_) => {}
                    // What was saved is not forgotten. A folder that is not there is the watcher's to tell.
                    Err(error) => {
                        if failed.replace(Instant::now()).is_none() && watcher.is_at_rest() {
                            messages::problems(&[&Problem::new(ProblemKind::Configuration, error.to_string())]);
                        }
                    }
                }
            }
            if !must_run {
                since = Instant::now();
            }
            changes.extend(next_changes(watcher));
        }
        None
    }

    /// Runs over a snapshot while the watcher is asked for newer saves. Gives the newer changes if there are some.
    fn run_until_change(
        &self,
        snapshot: Snapshot,
        urgent: &BTreeSet<SourcePath>,
        watcher: &mut Watcher,
        known: &mut Known,
    ) -> Option<Changes> {
        let started = Instant::now();
        let stop = Arc::new(AtomicBool::new(false));
        let may_be_ended = may_be_ended(known.unfinished_since.map(|since| since.elapsed()));
        let (made, newer) = std::thread::scope(|threads| {
            let (run_stop, run_snapshot) = (stop.clone(), &snapshot);
            let running = threads.spawn(move || self.run_once(run_snapshot, urgent, run_stop));
            let mut newer = None;
            while !running.is_finished() {
                if self.end.load(Ordering::Relaxed) {
                    stop.store(true, Ordering::Relaxed);
                }
                let changes = next_changes(watcher);
                if !changes.is_empty() {
                    stop.fetch_or(may_be_ended, Ordering::Relaxed);
                    newer.get_or_insert_with(Changes::new).extend(changes);
                }
            }
            (running.join(), newer)
        });
        let Ok((made, history)) = made else {
            messages::tell("this run could not be done; the next save starts another");
            return newer;
        };
        if self.end.load(Ordering::Relaxed) {
            return None;
        }
        if stop.load(Ordering::Relaxed) {
            messages::say("[copydesk] a newer save came: starting again");
            known.unfinished_since.get_or_insert(started);
        } else {
            known.unfinished_since = None;
            self.tell(&made, history.as_ref(), &snapshot, started, known);
        }
        newer
    }

    /// One run, and the history it was compared with.
    fn run_once(&self, snapshot: &Snapshot, urgent: &BTreeSet<SourcePath>, stop: Arc<AtomicBool>) -> (Run, Option<History>) {
        let mut progress = ProgressLine::new(false);
        let done = self.check.run(snapshot, Arc::new(self.check.memory(snapshot)), urgent, stop, &mut |state| progress.show(state));
        progress.end();
        done
    }

    /// Writes the reports and tells what is new since the last run.
    fn tell(&self, made: &Run, history: Option<&History>, snapshot: &Snapshot, started: Instant, known: &mut Known) {
        let (written, problems) = self.check.conclude(made, history, snapshot, true);
        let findings = made.summary.findings();
        let texts = texts(snapshot);
        let new: Vec<Finding> = findings.iter().filter(|finding| !known.findings.contains(&finding.id)).cloned().collect();
        let gone = known.findings.iter().filter(|id| !findings.iter().any(|finding| finding.id == **id)).count();
        messages::say(&terminal::findings(&new, &|path| texts.get(path).cloned(), messages::is_coloured()));
        let told: Vec<&Problem> =
            made.summary.all_problems().into_iter().chain(&problems).filter(|problem| !known.problems.contains(*problem)).collect();
        messages::problems(&told);
        let seconds = started.elapsed().as_secs_f64();
        let work = made.summary.work;
        messages::say(&format!(
            "[copydesk] checked in {seconds:.1} s: {} findings ({} new, {gone} gone), {} reports written, {} questions ({} remembered)",
            findings.len(),
            new.len(),
            written.len(),
            work.questions,
            work.from_cache
        ));
        known.findings = findings.into_iter().map(|finding| finding.id).collect();
        known.problems = made.summary.all_problems().into_iter().chain(&problems).cloned().collect();
    }
}

/// Whether a newer save may end a run, when none has come to its end for so long.
fn may_be_ended(unfinished_for: Option<Duration>) -> bool {
    unfinished_for.is_none_or(|time| time < MAX_WITHOUT_RUN)
}

/// What has changed, if anything within a moment.
fn next_changes(watcher: &mut Watcher) -> Changes {
    match watcher.next(LOOK_EVERY) {
        Event::Changed(changes) => changes,
        Event::Problem(problem) => {
            messages::problems(&[&problem]);
            Changes::new()
        }
        Event::Nothing => Changes::new(),
    }
}

fn changed_line(changes: &Changes) -> String {
    let list = |became: Became, word: &str| {
        let paths: Vec<&SourcePath> = changes.iter().filter(|(_, now)| **now == became).map(|(path, _)| path).collect();
        let names: Vec<String> = paths.iter().take(3).map(|path| crate::text::escape::for_terminal(path.as_str())).collect();
        let more = if paths.len() > 3 { format!(" and {} more", paths.len() - 3) } else { String::new() };
        (!paths.is_empty()).then(|| format!("{word}: {}{more}", names.join(", ")))
    };
    let lists: Vec<String> = [list(Became::Saved, "saved"), list(Became::Gone, "gone")].into_iter().flatten().collect();
    format!("[copydesk] {}", lists.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_who_never_pauses_gets_a_run_to_its_end() {
        assert!(may_be_ended(None) && may_be_ended(Some(Duration::from_secs(60))));
        assert!(!may_be_ended(Some(MAX_WITHOUT_RUN)));
    }

    #[test]
    fn a_line_names_what_was_saved_and_what_is_gone() {
        let changes = |list: &[(&str, Became)]| list.iter().map(|(path, became)| (SourcePath::new(path), *became)).collect::<Changes>();
        assert_eq!(changed_line(&changes(&[("a.md", Became::Saved)])), "[copydesk] saved: a.md");
        let many = ["a.md", "b.md", "c.md", "d.md", "e.md"].map(|path| (path, Became::Saved));
        let both: Vec<(&str, Became)> = many.into_iter().chain([("old.md", Became::Gone)]).collect();
        assert_eq!(changed_line(&changes(&both)), "[copydesk] saved: a.md, b.md, c.md and 2 more; gone: old.md");
    }
}
