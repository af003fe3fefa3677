//! The sealed side: whatever could be fooled or could crash. Scripts and llama.cpp run here, in a process of their own.
//!
//! The keeper first says which models it may open; the worker seals itself ([`crate::sandbox`]) so that it can open those and nothing else,
//! write nothing and connect nowhere. Only then the keeper hands over a [`Task`] and the jobs; the worker asks back only for remembered
//! replies, and when it dies the keeper loses one job. [`Worker`] is the one way to it, so that tests run both sides in one process.

mod jobs;
mod life;
pub mod link;
pub mod link_messages;
pub mod messages;
mod model_files;
mod process;
mod resting;
mod roster;
pub mod serve;
mod style_sheet;
pub mod supervisor;

pub use jobs::{InProcess, KeptModels};
pub use model_files::{ModelChange, ModelMark, files_of};

use crate::facts::calendar::Calendar;
use crate::manuscript::{OrderSettings, SourceFile};
use crate::model::scripted::RecordedReply;
use crate::model::{Fingerprint, Memory, Turn, Work};
use crate::notes::compared::PairVerdicts;
use crate::notes::larger::KindWeights;
use crate::report::{Coverage, Outcome, Scope, ScriptResult, StyleSheet};
use crate::script::{Limits, ScriptCard, ScriptFile, ScriptSubject};
use crate::text::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Everything the worker may know: the author's texts as they were read, and which model to open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    pub chapters: Vec<SourceFile>,
    pub bible: Vec<SourceFile>,
    /// The chapters that changed since, and those that are gone, as they were.
    pub earlier: Vec<SourceFile>,
    pub order: OrderSettings,
    pub scripts: Vec<ScriptFile>,
    pub templates: BTreeMap<String, String>,
    /// The days, months and years of the story.
    pub calendar: Calendar,
    /// Script → setting → the author's value.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
    /// What answers free questions.
    pub model: Option<ModelToOpen>,
    /// What the trained reader reads with, where it does not fit that model.
    pub reader: Option<ModelToOpen>,
    /// The kinds of contradictions that the model judges in the reader's place.
    pub larger_kinds: KindWeights,
    /// Whether all pairs that were judged are to be judged by the model too, when the jobs have ended.
    pub wants_verdicts: bool,
    /// Whether a style sheet is to be made when the jobs have ended.
    pub wants_style_sheet: bool,
    /// What each job may use.
    pub limits: Limits,
}

impl Task {
    /// The models that may be opened for it.
    pub fn models(&self) -> impl Iterator<Item = &ModelToOpen> {
        self.model.iter().chain(&self.reader)
    }

    /// The same, to be changed.
    pub fn models_mut(&mut self) -> impl Iterator<Item = &mut ModelToOpen> {
        self.model.iter_mut().chain(&mut self.reader)
    }

    /// The model that the trained reader reads with, if it fits any.
    pub fn reading_model(&self) -> Option<&ModelToOpen> {
        self.reader.as_ref().or(self.model.as_ref())
    }
}

/// What a model is there for in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// It answers free questions, and is what the trained reader reads with where it fits it.
    Answers,
    /// The trained reader reads with it, beside one that answers.
    Reads,
}

/// A model of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelToOpen {
    pub fingerprint: Fingerprint,
    pub source: ModelSource,
    /// As llama.cpp names it, `Q4_K_M`; empty when it is not known.
    pub quantisation: String,
    pub context_tokens: u32,
    pub threads: u32,
    /// One question at a time, so that a reply depends on nothing but its question.
    pub is_reproducible: bool,
    /// Whether it is computed the plain way, because the fast one crashed on this computer.
    pub is_plain: bool,
    /// What it takes in memory with its context, in bytes.
    pub memory_bytes: u64,
    /// Its files as they were when they were hashed.
    pub marks: Vec<ModelMark>,
    /// Trained changes that it can be asked with, each in a file of its own.
    pub adapters: Vec<AdapterFile>,
    /// How long the reader may read passages in this run, in seconds, so that what rests on its notes is done before the run's deadline; nothing
    /// for as long as it takes.
    pub reading_seconds: Option<u64>,
}

/// A trained change to a model, on the disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdapterFile {
    /// What requests call it.
    pub name: String,
    pub path: PathBuf,
}

impl AdapterFile {
    /// Whether it is one that copydesk.yaml names, not the trained reader's.
    pub fn is_the_authors(&self) -> bool {
        self.name != crate::notes::READER
    }
}

impl ModelToOpen {
    /// One whose replies were recorded: no file, asked one question at a time.
    pub fn recorded(fingerprint: Fingerprint, replies: Vec<RecordedReply>) -> ModelToOpen {
        ModelToOpen {
            fingerprint,
            source: ModelSource::Recorded(replies),
            quantisation: String::new(),
            context_tokens: 8192,
            threads: 1,
            is_reproducible: true,
            is_plain: false,
            memory_bytes: 0,
            marks: Vec::new(),
            adapters: Vec::new(),
            reading_seconds: None,
        }
    }

