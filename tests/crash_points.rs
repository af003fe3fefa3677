//! The program ended, or a call failed, at each of its file calls: no report is torn, no chapter changed, no reply lost that was kept, nothing
//! left lying about, and the next run makes of it what an undisturbed one makes.
//!
//! A reply counts as kept when its commit has returned. From then on any other program sees it, so what another connection sees while the
//! program stands still at the fault must be there afterwards.

#![expect(clippy::print_stdout, reason = "the script that counts reads it")]

use super::project_test::{Entry, ProjectTest, assert_same};
use super::tracer::{Call, End, Fault, Kind, Plan, Traced, trace};
use copydesk::project::write;
use nix::errno::Errno;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many points `cargo test` tries; `COPYDESK_CRASH_POINTS=all`, or a number, says how many instead.
const SAMPLE: usize = 16;

const FIRST: &str =
    "# The Ferry\n\nMara Vance came down to the quay before light. Mara’s eyes were green.\n\n***\n\nThe ferry came at noon.\n";
const SECOND: &str = "# The Island\n\nMara Vance slept badly. Mara’s brown eyes were red in the mirror.\n";
const MARA: &str = "---\nname: Mara Vance\nkind: character\naliases: [Mara]\nfacts:\n  eyes: green\n---\n";
const SCRIPTS: &[&str] = &["continuity", "summaries"];

/// Reports by path.
type Reports = BTreeMap<String, Vec<u8>>;

/// The standard library takes a folder that cannot be closed for a fault of the program's and ends it; no disk does that.
fn closes_folder(call: &Call) -> bool {
    call.name == "close" && call.path.extension().is_none()
}

/// Where a run begins, and what an undisturbed one makes of it.
struct Scene {
    name: &'static str,
    novel: ProjectTest,
    is_old_disk: bool,
    status: i32,
    reports: Reports,
    /// Names in the state folder.
    state: BTreeSet<String>,
    replies: usize,
    calls: Vec<Call>,
}

fn novel() -> ProjectTest {
    let novel = ProjectTest::new().file("book/01.md", FIRST).file("book/02.md", SECOND).file("bible/mara.md", MARA);
    novel.replies([
        (&["What happens", "before light"], "Mara Vance came down to the quay before light."),
        (&["What happens", "at noon"], "The ferry came at noon."),
        (&["What happens", "slept"], "Mara Vance slept badly."),
    ])
}

/// A run on an old novel, whose reports and replies are there and of which one chapter was changed.
fn revised() -> ProjectTest {
    let novel = novel();
    novel.run(SCRIPTS).expect_status(1);
    novel.edit("book/02.md", "slept badly. Mara’s", "slept badly again. Mara’s");
    novel.edit("book/01.md", "at noon.", "at noon. Mara’s hair was red.");
    novel
}

/// Reports by path, those that are still being written left out.
fn reports(novel: &ProjectTest) -> Reports {
    novel.reports().into_iter().filter(|(path, _)| !is_temporary(path)).map(|(path, entry)| (path, entry.0)).collect()
}

fn is_temporary(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with(".copydesk-") && name.ends_with(".tmp"))
}

/// The author's files.
fn own(novel: &ProjectTest) -> BTreeMap<String, Entry> {
    novel.tree().into_iter().filter(|(path, _)| !is_temporary(path)).collect()
}

/// The names in the state folder, of folders what they hold.
fn state_names(novel: &ProjectTest) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![novel.state()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
            names.insert(entry.path().strip_prefix(novel.state()).expect("inside").to_string_lossy().into_owned());
        }
    }
    names
}

fn traced(novel: &ProjectTest, fault: Option<(usize, Fault)>, is_old_disk: bool, at_fault: &mut dyn FnMut()) -> Option<Traced> {
    let (folder, state) = (novel.folder().canonicalize().expect("the folder"), novel.state());
    let state = state.parent().and_then(|root| root.canonicalize().ok()).expect("the folder").join("state");
    trace(&novel.run_command(SCRIPTS), &[&folder, &state], Plan { fault, is_old_disk, at_fault })
}

impl Scene {
    /// Nothing where no program may be followed.
    fn new(name: &'static str, novel: ProjectTest, is_old_disk: bool) -> Option<Scene> {
        let undisturbed = novel.twin();
        let traced = traced(&undisturbed, None, is_old_disk, &mut || {})?;
        let End::Exited(status) = traced.end else { panic!("{name}: {:?}", traced.end) };
        assert_eq!(status, 1, "{name}: {}", told(&undisturbed));
        assert_same(&own(&novel), &own(&undisturbed));
        let (reports, replies) = (reports(&undisturbed), undisturbed.kept_replies().len());
        assert!(reports.len() >= 5 && replies >= 3, "{name}: {reports:?}");
        let of_author = traced.calls.iter().filter(|call| call.path.starts_with(undisturbed.folder())).count();
        assert!(of_author > 20 && traced.calls.len() - of_author > 60, "{name}: {:?}", traced.calls);
        undisturbed.run(SCRIPTS).expect_status(1);
        Some(Scene { name, novel, is_old_disk, status, reports, state: state_names(&undisturbed), replies, calls: traced.calls })
    }

