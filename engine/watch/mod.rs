//! Watches the author's folder and says what has changed once it has settled. Never woken by our own writes.
//!
//! Invariant: events only say that it is time to look. What changed is found by looking at every file's size and times, and proved by
//! the hash of its content: a lost event costs at most one interval, and a file that was touched but says the same is no change.

mod notify;
pub mod settle;

use crate::project::config::Config;
use crate::project::discover::{self, FoundFile};
use crate::project::disk::{self, FileStat};
use crate::project::ignore::Ignore;
use crate::project::read::{self, Unread};
use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use notify::{Events, SharedIgnore};
use rayon::prelude::*;
use settle::Settling;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How often the folder is looked at even though no event came: events get lost.
const RECONCILE: Duration = Duration::from_secs(30);

/// How often it is looked at where no events come.
const POLL: Duration = Duration::from_secs(10);

/// Two looks are at least this far apart, however many events come: a look at 100,000 files takes a third of a second.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// What the watcher has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// These files say something else than before, are new or are gone. In order of their paths.
    Changed(Vec<SourcePath>),
    Nothing,
    Problem(Problem),
}

/// A file as it was when it last settled, and as it was when it was last looked at.
#[derive(Clone, Debug, Default)]
struct Known {
    disk_path: PathBuf,
    /// Nothing when there is no such file.
    seen: Option<FileStat>,
    /// Nothing when there was none, or it could not be read.
    settled_hash: Option<ContentHash>,
    settled_bytes: Option<u64>,
}

/// Watches one author's folder.
pub struct Watcher {
    root: PathBuf,
    /// Nothing where none come; then the folder is looked at more often.
    events: Option<Events>,
    ignore: SharedIgnore,
    known: BTreeMap<SourcePath, Known>,
    settling: Settling,
    started: Instant,
    last_look: Duration,
    next_look: Duration,
    is_root_missing: bool,
}

impl Watcher {
    /// Begins to watch. What is there now is the state that later changes are told against. The problem says why no events come, if so.
    pub fn start(root: &Path) -> (Watcher, Option<Problem>) {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        let ignore: SharedIgnore = Arc::new(RwLock::new(Ignore::new(&Config::load(&root).0.ignore)));
        let events = match disk::network_kind(&root) {
            Some(kind) => Err(polled(kind)),
            None => Events::start(&root, ignore.clone()),
        };
        let (events, problem) = match events {
            Ok(events) => (Some(events), None),
            Err(problem) => (None, Some(problem)),
        };
        let mut watcher = Watcher {
            root,
            events,
            ignore,
            known: BTreeMap::new(),
            settling: Settling::default(),
            started: Instant::now(),
            last_look: Duration::ZERO,
            next_look: Duration::ZERO,
            is_root_missing: false,
        };
        watcher.remember_all();
        (watcher, problem)
    }

    /// Waits until something has settled, at most `timeout`.
    pub fn next(&mut self, timeout: Duration) -> Event {
        let until = self.started.elapsed() + timeout;
        loop {
            let now = self.started.elapsed();
            // A change is only called settled after one more look.
            let settles = self.settling.next().filter(|settles| *settles <= now);
            if now >= self.next_look || settles.is_some() {
                if let Some(problem) = self.look() {
                    return Event::Problem(problem);
                }
                let changed = self.take_changed();
                if !changed.is_empty() {
                    return Event::Changed(changed);
                }
            }
            let now = self.started.elapsed();
            if now >= until {
                return Event::Nothing;
            }
            let wake = self.settling.next().map_or(self.next_look, |settles| settles.min(self.next_look)).min(until);
            self.wait(wake.saturating_sub(now));
        }
    }

    /// Waits for an event or for the time to pass.
    fn wait(&mut self, time: Duration) {
        let Some(events) = &self.events else { return std::thread::sleep(time) };
        match events.wait(time) {
            Ok(true) => self.next_look = self.next_look.min(self.last_look + BETWEEN_LOOKS),
            Ok(false) => {}
            // The events' thread is gone: look more often from now on.
            Err(()) => self.events = None,
        }
    }

    /// Notes what is there without calling it a change.
    fn remember_all(&mut self) {
        let files = self.files();
        let known = |file: &FoundFile| {
            let hash = read::content_hash(&file.disk_path, &file.path).ok().map(|(hash, _)| hash);
            let (seen, settled_bytes) = (Some(file.stat), Some(file.stat.size_bytes));
            (file.path.clone(), Known { disk_path: file.disk_path.clone(), seen, settled_hash: hash, settled_bytes })
        };
        self.known = files.par_iter().map(known).collect();
        self.plan_next_look();
    }

