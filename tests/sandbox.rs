//! The seal on both processes: what is forbidden is refused by the kernel, what is needed still works, and no run is without it.
#![expect(clippy::print_stderr, reason = "a test that is left out says so")]

use super::project_test::{ProjectTest, Ran, assert_same, is_alive, wait_until};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Whether this kernel can enforce all of it: Linux 6.12 or newer. Tests that need that say so and are left out on an older one, and in a
/// container that forbids it, which must be said with COPYDESK_TEST_WITHOUT_SEAL=1.
fn can_be_sealed() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit()).map(|number| number.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let is_sealable = version >= (6, 12) && std::env::var_os("COPYDESK_TEST_WITHOUT_SEAL").is_none();
    if !is_sealable {
        eprintln!("left out: this needs a kernel that enforces the whole seal, Linux 6.12 or newer");
    }
    is_sealable
}

/// Runs the trial of a role in a folder of its own, as `copydesk doctor` does.
fn trial(role: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["book", "book/reports", "state", "elsewhere"] {
        std::fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    for name in ["book/chapter.md", "book/chapter.report.md", "book/reports/chapter.report.md", "elsewhere/private.txt", "model.gguf"] {
        std::fs::write(folder.path().join(name), "words\n").expect("a file");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_copydesk")).arg("__trial").arg(role).arg(folder.path()).output().expect("it starts");
    let trial: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    assert_eq!(trial["seal"]["missing"], serde_json::json!([]), "in a container that forbids it: COPYDESK_TEST_WITHOUT_SEAL=1");
    let words = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    assert_eq!((words("book/chapter.md").as_str(), words("elsewhere/private.txt").as_str()), ("words\n", "words\n"), "a file was changed");
    trial
}

fn check(role: &str, at_least: usize) {
    let trial = trial(role);
    let attempts = trial["attempts"].as_array().expect("attempts");
    let forbidden = attempts.iter().filter(|attempt| attempt["is_forbidden"] == true);
    assert!(forbidden.clone().count() >= at_least, "only {} acts were attempted", forbidden.count());
    for attempt in attempts {
        let is_refused = attempt["refusal"].is_string();
        assert_eq!(attempt["is_forbidden"] == true, is_refused, "{role}: {attempt}");
        // Refused by a rule, not because something was not there.
        let refusal = attempt["refusal"].as_str().unwrap_or_default();
        assert!(!is_refused || refusal.contains("not permitted") || refusal.contains("Permission denied"), "{role}: {attempt}");
    }
}

#[test]
fn the_keeper_is_refused_every_forbidden_act() {
    if !can_be_sealed() {
        return;
    }
    check("keeper", 27);
}

#[test]
fn with_reports_in_their_own_folder_a_chapter_cannot_even_be_replaced() {
    if !can_be_sealed() {
        return;
    }
    check("folder-keeper", 31);
}

#[test]
fn the_worker_is_refused_every_forbidden_act() {
    if !can_be_sealed() {
        return;
    }
    check("worker", 30);
}

#[test]
fn what_runs_scripts_tests_is_refused_every_forbidden_act() {
    if !can_be_sealed() {
        return;
    }
    check("tester", 30);
}

/// The lines of `/proc/PID/status` that tell of the seal.
fn status_of(pid: u32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.rsplit('\t').next().unwrap_or_default().to_string()
}

#[test]
fn both_processes_of_a_run_are_sealed_on_all_threads() {
    if !can_be_sealed() {
        return;
    }
    let endless = "const SCOPE = \"chapter\";\nfn check(chapter, desk) { let n = 0; loop { n = (n + 1) % 7; } }";
    let novel = ProjectTest::new().file("01.md", "One.").script("endless", endless);
    let mut running = novel.run_in_background(&["endless"], &[]);
    let worker = running.worker();
    std::thread::sleep(std::time::Duration::from_millis(500));
    for pid in [running.pid(), worker] {
        assert_eq!((status_of(pid, "NoNewPrivs:").as_str(), status_of(pid, "Seccomp:").as_str()), ("1", "2"), "process {pid}");
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).expect("threads").flatten();
        for thread in threads {
            let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
            assert!(status.is_empty() || status.contains("Seccomp:\t2"), "a thread of {pid} is not sealed\n{status}");
        }
    }
    // The worker has the keeper's filters and its own.
    assert!(
        status_of(worker, "Seccomp_filters:").parse::<u32>().expect("a number")
            > status_of(running.pid(), "Seccomp_filters:").parse().expect("a number")
    );
    running.interrupt();
    running.end_within(std::time::Duration::from_secs(10)).expect("it ends");
}

/// How many filters a process has when it says its first word, which it cannot finish before the test has looked.
#[track_caller]
fn filters_at_work(novel: &ProjectTest, arguments: &[&str], status: i32) -> u32 {
    let (mut running, unread) = novel.start_unread(arguments);
    let pid = running.pid();
    let is_sealed = || (status_of(pid, "NoNewPrivs:").as_str(), status_of(pid, "Seccomp:").as_str()) == ("1", "2");
    let was_sealed = wait_until(Duration::from_secs(60), is_sealed);
    assert!(was_sealed, "{arguments:?} is at work without a seal\n{}", running.stderr());
    // Until it waits for somebody to read.
    let waits = || std::fs::read_to_string(format!("/proc/{pid}/wchan")).is_ok_and(|place| place.contains("pipe_w"));
    let waited = wait_until(Duration::from_secs(60), || waits() || !is_alive(pid));
    assert!(waited && is_alive(pid), "{arguments:?} says nothing\n{}", running.stderr());
    let filters = status_of(pid, "Seccomp_filters:").parse().expect("a number");
    drop(unread);
    let ended = running.end_within(Duration::from_secs(60)).expect("it ends");
    assert_eq!(ended.code(), Some(status), "{arguments:?}\n{}", running.stderr());
    filters
}

#[test]
fn every_command_is_sealed_when_it_says_its_first_word() {
    if !can_be_sealed() {
        return;
    }
    let novel = lanterns();
    let found = novel.run(&["lanterns"]);
    let id = found.findings()[0]["id"].as_str().expect("an id").to_string();
    let (folder, state) = (novel.folder(), novel.state());
    let text = |path: &Path| path.to_str().expect("a path").to_string();
    let (folder, state) = (text(&folder), text(&state));
    let order = filters_at_work(&novel, &["order", &folder], 0);
    for arguments in [&["reference"][..], &["completions", "bash"], &["models"], &["models", "use", "auto"], &["allow", &folder]] {
        assert_eq!(filters_at_work(&novel, arguments, 0), order, "{arguments:?}");
    }
    assert_eq!(filters_at_work(&novel, &["init", &folder], 0), order);
    assert_eq!(filters_at_work(&novel, &["new-script", "mine", &folder], 0), order);
    assert_eq!(filters_at_work(&novel, &["stet", &id, &folder, "--state", &state], 0), order);
    assert_eq!(filters_at_work(&novel, &["stet", "--list", &folder, "--state", &state], 0), order);
    assert_eq!(filters_at_work(&novel, &["report", &folder, "--state", &state], 0), order);
    // It may open files that are there, in a folder made for trying, and nowhere else.
    assert!(filters_at_work(&novel, &["doctor", &folder, "--state", &state], 0) > 0);
    // Scripts' own tests are run in a process that has a worker's filters besides.
    assert!(filters_at_work(&novel, &["test", "--folder", &folder], 0) > order);
    assert!(novel.read("copydesk.stet.yaml").contains(&id), "a sealed stet has written what it was to write");
}

#[test]
fn measuring_is_sealed_like_a_run_without_reports() {
    if !can_be_sealed() {
        return;
    }
    let example = ProjectTest::new().copy_of("manuscripts-example");
    let (folder, state) = (example.folder(), example.state());
    let (folder, state) = (folder.to_str().expect("a path"), state.to_str().expect("a path"));
    let sealed = filters_at_work(&example, &["measure", folder, "--no-model", "--errors", "2", "--kinds", "eyes", "--state", state], 0);
    assert_eq!(sealed, filters_at_work(&example, &["order", folder], 0));
}

fn lanterns() -> ProjectTest {
    let script = "\
const FINDS = \"light\";
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for found in scene.find(\"lantern\") { desk.finding(\"light\").at(found.sentence).say(\"A lantern.\"); }
        for passage in scene.passages { desk.read(passage).ask(\"How many?\", number()).number; }
    }
}
";
    let novel = ProjectTest::new().script("lanterns", script).replies([(&["How many"], "7")]);
    novel.file("01.md", "Edmund held the lantern.").file("part/02.md", "Mara slept.")
}

fn is_enforced(ran: &Ran) -> bool {
    ran.json["sandbox"]["enforced"] == true && ran.json["sandbox"]["missing"] == serde_json::json!([])
}

#[test]
fn a_run_that_requires_the_seal_is_done_with_it() {
    if !can_be_sealed() {
        return;
    }
    let novel = lanterns();
    let ran = novel.run_with(&["lanterns"], &["--require-sandbox", "--format", "json"]);
    ran.expect_status(1);
    assert!(is_enforced(&ran), "{}", ran.stdout);
    assert!(novel.read("01.lanterns.md").contains("A lantern."));
    // A report of ours is replaced, replies are remembered, and nothing of the trial is left behind.
    novel.write("01.md", "Edmund held the oar.");
    let again = novel.run_with(&["lanterns"], &["--require-sandbox", "--format", "json"]);
    again.expect_status(0);
    assert!(novel.read("01.lanterns.md").contains("nothing found"), "{}", novel.read("01.lanterns.md"));
    assert_eq!((again.questions(), again.remembered()), (2, 1));
    let left: Vec<String> = std::fs::read_dir(novel.state())
        .expect("the state folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".tmp"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn every_run_says_what_is_enforced() {
    if !can_be_sealed() {
        return;
    }
    let novel = lanterns();
    assert!(is_enforced(&novel.run(&["lanterns"])));
    novel.run_text(&["lanterns"]).expect_told("sandbox: enforced by the kernel");
}

#[test]
fn reports_in_their_own_folder_are_written_under_the_narrower_seal() {
    if !can_be_sealed() {
        return;
    }
    let novel = lanterns().file("copydesk.yaml", "reports: folder\n").file("copydesk-reports/part/mine.txt", "");
    let ran = novel.run_with(&["lanterns"], &["--require-sandbox", "--format", "json"]);
    ran.expect_status(1);
    assert!(is_enforced(&ran), "{}", ran.stdout);
    assert!(novel.read("copydesk-reports/01.lanterns.md").contains("A lantern."));
    assert!(novel.read("copydesk-reports/part/02.lanterns.md").contains("nothing found"));
}

#[test]
fn a_watch_works_under_the_seal() {
    if !can_be_sealed() {
        return;
    }
    let novel = lanterns();
    let watching = novel.watch(&["lanterns"]);
    novel.write("part/02.md", "Mara lit a lantern.");
    watching.wait_for_count("[copydesk] checked", 2);
    assert!(watching.stderr().contains("sandbox: enforced by the kernel"), "{}", watching.stderr());
    assert!(novel.read("part/02.lanterns.md").contains("A lantern."));
}

#[test]
fn doctor_shows_each_refusal_and_leaves_nothing_behind() {
    if !can_be_sealed() {
        return;
    }
    let novel = lanterns();
    let before = novel.tree();
    let (folder, state) = (novel.folder(), novel.state());
    let text = |path: &Path| path.to_str().expect("a path").to_string();
    let ran = novel.any(&["doctor", &text(&folder), "--state", &text(&state)]);
    for role in ["the process that runs scripts and the model", "the process that reads and writes your folder"] {
        assert!(ran.stdout.contains(&format!("{role}: the kernel refused all")), "{}", ran.stdout);
    }
    for act in ["open an internet connection (TCP): refused", "read a chapter: refused", "open a chapter for writing: refused"] {
        assert!(ran.stdout.contains(act), "{}", ran.stdout);
    }
    assert_same(&before, &novel.tree());
}
