//! What each of the two processes may do, told to the kernel before anything untrusted is touched.
//!
//! Two layers. *Landlock* says which files may be opened, and counts for the thread that asks for it and all it starts later, so it comes
//! before any other thread. *seccomp* says which system calls are answered at all, for every thread. Both only ever take rights away, both
//! are inherited by whatever a process starts, and neither can be undone. A refused call gives an error; nothing is ended by it.
//!
//! Nothing here fails: what the kernel will not enforce is stated in the [`Seal`], and the caller decides whether to go on without.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod process;
pub mod trial;

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Whether this build computes on a graphics card, whose driver opens devices, libraries and files of its own.
pub const USES_GRAPHICS_CARD: bool = cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan", feature = "rocm"));

/// What the kernel enforces on a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// What it does not enforce of what was asked for: clauses in plain words. Empty when everything holds.
    pub missing: Vec<String>,
}

impl Seal {
    /// Whether everything that was asked for is enforced.
    pub fn is_full(&self) -> bool {
        self.missing.is_empty()
    }

    /// Two seals on the same process, or what two processes have in common.
    #[must_use]
    pub fn and(mut self, other: Seal) -> Seal {
        self.missing.extend(other.missing.into_iter().filter(|clause| !self.missing.contains(clause)).collect::<Vec<_>>());
        self
    }

    /// One line for the author.
    pub fn words(&self) -> String {
        if self.is_full() {
            "enforced by the kernel".to_string()
        } else {
            format!("not all of it is enforced: {}", self.missing.join("; "))
        }
    }

    fn missing(clause: impl Into<String>) -> Seal {
        Seal { missing: vec![clause.into()] }
    }
}

/// Where a keeper may write. Everything else it may only read.
#[derive(Clone, Debug, Default)]
pub struct Writable {
    /// Folders in which it may make new files, and give them the name of another one or take a name away: where reports go.
    pub reports: Vec<PathBuf>,
    /// Folders in which it may do as it likes with files: the state folder.
    pub own: Vec<PathBuf>,
}

/// Seals the keeper: it writes only where it is told, starts no program but itself, has no network and changes no file's rights, times or
/// owner. To be called before any thread is started.
#[cfg(target_os = "linux")]
pub fn seal_keeper(writable: &Writable) -> Seal {
    files::dump_no_memory().and(files::restrict_keeper(writable)).and(calls::refuse(calls::KEEPER))
}

/// Takes from a keeper that is sealed already the right to write anywhere but in these places.
#[cfg(target_os = "linux")]
pub fn narrow_keeper(writable: &Writable) -> Seal {
    files::restrict_keeper(writable)
}

/// Takes from every thread of a keeper the right to open any file for writing that is there already. What it has open stays open, and new
/// files can be made. To be called when the state folder is open.
#[cfg(target_os = "linux")]
pub fn close_existing_files() -> Seal {
    if USES_GRAPHICS_CARD {
        return Seal::missing(
            "this build computes on a graphics card, whose driver opens devices for writing, so existing files may be opened",
        );
    }
    calls::refuse(calls::EXISTING_FILES)
}

/// Seals the worker: it reads the given files and nothing else, writes nothing, starts nothing and has no network, takes no more memory than
/// it is given, and ends with the keeper. To be called before any thread is started and before anything untrusted is read.
#[cfg(target_os = "linux")]
pub fn seal_worker(readable: &[PathBuf], memory_bytes: u64) -> Seal {
    let ends = process::end_with_parent();
    if USES_GRAPHICS_CARD {
        let clause =
            "this build computes on a graphics card, whose driver needs devices and libraries, so the reading process may open files";
        // The driver maps as much memory as it likes.
        return ends.and(files::dump_no_memory()).and(calls::refuse(calls::KEEPER)).and(Seal::missing(clause));
    }
    let within = ends.and(process::limit_memory(memory_bytes)).and(files::dump_no_memory());
    within.and(files::restrict_worker(readable)).and(calls::refuse(calls::WORKER))
}

/// Takes more from a keeper that is sealed already and is going to run scripts itself, for their own tests: this thread and those it starts
/// read no file of the author's and write nothing; the process starts nothing and takes no more memory than it is given.
#[cfg(target_os = "linux")]
pub fn seal_tester(memory_bytes: u64) -> Seal {
    process::limit_memory(memory_bytes).and(files::restrict_thread(&[])).and(calls::refuse(calls::WORKER))
}

/// Seals the link: it connects by TCP to this one port and does nothing else, opens no file, listens nowhere, starts nothing, and ends with the
/// keeper. Names have to be looked up before. To be called before any thread is started.
#[cfg(target_os = "linux")]
pub fn seal_link(port: u16) -> Seal {
    let within = process::end_with_parent().and(files::dump_no_memory());
    within.and(files::restrict_link(port)).and(calls::refuse(calls::LINK))
}

#[cfg(not(target_os = "linux"))]
fn not_here() -> Seal {
    Seal::missing(format!("copydesk does not ask the kernel of this system ({}) for it yet", std::env::consts::OS))
}

/// Enforces nothing on this system, and says so.
#[cfg(not(target_os = "linux"))]
pub fn seal_keeper(_writable: &Writable) -> Seal {
    not_here()
}

/// Enforces nothing on this system, and says so.
#[cfg(not(target_os = "linux"))]
pub fn narrow_keeper(_writable: &Writable) -> Seal {
    not_here()
}

/// Enforces nothing on this system, and says so.
#[cfg(not(target_os = "linux"))]
pub fn close_existing_files() -> Seal {
    not_here()
}

/// Enforces nothing on this system, and says so.
#[cfg(not(target_os = "linux"))]
pub fn seal_tester(_memory_bytes: u64) -> Seal {
    not_here()
}

/// Enforces nothing on this system, and says so.
#[cfg(not(target_os = "linux"))]
pub fn seal_worker(_readable: &[PathBuf], _memory_bytes: u64) -> Seal {
    not_here()
}

/// Enforces nothing on this system, and says so.
#[cfg(not(target_os = "linux"))]
pub fn seal_link(_port: u16) -> Seal {
    not_here()
}
