//! seccomp: which system calls are answered. The only file that names `seccompiler`.
//!
//! A list of what is refused, everything else is answered: a list of what is answered would break with the next version of a C library. The
//! numbers are those of the processor this is built for; on x86-64 the same calls are also refused by their second number (x32), and 32-bit
//! calls end the process, which the filter's own first lines see to.

use super::Seal;
use libc::c_long;
use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};
use std::collections::BTreeMap;

/// What a process is to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Network, other processes, the rights, times and owners of files, and what only an attack asks for.
    Keeper,
    /// The same, and starting anything.
    Worker,
    /// The same as the worker, but for connecting by TCP; to which port is Landlock's word.
    Link,
    /// Opening a file for writing that is there already.
    ExistingFiles,
}

pub const KEEPER: Refused = Refused::Keeper;
pub const WORKER: Refused = Refused::Worker;
pub const LINK: Refused = Refused::Link;
pub const EXISTING_FILES: Refused = Refused::ExistingFiles;

/// Calls that newer kernels have and the `libc` crate does not name everywhere; their numbers are the same on all processors.
mod newer {
    pub const FCHMODAT2: i64 = 452;
    pub const SETXATTRAT: i64 = 463;
    pub const REMOVEXATTRAT: i64 = 466;
    pub const FILE_SETATTR: i64 = 469;
}

/// Every way to another computer or to another process on this one, whatever the family.
const NETWORK: &[c_long] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    // A ring takes calls that no filter sees.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // Memory and queues shared with other processes.
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
];

/// Looking into other processes, changing the system, and code in memory that no rule for files sees.
const SYSTEM: &[c_long] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_fanotify_init,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_open_by_handle_at,
    libc::SYS_execveat,
];

/// Files without a name, which no rule for files sees; drivers of graphics cards work with them.
const NAMELESS_FILES: &[c_long] = if super::USES_GRAPHICS_CARD { &[] } else { &[libc::SYS_memfd_create] };

/// What changes a file without opening it, which Landlock does not see.
const ATTRIBUTES: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    newer::FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    newer::SETXATTRAT,
    newer::REMOVEXATTRAT,
    newer::FILE_SETATTR,
    libc::SYS_truncate,
    libc::SYS_mknodat,
];

/// Older names of the above, and of others in the lists, that only some processors have.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_mknod,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_kexec_file_load,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// Starting programs and processes, and listening to what others do with files.
const STARTING: &[c_long] = &[libc::SYS_execve, libc::SYS_inotify_init1, libc::SYS_inotify_add_watch];
#[cfg(target_arch = "x86_64")]
const STARTING_OLDER: &[c_long] = &[libc::SYS_fork, libc::SYS_vfork, libc::SYS_inotify_init];
#[cfg(not(target_arch = "x86_64"))]
const STARTING_OLDER: &[c_long] = &[];

/// Requests to devices and file systems that are refused: words put into the terminal as if typed, and a file's flags.
const REQUESTS: &[u64] = &[0x5412, 0x541c, 0x4008_6602, 0x4004_6602, 0x401c_5820];

/// On x86-64: added to a call's number it is the same call of the x32 form, which some kernels answer.
#[cfg(target_arch = "x86_64")]
const X32: i64 = 0x4000_0000;

/// Calls that have a number of their own in the x32 form: execve, ptrace, sendmsg, sendmmsg, process_vm_readv, process_vm_writev, execveat,
/// ioctl.
#[cfg(target_arch = "x86_64")]
const X32_ONLY: &[i64] = &[520, 521, 518, 538, 539, 540, 545, 514];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Refuses calls to all threads of this process, and to all that it starts.
pub fn refuse(what: Refused) -> Seal {
    let failed = |error: &dyn std::fmt::Display| Seal::missing(format!("the kernel did not take the list of refused calls: {error}"));
    let filters = match filters(what) {
        Ok(filters) => filters,
        Err(error) => return failed(&error),
    };
    filters
        .iter()
        .map(|filter| seccompiler::apply_filter_all_threads(filter))
        .find_map(Result::err)
        .map_or_else(Seal::default, |error| failed(&error))
}

