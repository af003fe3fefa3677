//! The keeper's side: starts the worker, feeds it, and when it dies finds out over which job.
//!
//! A dead worker's running jobs are suspects. They are tried again one at a time, each in a worker of its own; the one that kills its
//! worker again is told as not checked, with the script's name, and its script is not run again. The jobs that had not begun go on in a
//! fresh worker. A worker that ends because one job would not end by itself says which; that job is not tried again, the others are.
//!
//! A worker that has the model open when somebody writes into its file computes nonsense, or dies. So the file is looked at whenever a
//! reply or a result comes: what comes after a change is not believed, and the jobs left are told that the model is not what it was.

use super::jobs::JOBS_AT_ONCE;
use super::messages::{ToKeeper, ToWorker, receive, send};
use super::{Job, ModelChange, ModelSource, Task, WorkEvent, Workbench};
use crate::model::{Memory, Work};
use crate::report::ScriptResult;
use crate::sandbox::Seal;
use crate::script::limits;
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How often a worker is started again after a crash in one run; after one more nothing is tried.
const MAX_RESTARTS: usize = 3;

/// What the worker may take in memory beside the model and what scripts hold, in bytes: the texts, what is read off them, and saved prefixes.
const WORKER_MEMORY_BYTES: u64 = 4 << 30;

/// How long a worker may take to end by itself after it was told to stop.
const STOP_GRACE: Duration = Duration::from_millis(1_500);

/// The niceness of a worker in the background, of -20 to 19; nobody notices it on an idle computer.
const BACKGROUND_NICENESS: i32 = 10;

/// Where a process of Linux tells how soon it is to be ended when memory runs out, of -1000 to 1000; what it starts begins with the same.
const ENDED_SOONER: &str = "/proc/self/oom_score_adj";

/// A worker is ended before the author's editor.
const WORKER_ENDED_SOONER: i32 = 500;

/// How often the supervisor looks whether it was told to stop.
const STOP_POLL: Duration = Duration::from_millis(25);

/// Starts this program again as the worker.
pub struct Supervisor {
    /// The program to start.
    program: PathBuf,
    /// Its arguments, which make it a worker.
    arguments: Vec<String>,
    /// Whether the worker gives way to whatever else the computer does: in watch mode somebody is typing on it.
    is_background: bool,
    /// Whether a worker that the kernel does not seal in full is given no work.
    requires_seal: bool,
    /// Where the worker's own words go. Open from the start: a sealed keeper can open nothing for writing later.
    nowhere: File,
    /// [`ENDED_SOONER`] and what stands there; open from the start for the same reason, and nothing where the system has no such thing.
    ended_sooner: Option<(File, i32)>,
    /// What the kernel enforces on the workers; empty until the first one has told.
    seal: OnceLock<Seal>,
}

/// How one worker's life went.
struct Life {
    work: Work,
    /// Jobs that had begun and not ended when it died; empty when it ended well.
    suspects: BTreeSet<usize>,
    end: End,
    how_it_died: String,
}

/// Why a worker is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Finished,
    Crashed,
    /// It ended itself because a job would not end, and told of it.
    Overran,
    /// It was ended because the model's file was written into.
    ModelChanged,
}

/// Which jobs are left, and which of them may have crashed a worker.
struct Roster<'j> {
    jobs: &'j [Job],
    open: BTreeSet<usize>,
    suspects: BTreeSet<usize>,
    crashes: usize,
    last_crash: String,
}

