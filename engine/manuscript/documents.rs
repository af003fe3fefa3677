//! Manuscripts of word processors and writing programs, and books in print: `.docx`, `.odt`, `.rtf`, `.epub`, and the projects of Scrivener, novelWriter,
//! Manuskript and bibisco. Each becomes a text of one paragraph a line, so that the number of a line is that of a paragraph, and findings point into the
//! original.
//!
//! What its author sees of the text is read: changes as if they were accepted, no comments, no footnotes, no tables, nothing struck out.

mod bibisco;
mod binder;
mod docx;
mod epub;
pub mod manuskript;
mod novelwriter;
mod numbering;
mod odt;
mod package;
mod rtf;
mod scrivener;
mod sheet;

use super::markdown::{Body, Reader};
use super::outline::{Look, Title};
use super::title::{self, Says};
use super::{Encoding, Section, SourceFile};
use crate::text::{Problem, ProblemKind, SourcePath, Span, is_document_name};
use std::ops::Range;
use std::sync::Arc;

/// Stands for the end of a line within a paragraph.
const LINE_SEPARATOR: char = '\u{2028}';

/// A part of a document is deeper within others only in files made to harm.
const MAX_DEPTH: usize = 64;

/// A scene break where the file only draws a line.
const RULE: &str = "***";

/// A paragraph of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Paragraph {
    text: String,
    /// 0 for the title of the whole, 1 to 6 for headings; nothing for prose.
    level: Option<u8>,
    /// Whether all of its letters are bold.
    is_bold: bool,
    /// What the program that wrote it says it is.
    given: Option<Given>,
}

/// A title that a program keeps apart from the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Part,
    Chapter,
}

/// A document, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Document {
    title: Option<String>,
    paragraphs: Vec<Paragraph>,
}

/// The words of a project's document.
pub enum Words {
    /// In Rich Text Format.
    Rich(Vec<u8>),
    Plain(String),
}

