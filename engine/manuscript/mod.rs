//! The author's Markdown as a story: a series of books of chapters of scenes of sentences, each with its way back to the file's bytes.
//!
//! Invariant: nothing here fails. Every function gives a value and the problems met on the way. Nothing here reads a file.

pub mod documents;
mod fences;
pub mod front_matter;
mod html;
mod language;
mod lists;
mod markdown;
mod marks;
pub mod order;
mod outline;
mod section;
pub mod sections;
mod sentence;
mod title;

pub use front_matter::{FrontMatter, KeyNames, Mode};
pub use order::{OrderSettings, ReadingOrder};
pub use section::Section;

use crate::text::{ContentHash, LineColumn, LineIndex, Problem, SourcePath, Span};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// How the bytes of a chapter's file spell its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    #[default]
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
}

impl Encoding {
    /// The offset in a file's own bytes of an offset in its decoded text: the same for UTF-8, recomputed for UTF-16.
    pub fn file_offset(self, text: &str, offset: usize) -> usize {
        match self {
            Encoding::Utf8 => offset,
            Encoding::Utf16LittleEndian | Encoding::Utf16BigEndian => {
                text.get(..offset).map_or(0, |before| before.encode_utf16().count() * 2)
            }
        }
    }
}

/// One text file as it was read, or a chapter out of one that holds several: its path and its text, decoded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: SourcePath,
    /// The whole text, with its byte-order mark if it has one, so that offsets are those of the file, or of the section.
    pub text: Arc<str>,
    pub encoding: Encoding,
    /// Where it is a part of a file: what is known of it.
    pub section: Option<Arc<Section>>,
}

impl SourceFile {
    /// A UTF-8 file, as tests write them.
    pub fn new(path: &str, text: &str) -> SourceFile {
        SourceFile { path: SourcePath::new(path), text: text.into(), encoding: Encoding::Utf8, section: None }
    }
}

/// A point of the story in reading order. Books and scenes count from 0 within the series and the chapter; chapters within the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StoryPoint {
    pub book: usize,
    pub chapter: usize,
    pub scene: usize,
}

impl StoryPoint {
    /// The first point of any story.
    pub const BEGIN: StoryPoint = StoryPoint { book: 0, chapter: 0, scene: 0 };
    /// A point behind every story.
    pub const END: StoryPoint = StoryPoint { book: usize::MAX, chapter: 0, scene: 0 };
}

/// All books of the author's folder, in reading order.
#[derive(Debug, Default)]
pub struct Series {
    pub title: String,
    pub books: Vec<Book>,
}

/// One book: its chapters in reading order.
#[derive(Debug)]
pub struct Book {
    /// How the author refers to it: the folder's name, `""` when the chapters lie in the author's folder itself.
    pub folder: String,
    pub title: String,
    /// 1-based place in the series.
    pub number: usize,
    pub chapters: Vec<Arc<Chapter>>,
}

/// Whether the author's word for a book or chapter says that it is in print.
pub fn is_published(status: &str) -> bool {
    status.trim().eq_ignore_ascii_case("published")
}

/// One source file, parsed.
#[derive(Debug)]
pub struct Chapter {
    pub path: SourcePath,
    pub title: String,
    /// 1-based place in its book's reading order.
    pub number: usize,
    /// 0-based place of its book in the series.
    pub book: usize,
    pub source: Arc<str>,
    pub encoding: Encoding,
    pub front_matter: FrontMatter,
    /// The English name of its language, when that is another one than English.
    pub foreign_language: Option<&'static str>,
    /// It is in print, by its own `status` or its book's: canon that stands as it is.
    pub is_published: bool,
    pub scenes: Vec<Scene>,
    /// Comments of the author that are not prose, with their place: `<!-- … -->` and `%% … %%`.
    pub comments: Vec<Comment>,
    /// Texts of footnotes, which are a voice apart: no prose, and no ground for a contradiction.
    pub footnotes: Vec<Comment>,
    line_index: LineIndex,
    section: Option<Arc<Section>>,
}

