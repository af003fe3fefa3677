//! One check of the folder, as `watch` and `lsp` do it again and again.

use super::args::Setting;
use super::run::{choice_line, seal_line};
use super::{messages, plain_way, session};
use crate::finding::history::History;
use crate::model::Memory;
use crate::project::Snapshot;
use crate::run::{self, Environment, Outlet, Progress, Run, StoreMemory};
use crate::sandbox::{self, Seal};
use crate::text::{Problem, ProblemKind, SourcePath};
use crate::worker::ModelToOpen;
use crate::worker::supervisor::Supervisor;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Scripts that answer within a save's patience; summaries are for the night.
const WHILE_WRITING: &[&str] = &["continuity", "series-bible"];

/// What is checked, and by what.
pub(super) struct Check {
    pub folder: PathBuf,
    pub state: session::OpenState,
    pub supervisor: Supervisor,
    pub model: Option<ModelToOpen>,
    /// What the trained reader reads with, where it does not fit that model.
    pub reader: Option<ModelToOpen>,
    /// Scripts by name; empty for those of the configuration.
    pub wanted: Vec<String>,
}

impl Check {
    /// Chooses the model, and says which; from here on no file that is there already is opened for writing.
    ///
    /// # Errors
    /// A model that was asked for and cannot be used.
    pub fn new(
        folder: &Path,
        state: session::OpenState,
        supervisor: Supervisor,
        (setting, seal): (&Setting, Seal),
        (wanted, snapshot): (Vec<String>, &Snapshot),
    ) -> Result<Check, Problem> {
        let models = session::model(setting, &snapshot.config, &state, &supervisor)?;
        messages::tell(&choice_line(models.as_ref(), setting.no_model));
        let (model, reader) = session::Models::split(models);
        messages::tell(&seal_line(&seal.and(sandbox::close_existing_files())));
        let is_usual = wanted.is_empty() && snapshot.config.run.is_empty();
        let wanted = if is_usual { WHILE_WRITING.iter().map(ToString::to_string).collect() } else { wanted };
        Ok(Check { folder: folder.to_path_buf(), state, supervisor, model, reader, wanted })
    }

    /// The memory of a run that is concluded.
    pub fn memory(&self, snapshot: &Snapshot) -> StoreMemory {
        StoreMemory::new(&self.state.folder, self.state.store.clone(), snapshot.config.prefix_bytes(), session::now())
    }

    /// One run, and the history it was compared with. Nothing is written but what the memory keeps.
    pub fn run(
        &self,
        snapshot: &Snapshot,
        memory: Arc<dyn Memory>,
        urgent: &BTreeSet<SourcePath>,
        stop: Arc<AtomicBool>,
        on_progress: &mut dyn FnMut(Progress),
    ) -> (Run, Option<History>) {
        let store = &self.state.store;
        let (history, note_histories, chapter_words) = (store.earlier(), store.note_histories(), store.chapter_words());
        let environment = Environment {
            workbench: &self.supervisor,
            memory,
            model: self.model.clone(),
            reader: self.reader.clone(),
            stop,
            wanted: &self.wanted,
            urgent,
            history: history.as_ref(),
            note_histories: &note_histories,
            earlier: &|| run::previous_texts::texts(snapshot, store),
            chapter_words: &chapter_words,
            wants_style_sheet: true,
            wants_verdicts: false,
        };
        let made = run::run(snapshot, &environment, on_progress);
        (made, history)
    }

    /// Remembers what became of the findings, and writes the reports if they are wanted. Gives their paths, and what went wrong.
    pub fn conclude(&self, made: &Run, history: Option<&History>, snapshot: &Snapshot, reports: bool) -> (Vec<SourcePath>, Vec<Problem>) {
        let (store, state) = (&self.state.store, &self.state.folder);
        let outlet = Outlet { store, reports: reports.then_some(&*self.folder), state, now: session::now() };
        let (written, mut problems) = run::conclude(made, snapshot, history, &outlet);
        let is_plain = self.model.iter().chain(&self.reader).any(|model| model.is_plain);
        problems.extend(plain_way::told(state, self.supervisor.plain_because(), is_plain));
        let gaps = self.supervisor.seal().filter(|seal| !seal.is_full());
        problems.extend(gaps.map(|seal| Problem::new(ProblemKind::Note, seal_line(&seal))));
        (written, problems)
    }
}
