//! Watches the author's folder and says what has changed once it has settled. Never woken by our own writes.
//!
//! Invariant: events only say that it is time to look. What changed is found by looking at every file's size and times, and proved by
//! the hash of its content: a lost event costs at most one interval, and a file that was touched but says the same is no change.
//!
//! A change is reported when nothing else is on its way, so that a run never sees one chapter saved and the next one half written;
//! [`Watcher::is_at_rest`] says whether that still holds after the folder was read.

mod clock;
mod notify;
pub mod settle;
#[cfg(test)]
mod tests;

use crate::project::config::{self, Config};
use crate::project::discover::{self, Found, FoundFile};
use crate::project::disk::{self, FileStat};
use crate::project::ignore::Ignore;
use crate::project::read::{self, Unread};
use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use clock::Clocks;
use notify::{Events, SharedIgnore};
use rayon::prelude::*;
use settle::Settling;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

/// How often the folder is looked at even though no event came: events get lost.
const RECONCILE: Duration = Duration::from_secs(30);

/// How often it is looked at where no events come, or not all.
const POLL: Duration = Duration::from_secs(10);

/// How often it is looked for when it is not there.
const MISSING_POLL: Duration = Duration::from_secs(2);

/// Two looks are at least this far apart, however many events come.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Where a look takes long (a third of a second for 100,000 files) the waits before the next one are at least this many times as long.
const LOOK_IS_RARER: u32 = 300;
const POLL_IS_RARER: u32 = 100;
const BETWEEN_IS_RARER: u32 = 10;

/// But never longer than this.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// The times of some disks are this coarse (FAT: two seconds): a second save within it may leave size and times as they were. What has
/// settled is read once more when it is over.
const COARSEST_TIMES: Duration = Duration::from_millis(2500);

/// What the watcher has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// These files say something else than before, are new or are gone.
    Changed(Changes),
    Nothing,
    Problem(Problem),
}

/// Changed files, and what became of each.
pub type Changes = BTreeMap<SourcePath, Became>;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// It is new, or says something else.
    Saved,
    /// It is no longer there.
    Gone,
}

/// A path as it was seen when it was last looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sight {
    File(FileStat),
    /// What stands there is none of our files, and why is told to the author: a link, a second version, a folder that cannot be opened.
    NotOurs(ContentHash),
}

impl Sight {
    fn bytes(self) -> u64 {
        match self {
            Sight::File(stat) => stat.size_bytes,
            Sight::NotOurs(_) => 1,
        }
    }
}

/// What a path said when it last settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Settled {
    /// The hash of its bytes, or of the reason why they cannot be had.
    says: ContentHash,
    bytes: u64,
}

/// A path as it was when it last settled, and as it was when it was last looked at.
#[derive(Clone, Debug, Default)]
struct Known {
    disk_path: PathBuf,
    /// Nothing when there is no such file.
    seen: Option<Sight>,
    /// Nothing when there was none.
    settled: Option<Settled>,
    /// When it is read once more although it looks the same.
    read_again: Option<Duration>,
}

/// Watches one author's folder.
pub struct Watcher {
    root: PathBuf,
    /// The folder's own number on its disk: another one of the same name is another folder.
    place: Option<(u64, u64)>,
    /// As it was when its file last settled: half of a configuration would make chapters of what is left out.
    config: Config,
    /// Nothing where none come; then the folder is looked at more often.
    events: Option<Events>,
    /// Whether some of the events do not come.
    has_gaps: bool,
    ignore: SharedIgnore,
    known: BTreeMap<SourcePath, Known>,
    /// Folders with files of ours, whose events were asked for.
    folders: BTreeSet<String>,
    must_watch_folders: bool,
    settling: Settling,
    /// Settled changes that are reported when the others have settled too, and since when they wait.
    waiting: Changes,
    waits_since: Option<Duration>,
    notices: VecDeque<Problem>,
    clocks: Clocks,
    started: Instant,
    last_look: Duration,
    next_look: Duration,
    look_took: Duration,
    is_root_missing: bool,
}

