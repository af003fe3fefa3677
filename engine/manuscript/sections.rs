//! A whole novel in one file: its chapters are sections of it, each with a path of its own, and everything that follows chapters follows them.
//!
//! A file is taken apart only where its titles say that they are chapters, or where it is the only one of its folder and long enough that
//! its headings can be nothing else. Every byte of it is in exactly one section.

use super::markdown::{self, Look, Title};
use super::title::{self, Says};
use super::{KeyNames, SourceFile, documents, front_matter, is_published};
use crate::text::{lines_with_ends, words};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// What is known of a chapter that is a part of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The chapter's title, without what marks it as one.
    pub title: String,
    /// The title of the whole file, if it says one.
    pub book_title: Option<String>,
    /// Whether the whole file is in print, by its front matter.
    pub is_published: bool,
    /// The lines of the section's text that are titles of chapters, of parts and of the book: byte ranges that ascend.
    pub titles: Vec<Range<usize>>,
    /// Lower headings, where the text has no marks for them: byte ranges that ascend.
    pub headings: Vec<Range<usize>>,
    /// All titles, in the text of a document that was not looked at for chapters yet.
    pub outline: Vec<Title>,
    /// Lines of the file before the section.
    pub lines_before: usize,
    /// Bytes of the file itself before the section.
    pub bytes_before: usize,
    /// Whether the file's chapters are counted from the beginning, as those of a book are.
    pub begins_book: bool,
}

/// Words before the first chapter's title, from which on they are a chapter of their own. Fewer are a title page or a motto.
const LEAST_WORDS_OF_OPENING: usize = 150;

/// From how many words on, in each on average, headings that do not say what they are can only be chapters.
const LEAST_WORDS_OF_UNNAMED: usize = 500;

/// What the beginning of a book is called that stands before its first title.
const OPENING: &str = "Opening";

/// The names of section files are cut to so many characters.
const MAX_NAME: usize = 40;

