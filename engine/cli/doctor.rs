//! `copydesk doctor`: what works on this computer and in this folder, what does not, and what to do about it.
//!
//! The author's folder is only looked at. Trials are made in the state folder, or where the system keeps temporary files.

use super::model_choice::{self, Computer, Picked};
use super::reader_choice::{self, Main, ReaderPick};
use super::{plain_way, seal, server, session};
use crate::model::gguf;
use crate::notes::adapters;
use crate::project::config::ReportsPlace;
use crate::project::state;
use crate::project::{Config, begin};
use crate::sandbox::trial::{Attempt, Role, Trial};
use crate::store::Store;
use crate::text::escape::for_terminal;
use crate::text::{Problem, ProblemKind, Server, SourcePath};
use crate::watch::{Event, Watcher};
use crate::worker::supervisor::Supervisor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// An event that comes at all comes within this time: a second of quiet, and what a busy computer adds.
const EVENT_PATIENCE: Duration = Duration::from_secs(5);

/// How many names a list shows before it only counts.
const NAMES_SHOWN: usize = 5;

/// The kinds of graphics card that this build can use.
#[cfg(feature = "llama")]
const GPU_BUILDS: &[&str] = &[
    #[cfg(feature = "cuda")]
    "CUDA",
    #[cfg(feature = "metal")]
    "Metal",
    #[cfg(feature = "vulkan")]
    "Vulkan",
    #[cfg(feature = "rocm")]
    "ROCm",
];

/// What the command line says about the model and the state folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// `--model` or COPYDESK_MODEL.
    pub model: Option<&'a str>,
    /// `--state`.
    pub state: Option<&'a Path>,
}

/// Looks at everything. Gives the text, and whether nothing is in the way of a run. `root` is the folder with the chapters, if one was given.
///
/// The trials come first, because what a sealed process starts is sealed already and proves nothing; then this process is sealed too, and
/// only then it looks at files that others may have made.
pub fn report(root: Option<&Path>, asked: Asked) -> (String, bool) {
    let state = root.map(|root| state::open_folder(root, asked.state, &|name| std::env::var_os(name)));
    let place = state.as_ref().and_then(|state| state.as_deref().ok());
    let mut trials: Vec<(Role, Result<Trial, String>)> = Role::OF_WORK.into_iter().map(|role| (role, seal::of_role(role, place))).collect();
    // What may have to ask a server is started before the seal, too, and ends with this supervisor.
    let supervisor = session::supervisor(false, false);
    seal::for_trying(place);
    let (config, problems) = root.map_or_else(|| (Config::default(), Vec::new()), Config::load);
    let keeper = if config.reports == ReportsPlace::Folder { Role::FolderKeeper } else { Role::Keeper };
    trials.retain(|(role, _)| *role == keeper || *role == Role::Worker);
    let computer = Computer::here(&config, &[]);
    let mut checkup = Checkup::default();
    checkup.program();
    checkup.processor(computer.threads);
    checkup.graphics();
    checkup.memory(&computer);
    let state = state.and_then(|state| checkup.state(state));
    match (&config.server, asked.model) {
        (Some(server), None) => {
            let has_reader = checkup.server(server, supervisor);
            checkup.reader(&computer, Main { has_reader, is_served: true, memory_bytes: 0 }, &config, state.as_deref());
        }
        _ => {
            drop(supervisor);
            checkup.model(&computer, asked.model, &config, state.as_deref());
        }
    }
    checkup.way(state.as_deref());
    checkup.file_events(state.as_deref());
    for (role, trial) in trials {
        checkup.sandbox(role, trial);
    }
    for problem in &problems {
        checkup.problem("settings", problem);
    }
    match root {
        Some(root) => checkup.folder(root),
        None => checkup.say(Mark::Note, "folder", "none was looked at; `copydesk doctor FOLDER` looks at your chapters too"),
    }
    checkup.text()
}

