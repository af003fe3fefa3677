//! Every shipped script passes its own tests, and the starting point for new ones does too.

use copydesk::run::shipped;
use copydesk::script::{Limits, ScriptFile, ScriptHost, limits, starter};
use copydesk::text::SourcePath;
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