    /// Does without those of the author's adapters whose files were changed since they were hashed: they cost what is asked with them.
    pub fn leave_changed_adapters(&mut self) {
        let changed: Vec<AdapterFile> = self
            .adapters
            .iter()
            .filter(|adapter| adapter.is_the_authors() && model_files::has_changed(&self.marks, &adapter.path))
            .cloned()
            .collect();
        for adapter in changed {
            self.fingerprint.adapters.remove(&adapter.name);
            self.adapters.retain(|kept| kept.name != adapter.name);
            model_files::forget(&mut self.marks, &adapter.path);
        }
    }

    /// Whether what this one opens is what the other does: the same files, opened in the same way.
    pub fn is_opened_like(&self, other: &ModelToOpen) -> bool {
        let way = |model: &ModelToOpen| (model.context_tokens, model.threads, model.is_reproducible, model.is_plain);
        self.fingerprint == other.fingerprint && self.files() == other.files() && self.marks == other.marks && way(self) == way(other)
    }

    /// The files that hold the model: none for recorded replies, several when the name says that it is split; and those of its adapters.
    pub fn files(&self) -> Vec<PathBuf> {
        match &self.source {
            ModelSource::File(path) => files_of(path).into_iter().chain(self.adapters.iter().map(|adapter| adapter.path.clone())).collect(),
            ModelSource::Recorded(_) | ModelSource::Server { .. } | ModelSource::Refused(_) => Vec::new(),
        }
    }

    /// What every report says first, where words leave this computer.
    pub fn told_first(&self) -> Option<&str> {
        match &self.source {
            ModelSource::Server { told, .. } => told.as_deref(),
            ModelSource::File(_) | ModelSource::Recorded(_) | ModelSource::Refused(_) => None,
        }
    }

    /// Whether it is computed on this computer.
    pub fn is_computed_here(&self) -> bool {
        !matches!(self.source, ModelSource::Server { .. })
    }

    /// What became of its files since they were hashed.
    pub fn change(&self) -> ModelChange {
        model_files::change(&self.marks)
    }
}

/// Where replies come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ModelSource {
    /// A GGUF file.
    File(PathBuf),
    /// Recorded replies, for tests.
    Recorded(Vec<RecordedReply>),
    /// A server of the author's own, asked through the keeper.
    Server {
        /// How many questions are asked at once.
        slots: u32,
        /// What every report says first where it is on another computer.
        told: Option<String>,
    },
    /// No more: the files are not what they were, for this reason.
    Refused(String),
}

/// One script applied to one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The script's name.
    pub script: String,
    /// The word in the report's file name.
    pub report: String,
    pub subject: ScriptSubject,
    pub scope: Scope,
    /// Scenes and words the job looks at, for its coverage.
    pub scenes: usize,
    pub words: usize,
    /// When its questions are served.
    pub turn: Turn,
}

impl Job {
    /// The result of a job that did not do its work, and why: a clause in plain words, without a full stop.
    pub fn not_checked(&self, reason: impl Into<String>, problems: Vec<Problem>) -> ScriptResult {
        ScriptResult {
            script: self.script.clone(),
            report: self.report.clone(),
            scope: self.scope.clone(),
            outcome: Outcome::NotChecked(reason.into()),
            findings: Vec::new(),
            notes: Vec::new(),
            drafts: Vec::new(),
            awaits: None,
            coverage: Coverage::default(),
            problems,
        }
    }
}

/// What happens while jobs run.
#[derive(Clone, Debug)]
pub enum WorkEvent {
    /// A job began, with its place in the list; again when it is tried again.
    Began(usize),
    /// A job ended, with its place in the list.
    Done(usize, Box<ScriptResult>),
    /// What the model has done so far.
    Progress(Work),
    /// What the run understood of the story; after all jobs, and only if it was wanted.
    StyleSheet(Box<StyleSheet>),
    /// The pairs as both judges see them; after all jobs, and only if they were wanted.
    Verdicts(Vec<PairVerdicts>),
}

/// Reads scripts and runs jobs somewhere.
pub trait Worker: Sync {
    /// What each script of the task says of itself, in their order, or what is wrong with it. The work is expected to follow.
    fn read_scripts(&self, task: &Task, stop: &Arc<AtomicBool>) -> Vec<Result<ScriptCard, Problem>>;

    /// Runs all jobs and tells of each one's end exactly once; returns when all have ended. After `stop` turns true, jobs that have not
    /// ended are reported as not checked, within two seconds.
    fn work(&self, task: &Task, jobs: &[Job], memory: Arc<dyn Memory>, stop: &Arc<AtomicBool>, on_event: &mut dyn FnMut(WorkEvent))
    -> Work;
}
