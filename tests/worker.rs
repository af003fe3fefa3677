//! Killing the process that reads, stopping the work, killing the keeper.

use super::project_test::{ProjectTest, children_of, is_alive, signal, wait_until};
use copydesk::finding::{Evidence, Finding, Severity, Standing};
use copydesk::manuscript::{OrderSettings, SourceFile};
use copydesk::model::scripted::RecordedReply;
use copydesk::model::{Fingerprint, Memory, NoMemory, Reply, Turn, Work};
use copydesk::report::{Outcome, Scope, ScriptResult};
use copydesk::sandbox::Seal;
use copydesk::script::{Limits, ScriptCard, ScriptScope, ScriptSubject};
use copydesk::text::{ContentHash, LineColumn, Problem, ProblemKind, ScriptFile, ScriptKind, SourcePath, Span};
use copydesk::worker::messages::{ToKeeper, frame};
use copydesk::worker::supervisor::Supervisor;
use copydesk::worker::{InProcess, Job, KeptModels, ModelMark, ModelToOpen, Task, WorkEvent, Worker};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A stop is promised within two seconds; the rest is for a machine that has other work.
const PROMISED_END: Duration = Duration::from_millis(3_000);

/// Works without end on the chapter that says so.
const ENDLESS: &str = "\
const SCOPE = \"chapter\";
fn check(chapter, desk) {
    if chapter.file == \"02.md\" { let n = 0; loop { n = (n + 1) % 7; } }
}
";

fn novel() -> ProjectTest {
    ProjectTest::new().file("01.md", "One.").file("02.md", "Two.").file("03.md", "Three.").script("endless", ENDLESS)
}

#[test]
fn a_job_that_kills_its_worker_twice_is_told_and_the_others_are_done() {
    let novel = novel();
    let mut running = novel.run_in_background(&["endless"], &["--format", "json"]);
    let first = running.worker();
    // Time for the short jobs to end: then only the endless one is a suspect.
    std::thread::sleep(Duration::from_millis(1_500));
    signal(first, "KILL");
    assert!(wait_until(Duration::from_secs(5), || running.worker() != first), "no second worker was started");
    let second = running.worker();
    std::thread::sleep(Duration::from_millis(500));
    signal(second, "KILL");
    let status = running.end_within(Duration::from_secs(10)).expect("the run ends");
    assert_eq!(status.code(), Some(3), "{}\n{}", running.stdout(), running.stderr());
    let json: serde_json::Value = serde_json::from_str(&running.stdout()).expect("JSON");
    for result in json["results"].as_array().expect("results") {
        let is_endless = result["scope"] == "02.md";
        assert_eq!(result["status"], if is_endless { "not-checked" } else { "clean" }, "{result}");
        if is_endless {
            let reason = result["reason"].as_str().expect("a reason");
            assert!(reason.contains("endless") && reason.contains("crash"), "{reason}");
        }
    }
    assert!(novel.read("02.endless.md").contains("crash"), "{}", novel.read("02.endless.md"));
    assert!(novel.read("03.endless.md").contains("nothing found"), "{}", novel.read("03.endless.md"));
}

#[test]
fn a_worker_that_died_by_chance_costs_nothing() {
    let novel = novel().script("slow", "fn check(chapter, desk) { for i in 0..600000 { let n = i % 7; } }");
    let mut running = novel.run_in_background(&["slow"], &["--format", "json"]);
    let first = running.worker();
    std::thread::sleep(Duration::from_millis(200));
    signal(first, "KILL");
    let status = running.end_within(Duration::from_secs(30)).expect("the run ends");
    assert_eq!(status.code(), Some(0), "every job was tried again and done\n{}", running.stdout());
}

