//! Lorebooks and World Info: the JSON that SillyTavern, NovelAI, KoboldAI and character cards keep their worlds in. An entry's keys are its
//! names, and what its text says in fields are its facts.

use super::fields;
use super::listed::ListedEntry;
use crate::text::Span;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// `Eyes("green" + "large")`, as many cards are written.
static W_PLUS_PLUS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"([A-Za-z][A-Za-z ]{1,30}?)\s*\(\s*"([^"()]{1,120})"\s*\)"#).ok());

/// The entries of a lorebook that are switched on; nothing for JSON of another kind.
pub(super) fn entries(json: &str) -> Option<Vec<ListedEntry>> {
    let root: Value = serde_json::from_str(json.trim_start_matches('\u{feff}')).ok()?;
    let book = root.pointer("/data/character_book").or_else(|| root.get("character_book")).unwrap_or(&root);
    let listed = book.get("entries").or_else(|| book.get("worldinfo")).or_else(|| book.get("lorebookEntries")).unwrap_or(book);
    let all: Vec<&Value> = match listed {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) if book.get("entries").is_some() => map.values().collect(),
        _ => return None,
    };
    let is_entry = |entry: &&Value| text_of(entry).is_some();
    if !all.iter().any(is_entry) {
        return None;
    }
    let mut place = 0;
    Some(all.into_iter().filter(is_entry).filter_map(|entry| one(entry, json, &mut place)).collect())
}

fn text_of(entry: &Value) -> Option<&str> {
    ["content", "text", "entry"].iter().find_map(|key| entry.get(*key)?.as_str())
}

/// One entry; `place` is where in the file to look for it, since entries follow each other there.
fn one(entry: &Value, json: &str, place: &mut usize) -> Option<ListedEntry> {
    let is_off = entry.get("disable") == Some(&Value::Bool(true)) || entry.get("enabled") == Some(&Value::Bool(false));
    let keys: Vec<String> = ["key", "keys"].iter().filter_map(|key| entry.get(*key)).flat_map(names).collect();
    let given =
        ["comment", "displayName", "name"].iter().find_map(|key| Some(entry.get(*key)?.as_str()?.trim()).filter(|name| !name.is_empty()));
    let name = given.map(str::to_string).or_else(|| keys.first().cloned())?;
    let text = text_of(entry)?;
    // Keys of an entry may stand before its text or behind it; its text is what lies in order.
    let whole = find(json, text, *place).unwrap_or(Span::new(*place, *place));
    *place = whole.end;
    if is_off {
        return None;
    }
    let around = find(json, &name, 0).unwrap_or(whole);
    let mut keys: Vec<String> = keys.into_iter().filter(|key| !key.eq_ignore_ascii_case(&name) && !key.starts_with('/')).collect();
    keys.dedup();
    // Where another program escaped its letters, the words are not found as they are.
    let place_of = |words: &str| find(json, words, whole.start).filter(|span| span.end <= whole.end).unwrap_or(around);
    let of_lines = fields::fields(text, 0).into_iter().chain(plain(text));
    let of_lines = of_lines.filter_map(|field| Some((field.name, field.value, place_of(field.span.slice(text)?))));
    let pattern = W_PLUS_PLUS.as_ref().filter(|_| text.contains("(\""));
    let of_calls = pattern.into_iter().flat_map(|pattern| pattern.captures_iter(text)).filter_map(|found| {
        Some((found.get(1)?.as_str().trim().to_string(), found.get(2)?.as_str().to_string(), place_of(found.get(0)?.as_str())))
    });
    let mut fields: Vec<(String, String, Span)> = of_lines.chain(of_calls).collect();
    fields.sort_by_key(|(.., span)| *span);
    fields.dedup();
    Some(ListedEntry { name, name_span: around, kind: None, keys, text: text.to_string(), fields })
}

/// Lines that are `Name: value` and nothing else.
fn plain(text: &str) -> impl Iterator<Item = fields::Field> + '_ {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let place = start;
        start += line.len();
        let (name, value) = line.split_once(':').filter(|(_, value)| !value.starts_with(':'))?;
        fields::field(line, name, value, place)
    })
}

/// A list of names, or one text with commas.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(names).collect(),
        Value::String(text) => text.split(',').map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect(),
        _ => Vec::new(),
    }
}

/// Where words stand in a file of JSON, from a byte on, as they are written there.
pub(super) fn find(json: &str, words: &str, from: usize) -> Option<Span> {
    let written = serde_json::to_string(words).ok()?;
    let inner = &written[1..written.len() - 1];
    let start = from + json.get(from..)?.find(inner)?;
    Some(Span::new(start, start + inner.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Vec<String> {
        let told = |entry: ListedEntry| {
            let fields = entry.fields.iter().map(|(name, value, span)| format!("{name}={value} <{}>", span.slice(json).unwrap()));
            format!("{} {:?} {}", entry.name, entry.keys, fields.collect::<Vec<_>>().join(", "))
        };
        entries(json).unwrap().into_iter().map(told).collect()
    }

    #[test]
    fn every_program_keeps_its_world_in_its_own_form() {
        let silly = r#"{"entries":{"0":{"uid":0,"key":["Mira","Miss Holt"],"comment":"Mira Holt","content":"A \"pilot\".\nEyes: green\nShe said: no.","disable":false},
            "1":{"key":["Old"],"comment":"Old Holt","content":"Eyes: black","disable":true}}}"#;
        assert_eq!(told(silly), ["Mira Holt [\"Mira\", \"Miss Holt\"] Eyes=green <Eyes: green>, She said=no. <She said: no.>"]);
        let novelai =
            r#"{"lorebookVersion":5,"entries":[{"text":"**Eyes:** green","displayName":"Mira Holt","keys":["mira"],"enabled":true}]}"#;
        assert_eq!(told(novelai)[0], "Mira Holt [\"mira\"] Eyes=green <Eyes:** green>");
        let kobold = r#"{"worldinfo":[{"key":"Mira Holt, Mira","content":"[Eyes(\"green\") Age(\"30\")]"}]}"#;
        assert_eq!(told(kobold), ["Mira Holt [\"Mira\"] Eyes=green <Eyes(\\\"green\\\")>, Age=30 <Age(\\\"30\\\")>"]);
        let card =
            r#"{"spec":"chara_card_v2","data":{"character_book":{"entries":[{"keys":["Mira"],"content":"Eyes: green","enabled":true}]}}}"#;
        assert_eq!(told(card), ["Mira [] Eyes=green <Eyes: green>"]);
    }

    #[test]
    fn other_json_is_no_lorebook() {
        for json in ["{}", "[1, 2]", "{\"entries\": 3}", "no json", "{\"entries\":{\"a\":{\"x\":1}}}"] {
            assert_eq!(entries(json), None, "{json}");
        }
    }
}
