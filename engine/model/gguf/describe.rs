//! What the entries mean, and what llama.cpp asks of every text model.

use super::families::OTHER_ARCHITECTURES;
use super::problem::ModelProblem;
use super::reader::{CHAT_TEMPLATE, NAMES_KEPT, Part, Value};
use super::storage::quantisation_name;
use super::{FileKind, Header};
use std::path::Path;

impl Part {
    pub(super) fn text(&self, key: &str) -> Option<String> {
        match self.values.get(key) {
            Some(Value::Text(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Texts(texts)) if !texts.is_empty() => Some(texts.join(", ")),
            _ => None,
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        match self.values.get(key) {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::Numbers(numbers)) => numbers.iter().max().copied(),
            _ => None,
        }
    }

    /// The length of a list, kept or not; none if there is no such list.
    pub(super) fn list_length(&self, key: &str) -> Option<u64> {
        match self.values.get(key)? {
            Value::Numbers(numbers) => Some(numbers.len() as u64),
            Value::Texts(texts) => Some(texts.len() as u64),
            Value::Other { length } => Some(*length),
            Value::Number(_) | Value::Text(_) | Value::Single => None,
        }
    }
}

pub(super) fn describe(part: &Part, path: &Path) -> Result<Header, ModelProblem> {
    let architecture = part.text("general.architecture").unwrap_or_default();
    let of = |key: &str| part.number(&format!("{architecture}.{key}"));
    let kind = kind_of(part, &architecture);
    if kind == FileKind::TextModel {
        check_text_model(part, &architecture, path)?;
    }
    let embedding_length = of("embedding_length");
    let block_count = of("block_count");
    let head_count = of("attention.head_count");
    let head_count_kv = of("attention.head_count_kv").or(head_count);
    let key_length = of("attention.key_length").or_else(|| embedding_length?.checked_div(head_count?).filter(|length| *length > 0));
    Ok(Header {
        kind,
        is_embedding_or_projector: kind != FileKind::TextModel,
        is_only_for_ollama: is_only_for_ollama(part, &architecture),
        name: part.text("general.name"),
        finetune: part.text("general.finetune"),
        size_label: part.text("general.size_label").unwrap_or_else(|| count_in_words(part.tensors.element_count)),
        quantisation: part.number("general.file_type").and_then(quantisation_name).map(str::to_owned),
        context_length: of("context_length"),
        embedding_length,
        block_count,
        head_count,
        head_count_kv,
        head_count_kv_of_all_layers: head_count_kv_of_all_layers(part, &architecture, block_count, head_count_kv),
        key_length,
        value_length: of("attention.value_length").or(key_length),
        licence: part.text("general.license"),
        licence_name: part.text("general.license.name"),
        licence_link: part.text("general.license.link"),
        base_models: named_sources(part, "general.base_model"),
        datasets: [named_sources(part, "general.dataset"), texts(part, "general.datasets")].concat(),
        quantised_by: part.text("general.quantized_by"),
        has_chat_template: part.values.contains_key(CHAT_TEMPLATE),
        chat_template: part.text(CHAT_TEMPLATE),
        tokenizer_model: part.text("tokenizer.ggml.model"),
        parameter_count: part.tensors.element_count,
        file_bytes: part.file_bytes,
        tensors_end_bytes: part.tensors.end_bytes,
        split: None,
        architecture,
    })
}

/// What llama.cpp asks of every text model, and refuses (or ends the process) without saying why.
pub(super) fn check_text_model(part: &Part, architecture: &str, path: &Path) -> Result<(), ModelProblem> {
    let damaged = |what: &str| Err(ModelProblem::Damaged { path: path.to_path_buf(), what: what.to_owned() });
    if architecture.is_empty() {
        return damaged("it does not say what family of models it belongs to");
    }
    for key in ["context_length", "embedding_length", "block_count"] {
        if part.number(&format!("{architecture}.{key}")).unwrap_or(0) == 0 {
            return damaged("it does not say how large the model is");
        }
    }
    let tokenizer = part.text("tokenizer.ggml.model").unwrap_or_default();
    let Some(vocabulary) = &part.vocabulary else {
        return damaged("it has no vocabulary");
    };
    // This one tokenizer tells equal words apart by their place.
    if vocabulary.has_repeated_token && tokenizer != "hybriddna" {
        return damaged("a word stands twice in its vocabulary");
    }
    for key in ["tokenizer.ggml.scores", "tokenizer.ggml.token_type"] {
        if part.values.contains_key(key) && part.list_length(key).unwrap_or(0) < vocabulary.token_count {
            return damaged("its vocabulary is not complete");
        }
    }
    Ok(())
}

pub(super) fn kind_of(part: &Part, architecture: &str) -> FileKind {
    match part.text("general.type").as_deref() {
        Some("adapter") => return FileKind::Adapter,
        Some("mmproj") => return FileKind::Projector,
        Some("imatrix") => return FileKind::Statistics,
        _ => {}
    }
    let family = OTHER_ARCHITECTURES.iter().find(|(name, _)| *name == architecture).map(|(_, kind)| *kind);
    // Makers of embedding models write down how the numbers of a text are pooled; 0 means that they are not.
    let pools = part.number(&format!("{architecture}.pooling_type")).is_some_and(|pooling| pooling > 0);
    match family {
        Some(kind) => kind,
        None if pools => FileKind::Embedding,
        // The first of several files may hold no tensors.
        None if part.tensors.names.is_empty() && part.vocabulary.is_some() && part.number("split.count").is_none() => FileKind::Vocabulary,
        None => FileKind::TextModel,
    }
}

/// Ollama has names of its own for some families, and leaves an entry out of its Gemma 3 that llama.cpp must have.
pub(super) fn is_only_for_ollama(part: &Part, architecture: &str) -> bool {
    let lacks_epsilon = || !part.values.contains_key("gemma3.attention.layer_norm_rms_epsilon");
    matches!(architecture, "gptoss" | "mllama" | "qwen25vl" | "deepseekocr") || (architecture == "gemma3" && lacks_epsilon())
}

pub(super) fn head_count_kv_of_all_layers(part: &Part, architecture: &str, layers: Option<u64>, per_layer: Option<u64>) -> u64 {
    let key = format!("{architecture}.attention.head_count");
    let lists = [format!("{key}_kv"), key].map(|key| match part.values.get(&key) {
        Some(Value::Numbers(numbers)) => Some(numbers.iter().fold(0_u64, |sum, heads| sum.saturating_add(*heads))),
        Some(Value::Number(number)) => Some(number.saturating_mul(layers.unwrap_or(0))),
        _ => None,
    });
    lists.into_iter().flatten().next().unwrap_or_else(|| per_layer.unwrap_or(0).saturating_mul(layers.unwrap_or(0)))
}

/// `general.base_model.0.repo_url`, `….1.name` and so on: an address for each source where there is one, else a name.
pub(super) fn named_sources(part: &Part, prefix: &str) -> Vec<String> {
    let count = part.number(&format!("{prefix}.count")).unwrap_or(0).min(NAMES_KEPT);
    let one = |index: u64| {
        let of = |key: &str| part.text(&format!("{prefix}.{index}.{key}"));
        of("repo_url").or_else(|| match (of("organization"), of("name")) {
            (Some(organisation), Some(name)) => Some(format!("{organisation}/{name}")),
            (_, name) => name,
        })
    };
    (0..count).filter_map(one).collect()
}

pub(super) fn texts(part: &Part, key: &str) -> Vec<String> {
    match part.values.get(key) {
        Some(Value::Texts(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// A number of weights as model makers write it: `494M`, `1.5B`.
pub(super) fn count_in_words(count: u64) -> String {
    match count {
        10_000_000_000.. => format!("{:.0}B", count as f64 / 1e9),
        1_000_000_000.. => format!("{:.1}B", count as f64 / 1e9),
        1_000_000.. => format!("{}M", count / 1_000_000),
        _ => format!("{}K", count / 1_000),
    }
}
