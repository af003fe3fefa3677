//! Findings from run to run: dismissed by mark and by command, reopened, fixed, not checked, and told in the morning.

use super::project_test::{ProjectTest, Ran};
use serde_json::Value;

const FIRST: &str =
    "# One\n\nThen Mara Vance came in. Mara Vance said nothing.\n\nMara Vance’s eyes were green, and the wind made them water.\n";
const SECOND: &str =
    "# Two\n\nThen Mara Vance sat down. Mara Vance laughed.\n\nMara Vance’s eyes were brown in the mirror.\n\nIt was late.\n";

/// A script of the author's that finds a word wherever it stands.
const LANTERN: &str = "\
const REPORT = \"lantern\";
const FINDS = \"lantern\";
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for found in scene.find(\"lantern\") { desk.finding(\"lantern\").at(found).say(\"A lantern.\"); }
    }
}
";

fn novel() -> ProjectTest {
    ProjectTest::new().file("01.md", FIRST).file("02.md", SECOND)
}

/// One run of the continuity check without a model, as JSON.
fn check(novel: &ProjectTest) -> Ran {
    novel.run(&["continuity"])
}

fn list<'r>(ran: &'r Ran, name: &str) -> &'r Vec<Value> {
    ran.json[name].as_array().unwrap_or_else(|| panic!("no {name} in {}\n{}", ran.stdout, ran.stderr))
}

/// The identities in one list of what became of the findings since the last run.
fn since(ran: &Ran, name: &str) -> Vec<String> {
    let ids = ran.json["since_last_run"][name].as_array().unwrap_or_else(|| panic!("nothing since the last run in {}", ran.stdout));
    ids.iter().filter_map(|id| id.as_str().map(ToString::to_string)).collect()
}

fn only_id(ran: &Ran) -> String {
    assert_eq!(ran.findings().len(), 1, "{}", ran.stdout);
    ran.findings()[0]["id"].as_str().expect("an id").to_string()
}

#[test]
fn a_mark_in_the_text_dismisses_what_stands_in_its_paragraph() {
    for (from, to) in [
        ("in the mirror.", "in the mirror. <!-- stet: changed-appearance she wears lenses -->"),
        ("Mara Vance’s eyes were brown", "%% stet: she wears lenses %%\nMara Vance’s eyes were brown"),
        ("\n\nIt was late.", "\n\n<!-- stet: she wears lenses -->\n\nIt was late."),
    ] {
        let novel = novel();
        let id = only_id(check(&novel).expect_status(1));
        novel.edit("02.md", from, to);
        let ran = check(&novel);
        ran.expect_status(0);
        assert_eq!((ran.rules(), list(&ran, "problems").len()), (Vec::new(), 0), "{}", ran.stdout);
        let dismissed = &list(&ran, "dismissed")[0];
        assert_eq!((dismissed["id"].as_str(), dismissed["dismissed_by"]["file"].as_str()), (Some(id.as_str()), Some("02.md")));
        assert_eq!(dismissed["dismissed_by"]["reason"], "she wears lenses");
        assert_eq!(since(&ran, "dismissed"), [id.as_str()]);
        let report = novel.read("02.continuity.md");
        assert!(report.contains("**Checked: nothing that waits for you; 1 dismissed.**"), "{report}");
        assert!(report.contains("## Dismissed: 1\n\n- Mara Vance: eye colour is brown here"), "{report}");
        assert!(report.contains(": she wears lenses\n\n## What was read") && !report.contains("## Findings"), "{report}");
    }
}

#[test]
fn a_mark_for_another_rule_or_paragraph_dismisses_nothing() {
    for (from, to) in [("in the mirror.", "in the mirror. <!-- stet: changed-count -->"), ("It was late.", "It was late. <!-- stet -->")] {
        let novel = novel();
        novel.edit("02.md", from, to);
        check(&novel).expect_status(1);
    }
}

