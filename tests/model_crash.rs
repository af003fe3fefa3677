//! A crash inside the model: the fast way of computing is switched off, the work goes on, and the author is told in plain words.

use super::project_test::{ProjectTest, signal, wait_until};
use super::worker::{job, reason, say, task, work_for};
use copydesk::model::NoMemory;
use copydesk::report::{Outcome, ScriptResult};
use copydesk::sandbox::Seal;
use copydesk::worker::messages::ToKeeper;
use copydesk::worker::supervisor::Supervisor;
use copydesk::worker::{Job, Role};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What the system sends a process that did what cannot be done.
const SIGNALS: [&str; 5] = ["ILL", "SEGV", "BUS", "FPE", "ABRT"];

const ASKS: &str = "\
fn check(chapter, desk) {
    desk.read(chapter.scenes[0].passages[0]).ask(`Who slept in chapter ${chapter.number}?`, text(3)).text;
}
";

/// A shell command that counts its starts and, the first `times`, is a worker that begins its first job, comes to the model if it
/// `opens`, and dies of a signal; after that it is the real one.
fn dies(folder: &Path, signal: &str, times: usize, opens: bool) -> String {
    let mut said = vec![ToKeeper::Sealed(Seal::default()), ToKeeper::Began(0)];
    said.extend(opens.then_some(ToKeeper::Opens(Role::Answers)));
    let said = say(folder, &said);
    let (starts, program) = (folder.join("starts"), env!("CARGO_BIN_EXE_copydesk"));
    // It dies after the keeper has told it everything, as a worker at its first computation does.
    format!(
        "ulimit -c 0; echo >> {starts}; if [ $(wc -l < {starts}) -le {times} ]; then {said}; sleep 0.2; kill -{signal} $$; else exec {program} __worker; fi",
        starts = starts.display()
    )
}

/// Runs [`ASKS`] on so many chapters with such a worker. Gives the results, the number of workers, and why the plain way was taken.
fn run(signal: &str, times: usize, opens: bool, chapters: usize) -> (Vec<ScriptResult>, usize, Option<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = vec!["-c".to_string(), dies(folder.path(), signal, times, opens)];
    let supervisor = Supervisor::new("/bin/sh".into(), arguments, false, false).expect("a supervisor");
    let jobs: Vec<Job> = (0..chapters).map(|chapter| job("asks", chapter)).collect();
    let results = work_for(&supervisor, &task("asks", ASKS, Vec::new()), &jobs, Arc::new(NoMemory), &mut |_| {});
    let starts = std::fs::read_to_string(folder.path().join("starts")).expect("it was started").lines().count();
    (results, starts, supervisor.plain_because())
}

#[test]
fn whatever_signal_the_model_dies_of_the_plain_way_does_the_work() {
    for signal in SIGNALS {
        let (results, starts, because) = run(signal, 1, true, 3);
        assert!(results.iter().all(|result| result.outcome == Outcome::Checked), "{signal}: {results:?}");
        assert!(results.iter().all(|result| result.coverage.questions == 1), "{signal}: the plain way was asked");
        assert_eq!(starts, 2, "{signal}: no job is tried alone");
        let because = because.expect("it is known why");
        assert!(!because.contains("signal") && because.contains(' '), "{signal}: {because}");
    }
}

#[test]
fn when_the_plain_way_dies_too_the_job_is_not_checked_and_the_fast_way_is_not_blamed() {
    for signal in SIGNALS {
        let (results, starts, because) = run(signal, 9, true, 1);
        let reason = reason(&results[0]);
        assert!(
            reason.contains("the model crashed twice while it read 01.md for the script asks (") && !reason.contains("signal"),
            "{reason}"
        );
        assert_eq!((starts, because), (3, None), "{signal}");
    }
    // What else the script was to do is not tried, and says so.
    let (results, _, _) = run("ILL", 9, true, 3);
    assert!(results.iter().all(|result| reason(result).contains("crashed")), "{results:?}");
}

#[test]
fn a_crash_without_a_model_and_a_kill_switch_nothing_off() {
    for (signal, opens, words) in [("SEGV", false, "memory that is not its own"), ("KILL", true, "the system ended it")] {
        let (results, starts, because) = run(signal, 1, opens, 1);
        assert_eq!((reason(&results[0]), starts, because), ("", 2, None), "{signal}");
        let (results, starts, because) = run(signal, 9, opens, 1);
        let reason = reason(&results[0]);
        assert!(reason.contains("the script asks made the reading process crash twice (") && reason.contains(words), "{reason}");
        assert_eq!((starts, because), (2, None), "{signal}");
    }
}

#[test]
fn the_author_is_told_and_the_next_run_knows_until_the_file_is_deleted() {
    let slow = "\
fn check(chapter, desk) {
    desk.read(chapter.scenes[0].passages[0]).ask(\"Who slept?\", text(3)).text;
    for i in 0..3000000 { let n = i % 7; }
}
";
    let novel = ProjectTest::new().file("01.md", "Mara slept.").script("slow", slow).replies([(&[], "Mara.")]);
    let mut running = novel.run_in_background(&["slow"], &["--format", "json"]);
    let first = running.worker();
    // The reply is kept as soon as it is there; then the worker has come to its model.
    assert!(wait_until(Duration::from_secs(10), || !novel.kept_replies().is_empty()), "no question was answered");
    signal(first, "ILL");
    let status = running.end_within(Duration::from_secs(60)).expect("the run ends");
    assert_eq!(status.code(), Some(0), "{}\n{}", running.stdout(), running.stderr());
    let json: serde_json::Value = serde_json::from_str(&running.stdout()).expect("JSON");
    let told = json["problems"].to_string();
    assert!(told.contains("the model crashed (it came upon an instruction") && told.contains("doctor"), "{told}");
    assert!(!told.contains("signal"), "{told}");

    let again = novel.run(&["slow"]);
    again.expect_status(0);
    assert!(again.problems().iter().any(|problem| problem.contains("because it crashed with it before")), "{:?}", again.problems());
    let (state, folder) = (novel.state(), novel.folder());
    let doctor = || novel.any(&["doctor", &folder.to_string_lossy(), "--state", &state.to_string_lossy()]);
    let file = state.join("plain-way.yaml");
    let said = doctor().stdout;
    assert!(said.contains("the model crashed with it") && said.contains(&format!("delete {}", file.display())), "{said}");
    std::fs::remove_file(&file).expect("it is there");
    assert_eq!(novel.run(&["slow"]).problems(), Vec::<String>::new());
    assert!(!doctor().stdout.contains("computing"));
}
