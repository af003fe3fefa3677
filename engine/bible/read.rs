//! Notes and `bible.yaml` to entries.

use super::fields;
use super::listed::ListedEntry;
use super::note::{Defaults, Draft, Key, NoteReader, is_common_fact, kind_of_word, structural_key};
use super::outline::{Located, Pair, outline};
use super::view::fact_key;
use super::{Bible, BibleFile, Entry, EntryKind, Fact, NameIndex, check, lorebook, timeline};
use crate::manuscript::{KeyNames, Series, SourceFile, front_matter};
use crate::text::yaml::{self, Value};
use crate::text::{LineColumn, LineIndex, Problem, ProblemKind, SourcePath, Span, lines_with_ends, natural, words};
use std::collections::{BTreeMap, BTreeSet};

/// Folders that hold nothing but entries: there a note that is none is worth a word.
const BIBLE_FOLDERS: &[&str] = &["bible", "series-bible", "story-bible", "series bible", "story bible", "codex"];

/// What a list of dated events is called.
const TIMELINE: &str = "timeline";

/// Keys of a `bible.yaml` that are about the file, not entries.
const FILE_KEYS: &[&str] = &["name", "title", "series", "version", "author"];

/// Reads the bible's files. The series tells which folders are books and resolves references to chapters.
///
/// Entries without `name` take their file's title: `title` in the front matter, the first heading, or the file's name. What cannot be used
/// becomes a problem; the rest is kept.
pub fn read(files: &[SourceFile], series: &Series) -> (Bible, Vec<Problem>) {
    let chapters: BTreeSet<&SourcePath> = series.chapters().map(|chapter| &chapter.path).collect();
    let is_candidate = |file: &&SourceFile| !chapters.contains(&file.path) && !file.path.file_name().starts_with("copydesk.");
    let mut sorted: Vec<&SourceFile> = files.iter().filter(is_candidate).collect();
    sorted.sort_by(|a, b| natural::compare(a.path.as_str(), b.path.as_str()));
    let mut problems = Vec::new();
    let mut drafts = Vec::new();
    let mut bible_files = BTreeMap::new();
    for file in sorted {
        let book = layer_of(&file.path, series);
        let mut reader = NoteReader { file, series, book, line_index: LineIndex::new(&file.text), problems: Vec::new() };
        let read = match file.path.file_name().to_lowercase() {
            name if name.ends_with(".json") => reader.listed(lorebook::entries, "lorebook"),
            name if name.ends_with(".csv") => reader.listed(timeline::entries, TIMELINE),
            _ if is_yaml(&file.path) => reader.yaml_file(),
            _ => reader.markdown_note(),
        };
        if !read.is_empty() {
            bible_files
                .insert(file.path.clone(), BibleFile { text: file.text.clone(), encoding: file.encoding, line_index: reader.line_index });
        }
        drafts.extend(read);
        problems.extend(reader.problems);
    }
    let entries = agree(drafts, &bible_files, &mut problems);
    problems.sort_by(|a, b| (&a.file, a.place).cmp(&(&b.file, b.place)));
    (Bible::new(entries, bible_files), problems)
}

/// The checks between entries.
fn agree(mut drafts: Vec<Draft>, files: &BTreeMap<SourcePath, BibleFile>, problems: &mut Vec<Problem>) -> Vec<Entry> {
    drafts.sort_by_cached_key(|draft| (draft.entry.book, words::fold(&draft.entry.name)));
    check::join_layers(&mut drafts);
    let entries: Vec<Entry> = drafts.iter().map(|draft| draft.entry.clone()).collect();
    let names = NameIndex::new(&entries);
    let places = files.iter().map(|(path, file)| (path, (&*file.text, &file.line_index))).collect();
    check::assign_knowledge(&mut drafts, &names, &places, problems);
    check::names(&drafts, &names, &places, problems);
    drafts.into_iter().map(|draft| draft.entry).collect()
}

fn is_yaml(path: &SourcePath) -> bool {
    let name = path.file_name().to_lowercase();
    name.ends_with(".yaml") || name.ends_with(".yml")
}

/// The book whose folder the file is in, the innermost of several.
fn layer_of(path: &SourcePath, series: &Series) -> Option<usize> {
    let is_inside = |folder: &str| !folder.is_empty() && path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let books = series.books.iter().enumerate().filter(|(_, book)| is_inside(&book.folder));
    books.max_by_key(|(_, book)| book.folder.len()).map(|(index, _)| index)
}

