//! The one door to llama.cpp: opens a GGUF and computes batches. Its errors leave here in plain words.
//!
//! Text is tokenised without control tokens: a chapter that spells a chat mark stays words ([`Marks`]). The scheduler
//! counts tokens before every decode, because llama.cpp aborts the process on a batch that does not fit.

use super::ModelError;
use super::decoder::{BatchToken, Decoder, DecoderLimits, KvCache, PromptTokens, SequenceId, Token};
use super::gguf::Header;
use super::written_form::{self, WrittenForm};
use crate::prompt::Prompt;
use crate::prompt::conversation::{Conversation, SYSTEM_MARK, USER_MARK};
use aho_corasick::AhoCorasick;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::context::session::LlamaStateSeqFlags;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::model::{LlamaChatMessage, LlamaLoraAdapter, LlamaModel};
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token_type::LlamaTokenAttr;
use llama_cpp_2::{LlamaBackendDevice, LlamaBackendDeviceType, list_llama_ggml_backend_devices, max_devices};
use llguidance::ParserFactory;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::{LazyLock, OnceLock};

/// Sequences that may lie in the KV cache at once, for a model whose cache costs the same however many there are.
const SEQUENCES: u32 = 128;

/// The same for a model with a recurrent state, which takes memory for each.
const RECURRENT_SEQUENCES: u32 = 8;

/// Questions worked on at once: on a processor the arithmetic of each costs time, on a graphics card hardly.
const QUESTIONS_ON_CPU: usize = 16;
const QUESTIONS_ON_GPU: usize = 48;

/// What is left free on a graphics card, in bytes, for the screen and for other programs.
const GPU_MARGIN_BYTES: usize = 1 << 30;

/// As in Cargo.toml; a test below compares the two.
const LLAMA_CPP_2_VERSION: &str = "0.1.160";

/// As `llama_flash_attn_type` in llama.h: flash attention wherever the model allows it. On a processor, too: it skips what other questions have
/// in the cache (measured with sixteen passages in the cache, two cores of an AMD EPYC: the 0.5B reads 149 tokens a second with it and 52
/// without, the 1.5B 57 and 35; sixteen replies together are half again as fast with the 0.5B, a fifth faster with the 1.5B).
const FLASH_ATTENTION_AUTO: i32 = -1;
const FLASH_ATTENTION_OFF: i32 = 0;

/// Tokens that llama.cpp is given at once.
const BATCH_TOKENS: usize = 512;

/// What a model is opened with.
#[derive(Clone, Debug)]
pub struct LlamaSettings {
    /// Tokens the context holds at most; the model's own limit is kept.
    pub context_tokens: u32,
    /// Threads that compute; physical cores.
    pub threads: i32,
    /// Adapters that requests may ask for.
    pub adapters: Vec<AdapterSetting>,
    /// Whether it is computed the plain way: on the processor, without its matrix instructions and with the weights as they lie in the file.
    /// For a computer where llama.cpp's other ways crash.
    pub is_plain: bool,
    /// Whether attention may be computed block by block (flash attention), where the model allows it.
    pub flash_attention: bool,
}

/// An adapter that requests may ask for.
#[derive(Clone, Debug)]
pub struct AdapterSetting {
    pub name: String,
    pub path: PathBuf,
    /// Whether the model is of use without it; then only what is asked with it fails.
    pub may_fail: bool,
}

/// Something that can compute a model besides the processor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gpu {
    /// The maker's name for it.
    pub name: String,
    /// How llama.cpp drives it, as `CUDA` or `Vulkan`.
    pub backend: String,
    pub free_bytes: u64,
    pub total_bytes: u64,
}

/// A GGUF model, open.
pub struct LlamaDecoder {
    name: String,
    model: &'static LlamaModel,
    context: LlamaContext<'static>,
    parsers: Parsers,
    conversation: Conversation,
    marks: Marks,
    limits: DecoderLimits,
    adapters: BTreeMap<String, LlamaLoraAdapter>,
    flash_attention: bool,
}

/// The spellings of the tokens that steer the model instead of being read by it: the ends of turns, tool calls, hidden thoughts.
///
/// `parse_special = false` is not enough to keep them out of a text: llama.cpp still finds those that a vocabulary lists as
/// user-defined (`<think>`, `<tool_call>`, in some files the marks of turns too), and a vocabulary that is joined by scores may join the
/// letters of one. So a text is tokenised in pieces, none of which spells a mark as a whole.
struct Marks {
    /// Nothing for a vocabulary without any.
    spellings: Option<AhoCorasick>,
}

