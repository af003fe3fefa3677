//! Which scripts run on what, in which order.

use super::{Environment, shipped};
use crate::bible::{self, Bible};
use crate::manuscript::{Chapter, ReadingOrder, Series};
use crate::model::Turn;
use crate::notes::READER;
use crate::notes::attribute::ATTRIBUTES;
use crate::project::{Config, Snapshot};
use crate::prompt::PromptTemplate;
use crate::report::{Scope, Templates};
use crate::script::bench::subjects;
use crate::script::{Limits, ScriptCard, ScriptFile, ScriptKind, ScriptSubject};
use crate::text::{DOCUMENT_FORMS, Problem, ProblemKind, SourcePath};
use crate::worker::{Job, ModelToOpen, Task};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a run is going to do, and what was wrong with what it was given.
pub struct Plan {
    pub task: Task,
    /// By name: those of the run, and the rules.
    pub scripts: BTreeMap<String, ScriptCard>,
    pub series: Series,
    pub order: ReadingOrder,
    pub bible: Bible,
    pub templates: Templates,
    pub jobs: Vec<Job>,
    pub problems: Vec<Problem>,
}

impl Plan {
    /// Reads the texts, has the scripts compiled, and says which of them look at what.
    pub fn of(snapshot: &Snapshot, environment: &Environment<'_>) -> Plan {
        let mut task = Task { wants_style_sheet: environment.wants_style_sheet, ..task(snapshot, environment.model.clone()) };
        task.reader.clone_from(&environment.reader);
        task.wants_verdicts = environment.wants_verdicts;
        let verdicts_problem = judged_by_model(&mut task, snapshot);
        let (names, wanted_problems) = wanted(environment.wanted, &snapshot.config.run, &snapshot.scripts);
        // Compiling is most of what a small run costs, so only what runs is read, and what the author has set something for.
        let is_needed = |script: &ScriptFile| is_of_run(script, &names) || snapshot.config.settings.contains_key(&script.name);
        task.scripts.retain(|script| is_needed(script) && !snapshot.not_allowed.contains(&script.name));
        let (workbench, stop) = (environment.workbench, &environment.stop);
        let (read, (series, order, story_problems)) =
            rayon::join(|| workbench.read_scripts(&task, stop), || Series::assemble(&snapshot.chapters, &task.order));
        let (scripts, script_problems) = by_name(read);
        if names.iter().any(|name| scripts.get(name).is_some_and(|script| script.looks_back)) {
            task.earlier = (environment.earlier)();
        }
        let setting_problems = settings(&mut task.settings, &names, &scripts);
        let (bible, bible_problems) = bible::read(&snapshot.bible, &series);
        let (templates, template_problems) = Templates::new(&own_templates(snapshot));
        let (_, prompt_problems) = PromptTemplate::new(&snapshot.templates);
        let jobs = jobs(&names, &scripts, &series, environment.urgent);

        let is_of_run = |script: &&ScriptFile| is_of_run(script, &names);
        let of_run: Vec<&ScriptFile> = snapshot.scripts.iter().filter(is_of_run).collect();
        let is_told = |problem: &Problem| problem.file.as_ref().is_none_or(|file| of_run.iter().any(|script| script.path == *file));
        let mut problems = snapshot.problems.clone();
        for more in [story_problems, bible_problems, wanted_problems, setting_problems] {
            problems.extend(more);
        }
        problems.extend(in_folder([template_problems, prompt_problems].concat(), &snapshot.config.templates));
        problems.extend(script_problems.into_iter().filter(is_told));
        problems.extend(of_run.iter().filter_map(|script| not_allowed(snapshot, script)));
        problems.extend(verdicts_problem);
        problems.extend(order.books.is_empty().then(nothing_to_read));
        Plan { task, scripts, series, order, bible, templates, jobs, problems }
    }
}

/// Whether a file is a part of a run of these scripts: one of them, a rule of theirs, or a library of the author's, which any may import.
fn is_of_run(script: &ScriptFile, names: &[String]) -> bool {
    match script.kind {
        ScriptKind::Check => names.contains(&script.name),
        ScriptKind::Rule => names.contains(&script.name) || script.groups().iter().any(|group| names.iter().any(|name| name == group)),
        ScriptKind::Library => !names.is_empty(),
    }
}

/// The scripts that can be run, by name, and what is wrong with the others.
fn by_name(read: Vec<Result<ScriptCard, Problem>>) -> (BTreeMap<String, ScriptCard>, Vec<Problem>) {
    let (mut scripts, mut problems) = (BTreeMap::new(), Vec::new());
    for script in read {
        match script {
            Ok(card) => drop(scripts.insert(card.name.clone(), card)),
            Err(problem) => problems.push(problem),
        }
    }
    (scripts, problems)
}

/// The author's own templates only: the report module has the shipped ones.
fn own_templates(snapshot: &Snapshot) -> std::collections::BTreeMap<String, String> {
    let is_own = |(name, text): &(&String, &String)| !shipped::TEMPLATES.iter().any(|(known, shipped)| known == name && shipped == text);
    snapshot.templates.iter().filter(is_own).map(|(name, text)| (name.clone(), text.clone())).collect()
}

