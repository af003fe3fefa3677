//! The calendar of `copydesk.yaml` reaches the checks: the author's own, the southern one, the author's own names for the keys; and what
//! cannot be is told with its line.

use super::project_test::ProjectTest;
use std::collections::BTreeSet;

const OWN: &str = "\
calendar:
  months:
    - { name: Thaw, days: 30, season: spring }
    - { name: High Sun, days: 30, season: summer }
    - { name: Frostfall, days: 30, season: winter }
  weekdays: [Moonday, Towerday, Windsday, Freeday]
  known_day: { date: 1 Thaw 402 AI, weekday: Moonday }
  eras:
    - { name: Age of Ash, short: AA, years: 300 }
    - { name: Age of Iron, short: AI }
keys:
  date: story-day
";
const WINDSDAY: &str = "---\nstory-day: 3 Thaw 402\n---\n\n# One\n\nIt was Windsday, and the shops were shut.\n";
const FREEDAY: &str = "---\nstory-day: 11 High Sun 402 AI\n---\n\n# Two\n\nIt was Freeday, and snow was falling.\n";

#[test]
fn a_calendar_of_ones_own_is_held_against_the_prose() {
    let novel = ProjectTest::new().file("copydesk.yaml", OWN).file("01.md", WINDSDAY).file("02.md", FREEDAY);
    let ran = novel.run(&["continuity"]);
    ran.expect_status(1);
    let rules: BTreeSet<&str> = ran.rules().into_iter().collect();
    assert_eq!(rules, BTreeSet::from(["wrong-season", "wrong-weekday"]), "{}", ran.stdout);
    // Forty days, ten weeks, after a Moonday.
    let messages: Vec<&str> = ran.findings().iter().filter_map(|finding| finding["message"].as_str()).collect();
    let wrong_day = "It is Freeday here, but the chapter is dated 11 High Sun 402 AI, a Moonday.";
    assert!(messages.contains(&wrong_day) && messages.len() == 2, "{messages:?}");
    assert!(ran.stdout.contains("story-day: 11 High Sun 402 AI"), "the line under the author's own key: {}", ran.stdout);
}

#[test]
fn an_impossible_calendar_is_told_with_file_and_line_and_the_usual_one_is_used() {
    let broken = OWN.replace("name: High Sun, days: 30", "name: High Sun, days: 0");
    let usual = "---\nstory-day: 1904-12-09\n---\n\n# Three\n\nIt was Tuesday, and the shops were shut.\n";
    let novel = ProjectTest::new().file("copydesk.yaml", broken).file("01.md", WINDSDAY).file("03.md", usual);
    let ran = novel.run(&["continuity"]);
    let told = ran.problem("copydesk.yaml");
    assert!(told.contains("how many `days` each month has"), "{told}");
    assert!(ran.stdout.contains("\"line\": 4"), "{}", ran.stdout);
    assert_eq!(ran.rules(), ["wrong-weekday"], "{}", ran.stdout);
}

#[test]
fn snow_in_july_is_right_south_of_the_equator() {
    let snow = "---\ndate: 1904-07-09\n---\n\n# One\n\nSnow was falling, and the snow lay thick on the roofs.\n";
    let hay = "---\ndate: 1904-07-10\n---\n\n# Two\n\nThey were haymaking in the long meadow.\n";
    for (settings, wrong) in [("calendar: { southern_hemisphere: true }\n", "02.md"), ("title: North\n", "01.md")] {
        let novel = ProjectTest::new().file("copydesk.yaml", settings).file("01.md", snow).file("02.md", hay);
        let ran = novel.run(&["continuity"]);
        ran.expect_status(1);
        let files: Vec<&str> = ran.findings().iter().filter_map(|finding| finding["evidence"][0]["file"].as_str()).collect();
        assert!(!files.is_empty() && files.iter().all(|file| *file == wrong), "{settings}: {files:?}");
    }
}
