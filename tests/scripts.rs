//! Every shipped script passes its own tests, and the starting point for new ones does too.

use copydesk::run::shipped;
use copydesk::script::{Limits, ScriptFile, ScriptHost, limits, starter};
use copydesk::text::SourcePath;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

fn on_a_script_thread(check: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(limits::SCRIPT_STACK_BYTES).spawn(check).expect("a thread");
    thread.join().expect("the checks passed");
}

fn test_script(name: &str, text: &str) {
    let host = ScriptHost::new(Limits::default());
    let file = ScriptFile { name: name.to_string(), path: SourcePath::new(name), text: text.into(), is_shipped: true };
    let script = Arc::new(host.compile(&file).unwrap_or_else(|problem| panic!("{problem}")));
    assert!(!script.tests.is_empty(), "{name} has no tests");
    assert!(!script.manual.is_empty(), "{name} has no manual");
    for test in &script.tests {
        host.run_test(&script, test).unwrap_or_else(|problem| panic!("{test}: {problem}"));
    }
}

#[test]
fn the_shipped_scripts_pass_their_own_tests() {
    on_a_script_thread(|| shipped::SCRIPTS.iter().for_each(|(name, text)| test_script(name.trim_end_matches(".rhai"), text)));
}

#[test]
fn the_starting_point_of_a_new_script_passes_its_own_tests() {
    on_a_script_thread(|| test_script("my-check", &starter::text("my-check")));
}

#[test]
fn a_failing_test_of_a_script_fails() {
    on_a_script_thread(|| {
        let host = ScriptHost::new(Limits::default());
        let text = "fn check(chapter, desk) {}\nfn test_x(bench) {\n    bench.expect(1 == 2, \"one to be two\");\n}";
        let file = ScriptFile { name: "x".to_string(), path: SourcePath::new("x.rhai"), text: text.into(), is_shipped: false };
        let script = Arc::new(host.compile(&file).expect("it compiles"));
        let problem = host.run_test(&script, "test_x").expect_err("the test fails");
        assert_eq!(problem.to_string(), "x.rhai:3:11: expected one to be two");
    });
}

/// Every word in quotes of a script, or in backquotes of a page, that is made like a rule's name.
fn rule_names(text: &str, quote: char) -> BTreeSet<&str> {
    let is_name = |word: &&str| word.contains('-') && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
    text.split(quote).skip(1).step_by(2).filter(is_name).collect()
}

#[test]
fn the_page_of_what_is_covered_names_every_rule_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let page = std::fs::read_to_string(folder.join("COVERAGE.md")).expect("the page");
    let code: String = shipped::SCRIPTS.iter().map(|(_, text)| *text).collect();
    let finds = |rule: &&str| code.contains(&format!("finding(\"{rule}\")"));
    let named = rule_names(&page, '`');
    let of_reader = || copydesk::notes::attribute::ATTRIBUTES.iter().map(|attribute| attribute.rule);
    let made: BTreeSet<&str> = rule_names(&code, '"').into_iter().filter(finds).chain(of_reader()).collect();
    assert_eq!(made.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "rules that the page leaves out");
    let unknown =
        named.iter().filter(|rule| !code.contains(&format!("\"{rule}\"")) && !of_reader().any(|other| other == **rule)).collect::<Vec<_>>();
    assert_eq!(unknown, Vec::<&&str>::new(), "rules that no script has");
}
