//! The state folder: cache, history and lock of one book, outside the book, where no synchronising program can tear them.

use super::disk;
use crate::text::ContentHash;
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// Reads a variable of the environment by its name; given in, so that tests need not change their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where the state of the book at `root` is kept, created if it is not there yet, readable by its owner only.
/// `chosen` is the `--state` of the command line.
///
/// # Errors
/// In plain words: no home folder, a state folder inside the book or on a network disk, a folder that cannot be created.
pub fn open_folder(root: &Path, chosen: Option<&Path>, environment: Environment) -> Result<PathBuf, String> {
    let book =
        dunce::canonicalize(root).map_err(|error| format!("{} could not be opened: {}", root.display(), disk::plain_words(&error).0))?;
    let folder = match chosen {
        Some(chosen) => chosen.to_path_buf(),
        None => usual_base(environment)?.join("copydesk").join(folder_name(&book)),
    };
    // Asked before anything is created: nothing but reports is ever written into the book.
    let folder = resolved(&folder);
    if folder.starts_with(&book) {
        return Err(format!(
            "the state folder {} lies inside the book, where a synchronising program would tear it; choose another with --state",
            folder.display()
        ));
    }
    create_private(&folder).map_err(|error| {
        format!("the state folder {} could not be created: {}; choose another with --state", folder.display(), disk::plain_words(&error).0)
    })?;
    match disk::network_kind(&folder) {
        // FUSE is also how local encrypted disks appear; locks hold there.
        Some(kind @ ("NFS" | "SMB" | "9P" | "AFS")) => Err(format!(
            "the state folder {} lies on a network disk ({kind}), where locks do not hold; choose a local one with --state",
            folder.display()
        )),
        _ => Ok(folder),
    }
}

/// The path without links and dots as far as it exists, so that a link cannot lead back into the book.
fn resolved(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let existing =
        absolute.ancestors().find_map(|ancestor| Some((dunce::canonicalize(ancestor).ok()?, absolute.strip_prefix(ancestor).ok()?)));
    existing.map_or_else(|| absolute.clone(), |(ancestor, rest)| if rest.as_os_str().is_empty() { ancestor } else { ancestor.join(rest) })
}

/// `<name>-<8 digits of the path's hash>`: readable for people, different for two books of the same name.
fn folder_name(book: &Path) -> String {
    let name = book.file_name().map_or_else(|| "root".to_string(), |name| name.to_string_lossy().into_owned());
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).take(60).collect();
    format!("{}-{}", plain.trim_start_matches('.'), ContentHash::of(book.as_os_str().as_encoded_bytes()).short(8))
}

/// The folder in which programs of this system keep their state.
fn usual_base(environment: Environment) -> Result<PathBuf, String> {
    let absolute = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        absolute("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
    };
    base.ok_or_else(|| "there is no home folder to keep the state in; choose a folder with --state".to_string())
}

fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The lock of a state folder, open and not yet taken. A keeper whose seal is closed can take it again and again.
#[derive(Debug)]
pub struct LockFile {
    file: Arc<File>,
    /// Who holds it stands in a file of its own: Windows lets nobody read a locked one.
    holder: File,
    state: PathBuf,
}

/// The right to work on one book, held until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: Arc<File>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The file may be open for the next time; where this fails, the process's end unlocks it.
        let _ = self.file.unlock();
    }
}

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Process number, 0 when it is not known.
    pub pid: u32,
    /// `watch` or `run`; empty when it is not known.
    pub purpose: String,
    pub since: Option<SystemTime>,
}

/// Why the lock could not be taken.
#[derive(Debug)]
pub enum NotTaken {
    /// Another process works on this book.
    Held(Held),
    /// The system would not lock, in plain words.
    Failed(String),
}

impl LockFile {
    /// Opens the lock of a state folder.
    ///
    /// # Errors
    /// The folder cannot be written to, in plain words.
    pub fn open(state: &Path) -> Result<LockFile, String> {
        let open = |name: &str| OpenOptions::new().create(true).truncate(false).read(true).write(true).open(state.join(name));
        let opened = open("lock").and_then(|file| Ok((file, open("holder")?)));
        let (file, holder) = opened.map_err(|error| failed(&error))?;
        Ok(LockFile { file: Arc::new(file), holder, state: state.to_path_buf() })
    }