impl Watcher {
    /// Begins to watch. What is there now is the state that later changes are told against. The problem says why no events come, if so.
    pub fn start(root: &Path) -> (Watcher, Option<Problem>) {
        let root = dunce::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
        let config = Config::load(&root).0;
        let ignore: SharedIgnore = Arc::new(RwLock::new(Ignore::new(&config.ignore)));
        let events = match disk::network_kind(&root) {
            Some(kind) => Err(polled(kind)),
            None => Events::start(&root, ignore.clone()),
        };
        let (events, problem) = match events {
            Ok(events) => (Some(events), None),
            Err(problem) => (None, Some(problem)),
        };
        let mut watcher = Watcher {
            place: place_of(&root),
            root,
            config,
            events,
            has_gaps: false,
            ignore,
            known: BTreeMap::new(),
            folders: BTreeSet::new(),
            must_watch_folders: false,
            settling: Settling::default(),
            waiting: Changes::new(),
            waits_since: None,
            notices: VecDeque::new(),
            clocks: Clocks::new(),
            started: Instant::now(),
            last_look: Duration::ZERO,
            next_look: Duration::ZERO,
            look_took: Duration::ZERO,
            is_root_missing: false,
        };
        watcher.remember_all();
        (watcher, problem)
    }

    /// Waits until something has settled, at most `timeout`.
    pub fn next(&mut self, timeout: Duration) -> Event {
        let until = self.started.elapsed() + timeout;
        loop {
            if self.clocks.have_jumped() {
                self.doubt_everything();
            }
            let now = self.started.elapsed();
            // A change is only called settled after one more look.
            if now >= self.next_look || self.settles_at().is_some_and(|settles| settles <= now) {
                self.look();
                if !self.is_root_missing {
                    self.take_settled();
                }
            }
            if let Some(problem) = self.notices.pop_front() {
                return Event::Problem(problem);
            }
            if let Some(changes) = self.take_changes() {
                return Event::Changed(changes);
            }
            let now = self.started.elapsed();
            if now >= until {
                return Event::Nothing;
            }
            let wake = self.settles_at().map_or(self.next_look, |settles| settles.min(self.next_look)).min(until);
            self.wait(wake.saturating_sub(now));
        }
    }

    /// When the next change will have settled. Nothing settles in a folder that is not there.
    fn settles_at(&self) -> Option<Duration> {
        self.settling.next().filter(|_| !self.is_root_missing)
    }

    /// Whether nothing was on its way when the folder was last looked at.
    pub fn has_settled(&self) -> bool {
        self.settling.next().is_none() && self.waiting.is_empty() && !self.is_root_missing
    }

    /// Whether the folder is not there, or only the empty place of the disk that it lies on.
    pub fn is_away(&self) -> bool {
        self.is_root_missing
    }

    /// Looks once more, and gives whether everything is as it was when it last settled: what was read since is whole.
    pub fn is_at_rest(&mut self) -> bool {
        self.look();
        self.has_settled()
    }

    /// Waits for an event or for the time to pass.
    fn wait(&mut self, time: Duration) {
        let Some(events) = &self.events else { return std::thread::sleep(time) };
        match events.wait(time) {
            Ok(true) => self.next_look = self.next_look.min(self.last_look + rarer(BETWEEN_LOOKS, self.look_took * BETWEEN_IS_RARER)),
            Ok(false) => {}
            // The events' thread is gone: look more often from now on.
            Err(()) => self.events = None,
        }
        if let Some(problem) = self.events.as_ref().and_then(Events::take_ran_out) {
            self.note_gaps(problem);
        }
    }

    /// From now on some of the events do not come. Said once.
    fn note_gaps(&mut self, problem: Problem) {
        if !std::mem::replace(&mut self.has_gaps, true) {
            self.notices.push_back(problem);
            self.next_look = self.next_look.min(self.last_look + POLL);
        }
    }

