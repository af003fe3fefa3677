//! Who is named: the bible's names first, then names learnt from the prose, with their spellings grouped into people.

mod learn;

use super::calendar::Calendar;
use super::given_names::{self, Gender};
use super::lexicon::{self, FEMALE_TITLES, MALE_TITLES, NO_NAMES, RANKS};
use super::tokens::{TokenRange, Tokens};
use crate::bible::{Bible, EntryKind, NameIndex};
use crate::manuscript::{Scene, Series};
use learn::{Learnt, Tally, learn_scene};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

/// A name in a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Byte range of the scene's prose, without a possessive ending.
    pub range: Range<usize>,
    /// The bible's name where it knows the alias, else the fullest form of the name in the prose.
    pub name: String,
    pub kind: EntryKind,
    /// More than one person may be meant.
    pub is_ambiguous: bool,
}

/// Someone or something with a name.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    pub kind: EntryKind,
    pub in_bible: bool,
    pub gender: Option<Gender>,
    /// How often the person is named in the series.
    pub count: usize,
    /// In how many chapters.
    pub chapters: usize,
}

/// All names of a series.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    people: Vec<Person>,
    index: NameIndex,
    by_name: HashMap<String, usize>,
    /// For each word of a person's name, the people it may mean.
    by_word: HashMap<String, Vec<usize>>,
    /// For each whole name as written, without title, the person.
    by_core: HashMap<String, usize>,
    /// How often each name word stands in the series, as written.
    pub(super) spellings: BTreeMap<String, usize>,
    /// How often each of those words stands there without a capital.
    pub(super) lower: HashMap<String, usize>,
}

/// A run of capitalised words: a title, if it has one, and the name itself.
struct Run {
    tokens: TokenRange,
    core: TokenRange,
    title: Option<usize>,
    /// The first word stands where any word has a capital.
    is_initial: bool,
}

impl Cast {
    /// Learns who is named in the series.
    pub fn read(series: &Series, bible: &Bible) -> Cast {
        let scenes: Vec<&Scene> = series.chapters().flat_map(|chapter| &chapter.scenes).collect();
        Cast::of_scenes(scenes.into_par_iter(), bible, &Calendar::default())
    }

