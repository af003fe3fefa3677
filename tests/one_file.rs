//! A whole novel in one file: its chapters are checked, reported, dismissed and followed as if each were a file.

use super::project_test::{ProjectTest, Ran};
use std::io::{Cursor, Write};
use zip::ZipWriter;

const NOVEL: &str = "# The Second Key

## Part One

### Chapter 1

Then Mara Vance came in. Mara Vance said nothing.

Mara Vance’s eyes were green, and the wind made them water.

### Chapter 2

Silas Crane kept the ferry. Silas Crane was a tall man.

## Part Two

### Chapter 3

Then Mara Vance sat down. Mara Vance laughed. Silas Crane knocked.

Mara Vance’s eyes were brown in the mirror.
";

fn novel() -> ProjectTest {
    ProjectTest::new().file("novel.md", NOVEL)
}

fn only_finding(ran: &Ran) -> &serde_json::Value {
    assert_eq!(ran.findings().len(), 1, "{}", ran.stdout);
    &ran.findings()[0]
}

#[test]
fn findings_name_the_file_and_its_line_and_reports_lie_beside_it() {
    let novel = novel();
    let ran = novel.run(&["continuity"]);
    ran.expect_status(1);
    let finding = only_finding(&ran);
    let places: Vec<(&str, u64)> =
        finding["evidence"].as_array().unwrap().iter().map(|one| (one["file"].as_str().unwrap(), one["line"].as_u64().unwrap())).collect();
    assert_eq!(places, [("novel.md", 21), ("novel.md", 9)]);
    for evidence in finding["evidence"].as_array().unwrap() {
        let bytes = evidence["start_byte"].as_u64().unwrap() as usize..evidence["end_byte"].as_u64().unwrap() as usize;
        assert_eq!(&NOVEL[bytes], evidence["quote"].as_str().unwrap());
    }
    let report = novel.read("novel.copydesk/chapter-03.continuity.md");
    assert!(report.contains("# Chapter 3: continuity") && report.contains("novel.md:21:1") && report.contains("novel.md:9:1"), "{report}");
    assert!(novel.read("novel.copydesk/chapter-02.continuity.md").contains("nothing found"));
    let text = novel.run_text(&["continuity"]);
    assert!(text.stdout.contains("novel.md:21:1"), "{}", text.stdout);
    let order = novel.order().stdout;
    assert!(order.contains("as they follow in novel.md"), "{order}");
}

#[test]
fn a_mark_in_the_file_dismisses_and_a_chapter_put_in_before_changes_nothing() {
    let novel = novel();
    let id = only_finding(&novel.run(&["continuity"]))["id"].clone();
    novel.edit("novel.md", "in the mirror.", "in the mirror. <!-- stet: she wears lenses -->");
    let ran = novel.run(&["continuity"]);
    ran.expect_status(0);
    let dismissed = &ran.json["dismissed"][0];
    assert_eq!((&dismissed["id"], &dismissed["dismissed_by"]["file"]), (&id, &"novel.md".into()));
    assert_eq!(dismissed["dismissed_by"]["line"], 21);
    // All that follows has another number now.
    novel.edit("novel.md", "### Chapter 3", "### Chapter 4");
    novel.edit("novel.md", "### Chapter 2", "### Chapter 3");
    novel.edit("novel.md", "### Chapter 3\n\nSilas", "### Chapter 2\n\nIt rained all day.\n\n### Chapter 3\n\nSilas");
    let ran = novel.run(&["continuity", "ripple"]);
    ran.expect_status(0);
    assert_eq!(ran.json["dismissed"][0]["id"], id);
    assert_eq!(ran.problems(), [""; 0]);
}

