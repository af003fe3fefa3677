//! Which model a command works with, and why that one.
//!
//! 1. What was asked for is used or refused, never replaced by something else.
//! 2. The usual path reads no model: what a header said and how the weights hash is remembered until the file changes.

mod adapters;

use self::adapters::Adapters;
use crate::model::Fingerprint;
use crate::model::gguf::{self, Header, LoraBase, ModelProblem};
use crate::model::shelf::{self, Places, ShelfModel};
use crate::model::written_form;
use crate::notes;
use crate::project::Config;
use crate::project::disk::FileStat;
use crate::store::{FileLook, Store};
use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use crate::worker::{ModelMark, ModelSource, ModelToOpen, files_of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is read of a book at once when nobody says otherwise: a chapter with its questions, in tokens.
const USUAL_CONTEXT_TOKENS: u32 = 8192;

/// The least that a scene with a question about it can be read in, in tokens. With less free memory than this takes, the author is warned instead.
const MIN_CONTEXT_TOKENS: u32 = 2048;

/// A context that was made smaller is a multiple of this, in tokens: llama.cpp rounds up to it.
const CONTEXT_STEP_TOKENS: u32 = 256;

/// In the state folder: what the last choice led to. The name is that of its most frequent use.
const REMEMBERED_FILE: &str = "auto-model";

/// In the folder of settings: the model that the author chose for all books.
const CHOICE_FILE: &str = "model";

/// Models are hashed in pieces of this size.
const PIECE_BYTES: usize = 1 << 20;

/// The model of a run.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub open: ModelToOpen,
    /// For the line in which each run names its model.
    pub why: String,
    /// As the file gives it, verbatim.
    pub licence: Option<String>,
}

/// What is known of this computer before a model is chosen. Handed in, so that tests can lay out another one.
#[derive(Clone, Debug)]
pub struct Computer {
    pub places: Places,
    /// Where `models use` keeps its choice; none without a home folder.
    pub choice_file: Option<PathBuf>,
    /// None where the system is not asked; then no model counts as too large.
    pub free_memory_bytes: Option<u64>,
    pub total_memory_bytes: Option<u64>,
    pub threads: u32,
}

/// What a run needs to know of a model file before it opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    pub name: String,
    /// The first file, of several.
    pub path: PathBuf,
    /// How many files the model is in.
    pub parts: u16,
    pub quantisation: String,
    pub licence: Option<String>,
    pub context_tokens: u32,
    /// Weights, remembered text and working space for that context.
    pub memory_bytes: u64,
    /// What each token of the context takes of it.
    token_bytes: u64,
    /// Why it may not load.
    pub warning: Option<String>,
    /// What all quantisations of its base have in common; empty when that cannot be known. Which adapter fits is looked up each time: the
    /// program may have others by then.
    pub base: String,
    size_bytes: u64,
    mtime_ns: i64,
}

/// A model and why it is that one, before its weights are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    pub card: Card,
    pub why: String,
}

/// What the choice of the state folder was made for, and what it was.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    wanted: Wanted,
    card: Card,
}

/// What a choice depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    /// A name or a path; none for the model that fits best.
    model: Option<String>,
    context: Option<u32>,
}

/// What was asked for on the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// A name or a path.
    pub model: Option<&'a str>,
    pub is_reproducible: bool,
}

/// The model to use: the one `asked` for, else that of copydesk.yaml, else that of `models use`, else the one on this computer that fits
/// best. None when there is no model on this computer that fits. `state` is the state folder.
///
/// # Errors
/// A model that somebody named is not there, or cannot be used.
pub fn choose(asked: Asked<'_>, config: &Config, store: &Store, state: &Path) -> Result<Option<Chosen>, Problem> {
    let computer = Computer::here(config, &[]);
    let Some(Picked { card, why }) = pick(&computer, asked.model, config, Some(state))? else { return Ok(None) };
    let licence = card.licence.clone();
    let adapters = adapters::of(&card, &computer, &config.adapters, (store, state))?;
    let why = adapters.misfits.iter().fold(why, |why, misfit| format!("{why}; {misfit}"));
    let open = to_open(card, adapters, asked.is_reproducible, computer.threads, store)?;
    Ok(Some(Chosen { open, why, licence }))
}

