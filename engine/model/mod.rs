//! The language model: what may be asked of it, what it replies, and the desk that all scripts share.
//!
//! Invariant: a request is refused when it does not fit; nothing is ever cut from it.

pub mod decoder;
pub mod desk;
pub mod gguf;
pub mod licence;
#[cfg(feature = "llama")]
pub mod llama;
mod pace;
mod prefix_tree;
mod reply;
pub mod scheduler;
pub mod scripted;
pub mod served;
pub mod shape;
pub mod shelf;
pub mod turns;
pub mod written_form;

pub use desk::{ModelQueue, Pending};
pub use shape::{Answer, Shape};

use crate::prompt::Prompt;
use crate::text::ContentHash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use thiserror::Error;

/// Raised whenever a change makes old replies wrong: prompts laid out anew, another way of constraining, another llama.cpp.
pub const REPLY_VERSION: &str = "6";

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
    /// The trained change to the model that answers it, by its name; nothing for the model as it is.
    pub adapter: Option<String>,
}

impl Request {
    /// The key under which the reply is remembered: everything the model sees and everything that decides what it says.
    pub fn key(&self, fingerprint: &Fingerprint) -> ContentHash {
        let shape = serde_json::to_string(&self.shape).unwrap_or_default();
        let prompt = self.prompt.hash();
        let limit = self.reply_tokens.to_le_bytes();
        let adapter = self.adapter.as_ref().and_then(|name| fingerprint.adapters.get(name));
        let parts = [
            REPLY_VERSION.as_bytes(),
            &fingerprint.file_hash.0,
            fingerprint.settings.as_bytes(),
            &prompt.0,
            self.quotable.as_bytes(),
            shape.as_bytes(),
            &limit,
        ];
        // The model as it is keeps the keys of before it could be changed.
        ContentHash::of_parts(parts.into_iter().chain(adapter.map(|hash| &hash.0[..])))
    }
}

/// Identity of a model and of the settings that change its replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Name for people.
    pub name: String,
    pub file_hash: ContentHash,
    /// Sampling and order of work in words, as `greedy, many questions at once`.
    pub settings: String,
    /// The trained changes that can be asked for, by name, with the hash of each one's file.
    pub adapters: BTreeMap<String, ContentHash>,
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
    #[error("this model has no adapter “{0}”: name one that fits it under `adapters` in copydesk.yaml; `copydesk models` shows them")]
    NoAdapter(String),
    #[error("the work was stopped before this question was answered")]
    Cancelled,
    #[error("no recorded reply fits the question “{0}”")]
    NotRecorded(String),
    #[error("the model stopped with an error: {0}")]
    Failed(String),
}

/// The number a request is known by while it waits.
pub type Ticket = u64;

/// When a request is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Turn {
    /// Before everything that is not: the author waits for it.
    pub is_urgent: bool,
    /// Place of its job in the run; lower is sooner.
    pub place: u32,
}

/// What a run asked of the model and where its time went. Counts only rise, except `waiting_tokens`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub questions: u64,
    /// Questions that the cache answered.
    pub from_cache: u64,
    /// Prompt tokens that were computed.
    pub read: u64,
    /// Prompt tokens that were already in the model's memory.
    pub reused: u64,
    /// Prompt tokens that an earlier run had saved; a part of `reused`.
    pub restored: u64,
    /// Reply tokens that the model chose.
    pub generated: u64,
    /// Reply tokens that the form of the reply left no choice about.
    pub forced: u64,
    /// Reply tokens that were guessed from the passage, and how many of them were right; those are a part of `generated`.
    pub drafted: u64,
    pub accepted: u64,
    /// Microseconds of computing that went into reading, writing, fetching saved prefixes, and opening the model.
    pub read_micros: u64,
    pub write_micros: u64,
    pub restore_micros: u64,
    pub open_micros: u64,
    /// How many questions the model works on at once.
    pub questions_at_once: u64,
    /// Layers of the model that a graphics card computed.
    pub layers_on_gpu: u64,
    /// Prompt tokens that are known to have to be read yet.
    pub waiting_tokens: u64,
}

