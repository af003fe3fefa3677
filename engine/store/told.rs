//! What notes said that are followed from run to run, and what they said before their text changed.

use super::Store;
use super::tables::TOLD;
use crate::text::{ContentHash, Problem};
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which note it is: its script, what the script looked at, and the note's heading.
pub type ToldKey = (String, String, String);

/// What one note said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The hash of whatever else decides the words: the model, the script, its settings.
    pub by: ContentHash,
    /// The hash of the text it is about.
    pub text: ContentHash,
    pub lines: Vec<ToldLine>,
    /// What it said about the text as it was before its last change; nothing when that was never told, or told by something else.
    pub before: Option<Vec<ToldLine>>,
}

/// One line of a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldLine {
    pub text: String,
    pub is_model_text: bool,
    /// The first line of the file that it rested on, from 1.
    pub line: Option<usize>,
}

impl Told {
    /// What a note says now, after what is known of it. A changed text is compared with what was said before the change for as long as it
    /// stays as it is, so that the next run does not wipe out what the author has not read yet.
    pub fn after(earlier: Option<&Told>, by: ContentHash, text: ContentHash, lines: Vec<ToldLine>) -> Told {
        let before = match earlier {
            Some(earlier) if earlier.by != by => None,
            Some(earlier) if earlier.text != text => Some(earlier.lines.clone()),
            // The same words about the same text, or a reply that the model gave otherwise this time: no change of the text's.
            Some(earlier) if earlier.lines == lines => earlier.before.clone(),
            _ => None,
        };
        Told { by, text, lines, before }
    }
}

impl Store {
    /// Everything that followed notes said. What could not be read is noted, and as good as never kept.
    pub fn told(&self) -> BTreeMap<ToldKey, Told> {
        let mut all = BTreeMap::new();
        let reading = TOLD.read(&self.connection(), "", [], |row| {
            let told = postcard::from_bytes::<Told>(row.get_ref(3)?.as_blob().unwrap_or_default()).ok();
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
    pub fn keep_told(&self, all: &BTreeMap<ToldKey, Told>) -> Result<(), Problem> {
        if all.is_empty() {
            return Ok(());
        }
        self.write("lines of this summary", |transaction| {
            all.iter().try_for_each(|((script, place, heading), told)| {
                let record = Value::Blob(postcard::to_stdvec(told).unwrap_or_default());
                let text = |text: &String| Value::Text(text.clone());
                TOLD.keep(transaction, &[text(script), text(place), text(heading), record])
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<ToldLine> {
        texts.iter().map(|text| ToldLine { text: (*text).to_string(), is_model_text: true, line: Some(3) }).collect()
    }

    #[test]
    fn a_note_is_compared_with_what_it_said_before_its_text_changed() {
        let hash = |word: &str| ContentHash::of(word.as_bytes());
        let first = Told::after(None, hash("model"), hash("draft"), lines(&["Mara left."]));
        assert_eq!(first.before, None);
        let second = Told::after(Some(&first), hash("model"), hash("revised"), lines(&["Mara stayed."]));
        assert_eq!(second.before, Some(lines(&["Mara left."])));
        assert_eq!(Told::after(Some(&second), hash("model"), hash("revised"), lines(&["Mara stayed."])), second, "until it changes again");
        assert_eq!(
            Told::after(Some(&second), hash("model"), hash("revised"), lines(&["Mara waits."])).before,
            None,
            "only the reply differs"
        );
        assert_eq!(Told::after(Some(&second), hash("other"), hash("third"), lines(&["Mara stays."])).before, None, "another model");
    }

    #[test]
    fn what_notes_said_is_kept() {
        let store = Store::in_memory();
        let hash = ContentHash::of(b"x");
        let key = ("summaries".to_string(), "01.md".to_string(), "What happens".to_string());
        for text in ["Mara left.", "Mara stayed."] {
            let all = BTreeMap::from([(key.clone(), Told::after(None, hash, hash, lines(&[text])))]);
            store.keep_told(&all).unwrap();
            assert_eq!(store.told(), all);
        }
    }
}
