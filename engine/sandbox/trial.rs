//! The seal put to the test: a process of this program seals itself in one of the two roles, attempts each forbidden act, and tells what
//! came of it. `copydesk doctor`, `--require-sandbox` and the tests believe only this.
//!
//! Every act is harmless if it should succeed, and touches only a folder made for it.

use super::Seal;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The memory that a worker on trial may take, in bytes.
const TRIAL_MEMORY_BYTES: u64 = 1 << 30;

/// The process that is imitated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// With reports beside the chapters.
    Keeper,
    /// With `reports: folder`: all reports in a folder of their own.
    FolderKeeper,
    Worker,
    /// What runs scripts' own tests.
    Tester,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Keeper, Role::FolderKeeper, Role::Worker, Role::Tester];

    /// Those of runs.
    pub const OF_WORK: [Role; 3] = [Role::Keeper, Role::FolderKeeper, Role::Worker];

    /// As the argument of a command.
    pub fn name(self) -> &'static str {
        match self {
            Role::Keeper => "keeper",
            Role::FolderKeeper => "folder-keeper",
            Role::Worker => "worker",
            Role::Tester => "tester",
        }
    }

    /// What it is called in messages to authors.
    pub fn words(self) -> &'static str {
        match self {
            Role::Keeper => "the process that reads and writes your folder",
            Role::FolderKeeper => "the process that reads your folder and writes the folder of reports",
            Role::Worker => "the process that runs scripts and the model",
            Role::Tester => "the process that runs scripts’ own tests",
        }
    }

    /// The role of a name.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// One act and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What was attempted, in plain words.
    pub act: String,
    /// Whether the seal must refuse it; the others must still be possible.
    pub is_forbidden: bool,
    /// The system's words when it was refused.
    pub refusal: Option<String>,
}

impl Attempt {
    /// Whether it came as the seal promises.
    pub fn is_as_promised(&self) -> bool {
        self.is_forbidden == self.refusal.is_some()
    }
}

/// All acts of one role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// What the process could enforce on itself.
    pub seal: Seal,
    pub attempts: Vec<Attempt>,
}

impl Trial {
    /// Whether everything came as the seal promises, and anything was attempted at all.
    pub fn is_passed(&self) -> bool {
        self.seal.is_full() && !self.attempts.is_empty() && self.attempts.iter().all(Attempt::is_as_promised)
    }
}

/// The places of a trial, in a folder of its own.
struct Places {
    chapter: PathBuf,
    report: PathBuf,
    book: PathBuf,
    /// The folder of reports, with one in it.
    reports: PathBuf,
    state: PathBuf,
    private: PathBuf,
    elsewhere: PathBuf,
    model: PathBuf,
}

impl Places {
    fn of(folder: &Path) -> Places {
        let (book, elsewhere) = (folder.join("book"), folder.join("elsewhere"));
        Places {
            chapter: book.join("chapter.md"),
            report: book.join("chapter.report.md"),
            reports: book.join("reports"),
            state: folder.join("state"),
            private: elsewhere.join("private.txt"),
            model: folder.join("model.gguf"),
            book,
            elsewhere,
        }
    }
}

/// Lays out what the acts are attempted on.
///
/// # Errors
/// The folder cannot be written.
pub fn prepare(folder: &Path) -> io::Result<()> {
    let places = Places::of(folder);
    for folder in [&places.book, &places.reports, &places.state, &places.elsewhere] {
        fs::create_dir(folder)?;
    }
    let report = places.reports.join("chapter.report.md");
    [&places.chapter, &places.report, &report, &places.private, &places.model].into_iter().try_for_each(|file| fs::write(file, "words\n"))
}

/// Seals this process for good and attempts everything. To be called before any thread is started.
pub fn run(role: Role, folder: &Path) -> Trial {
    let places = Places::of(folder);
    let seal = match role {
        Role::Worker => super::seal_worker(std::slice::from_ref(&places.model), TRIAL_MEMORY_BYTES),
        Role::Tester => super::seal_keeper(&super::Writable::default()).and(super::seal_tester(TRIAL_MEMORY_BYTES)),
        Role::Keeper => sealed_keeper(&places.book, &places.state),
        Role::FolderKeeper => sealed_keeper(&places.reports, &places.state),
    };
    Trial { seal, attempts: acts::all(role, &places) }
}

fn sealed_keeper(reports: &Path, state: &Path) -> Seal {
    let writable = super::Writable { reports: vec![reports.to_path_buf()], own: vec![state.to_path_buf()] };
    super::seal_keeper(&writable).and(super::close_existing_files())
}

#[cfg(not(target_os = "linux"))]
mod acts {
    use super::{Attempt, Places, Role};

    /// Nothing is enforced here, so there is nothing to attempt.
    pub fn all(_role: Role, _places: &Places) -> Vec<Attempt> {
        Vec::new()
    }
}

#[cfg(target_os = "linux")]
mod acts {
    //! The acts themselves.

