//! The one door to llama.cpp: opens a GGUF, reads prompts, generates constrained replies. Its errors leave here in plain words.
//!
//! Text is tokenised without control tokens (`parse_special = false`): a chapter that spells a chat mark stays words. Token counts are
//! checked before every decode, because llama.cpp aborts the process on a batch that does not fit. Several prompts stay in the KV cache,
//! each in a sequence of its own, so that questions about one passage read it once.

use super::{Model, ModelError, Reply, Request, Shape, shape};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaChatMessage, LlamaModel};
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llguidance::api::TopLevelGrammar;
use llguidance::{Matcher, ParserFactory};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// Sequences that may lie in the KV cache at once. Each is the prompt of one passage.
const SEQUENCES: usize = 8;

/// Prompt tokens that llama.cpp is given at once; also how long a stop may have to wait.
const BATCH_TOKENS: usize = 512;

/// Stand for the texts while the model's chat template is applied, so that literal and text are told apart afterwards.
const SYSTEM_MARK: &str = "@@copydesk-system@@";
const USER_MARK: &str = "@@copydesk-user@@";

/// What a model is opened with.
#[derive(Clone, Debug)]
pub struct LlamaSettings {
    /// Tokens the context holds at most; the model's own limit is kept.
    pub context_tokens: u32,
    /// Threads that compute; physical cores.
    pub threads: i32,
    /// Layers to offload to a GPU, when the build has one.
    pub gpu_layers: u32,
}

/// A GGUF model, open.
pub struct LlamaModelHost {
    name: String,
    model: &'static LlamaModel,
    context: LlamaContext<'static>,
    factory: ParserFactory,
    template: ChatTemplate,
    sequences: Vec<Sequence>,
    clock: u64,
}

/// A prompt in the KV cache.
#[derive(Default)]
struct Sequence {
    tokens: Vec<LlamaToken>,
    last_used: u64,
}

/// The literal text of the model's chat template around the system text and the user's text.
struct ChatTemplate {
    before: String,
    between: String,
    after: String,
    /// A template without a system role: the system text goes before the user's.
    joins_system: bool,
}

fn backend() -> Result<&'static LlamaBackend, ModelError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let made = BACKEND.get_or_init(|| {
        let mut backend = LlamaBackend::init().map_err(|error| error.to_string())?;
        backend.void_logs();
        Ok(backend)
    });
    made.as_ref().map_err(|reason| ModelError::Failed(reason.clone()))
}

