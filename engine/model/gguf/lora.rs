//! Whether an adapter (LoRA) that somebody made fits a model: llama.cpp takes one whose matrices suit the model's, and says nothing of why it
//! takes no other.

use super::FileKind;
use super::describe::{kind_of, named_sources};
use super::problem::ModelProblem;
use super::reader::{Tensors, Value, load_part};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How the names of an adapter's two matrices end, after the name of the tensor that they change.
const NARROW: &str = ".lora_a";
const WIDE: &str = ".lora_b";

/// The one tensor whose rows are looked up instead of multiplied, so that both matrices lie the other way round.
const EMBEDDINGS: &str = "token_embd.weight";

/// By how much its changes are multiplied; llama.cpp ends the process when it is no single-precision number.
const ALPHA: &str = "adapter.lora.alpha";

/// The extents of tensors, the width first, by name.
type Extents = BTreeMap<String, Vec<u64>>;

/// What an adapter's file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lora {
    /// The family of its base, as llama.cpp names it.
    pub architecture: String,
    /// The models that it was made for, as far as the file says: addresses where it has them, else names.
    pub base_models: Vec<String>,
    extents: Extents,
}

/// A model that an adapter may fit.
#[derive(Clone, Debug, Default)]
pub struct LoraBase {
    architecture: String,
    extents: Extents,
}

impl LoraBase {
    /// The base that lies in these files.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(files: &[PathBuf]) -> Result<LoraBase, ModelProblem> {
        let mut base = LoraBase::default();
        for file in files {
            let part = load_part(file)?;
            if base.architecture.is_empty() {
                base.architecture = part.text("general.architecture").unwrap_or_default();
            }
            base.extents.extend(extents_of(part.tensors));
        }
        Ok(base)
    }
}

fn extents_of(tensors: Tensors) -> impl Iterator<Item = (String, Vec<u64>)> {
    tensors.table.into_iter().map(|tensor| (tensor.name, tensor.extents))
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
        if !matches!(part.values.get(ALPHA), None | Some(Value::Single)) {
            let what = "what its changes are multiplied by is no number of the right kind".to_string();
            return Err(ModelProblem::Damaged { path: path.to_path_buf(), what });
        }
        let base_models = named_sources(&part, "general.base_model");
        Ok(Lora { architecture, base_models, extents: extents_of(part.tensors).collect() })
    }

    /// Why it cannot be put onto a model; nothing when it can. `path` is its own file, for the message.
    pub fn problem_on(&self, path: &Path, base: &LoraBase) -> Option<ModelProblem> {
        let why = self.misfit(&base.architecture, &base.extents)?;
        Some(ModelProblem::DoesNotFit { path: path.to_path_buf(), why })
    }

    /// Why it does not fit a model with these tensors; nothing when it does.
    fn misfit(&self, architecture: &str, model: &Extents) -> Option<String> {
        if self.architecture != architecture {
            return Some(format!("it was made for a model of the family {}, not {architecture}", self.architecture));
        }
        if self.extents.is_empty() {
            return Some("it changes nothing".to_string());
        }
        self.extents.iter().find_map(|(name, narrow)| {
            let Some(changed) = name.strip_suffix(NARROW) else {
                let is_pair = name.strip_suffix(WIDE).is_some_and(|changed| self.extents.contains_key(&format!("{changed}{NARROW}")));
                return (!is_pair).then(|| format!("it has a tensor, {name}, that belongs to no pair"));
            };
            let Some(wide) = self.extents.get(&format!("{changed}{WIDE}")) else {
                return Some(format!("it has only one half of what changes {changed}"));
            };
            let Some(base) = model.get(changed) else {
                return Some(format!("it changes {changed}, which the model does not have"));
            };
            let is_of_base = if changed == EMBEDDINGS { changes(wide, narrow, base, true) } else { changes(narrow, wide, base, false) };
            (!is_of_base).then(|| format!("it was made for a larger or smaller model: {changed} has another size"))
        })
    }
}

/// Whether two matrices of an adapter make a change of the size of a tensor. Where experts lie in one tensor, each has a pair of its own.
fn changes(narrow: &[u64], wide: &[u64], base: &[u64], is_flipped: bool) -> bool {
    let ([in_width, in_height, of_in @ ..], [out_width, out_height, of_out @ ..], [width, height, of_base @ ..]) = (narrow, wide, base)
    else {
        return false;
    };
    let is_of_size = if is_flipped {
        in_height == width && out_width == height && in_width == out_height
    } else {
        in_width == width && out_height == height && in_height == out_width
    };
    is_of_size && of_in == of_base && of_out == of_base
}

#[cfg(test)]
mod tests {
    use super::super::tests::Writer;
    use super::*;

    fn named(entries: &[(&str, &[u64])]) -> Extents {
        entries.iter().map(|(name, extents)| ((*name).to_string(), extents.to_vec())).collect()
    }

    fn lora(extents: &[(&str, &[u64])]) -> Lora {
        Lora { architecture: "llama".to_string(), base_models: Vec::new(), extents: named(extents) }
    }

    #[test]
    fn an_adapter_fits_by_family_names_and_sizes() {
        let model: &[(&str, &[u64])] = &[("blk.0.attn_q.weight", &[64, 48]), ("token_embd.weight", &[64, 1000]), ("exps", &[64, 48, 8])];
        let model = named(model);
        let experts = |count: u64| lora(&[("exps.lora_a", &[64, 4, count]), ("exps.lora_b", &[4, 48, count])]);
        let query = |a: &[u64], b: &[u64]| lora(&[("blk.0.attn_q.weight.lora_a", a), ("blk.0.attn_q.weight.lora_b", b)]);
        let fitting = query(&[64, 8], &[8, 48]);
        assert_eq!(experts(8).misfit("llama", &model), None);
        assert_eq!(fitting.misfit("llama", &model), None);
        let words = lora(&[("token_embd.weight.lora_a", &[1000, 8]), ("token_embd.weight.lora_b", &[8, 64])]);
        assert_eq!(words.misfit("llama", &model), None, "llama.cpp has the two of the embeddings the other way round");
        for (lora, architecture, told) in [
            (fitting, "qwen2", "of the family llama, not qwen2"),
            (query(&[32, 8], &[8, 48]), "llama", "another size"),
            (query(&[64, 8], &[8, 64]), "llama", "another size"),
            (query(&[64, 8], &[4, 48]), "llama", "another size"),
            (query(&[64, 8, 1], &[8, 48]), "llama", "another size"),
            (query(&[64], &[8, 48]), "llama", "another size"),
            (experts(4), "llama", "another size"),
            (lora(&[("blk.0.attn_q.weight", &[64])]), "llama", "belongs to no pair"),
            (lora(&[]), "llama", "changes nothing"),
            (lora(&[("blk.0.attn_q.weight.lora_a", &[64, 8])]), "llama", "only one half"),
            (lora(&[("blk.0.attn_q.weight.lora_b", &[8, 48])]), "llama", "belongs to no pair"),
            (lora(&[("blk.7.ffn.weight.lora_a", &[64, 8]), ("blk.7.ffn.weight.lora_b", &[8, 48])]), "llama", "does not have"),
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
        let adapter = Writer::empty().text("general.type", "adapter").text("general.architecture", "llama").text("adapter.type", "lora");
        adapter.clone().decimal(ALPHA, 32.0).write(&path);
        assert!(Lora::read(&path).is_ok());
        adapter.number(ALPHA, 32).write(&path);
        assert!(matches!(Lora::read(&path), Err(ModelProblem::Damaged { .. })));
    }
}
