//! `watch` and `run` on one novel at the same time, killed with signal 9 again and again while the author writes: no reply and no run that was
//! kept is lost, no report is torn, nobody works on for a dead keeper, and the lock is free at once.
//!
//! `cargo test` does a few rounds; `COPYDESK_KILL_ROUNDS=1000` says how many instead.

#![expect(clippy::print_stdout, reason = "the script that counts reads it")]

use super::dice::Dice;
use super::project_test::{ProjectTest, Running, children_of, is_alive, signal, wait_until};
use copydesk::project::{Lock, write};
use std::collections::BTreeMap;
use std::time::Duration;

const ROUNDS: usize = 5;

/// Asks once for each scene and finds lanterns.
const LANTERNS: &str = "\
const FINDS = \"light\";
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for found in scene.find(\"lantern\") { desk.finding(\"light\").at(found.sentence).say(\"A lantern.\"); }
        for passage in scene.passages { desk.read(passage).ask(\"How many?\", number()).number; }
    }
}
";

/// The author: saves a chapter with words that were never there before, now in one way, now in another.
#[derive(Default)]
struct Author {
    saves: u64,
    chapters: BTreeMap<String, String>,
}

impl Author {
    fn save(&mut self, novel: &ProjectTest, dice: &mut Dice) {
        self.saves += 1;
        let path = format!("0{}.md", 1 + dice.roll(3));
        let scene = |number: u64| format!("Edmund held lantern {} of scene {number}.\n", self.saves);
        let text = (1..=4).map(scene).collect::<Vec<_>>().join("\n***\n\n");
        if dice.roll(2) == 0 {
            novel.write(&path, &text);
        } else {
            novel.write("~save", &text);
            std::fs::rename(novel.path("~save"), novel.path(&path)).expect("the chapter is saved");
        }
        self.chapters.insert(path, text);
    }
}

fn milliseconds(dice: &mut Dice, below: usize) -> Duration {
    Duration::from_millis(dice.roll(below) as u64)
}

/// What the rounds came to.
#[derive(Debug, Default)]
struct Figures {
    kills: usize,
    commits: usize,
    lost: usize,
    reports: usize,
    workers: usize,
}

fn check_reports(novel: &ProjectTest, author: &Author, figures: &mut Figures) {
    for name in novel.names() {
        let Some(text) = name.ends_with(".md").then(|| novel.read(&name)) else { continue };
        match author.chapters.get(&name) {
            Some(written) => assert_eq!(text, *written, "{name} is not what the author wrote"),
            None => {
                assert!(write::is_unedited(&text) && !name.contains(".new"), "{name} is torn:\n{text}");
                figures.reports += 1;
            }
        }
    }
}

/// Ends a program at once; its worker must go by itself.
fn kill(running: &mut Running, figures: &mut Figures) {
    let workers = children_of(running.pid());
    figures.kills += 1;
    figures.workers += workers.len();
    signal(running.pid(), "KILL");
    assert!(running.end_within(Duration::from_secs(10)).is_some(), "it does not end");
    for (worker, _) in workers {
        assert!(wait_until(Duration::from_secs(20), || !is_alive(worker)), "the worker {worker} works for nobody");
    }
}

#[test]
fn killed_again_and_again_nothing_is_lost_and_nobody_is_left() {
    let rounds = std::env::var("COPYDESK_KILL_ROUNDS").ok().and_then(|count| count.parse().ok()).unwrap_or(ROUNDS);
    let novel = ProjectTest::new().script("lanterns", LANTERNS).replies([(&["How many"], "7")]);
    let (mut dice, mut author, mut figures) = (Dice(11), Author::default(), Figures::default());
    while author.chapters.len() < 3 {
        author.save(&novel, &mut dice);
    }
    let (mut replies, mut runs) = (BTreeMap::new(), BTreeMap::new());
    for round in 0..rounds {
        let mut working = [novel.watch_in_background(&["lanterns"]), novel.run_in_background(&["lanterns"], &[])];
        // Every other round is killed in its middle or after it, however slow the machine is; the rest at any moment from the start.
        if round % 2 == 0 {
            wait_until(Duration::from_secs(60), || novel.kept_runs().len() > runs.len());
        }
        for _ in 0..dice.roll(3) {
            std::thread::sleep(milliseconds(&mut dice, 250));
            author.save(&novel, &mut dice);
        }
        std::thread::sleep(milliseconds(&mut dice, 1_000));
        // First one of the two, so that the other may take its place.
        let first = dice.roll(2);
        for place in [first, 1 - first] {
            let (known, known_runs) = (novel.kept_replies(), novel.kept_runs());
            figures.commits += known.keys().filter(|key| !replies.contains_key(*key)).count();
            figures.commits += known_runs.keys().filter(|number| !runs.contains_key(*number)).count();
            kill(&mut working[place], &mut figures);
            replies.extend(known);
            runs.extend(known_runs);
            std::thread::sleep(milliseconds(&mut dice, 300));
        }
        let lock = Lock::try_take(&novel.state(), "test");
        assert!(lock.is_ok() || !novel.state().exists(), "round {round}: the lock is not free: {lock:?}");
        drop(lock);
        let (known, known_runs) = (novel.kept_replies(), novel.kept_runs());
        figures.lost += replies.iter().filter(|(key, value)| known.get(*key) != Some(*value)).count();
        figures.lost += runs.iter().filter(|(number, time)| known_runs.get(*number) != Some(*time)).count();
        assert_eq!(figures.lost, 0, "round {round}: {figures:?}");
        check_reports(&novel, &author, &mut figures);
    }
    let last = novel.run(&["lanterns"]);
    last.expect_status(1);
    assert_eq!(last.problems(), Vec::<String>::new());
    check_reports(&novel, &author, &mut figures);
    let strays: Vec<String> = novel.names().into_iter().filter(|name| name.contains(".copydesk-")).collect();
    assert_eq!(strays, Vec::<String>::new());
    // An undisturbed run with an empty memory makes the same of these chapters.
    let undisturbed = novel.twin();
    std::fs::remove_dir_all(undisturbed.state()).expect("the state folder");
    undisturbed.reports().keys().for_each(|path| std::fs::remove_file(undisturbed.path(path)).expect("a report"));
    undisturbed.run(&["lanterns"]).expect_status(1);
    let bytes = |novel: &ProjectTest| novel.reports().into_iter().map(|(path, entry)| (path, entry.0)).collect::<BTreeMap<_, _>>();
    assert!(bytes(&undisturbed) == bytes(&novel), "the reports differ from those of an undisturbed run");
    println!("{rounds} rounds: {figures:?}");
    assert!(figures.commits > 0 && figures.kills == 2 * rounds, "{figures:?}");
}
