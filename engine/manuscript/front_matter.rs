//! What an author may say of a chapter before its first line: `---`, YAML, `---`. All of it is optional; unknown keys are the author's.

use super::SourceFile;
use crate::text::yaml::{self, Value};
use crate::text::{LineColumn, Problem, ProblemKind, lines_with_ends};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Front matter must close within this many lines, else the first `---` was a scene break.
const MAX_FRONT_MATTER_LINES: usize = 200;

/// An index of Longform's has a line for each scene; its first key stands within so many lines.
const MAX_INDEX_LINES: usize = 20_000;
const INDEX_KEY_WITHIN: usize = 40;

/// Whether what a scene tells happened in the story's present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// Told in order, as it happened.
    #[default]
    Linear,
    /// A flashback, memory, dream, letter, tale within the tale: exempt from the order of events.
    Exempt,
}

/// The known keys of a chapter's front matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrontMatter {
    pub title: Option<String>,
    pub number: Option<f64>,
    /// The place of a scene within its chapter, or among all, where scenes are files of their own.
    pub sequence: Option<f64>,
    pub pov: Vec<String>,
    pub characters: Vec<String>,
    pub location: Option<String>,
    /// The story date as the author wrote it; `facts` reads it.
    pub date: Option<String>,
    pub time: Option<String>,
    pub status: Option<String>,
    pub mode: Mode,
    /// The mode's own word, as `dream`.
    pub mode_name: Option<String>,
    /// Longform's list of scene files, when this note is its index.
    pub longform: Option<Value>,
    /// Known key → the key it stands under here.
    pub key_names: BTreeMap<&'static str, String>,
    /// Everything, known or not, as the author wrote it.
    pub values: BTreeMap<String, Value>,
    /// The YAML text and the byte where it starts in the file.
    pub yaml: String,
    pub yaml_start: usize,
}

impl FrontMatter {
    /// Whether it says that the file is no part of the book: `compile: false`, or the `type` of a note.
    pub fn says_no_chapter(&self) -> bool {
        const NOTES: &[&str] =
            &["storyline", "character", "location", "place", "world", "item", "object", "group", "faction", "event", "note", "research"];
        let is_left_out = ["scene", "compile"].iter().any(|key| self.values.get(*key) == Some(&Value::Bool(false)));
        let of_note = self.values.get("type").and_then(yaml::scalar_text).map(|word| word.trim().to_lowercase());
        is_left_out || of_note.is_some_and(|word| NOTES.contains(&word.as_str()))
    }
}

/// The author's own names for the known keys: known key → names to look under, first match wins.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyNames(BTreeMap<String, Vec<String>>);

/// The names other writing tools use for the same thing, tried after the key's own.
const USUAL_NAMES: &[(&str, &[&str])] = &[
    ("title", &["title"]),
    ("number", &["number", "chapter", "order", "sequence"]),
    ("pov", &["pov", "viewpoint"]),
    ("characters", &["characters", "cast", "participants"]),
    ("location", &["location", "locations", "where", "setting", "place"]),
    ("date", &["date", "storyDate", "day", "when"]),
    ("time", &["time", "storyTime"]),
    ("status", &["status"]),
    ("mode", &["mode", "timeline_mode"]),
];

impl Default for KeyNames {
    fn default() -> KeyNames {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        KeyNames(USUAL_NAMES.iter().map(|(key, names)| (key.to_string(), owned(names))).collect())
    }
}

impl KeyNames {
    /// The keys copydesk knows.
    pub fn known() -> impl Iterator<Item = &'static str> {
        USUAL_NAMES.iter().map(|(key, _)| *key)
    }

    /// Looks for `known` under the author's `name` only.
    pub fn rename(&mut self, known: &str, name: &str) {
        self.0.insert(known.to_string(), vec![name.to_string()]);
    }

    fn look_up<'a>(&self, values: &'a BTreeMap<String, Value>, known: &str) -> Option<&'a Value> {
        values.get(self.name_in(values, known)?).filter(|value| !value.is_null())
    }

    /// The key under which a known one stands.
    fn name_in(&self, values: &BTreeMap<String, Value>, known: &str) -> Option<&String> {
        self.0.get(known)?.iter().find(|name| values.contains_key(*name))
    }
}

