//! A run with two models: one that answers free questions, and a small one with which the trained reader reads.

use super::worker::{job, reason, task, work_for};
use copydesk::finding::Source;
use copydesk::measure::verdicts::{self, KindLine};
use copydesk::measure::{Copy, Insertion, Kind, Origin, Plant};
use copydesk::model::scripted::RecordedReply;
use copydesk::model::{Fingerprint, Memory, NoMemory, Reply};
use copydesk::notes::READER;
use copydesk::notes::adapters::ADAPTERS;
use copydesk::notes::verdict;
use copydesk::project::{Snapshot, VerdictsSetting};
use copydesk::run::{self, Environment, Run, shipped};
use copydesk::sandbox::Seal;
use copydesk::text::{ContentHash, SourcePath, Span};
use copydesk::worker::messages::ToKeeper;
use copydesk::worker::supervisor::Supervisor;
use copydesk::worker::{ModelMark, ModelSource, ModelToOpen, Role};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Remembers in this process.
#[derive(Default)]
pub struct Remembered(Mutex<HashMap<ContentHash, Reply>>);

impl Memory for Remembered {
    fn recall(&self, key: &ContentHash) -> Option<Reply> {
        self.0.lock().expect("no thread panicked").get(key).cloned()
    }

    fn keep(&self, key: &ContentHash, reply: &Reply) {
        self.0.lock().expect("no thread panicked").insert(*key, reply.clone());
    }
}

/// A model with recorded replies, and the trained reader's adapter if it `reads`.
pub fn scripted(name: &str, reads: bool, replies: &[(&[&str], &str)]) -> ModelToOpen {
    let reply = |(when, reply): &(&[&str], &str)| RecordedReply {
        when: when.iter().map(ToString::to_string).collect(),
        reply: (*reply).to_string(),
    };
    let adapters = if reads { BTreeMap::from([(READER.to_string(), ADAPTERS[0].hash())]) } else { BTreeMap::new() };
    let fingerprint =
        Fingerprint { name: name.to_string(), file_hash: ContentHash::of(name.as_bytes()), settings: String::new(), adapters };
    ModelToOpen::recorded(fingerprint, replies.iter().map(reply).collect())
}

/// One that says, wherever a question comes to it, that it must not be opened.
fn closed(model: &ModelToOpen) -> ModelToOpen {
    ModelToOpen { source: ModelSource::Refused("nobody has a question for it".to_string()), ..model.clone() }
}

const CHAPTERS: [(&str, &str); 2] = [
    ("01.md", "Nadia Frost was the first one in. She had grey eyes."),
    ("02.md", "“You are late,” said Nadia Frost. Her green eyes followed him."),
];

const READS: &[(&[&str], &str)] = &[
    (&["grey eyes", "Notes:"], "2|Nadia Frost|eyes|grey"),
    (&["green eyes", "Notes:"], "2|Nadia Frost|eyes|green"),
    (&["can A and B both be true"], "no"),
];

/// Runs a script on [`CHAPTERS`].
fn run_on_eyes(script: &str, models: [&ModelToOpen; 2], memory: Arc<dyn Memory>) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    CHAPTERS.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).expect("it is written"));
    run_on(&Snapshot::take(folder.path(), shipped::shipped()).expect("a snapshot"), script, models, memory, false)
}

/// Runs a script on a snapshot with real workers.
fn run_on(snapshot: &Snapshot, script: &str, models: [&ModelToOpen; 2], memory: Arc<dyn Memory>, wants_verdicts: bool) -> Run {
    let supervisor =
        Supervisor::new(env!("CARGO_BIN_EXE_copydesk").into(), vec!["__worker".to_string()], false, false).expect("a supervisor");
    let wanted = [script.to_string()];
    let environment = Environment {
        model: Some(models[0].clone()),
        reader: Some(models[1].clone()),
        wants_verdicts,
        ..Environment::first(&supervisor, memory, &wanted)
    };
    run::run(snapshot, &environment, &mut |_| {})
}

