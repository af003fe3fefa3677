//! Finds the models that are already on this computer, whichever program fetched them, and picks one to work with.
//!
//! Authors who use Ollama, LM Studio, Jan or GPT4All have models of many gigabytes; nobody should fetch them twice.
//!
//! 1. Nothing is written, and nothing outside the places listed in [`Places`] is looked at.
//! 2. The environment is handed in, never read here, so that tests can lay out a fake computer.
//! 3. A digest or a name from another program's files becomes a path only after it has been checked.
//! 4. A file that cannot be used is listed with its reason, not left out. Left out are only files that were never meant
//!    to be models by themselves: unfinished downloads, projectors, later parts of a model.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::gguf::{self, FileKind, Header, ModelProblem};

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
pub enum Store {
    Own,
    Ollama,
    LmStudio,
    Jan,
    Gpt4All,
    HuggingFace,
    LlamaCpp,
    Folder,
}

impl fmt::Display for Store {
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
    pub store: Store,
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
/// Never an embedding model, a file that is damaged, or one that only Ollama can load. None if nothing fits.
pub fn choose<'m>(models: impl IntoIterator<Item = &'m ShelfModel>, free_memory_bytes: u64, context_tokens: u64) -> Option<&'m ShelfModel> {
    let usable = models.into_iter().filter_map(|model| {
        let header = model.header.as_ref().ok()?;
        let problem = gguf::problem_with(&model.path, header);
        let may_load = problem.as_ref().is_none_or(ModelProblem::is_only_a_warning);
        let fits = gguf::memory_needed(header, context_tokens) <= free_memory_bytes;
        (may_load && fits).then(|| (rank(header, problem.is_none(), context_tokens), model))
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
        gguf::is_instruction_tuned(header),
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

/// One folder to look into, and how models lie in it.
struct Place {
    store: Store,
    layout: Layout,
    folder: PathBuf,
}

#[derive(Clone, Copy)]
enum Layout {
    /// `manifests/<registry>/<namespace>/<model>/<tag>` and `blobs/sha256-<64 digits>`.
    Ollama,
    /// `models--<publisher>--<model>/snapshots/<commit>/…`.
    HuggingFace,
    /// Model files in folders, down to this many levels below.
    Files { depth: usize },
}

fn places_to_look(places: &Places) -> Vec<Place> {
    let place = |store: Store, layout: Layout| move |folder: PathBuf| Place { store, layout, folder };
    let mut all: Vec<Place> = Vec::new();
    all.extend(places.own_cache().map(place(Store::Own, Layout::Files { depth: 2 })));
    all.extend(ollama_folders(places).into_iter().map(place(Store::Ollama, Layout::Ollama)));
    all.extend(lm_studio_folders(places).into_iter().map(place(Store::LmStudio, Layout::Files { depth: 3 })));
    all.extend(jan_folders(places).into_iter().map(place(Store::Jan, Layout::Files { depth: 3 })));
    let gpt4all = places.local_data_home().map(|data| data.join("nomic.ai").join("GPT4All"));
    all.extend(gpt4all.map(place(Store::Gpt4All, Layout::Files { depth: 0 })));
    all.extend(hugging_face_folders(places).into_iter().map(place(Store::HuggingFace, Layout::HuggingFace)));
    // Newer llama.cpp lays its cache out as Hugging Face does, older ones put the files side by side.
    all.extend(places.variable("LLAMA_CACHE").map(place(Store::LlamaCpp, Layout::HuggingFace)));
    all.extend(llama_cpp_folders(places).into_iter().map(place(Store::LlamaCpp, Layout::Files { depth: 0 })));
    all
}

fn ollama_folders(places: &Places) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = places.variable("OLLAMA_MODELS").into_iter().collect();
    folders.extend(places.in_home(".ollama/models"));
    if places.os == "linux" {
        // Where the service keeps them: Ollama's own installer, then packages of Linux distributions, then the snap.
        let of_service = [
            "usr/share/ollama/.ollama/models",
            "var/lib/ollama/.ollama/models",
            "var/lib/ollama/models",
            "var/lib/ollama",
            "var/snap/ollama/common/models",
        ];
        folders.extend(of_service.map(|folder| places.system_roots.join(folder)));
    }
    folders
}

fn lm_studio_folders(places: &Places) -> Vec<PathBuf> {
    let pointed_to = places.in_home(".lmstudio-home-pointer").and_then(|pointer| {
        let text = read_beginning(&pointer, 4096).ok()?;
        Some(PathBuf::from(text.lines().next()?.trim())).filter(|path| path.is_absolute())
    });
    let mut folders = Vec::new();
    for home in pointed_to.into_iter().chain(places.in_home(".lmstudio")) {
        folders.extend(lm_studio_setting(&home.join("settings.json")));
        folders.push(home.join("models"));
    }
    folders.extend(places.in_home(".cache/lm-studio/models"));
    folders
}

/// The folder for models that the author chose in LM Studio.
fn lm_studio_setting(settings: &Path) -> Option<PathBuf> {
    let text = read_beginning(settings, NOTE_LIMIT_BYTES).ok()?;
    let settings: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(PathBuf::from(settings.get("downloadsFolder")?.as_str()?)).filter(|path| path.is_absolute())
}

fn jan_folders(places: &Places) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let old_data = if places.os == "linux" { places.in_home(".config/Jan/data") } else { None };
    for data in places.data_home().map(|home| home.join("Jan").join("data")).into_iter().chain(old_data) {
        folders.push(data.join("llamacpp").join("models"));
        folders.push(data.join("models"));
    }
    folders.extend(places.in_home("jan/models"));
    folders
}