    use super::{Attempt, Places, Role};
    use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
    use rustix::net::{AddressFamily, SocketFlags, SocketType};
    use std::fs::{self, File, OpenOptions};
    use std::io::{self, Read, Write};
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::path::Path;
    use std::process::{Command, Stdio};

    /// Attempts everything that concerns a role.
    pub fn all(role: Role, places: &Places) -> Vec<Attempt> {
        let mut attempts = Attempts::default();
        attempts.network();
        attempts.processes();
        match role {
            Role::Worker => {
                attempts.allowed("read the model", fs::read(&places.model));
                attempts.reader(places);
            }
            Role::Tester => {
                attempts.forbidden("read the model", fs::read(&places.model));
                attempts.reader(places);
            }
            Role::Keeper => attempts.keeper(places, &places.report),
            Role::FolderKeeper => {
                attempts.folder_keeper(places);
                attempts.keeper(places, &places.reports.join("chapter.report.md"));
            }
        }
        attempts.attributes(&places.chapter);
        attempts.0
    }

    #[derive(Default)]
    struct Attempts(Vec<Attempt>);

    impl Attempts {
        fn note<T>(&mut self, is_forbidden: bool, act: &str, result: io::Result<T>) {
            let refusal = result.err().map(|error| error.to_string());
            self.0.push(Attempt { act: act.to_string(), is_forbidden, refusal });
        }

        fn forbidden<T>(&mut self, act: &str, result: io::Result<T>) {
            self.note(true, act, result);
        }

        fn allowed<T>(&mut self, act: &str, result: io::Result<T>) {
            self.note(false, act, result);
        }

