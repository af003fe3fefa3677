//! **The page to read first**: from a snapshot of the author's folder to reports.
//!
//! ```text
//! folder ─► Snapshot ─► Plan ─► Read ─► Job = script × scope ─► findings, notes ─► report beside the source
//!           (immutable)         (notes of  │  (in the worker)      (verified)        (written only if changed)
//!                                passages) └─► desk ─► remembered replies ─► model (one thread owns the context)
//! ```
//!
//! Nothing here fails as a whole: a job that cannot be done is told in its report, and the rest is done.

pub mod earlier;
pub mod life;
pub mod meanwhile;
mod plan;
mod retold;
pub mod shipped;

use crate::bible;
use crate::bible::draft::EntryDraft;
use crate::finding::Finding;
use crate::finding::history::History;
use crate::manuscript::{ReadingOrder, Series, SourceFile};
use crate::model::{Memory, Reply, Work};
use crate::notes::READER;
use crate::notes::adapters::{self, ADAPTERS};
use crate::project::{Snapshot, Written, discover, rescue, write};
use crate::prompt::PromptTemplate;
use crate::report::{Contents, Coverage, ModelLine, Note, Outcome, RunSummary, Scope, ScriptResult, Templates, markdown};
use crate::script::{Limits, ScriptCard, ScriptFile, ScriptKind};
use crate::store::{PrefixFiles, REPLY_BUDGET_BYTES, Store, Told, ToldKey};
use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use crate::worker::{ModelToOpen, Task, WorkEvent, Workbench};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a run is given besides the snapshot.
pub struct Environment<'a> {
    pub workbench: &'a dyn Workbench,
    pub memory: Arc<dyn Memory>,
    pub model: Option<ModelToOpen>,
    /// Turns true when the run is to end early.
    pub stop: Arc<AtomicBool>,
    /// Scripts to run, by name; empty for those the configuration names, or all that came with copydesk.
    pub wanted: &'a [String],
    /// Chapters that changed just now; they come first.
    pub urgent: &'a BTreeSet<SourcePath>,
    /// What is known of the findings of earlier runs; nothing when there were none.
    pub history: Option<&'a History>,
    /// What notes said in earlier runs that are followed.
    pub told: &'a BTreeMap<ToldKey, Told>,
    /// Gives the chapters that changed since, and those that are gone, as they were: [`earlier::texts`]. Asked only when a script looks back.
    pub earlier: &'a dyn Fn() -> Vec<SourceFile>,
    /// The words of each chapter in the last run.
    pub chapter_words: &'a BTreeMap<SourcePath, usize>,
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
    pub life: life::Life,
    /// What followed notes said in this run.
    pub told: BTreeMap<ToldKey, Told>,
    /// The words of each chapter.
    pub chapter_words: BTreeMap<SourcePath, usize>,
}

