//! The files of writing programs' projects: of Scrivener's, a folder that Macs show as one file; of novelWriter's, a file beside the folder of its
//! documents; of Manuskript's, an archive, or a file beside such a folder; of bibisco's, the
//! archive that it exports. They are read in place, and none of these files is ever written.

use super::disk::{self, FileStat};
use crate::manuscript::documents::{self, Project, Wanted, Words, manuskript};
use crate::text::{Problem, ProblemKind, SourcePath, is_project_name};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// More words than this are no novel, in bytes of RTF with its pictures.
const MAX_BYTES: u64 = 400 << 20;

/// Where version 3 of Scrivener keeps the words of a document, a folder for each, and where the versions before did.
const DATA: &str = "Files/Data";
const DOCS: &str = "Files/Docs";

/// The forms that they are in, and the files that are read of a document's folder, its card among them.
const ENDS: [&str; 2] = ["rtf", "txt"];
const SYNOPSIS: &str = "synopsis.txt";
const TEXTS: [&str; 3] = ["content.rtf", "content.txt", SYNOPSIS];

/// The file of a novelWriter project, the folder beside it, and the forms of the documents there.
const NOVELWRITER: &str = "nwProject.nwx";
const CONTENT: &str = "content";
const CONTENT_ENDS: [&str; 2] = ["nwd", "md"];

/// How the file of a Manuskript project ends.
const MANUSKRIPT_END: &str = ".msk";

/// How an archive of a bibisco project ends.
const BIBISCO_END: &str = ".bibisco2";

/// Folders are no deeper within each other than this, but in trees made to harm.
const MAX_DEPTH: usize = 32;

/// The program whose project a path names: its folder, or the file that stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Scrivener,
    NovelWriter,
    Manuskript,
    Bibisco,
}

impl Program {
    fn of(name: &str) -> Option<Program> {
        match name.to_lowercase() {
            lower if is_project_name(&lower) => Some(Program::Scrivener),
            lower if lower == NOVELWRITER.to_lowercase() => Some(Program::NovelWriter),
            lower if lower.ends_with(MANUSKRIPT_END) => Some(Program::Manuskript),
            lower if lower.ends_with(BIBISCO_END) => Some(Program::Bibisco),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Program::Scrivener => "Scrivener",
            Program::NovelWriter => "novelWriter",
            Program::Manuskript => "Manuskript",
            Program::Bibisco => "bibisco",
        }
    }
}

/// Gives the bytes of one of its files, and how the file looked then.
pub(super) type BytesOf<'f> = &'f dyn Fn(&Path) -> Result<(Vec<u8>, FileStat), Problem>;

/// Reads a project: the documents of the manuscript, in the order of its program. Gives what could not be read too.
///
/// # Errors
/// Nothing of it could be read.
pub(super) fn read(place: &Path, path: &SourcePath, bytes_of: BytesOf<'_>) -> Result<(Project, Option<Problem>), Problem> {
    let program = Program::of(path.file_name()).unwrap_or(Program::Scrivener);
    let wrong = |message: String| {
        let problem = Problem::new(ProblemKind::NotChecked, message).in_file(path);
        let name = program.name();
        let again = if program == Program::Bibisco { "export it once more from" } else { "open it, and save it again, in" };
        problem.advice(format!("{again} {name}, or save the manuscript as Markdown or for Word"))
    };
    let project = match program {
        Program::Manuskript => read_manuskript(place, path, bytes_of)?,
        Program::Bibisco => documents::read_bibisco(&bytes_of(place)?.0, path),
        Program::Scrivener | Program::NovelWriter => read_binder(program, place, path, bytes_of)?,
    };
    let project = project.map_err(|why| wrong(format!("could not be read: {why}")))?;
    let unread = &project.unread;
    let more = if unread.len() > 1 { format!(", and {} more documents", unread.len() - 1) } else { String::new() };
    let problem = unread.first().map(|first| {
        let message = format!("has documents that could not be read: {first}{more}");
        let problem = Problem::new(ProblemKind::NotChecked, message).in_file(path);
        problem.advice(format!("open them in {} and save them again", program.name()))
    });
    Ok((project, problem))
}

