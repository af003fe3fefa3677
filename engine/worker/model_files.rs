//! The files of a model, and whether they are still those whose hash names the model.

use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

/// What the file system says of one file. While all of it stays, the bytes are taken to stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelMark {
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
    /// Other files stand in their place, or none. Whoever has them open still reads the old ones.
    Replaced,
    /// Their own bytes were changed: what is computed with them from now on means nothing.
    Rewritten,
}

impl ModelMark {
    /// The marks of all files of a model; files that are not there have an empty one.
    pub fn of_all(files: &[PathBuf]) -> Vec<ModelMark> {
        files.iter().map(|path| ModelMark::of(path).unwrap_or_default()).collect()
    }

    fn of(path: &Path) -> io::Result<ModelMark> {
        Ok(ModelMark::of_metadata(&std::fs::metadata(path)?))
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &Metadata) -> ModelMark {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        ModelMark {
            device: metadata.dev(),
            file: metadata.ino(),
            size_bytes: metadata.len(),
            modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    #[cfg(not(unix))]
    fn of_metadata(metadata: &Metadata) -> ModelMark {
        let since_1970 = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let modified_ns = since_1970.map_or(0, |duration| i128::try_from(duration.as_nanos()).unwrap_or(0));
        ModelMark { size_bytes: metadata.len(), modified_ns, ..ModelMark::default() }
    }

    /// What became of the file at `path` since this mark was taken of it.
    fn change(&self, path: &Path) -> ModelChange {
        match ModelMark::of(path) {
            Ok(now) if now == *self => ModelChange::None,
            Ok(now) if (now.device, now.file) == (self.device, self.file) => ModelChange::Rewritten,
            Ok(_) | Err(_) => ModelChange::Replaced,
        }
    }
}

/// The worst that became of any of the files since their marks were taken.
pub fn change(files: &[PathBuf], marks: &[ModelMark]) -> ModelChange {
    files.iter().zip(marks).map(|(path, mark)| mark.change(path)).max().unwrap_or(ModelChange::None)
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
        assert_eq!(change(&files, &marks), ModelChange::None);
        std::fs::remove_file(&files[1]).expect("it is removed");
        assert_eq!(change(&files, &marks), ModelChange::Replaced);
        // The clock of a file system may tick slowly; a shorter file is told at once.
        std::fs::write(&files[0], "wei").expect("it is written");
        assert_eq!(change(&files, &marks), ModelChange::Rewritten, "the worse of the two");
        std::fs::write(folder.path().join("c"), "weights").expect("it is written");
        std::fs::rename(folder.path().join("c"), &files[0]).expect("it is moved");
        assert_eq!(change(&files, &marks), ModelChange::Replaced);
    }
}