impl LlamaModelHost {
    /// Opens a model file; its weights are mapped, not read.
    ///
    /// # Errors
    /// [`ModelError::CannotOpen`] with the reason: the header check's own words, or what memory it would have taken.
    pub fn open(path: &Path, name: &str, settings: &LlamaSettings) -> Result<LlamaModelHost, ModelError> {
        let cannot = |reason: String| ModelError::CannotOpen { name: name.to_string(), reason };
        let (header, _) = super::gguf::read_text_model(path).map_err(|problem| cannot(problem.to_string()))?;
        let backend = backend()?;
        let params = LlamaModelParams::default().with_n_gpu_layers(settings.gpu_layers);
        let loaded = LlamaModel::load_from_file(backend, path, &params);
        let model = loaded.map_err(|_| cannot(format!("llama.cpp does not load this file of the family {}", header.architecture)))?;
        // The context borrows the model for as long as it lives, and both live as long as this process: a worker opens one model.
        let model: &'static LlamaModel = Box::leak(Box::new(model));
        let context_tokens = settings.context_tokens.min(model.n_ctx_train().max(512));
        let context_params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(context_tokens))
            .with_n_batch(BATCH_TOKENS as u32)
            .with_n_ubatch(BATCH_TOKENS as u32)
            .with_n_seq_max(SEQUENCES as u32)
            .with_kv_unified(true)
            .with_n_threads(settings.threads)
            .with_n_threads_batch(settings.threads);
        let needed = super::gguf::size_in_words(super::gguf::memory_needed(&header, u64::from(context_tokens)));
        let no_memory = |_| {
            cannot(format!(
                "there is not enough free memory for it: it needs about {needed} with a context of {context_tokens} tokens; lower `context` in copydesk.yaml or use a smaller model"
            ))
        };
        let context = model.new_context(backend, context_params).map_err(no_memory)?;
        let environment = LlamaSampler::llguidance_tok_env(model);
        let mut factory = ParserFactory::new_simple(&environment).map_err(|error| cannot(error.to_string()))?;
        factory.quiet();
        let template = ChatTemplate::of(model).map_err(cannot)?;
        let sequences = (0..SEQUENCES).map(|_| Sequence::default()).collect();
        Ok(LlamaModelHost { name: name.to_string(), model, context, factory, template, sequences, clock: 0 })
    }

    /// The tokens of a request and how many of them belong to what other questions about the passage share.
    fn tokens(&self, request: &Request) -> (Vec<LlamaToken>, usize) {
        let vocabulary = self.model.vocab();
        let prompt = &request.prompt;
        let literal = |text: &str| vocabulary.tokenize(text.as_bytes(), false, true);
        let text = |text: &str| vocabulary.tokenize(text.as_bytes(), false, false);
        let mut tokens = Vec::new();
        if vocabulary.should_add_bos() {
            tokens.push(vocabulary.bos());
        }
        tokens.extend(literal(&self.template.before));
        tokens.extend(text(&prompt.system));
        tokens.extend(if self.template.joins_system { text("\n\n") } else { literal(&self.template.between) });
        tokens.extend(text(&prompt.passage));
        let shared = tokens.len();
        tokens.extend(text(&prompt.question));
        tokens.extend(literal(&self.template.after));
        (tokens, shared)
    }

    /// Brings the prompt into a sequence of the KV cache. Gives the sequence and how many tokens had to be read.
    fn read_prompt(
        &mut self,
        tokens: &[LlamaToken],
        shared: usize,
        reply_tokens: usize,
        stop: &AtomicBool,
    ) -> Result<(usize, usize), ModelError> {
        let context_tokens = self.context.n_ctx() as usize;
        if tokens.len() + reply_tokens > context_tokens {
            return Err(ModelError::TooLong { prompt_tokens: tokens.len(), reply_tokens, context_tokens });
        }
        self.clock += 1;
        let (nearest, mut kept) = self.nearest(tokens);
        // The last token is always read: its logits are the first of the reply.
        kept = kept.min(tokens.len() - 1);
        let own = if kept >= shared.min(tokens.len() - 1) || kept == self.sequences[nearest].tokens.len() {
            nearest
        } else {
            self.oldest_but(nearest)
        };
        if own != nearest {
            self.forget(own, 0)?;
            if kept > 0 {
                self.context.kv_cache_seq_cp(nearest as i32, own as i32, None, Some(kept as u32)).map_err(|error| self.failed(&error))?;
                self.sequences[own].tokens = tokens[..kept].to_vec();
            }
        }
        self.shorten(own, kept)?;
        kept = kept.min(self.sequences[own].tokens.len());
        self.sequences[own].last_used = self.clock;
        self.make_room(tokens.len() - kept + reply_tokens, own)?;
        for chunk in tokens[kept..].chunks(BATCH_TOKENS) {
            if stop.load(Ordering::Relaxed) {
                return Err(ModelError::Cancelled);
            }
            self.decode(own, chunk)?;
        }
        Ok((own, tokens.len() - kept))
    }

    /// The sequence that shares the longest beginning with the tokens, and how long that is.
    fn nearest(&self, tokens: &[LlamaToken]) -> (usize, usize) {
        let shared = |sequence: &Sequence| sequence.tokens.iter().zip(tokens).take_while(|(a, b)| a == b).count();
        let lengths = self.sequences.iter().map(shared).enumerate();
        lengths.max_by_key(|(index, length)| (*length, usize::MAX - index)).unwrap_or((0, 0))
    }

    fn oldest_but(&self, kept: usize) -> usize {
        let others = self.sequences.iter().enumerate().filter(|(index, _)| *index != kept);
        others.min_by_key(|(_, sequence)| sequence.last_used).map_or(kept, |(index, _)| index)
    }

    /// Drops a sequence's tokens from `from` on.
    fn forget(&mut self, sequence: usize, from: usize) -> Result<(), ModelError> {
        if self.sequences[sequence].tokens.len() > from {
            self.context.kv_cache_seq_rm(sequence as i32, Some(from as u32), None).map_err(|error| self.failed(&error))?;
            self.sequences[sequence].tokens.truncate(from);
        }
        Ok(())
    }

    /// Drops a sequence's tokens from `from` on, or all of them where the model cannot drop a part (those with a recurrent state).
    fn shorten(&mut self, sequence: usize, from: usize) -> Result<(), ModelError> {
        if self.forget(sequence, from).is_err() { self.forget(sequence, 0) } else { Ok(()) }
    }

    /// Empties the sequences used longest ago until so many more tokens fit.
    fn make_room(&mut self, more_tokens: usize, keep: usize) -> Result<(), ModelError> {
        loop {
            let used: usize = self.sequences.iter().map(|sequence| sequence.tokens.len()).sum();
            if used + more_tokens <= self.context.n_ctx() as usize {
                return Ok(());
            }
            let full = self.sequences.iter().enumerate().filter(|(index, sequence)| *index != keep && !sequence.tokens.is_empty());
            match full.min_by_key(|(_, sequence)| sequence.last_used).map(|(index, _)| index) {
                Some(oldest) => self.forget(oldest, 0)?,
                None => return Ok(()),
            }
        }
    }

    /// Reads tokens at the end of a sequence; the last one's logits stay readable.
    fn decode(&mut self, sequence: usize, tokens: &[LlamaToken]) -> Result<(), ModelError> {
        let mut batch = LlamaBatch::new(tokens.len(), 1);
        let start = self.sequences[sequence].tokens.len();
        for (index, token) in tokens.iter().enumerate() {
            let is_last = index + 1 == tokens.len();
            batch.add(*token, (start + index) as i32, &[sequence as i32], is_last).map_err(|error| self.failed(&error))?;
        }
        if let Err(error) = self.context.decode(&mut batch) {
            // What a failed step left in the cache is unknown: the sequence starts anew.
            self.sequences[sequence].tokens.clear();
            let _ = self.context.kv_cache_seq_rm(sequence as i32, None, None);
            return Err(self.failed(&error));
        }
        self.sequences[sequence].tokens.extend_from_slice(tokens);
        Ok(())
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> ModelError {
        ModelError::Failed(format!("{} ({error})", self.name))
    }

    /// Generates greedily, every token allowed by the grammar, until the reply can only end.
    fn generate(&mut self, sequence: usize, request: &Request, stop: &AtomicBool) -> Result<(Vec<u8>, u32, bool), ModelError> {
        let grammar = TopLevelGrammar::from_lark(request.shape.grammar(&request.quotable));
        let mut matcher = Matcher::new(self.factory.create_parser(grammar));
        if let Some(error) = matcher.get_error() {
            return Err(ModelError::BadShape(error));
        }
        let mut bytes = Vec::new();
        let mut generated = 0;
        while generated < request.reply_tokens {
            if stop.load(Ordering::Relaxed) {
                return Err(ModelError::Cancelled);
            }
            let mask = matcher.compute_mask_or_eos().map_err(|error| ModelError::BadShape(error.to_string()))?;
            let logits = self.context.get_logits();
            let mut best = (usize::MAX, f32::NEG_INFINITY);
            mask.iter_set_entries(|token| {
                if let Some(logit) = logits.get(token).filter(|logit| **logit > best.1) {
                    best = (token, *logit);
                }
            });
            if best.0 == usize::MAX {
                return Err(ModelError::BadShape("no continuation is allowed".to_string()));
            }
            let token = LlamaToken(best.0 as i32);
            if self.model.vocab().is_eog(token) {
                return Ok((bytes, generated, true));
            }
            matcher.consume_token(best.0 as u32).map_err(|error| ModelError::BadShape(error.to_string()))?;
            bytes.extend(self.model.vocab().token_to_piece(token, false, None));
            generated += 1;
            if matcher.is_stopped() {
                return Ok((bytes, generated, true));
            }
            if generated < request.reply_tokens {
                self.decode(sequence, &[token])?;
            }
        }
        // Free text may end anywhere, so its grammar cannot tell that this one was cut.
        let is_complete = !matches!(request.shape, Shape::Text { .. }) && matcher.is_accepting().unwrap_or(false);
        Ok((bytes, generated, is_complete))
    }

    /// The probabilities of the options' letters after the prompt, out of each other.
    fn weigh_options(&mut self, options: u32) -> Result<Vec<f32>, ModelError> {
        let logits = self.context.get_logits();
        let vocabulary = self.model.vocab();
        let mut weights = Vec::new();
        for index in 0..options {
            let letter = shape::option_letter(index).to_string();
            let token = vocabulary.tokenize(letter.as_bytes(), false, false);
            let logit = token.last().and_then(|token| logits.get(token.0 as usize)).copied();
            weights.push(logit.ok_or_else(|| ModelError::BadShape(format!("the model has no token for the option {letter}")))?);
        }
        let highest = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f32> = weights.iter().map(|weight| (weight - highest).exp()).collect();
        let sum: f32 = exponentials.iter().sum();
        Ok(exponentials.into_iter().map(|value| value / sum).collect())
    }
}