#[test]
fn ctrl_c_ends_a_run_within_two_seconds_and_tells_what_is_left() {
    let novel = novel();
    let before = novel.tree();
    let mut running = novel.run_in_background(&["endless"], &[]);
    let worker = running.worker();
    std::thread::sleep(Duration::from_millis(500));
    let pressed = Instant::now();
    running.interrupt();
    let status = running.end_within(Duration::from_secs(10)).expect("the run ends");
    assert!(pressed.elapsed() < PROMISED_END, "it took {:?}", pressed.elapsed());
    assert_eq!(status.code(), Some(3), "{}\n{}", running.stdout(), running.stderr());
    assert!(running.stdout().contains("Not checked: endless on 02.md"), "{}", running.stdout());
    assert!(!is_alive(worker), "the worker was left behind");
    super::project_test::assert_same(&before, &novel.tree());
}

#[test]
fn the_worker_goes_when_the_keeper_is_killed() {
    let novel = novel();
    let running = novel.run_in_background(&["endless"], &[]);
    let worker = running.worker();
    std::thread::sleep(Duration::from_millis(500));
    assert!(is_alive(worker));
    signal(running.pid(), "KILL");
    assert!(wait_until(Duration::from_secs(1), || !is_alive(worker)), "the worker still works for nobody");
    // The lock went with the process that held it.
    novel.script("endless", "fn check(chapter, desk) {}").run(&["endless"]).expect_status(0);
}

#[test]
fn even_a_worker_that_stands_still_goes_when_the_keeper_is_killed() {
    let novel = novel();
    let running = novel.run_in_background(&["endless"], &[]);
    let worker = running.worker();
    std::thread::sleep(Duration::from_millis(500));
    // Now it can notice nothing by itself.
    signal(worker, "STOP");
    signal(running.pid(), "KILL");
    assert!(wait_until(Duration::from_secs(2), || !is_alive(worker)), "the worker is left behind");
}

#[test]
fn the_memory_of_a_worker_has_a_limit() {
    let novel = novel();
    let running = novel.run_in_background(&["endless"], &[]);
    let worker = running.worker();
    let limits = || std::fs::read_to_string(format!("/proc/{worker}/limits")).unwrap_or_default();
    let limited = || limits().lines().any(|line| line.starts_with("Max data size") && !line.contains("unlimited"));
    assert!(wait_until(Duration::from_secs(5), limited), "{}", limits());
}

/// Works without end, whatever the chapter.
const ALWAYS_ENDLESS: &str = "fn check(chapter, desk) { let n = 0; loop { n = (n + 1) % 7; } }";

#[test]
fn a_script_that_crashed_twice_is_not_run_again_and_leaves_no_zombie() {
    let novel = novel().script("endless", ALWAYS_ENDLESS).script("quick", "fn check(chapter, desk) {}");
    let mut running = novel.run_in_background(&["endless", "quick"], &["--format", "json"]);
    let first = running.worker();
    std::thread::sleep(Duration::from_millis(1_500));
    signal(first, "KILL");
    assert!(wait_until(Duration::from_secs(5), || children_of(running.pid()).iter().any(|(pid, _)| *pid != first)), "no second worker");
    std::thread::sleep(Duration::from_millis(500));
    let children = children_of(running.pid());
    assert_eq!(children.len(), 1, "one worker and no zombie: {children:?}");
    signal(children[0].0, "KILL");
    let status = running.end_within(Duration::from_secs(10)).expect("the run ends without trying the other chapters");
    assert_eq!(status.code(), Some(3));
    let json: serde_json::Value = serde_json::from_str(&running.stdout()).expect("JSON");
    let reasons: Vec<&str> = json["results"].as_array().expect("results").iter().filter_map(|result| result["reason"].as_str()).collect();
    assert_eq!(reasons.len(), 3, "the quick script was run on all chapters: {json}");
    assert_eq!(reasons.iter().filter(|reason| reason.contains("crash twice (")).count(), 1, "{reasons:?}");
    assert_eq!(reasons.iter().filter(|reason| reason.contains("was not run again")).count(), 2, "{reasons:?}");
}

pub fn job(script: &str, chapter: usize) -> Job {
    Job {
        script: script.to_string(),
        report: script.to_string(),
        subject: ScriptSubject::Chapter { book: 0, chapter },
        scope: Scope::Chapter(SourcePath::new(&format!("0{}.md", chapter + 1))),
        scenes: 1,
        words: 1,
        turn: Turn::default(),
    }
}

