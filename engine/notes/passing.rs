//! What a sentence tells in passing, of which no note is made, held against what a note states: the yellow front door against the green one, the
//! window of a cell that has none, the husband who comes in and was buried in the spring.

use super::amount::number_in;
use super::attribute;
use super::deeds::deed;
use super::fact::Fact;
use super::note::{Standing, first_clause, has_any, words_of};
use super::pairs::{EXCLUSION_PRIORITY, Pair, Tie, WORDS_PRIORITY, pair};
use super::people::{Owner, Sureness, possession};
use super::reader::{Reading, SceneNotes};
use super::value::{Comparison, denies, is_of_looks, says_no};
use crate::facts::hedge;
use crate::facts::lexicon::{self, WordSet};
use crate::manuscript::Series;
use crate::text::number;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

/// Of one statement at most so many sentences are put to the model.
const MAX_OF_ONE: usize = 3;

/// So many words before a noun may belong to it, and so many behind it.
const WORDS_BEFORE: usize = 6;
const WORDS_BEHIND: usize = 5;

/// Words that make it another thing than the one that is meant.
const OTHER: &[&str] = &["another", "new", "second", "other", "future", "late", "former", "once", "next", "as"];

/// What people have for a while only, or nobody has: that it is missing at one time says nothing of another.
static PASSING: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "idea doubt time money one way chance need sign trace matter longer more better word words answer reply intention reason use good wish \
         wonder choice business right sense notion hope fear trouble difficulty effect interest part place room sound light wind rain moon \
         star stars hurry mistake secret question objection attention harm strength breath voice sleep appetite luck patience mercy pity \
         pleasure love thing things stranger fool such news friend friends enemy enemies help fault desire power mind memory knowledge thought \
         thoughts heart change end man woman men women people work fire food water coat hat coin coins weapon company visitor visitors \
         letter letters conversation appointment plan plans",
    )
});

/// A scene whose sentences are looked through.
struct Told<'a> {
    scene: &'a SceneNotes,
    prose: &'a str,
    reading: &'a Reading,
}

/// A statement whose opposite is looked for.
struct Sought<'a> {
    fact: &'a Fact,
    what: What,
}

enum What {
    /// A thing of a colour or a material, by the words that its name has beside its noun.
    Looks(BTreeSet<String>),
    /// Something that its owner has not, and whether that is for good.
    Missing { for_good: bool },
    /// So many of something.
    Number(f64),
    /// A relative who has died.
    Dead,
}

/// A noun of a sentence with the words that belong to it.
struct Phrase<'w> {
    words: &'w [String],
    /// Whose it is said to be, or what stands before it instead: the, her.
    determiner: Option<&'w str>,
    before: &'w [String],
    behind: &'w [String],
    place: usize,
}

/// The pairs of what is stated and what sentences elsewhere tell in passing.
pub(super) fn pairs(stated: &[&Fact], reading: &Reading, series: &Series) -> Vec<Pair> {
    let mut by_noun: BTreeMap<String, Vec<Sought<'_>>> = BTreeMap::new();
    for fact in stated.iter().filter(|fact| fact.sureness <= Sureness::Agreed) {
        for (noun, what) in sought(fact) {
            by_noun.entry(noun).or_default().push(Sought { fact, what });
        }
    }
    if by_noun.is_empty() {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    let mut found: BTreeMap<(StatementKey<'_>, &str), usize> = BTreeMap::new();
    for scene in reading.scenes.iter().filter(|scene| scene.is_present) {
        let Some((_, story)) = series.scene(scene.point) else { continue };
        let told = Told { scene, prose: &story.prose, reading };
        for (noun, line, pair) in told.within(&by_noun) {
            let count = found.entry((line, noun)).or_default();
            *count += 1;
            if *count <= MAX_OF_ONE {
                pairs.push(pair);
            }
        }
    }
    pairs
}

/// A statement, by where it stands and what it says.
type StatementKey<'a> = (crate::manuscript::StoryPoint, usize, [&'a str; 3]);

