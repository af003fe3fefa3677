//! What can be contradicted: facts that the prose or the bible states, and matters on which both are silent.

use super::dice::Dice;
use super::places::Places;
use super::wording::{OTHER_COUNT, TOPICS, Topic, spelt};
use super::{Kind, Origin};
use crate::bible::{Bible, EntryKind};
use crate::facts::calendar::Calendar;
use crate::facts::{Assertion, Facts, Gender, Subject, Value, Voice, value};
use crate::manuscript::{Series, StoryPoint};
use crate::text::{SourcePath, Span};
use std::collections::BTreeMap;

/// A person must be named at least this often, so that there are places to choose from.
const MIN_MENTIONS: usize = 6;

/// A series with everything the planning looks at.
pub(super) struct Story<'a> {
    pub series: &'a Series,
    pub bible: &'a Bible,
    pub calendar: &'a Calendar,
    pub facts: Facts,
    pub places: Places,
    /// The people who are named often and of whom the text tells whether they are he or she, in order of their names.
    pub people: Vec<(String, Gender)>,
    /// All prose in lower case.
    pub prose: String,
    /// For each person, the sentences that name them, in lower case.
    said_of: BTreeMap<String, String>,
}

/// Something that can be stated, and stated otherwise.
#[derive(Clone)]
pub(super) struct Source {
    pub topic: Topic,
    /// The attribute as `facts` names it.
    pub attribute: String,
    pub subject: String,
    pub other: Option<String>,
    pub origin: Origin,
    /// What is true; nothing for a matter that nobody speaks of, of which anything may be planted.
    pub right: Option<Value>,
    pub receipts: Vec<(SourcePath, Span)>,
    /// From where on in the story it is stated; nothing: from the beginning.
    pub from: Option<StoryPoint>,
}