/// A comment the author left in a chapter, or a text that stands beside its prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub span: Span,
    pub text: String,
}

/// Text between scene breaks; the smallest unit a script is given whole.
#[derive(Debug)]
pub struct Scene {
    /// 1-based place in its chapter.
    pub number: usize,
    pub point: StoryPoint,
    /// A lower heading that opened the scene, if one did.
    pub heading: Option<String>,
    /// From the first to the last byte of its prose in the file.
    pub span: Span,
    /// The words without their markup: soft line ends are spaces, paragraphs are parted by one empty line.
    pub prose: String,
    pub paragraphs: Vec<Range<usize>>,
    pub sentences: Vec<Sentence>,
    /// What stands in italics, as byte ranges of the prose, in its order; none is empty.
    pub italics: Vec<Range<usize>>,
    segments: Vec<Segment>,
    word_count: usize,
}

/// One sentence of a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Byte range within [`Scene::prose`].
    pub range: Range<usize>,
    /// 0-based paragraph of the scene it stands in.
    pub paragraph: usize,
}

/// A run of prose bytes and the source bytes they were read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    prose_start: usize,
    prose_length: usize,
    source: Span,
    /// Whether prose and source agree byte for byte here; else (an entity, a line end) the run is one indivisible piece. Its length does not
    /// tell: `&ngE;` stands for five bytes.
    is_verbatim: bool,
}

impl Scene {
    /// The bytes of the file for a byte range of the prose, from its first to its last visible byte, markup between them included.
    pub fn locate(&self, range: Range<usize>) -> Span {
        let start = self.source_offset(range.start, false);
        let end = if range.end > range.start { self.source_offset(range.end, true) } else { start };
        Span::new(start, end)
    }

    /// The byte range of the prose that a span of the file covers, or nothing when the span has no prose of this scene.
    pub fn prose_range(&self, span: Span) -> Option<Range<usize>> {
        let covered = |segment: &&Segment| segment.source.overlaps(&span);
        let first = self.segments.iter().find(covered)?;
        let last = self.segments.iter().rev().find(covered)?;
        let start = if first.is_verbatim { first.prose_start + span.start.saturating_sub(first.source.start) } else { first.prose_start };
        let end = if last.is_verbatim {
            last.prose_start + (span.end.min(last.source.end) - last.source.start)
        } else {
            last.prose_start + last.prose_length
        };
        Some(start..end)
    }

    fn source_offset(&self, prose_offset: usize, is_end: bool) -> usize {
        let index = if is_end {
            self.segments.partition_point(|segment| segment.prose_start < prose_offset)
        } else {
            self.segments.partition_point(|segment| segment.prose_start <= prose_offset)
        };
        let Some(segment) = self.segments.get(index.saturating_sub(1)) else { return self.span.start };
        let within = prose_offset.saturating_sub(segment.prose_start).min(segment.prose_length);
        match (segment.is_verbatim, is_end) {
            (true, _) => segment.source.start + within,
            (false, false) => segment.source.start,
            (false, true) => segment.source.end,
        }
    }

    /// The words of one sentence.
    pub fn sentence_text(&self, sentence: &Sentence) -> &str {
        &self.prose[sentence.range.clone()]
    }

    /// The sentence that holds a byte of the prose.
    pub fn sentence_at(&self, prose_offset: usize) -> Option<&Sentence> {
        let index = self.sentences.partition_point(|sentence| sentence.range.end <= prose_offset);
        self.sentences.get(index).filter(|sentence| sentence.range.start <= prose_offset)
    }

    /// The number of words.
    pub fn words(&self) -> usize {
        self.word_count
    }
}