/// A picked model that the trained reader reads with, beside another one.
///
/// # Errors
/// It cannot be read, or the state folder cannot be written into.
pub(super) fn to_read_with(card: Card, is_reproducible: bool, computer: &Computer, place: (&Store, &Path)) -> Result<ModelToOpen, Problem> {
    let adapters = adapters::of(&card, computer, &BTreeMap::new(), place)?;
    to_open(card, adapters, is_reproducible, computer.threads, place.0)
}

/// A picked model with its adapters and the hash of its weights, which is looked up in the store.
fn to_open(card: Card, adapters: Adapters, is_reproducible: bool, threads: u32, store: &Store) -> Result<ModelToOpen, Problem> {
    // The marks first: a file that changes while it is hashed does not look as it did then.
    let mut marks = ModelMark::of_all(&parts(&card));
    marks.extend(adapters.marks);
    let file_hash = fingerprint(&card, store)?;
    let order = if is_reproducible { "one question at a time" } else { "many questions at once" };
    // The size of the context is no part of this: it decides what can be asked, not what is replied.
    let settings = format!("greedy, {order}");
    Ok(ModelToOpen {
        fingerprint: Fingerprint { name: card.name, file_hash, settings, adapters: adapters.hashes },
        source: ModelSource::File(card.path),
        quantisation: card.quantisation,
        context_tokens: card.context_tokens,
        threads,
        is_reproducible,
        is_plain: false,
        memory_bytes: card.memory_bytes,
        marks,
        adapters: adapters.files,
        reading_seconds: None,
    })
}

/// As [`choose`], but the weights are not read. Without a state folder nothing is remembered.
///
/// # Errors
/// As [`choose`].
pub fn pick(computer: &Computer, asked: Option<&str>, config: &Config, state: Option<&Path>) -> Result<Option<Picked>, Problem> {
    let (choice, origin) = if let Some(asked) = asked {
        (Some(Choice::named(asked)), "as asked")
    } else if let Some(model) = &config.model {
        (Some(Choice::named(model)), "set in copydesk.yaml")
    } else if let Some(choice) = computer.choice() {
        (Some(choice), "chosen with `copydesk models use`")
    } else {
        (None, "the best on this computer for the checks that fits its memory; `copydesk models` shows others")
    };
    picked(computer, choice.as_ref(), &Wish { origin, context: config.context, file: REMEMBERED_FILE, best }, state)
}

/// How a model is picked.
pub(super) struct Wish {
    /// Who chose it, for the line in which each run names its model.
    pub origin: &'static str,
    pub context: Option<u32>,
    /// Where in the state folder the choice is remembered.
    pub file: &'static str,
    /// Finds it where none is named.
    pub best: fn(&Computer, Option<u32>) -> Option<Card>,
}

/// The model of a choice, or the best one; from memory while nothing has changed.
pub(super) fn picked(computer: &Computer, choice: Option<&Choice>, wish: &Wish, state: Option<&Path>) -> Result<Option<Picked>, Problem> {
    let &Wish { origin, context, file, best } = wish;
    let place = state.map(|state| state.join(file));
    let wanted = Wanted { model: choice.map(|choice| choice.model.clone()), context };
    let card = match remembered(place.as_deref(), &wanted) {
        Some(card) => Some(card),
        None => {
            let found = match choice {
                Some(choice) => Some(named(computer, choice, context).map_err(|problem| told(problem, origin))?),
                None => best(computer, context),
            };
            if let (Some(place), Some(card)) = (&place, &found) {
                remember(place, Remembered { wanted, card: card.clone() });
            }
            found
        }
    };
    // A context that the author chose is kept.
    let sized = |card: Card| if context.is_some() { card } else { card.sized_for(computer.free_memory_bytes) };
    Ok(card.map(|card| {
        let full = card.context_tokens;
        let card = sized(card);
        Picked { why: why(computer, &card, full, origin), card }
    }))
}

/// A model that somebody named.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// A name or a path.
    model: String,
    /// What to call it, when the choice was made by a name and kept as a path.
    name: Option<String>,
}

