//! **The page to read first**: from a snapshot of the author's folder to reports.
//!
//! ```text
//! folder ─► Snapshot ─► Plan ─► Read ─► Job = script × scope ─► findings, notes ─► report beside the source
//!           (immutable)         (notes of  │  (in the worker)      (verified)        (written only if changed)
//!                                passages) └─► desk ─► remembered replies ─► model (one thread owns the context)
//! ```
//!
//! Nothing here fails as a whole: a job that cannot be done is reported in its report, and the rest is done.

pub mod changed_during_run;
pub mod life;
mod memory;
mod plan;
pub mod previous_texts;
mod publish;
mod reports;
pub mod shipped;
mod summary_changes;

pub use memory::StoreMemory;
pub use plan::{order_settings, task};
pub use publish::{Outlet, conclude};

use crate::finding::history::History;
use crate::manuscript::{ReadingOrder, SourceFile};
use crate::model::{Memory, Work};
use crate::notes::READER;
use crate::notes::adapters::{self, ADAPTERS};
use crate::notes::compared::PairVerdicts;
use crate::project::Snapshot;
use crate::report::{ModelLine, RunSummary, ScriptResult, StyleSheet, markdown};
use crate::script::{ScriptCard, ScriptFile};
use crate::store::{NoteHistory, NoteKey};
use crate::text::{ContentHash, Problem, SourcePath};
use crate::worker::{Job, ModelToOpen, Task, WorkEvent, Worker};
use plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a run is given besides the snapshot.
pub struct Environment<'a> {
    pub workbench: &'a dyn Worker,
    pub memory: Arc<dyn Memory>,
    pub model: Option<ModelToOpen>,
    /// What the trained reader reads with, where it does not fit that model.
    pub reader: Option<ModelToOpen>,
    /// Turns true when the run is to end early.
    pub stop: Arc<AtomicBool>,
    /// Scripts to run, by name; empty for those the configuration names, or all that came with copydesk.
    pub wanted: &'a [String],
    /// Chapters that changed just now; they come first.
    pub urgent: &'a BTreeSet<SourcePath>,
    /// What is known of the findings of earlier runs; nothing when there were none.
    pub history: Option<&'a History>,
    /// What notes said in earlier runs that are followed.
    pub note_histories: &'a BTreeMap<NoteKey, NoteHistory>,
    /// Gives the chapters that changed since, and those that are gone, as they were: [`previous_texts::texts`]. Asked only when a script looks back.
    pub earlier: &'a dyn Fn() -> Vec<SourceFile>,
    /// The words of each chapter in the last run.
    pub chapter_words: &'a BTreeMap<SourcePath, usize>,
    /// Whether what is understood of the story is of use to anybody.
    pub wants_style_sheet: bool,
    /// Whether the model is to judge all pairs that the trained reader judged, so that both can be compared.
    pub wants_verdicts: bool,
}

static NO_CHAPTERS: BTreeSet<SourcePath> = BTreeSet::new();
static NO_NOTES: BTreeMap<NoteKey, NoteHistory> = BTreeMap::new();
static NO_WORDS: BTreeMap<SourcePath, usize> = BTreeMap::new();

impl<'a> Environment<'a> {
    /// That of a run without a model, before which there was none.
    pub fn first(workbench: &'a dyn Worker, memory: Arc<dyn Memory>, wanted: &'a [String]) -> Environment<'a> {
        Environment {
            workbench,
            memory,
            model: None,
            reader: None,
            stop: Arc::default(),
            wanted,
            urgent: &NO_CHAPTERS,
            history: None,
            note_histories: &NO_NOTES,
            earlier: &Vec::new,
            chapter_words: &NO_WORDS,
            wants_style_sheet: false,
            wants_verdicts: false,
        }
    }
}

/// What a run tells while it goes.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub jobs_done: usize,
    pub jobs: usize,
    pub work: Work,
}

/// What a run made. Nothing is written yet.
pub struct Run {
    pub summary: RunSummary,
    pub reports: Vec<markdown::ReportFile>,
    pub order: ReadingOrder,
    pub chapters: usize,
    pub words: usize,
    pub life: life::FindingChanges,
    /// What followed notes said in this run.
    pub note_histories: BTreeMap<NoteKey, NoteHistory>,
    /// The words of each chapter.
    pub chapter_words: BTreeMap<SourcePath, usize>,
    /// What it understood of the story; nothing when it was stopped before.
    pub style_sheet: Option<StyleSheet>,
    /// The pairs as the trained reader and the model judge them. Nothing where that was not wanted, or the worker ended before it had them all: the
    /// model crashed or was killed, or the run was stopped.
    pub verdicts: Option<Vec<PairVerdicts>>,
}