    /// As [`Cast::read`], of the scenes of a series. The names of an author's own months and days name nobody.
    pub(super) fn of_scenes<'a>(scenes: impl ParallelIterator<Item = &'a Scene>, bible: &Bible, calendar: &Calendar) -> Cast {
        let learn = |learnt: Learnt, scene: &Scene| learn_scene(learnt, scene, &Tokens::of(scene));
        let all = scenes.fold(Learnt::default, learn).reduce(Learnt::default, Learnt::merge);
        let mut cast = Cast { index: bible.names.clone(), ..Cast::default() };
        cast.count_spellings(&all);
        let names = all.names.into_iter().filter(|(name, tally)| is_name(name, tally, &all.lower) && !calendar.is_own_name(name)).collect();
        cast.lower = all.lower;
        cast.add_bible(bible);
        cast.add_learnt(names);
        cast
    }

    /// Everyone and every place that is named, the bible's first.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The person of a name as mentions give it.
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.by_name.get(name).map(|index| &self.people[*index])
    }

    /// Whether a word is part of a person's name.
    pub(super) fn names_person(&self, word: &str) -> bool {
        self.by_word.contains_key(word)
    }

    /// Whether a person is a he or a she, when the bible, a title or the prose tells.
    pub fn gender(&self, name: &str) -> Option<Gender> {
        self.person(name)?.gender
    }

    /// The names in a scene, in order, not overlapping.
    pub fn mentions(&self, scene: &Scene) -> Vec<Mention> {
        self.mentions_in(scene, &Tokens::of(scene))
    }

    /// All entries of the bible that names in a text can mean.
    pub(super) fn bible_names(&self, text: &str) -> BTreeSet<String> {
        self.index.find(text).into_iter().flat_map(|found| found.names).collect()
    }

    pub(super) fn mentions_in(&self, scene: &Scene, tokens: &Tokens) -> Vec<Mention> {
        let mut mentions: Vec<Mention> = Vec::new();
        for found in self.index.find(&scene.prose) {
            let is_ambiguous = found.names.len() > 1;
            let name = found.names.into_iter().next().unwrap_or_default();
            mentions.push(Mention { range: found.range, name, kind: found.kind, is_ambiguous });
        }
        let known: Vec<Range<usize>> = mentions.iter().map(|mention| mention.range.clone()).collect();
        for run in runs(tokens) {
            let range = tokens.bytes(run.tokens);
            let next = known.partition_point(|other| other.end <= range.start);
            if known.get(next).is_some_and(|other| other.start < range.end) {
                continue;
            }
            mentions.extend(self.resolve(scene, tokens, &run));
        }
        mentions.sort_by_key(|mention| mention.range.start);
        mentions
    }

    /// The person a run of capitalised words means, shortened by words that only begin a sentence.
    fn resolve(&self, scene: &Scene, tokens: &Tokens, run: &Run) -> Option<Mention> {
        let title = run.title.map(|title| tokens.word(title));
        for start in run.core {
            for end in (start + 1..=run.core.end).rev() {
                let range = tokens.bytes(TokenRange::new(start..end));
                let core = &scene.prose[range.clone()];
                let whole = start == run.core.start;
                let Some((person, is_ambiguous)) = self.person_of(core, title.filter(|_| whole)) else { continue };
                let from = if whole { run.tokens.start } else { start };
                let person = &self.people[person];
                let range = tokens.bytes(TokenRange::new(from..end));
                return Some(Mention { range, name: person.name.clone(), kind: person.kind, is_ambiguous });
            }
        }
        None
    }

    fn person_of(&self, core: &str, title: Option<&str>) -> Option<(usize, bool)> {
        let title_gender = title.and_then(title_gender);
        let fits = |person: &&usize| match (title_gender, self.people[**person].gender) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        if let Some(title) = title
            && let Some(person) = self.by_core.get(&format!("{title} {core}"))
        {
            return Some((*person, false));
        }
        if let Some(people) = self.by_word.get(core) {
            let fitting: Vec<usize> = people.iter().filter(fits).copied().collect();
            let own = self.by_core.get(core).copied().filter(|person| fits(&person));
            return match (fitting.as_slice(), own) {
                ([], _) => None,
                ([only], _) => Some((*only, false)),
                (_, Some(own)) => Some((own, true)),
                (many, None) => Some((many[0], true)),
            };
        }
        self.by_core.get(core).map(|person| (*person, false))
    }

    fn add_bible(&mut self, bible: &Bible) {
        for entry in &bible.entries {
            if self.by_name.contains_key(&entry.name) {
                continue;
            }
            let index = self.people.len();
            let by_name = || if entry.kind == EntryKind::Character { given_names::gender(&entry.name) } else { None };
            let gender = bible_gender(entry).or_else(by_name);
            let (kind, name) = (entry.kind, entry.name.clone());
            self.people.push(Person { name: name.clone(), kind, in_bible: true, gender, count: 0, chapters: 0 });
            self.by_name.insert(name, index);
            for spelling in std::iter::once(&entry.name).chain(&entry.aliases) {
                self.by_core.entry(spelling.clone()).or_insert(index);
                if entry.kind == EntryKind::Character {
                    self.add_words(spelling, index);
                }
            }
        }
    }

    fn add_words(&mut self, name: &str, person: usize) {
        for word in name.split(' ').filter(|word| word.starts_with(char::is_uppercase) && !is_title(&word.to_lowercase())) {
            let people = self.by_word.entry(word.to_string()).or_default();
            if !people.contains(&person) {
                people.push(person);
            }
        }
    }

    /// Full names become people, longest first; single names join the only person who bears them.
    fn add_learnt(&mut self, names: Vec<(String, Tally)>) {
        let (mut full, single): (Vec<_>, Vec<_>) = names.into_iter().partition(|(name, _)| name.contains(' '));
        full.sort_by_key(|(name, _)| std::cmp::Reverse(name.split(' ').count()));
        let acting: BTreeSet<String> = single.iter().filter(|(_, tally)| tally.is_person()).map(|(name, _)| name.clone()).collect();
        for (name, mut tally) in full {
            let words: Vec<&str> = name.split(' ').collect();
            // Jim Hawkins is a person when Jim or Hawkins acts, though the whole name stands only in lists.
            if !tally.is_person() && tally.places * 2 <= tally.count && words.iter().any(|word| acting.contains(*word)) {
                tally.acts += tally.places + 1;
            }
            if let Some(known) = self.by_core.get(&name).copied() {
                self.join(known, &name, &tally);
                continue;
            }
            let mut bearers = self.bearers(&words);
            if bearers.is_empty() {
                bearers = self.bearers_of_short_form(&words);
            }
            match bearers.as_slice() {
                [only] => self.join(*only, &name, &tally),
                _ => self.add_person(&name, &tally),
            }
        }
        for (name, tally) in single {
            if let Some(known) = self.by_core.get(&name).copied() {
                self.join(known, &name, &tally);
                continue;
            }
            let bearers = self.by_word.get(&name).cloned().unwrap_or_default();
            match bearers.as_slice() {
                [only] if !self.clashes(*only, &tally) => self.join(*only, &name, &tally),
                _ => self.add_single(&name, &tally),
            }
        }
    }

    /// The people whose names hold all these words.
    fn bearers(&self, words: &[&str]) -> Vec<usize> {
        let Some(first) = words.first().and_then(|word| self.by_word.get(*word)) else { return Vec::new() };
        let bears = |person: &&usize| words.iter().all(|word| self.by_word.get(*word).is_some_and(|people| people.contains(person)));
        first.iter().filter(bears).copied().collect()
    }

    /// The people of a family name whose given name the first word is short for: Tom Redruth, where there is a Thomas Redruth.
    fn bearers_of_short_form(&self, words: &[&str]) -> Vec<usize> {
        let [given, .., family] = words else { return Vec::new() };
        let Some(people) = self.by_word.get(*family) else { return Vec::new() };
        let is_short = |person: &&usize| {
            let mut own = self.people[**person].name.split(' ').filter(|word| !is_title(&word.to_lowercase()));
            own.next().is_some_and(|own| given_names::is_short_for(given, own))
        };
        people.iter().filter(is_short).copied().collect()
    }

    fn clashes(&self, person: usize, tally: &Tally) -> bool {
        match self.people[person].gender {
            Some(Gender::Male) => tally.female_title > 0,
            Some(Gender::Female) => tally.male_title > 0,
            None => tally.male_title > 0 && tally.female_title > 0,
        }
    }

    fn join(&mut self, person: usize, name: &str, tally: &Tally) {
        self.by_core.entry(name.to_string()).or_insert(person);
        let person = &mut self.people[person];
        person.count += tally.count;
        person.chapters = person.chapters.max(tally.chapters.len());
        person.gender = person.gender.or(tally.gender(name));
        if !person.in_bible && person.kind != EntryKind::Character && tally.is_person() {
            person.kind = EntryKind::Character;
        }
    }

    fn add_person(&mut self, name: &str, tally: &Tally) {
        let index = self.people.len();
        let kind = if tally.is_person() { EntryKind::Character } else { place_or_object(tally) };
        let (count, chapters) = (tally.count, tally.chapters.len());
        self.people.push(Person { name: name.to_string(), kind, in_bible: false, gender: tally.gender(name), count, chapters });
        self.by_name.insert(name.to_string(), index);
        self.by_core.insert(name.to_string(), index);
        if kind == EntryKind::Character {
            self.add_words(name, index);
        }
    }

    /// A single name no one person bears: `Mr Pell` and `Mrs Pell` are two.
    fn add_single(&mut self, name: &str, tally: &Tally) {
        if tally.male_title > 0 && tally.female_title > 0 {
            for (title, count) in &tally.titles {
                let gender = title_gender(title);
                let titled = Tally { count: *count, chapters: tally.chapters.clone(), acts: 1, ..Tally::default() };
                let before = self.people.len();
                self.add_person(&format!("{} {name}", capitalised(title)), &titled);
                self.people[before].gender = gender;
                self.by_core.insert(format!("{title} {name}"), before);
            }
            return;
        }
        let title = tally.titles.iter().max_by_key(|(_, count)| **count).filter(|(_, count)| **count * 2 > tally.count);
        let shown = title.map_or(name.to_string(), |(title, _)| format!("{} {name}", capitalised(title)));
        if let Some(known) = self.by_core.get(&shown).copied() {
            self.join(known, name, tally);
            return;
        }
        let is_of_bible = self.by_word.get(name).is_some_and(|people| people.iter().any(|person| self.people[*person].in_bible));
        let index = self.people.len();
        self.add_person(&shown, tally);
        self.people[index].in_bible = is_of_bible;
        self.by_core.insert(name.to_string(), index);
    }

    fn count_spellings(&mut self, learnt: &Learnt) {
        for (name, tally) in &learnt.names {
            for word in name.split(' ') {
                *self.spellings.entry(word.to_string()).or_default() += tally.count;
            }
        }
    }
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

