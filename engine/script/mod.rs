//! Scripts: compiled once, run within limits, able to reach only what `api/` gives them.
//!
//! A *rule* looks for one kind of mistake. A *group* is a script that runs all rules which join it, in one job with one report; a mistake in
//! one of them costs that rule's findings only. A *library* has functions for several scripts.
//!
//! A script's error, endless loop or panic becomes the result of its own job, with line and column, and of no other.

mod api;
pub mod bench;
mod declared;
mod fault;
mod handles;
mod library;
pub mod limits;
pub mod manual;
pub mod reference;
pub mod starter;

pub use handles::{JobOutput, StoryContext};
pub use library::Libraries;
pub use limits::{JobClock, Limits};

pub use crate::text::{ScriptFile, ScriptKind};

use crate::model::Turn;
use crate::notes::Wanted;
use crate::text::{LineColumn, Problem, ProblemKind, SourcePath};
use declared::{Declared, undeclared_rule};
use fault::fault_to_problem;
use rayon::prelude::*;
use rhai::{AST, CallFnOptions, Dynamic, Engine, Scope as Variables};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The largest script that is compiled, in bytes.
const MAX_SCRIPT_BYTES: usize = 256 << 10;

/// The longest word in a report's file name, in bytes: names of chapters need room too.
const MAX_REPORT_BYTES: usize = 60;

/// What a script's `check` is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScriptScope {
    Scene,
    Chapter,
    Book,
    Series,
}

/// What the rules of a group hold the prose against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Against {
    /// Other prose: their `check` is called.
    Prose,
    /// The bible: their `check_bible` is called.
    Bible,
}

impl Against {
    /// The function that is called.
    fn function(self) -> &'static str {
        match self {
            Against::Prose => "check",
            Against::Bible => "check_bible",
        }
    }
}

/// What a script says of itself, as far as its jobs cannot be planned without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptCard {
    pub name: String,
    pub kind: ScriptKind,
    /// Of a rule: the groups it joins.
    pub groups: Vec<String>,
    /// Of a group: what its rules hold the prose against.
    pub runs_rules: Option<Against>,
    /// The libraries it imports, and those that these import.
    pub imports: BTreeSet<String>,
    /// The rules whose findings it may make.
    pub finds: Vec<String>,
    /// Whether it asks what an edit took away: only then the worker is given the chapters as they were.
    pub looks_back: bool,
    pub scope: ScriptScope,
    /// The word in the report's file name.
    pub report: String,
    /// Whether it also looks at each book as a whole, by a function `check_book`.
    pub has_book_check: bool,
    /// What it needs of the trained reader, as its NEEDS says: it is read before the scripts begin.
    pub needs: Wanted,
    /// What an author may set for it: the constants beside SCOPE and REPORT by their names in small letters, with the script's own values.
    pub settings: BTreeMap<String, String>,
}

/// A compiled script.
pub struct Script {
    pub card: ScriptCard,
    pub path: SourcePath,
    /// Its `//!` block.
    pub manual: String,
    /// Names of its `test_*` functions.
    pub tests: Vec<String>,
    /// Of a group: the rules that joined it, in order of their names.
    rules: Vec<Arc<Script>>,
    /// Where its `check` begins.
    check_place: LineColumn,
    ast: AST,
}

/// Compiles and runs scripts. One host serves all threads.
pub struct ScriptHost {
    engine: Engine,
    limits: Limits,
    libraries: Libraries,
}

impl ScriptHost {
    /// A host whose scripts may do what `api/` offers within the limits, and import these libraries.
    pub fn new(limits: Limits, libraries: Libraries) -> ScriptHost {
        let mut engine = Engine::new_raw();
        limits::apply(&mut engine, &limits);
        api::register(&mut engine);
        engine.set_module_resolver(libraries.clone());
        ScriptHost { engine, limits, libraries }
    }

    /// Compiles some files, all at once, and joins rules to their groups. Libraries among them are read too, so that what is wrong with one
    /// is reported once.
    pub fn compile_all(&self, files: &[ScriptFile]) -> Vec<Result<Arc<Script>, Problem>> {
        let mut compiled: Vec<Result<Arc<Script>, Problem>> = files.par_iter().map(|file| self.compile(file).map(Arc::new)).collect();
        let is_group = |script: &Script| script.card.runs_rules.is_some();
        let mut rules: Vec<Arc<Script>> = compiled.iter().flatten().filter(|script| !is_group(script)).cloned().collect();
        rules.retain(|script| script.card.kind == ScriptKind::Rule);
        rules.sort_by(|one, other| one.card.name.cmp(&other.card.name));
        // Nobody else has a group yet.
        for group in compiled.iter_mut().flatten().filter(|script| is_group(script)).filter_map(Arc::get_mut) {
            group.take(&rules);
        }
        compiled
    }

