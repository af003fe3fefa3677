//! Pairs of notes that cannot both be true: found by comparing, ranked and filtered by the trained verdict.

use super::attribute::{Kind, Persistence};
use super::note::{Note, Standing, stems};
use super::people::{Names, Owner, Sureness, owner_of};
use super::reader::{Reading, SceneNotes};
use super::value::{Comparison, compare, denies};
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
    /// Its words.
    text: Arc<str>,
    /// Place of its scene in the reading.
    scene: usize,
}

/// Two sentences that most likely cannot both be true.
#[derive(Clone, Debug)]
pub struct Clash {
    pub later: NotedFact,
    pub earlier: NotedFact,
    /// What to quote of either: its sentence, and those right beside it that state the same matter; byte ranges of the scenes' prose.
    pub later_quote: Range<usize>,
    pub earlier_quote: Range<usize>,
    /// From 0 to 1, calibrated.
    pub probability: f64,
    /// How probable the model alone holds it, from 0 to 1, and what else is known of the pair.
    pub model_no: f32,
    pub signs: verdict::Signs,
    /// The model's words on it.
    pub reason: Option<String>,
    /// Whether the values themselves exclude each other, and the narration says whose both are.
    pub is_sure: bool,
}

impl NotedFact {
    /// The words of its sentence.
    pub fn text(&self) -> &str {
        &self.text
    }
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

/// A fact is compared with so many later ones of its matter: what the hero of a long series did fills thousands of notes.
const COMPARED_WITH: usize = 300;

/// The least likeness at which words without a type are put to the model.
const LEAST_LIKENESS: f64 = 0.25;

/// Clashes less probable than this are none.
pub const LEAST_PROBABILITY: f64 = 0.45;

/// A pair before the model has seen it.
struct Candidate {
    earlier: NotedFact,
    later: NotedFact,
    comparison: Comparison,
    priority: f64,
}

/// The facts of a reading, in the order of the story.
pub fn facts(reading: &Reading, series: &Series, cast: &Cast) -> Vec<NotedFact> {
    let names = Names::of(cast);
    let mut facts = Vec::new();
    for (place, scene) in reading.scenes.iter().enumerate() {
        let prose = series.scene(scene.point).map_or("", |(_, scene)| scene.prose.as_str());
        for passage in &scene.passages {
            for note in &passage.notes {
                let Some(line) = passage.passage.lines.get(note.line) else { continue };
                let owner = owner_of(&note.subject, &names, scene.point.book);
                let sureness = scene.ground.sureness(&owner, prose, &line.range);
                let (sentence, text) = (line.range.clone(), Arc::from(&prose[line.range.clone()]));
                facts.push(NotedFact { owner, sureness, note: note.clone(), point: scene.point, sentence, text, scene: place });
            }
        }
    }
    facts
}

/// All pairs of a reading that were put to the model, in the order of the story.
///
/// Gives with them how many pairs got no verdict, because the work was stopped or the model failed.
pub fn judged(reading: &Reading, series: &Series, cast: &Cast, desk: &Desk, stop: &Arc<AtomicBool>) -> (Vec<Clash>, usize) {
    let facts = facts(reading, series, cast);
    let mut candidates = candidates(&facts, reading);
    candidates.sort_by(|one, other| other.priority.total_cmp(&one.priority));
    candidates.truncate(LEAST_PAIRS.max(series.words() / WORDS_A_PAIR));
    // Those with one first sentence follow each other, so that it is read once.
    candidates.sort_by_key(|pair| (pair.earlier.point, pair.earlier.sentence.start, pair.later.point, pair.later.sentence.start));
    let ask = |(place, pair): (usize, Candidate)| {
        let [first, second] = windows([&pair.earlier, &pair.later], reading, series);
        let request =
            prompt::verdict(&first, &second, &subject_shown(&pair.earlier, &pair.later), attribute_shown(&pair.earlier, &pair.later));
        let turn = Turn { is_urgent: false, place: u32::try_from(place).unwrap_or(u32::MAX) };
        (pair, desk.submit(request, turn, stop))
    };
    let prior = verdict::prior(series.words(), candidates.len());
    let asked: Vec<(Candidate, Result<Pending, _>)> = candidates.into_iter().enumerate().map(ask).collect();
    let (mut judged, mut without_verdict) = (Vec::new(), 0);
    for (Candidate { earlier, later, comparison, .. }, pending) in asked {
        let Ok(reply) = pending.and_then(|pending| pending.wait()) else {
            without_verdict += 1;
            continue;
        };
        let model_no = reply.probabilities.first().copied().unwrap_or(0.0);
        let signs = signs(&earlier, &later, comparison);
        let is_sure = comparison == Comparison::Differ
            && [&earlier, &later].iter().all(|fact| fact.sureness <= Sureness::Agreed && fact.note.standing == Standing::Plain);
        judged.push(Clash {
            later_quote: around(&later, &earlier, &facts, reading),
            earlier_quote: around(&earlier, &later, &facts, reading),
            probability: verdict::calibrated(model_no, &signs, prior),
            signs,
            later,
            earlier,
            model_no,
            reason: None,
            is_sure,
        });
    }
    (judged, without_verdict)
}

/// What is known of a pair before the model is asked.
fn signs(earlier: &NotedFact, later: &NotedFact, comparison: Comparison) -> verdict::Signs {
    let sign = |holds: bool| if holds { 1.0 } else { 0.0 };
    let both = [earlier, later];
    let count = |holds: &dyn Fn(&NotedFact) -> bool| both.iter().map(|fact| sign(holds(fact))).sum();
    let stands_in = |value: &str, sentence: &str| {
        let (wanted, there) = (stems(value), stems(sentence));
        !wanted.is_empty() && wanted.iter().all(|stem| there.contains(stem))
    };
    let (one, other) = (earlier.note.attribute, later.note.attribute);
    let is_denial = denies(&earlier.note) != denies(&later.note);
    verdict::Signs {
        differ: sign(comparison == Comparison::Differ),
        likeness: if let Comparison::Open(likeness) = comparison { likeness.min(1.5) } else { 0.0 },
        restated: sign(
            !is_denial
                && comparison != Comparison::Differ
                && (stands_in(&earlier.note.value, &later.text) || stands_in(&later.note.value, &earlier.text)),
        ),
        same_attribute: sign(one.name == other.name),
        denial: sign(is_denial),
        lasting: sign(one.persistence == Persistence::Lasting && other.persistence == Persistence::Lasting),
        only_read: count(&|fact| fact.sureness == Sureness::Read),
        said: count(&|fact| fact.note.standing == Standing::Said),
        thing: sign(matches!(earlier.owner, Owner::Thing(_))),
        dead: sign(one.name == "died" && other.kind != Kind::Life),
    }
}

/// The clashes among the pairs that were judged, in the order of the story, each with the model's reason.
pub fn clashes(judged: &[Clash], reading: &Reading, series: &Series, desk: &Desk, stop: &Arc<AtomicBool>) -> Vec<Clash> {
    let mut clashes = strongest(judged);
    clashes.retain(|clash| [&clash.earlier, &clash.later].iter().all(|fact| is_meant(fact, reading, series, desk, stop)));
    let reasons: Vec<_> = clashes
        .iter()
        .map(|clash| {
            let [first, second] = windows([&clash.earlier, &clash.later], reading, series);
            let (subject, attribute) = (subject_shown(&clash.earlier, &clash.later), attribute_shown(&clash.earlier, &clash.later));
            desk.submit(prompt::reason(&first, &second, &subject, attribute), Turn::default(), stop)
        })
        .collect();
    for (clash, reason) in clashes.iter_mut().zip(reasons) {
        clash.reason = verdict::reason_of(reason);
    }
    clashes.sort_by_key(|clash| (clash.later.point, clash.later.sentence.start, clash.earlier.point, clash.earlier.sentence.start));
    clashes
}

/// Whether the person is meant where only the reader's note says so: it is asked once more, plainly, who is meant.
pub(super) fn is_meant(fact: &NotedFact, reading: &Reading, series: &Series, desk: &Desk, stop: &Arc<AtomicBool>) -> bool {
    let (Owner::Person(name), Sureness::Read) = (&fact.owner, fact.sureness) else { return true };
    let Some(mention) = first_pronoun(&fact.text) else { return true };
    let (scene, prose) = (&reading.scenes[fact.scene], series.scene(fact.point).map_or("", |(_, scene)| scene.prose.as_str()));
    let place = |passage: &&super::reader::PassageNotes| passage.passage.lines.iter().any(|line| line.range == fact.sentence);
    let Some(passage) = scene.passages.iter().find(place).map(|passage| &passage.passage) else { return true };
    let mut people = scene.ground.people(passage.range());
    if !people.contains(name) {
        people.push(name.clone());
    }
    let shown = prompt::passage(prose, passage, &people);
    let line = passage.lines.iter().position(|line| line.range == fact.sentence).unwrap_or(0) + 1;
    let reply = desk.submit(prompt::who(&shown, line, mention, &people), Turn::default(), stop).and_then(|pending| pending.wait());
    reply.is_ok_and(|reply| reply.text == *name)
}

/// The first word of a sentence that stands for a person.
fn first_pronoun(sentence: &str) -> Option<&str> {
    const PRONOUNS: &[&str] = &["he", "she", "his", "her", "him", "hers", "i", "my", "me", "himself", "herself"];
    let words = sentence.split(|letter: char| !letter.is_alphanumeric());
    words.into_iter().find(|word| PRONOUNS.contains(&word.to_lowercase().as_str()))
}

/// The sentence of a fact, and those right beside it of which a note of the same owner and matter is no less against the other fact.
fn around(fact: &NotedFact, other: &NotedFact, facts: &[NotedFact], reading: &Reading) -> Range<usize> {
    let lines = reading.scenes[fact.scene].lines();
    let Some(place) = lines.iter().position(|line| line.range == fact.sentence) else { return fact.sentence.clone() };
    let states_it = |line: &Range<usize>| {
        let of_line = facts.iter().filter(|one| one.point == fact.point && one.sentence == *line && one.owner == fact.owner);
        let matter = |one: &&NotedFact| {
            one.note.attribute.group == fact.note.attribute.group && one.note.attribute.group == other.note.attribute.group
        };
        let against = |one: &NotedFact| compare((&one.note, &one.text), (&other.note, &other.text)) != Comparison::Fine;
        other.sentence != *line && of_line.filter(matter).any(against)
    };
    let mut quote = fact.sentence.clone();
    if let Some(before) =
        place.checked_sub(1).and_then(|place| lines.get(place)).filter(|line| !lines[place].begins_paragraph && states_it(&line.range))
    {
        quote.start = before.range.start;
    }
    if let Some(after) = lines.get(place + 1).filter(|line| !line.begins_paragraph && states_it(&line.range)) {
        quote.end = after.range.end;
    }
    quote
}

/// Of the pairs that share a sentence in one matter only the strongest: a slip contradicts all that is right.
fn strongest(judged: &[Clash]) -> Vec<Clash> {
    let mut strong: Vec<&Clash> = judged.iter().filter(|clash| clash.probability >= LEAST_PROBABILITY).collect();
    strong.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    let mut used: BTreeSet<(StoryPoint, usize, u8)> = BTreeSet::new();
    strong.retain(|clash| {
        let places = [&clash.earlier, &clash.later].map(|fact| (fact.point, fact.sentence.start, fact.note.attribute.group));
        let is_new = !places.iter().any(|place| used.contains(place));
        if is_new {
            used.extend(places);
        }
        is_new
    });
    strong.into_iter().cloned().collect()
}

fn subject_shown(earlier: &NotedFact, later: &NotedFact) -> String {
    let shown = |fact: &NotedFact| match &fact.owner {
        Owner::Person(name) => name.clone(),
        _ => fact.note.subject.clone(),
    };
    let (one, other) = (shown(earlier), shown(later));
    if other.len() > one.len() { other } else { one }
}

fn attribute_shown(earlier: &NotedFact, later: &NotedFact) -> &'static str {
    match (earlier.note.attribute.name, later.note.attribute.name) {
        ("died", _) => "alive",
        (_, "cannot") => "cannot",
        (one, _) => one,
    }
}

