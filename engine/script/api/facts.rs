//! What code reads off the prose, without a model.

use super::super::handles::{AssertionHandle, ChapterHandle, QuoteHandle, SceneHandle, ScriptDesk, StoryContext};
use super::bible::FactHandle;
use super::{RhaiResultOf, int};
use crate::facts::value::{Difference, Value};
use crate::facts::{Assertion, FactsWithin, Subject, Voice};
use crate::manuscript::StoryPoint;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};
use std::sync::Arc;

/// Items a list given to a script may have; Rhai's own limit is 4,000.
const MAX_ITEMS: usize = 2_000;

/// The longest text between two assertions that a script is given, in bytes.
const MAX_BETWEEN_BYTES: usize = 1_000_000;

/// Places of one spelling that are given to a script: enough to show what is meant.
const MAX_PLACES: usize = 100;

/// The facts of what a job looks at: its scene, chapter, book, or the series.
#[derive(Clone)]
pub struct FactsHandle {
    world: Arc<StoryContext>,
    desk: ScriptDesk,
    /// First and one past the last point.
    points: std::ops::Range<StoryPoint>,
}

impl FactsHandle {
    fn within(&self) -> FactsWithin<'_> {
        self.world.facts.within(self.points.clone())
    }

    fn handles<'a>(&self, assertions: impl Iterator<Item = &'a Arc<Assertion>>) -> Array {
        self.list(assertions.map(|assertion| handle(&self.world, assertion)))
    }

    /// At most as many items as a list may have. That some were left out is reported in the report.
    fn list(&self, items: impl Iterator<Item = Dynamic>) -> Array {
        let mut items = items.fuse();
        let list: Array = items.by_ref().take(MAX_ITEMS).collect();
        if items.next().is_some() {
            let left_out =
                format!("what comes after the first {MAX_ITEMS} entries of a list of facts; run the books one by one to have it all");
            let mut output = self.desk.output();
            if !output.not_read.contains(&left_out) {
                output.not_read.push(left_out);
            }
        }
        list
    }
}

fn handle(world: &Arc<StoryContext>, assertion: &Arc<Assertion>) -> Dynamic {
    Dynamic::from(AssertionHandle { world: world.clone(), assertion: assertion.clone() })
}

/// The assertions of a list, each with how often its value stands in the list and is at its first place, in order.
fn distinct(list: &Array) -> RhaiResultOf<Vec<(Arc<Assertion>, usize)>> {
    let mut distinct: Vec<(Arc<Assertion>, usize)> = Vec::new();
    for item in list {
        let Some(handle) = item.read_lock::<AssertionHandle>() else {
            return Err(format!("a list of assertions is wanted here, not one with a {}", item.type_name()).into());
        };
        match distinct.iter_mut().find(|(known, _)| known.value == handle.assertion.value) {
            Some((_, count)) => *count += 1,
            None => distinct.push((handle.assertion.clone(), 1)),
        }
    }
    Ok(distinct)
}

/// First and one past the last point of what a job looks at.
pub(super) fn points_of(desk: &ScriptDesk) -> std::ops::Range<StoryPoint> {
    use super::super::ScriptSubject as S;
    let point = |book, chapter, scene| StoryPoint { book, chapter, scene };
    match desk.subject {
        S::Scene { book, chapter, scene } => point(book, chapter, scene)..point(book, chapter, scene + 1),
        S::Chapter { book, chapter } => point(book, chapter, 0)..point(book, chapter + 1, 0),
        S::Book { book } => point(book, 0, 0)..point(book + 1, 0, 0),
        S::Series => point(0, 0, 0)..point(usize::MAX, 0, 0),
    }
}

fn names(subject: &Subject) -> Vec<String> {
    match subject {
        Subject::Known(name) => vec![name.clone()],
        Subject::Unclear(names) => names.clone(),
    }
}

