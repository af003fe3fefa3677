//! What is found in an author's folder, and what is passed over with a word.

use super::super::disk::testing::{put, tree};
use super::*;

fn found(root: &Path, configuration: &str) -> Found {
    let before = tree(root);
    let found = discover(root, &Config::parse(configuration).0);
    assert_eq!(before, tree(root), "looking changed something");
    found
}

fn paths(found: &Found, role: Role) -> Vec<&str> {
    found.of(role).map(|file| file.path.as_str()).collect()
}

fn problem_of<'a>(found: &'a Found, path: &str) -> &'a Problem {
    let about = |problem: &&Problem| problem.file.as_ref().is_some_and(|file| file.as_str() == path);
    found.problems.iter().find(about).unwrap_or_else(|| panic!("no problem of {path} in {:?}", found.problems))
}

#[test]
fn every_file_has_its_role() {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        "copydesk.yaml",
        "copydesk.stet.yaml",
        "b1/01.md",
        "b1/ch.1.md",
        "b1/02.Markdown",
        "b1/Story Bible/mara.md",
        "bible.yaml",
        "bible/places.yaml",
        "bible/map.png",
        "scripts/echo.rhai",
        "scripts/README.md",
        "templates/ask.md.jinja",
        ".git/x.md",
        ".obsidian/y.md",
        "b1/01.md~",
        "b1/.01.md.swp",
        "b1/cover.png",
        "copydesk-reports/b1/01.bible.md",
        "drafts/a.md",
    ] {
        put(folder.path(), path, "Words.");
    }
    put(folder.path(), "b1/01.bible.md", write::sealed("# Report\n"));
    put(folder.path(), "b1/01.edited.md", "No mark here.");
    let found = found(folder.path(), "ignore: [drafts/]");
    assert_eq!(paths(&found, Role::Chapter), ["b1/01.edited.md", "b1/01.md", "b1/02.Markdown", "b1/ch.1.md"]);
    assert_eq!(paths(&found, Role::Bible), ["b1/Story Bible/mara.md", "bible.yaml", "bible/places.yaml"]);
    assert_eq!(paths(&found, Role::Script), ["scripts/echo.rhai"]);
    assert_eq!(paths(&found, Role::Template), ["templates/ask.md.jinja"]);
    assert_eq!(paths(&found, Role::Settings), ["copydesk.stet.yaml", "copydesk.yaml"]);
    assert_eq!(found.reports, [SourcePath::new("b1/01.bible.md")]);
    assert_eq!(found.problems, []);
}

#[test]
fn configured_places_decide_about_the_bible() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["lore/a.md", "bible/b.md", "b1/codex/c.md", "b1/x/codex/d.md", "b1/e.md"] {
        put(folder.path(), path, "Words.");
    }
    let listed = found(folder.path(), "bible: lore\nbooks: [b1, gone]");
    assert_eq!(paths(&listed, Role::Bible), ["lore/a.md"]);
    assert!(problem_of(&listed, "copydesk.yaml").message.contains("`books` names gone"));
    let usual = found(folder.path(), "books: [b1]");
    assert_eq!(paths(&usual, Role::Bible), ["b1/codex/c.md", "bible/b.md"]);
}

#[test]
#[cfg(unix)]
fn links_and_pipes_are_told_and_not_followed() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    put(folder.path(), "real.md", "Words.");
    put(elsewhere.path(), "secret.md", "Words.");
    let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
    link(folder.path(), "loop");
    link(&elsewhere.path().join("secret.md"), "link.md");
    link(Path::new("user@host.1234"), ".#real.md");
    assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe.md")).status().unwrap().success());
    let found = found(folder.path(), "");
    assert_eq!(paths(&found, Role::Chapter), ["real.md"]);
    assert_eq!(problem_of(&found, "link.md").kind, ProblemKind::Note);
    assert_eq!(problem_of(&found, "pipe.md").message, "is a pipe, so it was not read");
    assert_eq!(found.problems.len(), 3, "{:?}", found.problems);
    assert!(problem_of(&found, "loop").message.contains("symbolic link"));
}

#[test]
#[cfg(target_os = "linux")]
fn names_that_cannot_be_written_down_are_told() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    for name in [&b"caf\xe9.md"[..], b"a\\b.md", b"line\nbreak.md", b"\x1b[31m.md", b"-rf.md", b"CON.md", "\u{202e}x.md".as_bytes()] {
        std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), "Words.").unwrap();
    }
    let found = found(folder.path(), "");
    assert_eq!(paths(&found, Role::Chapter).len(), 5);
    assert_eq!(problem_of(&found, "caf\u{fffd}.md").kind, ProblemKind::NotChecked);
    assert!(problem_of(&found, "a⧵b.md").message.contains("backslash"));
}

#[test]
fn second_versions_and_missing_downloads_are_told() {
    let folder = tempfile::tempdir().unwrap();
    for path in [
        "a.md",
        "a.sync-conflict-20260101-120000-ABCDEFG.md",
        "b (Ann's conflicted copy 2026-01-01).md",
        ".c.md.icloud",
        ".d.png.icloud",
        "e.md.nextcloud",
    ] {
        put(folder.path(), path, "Words.");
    }
    let found = found(folder.path(), "");
    assert_eq!(paths(&found, Role::Chapter), ["a.md"]);
    assert_eq!(found.problems.len(), 4, "{:?}", found.problems);
    assert!(found.problems.iter().all(|problem| problem.kind == ProblemKind::NotChecked));
    assert!(problem_of(&found, "c.md").message.contains("not downloaded"));
    assert_eq!(problem_of(&found, "e.md").advice.as_deref(), Some("let Nextcloud download it first"));
}

