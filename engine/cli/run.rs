//! `copydesk run`: one run over a folder.

use super::args::{Run, RunFormat, scripts_and_folder};
use super::progress::ProgressLine;
use super::seal::NewFiles;
use super::session::Models;
use super::{allow, messages, plain_way, seal, session};
use crate::model::NoMemory;
use crate::project::state::NotTaken;
use crate::project::write::DRAFTS_FOLDER;
use crate::project::{Lock, Snapshot};
use crate::report::sarif::RuleText;
use crate::report::{self, RunSummary, json, junit, lines, sarif, terminal};
use crate::run::{self, Environment, Outlet, StoreMemory};
use crate::sandbox::{self, Seal};
use crate::script::manual::RuleManual;
use crate::text::escape::for_terminal;
use crate::text::{Problem, ProblemKind, SourcePath};
use crate::worker::ModelToOpen;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The part of a run with a deadline that the reader may read passages in, in hundredths: the rest is for what its notes are good for.
const READING_PERCENT: u64 = 55;

/// Runs the scripts over the folder. Gives the exit status.
pub fn run(arguments: &Run) -> u8 {
    let started = Instant::now();
    let (wanted, folder) = scripts_and_folder(&arguments.scripts_and_folder);
    match attempt(arguments, &wanted, &folder, started) {
        Ok(status) => status,
        Err(problem) => {
            messages::problems(&[&problem]);
            super::USAGE
        }
    }
}

/// The lock of the only run of a folder; nothing when another run has it, which is reported.
fn only_run(state: &Path, is_quiet: bool) -> Result<Option<Lock>, Problem> {
    match session::lock(state, "run") {
        Ok(lock) => Ok(Some(lock)),
        Err(NotTaken::Held(held)) => {
            if !is_quiet {
                messages::tell(&busy(&held.purpose, held.pid));
            }
            Ok(None)
        }
        Err(NotTaken::Failed(message)) => Err(Problem::new(ProblemKind::Configuration, message)),
    }
}

fn attempt(arguments: &Run, wanted: &[String], folder: &Path, started: Instant) -> Result<u8, Problem> {
    let deadline = arguments.deadline.as_deref().map(deadline::parse).transpose()?;
    let supervisor = session::supervisor(arguments.quiet, arguments.require_sandbox)?;
    let new_files = if arguments.no_reports { NewFiles::Nowhere } else { NewFiles::Reports };
    let sealed = seal::for_work(folder, arguments.setting.state.as_deref(), new_files, arguments.require_sandbox)?;
    let state = session::open_state(sealed.state);
    let Some(_lock) = only_run(&state.folder, arguments.quiet)? else { return Ok(0) };
    let mut snapshot = allow::snapshot(folder).map_err(|error| Problem::new(ProblemKind::Configuration, error.to_string()))?;
    arguments.set.iter().try_for_each(|assignment| snapshot.config.set(assignment))?;
    let models = session::model(&arguments.setting, &snapshot.config, &state, &supervisor)?;
    let is_chatty = !arguments.quiet && arguments.format == RunFormat::Text;
    if is_chatty {
        messages::tell(&choice_line(models.as_ref(), arguments.setting.no_model));
    }
    let seal = sealed.seal.and(sandbox::close_existing_files());
    let stop = stop_on_signal(deadline);
    let (history, note_histories, chapter_words) = (state.store.earlier(), state.store.note_histories(), state.store.chapter_words());
    let (model, reader) = Models::split(models);
    let is_plain = model.iter().chain(&reader).any(|model| model.is_plain);
    let reading_seconds = deadline.map(|deadline| deadline.as_secs() * READING_PERCENT / 100);
    let environment = Environment {
        workbench: &supervisor,
        memory: Arc::new(StoreMemory::new(&state.folder, state.store.clone(), snapshot.config.prefix_bytes(), session::now())),
        model: model.map(|model| ModelToOpen { reading_seconds, ..model }),
        reader: reader.map(|reader| ModelToOpen { reading_seconds, ..reader }),
        stop,
        wanted,
        urgent: &BTreeSet::new(),
        history: history.as_ref(),
        note_histories: &note_histories,
        earlier: &|| run::previous_texts::texts(&snapshot, &state.store),
        chapter_words: &chapter_words,
        wants_style_sheet: true,
        wants_verdicts: false,
    };
    if is_chatty && history.is_none() && environment.model.is_some() {
        show_by_code(&snapshot, &environment);
    }
    let mut progress = ProgressLine::new(!is_chatty);
    let mut made = run::run(&snapshot, &environment, &mut |state| progress.show(state));
    progress.end();
    made.summary.problems.extend(state.problems.iter().cloned());
    let meanwhile = run::changed_during_run::leave_out_gone(&mut made, &snapshot, folder);
    made.summary.problems.extend(meanwhile);
    let reports = (!arguments.no_reports).then_some(folder);
    let outlet = Outlet { store: &state.store, reports, state: &state.folder, now: session::now() };
    let (written, problems) = run::conclude(&made, &snapshot, history.as_ref(), &outlet);
    made.summary.problems.extend(problems);
    made.summary.problems.extend(plain_way::told(&state.folder, supervisor.plain_because(), is_plain));
    let seal = supervisor.seal().into_iter().fold(seal, Seal::and);
    if is_chatty {
        messages::tell(&seal_line(&seal));
    }
    made.summary.seal_gaps = Some(seal.missing);
    made.summary.seconds = started.elapsed().as_secs_f64();
    let status = report::exit_status(&made.summary);
    show(arguments, &snapshot, &made.summary, &written);
    Ok(status)
}

