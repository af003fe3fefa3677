//! The memory between runs: what the model replied, how files looked when they were hashed, what reports we wrote, which findings there
//! were and what became of them.
//!
//! The only module that names rusqlite. Everything in it can be made again but the history: without it all findings are new. No word of the
//! manuscript is kept only here, and no dismissal: those are the author's, in the author's folder.
//! Invariant: it never stops a run. A damaged file is put aside and told; what cannot be kept is told and the work goes on.

mod findings;
mod prefixes;
mod sizes;
mod told;

pub use findings::{PastRun, ReportPoint};
pub use prefixes::PrefixFiles;
pub use told::{Told, ToldKey, ToldLine};

use crate::text::{ContentHash, Problem, ProblemKind, SourcePath};
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The name of the database in the state folder.
const FILE: &str = "copydesk.sqlite";

/// The folder of marks beside the database, one for each program that has it open.
const OPEN_FOLDER: &str = "open";

/// Raised when the tables change. A database of [`OLDEST_KEPT`] or later gets what it lacks and keeps the rest, replies above all; a
/// newer or older one is put aside.
const SCHEMA_VERSION: i64 = 5;

/// The oldest form that only lacks tables.
const OLDEST_KEPT: i64 = 2;

/// How long one program waits for another that writes: a write takes under a millisecond, a busy disk a few seconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS replies (
        key BLOB PRIMARY KEY, value BLOB NOT NULL, checksum BLOB NOT NULL, created INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS fingerprints (
        path TEXT PRIMARY KEY, dev INTEGER NOT NULL, ino INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, hash BLOB NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS prefixes (
        key BLOB PRIMARY KEY, size INTEGER NOT NULL, uses INTEGER NOT NULL, last_used INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS reports (path TEXT PRIMARY KEY, hash BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS past_runs (number INTEGER PRIMARY KEY, started INTEGER NOT NULL, coverage BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS findings (id TEXT PRIMARY KEY, record BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS events (run INTEGER NOT NULL, id TEXT NOT NULL, was BLOB NOT NULL, PRIMARY KEY (run, id)) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS report_point (only INTEGER PRIMARY KEY CHECK (only = 0), base INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS told (
        script TEXT NOT NULL, place TEXT NOT NULL, heading TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (script, place, heading)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS chapter_words (path TEXT PRIMARY KEY, words INTEGER NOT NULL) STRICT;
    DROP TABLE IF EXISTS runs;
";

/// The database of one book.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    /// Replies whose checksum did not agree, deleted since the store was opened.
    damaged: AtomicUsize,
    open_mark: Option<OpenMark>,
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
    /// Opens the store of a state folder. Never fails: a damaged one is put aside and begun anew, and where none can be kept it is kept in
    /// memory for this run; both are told.
    pub fn open(state: &Path) -> (Store, Vec<Problem>) {
        // SQLite is told to follow no link; the folder itself may well be reached by one.
        let state = &state.canonicalize().unwrap_or_else(|_| state.to_path_buf());
        let path = state.join(FILE);
        let mut problems = Vec::new();
        let (open_mark, ended_badly) = mark_open(state);
        for _ in 0..2 {
            match open_checked(&path, ended_badly) {
                Ok(connection) => return (Store::of(connection, open_mark), problems),
                Err(Unusable::Damaged(reason)) => match put_aside(&path) {
                    Ok(name) => problems.push(damaged_problem(&reason, &name)),
                    Err(error) => {
                        problems.push(in_memory_problem(&format!("it is damaged and cannot be put aside: {error}")));
                        break;
                    }
                },
                Err(Unusable::Unreachable(reason)) => {
                    problems.push(in_memory_problem(&reason));
                    break;
                }
            }
        }
        (Store::in_memory(), problems)
    }

    /// A store that is forgotten when it is dropped.
    ///
    /// # Panics
    /// When the system has no memory left for an empty database.
    pub fn in_memory() -> Store {
        let connection = Connection::open_in_memory().and_then(|connection| connection.execute_batch(SCHEMA).map(|()| connection));
        Store::of(connection.expect("an empty database in memory needs nothing but a few kilobytes"), None)
    }

    fn of(connection: Connection, open_mark: Option<OpenMark>) -> Store {
        connection.set_prepared_statement_cache_capacity(16);
        Store { connection: Mutex::new(connection), damaged: AtomicUsize::new(0), open_mark }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves no statement half done: SQLite rolls back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reply kept under a key. One that was damaged on the disk is deleted and counted, and is as good as never kept.
    pub fn reply(&self, key: &ContentHash) -> Option<Vec<u8>> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT value, checksum FROM replies WHERE key = ?1").ok()?;
        let row = statement.query_row(params![key.0], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)));
        let (value, checksum) = row.ok()?;
        if checksum == checksum_of(key, &value) {
            return Some(value);
        }
        drop(statement);
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
        result.ok();
        damaged.iter().for_each(|key| self.forget_damaged(&connection, key));
        replies
    }

    fn forget_damaged(&self, connection: &Connection, key: &ContentHash) {
        self.damaged.fetch_add(1, Ordering::Relaxed);
        connection.execute("DELETE FROM replies WHERE key = ?1", params![key.0]).ok();
    }

    /// How many damaged replies were deleted since the store was opened.
    pub fn damaged_replies(&self) -> usize {
        self.damaged.load(Ordering::Relaxed)
    }

    /// How many replies are kept.
    pub fn reply_count(&self) -> usize {
        let count = self.connection().query_row("SELECT count(*) FROM replies", [], |row| row.get::<_, i64>(0));
        count.map_or(0, |count| usize::try_from(count).unwrap_or(0))
    }

    /// Keeps a reply. `now` is in seconds since 1970. On the disk when this returns.
    ///
    /// # Errors
    /// A full disk and the like; the run goes on, and asks again next time.
    pub fn keep_reply(&self, key: &ContentHash, value: &[u8], now: i64) -> Result<(), Problem> {
        self.keep_replies(&[(*key, value.to_vec())], now)
    }

    /// Keeps several replies, all or none.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    pub fn keep_replies(&self, replies: &[(ContentHash, Vec<u8>)], now: i64) -> Result<(), Problem> {
        self.write("replies of the model", |transaction| {
            let sql = "INSERT OR REPLACE INTO replies (key, value, checksum, created) VALUES (?1, ?2, ?3, ?4)";
            let mut statement = transaction.prepare_cached(sql)?;
            replies.iter().try_for_each(|(key, value)| statement.execute(params![key.0, value, checksum_of(key, value), now]).map(|_| ()))
        })
    }

    /// Deletes replies that were kept before a time, in seconds since 1970. Gives how many.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    pub fn forget_replies_before(&self, time: i64) -> Result<usize, Problem> {
        let mut deleted = 0;
        self.write("deletions", |transaction| {
            deleted = transaction.execute("DELETE FROM replies WHERE created < ?1", params![time])?;
            Ok(())
        })?;
        Ok(deleted)
    }

    /// The hash of a file's content, if it still looks as it did when it was hashed.
    pub fn fingerprint(&self, path: &SourcePath, look: &FileLook) -> Option<ContentHash> {
        let sql = "SELECT hash FROM fingerprints WHERE path = ?1 AND dev = ?2 AND ino = ?3 AND size = ?4 AND mtime_ns = ?5";
        let connection = self.connection();
        let mut statement = connection.prepare_cached(sql).ok()?;
        let look = (look.dev.cast_signed(), look.ino.cast_signed(), look.size_bytes.cast_signed(), look.mtime_ns);
        statement.query_row(params![path.as_str(), look.0, look.1, look.2, look.3], |row| row.get(0)).ok().map(ContentHash)
    }

    /// Keeps the hashes of files together with how they look.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    pub fn keep_fingerprints(&self, files: &[(SourcePath, FileLook, ContentHash)]) -> Result<(), Problem> {
        self.write("hashes of files", |transaction| {
            let sql = "INSERT OR REPLACE INTO fingerprints (path, dev, ino, size, mtime_ns, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let mut statement = transaction.prepare_cached(sql)?;
            files.iter().try_for_each(|(path, look, hash)| {
                let (dev, ino, size) = (look.dev.cast_signed(), look.ino.cast_signed(), look.size_bytes.cast_signed());
                statement.execute(params![path.as_str(), dev, ino, size, look.mtime_ns, hash.0]).map(|_| ())
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
        for (key, size) in kept.unwrap_or_default() {
            match room.checked_sub(size.cast_unsigned()) {
                Some(left) => room = left,
                None => over.push(key),
            }
        }
        over
    }

    /// The hash of what we last wrote into a report.
    pub fn report_hash(&self, path: &SourcePath) -> Option<ContentHash> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT hash FROM reports WHERE path = ?1").ok()?;
        statement.query_row(params![path.as_str()], |row| row.get(0)).ok().map(ContentHash)
    }

    /// Keeps the hash of what we wrote into a report.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    pub fn keep_report_hash(&self, path: &SourcePath, hash: &ContentHash) -> Result<(), Problem> {
        self.write("hashes of reports", |transaction| {
            transaction.execute("INSERT OR REPLACE INTO reports (path, hash) VALUES (?1, ?2)", params![path.as_str(), hash.0]).map(|_| ())
        })
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

impl Drop for Store {
    fn drop(&mut self) {
        // The last program to close the database folds its log into it; that needs no word from us.
        if let Some(mark) = &self.open_mark {
            std::fs::remove_file(&mark.path).ok();
        }
    }
}

/// Bound to the key as well, so that a value cannot turn up under another one.
fn checksum_of(key: &ContentHash, value: &[u8]) -> [u8; 32] {
    ContentHash::of_parts([key.0.as_slice(), value]).0
}

/// Why a database cannot be used.
enum Unusable {
    Damaged(String),
    Unreachable(String),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Unusable {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Unusable::Damaged(plain_words(&error)),
            _ => Unusable::Unreachable(plain_words(&error)),
        }
    }
}

fn open_checked(path: &Path, ended_badly: bool) -> Result<Connection, Unusable> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // A reply costs seconds of the model, a synchronous write a fifth of a millisecond.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON;",
    )?;
    if ended_badly {
        let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if said != "ok" {
            return Err(Unusable::Damaged("it does not pass its own check".to_string()));
        }
    }
    let version = |connection: &Connection| connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    match version(&connection)? {
        SCHEMA_VERSION => {}
        0 | OLDEST_KEPT..SCHEMA_VERSION => {
            // Two programs may begin or complete the same database: the second finds it done.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            transaction.commit()?;
        }
        other => return Err(Unusable::Damaged(format!("it was written by another version of copydesk (form {other})"))),
    }
    // Cheap, and finds a database whose tables are not ours.
    connection
        .query_row("SELECT count(*) FROM (SELECT 1 FROM replies, fingerprints, prefixes, reports, past_runs, findings, events, report_point, told, chapter_words LIMIT 1)", [], |_| Ok(()))
        .map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::Unknown) => Unusable::Damaged("its tables are not ours".to_string()),
            _ => Unusable::from(error),
        })?;
    Ok(connection)
}

