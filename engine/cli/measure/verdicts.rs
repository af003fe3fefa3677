//! `copydesk measure --verdicts`: whose verdicts on pairs of sentences are better, by kind, and what to write into copydesk.yaml.

use super::{MeasureRun, Planned, Sealed, kinds, planned, stopped, take};
use crate::cli::args::{Format, Measure};
use crate::cli::messages;
use crate::cli::seal::NewFiles;
use crate::measure::verdicts::{self, Example, KindLine, MIN_PLANTED, Rival};
use crate::measure::{Copy, Plant};
use crate::notes::compared::PairVerdicts;
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
    /// Copies that are not in it, as a model crashed over them.
    not_judged: usize,
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
    let planned = planned(arguments, &snapshot)?;
    let Judged { untouched, examples, not_judged } = judged(&snapshot, &planned, &mut |copy| bench.verdicts(copy));
    if bench.is_stopped() {
        return Err(stopped());
    }
    bench.not_checked.extend(not_judged.iter().cloned());
    let Some(untouched) = untouched else { return Ok(bench.end()) };
    let Planned { chapters, words, plants, .. } = planned;
    let prior = verdicts::prior(&untouched, words);
    let compared = Compared {
        model,
        reader,
        seed: arguments.seed,
        words,
        chapters,
        planted: plants.len(),
        lines: verdicts::compare(&examples, prior),
        unanswered: examples.iter().filter(|example| example.pair.larger_no.is_none()).count(),
        not_judged: not_judged.len(),
        has_lines,
        seconds: started.elapsed().as_secs_f64(),
    };
    messages::say(&match arguments.format {
        Format::Json => as_json(&compared),
        Format::Text => text(&compared),
    });
    Ok(bench.end())
}

/// What the judges say.
struct Judged {
    /// The pairs of the author's own text; nothing where a model crashed over them, and then nothing is known of the copies.
    untouched: Option<Vec<PairVerdicts>>,
    /// Those of the text and of all copies.
    examples: Vec<Example>,
    /// What could not be judged, and why, in plain words.
    not_judged: Vec<String>,
}

