//! Word's files (Office Open XML, ECMA-376): the paragraphs of the main document, which styles are headings, and the numbers Word adds to them.

use super::numbering::{self, Counter, Format, LEVELS, Level};
use super::package::{Package, attribute, child, text_of, with_tree};
use super::{Document, LINE_SEPARATOR, MAX_DEPTH, Paragraph};
use roxmltree::Node;
use std::collections::{BTreeMap, BTreeSet};

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

/// The main document where a file does not say which of its parts that is.
const MAIN: &str = "word/document.xml";

/// Which letters a file may name that lie outside of Unicode's common ground, for its fonts of symbols (ECMA-376, 17.3.3.30).
const PRIVATE_USE: std::ops::RangeInclusive<u32> = 0xF000..=0xF0FF;

/// Stands for a letter of such a font: an ornament, whichever.
const ORNAMENT: char = '❦';

/// A style: the level of its heading and what it rests on.
#[derive(Default)]
struct Style {
    level: Option<u8>,
    based_on: Option<String>,
    is_bold: bool,
    number: NumberOf,
}

/// By which list a paragraph is numbered, and on which level of it.
#[derive(Clone, Default)]
struct NumberOf {
    list: Option<String>,
    level: Option<usize>,
}

impl NumberOf {
    /// As the properties of a paragraph or a style have it.
    fn of(properties: Option<Node<'_, '_>>) -> NumberOf {
        let number = properties.and_then(|properties| child(properties, "numPr"));
        let value = |name: &str| number.and_then(|number| child(number, name)).and_then(|node| attribute(node, "val"));
        NumberOf { list: value("numId").map(str::to_string), level: value("ilvl").and_then(|level| level.parse().ok()) }
    }

    fn or(self, other: &NumberOf) -> NumberOf {
        NumberOf { list: self.list.or_else(|| other.list.clone()), level: self.level.or(other.level) }
    }
}

/// How the numbers of some lists look, and which style each level is for.
#[derive(Default)]
struct Look {
    levels: [Level; LEVELS],
    styles: [Option<String>; LEVELS],
}

/// The lists of a file.
#[derive(Default)]
struct Lists {
    looks: BTreeMap<String, Look>,
    /// Of each list, its look, and the levels that it has begin with another number.
    lists: BTreeMap<String, (String, Vec<(usize, u32)>)>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Document, String> {
    let mut package = Package::open(bytes)?;
    let main = related(&mut package, "", "officeDocument", MAIN)?;
    let styles = of_related(&mut package, &main, "styles", styles)?;
    let lists = of_related(&mut package, &main, "numbering", lists)?;
    let text = package.needed(&main)?;
    let paragraphs = with_tree(&main, &text, |root| {
        let mut all = Paragraphs { styles: &styles, lists: &lists, counters: BTreeMap::new(), done: Vec::new(), goes_on: None };
        if let Some(body) = child(root, "body") {
            all.of_block(body, 0);
        }
        all.done.extend(all.goes_on);
        all.done
    })?;
    let title = package.tree("docProps/core.xml", |root| text_of(root, "title"))?.flatten();
    Ok(Document { title, paragraphs })
}

/// The part that another one, or the whole package for `""`, names as its styles, its numbering, its main document; where it names none, the
/// usual one beside it.
fn related(package: &mut Package<'_>, part: &str, kind: &str, usual: &str) -> Result<String, String> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let in_folder = |name: &str| if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") };
    let target = |root: Node<'_, '_>| {
        let of_kind = |node: &Node<'_, '_>| attribute(*node, "Type").is_some_and(|uri| uri.rsplit('/').next() == Some(kind));
        root.children().find(of_kind).and_then(|node| attribute(node, "Target")).map(str::to_string)
    };
    let target = package.tree(&in_folder(&format!("_rels/{name}.rels")), target)?.flatten();
    let target = target.as_deref().unwrap_or(usual);
    Ok(target.strip_prefix('/').map_or_else(|| in_folder(target), str::to_string))
}

/// What is made of such a part; nothing of one that is not there.
fn of_related<T: Default>(package: &mut Package<'_>, main: &str, kind: &str, read: fn(Node<'_, '_>) -> T) -> Result<T, String> {
    let part = related(package, main, kind, &format!("{kind}.xml"))?;
    Ok(package.tree(&part, read)?.unwrap_or_default())
}

/// The lists by their ids.
fn lists(root: Node<'_, '_>) -> Lists {
    let of_name = |name: &'static str| root.children().filter(move |node| node.tag_name().name() == name);
    let value = |node: Node<'_, '_>, name: &str| child(node, name).and_then(|child| attribute(child, "val").map(str::to_string));
    let mut all = Lists::default();
    for abstracted in of_name("abstractNum") {
        let Some(id) = attribute(abstracted, "abstractNumId") else { continue };
        let mut look = Look::default();
        for node in abstracted.children().filter(|node| node.tag_name().name() == "lvl") {
            let Some(index) = attribute(node, "ilvl").and_then(|level| level.parse().ok()).filter(|level: &usize| *level < LEVELS) else {
                continue;
            };
            look.styles[index] = value(node, "pStyle");
            let format = value(node, "numFmt").unwrap_or_default();
            // The letter of a bullet is a picture: Word has `o` for a ring.
            let template = value(node, "lvlText").filter(|_| format != "bullet").unwrap_or_default();
            look.levels[index] = Level {
                template,
                format: Format::of_word(&format),
                start: value(node, "start").and_then(|start| start.parse().ok()).unwrap_or(1),
            };
        }
        all.looks.insert(id.to_string(), look);
    }
    for list in of_name("num") {
        let (Some(id), Some(look)) = (attribute(list, "numId"), value(list, "abstractNumId")) else { continue };
        let restart = |node: Node<'_, '_>| Some((attribute(node, "ilvl")?.parse().ok()?, value(node, "startOverride")?.parse().ok()?));
        let restarts = list.children().filter(|node| node.tag_name().name() == "lvlOverride").filter_map(restart).collect();
        all.lists.insert(id.to_string(), (look, restarts));
    }
    all
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
        let number = NumberOf::of(child(style, "pPr"));
        all.insert(id.to_string(), Style { level, based_on, is_bold, number });
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
    lists: &'s Lists,
    /// The numbers so far: of each look, since lists of one look go on counting; and which lists were met.
    counters: BTreeMap<&'s str, (Counter, BTreeSet<&'s str>)>,
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
        let (level, is_bold_style, number) = self.of_style(style);
        let own_level =
            properties.and_then(|properties| child(properties, "outlineLvl")).and_then(|level| attribute(level, "val")?.parse::<u8>().ok());
        let mut run = Runs { text: String::new(), is_bold: true, is_bold_style };
        run.of(node, 0);
        let is_bold = run.is_bold && !run.text.trim().is_empty();
        let level = level.or(own_level.filter(|level| *level < 6).map(|level| level + 1));
        let number = self.number(NumberOf::of(properties).or(&number), style, level.is_some());
        let text = number.map_or_else(|| run.text.clone(), |number| numbering::numbered(&number, &run.text));
        let mut paragraph = Paragraph { text, level, is_bold, given: None };
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

