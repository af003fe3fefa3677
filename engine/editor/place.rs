//! Places as editors count them: lines and letters from 0, files by their URI.

use crate::finding::Evidence;
use crate::text::{SourcePath, escape, lines_with_ends};
use lsp_types::{Position, PositionEncodingKind, Range, Uri};
use percent_encoding::percent_decode_str;
use std::path::{Path, PathBuf};

/// In what an editor counts the letters of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Units {
    Utf8,
    /// What every editor can.
    #[default]
    Utf16,
    Utf32,
}

/// The author's folder as the editor names it.
#[derive(Clone, Debug, Default)]
pub struct Project {
    pub root: PathBuf,
    pub units: Units,
}

impl Units {
    /// The unit to use with an editor that can count in these.
    pub fn of(offered: Option<&[PositionEncodingKind]>) -> Units {
        let offers = |kind: &PositionEncodingKind| offered.is_some_and(|offered| offered.contains(kind));
        if offers(&PositionEncodingKind::UTF32) {
            Units::Utf32
        } else if offers(&PositionEncodingKind::UTF8) && !offers(&PositionEncodingKind::UTF16) {
            Units::Utf8
        } else {
            Units::Utf16
        }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Units::Utf8 => PositionEncodingKind::UTF8,
            Units::Utf16 => PositionEncodingKind::UTF16,
            Units::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// How long a piece of a line is.
    pub(super) fn length(self, text: &str) -> u32 {
        counted(text.chars().map(|letter| self.of_letter(letter)).sum())
    }

    fn of_letter(self, letter: char) -> usize {
        match self {
            Units::Utf8 => letter.len_utf8(),
            Units::Utf16 => letter.len_utf16(),
            Units::Utf32 => 1,
        }
    }

    /// The byte of a line at a letter; its end where it has fewer.
    pub(super) fn byte(self, line: &str, character: u32) -> usize {
        let mut counted = 0;
        let is_behind = |(_, letter): &(usize, char)| {
            counted += self.of_letter(*letter);
            counted > character as usize
        };
        line.char_indices().find(is_behind).map_or(line.len(), |(start, _)| start)
    }

    /// The byte of a text at a place; its end where it has fewer lines.
    pub fn offset(self, text: &str, position: Position) -> usize {
        let mut start = 0;
        let mut lines = lines_with_ends(text);
        for _ in 0..position.line {
            match lines.next() {
                Some(line) => start += line.len(),
                None => return text.len(),
            }
        }
        let line = lines.next().unwrap_or("");
        start + self.byte(line.trim_end_matches(['\r', '\n']), position.character)
    }

    /// Where a quote stands; `text` is what its span counts in.
    pub(super) fn range(self, text: &str, evidence: &Evidence) -> Range {
        let (start, end) = (evidence.span.start, evidence.span.end);
        let Some(quote) = text.get(start..end) else {
            // The text is another one by now: the line is still about right.
            let line = Position { line: counted(evidence.place.line.saturating_sub(1)), character: 0 };
            return Range { start: line, end: line };
        };
        // A byte-order mark is a part of the file and no letter to an editor.
        let text_start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8().min(start) } else { 0 };
        let line_start = text[..start].rfind(['\n', '\r']).map_or(text_start, |end| end + 1);
        let first = Position { line: counted(evidence.place.line.saturating_sub(1)), character: self.length(&text[line_start..start]) };
        let lines: Vec<&str> = lines_with_ends(quote).collect();
        let last = match lines.as_slice() {
            [] | [_] => Position { line: first.line, character: first.character + self.length(quote) },
            [.., last] => Position { line: first.line + counted(lines.len() - 1), character: self.length(last) },
        };
        Range { start: first, end: last }
    }
}

impl Project {
    /// The URI of a file of the folder; nothing where the root has none.
    pub fn uri(&self, file: &SourcePath) -> Option<Uri> {
        let path = self.root.join(file.as_str());
        let path = path.to_str()?;
        let path = if cfg!(windows) { path.replace('\\', "/") } else { path.to_string() };
        // A drive's letter follows a slash: file:///C:/novel.
        let slash = if path.starts_with('/') { "" } else { "/" };
        format!("file://{slash}{}", escape::for_uri(&path)).parse().ok()
    }

    /// The file of a URI, as the project names it; nothing for one outside its folder.
    pub fn file(&self, uri: &Uri) -> Option<SourcePath> {
        let path = path_of(uri)?;
        let inside = path.strip_prefix(&self.root).ok().map(Path::to_path_buf);
        let real = || Some(dunce::canonicalize(&path).ok()?.strip_prefix(dunce::canonicalize(&self.root).ok()?).ok()?.to_path_buf());
        let inside = inside.or_else(real)?;
        let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
        Some(SourcePath::new(&parts?.join("/"))).filter(|file| !file.as_str().is_empty())
    }
}

/// The path of a URI of a file on this computer.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    let coded = uri.as_str().strip_prefix("file://")?;
    // The name of this computer may stand before the path.
    let coded = &coded[coded.find('/')?..];
    let path = percent_decode_str(coded).decode_utf8().ok()?.into_owned();
    let has_drive = path.as_bytes().get(2) == Some(&b':') && path.as_bytes()[1].is_ascii_alphabetic();
    Some(PathBuf::from(if has_drive { &path[1..] } else { &path }))
}

/// A count as the protocol has it.
pub(super) fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
