//! A worker as the keeper has it: a process, a pipe to it and one from it, and a thread that ends it when the work is stopped.

use super::Role;
use super::messages::{ToKeeper, ToWorker, receive, send};
use std::collections::BTreeSet;
use std::io;
use std::process::{Child, ChildStdin, ChildStdout};
#[cfg(windows)]
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a worker may take to end by itself after it was told to stop.
const STOP_GRACE: Duration = Duration::from_millis(1_500);

/// How often is looked whether it must be told to stop.
const STOP_POLL: Duration = Duration::from_millis(25);

/// One worker. When it is dropped it is ended, and nothing of it is left.
pub(super) struct WorkerProcess {
    child: Child,
    /// Nothing after its end.
    stdin: Option<Arc<Mutex<ChildStdin>>>,
    stdout: ChildStdout,
    stop: Arc<AtomicBool>,
    /// Whether it was ended from here because it did not do what it should.
    was_killed: bool,
    /// The thread that ends it, which ends itself when the other half is dropped; nothing while it rests, and after its end.
    stopper: Option<(Sender<()>, JoinHandle<()>)>,
    /// The models that it had opened and computed with in the tasks before this one.
    pub(super) opened_before: BTreeSet<Role>,
    /// The memory it may take, in bytes; 0 before it is sealed.
    pub(super) may_take_bytes: u64,
}

impl WorkerProcess {
    /// Looks after a process that was started with a pipe on either side; none without them.
    pub(super) fn new(mut child: Child, stop: &Arc<AtomicBool>) -> Option<WorkerProcess> {
        let (stdin, stdout) = (Arc::new(Mutex::new(child.stdin.take()?)), child.stdout.take()?);
        let mut worker = WorkerProcess {
            child,
            stdin: Some(stdin),
            stdout,
            stop: stop.clone(),
            was_killed: false,
            stopper: None,
            opened_before: BTreeSet::new(),
            may_take_bytes: 0,
        };
        worker.wake(stop);
        Some(worker)
    }

    /// From now on it is ended when this says so.
    pub(super) fn wake(&mut self, stop: &Arc<AtomicBool>) {
        self.rest();
        self.stop = stop.clone();
        if let Some(stdin) = self.pipe() {
            let (goes_on, has_ended) = channel();
            self.stopper = Some((goes_on, stop_when_told(stdin, self.child.id(), stop.clone(), has_ended)));
        }
    }

    /// From now on nothing ends it but what holds it.
    pub(super) fn rest(&mut self) {
        if let Some((goes_on, stopper)) = self.stopper.take() {
            drop(goes_on);
            let _ = stopper.join();
        }
    }

    /// The process's number.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// # Errors
    /// The pipe's own: it is gone.
    pub(super) fn tell(&self, message: &ToWorker) -> io::Result<()> {
        let stdin = self.stdin.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        send(&mut *stdin.lock().unwrap_or_else(PoisonError::into_inner), message)
    }

    /// The pipe to it, for whoever else tells it something; nothing after its end.
    pub(super) fn pipe(&self) -> Option<Arc<Mutex<ChildStdin>>> {
        self.stdin.clone()
    }

    /// Waits for what it says next.
    ///
    /// # Errors
    /// The pipe's own (it is gone), or it talks nonsense.
    pub(super) fn hear(&mut self) -> io::Result<ToKeeper> {
        receive(&mut self.stdout)
    }

    /// The same, but when nothing came after so long it is killed.
    ///
    /// # Errors
    /// The pipe's own (it is gone), or it talks nonsense.
    pub(super) fn hear_within(&mut self, longest: Duration) -> io::Result<ToKeeper> {
        let pid = self.child.id();
        std::thread::scope(|threads| {
            let (waits, has_come) = channel::<()>();
            let watch = threads.spawn(move || {
                let is_late = has_come.recv_timeout(longest) == Err(RecvTimeoutError::Timeout);
                if is_late {
                    kill(pid);
                }
                is_late
            });
            let message = self.hear();
            drop(waits);
            self.was_killed |= watch.join().unwrap_or(false);
            message
        })
    }

