//! Projects of Scrivener, versions 1 to 3: the order of the binder (`.scrivx`), and each document's words, which lie in files of their own.
//!
//! The form is not published; this follows projects as they are, and <https://www.literatureandlatte.com/learn-and-support> on what is compiled.

use super::binder::{self, Item};
use super::package::{attribute, child, text_of, with_tree};
use super::sheet::{self, Sheet};
use super::{MAX_DEPTH, Paragraph, Parts, TextOf, Wanted, Words, rtf};
use roxmltree::Node;

/// Reads a project: the draft, and the sheets in folders called Characters, Places and the like.
///
/// # Errors
/// The binder is damaged, or has no draft.
pub(super) fn read(binder: &str, text_of: TextOf<'_>) -> Result<Parts, String> {
    let (draft, folders) = with_tree("binder", binder, |root| {
        let items = child(root, "Binder").into_iter().flat_map(|binder| binder.children()).filter(Node::is_element);
        let of_type = |item: &Node<'_, '_>, name: &str| attribute(*item, "Type") == Some(name);
        let draft = items.clone().find(|item| of_type(item, "DraftFolder")).map(|draft| item(draft, 0));
        (draft, items.filter(|item| of_type(item, "Folder")).map(|folder| item(folder, 0)).collect::<Vec<Item>>())
    })?;
    let draft = draft.ok_or("its binder has no draft folder")?;
    let mut parts = Parts::default();
    for folder in &folders {
        if let Some(kind) = sheet::kind_of_folder(&folder.title) {
            folder.children.iter().for_each(|item| sheets(item, kind, text_of, &mut parts));
        }
    }
    let (document, unread) = binder::book(&draft, &mut |item| words_of(item, text_of));
    parts.unread.extend(unread);
    parts.document = document;
    Ok(parts)
}

/// The sheets of an item and all below it.
fn sheets(item: &Item, kind: &'static str, text_of: TextOf<'_>, into: &mut Parts) {
    // What somebody is in short stands on the card.
    let card = read_text(text_of(Wanted::Synopsis(&item.id)));
    match card.and_then(|card| Ok([card, words_of(item, text_of)?].concat())) {
        Ok(paragraphs) => {
            let lines = paragraphs.into_iter().map(|paragraph| paragraph.text).collect();
            into.sheets.push(Sheet { name: item.title.clone(), kind, aliases: Vec::new(), lines });
        }
        Err(why) => into.unread.push(format!("“{}”: {why}", item.title)),
    }
    item.children.iter().for_each(|child| sheets(child, kind, text_of, into));
}

/// The words of a document.
fn words_of(item: &Item, text_of: TextOf<'_>) -> Result<Vec<Paragraph>, String> {
    read_text(text_of(Wanted::Words(&item.id)))
}

/// The paragraphs of what a file has.
fn read_text(words: Result<Option<Words>, String>) -> Result<Vec<Paragraph>, String> {
    let plain = |line: &str| Paragraph { text: line.to_string(), ..Paragraph::default() };
    Ok(match words? {
        None => Vec::new(),
        Some(Words::Rich(bytes)) => rtf::read(&bytes)?.paragraphs,
        Some(Words::Plain(text)) => text.lines().map(plain).collect(),
    })
}

fn item(node: Node<'_, '_>, depth: usize) -> Item {
    let children = child(node, "Children").filter(|_| depth < MAX_DEPTH).into_iter().flat_map(|children| children.children());
    let children = children.filter(|child| child.is_element() && child.tag_name().name() == "BinderItem");
    // Version 3 has UUIDs, the ones before had numbers.
    let id = attribute(node, "UUID").or_else(|| attribute(node, "ID")).unwrap_or_default();
    Item {
        id: id.to_string(),
        title: text_of(node, "Title").unwrap_or_default(),
        is_folder: attribute(node, "Type") != Some("Text"),
        is_compiled: is_compiled(node),
        children: children.map(|child| item(child, depth + 1)).collect(),
    }
}

