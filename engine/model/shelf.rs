//! Finds the models that are already on this computer, whichever program fetched them, and picks one to work with.
//!
//! Authors who use Ollama, LM Studio, Jan or GPT4All have models of many gigabytes; nobody should fetch them twice.
//!
//! 1. Nothing is written, and nothing outside the places listed in [`Places`] is looked at.
//! 2. The environment is handed in, never read here, so that tests can lay out a fake computer.
//! 3. A digest or a name from another program's files becomes a path only after it has been checked.
//! 4. A file that cannot be used is listed with its reason, not left out. Left out are only files that were never meant
//!    to be models by themselves: unfinished downloads, projectors, later parts of a model.

mod ollama;
mod places;

use ollama::{ollama_files, ollama_name};
use places::{Layout, Place, places_to_look};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::gguf::{self, FileKind, Header, ModelProblem};
use super::written_form;

/// The environment variables that say where models are kept. A caller hands in those that are set.
pub const VARIABLES: [&str; 9] = [
    "APPDATA",
    "HF_HOME",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "LLAMA_CACHE",
    "LOCALAPPDATA",
    "OLLAMA_MODELS",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
];

/// Where to look for models.
#[derive(Debug, Clone)]
pub struct Places {
    /// The author's home folder.
    pub home: Option<PathBuf>,
    /// Those of [`VARIABLES`] that are set. Values that are no absolute paths count as not set.
    pub environment: BTreeMap<String, String>,
    /// Folders or files that the author named.
    pub extra: Vec<PathBuf>,
    /// What system-wide folders are under: `/`, except in tests.
    pub system_roots: PathBuf,
    /// The operating system as in `std::env::consts::OS`: `linux`, `macos`, `windows`.
    pub os: &'static str,
}

impl Places {
    /// Places on this computer, for this home folder and these variables.
    pub fn here(home: Option<PathBuf>, environment: BTreeMap<String, String>, extra: Vec<PathBuf>) -> Self {
        Self { home, environment, extra, system_roots: PathBuf::from("/"), os: std::env::consts::OS }
    }

    /// copydesk's own folder of models, whether it exists or not; none without a home folder.
    pub fn own_cache(&self) -> Option<PathBuf> {
        Some(self.cache_home()?.join("copydesk").join("models"))
    }

    /// The folder that a variable names.
    fn variable(&self, name: &str) -> Option<PathBuf> {
        let value = self.environment.get(name)?.trim();
        let path = match value.strip_prefix("~/") {
            Some(rest) => self.home.as_ref()?.join(rest),
            None => PathBuf::from(value),
        };
        path.is_absolute().then_some(path)
    }

    fn in_home(&self, folder: &str) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(folder))
    }

    fn cache_home(&self) -> Option<PathBuf> {
        let of_windows = if self.os == "windows" { self.variable("LOCALAPPDATA") } else { None };
        self.variable("XDG_CACHE_HOME").or(of_windows).or_else(|| self.in_home(".cache"))
    }

    /// Where programs keep their files: the roaming folder on Windows.
    fn data_home(&self) -> Option<PathBuf> {
        match self.os {
            "windows" => self.variable("APPDATA").or_else(|| self.in_home("AppData/Roaming")),
            "macos" => self.in_home("Library/Application Support"),
            _ => self.variable("XDG_DATA_HOME").or_else(|| self.in_home(".local/share")),
        }
    }

    /// The same, where Windows distinguishes a folder that does not roam.
    fn local_data_home(&self) -> Option<PathBuf> {
        match self.os {
            "windows" => self.variable("LOCALAPPDATA").or_else(|| self.in_home("AppData/Local")),
            _ => self.data_home(),
        }
    }
}

/// Who keeps the model. The order is the one in which the same file, found twice, gets its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelOwner {
    Own,
    Ollama,
    LmStudio,
    Jan,
    Gpt4All,
    HuggingFace,
    LlamaCpp,
    Folder,
}

impl fmt::Display for ModelOwner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Own => "copydesk's own cache",
            Self::Ollama => "Ollama",
            Self::LmStudio => "LM Studio",
            Self::Jan => "Jan",
            Self::Gpt4All => "GPT4All",
            Self::HuggingFace => "Hugging Face cache",
            Self::LlamaCpp => "llama.cpp cache",
            Self::Folder => "folder",
        })
    }
}

