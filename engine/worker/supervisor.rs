//! The keeper's side: starts the worker, feeds it, and when it dies finds out over which job.
//!
//! A dead worker's running jobs are suspects. They are tried again one at a time, each in a worker of its own; the one that kills its
//! worker again is reported as not checked, with the script's name, and its script is not run again. The jobs that had not begun go on in a
//! fresh worker. A worker that ends because one job would not end by itself says which; that job is not tried again, the others are.
//!
//! llama.cpp has fast ways for one processor and another, and some of them crash where they should not. So the first worker that crashes
//! with a model open is blamed on no job: the next ones compute the plain way, and only what crashes then is looked into as above.
//!
//! A worker that has the model open when somebody writes into its file computes nonsense, or dies. So the file is looked at whenever a
//! reply or a result comes: what comes after a change is not believed, and the jobs left are told that the model is not what it was.

use super::jobs::JOBS_AT_ONCE;
use super::life::{End, Given, WorkerEnd};
use super::link::{IdleLink, Link};
use super::link_messages::ReaderName;
use super::messages::{ToKeeper, ToWorker};
use super::process::{Death, WorkerProcess};
use super::resting::RestingPlace;
use super::roster::Roster;
use super::{Job, ModelChange, ModelSource, ModelToOpen, Role, Task, WorkEvent, Worker};
use crate::model::{Memory, Work};
use crate::sandbox::Seal;
use crate::script::{ScriptCard, is_report_word, limits};
use crate::text::{Problem, ProblemKind, ScriptFile, ScriptKind, Server};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// What the worker may take in memory beside the model and what scripts hold, in bytes: the texts, what is read off them, and saved prefixes.
const WORKER_MEMORY_BYTES: u64 = 4 << 30;

/// How long a worker may take to read the scripts of a run: they are bounded, so this is for one that hangs.
const MAX_READING: Duration = Duration::from_secs(30);

/// The niceness of a worker in the background, of -20 to 19; nobody notices it on an idle computer.
#[cfg(unix)]
const BACKGROUND_NICENESS: i32 = 10;

/// Windows' own words for the same: `BELOW_NORMAL_PRIORITY_CLASS`, and `CREATE_NEW_PROCESS_GROUP`, which a Ctrl-C in the terminal does not reach.
#[cfg(windows)]
const BACKGROUND_PRIORITY: u32 = 0x4000;
#[cfg(windows)]
const OWN_GROUP: u32 = 0x200;

/// Where a process of Linux tells how soon it is to be ended when memory runs out, of -1000 to 1000; what it starts begins with the same.
const ENDED_SOONER: &str = "/proc/self/oom_score_adj";

/// A worker is ended before the author's editor.
const WORKER_ENDED_SOONER: i32 = 500;

/// Starts this program again as the worker.
pub struct Supervisor {
    /// The program to start.
    program: PathBuf,
    /// Its arguments, which make it a worker.
    arguments: Vec<String>,
    /// Whether the worker gives way to whatever else the computer does: in watch mode somebody is typing on it.
    is_background: bool,
    /// Whether a worker that has ended a run rests with its models open until the next one.
    rests: bool,
    /// Whether a worker that the kernel does not seal in full is given no work.
    requires_seal: bool,
    /// Where the worker's own words go. Open from the start: a sealed keeper can open nothing for writing later.
    nowhere: File,
    /// [`ENDED_SOONER`] and what stands there; open from the start for the same reason, and nothing where the system has no such thing.
    ended_sooner: Option<(File, i32)>,
    /// What can ask a server of the author's own, until it is told which; and what asks it. Empty where the model is a file.
    idle_link: Mutex<Option<IdleLink>>,
    link: OnceLock<Link>,
    /// What the kernel enforces on the workers; empty until the first one has told.
    seal: OnceLock<Seal>,
    /// A worker that has read the scripts of a run and waits for its jobs.
    waiting: Mutex<Option<WorkerProcess>>,
    /// In the background: one that has ended a run and waits for the next.
    resting: RestingPlace,
    /// Set when a worker crashed with a model open: the next ones compute the plain way.
    plain: Mutex<Option<Plain>>,
}

/// What a server tells when it is got to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTold {
    /// How many questions it answers at once, as far as it tells.
    pub slots: Option<u32>,
    /// What it says of itself and its model.
    pub about: String,
    /// The file name of the trained reader that it has.
    pub reader: Option<String>,
}

