//! `copydesk test`, `copydesk new-script` and `copydesk reference`.

use super::args::{NewScript, Reference, Test};
use super::{allow, messages};
use crate::project::{Snapshot, begin};
use crate::run::{self, shipped};
use crate::sandbox;
use crate::script::{Limits, Script, ScriptFile, ScriptHost, limits, reference as pages, starter};
use crate::text::{Problem, ProblemKind, SourcePath};
use std::path::Path;
use std::sync::Arc;

/// The memory of the process that runs scripts' tests, in bytes: far more than a script may hold, and no danger to the computer.
const TEST_MEMORY_BYTES: u64 = 2 << 30;

/// Runs the scripts' own tests. Gives the exit status: 0 when all passed, 1 when one failed, 2 when a script is wrong.
pub fn test(arguments: &Test) -> u8 {
    let (files, mut problems) = files_to_test(arguments);
    // Scripts need more stack than a thread usually has, and what they need no files for is done without any.
    let sealed_test = move || {
        let _ = sandbox::seal_tester(TEST_MEMORY_BYTES);
        test_all(&files)
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

fn files_to_test(arguments: &Test) -> (Vec<ScriptFile>, Vec<Problem>) {
    let mut files: Vec<ScriptFile> = match Snapshot::take(&arguments.folder, shipped::shipped()) {
        Ok(snapshot) => run::task(&snapshot, None).scripts,
        Err(error) => return (Vec::new(), vec![Problem::new(ProblemKind::Configuration, error.to_string())]),
    };
    if arguments.scripts.is_empty() {
        return (files, Vec::new());
    }
    let mut problems = Vec::new();
    let mut wanted = Vec::new();
    for name in &arguments.scripts {
        if let Some(index) = files.iter().position(|file| file.name == *name) {
            wanted.push(files.remove(index));
            continue;
        }
        match begin::read_script(Path::new(name)) {
            Ok((stem, text)) => wanted.push(ScriptFile { name: stem, path: SourcePath::new(name), text: text.into(), is_shipped: false }),
            Err(message) => problems.push(
                Problem::new(ProblemKind::Configuration, format!("there is no script “{name}”: {message}"))
                    .advice("give a name or a .rhai file"),
            ),
        }
    }
    (wanted, problems)
}

fn test_all(files: &[ScriptFile]) -> (String, usize, usize, Vec<Problem>) {
    let host = ScriptHost::new(Limits::default());
    let (mut lines, mut passed, mut failed, mut problems) = (String::new(), 0, 0, Vec::new());
    for file in files {
        let script: Arc<Script> = match host.compile(file) {
            Ok(script) => Arc::new(script),
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
        if script.tests.is_empty() {
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
    let path = SourcePath::in_folder("scripts", &format!("{name}.rhai"));
    let text = starter::text(name);
    let script = ScriptFile { name: name.to_string(), path: path.clone(), text: text.as_str().into(), is_shipped: false };
    match begin::write_new(&arguments.folder, &path, &text).and_then(|()| allow::allow_own(&script)) {
        Ok(()) => {
            messages::say(&format!(
                "written: {path}\nnext: copydesk test {name}, then copydesk run {name} {folder}\nafter each change: copydesk allow {name} {folder}",
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
