//! Entries drafted for the bible: accepted, edited, drafted again, and hostile words in the text.

use crate::project_test::ProjectTest;

/// Two chapters that agree on Mara's hair and differ on her eyes.
fn novel() -> ProjectTest {
    ProjectTest::new()
        .file("01.md", "“No,” said Mara Vance. Mara’s green eyes were tired. Mara’s red hair was wet. “No,” said Mara.\n")
        .file("02.md", "“Yes,” said Mara Vance. Mara’s blue eyes were tired. “Yes,” said Mara.\n")
}

const DRAFT: &str = "bible-draft/mara-vance.md";

#[test]
fn every_field_has_its_words_and_what_differs_is_left_to_the_author() {
    let novel = novel();
    let run = novel.run_text(&["draft-bible"]);
    run.expect_status(0);
    assert!(run.stdout.contains("drafted entries: 1 written, for example bible-draft/mara-vance.md"), "{}", run.stdout);
    let text = novel.read(DRAFT);
    assert!(text.starts_with("---\nname: Mara Vance\nkind: character\naliases:\n- Mara\nfacts:\n  hair: red\n---\n"), "{text}");
    assert!(text.contains("01.md:\u{2060}1:54\n\n> Mara’s red hair was wet.") || text.contains("> Mara’s red hair was wet."), "{text}");
    let open = text.split("## Not decided").nth(1).expect("a conflict");
    assert!(open.contains("(green)\n\n> Mara’s green eyes") && open.contains("(blue)\n\n> Mara’s blue eyes"), "{open}");
    assert!(text.trim_end().ends_with("-->") && text.contains("\n<!-- copydesk draft v1 sha:"), "{text}");
    assert_eq!(novel.names().iter().filter(|name| name.ends_with(".draft.md")).collect::<Vec<_>>(), ["series.draft.md"]);
    let before = novel.reports();
    let again = novel.run_text(&["draft-bible"]);
    assert!(again.stdout.contains("reports: none changed") && !again.stdout.contains("drafted entries"), "{}", again.stdout);
    assert_eq!(before, novel.reports());
    assert_eq!(text, novel.read(DRAFT));
}

#[test]
fn a_draft_counts_once_it_is_in_the_bible() {
    let novel = novel();
    novel.run(&["draft-bible"]);
    let without = novel.run(&["series-bible"]);
    assert_eq!(without.rules(), [] as [&str; 0], "a draft is no entry before it is moved");
    assert_eq!(without.problems(), [] as [&str; 0], "and no chapter");
    std::fs::create_dir(novel.path("bible")).expect("a folder");
    // Under a name that a report could have: the mark of a draft is no report's.
    std::fs::rename(novel.path(DRAFT), novel.path("bible/mara.new.md")).expect("it is moved");
    let run = novel.run(&["series-bible"]);
    assert_eq!((run.rules(), run.problems()), (Vec::new(), Vec::new()), "nothing false, and nothing wrong with the note");
    novel.edit("02.md", "Mara’s blue eyes were tired.", "Mara’s black hair was dry.");
    let run = novel.run(&["series-bible"]);
    assert_eq!(run.rules(), ["changed-appearance"], "the accepted fact is held against the chapters");
    assert_eq!(run.findings()[0]["evidence"][1]["quote"], "hair: red");
    novel.run(&["draft-bible"]);
    assert!(!novel.path(DRAFT).exists(), "whoever has an entry is not drafted again");
}

#[test]
fn a_draft_that_the_author_edited_is_never_replaced() {
    let novel = novel();
    novel.run(&["draft-bible"]);
    novel.edit(DRAFT, "hair: red", "hair: auburn");
    let edited = novel.read(DRAFT);
    let run = novel.run(&["draft-bible"]);
    assert_eq!(novel.read(DRAFT), edited);
    assert!(run.problem(DRAFT).contains("was edited since copydesk wrote it"), "{}", run.stdout);
    assert!(novel.read("bible-draft/mara-vance.new.md").contains("hair: red"));
}