/// That models are computed the plain way.
#[derive(Clone, Debug)]
struct Plain {
    /// How the fast way crashed, in plain words.
    because: String,
    /// Whether something has been computed this way since.
    is_proven: bool,
}

/// What a script says of itself, or what is wrong with it.
type Card = Result<ScriptCard, Problem>;

impl Worker for Supervisor {
    fn read_scripts(&self, task: &Task, stop: &Arc<AtomicBool>) -> Vec<Card> {
        if task.scripts.is_empty() {
            return Vec::new();
        }
        let plain = self.plain_because().map(|_| {
            let mut plain = task.clone();
            go_plain(&mut plain);
            plain
        });
        let task = plain.as_ref().unwrap_or(task);
        match self.hire_reader(task, &task.scripts, stop) {
            Ok((worker, cards)) => {
                *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some(worker);
                cards
            }
            // One of them may have been too much for it: each has a worker of its own now, and the jobs will have another one.
            Err(_) => task.scripts.iter().map(|script| self.read_alone(task, script, stop)).collect(),
        }
    }

    fn work(
        &self,
        task: &Task,
        jobs: &[Job],
        memory: Arc<dyn Memory>,
        stop: &Arc<AtomicBool>,
        on_event: &mut dyn FnMut(WorkEvent),
    ) -> Work {
        let mut task = task.clone();
        // An earlier run of the same watch may have found out.
        if self.plain_because().is_some() {
            go_plain(&mut task);
        }
        let mut roster = Roster::new(jobs);
        let mut total = Work::default();
        let not_checked = |index: usize, reason: String| WorkEvent::Done(index, Box::new(jobs[index].not_checked(reason, Vec::new())));
        while !stop.load(Ordering::Relaxed)
            && let Some(batch) = roster.next_batch()
        {
            // Not only after a crash: hashing the file and opening it are two moments.
            refuse_changed_model(&mut task, ModelChange::Replaced);
            let life = self.live(&task, jobs, &batch, memory.as_ref(), stop, &mut |event| {
                // Only an open job has a result to come: a second one would be a worker's that is not what it was.
                if !matches!(&event, WorkEvent::Done(index, _) if !roster.close(*index)) {
                    on_event(with_total(event, total));
                }
            });
            total = total.and(life.work);
            self.prove_plain(&task, &life);
            let has_closed = !batch.iter().all(|index| roster.open.contains(index));
            match life.end {
                // It ended well without telling of these; another worker would do the same.
                End::Finished if !stop.load(Ordering::Relaxed) => {
                    for index in batch.into_iter().filter(|index| roster.close(*index)) {
                        on_event(not_checked(index, "the reading process ended without its result".to_string()));
                    }
                }
                End::Finished => {}
                // A worker that blames no job of its batch is no better than one that crashed.
                End::Overran if has_closed => {}
                End::ModelChanged => drop(refuse_changed_model(&mut task, ModelChange::Rewritten)),
                // Whoever was running cannot be blamed for a file that was cut short under it.
                End::Crashed if refuse_changed_model(&mut task, ModelChange::Rewritten) => {}
                End::Crashed if self.go_plain(&mut task, &life) => {}
                End::Overran | End::Crashed => {
                    let model = life.is_models_fault().then(|| in_words(&task, &life.opened));
                    for (index, reason) in roster.crashed(&batch, &life.suspects, &life.death.words, model.as_deref()) {
                        on_event(not_checked(index, reason));
                    }
                }
            }
        }
        let reason = roster.why_left();
        for index in std::mem::take(&mut roster.open) {
            on_event(not_checked(index, reason.clone()));
        }
        self.let_waiting_rest(&task);
        total
    }
}

fn with_total(event: WorkEvent, before: Work) -> WorkEvent {
    match event {
        WorkEvent::Progress(work) => WorkEvent::Progress(before.and(work)),
        other @ (WorkEvent::Began(_) | WorkEvent::Done(..) | WorkEvent::StyleSheet(_) | WorkEvent::Verdicts(_)) => other,
    }
}

/// What a script says of itself, held to its file: a worker that was taken over must not decide where a report is written.
fn card_of(script: &ScriptFile, said: Card) -> Card {
    match said {
        Ok(card) if card.name == script.name && (is_report_word(&card.report) || script.kind == ScriptKind::Library) => Ok(card),
        Ok(_) => Err(unread(script, "what it said of the script cannot be true")),
        Err(problem) => Err(problem.in_file(&script.path)),
    }
}