/// The value to compare an assertion with: another's, a fact's or a text's.
fn value_of(attribute: &str, other: &Dynamic) -> RhaiResultOf<Value> {
    if let Some(assertion) = other.clone().try_cast::<AssertionHandle>() {
        return Ok(assertion.assertion.value.clone());
    }
    if let Some(fact) = other.clone().try_cast::<FactHandle>() {
        return Ok(Value::parse(&fact.name, &fact.value));
    }
    let text = other.clone().into_string().map_err(|kind| format!("an assertion, a fact or a text is wanted here, not a {kind}"))?;
    Ok(Value::parse(attribute, &text))
}

#[export_module]
pub mod facts {
    /// What code reads off the prose of what this job looks at.
    #[rhai_fn(get = "facts", pure)]
    pub fn desk_facts(desk: &mut ScriptDesk) -> FactsHandle {
        FactsHandle { world: desk.world.clone(), desk: desk.clone(), points: super::points_of(desk) }
    }

    /// What code reads off the whole series, whatever the script's SCOPE.
    #[rhai_fn(get = "all_facts", pure)]
    pub fn desk_all_facts(desk: &mut ScriptDesk) -> FactsHandle {
        FactsHandle { world: desk.world.clone(), desk: desk.clone(), points: StoryPoint::BEGIN..StoryPoint::END }
    }

    /// The attributes that are read: `eye colour`, `age`, `alive`, `number of steps` …
    #[rhai_fn(get = "attributes", pure)]
    pub fn attributes(facts: &mut FactsHandle) -> Array {
        facts.list(facts.within().attributes().map(|name| name.to_string().into()))
    }

    /// The subjects of which the prose surely says something of an attribute.
    #[rhai_fn(pure)]
    pub fn subjects(facts: &mut FactsHandle, attribute: &str) -> Array {
        facts.list(facts.within().subjects(attribute).map(|name| name.to_string().into()))
    }

    /// The subjects of whom the prose most likely says something of an attribute where the words leave open whose it is.
    #[rhai_fn(pure)]
    pub fn likely_subjects(facts: &mut FactsHandle, attribute: &str) -> Array {
        facts.list(facts.within().likely_subjects(attribute).map(|name| name.to_string().into()))
    }

    /// What the prose says of an attribute of a subject, in the order of the story.
    ///
    /// ```rhai
    /// for said in desk.facts.of("Mara Vance", "eye colour") { print(said.value); }
    /// ```
    #[rhai_fn(name = "of", pure)]
    pub fn of_subject(facts: &mut FactsHandle, subject: &str, attribute: &str) -> Array {
        facts.handles(facts.within().of_subject(subject, attribute))
    }

    /// Everything the prose says of an attribute, whoever's it is.
    #[rhai_fn(name = "of", pure)]
    pub fn of_attribute(facts: &mut FactsHandle, attribute: &str) -> Array {
        facts.handles(facts.within().of_attribute(attribute))
    }

    /// What the narration says plainly of an attribute of a subject: nothing hedged, nothing that somebody merely says.
    ///
    /// ```rhai
    /// if any_differ(desk.facts.stated("Mara Vance", "eye colour")) { … }
    /// ```
    #[rhai_fn(name = "stated", pure)]
    pub fn stated_of_subject(facts: &mut FactsHandle, subject: &str, attribute: &str) -> Array {
        facts.handles(facts.within().of_subject(subject, attribute).filter(|said| said.is_plain_narration()))
    }

    /// What the narration says plainly of an attribute, whoever's it is.
    #[rhai_fn(name = "stated", pure)]
    pub fn stated_of_attribute(facts: &mut FactsHandle, attribute: &str) -> Array {
        facts.handles(facts.within().of_attribute(attribute).filter(|said| said.is_plain_narration()))
    }

    /// What the narration says plainly of an attribute where the words leave open whose it is and the subject is the likeliest.
    #[rhai_fn(pure)]
    pub fn likely_stated(facts: &mut FactsHandle, subject: &str, attribute: &str) -> Array {
        facts.handles(facts.within().likely_of(subject, attribute).filter(|said| said.is_plain_narration()))
    }

