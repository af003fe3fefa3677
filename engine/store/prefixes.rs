//! What the model has read, kept for later runs: the state of prompts' beginnings, a file for each, within a budget.
//!
//! A file holds what its key says and its own checksum; one that is damaged is deleted and as good as never kept. They are large (a page
//! of text is about ten megabytes for a model of 1.5 billion parameters), so a run that reads a book for the first time soon fills the
//! budget: what was least used for longest goes first. A token's worth is the time it took to read, the same for all, so use alone decides.

use super::Store;
use crate::text::ContentHash;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder in the state folder.
const FOLDER: &str = "prefixes";

/// How the name of a file ends until it is whole.
const UNFINISHED: &str = ".unfinished";

/// First in every file; changed with the form of what follows.
const MARK: &[u8; 8] = b"cdprefx1";

/// Bytes before the state: mark and checksum.
const HEAD_BYTES: usize = MARK.len() + 32;

/// What must stay free on the disk; where it would not, nothing is kept.
const KEPT_FREE_BYTES: u64 = 5 << 30;

/// The files and the record of their use.
pub struct PrefixFiles {
    folder: PathBuf,
    store: Arc<Store>,
    /// 0 keeps nothing.
    budget_bytes: u64,
    /// [`KEPT_FREE_BYTES`]; a test must not depend on how full its disk is.
    kept_free_bytes: u64,
}

impl PrefixFiles {
    /// Those of a state folder. With a smaller budget than before, what is too much goes at the next one kept.
    pub fn new(state: &Path, store: Arc<Store>, budget_bytes: u64) -> PrefixFiles {
        let folder = state.join(FOLDER);
        remove_strays(&folder);
        PrefixFiles { folder, store, budget_bytes, kept_free_bytes: KEPT_FREE_BYTES }
    }

    fn path(&self, key: &ContentHash) -> PathBuf {
        self.folder.join(key.short(64))
    }

    /// The state kept under a key. `now` is in seconds since 1970.
    pub fn recall(&self, key: &ContentHash, now: i64) -> Option<Vec<u8>> {
        let bytes = fs::read(self.path(key)).ok()?;
        let (head, state) = bytes.split_at_checked(HEAD_BYTES)?;
        if &head[..MARK.len()] != MARK || head[MARK.len()..] != checksum(key, state) {
            self.forget(key);
            return None;
        }
        // Without the record it is only likelier to go.
        let _ = self.store.use_prefix(key, now);
        Some(state.to_vec())
    }

    /// Keeps a state, and drops what goes over the budget. What cannot be kept is not told: it is read again next time.
    pub fn keep(&self, key: &ContentHash, state: &[u8], now: i64) {
        let size_bytes = (state.len() + HEAD_BYTES) as u64;
        if size_bytes > self.budget_bytes || !self.has_room(size_bytes) {
            return;
        }
        let kept = self.store.keep_prefix(key, size_bytes, now).is_ok() && self.write(key, state).is_ok();
        if !kept {
            self.forget(key);
        }
        for old in self.store.prefixes_over(self.budget_bytes, now) {
            self.forget(&old);
        }
    }

    /// Whether the disk has room beyond what must stay free; true where the system does not tell.
    fn has_room(&self, size_bytes: u64) -> bool {
        #[cfg(unix)]
        {
            let place = if self.folder.exists() { &self.folder } else { self.folder.parent().unwrap_or(&self.folder) };
            rustix::fs::statvfs(place)
                .map_or(true, |disk| disk.f_bavail.saturating_mul(disk.f_frsize) > size_bytes.saturating_add(self.kept_free_bytes))
        }
        #[cfg(not(unix))]
        {
            let _ = (size_bytes, self.kept_free_bytes);
            true
        }
    }

    /// Whole or not at all; only this account may read it, since it tells what the manuscript says.
    fn write(&self, key: &ContentHash, state: &[u8]) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(&self.folder)?;
        file.as_file().try_lock().ok();
        file.write_all(MARK)?;
        file.write_all(&checksum(key, state))?;
        file.write_all(state)?;
        // Not forced onto the disk: the checksum tells a file that a power cut left half written.
        file.persist(self.path(key)).map(|_| ()).map_err(|error| error.error)
    }

    fn forget(&self, key: &ContentHash) {
        let _ = fs::remove_file(self.path(key));
        let _ = self.store.forget_prefix(key);
    }
}

