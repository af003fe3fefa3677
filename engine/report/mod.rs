//! Reports: what the scripts found, as Markdown beside the chapters, as text for the terminal and as JSON for programs.
//!
//! Invariant: everything here is a function of its arguments. No clock, no absolute path, no order that differs between two runs; and
//! nothing that a second run answers from the cache instead of the model changes a byte of a Markdown report.

pub mod json;
pub mod junit;
pub mod lines;
pub mod markdown;
pub mod morning;
pub mod page;
pub mod sarif;
pub mod style_sheet;
mod templates;
pub mod terminal;

pub use style_sheet::StyleSheet;
pub use templates::Templates;

use crate::bible::draft::EntryDraft;
use crate::finding::history::Changes;
use crate::finding::{Evidence, Finding, Standing};
use crate::manuscript::Series;
use crate::model::Work;
use crate::text::{Problem, ProblemKind, SourcePath, is_sections_folder};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

/// What one job looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// One scene of a chapter, by its 1-based number.
    Scene { file: SourcePath, number: usize },
    /// One chapter.
    Chapter(SourcePath),
    /// One book, by its folder; `""` is the author's folder itself.
    Book(String),
    /// All books.
    Series,
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Scene { file, number } => write!(formatter, "{}, scene {number}", file.shown()),
            Scope::Chapter(file) => formatter.write_str(&file.shown()),
            Scope::Book(folder) if folder.is_empty() => formatter.write_str("the book"),
            Scope::Book(folder) if is_sections_folder(folder) => write!(formatter, "{}", SourcePath::in_folder(folder, "x").on_disk()),
            Scope::Book(folder) => formatter.write_str(folder),
            Scope::Series => formatter.write_str("the series"),
        }
    }
}

/// Whether a job did its work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Checked,
    /// The reason, in plain words, without a full stop.
    NotChecked(String),
}

/// What a script reports that is no finding, as a summary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The chapter whose report it belongs to; nothing for the report of the job's own scope.
    pub chapter: Option<SourcePath>,
    pub heading: String,
    pub lines: Vec<NoteLine>,
    /// Whether the report lists what of it is new and gone since the chapter changed.
    pub is_followed: bool,
}

/// One line of a [`Note`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteLine {
    pub text: String,
    /// Whether the text is a model's words; such text is always labelled.
    pub is_model_text: bool,
    /// The passages the line is about.
    pub evidence: Vec<Evidence>,
}

/// How much of its scope a job read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub scenes: usize,
    pub words: usize,
    /// Questions asked; differs from run to run only with the scripts and the text.
    pub questions: usize,
    /// How many of them the cache answered; never printed in a file, because it differs between a first and a second run.
    pub answered_from_cache: usize,
    /// What was not read and why, one sentence each.
    pub not_read: Vec<String>,
    /// Chapters of its scope that it did not read at all; their words are not among those above.
    pub left_out: BTreeSet<SourcePath>,
}

/// What became of one job: one script applied to one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptResult {
    pub script: String,
    /// The word in the report's file name: `continuity`, `bible`, `summary`.
    pub report: String,
    pub scope: Scope,
    pub outcome: Outcome,
    pub findings: Vec<Finding>,
    pub notes: Vec<Note>,
    /// Entries it proposes for the bible.
    pub drafts: Vec<EntryDraft>,
    /// The files whose earlier text something still rests on; nothing when the script did not look back.
    pub awaits: Option<BTreeSet<SourcePath>>,
    pub coverage: Coverage,
    pub problems: Vec<Problem>,
}

/// The model of a run, as people name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelLine {
    pub name: String,
    pub file_hash: String,
    pub quantisation: String,
    pub context_tokens: usize,
    /// Sampling and batch mode, in words.
    pub settings: String,
    /// The model that the trained reader reads with, where it does not fit this one.
    pub reader: Option<String>,
    /// The other models that the trained reader fits, where it fits one of this run: what each is called, and its cost as a multiple of that
    /// one's.
    pub other_readers: Vec<(String, f64)>,
}

/// Everything a run has to tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Nothing when no model was opened.
    pub model: Option<ModelLine>,
    pub work: Work,
    pub seconds: f64,
    pub results: Vec<ScriptResult>,
    /// Problems that belong to no single job.
    pub problems: Vec<Problem>,
    /// What became of the findings since the last run; nothing when there was none before.
    pub changes: Option<Changes>,
    /// What the kernel did not enforce of the seal on the two processes; nothing when it was not asked to.
    pub seal_gaps: Option<Vec<String>>,
}

impl ScriptResult {
    /// The findings that wait for the author.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_open())
    }
}

impl RunSummary {
    /// The findings of all jobs that wait for the author, each once, in reading order.
    pub fn findings(&self) -> Vec<Finding> {
        self.all_findings().into_iter().filter(Finding::is_open).collect()
    }

    /// All findings of all jobs, however they stand, each once, in reading order.
    pub fn all_findings(&self) -> Vec<Finding> {
        merge_by_id(self.results.iter().flat_map(|result| result.findings.iter().cloned()))
    }

