//! Writes tiny GGUF files, right and wrong ones; one of them is a whole model, without a mind.

use std::path::Path;

/// Types of a header's values.
const NUMBER: u32 = 4;
const SIGNED: u32 = 5;
const DECIMAL: u32 = 6;
const TRUTH: u32 = 7;
const TEXT: u32 = 8;
const LIST: u32 = 9;

/// The form that llama.cpp knows as ChatML.
pub const CHAT: &str = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

const ALIGNMENT: u64 = 32;
const TOKENS: &str = "tokenizer.ggml.tokens";

/// A GGUF file to be.
#[derive(Clone)]
pub struct Writer {
    pub version: u32,
    /// Keys, and their values with the type before them.
    pub entries: Vec<(String, Vec<u8>)>,
    pub tensors: Vec<Tensor>,
}

/// One of its tensors.
#[derive(Clone)]
pub struct Tensor {
    pub name: String,
    pub dimensions: Vec<u64>,
    /// ggml's number of the way its numbers are stored.
    pub storage: u32,
    bytes: u64,
    /// Sevens where there are fewer than `bytes`.
    content: Vec<u8>,
}

/// A text as GGUF has it: its length, then its bytes.
pub fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

fn list(of: u32, values: impl ExactSizeIterator<Item = Vec<u8>>) -> Vec<u8> {
    let start = [of.to_le_bytes().to_vec(), (values.len() as u64).to_le_bytes().to_vec()].concat();
    values.fold(start, |all, value| [all, value].concat())
}

impl Writer {
    pub fn empty() -> Self {
        Self { version: 3, entries: Vec::new(), tensors: Vec::new() }
    }

    /// A model that llama.cpp's reader of headers would accept: two layers, 64 wide, two tensors.
    pub fn llama() -> Self {
        Self::empty()
            .text("general.architecture", "llama")
            .text("general.name", "Tiny Llama")
            .number("general.file_type", 15)
            .number("llama.context_length", 4096)
            .number("llama.embedding_length", 64)
            .number("llama.block_count", 2)
            .number("llama.attention.head_count", 4)
            .number("llama.attention.head_count_kv", 2)
            .text("tokenizer.ggml.model", "llama")
            .texts(TOKENS, &["<s>", "</s>", "a", "b", "", ""])
            .text("tokenizer.chat_template", CHAT)
            .tensor("token_embd.weight", &[64, 6], 0, 64 * 6 * 4)
            .tensor("output.weight", &[64, 6], 8, 2 * 34 * 6)
    }

    fn entry(mut self, key: &str, value_type: u32, value: Vec<u8>) -> Self {
        self.entries.retain(|(old, _)| old != key);
        self.entries.push((key.to_owned(), [value_type.to_le_bytes().to_vec(), value].concat()));
        self
    }

    pub fn number(self, key: &str, number: u32) -> Self {
        self.entry(key, NUMBER, number.to_le_bytes().to_vec())
    }

    pub fn decimal(self, key: &str, number: f32) -> Self {
        self.entry(key, DECIMAL, number.to_le_bytes().to_vec())
    }

    pub fn truth(self, key: &str, truth: bool) -> Self {
        self.entry(key, TRUTH, vec![u8::from(truth)])
    }

    pub fn decimals(self, key: &str, numbers: &[f32]) -> Self {
        self.entry(key, LIST, list(DECIMAL, numbers.iter().map(|number| number.to_le_bytes().to_vec())))
    }

    pub fn text(self, key: &str, text: &str) -> Self {
        self.entry(key, TEXT, string(text))
    }

    pub fn numbers(self, key: &str, numbers: &[u32]) -> Self {
        self.entry(key, LIST, list(NUMBER, numbers.iter().map(|number| number.to_le_bytes().to_vec())))
    }

    pub fn texts(self, key: &str, texts: &[&str]) -> Self {
        self.entry(key, LIST, list(TEXT, texts.iter().map(|text| string(text))))
    }

    /// What each token of the vocabulary is, by llama.cpp's numbers.
    pub fn kinds(self, kinds: &[u32]) -> Self {
        self.entry("tokenizer.ggml.token_type", LIST, list(SIGNED, kinds.iter().map(|kind| kind.to_le_bytes().to_vec())))
    }

    pub fn without(mut self, key: &str) -> Self {
        self.entries.retain(|(old, _)| old != key);
        self
    }

    pub fn without_tensors(mut self) -> Self {
        self.tensors.clear();
        self
    }

    pub fn tensor(mut self, name: &str, dimensions: &[u64], storage: u32, bytes: u64) -> Self {
        self.tensors.push(Tensor { name: name.to_owned(), dimensions: dimensions.to_vec(), storage, bytes, content: Vec::new() });
        self
    }