/// The programs that the kernel runs at each call.
fn filters(what: Refused) -> Result<Vec<BpfProgram>, seccompiler::BackendError> {
    let not_permitted = libc::EPERM.unsigned_abs();
    // An answer that makes a C library use the older call, whose arguments a filter can see.
    let unknown = libc::ENOSYS.unsigned_abs();
    Ok(match what {
        Refused::Keeper => vec![compiled(common()?, not_permitted)?],
        Refused::Worker => vec![compiled(starting_nothing()?, not_permitted)?, compiled(always(&[&[libc::SYS_clone3]]), unknown)?],
        Refused::Link => {
            let mut rules = starting_nothing()?;
            rules.insert(libc::SYS_socket, not_tcp()?);
            rules.remove(&libc::SYS_connect);
            rules.insert(libc::SYS_sendto, to_another_address()?);
            vec![compiled(rules, not_permitted)?, compiled(always(&[&[libc::SYS_clone3]]), unknown)?]
        }
        Refused::ExistingFiles => vec![compiled(existing_files()?, not_permitted)?, compiled(always(&[&[libc::SYS_openat2]]), unknown)?],
    })
}

fn compiled(mut rules: Rules, error: u32) -> Result<BpfProgram, seccompiler::BackendError> {
    #[cfg(target_arch = "x86_64")]
    {
        let second: Rules = rules.iter().map(|(number, rules)| (number | X32, rules.clone())).collect();
        rules.extend(second);
        rules.extend(X32_ONLY.iter().map(|number| (number | X32, Vec::new())));
    }
    let processor = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(error), processor)?.try_into()
}

/// Refused whatever their arguments are.
fn always(lists: &[&[c_long]]) -> Rules {
    lists.iter().flat_map(|list| list.iter()).map(|number| (*number, Vec::new())).collect()
}

fn common() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = always(&[NETWORK, SYSTEM, NAMELESS_FILES, ATTRIBUTES, OLDER]);
    let request = |request: &u64| SeccompRule::new(vec![SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, *request)?]);
    rules.insert(libc::SYS_ioctl, REQUESTS.iter().map(request).collect::<Result<_, _>>()?);
    Ok(rules)
}

/// What all are refused, and starting anything but threads.
fn starting_nothing() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = common()?;
    rules.extend(always(&[STARTING, STARTING_OLDER]));
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![bits(0, u64::from(libc::CLONE_THREAD.unsigned_abs()), 0)?])?]);
    Ok(rules)
}

/// The ways in which a new socket can be something else than a stream of TCP. Landlock sees neither datagrams nor the other protocols that
/// are streams (MPTCP, SMC, SCTP).
fn not_tcp() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let number = |number: i32| u64::from(number.unsigned_abs());
    let is_not = |argument: u8, value: i32| SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, number(value));
    // SOCK_STREAM is 1; the flags of the same argument begin above its four lowest bits.
    let kinds = [(1, 0), (2, 2), (4, 4), (8, 8)];
    let mut rules = kinds.into_iter().map(|(mask, value)| SeccompRule::new(vec![bits(1, mask, value)?])).collect::<Result<Vec<_>, _>>()?;
    rules.push(SeccompRule::new(vec![is_not(0, libc::AF_INET)?, is_not(0, libc::AF_INET6)?])?);
    rules.push(SeccompRule::new(vec![is_not(2, 0)?, is_not(2, libc::IPPROTO_TCP)?])?);
    Ok(rules)
}

/// Sending to an address of its own, or connecting by sending (TCP Fast Open), which Landlock does not see on every kernel.
fn to_another_address() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let fast_open = u64::from(libc::MSG_FASTOPEN.unsigned_abs());
    let has_address = SeccompCondition::new(4, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    Ok(vec![SeccompRule::new(vec![has_address])?, SeccompRule::new(vec![bits(3, fast_open, fast_open)?])?])
}

/// Opening for writing is answered only where the file must be a new one.
fn existing_files() -> Result<Rules, seccompiler::BackendError> {
    let mut rules = Rules::new();
    rules.insert(libc::SYS_openat, not_new(2)?);
    #[cfg(target_arch = "x86_64")]
    {
        rules.insert(libc::SYS_open, not_new(1)?);
        rules.insert(libc::SYS_creat, Vec::new());
    }
    Ok(rules)
}

