//! The job loop: builds the world once, then runs jobs on threads that wait for the model together.

use super::{Job, ModelSource, ModelToOpen, Role, Task, WorkEvent, Worker, style_sheet};
use crate::bible;
use crate::manuscript::Series;
use crate::model::desk::OpenModel;
use crate::model::scripted::ScriptedModel;
use crate::model::served::{ServedModel, ServerLine};
use crate::model::turns::{TakingTurns, Turns};
use crate::model::{Memory, Model, ModelError, ModelQueue, Work};
use crate::notes::Wanted;
use crate::prompt::PromptTemplate;
use crate::report::{Coverage, Outcome, ScriptResult};
use crate::script::{
    JobClock, JobOutput, Libraries, Limits, Script, ScriptCard, ScriptFile, ScriptHost, ScriptSubject, StoryContext, limits,
};
use crate::text::{Problem, ProblemKind};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Jobs that run at once. They mostly wait for the model, so this is about how many questions it may choose from, not about cores.
pub(super) const JOBS_AT_ONCE: usize = 8;

/// How often progress is shown while nothing ends.
const PROGRESS_EVERY: Duration = Duration::from_millis(20);

/// Compiled scripts and what runs them.
pub struct Compiled {
    host: ScriptHost,
    scripts: BTreeMap<String, Arc<Script>>,
}

impl Compiled {
    /// Compiles every script, all at once. Gives what each says of itself or what is wrong with it, in the order of the files. They may import
    /// the libraries among `beside`.
    pub fn new(files: &[ScriptFile], beside: &[ScriptFile], limits: &Limits) -> (Compiled, Vec<Result<ScriptCard, Problem>>) {
        let host = ScriptHost::new(limits.clone(), Libraries::of(beside));
        let compiled = host.compile_all(files);
        let cards = compiled.iter().map(|script| script.as_ref().map(|script| script.card.clone()).map_err(Problem::clone)).collect();
        let scripts = compiled.into_iter().flatten().map(|script| (script.card.name.clone(), script)).collect();
        (Compiled { host, scripts }, cards)
    }
}

/// Runs jobs in this process. The worker does so behind its pipe; tests do so directly.
#[derive(Default)]
pub struct InProcess {
    /// The scripts of the work to come, once they were read.
    pub compiled: Mutex<Option<Compiled>>,
    /// The way to a server of the author's own, until a model behind it is opened.
    pub server: Mutex<Option<ServerLine>>,
    /// The models that stay open for the work to come; without it each work opens its own.
    pub kept: Option<KeptModels>,
    /// Told when a job begins, with its place in the list.
    pub on_begin: Option<Box<dyn Fn(usize) + Send + Sync>>,
    /// Told when a model is about to be opened, and which: what crashes from then on may be llama.cpp.
    pub on_open: Option<Arc<dyn Fn(Role) + Send + Sync>>,
    /// Told of a job that will not end by itself, with its place in the list and its result; ends the process. Without it nobody looks.
    pub on_overrun: Option<Box<dyn Fn(usize, ScriptResult) + Send + Sync>>,
}

/// Models that were opened, or may be, by what they are there for.
#[derive(Default)]
pub struct KeptModels {
    queues: Mutex<BTreeMap<Role, (ModelToOpen, Arc<ModelQueue>)>>,
    /// Whose turn it is to compute.
    turns: Arc<Turns>,
}

impl KeptModels {
    /// The queue of a model that was begun for an earlier work, or a new one.
    fn queue(&self, role: Role, model: &ModelToOpen, start: impl FnOnce() -> Arc<ModelQueue>) -> Arc<ModelQueue> {
        let mut queues = lock(&self.queues);
        match queues.get(&role).filter(|(kept, queue)| kept.is_opened_like(model) && queue.can_go_on()) {
            Some((_, queue)) => {
                queue.begin_run();
                queue.clone()
            }
            None => {
                let queue = start();
                queues.insert(role, (model.clone(), queue.clone()));
                queue
            }
        }
    }
}

