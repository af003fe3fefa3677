//! Findings as a compiler shows them, with the author's lines and the words underlined, and a run's summary in a few lines.

use super::{Outcome, RunSummary, counted, counts_by_severity, counts_of_others, grouped};
use crate::finding::history::Changes;
use crate::finding::{Evidence, Finding, Severity};
use crate::model::Work;
use crate::text::{SourcePath, escape};
use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Columns of an excerpt. A paragraph is one line in Markdown, so a line must be cut to the words around the quote.
const EXCERPT_COLUMNS: usize = 100;
/// Columns of an excerpt that are given to what stands before the quote.
const COLUMNS_BEFORE: usize = 40;
/// Marks where a place is filled in; a private-use character, taken out of every text that is shown.
const STAND_IN: char = '\u{f8fe}';
/// Wider than any excerpt, so that the library never cuts what was already cut.
const TERMINAL_COLUMNS: usize = 400;

/// The findings one below the other. `sources` gives the text of a file; where it does not, the quote alone is shown.
pub fn findings(findings: &[Finding], sources: &dyn Fn(&SourcePath) -> Option<Arc<str>>, is_coloured: bool) -> String {
    let renderer = if is_coloured { Renderer::styled().hyperlink(false) } else { Renderer::plain() }.term_width(TERMINAL_COLUMNS);
    let rendered = findings.iter().map(|finding| render_finding(finding, sources, &renderer));
    rendered.collect::<Vec<String>>().join("\n\n") + if findings.is_empty() { "" } else { "\n" }
}

fn render_finding(finding: &Finding, sources: &dyn Fn(&SourcePath) -> Option<Arc<str>>, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Contradiction => Level::ERROR,
        Severity::Query => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let level = level.with_name(finding.severity.to_string());
    let title = level.primary_title(neutral(&finding.message)).id(neutral(&finding.rule));
    let mut elements: Vec<Element<'_>> = Vec::new();
    let mut places: Vec<(String, String)> = Vec::new();
    for (index, evidence) in finding.evidence.iter().enumerate() {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let (element, place) = excerpt_element(index, evidence, sources(&evidence.file).as_deref(), kind);
        elements.push(element);
        places.push(place);
    }
    if let Some(note) = &finding.model_note {
        // The library takes a message as trusted, so what comes from a model is cleaned here.
        elements.push(Level::NOTE.with_name("the model’s words").message(neutral(note)).into());
    }
    if let Some(old) = &finding.reopened_from {
        let words = format!("you had dismissed {old}, and one of its quotes has changed since");
        elements.push(Level::NOTE.with_name("open again").message(neutral(&words)).into());
    }
    elements.push(Level::NOTE.with_name("id").message(neutral(&format!("{}, {}", finding.id, finding.sureness()))).into());
    let rendered = renderer.render(&[title.elements(elements)]);
    places.into_iter().fold(rendered, |text, (stand_in, place)| text.replacen(&stand_in, &place, 1))
}

/// The excerpt, and what to write where it names its place. The library counts the column within the excerpt, which is cut, so it is
/// given a stand-in for the path (of a private-use character, which no path or message holds: see `neutral`).
fn excerpt_element(index: usize, evidence: &Evidence, source: Option<&str>, kind: AnnotationKind) -> (Element<'static>, (String, String)) {
    let excerpt = Excerpt::new(evidence, source);
    let path = format!("{STAND_IN}{index}{STAND_IN}");
    let column = excerpt.text[..excerpt.quote.start].chars().count() + 1;
    let stand_in = format!("{path}:{}:{column}", evidence.place.line);
    let place = format!("{}:{}", neutral(evidence.file.on_disk().as_str()), evidence.place);
    let mut annotation = kind.span(excerpt.quote);
    if !evidence.label.is_empty() {
        annotation = annotation.label(neutral(&evidence.label));
    }
    (Snippet::source(excerpt.text).line_start(evidence.place.line).path(path).annotation(annotation).into(), (stand_in, place))
}

/// A text for the terminal, without the character that marks a place to be filled in.
fn neutral(text: &str) -> String {
    escape::for_terminal(text).replace(STAND_IN, "\u{fffd}")
}

/// One line around a quote, cut to a readable width, and where the quote stands in it.
struct Excerpt {
    text: String,
    quote: Range<usize>,
}

