//! Asking the model about one passage.

use super::super::handles::{PassageHandle, QuoteHandle, SceneHandle, ScriptDesk};
use super::super::limits;
use super::{RhaiResultOf, int, texts_of};
use crate::facts::claim::{self, SummaryClaim};
use crate::finding::verify;
use crate::model::{Answer, Pending, Reply, Request, Shape, shape};
use crate::prompt::canary::{self, Canary};
use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// Sentences of the passage that may together prove one sentence of an answer: more are no proof, but a search.
const PROOF_SENTENCES: usize = 3;

/// A passage at the desk, ready for questions.
#[derive(Clone)]
pub struct Reading {
    pub desk: ScriptDesk,
    pub passage: Option<PassageHandle>,
    /// The adapter of the author's that free text is asked with, by its name in copydesk.yaml.
    adapter: Option<String>,
    /// Looked for at the first question; nothing for a passage that does not speak to the model.
    planted: Arc<OnceLock<Option<Planted>>>,
}

/// The question about a sentence that was planted below the passage.
struct Planted {
    canary: Canary,
    pending: Pending,
    /// The words that speak to the model.
    orders: Range<usize>,
    /// Whether the model found the sentence.
    is_found: OnceLock<bool>,
}

/// Most words of the passage that are shown when the model did not follow its task, in letters.
const SHOWN_ORDER: usize = 60;

/// What the model answers, read by its shape. The question was handed in; its answer is waited for when it is first looked at.
#[derive(Clone)]
pub struct AnswerHandle {
    reading: Reading,
    answer: Arc<OnceLock<Answer>>,
    /// Nothing for a part of an answer that is there.
    question: Option<(Pending, Shape)>,
}

/// Which option the model chooses, and how sure it is. Waited for as an answer is.
#[derive(Clone)]
pub struct Choice {
    reading: Reading,
    options: Vec<String>,
    weighed: Arc<OnceLock<Weighed>>,
    /// The orders in which the options were shown, each a list of places in `options`.
    orders: Vec<(Vec<usize>, Pending)>,
}

/// What became of a choice.
struct Weighed {
    /// Probability of each option, in their order.
    probabilities: Vec<f64>,
    /// Whether every order of the options gave the same one.
    is_steady: bool,
}

impl Reading {
    /// Lays a passage before the model; without one, for questions that bring their own words.
    pub fn new(desk: &ScriptDesk, passage: Option<PassageHandle>) -> Reading {
        Reading { desk: desk.clone(), passage, adapter: None, planted: Arc::default() }
    }

    /// The same, asked with an adapter; with the model as it is when the name is empty.
    fn with_adapter(&self, name: &str) -> Reading {
        Reading { adapter: Some(name.trim().to_string()).filter(|name| !name.is_empty()), ..self.clone() }
    }

    fn text(&self) -> String {
        self.passage.as_ref().map(PassageHandle::text).unwrap_or_default()
    }

    /// Hands one question in at the desk, and before the first about a passage that speaks to the model the one about what is planted.
    fn request(&self, question: &str, shape: Shape) -> RhaiResultOf<Pending> {
        let text = self.text();
        if self.planted.get().is_none() {
            let planted = match canary::orders_in(&text) {
                Some(orders) => {
                    let canary = Canary::below(&text);
                    let pending = self.with_adapter("").hand_in(canary.passage.clone(), canary.question, planted_shape())?;
                    Some(Planted { canary, pending, orders, is_found: OnceLock::new() })
                }
                None => None,
            };
            self.planted.get_or_init(|| planted);
        }
        self.hand_in(text, question, shape)
    }