fn hugging_face_folders(places: &Places) -> Vec<PathBuf> {
    let candidates = [
        places.variable("HF_HUB_CACHE"),
        places.variable("HUGGINGFACE_HUB_CACHE"),
        places.variable("HF_HOME").map(|home| home.join("hub")),
        places.variable("XDG_CACHE_HOME").map(|cache| cache.join("huggingface").join("hub")),
        places.in_home(".cache/huggingface/hub"),
    ];
    candidates.into_iter().flatten().collect()
}

fn llama_cpp_folders(places: &Places) -> Vec<PathBuf> {
    let default = match places.os {
        "windows" => places.local_data_home().map(|data| data.join("llama.cpp")),
        "macos" => places.in_home("Library/Caches/llama.cpp"),
        _ => places.cache_home().map(|cache| cache.join("llama.cpp")),
    };
    places.variable("LLAMA_CACHE").into_iter().chain(default).collect()
}

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
            Err(_) => self.problem(Store::Folder, path, ModelProblem::NotFound { path: path.to_path_buf() }),
            Ok(metadata) if metadata.is_file() => self.add(Store::Folder, file_title(path), path, None),
            Ok(_) if path.join("manifests").is_dir() && path.join("blobs").is_dir() => self.ollama(path),
            Ok(_) => {
                self.hugging_face(Store::HuggingFace, path);
                self.folder(Store::Folder, path, EXTRA_DEPTH);
            }
        }
    }

    fn folder(&mut self, store: Store, folder: &Path, depth: usize) {
        let files = self.allowed(store, folder, model_files(folder, depth));
        for file in files {
            let name = match store {
                Store::LmStudio | Store::Jan => title_under(folder, &file),
                _ => file_title(&file),
            };
            // Jan calls every file model.gguf; the folder has the name.
            let name = if store == Store::Jan { name.strip_suffix("/model").unwrap_or(&name).to_owned() } else { name };
            self.add(store, name, &file, None);
        }
    }

    fn hugging_face(&mut self, store: Store, hub: &Path) {
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
        let mut level = self.allowed(Store::Ollama, &manifests, entries(&manifests));
        for _ in 0..3 {
            level = level.iter().flat_map(|folder| entries(folder).unwrap_or_default()).take(ENTRY_LIMIT).collect();
        }
        for manifest in level {
            let name = ollama_name(&manifests, &manifest);
            match ollama_files(folder, &manifest) {
                Ok(Some((weights, licence))) => self.add(Store::Ollama, name, &weights, licence),
                // A model that runs on Ollama's servers, or one that is no GGUF: nothing to use here.
                Ok(None) => {}
                Err(problem) => self.problem_called(Store::Ollama, name, &manifest, problem),
            }
        }
    }

    /// What a folder holds. A folder that is not there holds nothing; one that may not be read is listed as a problem.
    fn allowed(&mut self, store: Store, folder: &Path, found: io::Result<Vec<PathBuf>>) -> Vec<PathBuf> {
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

    fn problem(&mut self, store: Store, path: &Path, problem: ModelProblem) {
        self.problem_called(store, path.display().to_string(), path, problem);
    }

    fn problem_called(&mut self, store: Store, name: String, path: &Path, problem: ModelProblem) {
        let (path, header) = (path.to_path_buf(), Err(problem));
        self.models.push(ShelfModel { name, also_named: Vec::new(), store, path, header, licence_text: None });
    }

    fn add(&mut self, store: Store, name: String, path: &Path, licence_text: Option<String>) {
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

/// The note in which Ollama says which files make up a model.
#[derive(serde::Deserialize)]
struct Manifest {
    layers: Option<Vec<Layer>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Layer {
    media_type: String,
    digest: String,
}

const OLLAMA_MODEL: &str = "application/vnd.ollama.image.model";
const OLLAMA_LICENCE: &str = "application/vnd.ollama.image.license";

/// `registry.ollama.ai/library/llama3.2/3b` → `llama3.2:3b`; other namespaces and registries are kept.
fn ollama_name(manifests: &Path, manifest: &Path) -> String {
    let parts: Vec<String> =
        manifest.strip_prefix(manifests).unwrap_or(manifest).iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["registry.ollama.ai", "library", model, tag] => format!("{model}:{tag}"),
        ["registry.ollama.ai", namespace, model, tag] => format!("{namespace}/{model}:{tag}"),
        [folders @ .., tag] => format!("{}:{tag}", folders.join("/")),
        [] => String::new(),
    }
}

/// The weights that a manifest names, and the beginning of the licence; none if it names no GGUF weights.
fn ollama_files(folder: &Path, manifest: &Path) -> Result<Option<(PathBuf, Option<String>)>, ModelProblem> {
    let damaged = |what: &str| ModelProblem::Damaged { path: manifest.to_path_buf(), what: what.to_owned() };
    let text = read_beginning(manifest, NOTE_LIMIT_BYTES).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => ModelProblem::NoPermission { path: manifest.to_path_buf() },
        _ => ModelProblem::ReadingFailed { path: manifest.to_path_buf(), reason: error.to_string() },
    })?;
    let parsed: Manifest = serde_json::from_str(&text).map_err(|_| damaged("it is not the note that Ollama keeps with a model"))?;
    let layers = parsed.layers.unwrap_or_default();
    let digest_of = |kind: &str| layers.iter().find(|layer| layer.media_type == kind).map(|layer| layer.digest.as_str());
    let Some(digest) = digest_of(OLLAMA_MODEL) else {
        return Ok(None);
    };
    let weights = blob_path(folder, digest).ok_or_else(|| damaged("it names its weights in a way that Ollama does not"))?;
    if identity(&weights).is_none() {
        return Err(damaged("the weights that it names are missing, or may not be read"));
    }
    let licence = digest_of(OLLAMA_LICENCE).and_then(|digest| blob_path(folder, digest));
    Ok(Some((weights, licence.and_then(|path| licence_text(&path)))))
}

