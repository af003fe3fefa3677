//! Files that an author asked to begin with: the configuration, a sample note, a script. New ones only, never over anything.
//!
//! Invariant: nothing that is there already is opened for writing, replaced or renamed.

use super::snapshot::project_above;
use super::{discover, disk, read};
use crate::text::{Problem, ProblemKind, SourcePath};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// As those of reports, so that one left behind by a power cut is removed with theirs.
const TEMPORARY_PREFIX: &str = ".copydesk-";
const TEMPORARY_SUFFIX: &str = ".tmp";

/// Writes a new file into the author's folder, whole or not at all, with the folders above it where they are missing.
///
/// # Errors
/// There is such a file already, or it cannot be written; then nothing was changed.
pub fn write_new(root: &Path, path: &SourcePath, text: &str) -> Result<(), Problem> {
    if write_if_absent(root, path, text)? {
        return Ok(());
    }
    let problem = Problem::new(ProblemKind::Configuration, "is there already, so nothing was written").in_file(path);
    Err(problem.advice("choose another name, or move the old one away first"))
}

/// As [`write_new`], but a file that is there already is no error: it stays as it is. Gives whether one was written.
///
/// # Errors
/// It cannot be written; then nothing was changed.
pub fn write_if_absent(root: &Path, path: &SourcePath, text: &str) -> Result<bool, Problem> {
    let failed = |(words, advice): (String, Option<&'static str>)| {
        let problem = Problem::new(ProblemKind::Configuration, format!("could not be written: {words}")).in_file(path);
        problem.advice(advice.unwrap_or("nothing was changed"))
    };
    if !root.is_dir() {
        let problem = Problem::new(ProblemKind::Configuration, format!("there is no folder {}", root.display()));
        return Err(problem.advice("give the folder your chapters are in"));
    }
    if dunce::canonicalize(root).is_ok_and(|root| project_above(&root).is_some()) {
        let problem =
            Problem::new(ProblemKind::Configuration, format!("{} belongs to a project, into which nothing is written", root.display()));
        return Err(problem.advice("give the folder it lies in"));
    }
    let place = checked_place(root, path).map_err(failed)?;
    // Also a link that leads nowhere is something that is there.
    if std::fs::symlink_metadata(&place).is_ok() {
        return Ok(false);
    }
    publish(&place, text).map_err(|error| failed(words_of(&error)))
}

/// The name without its end and the text of a script that an author named by its path.
///
/// # Errors
/// In plain words, when it is no `.rhai` file or cannot be read.
pub fn read_script(path: &Path) -> Result<(String, String), String> {
    if path.extension().is_none_or(|end| end != "rhai") {
        return Err("its name does not end in .rhai".to_string());
    }
    let shown = SourcePath::new(&path.to_string_lossy());
    let read = read::read_source(path, &shown);
    let Some(file) = read.file else {
        return Err(read.problem.map_or_else(|| "it could not be read".to_string(), |problem| problem.message));
    };
    // An editor's byte-order mark is no part of the language.
    Ok((shown.stem().to_string(), file.text.trim_start_matches('\u{feff}').to_string()))
}

/// How an author's folder can be used, asked without changing anything in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// How many files there are to read: chapters, bible, scripts, templates, settings.
    pub files: usize,
    pub chapters: usize,
    /// Files that are there and cannot be opened.
    pub unreadable: Vec<SourcePath>,
    /// Folders with chapters into which this account may not write.
    pub unwritable: Vec<PathBuf>,
    /// What else is to be said of the files.
    pub problems: Vec<Problem>,
}

/// Opens every file for reading and asks for the right to write beside the chapters. Reads no word and writes none.
pub fn access(root: &Path) -> Access {
    let (config, mut problems) = super::Config::load(root);
    let found = discover::discover(root, &config);
    problems.extend(found.problems.iter().cloned());
    let mut access = Access { files: found.files.len(), problems, ..Access::default() };
    let mut folders = std::collections::BTreeSet::from([root.to_path_buf()]);
    for file in &found.files {
        if disk::open_read_only(&file.disk_path).is_err() {
            access.unreadable.push(file.path.clone());
        }
        if file.role == discover::Role::Chapter {
            access.chapters += 1;
            folders.extend(file.disk_path.parent().map(Path::to_path_buf));
        }
    }
    access.unwritable = folders.into_iter().filter(|folder| !may_write_into(folder)).collect();
    access
}

#[cfg(unix)]
fn may_write_into(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}

/// Rights there cannot be asked for without trying; the first report will tell.
#[cfg(not(unix))]
fn may_write_into(folder: &Path) -> bool {
    folder.is_dir()
}

