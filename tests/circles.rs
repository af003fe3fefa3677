//! Files and folders that stand side by side in the engine name each other in one direction only, so that each can be read, and taken out,
//! without the ones that build on it. A file may name the folder's own (`super::`) types: that is how Rust keeps them private.

use crate::architecture::{source_files, without_comments, without_tests};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

/// A module's path below the engine: `facts`, `time`, `date`.
type Module = Vec<String>;

/// Which module stands for the names that a folder offers as its own (`pub use cast::Cast`).
type Offered = BTreeMap<(Module, String), String>;

static USE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)\buse (crate|super(?:::super)*)::(.*?);").unwrap());
static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b(crate|super(?:::super)*)::((?:\w+::)*\w+)").unwrap());
static OFFER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?s)\bpub(?:\([a-z]+\))? use (\w+)::(\{.*?\}|\w+);").unwrap());

fn module_of(path: &Path) -> Module {
    let parts: Module = path.with_extension("").iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") { parts[..parts.len() - 1].to_vec() } else { parts }
}

/// The paths of a list in braces, or the one path: `{self, scene::{A, B}, number}` is `self`, `scene::A`, `scene::B`, `number`.
fn paths(list: &str) -> Vec<String> {
    let inner = list.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(list);
    let mut depth = 0;
    let parts = inner.split(|letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    let whole = |part: &str| match part.trim().split_once("::{") {
        Some((before, rest)) => paths(&format!("{{{rest}")).iter().map(|path| format!("{before}::{path}")).collect(),
        None => vec![part.trim().to_string()],
    };
    parts.flat_map(whole).filter(|path| !path.is_empty()).collect()
}

/// What a file names, as paths below the engine.
fn named_by(module: &Module, code: &str, offered: &Offered) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    let mut add = |from: &str, name: &str| {
        let ups = from.matches("super").count();
        let Some(kept) = module.len().checked_sub(ups).filter(|_| ups > 0).or((ups == 0).then_some(0)) else { return };
        let mut path = module[..kept].to_vec();
        for segment in name.split("::").filter(|segment| !segment.is_empty()) {
            if let Some(home) = offered.get(&(path.clone(), segment.to_string())) {
                path.push(home.clone());
                break;
            }
            path.push(segment.to_string());
        }
        found.insert(path);
    };
    for uses in USE.captures_iter(code) {
        paths(&uses[2]).iter().for_each(|name| add(&uses[1], name));
    }
    for named in PATH.captures_iter(code) {
        // A function of the folder above is none of its files, whatever they are called.
        let is_function = named[2].rsplit("::").next().is_some_and(|last| last.starts_with(char::is_lowercase));
        let path = if is_function { named[2].rsplit_once("::").map_or("", |(path, _)| path) } else { &named[2] };
        add(&named[1], path);
    }
    found
}

/// A way that leads from a name back to it.
fn circle(from: &str, ways: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut ways_there = vec![vec![from.to_string()]];
    let mut seen = BTreeSet::new();
    while let Some(path) = ways_there.pop() {
        for next in ways.get(path.last()?).into_iter().flatten() {
            if next == from {
                return Some(path);
            }
            if seen.insert(next.clone()) {
                ways_there.push(path.iter().cloned().chain([next.clone()]).collect());
            }
        }
    }
    None
}

/// The circles among files, given as path and text.
fn circles(files: &[(&Path, &str)]) -> BTreeSet<Vec<String>> {
    let mut offered = Offered::new();
    for (path, text) in files {
        for offer in OFFER.captures_iter(text) {
            for name in paths(&offer[2]) {
                offered.insert((module_of(path), name), offer[1].to_string());
            }
        }
    }
    // Of each folder: which of its own name which.
    let mut folders: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let modules: BTreeSet<Module> = files.iter().map(|(path, _)| module_of(path)).collect();
    for (path, text) in files {
        let module = module_of(path);
        for named in named_by(&module, text, &offered) {
            let shared = module.iter().zip(&named).take_while(|(one, other)| one == other).count();
            if let (Some(one), Some(other)) = (module.get(shared), named.get(shared))
                && modules.contains(&named[..=shared])
                && shared > 0
            {
                folders.entry(module[..shared].to_vec()).or_default().entry(one.clone()).or_default().insert(other.clone());
            }
        }
    }
    let of_folder = |(folder, ways): (&Module, &BTreeMap<String, BTreeSet<String>>)| {
        let found: Vec<Vec<String>> = ways.keys().filter_map(|name| circle(name, ways)).collect();
        found
            .into_iter()
            .map(|mut names| {
                names.sort();
                [folder.join("/")].into_iter().chain(names).collect()
            })
            .collect::<Vec<Vec<String>>>()
    };
    folders.iter().flat_map(of_folder).collect()
}

#[test]
fn files_side_by_side_make_no_circle() {
    let sources = source_files("engine");
    let code: Vec<_> = sources.iter().map(|(path, text)| (path.as_path(), without_comments(without_tests(path, text)))).collect();
    let files: Vec<(&Path, &str)> = code.iter().map(|(path, code)| (*path, code.as_str())).collect();
    assert_eq!(circles(&files), BTreeSet::new());
}

#[test]
fn a_circle_is_seen() {
    let one = (Path::new("engine/facts/value.rs"), "use super::calendar::Calendar;");
    let other = (Path::new("engine/facts/calendar/own.rs"), "fn of(value: &super::super::value::Value) {}");
    let parent = (Path::new("engine/facts/calendar.rs"), "mod own; use own::Month;");
    assert_eq!(circles(&[one, other, parent]).len(), 1);
    let through_the_folder = (Path::new("engine/facts/calendar.rs"), "use crate::facts::{Value, Voice};");
    let folder = (Path::new("engine/facts/mod.rs"), "pub use value::{Difference, Value};");
    assert_eq!(circles(&[one, through_the_folder, folder]).len(), 1);
    let without_use = (Path::new("engine/facts/calendar.rs"), "fn shown(value: &crate::facts::Value) {}");
    assert_eq!(circles(&[one, without_use, folder]).len(), 1);
    let child = (Path::new("engine/facts/calendar/own.rs"), "use super::Date;");
    assert!(circles(&[parent, child]).is_empty());
}
