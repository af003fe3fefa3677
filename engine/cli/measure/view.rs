//! How the figures of `copydesk measure` are shown: a table by kind, what it means for the model in use, and everything as JSON.

use super::Measured;
use crate::finding::Finding;
use crate::measure::{self, Judged, Line, Origin, Plant};
use crate::text::escape::for_terminal;
use serde_json::{Value, json};

/// A model's step has earned its place when at least so much of what only it finds is right.
const EARNED_PRECISION: f64 = 0.8;

/// The table and what follows from it.
pub(super) fn text(measured: &Measured, with_list: bool) -> String {
    let (lines, all) = measure::tally(&measured.plants, &measured.batches, &measured.judged);
    let mut shown = vec![
        format!(
            "{} errors planted in copies of {} chapters, {} words; seed {}; {:.0} seconds. Your files were not touched.",
            all.planted, measured.chapters, measured.words, measured.seed, measured.seconds
        ),
        String::new(),
        "kind         planted  found  recall  precision  pairs  licences flagged  false findings  seconds".to_string(),
    ];
    shown.extend(lines.iter().map(row));
    shown.push(row(&all));
    shown.push(String::new());
    shown.extend(origins(measured));
    shown.push(format!(
        "untouched text: {}, {:.2} per 10,000 words (in your own text these may well be right)",
        counted(measured.untouched.len(), "finding"),
        per_10k(measured)
    ));
    shown.push(String::new());
    shown.push(advice(measured));
    if with_list {
        shown.push(String::new());
        shown.extend(list(measured));
    }
    shown.join("\n") + "\n"
}

fn row(line: &Line) -> String {
    let share = |share: Option<f64>| share.map_or("-".to_string(), |share| format!("{share:.2}"));
    format!(
        "{:<12} {:>7} {:>6} {:>7} {:>10} {:>6} {:>17} {:>15} {:>8.1}",
        line.kind.map_or("all", measure::Kind::name),
        line.planted,
        line.found,
        share(line.recall()),
        share(line.precision()),
        share(line.pair_accuracy()),
        format!("{} of {}", line.licensed_flagged, line.licensed),
        line.false_findings,
        line.seconds
    )
}

/// Every plant with whether it was found and whether its twin was silent.
fn outcomes<'m>(measured: &'m Measured, judged: &'m [Judged]) -> impl Iterator<Item = (&'m Plant, bool, bool)> {
    measured.batches.iter().zip(judged).flat_map(|(batch, judged)| {
        batch.iter().enumerate().map(|(place, index)| (&measured.plants[*index], judged.found[place], judged.silent[place]))
    })
}