impl Chapter {
    /// Parses one file. What cannot be read becomes a problem; the rest is kept.
    pub fn parse(file: &SourceFile, key_names: &KeyNames) -> (Chapter, Vec<Problem>) {
        let mut problems = Vec::new();
        let line_index = LineIndex::new(&file.text);
        let section = file.section.as_deref();
        let is_document = documents::is_document(&file.path);
        let (front_matter, body) = if is_document {
            (FrontMatter::default(), documents::body(&file.text, section))
        } else {
            let (front_matter, body_start) = front_matter::read(file, key_names, &mut problems);
            (front_matter, markdown::read(&file.text, body_start, section))
        };
        for (offset, message) in &body.problems {
            let place = in_file(line_index.line_column(&file.text, *offset), section);
            problems.push(Problem::new(crate::text::ProblemKind::Note, message.clone()).in_file(&file.path).at(place));
        }
        let own_title = front_matter.title.clone().filter(|_| section.is_none());
        let title = own_title.or(body.title).unwrap_or_else(|| title_from_name(file.path.stem()));
        let chapter = Chapter {
            path: file.path.clone(),
            title,
            number: 0,
            book: 0,
            source: file.text.clone(),
            encoding: file.encoding,
            front_matter,
            foreign_language: language::foreign_language(body.scenes.iter().map(|scene| scene.prose.as_str())),
            is_published: false,
            scenes: body.scenes,
            comments: body.comments,
            footnotes: body.footnotes,
            line_index,
            section: file.section.clone(),
        };
        (chapter, problems)
    }

    /// Gives the chapter its place in the story.
    fn placed(mut self, book: usize, chapter: usize, is_book_published: bool) -> Chapter {
        self.book = book;
        self.is_published = is_book_published
            || self.section.as_ref().is_some_and(|section| section.is_published)
            || self.front_matter.status.as_deref().is_some_and(is_published);
        self.number = chapter + 1;
        for (index, scene) in self.scenes.iter_mut().enumerate() {
            scene.point = StoryPoint { book, chapter, scene: index };
        }
        self
    }

    /// Line and column in the file of a byte of the chapter's text.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        in_file(self.line_index.line_column(&self.source, offset), self.section.as_deref())
    }

    /// The offset in the file's own bytes.
    pub fn file_offset(&self, offset: usize) -> usize {
        let before = self.section.as_ref().map_or(0, |section| section.bytes_before);
        before + self.encoding.file_offset(&self.source, offset)
    }

    /// What is known of it where it is a part of a file.
    pub fn section(&self) -> Option<&Section> {
        self.section.as_deref()
    }

    /// The number of words of prose.
    pub fn words(&self) -> usize {
        self.scenes.iter().map(Scene::words).sum()
    }

    /// Whether there is any prose at all.
    pub fn is_empty(&self) -> bool {
        self.scenes.is_empty()
    }

    /// The hash of the file's text.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of(self.source.as_bytes())
    }
}

/// A place in a file, of a place in a section of it.
fn in_file(place: LineColumn, section: Option<&Section>) -> LineColumn {
    LineColumn { line: place.line + section.map_or(0, |section| section.lines_before), ..place }
}

/// The sentences of any text, such as a model's.
pub fn sentences_of(text: &str) -> Vec<&str> {
    let paragraphs = std::slice::from_ref(&(0..text.len())).to_vec();
    sentence::split(text, &paragraphs).into_iter().map(|sentence| &text[sentence.range]).collect()
}

/// `03-the-key.md` was meant as "The key".
fn title_from_name(stem: &str) -> String {
    let spaced = stem.replace(['-', '_'], " ");
    let without_number = spaced.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ' ');
    let mut characters = without_number.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => spaced.trim().to_string(),
    }
}

