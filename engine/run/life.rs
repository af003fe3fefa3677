//! The life of findings in a run: their identities, how the author let them stand, and what became of them since the last run.

use super::plan;
use crate::finding::history::{self, Changes, Comparison, History, Looked, Record};
use crate::finding::identity::{self, KnownPlace};
use crate::finding::judge::{self, MIN_CONFIDENCE, Rulings, Verdicts};
use crate::finding::stet::{self, Entry, Mark};
use crate::finding::{Evidence, Finding, Severity};
use crate::manuscript::Series;
use crate::project::{RuleSetting, Snapshot, discover};
use crate::report::{Outcome, Scope, ScriptResult, merge_by_id};
use crate::script::ScriptFile;
use crate::text::{LineColumn, Problem, ProblemKind, SourcePath, words};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a run found out about the life of its findings.
#[derive(Debug, Default)]
pub struct FindingChanges {
    pub comparison: Comparison,
    /// Nothing when no run was there before.
    pub changes: Option<Changes>,
    /// Dismissals that speak for nothing, and what is wrong with them.
    pub problems: Vec<Problem>,
    /// Script → what of its work was not done.
    pub not_checked: BTreeMap<String, Vec<String>>,
}

/// Gives every finding its identity and its standing, and compares with what is known of earlier runs.
pub fn follow(results: &mut [ScriptResult], snapshot: &Snapshot, series: &Series, earlier: Option<&History>) -> FindingChanges {
    let nothing = History::new();
    let history = earlier.unwrap_or(&nothing);
    let texts: BTreeMap<&SourcePath, &Arc<str>> =
        snapshot.chapters.iter().chain(&snapshot.bible).map(|file| (&file.path, &file.text)).collect();
    let text_of = |path: &SourcePath| texts.get(path).map(|text| Arc::clone(text));
    let known =
        |record: &Record| KnownPlace { id: record.id().to_string(), around: record.around.clone(), is_live: record.state.is_live() };
    let known: Vec<KnownPlace> = history.values().map(known).collect();
    let mut findings: Vec<&mut Finding> = results.iter_mut().flat_map(|result| &mut result.findings).collect();
    identity::number(&mut findings, &known, &text_of);

    let has_rule = |rule: &str| !ScriptFile::finders(&snapshot.scripts, rule).is_empty();
    let marks: Vec<Mark> = series.chapters().flat_map(|chapter| stet::marks(chapter, &has_rule)).collect();
    let entries_file = SourcePath::new(discover::STET_FILE);
    let (entries, mut problems) = stet::entries(snapshot.stet.as_deref().unwrap_or_default(), &entries_file);
    let setting = |rule: &str| snapshot.config.rules.get(rule).copied().unwrap_or_default();
    let least_confidence = |rule: &str| (!setting(rule).is_off).then(|| setting(rule).confidence.unwrap_or(MIN_CONFIDENCE));
    for finding in results.iter_mut().flat_map(|result| &mut result.findings) {
        grade(finding, setting(&finding.rule), series);
    }
    let merged = merge_by_id(results.iter().flat_map(|result| result.findings.iter().cloned()));
    let rulings = Rulings {
        entries: &entries,
        entries_file: &entries_file,
        marks: &marks,
        history,
        not_looked_for: &Looking { results, series, snapshot }.not_looked_for(history),
        least_confidence: &least_confidence,
    };
    let verdicts = judge::judge(&merged, &rulings);
    stand(results, &verdicts);

    let looking = Looking { results, series, snapshot };
    let stale = Stale { looking: &looking, history, verdicts: &verdicts };
    problems.extend(marks.iter().enumerate().filter_map(|(index, mark)| stale.mark(index, mark)));
    problems.extend(entries.iter().enumerate().filter_map(|(index, entry)| stale.entry(index, entry, &entries_file)));
    problems.extend(unknown_rules(snapshot));

    let found = records(results, &verdicts, &text_of);
    let comparison = history::compare(history, found, &|record| looking.looked_for(record), &|record| stands(record, &text_of));
    let in_this_run = looking.of_this_run(&comparison.history);
    let state_then = |id: &str| history.get(id).map(|record| record.state);
    let changes = earlier.is_some().then(|| Changes::since(&in_this_run, &state_then));
    FindingChanges { comparison, changes, problems, not_checked: looking.not_checked() }
}

/// Lists a finding as the author wants those of its rule. What is published stays a note, and a contradiction has two quotes.
fn grade(finding: &mut Finding, setting: RuleSetting, series: &Series) {
    let is_published = |evidence: &Evidence| series.chapter(&evidence.file).is_some_and(|chapter| chapter.is_published);
    if let Some(severity) = setting.severity
        && !finding.evidence.first().is_some_and(is_published)
        && (severity != Severity::Contradiction || finding.evidence.len() > 1)
    {
        finding.severity = severity;
    }
}

/// Puts the verdicts on the findings of every job.
fn stand(results: &mut [ScriptResult], verdicts: &Verdicts) {
    for finding in results.iter_mut().flat_map(|result| &mut result.findings) {
        if let Some(verdict) = verdicts.of.get(&finding.id) {
            finding.standing = verdict.standing.clone();
            finding.reopened_from.clone_from(&verdict.reopened_from);
        }
    }
}