impl<'a> Told<'a> {
    /// What the scene's sentences tell against what is sought, with the noun and the statement.
    fn within<'s>(&self, by_noun: &'s BTreeMap<String, Vec<Sought<'s>>>) -> Vec<(&'s str, StatementKey<'s>, Pair)> {
        let mut found = Vec::new();
        for line in self.scene.lines() {
            let text = &self.prose[line.range.clone()];
            let words = words_of(text);
            let nouns = words.iter().enumerate().filter_map(|(place, word)| {
                let (noun, sought) = by_noun.get_key_value(singular(word))?;
                Some((place, noun.as_str(), sought))
            });
            let mut nouns = nouns.peekable();
            if nouns.peek().is_none() || !self.scene.ground.is_narration(&line.range) || says_no(text) || is_supposed(&words) {
                continue;
            }
            for (place, noun, all) in nouns {
                let phrase = Phrase::of(&words, place);
                for sought in all {
                    let pair = self.against(sought, &phrase, &line.range);
                    let order = sought.fact.order();
                    let words = [sought.fact.attribute.name, &sought.fact.subject, &sought.fact.value];
                    found.extend(pair.map(|pair| (noun, (order.0, order.1, words), pair)));
                }
            }
        }
        found
    }

    /// A phrase of a sentence held against a statement.
    fn against(&self, sought: &Sought<'_>, phrase: &Phrase<'_>, sentence: &Range<usize>) -> Option<Pair> {
        let fact = sought.fact;
        let is_same = fact.in_prose().is_some_and(|(point, own)| point == self.scene.point && own == sentence);
        if is_same {
            return None;
        }
        let here = |name: &str, value: String| {
            let attribute = attribute::named(name).unwrap_or(fact.attribute);
            Fact { value, ..deed(fact, attribute, self.scene.point, sentence.clone(), self.prose) }
        };
        match &sought.what {
            What::Looks(mods) => {
                let value = phrase.look_of(mods)?;
                // “Of oak, banded with iron” is of oak.
                let stated = Fact { value: first_clause(&fact.value).to_string(), ..fact.clone() };
                let (earlier, later) = (&stated, &here("look", value));
                let (earlier, later) = if earlier.order() <= later.order() { (earlier, later) } else { (later, earlier) };
                pair(earlier, later, None).filter(|pair| pair.comparison == Comparison::Differ)
            }
            // What was lost was there before.
            What::Missing { .. } if fact.order().0 > self.scene.point && is_loss(fact) => None,
            What::Missing { for_good } => self.is_held(phrase, &fact.owner, sentence).then(|| {
                let attribute = self.attribute_of(fact, phrase);
                // Of her who “wore no ring” the reader may have noted her title.
                let value = if denies(fact) { fact.value.clone() } else { format!("no {}", singular(&phrase.words[phrase.place])) };
                let stated = Fact { attribute: attribute::named(attribute).unwrap_or(fact.attribute), value, ..fact.clone() };
                let there = here(attribute, phrase.shown());
                let pair = |comparison, priority| Pair::in_order(&stated, &there, comparison, priority);
                if *for_good {
                    Pair { tie: Tie::Words, ..pair(Comparison::Differ, EXCLUSION_PRIORITY) }
                } else {
                    pair(Comparison::Open(1.0), WORDS_PRIORITY)
                }
            }),
            What::Number(number) => {
                let other = phrase.number()?;
                let is_other = (other - number).abs() > 0.5 && self.is_held(phrase, &fact.owner, sentence);
                is_other.then(|| {
                    let there = here("count", phrase.shown());
                    Pair { tie: Tie::Words, ..Pair::in_order(fact, &there, Comparison::Differ, EXCLUSION_PRIORITY) }
                })
            }
            What::Dead => {
                let is_later = self.scene.point > fact.order().0;
                let (of, _) = possession(&fact.subject)?;
                let holder = Owner::Person(self.reading.names.meant(of)?.to_string());
                let is_theirs = is_later && phrase.acts() && self.is_held(phrase, &holder, sentence);
                let alive =
                    || deed(fact, attribute::named("alive").unwrap_or(fact.attribute), self.scene.point, sentence.clone(), self.prose);
                is_theirs.then(|| Pair::in_order(fact, &alive(), Comparison::Open(1.0), WORDS_PRIORITY))
            }
        }
    }

    /// What the model is asked about: a daughter is family, a window part of its house.
    fn attribute_of(&self, fact: &Fact, phrase: &Phrase<'_>) -> &'static str {
        match &fact.owner {
            _ if lexicon::kin(singular(&phrase.words[phrase.place])).is_some() => "kin",
            Owner::Thing(_) => "part",
            _ if OF_HAVING.contains(&fact.attribute.name) => fact.attribute.name,
            _ => "owns",
        }
    }

    /// Whether a phrase says that something is an owner’s: Abara’s ring, the window of the cell, her ring.
    fn is_held(&self, phrase: &Phrase<'_>, owner: &Owner, sentence: &Range<usize>) -> bool {
        let is_possessive = phrase.determiner.is_some_and(|word| word.contains('\''));
        let stands_behind = |name: &str| phrase.behind.iter().any(|word| bare(word) == name);
        match owner {
            Owner::Thing(name) => {
                let names: Vec<&str> = name.split(' ').filter(|word| word.len() > 1).collect();
                let Some(last) = names.last() else { return false };
                let is_near = phrase.determiner.filter(|_| is_possessive).map(bare) == Some(*last) || stands_behind(last);
                is_near && names.iter().all(|name| phrase.words.iter().any(|word| bare(word) == *name))
            }
            Owner::Person(person) => {
                let (ground, names) = (&self.scene.ground, &self.reading.names);
                match phrase.determiner {
                    Some("his") => ground.may_mean("he", person, self.prose, sentence, names),
                    Some("her") => ground.may_mean("she", person, self.prose, sentence, names),
                    _ if is_possessive => ground.is_possessor(person, self.prose, sentence, names),
                    Some("the") | None => {
                        person.to_lowercase().split(' ').any(stands_behind) && ground.is_only_one(person, self.prose, sentence, names)
                    }
                    Some(_) => false,
                }
            }
            Owner::Narrator(_) | Owner::Scene | Owner::Stranger(_) => false,
        }
    }
}

