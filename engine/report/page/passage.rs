//! The words of a finding in the text as it is now, with what stands around them.

use crate::finding::history::{Record, RecordedQuote};
use crate::manuscript::{Chapter, Series, SourceFile};
use crate::text::words::{Folded, fold, key_words};
use crate::text::{LineIndex, SourcePath};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::rc::Rc;

/// Characters that are shown before a quote and behind it, at most.
const CHARACTERS_AROUND: usize = 320;

/// One passage of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Passage {
    /// `book-1/03.md:20`.
    pub place: String,
    /// What the file is to the story: the chapter's title, the bible, or nothing any more.
    pub of: String,
    pub before: String,
    /// The words, cut where those begin and end that tell it from the other passage.
    pub quote: Vec<Piece>,
    pub after: String,
    /// Whether the words stand in the file no more; then they are those of the last run, and nothing is around them.
    pub is_gone: bool,
}

/// A part of a quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub words: String,
    /// Whether these words are in the finding's message and not in the other passages.
    pub differs: bool,
}

/// Finds passages in a series and its bible; what was looked through once is kept.
pub struct Passages<'a> {
    series: &'a Series,
    bible: &'a [SourceFile],
    texts: RefCell<HashMap<SourcePath, Rc<Vec<Text>>>>,
}

/// A text that quotes stand in: a scene's prose, or a whole file.
struct Text {
    words: String,
    folded: Folded,
    paragraphs: Vec<Range<usize>>,
    /// Line in the file of each paragraph.
    lines: Vec<usize>,
}

impl<'a> Passages<'a> {
    /// Looks at nothing yet.
    pub fn new(series: &'a Series, bible: &'a [SourceFile]) -> Passages<'a> {
        Passages { series, bible, texts: RefCell::default() }
    }

    /// The passages of a finding.
    pub(super) fn of(&self, record: &Record) -> Vec<Passage> {
        let whose: BTreeSet<String> = record.subjects.iter().flat_map(|subject| key_words(subject)).collect();
        let told: BTreeSet<String> = key_words(&record.message).into_iter().filter(|word| !whose.contains(word)).collect();
        let of_others = |index: usize| -> BTreeSet<String> {
            let others = record.quotes.iter().enumerate().filter(|(other, _)| *other != index);
            others.flat_map(|(_, quote)| key_words(&quote.words)).collect()
        };
        let passage = |(index, quote): (usize, &RecordedQuote)| {
            let others = of_others(index);
            let differs = |word: &str| key_words(word).iter().any(|word| told.contains(word) && !others.contains(word));
            self.passage(quote, &differs)
        };
        record.quotes.iter().enumerate().map(passage).collect()
    }

    fn passage(&self, quote: &RecordedQuote, differs: &dyn Fn(&str) -> bool) -> Passage {
        let chapter = self.series.chapter(&quote.file);
        let is_of_bible = || self.bible.iter().any(|note| note.path == quote.file);
        let no_chapter = || if is_of_bible() { "the bible" } else { "no chapter any more" }.to_string();
        let of = chapter.map_or_else(no_chapter, |chapter| chapter.title.clone());
        let on_disk = quote.file.on_disk();
        let texts = self.texts_of(&quote.file, chapter.map(|chapter| &**chapter));
        // Of several places with the same words, the one nearest to where they stood.
        let found = texts.iter().flat_map(|text| text.find(&quote.words).map(move |range| (text, range)));
        let nearest = found.min_by_key(|(text, range)| text.line(range.start).abs_diff(quote.line));
        let Some((text, range)) = nearest else {
            let quote_words = vec![Piece { words: quote.words.clone(), differs: false }];
            return Passage { place: format!("{on_disk}:{}", quote.line), of, quote: quote_words, is_gone: true, ..Passage::default() };
        };
        let around = text.around(&range);
        Passage {
            place: format!("{on_disk}:{}", text.line(range.start)),
            of,
            before: last_part(&text.words[around.start..range.start]),
            quote: pieces(&text.words[range.clone()], differs),
            after: first_part(&text.words[range.end..around.end]),
            is_gone: false,
        }
    }

    /// What quotes of a file can stand in: the scenes of a chapter first, then its file as it is, for words above the prose.
    fn texts_of(&self, file: &SourcePath, chapter: Option<&Chapter>) -> Rc<Vec<Text>> {
        let mut texts = self.texts.borrow_mut();
        let read = || {
            let prose = chapter.into_iter().flat_map(Text::of_scenes);
            let whole = || self.bible.iter().find(|note| note.path == *file).map(|note| Text::of_lines(&note.text, 0));
            let above = |chapter: &Chapter| {
                let end = chapter.scenes.first().map_or(chapter.source.len(), |scene| scene.span.start);
                Text::of_lines(&chapter.source[..end], chapter.line_column(0).line - 1)
            };
            Rc::new(prose.chain(chapter.map(above).or_else(whole)).collect())
        };
        texts.entry(file.clone()).or_insert_with(read).clone()
    }
}

