//! A run with two models: one that answers free questions, and a small one with which the trained reader reads.

use super::worker::{job, reason, task, work_for};
use copydesk::model::scripted::RecordedReply;
use copydesk::model::{Fingerprint, Memory, NoMemory, Reply};
use copydesk::notes::READER;
use copydesk::notes::adapters::ADAPTERS;
use copydesk::project::Snapshot;
use copydesk::run::{self, Environment, Run, shipped};
use copydesk::sandbox::Seal;
use copydesk::text::ContentHash;
use copydesk::worker::messages::ToKeeper;
use copydesk::worker::supervisor::Supervisor;
use copydesk::worker::{ModelMark, ModelSource, ModelToOpen, Role};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
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

/// Runs scripts on [`CHAPTERS`] with real workers.
fn run_on_eyes(script: &str, models: [&ModelToOpen; 2], memory: Arc<dyn Memory>) -> Run {
    let folder = tempfile::tempdir().expect("a folder");
    CHAPTERS.iter().for_each(|(name, text)| std::fs::write(folder.path().join(name), text).expect("it is written"));
    let snapshot = Snapshot::take(folder.path(), shipped::shipped()).expect("a snapshot");
    let supervisor =
        Supervisor::new(env!("CARGO_BIN_EXE_copydesk").into(), vec!["__worker".to_string()], false, false).expect("a supervisor");
    let environment = Environment {
        workbench: &supervisor,
        memory,
        model: Some(models[0].clone()),
        reader: Some(models[1].clone()),
        stop: Arc::default(),
        wanted: &[script.to_string()],
        urgent: &BTreeSet::new(),
        history: None,
        note_histories: &BTreeMap::new(),
        earlier: &Vec::new,
        chapter_words: &BTreeMap::new(),
        wants_style_sheet: false,
    };
    run::run(&snapshot, &environment, &mut |_| {})
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