fn is_in_bible_folder(path: &SourcePath) -> bool {
    path.folder().split('/').any(|part| BIBLE_FOLDERS.contains(&part.to_lowercase().as_str()))
}

/// Adds a further name of an entry, unless it is known.
fn add_alias(draft: &mut Draft, alias: &str, span: Span) {
    let is_known = draft.entry.aliases.iter().any(|known| fact_key(known) == fact_key(alias));
    if !alias.is_empty() && !is_known && fact_key(alias) != fact_key(&draft.entry.name) {
        draft.entry.aliases.push(alias.to_string());
        draft.alias_spans.push(span);
    }
}

/// The kind a note's folder tells, as in `bible/places/stennick.md`.
fn kind_of_folder(path: &SourcePath) -> Option<EntryKind> {
    path.folder().rsplit('/').next().and_then(kind_of_word)
}

impl NoteReader<'_> {
    /// The one entry of a Markdown note, if it is one.
    fn markdown_note(&mut self) -> Vec<Draft> {
        let text = &*self.file.text;
        let (front_matter, body_start) = front_matter::read(self.file, &KeyNames::default(), &mut Vec::new());
        let path = &self.file.path;
        if front_matter.yaml_start == 0 {
            let is_opened = lines_with_ends(text.trim_start_matches('\u{feff}')).next().is_some_and(|line| line.trim_end() == "---");
            if is_opened && is_in_bible_folder(path) {
                let message =
                    "the front matter that `---` begins has an empty first line or no end within 200 lines, so this note was left out";
                self.left_out(Span::new(0, 0), message, "close it with a second `---`, without an empty line after the first");
            } else if let Some(draft) = self.note_of_fields() {
                return vec![draft];
            } else if is_in_bible_folder(path) {
                self.note(
                    Span::new(0, 0),
                    "this note has no front matter, so it is no entry of the bible",
                    "begin it with `---`, `name: …`, `---`, or move it out of the bible’s folder",
                );
            }
            return Vec::new();
        }
        let span = Span::new(front_matter.yaml_start, front_matter.yaml_start + front_matter.yaml.len());
        let Some(value) = self.parse(span) else { return Vec::new() };
        let node = outline(text, span);
        let root = Located::root(&value, node.as_ref(), text, span);
        if !matches!(value, Value::Mapping(_) | Value::Null) {
            self.left_out(
                span,
                "the lines between the two `---` are not `key: value` lines, so this note was left out",
                "write them as `name: Mara Vance`",
            );
            return Vec::new();
        }
        if !is_in_bible_folder(path) && !root.pairs().iter().any(|pair| is_sign_of_an_entry(&pair.key, pair.value.value)) {
            return Vec::new();
        }
        let body = text.get(body_start..).unwrap_or_default();
        let (name, name_span) = self.title(&root, body, body_start);
        let defaults = Defaults { name, name_span, kind: kind_of_folder(path), body: body.trim().to_string() };
        let mut draft = self.entry(&root, defaults);
        self.add_fields(&mut draft, body_start);
        vec![draft]
    }

    /// The entry of a note whose facts stand in its text; nothing where none do.
    fn note_of_fields(&mut self) -> Option<Draft> {
        let text = &*self.file.text;
        let start = text.len() - text.trim_start_matches('\u{feff}').len();
        let nothing = Value::Null;
        let root = Located::root(&nothing, None, text, Span::new(0, 0));
        let (name, name_span) = self.title(&root, &text[start..], start);
        let defaults = Defaults { name, name_span, kind: kind_of_folder(&self.file.path), body: text[start..].trim().to_string() };
        let mut draft = self.entry(&root, defaults);
        self.add_fields(&mut draft, start);
        (!draft.entry.facts.is_empty() || !draft.entry.aliases.is_empty()).then_some(draft)
    }

    /// Adds what stands in the text of a note in fields: facts of the usual names, aliases, the kind. The front matter comes first.
    fn add_fields(&mut self, draft: &mut Draft, start: usize) {
        for field in fields::fields(&self.file.text, start) {
            self.add_field(draft, field.name, field.value, field.span);
        }
    }

    fn add_field(&self, draft: &mut Draft, name: String, value: String, span: Span) {
        match structural_key(&name) {
            Some(Key::Aliases) if fact_key(&name) != "keys" => {
                value.split(',').map(str::trim).for_each(|alias| add_alias(draft, alias, span))
            }
            Some(Key::Kind) if !draft.has_kind => {
                if let Some(kind) = kind_of_word(&value) {
                    draft.entry.kind = kind;
                    draft.has_kind = true;
                }
            }
            None if is_common_fact(&name) || draft.entry.kind == EntryKind::Event && fact_key(&name) == "date" => {
                let is_new = draft.entry.facts.iter().all(|fact| fact_key(&fact.name) != fact_key(&name));
                let (subject, file) = (draft.entry.name.clone(), self.file.path.clone());
                draft.entry.facts.extend(is_new.then_some(Fact { subject, name, value, file, span, from: None }));
            }
            _ => {}
        }
    }

    /// The entries of a file that lists many.
    fn listed(&mut self, read: fn(&str) -> Option<Vec<ListedEntry>>, what: &str) -> Vec<Draft> {
        let Some(entries) = read(&self.file.text) else {
            let message = format!("this is no {what} that copydesk knows, so it was not read");
            self.note(Span::new(0, 0), message, "move it out of the bible’s folder, or write its entries as notes");
            return Vec::new();
        };
        if let Some(place) = timeline::unclosed(&self.file.text).filter(|_| what == TIMELINE) {
            let message = "a quotation mark that opens in this row is never closed, so the rows below it may be missing";
            self.left_out(Span::new(place, place), message, "export the file once more, or close the mark");
        }
        let nothing = Value::Null;
        let draft = |entry: ListedEntry| {
            let root = Located::root(&nothing, None, &self.file.text, entry.name_span);
            let kind = entry.kind.or_else(|| kind_of_folder(&self.file.path));
            let mut draft = self.entry(&root, Defaults { name: entry.name, name_span: entry.name_span, kind, body: entry.text });
            entry.keys.iter().for_each(|key| add_alias(&mut draft, key, entry.name_span));
            for (name, value, span) in entry.fields {
                self.add_field(&mut draft, name, value, span);
            }
            draft
        };
        entries.into_iter().map(draft).collect()
    }

    /// The title of a note and where it stands: `title`, the first heading, or the file's name (at the note's beginning).
    fn title(&self, root: &Located, body: &str, body_start: usize) -> (String, Span) {
        let titled = root.pairs().into_iter().find(|pair| pair.key == "title");
        if let Some((title, span)) = titled.and_then(|pair| Some((pair.value.text()?, pair.value.words_span()))) {
            return (title, span);
        }
        let mut position = body_start;
        for line in lines_with_ends(body) {
            if let Some(heading) = line.strip_prefix("# ").map(str::trim).filter(|heading| !heading.is_empty()) {
                let start = position + line.find(heading).unwrap_or_default();
                return (heading.to_string(), Span::new(start, start + heading.len()));
            }
            position += line.len();
        }
        (name_from_stem(self.file.path.stem()), Span::new(0, 0))
    }

    /// The entries of `bible.yaml`.
    fn yaml_file(&mut self) -> Vec<Draft> {
        let text = &*self.file.text;
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let span = Span::new(mark, text.len());
        let Some(value) = self.parse(span) else { return Vec::new() };
        let node = outline(text, span);
        let root = Located::root(&value, node.as_ref(), text, span);
        // `bible/mara.yaml` without a name is about Mara; in `bible.yaml` a lone `facts:` belongs to nobody.
        let is_structural = |pair: &Pair| structural_key(&pair.key).is_some_and(|key| key != Key::Name);
        if !is_entry(&root) && root.pairs().iter().any(is_structural) && !holds_groups(&root) {
            let name = name_from_stem(self.file.path.stem());
            if words::fold(&name) == "bible" {
                self.left_out(span, "this entry has no name, so it was left out", "give it a `name: …` line");
                return Vec::new();
            }
            let defaults = Defaults { name, name_span: Span::new(0, 0), kind: kind_of_folder(&self.file.path), body: String::new() };
            return vec![self.entry(&root, defaults)];
        }
        self.entries(&root, None)
    }

    /// Entries in any of their forms: one mapping, a list of them, a mapping from names, groups by kind (`characters:`).
    fn entries(&mut self, located: &Located, kind: Option<EntryKind>) -> Vec<Draft> {
        match located.value {
            Value::Null => Vec::new(),
            Value::Sequence(_) => located.items().iter().flat_map(|item| self.listed_entry(item, kind)).collect(),
            Value::Mapping(_) if is_entry(located) => {
                let defaults = Defaults { name: String::new(), name_span: located.span, kind, body: String::new() };
                vec![self.entry(located, defaults)]
            }
            Value::Mapping(_) => self.named_entries(located, kind),
            _ => {
                self.left_out(
                    located.span,
                    "this is no entry, so it was left out",
                    "an entry is made of `name: …` and other `key: value` lines",
                );
                Vec::new()
            }
        }
    }

    fn listed_entry(&mut self, item: &Located, kind: Option<EntryKind>) -> Vec<Draft> {
        let has_structure = item.pairs().iter().any(|pair| structural_key(&pair.key).is_some());
        if has_structure && !is_entry(item) {
            self.left_out(item.span, "this entry has no name, so it was left out", "give it a `name: …` line");
            return Vec::new();
        }
        self.entries(item, kind)
    }

    fn named_entries(&mut self, located: &Located, kind: Option<EntryKind>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for pair in located.pairs() {
            if is_group(&pair) {
                drafts.extend(self.entries(&pair.value, kind_of_word(&pair.key).or(kind)));
            } else if matches!(pair.value.value, Value::Mapping(_) | Value::Null) {
                let defaults = Defaults { name: pair.key.clone(), name_span: pair.key_span, kind, body: String::new() };
                drafts.push(self.entry(&pair.value, defaults));
            } else if !FILE_KEYS.contains(&pair.key.as_str()) {
                self.left_out(
                    pair.span,
                    format!("`{}` is no entry, so it was left out", pair.key),
                    "an entry is made of `name: …` and other `key: value` lines",
                );
            }
        }
        drafts
    }

    fn parse(&mut self, span: Span) -> Option<Value> {
        let text = span.slice(&self.file.text).unwrap_or_default();
        match yaml::parse(text) {
            Ok(value) => Some(value),
            Err(problem) => {
                // The parser counts from the beginning of the YAML, the author from that of the file.
                let first_line = self.line_index.line_column(&self.file.text, span.start).line;
                let what = if is_yaml(&self.file.path) { "file" } else { "note" };
                self.problems.push(
                    Problem::new(ProblemKind::NotChecked, format!("this {what} was left out of the bible: {}", problem.message))
                        .in_file(&self.file.path)
                        .at(LineColumn { line: first_line + problem.line - 1, column: 1 })
                        .advice("put quotation marks around a text that holds `: ` or ` #`, and indent with spaces"),
                );
                None
            }
        }
    }
}

