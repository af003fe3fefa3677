//! The tensors of each architecture, by the sizes they depend on, and whole tiny models made of them. What these say is noise.
//!
//! Tensors and keys are those that llama.cpp asks for (`src/models/*.cpp` of the one that is built in).

use super::table::{Asked, Family, Tokenizer};
use crate::gguf_writer::Writer;

/// What an extent of a tensor depends on.
#[derive(Clone, Copy, Debug)]
enum Size {
    Width,
    Vocabulary,
    Queries,
    Keys,
    Head,
    /// Queries, keys and values in one.
    Fused,
    Hidden,
    /// Gate and value of the feed-forward part in one.
    HiddenTwice,
    Experts,
    /// Depends on nothing else.
    Fixed(u32),
}

use Size::{Experts, Fixed, Fused, Head, Hidden, HiddenTwice, Keys, Queries, Vocabulary, Width};

const WIDTH: u32 = 64;
const HEADS: u32 = 4;
const KEY_HEADS: u32 = 2;
const HEAD: u32 = 16;
const HIDDEN: u32 = 128;
const EXPERTS: u32 = 4;

type Tensors = &'static [(&'static str, &'static [Size])];

/// How an architecture is built.
#[derive(Debug)]
pub struct Layout {
    /// `general.architecture`.
    pub architecture: &'static str,
    whole: &'static [Tensors],
    layer: &'static [Tensors],
    layers: u32,
    /// Heads share keys and values.
    shares_keys: bool,
    /// The key of the norm's smallest number.
    epsilon: &'static str,
    /// Keys of its own, with numbers.
    numbers: &'static [(&'static str, u32)],
}

const EMBEDDED: Tensors = &[("token_embd.weight", &[Width, Vocabulary]), ("output_norm.weight", &[Width])];
const OUTPUT: Tensors = &[("output.weight", &[Width, Vocabulary])];
const BEFORE: Tensors = &[("attn_norm.weight", &[Width]), ("ffn_norm.weight", &[Width])];
const AFTER: Tensors = &[("post_attention_norm.weight", &[Width]), ("post_ffw_norm.weight", &[Width])];
const ATTENTION: Tensors = &[
    ("attn_q.weight", &[Width, Queries]),
    ("attn_k.weight", &[Width, Keys]),
    ("attn_v.weight", &[Width, Keys]),
    ("attn_output.weight", &[Queries, Width]),
];
const ATTENTION_BIASES: Tensors = &[("attn_q.bias", &[Queries]), ("attn_k.bias", &[Keys]), ("attn_v.bias", &[Keys])];
const FUSED: Tensors = &[("attn_qkv.weight", &[Width, Fused]), ("attn_output.weight", &[Width, Width])];
const HEAD_NORMS: Tensors = &[("attn_q_norm.weight", &[Head]), ("attn_k_norm.weight", &[Head])];
const WHOLE_NORMS: Tensors = &[("attn_q_norm.weight", &[Queries]), ("attn_k_norm.weight", &[Keys])];
const GATED: Tensors = &[("ffn_gate.weight", &[Width, Hidden]), ("ffn_up.weight", &[Width, Hidden]), ("ffn_down.weight", &[Hidden, Width])];
const GATED_IN_ONE: Tensors = &[("ffn_up.weight", &[Width, HiddenTwice]), ("ffn_down.weight", &[Hidden, Width])];
const PLAIN: Tensors = &[("ffn_up.weight", &[Width, Hidden]), ("ffn_down.weight", &[Hidden, Width])];
const OF_EXPERTS: Tensors = &[
    ("ffn_gate_inp.weight", &[Width, Experts]),
    ("ffn_gate_exps.weight", &[Width, Hidden, Experts]),
    ("ffn_up_exps.weight", &[Width, Hidden, Experts]),
    ("ffn_down_exps.weight", &[Hidden, Width, Experts]),
];
const SHARED: Tensors =
    &[("ffn_gate_shexp.weight", &[Width, Hidden]), ("ffn_up_shexp.weight", &[Width, Hidden]), ("ffn_down_shexp.weight", &[Hidden, Width])];
