//! The snapshot: everything a run may look at, read once. Below `run` nothing sees the author's folder, only this.

use super::config::Config;
use super::discover::{self, Found, FoundFile, Role};
use super::read::{self, ReadFile};
use crate::manuscript::{Encoding, SourceFile, sections};
use crate::text::{Problem, ProblemKind, ScriptFile, SourcePath, is_document_name, is_project_name, lines_with_ends};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An immutable view of the author's folder at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The name of the author's folder, without what is above it: a report must not tell where the author lives.
    pub root_name: String,
    pub config: Config,
    /// In order of their paths, those of one file in its place and order; the reading order is the manuscript's business.
    pub chapters: Vec<SourceFile>,
    pub bible: Vec<SourceFile>,
    /// In order of their names.
    pub scripts: Vec<ScriptFile>,
    /// The names of scripts that may not run, because the author has not allowed them.
    pub not_allowed: BTreeSet<String>,
    /// Name, relative to the folder of templates → text.
    pub templates: BTreeMap<String, String>,
    /// The text of `copydesk.stet.yaml`, when there is one.
    pub stet: Option<String>,
    pub problems: Vec<Problem>,
}

/// The scripts and templates that come with copydesk: file name → text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shipped<'a> {
    pub scripts: &'a [(&'a str, &'a str)],
    pub templates: &'a [(&'a str, &'a str)],
}

/// Why there is no snapshot at all.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("there is no folder {0}")]
    Missing(String),
    #[error("{file} is one file, and copydesk reads a whole book; give the folder it lies in: {folder}")]
    IsFile { file: String, folder: String },
    #[error("the folder {0} could not be opened: {1}")]
    Unreadable(String, String),
}

impl Snapshot {
    /// The real path of the author's folder, of which a snapshot can be taken.
    ///
    /// # Errors
    /// As [`Snapshot::take`].
    pub fn root(root: &Path) -> Result<PathBuf, SnapshotError> {
        opened(root)
    }

    /// Reads the author's folder. A file that cannot be read becomes a problem; the others are read.
    ///
    /// # Errors
    /// The folder is not there, is a file, or cannot be opened.
    pub fn take(root: &Path, shipped: Shipped) -> Result<Snapshot, SnapshotError> {
        Snapshot::take_with(root, shipped, &BTreeMap::new()).map(|(snapshot, _)| snapshot)
    }

    /// Reads the author's folder, but for files that an editor has open: of those it is given the texts as they are there, saved or not. Gives
    /// whether any of these says something else than the disk.
    ///
    /// # Errors
    /// As [`Snapshot::take`].
    pub fn take_with(root: &Path, shipped: Shipped, open: &BTreeMap<SourcePath, String>) -> Result<(Snapshot, bool), SnapshotError> {
        let root = opened(root)?;
        let (config, mut problems) = Config::load(&root);
        let found = discover::discover(&root, &config);
        problems.extend(found.problems.iter().cloned());
        let mut texts = read_all(&found, &mut problems);
        let mut take = |role: Role| texts.remove(&role).unwrap_or_default();
        let (mut chapters, mut bible, settings) = (take(Role::Chapter), take(Role::Bible), take(Role::Settings));
        // Each is looked at, whatever the one before was.
        let is_unsaved = chapters.iter_mut().chain(&mut bible).filter_map(|file| put_unsaved(file, open).then_some(())).count() > 0;
        chapters.retain(|file: &SourceFile| !told_as_draft(file, &mut problems));
        let chapters = in_chapters(chapters, &config);
        let scripts = scripts(shipped.scripts, take(Role::Script), &config.scripts);
        let templates = templates(shipped.templates, take(Role::Template), &config.templates);
        let stet = settings.into_iter().find(|file| file.path.as_str() == discover::STET_FILE).map(|file| file.text.to_string());
        let root_name = root.file_name().map_or_else(|| "/".to_string(), |name| name.to_string_lossy().into_owned());
        let snapshot = Snapshot { root_name, config, chapters, bible, scripts, not_allowed: BTreeSet::new(), templates, stet, problems };
        Ok((snapshot, is_unsaved))
    }
}

/// What became of a chapter after it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Its words are others, or cannot be read any more.
    Changed,
    /// There is no file of its name.
    Gone,
}