/// Deletes what a killed run left half written; it is in no record, so no budget counts it. Whoever writes one holds its lock.
fn remove_strays(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let is_unfinished = |path: &PathBuf| path.to_str().is_some_and(|path| path.ends_with(UNFINISHED));
    let is_left = |path: &PathBuf| fs::File::open(path).is_ok_and(|file| file.try_lock().is_ok());
    entries.flatten().map(|entry| entry.path()).filter(is_unfinished).filter(is_left).for_each(|path| {
        let _ = fs::remove_file(path);
    });
}

/// Bound to the key as well, so that a state cannot turn up under another one.
fn checksum(key: &ContentHash, state: &[u8]) -> [u8; 32] {
    ContentHash::of_parts([key.0.as_slice(), state]).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> ContentHash {
        ContentHash::of(&[number])
    }

    fn files(state: &Path, budget_bytes: u64) -> PrefixFiles {
        PrefixFiles { kept_free_bytes: 0, ..PrefixFiles::new(state, Arc::new(Store::in_memory()), budget_bytes) }
    }

    #[cfg(unix)]
    #[test]
    fn a_disk_that_is_nearly_full_is_not_filled_further() {
        let state = tempfile::tempdir().unwrap();
        let files = PrefixFiles { kept_free_bytes: u64::MAX, ..files(state.path(), 10_000) };
        files.keep(&key(1), &[7; 900], 0);
        assert_eq!(files.recall(&key(1), 1), None);
        assert!(!state.path().join(FOLDER).exists());
    }

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_does_not() {
        let state = tempfile::tempdir().unwrap();
        let files = files(state.path(), 10_000);
        files.keep(&key(1), &[7; 900], 0);
        assert_eq!(files.recall(&key(1), 1), Some(vec![7; 900]));
        assert_eq!(files.recall(&key(2), 1), None);
        let path = files.path(&key(1));
        let mut bytes = fs::read(&path).unwrap();
        bytes[500] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(files.recall(&key(1), 2), None);
        assert!(!path.exists(), "a damaged file is deleted");
        fs::write(&path, b"short").unwrap();
        assert_eq!(files.recall(&key(1), 2), None);
    }

    #[test]
    fn the_budget_holds_and_what_is_used_stays() {
        let state = tempfile::tempdir().unwrap();
        let files = files(state.path(), 3_000);
        for number in 1..=3 {
            files.keep(&key(number), &[number; 900], i64::from(number));
        }
        files.recall(&key(1), 4);
        files.keep(&key(4), &[4; 900], 5);
        let kept: Vec<bool> = (1..=4).map(|number| files.recall(&key(number), 6).is_some()).collect();
        assert_eq!(kept, [true, false, true, true]);
        let on_disk: u64 = fs::read_dir(state.path().join(FOLDER)).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        assert!(on_disk <= 3_000, "{on_disk}");
        files.keep(&key(5), &[5; 4_000], 7);
        assert_eq!(files.recall(&key(5), 8), None, "larger than the whole budget");
    }

    #[test]
    fn what_a_killed_run_left_is_removed() {
        let state = tempfile::tempdir().unwrap();
        let left = state.path().join(FOLDER).join(format!("x{UNFINISHED}"));
        fs::create_dir(state.path().join(FOLDER)).unwrap();
        fs::write(&left, "half").unwrap();
        let writing = fs::File::open(&left).unwrap();
        writing.try_lock().unwrap();
        files(state.path(), 1);
        assert!(left.exists(), "somebody writes it");
        drop(writing);
        files(state.path(), 1);
        assert!(!left.exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let state = tempfile::tempdir().unwrap();
        let files = files(state.path(), 10_000);
        files.keep(&key(1), &[7; 900], 0);
        assert_eq!(fs::metadata(files.path(&key(1))).unwrap().permissions().mode() & 0o077, 0);
    }
}