/// A file that says "open" for as long as its process holds its lock; left without one, it says that the process did not end well.
#[derive(Debug)]
struct OpenMark {
    path: PathBuf,
    _locked: std::fs::File,
}

/// Leaves a mark of this process, removes those of processes that are no more, and tells whether there were any.
fn mark_open(state: &Path) -> (Option<OpenMark>, bool) {
    let folder = state.join(OPEN_FOLDER);
    std::fs::create_dir(&folder).ok();
    let Ok(entries) = std::fs::read_dir(&folder) else { return (None, true) };
    let is_left_behind = |path: &PathBuf| std::fs::File::open(path).is_ok_and(|file| file.try_lock().is_ok());
    let left_behind: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_left_behind).collect();
    left_behind.iter().for_each(|path| {
        std::fs::remove_file(path).ok();
    });
    let mark = (0..1000).find_map(|number| {
        let path = folder.join(format!("{}-{number}", std::process::id()));
        let file = std::fs::File::create_new(&path).ok()?;
        file.try_lock().ok()?;
        Some(OpenMark { path, _locked: file })
    });
    (mark, !left_behind.is_empty())
}

/// Renames a database and its log out of the way, `NAME.corrupt-1`. Gives the new name.
fn put_aside(path: &Path) -> std::io::Result<String> {
    let with_end = |end: &str| {
        let mut name = path.as_os_str().to_os_string();
        name.push(end);
        PathBuf::from(name)
    };
    let number = (1..10_000).find(|number| !with_end(&format!(".corrupt-{number}")).exists()).unwrap_or(10_000);
    let new_path = with_end(&format!(".corrupt-{number}"));
    std::fs::rename(path, &new_path)?;
    for end in ["-wal", "-shm"] {
        // Without its log the new database would read the old one's.
        std::fs::rename(with_end(end), with_end(&format!(".corrupt-{number}{end}"))).ok();
    }
    Ok(new_path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}

fn damaged_problem(reason: &str, name: &str) -> Problem {
    let message = format!("the memory of earlier runs could not be used: {reason}; a new one was begun");
    Problem::new(ProblemKind::Note, message).advice(format!("nothing of the manuscript was lost; the old one was kept as {name}"))
}

fn in_memory_problem(reason: &str) -> Problem {
    let message = format!("this run's replies will not be remembered: {reason}");
    Problem::new(ProblemKind::Note, message).advice("choose another state folder with --state")
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
        _ => return format!("the database says: {error}"),
    };
    words.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!((store.forget_replies_before(20).unwrap(), store.reply_count()), (0, 2));
        assert_eq!((store.forget_replies_before(21).unwrap(), store.reply_count()), (2, 0));
    }

    #[test]
    fn hashes_are_kept() {
        let store = Store::in_memory();
        let (path, look) = (SourcePath::new("ch.md"), FileLook { dev: 1, ino: u64::MAX, size_bytes: 3, mtime_ns: -4 });
        store.keep_fingerprints(&[(path.clone(), look, key(1))]).unwrap();
        assert_eq!(store.fingerprint(&path, &look), Some(key(1)));
        assert_eq!(store.fingerprint(&path, &FileLook { mtime_ns: -5, ..look }), None);
        store.keep_report_hash(&path, &key(2)).unwrap();
        assert_eq!((store.report_hash(&path), store.report_hash(&SourcePath::new("x"))), (Some(key(2)), None));
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
    fn a_file_that_is_no_database_is_put_aside_and_told() {
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
    fn damage_inside_is_found_after_a_crash() {
        let state = tempfile::tempdir().unwrap();
        let store = opened(state.path());
        let replies: Vec<(ContentHash, Vec<u8>)> = (0..2000).map(|number| (key(number), vec![7; 200])).collect();
        store.keep_replies(&replies, 0).unwrap();
        drop(store);
        let path = state.path().join(FILE);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8192].fill(0xaa);
        std::fs::write(&path, bytes).unwrap();
        std::fs::create_dir_all(state.path().join(OPEN_FOLDER)).unwrap();
        std::fs::write(state.path().join(OPEN_FOLDER).join("1-0"), "").unwrap();
        let (store, problems) = Store::open(state.path());
        assert!(problems[0].message.contains("own check") || problems[0].message.contains("damaged"), "{problems:?}");
        assert_eq!(store.reply_count(), 0);
    }

    #[test]
    fn another_form_or_other_tables_are_put_aside() {
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
        let older = "DROP TABLE past_runs; DROP TABLE findings; DROP TABLE events; DROP TABLE report_point; DROP TABLE told; DROP TABLE chapter_words; PRAGMA user_version = 2;
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
