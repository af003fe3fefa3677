//! Projects of Manuskript (format 1, <https://github.com/olivierkes/manuskript>): a `.msk` file, either an archive or a word that the project lies in
//! the folder of the same name beside it. In both, `outline/` has a file for each scene in numbered folders, and `characters/` a sheet for each.

use super::binder::{self, Item};
use super::novelwriter::without_marks;
use super::package::Package;
use super::sheet::Sheet;
use super::{MAX_DEPTH, Paragraph, Parts, RULE};
use std::collections::BTreeMap;

/// A project's files: their paths in it, with `/`, and their texts.
pub type Files = BTreeMap<String, String>;

/// The folder with the story.
pub const OUTLINE: &str = "outline";
const CHARACTERS: &str = "characters/";
const FOLDER: &str = "folder.txt";

/// Most files of a project, and most bytes of an archive's texts.
pub const MAX_FILES: usize = 20_000;
const MAX_BYTES: usize = 256 << 20;

/// Fields of a character's sheet that are for the program, or plan the story.
const NO_FACTS: &[&str] = &[
    "name",
    "id",
    "importance",
    "pov",
    "color",
    "motivation",
    "goal",
    "conflict",
    "epiphany",
    "phrase summary",
    "paragraph summary",
    "full summary",
];

/// Whether a path names a file that holds text of a project.
pub fn is_text(path: &str) -> bool {
    let is_ours = path.starts_with("outline/") || path.starts_with(CHARACTERS) || path == "infos.txt";
    is_ours && (path.ends_with(".md") || path.ends_with(".txt"))
}

/// The files of an archive; nothing where the bytes are none, and the project lies in a folder.
///
/// # Errors
/// It is damaged, or has too many files.
pub fn files_of_archive(bytes: &[u8]) -> Result<Option<Files>, String> {
    if !bytes.starts_with(b"PK") {
        return Ok(None);
    }
    let mut package = Package::open(bytes)?;
    let names: Vec<String> = package.names().into_iter().filter(|name| is_text(name)).collect();
    if names.len() > MAX_FILES {
        return Err(format!("it has more than {MAX_FILES} files"));
    }
    let (mut files, mut taken) = (Files::new(), 0);
    for name in names {
        let text = package.needed(&name)?;
        taken += text.len();
        if taken > MAX_BYTES {
            return Err(format!("it has more than {} MB of text", MAX_BYTES >> 20));
        }
        files.insert(name, text);
    }
    Ok(Some(files))
}

/// Reads a project.
///
/// # Errors
/// It has no outline.
pub(super) fn read(files: &Files) -> Result<Parts, String> {
    let mut draft = Item { is_folder: true, ..Item::default() };
    draft.children = children(files, OUTLINE, 0);
    if draft.children.is_empty() {
        return Err("it has no outline, or an empty one".to_string());
    }
    let (mut document, unread) = binder::book(&draft, &mut |item| Ok(files.get(&item.id).map_or_else(Vec::new, |text| paragraphs(text))));
    document.title = files.get("infos.txt").and_then(|text| field(&fields(text).0, "Title"));
    let sheets = files.iter().filter(|(path, _)| path.starts_with(CHARACTERS)).filter_map(|(_, text)| sheet(text)).collect();
    Ok(Parts { document, sheets, unread })
}

/// What lies in a folder of the outline, in the order of the numbers that its names begin with.
fn children(files: &Files, folder: &str, depth: usize) -> Vec<Item> {
    let prefix = format!("{folder}/");
    let mut names: Vec<&str> = Vec::new();
    for (path, _) in files.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix)) {
        let name = path[prefix.len()..].split('/').next().unwrap_or_default();
        // Those of one folder follow each other.
        if name != FOLDER && names.last() != Some(&name) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| (number(name), *name));
    let child = |name: &str| {
        let path = format!("{prefix}{name}");
        let is_folder = !files.contains_key(&path);
        let described = if is_folder { files.get(&format!("{path}/{FOLDER}")) } else { files.get(&path) };
        let head = described.map(|text| fields(text).0).unwrap_or_default();
        // 2 is on, and so is what nobody has switched off; a folder is on or off with all that is in it.
        let is_on = field(&head, "compile").is_none_or(|word| word != "0");
        let stem = name.split_once('-').map_or(name, |(_, rest)| rest).trim_end_matches(".md").replace('_', " ");
        Item {
            title: field(&head, "title").unwrap_or(stem),
            is_folder,
            is_compiled: !is_folder && is_on,
            children: if is_folder && depth < MAX_DEPTH && is_on { children(files, &path, depth + 1) } else { Vec::new() },
            id: path,
        }
    };
    names.into_iter().map(child).collect()
}

fn number(name: &str) -> u64 {
    name.split('-').next().and_then(|number| number.parse().ok()).unwrap_or(u64::MAX)
}

