//! A run from the chapters to the reports, and the next run.

use super::project_test::{MARK, ProjectTest, Ran, wait_until};
use std::time::Duration;

const FIRST: &str = "\
# The Ferry

Mara Vance came down to the quay before light. Mara’s eyes were green, and the wind made them water.

Edmund Pell held the lantern. “The ferry is late,” said Edmund.

***

The ferry came at noon. Mara paid for two and kept the brass key in her pocket.
";

const SECOND: &str = "\
# The Island

Mara Vance slept badly. Mara’s brown eyes were red in the mirror.

***

Edmund Pell rowed round the island. He found the door, and no key would turn in it.
";

const MARA: &str = "---\nname: Mara Vance\nkind: character\naliases: [Mara]\nfacts:\n  eyes: green\n---\n\nThe ferryman’s daughter.\n";

/// Two chapters of two scenes each, a bible of one note, and a reply for each scene.
fn novel() -> ProjectTest {
    let novel = ProjectTest::new().file("01-the-ferry.md", FIRST).file("02-the-island.md", SECOND).file("bible/mara.md", MARA);
    novel.replies([
        (&["What happens", "before light"], "Mara Vance came down to the quay before light. Napoleon Bonaparte held the lantern."),
        (&["What happens", "at noon"], "The ferry came at noon, and Mara paid for two."),
        (&["What happens", "slept"], "Mara Vance slept badly."),
        (&["What happens", "rowed"], "Edmund Pell rowed round the island and found the door."),
    ])
}

