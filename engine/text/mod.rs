//! Vocabulary without input or output: spans, lines, hashes, paths and problems. Every other module builds on these words.

pub mod escape;
pub mod natural;
pub mod number;
mod script_file;
mod server;
pub mod words;
pub mod yaml;

pub use script_file::{ScriptFile, ScriptKind, list_of};
pub use server::{Server, is_this_computer};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A half-open range of **bytes** in one source file, `start..end`; never characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    /// The span `start..end`. An end before the start gives an empty span at `start`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end: end.max(start) }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether the span covers no byte.
    pub fn is_empty(&self) -> bool {
        self.end == self.start
    }

    /// Whether the two spans share at least one byte.
    pub fn overlaps(&self, other: &Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The words of `source` under this span, or nothing when the span does not fit it.
    pub fn slice<'a>(&self, source: &'a str) -> Option<&'a str> {
        source.get(self.start..self.end)
    }
}

/// A place for people: 1-based line and 1-based column counted in Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineColumn {
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for LineColumn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.line, self.column)
    }
}

/// Where each line of a text starts, so that a byte becomes a [`LineColumn`] without reading the text from its beginning.
#[derive(Clone, Debug, Default)]
pub struct LineIndex {
    line_starts: Vec<usize>,
}

impl LineIndex {
    /// Reads the line starts of `text`. `\n`, `\r\n` and a lone `\r` all end a line.
    pub fn new(text: &str) -> LineIndex {
        let bytes = text.as_bytes();
        let mut line_starts = vec![0];
        for (position, byte) in bytes.iter().enumerate() {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => bytes.get(position + 1) != Some(&b'\n'),
                _ => false,
            };
            if ends_line {
                line_starts.push(position + 1);
            }
        }
        LineIndex { line_starts }
    }

    /// The line and column of a byte offset into `text`, which must be the text the index was made from.
    pub fn line_column(&self, text: &str, offset: usize) -> LineColumn {
        let offset = offset.min(text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let line_start = self.line_starts[line - 1];
        // A byte-order mark is part of the file but nobody counts it as a column.
        let column = text.get(line_start..offset).map_or(0, |before| before.chars().filter(|c| *c != '\u{feff}').count());
        LineColumn { line, column: column + 1 }
    }

    /// The number of lines; an empty text has one.
    pub fn lines(&self) -> usize {
        self.line_starts.len()
    }
}

/// The lines of a text, each with its end: `\n`, `\r\n` or a lone `\r`, as [`LineIndex`] counts them.
pub fn lines_with_ends(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let line_end = rest.find(['\n', '\r']).map_or(rest.len(), |at| at + if rest[at..].starts_with("\r\n") { 2 } else { 1 });
        let (line, after) = rest.split_at(line_end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

/// BLAKE3 hash of some content, stable between versions and machines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> ContentHash {
        ContentHash(*blake3::hash(bytes).as_bytes())
    }

    /// The hash of several parts. Each part's length is hashed too, so that `["ab", "c"]` and `["a", "bc"]` differ.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> ContentHash {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        ContentHash(*hasher.finalize().as_bytes())
    }

    /// The first `digits` hexadecimal digits, for people and file names.
    pub fn short(&self, digits: usize) -> String {
        self.to_string()[..digits.min(64)].to_string()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ContentHash({})", self.short(12))
    }
}

/// How the folder ends in which the reports on the chapters of one file lie: `novel.copydesk` for `novel.md`.
const SECTIONS_FOLDER_END: &str = ".copydesk";

/// Ends of Markdown files, which hold chapters.
const CHAPTER_ENDS: [&str; 2] = [".md", ".markdown"];

/// Ends of the files of word processors and of books in print, and of projects of writing programs.
const DOCUMENT_ENDS: [&str; 8] = [".docx", ".odt", ".epub", ".rtf", PROJECT_END, ".nwx", ".msk", ".bibisco2"];

/// The same as authors are told of them.
pub const DOCUMENT_FORMS: &str = ".docx, .odt, .rtf, .epub, .scriv, .msk, .bibisco2 and nwProject.nwx";

/// How a project of Scrivener ends, which is a folder.
const PROJECT_END: &str = ".scriv";

/// A file's path relative to the author's folder, with `/` between its parts on every system.
///
/// A chapter that is a section of a larger file has a path of its own, where no file lies: `novel.copydesk/chapter-03.md` for one of `novel.md`.
/// Whatever follows a chapter by its path follows it too, and its reports lie beside that path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourcePath(Arc<str>);

