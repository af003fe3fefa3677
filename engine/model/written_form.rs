//! How a conversation is written for models whose files do not say it: the forms that Alpaca and Vicuna were trained on, known by name.
//!
//! Forms: github.com/tatsu-lab/stanford_alpaca (README, “Data Release”) and github.com/lm-sys/FastChat (`docs/vicuna_weights_version.md`).

use super::gguf::{self, Header, ModelProblem};
use std::path::Path;

/// A written form: what stands before, between and behind the system's and the user's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenForm {
    /// The model whose form it is.
    pub of: &'static str,
    pub before: &'static str,
    pub between: &'static str,
    pub after: &'static str,
}

const FORMS: &[(&[&str], WrittenForm)] = &[
    (&["vicuna"], WrittenForm { of: "Vicuna", before: "", between: " USER: ", after: " ASSISTANT:" }),
    (
        &["alpaca"],
        WrittenForm {
            of: "Alpaca",
            before: "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n### Instruction:\n",
            between: "\n\n",
            after: "\n\n### Response:\n",
        },
    ),
];

/// Why a model cannot be asked anything: its file does not say how a conversation is written for it, and its name does not either.
pub fn problem_of_asking(path: &Path, header: &Header) -> Option<ModelProblem> {
    let can_be_asked = header.has_chat_template || by_name(header).is_some();
    (!can_be_asked).then(|| ModelProblem::CannotBeAsked { path: path.to_path_buf() })
}

/// Whether the model was probably taught to follow instructions, by its name, its template, or the form that goes with its name.
pub fn is_instruction_tuned(header: &Header) -> bool {
    gguf::is_instruction_tuned(header) || by_name(header).is_some()
}

/// The form that a model without a template was most likely trained on, by its name and what it was made from; nothing where neither tells.
pub fn by_name(header: &Header) -> Option<WrittenForm> {
    if header.has_chat_template {
        return None;
    }
    let said = [header.name.as_deref().unwrap_or_default(), header.finetune.as_deref().unwrap_or_default(), &header.base_models.join(" ")];
    let said = said.join(" ").to_lowercase();
    FORMS.iter().find(|(names, _)| names.iter().any(|name| said.contains(name))).map(|(_, form)| *form)
}
