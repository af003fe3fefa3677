//! The watch on a real folder, with time moved by hand where waiting would be long.

use super::*;
use crate::project::disk::testing::put;
use crate::project::write;
use std::fs;

/// A change is reported within this time, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Long enough for a change to be told if there were one.
const A_WHILE: Duration = Duration::from_millis(2800);

fn watched(files: &[(&str, &str)]) -> (tempfile::TempDir, Watcher) {
    let folder = tempfile::tempdir().unwrap();
    files.iter().for_each(|(path, text)| put(folder.path(), path, text));
    let (watcher, problem) = Watcher::start(folder.path());
    assert_eq!(problem, None);
    (folder, watcher)
}

fn became(paths: &[(&str, Became)]) -> Event {
    Event::Changed(paths.iter().map(|(path, became)| (SourcePath::new(path), *became)).collect())
}

fn saved(path: &str) -> Event {
    became(&[(path, Became::Saved)])
}

/// Waits for the next change and passes over what is said besides.
fn next_change(watcher: &mut Watcher) -> Event {
    loop {
        match watcher.next(PATIENCE) {
            Event::Problem(_) => {}
            other => return other,
        }
    }
}

#[test]
fn truncate_then_write_is_one_change_with_all_its_words() {
    let (folder, mut watcher) = watched(&[("ch.md", "One word and another."), ("other.md", "Words.")]);
    let path = folder.path().join("ch.md");
    let writer = std::thread::spawn(move || {
        fs::write(&path, "").unwrap();
        std::thread::sleep(Duration::from_millis(300));
        fs::write(&path, "One").unwrap();
        std::thread::sleep(Duration::from_millis(300));
        fs::write(&path, "One word and one more.").unwrap();
    });
    assert_eq!(watcher.next(PATIENCE), saved("ch.md"));
    assert!(writer.is_finished(), "it was told before it was whole");
    assert_eq!(watcher.next(Duration::from_millis(300)), Event::Nothing);
}

#[test]
fn rename_over_is_one_change() {
    let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
    put(folder.path(), ".ch.md.tmp-save", "Two.");
    fs::rename(folder.path().join("ch.md"), folder.path().join("ch.md~")).unwrap();
    fs::rename(folder.path().join(".ch.md.tmp-save"), folder.path().join("ch.md")).unwrap();
    assert_eq!(watcher.next(PATIENCE), saved("ch.md"));
}

#[test]
fn new_nested_folders_are_seen_whole() {
    let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
    let paths: Vec<String> = (0..40).map(|number| format!("b{number:02}/part/scene/ch.md")).collect();
    paths.iter().for_each(|path| put(folder.path(), path, "Words."));
    let mut seen = Vec::new();
    // They may settle in several portions.
    while seen.len() < paths.len()
        && let Event::Changed(changes) = next_change(&mut watcher)
    {
        seen.extend(changes.keys().map(|path| path.as_str().to_string()));
    }
    seen.sort();
    assert_eq!(seen, paths);
}

#[test]
fn our_own_writes_and_untrue_changes_are_nothing() {
    let (folder, mut watcher) = watched(&[("ch.md", "One."), ("ch.old.md", &write::sealed("# Old\n"))]);
    write::write_report(folder.path(), &SourcePath::new("ch.bible.md"), "# Report\n");
    write::write_report(folder.path(), &SourcePath::new("ch.old.md"), "# New\n");
    fs::read(folder.path().join("ch.md")).unwrap();
    put(folder.path(), ".obsidian/workspace.json", "{}");
    // Written again with the same words.
    put(folder.path(), "ch.md", "One.");
    let before = watcher.started.elapsed();
    assert_eq!(watcher.next(Duration::from_millis(1800)), Event::Nothing);
    assert!(watcher.started.elapsed() - before >= Duration::from_millis(1800));
}

#[test]
fn a_deleted_chapter_is_told_after_its_longer_wait() {
    let (folder, mut watcher) = watched(&[("ch.md", "One."), ("other.md", "Two.")]);
    fs::remove_file(folder.path().join("ch.md")).unwrap();
    assert_eq!(watcher.next(Duration::from_millis(1500)), Event::Nothing);
    // Time is moved by hand instead of waiting five seconds.
    watcher.started -= settle::SHRUNK_WAITS_LONGER;
    assert_eq!(watcher.next(Duration::from_millis(1000)), became(&[("ch.md", Became::Gone)]));
}

