//! `copydesk report`: the morning report. Reads what the runs have kept, and the chapters only for the page, which quotes them; runs nothing.
//!
//! It looks back to the last report after which something has run: asked for twice in a row it says the same twice.

use super::args::{Report, ReportFormat};
use super::seal::NewFiles;
use super::{messages, seal, session};
use crate::finding::history::{Changes, History, State};
use crate::finding::{precision, stet};
use crate::manuscript::Series;
use crate::project::{Snapshot, SnapshotError, discover, stet_file, write};
use crate::report::StyleSheet;
use crate::report::morning::{self, Morning};
use crate::report::page::{self, Passages};
use crate::run::{self, shipped};
use crate::sandbox;
use crate::store::{PastRun, ReportPoint, Store};
use crate::text::{Problem, ProblemKind, SourcePath};
use jiff::{Timestamp, civil, tz::TimeZone};
use std::collections::BTreeSet;

/// Prints the report. Gives the exit status.
pub fn report(arguments: &Report) -> u8 {
    match attempt(arguments) {
        Ok(status) => status,
        Err(problem) => {
            messages::problems(&[&problem]);
            super::USAGE
        }
    }
}

fn attempt(arguments: &Report) -> Result<u8, Problem> {
    let wrong = |message: String| Problem::new(ProblemKind::Configuration, message);
    session::existing_folder(&arguments.folder)?;
    let sealed = seal::for_work(&arguments.folder, arguments.state.as_deref(), NewFiles::Nowhere, false)?;
    let opened = session::open_state(sealed.state);
    let _ = sandbox::close_existing_files();
    let (store, mut problems) = (opened.store, opened.problems);
    let runs = store.past_runs();
    let Some(last) = runs.first().map(|run| run.number) else {
        // Where the memory was lost, that is why.
        messages::problems(&problems.iter().collect::<Vec<_>>());
        return Err(
            wrong("nothing has run on this folder yet".to_string()).advice("copydesk run checks it; then there is something to report")
        );
    };
    let zone = TimeZone::system();
    let base = match &arguments.since {
        Some(date) => store.run_before(beginning_of(date, &zone)?),
        None => {
            let point = next_point(store.report_point(), last);
            problems.extend(store.keep_report_point(point).err());
            point.base
        }
    };
    let mut history = store.history();
    overlay(&mut history, &stet_file::load(&arguments.folder)?);
    let morning = morning_of(&store, &history, &runs, base, last, &zone);
    problems.extend(store.troubles());
    messages::problems(&problems.iter().collect::<Vec<_>>());
    messages::say(&match arguments.format {
        ReportFormat::Text => morning::text(&morning),
        // With our mark: redirected into the author's folder, it is never read as a chapter.
        ReportFormat::Markdown => write::sealed(&morning::markdown(&morning)),
        ReportFormat::Json => morning::json(&morning),
        ReportFormat::Html => html(arguments, &store, &history, &morning, runs.first().map(|run| time_of(run.started, &zone)))?,
    });
    Ok(morning.exit_status())
}

/// The page, with the words of the findings as the chapters have them now.
fn html(arguments: &Report, store: &Store, history: &History, morning: &Morning, last_run: Option<String>) -> Result<String, Problem> {
    let wrong = |error: SnapshotError| Problem::new(ProblemKind::Configuration, error.to_string());
    let snapshot = Snapshot::take(&arguments.folder, shipped::shipped()).map_err(wrong)?;
    let series = Series::assemble(&snapshot.chapters, &run::order_settings(&snapshot)).0;
    let sheet = store.style_sheet().and_then(|bytes| StyleSheet::of_bytes(&bytes));
    let passages = Passages::new(&series, &snapshot.bible);
    let last_run = last_run.unwrap_or_default();
    Ok(page::render(&page::Source { morning, history, series: &series, sheet: sheet.as_ref(), last_run, passages: &passages }))
}

