//! Reads what a model file says about itself (its GGUF header), and says in plain words what is wrong with a bad one.
//!
//! llama.cpp refuses a bad file without a reason, and on some (a vocabulary with a repeated word) it ends the whole
//! process. So every model file passes here first. This module
//!
//! 1. reads the header only, through a buffer, never the whole file, and never writes;
//! 2. never reserves memory by what the file claims, unless the claim is below a limit named here;
//! 3. never panics, whatever the bytes are: arithmetic on numbers from the file is checked or saturating;
//! 4. refuses what llama.cpp would refuse, so that the author gets the reason here and not a silence there.
//!
//! A header that reads well proves nothing about the weights: a flipped bit in them can only be found by a checksum.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// What a GGUF file says about itself, with what follows from it.
///
/// For a model in several files this is the whole model; see the fields that count bytes and parameters.
/// Texts come from the file: they are cut at 512 bytes, and control characters (which could rewrite a terminal)
/// are gone from them. Only [`Header::chat_template`] is verbatim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The family of models that this one is built like, as llama.cpp names it: `llama`, `qwen2`, `gemma3` …
    pub architecture: String,
    /// What the file holds. Only [`FileKind::TextModel`] can answer questions.
    pub kind: FileKind,
    /// Whether `kind` is anything but a text model.
    pub is_embedding_or_projector: bool,
    /// Whether the file is one of those that Ollama writes in its own way and llama.cpp cannot load.
    pub is_only_for_ollama: bool,
    /// The model's name as its makers wrote it.
    pub name: Option<String>,
    /// What the model was trained for after its first training, as its makers wrote it: `Instruct`, `Coder-Instruct` …
    pub finetune: Option<String>,
    /// The size as the makers count it (`1.5B`), or else as counted from the file.
    pub size_label: String,
    /// How the weights are stored, as llama.cpp names it: `Q4_K_M`, `F16` …; none when the file does not say.
    pub quantisation: Option<String>,
    /// The longest text, in tokens, that the model was trained to read.
    pub context_length: Option<u64>,
    /// The width of the model: numbers per token between its layers.
    pub embedding_length: Option<u64>,
    /// The number of layers.
    pub block_count: Option<u64>,
    /// Attention heads per layer; the largest, where layers differ.
    pub head_count: Option<u64>,
    /// Heads per layer whose keys and values are remembered; the largest, where layers differ.
    pub head_count_kv: Option<u64>,
    /// The same, added up over all layers: what the memory for text that has been read depends on.
    pub head_count_kv_of_all_layers: u64,
    /// Numbers per key of one head.
    pub key_length: Option<u64>,
    /// Numbers per value of one head.
    pub value_length: Option<u64>,
    /// The licence's short name (`apache-2.0`, `llama3.2`, `other` …), if the file says.
    pub licence: Option<String>,
    /// The licence's name when the short name is `other`.
    pub licence_name: Option<String>,
    /// Where the licence can be read. Text from the file: never opened by copydesk.
    pub licence_link: Option<String>,
    /// The models that this one was made from: addresses where the file has them, else names.
    pub base_models: Vec<String>,
    /// The texts that it was trained on, as far as the file says.
    pub datasets: Vec<String>,
    /// Who stored the weights in this form.
    pub quantised_by: Option<String>,
    /// Whether the file says how a conversation is written for this model.
    pub has_chat_template: bool,
    /// How a conversation is written for this model, verbatim; none also when it is longer than 1 MiB.
    pub chat_template: Option<String>,
    /// The kind of tokenizer: `gpt2`, `llama`, `bert` …
    pub tokenizer_model: Option<String>,
    /// The number of weights, counted from the file; of all parts.
    pub parameter_count: u64,
    /// The size on disk in bytes; of all parts.
    pub file_bytes: u64,
    /// Where the last weight ends, in bytes from the start of the (first) file.
    pub tensors_end_bytes: u64,
    /// For a model in several files: the number of this part, counted from 0 (it is always the first), and of how many.
    pub split: Option<(u16, u16)>,
}

/// What a GGUF file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A model that reads text and answers in text, word by word.
    TextModel,
    /// Turns text into numbers, for searching or for ranking.
    Embedding,
    /// Lets another model see pictures or hear sound (`mmproj`).
    Projector,
    /// Changes another model (LoRA, control vector).
    Adapter,
    /// Turns text into speech.
    Speech,
    /// Helps a larger model of the same family to write faster.
    Draft,
    /// Reads one text and writes another, such as a translation; it cannot go on from a prompt.
    Translator,
    /// Writes all its words at once.
    Diffusion,
    /// The vocabulary of a model, without its weights.
    Vocabulary,
    /// Statistics used in storing a model's weights.
    Statistics,
}

impl fmt::Display for FileKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TextModel => "a text model",
            Self::Embedding => "a model for searching, which turns text into numbers and cannot answer in words",
            Self::Projector => "the eyes or ears of another model, for pictures or sound",
            Self::Adapter => "a change to another model, of no use without that model",
            Self::Speech => "a model that speaks",
            Self::Draft => "a helper that makes a larger model faster, of no use alone",
            Self::Translator => "a model that turns one text into another and cannot be asked questions",
            Self::Diffusion => "a model that writes all its words at once, which copydesk cannot use",
            Self::Vocabulary => "only the vocabulary of a model, without the model",
            Self::Statistics => "statistics about a model, without the model",
        })
    }
}

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

/// Room for the model's intermediate results and the program itself, in bytes: an allowance, not a measurement.
const WORKING_SPACE_BYTES: u64 = 300_000_000;

/// Keys and values of text that has been read are kept as 16-bit numbers.
const BYTES_PER_REMEMBERED_NUMBER: u64 = 2;

/// The memory, in bytes, that is needed to read `context_tokens` tokens with this model: its weights, what it remembers
/// of the text ([`memory_of_a_token`]), and 300 MB of working space.
///
/// It errs on the high side for models that look back only a short way in some layers (Gemma 3, gpt-oss), and leaves
/// out the small fixed memory of models that keep no keys and values at all (Mamba, RWKV).
pub fn memory_needed(header: &Header, context_tokens: u64) -> u64 {
    let remembered_bytes = memory_of_a_token(header).saturating_mul(context_tokens);
    header.file_bytes.saturating_add(remembered_bytes).saturating_add(WORKING_SPACE_BYTES)
}

/// What a token of the text takes in memory, in bytes: its keys and values in every layer.
pub fn memory_of_a_token(header: &Header) -> u64 {
    let numbers_per_head = header.key_length.unwrap_or(0).saturating_add(header.value_length.unwrap_or(0));
    numbers_per_head.saturating_mul(header.head_count_kv_of_all_layers).saturating_mul(BYTES_PER_REMEMBERED_NUMBER)
}

/// Words in a name that say the model was taught to follow instructions.
const INSTRUCTED_WORDS: [&str; 8] = ["instruct", "instruction", "chat", "it", "assistant", "sft", "dpo", "thinking"];
/// Words in a name that say it only goes on writing, or (guard) that it only says whether a text is allowed.
const NOT_INSTRUCTED_WORDS: [&str; 6] = ["base", "pt", "pretrained", "pretrain", "foundation", "guard"];

/// Whether the model was probably taught to follow instructions: a guess from its name, or else from its having a
/// template for conversations. Wrong for base models that carry such a template and do not say "base" (Qwen2.5 does so).
pub fn is_instruction_tuned(header: &Header) -> bool {
    let said = [&header.finetune, &header.name].into_iter().flatten().map(|text| text.to_lowercase());
    let said = said.collect::<Vec<_>>().join(" ");
    let has_any = |words: &[&str]| said.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
    if has_any(&NOT_INSTRUCTED_WORDS) {
        return false;
    }
    has_any(&INSTRUCTED_WORDS) || header.has_chat_template
}

/// Whether llama.cpp as built into copydesk knows this family of text models.
pub fn is_known_architecture(architecture: &str) -> bool {
    TEXT_ARCHITECTURES.contains(&architecture)
}

/// Why a file whose header reads well is still no model to put questions to, or may not be.
/// The worst problem comes first; [`ModelProblem::is_only_a_warning`] tells whether to go on.
pub fn problem_with(path: &Path, header: &Header) -> Option<ModelProblem> {
    let path = path.to_path_buf();
    if header.is_embedding_or_projector {
        return Some(ModelProblem::NotATextModel { path, kind: header.kind });
    }
    if header.is_only_for_ollama {
        return Some(ModelProblem::OnlyForOllama { path });
    }
    if !is_known_architecture(&header.architecture) {
        return Some(ModelProblem::MayNotLoad { path, architecture: header.architecture.clone() });
    }
    None
}

