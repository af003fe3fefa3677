//! The adapters that came with this program, and which models they fit.

use super::{READER, verdict};
use crate::model::{Fingerprint, ModelQueue};
use crate::text::ContentHash;

/// A trained change to one base model.
#[derive(Debug)]
pub struct Adapter {
    /// The base, as its makers call it.
    pub base: &'static str,
    /// What all quantisations of the base have in common, as `gguf::base_identity` computes it, in hexadecimal digits.
    identity: &'static str,
    /// The file's name and its bytes.
    pub file_name: &'static str,
    /// What a server calls it that serves it beside its base under a name of its own.
    pub served_as: &'static str,
    /// The hash of its bytes in hexadecimal digits, for programs that carry none: an author's server may have it all the same.
    digits: &'static str,
    pub bytes: &'static [u8],
    /// How much of what stands before a passage it was trained to be shown, in sentences.
    pub sentences_before: usize,
    /// What reading with it costs, as a multiple of the first: measured on two processor cores, in seconds for the same passages.
    pub cost: f64,
    /// How far its verdict is to be trusted: fitted by `engine/notes/training/calibrate.py` over stories that were kept out of its training and
    /// the half of `tests/prose` that rules may be written with. Deaths are too few there, and pairs that only their owner ties
    /// together were not looked at; their weights are set by hand.
    pub weights: verdict::Weights,
    /// Clashes that it holds less probable are none: below, twins of those stories are flagged faster than contradictions are found.
    pub least_probability: f64,
}

/// The bytes of an adapter; a program without a model inside carries none.
macro_rules! adapter_bytes {
    ($file:literal) => {
        if cfg!(feature = "llama") { include_bytes!(concat!("adapters/", $file)).as_slice() } else { &[] }
    };
}

/// All of them, the smallest base first.
pub static ADAPTERS: [Adapter; 2] = [
    Adapter {
        base: "Qwen2.5-Coder-0.5B-Instruct",
        identity: "3ec47510612e4c208d675ac76c90c24b9bfcd45fe4d8e9777764a465565f9bdb",
        file_name: "reader-qwen2.5-coder-0.5b.gguf",
        served_as: "copydesk-reader-0.5b",
        digits: "22fb61730fae69086356fd7198e70f500588e9b8ef11222f77ee8b8a64976736",
        bytes: adapter_bytes!("reader-qwen2.5-coder-0.5b.gguf"),
        sentences_before: 3,
        cost: 1.0,
        weights: [1.57, 1.45, 0.68, -0.23, -1.75, -0.23, -0.84, 0.26, -0.13, 0.21, -0.56, 1.14, -0.66, 1.0, 0.5, -1.0],
        least_probability: 0.45,
    },
    Adapter {
        base: "Qwen2.5-Coder-1.5B-Instruct",
        identity: "523339178e779e384f472506b13c671b981a0bd7750b0578d3c235c517d2f8bf",
        file_name: "reader-qwen2.5-coder-1.5b.gguf",
        served_as: "copydesk-reader-1.5b",
        digits: "bbc61be1f9261d94bbe68c76c82884a49dc11e02ad4f5a8e0e5d12ecdb1c57d4",
        bytes: adapter_bytes!("reader-qwen2.5-coder-1.5b.gguf"),
        sentences_before: 3,
        cost: 1.9,
        weights: [1.44, 0.93, 1.1, 0.01, -1.43, -0.36, -0.31, -0.15, 0.01, 0.25, -0.48, 1.0, -0.85, 1.0, 0.5, -1.0],
        least_probability: 0.55,
    },
];

impl Adapter {
    /// What all quantisations of its base have in common, as [`fitting`] takes it.
    #[cfg(test)]
    pub fn identity(&self) -> &'static str {
        self.identity
    }

    /// The hash of its bytes, a part of the key of every reply.
    pub fn hash(&self) -> ContentHash {
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(self.digits.as_bytes().chunks(2)) {
            // A test holds the digits against the file.
            *byte = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or_default();
        }
        ContentHash(hash)
    }
}

/// The adapter for a base, by what its quantisations have in common, in hexadecimal digits.
pub fn fitting(identity: &str) -> Option<&'static Adapter> {
    ADAPTERS.iter().find(|adapter| adapter.identity == identity)
}

/// The adapter with these bytes.
pub fn with_hash(hash: ContentHash) -> Option<&'static Adapter> {
    ADAPTERS.iter().find(|adapter| adapter.hash() == hash)
}

/// The reader's adapter that a model can be asked with.
pub fn of_model(model: &Fingerprint) -> Option<&'static Adapter> {
    with_hash(*model.adapters.get(READER)?)
}

/// The adapter that a desk asks its model with.
pub fn of_desk(desk: &ModelQueue) -> Option<&'static Adapter> {
    with_hash(desk.adapter(READER)?)
}

/// The adapter whose file has this name.
pub fn with_file_name(name: &str) -> Option<&'static Adapter> {
    ADAPTERS.iter().find(|adapter| adapter.file_name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_the_hash_of_its_file() {
        for adapter in &ADAPTERS {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/notes/adapters").join(adapter.file_name);
            let bytes = std::fs::read(path).unwrap();
            assert_eq!(adapter.hash().to_string(), ContentHash::of(&bytes).to_string(), "{}", adapter.file_name);
            assert!(adapter.bytes.is_empty() || adapter.bytes == bytes);
        }
    }
}
