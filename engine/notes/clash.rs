//! Pairs of notes that cannot both be true: found by comparing, ranked and filtered by the trained verdict.

use super::attribute::{Attribute, Kind, Persistence};
use super::note::{Note, Standing};
use super::people::{Names, Owner, Sureness, owner_of};
use super::reader::{Reading, SceneNotes};
use super::value::{Comparison, compare};
use super::{prompt, verdict};
use crate::facts::Cast;
use crate::manuscript::{Series, StoryPoint};
use crate::model::{Desk, Pending, Turn};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A fact that the reader noted: whose, what, where, and how well it stands.
#[derive(Clone, Debug)]
pub struct NotedFact {
    pub owner: Owner,
    pub sureness: Sureness,
    pub note: Note,
    pub point: StoryPoint,
    /// The sentence, as a byte range of the scene's prose.
    pub sentence: Range<usize>,
    /// Place of its scene in the reading.
    scene: usize,
}

/// Two sentences that most likely cannot both be true.
#[derive(Clone, Debug)]
pub struct Clash {
    pub later: NotedFact,
    pub earlier: NotedFact,
    /// From 0 to 1, calibrated.
    pub probability: f64,
    /// The model's words on it.
    pub reason: Option<String>,
    /// Whether the values themselves exclude each other, and the narration says whose both are.
    pub is_sure: bool,
}

impl Clash {
    /// The rule that it breaks.
    pub fn rule(&self) -> &'static str {
        self.later.note.attribute.rule
    }

    /// Whom or what it is about, in the book's words.
    pub fn subject(&self) -> String {
        match (&self.later.owner, &self.earlier.owner) {
            (Owner::Person(name), _) => name.clone(),
            (Owner::Narrator(_), _) => "the narrator".to_string(),
            _ => self.earlier.note.subject.clone(),
        }
    }
}

/// Pairs that are put to the model: at least so many, and one for so many words of the book.
const LEAST_PAIRS: usize = 60;
const WORDS_A_PAIR: usize = 150;

/// Of one subject and one group of attributes at most so many.
const PAIRS_OF_ONE: usize = 24;

/// The least likeness at which words without a type are put to the model, in a book short enough for all of them and in a long one.
const LEAST_LIKENESS: f64 = 0.45;

/// Clashes less probable than this are none.
pub const LEAST_PROBABILITY: f64 = 0.5;

/// A pair before the model has seen it.
struct Candidate {
    earlier: NotedFact,
    later: NotedFact,
    comparison: Comparison,
    priority: f64,
}

/// The facts of a reading, in the order of the story.
pub fn facts(reading: &Reading, cast: &Cast) -> Vec<NotedFact> {
    let names = Names::of(cast);
    let mut facts = Vec::new();
    for (place, scene) in reading.scenes.iter().enumerate() {
        for passage in &scene.passages {
            for note in &passage.notes {
                let Some(line) = passage.passage.lines.get(note.line) else { continue };
                let owner = owner_of(&note.subject, &names, scene.point.book);
                let sureness = scene.ground.sureness(&owner, &line.range);
                facts.push(NotedFact { owner, sureness, note: note.clone(), point: scene.point, sentence: line.range.clone(), scene: place });
            }
        }
    }
    facts
}

