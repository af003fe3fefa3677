//! The reading order: which files are chapters, of which book, one after the other, and why.
//!
//! The first of these that speaks decides, for each book: the list in `copydesk.yaml`; an Obsidian Longform index note; an mdBook
//! `SUMMARY.md`; `number` in the front matter; the names in natural order.

use super::{Chapter, KeyNames, SourceFile};
use crate::text::yaml::{self, Value};
use crate::text::{Problem, ProblemKind, SourcePath, natural};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the author configured about order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSettings {
    pub series_title: Option<String>,
    pub books: Vec<BookSettings>,
    pub key_names: KeyNames,
}

/// One book as `copydesk.yaml` lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookSettings {
    /// Folder relative to the author's folder, `""` or `.` for that folder itself.
    pub folder: String,
    pub title: Option<String>,
    /// It is in print: its text stands as it is.
    pub is_published: bool,
    /// Chapter files relative to the book's folder, in reading order; empty to let the folder decide.
    pub chapters: Vec<String>,
}

/// The order that was resolved, with its reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadingOrder {
    pub series_title: String,
    pub books: Vec<OrderedBook>,
    /// Files that are no chapters, with the reason.
    pub left_out: Vec<(SourcePath, String)>,
}

/// One book of the reading order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderedBook {
    pub folder: String,
    pub title: String,
    pub chapters: Vec<SourcePath>,
    pub is_published: bool,
    /// What decided the order, as a clause: `by file name`.
    pub reason: String,
}

/// Names of notes that writers keep beside their chapters and that no reader reads.
const NO_CHAPTERS: &[&str] =
    &["readme", "license", "licence", "changelog", "contributing", "todo", "notes", "outline", "synopsis", "copyright"];

/// Resolves the order of all parsed files.
pub fn resolve(
    chapters: &BTreeMap<SourcePath, Chapter>,
    files: &[SourceFile],
    settings: &OrderSettings,
    problems: &mut Vec<Problem>,
) -> ReadingOrder {
    let mut order = ReadingOrder { series_title: settings.series_title.clone().unwrap_or_default(), ..ReadingOrder::default() };
    let mut candidates: BTreeSet<SourcePath> = chapters.keys().cloned().collect();
    candidates.retain(|path| match reason_to_leave_out(path, &chapters[path]) {
        Some(reason) => {
            order.left_out.push((path.clone(), reason.to_string()));
            false
        }
        None => true,
    });
    let books = if settings.books.is_empty() { folders_as_books(&candidates) } else { settings.books.clone() };
    for book in &books {
        let inside: Vec<SourcePath> = candidates.iter().filter(|path| is_inside(path, &book.folder)).cloned().collect();
        let (ordered, reason) = order_book(book, &inside, chapters, files, problems);
        for path in inside.iter().filter(|path| !ordered.contains(path)) {
            order.left_out.push((path.clone(), format!("not in the list of chapters ({reason})")));
        }
        inside.iter().for_each(|path| {
            candidates.remove(path);
        });
        let title = book.title.clone().unwrap_or_else(|| book_title(&book.folder, settings));
        order.books.push(OrderedBook {
            folder: clean_folder(&book.folder),
            title,
            chapters: ordered,
            is_published: book.is_published,
            reason,
        });
    }
    for path in candidates {
        order.left_out.push((path, "outside the books listed in copydesk.yaml".to_string()));
    }
    order.left_out.sort();
    order.books.retain(|book| !book.chapters.is_empty());
    order
}

fn reason_to_leave_out(path: &SourcePath, chapter: &Chapter) -> Option<&'static str> {
    let stem = path.stem().to_lowercase();
    if stem == "summary" {
        return Some("a table of contents, not a chapter");
    }
    if chapter.front_matter.longform.is_some() {
        return Some("a Longform index, not a chapter");
    }
    if NO_CHAPTERS.contains(&stem.as_str()) {
        return Some("a note by its name, not a chapter");
    }
    if path.file_name().contains("sync-conflict") || path.file_name().contains("conflicted copy") {
        return Some("a copy that a synchronising program left behind: two versions of one chapter exist");
    }
    let said_no = |key: &str| chapter.front_matter.values.get(key).is_some_and(|value| value == &Value::Bool(false));
    if said_no("scene") || said_no("compile") {
        return Some("its front matter says that it is not part of the book");
    }
    None
}