    /// Whether the model does its task on this passage, as far as that can be seen. One that does not is reported as not read.
    fn is_followed(&self) -> RhaiResultOf<bool> {
        let Some(planted) = self.planted.get().and_then(Option::as_ref) else { return Ok(true) };
        if let Some(is_found) = planted.is_found.get() {
            return Ok(*is_found);
        }
        let reply = wait(&planted.pending)?;
        let shape = planted_shape();
        let answer = shape.read(whole_part(&shape, &reply), &planted.canary.passage);
        let is_found = answer.is_some_and(|answer| planted.canary.is_answered_by(&plain(&answer)));
        if !planted.is_found.get_or_init(|| is_found) {
            let told = self.not_followed(&planted.orders);
            let mut output = self.desk.output();
            if !output.not_read.contains(&told) {
                output.not_read.push(told);
            }
        }
        Ok(is_found)
    }

    /// Says that the model did not follow its task, with the words that it may have followed instead.
    fn not_followed(&self, orders: &Range<usize>) -> String {
        let Some(passage) = &self.passage else { return "the model did not follow its task".to_string() };
        let quote = passage.scene().quote(passage.range.start + orders.start..passage.range.start + orders.end);
        let words: String = quote.evidence.quote.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SHOWN_ORDER).collect();
        let (file, line) = (quote.evidence.file.on_disk(), quote.evidence.place.line);
        format!(
            "{file}, line {line}: “{words}” speaks to the model, and it did not follow its task there; its answers about this passage were not used"
        )
    }

    /// Hands one question about a text in at the desk.
    fn hand_in(&self, text: String, question: &str, shape: Shape) -> RhaiResultOf<Pending> {
        let world = &self.desk.world;
        // What an adapter was made for is to write; what it says where and how many is worth no more than a guess.
        if self.adapter.is_some() && !matches!(shape, Shape::Text { .. }) {
            return Err("an adapter is for free text: ask for text(WORDS) and nothing else, or leave `.adapter(…)` out".into());
        }
        {
            let mut output = self.desk.output();
            output.questions += 1;
            let most = limits::questions();
            if output.questions > most {
                return Err(format!("this script asked more than {most} questions in one go").into());
            }
        }
        let prompt = world.prompt_template.render(&text, question, &shape.hint())?;
        let request = Request { prompt, quotable: text.into(), reply_tokens: shape.reply_tokens(), shape, adapter: self.adapter.clone() };
        let pending = limits::waiting(|| world.desk.submit(request, self.desk.turn, &world.stop)).map_err(|error| error.to_string())?;
        self.desk.output().from_cache += usize::from(pending.was_remembered);
        Ok(pending)
    }

    /// Asks; the answer is there when it is looked at.
    fn ask(&self, question: &str, shape: &Shape) -> RhaiResultOf<AnswerHandle> {
        let pending = self.request(question, shape.clone())?;
        Ok(AnswerHandle { reading: self.clone(), answer: Arc::default(), question: Some((pending, shape.clone())) })
    }

    /// Asks for a choice, once for each order in which the model is to see the options.
    fn choose(&self, question: &str, options: Vec<String>, orders: Vec<Vec<usize>>) -> RhaiResultOf<Choice> {
        let asked = orders.into_iter().map(|seen| Ok((seen.clone(), self.weigh(question, &options, &seen)?)));
        let orders = asked.collect::<RhaiResultOf<Vec<_>>>()?;
        Ok(Choice { reading: self.clone(), options, weighed: Arc::default(), orders })
    }

    /// Asks for the options' probabilities when the model sees them in the order of `seen`.
    fn weigh(&self, question: &str, options: &[String], seen: &[usize]) -> RhaiResultOf<Pending> {
        let lines: Vec<String> = seen
            .iter()
            .enumerate()
            .map(|(place, option)| format!("{}) {}", shape::option_letter(place as u32), options[*option]))
            .collect();
        self.request(&format!("{question}\n{}", lines.join("\n")), Shape::Choice(options.len() as u32))
    }

    /// The sentences that prove a text, as [`SummaryClaim::proof`] has it; empty when there are none.
    fn proof(&self, text: &str, most: usize) -> Vec<QuoteHandle> {
        let Some(passage) = &self.passage else { return Vec::new() };
        let handle = passage.scene();
        let scene = handle.scene();
        let is_inside = |range: &Range<usize>| range.start >= passage.range.start && range.end <= passage.range.end;
        let ranges: Vec<Range<usize>> = scene.sentences.iter().map(|sentence| sentence.range.clone()).filter(is_inside).collect();
        let sentences: Vec<&str> = ranges.iter().map(|range| &scene.prose[range.clone()]).collect();
        let proof = SummaryClaim::new(text, &scene.prose[passage.range.clone()]).proof(&sentences, most);
        proof.into_iter().flatten().map(|place| handle.quote(ranges[place].clone())).collect()
    }

    /// Where the words stand, within the passage.
    fn locate(&self, quoted: &str) -> Option<QuoteHandle> {
        let passage = self.passage.as_ref()?;
        let scene = SceneHandle { world: passage.world.clone(), point: passage.point };
        let within = |range: &Range<usize>| range.end <= passage.range.end;
        let range = verify::find_in_prose(scene.scene(), quoted, passage.range.start).filter(within)?;
        Some(scene.quote(range))
    }
}

