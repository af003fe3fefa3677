//! Files of LibreOffice and its kin (OpenDocument 1.3): the paragraphs of `content.xml`, and how chapters are numbered by `styles.xml`.

use super::numbering::{self, Counter, Format, LEVELS, Level};
use super::package::{Package, attribute, child, text_of, with_tree};
use super::{Document, LINE_SEPARATOR, MAX_DEPTH, Paragraph, push_shown};
use roxmltree::Node;
use std::collections::BTreeSet;

/// More spaces in a row mean nothing more.
const MAX_SPACES: usize = 100;

/// Elements whose text is none of the story's, or was taken out of it.
const LEFT_OUT: &[&str] = &[
    "tracked-changes",
    "table",
    "note",
    "annotation",
    "annotation-end",
    "frame",
    "table-of-content",
    "illustration-index",
    "sequence-decls",
    "forms",
];

/// What letters of some styles are.
#[derive(Default)]
struct Styles {
    bold: BTreeSet<String>,
    struck: BTreeSet<String>,
    /// Those of titles of the whole: `Title`, and what a file derives from it for a paragraph.
    titles: BTreeSet<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Document, String> {
    let mut package = Package::open(bytes)?;
    let text = package.needed("content.xml")?;
    let numbers = package.tree("styles.xml", numbers)?.unwrap_or_default();
    let paragraphs = with_tree("content.xml", &text, |root| {
        let styles = styles(root);
        let mut blocks = Blocks { styles: &styles, numbers: &numbers, counter: Counter::default(), done: Vec::new() };
        if let Some(text) = child(root, "body").and_then(|body| child(body, "text")) {
            blocks.of(text, 0);
        }
        blocks.done
    })?;
    let title = package.tree("meta.xml", |root| text_of(child(root, "meta")?, "title"))?.flatten();
    Ok(Document { title, paragraphs })
}

fn styles(root: Node<'_, '_>) -> Styles {
    let mut styles = Styles { titles: BTreeSet::from(["Title".to_string()]), ..Styles::default() };
    let all = child(root, "automatic-styles").into_iter().flat_map(|all| all.children()).filter(|node| node.tag_name().name() == "style");
    for style in all {
        let Some(name) = attribute(style, "name") else { continue };
        if attribute(style, "parent-style-name") == Some("Title") {
            styles.titles.insert(name.to_string());
        }
        let Some(properties) = child(style, "text-properties") else { continue };
        if attribute(properties, "font-weight")
            .is_some_and(|weight| weight == "bold" || weight.parse().is_ok_and(|weight: u32| weight >= 600))
        {
            styles.bold.insert(name.to_string());
        }
        if attribute(properties, "text-line-through-style").is_some_and(|line| line != "none") {
            styles.struck.insert(name.to_string());
        }
    }
    styles
}

/// How the numbers of headings look, by their level.
fn numbers(root: Node<'_, '_>) -> [Level; LEVELS] {
    let mut levels: [Level; LEVELS] = Default::default();
    let outline = child(root, "styles").and_then(|styles| child(styles, "outline-style"));
    for node in outline.into_iter().flat_map(|outline| outline.children()) {
        let number = |name: &str| attribute(node, name).and_then(|number| number.parse::<usize>().ok());
        let Some(level) = number("level").filter(|level| (1..=LEVELS).contains(level)) else { continue };
        let format = Format::of_sample(attribute(node, "num-format").unwrap_or_default());
        let part = |name: &str| attribute(node, name).unwrap_or_default();
        let first = level.saturating_sub(number("display-levels").unwrap_or(1).max(1)) + 1;
        let shown: Vec<String> = (first..=level).map(|level| format!("%{level}")).collect();
        let shown = if format == Format::Hidden { String::new() } else { shown.join(".") };
        let start = number("start-value").and_then(|start| u32::try_from(start).ok()).unwrap_or(1);
        levels[level - 1] = Level { template: format!("{}{shown}{}", part("num-prefix"), part("num-suffix")), format, start };
    }
    levels
}

/// The paragraphs as they are met.
struct Blocks<'s> {
    styles: &'s Styles,
    numbers: &'s [Level; LEVELS],
    counter: Counter,
    done: Vec<Paragraph>,
}

impl Blocks<'_> {
    fn of(&mut self, node: Node<'_, '_>, depth: usize) {
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "h" | "p" => self.add(child),
                name if LEFT_OUT.contains(&name) || depth >= MAX_DEPTH => {}
                _ => self.of(child, depth + 1),
            }
        }
    }

    fn add(&mut self, node: Node<'_, '_>) {
        let style = attribute(node, "style-name").unwrap_or_default();
        let mut words = Words { styles: self.styles, text: String::new(), is_bold: true };
        words.of(node, self.styles.bold.contains(style), 0);
        let is_bold = words.is_bold && !words.text.trim().is_empty();
        let (mut text, mut level) = (words.text, None);
        if node.tag_name().name() == "h" {
            let outline = attribute(node, "outline-level").and_then(|level| level.parse::<u8>().ok()).unwrap_or(1).max(1);
            level = Some(outline.min(6));
            if attribute(node, "is-list-header") != Some("true") {
                text = numbering::numbered(&self.counter.next(self.numbers, usize::from(outline) - 1), &text);
            }
        } else if self.styles.titles.contains(style) {
            level = Some(0);
        }
        self.done.push(Paragraph { text, level, is_bold, given: None });
    }
}

/// The text of a paragraph as its parts are met.
struct Words<'s> {
    styles: &'s Styles,
    text: String,
    is_bold: bool,
}

impl Words<'_> {
    fn of(&mut self, node: Node<'_, '_>, is_bold: bool, depth: usize) {
        for child in node.children() {
            if child.is_text() {
                self.push(child.text().unwrap_or_default(), is_bold);
                continue;
            }
            let style = attribute(child, "style-name").unwrap_or_default();
            match child.tag_name().name() {
                "s" => {
                    let count = attribute(child, "c").and_then(|count| count.parse().ok()).unwrap_or(1).min(MAX_SPACES);
                    self.text.extend(std::iter::repeat_n(' ', count));
                }
                "tab" => self.text.push('\t'),
                "line-break" => self.text.push(LINE_SEPARATOR),
                name if LEFT_OUT.contains(&name) || depth >= MAX_DEPTH || self.styles.struck.contains(style) => {}
                _ => self.of(child, is_bold || self.styles.bold.contains(style), depth + 1),
            }
        }
    }

    fn push(&mut self, text: &str, is_bold: bool) {
        push_shown(&mut self.text, text, &[' ']);
        self.is_bold &= is_bold || text.trim().is_empty();
    }
}
