//! Writes a report beside its chapter, whole or not at all, and never over anything that is not an untouched report of ours.

use super::disk;
use crate::text::{ContentHash, Problem, ProblemKind, SourcePath, is_sections_folder};
use std::fs::Metadata;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where reports go when the configuration says `reports: folder`.
pub const REPORTS_FOLDER: &str = "copydesk-reports";

/// Where drafted entries wait for the author, beside the usual place of the bible. They are neither chapters nor entries of the bible.
pub const DRAFTS_FOLDER: &str = "bible-draft";

/// Whether a folder in the author's is ours to make, by its path: the two at the top, and one beside a file that holds several chapters.
pub fn is_own_folder(path: &str) -> bool {
    path == REPORTS_FOLDER || path == DRAFTS_FOLDER || is_sections_folder(path)
}

/// Whether a path lies in a folder that is ours to make.
pub fn is_in_own_folder(path: &str) -> bool {
    path.match_indices('/').any(|(end, _)| is_own_folder(&path[..end]))
}

/// How the line begins that makes a file a report of ours.
pub const MARK: &str = "<!-- copydesk report";

/// The whole mark, with the hash of everything else in the report between the two.
const SEAL_START: &str = "<!-- copydesk report v1 sha:";
const SEAL_END: &str = " -->";

/// How the last line begins that makes a file an entry we drafted. Not [`MARK`]: moved into the bible, under whatever name, it is no report.
pub const DRAFT_MARK: &str = "<!-- copydesk draft";
const DRAFT_SEAL_START: &str = "<!-- copydesk draft v1 sha:";

/// Hexadecimal digits of the hash in the mark: enough to see an edit, which is no attack.
const SEAL_DIGITS: usize = 32;

pub(super) const TEMPORARY_PREFIX: &str = ".copydesk-";
pub(super) const TEMPORARY_SUFFIX: &str = ".tmp";

/// A larger file beside a chapter is no report of ours.
const MAX_REPORT_BYTES: u64 = 64 << 20;

/// How many names `….new.md`, `….new-2.md` … are tried for a report that must not replace what is there.
const NEW_NAMES: usize = 9;

/// What became of a report.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// The file says it already; it was not touched.
    Unchanged,
    Written,
    /// The file there is not ours, or has been edited: the report was written under this name instead.
    Beside(SourcePath, WhyBeside),
    /// Nothing was written and nothing was changed.
    Failed(Problem),
}

/// Why a report did not replace the file of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyBeside {
    /// It does not carry our mark.
    NotOurs,
    /// It carries our mark, and other words than we wrote.
    Edited,
    /// It is a symbolic link, has a second name elsewhere, or is no file at all.
    Shared,
}

/// The report with our mark as its first line, which holds the hash of all that follows.
pub fn sealed(text: &str) -> String {
    format!("{SEAL_START}{}{SEAL_END}\n{text}", ContentHash::of(text.as_bytes()).short(SEAL_DIGITS))
}

/// A drafted entry with our mark as its last line, behind the front matter that must come first; it holds the hash of all before it.
pub fn sealed_draft(text: &str) -> String {
    format!("{text}{DRAFT_SEAL_START}{}{SEAL_END}\n", ContentHash::of(text.as_bytes()).short(SEAL_DIGITS))
}

/// Whether a text is an entry we drafted, edited or not.
pub fn is_draft(text: &str) -> bool {
    text.trim_end().lines().next_back().is_some_and(|line| line.starts_with(DRAFT_MARK))
}

/// Whether the first or the last line of a text is our mark.
pub fn is_ours(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').starts_with(MARK) || text.trim_end().lines().next_back().is_some_and(|line| line.starts_with(MARK))
}

/// Whether a text carries our mark and is, but for it, what we wrote. Line ends that a version control changed do not count.
pub fn is_unedited(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let hash_of = |line: &str| {
        let line = line.trim_end();
        let seal = line.strip_prefix(SEAL_START).or_else(|| line.strip_prefix(DRAFT_SEAL_START))?;
        Some(seal.strip_suffix(SEAL_END)?.to_string())
    };
    let agrees = |seal: Option<String>, rest: &str| seal.is_some_and(|seal| seal == ContentHash::of(rest.as_bytes()).short(SEAL_DIGITS));
    let first = text.split_once('\n').is_some_and(|(line, rest)| agrees(hash_of(line), rest));
    let body = text.strip_suffix('\n').unwrap_or(&text);
    let last = body.rsplit_once('\n').is_some_and(|(rest, line)| agrees(hash_of(line), &format!("{rest}\n")));
    first || last
}

