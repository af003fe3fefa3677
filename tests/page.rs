//! The page to read, of a book that was checked.

use super::project_test::ProjectTest;
use std::collections::BTreeSet;

const FIRST: &str =
    "---\ndate: 1904-03-01\nlocation: Stennick\n---\n# The Ferry\n\nMara Vance came down to the quay. Mara’s eyes were green.\n";
const SECOND: &str = "---\ndate: 1904-03-02\n---\n# The Island\n\nMara Vance slept badly. Mara’s brown eyes were red in the mirror.\n";
const MARA: &str = "---\nname: Mara Vance\naliases: [Mara]\nfacts:\n  born: 1871-03-02\n---\n";

fn novel() -> ProjectTest {
    ProjectTest::new().file("01.md", FIRST).file("02.md", SECOND).file("bible/mara.md", MARA)
}

fn attributes(page: &str, name: &str) -> Vec<String> {
    page.split(&format!(" {name}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap_or_default().to_string()).collect()
}

#[test]
fn the_page_has_findings_people_and_the_timeline_and_fetches_nothing() {
    let novel = novel();
    novel.run(&["continuity"]);
    let ran = novel.report(&["--format", "html"]);
    ran.expect_status(1);
    let page = &ran.stdout;
    for words in [
        "Mara’s <strong>brown</strong> eyes were red in the mirror.",
        "Mara’s eyes were <strong>green</strong>.",
        "1904-03-01",
        "Mara Vance (32)",
        "Mara Vance (33)",
        "Stennick",
        "<svg",
        "The last runs checked everything",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
    let ids = attributes(page, "id");
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "each id stands once");
    let named = attributes(page, "aria-labelledby")
        .into_iter()
        .chain(attributes(page, "href").into_iter().map(|to| to.trim_start_matches('#').to_string()));
    for name in named {
        assert!(unique.contains(&name), "{name} is nowhere");
    }
    let addresses: Vec<&str> = page.matches("http").chain(page.matches("src=")).chain(page.matches("url(")).collect();
    assert_eq!(addresses, vec!["http"; page.matches("http-equiv").count() + page.matches("http://www.w3.org/2000/svg").count()]);
}

#[test]
fn what_changed_since_is_told_and_words_that_are_gone_are_shown_as_they_were() {
    let novel = novel();
    novel.run(&["continuity"]);
    novel.report(&["--format", "html"]);
    novel.edit("01.md", "Mara’s eyes were green.", "Mara’s eyes were tired.");
    let before = novel.report(&["--format", "html"]).stdout;
    assert!(before.contains("these words have changed since"), "nothing has run since\n{before}");
    novel.run(&["continuity"]);
    let after = novel.report(&["--format", "html"]).stdout;
    assert!(after.contains("<b>1</b> fixed") && after.contains("The last runs found nothing."), "{after}");
}

#[test]
fn before_the_first_run_there_is_no_page() {
    let ran = novel().report(&["--format", "html"]);
    ran.expect_status(2).expect_told("nothing has run on this folder yet");
    assert_eq!(ran.stdout, "");
}
