//! One YAML mapping to one entry. The keys of other writing tools are understood; what has the wrong form is reported with its place.

mod keys;

use super::outline::{Located, Pair};
use super::view::fact_key;
use super::{Entry, EntryKind, Fact, Knowledge, Progression, Relation, Statement, reference};
use crate::manuscript::{Series, SourceFile, StoryPoint};
use crate::text::yaml::{Value, text_list};
use crate::text::{LineIndex, Problem, ProblemKind, Span};
pub(super) use keys::is_common_fact;
use keys::{EVENTS, KINDS, from_in_name, is_impossible_date, knowledge_key, progression_key, relation_key};

/// An entry with what only the checks between entries need.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub entry: Entry,
    /// Whether the author said what it is; else a layer of the same name or the default decides.
    pub has_kind: bool,
    /// The place of each alias, in the entry's order.
    pub alias_spans: Vec<Span>,
}

/// What an entry is when its own mapping does not say.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    pub name: String,
    pub name_span: Span,
    pub kind: Option<EntryKind>,
    /// The note below the front matter.
    pub body: String,
}

/// The keys an entry is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Name,
    Kind,
    Aliases,
    Facts,
    Relations,
    Progressions,
    Knows,
    Lies,
    Description,
}

/// Every name of a key, in the form of [`fact_key`]; the first of each is our own.
const KEYS: &[(Key, &[&str])] = &[
    (Key::Name, &["name"]),
    (Key::Kind, &["kind", "type", "category"]),
    (Key::Aliases, &["aliases", "alias", "keys", "nicknames", "nickname", "aka", "alsoknownas"]),
    (Key::Facts, &["facts", "fact", "details", "attributes"]),
    (Key::Relations, &["relations", "relation", "relationships"]),
    (Key::Progressions, &["progressions", "progression"]),
    (Key::Knows, &["knows", "knowledge"]),
    (Key::Lies, &["lies", "lie"]),
    (Key::Description, &["description", "summary"]),
];

/// Our own name of each key.
#[cfg(test)]
pub(super) fn own_keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(_, names)| names[0])
}

/// The structural key a name means.
pub(super) fn structural_key(name: &str) -> Option<Key> {
    let key = fact_key(name);
    KEYS.iter().find(|(_, names)| names.contains(&key.as_str())).map(|(key, _)| *key)
}

/// The kind a word means, in the singular or the plural.
pub(super) fn kind_of_word(word: &str) -> Option<EntryKind> {
    let key = fact_key(word);
    let singular = key.strip_suffix('s').unwrap_or(&key);
    KINDS.iter().find(|(_, names)| names.contains(&key.as_str()) || names.contains(&singular)).map(|(kind, _)| *kind)
}

/// Reads the entries of one file.
pub(super) struct NoteReader<'a> {
    pub file: &'a SourceFile,
    pub series: &'a Series,
    /// The book whose layer the file belongs to.
    pub book: Option<usize>,
    pub line_index: LineIndex,
    pub problems: Vec<Problem>,
}