/// Has the text and its copies judged. A copy over which a model crashed is told, and not taken for one without pairs.
fn judged(snapshot: &Snapshot, planned: &Planned, verdicts_on: &mut dyn FnMut(&Snapshot) -> Option<Vec<PairVerdicts>>) -> Judged {
    const ENDED: &str = "the reading process ended before all its pairs were judged: a model crashed or was killed";
    let Some(untouched) = verdicts_on(snapshot) else {
        let reason = format!("the chapters as they are: {ENDED}, so that nothing could be compared");
        return Judged { untouched: None, examples: Vec::new(), not_judged: vec![reason] };
    };
    let mut examples = verdicts::examples(&[], false, untouched.clone());
    let mut not_judged = Vec::new();
    for (number, batch) in (1..).zip(&planned.batches) {
        let of_batch: Vec<(usize, &Plant)> = batch.iter().map(|index| (*index, &planned.plants[*index])).collect();
        for (with_error, what) in [(true, "errors"), (false, "harmless twins")] {
            let copy = Copy::new(of_batch.iter().flat_map(|(_, plant)| plant.insertions(with_error)).cloned());
            match verdicts_on(&Snapshot { chapters: copy.of(&snapshot.chapters), ..snapshot.clone() }) {
                Some(pairs) => examples.extend(verdicts::examples(&of_batch, with_error, pairs)),
                None => {
                    let of = planned.batches.len();
                    not_judged.push(format!("copy {number} of {of} with {what}: {ENDED}, so that it is not counted"));
                }
            }
        }
    }
    Judged { untouched: Some(untouched), examples: verdicts::once(examples), not_judged }
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
    if compared.not_judged > 0 {
        let told = counted(compared.not_judged as u64, "copy was", "copies were");
        let _ = writeln!(
            shown,
            "\n{told} not checked, as a model crashed or was killed there, and nothing of what was planted in them is counted."
        );
    }
    let _ = writeln!(
        shown,
        "\nErrors are those planted ones that were put to both; the others are sentences of your own text and harmless twins, taken to contradict\n\
         nothing, each counted once. The model is counted on pairs that its weights were not fitted to. It gets a kind with at least {MIN_PLANTED} errors and\n\
         as many others, when it finds more and four of five that it adds are right, or finds as many with fewer false ones; and when luck would\n\
         do as well in one kind of fifty at most. It must be so much better than the reader as it came, than the reader fitted to your chapters in\n\
         the same way, and than what is known of a pair without any model."
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
        false if line.unbeaten == Some(Rival::FittedReader) => "reader (as good when fitted)",
        false if line.unbeaten == Some(Rival::NoModel) => "reader (as good without any model)",
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
    let mut lines = format!("verdicts:\n  model: {}\n  reader: {}\n  kinds:\n", json!(compared.model), json!(compared.reader));
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
            "fitted_reader": counts(line.fitted_reader), "no_model": counts(line.no_model),
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
        "copies_not_checked": compared.not_judged,
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
        KindLine {
            kind: kind.to_string(),
            planted,
            others: 9,
            trained: counts(1),
            fitted_reader: counts(2),
            no_model: counts(0),
            larger: counts(8),
            weights: [-0.5, 1.25],
            unbeaten: (!is_won).then_some(Rival::FittedReader),
            is_won,
        }
    }

    fn compared(lines: Vec<KindLine>) -> Compared {
        let (model, reader) = ("8b: \u{1b}[2J".to_string(), "small: 0.5b".to_string());
        let (unanswered, not_judged, has_lines) = (0, 0, false);
        Compared { model, reader, seed: 1, words: 100, chapters: 2, planted: 9, lines, unanswered, not_judged, has_lines, seconds: 1.0 }
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
        assert_eq!((verdicts.model.as_str(), verdicts.reader.as_str()), ("8b: large", "small: 0.5b"));
        assert_eq!(verdicts.kinds, [("changed-appearance".to_string(), [-0.5, 1.25])].into());
        let json: Value = serde_json::from_str(&as_json(&compared)).unwrap();
        assert_eq!(json["settings"], format!("{settings}\n"));
    }

    #[test]
    fn where_nothing_is_won_nothing_is_to_be_written_and_names_cannot_rewrite_the_terminal() {
        let shown = text(&Compared { has_lines: true, ..compared(vec![line("changed-count", 9, false)]) });
        assert!(shown.contains("judges no kind so much better") && shown.contains("Take `verdicts` out") && !shown.contains("next run on"));
        assert!(!shown.contains('\u{1b}') && !text(&compared(vec![line("changed-count", 9, true)])).contains('\u{1b}'));
        assert!(text(&compared(Vec::new())).contains("Nothing was put to both"));
        assert!(shown.contains("reader (as good when fitted)"), "{shown}");
    }

    #[test]
    fn a_copy_over_which_a_model_crashed_is_told_and_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("01.md"), "Mara had grey eyes.\n").unwrap();
        let snapshot = Snapshot::take(folder.path(), crate::run::shipped::shipped()).unwrap();
        let planned = Planned { chapters: 1, words: 4, plants: Vec::new(), batches: vec![Vec::new(), Vec::new()] };
        let crashed_at = |which: usize| {
            let mut runs = 0;
            let judged = judged(&snapshot, &planned, &mut |_| {
                runs += 1;
                (runs != which).then(Vec::new)
            });
            (judged.untouched.is_some(), judged.not_judged.join("\n"))
        };
        assert_eq!(crashed_at(0), (true, String::new()));
        let (is_compared, told) = crashed_at(1);
        assert!(!is_compared && told.contains("the chapters as they are") && told.contains("nothing could be compared"), "{told}");
        let (is_compared, told) = crashed_at(5);
        assert!(is_compared && told.starts_with("copy 2 of 2 with harmless twins: ") && told.contains("crashed or was killed"), "{told}");
        let shown = text(&Compared { not_judged: 2, ..compared(vec![line("changed-count", 9, false)]) });
        assert!(shown.contains("2 copies were not checked"), "{shown}");
    }
}
