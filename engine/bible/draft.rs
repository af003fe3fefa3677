//! Entries proposed from the manuscript: each becomes a note that [`super::read()`] reads once the author has moved it into the bible.
//!
//! Invariants: every field rests on words that stand in a file. Two values of one field are never merged: both are shown with their words,
//! and the front matter leaves the field out. No word of a chapter's or of a script's can end the front matter or become live Markdown.

use super::{Bible, Entry, EntryKind, NameIndex, fact_key};
use crate::manuscript::StoryPoint;
use crate::text::escape::for_markdown;
use crate::text::yaml::{self, Mapping, Value};
use crate::text::{LineColumn, Problem, ProblemKind, SourcePath, words};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use unicode_normalization::UnicodeNormalization;

/// Longer names and values are none.
const MAX_VALUE_CHARACTERS: usize = 120;

/// Places shown for one value.
const MAX_RECEIPTS: usize = 3;

/// Longer quotes are shortened in the middle: the place is given, and the words stand there in full.
const MAX_QUOTE: usize = 300;

/// Letters of a file's name, before its ending.
const MAX_STEM_CHARACTERS: usize = 60;

/// Names that Windows keeps for devices.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// An entry that a script proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryDraft {
    pub name: String,
    pub kind: EntryKind,
    /// Where the name stands.
    pub receipt: Receipt,
    pub fields: Vec<DraftField>,
}

/// One statement of a draft, with the words it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftField {
    pub says: Says,
    pub receipt: Receipt,
}

/// What a field of a draft says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Says {
    Alias(String),
    Fact {
        name: String,
        value: String,
    },
    /// `to` is the `is` of the entry.
    Relation {
        to: String,
        is: String,
    },
    /// A fact that holds from a chapter on. `from` names the chapter as notes of the bible do.
    Change {
        at: StoryPoint,
        from: String,
        name: String,
        value: String,
    },
    /// Something for the author to decide, in the script's words.
    Query(String),
}

/// Words of a chapter and where they stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Receipt {
    pub file: SourcePath,
    pub place: LineColumn,
    pub words: String,
}

/// A note to be written, without our mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftNote {
    pub file_name: String,
    pub text: String,
}

/// A name or value as it may stand in the front matter: words and plain marks on one line. What Markdown, HTML or YAML could read as markup
/// is left out, and so are web addresses' marks. Nothing when no letter or digit is left, or more than 120 characters.
pub fn plain_value(text: &str) -> Option<String> {
    let is_plain = |c: char| c.is_alphanumeric() || " '’‘-‐–—.,:;&()/%°½¼¾+".contains(c);
    let kept: String = text.nfc().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    let no_address = kept.replace("//", " ").replace("www.", "www ").replace("WWW.", "WWW ");
    let plain = no_address.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_value = plain.chars().any(char::is_alphanumeric) && plain.chars().count() <= MAX_VALUE_CHARACTERS;
    is_value.then_some(plain)
}

/// The notes of all drafts, by name. Drafts of one name become one note with the fields of all. A subject the bible has already gets none,
/// and that is reported.
pub fn notes(drafts: &[EntryDraft], bible: &Bible) -> (Vec<DraftNote>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut joined: BTreeMap<String, EntryDraft> = BTreeMap::new();
    for draft in drafts {
        if let Some(entry) = bible.entries.iter().find(|entry| bible.names.canonical(&draft.name).contains(&entry.name.as_str())) {
            problems.push(has_entry(&draft.name, entry));
            continue;
        }
        match joined.get_mut(&words::fold(&draft.name)) {
            Some(known) => known.fields.extend(draft.fields.iter().cloned()),
            None => {
                joined.insert(words::fold(&draft.name), draft.clone());
            }
        }
    }
    problems.sort();
    problems.dedup();
    let names = Claims::of(joined.values(), &bible.names);
    let mut taken = BTreeSet::new();
    let note = |draft: &EntryDraft| DraftNote { file_name: file_name(&draft.name, &mut taken), text: Note::of(draft, &names).text() };
    (joined.values().map(note).collect(), problems)
}

fn has_entry(name: &str, entry: &Entry) -> Problem {
    let message = format!("the bible has an entry of “{name}” already, so no other was drafted");
    Problem::new(ProblemKind::Note, message).in_file(&entry.file).advice("write what is missing into that one")
}