/// The fields above a text, `key: value` with further lines set in, and what follows them.
fn fields(text: &str) -> (Vec<(String, String)>, &str) {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut rest = text;
    for line in text.split_inclusive('\n') {
        // An empty line of a long summary is set in as its other lines are.
        if line.trim_end_matches(['\r', '\n']).is_empty() {
            break;
        }
        let bare = line.trim_end();
        match bare.split_once(':') {
            Some((key, value)) if !key.starts_with(' ') => fields.push((key.trim().to_string(), value.trim().to_string())),
            _ => match fields.last_mut() {
                Some((_, value)) => {
                    value.push('\n');
                    value.push_str(bare.trim());
                }
                None => return (Vec::new(), text),
            },
        }
        rest = &rest[line.len()..];
    }
    (fields, rest)
}

fn field(fields: &[(String, String)], name: &str) -> Option<String> {
    fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
}

/// The paragraphs of a scene: each line is one.
fn paragraphs(text: &str) -> Vec<Paragraph> {
    let is_aside = |line: &str| line.is_empty() || line.starts_with("<!--") && line.ends_with("-->");
    let is_break = |line: &str| line.len() > 2 && line.chars().all(|letter| "*-_# ".contains(letter));
    let shown = |line: &str| if is_break(line) { RULE.to_string() } else { without_marks(line) };
    let lines = fields(text).1.lines().map(str::trim).filter(|line| !is_aside(line));
    lines.map(|line| Paragraph { text: shown(line), ..Paragraph::default() }).collect()
}

/// A character's sheet.
fn sheet(text: &str) -> Option<Sheet> {
    let fields = fields(text).0;
    let name = field(&fields, "Name")?;
    let mut lines = Vec::new();
    for (key, value) in fields.iter().filter(|(key, value)| !NO_FACTS.contains(&key.to_lowercase().as_str()) && !value.is_empty()) {
        match key.as_str() {
            "Notes" => lines.extend(value.lines().map(ToString::to_string)),
            _ => lines.push(format!("{key}: {}", value.replace('\n', " "))),
        }
    }
    Some(Sheet { name, kind: "character", aliases: Vec::new(), lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(named: &[(&str, &str)]) -> Files {
        named.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect()
    }

    fn shown(parts: Parts) -> Vec<String> {
        let shown = |paragraph: Paragraph| paragraph.given.map_or(paragraph.text.clone(), |given| format!("{given:?} {}", paragraph.text));
        parts.document.paragraphs.into_iter().map(shown).collect()
    }

    #[test]
    fn numbered_folders_are_parts_and_chapters_and_files_their_scenes() {
        let project = files(&[
            ("infos.txt", "Title:          Salt\nAuthor:         Nobody\n"),
            ("outline/0-One/folder.txt", "title:          Part One\nID:             1\ntype:           folder\ncompile:        2\n\n\n"),
            ("outline/0-One/0-Harbour/folder.txt", "title:          The Harbour\ncompile:        2\n\n\n"),
            ("outline/0-One/0-Harbour/10-Ferry.md", "title:          Ferry\ncompile:        2\n\n\nIt came *late*.\n"),
            (
                "outline/0-One/0-Harbour/2-Tide.md",
                "title:          Tide\nsummaryFull:    It rains.\n                \n                Mara dies.\ncompile:        2\n\n\nIt _rained_.\n***\n<!-- late -->\nAnd how.\n",
            ),
            ("outline/0-One/0-Harbour/3-Cut.md", "title:          Cut\ncompile:        0\n\n\nNever.\n"),
            ("outline/1-Off/folder.txt", "title:          Off\ncompile:        0\n\n\n"),
            ("outline/1-Off/0-x.md", "title:          x\n\n\nNever.\n"),
            (
                "characters/0-Mara.txt",
                "Name:           Mara Vance\nID:             0\nColor:          #ff0000\nGoal:           the key\nEyes:           green\n\
              Notes:          Born in May.\n                Lame.\n",
            ),
        ]);
        let parts = read(&project).unwrap();
        let [sheet] = &parts.sheets[..] else { panic!("{:?}", parts.sheets) };
        assert_eq!((sheet.name.as_str(), sheet.lines.join(" / ").as_str()), ("Mara Vance", "Eyes: green / Born in May. / Lame."));
        assert_eq!(parts.document.title.as_deref(), Some("Salt"));
        assert_eq!(shown(parts), ["Part Part One", "Chapter The Harbour", "It rained.", "***", "And how.", "***", "It came late."]);
    }

    #[test]
    fn what_is_no_project_is_told() {
        assert!(read(&Files::new()).is_err());
        assert!(files_of_archive(b"1").unwrap().is_none());
        assert!(files_of_archive(b"PK\x03\x04 torn").is_err());
        // A scene without a head, and one that is nothing else.
        let project = files(&[("outline/0-a.md", "It rained.\n\nAnd how."), ("outline/1-b.md", "title: b\n")]);
        assert_eq!(shown(read(&project).unwrap()), ["Chapter a", "It rained.", "And how."]);
    }
}