fn unread(script: &ScriptFile, how: &str) -> Problem {
    Problem::new(ProblemKind::NotChecked, format!("was not run: the process that reads scripts failed at it ({how})"))
        .in_file(&script.path)
        .advice("the other scripts were run; please report it")
}

/// Has a worker read these scripts. Gives it back with what it says of them.
///
/// # Errors
/// Why it has not, in plain words.
fn read_by(mut worker: WorkerProcess, task: &Task, scripts: &[ScriptFile]) -> Result<(WorkerProcess, Vec<Card>), String> {
    let libraries = task.scripts.iter().filter(|script| script.kind == ScriptKind::Library).cloned().collect();
    let told = worker.tell(&ToWorker::Read { scripts: scripts.to_vec(), libraries, limits: task.limits.clone() });
    match told.and_then(|()| worker.hear_within(MAX_READING)) {
        Ok(ToKeeper::Cards(cards)) if cards.len() == scripts.len() => {
            let cards = scripts.iter().zip(cards).map(|(script, card)| card_of(script, card)).collect();
            Ok((worker, cards))
        }
        // It said something else, and may wait.
        Ok(_) => {
            worker.kill();
            Err(worker.end().words)
        }
        Err(_) => Err(worker.end().words),
    }
}

/// When at least this became of the model's files since they were hashed, the next worker will not open them. Gives whether that is new.
fn refuse_changed_model(task: &mut Task, least: ModelChange) -> bool {
    let reason =
        "its file was changed or replaced after this run had begun; run again to read with what stands there now, or put the old file back";
    let mut is_new = false;
    for model in task.models_mut().filter(|model| model.change() >= least) {
        is_new = true;
        model.leave_changed_adapters();
        if model.change() >= least {
            model.source = ModelSource::Refused(reason.to_string());
            model.marks.clear();
        }
    }
    is_new
}

/// Has the next workers compute the plain way, whichever model it was that crashed: it is the processor that it crashed on. Gives whether that
/// is new.
fn go_plain(task: &mut Task) -> bool {
    let mut is_new = false;
    for model in task.models_mut().filter(|model| model.is_computed_here()) {
        is_new |= !model.is_plain;
        model.is_plain = true;
    }
    is_new
}

/// What to call the models that were open when a worker died.
fn in_words(task: &Task, opened: &BTreeSet<Role>) -> String {
    let name = |model: &Option<ModelToOpen>| model.as_ref().map_or_else(String::new, |model| model.fingerprint.name.clone());
    match (task.reader.is_some(), opened.contains(&Role::Answers), opened.contains(&Role::Reads)) {
        (true, false, true) => format!("the reader’s model {}", name(&task.reader)),
        (true, true, true) => format!("one of the models {} and {}", name(&task.model), name(&task.reader)),
        (true, true, false) => format!("the model {}", name(&task.model)),
        _ => "the model".to_string(),
    }
}

/// The memory a worker may take, in bytes.
fn memory_for(task: &Task) -> u64 {
    let of_a_job = u64::try_from(task.limits.most_memory_bytes()).unwrap_or(0) + limits::SCRIPT_STACK_BYTES as u64;
    let of_the_model = task.models().map(|model| model.memory_bytes).fold(0_u64, u64::saturating_add);
    // Where the file is mapped, some weights are kept twice, in another order for this processor.
    WORKER_MEMORY_BYTES.saturating_add(of_a_job.saturating_mul(JOBS_AT_ONCE as u64)).saturating_add(of_the_model.saturating_mul(2))
}

impl Supervisor {
    /// Starts `program` with `arguments` whenever a worker is needed. Made before the keeper is sealed.
    ///
    /// # Errors
    /// The system has no place for what the worker says to nobody.
    pub fn new(program: PathBuf, arguments: Vec<String>, is_background: bool, requires_seal: bool) -> io::Result<Supervisor> {
        let nowhere = OpenOptions::new().write(true).open(if cfg!(windows) { "NUL" } else { "/dev/null" })?;
        let own = std::fs::read_to_string(ENDED_SOONER).ok().and_then(|text| text.trim().parse().ok());
        let ended_sooner = own.and_then(|own| Some((OpenOptions::new().write(true).open(ENDED_SOONER).ok()?, own)));
        let idle_link = cfg!(feature = "link").then(|| IdleLink::beside(&program)).flatten();
        Ok(Supervisor {
            program,
            arguments,
            is_background,
            rests: false,
            requires_seal,
            nowhere,
            ended_sooner,
            idle_link: Mutex::new(idle_link),
            link: OnceLock::new(),
            seal: OnceLock::new(),
            waiting: Mutex::default(),
            resting: RestingPlace::default(),
            plain: Mutex::default(),
        })
    }

