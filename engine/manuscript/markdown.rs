//! The one door to Markdown: a chapter's text becomes scenes of plain prose, every byte of which knows where it came from.
//!
//! What is not prose is left out and its place kept: comments, embeds, callouts, the tags of raw HTML, fenced code that comes to its end.
//! Indented code is prose, because novelists indent paragraphs.
//!
//! Invariant: nothing swallows the rest of a chapter. Whatever stands before it, a last paragraph is read.

use super::html::{self, Piece};
use super::marks::{self, Asides, MASK};
use super::outline::{self, Look, Title};
use super::title;
use super::{Comment, Scene, Section, Segment, StoryPoint, fences, sentence};
use crate::text::{Span, words};
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// How often a chapter is read, at most: once more for code that never closes, and once without any mark of code.
const MAX_READINGS: usize = 3;

/// A setext heading longer than this is a paragraph whose author forgot the empty line before `---`.
const MAX_SETEXT_TITLE_BYTES: usize = 70;

/// What a chapter's text holds.
pub struct Body {
    pub title: Option<String>,
    pub scenes: Vec<Scene>,
    pub comments: Vec<Comment>,
    pub footnotes: Vec<Comment>,
    /// Byte offset and message.
    pub problems: Vec<(usize, String)>,
}

/// Reads the Markdown of a chapter from `body_start` (the end of its front matter) on. What is known of a section of a file is not read from it.
pub fn read(source: &str, body_start: usize, section: Option<&Section>) -> Body {
    let mut problems = Vec::new();
    let (masked, Asides { comments, footnotes }) = marks::masked(source, body_start, &mut problems);
    let masked = section.map_or_else(|| masked.clone(), |section| with_breaks_for(&masked, body_start, &section.titles));
    let known = Known { title: section.map(|section| section.title.clone()), wants_titles: false };
    let (Read { title, scenes, .. }, unclosed) = read_marked(source, masked, body_start, &known);
    // The first is reported; the others may follow from it. What stood in one may begin others.
    let message = "code opens here with marks that never close; its text is read as prose".to_string();
    problems.extend(unclosed.map(|place| (place, message)));
    Body { title, scenes, comments, footnotes, problems }
}

/// All lines of a file that are headings, or say that they are titles.
pub(super) fn titles(source: &str, body_start: usize) -> Vec<Title> {
    let (masked, _) = marks::masked(source, body_start, &mut Vec::new());
    read_marked(source, masked, body_start, &Known { title: None, wants_titles: true }).0.titles
}

/// The text with a scene break, of the same length, in place of each of these titles of `source`.
fn with_breaks_for(masked: &str, body_start: usize, titles: &[Range<usize>]) -> String {
    let mut text = masked.as_bytes().to_vec();
    for title in titles {
        let within = title.start.saturating_sub(body_start)..title.end.saturating_sub(body_start).min(text.len());
        for (place, byte) in text[within].iter_mut().enumerate() {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = if place == 0 { b'#' } else { b' ' };
            }
        }
    }
    // A title is whole lines, so nothing of a character is left.
    String::from_utf8(text).unwrap_or_else(|_| masked.to_string())
}

/// What a reading is told before.
struct Known {
    title: Option<String>,
    wants_titles: bool,
}

/// What a reading finds.
struct Read {
    title: Option<String>,
    scenes: Vec<Scene>,
    titles: Vec<Title>,
}

/// Reads a text whose comments are masked, as often as it takes. Gives with it where code opened that never closed.
fn read_marked(source: &str, masked: String, body_start: usize, known: &Known) -> (Read, Option<usize>) {
    let mut masked = fences::tildes_as_breaks(masked);
    let mut first = None;
    for reading in 1..MAX_READINGS {
        let reader = read_masked(source, &masked, body_start, known);
        if reader.unclosed.is_empty() {
            return (reader.read(), first);
        }
        first = first.or(reader.unclosed.first().map(|place| place + body_start));
        let unclosed = reader.unclosed;
        masked = fences::masked(&masked, &unclosed, reading + 1 == MAX_READINGS, MASK);
    }
    (read_masked(source, &masked, body_start, known).read(), first)
}

