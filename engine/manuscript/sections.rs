//! A whole novel in one file: its chapters are sections of it, each with a path of its own, and everything that follows chapters follows them.
//!
//! A file is taken apart only where its titles say that they are chapters, or where it is the only one of its folder and long enough that
//! its headings can be nothing else. Every byte of it is in exactly one section.

use super::markdown;
use super::outline::{self, Kind, Look, Outline, Title};
use super::title::{self, Says};
use super::{KeyNames, Section, SourceFile, documents, front_matter, is_published};
use crate::text::{lines_with_ends, words};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Words before the first chapter's title, from which on they are a chapter of their own. Fewer are a title page or a motto.
const LEAST_WORDS_OF_OPENING: usize = 150;

/// What the beginning of a book is called that stands before its first title.
const OPENING: &str = "Opening";

/// The files, each of those that hold several chapters in its sections, which take its place in their order.
pub fn split(files: Vec<SourceFile>, key_names: &KeyNames) -> Vec<SourceFile> {
    let mut in_folder: BTreeMap<String, usize> = BTreeMap::new();
    for file in files.iter().filter(|file| super::order::is_no_chapter(&file.path).is_none()) {
        *in_folder.entry(file.path.folder().to_string()).or_default() += 1;
    }
    let chapters: usize = in_folder.values().sum();
    let sections = |file: SourceFile| {
        // Where each chapter has a folder, each is the only one of its folder too.
        let is_long = || words::count(&file.text) >= outline::LEAST_WORDS_OF_BOOK;
        let is_alone = in_folder.get(file.path.folder()) == Some(&1) && (chapters == 1 || is_long());
        let is_chapter = super::order::is_no_chapter(&file.path).is_none();
        let sections = if is_chapter { sections_of(&file, is_alone, key_names) } else { Vec::new() };
        if sections.is_empty() { vec![file] } else { sections }
    };
    files.into_par_iter().flat_map_iter(sections).collect()
}

/// The text of an earlier day as the section it was, where a section has this path now.
pub fn as_section(text: &str, now: &SourceFile) -> SourceFile {
    let file = SourceFile { text: text.into(), encoding: now.encoding, path: now.path.clone(), section: None };
    let section = now.section.as_ref().map(|section| {
        if documents::is_document(&now.path) {
            return Arc::new(Section { titles: documents::titles_again(text, section), headings: Vec::new(), ..Section::clone(section) });
        }
        let is_title = |title: &Title| {
            matches!(title::says(&title.words).0, Says::Chapter(_) | Says::Number(_) | Says::Part(_)) || title.words == section.title
        };
        let titles = markdown::titles(text, 0).into_iter().filter(is_title).map(|title| title.lines).collect();
        Arc::new(Section { titles, ..Section::clone(section) })
    });
    SourceFile { section, ..file }
}

/// The sections of a file; none when it holds one chapter.
fn sections_of(file: &SourceFile, is_alone: bool, key_names: &KeyNames) -> Vec<SourceFile> {
    if documents::is_document(&file.path) {
        let Some(section) = &file.section else { return Vec::new() };
        let outline = Outline::of(&file.text, 0, section.outline.clone(), is_alone);
        return cut(file, 0, &outline, &Section { book_title: section.book_title.clone(), ..Section::default() });
    }
    if !may_hold_chapters(&file.text, is_alone) {
        return Vec::new();
    }
    let (front_matter, body_start) = front_matter::read(file, key_names, &mut Vec::new());
    if super::lists::is_index(&front_matter) || front_matter.says_no_chapter() {
        return Vec::new();
    }
    let known = Section {
        book_title: front_matter.title.clone(),
        is_published: front_matter.status.as_deref().is_some_and(is_published),
        number: front_matter.number,
        ..Section::default()
    };
    let outline = Outline::of(&file.text, body_start, markdown::titles(&file.text, body_start), is_alone);
    cut(file, body_start, &outline, &known)
}

/// Whether it is worth reading a file for its titles: whether two of its lines may be some.
fn may_hold_chapters(text: &str, is_alone: bool) -> bool {
    let may_be_title = |line: &&str| {
        let line = line.trim_start_matches('\u{feff}').trim();
        let is_short = !line.is_empty() && line.len() <= 4 * title::MAX_TITLE_BYTES;
        let is_marked =
            || line.starts_with('#') || line.len() > 1 && (line.bytes().all(|byte| byte == b'=') || line.bytes().all(|byte| byte == b'-'));
        is_short && (is_alone && is_marked() || title::says(&bare(line)).0 != Says::Other)
    };
    lines_with_ends(text).filter(may_be_title).nth(1).is_some()
}

