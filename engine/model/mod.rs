//! The language model: what may be asked of it, what it replies, and the desk that all scripts share.
//!
//! Invariant: a request is refused when it does not fit; nothing is ever cut from it.

pub mod desk;
pub mod gguf;
#[cfg(feature = "llama")]
pub mod llama;
pub mod scripted;
pub mod shape;
pub mod shelf;

pub use desk::{Desk, DeskCounts, ReplyMemory};
pub use shape::{Answer, Shape};

use crate::prompt::Prompt;
use crate::text::ContentHash;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use thiserror::Error;

/// Raised whenever a change makes old replies wrong: prompts laid out anew, another way of constraining, another llama.cpp.
pub const REPLY_VERSION: &str = "1";

/// One question to the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub prompt: Prompt,
    /// The passage as it may be quoted, without the template's words around it.
    pub quotable: Arc<str>,
    /// What the reply may look like; enforced while it is generated.
    pub shape: Shape,
    /// The most tokens a reply may have.
    pub reply_tokens: u32,
}

impl Request {
    /// The key under which the reply is remembered: everything the model sees and everything that decides what it says.
    pub fn key(&self, fingerprint: &Fingerprint) -> ContentHash {
        let shape = serde_json::to_string(&self.shape).unwrap_or_default();
        let prompt = self.prompt.hash();
        let limit = self.reply_tokens.to_le_bytes();
        ContentHash::of_parts([
            REPLY_VERSION.as_bytes(),
            &fingerprint.file_hash.0,
            fingerprint.settings.as_bytes(),
            &prompt.0,
            self.quotable.as_bytes(),
            shape.as_bytes(),
            &limit,
        ])
    }
}

/// Identity of a model and of the settings that change its replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Name for people.
    pub name: String,
    pub file_hash: ContentHash,
    /// Sampling and context in words, as `greedy, context 8192`.
    pub settings: String,
}

/// The model's words and what they cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub text: String,
    /// For a choice: the probability of each option, in their order, summing to 1.
    pub probabilities: Vec<f32>,
    /// Prompt tokens that had to be read.
    pub tokens_read: u32,
    /// Prompt tokens found in the KV cache.
    pub tokens_reused: u32,
    pub tokens_generated: u32,
    /// Whether the reply ended by itself and not at its token limit.
    pub is_complete: bool,
}

/// Why there is no reply.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelError {
    #[error("no model was chosen: put a GGUF model on this computer, then run `copydesk models` and `copydesk models use NAME`")]
    NoModel,
    #[error("the model {name} could not be opened: {reason}")]
    CannotOpen { name: String, reason: String },
    #[error(
        "this does not fit the model: the prompt has {prompt_tokens} tokens and the reply may have {reply_tokens}, but the context holds {context_tokens}; give the model less to read at once, or raise `context` in copydesk.yaml"
    )]
    TooLong { prompt_tokens: usize, reply_tokens: usize, context_tokens: usize },
    #[error("the form asked of the reply cannot be used: {0}")]
    BadShape(String),
    #[error("the work was stopped before this question was answered")]
    Cancelled,
    #[error("no recorded reply fits the question “{0}”")]
    NotRecorded(String),
    #[error("the model stopped with an error: {0}")]
    Failed(String),
}

/// Something that answers requests, one at a time, on the desk's own thread.
pub trait Model {
    /// Answers one request. Returns [`ModelError::Cancelled`] within one decoding step after `stop` turns true.
    ///
    /// # Errors
    /// A prompt that does not fit, a shape that does not compile, or a failure of the model.
    fn answer(&mut self, request: &Request, stop: &AtomicBool) -> Result<Reply, ModelError>;

    /// How many tokens of the request's prompt need not be read again; the desk prefers requests with many.
    fn tokens_at_hand(&mut self, request: &Request) -> usize;
}