/// All clashes of a reading, in the order of the story.
pub fn clashes(reading: &Reading, series: &Series, cast: &Cast, desk: &Desk, stop: &Arc<AtomicBool>) -> Vec<Clash> {
    let facts = facts(reading, cast);
    let mut candidates = candidates(&facts, reading);
    candidates.sort_by(|one, other| other.priority.total_cmp(&one.priority));
    candidates.truncate(LEAST_PAIRS.max(series.words() / WORDS_A_PAIR));
    // Those with one first sentence follow each other, so that it is read once.
    candidates.sort_by_key(|pair| (pair.earlier.point, pair.earlier.sentence.start, pair.later.point, pair.later.sentence.start));
    let ask = |(place, pair): (usize, Candidate)| {
        let [first, second] = windows(&pair, reading, series);
        let request = prompt::verdict(&first, &second, &subject_shown(&pair), attribute_shown(&pair));
        let turn = Turn { is_urgent: false, place: u32::try_from(place).unwrap_or(u32::MAX) };
        (pair, desk.submit(request, turn, stop))
    };
    let asked: Vec<(Candidate, Result<Pending, _>)> = candidates.into_iter().enumerate().map(ask).collect();
    let mut judged: Vec<(f64, Candidate)> = Vec::new();
    for (pair, pending) in asked {
        let Ok(reply) = pending.and_then(|pending| pending.wait()) else { continue };
        let probability = verdict::calibrated(reply.probabilities.first().copied().unwrap_or(0.0), pair.comparison);
        judged.push((probability, pair));
    }
    let kept = strongest(judged);
    let reasons: Vec<_> = kept
        .iter()
        .map(|(_, pair)| {
            let [first, second] = windows(pair, reading, series);
            desk.submit(prompt::reason(&first, &second, &subject_shown(pair), attribute_shown(pair)), Turn::default(), stop)
        })
        .collect();
    let clash = |((probability, pair), reason): ((f64, Candidate), Result<Pending, _>)| {
        let reason = reason.and_then(|pending| pending.wait()).ok().filter(|reply| reply.is_complete);
        let reason = reason.and_then(|reply| reply.text.strip_prefix("no: ").map(|reason| reason.trim().to_string()));
        let Candidate { earlier, later, comparison, .. } = pair;
        let is_sure = comparison == Comparison::Differ
            && [&earlier, &later].iter().all(|fact| fact.sureness <= Sureness::Agreed && fact.note.standing == Standing::Plain);
        Clash { later, earlier, probability, reason, is_sure }
    };
    let mut clashes: Vec<Clash> = kept.into_iter().zip(reasons).map(clash).collect();
    clashes.sort_by_key(|clash| (clash.later.point, clash.later.sentence.start, clash.earlier.point, clash.earlier.sentence.start));
    clashes
}

/// Of the pairs that share a sentence in one matter only the strongest: a slip contradicts all that is right.
fn strongest(mut judged: Vec<(f64, Candidate)>) -> Vec<(f64, Candidate)> {
    judged.retain(|(probability, _)| *probability >= LEAST_PROBABILITY);
    judged.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut used: BTreeSet<(StoryPoint, usize, u8)> = BTreeSet::new();
    judged.retain(|(_, pair)| {
        let places = [&pair.earlier, &pair.later].map(|fact| (fact.point, fact.sentence.start, fact.note.attribute.group));
        let is_new = !places.iter().any(|place| used.contains(place));
        if is_new {
            used.extend(places);
        }
        is_new
    });
    judged
}

fn subject_shown(pair: &Candidate) -> String {
    let shown = |fact: &NotedFact| match &fact.owner {
        Owner::Person(name) => name.clone(),
        _ => fact.note.subject.clone(),
    };
    let (one, other) = (shown(&pair.earlier), shown(&pair.later));
    if other.len() > one.len() { other } else { one }
}

fn attribute_shown(pair: &Candidate) -> &'static str {
    let (one, other): (&Attribute, &Attribute) = (pair.earlier.note.attribute, pair.later.note.attribute);
    match (one.name, other.name) {
        ("died", _) => "alive",
        (_, "cannot") => "cannot",
        _ => one.name,
    }
}

fn windows(pair: &Candidate, reading: &Reading, series: &Series) -> [String; 2] {
    [&pair.earlier, &pair.later].map(|fact| {
        let scene: &SceneNotes = &reading.scenes[fact.scene];
        let prose = series.scene(fact.point).map_or("", |(_, scene)| scene.prose.as_str());
        verdict::window(prose, &scene.lines(), &fact.sentence)
    })
}