/// The file with this digest. Only `sha256:` and 64 hexadecimal digits make a path: a digest with `../` in it is an attack.
fn blob_path(folder: &Path, digest: &str) -> Option<PathBuf> {
    let digits = digest.strip_prefix("sha256:")?;
    let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| folder.join("blobs").join(format!("sha256-{digits}")))
}

fn licence_text(path: &Path) -> Option<String> {
    let text = read_beginning(path, LICENCE_BYTES).ok()?;
    // The cut may have gone through a letter.
    let text = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
    let harmless: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    Some(harmless.trim().to_owned()).filter(|text| !text.is_empty())
}

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
mod tests {
    use super::super::gguf::tests::{Writer, write_split};
    use super::*;

    const DIGEST: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const OTHER_DIGEST: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    /// A computer in a temporary folder.
    struct Computer {
        folder: tempfile::TempDir,
        places: Places,
    }

    impl Computer {
        fn with(os: &'static str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let home = folder.path().join("home");
            fs::create_dir_all(&home).unwrap();
            let places =
                Places { home: Some(home), environment: BTreeMap::new(), extra: Vec::new(), system_roots: folder.path().join("root"), os };
            Self { folder, places }
        }

        fn path(&self, path: &str) -> PathBuf {
            self.folder.path().join(path)
        }

