//! The series bible, as it stands at a scene.

use super::super::handles::{QuoteHandle, SceneHandle, StoryContext};
use crate::bible::{Fact, MergedEntry};
use crate::manuscript::StoryPoint;
use crate::text::{SourcePath, Span};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};
use std::sync::Arc;

/// The bible at a point of the story.
#[derive(Clone)]
pub struct BibleHandle {
    pub world: Arc<StoryContext>,
    pub point: StoryPoint,
}

/// One subject of the bible at a point of the story.
#[derive(Clone)]
pub struct EntryHandle {
    world: Arc<StoryContext>,
    point: StoryPoint,
    name: String,
}

/// One statement of the bible: of a fact, a relation, a knowledge or a lie.
#[derive(Clone)]
pub struct FactHandle {
    pub world: Arc<StoryContext>,
    pub subject: String,
    pub name: String,
    pub value: String,
    file: SourcePath,
    span: Span,
    from: Option<StoryPoint>,
}

impl FactHandle {
    pub(super) fn of(world: &Arc<StoryContext>, fact: &Fact) -> FactHandle {
        FactHandle {
            world: world.clone(),
            subject: fact.subject.clone(),
            name: fact.name.clone(),
            value: fact.value.clone(),
            file: fact.file.clone(),
            span: fact.span,
            from: fact.from,
        }
    }

    /// What the bible states, as the reader would have noted it; nothing where it notes no such thing.
    pub(super) fn as_noted(&self) -> Option<crate::notes::Fact> {
        let FactHandle { subject, name, value, file, span, from, .. } = self.clone();
        crate::notes::sources::of_bible(&Fact { subject, name, value, file, span, from })
    }

    /// The statement's words in its note.
    pub fn quote(&self) -> Option<QuoteHandle> {
        QuoteHandle::in_bible(&self.world, &self.file, self.span)
    }
}

impl EntryHandle {
    fn merged(&self) -> Option<MergedEntry<'_>> {
        self.world.bible.at(self.point).entry(&self.name)
    }

    /// The entry's name in its note.
    pub fn quote(&self) -> Option<QuoteHandle> {
        let (file, span) = self.merged().and_then(|entry| entry.entries.first().map(|entry| (entry.file.clone(), entry.span)))?;
        QuoteHandle::in_bible(&self.world, &file, span)
    }
}

fn facts(world: &Arc<StoryContext>, facts: &[&Fact]) -> Array {
    facts.iter().map(|fact| Dynamic::from(FactHandle::of(world, fact))).collect()
}

#[export_module]
pub mod bible {
    /// Whether the author keeps no bible.
    #[rhai_fn(get = "is_empty", pure)]
    pub fn is_empty(bible: &mut BibleHandle) -> bool {
        bible.world.bible.is_empty()
    }

    /// All entries of the series and of the scene's book.
    #[rhai_fn(get = "entries", pure)]
    pub fn entries(bible: &mut BibleHandle) -> Array {
        let view = bible.world.bible.at(bible.point);
        let handle = |name: &str| Dynamic::from(EntryHandle { world: bible.world.clone(), point: bible.point, name: name.to_string() });
        view.entries().into_iter().map(handle).collect()
    }

    /// The entry of a name or of an alias that means nobody else; `()` without one.
    #[rhai_fn(name = "entry", pure)]
    pub fn entry(bible: &mut BibleHandle, name: &str) -> Dynamic {
        let found = bible.world.bible.at(bible.point).name_of(name).map(ToString::to_string);
        found.map_or(Dynamic::UNIT, |name| Dynamic::from(EntryHandle { world: bible.world.clone(), point: bible.point, name }))
    }

    /// The entries whose names or aliases stand in the scene.
    #[rhai_fn(name = "entries_in", pure)]
    pub fn entries_in(bible: &mut BibleHandle, scene: SceneHandle) -> Array {
        let visible = bible.world.bible.at(bible.point).entries_among(scene.reading().bible_names());
        let handle = |name: &str| Dynamic::from(EntryHandle { world: bible.world.clone(), point: bible.point, name: name.to_string() });
        visible.into_iter().map(handle).collect()
    }

    /// The facts about everyone and everything named in the scene.
    #[rhai_fn(name = "facts_about", pure)]
    pub fn facts_about(bible: &mut BibleHandle, scene: SceneHandle) -> Array {
        let view = bible.world.bible.at(bible.point);
        scene.reading().bible_names().iter().flat_map(|name| super::facts(&bible.world, &view.facts_of(name))).collect()
    }

    /// The entry's name.
    #[rhai_fn(get = "name", pure)]
    pub fn entry_name(entry: &mut EntryHandle) -> String {
        entry.name.clone()
    }

    /// `"character"`, `"place"`, `"object"`, `"event"`, `"group"` or `"rule"`.
    #[rhai_fn(get = "kind", pure)]
    pub fn entry_kind(entry: &mut EntryHandle) -> String {
        entry.merged().map(|entry| entry.kind).unwrap_or_default().word().to_string()
    }

    /// The entry's other names.
    #[rhai_fn(get = "aliases", pure)]
    pub fn entry_aliases(entry: &mut EntryHandle) -> Array {
        entry.merged().map(|entry| entry.aliases.iter().map(|alias| (*alias).into()).collect()).unwrap_or_default()
    }

