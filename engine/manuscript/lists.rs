//! Lists of chapters that other programs keep: Longform's index notes, and mdBook's `SUMMARY.md`.
//!
//! Longform keeps its index in the front matter of a note: since version 2 under `longform`, one note for each draft
//! (<https://github.com/kevboh/longform/blob/main/docs/INDEX_FILE.md>); before, all drafts under `drafts` of one note.

use super::{Chapter, FrontMatter, SourceFile};
use crate::text::yaml::{self, Value};
use crate::text::{Problem, ProblemKind, SourcePath, natural};
use std::collections::BTreeMap;

/// One list of chapters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChapterList {
    /// The file that holds it.
    pub source: SourcePath,
    pub title: Option<String>,
    /// In reading order, as the list names them; there may be no such file.
    pub chapters: Vec<SourcePath>,
    /// Those of earlier drafts, which are not read.
    pub earlier: Vec<SourcePath>,
    /// How it is referred to: `the Longform index Index.md`.
    pub name: String,
}

impl ChapterList {
    /// The folder whose chapters it puts in order.
    pub fn folder(&self) -> &str {
        self.source.folder()
    }
}

/// A draft of a Longform project.
struct Draft {
    project: Option<String>,
    name: String,
    list: ChapterList,
}

/// Whether a note is an index of Longform's and no chapter. A project of a single scene has its words in the same note.
pub(super) fn is_index(front_matter: &FrontMatter) -> bool {
    match &front_matter.longform {
        Some(longform) => longform.get("format").and_then(Value::as_str) != Some("single"),
        None => drafts_of_old(front_matter).is_some(),
    }
}

/// The drafts of an index of Longform's first version.
fn drafts_of_old(front_matter: &FrontMatter) -> Option<&Vec<Value>> {
    let drafts = front_matter.values.get("drafts")?.as_sequence()?;
    let is_draft = |draft: &Value| draft.get("scenes").is_some() && (draft.get("folder").is_some() || draft.get("name").is_some());
    (!drafts.is_empty() && drafts.iter().all(is_draft)).then_some(drafts)
}

/// All lists of chapters, one for each project: of several drafts that of the last, which is reported.
pub(super) fn all(chapters: &BTreeMap<SourcePath, Chapter>, files: &[SourceFile], problems: &mut Vec<Problem>) -> Vec<ChapterList> {
    let indexes = chapters.iter().filter(|(_, chapter)| is_index(&chapter.front_matter));
    let mut projects: Vec<Vec<Draft>> = Vec::new();
    for draft in indexes.flat_map(|(path, chapter)| drafts(path, &chapter.front_matter, problems)) {
        let is_of_project = |other: &Vec<Draft>| {
            let first = &other[0];
            let above = |list: &ChapterList| SourcePath::new(list.folder()).folder().to_string();
            let is_beside =
                |list: &ChapterList| list.folder() == draft.list.folder() || !list.folder().is_empty() && above(list) == above(&draft.list);
            first.list.source == draft.list.source || first.project.is_some() && first.project == draft.project && is_beside(&first.list)
        };
        match projects.iter_mut().find(|project| is_of_project(project)) {
            Some(project) => project.push(draft),
            None => projects.push(vec![draft]),
        }
    }
    let mut lists: Vec<ChapterList> = projects.into_iter().filter_map(|project| last_draft(project, problems)).collect();
    lists.extend(files.iter().filter_map(summary));
    lists
}

/// The last of a project's drafts. Those in notes of their own follow in the order of their names.
fn last_draft(mut drafts: Vec<Draft>, problems: &mut Vec<Problem>) -> Option<ChapterList> {
    if drafts.iter().any(|draft| draft.list.source != drafts[0].list.source) {
        drafts.sort_by(|a, b| natural::compare(&a.name, &b.name));
    }
    let count = drafts.len();
    let last = drafts.pop()?;
    if count > 1 {
        let message = format!("the Longform project has {count} drafts; the last of them, “{}”, is read", last.name);
        problems.push(
            Problem::new(ProblemKind::Note, message)
                .in_file(&last.list.source)
                .advice("to read another, list its chapters under `books:` in copydesk.yaml"),
        );
    }
    let mut list = last.list;
    list.earlier = drafts.into_iter().flat_map(|draft| draft.list.chapters).filter(|path| !list.chapters.contains(path)).collect();
    Some(list)
}

