//! The judgement of the shipped checks on prose that nobody tuned to: `tests/prose`, short cases with their twins, and totals that must not fall.

use crate::project_test::ProjectTest;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What must at least be found of one half's errors, and how many twins may at most be flagged. Raise and lower them with the checks: a change
/// that makes one better and another worse shows here.
struct Floor {
    found: usize,
    flagged: usize,
}

/// One error with its twin, as the file has it.
#[derive(Debug)]
struct Pair {
    kind: String,
    name: String,
    /// Name, attribute and value.
    bible: Option<[String; 3]>,
    first: Marked,
    second: Marked,
    twin: String,
    is_hard: bool,
}

/// A chapter, and the passage that was marked in it.
#[derive(Debug)]
struct Marked {
    text: String,
    quote: Option<String>,
}

impl Marked {
    fn read(text: &str) -> Marked {
        let quote = text.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(quote, _)| quote.trim().to_string());
        Marked { text: text.replace(['{', '}'], ""), quote }
    }

    fn passage(&self, file: &str) -> Value {
        // A case whose first passage is the bible's has none in the chapter.
        let Some(quote) = &self.quote else { return json!({ "file": "bible", "quote": "", "char_start": 0, "char_end": 0 }) };
        let before = self.text.split(quote.as_str()).next().expect("the words before").chars().count();
        json!({ "file": file, "quote": quote, "char_start": before, "char_end": before + quote.chars().count() })
    }
}

fn pairs(text: &str) -> Vec<Pair> {
    text.split("\n## ").skip(1).map(pair).collect()
}

