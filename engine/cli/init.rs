//! `copydesk init`: a commented configuration with its schema, and a sample bible note to begin with; and what is understood of the folder. It asks
//! nothing, and nothing that is there is touched.

mod understood;

use crate::project::discover::bible_name;
use crate::project::{Config, begin, config};
use crate::text::{Problem, ProblemKind, SourcePath};
use std::path::Path;

/// Its name does not end in `.md`: it is never read as an entry, so that nobody of this name is looked for in the chapters.
const SAMPLE: &str = "sample-entry.md.example";

/// The schema of the configuration, for editors that complete and check it; the configuration names it in its first line.
const SCHEMA: &str = ".copydesk.schema.json";

/// The usual folders of a bible, the first for a new one.
const BIBLE_FOLDERS: [&str; 4] = ["bible", "series-bible", "story-bible", "codex"];

/// Writes `copydesk.yaml`, its schema and a sample bible note where they are missing. Gives what was written and what to do next.
///
/// # Errors
/// There is no such folder, or a file could not be written.
pub fn init(root: &Path) -> Result<String, Problem> {
    if root.join("copydesk.yml").exists() && !root.join(config::FILE).exists() {
        let problem = Problem::new(ProblemKind::Configuration, "is not read under this name").in_file(&SourcePath::new("copydesk.yml"));
        return Err(problem.advice(format!("rename it to {}, then run `copydesk init` again", config::FILE)));
    }
    let bible = bible_folder(root);
    let schema = format!("{:#}\n", config::json_schema());
    let files = [
        (SourcePath::new(config::FILE), config::template()),
        (SourcePath::new(SCHEMA), schema.as_str()),
        (SourcePath::in_folder(&bible, SAMPLE), sample_entry()),
    ];
    let mut said = String::new();
    for (path, text) in &files {
        let line = if begin::write_if_absent(root, path, text)? { "written:       " } else { "was there, kept:" };
        said += &format!("{line} {path}\n");
    }
    said += &format!(
        "Nothing else was touched.\n\n{}\n\
         Next:\n\
         1. If the books or their order are not as you mean them:  copydesk order {folder}  says why, and {} sets it.\n\
         2. Check them:  copydesk run {folder}\n\
         3. For each person or place that should be checked against your own record, copy {bible}/{SAMPLE}\n   \
         to a name of your own that ends in .md, such as {bible}/anna.md, and fill it in.\n",
        understood::understood(root),
        config::FILE,
        folder = shown(root),
    );
    Ok(said)
}

fn shown(root: &Path) -> String {
    let folder = root.display().to_string();
    if folder.contains(' ') { format!("\"{folder}\"") } else { folder }
}

/// The folder of the bible that there is, or the first of the usual ones.
fn bible_folder(root: &Path) -> String {
    let configured = Config::load(root).0.bible.into_iter().find(|place| !place.is_empty() && !root.join(place).is_file());
    let folders = std::fs::read_dir(root).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    let names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let existing = || BIBLE_FOLDERS.iter().find_map(|usual| names.iter().find(|name| bible_name(name) == *usual).cloned());
    configured.or_else(existing).unwrap_or_else(|| BIBLE_FOLDERS[0].to_string())
}

/// A note with every key that an entry may have. Valid as it stands, and filled with nobody.
pub fn sample_entry() -> &'static str {
    r#"---
# A sample of a bible note. copydesk does not read this file, because its name ends in .example.
# Copy it to a name that ends in .md (one note for each person, place or thing), and replace what is below.
# Only `name` is needed. Lines that begin with # are explanations; remove the # to use a line.

name: Sample Person
kind: character                # or: place, object, event, group, rule

# Other names that your chapters use for the same person.
aliases: [Sam, Miss Person]

# What is true from the first page on. The names before the colons are your own.
facts:
  eyes: green
  born: 1871-03-02
  handedness: left
  reads: yes

# How this person stands to others, who have notes of their own.
#relations:
#  - { to: Another Person, is: brother }

# What becomes true later: from which chapter on, by its path without .md.
#progressions:
#  - from: book-1/07
#    facts: { occupation: harbourmaster }

