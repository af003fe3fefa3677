//! Every shipped script passes its own tests, and the starting point for new ones does too.

use copydesk::run::shipped;
use copydesk::script::{Libraries, Limits, ScriptFile, ScriptHost, ScriptKind, limits, starter};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

fn on_a_script_thread(check: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(limits::SCRIPT_STACK_BYTES).spawn(check).expect("a thread");
    thread.join().expect("the checks passed");
}

/// Compiles some scripts and runs their own tests.
fn test_scripts(files: &[ScriptFile]) {
    let host = ScriptHost::new(Limits::default(), Libraries::of(files));
    for (file, script) in files.iter().zip(host.compile_all(files)) {
        let script = script.unwrap_or_else(|problem| panic!("{problem}"));
        assert!(!script.manual.is_empty(), "{} has no manual", file.name);
        assert!(!script.tests.is_empty() || file.kind == ScriptKind::Library, "{} has no tests", file.name);
        for test in &script.tests {
            host.run_test(&script, test).unwrap_or_else(|problem| panic!("{test}: {problem}"));
        }
    }
}

fn shipped_scripts() -> Vec<ScriptFile> {
    shipped::SCRIPTS.iter().map(|(path, text)| ScriptFile::new("scripts", path, (*text).into(), true)).collect()
}

#[test]
fn the_shipped_scripts_pass_their_own_tests() {
    on_a_script_thread(|| test_scripts(&shipped_scripts()));
}

#[test]
fn the_starting_point_of_a_new_script_passes_its_own_tests() {
    on_a_script_thread(|| test_scripts(&[ScriptFile::new("scripts", "my-check.rhai", starter::text("my-check").into(), false)]));
}

#[test]
fn a_failing_test_of_a_script_fails() {
    on_a_script_thread(|| {
        let host = ScriptHost::new(Limits::default(), Libraries::default());
        let text = "fn check(chapter, desk) {}\nfn test_x(bench) {\n    bench.expect(1 == 2, \"one to be two\");\n}";
        let file = ScriptFile::new("", "x.rhai", text.into(), false);
        let script = Arc::new(host.compile(&file).expect("it compiles"));
        let problem = host.run_test(&script, "test_x").expect_err("the test fails");
        assert_eq!(problem.to_string(), "x.rhai:3:11: expected one to be two");
    });
}

#[test]
fn the_page_of_what_is_covered_names_every_rule_and_no_other() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/COVERAGE.md")).expect("the page");
    let scripts = shipped_scripts();
    // What a group finds its rules find.
    let rules: BTreeSet<&str> = scripts.iter().filter(|script| script.declared("RULES").is_none()).flat_map(ScriptFile::finds).collect();
    let unmade = copydesk::notes::attribute::ATTRIBUTES.iter().map(|attribute| attribute.rule).filter(|rule| !rules.contains(rule));
    assert_eq!(unmade.collect::<Vec<_>>(), Vec::<&str>::new(), "rules of the reader's notes that no script has");
    let is_name = |word: &&str| word.contains('-') && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
    let named: BTreeSet<&str> = page.split('`').skip(1).step_by(2).filter(|word| is_name(word) || rules.contains(word)).collect();
    assert_eq!(rules.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "rules that the page leaves out");
    let unknown: Vec<_> = named.difference(&rules).collect();
    assert_eq!(unknown, Vec::<&&str>::new(), "rules that no script has");
}