/// The language of chapters too short to tell it themselves, where those of their folder tell it together and none tells another one.
fn languages_of_short(chapters: &BTreeMap<SourcePath, Chapter>) -> Vec<(SourcePath, &'static str)> {
    let mut folders: BTreeMap<&str, Vec<&Chapter>> = BTreeMap::new();
    for (path, chapter) in chapters.iter().filter(|(_, chapter)| language::is_short(chapter.words())) {
        folders.entry(path.folder()).or_default().push(chapter);
    }
    let of_folder = |short: Vec<&Chapter>| {
        let prose = short.iter().flat_map(|chapter| &chapter.scenes).map(|scene| scene.prose.as_str());
        let language = language::foreign_language(prose);
        let told = move |chapter: &Chapter| Some((chapter.path.clone(), language?));
        short.into_iter().filter_map(told).collect::<Vec<_>>()
    };
    folders.into_values().flat_map(of_folder).collect()
}

impl Series {
    /// Puts parsed chapters into books in the given order.
    pub fn assemble(files: &[SourceFile], settings: &OrderSettings) -> (Series, ReadingOrder, Vec<Problem>) {
        let key_names = &settings.key_names;
        let mut problems = Vec::new();
        let mut parsed = BTreeMap::new();
        let chapters: Vec<(Chapter, Vec<Problem>)> = files.par_iter().map(|file| Chapter::parse(file, key_names)).collect();
        for (chapter, chapter_problems) in chapters {
            problems.extend(chapter_problems);
            parsed.insert(chapter.path.clone(), chapter);
        }
        for (path, language) in languages_of_short(&parsed) {
            parsed.entry(path).and_modify(|chapter| chapter.foreign_language = Some(language));
        }
        let order = order::resolve(&parsed, files, settings, &mut problems);
        let mut books = Vec::new();
        for (book_index, ordered) in order.books.iter().enumerate() {
            let mut chapters = Vec::new();
            for path in &ordered.chapters {
                if let Some(chapter) = parsed.remove(path) {
                    let index = chapters.len();
                    chapters.push(Arc::new(chapter.placed(book_index, index, ordered.is_published)));
                }
            }
            books.push(Book { folder: ordered.folder.clone(), title: ordered.title.clone(), number: book_index + 1, chapters });
        }
        (Series { title: order.series_title.clone(), books }, order, problems)
    }

    /// The series as it was: the files of now, some of them in their earlier text, and those that are gone. Nothing when nothing changed.
    pub fn before(now: &[SourceFile], earlier: &[SourceFile], settings: &OrderSettings) -> Option<Series> {
        let is_as_now = |file: &&SourceFile| !earlier.iter().any(|other| other.path == file.path);
        let files: Vec<SourceFile> = now.iter().filter(is_as_now).chain(earlier).cloned().collect();
        (!earlier.is_empty()).then(|| Series::assemble(&files, settings).0)
    }

    /// The series as far as a chapter, by its 0-based book and place in it: that chapter is the last.
    pub fn until(&self, book: usize, chapter: usize) -> Series {
        let part = |earlier: &Book| {
            let kept = if earlier.number == book + 1 { chapter + 1 } else { earlier.chapters.len() };
            let chapters = earlier.chapters.iter().take(kept).cloned().collect();
            Book { folder: earlier.folder.clone(), title: earlier.title.clone(), number: earlier.number, chapters }
        };
        Series { title: self.title.clone(), books: self.books.iter().take(book + 1).map(part).collect() }
    }

    /// All chapters in reading order.
    pub fn chapters(&self) -> impl Iterator<Item = &Arc<Chapter>> {
        self.books.iter().flat_map(|book| &book.chapters)
    }

    /// The chapter of a path.
    pub fn chapter(&self, path: &SourcePath) -> Option<&Arc<Chapter>> {
        self.chapters().find(|chapter| &chapter.path == path)
    }

    /// The scene at a point of the story.
    pub fn scene(&self, point: StoryPoint) -> Option<(&Arc<Chapter>, &Scene)> {
        let chapter = self.books.get(point.book)?.chapters.get(point.chapter)?;
        Some((chapter, chapter.scenes.get(point.scene)?))
    }

    /// The number of words of prose.
    pub fn words(&self) -> usize {
        self.chapters().map(|chapter| chapter.words()).sum()
    }
}
