//! Which names in the author's folder are nobody's chapters: editors' temporary files, synchronising programs' folders, the author's globs.

use regex::Regex;
use std::sync::LazyLock;

/// Names that programs leave beside a manuscript. Matched against each part of a path; hidden names are left out anyway.
const USUAL_LEFTOVERS: &[&str] = &[
    "*.swp",
    "*.swx",
    "*.swo",
    "4913",
    "*~",
    "#*#",
    "~$*",
    "~WRL*.tmp",
    "*.tmp",
    "*.vsctmp",
    "~syncthing~*",
    "*.icloud",
    "*.part",
    "*.crdownload",
    "node_modules",
    "$RECYCLE.BIN",
    "System Volume Information",
    "__MACOSX",
];

/// The same, compiled once: a watch asks again and again.
static USUAL_PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| USUAL_LEFTOVERS.iter().filter_map(|glob| compile(glob)).collect());

/// Longer globs than this are an accident.
const MAX_GLOB_CHARACTERS: usize = 300;

/// What to leave out, ready to be asked.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// Matched against the last part of a path.
    names: Vec<Regex>,
    /// Matched against the whole path from the author's folder.
    paths: Vec<Regex>,
}

impl Ignore {
    /// The usual leftovers and the author's globs. A glob that cannot be compiled was already told by the configuration and is left out.
    pub fn new(globs: &[String]) -> Ignore {
        let mut ignore = Ignore { names: USUAL_PATTERNS.clone(), paths: Vec::new() };
        for glob in globs {
            let plain = glob.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
            let Some(pattern) = compile(plain) else { continue };
            // As in a .gitignore: a glob with a slash is about the whole path, one without is about a name wherever it stands.
            if glob.trim_end_matches('/').contains('/') { ignore.paths.push(pattern) } else { ignore.names.push(pattern) }
        }
        ignore
    }

    /// Whether a file or folder is left out, by its path from the author's folder with `/` between its parts.
    pub fn leaves_out(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.starts_with('.')
            || self.names.iter().any(|pattern| pattern.is_match(name))
            || self.paths.iter().any(|pattern| pattern.is_match(path))
    }

    /// Whether a file is left out, or any folder above it.
    pub fn leaves_out_anywhere(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(position, _)| position).chain([path.len()]);
        ends.into_iter().any(|end| self.leaves_out(&path[..end]))
    }
}

/// A glob as an anchored pattern: `*` and `?` stay within a name, `**` crosses folders. Nothing when it is empty or too long.
pub fn compile(glob: &str) -> Option<Regex> {
    if glob.is_empty() || glob.chars().count() > MAX_GLOB_CHARACTERS {
        return None;
    }
    let mut pattern = String::from("(?s)^");
    let mut rest = glob;
    while let Some(character) = rest.chars().next() {
        let (piece, used) = if rest.starts_with("**/") {
            ("(?:.*/)?".to_string(), 3)
        } else if rest.starts_with("**") {
            (".*".to_string(), 2)
        } else if character == '*' {
            ("[^/]*".to_string(), 1)
        } else if character == '?' {
            ("[^/]".to_string(), 1)
        } else {
            (regex::escape(character.encode_utf8(&mut [0; 4])), character.len_utf8())
        };
        pattern.push_str(&piece);
        rest = &rest[used..];
    }
    pattern.push('$');
    Regex::new(&pattern).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_editors_are_left_out_and_chapters_are_not() {
        let ignore = Ignore::new(&[]);
        for name in
            [".ch.md.swp", "ch.md~", "#ch.md#", ".#ch.md", "~$ch.docx", "4913", ".obsidian", "a/.syncthing.ch.md.tmp", "ch.md.icloud"]
        {
            assert!(ignore.leaves_out(name), "{name}");
        }
        for name in ["ch.md", "ch.1.md", "Part 1/#1 The Key.md", "-rf.md", "CON.md", "章.md"] {
            assert!(!ignore.leaves_out(name), "{name}");
        }
    }

    #[test]
    fn globs_know_names_folders_and_any_depth() {
        let ignore = Ignore::new(&["drafts/".into(), "book-?/old/**".into(), "**/scrap-*.md".into()]);
        for path in ["drafts", "book-1/drafts", "book-1/old/a/b.md", "scrap-1.md", "a/b/scrap-2.md"] {
            assert!(ignore.leaves_out(path), "{path}");
        }
        for path in ["drafts.md", "book-10/old/a.md", "a/scrap.md", "book-1/old.md"] {
            assert!(!ignore.leaves_out(path), "{path}");
        }
        assert!(ignore.leaves_out_anywhere("drafts/a/b.md"));
        assert!(!ignore.leaves_out_anywhere("book-1/a/b.md"));
    }

    #[test]
    fn a_hostile_glob_costs_no_time() {
        let ignore = Ignore::new(&["*a".repeat(140)]);
        assert!(!ignore.leaves_out(&"a".repeat(139)));
        assert!(compile(&"x".repeat(MAX_GLOB_CHARACTERS + 1)).is_none());
    }
}
