//! What editors are shown, of findings and texts made for it.

use super::*;
use crate::manuscript::{Encoding, StoryPoint};
use crate::report::style_sheet::{Person, Statement};
use crate::text::{LineIndex, Span};
use lsp_types::{CodeAction, HoverContents, Uri};
use std::collections::BTreeSet;

const FIRST: &str = "# The key\n\n“𝔐ara!” Mara’s green eyes\nnarrowed.\n";
const SECOND: &str = "---\ndate: 1904-12-09\n---\nMara’s brown eyes were tired.\nNobody came.\n";

fn evidence(file: &str, text: &str, words: &str, label: &str) -> Evidence {
    let start = text.find(words).unwrap();
    let span = Span::new(start, start + words.len());
    Evidence::in_file(&SourcePath::new(file), (text, Encoding::Utf8), &LineIndex::new(text), span, label)
}

fn view(units: Units) -> View {
    let finding = Finding {
        id: "54043da98f".to_string(),
        script: "continuity".to_string(),
        rule: "changed-appearance".to_string(),
        severity: Severity::Contradiction,
        message: "Mara: eyes brown here, but green elsewhere.".to_string(),
        subjects: vec!["Mara".to_string()],
        evidence: vec![
            evidence("b 1/02.md", SECOND, "Mara’s brown eyes", ""),
            evidence("b 1/01.md", FIRST, "Mara’s green eyes\nnarrowed", "said here"),
        ],
        model_note: Some("green; brown".to_string()),
        point: Some(StoryPoint { book: 0, chapter: 1, scene: 0 }),
        confidence: Some(0.9),
        sources: BTreeSet::new(),
        standing: Standing::Open,
        reopened_from: None,
    };
    let statement = |value: &str, words: &str| Statement {
        about: "eyes".to_string(),
        value: value.to_string(),
        evidence: evidence("b 1/01.md", FIRST, words, ""),
        sources: BTreeSet::new(),
        is_speech: false,
    };
    let mara = Person {
        name: "Mara Vance".to_string(),
        other_names: vec!["Mara".to_string()],
        named_in: vec![2, 1],
        statements: vec![statement("green", "Mara’s green"), statement("*odd*", "Mara’s"), statement("green", "Mara’s")],
    };
    let texts = [("b 1/01.md", FIRST), ("b 1/02.md", SECOND)];
    View {
        findings: vec![finding],
        texts: texts.into_iter().map(|(path, text)| (SourcePath::new(path), Arc::from(text))).collect(),
        sheet: Some(StyleSheet { people: vec![mara], ..StyleSheet::default() }),
        ..View::new(Project { root: "/books/näht".into(), units })
    }
}

#[test]
fn a_finding_is_shown_where_it_stands_with_the_other_passage() {
    let files = view(Units::Utf16).diagnostics();
    let [diagnostic] = &files[&SourcePath::new("b 1/02.md")][..] else { panic!("{files:?}") };
    assert_eq!((diagnostic.range.start, diagnostic.range.end), (Position::new(3, 0), Position::new(3, 17)));
    assert_eq!(
        (diagnostic.severity, &diagnostic.code),
        (Some(DiagnosticSeverity::ERROR), &Some(NumberOrString::String("changed-appearance".into())))
    );
    assert_eq!(diagnostic.message, "Mara: eyes brown here, but green elsewhere.\nThe model’s words: green; brown");
    let [other] = &diagnostic.related_information.as_ref().unwrap()[..] else { panic!("{diagnostic:?}") };
    assert_eq!(other.location.uri.as_str(), "file:///books/n%C3%A4ht/b%201/01.md");
    assert_eq!(other.message, "said here: “Mara’s green eyes narrowed”");
}

