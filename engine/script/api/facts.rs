//! What code reads off the prose, without a model.

use super::super::handles::{AssertionHandle, ChapterHandle, Desk, QuoteHandle, SceneHandle, World};
use super::bible::FactHandle;
use super::{RhaiResultOf, int};
use crate::facts::value::{Difference, Value};
use crate::facts::{Assertion, Subject, Voice};
use crate::manuscript::StoryPoint;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Items a list given to a script may have; Rhai's own limit is 4,000.
const MAX_ITEMS: usize = 2_000;

/// The facts of what a job looks at: its scene, chapter, book, or the series.
#[derive(Clone)]
pub struct FactsHandle {
    world: Arc<World>,
    /// First and one past the last point.
    points: std::ops::Range<StoryPoint>,
}

impl FactsHandle {
    fn within(&self) -> impl Iterator<Item = &Arc<Assertion>> {
        let all = self.world.assertions();
        let start = all.partition_point(|assertion| assertion.point < self.points.start);
        let end = all.partition_point(|assertion| assertion.point < self.points.end);
        all[start..end].iter()
    }

    fn handles<'a>(&self, assertions: impl Iterator<Item = &'a Arc<Assertion>>) -> Array {
        assertions
            .take(MAX_ITEMS)
            .map(|assertion| Dynamic::from(AssertionHandle { world: self.world.clone(), assertion: assertion.clone() }))
            .collect()
    }
}