const LATENT_WIDTH: u32 = 32;
const TURNED: u32 = 8;
const LATENT: Tensors = &[
    ("attn_q_a.weight", &[Width, Fixed(LATENT_WIDTH)]),
    ("attn_q_a_norm.weight", &[Fixed(LATENT_WIDTH)]),
    ("attn_q_b.weight", &[Fixed(LATENT_WIDTH), Queries]),
    ("attn_kv_a_mqa.weight", &[Width, Fixed(LATENT_WIDTH + TURNED)]),
    ("attn_kv_a_norm.weight", &[Fixed(LATENT_WIDTH)]),
    ("attn_k_b.weight", &[Fixed(HEAD - TURNED), Fixed(LATENT_WIDTH), Fixed(HEADS)]),
    ("attn_v_b.weight", &[Fixed(LATENT_WIDTH), Fixed(HEAD), Fixed(HEADS)]),
    ("attn_output.weight", &[Queries, Width]),
];
const BIASES: Tensors = &[
    ("attn_norm.bias", &[Width]),
    ("attn_qkv.bias", &[Fused]),
    ("attn_output.bias", &[Width]),
    ("ffn_norm.bias", &[Width]),
    ("ffn_up.bias", &[Hidden]),
    ("ffn_down.bias", &[Width]),
];
const OUTPUT_BIAS: Tensors = &[("output_norm.bias", &[Width])];
const EMBEDDED_NORM: Tensors = &[("token_embd_norm.weight", &[Width]), ("token_embd_norm.bias", &[Width])];

const RMS: &str = "attention.layer_norm_rms_epsilon";
const CENTRED: &str = "attention.layer_norm_epsilon";

/// The usual one, from which each says in what it differs.
pub const LLAMA: Layout = Layout {
    architecture: "llama",
    whole: &[EMBEDDED, OUTPUT],
    layer: &[BEFORE, ATTENTION, GATED],
    layers: 1,
    shares_keys: true,
    epsilon: RMS,
    numbers: &[],
};
pub const MIXTRAL: Layout =
    Layout { layer: &[BEFORE, ATTENTION, OF_EXPERTS], numbers: &[("expert_count", EXPERTS), ("expert_used_count", 2)], ..LLAMA };
/// Every layer has an expert that is always asked; three of four layers look back only a little way.
pub const LLAMA4: Layout = Layout {
    architecture: "llama4",
    layer: &[BEFORE, ATTENTION, OF_EXPERTS, SHARED],
    layers: 4,
    numbers: &[
        ("expert_count", EXPERTS),
        ("expert_used_count", 1),
        ("expert_feed_forward_length", HIDDEN),
        ("interleave_moe_layer_step", 1),
    ],
    ..LLAMA
};
/// Keys and values are kept in a smaller form, of which each head makes its own.
pub const DEEPSEEK2: Layout = Layout {
    architecture: "deepseek2",
    layer: &[BEFORE, LATENT, OF_EXPERTS, SHARED],
    numbers: &[
        ("expert_count", EXPERTS),
        ("expert_used_count", 2),
        ("expert_shared_count", 1),
        ("expert_feed_forward_length", HIDDEN),
        ("leading_dense_block_count", 0),
        ("attention.q_lora_rank", LATENT_WIDTH),
        ("attention.kv_lora_rank", LATENT_WIDTH),
        ("attention.head_count_kv", 1),
        ("attention.key_length", LATENT_WIDTH + TURNED),
        ("attention.value_length", LATENT_WIDTH),
        ("attention.key_length_mla", HEAD),
        ("attention.value_length_mla", HEAD),
        ("rope.dimension_count", TURNED),
    ],
    ..LLAMA
};
pub const QWEN2: Layout = Layout { architecture: "qwen2", layer: &[BEFORE, ATTENTION, ATTENTION_BIASES, GATED], ..LLAMA };
pub const QWEN3: Layout = Layout { architecture: "qwen3", layer: &[BEFORE, ATTENTION, HEAD_NORMS, GATED], ..LLAMA };
pub const GEMMA: Layout = Layout { architecture: "gemma", whole: &[EMBEDDED], ..LLAMA };
/// Every other layer looks back only a little way.
pub const GEMMA2: Layout = Layout {
    architecture: "gemma2",
    whole: &[EMBEDDED],
    layer: &[BEFORE, AFTER, ATTENTION, GATED],
    layers: 2,
    numbers: &[("attention.sliding_window", 4096)],
    ..LLAMA
};
/// Five of six layers look back only a little way.
pub const GEMMA3: Layout = Layout {
    architecture: "gemma3",
    layer: &[BEFORE, AFTER, ATTENTION, HEAD_NORMS, GATED],
    layers: 6,
    numbers: &[("attention.sliding_window", 512)],
    ..GEMMA2
};
pub const PHI3: Layout = Layout { architecture: "phi3", layer: &[BEFORE, FUSED, GATED_IN_ONE], ..LLAMA };
pub const OLMO2: Layout = Layout { architecture: "olmo2", layer: &[ATTENTION, WHOLE_NORMS, AFTER, GATED], ..LLAMA };
pub const GPTNEOX: Layout = Layout {
    architecture: "gptneox",
    whole: &[EMBEDDED, OUTPUT_BIAS, OUTPUT],
    layer: &[BEFORE, FUSED, PLAIN, BIASES],
    shares_keys: false,
    epsilon: CENTRED,
    ..LLAMA
};
pub const BLOOM: Layout = Layout { architecture: "bloom", whole: &[EMBEDDED, EMBEDDED_NORM, OUTPUT_BIAS, OUTPUT], ..GPTNEOX };

