//! How fast this machine reads, writes and restores, as measured while it does; and what follows for the size of a step and of a draft.

use std::time::Duration;

/// How long a step may take, so that a stop, or a more urgent question, is heard soon.
const STEP: Duration = Duration::from_millis(500);

/// Weight of a new measurement in the running means.
const WEIGHT: f64 = 0.2;

/// Sizes of a step that writes whose times are kept apart, and the least size of a step that reads: llama.cpp's attention on a processor works
/// on blocks of so many tokens.
const SIZES: usize = 64;

/// A gain by drafts that is less than this, as a factor, is within the noise of the measurements.
const CLEAR_GAIN: f64 = 1.15;

/// Lengths of a draft that are considered.
const DRAFT_LENGTHS: [usize; 6] = [0, 2, 3, 5, 7, 11];

/// The kinds of reply whose drafts are judged apart: constrained ones, and free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Constrained,
    Text,
}

/// What was measured so far.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Seconds a step takes that writes so many tokens, where it was measured.
    steps: [Option<f64>; SIZES + 1],
    /// Seconds a prompt token takes in steps of many.
    read: Option<f64>,
    /// Bytes of saved prefix that are fetched and put back in a second.
    restored_bytes: Option<f64>,
    /// Bytes that a token's saved state takes.
    token_bytes: Option<f64>,
    /// Drafted tokens that were right and wrong, by kind; begins with what is usual.
    drafts: [(f64, f64); 2],
}

impl Default for Pace {
    fn default() -> Pace {
        // Quotes mostly go on as the passage does; free text seldom repeats it.
        Pace { steps: [None; SIZES + 1], read: None, restored_bytes: None, token_bytes: None, drafts: [(6.0, 2.0), (1.0, 4.0)] }
    }
}

fn mix(mean: &mut Option<f64>, value: f64) {
    *mean = Some(mean.map_or(value, |mean| mean + WEIGHT * (value - mean)));
}

/// A time in whole microseconds, as [`super::Work`] counts.
pub fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

impl Pace {
    /// Learns from a step of so many tokens, of which so many read prompts.
    pub fn stepped(&mut self, tokens: usize, reading: usize, took: Duration) {
        let seconds = took.as_secs_f64();
        if tokens >= SIZES && reading > 0 {
            mix(&mut self.read, seconds / tokens as f64);
        }
        if (1..=SIZES).contains(&tokens) && reading == 0 {
            mix(&mut self.steps[tokens], seconds);
        }
    }

    /// Prompt tokens to read in one step at most, of the `most` that a batch takes.
    pub fn chunk(&self, most: usize) -> usize {
        let fitting = self.read.map_or(2 * SIZES, |seconds| (STEP.as_secs_f64() / seconds.max(1e-9)) as usize);
        (fitting / 32 * 32).clamp(SIZES, most.max(SIZES)).min(most)
    }

    /// Seconds a step of so many tokens is likely to take; nothing before anything was measured.
    fn step_seconds(&self, tokens: usize) -> Option<f64> {
        let known = |size: usize| self.steps.get(size).copied().flatten().map(|seconds| (size, seconds));
        let below = (1..=tokens.min(SIZES)).rev().find_map(known);
        let above = (tokens..=SIZES).find_map(known);
        match (below, above) {
            (Some((low, a)), Some((high, b))) if high > low => Some(a + (b - a) * (tokens - low) as f64 / (high - low) as f64),
            (Some((low, a)), _) => Some(a + (tokens - low) as f64 * self.read.unwrap_or(a / low as f64)),
            (None, Some((_, b))) => Some(b),
            (None, None) => None,
        }
    }

    /// The chance that a drafted token is right.
    fn chance(&self, kind: Kind) -> f64 {
        let (right, wrong) = self.drafts[kind as usize];
        right / (right + wrong)
    }

    /// Learns from a draft: how many of its tokens were right, and whether one was wrong.
    pub fn drafted(&mut self, kind: Kind, right: usize, was_wrong: bool) {
        let (rights, wrongs) = &mut self.drafts[kind as usize];
        *rights += right as f64;
        *wrongs += f64::from(u8::from(was_wrong));
        // Old experience counts less and less.
        if *rights + *wrongs > 64.0 {
            *rights /= 2.0;
            *wrongs /= 2.0;
        }
    }

