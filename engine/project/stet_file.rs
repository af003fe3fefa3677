//! `copydesk.stet.yaml`: the author's dismissals. The one file of the author's that copydesk changes, and only at the author's word.
//!
//! Invariant: an entry is added at the end or taken out where it stands; every other line, comments included, stays byte for byte. A file
//! whose form does not allow that is left alone.

use super::discover::STET_FILE;
use super::disk;
use super::write::{self, Existing, Refusal};
use crate::text::escape::is_unsafe;
use crate::text::yaml::{self, Value};
use crate::text::{Problem, ProblemKind, SourcePath};
use std::path::Path;

const HEADER: &str = "\
# Findings that you let stand, one entry each. `copydesk stet ID --because \"…\"` adds one, `copydesk stet --remove ID` takes one out.
# `quotes` are hashes of the words each finding rests on: when the words change, the finding comes back.
";

/// An entry to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewEntry {
    pub id: String,
    pub rule: String,
    pub about: Vec<String>,
    /// Hashes of the folded quotes.
    pub quotes: Vec<String>,
    /// The file of the first quote.
    pub at: String,
    pub because: Option<String>,
}

impl NewEntry {
    /// The entry as YAML. Every text is quoted, because `0123456789` and `54043e1234` would be numbers.
    fn yaml(&self) -> String {
        // A JSON text is a YAML text, but for characters that YAML takes only by their numbers, or for the end of a line.
        let plain =
            |c: char| if is_unsafe(c) || u32::from(c) & 0xfffe == 0xfffe { format!("\\U{:08X}", u32::from(c)) } else { c.to_string() };
        let quoted = |text: &str| serde_json::Value::from(text).to_string().chars().map(plain).collect::<String>();
        let list = |texts: &[String]| texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ");
        let mut lines = vec![
            format!("- id: {}", quoted(&self.id)),
            format!("  rule: {}", quoted(&self.rule)),
            format!("  about: [{}]", list(&self.about)),
            format!("  quotes: [{}]", list(&self.quotes)),
            format!("  at: {}", quoted(&self.at)),
        ];
        lines.extend(self.because.as_ref().map(|because| format!("  because: {}", quoted(because))));
        lines.join("\n") + "\n"
    }
}

/// The text of the file; empty when there is none.
///
/// # Errors
/// It cannot be read.
pub fn load(root: &Path) -> Result<String, Problem> {
    text_of(&write::existing(&root.join(STET_FILE)).map_err(problem_of)?)
}

fn text_of(existing: &Existing) -> Result<String, Problem> {
    match existing {
        Existing::Nothing => Ok(String::new()),
        Existing::Shared => Err(wrong("is a link, has a second name or is no file, so it is left alone", "put the file itself here")),
        Existing::File(bytes, _) => std::str::from_utf8(bytes)
            .map(ToString::to_string)
            .map_err(|_| wrong("is not UTF-8, so it is left alone", "open it in your editor and save it as UTF-8")),
    }
}

/// Takes out the entries of these identities and adds others. Gives how many were taken out. With nothing to do nothing is written.
///
/// # Errors
/// The file has a form that cannot be changed line by line, or cannot be read or written; then it is as it was.
pub fn change(root: &Path, remove: &[String], add: &[NewEntry]) -> Result<usize, Problem> {
    let place = root.join(STET_FILE);
    let existing = write::existing(&place).map_err(problem_of)?;
    let old = text_of(&existing)?;
    let replaces = match &existing {
        Existing::File(bytes, metadata) => Some((bytes.as_slice(), metadata)),
        Existing::Nothing | Existing::Shared => None,
    };
    let (new, removed) = changed(&old, remove, add)?;
    if new != old {
        write::publish(root, STET_FILE, &new, replaces).map_err(problem_of)?;
    }
    Ok(removed)
}

/// The text with entries taken out and added, and how many were taken out.
fn changed(old: &str, remove: &[String], add: &[NewEntry]) -> Result<(String, usize), Problem> {
    let by_hand = |what: &str| wrong(what, "change it in your editor");
    let items = match yaml::parse(old.trim_start_matches('\u{feff}')) {
        Ok(Value::Sequence(items)) => items,
        Ok(Value::Null) => Vec::new(),
        Ok(_) => return Err(by_hand("is no list of dismissals, so it is left alone")),
        Err(problem) => return Err(by_hand(&format!("cannot be read (line {}: {}), so it is left alone", problem.line, problem.message))),
    };
    let lines = yaml::item_lines(old);
    if lines.len() != items.len() {
        return Err(by_hand("is not written as one entry below the other, so it is left alone"));
    }
    let is_unwanted = |item: &Value| {
        let id = item.get("id").unwrap_or(item);
        yaml::scalar_text(id).is_some_and(|id| remove.contains(&id))
    };
    let unwanted: Vec<usize> = items.iter().enumerate().filter(|(_, item)| is_unwanted(item)).map(|(index, _)| index).collect();
    let mut text = without_items(old, &lines, &unwanted);
    let line_end = if old.contains("\r\n") { "\r\n" } else { "\n" };
    if !add.is_empty() && text.trim().is_empty() {
        text.push_str(&HEADER.replace('\n', line_end));
    }
    let indent: String = old
        .lines()
        .nth(lines.first().map_or(usize::MAX, |line| line - 1))
        .map_or_else(String::new, |line| line.chars().take_while(|c| *c == ' ').collect());
    for entry in add {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str(line_end);
        }
        entry.yaml().lines().for_each(|line| text += &format!("{indent}{line}{line_end}"));
    }
    match yaml::parse(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Sequence(now)) if now.len() == items.len() - unwanted.len() + add.len() => Ok((text, unwanted.len())),
        Ok(Value::Null) if items.len() == unwanted.len() && add.is_empty() => Ok((text, unwanted.len())),
        _ => Err(by_hand("has a form that would not survive the change, so it is left alone")),
    }
}

