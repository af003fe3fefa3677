//! Facts that cannot both be true: found by comparing, ranked and filtered by the trained verdict.

use super::adapters::{self, Adapter};
use super::attribute::Attribute;
use super::fact::Fact;
use super::larger::{self, Larger};
use super::pairs::{Pair, Tie, question};
use super::people::{Owner, Sureness};
use super::reader::Reading;
use super::value::{Comparison, compare, denies};
use super::{candidates, prompt, verdict};
use crate::facts::Facts;
use crate::finding::Source;
use crate::manuscript::{Series, StoryPoint};
use crate::model::{ModelError, ModelQueue, Pending, Request};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Where the words themselves exclude each other a small model may doubt it, and not overrule it.
const LEAST_OF_WORDS: f32 = 0.3;

/// Two facts that most likely cannot both be true: two sentences of the prose, or one of the prose and one of the bible.
#[derive(Clone, Debug)]
pub struct Clash {
    pub later: Fact,
    /// Stands earlier in the story, or in the bible.
    pub earlier: Fact,
    /// What to quote of those that stand in the prose: the sentence, and those right beside it that state the same matter; byte ranges of the
    /// scenes' prose.
    pub later_quote: Range<usize>,
    pub earlier_quote: Range<usize>,
    /// From 0 to 1, calibrated.
    pub probability: f64,
    /// The log-odds of each pair before anything is known of it, as of [`verdict::prior`]; a part of the probability.
    pub prior: f64,
    /// How probable the model alone holds it, from 0 to 1, and what else is known of the pair.
    pub model_no: f32,
    pub signs: verdict::Signs,
    /// Whether it was a larger model that was asked, and not the trained reader.
    pub by_larger: bool,
    /// The model's words on it.
    pub reason: Option<String>,
    /// Whether the values themselves exclude each other, and the narration says whose both are, or how many days lie between them.
    pub is_sure: bool,
}

impl Clash {
    /// What is compared: what the later fact states; where that is a deed, what the earlier one denies, or the death before it.
    pub fn attribute(&self) -> &'static Attribute {
        compared(&self.earlier, &self.later)
    }

    /// The rule that it breaks.
    pub fn rule(&self) -> &'static str {
        self.attribute().rule
    }

    /// Whom or what it is about, in the book's words.
    pub fn subject(&self) -> String {
        if let Some(fact) = self.earlier.in_bible() {
            return fact.subject.clone();
        }
        match (&self.later.owner, &self.earlier.owner) {
            (Owner::Person(name), _) => name.clone(),
            (Owner::Narrator(_), _) => "the narrator".to_string(),
            _ => self.earlier.subject.clone(),
        }
    }

    /// What vouches for either of its facts.
    pub fn sources(&self) -> BTreeSet<Source> {
        let verdict = self.by_larger.then_some(Source::Verdict);
        self.later.sources.union(&self.earlier.sources).copied().chain(verdict).collect()
    }
}

fn compared(earlier: &Fact, later: &Fact) -> &'static Attribute {
    let is_denied = denies(earlier) || earlier.attribute.name == "died";
    if is_denied && later.attribute.group != earlier.attribute.group { earlier.attribute } else { later.attribute }
}

/// Words that state something, for a verdict.
#[derive(Clone, Debug)]
pub enum Statement {
    /// Words of a scene's prose, as a byte range of it.
    Prose(StoryPoint, Range<usize>),
    Bible(Box<Fact>),
}

/// A reading, and the model that made it: for what is asked about its facts.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub reading: &'a Reading,
    pub series: &'a Series,
    /// What the patterns read.
    pub facts: &'a Facts,
    pub desk: &'a ModelQueue,
    /// A model that judges some kinds of pairs in the reader's place, where the author has one that does so better.
    pub larger: Option<Larger<'a>>,
    /// Turns true when nothing more is to be asked.
    pub stop: &'a Arc<AtomicBool>,
}