#[test]
fn an_untouched_draft_follows_the_manuscript() {
    let novel = novel();
    novel.run(&["draft-bible"]);
    novel.edit("02.md", "blue", "green");
    novel.run(&["draft-bible"]);
    let text = novel.read(DRAFT);
    assert!(text.contains("  eyes: green\n") && !text.contains("Not decided"), "{text}");
}

#[test]
fn drafts_and_other_notes_in_their_folder_are_no_chapters() {
    let novel = novel().file("bible-draft/mine.md", "My own words.");
    novel.run(&["draft-bible"]);
    let text = novel.read(DRAFT);
    novel.write("03.md", &text);
    let run = novel.run(&["continuity"]);
    assert!(run.problem("bible-draft/mine.md").contains("lies among the drafted entries"));
    assert!(run.problem("03.md").contains("was not read as a chapter"));
    assert!(run.results().iter().all(|result| result["scope"] != "03.md" && result["scope"] != "bible-draft/mine.md"));
}

#[test]
fn no_word_of_a_script_or_of_the_text_breaks_out_of_a_draft() {
    let script = r#"
const SCOPE = "chapter";
fn check(chapter, desk) {
    let all = chapter.scenes[0].quote;
    desk.draft("../../etc/x\n---\n# y <img src=z>", "character", all)
        .alias("[[a|b]] ![x](http://evil.example/x.png)", all)
        .fact("a: b\n---", "- !!x `live` https://evil.example", all)
        .query("![x](http://evil.example/x.png) <script>", all);
}
"#;
    let text = "“![x](http://evil.example/x.png)\n<img src=\"http://evil.example\"> `---` [[Mara]]” said Mara.\n\n";
    let novel = ProjectTest::new().file("01.md", text).script("hostile", script);
    novel.run(&["hostile"]).expect_status(0);
    let name = "bible-draft/etc-x-y-img-src-z.md";
    let draft = novel.read(name);
    assert_eq!(draft.lines().filter(|line| *line == "---").count(), 2, "{draft}");
    for live in ["![x]", "<img", "<script", "http://", "https://", "[[", "`live`", "\n# "] {
        assert!(!draft.contains(live), "{live}: {draft}");
    }
    std::fs::create_dir(novel.path("bible")).expect("a folder");
    std::fs::rename(novel.path(name), novel.path("bible/x.md")).expect("it is moved");
    assert_eq!(novel.run(&["series-bible"]).problems(), [] as [&str; 0]);
}

#[test]
fn accepted_drafts_of_the_example_lead_to_no_problem_and_no_false_finding() {
    let novel = ProjectTest::new().copy_of("manuscripts-example");
    for folder in ["bible", "book-2-the-weight-of-water/bible"] {
        std::fs::remove_dir_all(novel.path(folder)).expect("the bible is taken away");
    }
    let run = novel.run(&["draft-bible"]);
    assert!(run.problems().is_empty(), "{:?}", run.problems());
    let drafts: Vec<String> = novel.names().into_iter().filter(|name| name.starts_with("bible-draft/")).collect();
    assert!(drafts.contains(&"bible-draft/hester-wendle.md".to_string()) && drafts.len() < 15, "{drafts:?}");
    std::fs::rename(novel.path("bible-draft"), novel.path("bible")).expect("all are accepted");
    let run = novel.run(&["series-bible"]);
    let told: Vec<String> = run.problems().into_iter().filter(|problem| problem.contains("bible/")).collect();
    assert_eq!(told, Vec::<String>::new());
    // What is found is what was planted: the accepted entries hold nothing else against the chapters.
    let planted: serde_json::Value = serde_json::from_str(&novel.read("planted.json")).expect("JSON");
    let plain = |words: &serde_json::Value| words.as_str().unwrap_or_default().replace(['“', '”', '*'], "");
    let is_planted = |finding: &serde_json::Value| {
        let quote = plain(&finding["evidence"][0]["quote"]);
        let mut planted = planted["errors"].as_array().expect("errors").iter().flat_map(|error| [&error["quote_a"], &error["quote_b"]]);
        planted.any(|words| quote.contains(&plain(words)) || plain(words).contains(&quote))
    };
    let wrong: Vec<&serde_json::Value> =
        run.findings().iter().filter(|finding| finding["severity"] != "note" && !is_planted(finding)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
