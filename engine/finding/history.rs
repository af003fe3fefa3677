//! The life of findings from run to run: which are new, still open, fixed, reopened or dismissed. Pure; the store keeps the records.
//!
//! Invariant: a finding is only called fixed when the checks that had found it have looked again, everywhere, and did not find it.

use super::{Finding, Severity, Source, Standing, identity};
use crate::text::{SourcePath, words};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a finding stands between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    Open,
    LessCertain,
    Dismissed,
    /// Its rule is switched off, or its script is gone.
    Off,
    /// Looked for and no longer found.
    Fixed,
    /// One of its quotes changed, and another finding goes on from it.
    Replaced,
}

impl State {
    /// Whether the finding was there when it was last looked for.
    pub fn is_live(self) -> bool {
        !matches!(self, State::Fixed | State::Replaced)
    }
}

/// By what a finding is known again when one of its quotes has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    pub id: String,
    pub rule: String,
    /// Folded and sorted.
    pub subjects: Vec<String>,
    /// Hashes of the folded quotes, sorted.
    pub quotes: Vec<String>,
}

impl Trace {
    /// The trace of a finding.
    pub fn of(finding: &Finding) -> Trace {
        let (subjects, quotes) = (identity::folded_subjects(&finding.subjects), identity::quote_hashes(&finding.evidence));
        Trace { id: finding.id.clone(), rule: finding.rule.clone(), subjects, quotes }
    }

    /// Whether the two say the same of the same and share a quote: how many quotes, 0 when they do not.
    fn shared_quotes(&self, other: &Trace) -> usize {
        let is_alike = self.rule == other.rule && self.subjects == other.subjects && !self.rule.is_empty();
        if is_alike { self.quotes.iter().filter(|quote| other.quotes.contains(quote)).count() } else { 0 }
    }
}

/// Of findings that are gone, the one that this finding goes on from: the one that shares most quotes, of several the first.
pub fn predecessor<'t>(finding: &Trace, gone: impl Iterator<Item = &'t Trace>) -> Option<&'t Trace> {
    let shared = gone.map(|trace| (finding.shared_quotes(trace), trace)).filter(|(count, _)| *count > 0);
    shared.min_by_key(|(count, trace)| (std::cmp::Reverse(*count), trace.id.clone())).map(|(_, trace)| trace)
}

/// One quote of a finding of the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedQuote {
    pub file: SourcePath,
    pub line: usize,
    pub column: usize,
    /// Folded.
    pub words: String,
}

/// What is remembered of a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub trace: Trace,
    /// The scripts that found it, sorted.
    pub scripts: Vec<String>,
    pub message: String,
    /// As the script gave them.
    pub subjects: Vec<String>,
    pub quotes: Vec<RecordedQuote>,
    /// As [`identity::around`] gives it.
    pub around: String,
    pub confidence: Option<f64>,
    pub state: State,
    /// Why it was dismissed, in the author's words.
    pub reason: Option<String>,
    /// The text of the mark that dismissed it, or in spite of which it is open because a quote has changed since.
    pub mark: Option<String>,
    /// The dismissed finding it goes on from.
    pub reopened_from: Option<String>,
    /// The open finding it goes on from.
    pub continues: Option<String>,
    /// Whether the last run that should have looked for it could not.
    pub is_unchecked: bool,
    /// What saw the facts it compares.
    pub sources: BTreeSet<Source>,
    /// A model's words on it.
    pub model_note: Option<String>,
    pub severity: Severity,
}

impl Record {
    /// The record of a finding of this run. `scripts` are those that found it.
    pub fn of(finding: &Finding, scripts: BTreeSet<String>, around: String) -> Record {
        let quote = |evidence: &super::Evidence| RecordedQuote {
            file: evidence.file.clone(),
            line: evidence.place.line,
            column: evidence.place.column,
            words: words::fold(&evidence.quote),
        };
        let state = match finding.standing {
            Standing::Open => State::Open,
            Standing::LessCertain => State::LessCertain,
            Standing::Dismissed(_) => State::Dismissed,
            Standing::Off => State::Off,
        };
        Record {
            trace: Trace::of(finding),
            scripts: scripts.into_iter().collect(),
            message: finding.message.clone(),
            subjects: finding.subjects.clone(),
            quotes: finding.evidence.iter().map(quote).collect(),
            around,
            confidence: finding.confidence,
            state,
            reason: finding.dismissal().and_then(|dismissal| dismissal.reason.clone()),
            mark: None,
            reopened_from: finding.reopened_from.clone(),
            continues: None,
            is_unchecked: false,
            sources: finding.sources.clone(),
            model_note: finding.model_note.clone(),
            severity: finding.severity,
        }
    }

