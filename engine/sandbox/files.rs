//! Landlock: which files and folders a process may use. The only file that names `landlock`.

use super::{Seal, Writable};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd, RestrictionStatus, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, make_bitflags,
};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// What is asked of the kernel: with an older one than 6.12 some of it is missing, and told as missing.
const WANTED: ABI = ABI::V6;

/// What llama.cpp asks about the processor. It says nothing of anybody's files.
const ABOUT_THE_COMPUTER: &[&str] = &["/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/sys/devices/system/node"];

/// Refuses core dumps and readers of this process's memory: both would hold words of the manuscript.
pub fn dump_no_memory() -> Seal {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    // A dump that goes to another program is only prevented by the second.
    let limited = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let refused = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    if limited.and(refused).is_ok() { Seal::default() } else { Seal::missing("a crash may leave a copy of the memory on the disk") }
}

/// The keeper reads what its account may read, writes only in the given folders, and starts nothing but this program.
pub fn restrict_keeper(writable: &Writable) -> Seal {
    let read = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    let new_files = make_bitflags!(AccessFs::{WriteFile | MakeReg | MakeDir | RemoveFile});
    let own_files = new_files | AccessFs::Truncate | AccessFs::RemoveDir;
    let mut rules: Vec<(PathBuf, BitFlags<AccessFs>)> = vec![(PathBuf::from("/"), read)];
    rules.push((PathBuf::from("/dev/null"), AccessFs::WriteFile.into()));
    if super::USES_GRAPHICS_CARD {
        // The driver in the worker, which inherits this, talks to its devices and names its threads.
        rules.push((PathBuf::from("/dev"), make_bitflags!(AccessFs::{WriteFile | IoctlDev})));
        rules.push((PathBuf::from("/proc"), AccessFs::WriteFile.into()));
    }
    rules.extend(writable.reports.iter().map(|folder| (folder.clone(), new_files)));
    rules.extend(writable.own.iter().map(|folder| (folder.clone(), own_files)));
    let mut seal = Seal::default();
    match this_program() {
        Ok(files) => rules.extend(files.into_iter().map(|file| (file, AccessFs::Execute.into()))),
        Err(error) => {
            rules.push((PathBuf::from("/"), AccessFs::Execute.into()));
            seal = Seal::missing(format!("other programs can be started, because this one's own file could not be read ({error})"));
        }
    }
    seal.and(other_threads()).and(restrict(&rules))
}

/// The worker reads the given files.
pub fn restrict_worker(readable: &[PathBuf]) -> Seal {
    other_threads().and(restrict_thread(readable))
}

/// This thread, and all it starts later, reads the given files; other threads that run already are as they were.
pub fn restrict_thread(readable: &[PathBuf]) -> Seal {
    let model = readable.iter().map(|file| (file.clone(), AccessFs::ReadFile.into()));
    let present = ABOUT_THE_COMPUTER.iter().map(PathBuf::from).filter(|path| path.exists());
    let computer = present.map(|path| {
        let read_folder = make_bitflags!(AccessFs::{ReadFile | ReadDir});
        let rights = if path.is_dir() { read_folder } else { AccessFs::ReadFile.into() };
        (path, rights)
    });
    restrict(&model.chain(computer).collect::<Vec<_>>())
}

/// The link opens no file, and connects to this one port. To which address, Landlock cannot say.
pub fn restrict_link(port: u16) -> Seal {
    // Counted before, because the list of threads is a file too.
    let alone = other_threads();
    let rule = NetPort::new(port, AccessNet::ConnectTcp);
    let enforced = ruleset().and_then(|ruleset| ruleset.add_rule(rule)).and_then(RulesetCreated::restrict_self);
    alone.and(seal_of(enforced))
}

/// Gives this thread these rights and no others.
fn restrict(rules: &[(PathBuf, BitFlags<AccessFs>)]) -> Seal {
    let enforced = ruleset().and_then(|mut ruleset| {
        for (path, rights) in rules {
            match PathFd::new(path) {
                Ok(opened) => ruleset = ruleset.add_rule(PathBeneath::new(opened, *rights))?,
                // Without its rule the path is refused, which is the safe side; what needs it says so in its own words.
                Err(_) => continue,
            }
        }
        ruleset.restrict_self()
    });
    seal_of(enforced)
}

/// What came of it, in plain words.
fn seal_of(enforced: Result<RestrictionStatus, RulesetError>) -> Seal {
    let clause = match enforced {
        Ok(status) if status.ruleset == RulesetStatus::FullyEnforced && status.no_new_privs => return Seal::default(),
        Ok(status) if status.ruleset == RulesetStatus::PartiallyEnforced => {
            "this kernel knows only a part of the rules for files (all of them need Linux 6.12)".to_string()
        }
        Ok(_) => "this kernel enforces no rules for files (Landlock is missing or switched off; it needs Linux 5.13)".to_string(),
        Err(error) => format!("the rules for files were not accepted: {error}"),
    };
    Seal::missing(clause)
}

/// All rights to files, to TCP, and to processes outside this one are given up, but for the rules that follow.
fn ruleset() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()
}

/// A thread that runs already would keep its rights.
fn other_threads() -> Seal {
    if has_other_threads() { Seal::missing("another thread was running before the rights to files were given up") } else { Seal::default() }
}

fn has_other_threads() -> bool {
    std::fs::read_dir("/proc/self/task").map_or(true, |threads| threads.count() != 1)
}

/// The files that the kernel opens to start this program: its own, and the loader that it names.
fn this_program() -> io::Result<Vec<PathBuf>> {
    let program = std::env::current_exe()?;
    let loader = loader_of(&program)?;
    Ok(std::iter::once(program).chain(loader).collect())
}

/// The loader that a 64-bit ELF file names; none for one that needs none.
fn loader_of(program: &Path) -> io::Result<Option<PathBuf>> {
    const HEADER_BYTES: usize = 64;
    const SEGMENT_BYTES: usize = 56;
    const LOADER_SEGMENT: u64 = 3;
    let mut file = File::open(program)?;
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    let segments = number(&header, 0x38, 2);
    file.seek(SeekFrom::Start(number(&header, 0x20, 8)))?;
    for _ in 0..segments {
        let mut segment = [0; SEGMENT_BYTES];
        file.read_exact(&mut segment)?;
        if number(&segment, 0, 4) == LOADER_SEGMENT {
            file.seek(SeekFrom::Start(number(&segment, 0x08, 8)))?;
            let mut name = Vec::new();
            file.take(number(&segment, 0x20, 8)).read_to_end(&mut name)?;
            name.retain(|byte| *byte != 0);
            return Ok(Some(PathBuf::from(std::ffi::OsString::from_vec(name))));
        }
    }
    Ok(None)
}

/// A little-endian number of so many bytes.
fn number(bytes: &[u8], place: usize, length: usize) -> u64 {
    bytes[place..place + length].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_start_this_program_are_found() {
        let files = this_program().unwrap();
        assert!(files.iter().all(|file| file.is_file()), "{files:?}");
        assert!(cfg!(target_env = "musl") || files.len() == 2, "{files:?}");
    }

    #[test]
    fn a_process_with_threads_says_so() {
        // The test harness has threads of its own.
        std::thread::scope(|threads| {
            let other = threads.spawn(has_other_threads);
            assert!(other.join().unwrap());
        });
    }
}
