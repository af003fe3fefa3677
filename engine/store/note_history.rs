//! What notes said that are followed from run to run, and what they said before their text changed.

use super::Store;
use super::tables::NOTE_HISTORY;
use crate::text::{ContentHash, Problem};
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which note it is: its script, what the script looked at, and the note's heading.
pub type NoteKey = (String, String, String);

/// What one note said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteHistory {
    /// The hash of whatever else decides the words: the model, the script, its settings.
    pub by: ContentHash,
    /// The hash of the text it is about.
    pub text: ContentHash,
    pub lines: Vec<PastLine>,
    /// What it said about the text as it was before its last change; nothing when that was never told, or told by something else.
    pub before: Option<Vec<PastLine>>,
}

/// One line of a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLine {
    pub text: String,
    pub is_model_text: bool,
    /// The first line of the file that it rested on, from 1.
    pub line: Option<usize>,
}

impl NoteHistory {
    /// What a note says now, after what is known of it. A changed text is compared with what was said before the change for as long as it
    /// stays as it is, so that the next run does not wipe out what the author has not read yet.
    pub fn after(earlier: Option<&NoteHistory>, by: ContentHash, text: ContentHash, lines: Vec<PastLine>) -> NoteHistory {
        let before = match earlier {
            Some(earlier) if earlier.by != by => None,
            Some(earlier) if earlier.text != text => Some(earlier.lines.clone()),
            // The same words about the same text, or a reply that the model gave otherwise this time: no change of the text's.
            Some(earlier) if earlier.lines == lines => earlier.before.clone(),
            _ => None,
        };
        NoteHistory { by, text, lines, before }
    }
}

impl Store {
    /// Everything that followed notes said. What could not be read is noted, and as good as never kept.
    pub fn note_histories(&self) -> BTreeMap<NoteKey, NoteHistory> {
        let mut all = BTreeMap::new();
        let reading = NOTE_HISTORY.read(&self.connection(), "", [], |row| {
            let told = postcard::from_bytes::<NoteHistory>(row.get_ref(3)?.as_blob().unwrap_or_default()).ok();
            let key = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(told.map(|told| all.insert(key, told)).is_some())
        });
        self.note_reading("lines of earlier summaries", &reading);
        all
    }

    /// Keeps what followed notes said, all or nothing.
    ///
    /// # Errors
    /// As [`Store::keep_comparison`].
    pub fn keep_note_histories(&self, all: &BTreeMap<NoteKey, NoteHistory>) -> Result<(), Problem> {
        if all.is_empty() {
            return Ok(());
        }
        self.write("lines of this summary", |transaction| {
            all.iter().try_for_each(|((script, place, heading), told)| {
                let record = Value::Blob(postcard::to_stdvec(told).unwrap_or_default());
                let text = |text: &String| Value::Text(text.clone());
                NOTE_HISTORY.keep(transaction, &[text(script), text(place), text(heading), record])
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<PastLine> {
        texts.iter().map(|text| PastLine { text: (*text).to_string(), is_model_text: true, line: Some(3) }).collect()
    }

    #[test]
    fn a_note_is_compared_with_what_it_said_before_its_text_changed() {
        let hash = |word: &str| ContentHash::of(word.as_bytes());
        let first = NoteHistory::after(None, hash("model"), hash("draft"), lines(&["Mara left."]));
        assert_eq!(first.before, None);
        let second = NoteHistory::after(Some(&first), hash("model"), hash("revised"), lines(&["Mara stayed."]));
        assert_eq!(second.before, Some(lines(&["Mara left."])));
        assert_eq!(
            NoteHistory::after(Some(&second), hash("model"), hash("revised"), lines(&["Mara stayed."])),
            second,
            "until it changes again"
        );
        assert_eq!(
            NoteHistory::after(Some(&second), hash("model"), hash("revised"), lines(&["Mara waits."])).before,
            None,
            "only the reply differs"
        );
        assert_eq!(NoteHistory::after(Some(&second), hash("other"), hash("third"), lines(&["Mara stays."])).before, None, "another model");
    }

    #[test]
    fn what_notes_said_is_kept() {
        let store = Store::in_memory();
        let hash = ContentHash::of(b"x");
        let key = ("summaries".to_string(), "01.md".to_string(), "What happens".to_string());
        for text in ["Mara left.", "Mara stayed."] {
            let all = BTreeMap::from([(key.clone(), NoteHistory::after(None, hash, hash, lines(&[text])))]);
            store.keep_note_histories(&all).unwrap();
            assert_eq!(store.note_histories(), all);
        }
    }
}