/// The text without some items; comments and empty lines after them stay.
fn without_items(text: &str, item_lines: &[usize], unwanted: &[usize]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut kept = vec![true; lines.len()];
    for index in unwanted {
        let start = item_lines[*index] - 1;
        let next = item_lines.get(index + 1).map_or(lines.len(), |line| line - 1);
        let is_content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let length = lines[start..next].iter().rposition(is_content).map_or(1, |last| last + 1);
        kept[start..start + length].fill(false);
    }
    lines.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(line, _)| line).collect()
}

fn wrong(what: &str, advice: &str) -> Problem {
    Problem::new(ProblemKind::Configuration, what).in_file(&SourcePath::new(STET_FILE)).advice(advice)
}

fn problem_of(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Said(words, advice) => wrong(&format!("could not be written: {words}"), advice),
        Refusal::System(error) => {
            let (words, advice) = disk::plain_words(&error);
            wrong(&format!("could not be written: {words}"), advice.unwrap_or("nothing was changed"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::disk::testing::put;
    use super::*;

    fn entry(id: &str) -> NewEntry {
        NewEntry {
            id: id.to_string(),
            rule: "changed-age".to_string(),
            about: vec!["Mara \"M\" Vance".to_string()],
            quotes: vec!["0012e4".to_string()],
            at: "b 1/01.md".to_string(),
            because: Some("she lies: often # really".to_string()),
        }
    }

    fn of(text: &str, remove: &[&str], add: &[NewEntry]) -> Result<String, Problem> {
        changed(text, &remove.iter().map(ToString::to_string).collect::<Vec<_>>(), add).map(|(text, _)| text)
    }

    #[test]
    fn an_entry_is_added_at_the_end_and_read_as_it_was_meant() {
        let text = of("", &[], &[entry("0012e4")]).unwrap();
        assert!(text.starts_with("# Findings"));
        let value = yaml::parse(&text).unwrap();
        assert_eq!((value[0]["id"].as_str(), value[0]["quotes"][0].as_str()), (Some("0012e4"), Some("0012e4")));
        assert_eq!(value[0]["because"].as_str(), Some("she lies: often # really"));
        assert_eq!(value[0]["about"][0].as_str(), Some("Mara \"M\" Vance"));
        let own = "# mine\n- id: abc # why\n  because: x";
        let text = of(own, &[], &[entry("def")]).unwrap();
        assert!(text.starts_with(&format!("{own}\n- id: \"def\"\n")), "{text}");
        assert_eq!(of("  - id: a\n", &[], &[entry("b")]).unwrap().matches("\n  - id:").count(), 1);
        assert!(of("- id: a\r\n", &[], &[entry("b")]).unwrap().lines().all(|line| !line.contains('\n')));
    }

    #[test]
    fn an_entry_is_taken_out_and_all_else_stays() {
        let text = "# one\n- id: a\n  because: x\n# two\n\n- id: b\n- c\n# end\n";
        assert_eq!(of(text, &["a"], &[]).unwrap(), "# one\n# two\n\n- id: b\n- c\n# end\n");
        assert_eq!(of(text, &["b", "c"], &[]).unwrap(), "# one\n- id: a\n  because: x\n# two\n\n# end\n");
        assert_eq!(of(text, &["a", "b", "c"], &[]).unwrap(), "# one\n# two\n\n# end\n");
        assert_eq!(of(text, &["d"], &[]).unwrap(), text);
    }

    #[test]
    fn a_file_of_another_form_is_left_alone() {
        for text in ["[{id: a}, {id: b}]\n", "id: a\n", "- id: [\n", "- - id: a\n  - id: b\n- id: c\n...\n---\n- d\n"] {
            let problem = of(text, &["a"], &[entry("z")]).unwrap_err();
            assert!(problem.message.contains("left alone") && problem.advice.is_some(), "{problem}");
        }
    }

    #[test]
    fn the_file_is_written_whole_and_only_when_it_changes() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(change(root.path(), &["a".to_string()], &[]), Ok(0));
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        change(root.path(), &[], &[entry("a"), entry("b")]).unwrap();
        assert_eq!(change(root.path(), &["a".to_string()], &[entry("c")]), Ok(1));
        let text = std::fs::read_to_string(root.path().join(STET_FILE)).unwrap();
        let ids: Vec<String> =
            yaml::parse(&text).unwrap().as_sequence().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_string()).collect();
        assert_eq!(ids, ["b", "c"]);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1, "a temporary file was left behind");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        put(elsewhere.path(), "other.yaml", "- id: a\n");
        std::os::unix::fs::symlink(elsewhere.path().join("other.yaml"), root.path().join(STET_FILE)).unwrap();
        assert!(change(root.path(), &["a".to_string()], &[]).unwrap_err().message.contains("link"));
        assert_eq!(std::fs::read_to_string(elsewhere.path().join("other.yaml")).unwrap(), "- id: a\n");
    }
}