#[test]
fn the_reader_reads_with_its_own_model_and_each_is_opened_only_for_a_question() {
    let (larger, small) = (scripted("larger", false, &[]), scripted("small", true, READS));
    let memory = Arc::new(Remembered::default());
    // Continuity asks nothing freely: the larger model stays closed.
    let made = run_on_eyes("continuity", [&closed(&larger), &small], memory.clone());
    let found = made.summary.findings();
    assert_eq!(found.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>(), ["changed-appearance"]);
    assert_eq!(made.summary.all_problems(), Vec::<&copydesk::text::Problem>::new());
    assert!(made.summary.work.questions >= 4, "what the reader is asked is counted: {:?}", made.summary.work);
    let line = made.summary.model.expect("a model");
    assert_eq!((line.name.as_str(), line.reader.as_deref()), ("larger", Some("small")));
    // With everything remembered neither is.
    let again = run_on_eyes("continuity", [&closed(&larger), &closed(&small)], memory);
    assert_eq!(again.summary.findings().len(), 1);
    assert_eq!(again.summary.work.questions, again.summary.work.from_cache);
}

#[test]
fn what_was_changed_says_which_model_it_was() {
    let (larger, small) = (scripted("larger", false, &[]), scripted("small", true, READS));
    let made = run_on_eyes("continuity", [&larger, &closed(&small)], Arc::new(NoMemory));
    let told: String = made.summary.results.iter().flat_map(|result| result.coverage.not_read.clone()).collect();
    assert!(told.contains("the model small could not be opened") && !told.contains("larger"), "{told}");
}

const ASKS: &str = "\
fn check(chapter, desk) {
    desk.read(chapter.scenes[0].passages[0]).ask(`Who slept in chapter ${chapter.number}?`, text(3)).text;
}
";

/// Has a worker that comes to a model for each of these roles, and dies as one does in which llama.cpp crashes, do a job, again and again.
fn crash(roles: &[Role]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let said: Vec<ToKeeper> = [ToKeeper::Sealed(Seal::default()), ToKeeper::Began(0)]
        .into_iter()
        .chain(roles.iter().map(|role| ToKeeper::Opens(*role)))
        .collect();
    let command = format!("ulimit -c 0; {}; sleep 0.2; kill -SEGV $$", super::worker::say(folder.path(), &said));
    let supervisor = Supervisor::new("/bin/sh".into(), vec!["-c".to_string(), command], false, false).expect("a supervisor");
    let task = copydesk::worker::Task { reader: Some(scripted("small", true, READS)), ..task("asks", ASKS, Vec::new()) };
    let results = work_for(&supervisor, &task, &[job("asks", 0)], Arc::new(NoMemory), &mut |_| {});
    reason(&results[0]).to_string()
}

#[test]
fn a_crash_is_blamed_on_the_model_that_was_open() {
    for (roles, blamed) in [
        (&[Role::Reads][..], "the reader’s model small crashed twice"),
        (&[Role::Answers], "the model tiny crashed twice"),
        (&[Role::Answers, Role::Reads], "one of the models tiny and small crashed twice"),
    ] {
        let reason = crash(roles);
        assert!(reason.starts_with(blamed), "{reason}");
    }
}

#[test]
fn a_change_of_either_file_is_noticed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("small.gguf");
    std::fs::write(&file, "weights").expect("it is written");
    let marks = ModelMark::of_all(std::slice::from_ref(&file));
    std::fs::remove_file(&file).expect("it is there");
    let reader = ModelToOpen { marks, ..scripted("small", true, READS) };
    let made = run_on_eyes("continuity", [&scripted("larger", false, &[]), &reader], Arc::new(NoMemory));
    let told: String = made.summary.results.iter().flat_map(|result| result.coverage.not_read.clone()).collect();
    assert!(told.contains("the model small could not be opened: its file was changed or replaced"), "{told}");
    assert!(!Path::new(&file).exists());
}

const PEOPLE: [&str; 12] = [
    "Ada Frost",
    "Ben Marsh",
    "Cora Lind",
    "Dan Reeve",
    "Edith Vane",
    "Fred Oakes",
    "Greta Holm",
    "Hugh Pell",
    "Iris Thorn",
    "Jack Munro",
    "Kate Sloan",
    "Leo Brandt",
];