impl Roster<'_> {
    fn new(jobs: &[Job]) -> Roster<'_> {
        Roster { jobs, open: (0..jobs.len()).collect(), suspects: BTreeSet::new(), crashes: 0, last_crash: String::new() }
    }

    /// What the next worker is given: the innocent jobs together, then the suspects alone. None when there is nothing more to try.
    fn next_batch(&self) -> Option<Vec<usize>> {
        if self.open.is_empty() || self.crashes > MAX_RESTARTS {
            return None;
        }
        let innocent: Vec<usize> = self.open.difference(&self.suspects).copied().collect();
        Some(if innocent.is_empty() { self.suspects.iter().copied().take(1).collect() } else { innocent })
    }

    /// Gives whether the job was still open.
    fn close(&mut self, index: usize) -> bool {
        self.suspects.remove(&index);
        self.open.remove(&index)
    }

    /// Notes a crash while these jobs were running. Gives the jobs that are now closed, and why: one that was alone, and had been running
    /// when another worker crashed, and what else its script was to do.
    fn crashed(&mut self, batch: &[usize], running: &BTreeSet<usize>, how: &str) -> Vec<(usize, String)> {
        self.crashes += 1;
        self.last_crash = how.to_string();
        let [alone] = batch else {
            self.suspects.extend(running.intersection(&self.open));
            return Vec::new();
        };
        // One that had not begun is not at fault.
        if !running.contains(alone) || !self.open.contains(alone) {
            return Vec::new();
        }
        if self.suspects.insert(*alone) {
            return Vec::new();
        }
        let guilty = &self.jobs[*alone];
        let of_its_script: Vec<usize> = self.open.iter().copied().filter(|index| self.jobs[*index].script == guilty.script).collect();
        let reason = |index: usize| {
            if index == *alone {
                format!("the script {} made the reading process crash twice ({how})", guilty.script)
            } else {
                format!("the script {} made the reading process crash twice on {}, so it was not run again", guilty.script, guilty.scope)
            }
        };
        let closed: Vec<(usize, String)> = of_its_script.iter().map(|index| (*index, reason(*index))).collect();
        for index in of_its_script {
            self.close(index);
        }
        closed
    }

    /// Why the jobs that are still open will stay so.
    fn why_left(&self) -> String {
        if self.crashes > MAX_RESTARTS {
            format!("the reading process crashed {} times and was not started again, the last time so: {}", self.crashes, self.last_crash)
        } else {
            "the work was stopped before its turn came".to_string()
        }
    }
}

impl Workbench for Supervisor {
    fn work(
        &self,
        task: &Task,
        jobs: &[Job],
        memory: Arc<dyn Memory>,
        stop: &Arc<AtomicBool>,
        on_event: &mut dyn FnMut(WorkEvent),
    ) -> Work {
        let mut task = task.clone();
        let mut roster = Roster::new(jobs);
        let mut total = Work::default();
        let not_checked = |index: usize, reason: String| WorkEvent::Done(index, Box::new(jobs[index].not_checked(reason, Vec::new())));
        while !stop.load(Ordering::Relaxed)
            && let Some(batch) = roster.next_batch()
        {
            // Not only after a crash: hashing the file and opening it are two moments.
            refuse_changed_model(&mut task, ModelChange::Replaced);
            let life = self.live(&task, jobs, &batch, memory.as_ref(), stop, &mut |event| {
                // Only an open job has a result to come: a second one would be a worker's that is not what it was.
                if !matches!(&event, WorkEvent::Done(index, _) if !roster.close(*index)) {
                    on_event(with_total(event, total));
                }
            });
            total = total.and(life.work);
            let has_closed = !batch.iter().all(|index| roster.open.contains(index));
            match life.end {
                // It ended well without telling of these; another worker would do the same.
                End::Finished if !stop.load(Ordering::Relaxed) => {
                    for index in batch.into_iter().filter(|index| roster.close(*index)) {
                        on_event(not_checked(index, "the reading process ended without its result".to_string()));
                    }
                }
                End::Finished => {}
                // A worker that blames no job of its batch is no better than one that crashed.
                End::Overran if has_closed => {}
                End::ModelChanged => drop(refuse_changed_model(&mut task, ModelChange::Rewritten)),
                // Whoever was running cannot be blamed for a file that was cut short under it.
                End::Crashed if refuse_changed_model(&mut task, ModelChange::Rewritten) => {}
                End::Overran | End::Crashed => {
                    for (index, reason) in roster.crashed(&batch, &life.suspects, &life.how_it_died) {
                        on_event(not_checked(index, reason));
                    }
                }
            }
        }
        let reason = roster.why_left();
        for index in std::mem::take(&mut roster.open) {
            on_event(not_checked(index, reason.clone()));
        }
        total
    }
}

/// When at least this became of the model's files since they were hashed, the next worker will not open them. Gives whether that is new.
fn refuse_changed_model(task: &mut Task, least: ModelChange) -> bool {
    let Some(model) = task.model.as_mut() else { return false };
    if model.change() < least {
        return false;
    }
    let reason =
        "its file was changed or replaced after this run had begun; run again to read with what stands there now, or put the old file back";
    model.source = ModelSource::Refused(reason.to_string());
    model.marks.clear();
    true
}

/// A result as one of this job: a worker that was taken over must not say of what it is one, which decides where a report is written.
fn of_job(job: &Job, result: Box<ScriptResult>) -> Box<ScriptResult> {
    let (script, report, scope) = (job.script.clone(), job.report.clone(), job.scope.clone());
    Box::new(ScriptResult { script, report, scope, ..*result })
}

