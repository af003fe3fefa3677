//! A script file as it was read, and what its lines say of it before it is compiled.

use super::SourcePath;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The group that a rule joins which names none.
const USUAL_GROUP: &str = "continuity";

/// What a script file is for, which the folder it lies in tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScriptKind {
    /// Runs by its name and has a report of its own.
    #[default]
    Check,
    /// In `rules/`: one kind of mistake, looked for by every group that it joins.
    Rule,
    /// In `lib/`: functions that others import.
    Library,
}

/// One script file as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptFile {
    /// The file's name without `.rhai`; of a library with its folder, `lib/years`.
    pub name: String,
    pub kind: ScriptKind,
    pub path: SourcePath,
    pub text: Arc<str>,
    /// Whether it came with copydesk and is not the author's.
    pub is_shipped: bool,
}

impl ScriptFile {
    /// A file of the folder of scripts, `path` as it is there: `rules/changed-title.rhai`.
    pub fn new(folder: &str, path: &str, text: Arc<str>, is_shipped: bool) -> ScriptFile {
        let (kind, stem) = match path.trim_end_matches(".rhai").split_once('/') {
            Some(("rules", stem)) => (ScriptKind::Rule, stem.to_string()),
            Some(("lib", stem)) => (ScriptKind::Library, format!("lib/{stem}")),
            _ => (ScriptKind::Check, SourcePath::new(path).stem().to_string()),
        };
        ScriptFile { name: stem, kind, path: SourcePath::in_folder(folder, path), text, is_shipped }
    }

    /// The list that a constant at the top declares, `const FINDS = "one, other";`. Read off the line itself, because what is not run is not
    /// compiled; compiling makes sure that it is the same.
    pub fn declared(&self, constant: &str) -> Option<Vec<&str>> {
        let value = self.text.lines().find_map(|line| {
            let value = line.strip_prefix("const ")?.strip_prefix(constant)?.strip_prefix(" = \"")?;
            value.split('"').next()
        });
        value.map(|words| list_of(words).collect())
    }

    /// The rules whose findings it may make: those that its FINDS lists, else the one of its own name.
    pub fn finds(&self) -> Vec<&str> {
        match self.kind {
            ScriptKind::Library => Vec::new(),
            ScriptKind::Check => self.declared("FINDS").unwrap_or_else(|| vec![&self.name]),
            ScriptKind::Rule => vec![&self.name],
        }
    }

    /// The groups that a rule joins.
    pub fn groups(&self) -> Vec<&str> {
        match self.kind {
            ScriptKind::Rule => self.declared("GROUP").unwrap_or_else(|| vec![USUAL_GROUP]),
            ScriptKind::Check | ScriptKind::Library => Vec::new(),
        }
    }

    /// The scripts by whose names findings of a rule are known: those that declare it, and the groups that it joins.
    pub fn finders<'s>(scripts: &'s [ScriptFile], rule: &str) -> Vec<&'s str> {
        let of_script = |script: &'s ScriptFile| match script.kind {
            ScriptKind::Rule if script.name == rule => script.groups(),
            ScriptKind::Check if script.finds().contains(&rule) => vec![script.name.as_str()],
            _ => Vec::new(),
        };
        scripts.iter().flat_map(of_script).collect()
    }
}

/// The words of a list with commas between them.
pub fn list_of(words: &str) -> impl Iterator<Item = &str> {
    words.split(',').map(str::trim).filter(|word| !word.is_empty())
}