/// Reads the snapshot, runs every wanted script on all it looks at, and renders the reports.
pub fn run(snapshot: &Snapshot, environment: &Environment<'_>, on_progress: &mut dyn FnMut(Progress)) -> Run {
    let plan = Plan::of(snapshot, environment);
    let Made { mut results, work, style_sheet, verdicts } = work_through(&plan, environment, on_progress);

    let series = &plan.series;
    let note_histories =
        summary_changes::compare(&mut results, series, environment.note_histories, &|script| decides(&plan.task, plan.scripts.get(script)));
    let life = life::follow(&mut results, snapshot, series, environment.history);

    let (reports, report_problems) = reports::render(&results, snapshot, &plan);
    let chapter_words: BTreeMap<SourcePath, usize> = series.chapters().map(|chapter| (chapter.path.clone(), chapter.words())).collect();
    let emptied = changed_during_run::emptied(chapter_words.iter().map(|(path, words)| (path, *words)), |path| {
        environment.chapter_words.get(path).copied()
    });
    let mut problems: Vec<Problem> = plan.problems.iter().chain(&life.problems).cloned().chain(report_problems).chain(emptied).collect();
    problems.sort();
    problems.dedup();
    let model = environment.model.as_ref().map(|model| model_line(model, environment.reader.as_ref()));
    let (chapters, words) = (series.chapters().count(), series.words());
    let summary = RunSummary { model, work, seconds: 0.0, results, problems, changes: life.changes.clone(), seal_gaps: None };
    Run { summary, reports, order: plan.order, chapters, words, life, note_histories, chapter_words, style_sheet, verdicts }
}

/// What came of the jobs.
struct Made {
    results: Vec<ScriptResult>,
    work: Work,
    style_sheet: Option<StyleSheet>,
    verdicts: Option<Vec<PairVerdicts>>,
}

/// Has every job done. A result that never came is reported as such.
fn work_through(plan: &Plan, environment: &Environment<'_>, on_progress: &mut dyn FnMut(Progress)) -> Made {
    let jobs = &plan.jobs;
    let mut results: Vec<Option<ScriptResult>> = vec![None; jobs.len()];
    let (mut style_sheet, mut verdicts) = (None, None);
    let mut progress = Progress { jobs_done: 0, jobs: jobs.len(), work: Work::default() };
    let work = environment.workbench.work(&plan.task, jobs, environment.memory.clone(), &environment.stop, &mut |event| {
        match event {
            WorkEvent::Began(_) => {}
            WorkEvent::Done(index, result) => {
                results[index] = Some(*result);
                progress.jobs_done += 1;
            }
            WorkEvent::Progress(work) => progress.work = work,
            WorkEvent::StyleSheet(sheet) => style_sheet = Some(*sheet),
            WorkEvent::Verdicts(pairs) => verdicts = Some(pairs),
        }
        on_progress(progress);
    });
    let or_lost =
        |(job, result): (&Job, Option<ScriptResult>)| result.unwrap_or_else(|| job.not_checked("its result was lost", Vec::new()));
    Made { results: jobs.iter().zip(results).map(or_lost).collect(), work, style_sheet, verdicts }
}

/// The hash of whatever decides a script's words besides the manuscript: the models, the script itself with its libraries, its settings.
fn decides(task: &Task, script: Option<&ScriptCard>) -> ContentHash {
    let hash = |model: &ModelToOpen| model.fingerprint.file_hash.0;
    let (model, reader) = (task.model.as_ref().map(hash).unwrap_or_default(), task.reader.as_ref().map(hash));
    let name = script.map_or("", |script| script.name.as_str());
    let is_of_it = |file: &&ScriptFile| {
        file.name == name || script.is_some_and(|script| file.name.strip_prefix("lib/").is_some_and(|name| script.imports.contains(name)))
    };
    let text: String = task.scripts.iter().filter(is_of_it).map(|file| &*file.text).collect();
    let settings = format!("{:?}", task.settings.get(name));
    let models = [&model[..]].into_iter().chain(reader.as_ref().map(|hash| &hash[..]));
    // A server may be started with the trained reader one day and without it the next.
    let asks_with_any = text.contains(".adapter(");
    let of_it = |(name, _): &(&String, &ContentHash)| asks_with_any || name.as_str() == READER;
    let adapters = task.models().flat_map(|model| model.fingerprint.adapters.iter().filter(of_it)).map(|(_, hash)| &hash.0[..]);
    ContentHash::of_parts(models.chain([text.as_bytes(), settings.as_bytes()]).chain(adapters))
}

fn model_line(model: &ModelToOpen, reading: Option<&ModelToOpen>) -> ModelLine {
    let reader = adapters::of_model(&reading.unwrap_or(model).fingerprint);
    let others = reader.into_iter().flat_map(|own| {
        let others = ADAPTERS.iter().filter(|other| other.base != own.base);
        others.map(|other| (other.base.to_string(), other.cost / own.cost))
    });
    ModelLine {
        name: model.fingerprint.name.clone(),
        file_hash: model.fingerprint.file_hash.short(16),
        quantisation: model.quantisation.clone(),
        context_tokens: model.context_tokens as usize,
        settings: model.fingerprint.settings.clone(),
        reader: reading.map(|reading| reading.fingerprint.name.clone()),
        other_readers: others.collect(),
    }
}