/// How a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Good,
    /// Worth knowing; nothing is in the way.
    Note,
    /// In the way of a run.
    Bad,
}

/// The lines so far.
#[derive(Debug, Default)]
struct Checkup {
    lines: Vec<(Mark, &'static str, String)>,
}

impl Checkup {
    fn say(&mut self, mark: Mark, about: &'static str, text: impl Into<String>) {
        self.lines.push((mark, about, text.into()));
    }

    fn problem(&mut self, about: &'static str, problem: &Problem) {
        let mark = if problem.kind == ProblemKind::Configuration { Mark::Bad } else { Mark::Note };
        self.say(mark, about, problem.to_string());
    }

    fn text(&self) -> (String, bool) {
        let mut text = String::new();
        for (mark, about, line) in &self.lines {
            let word = match mark {
                Mark::Good => "ok  ",
                Mark::Note => "note",
                Mark::Bad => "BAD ",
            };
            // Names of files come from outside; the line breaks are ours.
            let line: Vec<String> = line.lines().map(for_terminal).collect();
            text += &format!("{word}  {about:<12}  {}\n", line.join("\n                    "));
        }
        let bad = self.lines.iter().filter(|(mark, ..)| *mark == Mark::Bad).count();
        text += &match bad {
            0 => "\nNothing is in the way of a run.\n".to_string(),
            1 => "\nOne thing is in the way: see the line marked BAD.\n".to_string(),
            _ => format!("\n{bad} things are in the way: see the lines marked BAD.\n"),
        };
        (text, bad == 0)
    }

    fn program(&mut self) {
        let model = if cfg!(feature = "llama") { "with llama.cpp inside" } else { "without a model inside" };
        let system = format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH);
        self.say(Mark::Good, "copydesk", format!("version {}, {model}, for {system}", env!("CARGO_PKG_VERSION")));
        if !cfg!(feature = "llama") {
            let text = "this build cannot open a model, so what one must read is reported as not checked\nto change that: build it with `cargo build --release`, without --no-default-features";
            self.say(Mark::Note, "copydesk", text);
        }
        if cfg!(debug_assertions) {
            self.say(Mark::Note, "copydesk", "this is a build for developers and slow; build it with `cargo build --release`");
        }
    }

    fn processor(&mut self, threads: u32) {
        let features = processor_features();
        let words = |is_wanted: &dyn Fn(&Feature) -> bool| {
            features.iter().filter(|feature| is_wanted(feature)).map(|feature| feature.name).collect::<Vec<_>>().join(", ")
        };
        let used = words(&|feature| feature.is_built_in);
        let used = if used.is_empty() { "nothing beyond the basics".to_string() } else { used };
        let plural = if threads == 1 { "" } else { "s" };
        self.say(Mark::Good, "processor", format!("{threads} thread{plural} for the model; this build uses {used}"));
        let unused = words(&|feature| feature.is_in_processor && !feature.is_built_in);
        if !unused.is_empty() {
            let advice = "build copydesk on this computer: `RUSTFLAGS=\"-C target-cpu=native\" cargo build --release`";
            let text = format!("it also has {unused}, which this build does not use; models read several times slower without\n{advice}");
            self.say(Mark::Note, "processor", text);
        }
    }

    #[cfg(feature = "llama")]
    fn graphics(&mut self) {
        let gpus = match crate::model::llama::gpus() {
            Ok(gpus) => gpus,
            Err(error) => return self.say(Mark::Bad, "graphics", error.to_string()),
        };
        for gpu in &gpus {
            let (free, total) = (gguf::size_in_words(gpu.free_bytes), gguf::size_in_words(gpu.total_bytes));
            let text =
                format!("{} ({}), {free} of {total} are free; as much of the model as fits is computed there", gpu.name, gpu.backend);
            self.say(Mark::Good, "graphics", text);
        }
        if gpus.is_empty() {
            let text = if GPU_BUILDS.is_empty() {
                "no graphics card is used: this build computes on the processor\ndocs/models.md says how to build it for one".to_string()
            } else {
                format!("this build can use a graphics card ({}) but finds none; it computes on the processor", GPU_BUILDS.join(", "))
            };
            self.say(Mark::Note, "graphics", text);
        }
    }

