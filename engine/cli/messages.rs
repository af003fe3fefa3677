//! The only place that prints.

use crate::text::{Problem, ProblemKind};
use std::io::{IsTerminal, Write};

/// Prints results on standard output. A reader that went away (`| head`) is no error.
pub fn say(text: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(text.as_bytes());
    if !text.is_empty() && !text.ends_with('\n') {
        let _ = output.write_all(b"\n");
    }
    let _ = output.flush();
}

/// Prints a word to the author on standard error.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints a piece of a word to the author, as it is: nothing is put together first.
pub fn tell_piece(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints problems on standard error.
pub fn problems(problems: &[&Problem]) {
    for problem in problems {
        let word = match problem.kind {
            ProblemKind::Note => "note",
            ProblemKind::NotChecked => "not checked",
            ProblemKind::Configuration => "please correct",
        };
        tell(&format!("{word}: {problem}"));
    }
}

/// Says what a command did, or what was wrong. Gives the exit status.
pub fn outcome(result: Result<String, Problem>) -> u8 {
    match result {
        Ok(said) => {
            say(&said);
            0
        }
        Err(problem) => {
            problems(&[&problem]);
            super::USAGE
        }
    }
}

/// Whether standard output shows colours.
pub fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Whether somebody is watching standard error.
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}
