//! Dismissals: what an author lets stand, by a mark in the text or by an entry in `copydesk.stet.yaml`.
//!
//! A mark, `<!-- stet -->`, `<!-- stet: rule reason -->` or `%% stet %%`, speaks for the paragraph it stands in; on lines of its own, for
//! the paragraph before it and the one after. An entry names one finding, and holds the hash of its quotes.

use super::history::Trace;
use super::{Evidence, identity};
use crate::manuscript::Chapter;
use crate::text::yaml::{self, Value};
use crate::text::{LineColumn, Problem, ProblemKind, SourcePath, Span};

/// The word that makes a comment a mark.
const WORD: &str = "stet";

/// A mark of the author's in a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub file: SourcePath,
    pub place: LineColumn,
    /// The whole comment, trimmed.
    pub text: String,
    /// The one rule it silences; without, all.
    pub rule: Option<String>,
    pub reason: Option<String>,
    /// The paragraphs it speaks for.
    paragraphs: Vec<Span>,
}

impl Mark {
    /// Whether it speaks for a finding of this rule on this evidence.
    pub fn covers(&self, rule: &str, evidence: &[Evidence]) -> bool {
        let stands_here =
            |evidence: &Evidence| evidence.file == self.file && self.paragraphs.iter().any(|paragraph| paragraph.overlaps(&evidence.span));
        self.rule.as_ref().is_none_or(|silenced| silenced == rule) && evidence.iter().any(stands_here)
    }
}

/// The marks of a chapter. `is_rule` knows the names of rules: the first word after `stet:` is one, or begins the reason.
pub fn marks(chapter: &Chapter, is_rule: &dyn Fn(&str) -> bool) -> Vec<Mark> {
    let paragraphs: Vec<Span> =
        chapter.scenes.iter().flat_map(|scene| scene.paragraphs.iter().map(|paragraph| scene.locate(paragraph.clone()))).collect();
    let mut marks = Vec::new();
    for comment in &chapter.comments {
        let Some((rule, reason)) = read_mark(&comment.text, is_rule) else { continue };
        let paragraphs = paragraphs_of(chapter, comment.span, &paragraphs);
        let place = chapter.line_column(comment.span.start);
        marks.push(Mark { file: chapter.path.clone(), place, text: comment.text.clone(), rule, reason, paragraphs });
    }
    marks
}

/// Rule and reason of a mark; nothing when the comment is none.
fn read_mark(text: &str, is_rule: &dyn Fn(&str) -> bool) -> Option<(Option<String>, Option<String>)> {
    let head = text.get(..WORD.len())?;
    let rest = text[WORD.len()..].trim_start();
    if !head.eq_ignore_ascii_case(WORD) || !(rest.is_empty() || rest.starts_with(':')) {
        return None;
    }
    let said = rest.trim_start_matches(':').trim();
    let (first, others) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    let name = first.trim_end_matches([':', ',']);
    let (rule, reason) = if looks_like_rule(name) || is_rule(name) { (Some(name.to_string()), others.trim()) } else { (None, said) };
    Some((rule, (!reason.is_empty()).then(|| reason.to_string())))
}

/// Small letters and digits joined by hyphens. Taken for a rule even when no script has it, so that a slip of the pen is told.
fn looks_like_rule(word: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    word.contains('-') && word.split('-').all(is_part)
}

/// The paragraph a mark stands in: nothing but words, other comments and single line ends between. Else the ones directly before and after.
fn paragraphs_of(chapter: &Chapter, mark: Span, paragraphs: &[Span]) -> Vec<Span> {
    let holds = |paragraph: &&Span| paragraph.start <= mark.start && mark.end <= paragraph.end;
    if let Some(paragraph) = paragraphs.iter().find(holds) {
        return vec![*paragraph];
    }
    let before = paragraphs.iter().rev().find(|paragraph| paragraph.end <= mark.start);
    let after = paragraphs.iter().find(|paragraph| paragraph.start >= mark.end);
    let before = before.and_then(|paragraph| Some((paragraph, gap(chapter, paragraph.end, mark.start)?)));
    let after = after.and_then(|paragraph| Some((paragraph, gap(chapter, mark.end, paragraph.start)?)));
    let sides: Vec<(&Span, Gap)> = before.into_iter().chain(after).collect();
    let is_in = sides.iter().any(|(_, gap)| *gap == Gap::SameParagraph);
    sides.into_iter().filter(|(_, gap)| !is_in || *gap == Gap::SameParagraph).map(|(paragraph, _)| *paragraph).collect()
}