fn read_masked<'a>(source: &'a str, masked: &'a str, body_start: usize, known: &Known) -> Reader<'a> {
    let (title, wants_titles) = (known.title.clone(), known.wants_titles);
    let mut reader = Reader { source, masked, base: body_start, title, wants_titles, ..Reader::default() };
    let options = Options::ENABLE_WIKILINKS | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_HEADING_ATTRIBUTES;
    for (event, range) in Parser::new_ext(masked, options).into_offset_iter() {
        reader.take(event, Span::new(range.start + body_start, range.end + body_start));
    }
    reader.end_scene();
    debug_assert_eq!((reader.skipped, reader.quotes.len()), (0, 0), "something was left open, and the rest of the chapter with it");
    reader
}

/// Collects prose while the parser's events go by.
#[derive(Default)]
pub(super) struct Reader<'a> {
    source: &'a str,
    /// What the parser sees: the source from `base` on, its comments masked.
    masked: &'a str,
    base: usize,
    title: Option<String>,
    wants_titles: bool,
    titles: Vec<Title>,
    scenes: Vec<Scene>,
    heading: Option<String>,
    prose: String,
    segments: Vec<Segment>,
    paragraphs: Vec<Range<usize>>,
    paragraph_start: Option<usize>,
    italics: Vec<Range<usize>>,
    /// Where the open italics began, the outermost first.
    italics_start: Vec<usize>,
    /// How many enclosing elements are not prose.
    skipped: usize,
    open_heading: Option<(HeadingLevel, Span)>,
    /// Whether each open block quote is a remark.
    quotes: Vec<bool>,
    /// How many items of lists are open.
    items: usize,
    /// Whether each open run of struck-out words is one: a single tilde strikes nothing out.
    struck: Vec<bool>,
    /// Whether the open code block, or the last one, is fenced: its end does not tell.
    is_fenced: bool,
    /// Where code begins that never closes, in `masked`.
    unclosed: Vec<usize>,
    /// The lines of the open block of HTML.
    html: Vec<Span>,
}

