//! Disks, clocks, signals, environments, and what the author does while a run is at work.
#![expect(clippy::print_stderr, reason = "a test that is left out says so")]

use super::{expect_words, novel, quote_in, run};
use crate::project_test::{ProjectTest, Running, is_alive, signal, wait_until};
use copydesk::store::Store;
use std::fs::File;
use std::process::Command;
use std::time::{Duration, SystemTime};

#[test]
fn a_report_that_cannot_be_written_is_put_into_the_state_folder() {
    let taken = std::iter::once("01.lanterns.md".to_string()).chain((1..=9).map(|number| match number {
        1 => "01.lanterns.new.md".to_string(),
        number => format!("01.lanterns.new-{number}.md"),
    }));
    let novel = taken.fold(novel(), |novel, name| novel.file(&format!("{name}/notes.txt"), "Mine."));
    let ran = novel.run(&["lanterns"]);
    ran.expect_status(3);
    let told = ran.problem("01.lanterns.md");
    expect_words(&told, &["could not be written", "instead"]);
    let kept = told.split("put into ").nth(1).and_then(|rest| rest.split(" instead").next()).expect("a place");
    let report = std::fs::read_to_string(kept).unwrap_or_else(|error| panic!("{kept}: {error}"));
    assert!(report.contains("A lantern."), "{report}");
    // Once it can be written beside its chapter, no old one is left elsewhere.
    std::fs::remove_dir_all(novel.path("01.lanterns.md")).expect("the way is free");
    novel.run(&["lanterns"]).expect_status(1);
    assert!(novel.read("01.lanterns.md").ends_with(&report));
    assert!(!std::path::Path::new(kept).exists(), "{kept}");
}

#[test]
fn a_clock_that_goes_backwards() {
    let novel = novel()
        .file("02.md", "Mara slept.")
        .replies([(&["What happens", "slept"], "Mara slept."), (&["What happens"], "Edmund held the lantern.")]);
    let times = [
        SystemTime::UNIX_EPOCH,
        SystemTime::UNIX_EPOCH - Duration::from_secs(1_000_000),
        SystemTime::now() + Duration::from_secs(3_000_000_000),
    ];
    for (index, time) in times.into_iter().enumerate() {
        File::options().write(true).open(novel.path("02.md")).and_then(|file| file.set_modified(time)).expect("the time");
        let ran = novel.run(&["lanterns", "summaries"]);
        ran.expect_status(1);
        assert_eq!((ran.questions(), ran.remembered()), (2, if index == 0 { 0 } else { 2 }), "times decide nothing");
    }
}

/// Works without end on the second chapter; on all, when it is given no other name.
const ENDLESS: &str = "fn check(chapter, desk) { if chapter.file == \"02.md\" { let n = 0; loop { n = (n + 1) % 7; } } }";

/// Presses Ctrl-C, or has a request to end sent, and waits for the end. How long that took is the business of other tests.
fn end(running: &mut Running, signal_name: &str) {
    signal(running.pid(), signal_name);
    let status = running.end_within(Duration::from_secs(60)).expect("it ends");
    assert_eq!(status.code(), Some(3), "{}\n{}", running.stdout(), running.stderr());
}

