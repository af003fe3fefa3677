//! Notes and `bible.yaml` to entries.

use super::Bible;
use crate::manuscript::{Series, SourceFile};
use crate::text::Problem;

/// Reads the bible's files. The series tells which folders are books and resolves references to chapters.
pub fn read(_files: &[SourceFile], _series: &Series) -> (Bible, Vec<Problem>) {
    (Bible::default(), Vec::new())
}
