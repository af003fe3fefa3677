//! Scripts that did not come with copydesk run only after the author has allowed them, as they stand.

use super::project_test::{ProjectTest, Ran};

const LANTERNS: &str = "\
const FINDS = \"light\";
fn check(chapter, desk) {
    for scene in chapter.scenes { for found in scene.find(\"lantern\") { desk.finding(\"light\").at(found).say(\"A lantern.\"); } }
}
";

/// A novel that came with a script in it.
fn novel() -> ProjectTest {
    ProjectTest::new().file("01.md", "Edmund held the lantern.").file("scripts/lanterns.rhai", LANTERNS)
}

fn allow(novel: &ProjectTest, names: &[&str]) -> Ran {
    let folder = novel.folder();
    novel.any(&[&["allow"], names, &[folder.to_str().expect("a path")]].concat())
}

#[test]
fn a_script_from_elsewhere_runs_when_it_was_allowed_and_not_before() {
    let novel = novel();
    let refused = novel.run(&["lanterns"]);
    refused.expect_status(3);
    assert_eq!((refused.findings().len(), refused.results().len()), (0, 0));
    let told = refused.problem("scripts/lanterns.rhai");
    assert!(told.starts_with("not-checked: was not run") && told.contains("copydesk allow lanterns"), "{told}");
    let allowed = allow(&novel, &["lanterns"]);
    allowed.expect_status(0);
    assert!(allowed.stdout.starts_with("allowed: scripts/lanterns.rhai (4 lines)"), "{}", allowed.stdout);
    let ran = novel.run(&["lanterns"]);
    ran.expect_status(1);
    assert_eq!(ran.rules(), ["light"]);
    novel.edit("scripts/lanterns.rhai", "A lantern.", "A lamp.");
    novel.run(&["lanterns"]).expect_status(3);
    // Without names all of the folder's are meant, and the same words are allowed in every folder.
    allow(&novel, &[]).expect_status(0);
    novel.run(&["lanterns"]).expect_status(1);
}

#[test]
fn cron_says_what_was_not_run_and_does_the_rest() {
    let novel = novel();
    let ran = novel.run_with(&["continuity", "lanterns"], &["--quiet", "--no-model"]);
    ran.expect_status(3).expect_told("not checked: scripts/lanterns.rhai: was not run: it did not come with copydesk");
    assert!(novel.read("01.continuity.md").contains("was read"), "{}", novel.read("01.continuity.md"));
    assert!(!novel.names().contains(&"01.lanterns.md".to_string()));
}

#[test]
fn a_script_that_nobody_asked_for_needs_no_word() {
    let novel = novel();
    let ran = novel.run(&["names-alike"]);
    ran.expect_status(0);
    assert_eq!(ran.problems(), Vec::<String>::new());
}

#[test]
fn a_script_cannot_take_the_place_of_a_shipped_one_by_its_name() {
    let novel = novel().file("scripts/continuity.rhai", LANTERNS);
    let ran = novel.run(&["continuity"]);
    ran.expect_status(3);
    assert_eq!(ran.rules(), Vec::<&str>::new());
    assert!(ran.problem("scripts/continuity.rhai").contains("was not run"));
}

#[test]
fn only_scripts_of_the_folder_can_be_allowed() {
    let novel = novel();
    allow(&novel, &["latnerns"]).expect_status(2).expect_told("there is no script “latnerns” in this folder (there are: lanterns)");
    novel.run(&["lanterns"]).expect_status(3);
    // Its own tests need no word: they run sealed and with recorded replies.
    novel.test(&["lanterns"]).expect_status(0);
}

#[test]
fn of_a_check_that_finds_too_much_the_first_findings_are_kept() {
    let text = (0..520).map(|place| format!("Lamp {place} was a lantern.\n\n")).collect::<String>();
    let novel = ProjectTest::new().file("01.md", text).script("lanterns", LANTERNS);
    let ran = novel.run(&["lanterns"]);
    assert_eq!(ran.findings().len(), 500);
    let report = novel.read("01.lanterns.md");
    assert!(report.contains("20 of the findings beyond the first 500 of one check"), "{report}");
}