#[test]
fn what_the_author_does_during_a_run() {
    let chapters = |novel: ProjectTest| novel.file("02.md", "Two.").file("03.md", "Three.").file("04.md", "Four.");
    let novel = chapters(novel()).script("endless", ENDLESS);
    let mut running = novel.run_in_background(&["lanterns", "endless"], &["--format", "json"]);
    // By now the chapters were read.
    running.worker();
    novel.write("01.md", "Edmund held the oar.");
    std::fs::remove_file(novel.path("03.md")).expect("it was there");
    std::fs::rename(novel.path("04.md"), novel.path("05.md")).expect("it was there");
    std::thread::sleep(Duration::from_millis(500));
    end(&mut running, "INT");
    let json: serde_json::Value = serde_json::from_str(&running.stdout()).expect("JSON");
    let problem = |file: &str| {
        let found = json["problems"].as_array().expect("problems").iter().find(|problem| problem["file"] == file);
        found.unwrap_or_else(|| panic!("nothing is told of {file}\n{json}")).to_string()
    };
    expect_words(&problem("01.md"), &["not-checked", "was changed while this run was at work", "run again"]);
    for gone in ["03.md", "04.md"] {
        expect_words(&problem(gone), &["not-checked", "deleted, moved or renamed", "run again"]);
    }
    let reports: Vec<String> = novel.reports().into_keys().collect();
    assert_eq!(reports, ["01.endless.md", "01.lanterns.md", "02.endless.md", "02.lanterns.md"], "none on what is gone");
}

#[test]
fn a_request_to_end_keeps_what_was_done() {
    let novel = novel().file("02.md", "Two.").script("endless", ENDLESS).replies([(&[], "Edmund held the lantern.")]);
    let mut running = novel.run_in_background(&["endless", "summaries"], &[]);
    let worker = running.worker();
    let has_replies = || Store::open(&novel.state()).0.reply_count() > 0;
    assert!(wait_until(Duration::from_secs(60), has_replies), "nothing was answered\n{}", running.stderr());
    end(&mut running, "TERM");
    expect_words(&running.stdout(), &["Not checked: endless on 02.md"]);
    assert!(wait_until(Duration::from_secs(20), || !is_alive(worker)), "the worker was left behind");
    assert!(novel.read("02.endless.md").contains("Not checked"), "{}", novel.read("02.endless.md"));
    // What was answered is not asked again, and nobody holds the folder.
    let next = novel.run(&["summaries"]);
    assert!(next.remembered() > 0, "{}", next.stdout);
}

#[test]
fn a_second_watch_leaves_the_folder_to_the_first() {
    let novel = novel();
    let watching = novel.watch(&["lanterns"]);
    let (folder, state) = (novel.folder(), novel.state());
    let text = |path: &std::path::Path| path.to_str().expect("a path").to_string();
    let second = novel.any(&["watch", "lanterns", &text(&folder), "--no-model", "--state", &text(&state)]);
    second.expect_status(0).expect_told(&format!("copydesk watch is already at work on this folder (process {})", watching.pid()));
}

#[test]
fn without_a_home_a_path_or_a_terminal() {
    let novel = novel().file("Zoë’s.md", "Zoë lit a lantern — “there”.");
    let (folder, state) = (novel.folder(), novel.state());
    let text = |path: &std::path::Path| path.to_str().expect("a path").to_string();
    let (folder, state) = (text(&folder), text(&state));
    let homeless = novel.any_in(&[], &["run", "lanterns", &folder, "--no-model"]);
    homeless.expect_status(2).expect_told("there is no home folder to keep the state in; choose a folder with --state");
    // Without a home nothing can have been allowed, so that only shipped scripts run.
    for environment in [&[][..], &[("LC_ALL", "C"), ("TERM", "dumb")], &[("LANG", "de_DE.ISO-8859-1"), ("HOME", "/nonexistent")]] {
        let ran = novel.any_in(environment, &["run", "names-alike", &folder, "--no-model", "--state", &state]);
        ran.expect_status(0);
        let said = ran.stdout + ran.stderr.as_str();
        assert!(!said.contains('\u{1b}') && said.contains("0 with findings, 0 not checked"), "{said}");
        let order = novel.any_in(environment, &["order", &folder]);
        order.expect_status(0);
        assert!(order.stdout.contains("Zoë’s.md"), "{}", order.stdout);
    }
    assert_eq!(quote_in(&run(&novel, 1), "Zoë’s.md")["quote"], "Zoë lit a lantern — “there”.");
}

