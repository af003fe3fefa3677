//! An entry of a file that other programs write, which lists many: a lorebook, a timeline.

use super::EntryKind;
use crate::text::Span;

/// One entry, with where its parts stand in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedEntry {
    pub name: String,
    pub name_span: Span,
    /// What it is, where the file says so.
    pub kind: Option<EntryKind>,
    /// Other names, each once.
    pub keys: Vec<String>,
    pub text: String,
    /// Name, value and place of what it says in fields.
    pub fields: Vec<(String, String, Span)>,
}