impl Layout {
    fn key_heads(&self) -> u32 {
        if self.shares_keys { KEY_HEADS } else { HEADS }
    }

    fn extent(&self, size: Size, vocabulary: u64) -> u64 {
        let keys = self.key_heads() * HEAD;
        u64::from(match size {
            Width => WIDTH,
            Vocabulary => return vocabulary,
            Queries => HEADS * HEAD,
            Keys => keys,
            Head => HEAD,
            Fused => HEADS * HEAD + 2 * keys,
            Hidden => HIDDEN,
            HiddenTwice => 2 * HIDDEN,
            Experts => EXPERTS,
            Fixed(extent) => extent,
        })
    }
}

// llama.cpp's numbers of what a token is.
const WORD: u32 = 1;
const UNKNOWN: u32 = 2;
const CONTROL: u32 = 3;
/// Control tokens that a tokenizer lists as ordinary additions, as those of thoughts are.
const ADDED: u32 = 4;
const BYTE: u32 = 6;

/// A vocabulary of single bytes, and the tokens that steer the model.
struct Words {
    words: Vec<String>,
    kinds: Vec<u32>,
}

impl Words {
    fn of(family: &Family) -> Words {
        let mut vocabulary = Words { words: Vec::new(), kinds: Vec::new() };
        match family.tokenizer {
            Tokenizer::Spm => {
                vocabulary.add("<unk>".to_string(), UNKNOWN);
                vocabulary.add("\u{2581}".to_string(), WORD);
                (0..=255).for_each(|byte| vocabulary.add(format!("<0x{byte:02X}>"), BYTE));
            }
            Tokenizer::Bpe(_) => {
                (0..=255).for_each(|byte| vocabulary.add(letter_of(byte).to_string(), WORD));
                vocabulary.add("Ġt".to_string(), WORD);
            }
        }
        for token in family.first.into_iter().chain([family.last]).chain(family.controls.iter().copied()) {
            let kind = if token.contains("think>") { ADDED } else { CONTROL };
            vocabulary.add(token.to_string(), kind);
        }
        vocabulary
    }

    fn add(&mut self, word: String, kind: u32) {
        // One token may begin and end texts.
        if !self.words.contains(&word) {
            self.words.push(word);
            self.kinds.push(kind);
        }
    }

