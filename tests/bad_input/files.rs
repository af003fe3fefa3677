//! Names, links, pipes, depths and numbers of files.

use super::{expect_words, novel, quote_in, run};
use crate::project_test::{MARK, ProjectTest, assert_same};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::process::Command;

#[test]
fn links_are_not_followed() {
    let elsewhere = ProjectTest::new().file("secret.md", "A secret lantern.").file("folder/a.md", "A lantern.");
    let novel = novel();
    symlink(novel.folder(), novel.path("loop")).expect("a link");
    symlink(elsewhere.path("secret.md"), novel.path("02.md")).expect("a link");
    symlink(elsewhere.path("folder"), novel.path("other")).expect("a link");
    symlink("nowhere", novel.path("03.md")).expect("a link");
    let before = elsewhere.tree();
    let ran = run(&novel, 1);
    for link in ["loop", "02.md", "other", "03.md"] {
        expect_words(&ran.problem(link), &["note", "symbolic link", "put the file itself here"]);
    }
    assert_eq!(ran.findings().len(), 1);
    assert_same(&before, &elsewhere.tree());
}

#[test]
fn a_link_in_place_of_a_report_is_not_written_through() {
    let elsewhere = ProjectTest::new().file("mine.md", "Mine.");
    let novel = novel().file("02.md", "Nothing.");
    symlink(elsewhere.path("mine.md"), novel.path("01.lanterns.md")).expect("a link");
    std::fs::hard_link(novel.path("02.md"), novel.path("02.lanterns.md")).expect("a second name");
    let before = elsewhere.tree();
    novel.run(&["lanterns"]).expect_status(1);
    assert_same(&before, &elsewhere.tree());
    assert!(novel.read("01.lanterns.new.md").contains("A lantern."));
    assert_eq!(novel.read("02.md"), "Nothing.");
}

#[test]
fn folders_and_pipes_with_a_chapters_name() {
    let novel = novel().file("02.md/inner.md", "Mara lit a lantern.");
    let made = Command::new("mkfifo").arg(novel.path("03.md")).status().expect("mkfifo is there");
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(novel.path("04.md")).expect("a socket");
    let ran = run(&novel, 3);
    expect_words(&ran.problem("04.md"), &["not-checked", "a socket", "give it another name"]);
    expect_words(&ran.problem("03.md"), &["not-checked", "pipe", "give it another name"]);
    assert_eq!(quote_in(&ran, "02.md/inner.md")["quote"], "Mara lit a lantern.");
}

#[test]
fn names_that_could_move_the_cursor() {
    let long = format!("{}.md", "n".repeat(252));
    let names = [
        "02\n evil.md",
        "03 🏮.md",
        "04 \u{202e}dm.md",
        "05 \u{1b}[31mred.md",
        "-rf.md",
        "CON.md",
        "07 it’s “quoted”.md",
        "Kapitel ä.md",
        &long,
    ];
    let novel = names.iter().fold(novel(), |novel, name| novel.file(name, format!("The lantern of {} burnt.", name.len())));
    std::fs::write(novel.folder().join(std::ffi::OsString::from_vec(b"08\xff.md".to_vec())), "A lantern.")
        .expect("a name that is not UTF-8");
    let ran = novel.run(&["lanterns"]);
    ran.expect_status(3);
    for name in names {
        quote_in(&ran, name);
    }
    assert!(ran.problems().iter().any(|problem| problem.contains("has a name that is not UTF-8")), "{:?}", ran.problems());
    expect_words(&ran.problem(&format!("{}.lanterns.md", "n".repeat(252))), &["could not be written", "too long"]);
    for text in [novel.run_text(&["lanterns"]), novel.order()] {
        let said = text.stdout + text.stderr.as_str();
        assert!(said.contains("03 🏮.md"), "{said}");
        assert!(!said.contains('\u{1b}') && !said.contains('\u{202e}'), "{said:?}");
        assert!(!said.lines().any(|line| line.starts_with(" evil.md")), "{said}");
    }
}

#[test]
fn two_thousand_small_chapters() {
    let novel = novel();
    (2..=2_000)
        .for_each(|number| novel.write(&format!("part-{}/{number:04}.md", number % 20), format!("Ship {number} had lantern {number}.")));
    let ran = novel.run(&["lanterns"]);
    ran.expect_status(1);
    assert_eq!((ran.findings().len(), ran.results().len()), (2_000, 2_000));
    assert_eq!(novel.reports().len(), 2_000);
}

