//! Projects of novelWriter (`nwProject.nwx`, file versions 1.3 to 1.6, <https://docs.novelwriter.io/>): the order of the tree, and the text of each
//! document, which lies in a file of its own.

use super::package::{attribute, child, text_of, with_tree};
use super::{Document, Given, LINE_SEPARATOR, Paragraph, RULE, TextOf, Words};
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
    /// Whether its text is a part of the manuscript.
    is_document: bool,
    name: String,
}

/// Reads a project. Gives the documents that could not be read too, each with the reason; the others are read.
///
/// # Errors
/// The project file is damaged, or has no novel.
pub(super) fn read(project: &str, text_of_document: TextOf<'_>) -> Result<(Document, Vec<String>), String> {
    let (title, items) = with_tree("nwProject.nwx", project, |root| (title(root), items(root)))?;
    let mut reader = Reader::new(title);
    let mut unread = Vec::new();
    for item in in_order(&items) {
        match text_of_document(&item.handle) {
            Ok(Some(Words::Plain(text))) => reader.document(&text),
            Ok(None | Some(Words::Rich(_))) => {}
            Err(why) => unread.push(format!("“{}”: {why}", item.name)),
        }
    }
    Ok((reader.into_document(), unread))
}

fn title(root: Node<'_, '_>) -> Option<String> {
    let project = child(root, "project")?;
    text_of(project, "title").or_else(|| text_of(project, "name"))
}

/// The items of the novels, by the handle of the item above.
fn items(root: Node<'_, '_>) -> BTreeMap<String, Vec<Item>> {
    let mut below: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for node in child(root, "content").into_iter().flat_map(|content| content.children()).filter(Node::is_element) {
        let of = |name: &str| attribute(node, name).unwrap_or_default();
        if of("class") != "NOVEL" {
            continue;
        }
        // `exported` is what versions before 2.0 called it.
        let name = child(node, "name");
        let is_active = name.and_then(|name| attribute(name, "active").or_else(|| attribute(name, "exported")));
        below.entry(of("parent").to_string()).or_default().push(Item {
            handle: of("handle").to_string(),
            order: of("order").parse().unwrap_or(0),
            is_document: of("type") == "FILE" && of("layout") != "NOTE" && !is_active.is_some_and(|word| matches!(word, "no" | "False")),
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

    /// Reads the text of a document. What precedes it is its own description: lines that begin with `%%~`, or a block between `+++`.
    fn document(&mut self, text: &str) {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let header = text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++"));
        let body = header.map_or(text.as_str(), |(_, body)| body);
        let mut paragraph: Vec<&str> = Vec::new();
        for line in body.lines().map(str::trim).chain([""]) {
            let is_aside = line.starts_with(['%', '@'])
                || line.starts_with("[newpage")
                || line.starts_with("[vspace")
                || line.starts_with("[new page");
            if line.is_empty() || is_heading(line) || is_aside {
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
            MARKS.as_ref().map_or_else(|| line.clone(), |marks| marks.replace_all(&line, "").into_owned())
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

    fn into_document(self) -> Document {
        self.document
    }
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
            other => panic!("{other} is asked for"),
        };
        let mut text_of = |handle: &str| text_of(handle).map(|text: Option<&str>| text.map(|text| Words::Plain(text.to_string())));
        let (document, unread) = read(PROJECT, &mut text_of).unwrap();
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
        let (document, unread) = read(PROJECT, &mut |handle| {
            if handle == "d1" { Err("it is gone".to_string()) } else { Ok(Some(Words::Plain("Rain.".to_string()))) }
        })
        .unwrap();
        assert_eq!((shown(document).len(), unread), (2, vec!["“Chapter”: it is gone".to_string()]));
        // Two items that are each above the other.
        let circle = PROJECT.replace("handle=\"n1\" parent=\"None\"", "handle=\"n1\" parent=\"f1\"");
        assert!(shown(read(&circle, &mut |_| Ok(Some(Words::Plain("Rain.".to_string())))).unwrap().0).is_empty());
    }
}
