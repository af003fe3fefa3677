//! The tables of the history, and the checksum that each of their records carries.
//!
//! Invariant: a record is believed only when its checksum agrees. The checksum is over the table's name and every value, so that a record can
//! neither change nor turn up as another one; it is the same in the database and in the copy beside it.

use crate::text::ContentHash;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Params, Row, params_from_iter};

/// One table of the history: its columns without the last, which is the checksum.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [&'static str],
    /// How many of the columns, from the first, tell one record from another.
    pub key_columns: usize,
}

pub const PAST_RUNS: Table = Table { name: "past_runs", columns: &["number", "started", "coverage"], key_columns: 1 };
pub const FINDINGS: Table = Table { name: "findings", columns: &["id", "record"], key_columns: 1 };
pub const EVENTS: Table = Table { name: "events", columns: &["run", "id", "was"], key_columns: 2 };
pub const REPORT_POINT: Table = Table { name: "report_point", columns: &["only", "base", "last"], key_columns: 1 };
pub const NOTE_HISTORY: Table = Table { name: "told", columns: &["script", "place", "heading", "record"], key_columns: 3 };

/// Of no use but to the next comparison, as the one after: when they are lost, the present text is what later edits are compared with.
pub const CHAPTER_WORDS: Table = Table { name: "chapter_words", columns: &["path", "words"], key_columns: 1 };
pub const TEXTS: Table = Table { name: "texts", columns: &["path", "hash", "text"], key_columns: 1 };
pub const STYLE_SHEET: Table = Table { name: "style_sheet", columns: &["only", "sheet"], key_columns: 1 };

/// All that cannot be made again.
pub const HISTORY: [&Table; 5] = [&PAST_RUNS, &FINDINGS, &EVENTS, &REPORT_POINT, &NOTE_HISTORY];

/// How a reading went. What was read until an error is still true.
#[derive(Debug, Default)]
pub struct Reading {
    /// Records whose checksum did not agree.
    pub damaged: usize,
    /// Records that agree with their checksum and have another form than this version writes.
    pub foreign: usize,
    pub error: Option<rusqlite::Error>,
}

impl Reading {
    /// Whether every record was there and was understood.
    pub fn is_whole(&self) -> bool {
        self.damaged == 0 && self.foreign == 0 && self.error.is_none()
    }
}

impl Table {
    /// The table of this name.
    pub fn named(name: &str) -> Option<&'static Table> {
        HISTORY.into_iter().find(|table| table.name == name)
    }

    /// The columns that tell one record from another, as SQL lists them, each with `order` behind it.
    pub fn key(&self, order: &str) -> String {
        self.columns[..self.key_columns].iter().map(|column| format!("{column}{order}")).collect::<Vec<_>>().join(", ")
    }

    /// Reads records and believes those whose checksum agrees. `rest` is what follows the table's name in SQL; `take` gives whether it
    /// understood the record.
    pub fn read(
        &self,
        connection: &Connection,
        rest: &str,
        parameters: impl Params,
        mut take: impl FnMut(&Row) -> rusqlite::Result<bool>,
    ) -> Reading {
        let mut reading = Reading::default();
        let sql = format!("SELECT {}, checksum FROM {} {rest}", self.columns.join(", "), self.name);
        let result = connection.prepare_cached(&sql).and_then(|mut statement| {
            let mut rows = statement.query(parameters)?;
            while let Some(row) = rows.next()? {
                if !self.is_sound(row)? {
                    reading.damaged += 1;
                } else if !take(row)? {
                    reading.foreign += 1;
                }
            }
            Ok(())
        });
        reading.error = result.err();
        reading
    }

    fn is_sound(&self, row: &Row) -> rusqlite::Result<bool> {
        let values = (0..self.columns.len()).map(|column| row.get_ref(column)).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(row.get_ref(self.columns.len())? == ValueRef::Blob(&checksum(self.name, &values)))
    }

    /// The values of a record, without its checksum.
    pub fn values(&self, row: &Row) -> rusqlite::Result<Vec<Value>> {
        (0..self.columns.len()).map(|column| row.get(column)).collect()
    }

    /// Keeps a record, in the place of one with the same key.
    pub fn keep(&self, connection: &Connection, values: &[Value]) -> rusqlite::Result<()> {
        let places = (1..=values.len() + 1).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", ");
        let sql = format!("INSERT OR REPLACE INTO {} ({}, checksum) VALUES ({places})", self.name, self.columns.join(", "));
        let sum = Value::Blob(checksum_of_values(self.name, values).to_vec());
        connection.prepare_cached(&sql)?.execute(params_from_iter(values.iter().chain([&sum]))).map(|_| ())
    }
}

/// The checksum of a record of a table.
pub fn checksum_of_values(table: &str, values: &[Value]) -> [u8; 32] {
    checksum(table, &values.iter().map(ValueRef::from).collect::<Vec<_>>())
}

fn checksum(table: &str, values: &[ValueRef]) -> [u8; 32] {
    let bytes: Vec<Vec<u8>> = values.iter().map(bytes_of).collect();
    ContentHash::of_parts(std::iter::once(table.as_bytes()).chain(bytes.iter().map(Vec::as_slice))).0
}

/// A value with its kind before it: the number 1 is not the text of one byte 1.
fn bytes_of(value: &ValueRef) -> Vec<u8> {
    let (kind, bytes) = match value {
        ValueRef::Null => (0, Vec::new()),
        ValueRef::Integer(number) => (1, number.to_le_bytes().to_vec()),
        ValueRef::Real(number) => (2, number.to_le_bytes().to_vec()),
        ValueRef::Text(bytes) => (3, bytes.to_vec()),
        ValueRef::Blob(bytes) => (4, bytes.to_vec()),
    };
    [vec![kind], bytes].concat()
}