    #[cfg(not(feature = "llama"))]
    fn graphics(&mut self) {}

    fn memory(&mut self, computer: &Computer) {
        match (computer.free_memory_bytes, computer.total_memory_bytes) {
            (Some(free), Some(total)) => {
                let (free, total) = (gguf::size_in_words(free), gguf::size_in_words(total));
                self.say(Mark::Good, "memory", format!("{free} of {total} are free"));
            }
            _ => self.say(Mark::Note, "memory", "this system is not asked how much is free, so no model counts as too large"),
        }
    }

    /// The author's own server, where that is the model: it is asked what it has, and hears no word of the chapters. Gives whether it has the
    /// trained reader.
    fn server(&mut self, server: &Server, supervisor: Result<Supervisor, Problem>) -> bool {
        let told = match supervisor {
            Ok(supervisor) => supervisor.open_link(server.clone(), server::readers()),
            Err(problem) => Err(problem.to_string()),
        };
        let seal = "asked by `copydesk-link`; `copydesk-link try-the-seal PORT` shows what the kernel refuses it";
        let mut reader = None;
        let (mark, how) = match told {
            Ok(Some(told)) => {
                reader = told.reader.as_deref().and_then(adapters::with_file_name);
                (Mark::Good, format!("it answers; {}\n{seal}", server::reader_in_words(reader)))
            }
            Ok(None) => {
                let missing = "this copydesk was built without `copydesk-link`, so runs end at once; build it with `--features link`";
                (Mark::Bad, missing.to_string())
            }
            Err(reason) => (Mark::Bad, format!("it cannot be used: {reason}\n{seal}")),
        };
        let warning = server.leaves_computer().map(|sentence| format!("\n{sentence}")).unwrap_or_default();
        self.say(mark, "server", format!("{} at {}\n{how}{warning}", server.name, server.url));
        reader.is_some()
    }

    fn model(&mut self, computer: &Computer, asked: Option<&str>, config: &Config, state: Option<&Path>) {
        match model_choice::pick(computer, asked, config, state) {
            Err(problem) => self.problem("model", &problem),
            Ok(None) => {
                let text = "none was found on this computer that fits its memory; what a model must read is reported as not checked\n`copydesk models` shows where it looks and how to get one";
                self.say(Mark::Note, "model", text);
            }
            Ok(Some(Picked { card, why })) => {
                let fits = computer.fits(card.memory_bytes);
                let stored = if card.quantisation.is_empty() { String::new() } else { format!(", {}", card.quantisation) };
                let needs = gguf::size_in_words(card.memory_bytes);
                let text = format!(
                    "{}{stored} ({why})\n{}\nreads up to {} tokens at once and needs {needs}: {}",
                    card.name,
                    card.path.display(),
                    card.context_tokens,
                    if fits { "fits" } else { "more than is free; close other programs or choose a smaller one" },
                );
                self.say(if fits && card.warning.is_none() { Mark::Good } else { Mark::Note }, "model", text);
                self.reader(computer, Main::of_card(&card), config, state);
            }
        }
    }

    /// What the trained reader reads with, where that is not the model itself.
    fn reader(&mut self, computer: &Computer, main: Main, config: &Config, state: Option<&Path>) {
        match reader_choice::pick(computer, main, config, state) {
            Err(problem) => self.problem("reader", &problem),
            Ok(ReaderPick::Same) => {}
            Ok(ReaderPick::Nothing(why)) => self.say(Mark::Note, "reader", why),
            Ok(ReaderPick::Beside(Picked { card, why })) => {
                let text = format!("reads with {} ({why})\n{}", card.name, card.path.display());
                self.say(if card.warning.is_none() { Mark::Good } else { Mark::Note }, "reader", text);
            }
        }
    }

