//! Opens the database: checked each time, set aside when it is damaged, and filled again with what can be regained.
//!
//! A database is damaged by the disk, by a program that copies or "cleans" files, by a cut of the power on a disk that lies about what it has
//! written; none of these leaves a sign, so it is checked at every start and not only after a crash. There is one remedy for every kind of
//! damage: a new database, filled with every record that still agrees with its checksum in the old one, and with the copy of the history
//! that stands beside it ([`super::copy`]). Nothing is mended in place, where a second fault could take what the first one left.

use super::tables::{HISTORY, PAST_RUNS, Table};
use super::{SCHEMA, SCHEMA_VERSION, checksum_of, copy, counted, plain_words};
use crate::text::{ContentHash, Problem, ProblemKind};
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The name of the database in the state folder.
pub const FILE: &str = "copydesk.sqlite";

/// The folder of marks beside the database, one for each program that has it open.
pub const OPEN_FOLDER: &str = "open";

/// Locked by a program while it opens the database, so that no two of them set it aside.
const OPENING: &str = "opening";

/// The oldest form that only lacks tables and checksums.
const OLDEST_KEPT: i64 = 2;

/// How long one program waits for another that writes: a write takes under a millisecond, a busy disk a few seconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a program looks whether the one before it has opened the database.
const OPENING_POLL: Duration = Duration::from_millis(10);

/// A database, or why there is none.
pub struct Opened {
    /// Nothing when it must be kept in memory.
    pub connection: Option<(Connection, Option<OpenMark>)>,
    pub problems: Vec<Problem>,
}

/// Opens the database of a state folder.
pub fn open(state: &Path) -> Opened {
    let path = state.join(FILE);
    let _turn = own_turn(state);
    let (mark, has_others) = mark_open(state);
    let unusable = |reason: &str| Opened { connection: None, problems: vec![in_memory_problem(reason)] };
    let opened = match open_checked(&path, has_others) {
        // One reading that failed is no damage: a second look decides.
        Err(Unusable::Damaged(_)) => open_checked(&path, has_others),
        other => other,
    };
    let reason = match opened {
        Ok(mut connection) => {
            let problems = catch_up(&mut connection, state).into_iter().collect();
            return Opened { connection: Some((connection, mark)), problems };
        }
        Err(Unusable::Unreachable(reason)) => return unusable(&reason),
        // It would go on writing into the file that was set aside.
        Err(Unusable::Damaged(reason)) if has_others => {
            return unusable(&format!("{reason}, and another copydesk has it open; end that one and run again, then a new one is begun"));
        }
        Err(Unusable::Damaged(reason)) => reason,
    };
    let saved = Saved::from(&path, state);
    let name = match put_aside(&path) {
        Ok(name) => name,
        Err(error) => return unusable(&format!("it is damaged and cannot be set aside: {error}")),
    };
    let filled = open_checked(&path, false).and_then(|mut connection| Ok((saved.fill(&mut connection)?, connection)));
    match filled {
        Ok((regained, connection)) => {
            Opened { connection: Some((connection, mark)), problems: vec![damaged_problem(&reason, &name, &regained)] }
        }
        Err(_) => unusable(&format!("it is damaged ({reason}), was set aside as {name}, and no new one can be begun")),
    }
}