impl Reader<'_> {
    /// All pairs of the prose's facts that were put to the model, in the order of the story.
    ///
    /// Gives with them how many pairs got no verdict, because the work was stopped or the model failed.
    pub fn judged(&self, facts: &[Fact]) -> (Vec<Clash>, usize) {
        let mut pairs = candidates::pairs(facts, self.reading, self.series, self.facts);
        let of_one_matter = pairs.iter().filter(|pair| pair.tie != Tie::OwnerOnly).count();
        // Those with one first sentence follow each other, so that it is read once.
        pairs.sort_by_key(|pair| (pair.earlier.order(), pair.later.order()));
        let prior = verdict::prior(self.series.words(), of_one_matter);
        let (mut judged, without_verdict) = self.verdicts(pairs, prior);
        for clash in &mut judged {
            clash.later_quote = self.around(&clash.later, &clash.earlier, facts);
            clash.earlier_quote = self.around(&clash.earlier, &clash.later, facts);
        }
        (judged, without_verdict)
    }

    /// What the model holds of some pairs, and how many got no verdict. `prior` is as of [`verdict::prior`].
    pub(super) fn verdicts(&self, pairs: Vec<Pair>, prior: f64) -> (Vec<Clash>, usize) {
        let ask = |(place, pair): (usize, Pair)| {
            let by_larger = self.by_larger(&pair);
            let asked = match by_larger {
                Some((desk, _)) => larger::submit(desk, self.request(larger::verdict, pair.facts()), place, self.stop),
                None => self.ask(prompt::verdict, pair.facts(), place),
            };
            (pair, asked, by_larger.map(|(_, weights)| weights))
        };
        let asked: Vec<(Pair, Result<Pending, _>, _)> = pairs.into_iter().enumerate().map(ask).collect();
        let (mut judged, mut without_verdict) = (Vec::new(), 0);
        for (pair, pending, by_larger) in asked {
            let Ok(reply) = pending.and_then(|pending| pending.wait()) else {
                without_verdict += 1;
                continue;
            };
            let model_no = reply.probabilities.first().copied().unwrap_or(0.0);
            let weights = by_larger.map_or(self.adapter().weights, |own| larger::weights(own, &self.adapter().weights));
            let model_no = if pair.tie == Tie::Words && by_larger.is_none() { model_no.max(LEAST_OF_WORDS) } else { model_no };
            let (signs, is_sure) = (pair.signs(), pair.is_sure());
            let Pair { earlier, later, .. } = pair;
            let sentence = |fact: &Fact| fact.in_prose().map_or(0..0, |(_, sentence)| sentence.clone());
            judged.push(Clash {
                later_quote: sentence(&later),
                earlier_quote: sentence(&earlier),
                probability: verdict::calibrated(model_no, &signs, prior, &weights),
                prior,
                signs,
                by_larger: by_larger.is_some(),
                later,
                earlier,
                model_no,
                reason: None,
                is_sure,
            });
        }
        (judged, without_verdict)
    }

    /// The clashes among pairs that were judged, in the order of the story, each with the model's reason.
    pub fn clashes(&self, judged: &[Clash]) -> Vec<Clash> {
        let mut clashes = strongest(judged, self.adapter().least_probability);
        clashes.retain(|clash| [&clash.earlier, &clash.later].into_iter().all(|fact| self.is_meant(fact)));
        let reasons: Vec<_> = clashes.iter().map(|clash| self.ask(prompt::reason, [&clash.earlier, &clash.later], 0)).collect();
        for (clash, reason) in clashes.iter_mut().zip(reasons) {
            clash.reason = verdict::reason_of(reason);
        }
        clashes.sort_by_key(|clash| (clash.later.order(), clash.earlier.order()));
        clashes
    }

    /// Asks about two facts, the earlier first; `prompt` makes the question of both windows, whom and what it is about.
    fn ask(&self, prompt: fn(&str, &str, &str, &str) -> Request, facts: [&Fact; 2], place: usize) -> Result<Pending, ModelError> {
        self.submit(self.request(prompt, facts), place)
    }

    /// A question about two facts, the earlier first.
    pub(super) fn request(&self, prompt: fn(&str, &str, &str, &str) -> Request, facts: [&Fact; 2]) -> Request {
        let [first, second] = facts.map(|fact| self.window(fact));
        let (subject, attribute) = question(facts);
        prompt(&first, &second, &subject, attribute)
    }

    /// The model that judges a pair in the reader's place, and its weights. Where one side stands in the bible nothing was measured.
    fn by_larger(&self, pair: &Pair) -> Option<(&ModelQueue, [f64; 2])> {
        let [earlier, later] = pair.facts();
        let larger = self.larger.filter(|_| earlier.in_prose().is_some() && later.in_prose().is_some())?;
        Some((larger.desk, *larger.kinds.get(compared(earlier, later).rule)?))
    }

    /// Whether the person of a fact is meant, where the words around it do not say so: it is asked once more, plainly, who is meant.
    fn is_meant(&self, fact: &Fact) -> bool {
        let (Owner::Person(name), Sureness::Read | Sureness::Contrary, Some((point, sentence))) =
            (&fact.owner, fact.sureness, fact.in_prose())
        else {
            return true;
        };
        let Some(mention) = first_pronoun(&fact.text) else { return true };
        self.who(point, sentence, mention, std::slice::from_ref(name)).is_none_or(|who| who == *name)
    }

    /// Who is meant by words of a sentence: one of those who are named around it, or of these people besides; [`prompt::NOBODY`] when none of
    /// them is. Nothing where no passage has the sentence, or the model fails.
    pub fn who(&self, point: StoryPoint, sentence: &Range<usize>, mention: &str, besides: &[String]) -> Option<String> {
        let scene = self.reading.scene(point)?;
        let prose = self.series.scene(point)?.1.prose.as_str();
        let meets = |line: &Range<usize>| line.start < sentence.end && sentence.start < line.end;
        let place = |passage: &super::Passage| passage.lines.iter().position(|line| meets(&line.range));
        let (passage, line) = scene.passages.iter().find_map(|notes| Some((&notes.passage, place(&notes.passage)?)))?;
        let mut people = scene.ground.people(passage.range());
        for name in besides {
            if !people.contains(name) {
                people.push(name.clone());
            }
        }
        let shown = prompt::passage(prose, passage, &people);
        let reply = self.submit(prompt::who(&shown, line + 1, mention, &people), 0).and_then(|pending| pending.wait());
        reply.ok().map(|reply| reply.text)
    }

    /// How probable it is that two statements about an attribute of a subject cannot both be true, from 0 to 1, by the model alone and where
    /// nothing else is known of them. The earlier comes first. Nothing when the model fails.
    pub fn weighed(&self, statements: [&Statement; 2], subject: &str, attribute: &str) -> Option<f64> {
        let [first, second] = statements.map(|statement| match statement {
            Statement::Prose(point, words) => self.window_at(*point, words),
            Statement::Bible(fact) => shown_alone(&fact.text),
        });
        let reply = self.submit(prompt::verdict(&first, &second, subject, attribute), 0).and_then(|pending| pending.wait()).ok()?;
        let signs = verdict::Signs { differ: 1.0, ..verdict::Signs::default() };
        Some(verdict::calibrated(*reply.probabilities.first()?, &signs, 0.0, &self.adapter().weights))
    }

    /// A fact's sentence with what stands around it, as the model is shown it.
    fn window(&self, fact: &Fact) -> String {
        fact.in_prose().map_or_else(|| shown_alone(&fact.text), |(point, sentence)| self.window_at(point, sentence))
    }

    /// The sentence of some words with what stands around it.
    fn window_at(&self, point: StoryPoint, words: &Range<usize>) -> String {
        let prose = self.series.scene(point).map_or("", |(_, scene)| scene.prose.as_str());
        let lines = self.reading.scene(point).map(super::reader::SceneNotes::lines).unwrap_or_default();
        let meant = lines.iter().find(|line| line.range.start < words.end && words.start < line.range.end);
        let meant = meant.map_or(words, |line| &line.range);
        verdict::window(prose, &lines, meant)
    }

    /// The sentence of a fact, and those right beside it of which a fact of the same owner and matter is no less against the other one.
    fn around(&self, fact: &Fact, other: &Fact, facts: &[Fact]) -> Range<usize> {
        let Some((point, sentence)) = fact.in_prose() else { return 0..0 };
        let lines = fact.scene(self.reading).map(super::reader::SceneNotes::lines).unwrap_or_default();
        let Some(place) = lines.iter().position(|line| line.range == *sentence) else { return sentence.clone() };
        let states_it = |line: &Range<usize>| {
            let stands_there = |one: &&Fact| one.in_prose() == Some((point, line)) && one.owner == fact.owner;
            let matter = |one: &&Fact| one.attribute.group == fact.attribute.group && one.attribute.group == other.attribute.group;
            let is_of_other = other.in_prose().is_some_and(|(_, sentence)| sentence == line);
            !is_of_other && facts.iter().filter(stands_there).filter(matter).any(|one| compare(one, other) != Comparison::Fine)
        };
        let mut quote = sentence.clone();
        let before = place.checked_sub(1).and_then(|place| lines.get(place));
        if let Some(before) = before.filter(|line| !lines[place].begins_paragraph && states_it(&line.range)) {
            quote.start = before.range.start;
        }
        if let Some(after) = lines.get(place + 1).filter(|line| !line.begins_paragraph && states_it(&line.range)) {
            quote.end = after.range.end;
        }
        quote
    }

    /// The adapter that made the reading; it says how far the verdict is to be trusted.
    pub(super) fn adapter(&self) -> &'static Adapter {
        adapters::of_desk(self.desk).unwrap_or(&adapters::ADAPTERS[0])
    }

    fn submit(&self, request: Request, place: usize) -> Result<Pending, ModelError> {
        larger::submit(self.desk, request, place, self.stop)
    }
}

