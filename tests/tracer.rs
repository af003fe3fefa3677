//! Runs a program under `ptrace`, counts its calls that concern certain folders, and at one of them ends the program or fails the call.
//!
//! The kernel stops the program before and after each call, so nothing is missed: neither what the C library does, nor SQLite, nor the crates
//! that call the kernel without a library. Only the program itself is followed, not the worker it starts, which can open none of these files.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A traced program may take so long; then it is ended, and its test fails.
const LONGEST: Duration = Duration::from_secs(120);

/// What is done at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The program is ended, and the call is not done.
    KillBefore,
    /// The call is done, and the program is ended.
    KillAfter,
    /// The call is not done and gives this error; closing is done all the same, as the kernel does it.
    Fail(Errno),
    /// Half of the bytes are written.
    Short,
}

/// A call that concerns the folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub name: &'static str,
    pub path: PathBuf,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only looks.
    Look,
    /// It writes bytes.
    Write,
    /// It changes something else, or takes a step that others hang on: a name, a lock, the way onto the disk.
    Change,
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    Killed,
}

/// What became of a traced program.
#[derive(Debug)]
pub struct Traced {
    pub end: End,
    pub calls: Vec<Call>,
}

/// What is to be done to a program.
pub struct Plan<'p> {
    /// Which of its calls, from 0, and what is done there.
    pub fault: Option<(usize, Fault)>,
    /// Whether this disk knows no renaming that refuses to replace, as some do not.
    pub is_old_disk: bool,
    /// Called while the program stands still at the fault.
    pub at_fault: &'p mut dyn FnMut(),
}

/// Where a call says what it concerns.
#[derive(Clone, Copy)]
enum What {
    /// A path in this argument.
    Path(usize),
    /// A path in this argument, from the folder in the one before it.
    PathAt(usize),
    /// An open file, the first argument.
    Open,
}

const CALLS: &[(i64, &str, What, Kind)] = &[
    (libc::SYS_open, "open", What::Path(0), Kind::Change),
    (libc::SYS_creat, "creat", What::Path(0), Kind::Change),
    (libc::SYS_openat, "openat", What::PathAt(1), Kind::Change),
    (libc::SYS_openat2, "openat2", What::PathAt(1), Kind::Change),
    (libc::SYS_mkdir, "mkdir", What::Path(0), Kind::Change),
    (libc::SYS_mkdirat, "mkdirat", What::PathAt(1), Kind::Change),
    (libc::SYS_rmdir, "rmdir", What::Path(0), Kind::Change),
    (libc::SYS_unlink, "unlink", What::Path(0), Kind::Change),
    (libc::SYS_unlinkat, "unlinkat", What::PathAt(1), Kind::Change),
    (libc::SYS_rename, "rename", What::Path(0), Kind::Change),
    (libc::SYS_renameat, "renameat", What::PathAt(1), Kind::Change),
    (libc::SYS_renameat2, "renameat2", What::PathAt(1), Kind::Change),
    (libc::SYS_link, "link", What::Path(0), Kind::Change),
    (libc::SYS_linkat, "linkat", What::PathAt(1), Kind::Change),
    (libc::SYS_symlink, "symlink", What::Path(1), Kind::Change),
    (libc::SYS_symlinkat, "symlinkat", What::PathAt(2), Kind::Change),
    (libc::SYS_truncate, "truncate", What::Path(0), Kind::Change),
    (libc::SYS_ftruncate, "ftruncate", What::Open, Kind::Change),
    (libc::SYS_fallocate, "fallocate", What::Open, Kind::Change),
    (libc::SYS_fsync, "fsync", What::Open, Kind::Change),
    (libc::SYS_fdatasync, "fdatasync", What::Open, Kind::Change),
    (libc::SYS_sync_file_range, "sync_file_range", What::Open, Kind::Change),
    (libc::SYS_flock, "flock", What::Open, Kind::Change),
    (libc::SYS_close, "close", What::Open, Kind::Change),
    (libc::SYS_write, "write", What::Open, Kind::Write),
    (libc::SYS_pwrite64, "pwrite64", What::Open, Kind::Write),
    (libc::SYS_writev, "writev", What::Open, Kind::Change),
    (libc::SYS_pwritev, "pwritev", What::Open, Kind::Change),
    (libc::SYS_copy_file_range, "copy_file_range", What::Open, Kind::Change),
    (libc::SYS_sendfile, "sendfile", What::Open, Kind::Change),
    (libc::SYS_read, "read", What::Open, Kind::Look),
    (libc::SYS_pread64, "pread64", What::Open, Kind::Look),
    (libc::SYS_getdents64, "getdents64", What::Open, Kind::Look),
    (libc::SYS_fstat, "fstat", What::Open, Kind::Look),
    (libc::SYS_stat, "stat", What::Path(0), Kind::Look),
    (libc::SYS_lstat, "lstat", What::Path(0), Kind::Look),
    (libc::SYS_newfstatat, "newfstatat", What::PathAt(1), Kind::Look),
    (libc::SYS_statx, "statx", What::PathAt(1), Kind::Look),
    (libc::SYS_mmap, "mmap", What::Open, Kind::Look),
];

