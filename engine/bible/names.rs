//! Finds the bible's names and aliases in prose: the longest match wins, whole words only.

use super::EntryKind;
use std::ops::Range;

/// All names and aliases, ready to search.
#[derive(Clone, Debug, Default)]
pub struct NameIndex {}

/// A name found in prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMatch {
    pub range: Range<usize>,
    /// The entries it can mean; more than one when the alias is ambiguous.
    pub names: Vec<String>,
    pub kind: EntryKind,
}

impl NameIndex {
    /// Every name in `text`, in order, not overlapping. A possessive `’s` is not part of the match.
    pub fn find(&self, _text: &str) -> Vec<NameMatch> {
        Vec::new()
    }
}