    /// Everything the prose says of an attribute without saying surely whose it is; `candidates` lists whose it can be.
    #[rhai_fn(pure)]
    pub fn unclear(facts: &mut FactsHandle, attribute: &str) -> Array {
        facts.handles(facts.within().unclear(attribute))
    }

    /// Whether any two assertions of a list cannot be true together.
    #[rhai_fn(return_raw)]
    pub fn any_differ(list: Array) -> RhaiResultOf<bool> {
        let distinct = super::distinct(&list)?;
        let differs =
            |later: usize| distinct[..later].iter().any(|(one, _)| distinct[later].0.value.differs(&one.value) == Difference::Different);
        Ok((1..distinct.len()).any(differs))
    }

    /// The place in a list of assertions, from 0, of the one that most of them agree with: the first of several, -1 in an empty list. Where a
    /// published book is among them, only what is published counts: it cannot be changed any more.
    #[rhai_fn(return_raw)]
    pub fn index_of_usual(list: Array) -> RhaiResultOf<i64> {
        let is_published = |item: &Dynamic| item.read_lock::<AssertionHandle>().is_some_and(|handle| handle.is_published());
        let published: Array = list.iter().filter(|item| is_published(item)).cloned().collect();
        let distinct = super::distinct(if published.is_empty() { &list } else { &published })?;
        let agreeing = |one: &Assertion| -> usize {
            let agree = distinct.iter().filter(|(other, _)| one.value.differs(&other.value) == Difference::Same);
            agree.map(|(_, count)| count).sum()
        };
        let counts: Vec<usize> = distinct.iter().map(|(one, _)| agreeing(one)).collect();
        let most = counts.iter().max().copied();
        let usual = counts.iter().position(|count| Some(*count) == most).map(|place| &distinct[place].0);
        let is_usual = |item: &Dynamic| item.read_lock::<AssertionHandle>().is_some_and(|handle| Some(&handle.assertion) == usual);
        Ok(list.iter().position(is_usual).map_or(-1, int))
    }

    /// Rare spellings that are almost like a name in use: maps with `written`, `usual`, `written_count`, `usual_count`, `likeness`.
    #[rhai_fn(get = "drifts", pure)]
    pub fn drifts(facts: &mut FactsHandle) -> Array {
        let map = |drift: &crate::facts::Drift| {
            let mut map = Map::new();
            map.insert("written".into(), drift.written.clone().into());
            map.insert("usual".into(), drift.usual.clone().into());
            map.insert("written_count".into(), int(drift.written_count).into());
            map.insert("usual_count".into(), int(drift.usual_count).into());
            map.insert("likeness".into(), drift.likeness.into());
            Dynamic::from_map(map)
        };
        facts.list(facts.world.facts.drifts().iter().map(map))
    }

    /// People named in at least so many chapters of whom the bible has no entry: maps with `name`, `chapters`, `count`.
    #[rhai_fn(pure)]
    pub fn names_without_entry(facts: &mut FactsHandle, chapters: i64) -> Array {
        let map = |person: &&crate::facts::Person| {
            let mut map = Map::new();
            map.insert("name".into(), person.name.clone().into());
            map.insert("chapters".into(), int(person.chapters).into());
            map.insert("count".into(), int(person.count).into());
            Dynamic::from_map(map)
        };
        let wanted = usize::try_from(chapters).unwrap_or(0);
        facts.list(facts.world.facts.names_without_entry(wanted).iter().map(map))
    }

    /// Everyone who is named: maps with `name`, `chapters`, `count`, `in_bible`.
    #[rhai_fn(get = "people", pure)]
    pub fn people(facts: &mut FactsHandle) -> Array {
        let is_person = |person: &&crate::facts::Person| person.kind == crate::bible::EntryKind::Character;
        let map = |person: &crate::facts::Person| {
            let mut map = Map::new();
            map.insert("name".into(), person.name.clone().into());
            map.insert("chapters".into(), int(person.chapters).into());
            map.insert("count".into(), int(person.count).into());
            map.insert("in_bible".into(), person.in_bible.into());
            Dynamic::from_map(map)
        };
        facts.list(facts.world.facts.cast().people().iter().filter(is_person).map(map))
    }