/// Reads the snapshot, runs every wanted script on all it looks at, and renders the reports.
pub fn run(snapshot: &Snapshot, environment: &Environment<'_>, on_progress: &mut dyn FnMut(Progress)) -> Run {
    let mut task = task(snapshot, environment.model.clone());
    let (names, wanted_problems) = plan::wanted(environment.wanted, &snapshot.config.run, &snapshot.scripts);
    // Compiling is most of what a small run costs, so only what runs is read, and what the author has set something for. Which of them are
    // groups, only the worker knows.
    let is_needed = |script: &ScriptFile| {
        script.kind != ScriptKind::Check || names.contains(&script.name) || snapshot.config.settings.contains_key(&script.name)
    };
    task.scripts.retain(|script| is_needed(script) && !snapshot.not_allowed.contains(&script.name));
    let (workbench, stop) = (environment.workbench, &environment.stop);
    let (read, (series, order, story_problems)) =
        rayon::join(|| workbench.read_scripts(&task, stop), || Series::assemble(&snapshot.chapters, &task.order));
    let (scripts, script_problems) = by_name(read);
    if names.iter().any(|name| scripts.get(name).is_some_and(|script| script.looks_back)) {
        task.earlier = (environment.earlier)();
    }
    let setting_problems = plan::settings(&mut task.settings, &names, &scripts);
    let (bible, bible_problems) = bible::read(&snapshot.bible, &series);
    let (templates, template_problems) = Templates::new(&own_templates(snapshot));
    let (_, prompt_problems) = PromptTemplate::new(&snapshot.templates);
    let jobs = plan::jobs(&names, &scripts, &series, environment.urgent);
    let contents = Contents::of(&series);

    let mut results: Vec<Option<ScriptResult>> = vec![None; jobs.len()];
    let mut progress = Progress { jobs_done: 0, jobs: jobs.len(), work: Work::default() };
    let work = workbench.work(&task, &jobs, environment.memory.clone(), stop, &mut |event| {
        match event {
            WorkEvent::Began(_) => {}
            WorkEvent::Done(index, result) => {
                results[index] = Some(*result);
                progress.jobs_done += 1;
            }
            WorkEvent::Progress(work) => progress.work = work,
        }
        on_progress(progress);
    });
    let mut results: Vec<ScriptResult> = jobs
        .iter()
        .zip(results)
        .map(|(job, result)| result.unwrap_or_else(|| job.not_checked("its result was lost", Vec::new())))
        .collect();

    let told = retold::compare(&mut results, &series, environment.told, &|script| decides(&task, scripts.get(script)));
    let life = life::follow(&mut results, snapshot, &series, environment.history);

    let (mut reports, report_problems) = markdown::files(&with_chapters(&results, &contents, &snapshot.scripts), &contents, &templates);
    reports.iter_mut().for_each(|report| report.path = discover::report_place(&snapshot.config, &report.path));
    let drafted: Vec<EntryDraft> = results.iter().flat_map(|result| result.drafts.iter().cloned()).collect();
    let (notes, draft_problems) = bible::draft::notes(&drafted, &bible);
    reports.extend(notes.into_iter().map(|note| {
        let place = SourcePath::in_folder(discover::DRAFTS_FOLDER, &note.file_name);
        let path = discover::report_place(&snapshot.config, &place);
        markdown::ReportFile { path, text: write::sealed_draft(&note.text), chapter: None }
    }));
    let mut problems = snapshot.problems.clone();
    let of_templates =
        [template_problems, prompt_problems, report_problems].map(|problems| in_folder(problems, &snapshot.config.templates));
    for more in [story_problems, bible_problems, wanted_problems, setting_problems, draft_problems].into_iter().chain(of_templates) {
        problems.extend(more);
    }
    let is_wanted = |script: &ScriptFile| script.kind != ScriptKind::Check || names.contains(&script.name);
    let is_of_wanted = |problem: &&Problem| {
        problem.file.as_ref().is_none_or(|file| snapshot.scripts.iter().any(|script| script.path == *file && is_wanted(script)))
    };
    problems.extend(script_problems.iter().filter(is_of_wanted).cloned());
    problems.extend(life.problems.iter().cloned());
    problems.extend(snapshot.scripts.iter().filter(|script| is_wanted(script)).filter_map(|script| not_allowed(snapshot, script)));
    problems.extend(order.books.is_empty().then(nothing_to_read));
    let chapter_words: BTreeMap<SourcePath, usize> = series.chapters().map(|chapter| (chapter.path.clone(), chapter.words())).collect();
    problems.extend(meanwhile::emptied(chapter_words.iter().map(|(path, words)| (path, *words)), |path| {
        environment.chapter_words.get(path).copied()
    }));
    problems.sort();
    problems.dedup();
    let model = environment.model.as_ref().map(model_line);
    let summary = RunSummary { model, work, seconds: 0.0, results, problems, changes: life.changes.clone(), seal_gaps: None };
    Run { summary, reports, order, chapters: series.chapters().count(), words: series.words(), life, told, chapter_words }
}

