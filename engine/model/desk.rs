//! The desk: one thread owns the model and only computes; scripts running in parallel hand in questions and wait for what they need.
//!
//! A question whose key is remembered is answered without the model, and the model is opened at the first question that is not.

use super::pace::micros;
use super::{Fingerprint, Memory, Model, ModelError, Reply, Request, Ticket, Turn, Work};
use crate::text::ContentHash;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// Opens the model; runs on the desk's thread, at most once.
pub type OpenModel = Box<dyn FnOnce() -> Result<Box<dyn Model>, ModelError> + Send>;

/// Answers requests of many threads with one model.
pub struct ModelQueue {
    fingerprint: Option<Fingerprint>,
    memory: Arc<dyn Memory>,
    queue: Arc<Queue>,
    work: Arc<Mutex<Work>>,
    /// What was done for the runs before this one.
    before: Mutex<Work>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A question that was handed in. Its reply is there, or will be.
#[derive(Clone)]
pub struct Pending {
    slot: Arc<Slot>,
    /// Whether the reply was remembered.
    pub was_remembered: bool,
}

impl Pending {
    /// Waits for the reply.
    ///
    /// # Errors
    /// Those of [`Model::answer`], [`ModelError::NoModel`], and [`ModelError::Cancelled`] once the work was stopped.
    pub fn wait(&self) -> Result<Reply, ModelError> {
        let mut filled = lock(&self.slot.reply);
        loop {
            if let Some(reply) = &*filled {
                return reply.clone();
            }
            filled = self.slot.filled.wait(filled).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A request that waits, and where its reply goes.
struct Waiting {
    request: Request,
    key: ContentHash,
    stop: Arc<AtomicBool>,
    turn: Turn,
    reply: Arc<Slot>,
}

impl Waiting {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn fill(&self, result: Result<Reply, ModelError>) {
        *lock(&self.reply.reply) = Some(result);
        self.reply.filled.notify_all();
    }
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
        self.0.rested.notify_all();
        drop(left);
    }
}

fn gone() -> ModelError {
    ModelError::Failed("something in its file made it stumble; fetch the file again, or take another model".to_string())
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
    /// Told when the desk's thread has nothing to do.
    rested: Condvar,
}

#[derive(Default)]
struct QueueState {
    waiting: Vec<Waiting>,
    is_closed: bool,
    /// Whether the desk's thread waits for something to do.
    is_idle: bool,
    /// Whether the model could not be opened.
    has_failed: bool,
}

/// A poisoned lock means that another thread panicked between two assignments; what it guards is still whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ModelQueue {
    /// A desk for the model of `fingerprint`; without one every question that is not remembered gives [`ModelError::NoModel`].
    pub fn start(fingerprint: Option<Fingerprint>, memory: Arc<dyn Memory>, open: OpenModel) -> ModelQueue {
        let queue = Arc::new(Queue::default());
        let work = Arc::new(Mutex::new(Work::default()));
        let server = Server { queue: queue.clone(), work: work.clone(), memory: memory.clone(), serving: HashMap::new(), tickets: 0 };
        let thread = std::thread::Builder::new().name("model desk".to_string()).spawn(move || {
            let _closing = Closing(server.queue.clone());
            server.serve(open);
        });
        let thread = thread.ok();
        if thread.is_none() {
            lock(&queue.state).is_closed = true;
        }
        ModelQueue { fingerprint, memory, queue, work, before: Mutex::default(), thread: Mutex::new(thread) }
    }

    /// Whether a model was chosen, open or not.
    pub fn has_model(&self) -> bool {
        self.fingerprint.is_some()
    }

    /// The hash of a trained change that the model can be asked with.
    pub fn adapter(&self, name: &str) -> Option<ContentHash> {
        self.fingerprint.as_ref()?.adapters.get(name).copied()
    }

    /// What was done in this run so far, for progress and for the run's summary.
    pub fn work(&self) -> Work {
        lock(&self.work).since(*lock(&self.before))
    }

    /// Waits until nothing is computed any more: questions that nobody looked at were stopped before.
    pub fn settle(&self) {
        let mut state = lock(&self.queue.state);
        while !state.is_closed && (!state.waiting.is_empty() || !state.is_idle) {
            state = self.queue.rested.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether another run can be served: the model was opened, or is still to be.
    pub fn can_go_on(&self) -> bool {
        let state = lock(&self.queue.state);
        !state.is_closed && !state.has_failed
    }

    /// Another run begins, with the model as it is.
    pub fn begin_run(&self) {
        *lock(&self.before) = *lock(&self.work);
    }

    /// Hands in a request without waiting. One that is remembered is answered at once.
    ///
    /// # Errors
    /// [`ModelError::NoModel`], [`ModelError::NoAdapter`], or that the desk has closed.
    pub fn submit(&self, request: Request, turn: Turn, stop: &Arc<AtomicBool>) -> Result<Pending, ModelError> {
        let fingerprint = self.fingerprint.as_ref().ok_or(ModelError::NoModel)?;
        if let Some(name) = request.adapter.as_ref().filter(|name| !fingerprint.adapters.contains_key(*name)) {
            return Err(ModelError::NoAdapter(name.clone()));
        }
        let key = request.key(fingerprint);
        lock(&self.work).questions += 1;
        let slot = Arc::new(Slot::default());
        if let Some(reply) = self.memory.recall(&key) {
            lock(&self.work).from_cache += 1;
            *lock(&slot.reply) = Some(Ok(reply));
            return Ok(Pending { slot, was_remembered: true });
        }
        let waiting = Waiting { request, key, stop: stop.clone(), turn, reply: slot.clone() };
        {
            let mut state = lock(&self.queue.state);
            if state.is_closed {
                return Err(gone());
            }
            state.waiting.push(waiting);
        }
        self.queue.changed.notify_one();
        Ok(Pending { slot, was_remembered: false })
    }
}

impl Drop for ModelQueue {
    fn drop(&mut self) {
        lock(&self.queue.state).is_closed = true;
        self.queue.changed.notify_all();
        if let Some(thread) = lock(&self.thread).take() {
            // The thread ends after the step it is at; whoever waited was told by then, whatever became of it.
            let _ = thread.join();
        }
    }
}

/// The desk's thread.
struct Server {
    queue: Arc<Queue>,
    work: Arc<Mutex<Work>>,
    memory: Arc<dyn Memory>,
    serving: HashMap<Ticket, Waiting>,
    tickets: Ticket,
}

impl Server {
    /// Opens the model for the first request, then serves until the desk is closed.
    fn serve(mut self, open: OpenModel) {
        let Some(mut arrived) = self.arrivals() else { return };
        let started = Instant::now();
        let mut model = match open() {
            Ok(model) => model,
            Err(error) => return self.refuse_all(arrived, &error),
        };
        let open_micros = micros(started.elapsed());
        loop {
            for waiting in arrived {
                if waiting.is_stopped() {
                    waiting.fill(Err(ModelError::Cancelled));
                    continue;
                }
                self.tickets += 1;
                model.submit(self.tickets, waiting.request.clone(), waiting.turn);
                self.serving.insert(self.tickets, waiting);
            }
            self.cancel_stopped(model.as_mut());
            let ended = model.advance();
            // Before anyone is told: whoever gets the last reply may look at the figures next.
            self.count(model.as_ref(), open_micros);
            for (ticket, result) in ended {
                let Some(waiting) = self.serving.remove(&ticket) else { continue };
                if let Ok(reply) = &result {
                    self.memory.keep(&waiting.key, reply);
                }
                waiting.fill(result);
            }
            match self.arrivals() {
                Some(more) => arrived = more,
                None => return,
            }
        }
    }

    /// What was handed in since; waits when there is nothing to do. Nothing once the desk is closed.
    fn arrivals(&self) -> Option<Vec<Waiting>> {
        let mut state = lock(&self.queue.state);
        while state.waiting.is_empty() && self.serving.is_empty() && !state.is_closed {
            state.is_idle = true;
            self.queue.rested.notify_all();
            state = self.queue.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_idle = false;
        (!state.is_closed).then(|| std::mem::take(&mut state.waiting))
    }

    fn cancel_stopped(&mut self, model: &mut dyn Model) {
        let stopped: Vec<Ticket> = self.serving.iter().filter(|(_, waiting)| waiting.is_stopped()).map(|(ticket, _)| *ticket).collect();
        for ticket in stopped {
            model.cancel(ticket);
            if let Some(waiting) = self.serving.remove(&ticket) {
                waiting.fill(Err(ModelError::Cancelled));
            }
        }
    }

    /// Takes over the model's figures; questions are counted where they are asked.
    fn count(&self, model: &dyn Model, open_micros: u64) {
        let mut work = lock(&self.work);
        *work = Work { questions: work.questions, from_cache: work.from_cache, open_micros, ..model.work() };
    }

    fn refuse_all(&self, mut arrived: Vec<Waiting>, error: &ModelError) {
        lock(&self.queue.state).has_failed = true;
        loop {
            for waiting in &arrived {
                waiting.fill(Err(error.clone()));
            }
            match self.arrivals() {
                Some(more) => arrived = more,
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scripted::{RecordedReply, ScriptedModel};
    use crate::model::{NoMemory, Shape};
    use crate::prompt::Prompt;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Remembered(Mutex<HashMap<ContentHash, Reply>>);

    impl Memory for Remembered {
        fn recall(&self, key: &ContentHash) -> Option<Reply> {
            lock(&self.0).get(key).cloned()
        }
        fn keep(&self, key: &ContentHash, reply: &Reply) {
            lock(&self.0).insert(*key, reply.clone());
        }
    }

    fn request(question: &str) -> Request {
        let prompt = Prompt { system: "S".to_string(), passage: "P".to_string(), form: String::new(), question: question.to_string() };
        Request { prompt, quotable: "P".into(), shape: Shape::Text { words: 5 }, reply_tokens: 8, adapter: None }
    }

    fn ask(desk: &ModelQueue, question: &str, stop: &Arc<AtomicBool>) -> Result<Reply, ModelError> {
        desk.submit(request(question), Turn::default(), stop)?.wait()
    }

    fn fingerprint() -> Fingerprint {
        Fingerprint { name: "scripted".to_string(), file_hash: ContentHash::of(b"m"), settings: String::new(), adapters: BTreeMap::new() }
    }

    #[test]
    fn a_remembered_question_opens_no_model() {
        let memory = Arc::new(Remembered::default());
        let replies = vec![RecordedReply { when: vec!["eyes".to_string()], reply: "green".to_string() }];
        let desk = ModelQueue::start(Some(fingerprint()), memory.clone(), Box::new(|| Ok(Box::new(ScriptedModel::new(replies)))));
        let stop = Arc::new(AtomicBool::new(false));
        assert_eq!(ask(&desk, "eyes?", &stop).unwrap().text, "green");
        assert!(matches!(ask(&desk, "hair?", &stop), Err(ModelError::NotRecorded(_))));
        drop(desk);
        let desk = ModelQueue::start(Some(fingerprint()), memory, Box::new(|| Err(ModelError::NoModel)));
        let pending = desk.submit(request("eyes?"), Turn::default(), &stop).unwrap();
        assert_eq!((pending.wait().unwrap().text.as_str(), pending.was_remembered), ("green", true));
        assert_eq!((desk.work().questions, desk.work().from_cache, desk.work().open_micros), (1, 1, 0));
    }

    #[test]
    fn a_model_that_does_not_open_refuses_everyone_and_a_stopped_job_gets_no_answer() {
        let desk = ModelQueue::start(Some(fingerprint()), Arc::new(NoMemory), Box::new(|| Err(ModelError::Failed("broken".to_string()))));
        let stop = Arc::new(AtomicBool::new(false));
        for _ in 0..3 {
            assert_eq!(ask(&desk, "eyes?", &stop), Err(ModelError::Failed("broken".to_string())));
        }
        let desk = ModelQueue::start(Some(fingerprint()), Arc::new(NoMemory), Box::new(|| Ok(Box::new(ScriptedModel::default()))));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(ask(&desk, "eyes?", &stop), Err(ModelError::Cancelled));
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
        let read = Request { adapter: Some("reader".to_string()), ..base.clone() };
        for version in [b"1", b"2"] {
            let adapters = BTreeMap::from([("reader".to_string(), ContentHash::of(version))]);
            keys.push(read.key(&Fingerprint { adapters: adapters.clone(), ..fingerprint() }));
            assert_eq!(base.key(&Fingerprint { adapters, ..fingerprint() }), keys[0], "what is asked without it does not depend on it");
        }
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 8);
    }
}