#[test]
fn letters_are_counted_as_the_editor_counts_them() {
    // A quotation mark, a letter of two units, three more, `!`, `”` and a space stand before it.
    for (units, start, end) in [(Units::Utf8, 15, 8), (Units::Utf16, 9, 8), (Units::Utf32, 8, 8)] {
        let view = view(units);
        let range = view.range(&view.findings[0].evidence[1]);
        assert_eq!((range.start, range.end), (Position::new(2, start), Position::new(3, end)), "{units:?}");
        assert_eq!(&FIRST[units.offset(FIRST, range.start)..units.offset(FIRST, range.end)], "Mara’s green eyes\nnarrowed", "{units:?}");
    }
    let kinds = |names: &[&'static str]| names.iter().map(|name| lsp_types::PositionEncodingKind::new(name)).collect::<Vec<_>>();
    assert_eq!(Units::of(None), Units::Utf16);
    assert_eq!(Units::of(Some(&kinds(&["utf-8", "utf-16"]))), Units::Utf16);
    assert_eq!(Units::of(Some(&kinds(&["utf-16", "utf-32"]))), Units::Utf32);
}

#[test]
fn files_are_known_by_their_uris_and_others_are_not() {
    let project = Project { root: "/books/näht".into(), units: Units::Utf16 };
    let file = |uri: &str| project.file(&uri.parse::<Uri>().unwrap()).map(|file| file.to_string());
    assert_eq!(file("file:///books/n%C3%A4ht/b%201/01.md"), Some("b 1/01.md".to_string()));
    assert_eq!(file("file://thishost/books/n%C3%A4ht/01.md"), Some("01.md".to_string()));
    for other in ["file:///books/n%C3%A4ht", "file:///books/other/01.md", "untitled:Untitled-1", "file:///books/n%FFht/01.md"] {
        assert_eq!(file(other), None, "{other}");
    }
    assert_eq!(path_of(&"file:///c%3A/novel/01.md".parse().unwrap()), Some("c:/novel/01.md".into()));
}

#[test]
fn the_other_passage_is_gone_to_from_both() {
    let view = view(Units::Utf16);
    let from = |file: &str, line, character| view.other_passages(&SourcePath::new(file), Position::new(line, character));
    assert!(from("b 1/02.md", 3, 8)[0].uri.as_str().ends_with("01.md"));
    assert!(from("b 1/01.md", 3, 2)[0].uri.as_str().ends_with("02.md"));
    assert_eq!(from("b 1/01.md", 0, 2), []);
}

#[test]
fn whoever_is_named_under_the_cursor_is_told_of() {
    let view = view(Units::Utf16);
    let hover = |text: &str, character| view.hover(text, Position::new(0, character));
    let HoverContents::Markup(told) = hover("Then Mara Vance came.", 7).unwrap().contents else { panic!("Markdown") };
    assert_eq!(told.value, "**Mara Vance** (Mara)\n\n- eyes: green (`b 1/01.md:3` and 1 more)\n- eyes: \\*odd\\* (`b 1/01.md:3`)\n");
    let range = |character| hover("Then Mara Vance came.", character).and_then(|hover| hover.range);
    assert_eq!(range(12), Some(Range { start: Position::new(0, 5), end: Position::new(0, 15) }), "the longest name");
    assert_eq!(range(2), None);
    assert!(hover("Marathon", 2).is_none() && view.hover("Mara", Position::new(3, 0)).is_none());
}

fn actions(settings: Option<&str>) -> Vec<CodeAction> {
    let at = Position::new(3, 5);
    view(Units::Utf16).actions(&SourcePath::new("b 1/02.md"), Range { start: at, end: at }, settings, true)
}

fn only_edit(action: &CodeAction) -> (String, Position, String) {
    let changes: Vec<_> = action.edit.as_ref().unwrap().changes.iter().flatten().collect();
    let [(uri, edits)] = changes[..] else { panic!("{changes:?}") };
    assert_eq!((edits.len(), edits[0].range.start), (1, edits[0].range.end));
    (uri.as_str().rsplit('/').next().unwrap().to_string(), edits[0].range.start, edits[0].new_text.clone())
}

#[test]
fn a_finding_can_be_let_stand_and_its_rule_switched_off() {
    let all = actions(Some("series: X\n"));
    let titles: Vec<&str> = all.iter().map(|action| action.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Let it stand here: changed-appearance, until a quote of it changes",
            "Let it stand here, with a mark in the text: <!-- stet: changed-appearance -->",
            "Switch changed-appearance off for the whole book, in copydesk.yaml"
        ]
    );
    assert_eq!(all[0].command.as_ref().unwrap().arguments, Some(vec!["54043da98f".into()]));
    assert_eq!(only_edit(&all[1]), ("02.md".to_string(), Position::new(3, 29), " <!-- stet: changed-appearance -->".to_string()));
    let from_elsewhere = Position::new(2, 12);
    let of_other =
        view(Units::Utf16).actions(&SourcePath::new("b 1/01.md"), Range { start: from_elsewhere, end: from_elsewhere }, None, true);
    assert_eq!(of_other.len(), 1, "a mark speaks for the first passage, and there are no settings");
}

