//! `copydesk watch`: checks each chapter as it is saved.
//!
//! One line per event. A newer save ends the questions of the older run, and a script that looks at chapters begins with the changed one.

use super::args::{Watch, scripts_and_folder};
use super::progress::ProgressLine;
use super::run::{choice_line, seal_line, stop_on_signal, texts};
use super::seal::NewFiles;
use super::{allow, messages, seal, setting};
use crate::finding::Finding;
use crate::finding::history::History;
use crate::project::state::NotTaken;
use crate::project::{Lock, Snapshot};
use crate::report::terminal;
use crate::run::{self, Environment, Outlet, Run, StoreMemory};
use crate::sandbox;
use crate::text::{Problem, ProblemKind, SourcePath};
use crate::watch::{Event, Watcher};
use crate::worker::supervisor::Supervisor;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long the watcher is asked for an event before the stop flag is looked at again.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Scripts that answer within a save's patience; summaries are for the night.
const WHILE_WRITING: &[&str] = &["continuity", "series-bible"];

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
    let supervisor = setting::supervisor(true, arguments.require_sandbox)?;
    let sealed = seal::for_work(folder, arguments.setting.state.as_deref(), NewFiles::Reports, arguments.require_sandbox)?;
    // The watcher looks first: a save that comes while the folder is read is then a change.
    let (mut watcher, notice) = Watcher::start(folder);
    let snapshot = allow::snapshot(folder).map_err(|error| wrong(error.to_string()))?;
    let state = setting::open_state(sealed.state);
    let _lock = match Lock::try_take(&state.folder, "watch") {
        Ok(lock) => lock,
        Err(NotTaken::Held(held)) => {
            messages::tell(&format!("copydesk {} is already at work on this folder (process {}); stop it first", held.purpose, held.pid));
            return Ok(());
        }
        Err(NotTaken::Failed(message)) => return Err(wrong(message)),
    };
    let model = setting::model(&arguments.setting, &snapshot.config, &state)?;
    messages::tell(&choice_line(
        model.as_ref().map(|(model, why)| (model.fingerprint.name.as_str(), why.as_str())),
        arguments.setting.no_model,
    ));
    messages::tell(&seal_line(&sealed.seal.and(sandbox::close_existing_files())));
    let is_usual = wanted.is_empty() && snapshot.config.run.is_empty();
    let wanted = if is_usual { WHILE_WRITING.iter().map(ToString::to_string).collect() } else { wanted };
    messages::problems(&notice.iter().collect::<Vec<_>>());
    messages::problems(&state.problems.iter().collect::<Vec<_>>());
    let model = model.map(|(model, _)| model);
    let watching = Watching { folder, state: &state, supervisor: &supervisor, model, wanted: &wanted, end: stop_on_signal(None) };
    let mut known = Known::default();
    messages::say("[copydesk] watching; Ctrl-C ends it");
    let mut changed = watching.run_until_change(snapshot, BTreeSet::new(), &mut watcher, &mut known);
    while !watching.end.load(Ordering::Relaxed) {
        let Some(paths) = changed.take().or_else(|| next_change(&mut watcher)) else { continue };
        messages::say(&changed_line(&paths));
        match allow::snapshot(folder) {
            Ok(snapshot) => changed = watching.run_until_change(snapshot, paths, &mut watcher, &mut known),
            Err(error) => messages::problems(&[&wrong(error.to_string())]),
        }
    }
    messages::say("[copydesk] ended");
    Ok(())
}

/// What was told before, so that a save tells only what is new.
#[derive(Default)]
struct Known {
    findings: BTreeSet<String>,
    problems: BTreeSet<Problem>,
}

struct Watching<'a> {
    folder: &'a Path,
    state: &'a setting::OpenState,
    supervisor: &'a Supervisor,
    model: Option<crate::worker::ModelToOpen>,
    wanted: &'a [String],
    /// Turns true at Ctrl-C.
    end: Arc<AtomicBool>,
}

impl Watching<'_> {
    /// Runs over a snapshot while the watcher is asked for newer saves. Gives the newer changes when they ended the run.
    fn run_until_change(
        &self,
        snapshot: Snapshot,
        urgent: BTreeSet<SourcePath>,
        watcher: &mut Watcher,
        known: &mut Known,
    ) -> Option<BTreeSet<SourcePath>> {
        let started = Instant::now();
        let stop = Arc::new(AtomicBool::new(false));
        let (made, newer) = std::thread::scope(|threads| {
            let (run_stop, run_snapshot, run_urgent) = (stop.clone(), &snapshot, &urgent);
            let running = threads.spawn(move || self.run_once(run_snapshot, run_urgent, run_stop));
            let mut newer = None;
            while !running.is_finished() {
                if self.end.load(Ordering::Relaxed) {
                    stop.store(true, Ordering::Relaxed);
                }
                match watcher.next(LOOK_EVERY) {
                    Event::Changed(paths) => {
                        stop.store(true, Ordering::Relaxed);
                        newer.get_or_insert_with(BTreeSet::new).extend(paths);
                    }
                    Event::Problem(problem) => messages::problems(&[&problem]),
                    Event::Nothing => {}
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
        } else {
            self.tell(&made, history.as_ref(), &snapshot, started, known);
        }
        newer.map(|paths| paths.into_iter().chain(urgent).collect())
    }

    /// One run, and the history it was compared with.
    fn run_once(&self, snapshot: &Snapshot, urgent: &BTreeSet<SourcePath>, stop: Arc<AtomicBool>) -> (Run, Option<History>) {
        let memory =
            Arc::new(StoreMemory::new(&self.state.folder, self.state.store.clone(), snapshot.config.prefix_bytes(), setting::now()));
        let (history, told, chapter_words) = (self.state.store.earlier(), self.state.store.told(), self.state.store.chapter_words());
        let (workbench, model, wanted) = (self.supervisor, self.model.clone(), self.wanted);
        let earlier = &run::earlier::texts(snapshot, &self.state.store);
        let environment = Environment {
            workbench,
            memory,
            model,
            stop,
            wanted,
            urgent,
            history: history.as_ref(),
            told: &told,
            earlier,
            chapter_words: &chapter_words,
        };
        let mut progress = ProgressLine::new(false);
        let made = run::run(snapshot, &environment, &mut |state| progress.show(state));
        progress.end();
        (made, history)
    }

    /// Writes the reports and tells what is new since the last run.
    fn tell(&self, made: &Run, history: Option<&History>, snapshot: &Snapshot, started: Instant, known: &mut Known) {
        let (store, state) = (&self.state.store, &self.state.folder);
        let outlet = Outlet { store, reports: Some(self.folder), state, now: setting::now() };
        let (written, mut problems) = run::conclude(made, snapshot, history, &outlet);
        let gaps = self.supervisor.seal().filter(|seal| !seal.is_full());
        problems.extend(gaps.map(|seal| Problem::new(ProblemKind::Note, seal_line(seal))));
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

fn next_change(watcher: &mut Watcher) -> Option<BTreeSet<SourcePath>> {
    match watcher.next(LOOK_EVERY) {
        Event::Changed(paths) => Some(paths.into_iter().collect()),
        Event::Problem(problem) => {
            messages::problems(&[&problem]);
            None
        }
        Event::Nothing => None,
    }
}

fn changed_line(paths: &BTreeSet<SourcePath>) -> String {
    let names: Vec<String> = paths.iter().take(3).map(|path| crate::text::escape::for_terminal(path.as_str())).collect();
    let more = if paths.len() > 3 { format!(" and {} more", paths.len() - 3) } else { String::new() };
    format!("[copydesk] saved: {}{more}", names.join(", "))
}