/// In one copy of the chapters everybody's eyes have changed; in the other somebody plays a part in which they have.
fn plants() -> Vec<Plant> {
    let plant = |(number, name): (usize, &&str)| {
        let put = |sentence: String| Insertion {
            file: SourcePath::new(&format!("b{number:02}.md")),
            offset: second(name).len(),
            lead: " ",
            sentence,
        };
        Plant {
            kind: Kind::Eyes,
            subject: (*name).to_string(),
            names: vec![(*name).to_string()],
            attribute: "eye colour".to_string(),
            origin: Origin::Prose,
            right: "grey".to_string(),
            wrong: "green".to_string(),
            setup: None,
            error: put(format!("{name} had green eyes.")),
            twin: put(format!("{name} had green eyes in the school play.")),
            is_licensed: true,
            receipts: vec![(SourcePath::new(&format!("a{number:02}.md")), Span::new(0, first(name).len()))],
        }
    };
    PEOPLE.iter().enumerate().map(plant).collect()
}

fn first(name: &str) -> String {
    format!("{name} had grey eyes.")
}

fn second(name: &str) -> String {
    format!("{name} sat down.")
}

/// A reader that notes the eyes, and holds that everything can be true.
fn doubter() -> ModelToOpen {
    let notes = |name: &&str| {
        [
            (vec![format!("{name} sat down. "), "Notes:".to_string()], String::new()),
            (vec![format!("{name} had green eyes"), "Notes:".to_string()], format!("2|{name}|eyes|green")),
            (vec![format!("{name} had grey eyes"), "Notes:".to_string()], format!("1|{name}|eyes|grey")),
            (vec![format!("{name} sat down"), "Notes:".to_string()], "none".to_string()),
        ]
    };
    let notes: Vec<(Vec<String>, String)> = PEOPLE.iter().flat_map(notes).filter(|(_, reply)| !reply.is_empty()).collect();
    let when: Vec<Vec<&str>> = notes.iter().map(|(when, _)| when.iter().map(String::as_str).collect()).collect();
    let mut replies: Vec<(&[&str], &str)> = when.iter().zip(&notes).map(|(when, (_, reply))| (&when[..], reply.as_str())).collect();
    replies.push((&["can A and B both be true"], "0.001"));
    replies.push((&["who?"], "nobody named"));
    scripted("small", true, &replies)
}

/// The snapshot of a book in which everybody has grey eyes, and what follows in its copies.
fn book(change: impl Fn(&mut Snapshot)) -> Snapshot {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, name) in PEOPLE.iter().enumerate() {
        std::fs::write(folder.path().join(format!("a{number:02}.md")), first(name)).expect("it is written");
        std::fs::write(folder.path().join(format!("b{number:02}.md")), second(name)).expect("it is written");
    }
    let mut snapshot = Snapshot::take(folder.path(), shipped::shipped()).expect("a snapshot");
    change(&mut snapshot);
    snapshot
}

/// Plants the errors or the twins, and has both models judge what the reader noted.
fn judged(snapshot: &Snapshot, with_error: bool, larger: &ModelToOpen, memory: Arc<dyn Memory>, wants_verdicts: bool) -> Run {
    let plants = plants();
    let copy = Copy::new(plants.iter().flat_map(|plant| plant.insertions(with_error)).cloned());
    let snapshot = Snapshot { chapters: copy.of(&snapshot.chapters), ..snapshot.clone() };
    run_on(&snapshot, "continuity", [larger, &doubter()], memory, wants_verdicts)
}

/// How both judge the eyes.
fn compared(larger: &ModelToOpen, memory: &Arc<Remembered>) -> KindLine {
    let (snapshot, plants) = (book(|_| {}), plants());
    let numbered: Vec<(usize, &Plant)> = plants.iter().enumerate().collect();
    let pairs = |with_error: bool| judged(&snapshot, with_error, larger, memory.clone(), true).verdicts.expect("no model crashed");
    let untouched = run_on(&snapshot, "continuity", [larger, &doubter()], memory.clone(), true).verdicts;
    assert_eq!(untouched, Some(Vec::new()), "as it stands the book has no pair");
    // The text that is judged later is the copy with the errors.
    let with_errors = pairs(true);
    let prior = verdicts::prior(&with_errors, 168);
    let of_copies = [verdicts::examples(&numbered, true, with_errors), verdicts::examples(&numbered, false, pairs(false))].concat();
    let mut lines = verdicts::compare(&verdicts::once(of_copies), prior);
    assert_eq!(lines.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), ["changed-appearance"]);
    lines.remove(0)
}