/// The header of a model that is about to be loaded, with a warning if it may not load.
///
/// # Errors
/// All of [`read_header`], and also files that hold no text model.
pub fn read_text_model(path: &Path) -> Result<(Header, Option<ModelProblem>), ModelProblem> {
    let header = read_header(path)?;
    match problem_with(path, &header) {
        Some(problem) if !problem.is_only_a_warning() => Err(problem),
        warning => Ok((header, warning)),
    }
}

/// Reads the header of a model file, and of its other parts where it has some.
///
/// The file is only opened for reading. Takes some tens of milliseconds: the vocabulary is checked word by word.
///
/// # Errors
/// Whatever makes the file unusable, as a [`ModelProblem`] that names it. A file of another kind (an embedding model,
/// say) and a family that is not known are no errors here: see [`problem_with`].
pub fn read_header(path: &Path) -> Result<Header, ModelProblem> {
    let first = load_part(path)?;
    let split = split_of(&first, path)?;
    if let Some((number, count)) = split
        && number > 0
    {
        return Err(later_part(path, number, count));
    }
    let mut header = describe(&first, path)?;
    header.split = split;
    if let Some((_, count)) = split {
        add_other_parts(&mut header, first, path, count)?;
    }
    Ok(header)
}

// ---- one file ----------------------------------------------------------------------------------------------------

const OLDEST_VERSION: u32 = 2;
const NEWEST_VERSION: u32 = 3;
/// Limits on what a file may claim, well above every real model (which has below 3,000 tensors and 300,000 tokens).
const KEY_LIMIT: u64 = 65_536;
const TENSOR_LIMIT: u64 = 65_536;
const KEY_NAME_LIMIT_BYTES: u64 = 65_535;
const STRING_LIMIT_BYTES: u64 = 64 << 20;
const ARRAY_LIMIT: u64 = 16 << 20;
/// Every token costs us 17 bytes while its file is read, so this bounds our own memory at about 64 MB.
const VOCABULARY_LIMIT: u64 = 2 << 20;
const ALIGNMENT_LIMIT: u64 = 1 << 20;
const DEFAULT_ALIGNMENT: u64 = 32;
const TENSOR_NAME_LIMIT_BYTES: u64 = 63;
const DIMENSION_LIMIT: u32 = 4;
/// No model has 16 TiB; a header that promises more is damaged, not cut short.
const MODEL_LIMIT_BYTES: u64 = 1 << 44;
/// What is kept of ordinary texts, and of a chat template.
const TEXT_KEPT_BYTES: u64 = 512;
const CHAT_TEMPLATE_KEPT_BYTES: u64 = 1 << 20;
/// What is kept of a list: layers in a list of numbers, names in a list of texts.
const LIST_KEPT: u64 = 4_096;
const NAMES_KEPT: u64 = 64;

const TOKENS: &str = "tokenizer.ggml.tokens";
const CHAT_TEMPLATE: &str = "tokenizer.chat_template";

/// One GGUF file, read as far as its weights.
#[derive(Debug)]
struct Part {
    values: BTreeMap<String, Value>,
    vocabulary: Option<Vocabulary>,
    tensors: Tensors,
    file_bytes: u64,
}

/// A value of the header that someone here asks for.
#[derive(Debug)]
enum Value {
    Number(u64),
    Numbers(Vec<u64>),
    Text(String),
    Texts(Vec<String>),
    /// Present, but not kept: a fraction, a text that is too long, or a list of which only the length matters.
    Other {
        length: u64,
    },
}

#[derive(Debug)]
struct Vocabulary {
    token_count: u64,
    has_repeated_token: bool,
}

#[derive(Debug, Default)]
struct Tensors {
    /// The first 16 bytes of each name's BLAKE3 hash: names of 65,536 tensors in little memory.
    names: HashSet<u128>,
    element_count: u64,
    end_bytes: u64,
}

fn load_part(path: &Path) -> Result<Part, ModelProblem> {
    let metadata = std::fs::metadata(path).map_err(|error| problem_of_io(path, &error))?;
    // Before opening: opening a named pipe would wait forever for someone to write into it.
    if metadata.is_dir() {
        return Err(ModelProblem::Directory { path: path.to_path_buf() });
    }
    if !metadata.is_file() {
        return Err(ModelProblem::NotAFile { path: path.to_path_buf() });
    }
    let file = File::open(path).map_err(|error| problem_of_io(path, &error))?;
    let file_bytes = file.metadata().map_err(|error| problem_of_io(path, &error))?.len();
    parse_part(file, file_bytes, path)
}

fn problem_of_io(path: &Path, error: &io::Error) -> ModelProblem {
    let path = path.to_path_buf();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ModelProblem::NotFound { path },
        io::ErrorKind::PermissionDenied => ModelProblem::NoPermission { path },
        _ => ModelProblem::ReadingFailed { path, reason: error.to_string() },
    }
}

/// Reads one file from `input`, which holds `file_bytes` bytes; `path` is only for messages.
fn parse_part<R: Read + Seek>(input: R, file_bytes: u64, path: &Path) -> Result<Part, ModelProblem> {
    let mut reader = Reader { input: BufReader::with_capacity(1 << 18, input), path, file_bytes, position: 0 };
    reader.magic()?;
    let version = reader.u32()?;
    // Versions are small numbers; read the wrong way round, their low half is zero.
    if version != 0 && version & 0xFFFF == 0 {
        return Err(ModelProblem::BigEndian { path: path.to_path_buf() });
    }
    if !(OLDEST_VERSION..=NEWEST_VERSION).contains(&version) {
        return Err(ModelProblem::UnknownVersion { path: path.to_path_buf(), version });
    }
    let tensor_count = reader.count(TENSOR_LIMIT, "it claims to have more tensors than any model")?;
    let key_count = reader.count(KEY_LIMIT, "it claims to have more header entries than any model")?;
    let (values, vocabulary) = reader.entries(key_count)?;
    let alignment = alignment_of(&values).ok_or_else(|| reader.damaged("its alignment is not a power of two"))?;
    let tensors = reader.tensors(tensor_count, alignment)?;
    Ok(Part { values, vocabulary, tensors, file_bytes })
}

/// The multiple at which tensors begin, in bytes; none when the file gives an impossible one.
fn alignment_of(values: &BTreeMap<String, Value>) -> Option<u64> {
    match values.get("general.alignment") {
        None => Some(DEFAULT_ALIGNMENT),
        Some(Value::Number(alignment)) if alignment.is_power_of_two() && *alignment <= ALIGNMENT_LIMIT => Some(*alignment),
        Some(_) => None,
    }
}

/// Reads numbers and strings from the start of a GGUF file, and knows how much of the file is left.
struct Reader<'p, R> {
    input: BufReader<R>,
    path: &'p Path,
    file_bytes: u64,
    position: u64,
}