fn busy(purpose: &str, pid: u32) -> String {
    format!("copydesk {purpose} is already at work on this folder (process {pid}); nothing was done. Stop it first, or let it finish.")
}

/// Which model is used and why, always said; and with which one the trained reader reads, where that is another.
pub(super) fn choice_line(models: Option<&Models>, is_unwanted: bool) -> String {
    let line =
        |what: &str, model: &ModelToOpen, why: &str| format!("{what}: {} ({})", for_terminal(&model.fingerprint.name), for_terminal(why));
    match models {
        Some(Models { model, reader, why, why_reader }) => {
            let reader = reader.as_ref().map(|reader| line("\nreader", reader, why_reader)).unwrap_or_default();
            format!("{}{reader}", line("model", model, why))
        }
        None if is_unwanted => "model: none, as asked; what a model must read is reported as not checked".to_string(),
        None => {
            "model: none found on this computer; what a model must read is reported as not checked. `copydesk models` shows where it looks"
                .to_string()
        }
    }
}

/// Shows what code alone sees: in the first run of a folder the model reads all of it, which takes minutes or hours.
fn show_by_code(snapshot: &Snapshot, environment: &Environment<'_>) {
    const SHOWN: usize = 10;
    let by_code = Environment {
        memory: Arc::new(NoMemory),
        model: None,
        reader: None,
        wants_style_sheet: false,
        wants_verdicts: false,
        stop: environment.stop.clone(),
        ..*environment
    };
    let summary = run::run(snapshot, &by_code, &mut |_| {}).summary;
    let found = summary.findings();
    let lines = lines::render(&summary);
    let first: Vec<&str> = lines.lines().take(SHOWN).collect();
    let more = if found.len() > SHOWN { format!("\n… and {} more", found.len() - SHOWN) } else { String::new() };
    let told = if found.is_empty() {
        "by code alone: nothing so far; the model reads now".to_string()
    } else {
        let count = report::counted(found.len() as u64, "finding", "findings");
        format!("by code alone, while the model reads: {count}\n{}{more}", first.join("\n"))
    };
    messages::tell(&told);
}

/// What the kernel enforces, always said.
pub(super) fn seal_line(seal: &Seal) -> String {
    format!("sandbox: {}{}", seal.words(), if seal.is_full() { "" } else { ". `copydesk doctor` shows more" })
}

/// Turns true at Ctrl-C, at a request to end, or at the deadline.
pub(super) fn stop_on_signal(deadline: Option<Duration>) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let on_signal = stop.clone();
    // A second handler cannot be set; then the usual end by signal is what happens.
    let _ = ctrlc::set_handler(move || on_signal.store(true, Ordering::Relaxed));
    if let Some(deadline) = deadline {
        let at_deadline = stop.clone();
        std::thread::spawn(move || {
            std::thread::sleep(deadline);
            at_deadline.store(true, Ordering::Relaxed);
        });
    }
    stop
}

