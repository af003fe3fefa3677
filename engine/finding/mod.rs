//! A finding: one thing the author should look at, with the words it rests on.
//!
//! Invariant: a finding has at least one piece of evidence, and every quote was located by the engine; a model never supplies offsets.

pub mod verify;

use crate::manuscript::{Chapter, StoryPoint};
use crate::text::{ContentHash, LineColumn, LineIndex, SourcePath, Span, words};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The strength of a claim, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// A question to the author, as a copy editor writes in the margin.
    Query,
    /// Two things that cannot both be true.
    Contradiction,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Severity::Note => "note",
            Severity::Query => "query",
            Severity::Contradiction => "contradiction",
        })
    }
}

/// Verbatim words of a file and where the engine found them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence {
    pub file: SourcePath,
    /// The file's own words under the span, markup included.
    pub quote: String,
    /// Half-open byte range in the file's decoded text.
    pub span: Span,
    /// Half-open byte range in the file itself; differs from `span` in UTF-16 files only.
    pub file_bytes: Span,
    pub place: LineColumn,
    /// What the quote is to the finding, as `the bible says`; may be empty.
    pub label: String,
}

impl Evidence {
    /// The words of a chapter under a span. A span that does not fit is cut to the text.
    pub fn in_chapter(chapter: &Chapter, span: Span, label: &str) -> Evidence {
        let quote = span.slice(&chapter.source).unwrap_or_default().to_string();
        let file_bytes = Span::new(chapter.file_offset(span.start), chapter.file_offset(span.end));
        Evidence { file: chapter.path.clone(), quote, span, file_bytes, place: chapter.line_column(span.start), label: label.to_string() }
    }

    /// The words of another file, such as a note of the bible, under a span.
    pub fn in_file(path: &SourcePath, text: &str, line_index: &LineIndex, span: Span, label: &str) -> Evidence {
        let quote = span.slice(text).unwrap_or_default().to_string();
        Evidence {
            file: path.clone(),
            quote,
            span,
            file_bytes: span,
            place: line_index.line_column(text, span.start),
            label: label.to_string(),
        }
    }
}

/// One thing the author should look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub id: String,
    /// The script that found it.
    pub script: String,
    /// The pattern it flags, as `changed-appearance`.
    pub rule: String,
    pub severity: Severity,
    /// Composed by a script from facts, in plain words.
    pub message: String,
    /// Who and what it is about, sorted.
    pub subjects: Vec<String>,
    /// Primary evidence first; at least one.
    pub evidence: Vec<Evidence>,
    /// A model's words, always shown as such.
    pub model_note: Option<String>,
    /// Where its primary evidence stands in the story, when that is a chapter.
    pub point: Option<StoryPoint>,
}

impl Finding {
    /// The identity of a finding: rule, subjects and folded quotes, never wording or line numbers. Ten hexadecimal digits.
    pub fn identity(rule: &str, subjects: &[String], evidence: &[Evidence]) -> String {
        let mut subjects: Vec<String> = subjects.iter().map(|subject| words::fold(subject)).collect();
        subjects.sort();
        let mut quotes: Vec<String> = evidence.iter().map(|evidence| words::fold(&evidence.quote)).collect();
        quotes.sort();
        let parts = std::iter::once(rule.to_string()).chain(subjects).chain(quotes);
        let parts: Vec<String> = parts.collect();
        ContentHash::of_parts(parts.iter().map(String::as_bytes)).short(10)
    }

    /// Sort key for reports: where in the story, then what.
    pub fn sort_key(&self) -> impl Ord + use<> {
        let place = self.evidence.first().map(|evidence| (evidence.file.clone(), evidence.span));
        (self.point.is_none(), self.point, place, std::cmp::Reverse(self.severity), self.rule.clone(), self.id.clone())
    }
}
