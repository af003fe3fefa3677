//! Word's files (Office Open XML, ECMA-376): the paragraphs of `word/document.xml`, and from `word/styles.xml` which styles are headings.

use super::package::{Package, attribute, child, text_of, with_tree};
use super::{Document, LINE_SEPARATOR, MAX_DEPTH, Paragraph};
use roxmltree::Node;
use std::collections::BTreeMap;

/// How far a style is followed to those it rests on.
const MAX_STYLE_DEPTH: usize = 12;

/// Elements whose text is none of the story's, or was taken out of it.
const LEFT_OUT: &[&str] = &[
    "del",
    "moveFrom",
    "delText",
    "instrText",
    "tbl",
    "drawing",
    "pict",
    "object",
    "AlternateContent",
    "footnoteReference",
    "endnoteReference",
    "commentReference",
    "rPr",
    "pPr",
    "sectPr",
];

/// A style: the level of its heading and what it rests on.
#[derive(Default)]
struct Style {
    level: Option<u8>,
    based_on: Option<String>,
    is_bold: bool,
}

pub(super) fn read(bytes: &[u8]) -> Result<Document, String> {
    let mut package = Package::open(bytes)?;
    let styles = package.tree("word/styles.xml", styles)?.unwrap_or_default();
    let text = package.needed("word/document.xml")?;
    let paragraphs = with_tree("word/document.xml", &text, |root| {
        let mut all = Paragraphs { styles: &styles, done: Vec::new(), goes_on: None };
        if let Some(body) = child(root, "body") {
            all.of_block(body, 0);
        }
        all.done.extend(all.goes_on);
        all.done
    })?;
    let title = package.tree("docProps/core.xml", |root| text_of(root, "title"))?.flatten();
    Ok(Document { title, paragraphs })
}

/// The styles by their ids. What a heading is called is the same in every language of Word: `heading 1`.
fn styles(root: Node<'_, '_>) -> BTreeMap<String, Style> {
    let mut all = BTreeMap::new();
    for style in root.children().filter(|node| node.tag_name().name() == "style") {
        let Some(id) = attribute(style, "styleId") else { continue };
        let name = child(style, "name").and_then(|name| attribute(name, "val")).unwrap_or_default().to_lowercase();
        let outline = child(style, "pPr").and_then(|properties| child(properties, "outlineLvl")).and_then(|level| attribute(level, "val"));
        let of_outline = outline.and_then(|level| level.parse::<u8>().ok()).filter(|level| *level < 6).map(|level| level + 1);
        let of_name = name.strip_prefix("heading ").and_then(|level| level.parse::<u8>().ok()).filter(|level| (1..=6).contains(level));
        let level = if name == "title" { Some(0) } else { of_name.or(of_outline) };
        let based_on = child(style, "basedOn").and_then(|base| attribute(base, "val")).map(str::to_string);
        let is_bold = child(style, "rPr").is_some_and(|properties| is_on(properties, "b"));
        all.insert(id.to_string(), Style { level, based_on, is_bold });
    }
    all
}

/// Whether a property is switched on.
fn is_on(properties: Node<'_, '_>, name: &str) -> bool {
    child(properties, name).is_some_and(|property| !matches!(attribute(property, "val"), Some("0" | "false" | "off" | "none")))
}

/// Whether a box is the table of contents that Word made.
fn is_contents(node: Node<'_, '_>) -> bool {
    let gallery =
        child(node, "sdtPr").and_then(|properties| child(properties, "docPartObj")).and_then(|part| child(part, "docPartGallery"));
    gallery.and_then(|gallery| attribute(gallery, "val")).is_some_and(|name| name == "Table of Contents")
}

/// The paragraphs as they are met.
struct Paragraphs<'s> {
    styles: &'s BTreeMap<String, Style>,
    done: Vec<Paragraph>,
    /// One whose end was taken out, so that the next goes on with it.
    goes_on: Option<Paragraph>,
}

impl Paragraphs<'_> {
    fn of_block(&mut self, block: Node<'_, '_>, depth: usize) {
        for node in block.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "p" => self.add(node),
                "sdt" if is_contents(node) => {}
                name if LEFT_OUT.contains(&name) || depth >= MAX_DEPTH => {}
                _ => self.of_block(node, depth + 1),
            }
        }
    }

    fn add(&mut self, node: Node<'_, '_>) {
        let properties = child(node, "pPr");
        let style = properties.and_then(|properties| child(properties, "pStyle")).and_then(|style| attribute(style, "val"));
        let (level, is_bold_style) = self.of_style(style);
        let own_level =
            properties.and_then(|properties| child(properties, "outlineLvl")).and_then(|level| attribute(level, "val")?.parse::<u8>().ok());
        let mut run = Runs { text: String::new(), is_bold: true, is_bold_style };
        run.of(node, 0);
        let is_bold = run.is_bold && !run.text.trim().is_empty();
        let level = level.or(own_level.filter(|level| *level < 6).map(|level| level + 1));
        let mut paragraph = Paragraph { text: run.text, level, is_bold, given: None };
        if let Some(before) = self.goes_on.take() {
            paragraph = Paragraph {
                text: format!("{}{}", before.text, paragraph.text),
                level: before.level.or(paragraph.level),
                is_bold: before.is_bold && paragraph.is_bold,
                given: None,
            };
        }
        let is_end_gone = properties.and_then(|properties| child(properties, "rPr")).is_some_and(|marks| child(marks, "del").is_some());
        if is_end_gone {
            self.goes_on = Some(paragraph);
        } else {
            self.done.push(paragraph);
        }
    }

    /// The level of a style's heading, and whether its letters are bold.
    fn of_style(&self, id: Option<&str>) -> (Option<u8>, bool) {
        let (mut level, mut is_bold) = (None, false);
        let mut next = id.and_then(|id| self.styles.get(id));
        for _ in 0..MAX_STYLE_DEPTH {
            let Some(style) = next else { break };
            level = level.or(style.level);
            is_bold |= style.is_bold;
            next = style.based_on.as_ref().and_then(|id| self.styles.get(id));
        }
        (level, is_bold)
    }
}

/// The text of a paragraph as its runs are met.
struct Runs {
    text: String,
    /// Whether all letters so far are bold.
    is_bold: bool,
    is_bold_style: bool,
}

impl Runs {
    fn of(&mut self, node: Node<'_, '_>, depth: usize) {
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "r" => self.run(child, depth),
                name if LEFT_OUT.contains(&name) || depth >= MAX_DEPTH => {}
                _ => self.of(child, depth + 1),
            }
        }
    }

    fn run(&mut self, run: Node<'_, '_>, depth: usize) {
        let properties = child(run, "rPr");
        let has = |name: &str| properties.is_some_and(|properties| is_on(properties, name));
        if has("strike") || has("dstrike") || has("vanish") {
            return;
        }
        let before = self.text.len();
        for node in run.children().filter(Node::is_element) {
            match node.tag_name().name() {
                "t" => self.text.push_str(node.text().unwrap_or_default()),
                "tab" => self.text.push('\t'),
                "br" if attribute(node, "type").is_some_and(|kind| kind != "textWrapping") => self.text.push(' '),
                "noBreakHyphen" => self.text.push('‑'),
                "br" | "cr" => self.text.push(LINE_SEPARATOR),
                name if LEFT_OUT.contains(&name) || depth >= MAX_DEPTH => {}
                _ => self.of(node, depth + 1),
            }
        }
        let is_plain = properties.and_then(|properties| child(properties, "b")).map_or(!self.is_bold_style, |_| !has("b"));
        self.is_bold &= !is_plain || self.text[before..].trim().is_empty();
    }
}
