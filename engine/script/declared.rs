//! What a script declares at its top, read and checked when it is compiled.

use super::{Against, ScriptScope, fault, has_function, is_report_word};
use crate::notes::Wanted;
use crate::text::{LineColumn, Problem, ProblemKind, ScriptFile, ScriptKind, list_of};
use rhai::{AST, ASTNode, Dynamic, Expr};
use std::collections::BTreeMap;

/// What a script says of itself.
pub(super) struct Declared {
    pub scope: ScriptScope,
    pub report: String,
    pub runs_rules: Option<Against>,
    pub needs: Wanted,
    pub looks_back: bool,
    pub finds: Vec<String>,
}

impl Declared {
    /// Reads the constants of a compiled script.
    ///
    /// # Errors
    /// A problem with what is declared wrongly, or with what is missing.
    pub fn read(ast: &AST, file: &ScriptFile) -> Result<Declared, Problem> {
        let wrong = |message: String, advice: &str| Problem::new(ProblemKind::Configuration, message).in_file(&file.path).advice(advice);
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
                return Err(wrong(message, "write for example: const SCOPE = \"chapter\";"));
            }
        };
        let report = constant("REPORT").unwrap_or_else(|| file.path.stem().to_string());
        if !is_report_word(&report) && file.kind != ScriptKind::Library {
            let message = format!("REPORT is “{}”, but it becomes part of a file name", fault::cut(&report));
            return Err(wrong(message, "use small letters, digits and hyphens, at most 60"));
        }
        let runs_rules = match constant("RULES").as_deref() {
            None => None,
            Some("prose") => Some(Against::Prose),
            Some("bible") => Some(Against::Bible),
            Some(other) => {
                let message = format!("RULES is “{}”, but rules hold the prose against other prose or the bible", fault::cut(other));
                return Err(wrong(message, "write for example: const RULES = \"prose\";"));
            }
        };
        let has_check =
            has_function(ast, "check") || runs_rules.is_some() || file.kind == ScriptKind::Rule && has_function(ast, "check_bible");
        if !has_check && file.kind != ScriptKind::Library {
            let message = "this script has no function `check` with two parameters".to_string();
            return Err(wrong(message, "begin it with: fn check(chapter, desk) {"));
        }
        let (needs, looks_back) = needs_of(constant("NEEDS").as_deref().unwrap_or_default()).map_err(|word| {
            let message = format!("NEEDS names “{}”, but a script needs notes, summaries or earlier texts", fault::cut(&word));
            wrong(message, "write for example: const NEEDS = \"notes, earlier\";")
        })?;
        for declaration in ["FINDS", "GROUP"] {
            let words = constant(declaration);
            if words.as_deref().map(|words| list_of(words).collect()) != file.declared(declaration) {
                let advice = format!("write at the beginning of a line: const {declaration} = \"one, other\";");
                return Err(wrong(format!("{declaration} is not declared as a list of words in one line"), &advice));
            }
        }
        let finds: Vec<String> = file.finds().into_iter().map(str::to_string).collect();
        undeclared(ast, &finds, file)?;
        Ok(Declared { scope, report, runs_rules, needs, looks_back, finds })
    }
}

/// What a script says it needs: of the reader, and whether the chapters as they were.
///
/// # Errors
/// The first word that is nothing it could need.
fn needs_of(words: &str) -> Result<(Wanted, bool), String> {
    let (mut needs, mut looks_back) = (Wanted::default(), false);
    for word in list_of(words) {
        match word {
            "notes" => needs.notes = true,
            "summaries" => needs.summary = true,
            "earlier" => looks_back = true,
            _ => return Err(word.to_string()),
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
pub(super) fn undeclared_rule(rule: &str) -> String {
    format!("this script makes findings of “{}”, which it does not declare", fault::cut(rule))
}

/// The constants with a meaning of their own.
pub(super) const DECLARATIONS: &[&str] = &["SCOPE", "REPORT", "NEEDS", "FINDS", "GROUP", "RULES"];

/// The constants of a script that an author may set otherwise, as texts.
pub(super) fn settings_of(ast: &AST) -> BTreeMap<String, String> {
    let constants = ast.iter_literal_variables(true, false).filter(|(name, _, _)| !DECLARATIONS.contains(name));
    let is_plain = |value: &Dynamic| value.is_string() || value.is_int() || value.is_bool() || value.is_float();
    constants.filter(|(_, _, value)| is_plain(value)).map(|(name, _, value)| (name.to_lowercase(), value.to_string())).collect()
}
