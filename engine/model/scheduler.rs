//! Continuous batching: which questions the model works on at once, and what each step computes.
//!
//! A step is one call of the model. It writes replies, a token each (more where a draft is worth trying), or reads prompts; on a graphics
//! card both at once. Where they go apart, prompts are read first, so that as many replies as possible are written together. A question's
//! prompt hangs on the prefix tree by what it shares with others; its own rest lies in a sequence that is its own while it is worked on.
//! Nothing is ever cut: a question waits until there is room for its prompt and the beginning of a reply. Where replies grow and the cache
//! is full, the least urgent question gives up its place and begins anew later.

mod room;
mod saved;
mod stream;

use super::decoder::{BatchToken, Decoder, PromptTokens, SequenceId};
use super::pace::{Kind, Pace, micros};
use super::prefix_tree::{NodeId, PrefixTree};
use super::reply::Writing;
use super::{Memory, Model, ModelError, Reply, Request, Ticket, Turn, Work, shape};
use crate::text::ContentHash;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stream::{Part, Stream, Waiting};

/// A question that so many later ones were preferred to is next, whatever it shares.
const PASSED_OVER_AT_MOST: u32 = 64;

/// Room for a reply, in tokens, that a question is given at first, and again each time it runs out. Few replies are as long as they may be.
const ROOM_FOR_REPLY: usize = 64;

/// Steps that only read, in a row, while a reply waits to go on: questions that are answered by reading alone would hold it up for as long as
/// they come.
const READING_STEPS: u32 = 64;

/// Prompt tokens of a step when replies must not depend on how fast the machine is.
const REPRODUCIBLE_CHUNK: usize = 128;

/// What a scheduler does to be fast. Each can change a reply in its last digits, and so, rarely, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// Questions worked on at once.
    pub questions: usize,
    /// Whether prompts share what they have in common.
    pub shares_prefixes: bool,
    /// Whether forced bytes are appended rather than generated.
    pub jumps: bool,
    /// Whether replies are drafted from their prompt.
    pub drafts: bool,
    /// Whether steps adapt to the measured pace, and prefixes are kept for later runs.
    pub adapts: bool,
}

impl Speed {
    /// One question at a time, in steps of one size: the same question gives the same reply whatever else is asked, and however fast the machine
    /// is. A passage is still read once for questions about it that follow each other, and forced words are still appended; neither depends
    /// on anything but the question.
    pub const REPRODUCIBLE: Speed = Speed { questions: 1, shares_prefixes: false, jumps: true, drafts: false, adapts: false };

    /// Everything, for as many questions at once as the model makes worthwhile.
    pub const FULL: Speed = Speed::full(usize::MAX);

    /// Everything, for at most so many questions at once.
    pub const fn full(questions: usize) -> Speed {
        Speed { questions, shares_prefixes: true, jumps: true, drafts: true, adapts: true }
    }
}

/// Answers many questions at once with one model.
pub struct Scheduler<D: Decoder> {
    decoder: D,
    speed: Speed,
    tree: PrefixTree,
    /// Sequences for what questions do not share.
    free: Vec<SequenceId>,
    waiting: Vec<Waiting>,
    streams: Vec<Stream>,
    /// Whether a stream had to give up its place since one last ended: until then none is begun, or the two would take turns for ever.
    is_crowded: bool,
    /// Tokens of room for a reply; see [`ROOM_FOR_REPLY`].
    room_for_reply: usize,
    /// Steps that only read since the last that wrote.
    reading_steps: u32,
    memory: Arc<dyn Memory>,
    /// What saved prefixes depend on besides their tokens.
    identity: ContentHash,
    /// The trained change that the model computes with now.
    adapter: Option<String>,
    pace: Pace,
    work: Work,
    ended: Vec<(Ticket, Result<Reply, ModelError>)>,
}