/// A task of three chapters, one script and recorded replies; `marks` are those of the files that the replies are said to come from.
pub fn task(script: &str, text: &str, marks: Vec<ModelMark>) -> Task {
    let replies = vec![RecordedReply { when: Vec::new(), reply: "Mara.".to_string() }];
    let fingerprint = Fingerprint {
        name: "tiny".to_string(),
        file_hash: ContentHash::of(b"tiny"),
        settings: String::new(),
        adapters: std::collections::BTreeMap::new(),
    };
    Task {
        chapters: ["01.md", "02.md", "03.md"].map(|name| SourceFile::new(name, "Mara slept.")).to_vec(),
        bible: Vec::new(),
        earlier: Vec::new(),
        order: OrderSettings::default(),
        scripts: vec![ScriptFile::new("scripts", &format!("{script}.rhai"), text.into(), false)],
        templates: BTreeMap::new(),
        calendar: copydesk::facts::calendar::Calendar::default(),
        settings: BTreeMap::new(),
        model: Some(ModelToOpen { context_tokens: 4096, marks, ..ModelToOpen::recorded(fingerprint, replies) }),
        reader: None,
        larger_kinds: BTreeMap::new(),
        wants_verdicts: false,
        wants_style_sheet: true,
        limits: Limits::default(),
    }
}

/// Runs jobs with workers started from `program`. Gives the results, each of which must be told once.
pub fn work(
    program: &str,
    arguments: &[&str],
    task: &Task,
    jobs: &[Job],
    memory: Arc<dyn Memory>,
    on_end: &mut dyn FnMut(usize),
) -> Vec<ScriptResult> {
    let arguments = arguments.iter().map(ToString::to_string).collect();
    let supervisor = Supervisor::new(program.into(), arguments, false, false).expect("a supervisor");
    work_for(&supervisor, task, jobs, memory, on_end)
}

/// The same with a supervisor that is asked afterwards how it went.
pub fn work_for(
    supervisor: &Supervisor,
    task: &Task,
    jobs: &[Job],
    memory: Arc<dyn Memory>,
    on_end: &mut dyn FnMut(usize),
) -> Vec<ScriptResult> {
    let mut results: Vec<Vec<ScriptResult>> = vec![Vec::new(); jobs.len()];
    supervisor.work(task, jobs, memory, &Arc::default(), &mut |event| {
        if let WorkEvent::Done(index, result) = event {
            results[index].push(*result);
            on_end(index);
        }
    });
    results
        .into_iter()
        .map(|mut results| {
            assert_eq!(results.len(), 1, "every job is told once");
            results.remove(0)
        })
        .collect()
}

/// Why a job was not checked; `""` of one that was.
pub fn reason(result: &ScriptResult) -> &str {
    match &result.outcome {
        Outcome::Checked => "",
        Outcome::NotChecked(reason) => reason,
    }
}

#[test]
fn a_worker_that_cannot_work_is_started_four_times_and_no_job_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let starts = folder.path().join("starts");
    let command = format!("echo started >> {}; exit 3", starts.display());
    let jobs: Vec<Job> = (0..3).map(|chapter| job("x", chapter)).collect();
    let task = task("x", "fn check(chapter, desk) {}", Vec::new());
    let results = work("/bin/sh", &["-c", &command], &task, &jobs, Arc::new(NoMemory), &mut |_| {});
    assert_eq!(std::fs::read_to_string(&starts).expect("it was started").lines().count(), 4, "once, and three times again");
    for result in &results {
        assert!(reason(result).contains("crashed 4 times") && reason(result).contains("exit status 3"), "{result:?}");
    }
    // Neither is one that does not start at all, nor one that talks nonsense.
    for (program, arguments) in [("/no/such/program", &[][..]), ("/bin/sh", &["-c", "echo nonsense that is no message at all"][..])] {
        let results = work(program, arguments, &task, &jobs, Arc::new(NoMemory), &mut |_| {});
        assert!(results.iter().all(|result| reason(result).contains("crashed 4 times")), "{results:?}");
    }
}

