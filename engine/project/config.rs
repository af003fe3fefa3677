//! `copydesk.yaml`: what an author may set. Everything is optional; what is wrong is reported with its line, and the rest is used.

mod schema;
mod server;
mod template;
mod verdicts;

use super::{ignore, read};
use crate::facts::calendar::{Calendar, FaultKind};
use crate::finding::Severity;
use crate::manuscript::order::BookSettings;
use crate::manuscript::{KeyNames, OrderSettings, is_published};
use crate::text::yaml::{self, Value};
use crate::text::{LineColumn, Problem, ProblemKind, Server, SourcePath};
pub use schema::json_schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
pub use template::template;
pub use verdicts::VerdictsSetting;

/// The name of the configuration in the author's folder.
pub const FILE: &str = "copydesk.yaml";

/// The smallest and the largest context, in tokens, that anybody can mean.
const CONTEXT_TOKENS: std::ops::RangeInclusive<u64> = 512..=1_048_576;

/// The one adapter that no author can name: that of the trained reader.
const OWN_ADAPTER: &str = "reader";

/// What of the model's reading is kept when the author does not say.
const READING_MEMORY_GB: u32 = 4;

/// What the author configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The name of the series.
    pub title: Option<String>,
    /// Empty to let the folders decide.
    pub books: Vec<BookConfig>,
    /// Files and folders of the bible; empty for the usual places.
    pub bible: Vec<String>,
    pub scripts: String,
    pub templates: String,
    /// Known front-matter key → the author's name for it.
    pub keys: BTreeMap<String, String>,
    /// Globs of files and folders that are left out.
    pub ignore: Vec<String>,
    /// A model's name or the path of its file.
    pub model: Option<String>,
    /// In its place, a server of the author's own.
    pub server: Option<Server>,
    /// What the trained reader reads with.
    pub reader: ReaderSetting,
    /// What the model judges in the reader's place.
    pub verdicts: Option<VerdictsSetting>,
    /// Folders to look for models in.
    pub models_dirs: Vec<String>,
    /// Trained changes to the model that scripts may ask with: what scripts call each → its name on this computer, or the path of its file.
    pub adapters: BTreeMap<String, String>,
    /// Context in model tokens.
    pub context: Option<u32>,
    /// Gigabytes that may be taken by what the model has read, kept for later runs.
    pub reading_memory_gb: Option<u32>,
    /// The scripts that `copydesk run` without a name runs.
    pub run: Vec<String>,
    /// The days, months and years of the story.
    pub calendar: Calendar,
    /// Rule → what the author set for its findings.
    pub rules: BTreeMap<String, RuleSetting>,
    pub reports: ReportsPlace,
    /// Whether the chapters in one file are told apart by their titles.
    pub split_files: bool,
    /// Script → setting → value; what is set for every script of a run stands under [`Config::ALL_SCRIPTS`].
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
}

/// What the author says of the trained reader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReaderSetting {
    /// Nothing: it reads with the model of the run where it fits it, else with one on this computer that it fits.
    #[default]
    Usual,
    /// It is not to read.
    Off,
    /// It is to read with this model: a name, or the path of a file.
    Model(String),
}

/// One book of the series.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookConfig {
    /// Relative to the author's folder; `""` is that folder itself.
    pub folder: String,
    pub title: Option<String>,
    /// Relative to the book's folder, in reading order; empty to let the folder decide.
    pub chapters: Vec<String>,
    /// The author's own word, as `draft` or `published`.
    pub status: Option<String>,
}

/// What an author may set for the findings of one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleSetting {
    /// None are shown.
    pub is_off: bool,
    /// Those go to the less certain part for whose answer the model gave a probability below this, 0 to 1; nothing for the usual number.
    pub confidence: Option<f64>,
    /// What they are listed as, whatever the rule says; a contradiction needs two quotes all the same.
    pub severity: Option<Severity>,
}

/// Where reports are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReportsPlace {
    /// Each beside the chapter it is about.
    #[default]
    Beside,
    /// In the folder `copydesk-reports`, which mirrors the chapters' folders.
    Folder,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            title: None,
            books: Vec::new(),
            bible: Vec::new(),
            scripts: "scripts".to_string(),
            templates: "templates".to_string(),
            keys: BTreeMap::new(),
            ignore: Vec::new(),
            model: None,
            server: None,
            reader: ReaderSetting::Usual,
            verdicts: None,
            models_dirs: Vec::new(),
            adapters: BTreeMap::new(),
            context: None,
            reading_memory_gb: None,
            run: Vec::new(),
            calendar: Calendar::default(),
            rules: BTreeMap::new(),
            reports: ReportsPlace::Beside,
            split_files: true,
            settings: BTreeMap::new(),
        }
    }
}

