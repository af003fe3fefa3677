//! What a project has on people and places, as notes of the bible: an author's character sheets are canon as a bible's notes are.

use super::{Encoding, SourceFile, SourcePath, title};
use std::collections::BTreeSet;

/// A longer name of a field is the beginning of a sentence, and a longer value a description.
const MAX_NAME_WORDS: usize = 4;
const MAX_VALUE_BYTES: usize = 120;

/// A sheet on somebody or something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    pub name: String,
    /// As a note of the bible names it: `character`.
    pub kind: &'static str,
    pub aliases: Vec<String>,
    pub lines: Vec<String>,
}

/// The kind of what a folder holds, by its title; nothing for a folder of something else.
pub(super) fn kind_of_folder(title: &str) -> Option<&'static str> {
    match title.trim().to_lowercase().as_str() {
        "characters" | "people" | "cast" | "character sheets" | "character profiles" | "dramatis personae" => Some("character"),
        "places" | "locations" | "settings" | "setting" => Some("place"),
        "objects" | "items" | "props" => Some("object"),
        _ => None,
    }
}

/// The sheets as notes, each with a path of its own beside the project's chapters.
pub(super) fn notes(sheets: &[Sheet], project: &SourcePath) -> Vec<SourceFile> {
    let mut taken = BTreeSet::new();
    let mut path = |sheet: &Sheet| {
        let name = format!("{}-{}", sheet.kind, title::plain_name(&sheet.name));
        let names = std::iter::once(name.clone()).chain((2..).map(|count| format!("{name}-{count}")));
        let free = names.into_iter().find(|name| taken.insert(name.clone())).unwrap_or(name);
        project.section(&free)
    };
    let is_told = |sheet: &&Sheet| !sheet.name.trim().is_empty() && sheet.lines.iter().any(|line| !line.trim().is_empty());
    let note = |sheet: &Sheet| SourceFile { path: path(sheet), text: text_of(sheet).into(), encoding: Encoding::Utf8, section: None };
    sheets.iter().filter(is_told).map(note).collect()
}

/// The note: what it is about above, then its lines, those that are fields as items of a list, which is how a bible has them.
fn text_of(sheet: &Sheet) -> String {
    // A JSON text is a YAML text.
    let quoted = |text: &str| serde_json::Value::from(text.trim()).to_string();
    let aliases = sheet.aliases.iter().map(|alias| quoted(alias)).collect::<Vec<_>>().join(", ");
    let mut text = format!("---\nname: {}\nkind: {}\naliases: [{aliases}]\n---\n\n", quoted(&sheet.name), sheet.kind);
    for line in sheet.lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()) {
        let mark = if is_field(line) { "- " } else { "" };
        text += &format!("{mark}{line}\n\n");
    }
    text
}

/// Whether a line is `Eyes: green`.
fn is_field(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, value)| {
        let is_short = name.split_whitespace().count() <= MAX_NAME_WORDS && value.len() <= MAX_VALUE_BYTES && !value.trim().is_empty();
        is_short && name.starts_with(char::is_alphabetic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_becomes_a_note_and_no_two_have_one_path() {
        let sheet = |name: &str, lines: &[&str]| Sheet {
            name: name.to_string(),
            kind: "character",
            aliases: vec!["Ma\"ra".to_string()],
            lines: lines.iter().map(ToString::to_string).collect(),
        };
        let sheets = [
            sheet(
                "Mara Vance",
                &[
                    "Eyes: green",
                    "",
                    "She said: never. Not once in all the years that they had known each other, and he believed her until the end of it, which is long.",
                ],
            ),
            sheet("Mara Vance", &["x"]),
            sheet("Nobody", &[" "]),
        ];
        let notes = notes(&sheets, &SourcePath::new("Salt.scriv"));
        let paths: Vec<&str> = notes.iter().map(|note| note.path.as_str()).collect();
        assert_eq!(paths, ["Salt.scriv.copydesk/character-mara-vance.md", "Salt.scriv.copydesk/character-mara-vance-2.md"]);
        assert!(
            notes[0]
                .text
                .starts_with("---\nname: \"Mara Vance\"\nkind: character\naliases: [\"Ma\\\"ra\"]\n---\n\n- Eyes: green\n\nShe said"),
            "{}",
            notes[0].text
        );
    }
}