impl Choice {
    pub(super) fn named(model: &str) -> Choice {
        Choice { model: model.trim().to_string(), name: None }
    }
}

impl Computer {
    /// This computer. `extra` are folders to look for models in besides those of copydesk.yaml.
    pub fn here(config: &Config, extra: &[PathBuf]) -> Computer {
        let variable = |name: &str| std::env::var_os(name);
        let home = absolute(variable(if cfg!(windows) { "USERPROFILE" } else { "HOME" }));
        let environment = shelf::VARIABLES.iter().filter_map(|name| Some(((*name).to_string(), std::env::var(name).ok()?))).collect();
        let of_config = config.models_dirs.iter().map(|folder| expanded(folder, home.as_deref()));
        let extra = extra.iter().cloned().chain(of_config).map(|path| std::path::absolute(&path).unwrap_or(path)).collect();
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let available = std::thread::available_parallelism().map_or(1, usize::from);
        let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Computer {
            choice_file: settings_folder(home.as_deref(), &variable).map(|folder| folder.join(CHOICE_FILE)),
            places: Places::here(home, environment, extra),
            free_memory_bytes: memory_line(&memory, "MemAvailable"),
            total_memory_bytes: memory_line(&memory, "MemTotal"),
            threads: threads(&processors, available),
        }
    }

    /// What `models use` wrote.
    fn choice(&self) -> Option<Choice> {
        let text = std::fs::read_to_string(self.choice_file.as_ref()?).ok()?;
        let mut lines = text.lines().map(str::trim);
        let model = lines.next().filter(|line| !line.is_empty())?.to_string();
        Some(Choice { model, name: lines.next().filter(|line| !line.is_empty()).map(ToString::to_string) })
    }

    /// The file that the author chose with `models use`.
    pub fn chosen_path(&self) -> Option<PathBuf> {
        self.choice().map(|choice| PathBuf::from(choice.model))
    }

    /// Whether a model that needs so much memory fits beside what runs already.
    pub fn fits(&self, memory_bytes: u64) -> bool {
        self.free_memory_bytes.is_none_or(|free| memory_bytes <= free)
    }
}

/// The model that `wanted` names, by a path or by a name: its card and its header.
///
/// # Errors
/// There is none, several have that name, or it cannot be used.
pub fn find(computer: &Computer, wanted: &str, context: Option<u32>) -> Result<(Card, Header), Problem> {
    let path = expanded(wanted, computer.places.home.as_deref());
    let path = std::path::absolute(&path).unwrap_or(path);
    let usable = |path: &Path| gguf::read_text_model(path).map_err(|problem| problem_of(&problem));
    if path.is_file() {
        let (header, warning) = usable(&path)?;
        return Ok((Card::of(name_of(&path, &header), &path, &header, warning.as_ref(), context), header));
    }
    let models = shelf::look(&computer.places);
    match shelf::find(&models, wanted) {
        Ok(model) => {
            let header = model.header.clone().map_err(|problem| problem_of(&problem))?;
            let warning = gguf::problem_with(&model.path, &header);
            if let Some(problem) = warning.as_ref().filter(|problem| !problem.is_only_a_warning()) {
                return Err(problem_of(problem));
            }
            Ok((Card::of(model.name.clone(), &model.path, &header, warning.as_ref(), context), header))
        }
        // A path that leads nowhere is reported as a path.
        Err(_) if path.is_dir() || wanted.ends_with(".gguf") => {
            Err(usable(&path).err().unwrap_or_else(|| Problem::new(ProblemKind::Configuration, "the model appeared just now; try again")))
        }
        Err(not_found) => {
            let problem = Problem::new(ProblemKind::Configuration, not_found.to_string().trim_end_matches('.'));
            Err(problem.advice("`copydesk models` lists them"))
        }
    }
}

/// As [`find`], for a model that is to be asked something.
///
/// # Errors
/// As [`find`], and for a model that can only go on writing.
pub fn find_to_ask(computer: &Computer, wanted: &str, context: Option<u32>) -> Result<(Card, Header), Problem> {
    let (card, header) = find(computer, wanted, context)?;
    match written_form::problem_of_asking(&card.path, &header) {
        Some(problem) => Err(problem_of(&problem)),
        None => Ok((card, header)),
    }
}

