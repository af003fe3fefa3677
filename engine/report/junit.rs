//! A run as JUnit's XML, which build servers read: a suite for each script, a case for each finding, each part that is clean, and each that
//! could not be checked; and one for the run's problems.

use super::{Outcome, RunSummary, ScriptResult};
use crate::finding::{Evidence, Finding};
use crate::text::{Problem, ProblemKind};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;
use std::time::Duration;

/// The run as one XML document.
pub fn render(summary: &RunSummary) -> String {
    let mut suites: BTreeMap<&str, Vec<&ScriptResult>> = BTreeMap::new();
    for result in &summary.results {
        suites.entry(&result.script).or_default().push(result);
    }
    let mut report = Report::new("copydesk");
    report.set_time(Duration::try_from_secs_f64(summary.seconds).unwrap_or_default());
    report.add_test_suites(suites.into_iter().map(|(script, results)| {
        let mut suite = TestSuite::new(script);
        suite.add_test_cases(results.into_iter().flat_map(cases));
        suite
    }));
    let problems = summary.all_problems();
    if !problems.is_empty() {
        let mut suite = TestSuite::new("problems");
        suite.add_test_cases(problems.into_iter().map(problem_case));
        report.add_test_suite(suite);
    }
    // Written into memory, which cannot fail.
    report.to_string().unwrap_or_default()
}

fn cases(result: &ScriptResult) -> Vec<TestCase> {
    if let Outcome::NotChecked(reason) = &result.outcome {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(format!("not checked: {reason}"));
        return vec![TestCase::new(result.scope.to_string(), status)];
    }
    let findings: Vec<TestCase> = result.open().map(case).collect();
    if findings.is_empty() { vec![TestCase::new(result.scope.to_string(), TestCaseStatus::success())] } else { findings }
}

/// What could not be used is an error; a note passes.
fn problem_case(problem: &Problem) -> TestCase {
    let mut status = match problem.kind {
        ProblemKind::Note => TestCaseStatus::success(),
        ProblemKind::NotChecked | ProblemKind::Configuration => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    status.set_message(problem.to_string());
    TestCase::new(problem.to_string(), status)
}

fn case(finding: &Finding) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(finding.message.as_str()).set_type(finding.severity.to_string());
    let passage = |evidence: &Evidence| {
        let label = if evidence.label.is_empty() { String::new() } else { format!(" ({})", evidence.label) };
        format!("{}:{}{label}\n{}\n", evidence.file.on_disk(), evidence.place, evidence.quote)
    };
    status.set_description(finding.evidence.iter().map(passage).collect::<Vec<_>>().join("\n"));
    let mut case = TestCase::new(format!("{} {}", finding.rule, finding.id), status);
    case.set_classname(finding.evidence.first().map_or_else(String::new, |evidence| evidence.file.shown()));
    case
}