        fn model(&self, path: &str) -> PathBuf {
            Writer::llama().write(&self.path(path));
            self.path(path)
        }

        fn file(&self, path: &str, text: &str) {
            fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
            fs::write(self.path(path), text).unwrap();
        }

        fn variable(&mut self, name: &str, path: &str) {
            let value = self.path(path).to_str().unwrap().to_owned();
            self.places.environment.insert(name.to_owned(), value);
        }

        fn manifest(&self, path: &str, layers: &[(&str, &str)]) {
            let layers: Vec<_> =
                layers.iter().map(|(kind, digest)| serde_json::json!({"mediaType": kind, "digest": digest, "size": 1})).collect();
            self.file(path, &serde_json::json!({"schemaVersion": 2, "layers": layers}).to_string());
        }

        fn look(&self) -> Vec<ShelfModel> {
            look(&self.places)
        }

        /// `name [store]` of every model found, and `!` where it cannot be used.
        fn listing(&self) -> Vec<String> {
            let mark = |model: &ShelfModel| if model.header.is_ok() { "" } else { " !" };
            self.look().iter().map(|model| format!("{} [{}]{}", model.name, model.store, mark(model))).collect()
        }
    }

    #[test]
    fn every_store_is_found_on_linux() {
        let computer = Computer::with("linux");
        computer.model("home/.cache/copydesk/models/own.gguf");
        computer.model("home/.lmstudio/models/publisher/model/lm.gguf");
        computer.model("home/.cache/lm-studio/models/publisher/model/old-lm.gguf");
        computer.model("home/.local/share/Jan/data/llamacpp/models/org/jan/model.gguf");
        computer.model("home/.config/Jan/data/llamacpp/models/org/old-jan/model.gguf");
        computer.model("home/jan/models/very-old-jan/model.gguf");
        computer.model("home/.local/share/nomic.ai/GPT4All/all.gguf");
        computer.model("home/.cache/llama.cpp/flat.gguf");
        computer.model("home/.cache/huggingface/hub/models--org--repo/snapshots/abc/q4/file.gguf");
        assert_eq!(
            computer.listing(),
            [
                "all [GPT4All]",
                "flat [llama.cpp cache]",
                "org/jan [Jan]",
                "org/old-jan [Jan]",
                "org/repo/q4/file [Hugging Face cache]",
                "own [copydesk's own cache]",
                "publisher/model/lm [LM Studio]",
                "publisher/model/old-lm [LM Studio]",
                "very-old-jan [Jan]",
            ]
        );
    }

    #[test]
    fn mac_and_windows_have_their_own_places() {
        let mac = Computer::with("macos");
        mac.model("home/Library/Application Support/Jan/data/llamacpp/models/org/jan/model.gguf");
        mac.model("home/Library/Application Support/nomic.ai/GPT4All/all.gguf");
        mac.model("home/Library/Caches/llama.cpp/flat.gguf");
        mac.model("home/.local/share/nomic.ai/GPT4All/not-here.gguf");
        assert_eq!(mac.listing(), ["all [GPT4All]", "flat [llama.cpp cache]", "org/jan [Jan]"]);

        let mut windows = Computer::with("windows");
        windows.variable("LOCALAPPDATA", "local");
        windows.model("local/nomic.ai/GPT4All/all.gguf");
        windows.model("local/llama.cpp/flat.gguf");
        windows.model("local/copydesk/models/own.gguf");
        windows.model("home/AppData/Roaming/Jan/data/llamacpp/models/org/jan/model.gguf");
        windows.model("home/.lmstudio/models/publisher/model/lm.gguf");
        assert_eq!(
            windows.listing(),
            ["all [GPT4All]", "flat [llama.cpp cache]", "org/jan [Jan]", "own [copydesk's own cache]", "publisher/model/lm [LM Studio]"]
        );
    }

