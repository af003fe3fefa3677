//! The keeper's way to `copydesk-link`, the small program that asks an author's own server. It is started before the keeper seals itself, since a
//! sealed keeper can give no process a connection, and waits until it is told which server it may ask; then it seals itself.

use super::link_messages::{FromLink, ReaderName, ToLink};
use super::messages::{ToWorker, receive, send};
use crate::model::{ModelError, Reply, Request, Ticket};
use crate::sandbox::Seal;
use crate::text::Server;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The program's name, without the ending that Windows gives it.
const PROGRAM: &str = "copydesk-link";

/// How long a server may take to be found.
const MAX_OPENING: Duration = Duration::from_secs(90);

/// The worker that waits for replies.
pub(super) type WorkerPipe = Arc<Mutex<ChildStdin>>;

/// The program's process. It ends when its pipe is closed, and is waited for, so that nothing of it is left.
struct Process {
    child: Child,
    /// Nothing while it ends.
    stdin: Option<ChildStdin>,
}

impl Process {
    fn tell(&mut self, message: &ToLink) -> io::Result<()> {
        send(self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?, message)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.child.wait();
    }
}

/// The program, started and waiting.
pub struct IdleLink {
    process: Process,
    stdout: ChildStdout,
}

/// The program at work: it asks one server.
pub struct Link {
    process: Mutex<Process>,
    waiting: Arc<Mutex<Waiting>>,
    /// What the kernel enforces on it.
    pub seal: Seal,
    /// How many questions the server answers at once, as far as it tells.
    pub slots: Option<u32>,
    /// What the server says of itself.
    pub about: String,
    /// The file name of the trained reader that the server has.
    pub reader: Option<String>,
}

/// Who waits for what.
#[derive(Default)]
struct Waiting {
    /// By the number that a question has here: workers come and go, and each begins to count anew.
    questions: HashMap<Ticket, Ticket>,
    asked: Ticket,
    worker: Option<WorkerPipe>,
    has_ended: bool,
}

impl Waiting {
    /// Passes a reply on to the worker that asked.
    fn pass_on(&mut self, number: Ticket, result: Result<Reply, ModelError>) {
        let Some(ticket) = self.questions.remove(&number) else { return };
        if let Some(worker) = &self.worker {
            // A worker that died meanwhile is noticed where it is heard.
            let _ = send(&mut *lock(worker), &ToWorker::Served { ticket, result: Box::new(result) });
        }
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended() -> ModelError {
    ModelError::Failed("the program that asks the server ended; stop copydesk and start it again".to_string())
}

impl IdleLink {
    /// Starts the program that lies beside this one; nothing where there is none. To be called before the keeper is sealed.
    pub fn beside(program: &Path) -> Option<IdleLink> {
        let path = program.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(path);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // A Ctrl-C in the terminal is for the keeper; this one ends when the keeper closes its pipe.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().ok()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take()?);
        Some(IdleLink { process: Process { child, stdin }, stdout })
    }

    /// Has it seal itself and look whether the server answers, and which of these readers it has.
    ///
    /// # Errors
    /// Why it does not work with this server, in plain words.
    pub fn open(mut self, server: Server, readers: Vec<ReaderName>) -> Result<Link, String> {
        let gone = |_: io::Error| "the program that asks the server ended".to_string();
        self.process.tell(&ToLink::Open { server, readers }).map_err(gone)?;
        let (has_come, comes) = channel();
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let (reader, mut stdout) = (waiting.clone(), self.stdout);
        std::thread::spawn(move || {
            let first = receive::<FromLink>(&mut stdout);
            let goes_on = matches!(first, Ok(FromLink::Opened { .. }));
            let is_heard = has_come.send(first).is_ok();
            while goes_on
                && is_heard
                && let Ok(FromLink::Replied { ticket, result }) = receive(&mut stdout)
            {
                lock(&reader).pass_on(ticket, result);
            }
            let mut waiting = lock(&reader);
            waiting.has_ended = true;
            let left: Vec<Ticket> = waiting.questions.keys().copied().collect();
            left.into_iter().for_each(|number| waiting.pass_on(number, Err(ended())));
        });
        match comes.recv_timeout(MAX_OPENING) {
            Ok(Ok(FromLink::Opened { seal, slots, about, reader })) => {
                Ok(Link { process: Mutex::new(self.process), waiting, seal, slots, about, reader })
            }
            Ok(Ok(FromLink::Refused(reason))) => Err(reason),
            Err(RecvTimeoutError::Timeout) => Err("the server did not answer".to_string()),
            Ok(Ok(FromLink::Replied { .. }) | Err(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err("the program that asks the server ended".to_string())
            }
        }
    }
}

impl Link {
    /// From now on replies go to this worker, or to none. What an earlier one asked is heard no more.
    pub(super) fn serve(&self, worker: Option<WorkerPipe>) {
        let left: Vec<Ticket> = {
            let mut waiting = lock(&self.waiting);
            waiting.worker = worker;
            waiting.questions.drain().map(|(number, _)| number).collect()
        };
        left.into_iter().for_each(|number| drop(self.tell(&ToLink::Cancel(number))));
    }

    /// Asks a worker's question.
    pub(super) fn ask(&self, ticket: Ticket, request: Box<Request>) {
        let number = {
            let mut waiting = lock(&self.waiting);
            waiting.asked += 1;
            let number = waiting.asked;
            waiting.questions.insert(number, ticket);
            if waiting.has_ended {
                return waiting.pass_on(number, Err(ended()));
            }
            number
        };
        if self.tell(&ToLink::Ask { ticket: number, request }).is_err() {
            lock(&self.waiting).pass_on(number, Err(ended()));
        }
    }

    /// Forgets a worker's question.
    pub(super) fn cancel(&self, ticket: Ticket) {
        let number = {
            let mut waiting = lock(&self.waiting);
            let number = waiting.questions.iter().find(|(_, asked)| **asked == ticket).map(|(number, _)| *number);
            if let Some(number) = number {
                waiting.questions.remove(&number);
            }
            number
        };
        if let Some(number) = number {
            // When it is gone there is nothing to cancel.
            let _ = self.tell(&ToLink::Cancel(number));
        }
    }

    fn tell(&self, message: &ToLink) -> io::Result<()> {
        lock(&self.process).tell(message)
    }
}
