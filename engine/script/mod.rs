//! Scripts: compiled once, run within limits, able to reach only what `api/` gives them.
//!
//! A *rule* looks for one kind of mistake. A *group* is a script that runs all rules which join it, in one job with one report; a mistake in
//! one of them costs that rule's findings only. A *library* has functions for several scripts.
//!
//! A script's error, endless loop or panic becomes the result of its own job, with line and column, and of no other.

mod api;
pub mod bench;
mod fault;
mod handles;
mod library;
pub mod limits;
pub mod manual;
pub mod reference;
pub mod starter;

pub use handles::{JobOutput, World};
pub use library::Libraries;
pub use limits::{Limits, Pulse};

pub use crate::text::{ScriptFile, ScriptKind};

use crate::model::Turn;
use crate::notes::Wanted;
use crate::text::{LineColumn, Problem, ProblemKind, SourcePath};
use fault::fault_to_problem;
use rayon::prelude::*;
use rhai::{AST, ASTNode, CallFnOptions, Dynamic, Engine, Expr, Scope as Variables};
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
    /// is told once.
    pub fn compile_all(&self, files: &[ScriptFile]) -> Vec<Result<Arc<Script>, Problem>> {
        let mut compiled: Vec<Result<Script, Problem>> = files.par_iter().map(|file| self.compile(file)).collect();
        let (groups, others): (Vec<_>, Vec<_>) =
            compiled.drain(..).enumerate().partition(|(_, script)| script.as_ref().is_ok_and(|script| script.card.runs_rules.is_some()));
        let mut placed: Vec<(usize, Result<Arc<Script>, Problem>)> =
            others.into_iter().map(|(place, script)| (place, script.map(Arc::new))).collect();
        let mut rules: Vec<Arc<Script>> = placed.iter().filter_map(|(_, script)| script.as_ref().ok().cloned()).collect();
        rules.retain(|script| script.card.kind == ScriptKind::Rule);
        rules.sort_by(|one, other| one.card.name.cmp(&other.card.name));
        placed.extend(groups.into_iter().map(|(place, group)| (place, group.map(|group| Arc::new(group.with_rules(&rules))))));
        placed.sort_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, script)| script).collect()
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
        let constant = |wanted: &str| {
            let found = ast.iter_literal_variables(true, false).find(|(name, _, _)| *name == wanted);
            found.and_then(|(_, _, value)| value.into_string().ok())
        };
        let scope = match constant("SCOPE").as_deref() {
            Some("scene") => ScriptScope::Scene,
            // A rule looks at what its group looks at.
            None if file.kind == ScriptKind::Rule => ScriptScope::Series,
            None | Some("chapter") => ScriptScope::Chapter,
            Some("book") => ScriptScope::Book,
            Some("series") => ScriptScope::Series,
            Some(other) => {
                let message = format!("SCOPE is “{}”, but a script looks at a scene, a chapter, a book or the series", fault::cut(other));
                return Err(configuration(message).advice("write for example: const SCOPE = \"chapter\";"));
            }
        };
        let report = constant("REPORT").unwrap_or_else(|| file.path.stem().to_string());
        if !is_report_word(&report) && file.kind != ScriptKind::Library {
            return Err(configuration(format!("REPORT is “{}”, but it becomes part of a file name", fault::cut(&report)))
                .advice("use small letters, digits and hyphens, at most 60"));
        }
        let has = |wanted: &str| ast.iter_functions().any(|function| function.name == wanted && function.params.len() == 2);
        let runs_rules = match constant("RULES").as_deref() {
            None => None,
            Some("prose") => Some(Against::Prose),
            Some("bible") => Some(Against::Bible),
            Some(other) => {
                let message = format!("RULES is “{}”, but rules hold the prose against other prose or the bible", fault::cut(other));
                return Err(configuration(message).advice("write for example: const RULES = \"prose\";"));
            }
        };
        let has_check = has("check") || runs_rules.is_some() || file.kind == ScriptKind::Rule && has("check_bible");
        if !has_check && file.kind != ScriptKind::Library {
            return Err(configuration("this script has no function `check` with two parameters".to_string())
                .advice("begin it with: fn check(chapter, desk) {"));
        }
        let is_small = matches!(scope, ScriptScope::Scene | ScriptScope::Chapter);
        let (needs, looks_back) = needs_of(constant("NEEDS").as_deref().unwrap_or_default()).map_err(|word| {
            configuration(format!("NEEDS names “{}”, but a script needs notes, summaries or earlier texts", fault::cut(&word)))
                .advice("write for example: const NEEDS = \"notes, earlier\";")
        })?;
        for declaration in ["FINDS", "GROUP"] {
            let list = constant(declaration).map(|words| list_of(&words));
            if list != file.declared(declaration).map(|words| words.into_iter().map(str::to_string).collect()) {
                return Err(configuration(format!("{declaration} is not declared as a list of words in one line"))
                    .advice(format!("write at the beginning of a line: const {declaration} = \"one, other\";")));
            }
        }
        let finds: Vec<String> = file.finds().into_iter().map(str::to_string).collect();
        undeclared(&ast, &finds, file)?;
        let mut tests: Vec<String> =
            ast.iter_functions().filter(|function| function.name.starts_with("test_")).map(|function| function.name.to_string()).collect();
        tests.sort();
        let card = ScriptCard {
            name: file.name.clone(),
            kind: file.kind,
            groups: file.groups().into_iter().map(str::to_string).collect(),
            runs_rules,
            imports: self.imports(&ast, file)?,
            finds,
            looks_back,
            scope,
            report,
            has_book_check: is_small && has("check_book"),
            needs,
            settings: settings_of(&ast),
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
            let text = self.libraries.get(&name).map(|library| library.text.clone()).unwrap_or_default();
            open.extend(self.engine.compile(&*text).iter().flat_map(library::imports));
        }
        Ok(all)
    }

    /// Runs a script on one scope. What it found before a fault is dropped: half a check is not a check.
    ///
    /// # Errors
    /// The fault as a problem with line and column.
    pub fn check(&self, script: &Script, subject: ScriptSubject, world: &Arc<World>, turn: Turn) -> Result<JobOutput, Problem> {
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
        world: &Arc<World>,
        turn: Turn,
        pulse: Option<Arc<Pulse>>,
    ) -> Result<JobOutput, Problem> {
        let desk = handles::Desk::new(world.clone(), subject.clone(), turn, script);
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

    /// Runs the rules of a group one after the other. What a rule found before a fault is dropped, and the fault is told; the others go on.
    ///
    /// # Errors
    /// The work was stopped.
    fn run_rules(&self, group: &Script, against: Against, desk: &handles::Desk, pulse: Option<&Arc<Pulse>>) -> Result<(), Problem> {
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

    fn call_check(&self, script: &Script, function: &str, desk: &handles::Desk, pulse: Option<Arc<Pulse>>) -> Result<(), Problem> {
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
        pulse: Option<Arc<Pulse>>,
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

/// The words of a list with commas between them.
fn list_of(words: &str) -> Vec<String> {
    words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_string).collect()
}

/// What a script says it needs: of the reader, and whether the chapters as they were.
///
/// # Errors
/// The first word that is nothing it could need.
fn needs_of(words: &str) -> Result<(Wanted, bool), String> {
    let (mut needs, mut looks_back) = (Wanted::default(), false);
    for word in list_of(words) {
        match word.as_str() {
            "notes" => needs.notes = true,
            "summaries" => needs.summary = true,
            "earlier" => looks_back = true,
            _ => return Err(word),
        }
    }
    Ok((needs, looks_back))
}

/// Finds a rule that a script names and does not declare, with its line.
///
/// # Errors
/// The problem with it.
fn undeclared(ast: &AST, finds: &[String], file: &ScriptFile) -> Result<(), Problem> {
    let mut found = None;
    ast.walk(&mut |path| {
        let call = match path.last() {
            Some(ASTNode::Expr(Expr::MethodCall(call, _))) if call.name == "finding" => Some(call),
            _ => None,
        };
        if let Some(Expr::StringConstant(rule, position)) = call.and_then(|call| call.args.first())
            && is_report_word(rule)
            && !finds.iter().any(|known| *known == rule.as_str())
        {
            found.get_or_insert((rule.to_string(), *position));
        }
        true
    });
    let Some((rule, position)) = found.filter(|_| file.kind != ScriptKind::Library) else { return Ok(()) };
    let place = LineColumn { line: position.line().unwrap_or(1), column: position.position().unwrap_or(1) };
    Err(Problem::new(ProblemKind::Configuration, undeclared_rule(&rule)).in_file(&file.path).at(place).advice(match file.kind {
        ScriptKind::Rule => "a rule's findings have the name of its file".to_string(),
        _ => format!("write at its top: const FINDS = \"{rule}\"; with a comma between several"),
    }))
}

/// What is said of a rule that a script did not declare.
fn undeclared_rule(rule: &str) -> String {
    format!("this script makes findings of “{}”, which it does not declare", fault::cut(rule))
}

/// The constants with a meaning of their own.
const DECLARATIONS: &[&str] = &["SCOPE", "REPORT", "NEEDS", "FINDS", "GROUP", "RULES"];

/// The constants of a script that an author may set otherwise, as texts.
fn settings_of(ast: &AST) -> BTreeMap<String, String> {
    let constants = ast.iter_literal_variables(true, false).filter(|(name, _, _)| !DECLARATIONS.contains(name));
    let is_plain = |value: &Dynamic| value.is_string() || value.is_int() || value.is_bool() || value.is_float();
    constants.filter(|(_, _, value)| is_plain(value)).map(|(name, _, value)| (name.to_lowercase(), value.to_string())).collect()
}

impl Script {
    /// The group with those of some rules that join it.
    fn with_rules(mut self, rules: &[Arc<Script>]) -> Script {
        self.rules = rules.iter().filter(|rule| rule.card.groups.contains(&self.card.name)).cloned().collect();
        self.card.needs = self.rules.iter().fold(self.card.needs, |all, rule| all.or(rule.card.needs));
        self.card.looks_back |= self.rules.iter().any(|rule| rule.card.looks_back);
        self.card.finds = self.rules.iter().map(|rule| rule.card.name.clone()).collect();
        self.card.imports.extend(self.rules.iter().flat_map(|rule| rule.card.imports.clone()));
        self
    }

    /// Whether it has a function that is called with what is looked at and the desk.
    fn has(&self, function: &str) -> bool {
        self.ast.iter_functions().any(|own| own.name == function && own.params.len() == 2)
    }

    /// The problem of a job that had to be ended from outside, with the line where its check begins: which step it was at nobody can tell.
    pub fn overran(&self, why: &str) -> Problem {
        Problem::new(ProblemKind::NotChecked, format!("this script was stopped: {why}"))
            .in_file(&self.path)
            .at(self.check_place)
            .advice("look for a step in its check that works on very long texts or lists, and split them first")
    }
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
