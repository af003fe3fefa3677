//! What is known of a chapter beside its text, where it is a part of a file or comes from a document.

use super::outline::Title;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What is known of a chapter that is a part of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The chapter's title, without what marks it as one.
    pub title: String,
    /// The title of the whole file, if it says one.
    pub book_title: Option<String>,
    /// Whether the whole file is in print, by its front matter.
    pub is_published: bool,
    /// The file's number in its front matter.
    pub number: Option<f64>,
    /// The lines of the section's text that are titles of chapters, of parts and of the book: byte ranges that ascend.
    pub titles: Vec<Range<usize>>,
    /// Lower headings, where the text has no marks for them: byte ranges that ascend.
    pub headings: Vec<Range<usize>>,
    /// All titles, in the text of a document that was not looked at for chapters yet.
    pub outline: Vec<Title>,
    /// Lines of the file before the section.
    pub lines_before: usize,
    /// Bytes of the file itself before the section.
    pub bytes_before: usize,
    /// Whether the file's chapters are counted from the beginning, as those of a book are.
    pub begins_book: bool,
}
