//! Libraries: functions that several scripts share, imported by a bare name, `import "years" as years;`.
//!
//! They are found among the files that the host was given, in memory; a script reaches no disk. A library is compiled when it is first
//! imported, once for all scripts.

use crate::text::{ScriptFile, ScriptKind};
use rhai::{ASTNode, Engine, EvalAltResult, Expr, Module, ModuleResolver, Position, Scope, Shared, Stmt};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Libraries that one script may import, those that these import included.
pub(super) const MAX_LIBRARIES: usize = 32;

type RhaiResultOf<T> = Result<T, Box<EvalAltResult>>;

/// The libraries of a host.
#[derive(Clone, Default)]
pub struct Libraries(Arc<Shelf>);

#[derive(Default)]
struct Shelf {
    /// By the name they are imported by.
    files: BTreeMap<String, ScriptFile>,
    compiled: Mutex<BTreeMap<String, Compiled>>,
}

/// A library that was imported.
#[derive(Clone)]
struct Compiled {
    module: Shared<Module>,
    imports: BTreeSet<String>,
}

thread_local! {
    /// The libraries that are just being compiled on this thread, each imported by the one before it.
    static OPEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl Libraries {
    /// Those among some files.
    pub fn of<'f>(files: impl IntoIterator<Item = &'f ScriptFile>) -> Libraries {
        let libraries = files.into_iter().filter(|file| file.kind == ScriptKind::Library);
        let named = libraries.map(|file| (file.name.trim_start_matches("lib/").to_string(), file.clone()));
        Libraries(Arc::new(Shelf { files: named.collect(), compiled: Mutex::default() }))
    }

    /// The file of a library.
    fn get(&self, name: &str) -> Option<&ScriptFile> {
        self.0.files.get(name)
    }

    /// What a library imports that was imported itself.
    pub(super) fn imports_of(&self, name: &str) -> BTreeSet<String> {
        self.compiled(name).map(|library| library.imports).unwrap_or_default()
    }

    fn compiled(&self, name: &str) -> Option<Compiled> {
        self.0.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn known(&self) -> String {
        let names: Vec<&str> = self.0.files.keys().map(String::as_str).collect();
        if names.is_empty() { "there are none".to_string() } else { format!("there are: {}", names.join(", ")) }
    }

    fn compile(&self, engine: &Engine, name: &str) -> RhaiResultOf<Compiled> {
        let Some(file) = self.get(name) else {
            return Err(format!("there is no library “{}”; {}", super::fault::cut(name), self.known()).into());
        };
        // A message without the place in the importing script, which is not where the mistake is.
        let within = |error: &dyn std::fmt::Display| -> Box<EvalAltResult> { format!("{}: {error}", file.path).into() };
        let ast = engine.compile(&*file.text).map_err(|error| within(&error))?;
        let module = Module::eval_ast_as_new(Scope::new(), &ast, engine).map_err(|error| within(&error))?;
        Ok(Compiled { module: module.into(), imports: imports(&ast) })
    }
}

/// The names that a compiled script imports, in its order.
pub(super) fn imports(ast: &rhai::AST) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    ast.walk(&mut |path| {
        if let Some(ASTNode::Stmt(Stmt::Import(import, _))) = path.last()
            && let Expr::StringConstant(name, _) = &import.0
        {
            names.insert(name.to_string());
        }
        true
    });
    names
}

impl ModuleResolver for Libraries {
    fn resolve(&self, engine: &Engine, _source: Option<&str>, name: &str, position: Position) -> RhaiResultOf<Shared<Module>> {
        if let Some(library) = self.compiled(name) {
            return Ok(library.module);
        }
        let circle = OPEN.with(|open| {
            let open = open.borrow();
            open.iter()
                .any(|other| other == name)
                .then(|| format!("libraries import each other in a circle: {} → {name}", open.join(" → ")))
        });
        if let Some(circle) = circle {
            return Err(Box::new(EvalAltResult::ErrorRuntime(circle.into(), position)));
        }
        OPEN.with(|open| open.borrow_mut().push(name.to_string()));
        let compiled = self.compile(engine, name);
        OPEN.with(|open| open.borrow_mut().pop());
        let library = compiled.map_err(|mut error| {
            error.set_position(position);
            error
        })?;
        let module = library.module.clone();
        self.0.compiled.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_string(), library);
        Ok(module)
    }
}