/// A line without tags, attributes and escapes.
fn bare(line: &str) -> Cow<'_, str> {
    if !line.contains(['<', '{', '[', ']', '\\', '#']) {
        return line.into();
    }
    let mut bare = String::with_capacity(line.len());
    let mut within = None;
    for letter in line.chars() {
        match (within, letter) {
            (None, '<') => within = Some('>'),
            (None, '{') => within = Some('}'),
            (Some(end), letter) if letter == end => within = None,
            (None, '[' | ']' | '\\' | '#') | (Some(_), _) => {}
            (None, letter) => bare.push(letter),
        }
    }
    bare.into()
}

/// The sections of a file, with what is `known` of all of them; none where it has no two chapters.
fn cut(file: &SourceFile, body_start: usize, outline: &Outline, known: &Section) -> Vec<SourceFile> {
    let chapters = outline.chapters();
    if chapters.is_empty() {
        return Vec::new();
    }
    let mut starts = starts(outline, &chapters);
    let mut names = names(outline, &chapters);
    let first = starts[0].0;
    if outline.words_of_opening(first) >= LEAST_WORDS_OF_OPENING && starts[0].1 > body_start {
        starts.insert(0, (0, 0));
        names.insert(0, (OPENING.to_string(), OPENING.to_lowercase()));
    }
    starts[0] = (0, 0);
    let book = outline.kinds.iter().position(|part| *part == Kind::Book).map(|place| outline.titles[place].words.clone());
    let begins_book = chapters.iter().find_map(|place| outline.number(*place)).is_none_or(|number| number <= 1);
    let known = Section { book_title: known.book_title.clone().or(book), begins_book, ..known.clone() };
    let is_document = documents::is_document(&file.path);
    let mut sections = Vec::new();
    let (mut lines_before, mut bytes_before) = (0, 0);
    for (place, ((title, name), (first, start))) in names.into_iter().zip(&starts).enumerate() {
        let (next, end) = starts.get(place + 1).copied().unwrap_or((outline.titles.len(), file.text.len()));
        let ranges = |is_wanted: &dyn Fn(usize) -> bool| -> Vec<Range<usize>> {
            let lines = (*first..next).filter(|title| is_wanted(*title)).map(|title| &outline.titles[title].lines);
            lines.map(|lines| lines.start - start..lines.end - start).collect()
        };
        let is_heading = |title: usize| outline.kinds[title] == Kind::Other && matches!(outline.titles[title].look, Look::Heading(_));
        let section = Section {
            title,
            titles: ranges(&|title| outline.kinds[title] != Kind::Other),
            headings: if is_document { ranges(&is_heading) } else { Vec::new() },
            lines_before,
            bytes_before,
            ..known.clone()
        };
        let text = &file.text[*start..end];
        lines_before += lines_with_ends(text).count();
        bytes_before += file.encoding.file_offset(text, text.len());
        let (path, encoding, section) = (file.path.section(&name), file.encoding, Some(Arc::new(section)));
        sections.push(SourceFile { path, text: text.into(), encoding, section });
    }
    sections
}

/// Where each chapter begins: at its title, or at the first of those of parts right before it. Its place among the titles, and its byte.
fn starts(outline: &Outline, chapters: &[usize]) -> Vec<(usize, usize)> {
    let start = |chapter: &usize| {
        let parts = outline.kinds[..*chapter].iter().rev().take_while(|part| **part == Kind::Part).count();
        let first = chapter - parts;
        (first, outline.titles[first].lines.start)
    };
    chapters.iter().map(start).collect()
}

/// The title of each chapter and the name of its section: `chapter-03` where it has a number, else the words of its title. Where numbers
/// are counted anew in each part, the part's is named too.
fn names(outline: &Outline, chapters: &[usize]) -> Vec<(String, String)> {
    let numbers: Vec<usize> = chapters.iter().filter_map(|place| outline.number(*place)).collect();
    let is_anew = numbers.iter().collect::<BTreeSet<_>>().len() < numbers.len();
    let (mut taken, mut counts) = (BTreeSet::from([OPENING.to_lowercase()]), BTreeMap::new());
    let mut part: Option<&str> = None;
    let mut names = Vec::new();
    for (place, title) in outline.titles.iter().enumerate() {
        match outline.kinds[place] {
            Kind::Part if matches!(title::says(&title.words).0, Says::Part(_)) => part = Some(&title.words),
            Kind::Chapter => {
                let own = outline.number(place).map_or_else(|| title::plain_name(&title.words), |number| format!("chapter-{number:02}"));
                let part = part.filter(|_| is_anew);
                let name = part.map_or(own.clone(), |part| format!("{}-{own}", title::plain_name(part)));
                let count = counts.entry(name.clone()).or_insert(0);
                let unique = loop {
                    *count += 1;
                    let unique = if *count == 1 { name.clone() } else { format!("{name}-{count}") };
                    if taken.insert(unique.clone()) {
                        break unique;
                    }
                };
                names.push((part.map_or(title.words.clone(), |part| format!("{part}, {}", title.words)), unique));
            }
            Kind::Book | Kind::Part | Kind::Other => {}
        }
    }
    names
}

#[cfg(test)]
mod tests;
