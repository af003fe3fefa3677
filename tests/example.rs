//! The example series without a model: what code alone must find of the planted errors, and the traps it must leave alone.

use crate::project_test::ProjectTest;
use serde_json::Value;
use std::path::Path;

/// Planted errors that need no model, by their id in `planted.json`.
const FOUND_BY_CODE: &[&str] =
    &["E01", "E04", "E05", "E06", "E07", "E08", "E09", "E10", "E11", "E12", "E13", "E14", "E15", "E16", "E17", "E18", "E19", "E20"];

fn planted() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("manuscripts-example/planted.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("planted.json")).expect("JSON")
}

/// Whether a finding quotes the words, or words within them, from the file.
fn quotes(finding: &Value, file: &str, words: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['*', '“', '”'], "");
    let wanted = plain(words);
    finding["evidence"].as_array().expect("evidence").iter().any(|evidence| {
        let quote = plain(evidence["quote"].as_str().expect("a quote"));
        evidence["file"] == file && (quote.contains(&wanted) || wanted.contains(&quote))
    })
}

#[test]
fn planted_errors_are_found_with_two_quotes_and_traps_are_left_alone() {
    let project = ProjectTest::new().copy_of("manuscripts-example");
    let run = project.run_with(&["continuity", "series-bible"], &["--no-model", "--format", "json"]);
    // 3: eight descriptions need a model to say whose they are, and that is told.
    assert_eq!(run.status, 3, "{}", run.stderr);
    let json = &run.json;
    let findings: Vec<&Value> =
        json["findings"].as_array().expect("findings").iter().filter(|finding| finding["severity"] != "note").collect();
    let planted = planted();
    let text = |value: &Value, key: &str| value[key].as_str().expect("a text").to_string();
    let mut missing = Vec::new();
    let mut explained = vec![false; findings.len()];
    for error in planted["errors"].as_array().expect("errors") {
        let (file, words) = (text(error, "file_a"), text(error, "quote_a"));
        let mut is_found = false;
        for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| quotes(finding, &file, &words)) {
            explained[index] = true;
            is_found |= finding["evidence"].as_array().is_some_and(|evidence| evidence.len() >= 2);
        }
        if !is_found && FOUND_BY_CODE.contains(&text(error, "id").as_str()) {
            missing.push(text(error, "id"));
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "planted errors that were not found with two quotes");
    let false_findings: Vec<&&Value> =
        findings.iter().zip(&explained).filter(|(_, explained)| !**explained).map(|(finding, _)| finding).collect();
    assert!(false_findings.is_empty(), "{false_findings:#?}");
    for trap in planted["traps"].as_array().expect("traps") {
        let (file, words) = (text(trap, "file"), text(trap, "quote"));
        let primary = |finding: &&&Value| {
            finding["evidence"][0]["file"] == file.as_str()
                && finding["evidence"][0]["quote"].as_str().is_some_and(|quote| words.contains(quote) || quote.contains(&words))
        };
        assert!(findings.iter().find(primary).is_none(), "the trap {} was flagged", trap["id"]);
    }
}