fn named(computer: &Computer, choice: &Choice, context: Option<u32>) -> Result<Card, Problem> {
    let (card, _) = find_to_ask(computer, &choice.model, context)?;
    Ok(Card { name: choice.name.clone().unwrap_or(card.name.clone()), ..card })
}

fn best(computer: &Computer, context: Option<u32>) -> Option<Card> {
    let models = shelf::look(&computer.places);
    let model = best_of(computer, &models, context)?;
    let header = model.header.as_ref().ok()?;
    let warning = gguf::problem_with(&model.path, header);
    Some(Card::of(model.name.clone(), &model.path, header, warning.as_ref(), context))
}

/// The model of these that is used when none is named: the checks rest on the reader's notes, so that one it fits comes before any other.
pub fn best_of<'m>(computer: &Computer, models: &'m [ShelfModel], context: Option<u32>) -> Option<&'m ShelfModel> {
    let free = computer.free_memory_bytes.unwrap_or(u64::MAX);
    let context = u64::from(context.unwrap_or(USUAL_CONTEXT_TOKENS));
    let fits_reader = |model: &&ShelfModel| model.header.as_ref().is_ok_and(|header| has_reader(&model.path, header));
    shelf::choose(models.iter().filter(fits_reader), free, context).or_else(|| shelf::choose(models, free, context))
}

/// Keeps the model that all books use from now on; `None` forgets it. The choice is a path, so that no later start looks for it.
///
/// # Errors
/// It cannot be kept.
pub fn keep_choice(computer: &Computer, card: Option<&Card>) -> Result<(), Problem> {
    let wrong = |words: String| Problem::new(ProblemKind::Configuration, format!("the choice could not be kept: {words}"));
    let Some(file) = &computer.choice_file else {
        return Err(wrong("there is no home folder".to_string()).advice("name the model each time, with --model"));
    };
    let failed = |error: std::io::Error| {
        wrong(format!("{}: {error}", file.display())).advice("allow writing there, or name the model each time, with --model")
    };
    match card {
        Some(card) => write_whole(file, format!("{}\n{}\n", card.path.display(), card.name)).map_err(failed),
        None => match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        },
    }
}

impl Card {
    pub(super) fn of(name: String, path: &Path, header: &Header, warning: Option<&ModelProblem>, context: Option<u32>) -> Card {
        let context_tokens = context_tokens(header, context);
        let stat = std::fs::metadata(path).map(|metadata| FileStat::of(&metadata)).unwrap_or_default();
        Card {
            name,
            path: path.to_path_buf(),
            parts: header.split.map_or(1, |(_, count)| count),
            quantisation: header.quantisation.clone().unwrap_or_default(),
            licence: header.licence.clone(),
            context_tokens,
            memory_bytes: gguf::memory_needed(header, u64::from(context_tokens)),
            token_bytes: gguf::memory_of_a_token(header),
            warning: warning.map(ToString::to_string),
            base: base_of(path, header).map(|base| base.to_string()).unwrap_or_default(),
            size_bytes: stat.size_bytes,
            mtime_ns: stat.mtime_ns,
        }
    }

    /// The same with a context that leaves free what other programs use: no larger than fits into `free_bytes`, no smaller than the least that is of use.
    fn sized_for(self, free_bytes: Option<u64>) -> Card {
        let missing = self.memory_bytes.saturating_sub(free_bytes.unwrap_or(u64::MAX));
        let tokens = missing.div_ceil(self.token_bytes.max(1));
        let fitting =
            self.context_tokens.saturating_sub(u32::try_from(tokens).unwrap_or(u32::MAX)) / CONTEXT_STEP_TOKENS * CONTEXT_STEP_TOKENS;
        if missing == 0 || self.context_tokens <= MIN_CONTEXT_TOKENS {
            return self;
        }
        let context_tokens = fitting.max(MIN_CONTEXT_TOKENS);
        let saved = u64::from(self.context_tokens - context_tokens) * self.token_bytes;
        Card { context_tokens, memory_bytes: self.memory_bytes - saved, ..self }
    }

