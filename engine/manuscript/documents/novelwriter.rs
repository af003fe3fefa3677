//! Projects of novelWriter (`nwProject.nwx`, file versions 1.3 to 1.6, <https://docs.novelwriter.io/>): the order of the tree, and the text of each
//! document, which lies in a file of its own.

use super::package::{attribute, child, text_of, with_tree};
use super::sheet::Sheet;
use super::{Document, Given, LINE_SEPARATOR, Paragraph, Parts, RULE, TextOf, Wanted, Words};
use regex::Regex;
use roxmltree::Node;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What marks letters or stands beside the story within a line: emphasis, shortcodes, struck-out words, notes.
static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let taken_out = r"~~[^~\n]+~~|\[s\].*?\[/s\]|\[footnote:[^\]\n]*\]|\[field:[^\]\n]*\]";
    let marks = r"\[/?(?:b|i|u|m|sup|sub)\]|\*\*|\*|\b_|_\b";
    Regex::new(&format!("(?:{taken_out}|{marks})")).ok()
});

/// An item of the tree.
struct Item {
    handle: String,
    order: i64,
    /// Whether its text is read.
    is_document: bool,
    /// What its text is a sheet on; empty for the manuscript.
    kind: &'static str,
    name: String,
}

/// Reads a project: the novels, and the notes on characters, places, objects and groups.
///
/// # Errors
/// The project file is damaged, or has no novel.
pub(super) fn read(project: &str, text_of_document: TextOf<'_>) -> Result<Parts, String> {
    let (title, items) = with_tree("nwProject.nwx", project, |root| (title(root), items(root)))?;
    let mut reader = Reader::new(title);
    let mut parts = Parts::default();
    for item in in_order(&items) {
        match text_of_document(Wanted::Words(&item.handle)) {
            Ok(Some(Words::Plain(text))) if item.kind.is_empty() => reader.document(&text),
            Ok(Some(Words::Plain(text))) => parts.sheets.push(sheet(item, &text)),
            Ok(None | Some(Words::Rich(_))) => {}
            Err(why) => parts.unread.push(format!("“{}”: {why}", item.name)),
        }
    }
    Ok(Parts { document: reader.document, ..parts })
}

/// A note as a sheet: its first heading is the name, its tags are other names.
fn sheet(item: &Item, text: &str) -> Sheet {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut sheet = Sheet { kind: item.kind, ..Sheet::default() };
    for line in body(&text).lines().map(str::trim) {
        if let Some(tags) = line.strip_prefix("@tag:") {
            sheet.aliases.extend(tags.split('|').map(|tag| tag.trim().to_string()).filter(|tag| !tag.is_empty()));
        } else if is_heading(line) {
            let words = line.trim_start_matches(['#', '!']).trim();
            if sheet.name.is_empty() { sheet.name = words.to_string() } else { sheet.lines.push(words.to_string()) }
        } else if !is_aside(line) {
            sheet.lines.push(line.to_string());
        }
    }
    let name = if sheet.name.is_empty() { item.name.clone() } else { sheet.name };
    Sheet { name, ..sheet }
}

/// A document without its own description: lines that begin with `%%~`, or a block between `+++`.
fn body(text: &str) -> &str {
    text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++")).map_or(text, |(_, body)| body)
}

/// Whether a line stands beside the text: a comment, a tag, a command.
fn is_aside(line: &str) -> bool {
    line.starts_with(['%', '@']) || ["[newpage", "[new page", "[vspace"].iter().any(|command| line.starts_with(command))
}

fn title(root: Node<'_, '_>) -> Option<String> {
    let project = child(root, "project")?;
    text_of(project, "title").or_else(|| text_of(project, "name"))
}

/// What a note of a class is on; empty for the manuscript, nothing for what is not read.
fn kind_of_class(class: &str) -> Option<&'static str> {
    match class {
        "NOVEL" => Some(""),
        "CHARACTER" => Some("character"),
        "WORLD" => Some("place"),
        "OBJECT" => Some("object"),
        "ENTITY" => Some("group"),
        _ => None,
    }
}