/// A model file on this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfModel {
    /// What the author calls it: `llama3.2:3b` for Ollama, `publisher/model/file` for LM Studio, else the file's name.
    pub name: String,
    /// Other names of the same file, in this store or another.
    pub also_named: Vec<String>,
    pub store: ModelOwner,
    /// The file to load (the first, of several); or the folder or note that could not be read.
    pub path: PathBuf,
    pub header: Result<Header, ModelProblem>,
    /// The beginning (4 KiB) of the licence that Ollama keeps with the model.
    pub licence_text: Option<String>,
}

/// No model, or more than one, has the name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", not_found_in_words(.wanted, .near, *.is_ambiguous))]
pub struct NotFound {
    pub wanted: String,
    /// The models that could be meant, or whose names are like it; at most ten.
    pub near: Vec<String>,
    /// Whether several models fit, rather than none.
    pub is_ambiguous: bool,
}

fn not_found_in_words(wanted: &str, near: &[String], is_ambiguous: bool) -> String {
    let list = near.join(", ");
    match (is_ambiguous, near.is_empty()) {
        (true, _) => format!("\"{wanted}\" fits more than one model: {list}. Write the name of one of them in full."),
        (false, false) => format!("There is no model called \"{wanted}\" on this computer. Near names: {list}."),
        (false, true) => {
            format!("There is no model called \"{wanted}\" on this computer. Write the path of a model file; its name ends in .gguf.")
        }
    }
}

/// All models in these places, by name. Each file is listed once, under the name that its most particular store gives it.
///
/// Reads the header of every model found: some tens of milliseconds each.
pub fn look(places: &Places) -> Vec<ShelfModel> {
    let mut search = Search::default();
    for place in places_to_look(places) {
        search.place(&place);
    }
    for path in &places.extra {
        search.extra(path);
    }
    let mut models = search.models;
    models.sort_by_cached_key(|model| (model.name.to_lowercase(), model.store, model.path.clone()));
    models
}

/// Above this many parameters a processor without a graphics card reads so slowly that a night is not enough for a
/// book. Models sold as "9B" have up to 9.8 billion.
const LARGEST_COMFORTABLE_PARAMETERS: u64 = 9_900_000_000;
/// Below this, models answer nothing usefully (measured: SmolLM2-135M); they are for trying out the plumbing.
const SMALLEST_USEFUL_PARAMETERS: u64 = 300_000_000;

/// The model to use when the author has named none: one that fits into `free_memory_bytes` while `context_tokens` tokens
/// are read, and of those, in this order of importance:
///
/// 1. one of at least 300 million parameters: smaller ones answer nothing usefully;
/// 2. one of a family that this copydesk knows: others may not load;
/// 3. one that was taught to follow instructions: others go on writing the chapter instead of answering;
/// 4. one that was trained on texts as long as `context_tokens`;
/// 5. the largest up to 9B, since larger models read better; or the smallest above, since those are slow on a processor;
/// 6. one stored in 4 to 9 bits per weight, then the smallest file: as good as more bits, and faster.
///
/// Never an embedding model, a file that is damaged, one that only Ollama can load, or one that cannot be asked. None if nothing fits.
pub fn choose<'m>(models: impl IntoIterator<Item = &'m ShelfModel>, free_memory_bytes: u64, context_tokens: u64) -> Option<&'m ShelfModel> {
    let usable = models.into_iter().filter_map(|model| {
        let header = model.header.as_ref().ok()?;
        let problem = gguf::problem_with(&model.path, header);
        let may_load = problem.as_ref().is_none_or(ModelProblem::is_only_a_warning);
        let can_be_asked = written_form::problem_of_asking(&model.path, header).is_none();
        let fits = gguf::memory_needed(header, context_tokens) <= free_memory_bytes;
        (may_load && can_be_asked && fits).then(|| (rank(header, problem.is_none(), context_tokens), model))
    });
    // Of equals the first: the list is sorted, so the choice is the same every night.
    usable.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, model)| model)
}

type Rank = (bool, bool, bool, bool, (bool, u64), bool, Reverse<u64>);

fn rank(header: &Header, is_known: bool, context_tokens: u64) -> Rank {
    let parameters = header.parameter_count;
    let is_comfortable = parameters <= LARGEST_COMFORTABLE_PARAMETERS;
    let size = if is_comfortable { parameters } else { u64::MAX - parameters };
    let bits_per_parameter = header.file_bytes.saturating_mul(8).checked_div(parameters).unwrap_or(0);
    (
        parameters >= SMALLEST_USEFUL_PARAMETERS,
        is_known,
        written_form::is_instruction_tuned(header),
        header.context_length.is_some_and(|length| length >= context_tokens),
        (is_comfortable, size),
        (4..=9).contains(&bits_per_parameter),
        Reverse(header.file_bytes),
    )
}

