//! The prose's facts against the bible: what is stated of an entry, and what the bible says of it at that point of the story.

use super::clash::{Clash, Reader};
use super::fact::Fact;
use super::note::stems;
use super::pairs::Pair;
use super::people::{Owner, without_article};
use super::sources::of_bible;
use super::statements::{self, Stated};
use super::value::{Comparison, compare};
use super::{deeds, passing};
use crate::bible::{self, Bible, Entry, EntryKind};
use crate::manuscript::StoryPoint;
use crate::text::words::fold;
use std::collections::{BTreeMap, BTreeSet};

/// The log-odds of a pair with the bible before the model has seen it: what the author has written down is meant to hold.
const PRIOR: f64 = -1.6;

/// What the prose says otherwise than the bible, as it stands at that point of the story; in the order of the story. `facts` are those of
/// [`super::sources::of_prose`].
pub fn clashes(facts: &[Fact], bible: &Bible, reader: Reader<'_>) -> Vec<Clash> {
    let stated = statements::of_entries(&reader.reading.entries, bible);
    let canon = Canon::of(bible, &stated);
    let noted = facts.iter().filter(|fact| fact.is_noted() && fact.is_ground(reader.reading));
    let mut pairs: Vec<Pair> = noted.flat_map(|fact| canon.against(fact)).collect();
    let matter = |pair: &Pair| pair.later.in_prose().map(|(point, sentence)| (point, sentence.start, pair.earlier.attribute.group));
    let seen: BTreeSet<_> = pairs.iter().filter_map(matter).collect();
    pairs.extend(canon.shown(facts, reader).into_iter().filter(|pair| matter(pair).is_some_and(|matter| !seen.contains(&matter))));
    let (judged, _) = reader.verdicts(pairs, PRIOR);
    reader.clashes(&judged)
}

/// What the bible says: the author's fields, and what the reader noted of its sentences.
struct Canon<'a> {
    bible: &'a Bible,
    /// By the folded name of whom they are about.
    sentences: BTreeMap<String, Vec<&'a Stated>>,
}

impl<'a> Canon<'a> {
    fn of(bible: &'a Bible, stated: &'a [Stated]) -> Canon<'a> {
        let mut sentences: BTreeMap<String, Vec<&Stated>> = BTreeMap::new();
        for stated in stated {
            sentences.entry(fold(&stated.fact.subject)).or_default().push(stated);
        }
        Canon { bible, sentences }
    }

    /// What holds of a subject at a point of the story. Of one matter a field comes before a sentence, and the book's sentence before the series'.
    fn at(&self, name: &str, point: StoryPoint) -> Vec<Fact> {
        let view = self.bible.at(point);
        let Some(name) = view.name_of(name) else { return Vec::new() };
        let mut held: Vec<Fact> = view.facts_of(name).into_iter().filter_map(of_bible).collect();
        let mut layers = [Vec::new(), Vec::new()];
        for stated in self.sentences.get(&fold(name)).into_iter().flatten() {
            match stated.book {
                Some(book) if book == point.book => layers[0].push(&stated.fact),
                None => layers[1].push(&stated.fact),
                Some(_) => {}
            }
        }
        for layer in layers {
            let is_new = |fact: &&Fact| held.iter().all(|nearer| !is_one_matter(nearer, fact));
            let new: Vec<Fact> = layer.into_iter().filter(is_new).cloned().collect();
            held.extend(new);
        }
        held
    }

    /// A fact with what the bible says otherwise of its matter there.
    ///
    /// A bible's words and the prose's are seldom the same: only values whose types exclude each other are held against each other.
    fn against(&self, fact: &Fact) -> Vec<Pair> {
        let (Owner::Person(name) | Owner::Thing(name), Some((point, _))) = (&fact.owner, fact.in_prose()) else { return Vec::new() };
        let mut held = self.at(name, point);
        held.retain(|canon| canon.attribute.group == fact.attribute.group);
        // Where the bible tells two things of one matter, the prose may agree with either.
        let agrees =
            held.iter().any(|canon| is_one_matter(canon, fact) && shares_words(canon, fact) && compare(canon, fact) == Comparison::Fine);
        held.retain(|canon| !agrees && compare(canon, fact) == Comparison::Differ);
        held.retain(|canon| canon.in_bible().is_some_and(|stated| !was_true(self.bible, stated, fact)));
        held.into_iter().map(|earlier| Pair::new(earlier, fact.clone(), Comparison::Differ, 0.0)).collect()
    }

    /// What sentences show against the bible although no note was made of it: somebody does what they never learned, an only child has a sister,
    /// all eighty steps of a tower are climbed that has ninety.
    fn shown(&self, facts: &[Fact], reader: Reader<'_>) -> Vec<Pair> {
        let entries = &self.bible.entries;
        let by_name: BTreeMap<String, &Entry> = entries.iter().map(|entry| (fold(&entry.name), entry)).collect();
        let fields = entries.iter().flat_map(|entry| all_of(entry).filter_map(|fact| as_owned(entry, of_bible(fact)?)));
        let sentences = self.sentences.iter().flat_map(|(name, stated)| {
            let entry = by_name.get(name).copied();
            stated.iter().filter_map(move |stated| as_owned(entry?, stated.fact.clone()))
        });
        let stated: Vec<Fact> = fields.chain(sentences).collect();
        let mut pairs = deeds::denied_and_done(stated.iter(), facts, reader.reading, reader.series);
        pairs.extend(passing::pairs(&stated.iter().collect::<Vec<_>>(), reader.reading, reader.series));
        let holds = |pair: &Pair| {
            let (Some(stated), Some((point, _))) = (pair.earlier.in_bible(), pair.later.in_prose()) else { return false };
            self.at(&stated.subject, point).iter().any(|held| held.in_bible() == Some(stated))
        };
        pairs.retain(holds);
        pairs
    }
}

/// Whether two facts of one subject say the same kind of thing, so that only one of them can hold: her hair, but not two of her habits.
fn is_one_matter(one: &Fact, other: &Fact) -> bool {
    one.attribute.name == other.attribute.name && (!one.attribute.is_of_many() || shares_words(one, other))
}

fn shares_words(one: &Fact, other: &Fact) -> bool {
    let own = stems(&one.value);
    stems(&other.value).iter().any(|stem| own.contains(stem))
}

/// All facts of an entry, at whatever point of the story they hold.
fn all_of(entry: &Entry) -> impl Iterator<Item = &bible::Fact> {
    entry.facts.iter().chain(entry.progressions.iter().flat_map(|progression| &progression.facts))
}

/// A statement of an entry as its own: of a person, or of a thing by its name.
fn as_owned(entry: &Entry, fact: Fact) -> Option<Fact> {
    match entry.kind {
        EntryKind::Character => Some(fact),
        EntryKind::Place | EntryKind::Object => Some(Fact { owner: Owner::Thing(without_article(&entry.name.to_lowercase())), ..fact }),
        EntryKind::Event | EntryKind::Group | EntryKind::Rule => None,
    }
}

/// Whether the bible itself gives its fact another value at another time of the story, with which the prose agrees.
fn was_true(bible: &Bible, stated: &bible::Fact, fact: &Fact) -> bool {
    let all = bible.at(StoryPoint::BEGIN).all_values_of(&stated.subject, &stated.name);
    let others = all.into_iter().filter(|other| other.value != stated.value).filter_map(of_bible);
    others.into_iter().any(|other| compare(&other, fact) == Comparison::Fine)
}
