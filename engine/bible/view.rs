//! The bible as it stands at one point of the story.
//!
//! Of two layers the nearer wins, field by field: the layer of the point's book over the series. Within a layer the latest value that
//! holds at the point wins. Facts are one field when their names differ in case, spaces, underscores and hyphens only.

use super::{Bible, Entry, EntryKind, Fact, Knowledge, Relation, Statement};
use crate::manuscript::StoryPoint;
use crate::text::words;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// The merged bible at a point of the story. Making one costs nothing.
#[derive(Clone, Copy, Debug)]
pub struct BibleView<'a> {
    bible: &'a Bible,
    point: StoryPoint,
}

/// One subject with its layers merged.
#[derive(Clone, Debug)]
pub struct MergedEntry<'a> {
    pub name: &'a str,
    pub kind: EntryKind,
    /// Of all layers that hold at the point, without repetition.
    pub aliases: Vec<&'a str>,
    pub facts: Vec<&'a Fact>,
    pub relations: Vec<&'a Relation>,
    pub knows: Vec<&'a Knowledge>,
    pub lies: Vec<&'a Statement>,
    /// What was merged, series layer first.
    pub entries: Vec<&'a Entry>,
}

/// What two names of facts have in common when they mean one field: `Stands_on` and `stands on`.
pub fn fact_key(name: &str) -> String {
    words::fold(name).replace([' ', '-'], "")
}

/// All entries of one name, with their facts sorted by field, so that a view has nothing to fold.
#[derive(Clone, Debug)]
struct Subject {
    /// Positions in [`Bible::entries`], series layer first.
    entries: Vec<usize>,
    /// Every field in the order of its first appearance, with all values it ever has.
    fields: Vec<(String, Vec<TimedFact>)>,
    /// Entry and position of everything it knows; another entry may say so with `who`.
    knows: Vec<(usize, usize)>,
}

/// One value of a field and when it holds.
#[derive(Clone, Debug)]
struct TimedFact {
    entry: usize,
    /// The progression it belongs to, nothing when it is a fact of the entry itself.
    progression: Option<usize>,
    fact: usize,
    from: Option<StoryPoint>,
    /// The first point where it no longer holds.
    until: Option<StoryPoint>,
}

/// What the views of a bible share, computed once.
#[derive(Clone, Debug, Default)]
pub(super) struct Subjects {
    list: Vec<Subject>,
    by_name: HashMap<String, usize>,
}

impl Subjects {
    /// `entries` must be in the bible's order.
    pub(super) fn new(entries: &[Entry]) -> Subjects {
        let mut subjects = Subjects::default();
        for (position, entry) in entries.iter().enumerate() {
            let index = *subjects.by_name.entry(words::fold(&entry.name)).or_insert_with(|| {
                subjects.list.push(Subject { entries: Vec::new(), fields: Vec::new(), knows: Vec::new() });
                subjects.list.len() - 1
            });
            let subject = &mut subjects.list[index];
            subject.entries.push(position);
            for (place, fact) in entry.facts.iter().enumerate() {
                subject.add(fact, TimedFact { entry: position, progression: None, fact: place, from: fact.from, until: None });
            }
            for (number, progression) in entry.progressions.iter().enumerate() {
                for (place, fact) in progression.facts.iter().enumerate() {
                    let from = Some(progression.from);
                    let timed = TimedFact { entry: position, progression: Some(number), fact: place, from, until: progression.until };
                    subject.add(fact, timed);
                }
            }
        }
        for (position, entry) in entries.iter().enumerate() {
            for (place, knowledge) in entry.knows.iter().enumerate() {
                if let Some(index) = subjects.by_name.get(&words::fold(&knowledge.subject)) {
                    subjects.list[*index].knows.push((position, place));
                }
            }
        }
        subjects
    }
}

impl Subject {
    fn add(&mut self, fact: &Fact, timed: TimedFact) {
        let key = fact_key(&fact.name);
        match self.fields.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(timed),
            None => self.fields.push((key, vec![timed])),
        }
    }
}

impl TimedFact {
    fn fact<'a>(&self, bible: &'a Bible) -> Option<&'a Fact> {
        let entry = &bible.entries[self.entry];
        match self.progression {
            Some(number) => entry.progressions.get(number)?.facts.get(self.fact),
            None => entry.facts.get(self.fact),
        }
    }
}

fn holds(point: StoryPoint, from: Option<StoryPoint>, until: Option<StoryPoint>) -> bool {
    from.is_none_or(|from| from <= point) && until.is_none_or(|until| point < until)
}

