//! Walks the author's folder and says what each file is: chapter, bible, script, template, report of ours, or nothing of ours.
//!
//! The only file that names walkdir. Links are not followed, nothing is opened but the first bytes of files that look like reports.

use super::config::{self, Config};
use super::disk::{self, FileStat};
use super::ignore::Ignore;
use super::works;
use super::write::{self, DRAFTS_FOLDER, REPORTS_FOLDER};
use crate::manuscript::order::is_no_chapter;
use crate::text::{Problem, ProblemKind, SourcePath, has_chapter_end, is_document_name};
use regex::Regex;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::FileType;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use walkdir::{DirEntry, WalkDir};

/// The author's dismissals.
pub const STET_FILE: &str = "copydesk.stet.yaml";

/// The mark of a report stands within this many bytes of its beginning.
const MARK_WITHIN_BYTES: u64 = 2048;

/// A larger file among the drafted entries is none of ours.
const MAX_DRAFT_BYTES: u64 = 1 << 20;

/// Names of the usual places of a bible, in lower case with hyphens for spaces.
const BIBLE_NAMES: &[&str] = &["bible", "story-bible", "series-bible", "codex", "bible.yaml", "bible.yml"];

/// The name of a bible's place as it is compared: authors write `Bible`, `Story Bible` and `story_bible`.
pub fn bible_name(name: &str) -> String {
    name.to_lowercase().replace([' ', '_'], "-")
}

/// What a file is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Chapter,
    /// A file of a word processor or a book in print: a chapter, or several, where the author has no Markdown or lists it.
    Document,
    Bible,
    Script,
    Template,
    /// `copydesk.yaml` and `copydesk.stet.yaml`.
    Settings,
}

/// One file of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    pub role: Role,
    pub path: SourcePath,
    /// Where it lies on the disk.
    pub disk_path: PathBuf,
    pub stat: FileStat,
}

/// What lies in the author's folder, in order of the paths.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub files: Vec<FoundFile>,
    /// Our own reports.
    pub reports: Vec<SourcePath>,
    /// Folders that could not be looked into; what lies in them is unknown.
    pub unreadable: Vec<SourcePath>,
    pub problems: Vec<Problem>,
}

impl Found {
    /// The files of one role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &FoundFile> {
        self.files.iter().filter(move |file| file.role == role)
    }
}

/// Walks the author's folder.
pub fn discover(root: &Path, config: &Config) -> Found {
    let ignore = Ignore::new(&config.ignore);
    let mut walk = Walk { root, config, ignore, found: Found::default(), other_texts: 0, storylines: RefCell::default() };
    let mut entries = WalkDir::new(root).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.depth() == 0 => {}
            Ok(entry) => {
                let is_folder = entry.file_type().is_dir();
                if !walk.visit(&entry) && is_folder {
                    entries.skip_current_dir();
                }
            }
            Err(error) => walk.unreadable(&error),
        }
    }
    walk.take_documents();
    walk.found.files.sort_by(|a, b| a.path.cmp(&b.path));
    walk.leave_out_second_versions();
    walk.tell_of_likenesses();
    walk.tell_of_missing_places();
    walk.found
}

/// Whether a file of this name and place is a report of ours: `NAME.WORD.md`, with our mark near its beginning.
///
/// # Errors
/// Its beginning could not be read. Then it may be a report, and must not be read as a chapter: it would get reports of its own.
pub fn is_report(disk_path: &Path, name: &str) -> std::io::Result<bool> {
    if !has_report_name(name) {
        return Ok(false);
    }
    let file = disk::open_read_only(disk_path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || disk::is_placeholder(&file, &metadata) {
        return Ok(false);
    }
    let mut head = Vec::new();
    file.take(MARK_WITHIN_BYTES).read_to_end(&mut head)?;
    Ok(write::is_ours(&String::from_utf8_lossy(&head)))
}

fn has_report_name(name: &str) -> bool {
    let word = name.strip_suffix(".md").and_then(|stem| stem.rsplit_once('.'));
    word.is_some_and(|(stem, word)| {
        !stem.is_empty() && !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    })
}

/// Where a report is written whose place beside the chapters is `beside`.
pub fn report_place(config: &Config, beside: &SourcePath) -> SourcePath {
    match config.reports {
        config::ReportsPlace::Beside => beside.clone(),
        config::ReportsPlace::Folder => SourcePath::in_folder(REPORTS_FOLDER, beside.as_str()),
    }
}

/// What a file of a StoryLine project is to its author.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StoryLine {
    Bible,
    /// Notes, boards, earlier states of scenes.
    Aside,
}