    /// Whether the model is computed the plain way here.
    fn way(&mut self, state: Option<&Path>) {
        let Some((state, because)) = state.and_then(|state| Some((state, plain_way::because(state)?))) else { return };
        let text = format!(
            "what copydesk has specially for this processor is switched off, because the model crashed with it: {because}
to try it again, delete {}",
            plain_way::path(state).display()
        );
        self.say(Mark::Note, "computing", text);
    }

    /// The state folder, opened and read through.
    fn state(&mut self, opened: Result<PathBuf, String>) -> Option<PathBuf> {
        let folder = match opened {
            Ok(folder) => folder,
            Err(message) => {
                self.say(Mark::Bad, "state", message);
                return None;
            }
        };
        let (store, problems) = Store::open(&folder);
        for problem in &problems {
            self.problem("state", problem);
        }
        let size = gguf::size_in_words(bytes_in(&folder));
        // Reads each reply and compares it with its checksum; the history was compared when it was opened.
        let kept = store.all_replies().len();
        let troubles = store.troubles();
        for trouble in &troubles {
            self.problem("state", trouble);
        }
        let (mark, words) = if troubles.is_empty() { (Mark::Good, ", all sound") } else { (Mark::Note, "") };
        self.say(mark, "state", format!("{}\n{size}, {kept} replies kept{words}", folder.display()));
        Some(folder)
    }

    /// Whether the system tells of a saved file, tried out in a folder of our own.
    fn file_events(&mut self, state: Option<&Path>) {
        let folder = state.map_or_else(tempfile::tempdir, tempfile::tempdir_in);
        let Ok(folder) = folder else {
            return self.say(Mark::Note, "saved files", "not tried: no temporary folder could be made");
        };
        let (mut watcher, problem) = Watcher::start(folder.path());
        if let Some(problem) = problem {
            return self.problem("saved files", &problem);
        }
        let saved = Instant::now();
        if std::fs::write(folder.path().join("chapter.md"), "A chapter.").is_err() {
            return self.say(Mark::Note, "saved files", "not tried: nothing could be written into a temporary folder");
        }
        match watcher.next(EVENT_PATIENCE) {
            Event::Changed(_) => {
                let seconds = saved.elapsed().as_secs_f64();
                self.say(Mark::Good, "saved files", format!("`copydesk watch` sees a saved chapter after {seconds:.1} seconds"));
            }
            _ => {
                let text = "the system did not tell of a saved file; `copydesk watch` still sees it, within half a minute";
                self.say(Mark::Note, "saved files", text);
            }
        }
    }

    /// What came of each act that the seal forbids. A seal that does not hold is in the way of no run, but of `--require-sandbox`.
    fn sandbox(&mut self, role: Role, trial: Result<Trial, String>) {
        let trial = match trial {
            Ok(trial) => trial,
            Err(error) => return self.say(Mark::Note, "sandbox", format!("{} could not be tried out: {error}", role.words())),
        };
        let about = role.words();
        let (forbidden, allowed): (Vec<&Attempt>, Vec<&Attempt>) = trial.attempts.iter().partition(|attempt| attempt.is_forbidden);
        let refused = forbidden.iter().filter(|attempt| attempt.is_as_promised()).count();
        let (mark, mut text) = match (trial.is_passed(), forbidden.is_empty()) {
            (true, _) => (Mark::Good, format!("{about}: the kernel refused all {refused} forbidden acts that were just attempted")),
            (false, true) => (Mark::Note, format!("{about}: {}", trial.seal.words())),
            (false, false) => {
                let words = trial.seal.words();
                (Mark::Note, format!("{about}: {refused} of {} forbidden acts were refused; {words}", forbidden.len()))
            }
        };
        for attempt in forbidden {
            let came = attempt.refusal.as_ref().map_or_else(|| "IT CAN".to_string(), |refusal| format!("refused, {refusal}"));
            text += &format!("\n  {}: {came}", attempt.act);
        }
        for attempt in allowed {
            let came = attempt.refusal.as_ref().map_or_else(|| "it can, as it must".to_string(), |refusal| format!("IT CANNOT, {refusal}"));
            text += &format!("\n  {}: {came}", attempt.act);
        }
        self.say(mark, "sandbox", text);
    }

