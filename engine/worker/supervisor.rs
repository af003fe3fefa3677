//! The keeper's side: starts the worker, feeds it, and when it dies finds out over which job.
//!
//! A dead worker's running jobs are suspects. They are tried again one at a time, each in a worker of its own; the one that kills its
//! worker again is told as not checked, with the script's name. The jobs that had not begun go on in a fresh worker.

use super::messages::{ToKeeper, ToWorker, receive, send};
use super::{Job, Task, WorkEvent, Workbench};
use crate::model::{Memory, Work};
use crate::sandbox::Seal;
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Crashes after which no more workers are started in one run.
const MAX_CRASHES: usize = 8;

/// How long a worker may take to end by itself after it was told to stop.
const STOP_GRACE: Duration = Duration::from_millis(1_500);

/// The niceness of a worker in the background, of -20 to 19; nobody notices it on an idle computer.
const BACKGROUND_NICENESS: i32 = 10;

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
    /// What the kernel enforces on the workers; empty until the first one has told.
    seal: OnceLock<Seal>,
}

/// How one worker's life went.
struct Life {
    work: Work,
    /// Jobs that had begun and not ended when it died; empty when it ended well.
    suspects: BTreeSet<usize>,
    has_crashed: bool,
    how_it_died: String,
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
        let mut open: BTreeSet<usize> = (0..jobs.len()).collect();
        let mut suspects: BTreeSet<usize> = BTreeSet::new();
        let mut total = Work::default();
        let mut crashes = 0;
        let mut last_crash = String::new();
        while !open.is_empty() && !stop.load(Ordering::Relaxed) && crashes < MAX_CRASHES {
            // Innocent jobs first, together; then the suspects, alone.
            let innocent: Vec<usize> = open.difference(&suspects).copied().collect();
            let batch = if innocent.is_empty() { suspects.iter().copied().take(1).collect() } else { innocent };
            let life = self.live(task, jobs, &batch, memory.as_ref(), stop, &mut |event| {
                if let WorkEvent::Done(index, _) = &event {
                    open.remove(index);
                    suspects.remove(index);
                }
                on_event(with_total(event, total));
            });
            total = total.and(life.work);
            if !life.has_crashed {
                // It ended well without telling of these; another worker would do the same.
                let untold: Vec<usize> = if stop.load(Ordering::Relaxed) { Vec::new() } else { batch };
                for index in untold.into_iter().filter(|index| open.remove(index)) {
                    suspects.remove(&index);
                    let reason = "the reading process ended without its result".to_string();
                    on_event(WorkEvent::Done(index, Box::new(jobs[index].not_checked(reason, Vec::new()))));
                }
                continue;
            }
            crashes += 1;
            // One that had begun nothing is no job's fault; all are tried again.
            if batch.len() == 1 && !life.suspects.is_empty() {
                for index in batch.iter().filter(|index| open.remove(index)) {
                    suspects.remove(index);
                    let reason = format!("the script {} made the reading process crash ({})", jobs[*index].script, life.how_it_died);
                    on_event(WorkEvent::Done(*index, Box::new(jobs[*index].not_checked(reason, Vec::new()))));
                }
            }
            suspects.extend(life.suspects.intersection(&open));
            last_crash = life.how_it_died;
        }
        let reason = if crashes >= MAX_CRASHES {
            format!("the reading process crashed too often, the last time so: {last_crash}")
        } else {
            "the work was stopped before its turn came".to_string()
        };
        for index in open {
            on_event(WorkEvent::Done(index, Box::new(jobs[index].not_checked(reason.clone(), Vec::new()))));
        }
        total
    }
}

impl Supervisor {
    /// Starts `program` with `arguments` whenever a worker is needed. Made before the keeper is sealed.
    ///
    /// # Errors
    /// The system has no place for what the worker says to nobody.
    pub fn new(program: PathBuf, arguments: Vec<String>, is_background: bool, requires_seal: bool) -> io::Result<Supervisor> {
        let nowhere = OpenOptions::new().write(true).open(if cfg!(windows) { "NUL" } else { "/dev/null" })?;
        Ok(Supervisor { program, arguments, is_background, requires_seal, nowhere, seal: OnceLock::new() })
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
        send(&mut *lock(stdin), &ToWorker::Seal { readable })?;
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
            has_crashed: true,
            how_it_died: "it could not be started".to_string(),
        };
        let Ok(mut child) = self.start() else { return life };
        let (Some(stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else { return life };
        let stdin = Arc::new(Mutex::new(stdin));
        let batch_jobs: Vec<Job> = batch.iter().map(|index| jobs[*index].clone()).collect();
        let has_ended = Arc::new(AtomicBool::new(false));
        let stopper = stop_when_told(stdin.clone(), child.id(), stop.clone(), has_ended.clone());
        let sealed = self.seal_worker(&stdin, &mut stdout, task);
        let started = match sealed {
            Ok(true) => send(&mut *lock(&stdin), &ToWorker::Start(Box::new(task.clone()), batch_jobs)).is_ok(),
            Ok(false) | Err(_) => false,
        };
        while started && let Ok(message) = receive(&mut stdout) {
            match message {
                // Told once, before the work.
                ToKeeper::Sealed(_) => {}
                ToKeeper::Began(place) => life.suspects.extend(batch.get(place)),
                ToKeeper::Recall { question, key } => {
                    let reply = memory.recall(&key);
                    // A worker that died meanwhile is noticed at the next message.
                    let _ = send(&mut *lock(&stdin), &ToWorker::Recalled { question, reply });
                }
                ToKeeper::Keep { key, reply } => memory.keep(&key, &reply),
                ToKeeper::RecallPrefix { question, key } => {
                    let state = memory.recall_prefix(&key);
                    let _ = send(&mut *lock(&stdin), &ToWorker::RecalledPrefix { question, state: state.map(ByteBuf::from) });
                }
                ToKeeper::KeepPrefix { key, state } => memory.keep_prefix(&key, state.into_vec()),
                ToKeeper::Done(place, result) => {
                    if let Some(index) = batch.get(place) {
                        life.suspects.remove(index);
                        on_event(WorkEvent::Done(*index, result));
                    }
                }
                ToKeeper::Progress(work) => {
                    life.work = work;
                    on_event(WorkEvent::Progress(work));
                }
                ToKeeper::Finished(work) => {
                    life.work = work;
                    life.has_crashed = false;
                    break;
                }
            }
        }
        has_ended.store(true, Ordering::Relaxed);
        drop(stdin);
        // First the thread that may kill it by its number, then the wait that gives the number back.
        let _ = stopper.join();
        life.how_it_died = how_it_died(&mut child, stop.load(Ordering::Relaxed));
        if matches!(sealed, Ok(false)) {
            life.how_it_died = "the kernel does not seal it in full, and --require-sandbox was given".to_string();
        }
        if stop.load(Ordering::Relaxed) {
            life.has_crashed = false;
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
        let child = command.spawn()?;
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

/// Tells the worker to stop when the run is told so, and ends it when it does not.
fn stop_when_told(
    stdin: Arc<Mutex<ChildStdin>>,
    pid: u32,
    stop: Arc<AtomicBool>,
    has_ended: Arc<AtomicBool>,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut told: Option<Instant> = None;
        let mut is_sent = false;
        while !has_ended.load(Ordering::Relaxed) {
            std::thread::sleep(STOP_POLL);
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
        Some(6) => "llama.cpp or a script aborted".to_string(),
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
        done @ WorkEvent::Done(..) => done,
    }
}