/// Whether a file name is one of our temporary files.
pub fn is_temporary_name(name: &str) -> bool {
    name.starts_with(TEMPORARY_PREFIX) && name.ends_with(TEMPORARY_SUFFIX)
}

/// Writes a report, sealed if it is not yet.
///
/// Whether the report there may be replaced is told by its mark alone: the hash in it says what we wrote, wherever the folder is carried, and
/// whatever became of the state folder. A report whose bytes are already there is not touched. What failed is reported; the caller may put the
/// report into the state folder.
pub fn write_report(root: &Path, path: &SourcePath, text: &str) -> Written {
    let text = if is_ours(text) || is_draft(text) { text.to_string() } else { sealed(text) };
    let attempt = || -> Result<Written, Refusal> {
        let folder = prepared_folder(root, path)?;
        let why = match existing(&folder.join(path.file_name()))? {
            Existing::Nothing => return publish(&folder, path.file_name(), &text, None).map(|()| Written::Written),
            Existing::Shared => WhyBeside::Shared,
            Existing::File(bytes, metadata) => match standing(&bytes, &text) {
                Standing::Same => return Ok(Written::Unchanged),
                Standing::Ours => return publish(&folder, path.file_name(), &text, Some((&bytes, &metadata))).map(|()| Written::Written),
                Standing::Kept(why) => why,
            },
        };
        write_beside(&folder, path, &text).map(|new_path| Written::Beside(new_path, why))
    };
    attempt().unwrap_or_else(|refusal| Written::Failed(refusal.problem(path)))
}

/// Writes the report as `NAME.new.md`, or under the first such name that is free or ours.
fn write_beside(folder: &Path, path: &SourcePath, text: &str) -> Result<SourcePath, Refusal> {
    let name = path.file_name();
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, "md"));
    for number in 1..=NEW_NAMES {
        let new_name = if number == 1 { format!("{stem}.new.{end}") } else { format!("{stem}.new-{number}.{end}") };
        match existing(&folder.join(&new_name))? {
            Existing::Nothing => publish(folder, &new_name, text, None)?,
            Existing::Shared => continue,
            Existing::File(bytes, metadata) => match standing(&bytes, text) {
                Standing::Same => {}
                Standing::Ours => publish(folder, &new_name, text, Some((&bytes, &metadata)))?,
                Standing::Kept(_) => continue,
            },
        }
        return Ok(path.beside(&new_name));
    }
    Err(Refusal::Said("all its names are taken by files that are not ours or that you have edited", "remove or rename the old ones"))
}

/// Why nothing was written.
pub(super) enum Refusal {
    Said(&'static str, &'static str),
    System(io::Error),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        Refusal::System(error)
    }
}

impl Refusal {
    fn problem(self, path: &SourcePath) -> Problem {
        let (words, advice) = match &self {
            Refusal::Said(words, advice) => (words.to_string(), Some(*advice)),
            // What cannot be opened for writing is most often a folder.
            Refusal::System(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                ("this account may not write into the folder".to_string(), Some("allow it: `chmod u+rwx` on the folder"))
            }
            Refusal::System(error) => disk::plain_words(error),
        };
        let problem = Problem::new(ProblemKind::NotChecked, format!("the report could not be written: {words}")).in_file(path);
        problem.advice(advice.unwrap_or("nothing was changed"))
    }
}

/// What stands at a path already.
pub(super) enum Existing {
    Nothing,
    /// A link, a file with a second name, or no file: writing there could change something else.
    Shared,
    File(Vec<u8>, Metadata),
}

pub(super) fn existing(disk_path: &Path) -> Result<Existing, Refusal> {
    let metadata = match std::fs::symlink_metadata(disk_path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Existing::Nothing),
        other => other?,
    };
    if !metadata.is_file() || disk::names_of(&metadata) > 1 || metadata.len() > MAX_REPORT_BYTES {
        return Ok(Existing::Shared);
    }
    let file = disk::open_read_only(disk_path)?;
    if disk::is_placeholder(&file, &metadata) {
        return Ok(Existing::Shared);
    }
    let mut bytes = Vec::new();
    file.take(MAX_REPORT_BYTES).read_to_end(&mut bytes)?;
    Ok(Existing::File(bytes, metadata))
}

/// How what stands there relates to what is to be written.
enum Standing {
    Same,
    Ours,
    Kept(WhyBeside),
}