    fn files(&mut self) -> Vec<FoundFile> {
        let config = Config::load(&self.root).0;
        *self.ignore.write().unwrap_or_else(PoisonError::into_inner) = Ignore::new(&config.ignore);
        discover::discover(&self.root, &config).files
    }

    fn plan_next_look(&mut self) {
        self.last_look = self.started.elapsed();
        self.next_look = self.last_look + if self.events.is_some() { RECONCILE } else { POLL };
    }

    /// Looks at every file and notes those that look different from the last time.
    fn look(&mut self) -> Option<Problem> {
        if !self.root.is_dir() {
            self.plan_next_look();
            // A disk that was unplugged is no author who deleted a book.
            let is_news = !std::mem::replace(&mut self.is_root_missing, true);
            return is_news.then(|| gone(&self.root));
        }
        if std::mem::replace(&mut self.is_root_missing, false) && self.events.is_some() {
            // What watched the old folder does not watch the new one.
            self.events = Events::start(&self.root, self.ignore.clone()).ok();
        }
        let mut seen: BTreeMap<SourcePath, FoundFile> = self.files().into_iter().map(|file| (file.path.clone(), file)).collect();
        self.plan_next_look();
        let now = self.last_look;
        for (path, known) in &mut self.known {
            let file = seen.remove(path);
            let stat = file.as_ref().map(|file| file.stat);
            if stat != known.seen {
                self.settling.changed(path, known.settled_bytes, stat.map(|stat| stat.size_bytes), now);
                known.seen = stat;
            }
        }
        for (path, file) in seen {
            self.settling.changed(&path, None, Some(file.stat.size_bytes), now);
            self.known.insert(path, Known { disk_path: file.disk_path, seen: Some(file.stat), ..Known::default() });
        }
        None
    }

    /// The settled files whose words are others than before.
    fn take_changed(&mut self) -> Vec<SourcePath> {
        let now = self.started.elapsed();
        let settled = self.settling.take_settled(now);
        settled.into_iter().filter(|path| self.has_changed(path, now)).collect()
    }

    fn has_changed(&mut self, path: &SourcePath, now: Duration) -> bool {
        let Some(known) = self.known.get_mut(path) else { return false };
        let Some(stat) = known.seen else {
            // A file that came and went between two looks was never told.
            let was_there = known.settled_bytes.is_some();
            self.known.remove(path);
            return was_there;
        };
        let hash = match read::content_hash(&known.disk_path, path) {
            Ok((hash, _)) => Some(hash),
            Err(Unread::StillChanging) => {
                self.settling.changed(path, known.settled_bytes, Some(stat.size_bytes), now);
                return false;
            }
            // The run that follows will say why it cannot be read.
            Err(Unread::Because(_)) => None,
        };
        let is_same = hash.is_some() && hash == known.settled_hash;
        (known.settled_hash, known.settled_bytes) = (hash, Some(stat.size_bytes));
        !is_same
    }
}

fn polled(kind: &str) -> Problem {
    let message =
        format!("the folder is on a network or guest disk ({kind}) that does not tell of changes, so it is looked at every 10 seconds");
    Problem::new(ProblemKind::Note, message).advice("nothing is missed; changes are only seen a little later")
}

