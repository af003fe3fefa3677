//! Reads one file of the author's, whole and unchanged while it was read, and decodes it; what cannot be read says why.

use super::disk::{self, FileStat};
use super::works;
use crate::manuscript::documents::{self, Project};
use crate::manuscript::{Encoding, SourceFile};
use crate::text::{ContentHash, LineIndex, Problem, ProblemKind, SourcePath};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// A larger file than this is no chapter: the longest novels have 10 MB in one piece.
pub const MAX_FILE_BYTES: u64 = 20 << 20;

/// A document holds pictures too.
const MAX_DOCUMENT_BYTES: u64 = 200 << 20;

/// How often a file that changes while it is read is read again before it is left for the next run.
const ATTEMPTS: u32 = 4;

/// The wait before a file is read again, once more for every attempt: an editor writes a chapter in far less.
const WAIT: Duration = Duration::from_millis(25);

/// What one file gave: its text when there is one, and a problem when there is one. An empty file gives both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadFile {
    pub file: Option<SourceFile>,
    pub problem: Option<Problem>,
    /// The notes that a project has for the bible.
    pub notes: Vec<SourceFile>,
}

/// Why the bytes of a file could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It changed each time it was read.
    StillChanging,
    /// There is no such file, not even a moment later.
    Gone,
    /// It stays as it is until the author does something.
    Because(Box<Problem>),
}

impl Unread {
    fn because(path: &SourcePath, message: impl Into<String>, advice: &str) -> Unread {
        Unread::Because(Box::new(Problem::new(ProblemKind::NotChecked, message).in_file(path).advice(advice)))
    }

    /// The reason for the author.
    pub fn problem(self, path: &SourcePath) -> Problem {
        match self {
            Unread::Because(problem) => *problem,
            Unread::StillChanging => Problem::new(ProblemKind::NotChecked, "was still being written, so it was not read")
                .in_file(path)
                .advice("run again when it is saved; `copydesk watch` waits by itself"),
            Unread::Gone => {
                Problem::new(ProblemKind::NotChecked, "is no longer there: it was removed or renamed while the folder was read")
                    .in_file(path)
                    .advice("run again; `copydesk watch` does so by itself")
            }
        }
    }
}

/// Reads and decodes one file, or the folder of a project that stands for one.
pub fn read_source(disk_path: &Path, path: &SourcePath) -> ReadFile {
    if works::is_project(path) {
        return match read_project(disk_path, path) {
            Ok((project, problem)) => ReadFile { notes: project.notes, ..told_if_empty(Ok(project.file), problem, path) },
            Err(problem) => told_if_empty(Err(problem), None, path),
        };
    }
    told_if_empty(read_one(disk_path, path), None, path)
}

fn told_if_empty(read: Result<SourceFile, Problem>, problem: Option<Problem>, path: &SourcePath) -> ReadFile {
    let notes = Vec::new();
    match read {
        Err(problem) => ReadFile { file: None, problem: Some(problem), notes },
        Ok(file) if problem.is_none() && file.text.trim_start_matches('\u{feff}').trim().is_empty() => {
            let problem = Problem::new(ProblemKind::Note, "is empty").in_file(path).advice("nothing in it could be checked");
            ReadFile { file: Some(file), problem: Some(problem), notes }
        }
        Ok(file) => ReadFile { file: Some(file), problem, notes },
    }
}

fn read_one(disk_path: &Path, path: &SourcePath) -> Result<SourceFile, Problem> {
    let (bytes, _) = stable_bytes(disk_path, path).map_err(|unread| unread.problem(path))?;
    if documents::is_document(path) { documents::read(&bytes, path) } else { decode(bytes, path) }
}

/// A project as one file, and what of it could not be read.
fn read_project(folder: &Path, path: &SourcePath) -> Result<(Project, Option<Problem>), Problem> {
    works::read(folder, path, &|file| stable_bytes(file, path).map_err(|unread| unread.problem(path)))
}

/// The hash of a file's bytes, as [`stable_bytes`] reads them; of a project, that of its words.
///
/// # Errors
/// As [`stable_bytes`].
pub fn content_hash(disk_path: &Path, path: &SourcePath) -> Result<(ContentHash, FileStat), Unread> {
    if works::is_project(path) {
        let stat = works::stat(disk_path).ok_or(Unread::Gone)?;
        let (project, _) = read_project(disk_path, path).map_err(|problem| Unread::Because(Box::new(problem)))?;
        let texts = std::iter::once(&project.file).chain(&project.notes).map(|file| file.text.as_bytes());
        return Ok((ContentHash::of_parts(texts), stat));
    }
    stable_bytes(disk_path, path).map(|(bytes, stat)| (ContentHash::of(&bytes), stat))
}

/// All bytes of a regular file, which was the same before and after it was read, and what the system said of it.
///
/// # Errors
/// The file is no regular file, too large, not downloaded, not readable, not there, or changes faster than it can be read.
pub fn stable_bytes(disk_path: &Path, path: &SourcePath) -> Result<(Vec<u8>, FileStat), Unread> {
    stable_bytes_with(disk_path, path, &mut || {})
}

