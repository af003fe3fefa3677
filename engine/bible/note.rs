//! One YAML mapping to one entry. The keys of other writing tools are understood; what has the wrong form is told with its place.

use super::outline::{Located, Pair};
use super::view::fact_key;
use super::{Entry, EntryKind, Fact, Knowledge, Progression, Relation, Statement, reference};
use crate::manuscript::{Series, SourceFile, StoryPoint};
use crate::text::yaml::{Value, text_list};
use crate::text::{LineIndex, Problem, ProblemKind, Span};

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

/// Keys that may stand beside the structural ones without `facts:`, because writers put them there, in the form of [`fact_key`].
const COMMON_FACTS: &[&str] = &[
    "eyes",
    "eyecolour",
    "eyecolor",
    "hair",
    "haircolour",
    "haircolor",
    "beard",
    "skin",
    "complexion",
    "height",
    "weight",
    "build",
    "scar",
    "scars",
    "glasses",
    "accent",
    "voice",
    "age",
    "born",
    "birth",
    "birthday",
    "birthdate",
    "dateofbirth",
    "birthplace",
    "died",
    "death",
    "dateofdeath",
    "occupation",
    "profession",
    "job",
    "rank",
    "gender",
    "sex",
    "pronouns",
    "handedness",
    "nationality",
    "home",
    "residence",
    "species",
    "race",
    "religion",
    "language",
    "languages",
    "reads",
    "swims",
    "married",
    "spouse",
    "husband",
    "wife",
    "father",
    "mother",
    "brother",
    "sister",
    "siblings",
    "children",
    "colour",
    "color",
    "material",
    "metal",
    "size",
    "location",
];

/// Facts that happen: their value may be the place in the story where they do, and then they are true from there.
const EVENTS: &[&str] =
    &["born", "birth", "died", "death", "dead", "killed", "married", "widowed", "retired", "left", "destroyed", "lost", "founded"];

/// The words for what an entry is, in the form of [`fact_key`].
const KINDS: &[(EntryKind, &[&str])] = &[
    (EntryKind::Character, &["character", "person", "people", "animal", "creature"]),
    (EntryKind::Place, &["place", "location", "setting"]),
    (EntryKind::Object, &["object", "item", "thing", "artifact", "artefact", "prop"]),
    (EntryKind::Event, &["event", "incident"]),
    (EntryKind::Group, &["group", "faction", "organisation", "organization", "family", "families", "company", "companies", "team"]),
    (EntryKind::Rule, &["rule", "law", "lore", "magic", "world", "concept"]),
];

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

fn is_common_fact(key: &str) -> bool {
    COMMON_FACTS.contains(&fact_key(key).as_str())
}

/// The part of a relation a key means.
fn relation_key(key: &str) -> Option<&'static str> {
    match fact_key(key).as_str() {
        "to" | "with" | "who" | "name" => Some("to"),
        "is" | "type" | "as" | "relation" | "kind" => Some("is"),
        "from" | "since" => Some("from"),
        "until" => Some("until"),
        "note" | "notes" => Some("note"),
        _ => None,
    }
}

/// Parts `status after chapter 18` into what it is and the chapter from which it holds.
fn from_in_name(key: &str) -> Option<(&str, &str)> {
    let (name, rest) = [" after ", " from ", " since ", " as of "].iter().find_map(|word| key.split_once(word))?;
    let chapter = ["chapter ", "chap. ", "chap ", "ch. ", "ch.", "ch "].iter().find_map(|word| rest.trim().strip_prefix(word))?;
    Some((name.trim_end_matches(',').trim(), chapter.trim())).filter(|(name, chapter)| !name.is_empty() && !chapter.is_empty())
}

/// The part of a progression a key means.
fn progression_key(key: &str) -> Option<&'static str> {
    match fact_key(key).as_str() {
        "from" | "since" => Some("from"),
        "until" => Some("until"),
        "facts" | "details" => Some("facts"),
        "field" => Some("field"),
        "text" | "value" | "replace" | "add" => Some("text"),
        "note" | "notes" | "source" => Some("note"),
        _ => None,
    }
}