/// Counts what it is told to keep.
#[derive(Default)]
struct CountingMemory(Mutex<usize>);

impl Memory for CountingMemory {
    fn recall(&self, _key: &ContentHash) -> Option<Reply> {
        None
    }
    fn keep(&self, _key: &ContentHash, _reply: &Reply) {
        *self.0.lock().expect("the count") += 1;
    }
    fn recall_prefix(&self, _key: &ContentHash) -> Option<Vec<u8>> {
        None
    }
    fn keep_prefix(&self, _key: &ContentHash, _state: Vec<u8>) {}
}

/// Asks one question in the first chapter, and then, after some time, one in each of the others.
const ASKS: &str = "\
fn check(chapter, desk) {
    if chapter.number > 1 { let n = 0; for i in 0..2000000 { n = (n + i) % 7; } }
    desk.read(chapter.scenes[0].passages[0]).ask(`Who slept in chapter ${chapter.number}?`, text(3)).text;
}
";

/// Runs [`ASKS`] while something becomes of the model's file after the first chapter. Gives the results and how many replies were kept.
fn ask_while(change: impl Fn(&Path)) -> (Vec<ScriptResult>, usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tiny.gguf");
    std::fs::write(&file, "weights").expect("a file");
    let task = task("asks", ASKS, ModelMark::of_all(std::slice::from_ref(&file)));
    let jobs: Vec<Job> = (0..3).map(|chapter| job("asks", chapter)).collect();
    let memory = Arc::new(CountingMemory::default());
    let results = work(env!("CARGO_BIN_EXE_copydesk"), &["__worker"], &task, &jobs, memory.clone(), &mut |index| {
        if index == 0 {
            change(&file);
        }
    });
    let kept = *memory.0.lock().expect("the count");
    (results, kept)
}

#[test]
fn what_is_computed_after_the_models_file_was_changed_is_neither_believed_nor_kept() {
    let (results, kept) = ask_while(|_| {});
    assert_eq!((results.iter().map(reason).collect::<Vec<_>>(), kept), (vec!["", "", ""], 3), "nothing became of it");
    for change in [|file: &Path| std::fs::write(file, "other").expect("changed"), |file: &Path| std::fs::write(file, "").expect("emptied")]
    {
        let (results, kept) = ask_while(change);
        assert_eq!((reason(&results[0]), kept), ("", 1));
        for result in &results[1..] {
            assert!(reason(result).contains("the model tiny could not be opened: its file was changed or replaced"), "{result:?}");
            let [problem] = result.problems.as_slice() else { panic!("a problem with its line: {result:?}") };
            assert_eq!(problem.place.map(|place| place.line), Some(3));
        }
    }
}

#[test]
fn a_model_that_was_deleted_or_replaced_is_read_on_where_it_is_open() {
    let replace = |file: &Path| {
        let other = file.with_extension("new");
        std::fs::write(&other, "others").expect("a file");
        std::fs::rename(&other, file).expect("it is replaced");
    };
    for change in [&replace as &dyn Fn(&Path), &|file: &Path| std::fs::remove_file(file).expect("it is deleted")] {
        let (results, kept) = ask_while(change);
        assert_eq!((results.iter().map(reason).collect::<Vec<_>>(), kept), (vec!["", "", ""], 3));
    }
}

#[test]
fn a_model_that_is_not_the_one_that_was_hashed_is_not_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tiny.gguf");
    std::fs::write(&file, "weights").expect("a file");
    let marks = ModelMark::of_all(std::slice::from_ref(&file));
    std::fs::remove_file(&file).expect("it is deleted");
    let jobs = [job("asks", 0)];
    let memory = Arc::new(CountingMemory::default());
    let results = work(env!("CARGO_BIN_EXE_copydesk"), &["__worker"], &task("asks", ASKS, marks), &jobs, memory.clone(), &mut |_| {});
    assert!(reason(&results[0]).contains("its file was changed or replaced"), "{results:?}");
    assert_eq!(*memory.0.lock().expect("the count"), 0);
}

