//! Whether an adapter (LoRA) that somebody made fits a model: llama.cpp takes one whose matrices suit the model's, and says nothing of why it
//! takes no other.

use super::FileKind;
use super::describe::{kind_of, named_sources};
use super::problem::ModelProblem;
use super::reader::{Tensors, load_part};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How the names of an adapter's two matrices end, after the name of the tensor that they change.
const NARROW: &str = ".lora_a";
const WIDE: &str = ".lora_b";

/// The one tensor whose rows are looked up instead of multiplied, so that both matrices lie the other way round.
const EMBEDDINGS: &str = "token_embd.weight";

/// What an adapter's file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lora {
    /// The family of its base, as llama.cpp names it.
    pub architecture: String,
    /// The models that it was made for, as far as the file says: addresses where it has them, else names.
    pub base_models: Vec<String>,
    /// Width and height of each of its matrices, by name.
    matrices: BTreeMap<String, [u64; 2]>,
}

impl Tensors {
    /// Takes note of a tensor, if it is a matrix.
    pub(super) fn note_matrix(&mut self, name: &[u8], extents: &[u64]) {
        if let ([width, height], Ok(name)) = (extents, std::str::from_utf8(name)) {
            self.matrices.insert(name.to_string(), [*width, *height]);
        }
    }
}

impl Lora {
    /// Reads an adapter's header.
    ///
    /// # Errors
    /// Whatever makes the file unusable, and a file that is no LoRA adapter.
    pub fn read(path: &Path) -> Result<Lora, ModelProblem> {
        let part = load_part(path)?;
        let architecture = part.text("general.architecture").unwrap_or_default();
        let kind = kind_of(&part, &architecture);
        if kind != FileKind::Adapter || part.text("adapter.type").as_deref() != Some("lora") {
            return Err(ModelProblem::NoAdapter { path: path.to_path_buf(), kind });
        }
        let base_models = named_sources(&part, "general.base_model");
        Ok(Lora { architecture, base_models, matrices: part.tensors.matrices })
    }

    /// Why it does not fit a model with these matrices; nothing when it does.
    fn misfit(&self, architecture: &str, model: &BTreeMap<String, [u64; 2]>) -> Option<String> {
        if self.architecture != architecture {
            return Some(format!("it was made for a model of the family {}, not {architecture}", self.architecture));
        }
        if self.matrices.is_empty() {
            return Some("it changes nothing".to_string());
        }
        self.matrices.iter().find_map(|(name, narrow)| {
            let Some(changed) = name.strip_suffix(NARROW) else {
                let is_pair = name.strip_suffix(WIDE).is_some_and(|changed| self.matrices.contains_key(&format!("{changed}{NARROW}")));
                return (!is_pair).then(|| format!("it has a tensor, {name}, that belongs to no pair"));
            };
            let Some(wide) = self.matrices.get(&format!("{changed}{WIDE}")) else {
                return Some(format!("it has only one half of what changes {changed}"));
            };
            let Some(base) = model.get(changed) else {
                return Some(format!("it changes {changed}, which the model does not have"));
            };
            let (narrow, wide) = if changed == EMBEDDINGS { (wide, narrow) } else { (narrow, wide) };
            let is_of_base = match changed {
                EMBEDDINGS => narrow[1] == base[0] && wide[0] == base[1] && narrow[0] == wide[1],
                _ => narrow[0] == base[0] && wide[1] == base[1] && narrow[1] == wide[0],
            };
            (!is_of_base).then(|| format!("it was made for a larger or smaller model: {changed} has another size"))
        })
    }
}

/// Why an adapter cannot be put onto a model, which lies in these files; nothing when it can.
///
/// # Errors
/// A file of the model cannot be read.
pub fn problem_with_lora(path: &Path, lora: &Lora, model: &[PathBuf]) -> Result<Option<ModelProblem>, ModelProblem> {
    let mut matrices = BTreeMap::new();
    let mut architecture = String::new();
    for file in model {
        let part = load_part(file)?;
        if architecture.is_empty() {
            architecture = part.text("general.architecture").unwrap_or_default();
        }
        matrices.extend(part.tensors.matrices);
    }
    Ok(lora.misfit(&architecture, &matrices).map(|why| ModelProblem::DoesNotFit { path: path.to_path_buf(), why }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::Writer;
    use super::*;

    fn named(entries: &[(&str, [u64; 2])]) -> BTreeMap<String, [u64; 2]> {
        entries.iter().map(|(name, extents)| ((*name).to_string(), *extents)).collect()
    }

    fn lora(matrices: &[(&str, [u64; 2])]) -> Lora {
        Lora { architecture: "llama".to_string(), base_models: Vec::new(), matrices: named(matrices) }
    }

    #[test]
    fn an_adapter_fits_by_family_names_and_sizes() {
        let model = named(&[("blk.0.attn_q.weight", [64, 48]), ("token_embd.weight", [64, 1000])]);
        let query = |a: [u64; 2], b: [u64; 2]| lora(&[("blk.0.attn_q.weight.lora_a", a), ("blk.0.attn_q.weight.lora_b", b)]);
        let fitting = query([64, 8], [8, 48]);
        assert_eq!(fitting.misfit("llama", &model), None);
        let words = lora(&[("token_embd.weight.lora_a", [1000, 8]), ("token_embd.weight.lora_b", [8, 64])]);
        assert_eq!(words.misfit("llama", &model), None, "llama.cpp has the two of the embeddings the other way round");
        for (lora, architecture, told) in [
            (fitting, "qwen2", "of the family llama, not qwen2"),
            (query([32, 8], [8, 48]), "llama", "another size"),
            (query([64, 8], [8, 64]), "llama", "another size"),
            (query([64, 8], [4, 48]), "llama", "another size"),
            (lora(&[]), "llama", "changes nothing"),
            (lora(&[("blk.0.attn_q.weight.lora_a", [64, 8])]), "llama", "only one half"),
            (lora(&[("blk.0.attn_q.weight.lora_b", [8, 48])]), "llama", "belongs to no pair"),
            (lora(&[("blk.7.ffn.weight.lora_a", [64, 8]), ("blk.7.ffn.weight.lora_b", [8, 48])]), "llama", "does not have"),
        ] {
            let why = lora.misfit(architecture, &model).expect("it does not fit");
            assert!(why.contains(told), "{why}");
        }
    }

    #[test]
    fn only_a_lora_is_an_adapter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gguf");
        Writer::llama().write(&path);
        assert!(matches!(Lora::read(&path), Err(ModelProblem::NoAdapter { kind: FileKind::TextModel, .. })));
    }
}
