//! Folders of labelled cases: a file of one case in each line, a folder of chapters for each, and the file of predictions that is made.
//!
//! The score is that of the cases' own scorer at the level of quotes: one quote must overlap the one labelled passage and another quote the
//! other; findings beyond that are false.

use crate::finding::{Finding, Severity};
use crate::text::words::{Folded, fold};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A quote shorter than this in folded bytes is no quote: it would stand everywhere.
const MIN_QUOTE: usize = 8;

/// Where the note of a case's own bible is said to lie.
pub const BIBLE_NOTE: &str = "bible/case.md";

/// One labelled case. Keys that are not needed are not read.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    pub id: String,
    /// What sort of case it is, as `seeded` or `hard_negative`.
    #[serde(default)]
    pub kind: String,
    pub is_error: bool,
    /// The case and its twin have the same.
    #[serde(default)]
    pub pair_id: String,
    /// Files below the case's folder.
    pub chapters: Vec<String>,
    pub passage_a: Passage,
    pub passage_b: Passage,
    /// Other words that state the same as the first passage.
    #[serde(default)]
    pub alt_a: Option<Vec<String>>,
    /// Contradictions that stand in the text anyway: neither right nor wrong.
    #[serde(default)]
    pub also_contains: Vec<Neutral>,
    /// Words of the case's chapters.
    #[serde(default)]
    pub words: usize,
    /// The fact in question, as a bible would have it.
    #[serde(default)]
    pub bible: Option<CaseFact>,
}

/// What a bible would state of a case.
#[derive(Clone, Debug, Deserialize)]
pub struct CaseFact {
    pub entity: String,
    pub attribute: String,
    pub bible_value: String,
}

impl CaseFact {
    /// The note of a bible that states this and nothing else. JSON strings are YAML strings, whatever is in them.
    pub fn note(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let (name, attribute, value) = (quoted(&self.entity), quoted(&self.attribute), quoted(&self.bible_value));
        format!("---\nname: {name}\nfacts:\n  {attribute}: {value}\n---\n")
    }
}

/// A labelled passage.
#[derive(Clone, Debug, Deserialize)]
pub struct Passage {
    pub file: String,
    pub quote: String,
    /// The whole sentence the quote stands in.
    #[serde(default)]
    pub sentence: Option<String>,
    /// In characters, not bytes.
    pub char_start: usize,
    pub char_end: usize,
}

/// A pair of passages that nobody is asked about.
#[derive(Clone, Debug, Deserialize)]
pub struct Neutral {
    pub a: NeutralQuote,
    pub b: NeutralQuote,
}

/// One passage of a [`Neutral`] pair.
#[derive(Clone, Debug, Deserialize)]
pub struct NeutralQuote {
    pub file: String,
    pub quote: String,
}

/// One line of the file of predictions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    pub case_id: String,
    pub findings: Vec<PredictedFinding>,
    pub seconds: f64,
    /// Whether one finding has both labelled passages; known once it is scored, and never so for a case without an error.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_found: bool,
}

/// A finding as the file of predictions has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PredictedFinding {
    pub quote_a: String,
    pub quote_b: String,
    #[serde(rename = "type")]
    pub rule: String,
    /// From 0 to 1, by the finding's severity.
    pub confidence: f64,
}

/// Reads the cases, one JSON object in each line.
///
/// # Errors
/// The line that is no case, and why.
pub fn read(text: &str) -> Result<Vec<Case>, (usize, String)> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(index, line)| serde_json::from_str(line).map_err(|error| (index + 1, error.to_string()))).collect()
}

/// The prediction for a case.
pub fn prediction(case: &Case, findings: &[Finding], seconds: f64) -> Prediction {
    let quote = |finding: &Finding, index: usize| finding.evidence.get(index).map_or(String::new(), |evidence| evidence.quote.clone());
    let findings = findings.iter().map(|finding| PredictedFinding {
        quote_a: quote(finding, 0),
        quote_b: quote(finding, 1),
        rule: finding.rule.clone(),
        confidence: match finding.severity {
            Severity::Contradiction => 0.9,
            Severity::Query => 0.6,
            Severity::Note => 0.3,
        },
    });
    Prediction { case_id: case.id.clone(), findings: findings.collect(), seconds, is_found: false }
}

/// What the predictions are worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    pub cases: usize,
    pub errors: usize,
    pub found: usize,
    pub false_findings: usize,
    /// Pairs of a case and its twin, and those of which the error is found and the twin silent.
    pub pairs: usize,
    pub right_pairs: usize,
    pub clean_words: usize,
    pub false_on_clean: usize,
    pub hard_negatives: usize,
    pub hard_negatives_flagged: usize,
    pub quotes: usize,
    pub quotes_in_text: usize,
    pub seconds: f64,
    /// Rule → what its findings were.
    pub rules: BTreeMap<String, RuleScore>,
}