impl Snapshot {
    /// The chapters of the folder at `root` that are not what was read any more; only their words count, no times.
    pub fn since(&self, root: &Path) -> Vec<(SourcePath, Since)> {
        let files: BTreeSet<SourcePath> = self.chapters.iter().map(|chapter| chapter.path.on_disk()).collect();
        let is_gone = |file: &SourcePath| {
            std::fs::symlink_metadata(root.join(file.as_str())).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
        };
        let gone: BTreeSet<&SourcePath> = files.iter().filter(|file| is_gone(file)).collect();
        let still_there: Vec<&SourcePath> = files.iter().filter(|file| !gone.contains(file)).collect();
        let read: Vec<SourceFile> =
            still_there.par_iter().filter_map(|file| read::read_source(&root.join(file.as_str()), file).file).collect();
        let readable: BTreeSet<SourcePath> = read.iter().map(|file| file.path.clone()).collect();
        let now: BTreeMap<SourcePath, Arc<str>> = in_chapters(read, &self.config).into_iter().map(|file| (file.path, file.text)).collect();
        let became = |chapter: &SourceFile| {
            let file = chapter.path.on_disk();
            match now.get(&chapter.path) {
                Some(text) => (*text != chapter.text).then_some(Since::Changed),
                // A file that cannot be read any more may still hold the chapter.
                None if !gone.contains(&file) && !readable.contains(&file) => Some(Since::Changed),
                None => Some(Since::Gone),
            }
        };
        self.chapters.iter().filter_map(|chapter| Some((chapter.path.clone(), became(chapter)?))).collect()
    }
}

/// The files of chapters, those that hold several taken apart if the author does not forbid it.
fn in_chapters(files: Vec<SourceFile>, config: &Config) -> Vec<SourceFile> {
    if config.split_files { sections::split(files, &config.order_settings().key_names) } else { files }
}

/// Whether a drafted entry lies among the chapters, which is reported: it is none.
fn told_as_draft(file: &SourceFile, problems: &mut Vec<Problem>) -> bool {
    let is_draft = super::write::is_draft(&file.text);
    if is_draft {
        let problem = Problem::new(ProblemKind::Note, "is an entry that copydesk drafted, so it was not read as a chapter");
        problems.push(problem.in_file(&file.path).advice("move it into the folder of your bible"));
    }
    is_draft
}

/// The folder's real path.
fn opened(root: &Path) -> Result<PathBuf, SnapshotError> {
    let shown = crate::text::escape::for_terminal(&root.to_string_lossy());
    let real = dunce::canonicalize(root).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => SnapshotError::Missing(shown.clone()),
        _ => SnapshotError::Unreadable(shown.clone(), super::disk::plain_words(&error).0),
    })?;
    // A project of a writing program is one file to its author, and nothing is ever written into it.
    let project = project_above(&real);
    if !real.is_dir() || project.is_some() {
        let file = project.unwrap_or(&real);
        let folder = file.parent().unwrap_or(file).to_string_lossy().into_owned();
        return Err(SnapshotError::IsFile { file: shown, folder: crate::text::escape::for_terminal(&folder) });
    }
    match std::fs::read_dir(&real) {
        Ok(_) => Ok(real),
        Err(error) => Err(SnapshotError::Unreadable(shown, super::disk::plain_words(&error).0)),
    }
}

/// The project of a writing program that a folder is, or lies in.
pub(super) fn project_above(folder: &Path) -> Option<&Path> {
    let is_project =
        |above: &&Path| above.file_name().is_some_and(|name| is_project_name(&name.to_string_lossy())) || super::works::is_part(above);
    folder.ancestors().find(is_project)
}

/// Puts the text that an editor has in place of the disk's, if it says something else: editors show no byte-order mark and may show other ends of
/// lines. Gives whether it does. What an editor shows of a document is not what is read of it.
fn put_unsaved(file: &mut SourceFile, open: &BTreeMap<SourcePath, String>) -> bool {
    fn plain(text: &str) -> impl Iterator<Item = &str> {
        lines_with_ends(text.trim_start_matches('\u{feff}')).map(|line| line.trim_end_matches(['\r', '\n']))
    }
    let Some(text) = open.get(&file.path).filter(|text| !is_document_name(file.path.file_name()) && !plain(text).eq(plain(&file.text)))
    else {
        return false;
    };
    (file.text, file.encoding) = (text.as_str().into(), Encoding::Utf8);
    true
}