impl Text {
    fn of_scenes(chapter: &Chapter) -> Vec<Text> {
        let text = |scene: &crate::manuscript::Scene| {
            let line = |paragraph: &Range<usize>| chapter.line_column(scene.locate(paragraph.start..paragraph.start).start).line;
            Text {
                words: scene.prose.clone(),
                folded: Folded::new(&scene.prose),
                paragraphs: scene.paragraphs.clone(),
                lines: scene.paragraphs.iter().map(line).collect(),
            }
        };
        chapter.scenes.iter().map(text).collect()
    }

    /// A text of which every line is a paragraph.
    fn of_lines(text: &str, lines_before: usize) -> Text {
        let index = LineIndex::new(text);
        let mut paragraphs = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            paragraphs.push(start..start + line.trim_end().len());
            start += line.len();
        }
        let lines = paragraphs.iter().map(|paragraph| lines_before + index.line_column(text, paragraph.start).line).collect();
        Text { words: text.to_string(), folded: Folded::new(text), paragraphs, lines }
    }

    fn find(&self, folded: &str) -> impl Iterator<Item = Range<usize>> {
        let wanted = fold(folded);
        let places: Vec<usize> = match wanted.is_empty() {
            true => Vec::new(),
            false => self.folded.text.match_indices(&wanted).map(|(start, _)| start).collect(),
        };
        let length = wanted.len();
        places.into_iter().map(move |start| self.folded.original_range(&self.words, start, start + length))
    }

    /// The paragraph of a byte, by its place.
    fn paragraph(&self, offset: usize) -> usize {
        self.paragraphs.partition_point(|paragraph| paragraph.start <= offset).saturating_sub(1)
    }

    fn line(&self, offset: usize) -> usize {
        self.lines.get(self.paragraph(offset)).copied().unwrap_or(1)
    }

    /// The paragraphs that words stand in.
    fn around(&self, range: &Range<usize>) -> Range<usize> {
        let [first, last] = [range.start, range.end.saturating_sub(1)].map(|offset| self.paragraphs.get(self.paragraph(offset)));
        first.map_or(range.start, |first| first.start.min(range.start))..last.map_or(range.end, |last| last.end.max(range.end))
    }
}

/// A quote in pieces: the words that differ, and all between them.
fn pieces(quote: &str, differs: &dyn Fn(&str) -> bool) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |words: &str, differs: bool| match pieces.last_mut().filter(|last| last.differs == differs) {
        Some(last) => last.words.push_str(words),
        None => pieces.push(Piece { words: words.to_string(), differs }),
    };
    let is_of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '’' | '\'');
    let mut rest = quote;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter: char| is_of_word(letter) != is_of_word(first)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        push(word, is_of_word(first) && differs(word));
        rest = behind;
    }
    pieces
}

/// The end of what stands before a quote, from a word on.
fn last_part(text: &str) -> String {
    let Some((cut, _)) = text.char_indices().rev().nth(CHARACTERS_AROUND) else { return text.to_string() };
    let part = &text[cut..];
    format!("… {}", part.split_once(' ').map_or(part, |(_, words)| words))
}

/// The beginning of what follows a quote, up to a word's end.
fn first_part(text: &str) -> String {
    let Some((cut, _)) = text.char_indices().nth(CHARACTERS_AROUND) else { return text.to_string() };
    let part = &text[..cut];
    format!("{} …", part.rsplit_once(' ').map_or(part, |(words, _)| words))
}