/// Whether a fact can be held against another at all.
fn is_ground(fact: &NotedFact, reading: &Reading) -> bool {
    fact.note.standing != Standing::Doubtful && fact.sureness != Sureness::Contrary && reading.scenes[fact.scene].is_present
}

/// The pairs that are worth a verdict.
fn candidates(facts: &[NotedFact], reading: &Reading) -> Vec<Candidate> {
    let mut by_matter: BTreeMap<(&Owner, u8), Vec<&NotedFact>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| is_ground(fact, reading)) {
        by_matter.entry((&fact.owner, fact.note.attribute.group)).or_default().push(fact);
    }
    let mut candidates = Vec::new();
    for ((owner, _), facts) in by_matter {
        let mut own: Vec<Candidate> = Vec::new();
        for (place, earlier) in facts.iter().enumerate() {
            for later in &facts[place + 1..] {
                own.extend(candidate(owner, earlier, later));
            }
        }
        own.sort_by(|one, other| other.priority.total_cmp(&one.priority));
        own.truncate(PAIRS_OF_ONE);
        candidates.append(&mut own);
    }
    candidates.extend(returns(facts, reading));
    candidates
}

/// Two facts of one owner and one group, if they may contradict each other.
fn candidate(owner: &Owner, earlier: &NotedFact, later: &NotedFact) -> Option<Candidate> {
    let same_scene = earlier.point == later.point;
    if same_scene && earlier.sentence == later.sentence {
        return None;
    }
    let (one, other) = (earlier.note.attribute, later.note.attribute);
    let is_momentary = one.persistence == Persistence::Momentary || other.persistence == Persistence::Momentary;
    let is_local = matches!(owner, Owner::Stranger(_) | Owner::Scene) || is_momentary;
    if is_local && !same_scene {
        return None;
    }
    // Whoever only learns later what they knew before is the one who matters.
    if one.rule == "knows-too-early" && !(one.name == "knows" && other.name != "knows") {
        return None;
    }
    let comparison = compare(&earlier.note, &later.note);
    let strength = match comparison {
        Comparison::Fine => return None,
        Comparison::Differ => 3.0,
        Comparison::Open(likeness) if likeness >= LEAST_LIKENESS => likeness,
        Comparison::Open(_) => return None,
    };
    let sureness = |fact: &NotedFact| match fact.sureness {
        Sureness::Named => 0.0,
        Sureness::Agreed => -0.1,
        Sureness::Read => if matches!(owner, Owner::Person(_)) { -0.6 } else { -0.3 },
        Sureness::Contrary => -2.0,
    };
    let priority = strength + sureness(earlier) + sureness(later);
    Some(Candidate { earlier: earlier.clone(), later: later.clone(), comparison, priority })
}

/// Whoever died is not to be met again: what is noted of them later.
fn returns(facts: &[NotedFact], reading: &Reading) -> Vec<Candidate> {
    const OF_THE_DEAD: &[&str] = &["died", "alive", "past", "name", "kin", "owns", "married", "origin", "born", "title", "rank"];
    const MOST: usize = 3;
    let is_death = |fact: &&NotedFact| fact.note.attribute.name == "died" && fact.sureness <= Sureness::Agreed && is_ground(fact, reading);
    let mut pairs = Vec::new();
    for death in facts.iter().filter(is_death) {
        let is_later = |fact: &&NotedFact| {
            fact.point > death.point
                && fact.owner == death.owner
                && fact.sureness == Sureness::Named
                && fact.note.standing == Standing::Plain
                && fact.note.attribute.kind != Kind::Life
                && !OF_THE_DEAD.contains(&fact.note.attribute.name)
                && is_ground(fact, reading)
        };
        for later in facts.iter().filter(is_later).take(MOST) {
            let comparison = Comparison::Open(0.8);
            pairs.push(Candidate { earlier: death.clone(), later: later.clone(), comparison, priority: 1.0 });
        }
    }
    pairs
}
