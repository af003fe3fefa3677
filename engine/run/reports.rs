//! The reports of a run: each result rendered for its scope, and one of a book or the series also beside each of its chapters.

use super::plan::{Plan, in_folder};
use crate::bible;
use crate::bible::draft::EntryDraft;
use crate::finding::Finding;
use crate::project::{Snapshot, discover, write};
use crate::report::{ChapterEntry, Contents, Coverage, Note, Outcome, Scope, ScriptResult, markdown};
use crate::script::ScriptFile;
use crate::text::{Problem, SourcePath};
use crate::worker::ModelToOpen;
use std::collections::{BTreeMap, BTreeSet};

/// The reports of all results, where the author wants them, with the drafted entries; and what was wrong with their templates.
pub(super) fn render(results: &[ScriptResult], snapshot: &Snapshot, plan: &Plan) -> (Vec<markdown::ReportFile>, Vec<Problem>) {
    let contents = Contents::of(&plan.series);
    let (mut reports, problems) = markdown::files(&with_chapters(results, &contents, &snapshot.scripts), &contents, &plan.templates);
    let mut problems = in_folder(problems, &snapshot.config.templates);
    reports.iter_mut().for_each(|report| report.path = discover::report_place(&snapshot.config, &report.path));
    let drafted: Vec<EntryDraft> = results.iter().flat_map(|result| result.drafts.iter().cloned()).collect();
    let (notes, draft_problems) = bible::draft::notes(&drafted, &plan.bible);
    reports.extend(notes.into_iter().map(|note| {
        let place = SourcePath::in_folder(write::DRAFTS_FOLDER, &note.file_name);
        let path = discover::report_place(&snapshot.config, &place);
        markdown::ReportFile { path, text: write::sealed_draft(&note.text), chapter: None }
    }));
    problems.extend(draft_problems);
    if let Some(sentence) = plan.task.model.as_ref().and_then(ModelToOpen::told_first) {
        reports
            .iter_mut()
            .filter(|report| !write::is_draft(&report.text))
            .for_each(|report| report.text = format!("> {sentence}\n\n{}", report.text));
    }
    (reports, problems)
}

/// A book's or the series' result also makes a report beside each of its chapters, so that a finding that is gone is gone there too.
fn with_chapters(results: &[ScriptResult], contents: &Contents, scripts: &[ScriptFile]) -> Vec<ScriptResult> {
    // A script that makes no findings has none that could be gone from a chapter.
    let makes_none = |name: &str| scripts.iter().any(|script| script.name == name && script.finds().is_empty());
    let is_of_scope = |note: &Note| note.chapter.is_none();
    let own = |result: &ScriptResult| ScriptResult {
        notes: result.notes.iter().filter(|note| is_of_scope(note)).cloned().collect(),
        ..result.clone()
    };
    let mut all: Vec<ScriptResult> = results.iter().map(own).collect();
    let of_chapters: BTreeSet<&str> = results
        .iter()
        .filter(|result| matches!(result.scope, Scope::Chapter(_) | Scope::Scene { .. }))
        .map(|result| result.script.as_str())
        .collect();
    for result in results.iter().filter(|result| !of_chapters.contains(result.script.as_str())) {
        let mut findings: BTreeMap<&SourcePath, Vec<Finding>> = BTreeMap::new();
        for finding in &result.findings {
            if let Some(evidence) = finding.evidence.first() {
                findings.entry(&evidence.file).or_default().push(finding.clone());
            }
        }
        let mut notes: BTreeMap<&SourcePath, Vec<Note>> = BTreeMap::new();
        for note in &result.notes {
            if let Some(chapter) = &note.chapter {
                notes.entry(chapter).or_default().push(note.clone());
            }
        }
        let books = contents.books.iter().filter(|book| match &result.scope {
            Scope::Book(folder) => *folder == book.folder,
            Scope::Series => true,
            Scope::Scene { .. } | Scope::Chapter(_) => false,
        });
        let has_none = makes_none(&result.script);
        for chapter in
            books.flat_map(|book| &book.chapters).filter(|chapter| !has_none || notes.contains_key(&chapter.path)).collect::<Vec<_>>()
        {
            let mut beside = beside_chapter(result, chapter);
            beside.findings = findings.remove(&chapter.path).unwrap_or_default();
            beside.notes = notes.remove(&chapter.path).unwrap_or_default();
            all.push(beside);
        }
    }
    all
}

/// A result as it is told beside one chapter of its scope, without findings yet.
fn beside_chapter(result: &ScriptResult, chapter: &ChapterEntry) -> ScriptResult {
    let is_left_out = result.coverage.left_out.contains(&chapter.path);
    let (scenes, words) = if is_left_out { (0, 0) } else { (chapter.scenes, chapter.words) };
    let coverage = match result.outcome {
        Outcome::Checked => Coverage { scenes, words, not_read: result.coverage.not_read.clone(), ..Coverage::default() },
        Outcome::NotChecked(_) => Coverage::default(),
    };
    ScriptResult {
        script: result.script.clone(),
        report: result.report.clone(),
        scope: Scope::Chapter(chapter.path.clone()),
        outcome: result.outcome.clone(),
        findings: Vec::new(),
        notes: Vec::new(),
        drafts: Vec::new(),
        awaits: None,
        coverage,
        problems: Vec::new(),
    }
}
