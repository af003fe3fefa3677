//! Getting to know a server: whether it answers, whether it has the model, and how many questions it answers at once.

use super::http::{Fault, Way, shown};
use copydesk::worker::link_messages::ReaderName;
use serde_json::{Value, json};

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
    pub reader: Option<Reader>,
}

/// The trained reader, as a server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The name of its file.
    pub file: String,
    pub way: ReaderWay,
}

/// How a server is told whether the reader is to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReaderWay {
    /// By how much of each of its adapters a request wants: what a request for the reader says, and what every other one does.
    Scales { with: Value, without: Value },
    /// By the name of the model that is asked.
    Model(String),
}

/// Asks a server what it has.
///
/// # Errors
/// In plain words: it does not answer, wants a key, is no such server, or lacks the model.
pub fn open(way: &Way, name: &str, readers: &[ReaderName]) -> Result<Opened, String> {
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
    if let Some(reader) = readers.iter().find(|reader| reader.model == model) {
        return Err(format!(
            "`{}` is the trained reader; write the name of the model that it belongs to, and it is found beside it",
            reader.model
        ));
    }
    let maker = list.iter().find(|entry| entry["id"] == model.as_str()).and_then(|entry| entry["owned_by"].as_str());
    let maker = maker.map(|maker| format!(" ({})", shown(maker))).unwrap_or_default();
    let reader = reader_among_models(list, &model, readers).or_else(|| reader_among_adapters(way, readers));
    Ok(Opened { about: format!("{}{maker}", shown(&model)), model, slots: slots(way), reader })
}

/// vLLM lists adapters as models, each with the model that it belongs to.
fn reader_among_models(list: &[Value], model: &str, readers: &[ReaderName]) -> Option<Reader> {
    let is_of_it = |entry: &Value| entry["parent"].as_str().is_none_or(|parent| parent == model);
    let is_there = |reader: &&ReaderName| list.iter().any(|entry| entry["id"] == reader.model.as_str() && is_of_it(entry));
    let found = readers.iter().find(is_there)?;
    Some(Reader { file: found.file.clone(), way: ReaderWay::Model(found.model.clone()) })
}

/// llama-server lists the files of its adapters, each with the scale at which it is applied when a request says nothing of it.
fn reader_among_adapters(way: &Way, readers: &[ReaderName]) -> Option<Reader> {
    let list = way.get("/lora-adapters").ok()?;
    let adapters: Vec<(u64, &str, f64)> = list.as_array()?.iter().filter_map(adapter).collect();
    let name = |path: &str| path.rsplit(['/', '\\']).next().map(ToString::to_string);
    let reader = |path: &str| readers.iter().find(|reader| name(path).as_deref() == Some(reader.file.as_str()));
    let (own, file) = adapters.iter().find_map(|(id, path, _)| Some((*id, reader(path)?.file.clone())))?;
    let scales = |scale: &dyn Fn(u64, f64) -> f64| {
        adapters.iter().map(|(id, _, usual)| json!({ "id": id, "scale": scale(*id, *usual) })).collect::<Value>()
    };
    let with = scales(&|id, _| if id == own { 1.0 } else { 0.0 });
    // The author's other adapters go on as they were.
    let without = scales(&|id, usual| if id == own { 0.0 } else { usual });
    Some(Reader { file, way: ReaderWay::Scales { with, without } })
}

fn adapter(entry: &Value) -> Option<(u64, &str, f64)> {
    Some((entry["id"].as_u64()?, entry["path"].as_str()?, entry["scale"].as_f64().unwrap_or(1.0)))
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