impl Excerpt {
    fn new(evidence: &Evidence, source: Option<&str>) -> Excerpt {
        // A source that changed since the finding was made is no witness: the quote stands alone then.
        let source = source.filter(|source| evidence.span.slice(source) == Some(&evidence.quote));
        let before = source.map_or("", |source| &source[..evidence.span.start]);
        let after = source.map_or("", |source| &source[evidence.span.end..]);
        let line_before = neutral(before.rsplit(['\n', '\r']).next().unwrap_or_default().trim_start_matches('\u{feff}'));
        let line_after = neutral(after.split(['\n', '\r']).next().unwrap_or_default());
        let quote = cut_middle(&neutral(&evidence.quote), EXCERPT_COLUMNS);
        let free = EXCERPT_COLUMNS.saturating_sub(columns(&quote));
        let head = cut_left(&line_before, free.min(COLUMNS_BEFORE));
        let tail = cut_right(&line_after, free.saturating_sub(columns(&head)));
        Excerpt { quote: head.len()..head.len() + quote.len(), text: format!("{head}{quote}{tail}") }
    }
}

/// How many columns a terminal needs for a text, roughly: East Asian letters and pictures take two.
fn columns(text: &str) -> usize {
    text.chars().map(column_width).sum()
}

fn column_width(character: char) -> usize {
    let code = character as u32;
    let is_wide = matches!(code, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f)
        || matches!(code, 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd);
    1 + usize::from(is_wide)
}

/// The longest beginning within so many columns.
fn beginning(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += column_width(*character);
        used > width
    });
    end.map_or(text, |(position, _)| &text[..position])
}

/// The longest end within so many columns.
fn ending(text: &str, width: usize) -> &str {
    let mut used = 0;
    let start = text.char_indices().rev().find(|(_, character)| {
        used += column_width(*character);
        used > width
    });
    start.map_or(text, |(position, character)| &text[position + character.len_utf8()..])
}

/// The end of a text, from a whole word on, with `… ` for what was cut.
fn cut_left(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_string();
    }
    let kept = ending(text, width.saturating_sub(2));
    format!("… {}", kept.split_once(' ').map_or("", |(_, words)| words))
}

/// The beginning of a text, up to a whole word, with ` …` for what was cut.
fn cut_right(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_string();
    }
    let kept = beginning(text, width.saturating_sub(2));
    format!("{} …", kept.rsplit_once(' ').map_or("", |(words, _)| words))
}

/// A text without its middle, when it is too wide.
fn cut_middle(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_string();
    }
    let half = width.saturating_sub(3) / 2;
    format!("{} … {}", beginning(text, half).trim_end(), ending(text, half).trim_start())
}

/// A run in a few lines: what was checked and found, what was not checked and why, and what it cost.
pub fn summary_lines(summary: &RunSummary) -> String {
    let mut lines = vec![checked_line(summary)];
    let findings = summary.findings();
    if !findings.is_empty() {
        lines.push(format!("{}: {}.", counted(findings.len() as u64, "finding", "findings"), counts_by_severity(&findings)));
    }
    let others = counts_of_others(&summary.all_findings());
    if !others.is_empty() {
        lines.push(format!("Not shown: {others}."));
    }
    lines.extend(summary.changes.as_ref().map(changes_line));
    for result in &summary.results {
        if let Outcome::NotChecked(reason) = &result.outcome {
            lines.push(format!("Not checked: {} on {}: {}.", result.script, result.scope, reason.trim_end_matches('.')));
        }
        let not_read = result.coverage.not_read.iter();
        lines.extend(not_read.map(|what| format!("Not read by {} in {}: {what}", result.script, result.scope)));
    }
    lines.extend(summary.all_problems().into_iter().map(|problem| format!("Problem: {problem}")));
    lines.extend(cost_lines(summary));
    let safe = lines.iter().map(|line| escape::for_terminal(line) + "\n");
    safe.collect()
}

/// What became of the findings since the last run.
fn changes_line(changes: &Changes) -> String {
    let parts = [
        (&changes.new, "new"),
        (&changes.reopened, "reopened"),
        (&changes.still_open, "still open"),
        (&changes.fixed, "fixed"),
        (&changes.dismissed, "dismissed"),
        (&changes.not_checked, "could not be looked for again"),
    ];
    let told = parts.into_iter().filter(|(records, _)| !records.is_empty());
    let told: Vec<String> = told.map(|(records, words)| format!("{} {words}", grouped(records.len() as u64))).collect();
    format!("Since the last run: {}.", if told.is_empty() { "nothing changed".to_string() } else { told.join(", ") })
}

