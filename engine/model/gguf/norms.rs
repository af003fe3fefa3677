//! Which base a model was made from, whatever its quantisation: every quantisation keeps the small tensors between its layers as they were.

use super::problem::ModelProblem;
use super::reader::{Tensor, load_part};
use crate::text::ContentHash;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// How the names of the tensors end that no quantisation changes.
const NORM_SUFFIX: &str = "_norm.weight";

/// ggml's number for numbers of 32 bits.
const F32: u32 = 0;

/// All of them together are far smaller in every real model, in bytes.
const NORMS_LIMIT_BYTES: u64 = 64 << 20;

/// What all quantisations of one base have in common: the hash of its norm tensors, by name, in all its files. Nothing for a model that has
/// none, or stores them in another way.
///
/// # Errors
/// A file cannot be read, or is not what its header says.
pub fn base_identity(files: &[PathBuf]) -> Result<Option<ContentHash>, ModelProblem> {
    let mut norms: Vec<(String, Vec<u8>)> = Vec::new();
    for path in files {
        let part = load_part(path)?;
        let is_norm = |tensor: &&Tensor| tensor.storage == F32 && tensor.name.ends_with(NORM_SUFFIX);
        let total: u64 = part.tensors.table.iter().filter(is_norm).map(|norm| norm.bytes).fold(0, u64::saturating_add);
        if total > NORMS_LIMIT_BYTES {
            return Ok(None);
        }
        let failed = |error: std::io::Error| super::problem::problem_of_io(path, &error);
        let mut file = File::open(path).map_err(failed)?;
        for norm in part.tensors.table.iter().filter(is_norm) {
            let mut bytes = vec![0; usize::try_from(norm.bytes).unwrap_or(0)];
            file.seek(SeekFrom::Start(part.tensors.start_bytes.saturating_add(norm.start))).map_err(failed)?;
            file.read_exact(&mut bytes).map_err(failed)?;
            norms.push((norm.name.clone(), bytes));
        }
    }
    norms.sort();
    let parts = norms.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes]);
    Ok((!norms.is_empty()).then(|| ContentHash::of_parts(parts)))
}
