//! The entries of a header: which are kept, how their values are read, and the vocabulary, checked word by word.

use super::problem::ModelProblem;
use super::reader::{
    ARRAY_LIMIT, CHAT_TEMPLATE, CHAT_TEMPLATE_KEPT_BYTES, KEY_NAME_LIMIT_BYTES, LIST_KEPT, NAMES_KEPT, Reader, STRING_LIMIT_BYTES, TOKENS,
    VOCABULARY_LIMIT, Value, Vocabulary,
};
use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Seek};

/// Entries about the architecture that are kept; each stands in the file as `llama.context_length`, and so on.
pub(super) const KEPT_OF_ARCHITECTURE: [&str; 9] = [
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
pub(super) const KEPT_OF_TOKENIZER: [&str; 4] =
    ["tokenizer.ggml.model", "tokenizer.ggml.scores", "tokenizer.ggml.token_type", CHAT_TEMPLATE];

pub(super) fn is_kept(key: &str) -> bool {
    key.len() <= 128
        && (key.starts_with("general.")
            || key.starts_with("adapter.")
            || key.starts_with("split.")
            || KEPT_OF_TOKENIZER.contains(&key)
            || key.split_once('.').is_some_and(|(_, rest)| KEPT_OF_ARCHITECTURE.contains(&rest)))
}

/// The numbers by which GGUF names the types of values.
pub(super) mod value_type {
    pub const SINGLE: u32 = 6;
    pub const BOOL: u32 = 7;
    pub const STRING: u32 = 8;
    pub const ARRAY: u32 = 9;
}

/// Bytes of one number of this type; none for strings, arrays and unknown types.
pub(super) fn number_bytes(value_type: u32) -> Option<u64> {
    match value_type {
        0 | 1 | value_type::BOOL => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

pub(super) type Entries = (BTreeMap<String, Value>, Option<Vocabulary>);

impl<R: Read + Seek> Reader<'_, R> {
    pub(super) fn entries(&mut self, count: u64) -> Result<Entries, ModelProblem> {
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

    pub(super) fn value(&mut self, key: &str, value_type: u32) -> Result<Value, ModelProblem> {
        match value_type {
            value_type::STRING if key == CHAT_TEMPLATE => self.chat_template(),
            value_type::STRING => self.line().map(Value::Text),
            value_type::ARRAY => self.list(),
            value_type::SINGLE => self.skip_value(value_type).map(|()| Value::Single),
            _ => Ok(self.number(value_type)?.map_or(Value::Other { length: 1 }, Value::Number)),
        }
    }

    pub(super) fn chat_template(&mut self) -> Result<Value, ModelProblem> {
        let mut bytes = Vec::new();
        let length = self.string(&mut bytes, CHAT_TEMPLATE_KEPT_BYTES)?;
        if length > CHAT_TEMPLATE_KEPT_BYTES {
            return Ok(Value::Other { length });
        }
        Ok(Value::Text(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A number that is whole and not negative; none for others.
    pub(super) fn number(&mut self, value_type: u32) -> Result<Option<u64>, ModelProblem> {
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
    pub(super) fn list_start(&mut self) -> Result<(u32, u64), ModelProblem> {
        let item_type = self.u32()?;
        let length = self.count(ARRAY_LIMIT, "a list in its header is impossibly long")?;
        Ok((item_type, length))
    }

    pub(super) fn list(&mut self) -> Result<Value, ModelProblem> {
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

    pub(super) fn skip_value(&mut self, value_type: u32) -> Result<(), ModelProblem> {
        if value_type == value_type::ARRAY {
            let (item_type, length) = self.list_start()?;
            return self.skip_items(item_type, length);
        }
        self.skip_items(value_type, 1)
    }

    pub(super) fn skip_items(&mut self, item_type: u32, length: u64) -> Result<(), ModelProblem> {
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
    pub(super) fn vocabulary(&mut self, value_type: u32) -> Result<Vocabulary, ModelProblem> {
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
pub(super) fn short_hash(bytes: &[u8]) -> u128 {
    let hash = blake3::hash(bytes);
    hash.as_bytes().iter().take(16).fold(0, |short, byte| short << 8 | u128::from(*byte))
}