    fn folder(&mut self, root: &Path) {
        if !root.is_dir() {
            return self.say(Mark::Bad, "folder", format!("there is no folder {}; give the one your chapters are in", root.display()));
        }
        let access = begin::access(root);
        for problem in &access.problems {
            // Those of the settings were told already.
            if problem.file.as_ref().is_none_or(|file| file.as_str() != crate::project::config::FILE) {
                self.problem("folder", problem);
            }
        }
        match access.chapters {
            0 => self.say(Mark::Bad, "chapters", "none was found: chapters are files whose names end in .md; `copydesk order` says more"),
            count => self.say(Mark::Good, "chapters", format!("{count} found; `copydesk order` shows them in their order")),
        }
        if access.unreadable.is_empty() {
            self.say(Mark::Good, "reading", format!("all {} files can be opened", access.files));
        } else {
            let names = shortened(access.unreadable.iter().map(SourcePath::to_string));
            self.say(Mark::Bad, "reading", format!("these cannot be opened: {names}\nallow it: `chmod u+r` on each of them"));
        }
        if access.unwritable.is_empty() {
            self.say(Mark::Good, "reports", "can be written beside the chapters");
        } else {
            let names = shortened(access.unwritable.iter().map(|folder| folder.display().to_string()));
            self.say(Mark::Bad, "reports", format!("cannot be written into {names}\nallow it: `chmod u+wx` on the folder"));
        }
    }
}

fn shortened(names: impl ExactSizeIterator<Item = String>) -> String {
    let rest = names.len().saturating_sub(NAMES_SHOWN);
    let shown = names.take(NAMES_SHOWN).collect::<Vec<_>>().join(", ");
    if rest == 0 { shown } else { format!("{shown} and {rest} more") }
}

/// Bytes of all files under a folder; links are not followed.
fn bytes_in(folder: &Path) -> u64 {
    let mut bytes = 0;
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => waiting.push(entry.path()),
                Ok(metadata) => bytes += metadata.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}

/// Something a processor can do that makes models faster.
#[derive(Clone, Copy, Debug)]
struct Feature {
    name: &'static str,
    is_in_processor: bool,
    is_built_in: bool,
}

#[cfg(target_arch = "x86_64")]
fn processor_features() -> Vec<Feature> {
    macro_rules! features {
        ($($name:tt)*) => {
            vec![$(Feature { name: $name, is_in_processor: std::is_x86_feature_detected!($name), is_built_in: cfg!(target_feature = $name) }),*]
        };
    }
    // Those that llama.cpp has code for.
    features!("avx" "f16c" "fma" "avx2" "bmi2" "avx512f" "avx512bw" "avx512vbmi" "avx512vnni")
}

