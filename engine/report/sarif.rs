//! A run as SARIF 2.1.0, which editors, code hosts and viewers of results read (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).

use super::{RunSummary, json};
use crate::finding::history::Record;
use crate::finding::{Evidence, Finding, Severity, Standing};
use crate::text::{LineColumn, LineIndex, Problem, ProblemKind, SourcePath, escape};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString, Notification,
    PhysicalLocation, PropertyBag, Region, ReportingDescriptor, Result as SarifResult, ResultLevel, Run, Sarif, Suppression, Tool,
    ToolComponent,
};
use std::collections::{BTreeMap, BTreeSet};

/// A rule as it is described beside its results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    pub name: String,
    /// What it flags, in one sentence.
    pub line: String,
    /// Its manual, in Markdown.
    pub manual: String,
}

/// Where the form is written down; code hosts take it as the sign of its version. Nothing is fetched from there.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What identifies a finding from run to run.
const FINGERPRINT: &str = "copydeskFindingId/v1";

/// The folder that paths are relative to.
const ROOT: &str = "%SRCROOT%";

/// The run as one JSON object on several lines, with a line end after it. `rules` are those that findings may be of. Findings that the author
/// dismissed are there as suppressed, less certain ones with the kind `review`; those of rules that are off are not.
pub fn render(summary: &RunSummary, rules: &[RuleText]) -> String {
    let findings: Vec<Finding> = summary.all_findings().into_iter().filter(|finding| finding.standing != Standing::Off).collect();
    let used: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    let rules: Vec<&RuleText> = rules.iter().filter(|rule| used.contains(rule.name.as_str())).collect();
    let places: BTreeMap<&str, i64> = rules.iter().zip(0..).map(|(rule, place)| (rule.name.as_str(), place)).collect();
    let new: BTreeSet<&str> = summary.changes.iter().flat_map(|changes| &changes.new).map(Record::id).collect();
    let result = |finding: &Finding| {
        let mut result = result_of(finding);
        result.rule_index = places.get(finding.rule.as_str()).copied();
        let state = if new.contains(finding.id.as_str()) { "new" } else { "unchanged" };
        result.baseline_state = summary.changes.as_ref().map(|_| json!(state));
        result
    };
    let driver = ToolComponent::builder()
        .name("copydesk")
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(rules.into_iter().map(descriptor).collect::<Vec<_>>())
        .build();
    let problems = summary.all_problems();
    let invocation = Invocation::builder()
        .execution_successful(!problems.iter().any(|problem| problem.kind == ProblemKind::Configuration))
        .tool_execution_notifications(problems.into_iter().map(notification).collect::<Vec<_>>())
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .results(findings.iter().map(result).collect::<Vec<_>>())
        .invocations(vec![invocation])
        .column_kind(json!("unicodeCodePoints"))
        .build();
    let log = Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    // Only maps with keys that are no texts cannot be written, and there are none.
    json::text_of(&serde_json::to_value(log).unwrap_or_default())
}

fn descriptor(rule: &RuleText) -> ReportingDescriptor {
    let manual = MultiformatMessageString::builder().text(rule.manual.as_str()).markdown(rule.manual.as_str()).build();
    let line = MultiformatMessageString::builder().text(rule.line.as_str()).build();
    ReportingDescriptor::builder().id(rule.name.as_str()).short_description(line).help(manual).build()
}

fn message(text: &str) -> Message {
    Message::builder().text(text).build()
}