/// Reads all files at once, and keeps texts and problems in the order of the paths.
fn read_all(found: &Found, problems: &mut Vec<Problem>) -> BTreeMap<Role, Vec<SourceFile>> {
    let wanted = |file: &&FoundFile| file.path.as_str() != super::config::FILE;
    let wanted: Vec<&FoundFile> = found.files.iter().filter(wanted).collect();
    let read: Vec<(Role, ReadFile)> = wanted.par_iter().map(|file| (file.role, read::read_source(&file.disk_path, &file.path))).collect();
    let mut texts: BTreeMap<Role, Vec<SourceFile>> = BTreeMap::new();
    for (role, ReadFile { file, problem, notes }) in read {
        if !notes.is_empty() {
            texts.entry(Role::Bible).or_default().extend(notes);
        }
        // Only an empty chapter is worth a word: other files may well be empty.
        problems.extend(problem.filter(|problem| role == Role::Chapter || problem.kind != ProblemKind::Note));
        texts.entry(role).or_default().extend(file);
    }
    texts
}

/// Shipped scripts and the author's; one of the author's replaces a shipped one of the same name and kind.
fn scripts(shipped: &[(&str, &str)], own: Vec<SourceFile>, folder: &str) -> Vec<ScriptFile> {
    let of_shipped = shipped.iter().map(|(name, text)| ScriptFile::new("scripts", name, (*text).into(), true));
    let of_own = own.into_iter().map(|file| {
        // Not part of the language; an editor's byte-order mark must not be a syntax error.
        let text = file.text.strip_prefix('\u{feff}').map_or_else(|| file.text.clone(), Arc::from);
        let path = file.path.as_str().strip_prefix(folder).map_or(file.path.as_str(), |rest| rest.trim_start_matches('/'));
        ScriptFile { path: file.path.clone(), ..ScriptFile::new(folder, path, text, false) }
    });
    // Definitions for editors lie beside scripts and are none.
    let of_own = of_own.filter(|script| !script.path.as_str().ends_with(".d.rhai"));
    let by_name: BTreeMap<String, ScriptFile> = of_shipped.chain(of_own).map(|script| (script.name.clone(), script)).collect();
    by_name.into_values().collect()
}

fn templates(shipped: &[(&str, &str)], own: Vec<SourceFile>, folder: &str) -> BTreeMap<String, String> {
    let of_shipped = shipped.iter().map(|(name, text)| (name.to_string(), text.to_string()));
    let of_own = own.into_iter().map(|file| {
        let name = file.path.as_str().get(folder.len() + 1..).unwrap_or(file.path.file_name());
        (name.to_string(), file.text.trim_start_matches('\u{feff}').to_string())
    });
    of_shipped.chain(of_own).collect()
}

#[cfg(test)]
mod tests {
    use super::super::disk::testing::{put, tree};
    use super::*;

