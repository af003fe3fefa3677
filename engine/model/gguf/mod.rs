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

mod describe;
mod entries;
mod families;
mod lora;
mod norms;
mod parts;
mod problem;
mod reader;
mod storage;
mod tensors;
#[cfg(test)]
pub(crate) mod tests;
pub mod weights;

pub use lora::{Lora, LoraBase};
pub use norms::base_identity;
pub use problem::{ModelProblem, size_in_words};

use describe::describe;
use families::TEXT_ARCHITECTURES;
use parts::{add_other_parts, later_part, split_of};
use reader::load_part;
use std::fmt;
use std::path::Path;

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