    /// Every call with everything that can go wrong there.
    fn points(&self) -> Vec<(usize, Fault)> {
        let errors = |errors: &[Errno]| errors.iter().map(|error| Fault::Fail(*error)).collect::<Vec<_>>();
        let faults = |call: &Call| match call.kind {
            Kind::Look => errors(&[Errno::EIO]),
            Kind::Change if closes_folder(call) => vec![Fault::KillBefore, Fault::KillAfter],
            Kind::Write | Kind::Change => {
                let mut all = errors(&[Errno::EIO, Errno::ENOSPC, Errno::EACCES, Errno::EINTR]);
                all.extend([Fault::KillBefore, Fault::KillAfter]);
                all.extend((call.kind == Kind::Write).then_some(Fault::Short));
                all
            }
        };
        let all = self.calls.iter().enumerate().flat_map(|(nth, call)| faults(call).into_iter().map(move |fault| (nth, fault)));
        // On the old disk only the way to name a report is another one.
        all.filter(|(_, fault)| !self.is_old_disk || matches!(fault, Fault::KillBefore | Fault::KillAfter)).collect()
    }

    /// Tries one point. Gives how many replies were kept when it came.
    fn try_point(&self, nth: usize, fault: Fault) -> usize {
        let novel = self.novel.twin();
        let (before, old_reports) = (own(&novel), reports(&novel));
        let mut acknowledged = BTreeMap::new();
        let traced = traced(&novel, Some((nth, fault)), self.is_old_disk, &mut || acknowledged = novel.kept_replies())
            .expect("it was allowed before");
        let shown = format!("{}: {fault:?} at call {nth}, {:?}\n{}", self.name, traced.calls.get(nth), told(&novel));

        assert_same(&before, &own(&novel));
        // The calls of two runs are not quite the same: this may be another one than was meant.
        if matches!(fault, Fault::Fail(_)) && traced.calls.get(nth).is_some_and(closes_folder) {
            return 0;
        }
        let now = reports(&novel);
        // A chapter that could not be read has a report that says so; it must be whole, too, and only where there is one anyway.
        let may_differ = |path: &String, text: &[u8]| {
            matches!(fault, Fault::Fail(_)) && self.reports.contains_key(path) && write::is_unedited(&String::from_utf8_lossy(text))
        };
        for (path, text) in &now {
            let is_known = old_reports.get(path) == Some(text) || self.reports.get(path) == Some(text);
            assert!(is_known || may_differ(path, text), "{path} is torn or strange\n{shown}\n{}", String::from_utf8_lossy(text));
        }
        assert!(old_reports.keys().all(|path| now.contains_key(path)), "a report is gone\n{shown}");
        match (traced.end, fault) {
            (End::Killed, Fault::KillBefore | Fault::KillAfter) => {}
            // The run ended before it came so far: threads take turns as they like.
            (End::Exited(status), _) if traced.calls.len() <= nth => assert_eq!(status, self.status, "{shown}"),
            (End::Exited(status), Fault::Fail(_) | Fault::Short) => self.check_told(&novel, status, &old_reports, &shown),
            _ => panic!("it ended by {:?}\n{shown}", traced.end),
        }

        let again = novel.run_after_harm(SCRIPTS);
        assert_same(&before, &own(&novel));
        let shown = format!("{shown}\n==== the next run\n{}\n{}", again.stdout, again.stderr);
        assert_eq!(again.status, self.status, "{shown}");
        assert!(reports(&novel) == self.reports, "the reports differ: {:?}\n{shown}", reports(&novel).keys());
        assert!(!novel.names().iter().any(|path| is_temporary(path)), "a stray in {:?}\n{shown}", novel.names());
        // Looked at before another connection opens the database, which leaves files of its own. What could not stand beside its chapter
        // was put into the state folder, and told.
        let is_kept_elsewhere = |name: &&String| *name == "reports" || name.starts_with("reports/");
        let names: BTreeSet<String> = state_names(&novel).iter().filter(|name| !is_kept_elsewhere(name)).cloned().collect();
        assert_eq!(names, self.state, "{shown}");
        let after = novel.kept_replies();
        assert!(acknowledged.iter().all(|(key, value)| after.get(key) == Some(value)), "a reply that was kept is lost\n{shown}");
        assert_eq!(after.len(), self.replies, "{shown}");
        acknowledged.len()
    }