#[test]
fn a_command_dismisses_lists_and_takes_back() {
    let novel = novel();
    let id = only_id(&check(&novel));
    let said = novel.stet(&[&id[..5], "--because", "she wears lenses"]);
    said.expect_status(0);
    assert!(said.stdout.contains(&format!("{id} stands: Mara Vance")), "{}", said.stdout);
    let written = novel.read("copydesk.stet.yaml");
    assert!(
        written.contains(&format!("- id: \"{id}\"\n  rule: \"changed-appearance\"")) && written.contains("because: \"she wears lenses\""),
        "{written}"
    );
    let ran = check(&novel);
    ran.expect_status(0);
    assert_eq!(list(&ran, "dismissed")[0]["dismissed_by"]["file"], "copydesk.stet.yaml");
    assert!(novel.stet(&["--list"]).stdout.contains("because she wears lenses"));
    novel.stet(&["--remove", &id[..5]]).expect_status(0);
    assert!(!novel.read("copydesk.stet.yaml").contains(&id));
    let ran = check(&novel);
    ran.expect_status(1);
    assert_eq!(since(&ran, "reopened"), [id]);
    let unknown = novel.stet(&["ffffffffff"]);
    unknown.expect_status(2).expect_told("no finding ffffffffff").expect_told("copydesk run");
}

#[test]
fn what_the_author_wrote_into_the_file_of_dismissals_stays() {
    let novel = novel();
    let id = only_id(&check(&novel));
    let own = format!("# My own words.\n- id: {id}   # by hand\n");
    novel.write("copydesk.stet.yaml", &own);
    check(&novel).expect_status(0);
    let novel = novel.script("lanterns", LANTERN).file("03.md", "A lantern.");
    let ran = novel.run(&["lanterns"]);
    novel.stet(&[&only_id(&ran)]).expect_status(0);
    assert!(novel.read("copydesk.stet.yaml").starts_with(&own));
    novel.run(&["continuity", "lanterns"]).expect_status(0);
}

/// The two ways in which one quote of the finding can change while the other stays.
const EDITS: [(&str, &str, &str); 2] =
    [("02.md", "in the mirror", "in the dark mirror"), ("01.md", "the wind made them water", "the smoke made them water")];

#[test]
fn what_was_dismissed_by_command_reopens_when_either_quote_changes() {
    for (file, from, to) in EDITS {
        let novel = novel();
        let old = only_id(&check(&novel));
        novel.stet(&[&old]).expect_status(0);
        check(&novel).expect_status(0);
        novel.edit(file, from, to);
        let ran = check(&novel);
        let new = only_id(ran.expect_status(1));
        assert_eq!((since(&ran, "reopened"), since(&ran, "fixed"), since(&ran, "new")), (vec![new.clone()], vec![], vec![]), "{file}");
        assert_eq!(ran.findings()[0]["reopened_from"], old.as_str());
        assert!(ran.problem("copydesk.stet.yaml").contains(&format!("it is open again as {new}")), "{:?}", ran.problems());
        assert!(
            novel.read("02.continuity.md").contains(&format!("Open again: you had dismissed {old}")),
            "{}",
            novel.read("02.continuity.md")
        );
        let reports = novel.reports();
        let again = check(&novel);
        assert_eq!((since(&again, "still_open"), again.findings()), (vec![new.clone()], ran.findings()));
        assert!(novel.reports() == reports, "a report changed although nothing else did");
        novel.stet(&[&new]).expect_status(0);
        assert!(!novel.read("copydesk.stet.yaml").contains(&old), "the old dismissal is replaced");
        let ran = check(&novel);
        ran.expect_status(0);
        assert_eq!(list(&ran, "problems").len(), 0, "{:?}", ran.problems());
    }
}

