//! One check in the background: on a thread of its own, so that the editor is answered meanwhile.

use super::wire::Wire;
use super::{Check, allow, progress};
use crate::cli::run::texts;
use crate::model::{Memory, Reply};
use crate::project::state::{LockFile, NotTaken};
use crate::run::{Progress, Run, StoreMemory};
use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use lsp_types::{WorkDoneProgress, WorkDoneProgressEnd, WorkDoneProgressReport};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// What checks are done with.
pub(super) struct Desk {
    pub check: Check,
    /// Opened before the seal was closed.
    pub lock: LockFile,
    /// What the model said of texts that were not saved.
    pub unsaved: Arc<Unsaved>,
}

/// Replies about texts that were not saved, for as long as the program runs.
#[derive(Default)]
pub(super) struct Unsaved {
    replies: Mutex<HashMap<ContentHash, Reply>>,
}

/// So many are about a novel's worth; then they are forgotten.
const MAX_UNSAVED: usize = 20_000;

/// What was said before, of what is saved and what is not. New replies are kept where they belong; those about unsaved text go to the others as
/// soon as a check of saved text asks for them.
struct OfEditor {
    saved: StoreMemory,
    unsaved: Arc<Unsaved>,
    is_unsaved: bool,
}

impl Memory for OfEditor {
    fn recall(&self, key: &ContentHash) -> Option<Reply> {
        let reply = || lock(&self.unsaved.replies).get(key).cloned();
        let keep = |reply: Reply| {
            if !self.is_unsaved {
                self.saved.keep(key, &reply);
            }
            reply
        };
        self.saved.recall(key).or_else(|| reply().map(keep))
    }

    fn keep(&self, key: &ContentHash, reply: &Reply) {
        if !self.is_unsaved {
            return self.saved.keep(key, reply);
        }
        let mut replies = lock(&self.unsaved.replies);
        if replies.len() >= MAX_UNSAVED {
            replies.clear();
        }
        replies.insert(*key, reply.clone());
    }

    fn recall_prefix(&self, key: &ContentHash) -> Option<Vec<u8>> {
        self.saved.recall_prefix(key)
    }

    fn keep_prefix(&self, key: &ContentHash, state: Vec<u8>) {
        if !self.is_unsaved {
            self.saved.keep_prefix(key, state);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// The files that were open in the editor, as they were there.
    pub open: BTreeMap<SourcePath, String>,
}

impl Running {
    /// Begins a check of the folder with the texts that the editor has; those of `saved` files come first.
    pub fn start(desk: Arc<Desk>, open: BTreeMap<SourcePath, String>, saved: BTreeSet<SourcePath>) -> Running {
        let (stop, progress) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(None)));
        let (of_thread, told) = (stop.clone(), progress.clone());
        let thread = std::thread::spawn(move || run(&desk, open, saved, &of_thread, &mut |state| *lock(&told) = Some(state)));
        Running { thread, stop, progress, started: Instant::now(), shown: None }
    }

    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends early, for newer text.
    pub fn make_way(&self) {
        self.stop.store(true, Ordering::Relaxed);
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
        let state = *lock(&self.progress);
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
    open: BTreeMap<SourcePath, String>,
    saved: BTreeSet<SourcePath>,
    stop: &Arc<AtomicBool>,
    on_progress: &mut dyn FnMut(Progress),
) -> Ended {
    let check = &desk.check;
    // Held for this check only: `run` and `watch` wait for its end, and have their turn while the editor is open.
    let _lock = match desk.lock.try_take("lsp") {
        Ok(lock) => lock,
        Err(NotTaken::Held(held)) => {
            let words = format!("copydesk {} is at work on this folder (process {}); findings follow when it ends", held.purpose, held.pid);
            return Ended::Busy(words, saved);
        }
        Err(NotTaken::Failed(message)) => return Ended::Failed(Problem::new(ProblemKind::Configuration, message)),
    };
    let (snapshot, is_unsaved) = match allow::snapshot_with(&check.folder, &open) {
        Ok(taken) => taken,
        Err(error) => return Ended::Failed(Problem::new(ProblemKind::Configuration, error.to_string())),
    };
    let memory = OfEditor { saved: check.memory(&snapshot), unsaved: desk.unsaved.clone(), is_unsaved };
    let (made, history) = check.run(&snapshot, Arc::new(memory), &saved, stop.clone(), on_progress);
    if stop.load(Ordering::Relaxed) {
        return Ended::Stopped(saved);
    }
    let problems = if is_unsaved { Vec::new() } else { check.conclude(&made, history.as_ref(), &snapshot, false).1 };
    Ended::Checked(Box::new(Checked { made, problems, texts: texts(&snapshot), open }))
}