    #[test]
    fn variables_and_settings_move_stores() {
        let mut computer = Computer::with("linux");
        for (variable, folder) in
            [("XDG_CACHE_HOME", "cache"), ("XDG_DATA_HOME", "data"), ("LLAMA_CACHE", "llama"), ("HF_HOME", "hf"), ("HF_HUB_CACHE", "hub")]
        {
            computer.variable(variable, folder);
        }
        computer.places.environment.insert("OLLAMA_MODELS".to_owned(), "not/absolute".to_owned());
        computer.model("cache/copydesk/models/own.gguf");
        computer.model("data/nomic.ai/GPT4All/all.gguf");
        computer.model("llama/flat.gguf");
        computer.model("llama/models--org--new/snapshots/1/new.gguf");
        computer.model("hf/hub/models--org--a/snapshots/1/a.gguf");
        computer.model("hub/models--org--b/snapshots/1/b.gguf");
        computer.model("elsewhere/publisher/model/set.gguf");
        computer.model("lm-home/models/publisher/model/pointed.gguf");
        let elsewhere = computer.path("elsewhere");
        computer.file("home/.lmstudio/settings.json", &serde_json::json!({ "downloadsFolder": elsewhere }).to_string());
        computer.file("home/.lmstudio-home-pointer", &format!("{}\n", computer.path("lm-home").display()));
        assert_eq!(
            computer.listing(),
            [
                "all [GPT4All]",
                "flat [llama.cpp cache]",
                "org/a/a [Hugging Face cache]",
                "org/b/b [Hugging Face cache]",
                "org/new/new [llama.cpp cache]",
                "own [copydesk's own cache]",
                "publisher/model/pointed [LM Studio]",
                "publisher/model/set [LM Studio]",
            ]
        );
        assert_eq!(computer.places.own_cache(), Some(computer.path("cache/copydesk/models")));
    }

    #[test]
    fn ollama_models_have_their_names_and_licences() {
        let computer = Computer::with("linux");
        let (digest, other) = (format!("sha256:{DIGEST}"), format!("sha256:{OTHER_DIGEST}"));
        let ollama = "root/usr/share/ollama/.ollama/models";
        computer.model(&format!("{ollama}/blobs/sha256-{DIGEST}"));
        computer.file(&format!("{ollama}/blobs/sha256-{OTHER_DIGEST}"), &("LICENCE\u{1b}[2J\n".to_owned() + "é".repeat(3000).as_str()));
        let manifests = format!("{ollama}/manifests");
        for tag in ["3b", "latest"] {
            let layers = [(OLLAMA_MODEL, digest.as_str()), (OLLAMA_LICENCE, other.as_str())];
            computer.manifest(&format!("{manifests}/registry.ollama.ai/library/llama3.2/{tag}"), &layers);
        }
        computer.manifest(&format!("{manifests}/registry.ollama.ai/library/gpt/120b-cloud"), &[]);
        computer.file(&format!("{manifests}/registry.ollama.ai/library/broken/1b"), "{");
        computer.file(&format!("{manifests}/.DS_Store"), "");
        let models = computer.look();
        assert_eq!(computer.listing(), ["broken:1b [Ollama] !", "llama3.2:3b [Ollama]"]);
        assert_eq!(models[1].also_named, ["llama3.2:latest"]);
        let licence = models[1].licence_text.as_ref().unwrap();
        assert!(licence.starts_with("LICENCE[2J\né") && licence.ends_with('é') && licence.len() <= 4096, "{licence}");
        assert_eq!(find(&models, "llama3.2").unwrap().name, "llama3.2:3b");
        assert!(models[0].header.as_ref().unwrap_err().to_string().contains("not the note that Ollama keeps"));
    }

    #[test]
    fn ollama_names_keep_other_namespaces_and_registries() {
        let name = |path: &str| ollama_name(Path::new("/m"), &Path::new("/m").join(path));
        assert_eq!(name("registry.ollama.ai/library/gemma/2b"), "gemma:2b");
        assert_eq!(name("registry.ollama.ai/ada/gemma/2b"), "ada/gemma:2b");
        assert_eq!(name("hf.co/bartowski/Gemma-GGUF/Q4_K_M"), "hf.co/bartowski/Gemma-GGUF:Q4_K_M");
    }

