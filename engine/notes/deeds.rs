//! What people do although it was said that they cannot, or never do it, and what the dead do: no note has it, because a deed is no fact, but
//! the sentence shows it.

use super::attribute::{self, Attribute};
use super::fact::{Fact, Place};
use super::note::{Standing, first_clause, has_any, stems, words_of};
use super::pairs::{EXCLUSION_PRIORITY, Pair, Tie, WORDS_PRIORITY};
use super::people::{Owner, Sureness};
use super::reader::{Reading, SceneNotes};
use super::value::{Comparison, denies, says_no};
use crate::facts::{Assertion, Facts, Subject, Voice, acts, deeds, hedge};
use crate::finding::Source;
use crate::manuscript::{Series, StoryPoint};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// Of one denial or death at most so many deeds are put to the model.
const MAX_OF_ONE: usize = 3;

/// The pairs of a denial and a deed, and of a death and a deed of the dead.
pub fn pairs(stated: &[Fact], reading: &Reading, series: &Series, facts: &Facts) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let ground = || stated.iter().filter(|fact| fact.is_ground(reading) && fact.sureness <= Sureness::Agreed);
    pairs.extend(denied_and_done(ground(), stated, reading, series));
    let deaths: Vec<&Fact> = ground().filter(|fact| fact.attribute.name == "died" && fact.standing == Standing::Plain).collect();
    for death in deaths {
        pairs.extend(returns(death, reading, series, facts));
    }
    pairs
}

/// The pairs of a denial among these facts and a deed. What `stated` has between them may tell that somebody learns.
pub(super) fn denied_and_done<'a>(facts: impl Iterator<Item = &'a Fact>, stated: &[Fact], reading: &Reading, series: &Series) -> Vec<Pair> {
    let denials: Vec<(&Fact, Vec<String>)> = facts.filter_map(|fact| Some((fact, denied(fact)?))).collect();
    if denials.is_empty() { Vec::new() } else { done(&denials, stated, reading, series) }
}

/// Not a note and not a word: nothing at all.
const LEAST: &[&str] = &["note", "word", "line", "step", "stroke", "letter", "thing"];

/// The words of the deed that a fact denies somebody, as stems; nothing where it denies none.
fn denied(fact: &Fact) -> Option<Vec<String>> {
    const DENIED: &[&str] = &["cannot", "habit", "likes", "past"];
    let is_person = matches!(fact.owner, Owner::Person(_) | Owner::Narrator(_));
    if let Some(sense) = lost_sense(fact).filter(|_| is_person) {
        return Some(stems(sense));
    }
    if !is_person || !DENIED.contains(&fact.attribute.name) || !denies(fact) {
        return None;
    }
    // What stands behind a comma says why.
    let words = words_of(first_clause(&fact.value)).into_iter().filter(|word| !LEAST.contains(&word.as_str()));
    let stems = stems(&words.collect::<Vec<_>>().join(" "));
    (!stems.is_empty() && stems.len() <= 4).then_some(stems)
}

/// What whoever is wholly blind or deaf does not do; nothing of one eye or one ear.
fn lost_sense(fact: &Fact) -> Option<&'static str> {
    const SENSES: &[(&str, &str)] = &[("blind", "see"), ("deaf", "hear")];
    const PARTLY: &[&str] = &["left", "right", "one", "half", "nearly", "almost", "not", "no"];
    let words = words_of(&fact.value);
    let is_whole = fact.attribute.name == "sense" && !has_any(&words, PARTLY);
    // Blind to his faults she sees well enough.
    let is_of_something = |place: usize| words.get(place + 1).is_some_and(|word| matches!(word.as_str(), "to" | "with" | "by"));
    let (_, deed) =
        SENSES.iter().find(|(sense, _)| words.iter().position(|word| word == sense).is_some_and(|place| !is_of_something(place)))?;
    is_whole.then_some(*deed)
}

/// Who does what in a line of a scene.
struct Doer<'a> {
    scene: &'a SceneNotes,
    line: &'a Range<usize>,
    prose: &'a str,
    reading: &'a Reading,
}

impl Doer<'_> {
    /// Whether a word of the line, at a byte of it, means this owner.
    fn is(&self, owner: &Owner, word: &str, at: usize) -> bool {
        let (ground, names) = (&self.scene.ground, &self.reading.names);
        match (owner, word) {
            (Owner::Narrator(_), word) => word == "i",
            (Owner::Person(name), "he" | "she") => ground.may_mean(word, name, self.prose, self.line, names),
            (Owner::Person(name), _) => ground.is_named_at(self.line.start + at, name, self.prose, self.line, names),
            _ => false,
        }
    }
}