fn origins(measured: &Measured) -> Vec<String> {
    let of = |origin: Origin| {
        let outcomes: Vec<bool> =
            outcomes(measured, &measured.judged).filter(|(plant, ..)| plant.origin == origin).map(|(_, found, _)| found).collect();
        (outcomes.iter().filter(|found| **found).count(), outcomes.len())
    };
    let words = [
        (Origin::Prose, "against your own prose"),
        (Origin::Bible, "against your bible"),
        (Origin::Planted, "against a statement that was planted too"),
    ];
    words
        .into_iter()
        .map(|(origin, words)| (of(origin), words))
        .filter(|((_, planted), _)| *planted > 0)
        .map(|((found, planted), words)| format!("found {words}: {found} of {planted}"))
        .collect()
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn per_10k(measured: &Measured) -> f64 {
    if measured.words == 0 { 0.0 } else { measured.untouched.len() as f64 * 10_000.0 / measured.words as f64 }
}

/// Whether the model's reading is worth its time here, and how to find out whether its verdicts are.
fn advice(measured: &Measured) -> String {
    const VERDICTS: &str = "`copydesk measure --verdicts` tells whether a larger model’s verdicts are better than the trained reader’s.";
    let (Some(model), Some(without)) = (&measured.model, &measured.without_model) else {
        return format!("No model was used, so no reading of a model's was measured. {VERDICTS}");
    };
    let (_, with) = measure::tally(&measured.plants, &measured.batches, &measured.judged);
    let (_, without) = measure::tally(&measured.plants, &measured.batches, without);
    let more = with.found.saturating_sub(without.found);
    let more_false = with.false_findings.saturating_sub(without.false_findings);
    let is_earned = more > 0 && more as f64 >= EARNED_PRECISION * (more + more_false) as f64;
    let verdict = if is_earned { "worth its time here" } else { "not worth its time here: --no-model finds as much you can trust" };
    format!(
        "{}, which says whose a description is, finds {} more and makes {} more than code alone: {verdict}. {VERDICTS}",
        for_terminal(model),
        counted(more, "error"),
        counted(more_false, "false finding")
    )
}

fn list(measured: &Measured) -> Vec<String> {
    let mut shown = Vec::new();
    for (plant, found, silent) in outcomes(measured, &measured.judged) {
        let verdict = match (found, silent) {
            (true, true) => "found",
            (true, false) => "found, but the twin too",
            (false, true) => "missed",
            (false, false) => "missed, and the twin flagged",
        };
        shown.push(format!("{verdict}: {}, {}: {} ({}), not {}", plant.kind, plant.subject, plant.right, plant.origin.name(), plant.wrong));
        if let Some(setup) = &plant.setup {
            shown.push(format!("    first  {}: {}", setup.file.shown(), setup.sentence));
        }
        shown.push(format!("    error  {}: {}", plant.error.file.shown(), plant.error.sentence));
        shown.push(format!("    twin   {}: {}", plant.twin.file.shown(), plant.twin.sentence));
    }
    for finding in measured.judged.iter().flat_map(|judged| judged.false_with_errors.iter().chain(&judged.false_with_twins)) {
        shown.push(format!("false: {}: {}", finding.rule, finding.message));
        shown.extend(
            finding.evidence.iter().map(|evidence| format!("    {}:{}: {}", evidence.file.on_disk(), evidence.place, evidence.quote)),
        );
    }
    shown.into_iter().map(|line| for_terminal(&line).to_string()).collect()
}

/// Everything as one JSON object.
pub(super) fn json(measured: &Measured) -> String {
    let (lines, all) = measure::tally(&measured.plants, &measured.batches, &measured.judged);
    let with = &measured.judged;
    let object = json!({
        "seed": measured.seed,
        "model": measured.model,
        "chapters": measured.chapters,
        "words": measured.words,
        "all": line_value(&all),
        "kinds": lines.iter().map(line_value).collect::<Vec<Value>>(),
        "without_model": measured.without_model.as_ref().map(|judged| {
            let (lines, all) = measure::tally(&measured.plants, &measured.batches, judged);
            json!({ "all": line_value(&all), "kinds": lines.iter().map(line_value).collect::<Vec<Value>>() })
        }),
        "untouched": {
            "findings": measured.untouched.iter().map(finding_value).collect::<Vec<Value>>(),
            "per_10000_words": per_10k(measured),
        },
        "plants": outcomes(measured, with).map(plant_value).collect::<Vec<Value>>(),
        "false_findings": with.iter().flat_map(|judged| {
            let of = |copy: &'static str, list: &[Finding]| -> Vec<Value> {
                list.iter().map(|finding| json!({ "copy": copy, "finding": finding_value(finding) })).collect()
            };
            [of("errors", &judged.false_with_errors), of("twins", &judged.false_with_twins)].concat()
        }).collect::<Vec<Value>>(),
        "advice": advice(measured),
        "seconds": measured.seconds,
    });
    format!("{object:#}\n")
}

fn line_value(line: &Line) -> Value {
    json!({
        "kind": line.kind.map(measure::Kind::name),
        "planted": line.planted,
        "found": line.found,
        "recall": line.recall(),
        "precision": line.precision(),
        "pair_accuracy": line.pair_accuracy(),
        "licences": line.licensed,
        "licences_flagged": line.licensed_flagged,
        "false_findings": line.false_findings,
        "seconds": line.seconds,
    })
}

fn plant_value((plant, found, silent): (&Plant, bool, bool)) -> Value {
    json!({
        "kind": plant.kind.name(),
        "subject": plant.subject,
        "attribute": plant.attribute,
        "origin": plant.origin.name(),
        "right": plant.right,
        "wrong": plant.wrong,
        "file": plant.error.file.on_disk().as_str(),
        "first": plant.setup.as_ref().map(|setup| json!({ "file": setup.file.on_disk().as_str(), "sentence": setup.sentence })),
        "error": plant.error.sentence,
        "twin": plant.twin.sentence,
        "twin_is_licensed": plant.is_licensed,
        "found": found,
        "twin_silent": silent,
    })
}

fn finding_value(finding: &Finding) -> Value {
    let quotes: Vec<Value> =
        finding.evidence.iter().map(|evidence| json!({ "file": evidence.file.on_disk().as_str(), "quote": evidence.quote })).collect();
    json!({ "rule": finding.rule, "message": finding.message, "evidence": quotes })
}
