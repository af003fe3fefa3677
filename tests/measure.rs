//! `copydesk measure`: errors planted in copies of the chapters, and labelled cases. Every run is checked for leaving the author's files alone.

use crate::project_test::{ProjectTest, Ran};
use serde_json::{Value, json};

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// The output without what differs from run to run.
fn without_seconds(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(key, _)| *key != "seconds")
            .map(|(key, value)| (key.clone(), without_seconds(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(list) => list.iter().map(without_seconds).collect(),
        other => other.clone(),
    }
}

fn measured(project: &ProjectTest, options: &[&str]) -> Ran {
    let ran = project.measure(&[options, &["--format", "json"]].concat());
    ran.expect_status(0);
    ran
}

#[test]
fn errors_are_planted_in_copies_found_and_counted_the_same_twice() {
    let example = ProjectTest::new().copy_of("manuscripts-example");
    let names = example.names();
    let order = ["--errors", "6", "--kinds", "eyes,age,season"];
    let first = measured(&example, &order);
    let (all, plants) = (&first.json["all"], first.json["plants"].as_array().expect("plants"));
    assert_eq!(number(all, "planted"), 6, "{}", first.stdout);
    assert_eq!(plants.len(), 6);
    let count = |is_wanted: &dyn Fn(&Value) -> bool| plants.iter().filter(|plant| is_wanted(plant)).count() as u64;
    assert_eq!(number(all, "found"), count(&|plant| plant["found"] == true));
    assert_eq!(number(all, "licences"), count(&|plant| plant["twin_is_licensed"] == true));
    assert!(number(all, "found") >= 1, "code alone finds some: {all}");
    for key in ["planted", "found", "licences", "licences_flagged", "false_findings"] {
        let sum: u64 = first.json["kinds"].as_array().expect("kinds").iter().map(|line| number(line, key)).sum();
        assert_eq!(sum, number(all, key), "the kinds' {key} add up");
    }
    assert_eq!(first.json["false_findings"].as_array().map(Vec::len), Some(number(all, "false_findings") as usize));
    // The example's own planted errors are no fault of the plants.
    assert!(first.json["untouched"]["findings"].as_array().is_some_and(|findings| findings.len() > 5), "{}", first.stdout);
    let second = measured(&example, &order);
    assert_eq!(without_seconds(&first.json), without_seconds(&second.json));
    let other = measured(&example, &["--errors", "2", "--kinds", "eyes", "--seed", "2"]);
    let sentences = |ran: &Ran| -> Vec<Value> {
        let eyes = ran.json["plants"].as_array().expect("plants").iter().filter(|plant| plant["kind"] == "eyes");
        eyes.map(|plant| json!([plant["error"], plant["twin"]])).collect()
    };
    assert_eq!(sentences(&first).len(), sentences(&other).len());
    assert_ne!(sentences(&first), sentences(&other));
    assert_eq!(example.names(), names, "no report and no copy beside the chapters");
}

#[test]
fn people_see_a_table_and_can_choose_the_kinds() {
    let example = ProjectTest::new().copy_of("manuscripts-example");
    let ran = example.measure(&["--errors", "4", "--kinds", "eyes,age", "--list"]);
    ran.expect_status(0).expect_told("model: none, as asked");
    let kinds: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(kinds.contains(&"eyes") && kinds.contains(&"age") && !kinds.contains(&"hair"), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().filter(|line| line.trim_start().starts_with("error ")).count(), 4, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("Your files were not touched") && ran.stdout.contains("`copydesk measure --verdicts` tells"),
        "{}",
        ran.stdout
    );
    example.measure(&["--kinds", "spelling"]).expect_status(2).expect_told("no kind of error “spelling”").expect_told("the kinds are eyes");
    ProjectTest::new().file("01.md", "It was cold.").measure(&[]).expect_status(2).expect_told("nothing could be planted");
}

const BLUE: &str = "Then Mara Vance came in. Mara Vance said nothing. Mara Vance’s blue eyes narrowed.";
const BROWN: &str = "Then Mara Vance sat down. Mara Vance laughed. Mara Vance’s brown eyes were tired.";

fn case(id: &str, is_error: bool) -> Value {
    let passage = |file: &str, text: &str, quote: &str| {
        let start = text.split(quote).next().expect("the words before").chars().count();
        json!({ "file": file, "quote": quote, "char_start": start, "char_end": start + quote.chars().count() })
    };
    json!({
        "id": id, "is_error": is_error, "pair_id": "P1", "kind": "seeded", "words": 26,
        "chapters": ["manuscript/01.md", "manuscript/02.md"],
        "passage_a": passage("manuscript/01.md", BLUE, "blue eyes narrowed"),
        "passage_b": passage("manuscript/02.md", BROWN, "eyes were tired"),
    })
}

#[test]
fn labelled_cases_give_predictions_and_a_score() {
    let project = ProjectTest::new()
        .file("cases.jsonl", format!("{}\n{}\n", case("S1", true), case("C1", false)))
        .file("cases/S1/manuscript/01.md", BLUE)
        .file("cases/S1/manuscript/02.md", BROWN)
        .file("cases/C1/manuscript/01.md", BLUE)
        .file("cases/C1/manuscript/02.md", BROWN.replace("brown", "blue"));
    let (cases, out) = (project.path("cases.jsonl"), project.state().with_extension("jsonl"));
    let (cases, out) = (cases.to_string_lossy(), out.to_string_lossy());
    let ran = project.measure(&["--cases", &cases, "--predictions", &out]);
    ran.expect_status(0);
    assert!(ran.stdout.contains("precision 1.00, recall 1.00, F1 1.00 (1 found, 0 missed, 0 false findings)"), "{}", ran.stdout);
    assert!(ran.stdout.contains("pairs: 1 of 1"), "{}", ran.stdout);
    let lines = std::fs::read_to_string(&*out).expect("the predictions");
    let predictions: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((predictions[0]["case_id"].as_str(), predictions[1]["case_id"].as_str()), (Some("S1"), Some("C1")));
    let finding = &predictions[0]["findings"][0];
    assert!(finding["quote_a"].as_str().is_some_and(|quote| BROWN.contains(quote)), "{finding}");
    assert!(finding["quote_b"].as_str().is_some_and(|quote| BLUE.contains(quote)), "{finding}");
    assert_eq!((finding["type"].as_str(), predictions[1]["findings"].as_array().map(Vec::len)), (Some("changed-appearance"), Some(0)));
    let chapter = project.path("cases/S1/manuscript/01.md");
    let refused = project.measure(&["--cases", &cases, "--predictions", &chapter.to_string_lossy()]);
    refused.expect_status(2).expect_told("ends with .jsonl");
}

#[test]
fn cases_that_are_none_are_told_with_their_line() {
    let project = ProjectTest::new().file("cases.jsonl", "\n{\"id\": 7}\n");
    let path = project.path("cases.jsonl");
    project.measure(&["--cases", &path.to_string_lossy()]).expect_status(2).expect_told("cases.jsonl:2: is no case");
    project.write("cases.jsonl", case("../S1", true).to_string());
    project.measure(&["--cases", &path.to_string_lossy()]).expect_status(2).expect_told("a name that is no folder's");
}