impl Marks {
    fn of(model: &LlamaModel) -> Marks {
        // One letter alone cannot be broken, and no vocabulary has such a mark.
        let spellings: Vec<String> = steering_tokens(model).into_values().filter(|text| text.chars().nth(1).is_some()).collect();
        Marks { spellings: (!spellings.is_empty()).then(|| AhoCorasick::new(spellings).ok()).flatten() }
    }

    /// The text, broken behind the first letter of every mark that it spells.
    fn broken<'t>(&self, text: &'t [u8]) -> Vec<&'t [u8]> {
        let Some(spellings) = &self.spellings else { return vec![text] };
        let first_letter_end = |start: usize| (start + 1..text.len()).find(|at| !is_inside_letter(text[*at])).unwrap_or(text.len());
        let mut ends: Vec<usize> = spellings.find_overlapping_iter(text).map(|found| first_letter_end(found.start())).collect();
        ends.push(text.len());
        ends.sort_unstable();
        ends.dedup();
        let starts = std::iter::once(0).chain(ends.clone());
        starts.zip(ends).map(|(start, end)| &text[start..end]).collect()
    }
}

fn steering_tokens(model: &LlamaModel) -> BTreeMap<Token, String> {
    let vocabulary = model.vocab();
    let spelt = |token: i32| Some((token.cast_unsigned(), vocabulary.text(LlamaToken(token))?.to_str().ok()?.to_string()));
    let steers = |(token, text): &(Token, String)| {
        let token = LlamaToken(token.cast_signed());
        vocabulary.is_control(token) || vocabulary.attr(token).contains(LlamaTokenAttr::UserDefined) && looks_like_mark(text)
    };
    (0..vocabulary.n_tokens()).filter_map(spelt).filter(steers).collect()
}

/// Whether a byte goes on a letter of UTF-8 that began before it.
fn is_inside_letter(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// A user-defined token may also be a run of spaces or line ends, which are only text.
fn looks_like_mark(spelling: &str) -> bool {
    [("<", ">"), ("[", "]")].iter().any(|(first, last)| spelling.starts_with(first) && spelling.ends_with(last))
}

/// What makes parsers of reply grammars; asked for the first time, it waits until it is there.
type Parsers = LazyLock<Result<ParserFactory, String>, Box<dyn FnOnce() -> Result<ParserFactory, String> + Send>>;

fn backend() -> Result<&'static LlamaBackend, ModelError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let made = BACKEND.get_or_init(|| {
        let mut backend = LlamaBackend::init().map_err(|error| error.to_string())?;
        backend.void_logs();
        Ok(backend)
    });
    made.as_ref().map_err(|reason| ModelError::Failed(reason.clone()))
}

