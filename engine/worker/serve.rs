//! The worker's own side of the pipe: what `copydesk` does when it was started as a worker.

use super::jobs::{Compiled, InProcess, KeptModels};
use super::messages::{ToKeeper, ToWorker, frame, receive, send, send_frame};
use super::{Job, Task, WorkEvent, Worker};
use crate::model::served::{Served, ServerCall, ServerLine};
use crate::model::{Memory, Reply};
use crate::sandbox;
use crate::script::{Limits, ScriptFile};
use crate::text::ContentHash;
use serde_bytes::ByteBuf;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What the keeper wants done.
enum Order {
    Read { scripts: Vec<ScriptFile>, libraries: Vec<ScriptFile>, limits: Limits },
    Start(Box<Task>, Vec<Job>, Arc<AtomicBool>),
}

/// Seals this process, then serves one task after the other over the pipes; its models stay open between them. The keeper's death, or the end
/// of its pipe, ends the process at once: nothing is left to work for. No thread may be running yet.
pub fn serve(mut from_keeper: impl Read + Send + 'static, mut to_keeper: impl Write + Send + 'static) {
    let Ok(ToWorker::Seal { readable, memory_bytes }) = receive(&mut from_keeper) else { return };
    if send(&mut to_keeper, &ToKeeper::Sealed(sandbox::seal_worker(&readable, memory_bytes))).is_err() {
        return;
    }
    let memory = Arc::new(KeeperMemory {
        pipe: Mutex::new(Box::new(to_keeper)),
        replies: Mutex::default(),
        prefixes: Mutex::default(),
        questions: AtomicU64::new(0),
    });
    let (served, replies) = channel();
    let (order, orders) = channel();
    let listener = memory.clone();
    std::thread::spawn(move || listen(from_keeper, &listener, &served, &order));
    let bench = bench(&memory, replies);
    for order in orders {
        match order {
            Order::Read { scripts, libraries, limits } => {
                let (read, cards) = Compiled::new(&scripts, &libraries, &limits);
                *lock(&bench.compiled) = Some(read);
                memory.tell(&ToKeeper::Cards(cards));
            }
            Order::Start(task, jobs, stop) => work(&bench, &task, &jobs, &memory, &stop),
        }
    }
}

/// Does one task, and tells the keeper of it.
fn work(bench: &InProcess, task: &Task, jobs: &[Job], memory: &Arc<KeeperMemory>, stop: &Arc<AtomicBool>) {
    // That a job begins is told by the thread that begins it, before it does.
    let work = bench.work(task, jobs, memory.clone(), stop, &mut |event| match event {
        WorkEvent::Began(_) => {}
        WorkEvent::Done(index, result) => memory.tell(&ToKeeper::Done(index, result)),
        WorkEvent::Progress(work) => memory.tell(&ToKeeper::Progress(work)),
        WorkEvent::StyleSheet(sheet) => memory.tell(&ToKeeper::StyleSheet(sheet)),
        WorkEvent::Verdicts(verdicts) => memory.tell(&ToKeeper::Verdicts(verdicts)),
    });
    memory.tell(&ToKeeper::Finished(work));
}

#[expect(clippy::exit, reason = "without a keeper there is nobody to return to, and other threads may be in llama.cpp")]
/// Hands on what the keeper says, until it ends.
fn listen(mut from_keeper: impl Read, memory: &KeeperMemory, served: &Sender<Served>, orders: &Sender<Order>) {
    // Of the task that is done, or of the next one: its jobs come all the same, and are reported as stopped.
    let mut stop = Arc::new(AtomicBool::new(false));
    loop {
        match receive(&mut from_keeper) {
            Ok(ToWorker::Read { scripts, libraries, limits }) => {
                stop = Arc::new(AtomicBool::new(false));
                drop(orders.send(Order::Read { scripts, libraries, limits }));
            }
            Ok(ToWorker::Start(task, jobs)) => drop(orders.send(Order::Start(task, jobs, stop.clone()))),
            Ok(ToWorker::Recalled { question, reply }) => deliver(&memory.replies, question, reply),
            Ok(ToWorker::RecalledPrefix { question, state }) => deliver(&memory.prefixes, question, state),
            // Without a model that waits for it, nobody asked.
            Ok(ToWorker::Served { ticket, result }) => drop(served.send((ticket, *result))),
            Ok(ToWorker::Stop) => stop.store(true, Ordering::Relaxed),
            Ok(ToWorker::Seal { .. }) | Err(_) => std::process::exit(0),
        }
    }
}