/// The part of a reply that is whole: of free text cut at its limit the whole sentences, of a list the whole lines; of other shapes that
/// were cut, nothing.
fn whole_part<'r>(shape: &Shape, reply: &'r Reply) -> &'r str {
    let text = reply.text.trim_end();
    match shape {
        _ if reply.is_complete => text,
        Shape::Text { .. } => {
            let sentences = crate::manuscript::sentences_of(text);
            let last = sentences.last().map_or("", |last| *last);
            text.strip_suffix(last).unwrap_or("").trim_end()
        }
        Shape::List(..) => text.rsplit_once('\n').map_or("", |(whole, _)| whole),
        // A quote that was cut still stands in the passage.
        Shape::Quote { .. } | Shape::Either(_) => text,
        _ => "",
    }
}

impl AnswerHandle {
    /// The answer's first quote, located; waits for the answer.
    pub fn located(&self) -> RhaiResultOf<Option<QuoteHandle>> {
        fn first_quote(answer: &Answer) -> Option<&str> {
            match answer {
                Answer::Quote(words) => Some(words),
                Answer::List(items) => items.iter().find_map(first_quote),
                Answer::Fields(fields) => fields.iter().find_map(|(_, answer)| first_quote(answer)),
                _ => None,
            }
        }
        Ok(first_quote(self.answer()?).and_then(|words| self.reading.locate(words)))
    }

    /// The answer; waits for it. A reply that does not fit its shape counts as no answer.
    fn answer(&self) -> RhaiResultOf<&Answer> {
        if let Some(answer) = self.answer.get() {
            return Ok(answer);
        }
        let answer = match &self.question {
            Some(_) if !self.reading.is_followed()? => Answer::Nothing,
            Some((pending, shape)) => {
                let reply = wait(pending)?;
                shape.read(whole_part(shape, &reply), &self.reading.text()).unwrap_or(Answer::Nothing)
            }
            None => Answer::Nothing,
        };
        Ok(self.answer.get_or_init(|| answer))
    }

    /// A part of this answer.
    fn part(&self, answer: &Answer) -> AnswerHandle {
        AnswerHandle { reading: self.reading.clone(), answer: Arc::new(OnceLock::from(answer.clone())), question: None }
    }

    /// The answer as text; `""` for nothing.
    pub fn plain(&self) -> RhaiResultOf<String> {
        Ok(plain(self.answer()?))
    }
}

/// What is planted is asked for in the most usual form: words of the passage, or that it does not tell.
fn planted_shape() -> Shape {
    Shape::Either(vec![Shape::Quote { words: 8 }, Shape::Nothing])
}

/// Waits for a reply; the time is not the script's.
fn wait(pending: &Pending) -> RhaiResultOf<Reply> {
    Ok(limits::waiting(|| pending.wait()).map_err(|error| error.to_string())?)
}

