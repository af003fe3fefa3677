//! How many words each chapter had when it was last read, so that one that has lost all of them is told.

use super::Store;
use crate::text::{Problem, SourcePath};
use rusqlite::params;
use std::collections::BTreeMap;

impl Store {
    /// The words of each chapter of the last run.
    pub fn chapter_words(&self) -> BTreeMap<SourcePath, usize> {
        let connection = self.connection();
        let mut all = BTreeMap::new();
        let result = connection.prepare_cached("SELECT path, words FROM chapter_words").and_then(|mut statement| {
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (path, words): (String, i64) = (row.get(0)?, row.get(1)?);
                all.insert(SourcePath::new(&path), usize::try_from(words).unwrap_or(0));
            }
            Ok(())
        });
        // What was read until an error is still true.
        result.ok();
        all
    }

    /// Keeps the words of each chapter in place of those of the run before; nothing is written when they are the same.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    pub fn keep_chapter_words(&self, all: &BTreeMap<SourcePath, usize>) -> Result<(), Problem> {
        let before = self.chapter_words();
        if before == *all {
            return Ok(());
        }
        self.write("lengths of the chapters", |transaction| {
            let mut remove = transaction.prepare_cached("DELETE FROM chapter_words WHERE path = ?1")?;
            before.keys().filter(|path| !all.contains_key(*path)).try_for_each(|path| remove.execute([path.as_str()]).map(drop))?;
            let mut insert = transaction.prepare_cached("INSERT OR REPLACE INTO chapter_words (path, words) VALUES (?1, ?2)")?;
            let changed = all.iter().filter(|(path, words)| before.get(*path) != Some(*words));
            changed.into_iter().try_for_each(|(path, words)| {
                let words = i64::try_from(*words).unwrap_or(i64::MAX);
                insert.execute(params![path.as_str(), words]).map(drop)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_last_run_take_the_place_of_those_before() {
        let store = Store::in_memory();
        let words = |pairs: &[(&str, usize)]| pairs.iter().map(|(path, words)| (SourcePath::new(path), *words)).collect::<BTreeMap<_, _>>();
        for all in [words(&[]), words(&[("01.md", 7), ("02.md", 9)]), words(&[("01.md", 7), ("03.md", 0)]), words(&[])] {
            store.keep_chapter_words(&all).unwrap();
            assert_eq!(store.chapter_words(), all);
        }
    }
}