    /// Ends it at once, because it did not do what it should.
    pub(super) fn kill(&mut self) {
        kill(self.child.id());
        self.was_killed = true;
    }

    /// Lets it end, waits for that, and says how it came.
    pub(super) fn end(&mut self) -> Death {
        if self.stdin.take().is_none() {
            return Death::by("");
        }
        // First the thread that may kill it by its number, then the wait that gives the number back.
        self.rest();
        let how = how_it_died(&mut self.child, self.stop.load(Ordering::Relaxed));
        if self.was_killed { Death::by("it took too long or made no sense, and was ended") } else { how }
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        if self.stdin.is_some() {
            self.kill();
            self.end();
        }
    }
}

/// Tells the worker to stop when the run is told so, and ends it when it does not. Ends as soon as the other side of `has_ended` is dropped.
fn stop_when_told(stdin: Arc<Mutex<ChildStdin>>, pid: u32, stop: Arc<AtomicBool>, has_ended: Receiver<()>) -> JoinHandle<()> {
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

/// How a worker came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Death {
    /// In plain words, without a full stop.
    pub(super) words: String,
    /// Whether what it computed was at fault: the processor or the system refused what it did, or it gave up by itself.
    pub(super) is_fault: bool,
}

impl Death {
    /// One that says nothing of what was computed.
    pub(super) fn by(words: impl Into<String>) -> Death {
        Death { words: words.into(), is_fault: false }
    }

    fn fault(words: &str) -> Death {
        Death { words: words.to_string(), is_fault: true }
    }
}

/// Waits for the worker's end and says how it came.
fn how_it_died(child: &mut Child, was_stopped: bool) -> Death {
    let patience = if was_stopped { STOP_GRACE } else { Duration::from_secs(10) };
    let since = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return of_status(status),
            Ok(None) if since.elapsed() < patience => std::thread::sleep(Duration::from_millis(2)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Death::by("it did not end");
            }
        }
    }
}

const ILLEGAL_INSTRUCTION: &str = "it came upon an instruction that this processor cannot carry out";
const FOREIGN_MEMORY: &str = "it reached for memory that is not its own";
const IMPOSSIBLE_SUM: &str = "it tried a sum that has no result";

#[cfg(unix)]
fn of_status(status: std::process::ExitStatus) -> Death {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    let Some(number) = status.signal() else { return of_code(status.code().unwrap_or(-1)) };
    let is = |signal: Signal| number == signal.as_raw();
    if is(Signal::ILL) {
        Death::fault(ILLEGAL_INSTRUCTION)
    } else if is(Signal::SEGV) {
        Death::fault(FOREIGN_MEMORY)
    } else if is(Signal::FPE) {
        Death::fault(IMPOSSIBLE_SUM)
    } else if is(Signal::BUS) {
        Death::fault("the file of the model could not be read on, or it reached for memory that is not its own")
    } else if is(Signal::ABORT) {
        Death::fault("llama.cpp or a script gave up, or there was no more memory for it")
    } else if is(Signal::KILL) {
        Death::by("the system ended it, most often for want of memory")
    } else {
        Death::by(format!("another program or the system ended it, with signal {number}"))
    }
}

#[cfg(not(unix))]
fn of_status(status: std::process::ExitStatus) -> Death {
    // Windows ends a process with the number of what it did wrong.
    match status.code().unwrap_or(-1).cast_unsigned() {
        0xC000_001D => Death::fault(ILLEGAL_INSTRUCTION),
        0xC000_0005 => Death::fault(FOREIGN_MEMORY),
        0xC000_0094 => Death::fault(IMPOSSIBLE_SUM),
        0xC000_0409 => Death::fault("llama.cpp or a script gave up, or there was no more memory for it"),
        code => of_code(code.cast_signed()),
    }
}

fn of_code(code: i32) -> Death {
    Death::by(format!("it ended by itself, with exit status {code}"))
}