/// One walk through the folder and what it has met.
struct Walk<'a> {
    root: &'a Path,
    config: &'a Config,
    ignore: Ignore,
    found: Found,
    /// Texts in forms that are not read, as `.docx`.
    other_texts: usize,
    /// Whether a folder is a project of StoryLine, for those that were looked at.
    storylines: RefCell<BTreeMap<String, bool>>,
}

impl Walk<'_> {
    /// Looks at one entry. Gives whether a folder is worth entering.
    fn visit(&mut self, entry: &DirEntry) -> bool {
        let Some(path) = self.source_path(entry) else { return false };
        let name = path.file_name();
        if self.ignore.leaves_out(path.as_str()) {
            self.visit_stub(&path);
            return false;
        }
        let kind = entry.file_type();
        if kind.is_dir() {
            if works::is_project(&path) {
                self.visit_project(entry, path);
                return false;
            }
            return path.as_str() != REPORTS_FOLDER && !works::is_part(entry.path());
        }
        // Where the link leads decides only whether it is worth a word.
        if kind.is_symlink() && (self.role(&path).is_some() || entry.path().is_dir()) {
            self.tell(
                ProblemKind::Note,
                &path,
                "is a symbolic link, so it was not read",
                "put the file itself here; links are not followed",
            );
            return false;
        }
        if is_in(path.as_str(), DRAFTS_FOLDER) && self.role(&path).is_some_and(|role| role != Role::Settings) {
            self.visit_draft(entry, path);
            return false;
        }
        let Some(role) = self.role(&path) else {
            self.visit_stub(&path);
            let is_other_text = [".doc", ".txt", ".pages"].iter().any(|end| name.to_lowercase().ends_with(end));
            self.other_texts += usize::from(is_other_text);
            return false;
        };
        if !kind.is_file() {
            let message = format!("is {}, so it was not read", what_it_is(kind));
            self.tell(ProblemKind::NotChecked, &path, &message, "give it another name or move it elsewhere");
        } else if is_conflict_copy(name) {
            self.tell_second_version(&path);
        } else {
            match is_report(entry.path(), name) {
                Ok(true) => self.found.reports.push(path),
                Ok(false) if path.is_section() && role == Role::Chapter => self.tell_among_reports(&path),
                Ok(false) => self.keep(entry, role, path),
                Err(error) => self.found.problems.extend(unread_problem(&path, &error)),
            }
        }
        false
    }

    /// A folder that is one work to its program.
    fn visit_project(&mut self, entry: &DirEntry, path: SourcePath) {
        let role = self.role(&path).filter(|role| matches!(role, Role::Chapter | Role::Document));
        if let (Some(role), Ok(metadata)) = (role, entry.metadata()) {
            let stat = works::stat(entry.path()).unwrap_or_else(|| FileStat::of(&metadata));
            self.found.files.push(FoundFile { role, path, disk_path: entry.path().to_path_buf(), stat });
        }
    }

    /// What lies among the drafted entries counts for nothing; what is not ours there is reported.
    fn visit_draft(&mut self, entry: &DirEntry, path: SourcePath) {
        let mut text = Vec::new();
        let opened = entry.file_type().is_file().then(|| disk::open_read_only(entry.path()).ok()).flatten();
        let is_whole = opened.is_some_and(|file| file.take(MAX_DRAFT_BYTES).read_to_end(&mut text).is_ok());
        if is_whole && write::is_draft(&String::from_utf8_lossy(&text)) {
            self.found.reports.push(path);
        } else {
            let message = "lies among the drafted entries without copydesk’s mark, so it was not read";
            self.tell(ProblemKind::Note, &path, message, "move it into the bible’s folder if it is an entry, or to the chapters");
        }
    }

    fn keep(&mut self, entry: &DirEntry, role: Role, path: SourcePath) {
        match entry.metadata() {
            Ok(metadata) => {
                let (disk_path, own) = (entry.path().to_path_buf(), FileStat::of(&metadata));
                let stat = if works::is_project(&path) { works::stat(&disk_path).unwrap_or(own) } else { own };
                self.found.files.push(FoundFile { role, path, disk_path, stat });
            }
            // Gone between two looks: the next scan sees what became of it.
            Err(error) if error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound) => {}
            Err(error) => self.unreadable(&error),
        }
    }

    /// Whether an entry stands for a chapter that is still with a synchronising program, which is reported under the chapter's own name.
    fn visit_stub(&mut self, path: &SourcePath) {
        let Some((real, program)) = stub_of(path.file_name()) else { return };
        let real = path.beside(real);
        if self.role(&real).is_some() && !self.ignore.leaves_out(real.as_str()) {
            self.tell(ProblemKind::NotChecked, &real, "is not downloaded, so it was not read", &format!("let {program} download it first"));
        }
    }

    /// Under its own path it would be taken for a chapter of the file.
    fn tell_among_reports(&mut self, path: &SourcePath) {
        let message = format!("{path} lies in a folder for reports on the chapters of one file, so it was not read");
        self.found.problems.push(Problem::new(ProblemKind::Note, message).advice("move it to your chapters if it is one"));
    }

    fn tell_second_version(&mut self, path: &SourcePath) {
        let message = "is a copy that a synchronising program left behind, so it was not read: two versions of one file exist";
        self.tell(ProblemKind::NotChecked, path, message, "keep the version you want, under the first name");
    }

    /// Leaves out files whose names say that they are second versions, where the first stands beside them: a name alone proves too little.
    fn leave_out_second_versions(&mut self) {
        let all: BTreeSet<SourcePath> = self.found.files.iter().map(|file| file.path.clone()).collect();
        let has_first = |path: &SourcePath| first_version_of(path.file_name()).is_some_and(|first| all.contains(&path.beside(&first)));
        let (second, files) = std::mem::take(&mut self.found.files).into_iter().partition(|file| has_first(&file.path));
        self.found.files = files;
        second.iter().for_each(|file: &FoundFile| self.tell_second_version(&file.path));
    }

    /// The entry's path as text, or a problem when it has none that can be written down.
    fn source_path(&mut self, entry: &DirEntry) -> Option<SourcePath> {
        let relative = entry.path().strip_prefix(self.root).ok()?;
        let parts: Option<Vec<&str>> = relative.components().map(|part| part.as_os_str().to_str()).collect();
        let shown = relative.to_string_lossy();
        let reason = match parts {
            None => "has a name that is not UTF-8, so it was not read",
            Some(parts) if parts.iter().any(|part| part.contains('\\')) => "has a backslash in its name, so it was not read",
            Some(parts) => return Some(SourcePath::new(&parts.join("/"))),
        };
        let name = shown.to_lowercase();
        let could_matter = entry.file_type().is_dir() || has_chapter_end(&name) || name.ends_with(".rhai") || name.ends_with(".yaml");
        if could_matter && !shown.rsplit('/').next().unwrap_or_default().starts_with('.') {
            // `SourcePath` would read the backslash as a folder; the picture of one keeps the name apart.
            let path = SourcePath::new(&shown.replace('\\', "⧵"));
            self.tell(ProblemKind::NotChecked, &path, reason, "rename it");
        }
        None
    }

    fn role(&self, path: &SourcePath) -> Option<Role> {
        let (text, name) = (path.as_str(), path.file_name().to_lowercase());
        if text == config::FILE || text == STET_FILE {
            return Some(Role::Settings);
        }
        if is_in(text, &self.config.scripts) {
            return name.ends_with(".rhai").then_some(Role::Script);
        }
        if is_in(text, &self.config.templates) {
            return Some(Role::Template);
        }
        let place = self.place_in_storyline(text);
        if place == Some(StoryLine::Aside) && !self.is_listed(path) {
            return None;
        }
        if place == Some(StoryLine::Bible) || self.is_in_bible(text) {
            let is_entry = has_chapter_end(&name) || [".yaml", ".yml", ".json", ".csv"].iter().any(|end| name.ends_with(end));
            return is_entry.then_some(Role::Bible);
        }
        if is_document_name(&name) {
            return Some(if self.is_listed(path) { Role::Chapter } else { Role::Document });
        }
        has_chapter_end(&name).then_some(Role::Chapter)
    }

    /// Whether the configuration names a file as a book or as a chapter of one.
    fn is_listed(&self, path: &SourcePath) -> bool {
        let books = &self.config.books;
        books.iter().any(|book| {
            let chapters = book.chapters.iter().map(|chapter| SourcePath::in_folder(&book.folder, chapter));
            book.folder == path.as_str() || chapters.into_iter().any(|chapter| chapter == *path)
        })
    }

    /// Documents are chapters where nothing else is: beside Markdown they are what was sent to somebody, or an earlier state.
    fn take_documents(&mut self) {
        let is_markdown = |file: &&FoundFile| file.role == Role::Chapter && has_chapter_end(file.path.file_name());
        let has_markdown = self.found.files.iter().filter(is_markdown).any(|file| !is_note(&file.path));
        let documents: Vec<SourcePath> = self.found.of(Role::Document).map(|file| file.path.clone()).collect();
        if let (true, Some(first)) = (has_markdown, documents.first()) {
            self.found.files.retain(|file| file.role != Role::Document);
            let more = if documents.len() > 1 { format!(" and {} more documents were", documents.len() - 1) } else { " was".to_string() };
            let message = format!("{first}{more} not read, since the chapters here are Markdown files");
            self.found.problems.push(
                Problem::new(ProblemKind::Note, message).advice("name it under `books:` in copydesk.yaml if it is one of your books"),
            );
        }
        self.found.files.iter_mut().filter(|file| file.role == Role::Document).for_each(|file| file.role = Role::Chapter);
    }

    /// Where in a project of StoryLine, a plugin of Obsidian, a file lies, as far as that changes its role: a folder that holds `Scenes` and folders
    /// of notes beside it. What else an author keeps there is what it would be anywhere.
    fn place_in_storyline(&self, path: &str) -> Option<StoryLine> {
        const NOTES: [&str; 2] = ["Characters", "Locations"];
        const ASIDE: [&str; 4] = ["notes", "snapshots", "research", "plotgrid"];
        let folders: Vec<&str> = path.split('/').collect();
        // The innermost such folder.
        (0..folders.len().saturating_sub(1)).rev().find_map(|depth| {
            let folder = folders[depth].to_lowercase();
            let is_notes = folder == "codex" || NOTES.iter().any(|notes| notes.to_lowercase() == folder);
            if !is_notes && !ASIDE.contains(&folder.as_str()) {
                return None;
            }
            let above = folders[..depth].join("/");
            let is_one = *self.storylines.borrow_mut().entry(above).or_insert_with_key(|above| {
                let above = self.root.join(above);
                above.join("Scenes").is_dir() && NOTES.iter().any(|notes| above.join(notes).is_dir())
            });
            is_one.then_some(if is_notes { StoryLine::Bible } else { StoryLine::Aside })
        })
    }

    fn is_in_bible(&self, path: &str) -> bool {
        if !self.config.bible.is_empty() {
            return self.config.bible.iter().any(|place| path == place || is_in(path, place));
        }
        let mut above = String::new();
        for part in path.split('/') {
            let is_usual = BIBLE_NAMES.contains(&bible_name(part).as_str());
            // Listed books say where a bible may be; without a list any folder may turn out to be a book.
            let may_hold_one =
                self.config.books.is_empty() || above.is_empty() || self.config.books.iter().any(|book| book.folder == above);
            if is_usual && may_hold_one {
                return true;
            }
            above = if above.is_empty() { part.to_string() } else { format!("{above}/{part}") };
        }
        false
    }

    fn tell(&mut self, kind: ProblemKind, path: &SourcePath, message: &str, advice: &str) {
        self.found.problems.push(Problem::new(kind, message).in_file(path).advice(advice));
    }

    fn unreadable(&mut self, error: &walkdir::Error) {
        let relative = error.path().and_then(|path| path.strip_prefix(self.root).ok()).unwrap_or(Path::new(""));
        let path = SourcePath::new(&relative.to_string_lossy());
        let unknown = std::io::Error::other("no reason given");
        let problem = unreadable_problem(&path, error.io_error().unwrap_or(&unknown));
        self.found.unreadable.extend(problem.is_some().then_some(path));
        self.found.problems.extend(problem);
    }

    /// Two names that one disk keeps apart and another does not.
    fn tell_of_likenesses(&mut self) {
        let mut first_of: BTreeMap<String, SourcePath> = BTreeMap::new();
        let mut problems = Vec::new();
        for file in &self.found.files {
            let folded: String = file.path.as_str().nfc().flat_map(char::to_lowercase).collect();
            match first_of.get(&folded) {
                Some(first) => {
                    let message = format!("has the same name as {first} but for capitals or the way its accents are written");
                    let problem = Problem::new(ProblemKind::Note, message).in_file(&file.path);
                    problems.push(problem.advice("rename one: on other computers the two are one file"));
                }
                None => {
                    first_of.insert(folded, file.path.clone());
                }
            }
        }
        self.found.problems.extend(problems);
    }

    /// Places that the configuration names and that are not there, and a folder without any chapter.
    fn tell_of_missing_places(&mut self) {
        let config = self.config;
        let books = config.books.iter().map(|book| (&book.folder, "books"));
        for (place, setting) in books.chain(config.bible.iter().map(|place| (place, "bible"))) {
            if !self.root.join(place).exists() {
                let message = format!("`{setting}` names {place}, but there is no such file or folder");
                self.tell(ProblemKind::Configuration, &SourcePath::new(config::FILE), &message, "correct the name");
            }
        }
        if self.found.of(Role::Chapter).next().is_none() {
            let others = if self.other_texts > 0 { format!(", but {} in other forms", self.other_texts) } else { String::new() };
            let message = format!(
                "there are no chapters here: no file ends in .md, .markdown, .docx, .odt, .rtf, .epub or .scriv, and there is no nwProject.nwx{others}"
            );
            let problem = Problem::new(ProblemKind::NotChecked, message);
            self.found.problems.push(problem.advice("name the folder that holds the chapters, or save them as Markdown"));
        }
    }
}