    /// The clock was set or the computer slept: times say nothing, so everything is looked at now and read again.
    fn doubt_everything(&mut self) {
        let now = self.started.elapsed();
        self.next_look = now;
        self.known.values_mut().for_each(|known| known.read_again = Some(now));
    }

    /// Notes what is there without calling it a change.
    fn remember_all(&mut self) {
        let (began, today) = (self.started.elapsed(), SystemTime::now());
        let found = self.find();
        self.folders = folders_of(&found);
        let mut known: BTreeMap<SourcePath, Known> = not_ours(&found)
            .into_iter()
            .map(|(path, says)| {
                let settled = Some(Settled { says, bytes: 1 });
                (path, Known { seen: Some(Sight::NotOurs(says)), settled, ..Known::default() })
            })
            .collect();
        let of_file = |file: &FoundFile| {
            let settled = says(&file.disk_path, &file.path).map(|says| Settled { says, bytes: file.stat.size_bytes });
            let seen = Some(Sight::File(file.stat));
            (file.path.clone(), Known { disk_path: file.disk_path.clone(), seen, settled, read_again: None })
        };
        known.par_extend(found.files.par_iter().map(of_file));
        let now = self.started.elapsed();
        // What was saved a moment ago may be half of a save.
        for file in found.files.iter().filter(|file| is_younger(file.stat, COARSEST_TIMES, today)) {
            let Some(known) = known.get_mut(&file.path) else { continue };
            if is_younger(file.stat, settle::QUIET, today) || file.stat.size_bytes == 0 || known.settled.is_none() {
                self.settling.changed(&file.path, None, Some(file.stat.size_bytes), now);
            } else {
                known.read_again = Some(now + COARSEST_TIMES);
            }
        }
        self.known = known;
        self.look_took = self.started.elapsed() - began;
        self.plan_next_look();
    }

    fn find(&self) -> Found {
        discover::discover(&self.root, &self.config)
    }

    fn plan_next_look(&mut self) {
        self.last_look = self.started.elapsed();
        let wait = if self.events.is_some() && !self.has_gaps {
            rarer(RECONCILE, self.look_took * LOOK_IS_RARER)
        } else {
            rarer(POLL, self.look_took * POLL_IS_RARER)
        };
        let again = self.known.values().filter_map(|known| known.read_again).min();
        self.next_look = (self.last_look + wait).min(again.map_or(Duration::MAX, |again| again.max(self.last_look + BETWEEN_LOOKS)));
    }

    /// Looks at every file and notes those that look different from the last time.
    fn look(&mut self) {
        let began = self.started.elapsed();
        let place = place_of(&self.root);
        let found = if place.is_some() { self.find() } else { Found::default() };
        // An unplugged disk leaves nothing, or the empty folder at which it was mounted. It is no author who deleted a book.
        if place.is_none() || place != self.place && found.files.is_empty() && !self.known.is_empty() {
            self.last_look = self.started.elapsed();
            self.next_look = self.last_look + MISSING_POLL;
            if !std::mem::replace(&mut self.is_root_missing, true) {
                self.notices.push_back(gone(&self.root));
            }
            return;
        }
        let was_missing = std::mem::replace(&mut self.is_root_missing, false);
        let is_another = std::mem::replace(&mut self.place, place) != place;
        if is_another {
            self.notices.push_back(another(&self.root));
        } else if was_missing {
            self.notices.push_back(back(&self.root));
        }
        self.watch_folders(&found, is_another || was_missing);
        let now = self.started.elapsed();
        self.compare(found, now);
        self.look_took = self.started.elapsed() - began;
        self.plan_next_look();
    }