    fn number(&self, token: &str) -> u32 {
        self.words.iter().position(|word| word == token).expect("a token of the vocabulary") as u32
    }
}

/// The letter that stands for a byte in vocabularies of byte pairs (GPT-2's `bytes_to_unicode`).
fn letter_of(byte: u8) -> char {
    let is_itself = |byte: u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let others_before = (0..byte).filter(|other| !is_itself(*other)).count() as u32;
    if is_itself(byte) { char::from(byte) } else { char::from_u32(256 + others_before).expect("a letter") }
}

impl Family {
    /// What its file is called, without the ending.
    pub fn file(&self) -> String {
        format!("{}-F32", self.repository.split('/').next_back().expect("a name"))
    }

    /// The chat template that its file has.
    pub fn template(&self) -> Option<&'static str> {
        if let Asked::Template(template, _) = self.asked { Some(template.trim_end_matches('\n')) } else { None }
    }

    /// A whole model of this family, as small as it can be, with everything in its header that its makers' files have.
    pub fn model(&self) -> Writer {
        let Layout { architecture, layers, .. } = self.layout;
        let vocabulary = Words::of(self);
        let words: Vec<&str> = vocabulary.words.iter().map(String::as_str).collect();
        let key = |name: &str| format!("{architecture}.{name}");
        let mut model = Writer::empty()
            .text("general.architecture", architecture)
            .text("general.name", self.name)
            .number("general.file_type", 0)
            .number(&key("context_length"), self.context)
            .number(&key("embedding_length"), WIDTH)
            .number(&key("feed_forward_length"), HIDDEN)
            .number(&key("block_count"), *layers)
            .number(&key("attention.head_count"), HEADS)
            .number(&key("attention.head_count_kv"), self.layout.key_heads())
            .number(&key("attention.key_length"), HEAD)
            .number(&key("attention.value_length"), HEAD)
            .decimal(&key(self.layout.epsilon), 1e-5)
            .texts("tokenizer.ggml.tokens", &words)
            .kinds(&vocabulary.kinds)
            .number("tokenizer.ggml.eos_token_id", vocabulary.number(self.last))
            .truth("tokenizer.ggml.add_bos_token", self.adds_first);
        if let Some(first) = self.first {
            model = model.number("tokenizer.ggml.bos_token_id", vocabulary.number(first));
        }
        if let Some(base) = self.rope_base {
            // Pythia turns a quarter of each head.
            let turned = if *architecture == "gptneox" { HEAD / 4 } else { HEAD };
            model = model.number(&key("rope.dimension_count"), turned).decimal(&key("rope.freq_base"), base);
        }
        if *architecture == "gptneox" {
            model = model.truth("gptneox.use_parallel_residual", true);
        }
        for (name, number) in self.layout.numbers {
            model = model.number(&key(name), *number);
        }
        model = match self.tokenizer {
            Tokenizer::Spm => model.text("tokenizer.ggml.model", "llama").decimals("tokenizer.ggml.scores", &vec![0.0; words.len()]),
            Tokenizer::Bpe(pre) => {
                model.text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", pre).texts("tokenizer.ggml.merges", &["Ġ t"])
            }
        };
        if let Some(template) = self.template() {
            model = model.text("tokenizer.chat_template", template);
        }
        if let Some((short, name)) = self.licence {
            model = model.text("general.license", short);
            model = name.map_or(model.clone(), |name| model.text("general.license.name", name));
        }
        self.with_tensors(model, words.len() as u64)
    }

    fn with_tensors(&self, mut model: Writer, vocabulary: u64) -> Writer {
        let extents = |sizes: &[Size]| -> Vec<u64> { sizes.iter().map(|size| self.layout.extent(*size, vocabulary)).collect() };
        for (name, sizes) in self.layout.whole.iter().copied().flatten() {
            model = model.weights(name, &extents(sizes));
        }
        for layer in 0..self.layout.layers {
            for (name, sizes) in self.layout.layer.iter().copied().flatten() {
                model = model.weights(&format!("blk.{layer}.{name}"), &extents(sizes));
            }
        }
        model
    }
}
