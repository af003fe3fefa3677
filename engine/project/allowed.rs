//! Which of the author's scripts may run: those whose words the author has allowed, by their hash, for all books of this account.
//!
//! A script that came in a folder from somebody else, or was changed since, runs only when the author has said so. It could do no harm
//! outside its process, but it could waste a night, or fill reports with nonsense.

use crate::text::{ContentHash, ScriptFile};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file in the folder of settings.
pub const FILE: &str = "allowed-scripts";

/// A list of hashes longer than this, in bytes, is none of ours.
const MAX_BYTES: u64 = 4 << 20;

/// The allowed scripts of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Nothing where there is no home folder; then nothing can be allowed.
    file: Option<PathBuf>,
    /// Hash of the words → name, which is only there for people who look into the file.
    scripts: BTreeMap<String, String>,
}

impl Allowed {
    /// Those that a folder of settings holds. What cannot be read allows nothing.
    pub fn load(settings: Option<&Path>) -> Allowed {
        let file = settings.map(|folder| folder.join(FILE));
        let is_small = |file: &Path| std::fs::metadata(file).is_ok_and(|metadata| metadata.len() <= MAX_BYTES);
        let text = file.as_deref().filter(|file| is_small(file)).and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        let line = |line: &str| line.split_once(' ').map(|(hash, name)| (hash.to_string(), name.trim().to_string()));
        Allowed { file, scripts: text.lines().filter_map(line).collect() }
    }

    /// Whether a script may run: it came with copydesk, or these very words were allowed.
    pub fn contains(&self, script: &ScriptFile) -> bool {
        script.is_shipped || self.scripts.contains_key(&hash(script))
    }

    /// Allows a script as it stands now.
    pub fn insert(&mut self, script: &ScriptFile) {
        self.scripts.insert(hash(script), script.name.clone());
    }

    /// Keeps what is allowed, whole or not at all.
    ///
    /// # Errors
    /// There is no home folder, or it cannot be written.
    pub fn save(&self) -> io::Result<()> {
        let file = self.file.as_deref().ok_or_else(|| io::Error::other("there is no home folder"))?;
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        for (hash, name) in &self.scripts {
            writeln!(temporary, "{hash} {name}")?;
        }
        temporary.as_file().sync_all()?;
        temporary.persist(file).map(|_| ()).map_err(|error| error.error)
    }
}

fn hash(script: &ScriptFile) -> String {
    ContentHash::of(script.text.as_bytes()).short(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(text: &str, is_shipped: bool) -> ScriptFile {
        ScriptFile::new("scripts", "x.rhai", text.into(), is_shipped)
    }

    #[test]
    fn what_was_allowed_is_known_again_and_a_changed_script_is_not() {
        let settings = tempfile::tempdir().unwrap();
        let mut allowed = Allowed::load(Some(settings.path()));
        assert!(!allowed.contains(&script("one", false)) && allowed.contains(&script("one", true)));
        allowed.insert(&script("one", false));
        allowed.save().unwrap();
        let again = Allowed::load(Some(settings.path()));
        assert!(again.contains(&script("one", false)) && !again.contains(&script("one ", false)));
        assert_eq!(again, allowed);
    }

    #[test]
    fn without_a_home_nothing_is_allowed_and_that_is_said() {
        let mut allowed = Allowed::load(None);
        allowed.insert(&script("one", false));
        assert!(allowed.save().unwrap_err().to_string().contains("home"));
    }

    #[test]
    fn a_file_that_says_something_else_allows_nothing() {
        let settings = tempfile::tempdir().unwrap();
        std::fs::write(settings.path().join(FILE), b"\xff\xfe nonsense\n\n x\n").unwrap();
        assert!(!Allowed::load(Some(settings.path())).contains(&script("x", false)));
    }
}
