//! Files of LibreOffice and its kin (OpenDocument 1.3): the paragraphs of `content.xml`.

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
}

pub(super) fn read(bytes: &[u8]) -> Result<Document, String> {
    let mut package = Package::open(bytes)?;
    let text = package.needed("content.xml")?;
    let paragraphs = with_tree("content.xml", &text, |root| {
        let mut paragraphs = Vec::new();
        let styles = styles(root);
        if let Some(text) = child(root, "body").and_then(|body| child(body, "text")) {
            blocks(text, &styles, 0, &mut paragraphs);
        }
        paragraphs
    })?;
    let title = package.tree("meta.xml", |root| text_of(child(root, "meta")?, "title"))?.flatten();
    Ok(Document { title, paragraphs })
}

fn styles(root: Node<'_, '_>) -> Styles {
    let mut styles = Styles::default();
    let all = child(root, "automatic-styles").into_iter().flat_map(|all| all.children()).filter(|node| node.tag_name().name() == "style");
    for style in all {
        let (Some(name), Some(properties)) = (attribute(style, "name"), child(style, "text-properties")) else { continue };
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

fn blocks(node: Node<'_, '_>, styles: &Styles, depth: usize, paragraphs: &mut Vec<Paragraph>) {
    for child in node.children().filter(Node::is_element) {
        match child.tag_name().name() {
            name @ ("h" | "p") => {
                let style = attribute(child, "style-name").unwrap_or_default();
                let level = match (name, style) {
                    ("h", _) => Some(attribute(child, "outline-level").and_then(|level| level.parse().ok()).unwrap_or(1).clamp(1, 6)),
                    (_, "Title") => Some(0),
                    _ => None,
                };
                let mut words = Words { styles, text: String::new(), is_bold: true };
                words.of(child, styles.bold.contains(style), 0);
                let is_bold = words.is_bold && !words.text.trim().is_empty();
                paragraphs.push(Paragraph { text: words.text, level, is_bold, given: None });
            }
            name if LEFT_OUT.contains(&name) || depth >= MAX_DEPTH => {}
            _ => blocks(child, styles, depth + 1, paragraphs),
        }
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