    /// How many tokens to draft for each constrained reply and for each free text, when so many of both are written together; 0 where
    /// drafting loses time.
    pub fn draft_lengths(&self, constrained: usize, text: usize) -> (usize, usize) {
        let gain = |kind: Kind, length: usize| (1..=length).map(|place| self.chance(kind).powi(place as i32)).sum::<f64>();
        let rate = |(long, short): (usize, usize)| {
            let tokens = constrained * (1 + long) + text * (1 + short);
            let right = constrained as f64 * (1.0 + gain(Kind::Constrained, long)) + text as f64 * (1.0 + gain(Kind::Text, short));
            self.step_seconds(tokens).map(|seconds| right / seconds)
        };
        let Some(plain) = rate((0, 0)) else { return (0, 0) };
        let lengths = |count: usize| if count == 0 { &DRAFT_LENGTHS[..1] } else { &DRAFT_LENGTHS[..] };
        let pairs = lengths(constrained).iter().flat_map(|long| lengths(text).iter().map(move |short| (*long, *short)));
        let fits = |(long, short): &(usize, usize)| constrained * (1 + long) + text * (1 + short) <= SIZES;
        let best = pairs.filter(fits).filter_map(|pair| Some((pair, rate(pair)?))).max_by(|a, b| a.1.total_cmp(&b.1));
        best.filter(|(_, drafted)| *drafted > plain * CLEAR_GAIN).map_or((0, 0), |(pair, _)| pair)
    }

    /// Learns from a prefix that was restored.
    pub fn restored(&mut self, bytes: usize, took: Duration) {
        mix(&mut self.restored_bytes, bytes as f64 / took.as_secs_f64().max(1e-6));
    }

    /// Learns how large a saved prefix is.
    pub fn saved(&mut self, tokens: usize, bytes: usize) {
        mix(&mut self.token_bytes, bytes as f64 / tokens.max(1) as f64);
    }

    /// Whether fetching a saved prefix of so many tokens is likely to beat reading it. True until both were measured.
    pub fn restoring_wins(&self, tokens: usize) -> bool {
        match (self.restored_bytes, self.token_bytes, self.read) {
            (Some(rate), Some(size), Some(read)) => tokens as f64 * size / rate < tokens as f64 * read,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(step: impl Fn(usize) -> f64) -> Pace {
        let mut pace = Pace::default();
        for tokens in [1, 4, 12, 64, 128] {
            let reading = if tokens < SIZES { 0 } else { tokens };
            pace.stepped(tokens, reading, Duration::from_secs_f64(step(tokens)));
        }
        pace
    }

    #[test]
    fn a_draft_is_made_where_a_larger_step_costs_little_and_not_where_it_costs_its_size() {
        // Where the weights' way through memory is what costs, more tokens are nearly free.
        let memory_bound = measured(|tokens| 0.05 + 0.001 * tokens as f64);
        assert!(memory_bound.draft_lengths(1, 0).0 >= 5);
        // Where each token costs the same, nothing is gained.
        let compute_bound = measured(|tokens| 0.01 * tokens as f64);
        assert_eq!(compute_bound.draft_lengths(1, 0), (0, 0));
        assert_eq!(Pace::default().draft_lengths(1, 0), (0, 0));
    }

    #[test]
    fn drafts_that_fail_are_given_up() {
        let mut pace = measured(|tokens| 0.05 + 0.005 * tokens as f64);
        assert!(pace.draft_lengths(1, 0).0 > 0);
        for _ in 0..40 {
            pace.drafted(Kind::Constrained, 0, true);
        }
        assert_eq!(pace.draft_lengths(1, 0), (0, 0));
        assert_eq!(pace.draft_lengths(0, 1), (0, 0));
    }

    #[test]
    fn a_step_ends_within_half_a_second() {
        assert_eq!(measured(|tokens| 0.01 * tokens as f64).chunk(512), 64);
        assert_eq!(measured(|tokens| 0.002 * tokens as f64).chunk(512), 224);
        assert_eq!(measured(|tokens| 0.000_01 * tokens as f64).chunk(512), 512);
        assert_eq!(Pace::default().chunk(32), 32);
    }

    #[test]
    fn a_slow_disk_is_not_asked() {
        let mut pace = measured(|tokens| 0.001 * tokens as f64);
        assert!(pace.restoring_wins(500));
        pace.saved(100, 3_000_000);
        pace.restored(3_000_000, Duration::from_secs(1));
        assert!(!pace.restoring_wins(500));
        let mut pace = measured(|tokens| 0.01 * tokens as f64);
        pace.saved(100, 3_000_000);
        pace.restored(3_000_000, Duration::from_millis(10));
        assert!(pace.restoring_wins(500));
    }
}