    /// Asks for the events of folders that are new, or of all when the folder itself was away: what watched the old one does not watch it.
    fn watch_folders(&mut self, found: &Found, is_back: bool) {
        let folders = folders_of(found);
        let is_new = std::mem::take(&mut self.must_watch_folders) || !folders.is_subset(&self.folders);
        self.folders = folders;
        if is_back && self.events.is_some() {
            match Events::start(&self.root, self.ignore.clone()) {
                Ok(events) => self.events = Some(events),
                Err(problem) => self.note_gaps(problem),
            }
        } else if let Some(events) = self.events.as_mut().filter(|_| is_new) {
            match events.watch_new_folders(&self.root) {
                Ok(reached_all) => self.must_watch_folders = !reached_all,
                Err(problem) => self.note_gaps(problem),
            }
        }
    }

    /// Notes what looks different, and reads what must be read again.
    fn compare(&mut self, found: Found, now: Duration) {
        let told = not_ours(&found).into_iter().map(|(path, says)| (path, (PathBuf::new(), Sight::NotOurs(says))));
        let files = found.files.into_iter().map(|file| (file.path, (file.disk_path, Sight::File(file.stat))));
        let mut seen: BTreeMap<SourcePath, (PathBuf, Sight)> = told.chain(files).collect();
        for (path, known) in &mut self.known {
            let sight = seen.remove(path);
            // What lies in a folder that cannot be opened just now is not gone.
            if sight.is_none() && found.unreadable.iter().any(|folder| path.is_below(folder)) {
                continue;
            }
            let is_as_before = sight.as_ref().map(|(_, sight)| *sight) == known.seen;
            let is_due = known.read_again.is_some_and(|again| again <= now);
            if is_due {
                known.read_again = None;
            }
            let settled_bytes = known.settled.map(|settled| settled.bytes);
            if is_as_before && !(is_due && says_something_else(known, path)) {
                continue;
            }
            self.settling.changed(path, settled_bytes, sight.as_ref().map(|(_, sight)| sight.bytes()), now);
            known.seen = sight.as_ref().map(|(_, sight)| *sight);
            if let Some((disk_path, _)) = sight {
                known.disk_path = disk_path;
            }
        }
        for (path, (disk_path, sight)) in seen {
            self.settling.changed(&path, None, Some(sight.bytes()), now);
            self.known.insert(path, Known { disk_path, seen: Some(sight), ..Known::default() });
        }
    }

    /// Moves what has settled, and says something else than before, to the changes that wait to be reported.
    fn take_settled(&mut self) {
        let now = self.started.elapsed();
        let settled = self.settling.take_settled(now);
        let has_configuration = settled.iter().any(|path| path.as_str() == config::FILE);
        let known = &self.known;
        let read: Vec<(SourcePath, Option<ContentHash>)> = settled
            .into_par_iter()
            .map(|path| {
                let says = known.get(&path).and_then(|known| says_now(known, &path));
                (path, says)
            })
            .collect();
        for (path, says) in read {
            if let Some(became) = self.became(&path, says, now) {
                self.waiting.insert(path, became);
                self.waits_since.get_or_insert(now);
            }
        }
        if has_configuration {
            self.take_configuration();
        }
    }

    /// What became of a file that has settled and says this now. Nothing: the same as before, or it has not settled after all.
    fn became(&mut self, path: &SourcePath, says: Option<ContentHash>, now: Duration) -> Option<Became> {
        let known = self.known.get_mut(path)?;
        let Some(sight) = known.seen else {
            // A file that came and went between two looks was never told.
            let was_there = known.settled.is_some();
            self.known.remove(path);
            return was_there.then_some(Became::Gone);
        };
        let Some(says) = says else {
            self.settling.changed(path, known.settled.map(|settled| settled.bytes), Some(sight.bytes()), now);
            return None;
        };
        let is_same = known.settled.is_some_and(|settled| settled.says == says);
        known.settled = Some(Settled { says, bytes: sight.bytes() });
        known.read_again = Some(now + COARSEST_TIMES);
        self.next_look = self.next_look.min(now + COARSEST_TIMES);
        (!is_same).then_some(Became::Saved)
    }

