//! Whose a note is: the reader's subject, as the person or thing of the book that it means, and how sure that is.

use super::note::Note;
use crate::bible::EntryKind;
use crate::facts::{Cast, Gender, Mention, Pronoun, Speech, Subject, lexicon, pronouns, speeches};
use crate::manuscript::{Chapter, Scene};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most people that the reader is told of.
pub(super) const MAX_PEOPLE: usize = 8;

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
    /// The words around it seem to mean somebody else.
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
    /// By name.
    people: BTreeMap<String, Known>,
    /// Whom a rank or an office means by itself, where one person of the book has it: the colonel.
    titles: BTreeMap<String, Option<String>>,
}

/// A name, and whom it means.
#[derive(Clone, Debug)]
struct Known {
    /// Folded, without titles.
    words: Vec<String>,
    /// The fullest name of the same person: Rosalind is Rosalind Achebe-Moore where nobody else is called Rosalind.
    person: String,
}

/// Whether a word stands before a name and is no part of it.
fn is_title(word: &str) -> bool {
    word == "the" || lexicon::MALE_TITLES.has(word) || lexicon::FEMALE_TITLES.has(word) || lexicon::RANKS.has(word)
}

/// Whether a word is a rank or an office that its holder is called by: the count, the inspector. Earl and Dean are first names as well.
fn is_office(word: &str) -> bool {
    const OFFICES: &[&str] =
        &["count", "countess", "duchess", "baron", "baroness", "viscount", "marquis", "princess", "queen", "emperor", "squire", "sultan"];
    const OTHERWISE: &[&str] = &[
        "cousin", "old", "young", "poor", "little", "dear", "saint", "st", "officer", "mate", "lt", "col", "gen", "sgt", "dr", "prof",
        "rev", "dean",
    ];
    OFFICES.contains(&word) || lexicon::RANKS.has(word) && !OTHERWISE.contains(&word)
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
    /// The people of a cast, and those whom the reader calls by a name that the cast does not have, or does not know for a person's: whoever
    /// cannot swim is one, unless the bible says otherwise.
    pub fn of<'a>(cast: &'a Cast, notes: impl Iterator<Item = &'a Note>) -> Names {
        let notes: Vec<&Note> = notes.collect();
        let in_cast = cast.people().iter().filter(|person| person.kind == EntryKind::Character).map(|person| person.name.as_str());
        let others = cast.people().iter().filter(|person| person.kind != EntryKind::Character);
        let others: BTreeMap<&str, bool> = others.map(|person| (person.name.as_str(), person.in_bible)).collect();
        let is_person = |note: &&&Note| {
            let subject = note.subject.as_str();
            is_name(subject) && others.get(subject).is_none_or(|in_bible| !in_bible && note.attribute.is_personal())
        };
        let named_by_reader = notes.iter().filter(is_person).map(|note| note.subject.as_str());
        let mut known: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for name in in_cast.chain(named_by_reader.collect::<BTreeSet<&str>>()) {
            // Dr Vogel is Dr. Vogel.
            if *seen.entry(name.replace('.', "")).or_insert(name) != name {
                continue;
            }
            known.entry(name).or_insert_with(|| name_words(name));
        }
        known.retain(|_, words| !words.is_empty());
        let person = |name: &str, words: &Vec<String>| {
            let is_fuller = |(_, other): &(&&str, &Vec<String>)| other.len() > words.len() && words.iter().all(|word| other.contains(word));
            let fuller: Vec<&str> = known.iter().filter(is_fuller).map(|(name, _)| *name).collect();
            // All of them are one person if the fullest has the words of each.
            let fullest = fuller.iter().copied().max_by_key(|name| known[*name].len())?;
            let is_one = fuller.iter().all(|other| known[*other].iter().all(|word| known[fullest].contains(word)));
            (is_one && !is_of_another_gender(cast, name, fullest)).then(|| fullest.to_string())
        };
        // Little Dessie is Dessie, and Captain Roth is Roth; whether Mrs. Roth is, only her gender tells.
        let without_title = |name: &str, words: &Vec<String>| {
            // Old Hale and young Hale are two.
            let tells_apart =
                |word: &str| matches!(word.to_lowercase().as_str(), "old" | "young" | "elder" | "younger" | "senior" | "junior");
            if name.split_whitespace().any(tells_apart) {
                return None;
            }
            let is_same = |(other, others): &(&&str, &Vec<String>)| {
                words == *others
                    && **other != name
                    && cast.gender(other).is_some_and(|gender| title_gender(name).is_none_or(|told| told == gender))
            };
            let mut same = known.iter().filter(is_same).filter(|(other, _)| other.len() < name.len());
            let first = same.next()?;
            same.next().is_none().then_some((*first.0, first.1))
        };
        let people = known
            .iter()
            .map(|(name, words)| {
                let (name_alone, words_alone) = without_title(name, words).unwrap_or((*name, words));
                let person = person(name_alone, words_alone).unwrap_or_else(|| name_alone.to_string());
                ((*name).to_string(), Known { words: words.clone(), person })
            })
            .collect();
        let mut names = Names { people, titles: BTreeMap::new() };
        names.titles = names.titled(&notes);
        names
    }

    /// The ranks and offices that stand before names, or that the reader notes of somebody, each with the one person who has it.
    fn titled(&self, notes: &[&Note]) -> BTreeMap<String, Option<String>> {
        let before_names = self.people.keys().filter_map(|name| name.split_once(' ').map(|(title, _)| (title, name.as_str())));
        let noted = notes.iter().filter(|note| matches!(note.attribute.name, "rank" | "title"));
        let noted = noted.map(|note| (note.value.as_str(), note.subject.as_str()));
        let mut titles: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (title, name) in before_names.chain(noted) {
            let title = title.trim_end_matches('.').to_lowercase();
            let Some(person) = self.meant(name).filter(|_| is_office(&title)) else { continue };
            let held = titles.entry(title).or_insert_with(|| Some(person.to_string()));
            if held.as_deref() != Some(person) {
                *held = None;
            }
        }
        titles
    }

    /// Whether a line in small letters has the rank or the office of a person by itself.
    fn is_titled(&self, person: &str, line: &str) -> bool {
        let words: Vec<&str> = line.split(|letter: char| !letter.is_alphanumeric()).collect();
        let is_of = |title: &str| self.titles.get(title).and_then(Option::as_deref) == Some(person);
        words.windows(2).any(|pair| pair[0] == "the" && is_of(pair[1]))
    }

    /// Whom a rank or an office means by itself: the colonel.
    fn by_title(&self, words: &str) -> Option<&str> {
        self.titles.get(without_article(&words.to_lowercase()).as_str())?.as_deref()
    }

    /// Whether a name means this person.
    pub fn is(&self, name: &str, person: &str) -> bool {
        name == person || self.meant(name) == Some(person)
    }

    /// The one person whom words name, by the fullest name; nothing when nobody or several are.
    pub fn meant(&self, subject: &str) -> Option<&str> {
        if let Some(known) = self.people.get(subject) {
            return Some(&known.person);
        }
        let words = name_words(subject);
        if words.is_empty() || !subject.chars().any(char::is_uppercase) {
            return None;
        }
        // The Marlowes are the people of one of them.
        let one_of: Vec<String> = words.iter().map(|word| word.strip_suffix('s').unwrap_or(word).to_string()).collect();
        let gender = title_gender(subject);
        let same = |words: &Vec<String>| {
            let same = || self.people.iter().filter(|(_, known)| known.words == *words).map(|(name, known)| (title_gender(name), known));
            let by_title = same().find(|(title, _)| *title == gender);
            by_title.or_else(|| same().find(|(title, _)| title.is_none())).map(|(_, known)| known)
        };
        if let Some(known) = same(&words).or_else(|| same(&one_of)) {
            return Some(&known.person);
        }
        let fits =
            |known: &&Known| words.iter().all(|word| known.words.contains(word)) || known.words.iter().all(|word| words.contains(word));
        let fitting: BTreeSet<&str> = self.people.values().filter(fits).map(|known| known.person.as_str()).collect();
        let mut fitting = fitting.into_iter();
        let first = fitting.next()?;
        fitting.next().is_none().then_some(first)
    }
}

