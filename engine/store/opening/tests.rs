//! Stores that are damaged, of another version, or in use.

use super::super::{NoteHistory, Store, copy};
use super::*;
use crate::finding::history::{Comparison, Event, History, Record, RecordedQuote, State, Trace};
use crate::store::{NoteKey, PastLine, PastRun, ReportPoint};
use crate::text::SourcePath;
use std::collections::BTreeMap;

fn key(number: u64) -> ContentHash {
    ContentHash::of(&number.to_le_bytes())
}

fn record(number: usize, state: State) -> Record {
    let quote = RecordedQuote { file: SourcePath::new("01.md"), line: number, column: 2, words: "her green eyes".to_string() };
    Record {
        reason: Some("she lies".to_string()),
        ..Record::example(
            Trace { id: format!("{number:010x}"), rule: "changed-appearance".to_string(), ..Trace::default() },
            &format!("Eyes are brown in scene {number}."),
            vec![quote],
            state,
        )
    }
}

/// Everything a store can tell.
#[derive(Debug, Default, PartialEq)]
struct Known {
    replies: BTreeMap<[u8; 32], Vec<u8>>,
    history: History,
    runs: Vec<PastRun>,
    states: BTreeMap<String, Option<State>>,
    point: Option<ReportPoint>,
    told: BTreeMap<NoteKey, NoteHistory>,
}

fn known(store: &Store) -> Known {
    Known {
        replies: store.all_replies().into_iter().map(|(key, value)| (key.0, value)).collect(),
        history: store.history(),
        runs: store.past_runs(),
        states: store.states_after(0),
        point: store.report_point(),
        told: store.note_histories(),
    }
}

/// A run that found so many things and kept so many replies.
fn keep_run(store: &Store, findings: usize, replies: u64) {
    let replies: Vec<_> = (0..replies).map(|number| (key(number), format!("reply {number}").repeat(8).into_bytes())).collect();
    store.keep_replies(&replies, 0).unwrap();
    let before = store.history();
    let state = if before.is_empty() { State::Open } else { State::Dismissed };
    let history: History = (0..findings).map(|number| record(number, state)).map(|record| (record.id().to_string(), record)).collect();
    let was = |id: &str| before.get(id).map(|record| record.state);
    let events = history.values().map(|record| Event { id: record.id().to_string(), was: was(record.id()), is: state }).collect();
    let not_checked = BTreeMap::from([("summaries".to_string(), vec!["no model".to_string()])]);
    store.keep_comparison(&before, &Comparison { history, events }, &not_checked, 1_000).unwrap();
    let line = PastLine { text: "Mara left.".to_string(), is_model_text: true, line: Some(3) };
    let told = |number: usize| {
        let key = ("summaries".to_string(), format!("{number}.md"), "What happens".to_string());
        (key, NoteHistory { by: ContentHash::of(b"m"), text: ContentHash::of(b"t"), lines: vec![line.clone()], before: None })
    };
    store.keep_note_histories(&(0..findings / 4).map(told).collect()).unwrap();
    store.keep_report_point(ReportPoint { base: 0, last: 1 }).unwrap();
    store.copy_history().unwrap();
}

/// A state folder after two runs that ended well, and what is known in it.
fn after_two_runs(findings: usize, replies: u64) -> (tempfile::TempDir, Known) {
    let state = tempfile::tempdir().unwrap();
    let (store, problems) = Store::open(state.path());
    assert_eq!(problems, []);
    keep_run(&store, findings, replies);
    keep_run(&store, findings, replies);
    let known = known(&store);
    assert_eq!((known.history.len(), known.runs.len(), known.states.len(), store.troubles()), (findings, 2, findings, vec![]));
    drop(store);
    assert!(!state.path().join("copydesk.sqlite-wal").exists(), "it ended well");
    (state, known)
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn damage_after_a_good_end_is_found_told_and_mended() {
    let (state, before) = after_two_runs(40, 2_000);
    change(&state.path().join(FILE), |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8192].fill(0xaa);
    });
    let (store, problems) = Store::open(state.path());
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert!(problem.message.contains("own check") || problem.message.contains("damaged"), "{problem}");
    assert!(problem.message.contains("the history of findings was regained"), "{problem}");
    assert!(problem.advice.as_ref().unwrap().contains("copydesk.sqlite.corrupt-1"), "{problem}");
    assert!(state.path().join("copydesk.sqlite.corrupt-1").exists());
    let mut after = known(&store);
    assert!(after.replies.len() > 500 && after.replies.iter().all(|(key, value)| before.replies[key] == *value), "{}", after.replies.len());
    after.replies.clone_from(&before.replies);
    assert_eq!(after, before);
    drop(store);
    assert_eq!(Store::open(state.path()).1, [], "and that was all");
}