/// What differs from run to run in what people and programs see.
fn filtered(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(?m)^sandbox: .*$", "sandbox: [seal]");
    settings.add_filter(r#"(?s)"sandbox": \{.*?\}"#, r#""sandbox": "[seal]""#);
    settings.add_filter(r"Time: \d+\.\d s", "Time: [seconds] s");
    settings.add_filter(r#""seconds": [0-9.e-]+"#, r#""seconds": "[seconds]""#);
    settings.add_filter(r#""file_hash": "[0-9a-f]{16}""#, r#""file_hash": "[hash]""#);
    settings.add_filter(r"file [0-9a-f]{12},", "file [hash],");
    settings.set_omit_expression(true);
    settings.bind(check);
}

#[test]
fn reports_say_what_was_found_with_its_receipts_and_what_was_read() {
    let novel = novel();
    novel.run(&[]).expect_status(1);
    let reports: Vec<String> = novel.reports().into_keys().map(|path| format!("==== {path}\n{}", novel.read(&path))).collect();
    filtered(|| insta::assert_snapshot!("reports", reports.join("\n")));
}

#[test]
fn people_see_findings_as_a_compiler_shows_them() {
    let ran = novel().run_text(&[]);
    ran.expect_status(1);
    filtered(|| insta::assert_snapshot!("terminal", format!("{}\n==== standard error\n{}", ran.stdout, ran.stderr)));
}

#[test]
fn programs_get_one_json_object() {
    let ran = novel().run(&[]);
    ran.expect_status(1);
    filtered(|| insta::assert_snapshot!("json", ran.stdout));
}

#[test]
fn a_second_run_asks_nothing_and_touches_no_report() {
    let novel = novel();
    let first = novel.run(&[]);
    assert_eq!((first.questions(), first.remembered()), (4, 0));
    let reports = novel.reports();
    assert!(reports.len() > 4, "{:?}", reports.keys());
    let second = novel.run(&[]);
    assert_eq!((second.questions(), second.remembered()), (4, 4));
    assert_eq!(second.findings(), first.findings());
    assert!(novel.reports() == reports, "a report was written although nothing changed");
    novel.run_text(&[]).expect_status(1).expect_told("recorded replies");
    assert!(novel.reports() == reports, "a report was written although nothing changed");
}

#[test]
fn one_changed_sentence_asks_only_its_scene_again() {
    let novel = novel();
    novel.run(&["summaries"]);
    let before = novel.reports();
    novel.edit("01-the-ferry.md", "The ferry came at noon.", "The ferry came at noon, half empty.");
    let second = novel.run(&["summaries"]);
    assert_eq!((second.questions(), second.remembered()), (4, 3));
    let after = novel.reports();
    assert!(after["02-the-island.summary.md"] == before["02-the-island.summary.md"], "the other chapter's report was written");
}

#[test]
fn a_finding_that_was_corrected_is_gone_from_the_reports() {
    let novel = novel();
    assert_eq!(novel.run(&["series-bible"]).rules(), ["changed-appearance"]);
    assert!(novel.read("02-the-island.bible.md").contains("brown"));
    novel.edit("02-the-island.md", "brown eyes", "green eyes");
    let second = novel.run(&["series-bible"]);
    second.expect_status(0);
    assert_eq!(second.rules(), Vec::<&str>::new());
    assert!(novel.read("02-the-island.bible.md").contains("nothing found"), "{}", novel.read("02-the-island.bible.md"));
}

#[test]
fn the_authors_script_runs_beside_the_shipped_ones_or_replaces_one() {
    let text = "const REPORT = \"lanterns\";\nconst FINDS = \"lantern\";\nfn check(chapter, desk) {\n    for scene in chapter.scenes {\n        for found in scene.find(\"lantern\") { desk.finding(\"lantern\").at(found).say(\"A lantern.\"); }\n    }\n}\n";
    let novel = novel().script("lanterns", text);
    let ran = novel.run(&[]);
    assert!(ran.rules().contains(&"lantern") && ran.rules().contains(&"changed-appearance"), "{:?}", ran.rules());
    assert_eq!(ran.findings()[0]["evidence"][0]["quote"], "lantern");
    assert!(novel.read("01-the-ferry.lanterns.md").contains("A lantern."));
    let novel = novel.script("continuity", text);
    let ran = novel.run(&["continuity"]);
    assert_eq!(ran.rules(), ["lantern"], "the author's script of the same name replaces the shipped one");
}

#[test]
fn the_authors_report_template_replaces_the_shipped_one() {
    let novel = novel().file("templates/report.md.jinja", "# My own report of {{ title }}: {{ findings | length }} findings\n");
    novel.run(&["series-bible"]).expect_status(1);
    let report = novel.read("02-the-island.bible.md");
    assert!(report.starts_with(MARK) && report.ends_with("\n# My own report of The Island: 1 findings\n"), "{report}");
}

#[test]
fn the_authors_prompt_template_replaces_the_shipped_one() {
    let prompt = "{% block system %}Be brief.{% endblock %}{% block passage %}{{ passage }}{% endblock %}{% block question %}Mine: {{ question }} {{ hint }}{% endblock %}";
    let novel = novel()
        .file("templates/read.prompt.jinja", prompt)
        .replies([(&["Mine: What happens"], "Mara Vance slept badly."), (&["Mine: Tell"], "Nothing was told.")]);
    novel.run(&["summaries"]).expect_status(0);
    assert!(novel.read("02-the-island.summary.md").contains("Mara Vance slept badly."), "{}", novel.read("02-the-island.summary.md"));
}

#[test]
fn without_a_model_code_still_compares_and_the_rest_is_told() {
    let novel = novel();
    let ran = novel.run_with(&[], &["--no-model", "--format", "json"]);
    ran.expect_status(3);
    assert_eq!(ran.questions(), 0);
    assert!(ran.rules().contains(&"changed-appearance"), "{:?}", ran.rules());
    assert!(ran.problems().iter().any(|problem| problem.contains("a summary needs a model")), "{:?}", ran.problems());
    let text = novel.run_with(&[], &["--no-model"]);
    text.expect_status(3).expect_told("model: none, as asked").expect_told("not checked: summaries");
}

#[test]
fn the_exit_status_tells_what_happened() {
    let clean = ProjectTest::new().file("01.md", "It was cold.");
    clean.run(&["series-bible"]).expect_status(0);
    novel().run(&["series-bible"]).expect_status(1);
    let ran = clean.run_text(&["no-such-script"]);
    ran.expect_status(2).expect_told("no script “no-such-script”").expect_told("series-bible");
    clean.run_with(&[], &["--deadline", "soon"]).expect_status(2).expect_told("06:00, 90m or 7h");
    clean.run_with(&[], &["--no-such-option"]).expect_status(2);
    let ran = clean.any(&["run", "./no-such-folder", "--no-model"]);
    ran.expect_status(2).expect_told("there is no folder ./no-such-folder");
    ProjectTest::new().run_text(&[]).expect_status(3).expect_told("no chapters").expect_told(".md");
}

#[test]
fn quiet_says_nothing_unless_something_is_wrong() {
    let novel = novel();
    let ran = novel.run_with(&["series-bible"], &["--quiet"]);
    ran.expect_status(1);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let ran = novel.file("03.md", b"caf\xe9").run_with(&["series-bible"], &["--quiet"]);
    ran.expect_status(3).expect_told("03.md:1:4: byte 3 is not UTF-8");
    assert_eq!(ran.stdout, "");
}

#[test]
fn without_reports_none_are_written() {
    let novel = novel();
    let ran = novel.run_with(&[], &["--no-reports"]);
    ran.expect_status(1);
    assert!(ran.stdout.contains("no reports were written, as asked"), "{}", ran.stdout);
    assert_eq!(novel.reports().len(), 0);
}

#[test]
fn a_report_the_author_has_edited_is_kept() {
    let novel = novel();
    novel.run(&["series-bible"]);
    let edited = novel.read("02-the-island.bible.md") + "\nI know; she wears lenses.\n";
    novel.write("02-the-island.bible.md", &edited);
    novel.edit("02-the-island.md", "brown eyes", "blue eyes");
    let ran = novel.run(&["series-bible"]);
    assert_eq!(novel.read("02-the-island.bible.md"), edited);
    let new = novel.read("02-the-island.bible.new.md");
    assert!(new.starts_with(MARK) && new.contains("blue"), "{new}");
    assert!(ran.problem("02-the-island.bible.md").contains("the new report is 02-the-island.bible.new.md"), "{:?}", ran.problems());
    ran.expect_status(1);
    novel.run(&["series-bible"]);
    assert_eq!(novel.read("02-the-island.bible.md"), edited, "and kept the next time");
}

#[test]
fn a_file_of_the_authors_with_a_reports_name_is_kept() {
    let novel = novel().file("01-the-ferry.bible.md", "My own notes on the ferry.");
    let ran = novel.run(&["series-bible"]);
    assert_eq!(novel.read("01-the-ferry.bible.md"), "My own notes on the ferry.");
    assert!(ran.problem("01-the-ferry.bible.md").contains("is not a report of copydesk"), "{:?}", ran.problems());
    assert!(novel.read("01-the-ferry.bible.new.md").starts_with(MARK));
}

/// A script that works for a long time and asks one question of each chapter.
const SLOW: &str = "\
const SCOPE = \"chapter\";
fn check(chapter, desk) {
    let n = 0;
    for i in 0..200000 { n += i % 7; }
    for scene in chapter.scenes { for passage in scene.passages { desk.read(passage).ask(`Number ${n}: how many?`, number()).number; } }
}
";

fn many_chapters(count: usize) -> ProjectTest {
    let novel = ProjectTest::new().script("slow", SLOW).replies([(&["how many"], "7")]);
    (0..count).for_each(|number| novel.write(&format!("{number:03}.md"), format!("Chapter {number} said: {number} ships.")));
    novel
}

/// Chapters of a run that were checked.
fn checked(ran: &Ran) -> usize {
    ran.results().iter().filter(|result| result["status"] != "not-checked").count()
}

#[test]
fn a_deadline_leaves_the_rest_for_the_next_run() {
    let novel = many_chapters(300);
    let first = novel.run_with(&["slow"], &["--deadline", "2s", "--format", "json"]);
    first.expect_status(3);
    let done = checked(&first);
    assert!(done < 300, "the machine is too fast for this test");
    let left = first.results().iter().find(|result| result["status"] == "not-checked").expect("one is left");
    assert!(left["reason"].as_str().is_some_and(|reason| reason.contains("stopped")), "{left}");
    let scope = left["scope"].as_str().expect("a chapter");
    let report = novel.read(&scope.replace(".md", ".slow.md"));
    assert!(report.contains("Not checked"), "{report}");
    let second = novel.run_with(&["slow"], &["--deadline", "2s", "--format", "json"]);
    assert!(second.remembered() >= first.questions().saturating_sub(8), "what was asked before is not asked again");
}

#[test]
fn a_second_process_leaves_the_folder_to_the_first() {
    let novel = many_chapters(200);
    let first = novel.run_in_background(&["slow"], &[]);
    assert!(wait_until(Duration::from_secs(20), || novel.state().join("holder").exists()), "the first did not begin");
    let second = novel.any(&["run", "slow", &novel.folder().to_string_lossy(), "--no-model", "--state", &novel.state().to_string_lossy()]);
    second.expect_status(0).expect_told(&format!("copydesk run is already at work on this folder (process {})", first.pid()));
    assert_eq!(second.stdout, "");
}

#[test]
fn the_order_says_which_files_are_chapters_and_why() {
    let novel = novel().file("10.md", "Ten.").file("9.md", "Nine.").file("notes.txt", "No chapter.");
    let ran = novel.order();
    ran.expect_status(0);
    let places: Vec<Option<usize>> =
        ["01-the-ferry.md", "02-the-island.md", "9.md", "10.md"].iter().map(|name| ran.stdout.find(name)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", ran.stdout);
    assert!(ran.stdout.contains("by file name") && !ran.stdout.contains("notes.txt") && !ran.stdout.contains("mara.md"), "{}", ran.stdout);
}

#[test]
fn a_new_script_is_written_passes_its_tests_and_runs() {
    let novel = ProjectTest::new().file("01.md", "It was very very cold.").replies([(&["weather"], "very very cold.")]);
    let made = novel.new_script(&["very-very"]);
    made.expect_status(0);
    assert!(made.stdout.contains("written: scripts/very-very.rhai"), "{}", made.stdout);
    let tested = novel.test(&["very-very"]);
    tested.expect_status(0);
    assert!(tested.stdout.contains("2 passed, 0 failed"), "{}", tested.stdout);
    assert_eq!(novel.run(&["very-very"]).rules(), ["very-very"]);
    let again = novel.new_script(&["very-very"]);
    again.expect_status(2).expect_told("scripts/very-very.rhai: is there already, so nothing was written");
    novel.new_script(&["../outside"]).expect_status(2).expect_told("small letters, digits and hyphens");
}

#[test]
fn a_scripts_failing_test_fails_with_its_line() {
    let text = "fn check(chapter, desk) {}\nfn test_one(bench) {\n    bench.expect(1 == 2, \"one to be two\");\n}\n";
    let novel = ProjectTest::new().script("wrong", text);
    let ran = novel.test(&["wrong"]);
    ran.expect_status(1);
    assert!(ran.stdout.contains("FAILED  wrong test_one: scripts/wrong.rhai:3:11: expected one to be two"), "{}", ran.stdout);
    assert!(ran.stdout.contains("0 passed, 1 failed"), "{}", ran.stdout);
    novel.test(&["no-such"]).expect_status(2).expect_told("there is no script “no-such”");
}

/// A book in print: what contradicts it is to change, wherever most of the text agrees; what it contradicts itself is only noted.
#[test]
fn a_published_book_is_never_asked_to_change() {
    let settings = "books:\n  - folder: one\n    status: published\n  - folder: two\n";
    let named = "Then Mara Vance came in. Mara Vance said nothing. ";
    let novel = ProjectTest::new()
        .file("copydesk.yaml", settings)
        .file("one/01.md", format!("{named}Mara Vance had green eyes."))
        .file("two/01.md", format!("{named}Mara Vance had brown eyes."))
        .file("two/02.md", format!("{named}Mara Vance had brown eyes."));
    let run = || novel.run_with(&["continuity"], &["--no-model", "--format", "json"]);
    let first_file = |finding: &serde_json::Value| finding["evidence"][0]["file"].as_str().expect("a file").to_string();
    let blamed = |ran: &Ran| -> Vec<String> { ran.findings().iter().map(first_file).collect() };
    let ran = run();
    ran.expect_status(1);
    assert_eq!(blamed(&ran), ["two/01.md", "two/02.md"], "{:?}", ran.findings());
    novel.write("copydesk.yaml", settings.replace("    status: published\n", ""));
    assert_eq!(blamed(&run()), ["one/01.md"], "without it, the odd one out is asked about");
    novel.write("copydesk.yaml", format!("{settings}    status: Published\n"));
    let ran = run();
    assert!(!ran.findings().is_empty());
    for finding in ran.findings() {
        assert_eq!(finding["severity"], "note", "{finding}");
        assert!(finding["message"].as_str().is_some_and(|message| message.contains("stands as it is")), "{finding}");
    }
}

#[test]
fn other_programs_are_told_in_their_own_forms() {
    let novel = ProjectTest::new()
        .file("01.md", "Then Mara Vance came in. Mara Vance said nothing.\n\nMara Vance’s eyes were green, and the wind made them water.\n")
        .file("02.md", "Then Mara Vance sat down. Mara Vance laughed.\n\nMara Vance’s eyes were brown in the mirror.\n");
    for (format, words) in [
        ("lines", "02.md:3:1: contradiction: changed-appearance: "),
        ("github", "::error file=02.md,line=3,"),
        ("sarif", "\"uri\": \"02.md\""),
        ("junit", "classname=\"02.md\""),
    ] {
        let ran = novel.run_with(&["continuity"], &["--format", format]);
        ran.expect_status(1);
        assert!(ran.stdout.contains(words), "{format}: {}", ran.stdout);
    }
}

#[test]
fn words_in_another_language_do_not_count_as_read() {
    let german =
        "Der alte Mann saß am Fenster und sah auf den Hafen hinaus. Es regnete seit drei Tagen, und niemand kam die Straße herauf. "
            .repeat(8);
    let novel = ProjectTest::new().file("01-the-ferry.md", FIRST).file("02-der-hafen.md", &german).file("bible/mara.md", MARA);
    for script in ["continuity", "series-bible"] {
        novel.run(&[script]);
    }
    for report in ["02-der-hafen.continuity.md", "02-der-hafen.bible.md"] {
        let text = novel.read(report);
        assert!(text.contains("read 0 of 1 scene and 0 of "), "{text}");
        assert!(text.contains("02-der-hafen.md: this chapter is in German"), "{text}");
    }
    let first = novel.read("01-the-ferry.continuity.md");
    assert!(first.contains("read 2 of 2 scenes and "), "{first}");
}

#[test]
fn an_adapter_that_is_not_there_costs_its_own_questions_only() {
    let script = "fn check(chapter, desk) {\n    let scene = desk.read(chapter.scenes[0]);\n    \
                  let told = scene.adapter(\"voice\").ask(\"Tell it.\", text(20));\n    desk.note(\"Told\").line(told.text);\n}\n";
    let novel = novel().script("retell", script);
    let ran = novel.run_text(&["retell", "series-bible"]);
    ran.expect_status(3).expect_told("has no adapter “voice”").expect_told("`adapters` in copydesk.yaml");
    assert_eq!(novel.run(&["series-bible"]).rules(), ["changed-appearance"]);
}

#[test]
fn an_adapter_is_asked_for_text_alone_and_the_readers_own_is_for_nobody() {
    for (asked, told) in [
        ("adapter(\"voice\").ask(\"Who?\", quote(8))", "an adapter is for free text"),
        ("adapter(\"reader\").ask(\"Who?\", text(8))", "copydesk's own"),
    ] {
        let script = format!("fn check(chapter, desk) {{\n    let answer = desk.read(chapter.scenes[0]).{asked};\n}}\n");
        novel().script("retell", &script).run_text(&["retell"]).expect_status(3).expect_told(told).expect_told("retell.rhai");
    }
}
