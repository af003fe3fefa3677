//! The budget of the remembered replies: which of them go when there are too many.
//!
//! A reply costs the model seconds and the disk two hundred bytes, so a novel's fit many times over; but every edit leaves some behind that
//! nobody will ask for again. What was least used for longest goes first, as with what the model has read.

use super::{REPLIES, Store};
use crate::text::{ContentHash, Problem};
use rusqlite::params;
use std::sync::PoisonError;

/// What the remembered replies of one book may take on the disk, in bytes: about three hundred thousand of them, which are looked through in
/// a sixth of a second when the store is opened.
pub const BUDGET_BYTES: u64 = 64 << 20;

/// What a reply takes besides its words: its key, its checksum, its times and the record of its use.
const BESIDE_BYTES: u64 = 120;

impl Store {
    /// Notes that a reply was asked for. Written down by [`Store::keep_replies_within`]: one write for a run, not one for each reply.
    pub(super) fn note_use(&self, key: &ContentHash) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(*key);
    }

    /// Writes down which replies were asked for, and deletes those that go over a budget: a use counts less the longer ago, by days. Gives
    /// how many were deleted. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// As [`Store::keep_reply`].
    pub fn keep_replies_within(&self, budget_bytes: u64, now: i64) -> Result<usize, Problem> {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        let mut deleted = 0;
        self.write(REPLIES, |transaction| {
            let sql = "INSERT INTO reply_uses (key, uses, last_used) VALUES (?1, 1, ?2)
                ON CONFLICT (key) DO UPDATE SET uses = uses + 1, last_used = ?2";
            let mut keep = transaction.prepare_cached(sql)?;
            used.iter().try_for_each(|key| keep.execute(params![key.0, now]).map(drop))?;
            let sql = "SELECT coalesce(sum(length(value) + ?1), 0) FROM replies";
            let taken: i64 = transaction.query_row(sql, params![BESIDE_BYTES.cast_signed()], |row| row.get(0))?;
            if taken.cast_unsigned() <= budget_bytes {
                return Ok(());
            }
            // The reply itself counts as its first use.
            let sql = "SELECT key, length(value) + ?1 FROM replies LEFT JOIN reply_uses USING (key)
                ORDER BY (1 + coalesce(uses, 0)) / (1.0 + max(0, ?2 - coalesce(last_used, created)) / 86400.0) DESC, created DESC, key";
            let mut room = budget_bytes;
            let mut over: Vec<Vec<u8>> = Vec::new();
            let mut statement = transaction.prepare_cached(sql)?;
            let mut rows = statement.query(params![BESIDE_BYTES.cast_signed(), now])?;
            while let Some(row) = rows.next()? {
                match room.checked_sub(row.get::<_, i64>(1)?.cast_unsigned()) {
                    // What comes after the first that has no room is worth less than it.
                    Some(left) if over.is_empty() => room = left,
                    Some(_) | None => over.push(row.get(0)?),
                }
            }
            let mut delete = transaction.prepare_cached("DELETE FROM replies WHERE key = ?1")?;
            over.iter().try_for_each(|key| delete.execute(params![key]).map(drop))?;
            transaction.execute("DELETE FROM reply_uses WHERE key NOT IN (SELECT key FROM replies)", [])?;
            deleted = over.len();
            Ok(())
        })?;
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn key(number: u64) -> ContentHash {
        ContentHash::of(&number.to_le_bytes())
    }

    /// The numbers of the replies that are left, of so many.
    fn left(store: &Store, count: u64) -> Vec<u64> {
        let kept = store.all_replies();
        (0..count).filter(|number| kept.contains_key(&key(*number))).collect()
    }

    #[test]
    fn the_oldest_and_least_used_replies_go_when_there_are_too_many() {
        let store = Store::in_memory();
        for number in 0..5 {
            store.keep_reply(&key(number), &[7; 80], number.cast_signed() * DAY).unwrap();
        }
        assert_eq!((store.keep_replies_within(5 * 200, 5 * DAY).unwrap(), left(&store, 5)), (0, vec![0, 1, 2, 3, 4]), "they just fit");
        // The first is asked for, so it is worth more than any of the others.
        assert!(store.reply(&key(0)).is_some());
        assert_eq!((store.keep_replies_within(3 * 200, 5 * DAY).unwrap(), left(&store, 5)), (2, vec![0, 3, 4]));
        // Once used is not for ever used: a month later the new ones come first.
        store.keep_reply(&key(5), &[7; 80], 40 * DAY).unwrap();
        store.keep_reply(&key(6), &[7; 80], 40 * DAY).unwrap();
        assert_eq!((store.keep_replies_within(3 * 200, 40 * DAY).unwrap(), left(&store, 7)), (2, vec![0, 5, 6]));
        assert_eq!((store.keep_replies_within(2 * 200, 40 * DAY).unwrap(), left(&store, 7)), (1, vec![5, 6]));
        let uses: i64 = store.connection().query_row("SELECT count(*) FROM reply_uses", [], |row| row.get(0)).unwrap();
        assert_eq!(uses, 0, "nothing is kept of those that are gone");
    }

    #[test]
    fn a_reply_larger_than_the_budget_goes_and_a_clock_that_was_put_back_harms_nothing() {
        let store = Store::in_memory();
        store.keep_reply(&key(0), &[7; 5_000], 9 * DAY).unwrap();
        assert_eq!(store.keep_replies_within(1_000, 0).unwrap(), 1);
        assert_eq!(store.reply_count(), 0);
    }
}
