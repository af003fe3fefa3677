//! The house rules that a compiler does not check: who may import whom, one door for each dependency, what every file begins with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Module, and the modules it may name. Lower layers first; `lib.rs` lists them in the same order.
const LAYERS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("manuscript", &["text"]),
    ("bible", &["text", "manuscript"]),
    ("facts", &["text", "manuscript", "bible"]),
    ("prompt", &["text"]),
    ("finding", &["text", "manuscript", "bible"]),
    ("model", &["text", "prompt"]),
    ("notes", &["text", "manuscript", "bible", "facts", "prompt", "finding", "model"]),
    ("store", &["text", "prompt", "model", "finding"]),
    ("report", &["text", "manuscript", "bible", "finding", "prompt", "model"]),
    ("script", &["text", "manuscript", "bible", "facts", "prompt", "finding", "model", "notes", "store", "report"]),
    ("project", &["text", "manuscript", "bible", "facts", "prompt", "finding"]),
    ("sandbox", &["text"]),
    ("worker", &["text", "manuscript", "bible", "facts", "prompt", "finding", "model", "notes", "store", "report", "script", "sandbox"]),
    (
        "run",
        &["text", "manuscript", "bible", "facts", "prompt", "finding", "model", "notes", "store", "report", "script", "project", "worker"],
    ),
    // Plants and counts on texts in memory; whoever calls it runs the checks.
    ("measure", &["text", "manuscript", "bible", "facts", "finding", "notes"]),
    // Lessons of texts in memory; whoever calls it reads the folder and writes the files.
    ("dataset", &["text", "manuscript", "bible", "facts", "model", "notes", "report"]),
    ("watch", &["text", "project"]),
    ("editor", &["text", "manuscript", "finding", "report"]),
    (
        "cli",
        &[
            "text",
            "manuscript",
            "bible",
            "facts",
            "prompt",
            "finding",
            "model",
            "notes",
            "store",
            "report",
            "script",
            "project",
            "sandbox",
            "worker",
            "run",
            "measure",
            "dataset",
            "watch",
            "editor",
        ],
    ),
];

/// A dependency, and the only files that may name it (a file, or a folder with its slash). Files of tests are free.
const DOORS: &[(&str, &[&str])] = &[
    ("pulldown_cmark", &["engine/manuscript/markdown.rs"]),
    ("serde_yaml", &["engine/text/yaml.rs"]),
    ("whatlang", &["engine/manuscript/language.rs"]),
    ("rhai::", &["engine/script/"]),
    ("llama_cpp_2", &["engine/model/llama.rs"]),
    ("llama_cpp_sys_2", &["engine/model/llama.rs"]),
    ("llguidance::", &["engine/model/decoder.rs", "engine/model/llama.rs", "engine/model/reply.rs"]),
    ("notify::{", &["engine/watch/"]),
    ("walkdir::", &["engine/project/discover.rs"]),
    ("rusqlite::", &["engine/store/"]),
    ("minijinja::", &["engine/prompt/", "engine/report/"]),
    ("maud::", &["engine/report/page/html.rs"]),
    ("svg::", &["engine/report/page/chart.rs"]),
    ("lsp_types::", &["engine/editor/", "engine/cli/lsp.rs", "engine/cli/lsp/"]),
    ("lsp_server::", &["engine/cli/lsp.rs", "engine/cli/lsp/"]),
    ("landlock::", &["engine/sandbox/files.rs"]),
    ("seccompiler::", &["engine/sandbox/calls.rs"]),
    ("libc::", &["engine/sandbox/calls.rs"]),
    // Sockets are asked for in one place, to see them refused.
    ("rustix::net", &["engine/sandbox/trial.rs"]),
    // The program that asks a server of the author's own; no module of the library.
    ("std::net", &["engine/link/"]),
    ("std::os::unix::net", &["engine/link/trial.rs"]),
    ("ureq::", &["engine/link/address.rs", "engine/link/http.rs"]),
    ("println!(", &["engine/cli/messages.rs"]),
    ("process::exit", &["engine/worker/serve.rs"]),
    ("SystemTime::now", &["engine/watch/", "engine/cli/"]),
    // A script's own time is limited, a worker that does not end is ended, and the model's pace is measured: what is found never depends on
    // these clocks, except that the pace decides what the model computes together (`--reproducible` does without).
    (
        "Instant::now",
        &[
            "engine/watch/",
            "engine/cli/",
            "engine/model/desk.rs",
            "engine/model/scheduler.rs",
            "engine/model/scheduler/saved.rs",
            "engine/script/limits.rs",
            "engine/worker/process.rs",
        ],
    ),
];

/// The longest a file of the engine may be, in lines; files of the tests may be a little longer.
const MAX_FILE_LINES: usize = 600;
const MAX_TEST_FILE_LINES: usize = 680;

