//! What is known of the person under the cursor.

use super::View;
use super::place::counted;
use crate::report::style_sheet::{Person, Statement};
use crate::text::escape::{for_markdown, for_terminal};
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position, Range};
use std::fmt::Write;
use std::ops::Range as Bytes;

/// Lines of facts that are shown; the rest is on the page to read.
const MAX_LINES: usize = 16;

impl View {
    /// What is known of whoever is named at a place. `text` is what the editor shows now.
    pub fn hover(&self, text: &str, position: Position) -> Option<Hover> {
        let line = crate::text::lines_with_ends(text).nth(position.line as usize)?;
        let units = self.project.units;
        let (person, named) = named_at(line, units.byte(line, position.character), &self.sheet.as_ref()?.people)?;
        let place = |byte: usize| Position { line: position.line, character: units.length(&line[..byte]) };
        let value = told(person);
        Some(Hover {
            contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
            range: Some(Range { start: place(named.start), end: place(named.end) }),
        })
    }
}

/// The person whose name holds a byte of a line, and where the name stands; of several names the longest, of several people the most named.
fn named_at<'p>(line: &str, byte: usize, people: &'p [Person]) -> Option<(&'p Person, Bytes<usize>)> {
    let mut best: Option<(&Person, Bytes<usize>)> = None;
    for person in people {
        for name in std::iter::once(&person.name).chain(&person.other_names).filter(|name| !name.is_empty()) {
            for (start, _) in line.match_indices(name.as_str()) {
                let range = start..start + name.len();
                let is_longer = best.as_ref().is_none_or(|(_, other)| range.len() > other.len());
                if is_longer && range.start <= byte && byte <= range.end && is_whole(line, &range) {
                    best = Some((person, range));
                }
            }
        }
    }
    best
}

/// Whether no letter goes on before or behind.
fn is_whole(line: &str, range: &Bytes<usize>) -> bool {
    let before = line[..range.start].chars().next_back();
    let after = line[range.end..].chars().next();
    !before.into_iter().chain(after).any(char::is_alphanumeric)
}

/// A person in Markdown: names, then what is stated, what is said alike in one line.
fn told(person: &Person) -> String {
    let mut text = format!("**{}**", for_markdown(&person.name));
    if !person.other_names.is_empty() {
        let names: Vec<String> = person.other_names.iter().map(|name| for_markdown(name)).collect();
        let _ = write!(text, " ({})", names.join(", "));
    }
    text.push_str("\n\n");
    let mut lines: Vec<(&Statement, u32)> = Vec::new();
    for statement in &person.statements {
        match lines.iter_mut().find(|(other, _)| other.about == statement.about && other.value == statement.value) {
            Some((_, more)) => *more += 1,
            None => lines.push((statement, 0)),
        }
    }
    for (statement, more) in lines.iter().take(MAX_LINES) {
        let place = statement.evidence.file_and_line();
        let more = if *more > 0 { format!(" and {more} more") } else { String::new() };
        let (about, value) = (for_markdown(&statement.about), for_markdown(&statement.value));
        // As code, where nothing is taken for an address or for markup.
        let _ = writeln!(text, "- {about}: {value} (`{}`{more})", for_terminal(&place).replace('`', "'"));
    }
    let left = counted(lines.len().saturating_sub(MAX_LINES));
    if lines.is_empty() {
        text.push_str("Nothing is stated that copydesk could read.\n");
    } else if left > 0 {
        let _ = writeln!(text, "\n{left} more are on the page that `copydesk report --format html` makes.");
    }
    text
}