#[test]
fn what_was_dismissed_by_a_mark_reopens_when_either_quote_changes() {
    for (file, from, to) in EDITS {
        let novel = novel();
        novel.edit("02.md", "It was late.", "<!-- stet: lenses -->\n\nIt was late.");
        check(&novel).expect_status(0);
        novel.edit(file, from, to);
        let ran = check(&novel);
        let new = only_id(ran.expect_status(1));
        assert_eq!(since(&ran, "reopened"), [new.as_str()]);
        assert_eq!(since(check(&novel).expect_status(1), "still_open"), [new], "the mark was for other words");
        novel.edit("02.md", "stet: lenses", "stet: lenses, still");
        check(&novel).expect_status(0);
    }
}

#[test]
fn another_check_of_the_same_passage_does_not_reopen_a_dismissal() {
    let novel = novel().file("bible/mara.md", "---\nname: Mara Vance\nfacts:\n  eyes: green\n---\n");
    let id = only_id(&check(&novel));
    novel.stet(&[&id]).expect_status(0);
    check(&novel).expect_status(0);
    let ran = novel.run(&["series-bible"]);
    assert_eq!((since(&ran, "new"), since(&ran, "reopened")), (vec![only_id(&ran)], vec![]));
    assert_eq!(list(&ran, "problems").len(), 0, "{:?}", ran.problems());
    novel.run(&["continuity"]).expect_status(0);
}

#[test]
fn dismissals_that_speak_for_nothing_are_told_with_their_place() {
    let novel = novel();
    let id = only_id(&check(&novel));
    novel.stet(&[&id]).expect_status(0);
    novel.edit("02.md", "eyes were brown in the mirror.", "eyes were green in the mirror.\n<!-- stet: changed-appearance -->");
    // What looks for nothing of the kind cannot tell.
    assert_eq!(list(&novel.run(&["names-alike"]), "problems").len(), 0);
    // Both scripts that make such findings must have looked.
    let ran = novel.run(&["continuity", "series-bible"]);
    ran.expect_status(0);
    assert!(ran.problem("02.md").contains("there is none here any more (take the mark out)"), "{:?}", ran.problems());
    let at = list(&ran, "problems").iter().find(|problem| problem["file"] == "02.md").expect("told above");
    assert_eq!((at["line"].as_u64(), at["kind"].as_str()), (Some(6), Some("note")));
    let told = ran.problem("copydesk.stet.yaml");
    assert!(told.contains(&format!("the finding {id}, dismissed here, is no longer found")) && told.contains("--remove"), "{told}");
}

#[test]
fn a_mark_for_a_rule_that_no_script_has_is_told() {
    let novel = novel();
    novel.edit("02.md", "It was late.", "It was late. <!-- stet: changed-apperance lenses -->");
    let ran = check(&novel);
    assert!(
        ran.problem("02.md").contains("“changed-apperance”, which no script has (did you mean “changed-appearance”?)"),
        "{:?}",
        ran.problems()
    );
}

#[test]
fn a_memory_that_the_disk_damaged_is_told_and_the_history_goes_on() {
    let novel = novel();
    let id = only_id(&check(&novel));
    novel.stet(&[&id, "--because", "she lies"]).expect_status(0);
    check(&novel).expect_status(0);
    let reports = novel.reports();
    let database = novel.state().join("copydesk.sqlite");
    assert!(!novel.state().join("copydesk.sqlite-wal").exists(), "the run ended well");
    let place_of = |bytes: &[u8], words: &str| bytes.windows(words.len()).position(|window| window == words.as_bytes()).expect("the words");
    for (round, place) in ["SQLite format", "CREATE TABLE findings", "she lies", "changed-appearance"].into_iter().enumerate() {
        let mut bytes = std::fs::read(&database).expect("the database");
        let start = place_of(&bytes, place);
        bytes[start..][..8].iter_mut().for_each(|byte| *byte ^= 0x55);
        std::fs::write(&database, bytes).expect("the database");
        let ran = check(&novel);
        ran.expect_status(0);
        let told = ran.problems().join("\n");
        assert!(told.contains("so a new one was begun") && told.contains("the history of findings was regained"), "{place}: {told}");
        assert!(novel.state().join(format!("copydesk.sqlite.corrupt-{}", round + 1)).exists());
        // Without the history it would be news that it is dismissed.
        assert_eq!((list(&ran, "dismissed").len(), since(&ran, "dismissed"), since(&ran, "new")), (1, vec![], vec![]), "{place}");
        assert!(novel.reports() == reports, "{place}: a report changed");
        assert_eq!(list(&check(&novel), "problems").len(), 0, "once mended it is sound");
    }
    std::fs::remove_file(&database).expect("the database");
    let ran = novel.run_text(&["continuity"]);
    ran.expect_status(0).expect_told("the memory of earlier runs was gone; the history of findings was regained");
}

