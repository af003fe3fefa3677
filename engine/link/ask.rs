//! One question to the server: what is sent, what is made of the answer, and when it is asked again.

use super::http::{Errand, Fault, NOT_UNDERSTOOD, Way};
use super::schema::{self, Unread};
use super::server::{Opened, Reader, ReaderWay};
use super::{choice, grammar, lines};
use copydesk::model::shape::{NOTHING, likeliest};
use copydesk::model::{ModelError, Reply, Request, Shape};
use copydesk::notes::READER;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Where questions go.
const PATH: &str = "/v1/chat/completions";

/// Tokens for one word, and what some models put before it.
const WORD_TOKENS: u32 = 8;

/// Tokens for a model that thinks before it answers.
const THOUGHT_TOKENS: u32 = 4_096;

/// How many words a server is asked to weigh against each other; none that is widely used gives more.
const WEIGHED: u32 = 20;

/// Asks one server, and learns what it can do.
pub struct Asker {
    way: Way,
    model: String,
    reader: Option<Reader>,
    /// By the kind of shape, and whether the reader is asked: which of the ways to ask for its form it understands, the first that it did not
    /// refuse. A server may know one form and not another.
    ways: Mutex<HashMap<(Discriminant<Shape>, bool), usize>>,
    /// Its model was cut short while it thought.
    thinks: AtomicBool,
}

/// What came back for one try.
struct Said {
    choice: Value,
    words: String,
    is_complete: bool,
    /// It came to the most tokens that were asked for.
    is_cut: bool,
    has_thoughts: bool,
    /// How many tokens the server read; 0 where it does not tell.
    prompt_tokens: u32,
}

impl Asker {
    pub fn new(way: Way, opened: &Opened) -> Asker {
        Asker { way, model: opened.model.clone(), reader: opened.reader.clone(), ways: Mutex::default(), thinks: AtomicBool::new(false) }
    }

    /// What one question is asked by, and given up by.
    pub fn errand(&self) -> Errand {
        self.way.errand()
    }

    /// The reply to a question. Asked again once, less predictably, when the answer is none.
    pub fn answer(&self, errand: &Errand, request: &Request) -> Result<Reply, ModelError> {
        if let Some(name) = request.adapter.as_ref().filter(|name| self.reader.is_none() || name.as_str() != READER) {
            return Err(ModelError::NoAdapter(name.clone()));
        }
        if request.adapter.is_none() && matches!(request.shape, Shape::Rows { .. } | Shape::Gist { .. }) {
            return Err(ModelError::BadShape("only the trained reader answers in it".to_string()));
        }
        let mut reply = Reply::default();
        let mut seed = 1;
        loop {
            let had_room_to_think = self.thinks.load(Ordering::Relaxed);
            let said = match self.ask(errand, request, seed, &mut reply) {
                Ok(said) => said,
                Err(Fault::Garbled) if seed == 1 => {
                    seed = 2;
                    continue;
                }
                Err(fault) => return Err(self.failed(&fault)),
            };
            self.check_all_was_read(request, &said)?;
            let wrong = match read(request, &said, &mut reply) {
                Ok(()) => return Ok(reply),
                Err(wrong) => wrong,
            };
            if said.has_thoughts && said.is_cut && !had_room_to_think {
                // It was cut short before it could answer, so that was no try.
                self.thinks.store(true, Ordering::Relaxed);
                continue;
            }
            if seed == 2 {
                return self.given_up(request, &said, wrong, reply);
            }
            seed = 2;
        }
    }

    /// Some servers leave out what does not fit their context, and say nothing. No word is less than a token.
    fn check_all_was_read(&self, request: &Request, said: &Said) -> Result<(), ModelError> {
        let prompt = &request.prompt;
        let parts = [&prompt.system, &prompt.passage, &prompt.form, &prompt.question];
        let words: usize = parts.iter().map(|part| part.split_whitespace().count()).sum();
        match said.prompt_tokens as usize {
            0 => Ok(()),
            tokens if tokens >= words => Ok(()),
            tokens => Err(ModelError::Failed(format!(
                "the server at {} left out a part of the question, which has {words} words, and read {tokens} tokens: \
                 give its model a larger context, or give it less to read at once",
                self.way.shown()
            ))),
        }
    }

