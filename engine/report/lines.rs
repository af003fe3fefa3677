//! A run for programs that read one line at a time: `path:line:column: rule: message`, as compilers print them, and the annotations of GitHub's
//! workflows (<https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>).

use super::RunSummary;
use super::sarif::end_of;
use crate::finding::{Evidence, Finding, Severity};
use crate::text::{Problem, ProblemKind, escape};

/// One line for each finding that waits for the author.
pub fn render(summary: &RunSummary) -> String {
    let line = |finding: &Finding| {
        let place = finding.evidence.first().map(place).unwrap_or_default();
        let others: Vec<String> = finding.evidence.iter().skip(1).map(Evidence::file_and_line).collect();
        let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
        let safe = escape::for_terminal(&format!("{}{others}", finding.message));
        format!("{place}: {}: {}: {safe} [{}]\n", finding.severity, finding.rule, finding.id)
    };
    summary.findings().iter().map(line).collect()
}

fn place(evidence: &Evidence) -> String {
    format!("{}:{}", escape::for_terminal(evidence.file.on_disk().as_str()), evidence.place)
}

/// One annotation for each finding that waits for the author, and for each problem.
pub fn github(summary: &RunSummary) -> String {
    let findings = summary.findings();
    let of_findings = findings.iter().filter_map(|finding| Some(annotation(finding, finding.evidence.first()?)));
    let problems = summary.all_problems();
    of_findings.chain(problems.into_iter().map(problem_annotation)).collect()
}

fn annotation(finding: &Finding, evidence: &Evidence) -> String {
    let command = match finding.severity {
        Severity::Contradiction => "error",
        Severity::Query => "warning",
        Severity::Note => "notice",
    };
    let end = end_of(evidence);
    let others: String = finding.evidence.iter().skip(1).map(|other| format!("\n{}: {}", other.file_and_line(), other.quote)).collect();
    format!(
        "::{command} file={},line={},endLine={},col={},endColumn={},title={}::{}\n",
        property(evidence.file.on_disk().as_str()),
        evidence.place.line,
        end.line,
        evidence.place.column,
        end.column,
        property(&finding.rule),
        data(&format!("{}{others}\n{}", finding.message, finding.id)),
    )
}

fn problem_annotation(problem: &Problem) -> String {
    let command = match problem.kind {
        ProblemKind::Note => "notice",
        ProblemKind::NotChecked => "warning",
        ProblemKind::Configuration => "error",
    };
    let line = problem.place.map(|place| format!(",line={},col={}", place.line, place.column)).unwrap_or_default();
    let place = problem.file.as_ref().map(|file| format!(" file={}{line}", property(file.on_disk().as_str()))).unwrap_or_default();
    format!("::{command}{place}::{}\n", data(&problem.words()))
}

/// A message: whatever ends a line is written as its code, so that no text can give a command of its own.
fn data(text: &str) -> String {
    let coded = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    escape::for_terminal(&coded)
}

/// A value among others.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