/// `meanwhile` happens after a file was read and before it is looked at again; tests write into the file there.
fn stable_bytes_with(disk_path: &Path, path: &SourcePath, meanwhile: &mut dyn FnMut()) -> Result<(Vec<u8>, FileStat), Unread> {
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(WAIT * attempt);
        }
        match bytes_once(disk_path, path, meanwhile) {
            // Many editors move the old file away before they put the new one in its place.
            Err(Unread::StillChanging | Unread::Gone) if attempt + 1 < ATTEMPTS => {}
            other => return other,
        }
    }
    Err(Unread::StillChanging)
}

fn bytes_once(disk_path: &Path, path: &SourcePath, meanwhile: &mut dyn FnMut()) -> Result<(Vec<u8>, FileStat), Unread> {
    let failed = |error: std::io::Error| {
        let (words, advice) = disk::plain_words(&error);
        Unread::because(path, format!("could not be read: {words}"), advice.unwrap_or("the other files were read"))
    };
    let file = match disk::open_read_only(disk_path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Unread::Gone),
        other => other.map_err(failed)?,
    };
    let before = file.metadata().map_err(failed)?;
    if !before.is_file() {
        return Err(Unread::because(path, "is not a file but a folder, a pipe or a device", "give it another name or move it elsewhere"));
    }
    let most = if documents::is_document(path) { MAX_DOCUMENT_BYTES } else { MAX_FILE_BYTES };
    if before.len() > most {
        let message = format!("is larger than {} MB, so it was not read", most >> 20);
        return Err(Unread::because(path, message, "split it into chapters"));
    }
    if disk::is_placeholder(&file, &before) {
        return Err(Unread::because(path, "is not downloaded, so it was not read", "let your synchronising program download it first"));
    }
    let bytes = read_at_most(&file, before.len()).map_err(failed)?;
    meanwhile();
    let after = file.metadata().map_err(failed)?;
    let stat = FileStat::of(&before);
    if stat != FileStat::of(&after) || bytes.len() as u64 != before.len() {
        return Err(Unread::StillChanging);
    }
    Ok((bytes, stat))
}

