//! The one door to YAML: parsed with a size limit, duplicate keys refused with their line, every error told with a line.

use serde::de::DeserializeOwned;
pub use serde_yaml::{Mapping, Value};

/// Larger YAML than this is not a bible, a configuration or front matter but an accident or an attack.
pub const MAX_YAML_BYTES: usize = 2 << 20;

/// Brackets nested deeper than this are no settings either; the library would think about them for minutes.
const MAX_BRACKET_DEPTH: usize = 500;

/// Why a piece of YAML could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlProblem {
    /// 1-based line within the YAML text.
    pub line: usize,
    /// In plain words, without a full stop.
    pub message: String,
}

/// Parses YAML to a value. An empty text is `Null`.
///
/// # Errors
/// Broken syntax, a key given twice, aliases that multiply without end, or more than [`MAX_YAML_BYTES`].
pub fn parse(text: &str) -> Result<Value, YamlProblem> {
    if text.len() > MAX_YAML_BYTES {
        return Err(YamlProblem { line: 1, message: format!("more than {} MB of settings in one place", MAX_YAML_BYTES >> 20) });
    }
    if let Some(line) = too_deep_line(text) {
        return Err(YamlProblem { line, message: format!("more than {MAX_BRACKET_DEPTH} brackets one within the other") });
    }
    // `Value` refuses duplicate keys, which typed structs and maps would silently merge.
    serde_yaml::from_str(text).map_err(|error| plain_problem(text, &error))
}

/// The 1-based line in which brackets are nested too deeply, if there is one. Brackets within texts count too: no text has so many.
fn too_deep_line(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let place = text.bytes().position(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_BRACKET_DEPTH
    })?;
    Some(text[..place].matches('\n').count() + 1)
}

/// A value as YAML on lines of its own, with a line end after it. Texts are put into quotation marks where they could mean anything else.
pub fn emit(value: &Value) -> String {
    // Only maps with keys that are no texts cannot be written, and nothing here makes them.
    serde_yaml::to_string(value).unwrap_or_default()
}

/// Reads a typed value out of YAML that was already parsed.
///
/// # Errors
/// The library's words about a key of the wrong kind or an unknown key; the line is found by looking for the key.
pub fn typed<T: DeserializeOwned>(text: &str, value: Value) -> Result<T, YamlProblem> {
    serde_yaml::from_value(value).map_err(|error| {
        let message = error.to_string();
        let line = message.split('`').nth(1).and_then(|key| line_of_key(text, key, 1)).unwrap_or(1);
        YamlProblem { line, message: message.replace("invalid type: ", "this has the wrong form: ") }
    })
}

fn plain_problem(text: &str, error: &serde_yaml::Error) -> YamlProblem {
    let said = error.to_string();
    if let Some(key) = said.split("duplicate entry with key ").nth(1) {
        let key = key.trim_matches(|c| c == '"' || c == '\'').split(['"', '\'']).next().unwrap_or_default();
        let line = line_of_key(text, key, 2).or(error.location().map(|place| place.line())).unwrap_or(1);
        return YamlProblem { line, message: format!("the key `{key}` is given twice; keep one of them") };
    }
    let line = error.location().map_or(1, |place| place.line().max(1));
    if said.contains("repetition limit") || said.contains("recursion limit") {
        return YamlProblem { line, message: "this YAML multiplies itself without end".to_string() };
    }
    let plain = said.split(" at line ").next().unwrap_or(&said);
    YamlProblem { line, message: format!("this is not valid YAML: {plain}") }
}

/// The 1-based line where a key stands for the `nth` time (1-based).
fn line_of_key(text: &str, key: &str, nth: usize) -> Option<usize> {
    let is_key = |line: &str| {
        line.match_indices(key).any(|(position, _)| {
            let before = line[..position].chars().next_back();
            let after = line[position + key.len()..].trim_start_matches(['"', '\'']).trim_start();
            before.is_none_or(|c| !c.is_alphanumeric()) && after.starts_with(':')
        })
    };
    text.lines().enumerate().filter(|(_, line)| is_key(line)).nth(nth - 1).map(|(index, _)| index + 1)
}

/// The 1-based lines on which the items of the outermost list begin.
pub fn item_lines(text: &str) -> Vec<usize> {
    let first = text.lines().find(|line| line.trim_start().starts_with("- ") || line.trim() == "-");
    let indent = first.map_or(0, |line| line.len() - line.trim_start().len());
    let is_item =
        |line: &str| line.len() - line.trim_start().len() == indent && (line.trim_start().starts_with("- ") || line.trim() == "-");
    text.lines().enumerate().filter(|(_, line)| is_item(line)).map(|(index, _)| index + 1).collect()
}

/// A scalar as the author wrote it: text, number, date, yes or no. Lists and mappings give nothing.
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("yes".to_string()),
        Value::Bool(false) => Some("no".to_string()),
        Value::Tagged(tagged) => scalar_text(&tagged.value),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

/// A list of texts from a scalar, a comma-separated scalar or a list. Obsidian links (`[[Name|shown]]`) give their name.
pub fn text_list(value: &Value) -> Vec<String> {
    let plain = |text: &str| {
        let inner = text.trim().trim_start_matches("[[").trim_end_matches("]]");
        inner.split('|').next().unwrap_or(inner).trim().to_string()
    };
    match value {
        Value::Sequence(items) => items.iter().flat_map(text_list).collect(),
        other => scalar_text(other).map_or_else(Vec::new, |text| text.split(',').map(plain).filter(|name| !name.is_empty()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_are_refused_with_their_line() {
        let problem = parse("title: One\npov: Mara\ntitle: Two\n").unwrap_err();
        assert_eq!(problem, YamlProblem { line: 3, message: "the key `title` is given twice; keep one of them".to_string() });
        let nested = parse("facts:\n  eyes: green\n  eyes: blue\n").unwrap_err();
        assert_eq!(nested.line, 3);
    }

    #[test]
    fn bombs_and_broken_yaml_are_told_plainly() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_string();
        for level in 1..12 {
            let previous = format!("*a{}", level - 1);
            bomb += &format!("a{level}: &a{level} [{}]\n", [previous.as_str(); 10].join(","));
        }
        assert_eq!(parse(&bomb).unwrap_err().message, "this YAML multiplies itself without end");
        assert!(parse("a: [1, 2\nb: 3").unwrap_err().message.starts_with("this is not valid YAML"));
        assert!(parse(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn lists_come_in_every_form_authors_write() {
        let value = parse("a: Mara, Edmund\nb: [\"[[Mara Vance|Mara]]\", Edmund]\nc: Mara").unwrap();
        assert_eq!(text_list(&value["a"]), ["Mara", "Edmund"]);
        assert_eq!(text_list(&value["b"]), ["Mara Vance", "Edmund"]);
        assert_eq!(text_list(&value["c"]), ["Mara"]);
    }
}