/// Says what a worker would say, with lies: of places that are not its job's, twice, of jobs that there are not, of work beyond counting.
fn lies(folder: &Path) -> String {
    let place = LineColumn { line: 0, column: usize::MAX };
    let span = Span { start: 7, end: 3 };
    let file = SourcePath::new("../../elsewhere.md");
    let evidence = Evidence { file: file.clone(), quote: "Mara".to_string(), span, file_bytes: span, place, label: String::new() };
    let lie = |index: usize| {
        let mut result = job("other", index).not_checked("it was checked, believe me", Vec::new());
        result.outcome = Outcome::Checked;
        result.scope = Scope::Chapter(file.clone());
        result.report = "../lie".to_string();
        result.findings = vec![Finding {
            id: "x".to_string(),
            script: "other".to_string(),
            rule: "changed-age".to_string(),
            severity: Severity::Contradiction,
            message: "A lie.".to_string(),
            subjects: Vec::new(),
            evidence: vec![evidence.clone()],
            model_note: None,
            point: None,
            confidence: Some(f64::NAN),
            standing: Standing::Open,
            sources: std::collections::BTreeSet::new(),
            reopened_from: None,
        }];
        Box::new(result)
    };
    let beyond = Work { questions: u64::MAX, read: u64::MAX, read_micros: u64::MAX, write_micros: u64::MAX, ..Work::default() };
    let said = [
        ToKeeper::Sealed(Seal::default()),
        ToKeeper::Began(usize::MAX),
        ToKeeper::Began(0),
        ToKeeper::Progress(beyond),
        ToKeeper::Done(0, lie(0)),
        ToKeeper::Done(0, lie(0)),
        ToKeeper::Done(usize::MAX, lie(0)),
        ToKeeper::Progress(beyond),
        ToKeeper::Finished(beyond),
    ];
    format!("{}; cat > /dev/null", say(folder, &said))
}

/// A shell command that says these messages.
pub fn say(folder: &Path, said: &[ToKeeper]) -> String {
    let bytes: Vec<u8> = said.iter().flat_map(|message| frame(message).expect("it is written")).collect();
    let path = folder.join("said");
    std::fs::write(&path, bytes).expect("a file");
    format!("cat {}", path.display())
}

#[test]
fn a_worker_that_lies_is_held_to_its_jobs() {
    let folder = tempfile::tempdir().expect("a folder");
    let jobs: Vec<Job> = (0..2).map(|chapter| job("x", chapter)).collect();
    let task = task("x", "fn check(chapter, desk) {}", Vec::new());
    // `work` fails when a job is told twice.
    let results = work("/bin/sh", &["-c", &lies(folder.path())], &task, &jobs, Arc::new(NoMemory), &mut |_| {});
    assert_eq!((&results[0].script, &results[0].report, &results[0].scope), (&jobs[0].script, &jobs[0].report, &jobs[0].scope));
    assert!(reason(&results[1]).contains("ended without its result"), "{results:?}");
}

/// Has the scripts of a task read by workers started from a shell command.
fn read(command: &str, task: &Task) -> (Supervisor, Vec<Result<ScriptCard, Problem>>) {
    let supervisor = Supervisor::new("/bin/sh".into(), vec!["-c".to_string(), command.to_string()], false, false).expect("a supervisor");
    let cards = supervisor.read_scripts(task, &Arc::default());
    (supervisor, cards)
}

