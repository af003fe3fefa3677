//! The morning report: what became of the findings since the last report, and how the author has taken each rule's findings.

use super::{counted, grouped, json};
use crate::finding::history::{Changes, Record};
use crate::finding::precision::{Advice, RulePrecision};
use crate::text::escape;
use serde_json::{Value, json};

/// Everything the morning report tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Morning {
    /// Since when, in words: `the report of 2026-03-01 07:10`; follows the word “since”.
    pub since: String,
    /// Runs since then.
    pub runs: u64,
    pub changes: Changes,
    /// What the last runs could not check, one sentence each.
    pub not_checked: Vec<String>,
    /// Every rule that has shown findings.
    pub rules: Vec<RulePrecision>,
}

impl Morning {
    /// The exit status: 3 when something could not be checked, else 1 when findings wait, else 0.
    pub fn exit_status(&self) -> u8 {
        if !self.not_checked.is_empty() || !self.changes.not_checked.is_empty() { 3 } else { u8::from(self.changes.open() > 0) }
    }

    fn headline(&self) -> String {
        let runs = counted(self.runs, "run", "runs");
        let parts = self.sections().into_iter().filter(|section| !section.records.is_empty());
        let parts: Vec<String> = parts.map(|section| format!("{} {}", grouped(section.records.len() as u64), section.words)).collect();
        let told = if parts.is_empty() { "no findings".to_string() } else { parts.join(", ") };
        format!("Since {} ({runs}): {told}.", self.since)
    }

    fn sections(&self) -> [Section<'_>; 6] {
        let changes = &self.changes;
        let section = |heading, words, records| Section { heading, words, records };
        [
            section("New", "new", &changes.new),
            section("Reopened", "reopened", &changes.reopened),
            section("Still open", "still open", &changes.still_open),
            section("Open when last looked for, not checked since", "not checked again", &changes.not_checked),
            section("Fixed", "fixed", &changes.fixed),
            section("Dismissed", "dismissed", &changes.dismissed),
        ]
    }
}

struct Section<'a> {
    heading: &'static str,
    words: &'static str,
    records: &'a [Record],
}

/// The report for the terminal.
pub fn text(morning: &Morning) -> String {
    let mut lines = vec![morning.headline()];
    for section in morning.sections().iter().filter(|section| !section.records.is_empty()) {
        lines.push(String::new());
        lines.push(section.heading.to_string());
        for record in section.records {
            lines.push(format!("  {}  {}", place(record), record.message));
            lines.push(format!("      {}", details(record)));
        }
    }
    let more = [less_certain_line(morning)].into_iter().flatten();
    let more: Vec<String> = more.chain(not_checked_lines(morning)).chain(rule_lines(morning)).collect();
    if !more.is_empty() {
        lines.push(String::new());
        lines.extend(more);
    }
    lines.iter().map(|line| escape::for_terminal(line) + "\n").collect()
}

/// The report as Markdown.
pub fn markdown(morning: &Morning) -> String {
    let safe = |text: &str| escape::for_markdown(text);
    let mut text = format!("# Morning report\n\n**{}**\n", safe(&morning.headline()));
    for section in morning.sections().iter().filter(|section| !section.records.is_empty()) {
        text += &format!("\n## {}\n\n", section.heading);
        for record in section.records {
            text += &format!("- {} ({}; {})\n", safe(&record.message), safe(&place(record)), safe(&details(record)));
        }
    }
    let not_checked: Vec<String> = not_checked_lines(morning).collect();
    let rules: Vec<String> = rule_lines(morning).collect();
    let more = [("Less certain", less_certain_line(morning).into_iter().collect()), ("Not checked", not_checked), ("Rules", rules)];
    for (heading, lines) in more.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        text += &format!("\n## {heading}\n\n");
        lines.iter().for_each(|line| text += &format!("- {}\n", safe(line)));
    }
    text
}

/// The report as one JSON object.
pub fn json(morning: &Morning) -> String {
    let mut object = json!({
        "since": morning.since,
        "runs": morning.runs,
        "less_certain": morning.changes.less_certain.iter().map(record_value).collect::<Vec<Value>>(),
        "unchecked_work": morning.not_checked,
        "rules": morning.rules.iter().map(rule_value).collect::<Vec<Value>>(),
    });
    let names = ["new", "reopened", "still_open", "not_checked", "fixed", "dismissed"];
    for (name, section) in names.into_iter().zip(morning.sections()) {
        object[name] = section.records.iter().map(record_value).collect();
    }
    json::text_of(&object)
}

fn place(record: &Record) -> String {
    record.quotes.first().map(|quote| format!("{}:{}:{}", quote.file, quote.line, quote.column)).unwrap_or_default()
}

/// Rule and identity, and what else is to be known of a finding's life.
fn details(record: &Record) -> String {
    let mut parts = vec![record.trace.rule.clone(), record.id().to_string()];
    parts.extend(record.reopened_from.as_ref().map(|old| format!("you had dismissed {old}, and one of its quotes has changed since")));
    parts.extend(record.reason.as_ref().map(|reason| format!("because {reason}")));
    parts.join(", ")
}

fn less_certain_line(morning: &Morning) -> Option<String> {
    let count = morning.changes.less_certain.len() as u64;
    (count > 0).then(|| format!("{} less certain, listed at the end of the reports.", counted(count, "finding is", "findings are")))
}

fn not_checked_lines(morning: &Morning) -> impl Iterator<Item = String> + '_ {
    morning.not_checked.iter().map(|what| format!("Not checked: {what}."))
}

/// The rules of which the author dismisses many findings, and what would help.
fn rule_lines(morning: &Morning) -> impl Iterator<Item = String> + '_ {
    morning.rules.iter().filter_map(|rule| {
        let advice = match rule.advice.as_ref()? {
            Advice::Confidence { least, of_dismissed, of_others } => {
                let others = rule.shown - rule.dismissed;
                format!(
                    "with {}: {{ confidence: {least} }} under `rules:` in copydesk.yaml, {of_dismissed} of the dismissed and {of_others} of the \
                     other {others} would be listed apart",
                    rule.rule
                )
            }
            Advice::Off => format!("no threshold tells them from the others; {}: off under `rules:` in copydesk.yaml shows none", rule.rule),
        };
        let shown = counted(rule.shown as u64, "finding", "findings");
        Some(format!("Of {shown} of the rule {} you dismissed {}: {advice}.", rule.rule, grouped(rule.dismissed as u64)))
    })
}

fn record_value(record: &Record) -> Value {
    let quote =
        |quote: &crate::finding::history::RecordedQuote| json!({ "file": quote.file.as_str(), "line": quote.line, "column": quote.column });
    json!({
        "id": record.id(),
        "rule": record.trace.rule,
        "message": record.message,
        "subjects": record.subjects,
        "places": record.quotes.iter().map(quote).collect::<Vec<Value>>(),
        "confidence": record.confidence.map(|confidence| (confidence * 1000.0).round() / 1000.0),
        "reason": record.reason,
        "reopened_from": record.reopened_from,
    })
}

fn rule_value(rule: &RulePrecision) -> Value {
    let advice = rule.advice.as_ref().map(|advice| match advice {
        Advice::Confidence { least, .. } => json!({ "confidence": least }),
        Advice::Off => json!("off"),
    });
    json!({ "rule": rule.rule, "shown": rule.shown, "dismissed": rule.dismissed, "advice": advice })
}
