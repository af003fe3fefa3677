//! Questions and answers: what the bible says of its entries, in its own words, and who is named in a passage.

use super::voice;
use super::windows::Window;
use super::{Dataset, Exchange, LeftOut, Lesson, Material};
use crate::bible::{Bible, Entry, EntryKind, Fact, fact_key};
use crate::facts::{Cast, Mention};
use crate::text::words;
use std::collections::{BTreeMap, BTreeSet};

/// What is asked of a passage.
const WHO_IS_NAMED: &str = "Who is named in this passage?";

/// Fields that are asked for in words of their own: the question, with `{}` for whose it is.
const QUESTIONS: &[(&[&str], &str)] = &[
    (&["eyes", "eye_colour", "eye_color"], "What colour are {}’s eyes?"),
    (&["hair", "hair_colour", "hair_color"], "What is {}’s hair like?"),
    (&["age"], "How old is {}?"),
    (&["occupation", "job", "profession", "work"], "What is {}’s occupation?"),
    (&["rank"], "What is {}’s rank?"),
    (&["title"], "What is {}’s title?"),
    (&["home", "lives", "lives in"], "Where does {} live?"),
    (&["height"], "What is {}’s height?"),
    (&["build"], "What is {}’s build?"),
    (&["handedness"], "What is {}’s handedness?"),
    (&["birthplace", "born in"], "Where was {} born?"),
];

/// Adds what the bible says to the training share (what is not trained on cannot be known, so none of it is held out), and a question about
/// the passages of each chapter to the chapter's share.
pub fn add(dataset: &mut Dataset<'_>, material: &Material<'_>) {
    let pairs = of_bible(material.bible, &mut dataset.left_out);
    dataset.of_bible = pairs.len();
    dataset.train.lessons.extend(pairs.into_iter().map(Lesson::Exchange));
    let windows = voice::of_all(dataset);
    let repeats = dataset.repeats(windows.iter().map(|window| (window.source, window.text.as_str())));
    let mut mentions: BTreeMap<(usize, usize), Vec<Mention>> = BTreeMap::new();
    for (window, _) in windows.into_iter().zip(repeats).filter(|(_, is_repeat)| !is_repeat) {
        let chapter = dataset.sources[window.source].chapter;
        // Names are found by English words around them.
        let named = chapter.foreign_language.is_none().then(|| {
            for (scene, _) in &window.parts {
                mentions.entry((window.source, *scene)).or_insert_with(|| material.cast.mentions(&chapter.scenes[*scene]));
            }
            named(&window, material.cast, &mentions)
        });
        let Some(named) = named.flatten() else {
            dataset.left_out.unclear += 1;
            continue;
        };
        dataset.used(window.source, window.words);
        let output = format!("{}.", listed(&named));
        let exchange = Exchange { instruction: WHO_IS_NAMED.to_string(), input: window.text, output, ..Exchange::default() };
        dataset.add(window.source, Lesson::Exchange(exchange));
    }
}

/// The people named in a window, in the order in which they are. Nothing when somebody who is named may be one of several, or nobody is: an
/// answer that may be incomplete is none.
fn named(window: &Window, cast: &Cast, mentions: &BTreeMap<(usize, usize), Vec<Mention>>) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for (scene, range) in &window.parts {
        let all = mentions.get(&(window.source, *scene)).map_or(&[][..], Vec::as_slice);
        for mention in all.iter().filter(|mention| range.contains(&mention.range.start)) {
            let is_person = cast.person(&mention.name).is_some_and(|person| person.kind == EntryKind::Character);
            if mention.is_ambiguous {
                return None;
            }
            if is_person && !names.contains(&mention.name) {
                names.push(mention.name.clone());
            }
        }
    }
    (!names.is_empty()).then_some(names)
}

