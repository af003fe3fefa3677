//! The families of models that copydesk is tried with, and what must become of each.
//!
//! Lengths, rope bases, tokens, templates and licences are as the public cards and configurations of the named repositories are commonly given;
//! not each was looked up again when this was written. Of long templates, what writes system, user and assistant was kept; calls of tools and
//! pictures were left out. What is tested is the form: a figure that is somewhat off changes no answer here.

use super::tensors::{BLOOM, DEEPSEEK2, GEMMA, GEMMA2, GEMMA3, GPTNEOX, LLAMA, LLAMA4, Layout, MIXTRAL, OLMO2, PHI3, QWEN2, QWEN3};

/// How a text becomes tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokenizer {
    /// SentencePiece, `llama` in a file.
    Spm,
    /// Byte pairs, `gpt2` in a file, with the name of its pre-tokenizer.
    Bpe(&'static str),
}

/// How the model must be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// By its own template, and what that writes with `S` for the system's text and `U` for the user's.
    Template(&'static str, &'static str),
    /// In the form that is known by this name.
    Form(&'static str),
    /// Not at all.
    Never,
}

/// A model of a family, as its makers publish it.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// As its makers call it.
    pub name: &'static str,
    pub repository: &'static str,
    pub layout: &'static Layout,
    pub tokenizer: Tokenizer,
    pub context: u32,
    /// None for a model that knows places in a text otherwise.
    pub rope_base: Option<f32>,
    /// Begins every text, where something does.
    pub first: Option<&'static str>,
    /// Whether its tokenizer adds that by itself.
    pub adds_first: bool,
    /// Ends a reply.
    pub last: &'static str,
    /// The other tokens that steer it.
    pub controls: &'static [&'static str],
    pub asked: Asked,
    pub thinks: bool,
    /// As the file states it: the short name, and the full one where that is `other`.
    pub licence: Option<(&'static str, Option<&'static str>)>,
    /// What the card shows it to be.
    pub openness: &'static str,
}

