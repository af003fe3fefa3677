//! The memory between runs: what the model replied, how files looked when they were hashed, which findings there were and what became of
//! them.
//!
//! The only module that names rusqlite. Everything in it can be made again but the history: without it all findings are new. So the history
//! has a copy in a file of its own. No word of the manuscript is kept only here, and no dismissal: those are the author's, in the author's
//! folder.
//!
//! Invariants: it never stops a run; what cannot be kept or read is reported and the work goes on. Every record carries a checksum over its key
//! and its value, and is as good as never kept when that does not agree. A damaged database is set aside, told, and filled anew.

mod copy;
mod findings;
mod note_history;
mod opening;
mod prefixes;
mod replies;
mod sizes;
mod style_sheet;
mod tables;
mod texts;

pub use findings::{PastRun, ReportPoint};
pub use note_history::{NoteHistory, NoteKey, PastLine};
pub use prefixes::PrefixFiles;
pub use replies::BUDGET_BYTES as REPLY_BUDGET_BYTES;

use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use copy::Unwritten;
use opening::OpenMark;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tables::Reading;

/// Raised when the tables change. A database of an older form gets what it lacks and keeps the rest, replies above all; one that is newer,
/// or much older, is set aside.
const SCHEMA_VERSION: i64 = 6;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS replies (
        key BLOB PRIMARY KEY, value BLOB NOT NULL, checksum BLOB NOT NULL, created INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS reply_uses (
        key BLOB PRIMARY KEY, uses INTEGER NOT NULL, last_used INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS fingerprints (
        path TEXT PRIMARY KEY, dev INTEGER NOT NULL, ino INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, hash BLOB NOT NULL,
        checksum BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS prefixes (
        key BLOB PRIMARY KEY, size INTEGER NOT NULL, uses INTEGER NOT NULL, last_used INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS past_runs (
        number INTEGER PRIMARY KEY, started INTEGER NOT NULL, coverage BLOB NOT NULL, checksum BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS findings (id TEXT PRIMARY KEY, record BLOB NOT NULL, checksum BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events (
        run INTEGER NOT NULL, id TEXT NOT NULL, was BLOB NOT NULL, checksum BLOB NOT NULL, PRIMARY KEY (run, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS report_point (
        only INTEGER PRIMARY KEY CHECK (only = 0), base INTEGER NOT NULL, last INTEGER NOT NULL, checksum BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS told (
        script TEXT NOT NULL, place TEXT NOT NULL, heading TEXT NOT NULL, record BLOB NOT NULL, checksum BLOB NOT NULL,
        PRIMARY KEY (script, place, heading)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS texts (
        path TEXT PRIMARY KEY, hash BLOB NOT NULL, text TEXT NOT NULL, checksum BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS chapter_words (path TEXT PRIMARY KEY, words INTEGER NOT NULL, checksum BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS style_sheet (only INTEGER PRIMARY KEY CHECK (only = 0), sheet BLOB NOT NULL, checksum BLOB NOT NULL) STRICT;
    DROP TABLE IF EXISTS runs;
    DROP TABLE IF EXISTS reports;
";

/// What is reported of replies, of the history and of the hashes of files.
const REPLIES: &str = "replies of the model";
const HISTORY: &str = "history of findings";
const HASHES: &str = "hashes of files";

/// The database of one book.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    /// Replies whose checksum did not agree, deleted since the store was opened.
    damaged: AtomicUsize,
    /// Replies that were asked for since that was last written down.
    used: Mutex<HashSet<ContentHash>>,
    /// What went wrong since the store was opened and stopped nothing.
    troubles: Mutex<BTreeSet<Problem>>,
    /// Whether the history could be read in full whenever it was read.
    is_history_whole: AtomicBool,
    /// The state folder; nothing for a store in memory.
    folder: Option<PathBuf>,
    /// Dropped after the connection: until then others must not set the database aside.
    _open_mark: Option<OpenMark>,
}

/// How a file looked when it was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLook {
    pub dev: u64,
    pub ino: u64,
    pub size_bytes: u64,
    /// Nanoseconds since 1970.
    pub mtime_ns: i64,
}

impl Store {
    /// Opens the store of a state folder. Never fails: a damaged one is set aside and begun anew with what can be regained, and where none
    /// can be kept it is kept in memory for this run; both are reported.
    pub fn open(state: &Path) -> (Store, Vec<Problem>) {
        // SQLite is told to follow no link; the folder itself may well be reached by one.
        let state = dunce::canonicalize(state).unwrap_or_else(|_| state.to_path_buf());
        let opened = opening::open(&state);
        let store = match opened.connection {
            Some((connection, mark)) => Store::of(connection, Some(state), mark),
            None => Store::in_memory(),
        };
        (store, opened.problems)
    }

    /// A store that is forgotten when it is dropped.
    ///
    /// # Panics
    /// When the system has no memory left for an empty database.
    pub fn in_memory() -> Store {
        let connection = Connection::open_in_memory().and_then(|connection| connection.execute_batch(SCHEMA).map(|()| connection));
        Store::of(connection.expect("an empty database in memory needs nothing but a few kilobytes"), None, None)
    }

    fn of(connection: Connection, folder: Option<PathBuf>, open_mark: Option<OpenMark>) -> Store {
        connection.set_prepared_statement_cache_capacity(32);
        Store {
            connection: Mutex::new(connection),
            damaged: AtomicUsize::new(0),
            used: Mutex::default(),
            troubles: Mutex::default(),
            is_history_whole: AtomicBool::new(true),
            folder,
            _open_mark: open_mark,
        }
    }

    /// What went wrong since the store was opened and stopped nothing: records that were damaged or could not be read, replies that could
    /// not be kept. To be reported with the results of the run.
    pub fn troubles(&self) -> Vec<Problem> {
        let mut troubles: Vec<Problem> = self.troubles.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        let damaged = self.damaged_replies();
        if damaged > 0 {
            let message = format!(
                "{} damaged on the disk, removed, and will be asked for again",
                counted(damaged, "remembered reply was", "remembered replies were")
            );
            troubles.push(
                Problem::new(ProblemKind::Note, message)
                    .advice("nothing in your folder is affected; if this happens twice, check the disk"),
            );
        }
        troubles
    }

    /// Notes what went wrong, for [`Store::troubles`].
    pub fn note(&self, trouble: Problem) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).insert(trouble);
    }

    /// The result of a reading without which the work goes on, all the same noted.
    fn noted<T>(&self, what: &str, result: rusqlite::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(rusqlite::Error::QueryReturnedNoRows) => None,
            Err(error) => {
                self.note(unread_problem(what, &plain_words(&error)));
                None
            }
        }
    }

    /// Notes what a reading of the history has left out.
    fn note_reading(&self, what: &str, reading: &Reading) {
        if reading.damaged > 0 || reading.error.is_some() {
            self.is_history_whole.store(false, Ordering::Relaxed);
        }
        if let Some(error) = &reading.error {
            self.note(unread_problem(what, &plain_words(error)));
        }
        if reading.damaged > 0 {
            self.note(unread_problem(what, &format!("{} changed on the disk", counted(reading.damaged, "record has", "records have"))));
        }
        if reading.foreign > 0 {
            let message = format!(
                "{} of the {what} written by another version of copydesk and left out",
                counted(reading.foreign, "record was", "records were")
            );
            self.note(
                Problem::new(ProblemKind::Note, message).advice("use the newer version, or let this one begin anew with another --state"),
            );
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves no statement half done: SQLite rolls back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reply kept under a key. One that was damaged on the disk is deleted and counted, and is as good as never kept.
    pub fn reply(&self, key: &ContentHash) -> Option<Vec<u8>> {
        let connection = self.connection();
        let read = connection.prepare_cached("SELECT value, checksum FROM replies WHERE key = ?1").and_then(|mut statement| {
            statement.query_row(params![key.0], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)))
        });
        let (value, checksum) = self.noted(REPLIES, read)?;
        if checksum == checksum_of(key, &value) {
            self.note_use(key);
            return Some(value);
        }
        self.forget_damaged(&connection, key);
        None
    }

    /// All replies, for a run that will ask for most of them.
    pub fn all_replies(&self) -> HashMap<ContentHash, Vec<u8>> {
        let connection = self.connection();
        let mut replies = HashMap::new();
        let mut damaged = Vec::new();
        let result = connection.prepare_cached("SELECT key, value, checksum FROM replies").and_then(|mut statement| {
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let Ok(key) = <[u8; 32]>::try_from(row.get_ref(0)?.as_blob().unwrap_or_default()) else { continue };
                let (key, value) = (ContentHash(key), row.get_ref(1)?.as_blob().unwrap_or_default());
                if row.get_ref(2)?.as_blob().unwrap_or_default() == checksum_of(&key, value) {
                    replies.insert(key, value.to_vec());
                } else {
                    damaged.push(key);
                }
            }
            Ok(())
        });
        // What was read until an error is still true; the rest will be asked again.
        self.noted(REPLIES, result);
        damaged.iter().for_each(|key| self.forget_damaged(&connection, key));
        replies
    }

    fn forget_damaged(&self, connection: &Connection, key: &ContentHash) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
        // One that cannot be deleted is found again, and not believed again.
        self.noted(REPLIES, connection.execute("DELETE FROM replies WHERE key = ?1", params![key.0]));
    }

    /// How many damaged replies were deleted since the store was opened.
    pub fn damaged_replies(&self) -> usize {
        self.damaged.load(Ordering::Relaxed)
    }

    /// How many replies are kept.
    pub fn reply_count(&self) -> usize {
        let count = self.connection().query_row("SELECT count(*) FROM replies", [], |row| row.get::<_, i64>(0));
        self.noted(REPLIES, count).map_or(0, |count| usize::try_from(count).unwrap_or(0))
    }

    /// Keeps a reply. `now` is in seconds since 1970. On the disk when this returns.
    ///
    /// # Errors
    /// A full disk and the like; the run goes on, and asks again next time.
    pub fn keep_reply(&self, key: &ContentHash, value: &[u8], now: i64) -> Result<(), Problem> {
        self.keep_replies(&[(*key, value.to_vec())], now)
    }

    /// Writes the copy of the history beside the database. Nothing to do for a store in memory.
    ///
    /// # Errors
    /// A full disk and the like; the copy before it stays.
    pub fn copy_history(&self) -> Result<(), Problem> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let reason = match copy::write(&self.connection(), folder, SCHEMA_VERSION) {
            Ok(()) => return Ok(()),
            Err(Unwritten::Database(error)) => plain_words(&error),
            Err(Unwritten::Damaged(reading)) => {
                self.note_reading(HISTORY, &reading);
                return Ok(());
            }
            Err(Unwritten::Disk(error)) => disk_words(&error),
        };
        let message = format!("the copy of the {HISTORY} could not be written: {reason}");
        Err(Problem::new(ProblemKind::Note, message).advice("nothing is lost; the next run writes it again"))
    }

    /// Keeps several replies, all or none.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    pub fn keep_replies(&self, replies: &[(ContentHash, Vec<u8>)], now: i64) -> Result<(), Problem> {
        self.write(REPLIES, |transaction| {
            let sql = "INSERT OR REPLACE INTO replies (key, value, checksum, created) VALUES (?1, ?2, ?3, ?4)";
            let mut statement = transaction.prepare_cached(sql)?;
            replies.iter().try_for_each(|(key, value)| statement.execute(params![key.0, value, checksum_of(key, value), now]).map(|_| ()))
        })
    }

    /// The hash of a file's content, if it still looks as it did when it was hashed.
    pub fn fingerprint(&self, path: &SourcePath, look: &FileLook) -> Option<ContentHash> {
        let sql = "SELECT hash, checksum FROM fingerprints WHERE path = ?1 AND dev = ?2 AND ino = ?3 AND size = ?4 AND mtime_ns = ?5";
        let connection = self.connection();
        let (dev, ino, size) = (look.dev.cast_signed(), look.ino.cast_signed(), look.size_bytes.cast_signed());
        let read = connection.prepare_cached(sql).and_then(|mut statement| {
            statement.query_row(params![path.as_str(), dev, ino, size, look.mtime_ns], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))
        });
        // A wrong hash would be another model's name: every reply would be asked for again, under a name that is nobody's.
        let (hash, checksum) = self.noted(HASHES, read)?;
        (checksum == checksum_of_look(path, look, &hash)).then_some(ContentHash(hash))
    }

    /// Keeps the hashes of files together with how they look.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    pub fn keep_fingerprints(&self, files: &[(SourcePath, FileLook, ContentHash)]) -> Result<(), Problem> {
        self.write(HASHES, |transaction| {
            let sql =
                "INSERT OR REPLACE INTO fingerprints (path, dev, ino, size, mtime_ns, hash, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let mut statement = transaction.prepare_cached(sql)?;
            files.iter().try_for_each(|(path, look, hash)| {
                let (dev, ino, size) = (look.dev.cast_signed(), look.ino.cast_signed(), look.size_bytes.cast_signed());
                let checksum = checksum_of_look(path, look, &hash.0);
                statement.execute(params![path.as_str(), dev, ino, size, look.mtime_ns, hash.0, checksum]).map(|_| ())
            })
        })
    }

    /// Records that a prefix is kept in a file.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    fn keep_prefix(&self, key: &ContentHash, size_bytes: u64, now: i64) -> Result<(), Problem> {
        self.write("record of what the model has read", |transaction| {
            let sql = "INSERT INTO prefixes (key, size, uses, last_used) VALUES (?1, ?2, 1, ?3)
                ON CONFLICT (key) DO UPDATE SET size = ?2, uses = uses + 1, last_used = ?3";
            transaction.execute(sql, params![key.0, size_bytes.cast_signed(), now]).map(|_| ())
        })
    }

    /// Records a use of a kept prefix.
    fn use_prefix(&self, key: &ContentHash, now: i64) -> Result<(), Problem> {
        self.write("record of what the model has read", |transaction| {
            transaction.execute("UPDATE prefixes SET uses = uses + 1, last_used = ?2 WHERE key = ?1", params![key.0, now]).map(|_| ())
        })
    }

    /// Forgets a kept prefix.
    fn forget_prefix(&self, key: &ContentHash) -> Result<(), Problem> {
        self.write("record of what the model has read", |transaction| {
            transaction.execute("DELETE FROM prefixes WHERE key = ?1", params![key.0]).map(|_| ())
        })
    }

    /// The prefixes that go over a budget: a use counts less the longer ago, by days.
    fn prefixes_over(&self, budget_bytes: u64, now: i64) -> Vec<ContentHash> {
        let connection = self.connection();
        let sql = "SELECT key, size FROM prefixes ORDER BY uses / (1.0 + (?1 - last_used) / 86400.0) DESC, last_used DESC, key";
        let kept = connection.prepare_cached(sql).and_then(|mut statement| {
            let row = |row: &rusqlite::Row| Ok((ContentHash(row.get(0)?), row.get::<_, i64>(1)?));
            statement.query_map(params![now], row)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        let mut room = budget_bytes;
        let mut over = Vec::new();
        for (key, size) in self.noted("record of what the model has read", kept).unwrap_or_default() {
            match room.checked_sub(size.cast_unsigned()) {
                Some(left) => room = left,
                None => over.push(key),
            }
        }
        over
    }

    fn write(&self, what: &str, work: impl FnOnce(&rusqlite::Transaction) -> rusqlite::Result<()>) -> Result<(), Problem> {
        let mut connection = self.connection();
        // Taken at the beginning: a transaction that only later wants to write may be refused without waiting.
        let result = connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
            work(&transaction)?;
            transaction.commit()
        });
        result.map_err(|error| {
            let message = format!("the {what} could not be kept: {}", plain_words(&error).trim_end_matches('.'));
            Problem::new(ProblemKind::Note, message).advice("nothing in your folder is affected; the next run will take longer")
        })
    }
}