#[test]
fn a_mark_is_offered_only_in_prose_and_only_where_it_belongs() {
    let has_mark = |text: &str, words: &str, is_current: bool| {
        let mut view = view(Units::Utf16);
        view.texts.insert(SourcePath::new("b 1/02.md"), text.into());
        view.findings[0].evidence[0] = evidence("b 1/02.md", text, words, "");
        let at = view.range(&view.findings[0].evidence[0]).start;
        view.actions(&SourcePath::new("b 1/02.md"), Range { start: at, end: at }, None, is_current).len() == 2
    };
    assert!(has_mark(SECOND, "Mara’s brown eyes", true));
    assert!(!has_mark(SECOND, "Mara’s brown eyes", false), "the text is another one by now");
    assert!(!has_mark(SECOND, "1904-12-09", true), "above the prose");
    assert!(!has_mark(&format!("\u{feff}{SECOND}"), "1904-12-09", true));
    // Three hyphens that begin no front matter.
    for text in ["---Mara’s brown eyes.", "-Mara’s brown eyes."] {
        has_mark(text, text, true);
    }
}

#[test]
fn a_byte_order_mark_is_no_letter_and_one_within_a_line_is() {
    let mut view = view(Units::Utf16);
    let text = "\u{feff}Mara\u{feff}’s brown eyes.";
    view.texts.insert(SourcePath::new("b 1/02.md"), text.into());
    let range = view.range(&evidence("b 1/02.md", text, "brown", ""));
    assert_eq!((range.start.character, range.end.character), (8, 13));
    assert_eq!(Units::Utf16.offset("a\u{feff}bc", Position::new(0, 2)), 4);
}

#[test]
fn settings_are_changed_where_that_is_plain() {
    let off = |settings: &str| actions(Some(settings)).get(2).map(only_edit).map(|(_, place, text)| (place, text));
    let whole = "\nrules:\n  changed-appearance: off\n".to_string();
    assert_eq!(off("series: X\n"), Some((Position::new(1, 0), whole.clone())));
    assert_eq!(off("series: X"), Some((Position::new(0, 9), format!("\n{whole}"))));
    assert_eq!(off(""), Some((Position::new(0, 0), whole)));
    let line = "changed-appearance: off\n";
    assert_eq!(off("rules: # mine\n# one\n    echo: off\n"), Some((Position::new(1, 0), format!("    {line}"))));
    assert_eq!(off("rules:\nseries: X\n"), Some((Position::new(1, 0), format!("  {line}"))));
    for other in ["rules: { echo: off }\n", "rules:\n  changed-appearance: { confidence: 0.9 }\n", "rules:"] {
        assert_eq!(off(other), None, "{other}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_shown_in_it() {
    let problem = Problem::new(ProblemKind::Configuration, "the key is unknown").in_file(&SourcePath::new("copydesk.yaml"));
    let elsewhere = Problem::new(ProblemKind::Note, "no file").advice("none");
    let files = View { findings: Vec::new(), problems: vec![problem, elsewhere], ..view(Units::Utf16) }.diagnostics();
    assert_eq!(files.len(), 1);
    assert_eq!(files[&SourcePath::new("copydesk.yaml")][0].message, "the key is unknown");
}
