//! Pairs of sentences as two judges see them, the trained reader and a larger model: from these `copydesk measure` knows which is better at what.

use super::clash::{Clash, Reader};
use super::larger;
use super::verdict::{of_signs, said};
use crate::finding::Evidence;
use crate::manuscript::StoryPoint;
use crate::model::ModelQueue;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A pair of sentences of the prose that both judges were asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairVerdicts {
    /// The rule that it would break.
    pub rule: String,
    /// Its sentences, the later one first.
    pub evidence: [Evidence; 2],
    /// The words of the later sentence itself, without those beside it that are quoted with it.
    pub later_sentence: String,
    /// The log-odds of each pair of its text before anything is known of it: the more pairs a text has, the lower.
    pub prior: f64,
    /// The log-odds that is added by what is known of this pair besides what a model says.
    pub known: f64,
    /// The log-odds of a contradiction by the trained reader's own word, and the constant and the slope that it came with.
    pub said: f64,
    pub shipped: [f64; 2],
    /// What is a finding is at least as probable, from 0 to 1.
    pub least: f64,
    /// How probable the larger model holds it by itself, from 0 to 1; nothing where it gave no answer.
    pub larger_no: Option<f32>,
}

impl Reader<'_> {
    /// Asks a larger model about pairs that the reader has judged.
    pub fn compared(&self, judged: &[Clash], desk: &ModelQueue) -> Vec<PairVerdicts> {
        let ask = |(place, clash): (usize, &Clash)| {
            larger::submit(desk, self.request(larger::verdict, [&clash.earlier, &clash.later]), place, self.stop)
        };
        let asked: Vec<_> = judged.iter().enumerate().map(ask).collect();
        let adapter = self.adapter();
        let compared = |(clash, pending): (&Clash, Result<crate::model::Pending, _>)| {
            let reply = pending.and_then(|pending| pending.wait()).ok();
            let [later, earlier] = [(&clash.later, &clash.later_quote), (&clash.earlier, &clash.earlier_quote)];
            let quote = |(fact, range): (&super::Fact, &Range<usize>)| self.evidence(fact.in_prose()?.0, range);
            Some(PairVerdicts {
                rule: clash.rule().to_string(),
                evidence: [quote(later)?, quote(earlier)?],
                later_sentence: clash.later.text.to_string(),
                prior: clash.prior,
                known: of_signs(&clash.signs, &adapter.weights),
                said: said(clash.model_no),
                shipped: [adapter.weights[0], adapter.weights[1]],
                least: adapter.least_probability,
                larger_no: reply.and_then(|reply| reply.probabilities.first().copied()),
            })
        };
        judged.iter().zip(asked).filter_map(compared).collect()
    }

    fn evidence(&self, point: StoryPoint, range: &Range<usize>) -> Option<Evidence> {
        let (chapter, scene) = self.series.scene(point)?;
        Some(Evidence::in_chapter(chapter, scene.locate(range.clone()), ""))
    }
}
