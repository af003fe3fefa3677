//! The desk: one thread owns the model and only answers; scripts running in parallel queue here and wait.
//!
//! A question whose key is remembered is answered without the model, and the model is opened at the first question that is not.

use super::{Fingerprint, Model, ModelError, Reply, Request};
use crate::text::ContentHash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Where replies are remembered between runs.
pub trait ReplyMemory: Send + Sync {
    /// The reply of an earlier run.
    fn recall(&self, key: &ContentHash) -> Option<Reply>;
    /// Remembers a reply.
    fn keep(&self, key: &ContentHash, reply: &Reply);
}

/// Opens the model; runs on the desk's thread, at most once.
pub type OpenModel = Box<dyn FnOnce() -> Result<Box<dyn Model>, ModelError> + Send>;

/// What the desk has done, for progress and for the run's summary. Counts only rise.
#[derive(Debug, Default)]
pub struct DeskCounts {
    pub questions: AtomicU64,
    pub from_cache: AtomicU64,
    pub tokens_read: AtomicU64,
    pub tokens_reused: AtomicU64,
    pub tokens_generated: AtomicU64,
    pub was_opened: AtomicBool,
}

/// Answers requests of many threads with one model.
pub struct Desk {
    fingerprint: Option<Fingerprint>,
    memory: Arc<dyn ReplyMemory>,
    queue: Arc<Queue>,
    pub counts: Arc<DeskCounts>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A request that waits, and where its reply goes.
struct Waiting {
    request: Request,
    stop: Arc<AtomicBool>,
    /// Lower is sooner.
    priority: u32,
    arrived: u64,
    reply: Arc<Slot>,
}

impl Drop for Waiting {
    /// Answered or not, nobody waits for ever: the desk's thread may end in the middle of a request.
    fn drop(&mut self) {
        lock(&self.reply.reply).get_or_insert_with(|| Err(gone()));
        self.reply.filled.notify_all();
    }
}

/// Closes the queue when the desk's thread ends, however it ends.
struct Closing(Arc<Queue>);

impl Drop for Closing {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.is_closed = true;
        let left = std::mem::take(&mut state.waiting);
        drop(state);
        drop(left);
    }
}

fn gone() -> ModelError {
    ModelError::Failed("its thread has ended".to_string())
}

#[derive(Default)]
struct Slot {
    reply: Mutex<Option<Result<Reply, ModelError>>>,
    filled: Condvar,
}

#[derive(Default)]
struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Default)]
struct QueueState {
    waiting: Vec<Waiting>,
    arrivals: u64,
    is_closed: bool,
}

/// A poisoned lock means that another thread panicked between two assignments; the queue itself is still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// A desk for the model of `fingerprint`; without one every question that is not remembered gives [`ModelError::NoModel`].
    pub fn start(fingerprint: Option<Fingerprint>, memory: Arc<dyn ReplyMemory>, open: OpenModel) -> Desk {
        let queue = Arc::new(Queue::default());
        let counts = Arc::new(DeskCounts::default());
        let (thread_queue, thread_counts) = (queue.clone(), counts.clone());
        let thread = std::thread::Builder::new().name("model desk".to_string()).spawn(move || {
            let _closing = Closing(thread_queue.clone());
            serve(&thread_queue, &thread_counts, open);
        });
        let thread = thread.ok();
        if thread.is_none() {
            lock(&queue.state).is_closed = true;
        }
        Desk { fingerprint, memory, queue, counts, thread: Mutex::new(thread) }
    }

    /// Whether a model was chosen, open or not.
    pub fn has_model(&self) -> bool {
        self.fingerprint.is_some()
    }

    /// Answers one request, from memory or by the model; waits for it. Says whether the reply was remembered.
    ///
    /// # Errors
    /// Those of [`Model::answer`], [`ModelError::NoModel`], and [`ModelError::Cancelled`] once `stop` is true.
    pub fn ask(&self, request: Request, priority: u32, stop: &Arc<AtomicBool>) -> Result<(Reply, bool), ModelError> {
        let fingerprint = self.fingerprint.as_ref().ok_or(ModelError::NoModel)?;
        let key = request.key(fingerprint);
        self.counts.questions.fetch_add(1, Ordering::Relaxed);
        if let Some(reply) = self.memory.recall(&key) {
            self.counts.from_cache.fetch_add(1, Ordering::Relaxed);
            return Ok((reply, true));
        }
        let slot = Arc::new(Slot::default());
        {
            let mut state = lock(&self.queue.state);
            if state.is_closed {
                return Err(gone());
            }
            let arrived = state.arrivals;
            state.arrivals += 1;
            state.waiting.push(Waiting { request, stop: stop.clone(), priority, arrived, reply: slot.clone() });
        }
        self.queue.changed.notify_one();
        let mut filled = lock(&slot.reply);
        while filled.is_none() {
            filled = slot.filled.wait(filled).unwrap_or_else(PoisonError::into_inner);
        }
        let reply = filled.take().unwrap_or(Err(ModelError::Cancelled))?;
        self.memory.keep(&key, &reply);
        Ok((reply, false))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        lock(&self.queue.state).is_closed = true;
        self.queue.changed.notify_all();
        if let Some(thread) = lock(&self.thread).take() {
            // The thread ends after the request it is at; whoever waited was told by then, whatever became of it.
            let _ = thread.join();
        }
    }
}

