//! Scripts and templates that are wrong, hostile, or change while they run.

use super::{expect_words, novel, quote_in, run};
use std::time::Duration;

#[test]
fn scripts_that_do_not_compile() {
    let wrong = [
        ("syntax", "fn check(chapter, desk) {\n    let x = ;\n}\n", "scripts/syntax.rhai", "does not compile"),
        ("no-check", "fn chek(chapter, desk) {}\n", "scripts/no-check.rhai", "no function `check`"),
        ("scope", "const SCOPE = \"page\";\nfn check(page, desk) {}\n", "scripts/scope.rhai", "a scene, a chapter, a book or the series"),
        ("report", "const REPORT = \"../x\";\nfn check(chapter, desk) {}\n", "scripts/report.rhai", "part of a file name"),
        ("import", "import \"/etc/passwd\" as x;\nfn check(chapter, desk) {}\n", "scripts/import.rhai", "there is no library"),
        ("eval", "fn check(chapter, desk) { eval(\"1\"); }\n", "scripts/eval.rhai", "does not compile"),
    ];
    let novel = wrong.iter().fold(novel(), |novel, (name, text, _, _)| novel.script(name, text));
    let ran = novel.run(&[]);
    ran.expect_status(2);
    assert_eq!(quote_in(&ran, "01.md")["quote"], "Edmund held the lantern.", "the other scripts were run");
    for (_, _, file, said) in wrong {
        expect_words(&ran.problem(file), &["configuration", said]);
    }
    let told = novel.run_text(&["syntax"]);
    told.expect_status(2).expect_told("please correct: scripts/syntax.rhai:2:13: this script does not compile");
    novel.test(&[]).expect_status(2).expect_told("scripts/syntax.rhai:2:13");
}

/// Scripts that want too much, by name, with what is said of each. None of them may cost anything but its own job.
const HOSTILE: &[(&str, &str, &str)] = &[
    ("recursion", "fn f(n) { f(n + 1) } fn check(chapter, desk) { f(0); }", "call each other without end"),
    ("strings", "fn check(chapter, desk) { let s = \"x\"; loop { s += s; } }", "grew too large"),
    ("arrays", "fn check(chapter, desk) { let a = [1]; loop { a += a; } }", "grew too large"),
    (
        "big-strings-in-an-array",
        "fn check(chapter, desk) { let s = \"x\"; while s.len() < 500000 { s += s; } let a = []; a.pad(3000, 0); for i in 0..3000 { a[i] = s + i; } }",
        "memory",
    ),
    (
        "big-strings-in-a-map",
        "fn check(chapter, desk) { let s = \"x\"; while s.len() < 500000 { s += s; } let m = #{}; for i in 0..3000 { m[i.to_string()] = s + i; } }",
        "memory",
    ),
    ("long-throw", "fn check(chapter, desk) { let s = \"x\"; while s.len() < 900000 { s += s; } throw s; }", "xxxx"),
    ("throw-a-map", "fn check(chapter, desk) { throw #{ a: 1 }; }", "map"),
    ("sleep", "fn check(chapter, desk) { sleep(1000000); }", "`sleep` is not available"),
    ("sleep-forever", "fn check(chapter, desk) { sleep(1e300); }", "`sleep` is not available"),
    ("unknown-function", "fn check(chapter, desk) { open_file(\"/etc/passwd\"); }", "there is no function `open_file"),
    ("clock", "fn check(chapter, desk) { timestamp(); }", "there is no function `timestamp"),
    ("division", "fn check(chapter, desk) { let n = 0; let x = 1 / n; }", "ivision by zero"),
    ("overflow", "fn check(chapter, desk) { let n = 9223372036854775807; n += 1; }", "overflow"),
    ("regex", "fn check(chapter, desk) { chapter.scenes[0].find(\"(a{1000}){1000}\"); }", "regular expression"),
    ("nesting", "fn check(chapter, desk) { let a = []; for i in 0..3900 { a = [a]; } let b = a; a == b; }", ""),
    ("curry", "fn g(x) { x } fn check(chapter, desk) { let f = Fn(\"g\"); for i in 0..3000 { f = f.curry(f); } f.call(1); }", ""),
    (
        "odd-numbers",
        "fn check(chapter, desk) { let s = \"Zoë\"; s.sub_string(-9223372036854775807 - 1, 9223372036854775807); text(-1); }",
        "text() takes 1 to 400 words",
    ),
    (
        "too-many-findings",
        "const FINDS = \"x\";\nfn check(chapter, desk) { let q = chapter.scenes[0].sentences[0]; for i in 0..100000 { desk.finding(\"x\").about(`${i}`).at(q).say(\"x\"); } }",
        "findings",
    ),
    (
        "likeness-of-long-texts",
        "fn check(chapter, desk) { let s = \"abcdefghij\"; while s.len() < 900000 { s += s; } name_likeness(s, s + \"x\"); }",
        "",
    ),
    (
        "shapes-past-counting",
        "fn check(chapter, desk) { let s = text(400); for i in 0..6 { s = list(s, 50); } desk.read(chapter.scenes[0].passages[0]).ask(\"x\", s); }",
        "",
    ),
];

