//! Saving a chapter while `copydesk watch` looks on.
#![expect(clippy::print_stderr, reason = "a test that is left out says so, and a long one tells how far it is")]

use super::editors::{self, Editors, Way};
use super::project_test::{ProjectTest, Running, assert_same, signal, wait_until};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// No second run may come within this time of the last one.
const REST: Duration = Duration::from_secs(3);

const LANTERNS: &str = "\
const FINDS = \"light\";
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for found in scene.find(\"lantern\") { desk.finding(\"light\").at(found.sentence).say(\"A lantern.\"); }
        for passage in scene.passages { desk.read(passage).ask(\"How many?\", number()).number; }
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

#[test]
fn an_emptied_chapter_is_waited_for() {
    let novel = novel();
    let watching = novel.watch(&["lanterns"]);
    let mut file = File::create(novel.path("01.md")).expect("the chapter is emptied");
    novel.write("02.md", "Mara woke.");
    // Longer than any other change needs to settle.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(watching.count("[copydesk] saved"), 0, "half of a save was read\n{}", watching.stdout());
    file.write_all(b"Edmund held the lantern high.").expect("the chapter is written");
    watching.wait_for_count("[copydesk] checked", 2);
    assert!(watching.stdout().contains("[copydesk] saved: 01.md, 02.md"), "{}", watching.stdout());
    // One that stays empty is told as such.
    File::create(novel.path("01.md")).expect("the chapter is emptied");
    watching.wait_for_count("[copydesk] checked", 3);
    assert!(watching.stderr().contains("01.md: is empty"), "{}", watching.stderr());
}

#[test]
fn a_chapter_that_is_removed_is_told_as_gone_and_second_versions_are_told_but_not_read() {
    let novel = novel();
    let watching = novel.watch(&["lanterns"]);
    std::fs::remove_file(novel.path("01.md")).expect("it is removed");
    novel.write("02.sync-conflict-20260101-120000-ABCDEFG.md", "A lantern, and another lantern.");
    watching.wait_for_count("[copydesk] checked", 2);
    let said = watching.stdout();
    assert!(said.contains("; gone: 01.md\n") && said.contains("0 findings (0 new, 1 gone)"), "{said}");
    assert!(watching.stderr().contains("two versions of one file exist"), "{}", watching.stderr());
}

#[test]
fn a_folder_that_is_away_costs_nothing_that_was_saved() {
    let novel = novel();
    let watching = novel.watch(&["lanterns"]);
    let away = novel.folder().with_extension("away");
    std::fs::rename(novel.folder(), &away).expect("it goes");
    wait_until(Duration::from_secs(60), || watching.stderr().contains("is no longer there"));
    std::fs::write(away.join("02.md"), "A lantern in the cellar.").expect("it is saved elsewhere");
    std::fs::rename(&away, novel.folder()).expect("it is back");
    wait_until(Duration::from_secs(60), || watching.count("[copydesk] checked") == 2);
    assert!(watching.stdout().contains("[copydesk] saved: 02.md\n"), "{}{}", watching.stdout(), watching.stderr());
    assert!(watching.stderr().contains("is back") && !watching.stdout().contains("gone:"), "{}", watching.stderr());
    assert!(novel.read("02.lanterns.md").contains("A lantern in the cellar."));
}

#[test]
fn when_the_system_has_no_more_watches_to_give_it_is_said_and_nothing_is_missed() {
    let novel = novel();
    // The limit of a user namespace of its own; not every system lets everybody have one.
    let Some(watching) = novel.watch_with_watches(4, &["lanterns"]) else {
        return eprintln!("left out: this system grants no user namespace, so the watches were not made to run out");
    };
    assert!(!watching.stderr().contains("looked at every 10 seconds"), "it ran out too early\n{}", watching.stderr());
    for number in 0..6 {
        novel.write(&format!("part-{number}/a/01.md"), "Mara slept.");
    }
    watching.wait_for_count("[copydesk] checked", 2);
    wait_until(Duration::from_secs(60), || watching.stderr().contains("looked at every 10 seconds"));
    assert_eq!(watching.stderr().matches("sudo sysctl fs.inotify.max_user_watches").count(), 1, "{}", watching.stderr());
    for number in 0..6 {
        novel.write(&format!("part-{number}/a/01.md"), "A lantern.");
    }
    let is_checked = wait_until(Duration::from_secs(90), || novel.reports().len() == 8 && watching.stdout().contains("7 findings"));
    assert!(is_checked, "{}", watching.stdout());
}

#[test]
fn a_request_to_end_in_the_middle_of_a_run_keeps_what_was_answered() {
    // The first chapter asks, the others work for as long as they may.
    let script = "\
fn check(chapter, desk) {
    if chapter.number > 1 { let n = 0; while true { n = (n + 1) % 7; } }
    for scene in chapter.scenes { for passage in scene.passages { desk.read(passage).ask(\"How many?\", number()).number; } }
}
";
    let novel = novel().script("slow", script).file("03.md", "Nobody came.").file("04.md", "Nobody went.");
    let mut watching = novel.watch_from_the_start(&["slow"]);
    assert!(wait_until(Duration::from_secs(60), || !novel.kept_replies().is_empty()), "nothing was answered");
    let before = novel.tree();
    let asked = Instant::now();
    signal(watching.pid(), "TERM");
    let status = watching.end_within(Duration::from_secs(30)).expect("it ends");
    assert_eq!(status.code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(10), "it took {:?}", asked.elapsed());
    assert_eq!(watching.count("[copydesk] checked"), 0, "the test was too slow\n{}", watching.stdout());
    assert_same(&before, &novel.tree());
    novel.write("scripts/slow.rhai", script.replace("while true", "while false"));
    novel.allow(&script.replace("while true", "while false"));
    let ran = novel.run(&["slow"]);
    assert_eq!((ran.questions(), ran.remembered()), (4, 1), "{}", ran.stdout);
}

/// A script whose reports hold words of every chapter, so that a report tells which state of its chapter was read.
const NUMBERS: &str = "\
const FINDS = \"light\";
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for found in scene.find(\"lantern of the number\") { desk.finding(\"light\").at(found.sentence).say(\"A lantern.\"); }
    }
}
";

/// A number that the environment may set, for the long form of a test.
fn from_environment(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
}

/// How many saves [`whatever_editors_do_the_last_state_is_checked`] makes, at least. `make test` makes few, from a fixed seed.
fn saves_wanted() -> usize {
    from_environment("COPYDESK_TEST_SAVES", 100) as usize
}

#[test]
fn whatever_editors_do_the_last_state_is_checked() {
    let wanted = saves_wanted();
    let many = if wanted > 1_000 { 300 } else { 12 };
    let novel = ProjectTest::new().script("numbers", NUMBERS);
    let chapters = ["01.md", "02.md", "Case.md", "part/000.md", "part/001.md"];
    let mut editors = Editors::new(&novel.folder(), from_environment("COPYDESK_TEST_SEED", 1), many, &chapters);
    let watching = novel.watch(&["numbers"]);
    let mut bursts = 0;
    while editors.saves < wanted || bursts == 0 {
        let mut ways = editors::ALL.to_vec();
        editors.dice.shuffle(&mut ways);
        // A short test does everything in one burst; in a long one bursts of a few kinds come to rest now and then.
        let count = if wanted > 1_000 { 1 + editors.dice.below(ways.len()) } else { ways.len() };
        for way in &ways[..count] {
            editors.work(*way, watching.pid());
            editors.pause();
        }
        bursts += 1;
        expect_all_checked(&novel, &editors, &watching, &ways[..count]);
        if wanted > 1_000 {
            eprintln!("{bursts} bursts, {} saves, {} runs", editors.saves, runs(&watching));
        }
    }
    std::thread::sleep(REST);
    let said = watching.stdout();
    let causes: Vec<&str> = said.lines().filter(|line| line.contains("[copydesk] saved") || line.contains("[copydesk] gone")).collect();
    assert_eq!(runs(&watching), 1 + causes.len(), "a run without a cause\n{said}");
    assert!(!causes.iter().any(|line| line.contains(".numbers.")), "a report woke it\n{said}");
    if wanted > 1_000 {
        eprintln!("{} saves, {bursts} bursts, {} runs, none missed, none without a cause", editors.saves, runs(&watching));
    }
}

/// How many runs there were, those that a newer save ended included.
fn runs(watching: &Running) -> usize {
    watching.count("[copydesk] checked") + watching.count("a newer save came")
}

/// Waits until the reports are those of a first run over a copy of the author's files, and looks that none of these was changed.
#[track_caller]
fn expect_all_checked(novel: &ProjectTest, editors: &Editors, watching: &Running, ways: &[Way]) {
    // The editors' own files, and reports that are being written at this moment.
    let is_other = |path: &str| path.starts_with(".obsidian") || path.rsplit('/').next().is_some_and(|name| name.starts_with(".copydesk-"));
    let mut before = novel.tree();
    before.retain(|path, _| !is_other(path));
    let fresh = ProjectTest::new().script("numbers", NUMBERS);
    editors.everything().iter().for_each(|(path, text)| fresh.write(path, text));
    fresh.run_with(&["numbers"], &["--quiet"]);
    let words = |novel: &ProjectTest| novel.reports().into_iter().map(|(path, entry)| (path, entry.0)).collect::<BTreeMap<_, _>>();
    let expected = words(&fresh);
    assert_eq!(expected.len(), editors.texts().len(), "one report for each chapter");
    let missed = || {
        let now = words(novel);
        let missed = expected.iter().filter(|(path, text)| now.get(*path) != Some(*text));
        missed.map(|(path, _)| path.clone()).collect::<Vec<String>>()
    };
    let is_checked = wait_until(Duration::from_secs(90), || {
        std::thread::sleep(Duration::from_millis(100));
        missed().is_empty()
    });
    let count = editors.saves;
    assert!(is_checked, "after {ways:?} and {count} saves these were missed: {:?}\n{}\n{}", missed(), watching.stdout(), watching.stderr());
    let mut after = novel.tree();
    after.retain(|path, _| !is_other(path));
    assert_same(&before, &after);
    let texts: BTreeMap<String, String> = editors.everything();
    let is_text = |entry: &super::project_test::Entry| !entry.0.is_empty();
    let kept = after.into_iter().filter(|(path, entry)| is_text(entry) && !path.starts_with("scripts/"));
    let kept: BTreeMap<String, String> = kept.map(|(path, entry)| (path, String::from_utf8_lossy(&entry.0).into_owned())).collect();
    assert!(kept == texts, "the author's files say something else than was saved");
}
