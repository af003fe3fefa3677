//! One check in the background: on a thread of its own, so that the editor is answered meanwhile.

use super::wire::Wire;
use super::{Check, allow, progress, texts_of};
use crate::project::state::{LockFile, NotTaken};
use crate::run::{Progress, Run};
use crate::text::{Problem, ProblemKind, SourcePath};
use lsp_types::{WorkDoneProgress, WorkDoneProgressEnd, WorkDoneProgressReport};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Checks that make way for newer text do so no longer when none has come to its end for this long: somebody types without a pause.
const MAX_WITHOUT_END: Duration = Duration::from_secs(5 * 60);

/// What checks are done with.
pub(super) struct Desk {
    pub check: Check,
    /// Opened before the seal was closed.
    pub lock: LockFile,
}

/// A check that is running.
pub(super) struct Running {
    thread: JoinHandle<Ended>,
    stop: Arc<AtomicBool>,
    progress: Arc<Mutex<Option<Progress>>>,
    started: Instant,
    shown: Option<(String, Instant)>,
}

/// What became of a check.
pub(super) enum Ended {
    Checked(Box<Checked>),
    /// Newer text came, or the editor went. The files that it had begun with.
    Stopped(BTreeSet<SourcePath>),
    /// Another copydesk is at work on the folder; who.
    Busy(String, BTreeSet<SourcePath>),
    Failed(Problem),
}

/// A check that came to its end.
pub(super) struct Checked {
    pub made: Run,
    /// What went wrong when it was remembered.
    pub problems: Vec<Problem>,
    pub texts: BTreeMap<SourcePath, Arc<str>>,
}

impl Running {
    /// Begins a check of the folder with the texts that the editor has; those of `saved` files come first.
    pub fn start(desk: Arc<Desk>, open: BTreeMap<SourcePath, String>, saved: BTreeSet<SourcePath>) -> Running {
        let (stop, progress) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(None)));
        let (of_thread, told) = (stop.clone(), progress.clone());
        let thread = std::thread::spawn(move || {
            run(&desk, &open, saved, &of_thread, &mut |state| *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(state))
        });
        Running { thread, stop, progress, started: Instant::now(), shown: None }
    }

    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends early, for newer text.
    pub fn make_way(&self) {
        if self.started.elapsed() < MAX_WITHOUT_END {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Ends, if it has not already, and gives what became of it.
    pub fn end(self) -> Ended {
        self.stop.fetch_or(!self.thread.is_finished(), Ordering::Relaxed);
        let failed = || Problem::new(ProblemKind::NotChecked, "this check could not be done; the next save starts another");
        self.thread.join().unwrap_or_else(|_| Ended::Failed(failed()))
    }

    /// Shows how far it is, now and then.
    pub fn show_progress(&mut self, wire: &mut Wire) {
        let since = self.shown.as_ref().map_or(self.started, |(_, shown)| *shown);
        let state = *self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = state.filter(|_| since.elapsed() >= super::PROGRESS_EVERY) else { return };
        let message = progress::words(state, self.started);
        match &mut self.shown {
            Some((token, shown)) => {
                *shown = Instant::now();
                let report = WorkDoneProgressReport { message: Some(message), ..WorkDoneProgressReport::default() };
                wire.progress(token, WorkDoneProgress::Report(report));
            }
            None => {
                let token = format!("copydesk-{:?}", self.thread.thread().id());
                if wire.begin_progress(&token, message) {
                    self.shown = Some((token, Instant::now()));
                }
            }
        }
    }

    /// Shows that it has ended.
    pub fn end_progress(&self, wire: &Wire) {
        if let Some((token, _)) = &self.shown {
            wire.progress(token, WorkDoneProgress::End(WorkDoneProgressEnd { message: None }));
        }
    }
}

/// Checks the folder once. What was saved is remembered with its findings, as a run does; what was not is not.
fn run(
    desk: &Desk,
    open: &BTreeMap<SourcePath, String>,
    saved: BTreeSet<SourcePath>,
    stop: &Arc<AtomicBool>,
    on_progress: &mut dyn FnMut(Progress),
) -> Ended {
    let check = &desk.check;
    // Held for this check only, so that a nightly run finds its turn while the editor is open.
    let _lock = match desk.lock.try_take("lsp") {
        Ok(lock) => lock,
        Err(NotTaken::Held(held)) => {
            let words = format!("copydesk {} is at work on this folder (process {}); findings follow when it ends", held.purpose, held.pid);
            return Ended::Busy(words, saved);
        }
        Err(NotTaken::Failed(message)) => return Ended::Failed(Problem::new(ProblemKind::Configuration, message)),
    };
    let mut snapshot = match allow::snapshot(&check.folder) {
        Ok(snapshot) => snapshot,
        Err(error) => return Ended::Failed(Problem::new(ProblemKind::Configuration, error.to_string())),
    };
    let is_unsaved = snapshot.put_unsaved(open);
    let (made, history) = check.run(&snapshot, &saved, stop.clone(), on_progress);
    if stop.load(Ordering::Relaxed) {
        return Ended::Stopped(saved);
    }
    let problems = if is_unsaved { Vec::new() } else { check.conclude(&made, history.as_ref(), &snapshot, false).1 };
    Ended::Checked(Box::new(Checked { made, problems, texts: texts_of(&snapshot) }))
}