fn result_of(finding: &Finding) -> SarifResult {
    let level = match finding.severity {
        Severity::Contradiction => ResultLevel::Error,
        Severity::Query => ResultLevel::Warning,
        Severity::Note => ResultLevel::Note,
    };
    let mut properties = BTreeMap::from([
        ("script".to_string(), json!(finding.script)),
        ("severity".to_string(), json!(finding.severity.to_string())),
        ("subjects".to_string(), json!(finding.subjects)),
        ("sources".to_string(), json!(finding.sources.iter().map(|source| source.name()).collect::<Vec<_>>())),
    ]);
    properties.extend(finding.model_note.as_ref().map(|words| ("model_note".to_string(), json!(words))));
    let mut result = SarifResult::builder()
        .rule_id(finding.rule.as_str())
        .message(message(&finding.message))
        .locations(finding.evidence.iter().take(1).map(location).collect::<Vec<_>>())
        .related_locations(finding.evidence.iter().skip(1).zip(1..).map(related).collect::<Vec<_>>())
        .partial_fingerprints(BTreeMap::from([(FINGERPRINT.to_string(), finding.id.clone())]))
        .properties(PropertyBag::builder().additional_properties(properties).build())
        .build();
    result.rank = finding.confidence.map(|confidence| (confidence * 1000.0).round() / 10.0);
    // SARIF gives a level to what failed only.
    match &finding.standing {
        Standing::LessCertain => result.kind = Some(serde_sarif::sarif::ResultKind::Review),
        Standing::Open | Standing::Dismissed(_) | Standing::Off => result.level = Some(level),
    }
    result.suppressions = finding.dismissal().map(|dismissal| {
        let is_in_text = finding.evidence.iter().any(|evidence| evidence.file.on_disk() == dismissal.file.on_disk());
        let place = PhysicalLocation::builder().artifact_location(artifact(&dismissal.file)).region(point(dismissal.place)).build();
        let mut suppression = Suppression::builder()
            .kind(json!(if is_in_text { "inSource" } else { "external" }))
            .location(Location::builder().physical_location(place).build())
            .build();
        suppression.justification = dismissal.reason.clone();
        vec![suppression]
    });
    result
}

/// Another passage that a finding rests on. Ids count from 1, so that none of them is the primary one.
fn related((evidence, id): (&Evidence, i64)) -> Location {
    let mut location = location(evidence);
    location.id = Some(id);
    location.message = (!evidence.label.is_empty()).then(|| message(&evidence.label));
    location
}

fn location(evidence: &Evidence) -> Location {
    let place = PhysicalLocation::builder().artifact_location(artifact(&evidence.file)).region(region(evidence)).build();
    let mut location = Location::builder().physical_location(place).build();
    location.logical_locations =
        evidence.file.is_section().then(|| vec![LogicalLocation::builder().name(evidence.file.stem()).kind("module").build()]);
    location
}

fn artifact(file: &SourcePath) -> ArtifactLocation {
    ArtifactLocation::builder().uri(escape::for_uri(file.on_disk().as_str())).uri_base_id(ROOT).build()
}

fn point(place: LineColumn) -> Region {
    Region::builder().start_line(number(place.line)).start_column(number(place.column)).build()
}

/// The quote's place. Lines and columns only: of a file in UTF-16, byte offsets mean something else to SARIF.
fn region(evidence: &Evidence) -> Region {
    let end = end_of(evidence);
    let mut region = point(evidence.place);
    region.end_line = Some(number(end.line));
    region.end_column = Some(number(end.column));
    region.snippet = Some(ArtifactContent::builder().text(evidence.quote.as_str()).build());
    region
}

/// The place behind the last letter of a quote.
pub(super) fn end_of(evidence: &Evidence) -> LineColumn {
    let within = LineIndex::new(&evidence.quote).line_column(&evidence.quote, evidence.quote.len());
    let column = if within.line == 1 { evidence.place.column + within.column - 1 } else { within.column };
    LineColumn { line: evidence.place.line + within.line - 1, column }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn notification(problem: &Problem) -> Notification {
    let level = match problem.kind {
        ProblemKind::Note => "note",
        ProblemKind::NotChecked => "warning",
        ProblemKind::Configuration => "error",
    };
    let mut notification = Notification::builder().level(Value::from(level)).message(message(&problem.words())).build();
    notification.locations = problem.file.as_ref().map(|file| {
        let mut place = PhysicalLocation::builder().artifact_location(artifact(file)).build();
        place.region = problem.place.map(point);
        vec![Location::builder().physical_location(place).build()]
    });
    notification
}