/// Whether a mapping is one entry by itself.
fn is_entry(located: &Located) -> bool {
    !holds_groups(located) && located.pairs().iter().any(|pair| structural_key(&pair.key) == Some(Key::Name) && pair.value.text().is_some())
}

/// `entries:` or, by kind, `characters:`.
fn is_group(pair: &Pair) -> bool {
    let is_plural = pair.key.ends_with('s') || fact_key(&pair.key) == "people";
    pair.key == "entries" || is_plural && kind_of_word(&pair.key).is_some() && holds_entries(&pair.value)
}

fn holds_groups(located: &Located) -> bool {
    located.pairs().iter().any(is_group)
}

fn holds_entries(located: &Located) -> bool {
    match located.value {
        Value::Sequence(items) => !items.is_empty() && items.iter().all(Value::is_mapping),
        Value::Mapping(mapping) => mapping.values().all(|value| value.is_mapping() || value.is_null()),
        _ => false,
    }
}

/// Outside a bible folder a note is an entry when it says something only entries say.
fn is_sign_of_an_entry(key: &str, value: &Value) -> bool {
    match structural_key(key) {
        None | Some(Key::Description) => false,
        Some(Key::Kind) => yaml::scalar_text(value).is_some_and(|word| kind_of_word(&word).is_some()),
        Some(_) => true,
    }
}