    /// Compiles a script and reads its settings.
    ///
    /// # Errors
    /// A problem with line and column: wrong syntax, no `check`, an unknown SCOPE, or a file too large.
    pub fn compile(&self, file: &ScriptFile) -> Result<Script, Problem> {
        let configuration = |message: String| Problem::new(ProblemKind::Configuration, message).in_file(&file.path);
        if file.text.len() > MAX_SCRIPT_BYTES {
            return Err(
                configuration(format!("this script is larger than {} KB", MAX_SCRIPT_BYTES >> 10)).advice("split it into several scripts")
            );
        }
        let ast = self.engine.compile(&file.text).map_err(|error| fault::parse_problem(&file.path, &error))?;
        let declared = Declared::read(&ast, file)?;
        let has = |wanted: &str| has_function(&ast, wanted);
        let is_small = matches!(declared.scope, ScriptScope::Scene | ScriptScope::Chapter);
        let mut tests: Vec<String> =
            ast.iter_functions().filter(|function| function.name.starts_with("test_")).map(|function| function.name.to_string()).collect();
        tests.sort();
        let card = ScriptCard {
            name: file.name.clone(),
            kind: file.kind,
            groups: file.groups().into_iter().map(str::to_string).collect(),
            runs_rules: declared.runs_rules,
            imports: self.imports(&ast, file)?,
            finds: declared.finds,
            looks_back: declared.looks_back,
            scope: declared.scope,
            report: declared.report,
            has_book_check: is_small && has("check_book"),
            needs: declared.needs,
            settings: declared::settings_of(&ast),
        };
        let (manual, check_place) = (manual::manual(&file.text), place_of_check(&file.text));
        Ok(Script { card, path: file.path.clone(), manual, tests, rules: Vec::new(), check_place, ast })
    }

    /// The libraries that a script imports, and those that these import.
    ///
    /// # Errors
    /// A library that is not there, does not compile, or is imported in a circle.
    fn imports(&self, ast: &AST, file: &ScriptFile) -> Result<BTreeSet<String>, Problem> {
        let mut open: Vec<String> = library::imports(ast).into_iter().collect();
        let mut all = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !all.insert(name.clone()) {
                continue;
            }
            let module = rhai::ModuleResolver::resolve(&self.libraries, &self.engine, None, &name, rhai::Position::NONE);
            if let Err(error) = module {
                let told = fault_to_problem(&file.path, &error, place_of_import(&file.text, &name));
                let advice = "libraries are files in the folder lib of your scripts, imported by bare names; allow one like a script";
                return Err(Problem { kind: ProblemKind::Configuration, ..told }.advice(advice));
            }
            open.extend(self.libraries.imports_of(&name));
        }
        Ok(all)
    }

    /// Runs a script on one scope. What it found before a fault is dropped: half a check is not a check.
    ///
    /// # Errors
    /// The fault as a problem with line and column.
    pub fn check(&self, script: &Script, subject: ScriptSubject, world: &Arc<StoryContext>, turn: Turn) -> Result<JobOutput, Problem> {
        self.check_watched(script, subject, world, turn, None)
    }

    /// The same, while another thread looks at the job's pulse.
    ///
    /// # Errors
    /// The fault as a problem with line and column.
    pub fn check_watched(
        &self,
        script: &Script,
        subject: ScriptSubject,
        world: &Arc<StoryContext>,
        turn: Turn,
        pulse: Option<Arc<JobClock>>,
    ) -> Result<JobOutput, Problem> {
        let desk = handles::ScriptDesk::new(world.clone(), subject.clone(), turn, script);
        if let Some(against) = script.card.runs_rules
            && (against == Against::Prose || !world.bible.is_empty())
        {
            self.run_rules(script, against, &desk, pulse.as_ref())?;
        }
        let is_book_check = script.card.has_book_check && matches!(subject, ScriptSubject::Book { .. });
        let function = if is_book_check { "check_book" } else { Against::Prose.function() };
        if script.has(function) {
            self.call_check(script, function, &desk, pulse.clone())?;
        }
        // A rule that runs alone.
        if script.card.kind == ScriptKind::Rule && script.has(Against::Bible.function()) && !world.bible.is_empty() {
            self.call_check(script, Against::Bible.function(), &desk, pulse)?;
        }
        Ok(desk.into_output())
    }

    /// Runs the rules of a group one after the other. What a rule found before a fault is dropped, and the fault is reported; the others go on.
    ///
    /// # Errors
    /// The work was stopped.
    fn run_rules(
        &self,
        group: &Script,
        against: Against,
        desk: &handles::ScriptDesk,
        pulse: Option<&Arc<JobClock>>,
    ) -> Result<(), Problem> {
        for rule in group.rules.iter().filter(|rule| rule.has(against.function())) {
            let before = desk.output().clone();
            for subject in bench::subjects(&rule.card, &desk.world.series) {
                let Err(problem) = self.call_check(rule, against.function(), &desk.of_rule(rule, subject), pulse.cloned()) else {
                    continue;
                };
                if desk.world.stop.load(Ordering::Relaxed) {
                    return Err(problem);
                }
                let mut output = desk.output();
                *output = before;
                output.not_read.push(format!("{}: {}", rule.card.name, problem.message));
                output.problems.push(problem.advice("correct the line and run again; the other rules were run"));
                break;
            }
        }
        desk.output().drop_doubles();
        Ok(())
    }

    fn call_check(&self, script: &Script, function: &str, desk: &handles::ScriptDesk, pulse: Option<Arc<JobClock>>) -> Result<(), Problem> {
        let argument = handles::subject_value(&desk.world, &desk.subject);
        let series = Some(handles::SeriesHandle { world: desk.world.clone() });
        self.call(script, function, vec![argument, Dynamic::from(desk.clone())], desk.world.stop.clone(), series, pulse)
    }

    /// Runs one of a script's own tests.
    ///
    /// # Errors
    /// The test's failure, with line and column.
    pub fn run_test(&self, script: &Arc<Script>, test: &str) -> Result<(), Problem> {
        let bench = bench::Bench::new(script.clone(), self.limits.clone(), self.libraries.clone());
        self.call(script, test, vec![Dynamic::from(bench)], Arc::default(), None, None)
    }

    /// `series` is what functions without a handle look at, such as those of the calendar; nothing in a script's own tests.
    fn call(
        &self,
        script: &Script,
        function: &str,
        arguments: Vec<Dynamic>,
        stop: Arc<AtomicBool>,
        series: Option<handles::SeriesHandle>,
        pulse: Option<Arc<JobClock>>,
    ) -> Result<(), Problem> {
        let watch = limits::watch(&self.limits, stop, pulse);
        let options = CallFnOptions::new().eval_ast(true).rewind_scope(true);
        let options = match series {
            Some(series) => options.with_tag(series),
            None => options,
        };
        let mut variables = Variables::new();
        let called = std::panic::catch_unwind(AssertUnwindSafe(|| {
            self.engine.call_fn_with_options::<Dynamic>(options, &mut variables, &script.ast, function, arguments)
        }));
        drop(watch);
        match called {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(fault_to_problem(&script.path, &error, script.check_place)),
            Err(_) => Err(Problem::new(ProblemKind::NotChecked, "this script made copydesk itself stumble")
                .in_file(&script.path)
                .at(script.check_place)
                .advice("the other scripts went on; please report it")),
        }
    }

    /// The engine, for the generated definitions.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// What one job looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScriptSubject {
    Scene { book: usize, chapter: usize, scene: usize },
    Chapter { book: usize, chapter: usize },
    Book { book: usize },
    Series,
}