/// Whether what a worker says can still rest on the model it was given.
fn is_model_sound(task: &Task) -> bool {
    task.model.as_ref().is_none_or(|model| model.change() < ModelChange::Rewritten)
}

/// The memory a worker may take, in bytes.
fn memory_for(task: &Task) -> u64 {
    let of_a_job = u64::try_from(task.limits.most_memory_bytes()).unwrap_or(0) + limits::SCRIPT_STACK_BYTES as u64;
    let of_the_model = task.model.as_ref().map_or(0, |model| model.memory_bytes);
    // Some weights are kept twice, in another order for this processor.
    WORKER_MEMORY_BYTES.saturating_add(of_a_job.saturating_mul(JOBS_AT_ONCE as u64)).saturating_add(of_the_model.saturating_mul(2))
}

impl Supervisor {
    /// Starts `program` with `arguments` whenever a worker is needed. Made before the keeper is sealed.
    ///
    /// # Errors
    /// The system has no place for what the worker says to nobody.
    pub fn new(program: PathBuf, arguments: Vec<String>, is_background: bool, requires_seal: bool) -> io::Result<Supervisor> {
        let nowhere = OpenOptions::new().write(true).open(if cfg!(windows) { "NUL" } else { "/dev/null" })?;
        let own = std::fs::read_to_string(ENDED_SOONER).ok().and_then(|text| text.trim().parse().ok());
        let ended_sooner = own.and_then(|own| Some((OpenOptions::new().write(true).open(ENDED_SOONER).ok()?, own)));
        Ok(Supervisor { program, arguments, is_background, requires_seal, nowhere, ended_sooner, seal: OnceLock::new() })
    }

    /// Sets how soon this process, and what it starts next, is to be ended when memory runs out. Where that cannot be had, the work is done
    /// all the same.
    fn end_sooner(&self, score: impl Fn(i32) -> i32) {
        if let Some((file, own)) = &self.ended_sooner {
            let _ = io::Write::write_all(&mut &*file, score(*own).to_string().as_bytes());
        }
    }

    /// What the kernel enforces on the workers; none when none was needed yet.
    pub fn seal(&self) -> Option<&Seal> {
        self.seal.get()
    }

    /// Has the worker seal itself. Gives whether it may be given work.
    ///
    /// # Errors
    /// The pipe's own.
    fn seal_worker(&self, stdin: &Mutex<ChildStdin>, stdout: &mut impl io::Read, task: &Task) -> io::Result<bool> {
        let readable = task.model.as_ref().map(super::ModelToOpen::files).unwrap_or_default();
        send(&mut *lock(stdin), &ToWorker::Seal { readable, memory_bytes: memory_for(task) })?;
        let ToKeeper::Sealed(seal) = receive(stdout)? else { return Ok(false) };
        let may_work = seal.is_full() || !self.requires_seal;
        // All workers are sealed alike; the first one's word counts.
        let _ = self.seal.set(seal);
        Ok(may_work)
    }

