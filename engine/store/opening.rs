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
        "SELECT count(*) FROM (SELECT 1 FROM replies, reply_uses, fingerprints, prefixes, texts, chapter_words LIMIT 1)",
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
mod tests {
    use super::super::{Store, Told, copy};
    use super::*;
    use crate::finding::history::{Comparison, Event, History, Record, RecordedQuote, State, Trace};
    use crate::store::{PastRun, ReportPoint, ToldKey, ToldLine};
    use crate::text::SourcePath;
    use std::collections::BTreeMap;

    fn key(number: u64) -> ContentHash {
        ContentHash::of(&number.to_le_bytes())
    }

    fn record(number: usize, state: State) -> Record {
        let quote = RecordedQuote { file: SourcePath::new("01.md"), line: number, column: 2, words: "her green eyes".to_string() };
        Record {
            reason: Some("she lies".to_string()),
            ..Record::example(
                Trace { id: format!("{number:010x}"), rule: "changed-appearance".to_string(), ..Trace::default() },
                &format!("Eyes are brown in scene {number}."),
                vec![quote],
                state,
            )
        }
    }

    /// Everything a store can tell.
    #[derive(Debug, Default, PartialEq)]
    struct Known {
        replies: BTreeMap<[u8; 32], Vec<u8>>,
        history: History,
        runs: Vec<PastRun>,
        states: BTreeMap<String, Option<State>>,
        point: Option<ReportPoint>,
        told: BTreeMap<ToldKey, Told>,
    }

    fn known(store: &Store) -> Known {
        Known {
            replies: store.all_replies().into_iter().map(|(key, value)| (key.0, value)).collect(),
            history: store.history(),
            runs: store.past_runs(),
            states: store.states_after(0),
            point: store.report_point(),
            told: store.told(),
        }
    }

    /// A run that found so many things and kept so many replies.
    fn keep_run(store: &Store, findings: usize, replies: u64) {
        let replies: Vec<_> = (0..replies).map(|number| (key(number), format!("reply {number}").repeat(8).into_bytes())).collect();
        store.keep_replies(&replies, 0).unwrap();
        let before = store.history();
        let state = if before.is_empty() { State::Open } else { State::Dismissed };
        let history: History = (0..findings).map(|number| record(number, state)).map(|record| (record.id().to_string(), record)).collect();
        let was = |id: &str| before.get(id).map(|record| record.state);
        let events = history.values().map(|record| Event { id: record.id().to_string(), was: was(record.id()), is: state }).collect();
        let not_checked = BTreeMap::from([("summaries".to_string(), vec!["no model".to_string()])]);
        store.keep_comparison(&before, &Comparison { history, events }, &not_checked, 1_000).unwrap();
        let line = ToldLine { text: "Mara left.".to_string(), is_model_text: true, line: Some(3) };
        let told = |number: usize| {
            let key = ("summaries".to_string(), format!("{number}.md"), "What happens".to_string());
            (key, Told { by: ContentHash::of(b"m"), text: ContentHash::of(b"t"), lines: vec![line.clone()], before: None })
        };
        store.keep_told(&(0..findings / 4).map(told).collect()).unwrap();
        store.keep_report_point(ReportPoint { base: 0, last: 1 }).unwrap();
        store.copy_history().unwrap();
    }

    /// A state folder after two runs that ended well, and what is known in it.
    fn after_two_runs(findings: usize, replies: u64) -> (tempfile::TempDir, Known) {
        let state = tempfile::tempdir().unwrap();
        let (store, problems) = Store::open(state.path());
        assert_eq!(problems, []);
        keep_run(&store, findings, replies);
        keep_run(&store, findings, replies);
        let known = known(&store);
        assert_eq!((known.history.len(), known.runs.len(), known.states.len(), store.troubles()), (findings, 2, findings, vec![]));
        drop(store);
        assert!(!state.path().join("copydesk.sqlite-wal").exists(), "it ended well");
        (state, known)
    }

    fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = std::fs::read(path).unwrap();
        change(&mut bytes);
        std::fs::write(path, bytes).unwrap();
    }

    #[test]
    fn damage_after_a_good_end_is_found_told_and_mended() {
        let (state, before) = after_two_runs(40, 2_000);
        change(&state.path().join(FILE), |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 8192].fill(0xaa);
        });
        let (store, problems) = Store::open(state.path());
        let [problem] = &problems[..] else { panic!("{problems:?}") };
        assert!(problem.message.contains("own check") || problem.message.contains("damaged"), "{problem}");
        assert!(problem.message.contains("the history of findings was regained"), "{problem}");
        assert!(problem.advice.as_ref().unwrap().contains("copydesk.sqlite.corrupt-1"), "{problem}");
        assert!(state.path().join("copydesk.sqlite.corrupt-1").exists());
        let mut after = known(&store);
        assert!(
            after.replies.len() > 1_000 && after.replies.iter().all(|(key, value)| before.replies[key] == *value),
            "{}",
            after.replies.len()
        );
        after.replies.clone_from(&before.replies);
        assert_eq!(after, before);
        drop(store);
        assert_eq!(Store::open(state.path()).1, [], "and that was all");
    }

    #[test]
    fn a_database_that_is_gone_is_filled_from_the_copy() {
        for ruin in [
            (|path: &Path| std::fs::remove_file(path).unwrap()) as fn(&Path),
            |path| std::fs::write(path, "").unwrap(),
            |path| std::fs::write(path, "Chapter one. ".repeat(1_000)).unwrap(),
            |path| change(path, |bytes| bytes.truncate(5_000)),
            |path| change(path, |bytes| bytes[..100].fill(0)),
        ] {
            let (state, before) = after_two_runs(9, 10);
            ruin(&state.path().join(FILE));
            let (store, problems) = Store::open(state.path());
            assert!(problems.len() == 1 && problems[0].message.contains("the history of findings was regained"), "{problems:?}");
            assert_eq!((known(&store).history, known(&store).told), (before.history, before.told));
            keep_run(&store, 9, 10);
            assert_eq!(store.past_runs().len(), 3, "it goes on from there");
        }
    }

    #[test]
    fn a_damaged_copy_gives_what_is_left_of_it_and_says_so() {
        let (state, before) = after_two_runs(9, 0);
        std::fs::remove_file(state.path().join(FILE)).unwrap();
        change(&state.path().join(copy::FILE), |bytes| {
            let place = bytes.windows(10).position(|window| window == b"0000000003").unwrap();
            bytes[place] = b'1';
        });
        let (store, problems) = Store::open(state.path());
        assert!(problems.len() == 1 && problems[0].message.contains("could be regained and others not"), "{problems:?}");
        let left = store.history();
        assert_eq!(left.len(), 8);
        assert!(left.iter().all(|(id, record)| before.history[id] == *record));
    }

    #[test]
    fn without_a_copy_the_damaged_database_gives_what_it_can() {
        let (state, before) = after_two_runs(400, 0);
        std::fs::remove_file(state.path().join(copy::FILE)).unwrap();
        change(&state.path().join(FILE), |bytes| {
            let place = bytes.windows(16).position(|window| window == b"brown in scene 7").unwrap();
            bytes[place] = b'B';
        });
        let (store, problems) = Store::open(state.path());
        let message = &problems[0].message;
        assert!(message.contains("1 record of its history changed") && message.contains("could be regained and others not"), "{message}");
        let left = store.history();
        assert!(left.len() == 399 && left.iter().all(|(id, record)| before.history[id] == *record), "{}", left.len());
    }

    #[test]
    fn a_log_that_lost_its_end_is_caught_up_from_the_copy() {
        let state = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(state.path());
        keep_run(&store, 5, 1);
        let early = std::fs::read(state.path().join("copydesk.sqlite-wal")).unwrap().len();
        keep_run(&store, 6, 1);
        let before = known(&store);
        // As a kill leaves them: the log not yet folded into the database.
        let killed = tempfile::tempdir().unwrap();
        for name in [FILE, "copydesk.sqlite-wal", copy::FILE] {
            std::fs::copy(state.path().join(name), killed.path().join(name)).unwrap();
        }
        change(&killed.path().join("copydesk.sqlite-wal"), |bytes| bytes[early + 100] ^= 1);
        let (store, problems) = Store::open(killed.path());
        assert!(problems.len() == 1 && problems[0].message.contains("had lost the last of them"), "{problems:?}");
        let mut after = known(&store);
        after.replies.clone_from(&before.replies);
        assert_eq!(after, before);
    }

    #[test]
    fn nobody_sets_a_database_aside_that_another_has_open() {
        let (state, _) = after_two_runs(3, 3);
        let (watching, _) = Store::open(state.path());
        change(&state.path().join(FILE), |bytes| bytes[..16].fill(0));
        let (_, problems) = Store::open(state.path());
        assert!(problems[0].message.contains("another copydesk has it open"), "{problems:?}");
        assert!(state.path().join(FILE).exists() && !state.path().join("copydesk.sqlite.corrupt-1").exists());
        drop(watching);
    }

    #[test]
    fn many_may_open_a_damaged_database_at_once() {
        let (state, before) = after_two_runs(3, 3);
        change(&state.path().join(FILE), |bytes| bytes[..16].fill(0));
        let histories: Vec<usize> = std::thread::scope(|threads| {
            let open = || Store::open(state.path()).0.history().len();
            let opening: Vec<_> = (0..6).map(|_| threads.spawn(open)).collect();
            opening.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(histories.iter().all(|count| *count == before.history.len()), "{histories:?}");
        assert!(!state.path().join("copydesk.sqlite.corrupt-2").exists(), "a new one was set aside");
    }

    #[test]
    fn a_history_that_cannot_be_read_is_told_and_not_overwritten() {
        let (state, _) = after_two_runs(3, 3);
        let (store, _) = Store::open(state.path());
        store.connection().execute("UPDATE findings SET record = x'00' WHERE id LIKE '%1'", []).unwrap();
        assert_eq!(store.earlier().unwrap().len(), 2);
        assert!(store.troubles()[0].message.contains("could not be read in full: 1 record has changed"), "{:?}", store.troubles());
        let refused = store.keep_comparison(&store.history(), &Comparison::default(), &BTreeMap::new(), 5);
        assert!(refused.unwrap_err().message.contains("not brought up to date"));
        let copy = std::fs::read(state.path().join(copy::FILE)).unwrap();
        store.copy_history().unwrap();
        assert_eq!(std::fs::read(state.path().join(copy::FILE)).unwrap(), copy, "a whole copy is worth more");
        for table in ["told", "past_runs", "events", "report_point"] {
            let count = store.troubles().len();
            store.connection().execute(&format!("ALTER TABLE {table} RENAME TO gone_{table}"), []).unwrap();
            store.told();
            store.past_runs();
            store.run_before(5);
            store.states_after(0);
            store.report_point();
            assert!(store.troubles().len() > count || count > 1, "{table}: {:?}", store.troubles());
        }
    }

    #[test]
    fn the_form_before_gets_its_checksums() {
        let (state, before) = after_two_runs(3, 3);
        let older = connect(&state.path().join(FILE)).unwrap();
        for table in HISTORY {
            older.execute_batch(&format!("ALTER TABLE {} DROP COLUMN checksum", table.name)).unwrap();
        }
        older
            .execute_batch("ALTER TABLE fingerprints DROP COLUMN checksum; CREATE TABLE reports (path TEXT); PRAGMA user_version = 4")
            .unwrap();
        drop(older);
        let (store, problems) = Store::open(state.path());
        assert_eq!((problems, known(&store)), (vec![], before));
        drop(store);
        assert_eq!(Store::open(state.path()).1, []);
    }

    /// Bytes turned over anywhere in the file are harmless, or told; and nothing that is known afterwards is wrong.
    #[test]
    #[expect(clippy::print_stdout, reason = "the script that counts reads it")]
    fn a_byte_turned_over_anywhere_makes_nothing_wrong() {
        let (state, before) = after_two_runs(60, 150);
        let sound = std::fs::read(state.path().join(FILE)).unwrap();
        let copy = std::fs::read(state.path().join(copy::FILE)).unwrap();
        let places: usize = std::env::var("COPYDESK_FLIPS").ok().and_then(|count| count.parse().ok()).unwrap_or(250);
        let mut dice = 7_u64;
        let mut roll = |below: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(dice >> 33).unwrap() % below
        };
        let mut told = 0;
        for round in 0..places {
            // The first pages hold what everything hangs on, so every fourth flip is there.
            let place = roll(if round % 4 == 0 { 400 } else { sound.len() });
            let turned = u8::try_from(1 + roll(255)).unwrap();
            let state = tempfile::tempdir().unwrap();
            std::fs::write(state.path().join(copy::FILE), &copy).unwrap();
            let mut bytes = sound.clone();
            bytes[place] ^= turned;
            std::fs::write(state.path().join(FILE), bytes).unwrap();
            let (store, problems) = Store::open(state.path());
            let mut after = known(&store);
            let shown = format!("byte {place} ^ {turned:#x}: {problems:?} {:?}", store.troubles());
            assert!(after.replies.iter().all(|(key, value)| before.replies.get(key) == Some(value)), "a wrong reply; {shown}");
            let is_told = !problems.is_empty() || !store.troubles().is_empty();
            told += usize::from(is_told);
            assert!(is_told || after.replies.len() == before.replies.len(), "replies went in silence; {shown}");
            after.replies.clone_from(&before.replies);
            assert!(after == before, "the history is not regained; {shown}");
        }
        println!("{places} bytes turned over: {told} noticed, nothing wrong");
        assert!(told * 4 > places, "only {told} of {places} were noticed");
    }
}