impl LlamaDecoder {
    /// Opens a model file.
    ///
    /// # Errors
    /// [`ModelError::CannotOpen`] with the reason: the header check's own words, or what memory it would have taken.
    pub fn open(path: &Path, name: &str, settings: &LlamaSettings) -> Result<LlamaDecoder, ModelError> {
        let cannot = |reason: String| ModelError::CannotOpen { name: name.to_string(), reason };
        let (header, _) = super::gguf::read_text_model(path).map_err(|problem| cannot(problem.to_string()))?;
        // Before gigabytes are read for nothing.
        if let Some(problem) = written_form::problem_of_asking(path, &header) {
            return Err(cannot(problem.to_string()));
        }
        let backend = backend()?;
        let trained_on = header.context_length.and_then(|length| u32::try_from(length).ok()).unwrap_or(u32::MAX);
        let context_tokens = settings.context_tokens.min(trained_on.max(512));
        let mut context_params = context_params(context_tokens, settings);
        let (loaded, layers_on_gpu) = if settings.is_plain {
            (load_plainly(path), 0)
        } else {
            let params = offloading(path, &mut context_params);
            let loaded = LlamaModel::load_from_file(backend, path, &params).ok();
            let layers = loaded.as_ref().map_or(0, |model| layers_on_gpu(&params, model));
            (loaded, layers)
        };
        let mut model = loaded.ok_or_else(|| cannot(format!("llama.cpp does not load this file of the family {}", header.architecture)))?;
        // Before the context, which reserves memory for what it may be asked to compute.
        let adapters = adapters_for(&mut model, &settings.adapters).map_err(cannot)?;
        // The context borrows the model for as long as it lives, and both live as long as this process: a worker opens each model once.
        let model: &'static LlamaModel = Box::leak(Box::new(model));
        let parsers = parsers_of(model);
        let can_rewind = !model.is_recurrent() && !model.is_hybrid();
        let context_params = context_params.with_n_seq_max(if can_rewind { SEQUENCES } else { RECURRENT_SEQUENCES });
        let needed = super::gguf::size_in_words(super::gguf::memory_needed(&header, u64::from(context_tokens)));
        let no_memory = |_| {
            cannot(format!(
                "there is not enough free memory for it: it needs about {needed} with a context of {context_tokens} tokens; lower `context` in copydesk.yaml or use a smaller model"
            ))
        };
        let context = model.new_context(backend, context_params).map_err(no_memory)?;
        let conversation = conversation_of(model, &header).map_err(cannot)?;
        let marks = Marks::of(model);
        let context_tokens = context.n_ctx() as usize;
        let limits = DecoderLimits {
            context_tokens,
            batch_tokens: BATCH_TOKENS,
            sequences: if can_rewind { SEQUENCES } else { RECURRENT_SEQUENCES } as usize,
            questions: if layers_on_gpu > 0 { QUESTIONS_ON_GPU } else { QUESTIONS_ON_CPU },
            layers_on_gpu,
            mixes: layers_on_gpu > 0,
            can_rewind,
        };
        Ok(LlamaDecoder {
            name: name.to_string(),
            model,
            context,
            parsers,
            conversation,
            marks,
            limits,
            adapters,
            flash_attention: settings.flash_attention,
        })
    }

    /// What lies in the KV cache depends on, besides the model file and the tokens; saved prefixes of another layout are not taken.
    pub fn cache_layout(&self) -> String {
        let (layers, on_gpu) = (self.model.n_layer(), self.limits.layers_on_gpu);
        let attention = if self.flash_attention { "flash attention" } else { "plain attention" };
        format!("llama-cpp-2 {LLAMA_CPP_2_VERSION}, f16, {attention}, {layers} layers, {on_gpu} on a graphics card")
    }

    /// The tokens of a text of the author's or of a script's; none of them steers the model.
    fn words(&self, text: &[u8]) -> Vec<Token> {
        let vocabulary = self.model.vocab();
        self.marks.broken(text).into_iter().flat_map(|piece| tokens_of(vocabulary.tokenize(piece, false, false))).collect()
    }