/// What is said of a folder or file that could not be looked at. Nothing when it vanished between two looks.
fn unreadable_problem(path: &SourcePath, error: &std::io::Error) -> Option<Problem> {
    if error.kind() == std::io::ErrorKind::NotFound && !path.as_str().is_empty() {
        return None;
    }
    let (words, advice) = disk::plain_words(error);
    let is_root = path.as_str().is_empty();
    let message = format!("{}could not be looked into: {words}", if is_root { "the folder " } else { "" });
    let problem = Problem::new(ProblemKind::NotChecked, message).advice(advice.unwrap_or("the other folders were read"));
    Some(if is_root { problem } else { problem.in_file(path) })
}

/// What is said of a file that may be a report or a chapter. Nothing when it vanished between two looks.
fn unread_problem(path: &SourcePath, error: &std::io::Error) -> Option<Problem> {
    let (words, advice) = disk::plain_words(error);
    let problem = Problem::new(ProblemKind::NotChecked, format!("could not be read: {words}")).in_file(path);
    let is_gone = error.kind() == std::io::ErrorKind::NotFound;
    (!is_gone).then(|| problem.advice(advice.unwrap_or("the other files were read")))
}

/// Whether a file is a note beside the chapters, by its name or that of a folder above it.
fn is_note(path: &SourcePath) -> bool {
    let is_name = |part: &str| is_no_chapter(&SourcePath::new(part)).is_some() || part.eq_ignore_ascii_case("research");
    is_no_chapter(path).is_some() || path.folder().split('/').any(is_name)
}

