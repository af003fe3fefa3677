//! What an edit took away, and the later passages that rested on it: the passage that named the inn is gone, and chapter nine still has it.
//!
//! The text as it was before is read by the same code as the text of now, so that nothing seems changed but what the author changed. What is
//! told again at or before the place where it was told is not gone, wherever the author moved it.

mod removed;
mod things;

use super::calendar::Calendar;
use super::{Assertion, Difference, Facts, Naming, Namings, Subject, Voice, time};
use crate::bible::Bible;
use crate::manuscript::{Scene, Series, StoryPoint};
use crate::text::SourcePath;
use removed::{Position, Removed};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Later passages given for one thing that is gone: enough to see what hangs on it.
const MAX_RESTING: usize = 12;

/// What of a text is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LostKind {
    /// The chapter says another value of the same.
    Value,
    /// Something that happened, or that later passages take as known: a death, a marriage, a wound, where a thing was put.
    Event,
    /// Where somebody or something was first named.
    Name,
    /// Where a thing without a name first came in: “a brass key”, later “the brass key”.
    Thing,
    /// The date of a chapter from which later chapters count.
    Date,
}

/// A passage of the text as it is now: the scene, and the bytes of its prose.
pub type ProsePlace = (StoryPoint, Range<usize>);

/// Something that the text told before and does not tell now, though later passages rest on it.
#[derive(Clone, Debug, PartialEq)]
pub struct LostGround {
    pub kind: LostKind,
    /// Whom or what it is about: a name, a thing, a chapter's title.
    pub subject: String,
    /// The attribute of a value or an event; empty for the rest.
    pub attribute: String,
    /// The value it had; for a date the date; else empty.
    pub value: String,
    /// What is said in its place now: the other value, the other name, the other date; empty when nothing is.
    pub value_now: String,
    /// The sentence that told it, as it was; empty for a date.
    pub sentence: String,
    /// The file it stood in, and the line there, from 1.
    pub file: SourcePath,
    pub line: usize,
    /// The passage that says it otherwise now.
    pub now: Option<ProsePlace>,
    /// The sentences that rested on it, in the order of the story; at least one.
    pub resting: Vec<ProsePlace>,
}

/// A series and what it says.
struct Telling<'a> {
    series: &'a Series,
    facts: &'a Facts,
    namings: Namings,
}

impl<'a> Telling<'a> {
    fn new(series: &'a Series, facts: &'a Facts) -> Telling<'a> {
        Telling { series, facts, namings: Namings::read(series, facts.cast()) }
    }

    fn scene(&self, point: StoryPoint) -> Option<&'a Scene> {
        self.series.scene(point).map(|(_, scene)| scene)
    }

    fn path(&self, point: StoryPoint) -> Option<&'a SourcePath> {
        self.series.scene(point).map(|(chapter, _)| &chapter.path)
    }

    /// The whole sentence that holds a byte of a scene.
    fn sentence(&self, point: StoryPoint, offset: usize) -> Option<Range<usize>> {
        Some(self.scene(point)?.sentence_at(offset)?.range.clone())
    }
}

/// Compares a series with what it was before. `then` has the chapters as they were, those that are gone included; `facts` is what the
/// series says now.
pub fn gone(now: &Series, facts: &Facts, then: &Series, bible: &Bible, calendar: &Calendar) -> Vec<LostGround> {
    let then_facts = Facts::read(then, bible, calendar);
    let (then, now) = (Telling::new(then, &then_facts), Telling::new(now, facts));
    let removed = Removed::of(then.series, now.series);
    let mut gone = told(&then, &now, &removed);
    gone.extend(names(&then, &now, &removed));
    gone.extend(things::gone(then.series, now.series, &removed));
    gone.extend(dates(&then, &now));
    for one in &mut gone {
        // Where the same sentence stands farther on now, only what comes before it misses it.
        if let Some(moved) = removed.moved_to(&one.sentence) {
            one.resting.retain(|(point, sentence)| (*point, sentence.start) < moved);
        }
        one.resting.truncate(MAX_RESTING);
    }
    gone.retain(|one| !one.resting.is_empty());
    // Whoever is not brought in any more is asked about by name; that nobody tells the rank either is the same question.
    let unnamed: BTreeSet<String> = gone.iter().filter(|one| one.kind == LostKind::Name).map(|one| one.subject.clone()).collect();
    gone.retain(|one| one.kind != LostKind::Event || !unnamed.contains(&one.subject));
    // A thing with a name is told as a name; the first of two tellings of one value says it.
    let mut known = BTreeSet::new();
    gone.retain(|one| known.insert((one.subject.clone(), one.attribute.clone(), one.value.clone())));
    gone
}