    /// A record for tests: of one finding of `continuity` about Mara, with nothing else known of it.
    #[cfg(test)]
    pub fn example(trace: Trace, message: &str, quotes: Vec<RecordedQuote>, state: State) -> Record {
        Record {
            trace,
            scripts: vec!["continuity".to_string()],
            message: message.to_string(),
            subjects: vec!["Mara".to_string()],
            quotes,
            around: String::new(),
            confidence: Some(0.5),
            state,
            reason: None,
            mark: None,
            reopened_from: None,
            continues: None,
            is_unchecked: false,
            sources: BTreeSet::new(),
            model_note: None,
            severity: Severity::Query,
        }
    }

    /// Its identity.
    pub fn id(&self) -> &str {
        &self.trace.id
    }
}

/// All records, by identity.
pub type History = BTreeMap<String, Record>;

/// How a run has looked for a finding of an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Every script that had found it has read all there is to read.
    Wholly,
    /// They ran, but left something unread.
    Partly,
    /// One of them could not do its work there.
    Failed,
    /// One of them is no part of this run.
    NotAsked,
    /// None of them is there any more.
    Nobody,
}

/// One finding's change of state in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    /// Nothing for one that was not known.
    pub was: Option<State>,
    pub is: State,
}

/// The records as they are after a run, and what changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    pub history: History,
    pub events: Vec<Event>,
}

/// Compares what a run found with what was known. `stands` tells whether all quotes of a record still stand in their files.
pub fn compare(before: &History, found: Vec<Record>, looked: &dyn Fn(&Record) -> Looked, stands: &dyn Fn(&Record) -> bool) -> Comparison {
    let found: History = found.into_iter().map(|record| (record.id().to_string(), record)).collect();
    let is_gone = |(id, record): &(&String, &Record)| record.state.is_live() && !found.contains_key(*id);
    let mut gone: BTreeMap<&str, Looked> = before.iter().filter(is_gone).map(|(id, record)| (id.as_str(), looked(record))).collect();
    let mut after = before.clone();
    for (id, mut record) in found.clone() {
        match before.get(&id) {
            Some(known) => keep_known(&mut record, known, looked(known)),
            None => record.continues = continued(&record, before, &gone),
        }
        for from in record.reopened_from.iter().chain(&record.continues) {
            if gone.remove(from.as_str()).is_some()
                && let Some(old) = after.get_mut(from)
            {
                old.state = State::Replaced;
                old.is_unchecked = false;
            }
        }
        after.insert(id, record);
    }
    for (id, looked) in gone {
        if let Some(record) = after.get_mut(id) {
            let is_gone = looked == Looked::Partly && !stands(record);
            leave(record, if is_gone { Looked::Wholly } else { looked });
        }
    }
    let change = |(id, record): (&String, &Record)| {
        let was = before.get(id).map(|record| record.state);
        (was != Some(record.state)).then(|| Event { id: id.clone(), was, is: record.state })
    };
    let events = after.iter().filter_map(change).collect();
    Comparison { history: after, events }
}

/// What stays known of a finding that was found again.
fn keep_known(record: &mut Record, known: &Record, looked: Looked) {
    record.reopened_from = record.reopened_from.take().or_else(|| known.reopened_from.clone());
    record.continues.clone_from(&known.continues);
    if looked == Looked::NotAsked {
        // A script that did not run this time would still find it, for all that is known.
        let scripts: BTreeSet<String> = record.scripts.drain(..).chain(known.scripts.iter().cloned()).collect();
        record.scripts = scripts.into_iter().collect();
    }
}

/// The open finding of one of the same scripts that a new finding goes on from, when a quote of it has changed.
fn continued(record: &Record, before: &History, gone: &BTreeMap<&str, Looked>) -> Option<String> {
    if record.reopened_from.as_ref().is_some_and(|from| gone.contains_key(from.as_str())) {
        return None;
    }
    let was_looked_for = gone.iter().filter(|(_, looked)| matches!(looked, Looked::Wholly | Looked::Partly));
    let candidates = was_looked_for.filter_map(|(id, _)| before.get(*id)).filter(|old| old.state == State::Open);
    let of_same_script = candidates.filter(|old| old.scripts.iter().any(|script| record.scripts.contains(script)));
    predecessor(&record.trace, of_same_script.map(|old| &old.trace)).map(|trace| trace.id.clone())
}

