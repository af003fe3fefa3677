//! What can be wrong with a model file, in words for the author.

use super::FileKind;
use std::io;
use std::path::{Path, PathBuf};

pub(super) const OLDEST_VERSION: u32 = 2;

/// What is wrong with a model file, in words for the author: the file's name first, what to do last.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelProblem {
    #[error("{}: there is no such file. Check the spelling, and that the disk it is on is connected.", .path.display())]
    NotFound { path: PathBuf },

    #[error("{}: you do not have permission to read this. Give yourself permission, or copy the model into a folder of your own.", .path.display())]
    NoPermission { path: PathBuf },

    #[error("{}: reading stopped ({reason}). Check the disk, and fetch the file again if this happens twice.", .path.display())]
    ReadingFailed { path: PathBuf, reason: String },

    #[error("{}: this is a folder. Name the model file inside it; its name ends in .gguf.", .path.display())]
    Directory { path: PathBuf },

    #[error("{}: this is not an ordinary file. Name a model file; its name ends in .gguf.", .path.display())]
    NotAFile { path: PathBuf },

    #[error("{}: the file is empty. Fetch the model again.", .path.display())]
    Empty { path: PathBuf },

    #[error("{}: this is a web page, not a model. The link led to a page about the model, or to one that asks to log in. Fetch the file itself.", .path.display())]
    WebPage { path: PathBuf },

    #[error("{}: this is not a GGUF model; it looks like {looks_like}. Fetch the GGUF edition of the model: its name ends in .gguf.", .path.display())]
    NotGguf { path: PathBuf, looks_like: &'static str },

    #[error("{}: this model was made for computers that store numbers the other way round (\"big-endian\"). Fetch the ordinary edition.", .path.display())]
    BigEndian { path: PathBuf },

    #[error("{}: {}", .path.display(), version_in_words(*.version))]
    UnknownVersion { path: PathBuf, version: u32 },

    /// The file ends too early. `promised_bytes` is known when the header itself is whole.
    #[error("{}: {}", .path.display(), cut_short_in_words(*.file_bytes, *.promised_bytes))]
    CutShort { path: PathBuf, file_bytes: u64, promised_bytes: Option<u64> },

    #[error("{}: the file is damaged: {what}. Fetch it again; if that does not help, tell whoever made it.", .path.display())]
    Damaged { path: PathBuf, what: String },

    #[error("{}: its weights are stored in a way that this copydesk cannot read (number {number}). Fetch another edition of the model, such as Q4_K_M, or a newer copydesk.", .path.display())]
    UnknownStorage { path: PathBuf, number: u32 },

    /// A warning: llama.cpp learns new families all the time.
    #[error("{}: the model's family, \"{architecture}\", is not one that this copydesk knows. It may not load; if so, update copydesk or choose another model.", .path.display())]
    MayNotLoad { path: PathBuf, architecture: String },

    #[error("{}: the model is in several files, and this one of them is missing: {}. Fetch it into the same folder.", .path.display(), .part.display())]
    PartMissing { path: PathBuf, part: PathBuf },

    #[error("{}: this is part {} of a model in {count} files, but it was renamed, so the others cannot be found. Give all parts their own names again: they end in -{:05}-of-{count:05}.gguf for this one, and so on.", .path.display(), .number + 1, .number + 1)]
    PartRenamed { path: PathBuf, number: u16, count: u16 },

    #[error("{}: this is a later part of a model in several files. Name the first part: {}.", .path.display(), .first.display())]
    NotTheFirstPart { path: PathBuf, first: PathBuf },

    #[error("{}: this file holds {kind}. Choose a text model, best one with \"Instruct\" or \"it\" in its name.", .path.display())]
    NotATextModel { path: PathBuf, kind: FileKind },

    #[error("{}: this file holds {kind}, not a LoRA adapter. Name an adapter that was made for your model; its name ends in .gguf.", .path.display())]
    NoAdapter { path: PathBuf, kind: FileKind },

    #[error("{}: this adapter does not fit the model: {why}. Name one that was made for it, or use the model it was made for.", .path.display())]
    DoesNotFit { path: PathBuf, why: String },

    /// A model that was only taught to go on writing.
    #[error("{}: this model has only learnt to go on writing, so it would write on instead of answering: its file has no chat template. Choose one with \"Instruct\", \"Chat\" or \"it\" in its name.", .path.display())]
    CannotBeAsked { path: PathBuf },

    #[error("{}: this file was packed for Ollama alone, and llama.cpp cannot load it. Fetch the same model as a GGUF file from its makers, or choose another.", .path.display())]
    OnlyForOllama { path: PathBuf },
}

