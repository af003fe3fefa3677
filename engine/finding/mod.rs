//! A finding: one thing the author should look at, with the words it rests on.
//!
//! Invariant: a finding has at least one piece of evidence, and every quote was located by the engine; a model never supplies offsets.
//!
//! A finding has a life: its [`identity`] tells it again in the next run, the author may dismiss it ([`stet`]), and each run is compared
//! with the last ([`history`]).

pub mod history;
pub mod identity;
pub mod judge;
pub mod precision;
pub mod stet;
pub mod verify;

use crate::manuscript::{Chapter, Encoding, StoryPoint};
use crate::text::{LineColumn, LineIndex, SourcePath, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
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

impl Severity {
    /// The severity of a name.
    pub fn named(name: &str) -> Option<Severity> {
        [Severity::Note, Severity::Query, Severity::Contradiction].into_iter().find(|severity| severity.to_string() == name)
    }
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

    /// Where it stands, as `book-1/03.md:20`.
    pub fn file_and_line(&self) -> String {
        format!("{}:{}", self.file.on_disk(), self.place.line)
    }

    /// The words of another file, such as a note of the bible, under a span.
    pub fn in_file(path: &SourcePath, (text, encoding): (&str, Encoding), line_index: &LineIndex, span: Span, label: &str) -> Evidence {
        let quote = span.slice(text).unwrap_or_default().to_string();
        Evidence {
            file: path.clone(),
            quote,
            span,
            file_bytes: Span::new(encoding.file_offset(text, span.start), encoding.file_offset(text, span.end)),
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
    /// The probability, 0 to 1, that the model gave the answer the finding rests on; the least of them when there were several. Nothing
    /// when code alone found it: then no number is made up.
    pub confidence: Option<f64>,
    /// What saw the facts it compares; several that agree make it surer.
    pub sources: BTreeSet<Source>,
    pub standing: Standing,
    /// The dismissed finding that this one goes on from: it says the same of the same with one quote changed.
    pub reopened_from: Option<String>,
}

/// What saw a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// Code that reads English by its patterns.
    Patterns,
    /// The trained reader, in its notes.
    Reader,
    /// The author, in the bible.
    Bible,
    /// The model, in an answer to a script's question.
    Answer,
    /// The script, by a search of its own.
    Script,
    /// A larger model, whose verdict on the two sentences was asked in the trained reader's place.
    Verdict,
}

impl Source {
    /// Its name, as JSON and scripts have it.
    pub fn name(self) -> &'static str {
        match self {
            Source::Patterns => "patterns",
            Source::Reader => "reader",
            Source::Bible => "bible",
            Source::Answer => "answer",
            Source::Script => "script",
            Source::Verdict => "verdict",
        }
    }

    /// What it is, as a part of a sentence: “seen by …”.
    pub fn words(self) -> &'static str {
        match self {
            Source::Patterns => "the patterns of words that copydesk knows",
            Source::Reader => "the trained reader’s notes",
            Source::Bible => "your bible",
            Source::Answer => "the model’s answer to a question",
            Source::Script => "the script’s own search",
            Source::Verdict => "the larger model, whose verdict it is",
        }
    }
}

/// Whether a finding waits for the author.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It does; only such findings count in the exit status.
    #[default]
    Open,
    /// The model was less sure than the rule's threshold asks for.
    LessCertain,
    /// The author lets the text stand.
    Dismissed(Dismissal),
    /// `copydesk.yaml` switches its rule off.
    Off,
}

/// How the author dismissed a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissal {
    /// The author's words; may be missing.
    pub reason: Option<String>,
    /// The mark in the text, or the entry in `copydesk.stet.yaml`.
    pub file: SourcePath,
    pub place: LineColumn,
}

impl Finding {
    /// Whether it waits for the author.
    pub fn is_open(&self) -> bool {
        self.standing == Standing::Open
    }

    /// The dismissal, when the author dismissed it.
    pub fn dismissal(&self) -> Option<&Dismissal> {
        match &self.standing {
            Standing::Dismissed(dismissal) => Some(dismissal),
            _ => None,
        }
    }

    /// How sure it is, in words: `by code alone`, or `the model 62 % sure`.
    pub fn sureness(&self) -> String {
        match self.confidence {
            None => "by code alone".to_string(),
            // Rounded down: 49.9 % is not yet a half.
            Some(confidence) => format!("the model {:.0} % sure", (confidence * 100.0).floor()),
        }
    }

    /// Sort key for reports: where in the story, then what.
    pub fn sort_key(&self) -> impl Ord + use<> {
        let place = self.evidence.first().map(|evidence| (evidence.file.clone(), evidence.span));
        (self.point.is_none(), self.point, place, std::cmp::Reverse(self.severity), self.rule.clone(), self.id.clone())
    }
}