impl<'a> Story<'a> {
    /// Reads a series.
    pub fn read(series: &'a Series, bible: &'a Bible, calendar: &'a Calendar) -> Story<'a> {
        let facts = Facts::read(series, bible, calendar);
        let places = Places::find(series, facts.cast());
        let known = facts.cast().people().iter().filter(|person| person.kind == EntryKind::Character && person.count >= MIN_MENTIONS);
        let mut people: Vec<(String, Gender)> = known.filter_map(|person| Some((person.name.clone(), person.gender?))).collect();
        people.sort_by(|one, two| one.0.cmp(&two.0));
        let mut said_of: BTreeMap<String, String> = BTreeMap::new();
        let mut prose = String::new();
        for scene in series.chapters().flat_map(|chapter| &chapter.scenes) {
            prose += &scene.prose.to_lowercase();
            prose.push('\n');
            for mention in facts.cast().mentions(scene) {
                let Some(sentence) = scene.sentence_at(mention.range.start) else { continue };
                let said = said_of.entry(mention.name).or_default();
                *said += &scene.sentence_text(sentence).to_lowercase();
                said.push('\n');
            }
        }
        Story { series, bible, calendar, facts, places, people, prose, said_of }
    }

    /// Whether a person is he or she.
    pub fn gender(&self, name: &str) -> Option<Gender> {
        self.people.iter().find(|(known, _)| known == name).map(|(_, gender)| *gender)
    }

    /// Where a sentence of the prose stands in its file.
    pub fn receipt(&self, point: StoryPoint, sentence: std::ops::Range<usize>) -> Option<(SourcePath, Span)> {
        let chapter = self.series.books.get(point.book)?.chapters.get(point.chapter)?;
        Some((chapter.path.clone(), chapter.scenes.get(point.scene)?.locate(sentence)))
    }

    /// What the text and the bible state, of one kind.
    pub fn stated(&self, kind: Kind) -> Vec<Source> {
        let mut groups: BTreeMap<(&str, &str), Vec<&Assertion>> = BTreeMap::new();
        for assertion in self.facts.assertions() {
            if let Subject::Known(subject) = &assertion.subject
                && assertion.voice == Voice::Narration
                && !assertion.hedged
                && self.topic_of(kind, &assertion.attribute, subject).is_some()
            {
                groups.entry((subject, &assertion.attribute)).or_default().push(assertion);
            }
        }
        let of_prose = groups.into_iter().filter_map(|((subject, attribute), said)| self.of_prose(kind, subject, attribute, &said));
        of_prose.chain(self.of_bible(kind)).collect()
    }

    fn of_prose(&self, kind: Kind, subject: &str, attribute: &str, said: &[&Assertion]) -> Option<Source> {
        let first = said.first()?;
        // Where the text itself is at odds, nobody can say what is right.
        if said.iter().any(|one| one.value.differs(&first.value) != value::Difference::Same) {
            return None;
        }
        let receipts = said.iter().filter_map(|one| self.receipt(one.point, one.sentence.clone())).collect();
        Some(Source {
            topic: self.topic_of(kind, attribute, subject)?,
            attribute: attribute.to_string(),
            subject: subject.to_string(),
            other: attribute.strip_prefix("relation to ").map(str::to_string),
            origin: Origin::Prose,
            right: Some(first.value.clone()),
            receipts,
            from: Some(first.point),
        })
    }

    /// Facts of the bible that never change.
    fn of_bible(&self, kind: Kind) -> Vec<Source> {
        let mut sources = Vec::new();
        for entry in &self.bible.entries {
            for fact in entry.facts.iter().filter(|fact| fact.from.is_none()) {
                let attribute = value::attribute_of(&fact.name);
                let has_other_values = entry.progressions.iter().flat_map(|later| &later.facts).any(|later| later.name == fact.name);
                let Some(topic) = self.topic_of(kind, &attribute, &entry.name).filter(|_| !has_other_values) else { continue };
                sources.push(Source {
                    topic,
                    attribute,
                    subject: entry.name.clone(),
                    other: None,
                    origin: Origin::Bible,
                    right: Some(Value::parse(&fact.name, &fact.value)),
                    receipts: vec![(fact.file.clone(), fact.span)],
                    from: None,
                });
            }
        }
        sources
    }

    /// The topic an attribute belongs to, when its subject can be written about.
    fn topic_of(&self, kind: Kind, attribute: &str, subject: &str) -> Option<Topic> {
        let gender = self.gender(subject);
        let fits = |topic: &&Topic| topic.kind == kind && (topic.gender.is_none() || topic.gender == gender);
        if let Some(other) = attribute.strip_prefix("relation to ") {
            let is_known = gender.is_some() && self.gender(other).is_some();
            return TOPICS.iter().filter(fits).find(|topic| topic.attribute == "relation to" && is_known).copied();
        }
        let known = TOPICS.iter().filter(fits).find(|topic| topic.attribute == attribute).filter(|_| gender.is_some());
        let is_count = kind == Kind::Count && attribute.starts_with("number of ");
        let is_counted = is_count && self.facts.cast().person(subject).is_some();
        known.copied().or_else(|| is_counted.then_some(OTHER_COUNT))
    }

    /// Matters of one kind on which text and bible are silent, in another order for other dice.
    pub fn open(&self, kind: Kind, dice: &mut Dice) -> Vec<Source> {
        let mut sources = Vec::new();
        for topic in TOPICS.iter().filter(|topic| topic.kind == kind) {
            // Somebody who runs about in the text cannot be said to have lost a leg.
            if topic.attribute.starts_with("missing ") {
                continue;
            }
            for (subject, gender) in &self.people {
                let is_pair = matches!(kind, Kind::Kinship | Kind::Knowledge);
                let other = is_pair.then(|| self.companion(subject, dice)).flatten();
                let fits = topic.gender.is_none_or(|wanted| wanted == *gender) && (!is_pair || other.is_some());
                if fits && self.is_silent(topic, subject, other.as_deref()) {
                    let (attribute, subject, origin) = (topic.attribute.to_string(), subject.clone(), Origin::Planted);
                    sources.push(Source {
                        topic: *topic,
                        attribute,
                        subject,
                        other,
                        origin,
                        right: None,
                        receipts: Vec::new(),
                        from: None,
                    });
                }
            }
        }
        dice.shuffle(&mut sources);
        sources
    }

    fn companion(&self, subject: &str, dice: &mut Dice) -> Option<String> {
        let others: Vec<&String> = self.people.iter().map(|(name, _)| name).filter(|name| *name != subject).collect();
        dice.pick(&others).map(ToString::to_string)
    }

    /// Whether neither the text nor the bible says anything of a topic, as far as can be known.
    fn is_silent(&self, topic: &Topic, subject: &str, other: Option<&str>) -> bool {
        let attribute = other.map_or(topic.attribute.to_string(), |other| format!("{} {other}", topic.attribute));
        let may_be_theirs = |assertion: &Assertion| match &assertion.subject {
            Subject::Known(name) => name == subject || Some(name.as_str()) == other,
            Subject::Unclear(names) => names.iter().any(|name| name == subject),
        };
        let is_same = |said: &str| said == attribute || topic.kind == Kind::Kinship && said.starts_with("relation to ");
        let is_asserted = self.facts.assertions().iter().any(|said| is_same(&said.attribute) && may_be_theirs(said));
        let in_bible = self.bible.entries.iter().filter(|entry| entry.name == subject || Some(entry.name.as_str()) == other);
        let in_bible = in_bible.flat_map(|entry| &entry.facts).any(|fact| value::attribute_of(&fact.name) == topic.attribute)
            || topic.kind == Kind::Kinship && self.bible.entries.iter().any(|entry| entry.name == subject && !entry.relations.is_empty());
        let said = self.said_of.get(subject).map_or("", String::as_str);
        !is_asserted && !in_bible && tell_tales(topic).iter().all(|word| !said.contains(word))
    }
}

/// Words whose presence in a sentence on somebody may mean that the topic is spoken of.
fn tell_tales(topic: &Topic) -> Vec<&'static str> {
    match topic.kind {
        Kind::Eyes => vec![" eyes", "-eyed"],
        Kind::Hair => vec!["hair", "beard", "bald"],
        Kind::Build => vec![" tall", " short ", " thin", " stout", " lean", " fat", " slender", " slim", " huge", " height"],
        Kind::Age => vec![" years old", " years of age", " aged "],
        Kind::Side => vec!["left ", "left-", "right-", "scar", "lame", "limp", "crutch"],
        Kind::Knowledge => vec!["prison"],
        Kind::Count => vec!["brother", "sister", "child", "son ", "daughter"],
        _ => topic.values.to_vec(),
    }
}

