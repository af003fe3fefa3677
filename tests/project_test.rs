//! A novel in a folder of its own, on which the real program runs. No run may change a file of the author's: every run is checked for it.

use copydesk::project::allowed::Allowed;
use copydesk::text::ScriptFile;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{PipeReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

/// No command may take longer; a hanging one is ended and its test fails.
const LONGEST: Duration = Duration::from_secs(180);

/// How often a waiting test looks again.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How the first line of every report begins.
pub const MARK: &str = "<!-- copydesk report";

/// One file as it must stay: bytes (of a link: where it leads), modification time, mode.
pub type Entry = (Vec<u8>, SystemTime, u32);

/// An author's folder, a state folder and recorded replies, all gone when the test ends.
pub struct ProjectTest {
    root: tempfile::TempDir,
    has_replies: bool,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// The standard output as JSON; `null` when it is none.
    pub json: Value,
    pub took: Duration,
}

/// A command that still runs. It is ended when the test ends.
pub struct Running {
    child: Child,
    output: PathBuf,
    errors: PathBuf,
}

impl ProjectTest {
    /// An empty folder.
    pub fn new() -> ProjectTest {
        let root = tempfile::tempdir().expect("a folder for the test");
        for folder in ["novel", "home"] {
            std::fs::create_dir(root.path().join(folder)).expect("a folder");
        }
        ProjectTest { root, has_replies: false }
    }

    /// The author's folder.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join("novel")
    }

    /// The state folder of every run.
    pub fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    /// The home folder of every command.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// A place in the author's folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    /// Adds a file, with the folders above it.
    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> ProjectTest {
        self.write(path, bytes);
        self
    }

    /// Adds a script of the author's, which the author has allowed.
    pub fn script(self, name: &str, text: &str) -> ProjectTest {
        let novel = self.file(&format!("scripts/{name}.rhai"), text);
        novel.allow(text);
        novel
    }

    /// Allows a script of these words, as `copydesk allow` does.
    pub fn allow(&self, text: &str) {
        let settings = self.root.path().join("home/.config/copydesk");
        let mut allowed = Allowed::load(Some(&settings));
        let text = text.trim_start_matches('\u{feff}').into();
        allowed.insert(&ScriptFile::new("", "x.rhai", text, false));
        allowed.save().expect("it is kept");
    }

    /// Adds everything that lies in a folder of this repository.
    pub fn copy_of(mut self, folder: &str) -> ProjectTest {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for (path, entry) in everything(&root).into_iter().filter(|(path, _)| root.join(path).is_file()) {
            self = self.file(&path, entry.0);
        }
        self
    }

    /// The replies another program sees in the state folder, by key. Before there is a database there are none.
    pub fn kept_replies(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.rows("SELECT key, value FROM replies", |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The runs another program sees in the state folder: number and time.
    pub fn kept_runs(&self) -> BTreeMap<i64, i64> {
        self.rows("SELECT number, started FROM past_runs", |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn rows<K: Ord, V>(&self, sql: &str, mut read: impl FnMut(&rusqlite::Row) -> rusqlite::Result<(K, V)>) -> BTreeMap<K, V> {
        use rusqlite::{Connection, OpenFlags};
        let mut rows = |folder: &Path, flags: OpenFlags| -> rusqlite::Result<BTreeMap<K, V>> {
            let connection = Connection::open_with_flags(folder.join("copydesk.sqlite"), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            connection.prepare(sql)?.query_map([], &mut read)?.collect()
        };
        rows(&self.state(), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap_or_else(|_| {
            // A log that a killed program left must be taken in before it can be read: in a copy, so that nothing is changed here.
            let copy = tempfile::tempdir().expect("a folder");
            for name in ["copydesk.sqlite", "copydesk.sqlite-wal"] {
                std::fs::copy(self.state().join(name), copy.path().join(name)).ok();
            }
            rows(copy.path(), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap_or_default()
        })
    }

    /// Records replies: words that the question or the passage must hold, and the reply.
    pub fn replies<const N: usize>(mut self, replies: [(&[&str], &str); N]) -> ProjectTest {
        let list: Vec<Value> = replies.iter().map(|(when, reply)| json!({ "when": when, "reply": reply })).collect();
        // JSON is YAML too.
        std::fs::write(self.recorded(), json!(list).to_string()).expect("the replies are written");
        self.has_replies = true;
        self
    }

    /// Writes a file, as the author would between two runs.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        std::fs::write(path, bytes).expect("the file is written");
    }

    /// Replaces words in a file, as the author would between two runs.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} does not hold “{from}”");
        self.write(path, text.replace(from, to));
    }

    /// The text of a file in the author's folder.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}; there is: {:?}", self.names()))
    }

    /// Every path in the author's folder, in order.
    pub fn names(&self) -> Vec<String> {
        everything(&self.folder()).into_keys().collect()
    }

    /// The author's files. Reports, the folders for those on the chapters of one file, and drafted entries are copydesk's own and left out;
    /// folders are there, without their times.
    pub fn tree(&self) -> BTreeMap<String, Entry> {
        let is_report = |entry: &Entry| entry.0.starts_with(MARK.as_bytes());
        let is_own_folder = |path: &str| path == "bible-draft" || path.ends_with(".copydesk");
        let is_ours = |path: &str, entry: &Entry| is_report(entry) || path.starts_with("bible-draft/") || is_own_folder(path);
        everything(&self.folder()).into_iter().filter(|(path, entry)| !is_ours(path, entry)).collect()
    }

    /// The reports by path.
    pub fn reports(&self) -> BTreeMap<String, Entry> {
        let is_report = |entry: &Entry| entry.0.starts_with(MARK.as_bytes());
        everything(&self.folder()).into_iter().filter(|(_, entry)| is_report(entry)).collect()
    }

    /// `copydesk run SCRIPTS… FOLDER --format json`, whose output must be as its schema says.
    pub fn run(&self, scripts: &[&str]) -> Ran {
        let ran = self.run_with(scripts, &["--format", "json"]);
        if !ran.json.is_null() {
            static SCHEMA: LazyLock<jsonschema::Validator> =
                LazyLock::new(|| jsonschema::validator_for(&copydesk::report::json::schema()).expect("a schema"));
            let wrong: Vec<String> = SCHEMA.iter_errors(&ran.json).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert_eq!(wrong, Vec::<String>::new(), "the output is not as its schema says");
        }
        ran
    }

    /// `copydesk run SCRIPTS… FOLDER` as people see it.
    pub fn run_text(&self, scripts: &[&str]) -> Ran {
        self.run_with(scripts, &[])
    }

    /// `copydesk run SCRIPTS… FOLDER` as people see it, where a killed run may have left something to remove. The test looks itself whether
    /// the author's files are as they were.
    pub fn run_after_harm(&self, scripts: &[&str]) -> Ran {
        self.finish(self.command_on("run", scripts, &[]))
    }

    /// `copydesk run SCRIPTS… FOLDER OPTIONS…`. Without a model among the options it is the recorded replies, or no model.
    pub fn run_with(&self, scripts: &[&str], options: &[&str]) -> Ran {
        self.untouched(|| self.finish(self.command_on("run", scripts, options)))
    }

    /// `copydesk order FOLDER`.
    pub fn order(&self) -> Ran {
        self.untouched(|| self.finish(self.command(&["order"]).arg(self.folder())))
    }

    /// `copydesk measure FOLDER OPTIONS…` without a model.
    pub fn measure(&self, options: &[&str]) -> Ran {
        self.untouched(|| self.finish(self.command_on("measure", &[], options)))
    }

    /// `copydesk test SCRIPTS… --folder FOLDER`.
    pub fn test(&self, scripts: &[&str]) -> Ran {
        self.untouched(|| self.finish(self.command(&["test"]).args(scripts).arg("--folder").arg(self.folder())))
    }

    /// `copydesk new-script ARGUMENTS… FOLDER`. It may add files and change none.
    pub fn new_script(&self, arguments: &[&str]) -> Ran {
        let before = self.tree();
        let ran = self.finish(self.command(&["new-script"]).args(arguments).arg(self.folder()));
        let after = self.tree();
        for (path, entry) in &before {
            assert_eq!(after.get(path), Some(entry), "new-script changed {path}");
        }
        ran
    }

    /// `copydesk stet ARGUMENTS… FOLDER`. It may change `copydesk.stet.yaml` and nothing else.
    pub fn stet(&self, arguments: &[&str]) -> Ran {
        let without = |mut tree: BTreeMap<String, Entry>| {
            tree.remove("copydesk.stet.yaml");
            tree
        };
        let before = without(self.tree());
        let ran = self.finish(self.command_with_state("stet", arguments));
        assert_same(&before, &without(self.tree()));
        ran
    }

    /// `copydesk report FOLDER OPTIONS…`.
    pub fn report(&self, options: &[&str]) -> Ran {
        self.untouched(|| self.finish(self.command_with_state("report", options)))
    }

    /// Any other command, with the test's own home.
    pub fn any(&self, arguments: &[&str]) -> Ran {
        self.untouched(|| self.finish(&mut self.command(arguments)))
    }

    /// Any command, with these variables in its environment and no others: not even a home or a place to find programs.
    pub fn any_in(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        self.untouched(|| self.finish(command.env_clear().envs(environment.iter().copied())))
    }

    /// Begins `copydesk watch SCRIPTS… FOLDER` and waits until it watches and its first run is done.
    pub fn watch(&self, scripts: &[&str]) -> Running {
        let running = self.watch_from_the_start(scripts);
        running.wait_for("[copydesk] checked");
        running
    }

    /// The same novel with its state and everything else, in a place of its own; times and modes as they are here.
    pub fn twin(&self) -> ProjectTest {
        let root = tempfile::tempdir().expect("a folder for the test");
        let copied = Command::new("cp").arg("-a").arg(self.root.path().join(".")).arg(root.path()).status();
        assert!(copied.expect("cp is there").success(), "the novel could not be copied");
        ProjectTest { root, has_replies: self.has_replies }
    }

    /// `copydesk run SCRIPTS… FOLDER`, not yet begun.
    pub fn run_command(&self, scripts: &[&str]) -> Command {
        self.command_on("run", scripts, &[])
    }

    /// `copydesk lsp FOLDER`, not yet begun.
    pub fn lsp_command(&self) -> Command {
        self.command_on("lsp", &[], &[])
    }

    /// Begins `copydesk watch SCRIPTS… FOLDER` and does not wait.
    pub fn watch_in_background(&self, scripts: &[&str]) -> Running {
        self.start(self.command_on("watch", scripts, &[]))
    }

    /// Begins `copydesk watch SCRIPTS… FOLDER` and waits until it watches; its first run may not have begun.
    pub fn watch_from_the_start(&self, scripts: &[&str]) -> Running {
        let running = self.start(self.command_on("watch", scripts, &[]));
        running.wait_for("[copydesk] watching");
        running
    }

    /// As [`ProjectTest::watch`], on a system that grants it so many watches of folders. Nothing where that cannot be arranged.
    pub fn watch_with_watches(&self, watches: u32, scripts: &[&str]) -> Option<Running> {
        let limited = |program: &str| {
            let mut command = Command::new("unshare");
            let set = format!("echo {watches} > /proc/sys/user/max_inotify_watches && exec {program}");
            command.args(["--user", "--map-root-user", "sh", "-c", &set, "sh"]);
            command
        };
        let is_granted = limited("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        if !is_granted {
            return None;
        }
        let usual = self.command_on("watch", scripts, &[]);
        let mut command = limited("\"$@\"");
        command.arg(usual.get_program()).args(usual.get_args()).env_clear().stdin(Stdio::null()).current_dir(self.root.path());
        command.envs(usual.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let running = self.start(command);
        running.wait_for("[copydesk] checked");
        Some(running)
    }

    /// Begins `copydesk run SCRIPTS… FOLDER` and does not wait.
    pub fn run_in_background(&self, scripts: &[&str], options: &[&str]) -> Running {
        self.start(self.command_on("run", scripts, options))
    }

    /// Begins a command into whose standard output no byte more goes: it stands still where it says its first word there, and can be looked
    /// at. It goes on when the pipe is dropped.
    pub fn start_unread(&self, arguments: &[&str]) -> (Running, PipeReader) {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        let flags = rustix::fs::fcntl_getfl(&writer).expect("the flags");
        rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK).expect("the flags");
        while writer.write(&[b'.'; 4096]).is_ok() {}
        while writer.write(b".").is_ok() {}
        rustix::fs::fcntl_setfl(&writer, flags).expect("the flags");
        let (output, errors) = (tempfile_in(self.root.path()), tempfile_in(self.root.path()));
        let mut command = self.command(arguments);
        command.stdout(writer).stderr(File::create(&errors).expect("a file for the errors"));
        let child = command.spawn().expect("copydesk starts");
        (Running { child, output, errors }, reader)
    }

    fn recorded(&self) -> PathBuf {
        self.root.path().join("replies.yaml")
    }

    /// The program, with nothing of the tester's own home in its environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_copydesk"));
        command.env_clear().env("HOME", self.home()).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.args(arguments).stdin(Stdio::null()).current_dir(self.root.path());
        command
    }

    fn command_on(&self, command: &str, scripts: &[&str], options: &[&str]) -> Command {
        let mut built = self.command(&[command]);
        built.args(scripts).arg(self.folder()).arg("--state").arg(self.state()).args(options);
        let has_model = options.iter().any(|option| matches!(*option, "--model" | "--no-model" | "--recorded"));
        if !has_model && self.has_replies {
            built.arg("--recorded").arg(self.recorded());
        } else if !has_model {
            built.arg("--no-model");
        }
        built
    }

    fn command_with_state(&self, command: &str, arguments: &[&str]) -> Command {
        let mut built = self.command(&[command]);
        built.args(arguments).arg(self.folder()).arg("--state").arg(self.state());
        built
    }

    fn start(&self, mut command: impl std::borrow::BorrowMut<Command>) -> Running {
        let (output, errors) = (tempfile_in(self.root.path()), tempfile_in(self.root.path()));
        let open = |path: &Path| File::create(path).expect("a file for the output");
        let child = command.borrow_mut().stdout(open(&output)).stderr(open(&errors)).spawn().expect("copydesk starts");
        Running { child, output, errors }
    }

    fn finish(&self, command: impl std::borrow::BorrowMut<Command>) -> Ran {
        let started = Instant::now();
        let mut running = self.start(command);
        let status = running.end_within(LONGEST);
        let (stdout, stderr) = (running.stdout(), running.stderr());
        let status = status.unwrap_or_else(|| panic!("still at work after {LONGEST:?}\n{stdout}\n{stderr}"));
        let status = status.code().unwrap_or_else(|| panic!("ended by a signal: {status}\n{stdout}\n{stderr}"));
        let json = serde_json::from_str(&stdout).unwrap_or(Value::Null);
        Ran { status, stdout, stderr, json, took: started.elapsed() }
    }

    /// Does something and proves that it left the author's files as they were.
    fn untouched(&self, work: impl FnOnce() -> Ran) -> Ran {
        let before = self.tree();
        let ran = work();
        assert_same(&before, &self.tree());
        ran
    }
}

/// Fails with the names of what differs; the bytes of a novel are too long for a message.
pub fn assert_same(before: &BTreeMap<String, Entry>, after: &BTreeMap<String, Entry>) {
    let all = before.keys().chain(after.keys());
    let changed: Vec<&String> = all.filter(|path| before.get(*path) != after.get(*path)).collect();
    assert_eq!(changed, Vec::<&String>::new(), "these files of the author's were changed, added or removed");
}

impl Ran {
    fn list(&self, name: &str) -> &[Value] {
        self.json[name].as_array().unwrap_or_else(|| panic!("no {name} in the output\n{}\n{}", self.stdout, self.stderr))
    }

    pub fn findings(&self) -> &[Value] {
        self.list("findings")
    }

    /// The rules of the findings, in reading order.
    pub fn rules(&self) -> Vec<&str> {
        self.findings().iter().filter_map(|finding| finding["rule"].as_str()).collect()
    }

    pub fn results(&self) -> &[Value] {
        self.list("results")
    }

    /// The one result of a script on a scope.
    pub fn result(&self, script: &str, scope: &str) -> &Value {
        let found = self.results().iter().find(|result| result["script"] == script && result["scope"] == scope);
        found.unwrap_or_else(|| panic!("no result of {script} on {scope}\n{}", self.stdout))
    }

    /// The message of the problem told of a file, with its next step, which must be there.
    pub fn problem(&self, file: &str) -> String {
        let found = self.list("problems").iter().find(|problem| problem["file"] == file);
        let problem = found.unwrap_or_else(|| panic!("no problem is told of {file}\n{}", self.stdout));
        let advice = problem["advice"].as_str().unwrap_or_else(|| panic!("no next step in {problem}"));
        format!("{}: {} ({advice})", problem["kind"].as_str().unwrap_or_default(), problem["message"].as_str().unwrap_or_default())
    }

    /// Kind and message of every problem.
    pub fn problems(&self) -> Vec<String> {
        let told = |problem: &Value| format!("{} {}: {}", problem["kind"], problem["file"], problem["message"]);
        self.list("problems").iter().map(told).collect()
    }

    pub fn questions(&self) -> u64 {
        self.json["tokens"]["questions"].as_u64().unwrap_or_else(|| panic!("no tokens in the output\n{}\n{}", self.stdout, self.stderr))
    }

    /// Questions that were answered without the model.
    pub fn remembered(&self) -> u64 {
        self.json["tokens"]["from_cache"].as_u64().unwrap_or_else(|| panic!("no tokens in the output\n{}", self.stdout))
    }

    /// Fails unless the command ended with this status.
    #[track_caller]
    pub fn expect_status(&self, status: i32) -> &Ran {
        assert_eq!(self.status, status, "the exit status\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless standard error holds these words.
    #[track_caller]
    pub fn expect_told(&self, words: &str) -> &Ran {
        assert!(self.stderr.contains(words), "not told: “{words}”\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.output).expect("the output")).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.errors).expect("the errors")).into_owned()
    }

    /// How many lines of standard output hold these words.
    pub fn count(&self, words: &str) -> usize {
        self.stdout().lines().filter(|line| line.contains(words)).count()
    }

    /// Waits until standard output holds these words.
    #[track_caller]
    pub fn wait_for(&self, words: &str) {
        self.wait_for_count(words, 1);
    }

    /// Waits until so many lines of standard output hold these words.
    #[track_caller]
    pub fn wait_for_count(&self, words: &str, count: usize) {
        let is_there = wait_until(Duration::from_secs(20), || self.count(words) >= count);
        assert!(is_there, "“{words}” did not come {count} times\n{}\n{}", self.stdout(), self.stderr());
    }

    /// The worker that the command has started, once it has.
    #[track_caller]
    pub fn worker(&self) -> u32 {
        let mut worker = None;
        wait_until(Duration::from_secs(20), || {
            worker = child_of(self.pid());
            worker.is_some()
        });
        worker.unwrap_or_else(|| panic!("no worker was started\n{}\n{}", self.stdout(), self.stderr()))
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        signal(self.pid(), "INT");
    }

    /// Waits for the end, at most so long.
    pub fn end_within(&mut self, longest: Duration) -> Option<ExitStatus> {
        let child = &mut self.child;
        let mut status = None;
        wait_until(longest, || {
            status = child.try_wait().expect("the status");
            status.is_some()
        });
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Usually it has ended long since.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Looks again and again until something holds. Gives whether it did in time.
pub fn wait_until(longest: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while !holds() {
        if started.elapsed() > longest {
            return false;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    true
}

/// Sends a signal, by its name, to a process that the test has started.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().expect("kill is there");
    assert!(sent.success(), "no signal could be sent to {pid}");
}

/// Whether a process is there and has not ended.
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    state_and_parent(&stat).is_some_and(|(state, _)| state != "Z" && state != "X")
}

/// All children of a process with their states, `Z` for those that have ended and were not waited for.
pub fn children_of(parent: u32) -> Vec<(u32, String)> {
    let entries = std::fs::read_dir("/proc").expect("this test needs /proc");
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    let child = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state_and_parent(&stat).filter(|(_, above)| *above == parent.to_string()).map(|(state, _)| (pid, state.to_string()))
    };
    pids.filter_map(child).collect()
}

/// The living child of a process, by its number.
fn child_of(parent: u32) -> Option<u32> {
    let entries = std::fs::read_dir("/proc").expect("this test needs /proc");
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    let is_child = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state_and_parent(&stat).is_some_and(|(state, above)| above == parent.to_string() && state != "Z")
    };
    pids.into_iter().find(is_child)
}

/// The state and the parent in a line of `/proc/PID/stat`; the name before them may hold anything but comes in brackets.
fn state_and_parent(stat: &str) -> Option<(&str, &str)> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?, fields.next()?))
}

fn tempfile_in(folder: &Path) -> PathBuf {
    tempfile::NamedTempFile::new_in(folder).expect("a file").into_temp_path().keep().expect("a file")
}

/// Everything under a folder, by its path from there. What goes while it is looked at, as a report that is replaced, is left out.
fn everything(root: &Path) -> BTreeMap<String, Entry> {
    let mut all = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in there(std::fs::read_dir(&folder)).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            let Some(metadata) = there(std::fs::symlink_metadata(&path)) else { continue };
            let name = path.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
            let modified = metadata.modified().expect("a time");
            let entry = match metadata.file_type() {
                kind if kind.is_file() => {
                    let Some(bytes) = there(std::fs::read(&path)) else { continue };
                    (bytes, modified, metadata.mode())
                }
                kind if kind.is_symlink() => {
                    (std::fs::read_link(&path).expect("a link").into_os_string().into_encoded_bytes(), modified, metadata.mode())
                }
                // A report beside a chapter changes its folder's time.
                kind if kind.is_dir() => (Vec::new(), SystemTime::UNIX_EPOCH, metadata.mode()),
                _ => (Vec::new(), modified, metadata.mode()),
            };
            if metadata.is_dir() {
                folders.push(path);
            }
            all.insert(name, entry);
        }
    }
    all
}

/// What was found, or nothing when it is no longer there.
fn there<T>(found: std::io::Result<T>) -> Option<T> {
    match found {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        other => Some(other.expect("it can be looked at")),
    }
}