    fn is_as_it_was(&self) -> bool {
        let stat = std::fs::metadata(&self.path).map(|metadata| FileStat::of(&metadata));
        stat.is_ok_and(|stat| (stat.size_bytes, stat.mtime_ns) == (self.size_bytes, self.mtime_ns))
    }
}

/// The context a model is opened with: as configured, else the usual one or the longest that it was trained to read.
pub fn context_tokens(header: &Header, configured: Option<u32>) -> u32 {
    let longest = header.context_length.and_then(|length| u32::try_from(length).ok()).filter(|length| *length > 0);
    configured.unwrap_or_else(|| longest.map_or(USUAL_CONTEXT_TOKENS, |longest| longest.min(USUAL_CONTEXT_TOKENS)))
}

/// Ollama's files are named by their hash; there the maker's name says more.
fn name_of(path: &Path, header: &Header) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let is_hash = stem.starts_with("sha256-");
    header.name.clone().filter(|name| is_hash && !name.is_empty()).unwrap_or(stem)
}

/// Where the choice came from and what the author should know of it; `full_context` is what the model would read at once with more memory.
fn why(computer: &Computer, card: &Card, full_context: u32, origin: &str) -> String {
    let mut why = origin.to_string();
    if card.context_tokens < full_context {
        why += &format!("; reads {} tokens at once instead of {full_context}, because little memory is free", card.context_tokens);
    }
    if let Some(free) = computer.free_memory_bytes.filter(|free| card.memory_bytes > *free) {
        let (needed, free) = (gguf::size_in_words(card.memory_bytes), gguf::size_in_words(free));
        why += &format!("; needs about {needed} of memory and {free} are free, so it may be very slow or fail");
    }
    if let Some(warning) = &card.warning {
        why += &format!("; {}", warning.trim_end_matches('.'));
    }
    why
}

fn problem_of(problem: &ModelProblem) -> Problem {
    Problem::new(ProblemKind::Configuration, problem.to_string().trim_end_matches('.'))
}

/// Says where the name of a model that cannot be used came from.
fn told(problem: Problem, origin: &str) -> Problem {
    let message = format!("the model {origin} cannot be used: {}", problem.message);
    let advice = problem.advice.unwrap_or_else(|| "`copydesk models` lists the models on this computer".to_string());
    Problem { message, advice: Some(advice), ..problem }
}

// ---- what is remembered ------------------------------------------------------------------------------------------

fn remembered(place: Option<&Path>, wanted: &Wanted) -> Option<Card> {
    let text = std::fs::read_to_string(place?).ok()?;
    let remembered: Remembered = serde_json::from_str(&text).ok()?;
    // A name may be that of a file in the folder where the program was started.
    let is_a_path = wanted.model.as_ref().is_some_and(|model| std::fs::metadata(model).is_ok_and(|metadata| metadata.is_file()));
    let is_same_path = || std::path::absolute(wanted.model.as_ref()?).ok().map(|path| path == remembered.card.path);
    let is_same = !is_a_path || is_same_path() == Some(true);
    (remembered.wanted == *wanted && is_same && remembered.card.is_as_it_was()).then_some(remembered.card)
}

/// What cannot be remembered is looked up again.
fn remember(place: &Path, remembered: Remembered) {
    if let Ok(text) = serde_json::to_string(&remembered) {
        write_whole(place, &text).ok();
    }
}

fn write_whole(file: &Path, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
    use std::io::Write;
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(bytes.as_ref())?;
    temporary.persist(file).map(|_| ()).map_err(|error| error.error)
}

/// What all quantisations of a model's base have in common. A file that cannot be read for this is refused elsewhere, with the reason.
fn base_of(path: &Path, header: &Header) -> Option<ContentHash> {
    gguf::base_identity(&parts_of(path, header.split.map_or(1, |(_, count)| count))).ok().flatten()
}