    /// Everyone and everything that is named: maps with `name`, `kind` (`"character"`, `"place"`, `"object"` …), `chapters`, `count`,
    /// `in_bible`, and `gender` (`"he"`, `"she"` or `""`).
    #[rhai_fn(get = "named", pure)]
    pub fn named(facts: &mut FactsHandle) -> Array {
        let map = |named: &crate::facts::Person| {
            let mut map = Map::new();
            let gender = match named.gender {
                Some(crate::facts::Gender::Male) => "he",
                Some(crate::facts::Gender::Female) => "she",
                None => "",
            };
            map.insert("name".into(), named.name.clone().into());
            map.insert("kind".into(), named.kind.word().into());
            map.insert("chapters".into(), int(named.chapters).into());
            map.insert("count".into(), int(named.count).into());
            map.insert("in_bible".into(), named.in_bible.into());
            map.insert("gender".into(), gender.into());
            Dynamic::from_map(map)
        };
        facts.list(facts.world.facts.cast().people().iter().map(map))
    }

    /// In which words somebody or something is named, wherever in the series: maps with `written` (`Captain Dacre`), `count`,
    /// `with_article` (how many of them stand behind “the” or “a”) and `quote`, where it first stands; the most usual first. Words that can
    /// mean somebody else too are left out.
    #[rhai_fn(pure)]
    pub fn namings_of(facts: &mut FactsHandle, name: &str) -> Array {
        let world = &facts.world;
        let map = |naming: &crate::facts::Naming| {
            let mut map = Map::new();
            let (point, range) = naming.first.clone();
            map.insert("written".into(), naming.written.clone().into());
            map.insert("count".into(), int(naming.count).into());
            map.insert("with_article".into(), int(naming.with_article).into());
            map.insert("quote".into(), Dynamic::from(SceneHandle { world: world.clone(), point }.quote(range)));
            Dynamic::from_map(map)
        };
        facts.list(world.namings().of(name).iter().map(map))
    }

    /// Where a spelling stands, as whole words, in the order of the story (at most 100).
    #[rhai_fn(pure)]
    pub fn places_of(facts: &mut FactsHandle, spelling: &str) -> Array {
        let world = &facts.world;
        let places = world.spellings().places(&world.series, spelling, facts.points.clone());
        let quote = |(point, range)| Dynamic::from(SceneHandle { world: world.clone(), point }.quote(range));
        places.take(super::MAX_PLACES).map(quote).collect()
    }

    /// Where a spelling first stands, as whole words; `()` when it stands nowhere.
    #[rhai_fn(pure)]
    pub fn first_place_of(facts: &mut FactsHandle, spelling: &str) -> Dynamic {
        let world = &facts.world;
        let first = world.spellings().places(&world.series, spelling, facts.points.clone()).next();
        first.map_or(Dynamic::UNIT, |(point, range)| Dynamic::from(SceneHandle { world: world.clone(), point }.quote(range)))
    }

    /// What code reads off the scene.
    #[rhai_fn(get = "assertions", pure)]
    pub fn scene_assertions(scene: &mut SceneHandle) -> Array {
        let next = StoryPoint { scene: scene.point.scene + 1, ..scene.point };
        let within = scene.world.facts.within(scene.point..next);
        within.all().iter().take(super::MAX_ITEMS).map(|assertion| super::handle(&scene.world, assertion)).collect()
    }

    /// The names of everyone and everything named in the scene, in order of their first mention.
    #[rhai_fn(get = "names", pure)]
    pub fn scene_names(scene: &mut SceneHandle) -> Array {
        let mut names: Vec<&str> = Vec::new();
        let reading = scene.reading();
        for mention in reading.mentions() {
            if !names.contains(&mention.name.as_str()) {
                names.push(&mention.name);
            }
        }
        names.into_iter().map(|name| name.to_string().into()).collect()
    }