impl Choice {
    /// What became of it; waits for it.
    fn weighed(&self) -> RhaiResultOf<&Weighed> {
        if let Some(weighed) = self.weighed.get() {
            return Ok(weighed);
        }
        let mut probabilities = vec![0.0; self.options.len()];
        if !self.reading.is_followed()? {
            return Ok(self.weighed.get_or_init(|| Weighed { probabilities, is_steady: false }));
        }
        let mut chosen = Vec::new();
        for (seen, pending) in &self.orders {
            let reply = wait(pending)?;
            let mut of_order = vec![0.0; self.options.len()];
            for (place, option) in seen.iter().enumerate() {
                of_order[*option] = reply.probabilities.get(place).copied().map_or(0.0, f64::from);
                probabilities[*option] += of_order[*option] / self.orders.len() as f64;
            }
            chosen.push(likeliest(&of_order));
        }
        chosen.dedup();
        Ok(self.weighed.get_or_init(|| Weighed { probabilities, is_steady: chosen.len() <= 1 }))
    }
}

fn plain(answer: &Answer) -> String {
    match answer {
        Answer::Text(text) | Answer::Quote(text) | Answer::OneOf(text) | Answer::Date(text) => text.clone(),
        Answer::Number(number) => number.to_string(),
        Answer::Nothing => String::new(),
        Answer::List(items) => items.iter().map(plain).collect::<Vec<_>>().join("; "),
        Answer::Fields(fields) => fields.iter().map(|(name, answer)| format!("{name}: {}", plain(answer))).collect::<Vec<_>>().join("; "),
    }
}

fn checked_options(options: &Array) -> RhaiResultOf<Vec<String>> {
    let options = texts_of(options)?;
    if !(2..=20).contains(&options.len()) || options.iter().any(|option| option.contains('\n')) {
        return Err("choose() takes 2 to 20 options of one line each".into());
    }
    Ok(options)
}

#[export_module]
pub mod reading {
    /// Asks one question about the passage. The model sets to work at once, on many questions together, and the script waits only when
    /// it looks at an answer: ask all you need before you look at the first.
    ///
    /// ```rhai
    /// let answer = reading.ask("What does she carry?", quote() | nothing());
    /// if answer.is_something() { desk.finding("carried-thing").at(answer).say(`She carries ${answer.text}.`); }
    /// ```
    #[rhai_fn(name = "ask", pure, return_raw)]
    pub fn ask(reading: &mut Reading, question: &str, shape: Shape) -> RhaiResultOf<AnswerHandle> {
        super::Reading::ask(reading, question, &shape)
    }

    /// The same passage, asked with an adapter of yours (LoRA) that `copydesk.yaml` names under `adapters`. Only for `text(WORDS)`: an adapter
    /// writes, and what it says proves nothing. An empty name asks the model as it is.
    ///
    /// ```rhai
    /// let told = desk.read(scene).adapter("voice").ask("Tell what happens here, in the voice of the book.", text(80));
    /// desk.note("Retold").line(told.text);
    /// ```
    #[rhai_fn(name = "adapter", pure, return_raw)]
    pub fn adapter(reading: &mut Reading, name: &str) -> RhaiResultOf<Reading> {
        if name == crate::notes::READER {
            return Err(format!("the adapter “{name}” is copydesk's own, and writes nothing; name one of yours").into());
        }
        Ok(reading.with_adapter(name))
    }

    /// Asks several questions of one shape; the answers come in the same order.
    #[rhai_fn(pure, return_raw)]
    pub fn ask_all(reading: &mut Reading, questions: Array, shape: Shape) -> RhaiResultOf<Array> {
        let questions = texts_of(&questions)?;
        questions.iter().map(|question| super::Reading::ask(reading, question, &shape).map(Dynamic::from)).collect()
    }

    /// Chooses one of 2 to 20 options in one forward pass; nothing is generated.
    ///
    /// ```rhai
    /// let choice = reading.choose("Whose eyes are green?", ["Mara", "Edmund", "somebody else"]);
    /// if choice.probability > 0.8 { … }
    /// ```
    #[rhai_fn(pure, return_raw)]
    pub fn choose(reading: &mut Reading, question: &str, options: Array) -> RhaiResultOf<Choice> {
        let options = super::checked_options(&options)?;
        let forwards = (0..options.len()).collect();
        reading.choose(question, options, vec![forwards])
    }