/// Where this report looks back to, and the last run it knows.
fn next_point(before: Option<ReportPoint>, last: i64) -> ReportPoint {
    match before {
        None => ReportPoint { base: 0, last },
        // Nothing has run since: the same report again.
        Some(point) if point.last == last => point,
        Some(point) => ReportPoint { base: point.last, last },
    }
}

/// `2026-11-01`: the first second of that day, in seconds since 1970.
fn beginning_of(date: &str, zone: &TimeZone) -> Result<i64, Problem> {
    let day = date.parse::<civil::Date>().ok().and_then(|day| day.to_zoned(zone.clone()).ok());
    day.map(|day| day.timestamp().as_second()).ok_or_else(|| {
        Problem::new(ProblemKind::Configuration, format!("--since {} is no date", crate::text::escape::for_terminal(date)))
            .advice("write it like 2026-11-01")
    })
}

/// What the author dismissed by command since the last run counts already.
fn overlay(history: &mut History, dismissals: &str) {
    // What is wrong with the file, the next run tells.
    let (entries, _) = stet::entries(dismissals, &SourcePath::new(discover::STET_FILE));
    for entry in entries {
        if let Some(record) = history.get_mut(&entry.trace.id)
            && matches!(record.state, State::Open | State::LessCertain)
        {
            record.state = State::Dismissed;
            record.reason = entry.reason;
        }
    }
}

fn morning_of(store: &Store, history: &History, runs: &[PastRun], base: i64, last: i64, zone: &TimeZone) -> Morning {
    let states = store.states_after(base);
    let stored = store.history();
    let state_then = |id: &str| states.get(id).copied().unwrap_or_else(|| stored.get(id).map(|record| record.state));
    let since = match runs.iter().find(|run| run.number == base) {
        Some(run) => format!("run {base} of {}", time_of(run.started, zone)),
        None if base == 0 => "the first run".to_string(),
        None => format!("run {base}"),
    };
    Morning {
        since,
        runs: u64::try_from(last - base).unwrap_or(0),
        changes: Changes::since(history, &state_then),
        not_checked: not_checked(runs),
        rules: precision::of_rules(history),
    }
}

/// What the last run of each script could not check.
fn not_checked(runs: &[PastRun]) -> Vec<String> {
    let mut known: BTreeSet<&String> = BTreeSet::new();
    let mut told = Vec::new();
    for (script, reasons) in runs.iter().flat_map(|run| &run.not_checked) {
        if known.insert(script) {
            told.extend(reasons.iter().cloned());
        }
    }
    told
}

fn time_of(seconds: i64, zone: &TimeZone) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |time| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_report_looks_back_to_the_last_one_after_which_something_ran() {
        let first = next_point(None, 3);
        assert_eq!(first, ReportPoint { base: 0, last: 3 });
        assert_eq!(next_point(Some(first), 3), first, "asked again, the same");
        assert_eq!(next_point(Some(first), 5), ReportPoint { base: 3, last: 5 });
    }

    #[test]
    fn since_is_a_date() {
        assert_eq!(beginning_of("1970-01-02", &TimeZone::UTC), Ok(86_400));
        assert!(beginning_of("yesterday", &TimeZone::UTC).unwrap_err().advice.unwrap().contains("2026-11-01"));
    }

    #[test]
    fn only_the_last_run_of_a_script_tells_what_it_could_not_check() {
        let run = |number, scripts: &[(&str, &[&str])]| PastRun {
            number,
            started: 0,
            not_checked: scripts
                .iter()
                .map(|(script, reasons)| (script.to_string(), reasons.iter().map(ToString::to_string).collect()))
                .collect::<BTreeMap<_, _>>(),
        };
        let runs = [run(2, &[("continuity", &[])]), run(1, &[("continuity", &["old"]), ("summaries", &["no model"])])];
        assert_eq!(not_checked(&runs), ["no model"]);
    }
}