/// Whether a path lies in a folder. Capitals do not matter, as on most authors' disks.
fn is_in(path: &str, folder: &str) -> bool {
    let below = path.get(folder.len()..).is_some_and(|rest| rest.starts_with('/'));
    !folder.is_empty() && below && path[..folder.len()].eq_ignore_ascii_case(folder)
}

/// Names that Syncthing, Dropbox and Nextcloud give to the second version of a file, and nobody else.
fn is_conflict_copy(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower.contains(".sync-conflict-") || lower.contains("conflicted copy")
}

/// Ends of a name's stem that may make it a second version: a conflict in brackets (Dropbox and Seafile in several languages, Google Drive),
/// ownCloud's `_conflict-DATE`, Resilio's `.Conflict`, and the usual names of computers, which is how OneDrive marks them.
static SECOND_VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let brackets = r" ?[(\[][^()\[\]]*(?:conflict|conflit|konflikt|conflitt|競合|冲突)[^()\[\]]*[)\]]";
    let computers = r"-(?-i:DESKTOP|LAPTOP|WIN)-(?-i:[A-Z0-9]){5,12}|-[\w’']*-?(?-i:MacBook|iMac|Mac-mini)[\w-]*";
    Regex::new(&format!(r"(?i)^(.+?)(?:{brackets}|_conflict-[0-9-]+|\.conflict|(?:{computers})(?:-[0-9]+)?)$")).ok()
});

/// The name of the file whose second version a file seems to be.
fn first_version_of(name: &str) -> Option<String> {
    let (stem, end) = name.rsplit_once('.')?;
    let first = SECOND_VERSION.as_ref()?.captures(stem)?.get(1)?.as_str();
    Some(format!("{first}.{end}"))
}

/// The name of the file that a stub stands for, and the program that can fetch it.
fn stub_of(name: &str) -> Option<(&str, &'static str)> {
    let icloud = name.strip_prefix('.').and_then(|name| name.strip_suffix(".icloud")).map(|real| (real, "iCloud"));
    let others = [(".nextcloud", "Nextcloud"), (".owncloud", "ownCloud")];
    icloud.or_else(|| others.into_iter().find_map(|(end, program)| Some((name.strip_suffix(end)?, program))))
}

fn what_it_is(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    let _ = kind;
    "a device"
}

#[cfg(test)]
mod tests;
