//! What the reader is shown, to the letter as in its training. Not the author's to edit: an adapter answers only what it was trained on.

use super::attribute::ATTRIBUTES;
use super::passage::Passage;
use super::{READER, note};
use crate::model::shape::Column;
use crate::model::{Request, Shape};
use crate::prompt::Prompt;
use std::fmt::Write;

/// What the model is told to be.
const SYSTEM: &str = "You read a novel for its copy editor.";

/// What a reply says of whom nobody names.
pub const NOBODY: &str = "nobody named";

/// Most notes that one sentence has, on average.
const NOTES_A_LINE: u32 = 4;

/// Most tokens of the notes of one passage.
const NOTES_TOKENS: u32 = 700;

/// A passage as it is shown: who is known, what stands before, and its lines with their numbers.
pub fn passage(prose: &str, passage: &Passage, people: &[String]) -> String {
    let mut shown = String::new();
    if !people.is_empty() {
        let _ = writeln!(shown, "People: {}", people.join("; "));
    }
    if !passage.before.is_empty() {
        let before: Vec<String> = passage.before.iter().map(|range| plain(&prose[range.clone()])).collect();
        let _ = writeln!(shown, "Before: {}", before.join(" "));
    }
    if !shown.is_empty() {
        shown.push('\n');
    }
    for (index, line) in passage.lines.iter().enumerate() {
        if line.begins_paragraph && index > 0 {
            shown.push('\n');
        }
        let _ = writeln!(shown, "{} {}", index + 1, plain(&prose[line.range.clone()]));
    }
    shown.push('\n');
    shown
}

/// Words on one line.
pub(super) fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Asks for the notes of a passage.
pub fn notes(shown: &str, lines: usize) -> Request {
    let lines = u32::try_from(lines).unwrap_or(u32::MAX).max(1);
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let columns = vec![
        Column::Number(lines),
        Column::Words { words: 9, letters: 32 },
        Column::OneOf(ATTRIBUTES.iter().map(|attribute| attribute.name.to_string()).collect()),
        Column::Words { words: 9, letters: 32 },
        Column::Perhaps(names(&note::MARKS)),
    ];
    let most = lines.saturating_mul(NOTES_A_LINE).clamp(8, 90);
    Request { reply_tokens: NOTES_TOKENS, ..ask(shown, "Notes:", Shape::Rows { columns, most }) }
}

/// Asks for a summary of a passage.
pub fn summary(shown: &str, lines: usize) -> Request {
    let lines = u32::try_from(lines).unwrap_or(u32::MAX).max(1);
    ask(shown, "Summary:", Shape::Gist { sentences: lines, most: lines.div_ceil(3).clamp(1, 8) })
}

/// Asks who is meant by words of a line, counted from 1, among these people.
pub fn who(shown: &str, line: usize, mention: &str, people: &[String]) -> Request {
    let options = people.iter().cloned().chain([NOBODY.to_string()]).collect();
    ask(shown, &format!("Sentence {line}, “{mention}”: who?"), Shape::OneOf(options))
}

/// Asks whether what two windows say of an attribute of a subject can both be true. The first window is read once for all it is held against.
pub fn verdict(first: &str, second: &str, subject: &str, attribute: &str) -> Request {
    let (passage, question) = judged(first, second, subject, attribute);
    ask(&passage, &question, Shape::Verdict)
}

/// Asks why they cannot.
pub fn reason(first: &str, second: &str, subject: &str, attribute: &str) -> Request {
    let (passage, question) = judged(first, second, subject, attribute);
    Request { reply_tokens: 40, ..ask(&passage, &question, Shape::Fields(vec![("no".to_string(), Shape::Text { words: 14 })])) }
}

fn judged(first: &str, second: &str, subject: &str, attribute: &str) -> (String, String) {
    (format!("A\n{first}\n\n"), format!("B\n{second}\n\n{subject}, {attribute}: can A and B both be true in one story?"))
}

fn ask(passage: &str, question: &str, shape: Shape) -> Request {
    let prompt = Prompt { system: SYSTEM.to_string(), passage: passage.to_string(), form: String::new(), question: question.to_string() };
    Request { prompt, quotable: "".into(), reply_tokens: shape.reply_tokens(), shape, adapter: Some(READER.to_string()) }
}