    /// The tokens that steer the model, with their spellings.
    pub fn steering_tokens(&self) -> BTreeMap<Token, String> {
        steering_tokens(self.model)
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> ModelError {
        ModelError::Failed(format!("{} ({error})", self.name))
    }
}

/// Opens the adapters of a model.
fn adapters_for(model: &mut LlamaModel, wanted: &[AdapterSetting]) -> Result<BTreeMap<String, LlamaLoraAdapter>, String> {
    let mut adapters = BTreeMap::new();
    for AdapterSetting { name, path, may_fail } in wanted {
        match model.lora_adapter_init(path) {
            Ok(adapter) => drop(adapters.insert(name.clone(), adapter)),
            Err(_) if *may_fail => {}
            Err(_) => return Err(format!("the adapter “{name}” could not be put onto it")),
        }
    }
    Ok(adapters)
}

/// The graphics cards that this build can use.
///
/// # Errors
/// llama.cpp does not start.
pub fn gpus() -> Result<Vec<Gpu>, ModelError> {
    // Starting the backend is what makes its devices known.
    backend()?;
    let is_gpu =
        |device: &LlamaBackendDevice| matches!(device.device_type, LlamaBackendDeviceType::Gpu | LlamaBackendDeviceType::IntegratedGpu);
    let told = |device: LlamaBackendDevice| Gpu {
        name: device.description,
        backend: device.backend,
        free_bytes: device.memory_free as u64,
        total_bytes: device.memory_total as u64,
    };
    Ok(list_llama_ggml_backend_devices().into_iter().filter(is_gpu).map(told).collect())
}

/// How to load a model: on the processor, or with as many layers on graphics cards as fit into their free memory, as llama.cpp counts it.
fn offloading(path: &Path, context_params: &mut LlamaContextParams) -> Pin<Box<LlamaModelParams>> {
    // Read and not mapped: on a processor most weights are rearranged as they are loaded, and a mapped file would lie in memory beside them.
    // Measured with the 1.5B, two cores of an AMD EPYC: 1.7 GB instead of 2.3, opened in 1.9 s instead of 1.5.
    let on_cpu = || Box::pin(LlamaModelParams::default().with_n_gpu_layers(0).with_use_mmap(false));
    let Ok(name) = CString::new(path.as_os_str().as_encoded_bytes()) else { return on_cpu() };
    if gpus().is_ok_and(|gpus| gpus.is_empty()) {
        return on_cpu();
    }
    let mut params = Box::pin(LlamaModelParams::default());
    let mut margins = vec![GPU_MARGIN_BYTES; max_devices()];
    // The context is given, so it stays; only where the layers go is found out.
    let context_tokens = context_params.n_ctx().map_or(0, NonZeroU32::get);
    match params.as_mut().fit_params(&name, context_params, &mut margins, context_tokens, 0) {
        Ok(_) => params,
        Err(_) => on_cpu(),
    }
}

/// What every model is opened with, for as many sequences as one that cannot rewind may have.
fn context_params(context_tokens: u32, settings: &LlamaSettings) -> LlamaContextParams {
    LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(context_tokens))
        .with_n_batch(BATCH_TOKENS as u32)
        .with_n_ubatch(BATCH_TOKENS as u32)
        .with_n_seq_max(RECURRENT_SEQUENCES)
        .with_kv_unified(true)
        .with_flash_attention_policy(if settings.flash_attention { FLASH_ATTENTION_AUTO } else { FLASH_ATTENTION_OFF })
        .with_n_threads(settings.threads)
        .with_n_threads_batch(settings.threads)
}

/// Loads a model so that only llama.cpp's plainest code computes it: no graphics card, no weights rearranged for special instructions.
#[expect(unsafe_code, reason = "llama-cpp-2 does not pass on the parameter that switches the special buffers off")]
fn load_plainly(path: &Path) -> Option<LlamaModel> {
    let name = CString::new(path.as_os_str().as_encoded_bytes()).ok()?;
    let mut no_devices = [std::ptr::null_mut()];
    // SAFETY: the defaults are llama.cpp's own; the list of devices ends with a null as it must, and it and the name outlive the call, after
    // which llama.cpp does not look at them again.
    let model = unsafe {
        let mut params = llama_cpp_sys_2::llama_model_default_params();
        params.n_gpu_layers = 0;
        params.devices = no_devices.as_mut_ptr();
        params.use_extra_bufts = false;
        params.no_host = true;
        llama_cpp_sys_2::llama_model_load_from_file(name.as_ptr(), params)
    };
    let model = NonNull::new(model)?;
    // SAFETY: LlamaModel is declared to be laid out as the pointer it wraps, which is what its own loader makes it from; nobody else has
    // this one. The version is pinned in Cargo.toml.
    Some(unsafe { std::mem::transmute::<NonNull<llama_cpp_sys_2::llama_model>, LlamaModel>(model) })
}

/// How many layers these parameters put on graphics cards; llama.cpp says -1 for all of them, and counts the output as one more.
fn layers_on_gpu(params: &LlamaModelParams, model: &LlamaModel) -> usize {
    let layers = model.n_layer() as usize + 1;
    usize::try_from(params.n_gpu_layers()).map_or(layers, |wanted| wanted.min(layers))
}

/// Sorts the vocabulary into the tree that grammars are followed in: a third of a second for 150,000 tokens, on one core. It is needed when the
/// first reply begins, so it is done while the context is made and the first passage is read.
fn parsers_of(model: &'static LlamaModel) -> Parsers {
    let make = move || {
        let environment = LlamaSampler::llguidance_tok_env(model);
        let mut factory = ParserFactory::new_simple(&environment).map_err(|error| error.to_string())?;
        factory.quiet();
        Ok(factory)
    };
    let making = std::thread::Builder::new().name("vocabulary".to_string()).spawn(make);
    LazyLock::new(Box::new(move || match making {
        Ok(thread) => thread.join().unwrap_or_else(|_| Err("its vocabulary could not be sorted".to_string())),
        Err(_) => make(),
    }))
}

