//! `copydesk test`, `copydesk new-script` and `copydesk reference`.

use super::args::{NewScript, Reference, Test};
use super::{allow, messages};
use crate::project::{Snapshot, begin};
use crate::run::{self, shipped};
use crate::sandbox;
use crate::script::{Libraries, Limits, Script, ScriptFile, ScriptHost, ScriptKind, limits, reference as pages, starter};
use crate::text::{Problem, ProblemKind, SourcePath};
use std::path::Path;
use std::sync::Arc;

/// The memory of the process that runs scripts' tests, in bytes: far more than a script may hold, and no danger to the computer.
const TEST_MEMORY_BYTES: u64 = 2 << 30;

/// Runs the scripts' own tests. Gives the exit status: 0 when all passed, 1 when one failed, 2 when a script is wrong.
pub fn test(arguments: &Test) -> u8 {
    let (files, beside, mut problems) = files_to_test(arguments);
    // Scripts need more stack than a thread usually has, and what they need no files for is done without any.
    let sealed_test = move || {
        let _ = sandbox::seal_tester(TEST_MEMORY_BYTES);
        test_all(&files, &beside)
    };
    let tested = std::thread::Builder::new().stack_size(limits::SCRIPT_STACK_BYTES).spawn(sealed_test).map(std::thread::JoinHandle::join);
    let Ok(Ok((lines, passed, failed, script_problems))) = tested else {
        messages::tell("the tests could not be run");
        return super::USAGE;
    };
    problems.extend(script_problems);
    messages::say(&lines);
    messages::problems(&problems.iter().collect::<Vec<_>>());
    messages::say(&format!("{passed} passed, {failed} failed"));
    if problems.iter().any(|problem| problem.kind == ProblemKind::Configuration) { super::USAGE } else { u8::from(failed > 0) }
}

/// The files to test, all others beside them, and what went wrong.
fn files_to_test(arguments: &Test) -> (Vec<ScriptFile>, Vec<ScriptFile>, Vec<Problem>) {
    let mut files: Vec<ScriptFile> = match Snapshot::take(&arguments.folder, shipped::shipped()) {
        Ok(snapshot) => run::task(&snapshot, None).scripts,
        Err(error) => return (Vec::new(), Vec::new(), vec![Problem::new(ProblemKind::Configuration, error.to_string())]),
    };
    let beside = files.clone();
    if arguments.scripts.is_empty() {
        return (files, beside, Vec::new());
    }
    let mut problems = Vec::new();
    let mut wanted = Vec::new();
    for name in &arguments.scripts {
        if let Some(index) = files.iter().position(|file| file.name == *name) {
            wanted.push(files.remove(index));
            continue;
        }
        match begin::read_script(Path::new(name)) {
            Ok((stem, text)) => wanted.push(ScriptFile { path: SourcePath::new(name), ..ScriptFile::new("", &stem, text.into(), false) }),
            Err(message) => problems.push(
                Problem::new(ProblemKind::Configuration, format!("there is no script “{name}”: {message}"))
                    .advice("give a name or a .rhai file"),
            ),
        }
    }
    (wanted, beside, problems)
}

fn test_all(files: &[ScriptFile], beside: &[ScriptFile]) -> (String, usize, usize, Vec<Problem>) {
    let host = ScriptHost::new(Limits::default(), Libraries::of(beside));
    let (mut lines, mut passed, mut failed, mut problems) = (String::new(), 0, 0, Vec::new());
    for script in host.compile_all(files) {
        let script: Arc<Script> = match script {
            Ok(script) => script,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        for test in &script.tests {
            match host.run_test(&script, test) {
                Ok(()) => {
                    passed += 1;
                    lines += &format!("ok      {} {test}\n", script.card.name);
                }
                Err(problem) => {
                    failed += 1;
                    lines += &format!("FAILED  {} {test}: {problem}\n", script.card.name);
                }
            }
        }
        if script.tests.is_empty() && script.card.kind != ScriptKind::Library {
            lines += &format!("none    {} has no tests\n", script.card.name);
        }
    }
    (lines, passed, failed, problems)
}

/// Writes a commented script to begin with. Gives the exit status.
pub fn new_script(arguments: &NewScript) -> u8 {
    let name = arguments.name.trim_end_matches(".rhai");
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        messages::tell(&format!("a script's name is small letters, digits and hyphens, not “{name}”"));
        return super::USAGE;
    }
    let (path, text) = match arguments.rule {
        true => (format!("rules/{name}.rhai"), starter::rule(name)),
        false => (format!("{name}.rhai"), starter::text(name)),
    };
    let script = ScriptFile::new("scripts", &path, text.as_str().into(), false);
    let path = script.path.clone();
    match begin::write_new(&arguments.folder, &path, &text).and_then(|()| allow::allow_own(&script)) {
        Ok(()) => {
            messages::say(&format!(
                "written: {path}\nnext: copydesk test {name} --folder {folder}, then copydesk run {name} {folder}\nafter each change: copydesk allow {name} {folder}",
                folder = arguments.folder.display()
            ));
            0
        }
        Err(problem) => {
            messages::problems(&[&problem]);
            super::USAGE
        }
    }
}

/// Prints what scripts can use. Gives the exit status.
pub fn reference(arguments: &Reference) -> u8 {
    messages::say(&if arguments.definitions { pages::definitions() } else { pages::page() });
    0
}
