//! How each finding of a run stands: open, dismissed, reopened, less certain or switched off.
//!
//! Dismissed comes first. A finding whose dismissal was for other words is open again, and says so: an entry of `copydesk.stet.yaml` names
//! a finding by its words; a mark in the text stays where it is, so what it dismissed before is remembered in the history.

use super::history::{self, History, Record, State, Trace};
use super::stet::{Entry, Mark};
use super::{Dismissal, Finding, Standing};
use crate::text::{LineColumn, SourcePath};
use std::collections::{BTreeMap, BTreeSet};

/// How sure the model must be of the answer a finding rests on, when the author does not say: clearly more than by guessing among the three
/// to five options that the shipped checks offer. They ask in two orders besides, and drop what differs.
pub const MIN_CONFIDENCE: f64 = 0.33;

/// What the author has said about findings, and what was known of them.
pub struct Rulings<'a> {
    pub entries: &'a [Entry],
    /// The file of the entries.
    pub entries_file: &'a SourcePath,
    pub marks: &'a [Mark],
    pub history: &'a History,
    /// Known findings that this run did not look for, or could not: no other finding goes on from them.
    pub not_looked_for: &'a BTreeSet<String>,
    /// How sure the model must be, by rule; nothing when the rule is switched off.
    pub least_confidence: &'a dyn Fn(&str) -> Option<f64>,
}

/// How one finding stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub standing: Standing,
    pub reopened_from: Option<String>,
    /// The text of the mark that dismissed it, or in spite of which it is open.
    pub mark: Option<String>,
}

/// How all findings of a run stand, and which rulings speak for any of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    pub of: BTreeMap<String, Verdict>,
    /// Places in the list of entries.
    pub used_entries: BTreeSet<usize>,
    /// Places in the list of marks.
    pub used_marks: BTreeSet<usize>,
}

/// Judges findings that have their identities, each once.
pub fn judge(findings: &[Finding], rulings: &Rulings<'_>) -> Verdicts {
    let found = findings.iter().map(|finding| finding.id.as_str());
    let present: BTreeSet<&str> = found.chain(rulings.not_looked_for.iter().map(String::as_str)).collect();
    let mut verdicts = Verdicts::default();
    for finding in findings {
        let verdict = match (rulings.least_confidence)(&finding.rule) {
            None => Verdict { standing: Standing::Off, ..Verdict::default() },
            Some(least) => {
                let mut verdict = dismissal(finding, rulings, &present, &mut verdicts);
                let is_sure = finding.confidence.is_none_or(|confidence| confidence >= least);
                if verdict.standing == Standing::Open && !is_sure {
                    verdict.standing = Standing::LessCertain;
                }
                verdict
            }
        };
        // Rulings on a rule that is switched off are not stale: they count again when it is switched on.
        if verdict.standing == Standing::Off {
            use_all(finding, rulings, &mut verdicts);
        }
        verdicts.of.insert(finding.id.clone(), verdict);
    }
    verdicts
}

fn use_all(finding: &Finding, rulings: &Rulings<'_>, verdicts: &mut Verdicts) {
    let entries = rulings.entries.iter().enumerate().filter(|(_, entry)| entry.trace.id == finding.id);
    verdicts.used_entries.extend(entries.map(|(index, _)| index));
    let marks = rulings.marks.iter().enumerate().filter(|(_, mark)| mark.covers(&finding.rule, &finding.evidence));
    verdicts.used_marks.extend(marks.map(|(index, _)| index));
}

