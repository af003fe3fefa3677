//! Which findings are the planted errors, which are false, and how many there are of each by kind.

use super::{Copy, Kind, Plant};
use crate::finding::{Evidence, Finding};
use crate::text::{SourcePath, Span};
use std::collections::BTreeSet;

/// What the checks made of one batch of plants, in its two copies.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// For each plant of the batch, whether a finding holds the error against what it contradicts.
    pub found: Vec<bool>,
    /// For each plant, whether no finding touches its twin.
    pub silent: Vec<bool>,
    /// Findings that are neither an error nor there without any plant: those of the copy with errors, then those of the copy with twins.
    pub false_with_errors: Vec<Finding>,
    pub false_with_twins: Vec<Finding>,
    /// What the two runs took, in seconds.
    pub seconds: f64,
}

/// Judges the findings of the two copies of a batch. `known` are the findings of the untouched text, by identity.
pub fn judge(plants: &[&Plant], with_errors: &[Finding], with_twins: &[Finding], known: &BTreeSet<String>, seconds: f64) -> Judged {
    let copies = [true, false].map(|with_error| Copy::new(plants.iter().flat_map(|plant| plant.insertions(with_error)).cloned()));
    let is_new = |finding: &&Finding| !known.contains(&finding.id);
    let mut found = vec![false; plants.len()];
    let mut false_with_errors = Vec::new();
    for finding in with_errors.iter().filter(is_new) {
        let caught = plants.iter().position(|plant| is_of(plant, &copies[0], &finding.evidence));
        match caught {
            Some(index) => found[index] = true,
            None => false_with_errors.push(finding.clone()),
        }
    }
    let false_with_twins: Vec<Finding> = with_twins.iter().filter(is_new).cloned().collect();
    let is_touched = |plant: &Plant| {
        let places: Vec<(SourcePath, Span)> = plant.insertions(false).map(|put| (put.file.clone(), copies[1].place_of(put))).collect();
        false_with_twins.iter().flat_map(|finding| &finding.evidence).any(|evidence| places.iter().any(|place| touches(evidence, place)))
    };
    let silent = plants.iter().map(|plant| !is_touched(plant)).collect();
    Judged { found, silent, false_with_errors, false_with_twins, seconds }
}

/// Whether one of these quotes is the planted error and another states what it contradicts.
pub(super) fn is_of(plant: &Plant, copy: &Copy, quotes: &[Evidence]) -> bool {
    let error = (plant.error.file.clone(), copy.place_of(&plant.error));
    let setup = plant.setup.iter().map(|setup| (setup.file.clone(), copy.place_of(setup)));
    let receipts: Vec<(SourcePath, Span)> =
        setup.chain(plant.receipts.iter().map(|(file, span)| (file.clone(), copy.moved(file, *span)))).collect();
    quotes.iter().enumerate().any(|(index, one)| {
        let others = quotes.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| other);
        touches(one, &error) && others.into_iter().any(|other| receipts.iter().any(|receipt| touches(other, receipt)))
    })
}

pub(super) fn touches(evidence: &Evidence, place: &(SourcePath, Span)) -> bool {
    evidence.file == place.0 && evidence.span.overlaps(&place.1)
}

/// The figures of one kind, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Line {
    /// Nothing for the sum of all kinds.
    pub kind: Option<Kind>,
    pub planted: usize,
    pub found: usize,
    /// Errors found whose twin is silent.
    pub pairs: usize,
    pub licensed: usize,
    /// Harmless statements of the wrong thing that were flagged.
    pub licensed_flagged: usize,
    /// Findings that are no planted error, in both copies.
    pub false_findings: usize,
    pub seconds: f64,
}

impl Line {
    /// Planted errors that were found, of all planted; nothing when none was planted.
    pub fn recall(&self) -> Option<f64> {
        share(self.found, self.planted)
    }

    /// Planted errors among the findings about plants; nothing without findings.
    pub fn precision(&self) -> Option<f64> {
        share(self.found, self.found + self.false_findings)
    }

    /// Errors found whose twin is silent, of all planted.
    pub fn pair_accuracy(&self) -> Option<f64> {
        share(self.pairs, self.planted)
    }