    /// Chooses with the options in two orders, because small models prefer some letters: the probabilities are the mean of both, and
    /// `is_steady` tells whether both gave the same option.
    #[rhai_fn(pure, return_raw)]
    pub fn choose_steadily(reading: &mut Reading, question: &str, options: Array) -> RhaiResultOf<Choice> {
        let options = super::checked_options(&options)?;
        let forwards = (0..options.len()).collect();
        let backwards = (0..options.len()).rev().collect();
        reading.choose(question, options, vec![forwards, backwards])
    }

    /// Whether the passage told anything.
    #[rhai_fn(pure, return_raw)]
    pub fn is_something(answer: &mut AnswerHandle) -> RhaiResultOf<bool> {
        Ok(*answer.answer()? != Answer::Nothing)
    }

    /// Whether the passage did not tell.
    #[rhai_fn(pure, return_raw)]
    pub fn is_nothing(answer: &mut AnswerHandle) -> RhaiResultOf<bool> {
        Ok(*answer.answer()? == Answer::Nothing)
    }

    /// The answer as text; `""` when there is none.
    #[rhai_fn(get = "text", pure, return_raw)]
    pub fn answer_text(answer: &mut AnswerHandle) -> RhaiResultOf<String> {
        answer.plain()
    }

    /// The answer's words where they stand in the file; `()` when the answer is no quote.
    #[rhai_fn(get = "quote", pure, return_raw)]
    pub fn answer_quote(answer: &mut AnswerHandle) -> RhaiResultOf<Dynamic> {
        Ok(answer.located()?.map_or(Dynamic::UNIT, Dynamic::from))
    }

    /// The answer as a number; `()` when it is none.
    #[rhai_fn(get = "number", pure, return_raw)]
    pub fn answer_number(answer: &mut AnswerHandle) -> RhaiResultOf<Dynamic> {
        Ok(if let Answer::Number(number) = *answer.answer()? { number.into() } else { Dynamic::UNIT })
    }

    /// The items of a list answer, each an answer.
    #[rhai_fn(get = "items", pure, return_raw)]
    pub fn answer_items(answer: &mut AnswerHandle) -> RhaiResultOf<Array> {
        let Answer::List(items) = answer.answer()? else { return Ok(Array::new()) };
        Ok(items.iter().map(|item| Dynamic::from(answer.part(item))).collect())
    }

    /// The parts of a fields answer by name, each an answer.
    #[rhai_fn(get = "fields", pure, return_raw)]
    pub fn answer_fields(answer: &mut AnswerHandle) -> RhaiResultOf<Map> {
        let Answer::Fields(fields) = answer.answer()? else { return Ok(Map::new()) };
        Ok(fields.iter().map(|(name, item)| (name.as_str().into(), Dynamic::from(answer.part(item)))).collect())
    }

    /// The option with the highest probability.
    #[rhai_fn(get = "option", pure, return_raw)]
    pub fn choice_option(choice: &mut Choice) -> RhaiResultOf<String> {
        Ok(choice.options[super::likeliest(&choice.weighed()?.probabilities)].clone())
    }

    /// The place of that option in the list, from 0.
    #[rhai_fn(get = "index", pure, return_raw)]
    pub fn choice_index(choice: &mut Choice) -> RhaiResultOf<i64> {
        Ok(int(super::likeliest(&choice.weighed()?.probabilities)))
    }

    /// Its probability, 0 to 1.
    #[rhai_fn(get = "probability", pure, return_raw)]
    pub fn choice_probability(choice: &mut Choice) -> RhaiResultOf<f64> {
        let probabilities = &choice.weighed()?.probabilities;
        Ok(probabilities[super::likeliest(probabilities)])
    }

