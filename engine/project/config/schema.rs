//! The schema of the settings, for editors that complete and check YAML.

use super::{CONTEXT_TOKENS, OWN_ADAPTER, READING_MEMORY_GB};
use crate::manuscript::KeyNames;

/// The JSON Schema of `copydesk.yaml`, with which editors complete and check it.
pub fn json_schema() -> serde_json::Value {
    let text = |description: &str| serde_json::json!({ "type": "string", "description": description });
    let texts = |description: &str| {
        let items = serde_json::json!({ "type": "string" });
        serde_json::json!({ "description": description, "anyOf": [items, { "type": "array", "items": items }] })
    };
    let keys: serde_json::Map<String, serde_json::Value> =
        KeyNames::known().map(|known| (known.to_string(), text(&format!("Your name for `{known}` in the front matter.")))).collect();
    let book = serde_json::json!({
        "type": "object", "additionalProperties": false, "required": ["folder"],
        "properties": {
            "folder": text("The book's folder, relative to this file."),
            "title": text("The book's title."),
            "chapters": texts("Chapter files in reading order, relative to the book's folder."),
            "status": text("Your own word, as `draft`. `published` freezes the book: it stands as it is, and no finding asks for a change in it."),
        }
    });
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "copydesk.yaml", "type": "object", "additionalProperties": false,
        "properties": {
            "title": text("The name of the series."),
            "books": { "type": "array", "description": "The books in reading order.", "items": { "anyOf": [{ "type": "string" }, book] } },
            "bible": texts("Files and folders of the series bible."),
            "scripts": text("The folder of your own scripts."),
            "templates": text("The folder of your own templates."),
            "keys": { "type": "object", "description": "Your names for known front-matter keys.", "additionalProperties": false, "properties": keys },
            "ignore": texts("Files and folders to leave out: names with `*`, `**` or `?`."),
            "model": { "anyOf": [text("A model's name, or the path of its file."), {
                "type": "object", "additionalProperties": false, "required": ["server", "name"],
                "description": "A server of your own, as Ollama, LM Studio, KoboldCpp and llama-server are.",
                "properties": {
                    "server": text("Where it listens, as http://127.0.0.1:11434."),
                    "name": text("What it calls the model."),
                    "allow_remote": { "enum": ["yes", "no", true, false], "default": "no", "description": "Whether it may be on another computer." }
                }
            }] },
            "reader": {
                "description": "What the trained reader reads with where it does not fit the model: a model's name, or the path of its file; `none` for no reader.",
                "anyOf": [{ "type": "string" }, { "const": false }]
            },
            "verdicts": {
                "type": "object", "additionalProperties": false, "required": ["model", "reader"],
                "description": "The kinds of contradictions that the model judges in the trained reader’s place, as `copydesk measure --verdicts` writes them.",
                "properties": {
                    "model": text("The name of the model they were measured with."),
                    "reader": text("The name of the model that the trained reader read with then."),
                    "kinds": {
                        "type": "object", "description": "By rule: how far the model’s word is to be trusted.",
                        "additionalProperties": { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number" } }
                    }
                }
            },
            "models_dirs": texts("Folders to look for models in."),
            "adapters": {
                "type": "object", "description": "LoRA adapters for free-text questions: what scripts call each, and its file.",
                "propertyNames": { "not": { "const": OWN_ADAPTER } }, "additionalProperties": { "type": "string" }
            },
            "context": {
                "type": "integer", "minimum": CONTEXT_TOKENS.start(), "maximum": CONTEXT_TOKENS.end(),
                "description": "How many tokens the model may see at once."
            },
            "reading_memory_gb": {
                "type": "integer", "minimum": 0, "default": READING_MEMORY_GB,
                "description": "Gigabytes of disk for what the model has read, so that a later question about the same page need not read it again; 0 keeps nothing."
            },
            "run": texts("The scripts that `copydesk run` runs when you name none."),
            "calendar": calendar_schema(),
            "rules": {
                "type": "object", "description": "What to do with the findings of a rule.",
                "additionalProperties": { "anyOf": [
                    { "enum": ["off", false], "description": "Show none of its findings." },
                    {
                        "type": "object", "additionalProperties": false,
                        "properties": {
                            "confidence": {
                                "type": "number", "minimum": 0, "maximum": 1,
                                "description": "How sure the model must be of the answer a finding rests on; findings below are listed apart."
                            },
                            "severity": { "enum": ["note", "query", "contradiction"], "description": "What its findings are listed as." }
                        }
                    }
                ] }
            },
            "settings": {
                "type": "object", "description": "What scripts let you set, by the script's name.",
                "additionalProperties": { "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } }
            },
            "reports": { "enum": ["beside", "folder"], "description": "Where reports go." },
            "split_files": { "type": "boolean", "default": true, "description": "Whether the chapters in one file are told apart by their titles." },
        }
    })
}

pub(super) fn calendar_schema() -> serde_json::Value {
    let text = |description: &str| serde_json::json!({ "type": "string", "description": description });
    let number = |description: &str| serde_json::json!({ "type": "integer", "minimum": 1, "description": description });
    let object = |required: &[&str], properties: serde_json::Value| serde_json::json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties });
    let names = |description: &str| {
        let items = serde_json::json!({ "type": "string" });
        serde_json::json!({ "description": description, "anyOf": [items, { "type": "array", "items": items }] })
    };
    let month = serde_json::json!({
        "name": text("The month's name, as the prose has it."),
        "days": number("How many days it has in a usual year."),
        "season": { "enum": ["spring", "summer", "autumn", "winter"], "description": "Its season; without it, seasons are not compared with it." },
        "also": names("Other names and abbreviations."),
    });
    let era = serde_json::json!({
        "name": text("The era's name, as the prose has it."),
        "short": names("Other names and abbreviations."),
        "years": number("How many years it lasted, when another follows."),
        "counts": { "enum": ["up", "down"], "description": "`down` when its years are counted back from the era after it." },
    });
    let leap = serde_json::json!({
        "every": number("In every so many years,"),
        "except": number("but not in every so many,"),
        "unless": number("yet in every so many,"),
        "month": text("this month is longer; without it the last one,"),
        "days": number("by so many days; one when it is not said."),
    });
    let known_day = serde_json::json!({ "date": text("A date with its year."), "weekday": text("The day of the week it was.") });
    serde_json::json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "southern_hemisphere": { "type": "boolean", "description": "Whether January is summer." },
            "months": {
                "type": "array", "minItems": 1, "items": object(&["name", "days"], month),
                "description": "The months of your own calendar, in their order; they take the place of the usual ones."
            },
            "weekdays": { "type": "array", "minItems": 2, "items": { "type": "string" }, "description": "The days of the week, in their order." },
            "known_day": object(&["date", "weekday"], known_day),
            "weeks_begin_anew": { "enum": ["month", "year"], "description": "Each month, or each year, begins with the first day of the week." },
            "leap": object(&["every"], leap),
            "eras": {
                "type": "array", "items": object(&["name"], era),
                "description": "The eras in the order of time. A year without an era is of the last one."
            },
        }
    })
}