/// Bound to the key as well, so that a value cannot turn up under another one.
fn checksum_of(key: &ContentHash, value: &[u8]) -> [u8; 32] {
    ContentHash::of_parts([key.0.as_slice(), value]).0
}

fn checksum_of_look(path: &SourcePath, look: &FileLook, hash: &[u8; 32]) -> [u8; 32] {
    let numbers = [look.dev, look.ino, look.size_bytes, look.mtime_ns.cast_unsigned()].map(u64::to_le_bytes).concat();
    ContentHash::of_parts([path.as_str().as_bytes(), &numbers, hash]).0
}

/// `1 record`, `2 records`.
fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn unread_problem(what: &str, reason: &str) -> Problem {
    Problem::new(ProblemKind::Note, format!("the {what} could not be read in full: {reason}"))
        .advice("run again: at its start copydesk checks its memory, sets a damaged one aside and regains what it can; if this happens twice, check the disk")
}

fn plain_words(error: &rusqlite::Error) -> String {
    let words = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another copydesk has been writing for too long",
        Some(ErrorCode::ReadOnly) => "its file can only be read",
        Some(ErrorCode::CannotOpen) => "its file cannot be opened or created",
        Some(ErrorCode::PermissionDenied) => "this account may not write there",
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "its file is damaged",
        Some(ErrorCode::SystemIoFailure) => "the disk failed",
        // SQLite's own words would be of columns and tables, which are none of an author's.
        None | Some(ErrorCode::Unknown | ErrorCode::TypeMismatch) => "its tables are not as copydesk makes them",
        _ => return format!("the database says: {error}"),
    };
    words.to_string()
}