/// What is to be done when a call that has begun ends.
#[derive(Clone, Copy)]
enum After {
    /// The program gets this result instead.
    Result(i64),
    Kill,
}

/// Runs a command and follows it. Nothing where this machine does not allow that, which is said.
pub fn trace(command: &Command, folders: &[&Path], plan: Plan<'_>) -> Option<Traced> {
    // The shell stands still until it is followed, then becomes the program.
    let mut shell = Command::new("sh");
    shell.args(["-c", "kill -STOP $$; exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    shell.current_dir(command.get_current_dir().unwrap_or(Path::new("/")));
    // One thread reads the chapters, so that the calls come in one order.
    shell.env("RAYON_NUM_THREADS", "1");
    let (output, errors) = (folders[0].with_extension("out"), folders[0].with_extension("err"));
    shell.stdout(File::create(output).expect("a file")).stderr(File::create(errors).expect("a file"));
    #[expect(clippy::zombie_processes, reason = "its end is waited for by number, as that of all its threads")]
    let child = shell.spawn().expect("sh is there");
    let pid = Pid::from_raw(child.id().cast_signed());
    waitpid(pid, Some(WaitPidFlag::WUNTRACED)).expect("the shell stops");
    let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL;
    if let Err(error) = ptrace::seize(pid, options) {
        eprintln!("skipped: this machine lets no program follow another ({error})");
        kill(pid, Signal::SIGKILL).ok();
        waitpid(pid, None).ok();
        return None;
    }
    kill(pid, Signal::SIGCONT).expect("the shell goes on");
    let has_ended = Arc::new(AtomicBool::new(false));
    let watchdog = watchdog(pid, has_ended.clone());
    let traced = Tracer { pid, folders, plan, calls: Vec::new(), after: HashMap::new() }.follow();
    has_ended.store(true, Ordering::Relaxed);
    assert!(!watchdog.join().expect("the watchdog"), "the program hung; its last calls: {:?}", traced.calls.iter().rev().take(5));
    Some(traced)
}

/// Ends a program that hangs. Gives whether it did.
fn watchdog(pid: Pid, has_ended: Arc<AtomicBool>) -> std::thread::JoinHandle<bool> {
    const STEP: Duration = Duration::from_millis(20);
    std::thread::spawn(move || {
        for _ in 0..LONGEST.as_millis() / STEP.as_millis() {
            if has_ended.load(Ordering::Relaxed) {
                return false;
            }
            std::thread::sleep(STEP);
        }
        kill(pid, Signal::SIGKILL).ok();
        true
    })
}

struct Tracer<'t, 'p> {
    pid: Pid,
    folders: &'t [&'t Path],
    plan: Plan<'p>,
    calls: Vec<Call>,
    /// Thread → what is to be done when its call ends.
    after: HashMap<Pid, After>,
}

impl Tracer<'_, '_> {
    fn follow(mut self) -> Traced {
        // Of this thread's own children only: other tests wait for theirs.
        let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        loop {
            match waitpid(None, Some(flags)) {
                Ok(WaitStatus::PtraceSyscall(thread)) => {
                    self.at_call(thread);
                    ptrace::syscall(thread, None).ok();
                }
                Ok(WaitStatus::PtraceEvent(thread, ..)) => drop(ptrace::syscall(thread, None)),
                Ok(WaitStatus::Stopped(thread, signal)) => drop(ptrace::syscall(thread, signal)),
                Ok(WaitStatus::Exited(thread, code)) if thread == self.pid => return self.ended(End::Exited(code)),
                Ok(WaitStatus::Signaled(thread, ..)) if thread == self.pid => return self.ended(End::Killed),
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => panic!("the program was lost: {error}"),
            }
        }
    }

    fn ended(self, end: End) -> Traced {
        Traced { end, calls: self.calls }
    }

    fn at_call(&mut self, thread: Pid) {
        let (Ok(info), Ok(mut registers)) = (ptrace::syscall_info(thread), ptrace::getregs(thread)) else { return };
        if info.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
            match self.after.remove(&thread) {
                Some(After::Result(result)) => {
                    registers.rax = result.cast_unsigned();
                    ptrace::setregs(thread, registers).ok();
                }
                Some(After::Kill) => self.kill(),
                None => {}
            }
            return;
        }
        let number = registers.orig_rax.cast_signed();
        let arguments = [registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8];
        let mut instead = None;
        if number == libc::SYS_prctl && arguments[0] == u64::from(libc::PR_SET_DUMPABLE.cast_unsigned()) {
            // The program would hide its memory, and with it the paths of its calls, from whoever follows it.
            instead = Some(After::Result(0));
        } else if self.plan.is_old_disk && number == libc::SYS_renameat2 {
            instead = Some(After::Result(-i64::from(libc::EINVAL)));
        } else if let Some(call) = self.call(thread, number, arguments) {
            let is_fault = self.plan.fault.filter(|(nth, _)| *nth == self.calls.len());
            let name = call.name;
            self.calls.push(call);
            match is_fault {
                Some((_, Fault::KillBefore)) => {
                    registers.orig_rax = u64::MAX;
                    ptrace::setregs(thread, registers).ok();
                    return self.kill();
                }
                Some((_, Fault::KillAfter)) => {
                    self.after.insert(thread, After::Kill);
                }
                Some((_, Fault::Fail(error))) => {
                    (self.plan.at_fault)();
                    let result = After::Result(-i64::from(error as i32));
                    if name == "close" {
                        self.after.insert(thread, result);
                    } else {
                        instead = Some(result);
                    }
                }
                Some((_, Fault::Short)) => {
                    (self.plan.at_fault)();
                    registers.rdx = registers.rdx.div_ceil(2);
                    ptrace::setregs(thread, registers).ok();
                }
                None => {}
            }
        }
        if let Some(after) = instead {
            registers.orig_rax = u64::MAX;
            ptrace::setregs(thread, registers).ok();
            self.after.insert(thread, after);
        }
    }

    fn kill(&mut self) {
        (self.plan.at_fault)();
        kill(self.pid, Signal::SIGKILL).ok();
    }

    /// The call, if it concerns one of the folders.
    fn call(&self, thread: Pid, number: i64, arguments: [u64; 5]) -> Option<Call> {
        let (_, name, what, kind) = CALLS.iter().find(|(known, ..)| *known == number)?;
        let of_file = |number: u64| match i32::try_from(number.cast_signed()) {
            Ok(libc::AT_FDCWD) | Err(_) => std::fs::read_link(format!("/proc/{}/cwd", self.pid)).ok(),
            Ok(number) => std::fs::read_link(format!("/proc/{}/fd/{number}", self.pid)).ok(),
        };
        let path = match *what {
            What::Path(place) => of_file(u64::MAX)?.join(text(thread, arguments[place])?),
            What::PathAt(place) => {
                let path = text(thread, arguments[place])?;
                if path.is_absolute() { path } else { of_file(u64::from(arguments[place - 1] as u32))?.join(path) }
            }
            What::Open if *name == "mmap" => of_file(arguments[4])?,
            What::Open => of_file(arguments[0])?,
        };
        let is_meant = self.folders.iter().any(|folder| path.starts_with(folder));
        is_meant.then_some(Call { name, path, kind: *kind })
    }
}

/// The text that ends with a zero at an address.
fn text(thread: Pid, address: u64) -> Option<PathBuf> {
    let memory = File::open(format!("/proc/{thread}/mem")).ok()?;
    let mut bytes = vec![0; 4096];
    let read = memory.read_at(&mut bytes, address).ok()?;
    let end = bytes[..read].iter().position(|byte| *byte == 0)?;
    bytes.truncate(end);
    Some(PathBuf::from(String::from_utf8_lossy(&bytes).into_owned()))
}