fn place_or_object(tally: &Tally) -> EntryKind {
    if tally.places > 0 && tally.articles * 2 <= tally.count { EntryKind::Place } else { EntryKind::Object }
}

/// Whether capitalised words that were met are a name, and not words that began a sentence.
fn is_name(name: &str, tally: &Tally, lower: &HashMap<String, usize>) -> bool {
    if tally.inside == 0 {
        // At the beginning of a sentence every word has a capital; but one that does something there, and is never written small, is a name.
        return tally.is_person() && name.split(' ').all(|word| !lower.contains_key(&word.to_lowercase()));
    }
    let is_common = |word: &str| lower.get(&word.to_lowercase()).copied().unwrap_or(0) > tally.inside;
    if name.contains(' ') { !name.split(' ').all(is_common) } else { !is_common(name) }
}

fn is_title(word: &str) -> bool {
    MALE_TITLES.has(word) || FEMALE_TITLES.has(word) || RANKS.has(word)
}

/// The gender a form of address tells.
pub(super) fn title_gender(title: &str) -> Option<Gender> {
    if MALE_TITLES.has(title) {
        Some(Gender::Male)
    } else if FEMALE_TITLES.has(title) {
        Some(Gender::Female)
    } else {
        None
    }
}

/// What a bible entry says of its gender, by a fact or by what it is to others.
fn bible_gender(entry: &crate::bible::Entry) -> Option<Gender> {
    let of_word = |word: &str| match word {
        "male" | "man" | "he" | "m" | "boy" => Some(Gender::Male),
        "female" | "woman" | "she" | "f" | "girl" => Some(Gender::Female),
        _ => lexicon::kin(word)?.gender.map(|is_male| if is_male { Gender::Male } else { Gender::Female }),
    };
    let facts = entry.facts.iter().filter(|fact| matches!(fact.name.to_lowercase().as_str(), "gender" | "sex" | "pronouns"));
    let told = facts.filter_map(|fact| of_word(fact.value.to_lowercase().split(['/', ' ']).next().unwrap_or_default())).next();
    let by_title = || {
        let spellings = std::iter::once(&entry.name).chain(&entry.aliases);
        spellings.filter_map(|name| title_gender(&name.split([' ', '.']).next().unwrap_or_default().to_lowercase())).next()
    };
    told.or_else(by_title).or_else(|| entry.relations.iter().find_map(|relation| of_word(&relation.is.to_lowercase())))
}