#[test]
fn what_an_edit_of_one_chapter_took_away_is_told() {
    let novel = novel();
    novel.run(&["ripple"]).expect_status(0);
    novel.edit("novel.md", "Silas Crane kept the ferry. Silas Crane was a tall man.", "Nobody kept the ferry.");
    let ran = novel.run(&["ripple"]);
    ran.expect_status(1);
    assert_eq!(ran.rules(), ["rests-on-what-is-gone"]);
    let report = novel.read("novel.copydesk/chapter-03.ripple.md");
    assert!(report.contains("is gone from novel.md (chapter-02), line 13"), "{report}");
    novel.edit("novel.md", "Nobody kept the ferry.", "Silas Crane kept the ferry. Silas Crane was a tall man.");
    novel.run(&["ripple"]).expect_status(0);
}

#[test]
fn taking_a_file_apart_or_not_loses_no_dismissal_and_misses_nothing() {
    let novel = novel();
    let apart = novel.run(&["continuity", "ripple"]);
    let id = only_finding(&apart)["id"].as_str().unwrap().to_string();
    novel.stet(&[&id, "--because", "she wears lenses"]).expect_status(0);
    novel.write("copydesk.yaml", "split_files: false\n");
    let whole = novel.run(&["continuity", "ripple"]);
    whole.expect_status(0);
    assert_eq!(whole.json["dismissed"][0]["id"], id.as_str());
    assert!(novel.names().iter().any(|name| name == "novel.continuity.md"), "{:?}", novel.names());
    std::fs::remove_file(novel.path("copydesk.yaml")).unwrap();
    novel.run(&["continuity", "ripple"]).expect_status(0);
}

#[test]
fn a_save_while_watched_checks_the_chapter_that_changed() {
    let novel = novel();
    let watching = novel.watch(&["continuity"]);
    novel.edit("novel.md", "eyes were brown", "eyes were green");
    watching.wait_for("0 findings");
    assert!(novel.read("novel.copydesk/chapter-03.continuity.md").contains("nothing found"));
}

#[test]
fn what_an_author_puts_among_those_reports_is_said_not_to_be_read() {
    let novel = novel().file("novel.copydesk/notes.md", "Mara Vance’s eyes were black.\n");
    let ran = novel.run(&["continuity"]);
    assert_eq!(ran.findings().len(), 1, "{}", ran.stdout);
    assert!(ran.problems().iter().any(|problem| problem.contains("novel.copydesk/notes.md") && problem.contains("was not read")));
}

/// A book in print with one page.
fn epub(page: &str) -> Vec<u8> {
    let opf = "<package><manifest><item id=\"a\" href=\"a.xhtml\" media-type=\"application/xhtml+xml\"/></manifest>\
               <spine><itemref idref=\"a\"/></spine></package>";
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("META-INF/container.xml", "<container><rootfiles><rootfile full-path=\"a.opf\"/></rootfiles></container>"),
        ("a.opf", opf),
        ("a.xhtml", page),
    ] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_book_in_print_is_what_a_later_one_is_held_against() {
    let page = "<html><body><h1>Chapter 1</h1><p>Then Mara Vance came in. Mara Vance said nothing.</p><h1>Chapter 2</h1>\
                <p>Mara Vance’s eyes were green, and the wind made them water.</p></body></html>";
    let novel = ProjectTest::new()
        .file("one.epub", epub(page))
        .file("two/01.md", "Then Mara Vance sat down. Mara Vance laughed.\n\nMara Vance’s eyes were brown in the mirror.\n")
        .file("copydesk.yaml", "books:\n  - { folder: one.epub, status: published }\n  - two\n");
    let ran = novel.run(&["continuity"]);
    ran.expect_status(1);
    let evidence = &only_finding(&ran)["evidence"];
    assert_eq!((&evidence[0]["file"], &evidence[1]["file"]), (&"two/01.md".into(), &"one.epub".into()));
    assert_eq!(evidence[1]["line"], 4);
    novel.write("one.epub", b"cut short");
    assert!(novel.run(&["continuity"]).problem("one.epub").contains("could not be read: it is damaged"));
}