#[test]
fn without_events_the_folder_is_looked_at() {
    let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
    watcher.events = None;
    watcher.plan_next_look();
    put(folder.path(), "ch.md", "Two words.");
    assert_eq!(watcher.next(Duration::from_millis(100)), Event::Nothing);
    watcher.started -= POLL;
    assert_eq!(watcher.next(PATIENCE), saved("ch.md"));
}

#[test]
fn a_folder_that_vanishes_is_told_once_and_nothing_is_called_deleted() {
    let (folder, mut watcher) = watched(&[("book/ch.md", "One.")]);
    let aside = tempfile::tempdir().unwrap();
    fs::rename(folder.path(), aside.path().join("unplugged")).unwrap();
    watcher.started -= RECONCILE;
    assert!(matches!(watcher.next(Duration::from_millis(500)), Event::Problem(problem) if problem.message.contains("no longer there")));
    watcher.started -= RECONCILE;
    assert_eq!(watcher.next(Duration::from_millis(100)), Event::Nothing);
    assert!(!watcher.has_settled());
    put(aside.path(), "unplugged/book/ch.md", "One, with more to it.");
    fs::rename(aside.path().join("unplugged"), folder.path()).unwrap();
    watcher.started -= RECONCILE;
    assert!(matches!(watcher.next(Duration::from_millis(500)), Event::Problem(problem) if problem.message.ends_with("is back")));
    assert_eq!(next_change(&mut watcher), saved("book/ch.md"));
    put(folder.path(), "book/ch.md", "Two.");
    assert!(watcher.events.as_ref().unwrap().wait(PATIENCE).unwrap(), "the folder that is back is not watched");
}

#[test]
fn the_empty_place_of_an_unplugged_disk_is_no_deleted_book() {
    let (folder, mut watcher) = watched(&[("a.md", "One."), ("b.md", "Two.")]);
    let aside = tempfile::tempdir().unwrap();
    fs::rename(folder.path(), aside.path().join("unplugged")).unwrap();
    fs::create_dir(folder.path()).unwrap();
    watcher.started -= RECONCILE;
    assert!(matches!(watcher.next(Duration::from_millis(500)), Event::Problem(problem) if problem.message.contains("no longer there")));
    assert!(!watcher.is_at_rest() && watcher.is_away());
    // Another folder comes in its place, with one chapter less.
    put(folder.path(), "a.md", "One.");
    watcher.started -= RECONCILE;
    assert!(matches!(watcher.next(Duration::from_millis(500)), Event::Problem(problem) if problem.message.contains("is another one now")));
    watcher.started -= settle::SHRUNK_WAITS_LONGER;
    assert_eq!(next_change(&mut watcher), became(&[("b.md", Became::Gone)]));
}

#[test]
fn nothing_is_told_while_something_is_on_its_way() {
    let (folder, mut watcher) = watched(&[("a.md", "One."), ("b.md", "Two words.")]);
    assert_eq!(watcher.next(Duration::from_millis(1500)), Event::Nothing);
    assert!(watcher.is_at_rest());
    put(folder.path(), "a.md", "One and more.");
    put(folder.path(), "b.md", "");
    assert!(!watcher.is_at_rest());
    assert_eq!(watcher.next(Duration::from_millis(1500)), Event::Nothing);
    put(folder.path(), "b.md", "Two words and more.");
    assert_eq!(next_change(&mut watcher), became(&[("a.md", Became::Saved), ("b.md", Became::Saved)]));
    assert!(watcher.is_at_rest());
    // But not for ever.
    put(folder.path(), "a.md", "One.");
    put(folder.path(), "b.md", "");
    assert_eq!(watcher.next(Duration::from_millis(1500)), Event::Nothing);
    watcher.started -= settle::STARVATION_CAP;
    put(folder.path(), "b.md", "Half");
    assert!(matches!(watcher.next(Duration::from_millis(500)), Event::Changed(_)));
}

#[test]
fn a_save_that_leaves_size_and_times_as_they_were_is_seen() {
    let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
    put(folder.path(), "ch.md", "Two.");
    assert_eq!(next_change(&mut watcher), saved("ch.md"));
    put(folder.path(), "ch.md", "Six.");
    // As on a disk whose times are coarse: what is there now looks as what was there then.
    let stat = FileStat::of(&fs::metadata(folder.path().join("ch.md")).unwrap());
    watcher.known.get_mut(&SourcePath::new("ch.md")).unwrap().seen = Some(Sight::File(stat));
    watcher.started -= COARSEST_TIMES;
    assert_eq!(next_change(&mut watcher), saved("ch.md"));
    assert_eq!(watcher.next(A_WHILE + COARSEST_TIMES), Event::Nothing);
}

