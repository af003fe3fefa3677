//! Rules: groups that run them, rules of the author's own, libraries, and what the configuration says of them.

use super::project_test::ProjectTest;

/// The rule of the page of scripts: nobody nods more than twice in a chapter.
fn nods() -> String {
    let page = include_str!("../docs/scripts.md");
    let rule = page.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    rule.expect("the page begins with a rule").to_string()
}

fn novel() -> ProjectTest {
    ProjectTest::new()
        .file("01.md", "# One\n\nThen Mara came in. Mara nodded. Edmund nodded. Everybody nodded.\n")
        .file("02.md", "# Two\n\nMara nodded.\n")
}

#[test]
fn a_rule_of_ones_own_written_from_the_page_is_found_tested_and_run() {
    let rule = nods();
    assert!(rule.lines().count() <= 30, "{} lines", rule.lines().count());
    let novel = novel().file("scripts/rules/too-many-nods.rhai", &rule);
    let refused = novel.run(&["continuity"]);
    assert!(refused.problem("scripts/rules/too-many-nods.rhai").contains("copydesk allow too-many-nods"), "{:?}", refused.problems());
    novel.allow(&rule);
    let tested = novel.test(&["too-many-nods"]);
    assert!(tested.stdout.contains("1 passed, 0 failed"), "{}", tested.stdout);
    let together = novel.run(&["continuity"]);
    assert_eq!(together.rules(), ["too-many-nods"]);
    assert_eq!(together.findings()[0]["script"], "continuity", "a finding is its group's");
    assert_eq!(novel.run(&["too-many-nods"]).rules(), ["too-many-nods"], "it runs alone too");
    assert!(novel.read("01.continuity.md").contains("This is nod number 3 of the chapter."), "{}", novel.read("01.continuity.md"));
    let folder = novel.folder();
    let listed = novel.any(&["rules", "--folder", folder.to_str().expect("a path")]);
    let line = listed.stdout.lines().find(|line| line.contains("too-many-nods")).expect("its line").to_string();
    assert!(line.contains("Somebody who nods more than twice in a chapter. [your own]"), "{line}");
}

#[test]
fn a_rule_that_fails_costs_its_own_findings_and_is_told() {
    let rule = "//! Fails.\nfn check(series, desk) {\n    for book in series.books { desk.finding(\"broken\").at(book.chapters[0].scenes[0].sentences[0]).severity(\"note\").say(\"x\"); }\n    let none = ();\n    none.nothing;\n}\n";
    let novel = novel().file("scripts/rules/broken.rhai", rule).file("scripts/rules/too-many-nods.rhai", nods());
    novel.allow(rule);
    novel.allow(&nods());
    let ran = novel.run(&["continuity"]);
    ran.expect_status(3);
    assert_eq!(ran.rules(), ["too-many-nods"], "the others go on, and half a rule is none");
    let told = ran.problem("scripts/rules/broken.rhai");
    assert!(told.starts_with("not-checked") && told.contains("nothing") && told.contains("the other rules were run"), "{told}");
    assert!(novel.read("01.continuity.md").contains("broken:"), "{}", novel.read("01.continuity.md"));
}

#[test]
fn a_rule_with_the_name_of_a_shipped_one_takes_its_place() {
    let rule = "//! Mine.\nconst GROUP = \"writing\";\nfn check(series, desk) {\n    desk.finding(\"spelled-two-ways\").at(series.books[0].chapters[0].scenes[0].sentences[0]).severity(\"note\").say(\"Mine.\");\n}\n";
    let novel = ProjectTest::new().file("01.md", "The sky was grey. The gray sea.").file("scripts/rules/spelled-two-ways.rhai", rule);
    novel.allow(rule);
    let ran = novel.run(&["writing"]);
    assert_eq!(ran.rules(), ["spelled-two-ways"]);
    assert_eq!(ran.findings()[0]["message"], "Mine.");
}

#[test]
fn libraries_are_shared_and_a_circle_is_told() {
    let library = "fn greeting() { \"Mara\" }\n";
    let rule = "//! Imports.\nimport \"own\" as own;\nfn check(series, desk) {\n    for found in series.books[0].chapters[0].scenes[0].find(own::greeting()) { desk.finding(\"imports\").at(found).say(\"Here.\"); }\n}\n";
    let novel = novel().file("scripts/lib/own.rhai", library).file("scripts/rules/imports.rhai", rule);
    novel.allow(rule);
    let refused = novel.run(&["imports"]);
    refused.expect_status(2);
    assert!(refused.problem("scripts/lib/own.rhai").contains("you have not allowed it"), "{:?}", refused.problems());
    novel.allow(library);
    assert_eq!(novel.run(&["imports"]).rules(), ["imports", "imports"]);

    let (one, other) = ("import \"other\" as other;\nfn f() { 1 }\n", "import \"one\" as one;\nfn f() { 1 }\n");
    let rule = "//! Round.\nimport \"one\" as one;\nfn check(series, desk) { one::f(); }\n";
    let novel = ProjectTest::new()
        .file("01.md", "Mara.")
        .file("scripts/lib/one.rhai", one)
        .file("scripts/lib/other.rhai", other)
        .file("scripts/rules/round.rhai", rule);
    [one, other, rule].iter().for_each(|text| novel.allow(text));
    let ran = novel.run(&["continuity"]);
    ran.expect_status(2);
    assert!(ran.problem("scripts/rules/round.rhai").contains("in a circle"), "{:?}", ran.problems());
}

#[test]
fn a_rule_that_a_script_did_not_declare_is_told_before_anything_runs() {
    let script = "fn check(chapter, desk) {\n    desk.finding(\"lantern\").at(chapter.scenes[0].sentences[0]).say(\"x\");\n}\n";
    let ran = novel().script("lamps", script).run(&["lamps"]);
    ran.expect_status(2);
    let told = ran.problem("scripts/lamps.rhai");
    assert!(told.contains("makes findings of “lantern”, which it does not declare"), "{told}");
    assert!(told.contains("const FINDS = \"lantern\";"), "{told}");
}

#[test]
fn the_author_sets_how_findings_of_a_rule_are_listed() {
    let novel = ProjectTest::new()
        .file("01.md", "The sky was grey. The gray sea.")
        .file("copydesk.yaml", "rules:\n  spelled-two-ways: { severity: query }\n");
    assert_eq!(novel.run(&["writing"]).findings()[0]["severity"], "query");
    novel.write("copydesk.yaml", "rules:\n  spelled-two-ways: { severity: loud }\n");
    let ran = novel.run(&["writing"]);
    assert_eq!(ran.findings()[0]["severity"], "note");
    assert!(ran.problem("copydesk.yaml").contains("must be note, query or contradiction"), "{:?}", ran.problems());
}

#[test]
fn the_manual_of_a_rule_is_shown_and_a_slip_of_its_name_told() {
    let novel = novel();
    let folder = novel.folder();
    let folder = folder.to_str().expect("a path");
    let shown = novel.any(&["rules", "changed-side", "--folder", folder]);
    shown.expect_status(0);
    assert!(shown.stdout.contains("## What it leaves alone\nDescriptions of two people"), "{}", shown.stdout);
    novel.any(&["rules", "changed-sides", "--folder", folder]).expect_status(2).expect_told("the nearest is changed-side");
}

#[test]
fn a_rule_to_begin_with_passes_its_test_and_runs() {
    let novel = novel();
    novel.new_script(&["--rule", "too-often"]).expect_status(0);
    novel.test(&["too-often"]).expect_status(0);
    novel.run(&["continuity"]).expect_status(0);
}