impl NoteReader<'_> {
    /// Something could not be used.
    pub fn left_out(&mut self, span: Span, message: impl Into<String>, advice: &str) {
        self.tell(ProblemKind::NotChecked, span, message.into(), advice);
    }

    /// Something is odd, but everything was used.
    pub fn note(&mut self, span: Span, message: impl Into<String>, advice: &str) {
        self.tell(ProblemKind::Note, span, message.into(), advice);
    }

    fn tell(&mut self, kind: ProblemKind, span: Span, message: String, advice: &str) {
        let place = self.line_index.line_column(&self.file.text, span.start);
        self.problems.push(Problem::new(kind, message).in_file(&self.file.path).at(place).advice(advice));
    }

    /// The entry of a mapping.
    pub fn entry(&mut self, located: &Located, defaults: Defaults) -> Draft {
        let pairs = located.pairs();
        let (name, span) = self.name(&pairs, &defaults);
        let entry = Entry {
            name: name.clone(),
            kind: defaults.kind.unwrap_or_default(),
            aliases: Vec::new(),
            book: self.book,
            facts: Vec::new(),
            relations: Vec::new(),
            progressions: Vec::new(),
            knows: Vec::new(),
            lies: Vec::new(),
            file: self.file.path.clone(),
            span,
            body: defaults.body,
        };
        let mut draft = Draft { entry, has_kind: defaults.kind.is_some(), alias_spans: Vec::new() };
        for pair in &pairs {
            self.pair(pair, &mut draft);
        }
        self.check_fields(&draft.entry);
        draft.entry.progressions.sort_by_key(|progression| progression.from);
        draft
    }

    fn name(&mut self, pairs: &[Pair], defaults: &Defaults) -> (String, Span) {
        let named = pairs.iter().find(|pair| structural_key(&pair.key) == Some(Key::Name));
        let Some(pair) = named.filter(|pair| !pair.value.value.is_null()) else { return (defaults.name.clone(), defaults.name_span) };
        match text_of(&pair.value) {
            Some(name) => (name, pair.value.words_span()),
            None => {
                self.note(
                    pair.span,
                    format!("`name` is not one text, so the entry is called `{}`", defaults.name),
                    "write it as `name: Mara Vance`",
                );
                (defaults.name.clone(), defaults.name_span)
            }
        }
    }

    fn pair(&mut self, pair: &Pair, draft: &mut Draft) {
        let subject = draft.entry.name.clone();
        match structural_key(&pair.key) {
            Some(Key::Name) => {}
            Some(Key::Kind) => self.kind(pair, draft),
            Some(Key::Aliases) => self.aliases(&pair.value, draft),
            Some(Key::Facts) => draft.entry.facts.extend(self.facts(&subject, pair, None)),
            Some(Key::Relations) => draft.entry.relations.extend(self.relations(&subject, &pair.value)),
            Some(Key::Progressions) => draft.entry.progressions.extend(self.progressions(&subject, &pair.value)),
            Some(Key::Knows) => draft.entry.knows.extend(self.knows(&subject, &pair.value)),
            Some(Key::Lies) => draft.entry.lies.extend(self.lies(&pair.value)),
            Some(Key::Description) => {
                let description = pair.value.text().unwrap_or_default();
                draft.entry.body = format!("{description}\n\n{}", draft.entry.body).trim().to_string();
            }
            None if is_common_fact(&pair.key) => draft.entry.facts.extend(self.fact(&subject, pair, None)),
            None => self.check_spelling(pair),
        }
    }

    fn kind(&mut self, pair: &Pair, draft: &mut Draft) {
        let Some(word) = pair.value.text() else { return };
        match kind_of_word(&word) {
            Some(kind) => {
                draft.entry.kind = kind;
                draft.has_kind = true;
            }
            None => self.note(
                pair.span,
                format!("`{word}` is no kind of entry, so it is read as a character"),
                "use character, place, object, event, group or rule",
            ),
        }
    }

    fn aliases(&mut self, located: &Located, draft: &mut Draft) {
        for item in located.items() {
            let aliases = text_list(item.value);
            if aliases.is_empty() && !item.value.is_null() {
                self.left_out(item.span, "this alias is not a text", "write the aliases as `aliases: [Mara, Miss Vance]`");
            }
            for alias in aliases {
                if fact_key(&alias) == fact_key(&draft.entry.name) {
                    self.note(item.words_span(), format!("the alias `{alias}` is the entry’s own name"), "leave it out");
                } else if !draft.entry.aliases.contains(&alias) {
                    draft.entry.aliases.push(alias);
                    draft.alias_spans.push(item.words_span());
                }
            }
        }
    }

    /// The facts of `facts:`, a mapping or a list of mappings.
    fn facts(&mut self, subject: &str, pair: &Pair, from: Option<StoryPoint>) -> Vec<Fact> {
        let mut facts = Vec::new();
        for item in pair.value.items() {
            match item.value {
                Value::Mapping(_) => facts.extend(item.pairs().iter().filter_map(|pair| self.fact(subject, pair, from))),
                Value::Null => {}
                _ => self.left_out(
                    item.span,
                    format!("`{}` is not made of `name: value` lines, so it was left out", pair.key),
                    "write it as `facts: { eyes: green, hair: red }`",
                ),
            }
        }
        facts
    }

    /// A fact; nothing for a value that the author has not filled in.
    fn fact(&mut self, subject: &str, pair: &Pair, from: Option<StoryPoint>) -> Option<Fact> {
        if pair.value.value.is_null() {
            return None;
        }
        let Some(value) = text_of(&pair.value).or_else(|| joined_list(&pair.value)) else {
            let is_empty_text = pair.value.value.as_str().is_some_and(|text| text.trim().is_empty());
            if !is_empty_text && !is_empty_list(pair.value.value) {
                self.left_out(
                    pair.span,
                    format!("the fact `{}` is not one value, so it was left out", pair.key),
                    "write one line for each fact",
                );
            }
            return None;
        };
        if is_impossible_date(&value) {
            self.note(pair.span, format!("there is no day `{value}` in the calendar"), "correct the date; until then it is read as words");
        }
        let mut from = from;
        if EVENTS.contains(&fact_key(&pair.key).as_str()) && reference::looks_like_reference(&value) {
            match reference::resolve(self.series, &value, self.book) {
                Ok(point) => from = Some(point),
                Err(reason) => self.note(pair.span, format!("`{value}` is no place in the story: {reason}"), REFERENCE_ADVICE),
            }
        }
        // `status after chapter 18: dead` is a fact from there on, where there is such a chapter.
        let name = match from_in_name(&pair.key).map(|(name, chapter)| (name, reference::resolve(self.series, chapter, self.book))) {
            Some((name, Ok(point))) if from.is_none() => {
                from = Some(point);
                name.to_string()
            }
            _ => pair.key.clone(),
        };
        Some(Fact { subject: subject.to_string(), name, value, file: self.file.path.clone(), span: pair.span, from })
    }

    fn check_fields(&mut self, entry: &Entry) {
        for (index, fact) in entry.facts.iter().enumerate() {
            let earlier = entry.facts[..index].iter().find(|earlier| fact_key(&earlier.name) == fact_key(&fact.name));
            if let Some(earlier) = earlier {
                self.note(
                    fact.span,
                    format!("the fact `{}` is given twice, the first time as `{}`", fact.name, earlier.value),
                    "keep one of them; until then the first counts",
                );
            }
        }
    }

    fn relations(&mut self, subject: &str, located: &Located) -> Vec<Relation> {
        let mut relations = Vec::new();
        for item in located.items() {
            let pairs = item.pairs();
            let is_full = pairs.iter().any(|pair| matches!(relation_key(&pair.key), Some("to")));
            if is_full {
                relations.extend(self.relation(subject, &item, &pairs));
            } else if pairs.is_empty() && !item.value.is_null() {
                self.left_out(item.span, "this relation does not say to whom, so it was left out", RELATION_ADVICE);
            } else {
                // `brother: Edmund Vance`
                relations.extend(pairs.iter().flat_map(|pair| self.short_relations(subject, pair)));
            }
        }
        relations
    }

    fn relation(&mut self, subject: &str, item: &Located, pairs: &[Pair]) -> Option<Relation> {
        let empty = Relation {
            subject: subject.to_string(),
            to: String::new(),
            is: String::new(),
            file: self.file.path.clone(),
            span: item.span,
            from: None,
            until: None,
        };
        let mut relation = empty;
        for pair in pairs {
            let text = text_of(&pair.value).unwrap_or_default();
            match relation_key(&pair.key) {
                Some("to") => relation.to = text,
                Some("is") => relation.is = text,
                Some("from") if !text.is_empty() => relation.from = Some(self.point(pair)?),
                Some("until") if !text.is_empty() => relation.until = Some(self.point(pair)?),
                Some(_) => {}
                None => self.unknown_key(pair, "a relation", "`to`, `is`, `from` and `until`"),
            }
        }
        if relation.to.is_empty() || relation.is.is_empty() {
            self.left_out(item.span, "this relation does not say who is what, so it was left out", RELATION_ADVICE);
            return None;
        }
        Some(relation)
    }

    fn short_relations(&mut self, subject: &str, pair: &Pair) -> Vec<Relation> {
        let people = text_list(pair.value.value);
        if people.is_empty() && !pair.value.value.is_null() {
            self.left_out(pair.span, "this relation does not say to whom, so it was left out", RELATION_ADVICE);
        }
        let relation = |to| Relation {
            subject: subject.to_string(),
            to,
            is: pair.key.clone(),
            file: self.file.path.clone(),
            span: pair.span,
            from: None,
            until: None,
        };
        people.into_iter().map(relation).collect()
    }

    /// `progressions:` is a list of mappings with `from`, or a mapping from references to facts.
    fn progressions(&mut self, subject: &str, located: &Located) -> Vec<Progression> {
        let mut progressions = Vec::new();
        for item in located.items() {
            let pairs = item.pairs();
            let has_from = pairs.iter().any(|pair| progression_key(&pair.key) == Some("from"));
            if has_from {
                progressions.extend(self.progression(subject, &item, &pairs));
            } else if !pairs.is_empty() && pairs.iter().all(|pair| pair.value.value.is_mapping() && progression_key(&pair.key).is_none()) {
                progressions.extend(pairs.iter().filter_map(|pair| self.short_progression(subject, pair)));
            } else if !item.value.is_null() {
                self.left_out(item.span, "this progression does not say from where on it is true, so it was left out", PROGRESSION_ADVICE);
            }
        }
        progressions
    }

    fn progression(&mut self, subject: &str, item: &Located, pairs: &[Pair]) -> Option<Progression> {
        let pair_of = |key: &str| pairs.iter().find(|pair| progression_key(&pair.key) == Some(key) && !pair.value.value.is_null());
        let Some(from_pair) = pair_of("from") else {
            self.left_out(item.span, "this progression does not say from where on it is true, so it was left out", PROGRESSION_ADVICE);
            return None;
        };
        let from = self.point(from_pair)?;
        let until = match pair_of("until") {
            Some(pair) => Some(self.point(pair)?),
            None => None,
        };
        if until.is_some_and(|until| until <= from) {
            self.left_out(item.span, "this progression ends before it begins, so it was left out", "`until` must come after `from`");
            return None;
        }
        let mut facts = Vec::new();
        let field = pair_of("field").and_then(|pair| text_of(&pair.value));
        for pair in pairs {
            match progression_key(&pair.key) {
                Some("facts") => facts.extend(self.facts(subject, pair, Some(from))),
                // NovelCrafter's way: `field: rank`, `text: master`.
                Some("text") if field.is_some() && !pair.value.value.is_bool() => {
                    let named = Pair { key: field.clone().unwrap_or_default(), ..pair.clone() };
                    facts.extend(self.fact(subject, &named, Some(from)));
                }
                Some(_) => {}
                None if is_common_fact(&pair.key) => facts.extend(self.fact(subject, pair, Some(from))),
                None => self.unknown_key(pair, "a progression", "`from`, `until` and `facts`"),
            }
        }
        if facts.is_empty() {
            self.left_out(item.span, "this progression holds no facts, so it was left out", PROGRESSION_ADVICE);
            return None;
        }
        Some(Progression { from, until, facts })
    }

    /// `book-1/07: { rank: master }`
    fn short_progression(&mut self, subject: &str, pair: &Pair) -> Option<Progression> {
        let from = self.resolve(&pair.key, pair.key_span)?;
        Some(Progression { from, until: None, facts: self.facts(subject, pair, Some(from)) })
    }

    fn knows(&mut self, subject: &str, located: &Located) -> Vec<Knowledge> {
        let mut known = Vec::new();
        for item in located.items() {
            let pairs = item.pairs();
            if pairs.iter().any(|pair| knowledge_key(&pair.key) == Some("fact")) {
                known.extend(self.knowledge(subject, &item, &pairs));
            } else if !pairs.is_empty() && pairs.iter().all(|pair| knowledge_key(&pair.key).is_none()) {
                // `Edmund hid the key: book-1/09`
                known.extend(pairs.iter().filter_map(|pair| self.known(subject, pair.key.clone(), pair.span, Some(pair))));
            } else if let Some(fact) = item.text() {
                known.extend(self.known(subject, fact, item.words_span(), None));
            } else if !item.value.is_null() {
                self.left_out(item.span, "this does not say what is known, so it was left out", KNOWLEDGE_ADVICE);
            }
        }
        known
    }

    fn knowledge(&mut self, subject: &str, item: &Located, pairs: &[Pair]) -> Option<Knowledge> {
        let pair_of = |key: &str| pairs.iter().find(|pair| knowledge_key(&pair.key) == Some(key) && !pair.value.value.is_null());
        let who = pair_of("who").and_then(|pair| text_of(&pair.value)).unwrap_or_else(|| subject.to_string());
        for pair in pairs.iter().filter(|pair| knowledge_key(&pair.key).is_none()) {
            self.unknown_key(pair, "something known", "`fact`, `from` and `who`");
        }
        let fact_pair = pair_of("fact");
        let Some((pair, fact)) = fact_pair.and_then(|pair| Some((pair, pair.value.text()?))) else {
            self.left_out(item.span, "this does not say what is known, so it was left out", KNOWLEDGE_ADVICE);
            return None;
        };
        self.known(&who, fact, pair.span, pair_of("from"))
    }

    /// Something known from a point on; without `from` from the beginning.
    fn known(&mut self, subject: &str, fact: String, span: Span, from: Option<&Pair>) -> Option<Knowledge> {
        let from = match from {
            Some(pair) => self.point(pair)?,
            None => StoryPoint { book: 0, chapter: 0, scene: 0 },
        };
        Some(Knowledge { subject: subject.to_string(), fact, from, file: self.file.path.clone(), span })
    }

    fn lies(&mut self, located: &Located) -> Vec<Statement> {
        let mut lies = Vec::new();
        for item in located.items() {
            let pairs = item.pairs();
            let words = pairs
                .iter()
                .find(|pair| matches!(fact_key(&pair.key).as_str(), "text" | "says" | "quote" | "words"))
                .map_or(item, |pair| pair.value);
            match words.text() {
                Some(text) => lies.push(Statement { text, file: self.file.path.clone(), span: words.words_span() }),
                None if item.value.is_null() => {}
                None => self.left_out(
                    item.span,
                    "this lie is not a text, so it was left out",
                    "put quotation marks around the words that are said",
                ),
            }
        }
        lies
    }

    fn point(&mut self, pair: &Pair) -> Option<StoryPoint> {
        let Some(reference) = text_of(&pair.value) else {
            self.left_out(pair.span, format!("`{}` names no place in the story, so this was left out", pair.key), REFERENCE_ADVICE);
            return None;
        };
        self.resolve(&reference, pair.span)
    }

    fn resolve(&mut self, reference: &str, span: Span) -> Option<StoryPoint> {
        match reference::resolve(self.series, reference, self.book) {
            Ok(point) => Some(point),
            Err(reason) => {
                self.left_out(
                    span,
                    format!("`{reference}` is no place in the story: {reason}; what depends on it was left out"),
                    REFERENCE_ADVICE,
                );
                None
            }
        }
    }

    fn unknown_key(&mut self, pair: &Pair, of_what: &str, known: &str) {
        self.note(pair.span, format!("`{}` is no part of {of_what}", pair.key), &format!("the parts are {known}"));
    }

    /// The author's own keys are the author's; one that is nearly ours was meant to be ours.
    fn check_spelling(&mut self, pair: &Pair) {
        let key = fact_key(&pair.key);
        let allowed = match key.chars().count() {
            0..=4 => return,
            5..=7 => 1,
            _ => 2,
        };
        let nearest = KEYS.iter().flat_map(|(_, names)| *names).find(|name| strsim::osa_distance(name, &key) <= allowed);
        if let Some(name) = nearest {
            self.note(pair.key_span, format!("`{}` is read as a key of your own", pair.key), &format!("did you mean `{name}`?"));
        }
    }
}