impl<R: Read + Seek> Reader<'_, R> {
    fn damaged(&self, what: &str) -> ModelProblem {
        ModelProblem::Damaged { path: self.path.to_path_buf(), what: what.to_owned() }
    }

    fn cut_short(&self) -> ModelProblem {
        ModelProblem::CutShort { path: self.path.to_path_buf(), file_bytes: self.file_bytes, promised_bytes: None }
    }

    fn problem_of(&self, error: &io::Error) -> ModelProblem {
        // The file was long enough a moment ago: someone is still writing it, or it has just been replaced.
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return self.cut_short();
        }
        problem_of_io(self.path, error)
    }

    /// Accounts for `count` bytes that are about to be read.
    fn advance(&mut self, count: u64) -> Result<(), ModelProblem> {
        if count > self.file_bytes.saturating_sub(self.position) {
            return Err(self.cut_short());
        }
        self.position += count;
        Ok(())
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], ModelProblem> {
        self.advance(N as u64)?;
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|error| self.problem_of(&error))?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, ModelProblem> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, ModelProblem> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn count(&mut self, limit: u64, complaint: &str) -> Result<u64, ModelProblem> {
        let count = self.u64()?;
        if count > limit { Err(self.damaged(complaint)) } else { Ok(count) }
    }

    fn skip(&mut self, count: u64) -> Result<(), ModelProblem> {
        self.advance(count)?;
        // A file is never longer than i64::MAX, and `advance` has compared with its length.
        let distance = i64::try_from(count).map_err(|_| self.cut_short())?;
        self.input.seek_relative(distance).map_err(|error| self.problem_of(&error))
    }

    /// Reads a string into `into`, if it has at most `keep_bytes` bytes; else skips it. Returns its length in bytes.
    fn string(&mut self, into: &mut Vec<u8>, keep_bytes: u64) -> Result<u64, ModelProblem> {
        into.clear();
        let length = self.count(STRING_LIMIT_BYTES, "a text in its header is impossibly long")?;
        if length > keep_bytes {
            self.skip(length)?;
            return Ok(length);
        }
        self.advance(length)?;
        into.resize(length as usize, 0);
        self.input.read_exact(into).map_err(|error| self.problem_of(&error))?;
        Ok(length)
    }

    /// Reads a string that must not be longer than `limit_bytes`.
    fn name(&mut self, into: &mut Vec<u8>, limit_bytes: u64) -> Result<(), ModelProblem> {
        if self.string(into, limit_bytes)? > limit_bytes {
            return Err(self.damaged("a name in its header is impossibly long"));
        }
        Ok(())
    }

    /// Reads a text for people: cut at `TEXT_KEPT_BYTES`, on one line.
    fn line(&mut self) -> Result<String, ModelProblem> {
        let length = self.count(STRING_LIMIT_BYTES, "a text in its header is impossibly long")?;
        self.advance(length)?;
        let kept = length.min(TEXT_KEPT_BYTES);
        let mut bytes = vec![0; kept as usize];
        self.input.read_exact(&mut bytes).map_err(|error| self.problem_of(&error))?;
        self.position -= length - kept;
        self.skip(length - kept)?;
        let line = clean_line(&String::from_utf8_lossy(&bytes));
        Ok(if kept < length { line.trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned() + "…" } else { line })
    }

    /// Checks the first four bytes; if they are not GGUF's, says what the file looks like.
    fn magic(&mut self) -> Result<(), ModelProblem> {
        let path = self.path.to_path_buf();
        if self.file_bytes == 0 {
            return Err(ModelProblem::Empty { path });
        }
        let mut start = Vec::new();
        let peeked = self.input.by_ref().take(512).read_to_end(&mut start);
        peeked.map_err(|error| self.problem_of(&error))?;
        if !start.starts_with(b"GGUF") {
            let is_beginning = start.len() < 4 && b"GGUF".starts_with(&start);
            return Err(if is_beginning { self.cut_short() } else { problem_of_other_format(path, &start) });
        }
        // Back to the byte after the magic; this stays inside the buffer.
        let beyond_magic = start.len() as i64 - 4;
        self.input.seek_relative(-beyond_magic).map_err(|error| self.problem_of(&error))?;
        self.position = 4;
        Ok(())
    }
}