    #[test]
    fn a_digest_cannot_lead_out_of_ollamas_folder() {
        let folder = Path::new("/models");
        assert_eq!(blob_path(folder, &format!("sha256:{DIGEST}")), Some(PathBuf::from(format!("/models/blobs/sha256-{DIGEST}"))));
        for digest in ["", "sha256:", "sha256:../../../etc/passwd", "sha512:aaaa", DIGEST, "sha256:é"] {
            assert_eq!(blob_path(folder, digest), None, "{digest}");
        }
        let with_path = format!("sha256:../{}", &DIGEST[3..]);
        assert_eq!(with_path.len(), 64 + 7);
        assert_eq!(blob_path(folder, &with_path), None);

        let computer = Computer::with("linux");
        computer.model("secret.gguf");
        let manifest = "home/.ollama/models/manifests/registry.ollama.ai/library/evil/1";
        computer.manifest(manifest, &[(OLLAMA_MODEL, "sha256:../../../../secret.gguf")]);
        let models = computer.look();
        assert!(models[0].header.as_ref().unwrap_err().to_string().contains("in a way that Ollama does not"));
        computer.manifest(manifest, &[(OLLAMA_MODEL, &format!("sha256:{DIGEST}"))]);
        assert!(computer.look()[0].header.as_ref().unwrap_err().to_string().contains("are missing"));
    }

    #[cfg(unix)]
    #[test]
    fn the_same_file_is_listed_once() {
        use std::os::unix::fs::symlink;
        let mut computer = Computer::with("linux");
        let hub = "home/.cache/huggingface/hub/models--org--repo";
        let blob = computer.model(&format!("{hub}/blobs/{DIGEST}"));
        for snapshot in ["aaa", "bbb"] {
            fs::create_dir_all(computer.path(&format!("{hub}/snapshots/{snapshot}"))).unwrap();
            symlink(&blob, computer.path(&format!("{hub}/snapshots/{snapshot}/m.gguf"))).unwrap();
        }
        symlink("gone", computer.path(&format!("{hub}/snapshots/bbb/gone.gguf"))).unwrap();
        fs::create_dir_all(computer.path("books/deep")).unwrap();
        fs::hard_link(&blob, computer.path("books/deep/copy.gguf")).unwrap();
        // A folder that contains itself, and the same folder once more.
        symlink(computer.path("books"), computer.path("books/deep/again")).unwrap();
        computer.places.extra = vec![computer.path("books"), computer.path("books")];
        let models = computer.look();
        assert_eq!(computer.listing(), ["org/repo/m [Hugging Face cache]"]);
        assert_eq!(models[0].also_named, ["copy"]);
        assert_eq!(models[0].path, computer.path(&format!("{hub}/snapshots/aaa/m.gguf")), "the link, not the blob");
    }

    #[test]
    fn the_snapshot_in_use_comes_first() {
        let computer = Computer::with("linux");
        let hub = "home/.cache/huggingface/hub/models--org--repo";
        computer.model(&format!("{hub}/snapshots/aaa/m.gguf"));
        let in_use = computer.model(&format!("{hub}/snapshots/bbb/m.gguf"));
        computer.model(&format!("{hub}/snapshots/aaa/only-old.gguf"));
        computer.file(&format!("{hub}/refs/main"), "bbb\n");
        let models = computer.look();
        assert_eq!(models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["org/repo/m", "org/repo/only-old"]);
        assert_eq!(models[0].path, in_use);
    }