/// `mara-vance.md`: letters and digits of the name, with a number where two names give the same.
fn file_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let lower: String = name.nfc().flat_map(char::to_lowercase).filter(|c| !matches!(c, '\'' | '’' | '‘')).collect();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let stem: String = parts.join("-").chars().take(MAX_STEM_CHARACTERS).collect();
    let numbered = |device: &str| stem.strip_prefix(device).is_some_and(|rest| rest.len() == 1 && rest != "0");
    let is_device = DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt");
    let stem = if stem.is_empty() || is_device { format!("entry-{stem}") } else { stem };
    let stem = stem.trim_end_matches('-').to_string();
    let numbers = std::iter::once(String::new()).chain((2..).map(|number| format!("-{number}")));
    let free = numbers.map(|number| format!("{stem}{number}")).find(|candidate| taken.insert(candidate.clone()));
    format!("{}.md", free.unwrap_or(stem))
}

/// Who is called what: an alias that more than one bears is given to none.
struct Claims<'a> {
    by_name: BTreeMap<String, BTreeSet<&'a str>>,
    bible: &'a NameIndex,
}

impl<'a> Claims<'a> {
    fn of(drafts: impl Iterator<Item = &'a EntryDraft>, bible: &'a NameIndex) -> Claims<'a> {
        let mut by_name: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for draft in drafts {
            let aliases = draft.fields.iter().filter_map(|field| if let Says::Alias(alias) = &field.says { Some(alias) } else { None });
            for name in aliases.chain(std::iter::once(&draft.name)) {
                by_name.entry(words::fold(name)).or_default().insert(&draft.name);
            }
        }
        Claims { by_name, bible }
    }

    /// The others who are called the same, in the drafts and in the bible.
    fn others(&self, alias: &str, own: &str) -> Vec<&str> {
        let drafted = self.by_name.get(&words::fold(alias)).into_iter().flatten().copied().filter(|name| *name != own);
        drafted.chain(self.bible.canonical(alias)).collect()
    }
}

/// A draft sorted into what can stand in the front matter and what the author decides.
#[derive(Default)]
struct Note<'a> {
    name: &'a str,
    kind: EntryKind,
    /// What the front matter says, with its receipts, in the order of the fields.
    decided: Vec<(&'a Says, Vec<&'a Receipt>)>,
    /// In the order of the fields: what is asked, and the passages.
    open: Vec<(String, Vec<(String, &'a Receipt)>)>,
    receipt: Option<&'a Receipt>,
}

impl<'a> Note<'a> {
    fn of(draft: &'a EntryDraft, names: &Claims<'_>) -> Note<'a> {
        let mut note = Note { name: &draft.name, kind: draft.kind, receipt: Some(&draft.receipt), ..Note::default() };
        let mut asked = BTreeSet::new();
        for field in &draft.fields {
            let rivals: Vec<&DraftField> = draft.fields.iter().filter(|other| are_rivals(&other.says, &field.says)).collect();
            if !rivals.is_empty() {
                if let Some(key) = key_of(&field.says).filter(|key| asked.insert(key.clone())) {
                    let all = draft.fields.iter().filter(|other| key_of(&other.says).as_ref() == Some(&key));
                    note.open.push((question_of(&field.says), distinct(all)));
                }
                continue;
            }
            if let Says::Query(question) = &field.says {
                note.open.push((question.clone(), vec![(String::new(), &field.receipt)]));
                continue;
            }
            if let Says::Alias(alias) = &field.says
                && let [other, ..] = names.others(alias, &draft.name).as_slice()
            {
                note.open.push((format!("“{alias}” can also mean {other}"), vec![(String::new(), &field.receipt)]));
                continue;
            }
            match note.decided.iter_mut().find(|(says, _)| says_same(says, &field.says)) {
                Some((_, receipts)) => receipts.push(&field.receipt),
                None => note.decided.push((&field.says, vec![&field.receipt])),
            }
        }
        note
    }

    fn text(&self) -> String {
        format!("---\n{}---\n\n{}", yaml::emit(&Value::Mapping(self.front_matter())), self.body())
    }

    fn front_matter(&self) -> Mapping {
        let mut mapping = Mapping::new();
        put(&mut mapping, "name", text(self.name));
        put(&mut mapping, "kind", text(self.kind.word()));
        let says = || self.decided.iter().map(|(says, _)| *says);
        let aliases: Vec<Value> = says().filter_map(|says| if let Says::Alias(alias) = says { Some(text(alias)) } else { None }).collect();
        let mut facts = Mapping::new();
        let mut relations = Vec::new();
        let mut changes: BTreeMap<StoryPoint, (&str, Mapping)> = BTreeMap::new();
        for says in says() {
            match says {
                Says::Fact { name, value } => put(&mut facts, name, text(value)),
                Says::Relation { to, is } => {
                    let mut relation = Mapping::new();
                    put(&mut relation, "to", text(to));
                    put(&mut relation, "is", text(is));
                    relations.push(Value::Mapping(relation));
                }
                Says::Change { at, from, name, value } => {
                    put(&mut changes.entry(*at).or_insert_with(|| (from, Mapping::new())).1, name, text(value));
                }
                Says::Alias(_) | Says::Query(_) => {}
            }
        }
        let progression = |(from, facts): (&str, Mapping)| {
            let mut progression = Mapping::new();
            put(&mut progression, "from", text(from));
            put(&mut progression, "facts", Value::Mapping(facts));
            Value::Mapping(progression)
        };
        let progressions: Vec<Value> = changes.into_values().map(progression).collect();
        for (key, list) in [("aliases", aliases), ("relations", relations), ("progressions", progressions)] {
            if !list.is_empty() {
                put(&mut mapping, key, Value::Sequence(list));
            }
            if key == "aliases" && !facts.is_empty() {
                put(&mut mapping, "facts", Value::Mapping(std::mem::take(&mut facts)));
            }
        }
        mapping
    }

    fn body(&self) -> String {
        let mut body = String::from(
            "Drafted from the manuscript. It counts for nothing until you move this file into the folder of your bible; correct and complete \
             it as you like.\n\n## Where it stands\n",
        );
        if let Some(receipt) = self.receipt {
            section(&mut body, &format!("name: {}", self.name), &[receipt]);
        }
        for (says, receipts) in &self.decided {
            section(&mut body, &heading_of(says), receipts);
        }
        if !self.open.is_empty() {
            body += "\n## Not decided\n\nHere the passages differ, or leave it open. Nothing was chosen; what you decide, write above.\n";
        }
        for (question, passages) in &self.open {
            let _ = write!(body, "\n**{}**\n", for_markdown(question));
            for (value, receipt) in passages {
                quote(&mut body, value, receipt);
            }
        }
        body + "\n"
    }
}

