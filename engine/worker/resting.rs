//! A worker that has done its work and waits with its models open: opening one takes seconds, and in a watch the author waits for them.

use super::process::WorkerProcess;
use super::{ModelChange, ModelToOpen, Task};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long it waits after its last run: an author who has not saved for so long does something else, and wants the memory for it.
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);

/// A worker with what it was sealed for.
struct Resting {
    worker: WorkerProcess,
    models: Vec<ModelToOpen>,
}

/// The place for one such worker. What rests when this is dropped is ended.
#[derive(Default)]
pub(super) struct RestingPlace {
    resting: Arc<Mutex<Option<Resting>>>,
    /// Told whenever one begins to rest; ends the thread that lets it go when it is dropped.
    clock: Mutex<Option<Sender<()>>>,
}

impl Drop for RestingPlace {
    fn drop(&mut self) {
        self.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RestingPlace {
    /// Lets a worker rest that has ended a task. Another one that rests there is ended.
    pub(super) fn keep(&self, mut worker: WorkerProcess, task: &Task) {
        worker.rest();
        let models = task.models().cloned().collect();
        let other = lock(&self.resting).replace(Resting { worker, models });
        drop(other);
        let mut clock = lock(&self.clock);
        let _ = clock.get_or_insert_with(|| self.start_clock()).send(());
    }

    /// The worker that rests, if it has the models of this task open and may take so much memory; else it is ended.
    pub(super) fn take(&self, task: &Task, memory_bytes: u64) -> Option<WorkerProcess> {
        let Resting { worker, models } = lock(&self.resting).take()?;
        let are_open =
            models.len() == task.models().count() && models.iter().zip(task.models()).all(|(one, other)| one.is_opened_like(other));
        let are_sound = models.iter().all(|model| model.change() < ModelChange::Rewritten);
        (are_open && are_sound && worker.may_take_bytes >= memory_bytes).then_some(worker)
    }

    /// Ends what rests there.
    pub(super) fn clear(&self) {
        drop(lock(&self.resting).take());
    }

    /// The process that rests, for whoever looks after this one.
    pub(super) fn process(&self) -> Option<u32> {
        lock(&self.resting).as_ref().map(|resting| resting.worker.id())
    }

    fn start_clock(&self) -> Sender<()> {
        let (begins, told) = channel();
        let resting = self.resting.clone();
        std::thread::spawn(move || {
            while told.recv().is_ok() {
                loop {
                    match told.recv_timeout(KEPT_FOR) {
                        Ok(()) => {}
                        Err(RecvTimeoutError::Timeout) => break drop(lock(&resting).take()),
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            }
        });
        begins
    }
}
