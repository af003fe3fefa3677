//! `copydesk dataset`: lessons for training, in a folder of their own; the manuscript stays as it is, and so does what is not ours to replace.

use crate::project_test::{ProjectTest, Ran};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const FILES: [&str; 3] = ["README.md", "held-out.jsonl", "train.jsonl"];

fn novel() -> ProjectTest {
    let chapter = |number: usize| {
        let line = |line: usize| format!("“Mara,” said the keeper of light {number}, and lamp {line} of {number} went out at once.\n\n");
        format!("---\nstatus: draft\n---\n# Night {number}\n\n%% to do %%\n\n{}", (0..40).map(line).collect::<String>())
    };
    let novel = (1..=8).fold(ProjectTest::new(), |novel, number| novel.file(&format!("{number:02}.md"), chapter(number)));
    novel
        .file("09-thanks.md", "# Acknowledgements\n\nThanks to Nobody In Particular.\n")
        .file("bible/mara.md", "---\nname: Mara Vance\naliases: [Mara]\nfacts: { eyes: green }\n---\n")
}

fn dataset(novel: &ProjectTest, options: &[&str]) -> Ran {
    let folder = novel.folder();
    novel.any(&[&["dataset", folder.to_str().expect("a path"), "--held-out", "20"], options].concat())
}

/// Where it is written when nobody says otherwise.
fn beside(novel: &ProjectTest, purpose: &str) -> PathBuf {
    novel.folder().with_file_name("novel-dataset").join(purpose)
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn lines(folder: &Path, name: &str) -> Vec<Value> {
    read(folder, name).lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn prose_is_written_in_whole_chapters_with_a_card_and_again_to_the_byte() {
    let novel = novel();
    let ran = dataset(&novel, &["--for", "voice", "--words", "100"]);
    ran.expect_status(0);
    let out = beside(&novel, "voice");
    assert_eq!(names(&out), FILES);
    assert!(ran.stdout.contains("train.jsonl") && ran.stdout.contains("docs/backlist.md"), "{}", ran.stdout);

    let nights = |name: &str| {
        let of = |line: &Value| {
            let text = line["text"].as_str().expect("a text").to_string();
            text.split("keeper of light ").nth(1).and_then(|rest| rest.split(',').next()).expect("a number").to_string()
        };
        lines(&out, name).iter().map(of).collect::<BTreeSet<String>>()
    };
    let (train, held_out) = (nights("train.jsonl"), nights("held-out.jsonl"));
    assert!(train.is_disjoint(&held_out) && !held_out.is_empty() && train.len() + held_out.len() == 8, "{train:?} {held_out:?}");
    let all = format!("{}{}", read(&out, "train.jsonl"), read(&out, "held-out.jsonl"));
    for gone in ["to do", "draft", "Nobody In Particular", "Night 1"] {
        assert!(!all.contains(gone), "{gone}");
    }
    let card = read(&out, "README.md");
    for there in ["09-thanks.md", "left out: by its title", "held out", "Nothing here grants a licence", "unpublished"] {
        assert!(card.contains(there), "{there}: {card}");
    }

    let before = FILES.map(|name| read(&out, name));
    dataset(&novel, &["--for", "voice", "--words", "100"]).expect_status(0);
    assert_eq!(before, FILES.map(|name| read(&out, name)));
    dataset(&novel, &["--for", "voice", "--words", "100", "--form", "messages"]).expect_status(0);
    assert_eq!(lines(&out, "train.jsonl")[0]["messages"][1]["role"], "assistant");
}

#[test]
fn the_bible_answers_in_a_folder_of_its_own() {
    let novel = novel();
    dataset(&novel, &["--for", "instruct", "--form", "alpaca"]).expect_status(0);
    let pairs = lines(&beside(&novel, "instruct"), "train.jsonl");
    let answer = |question: &str| pairs.iter().find(|pair| pair["instruction"] == question).map(|pair| pair["output"].clone());
    assert_eq!(answer("What colour are Mara Vance’s eyes?"), Some("Green.".into()), "{pairs:?}");
    assert_eq!(answer("Who is named in this passage?"), Some("Mara Vance.".into()), "{pairs:?}");
}

#[test]
fn nothing_is_replaced_but_an_earlier_dataset_as_it_was_written() {
    let novel = novel();
    dataset(&novel, &["--for", "voice"]).expect_status(0);
    let out = beside(&novel, "voice");
    for (name, advice) in [("train.jsonl", "was changed since it was written"), ("README.md", "as it wrote it")] {
        let written = read(&out, name);
        std::fs::write(out.join(name), format!("{written}corrected\n")).expect("it is written");
        dataset(&novel, &["--for", "voice"]).expect_status(2).expect_told(advice);
        assert!(read(&out, name).ends_with("corrected\n"), "{name} is the author's now");
        std::fs::write(out.join(name), written).expect("it is written");
    }
    std::fs::write(out.join("mine.txt"), "mine").expect("it is written");
    dataset(&novel, &["--for", "voice"]).expect_status(2).expect_told("holds something else than a dataset (mine.txt)");
    // Nothing is written among the chapters.
    let folder = novel.folder();
    dataset(&novel, &["--for", "voice", "--out", folder.to_str().expect("a path")])
        .expect_status(2)
        .expect_told("lies among your chapters");
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_written() {
    let novel = novel();
    dataset(&novel, &["--for", "instruct", "--form", "text"]).expect_status(2).expect_told("--form text does not suit --for instruct");
    dataset(&novel, &["--for", "reader", "--form", "alpaca"]).expect_status(2).expect_told("alpaca has no place");
    dataset(&novel, &["--for", "reader", "--words", "100"]).expect_status(2).expect_told("--words does not go with --for reader");
    assert!(!beside(&novel, "instruct").exists() && !beside(&novel, "reader").exists());
    let state = novel.state();
    let without = ["--for", "reader", "--no-model", "--state", state.to_str().expect("a path")];
    dataset(&novel, &without).expect_status(2).expect_told("there is no model, and so there are no notes");
    assert_eq!(names(&beside(&novel, "reader")), [] as [&str; 0]);
    novel.any(&["dataset", "nowhere", "--for", "voice"]).expect_status(2).expect_told("there is no folder");
    ProjectTest::new().any(&["dataset", "novel", "--for", "voice"]).expect_status(2).expect_told("no chapters were found");
}