/// A possessive without its ending.
fn bare(word: &str) -> &str {
    word.strip_suffix("'s").unwrap_or(word).trim_end_matches('\'')
}

/// A noun without the `s` of its plural.
fn singular(word: &str) -> &str {
    let word = bare(word);
    word.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s')).unwrap_or(word)
}

/// The nouns that a statement makes worth looking for, and as what.
fn sought(fact: &Fact) -> Vec<(String, What)> {
    let mut found = Vec::new();
    if fact.standing == Standing::Doubtful {
        return found;
    }
    if let (Owner::Thing(words), "look" | "made") = (&fact.owner, fact.attribute.name) {
        let (holder, thing) = possession(words).map_or((None, words.as_str()), |(holder, thing)| (Some(holder), thing));
        let mut mods: BTreeSet<String> = thing.split(' ').map(ToString::to_string).collect();
        let noun = words.rsplit(' ').next().map(|word| singular(word).to_string()).unwrap_or_default();
        mods.retain(|word| singular(word) != noun && !is_of_looks(word));
        mods.extend(holder.and_then(|holder| holder.rsplit(' ').next()).map(ToString::to_string));
        // Most books have several front doors; that of number nine is one.
        let is_one = mods.len() > 1 || holder.is_some() || mods.first().is_some_and(|word| !OF_MANY_THINGS.contains(&word.as_str()));
        if !mods.is_empty() && is_one && words_of(&fact.value).iter().any(|word| is_of_looks(word)) && !says_no(&fact.value) {
            found.push((noun, What::Looks(mods)));
        }
    }
    if let (Owner::Thing(words), "died") = (&fact.owner, fact.attribute.name)
        && let Some((_, relative)) = possession(words)
        && lexicon::kin(relative).is_some()
    {
        found.push((relative.to_string(), What::Dead));
    }
    if let (Owner::Thing(_), "count" | "part") = (&fact.owner, fact.attribute.name)
        && let Some((number, noun)) =
            number_in(&words_of(first_clause(&fact.value))).filter(|(number, noun)| *number > 1.0 && !noun.is_empty())
    {
        found.push((singular(&noun).to_string(), What::Number(number)));
    }
    found.extend(missing(fact));
    found
}

/// Whether a sentence only supposes something, or speaks of another one.
fn is_supposed(words: &[String]) -> bool {
    words.iter().any(|word| hedge::doubts(word) || OTHER.contains(&word.as_str()))
}

/// Whether a word is a verb's: without looking; a ring is a thing.
fn is_doing(word: &str) -> bool {
    word.len() > 5 && word.ends_with("ing")
}

/// Words before a noun by which most books have several things.
const OF_MANY_THINGS: &[&str] = &[
    "front", "back", "side", "main", "kitchen", "bedroom", "dining", "garden", "cellar", "summer", "winter", "evening", "sunday", "best",
    "upper", "lower", "outer", "inner", "left", "right", "top", "bottom", "old", "new", "big", "small", "little", "other",
];

