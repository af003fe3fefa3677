//! Model files that are none, and a process that dies with one.

use super::{expect_words, novel};
use crate::project_test::{signal, wait_until};
use std::time::Duration;

#[test]
fn models_that_are_none() {
    let novel = novel().file("../page.gguf", "<!DOCTYPE html><html><title>404</title></html>").file("../short.gguf", b"GGUF\x03\0\0\0");
    let told = |model: &str| {
        let ran = novel.run_with(&["lanterns"], &["--model", model]);
        ran.expect_status(2);
        assert_eq!(novel.reports().len(), 0, "a model that was asked for is never replaced by none");
        ran.stderr
    };
    let place =
        |name: &str| novel.path(&format!("../{name}")).canonicalize().map_or(name.to_string(), |path| path.to_string_lossy().into_owned());
    expect_words(&told("/no/such/model.gguf"), &["please correct", "/no/such/model.gguf", "copydesk models"]);
    expect_words(&told("no-such-name"), &["please correct", "no-such-name", "copydesk models"]);
    expect_words(&told(&place("page.gguf")), &["please correct", "page.gguf", "web page"]);
    expect_words(&told(&place("short.gguf")), &["please correct", "short.gguf", "download"]);
    let recorded = place("page.gguf");
    expect_words(&novel.run_with(&[], &["--recorded", &recorded]).stderr, &["please correct", "page.gguf"]);
}

/// Works without end on every chapter.
const ENDLESS: &str = "fn check(chapter, desk) { let n = 0; loop { n = (n + 1) % 7; } }";

/// Whether a process has worked for so long that it has begun with its job: two seconds of the processor's time, in hundredths.
fn is_at_work(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let worked = stat.rsplit_once(") ").and_then(|(_, fields)| fields.split(' ').nth(11)?.parse::<u64>().ok());
    worked.is_some_and(|hundredths| hundredths >= 200)
}

#[test]
fn a_worker_that_the_system_ends_is_told_as_want_of_memory() {
    let novel = novel().script("endless", ENDLESS);
    let mut running = novel.run_in_background(&["endless"], &["--format", "json"]);
    let first = running.worker();
    assert!(wait_until(Duration::from_secs(60), || is_at_work(first)), "the job did not begin");
    signal(first, "KILL");
    // A single job is tried once more.
    assert!(wait_until(Duration::from_secs(60), || running.worker() != first), "no second worker was started");
    let second = running.worker();
    assert!(wait_until(Duration::from_secs(60), || is_at_work(second)), "the job did not begin again");
    signal(second, "KILL");
    let status = running.end_within(Duration::from_secs(60)).expect("the run ends");
    assert_eq!(status.code(), Some(3), "{}", running.stdout());
    expect_words(&running.stdout(), &["endless", "crash", "the system ended it, most often for want of memory"]);
}

#[test]
#[cfg(target_os = "linux")]
fn the_worker_is_ended_before_the_authors_editor() {
    let novel = novel().script("endless", ENDLESS);
    let mut running = novel.run_in_background(&["endless"], &[]);
    let score = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).expect("the process is there").trim().to_string();
    let own = score(std::process::id());
    let worker = running.worker();
    let is_raised = || score(worker).parse::<i32>().is_ok_and(|score| score >= 500);
    assert!(wait_until(Duration::from_secs(20), is_raised), "{}", score(worker));
    assert!(wait_until(Duration::from_secs(20), || score(running.pid()) == own), "only the worker's: {}", score(running.pid()));
    running.interrupt();
    running.end_within(Duration::from_secs(60)).expect("it ends");
}