    /// A tensor of single-precision numbers between -0.5 and 0.5, the same for the same name; all of them 1 for a norm.
    pub fn weights(mut self, name: &str, dimensions: &[u64]) -> Self {
        let count = dimensions.iter().product::<u64>();
        let mut dice = name.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let mut number = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if name.contains("norm") { 1.0 } else { (dice >> 40) as f32 / (1 << 24) as f32 - 0.5 }
        };
        let content: Vec<u8> = (0..count).flat_map(|_| number().to_le_bytes()).collect();
        let (name, dimensions, bytes) = (name.to_owned(), dimensions.to_vec(), content.len() as u64);
        self.tensors.push(Tensor { name, dimensions, storage: 0, bytes, content });
        self
    }

    /// A model that llama.cpp opens and computes with: one layer, 64 wide, a vocabulary of single bytes. What it says is noise.
    pub fn mindless() -> Self {
        let special = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "\u{2581}"].map(str::to_owned);
        let words: Vec<String> = special.into_iter().chain((0..=255).map(|byte| format!("<0x{byte:02X}>"))).collect();
        let count = words.len() as u64;
        // Unknown, steering, plain and byte tokens by llama.cpp's numbers.
        let kinds: Vec<u32> = [2, 3, 3, 3, 3, 1].into_iter().chain([6; 256]).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Self::empty()
            .text("general.architecture", "llama")
            .text("general.name", "Mindless")
            .number("general.file_type", 0)
            .number("llama.context_length", 8192)
            .number("llama.embedding_length", 64)
            .number("llama.feed_forward_length", 128)
            .number("llama.block_count", 1)
            .number("llama.attention.head_count", 4)
            .number("llama.attention.head_count_kv", 2)
            .number("llama.rope.dimension_count", 16)
            .decimal("llama.attention.layer_norm_rms_epsilon", 1e-5)
            .text("tokenizer.ggml.model", "llama")
            .texts(TOKENS, &words)
            .decimals("tokenizer.ggml.scores", &vec![0.0; words.len()])
            .kinds(&kinds)
            .number("tokenizer.ggml.bos_token_id", 1)
            .number("tokenizer.ggml.eos_token_id", 4)
            .text("tokenizer.chat_template", CHAT)
            .weights("token_embd.weight", &[64, count])
            .weights("blk.0.attn_norm.weight", &[64])
            .weights("blk.0.attn_q.weight", &[64, 64])
            .weights("blk.0.attn_k.weight", &[64, 32])
            .weights("blk.0.attn_v.weight", &[64, 32])
            .weights("blk.0.attn_output.weight", &[64, 64])
            .weights("blk.0.ffn_norm.weight", &[64])
            .weights("blk.0.ffn_gate.weight", &[64, 128])
            .weights("blk.0.ffn_up.weight", &[64, 128])
            .weights("blk.0.ffn_down.weight", &[128, 64])
            .weights("output_norm.weight", &[64])
            .weights("output.weight", &[64, count])
    }

    /// The same with its layer's matrices in four bits a number (Q4_0), for which llama.cpp has special code on most processors.
    pub fn mindless_in_four_bits() -> Self {
        const Q4_0: u32 = 2;
        let mut model = Self::mindless().number("general.file_type", Q4_0);
        for tensor in model.tensors.iter_mut().filter(|tensor| tensor.name.starts_with("blk.") && tensor.dimensions.len() == 2) {
            // Blocks of 32 numbers: their scale, 1/16 as a half-precision number, and 32 times four bits, which stand for -8 to 7.
            tensor.storage = Q4_0;
            tensor.content = tensor
                .content
                .chunks(32 * 4)
                .flat_map(|block| {
                    let nibble = |number: usize| block[number * 4 + 1] >> 4;
                    [0x00, 0x2c].into_iter().chain((0..16).map(move |place| nibble(place) | nibble(place + 16) << 4)).collect::<Vec<u8>>()
                })
                .collect();
            tensor.bytes = tensor.content.len() as u64;
        }
        model
    }

    pub fn header_bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.entries.len() as u64).to_le_bytes());
        for (key, value) in &self.entries {
            out.extend(string(key));
            out.extend(value);
        }
        let mut offset = 0_u64;
        for Tensor { name, dimensions, storage, bytes, .. } in &self.tensors {
            out.extend(string(name));
            out.extend((dimensions.len() as u32).to_le_bytes());
            dimensions.iter().for_each(|extent| out.extend(extent.to_le_bytes()));
            out.extend(storage.to_le_bytes());
            out.extend(offset.to_le_bytes());
            offset += bytes.next_multiple_of(ALIGNMENT);
        }
        out
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut out = self.header_bytes();
        out.resize(out.len().next_multiple_of(ALIGNMENT as usize), 0);
        for Tensor { bytes, content, .. } in &self.tensors {
            let end = out.len() + bytes.next_multiple_of(ALIGNMENT) as usize;
            out.extend(content);
            out.resize(end, 7);
        }
        out
    }

    pub fn write(&self, path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, self.bytes()).unwrap();
    }
}
