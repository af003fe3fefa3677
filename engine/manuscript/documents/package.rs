//! The files within a document, which is an archive.

use super::super::markdown;
use regex::{Captures, Regex};
use roxmltree::{Document, Node, ParsingOptions};
use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::sync::LazyLock;
use zip::ZipArchive;
use zip::result::ZipError;

/// A larger part is no text of a novel, but an archive made to fill a memory.
const MAX_PART_BYTES: u64 = 64 << 20;

/// Entities of HTML; XML knows five of them.
static ENTITY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("&[A-Za-z][A-Za-z0-9]*;").ok());

/// Any entity of HTML.
static ANY_ENTITY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);").ok());

/// An archive and what is in it.
pub(super) struct Package<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
}

impl<'b> Package<'b> {
    /// # Errors
    /// The bytes are no archive.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Package<'b>, String> {
        let archive = ZipArchive::new(Cursor::new(bytes));
        Ok(Package { archive: archive.map_err(|_| "it is damaged, or not what its name says".to_string())? })
    }

    /// The names of its parts, in the order in which they lie there.
    pub(super) fn names(&self) -> Vec<String> {
        self.archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect()
    }

    /// The text of a part; nothing where there is none of this name.
    ///
    /// # Errors
    /// It is damaged, locked, no UTF-8 or too large.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        let mut part = match self.archive.by_name(name) {
            Ok(part) => part,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => return Err("it is locked with a password".to_string()),
            Err(_) => return Err(format!("its part {name} is damaged")),
        };
        let mut bytes = Vec::new();
        part.by_ref().take(MAX_PART_BYTES + 1).read_to_end(&mut bytes).map_err(|_| format!("its part {name} is damaged"))?;
        if bytes.len() as u64 > MAX_PART_BYTES {
            return Err(format!("its part {name} has more than {} MB", MAX_PART_BYTES >> 20));
        }
        let text = String::from_utf8(bytes).map_err(|_| format!("its part {name} is no text in UTF-8"))?;
        Ok(Some(text.trim_start_matches('\u{feff}').to_string()))
    }

    /// What is made of a part's XML; nothing where there is no such part.
    ///
    /// # Errors
    /// As [`Package::text`] and [`with_tree`].
    pub(super) fn tree<T>(&mut self, name: &str, work: impl FnOnce(Node<'_, '_>) -> T) -> Result<Option<T>, String> {
        self.text(name)?.map(|text| with_tree(name, &text, work)).transpose()
    }

    /// The text of a part that must be there.
    ///
    /// # Errors
    /// As [`Package::text`], and when there is none.
    pub(super) fn needed(&mut self, name: &str) -> Result<String, String> {
        self.text(name)?.ok_or_else(|| format!("it has no part {name}"))
    }
}

/// Parses XML, with the entities of HTML that books use.
///
/// # Errors
/// It is no XML.
pub(super) fn with_tree<T>(name: &str, text: &str, work: impl FnOnce(Node<'_, '_>) -> T) -> Result<T, String> {
    let of_markup = |entity: &str| matches!(entity, "&amp;" | "&lt;" | "&gt;" | "&quot;" | "&apos;");
    let letter = |found: &Captures<'_>| {
        if text.contains("<!ENTITY") || of_markup(&found[0]) { found[0].to_string() } else { markdown::entity(&found[0]) }
    };
    let plain = ENTITY.as_ref().map_or(Cow::Borrowed(text), |pattern| pattern.replace_all(text, letter));
    let options = ParsingOptions { allow_dtd: true, nodes_limit: 4_000_000, ..ParsingOptions::default() };
    let tree = Document::parse_with_options(&plain, options).map_err(|_| format!("its part {name} is damaged"))?;
    Ok(work(tree.root_element()))
}

/// Text of HTML with the letters that its entities stand for.
pub(super) fn with_entities(text: &str) -> Cow<'_, str> {
    let letter = |found: &Captures<'_>| markdown::entity(&found[0]);
    ANY_ENTITY.as_ref().map_or(Cow::Borrowed(text), |pattern| pattern.replace_all(text, letter))
}

/// An attribute by its name, whatever its namespace is.
pub(super) fn attribute<'n>(node: Node<'n, '_>, name: &str) -> Option<&'n str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
}

/// The text of the first element below a node that has this name, if it is more than spaces.
pub(super) fn text_of(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name)?.text().map(|text| text.trim().to_string()).filter(|text| !text.is_empty())
}

/// The first element below a node that has this name.
pub(super) fn child<'n, 'i>(node: Node<'n, 'i>, name: &str) -> Option<Node<'n, 'i>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == name)
}