impl Model for LlamaModelHost {
    fn answer(&mut self, request: &Request, stop: &AtomicBool) -> Result<Reply, ModelError> {
        let (tokens, shared) = self.tokens(request);
        let (sequence, read) = self.read_prompt(&tokens, shared, request.reply_tokens as usize, stop)?;
        let mut reply =
            Reply { tokens_read: read as u32, tokens_reused: (tokens.len() - read) as u32, is_complete: true, ..Reply::default() };
        if let Shape::Choice(options) = request.shape {
            reply.probabilities = self.weigh_options(options)?;
            let likeliest = reply.probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
            reply.text = shape::option_letter(likeliest as u32).to_string();
        } else {
            let (bytes, generated, is_complete) = self.generate(sequence, request, stop)?;
            // A reply cut at its limit may end inside a character.
            reply.text = String::from_utf8_lossy(&bytes).trim_end_matches('\u{fffd}').to_string();
            reply.tokens_generated = generated;
            reply.is_complete = is_complete;
        }
        // Only the shared part is worth keeping; what follows would take room from other passages.
        self.shorten(sequence, shared.min(tokens.len()))?;
        Ok(reply)
    }

    fn tokens_at_hand(&mut self, request: &Request) -> usize {
        let (tokens, _) = self.tokens(request);
        self.nearest(&tokens).1
    }
}