/// Values that were changed and events that were cut.
fn told(then: &Telling<'_>, now: &Telling<'_>, removed: &Removed) -> Vec<LostGround> {
    let mut gone = Vec::new();
    for old in then.facts.assertions() {
        let Subject::Known(subject) = &old.subject else { continue };
        if !old.is_plain_narration() || is_of_time(&old.attribute) {
            continue;
        }
        let Some(place) = removed.place(old.point, old.sentence.start) else { continue };
        let file = removed.file(old.point.book, old.point.chapter);
        let said: Vec<&Assertion> = now.facts.of(subject, &old.attribute).map(AsRef::as_ref).filter(|said| stands(said)).collect();
        let in_its_place = |said: &&&Assertion| now.path(said.point) == file;
        let is_same = |said: &&&Assertion| said.value.differs(&old.value) == Difference::Same;
        let is_earlier = |said: &&&Assertion| position(said) <= place;
        if said.iter().filter(is_same).any(|said| is_earlier(&said) || in_its_place(&said)) {
            continue;
        }
        let other = said.iter().filter(in_its_place).find(|said| {
            let is_new = now.scene(said.point).is_some_and(|scene| removed.is_new(&scene.prose[said.sentence.clone()]));
            is_new && said.value.differs(&old.value) == Difference::Different
        });
        if other.is_none() && !is_presupposed(&old.attribute) {
            continue;
        }
        let resting: Vec<ProsePlace> = said.iter().filter(is_same).map(|said| (said.point, said.sentence.clone())).collect();
        let kind = if other.is_some() { LostKind::Value } else { LostKind::Event };
        let told = Removal {
            kind,
            subject,
            attribute: &old.attribute,
            value: old.value.to_string(),
            point: old.point,
            sentence: old.sentence.clone(),
        };
        gone.extend(told.gone(then, other.map(|said| (said.value.to_string(), (said.point, said.sentence.clone()))), resting));
    }
    gone
}

/// What was told where, of something that is gone.
struct Removal<'a> {
    kind: LostKind,
    subject: &'a str,
    attribute: &'a str,
    value: String,
    point: StoryPoint,
    sentence: Range<usize>,
}

impl Removal<'_> {
    /// Nothing when nothing rests on it.
    fn gone(self, then: &Telling<'_>, now: Option<(String, ProsePlace)>, resting: Vec<ProsePlace>) -> Option<LostGround> {
        let (chapter, scene) = then.series.scene(self.point)?;
        let line = chapter.line_column(scene.locate(self.sentence.clone()).start).line;
        let (value_now, now) = now.map_or((String::new(), None), |(value, place)| (value, Some(place)));
        (!resting.is_empty()).then(|| LostGround {
            kind: self.kind,
            subject: self.subject.to_string(),
            attribute: self.attribute.to_string(),
            value: self.value,
            value_now,
            sentence: scene.prose[self.sentence].to_string(),
            file: chapter.path.clone(),
            line,
            now,
            resting,
        })
    }
}

fn stands(said: &Assertion) -> bool {
    said.voice != Voice::Apart && !said.hedged
}

fn position(said: &Assertion) -> Position {
    (said.point, said.sentence.start)
}

fn is_of_time(attribute: &str) -> bool {
    use time::attribute as a;
    matches!(attribute, a::DATE | a::WEEKDAY | a::WEEKDAY_OF_SCENE | a::SEASON_OF_SCENE | a::TIME_OF_DAY | a::ELAPSED)
}

/// Whether a later passage that says it takes it as known. A colour that is told later is simply told there.
fn is_presupposed(attribute: &str) -> bool {
    let is_of = |beginning: &str| attribute.starts_with(beginning);
    matches!(attribute, "alive" | "title" | "kept in" | "knows" | "learns")
        || ["relation to ", "missing ", "lame ", "blind "].into_iter().any(is_of)
}