impl<'a> BibleView<'a> {
    pub(super) fn new(bible: &'a Bible, point: StoryPoint) -> BibleView<'a> {
        BibleView { bible, point }
    }

    /// The point of the story it shows.
    pub fn point(&self) -> StoryPoint {
        self.point
    }

    /// The names of all subjects of the series and of the point's book, in the bible's order.
    pub fn entries(&self) -> Vec<&'a str> {
        self.bible.subjects.list.iter().filter_map(|subject| self.visible_name(subject)).collect()
    }

    /// Those of the names that are a visible subject's, in the bible's order.
    pub fn entries_among(&self, names: &BTreeSet<String>) -> Vec<&'a str> {
        let subjects = &self.bible.subjects;
        let places: BTreeSet<usize> = names.iter().filter_map(|name| subjects.by_name.get(&words::fold(name)).copied()).collect();
        let visible = places.into_iter().filter_map(|place| self.visible_name(&subjects.list[place]));
        visible.filter(|name| names.contains(*name)).collect()
    }

    /// The name of the subject that a name, or an alias that means nobody else, stands for.
    pub fn name_of(&self, name: &str) -> Option<&'a str> {
        self.visible_name(self.subject(name)?)
    }

    fn visible_name(&self, subject: &Subject) -> Option<&'a str> {
        let first = subject.entries.iter().find(|entry| self.is_visible(**entry))?;
        Some(&self.bible.entries[*first].name)
    }

    /// A subject by its name, or by an alias that means nobody else.
    pub fn entry(&self, name: &str) -> Option<MergedEntry<'a>> {
        let entries = self.visible_entries(name);
        let mut aliases: Vec<&str> = Vec::new();
        for alias in entries.iter().flat_map(|entry| &entry.aliases) {
            if !aliases.contains(&alias.as_str()) {
                aliases.push(alias);
            }
        }
        Some(MergedEntry {
            name: &entries.first()?.name,
            kind: self.kind_of(name)?,
            aliases,
            facts: self.facts_of(name),
            relations: self.relations_of(name),
            knows: self.knows(name),
            lies: self.lies_of(name),
            entries,
        })
    }

    /// What the subject is; the nearer layer wins.
    pub fn kind_of(&self, name: &str) -> Option<EntryKind> {
        let entries = self.visible_entries(name);
        let nearest = entries.iter().map(|entry| entry.book).max()?;
        entries.iter().find(|entry| entry.book == nearest).map(|entry| entry.kind)
    }

    /// The facts that hold at the point, one value for each field.
    pub fn facts_of(&self, name: &str) -> Vec<&'a Fact> {
        let fields = self.subject(name).map_or(&[][..], |subject| &subject.fields);
        fields.iter().filter_map(|(_, values)| self.effective(values)).collect()
    }

    /// The value of one field at the point.
    pub fn fact(&self, name: &str, fact_name: &str) -> Option<&'a Fact> {
        self.effective(self.values(name, fact_name))
    }

    /// Every value a field ever has in any book: whether something is "true, but earlier" or "not yet".
    pub fn all_values_of(&self, name: &str, fact_name: &str) -> Vec<&'a Fact> {
        self.values(name, fact_name).iter().filter_map(|timed| timed.fact(self.bible)).collect()
    }

    /// The relations that hold at the point. A relation of the book's layer replaces those of the series to the same person.
    pub fn relations_of(&self, name: &str) -> Vec<&'a Relation> {
        let entries = self.visible_entries(name);
        let nearer: Vec<String> = entries
            .iter()
            .filter(|entry| entry.book.is_some())
            .flat_map(|entry| &entry.relations)
            .map(|relation| words::fold(&relation.to))
            .collect();
        let is_replaced = |entry: &Entry, relation: &Relation| entry.book.is_none() && nearer.contains(&words::fold(&relation.to));
        let relations = entries.iter().flat_map(|entry| entry.relations.iter().map(move |relation| (*entry, relation)));
        let valid = relations.filter(|(entry, relation)| !is_replaced(entry, relation) && holds(self.point, relation.from, relation.until));
        valid.map(|(_, relation)| relation).collect()
    }

    /// What the subject knows at the point.
    pub fn knows(&self, name: &str) -> Vec<&'a Knowledge> {
        self.all_knowledge_of(name).into_iter().filter(|knowledge| knowledge.from <= self.point).collect()
    }

    /// What the subject knows at the point or will know later: each has its `from`.
    pub fn all_knowledge_of(&self, name: &str) -> Vec<&'a Knowledge> {
        let places = self.subject(name).map_or(&[][..], |subject| &subject.knows);
        let visible = places.iter().filter(|(entry, _)| self.is_visible(*entry));
        visible.filter_map(|(entry, place)| self.bible.entries[*entry].knows.get(*place)).collect()
    }

    /// What the subject says although it is not true.
    pub fn lies_of(&self, name: &str) -> Vec<&'a Statement> {
        self.visible_entries(name).into_iter().flat_map(|entry| &entry.lies).collect()
    }

    fn subject(&self, name: &str) -> Option<&'a Subject> {
        let subjects = &self.bible.subjects;
        let index = subjects.by_name.get(&words::fold(name)).or_else(|| match self.bible.names.canonical(name).as_slice() {
            [only] => subjects.by_name.get(&words::fold(only)),
            _ => None,
        });
        index.map(|index| &subjects.list[*index])
    }

    fn is_visible(&self, entry: usize) -> bool {
        self.bible.entries[entry].book.is_none_or(|book| book == self.point.book)
    }

    fn visible_entries(&self, name: &str) -> Vec<&'a Entry> {
        let positions = self.subject(name).map_or(&[][..], |subject| &subject.entries);
        positions.iter().filter(|position| self.is_visible(**position)).map(|position| &self.bible.entries[*position]).collect()
    }

    fn values(&self, name: &str, fact_name: &str) -> &'a [TimedFact] {
        let key = fact_key(fact_name);
        let field = self.subject(name).and_then(|subject| subject.fields.iter().find(|(known, _)| *known == key));
        field.map_or(&[], |(_, values)| values)
    }

    /// The value that holds: nearest layer, then latest beginning. Of two that begin together the later progression wins, but the
    /// first of two plain facts, because a second note of one name must not change what the first one says.
    fn effective(&self, values: &'a [TimedFact]) -> Option<&'a Fact> {
        let holding =
            values.iter().enumerate().filter(|(_, timed)| self.is_visible(timed.entry) && holds(self.point, timed.from, timed.until));
        let rank = |(order, timed): &(usize, &TimedFact)| {
            let first_wins = Reverse(if timed.progression.is_none() { *order } else { 0 });
            (self.bible.entries[timed.entry].book, timed.from, timed.progression.is_some(), first_wins, *order)
        };
        holding.max_by_key(rank)?.1.fact(self.bible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bible::samples::{at, read_notes};

    fn bible(notes: &[(&str, &str)]) -> Bible {
        let (bible, problems) = read_notes(notes);
        assert_eq!(problems, []);
        bible
    }

    fn facts(bible: &Bible, name: &str, point: StoryPoint) -> Vec<String> {
        bible.at(point).facts_of(name).iter().map(|fact| format!("{}: {}", fact.name, fact.value)).collect()
    }

    const MARA: &str = "---\nname: Mara Vance\naliases: [Mara]\nfacts: { Eye_colour: green, rank: clerk, home: Stennick }\nprogressions:\n- { from: book-1/02#2, facts: { rank: master } }\n- { from: book-1/03, until: book-2/02, facts: { home: Dunmarrow, hair: white } }\n---\n";

    #[test]
    fn progressions_hold_from_their_scene_until_their_end() {
        let bible = bible(&[("bible/mara.md", MARA)]);
        let begin = ["Eye_colour: green", "rank: clerk", "home: Stennick"];
        assert_eq!(facts(&bible, "Mara Vance", at(0, 0, 0)), begin);
        assert_eq!(facts(&bible, "Mara Vance", at(0, 1, 0)), begin);
        assert_eq!(facts(&bible, "Mara Vance", at(0, 1, 1)), ["Eye_colour: green", "rank: master", "home: Stennick"]);
        assert_eq!(facts(&bible, "Mara Vance", at(1, 0, 1)), ["Eye_colour: green", "rank: master", "home: Dunmarrow", "hair: white"]);
        assert_eq!(facts(&bible, "Mara Vance", at(1, 1, 0)), ["Eye_colour: green", "rank: master", "home: Stennick"]);
    }

    #[test]
    fn the_layer_of_the_points_book_wins_field_by_field() {
        let layer =
            "---\nname: mara vance\nfacts: { 'eye colour': blue, age: 40 }\nprogressions: [{ from: 02, facts: { age: 41 } }]\n---\n";
        let bible = bible(&[("book-1/bible/mara.md", layer), ("bible/mara.md", MARA)]);
        assert_eq!(facts(&bible, "Mara Vance", at(0, 0, 0)), ["eye colour: blue", "rank: clerk", "home: Stennick", "age: 40"]);
        assert_eq!(
            facts(&bible, "Mara Vance", at(0, 2, 0)),
            ["eye colour: blue", "rank: master", "home: Dunmarrow", "hair: white", "age: 41"]
        );
        assert_eq!(facts(&bible, "Mara Vance", at(1, 1, 0)), ["Eye_colour: green", "rank: master", "home: Stennick"]);
        let values: Vec<&str> = bible.at(at(1, 0, 0)).all_values_of("Mara", "EYE-COLOUR").iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!(values, ["green", "blue"]);
        assert_eq!(bible.at(at(0, 0, 0)).fact("Mara", "eye colour").map(|fact| fact.value.as_str()), Some("blue"));
        assert_eq!(bible.at(at(0, 0, 0)).fact("Mara", "eyes"), None);
    }

    #[test]
    fn a_layer_outranks_a_progression_of_the_series() {
        let layer = "---\nname: Mara Vance\nfacts: { rank: captain }\n---\n";
        let bible = bible(&[("bible/mara.md", MARA), ("book-2/bible/mara.md", layer)]);
        assert_eq!(bible.at(at(1, 1, 0)).fact("Mara", "rank").map(|fact| fact.value.as_str()), Some("captain"));
    }

    #[test]
    fn only_the_series_and_the_points_book_are_visible() {
        let julian = "---\nname: Julian\nkind: place\n---\n";
        let bible = bible(&[("bible/mara.md", MARA), ("book-2/bible/julian.md", julian)]);
        assert_eq!(bible.at(at(0, 0, 0)).entries(), ["Mara Vance"]);
        assert_eq!(bible.at(at(1, 0, 0)).entries(), ["Mara Vance", "Julian"]);
        assert_eq!(bible.at(at(0, 0, 0)).kind_of("Julian"), None);
        assert_eq!(bible.at(at(1, 0, 0)).kind_of("julian"), Some(EntryKind::Place));
        assert!(bible.at(at(0, 0, 0)).entry("Julian").is_none() && bible.at(at(0, 0, 0)).entry("Nobody").is_none());
        assert_eq!(bible.at(at(0, 0, 0)).facts_of("Nobody"), [] as [&Fact; 0]);
    }

    #[test]
    fn a_merged_entry_holds_what_its_parts_hold() {
        let series = "---\nname: Mara Vance\naliases: [Mara]\neyes: green\nrelations: [{ to: Ida, is: sister }, { to: Edmund, is: friend, until: book-2/01 }, { to: Noll, is: wife, from: book-1/02 }]\nknows: [{ fact: one, from: book-1/02 }, { fact: two, from: book-2/02 }]\nlies: [I am old]\n---\n";
        let layer = "---\nname: Mara Vance\naliases: [Mara, Captain]\nrelations: [{ to: ida, is: enemy }]\nlies: [I am young]\n---\n";
        let other = "---\nname: Ida\nknows: [{ who: Mara, fact: three, from: book-2/01 }]\n---\n";
        let bible = bible(&[("bible/mara.md", series), ("book-2/bible/mara.md", layer), ("bible/ida.md", other)]);
        let relations = |point| {
            bible.at(point).relations_of("Mara").iter().map(|relation| format!("{} {}", relation.is, relation.to)).collect::<Vec<_>>()
        };
        assert_eq!(relations(at(0, 0, 0)), ["sister Ida", "friend Edmund"]);
        assert_eq!(relations(at(0, 1, 0)), ["sister Ida", "friend Edmund", "wife Noll"]);
        assert_eq!(relations(at(1, 0, 0)), ["wife Noll", "enemy ida"]);
        let merged = bible.at(at(1, 0, 0)).entry("Captain").expect("an entry");
        assert_eq!((merged.name, merged.kind, merged.aliases.as_slice()), ("Mara Vance", EntryKind::Character, &["Mara", "Captain"][..]));
        assert_eq!(merged.facts.iter().map(|fact| fact.value.as_str()).collect::<Vec<_>>(), ["green"]);
        assert_eq!(merged.knows.iter().map(|knowledge| knowledge.fact.as_str()).collect::<Vec<_>>(), ["three", "one"]);
        assert_eq!(merged.lies.iter().map(|lie| lie.text.as_str()).collect::<Vec<_>>(), ["I am old", "I am young"]);
        assert_eq!(merged.entries.iter().map(|entry| entry.book).collect::<Vec<_>>(), [None, Some(1)]);
        let all = bible.at(at(0, 0, 0)).all_knowledge_of("Mara Vance");
        assert_eq!(
            all.iter().map(|knowledge| (knowledge.fact.as_str(), knowledge.from)).collect::<Vec<_>>(),
            [("three", at(1, 0, 0)), ("one", at(0, 1, 0)), ("two", at(1, 1, 0))]
        );
    }

    #[test]
    fn a_death_is_a_fact_from_its_chapter_on() {
        let bible = bible(&[("bible/osric.md", "---\nname: Osric\nfacts: { died: book-1/02 }\n---\n")]);
        assert_eq!(facts(&bible, "Osric", at(0, 0, 1)), [] as [&str; 0]);
        assert_eq!(facts(&bible, "Osric", at(0, 1, 0)), ["died: book-1/02"]);
    }
}
