//! What programs are given, and what travels between the processes.

use super::*;

#[test]
fn json_is_one_object_with_verbatim_quotes() {
    assert_snapshot!(json::render(&summary()), @r#"
    {
      "results": [
        {
          "script": "changed-appearance",
          "scope": "book-1/ch-03.md",
          "status": "findings",
          "coverage": {
            "scenes": 1,
            "words": 8,
            "questions": 4,
            "answered_from_cache": 3,
            "not_read": []
          }
        },
        {
          "script": "who-knows-what",
          "scope": "the series",
          "status": "not-checked",
          "reason": "it crashed twice",
          "coverage": {
            "scenes": 0,
            "words": 0,
            "questions": 0,
            "answered_from_cache": 0,
            "not_read": []
          }
        },
        {
          "script": "changed-appearance",
          "scope": "book-1/ch-03.md",
          "status": "findings",
          "coverage": {
            "scenes": 1,
            "words": 8,
            "questions": 4,
            "answered_from_cache": 3,
            "not_read": []
          }
        }
      ],
      "findings": [
        {
          "id": "56045f304c",
          "rule": "changed-appearance",
          "severity": "contradiction",
          "message": "Mara Vance’s eyes are green here and blue in the bible.",
          "subjects": [
            "Mara Vance"
          ],
          "evidence": [
            {
              "file": "book-1/ch-03.md",
              "quote": "green eyes",
              "start_byte": 26,
              "end_byte": 36,
              "line": 3,
              "column": 8,
              "label": "this chapter says"
            },
            {
              "file": "bible/mara.md",
              "quote": "eyes: blue",
              "start_byte": 30,
              "end_byte": 40,
              "line": 4,
              "column": 3,
              "label": "the bible says"
            }
          ],
          "script": "changed-appearance",
          "sources": [
            "patterns",
            "bible"
          ],
          "confidence": null,
          "note": "These are Mara’s own eyes."
        }
      ],
      "less_certain": [],
      "dismissed": [],
      "switched_off": 0,
      "since_last_run": null,
      "problems": [
        {
          "kind": "note",
          "message": "no bible was found",
          "file": "bible"
        }
      ],
      "sandbox": null,
      "model": {
        "name": "Qwen2.5 1.5B",
        "file_hash": "0123456789abcdef",
        "quantisation": "Q4_K_M",
        "context_tokens": 8192,
        "settings": "greedy, seed 0"
      },
      "tokens": {
        "read": 3210,
        "reused": 12000,
        "restored": 4000,
        "generated": 480,
        "forced": 20,
        "drafted": 60,
        "accepted": 45,
        "questions": 8,
        "from_cache": 3
      },
      "model_seconds": {
        "opening": 0.9,
        "reading": 32.1,
        "writing": 10.0,
        "restoring": 0.12
      },
      "seconds": 12.34
    }
    "#);
}

#[test]
fn notes_are_in_the_json_with_what_they_rest_on() {
    let mut summary = summary();
    let line = NoteLine { text: "Mara watches.".to_string(), is_model_text: true, evidence: green_eyes().evidence };
    summary.results[0].notes =
        vec![Note { chapter: Some(path("book-1/ch-03.md")), heading: "Summary".to_string(), lines: vec![line], is_followed: false }];
    let told: serde_json::Value = serde_json::from_str(&json::render(&summary)).unwrap();
    let note = &told["results"][0]["notes"][0];
    assert_eq!((&note["heading"], &note["chapter"]), (&"Summary".into(), &"book-1/ch-03.md".into()));
    assert_eq!((&note["lines"][0]["text"], &note["lines"][0]["is_model_text"]), (&"Mara watches.".into(), &true.into()));
    assert_eq!(note["lines"][0]["evidence"][0]["quote"], told["findings"][0]["evidence"][0]["quote"]);
    assert!(told["results"][1].get("notes").is_none());
}

#[test]
fn results_travel_between_the_processes() {
    let summary = summary();
    let bytes = postcard::to_allocvec(&summary).unwrap();
    assert_eq!(postcard::from_bytes::<RunSummary>(&bytes).unwrap(), summary);
}