    #[test]
    fn unfinished_downloads_projectors_and_later_parts_are_left_out() {
        let mut computer = Computer::with("linux");
        for name in ["a.gguf.part", "b.part.gguf", "c-partial.gguf", "incomplete-d.gguf", "e.gguf.incomplete", "._f.gguf", "mmproj-g.gguf"]
        {
            computer.model(&format!("books/{name}"));
        }
        Writer::empty().text("general.architecture", "clip").write(&computer.path("books/eyes.gguf"));
        computer.model("books/UPPER.GGUF");
        write_split(&computer.path("books"), "parts");
        write_split(&computer.path("books"), "lost");
        fs::remove_file(computer.path("books/lost-00001-of-00003.gguf")).unwrap();
        computer.places.extra = vec![computer.path("books")];
        assert_eq!(computer.listing(), ["lost [folder] !", "parts [folder]", "UPPER [folder]"]);
        let models = computer.look();
        assert!(models[0].header.as_ref().unwrap_err().to_string().contains("is missing"));
    }

    #[test]
    fn what_the_author_named_is_listed_even_when_it_is_wrong() {
        let mut computer = Computer::with("linux");
        computer.file("web.gguf", "<html>");
        computer.model("ollama/blobs/sha256-aaaa");
        let blob = format!("ollama/blobs/sha256-{DIGEST}");
        computer.model(&blob);
        let digest = format!("sha256:{DIGEST}");
        computer.manifest("ollama/manifests/registry.ollama.ai/library/gemma/2b", &[(OLLAMA_MODEL, &digest)]);
        computer.model("deep/1/2/3/4/found.gguf");
        computer.model("deep/1/2/3/4/5/too-deep.gguf");
        computer.model("a file without ending");
        computer.places.extra = ["web.gguf", "nowhere", "ollama", "deep", "a file without ending"].map(|path| computer.path(path)).to_vec();
        let nowhere = computer.path("nowhere").display().to_string();
        assert_eq!(
            computer.listing(),
            [&format!("{nowhere} [folder] !"), "a file without ending [folder]", "found [folder]", "gemma:2b [Ollama]", "web [folder] !"]
        );
    }

