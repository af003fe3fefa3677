//! A real model whose file was spoilt, opened by the program: llama.cpp may refuse it, compute nonsense or die of it, but the run always
//! ends, and the author always gets a reason.
//!
//! Most are copies of a model of half a megabyte that is made here and says noise, but is opened and computed with like any other. When
//! COPYDESK_TEST_MODEL names a GGUF file, a few copies of that are spoilt too: its weights are stored in the ways that real ones are.
//! `.setup/spoil-models COUNT` tries as many as you like and tells what became of them.
#![cfg(feature = "llama")]
#![expect(clippy::print_stderr, reason = "a skipped test says so, and the long run tells its figures")]

use super::dice::Dice;
use super::gguf_writer::Writer;
use crate::project_test::ProjectTest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Spoilt files tried in `make test`.
const USUAL_COUNT: usize = 4 * KINDS.len();

/// Of so many copies of the made model one is of the real one.
const REAL_ONE_IN: usize = 4;

/// Programs at work at once.
const LANES: usize = 2;

/// How a file is spoilt.
const KINDS: [&str; 8] =
    ["counts", "metadata", "tensor infos", "cut", "bits of the header", "bits of the weights", "words", "weights without sense"];

/// The longest that a command may take with a model of this size, on a busy computer.
const LONGEST: Duration = Duration::from_secs(150);

/// Address space that the program and its worker may have each, in KiB: many times what the test model needs.
const MAX_KIB: u64 = 12 << 20;

/// Asks one question, so that the model is opened and computes.
const ASKS: &str =
    "fn check(chapter, desk) {\n    for scene in chapter.scenes { desk.read(scene).ask(\"Who slept?\", quote(3) | nothing()).text; }\n}\n";

/// Numbers at which readers go wrong.
const ODD: [u64; 14] = [0, 1, 2, 7, 31, 255, 256, 65_535, 65_537, 1 << 31, u32::MAX as u64, 1 << 40, i64::MAX as u64, u64::MAX];

/// Where things stand in a GGUF file: offset and length in bytes.
#[derive(Default)]
struct Map {
    /// Numbers, truth values and the types before them.
    values: Vec<(usize, usize)>,
    /// The letters of texts that are no keys: the vocabulary, above all.
    words: Vec<(usize, usize)>,
    /// Dimensions, storage types and offsets of tensors.
    tensors: Vec<(usize, usize)>,
    header_end: usize,
}

/// Reads a whole, sound file; this is the test's own reading, not the program's.
struct Walk<'b> {
    bytes: &'b [u8],
    at: usize,
    map: Map,
}

impl Walk<'_> {
    fn number(&mut self, length: usize) -> u64 {
        let mut number = [0; 8];
        number[..length].copy_from_slice(&self.bytes[self.at..self.at + length]);
        self.at += length;
        u64::from_le_bytes(number)
    }

    fn text(&mut self) -> (usize, usize) {
        let length = self.number(8) as usize;
        let start = self.at;
        self.at += length;
        (start, length)
    }

    fn value(&mut self, kind: u64) {
        let start = self.at;
        match kind {
            8 => {
                let text = self.text();
                self.map.words.push(text);
            }
            9 => {
                let of = self.number(4);
                let count = self.number(8);
                self.map.values.extend([(start, 4), (start + 4, 8)]);
                (0..count).for_each(|_| self.value(of));
            }
            0 | 1 | 7 => self.at += 1,
            2 | 3 => self.at += 2,
            10..=12 => self.at += 8,
            _ => self.at += 4,
        }
        if !matches!(kind, 8 | 9) {
            self.map.values.push((start, self.at - start));
        }
    }

    fn whole(bytes: &[u8]) -> Map {
        let mut walk = Walk { bytes, at: 8, map: Map::default() };
        let (tensors, entries) = (walk.number(8), walk.number(8));
        for _ in 0..entries {
            walk.text();
            walk.map.values.push((walk.at, 4));
            let kind = walk.number(4);
            // A list of thousands is one place among the others, not thousands.
            let (before, words) = (walk.map.values.len(), walk.map.words.len());
            walk.value(kind);
            walk.map.values.truncate(before + 6);
            walk.map.words.truncate(words + 3_000);
        }
        for _ in 0..tensors {
            walk.text();
            let dimensions = walk.number(4) as usize;
            let start = walk.at;
            walk.at += dimensions * 8 + 12;
            walk.map.tensors.extend((0..dimensions).map(|index| (start + index * 8, 8)));
            walk.map.tensors.extend([(start - 4, 4), (start + dimensions * 8, 4), (start + dimensions * 8 + 4, 8)]);
        }
        walk.map.header_end = walk.at;
        walk.map
    }
}

