//! One JSON object for programs: every result, finding and problem of a run, quotes verbatim, offsets in the file's own bytes.

use super::{ModelLine, Note, NoteLine, Outcome, RunSummary, ScriptResult};
use crate::finding::history::{Changes, Record};
use crate::finding::{Evidence, Finding, Standing};
use crate::text::{Problem, ProblemKind, escape};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The whole run as one JSON object on several lines, with a line end after it.
pub fn render(summary: &RunSummary) -> String {
    let all = summary.all_findings();
    let with = |is_wanted: &dyn Fn(&Finding) -> bool| -> Vec<Value> {
        all.iter().filter(|finding| is_wanted(finding)).map(finding_value).collect()
    };
    let object = json!({
        "results": summary.results.iter().map(result_value).collect::<Vec<Value>>(),
        "findings": with(&|finding| finding.is_open()),
        "less_certain": with(&|finding| finding.standing == Standing::LessCertain),
        "dismissed": with(&|finding| finding.dismissal().is_some()),
        "switched_off": with(&|finding| finding.standing == Standing::Off).len(),
        "since_last_run": summary.changes.as_ref().map(changes_value),
        "problems": summary.all_problems().into_iter().map(problem_value).collect::<Vec<Value>>(),
        "sandbox": summary.seal_gaps.as_ref().map(|gaps| json!({ "enforced": gaps.is_empty(), "missing": gaps })),
        "model": summary.model.as_ref().map(model_value),
        "tokens": {
            "read": summary.work.read,
            "reused": summary.work.reused,
            "restored": summary.work.restored,
            "generated": summary.work.generated,
            "forced": summary.work.forced,
            "drafted": summary.work.drafted,
            "accepted": summary.work.accepted,
            "questions": summary.work.questions,
            "from_cache": summary.work.from_cache,
        },
        "model_seconds": {
            "opening": seconds(summary.work.open_micros),
            "reading": seconds(summary.work.read_micros),
            "writing": seconds(summary.work.write_micros),
            "restoring": seconds(summary.work.restore_micros),
        },
        "seconds": summary.seconds,
    });
    text_of(&object)
}

/// The JSON Schema of what [`render`] makes.
///
/// # Panics
/// Never: it came with the program, and a test reads it.
pub fn schema() -> Value {
    serde_json::from_str(include_str!("run.schema.json")).expect("it came with the program")
}

/// A value on several lines, with a line end after it.
pub(super) fn text_of(value: &Value) -> String {
    format!("{}\n", without_controls(&format!("{value:#}")))
}

/// The identities of what is new, fixed and so on.
fn changes_value(changes: &Changes) -> Value {
    let ids = |records: &[Record]| records.iter().map(Record::id).map(Value::from).collect::<Vec<Value>>();
    json!({
        "new": ids(&changes.new),
        "reopened": ids(&changes.reopened),
        "still_open": ids(&changes.still_open),
        "fixed": ids(&changes.fixed),
        "dismissed": ids(&changes.dismissed),
        "not_checked": ids(&changes.not_checked),
    })
}