/// Reads a file that should have `expected` bytes, and one more if it has grown.
fn read_at_most(mut file: &File, expected: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(expected as usize + 1);
    file.by_ref().take(expected + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Decodes the bytes of a file: UTF-8, or UTF-16 that says so in its first two bytes. The byte-order mark stays in the text.
///
/// # Errors
/// Bytes that are no such text, and text with NUL characters, each with its place.
pub fn decode(bytes: Vec<u8>, path: &SourcePath) -> Result<SourceFile, Problem> {
    let (text, encoding) = match bytes.as_slice() {
        [0xff, 0xfe, ..] => (decode_utf16(&bytes, encoding_rs::UTF_16LE, path)?, Encoding::Utf16LittleEndian),
        [0xfe, 0xff, ..] => (decode_utf16(&bytes, encoding_rs::UTF_16BE, path)?, Encoding::Utf16BigEndian),
        _ => (decode_utf8(bytes, path)?, Encoding::Utf8),
    };
    if let Some(offset) = text.find('\0') {
        let place = LineIndex::new(&text).line_column(&text, offset);
        return Err(Problem::new(
            ProblemKind::NotChecked,
            "has a NUL character in it, as only damaged or binary files have, so it was not read",
        )
        .in_file(path)
        .at(place)
        .advice("open it in your editor and save it as UTF-8"));
    }
    Ok(SourceFile { path: path.clone(), text: text.into(), encoding, section: None })
}

fn decode_utf16(bytes: &[u8], encoding: &'static encoding_rs::Encoding, path: &SourcePath) -> Result<String, Problem> {
    // The decoder must not eat the mark: offsets are those of the file.
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(Problem::new(ProblemKind::NotChecked, "says that it is UTF-16 but is damaged, so it was not read")
            .in_file(path)
            .advice("open it in your editor and save it as UTF-8")),
    }
}

fn decode_utf8(bytes: Vec<u8>, path: &SourcePath) -> Result<String, Problem> {
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let offset = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let before = String::from_utf8_lossy(&bytes[..offset]);
    let place = LineIndex::new(&before).line_column(&before, before.len());
    let guess = if looks_like_windows_1252(bytes) { "it looks like Windows-1252; " } else { "" };
    let message = format!("byte {offset} is not UTF-8, so the file was not read");
    Err(Problem::new(ProblemKind::NotChecked, message)
        .in_file(path)
        .at(place)
        .advice(format!("{guess}open it in your editor and save it as UTF-8")))
}

/// Whether every byte is a character that an English or Western European text has in Windows-1252.
fn looks_like_windows_1252(bytes: &[u8]) -> bool {
    let (text, _, _) = encoding_rs::WINDOWS_1252.decode(bytes);
    text.chars().all(|character| !character.is_control() || matches!(character, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::super::disk::testing::{put, tree};
    use super::*;
    use crate::text::LineColumn;

    fn read_bytes(bytes: &[u8]) -> ReadFile {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "ch.md", bytes);
        let before = tree(folder.path());
        let read = read_source(&folder.path().join("ch.md"), &SourcePath::new("ch.md"));
        assert_eq!(before, tree(folder.path()), "reading changed something");
        read
    }

    fn problem(bytes: &[u8]) -> Problem {
        let read = read_bytes(bytes);
        assert!(read.file.is_none());
        read.problem.unwrap()
    }

    #[test]
    fn text_keeps_its_mark_and_its_line_ends() {
        let read = read_bytes("\u{feff}Mara.\r\nEdmund.\r".as_bytes());
        assert_eq!(&*read.file.unwrap().text, "\u{feff}Mara.\r\nEdmund.\r");
        assert!(read.problem.is_none());
    }

    #[test]
    fn utf_16_is_decoded_in_both_orders() {
        let text = "\u{feff}Zoë 𝄞 sang.";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let (little, big) = (read_bytes(&little).file.unwrap(), read_bytes(&big).file.unwrap());
        assert_eq!((&*little.text, little.encoding), (text, Encoding::Utf16LittleEndian));
        assert_eq!((&*big.text, big.encoding), (text, Encoding::Utf16BigEndian));
        let damaged = problem(b"\xff\xfeM\x00\x00\xd8a\x00");
        assert!(damaged.message.contains("UTF-16"), "{damaged}");
    }

    #[test]
    fn another_encoding_is_told_with_its_place_and_a_guess() {
        let problem = problem(b"One.\nThe caf\xe9 was shut.");
        assert_eq!(problem.kind, ProblemKind::NotChecked);
        assert_eq!(problem.place, Some(LineColumn { line: 2, column: 8 }));
        assert_eq!(problem.message, "byte 12 is not UTF-8, so the file was not read");
        assert!(problem.advice.unwrap().contains("Windows-1252"));
    }

    #[test]
    fn nul_bytes_are_told() {
        let problem = problem(b"One.\nTwo\0.");
        assert_eq!(problem.place, Some(LineColumn { line: 2, column: 4 }));
        assert!(problem.message.contains("NUL"));
    }

    #[test]
    fn an_empty_file_is_noted_and_kept() {
        for bytes in [&b""[..], b" \r\n\n", "\u{feff}\n".as_bytes()] {
            let read = read_bytes(bytes);
            assert!(read.file.is_some());
            assert_eq!(read.problem.unwrap().kind, ProblemKind::Note);
        }
    }

    #[test]
    fn a_giant_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ch.md");
        File::create(&path).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
        let read = read_source(&path, &SourcePath::new("ch.md"));
        assert!(read.problem.unwrap().message.contains("larger than 20 MB"));
    }

    #[test]
    #[cfg(unix)]
    fn a_placeholder_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ch.md");
        // A file with a length and no blocks is what iCloud leaves.
        File::create(&path).unwrap().set_len(10_000).unwrap();
        let read = read_source(&path, &SourcePath::new("ch.md"));
        assert!(read.problem.unwrap().message.contains("not downloaded"));
    }

    #[test]
    #[cfg(unix)]
    fn links_pipes_and_folders_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "real.md", "Words.");
        std::os::unix::fs::symlink(folder.path().join("real.md"), folder.path().join("link.md")).unwrap();
        std::fs::create_dir(folder.path().join("folder.md")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe.md")).status().unwrap().success());
        let said = |name: &str| read_source(&folder.path().join(name), &SourcePath::new(name)).problem.unwrap().message;
        assert!(said("link.md").contains("symbolic link"), "{}", said("link.md"));
        assert!(said("pipe.md").contains("pipe"));
        assert!(said("folder.md").contains("folder"));
        assert!(said("gone.md").contains("no longer there"));
    }

    #[test]
    fn a_file_that_another_is_put_in_place_of_is_read_and_not_called_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ch.md");
        let (writer_path, has_begun) = (path.clone(), std::sync::Arc::new(std::sync::Barrier::new(2)));
        let begun = has_begun.clone();
        let writer = std::thread::spawn(move || {
            begun.wait();
            std::thread::sleep(WAIT);
            std::fs::write(writer_path, "Two.").unwrap();
        });
        has_begun.wait();
        let read = read_source(&path, &SourcePath::new("ch.md"));
        writer.join().unwrap();
        // Written in two steps, so an empty file may be what was read; that it was called gone may not.
        assert!(read.file.is_some(), "{read:?}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(stable_bytes(&path, &SourcePath::new("ch.md")), Err(Unread::Gone));
    }

    #[test]
    fn a_file_that_never_rests_is_left_for_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ch.md");
        std::fs::write(&path, "One.").unwrap();
        let source_path = SourcePath::new("ch.md");
        let append = || std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + " Two.").unwrap();
        let mut times = 0;
        let mut once = || {
            times += 1;
            if times == 1 {
                append();
            }
        };
        assert_eq!(stable_bytes_with(&path, &source_path, &mut once).unwrap().0, b"One. Two.");
        assert_eq!(stable_bytes_with(&path, &source_path, &mut || append()), Err(Unread::StillChanging));
        assert!(Unread::StillChanging.problem(&source_path).message.contains("still being written"));
    }
}