/// Puts an odd number in one of some places.
fn odd_number(bytes: &mut [u8], places: &[(usize, usize)], dice: &mut Dice) {
    let (at, length) = places[dice.roll(places.len())];
    let odd = ODD[dice.roll(ODD.len())].to_le_bytes();
    bytes[at..at + length].copy_from_slice(&odd[..length]);
}

fn flip_bits(bytes: &mut [u8], from: usize, to: usize, most: usize, dice: &mut Dice) {
    for _ in 0..=dice.roll(most) {
        let at = from + dice.roll(to - from);
        bytes[at] ^= 1 << dice.roll(8);
    }
}

fn spoil(bytes: &mut Vec<u8>, map: &Map, kind: &str, dice: &mut Dice) {
    let length = bytes.len();
    match kind {
        "counts" => odd_number(bytes, &[(4, 4), (8, 8), (16, 8)], dice),
        "metadata" => (0..=dice.roll(2)).for_each(|_| odd_number(bytes, &map.values, dice)),
        "tensor infos" => odd_number(bytes, &map.tensors, dice),
        "cut" => {
            let kept = match dice.roll(3) {
                0 => dice.roll(map.header_end),
                1 => length - 1 - dice.roll(64),
                _ => map.header_end + dice.roll(length - map.header_end),
            };
            bytes.truncate(kept);
        }
        "bits of the header" => flip_bits(bytes, 0, map.header_end, 12, dice),
        // So few in a small model that some still compute.
        "bits of the weights" => flip_bits(bytes, map.header_end, length, (length >> 14).clamp(4, 4_000), dice),
        "words" => {
            for _ in 0..=dice.roll(30) {
                let (at, length) = map.words[dice.roll(map.words.len())];
                if length > 0 {
                    bytes[at + dice.roll(length)] = [0, 0xFF, 0x80, b'{', b'%', b'<', b' '][dice.roll(7)];
                }
            }
        }
        // Scales that are no numbers, or endless ones.
        _ => {
            let start = map.header_end + dice.roll(length - map.header_end);
            let end = length.min(start + 1 + dice.roll((length - map.header_end) / 8));
            bytes[start..end].fill([0xFF, 0x7C, 0x00, 0x7F][dice.roll(4)]);
        }
    }
}

/// What became of a command.
struct Ended {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the program within limits of time and memory; no status when it was ended by a signal or by the limit.
fn run(folder: &Path, arguments: &[&str]) -> Ended {
    let outputs = ["stdout", "stderr"].map(|name| folder.join(name));
    let file = |path: &Path| std::fs::File::create(path).expect("a file for the output");
    let limited = format!("ulimit -v {MAX_KIB}; ulimit -c 0; exec \"$0\" \"$@\"");
    let mut child = Command::new("/bin/sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_copydesk")])
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(file(&outputs[0]))
        .stderr(file(&outputs[1]))
        .spawn()
        .expect("copydesk starts");
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break Some(status);
        }
        if started.elapsed() > LONGEST {
            child.kill().expect("it is ended");
            child.wait().expect("it has ended");
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).expect("the output")).into_owned();
    Ended { status: status.and_then(|status| status.code()), stdout: text(&outputs[0]), stderr: text(&outputs[1]) }
}

/// What the run says of the model, in one word. Fails when it says nothing.
fn verdict(ended: &Ended) -> &'static str {
    let told = format!("{:?}\n{}\n{}", ended.status, ended.stdout, ended.stderr);
    let Some(status) = ended.status else { panic!("the program was ended from outside: {told}") };
    if status == 2 {
        let reason = ended.stderr.split(".gguf: ").nth(1).unwrap_or_default();
        assert!(ended.stderr.contains("the model as asked cannot be used") && reason.len() > 20, "{told}");
        return "refused by the check of the header";
    }
    let json: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("no result, {error}: {told}"));
    let result = &json["results"][0];
    let reason = result["reason"].as_str().unwrap_or_default();
    match (status, result["status"].as_str()) {
        (0, Some("clean")) => "worked",
        (3, Some("not-checked")) if reason.contains("could not be opened") => {
            assert!(reason.split("could not be opened: ").nth(1).is_some_and(|why| why.len() > 20), "{told}");
            "refused by llama.cpp, with a reason"
        }
        (3, Some("not-checked")) if reason.contains("crash") => {
            assert!(reason.contains('('), "how it died: {told}");
            "the reading process died, and it was told"
        }
        (3, Some("not-checked")) if reason.contains("damaged file") => "computed no numbers, and it was told",
        (3, Some("not-checked")) if reason.len() > 20 => {
            eprintln!("        {reason}");
            "could not compute, with a reason"
        }
        _ => panic!("no reason is told: {told}"),
    }
}