/// The jobs that run now, by their place in the list.
type Running = Mutex<BTreeMap<usize, Arc<JobClock>>>;

impl Worker for InProcess {
    fn read_scripts(&self, task: &Task, _stop: &Arc<AtomicBool>) -> Vec<Result<ScriptCard, Problem>> {
        let (compiled, cards) = Compiled::new(&task.scripts, &task.scripts, &task.limits);
        *lock(&self.compiled) = Some(compiled);
        cards
    }

    fn work(
        &self,
        task: &Task,
        jobs: &[Job],
        memory: Arc<dyn Memory>,
        stop: &Arc<AtomicBool>,
        on_event: &mut dyn FnMut(WorkEvent),
    ) -> Work {
        let (sender, receiver) = channel();
        std::thread::scope(|threads| {
            let worker = threads.spawn(move || run_jobs(task, jobs, memory, stop, &sender, self));
            for event in receiver {
                on_event(event);
            }
            worker.join().unwrap_or_default()
        })
    }
}

impl InProcess {
    /// Tells that a job begins. Gives its pulse, when somebody looks at it.
    fn begin(&self, index: usize, limits: &Limits, running_now: &Running) -> Option<Arc<JobClock>> {
        if let Some(on_begin) = &self.on_begin {
            on_begin(index);
        }
        let pulse = self.on_overrun.as_ref().map(|_| JobClock::new(limits.clone()))?;
        lock(running_now).insert(index, pulse.clone());
        Some(pulse)
    }
}

/// Runs all jobs and sends an event for each one's end.
fn run_jobs(
    task: &Task,
    jobs: &[Job],
    memory: Arc<dyn Memory>,
    stop: &Arc<AtomicBool>,
    events: &Sender<WorkEvent>,
    told: &InProcess,
) -> Work {
    let read_before = lock(&told.compiled).take();
    let compile = || read_before.unwrap_or_else(|| Compiled::new(&task.scripts, &task.scripts, &task.limits).0);
    let (Compiled { host, scripts }, mut world) = rayon::join(compile, || build_world(task, memory, stop, told));
    world.wanted_of_reader =
        jobs.iter().filter_map(|job| scripts.get(&job.script)).fold(Wanted::default(), |all, script| all.or(script.card.needs));
    world.urgent = jobs.iter().filter(|job| job.turn.is_urgent).filter_map(|job| chapter_of(&job.subject)).collect();
    let world = Arc::new(world);
    let (next, running_now) = (AtomicUsize::new(0), Running::default());
    let (work_goes_on, has_ended) = channel();
    let look = || {
        if let (Some(on_overrun), Some((index, problem))) = (&told.on_overrun, overrun(&running_now, jobs, &scripts)) {
            let reason = problem.message.clone();
            on_overrun(index, jobs[index].not_checked(reason, vec![problem]));
        }
    };
    std::thread::scope(|threads| {
        let (ticker_events, look, of_work) = (events.clone(), &look, &world);
        let reader_time = ReaderTime::of(task, &world);
        threads.spawn(move || tell_progress(of_work, &ticker_events, &has_ended, look, &reader_time));
        // Before the first script: what they compare is noted then, and the model works on many passages together.
        if world.wanted_of_reader.is_any() {
            world.reading();
        }
        let running: Vec<_> = (0..JOBS_AT_ONCE.min(jobs.len()))
            .map(|_| {
                let (host, scripts, world, next, events, running_now) = (&host, &scripts, &world, &next, events.clone(), &running_now);
                let run_next = move || {
                    while let Some((index, job)) =
                        Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, jobs.get(index)?)))
                    {
                        let pulse = told.begin(index, &task.limits, running_now);
                        let result = run_job(host, scripts, world, job, pulse);
                        lock(running_now).remove(&index);
                        // The keeper listens as long as it lives; when it is gone this process ends anyway.
                        let _ = events.send(WorkEvent::Done(index, Box::new(result)));
                        let _ = events.send(WorkEvent::Progress(world.work()));
                    }
                };
                // Rhai drops and compares deep values by recursion, so a script's thread needs more stack than a thread usually has.
                std::thread::Builder::new().stack_size(limits::SCRIPT_STACK_BYTES).spawn_scoped(threads, run_next)
            })
            .collect();
        // A thread that could not be started leaves its jobs to the others; without any, the keeper tells the jobs as lost.
        for thread in running.into_iter().flatten() {
            let _ = thread.join();
        }
        send_what_is_wanted(task, &world, events);
        drop(work_goes_on);
    });
    settle(&world, told);
    world.work()
}