fn put(mapping: &mut Mapping, key: &str, value: Value) {
    mapping.insert(text(key), value);
}

fn text(text: &str) -> Value {
    Value::String(text.to_string())
}

/// What two fields have in common when they say something of the same.
fn key_of(says: &Says) -> Option<String> {
    match says {
        Says::Fact { name, .. } | Says::Change { name, .. } => Some(format!("fact {}", fact_key(name))),
        Says::Relation { to, .. } => Some(format!("relation {}", words::fold(to))),
        Says::Alias(_) | Says::Query(_) => None,
    }
}

/// Whether two fields cannot both stand in the front matter: two values of one fact, or of one chapter's change, or two relations to one.
fn are_rivals(one: &Says, other: &Says) -> bool {
    let differ = |one: &str, other: &str| words::fold(one) != words::fold(other);
    match (one, other) {
        _ if key_of(one).is_none() || key_of(one) != key_of(other) => false,
        (Says::Fact { value: one, .. }, Says::Fact { value: other, .. }) => differ(one, other),
        (Says::Change { at, value: one, .. }, Says::Change { at: then, value: other, .. }) => at == then && differ(one, other),
        (Says::Relation { is: one, .. }, Says::Relation { is: other, .. }) => differ(one, other),
        _ => false,
    }
}

fn says_same(one: &Says, other: &Says) -> bool {
    one == other || key_of(one).is_some() && key_of(one) == key_of(other) && folded_value(one) == folded_value(other)
}

/// The value with the chapter it begins to hold in.
fn folded_value(says: &Says) -> (Option<StoryPoint>, String) {
    match says {
        Says::Fact { value, .. } => (None, words::fold(value)),
        Says::Change { at, value, .. } => (Some(*at), words::fold(value)),
        Says::Relation { is, .. } => (None, words::fold(is)),
        Says::Alias(words) | Says::Query(words) => (None, words.clone()),
    }
}

fn value_of(says: &Says) -> String {
    match says {
        Says::Fact { value, .. } | Says::Relation { is: value, .. } | Says::Alias(value) | Says::Query(value) => value.clone(),
        Says::Change { from, value, .. } => format!("{value}, from {from}"),
    }
}