/// What is wanted of a project's document, by its id.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'i> {
    Words(&'i str),
    /// What its card says, in Scrivener.
    Synopsis(&'i str),
}

/// What the files of a project give for a document; nothing for one that has none.
pub type TextOf<'f> = &'f mut dyn FnMut(Wanted<'_>) -> Result<Option<Words>, String>;

/// Appends text as it is shown: line ends and spaces in a row are one space, and none follows one of these letters.
fn push_shown(shown: &mut String, text: &str, spaces: &[char]) {
    for letter in text.chars() {
        let letter = if matches!(letter, '\n' | '\r' | '\t') { ' ' } else { letter };
        if letter != ' ' || !shown.ends_with(spaces) {
            shown.push(letter);
        }
    }
}

/// Whether a chapter's text has the form that documents are given here.
pub fn is_document(path: &SourcePath) -> bool {
    is_document_name(path.on_disk().file_name())
}

/// Reads the bytes of a document.
///
/// # Errors
/// It is damaged, in another form than its name says, locked with a password, or unreasonably large.
pub fn read(bytes: &[u8], path: &SourcePath) -> Result<SourceFile, Problem> {
    let name = path.file_name().to_lowercase();
    let document = if name.ends_with(".docx") {
        docx::read(bytes)
    } else if name.ends_with(".odt") {
        odt::read(bytes)
    } else if name.ends_with(".rtf") {
        rtf::read(bytes)
    } else {
        epub::read(bytes)
    };
    let document = document.map_err(|why| {
        let problem = Problem::new(ProblemKind::NotChecked, format!("could not be read: {why}")).in_file(path);
        problem.advice("open it in the program that wrote it and save it again, or save it as Markdown")
    })?;
    Ok(text_of_document(document, path))
}

/// A project, read.
pub struct Project {
    /// The manuscript as one file.
    pub file: SourceFile,
    /// Its sheets on people and places, as notes of the bible.
    pub notes: Vec<SourceFile>,
    /// The documents that could not be read, each with the reason.
    pub unread: Vec<String>,
}

/// What is read of a project before it has a path.
#[derive(Default)]
struct Parts {
    document: Document,
    sheets: Vec<sheet::Sheet>,
    unread: Vec<String>,
}

/// Reads a project of Scrivener from its binder. `text_of` gives the words of each document.
///
/// # Errors
/// The binder is damaged, in plain words.
pub fn read_scrivener(binder: &str, path: &SourcePath, text_of: TextOf<'_>) -> Result<Project, String> {
    Ok(project(scrivener::read(binder, text_of)?, path))
}

/// Reads a project of novelWriter from its project file. `text_of` gives the words of each document.
///
/// # Errors
/// The file is damaged, in plain words.
pub fn read_novelwriter(binder: &str, path: &SourcePath, text_of: TextOf<'_>) -> Result<Project, String> {
    Ok(project(novelwriter::read(binder, text_of)?, path))
}

/// Reads a project of Manuskript from its files.
///
/// # Errors
/// There is no outline among them, in plain words.
pub fn read_manuskript(files: &manuskript::Files, path: &SourcePath) -> Result<Project, String> {
    Ok(project(manuskript::read(files)?, path))
}

/// Reads a project of bibisco from the archive that it exports.
///
/// # Errors
/// The archive is damaged or holds no project, in plain words.
pub fn read_bibisco(archive: &[u8], path: &SourcePath) -> Result<Project, String> {
    Ok(project(bibisco::read(archive)?, path))
}

/// A project under its path. One without a title of its own is known by its name.
fn project(Parts { document, sheets, unread }: Parts, path: &SourcePath) -> Project {
    let title = document.title.or_else(|| Some(super::title_from_name(path.stem())));
    let file = text_of_document(Document { title, ..document }, path);
    Project { file, notes: sheet::notes(&sheets, path), unread }
}

/// A document as a text, with its headings beside it.
fn text_of_document(document: Document, path: &SourcePath) -> SourceFile {
    let mut text = String::new();
    let mut outline = Vec::new();
    for paragraph in document.paragraphs {
        let start = text.len();
        // A paragraph is one line, whatever it holds.
        text.push_str(&paragraph.text.trim().replace(['\n', '\r'], " "));
        let lines = start..text.len();
        text.push('\n');
        let words = text[lines.clone()].to_string();
        let look = match (paragraph.given, paragraph.level, paragraph.is_bold) {
            (Some(Given::Part), ..) => Look::Part,
            (Some(Given::Chapter), ..) => Look::Chapter,
            (None, Some(level), _) => Look::Heading(level),
            (None, None, true) => Look::Bold,
            (None, None, false) => Look::Plain,
        };
        let is_title = !matches!(look, Look::Bold | Look::Plain) || title::says_title(&words);
        if is_title && !words.is_empty() {
            outline.push(Title { lines, words, look });
        }
    }
    let is_given = |title: &&Title| matches!(title.look, Look::Part | Look::Chapter);
    let mut headings: Vec<&Title> = outline.iter().filter(|title| matches!(title.look, Look::Heading(_))).collect();
    let mut titles: Vec<&Title> = outline.iter().filter(is_given).collect();
    if titles.is_empty() && !headings.is_empty() {
        titles.push(headings.remove(0));
    }
    let own = titles.last().map(|title| title.words.clone());
    let section = Section {
        title: own.unwrap_or_else(|| super::title_from_name(path.stem())),
        book_title: document.title,
        titles: titles.into_iter().map(|title| title.lines.clone()).collect(),
        headings: headings.into_iter().map(|title| title.lines.clone()).collect(),
        outline: outline.clone(),
        ..Section::default()
    };
    SourceFile { path: path.clone(), text: text.into(), encoding: Encoding::Utf8, section: Some(Arc::new(section)) }
}

/// Which lines of an earlier text of a section are titles; its headings are not known any more.
pub(super) fn titles_again(text: &str, section: &Section) -> Vec<Range<usize>> {
    let is_title = |words: &str| matches!(title::says(words).0, Says::Chapter(_) | Says::Part(_)) || words == section.title;
    lines(text).filter(|line| is_title(&text[line.clone()])).collect()
}

/// The lines of a text without their ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let range = start..start + line.trim_end_matches('\n').len();
        start += line.len();
        range
    })
}

/// Reads a text of one paragraph a line as a chapter.
pub(super) fn body(source: &str, section: Option<&Section>) -> Body {
    let is_among = |ranges: Option<&Vec<Range<usize>>>, line: &Range<usize>| ranges.is_some_and(|ranges| ranges.contains(line));
    let mut reader = Reader::of_paragraphs(source, section.map(|section| section.title.clone()));
    for line in lines(source) {
        if is_among(section.map(|section| &section.titles), &line) {
            reader.end_scene();
        } else if is_among(section.map(|section| &section.headings), &line) {
            reader.begin_scene(source[line].to_string());
        } else {
            let mut start = line.start;
            reader.start_paragraph();
            for part in source[line].split(LINE_SEPARATOR) {
                reader.push_verbatim(part, start);
                start += part.len();
                reader.push_break("\n", Span::new(start, start + LINE_SEPARATOR.len_utf8()));
                start += LINE_SEPARATOR.len_utf8();
            }
            reader.end_paragraph();
        }
    }
    reader.into_body()
}

#[cfg(test)]
mod tests;