/// The drafts that an index note lists.
fn drafts(path: &SourcePath, front_matter: &FrontMatter, problems: &mut Vec<Problem>) -> Vec<Draft> {
    let list = |title: Option<String>, folder: &str, scenes: Option<&Value>, problems: &mut Vec<Problem>| {
        let mut names = Vec::new();
        flatten(scenes.unwrap_or(&Value::Null), &mut names);
        if names.is_empty() {
            let message = "is a Longform index, but lists no scenes, so the order is not taken from it";
            problems.push(
                Problem::new(ProblemKind::NotChecked, message)
                    .in_file(path)
                    .advice("let Longform write it again, or list the chapters in copydesk.yaml"),
            );
        }
        let base = joined(path.folder(), folder);
        let file = |name: &String| if crate::text::has_chapter_end(name) { name.clone() } else { format!("{name}.md") };
        let chapters: Vec<SourcePath> = names.iter().map(|name| SourcePath::in_folder(&base, &file(name))).collect();
        let list = ChapterList { source: path.clone(), title, chapters, earlier: Vec::new(), name: format!("the Longform index {path}") };
        (!list.chapters.is_empty()).then_some(list)
    };
    if let Some(longform) = &front_matter.longform {
        let text = |key: &str| longform.get(key).and_then(yaml::scalar_text).filter(|text| !text.trim().is_empty());
        let (title, folder) = (text("title"), text("sceneFolder").unwrap_or_default());
        let name = text("draftTitle").unwrap_or_else(|| path.stem().to_string());
        let list = list(title.clone(), &folder, longform.get("scenes"), problems);
        return list.map(|list| Draft { project: title, name, list }).into_iter().collect();
    }
    let old = drafts_of_old(front_matter).map(Vec::as_slice).unwrap_or_default();
    let draft = |draft: &Value| {
        let text = |key: &str| draft.get(key).and_then(yaml::scalar_text);
        let folder = text("folder").or_else(|| text("name")).unwrap_or_default();
        let list = list(front_matter.title.clone(), &folder, draft.get("scenes"), problems)?;
        Some(Draft { project: None, name: text("name").unwrap_or(folder), list })
    };
    old.iter().filter_map(draft).collect()
}

/// The names in a list of lists: Longform writes scenes that stand below others as a list of their own.
fn flatten(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Sequence(items) => items.iter().for_each(|item| flatten(item, names)),
        other => names.extend(yaml::scalar_text(other).map(|name| name.trim().to_string()).filter(|name| !name.is_empty())),
    }
}

/// The chapters an mdBook `SUMMARY.md` links to, in its order.
fn summary(file: &SourceFile) -> Option<ChapterList> {
    if file.path.file_name() != "SUMMARY.md" {
        return None;
    }
    let mut chapters = Vec::new();
    for line in file.text.lines() {
        let Some((_, after)) = line.split_once("](") else { continue };
        let Some((target, _)) = after.split_once(')') else { continue };
        let target = target.trim_matches(['<', '>', ' ']).trim_start_matches("./").replace("%20", " ");
        if target.ends_with(".md") {
            chapters.push(SourcePath::in_folder(file.path.folder(), &target));
        }
    }
    let (source, name) = (file.path.clone(), file.path.to_string());
    (!chapters.is_empty()).then_some(ChapterList { source, title: None, chapters, earlier: Vec::new(), name })
}

/// A folder without the marks around its path.
pub(super) fn clean_folder(folder: &str) -> String {
    folder.trim_start_matches("./").trim_matches('/').trim_matches('.').to_string()
}

/// A folder by its path from another one.
fn joined(folder: &str, below: &str) -> String {
    let below = clean_folder(below);
    match (folder, below.as_str()) {
        (folder, "") => folder.to_string(),
        ("", below) => below.to_string(),
        (folder, below) => format!("{folder}/{below}"),
    }
}