    /// What becomes of a question that was answered wrongly twice. Only what had the form may count as the passage's silence.
    fn given_up(&self, request: &Request, said: &Said, wrong: Unread, mut reply: Reply) -> Result<Reply, ModelError> {
        if wrong == Unread::Untrue && may_be_nothing(&request.shape) {
            reply.text = NOTHING.to_string();
            reply.is_complete = true;
            return Ok(reply);
        }
        let shown = self.way.shown();
        Err(ModelError::Failed(match wrong {
            _ if said.is_cut => format!("the answer of the server at {shown} had no end within its length"),
            Unread::Formless => format!("the server at {shown} did not keep to the form of the answer"),
            Unread::Untrue => format!("the server at {shown} answered with something that the question or the passage does not allow"),
        }))
    }

    fn ask(&self, errand: &Errand, request: &Request, seed: u32, reply: &mut Reply) -> Result<Said, Fault> {
        let is_read = request.adapter.is_some();
        let ways = match (request.shape.options().is_some(), is_read) {
            (true, _) => vec![json!({ "logprobs": true, "top_logprobs": WEIGHED })],
            (false, true) => {
                let grammar = grammar::of(&request.shape).filter(|_| self.knows_grammars());
                grammar.map(|grammar| json!({ "grammar": grammar })).into_iter().collect()
            }
            (false, false) => ways_of_schemas(&schema::of_reply(&request.shape)),
        };
        let (plain, form) = (self.body(request, seed), (discriminant(&request.shape), is_read));
        let known = || self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let mut way = known().get(&form).copied().unwrap_or_default().min(ways.len());
        loop {
            let mut body = plain.clone();
            for (name, value) in ways.get(way).and_then(Value::as_object).into_iter().flatten() {
                body[name] = value.clone();
            }
            match self.way.post(errand, PATH, &body) {
                Err(fault) if way < ways.len() && fault.is_not_understood() && !is_too_long(&fault) => way += 1,
                Err(fault) => return Err(fault),
                Ok(answer) => {
                    known().insert(form, way);
                    return Ok(said(&answer, reply));
                }
            }
        }
    }

    /// Grammars are llama-server's own; it is known by how it lists the reader.
    fn knows_grammars(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| matches!(reader.way, ReaderWay::Scales { .. }))
    }

    fn body(&self, request: &Request, seed: u32) -> Value {
        let prompt = &request.prompt;
        let is_read = request.adapter.is_some();
        let (form, tokens) = match request.shape.options() {
            // The reader is shown what it was trained on to the letter, and knows its forms.
            _ if is_read => (String::new(), request.reply_tokens),
            Some(_) => (choice::in_words(&request.shape).to_string(), WORD_TOKENS),
            // Names, quotation marks and braces are a half more.
            None => (schema::in_words(&request.shape), request.reply_tokens.saturating_add(request.reply_tokens / 2).saturating_add(48)),
        };
        let thoughts = if !is_read && self.thinks.load(Ordering::Relaxed) { THOUGHT_TOKENS } else { 0 };
        let user = [&prompt.passage, &prompt.form, &prompt.question, &form].map(String::as_str).concat();
        let mut messages = vec![json!({ "role": "user", "content": user })];
        if !prompt.system.is_empty() {
            messages.insert(0, json!({ "role": "system", "content": prompt.system }));
        }
        let mut body = json!({
            "model": self.model,
            "messages": messages,
            "stream": false,
            // Without chance the second try would be the first again.
            "temperature": if seed == 1 { 0.0 } else { 0.4 },
            "seed": seed,
            "max_tokens": tokens.saturating_add(thoughts),
        });
        match self.reader.as_ref().map(|reader| &reader.way) {
            Some(ReaderWay::Scales { with, without }) => body["lora"] = if is_read { with.clone() } else { without.clone() },
            Some(ReaderWay::Model(name)) if is_read => body["model"] = json!(name),
            Some(ReaderWay::Model(_)) | None => {}
        }
        body
    }

    fn failed(&self, fault: &Fault) -> ModelError {
        let shown = self.way.shown();
        match fault {
            Fault::Unwanted => ModelError::Cancelled,
            Fault::Refuses { status, body, .. } if NOT_UNDERSTOOD.contains(status) => match too_long(body, 0) {
                Some(too_long) => too_long,
                None => ModelError::Failed(format!("the server at {shown} refuses the question: {}", fault.words())),
            },
            _ => ModelError::Failed(format!("the server at {shown} does not answer: {}", fault.words())),
        }
    }
}

