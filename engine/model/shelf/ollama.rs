//! How Ollama lays its models out: a manifest that names blobs.

use super::*;

/// The note in which Ollama says which files make up a model.
#[derive(serde::Deserialize)]
pub(super) struct Manifest {
    pub(super) layers: Option<Vec<Layer>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Layer {
    pub(super) media_type: String,
    pub(super) digest: String,
}

/// `registry.ollama.ai/library/llama3.2/3b` → `llama3.2:3b`; other namespaces and registries are kept.
pub(super) fn ollama_name(manifests: &Path, manifest: &Path) -> String {
    let parts: Vec<String> =
        manifest.strip_prefix(manifests).unwrap_or(manifest).iter().map(|part| part.to_string_lossy().into_owned()).collect();
    match parts.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["registry.ollama.ai", "library", model, tag] => format!("{model}:{tag}"),
        ["registry.ollama.ai", namespace, model, tag] => format!("{namespace}/{model}:{tag}"),
        [folders @ .., tag] => format!("{}:{tag}", folders.join("/")),
        [] => String::new(),
    }
}

/// The weights that a manifest names, and the beginning of the licence; none if it names no GGUF weights.
pub(super) fn ollama_files(folder: &Path, manifest: &Path) -> Result<Option<(PathBuf, Option<String>)>, ModelProblem> {
    let damaged = |what: &str| ModelProblem::Damaged { path: manifest.to_path_buf(), what: what.to_owned() };
    let text = read_beginning(manifest, NOTE_LIMIT_BYTES).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => ModelProblem::NoPermission { path: manifest.to_path_buf() },
        _ => ModelProblem::ReadingFailed { path: manifest.to_path_buf(), reason: error.to_string() },
    })?;
    let parsed: Manifest = serde_json::from_str(&text).map_err(|_| damaged("it is not the note that Ollama keeps with a model"))?;
    let layers = parsed.layers.unwrap_or_default();
    let digest_of = |kind: &str| layers.iter().find(|layer| layer.media_type == kind).map(|layer| layer.digest.as_str());
    let Some(digest) = digest_of(OLLAMA_MODEL) else {
        return Ok(None);
    };
    let weights = blob_path(folder, digest).ok_or_else(|| damaged("it names its weights in a way that Ollama does not"))?;
    if identity(&weights).is_none() {
        return Err(damaged("the weights that it names are missing, or may not be read"));
    }
    let licence = digest_of(OLLAMA_LICENCE).and_then(|digest| blob_path(folder, digest));
    Ok(Some((weights, licence.and_then(|path| licence_text(&path)))))
}

/// The file with this digest. Only `sha256:` and 64 hexadecimal digits make a path: a digest with `../` in it is an attack.
pub(super) fn blob_path(folder: &Path, digest: &str) -> Option<PathBuf> {
    let digits = digest.strip_prefix("sha256:")?;
    let is_digest = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| folder.join("blobs").join(format!("sha256-{digits}")))
}

pub(super) fn licence_text(path: &Path) -> Option<String> {
    let text = read_beginning(path, LICENCE_BYTES).ok()?;
    // The cut may have gone through a letter.
    let text = text.trim_end_matches(char::REPLACEMENT_CHARACTER);
    let harmless: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    Some(harmless.trim().to_owned()).filter(|text| !text.is_empty())
}