/// Whether a word can be part of a report's file name on every system.
pub fn is_report_word(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=MAX_REPORT_BYTES).contains(&word.len()) && word.chars().all(is_plain)
}

impl Script {
    /// Takes those of some rules into the group that join it.
    fn take(&mut self, rules: &[Arc<Script>]) {
        self.rules = rules.iter().filter(|rule| rule.card.groups.contains(&self.card.name)).cloned().collect();
        self.card.needs = self.rules.iter().fold(self.card.needs, |all, rule| all.or(rule.card.needs));
        self.card.looks_back |= self.rules.iter().any(|rule| rule.card.looks_back);
        self.card.finds = self.rules.iter().map(|rule| rule.card.name.clone()).collect();
        self.card.imports.extend(self.rules.iter().flat_map(|rule| rule.card.imports.clone()));
    }

    /// Whether it has a function that is called with what is looked at and the desk.
    fn has(&self, function: &str) -> bool {
        has_function(&self.ast, function)
    }

    /// The problem of a job that had to be ended from outside, with the line where its check begins: which step it was at nobody can tell.
    pub fn overran(&self, why: &str) -> Problem {
        Problem::new(ProblemKind::NotChecked, format!("this script was stopped: {why}"))
            .in_file(&self.path)
            .at(self.check_place)
            .advice("look for a step in its check that works on very long texts or lists, and split them first")
    }
}

/// Whether a script has a function of two parameters.
fn has_function(ast: &AST, name: &str) -> bool {
    ast.iter_functions().any(|function| function.name == name && function.params.len() == 2)
}

/// Where `fn check` stands, as it is usually written: at the start of a line.
fn place_of_check(text: &str) -> LineColumn {
    let begins = |line: &str| line.trim_start().trim_start_matches("private ").starts_with("fn check(");
    LineColumn { line: text.lines().position(begins).map_or(1, |index| index + 1), column: 1 }
}

/// Where a library is imported, as it is usually written.
fn place_of_import(text: &str, name: &str) -> LineColumn {
    let imports = |line: &str| line.trim_start().starts_with("import") && line.contains(name);
    LineColumn { line: text.lines().position(imports).map_or(1, |index| index + 1), column: 1 }
}