/// Whether an item's own words are in the book. Unchecking that takes the word out of the item's metadata; where there are none at all,
/// nobody has unchecked anything.
fn is_compiled(node: Node<'_, '_>) -> bool {
    let Some(metadata) = child(node, "MetaData").filter(|metadata| metadata.children().any(|child| child.is_element())) else {
        return true;
    };
    text_of(metadata, "IncludeInCompile").is_some_and(|word| word == "Yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(id: &str, title: &str, metadata: &str) -> String {
        format!("<BinderItem UUID=\"{id}\" Type=\"Text\"><Title>{title}</Title>{metadata}</BinderItem>")
    }

    fn folder(id: &str, title: &str, children: &str) -> String {
        format!("<BinderItem UUID=\"{id}\" Type=\"Folder\"><Title>{title}</Title><Children>{children}</Children></BinderItem>")
    }

    fn read_binder(draft: &str) -> (Vec<String>, Vec<String>) {
        let binder = format!(
            "<ScrivenerProject><Binder><BinderItem UUID=\"d\" Type=\"DraftFolder\"><Title>Draft</Title><Children>{draft}</Children>\
             </BinderItem><BinderItem UUID=\"r\" Type=\"ResearchFolder\"><Title>Research</Title></BinderItem></Binder></ScrivenerProject>"
        );
        let words = |id: &str| match id {
            "bad" => Err("it is damaged".to_string()),
            "none" => Ok(None),
            "plain" => Ok(Some(Words::Plain("Café.\nTwo.".to_string()))),
            id => Ok(Some(Words::Rich(format!("{{\\rtf1 Words of {id}.\\par}}").into_bytes()))),
        };
        let mut text_of = |wanted: Wanted<'_>| match wanted {
            Wanted::Words(id) => words(id),
            Wanted::Synopsis(_) => Ok(Some(Words::Plain("Nobody reads this.".to_string()))),
        };
        let Parts { document, unread, sheets } = read(&binder, &mut text_of).unwrap();
        assert_eq!(sheets.len(), 0);
        let shown = |paragraph: Paragraph| match paragraph.given {
            Some(given) => format!("{given:?} {}", paragraph.text),
            None => paragraph.text,
        };
        (document.paragraphs.into_iter().map(shown).filter(|text| !text.is_empty()).collect(), unread)
    }

    #[test]
    fn folders_are_chapters_and_their_documents_scenes() {
        let draft = [
            text("p", "Prologue", ""),
            folder("none", "The Harbour", &[text("a", "Low tide", ""), text("b", "The ferry", "")].concat()),
            folder("none", "Inland", &text("c", "The road", "")),
        ];
        let expected = [
            "Chapter Prologue",
            "Words of p.",
            "Chapter The Harbour",
            "Words of a.",
            "***",
            "Words of b.",
            "Chapter Inland",
            "Words of c.",
        ];
        assert_eq!(read_binder(&draft.concat()).0, expected);
        // The same within a folder around the whole.
        assert_eq!(read_binder(&folder("none", "Salt", &draft.concat())).0, expected);
    }

    #[test]
    fn folders_of_folders_are_parts_and_documents_alone_are_chapters() {
        let part = folder("none", "Part One", &[folder("none", "One", &text("a", "x", "")), text("b", "Interlude", "")].concat());
        let read = read_binder(&[part, folder("none", "Two", &text("c", "y", ""))].concat()).0;
        assert_eq!(read, ["Part Part One", "Chapter One", "Words of a.", "Chapter Interlude", "Words of b.", "Chapter Two", "Words of c."]);
        // One chapter alone is no folder around others, and what has no title is a chapter all the same.
        let one = read_binder(&folder("none", "Only", &[text("a", "x", ""), text("b", "y", "")].concat())).0;
        assert_eq!(one, ["Chapter Only", "Words of a.", "***", "Words of b."]);
        let untitled = read_binder(&[text("a", "", ""), text("plain", "Two", "")].concat()).0;
        assert_eq!(untitled, ["Chapter Untitled", "Words of a.", "Chapter Two", "Café.", "Two."]);
        let flat = read_binder(&[text("a", "One", ""), text("b", "Two", "")].concat()).0;
        assert_eq!(flat, ["Chapter One", "Words of a.", "Chapter Two", "Words of b."]);
    }

    #[test]
    fn a_sheet_is_its_card_and_its_text() {
        let sheets = folder("people", "Characters", &[text("m", "Mara Vance", ""), text("bad", "Osric", "")].concat());
        let draft = "<BinderItem UUID=\"d\" Type=\"DraftFolder\"><Title>Draft</Title></BinderItem>";
        let binder = format!("<ScrivenerProject><Binder>{draft}{}</Binder></ScrivenerProject>", sheets.replace("Type=\"f", "Type=\"F"));
        let mut text_of = |wanted: Wanted<'_>| match wanted {
            Wanted::Words("m") => Ok(Some(Words::Plain("Lame.".to_string()))),
            Wanted::Synopsis("m") => Ok(Some(Words::Plain("Eyes: green\nA pilot.".to_string()))),
            Wanted::Words("bad") => Err("it is damaged".to_string()),
            _ => Ok(None),
        };
        let parts = read(&binder, &mut text_of).unwrap();
        assert_eq!(parts.sheets[0].lines, ["Eyes: green", "A pilot.", "Lame."]);
        assert_eq!(parts.unread, ["“Osric”: it is damaged"]);
    }

    #[test]
    fn what_is_not_compiled_is_not_read() {
        let yes = "<MetaData><LabelID>2</LabelID><IncludeInCompile>Yes</IncludeInCompile></MetaData>";
        let (no, unchecked) = ("<MetaData><IncludeInCompile>No</IncludeInCompile></MetaData>", "<MetaData><LabelID>2</LabelID></MetaData>");
        let scenes = [text("a", "x", yes), text("b", "x", no), text("c", "x", unchecked), text("d", "x", "<MetaData/>")].concat();
        let draft = [folder("none", "One", &scenes), folder("none", "Empty", &text("e", "x", no))].concat();
        assert_eq!(read_binder(&draft).0, ["Chapter One", "Words of a.", "***", "Words of d."]);
    }

    #[test]
    fn a_document_that_cannot_be_read_is_told_and_the_others_are_read() {
        let (read, unread) = read_binder(&[text("a", "One", ""), text("bad", "Two", ""), text("c", "Three", "")].concat());
        assert_eq!(read, ["Chapter One", "Words of a.", "Chapter Three", "Words of c."]);
        assert_eq!(unread, ["“Two”: it is damaged"]);
    }

    #[test]
    fn a_binder_that_is_none_is_told() {
        for bad in ["", "<ScrivenerProject>", "<ScrivenerProject><Binder/></ScrivenerProject>", "{}"] {
            assert!(read(bad, &mut |_| Ok(None)).is_err(), "{bad}");
        }
        // Deeper than any binder: what lies below is left out, and nothing breaks.
        let deep = (0..200).fold(text("a", "x", ""), |inner, _| folder("none", "f", &inner));
        assert!(read_binder(&[deep, text("b", "y", "")].concat()).0.contains(&"Words of b.".to_string()));
    }
}