#[test]
fn the_worker_that_reads_the_scripts_does_the_jobs_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = folder.path().join("numbers");
    let command = format!("echo $$ >> {}; exec {} __worker", numbers.display(), env!("CARGO_BIN_EXE_copydesk"));
    let started = || std::fs::read_to_string(&numbers).expect("it was started").lines().map(ToString::to_string).collect::<Vec<_>>();
    let mut task = task("x", "const REPORT = \"word\"; const LONG = 3; fn check(chapter, desk) {}", Vec::new());
    task.scripts.push(ScriptFile { text: "fn".into(), ..script_beside(&task, "wrong") });
    let (supervisor, cards) = read(&command, &task);
    let [Ok(card), Err(problem)] = cards.as_slice() else { panic!("{cards:?}") };
    assert_eq!((card.name.as_str(), card.report.as_str(), card.settings["long"].as_str()), ("x", "word", "3"));
    assert_eq!((problem.file.as_ref(), problem.place.map(|place| place.line)), (Some(&task.scripts[1].path), Some(1)));
    let mut checked = 0;
    supervisor.work(&task, &[job("x", 0)], Arc::new(NoMemory), &Arc::default(), &mut |event| {
        checked += usize::from(matches!(event, WorkEvent::Done(_, result) if result.outcome == Outcome::Checked));
    });
    assert_eq!((checked, started().len()), (1, 1));
    // Without jobs it does not wait for ever.
    supervisor.read_scripts(&task, &Arc::default());
    let waits: u32 = started()[1].parse().expect("its number");
    assert!(is_alive(waits));
    supervisor.work(&task, &[], Arc::new(NoMemory), &Arc::default(), &mut |_| {});
    assert!(!is_alive(waits) && started().len() == 2);
}

/// One more script, with the words of the first.
fn script_beside(task: &Task, name: &str) -> ScriptFile {
    ScriptFile { name: name.to_string(), path: SourcePath::new(&format!("scripts/{name}.rhai")), ..task.scripts[0].clone() }
}

#[test]
fn when_reading_scripts_ends_a_worker_each_is_read_by_one_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let sealed = say(folder.path(), &[ToKeeper::Sealed(Seal::default())]);
    let starts = folder.path().join("starts");
    let dies = format!("{sealed}; echo >> {}; exit 3", starts.display());
    let mut task = task("x", "fn check(chapter, desk) {}", Vec::new());
    task.scripts.push(script_beside(&task, "y"));
    let (_, cards) = read(&dies, &task);
    assert_eq!(std::fs::read_to_string(&starts).expect("it was started").lines().count(), 3, "once for both, once for each");
    for (card, script) in cards.iter().zip(&task.scripts) {
        let Err(problem) = card else { panic!("{card:?}") };
        assert!(problem.kind == ProblemKind::NotChecked && problem.message.contains("exit status 3"), "{problem:?}");
        assert_eq!(problem.file.as_ref(), Some(&script.path));
    }
    // One that ends by chance costs nothing.
    let by_chance =
        format!("if mkdir {}/once; then exit 1; else exec {} __worker; fi", folder.path().display(), env!("CARGO_BIN_EXE_copydesk"));
    let (_, cards) = read(&by_chance, &task);
    assert!(cards.iter().all(Result::is_ok), "{cards:?}");
}

#[test]
fn a_worker_that_lies_about_scripts_decides_no_file_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let task = task("x", "fn check(chapter, desk) {}", Vec::new());
    let honest = ScriptCard {
        needs: copydesk::notes::Wanted::default(),
        name: "x".to_string(),
        kind: ScriptKind::Check,
        groups: Vec::new(),
        runs_rules: None,
        imports: std::collections::BTreeSet::new(),
        finds: vec!["x".to_string()],
        looks_back: false,
        scope: ScriptScope::Chapter,
        report: "x".to_string(),
        has_book_check: false,
        settings: BTreeMap::new(),
    };
    let said = |cards: Vec<Result<ScriptCard, Problem>>| {
        let command = format!("{}; cat > /dev/null", say(folder.path(), &[ToKeeper::Sealed(Seal::default()), ToKeeper::Cards(cards)]));
        read(&command, &task).1
    };
    assert_eq!(said(vec![Ok(honest.clone())]), [Ok(honest.clone())]);
    let another = ScriptCard { name: "y".to_string(), ..honest.clone() };
    let outside = ScriptCard { report: "../../x".to_string(), ..honest.clone() };
    for lie in [vec![Ok(another)], vec![Ok(outside)], vec![], vec![Ok(honest.clone()), Ok(honest)]] {
        let cards = said(lie);
        assert!(matches!(cards.as_slice(), [Err(problem)] if problem.file.as_ref() == Some(&task.scripts[0].path)), "{cards:?}");
    }
}

