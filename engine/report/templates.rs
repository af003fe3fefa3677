//! Report templates: the shipped ones, or the author's own; whatever they print is made safe for Markdown without their doing.

use crate::text::{LineColumn, Problem, ProblemKind, SourcePath, escape};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};
use std::collections::BTreeMap;

/// The template of a chapter's report, as an author names an own one.
pub const CHAPTER_TEMPLATE: &str = "report.md.jinja";
/// The template of a book's and a series' report.
pub const BOOK_TEMPLATE: &str = "book.md.jinja";

const SHIPPED: [(&str, &str); 2] =
    [(CHAPTER_TEMPLATE, include_str!("../../templates/report.md.jinja")), (BOOK_TEMPLATE, include_str!("../../templates/book.md.jinja"))];

/// Work that one report may cost, in minijinja's unit (about one instruction or 64 bytes), before its contents are counted.
const BASE_FUEL: u64 = 200_000;
/// Further work for every piece of contents: several times what the shipped templates need.
const FUEL_PER_PIECE: u64 = 5_000;

/// The templates of one run.
pub struct Templates {
    shipped: Environment<'static>,
    /// The author's own, by file name, each with the path its problems are told for.
    own: BTreeMap<&'static str, (Environment<'static>, SourcePath)>,
}

impl Templates {
    /// Takes the author's own templates, by their path, where they are named like a shipped one. One that cannot be used becomes a
    /// problem, and the shipped one stays.
    pub fn new(overrides: &BTreeMap<String, String>) -> (Templates, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut own = BTreeMap::new();
        for (path, source) in overrides {
            let path = SourcePath::new(path);
            let Some((name, _)) = SHIPPED.iter().find(|(name, _)| *name == path.file_name()) else { continue };
            match own_environment(name, source, &path) {
                Ok(environment) => {
                    own.insert(*name, (environment, path));
                }
                Err(problem) => problems.push(problem),
            }
        }
        let mut shipped = environment();
        for (name, source) in SHIPPED {
            if let Err(error) = shipped.add_template(name, source) {
                problems.push(problem_of(&error, &SourcePath::new(name)));
            }
        }
        (Templates { shipped, own }, problems)
    }

    /// Renders one report of about so many pieces of contents. The author's template may fail while it is rendered: that is a problem,
    /// and the shipped one takes its place.
    pub(crate) fn render(&self, name: &str, context: &Value, pieces: usize, problems: &mut Vec<Problem>) -> Option<String> {
        if let Some((environment, path)) = self.own.get(name) {
            match render_limited(environment, name, context, pieces) {
                Ok(text) => return Some(text),
                Err(error) => problems.push(problem_of(&error, path)),
            }
        }
        match render_limited(&self.shipped, name, context, pieces) {
            Ok(text) => Some(text),
            Err(error) => {
                problems.push(Problem::new(ProblemKind::NotChecked, format!("a report could not be written: {}", reason_of(&error))));
                None
            }
        }
    }
}

fn render_limited(environment: &Environment<'static>, name: &str, context: &Value, pieces: usize) -> Result<String, Error> {
    let mut limited = environment.clone();
    limited.set_fuel(Some(BASE_FUEL.saturating_add(FUEL_PER_PIECE.saturating_mul(pieces as u64))));
    let template = limited.get_template(name)?;
    let report = tidy(&template.render(context)?);
    match live_mark(&report) {
        None => Ok(report),
        Some(mark) => {
            Err(Error::new(ErrorKind::InvalidOperation, format!("it writes `{mark}`, which can make a viewer fetch or link something")))
        }
    }
}

/// An environment in which every printed value is escaped for Markdown, whatever the template says.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().unwrap_or_default());
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
    environment.set_formatter(print_escaped);
    // With these a template could print a value as it is; nobody can tell then what a viewer makes of it.
    environment.remove_filter("safe");
    environment.remove_filter("tojson");
    environment
}

/// Prints a value escaped, also inside `{% autoescape false %}`. Only text that a block or macro of the template printed is not escaped
/// again: its values were.
fn print_escaped(output: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return minijinja::escape_formatter(output, state, value);
    }
    let text = if value.is_none() { String::new() } else { value.to_string() };
    let safe = if value.is_safe() { text } else { escape::for_markdown(&text) };
    output.write_str(&safe).map_err(Error::from)
}

fn own_environment(name: &'static str, source: &str, path: &SourcePath) -> Result<Environment<'static>, Problem> {
    let mut environment = environment();
    environment.add_template_owned(name, source.to_string()).map_err(|error| problem_of(&error, path))?;
    Ok(environment)
}

/// Marks with which a viewer fetches, runs or links something. No escaped value holds one, so one in a report was made by its template.
/// A template may come from a stranger, and a picture whose address ends in `{{ finding.message }}` would carry the finding away.
///
/// Fences are among them because some viewers run what stands in one (Dataview, Mermaid), and so do code spans that begin with `=` or `$`.
const LIVE_MARKS: [&str; 12] = ["![", "](", "]:", "<", "//", r"\/", "www.", "```", "~~~", "`=", "`$", r"\href"];

/// The entities a template may write. With others it could spell an address that viewers see only after they have resolved them.
const PLAIN_ENTITIES: [&str; 9] = ["amp;", "lt;", "gt;", "nbsp;", "quot;", "ndash;", "mdash;", "hellip;", "middot;"];

fn live_mark(report: &str) -> Option<&'static str> {
    let report = report.to_ascii_lowercase();
    let is_escaped = |position: usize| report[..position].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
    let is_live = |mark: &str| report.match_indices(mark).any(|(position, _)| !is_escaped(position));
    let spells = |position: usize| {
        let rest = &report[position + 1..];
        rest.starts_with(|c: char| c == '#' || c.is_ascii_alphabetic()) && !PLAIN_ENTITIES.iter().any(|plain| rest.starts_with(plain))
    };
    // Escaped, an at sign stands between two characters without width.
    let is_mail = |position: usize| report[..position].ends_with(|c: char| c.is_alphanumeric() || "._+-".contains(c));
    let marks = LIVE_MARKS.into_iter().find(|mark| is_live(mark));
    let entity = || report.match_indices('&').any(|(position, _)| spells(position)).then_some("&");
    let mail = || report.match_indices('@').any(|(position, _)| is_mail(position)).then_some("@");
    marks.or_else(entity).or_else(mail)
}

fn problem_of(error: &Error, path: &SourcePath) -> Problem {
    let message = format!("this report template cannot be used: {}", reason_of(error));
    let mut problem = Problem::new(ProblemKind::Configuration, message).in_file(path);
    if let Some(line) = error.line() {
        problem = problem.at(LineColumn { line, column: 1 });
    }
    problem.advice("correct the template or delete it; until then the shipped template is used")
}

fn reason_of(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it does more work than a report needs; look for a loop within a loop".to_string(),
        (ErrorKind::InvalidOperation, Some(detail)) => detail.to_string(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    }
}

/// Takes out what the template's tags left: spaces at line ends, more than one empty line, empty lines at the end.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut was_empty = true;
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && was_empty) {
            tidied.push_str(line);
            tidied.push('\n');
        }
        was_empty = line.is_empty();
    }
    tidied.truncate(tidied.trim_end().len());
    tidied.push('\n');
    tidied
}
