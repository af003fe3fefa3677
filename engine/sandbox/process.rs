//! What a process may take of the computer, and with whom it ends.

use super::Seal;
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};

/// The process can have so many bytes of memory of its own, and not one more; files that it maps do not count.
pub fn limit_memory(bytes: u64) -> Seal {
    let limited = setrlimit(Resource::Data, Rlimit { current: Some(bytes), maximum: Some(bytes) });
    if limited.is_ok() { Seal::default() } else { Seal::missing("its memory has no limit") }
}

/// The process is ended when the one that started it ends, however that comes and whatever this one is doing.
pub fn end_with_parent() -> Seal {
    let asked = set_parent_process_death_signal(Some(Signal::KILL));
    if asked.is_ok() { Seal::default() } else { Seal::missing("it may go on for a moment when copydesk itself is killed") }
}