    fn add(&mut self, plants: &[&Plant], judged: &Judged) {
        self.planted += plants.len();
        for (index, plant) in plants.iter().enumerate() {
            let (found, silent) = (judged.found[index], judged.silent[index]);
            self.found += usize::from(found);
            self.pairs += usize::from(found && silent);
            self.licensed += usize::from(plant.is_licensed);
            self.licensed_flagged += usize::from(plant.is_licensed && !silent);
        }
        self.false_findings += judged.false_with_errors.len() + judged.false_with_twins.len();
        self.seconds += judged.seconds;
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The figures by kind in the kinds' order, and of all together.
pub fn tally(plants: &[Plant], batches: &[Vec<usize>], judged: &[Judged]) -> (Vec<Line>, Line) {
    let mut lines: Vec<Line> = Vec::new();
    let mut all = Line::default();
    for (batch, judged) in batches.iter().zip(judged) {
        let of_batch: Vec<&Plant> = batch.iter().map(|index| &plants[*index]).collect();
        let Some(first) = of_batch.first() else { continue };
        all.add(&of_batch, judged);
        match lines.iter_mut().find(|line| line.kind == Some(first.kind)) {
            Some(line) => line.add(&of_batch, judged),
            None => {
                let mut line = Line { kind: Some(first.kind), ..Line::default() };
                line.add(&of_batch, judged);
                lines.push(line);
            }
        }
    }
    (lines, all)
}

#[cfg(test)]
mod tests {
    use super::super::{Insertion, Origin};
    use super::*;
    use crate::finding::{Severity, Standing};
    use crate::text::LineColumn;

    const TEXT: &str = "One is true.\n\nTwo.\n";

    fn put(sentence: &str) -> Insertion {
        Insertion { file: SourcePath::new("a.md"), offset: TEXT.find("\n\n").unwrap(), lead: " ", sentence: sentence.to_string() }
    }

    fn plant() -> Plant {
        Plant {
            kind: Kind::Eyes,
            subject: "One".to_string(),
            names: vec!["One".to_string()],
            attribute: "eye colour".to_string(),
            origin: Origin::Prose,
            right: "true".to_string(),
            wrong: "untrue".to_string(),
            setup: None,
            error: put("One is untrue."),
            twin: put("One was true."),
            is_licensed: false,
            receipts: vec![(SourcePath::new("a.md"), Span::new(0, 12))],
        }
    }

    fn finding(id: &str, spans: &[(usize, usize)]) -> Finding {
        let evidence = |(start, end): &(usize, usize)| Evidence {
            file: SourcePath::new("a.md"),
            quote: String::new(),
            span: Span::new(*start, *end),
            file_bytes: Span::new(*start, *end),
            place: LineColumn { line: 1, column: 1 },
            label: String::new(),
        };
        Finding {
            id: id.to_string(),
            script: String::new(),
            rule: "rule".to_string(),
            severity: Severity::Query,
            message: String::new(),
            subjects: Vec::new(),
            evidence: spans.iter().map(evidence).collect(),
            model_note: None,
            point: None,
            confidence: None,
            standing: Standing::Open,
            sources: std::collections::BTreeSet::new(),
            reopened_from: None,
        }
    }

    #[test]
    fn an_error_is_found_only_when_both_quotes_are_right() {
        let plant = plant();
        let judged = |spans: &[(usize, usize)]| judge(&[&plant], &[finding("1", spans)], &[], &BTreeSet::new(), 1.0);
        let right = judged(&[(20, 26), (0, 5)]);
        assert_eq!((right.found.as_slice(), right.false_with_errors.len(), right.silent.as_slice()), (&[true][..], 0, &[true][..]));
        for wrong in [&[(20, 26)][..], &[(20, 26), (20, 26)], &[(0, 5), (30, 33)], &[(30, 33)]] {
            let judged = judged(wrong);
            assert_eq!((judged.found.as_slice(), judged.false_with_errors.len()), (&[false][..], 1), "{wrong:?}");
        }
    }

    #[test]
    fn what_the_untouched_text_has_too_is_not_counted_and_a_flagged_twin_is() {
        let plant = plant();
        let known = BTreeSet::from(["old".to_string()]);
        let old = finding("old", &[(30, 33), (0, 5)]);
        let about_twin = finding("new", &[(14, 20), (0, 5)]);
        let judged = judge(&[&plant], std::slice::from_ref(&old), &[old.clone(), about_twin], &known, 2.0);
        assert_eq!((judged.found[0], judged.silent[0]), (false, false));
        let (lines, all) = tally(&[plant], &[vec![0]], &[judged]);
        assert_eq!((all.planted, all.found, all.pairs, all.false_findings), (1, 0, 0, 1));
        assert_eq!((lines.len(), lines[0].kind, all.recall(), all.precision()), (1, Some(Kind::Eyes), Some(0.0), Some(0.0)));
    }
}