#[test]
fn names_that_other_computers_take_for_one() {
    let names = ["cafe\u{301}.md", "caf\u{e9}.md", "One.md", "one.md"];
    let novel = names.iter().fold(novel(), |novel, name| novel.file(name, format!("A lantern for {}.", name.len())));
    if novel.names().len() < names.len() + 3 {
        return; // This disk takes them for one too.
    }
    let ran = run(&novel, 1);
    let likenesses =
        ran.problems().into_iter().filter(|problem| problem.starts_with("\"note\"") && problem.contains("has the same name as"));
    assert_eq!(likenesses.count(), 2, "{:?}", ran.problems());
    for name in names {
        assert_eq!(quote_in(&ran, name)["quote"], format!("A lantern for {}.", name.len()));
    }
    assert_eq!(novel.reports().len(), names.len() + 1, "each has a report of its own: {:?}", novel.reports().keys());
}

#[test]
fn copies_of_a_synchronising_program_are_told_and_not_read() {
    let copies = ["01.sync-conflict-20260101-120000-ABCDEFG.md", "01 (Ann's conflicted copy 2026-01-01).md"];
    let novel = copies.iter().fold(novel(), |novel, name| novel.file(name, "Another lantern."));
    let ran = run(&novel, 3);
    assert_eq!(ran.findings().len(), 1);
    copies.iter().for_each(|name| expect_words(&ran.problem(name), &["not-checked", "two versions", "keep the version you want"]));
}

#[test]
fn books_within_books_and_folders_of_git() {
    let novel = novel()
        // What git leaves in a second working copy, and in a part that it manages apart.
        .file(".git", "gitdir: /elsewhere/.git/worktrees/novel\n")
        .file("saga/.git/config", "[core]\n")
        .file("saga/.git/notes.md", "A lantern that is none of ours.")
        .file("saga/book-1/01.md", "The first lantern.")
        .file("saga/book-1/part-2/01.md", "The second lantern.")
        .file("saga/book-2/01.md", "The third lantern.")
        .file("saga/copydesk.yaml", "title: Inner\n");
    let ran = run(&novel, 1);
    for (file, quote) in [
        ("saga/book-1/01.md", "The first lantern."),
        ("saga/book-1/part-2/01.md", "The second lantern."),
        ("saga/book-2/01.md", "The third lantern."),
    ] {
        assert_eq!(quote_in(&ran, file)["quote"], quote);
    }
    assert_eq!(ran.findings().len(), 4, "nothing of git's");
    assert_eq!(novel.read(".git"), "gitdir: /elsewhere/.git/worktrees/novel\n");
}

/// Folders one in the other, until the whole path has about so many bytes.
fn folders(above: usize, bytes: usize) -> Vec<String> {
    let count = (bytes - above) / 201;
    (0..count).map(|number| format!("{number:03}{}", "d".repeat(197))).collect()
}

#[test]
fn paths_as_long_as_the_system_takes_them() {
    // Not about the chapter's file, as the others: a subject has at most 1,000 letters.
    let script = "const FINDS = \"light\";\nfn check(chapter, desk) { for scene in chapter.scenes { for found in scene.find(\"lantern\") { desk.finding(\"light\").at(found.sentence).say(\"A lantern.\"); } } }";
    let novel = novel().script("light", script);
    let folder = folders(novel.folder().as_os_str().len(), 4_000).join("/");
    novel.write(&format!("{folder}/02.md"), "Mara lit a lantern.");
    let ran = novel.run(&["light", "continuity"]);
    ran.expect_status(1);
    assert_eq!(quote_in(&ran, &format!("{folder}/02.md"))["quote"], "Mara lit a lantern.");
    for report in ["light", "continuity"] {
        assert!(novel.read(&format!("{folder}/02.{report}.md")).starts_with(MARK), "{report}");
    }
}

#[test]
fn a_path_too_long_for_the_system_is_told() {
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
    let novel = novel();
    let mut folder = openat(CWD, novel.folder(), OFlags::DIRECTORY, Mode::empty()).expect("the folder");
    for name in folders(0, 5_000) {
        mkdirat(&folder, &name, Mode::RWXU).expect("a folder");
        folder = openat(&folder, &name, OFlags::DIRECTORY, Mode::empty()).expect("the new folder");
    }
    // Not by way of the whole tree, which no path reaches.
    let mut running = novel.run_in_background(&["lanterns"], &["--format", "json"]);
    let status = running.end_within(std::time::Duration::from_secs(60)).expect("it ends");
    assert_eq!(status.code(), Some(3), "{}", running.stderr());
    expect_words(&running.stdout(), &["could not be looked into", "too long", "Edmund held the lantern."]);
    assert!(novel.read("01.lanterns.md").contains("A lantern."));
}