fn pair(text: &str) -> Pair {
    let (head, rest) = text.split_once('\n').expect("a heading");
    let (kind, name) = head.split_once(": ").unwrap_or_else(|| panic!("“{head}” is no KIND: NAME"));
    let (bible, rest) = match rest.strip_prefix("bible: ") {
        Some(rest) => {
            let (fact, rest) = rest.split_once('\n').expect("a line");
            let parts: Vec<String> = fact.split(" | ").map(str::to_string).collect();
            (Some(parts.try_into().unwrap_or_else(|_| panic!("{name}: NAME | ATTRIBUTE | VALUE"))), rest)
        }
        None => (None, rest),
    };
    let (first, rest) = rest.split_once("\n--\n").unwrap_or_else(|| panic!("{name}: no second chapter"));
    let (second, rest) = rest.split_once("\n== ").unwrap_or_else(|| panic!("{name}: no twin"));
    let (why, twin) = rest.split_once('\n').unwrap_or_else(|| panic!("{name}: an empty twin"));
    let pair = Pair {
        kind: kind.to_string(),
        name: name.to_string(),
        bible,
        first: Marked::read(first),
        second: Marked::read(second),
        twin: twin.to_string(),
        is_hard: why != "same",
    };
    assert!(pair.second.quote.is_some() && (pair.first.quote.is_some() || pair.bible.is_some()), "{name}: a passage is not marked");
    pair
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Both cases of a pair, written below the project's folder and described in a line each.
fn cases(project: &ProjectTest, pair: &Pair) -> [String; 2] {
    [("error", &pair.second.text), ("twin", &pair.twin)].map(|(which, second)| {
        let id = format!("{}-{}-{which}", pair.kind, pair.name);
        project.write(&format!("cases/{id}/book/01.md"), &pair.first.text);
        project.write(&format!("cases/{id}/book/02.md"), second);
        let is_error = which == "error";
        let kind = if is_error {
            "seeded"
        } else if pair.is_hard {
            "hard_negative"
        } else {
            "control"
        };
        let b = if is_error { pair.second.passage("book/02.md") } else { Marked::read("").passage("") };
        let bible =
            pair.bible.as_ref().map(|[entity, attribute, value]| json!({ "entity": entity, "attribute": attribute, "bible_value": value }));
        json!({
            "id": id, "is_error": is_error, "kind": kind, "pair_id": pair.name, "words": words(&pair.first.text) + words(second),
            "chapters": ["book/01.md", "book/02.md"], "passage_a": pair.first.passage("book/01.md"), "passage_b": b, "bible": bible,
        })
        .to_string()
    })
}

/// What came out for one half.
struct Judged {
    score: Value,
    /// By kind: errors, found, twins flagged.
    kinds: BTreeMap<String, [usize; 3]>,
    missed: Vec<String>,
    flagged: Vec<String>,
}

impl Judged {
    fn of(text: &str) -> Judged {
        let project = ProjectTest::new();
        let pairs = pairs(text);
        let lines: Vec<String> = pairs.iter().flat_map(|pair| cases(&project, pair)).collect();
        assert_eq!(lines.iter().collect::<BTreeSet<_>>().len(), pairs.len() * 2, "two cases with one name");
        project.write("cases.jsonl", lines.join("\n"));
        let path = project.path("cases.jsonl");
        let ran = project.measure(&["--cases", &path.to_string_lossy(), "--with-bible", "--format", "json"]);
        ran.expect_status(0);
        let mut judged = Judged { score: ran.json["score"].clone(), kinds: BTreeMap::new(), missed: Vec::new(), flagged: Vec::new() };
        let predictions = ran.json["predictions"].as_array().expect("predictions");
        for (pair, predicted) in pairs.iter().zip(predictions.chunks(2)) {
            judged.add(pair, &predicted[0], &predicted[1]);
        }
        judged
    }

    fn add(&mut self, pair: &Pair, error: &Value, twin: &Value) {
        let count = self.kinds.entry(pair.kind.clone()).or_default();
        let is_found = error["is_found"] == true;
        let findings = twin["findings"].as_array().expect("findings");
        count[0] += 1;
        count[1] += usize::from(is_found);
        count[2] += usize::from(!findings.is_empty());
        let name = format!("{}: {}", pair.kind, pair.name);
        if !is_found {
            self.missed.push(format!("{name} {}", told(error)));
        }
        if !findings.is_empty() {
            self.flagged.push(format!("{name} {}", told(twin)));
        }
    }

    fn number(&self, key: &str) -> usize {
        self.score[key].as_u64().unwrap_or_else(|| panic!("no {key}")) as usize
    }

    /// Totals, also by kind; with `by_case` the cases that went wrong and what was found in them.
    fn told(&self, by_case: bool) -> String {
        let mut lines = vec![format!(
            "{} of {} found, {} false findings, {} of {} twins flagged, {} of {} hard negatives flagged",
            self.number("found"),
            self.number("errors"),
            self.number("false_findings"),
            self.flagged.len(),
            self.number("pairs"),
            self.number("hard_negatives_flagged"),
            self.number("hard_negatives"),
        )];
        lines.extend(self.kinds.iter().map(|(kind, [all, found, flagged])| format!("  {kind}: {found} of {all}, {flagged} twins flagged")));
        if by_case {
            lines.extend(self.missed.iter().map(|name| format!("  missed {name}")));
            lines.extend(self.flagged.iter().map(|name| format!("  flagged {name}")));
        }
        lines.join("\n")
    }

    fn holds(&self, floor: &Floor, by_case: bool) {
        let told = self.told(by_case);
        assert!(self.number("found") >= floor.found, "fewer errors are found than {}:\n{told}", floor.found);
        assert!(self.flagged.len() <= floor.flagged, "more twins are flagged than {}:\n{told}", floor.flagged);
    }
}

fn told(prediction: &Value) -> String {
    let findings = prediction["findings"].as_array().expect("findings").iter();
    findings.map(|finding| format!("[{}: {} / {}]", finding["type"], finding["quote_a"], finding["quote_b"])).collect()
}

#[test]
fn cases_to_develop_against() {
    Judged::of(include_str!("prose/tuning.md")).holds(&Floor { found: 19, flagged: 0 }, true);
}

#[test]
fn cases_held_out() {
    Judged::of(include_str!("prose/held-out.md")).holds(&Floor { found: 7, flagged: 1 }, false);
}