/// What becomes of a finding that was not found again.
fn leave(record: &mut Record, looked: Looked) {
    match looked {
        Looked::Wholly => record.state = State::Fixed,
        Looked::Nobody => record.state = State::Off,
        Looked::Partly | Looked::Failed => record.is_unchecked = true,
        Looked::NotAsked => return,
    }
    record.is_unchecked &= record.state.is_live() && record.state != State::Off;
}

/// The findings by what became of them since some time. Each list in the order of [`in_order`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    pub new: Vec<Record>,
    pub reopened: Vec<Record>,
    pub still_open: Vec<Record>,
    pub fixed: Vec<Record>,
    pub dismissed: Vec<Record>,
    /// Open ones that could not be looked for again. Not among `still_open`.
    pub not_checked: Vec<Record>,
    /// Those that wait in the less certain part, whatever they were before.
    pub less_certain: Vec<Record>,
}

impl Changes {
    /// What became of the findings since a time at which their states were these.
    pub fn since(history: &History, state_then: &dyn Fn(&str) -> Option<State>) -> Changes {
        let mut changes = Changes::default();
        for record in in_order(history.values()) {
            let then = state_then(record.id());
            let list = match record.state {
                State::Open if record.is_unchecked => &mut changes.not_checked,
                State::Open => match then {
                    Some(State::Open) => &mut changes.still_open,
                    Some(State::Dismissed | State::Fixed | State::Replaced) => &mut changes.reopened,
                    None if was_open(history, record, state_then) => &mut changes.still_open,
                    None if record.reopened_from.is_some() => &mut changes.reopened,
                    None | Some(State::LessCertain | State::Off) => &mut changes.new,
                },
                State::LessCertain => &mut changes.less_certain,
                State::Dismissed if then != Some(State::Dismissed) => &mut changes.dismissed,
                State::Fixed if then == Some(State::Open) => &mut changes.fixed,
                State::Dismissed | State::Fixed | State::Off | State::Replaced => continue,
            };
            list.push(record.clone());
        }
        changes
    }

    /// How many wait for the author.
    pub fn open(&self) -> usize {
        self.new.len() + self.reopened.len() + self.still_open.len() + self.not_checked.len()
    }
}

/// Whether the finding that this one goes on from was open then; there may be several steps.
fn was_open(history: &History, record: &Record, state_then: &dyn Fn(&str) -> Option<State>) -> bool {
    let mut from = record.continues.as_deref();
    // More steps than findings there are would be a circle.
    for _ in 0..history.len() {
        let Some(id) = from else { return false };
        if state_then(id) == Some(State::Open) {
            return true;
        }
        from = history.get(id).and_then(|record| record.continues.as_deref());
    }
    false
}

