//! `copydesk rules`: which mistakes are looked for, and the manual of each.

use super::args::Rules;
use super::messages;
use crate::project::{RuleSetting, Snapshot};
use crate::run::shipped;
use crate::script::manual::RuleManual;
use crate::text::escape::for_terminal;
use crate::text::{Problem, ProblemKind};
use std::fmt::Write;

/// Lists the rules, or shows the manual of one. Gives the exit status.
pub fn rules(arguments: &Rules) -> u8 {
    messages::outcome(attempt(arguments))
}

fn attempt(arguments: &Rules) -> Result<String, Problem> {
    let wrong = |message: String| Problem::new(ProblemKind::Configuration, message);
    let snapshot = Snapshot::take(&arguments.folder, shipped::shipped()).map_err(|error| wrong(error.to_string()))?;
    let rules = RuleManual::all(&snapshot.scripts);
    let setting = |rule: &RuleManual| snapshot.config.rules.get(&rule.name).copied().unwrap_or_default();
    let Some(wanted) = &arguments.rule else { return Ok(listed(&rules, &setting)) };
    let Some(rule) = rules.iter().find(|rule| rule.name == *wanted) else {
        let nearest = rules.iter().min_by_key(|rule| strsim::damerau_levenshtein(wanted, &rule.name));
        let advice = nearest.map_or_else(String::new, |rule| format!("the nearest is {}; copydesk rules lists them all", rule.name));
        return Err(wrong(format!("there is no rule “{wanted}”")).advice(advice));
    };
    Ok(shown(rule, setting(rule)))
}

fn listed(rules: &[RuleManual], setting: &dyn Fn(&RuleManual) -> RuleSetting) -> String {
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut groups: Vec<&[String]> = Vec::new();
    for rule in rules {
        if !groups.contains(&rule.found_by.as_slice()) {
            groups.push(&rule.found_by);
        }
    }
    // The large groups are those that run by themselves.
    groups.sort_by_key(|group| std::cmp::Reverse(rules.iter().filter(|rule| rule.found_by == *group).count()));
    let mut text = String::new();
    for group in groups {
        let _ = writeln!(text, "Run by {}:", for_terminal(&group.join(" and ")));
        for rule in rules.iter().filter(|rule| rule.found_by == group) {
            let notes: Vec<String> = [
                words_of(setting(rule)),
                rule.is_own.then(|| "your own".to_string()),
                rule.measured().map(|measured| format!("measured: {measured}")),
            ]
            .into_iter()
            .flatten()
            .collect();
            let notes = if notes.is_empty() { String::new() } else { format!(" [{}]", notes.join("; ")) };
            let _ = writeln!(text, "  {:width$}  {}{notes}", rule.name, for_terminal(&rule.line));
        }
        text.push('\n');
    }
    text + "copydesk rules NAME shows the manual of a rule. `rules` in copydesk.yaml switches it off or sets its severity."
}

fn shown(rule: &RuleManual, setting: RuleSetting) -> String {
    let manual: Vec<String> = rule.text.lines().map(for_terminal).collect();
    let mut text = format!("{}\n\n{}\n\nRun by {}.\n", rule.name, manual.join("\n"), for_terminal(&rule.found_by.join(" and ")));
    if let Some(measured) = rule.measured() {
        let _ = writeln!(text, "Measured on labelled pieces of prose with the 1.5B model: {measured}.");
    }
    if let Some(settings) = rule.settings_listed() {
        let lines: Vec<String> = settings.lines().map(for_terminal).collect();
        let _ = writeln!(text, "\nWhat you can set in copydesk.yaml, as `settings: {{ {}: {{ … }} }}`:\n{}", rule.name, lines.join("\n"));
    }
    if let Some(words) = words_of(setting) {
        let _ = writeln!(text, "In your copydesk.yaml: {words}.");
    }
    text
}

/// What the author has set for a rule; nothing when that is nothing.
fn words_of(setting: RuleSetting) -> Option<String> {
    if setting.is_off {
        return Some("off".to_string());
    }
    let severity = setting.severity.map(|severity| format!("severity {severity}"));
    let confidence = setting.confidence.map(|least| format!("confidence {least}"));
    let words: Vec<String> = severity.into_iter().chain(confidence).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
