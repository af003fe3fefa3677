//! `copydesk measure --verdicts`: whose verdicts on pairs of sentences are better, by kind, and what to write into copydesk.yaml.

use super::{MeasureRun, Planned, Sealed, kinds, planned, stopped, take};
use crate::cli::args::{Format, Measure};
use crate::cli::messages;
use crate::cli::seal::NewFiles;
use crate::measure::verdicts::{self, KindLine, MIN_PLANTED};
use crate::measure::{Copy, Plant};
use crate::project::Snapshot;
use crate::project::config::FILE;
use crate::report::counted;
use crate::text::escape::for_terminal;
use crate::text::{Problem, ProblemKind};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::Instant;

/// What was compared.
struct Compared {
    /// The names of the model and of what the trained reader reads with.
    model: String,
    reader: String,
    seed: u64,
    words: usize,
    chapters: usize,
    planted: usize,
    lines: Vec<KindLine>,
    /// Pairs that the model gave no answer to.
    unanswered: usize,
    /// Whether copydesk.yaml has such lines already.
    has_lines: bool,
    seconds: f64,
}

/// Compares the judges over copies of a folder's chapters. Gives the exit status.
pub(super) fn measure(arguments: &Measure) -> Result<u8, Problem> {
    let started = Instant::now();
    kinds(&arguments.kinds)?;
    let sealed = Sealed::new(&arguments.folder, arguments, NewFiles::Nowhere)?;
    let mut snapshot = take(&arguments.folder)?;
    // The trained reader is to judge everything once more.
    let has_lines = snapshot.config.verdicts.take().is_some();
    let mut bench = MeasureRun::open(sealed, arguments, &snapshot)?;
    let Some([model, reader]) = bench.judges().map(|judges| judges.map(|model| model.fingerprint.name.clone())) else {
        return Err(nothing_to_compare());
    };
    let Planned { chapters, words, plants, batches } = planned(arguments, &snapshot)?;
    let mut examples = Vec::new();
    for batch in &batches {
        let of_batch: Vec<(usize, &Plant)> = batch.iter().map(|index| (*index, &plants[*index])).collect();
        for with_error in [true, false] {
            let copy = Copy::new(of_batch.iter().flat_map(|(_, plant)| plant.insertions(with_error)).cloned());
            let pairs = bench.verdicts(&Snapshot { chapters: copy.of(&snapshot.chapters), ..snapshot.clone() });
            examples.extend(verdicts::examples(&of_batch, with_error, pairs));
        }
    }
    if bench.is_stopped() {
        return Err(stopped());
    }
    let examples = verdicts::once(examples);
    let compared = Compared {
        model,
        reader,
        seed: arguments.seed,
        words,
        chapters,
        planted: plants.len(),
        lines: verdicts::compare(&examples),
        unanswered: examples.iter().filter(|example| example.pair.larger_no.is_none()).count(),
        has_lines,
        seconds: started.elapsed().as_secs_f64(),
    };
    messages::say(&match arguments.format {
        Format::Json => as_json(&compared),
        Format::Text => text(&compared),
    });
    Ok(bench.end())
}

fn nothing_to_compare() -> Problem {
    let message = "there are no verdicts to compare: they take a model that answers, and one that the trained reader reads with";
    Problem::new(ProblemKind::Configuration, message)
        .advice("name the larger model with --model or in copydesk.yaml; `copydesk models` shows which files the reader fits")
}

fn text(compared: &Compared) -> String {
    let Compared { model, reader, lines, .. } = compared;
    let (model, reader) = (for_terminal(model), for_terminal(reader));
    let mut shown = format!(
        "{} planted in copies of {}, {} words; seed {}; {:.0} seconds. Your files were not touched.\n\
         Judged by the trained reader with {reader}, and by {model}:\n\n",
        counted(compared.planted as u64, "error", "errors"),
        counted(compared.chapters as u64, "chapter", "chapters"),
        compared.words,
        compared.seed,
        compared.seconds,
    );
    if lines.is_empty() {
        shown += "Nothing was put to both: the reader noted nothing of the planted errors, or the model gave no answer.\n";
        return shown;
    }
    shown += "kind                  errors  others   reader: found  false   model: found  false   used\n";
    for line in lines {
        let _ = writeln!(
            shown,
            "{:<21} {:>6} {:>7} {:>15} {:>6} {:>14} {:>6}   {}",
            line.kind,
            line.planted,
            line.others,
            line.trained.found,
            line.trained.false_ones,
            line.larger.found,
            line.larger.false_ones,
            used(line)
        );
    }
    if compared.unanswered > 0 {
        let _ =
            writeln!(shown, "\n{} got no answer from {model} and is not counted.", counted(compared.unanswered as u64, "pair", "pairs"));
    }
    let _ = writeln!(
        shown,
        "\nErrors are those planted ones that were put to both; the others are pairs of your own text and of harmless twins, taken to be no\n\
         contradictions. The model is counted on pairs that its weights were not fitted to. It gets a kind with at least {MIN_PLANTED} errors and as many\n\
         others, when it finds more and four of five that it adds are right, or finds as many with fewer false ones; and when luck would do as\n\
         well in one kind of fifty at most."
    );
    shown.push('\n');
    shown.push_str(&advice(compared, &model));
    shown
}

