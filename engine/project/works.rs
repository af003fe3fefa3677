//! The files of writing programs' projects: of Scrivener's, a folder that Macs show as one file, and novelWriter's, a file beside the folder of its
//! documents. They are read in place, and none of these files is ever written.

use super::disk::{self, FileStat};
use crate::manuscript::documents::{self, Project, Words};
use crate::text::{Problem, ProblemKind, SourcePath, is_project_name};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// More words than this are no novel, in bytes of RTF with its pictures.
const MAX_BYTES: u64 = 400 << 20;

/// Where version 3 of Scrivener keeps the words of a document, a folder for each, and where the versions before did.
const DATA: &str = "Files/Data";
const DOCS: &str = "Files/Docs";

/// The forms that they are in.
const ENDS: [&str; 2] = ["rtf", "txt"];

/// The file of a novelWriter project, the folder beside it, and the forms of the documents there.
const NOVELWRITER: &str = "nwProject.nwx";
const CONTENT: &str = "content";
const CONTENT_ENDS: [&str; 2] = ["nwd", "md"];

/// Gives the bytes of one of its files, and how the file looked then.
pub(super) type BytesOf<'f> = &'f dyn Fn(&Path) -> Result<(Vec<u8>, FileStat), Problem>;

/// Reads a project: the documents of the manuscript, in the order of its program. Gives what could not be read too.
///
/// # Errors
/// Nothing of it could be read.
pub(super) fn read(place: &Path, path: &SourcePath, bytes_of: BytesOf<'_>) -> Result<(Project, Option<Problem>), Problem> {
    let program = if is_project_name(path.file_name()) { "Scrivener" } else { "novelWriter" };
    let wrong = |message: String| {
        let problem = Problem::new(ProblemKind::NotChecked, message).in_file(path);
        problem.advice(format!("open it in {program} and save it again, or save the manuscript as Markdown or for Word"))
    };
    let binder = binder_of(place).ok_or_else(|| {
        wrong("could not be read: a Scrivener project has a file that ends in .scrivx, and this one has none".to_string())
    })?;
    let binder = String::from_utf8_lossy(&bytes_of(&binder)?.0).into_owned();
    let mut taken = 0;
    let mut text_of = |id: &str| -> Result<Option<Words>, String> {
        let Some(file) = file_of(place, id)? else { return Ok(None) };
        let (bytes, stat) = bytes_of(&file).map_err(|problem| problem.message)?;
        taken += stat.size_bytes;
        if taken > MAX_BYTES {
            return Err(format!("the project has more than {} MB", MAX_BYTES >> 20));
        }
        let is_rich = file.extension().is_some_and(|end| end == ENDS[0]);
        Ok(Some(if is_rich { Words::Rich(bytes) } else { Words::Plain(String::from_utf8_lossy(&bytes).into_owned()) }))
    };
    let read = documents::read_project(&binder, path, &mut text_of);
    let project = read.map_err(|why| wrong(format!("could not be read: {why}")))?;
    let unread = &project.unread;
    let more = if unread.len() > 1 { format!(", and {} more documents", unread.len() - 1) } else { String::new() };
    let problem = unread.first().map(|first| {
        let message = format!("has documents that could not be read: {first}{more}");
        Problem::new(ProblemKind::NotChecked, message).in_file(path).advice(format!("open them in {program} and save them again"))
    });
    Ok((project, problem))
}

/// How a project looks from outside, as one file would: it has changed when any of the files has that its words are in.
pub(super) fn stat(place: &Path) -> Option<FileStat> {
    let mut files: Vec<PathBuf> = binder_of(place).into_iter().collect();
    if place.is_dir() {
        files.extend(entries(&place.join(DATA)).flat_map(|data| ENDS.map(|end| data.join(format!("content.{end}")))));
        files.extend(entries(&place.join(DOCS)));
    } else {
        files.extend(entries(&place.with_file_name(CONTENT)));
    }
    let stats = files.iter().filter_map(|file| Some(FileStat::of(&std::fs::symlink_metadata(file).ok()?)));
    stats.reduce(|all, one| FileStat {
        size_bytes: all.size_bytes.wrapping_add(one.size_bytes),
        mtime_ns: all.mtime_ns.max(one.mtime_ns),
        ctime_ns: all.ctime_ns.max(one.ctime_ns),
        is_placeholder: all.is_placeholder || one.is_placeholder,
        ..all
    })
}

/// Whether a path names a project: its folder, or the file that stands for it.
pub(super) fn is_project(path: &SourcePath) -> bool {
    is_project_name(path.file_name()) || is_novelwriter(OsStr::new(path.file_name()))
}

/// Whether a folder holds the documents of the project beside it, which are no files of their own.
pub(super) fn is_part(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == CONTENT) && folder.with_file_name(NOVELWRITER).is_file()
}

fn is_novelwriter(name: &OsStr) -> bool {
    name.eq_ignore_ascii_case(NOVELWRITER)
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries.into_iter()
}

/// The file that says which documents there are, in which order.
fn binder_of(place: &Path) -> Option<PathBuf> {
    if place.file_name().is_some_and(is_novelwriter) {
        return Some(place.to_path_buf());
    }
    entries(place).find(|file| file.extension().is_some_and(|end| end.eq_ignore_ascii_case("scrivx")))
}

/// The file with a document's words; nothing where it has none. An id that is a way out of the project is none.
///
/// # Errors
/// There is something in its place that cannot be read.
fn file_of(place: &Path, id: &str) -> Result<Option<PathBuf>, String> {
    let is_plain = !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let all: Vec<PathBuf> = if place.file_name().is_some_and(is_novelwriter) {
        CONTENT_ENDS.iter().map(|end| place.with_file_name(CONTENT).join(format!("{id}.{end}"))).collect()
    } else {
        let data = ENDS.iter().map(|end| place.join(DATA).join(id).join(format!("content.{end}")));
        data.chain(ENDS.iter().map(|end| place.join(DOCS).join(format!("{id}.{end}")))).collect()
    };
    for file in all.into_iter().filter(|_| is_plain) {
        match std::fs::symlink_metadata(&file) {
            Ok(metadata) if metadata.is_file() => return Ok(Some(file)),
            Ok(_) => return Err("it is a link or a folder where a file should be".to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                if file.with_file_name(format!(".{name}.icloud")).exists() {
                    return Err("it is not downloaded".to_string());
                }
            }
            Err(error) => return Err(disk::plain_words(&error).0),
        }
    }
    Ok(None)
}