    /// The same, whose workers rest with their models open between two runs.
    #[must_use]
    pub fn resting_between_runs(self) -> Supervisor {
        Supervisor { rests: true, ..self }
    }

    /// Has the workers' questions asked of a server. Gives what it tells, and which of these readers it has; nothing where this program was
    /// built without the way there, or has gone it before.
    ///
    /// # Errors
    /// Why the server cannot be used, in plain words.
    pub fn open_link(&self, server: Server, readers: Vec<ReaderName>) -> Result<Option<LinkTold>, String> {
        let idle = self.idle_link.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(link) = idle.map(|idle| idle.open(server, readers)).transpose()? else { return Ok(None) };
        if self.requires_seal && !link.seal.is_full() {
            return Err(format!(
                "the kernel does not seal the program that asks it in full, and --require-sandbox was given: {}",
                link.seal.words()
            ));
        }
        let told = LinkTold { slots: link.slots, about: link.about.clone(), reader: link.reader.clone() };
        let _ = self.link.set(link);
        Ok(Some(told))
    }

    /// Lets what could ask a server end: none is going to be asked.
    pub fn let_link_go(&self) {
        drop(self.idle_link.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// How the model crashed, in plain words, if that made this supervisor's workers compute the plain way, and that helped as far as is
    /// known.
    pub fn plain_because(&self) -> Option<String> {
        self.lock_plain().as_ref().map(|plain| plain.because.clone())
    }

    fn lock_plain(&self) -> MutexGuard<'_, Option<Plain>> {
        self.plain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After a crash of the model's: has the next worker compute the plain way. Gives whether that is new.
    fn go_plain(&self, task: &mut Task, life: &WorkerEnd) -> bool {
        if !life.is_models_fault() || !go_plain(task) {
            return false;
        }
        *self.lock_plain() = Some(Plain { because: life.death.words.clone(), is_proven: false });
        true
    }

    /// Notes whether the plain way works. Where it crashes before it has computed anything, the fast way was not the reason, and is to be
    /// tried again in the next run.
    fn prove_plain(&self, task: &Task, life: &WorkerEnd) {
        if !task.models().any(|model| model.is_plain) {
            return;
        }
        let mut plain = self.lock_plain();
        if let Some(plain) = plain.as_mut() {
            plain.is_proven |= life.has_computed;
        }
        if life.is_models_fault() {
            plain.take_if(|plain| !plain.is_proven);
        }
    }

    /// Sets how soon this process, and what it starts next, is to be ended when memory runs out. Where that cannot be had, the work is done
    /// all the same.
    fn end_sooner(&self, score: impl Fn(i32) -> i32) {
        if let Some((file, own)) = &self.ended_sooner {
            let _ = io::Write::write_all(&mut &*file, score(*own).to_string().as_bytes());
        }
    }

    /// The process that waits with its models open for the next run, if one does.
    pub fn resting_process(&self) -> Option<u32> {
        self.resting.process()
    }

    /// What the kernel enforces on the workers, and on what asks a server; none when none was needed yet.
    pub fn seal(&self) -> Option<Seal> {
        let link = self.link.get().map(|link| link.seal.clone());
        self.seal.get().cloned().into_iter().chain(link).reduce(Seal::and)
    }

    /// Starts a worker and has it seal itself.
    ///
    /// # Errors
    /// Why there is none, in plain words.
    fn hire(&self, task: &Task, stop: &Arc<AtomicBool>) -> Result<WorkerProcess, String> {
        // Two that have the models open would take their memory twice.
        self.resting.clear();
        let not_started = || "it could not be started".to_string();
        let mut worker = self.start().ok().and_then(|child| WorkerProcess::new(child, stop)).ok_or_else(not_started)?;
        let readable = task.models().flat_map(ModelToOpen::files).collect();
        let told = worker.tell(&ToWorker::Seal { readable, memory_bytes: memory_for(task) });
        let Ok(ToKeeper::Sealed(seal)) = told.and_then(|()| worker.hear()) else { return Err(worker.end().words) };
        worker.may_take_bytes = memory_for(task);
        let may_work = seal.is_full() || !self.requires_seal;
        // All workers are sealed alike; the first one's word counts.
        let _ = self.seal.set(seal);
        if may_work { Ok(worker) } else { Err("the kernel does not seal it in full, and --require-sandbox was given".to_string()) }
    }

    /// A worker that has read these scripts, and what it says of them.
    ///
    /// # Errors
    /// Why it has not, in plain words.
    fn hire_reader(&self, task: &Task, scripts: &[ScriptFile], stop: &Arc<AtomicBool>) -> Result<(WorkerProcess, Vec<Card>), String> {
        if let Some(mut rested) = self.resting.take(task, memory_for(task)) {
            rested.wake(stop);
            // One that died meanwhile says nothing of the scripts.
            if let Ok(read) = read_by(rested, task, scripts) {
                return Ok(read);
            }
        }
        read_by(self.hire(task, stop)?, task, scripts)
    }

    /// One worker from its first job to its end.
    fn live(
        &self,
        task: &Task,
        jobs: &[Job],
        batch: &[usize],
        memory: &dyn Memory,
        stop: &Arc<AtomicBool>,
        on_event: &mut dyn FnMut(WorkEvent),
    ) -> WorkerEnd {
        let mut life = WorkerEnd {
            work: Work::default(),
            suspects: BTreeSet::new(),
            end: End::Crashed,
            death: Death::by(""),
            opened: BTreeSet::new(),
            has_computed: false,
        };
        let waiting = self.take_waiting();
        let mut worker = match waiting.map_or_else(|| self.hire(task, stop), Ok) {
            Ok(worker) => worker,
            Err(words) => return WorkerEnd { death: Death::by(words), ..life },
        };
        if let Some(link) = self.link.get() {
            link.serve(worker.pipe());
        }
        life.opened.clone_from(&worker.opened_before);
        let batch_jobs: Vec<Job> = batch.iter().map(|index| jobs[*index].clone()).collect();
        let has_begun = worker.tell(&ToWorker::Start(Box::new(task.clone()), batch_jobs)).is_ok();
        let mut given = Given { task, jobs, batch, memory, link: self.link.get(), on_event };
        while has_begun
            && let Ok(message) = worker.hear()
            && given.heed(message, &mut worker, &mut life)
        {}
        if life.end == End::ModelChanged {
            worker.kill();
        }
        if let Some(link) = self.link.get() {
            link.serve(None);
        }
        if life.end == End::Finished && self.rests && (life.has_computed || !worker.opened_before.is_empty()) {
            worker.opened_before.clone_from(&life.opened);
            self.resting.keep(worker, task);
            return life;
        }
        life.death = worker.end();
        if stop.load(Ordering::Relaxed) {
            life.end = End::Finished;
        }
        life
    }

    /// A worker that waits for jobs when there are none is not needed; one that has models open goes on resting.
    fn let_waiting_rest(&self, task: &Task) {
        if let Some(worker) = self.take_waiting().filter(|worker| !worker.opened_before.is_empty()) {
            self.resting.keep(worker, task);
        }
    }

    fn take_waiting(&self) -> Option<WorkerProcess> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn read_alone(&self, task: &Task, script: &ScriptFile, stop: &Arc<AtomicBool>) -> Card {
        match self.hire_reader(task, std::slice::from_ref(script), stop) {
            Ok((_, mut cards)) => cards.pop().unwrap_or_else(|| Err(unread(script, "it said nothing"))),
            Err(how) => Err(unread(script, &how)),
        }
    }

    fn start(&self) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        // llama.cpp starts a debugger on itself when it aborts; and its own words are not for authors.
        command.env("GGML_NO_BACKTRACE", "1").stderr(self.nowhere.try_clone()?);
        // A Ctrl-C in the terminal is for the keeper, which then ends the worker in its own way.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(
            &mut command,
            OWN_GROUP | if self.is_background { BACKGROUND_PRIORITY } else { 0 },
        );
        self.end_sooner(|own| own.max(WORKER_ENDED_SOONER));
        let child = command.spawn();
        self.end_sooner(|own| own);
        let child = child?;
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
