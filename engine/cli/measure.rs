//! `copydesk measure`: plants errors in copies of the chapters in memory, runs the shipped checks over them and shows what was found.

mod cases;
mod verdicts;
mod view;

use super::args::{Format, Measure};
use super::progress::ProgressLine;
use super::run::{choice_line, stop_on_signal};
use super::seal::NewFiles;
use super::{allow, messages, plain_way, seal, session};
use crate::bible;
use crate::finding::{Finding, Severity};
use crate::manuscript::Series;
use crate::measure::{self, Copy, Judged, Kind, Order, Plant};
use crate::model::Memory;
use crate::notes::READER;
use crate::notes::compared::PairVerdicts;
use crate::project::state::NotTaken;
use crate::project::{Lock, Snapshot};
use crate::report::Outcome;
use crate::run::{self, Environment, Run, StoreMemory};
use crate::sandbox;
use crate::text::{Problem, ProblemKind};
use crate::worker::ModelToOpen;
use crate::worker::supervisor::Supervisor;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Measures. Gives the exit status: 0 measured, 2 wrong usage, 3 when something could not be checked.
pub fn measure(arguments: &Measure) -> u8 {
    let measured = match &arguments.cases {
        Some(cases) => cases::measure(arguments, cases),
        None if arguments.verdicts => verdicts::measure(arguments),
        None => attempt(arguments),
    };
    match measured {
        Ok(status) => status,
        Err(problem) => {
            messages::problems(&[&problem]);
            super::USAGE
        }
    }
}

/// What is made ready before a file of the author's is read.
pub(super) struct Sealed {
    /// It opens a file for writing, which cannot be done later.
    supervisor: Supervisor,
    state: PathBuf,
}

impl Sealed {
    /// Seals this process for work on a folder.
    pub fn new(root: &Path, arguments: &Measure, new_files: NewFiles) -> Result<Sealed, Problem> {
        let supervisor = session::supervisor(false, false)?;
        let state = seal::for_work(root, arguments.setting.state.as_deref(), new_files, false)?.state;
        Ok(Sealed { supervisor, state })
    }
}

/// Runs the shipped checks over snapshots, again and again, with one memory.
pub(super) struct MeasureRun {
    supervisor: Supervisor,
    memory: Arc<dyn Memory>,
    model: Option<ModelToOpen>,
    /// What the trained reader reads with, where it does not fit that model.
    reader: Option<ModelToOpen>,
    stop: Arc<AtomicBool>,
    is_chatty: bool,
    state: PathBuf,
    /// Why something was not checked, each once.
    pub not_checked: BTreeSet<String>,
    /// Held until everything is measured, so that two programs do not work on one state.
    _lock: Lock,
}

/// What one run gave, without notes.
pub(super) struct Ran {
    pub findings: Vec<Finding>,
    pub seconds: f64,
}

impl MeasureRun {
    /// Opens a state folder and chooses the model, as a run does.
    pub fn open(sealed: Sealed, arguments: &Measure, snapshot: &Snapshot) -> Result<MeasureRun, Problem> {
        let state = session::open_state(sealed.state);
        let lock = match Lock::try_take(&state.folder, "measure") {
            Ok(lock) => lock,
            Err(NotTaken::Held(held)) => {
                let message = format!("copydesk {} is at work on this folder (process {})", held.purpose, held.pid);
                return Err(Problem::new(ProblemKind::Configuration, message).advice("stop it first, or let it finish"));
            }
            Err(NotTaken::Failed(message)) => return Err(Problem::new(ProblemKind::Configuration, message)),
        };
        messages::problems(&state.problems.iter().collect::<Vec<_>>());
        let models = session::model(&arguments.setting, &snapshot.config, &state, &sealed.supervisor)?;
        let is_chatty = arguments.format == Format::Text;
        if is_chatty {
            messages::tell(&choice_line(models.as_ref(), arguments.setting.no_model));
        }
        let (model, reader) = session::Models::split(models);
        let _ = sandbox::close_existing_files();
        let memory = StoreMemory::new(&state.folder, state.store.clone(), snapshot.config.prefix_bytes(), session::now());
        Ok(MeasureRun {
            supervisor: sealed.supervisor,
            memory: Arc::new(memory),
            model,
            reader,
            stop: stop_on_signal(None),
            is_chatty,
            state: state.folder,
            not_checked: BTreeSet::new(),
            _lock: lock,
        })
    }

