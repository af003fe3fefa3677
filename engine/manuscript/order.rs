//! The reading order: which files are chapters, of which book, one after the other, and why.
//!
//! The first of these that speaks decides, for each book: the list in `copydesk.yaml`; an Obsidian Longform index note; an mdBook
//! `SUMMARY.md`; `number` in the front matter; the names in natural order. Within a file that holds several chapters they follow as they stand.

use super::lists::{self, ChapterList, clean_folder};
use super::{Chapter, KeyNames, SourceFile};
use crate::text::{Problem, ProblemKind, SourcePath, is_sections_folder, natural};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;

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
    let mut lists = lists::all(chapters, files, problems);
    let books = if settings.books.is_empty() { books_of(&candidates, chapters, &lists) } else { settings.books.clone() };
    for path in lists.iter().flat_map(|list| &list.earlier) {
        let of_draft: Vec<SourcePath> = candidates.iter().filter(|candidate| candidate.on_disk() == *path).cloned().collect();
        for path in of_draft {
            candidates.remove(&path);
            order.left_out.push((path, "of an earlier draft".to_string()));
        }
    }
    let owners = owners(&books, &candidates, settings.books.is_empty());
    for (place, book) in books.iter().enumerate() {
        let mut inside: Vec<SourcePath> = candidates.iter().filter(|path| owners.get(*path) == Some(&place)).cloned().collect();
        inside.sort_by(|a, b| as_they_stand(&chapters[a], &chapters[b]));
        let (ordered, reason) = order_book(book, &inside, chapters, &mut lists, problems);
        for path in inside.iter().filter(|path| !ordered.contains(path)) {
            order.left_out.push((path.clone(), format!("not in the list of chapters ({reason})")));
        }
        let title = book.title.clone().or_else(|| title_of_file(&ordered, chapters)).unwrap_or_else(|| book_title(&book.folder, settings));
        order.books.push(OrderedBook {
            folder: clean_folder(&book.folder),
            title,
            chapters: ordered,
            is_published: book.is_published,
            reason,
        });
    }
    for path in candidates.into_iter().filter(|path| !owners.contains_key(path)) {
        order.left_out.push((path, "outside the books listed in copydesk.yaml".to_string()));
    }
    // Whoever gave a list in copydesk.yaml knows that it is another one.
    let is_unused =
        |list: &&ChapterList| !settings.books.iter().any(|book| !book.chapters.is_empty() && is_inside(&list.source, &book.folder));
    problems.extend(lists.iter().filter(is_unused).map(|list| {
        let message = "lists chapters, but none of them is among those of a book, so their order is not taken from it";
        Problem::new(ProblemKind::NotChecked, message)
            .in_file(&list.source)
            .advice("`copydesk order` shows what is read, and in which order")
    }));
    order.left_out.sort();
    order.books.retain(|book| !book.chapters.is_empty());
    order
}

fn reason_to_leave_out(path: &SourcePath, chapter: &Chapter) -> Option<&'static str> {
    if let Some(reason) = is_no_chapter(&path.on_disk()) {
        return Some(reason);
    }
    if lists::is_index(&chapter.front_matter) {
        return Some("a Longform index, not a chapter");
    }
    chapter.front_matter.says_no_chapter().then_some("its front matter says that it is not part of the book")
}

/// Why a file is no chapter, by its name alone.
pub fn is_no_chapter(path: &SourcePath) -> Option<&'static str> {
    let stem = path.stem().to_lowercase();
    if stem == "summary" {
        return Some("a table of contents, not a chapter");
    }
    if NO_CHAPTERS.contains(&stem.as_str()) {
        return Some("a note by its name, not a chapter");
    }
    let is_copy = path.file_name().contains("sync-conflict") || path.file_name().contains("conflicted copy");
    is_copy.then_some("a copy that a synchronising program left behind: two versions of one chapter exist")
}

/// Which book each chapter belongs to, by the book's place. Of books within each other the first that is listed has it, or, where none is
/// listed, the innermost.
fn owners(books: &[BookSettings], candidates: &BTreeSet<SourcePath>, is_innermost: bool) -> BTreeMap<SourcePath, usize> {
    let mut places: Vec<usize> = (0..books.len()).collect();
    if is_innermost {
        places.sort_by_key(|place| std::cmp::Reverse(clean_folder(&books[*place].folder).len()));
    }
    let owner = |path: &SourcePath| places.iter().copied().find(|place| is_inside(path, &books[*place].folder));
    candidates.iter().filter_map(|path| Some((path.clone(), owner(path)?))).collect()
}