    /// The facts that hold at this point, each with `name` and `value`.
    #[rhai_fn(get = "facts", pure)]
    pub fn entry_facts(entry: &mut EntryHandle) -> Array {
        super::facts(&entry.world, &entry.world.bible.at(entry.point).facts_of(&entry.name))
    }

    /// One fact by its name; `()` when the bible is silent.
    #[rhai_fn(name = "fact", pure)]
    pub fn entry_fact(entry: &mut EntryHandle, name: &str) -> Dynamic {
        let fact = entry.world.bible.at(entry.point).fact(&entry.name, name);
        fact.map_or(Dynamic::UNIT, |fact| Dynamic::from(FactHandle::of(&entry.world, fact)))
    }

    /// Every value a fact ever has, at any point of the story.
    #[rhai_fn(name = "all_values", pure)]
    pub fn entry_all_values(entry: &mut EntryHandle, name: &str) -> Array {
        super::facts(&entry.world, &entry.world.bible.at(entry.point).all_values_of(&entry.name, name))
    }

    /// The relations: each a fact whose name is the other person and whose value is what they are, as `brother`.
    #[rhai_fn(get = "relations", pure)]
    pub fn entry_relations(entry: &mut EntryHandle) -> Array {
        let relations = entry.world.bible.at(entry.point).relations_of(&entry.name);
        let handle = |relation: &&crate::bible::Relation| FactHandle {
            world: entry.world.clone(),
            subject: relation.subject.clone(),
            name: relation.to.clone(),
            value: relation.is.clone(),
            file: relation.file.clone(),
            span: relation.span,
            from: relation.from,
        };
        relations.iter().map(|relation| Dynamic::from(handle(relation))).collect()
    }

    /// What the character learns in the course of the story: each a fact whose value says what. `is_known_in(scene)` tells from when.
    #[rhai_fn(get = "knows", pure)]
    pub fn entry_knows(entry: &mut EntryHandle) -> Array {
        let knowledge = entry.world.bible.at(entry.point).all_knowledge_of(&entry.name);
        let handle = |known: &&crate::bible::Knowledge| FactHandle {
            world: entry.world.clone(),
            subject: known.subject.clone(),
            name: "knows".to_string(),
            value: known.fact.clone(),
            file: known.file.clone(),
            span: known.span,
            from: Some(known.from),
        };
        knowledge.iter().map(|known| Dynamic::from(handle(known))).collect()
    }

    /// What the character says although it is not true.
    #[rhai_fn(get = "lies", pure)]
    pub fn entry_lies(entry: &mut EntryHandle) -> Array {
        entry.world.bible.at(entry.point).lies_of(&entry.name).iter().map(|lie| lie.text.clone().into()).collect()
    }

    /// Whom or what it is about.
    #[rhai_fn(get = "subject", pure)]
    pub fn fact_subject(fact: &mut FactHandle) -> String {
        fact.subject.clone()
    }

    /// The fact's name, as the author wrote it.
    #[rhai_fn(get = "name", pure)]
    pub fn fact_name(fact: &mut FactHandle) -> String {
        fact.name.clone()
    }

    /// The fact's name as copydesk reads prose: `eyes` is the `eye colour`.
    #[rhai_fn(get = "attribute", pure)]
    pub fn fact_attribute(fact: &mut FactHandle) -> String {
        crate::facts::value::attribute_of(&fact.name)
    }

    /// The fact's value, as the author wrote it.
    #[rhai_fn(get = "value", pure)]
    pub fn fact_value(fact: &mut FactHandle) -> String {
        fact.value.clone()
    }

    /// Its words in the bible, as a quote; `()` when its note is gone.
    #[rhai_fn(get = "quote", pure)]
    pub fn fact_quote(fact: &mut FactHandle) -> Dynamic {
        fact.quote().map_or(Dynamic::UNIT, Dynamic::from)
    }

    /// Whether it holds, or is known, in the scene: its `from` is the scene, an earlier one, or the beginning.
    #[rhai_fn(name = "is_known_in", pure)]
    pub fn fact_is_known_in(fact: &mut FactHandle, scene: SceneHandle) -> bool {
        fact.from.is_none_or(|from| from <= scene.point)
    }

    /// Where in the story it begins to hold, for messages: `book 1, chapter 4`; `""` from the beginning.
    #[rhai_fn(get = "from", pure)]
    pub fn fact_from(fact: &mut FactHandle) -> String {
        fact.from.map(|from| format!("book {}, chapter {}", from.book + 1, from.chapter + 1)).unwrap_or_default()
    }

    /// Whether a text cannot mean the same as the fact's value: `eyes: green` differs from “blue eyes”, not from “eyes like grass”.
    #[rhai_fn(name = "differs", pure)]
    pub fn fact_differs_from_text(fact: &mut FactHandle, text: &str) -> bool {
        use crate::facts::value::{Difference, Value};
        Value::parse(&fact.name, &fact.value).differs(&Value::parse(&fact.name, text)) == Difference::Different
    }

    /// Everything of an entry as a map, for questions and notes.
    #[rhai_fn(name = "as_map", pure)]
    pub fn entry_as_map(entry: &mut EntryHandle) -> Map {
        let facts = entry.world.bible.at(entry.point).facts_of(&entry.name);
        facts.iter().map(|fact| (fact.name.as_str().into(), fact.value.clone().into())).collect()
    }
}
