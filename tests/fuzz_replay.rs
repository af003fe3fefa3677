//! The kept inputs of the fuzzers, and quick changes of them, through everything that must hold of any bytes.

use super::dice::Dice;
use super::fuzz_bodies::{TARGETS, Target};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

/// How often each kept input is changed and tried again; `COPYDESK_FUZZ_CHANGES` asks for more.
const CHANGES_OF_EACH: usize = 12;

/// The longest input that is made of kept ones, in bytes: a debug build is slow.
const MAX_BYTES: usize = 4_000;

/// The kept inputs of a target, by their paths in order.
fn kept(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let listed = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = listed.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(paths.len() >= 3, "{name} has too few kept inputs");
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("an input"))).collect()
}

/// An input with a piece of another one in it, bytes changed, doubled, left out or swapped.
fn changed(input: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = input[..input.len().min(MAX_BYTES)].to_vec();
    for _ in 0..=dice.roll(3) {
        let (at, to) = (dice.roll(bytes.len() + 1), dice.roll(bytes.len() + 1));
        let (start, end) = (at.min(to), at.max(to));
        match dice.roll(6) {
            0 => drop(bytes.drain(start..end.min(start + 40))),
            1 => {
                let piece = bytes[start..end.min(start + 200)].to_vec();
                bytes.splice(to..to, piece);
            }
            2 => {
                let from = dice.roll(other.len() + 1);
                let piece = other[from..(from + 1 + dice.roll(60)).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => bytes.truncate(end),
            _ => {
                let odd = [
                    0,
                    1,
                    b'\n',
                    b'\r',
                    b'*',
                    b'-',
                    b'"',
                    b'&',
                    b'<',
                    b'[',
                    b'%',
                    b':',
                    b' ',
                    0x7F,
                    0x80,
                    0xEF,
                    0xFF,
                    dice.roll(256) as u8,
                ];
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = odd[dice.roll(odd.len())];
                }
            }
        }
    }
    bytes
}

/// Replays the kept inputs of a target, then changes of them. Gives how many inputs were tried.
fn replay((name, body): Target) -> usize {
    let changes = std::env::var("COPYDESK_FUZZ_CHANGES").ok().and_then(|count| count.parse().ok()).unwrap_or(CHANGES_OF_EACH);
    let kept = kept(name);
    let mut tried = 0;
    let mut try_one = |input: &[u8], what: &str| {
        tried += 1;
        let survived = std::panic::catch_unwind(AssertUnwindSafe(|| body(input)));
        assert!(survived.is_ok(), "{name} does not survive {what}; as a Rust text: b\"{}\"", input.escape_ascii());
    };
    for (path, input) in &kept {
        try_one(input, &path.display().to_string());
    }
    let mut dice = Dice(name.len() as u64);
    for (path, input) in &kept {
        for _ in 0..changes {
            let other = &kept[dice.roll(kept.len())].1;
            try_one(&changed(input, other, &mut dice), &format!("a change of {}", path.display()));
        }
    }
    tried
}

/// One test for each target, so that they run beside each other.
macro_rules! replayed {
    ($($test:ident: $target:literal;)*) => {
        $(#[test]
        fn $test() {
            let target = TARGETS.into_iter().find(|(name, _)| *name == $target).expect("a target of this name");
            assert!(replay(target) > 30);
        })*

        #[test]
        fn every_target_is_replayed_and_has_a_fuzzer() {
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$($target),*]);
            for name in names {
                let fuzzer = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fuzz/fuzz_targets/{name}.rs"));
                let text = std::fs::read_to_string(&fuzzer).unwrap_or_else(|error| panic!("{}: {error}", fuzzer.display()));
                assert!(text.contains(&format!("bodies::{name}(")), "{text}");
            }
        }
    };
}

replayed! {
    any_front_matter: "front_matter";
    any_chapter: "scenes";
    any_bible_note: "bible_note";
    any_quote: "quote";
    any_text_in_a_report: "report";
    any_script: "script";
    any_model_header: "gguf_header";
    any_remembered_record: "cache_record";
    any_message_between_the_processes: "worker_message";
    any_configuration: "configuration";
}