impl<'a> Reader<'a> {
    /// One that is given paragraphs instead of Markdown.
    pub(super) fn of_paragraphs(source: &'a str, title: Option<String>) -> Reader<'a> {
        Reader { source, masked: source, title, ..Reader::default() }
    }

    /// Begins a scene that has a heading.
    pub(super) fn begin_scene(&mut self, heading: String) {
        self.end_scene();
        self.heading = Some(heading);
    }

    /// What it was given.
    pub(super) fn into_body(mut self) -> Body {
        self.end_scene();
        Body { title: self.title, scenes: self.scenes, comments: Vec::new(), footnotes: Vec::new(), problems: Vec::new() }
    }

    fn read(self) -> Read {
        Read { title: self.title, scenes: self.scenes, titles: self.titles }
    }

    fn take(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Start(tag) => self.open(&tag, span),
            Event::End(tag) => self.close(tag, span),
            Event::Text(text) if self.skipped == 0 => self.push_text(&text, span),
            Event::Code(code) if self.skipped == 0 => self.push_text(&code, span),
            Event::Html(_) => match self.html.last_mut() {
                Some(last) if last.end == span.start => last.end = span.end,
                _ => self.html.push(span),
            },
            Event::SoftBreak if self.skipped == 0 => self.push_break(" ", span),
            Event::HardBreak if self.skipped == 0 => self.push_break("\n", span),
            Event::InlineHtml(html) if self.skipped == 0 && html.get(..3).is_some_and(|tag| tag.eq_ignore_ascii_case("<br")) => {
                self.push_break("\n", span)
            }
            Event::Rule => self.end_scene(),
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>, span: Span) {
        match tag {
            Tag::Paragraph => self.start_paragraph(),
            Tag::Item => {
                self.items += 1;
                self.start_paragraph();
            }
            Tag::Strikethrough => {
                let is_struck = self.source[span.start..].starts_with("~~");
                self.struck.push(is_struck);
                self.skipped += usize::from(is_struck);
            }
            Tag::Emphasis => self.italics_start.push(self.prose.len()),
            Tag::CodeBlock(kind) => {
                self.is_fenced = matches!(kind, CodeBlockKind::Fenced(_));
                if self.is_fenced {
                    let code = &self.masked[span.start - self.base..span.end - self.base];
                    let mark = code.find(['`', '~']).unwrap_or(0);
                    if !fences::is_closed(&code[mark..]) || title::holds_chapter(code) {
                        self.unclosed.push(span.start - self.base + mark);
                    }
                    self.skipped += 1;
                } else {
                    self.start_paragraph();
                }
            }
            Tag::Image { .. } | Tag::MetadataBlock(_) => self.skipped += 1,
            Tag::Heading { level, .. } => {
                self.end_paragraph();
                self.open_heading = Some((*level, span));
                self.start_paragraph();
            }
            Tag::BlockQuote(_) => {
                let is_remark = marks::is_remark(&self.source[span.start..]);
                self.quotes.push(is_remark);
                self.skipped += usize::from(is_remark);
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd, span: Span) {
        match tag {
            TagEnd::Paragraph => self.end_paragraph(),
            TagEnd::Item => {
                self.end_paragraph();
                self.items -= 1;
            }
            TagEnd::Strikethrough => self.skipped -= usize::from(self.struck.pop().unwrap_or(false)),
            TagEnd::Emphasis => self.end_italics(),
            TagEnd::CodeBlock if !self.is_fenced => self.end_paragraph(),
            TagEnd::CodeBlock | TagEnd::Image | TagEnd::MetadataBlock(_) => self.skipped -= 1,
            TagEnd::HtmlBlock => {
                let blocks = std::mem::take(&mut self.html);
                if self.skipped == 0 {
                    blocks.into_iter().for_each(|lines| self.read_html(lines));
                }
            }
            TagEnd::Heading(_) => self.end_heading(span),
            TagEnd::BlockQuote(_) => self.skipped -= usize::from(self.quotes.pop().unwrap_or(false)),
            _ => {}
        }
    }

    fn end_italics(&mut self) {
        let start = self.italics_start.pop().unwrap_or(self.prose.len());
        if self.italics_start.is_empty() && start < self.prose.len() {
            self.italics.push(start..self.prose.len());
        }
    }

    /// The words of raw HTML are prose.
    fn read_html(&mut self, lines: Span) {
        let html = &self.masked[lines.start - self.base..lines.end - self.base];
        let place = |range: Range<usize>| Span::new(lines.start + range.start, lines.start + range.end);
        self.start_paragraph();
        for piece in html::pieces(html) {
            match piece {
                Piece::Words(range) => self.push_masked(&html[range.clone()], lines.start + range.start),
                Piece::LineEnd(range) => self.push_break(" ", place(range)),
                Piece::Break(range) => self.push_break("\n", place(range)),
                Piece::ParagraphEnd => self.start_paragraph(),
                Piece::SceneBreak => {
                    self.end_scene();
                    self.start_paragraph();
                }
            }
        }
        self.end_paragraph();
    }

    pub(super) fn start_paragraph(&mut self) {
        self.end_paragraph();
        if self.skipped == 0 {
            if !self.prose.is_empty() {
                self.prose.push_str("\n\n");
            }
            self.paragraph_start = Some(self.prose.len());
        }
    }

    /// Ends the open paragraph: empty ones vanish, and one of ornaments only is a scene break.
    pub(super) fn end_paragraph(&mut self) {
        let Some(start) = self.paragraph_start.take() else { return };
        let visible = self.prose.trim_end().len().max(start);
        let text = self.prose[start..visible].to_string();
        self.truncate(visible);
        let is_ornament = !text.is_empty() && text.chars().all(|c| c.is_whitespace() || "*~#◇◆•·⁂❦§-–—_=".contains(c));
        if text.trim().is_empty() || is_ornament {
            self.truncate(self.prose[..start].trim_end().len());
            if is_ornament {
                self.end_scene();
            }
            return;
        }
        self.paragraphs.push(start..visible);
        if self.wants_titles && self.quotes.is_empty() && self.items == 0 {
            self.note_title(&text);
        }
    }

    /// The lines that a range lies in, whole, but for the end of the last.
    fn whole_lines(&self, range: Range<usize>) -> Range<usize> {
        let end = range.start + self.source[range.clone()].trim_end().len();
        let start = self.source[..range.start].rfind(['\n', '\r']).map_or(0, |line_end| line_end + 1);
        start.max(self.base)..self.source[end..].find(['\n', '\r']).map_or(self.source.len(), |line_end| end + line_end)
    }

    /// Notes the paragraph that ends here if it is one line and says that it is a title.
    fn note_title(&mut self, words: &str) {
        let start = self.paragraphs.last().map_or(0, |paragraph| paragraph.start);
        let first = self.segments.partition_point(|segment| segment.prose_start < start);
        let (Some(first), Some(last)) = (self.segments.get(first), self.segments.last()) else { return };
        let lines = self.whole_lines(first.source.start..last.source.end);
        let line = self.source[lines.clone()].trim();
        if !title::says_title(words) || line.contains(['\n', '\r']) || !outline::is_whole(line, words) {
            return;
        }
        let is_bold = ["**", "__"].iter().any(|mark| line.len() > 4 && line.starts_with(mark) && line.ends_with(mark));
        self.titles.push(Title { lines, words: words.to_string(), look: if is_bold { Look::Bold } else { Look::Plain } });
    }

    fn end_heading(&mut self, span: Span) {
        let Some((level, opened)) = self.open_heading.take() else { return self.end_paragraph() };
        let start = self.paragraph_start.unwrap_or(self.prose.len());
        let text = self.prose[start..].trim().to_string();
        let is_setext = !self.source[opened.start..].trim_start().starts_with('#');
        let lines = self.source[opened.start..span.end.max(opened.end)].trim_end();
        let ends = |text: &str| text.trim_end().ends_with(['.', '!', '?', '”', '"', '…']);
        let is_prose = lines.ends_with('-') && (text.len() > MAX_SETEXT_TITLE_BYTES || ends(&text));
        // What stands right above the title is taken for a part of it.
        let has_prose = || lines.split(['\n', '\r']).rev().skip(2).any(ends);
        if is_setext && (is_prose || has_prose()) {
            self.end_paragraph();
            return self.end_scene();
        }
        self.truncate(self.prose[..start].trim_end().len());
        self.paragraph_start = None;
        self.end_scene();
        if text.is_empty() {
            return; // A lone `#` is a scene break.
        }
        if self.wants_titles && self.quotes.is_empty() && self.items == 0 {
            let lines = self.whole_lines(opened.start..span.end.max(opened.start));
            self.titles.push(Title { lines, words: text.clone(), look: Look::Heading(level as u8) });
        }
        if self.title.is_none() && self.scenes.is_empty() {
            self.title = Some(text);
        } else {
            self.heading = Some(text);
        }
    }

    /// Shortens the prose. A run that reaches beyond its new end is shortened too: the words before the space that is cut stay. The runs
    /// stand in order; looking at all of them for each paragraph would be looking without end.
    fn truncate(&mut self, length: usize) {
        self.prose.truncate(length);
        while self.italics.last().is_some_and(|italics| italics.start >= length) {
            self.italics.pop();
        }
        if let Some(last) = self.italics.last_mut() {
            last.end = last.end.min(length);
        }
        while let Some(last) = self.segments.last_mut() {
            if last.prose_start < length {
                last.prose_length = last.prose_length.min(length - last.prose_start);
                if last.is_verbatim {
                    last.source.end = last.source.start + last.prose_length;
                }
                return;
            }
            self.segments.pop();
        }
    }

    /// Appends text whose bytes may or may not be those of the source.
    fn push_text(&mut self, text: &str, span: Span) {
        if self.paragraph_start.is_none() {
            self.start_paragraph();
        }
        let original = &self.source[span.start..span.end];
        if let Some(offset) = if original == text { Some(0) } else { original.find(text) } {
            self.push_verbatim(text, span.start + offset);
        } else if let Some(offset) = self.masked[span.start - self.base..span.end - self.base].find(text) {
            self.push_masked(text, span.start + offset);
        } else {
            self.push_segment(&text.replace(MASK, ""), span, false);
        }
    }

    /// Appends what the source has in place of a masked text from `start` on, but for its comments.
    fn push_masked(&mut self, text: &str, mut start: usize) {
        for part in text.split(MASK) {
            if !part.is_empty() {
                self.push_verbatim(&self.source[start..start + part.len()], start);
            }
            start += part.len() + MASK.len_utf8();
        }
    }

    /// Appends text that stands in the source as it is.
    pub(super) fn push_verbatim(&mut self, text: &str, start: usize) {
        self.push_segment(text, Span::new(start, start + text.len()), true);
    }

    fn push_segment(&mut self, text: &str, mut source: Span, is_verbatim: bool) {
        let mut text = text;
        if self.paragraph_start == Some(self.prose.len()) {
            // A paragraph begins with its first visible letter, whatever comment stood before it.
            let visible = text.trim_start();
            if is_verbatim {
                source.start += text.len() - visible.len();
            }
            text = visible;
        }
        if text.is_empty() {
            return;
        }
        self.segments.push(Segment { prose_start: self.prose.len(), prose_length: text.len(), source, is_verbatim });
        self.prose.push_str(text);
    }

    pub(super) fn push_break(&mut self, text: &str, source: Span) {
        if self.paragraph_start.is_some() && !self.prose.ends_with(char::is_whitespace) {
            self.push_segment(text, source, false);
        }
    }

    pub(super) fn end_scene(&mut self) {
        self.end_paragraph();
        let prose = std::mem::take(&mut self.prose);
        let segments = std::mem::take(&mut self.segments);
        let paragraphs = std::mem::take(&mut self.paragraphs);
        let italics = std::mem::take(&mut self.italics);
        if paragraphs.is_empty() {
            return;
        }
        let span = Span::new(
            segments.first().map_or(self.base, |first| first.source.start),
            segments.last().map_or(self.base, |last| last.source.end),
        );
        self.scenes.push(Scene {
            number: self.scenes.len() + 1,
            point: StoryPoint { book: 0, chapter: 0, scene: self.scenes.len() },
            heading: self.heading.take(),
            span,
            sentences: sentence::split(&prose, &paragraphs),
            word_count: words::count(&prose),
            prose,
            paragraphs,
            italics,
            segments,
        });
    }
}

/// What an entity of HTML stands for, as `&ecirc;`; nothing for one that there is not.
pub(super) fn entity(entity: &str) -> String {
    let texts = Parser::new(entity).filter_map(|event| if let Event::Text(text) = event { Some(text.to_string()) } else { None });
    Some(texts.collect::<String>()).filter(|letter| letter != entity).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str, body_start: usize) -> Body {
        super::read(source, body_start, None)
    }

    fn prose(source: &str) -> Vec<String> {
        read(source, 0).scenes.into_iter().map(|scene| scene.prose).collect()
    }

    #[test]
    fn scenes_are_parted_by_every_kind_of_break() {
        let source = "# One\n\nA.\n\n***\n\nB.\n\n* * *\n\nC.\n\n#\n\nD.\n\n⁂\n\nE.\n\n## Two\n\nF.\n\n---\n\nG went home, and it was late.\n---\n\nH.";
        assert_eq!(prose(source), ["A.", "B.", "C.", "D.", "E.", "F.", "G went home, and it was late.", "H."]);
        let body = read(source, 0);
        assert_eq!(body.title.as_deref(), Some("One"));
        assert_eq!(body.scenes[5].heading.as_deref(), Some("Two"));
    }

    #[test]
    fn what_is_not_prose_is_left_out_and_the_rest_kept() {
        let source = "<!-- stet --> She %%check%%walked.\n\n![[map.png]]\n\n> [!note] Plan\n> Kill him.\n\n> He wrote *this*.\n\n[[Mara Vance|Mara]] &amp; co.\n\n    Indented words.\n\n```\ncode\n```\n";
        assert_eq!(prose(source), ["She walked.\n\nHe wrote this.\n\nMara & co.\n\nIndented words."]);
        let comments: Vec<String> = read(source, 0).comments.into_iter().map(|comment| comment.text).collect();
        assert_eq!(comments, ["stet", "check"]);
    }

    #[test]
    fn after_code_in_a_list_or_a_callout_the_chapter_goes_on() {
        assert_eq!(prose("- One.\n  ```\n  code\n  ```\n\nShe ran.\n"), ["One.\n\nShe ran."]);
        assert_eq!(prose("> [!note] Plan\n>\n>     indented\n>\n> Kill him.\n\nShe ran.\n"), ["She ran."]);
        assert_eq!(prose("> [!note]\n> > [!b]\n> >\n> >     code\n\nShe ran.\n"), ["She ran."]);
    }

    #[test]
    fn nothing_swallows_the_rest_of_a_chapter() {
        assert_eq!(prose("A.\n\n~~~\n\nB.\n\n~~~\n\nC."), ["A.", "B.", "C."]);
        assert_eq!(prose("A.\n\n```\n\nB.\n\nC."), ["A.\n\nB.\n\nC."]);
        assert_eq!(prose("A.\n\n````\nB.\n```\n~~~ x\n\nC."), ["A.\n\nB.  x\n\nC."]);
        assert_eq!(prose("<?\n\nB.\n\n<center>* * *</center>\n\n<div>\nC.<br>D.\n</div>"), ["<?\n\nB.", "C.\nD."]);
        assert_eq!(prose("A.\n\n```\ncode\n```\n\nB."), ["A.\n\nB."]);
        let body = read("A.\n\n```\nB.", 0);
        assert_eq!(body.problems.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn code_with_a_comment_in_it_maps_back_word_by_word() {
        let source = "She read `ten <!-- stet --> past ``` two`.";
        let scene = &read(source, 0).scenes[0];
        let start = scene.prose.find("past").unwrap();
        assert_eq!(scene.locate(start..start + 4).slice(source), Some("past"));
    }

    #[test]
    fn an_unclosed_comment_hides_nothing() {
        let body = read("She ran. %% what then?\n\nHe fell.", 0);
        assert_eq!(body.scenes[0].prose, "She ran. %% what then?\n\nHe fell.");
        assert_eq!(body.problems.len(), 1);
    }

    #[test]
    fn comments_of_both_kinds_stand_in_any_order() {
        let body = read("A <!-- b %% c --> d %% e <!-- f %% g <!-- h <!-- i %%j", 0);
        let comments: Vec<&str> = body.comments.iter().map(|comment| comment.text.as_str()).collect();
        assert_eq!(comments, ["b %% c", "e <!-- f"]);
        assert_eq!(body.scenes[0].prose.split_whitespace().collect::<Vec<_>>().join(" "), "A d g <!-- h <!-- i %%j");
        // Of each kind the first that never closes is reported; the rest follows from it.
        assert_eq!(body.problems.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [37, 51]);
    }

    #[test]
    fn the_last_words_of_a_scene_map_back_whatever_space_stands_behind_them() {
        for source in
            ["He left. Mara *ran*. <!-- stet -->\n\n***", "He left.\n\n    Mara ran.\n", "Mara ran. &nbsp; \n\n# Two", "Mara ran.  \n\n#\n"]
        {
            let scene = &read(source, 0).scenes[0];
            let start = scene.prose.find("Mara").unwrap();
            let found = scene.locate(start..scene.prose.len()).slice(source).unwrap().replace('*', "");
            assert_eq!(found, "Mara ran.", "{source:?}");
            assert_eq!(scene.span.end, source.find("an").map(|at| at + source[at..].find('.').unwrap() + 1).unwrap(), "{source:?}");
        }
    }

    #[test]
    fn an_entity_as_long_as_what_it_stands_for_is_one_piece() {
        let source = "It was &ngE; that.";
        let scene = &read(source, 0).scenes[0];
        let start = scene.prose.find('≧').unwrap();
        assert_eq!(scene.locate(start..start + '≧'.len_utf8()).slice(source), Some("&ngE;"));
    }

    #[test]
    fn every_sentence_maps_back_to_its_bytes() {
        let source = "\u{feff}The *old* man\r\nsaw **Mara’s** green&nbsp;eyes. She \\* ran.\r\n\r\nNext `one`.";
        let scene = &read(source, 3).scenes[0];
        assert_eq!(scene.prose, "The old man saw Mara’s green\u{a0}eyes. She * ran.\n\nNext one.");
        let at = |words: &str| {
            let start = scene.prose.find(words).unwrap();
            scene.locate(start..start + words.len()).slice(source).unwrap()
        };
        assert_eq!(at("old man saw"), "old* man\r\nsaw");
        assert_eq!(at("Mara’s green"), "Mara’s** green");
        assert_eq!(at("green\u{a0}eyes"), "green&nbsp;eyes");
        assert_eq!(at("She * ran."), "She \\* ran.");
        assert_eq!(at("one"), "one");
        let span = scene.locate(4..11);
        assert_eq!(scene.prose_range(span), Some(4..11));
    }
}
