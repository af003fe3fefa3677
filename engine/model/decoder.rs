//! What the scheduler needs of a model in memory: tokens in, logits out, and a KV cache of numbered sequences.
//!
//! `llama.rs` is the one that computes; tests have one that derives its logits from nothing but the tokens a sequence really sees, so
//! that a wrongly shared or wrongly forgotten token changes the reply.

use super::ModelError;
use crate::prompt::Prompt;
use llguidance::ParserFactory;

/// A token's number in the model's vocabulary.
pub type Token = u32;

/// The number of a sequence in the KV cache, from 0.
pub type SequenceId = u16;

/// What a model and the memory it was opened with allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecoderLimits {
    /// Tokens that the KV cache holds, of all sequences together.
    pub context_tokens: usize,
    /// Tokens that one call of [`Decoder::decode`] takes at most.
    pub batch_tokens: usize,
    /// Sequences that may lie in the KV cache at once.
    pub sequences: usize,
    /// Questions that are worth working on at once: more make each step longer and, past this, little cheaper for each.
    pub questions: usize,
    /// Layers of the model that a graphics card computes.
    pub layers_on_gpu: usize,
    /// Whether a step that reads prompts and writes replies takes no longer than one of each.
    pub mixes: bool,
    /// Whether the end of a sequence can be forgotten and a part of it copied. Models with a recurrent state cannot.
    pub can_rewind: bool,
}

/// A prompt in tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptTokens {
    pub tokens: Vec<Token>,
    /// Where parts end that other questions may share, ascending: after the instructions, the passage, the form of the answer.
    pub cuts: Vec<usize>,
}

/// One token of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchToken {
    pub token: Token,
    /// Its place in its sequence, from 0.
    pub position: usize,
    pub sequence: SequenceId,
    /// Whether the logits after it are wanted.
    pub wants_logits: bool,
}

/// The sequences of a KV cache. Tokens that sequences share lie there once.
pub trait KvCache {
    /// Lets `to`, which is empty, begin with the first `tokens` tokens of `from`.
    ///
    /// # Errors
    /// A failure of the model.
    fn copy(&mut self, from: SequenceId, to: SequenceId, tokens: usize) -> Result<(), ModelError>;

    /// Forgets a sequence's tokens from a place on. False when the model cannot forget a part; then the sequence is unchanged.
    fn forget(&mut self, sequence: SequenceId, from: usize) -> bool;
}

/// A language model that computes.
pub trait Decoder: KvCache {
    fn limits(&self) -> DecoderLimits;

    /// Computes with this trained change from now on, or with the model as it is. What lies in the KV cache was computed otherwise, so the
    /// caller empties it first.
    ///
    /// # Errors
    /// It was not opened with such a change, or llama.cpp refuses it.
    fn use_adapter(&mut self, name: Option<&str>) -> Result<(), ModelError>;

    /// A prompt's tokens, with the model's own chat template around its texts. The texts never become control tokens.
    fn prompt_tokens(&self, prompt: &Prompt) -> PromptTokens;

    /// The tokens of words the model did not write itself.
    fn text_tokens(&self, text: &[u8]) -> Vec<Token>;

    /// The bytes a token stands for; empty for a control token.
    fn piece(&self, token: Token) -> Vec<u8>;

    /// Whether a reply ends at this token.
    fn is_end(&self, token: Token) -> bool;

    /// Makes parsers of reply grammars for this vocabulary.
    ///
    /// # Errors
    /// The vocabulary is of a kind that no grammar can be followed in.
    fn parsers(&self) -> Result<&ParserFactory, ModelError>;

    /// Reads tokens into their sequences, at most [`DecoderLimits::batch_tokens`]. Afterwards the logits that were wanted can be read.
    ///
    /// # Errors
    /// A failure of the model; what it left in the sequences of the batch is unknown then.
    fn decode(&mut self, batch: &[BatchToken]) -> Result<(), ModelError>;

    /// The logits after the batch's token of this index, which wanted them.
    fn logits(&self, index: usize) -> &[f32];

    /// The same, if they are numbers that can be compared: with damaged weights a model computes others, and would choose by them.
    ///
    /// # Errors
    /// They are not.
    fn sound_logits(&self, index: usize) -> Result<&[f32], ModelError> {
        let logits = self.logits(index);
        let is_broken = logits.iter().any(|logit| logit.is_nan() || *logit == f32::INFINITY);
        if is_broken || logits.iter().all(|logit| *logit == f32::NEG_INFINITY) {
            let reason = "it computes what are no numbers, as a damaged file does; fetch the model again, or choose another";
            return Err(ModelError::Failed(reason.to_string()));
        }
        Ok(logits)
    }

    /// A sequence as bytes that [`Decoder::restore`] takes, in this process or a later one with the same model and settings.
    ///
    /// # Errors
    /// A failure of the model.
    fn save(&self, sequence: SequenceId) -> Result<Vec<u8>, ModelError>;

    /// Puts saved bytes into an empty sequence. False when they do not fit; the sequence is empty then.
    fn restore(&mut self, sequence: SequenceId, saved: &[u8]) -> bool;
}