/// Takes an answer apart, and counts what it cost.
fn said(answer: &Value, reply: &mut Reply) -> Said {
    let count = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    let usage = &answer["usage"];
    let reused = count(&usage["prompt_tokens_details"]["cached_tokens"]);
    reply.tokens_reused = reply.tokens_reused.saturating_add(reused);
    let prompt_tokens = count(&usage["prompt_tokens"]);
    reply.tokens_read = reply.tokens_read.saturating_add(prompt_tokens.saturating_sub(reused));
    reply.tokens_generated = reply.tokens_generated.saturating_add(count(&usage["completion_tokens"]));
    let choice = answer["choices"][0].clone();
    let message = &choice["message"];
    let words = message["content"].as_str().unwrap_or_default().to_string();
    let has_text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let has_thoughts = words.contains("<think>") || has_text(&message["reasoning_content"]) || has_text(&message["reasoning"]);
    let ended_by = &choice["finish_reason"];
    Said { is_complete: ended_by == "stop", is_cut: ended_by == "length", words, has_thoughts, prompt_tokens, choice }
}

/// Reads what was said into the reply.
fn read(request: &Request, said: &Said, reply: &mut Reply) -> Result<(), Unread> {
    match request.shape.options() {
        Some(options) => {
            // What the reader says of two sentences counts by how sure it is, so that its words alone are no verdict.
            let weigh = if request.adapter.is_some() { choice::weighed } else { choice::probabilities };
            let probabilities = weigh(&options, &said.choice).ok_or(Unread::Formless)?;
            reply.text = likeliest(&options, &probabilities).to_string();
            reply.probabilities = probabilities;
            // What follows the word does not matter.
            reply.is_complete = true;
        }
        None if request.adapter.is_some() => {
            reply.text = lines::reply(&request.shape, &said.words, !said.is_complete)?;
            reply.is_complete = said.is_complete;
        }
        None => {
            let cut = match request.shape {
                Shape::Text { words } if said.is_cut => schema::cut_text(&said.words, words),
                _ => None,
            };
            reply.text = schema::reply(&request.shape, &said.words, &request.quotable).or_else(|wrong| cut.ok_or(wrong))?;
            reply.is_complete = said.is_complete;
        }
    }
    Ok(())
}

/// Whether the passage may be silent on what is asked.
fn may_be_nothing(shape: &Shape) -> bool {
    match shape {
        Shape::Nothing | Shape::List(..) => true,
        Shape::Either(shapes) => shapes.iter().any(may_be_nothing),
        _ => false,
    }
}

/// The ways to ask for a reply of a form: as OpenAI made usual, and as llama-cpp-python and older servers have it.
fn ways_of_schemas(schema: &Value) -> Vec<Value> {
    let usual = json!({ "type": "json_schema", "json_schema": { "name": "answer", "strict": true, "schema": schema } });
    let older = json!({ "type": "json_object", "schema": schema });
    [usual, older].map(|form| json!({ "response_format": form })).to_vec()
}

fn is_too_long(fault: &Fault) -> bool {
    matches!(fault, Fault::Refuses { body, .. } if too_long(body, 0).is_some())
}

/// A refusal because the question is longer than the model's context.
fn too_long(refusal: &Value, reply_tokens: usize) -> Option<ModelError> {
    let error = &refusal["error"];
    let count = |name: &str| error[name].as_u64().and_then(|count| usize::try_from(count).ok());
    let (prompt_tokens, context_tokens) = (count("n_prompt_tokens")?, count("n_ctx")?);
    Some(ModelError::TooLong { prompt_tokens, reply_tokens, context_tokens })
}