    /// The name of the model in use.
    pub fn model(&self) -> Option<&str> {
        self.model.as_ref().map(|model| model.fingerprint.name.as_str())
    }

    /// Whether Ctrl-C was pressed.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Runs the checks over a snapshot: continuity, and the series' bible if there is one. Nothing is written.
    pub fn run(&mut self, snapshot: &Snapshot, with_model: bool) -> Ran {
        let started = Instant::now();
        let made = self.made(snapshot, with_model, false);
        // A note is good to know and claims no contradiction.
        let findings = made.summary.findings().into_iter().filter(|finding| finding.severity != Severity::Note).collect();
        Ran { findings, seconds: started.elapsed().as_secs_f64() }
    }

    /// The pairs of sentences of a snapshot that the trained reader and the model both judge; nothing where a model crashed over them.
    pub fn verdicts(&mut self, snapshot: &Snapshot) -> Option<Vec<PairVerdicts>> {
        self.made(snapshot, true, true).verdicts
    }

    /// The models of a run: that which answers, if anything reads, and what the trained reader reads with.
    pub fn judges(&self) -> Option<[&ModelToOpen; 2]> {
        let model = self.model.as_ref()?;
        let reading = self.reader.as_ref().unwrap_or(model);
        reading.fingerprint.adapters.contains_key(READER).then_some([model, reading])
    }

    fn made(&mut self, snapshot: &Snapshot, with_model: bool, wants_verdicts: bool) -> Run {
        let mut wanted = vec!["continuity".to_string()];
        wanted.extend((!snapshot.bible.is_empty()).then(|| "series-bible".to_string()));
        let environment = Environment {
            model: self.model.clone().filter(|_| with_model),
            reader: self.reader.clone().filter(|_| with_model),
            stop: self.stop.clone(),
            wants_verdicts,
            ..Environment::first(&self.supervisor, self.memory.clone(), &wanted)
        };
        let mut progress = ProgressLine::new(!self.is_chatty || self.model.is_none());
        let made = run::run(snapshot, &environment, &mut |state| progress.show(state));
        progress.end();
        for result in &made.summary.results {
            if let Outcome::NotChecked(reason) = &result.outcome {
                self.not_checked.insert(format!("{}, {}: {reason}", result.script, result.scope));
            }
        }
        made
    }

    /// Tells what was not checked. Gives the exit status.
    pub fn end(&self) -> u8 {
        for reason in &self.not_checked {
            messages::problems(&[&Problem::new(ProblemKind::NotChecked, reason.clone())]);
        }
        let is_plain = self.model.iter().chain(&self.reader).any(|model| model.is_plain);
        messages::problems(&plain_way::told(&self.state, self.supervisor.plain_because(), is_plain).iter().collect::<Vec<_>>());
        if self.not_checked.is_empty() { 0 } else { 3 }
    }
}

/// Everything that was measured over one folder.
pub(super) struct Measured {
    pub seed: u64,
    pub model: Option<String>,
    pub chapters: usize,
    pub words: usize,
    pub plants: Vec<Plant>,
    pub batches: Vec<Vec<usize>>,
    pub judged: Vec<Judged>,
    /// The same without the model; nothing when there was none.
    pub without_model: Option<Vec<Judged>>,
    /// Findings of the untouched text.
    pub untouched: Vec<Finding>,
    pub seconds: f64,
}

/// What is planted in a folder.
struct Planned {
    chapters: usize,
    words: usize,
    plants: Vec<Plant>,
    batches: Vec<Vec<usize>>,
}

