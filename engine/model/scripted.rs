//! A model that replays replies from a list, for tests and for `copydesk test`. It never invents one.

use super::{Model, ModelError, Reply, Request, Shape, Ticket, Turn};
use serde::{Deserialize, Serialize};

/// One recorded reply: given when every text of `when` stands in the prompt's passage or question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedReply {
    pub when: Vec<String>,
    pub reply: String,
}

/// Replays recorded replies; the first that fits is given.
#[derive(Clone, Debug, Default)]
pub struct ScriptedModel {
    pub replies: Vec<RecordedReply>,
    waiting: Vec<(Ticket, Request)>,
}

impl ScriptedModel {
    /// A model with these replies.
    pub fn new(replies: Vec<RecordedReply>) -> ScriptedModel {
        ScriptedModel { replies, waiting: Vec::new() }
    }

    fn reply(&self, request: &Request) -> Result<Reply, ModelError> {
        let fits = |text: &String| request.prompt.question.contains(text.as_str()) || request.prompt.passage.contains(text.as_str());
        let recorded = self.replies.iter().find(|recorded| recorded.when.iter().all(fits));
        let recorded =
            recorded.ok_or_else(|| ModelError::NotRecorded(request.prompt.question.lines().next().unwrap_or_default().to_string()))?;
        let mut reply = Reply { text: recorded.reply.clone(), is_complete: true, ..Reply::default() };
        if let Some(options) = request.shape.options() {
            reply.probabilities = match request.shape {
                Shape::Choice(options) => probabilities(&recorded.reply, &request.prompt.question, options),
                // `no` and `yes`, or how probable `no` is.
                _ => verdict(&recorded.reply),
            };
            reply.text = super::shape::likeliest(&options, &reply.probabilities).to_string();
        }
        Ok(reply)
    }
}

impl Model for ScriptedModel {
    fn submit(&mut self, ticket: Ticket, request: Request, _turn: Turn) {
        self.waiting.push((ticket, request));
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.waiting.retain(|(waiting, _)| *waiting != ticket);
    }

    fn advance(&mut self) -> Vec<(Ticket, Result<Reply, ModelError>)> {
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().map(|(ticket, request)| (ticket, self.reply(&request))).collect()
    }
}

fn verdict(reply: &str) -> Vec<f32> {
    let no = reply.parse().unwrap_or(if reply == "no" { 1.0_f32 } else { 0.0 }).clamp(0.0, 1.0);
    vec![no, 1.0 - no]
}

/// A recorded choice names the option's text, so that it stays right when options are shuffled.
fn probabilities(reply: &str, question: &str, options: u32) -> Vec<f32> {
    let is_chosen = |index: u32| {
        let letter = super::shape::option_letter(index);
        question.lines().any(|line| line.strip_prefix(&format!("{letter}) ")) == Some(reply))
    };
    (0..options).map(|index| if is_chosen(index) { 1.0 } else { 0.0 }).collect()
}