/// Whether a sentence tells that something was lost, or is told to have gone.
fn is_loss(fact: &Fact) -> bool {
    has_any(&words_of(&fact.text), &["lost", "gone", "fallen", "longer", "since"])
}

/// What a thing has lost for good: the church that lost its tower.
fn lost_part(fact: &Fact) -> Option<(String, What)> {
    let words = words_of(&fact.text);
    let place = words.windows(2).position(|pair| pair[0] == "lost" && pair[1] == "its").filter(|_| fact.is_plain())?;
    let noun = singular(words.get(place + 2)?);
    let is_part = matches!(fact.owner, Owner::Thing(_)) && lexicon::COUNTED.has(noun);
    is_part.then(|| (noun.to_string(), What::Missing { for_good: true }))
}

/// Attributes of what somebody or something has.
const OF_HAVING: &[&str] = &["part", "owns", "count", "kin", "married", "mark", "dress", "look"];

/// What a statement says that its owner has not: no window, neither brothers nor sisters, never owned a piano.
fn missing(fact: &Fact) -> Vec<(String, What)> {
    const ENDED: &[&str] = &["longer", "more", "now", "yet", "left", "today", "tonight"];
    let is_of_having = OF_HAVING.contains(&fact.attribute.name);
    let is_for_good = |noun: &str| {
        // Children are born, and people marry.
        let is_kin = lexicon::kin(noun).is_some_and(|kin| matches!(kin.class, "sibling" | "parent"));
        is_kin || matches!(fact.owner, Owner::Thing(_)) && lexicon::COUNTED.has(noun)
    };
    let mut found = Vec::new();
    for clause in fact.value.split([',', ';', '(']) {
        let words = words_of(clause);
        if is_of_having && !has_any(&words, ENDED) {
            let is_alone = |noun: &str| {
                words.windows(2).any(|pair| singular(&pair[1]) == noun && matches!(pair[0].as_str(), "no" | "neither" | "or" | "nor"))
            };
            let nouns = nouns_denied(&words).into_iter();
            found.extend(nouns.map(|noun| (noun.clone(), What::Missing { for_good: is_for_good(&noun) && is_alone(&noun) })));
        }
    }
    found.extend(lost_part(fact));
    // Of her who “wore no ring” the reader may have noted something else.
    let sentence = words_of(first_clause(&fact.text));
    let begins_with_owner = matches!(&fact.owner, Owner::Person(name) if name.to_lowercase().split(' ').any(|part| sentence.iter().take(3).any(|word| word == part)));
    if found.is_empty() && begins_with_owner && fact.is_plain() && sentence.len() < 8 && !has_any(&sentence, ENDED) {
        let nouns = if has_any(&sentence, HAD) { nouns_denied(&sentence) } else { Vec::new() };
        found.extend(nouns.into_iter().map(|noun| (noun.clone(), What::Missing { for_good: is_for_good(&noun) })));
    }
    found
}

/// Verbs of having.
const HAD: &[&str] = &["had", "has", "have", "wore", "wears", "owned", "owns", "kept", "keeps", "carried", "carries"];

/// The nouns that words deny, in the singular: behind `no`, `without`, `neither`, and behind `never` with a verb of having.
fn nouns_denied(words: &[String]) -> Vec<String> {
    const ENDS: &[&str] = &[
        "of", "in", "on", "at", "to", "for", "with", "from", "that", "which", "who", "whom", "and", "but", "then", "any", "ever", "there",
        "here", "whatever", "by", "about", "under", "over", "when", "where", "than", "is", "was", "were", "had", "since", "until", "till",
        "after", "before", "as",
    ];
    const ARTICLES: &[&str] = &["a", "an", "any", "the", "single", "one", "much"];
    // No other window is a window.
    const PARTLY: &[&str] = &["other", "second", "proper", "living", "real", "such", "further", "more", "longer"];
    let begin = words.iter().position(|word| matches!(word.as_str(), "no" | "without" | "neither" | "never"));
    let Some(begin) = begin else { return Vec::new() };
    let mut rest = &words[begin + 1..];
    if words[begin] == "never" {
        match rest.iter().position(|word| HAD.contains(&word.as_str())) {
            Some(verb) if verb < 2 => rest = &rest[verb + 1..],
            _ => return Vec::new(),
        }
    }
    let mut nouns = Vec::new();
    for part in rest.split(|word| word == "or" || word == "nor") {
        let part = part.iter().skip_while(|word| ARTICLES.contains(&word.as_str())).take_while(|word| !ENDS.contains(&word.as_str()));
        let words: Vec<&String> = part.take(4).collect();
        match words.last() {
            Some(_) if words.iter().any(|word| PARTLY.contains(&word.as_str())) => break,
            // A house without a front door may have one at the back.
            Some(noun) if words.len() == 1 && !PASSING.has(noun) && noun.len() > 2 && !is_doing(noun) => {
                nouns.push(singular(noun).to_string())
            }
            _ => break,
        }
    }
    nouns
}