/// Each value once for each place.
fn distinct<'a>(fields: impl Iterator<Item = &'a DraftField>) -> Vec<(String, &'a Receipt)> {
    let mut known = BTreeSet::new();
    let all = fields.map(|field| (value_of(&field.says), &field.receipt));
    all.filter(|(value, receipt)| known.insert((words::fold(value), *receipt))).collect()
}

fn question_of(says: &Says) -> String {
    match says {
        Says::Fact { name, .. } | Says::Change { name, .. } => format!("{name}: the passages differ"),
        Says::Relation { to, .. } => format!("{to}: the passages differ"),
        Says::Alias(words) | Says::Query(words) => words.clone(),
    }
}

fn heading_of(says: &Says) -> String {
    match says {
        Says::Alias(alias) => format!("also called {alias}"),
        Says::Fact { name, value } => format!("{name}: {value}"),
        Says::Relation { to, is } => format!("{is}: {to}"),
        Says::Change { from, name, value, .. } => format!("{name}: {value}, from {from}"),
        Says::Query(question) => question.clone(),
    }
}

fn section(body: &mut String, heading: &str, receipts: &[&Receipt]) {
    let _ = write!(body, "\n**{}**\n", for_markdown(heading));
    for receipt in receipts.iter().take(MAX_RECEIPTS) {
        quote(body, "", receipt);
    }
}

fn quote(body: &mut String, value: &str, receipt: &Receipt) {
    let value = if value.is_empty() { String::new() } else { format!(" ({})", for_markdown(value)) };
    let place = for_markdown(&format!("{}:{}", receipt.file.on_disk(), receipt.place));
    let _ = write!(body, "\n{place}{value}\n\n> {}\n", for_markdown(&shortened(&receipt.words)));
}

