//! Scripts that want too much: `tests/hostile/`, a file for each family. Each is stopped within its limits and told with its line; none
//! costs anything but its own job.
//!
//! A script begins after a line `//// NAME | WORDS`; the words are said of it, and a script that has none may also end by itself. Without a
//! function `check` of its own it is the body of one. `⟦1000×x⟧` stands for a thousand times `x`, `␀` for a zero byte.

use copydesk::manuscript::{OrderSettings, SourceFile};
use copydesk::model::scripted::RecordedReply;
use copydesk::model::{Fingerprint, NoMemory, Turn};
use copydesk::report::{Outcome, Scope, ScriptResult};
use copydesk::script::{Libraries, Limits, ScriptHost, ScriptSubject};
use copydesk::text::{ContentHash, LineColumn, Problem, ScriptFile, SourcePath};
use copydesk::worker::supervisor::Supervisor;
use copydesk::worker::{Job, ModelToOpen, Task, WorkEvent, Worker};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What the scripts of most tests may use: little, so that they are stopped soon. The real limits are the same code with larger numbers.
const SMALL: Limits = Limits { operations: 400_000, time: Duration::from_secs(1), memory_bytes: 48 << 20, questions: 300 };

/// What a job may take longer than its time; the promise.
const GRACE: Duration = Duration::from_secs(2);

/// How long the tests' computer may leave a process without a turn: other tests run beside this one.
const BUSY_COMPUTER: Duration = Duration::from_millis(1_500);

/// One hostile script.
struct Hostile {
    name: String,
    /// Words that are said of it; none for one that may end well.
    said: String,
    text: String,
}

fn scripts() -> Vec<Hostile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let family = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("text");
        for part in text.split("\n//// ").skip(1) {
            let (head, body) = part.split_once('\n').expect("a script below its name");
            let (name, said) = head.split_once('|').expect("a name and words");
            let body = expanded(body);
            let text = if body.contains("fn check") || body.contains("fn chek") {
                body
            } else {
                format!("const FINDS = \"x\";\nfn check(chapter, desk) {{\n{body}\n}}\n")
            };
            all.push(Hostile { name: format!("{family}-{}", name.trim()), said: said.trim().to_string(), text });
        }
    }
    all
}

/// The script as it is meant, with its repetitions written out.
fn expanded(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (repeated, after) = after.split_once('⟧').expect("an end of the repetition");
        let (count, piece) = repeated.split_once('×').expect("a count");
        text.push_str(before);
        text.push_str(&piece.repeat(count.parse().expect("a number")));
        rest = after;
    }
    (text + rest).replace('␀', "\0")
}

/// A short novel: a scene that holds what the scripts look for, and a long one.
fn task(scripts: &[Hostile], limits: Limits) -> Task {
    let long = "Mara saw the ships come in, one after the other, and did not care. ".repeat(3_000);
    let replies = vec![RecordedReply { when: Vec::new(), reply: "Mara held the lantern.".to_string() }];
    let fingerprint = Fingerprint {
        name: "recorded".to_string(),
        file_hash: ContentHash::of(b"recorded"),
        settings: String::new(),
        adapters: std::collections::BTreeMap::new(),
    };
    let file = |script: &Hostile| ScriptFile::new("scripts", &format!("{}.rhai", script.name), script.text.as_str().into(), false);
    Task {
        chapters: vec![
            SourceFile::new("01.md", "Mara held the lantern. Her green eyes, narrowed, saw two ships. “It is late,” said Edmund."),
            SourceFile::new("02.md", "Edmund slept."),
            SourceFile::new("03.md", &long),
        ],
        bible: vec![SourceFile::new("bible.yaml", "- { name: Mara Vance, aliases: [Mara], facts: { eyes: green } }")],
        earlier: Vec::new(),
        order: OrderSettings::default(),
        scripts: scripts.iter().map(file).collect(),
        templates: BTreeMap::new(),
        calendar: copydesk::facts::calendar::Calendar::default(),
        settings: BTreeMap::new(),
        model: Some(ModelToOpen { context_tokens: 4096, ..ModelToOpen::recorded(fingerprint, replies) }),
        reader: None,
        larger_kinds: BTreeMap::new(),
        wants_verdicts: false,
        wants_style_sheet: true,
        limits,
    }
}

fn job(script: &Hostile) -> Job {
    Job {
        script: script.name.clone(),
        report: script.name.clone(),
        subject: ScriptSubject::Chapter { book: 0, chapter: 0 },
        scope: Scope::Chapter(SourcePath::new("01.md")),
        scenes: 1,
        words: 17,
        turn: Turn::default(),
    }
}

/// Starts workers; the mark is one more argument, by which a test finds its own among the processes.
fn supervisor(mark: &str) -> Supervisor {
    let arguments = vec!["__worker".to_string(), mark.to_string()];
    Supervisor::new(env!("CARGO_BIN_EXE_copydesk").into(), arguments, false, false).expect("a supervisor")
}

/// What became of each job, and how long it took from its last beginning.
fn run(task: &Task, jobs: &[Job], mark: &str) -> Vec<(ScriptResult, Duration)> {
    let mut began: Vec<Option<Instant>> = vec![None; jobs.len()];
    let mut ended: Vec<Vec<(ScriptResult, Duration)>> = vec![Vec::new(); jobs.len()];
    supervisor(mark).work(task, jobs, Arc::new(NoMemory), &Arc::default(), &mut |event| match event {
        WorkEvent::Began(index) => began[index] = Some(Instant::now()),
        WorkEvent::Done(index, result) => {
            ended[index].push((*result, began[index].map_or(Duration::ZERO, |began| began.elapsed())));
        }
        WorkEvent::Progress(_) | WorkEvent::StyleSheet(_) | WorkEvent::Verdicts(_) => {}
    });
    let once = |(job, mut ended): (&Job, Vec<(ScriptResult, Duration)>)| {
        assert_eq!(ended.len(), 1, "{} is told once", job.script);
        ended.remove(0)
    };
    jobs.iter().zip(ended).map(once).collect()
}