#[expect(clippy::exit, reason = "a job that will not end is in a thread that nothing else can end")]
/// What runs the jobs, and tells the keeper of them.
fn bench(memory: &Arc<KeeperMemory>, replies: Receiver<Served>) -> InProcess {
    let (teller, ender, opener, caller) = (memory.clone(), memory.clone(), memory.clone(), memory.clone());
    let call = Box::new(move |call| {
        caller.tell(&match call {
            ServerCall::Ask(ticket, request) => ToKeeper::AskServer { ticket, request },
            ServerCall::Cancel(ticket) => ToKeeper::CancelServed(ticket),
        });
    });
    InProcess {
        compiled: Mutex::default(),
        kept: Some(KeptModels::default()),
        server: Mutex::new(Some(ServerLine { call, replies })),
        on_begin: Some(Box::new(move |index| teller.tell(&ToKeeper::Began(index)))),
        on_open: Some(Arc::new(move |role| opener.tell(&ToKeeper::Opens(role)))),
        on_overrun: Some(Box::new(move |index, result| {
            ender.tell(&ToKeeper::Overran(index, Box::new(result)));
            std::process::exit(0)
        })),
    }
}

/// Asks the keeper for remembered replies: the worker opens no file for them.
struct KeeperMemory {
    pipe: Mutex<Box<dyn Write + Send>>,
    replies: Mutex<HashMap<u64, Sender<Option<Reply>>>>,
    prefixes: Mutex<HashMap<u64, Sender<Option<ByteBuf>>>>,
    questions: AtomicU64,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives a waiting thread what the keeper had.
fn deliver<T>(waiting: &Mutex<HashMap<u64, Sender<Option<T>>>>, question: u64, found: Option<T>) {
    if let Some(waiting) = lock(waiting).remove(&question) {
        let _ = waiting.send(found);
    }
}

impl KeeperMemory {
    fn tell(&self, message: &ToKeeper) {
        // Made before the pipe is locked: a job that may have no more memory stands still for ever where it asks for some.
        let told = frame(message).and_then(|bytes| send_frame(&mut *lock(&self.pipe), &bytes));
        if told.is_err() {
            // Without a keeper there is nobody to work for.
            std::process::exit(0);
        }
    }

    /// Asks the keeper something and waits for what it has.
    fn ask<T>(&self, waiting: &Mutex<HashMap<u64, Sender<Option<T>>>>, message: impl FnOnce(u64) -> ToKeeper) -> Option<T> {
        let question = self.questions.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = channel();
        lock(waiting).insert(question, sender);
        self.tell(&message(question));
        receiver.recv().ok().flatten()
    }
}

impl Memory for KeeperMemory {
    fn recall(&self, key: &ContentHash) -> Option<Reply> {
        self.ask(&self.replies, |question| ToKeeper::Recall { question, key: *key })
    }

    fn recall_prefix(&self, key: &ContentHash) -> Option<Vec<u8>> {
        self.ask(&self.prefixes, |question| ToKeeper::RecallPrefix { question, key: *key }).map(ByteBuf::into_vec)
    }

    fn keep_prefix(&self, key: &ContentHash, state: Vec<u8>) {
        self.tell(&ToKeeper::KeepPrefix { key: *key, state: ByteBuf::from(state) });
    }

    fn keep(&self, key: &ContentHash, reply: &Reply) {
        self.tell(&ToKeeper::Keep { key: *key, reply: reply.clone() });
    }
}