fn standing(bytes: &[u8], text: &str) -> Standing {
    if bytes == text.as_bytes() {
        return Standing::Same;
    }
    let existing = String::from_utf8_lossy(bytes);
    if is_unedited(&existing) {
        return Standing::Ours;
    }
    Standing::Kept(if is_ours(&existing) || is_draft(&existing) { WhyBeside::Edited } else { WhyBeside::NotOurs })
}

/// The folder of a report: inside the author's folder, reached through no link, created if it is the folder of reports.
fn prepared_folder(root: &Path, path: &SourcePath) -> Result<PathBuf, Refusal> {
    let mut folder = root.to_path_buf();
    let parts: Vec<&str> = path.folder().split('/').filter(|part| !part.is_empty()).collect();
    let is_plain = |part: &str| !matches!(part, "." | "..") && !part.contains(':');
    if path.as_str().starts_with('/') || !parts.iter().all(|part| is_plain(part)) || path.file_name().is_empty() {
        return Err(Refusal::Said("its place is outside the author's folder", "this is a fault in copydesk; please report it"));
    }
    let is_own = |depth: usize| is_own_folder(parts[0]) || is_own_folder(parts[depth]);
    for (depth, part) in parts.iter().enumerate() {
        folder.push(part);
        match std::fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) if metadata.file_type().is_symlink() => {
                return Err(Refusal::Said("its folder is a symbolic link, and links are not followed", "put the folder itself here"));
            }
            Ok(_) => return Err(io::Error::from(io::ErrorKind::NotADirectory).into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_own(depth) => std::fs::create_dir(&folder)?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(folder)
}

/// Puts a file in its place whole: written under another name, on the disk before it gets its own. `replaces` is what stands there now;
/// when it has changed meanwhile, nothing is replaced.
pub(super) fn publish(folder: &Path, name: &str, text: &str, replaces: Option<(&[u8], &Metadata)>) -> Result<(), Refusal> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX);
    let permissions = replaces.map_or_else(usual_permissions, |(_, metadata)| Some(metadata.permissions()));
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    let mut temporary = builder.tempfile_in(folder)?;
    // Says that somebody still writes it.
    temporary.as_file().try_lock().ok();
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    let place = folder.join(name);
    match replaces {
        None => temporary.persist_noclobber(&place).map_err(|error| error.error)?,
        Some((bytes, _)) => {
            match existing(&place)? {
                Existing::File(now, _) if now == bytes => {}
                _ => return Err(Refusal::Said("the old one changed at the same moment", "run again")),
            }
            persist(temporary, &place)?
        }
    };
    // Without this the new name may be lost with the power. Systems that cannot do it to a folder keep names by themselves.
    if let Ok(folder) = std::fs::File::open(folder) {
        folder.sync_all().ok();
    }
    Ok(())
}

/// Writes a file at a place that was named for it, over whatever is there, whole or not at all.
///
/// # Errors
/// The system's own.
pub fn replace_whole(place: &Path, text: &str) -> io::Result<()> {
    let folder = place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX).suffix(TEMPORARY_SUFFIX);
    if let Some(permissions) = usual_permissions() {
        builder.permissions(permissions);
    }
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    temporary.as_file().sync_all()?;
    persist(temporary, place).map(drop)
}

/// Renames over the old file. On Windows a virus scanner or an open preview may hold it for a moment.
fn persist(mut temporary: tempfile::NamedTempFile, place: &Path) -> io::Result<std::fs::File> {
    let attempts = if cfg!(windows) { 5 } else { 1 };
    for attempt in 1.. {
        match temporary.persist(place) {
            Ok(file) => return Ok(file),
            Err(error) if attempt >= attempts || error.error.kind() != io::ErrorKind::PermissionDenied => return Err(error.error),
            Err(error) => temporary = error.file,
        }
        std::thread::sleep(Duration::from_millis(50 * attempt));
    }
    Err(io::Error::other("the file could not be renamed"))
}

/// A report is a file like the author's others, not private as temporary files are; the account's own mask still applies.
#[cfg(unix)]
fn usual_permissions() -> Option<std::fs::Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(0o666))
}

#[cfg(not(unix))]
fn usual_permissions() -> Option<std::fs::Permissions> {
    None
}

/// [`remove_strays`] in a folder of the author's, unless a link leads there.
pub fn remove_strays_in(root: &Path, folder: &str) {
    let mut place = root.to_path_buf();
    let is_folder = |place: &Path| std::fs::symlink_metadata(place).is_ok_and(|metadata| metadata.is_dir());
    let is_inside = folder.split('/').filter(|part| !part.is_empty()).all(|part| {
        place.push(part);
        part != ".." && is_folder(&place)
    });
    if is_inside {
        remove_strays(&place);
    }
}

