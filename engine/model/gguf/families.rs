//! Families of models: those that answer questions, and those that hold something else.

use super::FileKind;

/// Families that hold something other than a text model to put questions to.
pub(super) const OTHER_ARCHITECTURES: [(&str, FileKind); 24] = [
    ("bert", FileKind::Embedding),
    ("modern-bert", FileKind::Embedding),
    ("nomic-bert", FileKind::Embedding),
    ("nomic-bert-moe", FileKind::Embedding),
    ("neo-bert", FileKind::Embedding),
    ("jina-bert-v2", FileKind::Embedding),
    ("jina-bert-v3", FileKind::Embedding),
    ("eurobert", FileKind::Embedding),
    ("gemma-embedding", FileKind::Embedding),
    ("llama-embed", FileKind::Embedding),
    ("t5encoder", FileKind::Embedding),
    ("clip", FileKind::Projector),
    ("controlvector", FileKind::Adapter),
    ("wavtokenizer-dec", FileKind::Speech),
    ("qwen3tts", FileKind::Speech),
    ("pockettts", FileKind::Speech),
    ("eagle3", FileKind::Draft),
    ("dflash", FileKind::Draft),
    ("gemma4-assistant", FileKind::Draft),
    ("t5", FileKind::Translator),
    ("dream", FileKind::Diffusion),
    ("llada", FileKind::Diffusion),
    ("llada-moe", FileKind::Diffusion),
    ("rnd1", FileKind::Diffusion),
];

/// Families of text models that the llama.cpp of llama-cpp-sys-2 0.1.161 knows (its `src/llama-arch.cpp`).
#[rustfmt::skip]
pub(super) const TEXT_ARCHITECTURES: &[&str] = &[
    "afmoe", "apertus", "arcee", "arctic", "arwkv7", "baichuan", "bailingmoe", "bailingmoe2", "bailingmoe3",
    "bitnet", "bloom", "chameleon", "chatglm", "clef", "codeshell", "cogvlm", "cohere2", "cohere2moe", "command-r",
    "dbrx", "deci", "deepseek", "deepseek2", "deepseek2-ocr", "deepseek32", "deepseek4", "dots1", "dots3note",
    "ernie4_5", "ernie4_5-moe", "exaone", "exaone-moe", "exaone4", "falcon", "falcon-h1", "gemma", "gemma2",
    "gemma3", "gemma3n", "gemma4", "glm-dsa", "glm4", "glm4moe", "glm5-next", "gpt-oss", "gpt2", "gptj", "gptneox",
    "granite", "granite_swa", "granitehybrid", "granitemoe", "graniteswitch", "grok", "grovemoe", "hrm_text",
    "hunyuan-dense", "hunyuan-moe", "hunyuan_vl", "hy_v3", "hy_v4", "internlm2", "jais", "jais2", "jamba",
    "kimi-k3", "kimi-linear", "laguna", "lfm2", "lfm2moe", "llama", "llama4", "maincoder", "mamba", "mamba2",
    "maple", "mellum", "mimo2", "minicpm", "minicpm3", "minimax-01", "minimax-m2", "minimax-m3", "mistral3",
    "mistral4", "mpt", "muse-glimmer", "nanbeige", "nemotron", "nemotron_h", "nemotron_h_moe", "olmo", "olmo2",
    "olmoe", "openelm", "orion", "paddleocr", "pangu-embedded", "phi2", "phi3", "phimoe", "plamo", "plamo2",
    "plamo3", "plm", "qwen", "qwen2", "qwen2moe", "qwen2vl", "qwen3", "qwen35", "qwen35moe", "qwen3moe",
    "qwen3next", "qwen3vl", "qwen3vlmoe", "qwen4exp", "refact", "rwkv6", "rwkv6qwen2", "rwkv7", "seed_oss",
    "smallthinker", "smollm3", "spark2_5", "stablelm", "starcoder", "starcoder2", "step35", "talkie", "xverse",
];