impl<D: Decoder> Scheduler<D> {
    /// A scheduler over an open model. `identity` names the model file and all settings that change what lies in its KV cache.
    pub fn new(decoder: D, speed: Speed, memory: Arc<dyn Memory>, identity: ContentHash) -> Scheduler<D> {
        let limits = decoder.limits();
        let questions = speed.questions.min(limits.questions).clamp(1, (limits.sequences / 2).max(1));
        let own = 0..questions as SequenceId;
        let of_tree = questions as SequenceId..limits.sequences as SequenceId;
        let work = Work { questions_at_once: questions as u64, layers_on_gpu: limits.layers_on_gpu as u64, ..Work::default() };
        Scheduler {
            speed: Speed { questions, ..speed },
            tree: PrefixTree::new(of_tree.rev(), limits.can_rewind && speed.shares_prefixes),
            free: own.rev().collect(),
            decoder,
            waiting: Vec::new(),
            streams: Vec::new(),
            is_crowded: false,
            room_for_reply: ROOM_FOR_REPLY,
            reading_steps: 0,
            memory,
            identity,
            adapter: None,
            pace: Pace::default(),
            work,
            ended: Vec::new(),
        }
    }

    /// Takes questions from the queue while there is room for them.
    fn admit(&mut self) {
        while self.streams.len() < self.speed.questions {
            let Some(next) = self.next_waiting() else { return };
            // What is urgent cannot be made to wait again by what is not.
            let overtakes = self.waiting[next].turn.is_urgent && self.streams.last().is_some_and(|last| !last.turn.is_urgent);
            if self.is_crowded && !overtakes {
                return;
            }
            if self.waiting[next].request.adapter != self.adapter {
                // What is worked on ends first: a cache holds what one way of computing made.
                if !self.streams.is_empty() {
                    return;
                }
                if let Err(error) = self.switch(self.waiting[next].request.adapter.clone()) {
                    let waiting = self.waiting.remove(next);
                    self.ended.push((waiting.ticket, Err(error)));
                    continue;
                }
            }
            match self.try_admit(next) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    let waiting = self.waiting.remove(next);
                    self.ended.push((waiting.ticket, Err(error)));
                }
            }
        }
    }

    /// Goes over to another trained change, or to the model as it is, with an empty cache.
    fn switch(&mut self, adapter: Option<String>) -> Result<(), ModelError> {
        self.tree.clear(&mut self.decoder);
        self.decoder.use_adapter(adapter.as_deref())?;
        self.adapter = adapter;
        Ok(())
    }

    /// The best question to begin: urgent before patient, then one that the model need not be changed for, then one whose prompt is at hand,
    /// then the earlier job's.
    fn next_waiting(&self) -> Option<usize> {
        let rank = |waiting: &Waiting| {
            let is_overdue = waiting.passed_over >= PASSED_OVER_AT_MOST;
            let at_hand = self.tree.find(&waiting.prompt.tokens[..shared_end(&waiting.prompt)]).1;
            let lacks = shared_end(&waiting.prompt) - at_hand;
            let is_other = waiting.request.adapter != self.adapter;
            (!waiting.turn.is_urgent, is_other, !is_overdue, lacks > 0, waiting.turn.place, waiting.ticket)
        };
        (0..self.waiting.len()).min_by_key(|index| rank(&self.waiting[*index]))
    }

    /// Begins a waiting question if there is room.
    fn try_admit(&mut self, index: usize) -> Result<bool, ModelError> {
        let limits = self.decoder.limits();
        let waiting = &self.waiting[index];
        let shared = shared_end(&waiting.prompt);
        let whole_reply = waiting.request.reply_tokens as usize;
        let reply = if waiting.gave_way.is_some() { whole_reply } else { whole_reply.min(self.room_for_reply) };
        let own = waiting.prompt.tokens.len() - shared + reply;
        let prefix = waiting.prompt.tokens[..shared].to_vec();
        if !self.speed.shares_prefixes {
            self.keep_only(&prefix);
        }
        let node = loop {
            let waiting = &self.waiting[index];
            if self.taken() + self.tree.cells_to_grow(&prefix) + own <= limits.context_tokens {
                if shared == 0 {
                    break None;
                }
                let cuts: Vec<usize> = waiting.prompt.cuts.iter().copied().filter(|cut| *cut <= shared).collect();
                if let Some(node) = self.tree.grow(&mut self.decoder, &prefix, &cuts)? {
                    break Some(node);
                }
            }
            if !self.tree.evict(&mut self.decoder) {
                return Ok(false);
            }
        };
        let Some(sequence) = self.free.pop() else { return Ok(false) };
        let waiting = self.waiting.remove(index);
        for other in self.waiting.iter_mut().filter(|other| other.ticket < waiting.ticket) {
            other.passed_over += 1;
        }
        let Waiting { ticket, request, turn, prompt, gave_way, .. } = waiting;
        self.streams.push(Stream {
            ticket,
            request,
            turn,
            node,
            shared,
            sequence,
            read: 0,
            cells: own,
            writing: None,
            counted: gave_way.unwrap_or_default(),
            prompt,
        });
        self.streams.sort_by_key(|stream| (!stream.turn.is_urgent, stream.turn.place, stream.ticket));
        for node in node.map_or_else(Vec::new, |node| self.tree.path(node)) {
            self.restore(node);
        }
        Ok(true)
    }

    /// What the next step computes.
    fn plan(&mut self) -> Result<Vec<Part>, ModelError> {
        let limits = self.decoder.limits();
        let (reads, writes) = self.reads_and_writes();
        self.reading_steps = if writes { 0 } else { self.reading_steps + 1 };
        let mut parts = Vec::new();
        let mut room = limits.batch_tokens;
        let (constrained, text) = if self.speed.drafts && limits.can_rewind { self.draft_lengths() } else { (0, 0) };
        for index in 0.. {
            // The most urgent first: what has to give way for them comes after them, and is gone then.
            let Some(stream) = self.streams.get_mut(index).filter(|_| writes) else { break };
            let Some(writing) = &mut stream.writing else { continue };
            let unfed = writing.unfed().len();
            let length = if writing.is_text() { text } else { constrained };
            let draft = if length > 0 { writing.draft(&stream.prompt.tokens, length) } else { Vec::new() };
            if unfed + draft.len() > room || !self.make_room(index, unfed + draft.len()) {
                continue;
            }
            room -= unfed + draft.len();
            parts.push(Part::Reply(index, draft));
        }
        if !reads {
            return Ok(parts);
        }
        let chunk = if self.speed.adapts { self.pace.chunk(limits.batch_tokens) } else { REPRODUCIBLE_CHUNK.min(limits.batch_tokens) };
        let mut room = room.min(chunk.saturating_sub(limits.batch_tokens - room).max(1));
        let mut filling: Vec<NodeId> = Vec::new();
        for index in 0..self.streams.len() {
            if room == 0 {
                break;
            }
            let stream = &self.streams[index];
            if stream.writing.is_some() {
                continue;
            }
            if let Some(node) = stream.node.and_then(|node| self.tree.next_to_fill(node)) {
                if !filling.contains(&node) {
                    self.tree.begin(&mut self.decoder, node)?;
                    let tokens = self.tree.unread(node).0.len().min(room);
                    room -= tokens;
                    filling.push(node);
                    parts.push(Part::Node(node, tokens, index));
                }
                continue;
            }
            self.begin_stream(index)?;
            let stream = &self.streams[index];
            let tokens = (stream.prompt.tokens.len() - stream.read).min(room);
            room -= tokens;
            parts.push(Part::Prompt(index, tokens));
        }
        Ok(parts)
    }

    /// Whether the next step reads prompts, and whether it writes replies. Where it is not both, what is urgent decides; otherwise reading comes
    /// first, for a while.
    fn reads_and_writes(&self) -> (bool, bool) {
        if self.decoder.limits().mixes {
            return (true, true);
        }
        let is_any_urgent = self.streams.iter().any(|stream| stream.turn.is_urgent);
        let deciding: Vec<&Stream> = self.streams.iter().filter(|stream| stream.turn.is_urgent == is_any_urgent).collect();
        let may_write = deciding.iter().any(|stream| stream.writing.is_some());
        let may_read = deciding.iter().any(|stream| stream.writing.is_none());
        let reads = may_read && !(may_write && self.reading_steps >= READING_STEPS);
        (reads, !reads)
    }

    fn draft_lengths(&self) -> (usize, usize) {
        let of =
            |is_text: bool| self.streams.iter().filter_map(|stream| stream.writing.as_ref()).filter(|w| w.is_text() == is_text).count();
        let (constrained, text) = (of(false), of(true));
        if self.speed.adapts { self.pace.draft_lengths(constrained, text) } else { (4, 4) }
    }

    /// Lets a stream's sequence begin with what it shares.
    fn begin_stream(&mut self, index: usize) -> Result<(), ModelError> {
        let stream = &mut self.streams[index];
        if stream.read < stream.shared
            && let Some(node) = stream.node
        {
            let (from, _) = self.tree.sequence(node);
            self.decoder.copy(from, stream.sequence, stream.shared)?;
            stream.read = stream.shared;
        }
        Ok(())
    }

    /// The tokens of a part, for the model.
    fn put(&self, part: &Part, batch: &mut Vec<BatchToken>) {
        let mut add = |tokens: &[u32], position: usize, sequence: SequenceId, wants: &dyn Fn(usize) -> bool| {
            for (index, token) in tokens.iter().enumerate() {
                batch.push(BatchToken { token: *token, position: position + index, sequence, wants_logits: wants(index) });
            }
        };
        match part {
            Part::Node(node, tokens, _) => {
                let (unread, position) = self.tree.unread(*node);
                add(&unread[..*tokens], position, self.tree.sequence(*node).0, &|_| false);
            }
            Part::Prompt(index, tokens) => {
                let stream = &self.streams[*index];
                let end = stream.read + tokens;
                let is_last = |place: usize| stream.read + place + 1 == stream.prompt.tokens.len();
                add(&stream.prompt.tokens[stream.read..end], stream.read, stream.sequence, &is_last);
            }
            Part::Reply(index, draft) => {
                let stream = &self.streams[*index];
                let Some(writing) = &stream.writing else { return };
                let unfed = writing.unfed();
                let position = stream.prompt.tokens.len() + writing.fed();
                add(&[unfed, draft].concat(), position, stream.sequence, &|place| place + 1 >= unfed.len());
            }
        }
    }

    /// One call of the model, and what follows from it.
    fn step(&mut self) -> Result<(), ModelError> {
        let parts = self.plan()?;
        let mut batch = Vec::new();
        let mut offsets = Vec::new();
        for part in &parts {
            offsets.push(batch.len());
            self.put(part, &mut batch);
        }
        if batch.is_empty() {
            return Ok(());
        }
        let started = Instant::now();
        self.decoder.decode(&batch)?;
        self.count_step(&parts, batch.len(), started.elapsed());
        for (part, offset) in parts.into_iter().zip(offsets) {
            match part {
                Part::Node(node, tokens, index) => {
                    self.tree.has_read(node, tokens);
                    self.streams[index].counted.read += tokens as u32;
                    if self.tree.is_ready(node) {
                        self.save(node);
                    }
                }
                Part::Prompt(index, tokens) => self.has_read_prompt(index, tokens, offset),
                Part::Reply(index, draft) => self.has_read_reply(index, &draft, offset),
            }
        }
        self.close_ended();
        Ok(())
    }

    fn count_step(&mut self, parts: &[Part], tokens: usize, took: Duration) {
        let reading: usize = parts.iter().map(|part| if let Part::Node(_, n, _) | Part::Prompt(_, n) = part { *n } else { 0 }).sum();
        let on_reading = micros(took) * reading as u64 / tokens.max(1) as u64;
        self.work.read += reading as u64;
        self.work.read_micros += on_reading;
        self.work.write_micros += micros(took) - on_reading;
        if self.speed.adapts {
            self.pace.stepped(tokens, reading, took);
        }
    }

    /// A stream's prompt was read a piece further; with its last token the reply begins.
    fn has_read_prompt(&mut self, index: usize, tokens: usize, offset: usize) {
        let stream = &mut self.streams[index];
        stream.read += tokens;
        stream.counted.read += tokens as u32;
        if stream.read < stream.prompt.tokens.len() {
            return;
        }
        let logits = offset + tokens - 1;
        if let Some(options) = stream.request.shape.options() {
            let weighed = weigh_options(&self.decoder, logits, &options);
            let ticket = stream.ticket;
            let result = weighed.map(|probabilities| {
                let text = shape::likeliest(&options, &probabilities).to_string();
                Reply { text, probabilities, ..stream.cost() }
            });
            self.work.reused += u64::from(stream.cost().tokens_reused);
            self.ended.push((ticket, result));
            return;
        }
        let begun = Writing::begin(&self.decoder, &stream.request, self.speed.jumps).and_then(|mut writing| {
            writing.jump(&self.decoder)?;
            // Where the shape begins with forced words, the model reads those first.
            if writing.unfed().is_empty() && !writing.has_ended() {
                writing.choose(&self.decoder, self.decoder.sound_logits(logits)?)?;
                writing.jump(&self.decoder)?;
            }
            Ok(writing)
        });
        let held = stream.read;
        self.has_written(index, held, begun);
    }

    /// A stream's reply was read back; the logits give its next tokens.
    fn has_read_reply(&mut self, index: usize, draft: &[u32], offset: usize) {
        let stream = &mut self.streams[index];
        let Some(mut writing) = stream.writing.take() else { return };
        let unfed = writing.unfed().len();
        writing.has_fed(unfed);
        let held = stream.prompt.tokens.len() + writing.fed() + draft.len();
        let mut accepted = 0;
        let result = loop {
            let logits = self.decoder.sound_logits(offset + unfed - 1 + accepted);
            match logits.and_then(|logits| writing.choose(&self.decoder, logits)) {
                Ok(Some(token)) if draft.get(accepted) == Some(&token) => {
                    accepted += 1;
                    writing.has_fed(1);
                }
                Ok(_) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if !draft.is_empty() {
            stream.counted.drafted += draft.len() as u32;
            stream.counted.accepted += accepted as u32;
            let kind = if writing.is_text() { Kind::Text } else { Kind::Constrained };
            self.pace.drafted(kind, accepted, accepted < draft.len());
        }
        let result = result.and_then(|()| writing.jump(&self.decoder));
        self.has_written(index, held, result.map(|()| writing));
    }

    /// Takes a reply back that went on, or ends its stream. Of the `held` tokens in its sequence, those that the reply does not keep are
    /// forgotten: drafts that were wrong, and what was tokenised anew.
    fn has_written(&mut self, index: usize, held: usize, writing: Result<Writing, ModelError>) {
        let stream = &mut self.streams[index];
        match writing {
            Err(error) => self.ended.push((stream.ticket, Err(error))),
            Ok(writing) if writing.has_ended() => {
                self.work.reused += u64::from(stream.cost().tokens_reused);
                count_written(&mut self.work, &writing);
                self.work.drafted += u64::from(stream.counted.drafted);
                self.work.accepted += u64::from(stream.counted.accepted);
                let (text, is_complete) = (writing.text(), writing.is_complete());
                let reply = Reply { text, is_complete, tokens_generated: writing.generated, ..stream.cost() };
                self.ended.push((stream.ticket, Ok(reply)));
            }
            Ok(writing) => {
                let keep = stream.prompt.tokens.len() + writing.fed();
                if keep < held {
                    self.decoder.forget(stream.sequence, keep);
                }
                stream.writing = Some(writing);
            }
        }
    }

    /// Gives back what ended streams held.
    fn close_ended(&mut self) {
        let ended: Vec<Ticket> = self.ended.iter().map(|(ticket, _)| *ticket).collect();
        self.close(|stream| ended.contains(&stream.ticket));
    }

    fn close(&mut self, is_over: impl Fn(&Stream) -> bool) {
        let over: Vec<Stream> = self.streams.extract_if(.., |stream| is_over(stream)).collect();
        over.iter().for_each(|stream| self.give_back(stream));
        self.is_crowded &= over.is_empty();
    }

    /// Gives back what a stream held.
    fn give_back(&mut self, stream: &Stream) {
        self.decoder.forget(stream.sequence, 0);
        self.free.push(stream.sequence);
        // The same sequence for the same place, so that one question at a time always computes in the same cells.
        self.free.sort_unstable_by(|a, b| b.cmp(a));
        if let Some(node) = stream.node {
            self.tree.unpin(node);
        }
    }

    /// Prompt tokens that are known to have to be read yet.
    fn waiting_tokens(&self) -> u64 {
        let unread = |stream: &Stream| stream.prompt.tokens.len().saturating_sub(stream.read.max(stream.shared));
        let working: usize = self.streams.iter().map(unread).sum();
        let waiting = |waiting: &Waiting| waiting.prompt.tokens.len() - self.tree.find(&waiting.prompt.tokens).1;
        (working + self.waiting.iter().map(waiting).sum::<usize>()) as u64
    }

    /// After a failed step nothing in the cache can be trusted: what was worked on ends with the error, and the cache is emptied.
    fn fail_all(&mut self, error: &ModelError) {
        for stream in &self.streams {
            if !self.ended.iter().any(|(ticket, _)| *ticket == stream.ticket) {
                self.ended.push((stream.ticket, Err(error.clone())));
            }
        }
        self.close_ended();
        self.tree.clear(&mut self.decoder);
    }
}

impl<D: Decoder> Model for Scheduler<D> {
    fn submit(&mut self, ticket: Ticket, request: Request, turn: Turn) {
        let prompt = self.decoder.prompt_tokens(&request.prompt);
        let (prompt_tokens, reply_tokens) = (prompt.tokens.len(), request.reply_tokens as usize);
        let context_tokens = self.decoder.limits().context_tokens;
        if prompt_tokens + reply_tokens > context_tokens {
            self.ended.push((ticket, Err(ModelError::TooLong { prompt_tokens, reply_tokens, context_tokens })));
            return;
        }
        if prompt.tokens.is_empty() {
            self.ended.push((ticket, Err(ModelError::Failed("there is nothing to read in this question".to_string()))));
            return;
        }
        self.waiting.push(Waiting { ticket, request, turn, prompt, passed_over: 0, gave_way: None });
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiting| waiting.ticket != ticket);
        self.close(|stream| stream.ticket == ticket);
    }

    fn advance(&mut self) -> Vec<(Ticket, Result<Reply, ModelError>)> {
        self.admit();
        if let Err(error) = self.step() {
            self.fail_all(&error);
        }
        std::mem::take(&mut self.ended)
    }

    fn work(&self) -> Work {
        Work { waiting_tokens: self.waiting_tokens(), ..self.work }
    }
}

/// Where the part of a prompt ends that others may share. The last token is always read for the question itself: its logits begin the reply.
fn shared_end(prompt: &PromptTokens) -> usize {
    prompt.cuts.last().copied().unwrap_or(0).min(prompt.tokens.len().saturating_sub(1))
}

fn count_written(work: &mut Work, writing: &Writing) {
    work.generated += u64::from(writing.generated);
    work.forced += u64::from(writing.forced);
}

/// The probabilities of the options, each a word of one token, out of each other.
fn weigh_options(decoder: &impl Decoder, index: usize, options: &[String]) -> Result<Vec<f32>, ModelError> {
    let logits = decoder.sound_logits(index)?;
    let mut weights = Vec::new();
    for option in options {
        let logit = decoder.text_tokens(option.as_bytes()).last().and_then(|token| logits.get(*token as usize)).copied();
        weights.push(logit.ok_or_else(|| ModelError::BadShape(format!("the model has no token for the option {option}")))?);
    }
    let highest = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exponentials: Vec<f32> = weights.iter().map(|weight| (weight - highest).exp()).collect();
    let sum: f32 = exponentials.iter().sum();
    Ok(exponentials.into_iter().map(|value| value / sum).collect())
}

#[cfg(test)]
mod tests;