/// Templates know their file's name only; the author wants to know where it lies.
pub fn in_folder(problems: Vec<Problem>, folder: &str) -> Vec<Problem> {
    let placed = |problem: Problem| Problem { file: problem.file.map(|file| SourcePath::in_folder(folder, file.as_str())), ..problem };
    problems.into_iter().map(placed).collect()
}

/// The configured order; a series without a title has its folder's name.
pub fn order_settings(snapshot: &Snapshot) -> crate::manuscript::OrderSettings {
    let mut settings = snapshot.config.order_settings();
    settings.series_title.get_or_insert_with(|| snapshot.root_name.clone());
    settings
}

/// What the worker is told.
pub fn task(snapshot: &Snapshot, model: Option<ModelToOpen>) -> Task {
    Task {
        chapters: snapshot.chapters.clone(),
        bible: snapshot.bible.clone(),
        earlier: Vec::new(),
        order: order_settings(snapshot),
        scripts: snapshot.scripts.clone(),
        templates: own_templates(snapshot),
        calendar: snapshot.config.calendar.clone(),
        settings: snapshot.config.settings.clone(),
        model,
        reader: None,
        larger_kinds: BTreeMap::new(),
        wants_verdicts: false,
        wants_style_sheet: false,
        limits: Limits::default(),
    }
}

/// Has the model judge the kinds of contradictions that `verdicts` in copydesk.yaml names. Those were measured with one model and one reader; of
/// others nothing is known, so that the trained reader judges, and the author is told. Where nothing reads there is nothing to judge.
fn judged_by_model(task: &mut Task, snapshot: &Snapshot) -> Option<Problem> {
    let (verdicts, model) = (snapshot.config.verdicts.as_ref()?, task.model.as_ref()?);
    let reading = task.reading_model().filter(|reading| reading.fingerprint.adapters.contains_key(READER))?;
    let problem = |message: String| Problem::new(ProblemKind::Note, message).in_file(&SourcePath::new(crate::project::config::FILE));
    let (measured, used) = match (&model.fingerprint.name, &reading.fingerprint.name) {
        (name, _) if *name != verdicts.model => (format!("the model {}", verdicts.model), format!("this run uses {name}")),
        (_, name) if *name != verdicts.reader => (format!("{} reading", verdicts.reader), format!("in this run {name} reads")),
        _ => (String::new(), String::new()),
    };
    if measured.is_empty() {
        task.larger_kinds.clone_from(&verdicts.kinds);
        let is_known = |kind: &&String| ATTRIBUTES.iter().any(|attribute| attribute.rule == kind.as_str());
        let unknown = verdicts.kinds.keys().find(|kind| !is_known(kind))?;
        let told = problem(format!("`verdicts.kinds.{unknown}` is set, but there are no contradictions of that kind to judge"));
        return Some(told.advice("correct the name or take the line out; `copydesk measure --verdicts` prints the kinds"));
    }
    let message =
        format!("`verdicts` was measured with {measured}, and {used}, so the trained reader judges all kinds of contradictions itself");
    Some(problem(message).advice("`copydesk measure --verdicts` measures these two; or take the lines out"))
}

fn not_allowed(snapshot: &Snapshot, script: &ScriptFile) -> Option<Problem> {
    let is_refused = snapshot.not_allowed.contains(&script.name);
    let message = "was not run: it did not come with copydesk, and you have not allowed it as it stands now";
    let problem = || Problem::new(ProblemKind::NotChecked, message).in_file(&script.path);
    is_refused.then(|| problem().advice(format!("read it; then `copydesk allow {}` and the folder with the chapters", script.name)))
}

fn nothing_to_read() -> Problem {
    Problem::new(ProblemKind::NotChecked, "no chapters were found in this folder")
        .advice(format!("chapters are Markdown files, .md, or {DOCUMENT_FORMS}; `copydesk order` shows what was looked at"))
}

/// The scripts of a run that names none, in the order an author reads their reports.
const USUAL: &[&str] = &["continuity", "series-bible", "summaries"];

/// The names of the scripts to run. Unknown ones are problems.
pub fn wanted(asked: &[String], configured: &[String], files: &[ScriptFile]) -> (Vec<String>, Vec<Problem>) {
    let usual: Vec<String> = USUAL.iter().map(ToString::to_string).collect();
    let own = files.iter().filter(|file| !file.is_shipped && file.kind == ScriptKind::Check).map(|file| file.name.clone());
    let names: Vec<String> = match (asked.is_empty(), configured.is_empty()) {
        (false, _) => asked.iter().map(|name| name.trim_end_matches(".rhai").to_string()).collect(),
        (true, false) => configured.to_vec(),
        (true, true) => usual.into_iter().chain(own).collect(),
    };
    let can_run = files.iter().filter(|file| file.kind != ScriptKind::Library);
    let known: BTreeSet<&str> = can_run.clone().map(|file| file.name.as_str()).collect();
    let mut kept = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        if !known.contains(name.as_str()) {
            let list: Vec<&str> = can_run.clone().filter(|file| file.kind == ScriptKind::Check).map(|file| file.name.as_str()).collect();
            problems.push(
                Problem::new(ProblemKind::Configuration, format!("there is no script “{name}”"))
                    .advice(format!("there are: {}", list.join(", "))),
            );
        } else if !kept.contains(&name) {
            kept.push(name);
        }
    }
    (kept, problems)
}