/// The scripts that can be run, by name, and what is wrong with the others.
fn by_name(read: Vec<Result<ScriptCard, Problem>>) -> (BTreeMap<String, ScriptCard>, Vec<Problem>) {
    let (mut scripts, mut problems) = (BTreeMap::new(), Vec::new());
    for script in read {
        match script {
            Ok(card) => drop(scripts.insert(card.name.clone(), card)),
            Err(problem) => problems.push(problem),
        }
    }
    (scripts, problems)
}

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
    let kept = kept.and_then(|()| store.keep_told(&run.told)).and_then(|()| store.copy_history());
    let kept = kept.and_then(|()| store.keep_chapter_words(&run.chapter_words));
    let kept = kept.and_then(|()| store.keep_replies_within(REPLY_BUDGET_BYTES, now).map(drop));
    kept.err().into_iter().chain(earlier::keep(run, snapshot, store)).chain(store.troubles()).collect()
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

/// The author's own templates only: the report module has the shipped ones.
fn own_templates(snapshot: &Snapshot) -> std::collections::BTreeMap<String, String> {
    let is_own = |(name, text): &(&String, &String)| !shipped::TEMPLATES.iter().any(|(known, shipped)| known == name && shipped == text);
    snapshot.templates.iter().filter(is_own).map(|(name, text)| (name.clone(), text.clone())).collect()
}

/// Templates know their file's name only; the author wants to know where it lies.
fn in_folder(problems: Vec<Problem>, folder: &str) -> Vec<Problem> {
    let placed = |problem: Problem| Problem { file: problem.file.map(|file| SourcePath::in_folder(folder, file.as_str())), ..problem };
    problems.into_iter().map(placed).collect()
}

/// The configured order; a series without a title has its folder's name.
fn order_settings(snapshot: &Snapshot) -> crate::manuscript::OrderSettings {
    let mut settings = snapshot.config.order_settings();
    settings.series_title.get_or_insert_with(|| snapshot.root_name.clone());
    settings
}

/// What the worker is told.
pub fn task(snapshot: &Snapshot, model: Option<ModelToOpen>) -> Task {
    Task {
        chapters: snapshot.chapters.clone(),
        bible: snapshot.bible.clone(),
        earlier: Vec::new(),
        order: order_settings(snapshot),
        scripts: snapshot.scripts.clone(),
        templates: own_templates(snapshot),
        calendar: snapshot.config.calendar.clone(),
        settings: snapshot.config.settings.clone(),
        model,
        limits: Limits::default(),
    }
}

/// The hash of whatever decides a script's words besides the manuscript: the model, the script itself with its libraries, its settings.
fn decides(task: &Task, script: Option<&ScriptCard>) -> ContentHash {
    let model = task.model.as_ref().map(|model| model.fingerprint.file_hash.0).unwrap_or_default();
    let name = script.map_or("", |script| script.name.as_str());
    let is_of_it = |file: &&ScriptFile| {
        file.name == name || script.is_some_and(|script| file.name.strip_prefix("lib/").is_some_and(|name| script.imports.contains(name)))
    };
    let text: String = task.scripts.iter().filter(is_of_it).map(|file| &*file.text).collect();
    let settings = format!("{:?}", task.settings.get(name));
    ContentHash::of_parts([&model[..], text.as_bytes(), settings.as_bytes()])
}