#[test]
fn what_could_not_be_checked_is_not_fixed() {
    let novel = novel();
    let id = only_id(&check(&novel));
    let stopped = novel.run_with(&["continuity"], &["--deadline", "0s", "--format", "json"]);
    stopped.expect_status(3);
    assert_eq!((since(&stopped, "not_checked"), since(&stopped, "fixed")), (vec![id.clone()], vec![]));
    let other = novel.run(&["names-alike"]);
    assert_eq!((since(&other, "not_checked"), since(&other, "fixed")), (vec![], vec![]), "another script says nothing of it");
    assert_eq!(since(&check(&novel), "still_open"), [id.as_str()]);
    novel.write("02.md", b"caf\xe9");
    let unread = check(&novel);
    unread.expect_status(3);
    assert_eq!((since(&unread, "not_checked"), since(&unread, "fixed")), (vec![id.clone()], vec![]));
    novel.write("02.md", SECOND.replace("brown", "green"));
    let fixed = check(&novel);
    fixed.expect_status(0);
    assert_eq!(since(&fixed, "fixed"), [id]);
}

#[test]
fn an_edit_makes_a_finding_new_or_leaves_it_open() {
    let novel = novel().file("02.md", SECOND.replace("brown", "green"));
    assert!(check(&novel).expect_status(0).json["since_last_run"].is_null(), "there was no run before");
    novel.edit("02.md", "green", "brown");
    let ran = check(&novel);
    let id = only_id(&ran);
    assert_eq!(since(&ran, "new"), [id.as_str()]);
    novel.edit("02.md", "It was late.", "Mara Vance’s red hair was wet.");
    let ran = check(&novel);
    assert_eq!((since(&ran, "still_open"), since(&ran, "new")), (vec![id.clone()], vec![]));
    novel.edit("01.md", "said nothing.", "said nothing. Mara Vance’s black hair was wet.");
    let ran = check(&novel);
    assert_eq!((since(&ran, "still_open"), since(&ran, "new").len()), (vec![id], 1));
    let text = novel.run_text(&["continuity"]);
    assert!(text.stdout.contains("Since the last run: 2 still open."), "{}", text.stdout);
}

#[test]
fn the_same_words_in_two_places_are_two_findings() {
    let apart = "There was much else to be told of that long day.\n\n".repeat(4);
    let text = format!("One two three. A lantern burnt.\n\n{apart}Four five six. A lantern went out.\n");
    let novel = ProjectTest::new().script("lanterns", LANTERN).file("01.md", &text);
    let ran = novel.run(&["lanterns"]);
    let ids: Vec<&str> = ran.findings().iter().filter_map(|finding| finding["id"].as_str()).collect();
    assert_eq!((ids.len(), ids[1].to_string()), (2, format!("{}-2", ids[0])));
    novel.stet(&[ids[1]]).expect_status(0);
    // A third place before both takes no number of theirs, and with it no dismissal.
    novel.write("01.md", format!("Seven eight nine. A lantern fell.\n\n{apart}{text}"));
    let again = novel.run(&["lanterns"]);
    let open: Vec<(&str, u64)> =
        again.findings().iter().filter_map(|finding| Some((finding["id"].as_str()?, finding["evidence"][0]["line"].as_u64()?))).collect();
    assert_eq!(open, [(format!("{}-3", ids[0]).as_str(), 1), (ids[0], 11)]);
    assert_eq!(list(&again, "dismissed")[0]["evidence"][0]["line"], 21);
    assert_eq!(since(&again, "new"), [format!("{}-3", ids[0])]);
}

