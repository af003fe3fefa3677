//! Whose a note is: the reader's subject, as the person or thing of the book that it means, and how sure that is.

use crate::bible::EntryKind;
use crate::facts::{Cast, Mention, Subject, lexicon, pronouns};
use crate::manuscript::{Chapter, Scene};
use std::collections::BTreeMap;
use std::ops::Range;

/// Most people that the reader is told of.
const MAX_PEOPLE: usize = 8;

/// How far before a passage people are looked for, in bytes of the scene's prose.
const LOOKED_BACK_BYTES: usize = 2_400;

/// How well it is known whose a note is; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// The line itself names them.
    Named,
    /// The reader and the words around the line agree.
    Agreed,
    /// Only the reader says so; the words leave it open.
    Read,
    /// The words mean somebody else.
    Contrary,
}

/// Who or what a note is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    Person(String),
    /// Who tells a book in the first person, by the book's place in the series.
    Narrator(usize),
    /// The story's present: its date, hour, weather.
    Scene,
    /// A thing, a place or an event, in small letters without its article.
    Thing(String),
    /// Somebody without a name: the same words mean the same person only near each other.
    Stranger(String),
}

/// Names that people are known by.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Folded words of each person's name, without titles, and the name.
    people: Vec<(Vec<String>, String)>,
}

/// Whether a word stands before a name and is no part of it.
fn is_title(word: &str) -> bool {
    word == "the" || lexicon::MALE_TITLES.has(word) || lexicon::FEMALE_TITLES.has(word) || lexicon::RANKS.has(word)
}

/// Whether a word means a person without a name.
fn is_person_noun(word: &str) -> bool {
    const OF_ANYBODY: &[&str] = &[
        "old",
        "he",
        "she",
        "they",
        "it",
        "i",
        "we",
        "you",
        "child",
        "cousin",
        "servant",
        "driver",
        "porter",
        "soldier",
        "teacher",
        "waiter",
        "neighbour",
        "neighbor",
        "friend",
        "visitor",
        "guest",
        "boss",
        "kid",
        "baby",
        "people",
        "men",
        "women",
        "person",
        "somebody",
        "someone",
        "nobody",
        "everybody",
        "speaker",
        "detective",
        "ferryman",
        "foreman",
        "barman",
        "bartender",
    ];
    OF_ANYBODY.contains(&word) || lexicon::MALE_NOUNS.has(word) || lexicon::FEMALE_NOUNS.has(word)
}

/// The words of a name that tell people apart.
fn name_words(name: &str) -> Vec<String> {
    let words = name
        .split(|letter: char| letter.is_whitespace() || letter == '.' || letter == ',')
        .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()));
    let words = words.map(|word| word.strip_suffix("'s").or(word.strip_suffix("’s")).unwrap_or(word).to_lowercase());
    words.filter(|word| !word.is_empty() && !is_title(word)).collect()
}

impl Names {
    /// The people of a cast.
    pub fn of(cast: &Cast) -> Names {
        let people = cast.people().iter().filter(|person| person.kind == EntryKind::Character);
        Names {
            people: people.map(|person| (name_words(&person.name), person.name.clone())).filter(|(words, _)| !words.is_empty()).collect(),
        }
    }

    /// The one person whom words name; nothing when nobody or several are.
    pub fn meant(&self, subject: &str) -> Option<&str> {
        if let Some((_, name)) = self.people.iter().find(|(_, name)| name == subject) {
            return Some(name);
        }
        let words = name_words(subject);
        if words.is_empty() || !subject.chars().any(char::is_uppercase) {
            return None;
        }
        if let Some((_, name)) = self.people.iter().find(|(other, _)| *other == words) {
            return Some(name);
        }
        // The Marlowes are the people of one of them.
        let one_of = |words: &[String]| words.iter().map(|word| word.strip_suffix('s').unwrap_or(word).to_string()).collect::<Vec<_>>();
        if let Some((_, name)) = self.people.iter().find(|(other, _)| *other == one_of(&words)) {
            return Some(name);
        }
        let mut fitting = self
            .people
            .iter()
            .filter(|(other, _)| words.iter().all(|word| other.contains(word)) || other.iter().all(|word| words.contains(word)));
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first.1.as_str())
    }
}