/// The order in which chapters lie there: by the names of their files, and within one by their places.
fn as_they_stand(one: &Chapter, other: &Chapter) -> std::cmp::Ordering {
    let line = |chapter: &Chapter| chapter.section().map_or(0, |section| section.lines_before);
    natural::compare(one.path.on_disk().as_str(), other.path.on_disk().as_str()).then(line(one).cmp(&line(other)))
}

/// Zero configuration: each list of chapters is a book, with all that lies in its folder; then each folder that holds chapters, and each file
/// that is a whole book.
fn books_of(candidates: &BTreeSet<SourcePath>, chapters: &BTreeMap<SourcePath, Chapter>, lists: &[ChapterList]) -> Vec<BookSettings> {
    let has_chapters = |list: &&ChapterList| candidates.iter().any(|path| list.chapters.iter().any(|listed| is_alike(listed, path)));
    let listed = lists.iter().filter(has_chapters);
    let listed: Vec<&ChapterList> = listed.collect();
    // Of two projects side by side each has the folder of its scenes.
    let is_shared = |list: &ChapterList| listed.iter().filter(|other| other.folder() == list.folder()).count() > 1;
    let of_list = |list: &&ChapterList| {
        let own = list.chapters.first().map_or("", |first| first.folder());
        let folder = if is_shared(list) { own } else { list.folder() };
        BookSettings { folder: folder.to_string(), title: list.title.clone(), ..BookSettings::default() }
    };
    let mut books: Vec<BookSettings> = listed.iter().map(of_list).collect();
    books.dedup_by(|one, other| one.folder == other.folder);
    let others = candidates.iter().filter(|path| !books.iter().any(|book| is_inside(path, &book.folder)));
    let others: BTreeSet<SourcePath> = others.cloned().collect();
    if others.is_empty() {
        return books;
    }
    let found = files_as_books(&others, chapters).unwrap_or_else(|| folders_as_books(&others));
    if books.is_empty() {
        return found;
    }
    books.extend(found);
    books.sort_by(|a, b| natural::compare(&a.folder, &b.folder));
    books
}

/// The files as books, where each of several holds chapters that are counted from the beginning.
fn files_as_books(candidates: &BTreeSet<SourcePath>, chapters: &BTreeMap<SourcePath, Chapter>) -> Option<Vec<BookSettings>> {
    let begins = |path: &SourcePath| chapters[path].section().is_some_and(|section| section.begins_book);
    let mut folders: Vec<String> = candidates.iter().map(|path| path.folder().to_string()).collect();
    folders.dedup();
    let are_books = folders.len() > 1 && candidates.iter().all(begins) && !folders.iter().all(|folder| is_part_name(folder));
    folders.sort_by(|a, b| natural::compare(a, b));
    are_books.then(|| folders.into_iter().map(|folder| BookSettings { folder, ..BookSettings::default() }).collect())
}

