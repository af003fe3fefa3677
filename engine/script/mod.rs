//! Scripts: compiled once, run within limits, able to reach only what `api/` gives them.
//!
//! A script's error, endless loop or panic becomes the result of its own job, with line and column, and of no other.

mod api;
pub mod bench;
mod fault;
mod handles;
pub mod limits;
pub mod reference;
pub mod starter;

pub use handles::{JobOutput, World};
pub use limits::{Limits, Pulse};

pub use crate::text::ScriptFile;

use crate::model::Turn;
use crate::notes::Wanted;
use crate::text::{LineColumn, Problem, ProblemKind, SourcePath};
use fault::fault_to_problem;
use rhai::{AST, CallFnOptions, Dynamic, Engine, Scope as Variables};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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

/// What a script says of itself, as far as its jobs cannot be planned without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptCard {
    pub name: String,
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
    /// Where its `check` begins.
    check_place: LineColumn,
    ast: AST,
}

/// Compiles and runs scripts. One host serves all threads.
pub struct ScriptHost {
    engine: Engine,
    limits: Limits,
}

impl ScriptHost {
    /// A host whose scripts may do what `api/` offers within the limits.
    pub fn new(limits: Limits) -> ScriptHost {
        let mut engine = Engine::new_raw();
        limits::apply(&mut engine, &limits);
        api::register(&mut engine);
        ScriptHost { engine, limits }
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
            None | Some("chapter") => ScriptScope::Chapter,
            Some("book") => ScriptScope::Book,
            Some("series") => ScriptScope::Series,
            Some(other) => {
                let message = format!("SCOPE is “{}”, but a script looks at a scene, a chapter, a book or the series", fault::cut(other));
                return Err(configuration(message).advice("write for example: const SCOPE = \"chapter\";"));
            }
        };
        let report = constant("REPORT").unwrap_or_else(|| file.name.clone());
        if !is_report_word(&report) {
            return Err(configuration(format!("REPORT is “{}”, but it becomes part of a file name", fault::cut(&report)))
                .advice("use small letters, digits and hyphens, at most 60"));
        }
        if !ast.iter_functions().any(|function| function.name == "check" && function.params.len() == 2) {
            return Err(configuration("this script has no function `check` with two parameters".to_string())
                .advice("begin it with: fn check(chapter, desk) {"));
        }
        let is_small = matches!(scope, ScriptScope::Scene | ScriptScope::Chapter);
        let needs = needs_of(constant("NEEDS").as_deref().unwrap_or_default()).map_err(|word| {
            configuration(format!("NEEDS names “{}”, but a script needs notes, summaries, or both", fault::cut(&word)))
                .advice("write for example: const NEEDS = \"notes\";")
        })?;
        let has_book_check = is_small && ast.iter_functions().any(|function| function.name == "check_book" && function.params.len() == 2);
        let mut tests: Vec<String> =
            ast.iter_functions().filter(|function| function.name.starts_with("test_")).map(|function| function.name.to_string()).collect();
        tests.sort();
        Ok(Script {
            card: ScriptCard { name: file.name.clone(), scope, report, has_book_check, needs, settings: settings_of(&ast) },
            path: file.path.clone(),
            manual: plain_manual(ast.doc()),
            tests,
            check_place: place_of_check(&file.text),
            ast,
        })
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
        let mut settings = script.card.settings.clone();
        settings.extend(world.settings.get(&script.card.name).cloned().unwrap_or_default());
        let desk = handles::Desk::new(world.clone(), subject.clone(), turn, settings);
        let argument = handles::subject_value(world, &subject);
        let is_book_check = script.card.has_book_check && matches!(subject, ScriptSubject::Book { .. });
        self.call(
            script,
            if is_book_check { "check_book" } else { "check" },
            vec![argument, Dynamic::from(desk.clone())],
            world.stop.clone(),
            Some(handles::SeriesHandle { world: world.clone() }),
            pulse,
        )?;
        Ok(desk.into_output())
    }

    /// Runs one of a script's own tests.
    ///
    /// # Errors
    /// The test's failure, with line and column.
    pub fn run_test(&self, script: &Arc<Script>, test: &str) -> Result<(), Problem> {
        let bench = bench::Bench::new(script.clone(), self.limits.clone());
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

/// What a script says it needs, in words with commas between them.
///
/// # Errors
/// The first word that is nothing it could need.
fn needs_of(words: &str) -> Result<Wanted, String> {
    let mut needs = Wanted::default();
    for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "notes" => needs.notes = true,
            "summaries" => needs.summary = true,
            other => return Err(other.to_string()),
        }
    }
    Ok(needs)
}

/// The constants of a script that an author may set otherwise, as texts.
fn settings_of(ast: &AST) -> BTreeMap<String, String> {
    let constants = ast.iter_literal_variables(true, false).filter(|(name, _, _)| !matches!(*name, "SCOPE" | "REPORT" | "NEEDS"));
    let is_plain = |value: &Dynamic| value.is_string() || value.is_int() || value.is_bool();
    constants.filter(|(_, _, value)| is_plain(value)).map(|(name, _, value)| (name.to_lowercase(), value.to_string())).collect()
}

impl Script {
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

/// The `//!` block without its marks.
fn plain_manual(doc: &str) -> String {
    doc.lines().map(|line| line.trim_start_matches("//!").trim_start_matches(' ')).collect::<Vec<_>>().join("\n").trim().to_string()
}
