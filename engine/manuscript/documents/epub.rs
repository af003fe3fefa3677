//! Books in print (EPUB 2 and 3): the pages of the spine, in its order.

use super::package::{Package, attribute, child, text_of, with_tree};
use super::{Document, LINE_SEPARATOR, MAX_DEPTH, Paragraph, RULE, push_shown};
use percent_encoding::percent_decode_str;
use roxmltree::Node;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// More than these has no book.
const MAX_PARAGRAPHS: usize = 1_000_000;

/// Elements whose text is none of the story's.
const LEFT_OUT: &[&str] = &["script", "style", "head", "nav", "table", "svg", "img", "del", "s", "strike", "template", "audio", "video"];

/// Elements that begin a paragraph of their own.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "section",
    "article",
    "blockquote",
    "li",
    "dd",
    "dt",
    "figcaption",
    "header",
    "footer",
    "body",
    "main",
    "center",
    "pre",
    "ul",
    "ol",
    "dl",
];

pub(super) fn read(bytes: &[u8]) -> Result<Document, String> {
    let mut package = Package::open(bytes)?;
    let container = package.needed("META-INF/container.xml")?;
    let opf = with_tree("META-INF/container.xml", &container, |root| {
        root.descendants()
            .find(|node| node.tag_name().name() == "rootfile")
            .and_then(|file| attribute(file, "full-path").map(str::to_string))
    })?;
    let opf = opf.ok_or_else(|| "it does not say where its contents are".to_string())?;
    let text = package.needed(&opf)?;
    let (title, pages) = with_tree(&opf, &text, contents)?;
    let folder = opf.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut paragraphs = Vec::new();
    let mut done = BTreeSet::new();
    for page in pages {
        let name = place(folder, &page);
        // A page is read once, however often it is named.
        if !done.insert(name.clone()) {
            continue;
        }
        // A page that is listed and not there is a picture elsewhere, or a fault that the book lives with.
        let Some(text) = package.text(&name)? else { continue };
        let of_page = with_tree(&name, &text, |root| {
            let mut page = Page::default();
            if let Some(body) = child(root, "body") {
                page.block(body, 0);
            }
            page.end(None);
            page.paragraphs
        })?;
        paragraphs.extend(of_page);
        if paragraphs.len() > MAX_PARAGRAPHS {
            return Err("it has more paragraphs than any book".to_string());
        }
    }
    Ok(Document { title, paragraphs })
}

/// The book's title, and the pages in reading order.
fn contents(root: Node<'_, '_>) -> (Option<String>, Vec<String>) {
    let title = child(root, "metadata").and_then(|metadata| text_of(metadata, "title"));
    let items = child(root, "manifest").into_iter().flat_map(|manifest| manifest.children()).filter(Node::is_element);
    let is_text = |item: &Node<'_, '_>| attribute(*item, "media-type").is_none_or(|kind| kind.contains("html"));
    let is_contents = |item: &Node<'_, '_>| attribute(*item, "properties").is_some_and(|kinds| kinds.split(' ').any(|kind| kind == "nav"));
    let pages: BTreeMap<&str, &str> = items
        .filter(|item| is_text(item) && !is_contents(item))
        .filter_map(|item| Some((attribute(item, "id")?, attribute(item, "href")?)))
        .collect();
    let spine = child(root, "spine").into_iter().flat_map(|spine| spine.children()).filter(Node::is_element);
    let read = spine.filter(|item| attribute(*item, "linear") != Some("no")).filter_map(|item| pages.get(attribute(item, "idref")?));
    (title, read.map(ToString::to_string).collect())
}

/// A page's name in the archive.
fn place(folder: &str, page: &str) -> String {
    let page = page.split('#').next().unwrap_or(page);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in page.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    let name = parts.join("/");
    percent_decode_str(&name).decode_utf8().map_or_else(|_| name.clone(), Cow::into_owned)
}

/// The paragraphs of a page as they are met.
#[derive(Default)]
struct Page {
    paragraphs: Vec<Paragraph>,
    text: String,
}

impl Page {
    fn block(&mut self, node: Node<'_, '_>, depth: usize) {
        for child in node.children() {
            if child.is_text() {
                push_shown(&mut self.text, child.text().unwrap_or_default(), &[' ', LINE_SEPARATOR]);
                continue;
            }
            let is_note = attribute(child, "type").is_some_and(|kind| kind.contains("note") || kind == "pagebreak");
            match child.tag_name().name() {
                "br" => self.text.push(LINE_SEPARATOR),
                "hr" => {
                    self.end(None);
                    self.text.push_str(RULE);
                    self.end(None);
                }
                heading @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") if depth < MAX_DEPTH => {
                    self.end(None);
                    self.block(child, depth + 1);
                    self.end(heading[1..].parse().ok());
                }
                name if LEFT_OUT.contains(&name) || is_note || depth >= MAX_DEPTH => {}
                name if BLOCKS.contains(&name) => {
                    self.end(None);
                    self.block(child, depth + 1);
                    self.end(None);
                }
                _ => self.block(child, depth + 1),
            }
        }
    }

    fn end(&mut self, level: Option<u8>) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == LINE_SEPARATOR);
        if !text.is_empty() {
            // A heading in two lines is one title.
            let text = if level.is_some() { text.replace(LINE_SEPARATOR, " ") } else { text.to_string() };
            self.paragraphs.push(Paragraph { text, level, ..Paragraph::default() });
        }
    }
}