/// The folders that hold chapters are the books when there are several; parts of one book are not books.
fn folders_as_books(candidates: &BTreeSet<SourcePath>) -> Vec<BookSettings> {
    let candidates: BTreeSet<SourcePath> = candidates.iter().map(SourcePath::on_disk).collect();
    let candidates = &candidates;
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

/// Whether a chapter lies in a folder, or is a section of the file of that name.
fn is_inside(path: &SourcePath, folder: &str) -> bool {
    let folder = clean_folder(folder);
    let is_below = |path: &str| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
    folder.is_empty() || is_below(path.as_str()) || path.on_disk().as_str() == folder
}

/// Whether a listed path means a file, or the file that a chapter is a section of. Capitals and the way accents are written do not matter, as
/// they do not on most authors' disks.
fn is_alike(listed: &SourcePath, path: &SourcePath) -> bool {
    let folded = |path: &SourcePath| -> String { path.as_str().nfc().flat_map(char::to_lowercase).collect() };
    let file = path.on_disk();
    *listed == *path || *listed == file || folded(listed) == folded(&file)
}

/// What the file says the title is whose sections are the book's chapters, all of them.
fn title_of_file(ordered: &[SourcePath], chapters: &BTreeMap<SourcePath, Chapter>) -> Option<String> {
    let first = ordered.first().filter(|first| first.is_section() && ordered.iter().all(|path| path.folder() == first.folder()))?;
    chapters[first].section()?.book_title.clone()
}

fn book_title(folder: &str, settings: &OrderSettings) -> String {
    let folder = clean_folder(folder);
    if folder.is_empty() {
        return settings.series_title.clone().unwrap_or_else(|| "Manuscript".to_string());
    }
    let file = is_sections_folder(&folder).then(|| SourcePath::in_folder(&folder, "x").on_disk());
    // Salt/Scenes is Salt.
    let is_name = |part: &&str| !matches!(part.to_lowercase().as_str(), "scenes" | "chapters" | "manuscript" | "draft");
    let last = folder.rsplit('/').find(is_name).or_else(|| folder.rsplit('/').next()).unwrap_or(&folder);
    super::title_from_name(file.as_ref().map_or(last, |file| file.stem()))
}

/// The chapters of a book among those inside its folder, which stand as they lie there, and what decided. Takes the list that decided.
fn order_book(
    book: &BookSettings,
    inside: &[SourcePath],
    chapters: &BTreeMap<SourcePath, Chapter>,
    lists: &mut Vec<ChapterList>,
    problems: &mut Vec<Problem>,
) -> (Vec<SourcePath>, String) {
    let folder = clean_folder(&book.folder);
    if !book.chapters.is_empty() {
        let listed: Vec<SourcePath> = book.chapters.iter().map(|name| SourcePath::in_folder(&folder, name)).collect();
        return (keep_known(&listed, inside, "copydesk.yaml", problems), "as listed in copydesk.yaml".to_string());
    }
    let has_chapters = |list: &ChapterList| list.chapters.iter().any(|listed| inside.iter().any(|path| is_alike(listed, path)));
    if let Some(place) = lists.iter().position(has_chapters) {
        let list = lists.remove(place);
        return (keep_known(&list.chapters, inside, list.source.as_str(), problems), format!("as listed in {}", list.name));
    }
    let number = |path: &SourcePath| match chapters[path].section() {
        Some(section) => section.number.map(|number| (number, 0.0)),
        None => scene_number(&chapters[path]),
    };
    let mut ordered = inside.to_vec();
    if !ordered.is_empty() && ordered.iter().all(|path| number(path).is_some()) {
        ordered.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
        warn_of_equal_numbers(&ordered, chapters, problems);
        return (ordered, "by `number` in the front matter".to_string());
    }
    let mut files: Vec<SourcePath> = ordered.iter().map(SourcePath::on_disk).collect();
    files.dedup();
    let reason = match (files.as_slice(), ordered.iter().any(SourcePath::is_section)) {
        ([file], true) => format!("as they follow in {file}"),
        (_, true) => "by file name, and as they follow in each file".to_string(),
        (_, false) => "by file name".to_string(),
    };
    (ordered, reason)
}

/// The number of a chapter, and the place of a scene in it where scenes are files.
fn scene_number(chapter: &Chapter) -> Option<(f64, f64)> {
    let front_matter = &chapter.front_matter;
    front_matter.number.map(|number| (number, front_matter.sequence.unwrap_or(0.0)))
}

fn warn_of_equal_numbers(ordered: &[SourcePath], chapters: &BTreeMap<SourcePath, Chapter>, problems: &mut Vec<Problem>) {
    for pair in ordered.windows(2) {
        let is_one_file = pair[0].on_disk() == pair[1].on_disk();
        if !is_one_file && scene_number(&chapters[&pair[0]]) == scene_number(&chapters[&pair[1]]) {
            let message = format!("has the same chapter number as {}; their file names decided which is first", pair[0]);
            problems.push(Problem::new(ProblemKind::Note, message).in_file(&pair[1]).advice("give each chapter its own `number`"));
        }
    }
}

fn keep_known(listed: &[SourcePath], inside: &[SourcePath], list: &str, problems: &mut Vec<Problem>) -> Vec<SourcePath> {
    let is_there = |path: &SourcePath| inside.iter().any(|inside| inside.on_disk() == *path);
    let mut kept: Vec<SourcePath> = Vec::new();
    for path in listed {
        // A file of the very name before one that is only alike.
        let is_meant = |inside: &&SourcePath| if inside.on_disk() == *path { true } else { !is_there(path) && is_alike(path, inside) };
        let meant: Vec<&SourcePath> = inside.iter().filter(is_meant).collect();
        for chapter in &meant {
            if !kept.contains(chapter) {
                kept.push((*chapter).clone());
            }
        }
        if meant.is_empty() {
            let message = format!("{list} lists the chapter {path}, but there is no such file");
            problems.push(Problem::new(ProblemKind::NotChecked, message).advice("correct the name in the list, or put the file there"));
        }
    }
    kept
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
        // Scenes of one chapter, as StoryLine keeps them.
        let scene = |chapter: usize, place: usize| format!("---\ntype: scene\nchapter: {chapter}\nsequence: {place}\n---\nA.");
        let scenes = [scene(2, 3), scene(1, 2), scene(1, 1)];
        let scenes = [("a.md", &*scenes[0]), ("b.md", &*scenes[1]), ("c.md", &*scenes[2]), ("Salt.md", "---\ntype: storyline\n---\n")];
        assert_eq!(order(&scenes), [" [c.md b.md a.md] by `number` in the front matter"]);
        let numbered = [("a.md", "---\nnumber: 2\n---\nA."), ("b.md", "---\nnumber: 1\n---\nB.")];
        assert_eq!(order(&numbered), [" [b.md a.md] by `number` in the front matter"]);
    }

    /// As [`order`], with what was left out and the problems.
    fn told(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>, Vec<String>) {
        let files: Vec<SourceFile> = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
        let files = crate::manuscript::sections::split(files, &crate::manuscript::KeyNames::default());
        let (series, order, problems) = Series::assemble(&files, &OrderSettings::default());
        let paths = |book: &crate::manuscript::Book| book.chapters.iter().map(|chapter| chapter.path.shown()).collect::<Vec<_>>().join(" ");
        let books = series.books.iter().map(|book| format!("{} “{}” [{}]", book.folder, book.title, paths(book)));
        let left_out = order.left_out.iter().map(|(path, reason)| format!("{path}: {reason}"));
        (books.collect(), left_out.collect(), problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn an_index_beside_the_folder_of_its_scenes_decides() {
        let index = "---\nlongform:\n  format: scenes\n  title: My Great Novel\n  sceneFolder: scenes\n  scenes:\n    - A long name, that is\n      broken over lines\n    - - Second\n      - - Third\n    - fourth\n  ignoredFiles:\n    - Notes on it\n---\n";
        let files = ["Fourth", "Second", "Third", "A long name, that is broken over lines", "Notes on it"]
            .map(|name| format!("n/scenes/{name}.md"));
        let mut files: Vec<(&str, &str)> = files.iter().map(|path| (path.as_str(), "A.")).collect();
        files.extend([("n/Index.md", index), ("n/people/Mara.md", "B.")]);
        let (books, left_out, problems) = told(&files);
        assert_eq!(
            books,
            [
                "n “My Great Novel” [n/scenes/A long name, that is broken over lines.md n/scenes/Second.md n/scenes/Third.md n/scenes/Fourth.md]"
            ]
        );
        assert_eq!(left_out.len(), 3, "{left_out:?}");
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn of_several_drafts_the_last_is_read_and_told() {
        let old = "---\nversion: 1\ndrafts:\n  - name: First\n    folder: D1\n    scenes: [A]\n  - name: Second\n    folder: D2\n    scenes: [Z, A]\n---\n";
        let (books, left_out, problems) = told(&[("Index.md", old), ("D1/A.md", "A."), ("D2/A.md", "A."), ("D2/Z.md", "Z.")]);
        assert_eq!(books, [" “Manuscript” [D2/Z.md D2/A.md]"]);
        assert_eq!(left_out.len(), 2);
        assert!(problems[0].contains("has 2 drafts; the last of them, “Second”, is read"), "{problems:?}");
        let draft = |name: &str, scene: &str| {
            format!("---\nlongform:\n  format: scenes\n  title: N\n  draftTitle: {name}\n  sceneFolder: {name}\n  scenes: [{scene}]\n---\n")
        };
        let (first, second) = (draft("D1", "A"), draft("D10", "B"));
        let (books, _, problems) = told(&[("i1.md", &first), ("i2.md", &second), ("D1/A.md", "A."), ("D10/B.md", "B.")]);
        assert_eq!(books, [" “N” [D10/B.md]"]);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn an_order_that_cannot_be_followed_is_said() {
        for index in ["---\nlongform:\n  format: scenes\n---\n", "---\nlongform:\n  scenes: [gone]\n---\n"] {
            let (books, _, problems) = told(&[("Index.md", index), ("b.md", "B."), ("a.md", "A.")]);
            assert_eq!(books, [" “Manuscript” [a.md b.md]"]);
            assert!(problems.len() == 1 && problems[0].contains("not taken from it"), "{problems:?}");
        }
        let single = "---\nlongform:\n  format: single\n  title: N\n---\nShe ran.\n";
        assert_eq!(told(&[("n.md", single)]).0, [" “Manuscript” [n.md]"]);
    }

    #[test]
    fn files_that_hold_chapters_are_books_or_parts_of_one() {
        let (one, two) = ("# Key\n\n## Chapter 1\n\nA.\n\n## Chapter 2\n\nB.\n", "## Chapter 3\n\nC.\n\n## Chapter 4\n\nD.\n");
        let both = |second| told(&[("x.md", one), ("y.md", second)]).0;
        let chapters = |file: &str, numbers: [usize; 2]| numbers.map(|number| format!("{file} (chapter-0{number})")).join(" ");
        let (x, y) = (chapters("x.md", [1, 2]), chapters("y.md", [3, 4]));
        assert_eq!(both(two), [format!(" “Manuscript” [{x} {y}]")]);
        let again = chapters("y.md", [1, 2]);
        assert_eq!(both(one), [format!("x.copydesk “Key” [{x}]"), format!("y.copydesk “Key” [{again}]")]);
        let listed = "# Summary\n\n- [B](y.md)\n- [A](x.md)\n";
        assert_eq!(told(&[("x.md", one), ("y.md", two), ("SUMMARY.md", listed)]).0, [format!(" “Manuscript” [{y} {x}]")]);
    }

    #[test]
    fn projects_of_longform_side_by_side_or_below_are_books_of_their_own() {
        let index = |title: &str, folder: &str, scenes: &str| {
            format!("---\nlongform:\n  format: scenes\n  title: {title}\n  sceneFolder: {folder}\n  scenes: [{scenes}]\n---\n")
        };
        let below = index("Side", "/", "s2, s1");
        let (books, ..) =
            told(&[("ch1.md", "A."), ("ch2.md", "B."), ("side/Index.md", &below), ("side/s1.md", "C."), ("side/s2.md", "D.")]);
        assert_eq!(books, [" “Manuscript” [ch1.md ch2.md]", "side “Side” [side/s2.md side/s1.md]"]);
        let (one, two) = (index("One", "one", "a"), index("Two", "two", "b"));
        let (books, _, problems) = told(&[("One.md", &one), ("Two.md", &two), ("one/a.md", "A."), ("two/b.md", "B.")]);
        assert_eq!((books.as_slice(), problems.len()), (&["one “One” [one/a.md]".to_string(), "two “Two” [two/b.md]".to_string()][..], 0));
        let draft = index("N", "/", "A");
        let (books, left_out, _) = told(&[("N/D1/Index.md", &draft), ("N/D2/Index.md", &draft), ("N/D1/A.md", "A."), ("N/D2/A.md", "B.")]);
        assert_eq!(books.len(), 1, "{books:?}");
        assert!(left_out.contains(&"N/D1/A.md: of an earlier draft".to_string()), "{left_out:?}");
        let scenes: Vec<String> = (0..220).rev().map(|scene| format!("s{scene}")).collect();
        let long = format!("---\nlongform:\n  format: scenes\n  scenes:\n    - {}\n---\n", scenes.join("\n    - "));
        let files: Vec<(String, String)> =
            scenes.iter().map(|scene| (format!("{scene}.md"), "A.".to_string())).chain([("i.md".to_string(), long)]).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert!(told(&files).0[0].contains("[s219.md s218.md"));
    }

    #[test]
    fn the_number_of_a_file_is_that_of_its_chapters() {
        let text = |number: usize, body: &str| format!("---\nnumber: {number}\n---\n{body}");
        let two = "# Chapter 2\n\nB.\n\n# Chapter 3\n\nC.\n";
        let (z, a, b) = (text(1, "A."), text(2, two), text(4, "D."));
        let (books, _, problems) = told(&[("z.md", &z), ("a.md", &a), ("b.md", &b)]);
        assert_eq!((books, problems.len()), (vec![" “Manuscript” [z.md a.md (chapter-02) a.md (chapter-03) b.md]".to_string()], 0));
        let summary = "# Chapter 1\n\n- [Evening](b.md)\n\n# Chapter 2\n\n- [Morning](a.md)\n";
        assert_eq!(told(&[("SUMMARY.md", summary), ("a.md", "A."), ("b.md", "B.")]).0, [" “Manuscript” [b.md a.md]"]);
    }
}
