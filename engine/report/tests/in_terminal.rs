//! What people see in the terminal.

use super::*;

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