fn problem_of_other_format(path: PathBuf, start: &[u8]) -> ModelProblem {
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

/// A text from a file as one harmless line: no control characters, and none that turn the direction of writing.
fn clean_line(text: &str) -> String {
    let turns_direction = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let visible = text.chars().filter(|c| !turns_direction(*c));
    let visible: String = visible.map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.trim().to_owned()
}

// ---- header entries ----------------------------------------------------------------------------------------------

/// Entries about the architecture that are kept; each stands in the file as `llama.context_length`, and so on.
const KEPT_OF_ARCHITECTURE: [&str; 9] = [
    "context_length",
    "embedding_length",
    "block_count",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
    "attention.layer_norm_rms_epsilon",
    "pooling_type",
];

/// Entries of the tokenizer that are kept (the tokens themselves are checked, not kept).
const KEPT_OF_TOKENIZER: [&str; 4] = ["tokenizer.ggml.model", "tokenizer.ggml.scores", "tokenizer.ggml.token_type", CHAT_TEMPLATE];

fn is_kept(key: &str) -> bool {
    key.len() <= 128
        && (key.starts_with("general.")
            || key.starts_with("split.")
            || KEPT_OF_TOKENIZER.contains(&key)
            || key.split_once('.').is_some_and(|(_, rest)| KEPT_OF_ARCHITECTURE.contains(&rest)))
}

/// The numbers by which GGUF names the types of values.
mod value_type {
    pub const BOOL: u32 = 7;
    pub const STRING: u32 = 8;
    pub const ARRAY: u32 = 9;
}

/// Bytes of one number of this type; none for strings, arrays and unknown types.
fn number_bytes(value_type: u32) -> Option<u64> {
    match value_type {
        0 | 1 | value_type::BOOL => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

type Entries = (BTreeMap<String, Value>, Option<Vocabulary>);

impl<R: Read + Seek> Reader<'_, R> {
    fn entries(&mut self, count: u64) -> Result<Entries, ModelProblem> {
        let mut values = BTreeMap::new();
        let mut vocabulary = None;
        let mut seen = HashSet::new();
        let mut key = Vec::new();
        for _ in 0..count {
            self.name(&mut key, KEY_NAME_LIMIT_BYTES)?;
            if key.is_empty() || !seen.insert(short_hash(&key)) {
                return Err(self.damaged("an entry of its header has no name, or stands there twice"));
            }
            let value_type = self.u32()?;
            if key == TOKENS.as_bytes() {
                vocabulary = Some(self.vocabulary(value_type)?);
                continue;
            }
            match std::str::from_utf8(&key) {
                Ok(key) if is_kept(key) => {
                    let value = self.value(key, value_type)?;
                    values.insert(key.to_owned(), value);
                }
                _ => self.skip_value(value_type)?,
            }
        }
        Ok((values, vocabulary))
    }

    fn value(&mut self, key: &str, value_type: u32) -> Result<Value, ModelProblem> {
        match value_type {
            value_type::STRING if key == CHAT_TEMPLATE => self.chat_template(),
            value_type::STRING => self.line().map(Value::Text),
            value_type::ARRAY => self.list(),
            _ => Ok(self.number(value_type)?.map_or(Value::Other { length: 1 }, Value::Number)),
        }
    }

    fn chat_template(&mut self) -> Result<Value, ModelProblem> {
        let mut bytes = Vec::new();
        let length = self.string(&mut bytes, CHAT_TEMPLATE_KEPT_BYTES)?;
        if length > CHAT_TEMPLATE_KEPT_BYTES {
            return Ok(Value::Other { length });
        }
        Ok(Value::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A number that is whole and not negative; none for others.
    fn number(&mut self, value_type: u32) -> Result<Option<u64>, ModelProblem> {
        Ok(match value_type {
            0 | value_type::BOOL => self.bytes::<1>().map(|[byte]| Some(u64::from(byte)))?,
            1 => u64::try_from(i8::from_le_bytes(self.bytes()?)).ok(),
            2 => Some(u64::from(u16::from_le_bytes(self.bytes()?))),
            3 => u64::try_from(i16::from_le_bytes(self.bytes()?)).ok(),
            4 => Some(u64::from(self.u32()?)),
            5 => u64::try_from(i32::from_le_bytes(self.bytes()?)).ok(),
            10 => Some(self.u64()?),
            11 => u64::try_from(i64::from_le_bytes(self.bytes()?)).ok(),
            _ => {
                self.skip_value(value_type)?;
                None
            }
        })
    }

    /// Reads what stands before the items of a list: their type and number.
    fn list_start(&mut self) -> Result<(u32, u64), ModelProblem> {
        let item_type = self.u32()?;
        let length = self.count(ARRAY_LIMIT, "a list in its header is impossibly long")?;
        Ok((item_type, length))
    }

    fn list(&mut self) -> Result<Value, ModelProblem> {
        let (item_type, length) = self.list_start()?;
        if item_type == value_type::STRING && length <= NAMES_KEPT {
            let lines = (0..length).map(|_| self.line());
            return Ok(Value::Texts(lines.collect::<Result<_, _>>()?));
        }
        if number_bytes(item_type).is_some() && length <= LIST_KEPT {
            let numbers: Vec<Option<u64>> = (0..length).map(|_| self.number(item_type)).collect::<Result<_, _>>()?;
            let whole: Option<Vec<u64>> = numbers.into_iter().collect();
            return Ok(whole.map_or(Value::Other { length }, Value::Numbers));
        }
        self.skip_items(item_type, length)?;
        Ok(Value::Other { length })
    }

    fn skip_value(&mut self, value_type: u32) -> Result<(), ModelProblem> {
        if value_type == value_type::ARRAY {
            let (item_type, length) = self.list_start()?;
            return self.skip_items(item_type, length);
        }
        self.skip_items(value_type, 1)
    }

    fn skip_items(&mut self, item_type: u32, length: u64) -> Result<(), ModelProblem> {
        if let Some(bytes) = number_bytes(item_type) {
            return self.skip(length.saturating_mul(bytes));
        }
        // llama.cpp knows no lists of lists.
        if item_type != value_type::STRING {
            return Err(self.damaged("an entry of its header is of a kind that does not exist"));
        }
        for _ in 0..length {
            let bytes = self.count(STRING_LIMIT_BYTES, "a text in its header is impossibly long")?;
            self.skip(bytes)?;
        }
        Ok(())
    }

    /// Reads the tokens and notes whether one stands there twice: llama.cpp ends the whole process on that.
    fn vocabulary(&mut self, value_type: u32) -> Result<Vocabulary, ModelProblem> {
        if value_type != value_type::ARRAY {
            return Err(self.damaged("its vocabulary is not a list"));
        }
        let (item_type, token_count) = self.list_start()?;
        if item_type != value_type::STRING || token_count > VOCABULARY_LIMIT {
            return Err(self.damaged("its vocabulary is not a list of words, or is impossibly long"));
        }
        let mut seen = HashSet::new();
        let mut token = Vec::new();
        let mut has_repeated_token = false;
        for index in 0..token_count {
            self.name(&mut token, STRING_LIMIT_BYTES)?;
            if token.is_empty() {
                // As llama.cpp does, so that two empty tokens are not the same token.
                token = format!("[EMPTY_{index}]").into_bytes();
            }
            has_repeated_token |= !seen.insert(short_hash(&token));
        }
        Ok(Vocabulary { token_count, has_repeated_token })
    }
}

/// The first 16 bytes of the BLAKE3 hash: two names clash by accident less than once in 10^26 model files.
fn short_hash(bytes: &[u8]) -> u128 {
    let hash = blake3::hash(bytes);
    hash.as_bytes().iter().take(16).fold(0, |short, byte| short << 8 | u128::from(*byte))
}

// ---- the table of tensors ----------------------------------------------------------------------------------------

/// How many numbers one block of a storage type holds, and how many bytes it takes; none for withdrawn types.
/// From `ggml.c` and `ggml-common.h` of the llama.cpp that is built in; K and I types have blocks of 256.
fn block_of(storage: u32) -> Option<(u64, u64)> {
    Some(match storage {
        0 | 26 => (1, 4),  // F32, I32
        1 | 25 => (1, 2),  // F16, I16
        2 => (32, 18),     // Q4_0
        3 => (32, 20),     // Q4_1
        6 => (32, 22),     // Q5_0
        7 => (32, 24),     // Q5_1
        8 => (32, 34),     // Q8_0
        9 => (32, 36),     // Q8_1
        10 => (256, 84),   // Q2_K
        11 => (256, 110),  // Q3_K
        12 => (256, 144),  // Q4_K
        13 => (256, 176),  // Q5_K
        14 => (256, 210),  // Q6_K
        15 => (256, 292),  // Q8_K
        16 => (256, 66),   // IQ2_XXS
        17 => (256, 74),   // IQ2_XS
        18 => (256, 98),   // IQ3_XXS
        19 => (256, 50),   // IQ1_S
        20 => (32, 18),    // IQ4_NL
        21 => (256, 110),  // IQ3_S
        22 => (256, 82),   // IQ2_S
        23 => (256, 136),  // IQ4_XS
        24 => (1, 1),      // I8
        27 | 28 => (1, 8), // I64, F64
        29 => (256, 56),   // IQ1_M
        30 => (1, 2),      // BF16
        34 => (256, 54),   // TQ1_0
        35 => (256, 66),   // TQ2_0
        39 => (32, 17),    // MXFP4
        40 => (64, 36),    // NVFP4
        41 => (128, 18),   // Q1_0
        42 => (64, 18),    // Q2_0
        _ => return None,
    })
}

impl<R: Read + Seek> Reader<'_, R> {
    fn tensors(&mut self, count: u64, alignment: u64) -> Result<Tensors, ModelProblem> {
        let mut tensors = Tensors::default();
        let mut name = Vec::new();
        // Both in bytes from the start of the weights: where the next tensor must begin, where the last one ends.
        let (mut next, mut end) = (0_u64, 0_u64);
        for _ in 0..count {
            self.name(&mut name, TENSOR_NAME_LIMIT_BYTES)?;
            if !tensors.names.insert(short_hash(&name)) {
                return Err(self.damaged("two of its tensors have the same name"));
            }
            let (elements, bytes) = self.shape()?;
            // llama.cpp wants tensors one after the other, without gaps.
            if self.u64()? != next {
                return Err(self.damaged("its table of tensors does not add up"));
            }
            let too_large = || self.damaged("one of its tensors is impossibly large");
            end = next.checked_add(bytes).filter(|end| *end <= MODEL_LIMIT_BYTES).ok_or_else(too_large)?;
            next = end.next_multiple_of(alignment);
            tensors.element_count = tensors.element_count.checked_add(elements).ok_or_else(too_large)?;
        }
        if count > 0 {
            tensors.end_bytes = self.position.next_multiple_of(alignment) + end;
        }
        if tensors.end_bytes > self.file_bytes {
            return Err(ModelProblem::CutShort {
                path: self.path.to_path_buf(),
                file_bytes: self.file_bytes,
                promised_bytes: Some(tensors.end_bytes),
            });
        }
        Ok(tensors)
    }

    /// Reads the dimensions and the storage type of one tensor: its number of elements, and its size in bytes.
    fn shape(&mut self) -> Result<(u64, u64), ModelProblem> {
        let dimension_count = self.u32()?;
        if dimension_count > DIMENSION_LIMIT {
            return Err(self.damaged("one of its tensors has more than four dimensions"));
        }
        let mut row = 1;
        let mut elements = 1_u64;
        for index in 0..dimension_count {
            let extent = self.u64()?;
            row = if index == 0 { extent } else { row };
            let product = elements.checked_mul(extent).filter(|product| *product <= i64::MAX as u64);
            elements = product.ok_or_else(|| self.damaged("one of its tensors is impossibly large"))?;
        }
        let storage = self.u32()?;
        let (block_elements, block_bytes) =
            block_of(storage).ok_or_else(|| ModelProblem::UnknownStorage { path: self.path.to_path_buf(), number: storage })?;
        if row % block_elements != 0 {
            return Err(self.damaged("the width of one of its tensors does not suit its storage"));
        }
        let bytes = (elements / block_elements).checked_mul(block_bytes);
        Ok((elements, bytes.ok_or_else(|| self.damaged("one of its tensors is impossibly large"))?))
    }
}

// ---- what the entries mean ---------------------------------------------------------------------------------------

impl Part {
    fn text(&self, key: &str) -> Option<String> {
        match self.values.get(key) {
            Some(Value::Text(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Texts(texts)) if !texts.is_empty() => Some(texts.join(", ")),
            _ => None,
        }
    }

    fn number(&self, key: &str) -> Option<u64> {
        match self.values.get(key) {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::Numbers(numbers)) => numbers.iter().max().copied(),
            _ => None,
        }
    }

    /// The length of a list, kept or not; none if there is no such list.
    fn list_length(&self, key: &str) -> Option<u64> {
        match self.values.get(key)? {
            Value::Numbers(numbers) => Some(numbers.len() as u64),
            Value::Texts(texts) => Some(texts.len() as u64),
            Value::Other { length } => Some(*length),
            Value::Number(_) | Value::Text(_) => None,
        }
    }
}

fn describe(part: &Part, path: &Path) -> Result<Header, ModelProblem> {
    let architecture = part.text("general.architecture").unwrap_or_default();
    let of = |key: &str| part.number(&format!("{architecture}.{key}"));
    let kind = kind_of(part, &architecture);
    if kind == FileKind::TextModel {
        check_text_model(part, &architecture, path)?;
    }
    let embedding_length = of("embedding_length");
    let block_count = of("block_count");
    let head_count = of("attention.head_count");
    let head_count_kv = of("attention.head_count_kv").or(head_count);
    let key_length = of("attention.key_length").or_else(|| embedding_length?.checked_div(head_count?).filter(|length| *length > 0));
    Ok(Header {
        kind,
        is_embedding_or_projector: kind != FileKind::TextModel,
        is_only_for_ollama: is_only_for_ollama(part, &architecture),
        name: part.text("general.name"),
        finetune: part.text("general.finetune"),
        size_label: part.text("general.size_label").unwrap_or_else(|| count_in_words(part.tensors.element_count)),
        quantisation: part.number("general.file_type").and_then(quantisation_name).map(str::to_owned),
        context_length: of("context_length"),
        embedding_length,
        block_count,
        head_count,
        head_count_kv,
        head_count_kv_of_all_layers: head_count_kv_of_all_layers(part, &architecture, block_count, head_count_kv),
        key_length,
        value_length: of("attention.value_length").or(key_length),
        licence: part.text("general.license"),
        licence_name: part.text("general.license.name"),
        licence_link: part.text("general.license.link"),
        base_models: named_sources(part, "general.base_model"),
        datasets: [named_sources(part, "general.dataset"), texts(part, "general.datasets")].concat(),
        quantised_by: part.text("general.quantized_by"),
        has_chat_template: part.values.contains_key(CHAT_TEMPLATE),
        chat_template: part.text(CHAT_TEMPLATE),
        tokenizer_model: part.text("tokenizer.ggml.model"),
        parameter_count: part.tensors.element_count,
        file_bytes: part.file_bytes,
        tensors_end_bytes: part.tensors.end_bytes,
        split: None,
        architecture,
    })
}

/// What llama.cpp asks of every text model, and refuses (or ends the process) without saying why.
fn check_text_model(part: &Part, architecture: &str, path: &Path) -> Result<(), ModelProblem> {
    let damaged = |what: &str| Err(ModelProblem::Damaged { path: path.to_path_buf(), what: what.to_owned() });
    if architecture.is_empty() {
        return damaged("it does not say what family of models it belongs to");
    }
    for key in ["context_length", "embedding_length", "block_count"] {
        if part.number(&format!("{architecture}.{key}")).unwrap_or(0) == 0 {
            return damaged("it does not say how large the model is");
        }
    }
    let tokenizer = part.text("tokenizer.ggml.model").unwrap_or_default();
    let Some(vocabulary) = &part.vocabulary else {
        return damaged("it has no vocabulary");
    };
    // This one tokenizer tells equal words apart by their place.
    if vocabulary.has_repeated_token && tokenizer != "hybriddna" {
        return damaged("a word stands twice in its vocabulary");
    }
    for key in ["tokenizer.ggml.scores", "tokenizer.ggml.token_type"] {
        if part.values.contains_key(key) && part.list_length(key).unwrap_or(0) < vocabulary.token_count {
            return damaged("its vocabulary is not complete");
        }
    }
    Ok(())
}

fn kind_of(part: &Part, architecture: &str) -> FileKind {
    match part.text("general.type").as_deref() {
        Some("adapter") => return FileKind::Adapter,
        Some("mmproj") => return FileKind::Projector,
        Some("imatrix") => return FileKind::Statistics,
        _ => {}
    }
    let family = OTHER_ARCHITECTURES.iter().find(|(name, _)| *name == architecture).map(|(_, kind)| *kind);
    // Makers of embedding models write down how the numbers of a text are pooled; 0 means that they are not.
    let pools = part.number(&format!("{architecture}.pooling_type")).is_some_and(|pooling| pooling > 0);
    match family {
        Some(kind) => kind,
        None if pools => FileKind::Embedding,
        // The first of several files may hold no tensors.
        None if part.tensors.names.is_empty() && part.vocabulary.is_some() && part.number("split.count").is_none() => FileKind::Vocabulary,
        None => FileKind::TextModel,
    }
}

/// Ollama has names of its own for some families, and leaves an entry out of its Gemma 3 that llama.cpp must have.
fn is_only_for_ollama(part: &Part, architecture: &str) -> bool {
    let lacks_epsilon = || !part.values.contains_key("gemma3.attention.layer_norm_rms_epsilon");
    matches!(architecture, "gptoss" | "mllama" | "qwen25vl" | "deepseekocr") || (architecture == "gemma3" && lacks_epsilon())
}

fn head_count_kv_of_all_layers(part: &Part, architecture: &str, layers: Option<u64>, per_layer: Option<u64>) -> u64 {
    let key = format!("{architecture}.attention.head_count");
    let lists = [format!("{key}_kv"), key].map(|key| match part.values.get(&key) {
        Some(Value::Numbers(numbers)) => Some(numbers.iter().fold(0_u64, |sum, heads| sum.saturating_add(*heads))),
        Some(Value::Number(number)) => Some(number.saturating_mul(layers.unwrap_or(0))),
        _ => None,
    });
    lists.into_iter().flatten().next().unwrap_or_else(|| per_layer.unwrap_or(0).saturating_mul(layers.unwrap_or(0)))
}

/// `general.base_model.0.repo_url`, `….1.name` and so on: an address for each source where there is one, else a name.
fn named_sources(part: &Part, prefix: &str) -> Vec<String> {
    let count = part.number(&format!("{prefix}.count")).unwrap_or(0).min(NAMES_KEPT);
    let one = |index: u64| {
        let of = |key: &str| part.text(&format!("{prefix}.{index}.{key}"));
        of("repo_url").or_else(|| match (of("organization"), of("name")) {
            (Some(organisation), Some(name)) => Some(format!("{organisation}/{name}")),
            (_, name) => name,
        })
    };
    (0..count).filter_map(one).collect()
}

fn texts(part: &Part, key: &str) -> Vec<String> {
    match part.values.get(key) {
        Some(Value::Texts(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// A number of weights as model makers write it: `494M`, `1.5B`.
fn count_in_words(count: u64) -> String {
    match count {
        10_000_000_000.. => format!("{:.0}B", count as f64 / 1e9),
        1_000_000_000.. => format!("{:.1}B", count as f64 / 1e9),
        1_000_000.. => format!("{}M", count / 1_000_000),
        _ => format!("{}K", count / 1_000),
    }
}

/// The name of a `general.file_type`, as llama.cpp's tools spell it.
fn quantisation_name(file_type: u64) -> Option<&'static str> {
    // llama.cpp sets this bit when it has guessed the type.
    Some(match file_type & !1024 {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4",
        39 => "NVFP4",
        40 => "Q1_0",
        41 => "Q2_0",
        _ => return None,
    })
}

// ---- models in several files -------------------------------------------------------------------------------------

fn split_of(part: &Part, path: &Path) -> Result<Option<(u16, u16)>, ModelProblem> {
    let Some(count) = part.number("split.count").filter(|count| *count > 1) else {
        return Ok(None);
    };
    let number = part.number("split.no").unwrap_or(0);
    match (u16::try_from(number), u16::try_from(count)) {
        (Ok(number), Ok(count)) if number < count => Ok(Some((number, count))),
        _ => Err(ModelProblem::Damaged {
            path: path.to_path_buf(),
            what: "it claims to be a part of a model that has no such part".to_owned(),
        }),
    }
}

/// The path of part `wanted`, given the path of part `number`; parts are named `…-00001-of-00003.gguf`.
fn part_path(path: &Path, number: u16, wanted: u16, count: u16) -> Result<PathBuf, ModelProblem> {
    let ending = |number: u16| format!("-{:05}-of-{count:05}.gguf", u32::from(number) + 1);
    let file_name = path.file_name().and_then(|name| name.to_str());
    match file_name.and_then(|name| name.strip_suffix(&ending(number))) {
        Some(stem) => Ok(path.with_file_name(format!("{stem}{}", ending(wanted)))),
        None => Err(ModelProblem::PartRenamed { path: path.to_path_buf(), number, count }),
    }
}

fn later_part(path: &Path, number: u16, count: u16) -> ModelProblem {
    match part_path(path, number, 0, count) {
        Ok(first) if first.exists() => ModelProblem::NotTheFirstPart { path: path.to_path_buf(), first },
        Ok(part) => ModelProblem::PartMissing { path: path.to_path_buf(), part },
        Err(problem) => problem,
    }
}

/// Checks the other parts, and adds what they hold to `header`.
fn add_other_parts(header: &mut Header, first: Part, path: &Path, count: u16) -> Result<(), ModelProblem> {
    let parts: Vec<PathBuf> = (1..count).map(|wanted| part_path(path, 0, wanted, count)).collect::<Result<_, _>>()?;
    if let Some(part) = parts.iter().find(|part| !part.exists()) {
        return Err(ModelProblem::PartMissing { path: path.to_path_buf(), part: part.clone() });
    }
    let expected = first.number("split.tensors.count");
    let mut names = first.tensors.names;
    for (number, part_path) in (1..count).zip(&parts) {
        let part = load_part(part_path)?;
        let is_as_expected = split_of(&part, part_path)? == Some((number, count));
        let name_count = names.len() + part.tensors.names.len();
        names.extend(&part.tensors.names);
        if !is_as_expected || names.len() != name_count {
            let what = "it is not the part of the model that its name says".to_owned();
            return Err(ModelProblem::Damaged { path: part_path.clone(), what });
        }
        header.parameter_count = header.parameter_count.saturating_add(part.tensors.element_count);
        header.file_bytes = header.file_bytes.saturating_add(part.file_bytes);
    }
    if expected.is_some_and(|expected| expected != names.len() as u64) {
        let what = "its parts together do not hold as many tensors as they should".to_owned();
        return Err(ModelProblem::Damaged { path: path.to_path_buf(), what });
    }
    if !first.values.contains_key("general.size_label") {
        header.size_label = count_in_words(header.parameter_count);
    }
    Ok(())
}

// ---- families of models ------------------------------------------------------------------------------------------

/// Families that hold something other than a text model to put questions to.
const OTHER_ARCHITECTURES: [(&str, FileKind); 24] = [
    ("bert", FileKind::Embedding),
    ("modern-bert", FileKind::Embedding),
    ("nomic-bert", FileKind::Embedding),
    ("nomic-bert-moe", FileKind::Embedding),
    ("neo-bert", FileKind::Embedding),
    ("jina-bert-v2", FileKind::Embedding),
    ("jina-bert-v3", FileKind::Embedding),
    ("eurobert", FileKind::Embedding),
    ("gemma-embedding", FileKind::Embedding),
    ("llama-embed", FileKind::Embedding),
    ("t5encoder", FileKind::Embedding),
    ("clip", FileKind::Projector),
    ("controlvector", FileKind::Adapter),
    ("wavtokenizer-dec", FileKind::Speech),
    ("qwen3tts", FileKind::Speech),
    ("pockettts", FileKind::Speech),
    ("eagle3", FileKind::Draft),
    ("dflash", FileKind::Draft),
    ("gemma4-assistant", FileKind::Draft),
    ("t5", FileKind::Translator),
    ("dream", FileKind::Diffusion),
    ("llada", FileKind::Diffusion),
    ("llada-moe", FileKind::Diffusion),
    ("rnd1", FileKind::Diffusion),
];

/// Families of text models that the llama.cpp of llama-cpp-sys-2 0.1.161 knows (its `src/llama-arch.cpp`).
#[rustfmt::skip]
const TEXT_ARCHITECTURES: &[&str] = &[
    "afmoe", "apertus", "arcee", "arctic", "arwkv7", "baichuan", "bailingmoe", "bailingmoe2", "bailingmoe3",
    "bitnet", "bloom", "chameleon", "chatglm", "clef", "codeshell", "cogvlm", "cohere2", "cohere2moe", "command-r",
    "dbrx", "deci", "deepseek", "deepseek2", "deepseek2-ocr", "deepseek32", "deepseek4", "dots1", "dots3note",
    "ernie4_5", "ernie4_5-moe", "exaone", "exaone-moe", "exaone4", "falcon", "falcon-h1", "gemma", "gemma2",
    "gemma3", "gemma3n", "gemma4", "glm-dsa", "glm4", "glm4moe", "glm5-next", "gpt-oss", "gpt2", "gptj", "gptneox",
    "granite", "granite_swa", "granitehybrid", "granitemoe", "graniteswitch", "grok", "grovemoe", "hrm_text",
    "hunyuan-dense", "hunyuan-moe", "hunyuan_vl", "hy_v3", "hy_v4", "internlm2", "jais", "jais2", "jamba",
    "kimi-k3", "kimi-linear", "laguna", "lfm2", "lfm2moe", "llama", "llama4", "maincoder", "mamba", "mamba2",
    "maple", "mellum", "mimo2", "minicpm", "minicpm3", "minimax-01", "minimax-m2", "minimax-m3", "mistral3",
    "mistral4", "mpt", "muse-glimmer", "nanbeige", "nemotron", "nemotron_h", "nemotron_h_moe", "olmo", "olmo2",
    "olmoe", "openelm", "orion", "paddleocr", "pangu-embedded", "phi2", "phi3", "phimoe", "plamo", "plamo2",
    "plamo3", "plm", "qwen", "qwen2", "qwen2moe", "qwen2vl", "qwen3", "qwen35", "qwen35moe", "qwen3moe",
    "qwen3next", "qwen3vl", "qwen3vlmoe", "qwen4exp", "refact", "rwkv6", "rwkv6qwen2", "rwkv7", "seed_oss",
    "smallthinker", "smollm3", "spark2_5", "stablelm", "starcoder", "starcoder2", "step35", "talkie", "xverse",
];

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Writes tiny GGUF files, right and wrong ones.
    #[derive(Clone)]
    pub(crate) struct Writer {
        version: u32,
        entries: Vec<(String, Vec<u8>)>,
        /// Name, dimensions, storage type, size in bytes.
        tensors: Vec<(String, Vec<u64>, u32, u64)>,
    }

    fn string(text: &str) -> Vec<u8> {
        [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
    }

    impl Writer {
        pub(crate) fn empty() -> Self {
            Self { version: 3, entries: Vec::new(), tensors: Vec::new() }
        }

        /// A model that llama.cpp's reader of headers would accept: two layers, 64 wide, two tensors.
        pub(crate) fn llama() -> Self {
            Self::empty()
                .text("general.architecture", "llama")
                .text("general.name", "Tiny Llama")
                .number("general.file_type", 15)
                .number("llama.context_length", 4096)
                .number("llama.embedding_length", 64)
                .number("llama.block_count", 2)
                .number("llama.attention.head_count", 4)
                .number("llama.attention.head_count_kv", 2)
                .text("tokenizer.ggml.model", "llama")
                .texts(TOKENS, &["<s>", "</s>", "a", "b", "", ""])
                .tensor("token_embd.weight", &[64, 6], 0, 64 * 6 * 4)
                .tensor("output.weight", &[64, 6], 8, 2 * 34 * 6)
        }

        fn entry(mut self, key: &str, value_type: u32, value: Vec<u8>) -> Self {
            self.entries.retain(|(old, _)| old != key);
            self.entries.push((key.to_owned(), [value_type.to_le_bytes().to_vec(), value].concat()));
            self
        }

        pub(crate) fn number(self, key: &str, number: u32) -> Self {
            self.entry(key, 4, number.to_le_bytes().to_vec())
        }

        pub(crate) fn text(self, key: &str, text: &str) -> Self {
            self.entry(key, value_type::STRING, string(text))
        }

        pub(crate) fn numbers(self, key: &str, numbers: &[u32]) -> Self {
            let start = [4_u32.to_le_bytes().to_vec(), (numbers.len() as u64).to_le_bytes().to_vec()].concat();
            self.entry(key, value_type::ARRAY, numbers.iter().fold(start, |all, n| [all, n.to_le_bytes().to_vec()].concat()))
        }

        pub(crate) fn texts(self, key: &str, texts: &[&str]) -> Self {
            let start = [8_u32.to_le_bytes().to_vec(), (texts.len() as u64).to_le_bytes().to_vec()].concat();
            self.entry(key, value_type::ARRAY, texts.iter().fold(start, |all, text| [all, string(text)].concat()))
        }

        pub(crate) fn without(mut self, key: &str) -> Self {
            self.entries.retain(|(old, _)| old != key);
            self
        }

        pub(crate) fn without_tensors(mut self) -> Self {
            self.tensors.clear();
            self
        }

        pub(crate) fn tensor(mut self, name: &str, dimensions: &[u64], storage: u32, bytes: u64) -> Self {
            self.tensors.push((name.to_owned(), dimensions.to_vec(), storage, bytes));
            self
        }

        pub(crate) fn header_bytes(&self) -> Vec<u8> {
            let mut out = b"GGUF".to_vec();
            out.extend(self.version.to_le_bytes());
            out.extend((self.tensors.len() as u64).to_le_bytes());
            out.extend((self.entries.len() as u64).to_le_bytes());
            for (key, value) in &self.entries {
                out.extend(string(key));
                out.extend(value);
            }
            let mut offset = 0_u64;
            for (name, dimensions, storage, bytes) in &self.tensors {
                out.extend(string(name));
                out.extend((dimensions.len() as u32).to_le_bytes());
                dimensions.iter().for_each(|extent| out.extend(extent.to_le_bytes()));
                out.extend(storage.to_le_bytes());
                out.extend(offset.to_le_bytes());
                offset += bytes.next_multiple_of(DEFAULT_ALIGNMENT);
            }
            out
        }

        pub(crate) fn bytes(&self) -> Vec<u8> {
            let mut out = self.header_bytes();
            out.resize(out.len().next_multiple_of(DEFAULT_ALIGNMENT as usize), 0);
            for (_, _, _, bytes) in &self.tensors {
                out.resize(out.len() + bytes.next_multiple_of(DEFAULT_ALIGNMENT) as usize, 7);
            }
            out
        }

        pub(crate) fn write(&self, path: &Path) {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, self.bytes()).unwrap();
        }
    }

    fn read(bytes: &[u8]) -> Result<Header, ModelProblem> {
        let path = Path::new("model.gguf");
        let part = parse_part(io::Cursor::new(bytes), bytes.len() as u64, path)?;
        describe(&part, path)
    }

    fn message(bytes: &[u8]) -> String {
        read(bytes).expect_err("this file should be refused").to_string()
    }

    #[track_caller]
    fn assert_says(message: &str, words: &str) {
        assert!(message.starts_with("model.gguf: "), "the message should name the file: {message}");
        assert!(message.contains(words), "{message:?} should contain {words:?}");
        assert!(message.ends_with('.'), "the message should be a full sentence: {message}");
    }

    #[test]
    fn a_whole_file_is_described() {
        let header = read(&Writer::llama().bytes()).unwrap();
        assert_eq!(header.architecture, "llama");
        assert_eq!(header.kind, FileKind::TextModel);
        assert_eq!(header.name.as_deref(), Some("Tiny Llama"));
        assert_eq!(header.quantisation.as_deref(), Some("Q4_K_M"));
        assert_eq!(header.context_length, Some(4096));
        assert_eq!((header.key_length, header.value_length), (Some(16), Some(16)));
        assert_eq!((header.head_count, header.head_count_kv), (Some(4), Some(2)));
        assert_eq!(header.head_count_kv_of_all_layers, 4);
        assert_eq!(header.parameter_count, 2 * 64 * 6);
        assert_eq!(header.size_label, "0K");
        assert!(!header.has_chat_template);
        assert!(header.tensors_end_bytes <= header.file_bytes);
        assert_eq!(problem_with(Path::new("model.gguf"), &header), None);
    }

    #[test]
    fn licence_and_origin_are_read() {
        let writer = Writer::llama()
            .text("general.license", "other")
            .text("general.license.name", "llama3.2")
            .text("general.license.link", "https://example.org/licence")
            .text("general.quantized_by", "Ada\u{1b}[31m\u{202e}x")
            .number("general.base_model.count", 2)
            .text("general.base_model.0.name", "Base")
            .text("general.base_model.0.organization", "Makers")
            .text("general.base_model.1.repo_url", "https://example.org/base")
            .texts("general.datasets", &["a/b", "c/d"])
            .text(CHAT_TEMPLATE, "{{ messages }}");
        let header = read(&writer.bytes()).unwrap();
        assert_eq!(header.licence.as_deref(), Some("other"));
        assert_eq!(header.licence_name.as_deref(), Some("llama3.2"));
        assert_eq!(header.licence_link.as_deref(), Some("https://example.org/licence"));
        assert_eq!(header.quantised_by.as_deref(), Some("Ada [31mx"), "nothing in it can command a terminal");
        assert_eq!(header.base_models, ["Makers/Base", "https://example.org/base"]);
        assert_eq!(header.datasets, ["a/b", "c/d"]);
        assert_eq!(header.chat_template.as_deref(), Some("{{ messages }}"));
    }

    #[test]
    fn long_texts_are_cut_and_too_long_templates_left_out() {
        let writer = Writer::llama().text("general.name", &"é".repeat(600)).text(CHAT_TEMPLATE, &"x".repeat((1 << 20) + 1));
        let header = read(&writer.bytes()).unwrap();
        let name = header.name.unwrap();
        assert!(name.ends_with("é…") && name.len() < 520, "{name}");
        assert!(header.has_chat_template);
        assert_eq!(header.chat_template, None);
    }

    #[test]
    fn other_formats_are_recognised() {
        for (bytes, words) in [
            (&b""[..], "the file is empty"),
            (b"<!DOCTYPE html><html>", "web page"),
            (b"\xEF\xBB\xBF \n<html>", "web page"),
            (b"PK\x03\x04abcdefgh", "zip archive"),
            (b"\x80\x02}q\x00", "pickle"),
            (b"\x10\x20\0\0\0\0\0\0{\"a\"", "safetensors"),
            (b"lmgg\0\0\0\0", "GGML"),
            (b"tjgg\0\0\0\0", "GGML"),
            (b"\x1F\x8B\x08\0", "gzip"),
            (b"version https://git-lfs.github.com/spec/v1\noid", "LFS"),
            (b"{\"error\": \"no\"}", "JSON"),
            (b"Entry not found", "ordinary text"),
            (b"\0\0\0\0\0\0\0\0\0\0", "reserved"),
            (b"\x01\x02\x03\xFF\xFE", "something else"),
        ] {
            assert_says(&message(bytes), words);
        }
    }

    #[test]
    fn versions_and_byte_order_are_checked() {
        let with = |version: u32| message(&Writer { version, ..Writer::llama() }.bytes());
        assert_says(&with(1), "too old");
        assert_says(&with(0), "too old");
        assert_says(&with(4), "newer than this copydesk");
        assert_says(&with(3_u32.swap_bytes()), "big-endian");
        assert!(read(&Writer { version: 2, ..Writer::llama() }.bytes()).is_ok());
    }

    #[test]
    fn a_download_that_stopped_says_how_much_is_missing() {
        let bytes = Writer::llama().bytes();
        let header_bytes = Writer::llama().header_bytes().len();
        for length in 1..header_bytes {
            let said = message(&bytes[..length]);
            assert_says(&said, "the download is not complete; fetch it again");
        }
        assert_says(&message(&bytes[..header_bytes + 100]), "but its header promises 2 kB");
        let end = read(&bytes).unwrap().tensors_end_bytes as usize;
        assert_says(&message(&bytes[..end - 1]), &format!("the file is {} bytes but its header promises {end} bytes", end - 1));
        assert!(read(&bytes[..end]).is_ok(), "the padding after the last tensor may be missing");
        let problem =
            ModelProblem::CutShort { path: PathBuf::from("m.gguf"), file_bytes: 512_000_000, promised_bytes: Some(1_117_320_736) };
        assert_eq!(
            problem.to_string(),
            "m.gguf: the file is 512 MB but its header promises 1.1 GB: the download is not complete; fetch it again."
        );
    }

    #[test]
    fn damaged_headers_are_refused() {
        let llama = Writer::llama;
        let mut twice = llama();
        twice.entries.push(twice.entries[0].clone());
        let mut nested = llama();
        nested.entries.push(("x".to_owned(), [9_u32.to_le_bytes(), 9_u32.to_le_bytes(), [1, 0, 0, 0], [0; 4]].concat()));
        for (writer, words) in [
            (twice, "stands there twice"),
            (nested, "of a kind that does not exist"),
            (llama().number("general.alignment", 48), "power of two"),
            (llama().number("general.alignment", 2 << 20), "power of two"),
            (llama().text("general.alignment", "32"), "power of two"),
            (llama().without("general.architecture"), "what family"),
            (llama().without("llama.block_count"), "how large"),
            (llama().number("llama.embedding_length", 0), "how large"),
            (llama().without(TOKENS), "no vocabulary"),
            (llama().text(TOKENS, "a"), "not a list"),
            (llama().texts(TOKENS, &["a", "b", "a"]), "a word stands twice in its vocabulary"),
            (llama().numbers("tokenizer.ggml.token_type", &[1, 1]), "vocabulary is not complete"),
            (llama().tensor("output.weight", &[64], 0, 256), "same name"),
            (llama().tensor("x", &[63], 8, 34), "does not suit its storage"),
            (llama().tensor("x", &[1; 5], 0, 4), "more than four dimensions"),
            (llama().tensor("x", &[1 << 40, 1 << 40], 0, 4), "impossibly large"),
            (llama().tensor("x", &[1 << 45], 0, 4), "impossibly large"),
            (llama().tensor(&"x".repeat(64), &[1], 0, 4), "impossibly long"),
        ] {
            assert_says(&message(&writer.bytes()), words);
        }
        assert_says(&message(&llama().tensor("x", &[32], 31, 4).bytes()), "stored in a way that this copydesk cannot read (number 31)");
    }

    #[test]
    fn claims_are_not_believed() {
        let mut bytes = Writer::llama().bytes();
        bytes[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_says(&message(&bytes), "more tensors than any model");
        let mut bytes = Writer::llama().bytes();
        bytes[16..24].copy_from_slice(&65_537_u64.to_le_bytes());
        assert_says(&message(&bytes), "more header entries than any model");
        let mut long = Writer::empty().text("general.name", "x");
        long.entries[0].1[4..12].copy_from_slice(&(65_u64 << 20).to_le_bytes());
        assert_says(&message(&long.bytes()), "a text in its header is impossibly long");
        let mut list = Writer::empty().texts("general.tags", &["x"]);
        list.entries[0].1[8..16].copy_from_slice(&(17_u64 << 20).to_le_bytes());
        assert_says(&message(&list.bytes()), "a list in its header is impossibly long");
    }

    #[test]
    fn tensors_must_follow_one_another() {
        let writer = Writer::llama();
        let mut bytes = writer.bytes();
        let at = writer.header_bytes().len() - 8;
        bytes[at] ^= 0x20;
        assert_says(&message(&bytes), "does not add up");
    }

    #[test]
    fn files_that_are_no_text_models_are_told_apart() {
        let llama = Writer::llama;
        for (writer, kind) in [
            (llama().text("general.architecture", "bert"), FileKind::Embedding),
            (llama().number("llama.pooling_type", 3), FileKind::Embedding),
            (Writer::empty().text("general.architecture", "clip"), FileKind::Projector),
            (llama().text("general.type", "adapter"), FileKind::Adapter),
            (Writer::empty().text("general.type", "imatrix"), FileKind::Statistics),
            (llama().text("general.architecture", "dream"), FileKind::Diffusion),
            (llama().without_tensors(), FileKind::Vocabulary),
            (llama().number("llama.pooling_type", 0), FileKind::TextModel),
        ] {
            let header = read(&writer.bytes()).unwrap();
            assert_eq!(header.kind, kind);
            let problem = problem_with(Path::new("model.gguf"), &header);
            assert_eq!(problem.is_some(), kind != FileKind::TextModel);
            if let Some(problem) = problem {
                assert_says(&problem.to_string(), &kind.to_string());
                assert!(!problem.is_only_a_warning());
            }
        }
    }

    #[test]
    fn an_unknown_family_is_a_warning_and_one_for_ollama_is_not() {
        let family = |name: &str| {
            Writer::llama()
                .text("general.architecture", name)
                .number(&format!("{name}.context_length"), 4096)
                .number(&format!("{name}.embedding_length"), 64)
                .number(&format!("{name}.block_count"), 2)
        };
        let problem = |writer: Writer| problem_with(Path::new("model.gguf"), &read(&writer.bytes()).unwrap());
        let unknown = problem(family("llama17")).unwrap();
        assert_says(&unknown.to_string(), "\"llama17\", is not one that this copydesk knows");
        assert!(unknown.is_only_a_warning());
        assert_says(&problem(family("gptoss")).unwrap().to_string(), "for Ollama alone");
        assert_says(&problem(family("gemma3")).unwrap().to_string(), "for Ollama alone");
        assert_eq!(problem(family("gemma3").number("gemma3.attention.layer_norm_rms_epsilon", 1)), None);
        assert_eq!(problem(family("qwen3")), None);
    }

    #[test]
    fn files_on_disk_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let said = |name: &str| read_header(&folder.path().join(name)).unwrap_err().to_string();
        std::fs::write(folder.path().join("plain.gguf"), "").unwrap();
        assert!(said("none.gguf").contains("there is no such file"));
        assert!(said("plain.gguf/x").contains("there is no such file"));
        assert!(said("plain.gguf").contains("the file is empty"));
        assert!(said("").contains("this is a folder"));
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(problem_of_io(Path::new("m.gguf"), &denied).to_string().contains("permission"));
        let broken = io::Error::other("input/output error");
        assert!(problem_of_io(Path::new("m.gguf"), &broken).to_string().contains("reading stopped (input/output error)"));
    }

    /// A model in three files: the first without tensors, as llama.cpp's own tool can make them.
    pub(crate) fn write_split(folder: &Path, stem: &str) -> Vec<PathBuf> {
        let part = |writer: Writer, number: u32| {
            let path = folder.join(format!("{stem}-{:05}-of-00003.gguf", number + 1));
            let writer = writer.number("split.no", number).number("split.count", 3).number("split.tensors.count", 2);
            writer.write(&path);
            path
        };
        vec![
            part(Writer::llama().without_tensors(), 0),
            part(Writer::empty().tensor("a", &[64, 6], 0, 64 * 6 * 4), 1),
            part(Writer::empty().tensor("b", &[64, 6], 0, 64 * 6 * 4), 2),
        ]
    }

    #[test]
    fn a_model_in_several_files_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let parts = write_split(folder.path(), "m");
        let header = read_header(&parts[0]).unwrap();
        assert_eq!(header.split, Some((0, 3)));
        assert_eq!(header.kind, FileKind::TextModel);
        assert_eq!(header.parameter_count, 2 * 64 * 6);
        assert_eq!(header.file_bytes, parts.iter().map(|part| part.metadata().unwrap().len()).sum::<u64>());

        let later = read_header(&parts[1]).unwrap_err().to_string();
        assert!(later.contains("Name the first part") && later.contains("m-00001-of-00003.gguf"), "{later}");
        let renamed = folder.path().join("renamed.gguf");
        std::fs::copy(&parts[0], &renamed).unwrap();
        assert!(read_header(&renamed).unwrap_err().to_string().contains("-00001-of-00003.gguf for this one"));
        std::fs::copy(&parts[1], &parts[2]).unwrap();
        assert!(read_header(&parts[0]).unwrap_err().to_string().contains("not the part of the model"));
        std::fs::remove_file(&parts[2]).unwrap();
        let missing = read_header(&parts[0]).unwrap_err().to_string();
        assert!(missing.contains("is missing") && missing.contains("m-00003-of-00003.gguf"), "{missing}");
        std::fs::remove_file(&parts[0]).unwrap();
        assert!(matches!(read_header(&parts[1]), Err(ModelProblem::PartMissing { .. })));
    }

    #[test]
    fn memory_is_weights_and_what_is_remembered_and_room_to_work() {
        let header = read(&Writer::llama().bytes()).unwrap();
        // 2 layers × 2 heads × 16 numbers × (key + value) × 2 bytes.
        assert_eq!(memory_needed(&header, 0), header.file_bytes + 300_000_000);
        assert_eq!(memory_needed(&header, 1000) - memory_needed(&header, 0), 2 * 2 * 16 * 2 * 2 * 1000);
        assert_eq!(memory_needed(&header, u64::MAX), u64::MAX);
        let mixed = Writer::llama().numbers("llama.attention.head_count_kv", &[0, 2]);
        let mixed = read(&mixed.bytes()).unwrap();
        assert_eq!(memory_needed(&mixed, 1000) - memory_needed(&mixed, 0), 2 * 16 * 2 * 2 * 1000);
        let fewer = read(&Writer::llama().without("llama.attention.head_count_kv").bytes()).unwrap();
        assert_eq!(fewer.head_count_kv_of_all_layers, 8, "without an entry of their own they are as many as the heads");
    }

    #[test]
    fn instruction_tuning_is_guessed_from_the_name_first() {
        let with = |name: &str, template: bool| {
            let writer = Writer::llama().text("general.name", name);
            let writer = if template { writer.text(CHAT_TEMPLATE, "x") } else { writer };
            is_instruction_tuned(&read(&writer.bytes()).unwrap())
        };
        assert!(with("Qwen2.5 1.5B Instruct", false));
        assert!(with("gemma-3-4b-it", false));
        assert!(with("Qwen3 8B", true));
        assert!(!with("Qwen3 8B Base", true));
        assert!(!with("Llama Guard 3 8B Instruct", true));
        assert!(!with("Llama 3 8B", false));
        assert!(!with("Italian Poems", false), "only whole words count");
    }

    #[test]
    fn storage_types_agree_with_what_they_are_made_of() {
        // Bytes per block, built up from the fields of llama.cpp's structs, for those where the sum is least obvious.
        let half = 2;
        assert_eq!(block_of(12), Some((256, 2 * half + 12 + 256 / 2)));
        assert_eq!(block_of(11), Some((256, half + 256 / 4 + 256 / 8 + 12)));
        assert_eq!(block_of(15), Some((256, 4 + 256 + 256 / 16 * 2)));
        assert_eq!(block_of(21), Some((256, half + 13 * (256 / 32) + 256 / 64)));
        assert_eq!(block_of(22), Some((256, half + 256 / 4 + 256 / 16)));
        assert_eq!(block_of(23), Some((256, half + 2 + 256 / 64 + 256 / 2)));
        assert_eq!(block_of(29), Some((256, 256 / 8 + 256 / 16 + 256 / 32)));
        assert_eq!(block_of(34), Some((256, half + 256 / 64 + (256 - 4 * 256 / 64) / 5)));
        assert_eq!(block_of(40), Some((64, 64 / 16 + 64 / 2)));
        assert_eq!(block_of(4), None);
    }

    /// SplitMix64: the same mutations on every machine.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) % sides as u64) as usize
        }
    }

    #[test]
    fn no_mutation_makes_it_panic() {
        let writer = Writer::llama().text(CHAT_TEMPLATE, "x").texts("general.datasets", &["a", "b"]);
        let whole = writer.numbers("llama.attention.head_count_kv", &[2, 2]).bytes();
        let header_bytes = whole.len() - 64 * 6 * 4;
        let mut dice = Dice(1);
        let mut refused = 0;
        for _ in 0..5_000 {
            let mut bytes = whole.clone();
            for _ in 0..=dice.roll(4) {
                let at = dice.roll(header_bytes);
                let values = [0, 1, 0x7F, 0x80, 0xFF, bytes[at] ^ (1 << dice.roll(8)), dice.roll(256) as u8];
                bytes[at] = values[dice.roll(values.len())];
            }
            if dice.roll(10) == 0 {
                bytes.truncate(dice.roll(whole.len()));
            }
            match read(&bytes) {
                Ok(header) => {
                    memory_needed(&header, 8192);
                    problem_with(Path::new("model.gguf"), &header);
                }
                Err(problem) => {
                    refused += 1;
                    assert!(problem.to_string().starts_with("model.gguf: "));
                }
            }
        }
        assert!(refused > 1_000, "the mutations should hurt: {refused} were refused");
    }
}