/// Deletes what a killed run left in a folder: temporary files of ours that nobody writes any more. To be called before reports are written
/// there: on a disk that cannot rename without replacing, such a file may be the second name of a report, which is [`WhyBeside::Shared`] as
/// long as it has two. Gives how many were deleted; on a disk without locks none.
pub fn remove_strays(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let is_ours = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(is_temporary_name);
    // Whoever writes one holds its lock.
    let is_left = |path: &PathBuf| {
        disk::open_read_only(path).is_ok_and(|file| file.metadata().is_ok_and(|metadata| metadata.is_file()) && file.try_lock().is_ok())
    };
    let strays = entries.flatten().map(|entry| entry.path()).filter(is_ours).filter(is_left);
    strays.filter(|path| std::fs::remove_file(path).is_ok()).count()
}

#[cfg(test)]
mod tests {
    use super::super::disk::testing::{put, tree};
    use super::*;

    const REPORT: &str = "ch.bible.md";

    fn write(folder: &Path, text: &str) -> Written {
        write_report(folder, &SourcePath::new(REPORT), text)
    }

    fn content(folder: &Path, name: &str) -> String {
        std::fs::read_to_string(folder.join(name)).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_report_is_written_once_and_replaced_when_it_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "ch.md", "Words.");
        assert_eq!(write(folder.path(), "# One\n"), Written::Written);
        let first = tree(folder.path());
        assert_eq!(write(folder.path(), "# One\n"), Written::Unchanged);
        assert_eq!(tree(folder.path()), first);
        assert_eq!(write(folder.path(), "# Two\n"), Written::Written);
        assert_eq!(content(folder.path(), REPORT), sealed("# Two\n"));
        assert_eq!(names(folder.path()), [REPORT, "ch.md"]);
        assert_eq!(first[&folder.path().join("ch.md")], tree(folder.path())[&folder.path().join("ch.md")]);
        #[cfg(unix)]
        assert_eq!(first[&folder.path().join("ch.md")].2, first[&folder.path().join(REPORT)].2, "a report is as readable as a chapter");
    }

    #[test]
    fn what_the_author_wrote_or_edited_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), REPORT, "My own notes.");
        let new = SourcePath::new("ch.bible.new.md");
        assert_eq!(write(folder.path(), "# One\n"), Written::Beside(new.clone(), WhyBeside::NotOurs));
        assert_eq!(content(folder.path(), REPORT), "My own notes.");
        let edited = sealed("# One\n") + "I disagree.\n";
        put(folder.path(), REPORT, &edited);
        assert_eq!(write(folder.path(), "# Two\n"), Written::Beside(new, WhyBeside::Edited));
        assert_eq!(content(folder.path(), REPORT), edited);
        assert_eq!(content(folder.path(), "ch.bible.new.md"), sealed("# Two\n"));
        put(folder.path(), "ch.bible.new.md", "Mine too.");
        assert_eq!(write(folder.path(), "# Two\n"), Written::Beside(SourcePath::new("ch.bible.new-2.md"), WhyBeside::Edited));
    }

    #[test]
    fn seals_stand_first_or_last_and_show_edits() {
        let text = sealed("# One\n\nWords.\n");
        assert!(is_ours(&text) && is_unedited(&text) && is_unedited(&text.replace('\n', "\r\n")));
        let seal = text.lines().next().unwrap();
        let last = format!("# One\n\nWords.\n{seal}\n");
        assert!(is_ours(&last) && is_unedited(&last));
        assert!(!is_unedited(&text.replace("Words", "words")) && is_ours(&text.replace("Words", "words")));
        assert!(!is_ours("# One\n") && !is_unedited("") && !is_unedited(MARK));
    }

    #[test]
    #[cfg(unix)]
    fn nothing_is_written_through_links() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "ch.md", sealed("looks like ours\n"));
        std::os::unix::fs::symlink(folder.path().join("ch.md"), folder.path().join(REPORT)).unwrap();
        std::fs::hard_link(folder.path().join("ch.md"), folder.path().join("two.bible.md")).unwrap();
        let before = tree(folder.path());
        let new = |name: &str| Written::Beside(SourcePath::new(name), WhyBeside::Shared);
        assert_eq!(write(folder.path(), "# One\n"), new("ch.bible.new.md"));
        assert_eq!(write_report(folder.path(), &SourcePath::new("two.bible.md"), "# One\n"), new("two.bible.new.md"));
        let after = tree(folder.path());
        assert!(before.iter().all(|(path, was)| &after[path] == was));
        std::os::unix::fs::symlink(std::env::temp_dir(), folder.path().join("away")).unwrap();
        let through = write_report(folder.path(), &SourcePath::new("away/x.bible.md"), "# One\n");
        assert!(matches!(through, Written::Failed(problem) if problem.message.contains("symbolic link")));
    }

    #[test]
    fn a_report_stays_in_the_folder_and_its_folder_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "file", "x");
        let said = |path: &str| match write_report(folder.path(), &SourcePath::new(path), "# One\n") {
            Written::Failed(problem) => problem.message,
            other => panic!("{path}: {other:?}"),
        };
        assert!(said("../x.bible.md").contains("outside"));
        assert!(said("/tmp/x.bible.md").contains("outside"));
        assert!(said("file/x.bible.md").contains("a file, not a folder"));
        assert!(said("gone/x.bible.md").contains("no longer there"));
        let deep = SourcePath::new("copydesk-reports/b1/ch.bible.md");
        assert_eq!(write_report(folder.path(), &deep, "# One\n"), Written::Written);
    }

    #[test]
    fn what_the_system_refuses_is_told_in_plain_words() {
        let said = |kind: io::ErrorKind| Refusal::from(io::Error::from(kind)).problem(&SourcePath::new(REPORT)).to_string();
        assert!(said(io::ErrorKind::PermissionDenied).contains("may not write into the folder"));
        assert!(said(io::ErrorKind::StorageFull).contains("the disk is full"));
        assert!(said(io::ErrorKind::ReadOnlyFilesystem).contains("can only be read"));
    }

    #[test]
    fn a_change_at_the_last_moment_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), REPORT, "new words");
        let metadata = std::fs::metadata(folder.path().join(REPORT)).unwrap();
        assert!(publish(folder.path(), REPORT, "report", Some((b"old words", &metadata))).is_err());
        assert!(publish(folder.path(), REPORT, "report", None).is_err());
        assert_eq!((content(folder.path(), REPORT).as_str(), names(folder.path()).len()), ("new words", 1));
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_is_being_written_is_not() {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), ".copydesk-left.tmp", "half");
        put(folder.path(), ".copydesk-busy.tmp", "half");
        put(folder.path(), "ch.md", "Words.");
        let busy = std::fs::File::open(folder.path().join(".copydesk-busy.tmp")).unwrap();
        busy.try_lock().unwrap();
        assert_eq!(remove_strays(folder.path()), 1);
        assert_eq!(names(folder.path()), [".copydesk-busy.tmp", "ch.md"]);
        drop(busy);
        assert_eq!(remove_strays(folder.path()), 1);
    }

    #[test]
    #[cfg(unix)]
    fn strays_are_not_looked_for_through_links() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(folder.path(), "ch.md", "Words.");
        std::os::unix::fs::symlink(folder.path().join("ch.md"), folder.path().join(".copydesk-x.tmp")).unwrap();
        assert_eq!((remove_strays(folder.path()), content(folder.path(), "ch.md").as_str()), (0, "Words."));
        put(elsewhere.path(), ".copydesk-x.tmp", "half");
        put(folder.path(), "b1/.copydesk-x.tmp", "half");
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("away")).unwrap();
        ["away", "b1", "gone", "../x"].iter().for_each(|inside| remove_strays_in(folder.path(), inside));
        assert_eq!((names(elsewhere.path()).len(), names(&folder.path().join("b1")).len()), (1, 0));
    }

    #[test]
    fn a_report_that_a_kill_left_with_two_names_is_ours_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(write(folder.path(), "# One\n"), Written::Written);
        // As `hard_link` and no `unlink` leave it, where the disk knows no other way to name a file without replacing another.
        std::fs::hard_link(folder.path().join(REPORT), folder.path().join(".copydesk-abc123.tmp")).unwrap();
        assert!(matches!(write(folder.path(), "# Two\n"), Written::Beside(_, WhyBeside::Shared)));
        std::fs::remove_file(folder.path().join("ch.bible.new.md")).unwrap();
        assert_eq!(remove_strays(folder.path()), 1);
        assert_eq!(write(folder.path(), "# Two\n"), Written::Written);
        assert_eq!(names(folder.path()), [REPORT]);
    }
}