    /// The probability of an option by its text, 0 for one that was not offered.
    #[rhai_fn(name = "probability_of", pure, return_raw)]
    pub fn choice_probability_of(choice: &mut Choice, option: &str) -> RhaiResultOf<f64> {
        let probabilities = &choice.weighed()?.probabilities;
        Ok(choice.options.iter().position(|known| known == option).map_or(0.0, |index| probabilities[index]))
    }

    /// Whether every order of the options gave the same one.
    #[rhai_fn(get = "is_steady", pure, return_raw)]
    pub fn choice_is_steady(choice: &mut Choice) -> RhaiResultOf<bool> {
        Ok(choice.weighed()?.is_steady)
    }

    /// The sentences of a free answer that the passage proves, in their order: maps with `text` and `proof`, its quotes. Left out are
    /// sentences with a name or a number that stands nowhere in the passage, with too many words of their own, that name nobody and begin
    /// with a pronoun, that name somebody twice, or that speak of the passage instead of the story. No proof of truth: who did what to whom may be turned about.
    ///
    /// ```rhai
    /// for told in answer.proven { note.model_line(told.text).anchor_all(told.proof); }
    /// ```
    #[rhai_fn(get = "proven", pure, return_raw)]
    pub fn answer_proven(answer: &mut AnswerHandle) -> RhaiResultOf<Array> {
        let text = answer.plain()?;
        let sentences = crate::manuscript::sentences_of(&text);
        let proven = sentences.into_iter().filter(|sentence| !claim::is_poor(sentence)).filter_map(|sentence| {
            let proof = answer.reading.proof(sentence, super::PROOF_SENTENCES);
            (!proof.is_empty()).then(|| {
                let quotes: Array = proof.into_iter().map(Dynamic::from).collect();
                Dynamic::from_map(Map::from([("text".into(), sentence.to_string().into()), ("proof".into(), quotes.into())]))
            })
        });
        Ok(proven.collect())
    }

    /// At most so many sentences of the passage in which every name and number of a text stands, and most of its telling words; empty when
    /// there are none such. Numbers are compared by their value: 34 is thirty-four.
    #[rhai_fn(pure)]
    pub fn proof(reading: &mut Reading, text: &str, most: i64) -> Array {
        let most = usize::try_from(most).unwrap_or(0);
        super::Reading::proof(reading, text, most).into_iter().map(Dynamic::from).collect()
    }

    /// The sentences of the passage that a text rests on: those that share most of its names, numbers and uncommon words, best first, at
    /// most so many. Empty when no sentence shares enough.
    #[rhai_fn(pure)]
    pub fn anchors(reading: &mut Reading, claim: &str, most: i64) -> Array {
        let Some(passage) = &reading.passage else { return Array::new() };
        let scene = passage.scene();
        let ranges = super::anchor(scene.scene(), &passage.range, claim, usize::try_from(most).unwrap_or(0));
        ranges.into_iter().map(|range| Dynamic::from(scene.quote(range))).collect()
    }
}

fn likeliest(probabilities: &[f64]) -> usize {
    probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0))).map_or(0, |(index, _)| index)
}

/// Byte ranges of the sentences that share the most telling words with a claim; a sentence needs two, or one of a short claim.
fn anchor(scene: &crate::manuscript::Scene, within: &Range<usize>, claim: &str, most: usize) -> Vec<Range<usize>> {
    let mut wanted = claim::telling_words(claim);
    wanted.sort();
    wanted.dedup();
    let enough = if wanted.len() <= 3 { 1 } else { 2 };
    let mut scored: Vec<(usize, Range<usize>)> = Vec::new();
    for sentence in scene.sentences.iter().filter(|sentence| sentence.range.start >= within.start && sentence.range.end <= within.end) {
        let has = claim::telling_words(scene.sentence_text(sentence));
        let shared = wanted.iter().filter(|word| has.contains(word)).count();
        if shared >= enough {
            scored.push((shared, sentence.range.clone()));
        }
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.start.cmp(&b.1.start)));
    let mut best: Vec<Range<usize>> = scored.into_iter().take(most).map(|(_, range)| range).collect();
    best.sort_by_key(|range| range.start);
    best
}