/// What parts a mark from a paragraph that it may speak for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    SameParagraph,
    EmptyLines,
}

/// Nothing when there is more between the two than white space, other comments and marks of emphasis.
fn gap(chapter: &Chapter, start: usize, end: usize) -> Option<Gap> {
    let mut between = String::new();
    let mut from = start;
    for comment in chapter.comments.iter().filter(|comment| comment.span.start >= start && comment.span.end <= end) {
        between.push_str(chapter.source.get(from..comment.span.start)?);
        // A comment is no empty line.
        between.push('\u{1}');
        from = comment.span.end;
    }
    between.push_str(chapter.source.get(from..end)?);
    if !between.chars().all(|c| c.is_whitespace() || "*_>~`\u{1}".contains(c)) {
        return None;
    }
    // A scene break is made of the same signs as emphasis, but alone on its line.
    let lines: Vec<&str> = between.split('\n').map(|line| line.trim_matches(|c: char| c.is_whitespace() || c == '>')).collect();
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    if inner.iter().any(|line| !line.is_empty() && !line.contains('\u{1}')) {
        return None;
    }
    Some(if inner.iter().any(|line| line.is_empty()) { Gap::EmptyLines } else { Gap::SameParagraph })
}

/// One dismissal in `copydesk.stet.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Rule, subjects and quotes are empty when the author wrote only the identity.
    pub trace: Trace,
    /// The chapter of its first quote, when it was dismissed.
    pub at: Option<SourcePath>,
    pub reason: Option<String>,
    /// 1-based line of the entry.
    pub line: usize,
}

/// Reads the entries. What is wrong is reported with its line, and the other entries are used.
pub fn entries(text: &str, file: &SourcePath) -> (Vec<Entry>, Vec<Problem>) {
    let text = text.trim_start_matches('\u{feff}');
    let wrong = |line: usize, message: String| {
        let place = LineColumn { line, column: 1 };
        Problem::new(ProblemKind::Configuration, message).in_file(file).at(place).advice("write `- id: …`, as `copydesk stet` does")
    };
    let items = match yaml::parse(text) {
        Ok(Value::Sequence(items)) => items,
        Ok(Value::Null) => return (Vec::new(), Vec::new()),
        Ok(_) => return (Vec::new(), vec![wrong(1, "this is no list of dismissals".to_string())]),
        Err(problem) => return (Vec::new(), vec![wrong(problem.line, problem.message)]),
    };
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    let lines = yaml::item_lines(text);
    for (index, item) in items.iter().enumerate() {
        let line = lines.get(index).copied().unwrap_or(1);
        match entry(item, text, line) {
            Some(entry) => entries.push(entry),
            None => problems.push(wrong(line, "this dismissal names no finding".to_string())),
        }
    }
    (entries, problems)
}

fn entry(item: &Value, text: &str, line: usize) -> Option<Entry> {
    let text_of = |key: &str| item.get(key).and_then(yaml::scalar_text).map(|text| text.trim().to_string()).filter(|text| !text.is_empty());
    let list_of = |key: &str| match item.get(key) {
        Some(Value::Sequence(items)) => items.iter().filter_map(yaml::scalar_text).collect(),
        Some(single) => yaml::scalar_text(single).into_iter().collect(),
        None => Vec::new(),
    };
    // `- 54043da98f` is short for `- id: 54043da98f`.
    let is_number = item.is_number() || item.get("id").is_some_and(Value::is_number);
    let id = if is_number { raw_id(text, line)? } else { text_of("id").or_else(|| yaml::scalar_text(item))? };
    let mut quotes = list_of("quotes");
    quotes.sort();
    let trace = Trace { id, rule: text_of("rule").unwrap_or_default(), subjects: identity::folded_subjects(&list_of("about")), quotes };
    Some(Entry { trace, at: text_of("at").map(|path| SourcePath::new(&path)), reason: text_of("because"), line })
}