    #[test]
    fn a_store_that_may_not_be_read_is_listed() {
        let mut search = Search::default();
        let denied = Err(io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(search.allowed(Store::Ollama, Path::new("/usr/share/ollama"), denied).is_empty());
        let said = search.models[0].header.as_ref().unwrap_err().to_string();
        assert!(said.starts_with("/usr/share/ollama: you do not have permission"), "{said}");
    }

    #[test]
    fn nothing_is_found_without_a_home() {
        let places =
            Places { home: None, environment: BTreeMap::new(), extra: Vec::new(), system_roots: PathBuf::from("/nowhere"), os: "linux" };
        assert_eq!(look(&places), []);
        assert_eq!(places.own_cache(), None);
    }

    /// A model with this many parameters (in millions), stored in 4.5 bits each.
    fn model(name: &str, millions: u64) -> ShelfModel {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.gguf");
        Writer::llama().text("general.name", name).number("llama.context_length", 32_768).write(&path);
        let mut header = gguf::read_header(&path).unwrap();
        header.parameter_count = millions * 1_000_000;
        header.file_bytes = header.parameter_count * 9 / 16;
        ShelfModel {
            name: name.to_owned(),
            also_named: Vec::new(),
            store: Store::Folder,
            path: PathBuf::from("/models").join(name),
            header: Ok(header),
            licence_text: None,
        }
    }

    fn changed(mut model: ShelfModel, change: impl Fn(&mut Header)) -> ShelfModel {
        change(model.header.as_mut().unwrap());
        model
    }

    #[track_caller]
    fn assert_chosen(models: &[ShelfModel], free_gigabytes: u64, expected: Option<&str>) {
        let chosen = choose(models, free_gigabytes * 1_000_000_000, 8192);
        assert_eq!(chosen.map(|model| model.name.as_str()), expected);
        let backwards: Vec<ShelfModel> = models.iter().rev().cloned().collect();
        let chosen = choose(&backwards, free_gigabytes * 1_000_000_000, 8192);
        assert_eq!(chosen.map(|model| model.name.as_str()), expected, "the order must not matter");
    }

    #[test]
    fn the_largest_comfortable_model_that_fits_is_chosen() {
        let models = [
            model("a-instruct", 135),
            model("b-instruct", 1_500),
            model("c-instruct", 8_000),
            model("d-instruct", 14_000),
            model("e-base", 9_000),
        ];
        assert_chosen(&models, 64, Some("c-instruct"));
        assert_chosen(&models, 4, Some("b-instruct"));
        assert_chosen(&models, 1, Some("a-instruct"));
        assert_chosen(&models, 0, None);
        assert_chosen(&[model("d-instruct", 14_000), model("f-instruct", 32_000)], 64, Some("d-instruct"));
        assert_chosen(&[model("a-instruct", 135), model("e-base", 9_000)], 64, Some("e-base"));
    }

    #[test]
    fn what_cannot_answer_is_never_chosen() {
        let embedding = changed(model("embed", 500), |header| {
            header.kind = FileKind::Embedding;
            header.is_embedding_or_projector = true;
        });
        let ollamas_own = changed(model("own-instruct", 7_000), |header| header.is_only_for_ollama = true);
        let unknown = changed(model("unknown-instruct", 7_000), |header| header.architecture = "llama17".to_owned());
        let mut damaged = model("damaged", 7_000);
        damaged.header = Err(ModelProblem::Empty { path: PathBuf::from("/m.gguf") });
        assert_chosen(&[embedding.clone(), ollamas_own.clone(), damaged.clone()], 64, None);
        assert_chosen(&[embedding, ollamas_own, damaged, unknown.clone()], 64, Some("unknown-instruct"));
        assert_chosen(&[unknown, model("b-instruct", 1_500)], 64, Some("b-instruct"));
    }

    #[test]
    fn long_enough_and_sensibly_stored_models_are_preferred() {
        let short = changed(model("short-instruct", 7_000), |header| header.context_length = Some(2048));
        assert_chosen(&[short, model("b-instruct", 1_500)], 64, Some("b-instruct"));
        let stored = |name: &str, bits: u64| changed(model(name, 7_000), |header| header.file_bytes = header.parameter_count * bits / 8);
        assert_chosen(&[stored("two-instruct", 2), stored("five-instruct", 5)], 64, Some("five-instruct"));
        assert_chosen(&[stored("sixteen-instruct", 16), stored("eight-instruct", 8)], 64, Some("eight-instruct"));
    }

    #[test]
    fn models_are_found_by_name_part_or_path() {
        let mut llama = model("llama3.2:3b", 3_000);
        llama.also_named = vec!["llama3.2:latest".to_owned()];
        let models = [llama, model("org/Qwen2.5-1.5B/q4", 1_500), model("org/Qwen2.5-7B/q4", 7_000)];
        let found = |wanted: &str| find(&models, wanted).map(|model| model.name.as_str()).map_err(|error| error.to_string());
        assert_eq!(found("llama3.2:3b"), Ok("llama3.2:3b"));
        assert_eq!(found(" llama3.2 "), Ok("llama3.2:3b"));
        assert_eq!(found("LLAMA3.2:LATEST"), Ok("llama3.2:3b"));
        assert_eq!(found("qwen2.5-7b"), Ok("org/Qwen2.5-7B/q4"));
        assert_eq!(found("/models/org/Qwen2.5-1.5B/q4"), Ok("org/Qwen2.5-1.5B/q4"));
        assert_eq!(
            found("qwen"),
            Err("\"qwen\" fits more than one model: org/Qwen2.5-1.5B/q4, org/Qwen2.5-7B/q4. Write the name of one of them in full."
                .to_owned())
        );
        let near = found("lama3").unwrap();
        assert_eq!(near, "llama3.2:3b");
        let error = found("llamma3.2").unwrap_err();
        assert!(error.contains("Near names: llama3.2:3b, llama3.2:latest."), "{error}");
        assert!(found("").unwrap_err().contains("There is no model"));
        assert!(find(&[], "x").unwrap_err().to_string().contains("Write the path of a model file"));
    }

    #[test]
    fn equal_names_are_told_apart_by_path() {
        let mut other = model("qwen", 1_500);
        other.path = PathBuf::from("/elsewhere/qwen");
        let error = find(&[model("qwen", 1_500), other], "qwen").unwrap_err();
        assert!(error.is_ambiguous);
        assert_eq!(error.near, ["/models/qwen", "/elsewhere/qwen"]);
        assert!(error.to_string().contains("/elsewhere/qwen"));
    }
}