/// Zero configuration: the folders that hold chapters are the books when there are several; parts of one book are not books.
fn folders_as_books(candidates: &BTreeSet<SourcePath>) -> Vec<BookSettings> {
    let mut root = String::new();
    loop {
        let below = child_folders(candidates, &root);
        let has_own_files = candidates.iter().any(|path| path.folder() == root);
        if has_own_files || below.is_empty() || below.iter().all(|folder| is_part_name(folder)) {
            return vec![BookSettings { folder: root, ..BookSettings::default() }];
        }
        if below.len() > 1 {
            let mut below: Vec<String> = below.into_iter().collect();
            below.sort_by(|a, b| natural::compare(a, b));
            return below.into_iter().map(|folder| BookSettings { folder, ..BookSettings::default() }).collect();
        }
        root = below.into_iter().next().unwrap_or_default();
    }
}

fn child_folders(candidates: &BTreeSet<SourcePath>, root: &str) -> BTreeSet<String> {
    let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
    let child = |path: &SourcePath| {
        let below = path.folder().strip_prefix(prefix.as_str()).filter(|below| !below.is_empty())?;
        Some(format!("{prefix}{}", below.split('/').next()?))
    };
    candidates.iter().filter_map(child).collect()
}

fn is_part_name(folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or(folder).to_lowercase();
    ["part", "act", "section", "chapter", "ch0", "ch1", "ch2"]
        .iter()
        .any(|word| name.trim_start_matches(|c: char| !c.is_alphabetic()).starts_with(word))
}

fn clean_folder(folder: &str) -> String {
    folder.trim_start_matches("./").trim_matches('/').trim_matches('.').to_string()
}