fn windows(pair: [&NotedFact; 2], reading: &Reading, series: &Series) -> [String; 2] {
    pair.map(|fact| window_of(fact, reading, series))
}

/// The sentence of a fact with what stands around it, as the model is shown it.
pub(super) fn window_of(fact: &NotedFact, reading: &Reading, series: &Series) -> String {
    let scene: &SceneNotes = &reading.scenes[fact.scene];
    let prose = series.scene(fact.point).map_or("", |(_, scene)| scene.prose.as_str());
    verdict::window(prose, &scene.lines(), &fact.sentence)
}

/// Whether a fact can be held against another at all.
pub(super) fn is_ground(fact: &NotedFact, reading: &Reading) -> bool {
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
            for later in facts[place + 1..].iter().take(COMPARED_WITH) {
                own.extend(candidate(owner, earlier, later));
            }
        }
        own.sort_by(|one, other| other.priority.total_cmp(&one.priority));
        own.truncate(PAIRS_OF_ONE);
        candidates.append(&mut own);
    }
    candidates.extend(denied(facts, reading));
    candidates.extend(returns(facts, reading));
    candidates
}

/// What somebody does although it is said that they cannot, or never do it: across all matters, by the words.
fn denied(facts: &[NotedFact], reading: &Reading) -> Vec<Candidate> {
    const DENIED: &[&str] = &["cannot", "habit", "likes", "fears", "past"];
    const MOST: usize = 4;
    let is_person = |fact: &&NotedFact| matches!(fact.owner, Owner::Person(_) | Owner::Narrator(_)) && is_ground(fact, reading);
    let mut by_owner: BTreeMap<&Owner, Vec<&NotedFact>> = BTreeMap::new();
    for fact in facts.iter().filter(is_person) {
        by_owner.entry(&fact.owner).or_default().push(fact);
    }
    let mut pairs = Vec::new();
    for facts in by_owner.values() {
        let is_denial = |fact: &&&NotedFact| DENIED.contains(&fact.note.attribute.name) && denies(&fact.note);
        for denial in facts.iter().filter(is_denial) {
            let wanted = stems(&denial.note.value);
            let speaks_of_it = |fact: &&&NotedFact| {
                fact.note.attribute.group != denial.note.attribute.group
                    && (fact.point, fact.sentence.start) != (denial.point, denial.sentence.start)
                    && !denies(&fact.note)
                    && stems(&fact.note.value).iter().any(|stem| wanted.contains(stem))
            };
            for fact in facts.iter().filter(speaks_of_it).take(MOST) {
                let (earlier, later) =
                    if (fact.point, fact.sentence.start) < (denial.point, denial.sentence.start) { (fact, denial) } else { (denial, fact) };
                let comparison = Comparison::Open(1.0);
                pairs.push(Candidate { earlier: (*earlier).clone(), later: (*later).clone(), comparison, priority: 1.2 });
            }
        }
    }
    pairs
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
    let comparison = compare((&earlier.note, &earlier.text), (&later.note, &later.text));
    let strength = match comparison {
        Comparison::Fine => return None,
        Comparison::Differ => 3.0,
        Comparison::Open(likeness) if likeness >= LEAST_LIKENESS => likeness,
        Comparison::Open(_) => return None,
    };
    let sureness = |fact: &NotedFact| match fact.sureness {
        Sureness::Named => 0.0,
        Sureness::Agreed => -0.1,
        Sureness::Read => {
            if matches!(owner, Owner::Person(_)) {
                -0.6
            } else {
                -0.3
            }
        }
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