#[test]
fn a_name_makes_a_second_version_only_where_the_first_is() {
    let folder = tempfile::tempdir().unwrap();
    let second = [
        "a-DESKTOP-7H3K2LP.md",
        "a-LAPTOP-0AB12CDE-2.md",
        "a-Annes-MacBook-Pro.md",
        "a (copie en conflit de Ann 2026-01-01).md",
        "a (In Konflikt stehende Kopie von Ann 2026-01-01).md",
        "a (SFConflict ann@x.org 2026-01-01-12-00-00).md",
        "a (Ann的冲突副本 2026-01-01).md",
        "a_conflict-20260101-120000.md",
        "a.Conflict.md",
    ];
    let chapters = ["03 (Conflict).md", "a (1).md", "a-DESKTOP.md", "a-desktop-7h3k2lp.md", "a.md", "b-DESKTOP-7H3K2LP.md"];
    second.iter().chain(&chapters).for_each(|path| put(folder.path(), path, "Words."));
    let found = found(folder.path(), "");
    assert_eq!(paths(&found, Role::Chapter), chapters);
    second.iter().for_each(|path| assert!(problem_of(&found, path).message.contains("two versions"), "{path}"));
}

#[test]
#[cfg(target_os = "linux")]
fn names_that_differ_only_in_form_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["cafe\u{301}.md", "caf\u{e9}.md", "One.md", "one.md"] {
        put(folder.path(), path, "Words.");
    }
    let found = found(folder.path(), "");
    assert_eq!(paths(&found, Role::Chapter).len(), 4);
    assert_eq!(found.problems.iter().map(|problem| problem.kind).collect::<Vec<_>>(), [ProblemKind::Note; 2]);
}

#[test]
fn a_folder_without_chapters_says_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "novel.doc", "");
    let found = found(folder.path(), "");
    assert!(found.problems[0].message.ends_with("but 1 in other forms"), "{:?}", found.problems);
}

#[test]
fn documents_are_chapters_where_nothing_else_is_and_where_they_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["novel.docx", "~$novel.docx", "old/one.ODT", "first.epub"] {
        put(folder.path(), path, "");
    }
    assert_eq!(paths(&found(folder.path(), ""), Role::Chapter), ["first.epub", "novel.docx", "old/one.ODT"]);
    put(folder.path(), "README.md", "Read me.");
    put(folder.path(), "notes/ideas.md", "Ideas.");
    assert_eq!(paths(&found(folder.path(), ""), Role::Chapter).len(), 5, "notes beside the chapters are none");
    std::fs::remove_dir_all(folder.path().join("notes")).unwrap();
    std::fs::remove_file(folder.path().join("README.md")).unwrap();
    put(folder.path(), "01.md", "One.");
    assert_eq!(paths(&found(folder.path(), ""), Role::Chapter), ["01.md"]);
    assert!(found(folder.path(), "").problems[0].message.contains("first.epub and 2 more documents were not read"));
    let listed = "books:\n  - { folder: first.epub, status: published }\n  - { folder: old, chapters: [one.ODT] }\n";
    assert_eq!(paths(&found(folder.path(), listed), Role::Chapter), ["01.md", "first.epub", "old/one.ODT"]);
}

#[test]
fn an_unreadable_folder_is_told() {
    let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let problem = unreadable_problem(&SourcePath::new("b2"), &denied).unwrap();
    assert_eq!(problem.kind, ProblemKind::NotChecked);
    assert!(problem.to_string().contains("b2") && problem.advice.unwrap().contains("chmod"));
}

#[test]
fn what_may_be_a_report_and_cannot_be_read_is_no_chapter() {
    let gone = Path::new("/no/such/folder/01.bible.md");
    assert!(is_report(gone, "01.bible.md").is_err());
    assert!(matches!(is_report(gone, "01.md"), Ok(false)), "its name is no report's");
    let (disk, vanished) = (std::io::Error::from(std::io::ErrorKind::PermissionDenied), std::io::Error::from(std::io::ErrorKind::NotFound));
    let told = unread_problem(&SourcePath::new("01.bible.md"), &disk).unwrap();
    assert!(told.kind == ProblemKind::NotChecked && told.message.contains("this account may not open it"), "{told}");
    assert_eq!(unread_problem(&SourcePath::new("01.bible.md"), &vanished), None);
}

#[test]
fn reports_have_their_place() {
    let (mut config, beside) = (Config::default(), SourcePath::new("b1/ch-03.bible.md"));
    assert_eq!(report_place(&config, &beside), beside);
    config.reports = config::ReportsPlace::Folder;
    assert_eq!(report_place(&config, &beside).as_str(), "copydesk-reports/b1/ch-03.bible.md");
    assert_eq!(report_place(&config, &SourcePath::new("series.bible.md")).as_str(), "copydesk-reports/series.bible.md");
}