/// An identity that YAML takes for a number, as `0123456789` or `54043e1234`, as it is written.
fn raw_id(text: &str, line: usize) -> Option<String> {
    let lines = text.lines().skip(line - 1).enumerate();
    let mut own = lines.take_while(|(index, line)| *index == 0 || line.starts_with(char::is_whitespace)).map(|(_, line)| line);
    let written = own.find_map(|line| {
        let line = line.trim_start().trim_start_matches('-').trim_start();
        line.strip_prefix("id:").or_else(|| line.starts_with(|c: char| c.is_ascii_digit()).then_some(line))
    })?;
    written.split_whitespace().next().map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::identity::tests::finding;
    use crate::manuscript::{KeyNames, SourceFile};

    fn marks_of(source: &str) -> Vec<Mark> {
        let (chapter, _) = Chapter::parse(&SourceFile::new("01.md", source), &KeyNames::default());
        marks(&chapter, &|word| word == "lantern")
    }

    fn covers(source: &str, quote: &str) -> bool {
        let marks = marks_of(source);
        assert_eq!(marks.len(), 1, "{source}");
        marks[0].covers("changed-age", &finding("changed-age", source, &[(quote, 0)]).evidence)
    }

    #[test]
    fn a_mark_speaks_for_its_paragraph_or_for_its_neighbours() {
        for source in [
            "Other.\n\nMara *ran*. <!-- stet -->\n\nThird.",
            "Other.\n\n%% stet %% Mara *ran*.\n\nThird.",
            "Other.\n\nMara <!-- stet -->*ran*.\n\nThird.",
            "Other.\n\n<!-- stet -->\nMara *ran*.\n\nThird.",
            "Other.\n\nMara *ran*\n<!-- STET -->\n\nThird.",
        ] {
            assert!(covers(source, "Mara") && !covers(source, "Other") && !covers(source, "Third"), "{source}");
        }
        let alone = "Other.\n\nMara *ran*.\n\n<!-- stet -->\n\nThird.";
        assert!(covers(alone, "Mara") && covers(alone, "Third") && !covers(alone, "Other"));
    }

    #[test]
    fn a_mark_does_not_reach_over_breaks_and_headings() {
        for between in ["***", "## Two", "#", "---"] {
            let source = format!("Mara ran.\n\n{between}\n\n<!-- stet -->\n\nThird.");
            assert!(!covers(&source, "Mara") && covers(&source, "Third"), "{source}");
        }
    }

    #[test]
    fn a_mark_may_name_one_rule_and_give_a_reason() {
        let read = |comment: &str| marks_of(&format!("Mara. <!-- {comment} -->")).pop().map(|mark| (mark.rule, mark.reason));
        let some = |text: &str| Some(text.to_string());
        assert_eq!(read("stet"), Some((None, None)));
        assert_eq!(read("stet: changed-age she lies"), Some((some("changed-age"), some("she lies"))));
        assert_eq!(read("stet: lantern"), Some((some("lantern"), None)));
        assert_eq!(read("stet: she lies"), Some((None, some("she lies"))));
        assert_eq!(read("stet:changed-age: she lies"), Some((some("changed-age"), some("she lies"))));
        assert_eq!(read("stetson"), None);
        assert_eq!(read("stet this one?"), None);
        let mark = marks_of("Mara. <!-- stet: changed-age -->").remove(0);
        assert!(!mark.covers("changed-count", &finding("changed-count", "Mara.", &[("Mara", 0)]).evidence));
    }

    #[test]
    fn entries_are_read_with_their_lines_and_wrong_ones_told() {
        let text = "# mine\n- id: abc\n  rule: changed-age\n  about: [Mara]\n  quotes: [b, a]\n  at: b1/01.md\n  because: she lies\n\n- rule: x\n- 123\n- id: 0012e4\n";
        let file = SourcePath::new("copydesk.stet.yaml");
        let (read, problems) = entries(text, &file);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].place.map(|place| place.line), Some(9));
        let trace =
            Trace { id: "abc".into(), rule: "changed-age".into(), subjects: vec!["mara".into()], quotes: vec!["a".into(), "b".into()] };
        assert_eq!(read[0], Entry { trace, at: Some(SourcePath::new("b1/01.md")), reason: Some("she lies".into()), line: 2 });
        assert_eq!((read[1].trace.id.as_str(), read[1].line), ("123", 10));
        assert_eq!(read[2].trace.id, "0012e4", "not the number that YAML sees");
        assert_eq!(entries("", &file), (Vec::new(), Vec::new()));
        assert_eq!(entries("id: abc\n", &file).1.len(), 1);
        assert_eq!(entries("- id: [\n", &file).1.len(), 1);
    }
}