const LLAMA_3: &[&str] = &["<|start_header_id|>", "<|end_header_id|>", "<|end_of_text|>", "<|python_tag|>"];
const MISTRAL: &[&str] = &["[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]"];
const GEMMA_TURNS: &[&str] = &["<start_of_turn>", "<end_of_turn>"];
const CHATML: &[&str] = &["<|im_start|>", "<|endoftext|>"];
const QWEN_3: &[&str] = &["<|im_start|>", "<|endoftext|>", "<think>", "</think>"];
const DEEPSEEK_R1: &[&str] = &["<｜User｜>", "<｜Assistant｜>", "<think>", "</think>"];
const PHI: &[&str] = &["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];

const FREE: &str = "open weights, free";
const CONDITIONS: &str = "open weights, conditions";
const OPEN_SOURCE: &str = "open source AI";

/// The usual row, from which each says in what it differs.
const USUAL: Family = Family {
    name: "",
    repository: "",
    layout: &LLAMA,
    tokenizer: Tokenizer::Spm,
    context: 4096,
    rope_base: Some(10_000.0),
    first: Some("<s>"),
    adds_first: true,
    last: "</s>",
    controls: &[],
    asked: Asked::Never,
    thinks: false,
    licence: Some(("apache-2.0", None)),
    openness: FREE,
};

pub const FAMILIES: &[Family] = &[
    Family {
        name: "LLaMA 7B",
        repository: "huggyllama/llama-7b",
        context: 2048,
        licence: Some(("other", None)),
        openness: "open weights, terms unknown",
        ..USUAL
    },
    Family {
        name: "Alpaca 7B",
        repository: "tatsu-lab/alpaca-7b-wdiff",
        context: 2048,
        asked: Asked::Form("Alpaca"),
        licence: Some(("cc-by-nc-4.0", None)),
        openness: "non-commercial",
        ..USUAL
    },
    Family {
        name: "Vicuna 7B v1.5",
        repository: "lmsys/vicuna-7b-v1.5",
        asked: Asked::Form("Vicuna"),
        licence: Some(("llama2", None)),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "Llama 2 7B Chat",
        repository: "meta-llama/Llama-2-7b-chat-hf",
        asked: Asked::Template(include_str!("llama-2.jinja"), "[INST] <<SYS>>\nS\n<</SYS>>\n\nU [/INST]"),
        licence: Some(("llama2", None)),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "Llama 3.2 3B Instruct",
        repository: "meta-llama/Llama-3.2-3B-Instruct",
        tokenizer: Tokenizer::Bpe("llama-bpe"),
        context: 131_072,
        rope_base: Some(500_000.0),
        first: Some("<|begin_of_text|>"),
        last: "<|eot_id|>",
        controls: LLAMA_3,
        asked: Asked::Template(
            include_str!("llama-3.jinja"),
            "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        licence: Some(("llama3.2", None)),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "Llama 4 Scout 17B 16E Instruct",
        repository: "meta-llama/Llama-4-Scout-17B-16E-Instruct",
        layout: &LLAMA4,
        tokenizer: Tokenizer::Bpe("llama4"),
        context: 10_485_760,
        rope_base: Some(500_000.0),
        first: Some("<|begin_of_text|>"),
        last: "<|eot|>",
        controls: &["<|header_start|>", "<|header_end|>", "<|end_of_text|>"],
        asked: Asked::Template(
            include_str!("llama-4.jinja"),
            "<|header_start|>system<|header_end|>\n\nS<|eot|><|header_start|>user<|header_end|>\n\nU<|eot|><|header_start|>assistant<|header_end|>\n\n",
        ),
        licence: Some(("other", Some("llama4"))),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "Mistral 7B Instruct v0.3",
        repository: "mistralai/Mistral-7B-Instruct-v0.3",
        context: 32_768,
        rope_base: Some(1_000_000.0),
        controls: MISTRAL,
        asked: Asked::Template(include_str!("mistral-3.jinja"), "[INST] S\n\nU[/INST]"),
        ..USUAL
    },
    Family {
        name: "Mistral Nemo Instruct 2407",
        repository: "mistralai/Mistral-Nemo-Instruct-2407",
        tokenizer: Tokenizer::Bpe("tekken"),
        context: 131_072,
        rope_base: Some(1_000_000.0),
        controls: MISTRAL,
        asked: Asked::Template(include_str!("mistral-nemo.jinja"), "[INST]S\n\nU[/INST]"),
        ..USUAL
    },
    Family {
        name: "Mixtral 8x7B Instruct v0.1",
        repository: "mistralai/Mixtral-8x7B-Instruct-v0.1",
        layout: &MIXTRAL,
        context: 32_768,
        rope_base: Some(1_000_000.0),
        asked: Asked::Template(include_str!("mistral-1.jinja"), "[INST] S\n\nU [/INST]"),
        ..USUAL
    },
    Family {
        name: "Gemma 7B it",
        repository: "google/gemma-7b-it",
        layout: &GEMMA,
        context: 8192,
        first: Some("<bos>"),
        last: "<eos>",
        controls: GEMMA_TURNS,
        asked: Asked::Template(include_str!("gemma.jinja"), "<start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\n"),
        licence: Some(("gemma", None)),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "Gemma 2 2B it",
        repository: "google/gemma-2-2b-it",
        layout: &GEMMA2,
        context: 8192,
        first: Some("<bos>"),
        last: "<eos>",
        controls: GEMMA_TURNS,
        asked: Asked::Template(include_str!("gemma.jinja"), "<start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\n"),
        licence: Some(("gemma", None)),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "Gemma 3 1B it",
        repository: "google/gemma-3-1b-it",
        layout: &GEMMA3,
        context: 32_768,
        rope_base: Some(1_000_000.0),
        first: Some("<bos>"),
        last: "<eos>",
        controls: GEMMA_TURNS,
        asked: Asked::Template(include_str!("gemma-3.jinja"), "<start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\n"),
        licence: Some(("gemma", None)),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "DeepSeek LLM 7B Chat",
        repository: "deepseek-ai/deepseek-llm-7b-chat",
        tokenizer: Tokenizer::Bpe("deepseek-llm"),
        first: Some("<｜begin▁of▁sentence｜>"),
        last: "<｜end▁of▁sentence｜>",
        asked: Asked::Template(include_str!("deepseek-llm.jinja"), "S\n\nUser: U\n\nAssistant:"),
        licence: Some(("other", Some("deepseek"))),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "DeepSeek V2 Chat",
        repository: "deepseek-ai/DeepSeek-V2-Chat",
        layout: &DEEPSEEK2,
        tokenizer: Tokenizer::Bpe("deepseek-llm"),
        context: 163_840,
        first: Some("<｜begin▁of▁sentence｜>"),
        last: "<｜end▁of▁sentence｜>",
        asked: Asked::Template(include_str!("deepseek-llm.jinja"), "S\n\nUser: U\n\nAssistant:"),
        licence: Some(("other", Some("deepseek"))),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "DeepSeek R1 Distill Qwen 7B",
        repository: "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
        layout: &QWEN2,
        tokenizer: Tokenizer::Bpe("deepseek-r1-qwen"),
        context: 131_072,
        first: Some("<｜begin▁of▁sentence｜>"),
        last: "<｜end▁of▁sentence｜>",
        controls: DEEPSEEK_R1,
        asked: Asked::Template(include_str!("deepseek-r1.jinja"), "S<｜User｜>U<｜Assistant｜><think>\n\n</think>\n\n"),
        thinks: true,
        licence: Some(("mit", None)),
        ..USUAL
    },
    Family {
        name: "DeepSeek R1 Distill Llama 8B",
        repository: "deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
        tokenizer: Tokenizer::Bpe("llama-bpe"),
        context: 131_072,
        rope_base: Some(500_000.0),
        first: Some("<｜begin▁of▁sentence｜>"),
        last: "<｜end▁of▁sentence｜>",
        controls: DEEPSEEK_R1,
        asked: Asked::Template(include_str!("deepseek-r1.jinja"), "S<｜User｜>U<｜Assistant｜><think>\n\n</think>\n\n"),
        thinks: true,
        licence: Some(("mit", None)),
        openness: CONDITIONS,
        ..USUAL
    },
    Family {
        name: "Qwen2.5 7B Instruct",
        repository: "Qwen/Qwen2.5-7B-Instruct",
        layout: &QWEN2,
        tokenizer: Tokenizer::Bpe("qwen2"),
        context: 32_768,
        rope_base: Some(1_000_000.0),
        first: None,
        adds_first: false,
        last: "<|im_end|>",
        controls: CHATML,
        asked: Asked::Template(
            include_str!("qwen-2.5.jinja"),
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n",
        ),
        ..USUAL
    },
    Family {
        name: "Qwen3 8B",
        repository: "Qwen/Qwen3-8B",
        layout: &QWEN3,
        tokenizer: Tokenizer::Bpe("qwen2"),
        context: 40_960,
        rope_base: Some(1_000_000.0),
        first: None,
        adds_first: false,
        last: "<|im_end|>",
        controls: QWEN_3,
        asked: Asked::Template(
            include_str!("qwen-3.jinja"),
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
        ),
        thinks: true,
        ..USUAL
    },
    Family {
        name: "Phi 3 mini 4k Instruct",
        repository: "microsoft/Phi-3-mini-4k-instruct",
        layout: &PHI3,
        last: "<|endoftext|>",
        controls: PHI,
        asked: Asked::Template(include_str!("phi-3.jinja"), "<|system|>\nS<|end|>\n<|user|>\nU<|end|>\n<|assistant|>\n"),
        licence: Some(("mit", None)),
        ..USUAL
    },
    Family {
        name: "Phi 4",
        repository: "microsoft/phi-4",
        layout: &PHI3,
        tokenizer: Tokenizer::Bpe("dbrx"),
        context: 16_384,
        rope_base: Some(250_000.0),
        first: None,
        adds_first: false,
        last: "<|im_end|>",
        controls: &["<|im_start|>", "<|im_sep|>", "<|endoftext|>"],
        asked: Asked::Template(
            include_str!("phi-4.jinja"),
            "<|im_start|>system<|im_sep|>S<|im_end|><|im_start|>user<|im_sep|>U<|im_end|><|im_start|>assistant<|im_sep|>",
        ),
        licence: Some(("mit", None)),
        ..USUAL
    },
    Family {
        name: "Phi 4 mini Instruct",
        repository: "microsoft/Phi-4-mini-instruct",
        layout: &PHI3,
        tokenizer: Tokenizer::Bpe("gpt-4o"),
        context: 131_072,
        first: None,
        adds_first: false,
        last: "<|endoftext|>",
        controls: PHI,
        asked: Asked::Template(include_str!("phi-4-mini.jinja"), "<|system|>S<|end|><|user|>U<|end|><|assistant|>"),
        licence: Some(("mit", None)),
        ..USUAL
    },
    Family {
        name: "Pythia 1.4B",
        repository: "EleutherAI/pythia-1.4b",
        layout: &GPTNEOX,
        tokenizer: Tokenizer::Bpe("olmo"),
        context: 2048,
        first: None,
        adds_first: false,
        last: "<|endoftext|>",
        openness: OPEN_SOURCE,
        ..USUAL
    },
    Family {
        name: "OLMo 2 0425 1B",
        repository: "allenai/OLMo-2-0425-1B",
        layout: &OLMO2,
        tokenizer: Tokenizer::Bpe("dbrx"),
        rope_base: Some(500_000.0),
        first: None,
        adds_first: false,
        last: "<|endoftext|>",
        openness: OPEN_SOURCE,
        ..USUAL
    },
    Family {
        name: "OLMo 2 0425 1B Instruct",
        repository: "allenai/OLMo-2-0425-1B-Instruct",
        layout: &OLMO2,
        tokenizer: Tokenizer::Bpe("dbrx"),
        rope_base: Some(500_000.0),
        // Its template writes it.
        first: Some("<|endoftext|>"),
        adds_first: false,
        last: "<|endoftext|>",
        asked: Asked::Template(include_str!("olmo-2.jinja"), "<|system|>\nS\n<|user|>\nU\n<|assistant|>\n"),
        openness: OPEN_SOURCE,
        ..USUAL
    },
    Family {
        name: "BLOOM 1B7",
        repository: "bigscience/bloom-1b7",
        layout: &BLOOM,
        tokenizer: Tokenizer::Bpe("bloom"),
        context: 2048,
        rope_base: None,
        licence: Some(("bigscience-bloom-rail-1.0", None)),
        openness: CONDITIONS,
        ..USUAL
    },
];
