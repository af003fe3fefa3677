//! What every command that works on a manuscript needs: its state folder, its store, its model, the worker.

use super::args::Setting;
use super::{WORKER_ARGUMENT, model_choice, plain_way, reader_choice, server};
use crate::model::Fingerprint;
use crate::model::scripted::RecordedReply;
use crate::notes::adapters;
use crate::project::state::NotTaken;
use crate::project::{Config, Lock, state};
use crate::store::Store;
use crate::text::{ContentHash, Problem, ProblemKind, yaml};
use crate::worker::ModelToOpen;
use crate::worker::supervisor::Supervisor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The state of one manuscript, open.
pub struct OpenState {
    pub folder: PathBuf,
    pub store: Arc<Store>,
    pub problems: Vec<Problem>,
}

/// The state folder of a manuscript, made if it is not there yet.
///
/// # Errors
/// In plain words, when there is nowhere to keep it.
pub fn state_folder(root: &Path, chosen: Option<&Path>) -> Result<PathBuf, Problem> {
    let opened = state::open_folder(root, chosen, &|name| std::env::var_os(name));
    opened.map_err(|message| Problem::new(ProblemKind::Configuration, message))
}

/// Says when there is no such folder.
///
/// # Errors
/// There is none.
pub fn existing_folder(folder: &Path) -> Result<(), Problem> {
    let shown = crate::text::escape::for_terminal(&folder.to_string_lossy());
    let missing = || Problem::new(ProblemKind::Configuration, format!("there is no folder {shown}"));
    folder.is_dir().then_some(()).ok_or_else(|| missing().advice("give the folder your chapters are in"))
}

/// How often a check of the language server is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Takes the lock of a state folder. A check of the language server is soon over, and is waited for.
///
/// # Errors
/// Another process has the folder, or the system cannot lock there.
pub fn lock(state: &Path, purpose: &str) -> Result<Lock, NotTaken> {
    loop {
        match Lock::try_take(state, purpose) {
            Err(NotTaken::Held(held)) if held.purpose == "lsp" => std::thread::sleep(LOOK_EVERY),
            other => return other,
        }
    }
}

/// Opens the store of a state folder.
pub fn open_state(folder: PathBuf) -> OpenState {
    let (store, problems) = Store::open(&folder);
    OpenState { folder, store: Arc::new(store), problems }
}

/// The models of a run.
pub struct Models {
    pub model: ModelToOpen,
    /// What the trained reader reads with, where it does not fit that model.
    pub reader: Option<ModelToOpen>,
    /// Why they are these.
    pub why: String,
    pub why_reader: String,
}

impl Models {
    /// The model and what reads beside it, as a run takes them.
    pub fn split(models: Option<Models>) -> (Option<ModelToOpen>, Option<ModelToOpen>) {
        models.map_or((None, None), |models| (Some(models.model), models.reader))
    }

    /// The model that the trained reader reads with, if it fits either.
    pub fn reading(self) -> ModelToOpen {
        self.reader.unwrap_or(self.model)
    }

    /// With what the trained reader reads beside a model.
    fn with_reader((mut model, why): (ModelToOpen, String), config: &Config, state: &OpenState) -> Result<Models, Problem> {
        let reading = reader_choice::choose(&mut model, config, (&state.store, &state.folder))?;
        let (reader, why, why_reader) = match reading {
            Ok(Some((reader, why_reader))) => (Some(begun_as_known(reader, state)), why, why_reader),
            Ok(None) => {
                let served = adapters::of_model(&model.fingerprint).filter(|_| !model.is_computed_here());
                let told = served.map(|adapter| format!("; {}", server::reader_in_words(Some(adapter))));
                (None, format!("{why}{}", told.unwrap_or_default()), String::new())
            }
            Err(why_not) => (None, format!("{why}; {why_not}"), String::new()),
        };
        Ok(Models { model, reader, why, why_reader })
    }
}

/// The models to use and why, or nothing when there is none or none is wanted.
///
/// # Errors
/// A model that was asked for and cannot be used.
pub fn model(setting: &Setting, config: &Config, state: &OpenState, supervisor: &Supervisor) -> Result<Option<Models>, Problem> {
    match config.server.as_ref().filter(|_| setting.model.is_none() && setting.recorded.is_none() && !setting.no_model) {
        Some(served) => Models::with_reader(server::model(served, config, supervisor)?, config, state).map(Some),
        None => {
            supervisor.let_link_go();
            model_on_disk(setting, config, state)
        }
    }
}

/// The same, where no server is asked.
///
/// # Errors
/// As [`model`].
pub fn model_on_disk(setting: &Setting, config: &Config, state: &OpenState) -> Result<Option<Models>, Problem> {
    if let Some(path) = &setting.recorded {
        let (model, why) = (begun_as_known(recorded(path)?, state), "recorded replies".to_string());
        return Ok(Some(Models { model, reader: None, why, why_reader: String::new() }));
    }
    if setting.no_model {
        return Ok(None);
    }
    let asked = model_choice::Asked { model: setting.model.as_deref(), is_reproducible: setting.reproducible };
    let chosen = model_choice::choose(asked, config, &state.store, &state.folder)?;
    let models = chosen.map(|chosen| {
        let licence = chosen.licence.map_or_else(|| "it names no licence".to_string(), |licence| format!("licence: {licence}"));
        let chosen = (begun_as_known(chosen.open, state), format!("{}; {licence}", chosen.why));
        Models::with_reader(chosen, config, state)
    });
    models.transpose()
}

/// Where the fast way crashed before, the plain one is begun with.
fn begun_as_known(model: ModelToOpen, state: &OpenState) -> ModelToOpen {
    ModelToOpen { is_plain: plain_way::because(&state.folder).is_some(), ..model }
}

/// Replies from a file, instead of a model.
fn recorded(path: &Path) -> Result<ModelToOpen, Problem> {
    let wrong = |message: String| {
        Problem::new(ProblemKind::Configuration, format!("the recorded replies in {} cannot be used: {message}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let value = yaml::parse(&text).map_err(|problem| wrong(format!("line {}: {}", problem.line, problem.message)))?;
    let replies: Vec<RecordedReply> = yaml::typed(&text, value).map_err(|problem| wrong(problem.message))?;
    let fingerprint = Fingerprint {
        name: "recorded replies".to_string(),
        file_hash: ContentHash::of(text.as_bytes()),
        settings: "recorded".to_string(),
        adapters: std::collections::BTreeMap::new(),
    };
    Ok(ModelToOpen::recorded(fingerprint, replies))
}

/// The worker: this program again. In the background it gives way to whatever else the computer does.
///
/// # Errors
/// The system does not tell where this program lies.
pub fn supervisor(is_background: bool, requires_seal: bool) -> Result<Supervisor, Problem> {
    let program = std::env::current_exe();
    let made = program.and_then(|program| Supervisor::new(program, vec![WORKER_ARGUMENT.to_string()], is_background, requires_seal));
    made.map_err(|error| Problem::new(ProblemKind::Configuration, format!("the program's own file could not be found: {error}")))
}

/// Seconds since 1970; 0 before that.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed())
}
