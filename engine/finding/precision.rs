//! How often the author lets findings of a rule stand, counted from the dismissals in the history, on this computer only.
//!
//! A dismissal counts against the rule whatever its reason: a finding that is right but unwanted costs the author as much as a wrong one.

use super::history::{History, State};
use std::collections::BTreeMap;

/// Fewer dismissals than this say nothing about a rule.
const FEWEST: usize = 3;

/// The thresholds that are tried, in hundredths: what an author would write.
const HUNDREDTHS: [u32; 10] = [50, 55, 60, 65, 70, 75, 80, 85, 90, 95];

/// One rule's record with this author.
#[derive(Clone, Debug, PartialEq)]
pub struct RulePrecision {
    pub rule: String,
    /// Findings shown so far, each once.
    pub shown: usize,
    /// How many of them the author dismissed.
    pub dismissed: usize,
    /// Nothing unless the author dismisses many.
    pub advice: Option<Advice>,
}

/// What would spare the author most of a rule's dismissed findings.
#[derive(Clone, Debug, PartialEq)]
pub enum Advice {
    /// A threshold under which so many dismissed and so many other findings lie.
    Confidence { least: f64, of_dismissed: usize, of_others: usize },
    /// No threshold tells the dismissed from the others.
    Off,
}

/// All rules of which findings were shown, in the order of their names.
pub fn of_rules(history: &History) -> Vec<RulePrecision> {
    let mut rules: BTreeMap<&str, Shown> = BTreeMap::new();
    for record in history.values() {
        let shown = match record.state {
            // One that goes on from another was shown once.
            State::Replaced | State::Off | State::LessCertain => continue,
            State::Dismissed => &mut rules.entry(&record.trace.rule).or_default().dismissed,
            State::Open | State::Fixed => &mut rules.entry(&record.trace.rule).or_default().others,
        };
        shown.push(record.confidence);
    }
    let precision = |(rule, shown): (&str, Shown)| RulePrecision {
        rule: rule.to_string(),
        shown: shown.dismissed.len() + shown.others.len(),
        dismissed: shown.dismissed.len(),
        advice: shown.advice(),
    };
    rules.into_iter().map(precision).collect()
}

/// The confidences of a rule's findings.
#[derive(Default)]
struct Shown {
    dismissed: Vec<Option<f64>>,
    others: Vec<Option<f64>>,
}

impl Shown {
    fn advice(&self) -> Option<Advice> {
        if self.dismissed.len() < FEWEST || self.dismissed.len() < self.others.len() {
            return None;
        }
        let below = |list: &[Option<f64>], least: f64| list.iter().flatten().filter(|confidence| **confidence < least).count();
        let tried = HUNDREDTHS.map(|hundredths| {
            let least = f64::from(hundredths) / 100.0;
            (least, below(&self.dismissed, least), below(&self.others, least))
        });
        // Half of the dismissed at least, and more of them than of the others; of equal ones the lowest.
        let is_worth_it = |(_, dismissed, others): &&(f64, usize, usize)| dismissed * 2 >= self.dismissed.len() && dismissed > others;
        let best = tried.iter().rev().filter(is_worth_it).max_by_key(|(_, dismissed, others)| dismissed - others);
        Some(best.map_or(Advice::Off, |(least, of_dismissed, of_others)| Advice::Confidence {
            least: *least,
            of_dismissed: *of_dismissed,
            of_others: *of_others,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::history::Record;
    use crate::finding::identity::tests::finding;
    use std::collections::BTreeSet;

    fn history(findings: &[(State, Option<f64>)]) -> History {
        let record = |(index, (state, confidence)): (usize, &(State, Option<f64>))| {
            let mut record = Record::of(&finding("r", "forty", &[("forty", 0)]), BTreeSet::new(), String::new());
            (record.state, record.confidence) = (*state, *confidence);
            (index.to_string(), record)
        };
        findings.iter().enumerate().map(record).collect()
    }

    fn advice(findings: &[(State, Option<f64>)]) -> Option<Advice> {
        of_rules(&history(findings)).remove(0).advice
    }

    #[test]
    fn a_rule_is_counted_by_what_was_shown() {
        let counted = of_rules(&history(&[
            (State::Open, None),
            (State::Fixed, None),
            (State::Dismissed, None),
            (State::Replaced, None),
            (State::LessCertain, Some(0.2)),
            (State::Off, None),
        ]));
        assert_eq!(counted, [RulePrecision { rule: "r".to_string(), shown: 3, dismissed: 1, advice: None }]);
    }

    #[test]
    fn a_threshold_is_suggested_that_tells_the_dismissed_from_the_others() {
        let low = (State::Dismissed, Some(0.62));
        let suggested = advice(&[low, low, low, (State::Open, Some(0.9)), (State::Fixed, Some(0.55))]);
        assert_eq!(suggested, Some(Advice::Confidence { least: 0.65, of_dismissed: 3, of_others: 1 }));
    }

    #[test]
    fn where_no_threshold_helps_the_rule_may_be_switched_off() {
        assert_eq!(advice(&[(State::Dismissed, None); 3]), Some(Advice::Off));
        assert_eq!(advice(&[(State::Dismissed, Some(0.9)), (State::Dismissed, Some(0.99)), (State::Dismissed, None)]), Some(Advice::Off));
        assert_eq!(advice(&[(State::Dismissed, None), (State::Dismissed, None)]), None, "two say nothing");
        assert_eq!(advice(&[[(State::Dismissed, None); 3].as_slice(), &[(State::Fixed, None); 4]].concat()), None, "most were right");
    }
}
