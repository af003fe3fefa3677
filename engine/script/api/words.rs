//! Comparing words and names.

use crate::facts::{claim, drift};
use crate::text::words::{count, fold};
use rhai::plugin::*;

/// Longer texts than this are no names; comparing them letter by letter would take hours that no limit of the script can end.
const MAX_NAME_BYTES: usize = 400;

#[export_module]
pub mod words {
    /// How alike two names look and sound, 0 to 1. “Catherine” and “Katherine” are near 1.
    pub fn name_likeness(left: &str, right: &str) -> f64 {
        if left.len().max(right.len()) > super::MAX_NAME_BYTES {
            return if left == right { 1.0 } else { 0.0 };
        }
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

    /// The sentences of a text that is not in a file, such as an answer of the model, as a list of texts.
    #[rhai_fn(name = "sentences_of")]
    pub fn sentences_of(text: &str) -> rhai::Array {
        crate::manuscript::sentences_of(text).into_iter().map(|sentence| sentence.to_string().into()).collect()
    }

    /// The capitalised words of a text, but for the usual words that begin a sentence: most likely names.
    #[rhai_fn(name = "names_of")]
    pub fn names_of(text: &str) -> rhai::Array {
        claim::names(text).into_iter().map(|name| name.word.to_string().into()).collect()
    }

    /// Whether a word is a courtesy title: `Mr`, `Mrs.`, `Miss`, `Sir`, `Lady` …
    #[rhai_fn(name = "is_courtesy_title")]
    pub fn is_courtesy_title(word: &str) -> bool {
        let word = word.trim_end_matches('.').to_lowercase();
        [
            "mr",
            "mrs",
            "ms",
            "miss",
            "mister",
            "sir",
            "lady",
            "lord",
            "dame",
            "master",
            "madam",
            "madame",
            "monsieur",
            "mademoiselle",
            "herr",
            "frau",
        ]
        .contains(&word.as_str())
    }

    /// What two people are to each other, whichever of them is asked: `"sister"` and `"brother"` are `"siblings"`, `"mother"` and `"son"`
    /// are `"parent and child"`; `""` for words that name no kinship.
    ///
    /// ```rhai
    /// if kinship("cousin") != kinship("brother") { … }
    /// ```
    pub fn kinship(word: &str) -> String {
        let folded = fold(word);
        let last = folded.rsplit(' ').next().unwrap_or_default();
        let group = super::KINSHIP.iter().find(|(_, words)| words.contains(&last));
        group.map_or_else(String::new, |(name, _)| (*name).to_string())
    }

    /// The telling words of a text, folded: no articles, pronouns or common verbs. For finding where something is spoken of.
    #[rhai_fn(name = "key_words")]
    pub fn key_words(text: &str) -> rhai::Array {
        crate::text::words::key_words(text).into_iter().map(Into::into).collect()
    }
}

/// Kinship words by what they make of two people.
const KINSHIP: &[(&str, &[&str])] = &[
    ("siblings", &["brother", "sister", "sibling", "twin", "half-brother", "half-sister"]),
    ("parent and child", &["father", "mother", "parent", "son", "daughter", "child", "mamma", "papa", "mama", "mum", "dad"]),
    ("married", &["husband", "wife", "spouse", "bride", "widow", "widower"]),
    ("cousins", &["cousin"]),
    ("uncle or aunt and nephew or niece", &["uncle", "aunt", "nephew", "niece"]),
    ("grandparent and grandchild", &["grandfather", "grandmother", "grandson", "granddaughter", "grandchild", "grandparent"]),
];
