//! A model that replays replies from a list, for tests and for `copydesk test`. It never invents one.

use super::{Model, ModelError, Reply, Request, Shape};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

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
}

impl Model for ScriptedModel {
    fn answer(&mut self, request: &Request, stop: &AtomicBool) -> Result<Reply, ModelError> {
        if stop.load(Ordering::Relaxed) {
            return Err(ModelError::Cancelled);
        }
        let fits = |text: &String| request.prompt.question.contains(text.as_str()) || request.prompt.passage.contains(text.as_str());
        let recorded = self.replies.iter().find(|recorded| recorded.when.iter().all(fits));
        let recorded =
            recorded.ok_or_else(|| ModelError::NotRecorded(request.prompt.question.lines().next().unwrap_or_default().to_string()))?;
        let mut reply = Reply { text: recorded.reply.clone(), is_complete: true, ..Reply::default() };
        if let Shape::Choice(options) = request.shape {
            reply.probabilities = probabilities(&recorded.reply, &request.prompt.question, options);
            reply.text = likeliest(&reply.probabilities).to_string();
        }
        Ok(reply)
    }

    fn tokens_at_hand(&mut self, _request: &Request) -> usize {
        0
    }
}

/// A recorded choice names the option's text, so that it stays right when options are shuffled.
fn probabilities(reply: &str, question: &str, options: u32) -> Vec<f32> {
    let is_chosen = |index: u32| {
        let letter = super::shape::option_letter(index);
        question.lines().any(|line| line.strip_prefix(&format!("{letter}) ")) == Some(reply))
    };
    (0..options).map(|index| if is_chosen(index) { 1.0 } else { 0.0 }).collect()
}

fn likeliest(probabilities: &[f32]) -> char {
    let best = probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
    super::shape::option_letter(best as u32)
}