impl Work {
    /// What came after an earlier count of the same work.
    #[must_use]
    pub fn since(self, before: Work) -> Work {
        Work {
            questions: self.questions.saturating_sub(before.questions),
            from_cache: self.from_cache.saturating_sub(before.from_cache),
            read: self.read.saturating_sub(before.read),
            reused: self.reused.saturating_sub(before.reused),
            restored: self.restored.saturating_sub(before.restored),
            generated: self.generated.saturating_sub(before.generated),
            forced: self.forced.saturating_sub(before.forced),
            drafted: self.drafted.saturating_sub(before.drafted),
            accepted: self.accepted.saturating_sub(before.accepted),
            read_micros: self.read_micros.saturating_sub(before.read_micros),
            write_micros: self.write_micros.saturating_sub(before.write_micros),
            restore_micros: self.restore_micros.saturating_sub(before.restore_micros),
            open_micros: self.open_micros.saturating_sub(before.open_micros),
            ..self
        }
    }

    /// This and what another worker did after it.
    #[must_use]
    pub fn and(self, later: Work) -> Work {
        Work {
            questions: self.questions.saturating_add(later.questions),
            from_cache: self.from_cache.saturating_add(later.from_cache),
            read: self.read.saturating_add(later.read),
            reused: self.reused.saturating_add(later.reused),
            restored: self.restored.saturating_add(later.restored),
            generated: self.generated.saturating_add(later.generated),
            forced: self.forced.saturating_add(later.forced),
            drafted: self.drafted.saturating_add(later.drafted),
            accepted: self.accepted.saturating_add(later.accepted),
            read_micros: self.read_micros.saturating_add(later.read_micros),
            write_micros: self.write_micros.saturating_add(later.write_micros),
            restore_micros: self.restore_micros.saturating_add(later.restore_micros),
            open_micros: self.open_micros.saturating_add(later.open_micros),
            questions_at_once: later.questions_at_once.max(self.questions_at_once),
            layers_on_gpu: later.layers_on_gpu.max(self.layers_on_gpu),
            waiting_tokens: later.waiting_tokens,
        }
    }

    /// This and what another model does beside it.
    #[must_use]
    pub fn beside(self, other: Work) -> Work {
        Work { waiting_tokens: self.waiting_tokens.saturating_add(other.waiting_tokens), ..self.and(other) }
    }
}

/// What outlasts a run: replies, and prompts that were read.
pub trait Memory: Send + Sync {
    /// The reply of an earlier run.
    fn recall(&self, key: &ContentHash) -> Option<Reply>;
    /// Remembers a reply.
    fn keep(&self, key: &ContentHash, reply: &Reply);
    /// The saved state of a prompt's beginning.
    fn recall_prefix(&self, _key: &ContentHash) -> Option<Vec<u8>> {
        None
    }
    /// Saves the state of a prompt's beginning.
    fn keep_prefix(&self, _key: &ContentHash, _state: Vec<u8>) {}
}

/// Remembers nothing, for tests and for work that is not to be remembered.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMemory;

impl Memory for NoMemory {
    fn recall(&self, _key: &ContentHash) -> Option<Reply> {
        None
    }

    fn keep(&self, _key: &ContentHash, _reply: &Reply) {}
}

/// Something that answers requests, many at once, on the desk's own thread.
pub trait Model {
    /// Takes a request in. Its reply, or why there is none, comes from [`Model::advance`].
    fn submit(&mut self, ticket: Ticket, request: Request, turn: Turn);

    /// Forgets a request; nothing comes of it any more.
    fn cancel(&mut self, ticket: Ticket);

    /// Does one step of the work and gives what ended with it. A step takes about half a second at most.
    fn advance(&mut self) -> Vec<(Ticket, Result<Reply, ModelError>)>;

    /// What was done so far.
    fn work(&self) -> Work {
        Work::default()
    }

    /// Answers one request and waits for it.
    ///
    /// # Errors
    /// A prompt that does not fit, a shape that does not compile, or a failure of the model.
    fn answer(&mut self, request: &Request) -> Result<Reply, ModelError> {
        let ticket = Ticket::MAX;
        self.submit(ticket, request.clone(), Turn::default());
        loop {
            if let Some((_, result)) = self.advance().into_iter().find(|(ended, _)| *ended == ticket) {
                return result;
            }
        }
    }
}
