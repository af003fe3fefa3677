//! The chapters as they were when they were last compared, so that a later run can tell what an edit took away.

use super::Store;
use super::tables::TEXTS;
use crate::text::{ContentHash, Problem, SourcePath};
use rusqlite::types::Value;
use std::collections::BTreeMap;

/// What is reported of them.
const TEXT: &str = "chapters as they were";

impl Store {
    /// The kept chapters, each with the hash of its text. What could not be read is noted, and as good as never kept.
    pub fn kept_texts(&self) -> BTreeMap<SourcePath, ContentHash> {
        let mut all = BTreeMap::new();
        let reading = TEXTS.read(&self.connection(), "", [], |row| {
            all.insert(SourcePath::new(&row.get::<_, String>(0)?), ContentHash(row.get(1)?));
            Ok(true)
        });
        self.note_reading(TEXT, &reading);
        all
    }

    /// The text of a kept chapter; nothing when it is not what was kept.
    pub fn kept_text(&self, path: &SourcePath) -> Option<String> {
        let mut text = None;
        TEXTS.read(&self.connection(), "WHERE path = ?1", [path.as_str()], |row| {
            text = Some(row.get(2)?);
            Ok(true)
        });
        text
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
            for (path, text) in keep {
                let hash = Value::Blob(ContentHash::of(text.as_bytes()).0.to_vec());
                TEXTS.keep(transaction, &[Value::Text(path.to_string()), hash, Value::Text((*text).to_string())])?;
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
        assert_eq!((store.kept_text(&path), store.kept_texts().len()), (None, 0));
    }
}
