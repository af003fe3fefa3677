//! Wakes the watcher when the system says that something happened in the folder. The only file that names notify.
//!
//! Events are hints and nothing more: they get lost in new nested folders, and reading a chapter raises one. What happened is decided
//! by looking, in `mod.rs`.

use crate::project::ignore::Ignore;
use crate::project::{discover, write};
use crate::text::{Problem, ProblemKind};
use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Events within this time are one: the scan that follows looks at everything anyway. Also how often the thread that collects them wakes,
/// day and night: four times as often would cost a watch at rest more than everything else it does.
const DEBOUNCE: Duration = Duration::from_millis(250);

/// EMFILE, which Linux says when an account has as many programs that watch as it may.
const TOO_MANY_OPEN: Option<i32> = Some(24);

/// What is left out, shared with the thread that hears the events.
pub type SharedIgnore = Arc<RwLock<Ignore>>;

/// The system's events about one folder and all below it.
pub struct Events {
    wakes: Receiver<()>,
    ran_out: Arc<AtomicBool>,
    /// Ends its thread when it is dropped.
    debouncer: Debouncer<RecommendedWatcher, NoCache>,
}

impl Events {
    /// Asks the system for events.
    ///
    /// # Errors
    /// Why there will be none, for the author; the folder must then be looked at regularly.
    pub fn start(root: &Path, ignore: SharedIgnore) -> Result<Events, Problem> {
        // One place is enough: a wake that waits there stands for all that come after it.
        let (wake, wakes) = sync_channel(1);
        let ran_out = Arc::new(AtomicBool::new(false));
        let (heard_root, says_ran_out) = (root.to_path_buf(), ran_out.clone());
        let hear = move |heard: DebounceEventResult| {
            if heard.as_ref().is_err_and(|errors| errors.iter().any(is_out_of_watches)) {
                says_ran_out.store(true, Ordering::Relaxed);
            }
            hear(&heard, &heard_root, &ignore, &wake);
        };
        let debouncer =
            new_debouncer_opt::<_, RecommendedWatcher, NoCache>(DEBOUNCE, Some(DEBOUNCE), hear, NoCache::new(), notify::Config::default());
        let mut debouncer = debouncer.map_err(|error| no_events(&error))?;
        debouncer.watch(root, RecursiveMode::Recursive).map_err(|error| no_events(&error))?;
        Ok(Events { wakes, ran_out, debouncer })
    }

    /// Asks for the events of folders that were made since. The system tells of a new folder, but what was made in it before somebody
    /// could ask for its events is never told. Gives whether all were reached; folders that come and go in a burst may need another time.
    ///
    /// # Errors
    /// Why some of them will not come, for the author; the folder must then be looked at regularly.
    pub fn watch_new_folders(&mut self, root: &Path) -> Result<bool, Problem> {
        match self.debouncer.watch(root, RecursiveMode::Recursive) {
            Ok(()) => Ok(true),
            Err(error) if is_out_of_watches(&error) => Err(no_events(&error)),
            Err(_) => Ok(false),
        }
    }

    /// Why events of some folders have not come since this was last asked.
    pub fn take_ran_out(&self) -> Option<Problem> {
        self.ran_out.swap(false, Ordering::Relaxed).then(|| no_events(&notify::Error::new(notify::ErrorKind::MaxFilesWatch)))
    }

    /// Waits for an event that matters. Gives whether one came.
    ///
    /// # Errors
    /// There will be no more of them.
    pub fn wait(&self, timeout: Duration) -> Result<bool, ()> {
        match self.wakes.recv_timeout(timeout) {
            Ok(()) => Ok(true),
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => Err(()),
        }
    }
}

fn hear(heard: &DebounceEventResult, root: &Path, ignore: &SharedIgnore, wake: &SyncSender<()>) {
    let matters = match heard {
        // An error says that something was missed, and so does a request to look again.
        Err(_) => true,
        Ok(events) => {
            let ignore = ignore.read().unwrap_or_else(PoisonError::into_inner);
            let of_us = |path: &PathBuf| path_matters(path, root, &ignore);
            events.iter().any(|event| event.need_rescan() || kind_matters(&event.kind) && event.paths.iter().any(of_us))
        }
    };
    if matters {
        // A full place means that the watcher is going to look anyway.
        wake.try_send(()).ok();
    }
}

