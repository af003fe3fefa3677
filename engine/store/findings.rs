//! The history of findings: what is known of each, when its state changed, which runs there were, and when a report was last asked for.

use super::tables::{EVENTS, FINDINGS, PAST_RUNS, REPORT_POINT};
use super::{HISTORY, Store, copy};
use crate::finding::Severity;
use crate::finding::history::{Comparison, History, Record, State};
use crate::text::{Problem, ProblemKind};
use rusqlite::params;
use rusqlite::types::Value;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

/// Runs that are looked back at for what was not checked: enough that every script that still runs is among them.
const RUNS_LOOKED_AT: i64 = 200;

/// Runs that are kept, with the changes of findings in them: a day of writing makes some hundreds, and nobody looks back to the first.
const RUNS_KEPT: i64 = 5_000;

/// Runs that are kept where the last report looks back further than that.
const RUNS_KEPT_FOR_A_REPORT: i64 = 20_000;

/// One run of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRun {
    /// Counts from 1.
    pub number: i64,
    /// Seconds since 1970, by the clock of the program that ran.
    pub started: i64,
    /// Script → what of its work was not done, one sentence each; empty when all was.
    pub not_checked: BTreeMap<String, Vec<String>>,
}

/// What older records end before: the severity, which is a query's then; and before that the sources and the model's words, nothing both.
const ENDS: [&[u8]; 3] = [&[], &[Severity::Query as u8], &[0, 0, Severity::Query as u8]];

/// A record as it was kept, by this version or an older one.
fn read_record(kept: &[u8]) -> Option<Record> {
    ENDS.iter().find_map(|end| postcard::from_bytes(&[kept, end].concat()).ok())
}

/// Between which runs the last report compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportPoint {
    /// The run it looked back to; 0 for the time before the first.
    pub base: i64,
    /// The last run there was.
    pub last: i64,
}

impl Store {
    /// Everything known of findings. What could not be read is noted, and as good as never kept.
    pub fn history(&self) -> History {
        let mut history = History::new();
        let reading = FINDINGS.read(&self.connection(), "", [], |row| {
            let record = read_record(row.get_ref(1)?.as_blob().unwrap_or_default());
            let id = row.get(0)?;
            Ok(record.map(|record| history.insert(id, record)).is_some())
        });
        self.note_reading(HISTORY, &reading);
        history
    }

    /// Everything known of findings; nothing when no run was kept yet.
    pub fn earlier(&self) -> Option<History> {
        let has_run = self.connection().query_row("SELECT EXISTS (SELECT 1 FROM past_runs)", [], |row| row.get(0));
        self.noted(HISTORY, has_run).unwrap_or(false).then(|| self.history())
    }

    /// Keeps what a run found out about findings, all or nothing. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// A full disk and the like; then the next run compares with the run before. Also when the history could not be read in full: what was
    /// compared with a part of it must not take the place of the rest.
    pub fn keep_comparison(
        &self,
        before: &History,
        comparison: &Comparison,
        not_checked: &BTreeMap<String, Vec<String>>,
        now: i64,
    ) -> Result<(), Problem> {
        if !self.is_history_whole.load(Ordering::Relaxed) {
            let message = format!("the {HISTORY} was not brought up to date, because it could not be read in full");
            return Err(Problem::new(ProblemKind::Note, message).advice("run again"));
        }
        let bytes = |value: Vec<u8>| Value::Blob(value);
        self.write(HISTORY, |transaction| {
            let run = copy::last_run(transaction)? + 1;
            let coverage = bytes(postcard::to_stdvec(not_checked).unwrap_or_default());
            PAST_RUNS.keep(transaction, &[Value::Integer(run), Value::Integer(now), coverage])?;
            for (id, record) in comparison.history.iter().filter(|(id, record)| before.get(*id) != Some(*record)) {
                FINDINGS.keep(transaction, &[Value::Text(id.clone()), bytes(postcard::to_stdvec(record).unwrap_or_default())])?;
            }
            comparison.events.iter().try_for_each(|event| {
                let was = bytes(postcard::to_stdvec(&event.was).unwrap_or_default());
                EVENTS.keep(transaction, &[Value::Integer(run), Value::Text(event.id.clone()), was])
            })?;
            forget_runs_before(transaction, run)
        })
    }

    /// The latest runs, the last first.
    pub fn past_runs(&self) -> Vec<PastRun> {
        let mut runs = Vec::new();
        let reading = PAST_RUNS.read(&self.connection(), "ORDER BY number DESC LIMIT ?1", params![RUNS_LOOKED_AT], |row| {
            let not_checked = postcard::from_bytes(row.get_ref(2)?.as_blob().unwrap_or_default());
            let is_understood = not_checked.is_ok();
            runs.push(PastRun { number: row.get(0)?, started: row.get(1)?, not_checked: not_checked.unwrap_or_default() });
            Ok(is_understood)
        });
        self.note_reading(HISTORY, &reading);
        runs
    }

    /// The number of the last run that began before a time, in seconds since 1970; 0 when there is none.
    pub fn run_before(&self, time: i64) -> i64 {
        let mut number = 0;
        let reading = PAST_RUNS.read(&self.connection(), "WHERE started < ?1 ORDER BY number DESC LIMIT 1", params![time], |row| {
            number = row.get(0)?;
            Ok(true)
        });
        self.note_reading(HISTORY, &reading);
        number
    }