/// The files, each of those that hold several chapters in its sections, which take its place in their order.
pub fn split(files: Vec<SourceFile>) -> Vec<SourceFile> {
    let mut in_folder: BTreeMap<String, usize> = BTreeMap::new();
    for file in files.iter().filter(|file| super::order::is_no_chapter(&file.path).is_none()) {
        *in_folder.entry(file.path.folder().to_string()).or_default() += 1;
    }
    let sections = |file: SourceFile| {
        let is_alone = in_folder.get(file.path.folder()) == Some(&1);
        let sections = sections_of(&file, is_alone);
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
fn sections_of(file: &SourceFile, is_alone: bool) -> Vec<SourceFile> {
    if documents::is_document(&file.path) {
        let Some(section) = &file.section else { return Vec::new() };
        let outline = Outline::of(&file.text, 0, section.outline.clone(), is_alone);
        return outline.cut(file, &Section { book_title: section.book_title.clone(), ..Section::default() });
    }
    if !may_hold_chapters(&file.text, is_alone) {
        return Vec::new();
    }
    let (front_matter, body_start) = front_matter::read(file, &KeyNames::default(), &mut Vec::new());
    if front_matter.longform.is_some() {
        return Vec::new();
    }
    let known = Section {
        book_title: front_matter.title.clone(),
        is_published: front_matter.status.as_deref().is_some_and(is_published),
        ..Section::default()
    };
    Outline::of(&file.text, body_start, markdown::titles(&file.text, body_start), is_alone).cut(file, &known)
}

/// Whether it is worth reading a file for its titles: whether two of its lines may be some.
fn may_hold_chapters(text: &str, is_alone: bool) -> bool {
    let may_be_title = |line: &&str| {
        let line = line.trim();
        let is_short = !line.is_empty() && line.len() <= 2 * title::MAX_TITLE_BYTES;
        is_short && (is_alone && line.starts_with('#') || title::says(without_tags(line)).0 != Says::Other)
    };
    lines_with_ends(text).filter(may_be_title).nth(1).is_some()
}

/// A line without the tags of HTML around it, as in `<center>Chapter 1</center>`, and without the attributes of a heading.
fn without_tags(line: &str) -> &str {
    let line = line.trim_start_matches('#').split(" {").next().unwrap_or(line);
    if !line.starts_with('<') {
        return line;
    }
    let start = line.find('>').map_or(0, |end| end + 1);
    line[start..].split('<').next().unwrap_or(line)
}

/// A file's titles by what they are.
struct Outline<'a> {
    text: &'a str,
    body_start: usize,
    titles: Vec<Title>,
    /// Which of the titles begin chapters, in their order.
    chapters: Vec<usize>,
    /// Which are titles of parts.
    parts: Vec<usize>,
    /// The title of the whole.
    book: Option<usize>,
}

impl<'a> Outline<'a> {
    fn of(text: &'a str, body_start: usize, titles: Vec<Title>, is_alone: bool) -> Outline<'a> {
        let says: Vec<Says> = titles.iter().map(|title| title::says(&title.words).0).collect();
        let is_part = |index: usize| matches!(says[index], Says::Part(_));
        let mut outline = Outline { text, body_start, titles, chapters: Vec::new(), parts: Vec::new(), book: None };
        let (titles, all) = (&outline.titles, 0..says.len());
        let named: Vec<usize> = all.clone().filter(|index| matches!(says[*index], Says::Chapter(_))).collect();
        let mut chapters = if named.len() > 1 { named } else { outline.counted(&says) };
        if chapters.len() < 2 && is_alone {
            chapters = outline.unnamed(&says);
        }
        if chapters.len() < 2 {
            return outline;
        }
        let looks: BTreeSet<Look> = chapters.iter().map(|index| titles[*index].look).collect();
        let level = match looks.first() {
            Some(Look::Heading(level)) if looks.len() == 1 => Some(*level),
            _ => None,
        };
        let is_chapter = |index: &usize| {
            let look = titles[*index].look;
            chapters.contains(index)
                || looks.contains(&look) && says[*index] == Says::Unnumbered
                || level.is_some_and(|level| look == Look::Heading(level)) && !is_part(*index) && says[*index] != Says::Other
                || level.is_some_and(|level| look == Look::Heading(level)) && *index > chapters[0] && says[*index] == Says::Other
        };
        let begins: Vec<usize> = all.clone().filter(is_chapter).collect();
        let is_above = |index: &usize| {
            matches!((titles[*index].look, looks.first()), (Look::Heading(one), Some(Look::Heading(least))) if one < *least)
                || matches!((titles[*index].look, looks.first()), (Look::Heading(_), Some(Look::Bold | Look::Plain)))
        };
        let first = begins[0];
        outline.book = (0..first).find(|index| says[*index] == Says::Other && matches!(titles[*index].look, Look::Heading(_)));
        outline.parts =
            all.filter(|index| !begins.contains(index) && Some(*index) != outline.book && (is_part(*index) || is_above(index))).collect();
        outline.chapters = outline.with_words(begins);
        outline
    }

    /// Titles that begin with numbers, all of one look, as they are counted from the beginning, or again from a part's.
    fn counted(&self, says: &[Says]) -> Vec<usize> {
        let looks: BTreeSet<Look> = self.titles.iter().map(|title| title.look).collect();
        let of_look = |look: Look| -> Vec<(usize, usize)> {
            let number = |index: usize| match says[index] {
                Says::Number(number) if self.titles[index].look == look => Some((index, number)),
                _ => None,
            };
            (0..says.len()).filter_map(number).collect()
        };
        let counted = |look: Look| {
            let all = of_look(look);
            let mut counted: Vec<(usize, usize)> = Vec::new();
            for (index, number) in &all {
                let follows =
                    counted.last().is_some_and(|(_, last)| *number == last + 1) || *number == 1 || *number == 0 && counted.is_empty();
                counted.extend(follows.then_some((*index, *number)));
            }
            // A sum that somebody names in a line of its own is no chapter; many of them say that none is.
            (counted.len() > 1 && 2 * counted.len() > all.len()).then_some(counted)
        };
        looks.into_iter().find_map(counted).unwrap_or_default().into_iter().map(|(index, _)| index).collect()
    }

    /// Headings of one level that do not say what they are, in a file that is a whole book.
    fn unnamed(&self, says: &[Says]) -> Vec<usize> {
        for level in 1..=6 {
            let is_of_level = |index: &usize| self.titles[*index].look == Look::Heading(level) && !matches!(says[*index], Says::Part(_));
            let headings: Vec<usize> = (0..says.len()).filter(is_of_level).collect();
            // One alone is the title of the book.
            if headings.len() < 2 {
                continue;
            }
            let of_each = words::count(&self.text[self.titles[headings[0]].lines.end..]) / headings.len();
            return if level == 1 || of_each >= LEAST_WORDS_OF_UNNAMED { headings } else { Vec::new() };
        }
        Vec::new()
    }

    /// Those of the titles behind which something is told before the next: an outline, or a table of contents, is no chapter yet.
    fn with_words(&self, begins: Vec<usize>) -> Vec<usize> {
        let has_words = |(place, index): (usize, &usize)| {
            let from = self.titles[*index].lines.end;
            let next = begins.get(place + 1).map_or(self.text.len(), |next| self.titles[*next].lines.start);
            let of_titles = (index + 1..self.titles.len()).take_while(|other| self.titles[*other].lines.end <= next);
            let is_none_of_the_story = |other: &usize| self.parts.contains(other) || matches!(self.titles[*other].look, Look::Heading(_));
            let titles: usize = of_titles
                .filter(is_none_of_the_story)
                .map(|other| &self.titles[other])
                .map(|title| words::count(&self.text[title.lines.clone()]))
                .sum();
            words::count(&self.text[from..next]) > titles
        };
        begins.iter().enumerate().filter(|(place, index)| has_words((*place, index))).map(|(_, index)| *index).collect()
    }

    /// Where each chapter begins: at its title, or at that of the part before it.
    fn starts(&self) -> Vec<usize> {
        let start = |(place, index): (usize, &usize)| {
            let after = place.checked_sub(1).map_or(0, |before| self.chapters[before] + 1);
            let first = self.parts.iter().copied().find(|part| (after..*index).contains(part)).unwrap_or(*index);
            self.titles[first].lines.start
        };
        self.chapters.iter().enumerate().map(start).collect()
    }

    /// The sections of the file, with what is `known` of all of them; none where there are not two chapters.
    fn cut(&self, file: &SourceFile, known: &Section) -> Vec<SourceFile> {
        if self.chapters.len() < 2 {
            return Vec::new();
        }
        let mut starts = self.starts();
        let mut names = self.names();
        let before_first: usize =
            self.titles.iter().filter(|title| title.lines.end <= starts[0]).map(|title| words::count(&title.words)).sum();
        let opening = words::count(&self.text[self.body_start..starts[0]]).saturating_sub(before_first);
        if opening >= LEAST_WORDS_OF_OPENING {
            starts.insert(0, 0);
            names.insert(0, (OPENING.to_string(), OPENING.to_lowercase()));
        }
        starts[0] = 0;
        let numbers: Vec<usize> = self.chapters.iter().filter_map(|index| self.number(*index)).collect();
        let known = Section {
            book_title: known.book_title.clone().or_else(|| Some(self.titles[self.book?].words.clone())),
            is_published: known.is_published,
            begins_book: numbers.first().is_none_or(|number| *number <= 1),
            ..Section::default()
        };
        let structure: BTreeSet<usize> = self.chapters.iter().chain(&self.parts).chain(&self.book).copied().collect();
        let mut sections = Vec::new();
        let mut lines_before = 0;
        for (place, ((title, name), start)) in names.into_iter().zip(&starts).enumerate() {
            let range = *start..starts.get(place + 1).copied().unwrap_or(self.text.len());
            let within = |lines: &Range<usize>| range.start <= lines.start && lines.end <= range.end;
            let ranges = |wanted: &dyn Fn(usize) -> bool| -> Vec<Range<usize>> {
                let all = (0..self.titles.len()).filter(|index| wanted(*index)).map(|index| &self.titles[index].lines);
                all.filter(|lines| within(lines)).map(|lines| lines.start - range.start..lines.end - range.start).collect()
            };
            let is_heading = |index: usize| matches!(self.titles[index].look, Look::Heading(_)) && !structure.contains(&index);
            let section = Section {
                title,
                titles: ranges(&|index| structure.contains(&index)),
                headings: if documents::is_document(&file.path) { ranges(&is_heading) } else { Vec::new() },
                lines_before,
                bytes_before: file.encoding.file_offset(&file.text, range.start),
                ..known.clone()
            };
            let text = &self.text[range.clone()];
            lines_before += lines_with_ends(text).count();
            let (path, encoding, section) = (file.path.section(&name), file.encoding, Some(Arc::new(section)));
            sections.push(SourceFile { path, text: text.into(), encoding, section });
        }
        sections
    }

    fn number(&self, index: usize) -> Option<usize> {
        match title::says(&self.titles[index].words).0 {
            Says::Chapter(number) | Says::Number(number) => Some(number),
            Says::Unnumbered | Says::Part(_) | Says::Other => None,
        }
    }

    /// The title of each chapter and the name of its section: `chapter-03` where it has a number, else the words of its title. Where numbers
    /// are counted anew in each part, the part's is named too.
    fn names(&self) -> Vec<(String, String)> {
        let numbers: Vec<usize> = self.chapters.iter().filter_map(|index| self.number(*index)).collect();
        let is_anew = numbers.iter().collect::<BTreeSet<_>>().len() < numbers.len();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let name = |index: &usize| {
            let words = &self.titles[*index].words;
            let part = self.parts.iter().rev().find(|part| *part < index).filter(|_| is_anew).map(|part| &self.titles[*part].words);
            let number = self.number(*index).map(|number| format!("chapter-{number:02}"));
            let own = number.unwrap_or_else(|| plain_name(words));
            let name = part.map_or(own.clone(), |part| format!("{}-{own}", plain_name(part)));
            let free = std::iter::once(name.clone()).chain((2..).map(|count| format!("{name}-{count}"))).find(|name| !taken.contains(name));
            let name = free.unwrap_or(name);
            taken.insert(name.clone());
            (part.map_or(words.clone(), |part| format!("{part}, {words}")), name)
        };
        self.chapters.iter().map(name).collect()
    }
}

/// A title as the name of a file: letters and digits, in small letters, with hyphens between them.
fn plain_name(title: &str) -> String {
    let plain: String = title.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).take(MAX_NAME).collect();
    let name = plain.split_whitespace().collect::<Vec<_>>().join("-");
    if name.is_empty() { "chapter".to_string() } else { name }
}

#[cfg(test)]
mod tests;