/// The records of all findings of the run, each once, with the scripts that found it.
fn records(results: &[ScriptResult], verdicts: &Verdicts, text_of: &dyn Fn(&SourcePath) -> Option<Arc<str>>) -> Vec<Record> {
    let mut scripts: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for finding in results.iter().flat_map(|result| &result.findings) {
        scripts.entry(&finding.id).or_default().insert(finding.script.clone());
    }
    let merged = merge_by_id(results.iter().flat_map(|result| result.findings.iter().cloned()));
    let record = |finding: &Finding| {
        let around = identity::around(finding, text_of);
        let scripts = scripts.get(finding.id.as_str()).cloned().unwrap_or_default();
        let mark = verdicts.of.get(&finding.id).and_then(|verdict| verdict.mark.clone());
        Record { mark, ..Record::of(finding, scripts, around) }
    };
    merged.iter().map(record).collect()
}

/// Whether all quotes of a record still stand in their files.
fn stands(record: &Record, text_of: &dyn Fn(&SourcePath) -> Option<Arc<str>>) -> bool {
    record.quotes.iter().all(|quote| text_of(&quote.file).is_some_and(|text| words::fold(&text).contains(&quote.words)))
}

/// What a run has looked at.
struct Looking<'a> {
    results: &'a [ScriptResult],
    series: &'a Series,
    snapshot: &'a Snapshot,
}

impl Looking<'_> {
    /// How the run has looked for a finding of an earlier one.
    fn looked_for(&self, record: &Record) -> Looked {
        let is_unread = |file: &SourcePath| {
            let is_of = |problem: &&Problem| problem.kind != ProblemKind::Note && problem.file.as_ref() == Some(&file.on_disk());
            self.snapshot.problems.iter().any(|problem| is_of(&problem))
        };
        if record.scripts.iter().all(|script| self.has_run(script)) && record.quotes.iter().any(|quote| is_unread(&quote.file)) {
            return Looked::Failed;
        }
        let file = record.quotes.first().map(|quote| &quote.file);
        let is_there = |script: &&String| self.snapshot.scripts.iter().any(|file| file.name == **script);
        let scripts = record.scripts.iter().filter(is_there).map(|script| self.looked_by(script, file));
        scripts
            .max_by_key(|looked| match looked {
                Looked::Wholly => 0,
                Looked::Partly => 1,
                Looked::Failed => 2,
                Looked::NotAsked => 3,
                Looked::Nobody => 4,
            })
            .unwrap_or(Looked::Nobody)
    }

    /// The known findings that this run did not look for, or could not.
    fn not_looked_for(&self, history: &History) -> BTreeSet<String> {
        let is_so = |record: &&Record| matches!(self.looked_for(record), Looked::NotAsked | Looked::Failed);
        history.values().filter(is_so).map(|record| record.id().to_string()).collect()
    }

    fn has_run(&self, script: &str) -> bool {
        self.results.iter().any(|result| result.script == script)
    }

    /// How a script has looked at a file; without one, or with one that is no chapter, at everything.
    fn looked_by(&self, script: &str, file: Option<&SourcePath>) -> Looked {
        let chapter = file.and_then(|file| self.series.chapter(file));
        let covers = |result: &&ScriptResult| match (&result.scope, chapter) {
            (_, None) | (Scope::Series, _) => true,
            (Scope::Book(folder), Some(chapter)) => self.series.books.get(chapter.book).is_some_and(|book| book.folder == *folder),
            (Scope::Chapter(path) | Scope::Scene { file: path, .. }, Some(chapter)) => *path == chapter.path,
        };
        let results: Vec<&ScriptResult> = self.results.iter().filter(|result| result.script == script).filter(covers).collect();
        if results.is_empty() {
            return Looked::NotAsked;
        }
        if results.iter().any(|result| result.outcome != Outcome::Checked) {
            return Looked::Failed;
        }
        if results.iter().any(|result| !result.coverage.not_read.is_empty()) { Looked::Partly } else { Looked::Wholly }
    }

    /// Whether every script that could make findings of a rule has read all of a file. Without a rule, every script that usually runs.
    fn has_wholly_read(&self, rule: Option<&str>, file: Option<&SourcePath>) -> bool {
        let scripts = &self.snapshot.scripts;
        let usual = plan::wanted(&[], &self.snapshot.config.run, scripts).0;
        let is_usual = |script: &&ScriptFile| usual.contains(&script.name) && !script.finds().is_empty();
        let finders: Vec<&str> = match rule {
            Some(rule) => ScriptFile::finders(scripts, rule),
            None => scripts.iter().filter(is_usual).map(|script| script.name.as_str()).collect(),
        };
        !finders.is_empty() && finders.into_iter().all(|script| self.looked_by(script, file) == Looked::Wholly)
    }

    /// The part of the history that this run could say something about.
    fn of_this_run(&self, history: &History) -> History {
        let is_meant = |record: &Record| record.scripts.iter().any(|script| self.has_run(script));
        // The findings that others go on from are needed too.
        let replaced = |record: &Record| record.state == history::State::Replaced;
        history.iter().filter(|(_, record)| is_meant(record) || replaced(record)).map(|(id, record)| (id.clone(), record.clone())).collect()
    }

    /// Script → what of its work was not done.
    fn not_checked(&self) -> BTreeMap<String, Vec<String>> {
        let mut scripts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for result in self.results {
            let told = scripts.entry(result.script.clone()).or_default();
            if let Outcome::NotChecked(reason) = &result.outcome {
                told.push(format!("{} on {}: {}", result.script, result.scope, reason.trim_end_matches('.')));
            }
            told.extend(
                result
                    .coverage
                    .not_read
                    .iter()
                    .map(|what| format!("{} in {}: {}", result.script, result.scope, what.trim_end_matches('.'))),
            );
        }
        scripts
    }
}