/// `isobel-thrane.md` is about Isobel Thrane; a name with spaces is left as it is.
fn name_from_stem(stem: &str) -> String {
    if stem.contains(' ') {
        return stem.trim().to_string();
    }
    let capitalised = |word: &str| {
        let mut characters = word.chars();
        characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect::<String>())
    };
    stem.split(['-', '_']).filter(|word| !word.is_empty()).map(capitalised).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bible::samples::{at, read_notes, shown};
    use crate::manuscript::OrderSettings;

    /// `name kind layer` of every entry.
    fn entries(bible: &Bible) -> Vec<String> {
        bible.entries.iter().map(|entry| format!("{} {:?} {:?}", entry.name, entry.kind, entry.book)).collect()
    }

    fn good(notes: &[(&str, &str)]) -> Bible {
        let (bible, problems) = read_notes(notes);
        assert_eq!(problems, []);
        bible
    }

    fn told(path: &str, text: &str) -> (Vec<String>, Vec<String>) {
        let (bible, problems) = read_notes(&[(path, text)]);
        (entries(&bible), shown(&problems))
    }

    #[test]
    fn entries_are_sorted_by_layer_and_name() {
        let note = |name: &str| format!("---\nname: {name}\n---\n");
        let texts = ["Zoe", "mara", "Ida", "Adam"].map(note);
        let paths = ["bible/z.md", "bible/m.md", "book-2/bible/i.md", "book-1/notes/a.md"];
        let notes: Vec<(&str, &str)> = paths.iter().zip(&texts).map(|(path, text)| (*path, text.as_str())).collect();
        let bible = good(&notes);
        assert_eq!(entries(&bible), ["mara Character None", "Zoe Character None", "Adam Character Some(0)", "Ida Character Some(1)"]);
        assert_eq!(
            bible.files.keys().map(SourcePath::as_str).collect::<Vec<_>>(),
            ["bible/m.md", "bible/z.md", "book-1/notes/a.md", "book-2/bible/i.md"]
        );
    }

    #[test]
    fn an_entry_without_a_name_takes_its_files_title() {
        let titled = |path: &str, text: &str| {
            let bible = good(&[(path, text)]);
            (bible.entries[0].name.clone(), bible.entries[0].span.slice(text).unwrap().to_string())
        };
        let pair = |name: &str, words: &str| (name.to_string(), words.to_string());
        assert_eq!(titled("bible/x.md", "---\ntitle: 'Ida'\neyes: red\n---\n# Mara\n"), pair("Ida", "Ida"));
        assert_eq!(titled("bible/x.md", "---\neyes: red\n---\nA note.\n# Mara \r\n"), pair("Mara", "Mara"));
        assert_eq!(titled("bible/isobel-thrane.md", "---\neyes: red\n---\n"), pair("Isobel Thrane", ""));
        assert_eq!(titled("bible/Mr de Vries.md", "---\n\n---\n".replace("\n\n", "\nname:\n").as_str()), pair("Mr de Vries", ""));
        assert_eq!(titled("bible/mara.md", "---\n---\n"), pair("Mara", ""));
    }

    #[test]
    fn folders_tell_the_kind_where_the_note_does_not() {
        let bible = good(&[("bible/places/a.md", "---\nname: A\n---\n"), ("bible/places/b.md", "---\nname: B\nkind: object\n---\n")]);
        assert_eq!(entries(&bible), ["A Place None", "B Object None"]);
    }

    #[test]
    fn notes_that_are_no_entries_are_told_in_bible_folders_only() {
        let nothing: [&str; 0] = [];
        for text in ["Just words.", "---\ntags: [a]\nmood: sad\ntype: diary\n---\nWords.", "---\ndescription: x\n---\n", "---\n\nA break."]
        {
            assert_eq!(told("notes/a.md", text), (Vec::new(), Vec::new()), "{text}");
        }
        assert_eq!(told("notes/a.md", "---\ntype: person\n---\n").0, ["A Character None"]);
        let (read, problems) = told("Bible/a.md", "Just words.");
        assert_eq!(
            (read, problems),
            (Vec::new(), vec!["Bible/a.md:1:1 Note this note has no front matter, so it is no entry of the bible".to_string()])
        );
        let unclosed = "bible/a.md:1:1 NotChecked the front matter that `---` begins has an empty first line or no end within 200 lines, so this note was left out";
        assert_eq!(told("bible/a.md", "\u{feff}---\r\nname: Mara\r\n").1, [unclosed]);
        assert_eq!(told("copydesk.yaml", "books: [a]"), (Vec::new(), Vec::new()));
        assert_eq!(told("book-1/01.md", "---\nname: Mara\n---\n").0, nothing);
    }

    #[test]
    fn facts_in_the_text_of_a_note_are_facts_and_the_front_matter_comes_first() {
        let facts = |path: &str, text: &str| {
            let (bible, problems) = read_notes(&[(path, text)]);
            let told = |fact: &Fact| {
                format!(
                    "{}: {} {}={} <{}>",
                    bible.entries[0].aliases.join("/"),
                    fact.subject,
                    fact.name,
                    fact.value,
                    fact.span.slice(text).unwrap()
                )
            };
            (bible.entries.iter().flat_map(|entry| &entry.facts).map(told).collect::<Vec<_>>(), shown(&problems))
        };
        let note = "# Mira Holt\n\n**Aliases:** Mira, the pilot\nEyes:: green\n**Motto:** never\n\nShe said: no.\n";
        assert_eq!(facts("bible/mira.md", note), (vec!["Mira/the pilot: Mira Holt Eyes=green <Eyes:: green>".to_string()], Vec::new()));
        let both = "---\nname: Mira\neyes: brown\n---\n- Eyes: green\n- Hair: red\n";
        assert_eq!(facts("bible/mira.md", both).0, [": Mira eyes=brown <eyes: brown>", ": Mira Hair=red <Hair: red>"]);
        let lore = r#"{"entries":{"0":{"key":["Mira"],"comment":"Mira Holt","content":"A pilot.\nEyes: green"}}}"#;
        assert_eq!(facts("bible/world.json", lore), (vec!["Mira: Mira Holt Eyes=green <Eyes: green>".to_string()], Vec::new()));
        assert_eq!(facts("bible/other.json", "{}").1.len(), 1);
    }

    #[test]
    fn broken_notes_are_left_out_with_their_line() {
        let good_note = ("bible/b.md", "---\nname: Ida\n---\n");
        let (bible, problems) = read_notes(&[("bible/a.md", "---\nname: Mara\nfacts: { eyes: green\n---\n"), good_note]);
        assert_eq!(entries(&bible), ["Ida Character None"]);
        let told_of = shown(&problems);
        assert_eq!(told_of.len(), 1);
        assert!(
            told_of[0].starts_with("bible/a.md:")
                && told_of[0].contains(" NotChecked this note was left out of the bible: this is not valid YAML"),
            "{told_of:?}"
        );
        assert_eq!(
            told("bible/a.md", "---\nname: Mara\neyes: red\neyes: blue\n---\n").1,
            ["bible/a.md:4:1 NotChecked this note was left out of the bible: the key `eyes` is given twice; keep one of them"]
        );
        assert_eq!(
            told("bible.yaml", "Mara:\n  eyes: red\n  eyes: blue\n"),
            (
                Vec::new(),
                vec![
                    "bible.yaml:3:1 NotChecked this file was left out of the bible: the key `eyes` is given twice; keep one of them"
                        .to_string()
                ]
            )
        );
        assert_eq!(
            told("bible/a.md", "---\n- Mara\n---\n").1,
            ["bible/a.md:2:1 NotChecked the lines between the two `---` are not `key: value` lines, so this note was left out"]
        );
    }

    #[test]
    fn one_file_may_hold_all_entries_in_any_form() {
        let expected = ["Ida Place None", "Mara Character None"];
        let forms = [
            "- name: Mara\n  eyes: green\n- name: Ida\n  kind: place\n",
            "entries:\n  - { name: Mara, eyes: green }\n  - { name: Ida, kind: place }\n",
            "title: My bible\nname: The Series\nentries:\n  Mara: { eyes: green }\n  Ida: { kind: place }\n",
            "Mara:\n  eyes: green\nIda: { kind: place }\n",
            "- Mara: { eyes: green }\n- Ida: { kind: place }\n",
            "characters:\n  Mara: { eyes: green }\nplaces:\n  - name: Ida\n",
            "\u{feff}people: [{ name: Mara, eyes: green }]\nIda: { kind: place }\n",
        ];
        for form in forms {
            let bible = good(&[("bible.yaml", form)]);
            assert_eq!(entries(&bible), expected, "{form}");
            let mara = &bible.entries[1];
            assert_eq!(mara.span.slice(form), Some("Mara"), "{form}");
            assert_eq!(mara.facts[0].span.slice(form), Some("eyes: green"), "{form}");
        }
        assert_eq!(entries(&good(&[("bible.yml", "name: Mara\n")])), ["Mara Character None"]);
        assert_eq!(entries(&good(&[("bible.yml", "Mara:\nIda:\n")])), ["Ida Character None", "Mara Character None"]);
        assert_eq!(entries(&good(&[("bible/places/ice-house.yaml", "facts: { steps: 2 }\n")])), ["Ice House Place None"]);
        assert_eq!(entries(&good(&[("book-2/bible.yaml", "Mara: { eyes: green }\n"), ("bible.yaml", "")])), ["Mara Character Some(1)"]);
    }

    #[test]
    fn a_file_that_holds_something_else_is_told() {
        let cases = [
            ("Mara", "bible.yaml:1:1 NotChecked this is no entry, so it was left out"),
            ("Mara: green", "bible.yaml:1:1 NotChecked `Mara` is no entry, so it was left out"),
            ("entries: [Mara]", "bible.yaml:1:11 NotChecked this is no entry, so it was left out"),
            ("- { facts: { eyes: green } }", "bible.yaml:1:5 NotChecked this entry has no name, so it was left out"),
            ("facts: { eyes: green }", "bible.yaml:1:1 NotChecked this entry has no name, so it was left out"),
        ];
        for (text, expected) in cases {
            assert_eq!(told("bible.yaml", text), (Vec::new(), vec![expected.to_string()]), "{text}");
        }
    }

    #[test]
    fn offsets_count_the_bytes_of_the_file() {
        let text = "\u{feff}---\r\nname: Zoë\r\nfacts:\r\n  ‘mood’: très bien\r\n---\r\nWords";
        let bible = good(&[("bible/zoe.md", text)]);
        let fact = &bible.entries[0].facts[0];
        assert_eq!((fact.span.slice(text), bible.entries[0].body.as_str()), (Some("‘mood’: très bien"), "Words"));
        let file = &bible.files[&fact.file];
        assert_eq!(file.line_index.line_column(&file.text, fact.span.start), LineColumn { line: 4, column: 3 });
    }

    /// The example series that comes with copydesk.
    fn example(folder: &std::path::Path, is_wanted: fn(&str) -> bool) -> Vec<SourceFile> {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("manuscripts-example");
        let mut files = Vec::new();
        for item in std::fs::read_dir(root.join(folder)).expect("the example series") {
            let path = item.expect("a file").path();
            let name = path.strip_prefix(&root).expect("inside").to_string_lossy().replace('\\', "/");
            if name.ends_with(".md") && is_wanted(&name) {
                files.push(SourceFile::new(&name, &std::fs::read_to_string(&path).expect("text")));
            }
        }
        files
    }

    #[test]
    fn the_example_bible_has_no_problems() {
        let books = ["book-1-paper-ice", "book-2-the-weight-of-water"];
        let is_chapter = |name: &str| name.rsplit('/').next().is_some_and(|file| file.starts_with('0') && file.matches('.').count() == 1);
        let chapters: Vec<SourceFile> = books.iter().flat_map(|book| example(book.as_ref(), is_chapter)).collect();
        let series = Series::assemble(&chapters, &OrderSettings::default()).0;
        let notes: Vec<SourceFile> =
            ["bible", "book-2-the-weight-of-water/bible"].iter().flat_map(|folder| example(folder.as_ref(), |_| true)).collect();
        let (bible, problems) = read(&notes, &series);
        assert_eq!(shown(&problems), [] as [&str; 0]);
        assert_eq!(bible.entries.len(), notes.len());
        for entry in &bible.entries {
            let text = &*bible.files[&entry.file].text;
            assert_eq!(entry.span.slice(text), Some(entry.name.as_str()));
            for fact in entry.facts.iter().chain(entry.progressions.iter().flat_map(|progression| &progression.facts)) {
                let words = fact.span.slice(text).expect("the author’s words");
                assert_eq!(words.replace('"', ""), format!("{}: {}", fact.name, fact.value));
            }
        }
        let rank = |book, chapter| bible.at(at(book, chapter, 0)).fact("Peter Gaunt", "rank").map(|fact| fact.value.clone());
        assert_eq!((rank(0, 6).as_deref(), rank(1, 0).as_deref()), (Some("Constable"), Some("Sergeant")));
        let job = |book| bible.at(at(book, 6, 0)).fact("Isobel", "occupation").map(|fact| fact.value.clone());
        assert_eq!(
            (job(0).as_deref(), job(1).as_deref()),
            (Some("clerk of the Wendle Ice Company"), Some("manager of the Wendle Ice Company"))
        );
    }
}