    /// Takes up a configuration that has settled: from now on other files may be chapters, so the folder is looked at at once.
    fn take_configuration(&mut self) {
        let config = Config::load(&self.root).0;
        if config != self.config {
            *self.ignore.write().unwrap_or_else(PoisonError::into_inner) = Ignore::new(&config.ignore);
            self.config = config;
            self.look();
        }
    }

    /// What is to be reported: all that waits, when nothing else is on its way or the first has waited for long.
    fn take_changes(&mut self) -> Option<Changes> {
        let since = self.waits_since?;
        let has_starved = self.started.elapsed() >= since + settle::STARVATION_CAP;
        if self.settling.next().is_some() && !has_starved {
            return None;
        }
        self.waits_since = None;
        Some(std::mem::take(&mut self.waiting))
    }
}

/// A wait, or a longer one, but not for ever.
fn rarer(usual: Duration, longer: Duration) -> Duration {
    longer.clamp(usual, MAX_WAIT)
}

/// Device and number of a folder; nothing when there is none.
fn place_of(folder: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(folder).ok().filter(std::fs::Metadata::is_dir)?;
    let stat = FileStat::of(&metadata);
    Some((stat.dev, stat.ino))
}

fn folders_of(found: &Found) -> BTreeSet<String> {
    found.files.iter().map(|file| file.path.folder().to_string()).collect()
}

/// What is reported of paths that are none of our files, by path.
fn not_ours(found: &Found) -> BTreeMap<SourcePath, ContentHash> {
    let mut words: BTreeMap<SourcePath, String> = BTreeMap::new();
    let files: BTreeSet<&SourcePath> = found.files.iter().map(|file| &file.path).collect();
    for problem in &found.problems {
        if let Some(path) = problem.file.as_ref().filter(|path| !files.contains(path) && path.as_str() != config::FILE) {
            words.entry(path.clone()).or_default().push_str(&problem.message);
        }
    }
    words.into_iter().map(|(path, words)| (path, ContentHash::of_parts([&b"told"[..], words.as_bytes()]))).collect()
}

/// The hash of what a file says, or of the reason why it cannot be read. Nothing when it is still changing, or gone.
fn says(disk_path: &Path, path: &SourcePath) -> Option<ContentHash> {
    match read::content_hash(disk_path, path) {
        Ok((hash, _)) => Some(hash),
        Err(Unread::StillChanging | Unread::Gone) => None,
        // The run that follows will say why.
        Err(Unread::Because(problem)) => Some(ContentHash::of_parts([&b"unread"[..], problem.message.as_bytes()])),
    }
}

fn says_now(known: &Known, path: &SourcePath) -> Option<ContentHash> {
    match known.seen? {
        Sight::NotOurs(says) => Some(says),
        Sight::File(_) => says(&known.disk_path, path),
    }
}

/// Whether a file that looks as it did says something else than when it settled.
fn says_something_else(known: &Known, path: &SourcePath) -> bool {
    known.seen.is_some() && says_now(known, path) != known.settled.map(|settled| settled.says)
}

/// Whether a file was changed less than this ago, or in the future, as far as its times and the clock can be trusted.
fn is_younger(stat: FileStat, age: Duration, today: SystemTime) -> bool {
    let since_1970 = today.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let changed_ns = i128::from(stat.mtime_ns.max(stat.ctime_ns));
    changed_ns + age.as_nanos() as i128 > since_1970.as_nanos() as i128
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

fn back(root: &Path) -> Problem {
    Problem::new(ProblemKind::Note, format!("the folder {} is back", root.display())).advice("what was saved meanwhile is checked now")
}

fn another(root: &Path) -> Problem {
    Problem::new(ProblemKind::Note, format!("the folder {} is another one now than when the watch began", root.display()))
        .advice("it is watched, but the kernel may refuse to let reports be written into it: end the watch and start it again")
}
