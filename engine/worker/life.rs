//! One worker's life as the keeper sees it: what it was given, what is done of all that it says, and how it ended.

use super::link::Link;
use super::messages::{ToKeeper, ToWorker};
use super::process::{Death, WorkerProcess};
use super::{Job, ModelChange, Role, Task, WorkEvent};
use crate::model::{Memory, ModelError, Work};
use crate::report::ScriptResult;
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;

/// How one worker's life went.
pub(super) struct WorkerEnd {
    pub(super) work: Work,
    /// Jobs that had begun and not ended when it died; empty when it ended well.
    pub(super) suspects: BTreeSet<usize>,
    pub(super) end: End,
    pub(super) death: Death,
    /// The models that it had begun to open.
    pub(super) opened: BTreeSet<Role>,
    /// Whether it had computed a reply.
    pub(super) has_computed: bool,
}

impl WorkerEnd {
    /// Whether it seems to have been the model that crashed, and no script.
    pub(super) fn is_models_fault(&self) -> bool {
        self.end == End::Crashed && !self.opened.is_empty() && self.death.is_fault
    }
}

/// Why a worker is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Finished,
    Crashed,
    /// It ended itself because a job would not end, and told of it.
    Overran,
    /// It was ended because the model's file was written into.
    ModelChanged,
}

/// What a worker was given, and where its words go.
pub(super) struct Given<'a> {
    pub(super) task: &'a Task,
    pub(super) jobs: &'a [Job],
    /// The jobs of this worker, by their places in `jobs`.
    pub(super) batch: &'a [usize],
    pub(super) memory: &'a dyn Memory,
    pub(super) link: Option<&'a Link>,
    pub(super) on_event: &'a mut dyn FnMut(WorkEvent),
}

impl Given<'_> {
    /// Does what a message of the worker asks for. Gives whether the worker is to be heard any further.
    pub(super) fn heed(&mut self, message: ToKeeper, worker: &mut WorkerProcess, life: &mut WorkerEnd) -> bool {
        match message {
            ToKeeper::Sealed(_) | ToKeeper::Cards(_) => {} // Told before the work.
            ToKeeper::Began(place) => {
                if let Some(index) = self.batch.get(place) {
                    life.suspects.insert(*index);
                    (self.on_event)(WorkEvent::Began(*index));
                }
            }
            ToKeeper::Opens(role) => drop(life.opened.insert(role)),
            ToKeeper::Recall { question, key } => {
                let reply = self.memory.recall(&key);
                // A worker that died meanwhile is noticed at the next message.
                let _ = worker.tell(&ToWorker::Recalled { question, reply });
            }
            ToKeeper::Keep { .. } | ToKeeper::KeepPrefix { .. } if !is_model_sound(self.task) => {
                return Given::ended(life, End::ModelChanged);
            }
            ToKeeper::Keep { key, reply } => {
                life.has_computed = true;
                self.memory.keep(&key, &reply);
            }
            ToKeeper::RecallPrefix { question, key } => {
                let state = self.memory.recall_prefix(&key);
                let _ = worker.tell(&ToWorker::RecalledPrefix { question, state: state.map(ByteBuf::from) });
            }
            ToKeeper::KeepPrefix { key, state } => self.memory.keep_prefix(&key, state.into_vec()),
            ToKeeper::AskServer { ticket, request } => match self.link {
                Some(link) => link.ask(ticket, request),
                None => {
                    let result = Box::new(Err(ModelError::NoModel));
                    let _ = worker.tell(&ToWorker::Served { ticket, result });
                }
            },
            ToKeeper::CancelServed(ticket) => self.link.into_iter().for_each(|link| link.cancel(ticket)),
            ToKeeper::Done(_, result) if result.coverage.questions > result.coverage.answered_from_cache && !is_model_sound(self.task) => {
                return Given::ended(life, End::ModelChanged);
            }
            ToKeeper::Done(place, result) => {
                if let Some(index) = self.pass_on(place, result) {
                    life.suspects.remove(&index);
                }
            }
            ToKeeper::Overran(place, result) => {
                self.pass_on(place, result);
                return Given::ended(life, End::Overran);
            }
            ToKeeper::Progress(work) => {
                life.work = work;
                (self.on_event)(WorkEvent::Progress(work));
            }
            ToKeeper::StyleSheet(sheet) => (self.on_event)(WorkEvent::StyleSheet(sheet)),
            ToKeeper::Verdicts(verdicts) => (self.on_event)(WorkEvent::Verdicts(verdicts)),
            ToKeeper::Finished(work) => {
                life.work = work;
                return Given::ended(life, End::Finished);
            }
        }
        true
    }

    /// Passes a result on, and gives whose it is.
    fn pass_on(&mut self, place: usize, result: Box<ScriptResult>) -> Option<usize> {
        let index = *self.batch.get(place)?;
        (self.on_event)(WorkEvent::Done(index, of_job(&self.jobs[index], result)));
        Some(index)
    }

    /// Says how a worker ended; nothing more is heard of it.
    fn ended(life: &mut WorkerEnd, end: End) -> bool {
        life.end = end;
        false
    }
}

/// A result as one of this job: a worker that was taken over must not say of what it is one, which decides where a report is written.
fn of_job(job: &Job, result: Box<ScriptResult>) -> Box<ScriptResult> {
    let (script, report, scope) = (job.script.clone(), job.report.clone(), job.scope.clone());
    Box::new(ScriptResult { script, report, scope, ..*result })
}

/// Whether what a worker says can still rest on the model it was given.
fn is_model_sound(task: &Task) -> bool {
    task.models().all(|model| model.change() < ModelChange::Rewritten)
}