/// Reads the front matter of a file. Gives it and the byte where the body starts. Broken YAML is a problem and the body is still read.
pub fn read(file: &SourceFile, key_names: &KeyNames, problems: &mut Vec<Problem>) -> (FrontMatter, usize) {
    let text = &*file.text;
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let Some((yaml_start, yaml_end, body_start)) = find_block(text, mark) else {
        return (FrontMatter::default(), mark);
    };
    let yaml_text = &text[yaml_start..yaml_end];
    let mut front_matter = FrontMatter { yaml: yaml_text.to_string(), yaml_start, ..FrontMatter::default() };
    match yaml::parse(yaml_text) {
        Ok(Value::Mapping(mapping)) => {
            let entries = mapping.into_iter().filter_map(|(key, value)| Some((yaml::scalar_text(&key)?, value)));
            front_matter.values = entries.collect();
            fill(&mut front_matter, key_names);
        }
        Ok(Value::Null) => {}
        Ok(_) => problems.push(
            Problem::new(
                ProblemKind::NotChecked,
                "the lines between the two `---` at the top are not `key: value` lines, so they were left out",
            )
            .in_file(&file.path)
            .at(LineColumn { line: 2, column: 1 })
            .advice("write them as `title: …`, or put an empty line before the first `---` if it is a scene break"),
        ),
        Err(problem) => problems.push(
            Problem::new(ProblemKind::NotChecked, format!("the front matter could not be read: {}", problem.message))
                .in_file(&file.path)
                .at(LineColumn { line: problem.line + 1, column: 1 })
                .advice("the chapter's prose was still checked, without its date, place and viewpoint"),
        ),
    }
    (front_matter, body_start)
}

fn fill(front_matter: &mut FrontMatter, key_names: &KeyNames) {
    let values = &front_matter.values;
    let text = |key: &str| key_names.look_up(values, key).and_then(yaml::scalar_text).map(|text| text.trim().to_string());
    let list = |key: &str| key_names.look_up(values, key).map(yaml::text_list).unwrap_or_default();
    let number_of = |value: &Value| value.as_f64().or_else(|| yaml::scalar_text(value)?.trim().parse().ok());
    let number = key_names.look_up(values, "number").and_then(number_of);
    let sequence = values.get("sequence").and_then(number_of);
    let mode_name = text("mode");
    let mode = match mode_name.as_deref().map(str::to_lowercase).as_deref() {
        None | Some("" | "linear" | "present" | "parallel" | "simultaneous" | "timeskip") => Mode::Linear,
        Some(_) => Mode::Exempt,
    };
    let (title, location, date, time, status) = (text("title"), list("location"), text("date"), text("time"), text("status"));
    let (pov, characters, longform) = (list("pov"), list("characters"), values.get("longform").cloned());
    let names = KeyNames::known().filter_map(|known| Some((known, key_names.name_in(values, known)?.clone())));
    front_matter.key_names = names.collect();
    front_matter.title = title;
    front_matter.number = number;
    front_matter.sequence = sequence;
    front_matter.pov = pov;
    front_matter.characters = characters;
    front_matter.location = location.first().cloned();
    front_matter.date = date;
    front_matter.time = time;
    front_matter.status = status;
    front_matter.mode = mode;
    front_matter.mode_name = mode_name;
    front_matter.longform = longform;
}

/// Where the YAML starts and ends and where the body starts, if the text begins with a closed block.
fn find_block(text: &str, mark: usize) -> Option<(usize, usize, usize)> {
    let mut lines = lines_with_ends(&text[mark..]);
    let opening = lines.next()?;
    if opening.trim_end() != "---" {
        return None;
    }
    let yaml_start = mark + opening.len();
    let mut position = yaml_start;
    let is_index =
        text[yaml_start..].lines().take(INDEX_KEY_WITHIN).any(|line| line.starts_with("longform:") || line.starts_with("drafts:"));
    let most = if is_index { MAX_INDEX_LINES } else { MAX_FRONT_MATTER_LINES };
    for (index, line) in lines.enumerate() {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((yaml_start, position, position + line.len()));
        }
        // Prose, not settings: a blank first line means the `---` was a scene break.
        if index == 0 && line.trim().is_empty() || index > most {
            return None;
        }
        position += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front_matter(text: &str) -> (FrontMatter, usize, Vec<Problem>) {
        let mut problems = Vec::new();
        let (front_matter, body) = read(&SourceFile::new("01.md", text), &KeyNames::default(), &mut problems);
        (front_matter, body, problems)
    }

    #[test]
    fn known_keys_are_read_under_the_names_of_other_tools() {
        let (read, body, problems) =
            front_matter("---\nchapter: 3\npov: \"[[Mara Vance]]\"\nwhen: 1904-03-01\ntimeline_mode: dream\n---\nText");
        assert!(problems.is_empty());
        assert_eq!(
            (read.number, read.pov, read.date.as_deref(), read.mode),
            (Some(3.0), vec!["Mara Vance".to_string()], Some("1904-03-01"), Mode::Exempt)
        );
        assert_eq!(read.key_names["date"], "when");
        assert_eq!(body, 79);
    }

    #[test]
    fn a_scene_break_on_the_first_line_is_no_front_matter() {
        let (read, body, problems) = front_matter("---\n\nShe ran.\n\n---\n\nHe fell.");
        assert!(read.values.is_empty() && problems.is_empty());
        assert_eq!(body, 0);
    }

    #[test]
    fn broken_front_matter_is_told_with_its_line_and_the_body_kept() {
        let (_, body, problems) = front_matter("---\ntitle: A\ntitle: B\n---\nText");
        assert_eq!(body, 26);
        assert_eq!(problems[0].place, Some(LineColumn { line: 3, column: 1 }));
    }
}