#[test]
fn a_larger_model_that_is_right_wins_its_kind_and_judges_it_from_then_on() {
    let larger = scripted(
        "larger",
        false,
        &[(&["in the school play", "both be true in one story"], "0.1"), (&["both be true in one story"], "0.9")],
    );
    let memory = Arc::new(Remembered::default());
    let line = compared(&larger, &memory);
    assert_eq!((line.planted, line.others), (PEOPLE.len(), PEOPLE.len()));
    assert_eq!((line.trained.found, line.larger.found, line.larger.false_ones), (0, PEOPLE.len(), 0));
    assert!(line.is_won, "{line:?}");
    let found = |model: &ModelToOpen, with_error: bool, settings: Option<VerdictsSetting>| {
        let snapshot = book(|snapshot| snapshot.config.verdicts.clone_from(&settings));
        judged(&snapshot, with_error, model, memory.clone(), false).summary
    };
    let kinds = BTreeMap::from([(line.kind.clone(), line.weights)]);
    let measured =
        |model: &str, reader: &str| VerdictsSetting { model: model.to_string(), reader: reader.to_string(), kinds: kinds.clone() };
    let settings = |model: &str| Some(measured(model, "small"));
    assert_eq!(found(&larger, true, None).findings(), []);
    // All was asked while it was measured: the model is not opened again.
    let by_larger = found(&closed(&larger), true, settings("larger"));
    let findings = by_larger.findings();
    assert_eq!(findings.len(), PEOPLE.len(), "{:?}", by_larger.all_problems());
    assert!(findings.iter().all(|finding| finding.rule == "changed-appearance" && finding.sources.contains(&Source::Verdict)));
    assert_eq!(found(&closed(&larger), false, settings("larger")).findings(), []);
    let misspelt =
        VerdictsSetting { kinds: BTreeMap::from([("changed-apearance".to_string(), [0.0, 1.0])]), ..measured("larger", "small") };
    let told: Vec<String> = found(&closed(&larger), true, Some(misspelt)).problems.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|problem| problem.contains("`verdicts.kinds.changed-apearance` is set, but")), "{told:?}");
    // Weights are those of one reader: of another one it was not measured what it misses.
    let other = found(&larger, true, Some(measured("larger", "big-reader")));
    assert_eq!(other.findings(), []);
    let told: Vec<String> = other.problems.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|problem| problem.contains("measured with big-reader reading, and in this run small reads")), "{told:?}");
    // And of one model.
    let other = found(&larger, true, settings("another"));
    assert_eq!(other.findings(), []);
    let told: Vec<String> = other.problems.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|problem| problem.contains("measured with the model another, and this run uses larger")), "{told:?}");
}

/// Has the worker killed at the first question that comes once all jobs are done.
struct KillsAfterJobs {
    remembered: Remembered,
    are_done: Arc<AtomicBool>,
    has_killed: AtomicBool,
    worker: std::path::PathBuf,
}

impl Memory for KillsAfterJobs {
    fn recall(&self, key: &ContentHash) -> Option<Reply> {
        if self.are_done.load(Ordering::Relaxed) {
            let pid = std::fs::read_to_string(&self.worker).expect("it was written");
            super::project_test::signal(pid.trim().parse().expect("a number"), "KILL");
            self.has_killed.store(true, Ordering::Relaxed);
        }
        self.remembered.recall(key)
    }

    fn keep(&self, key: &ContentHash, reply: &Reply) {
        self.remembered.keep(key, reply);
    }
}