fn gone(root: &Path) -> Problem {
    Problem::new(ProblemKind::NotChecked, format!("the folder {} is no longer there", root.display()))
        .advice("nothing is taken for deleted; it is watched again as soon as it is back")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::disk::testing::put;
    use crate::project::write;
    use std::fs;

    const PATIENCE: Duration = Duration::from_millis(2800);

    fn watched(files: &[(&str, &str)]) -> (tempfile::TempDir, Watcher) {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(path, text)| put(folder.path(), path, text));
        let (watcher, problem) = Watcher::start(folder.path());
        assert_eq!(problem, None);
        (folder, watcher)
    }

    fn changed(paths: &[&str]) -> Event {
        Event::Changed(paths.iter().map(|path| SourcePath::new(path)).collect())
    }

    #[test]
    fn truncate_then_write_is_one_change_with_all_its_words() {
        let (folder, mut watcher) = watched(&[("ch.md", "One word and another."), ("other.md", "Words.")]);
        let path = folder.path().join("ch.md");
        let writer = std::thread::spawn(move || {
            fs::write(&path, "").unwrap();
            std::thread::sleep(Duration::from_millis(300));
            fs::write(&path, "One").unwrap();
            std::thread::sleep(Duration::from_millis(300));
            fs::write(&path, "One word and one more.").unwrap();
        });
        assert_eq!(watcher.next(PATIENCE), changed(&["ch.md"]));
        assert!(writer.is_finished(), "it was told before it was whole");
        assert_eq!(watcher.next(Duration::from_millis(300)), Event::Nothing);
    }

    #[test]
    fn rename_over_is_one_change() {
        let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
        put(folder.path(), ".ch.md.tmp-save", "Two.");
        fs::rename(folder.path().join("ch.md"), folder.path().join("ch.md~")).unwrap();
        fs::rename(folder.path().join(".ch.md.tmp-save"), folder.path().join("ch.md")).unwrap();
        assert_eq!(watcher.next(PATIENCE), changed(&["ch.md"]));
    }

    #[test]
    fn new_nested_folders_are_seen_whole() {
        let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
        let paths: Vec<String> = (0..40).map(|number| format!("b{number:02}/part/scene/ch.md")).collect();
        paths.iter().for_each(|path| put(folder.path(), path, "Words."));
        let mut seen = Vec::new();
        while let Event::Changed(paths) = watcher.next(Duration::from_millis(1500)) {
            seen.extend(paths.iter().map(|path| path.as_str().to_string()));
            if seen.len() >= paths.len() {
                break;
            }
        }
        // They may settle in several portions.
        seen.sort();
        assert_eq!(seen, paths);
    }

    #[test]
    fn our_own_writes_and_untrue_changes_are_nothing() {
        let (folder, mut watcher) = watched(&[("ch.md", "One."), ("ch.old.md", &write::sealed("# Old\n"))]);
        write::write_report(folder.path(), &SourcePath::new("ch.bible.md"), "# Report\n");
        write::write_report(folder.path(), &SourcePath::new("ch.old.md"), "# New\n");
        fs::read(folder.path().join("ch.md")).unwrap();
        put(folder.path(), ".obsidian/workspace.json", "{}");
        // Written again with the same words.
        put(folder.path(), "ch.md", "One.");
        let before = watcher.started.elapsed();
        assert_eq!(watcher.next(Duration::from_millis(1800)), Event::Nothing);
        assert!(watcher.started.elapsed() - before >= Duration::from_millis(1800));
    }

    #[test]
    fn a_deleted_chapter_is_told_after_its_longer_wait() {
        let (folder, mut watcher) = watched(&[("ch.md", "One."), ("other.md", "Two.")]);
        fs::remove_file(folder.path().join("ch.md")).unwrap();
        assert_eq!(watcher.next(Duration::from_millis(1500)), Event::Nothing);
        // Time is moved by hand instead of waiting five seconds.
        watcher.started -= settle::SHRUNK_WAITS_LONGER;
        assert_eq!(watcher.next(Duration::from_millis(1000)), changed(&["ch.md"]));
    }

    #[test]
    fn without_events_the_folder_is_looked_at() {
        let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
        watcher.events = None;
        watcher.plan_next_look();
        put(folder.path(), "ch.md", "Two words.");
        assert_eq!(watcher.next(Duration::from_millis(100)), Event::Nothing);
        watcher.started -= POLL;
        assert_eq!(watcher.next(PATIENCE), changed(&["ch.md"]));
    }

    #[test]
    fn a_folder_that_vanishes_is_told_once_and_nothing_is_called_deleted() {
        let (folder, mut watcher) = watched(&[("book/ch.md", "One.")]);
        let aside = tempfile::tempdir().unwrap();
        fs::rename(folder.path(), aside.path().join("unplugged")).unwrap();
        watcher.started -= RECONCILE;
        assert!(matches!(watcher.next(Duration::from_millis(500)), Event::Problem(problem) if problem.message.contains("no longer there")));
        watcher.started -= RECONCILE;
        assert_eq!(watcher.next(Duration::from_millis(100)), Event::Nothing);
        fs::rename(aside.path().join("unplugged"), folder.path()).unwrap();
        watcher.started -= RECONCILE;
        assert_eq!(watcher.next(Duration::from_millis(1150)), Event::Nothing);
        put(folder.path(), "book/ch.md", "Two.");
        assert_eq!(watcher.next(PATIENCE), changed(&["book/ch.md"]));
    }

    #[test]
    fn a_network_disk_is_told() {
        let problem = polled("NFS");
        assert!(problem.kind == ProblemKind::Note && problem.message.contains("every 10 seconds"));
    }
}