/// The same JSON with characters that could act in a terminal as `\u` escapes; outside of strings JSON has none but line ends.
fn without_controls(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && escape::is_unsafe(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

fn result_value(result: &ScriptResult) -> Value {
    let (status, reason) = match &result.outcome {
        Outcome::NotChecked(reason) => ("not-checked", Some(reason)),
        Outcome::Checked if result.open().next().is_none() => ("clean", None),
        Outcome::Checked => ("findings", None),
    };
    let mut value = object([("script", json!(result.script)), ("scope", json!(result.scope.to_string())), ("status", json!(status))]);
    if let Some(reason) = reason {
        value.insert("reason".to_string(), json!(reason));
    }
    let coverage = json!({
        "scenes": result.coverage.scenes,
        "words": result.coverage.words,
        "questions": result.coverage.questions,
        "answered_from_cache": result.coverage.answered_from_cache,
        "not_read": result.coverage.not_read,
    });
    value.insert("coverage".to_string(), coverage);
    if !result.notes.is_empty() {
        value.insert("notes".to_string(), result.notes.iter().map(note_value).collect());
    }
    if !result.drafts.is_empty() {
        let draft = |draft: &crate::bible::draft::EntryDraft| json!({ "name": draft.name, "kind": draft.kind.word() });
        value.insert("drafts".to_string(), result.drafts.iter().map(draft).collect());
    }
    Value::Object(value)
}

fn note_value(note: &Note) -> Value {
    let line_value = |line: &NoteLine| {
        let mut value = object([("text", json!(line.text)), ("is_model_text", json!(line.is_model_text))]);
        if !line.evidence.is_empty() {
            value.insert("evidence".to_string(), line.evidence.iter().map(evidence_value).collect());
        }
        Value::Object(value)
    };
    let mut value = object([("heading", json!(note.heading)), ("lines", note.lines.iter().map(line_value).collect())]);
    if let Some(chapter) = &note.chapter {
        value.insert("chapter".to_string(), json!(chapter.shown()));
    }
    Value::Object(value)
}

fn finding_value(finding: &Finding) -> Value {
    let mut value = object([
        ("id", json!(finding.id)),
        ("rule", json!(finding.rule)),
        ("severity", json!(finding.severity.to_string())),
        ("message", json!(finding.message)),
        ("subjects", json!(finding.subjects)),
        ("evidence", finding.evidence.iter().map(evidence_value).collect()),
        ("script", json!(finding.script)),
        // What saw the facts that are compared.
        ("sources", json!(finding.sources.iter().map(|source| source.name()).collect::<Vec<_>>())),
        // `null`: code alone found it.
        ("confidence", json!(finding.confidence.map(|confidence| (confidence * 1000.0).round() / 1000.0))),
    ]);
    if let Some(id) = &finding.reopened_from {
        value.insert("reopened_from".to_string(), json!(id));
    }
    if let Some(dismissal) = finding.dismissal() {
        let by = json!({ "file": dismissal.file.on_disk().as_str(), "line": dismissal.place.line, "reason": dismissal.reason });
        value.insert("dismissed_by".to_string(), by);
    }
    if let Some(note) = &finding.model_note {
        value.insert("note".to_string(), json!(note));
    }
    Value::Object(value)
}

fn evidence_value(evidence: &Evidence) -> Value {
    let mut value = object([
        ("file", json!(evidence.file.on_disk().as_str())),
        ("quote", json!(evidence.quote)),
        ("start_byte", json!(evidence.file_bytes.start)),
        ("end_byte", json!(evidence.file_bytes.end)),
        ("line", json!(evidence.place.line)),
        ("column", json!(evidence.place.column)),
    ]);
    if !evidence.label.is_empty() {
        value.insert("label".to_string(), json!(evidence.label));
    }
    Value::Object(value)
}

fn problem_value(problem: &Problem) -> Value {
    let kind = match problem.kind {
        ProblemKind::Note => "note",
        ProblemKind::NotChecked => "not-checked",
        ProblemKind::Configuration => "configuration",
    };
    let mut value = object([("kind", json!(kind)), ("message", json!(problem.message))]);
    if let Some(file) = &problem.file {
        value.insert("file".to_string(), json!(file.on_disk().as_str()));
    }
    if let Some(place) = problem.place {
        value.insert("line".to_string(), json!(place.line));
        value.insert("column".to_string(), json!(place.column));
    }
    if let Some(advice) = &problem.advice {
        value.insert("advice".to_string(), json!(advice));
    }
    Value::Object(value)
}

fn model_value(model: &ModelLine) -> Value {
    json!({
        "name": model.name,
        "file_hash": model.file_hash,
        "quantisation": model.quantisation,
        "context_tokens": model.context_tokens,
        "settings": model.settings,
        "reader": model.reader,
    })
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// Seconds, to the hundredth: more would differ with every run and tell nothing.
fn seconds(micros: u64) -> f64 {
    (micros as f64 / 10_000.0).round() / 100.0
}