fn used(line: &KindLine) -> &'static str {
    match line.is_won {
        true => "model",
        false if line.planted < MIN_PLANTED => "reader (too few errors)",
        false if line.others < MIN_PLANTED => "reader (too few others)",
        false => "reader",
    }
}

/// What to do about it: the lines for copydesk.yaml, which is the author's and never written into.
fn advice(compared: &Compared, model: &str) -> String {
    let won: Vec<&KindLine> = compared.lines.iter().filter(|line| line.is_won).collect();
    let few = compared.lines.iter().any(|line| line.planted < MIN_PLANTED);
    let more = if few { " To know more of the kinds with too few errors, plant more: --errors 300." } else { "" };
    if won.is_empty() {
        let old = if compared.has_lines { format!(" Take `verdicts` out of {FILE}.") } else { String::new() };
        return format!("{model} judges no kind so much better that it is worth asking.{old}{more}\n");
    }
    let old = if compared.has_lines { ", in the place of its `verdicts`" } else { "" };
    let mut shown =
        format!("Write this into {FILE}{old}, and {model} judges these kinds from the next run on:\n\n{}", lines_of(compared, &won));
    if !more.is_empty() {
        let _ = writeln!(shown, "\n{}", more.trim_start());
    }
    shown
}

fn lines_of(compared: &Compared, won: &[&KindLine]) -> String {
    // What JSON calls a text is one in YAML too.
    let mut lines = format!("verdicts:\n  model: {}\n  kinds:\n", json!(compared.model));
    for line in won {
        let [constant, slope] = line.weights;
        let _ = writeln!(lines, "    {}: [{constant:.2}, {slope:.2}]", line.kind);
    }
    for_terminal_lines(&lines)
}

fn for_terminal_lines(lines: &str) -> String {
    lines.lines().map(|line| format!("{}\n", for_terminal(line))).collect()
}

fn as_json(compared: &Compared) -> String {
    let line = |line: &KindLine| {
        let counts = |counts: verdicts::Counts| json!({ "found": counts.found, "false": counts.false_ones });
        json!({
            "kind": line.kind, "errors": line.planted, "others": line.others, "reader": counts(line.trained), "model": counts(line.larger),
            "weights": line.weights, "is_won": line.is_won,
        })
    };
    let won: Vec<&KindLine> = compared.lines.iter().filter(|line| line.is_won).collect();
    let object = json!({
        "model": compared.model,
        "reader": compared.reader,
        "seed": compared.seed,
        "chapters": compared.chapters,
        "words": compared.words,
        "planted": compared.planted,
        "unanswered": compared.unanswered,
        "kinds": compared.lines.iter().map(line).collect::<Vec<Value>>(),
        "settings": (!won.is_empty()).then(|| lines_of(compared, &won)),
        "seconds": compared.seconds,
    });
    format!("{object:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::verdicts::Counts;
    use crate::project::Config;

    fn line(kind: &str, planted: usize, is_won: bool) -> KindLine {
        let counts = |found| Counts { found, false_ones: 0 };
        KindLine { kind: kind.to_string(), planted, others: 9, trained: counts(1), larger: counts(8), weights: [-0.5, 1.25], is_won }
    }

    fn compared(lines: Vec<KindLine>) -> Compared {
        let (model, reader) = ("8b: \u{1b}[2J".to_string(), "small".to_string());
        Compared { model, reader, seed: 1, words: 100, chapters: 2, planted: 9, lines, unanswered: 0, has_lines: false, seconds: 1.0 }
    }

    #[test]
    fn what_is_won_is_printed_as_settings_that_are_read_again() {
        let compared = Compared {
            model: "8b: large".to_string(),
            ..compared(vec![line("changed-appearance", 9, true), line("changed-count", 3, false)])
        };
        let text = text(&compared);
        assert!(text.contains("reader (too few errors)") && text.contains("--errors 300"), "{text}");
        let settings = text.split_once("next run on:\n\n").unwrap().1.split_once("\n\n").unwrap().0;
        let (config, problems) = Config::parse(settings);
        assert_eq!(problems, []);
        let verdicts = config.verdicts.unwrap();
        assert_eq!((verdicts.model.as_str(), &verdicts.kinds), ("8b: large", &[("changed-appearance".to_string(), [-0.5, 1.25])].into()));
        let json: Value = serde_json::from_str(&as_json(&compared)).unwrap();
        assert_eq!(json["settings"], format!("{settings}\n"));
    }

    #[test]
    fn where_nothing_is_won_nothing_is_to_be_written_and_names_cannot_rewrite_the_terminal() {
        let shown = text(&Compared { has_lines: true, ..compared(vec![line("changed-count", 9, false)]) });
        assert!(shown.contains("judges no kind so much better") && shown.contains("Take `verdicts` out") && !shown.contains("next run on"));
        assert!(!shown.contains('\u{1b}') && !text(&compared(vec![line("changed-count", 9, true)])).contains('\u{1b}'));
        assert!(text(&compared(Vec::new())).contains("Nothing was put to both"));
    }
}