impl ChatTemplate {
    /// Splits the model's own template at the places of its texts.
    fn of(model: &LlamaModel) -> Result<ChatTemplate, String> {
        let missing =
            "the file has no chat template, so it is not an instruction-tuned model; use one whose name ends in Instruct, Chat or it";
        let template = model.chat_template(None).map_err(|_| missing.to_string())?;
        let message =
            |role: &str, content: &str| LlamaChatMessage::new(role.to_string(), content.to_string()).map_err(|error| error.to_string());
        let chat = [message("system", SYSTEM_MARK)?, message("user", USER_MARK)?];
        let with_system = model.apply_chat_template(&template, &chat, true).ok();
        if let Some(parts) = with_system.as_deref().and_then(split_at_marks) {
            return Ok(parts);
        }
        let chat = [message("user", USER_MARK)?];
        let rendered = model
            .apply_chat_template(&template, &chat, true)
            .map_err(|_| "its chat template is of a kind that llama.cpp does not know".to_string())?;
        let (before, after) = rendered.split_once(USER_MARK).ok_or("its chat template drops what it is given")?;
        Ok(ChatTemplate { before: before.to_string(), between: String::new(), after: after.to_string(), joins_system: true })
    }
}

fn split_at_marks(rendered: &str) -> Option<ChatTemplate> {
    let (before, rest) = rendered.split_once(SYSTEM_MARK)?;
    let (between, after) = rest.split_once(USER_MARK)?;
    Some(ChatTemplate { before: before.to_string(), between: between.to_string(), after: after.to_string(), joins_system: false })
}