const KEYS: &[&str] = &[
    "title",
    "books",
    "bible",
    "scripts",
    "templates",
    "keys",
    "ignore",
    "model",
    "reader",
    "verdicts",
    "models_dirs",
    "adapters",
    "context",
    "reading_memory_gb",
    "run",
    "calendar",
    "rules",
    "settings",
    "reports",
    "split_files",
];
const BOOK_KEYS: &[&str] = &["folder", "title", "chapters", "status"];
const RULE_KEYS: &[&str] = &["confidence", "severity"];

impl Config {
    /// In place of a script's name: every script of the run that has such a setting. No script can bear it.
    pub const ALL_SCRIPTS: &str = "*";

    /// Sets something for every script of the run that has such a setting, from `NAME=VALUE`.
    ///
    /// # Errors
    /// There is no `=`.
    pub fn set(&mut self, assignment: &str) -> Result<(), Problem> {
        let (name, value) = assignment.split_once('=').ok_or_else(|| {
            Problem::new(ProblemKind::Configuration, format!("--set {assignment} sets nothing"))
                .advice("write --set NAME=VALUE, as form=short")
        })?;
        let settings = self.settings.entry(Self::ALL_SCRIPTS.to_string()).or_default();
        settings.insert(name.trim().to_lowercase(), value.trim().to_string());
        Ok(())
    }

    /// Bytes that may be taken by what the model has read.
    pub fn prefix_bytes(&self) -> u64 {
        u64::from(self.reading_memory_gb.unwrap_or(READING_MEMORY_GB)) << 30
    }

    /// Reads the configuration of an author's folder. Without one, everything has its default.
    pub fn load(root: &Path) -> (Config, Vec<Problem>) {
        let path = SourcePath::new(FILE);
        let disk_path = root.join(FILE);
        if std::fs::symlink_metadata(&disk_path).is_err() {
            let mut problems = Vec::new();
            if root.join("copydesk.yml").exists() {
                let problem =
                    Problem::new(ProblemKind::Configuration, "is not read under this name").in_file(&SourcePath::new("copydesk.yml"));
                problems.push(problem.advice(format!("rename it to {FILE}")));
            }
            return (Config::default(), problems);
        }
        let read = read::read_source(&disk_path, &path);
        let (mut config, mut problems) = read.file.map_or_else(|| (Config::default(), Vec::new()), |file| Config::parse(&file.text));
        config.find_adapters_in(root);
        // An empty configuration is no problem; one that could not be read decides what the run may do.
        let unread = read.problem.filter(|problem| problem.kind != ProblemKind::Note);
        problems.extend(unread.map(|problem| Problem { kind: ProblemKind::Configuration, ..problem }));
        (config, problems)
    }

    /// Takes the names of adapters for files of the author's folder, where there are such files.
    fn find_adapters_in(&mut self, root: &Path) {
        for file in self.adapters.values_mut() {
            let in_folder = root.join(&file);
            if in_folder.is_file() {
                *file = in_folder.display().to_string();
            }
        }
    }

    /// Reads a configuration from its text.
    pub fn parse(text: &str) -> (Config, Vec<Problem>) {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = Reader { text, problems: Vec::new() };
        let mut config = Config::default();
        match yaml::parse(text) {
            Ok(Value::Mapping(mapping)) => {
                for (key, value) in &mapping {
                    reader.setting(&mut config, key, value);
                }
            }
            Ok(Value::Null) => {}
            Ok(_) => {
                reader.tell(1, "the configuration is not made of `key: value` lines".to_string(), "see `copydesk init` for an example")
            }
            Err(problem) => reader.tell(problem.line, problem.message, "nothing of the configuration was used"),
        }
        (config, reader.problems)
    }

    /// What the manuscript's reading order needs of the configuration.
    pub fn order_settings(&self) -> OrderSettings {
        let book = |book: &BookConfig| BookSettings {
            folder: book.folder.clone(),
            title: book.title.clone(),
            is_published: book.status.as_deref().is_some_and(is_published),
            chapters: book.chapters.clone(),
        };
        let mut key_names = KeyNames::default();
        for (known, name) in &self.keys {
            key_names.rename(known, name);
        }
        OrderSettings { series_title: self.title.clone(), books: self.books.iter().map(book).collect(), key_names }
    }
}

