//! The program: everything is in the library.

use copydesk::script::limits::CountingAllocator;
use std::process::ExitCode;

/// Counts what each thread holds, so that a script's memory has a limit.
#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    copydesk::cli::main()
}