/// The desk's thread: opens the model for the first request, then answers whichever request costs least to read.
fn serve(queue: &Queue, counts: &DeskCounts, open: OpenModel) {
    let Some(first) = next(queue, None) else { return };
    let mut model = match open() {
        Ok(model) => model,
        Err(error) => return refuse_all(queue, first, &error),
    };
    counts.was_opened.store(true, Ordering::Relaxed);
    let mut current = Some(first);
    while let Some(waiting) = current {
        let result =
            if waiting.stop.load(Ordering::Relaxed) { Err(ModelError::Cancelled) } else { model.answer(&waiting.request, &waiting.stop) };
        if let Ok(reply) = &result {
            counts.tokens_read.fetch_add(u64::from(reply.tokens_read), Ordering::Relaxed);
            counts.tokens_reused.fetch_add(u64::from(reply.tokens_reused), Ordering::Relaxed);
            counts.tokens_generated.fetch_add(u64::from(reply.tokens_generated), Ordering::Relaxed);
        }
        fill(&waiting.reply, result);
        current = next(queue, Some(model.as_mut()));
    }
}

/// Waits for a request and takes the best one: urgent before patient, then the one whose prompt is most at hand, then the oldest.
fn next(queue: &Queue, mut model: Option<&mut dyn Model>) -> Option<Waiting> {
    let mut state = lock(&queue.state);
    while state.waiting.is_empty() {
        if state.is_closed {
            return None;
        }
        state = queue.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    let mut best = (0, (u32::MAX, usize::MAX, u64::MAX));
    for (index, waiting) in state.waiting.iter().enumerate() {
        let at_hand = model.as_mut().map_or(0, |model| model.tokens_at_hand(&waiting.request));
        let rank = (waiting.priority, usize::MAX - at_hand, waiting.arrived);
        if rank < best.1 {
            best = (index, rank);
        }
    }
    Some(state.waiting.swap_remove(best.0))
}

fn refuse_all(queue: &Queue, first: Waiting, error: &ModelError) {
    fill(&first.reply, Err(error.clone()));
    while let Some(waiting) = next(queue, None) {
        fill(&waiting.reply, Err(error.clone()));
    }
}

fn fill(slot: &Slot, result: Result<Reply, ModelError>) {
    *lock(&slot.reply) = Some(result);
    slot.filled.notify_all();
}

/// Remembers nothing, for tests.
#[derive(Debug, Default)]
pub struct NoMemory;

impl ReplyMemory for NoMemory {
    fn recall(&self, _key: &ContentHash) -> Option<Reply> {
        None
    }

    fn keep(&self, _key: &ContentHash, _reply: &Reply) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;
    use crate::model::scripted::{RecordedReply, ScriptedModel};
    use crate::prompt::Prompt;
    use std::collections::HashMap;

    #[derive(Default)]
    struct Memory(Mutex<HashMap<ContentHash, Reply>>);

    impl ReplyMemory for Memory {
        fn recall(&self, key: &ContentHash) -> Option<Reply> {
            lock(&self.0).get(key).cloned()
        }
        fn keep(&self, key: &ContentHash, reply: &Reply) {
            lock(&self.0).insert(*key, reply.clone());
        }
    }

    fn request(question: &str) -> Request {
        let prompt = Prompt { system: "S".to_string(), passage: "P".to_string(), question: question.to_string() };
        Request { prompt, quotable: "P".into(), shape: Shape::Text { words: 5 }, reply_tokens: 8 }
    }

    fn fingerprint() -> Fingerprint {
        Fingerprint { name: "scripted".to_string(), file_hash: ContentHash::of(b"m"), settings: String::new() }
    }

    #[test]
    fn a_remembered_question_opens_no_model() {
        let memory = Arc::new(Memory::default());
        let replies = vec![RecordedReply { when: vec!["eyes".to_string()], reply: "green".to_string() }];
        let desk = Desk::start(Some(fingerprint()), memory.clone(), Box::new(|| Ok(Box::new(ScriptedModel { replies }))));
        let stop = Arc::new(AtomicBool::new(false));
        assert_eq!(desk.ask(request("eyes?"), 1, &stop).unwrap().0.text, "green");
        assert!(matches!(desk.ask(request("hair?"), 1, &stop), Err(ModelError::NotRecorded(_))));
        drop(desk);
        let desk = Desk::start(Some(fingerprint()), memory, Box::new(|| Err(ModelError::NoModel)));
        let (reply, was_remembered) = desk.ask(request("eyes?"), 1, &stop).unwrap();
        assert_eq!((reply.text.as_str(), was_remembered), ("green", true));
        assert!(!desk.counts.was_opened.load(Ordering::Relaxed));
    }

    #[test]
    fn a_model_that_does_not_open_refuses_everyone_and_a_stopped_job_gets_no_answer() {
        let desk = Desk::start(Some(fingerprint()), Arc::new(NoMemory), Box::new(|| Err(ModelError::Failed("broken".to_string()))));
        let stop = Arc::new(AtomicBool::new(false));
        for _ in 0..3 {
            assert_eq!(desk.ask(request("eyes?"), 1, &stop), Err(ModelError::Failed("broken".to_string())));
        }
        let desk = Desk::start(Some(fingerprint()), Arc::new(NoMemory), Box::new(|| Ok(Box::new(ScriptedModel::default()))));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(desk.ask(request("eyes?"), 1, &stop), Err(ModelError::Cancelled));
    }

    #[test]
    fn the_key_covers_everything_the_model_sees() {
        let base = request("eyes?");
        let mut keys = vec![base.key(&fingerprint())];
        keys.push(request("hair?").key(&fingerprint()));
        keys.push(Request { shape: Shape::Nothing, ..base.clone() }.key(&fingerprint()));
        keys.push(Request { reply_tokens: 9, ..base.clone() }.key(&fingerprint()));
        keys.push(base.key(&Fingerprint { settings: "context 2".to_string(), ..fingerprint() }));
        keys.push(base.key(&Fingerprint { file_hash: ContentHash::of(b"n"), ..fingerprint() }));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 6);
    }
}
