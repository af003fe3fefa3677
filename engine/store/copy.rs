//! The copy of the history: a file of lines beside the database, written anew after each run, from which a new database is filled.
//!
//! The history is all that could not be made again, and it is small; replies are many and can be asked for again. So the copy holds the
//! history alone, as text: what is left of a damaged text file can be read line by line, where a damaged database may not open at all.
//! Every line carries the checksum that its record has in the database, and the first line tells how many there must be.

use super::tables::{self, EVENTS, HISTORY, PAST_RUNS, Reading, Table};
use rusqlite::Connection;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// The name of the copy in the state folder.
pub const FILE: &str = "history.jsonl";

/// The name it has until it is whole.
const UNFINISHED: &str = "history.jsonl.new";

/// The first line, written as a record of a table that is not there.
const HEAD: &str = "copydesk history";

/// Runs that the copy goes back to. A save is a run too, so all of them would be too much to write after each; `--since` a day before them
/// is answered as for the oldest.
const RUNS_COPIED: i64 = 1_000;

/// One record: its table, the values of its columns, and its checksum in hexadecimal digits.
#[derive(Serialize, Deserialize)]
struct Line {
    table: String,
    values: Vec<Cell>,
    sum: String,
}

/// One value as text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Cell {
    Number(i64),
    Text(String),
    /// Bytes, two hexadecimal digits each.
    Bytes {
        hex: String,
    },
    None(()),
}

/// What a copy says.
#[derive(Debug, Default)]
pub struct Copied {
    /// The last run it knows of; 0 for none.
    pub last_run: i64,
    pub records: Vec<(&'static Table, Vec<Value>)>,
    /// Lines that should be there and are not, or whose checksum does not agree.
    pub lost: usize,
}

/// Writes the copy of what the database holds, whole or not at all. Nothing is written when the database could not be read in full: an older
/// copy that is whole is worth more.
///
/// # Errors
/// The disk's, or what was wrong with the database.
pub fn write(connection: &Connection, folder: &Path, form: i64) -> Result<(), Unwritten> {
    let last_run = last_run(connection).map_err(Unwritten::Database)?;
    let mut lines = Vec::new();
    for table in HISTORY {
        let oldest = match table.name {
            name if name == PAST_RUNS.name => format!("WHERE number > {}", last_run - RUNS_COPIED),
            name if name == EVENTS.name => format!("WHERE run > {}", last_run - RUNS_COPIED),
            _ => String::new(),
        };
        let rest = format!("{oldest} ORDER BY {}", table.key(""));
        let reading = table.read(connection, &rest, [], |row| {
            lines.push(line(table.name, table.values(row)?));
            Ok(true)
        });
        if !reading.is_whole() {
            return Err(Unwritten::Damaged(reading));
        }
    }
    let head = [form, last_run, lines.len().try_into().unwrap_or(i64::MAX)].map(Value::Integer).to_vec();
    let text: String = std::iter::once(line(HEAD, head)).chain(lines).collect();
    put(folder, text.as_bytes()).map_err(Unwritten::Disk)
}

/// Why there is no new copy.
pub enum Unwritten {
    Database(rusqlite::Error),
    /// It could not be read in full.
    Damaged(Reading),
    Disk(io::Error),
}

/// The number of the last run that a database knows of; 0 for none.
///
/// # Errors
/// The database's own.
pub fn last_run(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(number), 0) FROM past_runs", [], |row| row.get(0))
}

fn line(table: &str, values: Vec<Value>) -> String {
    let sum = hex(&tables::checksum_of_values(table, &values));
    let values = values.into_iter().map(Cell::from).collect();
    serde_json::to_string(&Line { table: table.to_string(), values, sum }).unwrap_or_default() + "\n"
}