#[cfg(target_arch = "aarch64")]
fn processor_features() -> Vec<Feature> {
    macro_rules! features {
        ($($name:tt)*) => {
            vec![$(Feature {
                name: $name,
                is_in_processor: std::arch::is_aarch64_feature_detected!($name),
                is_built_in: cfg!(target_feature = $name),
            }),*]
        };
    }
    features!("neon" "dotprod" "i8mm" "sve")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn processor_features() -> Vec<Feature> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::model_choice::tests::Fake;
    use super::*;
    use crate::model::gguf::tests::Writer;
    use crate::project::disk::testing::{put, tree};

    fn said(look: impl FnOnce(&mut Checkup)) -> (String, bool) {
        let mut checkup = Checkup::default();
        look(&mut checkup);
        checkup.text()
    }

    #[test]
    fn a_folder_is_looked_at_and_not_touched() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "01.md", "One.");
        put(root.path(), "02.md", "Two.");
        let before = tree(root.path());
        let (text, is_good) = said(|checkup| checkup.folder(root.path()));
        assert!(is_good && text.contains("2 found") && text.contains("all 2 files can be opened"), "{text}");
        assert_eq!(before, tree(root.path()));
        let (text, is_good) = said(|checkup| checkup.folder(&root.path().join("gone")));
        assert!(!is_good && text.contains("BAD   folder"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_opened_is_named() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "01.md", "One.");
        std::os::unix::fs::symlink("/nowhere", root.path().join("02.md")).unwrap();
        let (text, _) = said(|checkup| checkup.folder(root.path()));
        assert!(text.contains("1 found"), "{text}");
    }

    #[test]
    fn the_model_is_shown_with_its_fit() {
        let mut fake = Fake::new();
        let config = Config::default();
        let (text, is_good) = said(|checkup| checkup.model(&fake.computer, None, &config, None));
        assert!(is_good && text.contains("none was found"), "{text}");
        fake.model("tiny", Writer::llama());
        let (text, _) = said(|checkup| checkup.model(&fake.computer, None, &config, None));
        assert!(text.contains("the trained reader does not fit it, so the checks rest on rules of code alone"), "{text}");
        assert!(text.contains("maker/repo/tiny, Q4_K_M") && text.contains("4096 tokens") && text.contains(": fits"), "{text}");
        fake.computer.free_memory_bytes = Some(1000);
        let (text, _) = said(|checkup| checkup.model(&fake.computer, Some("tiny"), &config, None));
        assert!(text.contains("more than is free"), "{text}");
        let (text, is_good) = said(|checkup| checkup.model(&fake.computer, Some("gone"), &config, None));
        assert!(!is_good && text.contains("There is no model called"), "{text}");
    }

    #[test]
    fn the_state_is_read_through() {
        let (root, base) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let chosen = base.path().join("state");
        let look = |checkup: &mut Checkup| drop(checkup.state(state::open_folder(root.path(), Some(&chosen), &|_| None)));
        let (text, is_good) = said(look);
        assert!(is_good && text.contains("0 replies kept, all sound"), "{text}");
        let inside = root.path().join("state");
        let (text, is_good) = said(|checkup| drop(checkup.state(state::open_folder(root.path(), Some(&inside), &|_| None))));
        assert!(!is_good && text.contains("inside the book"), "{text}");
    }

    #[test]
    fn a_saved_file_is_seen_and_nothing_stays() {
        let state = tempfile::tempdir().unwrap();
        let (text, is_good) = said(|checkup| checkup.file_events(Some(state.path())));
        assert!(is_good && text.contains("saved files"), "{text}");
        assert!(tree(state.path()).is_empty());
    }

    #[test]
    fn program_processor_and_memory_are_told() {
        let fake = Fake::new();
        let (text, _) = said(|checkup| {
            checkup.program();
            checkup.processor(1);
            checkup.memory(&fake.computer);
        });
        assert!(text.contains(env!("CARGO_PKG_VERSION")) && text.contains("1 thread for") && text.contains("8.0 GB of 8.0 GB"), "{text}");
    }

    #[test]
    fn what_was_switched_off_is_told_with_how_to_try_it_again() {
        let state = tempfile::tempdir().unwrap();
        let (text, _) = said(|checkup| checkup.way(Some(state.path())));
        assert!(!text.contains("computing"), "{text}");
        plain_way::told(state.path(), Some("it ran away".to_string()), false);
        let (text, is_good) = said(|checkup| checkup.way(Some(state.path())));
        let advice = format!("delete {}", plain_way::path(state.path()).display());
        assert!(is_good && text.contains("crashed with it: it ran away") && text.contains(&advice), "{text}");
    }

    #[test]
    fn long_lists_are_counted() {
        let names: Vec<String> = (1..=7).map(|number| number.to_string()).collect();
        assert_eq!(shortened(names.into_iter()), "1, 2, 3, 4, 5 and 2 more");
    }
}
