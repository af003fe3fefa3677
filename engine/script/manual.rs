//! The manuals of rules, as the page of rules and `copydesk rules` show them. Nothing is compiled for them.

use super::declared::DECLARATIONS;
use crate::text::yaml::{self, Value};
use crate::text::{ScriptFile, ScriptKind};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

/// What the rules found in the labelled pieces of `tests/prose`: rule → right findings, wrong ones, and errors of its kind that were not
/// found. How it is renewed stands in `docs/measuring.md`.
static MEASURED: LazyLock<BTreeMap<String, [u64; 3]>> = LazyLock::new(|| measured(include_str!("../../scripts/measured.yaml")));

/// A rule as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleManual {
    pub name: String,
    /// The groups it runs in, or the script that makes its findings.
    pub found_by: Vec<String>,
    /// What it flags, in one sentence.
    pub line: String,
    /// All of its manual, in Markdown.
    pub text: String,
    /// What an author may set for it.
    pub settings: Vec<Setting>,
    /// Whether it is the author's own.
    pub is_own: bool,
}

/// A constant of a rule that an author may set otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As `copydesk.yaml` has it.
    pub name: String,
    /// The rule's own value.
    pub value: String,
    /// The comment above it, or nothing.
    pub comment: String,
}

impl RuleManual {
    /// The manuals of all rules that some scripts have, in order of their names.
    pub fn all(scripts: &[ScriptFile]) -> Vec<RuleManual> {
        let of_script = |script: &ScriptFile| -> Vec<RuleManual> {
            // What a group finds its rules find.
            let rules = script.finds().into_iter().filter(|_| script.declared("RULES").is_none());
            rules.map(|rule| RuleManual::of(script, rule)).collect()
        };
        let mut all: Vec<RuleManual> = scripts.iter().flat_map(of_script).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    fn of(script: &ScriptFile, rule: &str) -> RuleManual {
        let text = manual(&script.text);
        let paragraph = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        let first = paragraph.split_once(". ").map_or(paragraph.clone(), |(sentence, _)| format!("{sentence}."));
        let found_by = match script.kind {
            ScriptKind::Rule => script.groups(),
            ScriptKind::Check | ScriptKind::Library => vec![script.name.as_str()],
        };
        let found_by = found_by.into_iter().map(str::to_string).collect();
        RuleManual { name: rule.to_string(), found_by, line: first, text, settings: settings(&script.text), is_own: !script.is_shipped }
    }

    /// Its settings as a list in Markdown; nothing when it has none.
    pub fn settings_listed(&self) -> Option<String> {
        let line = |setting: &Setting| {
            let comment = if setting.comment.is_empty() { String::new() } else { format!(" {}", setting.comment) };
            format!("* `{}`, usually `{}`.{comment}", setting.name, setting.value)
        };
        let lines: Vec<String> = self.settings.iter().map(line).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// What it found in the pieces that were measured; nothing when they hold nothing for it.
    pub fn measured(&self) -> Option<String> {
        let [right, wrong, missed] = *MEASURED.get(&self.name)?;
        let count = |count: u64| if count == 0 { "none".to_string() } else { count.to_string() };
        Some(format!("{right} right, {} wrong, {} missed", count(wrong), count(missed)))
    }
}

fn measured(text: &str) -> BTreeMap<String, [u64; 3]> {
    let value = yaml::parse(text).ok();
    let rules = value.as_ref().and_then(|value| value.get("rules")).and_then(|rules| rules.as_mapping().cloned()).unwrap_or_default();
    let count = |value: &Value, name: &str| value.get(name).and_then(Value::as_u64).unwrap_or(0);
    let of_rule =
        |(name, value): (&Value, &Value)| Some((name.as_str()?.to_string(), ["right", "wrong", "missed"].map(|what| count(value, what))));
    rules.iter().filter_map(of_rule).collect()
}

/// The `//!` block at the top of a script, without its marks.
pub(super) fn manual(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.starts_with("//!"));
    let plain: Vec<&str> = lines.map(|line| line.trim_start_matches("//!")).map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    plain.join("\n").trim().to_string()
}

/// The constants at the top of a script that are no declarations, as far as each stands in one line.
fn settings(text: &str) -> Vec<Setting> {
    let (mut settings, mut comment) = (Vec::new(), Vec::new());
    for line in text.lines().take_while(|line| !line.starts_with("fn ")) {
        let constant = line.strip_prefix("const ").and_then(|rest| rest.strip_suffix(';')).and_then(|rest| rest.split_once(" = "));
        match constant {
            Some((name, value)) if !DECLARATIONS.contains(&name) => {
                let value = value.trim_matches('"').to_string();
                settings.push(Setting { name: name.to_lowercase(), value, comment: comment.join(" ") });
            }
            _ => {}
        }
        match line.strip_prefix("// ") {
            Some(words) => comment.push(words),
            None => comment.clear(),
        }
    }
    settings
}

/// The page of rules, in Markdown.
pub fn page(scripts: &[ScriptFile]) -> String {
    let mut page = String::from(include_str!("../../templates/rules-preface.md"));
    for rule in RuleManual::all(scripts) {
        let text = rule.text.replace("\n## ", "\n### ");
        let _ = write!(page, "\n## `{}`\n\nRun by {}.", rule.name, rule.found_by.join(" and "));
        if let Some(measured) = rule.measured() {
            let _ = write!(page, " Measured: {measured}.");
        }
        let _ = write!(page, "\n\n{text}\n");
        if let Some(settings) = rule.settings_listed() {
            let _ = write!(page, "\n### Settings\n{settings}\n");
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_told_by_its_first_sentence_and_its_groups() {
        let text = "//! Eyes that\n//! change.\n//!\n//! ## Why\n//! So.\n\nconst GROUP = \"one, other\";\n// How often.\nconst MOST = 2;\nfn check() {}\n";
        let rule = ScriptFile::new("scripts", "rules/changed-eyes.rhai", text.into(), false);
        let manuals = RuleManual::all(&[rule, ScriptFile::new("scripts", "lib/x.rhai", "//! X".into(), true)]);
        assert_eq!(manuals.len(), 1, "a library makes no findings");
        assert_eq!((manuals[0].line.as_str(), manuals[0].text.as_str()), ("Eyes that change.", "Eyes that\nchange.\n\n## Why\nSo."));
        assert_eq!(manuals[0].settings_listed().as_deref(), Some("* `most`, usually `2`. How often."));
        assert_eq!((manuals[0].found_by.clone(), manuals[0].is_own), (vec!["one".to_string(), "other".to_string()], true));
    }
}