/// Whether the trained reader fits a model.
pub fn has_reader(path: &Path, header: &Header) -> bool {
    base_of(path, header).is_some_and(|base| notes::adapters::fitting(&base.to_string()).is_some())
}

/// What an adapter has to fit of a model.
pub fn lora_base(path: &Path, header: &Header) -> Option<LoraBase> {
    LoraBase::read(&parts_of(path, header.split.map_or(1, |(_, count)| count))).ok()
}

/// The hash of a model's files, from memory while they look as they did.
fn fingerprint(card: &Card, store: &Store) -> Result<ContentHash, Problem> {
    let hashes: Vec<ContentHash> = parts(card).iter().map(|part| file_hash(part, store)).collect::<Result<_, _>>()?;
    Ok(match hashes.as_slice() {
        [hash] => *hash,
        several => ContentHash::of_parts(several.iter().map(|hash| hash.0.as_slice())),
    })
}

/// `name-00001-of-00003.gguf` and those after it.
fn parts(card: &Card) -> Vec<PathBuf> {
    parts_of(&card.path, card.parts)
}

fn parts_of(path: &Path, count: u16) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let first = format!("-00001-of-{count:05}.gguf");
    if count > 1 && name.ends_with(&first) { files_of(path) } else { vec![path.to_path_buf()] }
}

fn file_hash(path: &Path, store: &Store) -> Result<ContentHash, Problem> {
    let failed = |error: std::io::Error| {
        let message = format!("the model {} could not be read: {error}", path.display());
        Problem::new(ProblemKind::Configuration, message).advice("check that the disk it is on is connected, or choose another model")
    };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let stat = FileStat::of(&file.metadata().map_err(failed)?);
    let look = FileLook { dev: stat.dev, ino: stat.ino, size_bytes: stat.size_bytes, mtime_ns: stat.mtime_ns };
    let key = SourcePath::new(&path.to_string_lossy());
    if let Some(hash) = store.fingerprint(&key, &look) {
        return Ok(hash);
    }
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => drop(hasher.update(&piece[..count])),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let hash = ContentHash(*hasher.finalize().as_bytes());
    // What cannot be kept is read again next time; the store says so itself elsewhere.
    store.keep_fingerprints(&[(key, look, hash)]).ok();
    Ok(hash)
}

// ---- this computer -----------------------------------------------------------------------------------------------

fn absolute(path: Option<OsString>) -> Option<PathBuf> {
    path.map(PathBuf::from).filter(|path| path.is_absolute())
}

/// `~/models` is in the home folder.
fn expanded(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// The folder of this account's settings for copydesk; none without a home folder.
pub fn settings() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name);
    settings_folder(absolute(variable(if cfg!(windows) { "USERPROFILE" } else { "HOME" })).as_deref(), &variable)
}

/// The folder in which programs of this system keep an account's settings.
fn settings_folder(home: Option<&Path>, variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let base = if cfg!(windows) {
        absolute(variable("APPDATA"))
    } else if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Application Support"))
    } else {
        absolute(variable("XDG_CONFIG_HOME")).or_else(|| home.map(|home| home.join(".config")))
    };
    Some(base?.join("copydesk"))
}

/// A line of `/proc/meminfo`, which counts in units of 1,024 bytes.
fn memory_line(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Threads for the model: one for each core, but two where one core pretends to be two, since llama.cpp gains by that (measured).
fn threads(processors: &str, available: usize) -> u32 {
    let cores = physical_cores(processors).unwrap_or(available.div_ceil(2)).min(available);
    u32::try_from(cores.max(available.min(2)).max(1)).unwrap_or(1)
}

/// The number of cores that `/proc/cpuinfo` names; none where it names none.
fn physical_cores(processors: &str) -> Option<usize> {
    let value = |block: &str, name: &str| {
        let line = block.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name))?;
        Some(line.split(':').nth(1)?.trim().to_string())
    };
    let core = |block: &str| Some((value(block, "physical id").unwrap_or_default(), value(block, "core id")?));
    let cores: std::collections::BTreeSet<_> = processors.split("\n\n").filter_map(core).collect();
    (!cores.is_empty()).then_some(cores.len())
}

#[cfg(test)]
pub(super) mod tests;