/// A sentence without anything around it, as the model is shown it.
fn shown_alone(sentence: &str) -> String {
    format!("> {}", prompt::plain(sentence))
}

/// The first word of a sentence that stands for a person.
fn first_pronoun(sentence: &str) -> Option<&str> {
    const PRONOUNS: &[&str] = &["he", "she", "his", "her", "him", "hers", "i", "my", "me", "himself", "herself"];
    let mut words = sentence.split(|letter: char| !letter.is_alphanumeric());
    words.find(|word| PRONOUNS.contains(&word.to_lowercase().as_str()))
}

/// Of the pairs that share a sentence in one matter only the strongest: a slip contradicts all that is right. But green, brown and hazel are
/// three, of which two are wrong.
fn strongest(judged: &[Clash], least_probability: f64) -> Vec<Clash> {
    let mut strong: Vec<&Clash> = judged.iter().filter(|clash| clash.probability >= least_probability).collect();
    strong.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    let clash_of = |one: &Fact, other: &Fact| {
        let is_of = |clash: &&Clash| {
            let sides = [(&clash.earlier, &clash.later), (&clash.later, &clash.earlier)];
            sides.iter().any(|(first, second)| is_one_place(first, one) && is_one_place(second, other))
        };
        strong.iter().any(is_of)
    };
    let mut kept: Vec<&Clash> = Vec::new();
    for clash in &strong {
        let facts = [&clash.earlier, &clash.later];
        let holds = |other: &&&Clash, fact: &Fact| [&other.earlier, &other.later].iter().any(|used| is_one_place(used, fact));
        let is_used = facts.map(|fact| kept.iter().any(|other| holds(&other, fact)));
        let is_third = match is_used {
            [false, false] => true,
            [true, true] => false,
            // What clashes with both sides of each clash that its counterpart is in says a third thing.
            [is_first, _] => {
                let (used, new) = if is_first { (facts[0], facts[1]) } else { (facts[1], facts[0]) };
                let mut before = kept.iter().filter(|other| holds(other, used));
                before.all(|other| [&other.earlier, &other.later].iter().all(|side| clash_of(side, new)))
            }
        };
        if is_third {
            kept.push(clash);
        }
    }
    kept.into_iter().cloned().collect()
}

/// Whether two facts stand in one sentence and say something of one group of attributes.
fn is_one_place(one: &Fact, other: &Fact) -> bool {
    one.in_bible().is_none() && other.in_bible().is_none() && one.attribute.group == other.attribute.group && one.order() == other.order()
}