impl<'w> Phrase<'w> {
    /// The phrase of a noun at a place of a sentence's words.
    fn of(words: &'w [String], place: usize) -> Phrase<'w> {
        const DETERMINERS: &[&str] =
            &["the", "this", "that", "his", "her", "its", "my", "our", "their", "your", "a", "an", "no", "any", "every", "all"];
        const STOPS: &[&str] = &["and", "or", "but", "of", "in", "on", "at", "to", "was", "were", "had", "with", "from", "by", "for"];
        let first = place.saturating_sub(WORDS_BEFORE);
        let is_determiner = |word: &String| DETERMINERS.contains(&word.as_str()) || word.ends_with("'s") || word.ends_with('\'');
        let mut begin = place;
        let mut determiner = None;
        for at in (first..place).rev() {
            if STOPS.contains(&words[at].as_str()) {
                break;
            }
            if is_determiner(&words[at]) {
                determiner = Some(words[at].as_str());
                break;
            }
            begin = at;
        }
        // Of pear trees the trees are what is counted.
        let is_link = |place: usize| matches!(words.get(place).map(String::as_str), Some("of" | "in" | "to" | "on" | "at"));
        let has_link = is_link(place + 1) || is_link(place + 2);
        let end = if has_link { (place + 1 + WORDS_BEHIND).min(words.len()) } else { place + 1 };
        Phrase { words, determiner, before: &words[begin..place], behind: &words[place + 1..end], place }
    }

    /// What the phrase says of the looks of a thing that has these words beside its noun; nothing where it is another one, or any one.
    fn look_of(&self, mods: &BTreeSet<String>) -> Option<String> {
        let is_definite = self.determiner.is_some_and(|word| !matches!(word, "a" | "an" | "no" | "any" | "every"));
        let has = |wanted: &String| {
            let near = self.before.iter().chain(self.behind).map(String::as_str).chain(self.determiner);
            near.map(bare).any(|word| word == wanted)
        };
        if !is_definite || !mods.iter().all(has) {
            return None;
        }
        let plain: Vec<&str> = self.before.iter().map(String::as_str).filter(|word| is_of_looks(word)).collect();
        // The smooth steel of the vault door.
        let begin = self.place - self.before.len();
        let is_of = begin >= 3 && self.words[begin - 2] == "of" && is_of_looks(&self.words[begin - 3]);
        let material = is_of.then(|| self.words[begin - 3].as_str());
        let looks: Vec<&str> = material.into_iter().chain(plain).collect();
        (!looks.is_empty()).then(|| looks.join(" "))
    }

    /// How many of them the phrase says there are in all: all sixty pear trees; nothing of some of them.
    fn number(&self) -> Option<f64> {
        let words: Vec<&str> = self.before.iter().map(String::as_str).collect();
        let (number, _) = number::read(&words).filter(|(number, length)| *length > 0 && *number > 1.0)?;
        let begin = self.place - self.before.len();
        let is_all = self.determiner == Some("all") || self.words[..begin].iter().rev().take(2).any(|word| word == "all");
        is_all.then_some(number)
    }

    /// Whether the noun is followed by what only the living do.
    fn acts(&self) -> bool {
        let next = self.words.get(self.place + 1).map_or("", String::as_str);
        lexicon::ACT_VERBS.has(next) || lexicon::SPEECH_VERBS.has(next)
    }

    /// The phrase with the words around it, for the reader.
    fn shown(&self) -> String {
        let begin = self.place - self.before.len();
        let begin = if self.determiner.is_some() { begin - 1 } else { begin };
        self.words[begin..(self.place + 1 + self.behind.len()).min(self.words.len())].join(" ")
    }
}
