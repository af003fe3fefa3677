//! What the model thinks of two sentences, and how sure a clash is that rests on it.

use super::passage::Line;
use super::prompt::plain;
use crate::model::{ModelError, Pending};
use std::ops::Range;

/// Sentences before and after the one that is meant.
const BEFORE: usize = 2;
const AFTER: usize = 1;

/// A line of a scene with what stands around it, as the model was trained to be shown it: `> ` before the one that is meant.
pub fn window(prose: &str, lines: &[&Line], meant: &Range<usize>) -> String {
    let Some(place) = lines.iter().position(|line| line.range == *meant) else { return format!("> {}", plain(&prose[meant.clone()])) };
    let shown = place.saturating_sub(BEFORE)..(place + AFTER + 1).min(lines.len());
    let line = |index: usize| format!("{}{}", if index == place { "> " } else { "" }, plain(&prose[lines[index].range.clone()]));
    shown.map(line).collect::<Vec<_>>().join("\n")
}

/// Why two passages cannot both be true, in the model's words; waits for its reply, and takes none that was cut.
pub fn reason_of(asked: Result<Pending, ModelError>) -> Option<String> {
    let reply = asked.and_then(|pending| pending.wait()).ok().filter(|reply| reply.is_complete)?;
    reply.text.strip_prefix("no: ").map(|reason| reason.trim().to_string())
}

/// What is known of a pair besides what the model says of it. Each is a number about 1 where it holds, and 0 where not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs {
    /// Their types exclude each other.
    pub differ: f64,
    /// Without types: how much their words have in common.
    pub likeness: f64,
    /// What one states stands word for word in the sentence of the other, and neither denies it.
    pub restated: f64,
    /// They are of one attribute, not only of one group.
    pub same_attribute: f64,
    /// One denies, the other does not.
    pub denial: f64,
    /// What both say is to stay for good.
    pub lasting: f64,
    /// How many of the two rest on the reader alone for whose they are.
    pub only_read: f64,
    /// How many of the two somebody says.
    pub said: f64,
    /// They are about a thing, not a person.
    pub thing: f64,
    /// One is a death, the other what the dead does later.
    pub dead: f64,
    /// The later sentence speaks of a change, or of another time.
    pub changed: f64,
    /// Their types exclude each other, the narration itself or the one who is meant says whose both are or how much time lies between them, and
    /// nothing in the later sentence speaks of a change.
    pub sure: f64,
    /// It is something that may change, and the later sentence says that it has not: still, always.
    pub unchanged: f64,
    /// Nothing but their owner ties them together.
    pub owner_only: f64,
}

/// By how much the constant, the model's own log-odds and each sign move the verdict, the signs in the order of [`Signs::numbers`]. The
/// constant is what is left when the share of contradictions among the pairs of the calibration is taken away: [`prior`] puts in that of the
/// book.
pub type Weights = [f64; 16];

impl Signs {
    /// As numbers, in the order in which the calibration reads them.
    pub fn numbers(&self) -> [f64; 14] {
        [
            self.differ,
            self.likeness,
            self.restated,
            self.same_attribute,
            self.denial,
            self.lasting,
            self.only_read,
            self.said,
            self.thing,
            self.dead,
            self.changed,
            self.sure,
            self.unchanged,
            self.owner_only,
        ]
    }
}

/// Contradictions that are expected in so many words, when nothing is known of a book. A draft has fewer; the verdict is right
/// more often than its own probability says, so that this is what keeps false findings few and true ones in.
const WORDS_AN_ERROR: f64 = 3_000.0;

/// What is expected of a text of any length, so that a try with two sentences is no exception.
const ERRORS_OF_ANY_TEXT: f64 = 0.5;

/// The log-odds of a pair before anything is known of it: how many contradictions a text of so many words has, against how many pairs are
/// looked at. Where hundreds of pairs are, the model must be surer of each.
pub fn prior(words: usize, pairs: usize) -> f64 {
    let expected = ERRORS_OF_ANY_TEXT + words as f64 / WORDS_AN_ERROR;
    (expected / (pairs.max(1) as f64)).min(1.0).ln()
}

/// The log-odds of what a model says, which is never taken for certain.
pub fn said(no: f32) -> f64 {
    log_odds(f64::from(no).clamp(0.001, 0.999))
}

/// The log-odds of a probability, which must be neither 0 nor 1.
pub fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

/// The log-odds that what is known of a pair besides the model's word adds.
pub fn of_signs(signs: &Signs, weights: &Weights) -> f64 {
    signs.numbers().iter().zip(&weights[2..]).map(|(sign, weight)| sign * weight).sum()
}

/// How probable it is that two notes contradict each other: what the model says, corrected by how often it is right of pairs like this, and by
/// how many pairs there are ([`prior`]).
pub fn calibrated(no: f32, signs: &Signs, prior: f64, weights: &Weights) -> f64 {
    1.0 / (1.0 + (-(prior + weights[0] + weights[1] * said(no) + of_signs(signs, weights))).exp())
}

#[cfg(test)]
mod tests {
    use super::super::adapters::ADAPTERS;
    use super::*;

    #[test]
    fn what_the_model_doubts_is_less_probable_and_types_that_exclude_each_other_more() {
        let calibrated = |no, signs: &Signs, prior| calibrated(no, signs, prior, &ADAPTERS[1].weights);
        let open = Signs::default();
        let typed = Signs { differ: 1.0, same_attribute: 1.0, ..open };
        assert!(calibrated(0.9, &open, -1.0) > calibrated(0.3, &open, -1.0));
        assert!(calibrated(0.5, &typed, -1.0) > calibrated(0.5, &open, -1.0));
        assert!(calibrated(0.5, &Signs { restated: 1.0, ..open }, -1.0) < calibrated(0.5, &open, -1.0));
        assert!(prior(100, 2) > prior(70_000, 470), "in a whole novel the model must be surer");
        assert!((0.0..=1.0).contains(&calibrated(1.0, &open, prior(0, 0))));
    }
}