/// Waits for its turn to open, a while.
fn own_turn(state: &Path) -> Option<File> {
    let file = File::options().create(true).truncate(false).read(true).write(true).open(state.join(OPENING)).ok()?;
    for _ in 0..BUSY_TIMEOUT.as_millis() / OPENING_POLL.as_millis() {
        match file.try_lock() {
            Ok(()) => return Some(file),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(OPENING_POLL),
            Err(std::fs::TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Why a database cannot be used.
enum Unusable {
    /// It is to be set aside: damaged, or another version's.
    Damaged(String),
    Unreachable(String),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Unusable {
        use ErrorCode as Code;
        let words = plain_words(&error);
        match error.sqlite_error_code() {
            // What is wrong lies around the file, and may be right the next time.
            Some(
                Code::CannotOpen
                | Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::ReadOnly
                | Code::PermissionDenied
                | Code::DiskFull
                | Code::SystemIoFailure
                | Code::OutOfMemory
                | Code::FileLockingProtocolFailed
                | Code::NoLargeFileSupport
                | Code::AuthorizationForStatementDenied
                | Code::OperationInterrupted,
            ) => Unusable::Unreachable(words),
            // A name of a table or a column, too, can be changed by one byte.
            _ => Unusable::Damaged(words),
        }
    }
}

fn open_checked(path: &Path, has_others: bool) -> Result<Connection, Unusable> {
    let mut connection = connect(path)?;
    // A reply costs seconds of the model, a synchronous write a fifth of a millisecond.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON;",
    )?;
    // A hundred thousand replies take a twentieth of a second.
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(Unusable::Damaged("it does not pass its own check".to_string()));
    }
    match connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? {
        SCHEMA_VERSION => {}
        OLDEST_KEPT..SCHEMA_VERSION if has_others => {
            return Err(Unusable::Unreachable("an older copydesk has it open; end that one first".to_string()));
        }
        version @ (0 | OLDEST_KEPT..SCHEMA_VERSION) => {
            // Two programs may begin or complete the same database: the second finds it done.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if version != 0 && !has_column(&transaction, "fingerprints", "checksum")? {
                // Files are hashed again in a few seconds.
                transaction.execute_batch("DROP TABLE IF EXISTS fingerprints")?;
            }
            transaction.execute_batch(SCHEMA)?;
            HISTORY.iter().filter(|_| version != 0).try_for_each(|table| add_checksums(&transaction, table))?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            transaction.commit()?;
        }
        other => return Err(Unusable::Damaged(format!("it was written by another version of copydesk (form {other})"))),
    }
    // Cheap, and finds a database whose tables are not ours.
    connection.query_row(
        "SELECT count(*) FROM (SELECT 1 FROM replies, reply_uses, fingerprints, prefixes, texts, chapter_words, style_sheet LIMIT 1)",
        [],
        |_| Ok(()),
    )?;
    for table in HISTORY {
        let reading = table.read(&connection, "", [], |_| Ok(true));
        if let Some(error) = reading.error {
            return Err(error.into());
        }
        if reading.damaged > 0 {
            return Err(Unusable::Damaged(format!("{} of its history changed on the disk", counted(reading.damaged, "record", "records"))));
        }
    }
    Ok(connection)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

fn has_column(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2)";
    connection.query_row(sql, [table, column], |row| row.get(0))
}

/// Gives the records of an older form their checksums.
fn add_checksums(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    if has_column(connection, table.name, "checksum")? {
        return Ok(());
    }
    connection.execute_batch(&format!("ALTER TABLE {} ADD COLUMN checksum BLOB NOT NULL DEFAULT x''", table.name))?;
    let records: Vec<Vec<Value>> = {
        let mut statement = connection.prepare(&format!("SELECT {} FROM {}", table.columns.join(", "), table.name))?;
        statement.query_map([], |row| table.values(row))?.collect::<rusqlite::Result<_>>()?
    };
    records.iter().try_for_each(|values| table.keep(connection, values))
}

/// Fills in what the copy of the history knows and the database does not: a database that is gone, or one whose log lost its end.
fn catch_up(connection: &mut Connection, state: &Path) -> Option<Problem> {
    // The copy is looked at first: another program may keep a run and copy it at this moment.
    let copied = copy::last_run_copied(state, SCHEMA_VERSION);
    let known = copy::last_run(connection).ok()?;
    if copied.is_some_and(|copied| copied <= known) {
        return None;
    }
    let copied = copy::read(state, SCHEMA_VERSION)?;
    let known = copy::last_run(connection).ok().filter(|known| *known < copied.last_run)?;
    let records = copied.records.len();
    let saved = Saved { is_cut: true, copied: Some(copied), ..Saved::default() };
    let what = if known == 0 { "the memory of earlier runs was gone" } else { "the memory of earlier runs had lost the last of them" };
    let (message, advice) = match saved.fill(connection) {
        Ok(regained) => {
            (format!("{what}; {}", regained.history_words()), "replies of the model that are not remembered are asked for again")
        }
        Err(error) => {
            let words = plain_words(&error);
            (
                format!("{what}, and {} could not be filled in from {}: {words}", counted(records, "record", "records"), copy::FILE),
                "run again",
            )
        }
    };
    Some(Problem::new(ProblemKind::Note, message).advice(advice))
}

/// What could be read of a damaged database and of the copy beside it.
#[derive(Default)]
struct Saved {
    replies: HashMap<ContentHash, (Vec<u8>, i64)>,
    records: Vec<(&'static Table, Vec<Value>)>,
    /// Whether the history in the database could not be read to its end.
    is_cut: bool,
    copied: Option<copy::Copied>,
}

/// What is in the new database.
struct Regained {
    replies: usize,
    records: usize,
    is_whole: bool,
}

impl Saved {
    fn from(path: &Path, state: &Path) -> Saved {
        let mut saved = Saved { is_cut: true, copied: copy::read(state, SCHEMA_VERSION), ..Saved::default() };
        if let Ok(connection) = connect(path) {
            saved.read_replies(&connection);
            saved.read_history(&connection);
        }
        saved
    }

    /// From both ends, because a reading ends where the damage begins.
    fn read_replies(&mut self, connection: &Connection) {
        for order in ["", " DESC"] {
            let sql = format!("SELECT key, value, checksum, created FROM replies ORDER BY key{order}");
            let result = connection.prepare(&sql).and_then(|mut statement| {
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let (Ok(key), Ok(value), Ok(created)) = (row.get(0), row.get::<_, Vec<u8>>(1), row.get(3)) else { continue };
                    let key = ContentHash(key);
                    if row.get_ref(2)?.as_blob() == Ok(&checksum_of(&key, &value)) {
                        self.replies.insert(key, (value, created));
                    }
                }
                Ok(())
            });
            if result.is_ok() {
                break;
            }
        }
    }

    fn read_history(&mut self, connection: &Connection) {
        self.is_cut = false;
        for table in HISTORY {
            for order in ["", " DESC"] {
                let rest = format!("ORDER BY {}", table.key(order));
                let reading = table.read(connection, &rest, [], |row| {
                    self.records.push((table, table.values(row)?));
                    Ok(true)
                });
                self.is_cut |= !reading.is_whole();
                if reading.error.is_none() {
                    break;
                }
            }
        }
    }

    fn last_run(&self) -> i64 {
        let number = |(table, values): &(&Table, Vec<Value>)| match values.first() {
            Some(Value::Integer(number)) if table.name == PAST_RUNS.name => Some(*number),
            _ => None,
        };
        self.records.iter().filter_map(number).max().unwrap_or(0)
    }

    /// Puts everything into a database, all or nothing. Of two records of the same key that of the later run stays.
    fn fill(&self, connection: &mut Connection) -> rusqlite::Result<Regained> {
        let copied = self.copied.as_ref();
        let of_copy = copied.map(|copied| copied.records.as_slice()).unwrap_or_default();
        let is_copy_later = copied.is_some_and(|copied| copied.last_run > self.last_run());
        let (older, later) = if is_copy_later { (self.records.as_slice(), of_copy) } else { (of_copy, self.records.as_slice()) };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut keys = HashSet::new();
        for (table, values) in older.iter().chain(later) {
            table.keep(&transaction, values)?;
            keys.insert(format!("{} {:?}", table.name, &values[..table.key_columns]));
        }
        for (key, (value, created)) in &self.replies {
            let sql = "INSERT OR REPLACE INTO replies (key, value, checksum, created) VALUES (?1, ?2, ?3, ?4)";
            transaction.prepare_cached(sql)?.execute((key.0, value, checksum_of(key, value), created))?;
        }
        transaction.commit()?;
        let is_copy_whole = copied.is_some_and(|copied| copied.lost == 0 && copied.last_run >= self.last_run());
        Ok(Regained { replies: self.replies.len(), records: keys.len(), is_whole: is_copy_whole || !self.is_cut })
    }
}

impl Regained {
    fn history_words(&self) -> String {
        match (self.records, self.is_whole) {
            (0, false) => "nothing of the history of findings could be regained, so all findings are new".to_string(),
            (0, true) => "there was no history of findings yet".to_string(),
            (records, true) => format!("the history of findings was regained, {}", counted(records, "record", "records")),
            (records, false) => {
                format!(
                    "of the history of findings {} could be regained and others not, so some findings are new",
                    counted(records, "record", "records")
                )
            }
        }
    }
}

/// A file that says "open" for as long as its process holds its lock.
#[derive(Debug)]
pub struct OpenMark {
    path: PathBuf,
    _locked: File,
}

impl Drop for OpenMark {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

/// Leaves a mark of this process, removes those of processes that are no more, and tells whether others have the database open.
fn mark_open(state: &Path) -> (Option<OpenMark>, bool) {
    let folder = state.join(OPEN_FOLDER);
    std::fs::create_dir(&folder).ok();
    let Ok(entries) = std::fs::read_dir(&folder) else { return (None, true) };
    let is_left_behind = |path: &PathBuf| File::open(path).is_ok_and(|file| file.try_lock().is_ok());
    let (left_behind, others): (Vec<PathBuf>, Vec<PathBuf>) = entries.flatten().map(|entry| entry.path()).partition(is_left_behind);
    left_behind.iter().for_each(|path| {
        std::fs::remove_file(path).ok();
    });
    let mark = (0..1000).find_map(|number| {
        let path = folder.join(format!("{}-{number}", std::process::id()));
        let file = File::create_new(&path).ok()?;
        file.try_lock().ok()?;
        Some(OpenMark { path, _locked: file })
    });
    (mark, !others.is_empty())
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

fn damaged_problem(reason: &str, name: &str, regained: &Regained) -> Problem {
    let replies = match regained.replies {
        0 => "no remembered reply could be regained, so the model is asked again".to_string(),
        replies => format!("{} regained", counted(replies, "remembered reply was", "remembered replies were")),
    };
    let message =
        format!("the memory of earlier runs could not be used ({reason}), so a new one was begun: {replies}; {}", regained.history_words());
    let advice = format!(
        "your chapters and dismissals are not in it and are as they were; the old one was set aside as {name} and can be deleted; if this happens twice, check the disk"
    );
    Problem::new(ProblemKind::Note, message).advice(advice)
}

fn in_memory_problem(reason: &str) -> Problem {
    let message = format!("this run's replies and findings will not be remembered: {reason}");
    Problem::new(ProblemKind::Note, message).advice("choose another state folder with --state")
}

#[cfg(test)]
mod tests;
