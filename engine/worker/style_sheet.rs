//! Makes the style sheet of a story from what a run has read: the cast, the facts of prose and bible, the dates of scenes.

use crate::bible::{Bible, EntryKind};
use crate::facts::timeline::Ground;
use crate::finding::{Evidence, Source};
use crate::manuscript::{Chapter, Scene, Series};
use crate::notes::people::{Owner, Sureness};
use crate::notes::{self, Fact, Standing, attribute};
use crate::report::Contents;
use crate::report::StyleSheet;
use crate::report::style_sheet::{Person, Present, SceneEntry, Statement};
use crate::script::StoryContext;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// People that are shown: who is named once in a book and has no entry is no part of its cast.
const MIN_NAMINGS: u32 = 2;
const MAX_PEOPLE: usize = 150;

/// Statements that are shown of one of them, those of the bible not counted.
const MAX_STATEMENTS: usize = 300;

/// What is noted of people for a moment, or in words too loose to be of use outside of their passage, is left out: where they are, what they carry,
/// did and know.
const SHOWN: &[&str] = &[
    "eyes", "hair", "beard", "skin", "height", "build", "face", "mark", "hand", "voice", "sense", "wound", "age", "born", "died", "title",
    "rank", "work", "home", "origin", "faith", "kin", "married", "can", "cannot", "habit", "likes", "fears",
];

/// Words beside the name that are shown.
const MAX_OTHER_NAMES: usize = 6;

/// Makes the sheet. The reader's notes are a part of it where the run has asked for them; nothing is asked of the model here.
pub(super) fn make(world: &StoryContext) -> StyleSheet {
    let reading = world.wanted_of_reader.notes.then(|| world.reading()).flatten();
    let chapters: Vec<&Chapter> = world.series.chapters().map(|chapter| &**chapter).collect();
    let whole_name = |name: &str| reading.and_then(|reading| reading.names.meant(name)).unwrap_or(name).to_string();
    let named = Named::read(&chapters, world, &whole_name);
    let mut stated = match reading {
        Some(_) => by_person(world.stated(), &world.series),
        None => by_person(&notes::sources::by_patterns(&world.series, &world.facts), &world.series),
    };
    let people: Vec<Person> = named.cast(&world.bible).into_iter().map(|name| named.person(name, &world.bible, &mut stated)).collect();
    StyleSheet {
        contents: Contents::of(&world.series),
        scenes: scenes(&chapters, world, &named, &people),
        people,
        passages_read: reading.map_or(0, |reading| reading.passages),
        passages_not_read: reading.map_or(0, |reading| reading.not_read),
    }
}

/// Who is named where.
struct Named {
    /// Name → how often each chapter names them, by its place.
    of: BTreeMap<String, Vec<u32>>,
    /// Name → the words that name them, and how often.
    words: HashMap<String, BTreeMap<String, u32>>,
    /// For each chapter, for each scene, who is named.
    in_scenes: Vec<Vec<BTreeSet<String>>>,
}

impl Named {
    fn read(chapters: &[&Chapter], world: &StoryContext, whole_name: &(dyn Fn(&str) -> String + Sync)) -> Named {
        let cast = world.facts.cast();
        let is_character = |name: &str| cast.person(name).is_none_or(|person| person.kind == EntryKind::Character);
        let of_scene = |scene: &Scene| -> Vec<(String, String)> {
            let meant = cast.mentions(scene).into_iter().filter(|mention| mention.kind == EntryKind::Character && !mention.is_ambiguous);
            let words = |range: std::ops::Range<usize>| scene.prose[range].split_whitespace().collect::<Vec<_>>().join(" ");
            meant.filter(|mention| is_character(&mention.name)).map(|mention| (whole_name(&mention.name), words(mention.range))).collect()
        };
        let read: Vec<Vec<Vec<(String, String)>>> =
            chapters.par_iter().map(|chapter| chapter.scenes.iter().map(of_scene).collect()).collect();
        let mut named = Named { of: BTreeMap::new(), words: HashMap::new(), in_scenes: Vec::new() };
        for (place, scenes) in read.into_iter().enumerate() {
            let present = |scene: &Vec<(String, String)>| scene.iter().map(|(name, _)| name.clone()).collect();
            named.in_scenes.push(scenes.iter().map(present).collect());
            for (name, words) in scenes.into_iter().flatten() {
                *named.words.entry(name.clone()).or_default().entry(words).or_default() += 1;
                named.of.entry(name).or_insert_with(|| vec![0; chapters.len()])[place] += 1;
            }
        }
        named
    }

    /// The people to show, the most named first.
    fn cast(&self, bible: &Bible) -> Vec<&str> {
        let has_entry: BTreeSet<&str> = bible.entries.iter().map(|entry| entry.name.as_str()).collect();
        let counted = self.of.iter().map(|(name, by_chapter)| (by_chapter.iter().sum::<u32>(), name.as_str()));
        let mut cast: Vec<(u32, &str)> = counted.filter(|(count, name)| *count >= MIN_NAMINGS || has_entry.contains(name)).collect();
        cast.sort_by(|(one, first), (other, second)| other.cmp(one).then_with(|| first.cmp(second)));
        cast.into_iter().take(MAX_PEOPLE).map(|(_, name)| name).collect()
    }