/// Records by file, line and identity.
pub fn in_order<'r>(records: impl Iterator<Item = &'r Record>) -> Vec<&'r Record> {
    let mut records: Vec<&Record> = records.collect();
    records.sort_by_cached_key(|record| {
        let place = record.quotes.first().map(|quote| (quote.file.clone(), quote.line, quote.column));
        (place, record.trace.rule.clone(), record.id().to_string())
    });
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::identity::tests::finding;

    fn record(text: &str, quotes: &[(&str, usize)]) -> Record {
        Record::of(&finding("changed-age", text, quotes), BTreeSet::from(["continuity".to_string()]), String::new())
    }

    fn after(before: &History, found: &[&Record], looked: Looked) -> Comparison {
        compare(before, found.iter().map(|record| (*record).clone()).collect(), &|_| looked, &|_| true)
    }

    fn changes(before: &History, after: &Comparison) -> Changes {
        Changes::since(&after.history, &|id| before.get(id).map(|record| record.state))
    }

    fn ids(records: &[Record]) -> Vec<&str> {
        records.iter().map(Record::id).collect()
    }

    const TEXT: &str = "He is forty. He is fifty. He is sixty.";

    fn forty_fifty() -> Record {
        record(TEXT, &[("forty", 0), ("fifty", 0)])
    }

    #[test]
    fn a_finding_is_new_then_still_open_then_fixed_then_back() {
        let (empty, one) = (History::new(), forty_fifty());
        let first = after(&empty, &[&one], Looked::Wholly);
        assert_eq!(ids(&changes(&empty, &first).new), [one.id()]);
        let second = after(&first.history, &[&one], Looked::Wholly);
        assert_eq!((ids(&changes(&first.history, &second).still_open), second.events.len()), (vec![one.id()], 0));
        let third = after(&second.history, &[], Looked::Wholly);
        assert_eq!(ids(&changes(&second.history, &third).fixed), [one.id()]);
        assert_eq!(third.events, [Event { id: one.id().to_string(), was: Some(State::Open), is: State::Fixed }]);
        let fourth = after(&third.history, &[&one], Looked::Wholly);
        assert_eq!(ids(&changes(&third.history, &fourth).reopened), [one.id()]);
        assert_eq!(ids(&changes(&empty, &fourth).new), [one.id()], "since the beginning it is new");
    }

    #[test]
    fn what_was_not_checked_is_not_fixed() {
        let one = forty_fifty();
        let first = after(&History::new(), &[&one], Looked::Wholly);
        for (looked, unchecked) in [(Looked::Failed, 1), (Looked::Partly, 1), (Looked::NotAsked, 0)] {
            let second = after(&first.history, &[], looked);
            let told = changes(&first.history, &second);
            assert_eq!((told.fixed.len(), told.not_checked.len(), told.open()), (0, unchecked, 1), "{looked:?}");
        }
        let second = compare(&first.history, Vec::new(), &|_| Looked::Partly, &|_| false);
        assert_eq!(changes(&first.history, &second).fixed.len(), 1, "its words are gone");
        let failed = after(&first.history, &[], Looked::Failed);
        let again = after(&failed.history, &[&one], Looked::Wholly);
        assert_eq!(changes(&failed.history, &again).still_open.len(), 1);
    }

    #[test]
    fn a_finding_with_one_quote_changed_goes_on_and_is_not_fixed() {
        let (one, other) = (forty_fifty(), record(TEXT, &[("forty", 0), ("sixty", 0)]));
        let first = after(&History::new(), &[&one], Looked::Wholly);
        let second = after(&first.history, &[&other], Looked::Wholly);
        let told = changes(&first.history, &second);
        assert_eq!((ids(&told.still_open), told.fixed.len(), told.new.len()), (vec![other.id()], 0, 0));
        assert_eq!(second.history[one.id()].state, State::Replaced);
    }

    #[test]
    fn nothing_goes_on_from_a_finding_that_was_not_looked_for_or_of_another_script() {
        let (one, other) = (forty_fifty(), record(TEXT, &[("forty", 0), ("sixty", 0)]));
        let first = after(&History::new(), &[&one], Looked::Wholly);
        for looked in [Looked::NotAsked, Looked::Failed] {
            let second = after(&first.history, &[&other], looked);
            assert_eq!((ids(&changes(&first.history, &second).new), second.history[one.id()].state), (vec![other.id()], State::Open));
        }
        let of_another = Record { scripts: vec!["series-bible".to_string()], ..other };
        let second = after(&first.history, &[&of_another], Looked::Wholly);
        let told = changes(&first.history, &second);
        assert_eq!((ids(&told.new), ids(&told.fixed)), (vec![of_another.id()], vec![one.id()]));
        let without_script = after(&first.history, &[], Looked::Nobody);
        assert_eq!(changes(&first.history, &without_script), Changes::default());
    }

    #[test]
    fn one_dismissed_is_told_once_and_reopens_when_a_quote_changes() {
        let one = forty_fifty();
        let first = after(&History::new(), &[&one], Looked::Wholly);
        let stet = Record { state: State::Dismissed, ..one.clone() };
        let second = after(&first.history, &[&stet], Looked::Wholly);
        assert_eq!(ids(&changes(&first.history, &second).dismissed), [one.id()]);
        let third = after(&second.history, &[&stet], Looked::Wholly);
        assert_eq!(changes(&second.history, &third), Changes::default());
        let other = Record { reopened_from: Some(one.id().to_string()), ..record(TEXT, &[("forty", 0), ("sixty", 0)]) };
        let fourth = after(&third.history, &[&other], Looked::Wholly);
        let told = changes(&third.history, &fourth);
        assert_eq!((ids(&told.reopened), told.fixed.len()), (vec![other.id()], 0));
        let gone = after(&third.history, &[], Looked::Wholly);
        assert_eq!(changes(&third.history, &gone), Changes::default(), "a dismissed one that is gone is no news");
    }

    #[test]
    fn a_predecessor_says_the_same_of_the_same_and_shares_a_quote() {
        let one = forty_fifty().trace;
        let other = record(TEXT, &[("forty", 0), ("sixty", 0)]).trace;
        assert_eq!(predecessor(&other, [&one].into_iter()), Some(&one));
        let another_rule = Trace { rule: "changed-count".to_string(), ..one.clone() };
        let about_another = Trace { subjects: vec!["edmund".to_string()], ..one.clone() };
        let nothing_shared = record(TEXT, &[("fifty", 0), ("is", 0)]).trace;
        assert_eq!(predecessor(&other, [&another_rule, &about_another, &nothing_shared].into_iter()), None);
    }
}