#[test]
fn a_kept_model_is_opened_once_and_left_idle() {
    // The second question is never looked at.
    let text = "fn check(chapter, desk) {\n    let reading = desk.read(chapter.scenes[0]);\n    let answer = reading.ask(\"Who?\", text(5));\n    \
                desk.note(\"Who\").line(answer.text);\n    let other = reading.ask(\"Where?\", text(5));\n}\n";
    let opened = Arc::new(Mutex::new(0));
    let counter = opened.clone();
    let bench = InProcess {
        kept: Some(KeptModels::default()),
        on_open: Some(Arc::new(move |_| *counter.lock().expect("a count") += 1)),
        ..InProcess::default()
    };
    let jobs: Vec<Job> = (0..3).map(|chapter| job("x", chapter)).collect();
    let mut task = task("x", text, Vec::new());
    for run in 1..=3 {
        let memory = Arc::new(CountingMemory::default());
        let work = bench.work(&task, &jobs, memory.clone(), &Arc::default(), &mut |_| {});
        assert!(work.questions >= 3, "run {run}");
        let kept = *memory.0.lock().expect("a count");
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(*memory.0.lock().expect("a count"), kept, "nothing is computed between two runs");
    }
    assert_eq!(*opened.lock().expect("a count"), 1);
    task.model.as_mut().expect("a model").context_tokens = 2048;
    bench.work(&task, &jobs, Arc::new(NoMemory), &Arc::default(), &mut |_| {});
    assert_eq!(*opened.lock().expect("a count"), 2, "another way of opening it is another model");
}

#[test]
fn in_the_background_a_worker_rests_with_its_model_open_and_takes_the_next_run() {
    let text = "fn check(chapter, desk) {\n    let answer = desk.read(chapter.scenes[0]).ask(\"Who?\", text(5));\n    \
                desk.note(\"Who\").line(answer.text);\n}\n";
    let jobs: Vec<Job> = (0..3).map(|chapter| job("x", chapter)).collect();
    let supervisor = |is_background: bool| {
        let program = env!("CARGO_BIN_EXE_copydesk").into();
        let supervisor = Supervisor::new(program, vec!["__worker".to_string()], is_background, false).expect("a supervisor");
        if is_background { supervisor.resting_between_runs() } else { supervisor }
    };
    let run = |supervisor: &Supervisor, task: &Task| {
        assert!(supervisor.read_scripts(task, &Arc::default())[0].is_ok());
        let mut questions = 0;
        supervisor.work(task, &jobs, Arc::new(NoMemory), &Arc::default(), &mut |event| {
            if let WorkEvent::Done(_, result) = event {
                assert_eq!(reason(&result), "");
                assert_eq!(result.notes[0].lines[0].text, "Mara.");
                questions += result.coverage.questions;
            }
        })
    };
    let first = task("x", text, Vec::new());
    let watching = supervisor(true);
    let work = run(&watching, &first);
    assert_eq!(work.questions, 3);
    let resting = watching.resting_process().expect("one rests");
    // Another script, the same model: counted anew.
    let second = task("x", &text.replace("Who?", "Who is it?"), Vec::new());
    assert_eq!(run(&watching, &second).questions, 3);
    assert_eq!(watching.resting_process(), Some(resting));
    // One that ends while it rests is replaced, and nothing is lost.
    signal(resting, "KILL");
    assert!(wait_until(Duration::from_secs(5), || !is_alive(resting)), "it was killed");
    assert_eq!(run(&watching, &second).questions, 3);
    let next = watching.resting_process().expect("one rests");
    assert_ne!(next, resting);
    // Another model is opened by another worker, and the first one ends.
    let mut third = task("x", text, Vec::new());
    third.model.as_mut().expect("a model").context_tokens = 2048;
    run(&watching, &third);
    let last = watching.resting_process().expect("one rests");
    assert!(last != next && !is_alive(next));
    drop(watching);
    assert!(!is_alive(last), "nothing is left of it");
    let at_once = supervisor(false);
    run(&at_once, &first);
    assert_eq!(at_once.resting_process(), None);
}
