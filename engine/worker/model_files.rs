//! The files of a model, and whether they are still those whose hash names the model.

use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// A file, and what the file system says of it. While all of it stays, the bytes are taken to stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelMark {
    path: PathBuf,
    look: Look,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Look {
    device: u64,
    file: u64,
    size_bytes: u64,
    /// Of the last change of content, in nanoseconds since 1970; only compared.
    modified_ns: i128,
    /// Of the last change of content, name or rights, in nanoseconds since 1970; only compared.
    changed_ns: i128,
}

/// What can become of a model's files while they are in use; the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelChange {
    None,
    /// Other files stand in their place, or none. Whoever has opened them goes on with the old ones.
    Replaced,
    /// Their own bytes were changed: what is computed with them from now on may mean nothing.
    Rewritten,
}

impl ModelMark {
    /// The marks of all files of a model; those of files that are not there are like no file's.
    pub fn of_all(files: &[PathBuf]) -> Vec<ModelMark> {
        files.iter().map(|path| ModelMark { path: path.clone(), look: Look::of(path).unwrap_or_default() }).collect()
    }

    /// What became of the file since this mark was taken of it.
    fn change(&self) -> ModelChange {
        match Look::of(&self.path) {
            Ok(now) if now == self.look => ModelChange::None,
            Ok(now) if (now.device, now.file) == (self.look.device, self.look.file) => ModelChange::Rewritten,
            Ok(_) | Err(_) => ModelChange::Replaced,
        }
    }
}

/// Whether one of the marked files is not what it was.
pub(super) fn has_changed(marks: &[ModelMark], path: &Path) -> bool {
    marks.iter().any(|mark| mark.path == path && mark.change() > ModelChange::None)
}

/// Takes the mark of a file away.
pub(super) fn forget(marks: &mut Vec<ModelMark>, path: &Path) {
    marks.retain(|mark| mark.path != path);
}

impl Look {
    #[cfg(unix)]
    fn of(path: &Path) -> io::Result<Look> {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(path)?;
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Ok(Look {
            device: metadata.dev(),
            file: metadata.ino(),
            size_bytes: metadata.len(),
            modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    #[cfg(not(unix))]
    fn of(path: &Path) -> io::Result<Look> {
        let metadata = std::fs::metadata(path)?;
        let since_1970 = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let modified_ns = since_1970.map_or(0, |duration| i128::try_from(duration.as_nanos()).unwrap_or(0));
        Ok(Look { size_bytes: metadata.len(), modified_ns, ..Look::default() })
    }
}

/// The worst that became of any of the files since their marks were taken.
pub fn change(marks: &[ModelMark]) -> ModelChange {
    marks.iter().map(ModelMark::change).max().unwrap_or(ModelChange::None)
}

/// The file, and those beside it whose names differ from its own only in their number: `…-00001-of-00003.gguf`.
pub fn files_of(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let split = name.strip_suffix(".gguf").and_then(|stem| {
        let (stem, count) = stem.rsplit_once("-of-")?;
        let (stem, number) = stem.rsplit_once('-')?;
        number.parse::<u16>().ok()?;
        Some((stem, count, count.parse::<u16>().ok()?))
    });
    let Some((stem, count_text, count)) = split else { return vec![path.to_path_buf()] };
    (1..=count).map(|number| path.with_file_name(format!("{stem}-{number:05}-of-{count_text}.gguf"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_model_is_all_its_files() {
        assert_eq!(files_of(Path::new("/m/a.gguf")), [Path::new("/m/a.gguf")]);
        assert_eq!(files_of(Path::new("/m/a-of-b.gguf")), [Path::new("/m/a-of-b.gguf")]);
        let parts = ["/m/a-00001-of-00002.gguf", "/m/a-00002-of-00002.gguf"];
        assert_eq!(files_of(Path::new(parts[0])), parts.map(PathBuf::from));
    }

    #[test]
    fn a_changed_file_is_told_from_a_replaced_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let files: Vec<PathBuf> = ["a", "b"].map(|name| folder.path().join(name)).to_vec();
        files.iter().for_each(|path| std::fs::write(path, "weights").expect("it is written"));
        let marks = ModelMark::of_all(&files);
        assert_eq!(change(&marks), ModelChange::None);
        std::fs::remove_file(&files[1]).expect("it is removed");
        assert_eq!(change(&marks), ModelChange::Replaced);
        // The clock of a file system may tick slowly; a shorter file is told at once.
        std::fs::write(&files[0], "wei").expect("it is written");
        assert_eq!(change(&marks), ModelChange::Rewritten, "the worse of the two");
        std::fs::write(folder.path().join("c"), "weights").expect("it is written");
        std::fs::rename(folder.path().join("c"), &files[0]).expect("it is moved");
        assert_eq!(change(&marks), ModelChange::Replaced);
    }

    #[test]
    fn an_adapter_of_the_authors_that_was_changed_is_left_and_the_model_stays() {
        use crate::model::Fingerprint;
        use crate::notes::READER;
        use crate::text::ContentHash;
        use crate::worker::{AdapterFile, ModelToOpen};
        let folder = tempfile::tempdir().expect("a folder");
        let adapters = [READER, "voice", "other"].map(|name| AdapterFile { name: name.to_string(), path: folder.path().join(name) });
        adapters.iter().for_each(|adapter| std::fs::write(&adapter.path, "weights").expect("it is written"));
        let hashes = adapters.iter().map(|adapter| (adapter.name.clone(), ContentHash::of(b"weights"))).collect();
        let fingerprint =
            Fingerprint { name: "tiny".to_string(), file_hash: ContentHash::of(b"x"), settings: String::new(), adapters: hashes };
        let marks = ModelMark::of_all(&adapters.each_ref().map(|adapter| adapter.path.clone()));
        let mut model = ModelToOpen { adapters: adapters.to_vec(), marks, ..ModelToOpen::recorded(fingerprint, Vec::new()) };
        std::fs::write(&adapters[1].path, "others").expect("it is written");
        assert_eq!(model.change(), ModelChange::Rewritten);
        model.leave_changed_adapters();
        assert_eq!(model.change(), ModelChange::None);
        assert_eq!(model.fingerprint.adapters.keys().collect::<Vec<_>>(), ["other", READER]);
        std::fs::write(&adapters[0].path, "others").expect("it is written");
        model.leave_changed_adapters();
        assert_eq!(model.change(), ModelChange::Rewritten, "the reader's is a part of the model");
    }
}