impl SourcePath {
    /// A path from its text; backslashes become slashes.
    pub fn new(path: &str) -> SourcePath {
        SourcePath(path.replace('\\', "/").into())
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part of the path, with its extension.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The last part of the path without its extension.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The folder the file is in, `""` for the author's folder itself.
    pub fn folder(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Whether it lies in this folder or in one below it; everything lies in the folder without a name.
    pub fn is_below(&self, folder: &SourcePath) -> bool {
        folder.0.is_empty() || self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The path of a section of this file, by a name without an extension.
    pub fn section(&self, name: &str) -> SourcePath {
        let stem = self.0.strip_suffix(CHAPTER_ENDS[0]).filter(|stem| !has_chapter_end(stem)).unwrap_or(&self.0);
        SourcePath::new(&format!("{stem}{SECTIONS_FOLDER_END}/{name}{}", CHAPTER_ENDS[0]))
    }

    /// Whether it is the path of a section of a file.
    pub fn is_section(&self) -> bool {
        is_sections_folder(self.folder())
    }

    /// The file itself, which for a section is the one that it is a part of.
    pub fn on_disk(&self) -> SourcePath {
        match self.folder().strip_suffix(SECTIONS_FOLDER_END) {
            Some(file) if has_chapter_end(file) || is_document_name(file) => SourcePath::new(file),
            Some(stem) => SourcePath::new(&format!("{stem}{}", CHAPTER_ENDS[0])),
            None => self.clone(),
        }
    }

    /// As people are told it where no line follows: `novel.md (chapter-03)` for a section.
    pub fn shown(&self) -> String {
        if self.is_section() { format!("{} ({})", self.on_disk(), self.stem()) } else { self.to_string() }
    }

    /// The path of a file beside this one.
    pub fn beside(&self, file_name: &str) -> SourcePath {
        SourcePath::in_folder(self.folder(), file_name)
    }

    /// The path of a file in a folder (`""` is the author's folder).
    pub fn in_folder(folder: &str, file_name: &str) -> SourcePath {
        if folder.is_empty() { SourcePath::new(file_name) } else { SourcePath::new(&format!("{folder}/{file_name}")) }
    }
}

/// Whether a folder is one for the reports on the chapters of one file, by its path or its name.
pub fn is_sections_folder(folder: &str) -> bool {
    folder.rsplit('/').next().and_then(|name| name.strip_suffix(SECTIONS_FOLDER_END)).is_some_and(|stem| !stem.is_empty())
}

/// Whether a file, by its name, is one of a word processor or a book in print. Those that such programs keep beside an open file are none.
pub fn is_document_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    !lower.starts_with("~$") && !lower.starts_with(".~lock") && DOCUMENT_ENDS.iter().any(|end| lower.ends_with(end))
}

/// Whether a folder, by its name, is a project of a writing program, which is read as one file.
pub fn is_project_name(name: &str) -> bool {
    name.to_lowercase().ends_with(PROJECT_END)
}

/// Whether a path ends as Markdown files do.
pub fn has_chapter_end(path: &str) -> bool {
    let lower = path.to_lowercase();
    CHAPTER_ENDS.iter().any(|end| lower.ends_with(end))
}

impl fmt::Display for SourcePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// How much a [`Problem`] costs the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProblemKind {
    /// Worth knowing; everything was still read.
    Note,
    /// Something could not be used; the rest of the work was done. Turns the exit status to 3.
    NotChecked,
    /// The configuration, a script or a template is wrong. Turns the exit status to 2.
    Configuration,
}

/// Something wrong with *input* (a file, YAML, a template, a script), never with the story.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// The file it is about, when it is about one.
    pub file: Option<SourcePath>,
    /// Where in the file, when that is known.
    pub place: Option<LineColumn>,
    pub kind: ProblemKind,
    /// What is wrong, in plain words, without a full stop.
    pub message: String,
    /// What to do next, in plain words, without a full stop.
    pub advice: Option<String>,
}

impl Problem {
    /// A problem of the given kind that is not about one file.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Problem {
        Problem { file: None, place: None, kind, message: message.into(), advice: None }
    }

    /// Says which file it is about.
    pub fn in_file(mut self, file: &SourcePath) -> Problem {
        self.file = Some(file.clone());
        self
    }

    /// Says where in the file it is.
    pub fn at(mut self, place: LineColumn) -> Problem {
        self.place = Some(place);
        self
    }

    /// What is wrong and what to do next, without the place, as they are.
    pub fn words(&self) -> String {
        self.advice.as_ref().map_or_else(|| self.message.clone(), |advice| format!("{} ({advice})", self.message))
    }

    /// Says what to do next.
    pub fn advice(mut self, advice: impl Into<String>) -> Problem {
        self.advice = Some(advice.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            match self.place {
                Some(place) => write!(formatter, "{}:{place}: ", escape::for_terminal(file.on_disk().as_str()))?,
                None => write!(formatter, "{}: ", escape::for_terminal(&file.shown()))?,
            }
        }
        formatter.write_str(&escape::for_terminal(&self.words()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "é one\r\ntwo\rthree\nfour";
        let index = LineIndex::new(text);
        assert_eq!(index.line_column(text, 0), LineColumn { line: 1, column: 1 });
        assert_eq!(index.line_column(text, 3), LineColumn { line: 1, column: 3 });
        assert_eq!(index.line_column(text, text.find("two").unwrap()), LineColumn { line: 2, column: 1 });
        assert_eq!(index.line_column(text, text.find("three").unwrap()), LineColumn { line: 3, column: 1 });
        assert_eq!(index.line_column(text, text.find("our").unwrap()), LineColumn { line: 4, column: 2 });
    }

    #[test]
    fn a_section_of_a_file_knows_its_file() {
        for (file, folder) in [
            ("a/novel.md", "a/novel.copydesk"),
            ("n.markdown", "n.markdown.copydesk"),
            ("n.md.md", "n.md.md.copydesk"),
            ("n.docx", "n.docx.copydesk"),
            ("N.MD", "N.MD.copydesk"),
        ] {
            let section = SourcePath::new(file).section("chapter-03");
            assert_eq!(section.as_str(), format!("{folder}/chapter-03.md"));
            assert_eq!((section.on_disk().as_str(), section.is_section()), (file, true));
            assert_eq!(section.shown(), format!("{file} (chapter-03)"));
        }
        let plain = SourcePath::new("a/novel.md");
        assert_eq!((plain.on_disk(), plain.is_section(), plain.shown().as_str()), (plain.clone(), false, "a/novel.md"));
        assert!(!SourcePath::new(".copydesk/a.md").is_section());
    }

    #[test]
    fn hashes_of_parts_know_where_a_part_ends() {
        let first = ContentHash::of_parts(["ab".as_bytes(), b"c"]);
        let second = ContentHash::of_parts(["a".as_bytes(), b"bc"]);
        assert_ne!(first, second);
    }
}
