//! What a script may use: steps, time, memory, depth. The same in debug and release builds.
//!
//! Rhai bounds steps and depth; time and memory are read here at every few steps, because its own size limits do not bound memory.
//! Each job runs on one thread, so what the thread allocated since the job began is what the script holds.
//!
//! Two bounds, one behind the other. The first is looked at between two steps and ends the script with its line. A single step can take long
//! or much: sorting long texts, doubling a list. So the worker also looks at each job's [`JobClock`] from another thread, and when a job is far
//! over its time, or asks for memory beyond what [`Limits::most_memory_bytes`] allows, it tells the keeper which job that is, and ends.

use rhai::packages::{BasicArrayPackage, BasicMapPackage, CorePackage, LogicPackage, MoreStringPackage, Package};
use rhai::{Dynamic, Engine, EvalAltResult};
use serde::{Deserialize, Serialize};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Stack of a thread that runs scripts, in bytes: deep values are dropped and compared by recursion.
pub const SCRIPT_STACK_BYTES: usize = 64 << 20;

/// What a single step may take longer than the job's time.
const STEP_GRACE: Duration = Duration::from_millis(1_500);

/// What one job may use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limits {
    pub operations: u64,
    /// Time spent in the script itself; waiting for the model does not count.
    pub time: Duration,
    pub memory_bytes: isize,
    /// Questions to the model. More is a loop, not a check.
    pub questions: usize,
}

impl Limits {
    /// What a job can never hold, in bytes, not even within one step: a sixteenth more than it may hold between two steps.
    pub fn most_memory_bytes(&self) -> isize {
        self.memory_bytes.saturating_add(self.memory_bytes / 16)
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { operations: 50_000_000, time: Duration::from_secs(60), memory_bytes: 240 << 20, questions: 20_000 }
    }
}

/// Sets every limit of the engine and gives it the standard packages that cannot reach out.
pub(super) fn apply(engine: &mut Engine, limits: &Limits) {
    CorePackage::new().register_into_engine(engine);
    LogicPackage::new().register_into_engine(engine);
    MoreStringPackage::new().register_into_engine(engine);
    BasicArrayPackage::new().register_into_engine(engine);
    BasicMapPackage::new().register_into_engine(engine);
    rhai::packages::BasicMathPackage::new().register_into_engine(engine);
    engine
        .set_max_operations(limits.operations)
        .set_max_call_levels(32)
        .set_max_expr_depths(48, 32)
        .set_max_string_size(2_000_000)
        .set_max_array_size(4_000)
        .set_max_map_size(12_000)
        .set_max_variables(256)
        .set_max_functions(256)
        .set_max_modules(super::library::MAX_LIBRARIES)
        .set_max_strings_interned(2_048);
    engine.set_strict_variables(true).set_fail_on_invalid_map_property(true);
    engine.disable_symbol("eval");
    let refuse = || -> Result<(), Box<EvalAltResult>> { Err("`sleep` is not available: copydesk waits for nothing but the model".into()) };
    engine.register_fn("sleep", move |_: i64| refuse());
    engine.register_fn("sleep", move |_: f64| refuse());
    engine.on_print(|_| {}).on_debug(|_, _, _| {});
    engine.on_progress(|_| JOB.with(|job| job.borrow().as_ref().and_then(JobMeter::exceeded)).map(Dynamic::from));
}

thread_local! {
    static JOB: RefCell<Option<JobMeter>> = const { RefCell::new(None) };
    static ALLOCATED_BYTES: Cell<isize> = const { Cell::new(0) };
    /// Where the counter may not go, and whose job that would end: a pulse's number, 0 while nobody looks.
    static CEILING: Cell<(isize, u64)> = const { Cell::new((isize::MAX, 0)) };
}

/// The number of the pulse whose job asked for more memory than it may have; 0 for none. One is enough: its process ends.
static TOO_LARGE: AtomicU64 = AtomicU64::new(0);