/// A project with a file that says which documents there are; or why there is none, in plain words.
fn read_binder(program: Program, place: &Path, path: &SourcePath, bytes_of: BytesOf<'_>) -> Result<Result<Project, String>, Problem> {
    let Some(binder) = binder_of(place) else {
        return Ok(Err("a Scrivener project has a file that ends in .scrivx, and this one has none".to_string()));
    };
    let binder = String::from_utf8_lossy(&bytes_of(&binder)?.0).into_owned();
    let mut taken = 0;
    let mut text_of = |wanted: Wanted<'_>| -> Result<Option<Words>, String> {
        let Some(file) = file_of(place, wanted)? else { return Ok(None) };
        let (bytes, stat) = bytes_of(&file).map_err(|problem| problem.message)?;
        taken += stat.size_bytes;
        if taken > MAX_BYTES {
            return Err(format!("the project has more than {} MB", MAX_BYTES >> 20));
        }
        let is_rich = file.extension().is_some_and(|end| end == ENDS[0]);
        Ok(Some(if is_rich { Words::Rich(bytes) } else { Words::Plain(String::from_utf8_lossy(&bytes).into_owned()) }))
    };
    Ok(if program == Program::Scrivener {
        documents::read_scrivener(&binder, path, &mut text_of)
    } else {
        documents::read_novelwriter(&binder, path, &mut text_of)
    })
}

/// A project of Manuskript: the archive, or the files of the folder beside it.
fn read_manuskript(place: &Path, path: &SourcePath, bytes_of: BytesOf<'_>) -> Result<Result<Project, String>, Problem> {
    let (bytes, _) = bytes_of(place)?;
    let files = match manuskript::files_of_archive(&bytes) {
        Ok(Some(files)) => files,
        Ok(None) => {
            let mut files = manuskript::Files::new();
            let mut taken = 0;
            for (name, file) in texts_below(&place.with_extension("")) {
                let (bytes, stat) = bytes_of(&file)?;
                taken += stat.size_bytes;
                if taken > MAX_BYTES || files.len() >= manuskript::MAX_FILES {
                    return Ok(Err(format!("the project has more than {} MB or {} files", MAX_BYTES >> 20, manuskript::MAX_FILES)));
                }
                files.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
            files
        }
        Err(why) => return Ok(Err(why)),
    };
    Ok(documents::read_manuskript(&files, path))
}

/// The files with text of a Manuskript project's folder, by their paths in it. Links are not followed.
fn texts_below(folder: &Path) -> Vec<(String, PathBuf)> {
    fn walk(folder: &Path, above: &str, depth: usize, into: &mut Vec<(String, PathBuf)>) {
        for file in entries(folder) {
            let Some(name) = file.file_name().and_then(OsStr::to_str) else { continue };
            let path = if above.is_empty() { name.to_string() } else { format!("{above}/{name}") };
            match std::fs::symlink_metadata(&file) {
                Ok(metadata) if metadata.is_dir() && depth < MAX_DEPTH => walk(&file, &path, depth + 1, into),
                Ok(metadata) if metadata.is_file() && manuskript::is_text(&path) => into.push((path, file)),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    if std::fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir()) {
        walk(folder, "", 0, &mut found);
    }
    found
}

/// How a project looks from outside, as one file would: it has changed when any of the files has that its words are in.
pub(super) fn stat(place: &Path) -> Option<FileStat> {
    let mut files: Vec<PathBuf> = binder_of(place).into_iter().collect();
    if place.is_dir() {
        files.extend(entries(&place.join(DATA)).flat_map(|data| TEXTS.map(|name| data.join(name))));
        files.extend(entries(&place.join(DOCS)));
    } else if place.file_name().is_some_and(is_novelwriter) {
        files.extend(entries(&place.with_file_name(CONTENT)));
    } else {
        files.push(place.to_path_buf());
        files.extend(texts_below(&place.with_extension("")).into_iter().map(|(_, file)| file));
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
    Program::of(path.file_name()).is_some()
}

/// Whether a folder holds the documents of the project beside it, which are no files of their own.
pub(super) fn is_part(folder: &Path) -> bool {
    let is_content = folder.file_name().is_some_and(|name| name == CONTENT) && folder.with_file_name(NOVELWRITER).is_file();
    let of_manuskript = folder.file_name().map(|name| {
        let mut file = name.to_os_string();
        file.push(MANUSKRIPT_END);
        folder.with_file_name(file)
    });
    is_content || of_manuskript.is_some_and(|file| file.is_file()) && folder.join(manuskript::OUTLINE).is_dir()
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
fn file_of(place: &Path, wanted: Wanted<'_>) -> Result<Option<PathBuf>, String> {
    let (Wanted::Words(id) | Wanted::Synopsis(id)) = wanted;
    let is_plain = !id.is_empty() && id.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let all: Vec<PathBuf> = if place.file_name().is_some_and(is_novelwriter) {
        CONTENT_ENDS.iter().map(|end| place.with_file_name(CONTENT).join(format!("{id}.{end}"))).collect()
    } else if matches!(wanted, Wanted::Synopsis(_)) {
        vec![place.join(DATA).join(id).join(SYNOPSIS), place.join(DOCS).join(format!("{id}_{SYNOPSIS}"))]
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