/// Ways to say something else than what is right, likeliest contradictions only.
pub(super) fn wrong_values(source: &Source, right: &Value, dice: &mut Dice) -> Vec<String> {
    if let Value::Number { number, .. } = right {
        return wrong_numbers(source.topic.kind, *number, dice);
    }
    let mut wrong: Vec<String> = source.topic.values.iter().map(ToString::to_string).collect();
    wrong.retain(|value| right.differs(&parse(&source.attribute, value)) == value::Difference::Different);
    dice.shuffle(&mut wrong);
    wrong
}

/// A planted value as a value of its attribute.
pub(super) fn parse(attribute: &str, text: &str) -> Value {
    let is_side = ["scar on ", "lame ", "blind ", "missing "].iter().any(|start| attribute.starts_with(start));
    Value::parse(if is_side { "handedness" } else { attribute }, text)
}

/// An age that is lower, or so much higher that a few chapters cannot explain it; a number that is another.
fn wrong_numbers(kind: Kind, number: f64, dice: &mut Dice) -> Vec<String> {
    // Facts keep numbers as fractions; nobody is a quarter of a year old, and nothing planted is above a thousand.
    let number = number.round().clamp(0.0, 1_000.0) as u32;
    let step = u32::try_from(dice.below(6)).unwrap_or(0);
    let (lower, higher) = match kind {
        Kind::Age => (number.saturating_sub(5 + step), number + 17 + step),
        _ => (number.saturating_sub(1 + step / 3), number + 1 + step + number / 3),
    };
    let mut wrong = vec![higher];
    if lower >= if kind == Kind::Age { 12 } else { 2 } {
        wrong.push(lower);
    }
    dice.shuffle(&mut wrong);
    wrong.into_iter().map(spelt).collect()
}

/// What is right, as a sentence can have it.
pub(super) fn words_of(right: &Value) -> String {
    match right {
        Value::Number { number, .. } => spelt(number.round().clamp(0.0, 1_000.0) as u32),
        other => other.to_string(),
    }
}