fn dismissal(finding: &Finding, rulings: &Rulings<'_>, present: &BTreeSet<&str>, verdicts: &mut Verdicts) -> Verdict {
    use_all(finding, rulings, verdicts);
    if let Some(entry) = rulings.entries.iter().find(|entry| entry.trace.id == finding.id) {
        let place = LineColumn { line: entry.line, column: 1 };
        let dismissal = Dismissal { reason: entry.reason.clone(), file: rulings.entries_file.clone(), place };
        return Verdict { standing: Standing::Dismissed(dismissal), ..Verdict::default() };
    }
    let known = rulings.history.get(&finding.id);
    let trace = Trace::of(finding);
    let mut despite = None;
    for mark in rulings.marks.iter().filter(|mark| mark.covers(&finding.rule, &finding.evidence)) {
        // What this mark has dismissed before, or could not dismiss because a quote had changed.
        let of_mark = rulings.history.values().filter(|record| record.mark.as_ref() == Some(&mark.text));
        let gone = of_mark.filter(|record| record.state.is_live() && !present.contains(record.id()));
        let was_open_despite = known.is_some_and(|record| record.state != State::Dismissed && record.mark.as_ref() == Some(&mark.text));
        let from = match known {
            None => history::predecessor(&trace, gone.map(|record| &record.trace)).map(|before| {
                let older = rulings.history.get(&before.id).and_then(|record| record.reopened_from.clone());
                older.unwrap_or_else(|| before.id.clone())
            }),
            Some(record) => record.reopened_from.clone().filter(|_| was_open_despite),
        };
        let Some(from) = from else {
            let dismissal = Dismissal { reason: mark.reason.clone(), file: mark.file.clone(), place: mark.place };
            return Verdict { standing: Standing::Dismissed(dismissal), reopened_from: None, mark: Some(mark.text.clone()) };
        };
        despite = Some(Verdict { standing: Standing::Open, reopened_from: Some(from), mark: Some(mark.text.clone()) });
    }
    despite.unwrap_or_else(|| Verdict { reopened_from: reopened_from(&trace, rulings, present), ..Verdict::default() })
}