fn tokens_of(tokens: Vec<LlamaToken>) -> impl Iterator<Item = Token> {
    tokens.into_iter().map(|token| token.0.cast_unsigned())
}

impl KvCache for LlamaDecoder {
    fn copy(&mut self, from: SequenceId, to: SequenceId, tokens: usize) -> Result<(), ModelError> {
        // A recurrent state is copied whole; so is, for all models, what is there to its end.
        let is_whole = self.context.kv_cache_seq_pos_max(i32::from(from)) + 1 == tokens as i32;
        let end = (!is_whole).then_some(tokens as u32);
        self.context.kv_cache_seq_cp(i32::from(from), i32::from(to), None, end).map_err(|error| self.failed(&error))
    }

    fn forget(&mut self, sequence: SequenceId, from: usize) -> bool {
        self.context.kv_cache_seq_rm(i32::from(sequence), Some(from as u32), None).is_ok()
    }
}

impl Decoder for LlamaDecoder {
    fn limits(&self) -> DecoderLimits {
        self.limits
    }

    fn use_adapter(&mut self, name: Option<&str>) -> Result<(), ModelError> {
        let done = match name {
            Some(name) => {
                let adapter = self.adapters.get_mut(name).ok_or_else(|| ModelError::NoAdapter(name.to_string()))?;
                self.context.lora_adapter_set(adapter, 1.0).is_ok()
            }
            // Takes all of them off, whichever it is given.
            None => self.adapters.values_mut().next().is_none_or(|any| self.context.lora_adapter_remove(any).is_ok()),
        };
        if done { Ok(()) } else { Err(self.failed(&"its adapter could not be switched")) }
    }

    fn prompt_tokens(&self, prompt: &Prompt) -> PromptTokens {
        let vocabulary = self.model.vocab();
        let literal = |text: &str| tokens_of(vocabulary.tokenize(text.as_bytes(), false, true));
        let text = |text: &str| self.words(text.as_bytes());
        let mut tokens = Vec::new();
        if vocabulary.should_add_bos() || self.conversation.begins_every_text {
            tokens.push(vocabulary.bos().0.cast_unsigned());
        }
        tokens.extend(literal(&self.conversation.before));
        tokens.extend(text(&prompt.system));
        if self.conversation.joins_system {
            tokens.extend(text("\n\n"));
        } else {
            tokens.extend(literal(&self.conversation.between));
        }
        let mut cuts = vec![tokens.len()];
        for part in [&prompt.passage, &prompt.form] {
            tokens.extend(text(part));
            cuts.push(tokens.len());
        }
        cuts.dedup();
        tokens.extend(text(&prompt.question));
        tokens.extend(literal(&self.conversation.after));
        PromptTokens { tokens, cuts }
    }

    fn text_tokens(&self, text: &[u8]) -> Vec<Token> {
        self.words(text)
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        self.model.vocab().token_to_piece(LlamaToken(token.cast_signed()), false, None)
    }

    fn is_end(&self, token: Token) -> bool {
        self.model.vocab().is_eog(LlamaToken(token.cast_signed()))
    }

    fn parsers(&self) -> Result<&ParserFactory, ModelError> {
        let cannot = |reason: &String| ModelError::CannotOpen { name: self.name.clone(), reason: reason.clone() };
        self.parsers.as_ref().map_err(cannot)
    }

    fn decode(&mut self, batch: &[BatchToken]) -> Result<(), ModelError> {
        let mut tokens = LlamaBatch::new(batch.len(), 1);
        for token in batch {
            let sequence = [i32::from(token.sequence)];
            let added = tokens.add(LlamaToken(token.token.cast_signed()), token.position as i32, &sequence, token.wants_logits);
            added.map_err(|error| self.failed(&error))?;
        }
        self.context.decode(&mut tokens).map_err(|error| self.failed(&error))
    }

    fn logits(&self, index: usize) -> &[f32] {
        self.context.get_logits_ith(index as i32)
    }