fn is_inside(path: &SourcePath, folder: &str) -> bool {
    let folder = clean_folder(folder);
    folder.is_empty() || path.as_str().strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

fn book_title(folder: &str, settings: &OrderSettings) -> String {
    let folder = clean_folder(folder);
    if folder.is_empty() {
        return settings.series_title.clone().unwrap_or_else(|| "Manuscript".to_string());
    }
    super::title_from_name(folder.rsplit('/').next().unwrap_or(&folder))
}

fn order_book(
    book: &BookSettings,
    inside: &[SourcePath],
    chapters: &BTreeMap<SourcePath, Chapter>,
    files: &[SourceFile],
    problems: &mut Vec<Problem>,
) -> (Vec<SourcePath>, String) {
    let folder = clean_folder(&book.folder);
    if !book.chapters.is_empty() {
        let listed: Vec<SourcePath> = book.chapters.iter().map(|name| SourcePath::in_folder(&folder, name)).collect();
        return (keep_known(&listed, inside, "copydesk.yaml", problems), "as listed in copydesk.yaml".to_string());
    }
    if let Some((index, listed)) = longform_index(&folder, chapters) {
        return (keep_known(&listed, inside, index.as_str(), problems), format!("as listed in the Longform index {index}"));
    }
    if let Some((summary, listed)) = summary_list(&folder, files) {
        return (keep_known(&listed, inside, summary.as_str(), problems), format!("as listed in {summary}"));
    }
    let number = |path: &SourcePath| chapters[path].front_matter.number;
    let mut ordered = inside.to_vec();
    ordered.sort_by(|a, b| natural::compare(a.as_str(), b.as_str()));
    if !ordered.is_empty() && ordered.iter().all(|path| number(path).is_some()) {
        ordered.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
        warn_of_equal_numbers(&ordered, chapters, problems);
        return (ordered, "by `number` in the front matter".to_string());
    }
    (ordered, "by file name".to_string())
}

fn warn_of_equal_numbers(ordered: &[SourcePath], chapters: &BTreeMap<SourcePath, Chapter>, problems: &mut Vec<Problem>) {
    for pair in ordered.windows(2) {
        if chapters[&pair[0]].front_matter.number == chapters[&pair[1]].front_matter.number {
            let message = format!("has the same chapter number as {}; their file names decided which is first", pair[0]);
            problems.push(Problem::new(ProblemKind::Note, message).in_file(&pair[1]).advice("give each chapter its own `number`"));
        }
    }
}

fn keep_known(listed: &[SourcePath], inside: &[SourcePath], list: &str, problems: &mut Vec<Problem>) -> Vec<SourcePath> {
    let mut kept: Vec<SourcePath> = Vec::new();
    for path in listed {
        if kept.contains(path) {
            continue;
        }
        if inside.contains(path) {
            kept.push(path.clone());
        } else {
            let message = format!("{list} lists the chapter {path}, but there is no such file");
            problems.push(Problem::new(ProblemKind::NotChecked, message).advice("correct the name in the list, or put the file there"));
        }
    }
    kept
}

/// The scenes an Obsidian Longform index lists, `longform: { scenes: [a, [b, c]], sceneFolder: / }`.
fn longform_index(folder: &str, chapters: &BTreeMap<SourcePath, Chapter>) -> Option<(SourcePath, Vec<SourcePath>)> {
    let (path, longform) = chapters.iter().find_map(|(path, chapter)| {
        let longform = chapter.front_matter.longform.as_ref().filter(|_| is_inside(path, folder))?;
        Some((path, longform))
    })?;
    let scene_folder = longform.get("sceneFolder").and_then(yaml::scalar_text).unwrap_or_default();
    let scene_folder = clean_folder(&scene_folder);
    let base = match (path.folder(), scene_folder.as_str()) {
        (folder, "") => folder.to_string(),
        ("", scenes) => scenes.to_string(),
        (folder, scenes) => format!("{folder}/{scenes}"),
    };
    let names = yaml::text_list(longform.get("scenes")?);
    Some((path.clone(), names.iter().map(|name| SourcePath::in_folder(&base, &format!("{name}.md"))).collect()))
}

/// The chapters an mdBook `SUMMARY.md` links to, in its order.
fn summary_list(folder: &str, files: &[SourceFile]) -> Option<(SourcePath, Vec<SourcePath>)> {
    let summary = files.iter().find(|file| file.path.file_name() == "SUMMARY.md" && is_inside(&file.path, folder))?;
    let mut listed = Vec::new();
    for line in summary.text.lines() {
        let Some((_, after)) = line.split_once("](") else { continue };
        let Some((target, _)) = after.split_once(')') else { continue };
        let target = target.trim_matches(['<', '>', ' ']).trim_start_matches("./").replace("%20", " ");
        if target.ends_with(".md") {
            listed.push(SourcePath::in_folder(summary.path.folder(), &target));
        }
    }
    (!listed.is_empty()).then(|| (summary.path.clone(), listed))
}

#[cfg(test)]
mod tests {
    use crate::manuscript::{OrderSettings, Series, SourceFile};

    fn order(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<SourceFile> = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
        let (_, order, _) = Series::assemble(&files, &OrderSettings::default());
        let line = |book: &super::OrderedBook| {
            let chapters: Vec<&str> = book.chapters.iter().map(|path| path.as_str()).collect();
            format!("{} [{}] {}", book.folder, chapters.join(" "), book.reason)
        };
        order.books.iter().map(line).collect()
    }

    #[test]
    fn names_sort_naturally_without_configuration() {
        assert_eq!(order(&[("ch10.md", "A."), ("ch2.md", "B."), ("README.md", "C.")]), [" [ch2.md ch10.md] by file name"]);
    }

    #[test]
    fn several_folders_are_books_but_parts_are_not() {
        assert_eq!(
            order(&[("m/b2/1.md", "A."), ("m/b1/1.md", "B."), ("m/b1/Part 2/3.md", "C.")]),
            ["m/b1 [m/b1/1.md m/b1/Part 2/3.md] by file name", "m/b2 [m/b2/1.md] by file name"]
        );
        assert_eq!(order(&[("Part 1/1.md", "A."), ("Part 2/2.md", "B.")]), [" [Part 1/1.md Part 2/2.md] by file name"]);
    }

    #[test]
    fn an_index_or_numbers_decide_before_names() {
        let index = "---\nlongform:\n  format: scenes\n  sceneFolder: /\n  scenes: [b, [a]]\n---\n";
        assert_eq!(
            order(&[("index.md", index), ("a.md", "A."), ("b.md", "B.")]),
            [" [b.md a.md] as listed in the Longform index index.md"]
        );
        let summary = "# Summary\n\n- [Two](b.md)\n- [One](./a.md)\n";
        assert_eq!(order(&[("SUMMARY.md", summary), ("a.md", "A."), ("b.md", "B.")]), [" [b.md a.md] as listed in SUMMARY.md"]);
        let numbered = [("a.md", "---\nnumber: 2\n---\nA."), ("b.md", "---\nnumber: 1\n---\nB.")];
        assert_eq!(order(&numbered), [" [b.md a.md] by `number` in the front matter"]);
    }
}