    /// The states, just after a run, of those findings whose state has changed since; of all others it is as now. `None` is one that was
    /// not known then.
    pub fn states_after(&self, run: i64) -> BTreeMap<String, Option<State>> {
        let mut states = BTreeMap::new();
        let reading = EVENTS.read(&self.connection(), "WHERE run > ?1 ORDER BY run", params![run], |row| {
            let was = postcard::from_bytes::<Option<State>>(row.get_ref(2)?.as_blob().unwrap_or_default()).ok();
            let id = row.get::<_, String>(1)?;
            // The first change tells what was before it.
            Ok(was.map(|was| states.entry(id).or_insert(was)).is_some())
        });
        self.note_reading(HISTORY, &reading);
        states
    }

    /// Between which runs the last report compared; nothing when none was asked for yet.
    pub fn report_point(&self) -> Option<ReportPoint> {
        let mut point = None;
        let reading = REPORT_POINT.read(&self.connection(), "", [], |row| {
            point = Some(ReportPoint { base: row.get(1)?, last: row.get(2)? });
            Ok(true)
        });
        self.note_reading(HISTORY, &reading);
        point
    }

    /// Keeps between which runs a report compared.
    ///
    /// # Errors
    /// As [`Store::keep_comparison`].
    pub fn keep_report_point(&self, point: ReportPoint) -> Result<(), Problem> {
        let values = [0, point.base, point.last].map(Value::Integer);
        self.write("time of this report", |transaction| REPORT_POINT.keep(transaction, &values))
    }
}

/// Forgets the runs that are too many, and what changed in them. What findings are now stays.
fn forget_runs_before(transaction: &rusqlite::Transaction, run: i64) -> rusqlite::Result<()> {
    for (table, column) in [("past_runs", "number"), ("events", "run")] {
        let sql = format!(
            "DELETE FROM {table} WHERE {column} <= ?1 AND ({column} <= ?2 OR {column} < (SELECT coalesce(min(base), ?1 + 1) FROM report_point))"
        );
        transaction.prepare_cached(&sql)?.execute(params![run - RUNS_KEPT, run - RUNS_KEPT_FOR_A_REPORT])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::history::{Event, RecordedQuote, Trace};
    use crate::text::SourcePath;

    fn record(id: &str, state: State) -> Record {
        let quote = RecordedQuote { file: SourcePath::new("01.md"), line: 1, column: 2, words: "forty".to_string() };
        Record::example(Trace { id: id.to_string(), ..Trace::default() }, "Forty here.", vec![quote], state)
    }

    #[test]
    fn a_record_without_sources_or_severity_is_read_too() {
        let record = record("a", State::Open);
        let kept = postcard::to_stdvec(&record).unwrap();
        assert_eq!(read_record(&kept[..kept.len() - 1]), Some(record.clone()));
        assert_eq!(read_record(&kept[..kept.len() - 3]), Some(record.clone()));
        assert_eq!(read_record(&kept), Some(record));
        assert_eq!(read_record(&kept[..9]), None);
    }

    fn keep(store: &Store, state: State, was: Option<State>, now: i64) -> History {
        let history = History::from([("a".to_string(), record("a", state))]);
        let events = if was == Some(state) { Vec::new() } else { vec![Event { id: "a".to_string(), was, is: state }] };
        let comparison = Comparison { history: history.clone(), events };
        store.keep_comparison(&store.history(), &comparison, &BTreeMap::from([("continuity".to_string(), Vec::new())]), now).unwrap();
        history
    }

    #[test]
    fn the_history_tells_how_findings_stood_after_each_run() {
        let store = Store::in_memory();
        keep(&store, State::Open, None, 100);
        keep(&store, State::Open, Some(State::Open), 200);
        let history = keep(&store, State::Fixed, Some(State::Open), 300);
        assert_eq!(store.history(), history);
        let states = |run| store.states_after(run).get("a").copied();
        assert_eq!((states(0), states(1), states(2), states(3)), (Some(None), Some(Some(State::Open)), Some(Some(State::Open)), None));
        assert_eq!((store.run_before(100), store.run_before(101), store.run_before(999)), (0, 1, 3));
        let runs: Vec<(i64, i64)> = store.past_runs().into_iter().map(|run| (run.number, run.started)).collect();
        assert_eq!(runs, [(3, 300), (2, 200), (1, 100)]);
    }

    #[test]
    fn runs_are_forgotten_when_they_are_many_but_not_those_that_a_report_looks_back_to() {
        let store = Store::in_memory();
        let numbers = |store: &Store| {
            let sql = "SELECT min(number), count(*), (SELECT count(*) FROM events) FROM past_runs";
            store.connection().query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))).unwrap()
        };
        let run_often = |times: i64| {
            for _ in 0..times {
                keep(&store, State::Open, Some(State::Open), 100);
            }
        };
        keep(&store, State::Open, None, 50);
        run_often(RUNS_KEPT - 1);
        assert_eq!(numbers(&store), (1, RUNS_KEPT, 1));
        store.keep_report_point(ReportPoint { base: 3, last: 4 }).unwrap();
        run_often(10);
        assert_eq!(numbers(&store), (3, RUNS_KEPT + 8, 0));
        store.keep_report_point(ReportPoint { base: RUNS_KEPT, last: RUNS_KEPT }).unwrap();
        run_often(1);
        assert_eq!(numbers(&store), (12, RUNS_KEPT, 0));
        assert_eq!(store.history().len(), 1);
    }

    #[test]
    fn the_point_of_the_last_report_is_kept() {
        let store = Store::in_memory();
        assert_eq!(store.report_point(), None);
        for last in [3, 4] {
            store.keep_report_point(ReportPoint { base: 2, last }).unwrap();
            assert_eq!(store.report_point(), Some(ReportPoint { base: 2, last }));
        }
    }
}