/// Sentences in which somebody does what a fact denies them.
fn done(denials: &[(&Fact, Vec<String>)], stated: &[Fact], reading: &Reading, series: &Series) -> Vec<Pair> {
    let mut by_stem: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, (_, stems)) in denials.iter().enumerate() {
        for stem in stems {
            by_stem.entry(stem).or_default().push(place);
        }
    }
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    let mut pairs = Vec::new();
    for scene in reading.scenes.iter().filter(|scene| scene.is_present) {
        let prose = series.scene(scene.point).map_or("", |(_, scene)| scene.prose.as_str());
        for line in scene.lines() {
            let text = &prose[line.range.clone()];
            let there = stems(text);
            let touched: BTreeSet<usize> = there.iter().filter_map(|stem| by_stem.get(stem.as_str())).flatten().copied().collect();
            let doer = Doer { scene, line: &line.range, prose, reading };
            for denial in touched {
                let (fact, wanted) = &denials[denial];
                let shared = wanted.iter().filter(|stem| there.contains(stem)).count();
                let is_other = fact.in_prose().is_none_or(|(point, sentence)| point != scene.point || *sentence != line.range);
                // Whoever can neither read nor write does neither.
                let is_either = has_any(&words_of(&fact.value), &["or", "nor"]);
                let is_plain = fact.attribute.name != "cannot" || scene.ground.is_narration(&line.range);
                let is_deed = is_plain && shared >= if is_either { 1 } else { wanted.len().min(2) } && is_other && !says_no(text);
                if is_deed
                    && found.get(&denial).is_none_or(|count| *count < MAX_OF_ONE)
                    && scene.ground.sureness(&fact.owner, prose, &line.range, &reading.names) <= Sureness::Agreed
                {
                    let attribute = if fact.attribute.name == "cannot" { attribute::named("can") } else { Some(fact.attribute) };
                    let deed = deed(fact, attribute.unwrap_or(fact.attribute), scene.point, line.range.clone(), prose);
                    if let Some(pair) = held_against(fact, deed, &doer, stated) {
                        *found.entry(denial).or_default() += 1;
                        pairs.push(pair);
                    }
                }
            }
        }
    }
    pairs
}

/// A denial and a deed: where the words themselves have somebody do what they cannot, code is sure; nothing where it is somebody else who does.
fn held_against(denial: &Fact, deed: Fact, doer: &Doer<'_>, stated: &[Fact]) -> Option<Pair> {
    // What somebody never could they could not before either.
    let is_never = has_any(&words_of(&denial.text), &["never", "birth", "born"]);
    let is_later = denial.order() < deed.order() || is_never;
    let is_theirs = denial.is_plain() || denial.is_of_oneself();
    let doing = if is_later && is_theirs { doing(denial, &deed.text, doer) } else { None };
    let (comparison, priority) = match doing {
        Some(false) => return None,
        Some(true) if !has_learnt(denial, &deed, stated) => (Comparison::Differ, EXCLUSION_PRIORITY),
        _ => (Comparison::Open(1.0), WORDS_PRIORITY),
    };
    let tie = if is_never && comparison == Comparison::Differ { Tie::Words } else { Tie::Matter };
    Some(Pair { tie, ..Pair::in_order(denial, &deed, comparison, priority) })
}

/// Whether something between a denial and a deed tells that its owner learns.
fn has_learnt(denial: &Fact, deed: &Fact, stated: &[Fact]) -> bool {
    let is_between = |fact: &&Fact| denial.order() < fact.order() && fact.order() < deed.order() && fact.owner == denial.owner;
    stated
        .iter()
        .filter(is_between)
        .any(|fact| has_any(&words_of(&fact.text), &["learn", "learned", "learnt", "learning", "taught", "teach", "lessons"]))
}

/// What is learnt once and kept.
const SKILLS: &[&str] = &[
    "swim", "read", "write", "ride", "drive", "sing", "dance", "cook", "whistle", "sew", "knit", "type", "skate", "ski", "row", "sail",
    "fly", "shoot", "spell", "dive", "paint", "draw", "juggle", "play",
];

/// What somebody may be unable to do for a while, unless the sentence says that it is for good.
const BODILY: &[&str] = &["walk", "run", "climb", "see", "hear", "kneel", "lift"];