/// Decides what is planted.
fn planned(arguments: &Measure, snapshot: &Snapshot) -> Result<Planned, Problem> {
    let kinds = kinds(&arguments.kinds)?;
    let task = run::task(snapshot, None);
    let (series, _, _) = Series::assemble(&task.chapters, &task.order);
    let (bible, _) = bible::read(&task.bible, &series);
    let words = series.words();
    let order = Order { seed: arguments.seed, errors: arguments.errors, kinds, calendar: task.calendar.clone() };
    let plants = measure::plan(&series, &bible, &order);
    if plants.is_empty() {
        let message = "nothing could be planted: the chapters name too few people, too seldom".to_string();
        return Err(Problem::new(ProblemKind::Configuration, message).advice("measure a folder with some chapters of prose"));
    }
    let batches = measure::batches(&plants, words);
    Ok(Planned { chapters: series.chapters().count(), words, plants, batches })
}

fn attempt(arguments: &Measure) -> Result<u8, Problem> {
    let started = Instant::now();
    kinds(&arguments.kinds)?;
    let sealed = Sealed::new(&arguments.folder, arguments, NewFiles::Nowhere)?;
    let snapshot = take(&arguments.folder)?;
    let Planned { chapters, words, plants, batches } = planned(arguments, &snapshot)?;
    let mut bench = MeasureRun::open(sealed, arguments, &snapshot)?;
    let untouched = bench.run(&snapshot, true).findings;
    let judged = run_batches(&mut bench, &snapshot, &plants, &batches, &untouched, true);
    let without_model = bench.model().is_some().then(|| {
        let untouched = bench.run(&snapshot, false).findings;
        run_batches(&mut bench, &snapshot, &plants, &batches, &untouched, false)
    });
    if bench.is_stopped() {
        return Err(stopped());
    }
    let reading = bench.reader.as_ref().map(|reader| format!(", with {} reading", reader.fingerprint.name)).unwrap_or_default();
    let model = bench.model().map(|model| format!("{model}{reading}"));
    let measured = Measured {
        seed: arguments.seed,
        model,
        chapters,
        words,
        plants,
        batches,
        judged,
        without_model,
        untouched,
        seconds: started.elapsed().as_secs_f64(),
    };
    messages::say(&match arguments.format {
        Format::Json => view::json(&measured),
        Format::Text => view::text(&measured, arguments.list),
    });
    Ok(bench.end())
}

fn stopped() -> Problem {
    Problem::new(ProblemKind::Configuration, "stopped before everything was measured; there are no figures")
}

/// The folder, read once; the author's own scripts are left out, as the shipped checks are measured.
pub(super) fn take(folder: &Path) -> Result<Snapshot, Problem> {
    let mut snapshot = allow::snapshot(folder).map_err(|error| Problem::new(ProblemKind::Configuration, error.to_string()))?;
    snapshot.config.run.clear();
    Ok(snapshot)
}

fn kinds(names: &[String]) -> Result<Vec<Kind>, Problem> {
    if names.is_empty() {
        return Ok(Kind::ALL.to_vec());
    }
    let known = || Kind::ALL.map(Kind::name).join(", ");
    let find = |name: &String| {
        Kind::named(name.trim()).ok_or_else(|| {
            Problem::new(ProblemKind::Configuration, format!("there is no kind of error “{name}”"))
                .advice(format!("the kinds are {}", known()))
        })
    };
    names.iter().map(find).collect()
}

/// Runs the checks over the two copies of every batch.
fn run_batches(
    bench: &mut MeasureRun,
    snapshot: &Snapshot,
    plants: &[Plant],
    batches: &[Vec<usize>],
    untouched: &[Finding],
    with_model: bool,
) -> Vec<Judged> {
    let known: BTreeSet<String> = untouched.iter().map(|finding| finding.id.clone()).collect();
    let mut judged = Vec::new();
    for batch in batches {
        let of_batch: Vec<&Plant> = batch.iter().map(|index| &plants[*index]).collect();
        let [errors, twins] = [true, false].map(|with_error| {
            let copy = Copy::new(of_batch.iter().flat_map(|plant| plant.insertions(with_error)).cloned());
            bench.run(&Snapshot { chapters: copy.of(&snapshot.chapters), ..snapshot.clone() }, with_model)
        });
        judged.push(measure::judge(&of_batch, &errors.findings, &twins.findings, &known, errors.seconds + twins.seconds));
    }
    judged
}