/// The model that the author means by `wanted`: its exact name, or the path of its file, or else a part of its name, in
/// capitals or not, that fits no other model. `llama3.2` means `llama3.2:latest`, as for Ollama.
///
/// # Errors
/// [`NotFound`], with the names that come near, if no model fits or more than one does.
pub fn find<'m>(models: &'m [ShelfModel], wanted: &str) -> Result<&'m ShelfModel, NotFound> {
    let wanted = wanted.trim();
    let lower = wanted.to_lowercase();
    let latest = format!("{lower}:latest");
    let steps: [&dyn Fn(&ShelfModel) -> bool; 5] = [
        &|model| names(model).any(|name| name == wanted),
        &|model| is_same_file(&model.path, Path::new(wanted)),
        &|model| names(model).any(|name| name.to_lowercase() == lower),
        &|model| names(model).any(|name| name.to_lowercase() == latest),
        &|model| !lower.is_empty() && names(model).any(|name| name.to_lowercase().contains(&lower)),
    ];
    for fits in steps {
        let fitting: Vec<&ShelfModel> = models.iter().filter(|model| fits(model)).collect();
        match fitting.as_slice() {
            [] => {}
            [model] => return Ok(model),
            several => return Err(NotFound { wanted: wanted.to_owned(), near: told_apart(several), is_ambiguous: true }),
        }
    }
    Err(NotFound { wanted: wanted.to_owned(), near: near_names(models, &lower), is_ambiguous: false })
}

/// How many names an error lists: more is a wall of text.
const NEAR_NAMES: usize = 10;

fn names(model: &ShelfModel) -> impl Iterator<Item = &str> {
    std::iter::once(&model.name).chain(&model.also_named).map(String::as_str)
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    a == b || identity(b).is_some_and(|of_b| identity(a) == Some(of_b))
}

/// Names of several models; paths, where names alone do not tell them apart.
fn told_apart(models: &[&ShelfModel]) -> Vec<String> {
    let distinct: HashSet<&str> = models.iter().map(|model| model.name.as_str()).collect();
    let is_clear = distinct.len() == models.len();
    let one = |model: &&ShelfModel| if is_clear { model.name.clone() } else { model.path.display().to_string() };
    models.iter().take(NEAR_NAMES).map(one).collect()
}

fn near_names(models: &[ShelfModel], lower: &str) -> Vec<String> {
    let mut near: Vec<(u32, &str)> = models.iter().flat_map(names).map(|name| (likeness(lower, &name.to_lowercase()), name)).collect();
    near.retain(|(percent, _)| *percent >= 30);
    near.sort_by_key(|(percent, name)| (Reverse(*percent), *name));
    near.into_iter().take(NEAR_NAMES).map(|(_, name)| name.to_owned()).collect()
}

/// How much of `wanted`, in percent, is in `name`, counted in pairs of neighbouring letters.
fn likeness(wanted: &str, name: &str) -> u32 {
    let pairs = |text: &str| -> HashSet<(char, char)> { text.chars().zip(text.chars().skip(1)).collect() };
    let (wanted, name) = (pairs(wanted), pairs(name));
    let shared = wanted.intersection(&name).count() * 100;
    shared.checked_div(wanted.len()).and_then(|percent| u32::try_from(percent).ok()).unwrap_or(0)
}

// ---- where each program keeps its models -------------------------------------------------------------------------

// ---- looking -----------------------------------------------------------------------------------------------------

/// How deep a folder is searched that the author named.
const EXTRA_DEPTH: usize = 4;
/// After this many files and folders a search of one folder ends: it is no folder of models, but a whole disk.
const ENTRY_LIMIT: usize = 50_000;
/// Manifests and settings are a few kilobytes; more is not read.
const NOTE_LIMIT_BYTES: u64 = 1 << 20;
/// How much of a licence is kept.
const LICENCE_BYTES: u64 = 4096;

/// What has been found so far.
#[derive(Default)]
struct Search {
    models: Vec<ShelfModel>,
    /// Where in `models` each file is, so that a file reached in two ways is listed once.
    files: HashMap<Identity, Option<usize>>,
}

