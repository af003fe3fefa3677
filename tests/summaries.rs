//! Summaries: every line proved, three forms, what changed since the last one, and nothing of later chapters.

use super::project_test::{ProjectTest, Ran};

const FIRST: &str = "# The Key\n\nMara carried the brass key to the harbour, and thirty-four men watched Mara.\n";
const SECOND: &str = "# The Boat\n\nEdmund rowed the stranger across the bay. The stranger slept in the boat.\n";
const THIRD: &str = "# The Name\n\nThe stranger was Captain Vance, and Captain Vance burned the boat at dawn.\n";
const BIBLE: &str = "---\nname: Captain Vance\naliases: [the stranger]\nfacts:\n  occupation: smuggler\n---\n";

fn novel() -> ProjectTest {
    let novel = ProjectTest::new().file("01.md", FIRST).file("02.md", SECOND).file("03.md", THIRD).file("bible/vance.md", BIBLE);
    novel.replies([
        (&["What happens", "golden key"], "Mara carried the golden key to the harbour."),
        (&["What happens", "brass key"], "Mara carried the brass key to the harbour."),
        (&["What happens", "across the bay"], "Edmund rowed the stranger across the bay."),
        (&["What happens", "Captain Vance"], "Captain Vance burned the boat."),
    ])
}

fn story_until(novel: &ProjectTest, chapter: &str) -> Ran {
    novel.run_with(&["story-so-far"], &["--format", "json", "--set", &format!("until={chapter}")])
}

#[test]
fn a_report_has_the_line_the_short_and_the_long_form() {
    let novel = novel();
    novel.run(&["summaries"]).expect_status(0);
    let report = novel.read("01.summary.md");
    for heading in ["## In one line", "## In short", "## What happens"] {
        let part = report.split(heading).nth(1).unwrap_or_else(|| panic!("no {heading} in {report}"));
        assert!(part.contains("Mara carried the brass key to the harbour. (line 3)"), "{heading}: {report}");
    }
    assert!(!report.contains("changed since"), "nothing has changed yet: {report}");
}

#[test]
fn the_form_is_set_in_the_configuration_and_by_the_command() {
    let novel = novel().file("copydesk.yaml", "settings:\n  summaries: { form: short }\n");
    novel.run(&["summaries"]).expect_status(0);
    let report = novel.read("01.summary.md");
    assert!(report.contains("## In short") && !report.contains("## In one line") && !report.contains("## What happens"), "{report}");
    novel.run_with(&["summaries"], &["--format", "json", "--set", "form=line"]).expect_status(0);
    let report = novel.read("01.summary.md");
    assert!(report.contains("## In one line") && !report.contains("## In short"), "{report}");
}

#[test]
fn a_setting_that_no_script_has_is_told_with_those_there_are() {
    let novel = novel().file("copydesk.yaml", "settings:\n  summaries: { shape: short }\n");
    let ran = novel.run(&["summaries"]);
    ran.expect_status(2);
    assert!(ran.problems().iter().any(|problem| problem.contains("summaries has no setting `shape`")), "{:?}", ran.problems());
    novel.write("copydesk.yaml", "");
    novel.run_with(&["summaries"], &["--set", "size=2"]).expect_status(2).expect_told("no script of this run has a setting `size`");
    novel.run_with(&["summaries"], &["--set", "form"]).expect_status(2).expect_told("write --set NAME=VALUE");
    novel.run_with(&["summaries"], &["--set", "form=huge"]).expect_status(3).expect_told("all, line, short or long");
}

#[test]
fn what_is_new_and_gone_is_listed_until_the_chapter_changes_again() {
    let novel = novel();
    novel.run(&["summaries"]).expect_status(0);
    novel.edit("01.md", "brass key", "golden key");
    novel.run(&["summaries"]).expect_status(0);
    let changed = novel.read("01.summary.md");
    let section = changed.split("## What happens: changed since the last summary").nth(1).expect("the section");
    assert!(section.contains("New: Mara carried the golden key to the harbour. (line 3)"), "{changed}");
    assert!(section.contains("Gone: Mara carried the brass key to the harbour. (was line 3)"), "{changed}");
    assert!(!novel.read("02.summary.md").contains("changed since"), "the other chapter is as it was");
    novel.run(&["summaries"]).expect_status(0);
    assert_eq!(novel.read("01.summary.md"), changed, "it stays until the chapter changes again");
    novel.edit("01.md", "men watched", "men saw");
    novel.run(&["summaries"]).expect_status(0);
    let again = novel.read("01.summary.md");
    assert!(again.contains("every line of this is as it was before") && !again.contains("Gone:"), "{again}");
}

#[test]
fn the_story_so_far_tells_nothing_of_later_chapters() {
    let novel = novel();
    let ran = story_until(&novel, "02");
    ran.expect_status(0);
    assert_eq!(ran.questions(), 2, "nothing is asked about a later chapter");
    let report = novel.read("series.story-so-far.md");
    assert!(report.contains("Edmund rowed the stranger across the bay. (02\\.md, line 3)"), "{report}");
    for word in ["Captain", "Vance", "smuggler", "burned", "The Name", "03\\.md"] {
        assert!(!report.contains(word), "“{word}” is of a later chapter or the bible: {report}");
    }
    assert!(report.contains("story-so-far read 2 of 3 scenes"), "{report}");
}

#[test]
fn the_story_so_far_after_the_summaries_asks_nothing() {
    let novel = novel();
    novel.run(&["summaries"]).expect_status(0);
    let ran = story_until(&novel, "03");
    ran.expect_status(0);
    assert_eq!((ran.questions(), ran.remembered()), (3, 3));
    assert!(novel.read("series.story-so-far.md").contains("Captain Vance burned the boat."));
}

#[test]
fn a_chapter_that_is_not_there_is_told_with_the_way_to_name_one() {
    let ran = story_until(&novel(), "book-9/04");
    ran.expect_status(3);
    assert!(ran.problems().iter().any(|problem| problem.contains("`book-9/04` names no chapter")), "{:?}", ran.problems());
}
