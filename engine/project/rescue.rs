//! A report that cannot be written beside its chapter goes into the state folder, so that the work is not lost.

use super::write;
use crate::text::SourcePath;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The folder in the state folder.
const FOLDER: &str = "reports";

/// Writes a report under `folder`, its path's slashes kept as folders. Gives where it lies.
///
/// # Errors
/// The system's own: this folder cannot be written either.
pub fn keep_elsewhere(folder: &Path, path: &SourcePath, text: &str) -> io::Result<PathBuf> {
    let place = folder.join(FOLDER).join(path.as_str());
    let parent = place.parent().unwrap_or(folder);
    std::fs::create_dir_all(parent)?;
    let mut file = tempfile::Builder::new().prefix(write::TEMPORARY_PREFIX).suffix(write::TEMPORARY_SUFFIX).tempfile_in(parent)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&place).map_err(|error| error.error)?;
    Ok(place)
}

/// Deletes an earlier report of this path: it has been written beside its chapter since.
pub fn forget(folder: &Path, path: &SourcePath) {
    let place = folder.join(FOLDER).join(path.as_str());
    let _ = std::fs::remove_file(&place);
    // Folders that are empty now go too.
    for parent in place.ancestors().skip(1).take_while(|parent| *parent != folder) {
        if std::fs::remove_dir(parent).is_err() {
            break;
        }
    }
}

/// Deletes what a killed run left half written.
pub fn remove_strays(folder: &Path) {
    let mut folders = vec![folder.join(FOLDER)];
    while let Some(folder) = folders.pop() {
        write::remove_strays(&folder);
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        folders.extend(entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()));
    }
}