    /// The people among the names of the scene.
    #[rhai_fn(get = "people", pure)]
    pub fn scene_people(scene: &mut SceneHandle) -> Array {
        let mut names: Vec<&str> = Vec::new();
        let reading = scene.reading();
        for mention in reading.mentions() {
            if mention.kind == crate::bible::EntryKind::Character && !names.contains(&mention.name.as_str()) {
                names.push(&mention.name);
            }
        }
        names.into_iter().map(|name| name.to_string().into()).collect()
    }

    /// Where somebody or something is named in the scene.
    #[rhai_fn(name = "mentions", pure)]
    pub fn scene_mentions(scene: &mut SceneHandle, name: &str) -> Array {
        let reading = scene.reading();
        let mentions = reading.mentions().iter().filter(|mention| mention.name == name);
        mentions.map(|mention| Dynamic::from(scene.quote(mention.range.clone()))).collect()
    }

    /// Where the narration plainly has somebody do something: `scene.does("Mara Vance", "swims")` gives the verbs as quotes. Denied and
    /// supposed deeds are left out.
    #[rhai_fn(name = "does", pure)]
    pub fn scene_does(scene: &mut SceneHandle, name: &str, verb: &str) -> Array {
        let deeds = crate::facts::deeds::deeds(&scene.reading(), name, verb);
        deeds.into_iter().map(|range| Dynamic::from(scene.quote(range))).collect()
    }

    /// What is said aloud in the scene: maps with `speaker` (`""` when the text does not tell) and `quote`.
    #[rhai_fn(get = "dialogue", pure)]
    pub fn scene_dialogue(scene: &mut SceneHandle) -> Array {
        let reading = scene.reading();
        let map = |speech: &crate::facts::Speech| {
            let mut map = Map::new();
            map.insert("speaker".into(), speech.speaker.clone().unwrap_or_default().into());
            map.insert("quote".into(), Dynamic::from(scene.quote(speech.range.clone())));
            Dynamic::from_map(map)
        };
        reading.speeches().iter().take(super::MAX_ITEMS).map(map).collect()
    }

    /// The story date of the scene, `1904-03-01`, from the front matter or counted from it; `""` when it is not known.
    #[rhai_fn(get = "story_date", pure)]
    pub fn scene_story_date(scene: &mut SceneHandle) -> String {
        scene.world.story_date(scene.point)
    }

    /// The front matter's line that dates the scene's chapter; `()` without one.
    #[rhai_fn(get = "date_line", pure)]
    pub fn scene_date_line(scene: &mut SceneHandle) -> Dynamic {
        let mut chapter = ChapterHandle { world: scene.world.clone(), book: scene.point.book, chapter: scene.point.chapter };
        super::super::story::story::chapter_line_of(&mut chapter, "date")
    }

    /// Whose it is; `""` when the words do not say surely.
    #[rhai_fn(get = "subject", pure)]
    pub fn subject(assertion: &mut AssertionHandle) -> String {
        if let Subject::Known(name) = &assertion.assertion.subject { name.clone() } else { String::new() }
    }

    /// Whether the words say surely whose it is.
    #[rhai_fn(get = "is_known", pure)]
    pub fn is_known(assertion: &mut AssertionHandle) -> bool {
        matches!(assertion.assertion.subject, Subject::Known(_))
    }

    /// Whose it can be, likeliest first.
    #[rhai_fn(get = "candidates", pure)]
    pub fn candidates(assertion: &mut AssertionHandle) -> Array {
        super::names(&assertion.assertion.subject).into_iter().map(Dynamic::from).collect()
    }

    /// What it is about: `eye colour`, `age` …
    #[rhai_fn(get = "attribute", pure)]
    pub fn attribute(assertion: &mut AssertionHandle) -> String {
        assertion.assertion.attribute.clone()
    }

    /// The value, in words.
    #[rhai_fn(get = "value", pure)]
    pub fn value(assertion: &mut AssertionHandle) -> String {
        assertion.assertion.value.shown(&assertion.world.calendar)
    }

    /// The value as a number, of ages and counts; `()` of others.
    #[rhai_fn(get = "number", pure)]
    pub fn number(assertion: &mut AssertionHandle) -> Dynamic {
        if let Value::Number { number, .. } = assertion.assertion.value { number.into() } else { Dynamic::UNIT }
    }