fn is_out_of_watches(error: &notify::Error) -> bool {
    matches!(error.kind, notify::ErrorKind::MaxFilesWatch)
}

/// Reading a file and changing its rights are no changes of its words.
fn kind_matters(kind: &EventKind) -> bool {
    !matches!(kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)))
}

/// Whether a path is neither left out nor a report of our own.
fn path_matters(path: &Path, root: &Path, ignore: &Ignore) -> bool {
    let Ok(relative) = path.strip_prefix(root) else { return false };
    // A name that is not UTF-8 is no chapter, but its coming and going is reported.
    let Some(text) = relative.to_str() else { return true };
    let text = text.replace(std::path::MAIN_SEPARATOR, "/");
    let name = text.rsplit('/').next().unwrap_or_default();
    !(ignore.leaves_out_anywhere(&text) || write::is_in_own_folder(&text) || discover::is_report(path, name).unwrap_or(false))
}

fn no_events(error: &notify::Error) -> Problem {
    let (message, advice) = match &error.kind {
        notify::ErrorKind::MaxFilesWatch => (
            "the system watches as many folders as it may, so the folder is looked at every 10 seconds instead".to_string(),
            "to let it watch more: `sudo sysctl fs.inotify.max_user_watches=524288`",
        ),
        notify::ErrorKind::Io(error) if error.raw_os_error() == TOO_MANY_OPEN => (
            "the system lets no further program watch folders, so the folder is looked at every 10 seconds instead".to_string(),
            "to let it: `sudo sysctl fs.inotify.max_user_instances=512`",
        ),
        _ => (
            format!("the system does not tell of changes here ({error}), so the folder is looked at every 10 seconds instead"),
            "nothing is missed; changes are only seen a little later",
        ),
    };
    Problem::new(ProblemKind::Note, message).advice(advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{AccessKind, CreateKind, DataChange, MetadataKind};

    #[test]
    fn only_changes_of_words_wake() {
        assert!(!kind_matters(&EventKind::Access(AccessKind::Read)));
        assert!(!kind_matters(&EventKind::Modify(ModifyKind::Metadata(MetadataKind::Permissions))));
        assert!(kind_matters(&EventKind::Modify(ModifyKind::Data(DataChange::Any))));
        assert!(kind_matters(&EventKind::Create(CreateKind::Folder)));
    }

    #[test]
    fn our_own_files_and_what_is_left_out_do_not_wake() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ch.bible.md"), crate::project::write::sealed("# Report\n")).unwrap();
        std::fs::write(folder.path().join("ch.1.md"), "Words.").unwrap();
        let ignore = Ignore::new(&["drafts/".to_string()]);
        let matters = |name: &str| path_matters(&folder.path().join(name), folder.path(), &ignore);
        for name in
            ["ch.bible.md", ".copydesk-a1.tmp", ".obsidian/workspace.json", "drafts/a.md", "ch.md~", "copydesk-reports/b/ch.bible.md"]
        {
            assert!(!matters(name), "{name}");
        }
        for name in ["ch.md", "ch.1.md", "new folder", "copydesk.yaml", "gone.bible.md"] {
            assert!(matters(name), "{name}");
        }
        assert!(!path_matters(Path::new("/elsewhere/ch.md"), folder.path(), &ignore));
    }

    #[test]
    fn a_full_list_of_watches_is_told_with_its_remedy() {
        let problem = no_events(&notify::Error::new(notify::ErrorKind::MaxFilesWatch));
        assert!(problem.message.contains("every 10 seconds") && problem.advice.unwrap().contains("sysctl"));
        assert_eq!(problem.kind, ProblemKind::Note);
        let too_many = no_events(&notify::Error::io(std::io::Error::from_raw_os_error(24)));
        assert!(too_many.advice.unwrap().contains("max_user_instances"));
    }
}
