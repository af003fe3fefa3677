//! `copydesk measure --cases`: the shipped checks over folders of labelled cases, as predictions and as a score.

use super::super::args::{Format, Measure};
use super::super::messages;
use super::super::seal::NewFiles;
use super::{MeasureRun, Sealed, take};
use crate::manuscript::SourceFile;
use crate::measure::cases::{self, Case, Prediction, Score, Texts};
use crate::project::write;
use crate::text::{Problem, ProblemKind};
use std::path::{Path, PathBuf};

/// Runs over all cases. Gives the exit status.
pub(super) fn measure(arguments: &Measure, path: &Path) -> Result<u8, Problem> {
    let root = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let new_files = match arguments.predictions.as_deref().map(folder_for).transpose()? {
        Some(folder) => NewFiles::In(folder.to_path_buf()),
        None => NewFiles::Nowhere,
    };
    let sealed = Sealed::new(root, arguments, new_files)?;
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("{} cannot be read: {error}", path.display())))?;
    let all = cases::read(&text).map_err(|(line, message)| wrong(format!("{}:{line}: is no case: {message}", path.display())))?;
    let Some(first) = all.first() else { return Err(wrong(format!("{} has no cases", path.display()))) };
    let mut bench = MeasureRun::open(sealed, arguments, &take(&folder_of(root, first)?)?)?;
    let mut done: Vec<(Case, Texts, Prediction)> = Vec::new();
    for case in all {
        let mut snapshot = take(&folder_of(root, &case)?)?;
        if let Some(fact) = case.bible.as_ref().filter(|_| arguments.with_bible) {
            snapshot.bible.push(SourceFile::new(cases::BIBLE_NOTE, &fact.note()));
        }
        let ran = bench.run(&snapshot, true);
        if bench.is_stopped() {
            return Err(wrong("stopped before every case was read; nothing was written".to_string()));
        }
        let prediction = cases::prediction(&case, &ran.findings, ran.seconds);
        let texts =
            snapshot.chapters.iter().chain(&snapshot.bible).map(|file| (file.path.as_str().to_string(), file.text.to_string())).collect();
        done.push((case, texts, prediction));
    }
    let score = cases::score(&mut done);
    if let Some(out) = &arguments.predictions {
        write_predictions(out, &done)?;
    }
    messages::say(&match arguments.format {
        Format::Json => json(&score, &done),
        Format::Text => shown(&score, bench.model()),
    });
    Ok(bench.end())
}

fn wrong(message: String) -> Problem {
    Problem::new(ProblemKind::Configuration, message)
}

/// The folder of a case, which must lie below the file of cases.
fn folder_of(root: &Path, case: &Case) -> Result<PathBuf, Problem> {
    let is_plain = !case.id.is_empty() && !case.id.starts_with('.') && !case.id.contains(['/', '\\', ':']);
    if !is_plain {
        return Err(wrong(format!("the case “{}” has a name that is no folder's", case.id)));
    }
    Ok(root.join("cases").join(&case.id))
}

fn lines(done: &[(Case, Texts, Prediction)]) -> String {
    let line = |(_, _, prediction): &(Case, Texts, Prediction)| serde_json::json!(prediction).to_string() + "\n";
    done.iter().map(line).collect()
}

/// The folder of the file for the predictions. Only a file of such a name is ever replaced, never a chapter.
fn folder_for(out: &Path) -> Result<&Path, Problem> {
    if out.extension().is_none_or(|extension| extension != "jsonl") {
        return Err(wrong(format!("{} is no name for predictions", out.display())).advice("give a name that ends with .jsonl"));
    }
    Ok(out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// Writes the predictions, whole or not at all.
fn write_predictions(out: &Path, done: &[(Case, Texts, Prediction)]) -> Result<(), Problem> {
    write::replace_whole(out, &lines(done)).map_err(|error| wrong(format!("{} cannot be written: {error}", out.display())))
}

fn json(score: &Score, done: &[(Case, Texts, Prediction)]) -> String {
    let predictions: Vec<&Prediction> = done.iter().map(|(_, _, prediction)| prediction).collect();
    let object = serde_json::json!({
        "score": score,
        "precision": score.precision(),
        "recall": score.recall(),
        "f1": score.f1(),
        "false_findings_per_10000_clean_words": score.false_per_10k(),
        "predictions": predictions,
    });
    format!("{object:#}\n")
}

fn shown(score: &Score, model: Option<&str>) -> String {
    let model = model.unwrap_or("no model");
    let per_case = if score.cases > 0 { score.seconds / score.cases as f64 } else { 0.0 };
    [
        format!("{} cases, {} of them with an error; {model}; {per_case:.1} seconds for a case", score.cases, score.errors),
        format!(
            "quotes: precision {:.2}, recall {:.2}, F1 {:.2} ({} found, {} missed, {} false findings)",
            score.precision(),
            score.recall(),
            score.f1(),
            score.found,
            score.errors - score.found,
            score.false_findings
        ),
        format!("pairs: {} of {} with the error found and the twin silent", score.right_pairs, score.pairs),
        format!("hard negatives flagged: {} of {}", score.hard_negatives_flagged, score.hard_negatives),
        format!("false findings per 10,000 words of cases without an error: {:.2}", score.false_per_10k()),
        format!("quotes that stand in the text: {} of {}", score.quotes_in_text, score.quotes),
        String::from("findings of each rule, right and wrong:"),
    ]
    .into_iter()
    .chain(score.rules.iter().map(|(rule, of_rule)| format!("  {rule}: {{ right: {}, wrong: {} }}", of_rule.right, of_rule.wrong)))
    .map(|line| line + "\n")
    .collect()
}