    /// A run whose call failed ends by itself, and what is not as it should be is told in plain words.
    fn check_told(&self, novel: &ProjectTest, status: i32, old_reports: &Reports, shown: &str) {
        let now = reports(novel);
        assert!((0..=3).contains(&status), "status {status}\n{shown}");
        // What the seal could not do is told in the kernel's words, for people who look them up.
        let said: String = told(novel).lines().filter(|line| !line.starts_with("sandbox: ")).collect::<Vec<_>>().join("\n");
        for word in ["panicked", "os error", "Os {", "RUST_BACKTRACE", "SQLITE"] {
            assert!(!said.contains(word), "“{word}” is no word for an author\n{shown}");
        }
        let is_as_ever = status == self.status && now == self.reports && novel.kept_replies().len() == self.replies;
        let is_news = |line: &&str| !line.starts_with("model: ") && !line.starts_with("sandbox: ") && !line.is_empty();
        let errors = std::fs::read_to_string(novel.folder().with_extension("err")).expect("what it said");
        assert!(is_as_ever || errors.lines().any(|line| is_news(&line)), "something was lost in silence\n{shown}");
        // Without its memory a run writes other words about what changed, and tells that it has none; a report that stayed old is worse.
        let is_old = |path: &String, text: &Vec<u8>| now.get(path) != Some(text) && now.get(path) == old_reports.get(path);
        let stayed_old = self.reports.iter().any(|(path, text)| is_old(path, text));
        assert!(!stayed_old || status >= 2, "status {status}, and a report was not written\n{shown}");
    }
}

/// What a traced run said.
fn told(novel: &ProjectTest) -> String {
    ["out", "err"].map(|end| std::fs::read_to_string(novel.folder().with_extension(end)).unwrap_or_default()).concat()
}

#[test]
fn a_run_ended_or_hindered_at_any_file_call_loses_and_tears_nothing() {
    let wanted = std::env::var("COPYDESK_CRASH_POINTS").map_or(SAMPLE, |wanted| wanted.parse().unwrap_or(usize::MAX));
    let scenes = [("first run", novel(), false), ("revised novel", revised(), false), ("old disk", revised(), true)];
    let Some(scenes) = scenes.into_iter().map(|(name, novel, is_old)| Scene::new(name, novel, is_old)).collect::<Option<Vec<_>>>() else {
        return;
    };
    let all: Vec<(&Scene, usize, Fault)> =
        scenes.iter().flat_map(|scene| scene.points().into_iter().map(move |(nth, fault)| (scene, nth, fault))).collect();
    // An odd step meets every kind of fault in every part of a run.
    let step = (all.len() / wanted.clamp(1, all.len())).saturating_sub(1) | 1;
    let points: Vec<_> = all.iter().step_by(step).collect();
    assert!(points.len() >= wanted.min(all.len()), "{} of {}", points.len(), all.len());
    let (next, acknowledged, failed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    // Each thread follows its own programs.
    let threads = if wanted > SAMPLE { 3 } else { 1 };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((scene, nth, fault)) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // One that fails has told why, and the others are tried all the same.
                    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| scene.try_point(*nth, *fault))) {
                        Ok(kept) => acknowledged.fetch_add(kept, Ordering::Relaxed),
                        Err(_) => failed.fetch_add(1, Ordering::Relaxed),
                    };
                }
            });
        }
    });
    let calls: Vec<String> = scenes.iter().map(|scene| format!("{} {}", scene.name, scene.calls.len())).collect();
    println!(
        "{} of {} crash points (calls: {}), {} kept replies, {} points failed",
        points.len(),
        all.len(),
        calls.join(", "),
        acknowledged.load(Ordering::Relaxed),
        failed.load(Ordering::Relaxed)
    );
    assert_eq!(failed.load(Ordering::Relaxed), 0);
    assert!(acknowledged.load(Ordering::Relaxed) > 0, "no point came after a commit");
}

#[test]
fn a_run_killed_between_its_reports_and_its_memory_tells_the_same_again() {
    let Some(scene) = Scene::new("first run", novel(), false) else { return };
    let last = scene.calls.iter().rposition(|call| call.name == "renameat2").expect("a report is named");
    let novel = scene.novel.twin();
    let killed = traced(&novel, Some((last, Fault::KillAfter)), false, &mut || {}).expect("it was allowed before");
    assert_eq!((killed.end, reports(&novel) == scene.reports, novel.kept_runs().len()), (End::Killed, true, 0), "{}", told(&novel));
    let again = novel.run(SCRIPTS);
    assert!(again.json["since_last_run"].is_null(), "it was noted as told: {}", again.json["since_last_run"]);
    assert_eq!((again.remembered(), again.questions()), (3, 3), "the replies were kept");
}