/// Gives every script of the run the settings that are its own, in place of what the author wrote; what belongs to none is a problem.
pub fn settings(
    written: &mut BTreeMap<String, BTreeMap<String, String>>,
    names: &[String],
    scripts: &BTreeMap<String, ScriptCard>,
) -> Vec<Problem> {
    let for_all = written.remove(Config::ALL_SCRIPTS).unwrap_or_default();
    let has = |script: &str, setting: &str| scripts.get(script).is_some_and(|script| script.settings.contains_key(setting));
    let wrong = |message: String, known: Vec<&str>| {
        let advice = if known.is_empty() { "there are none".to_string() } else { format!("there are: {}", known.join(", ")) };
        Problem::new(ProblemKind::Configuration, message).advice(advice)
    };
    let of_script = |script: &str| scripts.get(script).into_iter().flat_map(|script| script.settings.keys().map(String::as_str));
    let mut problems = Vec::new();
    written.retain(|script, _| scripts.contains_key(script));
    for (script, settings) in &mut *written {
        let unknown: Vec<String> = settings.keys().filter(|setting| !has(script, setting)).cloned().collect();
        for setting in unknown {
            settings.remove(&setting);
            problems.push(wrong(format!("the script {script} has no setting `{setting}`"), of_script(script).collect()));
        }
    }
    // A group's rules run with it.
    let joins = |script: &&ScriptCard| script.kind == ScriptKind::Rule && script.groups.iter().any(|group| names.contains(group));
    let of_run: Vec<&String> = names.iter().chain(scripts.values().filter(joins).map(|script| &script.name)).collect();
    for (setting, value) in for_all {
        let takers: Vec<&String> = of_run.iter().copied().filter(|script| has(script, &setting)).collect();
        if takers.is_empty() {
            let known = of_run.iter().flat_map(|script| of_script(script)).collect();
            problems.push(wrong(format!("no script of this run has a setting `{setting}`"), known));
        }
        for script in takers {
            written.entry(script.clone()).or_default().insert(setting.clone(), value.clone());
        }
    }
    problems
}

/// One job for each scope of each script: urgent chapters first, then script by script in reading order.
pub fn jobs(names: &[String], scripts: &BTreeMap<String, ScriptCard>, series: &Series, urgent: &BTreeSet<SourcePath>) -> Vec<Job> {
    let mut jobs = Vec::new();
    for script in names.iter().filter_map(|name| scripts.get(name)) {
        for subject in subjects(script, series) {
            let (scope, chapters) = scope_of(&subject, series);
            let one_scene = match subject {
                ScriptSubject::Scene { scene, .. } => Some(scene),
                _ => None,
            };
            let scenes = one_scene.map_or_else(|| chapters.iter().map(|chapter| chapter.scenes.len()).sum(), |_| 1);
            let words = match one_scene {
                Some(scene) => chapters.iter().filter_map(|chapter| chapter.scenes.get(scene)).map(|scene| scene.words()).sum(),
                None => chapters.iter().map(|chapter| chapter.words()).sum(),
            };
            let is_urgent = chapters.len() == 1 && urgent.contains(&chapters[0].path.on_disk());
            let turn = Turn { is_urgent, place: 0 };
            jobs.push(Job { script: script.name.clone(), report: script.report.clone(), subject, scope, scenes, words, turn });
        }
    }
    jobs.sort_by_key(|job| !job.turn.is_urgent);
    // The jobs' order is also the order of their questions: at a deadline the first chapters are done, not all of them begun.
    for (place, job) in jobs.iter_mut().enumerate() {
        job.turn.place = u32::try_from(place).unwrap_or(u32::MAX);
    }
    jobs
}

fn scope_of<'s>(subject: &ScriptSubject, series: &'s Series) -> (Scope, Vec<&'s Arc<Chapter>>) {
    match *subject {
        ScriptSubject::Scene { book, chapter, scene } => {
            let parsed = &series.books[book].chapters[chapter];
            (Scope::Scene { file: parsed.path.clone(), number: scene + 1 }, vec![parsed])
        }
        ScriptSubject::Chapter { book, chapter } => {
            let parsed = &series.books[book].chapters[chapter];
            (Scope::Chapter(parsed.path.clone()), vec![parsed])
        }
        ScriptSubject::Book { book } => (Scope::Book(series.books[book].folder.clone()), series.books[book].chapters.iter().collect()),
        ScriptSubject::Series => (Scope::Series, series.chapters().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_scripts_are_the_ones_that_authors_are_told() {
        let told = format!("{} and your own scripts", USUAL.join(", "));
        for (file, text) in [("README.md", include_str!("../../README.md")), ("--help", include_str!("../cli/args.rs"))] {
            assert!(text.contains(&told), "{file} does not say “{told}”");
        }
    }
}