/// Whether a sentence has its owner do what a fact says they cannot, or somebody else; nothing where the words do not tell.
fn doing(denial: &Fact, sentence: &str, doer: &Doer<'_>) -> Option<bool> {
    const FOR_GOOD: &[&str] = &["never", "birth", "born", "longer", "always", "years"];
    const WITHOUT_MEANING: &[&str] = &["to", "a", "an", "the", "any", "his", "her", "own", "name"];
    // Since the accident; not: since her ankle hurt.
    let is_for_good =
        || has_any(&words_of(&denial.text), FOR_GOOD) || denial.text.starts_with("Since ") || denial.text.contains(" since birth");
    let denied = match lost_sense(denial) {
        Some(sense) => vec![sense.to_string()],
        None if denial.attribute.name == "cannot" => words_of(first_clause(&denial.value)),
        None => return None,
    };
    let is_verb = |word: &&String| SKILLS.contains(&word.as_str()) || BODILY.contains(&word.as_str()) && is_for_good();
    let verbs: Vec<&String> = denied.iter().filter(is_verb).collect();
    let is_link =
        |word: &str| matches!(word, "or" | "nor" | "and") || says_no(word) || WITHOUT_MEANING.contains(&word) || LEAST.contains(&word);
    let objects: Vec<&String> = denied.iter().filter(|word| !is_link(word) && !verbs.contains(word)).collect();
    let words = words_of(sentence);
    let there = stems(sentence);
    let has_objects = objects.iter().all(|object| stems(object).iter().all(|stem| there.contains(stem)));
    let is_supposed = words.iter().any(|word| deeds::DENIALS.contains(&word.as_str()) || hedge::doubts(word));
    if !has_objects || is_supposed {
        return None;
    }
    let mut done = verbs.iter().filter_map(|verb| is_done_by(&denial.owner, &deeds::forms(verb), sentence, doer));
    done.next().map(|first| first || done.any(|by_owner| by_owner))
}

/// Whether a form of a verb stands right behind whoever is meant: Tam read, when he had read, Edith’s singing; nothing where none stands there,
/// or what is seen is a thought: he saw that it was late.
fn is_done_by(owner: &Owner, forms: &[String], sentence: &str, doer: &Doer<'_>) -> Option<bool> {
    const OF_THOUGHT: &[&str] = &["that", "how", "what", "why", "no", "it"];
    const AS_NOUNS: &[&str] = &["singing", "dancing", "whistling", "playing"];
    let lower = sentence.to_lowercase();
    // Where small letters have other lengths places would lie.
    let lower = if lower.len() == sentence.len() { lower } else { return None };
    let words: Vec<(usize, &str)> = lower
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - lower.as_ptr() as usize, word))
        .collect();
    let is_between =
        |word: &str| word.ends_with("ly") || matches!(word, "had" | "has" | "then" | "just" | "now" | "often" | "always" | "still");
    let is_owner = |place: usize| doer.is(owner, words[place].1, words[place].0);
    let stands_there = |place: usize| {
        let Some(before) = (0..place).rev().find(|before| !is_between(words[*before].1)) else { return false };
        match words[before].1 {
            "and" => is_owner(0),
            "s" => AS_NOUNS.contains(&words[place].1) && before > 0 && is_owner(before - 1),
            _ => is_owner(before),
        }
    };
    let is_thought = |place: usize| words.get(place + 1).is_some_and(|(_, next)| OF_THOUGHT.contains(next));
    let is_form = |place: &usize| forms.iter().any(|form| form == words[*place].1);
    let mut done = (0..words.len()).filter(is_form).filter(|place| !is_thought(*place)).map(stands_there);
    done.next().map(|first| first || done.any(|by_owner| by_owner))
}

/// What the dead do in later scenes.
fn returns(death: &Fact, reading: &Reading, series: &Series, facts: &Facts) -> Vec<Pair> {
    let (Owner::Person(name), Some((point, _))) = (&death.owner, death.in_prose()) else { return Vec::new() };
    let Some(alive) = attribute::named("alive") else { return Vec::new() };
    let later = reading.scenes.iter().filter(|scene| scene.point > point && scene.is_present);
    let seen = later.flat_map(|scene| {
        let story = series.scene(scene.point);
        let mentions = story.filter(|(_, story)| name.split_whitespace().any(|word| story.prose.contains(word)));
        let acts = mentions.map(|(chapter, story)| acts(chapter, story, facts.cast())).unwrap_or_default();
        let of_dead = move |said: &Assertion| {
            let is_theirs = matches!(&said.subject, Subject::Known(known) if reading.names.is(known, name));
            is_theirs && !said.hedged && said.voice == Voice::Narration
        };
        let prose = story.map_or("", |(_, story)| story.prose.as_str());
        acts.into_iter().filter(of_dead).map(move |said| deed(death, alive, said.point, said.sentence, prose))
    });
    seen.take(MAX_OF_ONE).map(|deed| Pair::in_order(death, &deed, Comparison::Open(1.0), WORDS_PRIORITY)).collect()
}

/// A deed of whoever a fact is about.
pub(super) fn deed(of: &Fact, attribute: &'static Attribute, point: StoryPoint, sentence: Range<usize>, prose: &str) -> Fact {
    const WORDS_SHOWN: usize = 9;
    let text = &prose[sentence.clone()];
    let words: Vec<&str> = text.split_whitespace().collect();
    let rest = if words.len() > WORDS_SHOWN { " …" } else { "" };
    Fact {
        owner: of.owner.clone(),
        sureness: Sureness::Named,
        subject: of.subject.clone(),
        attribute,
        value: words.into_iter().take(WORDS_SHOWN).collect::<Vec<_>>().join(" ") + rest,
        standing: Standing::Plain,
        text: Arc::from(text),
        place: Place::Prose { point, sentence },
        sources: BTreeSet::from([Source::Patterns]),
    }
}