/// What the bible says, subject by subject in its order. A field or a relation that changes in the course of the story has no one answer and is
/// counted instead.
fn of_bible(bible: &Bible, left_out: &mut LeftOut) -> Vec<Exchange> {
    let mut pairs: Vec<Exchange> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for entry in &bible.entries {
        let key = words::fold(&entry.name);
        if !seen.insert(key.clone()) {
            continue;
        }
        let subject = Subject::of(entry, bible.entries.iter().filter(|other| words::fold(&other.name) == key).collect());
        left_out.changing += subject.changing;
        for pair in subject.pairs(bible) {
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
    pairs
}

/// One subject of the bible, of all its layers.
struct Subject<'a> {
    name: &'a str,
    kind: EntryKind,
    entries: Vec<&'a Entry>,
    /// Fields with the one value that they have from the first page to the last.
    facts: Vec<&'a Fact>,
    /// To whom, and how the two stand to each other.
    relations: Vec<(&'a str, &'a str)>,
    changing: usize,
}

impl<'a> Subject<'a> {
    fn of(first: &'a Entry, entries: Vec<&'a Entry>) -> Subject<'a> {
        let mut subject = Subject { name: &first.name, kind: first.kind, entries, facts: Vec::new(), relations: Vec::new(), changing: 0 };
        let mut fields: Vec<(String, Vec<&Fact>, bool)> = Vec::new();
        for entry in &subject.entries {
            let own = entry.facts.iter().map(|fact| (fact, fact.from.is_some()));
            let later = entry.progressions.iter().flat_map(|progression| &progression.facts).map(|fact| (fact, true));
            for (fact, is_later) in own.chain(later) {
                let key = fact_key(&fact.name);
                match fields.iter_mut().find(|(known, _, _)| *known == key) {
                    Some((_, facts, changes)) => {
                        *changes |= is_later || facts.iter().any(|other| words::fold(&other.value) != words::fold(&fact.value));
                        facts.push(fact);
                    }
                    None => fields.push((key, vec![fact], is_later)),
                }
            }
        }
        subject.changing = fields.iter().filter(|(_, _, changes)| *changes).count();
        subject.facts = fields.iter().filter(|(_, _, changes)| !changes).filter_map(|(_, facts, _)| facts.first().copied()).collect();
        let relations: Vec<_> = subject.entries.iter().flat_map(|entry| &entry.relations).collect();
        for relation in &relations {
            let of_these = || relations.iter().filter(|other| words::fold(&other.to) == words::fold(&relation.to));
            let is_lasting = of_these()
                .all(|other| other.from.is_none() && other.until.is_none() && words::fold(&other.is) == words::fold(&relation.is));
            let known = subject.relations.iter().any(|(to, _)| words::fold(to) == words::fold(&relation.to));
            if !is_lasting {
                subject.changing += 1;
            } else if !known {
                subject.relations.push((&relation.to, &relation.is));
            }
        }
        subject
    }

    fn pairs(&self, bible: &Bible) -> Vec<Exchange> {
        let name = self.name;
        let who = if self.kind == EntryKind::Character { "Who" } else { "What" };
        let mut pairs = vec![pair(format!("{who} is {name}?"), self.description())];
        let means_one = |alias: &&String| bible.names.canonical(alias).len() == 1 && words::fold(alias) != words::fold(name);
        for alias in self.aliases().into_iter().filter(means_one) {
            pairs.push(pair(format!("{who} is called {alias}?"), sentence(name)));
        }
        pairs.extend(self.facts.iter().map(|fact| pair(question(name, &fact.name), sentence(&fact.value))));
        let related = |(to, is): &(&str, &str)| pair(format!("How do {name} and {to} stand to each other?"), sentence(is));
        pairs.extend(self.relations.iter().map(related));
        let known: Vec<&str> = self.entries.iter().flat_map(|entry| &entry.knows).map(|knowledge| knowledge.fact.as_str()).collect();
        let lies: Vec<&str> = self.entries.iter().flat_map(|entry| &entry.lies).map(|lie| lie.text.as_str()).collect();
        let notes: Vec<&str> = self.entries.iter().map(|entry| entry.body.trim()).filter(|body| !body.is_empty()).collect();
        let sentences = |list: &[&str]| list.iter().map(|words| sentence(words)).collect::<Vec<_>>().join(" ");
        pairs.push(pair(format!("What does {name} come to know in the story?"), sentences(&known)));
        pairs.push(pair(format!("What does {name} say that is not true?"), sentences(&lies)));
        pairs.push(pair(format!("What do the author’s notes say of {name}?"), notes.join("\n\n")));
        pairs.retain(|pair| !pair.output.is_empty());
        pairs
    }

    fn aliases(&self) -> Vec<&'a String> {
        let mut aliases: Vec<&String> = Vec::new();
        for alias in self.entries.iter().flat_map(|entry| &entry.aliases) {
            if !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        aliases
    }

    /// All fields in a few sentences: `Mara Vance is a character, also called Mara. Eyes: green.`
    fn description(&self) -> String {
        let kind = self.kind.word();
        let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        let aliases = self.aliases();
        let also = if aliases.is_empty() { String::new() } else { format!(", also called {}", listed(&aliases)) };
        let mut said = vec![format!("{} is {article} {kind}{also}.", self.name)];
        said.extend(self.facts.iter().map(|fact| sentence(&format!("{}: {}", fact.name.replace('_', " "), fact.value))));
        said.extend(self.relations.iter().map(|(to, is)| sentence(&format!("{to}: {is}"))));
        said.join(" ")
    }
}

fn pair(instruction: String, output: String) -> Exchange {
    Exchange { instruction, output, ..Exchange::default() }
}

/// How a field is asked for.
fn question(name: &str, field: &str) -> String {
    let key = fact_key(field);
    let own = QUESTIONS.iter().find(|(fields, _)| fields.iter().any(|known| fact_key(known) == key));
    match own {
        Some((_, question)) => question.replace("{}", name),
        None => format!("What does the bible say of {name} under “{}”?", field.replace('_', " ")),
    }
}

/// Words with a capital and a full stop.
fn sentence(words: &str) -> String {
    let words = words.trim();
    let mut letters = words.chars();
    let capital: String = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    let is_ended = words.trim_end_matches(['”', '’', '"', '\'', ')']).ends_with(['.', '!', '?', '…']);
    if is_ended || words.is_empty() { capital } else { capital + "." }
}

/// `Mara, Silas and Noll`.
fn listed<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().to_string(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}