/// Whether a title before a name is a man's or a woman's.
fn title_gender(name: &str) -> Option<Gender> {
    let mut titles = name.split_whitespace().map(|word| word.trim_end_matches('.').to_lowercase());
    titles.find_map(|word| match (lexicon::MALE_TITLES.has(&word), lexicon::FEMALE_TITLES.has(&word)) {
        (true, false) => Some(Gender::Male),
        (false, true) => Some(Gender::Female),
        _ => None,
    })
}

/// Whether two names surely are a man's and a woman's.
fn is_of_another_gender(cast: &Cast, one: &str, other: &str) -> bool {
    match (cast.gender(one), cast.gender(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

/// Whether words are somebody's name: all of them begin with a capital, and none is a noun for people.
fn is_name(words: &str) -> bool {
    let has_capital = |word: &str| word.starts_with(char::is_uppercase);
    let is_noun = |word: &str| is_person_noun(&word.to_lowercase());
    !words.is_empty() && words.split_whitespace().all(|word| has_capital(word) && !is_noun(word)) && !words.contains(['\'', '’'])
}

/// Whose, and what, where words say so: Nora's mother, the Sorensens' bungalow.
pub(super) fn possession(words: &str) -> Option<(&str, &str)> {
    let of_one = || words.split_once("'s ").or_else(|| words.split_once("’s "));
    let of_several = |mark| words.find(mark).map(|place| (&words[..=place], words[place + 1..].trim_start_matches(['\'', '’', ' '])));
    of_one().or_else(|| of_several("s' ")).or_else(|| of_several("s’ "))
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
    if let Some((holder, what)) = possession(subject) {
        let whose = owner_of(holder, names, book);
        let what_lower = what.to_lowercase();
        // The church's tower is the church tower.
        if let (Owner::Thing(holder), true) = (&whose, lower.starts_with("the ")) {
            return Owner::Thing(format!("{holder} {}", without_article(&what_lower)));
        }
        let holder = match whose {
            Owner::Person(name) => name,
            Owner::Narrator(book) => format!("narrator {book}"),
            Owner::Scene | Owner::Thing(_) | Owner::Stranger(_) => holder.to_string(),
        };
        let what = as_compound(&what_lower).unwrap_or_else(|| without_article(&what_lower));
        return Owner::Thing(format!("{}'s {what}", holder.to_lowercase()));
    }
    // Joan of Arc is nobody's Joan.
    let is_known = names.people.contains_key(subject) || subject.starts_with(char::is_uppercase) && !lower.starts_with("the ");
    if let Some(thing) = as_compound(&lower).filter(|thing| !is_known && !thing.split(' ').any(is_person_noun)) {
        return Owner::Thing(thing);
    }
    // Thornbury to Exeter is a way, whatever people are called.
    if lower.contains(" to ") {
        return Owner::Thing(without_article(&lower));
    }
    if let Some(name) = names.meant(subject) {
        return Owner::Person(name.to_string());
    }
    if is_name(subject) {
        return Owner::Person(subject.to_string());
    }
    if let Some(name) = names.by_title(subject).filter(|_| lower.starts_with("the ")) {
        return Owner::Person(name.to_string());
    }
    let bare = without_article(&lower);
    if bare.split_whitespace().any(is_person_noun) { Owner::Stranger(bare) } else { Owner::Thing(bare) }
}

/// The key to the cellar and the door of the vault as the cellar key and the vault door; nothing of other words.
fn as_compound(words: &str) -> Option<String> {
    let (noun, of) = words.split_once(" to the ").or_else(|| words.split_once(" of "))?;
    let is_short = |words: &str| !words.is_empty() && words.split(' ').count() <= 3 && !words.contains(" of ") && !words.contains(" to ");
    let (noun, of) = (without_article(noun), without_article(of));
    (is_short(&noun) && is_short(&of)).then(|| format!("{of} {noun}"))
}

pub(super) fn without_article(words: &str) -> String {
    let articles = ["the ", "a ", "an ", "his ", "her ", "their ", "its ", "my ", "our "];
    articles.iter().find_map(|article| words.strip_prefix(article)).unwrap_or(words).to_string()
}

/// A scene with what is needed to tell whose its notes are.
pub struct Ground {
    mentions: Vec<Mention>,
    /// For the sentences of the scene, whom their first pronoun means by the words around it.
    pronouns: BTreeMap<usize, Pronoun>,
    speeches: Vec<Speech>,
}

impl Ground {
    /// Reads a scene.
    pub fn new(chapter: &Chapter, scene: &Scene, cast: &Cast) -> Ground {
        Ground { mentions: cast.mentions(scene), pronouns: pronouns(chapter, scene, cast), speeches: speeches(scene, cast) }
    }

    /// Whether a line has no speech in it.
    pub fn is_narration(&self, line: &Range<usize>) -> bool {
        let next = self.speeches.partition_point(|speech| speech.range.end <= line.start);
        self.speeches.get(next).is_none_or(|speech| speech.range.start >= line.end)
    }

    /// Whether a person is named at a byte of a line.
    pub fn is_named_at(&self, at: usize, person: &str, prose: &str, line: &Range<usize>, names: &Names) -> bool {
        self.named(person, prose, line, names).iter().any(|range| range.contains(&at))
    }

    /// Whether a line says of something that it is a person's: Abara's ring.
    pub fn is_possessor(&self, person: &str, prose: &str, line: &Range<usize>, names: &Names) -> bool {
        self.named(person, prose, line, names).iter().any(|range| prose[range.end..].starts_with(['\'', '’']))
    }

    /// Whether a line names this person and nobody else.
    pub fn is_only_one(&self, person: &str, prose: &str, line: &Range<usize>, names: &Names) -> bool {
        let mut others = self.mentioned(line).filter(|mention| mention.kind == EntryKind::Character && !names.is(&mention.name, person));
        others.next().is_none() && !self.named(person, prose, line, names).is_empty()
    }

    /// Where a line names a person: as the cast has it, or, of somebody who is named too seldom for it, by the last word of the name; Tom Frost is
    /// not Nadia Frost.
    fn named(&self, person: &str, prose: &str, line: &Range<usize>, names: &Names) -> Vec<Range<usize>> {
        let own = |mention: &&Mention| names.is(&mention.name, person);
        let found: Vec<Range<usize>> = self.mentioned(line).filter(own).map(|mention| mention.range.clone()).collect();
        if !found.is_empty() {
            return found;
        }
        let parts: Vec<&str> = person.split(' ').collect();
        let Some(last) = parts.last().filter(|last| !last.is_empty()) else { return found };
        let text = &prose[line.clone()];
        let is_inside = |letter: char| letter.is_alphanumeric() || letter == '-';
        let is_whole = |at: usize| !text[..at].ends_with(is_inside) && !text[at + last.len()..].starts_with(is_inside);
        let of_another = |at: usize| {
            let before = text[..at].trim_end().rsplit(|letter: char| !is_inside(letter)).next().unwrap_or_default();
            let is_first = text[..at].trim_end().len() == before.len();
            let is_name = before.starts_with(char::is_uppercase) && !parts.contains(&before) && !is_title(&before.to_lowercase());
            // The first word of a sentence has a capital anyway; before a name of one word it need not be part of it.
            is_name && (!is_first || parts.len() > 1)
        };
        let places = text.match_indices(last).map(|(at, _)| at).filter(|at| is_whole(*at) && !of_another(*at));
        places.map(|at| line.start + at..line.start + at + last.len()).collect()
    }

    /// Whether a bare pronoun of a line most likely means a person: by the words around it, or because nobody else is named beside it.
    pub fn may_mean(&self, pronoun: &str, person: &str, prose: &str, line: &Range<usize>, names: &Names) -> bool {
        let owner = Owner::Person(person.to_string());
        if self.meant_by(pronoun, line, names).as_ref() == Some(&owner) {
            return true;
        }
        let first = self.pronouns.range(line.start..line.end).next().map(|(_, pronoun)| &pronoun.subject);
        !matches!(first, Some(Subject::Known(_))) && self.is_only_one(person, prose, line, names)
    }

    fn mentioned(&self, line: &Range<usize>) -> impl Iterator<Item = &Mention> {
        self.mentions.iter().filter(|mention| mention.range.start >= line.start && mention.range.end <= line.end)
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

    /// Whom the reader means by a bare “he” or “she”: the person whom the line's first pronoun means by the words around it, if it is that one.
    pub fn meant_by(&self, pronoun: &str, line: &Range<usize>, names: &Names) -> Option<Owner> {
        let gender = match pronoun {
            "he" => Gender::Male,
            "she" => Gender::Female,
            _ => return None,
        };
        let (_, first) = self.pronouns.range(line.start..line.end).next()?;
        match &first.subject {
            Subject::Known(name) if first.gender == Some(gender) => Some(Owner::Person(names.meant(name).unwrap_or(name).to_string())),
            Subject::Known(_) | Subject::Unclear(_) => None,
        }
    }

    /// How sure it is that a line of the scene is about an owner.
    pub fn sureness(&self, owner: &Owner, prose: &str, line: &Range<usize>, names: &Names) -> Sureness {
        let said = prose[line.clone()].to_lowercase();
        let has = |words: &str| said.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == words);
        let name = match owner {
            Owner::Person(name) => name,
            // A thing is named by its last word: the brass key, Tomasz’s knife.
            Owner::Thing(words) => return if words.split_whitespace().last().is_some_and(has) { Sureness::Named } else { Sureness::Read },
            Owner::Narrator(_) => return if has("i") || has("my") || has("me") { Sureness::Agreed } else { Sureness::Read },
            Owner::Scene | Owner::Stranger(_) => return Sureness::Read,
        };
        let is_named = self
            .mentions
            .iter()
            .any(|mention| mention.range.start >= line.start && mention.range.end <= line.end && names.is(&mention.name, name));
        if is_named || name_words(name).iter().any(|word| has(word)) {
            return Sureness::Named;
        }
        match self.pronouns.range(line.start..line.end).next().map(|(_, pronoun)| &pronoun.subject) {
            Some(Subject::Known(known)) if names.is(known, name) => Sureness::Agreed,
            Some(Subject::Known(_)) => Sureness::Contrary,
            Some(Subject::Unclear(likely)) if likely.first().is_some_and(|first| names.is(first, name)) => Sureness::Agreed,
            // The colonel is Colonel Dace where nobody else is one, and the scene speaks of Dace.
            Some(Subject::Unclear(_)) | None if names.is_titled(name, &said) && self.mentions.iter().any(|it| names.is(&it.name, name)) => {
                Sureness::Agreed
            }
            Some(Subject::Unclear(_)) | None => Sureness::Read,
        }
    }
}