fn disk_words(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_string(),
        ErrorKind::PermissionDenied => "this account may not write there".to_string(),
        _ => {
            let said = error.to_string();
            format!("the system says: {}", said.split(" (os error").next().unwrap_or(&said))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::opening::{FILE, OPEN_FOLDER};
    use super::*;
    use std::time::Duration;

    fn key(number: u64) -> ContentHash {
        ContentHash::of(&number.to_le_bytes())
    }

    fn opened(state: &Path) -> Store {
        let (store, problems) = Store::open(state);
        assert_eq!(problems, []);
        store
    }

    #[test]
    fn replies_outlive_the_program() {
        let state = tempfile::tempdir().unwrap();
        let store = opened(state.path());
        store.keep_reply(&key(1), b"yes", 10).unwrap();
        store.keep_replies(&[(key(2), b"no".to_vec()), (key(1), b"not stated".to_vec())], 20).unwrap();
        drop(store);
        let store = opened(state.path());
        assert_eq!(store.reply(&key(1)), Some(b"not stated".to_vec()));
        assert_eq!(store.reply(&key(3)), None);
        assert_eq!(store.all_replies(), HashMap::from([(key(1), b"not stated".to_vec()), (key(2), b"no".to_vec())]));
    }

    #[test]
    fn hashes_are_kept() {
        let store = Store::in_memory();
        let (path, look) = (SourcePath::new("ch.md"), FileLook { dev: 1, ino: u64::MAX, size_bytes: 3, mtime_ns: -4 });
        store.keep_fingerprints(&[(path.clone(), look, key(1))]).unwrap();
        assert_eq!(store.fingerprint(&path, &look), Some(key(1)));
        assert_eq!(store.fingerprint(&path, &FileLook { mtime_ns: -5, ..look }), None);
        store.connection().execute("UPDATE fingerprints SET hash = ?1", params![key(2).0]).unwrap();
        assert_eq!(store.fingerprint(&path, &look), None, "a hash that changed on the disk");
    }

    #[test]
    fn a_damaged_reply_is_deleted_and_counted() {
        let store = Store::in_memory();
        for number in 0..3 {
            store.keep_reply(&key(number), b"green", 0).unwrap();
        }
        store.connection().execute("UPDATE replies SET value = x'00' WHERE key = ?1", params![key(0).0]).unwrap();
        assert_eq!(store.reply(&key(0)), None);
        store.connection().execute("UPDATE replies SET value = x'00' WHERE key = ?1", params![key(1).0]).unwrap();
        assert_eq!(store.all_replies().into_keys().collect::<Vec<_>>(), [key(2)]);
        assert_eq!((store.damaged_replies(), store.reply_count()), (2, 1));
    }

    #[test]
    fn a_file_that_is_no_database_is_set_aside_and_told() {
        let state = tempfile::tempdir().unwrap();
        for number in 1..=2 {
            std::fs::write(state.path().join(FILE), "Chapter one. ".repeat(1000)).unwrap();
            let (store, problems) = Store::open(state.path());
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].to_string().contains(&format!("{FILE}.corrupt-{number}")), "{}", problems[0]);
            assert!(state.path().join(format!("{FILE}.corrupt-{number}")).exists());
            store.keep_reply(&key(1), b"yes", 0).unwrap();
        }
        assert_eq!(opened(state.path()).reply(&key(1)), Some(b"yes".to_vec()));
    }

    #[test]
    fn another_form_or_other_tables_are_set_aside() {
        for sql in ["PRAGMA user_version = 99", "PRAGMA user_version = 1; CREATE TABLE replies (x) STRICT", "PRAGMA user_version = 1"] {
            let state = tempfile::tempdir().unwrap();
            Connection::open(state.path().join(FILE)).unwrap().execute_batch(sql.replace("(x)", "(x TEXT)").as_str()).unwrap();
            let (store, problems) = Store::open(state.path());
            assert_eq!(problems.len(), 1, "{sql}");
            store.keep_reply(&key(1), b"yes", 0).unwrap();
        }
    }

    #[test]
    fn a_database_of_the_form_before_keeps_its_replies() {
        let state = tempfile::tempdir().unwrap();
        let store = opened(state.path());
        store.keep_reply(&key(1), b"yes", 0).unwrap();
        let older = "DROP TABLE past_runs; DROP TABLE findings; DROP TABLE events; DROP TABLE report_point; DROP TABLE told; DROP TABLE chapter_words; DROP TABLE texts; DROP TABLE style_sheet; DROP TABLE reply_uses; PRAGMA user_version = 2;
            DROP TABLE fingerprints; CREATE TABLE fingerprints (path TEXT PRIMARY KEY) STRICT;
            CREATE TABLE runs (number INTEGER PRIMARY KEY, started INTEGER NOT NULL, name TEXT NOT NULL, result BLOB NOT NULL) STRICT;";
        store.connection().execute_batch(older).unwrap();
        drop(store);
        let store = opened(state.path());
        assert_eq!((store.reply(&key(1)), store.history().len()), (Some(b"yes".to_vec()), 0));
        assert_eq!(store.connection().query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)), Ok(SCHEMA_VERSION));
    }

    #[test]
    fn where_nothing_can_be_kept_memory_must_do() {
        let state = tempfile::tempdir().unwrap();
        std::fs::write(state.path().join("file"), "").unwrap();
        let (store, problems) = Store::open(&state.path().join("file"));
        assert!(problems[0].message.contains("will not be remembered"), "{problems:?}");
        store.keep_reply(&key(1), b"yes", 0).unwrap();
        assert_eq!(store.reply(&key(1)), Some(b"yes".to_vec()));
    }

    #[test]
    fn a_full_disk_is_told_and_what_was_kept_stays() {
        let state = tempfile::tempdir().unwrap();
        let store = opened(state.path());
        store.keep_reply(&key(1), b"yes", 0).unwrap();
        // SQLite answers a database at its largest size exactly as it answers a full disk.
        store.connection().query_row("PRAGMA max_page_count = 1", [], |_| Ok(())).unwrap();
        let problem = store.keep_reply(&key(2), &[7; 100_000], 0).unwrap_err();
        assert!(problem.message.contains("the disk is full"), "{problem}");
        assert_eq!(store.reply(&key(1)), Some(b"yes".to_vec()));
    }

    #[test]
    fn two_programs_write_at_once() {
        let state = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for program in 0..3 {
                let state = state.path();
                scope.spawn(move || {
                    let store = opened(state);
                    (0..50).for_each(|number| store.keep_reply(&key(program * 100 + number), b"yes", 0).unwrap());
                });
            }
        });
        assert_eq!(opened(state.path()).reply_count(), 150);
        assert_eq!(std::fs::read_dir(state.path().join(OPEN_FOLDER)).unwrap().count(), 0);
    }

    #[test]
    fn five_thousand_replies_are_read_in_one_breath() {
        let state = tempfile::tempdir().unwrap();
        let store = opened(state.path());
        let replies: Vec<(ContentHash, Vec<u8>)> = (0..5000).map(|number| (key(number), vec![7; 120])).collect();
        store.keep_replies(&replies, 0).unwrap();
        let before = std::time::Instant::now();
        assert_eq!(store.all_replies().len(), 5000);
        // 20 ms optimised; the bound only has to tell one query from five thousand.
        assert!(before.elapsed() < Duration::from_millis(500), "{:?}", before.elapsed());
    }
}