/// The longest a function of the engine may be, in lines. What is mostly a table or a text has its limit by itself.
const MAX_FUNCTION_LINES: usize = 60;
const LONG_TEXTS: &[&str] = &["engine/project/config/template.rs", "engine/project/config/schema.rs"];

pub fn source_files(folder: &str) -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push((path.clone(), std::fs::read_to_string(&path).expect("text")));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.iter_mut().for_each(|(path, _)| *path = path.strip_prefix(root).expect("inside").to_path_buf());
    files.sort();
    assert!(files.len() > 5, "no files were found in {folder}");
    files
}

/// The text before the first test module, and nothing of a file that is all tests.
pub fn without_tests<'t>(path: &Path, text: &'t str) -> &'t str {
    let is_test_file = path.iter().any(|part| part == "tests")
        || path.file_stem().is_some_and(|stem| stem == "tests" || stem == "testing" || stem == "samples");
    if is_test_file { "" } else { text.split("#[cfg(test)]").next().unwrap_or(text) }
}

pub fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_import_only_from_the_layers_below() {
    let mut wrong = Vec::new();
    let known: BTreeSet<&str> = LAYERS.iter().map(|(module, _)| *module).collect();
    for (path, text) in source_files("engine") {
        let Some(module) = path.iter().nth(1).and_then(|part| part.to_str()).filter(|part| known.contains(part)) else { continue };
        let allowed = LAYERS.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, allowed)| allowed);
        for used in without_comments(without_tests(&path, &text)).split("crate::").skip(1) {
            let used: String = used.trim_start_matches('{').chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if known.contains(used.as_str()) && used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} names {used}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_dependency_has_one_door() {
    let mut wrong = Vec::new();
    for (path, text) in source_files("engine") {
        let path_text = path.to_string_lossy().replace('\\', "/");
        let code = without_comments(without_tests(&path, &text));
        for (name, doors) in DOORS {
            let may = doors.iter().any(|door| path_text == *door || door.ends_with('/') && path_text.starts_with(door));
            if !may && code.contains(name) {
                wrong.push(format!("{path_text} names {name}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_file_says_on_its_first_line_what_it_is_for() {
    let mut wrong = Vec::new();
    for (path, text) in source_files("engine").into_iter().chain(source_files("tests")) {
        let first = text.lines().next().unwrap_or_default();
        if !first.starts_with("//! ") || first.len() < 20 {
            wrong.push(format!("{} begins with “{first}”", path.display()));
        }
        let most = if path.starts_with("tests") { MAX_TEST_FILE_LINES } else { MAX_FILE_LINES };
        if text.lines().count() > most {
            wrong.push(format!("{} has more than {most} lines", path.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The functions of a file, as rustfmt writes them: the name and the number of lines.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let begins = |line: &str| {
        let words = line.trim_start().trim_start_matches("pub ").trim_start_matches("pub(super) ").trim_start_matches("pub(crate) ");
        words.trim_start_matches("const ").trim_start_matches("unsafe ").starts_with("fn ") && !line.trim_end().ends_with([';', '}'])
    };
    let one = |(start, line): (usize, &&'_ str)| {
        let end = lines[start..].iter().position(|other| *other == format!("{}}}", " ".repeat(indent(line))))?;
        Some((start, end + 1))
    };
    let found = lines.iter().enumerate().filter(|(_, line)| begins(line)).filter_map(one);
    found.map(|(start, count)| (lines[start].trim(), count)).collect()
}

#[test]
fn no_function_is_longer_than_a_page() {
    let mut wrong = Vec::new();
    for (path, text) in source_files("engine") {
        let is_text = LONG_TEXTS.iter().any(|long| path == Path::new(long));
        for (name, lines) in functions(without_tests(&path, &text)).into_iter().filter(|(_, lines)| !is_text && *lines > MAX_FUNCTION_LINES)
        {
            wrong.push(format!("{}: {name} has {lines} lines", path.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_top_level_holds_what_was_agreed() {
    let expected = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "Makefile",
        "README.md",
        "SECURITY.md",
        "deny.toml",
        "docs",
        "engine",
        "manuscripts-example",
        "rustfmt.toml",
        "scripts",
        "templates",
        "tests",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = std::fs::read_dir(root).expect("the root").map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let found: BTreeSet<String> = names.filter(|name| !name.starts_with('.') && name != "target").collect();
    assert_eq!(found, expected.iter().map(ToString::to_string).collect::<BTreeSet<_>>());
}

#[test]
fn every_snapshot_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(folder) = std::fs::read_dir(root.join("tests/snapshots")) else { return };
    let tests: String = source_files("tests").into_iter().map(|(_, text)| text).collect();
    for entry in folder {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let own = name.trim_end_matches(".snap").rsplit("__").next().unwrap_or_default().to_string();
        assert!(tests.contains(&own), "no test makes the snapshot {name}; delete it");
    }
}