    /// Takes the lock, or says who has it. `purpose` is one word, `watch` or `run`.
    ///
    /// # Errors
    /// Another process holds it, or the system cannot lock there.
    pub fn try_take(&self, purpose: &str) -> Result<Lock, NotTaken> {
        match self.file.try_lock() {
            Ok(()) => {
                // For the message only, so a failure to write it is none of the lock.
                let mut holder = &self.holder;
                let emptied = self.holder.set_len(0).and_then(|()| holder.rewind());
                emptied.and_then(|()| writeln!(holder, "{} {purpose}", std::process::id())).ok();
                Ok(Lock { file: self.file.clone() })
            }
            Err(TryLockError::WouldBlock) => Err(NotTaken::Held(holder(&self.state))),
            Err(TryLockError::Error(error)) => Err(NotTaken::Failed(failed(&error))),
        }
    }
}

fn failed(error: &std::io::Error) -> String {
    format!("the state folder could not be locked: {}", disk::plain_words(error).0)
}

impl Lock {
    /// Takes the lock of a state folder at once, as [`LockFile::try_take`].
    ///
    /// # Errors
    /// As [`LockFile::open`] and [`LockFile::try_take`].
    pub fn try_take(state: &Path, purpose: &str) -> Result<Lock, NotTaken> {
        LockFile::open(state).map_err(NotTaken::Failed)?.try_take(purpose)
    }
}

fn holder(state: &Path) -> Held {
    let path = state.join("holder");
    let said = std::fs::read_to_string(&path).unwrap_or_default();
    let (pid, purpose) = said.trim().split_once(' ').unwrap_or_default();
    let since = std::fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
    Held { pid: pid.parse().unwrap_or(0), purpose: purpose.to_string(), since }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(home: &Path) -> impl Fn(&str) -> Option<OsString> + use<> {
        let home = home.as_os_str().to_os_string();
        move |name| matches!(name, "HOME" | "LOCALAPPDATA").then(|| home.clone())
    }

    #[test]
    fn each_book_has_its_own_private_folder_outside_of_it() {
        let (home, books) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let book = |path: &str| {
            let path = books.path().join(path);
            std::fs::create_dir_all(&path).unwrap();
            open_folder(&path, None, &environment(home.path())).unwrap()
        };
        let (first, second) = (book("a/novel"), book("b/novel"));
        assert_ne!(first, second);
        assert_eq!(first, book("a/novel"));
        assert!(first.file_name().unwrap().to_str().unwrap().starts_with("novel-"));
        assert!(first.starts_with(home.path().canonicalize().unwrap()));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&first.metadata().unwrap()) & 0o777, 0o700);
        assert_eq!(std::fs::read_dir(books.path().join("a/novel")).unwrap().count(), 0);
    }

    #[test]
    fn a_state_folder_inside_the_book_or_without_a_home_is_refused() {
        let book = tempfile::tempdir().unwrap();
        let inside = open_folder(book.path(), Some(&book.path().join("state")), &|_| None).unwrap_err();
        assert!(inside.contains("inside the book"), "{inside}");
        assert_eq!(std::fs::read_dir(book.path()).unwrap().count(), 0, "a refused state folder was created");
        let homeless = open_folder(book.path(), None, &|_| None).unwrap_err();
        assert!(homeless.contains("--state"), "{homeless}");
        let relative = open_folder(book.path(), None, &|_| Some("relative".into())).unwrap_err();
        assert!(relative.contains("--state"), "{relative}");
    }

    #[test]
    fn a_second_lock_is_told_who_has_the_first() {
        let state = tempfile::tempdir().unwrap();
        let first = Lock::try_take(state.path(), "watch").unwrap();
        let NotTaken::Held(held) = Lock::try_take(state.path(), "run").unwrap_err() else { panic!("not held") };
        assert_eq!((held.pid, held.purpose.as_str(), held.since.is_some()), (std::process::id(), "watch", true));
        drop(first);
        let file = LockFile::open(state.path()).unwrap();
        for _ in 0..2 {
            drop(file.try_take("lsp").unwrap());
            let other = Lock::try_take(state.path(), "run").unwrap();
            let NotTaken::Held(held) = file.try_take("lsp").unwrap_err() else { panic!("not held") };
            assert_eq!(held.purpose, "run");
            drop(other);
        }
    }
}