/// The part of a piece of knowledge a key means.
fn knowledge_key(key: &str) -> Option<&'static str> {
    match fact_key(key).as_str() {
        "fact" | "what" => Some("fact"),
        "from" | "since" => Some("from"),
        "who" => Some("who"),
        "note" | "notes" | "source" => Some("note"),
        _ => None,
    }
}

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

/// Whether a value has the form of a date, year first, but no calendar has that day.
fn is_impossible_date(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    let is_digits =
        |part: &str, length: std::ops::RangeInclusive<usize>| length.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let [year, month, day] = parts.as_slice() else { return false };
    if !is_digits(year, 4..=4) || !is_digits(month, 1..=2) || !is_digits(day, 1..=2) {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else { return true };
    jiff::civil::Date::new(year, month, day).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bible::Bible;
    use crate::bible::samples::{at, read_notes, shown, span_of};
    use crate::text::SourcePath;

    const PATH: &str = "bible/mara.md";

    fn read_one(text: &str) -> (Bible, Vec<String>) {
        let (bible, problems) = read_notes(&[(PATH, text)]);
        (bible, shown(&problems))
    }

    /// The only entry of a note that has nothing wrong with it.
    fn entry(text: &str) -> Entry {
        let (bible, problems) = read_one(text);
        assert_eq!(problems, [] as [&str; 0]);
        assert_eq!(bible.entries.len(), 1);
        bible.entries[0].clone()
    }

    fn problems(yaml: &str) -> Vec<String> {
        read_one(&format!("---\nname: Mara Vance\n{yaml}\n---\n")).1
    }

    fn facts(yaml: &str) -> Vec<String> {
        let entry = entry(&format!("---\nname: Mara Vance\n{yaml}\n---\n"));
        entry.facts.iter().map(|fact| format!("{}={}", fact.name, fact.value)).collect()
    }

    const WHOLE: &str = "---
name: \"Mara Vance\"
kind: character   # the heroine
aliases: [Mara, Miss Vance]
facts: { eyes: green, born: 1871-03-02, reads: yes, height: 1.80 }
hair: 'red'
relations: [{ to: Edmund Vance, is: brother }]
progressions:
  - from: book-1/02#2
    until: book-2
    facts:
      occupation: harbourmaster
knows:
  - fact: Edmund hid the second key
    from: book-1/03
lies: [ \"I never learned to read\" ]
---

She runs the harbour.
";

    #[test]
    fn a_whole_note_is_read_with_its_places() {
        let file = SourcePath::new(PATH);
        let subject = "Mara Vance".to_string();
        let fact = |name: &str, value: &str, words: &str, from| Fact {
            subject: subject.clone(),
            name: name.to_string(),
            value: value.to_string(),
            file: file.clone(),
            span: span_of(WHOLE, words),
            from,
        };
        let expected = Entry {
            name: subject.clone(),
            kind: EntryKind::Character,
            aliases: vec!["Mara".to_string(), "Miss Vance".to_string()],
            book: None,
            facts: vec![
                fact("eyes", "green", "eyes: green", None),
                fact("born", "1871-03-02", "born: 1871-03-02", None),
                fact("reads", "yes", "reads: yes", None),
                fact("height", "1.80", "height: 1.80", None),
                fact("hair", "red", "hair: 'red'", None),
            ],
            relations: vec![Relation {
                subject: subject.clone(),
                to: "Edmund Vance".to_string(),
                is: "brother".to_string(),
                file: file.clone(),
                span: span_of(WHOLE, "to: Edmund Vance, is: brother"),
                from: None,
                until: None,
            }],
            progressions: vec![Progression {
                from: at(0, 1, 1),
                until: Some(at(1, 0, 0)),
                facts: vec![fact("occupation", "harbourmaster", "occupation: harbourmaster", Some(at(0, 1, 1)))],
            }],
            knows: vec![Knowledge {
                subject: subject.clone(),
                fact: "Edmund hid the second key".to_string(),
                from: at(0, 2, 0),
                file: file.clone(),
                span: span_of(WHOLE, "fact: Edmund hid the second key"),
            }],
            lies: vec![Statement {
                text: "I never learned to read".to_string(),
                file: file.clone(),
                span: span_of(WHOLE, "I never learned to read"),
            }],
            file: file.clone(),
            span: span_of(WHOLE, "Mara Vance"),
            body: "She runs the harbour.".to_string(),
        };
        assert_eq!(entry(WHOLE), expected);
    }

    #[test]
    fn a_damaged_note_never_fails_and_never_misplaces() {
        let series = crate::bible::samples::series();
        let places: Vec<usize> = WHOLE.char_indices().map(|(place, _)| place).collect();
        let mut read_facts = 0;
        for cut in places.windows(4) {
            let text = format!("{}{}", &WHOLE[..cut[0]], &WHOLE[cut[3]..]);
            let (bible, _) = crate::bible::read(&[SourceFile::new(PATH, &text)], &series);
            for fact in bible.entries.iter().flat_map(|entry| &entry.facts) {
                let words = fact.span.slice(&text).expect("words of the note");
                assert!(words.contains(&fact.name) && words.contains(&fact.value), "{words:?} for {fact:?} in {text}");
                read_facts += 1;
            }
        }
        assert!(read_facts > 1000, "most damage leaves facts: {read_facts}");
    }

    #[test]
    fn the_keys_of_other_tools_are_understood() {
        let text = "---\nname: Stennick\ntype: Locations\nnickname: The Town\ndescription: A harbour.\ndetails: { colour: grey }\nrelationships: [{ to: Ullan, type: twin, since: book-1/02 }]\nprogressions: [{ from: book-1/02, field: mayor, text: Noll, source: me }, { from: book-2, population: 9, size: big }]\ntags: [x]\nimage: a.png\n---\nMore.";
        let (bible, problems) = read_one(text);
        assert_eq!(
            problems,
            ["bible/mara.md:8:59 Note `population` is no part of a progression".replace("8:59", &place(text, "population: 9"))]
        );
        let entry = &bible.entries[0];
        assert_eq!(
            (entry.kind, entry.aliases.as_slice(), entry.body.as_str()),
            (EntryKind::Place, &["The Town".to_string()][..], "A harbour.\n\nMore.")
        );
        assert_eq!(entry.facts.iter().map(|fact| fact.value.as_str()).collect::<Vec<_>>(), ["grey"]);
        let relation = &entry.relations[0];
        assert_eq!((relation.to.as_str(), relation.is.as_str(), relation.from, relation.until), ("Ullan", "twin", Some(at(0, 1, 0)), None));
        let progressed: Vec<_> = entry
            .progressions
            .iter()
            .flat_map(|progression| &progression.facts)
            .map(|fact| (fact.name.as_str(), fact.value.as_str()))
            .collect();
        assert_eq!(progressed, [("mayor", "Noll"), ("size", "big")]);
    }

    /// Line and column of words in a text.
    fn place(text: &str, words: &str) -> String {
        LineIndex::new(text).line_column(text, span_of(text, words).start).to_string()
    }

    #[test]
    fn short_forms_are_understood() {
        let text = "---\nname: Mara\nrelations: { brother: Edmund, friends: [Ida, Noll] }\nprogressions: { book-1/02: { rank: master } }\nknows: [ The key is false, Edmund hid it: book-1/03 ]\nlies: I am old, and poor\n---\n";
        let entry = entry(text);
        let relations: Vec<_> = entry
            .relations
            .iter()
            .map(|relation| (relation.is.as_str(), relation.to.as_str(), relation.span.slice(text).unwrap()))
            .collect();
        assert_eq!(
            relations,
            [
                ("brother", "Edmund", "brother: Edmund"),
                ("friends", "Ida", "friends: [Ida, Noll]"),
                ("friends", "Noll", "friends: [Ida, Noll]")
            ]
        );
        assert_eq!(
            entry.progressions.iter().map(|progression| (progression.from, progression.facts[0].value.as_str())).collect::<Vec<_>>(),
            [(at(0, 1, 0), "master")]
        );
        let knows: Vec<_> = entry.knows.iter().map(|known| (known.fact.as_str(), known.from, known.span.slice(text).unwrap())).collect();
        assert_eq!(
            knows,
            [("The key is false", at(0, 0, 0), "The key is false"), ("Edmund hid it", at(0, 2, 0), "Edmund hid it: book-1/03")]
        );
        assert_eq!(entry.lies.iter().map(|lie| lie.text.as_str()).collect::<Vec<_>>(), ["I am old, and poor"]);
    }

    #[test]
    fn facts_may_be_lists_links_and_empty() {
        assert_eq!(
            facts("facts:\n  languages: [English, \"[[French]]\"]\n  home: [[Quill House|the house]]\n  wife: '[[Ida Vance|Ida]]'"),
            ["languages=English, French", "home=Quill House", "wife=Ida Vance"]
        );
        assert_eq!(facts("facts: [{ eyes: green }, { hair: red, rank: clerk }]"), ["eyes=green", "hair=red", "rank=clerk"]);
        assert_eq!(
            facts("facts: { eyes: , hair: '', rank: [] }\nage:\naliases:\nrelations:\nprogressions:\nknows:\nlies: []"),
            [] as [&str; 0]
        );
        assert_eq!(facts("Eye Colour: green\neye-color: red\nmood: sad\nstatus: draft"), ["Eye Colour=green", "eye-color=red"]);
    }

    #[test]
    fn events_may_be_told_by_their_chapter() {
        let entry = entry("---\nname: Osric\nfacts: { died: book-1/02, born: 1841-11-08, house: book-1/02, pronouns: she/her }\n---\n");
        let from: Vec<_> = entry.facts.iter().map(|fact| fact.from).collect();
        assert_eq!(from, [Some(at(0, 1, 0)), None, None, None]);
        assert_eq!(problems("died: book-7/02"), ["bible/mara.md:3:1 Note `book-7/02` is no place in the story: there is no book `book-7`"]);
    }

    #[test]
    fn a_facts_name_may_tell_the_chapter_from_which_it_holds() {
        let keys = [
            "status after ch.book-1/02",
            "rank from chapter book-1/02",
            "rank, as of chapter 9",
            "descends from kings",
            "hat after chapter",
        ];
        let lines: Vec<String> = keys.iter().map(|key| format!("  \"{key}\": dead\n")).collect();
        let entry = entry(&format!("---\nname: Osric\nfacts:\n{}---\n", lines.concat()));
        let facts: Vec<_> = entry.facts.iter().map(|fact| (fact.name.as_str(), fact.from)).collect();
        let there = Some(at(0, 1, 0));
        assert_eq!(facts, [("status", there), ("rank", there), (keys[2], None), (keys[3], None), (keys[4], None)]);
    }

    #[test]
    fn impossible_dates_are_told_and_kept_as_words() {
        let (bible, problems) =
            read_one("---\nname: Mara\nborn: 2023-02-30\ndied: 2023-2-28\nfacts: { married: 1900-13-01, code: 1900-99 }\n---\n");
        assert_eq!(
            problems,
            [
                "bible/mara.md:3:1 Note there is no day `2023-02-30` in the calendar",
                "bible/mara.md:5:10 Note there is no day `1900-13-01` in the calendar"
            ]
        );
        assert_eq!(
            bible.entries[0].facts.iter().map(|fact| fact.value.as_str()).collect::<Vec<_>>(),
            ["2023-02-30", "2023-2-28", "1900-13-01", "1900-99"]
        );
    }

    #[test]
    fn a_fact_given_twice_in_two_spellings_is_told() {
        assert_eq!(
            problems("facts: { stands on: quay, stands_on: pier }"),
            ["bible/mara.md:3:27 Note the fact `stands_on` is given twice, the first time as `quay`"]
        );
    }

    #[test]
    fn what_has_the_wrong_form_is_left_out_with_a_word() {
        let cases = [
            ("name: [Mara, Ida]", "Note `name` is not one text, so the entry is called `Mara`"),
            ("kind: spoon", "Note `spoon` is no kind of entry, so it is read as a character"),
            ("aliases: [{ a: b }]", "NotChecked this alias is not a text"),
            ("facts: green", "NotChecked `facts` is not made of `name: value` lines, so it was left out"),
            ("facts: { looks: { eyes: green } }", "NotChecked the fact `looks` is not one value, so it was left out"),
            ("relations: brother", "NotChecked this relation does not say to whom, so it was left out"),
            ("relations: [{ to: Ida }]", "NotChecked this relation does not say who is what, so it was left out"),
            ("relations: [{ brother: { a: b } }]", "NotChecked this relation does not say to whom, so it was left out"),
            ("relations: [{ to: Ida, is: sister, mood: sad }]", "Note `mood` is no part of a relation"),
            ("progressions: soon", "NotChecked this progression does not say from where on it is true, so it was left out"),
            (
                "progressions: [{ facts: { a: b } }]",
                "NotChecked this progression does not say from where on it is true, so it was left out",
            ),
            (
                "progressions: [{ from: , facts: { a: b } }]",
                "NotChecked this progression does not say from where on it is true, so it was left out",
            ),
            ("progressions: [{ from: [1, 2], facts: { a: b } }]", "NotChecked `from` names no place in the story, so this was left out"),
            ("progressions: [{ from: book-1/02, text: older now }]", "NotChecked this progression holds no facts, so it was left out"),
            (
                "progressions: [{ from: book-1/02, until: book-1/02, rank: a }]",
                "NotChecked this progression ends before it begins, so it was left out",
            ),
            (
                "progressions: [{ from: book-1/9, rank: a }]",
                "NotChecked `book-1/9` is no place in the story: the book `Book 1` has no chapter `9`; what depends on it was left out",
            ),
            (
                "relations: [{ to: Ida, is: wife, from: 02 }]",
                "NotChecked `02` is no place in the story: `02` does not say which book it means; what depends on it was left out",
            ),
            ("knows: [{ from: book-1/02, fact: }]", "NotChecked this does not say what is known, so it was left out"),
            ("knows: [[a, b]]", "NotChecked this does not say what is known, so it was left out"),
            (
                "knows: [{ fact: it, from: book-3 }]",
                "NotChecked `book-3` is no place in the story: there is no chapter or book `book-3`; what depends on it was left out",
            ),
            ("knows: [{ fact: it, when: now }]", "Note `when` is no part of something known"),
            ("lies: [{ truth: a }]", "NotChecked this lie is not a text, so it was left out"),
            ("progresions: [a]", "Note `progresions` is read as a key of your own"),
        ];
        for (yaml, expected) in cases {
            let text = format!("---\n{}{yaml}\n---\n", if yaml.starts_with("name") { "" } else { "name: Mara\n" });
            let (bible, problems) = read_one(&text);
            let messages: Vec<&str> = problems.iter().map(|problem| problem.split_once(' ').unwrap().1).collect();
            assert_eq!(messages, [expected], "{yaml}");
            let entry = &bible.entries[0];
            let is_kept = entry.relations.iter().all(|relation| relation.is == "sister")
                && entry.knows.iter().all(|known| known.fact == "it" && yaml.contains("when"));
            assert!(
                entry.name == "Mara" && entry.facts.is_empty() && entry.progressions.is_empty() && entry.lies.is_empty() && is_kept,
                "{yaml}: {entry:?}"
            );
        }
    }

    #[test]
    fn an_entry_is_not_its_own_alias() {
        let (bible, problems) = read_one("---\nname: Mara Vance\naliases: [mara vance, Mara, Mara]\n---\n");
        assert_eq!(problems, ["bible/mara.md:3:11 Note the alias `mara vance` is the entry’s own name"]);
        assert_eq!(bible.entries[0].aliases, ["Mara"]);
    }

    #[test]
    fn kinds_have_many_words() {
        let kinds = ["Person", "settings", "item", "incident", "families", "lore", "note"].map(kind_of_word);
        let expected =
            [EntryKind::Character, EntryKind::Place, EntryKind::Object, EntryKind::Event, EntryKind::Group, EntryKind::Rule].map(Some);
        assert_eq!((&kinds[..6], kinds[6]), (&expected[..], None));
    }
}