    /// The number that Word shows before a paragraph, where it is a part of the text: before a heading, and where it has words of its own.
    fn number(&mut self, number: NumberOf, style: Option<&str>, is_heading: bool) -> Option<String> {
        let (id, (look_id, restarts)) = self.lists.lists.get_key_value(&number.list?)?;
        let look = self.lists.looks.get(look_id)?;
        let of_style = || look.styles.iter().position(|of| of.as_deref() == style && of.is_some());
        let level = number.level.or_else(of_style).unwrap_or(0).min(LEVELS - 1);
        let (counter, met) = self.counters.entry(look_id).or_default();
        if met.insert(id) {
            restarts.iter().for_each(|(level, start)| counter.restart(*level, *start));
        }
        let shown = counter.next(&look.levels, level);
        (is_heading || look.levels[level].has_words()).then_some(shown)
    }

    /// The level of a style's heading, whether its letters are bold, and how it is numbered.
    fn of_style(&self, id: Option<&str>) -> (Option<u8>, bool, NumberOf) {
        let (mut level, mut is_bold, mut number) = (None, false, NumberOf::default());
        let mut next = id.and_then(|id| self.styles.get(id));
        for _ in 0..MAX_STYLE_DEPTH {
            let Some(style) = next else { break };
            level = level.or(style.level);
            is_bold |= style.is_bold;
            number = number.or(&style.number);
            next = style.based_on.as_ref().and_then(|id| self.styles.get(id));
        }
        (level, is_bold, number)
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
                "sym" => self.text.extend(attribute(node, "char").and_then(symbol)),
                "br" | "cr" => self.text.push(LINE_SEPARATOR),
                name if LEFT_OUT.contains(&name) || depth >= MAX_DEPTH => {}
                _ => self.of(node, depth + 1),
            }
        }
        let is_plain = properties.and_then(|properties| child(properties, "b")).map_or(!self.is_bold_style, |_| !has("b"));
        self.is_bold &= !is_plain || self.text[before..].trim().is_empty();
    }
}

/// A letter by its number; one of a font of symbols is an ornament.
fn symbol(number: &str) -> Option<char> {
    let number = u32::from_str_radix(number, 16).ok()?;
    if PRIVATE_USE.contains(&number) { Some(ORNAMENT) } else { char::from_u32(number) }
}
