//! Which scripts run on what, in which order.

use crate::manuscript::{Chapter, Series};
use crate::model::Turn;
use crate::project::Config;
use crate::report::Scope;
use crate::script::bench::subjects;
use crate::script::{ScriptCard, ScriptFile, ScriptKind, ScriptSubject};
use crate::text::{Problem, ProblemKind, SourcePath};
use crate::worker::Job;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
            let is_urgent = chapters.len() == 1 && urgent.contains(&chapters[0].path);
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