#[test]
fn a_database_that_is_gone_is_filled_from_the_copy() {
    for ruin in [
        (|path: &Path| std::fs::remove_file(path).unwrap()) as fn(&Path),
        |path| std::fs::write(path, "").unwrap(),
        |path| std::fs::write(path, "Chapter one. ".repeat(1_000)).unwrap(),
        |path| change(path, |bytes| bytes.truncate(5_000)),
        |path| change(path, |bytes| bytes[..100].fill(0)),
    ] {
        let (state, before) = after_two_runs(9, 10);
        ruin(&state.path().join(FILE));
        let (store, problems) = Store::open(state.path());
        assert!(problems.len() == 1 && problems[0].message.contains("the history of findings was regained"), "{problems:?}");
        assert_eq!((known(&store).history, known(&store).told), (before.history, before.told));
        keep_run(&store, 9, 10);
        assert_eq!(store.past_runs().len(), 3, "it goes on from there");
    }
}

#[test]
fn a_damaged_copy_gives_what_is_left_of_it_and_says_so() {
    let (state, before) = after_two_runs(9, 0);
    std::fs::remove_file(state.path().join(FILE)).unwrap();
    change(&state.path().join(copy::FILE), |bytes| {
        let place = bytes.windows(10).position(|window| window == b"0000000003").unwrap();
        bytes[place] = b'1';
    });
    let (store, problems) = Store::open(state.path());
    assert!(problems.len() == 1 && problems[0].message.contains("could be regained and others not"), "{problems:?}");
    let left = store.history();
    assert_eq!(left.len(), 8);
    assert!(left.iter().all(|(id, record)| before.history[id] == *record));
}

#[test]
fn without_a_copy_the_damaged_database_gives_what_it_can() {
    let (state, before) = after_two_runs(400, 0);
    std::fs::remove_file(state.path().join(copy::FILE)).unwrap();
    change(&state.path().join(FILE), |bytes| {
        let place = bytes.windows(16).position(|window| window == b"brown in scene 7").unwrap();
        bytes[place] = b'B';
    });
    let (store, problems) = Store::open(state.path());
    let message = &problems[0].message;
    assert!(message.contains("1 record of its history changed") && message.contains("could be regained and others not"), "{message}");
    let left = store.history();
    assert!(left.len() == 399 && left.iter().all(|(id, record)| before.history[id] == *record), "{}", left.len());
}

#[test]
fn a_log_that_lost_its_end_is_caught_up_from_the_copy() {
    let state = tempfile::tempdir().unwrap();
    let (store, _) = Store::open(state.path());
    keep_run(&store, 5, 1);
    let early = std::fs::read(state.path().join("copydesk.sqlite-wal")).unwrap().len();
    keep_run(&store, 6, 1);
    let before = known(&store);
    // As a kill leaves them: the log not yet folded into the database.
    let killed = tempfile::tempdir().unwrap();
    for name in [FILE, "copydesk.sqlite-wal", copy::FILE] {
        std::fs::copy(state.path().join(name), killed.path().join(name)).unwrap();
    }
    change(&killed.path().join("copydesk.sqlite-wal"), |bytes| bytes[early + 100] ^= 1);
    let (store, problems) = Store::open(killed.path());
    assert!(problems.len() == 1 && problems[0].message.contains("had lost the last of them"), "{problems:?}");
    let mut after = known(&store);
    after.replies.clone_from(&before.replies);
    assert_eq!(after, before);
}

#[test]
fn nobody_sets_a_database_aside_that_another_has_open() {
    let (state, _) = after_two_runs(3, 3);
    let (watching, _) = Store::open(state.path());
    change(&state.path().join(FILE), |bytes| bytes[..16].fill(0));
    let (_, problems) = Store::open(state.path());
    assert!(problems[0].message.contains("another copydesk has it open"), "{problems:?}");
    assert!(state.path().join(FILE).exists() && !state.path().join("copydesk.sqlite.corrupt-1").exists());
    drop(watching);
}

