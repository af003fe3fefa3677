//! The chapters as they were when they were last compared, so that a later run can tell what an edit took away.

use super::Store;
use crate::text::{ContentHash, Problem, SourcePath};
use rusqlite::params;
use std::collections::BTreeMap;

impl Store {
    /// The kept chapters, each with the hash of its text.
    pub fn kept_texts(&self) -> BTreeMap<SourcePath, ContentHash> {
        let connection = self.connection();
        let read = connection.prepare_cached("SELECT path, hash FROM texts").and_then(|mut statement| {
            let rows = statement.query_map([], |row| Ok((SourcePath::new(&row.get::<_, String>(0)?), ContentHash(row.get(1)?))))?;
            rows.collect()
        });
        // A text that cannot be read is one that was never kept: it is kept anew.
        read.unwrap_or_default()
    }

    /// The text of a kept chapter; nothing when it is not what was kept.
    pub fn kept_text(&self, path: &SourcePath) -> Option<String> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT text, hash FROM texts WHERE path = ?1").ok()?;
        let (text, hash): (String, [u8; 32]) = statement.query_row([path.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
        (ContentHash::of(text.as_bytes()).0 == hash).then_some(text)
    }

    /// Keeps chapters in place of what was kept under their paths, and forgets others, all or nothing.
    ///
    /// # Errors
    /// As [`Store::keep_comparison`].
    pub fn keep_texts(&self, keep: &[(&SourcePath, &str)], forget: &[SourcePath]) -> Result<(), Problem> {
        if keep.is_empty() && forget.is_empty() {
            return Ok(());
        }
        self.write("chapters as they are now", |transaction| {
            let mut insert = transaction.prepare_cached("INSERT OR REPLACE INTO texts (path, hash, text) VALUES (?1, ?2, ?3)")?;
            for (path, text) in keep {
                insert.execute(params![path.as_str(), ContentHash::of(text.as_bytes()).0, text])?;
            }
            let mut delete = transaction.prepare_cached("DELETE FROM texts WHERE path = ?1")?;
            forget.iter().try_for_each(|path| delete.execute([path.as_str()]).map(|_| ()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chapters_are_kept_replaced_and_forgotten() {
        let store = Store::in_memory();
        let (one, two) = (SourcePath::new("01.md"), SourcePath::new("02.md"));
        store.keep_texts(&[(&one, "It rained."), (&two, "It snowed.")], &[]).unwrap();
        store.keep_texts(&[(&one, "It hailed.")], std::slice::from_ref(&two)).unwrap();
        assert_eq!(store.kept_texts(), BTreeMap::from([(one.clone(), ContentHash::of(b"It hailed."))]));
        assert_eq!((store.kept_text(&one), store.kept_text(&two)), (Some("It hailed.".to_string()), None));
    }

    #[test]
    fn a_damaged_text_is_none() {
        let store = Store::in_memory();
        let path = SourcePath::new("01.md");
        store.keep_texts(&[(&path, "It rained.")], &[]).unwrap();
        store.connection().execute("UPDATE texts SET text = 'It rained!'", []).unwrap();
        assert_eq!(store.kept_text(&path), None);
    }
}
