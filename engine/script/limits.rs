//! What a script may use: steps, time, memory, depth. The same in debug and release builds.
//!
//! Rhai bounds steps and depth; time and memory are read here at every few steps, because its own size limits do not bound memory.
//! Each job runs on one thread, so what the thread allocated since the job began is what the script holds.

use rhai::packages::{BasicArrayPackage, BasicMapPackage, CorePackage, LogicPackage, MoreStringPackage, Package};
use rhai::{Dynamic, Engine, EvalAltResult};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Stack of a thread that runs scripts, in bytes: deep values are dropped and compared by recursion.
pub const SCRIPT_STACK_BYTES: usize = 64 << 20;

/// What one job may use.
#[derive(Clone, Debug)]
pub struct Limits {
    pub operations: u64,
    /// Time spent in the script itself; waiting for the model does not count.
    pub time: Duration,
    pub memory_bytes: isize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { operations: 50_000_000, time: Duration::from_secs(60), memory_bytes: 256 << 20 }
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
        .set_max_strings_interned(256);
    engine.set_strict_variables(true).set_fail_on_invalid_map_property(true);
    engine.disable_symbol("eval");
    let refuse = || -> Result<(), Box<EvalAltResult>> { Err("`sleep` is not available: copydesk waits for nothing but the model".into()) };
    engine.register_fn("sleep", move |_: i64| refuse());
    engine.register_fn("sleep", move |_: f64| refuse());
    engine.on_print(|_| {}).on_debug(|_, _, _| {});
    engine.on_progress(|_| JOB.with(|job| job.borrow().as_ref().and_then(Watch::exceeded)).map(Dynamic::from));
}

thread_local! {
    static JOB: RefCell<Option<Watch>> = const { RefCell::new(None) };
    static ALLOCATED_BYTES: Cell<isize> = const { Cell::new(0) };
}

/// The running job's start.
struct Watch {
    started: Instant,
    waited: Duration,
    allocated_before: isize,
    time: Duration,
    memory_bytes: isize,
    stop: Arc<AtomicBool>,
}

impl Watch {
    fn exceeded(&self) -> Option<String> {
        if self.stop.load(Ordering::Relaxed) {
            return Some("the work was stopped".to_string());
        }
        let held = ALLOCATED_BYTES.with(Cell::get) - self.allocated_before;
        if held > self.memory_bytes {
            return Some(format!("it used more than {} MB of memory", self.memory_bytes >> 20));
        }
        (self.started.elapsed().saturating_sub(self.waited) > self.time)
            .then(|| format!("it worked for more than {} seconds", self.time.as_secs()))
    }
}

/// Watches the job on this thread until the guard is dropped.
pub(super) fn watch(limits: &Limits, stop: Arc<AtomicBool>) -> impl Drop + use<> {
    /// Gives the place back to the job around this one, when a test runs a check.
    struct Guard(Option<Watch>);
    impl Drop for Guard {
        fn drop(&mut self) {
            JOB.with(|job| *job.borrow_mut() = self.0.take());
        }
    }
    let watch = Watch {
        started: Instant::now(),
        waited: Duration::ZERO,
        allocated_before: ALLOCATED_BYTES.with(Cell::get),
        time: limits.time,
        memory_bytes: limits.memory_bytes,
        stop,
    };
    Guard(JOB.with(|job| job.borrow_mut().replace(watch)))
}

/// Runs something the script waits for; its time is not the script's.
pub(super) fn waiting<T>(wait: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = wait();
    JOB.with(|job| {
        if let Some(watch) = job.borrow_mut().as_mut() {
            watch.waited += started.elapsed();
        }
    });
    result
}

/// The system's allocator, counting per thread. What one thread allocates and another frees is counted on both, so only differences
/// on one thread within one job mean anything.
pub struct CountingAllocator;

fn count(bytes: isize) {
    // During the thread's very end its counter is gone; nobody reads it any more.
    let _ = ALLOCATED_BYTES.try_with(|allocated| allocated.set(allocated.get().wrapping_add(bytes)));
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