/// A book's or the series' result also makes a report beside each of its chapters, so that a finding that is gone is gone there too.
fn with_chapters(results: &[ScriptResult], contents: &Contents, scripts: &[ScriptFile]) -> Vec<ScriptResult> {
    // A script that makes no findings has none that could be gone from a chapter.
    let makes_none = |name: &str| scripts.iter().any(|script| script.name == name && script.finds().is_empty());
    let is_of_scope = |note: &Note| note.chapter.is_none();
    let own = |result: &ScriptResult| ScriptResult {
        notes: result.notes.iter().filter(|note| is_of_scope(note)).cloned().collect(),
        ..result.clone()
    };
    let mut all: Vec<ScriptResult> = results.iter().map(own).collect();
    let of_chapters: BTreeSet<&str> = results
        .iter()
        .filter(|result| matches!(result.scope, Scope::Chapter(_) | Scope::Scene { .. }))
        .map(|result| result.script.as_str())
        .collect();
    for result in results.iter().filter(|result| !of_chapters.contains(result.script.as_str())) {
        let mut findings: BTreeMap<&SourcePath, Vec<Finding>> = BTreeMap::new();
        for finding in &result.findings {
            if let Some(evidence) = finding.evidence.first() {
                findings.entry(&evidence.file).or_default().push(finding.clone());
            }
        }
        let mut notes: BTreeMap<&SourcePath, Vec<Note>> = BTreeMap::new();
        for note in &result.notes {
            if let Some(chapter) = &note.chapter {
                notes.entry(chapter).or_default().push(note.clone());
            }
        }
        let books = contents.books.iter().filter(|book| match &result.scope {
            Scope::Book(folder) => *folder == book.folder,
            Scope::Series => true,
            Scope::Scene { .. } | Scope::Chapter(_) => false,
        });
        let has_none = makes_none(&result.script);
        for chapter in
            books.flat_map(|book| &book.chapters).filter(|chapter| !has_none || notes.contains_key(&chapter.path)).collect::<Vec<_>>()
        {
            let coverage = match result.outcome {
                Outcome::Checked => Coverage {
                    scenes: chapter.scenes,
                    words: chapter.words,
                    not_read: result.coverage.not_read.clone(),
                    ..Coverage::default()
                },
                Outcome::NotChecked(_) => Coverage::default(),
            };
            all.push(ScriptResult {
                script: result.script.clone(),
                report: result.report.clone(),
                scope: Scope::Chapter(chapter.path.clone()),
                outcome: result.outcome.clone(),
                findings: findings.remove(&chapter.path).unwrap_or_default(),
                notes: notes.remove(&chapter.path).unwrap_or_default(),
                drafts: Vec::new(),
                awaits: None,
                coverage,
                problems: Vec::new(),
            });
        }
    }
    all
}

fn not_allowed(snapshot: &Snapshot, script: &ScriptFile) -> Option<Problem> {
    let is_refused = snapshot.not_allowed.contains(&script.name);
    let message = "was not run: it did not come with copydesk, and you have not allowed it as it stands now";
    let problem = || Problem::new(ProblemKind::NotChecked, message).in_file(&script.path);
    is_refused.then(|| problem().advice(format!("read it; then `copydesk allow {}` and the folder with the chapters", script.name)))
}

fn nothing_to_read() -> Problem {
    Problem::new(ProblemKind::NotChecked, "no chapters were found in this folder")
        .advice("chapters are Markdown files, .md; `copydesk order` shows what was looked at")
}

fn model_line(model: &ModelToOpen) -> ModelLine {
    let reader = model.fingerprint.adapters.get(READER).and_then(|hash| adapters::with_hash(*hash));
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
        other_readers: others.collect(),
    }
}

/// Remembers replies in the store, and what the model has read in files beside it.
pub struct StoreMemory {
    store: Arc<Store>,
    prefixes: PrefixFiles,
    /// Seconds since 1970, given by the caller; the only use of the time is to forget the oldest replies when there are too many.
    now: i64,
}

impl StoreMemory {
    /// A memory over the store of a state folder. `prefix_bytes` may be taken by what the model has read.
    pub fn new(state: &Path, store: Arc<Store>, prefix_bytes: u64, now: i64) -> StoreMemory {
        StoreMemory { prefixes: PrefixFiles::new(state, store.clone(), prefix_bytes), store, now }
    }
}

impl Memory for StoreMemory {
    fn recall(&self, key: &ContentHash) -> Option<Reply> {
        postcard::from_bytes(&self.store.reply(key)?).ok()
    }

    fn keep(&self, key: &ContentHash, reply: &Reply) {
        if let Ok(bytes) = postcard::to_stdvec(reply) {
            // A full disk costs only the memory: the question is asked again next time. It is told once, at the end of the run.
            if let Err(problem) = self.store.keep_reply(key, &bytes, self.now) {
                self.store.note(problem);
            }
        }
    }

    fn recall_prefix(&self, key: &ContentHash) -> Option<Vec<u8>> {
        self.prefixes.recall(key, self.now)
    }

    fn keep_prefix(&self, key: &ContentHash, state: Vec<u8>) {
        self.prefixes.keep(key, &state, self.now);
    }
}
