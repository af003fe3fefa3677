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

    pub(super) fn sections(&self) -> [Section<'_>; 6] {
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

/// The findings that something became of.
pub(super) struct Section<'a> {
    pub heading: &'static str,
    /// What it says behind their number.
    pub words: &'static str,
    pub records: &'a [Record],
}

/// The report for the terminal.
pub fn text(morning: &Morning) -> String {
    let mut lines = vec![morning.headline()];
    for section in morning.sections().iter().filter(|section| !section.records.is_empty()) {
        lines.push(String::new());
        lines.push(section.heading.to_string());
        for record in section.records {
            lines.push(format!("  {}  {}", place(record, &|path| path.to_string()), record.message));
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
            text += &format!("- {} ({}; {})\n", safe(&record.message), place(record, &safe), safe(&details(record)));
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

/// Where its first quote stands. The path alone is made safe: escaped, the numbers behind it would be no place any more.
fn place(record: &Record, safe: &dyn Fn(&str) -> String) -> String {
    let of =
        |quote: &crate::finding::history::RecordedQuote| format!("{}:{}:{}", safe(quote.file.on_disk().as_str()), quote.line, quote.column);
    record.quotes.first().map(of).unwrap_or_default()
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
pub(super) fn rule_lines(morning: &Morning) -> impl Iterator<Item = String> + '_ {
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
    let quote = |quote: &crate::finding::history::RecordedQuote| json!({ "file": quote.file.on_disk().as_str(), "line": quote.line, "column": quote.column });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::history::{RecordedQuote, State, Trace};
    use crate::text::SourcePath;

    fn record(id: &str, message: &str) -> Record {
        let quote = RecordedQuote { file: SourcePath::new("b1/01.md"), line: 3, column: 9, words: "green".to_string() };
        Record::example(
            Trace { id: id.to_string(), rule: "changed-age".to_string(), ..Trace::default() },
            message,
            vec![quote],
            State::Open,
        )
    }

    fn morning() -> Morning {
        let changes = Changes {
            new: vec![record("a1", "Forty here.")],
            reopened: vec![Record { reopened_from: Some("a0".to_string()), ..record("b2", "Fifty here.") }],
            dismissed: vec![Record { reason: Some("she lies".to_string()), ..record("c3", "Sixty here.") }],
            less_certain: vec![record("d4", "Seventy here.")],
            ..Changes::default()
        };
        let advice = Some(Advice::Off);
        let rules = vec![RulePrecision { rule: "changed-age".to_string(), shown: 4, dismissed: 3, advice }];
        Morning { since: "the first run".to_string(), runs: 2, changes, not_checked: vec!["summaries: no model".to_string()], rules }
    }

    #[test]
    fn the_terminal_gets_one_line_for_each_finding_and_what_else_there_is() {
        insta::assert_snapshot!(text(&morning()), @r"
        Since the first run (2 runs): 1 new, 1 reopened, 1 dismissed.

        New
          b1/01.md:3:9  Forty here.
              changed-age, a1

        Reopened
          b1/01.md:3:9  Fifty here.
              changed-age, b2, you had dismissed a0, and one of its quotes has changed since

        Dismissed
          b1/01.md:3:9  Sixty here.
              changed-age, c3, because she lies

        1 finding is less certain, listed at the end of the reports.
        Not checked: summaries: no model.
        Of 4 findings of the rule changed-age you dismissed 3: no threshold tells them from the others; changed-age: off under `rules:` in copydesk.yaml shows none.
        ");
    }

    #[test]
    fn the_exit_status_tells_what_waits_and_what_was_not_checked() {
        let whole = Morning { not_checked: Vec::new(), ..morning() };
        assert_eq!((morning().exit_status(), whole.exit_status(), Morning::default().exit_status()), (3, 1, 0));
    }

    #[test]
    fn no_word_of_a_finding_is_live_in_markdown_or_in_a_terminal() {
        let hostile = "![x](http://evil.example/a) <img src=x> [y]: z \u{1b}[31m";
        let changes = Changes { fixed: vec![Record { reason: Some(hostile.to_string()), ..record("a1", hostile) }], ..Changes::default() };
        let morning = Morning { changes, not_checked: vec![hostile.to_string()], ..morning() };
        let markdown = markdown(&morning);
        for live in ["![", "](", "<img", "]:", "//evil"] {
            let is_live = markdown.match_indices(live).any(|(at, _)| !markdown[..at].ends_with('\\'));
            assert!(!is_live, "{live} in {markdown}");
        }
        assert!(!text(&morning).contains('\u{1b}') && !markdown.contains('\u{1b}') && !json(&morning).contains('\u{1b}'));
    }
}