/// Fails unless a problem says what is the matter with this script, where, in a few harmless words.
#[track_caller]
fn expect_told(script: &Hostile, problem: &Problem) {
    let told = format!("{}: {problem:?}", script.name);
    assert_eq!(problem.file.as_ref().map(ToString::to_string), Some(format!("scripts/{}.rhai", script.name)), "{told}");
    assert!(problem.place.is_some_and(|place| place.line >= 1 && place.column >= 1), "{told}");
    assert!(!problem.message.is_empty() && problem.message.len() < 2_000, "{told}");
    assert!(problem.message.contains(&script.said), "not said: {}\n{told}", script.said);
    assert!(!problem.message.contains("stumble") && !problem.message.contains("crash"), "{told}");
}

#[test]
fn there_are_enough_of_them_and_their_names_differ() {
    let names: std::collections::BTreeSet<String> = scripts().into_iter().map(|script| script.name).collect();
    assert_eq!(names.len(), scripts().len());
    assert!(names.len() >= 200, "{}", names.len());
}

#[test]
fn each_is_stopped_within_its_limits_and_costs_nothing_but_its_own_job() {
    let all = scripts();
    let host = ScriptHost::new(Limits::default(), Libraries::default());
    let task = task(&all, SMALL);
    let (mut running, mut refused, mut failures) = (Vec::new(), 0, Vec::new());
    for (script, file) in all.iter().zip(&task.scripts) {
        let started = Instant::now();
        match host.compile(file) {
            Ok(_) => running.push(script),
            Err(problem) => {
                refused += 1;
                // What concerns the whole file has no line.
                let has_place = problem.place.is_some();
                let problem = if has_place { problem } else { problem.at(LineColumn { line: 1, column: 1 }) };
                failures.extend(std::panic::catch_unwind(|| expect_told(script, &problem)).err().map(|_| script.name.clone()));
            }
        }
        assert!(started.elapsed() < GRACE, "{} took {:?} to compile", script.name, started.elapsed());
    }
    let jobs: Vec<Job> = running.iter().map(|script| job(script)).collect();
    let mut stopped = 0;
    for (script, (result, took)) in running.iter().zip(run(&task, &jobs, "small limits")) {
        let checked = std::panic::catch_unwind(|| {
            assert!(took < SMALL.time + GRACE + BUSY_COMPUTER, "{} took {took:?}", script.name);
            match &result.outcome {
                Outcome::Checked => assert!(script.said.is_empty(), "{} should not end well", script.name),
                Outcome::NotChecked(reason) => {
                    let [problem] = result.problems.as_slice() else { panic!("{}: no problem: {reason}", script.name) };
                    expect_told(script, problem);
                }
            }
        });
        stopped += usize::from(result.outcome != Outcome::Checked);
        failures.extend(checked.err().map(|_| script.name.clone()));
    }
    assert_eq!(failures, Vec::<String>::new());
    assert!(refused > 50 && stopped > 250, "{refused} were refused, {stopped} stopped");
}

/// The highest that any process with these arguments ever stood in memory, in MB, as far as it was seen.
fn highest_memory_mb(mark: &str) -> u64 {
    let of_process = |pid: &str| {
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let is_ours = arguments.split(|byte| *byte == 0).any(|argument| argument == mark.as_bytes());
        let status = if is_ours { std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default() } else { String::new() };
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) >> 10
    };
    let entries = std::fs::read_dir("/proc").expect("this test needs /proc");
    entries.flatten().map(|entry| of_process(&entry.file_name().to_string_lossy())).max().unwrap_or(0)
}

#[test]
fn with_the_real_limit_of_memory_no_worker_takes_more_than_300_mb() {
    let hungry = [
        "memory-array-by-index",
        "memory-map-of-lists",
        "memory-replace-one-by-two-million",
        "memory-split-into-letters",
        "memory-shared-text-printed",
        "api-huge-questions-in-a-loop",
        "api-regex-long",
    ];
    let wanted: Vec<Hostile> = scripts().into_iter().filter(|script| hungry.contains(&script.name.as_str())).collect();
    assert_eq!(wanted.len(), hungry.len());
    let limits = Limits { time: Duration::from_secs(4), ..Limits::default() };
    let mark = "the real limit of memory";
    let has_ended = AtomicBool::new(false);
    let highest = std::thread::scope(|threads| {
        let watching = threads.spawn(|| {
            let mut highest = 0;
            while !has_ended.load(Ordering::Relaxed) {
                highest = highest.max(highest_memory_mb(mark));
                std::thread::sleep(Duration::from_millis(5));
            }
            highest
        });
        for script in &wanted {
            let alone = std::slice::from_ref(script);
            let (result, took) = run(&task(alone, limits.clone()), &[job(script)], mark).remove(0);
            assert!(took < limits.time + GRACE + BUSY_COMPUTER, "{} took {took:?}", script.name);
            for problem in &result.problems {
                expect_told(script, problem);
            }
        }
        has_ended.store(true, Ordering::Relaxed);
        watching.join().expect("the highest")
    });
    // The script’s 240 MB, a sixteenth above them within one step, and what the process itself takes, llama.cpp's code included.
    assert!((100..=300).contains(&highest), "{highest} MB");
}