    /// All problems, those of the run first, each once.
    pub fn all_problems(&self) -> Vec<&Problem> {
        let mut known: HashSet<&Problem> = HashSet::new();
        let all = self.problems.iter().chain(self.results.iter().flat_map(|result| &result.problems));
        all.filter(|problem| known.insert(problem)).collect()
    }
}

/// The titles and sizes that reports show: a series without its prose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    pub title: String,
    pub books: Vec<BookEntry>,
}

/// One book of the [`Contents`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookEntry {
    pub folder: String,
    pub title: String,
    pub chapters: Vec<ChapterEntry>,
}

/// One chapter of the [`Contents`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChapterEntry {
    pub path: SourcePath,
    pub title: String,
    /// 1-based place in its book.
    pub number: usize,
    pub scenes: usize,
    pub words: usize,
}

impl Contents {
    /// The contents of a series.
    pub fn of(series: &Series) -> Contents {
        let chapter_entry = |chapter: &crate::manuscript::Chapter| ChapterEntry {
            path: chapter.path.clone(),
            title: chapter.title.clone(),
            number: chapter.number,
            scenes: chapter.scenes.len(),
            words: chapter.words(),
        };
        let books = series.books.iter().map(|book| BookEntry {
            folder: book.folder.clone(),
            title: book.title.clone(),
            chapters: book.chapters.iter().map(|chapter| chapter_entry(chapter)).collect(),
        });
        Contents { title: series.title.clone(), books: books.collect() }
    }

    /// All chapters in reading order.
    pub fn chapters(&self) -> impl Iterator<Item = &ChapterEntry> {
        self.books.iter().flat_map(|book| &book.chapters)
    }

    /// The book of a folder.
    pub fn book(&self, folder: &str) -> Option<&BookEntry> {
        self.books.iter().find(|book| book.folder == folder)
    }
}

/// Findings in reading order, each identity once. Several scripts, or one script in several scopes, may find the same thing: the first
/// keeps its words and gains the evidence that only the others have, so that no place is lost.
pub fn merge_by_id(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut sorted: Vec<Finding> = findings.into_iter().collect();
    // The script comes last, so that the order is the same whichever job ended first.
    sorted.sort_by_cached_key(|finding| (finding.sort_key(), finding.script.clone(), finding.message.clone()));
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut merged: Vec<Finding> = Vec::new();
    for finding in sorted {
        let Some(place) = places.get(&finding.id) else {
            places.insert(finding.id.clone(), merged.len());
            merged.push(finding);
            continue;
        };
        let kept = &mut merged[*place];
        kept.severity = kept.severity.max(finding.severity);
        kept.model_note = kept.model_note.take().or(finding.model_note);
        kept.sources.extend(finding.sources);
        // Code alone needs no model to be right; of two models' answers the surer counts.
        kept.confidence = kept.confidence.zip(finding.confidence).map(|(one, other)| one.max(other));
        for evidence in finding.evidence {
            if !kept.evidence.iter().any(|known| known.file == evidence.file && known.span == evidence.span) {
                kept.evidence.push(evidence);
            }
        }
    }
    merged
}

/// The exit status that a run means: 2 when the configuration, a script or a template is wrong, else 3 when something could not be
/// checked, else 1 when findings wait for the author, else 0.
pub fn exit_status(summary: &RunSummary) -> u8 {
    let has_problem = |kind: ProblemKind| summary.all_problems().iter().any(|problem| problem.kind == kind);
    let is_unchecked = |result: &ScriptResult| matches!(result.outcome, Outcome::NotChecked(_));
    if has_problem(ProblemKind::Configuration) {
        2
    } else if has_problem(ProblemKind::NotChecked) || summary.results.iter().any(is_unchecked) {
        3
    } else {
        u8::from(summary.results.iter().any(|result| result.open().next().is_some()))
    }
}

/// Findings that do not wait for the author, in words: `2 dismissed, 1 less certain`; empty when there are none.
pub(crate) fn counts_of_others(findings: &[Finding]) -> String {
    let count = |matches: &dyn Fn(&Standing) -> bool| findings.iter().filter(|finding| matches(&finding.standing)).count();
    let parts = [
        (count(&|standing| matches!(standing, Standing::Dismissed(_))), "dismissed"),
        (count(&|standing| *standing == Standing::LessCertain), "less certain"),
        (count(&|standing| *standing == Standing::Off), "of rules that are switched off"),
    ];
    let told = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{} {words}", grouped(count as u64)));
    told.collect::<Vec<_>>().join(", ")
}

/// A number and its noun: `1 finding`, `2,310 words`.
pub(crate) fn counted(count: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { singular } else { plural })
}

/// A number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Findings by severity, strongest first: `1 contradiction, 2 queries`.
pub(crate) fn counts_by_severity(findings: &[Finding]) -> String {
    use crate::finding::Severity::{Contradiction, Note, Query};
    let kinds = [(Contradiction, "contradiction", "contradictions"), (Query, "query", "queries"), (Note, "note", "notes")];
    let parts = kinds.into_iter().filter_map(|(severity, singular, plural)| {
        let count = findings.iter().filter(|finding| finding.severity == severity).count();
        (count > 0).then(|| counted(count as u64, singular, plural))
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
