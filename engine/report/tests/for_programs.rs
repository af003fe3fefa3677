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
        "settings": "greedy, seed 0",
        "reader": null
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

/// A run with one finding of each standing, the first of them over two lines of a chapter that is a section of a file.
fn summary_of_all_kinds() -> RunSummary {
    let mut split = green_eyes();
    split.evidence[0] = Evidence {
        file: path("a b/növel.copydesk/chapter-03.md"),
        quote: "green\neyes".to_string(),
        place: LineColumn { line: 7, column: 12 },
        ..split.evidence[0].clone()
    };
    split.message = "50 % of them\n::error::are, in all: green.".to_string();
    split.confidence = Some(0.876);
    let mut dismissed = waited();
    let stet = Dismissal { reason: Some("she waits".to_string()), file: path("book-1/ch-03.md"), place: LineColumn { line: 5, column: 1 } };
    dismissed.standing = Standing::Dismissed(stet);
    let unsure = Finding { standing: Standing::LessCertain, id: "1".to_string(), ..waited() };
    let off = Finding { standing: Standing::Off, id: "2".to_string(), ..waited() };
    let mut summary = summary();
    summary.results = vec![in_chapter(vec![split, dismissed, unsure, off]), not_checked(in_chapter(vec![]), "it crashed twice")];
    summary
}

#[test]
fn sarif_has_every_finding_with_its_places_and_its_standing() {
    let rule = |name: &str| sarif::RuleText { name: name.to_string(), line: "A line.".to_string(), manual: "A manual.".to_string() };
    let rules = [rule("unused"), rule("changed-appearance"), rule("repeated-word")];
    let rendered = sarif::render(&summary_of_all_kinds(), &rules);
    let log: serde_sarif::sarif::Sarif = serde_json::from_str(&rendered).expect("SARIF");
    let run = &log.runs[0];
    let described: Vec<&str> = run.tool.driver.rules.iter().flatten().map(|rule| rule.id.as_str()).collect();
    assert_eq!(described, ["changed-appearance", "repeated-word"]);
    let results = run.results.as_ref().unwrap();
    assert_eq!(results.len(), 3, "what is off is not there");
    let split = results.iter().find(|result| result.rule_id.as_deref() == Some("changed-appearance")).unwrap();
    let place = |location: &serde_sarif::sarif::Location| {
        let physical = location.physical_location.as_ref().unwrap();
        let region = physical.region.as_ref().unwrap();
        let uri = physical.artifact_location.as_ref().unwrap().uri.clone().unwrap();
        (uri, [region.start_line, region.start_column, region.end_line, region.end_column].map(Option::unwrap_or_default))
    };
    assert_eq!(place(&split.locations.as_ref().unwrap()[0]), ("a%20b/n%C3%B6vel.md".to_string(), [7, 12, 8, 5]));
    let related = &split.related_locations.as_ref().unwrap()[0];
    assert_eq!(place(related), ("bible/mara.md".to_string(), [4, 3, 4, 13]));
    assert_eq!((related.id, split.rank, split.rule_index), (Some(1), Some(87.6), Some(0)));
    let rest: serde_json::Value =
        serde_json::to_value(results.iter().filter(|result| result.rule_index == Some(1)).collect::<Vec<_>>()).unwrap();
    let dismissed = rest.as_array().unwrap().iter().find(|result| result.get("suppressions").is_some()).unwrap();
    assert_eq!(
        (&dismissed["suppressions"][0]["kind"], &dismissed["suppressions"][0]["justification"]),
        (&"inSource".into(), &"she waits".into())
    );
    let unsure = rest.as_array().unwrap().iter().find(|result| result.get("suppressions").is_none()).unwrap();
    assert_eq!((&unsure["kind"], unsure.get("level")), (&"review".into(), None));
}

#[test]
fn one_line_is_one_finding_whatever_its_words_are() {
    let summary = summary_of_all_kinds();
    let lines = lines::render(&summary);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.starts_with("a b/növel.md:7:12: contradiction: changed-appearance: 50 % of them"), "{lines}");
    assert!(lines.ends_with("are, in all: green. (bible/mara.md:4) [56045f304c]\n"), "{lines}");
    let annotations = lines::github(&summary);
    assert_eq!(annotations.lines().count(), 2, "{annotations}");
    assert_eq!(
        annotations.lines().next().unwrap(),
        "::error file=a b/növel.md,line=7,endLine=8,col=12,endColumn=5,title=changed-appearance::50 %25 of them%0A::error::are, in all: \
         green.%0Abible/mara.md:4: eyes: blue%0A56045f304c"
    );
    assert_eq!(annotations.lines().nth(1).unwrap(), "::notice file=bible::no bible was found");
}

#[test]
fn build_servers_are_told_what_failed_and_what_was_not_checked() {
    let report = quick_junit::Report::deserialize_from_str(&junit::render(&summary_of_all_kinds())).expect("JUnit");
    assert_eq!((report.tests, report.failures, report.errors), (3, 1, 1));
    assert_eq!(report.test_suites.last().unwrap().test_cases[0].name.as_str(), "bible: no bible was found");
    let case = &report.test_suites[0].test_cases[0];
    assert_eq!(
        (case.name.as_str(), case.classname.as_ref().map(|name| name.as_str())),
        ("changed-appearance 56045f304c", Some("a b/növel.md (chapter-03)"))
    );
}