/// Where the file goes, with the folders above it made: inside the author's folder, reached through no link.
fn checked_place(root: &Path, path: &SourcePath) -> Result<PathBuf, (String, Option<&'static str>)> {
    let mut place = root.to_path_buf();
    let is_plain = |part: &&str| !part.is_empty() && !matches!(*part, "." | "..") && !part.contains(':');
    let parts: Vec<&str> = path.as_str().split('/').collect();
    if !parts.iter().all(is_plain) {
        return Err(("its place is outside your folder".to_string(), Some("choose a place inside it")));
    }
    let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
    for part in folders {
        place.push(part);
        match std::fs::symlink_metadata(&place) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) if metadata.file_type().is_symlink() => {
                let words = format!("the folder {part} is a symbolic link, and links are not followed");
                return Err((words, Some("put the folder itself there")));
            }
            Ok(_) => return Err((format!("{part} is a file, not a folder"), Some("rename that file"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => std::fs::create_dir(&place).map_err(|error| words_of(&error))?,
            Err(error) => return Err(words_of(&error)),
        }
    }
    Ok(place.join(path.file_name()))
}

fn words_of(error: &io::Error) -> (String, Option<&'static str>) {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            ("this account may not write into the folder".to_string(), Some("allow it: `chmod u+rwx` on the folder"))
        }
        _ => disk::plain_words(error),
    }
}

/// Gives the file its name only when it is whole, and only when nothing has that name. Gives whether it did.
fn publish(place: &Path, text: &str) -> io::Result<bool> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX);
    // A file like the author's others, not private as temporary files are; the account's own mask still applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    match temporary.persist_noclobber(place) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::disk::testing::{put, tree};
    use super::*;

    #[test]
    fn a_new_file_is_written_whole_with_its_folders() {
        let root = tempfile::tempdir().unwrap();
        write_new(root.path(), &SourcePath::new("bible/people/a.md"), "Words.").unwrap();
        assert_eq!(std::fs::read_to_string(root.path().join("bible/people/a.md")).unwrap(), "Words.");
        assert_eq!(tree(root.path()).len(), 3, "a temporary file was left behind");
    }

    #[test]
    fn what_is_there_is_never_touched() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "a.md", "Mine.");
        std::fs::create_dir(root.path().join("b.md")).unwrap();
        let before = tree(root.path());
        for name in ["a.md", "b.md"] {
            let problem = write_new(root.path(), &SourcePath::new(name), "Ours.").unwrap_err();
            assert!(problem.message.contains("there already"), "{problem}");
            assert_eq!(write_if_absent(root.path(), &SourcePath::new(name), "Ours."), Ok(false));
        }
        assert!(write_new(root.path(), &SourcePath::new("a.md/c.md"), "Ours.").is_err());
        assert_eq!(before, tree(root.path()));
    }

    #[test]
    fn nothing_is_written_outside_the_folder() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("novel")).unwrap();
        let before = tree(root.path());
        for path in ["../a.md", "/tmp/a.md", "x/../../a.md", "C:/a.md", ""] {
            assert!(write_new(&root.path().join("novel"), &SourcePath::new(path), "Ours.").is_err(), "{path}");
        }
        assert!(write_new(&root.path().join("gone"), &SourcePath::new("a.md"), "").unwrap_err().message.contains("no folder"));
        assert_eq!(before, tree(root.path()));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("bible")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("gone.md"), root.path().join("a.md")).unwrap();
        let problem = write_new(root.path(), &SourcePath::new("bible/a.md"), "Ours.").unwrap_err();
        assert!(problem.message.contains("symbolic link"), "{problem}");
        assert_eq!(write_if_absent(root.path(), &SourcePath::new("a.md"), "Ours."), Ok(false));
        assert!(tree(elsewhere.path()).is_empty());
    }

    #[test]
    fn a_script_is_read_by_its_path() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "my-check.rhai", "\u{feff}fn check() {}");
        assert_eq!(read_script(&root.path().join("my-check.rhai")), Ok(("my-check".to_string(), "fn check() {}".to_string())));
        assert!(read_script(&root.path().join("gone.rhai")).unwrap_err().contains("no longer there"));
        assert!(read_script(Path::new("my-check")).unwrap_err().contains(".rhai"));
    }

    #[test]
    fn asking_for_rights_changes_nothing() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "01.md", "One.");
        put(root.path(), "bible/mara.md", "---\nname: Mara\n---\n");
        let before = tree(root.path());
        let access = access(root.path());
        assert_eq!((access.files, access.chapters, access.unreadable.len(), access.unwritable.len()), (2, 1, 0, 0));
        assert_eq!(before, tree(root.path()));
    }
}