        fn network(&mut self) {
            let kinds = [
                ("open an internet connection (TCP)", AddressFamily::INET, SocketType::STREAM),
                ("send an internet message (UDP, which also asks for names)", AddressFamily::INET, SocketType::DGRAM),
                ("open an internet connection (TCP, IPv6)", AddressFamily::INET6, SocketType::STREAM),
                ("send raw network packets", AddressFamily::PACKET, SocketType::RAW),
                ("ask the kernel about the network (netlink)", AddressFamily::NETLINK, SocketType::RAW),
                ("talk to the host of a virtual machine (vsock)", AddressFamily::VSOCK, SocketType::STREAM),
                ("talk to another program on this computer (a local socket)", AddressFamily::UNIX, SocketType::STREAM),
            ];
            for (act, family, kind) in kinds {
                self.forbidden(act, rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None).map_err(io::Error::from));
            }
            let pair = rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None);
            self.forbidden("make a pair of sockets", pair.map_err(io::Error::from));
        }

        fn processes(&mut self) {
            self.forbidden("start another program", Command::new("/bin/true").stdin(Stdio::inherit()).output());
            let parent = rustix::process::getppid();
            let signalled = parent.ok_or(io::ErrorKind::NotFound.into()).and_then(|pid| Ok(rustix::process::test_kill_process(pid)?));
            self.forbidden("send a signal to another program", signalled);
            let number = parent.map_or(1, |pid| pid.as_raw_nonzero().get());
            self.forbidden("read another program's memory", File::open(format!("/proc/{number}/mem")));
            self.allowed("start a thread", std::thread::Builder::new().spawn(|| ()).map(std::thread::JoinHandle::join));
        }

        /// What whoever runs scripts is refused.
        fn reader(&mut self, places: &Places) {
            self.forbidden("start this program again", own_version());
            self.forbidden("read a chapter", fs::read(&places.chapter));
            self.forbidden("list the names in the folder of the chapters", fs::read_dir(&places.book));
            self.forbidden("read another file of yours", fs::read(&places.private));
            self.forbidden("read the list of this computer's accounts", fs::read("/etc/passwd"));
            self.forbidden("write a file beside the chapters", File::create_new(places.book.join("new.md")));
            self.forbidden("write into the state folder", File::create_new(places.state.join("new")));
            self.forbidden("write into the folder for temporary files", temporary_file());
            self.forbidden("change the model", OpenOptions::new().write(true).open(&places.model));
            self.forbidden("empty a chapter", File::create(&places.chapter));
            self.forbidden("rename a chapter", fs::rename(&places.chapter, places.book.join("renamed.md")));
            self.forbidden("delete a report", fs::remove_file(&places.report));
            self.forbidden("make a folder", fs::create_dir(places.book.join("folder")));
            self.forbidden("make a link", symlink(&places.private, places.book.join("link.md")));
        }

        /// What the kernel can only refuse when reports have a folder of their own: it cannot tell a report's name from a chapter's.
        fn folder_keeper(&mut self, places: &Places) {
            self.forbidden("put another file in a chapter's place", replaced(&places.chapter));
            self.forbidden("write a file beside the chapters", File::create_new(places.book.join("new.md")));
            self.forbidden("rename a chapter", fs::rename(&places.report, places.book.join("renamed.md")));
            self.forbidden(
                "delete a chapter",
                fs::remove_file(places.book.join("renamed.md")).or_else(|_| fs::remove_file(&places.report)),
            );
        }

        fn keeper(&mut self, places: &Places, report: &Path) {
            self.allowed("read a chapter", fs::read(&places.chapter));
            self.allowed("replace a report by a new one", replaced(report));
            self.allowed("write a new file into the state folder", fs::File::create_new(places.state.join("new")));
            self.allowed("start this program again", own_version());
            self.forbidden("open a chapter for writing", OpenOptions::new().write(true).open(&places.chapter));
            self.forbidden("write at a chapter's end", OpenOptions::new().append(true).open(&places.chapter));
            self.forbidden("empty a chapter", File::create(&places.chapter));
            self.forbidden("write into another folder", File::create_new(places.elsewhere.join("new.txt")));
            self.forbidden("write into the folder for temporary files", temporary_file());
            self.forbidden("change another file of yours", OpenOptions::new().write(true).open(&places.private));
            self.forbidden("rename another file of yours", fs::rename(&places.private, places.elsewhere.join("renamed.txt")));
            self.forbidden("move a chapter into another folder", fs::rename(&places.chapter, places.elsewhere.join("chapter.md")));
            self.forbidden("delete another file of yours", fs::remove_file(&places.private));
            self.forbidden("make a link beside the chapters", symlink(&places.private, places.book.join("link.md")));
        }

        /// What changes a file without opening it. Each gives the file what it has already.
        fn attributes(&mut self, chapter: &Path) {
            let mode = fs::metadata(chapter).map_or(0o644, |metadata| metadata.permissions().mode());
            self.forbidden("change a chapter's rights", fs::set_permissions(chapter, fs::Permissions::from_mode(mode)));
            let now = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
            let times = Timestamps { last_access: now, last_modification: now };
            let set = rustix::fs::utimensat(CWD, chapter, &times, AtFlags::empty());
            self.forbidden("change a chapter's times", set.map_err(io::Error::from));
            let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
            self.forbidden("change a chapter's owner", chown(chapter, Some(user), Some(group)));
            let (user, group) = (Some(Uid::from_raw(user)), Some(Gid::from_raw(group)));
            let owned = rustix::fs::chownat(CWD, chapter, user, group, AtFlags::SYMLINK_NOFOLLOW);
            self.forbidden("change a chapter's owner (by its folder)", owned.map_err(io::Error::from));
            let note = rustix::fs::setxattr(chapter, "user.copydesk", b"1", XattrFlags::empty());
            self.forbidden("attach a note to a chapter", note.map_err(io::Error::from));
            let pipe = rustix::fs::mknodat(CWD, chapter.with_extension("pipe"), FileType::Fifo, Mode::RUSR, 0);
            self.forbidden("make a pipe beside the chapters", pipe.map_err(io::Error::from));
        }
    }

    /// As reports are written: a new file whole, then its name.
    fn replaced(report: &Path) -> io::Result<()> {
        let temporary = report.with_extension("tmp");
        let mut file = File::create_new(&temporary)?;
        file.write_all(b"new words\n")?;
        fs::rename(&temporary, report)?;
        let mut text = String::new();
        File::open(report)?.read_to_string(&mut text)?;
        if text == "new words\n" { Ok(()) } else { Err(io::Error::other("the report does not say what was written")) }
    }

    fn temporary_file() -> io::Result<()> {
        let path = std::env::temp_dir().join(format!("copydesk-trial-{}", std::process::id()));
        File::create_new(&path)?;
        // It should not have come this far: the act is reported as done, and nothing is left of it.
        fs::remove_file(&path)
    }

    fn own_version() -> io::Result<()> {
        let output = Command::new(std::env::current_exe()?).arg("--version").stdin(Stdio::inherit()).output()?;
        if output.status.success() { Ok(()) } else { Err(io::Error::other("it started and failed")) }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// The trial proves nothing unless its acts succeed where nothing forbids them. Some need rights that not every account has.
    #[test]
    fn without_the_seal_the_same_acts_are_possible() {
        const NOT_FOR_EVERY_ACCOUNT: &[&str] = &["raw network packets", "another program's memory", "attach a note", "this program again"];
        const NOT_EVERYWHERE: &[&str] = &["IPv6", "vsock"];
        for role in Role::ALL {
            let folder = tempfile::tempdir().unwrap();
            prepare(folder.path()).unwrap();
            let attempts = acts::all(role, &Places::of(folder.path()));
            assert!(attempts.iter().filter(|attempt| attempt.is_forbidden).count() > 20);
            let is_certain =
                |attempt: &&Attempt| !NOT_FOR_EVERY_ACCOUNT.iter().chain(NOT_EVERYWHERE).any(|words| attempt.act.contains(words));
            // Acts undo one another: what was renamed or moved away cannot be changed any more.
            let unlikely: Vec<&Attempt> = attempts
                .iter()
                .filter(is_certain)
                .filter(|attempt| attempt.refusal.as_deref().is_some_and(|refusal| !refusal.contains("No such file")))
                .collect();
            assert!(unlikely.is_empty(), "{role:?}: {unlikely:#?}");
        }
    }

    #[test]
    fn a_trial_in_which_nothing_was_attempted_is_not_passed() {
        assert!(!Trial::default().is_passed());
    }
}