/// First and one past the last point of what a job looks at.
pub(super) fn points_of(desk: &Desk) -> std::ops::Range<StoryPoint> {
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
    pub fn desk_facts(desk: &mut Desk) -> FactsHandle {
        FactsHandle { world: desk.world.clone(), points: super::points_of(desk) }
    }

    /// What code reads off the whole series, whatever the script's SCOPE.
    #[rhai_fn(get = "all_facts", pure)]
    pub fn desk_all_facts(desk: &mut Desk) -> FactsHandle {
        let first = StoryPoint { book: 0, chapter: 0, scene: 0 };
        FactsHandle { world: desk.world.clone(), points: first..StoryPoint { book: usize::MAX, ..first } }
    }

    /// The attributes that are read: `eye colour`, `age`, `alive`, `number of steps` …
    #[rhai_fn(get = "attributes", pure)]
    pub fn attributes(facts: &mut FactsHandle) -> Array {
        let found: BTreeSet<&str> = facts.within().map(|assertion| assertion.attribute.as_str()).collect();
        found.into_iter().map(|name| name.to_string().into()).collect()
    }

    /// The subjects of which the prose surely says something of an attribute.
    #[rhai_fn(pure)]
    pub fn subjects(facts: &mut FactsHandle, attribute: &str) -> Array {
        let of_attribute = facts.within().filter(|assertion| assertion.attribute == attribute);
        let known =
            of_attribute.filter_map(|assertion| if let Subject::Known(name) = &assertion.subject { Some(name.as_str()) } else { None });
        let found: BTreeSet<&str> = known.collect();
        found.into_iter().take(super::MAX_ITEMS).map(|name| name.to_string().into()).collect()
    }

    /// What the prose says of an attribute of a subject, in the order of the story.
    ///
    /// ```rhai
    /// for said in desk.facts.of("Mara Vance", "eye colour") { print(said.value); }
    /// ```
    #[rhai_fn(name = "of", pure)]
    pub fn of_subject(facts: &mut FactsHandle, subject: &str, attribute: &str) -> Array {
        let is_of = |assertion: &&Arc<Assertion>| {
            assertion.attribute == attribute && matches!(&assertion.subject, Subject::Known(name) if name == subject)
        };
        facts.handles(facts.within().filter(is_of))
    }

    /// Everything the prose says of an attribute, whoever's it is.
    #[rhai_fn(name = "of", pure)]
    pub fn of_attribute(facts: &mut FactsHandle, attribute: &str) -> Array {
        facts.handles(facts.within().filter(|assertion| assertion.attribute == attribute))
    }

    /// Everything the prose says of an attribute without saying surely whose it is; `candidates` lists whose it can be.
    #[rhai_fn(pure)]
    pub fn unclear(facts: &mut FactsHandle, attribute: &str) -> Array {
        let is_unclear = |assertion: &&Arc<Assertion>| assertion.attribute == attribute && matches!(assertion.subject, Subject::Unclear(_));
        facts.handles(facts.within().filter(is_unclear))
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
        facts.world.facts.drifts().iter().take(super::MAX_ITEMS).map(map).collect()
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
        facts.world.facts.names_without_entry(wanted).iter().take(super::MAX_ITEMS).map(map).collect()
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
        facts.world.facts.cast().people().iter().filter(is_person).take(super::MAX_ITEMS).map(map).collect()
    }

    /// Where a spelling stands, as whole words, in the order of the story (at most 100).
    #[rhai_fn(pure)]
    pub fn places_of(facts: &mut FactsHandle, spelling: &str) -> Array {
        let mut places = Array::new();
        for chapter in facts.world.series.chapters() {
            for scene in &chapter.scenes {
                let handle = SceneHandle { world: facts.world.clone(), point: scene.point };
                if !facts.points.contains(&scene.point) {
                    continue;
                }
                let is_word = |start: usize| {
                    let before = scene.prose[..start].chars().next_back();
                    let after = scene.prose[start + spelling.len()..].chars().next();
                    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
                };
                let found = scene.prose.match_indices(spelling).filter(|(start, found)| !found.is_empty() && is_word(*start));
                places.extend(found.map(|(start, found)| Dynamic::from(handle.quote(start..start + found.len()))));
            }
        }
        places.truncate(100);
        places
    }

    /// What code reads off the scene.
    #[rhai_fn(get = "assertions", pure)]
    pub fn scene_assertions(scene: &mut SceneHandle) -> Array {
        let next = StoryPoint { scene: scene.point.scene + 1, ..scene.point };
        let facts = FactsHandle { world: scene.world.clone(), points: scene.point..next };
        facts.handles(facts.within())
    }

    /// The names of everyone and everything named in the scene, in order of their first mention.
    #[rhai_fn(get = "names", pure)]
    pub fn scene_names(scene: &mut SceneHandle) -> Array {
        let mut names: Vec<String> = Vec::new();
        for mention in scene.world.facts.cast().mentions(scene.scene()) {
            if !names.contains(&mention.name) {
                names.push(mention.name);
            }
        }
        names.into_iter().map(Dynamic::from).collect()
    }

    /// The people among the names of the scene.
    #[rhai_fn(get = "people", pure)]
    pub fn scene_people(scene: &mut SceneHandle) -> Array {
        let mut names: Vec<String> = Vec::new();
        for mention in scene.world.facts.cast().mentions(scene.scene()) {
            if mention.kind == crate::bible::EntryKind::Character && !names.contains(&mention.name) {
                names.push(mention.name);
            }
        }
        names.into_iter().map(Dynamic::from).collect()
    }

    /// Where somebody or something is named in the scene.
    #[rhai_fn(name = "mentions", pure)]
    pub fn scene_mentions(scene: &mut SceneHandle, name: &str) -> Array {
        let mentions = scene.world.facts.cast().mentions(scene.scene());
        mentions.into_iter().filter(|mention| mention.name == name).map(|mention| Dynamic::from(scene.quote(mention.range))).collect()
    }

    /// Where the narration plainly has somebody do something: `scene.does("Mara Vance", "swims")` gives the verbs as quotes. Denied and
    /// supposed deeds are left out.
    #[rhai_fn(name = "does", pure)]
    pub fn scene_does(scene: &mut SceneHandle, name: &str, verb: &str) -> Array {
        let deeds = crate::facts::deeds::deeds(scene.scene(), scene.world.facts.cast(), name, verb);
        deeds.into_iter().map(|range| Dynamic::from(scene.quote(range))).collect()
    }

    /// What is said aloud in the scene: maps with `speaker` (`""` when the text does not tell) and `quote`.
    #[rhai_fn(get = "dialogue", pure)]
    pub fn scene_dialogue(scene: &mut SceneHandle) -> Array {
        let speeches = crate::facts::speeches(scene.scene(), scene.world.facts.cast());
        let map = |speech: crate::facts::Speech| {
            let mut map = Map::new();
            map.insert("speaker".into(), speech.speaker.clone().unwrap_or_default().into());
            map.insert("quote".into(), Dynamic::from(scene.quote(speech.range.clone())));
            Dynamic::from_map(map)
        };
        speeches.into_iter().take(super::MAX_ITEMS).map(map).collect()
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
        ["date", "storyDate", "day", "when"]
            .iter()
            .map(|key| super::super::story::story::chapter_line_of(&mut chapter, key))
            .find(|line| !line.is_unit())
            .unwrap_or(Dynamic::UNIT)
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
        assertion.assertion.value.to_string()
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

    /// Whether the left assertion comes before the right one in the story.
    #[rhai_fn(name = "<", pure)]
    pub fn earlier(left: &mut AssertionHandle, right: AssertionHandle) -> bool {
        (left.assertion.point, left.assertion.words.start) < (right.assertion.point, right.assertion.words.start)
    }
}
