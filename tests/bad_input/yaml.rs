//! Front matter, bible and configuration that are broken, ambiguous or an attack.

use super::{expect_words, novel, quote_in, run};
use std::time::Duration;

#[test]
fn broken_front_matter_does_not_hide_the_chapter() {
    let novel = novel()
        .file("02.md", "---\ntitle: [unclosed\n---\nMara lit a lantern.")
        .file("03.md", "---\ntitle: Never ends\n\nMara broke a lantern.");
    let ran = run(&novel, 3);
    expect_words(&ran.problem("02.md"), &["not-checked", "front matter"]);
    assert_eq!(quote_in(&ran, "02.md")["quote"], "Mara lit a lantern.");
    assert_eq!(quote_in(&ran, "03.md")["quote"], "Mara broke a lantern.");
}

#[test]
fn duplicate_keys_are_told_with_their_line() {
    let novel =
        novel().file("02.md", "---\ntitle: A\ntitle: B\n---\nA lantern.").file("bible/mara.md", "---\nname: Mara\nname: Maria\n---\n");
    let ran = run(&novel, 3);
    expect_words(&ran.problem("02.md"), &["title", "twice"]);
    expect_words(&ran.problem("bible/mara.md"), &["name", "twice"]);
    let ran = run(&novel.file("copydesk.yaml", "title: A\ntitle: B\n"), 2);
    expect_words(&ran.problem("copydesk.yaml"), &["configuration", "title", "twice"]);
}

#[test]
fn a_yaml_bomb_in_the_bible() {
    let levels: String =
        (1..=9).map(|level| format!("l{level}: &l{level} [{}]\n", vec![format!("*l{}", level - 1); 9].join(", "))).collect();
    let ran = run(&novel().file("bible.yaml", format!("l0: &l0 lol\n{levels}")), 3);
    expect_words(&ran.problem("bible.yaml"), &["not-checked"]);
    assert!(ran.took < Duration::from_secs(10), "it took {:?}", ran.took);
    let deep = format!("---\nname: {}\n---\n", "[".repeat(100_000));
    run(&novel().file("bible/deep.md", deep), 3).problem("bible/deep.md");
}

#[test]
fn no_is_a_word() {
    let script = "\
const FINDS = \"fact\";
fn check(chapter, desk) {
    for entry in desk.bible.entries {
        for fact in entry.facts { desk.finding(\"fact\").about(fact.name).at(chapter.scenes[0].sentences[0]).say(`${fact.name} is ${fact.value}, ${chapter.value(\"location\")}.`); }
    }
}
";
    let novel = novel()
        .script("facts", script)
        .file("01.md", "---\nlocation: no\n---\nEdmund held the lantern.")
        .file("bible/mara.md", "---\nname: Mara\nfacts: { country: no, reads: yes, rank: on, born: 1871-03-02, room: 007 }\n---\n");
    let ran = novel.run(&["facts"]);
    ran.expect_status(1);
    let said: Vec<&str> = ran.findings().iter().filter_map(|finding| finding["message"].as_str()).collect();
    for fact in ["country is no", "reads is yes", "rank is on", "born is 1871-03-02", "room is 007"] {
        assert!(said.contains(&format!("{fact}, no.").as_str()), "{fact}: {said:?}");
    }
}

#[test]
fn front_matter_past_its_limits_is_no_front_matter() {
    let lines = (0..300).map(|number| format!("key{number}: value\n")).collect::<String>();
    let novel = novel()
        .file("02.md", format!("---\n{lines}---\nMara lit a lantern."))
        .file("03.md", format!("---\ntitle: {}\n---\nMara broke a lantern.", "x".repeat(3 << 20)));
    let ran = run(&novel, 3);
    assert_eq!(quote_in(&ran, "02.md")["quote"], "Mara lit a lantern.");
    assert_eq!(quote_in(&ran, "03.md")["quote"], "Mara broke a lantern.");
    expect_words(&ran.problem("03.md"), &["not-checked", "front matter", "more than 2 MB"]);
}
