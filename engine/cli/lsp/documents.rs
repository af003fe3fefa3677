//! The files that are open in the editor, as they are there.

use crate::editor::Units;
use crate::text::SourcePath;
use lsp_types::TextDocumentContentChangeEvent;
use std::collections::BTreeMap;

/// Texts by file.
pub(super) struct Documents {
    units: Units,
    texts: BTreeMap<SourcePath, String>,
}

impl Documents {
    pub fn new(units: Units) -> Documents {
        Documents { units, texts: BTreeMap::new() }
    }

    pub fn open(&mut self, file: SourcePath, text: String) {
        self.texts.insert(file, text);
    }

    pub fn close(&mut self, file: &SourcePath) {
        self.texts.remove(file);
    }

    pub fn text(&self, file: &SourcePath) -> Option<&str> {
        self.texts.get(file).map(String::as_str)
    }

    pub fn texts(&self) -> BTreeMap<SourcePath, String> {
        self.texts.clone()
    }

    /// Makes the changes, one after the other.
    pub fn change(&mut self, file: &SourcePath, changes: Vec<TextDocumentContentChangeEvent>) {
        let Some(text) = self.texts.get_mut(file) else { return };
        for change in changes {
            match change.range {
                None => *text = change.text,
                Some(range) => {
                    let [start, end] = [range.start, range.end].map(|position| self.units.offset(text, position));
                    text.replace_range(start..end.max(start), &change.text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lsp_types::{Position, Range};

    #[test]
    fn changes_are_made_where_the_editor_counts_them() {
        let file = SourcePath::new("01.md");
        let mut documents = Documents::new(Units::Utf16);
        documents.open(file.clone(), "𝔐ara’s eyes\r\nwere green.\n".to_string());
        let change = |from: (u32, u32), to: (u32, u32), text: &str| TextDocumentContentChangeEvent {
            range: Some(Range { start: Position::new(from.0, from.1), end: Position::new(to.0, to.1) }),
            range_length: None,
            text: text.to_string(),
        };
        // The first letter counts twice in UTF-16; the second change counts in what the first one left.
        documents.change(&file, vec![change((0, 0), (0, 2), "M"), change((1, 5), (1, 10), "brown"), change((2, 0), (9, 9), "Rain.\n")]);
        assert_eq!(documents.text(&file), Some("Mara’s eyes\r\nwere brown.\nRain.\n"));
        documents.change(&file, vec![TextDocumentContentChangeEvent { range: None, range_length: None, text: "New.".to_string() }]);
        documents.change(&file, vec![change((0, 9), (0, 2), "x")]);
        assert_eq!(documents.text(&file), Some("New.x"), "a place behind the end is the end");
        documents.close(&file);
        documents.change(&file, vec![change((0, 0), (0, 0), "x")]);
        assert_eq!(documents.text(&file), None);
    }
}