impl ModelProblem {
    /// Whether it is worth trying to load the model all the same.
    pub fn is_only_a_warning(&self) -> bool {
        matches!(self, Self::MayNotLoad { .. })
    }
}

fn version_in_words(version: u32) -> String {
    if version < OLDEST_VERSION {
        format!("this is GGUF version {version}, which is too old to be read. Fetch a newer edition of the model.")
    } else {
        format!("this is GGUF version {version}, which is newer than this copydesk. Update copydesk, or fetch an edition in version 3.")
    }
}

fn cut_short_in_words(file_bytes: u64, promised_bytes: Option<u64>) -> String {
    let Some(promised_bytes) = promised_bytes else {
        return format!(
            "the file ends after {}, in the middle of its header: the download is not complete; fetch it again.",
            size_in_words(file_bytes)
        );
    };
    let (mut has, mut promises) = (size_in_words(file_bytes), size_in_words(promised_bytes));
    if has == promises {
        // "4.7 GB but 4.7 GB" would read like a mistake of ours.
        (has, promises) = (format!("{file_bytes} bytes"), format!("{promised_bytes} bytes"));
    }
    format!("the file is {has} but its header promises {promises}: the download is not complete; fetch it again.")
}

/// A number of bytes as people say it, in decimal units as shops and file managers use them: `512 MB`, `1.1 GB`.
pub fn size_in_words(bytes: u64) -> String {
    match bytes {
        1_000_000_000.. => format!("{:.1} GB", bytes as f64 / 1e9),
        1_000_000.. => format!("{} MB", bytes / 1_000_000),
        1_000.. => format!("{} kB", bytes / 1_000),
        _ => format!("{bytes} bytes"),
    }
}

pub(super) fn problem_of_io(path: &Path, error: &io::Error) -> ModelProblem {
    let path = path.to_path_buf();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ModelProblem::NotFound { path },
        io::ErrorKind::PermissionDenied => ModelProblem::NoPermission { path },
        _ => ModelProblem::ReadingFailed { path, reason: error.to_string() },
    }
}

pub(super) fn problem_of_other_format(path: PathBuf, start: &[u8]) -> ModelProblem {
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    if text.starts_with(b"<") {
        return ModelProblem::WebPage { path };
    }
    let looks_like = match start {
        [b'P', b'K', 3, 4, ..] => "a zip archive, or weights for PyTorch, which are stored in one",
        [0x80, 2..=5, ..] => "weights for PyTorch (\"pickle\")",
        [_, _, _, _, _, _, 0, 0, b'{', ..] => "a safetensors file, the form that models have before they become GGUF",
        [b'l' | b'f' | b'a', b'm' | b'l', b'g', b'g', ..] | [b't', b'j', b'g', b'g', ..] => {
            "a model in GGML, the form that came before GGUF"
        }
        [0x1F, 0x8B, ..] => "a gzip archive, which has to be unpacked first",
        _ if text.starts_with(b"version https://git-lfs") => "a stand-in that Git leaves in place of a large file (\"LFS pointer\")",
        _ if text.starts_with(b"{") => "a JSON text, perhaps an error message from the server",
        _ if start.iter().all(|byte| *byte == 0) => "room that was reserved for a download which never came",
        _ if start.iter().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace()) => {
            "an ordinary text, perhaps an error message from the server"
        }
        _ => "something else altogether",
    };
    ModelProblem::NotGguf { path, looks_like }
}
