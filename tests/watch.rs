//! Saving a chapter while `copydesk watch` looks on.

use super::project_test::ProjectTest;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// No second run may come within this time of the last one.
const REST: Duration = Duration::from_secs(3);

const LANTERNS: &str = "\
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for found in scene.find(\"lantern\") { desk.finding(\"light\").at(found.sentence).say(\"A lantern.\"); }
        for passage in scene.passages { desk.read(passage).ask(\"How many?\", number()); }
    }
}
";

fn novel() -> ProjectTest {
    let novel = ProjectTest::new().script("lanterns", LANTERNS).replies([(&["How many"], "7")]);
    novel.file("01.md", "Edmund held the lantern.").file("02.md", "Mara slept.")
}

/// As VS Code saves: the file is emptied, then written.
fn truncate_then_write(novel: &ProjectTest, path: &str, text: &str) {
    let mut file = File::create(novel.path(path)).expect("the chapter");
    std::thread::sleep(Duration::from_millis(100));
    file.write_all(text.as_bytes()).expect("the chapter is written");
}

/// As iA Writer and vim save: another file takes the name.
fn rename_over(novel: &ProjectTest, path: &str, text: &str) {
    let aside = novel.path("~save.tmp");
    std::fs::write(&aside, text).expect("the new text");
    std::fs::rename(aside, novel.path(path)).expect("the new text gets the name");
}

#[test]
fn each_way_to_save_is_checked_once_and_reports_wake_nobody() {
    let novel = novel();
    let mut watching = novel.watch(&["lanterns"]);
    assert!(watching.stdout().contains("1 findings (1 new, 0 gone)"), "{}", watching.stdout());
    truncate_then_write(&novel, "02.md", "Mara slept. A second lantern burnt.");
    watching.wait_for_count("[copydesk] checked", 2);
    assert!(watching.stdout().contains("[copydesk] saved: 02.md"), "{}", watching.stdout());
    assert!(watching.stdout().contains("2 findings (1 new, 0 gone)"), "{}", watching.stdout());
    assert!(watching.stdout().contains("2 questions (1 remembered)"), "{}", watching.stdout());
    assert!(novel.read("02.lanterns.md").contains("A lantern."));
    rename_over(&novel, "01.md", "Edmund held the oar.");
    watching.wait_for_count("[copydesk] checked", 3);
    assert!(watching.stdout().contains("1 findings (0 new, 1 gone)"), "{}", watching.stdout());
    assert!(!novel.read("01.lanterns.md").contains("A lantern."));
    std::thread::sleep(REST);
    assert_eq!(watching.count("[copydesk] checked"), 3, "its own reports woke it\n{}", watching.stdout());
    assert_eq!(watching.count("[copydesk] saved"), 2, "{}", watching.stdout());
    let pressed = Instant::now();
    watching.interrupt();
    let status = watching.end_within(Duration::from_secs(10)).expect("it ends");
    assert!(pressed.elapsed() < Duration::from_secs(2), "it took {:?}", pressed.elapsed());
    assert_eq!(status.code(), Some(0));
    assert!(watching.stdout().ends_with("[copydesk] ended\n"), "{}", watching.stdout());
}

#[test]
fn a_file_that_cannot_be_read_does_not_end_the_watch() {
    let novel = novel();
    let watching = novel.watch(&["lanterns"]);
    novel.write("03.md", b"caf\xe9");
    watching.wait_for_count("[copydesk] checked", 2);
    assert!(watching.stderr().contains("03.md:1:4: byte 3 is not UTF-8"), "{}", watching.stderr());
    novel.write("03.md", "A lantern, at last.");
    watching.wait_for_count("[copydesk] checked", 3);
    assert!(watching.stdout().contains("2 findings (1 new, 0 gone)"), "{}", watching.stdout());
}

#[test]
fn a_script_is_taken_up_when_it_is_saved() {
    let novel = novel();
    let watching = novel.watch(&["lanterns"]);
    let changed = LANTERNS.replace("find(\"lantern\")", "find(\"Mara\")");
    novel.allow(&changed);
    novel.write("scripts/lanterns.rhai", changed);
    watching.wait_for_count("[copydesk] checked", 2);
    assert!(watching.stdout().contains("1 findings (1 new, 1 gone)"), "{}", watching.stdout());
    novel.write("scripts/lanterns.rhai", "fn check(chapter, desk) {}");
    watching.wait_for_count("[copydesk] checked", 3);
    assert!(watching.stderr().contains("scripts/lanterns.rhai: was not run"), "{}", watching.stderr());
    novel.allow("fn check(");
    novel.write("scripts/lanterns.rhai", "fn check(");
    watching.wait_for_count("[copydesk] saved", 3);
    watching.wait_for_count("[copydesk] checked", 4);
    assert!(watching.stderr().contains("scripts/lanterns.rhai:1:"), "{}", watching.stderr());
}

#[test]
fn a_run_beside_a_watch_leaves_the_folder_to_it() {
    let novel = novel();
    let watching = novel.watch(&["lanterns"]);
    let ran = novel.run_text(&["lanterns"]);
    ran.expect_status(0).expect_told(&format!("copydesk watch is already at work on this folder (process {})", watching.pid()));
}