# Who knows what, and from which chapter on.
#knows:
#  - fact: Another Person hid the second key
#    from: book-1/09

# What this person says although it is not true. It is not taken for a contradiction.
#lies: [ "I never learned to read" ]
---

Below the second line of hyphens you may write whatever you like about the person.
"#
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bible;
    use crate::manuscript::{OrderSettings, Series, SourceFile};
    use crate::project::discover::discover;
    use crate::project::disk::testing::{put, tree};

    #[test]
    fn three_files_are_written_and_nothing_else_is_touched() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "01.md", "One.");
        put(root.path(), "notes/plan.md", "Plan.");
        let before = tree(root.path());
        let said = init(root.path()).unwrap();
        let mut after = tree(root.path());
        for (path, entry) in &before {
            assert_eq!(after.remove(path).as_ref(), Some(entry), "{}", path.display());
        }
        let new: Vec<String> = after.keys().map(|path| path.strip_prefix(root.path()).unwrap().display().to_string()).collect();
        assert_eq!(new, [SCHEMA, "bible", "bible/sample-entry.md.example", "copydesk.yaml"]);
        assert!(said.contains("written:") && said.contains("copydesk order"), "{said}");
    }

    #[test]
    fn a_second_time_changes_nothing() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "copydesk.yaml", "title: Mine\n");
        init(root.path()).unwrap();
        let before = tree(root.path());
        let said = init(root.path()).unwrap();
        assert_eq!(before, tree(root.path()));
        assert_eq!(said.matches("was there, kept:").count(), 3);
        assert_eq!(std::fs::read_to_string(root.path().join("copydesk.yaml")).unwrap(), "title: Mine\n");
    }

    #[test]
    fn the_sample_goes_where_the_bible_is() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("codex")).unwrap();
        init(root.path()).unwrap();
        assert!(root.path().join("codex").join(SAMPLE).exists() && !root.path().join("bible").exists());
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "copydesk.yaml", "bible: [lore]\n");
        std::fs::create_dir(root.path().join("lore")).unwrap();
        init(root.path()).unwrap();
        assert!(root.path().join("lore").join(SAMPLE).exists());
    }

    #[test]
    fn a_configuration_with_the_other_ending_is_told_and_left_alone() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "copydesk.yml", "title: Mine\n");
        let before = tree(root.path());
        assert!(init(root.path()).unwrap_err().advice.unwrap().contains("rename"));
        assert_eq!(before, tree(root.path()));
        assert!(init(&root.path().join("gone")).unwrap_err().message.contains("no folder"));
    }

    #[test]
    fn what_init_writes_is_read_as_nothing() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "01.md", "One.");
        init(root.path()).unwrap();
        let (config, problems) = Config::load(root.path());
        assert_eq!((&config, problems), (&Config::default(), Vec::new()));
        let found = discover(root.path(), &config);
        let names: Vec<&str> = found.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!((names, found.problems), (vec!["01.md", "copydesk.yaml"], Vec::new()));
    }

    #[test]
    fn the_sample_is_an_entry_once_it_is_copied() {
        let read = |text: &str, paths: &[&str]| {
            let chapters: Vec<SourceFile> = paths.iter().map(|path| SourceFile::new(path, "One.")).collect();
            let series = Series::assemble(&chapters, &OrderSettings::default()).0;
            bible::read(&[SourceFile::new("bible/sam.md", text)], &series)
        };
        let (bible, problems) = read(sample_entry(), &[]);
        assert_eq!((bible.entries.len(), bible.entries[0].name.as_str(), problems), (1, "Sample Person", Vec::new()));
        // With every line in use.
        let uncommented: String = sample_entry()
            .lines()
            .map(|line| {
                let rest = line.strip_prefix('#').filter(|rest| rest.starts_with("  ") || !rest.starts_with(' '));
                format!("{}\n", rest.unwrap_or(line))
            })
            .collect();
        let (bible, problems) = read(&uncommented, &["book-1/07.md", "book-1/09.md"]);
        let entry = &bible.entries[0];
        assert_eq!((entry.progressions.len(), entry.knows.len(), entry.lies.len(), entry.relations.len()), (1, 1, 1, 1), "{problems:?}");
    }
}
