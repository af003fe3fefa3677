//! The author's own server as the model of a run: `model: { server: …, name: … }` in `copydesk.yaml`.

use super::messages;
use crate::model::Fingerprint;
use crate::notes::READER;
use crate::notes::adapters::{self, ADAPTERS, Adapter};
use crate::project::Config;
use crate::text::escape::for_terminal;
use crate::text::{ContentHash, Problem, ProblemKind, Server, SourcePath};
use crate::worker::link_messages::{ReaderName, USUAL_SLOTS};
use crate::worker::supervisor::{LinkTold, Supervisor};
use crate::worker::{ModelSource, ModelToOpen};

/// Tokens that a server reads at once when nobody says otherwise: what Ollama is set to.
const USUAL_CONTEXT_TOKENS: u32 = 4096;

/// The model behind the server, and why it is that one. Says first where the words of the manuscript go, if that is another computer, however
/// quiet the command is.
///
/// # Errors
/// This program was built without the way to servers; or the server does not answer, has no such model, or is on another computer and may
/// not be.
pub fn model(setting: &Server, config: &Config, supervisor: &Supervisor) -> Result<(ModelToOpen, String), Problem> {
    if let Some(sentence) = setting.leaves_computer() {
        messages::tell(&for_terminal(&sentence));
    }
    let wrong = |message: String, advice: &str| {
        let problem = Problem::new(ProblemKind::Configuration, message).in_file(&SourcePath::new(crate::project::config::FILE));
        problem.advice(advice)
    };
    let opened = supervisor.open_link(setting.clone(), readers()).map_err(|reason| {
        wrong(format!("the server {} cannot be used: {reason}", setting.url), "or name a model file under `model`, which needs no server")
    })?;
    let Some(LinkTold { slots, about, reader }) = opened else {
        let advice = "build it with `cargo build --release --features link`, or name a model file under `model` instead";
        return Err(wrong("this copydesk was built without `copydesk-link`, which asks servers".to_string(), advice));
    };
    let reader = reader.as_deref().and_then(adapters::with_file_name);
    let identity = ["served", &setting.url, &setting.name, &about];
    let fingerprint = Fingerprint {
        name: setting.name.clone(),
        // What the server computes with cannot be seen; as far as it tells, another model is another one.
        file_hash: ContentHash::of_parts(identity.map(str::as_bytes)),
        settings: "temperature 0, as the server computes".to_string(),
        adapters: reader.map(|reader| (READER.to_string(), reader.hash())).into_iter().collect(),
    };
    let model = ModelToOpen {
        source: ModelSource::Server { slots: slots.unwrap_or(USUAL_SLOTS), told: setting.leaves_computer() },
        context_tokens: config.context.unwrap_or(USUAL_CONTEXT_TOKENS),
        is_reproducible: false,
        ..ModelToOpen::recorded(fingerprint, Vec::new())
    };
    let adapters =
        if config.adapters.is_empty() { "" } else { "; the adapters that it names are for model files, and are not asked there" };
    Ok((model, format!("behind your server {}, set in copydesk.yaml{adapters}", setting.url)))
}

/// The readers that a server may have.
pub fn readers() -> Vec<ReaderName> {
    ADAPTERS.iter().map(|adapter| ReaderName { file: adapter.file_name.to_string(), model: adapter.served_as.to_string() }).collect()
}

/// Whether a server has the trained reader, and if not, what writes it: a clause.
pub fn reader_in_words(reader: Option<&Adapter>) -> String {
    match reader {
        Some(reader) => format!("it has the trained reader for {}", reader.base),
        None => "the trained reader is not asked there (`copydesk models reader` writes it for llama-server and vLLM)".to_string(),
    }
}