impl Search {
    fn place(&mut self, place: &Place) {
        match place.layout {
            Layout::Ollama => self.ollama(&place.folder),
            Layout::HuggingFace => self.hugging_face(place.store, &place.folder),
            Layout::Files { depth } => self.folder(place.store, &place.folder, depth),
        }
    }

    /// A folder or file that the author named: it must exist, and a folder may be laid out like any program's.
    fn extra(&mut self, path: &Path) {
        match fs::metadata(path) {
            Err(_) => self.problem(ModelOwner::Folder, path, ModelProblem::NotFound { path: path.to_path_buf() }),
            Ok(metadata) if metadata.is_file() => self.add(ModelOwner::Folder, file_title(path), path, None),
            Ok(_) if path.join("manifests").is_dir() && path.join("blobs").is_dir() => self.ollama(path),
            Ok(_) => {
                self.hugging_face(ModelOwner::HuggingFace, path);
                self.folder(ModelOwner::Folder, path, EXTRA_DEPTH);
            }
        }
    }

    fn folder(&mut self, store: ModelOwner, folder: &Path, depth: usize) {
        let files = self.allowed(store, folder, model_files(folder, depth));
        for file in files {
            let name = match store {
                ModelOwner::LmStudio | ModelOwner::Jan => title_under(folder, &file),
                _ => file_title(&file),
            };
            // Jan calls every file model.gguf; the folder has the name.
            let name = if store == ModelOwner::Jan { name.strip_suffix("/model").unwrap_or(&name).to_owned() } else { name };
            self.add(store, name, &file, None);
        }
    }

    fn hugging_face(&mut self, store: ModelOwner, hub: &Path) {
        for repository in self.allowed(store, hub, entries(hub)) {
            let Some(name) = repository.file_name().and_then(|name| name.to_str()?.strip_prefix("models--")) else {
                continue;
            };
            let title = name.replace("--", "/");
            // The same file name in an older snapshot is an older edition of the same model.
            let mut seen = HashSet::new();
            for snapshot in snapshots(&repository) {
                for file in model_files(&snapshot, 3).unwrap_or_default() {
                    let name = format!("{title}/{}", title_under(&snapshot, &file));
                    if seen.insert(name.clone()) {
                        self.add(store, name, &file, None);
                    }
                }
            }
        }
    }

    fn ollama(&mut self, folder: &Path) {
        let manifests = folder.join("manifests");
        // <registry>/<namespace>/<model>/<tag>
        let mut level = self.allowed(ModelOwner::Ollama, &manifests, entries(&manifests));
        for _ in 0..3 {
            level = level.iter().flat_map(|folder| entries(folder).unwrap_or_default()).take(ENTRY_LIMIT).collect();
        }
        for manifest in level {
            let name = ollama_name(&manifests, &manifest);
            match ollama_files(folder, &manifest) {
                Ok(Some((weights, licence))) => self.add(ModelOwner::Ollama, name, &weights, licence),
                // A model that runs on Ollama's servers, or one that is no GGUF: nothing to use here.
                Ok(None) => {}
                Err(problem) => self.problem_called(ModelOwner::Ollama, name, &manifest, problem),
            }
        }
    }

    /// What a folder holds. A folder that is not there holds nothing; one that may not be read is listed as a problem.
    fn allowed(&mut self, store: ModelOwner, folder: &Path, found: io::Result<Vec<PathBuf>>) -> Vec<PathBuf> {
        match found {
            Ok(paths) => paths,
            Err(error) => {
                if error.kind() == io::ErrorKind::PermissionDenied {
                    self.problem(store, folder, ModelProblem::NoPermission { path: folder.to_path_buf() });
                }
                Vec::new()
            }
        }
    }

    fn problem(&mut self, store: ModelOwner, path: &Path, problem: ModelProblem) {
        self.problem_called(store, path.display().to_string(), path, problem);
    }

    fn problem_called(&mut self, store: ModelOwner, name: String, path: &Path, problem: ModelProblem) {
        let (path, header) = (path.to_path_buf(), Err(problem));
        self.models.push(ShelfModel { name, also_named: Vec::new(), store, path, header, licence_text: None });
    }

