//! Getting to know a server: whether it answers, whether it has the model, and how many questions it answers at once.

use super::http::{Fault, Way, shown};
use serde_json::Value;

/// So many of a server's models are named when the wanted one is not among them.
const NAMED: usize = 5;

/// More questions than this are never asked at once, whatever a server says.
pub const MOST_SLOTS: u32 = 32;

/// A server that answers and has the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The model, by the name that the server gives it.
    pub model: String,
    pub slots: Option<u32>,
    pub about: String,
}

/// Asks a server what it has.
///
/// # Errors
/// In plain words: it does not answer, wants a key, is no such server, or lacks the model.
pub fn open(way: &Way, name: &str) -> Result<Opened, String> {
    let at = way.shown();
    let models = match way.get("/v1/models") {
        Ok(list) => list,
        Err(Fault::Refuses { status: 401 | 403, .. }) => {
            return Err(format!("the server at {at} wants a key, which copydesk does not send; start it without one"));
        }
        // It has no such list; whether it has the model will be seen.
        Err(Fault::Refuses { status: 404 | 405 | 501, .. }) => Value::Null,
        Err(Fault::Garbled) => return Err(format!("what answers at {at} is no server for language models")),
        Err(Fault::NobodyThere) => return Err(format!("no server answers at {at}: start it, or correct `server` in copydesk.yaml")),
        Err(fault) => return Err(format!("the server at {at} does not answer: {}", fault.words())),
    };
    let list = models["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ids: Vec<&str> = list.iter().filter_map(|model| model["id"].as_str()).collect();
    let model = match named(&ids, name) {
        Some(id) => id.to_string(),
        None if ids.is_empty() => name.to_string(),
        None => return Err(lacking(at, name, &ids)),
    };
    let maker = list.iter().find(|entry| entry["id"] == model.as_str()).and_then(|entry| entry["owned_by"].as_str());
    let maker = maker.map(|maker| format!(" ({})", shown(maker))).unwrap_or_default();
    Ok(Opened { about: format!("{}{maker}", shown(&model)), model, slots: slots(way) })
}

/// llama-server tells how many questions it answers at once; what is no llama-server has no such page.
fn slots(way: &Way) -> Option<u32> {
    let slots = way.get("/props").ok()?["total_slots"].as_u64()?;
    u32::try_from(slots).ok().filter(|slots| *slots > 0).map(|slots| slots.min(MOST_SLOTS))
}

/// The name by which a server has a model: the same, with Ollama's `:latest`, or with folders before it.
fn named<'i>(ids: &[&'i str], name: &str) -> Option<&'i str> {
    let latest = format!("{name}:latest");
    let last = |id: &str| id.rsplit(['/', '\\']).next() == Some(name);
    let only = |mut found: Vec<&'i str>| if found.len() == 1 { found.pop() } else { None };
    let exact = ids.iter().find(|id| **id == name).or_else(|| ids.iter().find(|id| **id == latest)).copied();
    exact.or_else(|| only(ids.iter().copied().filter(|id| last(id)).collect()))
}

fn lacking(at: &str, name: &str, ids: &[&str]) -> String {
    let some: Vec<String> = ids.iter().take(NAMED).map(|id| format!("`{}`", shown(id))).collect();
    let more = if ids.len() > NAMED { format!(" and {} more", ids.len() - NAMED) } else { String::new() };
    format!("the server at {at} has no model `{}`; it has {}{more}", shown(name), some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_known_by_its_server_s_name_for_it() {
        let ids = ["qwen3:8b", "mistral:latest", "/models/a/story.gguf", "one/twin", "two/twin"];
        for (name, id) in
            [("qwen3:8b", Some("qwen3:8b")), ("mistral", Some("mistral:latest")), ("story.gguf", Some("/models/a/story.gguf"))]
        {
            assert_eq!(named(&ids, name), id);
        }
        for name in ["qwen3", "twin", "", "latest"] {
            assert_eq!(named(&ids, name), None, "{name}");
        }
    }
}
