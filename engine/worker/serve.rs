//! The worker's own side of the pipe: what `copydesk` does when it was started as a worker.

use super::jobs::InProcess;
use super::messages::{ToKeeper, ToWorker, receive, send};
use super::{WorkEvent, Workbench};
use crate::model::{Reply, ReplyMemory};
use crate::text::ContentHash;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[expect(clippy::exit, reason = "without a keeper there is nobody to return to, and other threads may be in llama.cpp")]
/// Serves one task over the pipes, then returns. The keeper's death ends the process at once: nothing is left to work for.
pub fn serve(mut from_keeper: impl Read + Send + 'static, to_keeper: impl Write + Send + 'static) {
    let Ok(ToWorker::Start(task, jobs)) = receive(&mut from_keeper) else { return };
    let stop = Arc::new(AtomicBool::new(false));
    let memory = Arc::new(KeeperMemory { pipe: Mutex::new(Box::new(to_keeper)), waiting: Mutex::default(), questions: AtomicU64::new(0) });
    let (listener, listener_stop) = (memory.clone(), stop.clone());
    std::thread::spawn(move || {
        loop {
            match receive(&mut from_keeper) {
                Ok(ToWorker::Recalled { question, reply }) => listener.deliver(question, reply),
                Ok(ToWorker::Stop) => listener_stop.store(true, Ordering::Relaxed),
                Ok(ToWorker::Start(..)) | Err(_) => std::process::exit(0),
            }
        }
    });
    let teller = memory.clone();
    let bench = InProcess { on_begin: Some(Box::new(move |index| teller.tell(&ToKeeper::Began(index)))) };
    let tokens = bench.work(&task, &jobs, memory.clone(), &stop, &mut |event| match event {
        WorkEvent::Done(index, result) => memory.tell(&ToKeeper::Done(index, result)),
        WorkEvent::Progress(tokens) => memory.tell(&ToKeeper::Progress(tokens)),
    });
    memory.tell(&ToKeeper::Finished(tokens));
}

/// Asks the keeper for remembered replies: the worker opens no file for them.
struct KeeperMemory {
    pipe: Mutex<Box<dyn Write + Send>>,
    waiting: Mutex<HashMap<u64, Sender<Option<Reply>>>>,
    questions: AtomicU64,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl KeeperMemory {
    fn tell(&self, message: &ToKeeper) {
        if send(&mut *lock(&self.pipe), message).is_err() {
            // Without a keeper there is nobody to work for.
            std::process::exit(0);
        }
    }

    fn deliver(&self, question: u64, reply: Option<Reply>) {
        if let Some(waiting) = lock(&self.waiting).remove(&question) {
            let _ = waiting.send(reply);
        }
    }
}

impl ReplyMemory for KeeperMemory {
    fn recall(&self, key: &ContentHash) -> Option<Reply> {
        let question = self.questions.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = channel();
        lock(&self.waiting).insert(question, sender);
        self.tell(&ToKeeper::Recall { question, key: *key });
        receiver.recv().ok().flatten()
    }

    fn keep(&self, key: &ContentHash, reply: &Reply) {
        self.tell(&ToKeeper::Keep { key: *key, reply: reply.clone() });
    }
}