/// The ways in which the flags of an opening, in the given argument, can mean a file that is there already.
fn not_new(argument: u8) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let flag = |flag: i32| u64::from(flag.unsigned_abs());
    let access = |value: i32| bits(argument, flag(libc::O_ACCMODE), flag(value));
    let without = |missing: i32| bits(argument, flag(missing), 0);
    let mut rules = vec![SeccompRule::new(vec![bits(argument, flag(libc::O_TRUNC), flag(libc::O_TRUNC))?, without(libc::O_EXCL)?])?];
    for mode in [libc::O_WRONLY, libc::O_RDWR, libc::O_ACCMODE] {
        for missing in [libc::O_CREAT, libc::O_EXCL] {
            rules.push(SeccompRule::new(vec![access(mode)?, without(missing)?])?);
        }
    }
    Ok(rules)
}

/// These bits of an argument have this value.
fn bits(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a filter over one call as the kernel does, and gives its verdict. Only the instructions that occur are understood.
    fn verdict(program: &[seccompiler::sock_filter], number: i64, arguments: [u64; 6]) -> u32 {
        const PROCESSOR: u32 = if cfg!(target_arch = "x86_64") { 0xc000_003e } else { 0xc000_00b7 };
        let mut data = Vec::new();
        data.extend(u32::try_from(number).unwrap().to_le_bytes());
        data.extend(PROCESSOR.to_le_bytes());
        data.extend([0; 8]);
        arguments.iter().for_each(|argument| data.extend(argument.to_le_bytes()));
        let (mut place, mut value) = (0, 0_u32);
        loop {
            let instruction = &program[place];
            let constant = instruction.k;
            place += 1;
            let holds = match instruction.code {
                0x20 => {
                    let from = constant as usize;
                    value = u32::from_le_bytes(data[from..from + 4].try_into().unwrap());
                    continue;
                }
                0x54 => {
                    value &= constant;
                    continue;
                }
                0x05 => {
                    place += constant as usize;
                    continue;
                }
                0x06 => return constant,
                0x15 => value == constant,
                0x25 => value > constant,
                0x35 => value >= constant,
                other => panic!("instruction {other:#x}"),
            };
            place += usize::from(if holds { instruction.jt } else { instruction.jf });
        }
    }

    fn answer(what: Refused, number: i64, first: [u64; 3]) -> Option<i32> {
        answer_to_all(what, number, [first[0], first[1], first[2], 0, 0, 0])
    }

    fn answer_to_all(what: Refused, number: i64, arguments: [u64; 6]) -> Option<i32> {
        const ALLOWED: u32 = 0x7fff_0000;
        const REFUSED: u32 = 0x0005_0000;
        let verdicts = filters(what).unwrap();
        let refused = verdicts.iter().map(|filter| verdict(filter, number, arguments)).find(|verdict| *verdict != ALLOWED)?;
        assert_eq!(refused & 0xffff_0000, REFUSED, "call {number} ends the process");
        Some((refused & 0xffff).cast_signed())
    }

    #[test]
    fn every_listed_call_is_refused_by_both_of_its_numbers() {
        for what in [KEEPER, WORKER] {
            for number in [NETWORK, SYSTEM, NAMELESS_FILES, ATTRIBUTES, OLDER].concat() {
                assert_eq!(answer(what, number, [0; 3]), Some(libc::EPERM), "call {number} of {what:?}");
                #[cfg(target_arch = "x86_64")]
                assert_eq!(answer(what, number | X32, [0; 3]), Some(libc::EPERM), "call {number} (x32) of {what:?}");
            }
            for number in [libc::SYS_read, libc::SYS_write, libc::SYS_mmap, libc::SYS_futex, libc::SYS_exit_group] {
                assert_eq!(answer(what, number, [0; 3]), None, "call {number} of {what:?}");
            }
        }
    }

    #[test]
    fn a_worker_starts_threads_and_nothing_else() {
        let flags = |flags: i32| [u64::from(flags.unsigned_abs()), 0, 0];
        let thread = libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_THREAD;
        assert_eq!(answer(WORKER, libc::SYS_clone, flags(thread)), None);
        assert_eq!(answer(WORKER, libc::SYS_clone, flags(libc::SIGCHLD)), Some(libc::EPERM));
        assert_eq!(answer(WORKER, libc::SYS_clone, flags(libc::CLONE_VM | libc::CLONE_VFORK)), Some(libc::EPERM));
        assert_eq!(answer(WORKER, libc::SYS_clone3, [0; 3]), Some(libc::ENOSYS), "its flags cannot be seen");
        assert_eq!(answer(WORKER, libc::SYS_execve, [0; 3]), Some(libc::EPERM));
        assert_eq!(answer(KEEPER, libc::SYS_clone, flags(libc::SIGCHLD)), None, "the keeper starts workers");
    }

    #[test]
    fn a_link_connects_by_tcp_and_is_else_a_worker() {
        let calls = [NETWORK, SYSTEM, NAMELESS_FILES, ATTRIBUTES, OLDER, STARTING, STARTING_OLDER].concat();
        for number in calls.into_iter().filter(|number| ![libc::SYS_socket, libc::SYS_connect, libc::SYS_sendto].contains(number)) {
            assert_eq!(answer(LINK, number, [0; 3]), Some(libc::EPERM), "call {number}");
        }
        assert_eq!(answer(LINK, libc::SYS_connect, [3, 0, 16]), None);
        let socket = |family: i32, kind: i32, protocol: i32| {
            answer(LINK, libc::SYS_socket, [family, kind, protocol].map(|argument| u64::from(argument.unsigned_abs())))
        };
        for family in [libc::AF_INET, libc::AF_INET6] {
            for flags in [0, libc::SOCK_CLOEXEC, libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK] {
                assert_eq!(socket(family, libc::SOCK_STREAM | flags, 0), None);
                assert_eq!(socket(family, libc::SOCK_STREAM | flags, libc::IPPROTO_TCP), None);
                for kind in (0..16).filter(|kind| *kind != libc::SOCK_STREAM) {
                    assert_eq!(socket(family, kind | flags, 0), Some(libc::EPERM), "{kind}");
                }
            }
            for protocol in [libc::IPPROTO_MPTCP, libc::IPPROTO_SCTP, 256] {
                assert_eq!(socket(family, libc::SOCK_STREAM, protocol), Some(libc::EPERM), "{protocol}");
            }
        }
        for family in [libc::AF_UNIX, libc::AF_NETLINK, libc::AF_VSOCK, libc::AF_PACKET] {
            assert_eq!(socket(family, libc::SOCK_STREAM, 0), Some(libc::EPERM), "{family}");
        }
        let sent = |flags: i32, address: u64| answer_to_all(LINK, libc::SYS_sendto, [3, 1, 5, u64::from(flags.unsigned_abs()), address, 0]);
        assert_eq!(sent(libc::MSG_NOSIGNAL, 0), None);
        assert_eq!(sent(libc::MSG_NOSIGNAL, 0x7000_0000_0000), Some(libc::EPERM), "to another address");
        assert_eq!(sent(libc::MSG_NOSIGNAL | libc::MSG_FASTOPEN, 0), Some(libc::EPERM));
    }

    #[test]
    fn words_cannot_be_put_into_the_terminal_nor_flags_on_a_file() {
        for request in REQUESTS {
            assert_eq!(answer(KEEPER, libc::SYS_ioctl, [0, *request, 0]), Some(libc::EPERM));
        }
        assert_eq!(answer(KEEPER, libc::SYS_ioctl, [0, libc::TIOCGWINSZ, 0]), None, "how wide the terminal is");
    }

    #[test]
    fn only_new_files_are_opened_for_writing() {
        let opened = |flags: i32| answer(EXISTING_FILES, libc::SYS_openat, [0, 0, u64::from(flags.unsigned_abs())]);
        let new = libc::O_CREAT | libc::O_EXCL;
        for flags in [libc::O_RDONLY, libc::O_RDONLY | libc::O_DIRECTORY, libc::O_WRONLY | new, libc::O_RDWR | new] {
            assert_eq!(opened(flags | libc::O_CLOEXEC), None, "{flags:#o}");
        }
        let existing = [0, libc::O_CREAT, libc::O_EXCL, libc::O_TRUNC, libc::O_APPEND, libc::O_CREAT | libc::O_TRUNC, libc::O_TMPFILE];
        for flags in existing {
            for mode in [libc::O_WRONLY, libc::O_RDWR, libc::O_ACCMODE] {
                assert_eq!(opened(flags | mode), Some(libc::EPERM), "{flags:#o} {mode}");
            }
        }
        assert_eq!(opened(libc::O_RDONLY | libc::O_TRUNC), Some(libc::EPERM));
        assert_eq!(answer(EXISTING_FILES, libc::SYS_openat2, [0; 3]), Some(libc::ENOSYS), "its flags cannot be seen");
    }
}
