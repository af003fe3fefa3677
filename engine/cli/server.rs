//! The author's own server as the model of a run: `model: { server: …, name: … }` in `copydesk.yaml`.

use super::messages;
use crate::model::Fingerprint;
use crate::project::Config;
use crate::project::config::ServerSetting;
use crate::text::escape::for_terminal;
use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use crate::worker::link_messages::{Server, USUAL_SLOTS};
use crate::worker::supervisor::Supervisor;
use crate::worker::{ModelSource, ModelToOpen};
use std::collections::BTreeMap;

/// Tokens that a server reads at once when nobody says otherwise: what Ollama is set to.
const USUAL_CONTEXT_TOKENS: u32 = 4096;

/// The model behind the server, and why it is that one. Says first where the words of the manuscript go, if that is another computer, however
/// quiet the command is.
///
/// # Errors
/// This program was built without the way to servers; or the server does not answer, has no such model, or is on another computer and may
/// not be.
pub fn model(setting: &ServerSetting, config: &Config, supervisor: &Supervisor) -> Result<(ModelToOpen, String), Problem> {
    if let Some(sentence) = setting.leaves_computer() {
        messages::tell(&for_terminal(&sentence));
    }
    let wrong = |message: String, advice: &str| {
        let problem = Problem::new(ProblemKind::Configuration, message).in_file(&SourcePath::new(crate::project::config::FILE));
        problem.advice(advice)
    };
    let server = Server { url: setting.url.clone(), name: setting.name.clone(), may_be_remote: setting.may_be_remote };
    let opened = supervisor.open_link(server).map_err(|reason| {
        wrong(format!("the server {} cannot be used: {reason}", setting.url), "or name a model file under `model`, which needs no server")
    })?;
    let Some((slots, about)) = opened else {
        let advice = "build it with `cargo build --release --features link`, or name a model file under `model` instead";
        return Err(wrong("this copydesk was built without `copydesk-link`, which asks servers".to_string(), advice));
    };
    let identity = ["served", &setting.url, &setting.name, &about];
    let fingerprint = Fingerprint {
        name: setting.name.clone(),
        // What the server computes with cannot be seen; as far as it tells, another model is another one.
        file_hash: ContentHash::of_parts(identity.map(str::as_bytes)),
        settings: "temperature 0, as the server computes".to_string(),
        adapters: BTreeMap::new(),
    };
    let model = ModelToOpen {
        source: ModelSource::Server { slots: slots.unwrap_or(USUAL_SLOTS), told: setting.leaves_computer() },
        context_tokens: config.context.unwrap_or(USUAL_CONTEXT_TOKENS),
        is_reproducible: false,
        ..ModelToOpen::recorded(fingerprint, Vec::new())
    };
    Ok((model, format!("behind your server {}, set in copydesk.yaml", setting.url)))
}
