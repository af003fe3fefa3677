//! One GGUF file, read as far as its weights: a reader that knows how much of the file is left, and limits on what a file may claim.

use super::problem::{ModelProblem, OLDEST_VERSION, problem_of_io, problem_of_other_format};
use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

pub(super) const NEWEST_VERSION: u32 = 3;
/// Limits on what a file may claim, well above every real model (which has below 3,000 tensors and 300,000 tokens).
pub(super) const KEY_LIMIT: u64 = 65_536;
pub(super) const TENSOR_LIMIT: u64 = 65_536;
pub(super) const KEY_NAME_LIMIT_BYTES: u64 = 65_535;
pub(super) const STRING_LIMIT_BYTES: u64 = 64 << 20;
pub(super) const ARRAY_LIMIT: u64 = 16 << 20;
/// Every token costs us 17 bytes while its file is read, so this bounds our own memory at about 64 MB.
pub(super) const VOCABULARY_LIMIT: u64 = 2 << 20;
pub(super) const ALIGNMENT_LIMIT: u64 = 1 << 20;
pub(super) const DEFAULT_ALIGNMENT: u64 = 32;
pub(super) const TENSOR_NAME_LIMIT_BYTES: u64 = 63;
pub(super) const DIMENSION_LIMIT: u32 = 4;
/// Real headers have below 64 MB, nearly all of it vocabulary. This also bounds the time that reading one takes.
pub(super) const HEADER_LIMIT_BYTES: u64 = 512 << 20;
/// No model has 16 TiB; a header that promises more is damaged, not cut short.
pub(super) const MODEL_LIMIT_BYTES: u64 = 1 << 44;
/// What is kept of ordinary texts, and of a chat template.
pub(super) const TEXT_KEPT_BYTES: u64 = 512;
pub(super) const CHAT_TEMPLATE_KEPT_BYTES: u64 = 1 << 20;
/// What is kept of a list: layers in a list of numbers, names in a list of texts.
pub(super) const LIST_KEPT: u64 = 4_096;
pub(super) const NAMES_KEPT: u64 = 64;

pub(super) const TOKENS: &str = "tokenizer.ggml.tokens";
pub(super) const CHAT_TEMPLATE: &str = "tokenizer.chat_template";

/// One GGUF file, read as far as its weights.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) values: BTreeMap<String, Value>,
    pub(super) vocabulary: Option<Vocabulary>,
    pub(super) tensors: Tensors,
    pub(super) file_bytes: u64,
}

/// A value of the header that someone here asks for.
#[derive(Debug)]
pub(super) enum Value {
    Number(u64),
    Numbers(Vec<u64>),
    Text(String),
    Texts(Vec<String>),
    /// A single-precision number.
    Single,
    /// Present, but not kept: a fraction, a text that is too long, or a list of which only the length matters.
    Other {
        length: u64,
    },
}

#[derive(Debug)]
pub(super) struct Vocabulary {
    pub(super) token_count: u64,
    pub(super) has_repeated_token: bool,
}

/// What the table says of a tensor.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) name: String,
    /// The width first.
    pub(super) extents: Vec<u64>,
    /// ggml's number for how its elements are stored.
    pub(super) storage: u32,
    /// From where the weights begin, in bytes.
    pub(super) start: u64,
    pub(super) bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tensors {
    /// The first 16 bytes of each name's BLAKE3 hash: names of 65,536 tensors in little memory.
    pub(super) names: HashSet<u128>,
    pub(super) element_count: u64,
    /// Where the weights begin and end in the file, in bytes.
    pub(super) start_bytes: u64,
    pub(super) end_bytes: u64,
    /// Those whose names are text, in the order of the file.
    pub(super) table: Vec<Tensor>,
}

pub(super) fn load_part(path: &Path) -> Result<Part, ModelProblem> {
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

/// Reads one file from `input`, which holds `file_bytes` bytes; `path` is only for messages.
pub(super) fn parse_part<R: Read + Seek>(input: R, file_bytes: u64, path: &Path) -> Result<Part, ModelProblem> {
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
pub(super) fn alignment_of(values: &BTreeMap<String, Value>) -> Option<u64> {
    match values.get("general.alignment") {
        None => Some(DEFAULT_ALIGNMENT),
        Some(Value::Number(alignment)) if alignment.is_power_of_two() && *alignment <= ALIGNMENT_LIMIT => Some(*alignment),
        Some(_) => None,
    }
}

/// Reads numbers and strings from the start of a GGUF file, and knows how much of the file is left.
pub(super) struct Reader<'p, R> {
    pub(super) input: BufReader<R>,
    pub(super) path: &'p Path,
    pub(super) file_bytes: u64,
    pub(super) position: u64,
}

impl<R: Read + Seek> Reader<'_, R> {
    pub(super) fn damaged(&self, what: &str) -> ModelProblem {
        ModelProblem::Damaged { path: self.path.to_path_buf(), what: what.to_owned() }
    }

    pub(super) fn cut_short(&self) -> ModelProblem {
        ModelProblem::CutShort { path: self.path.to_path_buf(), file_bytes: self.file_bytes, promised_bytes: None }
    }

    pub(super) fn problem_of(&self, error: &io::Error) -> ModelProblem {
        // The file was long enough a moment ago: someone is still writing it, or it has just been replaced.
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return self.cut_short();
        }
        problem_of_io(self.path, error)
    }

    /// Accounts for `count` bytes that are about to be read.
    pub(super) fn advance(&mut self, count: u64) -> Result<(), ModelProblem> {
        if count > self.file_bytes.saturating_sub(self.position) {
            return Err(self.cut_short());
        }
        self.position += count;
        if self.position > HEADER_LIMIT_BYTES {
            return Err(self.damaged("its header is impossibly long"));
        }
        Ok(())
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], ModelProblem> {
        self.advance(N as u64)?;
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|error| self.problem_of(&error))?;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, ModelProblem> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, ModelProblem> {
        self.bytes().map(u64::from_le_bytes)
    }

    pub(super) fn count(&mut self, limit: u64, complaint: &str) -> Result<u64, ModelProblem> {
        let count = self.u64()?;
        if count > limit { Err(self.damaged(complaint)) } else { Ok(count) }
    }

    pub(super) fn skip(&mut self, count: u64) -> Result<(), ModelProblem> {
        self.advance(count)?;
        // A file is never longer than i64::MAX, and `advance` has compared with its length.
        let distance = i64::try_from(count).map_err(|_| self.cut_short())?;
        self.input.seek_relative(distance).map_err(|error| self.problem_of(&error))
    }

    /// Reads a string into `into`, if it has at most `keep_bytes` bytes; else skips it. Returns its length in bytes.
    pub(super) fn string(&mut self, into: &mut Vec<u8>, keep_bytes: u64) -> Result<u64, ModelProblem> {
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
    pub(super) fn name(&mut self, into: &mut Vec<u8>, limit_bytes: u64) -> Result<(), ModelProblem> {
        if self.string(into, limit_bytes)? > limit_bytes {
            return Err(self.damaged("a name in its header is impossibly long"));
        }
        Ok(())
    }

    /// Reads a text for people: cut at `TEXT_KEPT_BYTES`, on one line.
    pub(super) fn line(&mut self) -> Result<String, ModelProblem> {
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
    pub(super) fn magic(&mut self) -> Result<(), ModelProblem> {
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

/// A text from a file as one harmless line: no control characters, and none that turn the direction of writing.
pub(super) fn clean_line(text: &str) -> String {
    let turns_direction = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let visible = text.chars().filter(|c| !turns_direction(*c));
    let visible: String = visible.map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.trim().to_owned()
}
