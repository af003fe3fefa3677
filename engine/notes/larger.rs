//! The verdict of a larger model, which has learnt nothing of the reader's: it is asked in plain words what a contradiction is and what is none.

use super::verdict::Weights;
use crate::model::{ModelError, ModelQueue, Pending, Request, Shape, Turn};
use crate::prompt::Prompt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What it is told to be and to look for.
const SYSTEM: &str = "\
You help the copy editor of a novel to find mistakes of continuity. You are shown two passages of one novel, A from an earlier place and B from a \
later one. In each, the sentence after “>” is meant; the others only show whom and what it speaks of. You say whether both sentences can be true in \
one story.
They cannot both be true when one rules out the other: the same eyes are brown and green, somebody who has died walks in, a scar is on the left \
cheek and on the right, an only child has a brother.
They can both be true when a story can tell how: people change clothes, hair, mood, mind, work and home; they move, travel, grow older, learn, \
marry and fall ill; things are moved, lost, broken and mended; and time may have passed between A and B. They can also both be true when the \
sentences speak of different people or things, when one says roughly what the other says exactly, when two words mean the same, or when somebody \
only says, thinks, dreams, hopes or pretends something: people lie and err.
Only what cannot both be true in one story, however much happens in between, counts as a contradiction.";

/// The constant and the slope of a kind: how far a larger model's word is to be trusted there, as `copydesk measure` fitted it.
pub type KindWeights = BTreeMap<String, [f64; 2]>;

/// The larger model, and what it judges.
#[derive(Clone, Copy)]
pub struct Larger<'a> {
    pub desk: &'a ModelQueue,
    /// By the rule that a pair would break; the trained reader judges all others.
    pub kinds: &'a KindWeights,
}

/// Asks a model as it is whether what two windows say of an attribute of a subject can both be true.
pub fn verdict(first: &str, second: &str, subject: &str, attribute: &str) -> Request {
    let prompt = Prompt {
        system: SYSTEM.to_string(),
        passage: format!("A\n{first}\n\n"),
        form: String::new(),
        question: format!(
            "B\n{second}\n\nThey speak of {subject}: {attribute}. Can A and B both be true in one story? Answer with one word, yes or no."
        ),
    };
    Request { prompt, quotable: "".into(), reply_tokens: Shape::Verdict.reply_tokens(), shape: Shape::Verdict, adapter: None }
}

/// Hands in a request for a verdict; `place` is its place among the pairs.
///
/// # Errors
/// Those of [`ModelQueue::submit`].
pub fn submit(desk: &ModelQueue, request: Request, place: usize, stop: &Arc<AtomicBool>) -> Result<Pending, ModelError> {
    desk.submit(request, Turn { is_urgent: false, place: u32::try_from(place).unwrap_or(u32::MAX) }, stop)
}

/// The trained judge's weights with a constant and a slope for another model's word in the place of its own.
pub fn weights([constant, slope]: [f64; 2], trained: &Weights) -> Weights {
    let mut weights = *trained;
    [weights[0], weights[1]] = [constant, slope];
    weights
}