/// A novel, a home without models but one, and a command that asks that one.
struct Lane {
    novel: ProjectTest,
    home: tempfile::TempDir,
}

impl Lane {
    fn new() -> Lane {
        let novel = ProjectTest::new()
            .file("01.md", "Mara slept. Edmund did not.")
            .file("copydesk.yaml", "reading_memory_gb: 0\ncontext: 4096\n")
            .script("asks", ASKS);
        let home = tempfile::tempdir().expect("a folder");
        // The script is allowed in the home of the novel's own commands; here the folder's name says enough of it.
        let settings = home.path().join(".config/copydesk");
        let mut allowed = copydesk::project::allowed::Allowed::load(Some(&settings));
        allowed.insert(&copydesk::text::ScriptFile::new("", "asks.rhai", ASKS.into(), false));
        allowed.save().expect("it is kept");
        Lane { novel, home }
    }

    /// Runs the program with these bytes as its model; with `is_looked_at`, also the commands that look at models without opening them.
    fn verdict(&self, bytes: &[u8], is_looked_at: bool) -> &'static str {
        let model = self.home.path().join("spoilt.gguf");
        std::fs::write(&model, bytes).expect("a spoilt copy");
        let text = |path: &Path| path.to_str().expect("a plain path").to_string();
        let (home, folder, state, model) = (text(self.home.path()), text(&self.novel.folder()), text(&self.novel.state()), text(&model));
        let ended = run(self.home.path(), &["run", "asks", &folder, "--state", &state, "--model", &model, "--format", "json"]);
        let looks = [&["doctor", &folder, "--model", &model][..], &["models", "--folder", &home]];
        for arguments in looks.into_iter().filter(|_| is_looked_at) {
            let ended = run(self.home.path(), arguments);
            let told = format!("{arguments:?}: {:?}\n{}\n{}", ended.status, ended.stdout, ended.stderr);
            assert!(ended.status.is_some_and(|status| status <= 3) && !ended.stderr.contains("panicked"), "{told}");
        }
        verdict(&ended)
    }
}

/// Spoils copies of a model in `count` ways. Gives how often what became of which kind.
fn spoil_copies(whole: &[u8], count: usize, seed: u64) -> BTreeMap<(&'static str, &'static str), usize> {
    let (map, next, tally) = (Walk::whole(whole), AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|threads| {
        for _ in 0..LANES {
            threads.spawn(|| {
                let lane = Lane::new();
                assert_eq!(lane.verdict(whole, false), "worked", "the model itself");
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    let (kind, mut bytes) = (KINDS[number % KINDS.len()], whole.to_vec());
                    spoil(&mut bytes, &map, kind, &mut Dice(seed + number as u64));
                    let verdict = lane.verdict(&bytes, number % 4 == 1);
                    *tally.lock().expect("the tally").entry((verdict, kind)).or_default() += 1;
                }
            });
        }
    });
    tally.into_inner().expect("the tally")
}

#[test]
fn a_spoilt_model_costs_its_questions_and_never_the_run() {
    let _turn = crate::llama::one_model_at_a_time();
    let count = std::env::var("COPYDESK_SPOILT_MODELS").ok().and_then(|count| count.parse().ok()).unwrap_or(USUAL_COUNT);
    let mut models = vec![("made", Writer::mindless().bytes(), count)];
    match std::env::var_os("COPYDESK_TEST_MODEL") {
        Some(path) => models.push(("real", std::fs::read(path).expect("the test model"), (count / REAL_ONE_IN).min(100))),
        None => eprintln!("only the made model: COPYDESK_TEST_MODEL names no real one"),
    }
    for (name, whole, count) in models {
        let tally = spoil_copies(&whole, count, 1);
        for ((verdict, kind), times) in &tally {
            eprintln!("{times:6}  {verdict}  ({kind}, {name} model)");
        }
        assert_eq!(tally.values().sum::<usize>(), count);
    }
}
