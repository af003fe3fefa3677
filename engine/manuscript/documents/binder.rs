//! The tree of a writing program's documents, and the book that its folders make of them.

use super::{Document, Given, Paragraph, RULE};

/// What a document without a title is called.
const UNTITLED: &str = "Untitled";

/// A document or a folder of the tree.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    /// By which its words are found.
    pub id: String,
    pub title: String,
    pub is_folder: bool,
    /// Whether its own words are in the book.
    pub is_compiled: bool,
    pub children: Vec<Item>,
}

/// A piece of the book.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'i> {
    Part(&'i str),
    /// The title, and the documents that are its scenes.
    Chapter(&'i str, Vec<&'i Item>),
}

/// Gives the words of a document.
pub(super) type WordsOf<'f> = &'f mut dyn FnMut(&Item) -> Result<Vec<Paragraph>, String>;

/// The book that a tree makes, and what could not be read of it, each with its title and the reason.
pub(super) fn book(draft: &Item, words_of: WordsOf<'_>) -> (Document, Vec<String>) {
    let (mut document, mut unread) = (Document::default(), Vec::new());
    for piece in pieces(draft) {
        match piece {
            Piece::Part(title) => document.paragraphs.push(given(title, Given::Part)),
            Piece::Chapter(title, scenes) => {
                let scenes = scenes.into_iter().filter_map(|scene| match words_of(scene) {
                    Ok(paragraphs) => Some(paragraphs).filter(|paragraphs| paragraphs.iter().any(|one| !one.text.trim().is_empty())),
                    Err(why) => {
                        unread.push(format!("“{}”: {why}", scene.title));
                        None
                    }
                });
                let scenes: Vec<Vec<Paragraph>> = scenes.collect();
                if !scenes.is_empty() {
                    document.paragraphs.push(given(title, Given::Chapter));
                    let rule = [Paragraph { text: RULE.to_string(), ..Paragraph::default() }];
                    document.paragraphs.extend(scenes.join(&rule[..]));
                }
            }
        }
    }
    (document, unread)
}

fn given(title: &str, given: Given) -> Paragraph {
    let title = if title.is_empty() { UNTITLED } else { title };
    Paragraph { text: title.to_string(), given: Some(given), ..Paragraph::default() }
}

/// The book as the binder's folders divide it: a folder that holds folders is a part, another one a chapter with its documents as scenes, and
/// a document beside chapters is a chapter.
fn pieces(draft: &Item) -> Vec<Piece<'_>> {
    // A folder around all others is the book.
    let (mut top, mut all) = (draft, Vec::new());
    while let [only] = &top.children[..]
        && only.children.iter().any(|child| child.is_folder)
    {
        all.extend(only.is_compiled.then(|| Piece::Chapter(&only.title, vec![only])));
        top = only;
    }
    top.children.iter().for_each(|item| divide(item, &mut all));
    all
}

fn divide<'i>(item: &'i Item, into: &mut Vec<Piece<'i>>) {
    if item.children.iter().any(|child| child.is_folder) {
        into.push(Piece::Part(&item.title));
        if item.is_compiled {
            into.push(Piece::Chapter(&item.title, vec![item]));
        }
        item.children.iter().for_each(|child| divide(child, into));
        return;
    }
    let mut scenes = Vec::new();
    compiled(item, &mut scenes);
    into.push(Piece::Chapter(&item.title, scenes));
}

/// An item and all below it, as far as their words are in the book.
fn compiled<'i>(item: &'i Item, into: &mut Vec<&'i Item>) {
    into.extend(item.is_compiled.then_some(item));
    item.children.iter().for_each(|child| compiled(child, into));
}