/// Names whose first naming was cut, though they stand later.
fn names(then: &Telling<'_>, now: &Telling<'_>, removed: &Removed) -> Vec<LostGround> {
    let mut gone = Vec::new();
    let firsts = |telling: &Telling<'_>, name: &str| {
        telling.namings.of(name).iter().map(|naming: &Naming| naming.first.clone()).min_by_key(|first| (first.0, first.1.start))
    };
    for person in then.facts.cast().people() {
        let Some((point, range)) = firsts(then, &person.name) else { continue };
        let Some(sentence) = then.sentence(point, range.start) else { continue };
        let Some(place) = removed.place(point, sentence.start) else { continue };
        let file = removed.file(point.book, point.chapter);
        let Some(first) = firsts(now, &person.name) else { continue };
        if (first.0, first.1.start) <= place || now.path(first.0) == file {
            continue;
        }
        let other = file.and_then(|file| new_name(then, now, file, person.kind));
        let mut resting = first_of_each_chapter(now, &person.name, place);
        if other.is_none() {
            // Whoever is brought in at the first of them is known at the others; a new name concerns them all.
            resting.truncate(1);
        }
        let told = Removal { kind: LostKind::Name, subject: &person.name, attribute: "", value: String::new(), point, sentence };
        gone.extend(told.gone(then, other, resting));
    }
    gone
}

/// The first naming, in a file, of somebody of a kind whom nobody named before.
fn new_name(then: &Telling<'_>, now: &Telling<'_>, file: &SourcePath, kind: crate::bible::EntryKind) -> Option<(String, ProsePlace)> {
    let chapter = now.series.chapter(file)?;
    chapter.scenes.iter().find_map(|scene| {
        let mentions = now.facts.cast().mentions(scene);
        let new = mentions.into_iter().find(|mention| mention.kind == kind && then.facts.cast().person(&mention.name).is_none())?;
        Some((new.name, (scene.point, scene.sentence_at(new.range.start)?.range.clone())))
    })
}

/// The first sentence with a name in each chapter behind a place.
fn first_of_each_chapter(now: &Telling<'_>, name: &str, place: Position) -> Vec<ProsePlace> {
    let mut found: BTreeMap<(usize, usize), ProsePlace> = BTreeMap::new();
    for scene in now.series.chapters().flat_map(|chapter| &chapter.scenes) {
        let key = (scene.point.book, scene.point.chapter);
        if scene.point < place.0 || found.contains_key(&key) {
            continue;
        }
        let mentions = now.facts.cast().mentions(scene);
        let first = mentions.iter().find(|mention| mention.name == name && (scene.point, mention.range.start) > place);
        let sentence = first.and_then(|mention| scene.sentence_at(mention.range.start));
        found.extend(sentence.map(|sentence| (key, (scene.point, sentence.range.clone()))));
    }
    found.into_values().collect()
}

/// Dates of chapters that were changed, though the chapters behind count from them.
fn dates(then: &Telling<'_>, now: &Telling<'_>) -> Vec<LostGround> {
    let mut gone = Vec::new();
    for old in then.series.chapters() {
        let Some(date) = &old.front_matter.date else { continue };
        let Some(new) = now.series.chapter(&old.path) else { continue };
        let date_now = new.front_matter.date.clone().unwrap_or_default();
        if date_now == *date {
            continue;
        }
        let Some(book) = now.series.books.get(new.book) else { continue };
        let mut counted = Vec::new();
        for chapter in book.chapters.iter().skip(new.number) {
            let begin = StoryPoint { book: chapter.book, chapter: chapter.number - 1, scene: 0 };
            let said = now.facts.within(begin..StoryPoint { chapter: chapter.number, ..begin }).of_attribute(time::attribute::ELAPSED);
            counted.extend(said.filter(|said| said.is_plain_narration()).map(|said| (said.point, said.sentence.clone())));
            if chapter.front_matter.date.is_some() {
                break;
            }
        }
        if !counted.is_empty() {
            gone.push(LostGround {
                kind: LostKind::Date,
                subject: new.title.clone(),
                attribute: String::new(),
                value: date.clone(),
                value_now: date_now,
                sentence: String::new(),
                file: old.path.clone(),
                line: 1,
                now: None,
                resting: counted,
            });
        }
    }
    gone
}
