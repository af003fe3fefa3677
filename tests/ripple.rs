//! After an edit, the later passages that rested on what changed: until they are put right, however often copydesk runs in between.

use crate::project_test::{ProjectTest, Ran};

const FIRST: &str = "Then Mara Vance came in. Mara Vance said nothing.\n\nSilas Crane kept the ferry. Silas Crane was a tall man.\n";
const CUT: &str = "Then Mara Vance came in. Mara Vance said nothing.\n";
const LATER: &str = "Mara Vance sat down. Silas Crane knocked. Silas Crane was wet.\n";

fn novel() -> ProjectTest {
    ProjectTest::new().file("01.md", FIRST).file("02.md", LATER)
}

fn ripple(novel: &ProjectTest) -> Ran {
    novel.run(&["ripple"])
}

#[test]
fn what_an_edit_took_away_is_told_until_it_is_put_right() {
    let novel = novel();
    novel.run(&["continuity"]).expect_status(0);
    novel.write("01.md", CUT);
    let told = ripple(&novel);
    told.expect_status(1);
    assert_eq!(told.rules(), ["rests-on-what-is-gone"]);
    assert_eq!(told.findings()[0]["evidence"][0]["quote"], "Silas Crane knocked.");
    let report = novel.read("02.ripple.md");
    assert!(report.contains("the passage that first did is gone from 01.md, line 3"), "{report}");

    // Another run, another save: it is not forgotten.
    ripple(&novel).expect_status(1);
    novel.write("01.md", format!("{CUT}\nIt rained.\n"));
    novel.run(&["continuity"]);
    assert_eq!(ripple(&novel).rules(), ["rests-on-what-is-gone"]);

    novel.write("02.md", "Mara Vance sat down. Somebody knocked.\n");
    assert_eq!(ripple(&novel).rules(), [] as [&str; 0]);

    // From now on the present text is the earlier one: what was cut long ago is no news.
    novel.write("02.md", LATER);
    assert_eq!(ripple(&novel).rules(), [] as [&str; 0]);
}

#[test]
fn a_chapter_that_is_put_back_or_moved_is_not_gone() {
    let novel = novel();
    ripple(&novel).expect_status(0);
    novel.write("01.md", CUT);
    ripple(&novel).expect_status(1);
    novel.write("01.md", FIRST);
    ripple(&novel).expect_status(0);
    std::fs::rename(novel.path("01.md"), novel.path("00-prologue.md")).expect("it is renamed");
    ripple(&novel).expect_status(0);
}

#[test]
fn a_chapter_that_is_deleted_is_missed() {
    let novel = novel();
    ripple(&novel).expect_status(0);
    std::fs::remove_file(novel.path("01.md")).expect("it is deleted");
    assert_eq!(ripple(&novel).rules(), ["rests-on-what-is-gone"]);
}

#[test]
fn a_chapter_that_cannot_be_read_just_now_is_not_missed() {
    let novel = novel();
    ripple(&novel).expect_status(0);
    for broken in [&b""[..], b"\0\0\0\0"] {
        novel.write("01.md", broken);
        assert_eq!(ripple(&novel).rules(), [] as [&str; 0]);
    }
    novel.write("01.md", CUT);
    assert_eq!(ripple(&novel).rules(), ["rests-on-what-is-gone"]);
}

#[test]
fn a_dismissed_question_stays_dismissed() {
    let novel = novel();
    ripple(&novel).expect_status(0);
    novel.write("01.md", CUT);
    let told = ripple(&novel);
    let id = told.findings()[0]["id"].as_str().expect("an identity").to_string();
    novel.stet(&[&id, "--because", "everybody knows the ferryman"]).expect_status(0);
    for _ in 0..2 {
        let again = ripple(&novel);
        again.expect_status(0);
        assert_eq!(again.problems(), [] as [&str; 0]);
    }
}