    /// One worker from its start to its end.
    fn live(
        &self,
        task: &Task,
        jobs: &[Job],
        batch: &[usize],
        memory: &dyn Memory,
        stop: &Arc<AtomicBool>,
        on_event: &mut dyn FnMut(WorkEvent),
    ) -> Life {
        let mut life = Life {
            work: Work::default(),
            suspects: BTreeSet::new(),
            end: End::Crashed,
            how_it_died: "it could not be started".to_string(),
        };
        let Ok(mut child) = self.start() else { return life };
        let (Some(stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else { return life };
        let stdin = Arc::new(Mutex::new(stdin));
        let batch_jobs: Vec<Job> = batch.iter().map(|index| jobs[*index].clone()).collect();
        let (goes_on, has_ended) = channel();
        let stopper = stop_when_told(stdin.clone(), child.id(), stop.clone(), has_ended);
        let sealed = self.seal_worker(&stdin, &mut stdout, task);
        let started = match sealed {
            Ok(true) => send(&mut *lock(&stdin), &ToWorker::Start(Box::new(task.clone()), batch_jobs)).is_ok(),
            Ok(false) | Err(_) => false,
        };
        while started && let Ok(message) = receive(&mut stdout) {
            match message {
                // Told once, before the work.
                ToKeeper::Sealed(_) => {}
                ToKeeper::Began(place) => {
                    if let Some(index) = batch.get(place) {
                        life.suspects.insert(*index);
                        on_event(WorkEvent::Began(*index));
                    }
                }
                ToKeeper::Recall { question, key } => {
                    let reply = memory.recall(&key);
                    // A worker that died meanwhile is noticed at the next message.
                    let _ = send(&mut *lock(&stdin), &ToWorker::Recalled { question, reply });
                }
                ToKeeper::Keep { .. } | ToKeeper::KeepPrefix { .. } if !is_model_sound(task) => {
                    life.end = End::ModelChanged;
                    break;
                }
                ToKeeper::Keep { key, reply } => memory.keep(&key, &reply),
                ToKeeper::RecallPrefix { question, key } => {
                    let state = memory.recall_prefix(&key);
                    let _ = send(&mut *lock(&stdin), &ToWorker::RecalledPrefix { question, state: state.map(ByteBuf::from) });
                }
                ToKeeper::KeepPrefix { key, state } => memory.keep_prefix(&key, state.into_vec()),
                ToKeeper::Done(_, result) if result.coverage.questions > result.coverage.answered_from_cache && !is_model_sound(task) => {
                    life.end = End::ModelChanged;
                    break;
                }
                ToKeeper::Done(place, result) => {
                    if let Some(index) = batch.get(place) {
                        life.suspects.remove(index);
                        on_event(WorkEvent::Done(*index, of_job(&jobs[*index], result)));
                    }
                }
                ToKeeper::Overran(place, result) => {
                    life.end = End::Overran;
                    if let Some(index) = batch.get(place) {
                        on_event(WorkEvent::Done(*index, of_job(&jobs[*index], result)));
                    }
                    break;
                }
                ToKeeper::Progress(work) => {
                    life.work = work;
                    on_event(WorkEvent::Progress(work));
                }
                ToKeeper::Finished(work) => {
                    life.work = work;
                    life.end = End::Finished;
                    break;
                }
            }
        }
        if life.end == End::ModelChanged {
            kill(child.id());
        }
        drop(goes_on);
        drop(stdin);
        // First the thread that may kill it by its number, then the wait that gives the number back.
        let _ = stopper.join();
        life.how_it_died = how_it_died(&mut child, stop.load(Ordering::Relaxed));
        if matches!(sealed, Ok(false)) {
            life.how_it_died = "the kernel does not seal it in full, and --require-sandbox was given".to_string();
        }
        if stop.load(Ordering::Relaxed) {
            life.end = End::Finished;
        }
        life
    }

    fn start(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        // llama.cpp starts a debugger on itself when it aborts; and its own words are not for authors.
        command.env("GGML_NO_BACKTRACE", "1").stderr(self.nowhere.try_clone()?);
        // A Ctrl-C in the terminal is for the keeper, which then ends the worker in its own way.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        self.end_sooner(|own| own.max(WORKER_ENDED_SOONER));
        let child = command.spawn();
        self.end_sooner(|own| own);
        let child = child?;
        #[cfg(unix)]
        if self.is_background
            && let Some(pid) = rustix::process::Pid::from_raw(child.id().cast_signed())
        {
            // Where it cannot be had the work is done all the same.
            let _ = rustix::process::setpriority_process(Some(pid), BACKGROUND_NICENESS);
        }
        Ok(child)
    }
}

fn lock(stdin: &Mutex<ChildStdin>) -> MutexGuard<'_, ChildStdin> {
    stdin.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the worker to stop when the run is told so, and ends it when it does not. Ends as soon as the other side of `has_ended` is dropped.
fn stop_when_told(stdin: Arc<Mutex<ChildStdin>>, pid: u32, stop: Arc<AtomicBool>, has_ended: Receiver<()>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut told: Option<Instant> = None;
        let mut is_sent = false;
        while has_ended.recv_timeout(STOP_POLL) == Err(RecvTimeoutError::Timeout) {
            match told {
                None if stop.load(Ordering::Relaxed) => told = Some(Instant::now()),
                Some(since) if since.elapsed() > STOP_GRACE => return kill(pid),
                None | Some(_) => {}
            }
            // Not waiting for the lock: the keeper may be writing to a worker that no longer reads.
            if told.is_some()
                && !is_sent
                && let Ok(mut stdin) = stdin.try_lock()
            {
                is_sent = send(&mut *stdin, &ToWorker::Stop).is_ok();
            }
        }
    })
}