#[test]
fn after_a_sleep_everything_is_read_again() {
    let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
    assert_eq!(watcher.next(Duration::from_millis(1500)), Event::Nothing);
    put(folder.path(), "ch.md", "Two.");
    let stat = FileStat::of(&fs::metadata(folder.path().join("ch.md")).unwrap());
    let known = watcher.known.get_mut(&SourcePath::new("ch.md")).unwrap();
    (known.seen, known.read_again) = (Some(Sight::File(stat)), None);
    watcher.events = None;
    assert_eq!(watcher.next(Duration::from_millis(1500)), Event::Nothing, "the test does not hide the change");
    watcher.clocks.set_forward(Duration::from_secs(3600));
    assert_eq!(next_change(&mut watcher), saved("ch.md"));
}

#[test]
fn half_a_configuration_makes_no_chapters() {
    let (folder, mut watcher) = watched(&[("ch.md", "One."), ("drafts/a.md", "Draft."), ("copydesk.yaml", "ignore: [drafts/]\n")]);
    put(folder.path(), "copydesk.yaml", "");
    assert_eq!(watcher.next(Duration::from_millis(2500)), Event::Nothing);
    put(folder.path(), "copydesk.yaml", "ignore: [drafts/]\ntitle: T\n");
    assert_eq!(next_change(&mut watcher), saved("copydesk.yaml"));
    put(folder.path(), "copydesk.yaml", "ignore: [other/]\n");
    assert_eq!(next_change(&mut watcher), became(&[("copydesk.yaml", Became::Saved), ("drafts/a.md", Became::Saved)]));
}

#[test]
fn second_versions_are_news_but_no_chapters() {
    let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
    let copy = "ch.sync-conflict-20260101-120000-ABCDEFG.md";
    put(folder.path(), copy, "Another.");
    assert_eq!(next_change(&mut watcher), saved(copy));
    put(folder.path(), copy, "Yet another.");
    assert_eq!(watcher.next(A_WHILE), Event::Nothing, "what it says is not read");
}

#[test]
fn a_file_that_cannot_be_read_is_news_once() {
    let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
    let path = folder.path().join("giant.md");
    fs::File::create(&path).unwrap().set_len(read::MAX_FILE_BYTES + 1).unwrap();
    assert_eq!(next_change(&mut watcher), saved("giant.md"));
    fs::File::options().write(true).open(&path).unwrap().set_len(read::MAX_FILE_BYTES + 2).unwrap();
    assert_eq!(watcher.next(A_WHILE), Event::Nothing);
}

#[test]
fn folders_made_in_a_burst_are_watched_when_it_is_over() {
    let (folder, mut watcher) = watched(&[("ch.md", "One.")]);
    let paths: Vec<String> = (0..40).map(|number| format!("b{number:02}/part/scene/ch.md")).collect();
    paths.iter().for_each(|path| put(folder.path(), path, "Words."));
    while watcher.known.len() <= paths.len() || !watcher.has_settled() {
        watcher.next(PATIENCE);
    }
    std::thread::sleep(Duration::from_millis(600));
    for path in &paths {
        while watcher.events.as_ref().unwrap().wait(Duration::from_millis(600)).unwrap() {}
        put(folder.path(), path, "Words, changed.");
        assert!(watcher.events.as_ref().unwrap().wait(PATIENCE).unwrap(), "no event of {path}");
        if path.ends_with("3/part/scene/ch.md") {
            break;
        }
    }
}

#[test]
fn when_watches_run_out_it_is_said_once_and_the_folder_is_looked_at_more_often() {
    let (_folder, mut watcher) = watched(&[("ch.md", "One.")]);
    watcher.note_gaps(polled("here"));
    watcher.note_gaps(polled("here"));
    assert_eq!(watcher.next(Duration::from_millis(100)), Event::Problem(polled("here")));
    assert_eq!(watcher.next(Duration::from_millis(100)), Event::Nothing);
    watcher.look();
    assert!(watcher.next_look <= watcher.last_look + POLL);
}

#[test]
fn looks_that_take_long_are_rarer() {
    assert_eq!(rarer(RECONCILE, Duration::from_millis(5) * LOOK_IS_RARER), RECONCILE);
    assert_eq!(rarer(RECONCILE, Duration::from_millis(300) * LOOK_IS_RARER), Duration::from_secs(90));
    assert_eq!(rarer(RECONCILE, Duration::from_secs(60) * LOOK_IS_RARER), MAX_WAIT);
}

#[test]
fn a_network_disk_is_told() {
    let problem = polled("NFS");
    assert!(problem.kind == ProblemKind::Note && problem.message.contains("every 10 seconds"));
}
