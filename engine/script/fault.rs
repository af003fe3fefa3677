//! A script's fault in plain words, with the line and column where it happened.

use crate::text::{LineColumn, Problem, ProblemKind, SourcePath};
use rhai::{EvalAltResult, ParseError, Position};

/// Longer messages are cut: a script can throw a text of any length.
const MAX_MESSAGE_CHARACTERS: usize = 400;

/// A script that does not compile.
pub(super) fn parse_problem(path: &SourcePath, error: &ParseError) -> Problem {
    let problem = Problem::new(ProblemKind::Configuration, format!("this script does not compile: {}", cut(&error.err_type().to_string())));
    place(problem.in_file(path), error.position()).advice("correct the line and run again; the other scripts were run")
}

/// A script that stopped while it ran. Where Rhai does not know the place, that of the script's check is told.
pub(super) fn fault_to_problem(path: &SourcePath, error: &EvalAltResult, check_place: LineColumn) -> Problem {
    let (inner, position) = innermost(error);
    let message = match inner {
        EvalAltResult::ErrorTooManyOperations(_) => "this script was stopped: it works without end".to_string(),
        EvalAltResult::ErrorTerminated(reason, _) => {
            format!("this script was stopped: {}", reason.clone().into_string().unwrap_or_default())
        }
        EvalAltResult::ErrorStackOverflow(_) => "this script was stopped: its functions call each other without end".to_string(),
        EvalAltResult::ErrorDataTooLarge(what, _) => format!("this script was stopped: {what} grew too large"),
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            format!("there is no function `{signature}`; the reference page lists what scripts can use")
        }
        EvalAltResult::ErrorRuntime(thrown, _) => {
            thrown.clone().into_string().unwrap_or_else(|kind| format!("it threw a value of the kind {kind}"))
        }
        other => {
            let told = other.to_string();
            told.split(" (line ").next().unwrap_or(&told).to_string()
        }
    };
    place(Problem::new(ProblemKind::NotChecked, cut(&message)).in_file(path).at(check_place), position)
}

/// Rhai wraps an error once for every function it passed through; the innermost has the author's line.
fn innermost(error: &EvalAltResult) -> (&EvalAltResult, Position) {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, position) => {
            let (found, found_position) = innermost(inner);
            (found, if found_position.is_none() { *position } else { found_position })
        }
        other => (other, other.position()),
    }
}

fn place(problem: Problem, position: Position) -> Problem {
    match (position.line(), position.position()) {
        (Some(line), column) => problem.at(LineColumn { line, column: column.unwrap_or(1) }),
        (None, _) => problem,
    }
}

/// The beginning of a text that a script may have made as long as it liked.
pub(super) fn cut(message: &str) -> String {
    let mut short: String = message.chars().take(MAX_MESSAGE_CHARACTERS).collect();
    if short.len() < message.len() {
        short.push('…');
    }
    short
}