/// Reads settings one by one and collects what is wrong with them.
struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn tell(&mut self, line: usize, message: String, advice: &str) {
        let problem = Problem::new(ProblemKind::Configuration, message).in_file(&SourcePath::new(FILE));
        self.problems.push(problem.at(LineColumn { line, column: 1 }).advice(advice));
    }

    /// Says that the value of a key, given with the keys above it, has the wrong form.
    fn wrong(&mut self, keys: &[&str], must: &str) {
        let line = line_of(self.text, keys);
        self.tell(line, format!("`{}` {must}", keys.join(".")), "it was left out; the other settings were used");
    }

    fn unknown(&mut self, above: &[&str], key: &str, known: &[&str]) {
        self.unknown_at(line_of(self.text, &[above, &[key]].concat()), above, key, known);
    }

    fn unknown_at(&mut self, line: usize, above: &[&str], key: &str, known: &[&str]) {
        let nearest = known.iter().map(|name| (strsim::damerau_levenshtein(key, name), name)).min().filter(|(distance, _)| *distance <= 3);
        let advice = match nearest {
            Some((_, name)) => format!("did you mean `{name}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        let whole = [above, &[key]].concat().join(".");
        self.tell(line, format!("there is no setting `{whole}`"), &advice);
    }

    fn setting(&mut self, config: &mut Config, key: &Value, value: &Value) {
        let Some(key) = yaml::scalar_text(key) else {
            return self.tell(1, "a key of the configuration is not a word".to_string(), "write `key: value`");
        };
        let at = [key.as_str()];
        match key.as_str() {
            // A key with nothing behind it is as good as absent.
            known if KEYS.contains(&known) && value.is_null() => {}
            "title" => config.title = self.text(&at, value),
            "books" => config.books = self.books(value),
            "bible" => config.bible = self.paths(&at, value),
            "scripts" => config.scripts = self.path(&at, value).unwrap_or(std::mem::take(&mut config.scripts)),
            "templates" => config.templates = self.path(&at, value).unwrap_or(std::mem::take(&mut config.templates)),
            "keys" => config.keys = self.keys(value),
            "ignore" => config.ignore = self.globs(value),
            "model" if value.is_mapping() => config.server = self.server(value),
            "model" => config.model = self.text(&at, value),
            "reader" => config.reader = self.reader(value),
            "verdicts" => config.verdicts = self.verdicts(value),
            "models_dirs" => config.models_dirs = self.list(&at, value),
            "adapters" => config.adapters = self.adapters(value),
            "context" => config.context = self.context(value),
            "reading_memory_gb" => config.reading_memory_gb = self.gigabytes(value),
            "run" => config.run = self.list(&at, value),
            "calendar" => config.calendar = self.calendar(value),
            "rules" => config.rules = self.rules(value),
            "settings" => config.settings = self.settings(value),
            "reports" => config.reports = self.reports(value),
            "split_files" => match value.as_bool() {
                Some(splits) => config.split_files = splits,
                None => self.wrong(&at, "must be true or false"),
            },
            unknown => self.unknown(&[], unknown, KEYS),
        }
    }

    fn text(&mut self, keys: &[&str], value: &Value) -> Option<String> {
        let text = yaml::scalar_text(value).map(|text| text.trim().to_string()).filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(keys, "must be a text");
        }
        text
    }

    fn reader(&mut self, value: &Value) -> ReaderSetting {
        // YAML calls `off` and `no` a text in one version and false in another.
        if value.as_bool() == Some(false) {
            return ReaderSetting::Off;
        }
        match self.text(&["reader"], value) {
            Some(word) if matches!(word.to_lowercase().as_str(), "none" | "off" | "no" | "false") => ReaderSetting::Off,
            Some(model) => ReaderSetting::Model(model),
            None => ReaderSetting::Usual,
        }
    }

    /// A list of texts; a single text is a list of one.
    fn list(&mut self, keys: &[&str], value: &Value) -> Vec<String> {
        let items = match value {
            Value::Sequence(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let texts: Option<Vec<String>> = items.iter().map(yaml::scalar_text).collect();
        if texts.is_none() {
            self.wrong(keys, "must be a list of texts");
        }
        texts.unwrap_or_default()
    }

    fn path(&mut self, keys: &[&str], value: &Value) -> Option<String> {
        let text = self.text(keys, value)?;
        let inside = inside_path(&text);
        if inside.is_none() {
            self.wrong(keys, &format!("must lie inside the author's folder, but `{text}` leads out of it"));
        }
        inside
    }

    fn paths(&mut self, keys: &[&str], value: &Value) -> Vec<String> {
        let texts = self.list(keys, value);
        texts.into_iter().filter_map(|text| self.path(keys, &Value::String(text))).collect()
    }

    fn adapters(&mut self, value: &Value) -> BTreeMap<String, String> {
        let mut adapters = BTreeMap::new();
        for (name, value) in self.mapping("adapters", value) {
            if name == OWN_ADAPTER {
                self.wrong(&["adapters", &name], "is what copydesk calls its own; give yours another name");
            } else if let Some(file) = self.text(&["adapters", &name], &value) {
                adapters.insert(name, file);
            }
        }
        adapters
    }

    fn globs(&mut self, value: &Value) -> Vec<String> {
        let mut globs = self.list(&["ignore"], value);
        globs.retain(|glob| {
            let is_glob = ignore::compile(glob.trim_matches('/')).is_some();
            if !is_glob {
                self.wrong(&["ignore"], "must hold names with `*`, `**` or `?`, none of them empty or endless");
            }
            is_glob
        });
        globs
    }

    fn books(&mut self, value: &Value) -> Vec<BookConfig> {
        let Value::Sequence(items) = value else {
            self.wrong(&["books"], "must be a list, one `- folder: …` for each book");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.book(item)).collect()
    }

    fn book(&mut self, item: &Value) -> Option<BookConfig> {
        let mapping = match item {
            Value::Mapping(mapping) => mapping,
            // `- book-1` is short for `- folder: book-1`.
            Value::String(_) => return Some(BookConfig { folder: self.path(&["books"], item)?, ..BookConfig::default() }),
            _ => {
                self.wrong(&["books"], "must be a list, one `- folder: …` for each book");
                return None;
            }
        };
        let mut book = BookConfig::default();
        let mut folder = None;
        for (key, value) in mapping {
            let key = yaml::scalar_text(key).unwrap_or_default();
            let at = ["books", key.as_str()];
            match key.as_str() {
                known if BOOK_KEYS.contains(&known) && value.is_null() => {}
                "folder" => folder = Some(self.path(&at, value)?),
                "title" => book.title = self.text(&at, value),
                "status" => book.status = self.text(&at, value),
                "chapters" => book.chapters = self.paths(&at, value),
                unknown => self.unknown(&["books"], unknown, BOOK_KEYS),
            }
        }
        if folder.is_none() {
            self.wrong(&["books"], "must say the `folder` of each book");
        }
        book.folder = folder?;
        Some(book)
    }

    fn keys(&mut self, value: &Value) -> BTreeMap<String, String> {
        let known: Vec<&str> = KeyNames::known().collect();
        let mut keys = BTreeMap::new();
        for (key, value) in self.mapping("keys", value) {
            if !known.contains(&key.as_str()) {
                self.unknown(&["keys"], &key, &known);
            } else if let Some(name) = self.text(&["keys", &key], &value) {
                keys.insert(key, name);
            }
        }
        keys
    }

    fn rules(&mut self, value: &Value) -> BTreeMap<String, RuleSetting> {
        let mut rules = BTreeMap::new();
        for (rule, value) in self.mapping("rules", value) {
            // YAML calls `off` a text in one version and false in another.
            if yaml::scalar_text(&value).is_some_and(|text| text == "off" || text == "no") {
                rules.insert(rule, RuleSetting { is_off: true, ..RuleSetting::default() });
                continue;
            }
            let Value::Mapping(settings) = &value else {
                self.wrong(&["rules", &rule], "must be `off`, `{severity: note}` or `{confidence: 0.8}`");
                continue;
            };
            let mut setting = RuleSetting::default();
            for (key, value) in settings {
                match yaml::scalar_text(key).unwrap_or_default().as_str() {
                    "confidence" => match value.as_f64().filter(|least| (0.0..=1.0).contains(least)) {
                        Some(least) => setting.confidence = Some(least),
                        None => self.wrong(&["rules", &rule, "confidence"], "must be a number from 0 to 1"),
                    },
                    "severity" => match yaml::scalar_text(value).and_then(|word| Severity::named(&word)) {
                        Some(severity) => setting.severity = Some(severity),
                        None => self.wrong(&["rules", &rule, "severity"], "must be note, query or contradiction"),
                    },
                    unknown => self.unknown(&["rules", &rule], unknown, RULE_KEYS),
                }
            }
            if setting != RuleSetting::default() {
                rules.insert(rule, setting);
            }
        }
        rules
    }

    fn settings(&mut self, value: &Value) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut settings = BTreeMap::new();
        for (script, value) in self.mapping("settings", value) {
            let Value::Mapping(mapping) = &value else {
                self.wrong(&["settings", &script], "must hold `setting: value`, as `{form: short}`");
                continue;
            };
            let of_script: &mut BTreeMap<String, String> = settings.entry(script.clone()).or_default();
            for (key, value) in mapping {
                let key = yaml::scalar_text(key).unwrap_or_default();
                if let Some(value) = self.text(&["settings", &script, &key], value) {
                    of_script.insert(key, value);
                }
            }
        }
        settings
    }

    fn calendar(&mut self, value: &Value) -> Calendar {
        let (read, faults) = Calendar::parse(value);
        for fault in faults {
            let keys: Vec<&str> = std::iter::once("calendar").chain(fault.keys.iter().copied()).collect();
            let line = line_near(self.text, line_of(self.text, &keys), &fault.near);
            match fault.kind {
                FaultKind::Unknown { key, known } => self.unknown_at(line, &keys, &key, known),
                FaultKind::Must(must) => {
                    let advice = if read.is_usual() { "until then the usual calendar is used" } else { "it was left out" };
                    self.tell(line, format!("`{}` {must}", keys.join(".")), advice);
                }
            }
        }
        read
    }

    fn mapping(&mut self, key: &str, value: &Value) -> Vec<(String, Value)> {
        let Value::Mapping(mapping) = value else {
            self.wrong(&[key], "must hold `key: value` lines");
            return Vec::new();
        };
        mapping.iter().filter_map(|(key, value)| Some((yaml::scalar_text(key)?, value.clone()))).collect()
    }

    fn context(&mut self, value: &Value) -> Option<u32> {
        let tokens = value.as_u64().filter(|tokens| CONTEXT_TOKENS.contains(tokens)).and_then(|tokens| u32::try_from(tokens).ok());
        if tokens.is_none() {
            let must = format!("must be a whole number of tokens from {} to {}", CONTEXT_TOKENS.start(), CONTEXT_TOKENS.end());
            self.wrong(&["context"], &must);
        }
        tokens
    }

    fn gigabytes(&mut self, value: &Value) -> Option<u32> {
        let gigabytes = value.as_u64().and_then(|number| u32::try_from(number).ok());
        if gigabytes.is_none() {
            self.wrong(&["reading_memory_gb"], "must be a whole number of gigabytes; 0 keeps nothing");
        }
        gigabytes
    }

    fn reports(&mut self, value: &Value) -> ReportsPlace {
        match yaml::scalar_text(value).as_deref() {
            Some("beside") => ReportsPlace::Beside,
            Some("folder") => ReportsPlace::Folder,
            _ => {
                self.wrong(&["reports"], "must be `beside` or `folder`");
                ReportsPlace::Beside
            }
        }
    }
}

/// A path inside the author's folder, cleaned: `./a/` is `a`, `.` is the folder itself. Nothing when it leads out of it.
fn inside_path(text: &str) -> Option<String> {
    let text = text.trim().replace('\\', "/");
    let is_absolute = text.starts_with(['/', '~']) || text.as_bytes().get(1) == Some(&b':');
    let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!is_absolute && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// The 1-based line of a key, given with the keys above it; the line of the innermost that can be found, else 1.
fn line_of(text: &str, keys: &[&str]) -> usize {
    let mut found = 0;
    for (depth, key) in keys.iter().enumerate() {
        let is_key = |line: &str| {
            let is_indented = line.starts_with([' ', '\t', '-']);
            let inner = line.trim_start_matches([' ', '\t', '-', '{']).trim_start_matches(['"', '\'']);
            let follows = inner.strip_prefix(key).map(|rest| rest.trim_start_matches(['"', '\'']).trim_start());
            is_indented == (depth > 0) && follows.is_some_and(|rest| rest.starts_with(':'))
        };
        // Inner keys stand after the key above them.
        match text.lines().enumerate().skip(found).find(|(_, line)| is_key(line)) {
            Some((index, _)) => found = index + 1,
            None => break,
        }
    }
    found.max(1)
}

/// The first line from a line on that has a text in it; that line itself when none has. Lines are counted from 1.
fn line_near(text: &str, from: usize, near: &str) -> usize {
    let below = text.lines().enumerate().skip(from - 1).find(|(_, line)| !near.is_empty() && line.contains(near));
    below.map_or(from, |(index, _)| index + 1)
}

#[cfg(test)]
mod tests;