/// What another thread can see of a job: how long it has worked, and whether it wants too much memory.
pub struct JobClock {
    number: u64,
    limits: Limits,
    made: Instant,
    /// In nanoseconds since `made`: 0 before the job began, or after it ended.
    began: AtomicU64,
    /// Nanoseconds spent waiting.
    waited: AtomicU64,
    /// In nanoseconds since `made`; 0 while it does not wait.
    waits_since: AtomicU64,
}

impl JobClock {
    /// The pulse of a job that is going to run within these limits, while some other thread calls [`JobClock::overrun`] again and again.
    pub fn new(limits: Limits) -> Arc<JobClock> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let (began, waited, waits_since) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(JobClock { number, limits, made: Instant::now(), began, waited, waits_since })
    }

    /// Why the job must be ended from outside: a clause in plain words. None while it may go on.
    pub fn overrun(&self) -> Option<String> {
        if TOO_LARGE.load(Ordering::Relaxed) == self.number {
            return Some(format!("it wanted more than {} MB of memory in one step", self.limits.most_memory_bytes() >> 20));
        }
        let began = self.began.load(Ordering::Relaxed);
        if began == 0 || self.waits_since.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let worked = self.now().saturating_sub(began).saturating_sub(self.waited.load(Ordering::Relaxed));
        let most = self.limits.time + STEP_GRACE;
        (Duration::from_nanos(worked) > most)
            .then(|| format!("it worked for more than {}, the last of it in one step", seconds(self.limits.time)))
    }

    /// Nanoseconds since it was made, never 0.
    fn now(&self) -> u64 {
        u64::try_from(self.made.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1)
    }
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        1 => "one second".to_string(),
        count => format!("{count} seconds"),
    }
}

/// The running job's start.
struct JobMeter {
    started: Instant,
    waited: Duration,
    /// Whether it waits just now.
    is_waiting: bool,
    allocated_before: isize,
    time: Duration,
    memory_bytes: isize,
    questions: usize,
    stop: Arc<AtomicBool>,
    pulse: Option<Arc<JobClock>>,
}

impl JobMeter {
    fn exceeded(&self) -> Option<String> {
        if self.stop.load(Ordering::Relaxed) {
            return Some("the work was stopped".to_string());
        }
        let held = ALLOCATED_BYTES.with(Cell::get) - self.allocated_before;
        if held > self.memory_bytes {
            return Some(format!("it used more than {} MB of memory", self.memory_bytes >> 20));
        }
        (self.started.elapsed().saturating_sub(self.waited) > self.time).then(|| format!("it worked for more than {}", seconds(self.time)))
    }
}

/// Watches the job on this thread until the guard is dropped. With a pulse, somebody looks at it, and a job that wants too much memory waits
/// for ever in the middle of asking for it.
pub(super) fn watch(limits: &Limits, stop: Arc<AtomicBool>, pulse: Option<Arc<JobClock>>) -> impl Drop + use<> {
    /// Gives the place back to the job around this one, when a test runs a check.
    struct Guard(Option<JobMeter>, (isize, u64));
    impl Drop for Guard {
        fn drop(&mut self) {
            CEILING.with(|ceiling| ceiling.set(self.1));
            let ended = JOB.with(|job| std::mem::replace(&mut *job.borrow_mut(), self.0.take()));
            if let Some(pulse) = ended.and_then(|watch| watch.pulse) {
                pulse.began.store(0, Ordering::Relaxed);
            }
        }
    }
    let allocated_before = ALLOCATED_BYTES.with(Cell::get);
    if let Some(pulse) = &pulse {
        // A job calls several scripts where it is that of a group; each has its time.
        pulse.waited.store(0, Ordering::Relaxed);
        pulse.began.store(pulse.now(), Ordering::Relaxed);
    }
    let ceiling = match &pulse {
        Some(pulse) => (allocated_before.saturating_add(limits.most_memory_bytes()), pulse.number),
        None => CEILING.with(Cell::get),
    };
    let watch = JobMeter {
        started: Instant::now(),
        waited: Duration::ZERO,
        is_waiting: false,
        allocated_before,
        time: limits.time,
        memory_bytes: limits.memory_bytes,
        questions: limits.questions,
        stop,
        pulse,
    };
    let before = JOB.with(|job| job.borrow_mut().replace(watch));
    Guard(before, CEILING.with(|old| old.replace(ceiling)))
}

