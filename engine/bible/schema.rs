//! The schema of the bible, for editors that complete and check YAML.

use serde_json::{Value, json};

/// The JSON Schema of `bible.yaml` and of a note's front matter.
pub fn json_schema() -> Value {
    let text = |description: &str| json!({ "type": ["string", "number", "boolean"], "description": description });
    let texts = |description: &str| {
        let items = json!({ "type": "string" });
        json!({ "description": description, "anyOf": [items, { "type": "array", "items": items }] })
    };
    let values = json!({ "type": "object", "additionalProperties": { "type": ["string", "number", "boolean", "array", "null"] } });
    let place = "The chapter from which on it is so, by its path without .md, as book-1/07.";
    let relation = json!({
        "type": "object",
        "properties": {
            "to": text("The name of another entry."),
            "is": text("What this one is to that one, as brother."),
            "from": text(place),
            "until": text("The chapter up to which it is so."),
        }
    });
    let entry = json!({
        "type": "object",
        "properties": {
            "name": text("The entry's name; without it, the title of its file."),
            "kind": { "enum": ["character", "place", "object", "event", "group", "rule"], "description": "What it is; usual is character." },
            "aliases": texts("Other names that the chapters use for it."),
            "facts": { "description": "What is true from the first page on.", "anyOf": [values, { "type": "array", "items": values }] },
            "relations": { "type": "array", "description": "How it stands to others.", "items": relation },
            "progressions": {
                "type": "array", "description": "What becomes true later.",
                "items": { "type": "object", "properties": { "from": text(place), "facts": values } }
            },
            "knows": {
                "type": "array", "description": "What this person knows, and from when.",
                "items": { "type": "object", "properties": { "fact": text("What is known."), "from": text(place) } }
            },
            "lies": texts("What this person says although it is not true."),
            "description": text("Whatever else there is to say."),
        }
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A bible, or an entry of one",
        "anyOf": [
            entry,
            { "type": "array", "items": entry },
            { "type": "object", "additionalProperties": { "anyOf": [entry, { "type": "array", "items": entry }, { "type": ["string", "number", "null"] }] } },
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_knows_every_key_of_an_entry() {
        let schema = json_schema();
        let known: Vec<&str> = schema["anyOf"][0]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(known, super::super::note::own_keys().collect::<Vec<_>>());
    }
}
