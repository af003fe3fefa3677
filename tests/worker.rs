//! Killing the process that reads, stopping the work, killing the keeper.

use super::project_test::{ProjectTest, is_alive, signal, wait_until};
use std::time::{Duration, Instant};

/// A stop is promised within two seconds; the rest is for a machine that has other work.
const PROMISED_END: Duration = Duration::from_millis(3_000);

/// Works without end on the chapter that says so.
const ENDLESS: &str = "\
const SCOPE = \"chapter\";
fn check(chapter, desk) {
    if chapter.file == \"02.md\" { let n = 0; loop { n = (n + 1) % 7; } }
}
";

fn novel() -> ProjectTest {
    ProjectTest::new().file("01.md", "One.").file("02.md", "Two.").file("03.md", "Three.").script("endless", ENDLESS)
}

#[test]
fn a_job_that_kills_its_worker_twice_is_told_and_the_others_are_done() {
    let novel = novel();
    let mut running = novel.run_in_background(&["endless"], &["--format", "json"]);
    let first = running.worker();
    // Time for the short jobs to end: then only the endless one is a suspect.
    std::thread::sleep(Duration::from_millis(1_500));
    signal(first, "KILL");
    assert!(wait_until(Duration::from_secs(5), || running.worker() != first), "no second worker was started");
    let second = running.worker();
    std::thread::sleep(Duration::from_millis(500));
    signal(second, "KILL");
    let status = running.end_within(Duration::from_secs(10)).expect("the run ends");
    assert_eq!(status.code(), Some(3), "{}\n{}", running.stdout(), running.stderr());
    let json: serde_json::Value = serde_json::from_str(&running.stdout()).expect("JSON");
    for result in json["results"].as_array().expect("results") {
        let is_endless = result["scope"] == "02.md";
        assert_eq!(result["status"], if is_endless { "not-checked" } else { "clean" }, "{result}");
        if is_endless {
            let reason = result["reason"].as_str().expect("a reason");
            assert!(reason.contains("endless") && reason.contains("crash"), "{reason}");
        }
    }
    assert!(novel.read("02.endless.md").contains("crash"), "{}", novel.read("02.endless.md"));
    assert!(novel.read("03.endless.md").contains("nothing found"), "{}", novel.read("03.endless.md"));
}

#[test]
fn a_worker_that_died_by_chance_costs_nothing() {
    let novel = novel().script("slow", "fn check(chapter, desk) { for i in 0..600000 { let n = i % 7; } }");
    let mut running = novel.run_in_background(&["slow"], &["--format", "json"]);
    let first = running.worker();
    std::thread::sleep(Duration::from_millis(200));
    signal(first, "KILL");
    let status = running.end_within(Duration::from_secs(30)).expect("the run ends");
    assert_eq!(status.code(), Some(0), "every job was tried again and done\n{}", running.stdout());
}

#[test]
fn ctrl_c_ends_a_run_within_two_seconds_and_tells_what_is_left() {
    let novel = novel();
    let before = novel.tree();
    let mut running = novel.run_in_background(&["endless"], &[]);
    let worker = running.worker();
    std::thread::sleep(Duration::from_millis(500));
    let pressed = Instant::now();
    running.interrupt();
    let status = running.end_within(Duration::from_secs(10)).expect("the run ends");
    assert!(pressed.elapsed() < PROMISED_END, "it took {:?}", pressed.elapsed());
    assert_eq!(status.code(), Some(3), "{}\n{}", running.stdout(), running.stderr());
    assert!(running.stdout().contains("Not checked: endless on 02.md"), "{}", running.stdout());
    assert!(!is_alive(worker), "the worker was left behind");
    super::project_test::assert_same(&before, &novel.tree());
}

#[test]
fn the_worker_goes_when_the_keeper_is_killed() {
    let novel = novel();
    let running = novel.run_in_background(&["endless"], &[]);
    let worker = running.worker();
    std::thread::sleep(Duration::from_millis(500));
    assert!(is_alive(worker));
    signal(running.pid(), "KILL");
    assert!(wait_until(Duration::from_secs(1), || !is_alive(worker)), "the worker still works for nobody");
    // The lock went with the process that held it.
    novel.script("endless", "fn check(chapter, desk) {}").run(&["endless"]).expect_status(0);
}
