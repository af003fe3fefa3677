//! What the last run understood of the story. The store knows of it only that it is whole.

use super::Store;
use super::tables::STYLE_SHEET;
use crate::text::Problem;
use rusqlite::types::Value;

/// What is reported of it.
const SHEET: &str = "style sheet of the last run";

impl Store {
    /// What was kept; nothing when it was not, or is damaged: the next run makes it again.
    pub fn style_sheet(&self) -> Option<Vec<u8>> {
        let mut sheet = None;
        STYLE_SHEET.read(&self.connection(), "", [], |row| {
            sheet = Some(row.get(1)?);
            Ok(true)
        });
        sheet
    }

    /// Keeps a sheet in place of the one before.
    ///
    /// # Errors
    /// As [`Store::keep_comparison`].
    pub fn keep_style_sheet(&self, sheet: Vec<u8>) -> Result<(), Problem> {
        self.write(SHEET, |transaction| STYLE_SHEET.keep(transaction, &[Value::Integer(0), Value::Blob(sheet.clone())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_kept_and_replaced_and_a_damaged_one_is_none() {
        let store = Store::in_memory();
        assert_eq!(store.style_sheet(), None);
        for sheet in [b"one".to_vec(), b"two".to_vec()] {
            store.keep_style_sheet(sheet.clone()).unwrap();
            assert_eq!(store.style_sheet(), Some(sheet));
        }
        store.connection().execute("UPDATE style_sheet SET sheet = x'00'", []).unwrap();
        assert_eq!(store.style_sheet(), None);
    }
}