/// The questions that the job on this thread may ask.
pub(super) fn questions() -> usize {
    JOB.with(|job| job.borrow().as_ref().map_or(0, |watch| watch.questions))
}

/// Runs something the script waits for; its time is not the script's. What waits may itself wait for something: all of it is one wait.
pub(super) fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    let set_waiting =
        |is_waiting| JOB.with(|job| job.borrow_mut().as_mut().is_some_and(|watch| std::mem::replace(&mut watch.is_waiting, is_waiting)));
    if set_waiting(true) {
        return wait();
    }
    let started = Instant::now();
    let pulse = JOB.with(|job| job.borrow().as_ref().and_then(|watch| watch.pulse.clone()));
    if let Some(pulse) = &pulse {
        pulse.waits_since.store(pulse.now(), Ordering::Relaxed);
    }
    let result = wait();
    if let Some(pulse) = &pulse {
        let since = pulse.waits_since.load(Ordering::Relaxed);
        // First the sum, then the mark: in between the job seems to wait a little longer, never to have worked.
        pulse.waited.fetch_add(pulse.now().saturating_sub(since), Ordering::Relaxed);
        pulse.waits_since.store(0, Ordering::Relaxed);
    }
    JOB.with(|job| {
        if let Some(watch) = job.borrow_mut().as_mut() {
            watch.waited += started.elapsed();
            watch.is_waiting = false;
        }
    });
    result
}

/// Makes something that all jobs share; neither its time nor its memory is that of the script which happens to need it first.
pub(super) fn for_all<T>(make: impl FnOnce() -> T) -> T {
    let allocated = ALLOCATED_BYTES.with(Cell::get);
    let ceiling = CEILING.with(|ceiling| ceiling.replace((isize::MAX, 0)));
    let made = waiting(make);
    ALLOCATED_BYTES.with(|counter| counter.set(allocated));
    CEILING.with(|old| old.set(ceiling));
    made
}

/// The system's allocator, counting per thread. What one thread allocates and another frees is counted on both, so only differences
/// on one thread within one job mean anything.
pub struct CountingAllocator;

fn count(bytes: isize) {
    // During the thread's very end its counter is gone; nobody reads it any more.
    let _ = ALLOCATED_BYTES.try_with(|allocated| {
        let now = allocated.get().wrapping_add(bytes);
        allocated.set(now);
        if bytes > 0 {
            let (ceiling, number) = CEILING.try_with(Cell::get).unwrap_or((isize::MAX, 0));
            if now > ceiling {
                wait_for_the_end(number);
            }
        }
    });
}

/// Waits until this process is ended by the thread that looks at the pulse with this number: a refused allocation would abort the process
/// without a word about whose it was. Allocates nothing.
#[cold]
fn wait_for_the_end(number: u64) {
    TOO_LARGE.store(number, Ordering::Relaxed);
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

// SAFETY: every call is passed to the system allocator unchanged; counting touches only a thread-local integer and allocates nothing.
#[expect(unsafe_code, reason = "an allocator cannot be written without it")]
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size as isize - layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_in_one_long_step_is_seen_from_outside_and_one_that_waits_is_not() {
        let limits = Limits { time: Duration::ZERO, ..Limits::default() };
        let pulse = JobClock::new(limits.clone());
        assert_eq!(pulse.overrun(), None, "it has not begun");
        let guard = watch(&limits, Arc::default(), Some(pulse.clone()));
        let step = STEP_GRACE + Duration::from_millis(50);
        waiting(|| std::thread::sleep(step));
        assert_eq!(pulse.overrun(), None, "it waited for the model");
        let within = || {
            waiting(|| ());
            std::thread::sleep(step);
            pulse.overrun()
        };
        assert_eq!(waiting(within), None, "what it waited for waited for something itself");
        std::thread::sleep(step);
        assert!(pulse.overrun().is_some_and(|why| why.contains("in one step")));
        assert_eq!(waiting(|| pulse.overrun()), None);
        drop(guard);
        assert_eq!(pulse.overrun(), None, "it has ended");
    }
}