/// The items of novels and notes, by the handle of the item above.
fn items(root: Node<'_, '_>) -> BTreeMap<String, Vec<Item>> {
    let mut below: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for node in child(root, "content").into_iter().flat_map(|content| content.children()).filter(Node::is_element) {
        let of = |name: &str| attribute(node, name).unwrap_or_default();
        let Some(kind) = kind_of_class(of("class")) else { continue };
        // `exported` is what versions before 2.0 called it.
        let name = child(node, "name");
        let is_active = name.and_then(|name| attribute(name, "active").or_else(|| attribute(name, "exported")));
        below.entry(of("parent").to_string()).or_default().push(Item {
            handle: of("handle").to_string(),
            order: of("order").parse().unwrap_or(0),
            kind,
            is_document: of("type") == "FILE"
                && (of("layout") == "NOTE") != kind.is_empty()
                && !is_active.is_some_and(|word| matches!(word, "no" | "False")),
            name: name.and_then(|name| name.text()).unwrap_or_default().to_string(),
        });
    }
    below.values_mut().for_each(|items| items.sort_by_key(|item| item.order));
    below
}

/// The documents as the tree has them, from the top down; none twice, whatever the file says of who is above whom.
fn in_order(below: &BTreeMap<String, Vec<Item>>) -> Vec<&Item> {
    let (mut waiting, mut seen, mut order) = (Vec::new(), BTreeSet::new(), Vec::new());
    let push = |handle: &str, waiting: &mut Vec<_>| waiting.extend(below.get(handle).into_iter().flatten().rev());
    push("None", &mut waiting);
    while let Some(item) = waiting.pop() {
        if seen.insert(item.handle.as_str()) {
            order.extend(item.is_document.then_some(item));
            push(&item.handle, &mut waiting);
        }
    }
    order
}

/// The manuscript as its documents are met.
struct Reader {
    document: Document,
    /// Whether a scene has ended, and its mark is still to come.
    is_between_scenes: bool,
    has_prose: bool,
}

impl Reader {
    fn new(title: Option<String>) -> Reader {
        Reader { document: Document { title, paragraphs: Vec::new() }, is_between_scenes: false, has_prose: false }
    }

    /// Reads the text of a document.
    fn document(&mut self, text: &str) {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let mut paragraph: Vec<&str> = Vec::new();
        for line in body(&text).lines().map(str::trim).chain([""]) {
            if line.is_empty() || is_heading(line) || is_aside(line) {
                self.prose(&std::mem::take(&mut paragraph));
                self.heading(line);
            } else {
                paragraph.push(line);
            }
        }
    }

    fn heading(&mut self, line: &str) {
        if !is_heading(line) {
            return;
        }
        let level = line.len() - line.trim_start_matches('#').len();
        let words = line[level..].trim_start_matches('!').trim();
        match (level, line[level..].starts_with('!')) {
            // The title page.
            (1, true) => self.document.title = Some(words.to_string()).filter(|words| !words.is_empty()).or(self.document.title.take()),
            (1, false) => self.given(words, Given::Part),
            (2, _) => self.given(words, Given::Chapter),
            // Names of scenes and sections are the author's own, and not printed.
            _ => self.is_between_scenes = self.has_prose,
        }
    }

    fn given(&mut self, words: &str, given: Given) {
        (self.is_between_scenes, self.has_prose) = (false, false);
        self.document.paragraphs.push(Paragraph { text: words.to_string(), given: Some(given), ..Paragraph::default() });
    }

    fn prose(&mut self, lines: &[&str]) {
        let bare = |line: &&str| {
            let line = line.trim_start_matches(['>', ' ']).trim_end_matches(['<', ' ']).replace("[br]", &LINE_SEPARATOR.to_string());
            without_marks(&line)
        };
        let text = lines.iter().map(bare).collect::<Vec<_>>().join(&LINE_SEPARATOR.to_string());
        if text.trim().is_empty() {
            return;
        }
        if std::mem::take(&mut self.is_between_scenes) {
            self.document.paragraphs.push(Paragraph { text: RULE.to_string(), ..Paragraph::default() });
        }
        self.has_prose = true;
        self.document.paragraphs.push(Paragraph { text, ..Paragraph::default() });
    }
}

/// A line without what marks its letters, and without what is struck out.
pub(super) fn without_marks(line: &str) -> String {
    MARKS.as_ref().map_or_else(|| line.to_string(), |marks| marks.replace_all(line, "").into_owned())
}