/// A script whose findings carry what a model is said to have thought.
const DOUBTS: &str = "\
const REPORT = \"doubts\";
const FINDS = \"doubt-said\";
fn check(chapter, desk) {
    for scene in chapter.scenes {
        for found in scene.find(\"perhaps|surely\") {
            let sure = if found.text == \"surely\" { 0.9 } else { 0.3 };
            desk.finding(\"doubt-said\").at(found).confidence(sure).say(`It says “${found.text}”.`);
        }
    }
}
";

#[test]
fn what_the_model_was_less_sure_of_is_listed_apart() {
    let novel = ProjectTest::new().script("doubts", DOUBTS).file("01.md", "It was surely late.\n\nIt was perhaps cold.");
    let ran = novel.run(&["doubts"]);
    ran.expect_status(1);
    assert_eq!((ran.findings().len(), ran.findings()[0]["confidence"].as_f64()), (1, Some(0.9)));
    assert_eq!(list(&ran, "less_certain")[0]["confidence"].as_f64(), Some(0.3));
    let report = novel.read("01.doubts.md");
    assert!(report.contains("the model 90 % sure") && report.contains("## Less certain: 1\n\n- It says “perhaps”."), "{report}");
    assert!(report.contains("**1 finding: 1 query. Besides: 1 less certain.**"), "{report}");

    novel.write("copydesk.yaml", "rules:\n  doubt-said: { confidence: 0.95 }\n");
    let ran = novel.run(&["doubts"]);
    ran.expect_status(0);
    assert_eq!(list(&ran, "less_certain").len(), 2);
    novel.write("copydesk.yaml", "rules:\n  doubt-said: { confidence: 0.2 }\n");
    assert_eq!(novel.run(&["doubts"]).expect_status(1).findings().len(), 2);
    novel.write("copydesk.yaml", "rules:\n  doubt-said: off\n  doubt-sad: off\n");
    let ran = novel.run(&["doubts"]);
    ran.expect_status(0);
    assert_eq!((ran.findings().len(), ran.json["switched_off"].as_u64()), (0, Some(2)));
    assert!(ran.problem("copydesk.yaml").contains("`rules.doubt-sad` is set, but no script"), "{:?}", ran.problems());
    let report = novel.read("01.doubts.md");
    assert!(report.contains("Switched off in copydesk.yaml: doubt-said (2 findings)"), "{report}");
}

#[test]
fn the_morning_report_tells_what_became_of_the_findings() {
    let novel = novel();
    let nothing = novel.report(&[]);
    nothing.expect_status(2).expect_told("nothing has run on this folder yet");
    let id = only_id(&check(&novel));
    let first = novel.report(&[]);
    first.expect_status(1);
    assert!(
        first.stdout.starts_with("Since the first run (1 run): 1 new.\n\nNew\n  02.md:5:1  Mara Vance: eye colour is brown here"),
        "{}",
        first.stdout
    );
    assert_eq!(novel.report(&[]).stdout, first.stdout, "asked again, it says the same");

    novel.edit("02.md", "It was late.", "Mara Vance’s red hair was wet.");
    novel.edit("01.md", "said nothing.", "said nothing. Mara Vance’s black hair was wet.");
    let hair = since(&check(&novel), "new");
    novel.edit("02.md", "eyes were brown", "eyes were green");
    assert_eq!(since(&check(&novel), "fixed"), [id.as_str()]);
    let second = novel.report(&["--format", "json"]);
    second.expect_status(1);
    let ids = |ran: &Ran, name: &str| {
        list(ran, name).iter().map(|record| record["id"].as_str().unwrap_or_default().to_string()).collect::<Vec<_>>()
    };
    assert_eq!((ids(&second, "new"), ids(&second, "fixed"), second.json["runs"].as_u64()), (hair.clone(), vec![id], Some(2)));
    let markdown = novel.report(&["--format", "markdown"]).stdout;
    novel.write("morning.report.md", &markdown);
    assert!(!novel.order().stdout.contains("morning"), "a report beside the chapters is no chapter");
    assert!(
        markdown.contains(" -->\n# Morning report\n\n**Since run 1 of ") && markdown.contains("\n## Fixed\n\n- Mara Vance: eye colour"),
        "{markdown}"
    );

    novel.stet(&[&hair[0], "--because", "it is dyed"]).expect_status(0);
    let third = novel.report(&[]);
    third.expect_status(0);
    assert!(third.stdout.contains("Dismissed\n") && third.stdout.contains("because it is dyed"), "{}", third.stdout);
    check(&novel).expect_status(0);
    assert!(novel.report(&[]).expect_status(0).stdout.contains("(1 run): 1 dismissed."));
    check(&novel).expect_status(0);
    assert!(novel.report(&[]).stdout.contains("(1 run): no findings."));
    let whole = novel.report(&["--since", "2000-01-01"]);
    assert!(whole.stdout.starts_with("Since the first run (5 runs): 1 dismissed."), "{}", whole.stdout);
    novel.report(&["--since", "yesterday"]).expect_status(2).expect_told("2026-11-01");
}

#[test]
fn the_morning_report_tells_what_could_not_be_checked() {
    let novel = novel();
    check(&novel).expect_status(1);
    novel.run_with(&["continuity"], &["--deadline", "0s"]).expect_status(3);
    let report = novel.report(&[]);
    report.expect_status(3);
    assert!(report.stdout.contains("Open when last looked for, not checked since"), "{}", report.stdout);
    assert!(report.stdout.contains("Not checked: continuity on the series: the work was stopped"), "{}", report.stdout);
    check(&novel).expect_status(1);
    novel.report(&[]).expect_status(1);
}

#[test]
fn a_rule_whose_findings_are_dismissed_again_and_again_gets_advice() {
    let text = "A perhaps one. B perhaps two. C perhaps three. D surely four.";
    let novel = ProjectTest::new().script("doubts", &DOUBTS.replace("0.3", "0.6")).file("01.md", text);
    let ran = novel.run(&["doubts"]);
    let mut ids: Vec<&str> = ran.findings().iter().filter_map(|finding| finding["id"].as_str()).collect();
    assert_eq!(ids.len(), 4);
    ids.pop();
    novel.stet(&ids).expect_status(0);
    novel.run(&["doubts"]).expect_status(1);
    let report = novel.report(&[]).stdout;
    let advice = "Of 4 findings of the rule doubt-said you dismissed 3: with doubt-said: { confidence: 0.65 } under `rules:` in copydesk.yaml, 3 of the dismissed and 0 of the other 1 would be listed apart.";
    assert!(report.contains(advice), "{report}");
}

#[test]
fn the_same_snapshot_and_history_make_the_same_bytes() {
    let novel = novel();
    let id = only_id(&check(&novel));
    novel.stet(&[&id]).expect_status(0);
    check(&novel).expect_status(0);
    let reports = novel.reports();
    let without_seconds = |ran: &Ran| {
        let mut json = ran.json.clone();
        json.as_object_mut().expect("an object").remove("seconds");
        json
    };
    let (second, third) = (check(&novel), check(&novel));
    assert_eq!(without_seconds(&second), without_seconds(&third));
    assert!(novel.reports() == reports, "a report was written although nothing changed");
}
