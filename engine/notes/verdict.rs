//! What the model thinks of two sentences, and how sure a clash is that rests on it.

use super::passage::Line;
use super::value::Comparison;
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

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How probable it is that two notes contradict each other: what the model says, corrected by how often it is right of pairs of this kind.
pub fn calibrated(no: f32, comparison: Comparison) -> f64 {
    let no = f64::from(no).clamp(0.001, 0.999);
    let said = (no / (1.0 - no)).ln();
    let prior = match comparison {
        Comparison::Fine => return 0.0,
        Comparison::Differ => 1.2,
        Comparison::Open(likeness) => -1.2 + likeness.min(1.5) * 0.6,
    };
    1.0 / (1.0 + (-(said + prior)).exp())
}