/// Whether a line is a heading: one to four marks, and a space or an exclamation mark behind them.
fn is_heading(line: &str) -> bool {
    let level = line.len() - line.trim_start_matches('#').len();
    (1..=4).contains(&level) && line[level..].trim_start_matches('!').starts_with([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: &str = r#"<?xml version='1.0' encoding='utf-8'?>
<novelWriterXML appVersion="2.6" fileVersion="1.5"><project><name>Salt</name></project><content items="9">
<item handle="n1" parent="None" root="n1" order="1" type="ROOT" class="NOVEL"><name>Novel</name></item>
<item handle="c1" parent="None" root="c1" order="0" type="ROOT" class="CHARACTER"><name>Characters</name></item>
<item handle="m1" parent="c1" root="c1" order="0" type="FILE" class="CHARACTER" layout="NOTE"><name active="yes">Mara</name></item>
<item handle="d2" parent="f1" root="n1" order="1" type="FILE" class="NOVEL" layout="DOCUMENT"><name active="yes">Scene</name></item>
<item handle="f1" parent="n1" root="n1" order="1" type="FOLDER" class="NOVEL"><name>Chapter</name></item>
<item handle="d0" parent="n1" root="n1" order="0" type="FILE" class="NOVEL" layout="DOCUMENT"><name active="yes">Title</name></item>
<item handle="d1" parent="f1" root="n1" order="0" type="FILE" class="NOVEL" layout="DOCUMENT"><name active="yes">Chapter</name></item>
<item handle="d3" parent="f1" root="n1" order="2" type="FILE" class="NOVEL" layout="DOCUMENT"><name active="no">Cut</name></item>
<item handle="d4" parent="n1" root="n1" order="2" type="FILE" class="NOVEL" layout="NOTE"><name active="yes">Idea</name></item>
</content></novelWriterXML>"#;

    fn shown(document: Document) -> Vec<String> {
        let shown = |paragraph: Paragraph| paragraph.given.map_or(paragraph.text.clone(), |given| format!("{given:?} {}", paragraph.text));
        document.paragraphs.into_iter().map(shown).collect()
    }

    #[test]
    fn the_tree_is_the_order_and_headings_are_what_they_are_there() {
        let text_of = |handle: &str| match handle {
            "d0" => Ok(Some("%%~name: Title\n#! Salt and Ice\n\n>> By nobody <<\n\n# Part One\n")),
            "d1" => Ok(Some(
                "+++\nname = \"Chapter\"\n+++\n## The Key\n\n@pov: Mara\n% A remark\n\n### Low tide\n\nIt _rained_.\nAnd **how**.\n\n#1 on the list.\n",
            )),
            "d2" => Ok(Some("### The ferry\n%Synopsis: late\n\n~~Never.~~ It came[footnote:f1] [i]late[/i], at snake_case.\r\n\r\n“No!”")),
            "m1" => Ok(Some("%%~name: Mara\n# Mara Vance\n@tag: Mara | Miss Vance\n% mine\n\n## Looks\n\nEyes: green\n")),
            other => panic!("{other} is asked for"),
        };
        let mut text_of = |wanted: Wanted<'_>| match wanted {
            Wanted::Synopsis(_) => Ok(None),
            Wanted::Words(handle) => text_of(handle).map(|text: Option<&str>| text.map(|text| Words::Plain(text.to_string()))),
        };
        let Parts { document, unread, sheets } = read(PROJECT, &mut text_of).unwrap();
        let [sheet] = &sheets[..] else { panic!("{sheets:?}") };
        assert_eq!((sheet.name.as_str(), sheet.kind, sheet.aliases.join(", ").as_str()), ("Mara Vance", "character", "Mara, Miss Vance"));
        assert!(sheet.lines.contains(&"Eyes: green".to_string()) && !sheet.lines.contains(&"% mine".to_string()), "{sheet:?}");
        assert_eq!((document.title.as_deref(), unread.len()), (Some("Salt and Ice"), 0));
        let expected = [
            "By nobody",
            "Part Part One",
            "Chapter The Key",
            "It rained.\u{2028}And how.",
            "#1 on the list.",
            "***",
            " It came late, at snake_case.",
            "“No!”",
        ];
        assert_eq!(shown(document), expected);
    }

    #[test]
    fn damaged_projects_are_told_or_read_as_far_as_they_go() {
        assert!(read("<novelWriterXML>", &mut |_| Ok(None)).is_err());
        let Parts { document, unread, .. } = read(PROJECT, &mut |handle| {
            if matches!(handle, Wanted::Words("d1")) { Err("it is gone".to_string()) } else { Ok(Some(Words::Plain("Rain.".to_string()))) }
        })
        .unwrap();
        assert_eq!((shown(document).len(), unread), (2, vec!["“Chapter”: it is gone".to_string()]));
        // Two items that are each above the other.
        let circle = PROJECT.replace("handle=\"n1\" parent=\"None\"", "handle=\"n1\" parent=\"f1\"");
        assert!(shown(read(&circle, &mut |_| Ok(Some(Words::Plain("Rain.".to_string())))).unwrap().document).is_empty());
    }
}
