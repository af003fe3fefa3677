//! What an editor is shown of a book, in the words of the Language Server Protocol
//! (<https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/>): findings as diagnostics, what is known of the
//! person under the cursor, the other passage of a finding, and what can be done about it.
//!
//! Pure: it holds what the last check found, and answers from that.

mod actions;
mod hover;
mod place;

pub use actions::STET_COMMAND;
pub use place::{Project, Units, path_of};

use crate::finding::{Evidence, Finding, Severity, Standing};
use crate::report::StyleSheet;
use crate::text::{Problem, ProblemKind, SourcePath, is_document_name};
use lsp_types::{Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Position, Range};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the last check found, and the texts it looked at.
#[derive(Debug)]
pub struct View {
    pub project: Project,
    /// Those that wait for the author, and the less certain ones.
    pub findings: Vec<Finding>,
    pub problems: Vec<Problem>,
    /// By the path of a chapter, which may be a part of a file, or of a note of the bible.
    pub texts: BTreeMap<SourcePath, Arc<str>>,
    pub sheet: Option<StyleSheet>,
}

impl View {
    /// Before anything was checked.
    pub fn new(project: Project) -> View {
        View { project, findings: Vec::new(), problems: Vec::new(), texts: BTreeMap::new(), sheet: None }
    }

    /// What is to be shown in each file, by its path on the disk. A document of a word processor has no lines that an editor could show.
    pub fn diagnostics(&self) -> BTreeMap<SourcePath, Vec<Diagnostic>> {
        let mut files: BTreeMap<SourcePath, Vec<Diagnostic>> = BTreeMap::new();
        for finding in &self.findings {
            if let Some(evidence) = finding.evidence.first().filter(|evidence| is_text(&evidence.file)) {
                files.entry(evidence.file.on_disk()).or_default().push(self.diagnostic(finding, evidence));
            }
        }
        for problem in &self.problems {
            if let Some(file) = problem.file.as_ref().filter(|file| is_text(file)) {
                files.entry(file.on_disk()).or_default().push(problem_diagnostic(problem));
            }
        }
        files
    }

    fn diagnostic(&self, finding: &Finding, evidence: &Evidence) -> Diagnostic {
        let severity = match (&finding.standing, finding.severity) {
            (Standing::LessCertain, _) => DiagnosticSeverity::HINT,
            (_, Severity::Contradiction) => DiagnosticSeverity::ERROR,
            (_, Severity::Query) => DiagnosticSeverity::WARNING,
            (_, Severity::Note) => DiagnosticSeverity::INFORMATION,
        };
        let words = finding.model_note.iter().map(|note| format!("\nThe model’s words: {note}"));
        let related = finding.evidence.iter().skip(1).filter_map(|other| {
            let label = if other.label.is_empty() { String::new() } else { format!("{}: ", other.label) };
            Some(DiagnosticRelatedInformation { location: self.location(other)?, message: format!("{label}{}", one_line(&other.quote)) })
        });
        Diagnostic {
            range: self.range(evidence),
            severity: Some(severity),
            code: Some(NumberOrString::String(finding.rule.clone())),
            source: Some("copydesk".to_string()),
            message: std::iter::once(finding.message.clone()).chain(words).collect(),
            related_information: Some(related.collect()),
            data: Some(finding.id.clone().into()),
            ..Diagnostic::default()
        }
    }

    /// Where a quote stands in its file.
    fn range(&self, evidence: &Evidence) -> Range {
        let text = self.texts.get(&evidence.file).map_or("", |text| text);
        self.project.units.range(text, evidence)
    }

    fn location(&self, evidence: &Evidence) -> Option<Location> {
        let uri = self.project.uri(&evidence.file.on_disk()).filter(|_| is_text(&evidence.file))?;
        Some(Location { uri, range: self.range(evidence) })
    }

    /// The other passages of the findings that have one of theirs at a place.
    pub fn other_passages(&self, file: &SourcePath, position: Position) -> Vec<Location> {
        let mut found = Vec::new();
        for finding in &self.findings {
            let is_here = |evidence: &Evidence| evidence.file.on_disk() == *file && holds(self.range(evidence), position);
            let Some(here) = finding.evidence.iter().position(is_here) else { continue };
            let others = finding.evidence.iter().enumerate().filter(|(place, _)| *place != here);
            for location in others.filter_map(|(_, evidence)| self.location(evidence)) {
                if !found.contains(&location) {
                    found.push(location);
                }
            }
        }
        found
    }
}

/// Whether an editor of plain text opens the file.
fn is_text(file: &SourcePath) -> bool {
    !is_document_name(file.on_disk().file_name())
}

fn problem_diagnostic(problem: &Problem) -> Diagnostic {
    let severity = match problem.kind {
        ProblemKind::Note => DiagnosticSeverity::INFORMATION,
        ProblemKind::NotChecked => DiagnosticSeverity::WARNING,
        ProblemKind::Configuration => DiagnosticSeverity::ERROR,
    };
    let (line, column) = problem.place.map_or((0, 0), |place| (place::counted(place.line - 1), place::counted(place.column - 1)));
    let begin = Position { line, character: column };
    Diagnostic {
        range: Range { start: begin, end: begin },
        severity: Some(severity),
        source: Some("copydesk".to_string()),
        message: problem.words(),
        ..Diagnostic::default()
    }
}

fn holds(range: Range, position: Position) -> bool {
    range.start <= position && position <= range.end
}

/// A quote as a list shows it.
fn one_line(quote: &str) -> String {
    format!("“{}”", quote.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests;