fn checked_line(summary: &RunSummary) -> String {
    let count = |matches: &dyn Fn(&super::ScriptResult) -> bool| summary.results.iter().filter(|result| matches(result)).count() as u64;
    let is_checked = |result: &super::ScriptResult| result.outcome == Outcome::Checked;
    let is_clean = |result: &super::ScriptResult| is_checked(result) && result.open().next().is_none();
    let clean = count(&|result| is_clean(result) && result.coverage.not_read.is_empty());
    let in_part = count(&|result| is_clean(result) && !result.coverage.not_read.is_empty());
    let with_findings = count(&|result| is_checked(result) && result.open().next().is_some());
    let not_checked = count(&|result| !is_checked(result));
    let checks = counted(summary.results.len() as u64, "check", "checks");
    let in_part = if in_part > 0 { format!(" {} clean in the part that was read,", grouped(in_part)) } else { String::new() };
    format!("{checks}: {} clean,{in_part} {} with findings, {} not checked.", grouped(clean), grouped(with_findings), grouped(not_checked))
}

/// What an earlier run had saved of what was reused.
fn restored_words(work: &Work) -> String {
    if work.restored == 0 { String::new() } else { format!(" ({} of them saved by an earlier run)", grouped(work.restored)) }
}

/// What was written of replies, and how much of it without computing it word by word.
fn written_words(work: &Work) -> String {
    let mut text = format!(" Replies: {} generated", grouped(work.generated));
    if work.forced > 0 {
        text += &format!(", {} forced by their form", grouped(work.forced));
    }
    if work.drafted > 0 {
        text += &format!(", {} drafted from the text and {} of those right", grouped(work.drafted), grouped(work.accepted));
    }
    text + "."
}

/// Where the time went while the model worked, with its rates.
fn time_words(work: &Work) -> String {
    let seconds = |micros: u64| micros as f64 / 1e6;
    let rate = |tokens: u64, micros: u64| {
        if micros == 0 { String::new() } else { format!(", {:.0} tokens a second", tokens as f64 / seconds(micros)) }
    };
    if [work.read_micros, work.write_micros, work.restore_micros] == [0; 3] {
        return String::new();
    }
    let mut parts = vec![format!("opening the model {:.1} s", seconds(work.open_micros))];
    parts.push(format!("reading {:.1} s{}", seconds(work.read_micros), rate(work.read, work.read_micros)));
    parts.push(format!("writing {:.1} s{}", seconds(work.write_micros), rate(work.generated, work.write_micros)));
    if work.restore_micros > 0 {
        parts.push(format!("fetching what was saved {:.1} s", seconds(work.restore_micros)));
    }
    format!(" ({})", parts.join("; "))
}

/// How the model was run, where it was opened.
fn desk_words(work: &Work) -> String {
    let at_once = match work.questions_at_once {
        0 | 1 => String::new(),
        many => format!(", up to {many} questions at once"),
    };
    match work.layers_on_gpu {
        0 => at_once,
        layers => format!("{at_once}, {} on the graphics card", counted(layers, "layer", "layers")),
    }
}

/// What the model's work would have taken with another model that the trained reader fits; nothing where it took no time worth a word.
fn other_reader_line(name: &str, cost: f64, asked: Duration) -> Option<String> {
    const WORTH_A_WORD: Duration = Duration::from_secs(30);
    let what = if cost > 1.0 { "finds more" } else { "finds less" };
    let minutes = asked.mul_f64(cost).as_secs_f64() / 60.0;
    (asked >= WORTH_A_WORD).then(|| format!("With {name}, which {what}, the model’s part would take about {:.0} min.", minutes.max(1.0)))
}

fn cost_lines(summary: &RunSummary) -> Vec<String> {
    let work = &summary.work;
    let asked = counted(work.questions, "question", "questions");
    let mut lines = vec![
        format!("{asked}, {} answered from the cache.", grouped(work.from_cache)),
        format!("Tokens: {} read, {} reused{}.{}", grouped(work.read), grouped(work.reused), restored_words(work), written_words(work)),
        format!("Time: {:.1} s{}.", summary.seconds, time_words(work)),
    ];
    match &summary.model {
        Some(model) => {
            let hash: String = model.file_hash.chars().take(12).collect();
            let context = grouped(model.context_tokens as u64);
            let (name, quantisation, settings) = (&model.name, &model.quantisation, &model.settings);
            let parts =
                [name.clone(), quantisation.clone(), format!("file {hash}"), format!("{context} tokens of context"), settings.clone()];
            let told: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            lines.push(format!("Model: {}{}.", told.join(", "), desk_words(work)));
            lines.extend(model.reader.iter().map(|reader| format!("Read by the trained reader with {reader}.")));
            let asked = Duration::from_micros(work.read_micros + work.write_micros);
            lines.extend(model.other_readers.iter().filter_map(|(name, cost)| other_reader_line(name, *cost, asked)));
        }
        None => lines.push("Model: not opened.".to_string()),
    }
    lines
}