    #[expect(unsafe_code, reason = "llama-cpp-2 has no safe way to take a sequence's state as bytes that outlive the process")]
    fn save(&self, sequence: SequenceId) -> Result<Vec<u8>, ModelError> {
        let flags = LlamaStateSeqFlags::empty();
        let mut bytes = vec![0; self.context.state_seq_get_size_ext(i32::from(sequence), flags)];
        // SAFETY: the buffer has the size that llama.cpp asked for, for this sequence and these flags, a line above.
        let written = unsafe { self.context.state_seq_get_data_ext(bytes.as_mut_ptr(), i32::from(sequence), flags) };
        if written == bytes.len() { Ok(bytes) } else { Err(self.failed(&"its memory of a passage could not be copied")) }
    }

    #[expect(unsafe_code, reason = "llama-cpp-2 has no safe way to give a sequence's state back from bytes")]
    fn restore(&mut self, sequence: SequenceId, saved: &[u8]) -> bool {
        // SAFETY: llama.cpp checks the shape of what it is given, not its contents; whoever calls this has checked that the bytes are
        // those that `save` gave, by their hash, for the same model and settings.
        let is_restored = unsafe { self.context.state_seq_set_data_ext(saved, i32::from(sequence), LlamaStateSeqFlags::empty()) };
        if !is_restored {
            self.forget(sequence, 0);
        }
        is_restored
    }
}

/// How a conversation with a model is written: as its own template has it, or where it has none, as it was most likely trained. A template that
/// cannot be filled in may still be one of those that llama.cpp knows by heart.
fn conversation_of(model: &LlamaModel, header: &Header) -> Result<Conversation, String> {
    if let Some(WrittenForm { before, between, after, .. }) = written_form::by_name(header) {
        let [before, between, after] = [before, between, after].map(ToString::to_string);
        return Ok(Conversation { before, between, after, ..Conversation::default() });
    }
    let template = header.chat_template.as_deref().unwrap_or_default();
    let vocabulary = model.vocab();
    let spelt = |token: LlamaToken| (token.0 >= 0).then(|| vocabulary.text(token)?.to_str().ok()).flatten().unwrap_or_default();
    let own = Conversation::of_template(template, spelt(vocabulary.bos()), spelt(vocabulary.eos()));
    let conversation = match own {
        Some(conversation) => conversation,
        None => known_by_heart(model)?,
    };
    Ok(conversation.without_thoughts(template))
}

/// The same as llama.cpp's own list of templates has it.
fn known_by_heart(model: &LlamaModel) -> Result<Conversation, String> {
    let template = model.chat_template(None).map_err(|_| "the file has no chat template".to_string())?;
    let written = |messages: &[(&str, &str)]| -> Option<String> {
        let one = |(role, content): &(&str, &str)| LlamaChatMessage::new((*role).to_string(), (*content).to_string()).ok();
        let chat: Vec<LlamaChatMessage> = messages.iter().map(one).collect::<Option<_>>()?;
        model.apply_chat_template(&template, &chat, true).ok()
    };
    let user = ("user", USER_MARK);
    let both = written(&[("system", SYSTEM_MARK), user]).as_deref().and_then(Conversation::split);
    let unknown = "its chat template is of a kind that neither copydesk nor llama.cpp can follow";
    both.or_else(|| Conversation::split(&written(&[user])?)).ok_or_else(|| unknown.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_within_every_mark_that_it_spells() {
        let spellings = ["<think>", "<|a|>", "a|><|b", "｜x｜", ">>"];
        let marks = Marks { spellings: AhoCorasick::new(spellings).ok() };
        for text in ["<think>", "x<|a|><|b y", "“｜x｜｜x｜”", "<<think>>", "", ">>>>"] {
            let pieces = marks.broken(text.as_bytes());
            assert_eq!(pieces.concat(), text.as_bytes());
            for piece in pieces {
                let piece = std::str::from_utf8(piece).expect("whole letters");
                assert!(!spellings.iter().any(|spelling| piece.contains(spelling)), "{text:?} has the piece {piece:?}");
            }
        }
        assert_eq!(marks.broken(b"She walked on."), [b"She walked on."], "what spells none is not broken");
    }

    #[test]
    fn saved_prefixes_are_bound_to_the_llama_cpp_that_is_built_in() {
        let wanted = format!("llama-cpp-2 = {{ version = \"={LLAMA_CPP_2_VERSION}\"");
        assert!(include_str!("../../Cargo.toml").contains(&wanted));
    }
}
