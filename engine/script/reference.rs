//! The reference page and the `.d.rhai` definitions, made from the doc comments of `api/`. A test keeps the checked-in copies current.

use super::ScriptHost;
use super::api;
use rhai::Engine;
use serde_json::Value;
use std::fmt::Write;

/// The reference page in Markdown.
pub fn page() -> String {
    let mut page = String::from(include_str!("../../templates/reference-preface.md"));
    for (title, module) in api::modules() {
        let _ = write!(page, "\n## {title}\n");
        for entry in entries(module) {
            let _ = write!(page, "\n### `{}`\n\n{}\n", entry.signature, entry.doc);
        }
    }
    page
}

/// One function of the API.
struct Entry {
    signature: String,
    doc: String,
}

/// The functions of a module, sorted by their first parameter's type and their name: the library's own order differs from run to run.
fn entries(module: rhai::Module) -> Vec<Entry> {
    let mut engine = Engine::new_raw();
    api::name_types(&mut engine);
    engine.register_global_module(module.into());
    let metadata = engine.gen_fn_metadata_to_json(false).unwrap_or_default();
    let parsed: Value = serde_json::from_str(&metadata).unwrap_or_default();
    let mut entries: Vec<(String, Entry)> = Vec::new();
    for function in parsed["functions"].as_array().into_iter().flatten() {
        let doc = doc_of(function);
        if doc.is_empty() {
            continue; // A setter or another spelling of a documented function.
        }
        let signature = signature_of(function);
        entries.push((
            format!("{}\u{0}{signature}", function["name"].as_str().unwrap_or_default().trim_start_matches("get$")),
            Entry { signature, doc },
        ));
    }
    entries.sort_by(|a, b| owner(&a.1.signature).cmp(owner(&b.1.signature)).then_with(|| a.0.cmp(&b.0)));
    entries.dedup_by(|a, b| a.1.signature == b.1.signature);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn owner(signature: &str) -> &str {
    signature.split('.').next().filter(|owner| owner.chars().next().is_some_and(char::is_uppercase)).unwrap_or("")
}

fn doc_of(function: &Value) -> String {
    let lines = function["docComments"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let text: Vec<&str> = lines
        .flat_map(str::lines)
        .map(|line| line.trim_start_matches('/').strip_prefix(' ').unwrap_or(line.trim_start_matches('/')))
        .collect();
    text.join("\n").trim().to_string()
}

/// `Scene.find(pattern: text) → list`, as an author calls it.
fn signature_of(function: &Value) -> String {
    let name = function["name"].as_str().unwrap_or_default();
    let params: Vec<(String, String)> = function["params"].as_array().into_iter().flatten().map(param).collect();
    let returns = plain_type(function["returnType"].as_str().unwrap_or_default());
    let arrow = if returns.is_empty() { String::new() } else { format!(" → {returns}") };
    let typed = |params: &[(String, String)]| params.iter().map(|(name, kind)| format!("{name}: {kind}")).collect::<Vec<_>>().join(", ");
    if let Some(property) = name.strip_prefix("get$") {
        let owner = params.first().map(|(_, kind)| kind.clone()).unwrap_or_default();
        return format!("{owner}.{property}{arrow}");
    }
    match params.as_slice() {
        [(_, left), (_, right)] if !name.chars().any(char::is_alphabetic) => format!("{left} {name} {right}{arrow}"),
        [(_, owner), rest @ ..] if owner.chars().next().is_some_and(char::is_uppercase) => {
            format!("{owner}.{name}({}){arrow}", typed(rest))
        }
        all => format!("{name}({}){arrow}", typed(all)),
    }
}

fn param(param: &Value) -> (String, String) {
    (param["name"].as_str().unwrap_or("value").to_string(), plain_type(param["type"].as_str().unwrap_or_default()))
}

/// The types' names as authors know them.
fn plain_type(name: &str) -> String {
    let name = name.trim_start_matches("&mut ");
    let name = name
        .strip_prefix("Result<")
        .or_else(|| name.strip_prefix("RhaiResultOf<"))
        .map_or(name, |inner| inner.split([',', '>']).next().unwrap_or(inner));
    let name = name.rsplit("::").next().unwrap_or(name);
    let plain = match name {
        "&str" | "String" | "ImmutableString" | "string" => "text",
        "i64" | "int" => "number",
        "f64" | "float" => "number",
        "bool" => "yes or no",
        "Array" | "array" => "list",
        "Map" | "map" => "map",
        "Dynamic" | "?" => "value",
        "()" | "" => "",
        other => other,
    };
    authors_name(plain)
}

/// The types are handles and builders in the engine; an author knows them as what they stand for.
fn authors_name(text: &str) -> String {
    text.replace("Handle", "").replace("FindingBuilder", "Finding").replace("NoteBuilder", "Note").replace("ScriptDesk", "Desk")
}

/// The definitions for editors with a Rhai language server.
pub fn definitions() -> String {
    let host = ScriptHost::new(super::Limits::default(), super::Libraries::default());
    let files = host.engine().definitions().include_standard_packages(false).iter_files().map(|(_, text)| text).collect::<Vec<_>>();
    let text = authors_name(&files.join("\n"));
    // `sleep` is there only to be refused.
    text.lines().filter(|line| !line.starts_with("fn sleep(")).map(|line| format!("{line}\n")).collect()
}