#[test]
fn many_may_open_a_damaged_database_at_once() {
    let (state, before) = after_two_runs(3, 3);
    change(&state.path().join(FILE), |bytes| bytes[..16].fill(0));
    let histories: Vec<usize> = std::thread::scope(|threads| {
        let open = || Store::open(state.path()).0.history().len();
        let opening: Vec<_> = (0..6).map(|_| threads.spawn(open)).collect();
        opening.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(histories.iter().all(|count| *count == before.history.len()), "{histories:?}");
    assert!(!state.path().join("copydesk.sqlite.corrupt-2").exists(), "a new one was set aside");
}

#[test]
fn a_history_that_cannot_be_read_is_told_and_not_overwritten() {
    let (state, _) = after_two_runs(3, 3);
    let (store, _) = Store::open(state.path());
    store.connection().execute("UPDATE findings SET record = x'00' WHERE id LIKE '%1'", []).unwrap();
    assert_eq!(store.earlier().unwrap().len(), 2);
    assert!(store.troubles()[0].message.contains("could not be read in full: 1 record has changed"), "{:?}", store.troubles());
    let refused = store.keep_comparison(&store.history(), &Comparison::default(), &BTreeMap::new(), 5);
    assert!(refused.unwrap_err().message.contains("not brought up to date"));
    let copy = std::fs::read(state.path().join(copy::FILE)).unwrap();
    store.copy_history().unwrap();
    assert_eq!(std::fs::read(state.path().join(copy::FILE)).unwrap(), copy, "a whole copy is worth more");
    for table in ["told", "past_runs", "events", "report_point"] {
        let count = store.troubles().len();
        store.connection().execute(&format!("ALTER TABLE {table} RENAME TO gone_{table}"), []).unwrap();
        store.note_histories();
        store.past_runs();
        store.run_before(5);
        store.states_after(0);
        store.report_point();
        assert!(store.troubles().len() > count || count > 1, "{table}: {:?}", store.troubles());
    }
}

#[test]
fn the_form_before_gets_its_checksums() {
    let (state, before) = after_two_runs(3, 3);
    let older = connect(&state.path().join(FILE)).unwrap();
    for table in HISTORY {
        older.execute_batch(&format!("ALTER TABLE {} DROP COLUMN checksum", table.name)).unwrap();
    }
    older
        .execute_batch("ALTER TABLE fingerprints DROP COLUMN checksum; CREATE TABLE reports (path TEXT); PRAGMA user_version = 4")
        .unwrap();
    drop(older);
    let (store, problems) = Store::open(state.path());
    assert_eq!((problems, known(&store)), (vec![], before));
    drop(store);
    assert_eq!(Store::open(state.path()).1, []);
}

/// Bytes turned over anywhere in the file are harmless, or told; and nothing that is known afterwards is wrong.
#[test]
#[expect(clippy::print_stdout, reason = "the script that counts reads it")]
fn a_byte_turned_over_anywhere_makes_nothing_wrong() {
    let (state, before) = after_two_runs(60, 150);
    let sound = std::fs::read(state.path().join(FILE)).unwrap();
    let copy = std::fs::read(state.path().join(copy::FILE)).unwrap();
    let places: usize = std::env::var("COPYDESK_FLIPS").ok().and_then(|count| count.parse().ok()).unwrap_or(250);
    let mut dice = 7_u64;
    let mut roll = |below: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap() % below
    };
    let mut told = 0;
    for round in 0..places {
        // The first pages hold what everything hangs on, so every fourth flip is there.
        let place = roll(if round % 4 == 0 { 400 } else { sound.len() });
        let turned = u8::try_from(1 + roll(255)).unwrap();
        let state = tempfile::tempdir().unwrap();
        std::fs::write(state.path().join(copy::FILE), &copy).unwrap();
        let mut bytes = sound.clone();
        bytes[place] ^= turned;
        std::fs::write(state.path().join(FILE), bytes).unwrap();
        let (store, problems) = Store::open(state.path());
        let mut after = known(&store);
        let shown = format!("byte {place} ^ {turned:#x}: {problems:?} {:?}", store.troubles());
        assert!(after.replies.iter().all(|(key, value)| before.replies.get(key) == Some(value)), "a wrong reply; {shown}");
        let is_told = !problems.is_empty() || !store.troubles().is_empty();
        told += usize::from(is_told);
        assert!(is_told || after.replies.len() == before.replies.len(), "replies went in silence; {shown}");
        after.replies.clone_from(&before.replies);
        assert!(after == before, "the history is not regained; {shown}");
    }
    println!("{places} bytes turned over: {told} noticed, nothing wrong");
    assert!(told * 4 > places, "only {told} of {places} were noticed");
}
