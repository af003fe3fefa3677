//! Sentences put into copies of the author's files, and where everything else went by that. The files themselves are never opened.

use crate::manuscript::{Section, SourceFile};
use crate::text::{SourcePath, Span};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Text to put into a copy of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    pub file: SourcePath,
    /// Byte of the original file in front of which it is put.
    pub offset: usize,
    /// What parts it from the words before: a space, or an empty line.
    pub lead: &'static str,
    /// One sentence or two.
    pub sentence: String,
}

/// Copies of an author's files with something put into them.
#[derive(Clone, Debug, Default)]
pub struct Copy {
    insertions: BTreeMap<SourcePath, Vec<Insertion>>,
}

impl Copy {
    /// A copy with these insertions; no two may have the same place.
    pub fn new(insertions: impl IntoIterator<Item = Insertion>) -> Copy {
        let mut copy = Copy::default();
        for insertion in insertions {
            copy.insertions.entry(insertion.file.clone()).or_default().push(insertion);
        }
        copy.insertions.values_mut().for_each(|list| list.sort_by_key(|insertion| insertion.offset));
        copy
    }

    /// The texts with everything put in. An offset that does not fit its file is left out.
    pub fn of(&self, files: &[SourceFile]) -> Vec<SourceFile> {
        files.iter().map(|file| self.of_file(file)).collect()
    }

    fn of_file(&self, file: &SourceFile) -> SourceFile {
        let Some(insertions) = self.insertions.get(&file.path) else { return file.clone() };
        let mut text = String::with_capacity(file.text.len() + 1_000);
        let mut done = 0;
        for insertion in insertions {
            let Some(before) = file.text.get(done..insertion.offset) else { continue };
            text += before;
            text += insertion.lead;
            text += &insertion.sentence;
            done = insertion.offset;
        }
        text += &file.text[done..];
        let moved = |ranges: &[Range<usize>]| -> Vec<Range<usize>> {
            let moved = |range: &Range<usize>| self.moved(&file.path, Span::new(range.start, range.end));
            ranges.iter().map(moved).map(|span| span.start..span.end).collect()
        };
        // The titles of a section stand elsewhere now.
        let section = file.section.as_ref().map(|section| {
            Arc::new(Section { titles: moved(&section.titles), headings: moved(&section.headings), ..Section::clone(section) })
        });
        SourceFile { text: text.into(), section, ..file.clone() }
    }

    /// Where words of the original stand in the copy.
    pub fn moved(&self, file: &SourcePath, span: Span) -> Span {
        let before = |offset: usize, is_end: bool| -> usize {
            let is_before = |insertion: &&Insertion| insertion.offset < offset || insertion.offset == offset && !is_end;
            self.of_path(file).iter().filter(is_before).map(length).sum()
        };
        Span::new(span.start + before(span.start, false), span.end + before(span.end, true))
    }

    /// Where a sentence that was put in stands in the copy.
    pub fn place_of(&self, insertion: &Insertion) -> Span {
        let before: usize = self.of_path(&insertion.file).iter().filter(|other| other.offset < insertion.offset).map(length).sum();
        let start = insertion.offset + before + insertion.lead.len();
        Span::new(start, start + insertion.sentence.len())
    }

    fn of_path(&self, file: &SourcePath) -> &[Insertion] {
        self.insertions.get(file).map_or(&[], Vec::as_slice)
    }
}

fn length(insertion: &Insertion) -> usize {
    insertion.lead.len() + insertion.sentence.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(file: &str, offset: usize, lead: &'static str, sentence: &str) -> Insertion {
        Insertion { file: SourcePath::new(file), offset, lead, sentence: sentence.to_string() }
    }

    #[test]
    fn what_was_put_in_and_what_moved_are_found_again() {
        let files = [SourceFile::new("a.md", "One é two.\n\nThree."), SourceFile::new("b.md", "Four.")];
        let (second, first) = (put("a.md", 19, "\n\n", "Last."), put("a.md", 11, " ", "Put in."));
        let copy = Copy::new([second.clone(), first.clone()]);
        let copies = copy.of(&files);
        assert_eq!(&*copies[0].text, "One é two. Put in.\n\nThree.\n\nLast.");
        assert_eq!(copies[1], files[1]);
        for insertion in [&first, &second] {
            assert_eq!(copy.place_of(insertion).slice(&copies[0].text), Some(insertion.sentence.as_str()));
        }
        let path = SourcePath::new("a.md");
        for words in ["One é two.", "two.", "Three."] {
            let start = files[0].text.find(words).unwrap();
            let moved = copy.moved(&path, Span::new(start, start + words.len()));
            assert_eq!(moved.slice(&copies[0].text), Some(words));
        }
        assert_eq!(copy.moved(&SourcePath::new("b.md"), Span::new(0, 5)), Span::new(0, 5));
    }
}