/// Ends what is still asked though nobody looks at it, so that the next work begins with idle models; where they are kept for it.
fn settle(world: &StoryContext, told: &InProcess) {
    if told.kept.is_none() {
        return;
    }
    for stop in [&world.stop, &world.reader_stop, &world.verdict_stop] {
        stop.store(true, Ordering::Relaxed);
    }
    world.desk.settle();
    world.reading_desk.settle();
}

/// Sends what was understood of the story, and what both judges say, if it is wanted and the run was not stopped.
fn send_what_is_wanted(task: &Task, world: &StoryContext, events: &Sender<WorkEvent>) {
    let goes_on = || !world.stop.load(Ordering::Relaxed);
    if task.wants_style_sheet && goes_on() {
        let _ = events.send(WorkEvent::StyleSheet(Box::new(style_sheet::make(world))));
    }
    if task.wants_verdicts && goes_on() {
        let _ = events.send(WorkEvent::Verdicts(world.compared()));
    }
}

/// How long the reader may read.
struct ReaderTime<'a> {
    stop: &'a AtomicBool,
    reader_stop: &'a AtomicBool,
    verdict_stop: &'a AtomicBool,
    seconds: Option<u64>,
}

impl<'a> ReaderTime<'a> {
    fn of(task: &Task, world: &'a StoryContext) -> ReaderTime<'a> {
        let seconds = task.reading_model().and_then(|model| model.reading_seconds);
        ReaderTime { stop: &world.stop, reader_stop: &world.reader_stop, verdict_stop: &world.verdict_stop, seconds }
    }

    /// Ends the reading when the run is stopped or its time is over.
    fn look(&self, waited: Duration) {
        let is_stopped = self.stop.load(Ordering::Relaxed);
        let is_over = |seconds: Option<u64>| is_stopped || seconds.is_some_and(|seconds| waited.as_secs() >= seconds);
        if is_over(self.seconds) {
            self.reader_stop.store(true, Ordering::Relaxed);
        }
        // Verdicts have half as long again.
        if is_over(self.seconds.map(|seconds| seconds + seconds / 2)) {
            self.verdict_stop.store(true, Ordering::Relaxed);
        }
    }
}

/// The chapter that a job looks at, by its book and its place there.
fn chapter_of(subject: &ScriptSubject) -> Option<(usize, usize)> {
    match *subject {
        ScriptSubject::Scene { book, chapter, .. } | ScriptSubject::Chapter { book, chapter } => Some((book, chapter)),
        ScriptSubject::Book { .. } | ScriptSubject::Series => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first job that must be ended from outside, and what to say of its script.
fn overrun(running: &Running, jobs: &[Job], scripts: &BTreeMap<String, Arc<Script>>) -> Option<(usize, Problem)> {
    lock(running).iter().find_map(|(index, pulse)| {
        let why = pulse.overrun()?;
        Some((*index, scripts.get(&jobs[*index].script)?.overran(&why)))
    })
}

/// Tells how far the model is, while jobs run: one job can take an hour. Looks after them in passing. Ends as soon as the other side of
/// `has_ended` is dropped.
fn tell_progress(
    world: &StoryContext,
    events: &Sender<WorkEvent>,
    has_ended: &Receiver<()>,
    look: &(dyn Fn() + Sync),
    reader_time: &ReaderTime<'_>,
) {
    let mut last = Work::default();
    let mut waited = Duration::ZERO;
    while has_ended.recv_timeout(PROGRESS_EVERY) == Err(RecvTimeoutError::Timeout) {
        look();
        waited += PROGRESS_EVERY;
        reader_time.look(waited);
        let now = world.work();
        if now != last && events.send(WorkEvent::Progress(now)).is_err() {
            return;
        }
        last = now;
    }
}

fn build_world(task: &Task, memory: Arc<dyn Memory>, stop: &Arc<AtomicBool>, told: &InProcess) -> StoryContext {
    // The problems met on the way were told by the keeper, which reads the same files.
    let (series, _, _) = Series::assemble(&task.chapters, &task.order);
    let (bible, _) = bible::read(&task.bible, &series);
    let (prompt_template, _) = PromptTemplate::new(&task.templates);
    // Two models that are both computed here would only be in each other's way.
    let turns = task.models().filter(|model| model.is_computed_here()).count() > 1;
    let turns = turns.then(|| told.kept.as_ref().map_or_else(Arc::default, |kept| kept.turns.clone()));
    let start = |model: Option<&ModelToOpen>, role: Role| {
        let open = opener(model.cloned(), role, memory.clone(), told, turns.clone());
        Arc::new(ModelQueue::start(model.map(|model| model.fingerprint.clone()), memory.clone(), open))
    };
    let desk_of = |model: Option<&ModelToOpen>, role: Role| match (&told.kept, model) {
        (Some(kept), Some(known)) => kept.queue(role, known, || start(model, role)),
        _ => start(model, role),
    };
    let desk = desk_of(task.model.as_ref(), Role::Answers);
    let reading_desk = task.reader.as_ref().map_or_else(|| desk.clone(), |reader| desk_of(Some(reader), Role::Reads));
    let mut world = StoryContext::new(series, bible, desk, Arc::new(prompt_template), stop.clone(), task.calendar.clone());
    world.reading_desk = reading_desk;
    world.settings.clone_from(&task.settings);
    world.larger_kinds.clone_from(&task.larger_kinds);
    (world.reader_stop, world.verdict_stop) = Default::default();
    world.then = Series::before(&task.chapters, &task.earlier, &task.order);
    world
}

fn opener(model: Option<ModelToOpen>, role: Role, memory: Arc<dyn Memory>, told: &InProcess, turns: Option<Arc<Turns>>) -> OpenModel {
    let is_served = model.as_ref().is_some_and(|model| !model.is_computed_here());
    let (on_open, server) = (told.on_open.clone(), if is_served { lock(&told.server).take() } else { None });
    Box::new(move || {
        let model = model.ok_or(ModelError::NoModel)?;
        // A server's model cannot crash this process, and computes elsewhere.
        let (on_open, turns) = (on_open.filter(|_| !is_served), turns.filter(|_| !is_served));
        let open = || {
            if let Some(on_open) = &on_open {
                on_open(role);
            }
            open_model(model, memory, server)
        };
        match turns {
            Some(turns) => Ok(Box::new(TakingTurns::open(turns, open)?)),
            None => open(),
        }
    })
}

fn open_model(model: ModelToOpen, memory: Arc<dyn Memory>, server: Option<ServerLine>) -> Result<Box<dyn Model>, ModelError> {
    match model.source.clone() {
        ModelSource::Recorded(replies) => Ok(Box::new(ScriptedModel::new(replies))),
        ModelSource::Server { slots, .. } => {
            let reason = "this part of the program has no way to the server".to_string();
            let line = server.ok_or(ModelError::CannotOpen { name: model.fingerprint.name, reason })?;
            Ok(Box::new(ServedModel::new(line, slots, model.context_tokens)))
        }
        ModelSource::File(path) => open_file(&path, &model, memory),
        ModelSource::Refused(reason) => Err(ModelError::CannotOpen { name: model.fingerprint.name, reason }),
    }
}

#[cfg(feature = "llama")]
fn open_file(path: &std::path::Path, model: &ModelToOpen, memory: Arc<dyn Memory>) -> Result<Box<dyn Model>, ModelError> {
    use crate::model::REPLY_VERSION;
    use crate::model::llama::{AdapterSetting, LlamaDecoder, LlamaSettings};
    use crate::model::scheduler::{Scheduler, Speed};
    use crate::text::ContentHash;
    use crate::worker::AdapterFile;
    // One of the author's own costs nothing but what is asked with it.
    let setting = |adapter: &AdapterFile| AdapterSetting {
        may_fail: adapter.is_the_authors(),
        name: adapter.name.clone(),
        path: adapter.path.clone(),
    };
    let adapters = model.adapters.iter().map(setting).collect();
    let settings = LlamaSettings {
        context_tokens: model.context_tokens,
        threads: model.threads.cast_signed(),
        is_plain: model.is_plain,
        // Its kernels are of the kind that the plain way is there to avoid.
        flash_attention: !model.is_plain,
        adapters,
    };
    let decoder = LlamaDecoder::open(path, &model.fingerprint.name, &settings)?;
    let speed = if model.is_reproducible { Speed::REPRODUCIBLE } else { Speed::FULL };
    let identity = ContentHash::of_parts([REPLY_VERSION.as_bytes(), &model.fingerprint.file_hash.0, decoder.cache_layout().as_bytes()]);
    Ok(Box::new(Scheduler::new(decoder, speed, memory, identity)))
}

#[cfg(not(feature = "llama"))]
fn open_file(_path: &std::path::Path, model: &ModelToOpen, _memory: Arc<dyn Memory>) -> Result<Box<dyn Model>, ModelError> {
    let reason = "this copydesk was built without llama.cpp; build it with `make build`".to_string();
    Err(ModelError::CannotOpen { name: model.fingerprint.name.clone(), reason })
}

fn run_job(
    host: &ScriptHost,
    scripts: &BTreeMap<String, Arc<Script>>,
    world: &Arc<StoryContext>,
    job: &Job,
    pulse: Option<Arc<JobClock>>,
) -> ScriptResult {
    let Some(script) = scripts.get(&job.script) else {
        return job.not_checked("the script does not compile", Vec::new());
    };
    if world.stop.load(Ordering::Relaxed) {
        return job.not_checked("the work was stopped before its turn came", Vec::new());
    }
    match host.check_watched(script, job.subject.clone(), world, job.turn, pulse) {
        Ok(output) => checked(job, output),
        Err(problem) => job.not_checked(problem.message.clone(), vec![problem]),
    }
}

fn checked(job: &Job, output: JobOutput) -> ScriptResult {
    let JobOutput { mut findings, notes, drafts, awaits, questions, from_cache, not_read, looked_at, left_out, mut problems, .. } = output;
    for finding in &mut findings {
        finding.script.clone_from(&job.script);
    }
    problems.extend(not_read.iter().map(|what| Problem::new(ProblemKind::NotChecked, format!("{}: {what}", job.script))));
    let (mut scenes, mut words) = looked_at.unwrap_or((job.scenes, job.words));
    for (of_chapter, in_chapter) in left_out.values() {
        scenes = scenes.saturating_sub(*of_chapter);
        words = words.saturating_sub(*in_chapter);
    }
    let left_out = left_out.into_keys().collect();
    let coverage = Coverage { scenes, words, questions, answered_from_cache: from_cache, not_read, left_out };
    let (script, report, scope) = (job.script.clone(), job.report.clone(), job.scope.clone());
    ScriptResult { script, report, scope, outcome: Outcome::Checked, findings, notes, drafts, awaits, coverage, problems }
}