/// What the findings of one rule were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleScore {
    pub right: usize,
    pub wrong: usize,
}

impl Score {
    pub fn precision(&self) -> f64 {
        share(self.found, self.found + self.false_findings)
    }

    pub fn recall(&self) -> f64 {
        share(self.found, self.errors)
    }

    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 }
    }

    /// False findings per 10,000 words of cases without an error.
    pub fn false_per_10k(&self) -> f64 {
        share(self.false_on_clean * 10_000, self.clean_words)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A case's chapters, and the note of its bible if it was given one, by their paths below its folder.
pub type Texts = BTreeMap<String, String>;

/// Scores predictions, each with its case and that case's chapters.
///
/// Each prediction is told whether it is right.
pub fn score(all: &mut [(Case, Texts, Prediction)]) -> Score {
    let mut score = Score::default();
    let mut pairs: BTreeMap<&str, (Option<bool>, Option<bool>)> = BTreeMap::new();
    for (case, texts, prediction) in all {
        let case: &Case = case;
        let folded: BTreeMap<&str, (&str, Folded)> =
            texts.iter().map(|(path, text)| (path.as_str(), (text.as_str(), Folded::new(text)))).collect();
        let (hit, wrong) = score_case(case, &folded, prediction, &mut score);
        let is_flagged = !prediction.findings.is_empty();
        prediction.is_found = case.is_error && hit;
        score.cases += 1;
        score.seconds += prediction.seconds;
        score.false_findings += wrong;
        let pair = pairs.entry(&case.pair_id).or_default();
        if case.is_error {
            score.errors += 1;
            score.found += usize::from(hit);
            pair.0 = Some(hit);
        } else {
            score.clean_words += case.words;
            score.false_on_clean += prediction.findings.len();
            pair.1 = Some(!is_flagged);
        }
        if case.kind == "hard_negative" {
            score.hard_negatives += 1;
            score.hard_negatives_flagged += usize::from(is_flagged);
        }
    }
    let whole: Vec<(bool, bool)> = pairs.into_values().filter_map(|(error, twin)| Some((error?, twin?))).collect();
    score.pairs = whole.len();
    score.right_pairs = whole.iter().filter(|(error, twin)| *error && *twin).count();
    score
}

/// Whether the error is found, and the number of false findings.
fn score_case(case: &Case, files: &BTreeMap<&str, (&str, Folded)>, prediction: &Prediction, score: &mut Score) -> (bool, usize) {
    let mut gold_a = gold(&case.passage_a, files);
    // The bible that was given states the same as the first passage.
    gold_a.extend(files.get_key_value(BIBLE_NOTE).map(|(path, (text, _))| (*path, 0..text.len())));
    let gold_b = gold(&case.passage_b, files);
    let neutral: Vec<[Vec<Place<'_>>; 2]> =
        case.also_contains.iter().map(|pair| [&pair.a, &pair.b].map(|one| places_in(&one.file, &fold(&one.quote), files))).collect();
    let alternatives: Vec<String> = case.alt_a.iter().flatten().map(|words| bare(words)).collect();
    let (mut hit, mut wrong) = (false, 0);
    for finding in &prediction.findings {
        let quotes = [bare(&finding.quote_a), bare(&finding.quote_b)];
        let places = quotes.each_ref().map(|quote| places(quote, files));
        score.quotes += 2;
        score.quotes_in_text += places.iter().filter(|places| !places.is_empty()).count();
        let overlap = |index: usize, wanted: &[Place<'_>]| places[index].iter().any(|one| wanted.iter().any(|two| overlaps(one, two)));
        let is_neutral =
            |pair: &[Vec<Place<'_>>; 2]| overlap(0, &pair[0]) && overlap(1, &pair[1]) || overlap(0, &pair[1]) && overlap(1, &pair[0]);
        if neutral.iter().any(is_neutral) {
            continue;
        }
        let is_a = |index: usize| {
            let says_so = alternatives.iter().any(|words| quotes[index].contains(words.as_str()));
            !places[index].is_empty() && (overlap(index, &gold_a) || says_so)
        };
        let is_right = is_a(0) && overlap(1, &gold_b) || overlap(0, &gold_b) && is_a(1);
        let of_rule = score.rules.entry(finding.rule.clone()).or_default();
        if case.is_error && is_right {
            hit = true;
            of_rule.right += 1;
        } else {
            wrong += 1;
            of_rule.wrong += 1;
        }
    }
    (hit, wrong)
}

/// A file and a byte range of it.
type Place<'t> = (&'t str, Range<usize>);

fn overlaps(one: &Place<'_>, two: &Place<'_>) -> bool {
    one.0 == two.0 && one.1.start < two.1.end && two.1.start < one.1.end
}

fn bare(quote: &str) -> String {
    fold(quote).trim().trim_matches('"').trim().to_string()
}

/// Everywhere a folded quote stands.
fn places<'t>(quote: &str, files: &BTreeMap<&'t str, (&'t str, Folded)>) -> Vec<Place<'t>> {
    if quote.len() < MIN_QUOTE {
        return Vec::new();
    }
    files.keys().flat_map(|file| places_in(file, quote, files)).collect()
}

fn places_in<'t>(file: &str, quote: &str, files: &BTreeMap<&'t str, (&'t str, Folded)>) -> Vec<Place<'t>> {
    let Some((path, (original, folded))) = files.get_key_value(file) else { return Vec::new() };
    let found = folded.text.match_indices(quote);
    found.map(|(start, _)| (*path, folded.original_range(original, start, start + quote.len()))).collect()
}

/// The sentence of a labelled passage.
fn gold<'t>(passage: &Passage, files: &BTreeMap<&'t str, (&'t str, Folded)>) -> Vec<Place<'t>> {
    let Some((path, (text, _))) = files.get_key_value(passage.file.as_str()) else { return Vec::new() };
    let byte = |characters: usize| text.char_indices().nth(characters).map_or(text.len(), |(byte, _)| byte);
    let (start, end) = (byte(passage.char_start), byte(passage.char_end));
    let sentence = passage.sentence.as_ref().unwrap_or(&passage.quote);
    let start = text.find(sentence.as_str()).filter(|found| *found <= start).unwrap_or(start);
    vec![(*path, start..end.max((start + sentence.len()).min(text.len())))]
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAPTER: &str = "# 1\n\nÉdith’s eyes were blue. She sat.\n\nLater Édith’s eyes were brown. She rose.\n";

    fn case(id: &str, is_error: bool) -> Case {
        let start = |words: &str| CHAPTER[..CHAPTER.find(words).unwrap()].chars().count();
        let passage = |words: &str| {
            let start = start(words);
            format!(
                "{{\"file\": \"1.md\", \"quote\": \"{words}\", \"char_start\": {start}, \"char_end\": {}}}",
                start + words.chars().count()
            )
        };
        let line = format!(
            "{{\"id\": \"{id}\", \"is_error\": {is_error}, \"pair_id\": \"P\", \"chapters\": [\"1.md\"], \"alt_a\": null, \"words\": 5000, \
             \"passage_a\": {}, \"passage_b\": {}}}",
            passage("eyes were blue"),
            passage("eyes were brown")
        );
        read(&line).expect("a case").remove(0)
    }

    fn predicted(case: &Case, quotes: &[(&str, &str)]) -> (Case, Texts, Prediction) {
        let finding = |(a, b): &(&str, &str)| PredictedFinding {
            quote_a: a.to_string(),
            quote_b: b.to_string(),
            rule: "changed-appearance".to_string(),
            confidence: 0.9,
        };
        let prediction =
            Prediction { case_id: case.id.clone(), findings: quotes.iter().map(finding).collect(), seconds: 1.5, is_found: false };
        (case.clone(), Texts::from([("1.md".to_string(), CHAPTER.to_string())]), prediction)
    }

    #[test]
    fn both_passages_must_be_right_and_the_twin_silent() {
        let (error, twin) = (case("S", true), case("C", false));
        let right = ("Édith's  eyes were *brown*", "Édith’s eyes were blue.");
        let both = score(&mut [predicted(&error, &[right]), predicted(&twin, &[])]);
        assert_eq!((both.found, both.false_findings, both.right_pairs, both.pairs), (1, 0, 1, 1));
        assert_eq!((both.precision(), both.recall(), both.f1(), both.quotes_in_text), (1.0, 1.0, 1.0, 2));
        let noisy = score(&mut [predicted(&error, &[right, ("She sat. ", "eyes were brown")]), predicted(&twin, &[right])]);
        assert_eq!((noisy.found, noisy.false_findings, noisy.right_pairs, noisy.false_on_clean), (1, 2, 0, 1));
        assert!((noisy.false_per_10k() - 2.0).abs() < 1e-9);
        let missed = score(&mut [predicted(&error, &[("no such words here", "eyes were brown")]), predicted(&twin, &[])]);
        assert_eq!((missed.found, missed.false_findings, missed.quotes_in_text), (0, 1, 1));
    }

    #[test]
    fn a_line_that_is_no_case_is_told() {
        let (line, message) = read("\n{\"id\": 3}\n").unwrap_err();
        assert_eq!(line, 2);
        assert!(message.contains("string"), "{message}");
    }
}
