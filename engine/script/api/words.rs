//! Comparing words and names.

use crate::facts::drift;
use crate::text::words::{count, fold};
use rhai::plugin::*;

#[export_module]
pub mod words {
    /// How alike two names look and sound, 0 to 1. “Catherine” and “Katherine” are near 1.
    pub fn name_likeness(left: &str, right: &str) -> f64 {
        drift::name_likeness(left, right)
    }

    /// The text as copydesk compares it: straight quotation marks, single spaces, small letters.
    #[rhai_fn(name = "folded")]
    pub fn folded(text: &str) -> String {
        fold(text)
    }

    /// The number of words of a text.
    #[rhai_fn(name = "word_count")]
    pub fn word_count(text: &str) -> i64 {
        super::super::int(count(text))
    }
}