/// The runs of capitalised words of a scene that may be names.
fn runs(tokens: &Tokens) -> impl Iterator<Item = Run> {
    let mut position = 0;
    std::iter::from_fn(move || {
        while position < tokens.all.len() {
            let start = position;
            position += 1;
            if !tokens.is_capital(start) {
                continue;
            }
            let end = run_end(tokens, start);
            position = end;
            if let Some(run) = trim(tokens, TokenRange::new(start..end)) {
                return Some(run);
            }
        }
        None
    })
}

fn run_end(tokens: &Tokens, start: usize) -> usize {
    let mut end = start + 1;
    let sentence_end = tokens.sentence(start).end;
    while end < sentence_end && tokens.touches_next(end - 1) {
        let word = tokens.word(end);
        let previous = tokens.word(end - 1);
        let continues = if tokens.is_word(end) {
            tokens.is_capital(end) || (matches!(word, "de" | "van" | "von" | "du" | "la" | "le") && tokens.is_capital(end + 1))
        } else {
            word == "." && (previous.chars().count() == 1 || is_title(previous)) && tokens.is_capital(end + 1)
        };
        if !continues {
            break;
        }
        end += 1;
    }
    while end > start + 1 && !tokens.is_capital(end - 1) {
        end -= 1;
    }
    end
}

/// Takes off words that only begin the sentence or never name anyone, and parts the title from the name.
fn trim(tokens: &Tokens, run: TokenRange) -> Option<Run> {
    let is_initial = begins_sentence(tokens, run.start);
    let (mut start, mut end) = (run.start, run.end);
    let is_shouted = |index: usize| tokens.range(index).len() > 1 && tokens.is_shouted(index);
    while start < end && (is_noise(tokens, start) && !is_title(tokens.word(start)) || is_shouted(start)) {
        start += 1;
    }
    // St. Just ends in a word that elsewhere is none of a name's.
    let follows_dot = |index: usize| index > start + 1 && tokens.word(index - 1) == "." && tokens.is_word(index);
    let mut core = start;
    while core < end && (!tokens.is_word(core) || is_title(tokens.word(core))) {
        core += 1;
    }
    while end > core && (is_noise(tokens, end - 1) && !follows_dot(end - 1) || is_shouted(end - 1)) {
        end -= 1;
    }
    if core >= end || end - core > 4 || tokens.range(core).len() < 2 {
        return None;
    }
    let title = (start..core).find(|index| title_gender(tokens.word(*index)).is_some() || RANKS.has(tokens.word(*index)));
    Some(Run { tokens: TokenRange::new(start..end), core: TokenRange::new(core..end), title, is_initial: is_initial && core == run.start })
}

fn is_noise(tokens: &Tokens, index: usize) -> bool {
    let word = tokens.word(index);
    !tokens.is_word(index) || NO_NAMES.has(word) || word.contains(['\'', '’']) && !word.starts_with("o'") && !word.starts_with("o’")
}

/// Whether any word would have a capital here: at the beginning of a sentence or of speech.
fn begins_sentence(tokens: &Tokens, index: usize) -> bool {
    let mut before = index;
    let first = tokens.sentence(index).start;
    while before > first {
        before -= 1;
        if tokens.is_word(before) || tokens.is_possessive(before) {
            return false;
        }
        if !matches!(tokens.word(before), "," | "(" | "-") {
            return true;
        }
    }
    true
}