/// Ends a process that did not end when told. The handle is in use by the thread that reads from it, so this goes by number; the process
/// was not waited for yet, so the number is still its own.
fn kill(pid: u32) {
    #[cfg(unix)]
    if let Some(pid) = rustix::process::Pid::from_raw(pid.cast_signed()) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
    #[cfg(windows)]
    let _ = Command::new("taskkill").args(["/F", "/PID", &pid.to_string()]).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Waits for the worker's end and says in plain words how it came.
fn how_it_died(child: &mut Child, was_stopped: bool) -> String {
    let patience = if was_stopped { STOP_GRACE } else { Duration::from_secs(10) };
    let since = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return plain_status(status),
            Ok(None) if since.elapsed() < patience => std::thread::sleep(Duration::from_millis(2)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return "it did not end".to_string();
            }
        }
    }
}

#[cfg(unix)]
fn plain_status(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(6) => "llama.cpp or a script gave up, or there was no more memory for it".to_string(),
        Some(7) => "the model file changed while it was read".to_string(),
        Some(9) => "the system ended it, most often for want of memory".to_string(),
        Some(11) => "an invalid memory access".to_string(),
        Some(number) => format!("signal {number}"),
        None => format!("exit status {}", status.code().unwrap_or(-1)),
    }
}

#[cfg(not(unix))]
fn plain_status(status: std::process::ExitStatus) -> String {
    format!("exit status {}", status.code().unwrap_or(-1))
}

fn with_total(event: WorkEvent, before: Work) -> WorkEvent {
    match event {
        WorkEvent::Progress(work) => WorkEvent::Progress(before.and(work)),
        other @ (WorkEvent::Began(_) | WorkEvent::Done(..)) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Turn;
    use crate::report::Scope;
    use crate::script::ScriptSubject;
    use crate::text::SourcePath;

    fn jobs(scripts: &[&str]) -> Vec<Job> {
        let job = |(number, script): (usize, &&str)| Job {
            script: (*script).to_string(),
            report: "report".to_string(),
            subject: ScriptSubject::Chapter { book: 0, chapter: number },
            scope: Scope::Chapter(SourcePath::new(&format!("{number}.md"))),
            scenes: 1,
            words: 1,
            turn: Turn::default(),
        };
        scripts.iter().enumerate().map(job).collect()
    }

    fn set(indexes: &[usize]) -> BTreeSet<usize> {
        indexes.iter().copied().collect()
    }

    #[test]
    fn suspects_are_tried_alone_and_the_guilty_one_takes_its_script_along() {
        let jobs = jobs(&["a", "b", "a", "c", "a"]);
        let mut roster = Roster::new(&jobs);
        assert_eq!(roster.next_batch(), Some(vec![0, 1, 2, 3, 4]));
        assert!(roster.close(3));
        assert!(!roster.close(3), "it is told once");
        assert_eq!(roster.crashed(&[0, 1, 2, 3, 4], &set(&[0, 1]), "x"), []);
        assert_eq!(roster.next_batch(), Some(vec![2, 4]), "those that had not begun");
        assert!(roster.close(2));
        assert!(roster.close(4));
        assert_eq!(roster.next_batch(), Some(vec![0]));
        roster.open.extend([2, 4]);
        let closed = roster.crashed(&[0], &set(&[0]), "signal 11");
        assert_eq!(closed.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [0, 2, 4]);
        assert!(closed[0].1.contains("script a") && closed[0].1.contains("signal 11"), "{closed:?}");
        assert!(closed[1].1.contains("crash twice on 0.md"), "{closed:?}");
        assert_eq!(roster.next_batch(), Some(vec![1]), "the other suspect");
    }

    #[test]
    fn a_single_job_has_a_second_try_and_one_that_had_not_begun_is_not_blamed() {
        let jobs = jobs(&["a"]);
        let mut roster = Roster::new(&jobs);
        assert_eq!(roster.crashed(&[0], &set(&[]), "x"), []);
        assert_eq!(roster.crashed(&[0], &set(&[0]), "x"), []);
        assert_eq!(roster.next_batch(), Some(vec![0]));
        assert_eq!(roster.crashed(&[0], &set(&[0]), "x").len(), 1);
        assert_eq!(roster.next_batch(), None);
    }

    #[test]
    fn after_three_restarts_nothing_is_tried_again() {
        let jobs = jobs(&["a", "b"]);
        let mut roster = Roster::new(&jobs);
        for _ in 0..=MAX_RESTARTS {
            assert!(roster.next_batch().is_some());
            roster.crashed(&[0, 1], &set(&[]), "it was so");
        }
        assert_eq!(roster.next_batch(), None);
        assert!(roster.why_left().contains("crashed 4 times") && roster.why_left().contains("it was so"), "{}", roster.why_left());
    }
}
