//! The page on findings and texts that were made for it.

use super::*;
use crate::finding::history::{Changes, RecordedQuote, Trace};
use crate::manuscript::{OrderSettings, SourceFile};
use crate::report::Contents;
use crate::report::style_sheet::{Person, Present, SceneEntry};
use crate::text::SourcePath;
use base64::Engine;
use sha2::{Digest, Sha256};

fn quote(file: &str, line: usize, words: &str) -> RecordedQuote {
    RecordedQuote { file: SourcePath::new(file), line, column: 1, words: words.to_string() }
}

fn record(id: &str, message: &str, quotes: Vec<RecordedQuote>, state: State) -> Record {
    Record::example(Trace { id: id.to_string(), rule: "changed-appearance".to_string(), ..Trace::default() }, message, quotes, state)
}

fn series(files: &[(&str, &str)]) -> Series {
    let files: Vec<SourceFile> = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
    Series::assemble(&files, &OrderSettings { series_title: Some("Paper & Ice".to_string()), ..OrderSettings::default() }).0
}

fn page_of(series: &Series, bible: &[SourceFile], records: Vec<Record>, sheet: Option<&StyleSheet>) -> String {
    let history: History = records.into_iter().map(|record| (record.id().to_string(), record)).collect();
    let morning = Morning { since: "the first run".to_string(), changes: Changes::since(&history, &|_| None), ..Morning::default() };
    let passages = Passages::new(series, bible);
    render(&Source { morning: &morning, history: &history, series, sheet, last_run: "2026-03-01 07:10".to_string(), passages: &passages })
}

const GREEN: &str = "# The key\n\nIt rained.\n\n“Come in,” she said. Mara’s *green* eyes narrowed.\n";
const BROWN: &str = "# The door\n\nMara’s brown eyes were tired.\n\nNobody came.\n";

fn of_mara(state: State) -> Record {
    let quotes = vec![quote("02.md", 3, "mara's brown eyes were tired."), quote("01.md", 5, "mara's green eyes narrowed.")];
    record("54043da98f", "Mara: eye colour is brown here, but green elsewhere.", quotes, state)
}

#[test]
fn both_passages_stand_side_by_side_and_the_words_that_differ_are_marked() {
    let page = page_of(&series(&[("01.md", GREEN), ("02.md", BROWN)]), &[], vec![of_mara(State::Open)], None);
    assert!(page.contains("<mark>Mara’s <strong>brown</strong> eyes were tired.</mark>"), "{page}");
    assert!(page.contains("“Come in,” she said. <mark>Mara’s <strong>green</strong> eyes narrowed.</mark>"), "{page}");
    assert!(page.contains("The key, <code>01.md:5</code>") && page.contains("<h3>2. The door</h3>"), "{page}");
    assert!(page.contains("copydesk stet 54043da98f") && page.contains("data-is-new=\"yes\""), "{page}");
}

#[test]
fn words_that_are_gone_are_shown_as_they_were() {
    let page = page_of(&series(&[("01.md", "# The key\n\nIt rained.\n"), ("02.md", BROWN)]), &[], vec![of_mara(State::Dismissed)], None);
    assert!(page.contains("these words have changed since"), "{page}");
    assert!(page.contains("<mark>mara's green eyes narrowed.</mark>") && page.contains("copydesk stet --remove 54043da98f"), "{page}");
}

#[test]
fn of_several_places_with_the_same_words_the_nearest_is_quoted() {
    let text = "# One\n\nHe was tall. A.\n\nHe was short.\n\nHe was tall. B.\n";
    let quotes = vec![quote("01.md", 6, "he was tall.")];
    let page = page_of(&series(&[("01.md", text)]), &[], vec![record("aa", "He.", quotes, State::Open)], None);
    assert!(page.contains("<code>01.md:7</code>") && page.contains("<mark>He was tall.</mark> B."), "{page}");
}

#[test]
fn the_bible_and_the_lines_above_a_chapter_are_quoted_too() {
    let chapter = SourceFile::new("01.md", "---\ndate: 1904-12-09\n---\nIt was Tuesday.\n");
    let bible = [SourceFile::new("bible/mara.md", "---\nname: Mara\neyes: green\n---\n")];
    let series = Series::assemble(&[chapter], &OrderSettings::default()).0;
    let quotes = vec![quote("01.md", 2, "date: 1904-12-09"), quote("bible/mara.md", 3, "eyes: green")];
    let page = page_of(&series, &bible, vec![record("aa", "It is Tuesday here.", quotes, State::Open)], None);
    assert!(page.contains("<code>01.md:2</code>") && page.contains("<mark>date: 1904-12-09</mark>"), "{page}");
    assert!(page.contains("the bible, <code>bible/mara.md:3</code>") && page.contains("<mark>eyes: green</mark>"), "{page}");
}

#[test]
fn no_word_of_a_manuscript_is_markup() {
    let hostile = "<script>alert(1)</script>\"><img src=x onerror=y>&amp;";
    let series = series(&[("01.md", &format!("# {hostile}\n\nHe said: {hostile}\n"))]);
    let person = Person { name: hostile.to_string(), other_names: vec![hostile.to_string()], named_in: vec![3], ..Person::default() };
    let scene = SceneEntry {
        location: hostile.to_string(),
        date: hostile.to_string(),
        people: vec![Present { person: 0, age: Some((3, 4)) }],
        ..SceneEntry::default()
    };
    let sheet = StyleSheet { contents: Contents::of(&series), people: vec![person], scenes: vec![scene], ..StyleSheet::default() };
    let finding = record("aa", hostile, vec![quote("01.md", 3, "he said")], State::Open);
    let page = page_of(&series, &[], vec![finding], Some(&sheet));
    assert_eq!((page.matches("<script").count(), page.matches("<img").count()), (1, 0), "{page}");
    roxmltree::Document::parse(&page[page.find("<svg").unwrap()..page.find("</svg>").unwrap() + 6]).unwrap();
}

#[test]
fn the_policy_knows_style_and_script_by_their_hashes() {
    let [style, script, policy] = html::PARTS;
    for part in [style, script] {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(part.as_bytes()));
        assert!(policy.contains(&format!("'sha256-{hash}'")), "the hash of the file that begins {:?} is {hash}", &part[..20]);
    }
}

#[test]
fn a_page_of_nothing_says_so() {
    let page = page_of(&series(&[("01.md", "Rain.\n")]), &[], Vec::new(), None);
    for words in ["The last runs found nothing.", "The next run of copydesk makes this part", "The last runs checked everything"] {
        assert!(page.contains(words), "{words}");
    }
}
