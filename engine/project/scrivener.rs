//! The files of a Scrivener project, which is a folder that Macs show as one file. It is read in place, and nothing is ever written into it.

use super::disk::FileStat;
use crate::manuscript::{SourceFile, documents};
use crate::text::{Problem, ProblemKind, SourcePath, is_project_name};
use std::path::{Path, PathBuf};

/// More words than this are no novel, in bytes of RTF with its pictures.
const MAX_BYTES: u64 = 400 << 20;

/// Where version 3 keeps the words of a document, and where the versions before did.
const PLACES: [(&str, &str); 2] = [("Files/Data", "content"), ("Files/Docs", "")];

/// The forms that they are in.
const ENDS: [&str; 2] = ["rtf", "txt"];

/// Gives the bytes of one of its files, and how the file looked then.
pub(super) type BytesOf<'f> = &'f dyn Fn(&Path) -> Result<(Vec<u8>, FileStat), Problem>;

/// Reads a project: the documents of its draft that are compiled, in the order of the binder. Gives what could not be read too.
///
/// # Errors
/// Nothing of it could be read.
pub(super) fn read(folder: &Path, path: &SourcePath, bytes_of: BytesOf<'_>) -> Result<(SourceFile, Option<Problem>), Problem> {
    let wrong = |message: String| {
        let problem = Problem::new(ProblemKind::NotChecked, message).in_file(path);
        problem.advice("open it in Scrivener and save it again, or compile it to Markdown or Word")
    };
    let binder = binder_of(folder).ok_or_else(|| {
        wrong("could not be read: a Scrivener project has a file that ends in .scrivx, and this one has none".to_string())
    })?;
    let binder = String::from_utf8_lossy(&bytes_of(&binder)?.0).into_owned();
    let mut taken = 0;
    let mut text_of = |id: &str| -> Result<Option<Vec<u8>>, String> {
        let Some(place) = place_of(folder, id) else { return Ok(None) };
        let (bytes, stat) = bytes_of(&place).map_err(|problem| problem.message)?;
        taken += stat.size_bytes;
        if taken > MAX_BYTES { Err(format!("the project has more than {} MB", MAX_BYTES >> 20)) } else { Ok(Some(bytes)) }
    };
    let read = documents::read_scrivener(&binder, path, &mut text_of);
    let (file, unread) = read.map_err(|why| wrong(format!("could not be read: {why}")))?;
    let more = if unread.len() > 1 { format!(", and {} more documents", unread.len() - 1) } else { String::new() };
    let problem = unread.first().map(|first| {
        let message = format!("has documents that could not be read: {first}{more}");
        Problem::new(ProblemKind::NotChecked, message).in_file(path).advice("open them in Scrivener and save them again")
    });
    Ok((file, problem))
}

/// How a project looks from outside, as one file would: it has changed when any of the files has that its words are in.
pub(super) fn stat(folder: &Path) -> Option<FileStat> {
    let mut files: Vec<PathBuf> = binder_of(folder).into_iter().collect();
    files.extend(entries(&folder.join(PLACES[0].0)).flat_map(|data| ENDS.map(|end| data.join(format!("{}.{end}", PLACES[0].1)))));
    files.extend(entries(&folder.join(PLACES[1].0)));
    let stats = files.iter().filter_map(|file| Some(FileStat::of(&std::fs::symlink_metadata(file).ok()?)));
    stats.reduce(|all, one| FileStat {
        size_bytes: all.size_bytes.wrapping_add(one.size_bytes),
        mtime_ns: all.mtime_ns.max(one.mtime_ns),
        ctime_ns: all.ctime_ns.max(one.ctime_ns),
        is_placeholder: all.is_placeholder || one.is_placeholder,
        ..all
    })
}

/// Whether a path names the folder of a project.
pub(super) fn is_project(path: &SourcePath) -> bool {
    is_project_name(path.file_name())
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries.into_iter()
}

/// The file with the binder.
fn binder_of(folder: &Path) -> Option<PathBuf> {
    entries(folder).find(|file| file.extension().is_some_and(|end| end.eq_ignore_ascii_case("scrivx")))
}

/// The file with a document's words. An id that is a way out of the project is none.
fn place_of(folder: &Path, id: &str) -> Option<PathBuf> {
    let is_plain = !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let data = |end: &&str| folder.join(PLACES[0].0).join(id).join(format!("{}.{end}", PLACES[0].1));
    let docs = |end: &&str| folder.join(PLACES[1].0).join(format!("{id}.{end}"));
    let all = ENDS.iter().map(data).chain(ENDS.iter().map(docs));
    all.into_iter().find(|file| is_plain && std::fs::symlink_metadata(file).is_ok_and(|metadata| metadata.is_file()))
}
