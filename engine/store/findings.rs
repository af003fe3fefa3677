//! The history of findings: what is known of each, when its state changed, which runs there were, and when a report was last asked for.

use super::Store;
use crate::finding::history::{Comparison, History, Record, State};
use crate::text::Problem;
use rusqlite::params;
use std::collections::BTreeMap;

/// Runs that are looked back at for what was not checked: enough that every script that still runs is among them.
const RUNS_LOOKED_AT: i64 = 200;

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

/// Between which runs the last report compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportPoint {
    /// The run it looked back to; 0 for the time before the first.
    pub base: i64,
    /// The last run there was.
    pub last: i64,
}

impl Store {
    /// Everything known of findings. Records that cannot be read, as those of another version, are as good as never kept.
    pub fn history(&self) -> History {
        let connection = self.connection();
        let mut history = History::new();
        let result = connection.prepare_cached("SELECT id, record FROM findings").and_then(|mut statement| {
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Ok(record) = postcard::from_bytes::<Record>(row.get_ref(1)?.as_blob().unwrap_or_default()) {
                    history.insert(row.get(0)?, record);
                }
            }
            Ok(())
        });
        // What was read until an error is still true.
        result.ok();
        history
    }

    /// Everything known of findings; nothing when no run was kept yet.
    pub fn earlier(&self) -> Option<History> {
        let has_run = self.connection().query_row("SELECT EXISTS (SELECT 1 FROM past_runs)", [], |row| row.get(0));
        has_run.unwrap_or(false).then(|| self.history())
    }

    /// Keeps what a run found out about findings, all or nothing. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// A full disk and the like; then the next run compares with the run before.
    pub fn keep_comparison(
        &self,
        before: &History,
        comparison: &Comparison,
        not_checked: &BTreeMap<String, Vec<String>>,
        now: i64,
    ) -> Result<(), Problem> {
        let bytes = |value: &BTreeMap<String, Vec<String>>| postcard::to_stdvec(value).unwrap_or_default();
        self.write("history of findings", |transaction| {
            transaction.execute("INSERT INTO past_runs (started, coverage) VALUES (?1, ?2)", params![now, bytes(not_checked)])?;
            let run = transaction.last_insert_rowid();
            let mut keep = transaction.prepare_cached("INSERT OR REPLACE INTO findings (id, record) VALUES (?1, ?2)")?;
            for (id, record) in comparison.history.iter().filter(|(id, record)| before.get(*id) != Some(*record)) {
                keep.execute(params![id, postcard::to_stdvec(record).unwrap_or_default()])?;
            }
            let mut tell = transaction.prepare_cached("INSERT INTO events (run, id, was) VALUES (?1, ?2, ?3)")?;
            comparison.events.iter().try_for_each(|event| {
                let was = postcard::to_stdvec(&event.was).unwrap_or_default();
                tell.execute(params![run, event.id, was]).map(|_| ())
            })
        })
    }

    /// The latest runs, the last first.
    pub fn past_runs(&self) -> Vec<PastRun> {
        let connection = self.connection();
        let sql = "SELECT number, started, coverage FROM past_runs ORDER BY number DESC LIMIT ?1";
        let runs = connection.prepare_cached(sql).and_then(|mut statement| {
            let row = |row: &rusqlite::Row| {
                let not_checked = postcard::from_bytes(row.get_ref(2)?.as_blob().unwrap_or_default()).unwrap_or_default();
                Ok(PastRun { number: row.get(0)?, started: row.get(1)?, not_checked })
            };
            statement.query_map(params![RUNS_LOOKED_AT], row)?.collect()
        });
        runs.unwrap_or_default()
    }

    /// The number of the last run that began before a time, in seconds since 1970; 0 when there is none.
    pub fn run_before(&self, time: i64) -> i64 {
        let connection = self.connection();
        let sql = "SELECT coalesce(max(number), 0) FROM past_runs WHERE started < ?1";
        connection.query_row(sql, params![time], |row| row.get(0)).unwrap_or(0)
    }

    /// The states, just after a run, of those findings whose state has changed since; of all others it is as now. `None` is one that was
    /// not known then.
    pub fn states_after(&self, run: i64) -> BTreeMap<String, Option<State>> {
        let connection = self.connection();
        let mut states = BTreeMap::new();
        let result = connection.prepare_cached("SELECT id, was FROM events WHERE run > ?1 ORDER BY run").and_then(|mut statement| {
            let mut rows = statement.query(params![run])?;
            while let Some(row) = rows.next()? {
                if let Ok(was) = postcard::from_bytes::<Option<State>>(row.get_ref(1)?.as_blob().unwrap_or_default()) {
                    // The first change tells what was before it.
                    states.entry(row.get::<_, String>(0)?).or_insert(was);
                }
            }
            Ok(())
        });
        result.ok();
        states
    }

    /// Between which runs the last report compared; nothing when none was asked for yet.
    pub fn report_point(&self) -> Option<ReportPoint> {
        let row = |row: &rusqlite::Row| Ok(ReportPoint { base: row.get(0)?, last: row.get(1)? });
        self.connection().query_row("SELECT base, last FROM report_point", [], row).ok()
    }

    /// Keeps between which runs a report compared.
    ///
    /// # Errors
    /// As [`Store::keep_comparison`].
    pub fn keep_report_point(&self, point: ReportPoint) -> Result<(), Problem> {
        self.write("time of this report", |transaction| {
            let sql = "INSERT OR REPLACE INTO report_point (only, base, last) VALUES (0, ?1, ?2)";
            transaction.execute(sql, params![point.base, point.last]).map(|_| ())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::history::{Event, RecordedQuote, Trace};
    use crate::text::SourcePath;

    fn record(id: &str, state: State) -> Record {
        let quote = RecordedQuote { file: SourcePath::new("01.md"), line: 1, column: 2, words: "forty".to_string() };
        Record {
            trace: Trace { id: id.to_string(), ..Trace::default() },
            scripts: vec!["continuity".to_string()],
            message: "Forty here.".to_string(),
            subjects: vec!["Mara".to_string()],
            quotes: vec![quote],
            around: String::new(),
            confidence: Some(0.5),
            state,
            reason: None,
            mark: None,
            reopened_from: None,
            continues: None,
            is_unchecked: false,
        }
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
    fn the_point_of_the_last_report_is_kept() {
        let store = Store::in_memory();
        assert_eq!(store.report_point(), None);
        for last in [3, 4] {
            store.keep_report_point(ReportPoint { base: 2, last }).unwrap();
            assert_eq!(store.report_point(), Some(ReportPoint { base: 2, last }));
        }
    }
}
