//! What can be done about a finding, without leaving the editor.

use super::{View, holds};
use crate::finding::{Evidence, Finding};
use crate::text::{SourcePath, lines_with_ends};
use lsp_types::{CodeAction, CodeActionKind, Command, Position, Range, TextEdit, Uri, WorkspaceEdit};
use std::collections::HashMap;

/// The command that lets a finding stand; its argument is the finding's id.
pub const STET_COMMAND: &str = "copydesk.stet";

/// The author's settings.
const SETTINGS: &str = "copydesk.yaml";

impl View {
    /// What can be done about the findings that have a passage in a range. `settings` is the text of `copydesk.yaml`, where there is one;
    /// `is_current` says whether the file is still as it was when it was checked, so that a mark would stand where it belongs. Every change is
    /// made by the editor, and can be taken back in it; but for the list of dismissals, which is copydesk's own.
    pub fn actions(&self, file: &SourcePath, range: Range, settings: Option<&str>, is_current: bool) -> Vec<CodeAction> {
        let is_here = |evidence: &&Evidence| {
            let place = self.range(evidence);
            evidence.file.on_disk() == *file && (holds(range, place.start) || holds(place, range.start))
        };
        let here = self.findings.iter().filter_map(|finding| Some((finding, finding.evidence.iter().find(is_here)?)));
        here.flat_map(|(finding, evidence)| self.actions_for(finding, evidence, settings, is_current)).collect()
    }

    fn actions_for(&self, finding: &Finding, evidence: &Evidence, settings: Option<&str>, is_current: bool) -> Vec<CodeAction> {
        let rule = &finding.rule;
        let command = Command {
            title: "Let it stand".to_string(),
            command: STET_COMMAND.to_string(),
            arguments: Some(vec![finding.id.clone().into()]),
        };
        let action = |title: String| CodeAction { title, kind: Some(CodeActionKind::QUICKFIX), ..CodeAction::default() };
        let stet = CodeAction { command: Some(command), ..action(format!("Let it stand here: {rule}, until a quote of it changes")) };
        let mark = is_current.then(|| self.mark(finding, evidence)).flatten().map(|edit| CodeAction {
            edit: Some(edit),
            ..action(format!("Let it stand here, with a mark in the text: <!-- stet: {rule} -->"))
        });
        let off = settings
            .and_then(|settings| self.rule_off(rule, settings))
            .map(|edit| CodeAction { edit: Some(edit), ..action(format!("Switch {rule} off for the whole book, in {SETTINGS}")) });
        std::iter::once(stet).chain(mark).chain(off).collect()
    }

    /// A mark behind the line in which a quote of a chapter ends; a line of the front matter or the bible takes none.
    fn mark(&self, finding: &Finding, evidence: &Evidence) -> Option<WorkspaceEdit> {
        let text = self.texts.get(&evidence.file).filter(|_| finding.point.is_some() && finding.evidence.first() == Some(evidence))?;
        let line_start = text.get(..evidence.span.end)?.rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let line = lines_with_ends(&text[line_start..]).next()?.trim_end();
        let is_above_prose =
            |before: &str| before.trim_start_matches('\u{feff}').strip_prefix("---").is_some_and(|rest| !rest.contains("\n---"));
        let is_prose = !text.get(..evidence.span.start).is_some_and(is_above_prose);
        let end = Position { character: self.project.units.length(line), ..self.range(evidence).end };
        let uri = self.project.uri(&evidence.file.on_disk()).filter(|_| is_prose)?;
        Some(edit(uri, end, format!(" <!-- stet: {} -->", finding.rule)))
    }

    /// `rule: off` below `rules:`, or both at the end.
    fn rule_off(&self, rule: &str, settings: &str) -> Option<WorkspaceEdit> {
        let uri = self.project.uri(&SourcePath::new(SETTINGS))?;
        let lines: Vec<&str> = lines_with_ends(settings).collect();
        let has_key =
            |line: &&str| line.strip_prefix("rules:").is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_alphanumeric()));
        let Some(place) = lines.iter().position(has_key) else {
            let has_end = lines.last().is_none_or(|line| line.ends_with(['\n', '\r']));
            let (line, character) = match lines.last() {
                Some(last) if !has_end => (lines.len() - 1, self.project.units.length(last)),
                _ => (lines.len(), 0),
            };
            let before = if has_end { "" } else { "\n" };
            return Some(edit(
                uri,
                Position { line: super::place::counted(line), character },
                format!("{before}\nrules:\n  {rule}: off\n"),
            ));
        };
        // A list in braces, or a rule that has a setting already: that is the author's to change.
        let rest = lines[place]["rules:".len()..].trim();
        let has_rule = lines.iter().any(|line| line.trim_start().starts_with(&format!("{rule}:")));
        if !(rest.is_empty() || rest.starts_with('#')) || has_rule || !lines[place].ends_with(['\n', '\r']) {
            return None;
        }
        let next = lines[place + 1..].iter().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let indent = next.map_or("", |line| &line[..line.len() - line.trim_start().len()]);
        let indent = if indent.is_empty() { "  " } else { indent };
        Some(edit(uri, Position { line: super::place::counted(place + 1), character: 0 }, format!("{indent}{rule}: off\n")))
    }
}

fn edit(uri: Uri, at: Position, new_text: String) -> WorkspaceEdit {
    let edits = vec![TextEdit { range: Range { start: at, end: at }, new_text }];
    WorkspaceEdit { changes: Some(HashMap::from([(uri, edits)])), ..WorkspaceEdit::default() }
}
