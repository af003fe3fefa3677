//! How many words each chapter had when it was last read, so that one that has lost all of them is reported.

use super::Store;
use super::tables::CHAPTER_WORDS;
use crate::text::{Problem, SourcePath};
use rusqlite::types::Value;
use std::collections::BTreeMap;

impl Store {
    /// The words of each chapter of the last run. What could not be read is noted, and as good as never kept.
    pub fn chapter_words(&self) -> BTreeMap<SourcePath, usize> {
        let mut all = BTreeMap::new();
        let reading = CHAPTER_WORDS.read(&self.connection(), "", [], |row| {
            all.insert(SourcePath::new(&row.get::<_, String>(0)?), usize::try_from(row.get::<_, i64>(1)?).unwrap_or(0));
            Ok(true)
        });
        self.note_reading("lengths of the chapters", &reading);
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
            let changed = all.iter().filter(|(path, words)| before.get(*path) != Some(*words));
            changed.into_iter().try_for_each(|(path, words)| {
                let words = i64::try_from(*words).unwrap_or(i64::MAX);
                CHAPTER_WORDS.keep(transaction, &[Value::Text(path.to_string()), Value::Integer(words)])
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