/// Who or what a subject means, as far as its words tell.
pub fn owner_of(subject: &str, names: &Names, book: usize) -> Owner {
    let subject = subject.trim();
    let lower = subject.to_lowercase();
    match lower.as_str() {
        "narrator" | "the narrator" | "i" => return Owner::Narrator(book),
        "scene" => return Owner::Scene,
        _ => {}
    }
    // Tomasz's knife, Nora's mother: whose it is counts as much as what it is.
    if let Some((holder, what)) = subject.split_once("'s ").or_else(|| subject.split_once("’s ")) {
        let holder = match owner_of(holder, names, book) {
            Owner::Person(name) => name,
            Owner::Narrator(book) => format!("narrator {book}"),
            Owner::Scene | Owner::Thing(_) | Owner::Stranger(_) => holder.to_string(),
        };
        return Owner::Thing(format!("{}'s {}", holder.to_lowercase(), without_article(&what.to_lowercase())));
    }
    if let Some(name) = names.meant(subject) {
        return Owner::Person(name.to_string());
    }
    let bare = without_article(&lower);
    let has_person_noun = bare.split_whitespace().any(is_person_noun);
    let begins_like_name =
        !has_person_noun && subject.split_whitespace().all(|word| word.starts_with(|letter: char| letter.is_uppercase()));
    match (begins_like_name, has_person_noun) {
        (true, _) => Owner::Person(subject.to_string()),
        (false, true) => Owner::Stranger(bare),
        (false, false) => Owner::Thing(bare),
    }
}

fn without_article(words: &str) -> String {
    let articles = ["the ", "a ", "an ", "his ", "her ", "their ", "its ", "my ", "our "];
    articles.iter().find_map(|article| words.strip_prefix(article)).unwrap_or(words).to_string()
}

/// A scene with what is needed to tell whose its notes are.
pub struct Ground {
    mentions: Vec<Mention>,
    /// For the sentences of the scene, whom their first pronoun means by the words around it.
    pronouns: BTreeMap<usize, Subject>,
}

impl Ground {
    /// Reads a scene.
    pub fn new(chapter: &Chapter, scene: &Scene, cast: &Cast) -> Ground {
        Ground { mentions: cast.mentions(scene), pronouns: pronouns(chapter, scene, cast) }
    }

    /// The people to tell the reader of: those named in the passage, then those named shortly before it; in the order of their first mention,
    /// which an edit elsewhere does not change.
    pub fn people(&self, passage: Range<usize>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let begin = passage.start.saturating_sub(LOOKED_BACK_BYTES);
        for range in [passage.clone(), begin..passage.start] {
            for mention in self.mentions.iter().filter(|mention| range.contains(&mention.range.start)) {
                if mention.kind == EntryKind::Character
                    && !mention.is_ambiguous
                    && !names.contains(&mention.name)
                    && names.len() < MAX_PEOPLE
                {
                    names.push(mention.name.clone());
                }
            }
        }
        names
    }

    /// How sure it is that a line of the scene is about an owner.
    pub fn sureness(&self, owner: &Owner, prose: &str, line: &Range<usize>) -> Sureness {
        let said = prose[line.clone()].to_lowercase();
        let has = |words: &str| said.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == words);
        let name = match owner {
            Owner::Person(name) => name,
            // A thing is named by its last word: the brass key, Tomasz’s knife.
            Owner::Thing(words) => return if words.split_whitespace().last().is_some_and(has) { Sureness::Named } else { Sureness::Read },
            Owner::Narrator(_) => return if has("i") || has("my") || has("me") { Sureness::Agreed } else { Sureness::Read },
            Owner::Scene | Owner::Stranger(_) => return Sureness::Read,
        };
        let is_named =
            self.mentions.iter().any(|mention| mention.range.start >= line.start && mention.range.end <= line.end && mention.name == *name);
        if is_named || name_words(name).iter().any(|word| has(word)) {
            return Sureness::Named;
        }
        match self.pronouns.range(line.start..line.end).next().map(|(_, subject)| subject) {
            Some(Subject::Known(known)) if known == name => Sureness::Agreed,
            Some(Subject::Known(_)) => Sureness::Contrary,
            Some(Subject::Unclear(names)) if names.first() == Some(name) => Sureness::Agreed,
            Some(Subject::Unclear(_)) | None => Sureness::Read,
        }
    }
}