fn shortened(words: &str) -> String {
    let characters: Vec<char> = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    if characters.len() <= MAX_QUOTE {
        return characters.into_iter().collect();
    }
    let kept = (MAX_QUOTE - 3) / 2;
    let part = |characters: &[char]| characters.iter().collect::<String>().trim().to_string();
    format!("{} … {}", part(&characters[..kept]), part(&characters[characters.len() - kept..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bible::samples::{at, read_notes, shown};

    fn receipt(words: &str) -> Receipt {
        Receipt { file: SourcePath::new("book-1/01.md"), place: LineColumn { line: 3, column: 5 }, words: words.to_string() }
    }

    fn draft(name: &str, fields: &[Says]) -> EntryDraft {
        let field = |says: &Says| DraftField { says: says.clone(), receipt: receipt("Her words.") };
        let fields = fields.iter().map(field).collect();
        EntryDraft { name: name.to_string(), kind: EntryKind::Character, receipt: receipt(name), fields }
    }

    fn fact(name: &str, value: &str) -> Says {
        Says::Fact { name: name.to_string(), value: value.to_string() }
    }

    fn written(drafts: &[EntryDraft]) -> Vec<DraftNote> {
        let (notes, problems) = notes(drafts, &Bible::default());
        assert_eq!(problems, []);
        notes
    }

    #[test]
    fn a_note_says_what_the_draft_said_once_it_is_in_the_bible() {
        let later = at(0, 1, 0);
        let change = Says::Change { at: later, from: "book-1/02".to_string(), name: "rank".to_string(), value: "captain".to_string() };
        let relation = Says::Relation { to: "Edmund Vance".to_string(), is: "brother".to_string() };
        let fields = [Says::Alias("Mara".to_string()), fact("eyes", "green"), fact("eyes", "Green"), relation, change];
        let [note] = written(&[draft("Mara Vance", &fields)]).try_into().unwrap();
        assert_eq!(note.file_name, "mara-vance.md");
        let (bible, problems) = read_notes(&[("bible/mara-vance.md", &note.text)]);
        assert_eq!(shown(&problems), [] as [&str; 0], "{}", note.text);
        let view = bible.at(later);
        let entry = view.entry("Mara").unwrap();
        let facts: Vec<(&str, &str)> = entry.facts.iter().map(|fact| (fact.name.as_str(), fact.value.as_str())).collect();
        assert_eq!((entry.name, facts), ("Mara Vance", vec![("eyes", "green"), ("rank", "captain")]));
        assert_eq!((entry.relations[0].to.as_str(), entry.relations[0].is.as_str()), ("Edmund Vance", "brother"));
        assert!(bible.at(at(0, 0, 0)).fact("Mara", "rank").is_none());
    }

    #[test]
    fn what_differs_is_left_out_and_shown_twice() {
        let [note] = written(&[draft("Mara", &[fact("eyes", "green"), fact("Eyes", "blue"), fact("hair", "red")])]).try_into().unwrap();
        let (front, body) = note.text[4..].split_once("\n---\n").unwrap();
        assert_eq!(front, "name: Mara\nkind: character\nfacts:\n  hair: red");
        let open = body.split_once("## Not decided").unwrap().1;
        assert!(open.contains("(green)") && open.contains("(blue)") && open.matches("> Her words.").count() == 2, "{open}");
    }

    #[test]
    fn an_alias_of_two_is_given_to_none() {
        let aliases = [Says::Alias("Vance".to_string())];
        let (bible, _) = read_notes(&[("bible/ida.md", "---\nname: Ida\naliases: [Heron]\n---\n")]);
        let both = [draft("Mara Vance", &aliases), draft("Edmund Vance", &aliases), draft("Max", &[Says::Alias("heron".to_string())])];
        let (written, _) = notes(&both, &bible);
        assert!(written.iter().all(|note| !note.text.contains("aliases:")), "{written:?}");
        assert!(written[0].text.contains("“Vance” can also mean Mara Vance"), "{}", written[0].text);
        assert!(written[2].text.contains("“heron” can also mean Ida") || written[1].text.contains("“heron” can also mean Ida"));
    }

    #[test]
    fn a_subject_of_the_bible_is_told_and_not_drafted() {
        let (bible, _) = read_notes(&[("bible/ida.md", "---\nname: Ida Pell\naliases: [Ida]\n---\n")]);
        let (written, problems) = notes(&[draft("Ida", &[])], &bible);
        assert_eq!((written, problems.len()), (Vec::new(), 1));
    }

    #[test]
    fn nothing_breaks_out_of_a_note() {
        let hostile = [
            "---",
            "x\n---\n# y",
            "a: b",
            "- a",
            "'",
            "\"",
            "#x",
            "&a *a",
            "!!binary x",
            "{a: b}",
            "[[a|b]]",
            "yes",
            "007",
            "1871-03-02",
            "~",
            "%%x%%",
            "![x](http://e.vil/x.png)",
            "<img src=x>",
            "a\u{2028}b\u{85}c",
            "\u{202e}abc",
            "www.evil.example",
            "a, b",
            "`x`",
            "null",
        ];
        for words in hostile {
            let Some(plain) = plain_value(words) else { continue };
            let mut all = vec![fact("eyes", &plain), fact(&plain, "x"), Says::Query(words.to_string())];
            all.push(Says::Relation { to: plain.clone(), is: plain.clone() });
            let mut made = draft(&plain, &all);
            made.fields.iter_mut().for_each(|field| field.receipt = receipt(words));
            let [note] = written(&[made]).try_into().unwrap();
            let (bible, problems) = read_notes(&[("bible/x.md", &note.text)]);
            assert_eq!(shown(&problems), [] as [&str; 0], "{words}: {}", note.text);
            assert_eq!((bible.entries.len(), bible.entries[0].name.as_str()), (1, plain.as_str()), "{words}");
            assert_eq!(bible.entries[0].facts[0].value, plain, "{words}");
            assert_eq!(note.text.lines().filter(|line| line.trim_end() == "---").count(), 2, "{words}: {}", note.text);
            for live in ["<img", "![x]", "[x](", "http://", "[[", "\u{202e}", "www.evil", "\n# y", "`x`"] {
                assert!(!note.text.contains(live), "{live} of {words}: {}", note.text);
            }
        }
        let none = ["---", "[]", "", "\u{202e}"].map(plain_value);
        assert_eq!(none, [None, None, None, None]);
    }

    #[test]
    fn file_names_are_plain_and_each_once() {
        let mut taken = BTreeSet::new();
        let mut named = |name: &str| file_name(name, &mut taken);
        assert_eq!(named("O’Brien, Ann"), "obrien-ann.md");
        assert_eq!(named("OBrien Ann"), "obrien-ann-2.md");
        assert_eq!(
            (named("../../etc/passwd"), named("Con"), named("COM1")),
            ("etc-passwd.md".into(), "entry-con.md".into(), "entry-com1.md".into())
        );
        assert!(named(&"long ".repeat(50)).len() <= MAX_STEM_CHARACTERS + 3);
    }
}