/// One try. What a worker asks may come before it tells of its last job; then nobody is killed, and nothing is given.
fn crash_over_the_pairs() -> Option<run::Run> {
    let folder = tempfile::tempdir().expect("a folder");
    let worker = folder.path().join("worker");
    let command = format!("echo $$ > '{}'; exec '{}' __worker", worker.display(), env!("CARGO_BIN_EXE_copydesk"));
    let supervisor = Supervisor::new("/bin/sh".into(), vec!["-c".to_string(), command], false, false).expect("a supervisor");
    let are_done = Arc::new(AtomicBool::new(false));
    let (remembered, has_killed) = (Remembered::default(), AtomicBool::new(false));
    let memory = Arc::new(KillsAfterJobs { remembered, are_done: are_done.clone(), has_killed, worker });
    let snapshot = book(|_| {});
    let copy = Copy::new(plants().iter().flat_map(|plant| plant.insertions(true)).cloned());
    let snapshot = Snapshot { chapters: copy.of(&snapshot.chapters), ..snapshot };
    let wanted = ["continuity".to_string()];
    let environment = Environment {
        model: Some(scripted("larger", false, &[(&["both be true in one story"], "0.9")])),
        reader: Some(doubter()),
        wants_verdicts: true,
        ..Environment::first(&supervisor, memory.clone(), &wanted)
    };
    let made = run::run(&snapshot, &environment, &mut |progress| {
        are_done.store(progress.jobs > 0 && progress.jobs_done == progress.jobs, Ordering::Relaxed);
    });
    memory.has_killed.load(Ordering::Relaxed).then_some(made)
}

#[test]
fn a_model_that_crashes_over_the_pairs_is_not_taken_for_a_text_without_any() {
    let made = (0..20).find_map(|_| crash_over_the_pairs()).expect("it was killed in one of the tries");
    assert!(made.summary.results.iter().all(|result| matches!(result.outcome, copydesk::report::Outcome::Checked)));
    assert_eq!(made.verdicts, None);
}

#[test]
fn what_is_known_of_a_pair_is_the_same_however_many_pairs_its_copy_has() {
    let (snapshot, plants, memory) = (book(|_| {}), plants(), Arc::new(Remembered::default()));
    let of_copy = |planted: &[Plant]| {
        let copy = Copy::new(planted.iter().flat_map(|plant| plant.insertions(true)).cloned());
        let snapshot = Snapshot { chapters: copy.of(&snapshot.chapters), ..snapshot.clone() };
        let larger = scripted("larger", false, &[(&["both be true in one story"], "0.9")]);
        run_on(&snapshot, "continuity", [&larger, &doubter()], memory.clone(), true).verdicts.expect("no model crashed")
    };
    let [all, few] = [&plants[..], &plants[..3]].map(of_copy);
    // Nine words of each of the twelve, and five more of each that were planted.
    for (pairs, words, count) in [(&all, 108 + 60, 12), (&few, 108 + 15, 3)] {
        assert_eq!(pairs.len(), count);
        assert!(pairs.iter().all(|pair| (pair.prior - verdict::prior(words, count)).abs() < 1e-9), "{pairs:?}");
    }
    for pair in &few {
        let same = all.iter().find(|other| other.later_sentence == pair.later_sentence).expect("it is in both");
        assert!((pair.known, pair.said, pair.shipped) == (same.known, same.said, same.shipped) && pair.prior > same.prior);
    }
}

#[test]
fn a_larger_model_at_chance_wins_nothing() {
    // By the people and not by what is said of them.
    let mut replies: Vec<(&[&str], &str)> = Vec::new();
    let names: Vec<[&str; 2]> = PEOPLE.iter().step_by(2).map(|name| [*name, "both be true in one story"]).collect();
    replies.extend(names.iter().map(|when| (&when[..], "0.9")));
    replies.push((&["both be true in one story"], "0.1"));
    let line = compared(&scripted("dice", false, &replies), &Arc::new(Remembered::default()));
    assert_eq!((line.planted, line.others, line.is_won), (PEOPLE.len(), PEOPLE.len(), false), "{line:?}");
}

#[test]
fn without_a_reader_there_is_nothing_to_compare() {
    let said = super::project_test::ProjectTest::new()
        .file("01.md", "Mara Vance had grey eyes. Mara Vance sat down.\n\nMara Vance went home. Mara Vance slept.\n")
        .file("02.md", "Mara Vance rose. Mara Vance had tea.\n\nMara Vance left. Mara Vance came back.\n")
        .replies([(&[], "Mara.")])
        .measure(&["--verdicts", "--kinds", "eyes"]);
    said.expect_status(2).expect_told("there are no verdicts to compare");
}
