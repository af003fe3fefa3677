//! `verdicts: { model: …, reader: …, kinds: … }`: the kinds of contradictions that a larger model judges in the trained reader's place.

use super::Reader;
use crate::text::yaml::{self, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const KEYS: &[&str] = &["model", "reader", "kinds"];

/// What `copydesk measure --verdicts` found to be judged better by a larger model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictsSetting {
    /// The name of the model it was measured with; for another one it does not count.
    pub model: String,
    /// The name of what the trained reader read with; the kinds count for no other, as it was that reader's verdicts that were worse.
    pub reader: String,
    /// By the rule that a pair would break: a constant and a slope for the model's word.
    pub kinds: BTreeMap<String, [f64; 2]>,
}

impl Reader<'_> {
    /// Nothing where a name is missing.
    pub(super) fn verdicts(&mut self, value: &Value) -> Option<VerdictsSetting> {
        let (mut model, mut reader, mut kinds) = (None, None, BTreeMap::new());
        for (key, value) in self.mapping("verdicts", value) {
            match key.as_str() {
                "model" => model = self.text(&["verdicts", "model"], &value),
                "reader" => reader = self.text(&["verdicts", "reader"], &value),
                "kinds" => kinds = self.kinds(&value),
                unknown => self.unknown(&["verdicts"], unknown, KEYS),
            }
        }
        if model.is_none() || reader.is_none() {
            self.wrong(
                &["verdicts"],
                "must say with which `model` and which `reader` it was measured, as `copydesk measure --verdicts` writes it",
            );
        }
        Some(VerdictsSetting { model: model?, reader: reader?, kinds })
    }

    fn kinds(&mut self, value: &Value) -> BTreeMap<String, [f64; 2]> {
        let Value::Mapping(mapping) = value else {
            self.wrong(&["verdicts", "kinds"], "must hold `rule: [number, number]` lines");
            return BTreeMap::new();
        };
        let mut kinds = BTreeMap::new();
        for (rule, weights) in mapping {
            let rule = yaml::scalar_text(rule).unwrap_or_default();
            match weights_of(weights) {
                Some(weights) => drop(kinds.insert(rule, weights)),
                None => self.wrong(&["verdicts", "kinds", &rule], "must be two numbers, as `copydesk measure --verdicts` writes them"),
            }
        }
        kinds
    }
}

fn weights_of(value: &Value) -> Option<[f64; 2]> {
    let Value::Sequence(items) = value else { return None };
    let numbers: Vec<f64> = items.iter().filter_map(|item| item.as_f64()).filter(|number| number.is_finite()).collect();
    (numbers.len() == items.len()).then_some(numbers)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    #[test]
    fn kinds_have_two_weights_and_a_model_that_they_were_measured_with() {
        let (config, problems) = Config::parse("verdicts:\n  model: q8\n  reader: small\n  kinds:\n    changed-appearance: [-0.4, 1]\n");
        let verdicts = config.verdicts.unwrap();
        assert_eq!((verdicts.model.as_str(), verdicts.reader.as_str()), ("q8", "small"));
        assert_eq!((verdicts.kinds["changed-appearance"], problems.len()), ([-0.4, 1.0], 0));
        let told = |text: &str| {
            let (config, problems) = Config::parse(text);
            assert!(config.verdicts.is_none_or(|verdicts| verdicts.kinds.is_empty()), "{text}");
            problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        for one in ["model: q8", "reader: small"] {
            let told = told(&format!("verdicts: {{ {one}, kinds: {{ changed-appearance: [0, 1] }} }}\n"));
            assert!(told.contains("with which `model` and which `reader`"), "{told}");
        }
        for wrong in ["[1]", "[1, 2, 3]", "[1, x]", "1", "[1, .inf]"] {
            let told = told(&format!("verdicts: {{ model: q8, reader: r, kinds: {{ changed-appearance: {wrong} }} }}\n"));
            assert!(told.contains("must be two numbers"), "{wrong}: {told}");
        }
        assert!(told("verdicts: { model: q8, reader: r, sorts: {} }\n").contains("no setting `verdicts.sorts`"));
    }
}