    fn person(&self, name: &str, bible: &Bible, stated: &mut BTreeMap<String, Vec<Statement>>) -> Person {
        let mut others: Vec<(&String, &u32)> = self.words.get(name).into_iter().flatten().filter(|(words, _)| *words != name).collect();
        others.sort_by(|(first, one), (second, other)| other.cmp(one).then_with(|| first.cmp(second)));
        let mut statements = of_bible(name, bible);
        statements.extend(stated.remove(name).unwrap_or_default());
        Person {
            name: name.to_string(),
            other_names: others.into_iter().take(MAX_OTHER_NAMES).map(|(words, _)| words.clone()).collect(),
            named_in: self.of.get(name).cloned().unwrap_or_default(),
            statements,
        }
    }
}

/// What the bible says of somebody.
fn of_bible(name: &str, bible: &Bible) -> Vec<Statement> {
    let entries = bible.entries.iter().filter(|entry| entry.name == name);
    let facts = entries.flat_map(|entry| entry.facts.iter().chain(entry.progressions.iter().flat_map(|progression| &progression.facts)));
    let statement = |fact: &crate::bible::Fact| {
        let file = bible.files.get(&fact.file)?;
        let evidence = Evidence::in_file(&fact.file, (&file.text, file.encoding), &file.line_index, fact.span, "the bible says");
        // `occupation` of the bible stands with what the prose says of their work.
        let about = attribute::by_any_name(&fact.name).map_or_else(|| fact.name.clone(), |attribute| attribute.words.to_string());
        let value = fact.value.clone();
        Some(Statement { about, value, evidence, sources: BTreeSet::from([Source::Bible]), is_speech: false })
    };
    facts.filter_map(statement).collect()
}

/// What the prose states of people, as far as it is sure whose it is: by name, each in the order of the story.
fn by_person(facts: &[Fact], series: &Series) -> BTreeMap<String, Vec<Statement>> {
    let mut people: BTreeMap<String, Vec<Statement>> = BTreeMap::new();
    let is_sure = |fact: &Fact| fact.standing != Standing::Doubtful && fact.sureness <= Sureness::Agreed;
    let is_shown = |fact: &Fact| SHOWN.contains(&fact.attribute.name) && is_sure(fact);
    for fact in facts.iter().filter(|fact| is_shown(fact)) {
        let (Owner::Person(name), Some((point, sentence))) = (&fact.owner, fact.in_prose()) else { continue };
        let Some((chapter, scene)) = series.scene(point) else { continue };
        let all = people.entry(name.clone()).or_default();
        if all.len() < MAX_STATEMENTS {
            all.push(Statement {
                about: fact.attribute.words.to_string(),
                value: fact.value.clone(),
                evidence: Evidence::in_chapter(chapter, scene.locate(sentence.clone()), ""),
                sources: fact.sources.clone(),
                is_speech: fact.standing == Standing::Said,
            });
        }
    }
    people
}

/// Every scene with its time, and who is in it at what age.
fn scenes(chapters: &[&Chapter], world: &StoryContext, named: &Named, people: &[Person]) -> Vec<SceneEntry> {
    let places: HashMap<&str, usize> = people.iter().enumerate().map(|(place, person)| (person.name.as_str(), place)).collect();
    let births: Vec<Option<&str>> = people.iter().map(birth).collect();
    let of_chapter = |(place, chapter): (usize, &&Chapter)| {
        let entry = |scene: &Scene| {
            let time = world.story_time(scene.point);
            let date = time.and_then(|time| time.date);
            let age = |person: usize| Some(world.calendar.age_on(births[person]?, date?)).flatten().map(|age| (age.least, age.most));
            let names = named.in_scenes[place].get(scene.number - 1);
            let present: BTreeSet<usize> = names.into_iter().flatten().filter_map(|name| places.get(name.as_str()).copied()).collect();
            SceneEntry {
                chapter: place,
                number: scene.number,
                date: world.story_date(scene.point),
                is_counted: time.is_some_and(|time| time.ground == Ground::Counted),
                time: time.and_then(|time| time.time.clone()).unwrap_or_default(),
                location: chapter.front_matter.location.clone().unwrap_or_default(),
                people: present.into_iter().map(|person| Present { person, age: age(person) }).collect(),
            }
        };
        chapter.scenes.iter().map(entry).collect::<Vec<_>>()
    };
    chapters.iter().enumerate().flat_map(of_chapter).collect()
}

/// When somebody was born, by the bible.
fn birth(person: &Person) -> Option<&str> {
    let is_birth = |statement: &&Statement| statement.sources.contains(&Source::Bible) && statement.about == "birth";
    person.statements.iter().find(is_birth).map(|statement| statement.value.as_str())
}
