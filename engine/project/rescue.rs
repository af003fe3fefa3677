//! A report that cannot be written beside its chapter goes into the state folder, so that the work is not lost.

use crate::text::SourcePath;
use std::io;
use std::path::{Path, PathBuf};

/// Writes a report under `folder`, its path's slashes kept as folders. Gives where it lies.
///
/// # Errors
/// The system's own: this folder cannot be written either.
pub fn keep_elsewhere(folder: &Path, path: &SourcePath, text: &str) -> io::Result<PathBuf> {
    let place = folder.join("reports").join(path.as_str());
    if let Some(parent) = place.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = tempfile::NamedTempFile::new_in(place.parent().unwrap_or(folder))?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.persist(&place).map_err(|error| error.error)?;
    Ok(place)
}