/// Finds dismissals that speak for nothing although what they could speak for was looked for.
struct Stale<'a> {
    looking: &'a Looking<'a>,
    history: &'a History,
    verdicts: &'a Verdicts,
}

impl Stale<'_> {
    fn mark(&self, index: usize, mark: &Mark) -> Option<Problem> {
        let problem = |message: String| Problem::new(ProblemKind::Note, message).in_file(&mark.file).at(mark.place);
        let scripts = &self.looking.snapshot.scripts;
        if let Some(rule) = mark.rule.as_deref().filter(|rule| ScriptFile::finders(scripts, rule).is_empty() && !self.is_known(rule)) {
            let advice = match self.nearest(rule) {
                Some(near) => format!("did you mean “{near}”?"),
                None => "each finding shows its rule; with a reason that begins otherwise, the mark is for every rule".to_string(),
            };
            return Some(problem(format!("this mark is for the rule “{rule}”, which no script has")).advice(advice));
        }
        if self.verdicts.used_marks.contains(&index) || !self.looking.has_wholly_read(mark.rule.as_deref(), Some(&mark.file)) {
            return None;
        }
        let what = mark.rule.as_ref().map_or_else(String::new, |rule| format!(" of {rule}"));
        Some(problem(format!("this mark lets a finding{what} stand, and there is none here any more")).advice("take the mark out"))
    }

    fn entry(&self, index: usize, entry: &Entry, file: &SourcePath) -> Option<Problem> {
        if self.verdicts.used_entries.contains(&index) {
            return None;
        }
        let id = &entry.trace.id;
        let place = LineColumn { line: entry.line, column: 1 };
        let problem = |message: String| Problem::new(ProblemKind::Note, message).in_file(file).at(place);
        let goes_on = |record: &&Record| record.reopened_from.as_ref() == Some(id) && record.state.is_live();
        let of_run = self.verdicts.of.iter().find(|(_, verdict)| verdict.reopened_from.as_ref() == Some(id));
        let reopened = of_run.map(|(id, _)| id.as_str()).or_else(|| self.history.values().find(goes_on).map(Record::id));
        if let Some(now) = reopened {
            let message = format!("{id} was dismissed here, but one of its quotes has changed since; it is open again as {now}");
            return Some(problem(message).advice(format!("look at it, then `copydesk stet {now}` or `copydesk stet --remove {id}`")));
        }
        let was_looked_for = match self.history.get(id) {
            Some(record) => self.looking.looked_for(record) == Looked::Wholly,
            None => {
                let rule = Some(entry.trace.rule.as_str()).filter(|rule| !rule.is_empty());
                self.looking.has_wholly_read(rule, entry.at.as_ref())
            }
        };
        let message = format!("the finding {id}, dismissed here, is no longer found");
        was_looked_for.then(|| problem(message).advice(format!("`copydesk stet --remove {id}` takes it out")))
    }

    fn is_known(&self, rule: &str) -> bool {
        self.history.values().any(|record| record.trace.rule == rule)
    }

    /// The rule of the history or of a usual script that is spelt most like this.
    fn nearest(&self, rule: &str) -> Option<String> {
        let of_scripts = self.looking.snapshot.scripts.iter().flat_map(ScriptFile::finds);
        let known = of_scripts.chain(self.history.values().map(|record| record.trace.rule.as_str()));
        known
            .map(|name| (strsim::damerau_levenshtein(rule, name), name))
            .min()
            .filter(|(distance, _)| *distance <= 3)
            .map(|(_, name)| name.to_string())
    }
}

/// Rules that `copydesk.yaml` sets and no script has.
fn unknown_rules(snapshot: &Snapshot) -> Vec<Problem> {
    let is_unknown = |rule: &&String| ScriptFile::finders(&snapshot.scripts, rule).is_empty();
    let problem = |rule: &String| {
        Problem::new(ProblemKind::Note, format!("`rules.{rule}` is set, but no script makes findings of that rule"))
            .in_file(&SourcePath::new(crate::project::config::FILE))
            .advice("each finding shows the name of its rule; correct the name or take the line out")
    };
    snapshot.config.rules.keys().filter(is_unknown).map(problem).collect()
}
