//! Generated files are current: the reference of scripts, the definitions for editors, the table of families. A stale one is renewed, and the
//! test fails once.

use copydesk::run::shipped;
use copydesk::script::{ScriptFile, manual, reference};
use std::path::Path;

fn ensure(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found != expected {
        std::fs::write(&path, expected).expect("the file can be written");
        panic!("{file} was not current; it was renewed: look at the change and commit it");
    }
}

#[test]
fn the_reference_page_is_current() {
    let page = reference::page();
    assert!(page.contains("### `Reading.ask(question: text, shape: Shape) → Answer`"), "{page}");
    assert_eq!(page, reference::page(), "two generations are equal");
    ensure("scripts/REFERENCE.md", &page);
}

#[test]
fn the_definitions_are_current() {
    let definitions = reference::definitions();
    assert!(definitions.contains("fn ask("), "{definitions}");
    assert_eq!(definitions, reference::definitions(), "two generations are equal");
    ensure("scripts/copydesk.d.rhai", &definitions);
}

#[test]
fn the_page_of_rules_is_current() {
    let scripts: Vec<ScriptFile> =
        shipped::SCRIPTS.iter().map(|(path, text)| ScriptFile::new("scripts", path, (*text).into(), true)).collect();
    let page = manual::page(&scripts);
    assert!(page.contains("\n## `changed-appearance`\n\nRun by continuity and series-bible."), "{page}");
    ensure("docs/rules.md", &page);
}

#[test]
fn the_table_of_families_is_current() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/models.md")).expect("the page");
    let (begin, end) = ("<!-- families: written by the tests -->\n", "<!-- families: end -->");
    let (before, rest) = page.split_once(begin).expect("where the table begins");
    let (_, after) = rest.split_once(end).expect("where the table ends");
    ensure("docs/models.md", &format!("{before}{begin}\n{}\n{end}{after}", crate::families::page()));
}