    fn add(&mut self, store: ModelOwner, name: String, path: &Path, licence_text: Option<String>) {
        let Some(identity) = identity(path) else {
            // A link to a file that is gone.
            return;
        };
        if let Some(index) = self.files.get(&identity) {
            if let Some(model) = index.and_then(|index| self.models.get_mut(index))
                && !names(model).any(|known| known == name)
            {
                model.also_named.push(name);
            }
            return;
        }
        let header = gguf::read_header(path);
        let is_part_of_another = header.as_ref().is_ok_and(|header| matches!(header.kind, FileKind::Projector | FileKind::Statistics));
        self.files.insert(identity, (!is_part_of_another).then_some(self.models.len()));
        if !is_part_of_another {
            let path = path.to_path_buf();
            self.models.push(ShelfModel { name, also_named: Vec::new(), store, path, header, licence_text });
        }
    }
}

/// What makes two paths the same file, or the same folder.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    dunce::canonicalize(path).ok()
}

/// What is in a folder, sorted by name, without hidden files.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let visible = |path: &PathBuf| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let paths = fs::read_dir(folder)?.take(ENTRY_LIMIT).filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(visible).collect();
    paths.sort();
    Ok(paths)
}

/// The model files in a folder and `depth` levels below, sorted; only the first part of models in several files.
///
/// Links are followed, but no folder is entered twice. Fails only if the folder itself cannot be read.
fn model_files(folder: &Path, depth: usize) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut entered: HashSet<Identity> = identity(folder).into_iter().collect();
    let mut waiting = vec![(entries(folder)?, depth)];
    let mut left = ENTRY_LIMIT;
    while let Some((paths, depth)) = waiting.pop() {
        for path in paths {
            left = left.saturating_sub(1);
            let Ok(metadata) = fs::metadata(&path) else { continue };
            if metadata.is_file() && is_model_file(&path) {
                files.push(path);
            } else if metadata.is_dir() && depth > 0 && left > 0 && identity(&path).is_some_and(|id| entered.insert(id)) {
                waiting.push((entries(&path).unwrap_or_default(), depth - 1));
            }
        }
    }
    files.sort();
    let mut seen = HashSet::new();
    files.retain(|file| match split_title(&file_stem(file)) {
        Some((title, count)) => seen.insert((file.with_file_name(title), count.to_owned())),
        None => true,
    });
    Ok(files)
}

/// Whether a file is a whole model by its name: no download under way, no projector.
fn is_model_file(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let Some(stem) = name.strip_suffix(".gguf") else {
        return false;
    };
    let is_unfinished = [".part", ".incomplete", ".partial", "-partial", ".tmp", ".download"].iter().any(|end| stem.ends_with(end))
        || ["incomplete-", "downloading_"].iter().any(|start| stem.starts_with(start));
    !is_unfinished && !stem.contains("mmproj")
}

fn file_stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// `name-00001-of-00003` → (`name`, `00003`).
fn split_title(stem: &str) -> Option<(&str, &str)> {
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (start, count) = stem.rsplit_once("-of-")?;
    let (title, number) = start.rsplit_once('-')?;
    (is_number(count) && is_number(number)).then_some((title, count))
}

/// The file's name without `.gguf`, and without the number of its part.
fn file_title(path: &Path) -> String {
    let stem = file_stem(path);
    split_title(&stem).map(|(title, _)| title.to_owned()).unwrap_or(stem)
}

/// The same, with the folders between `root` and the file in front: `publisher/model/file`.
fn title_under(root: &Path, path: &Path) -> String {
    let folders = path.strip_prefix(root).ok().and_then(Path::parent).unwrap_or(Path::new(""));
    let names = folders.iter().map(|name| name.to_string_lossy().into_owned());
    names.chain([file_title(path)]).collect::<Vec<_>>().join("/")
}

/// The snapshots of a repository in a Hugging Face cache, the one in use first.
fn snapshots(repository: &Path) -> Vec<PathBuf> {
    let in_use = read_beginning(&repository.join("refs").join("main"), 256).unwrap_or_default();
    let mut snapshots = entries(&repository.join("snapshots")).unwrap_or_default();
    snapshots.sort_by_key(|path| path.file_name().is_none_or(|name| *name != *in_use.trim()));
    snapshots
}

// ---- Ollama ------------------------------------------------------------------------------------------------------

const OLLAMA_MODEL: &str = "application/vnd.ollama.image.model";
const OLLAMA_LICENCE: &str = "application/vnd.ollama.image.license";

/// At most `limit_bytes` of an ordinary file, as text.
fn read_beginning(path: &Path, limit_bytes: u64) -> io::Result<String> {
    // A named pipe would be waited for without end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not an ordinary file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit_bytes).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests;