fn show(arguments: &Run, snapshot: &Snapshot, summary: &RunSummary, written: &[SourcePath]) {
    let problems: Vec<&Problem> = summary.all_problems();
    match arguments.format {
        RunFormat::Text => {}
        RunFormat::Json => return messages::say(&json::render(summary)),
        RunFormat::Sarif => return messages::say(&sarif::render(summary, &rule_texts(snapshot))),
        RunFormat::Junit => return messages::say(&junit::render(summary)),
        RunFormat::Github => return messages::say(&lines::github(summary)),
        RunFormat::Lines => {
            messages::say(&lines::render(summary));
            return messages::problems(&problems);
        }
    }
    if arguments.quiet {
        let serious: Vec<&Problem> = problems.into_iter().filter(|problem| problem.kind != ProblemKind::Note).collect();
        return messages::problems(&serious);
    }
    let texts = texts(snapshot);
    messages::say(&terminal::findings(&summary.findings(), &|path| texts.get(path).cloned(), messages::is_coloured()));
    messages::problems(&problems);
    messages::say(&terminal::summary_lines(summary));
    messages::say(&written_line(written, arguments.no_reports));
}

fn rule_texts(snapshot: &Snapshot) -> Vec<RuleText> {
    let text = |rule: RuleManual| RuleText { name: rule.name, line: rule.line, manual: rule.text };
    RuleManual::all(&snapshot.scripts).into_iter().map(text).collect()
}

/// The texts findings quote from.
pub(super) fn texts(snapshot: &Snapshot) -> BTreeMap<SourcePath, Arc<str>> {
    snapshot.chapters.iter().chain(&snapshot.bible).map(|file| (file.path.clone(), file.text.clone())).collect()
}

/// Where the reports are.
pub(super) fn written_line(written: &[SourcePath], no_reports: bool) -> String {
    let is_draft = |path: &&SourcePath| path.as_str().split('/').any(|part| part == DRAFTS_FOLDER);
    let (drafts, reports): (Vec<&SourcePath>, Vec<&SourcePath>) = written.iter().partition(is_draft);
    let line = match (no_reports, reports.as_slice()) {
        (true, _) => "no reports were written, as asked".to_string(),
        (false, []) => "reports: none changed".to_string(),
        (false, [first, ..]) => {
            format!("reports: {} written beside the chapters, for example {}", reports.len(), for_terminal(first.as_str()))
        }
    };
    let Some(first) = drafts.first() else { return line };
    let told = "they count once you have moved them into the bible’s folder";
    format!("{line}\ndrafted entries: {} written, for example {}; {told}", drafts.len(), for_terminal(first.as_str()))
}

/// `--deadline`: a time of day, or a length of time.
pub(super) mod deadline {
    use crate::text::{Problem, ProblemKind};
    use jiff::Zoned;
    use std::time::Duration;

    /// How long it is until then.
    pub fn parse(text: &str) -> Result<Duration, Problem> {
        until(text, &Zoned::now()).ok_or_else(|| {
            Problem::new(ProblemKind::Configuration, format!("--deadline {text} is neither a time of day nor a length of time"))
                .advice("write 06:00, 90m or 7h")
        })
    }

    fn until(text: &str, now: &Zoned) -> Option<Duration> {
        if let Some((hours, minutes)) = text.split_once(':') {
            let then = now.with().hour(hours.parse().ok()?).minute(minutes.parse().ok()?).second(0).subsec_nanosecond(0).build().ok()?;
            // A time that has passed today is meant tomorrow.
            let then = if then <= *now { then.tomorrow().ok()? } else { then };
            return then.duration_since(now).try_into().ok();
        }
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let number: u64 = number.parse().ok()?;
        match unit {
            "s" => Some(Duration::from_secs(number)),
            "m" | "min" => number.checked_mul(60).map(Duration::from_secs),
            "h" => number.checked_mul(3600).map(Duration::from_secs),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_deadline_is_the_next_such_time_or_so_long_from_now() {
            let now = jiff::civil::date(2026, 3, 1).at(22, 30, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
            assert_eq!(until("06:00", &now), Some(Duration::from_secs(7 * 3600 + 1800)));
            assert_eq!(until("23:00", &now), Some(Duration::from_secs(1800)));
            assert_eq!(until("90m", &now), Some(Duration::from_secs(5400)));
            assert_eq!(until("soon", &now), None);
            assert_eq!(until("25:00", &now), None);
        }
    }
}