/// A new file under another name, on the disk before it gets its own: a sealed keeper cannot open one that is there.
fn put(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = folder.join(UNFINISHED);
    // Of a program that was killed here.
    std::fs::remove_file(&unfinished).ok();
    let written = || -> io::Result<()> {
        let mut file = File::create_new(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, folder.join(FILE))
    };
    written().inspect_err(|_| {
        std::fs::remove_file(&unfinished).ok();
    })?;
    // Systems that cannot do it to a folder keep names by themselves.
    File::open(folder).and_then(|folder| folder.sync_all()).ok();
    Ok(())
}

/// Reads the copy of a state folder; nothing when there is none, or when it was written in another form.
pub fn read(folder: &Path, form: i64) -> Option<Copied> {
    let bytes = std::fs::read(folder.join(FILE)).ok()?;
    let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let (mut copied, mut expected) = (Copied::default(), None);
    if let Some((_, values)) = lines.next().and_then(|line| parsed(line, HEAD))
        && let [Value::Integer(written_form), Value::Integer(last_run), Value::Integer(count)] = values[..]
    {
        if written_form != form {
            return None;
        }
        copied.last_run = last_run;
        expected = usize::try_from(count).ok();
    } else {
        copied.lost += 1;
    }
    let mut unread = 0;
    for line in lines {
        match parsed(line, "").and_then(|(name, values)| Some((Table::named(&name)?, values))) {
            Some((table, values)) if values.len() == table.columns.len() => copied.records.push((table, values)),
            _ => unread += 1,
        }
    }
    copied.lost += expected.map_or(unread, |expected| expected.saturating_sub(copied.records.len()));
    // Without its head the runs themselves tell.
    let of_run = |(table, values): &(&Table, Vec<Value>)| match values.first() {
        Some(Value::Integer(number)) if table.name == PAST_RUNS.name => Some(*number),
        _ => None,
    };
    copied.last_run = copied.last_run.max(copied.records.iter().filter_map(of_run).max().unwrap_or(0));
    Some(copied)
}

/// The last run a copy tells of in its first line, without reading the rest; nothing when that line is damaged or there is no copy.
pub fn last_run_copied(folder: &Path, form: i64) -> Option<i64> {
    let mut first = Vec::new();
    io::BufRead::read_until(&mut io::BufReader::new(File::open(folder.join(FILE)).ok()?), b'\n', &mut first).ok()?;
    match parsed(&first, HEAD)?.1[..] {
        [Value::Integer(written_form), Value::Integer(last_run), _] if written_form == form => Some(last_run),
        _ => None,
    }
}

/// The table and the values of a line whose checksum agrees; `only` is the one table it may be of, or empty.
fn parsed(line: &[u8], only: &str) -> Option<(String, Vec<Value>)> {
    let line: Line = serde_json::from_slice(line).ok()?;
    let values = line.values.into_iter().map(Value::try_from).collect::<Result<Vec<_>, ()>>().ok()?;
    let is_sound = line.sum == hex(&tables::checksum_of_values(&line.table, &values));
    (is_sound && (only.is_empty() || only == line.table)).then_some((line.table, values))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl From<Value> for Cell {
    fn from(value: Value) -> Cell {
        match value {
            Value::Integer(number) => Cell::Number(number),
            Value::Text(text) => Cell::Text(text),
            Value::Blob(bytes) => Cell::Bytes { hex: hex(&bytes) },
            // No column of the history is of these kinds.
            Value::Null | Value::Real(_) => Cell::None(()),
        }
    }
}

impl TryFrom<Cell> for Value {
    type Error = ();

    fn try_from(cell: Cell) -> Result<Value, ()> {
        Ok(match cell {
            Cell::Number(number) => Value::Integer(number),
            Cell::Text(text) => Value::Text(text),
            Cell::Bytes { hex } => {
                let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                let pairs = hex.as_bytes().chunks(2).map(pair).collect::<Option<Vec<u8>>>();
                Value::Blob(pairs.filter(|_| hex.len().is_multiple_of(2)).ok_or(())?)
            }
            Cell::None(()) => Value::Null,
        })
    }
}