/// The dismissed finding that an undismissed one goes on from: as it was found out when it first appeared.
fn reopened_from(finding: &Trace, rulings: &Rulings<'_>, present: &BTreeSet<&str>) -> Option<String> {
    if let Some(known) = rulings.history.get(&finding.id) {
        return known.reopened_from.clone();
    }
    let is_dismissed = |record: &&Record| record.state == State::Dismissed;
    let dismissed = rulings.history.values().filter(is_dismissed).map(|record| &record.trace);
    let gone = rulings.entries.iter().map(|entry| &entry.trace).chain(dismissed).filter(|trace| !present.contains(trace.id.as_str()));
    history::predecessor(finding, gone).map(|trace| trace.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::identity::tests::finding;
    use crate::finding::stet;
    use crate::manuscript::{Chapter, KeyNames, SourceFile};

    const TEXT: &str = "He is forty.\n\nHe is fifty. <!-- stet: she lies -->\n\nHe is sixty.";

    fn against(text: &str, first: &str, second: &str) -> Finding {
        finding("changed-age", text, &[(first, 0), (second, 0)])
    }

    fn marks(text: &str) -> Vec<Mark> {
        stet::marks(&Chapter::parse(&SourceFile::new("01.md", text), &KeyNames::default()).0, &|_| false)
    }

    fn entry(finding: &Finding) -> Entry {
        Entry { trace: Trace::of(finding), at: None, reason: Some("she lies".to_string()), line: 3 }
    }

    fn judged(findings: &[Finding], entries: &[Entry], marks: &[Mark], history: &History, least: Option<f64>) -> Verdicts {
        let (entries_file, least_confidence) = (SourcePath::new("copydesk.stet.yaml"), |_: &str| least);
        let not_looked_for = &BTreeSet::new();
        let least_confidence = &least_confidence;
        judge(findings, &Rulings { entries, entries_file: &entries_file, marks, history, not_looked_for, least_confidence })
    }

    /// The history after findings stood like this.
    fn remembered(findings: &[Finding], verdicts: &Verdicts) -> History {
        let record = |finding: &Finding| {
            let verdict = &verdicts.of[&finding.id];
            let finding = Finding { standing: verdict.standing.clone(), reopened_from: verdict.reopened_from.clone(), ..finding.clone() };
            (finding.id.clone(), Record { mark: verdict.mark.clone(), ..Record::of(&finding, BTreeSet::new(), String::new()) })
        };
        findings.iter().map(record).collect()
    }

    fn only(verdicts: &Verdicts) -> &Verdict {
        assert_eq!(verdicts.of.len(), 1);
        verdicts.of.values().next().expect("one")
    }

    #[test]
    fn an_entry_dismisses_its_finding_and_no_other() {
        let (one, other) = (against(TEXT, "forty", "sixty"), against(TEXT, "is forty", "sixty"));
        let verdicts = judged(&[one.clone(), other.clone()], &[entry(&one)], &[], &History::new(), Some(0.5));
        let dismissal = Dismissal {
            reason: Some("she lies".into()),
            file: SourcePath::new("copydesk.stet.yaml"),
            place: LineColumn { line: 3, column: 1 },
        };
        assert_eq!(verdicts.of[&one.id].standing, Standing::Dismissed(dismissal));
        assert_eq!(verdicts.of[&other.id], Verdict::default());
        assert_eq!(verdicts.used_entries, BTreeSet::from([0]));
    }

    #[test]
    fn an_entry_for_other_words_reopens_with_a_link() {
        let (old, new) = (against(TEXT, "forty", "sixty"), against(TEXT, "forty", "fifty"));
        let verdicts = judged(std::slice::from_ref(&new), &[entry(&old)], &[], &History::new(), Some(0.5));
        assert_eq!(only(&verdicts).reopened_from.as_ref(), Some(&old.id));
        assert!(verdicts.used_entries.is_empty());
        let again = judged(std::slice::from_ref(&new), &[], &[], &remembered(std::slice::from_ref(&new), &verdicts), Some(0.5));
        assert_eq!(only(&again).reopened_from.as_ref(), Some(&old.id), "and keeps it");
        let known = judged(std::slice::from_ref(&new), &[], &[], &History::new(), Some(0.5));
        let later = judged(std::slice::from_ref(&new), &[entry(&old)], &[], &remembered(std::slice::from_ref(&new), &known), Some(0.5));
        assert_eq!(only(&later).reopened_from, None, "one that was there before goes on from nothing");
    }

    #[test]
    fn a_mark_dismisses_until_a_quote_changes_and_again_when_its_words_change() {
        let old = against(TEXT, "fifty", "sixty");
        let first = judged(std::slice::from_ref(&old), &[], &marks(TEXT), &History::new(), Some(0.5));
        assert!(
            matches!(&only(&first).standing, Standing::Dismissed(dismissal) if dismissal.place.line == 3 && dismissal.reason.as_deref() == Some("she lies"))
        );
        let history = remembered(std::slice::from_ref(&old), &first);

        let text = TEXT.replace("sixty", "seventy");
        let new = against(&text, "fifty", "seventy");
        let second = judged(std::slice::from_ref(&new), &[], &marks(&text), &history, Some(0.5));
        assert_eq!((only(&second).standing.clone(), only(&second).reopened_from.clone()), (Standing::Open, Some(old.id.clone())));
        let history = remembered(std::slice::from_ref(&new), &second);
        let third = judged(std::slice::from_ref(&new), &[], &marks(&text), &history, Some(0.5));
        assert_eq!(only(&third), only(&second), "and stays open");

        let changed_again = text.replace("seventy", "eighty");
        let newer = against(&changed_again, "fifty", "eighty");
        let once_more = judged(std::slice::from_ref(&newer), &[], &marks(&changed_again), &history, Some(0.5));
        assert_eq!(only(&once_more), only(&second), "and another change does not close it");

        let text = text.replace("she lies", "she lies again");
        let fourth = judged(std::slice::from_ref(&new), &[], &marks(&text), &history, Some(0.5));
        assert!(matches!(only(&fourth).standing, Standing::Dismissed(_)), "the author has looked again");
        assert_eq!(fourth.used_marks, BTreeSet::from([0]));
    }

    #[test]
    fn the_usual_threshold_is_the_one_that_authors_are_told() {
        let percent = format!("less than {:.0} % sure", 100.0 * MIN_CONFIDENCE);
        assert!(include_str!("../../README.md").contains(&percent), "README.md does not say “{percent}”");
        let usual = format!("Usual: {MIN_CONFIDENCE}.");
        assert!(include_str!("../project/config/template.rs").contains(&usual), "the commented copydesk.yaml does not say “{usual}”");
    }

    #[test]
    fn a_model_less_sure_than_the_threshold_sets_a_finding_apart() {
        let one = |confidence| Finding { confidence, ..against(TEXT, "forty", "sixty") };
        let standing = |confidence, least| only(&judged(&[one(confidence)], &[], &[], &History::new(), least)).standing.clone();
        assert_eq!(standing(Some(0.49), Some(0.5)), Standing::LessCertain);
        assert_eq!(standing(Some(0.5), Some(0.5)), Standing::Open);
        assert_eq!(standing(None, Some(1.0)), Standing::Open, "code alone has no number");
        assert_eq!(standing(None, None), Standing::Off);
    }
}