const REFERENCE_ADVICE: &str = "write the book’s folder and the chapter’s number, as `book-1/07`, or `book-1/07#2` for its second scene";
const RELATION_ADVICE: &str = "write it as `{ to: Edmund Vance, is: brother }`";
const PROGRESSION_ADVICE: &str = "write it as `{ from: book-1/07, facts: { rank: master } }`";
const KNOWLEDGE_ADVICE: &str = "write it as `{ fact: Edmund hid the key, from: book-1/09 }`";

/// One text; an Obsidian link gives its name, also without the quotation marks it needs in YAML (`to: [[Ida]]`).
pub(super) fn text_of(located: &Located) -> Option<String> {
    if let Value::Sequence(outer) = located.value {
        let [Value::Sequence(inner)] = outer.as_slice() else { return None };
        return Some(text_list(inner.first()?).first()?.clone()).filter(|_| inner.len() == 1);
    }
    let text = located.text()?;
    match text.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")) {
        Some(link) if !link.contains("[[") => Some(link.split('|').next().unwrap_or(link).trim().to_string()),
        _ => Some(text),
    }
}

/// A list of texts as one text, `English, French`; lists that hold anything else give nothing.
fn joined_list(located: &Located) -> Option<String> {
    let Value::Sequence(items) = located.value else { return None };
    let texts: Option<Vec<String>> = located.items().iter().map(text_of).collect();
    texts.filter(|_| !items.is_empty()).map(|texts| texts.join(", "))
}

fn is_empty_list(value: &Value) -> bool {
    value.as_sequence().is_some_and(Vec::is_empty) || value.as_mapping().is_some_and(|mapping| mapping.is_empty())
}

#[cfg(test)]
mod tests;