    /// The words that state it, as a quote.
    #[rhai_fn(get = "quote", pure)]
    pub fn quote(assertion: &mut AssertionHandle) -> QuoteHandle {
        assertion.scene().quote(assertion.assertion.words.clone())
    }

    /// The scene it stands in.
    #[rhai_fn(get = "scene", pure)]
    pub fn scene(assertion: &mut AssertionHandle) -> SceneHandle {
        assertion.scene()
    }

    /// Who says it: `"narration"`, `"speech"`, or `"apart"` for letters, dreams and the like.
    #[rhai_fn(get = "voice", pure)]
    pub fn voice(assertion: &mut AssertionHandle) -> String {
        let word = match assertion.assertion.voice {
            Voice::Narration => "narration",
            Voice::Speech(_) => "speech",
            Voice::Apart => "apart",
        };
        word.to_string()
    }

    /// The speaker of a speech; `""` when the text does not tell.
    #[rhai_fn(get = "speaker", pure)]
    pub fn speaker(assertion: &mut AssertionHandle) -> String {
        if let Voice::Speech(Some(speaker)) = &assertion.assertion.voice { speaker.clone() } else { String::new() }
    }

    /// Whether it is negated, supposed, compared, doubted, disguised or changed on the page: no ground for a contradiction.
    #[rhai_fn(get = "hedged", pure)]
    pub fn hedged(assertion: &mut AssertionHandle) -> bool {
        assertion.assertion.hedged
    }

    /// Whether it cannot be true together with another assertion, a fact of the bible or a text: thirty-four differs from 52, hazel does
    /// not differ from brown, “about forty” does not differ from 41.
    #[rhai_fn(name = "differs", pure, return_raw)]
    pub fn differs(assertion: &mut AssertionHandle, other: Dynamic) -> RhaiResultOf<bool> {
        let value = super::value_of(&assertion.assertion.attribute, &other)?;
        Ok(assertion.assertion.value.differs(&value) == Difference::Different)
    }

    /// Whether it says the same as another assertion, a fact of the bible or a text.
    #[rhai_fn(name = "agrees", pure, return_raw)]
    pub fn agrees(assertion: &mut AssertionHandle, other: Dynamic) -> RhaiResultOf<bool> {
        let value = super::value_of(&assertion.assertion.attribute, &other)?;
        Ok(assertion.assertion.value.differs(&value) == Difference::Same)
    }

    /// The prose between two assertions, in the order of the story: from the words of the one to those of the other. `()` where the second comes
    /// first, or where more than a million letters stand between them.
    ///
    /// ```rhai
    /// if desk.between(before, now).contains("promoted") { … }
    /// ```
    #[rhai_fn(name = "between", pure)]
    pub fn between(desk: &mut ScriptDesk, earlier: AssertionHandle, later: AssertionHandle) -> Dynamic {
        let (from, to) = (&earlier.assertion, &later.assertion);
        if (from.point, from.words.end) > (to.point, to.words.start) {
            return Dynamic::UNIT;
        }
        let mut text = String::new();
        let scenes = desk.world.series.chapters().flat_map(|chapter| &chapter.scenes);
        for scene in scenes.filter(|scene| (from.point..=to.point).contains(&scene.point)) {
            let start = if scene.point == from.point { from.words.end } else { 0 };
            let end = if scene.point == to.point { to.words.start } else { scene.prose.len() };
            if text.len() + (end - start) > super::MAX_BETWEEN_BYTES {
                return Dynamic::UNIT;
            }
            text.push_str(&scene.prose[start..end]);
            text.push('\n');
        }
        text.into()
    }

    /// Whether the left assertion comes before the right one in the story.
    #[rhai_fn(name = "<", pure)]
    pub fn earlier(left: &mut AssertionHandle, right: AssertionHandle) -> bool {
        (left.assertion.point, left.assertion.words.start) < (right.assertion.point, right.assertion.words.start)
    }
}
