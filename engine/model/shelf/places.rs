//! Where each program keeps its models.

use super::{ModelOwner, NOTE_LIMIT_BYTES, Places, read_beginning};
use std::path::{Path, PathBuf};

/// One folder to look into, and how models lie in it.
pub(super) struct Place {
    pub(super) store: ModelOwner,
    pub(super) layout: Layout,
    pub(super) folder: PathBuf,
}

#[derive(Clone, Copy)]
pub(super) enum Layout {
    /// `manifests/<registry>/<namespace>/<model>/<tag>` and `blobs/sha256-<64 digits>`.
    Ollama,
    /// `models--<publisher>--<model>/snapshots/<commit>/…`.
    HuggingFace,
    /// Model files in folders, down to this many levels below.
    Files { depth: usize },
}

pub(super) fn places_to_look(places: &Places) -> Vec<Place> {
    let place = |store: ModelOwner, layout: Layout| move |folder: PathBuf| Place { store, layout, folder };
    let mut all: Vec<Place> = Vec::new();
    all.extend(places.own_cache().map(place(ModelOwner::Own, Layout::Files { depth: 2 })));
    all.extend(ollama_folders(places).into_iter().map(place(ModelOwner::Ollama, Layout::Ollama)));
    all.extend(lm_studio_folders(places).into_iter().map(place(ModelOwner::LmStudio, Layout::Files { depth: 3 })));
    all.extend(jan_folders(places).into_iter().map(place(ModelOwner::Jan, Layout::Files { depth: 3 })));
    let gpt4all = places.local_data_home().map(|data| data.join("nomic.ai").join("GPT4All"));
    all.extend(gpt4all.map(place(ModelOwner::Gpt4All, Layout::Files { depth: 0 })));
    all.extend(hugging_face_folders(places).into_iter().map(place(ModelOwner::HuggingFace, Layout::HuggingFace)));
    // Newer llama.cpp lays its cache out as Hugging Face does, older ones put the files side by side.
    all.extend(places.variable("LLAMA_CACHE").map(place(ModelOwner::LlamaCpp, Layout::HuggingFace)));
    all.extend(llama_cpp_folders(places).into_iter().map(place(ModelOwner::LlamaCpp, Layout::Files { depth: 0 })));
    all
}

pub(super) fn ollama_folders(places: &Places) -> Vec<PathBuf> {
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

pub(super) fn lm_studio_folders(places: &Places) -> Vec<PathBuf> {
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
pub(super) fn lm_studio_setting(settings: &Path) -> Option<PathBuf> {
    let text = read_beginning(settings, NOTE_LIMIT_BYTES).ok()?;
    let settings: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(PathBuf::from(settings.get("downloadsFolder")?.as_str()?)).filter(|path| path.is_absolute())
}

pub(super) fn jan_folders(places: &Places) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let old_data = if places.os == "linux" { places.in_home(".config/Jan/data") } else { None };
    for data in places.data_home().map(|home| home.join("Jan").join("data")).into_iter().chain(old_data) {
        folders.push(data.join("llamacpp").join("models"));
        folders.push(data.join("models"));
    }
    folders.extend(places.in_home("jan/models"));
    folders
}

pub(super) fn hugging_face_folders(places: &Places) -> Vec<PathBuf> {
    let candidates = [
        places.variable("HF_HUB_CACHE"),
        places.variable("HUGGINGFACE_HUB_CACHE"),
        places.variable("HF_HOME").map(|home| home.join("hub")),
        places.variable("XDG_CACHE_HOME").map(|cache| cache.join("huggingface").join("hub")),
        places.in_home(".cache/huggingface/hub"),
    ];
    candidates.into_iter().flatten().collect()
}

pub(super) fn llama_cpp_folders(places: &Places) -> Vec<PathBuf> {
    let default = match places.os {
        "windows" => places.local_data_home().map(|data| data.join("llama.cpp")),
        "macos" => places.in_home("Library/Caches/llama.cpp"),
        _ => places.cache_home().map(|cache| cache.join("llama.cpp")),
    };
    places.variable("LLAMA_CACHE").into_iter().chain(default).collect()
}