#[test]
fn hostile_scripts_cost_nothing_but_their_own_job() {
    let novel = HOSTILE.iter().fold(novel(), |novel, (name, text, _)| novel.script(name, text));
    let names: Vec<&str> = HOSTILE.iter().map(|(name, _, _)| *name).chain(["lanterns"]).collect();
    let ran = novel.run(&names);
    ran.expect_status(3);
    assert_eq!(quote_in(&ran, "01.md")["quote"], "Edmund held the lantern.");
    for (name, _, said) in HOSTILE {
        let result = ran.result(name, "01.md");
        let reason = result["reason"].as_str().unwrap_or_default();
        // Without words to say the script may just as well end by itself.
        assert!(said.is_empty() || reason.contains(said), "{name}: {result}");
        assert!(reason.len() < 1_000 && !reason.contains("crash") && !reason.contains("stumble"), "{name}: {result}");
    }
}

#[test]
fn a_script_that_works_without_end_is_stopped_by_the_deadline() {
    let novel = novel().script("endless", "fn check(chapter, desk) { try { loop {} } catch { loop {} } }");
    let ran = novel.run_with(&["lanterns", "endless"], &["--deadline", "2s", "--format", "json"]);
    ran.expect_status(3);
    assert!(ran.took < Duration::from_secs(8), "it took {:?}", ran.took);
    assert_eq!(quote_in(&ran, "01.md")["quote"], "Edmund held the lantern.");
    assert_eq!(ran.result("endless", "01.md")["status"], "not-checked");
}

#[test]
fn a_report_template_that_does_not_compile() {
    let novel = novel().file("templates/report.md.jinja", "# Mine\n{{ title");
    let ran = run(&novel, 2);
    expect_words(&ran.problem("templates/report.md.jinja"), &["configuration"]);
    assert!(novel.read("01.lanterns.md").contains("What was read"), "the shipped template is used instead");
    let ran = run(&novel.file("templates/report.md.jinja", "![x](https://example.org/{{ title }})"), 2);
    expect_words(&ran.problem("templates/report.md.jinja"), &["configuration"]);
}

#[test]
fn a_prompt_template_that_does_not_compile() {
    let novel = novel()
        .file("templates/read.prompt.jinja", "{% block system %}{{ passage")
        .replies([(&["What happens"], "Edmund held the lantern.")]);
    let ran = run(&novel, 2);
    expect_words(&ran.problem("templates/read.prompt.jinja"), &["configuration"]);
    let novel = novel.file("templates/read.prompt.jinja", "{% block system %}Hi{% endblock %}");
    expect_words(&run(&novel, 2).problem("templates/read.prompt.jinja"), &["configuration", "block"]);
}

#[test]
fn a_script_replaced_during_a_run_waits_for_the_authors_word() {
    let endless = "fn check(chapter, desk) { let n = 0; loop { n = (n + 1) % 7; } }";
    let novel = novel().script("changing", endless);
    let mut running = novel.run_in_background(&["changing"], &["--format", "json"]);
    // By now it was read.
    running.worker();
    novel.write("scripts/changing.rhai", "fn check(chapter, desk) { throw \"I am another\"; }");
    std::thread::sleep(Duration::from_millis(500));
    running.interrupt();
    running.end_within(Duration::from_secs(60)).expect("it ends");
    expect_words(&running.stdout(), &["\"changing\"", "stopped"]);
    assert!(!running.stdout().contains("I am another"), "what runs is what was allowed\n{}", running.stdout());
    let next = novel.run(&["changing"]);
    next.expect_status(3);
    assert_eq!(next.results().len(), 0);
    expect_words(&next.problem("scripts/changing.rhai"), &["was not run", "copydesk allow changing"]);
}