/// Runs lines of shell as the owner of an own world of mounts, in which `$COPYDESK` is the program; none where the system forbids such worlds,
/// which is said aloud.
fn in_own_mounts(novel: &ProjectTest, lines: &str) -> Option<String> {
    let shell = |lines: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-euc", lines]);
        command.env("COPYDESK", env!("CARGO_BIN_EXE_copydesk")).env("NOVEL", novel.folder()).env("STATE", novel.state());
        command.env("HOME", novel.home()).output().ok()
    };
    let is_possible = shell("mount -t tmpfs none /mnt && umount /mnt").is_some_and(|output| output.status.success());
    if !is_possible {
        eprintln!("left out: this needs a system on which every account can mount a small disk of its own (unshare --user --mount)");
        return None;
    }
    let output = shell(lines).expect("it was possible");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    Some(said)
}

/// Puts the novel onto a disk of 512 KB. `sums` prints what stands in every file.
const SMALL_DISK: &str = "\
sums() { (cd \"$NOVEL\" && find . -type f | LC_ALL=C sort | xargs -d '\\n' sha256sum); }
cp -a \"$NOVEL\" \"$NOVEL.copy\"
mount -t tmpfs -o size=512k none \"$NOVEL\"
cp -a \"$NOVEL.copy/.\" \"$NOVEL\"
";

#[test]
fn a_full_disk_tears_no_report() {
    let novel = novel().file("02.md", "Mara slept.");
    run(&novel, 1);
    novel.write("02.md", "Mara lit a lantern.");
    let lines = format!(
        "{SMALL_DISK}
        dd if=/dev/zero of=\"$NOVEL/filler\" bs=4k 2>/dev/null || true
        sums > before
        status=0
        \"$COPYDESK\" run lanterns \"$NOVEL\" --state \"$STATE\" --no-model || status=$?
        sums > after
        cmp before after
        echo \"status $status\""
    );
    let inside = format!("cd \"$(mktemp -d)\"\n{lines}");
    let Some(said) = in_own_mounts(&novel, &inside) else { return };
    expect_words(&said, &["status 3", "02.lanterns.md: the report could not be written: the disk is full", "instead"]);
    let kept = novel.state().join("reports/02.lanterns.md");
    let report = std::fs::read_to_string(&kept).unwrap_or_else(|error| panic!("{}: {error}\n{said}", kept.display()));
    assert!(report.contains("A lantern."), "{report}");
}

#[test]
fn a_full_disk_for_the_state() {
    let novel = novel();
    std::fs::create_dir(novel.state()).expect("the state folder");
    let lines = "
        mount -t tmpfs -o size=64k none \"$STATE\"
        dd if=/dev/zero of=\"$STATE/filler\" bs=4k 2>/dev/null || true
        status=0
        \"$COPYDESK\" run lanterns \"$NOVEL\" --state \"$STATE\" --no-model || status=$?
        echo \"status $status\"";
    let Some(said) = in_own_mounts(&novel, lines) else { return };
    // What cannot be kept is told; the chapters are checked and their reports written all the same.
    expect_words(&said, &["status 1", "note: ", "A lantern."]);
    assert!(novel.read("01.lanterns.md").contains("A lantern."), "{said}");
}

#[test]
fn a_disk_that_can_only_be_read() {
    let novel = novel();
    let lines = "
        mount --bind \"$NOVEL\" \"$NOVEL\"
        mount -o remount,bind,ro \"$NOVEL\"
        status=0
        \"$COPYDESK\" run lanterns \"$NOVEL\" --state \"$STATE\" --no-model || status=$?
        echo \"status $status\"";
    let Some(said) = in_own_mounts(&novel, lines) else { return };
    expect_words(&said, &["status 3", "01.lanterns.md: the report could not be written: the disk can only be read", "instead"]);
    let kept = novel.state().join("reports/01.lanterns.md");
    assert!(std::fs::read_to_string(&kept).is_ok_and(|report| report.contains("A lantern.")), "{said}");
    assert_eq!(novel.reports().len(), 0);
}