    fn series() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "copydesk.yaml", "title: T\nbibel: x\n");
        put(folder.path(), "copydesk.stet.yaml", "- id: abc\n");
        put(folder.path(), "02.md", "Two.");
        put(folder.path(), "01.md", "One.");
        put(folder.path(), "03.md", b"caf\xe9");
        put(folder.path(), "bible/mara.md", "---\nname: Mara\n---\n");
        put(folder.path(), "scripts/echo.rhai", "\u{feff}// own");
        put(folder.path(), "templates/ask.md.jinja", "own");
        put(folder.path(), "01.bible.md", super::super::write::sealed("# Report\n"));
        folder
    }

    #[test]
    fn what_an_editor_has_open_is_read_as_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "01.md", "\u{feff}# The Ferry\r\n\r\nRain.\r\n\r\n## 1\r\n\r\nSnow.\r\n\r\n## 2\r\n\r\nHail.\r\n");
        put(folder.path(), "02.md", "Two.");
        put(folder.path(), "bible/mara.md", "---\nname: Mara\n---\n");
        let take = |open: &[(&str, &str)]| {
            let open = open.iter().map(|(path, text)| (SourcePath::new(path), (*text).to_string())).collect();
            Snapshot::take_with(folder.path(), Shipped::default(), &open).unwrap()
        };
        let saved = Snapshot::take(folder.path(), Shipped::default()).unwrap();
        let (snapshot, is_unsaved) = take(&[("01.md", "# The Ferry\n\nRain.\n\n## 1\n\nSnow.\n\n## 2\n\nHail.\n"), ("none.md", "Sun.")]);
        assert_eq!((snapshot == saved, is_unsaved), (true, false), "the same words, without the mark and with other ends of lines");
        let (snapshot, is_unsaved) = take(&[("02.md", "Three."), ("bible/mara.md", "---\nname: Nora\n---\n")]);
        let texts: Vec<&str> = snapshot.chapters.iter().chain(&snapshot.bible).map(|file| &*file.text).collect();
        assert!(is_unsaved && texts[1..] == ["Three.", "---\nname: Nora\n---\n"], "{texts:?}");
    }

    #[test]
    fn everything_is_read_once_and_nothing_is_changed() {
        let folder = series();
        let before = tree(folder.path());
        let shipped = Shipped {
            scripts: &[("echo.rhai", "// shipped"), ("ages.rhai", "// ages")],
            templates: &[("ask.md.jinja", "shipped"), ("b", "b")],
        };
        let snapshot = Snapshot::take(folder.path(), shipped).unwrap();
        assert_eq!(before, tree(folder.path()));
        let chapters: Vec<&str> = snapshot.chapters.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(chapters, ["01.md", "02.md"]);
        assert_eq!((snapshot.bible.len(), snapshot.stet.as_deref()), (1, Some("- id: abc\n")));
        let scripts: Vec<(&str, &str, bool)> =
            snapshot.scripts.iter().map(|script| (&*script.name, &*script.text, script.is_shipped)).collect();
        assert_eq!(scripts, [("ages", "// ages", true), ("echo", "// own", false)]);
        assert_eq!((snapshot.templates["ask.md.jinja"].as_str(), snapshot.templates["b"].as_str()), ("own", "b"));
        assert_eq!(snapshot.problems.len(), 2, "{:?}", snapshot.problems);
        let absolute = folder.path().canonicalize().unwrap();
        assert!(
            !format!("{snapshot:?}").contains(absolute.parent().unwrap().join("").to_str().unwrap())
                || absolute.parent() == Some(Path::new("/"))
        );
        let bytes = postcard::to_stdvec(&snapshot).unwrap();
        assert_eq!(postcard::from_bytes::<Snapshot>(&bytes).unwrap(), snapshot);
    }

    #[test]
    fn what_changed_since_is_told_and_a_touch_is_no_change() {
        let folder = series();
        let snapshot = Snapshot::take(folder.path(), Shipped::default()).unwrap();
        let file = std::fs::File::options().write(true).open(folder.path().join("01.md")).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(snapshot.since(folder.path()), []);
        put(folder.path(), "01.md", "One more.");
        std::fs::remove_file(folder.path().join("02.md")).unwrap();
        let changed = [(SourcePath::new("01.md"), Since::Changed), (SourcePath::new("02.md"), Since::Gone)];
        assert_eq!(snapshot.since(folder.path()), changed);
    }

    #[test]
    fn a_file_with_several_chapters_is_watched_chapter_by_chapter() {
        let folder = tempfile::tempdir().unwrap();
        let novel = |second: &str| format!("# Chapter 1\n\nOne.\n\n{second}");
        put(folder.path(), "novel.md", novel("# Chapter 2\n\nTwo.\n"));
        let snapshot = Snapshot::take(folder.path(), Shipped::default()).unwrap();
        let paths: Vec<&str> = snapshot.chapters.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["novel.copydesk/chapter-01.md", "novel.copydesk/chapter-02.md"]);
        put(folder.path(), "novel.md", novel("# Chapter 2\n\nTwo, at night.\n"));
        assert_eq!(snapshot.since(folder.path()), [(SourcePath::new("novel.copydesk/chapter-02.md"), Since::Changed)]);
        std::fs::remove_file(folder.path().join("novel.md")).unwrap();
        assert!(snapshot.since(folder.path()).iter().all(|(_, became)| *became == Since::Gone));
        put(folder.path(), "novel.md", novel("# Chapter 2\n\nTwo.\n"));
        put(folder.path(), "copydesk.yaml", "split_files: false\n");
        let whole = Snapshot::take(folder.path(), Shipped::default()).unwrap();
        assert_eq!(whole.chapters[0].path.as_str(), "novel.md");
    }

    #[test]
    fn no_folder_is_an_error_that_says_what_to_give() {
        let folder = series();
        let said = |path: &str| Snapshot::take(&folder.path().join(path), Shipped::default()).unwrap_err().to_string();
        assert!(said("gone").starts_with("there is no folder"));
        let file = said("01.md");
        assert!(file.contains("is one file") && file.ends_with(folder.path().canonicalize().unwrap().to_str().unwrap()), "{file}");
    }
}
