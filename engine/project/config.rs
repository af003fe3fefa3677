//! `copydesk.yaml`: what an author may set. Everything is optional; what is wrong is told with its line, and the rest is used.

use super::{ignore, read};
use crate::facts::calendar::{Calendar, FaultKind};
use crate::finding::Severity;
use crate::manuscript::order::BookSettings;
use crate::manuscript::{KeyNames, OrderSettings, is_published};
use crate::text::yaml::{self, Value};
use crate::text::{LineColumn, Problem, ProblemKind, SourcePath};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The name of the configuration in the author's folder.
pub const FILE: &str = "copydesk.yaml";

/// The smallest and the largest context, in tokens, that anybody can mean.
const CONTEXT_TOKENS: std::ops::RangeInclusive<u64> = 512..=1_048_576;

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
    /// Folders to look for models in.
    pub models_dirs: Vec<String>,
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
    /// Script → setting → value; what is set for every script of a run stands under [`Config::ALL_SCRIPTS`].
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
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
            models_dirs: Vec::new(),
            context: None,
            reading_memory_gb: None,
            run: Vec::new(),
            calendar: Calendar::default(),
            rules: BTreeMap::new(),
            reports: ReportsPlace::Beside,
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
    "models_dirs",
    "context",
    "reading_memory_gb",
    "run",
    "calendar",
    "rules",
    "settings",
    "reports",
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
        let (config, mut problems) = read.file.map_or_else(|| (Config::default(), Vec::new()), |file| Config::parse(&file.text));
        // An empty configuration is no problem; one that could not be read decides what the run may do.
        let unread = read.problem.filter(|problem| problem.kind != ProblemKind::Note);
        problems.extend(unread.map(|problem| Problem { kind: ProblemKind::Configuration, ..problem }));
        (config, problems)
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
            "model" => config.model = self.text(&at, value),
            "models_dirs" => config.models_dirs = self.list(&at, value),
            "context" => config.context = self.context(value),
            "reading_memory_gb" => config.reading_memory_gb = self.gigabytes(value),
            "run" => config.run = self.list(&at, value),
            "calendar" => config.calendar = self.calendar(value),
            "rules" => config.rules = self.rules(value),
            "settings" => config.settings = self.settings(value),
            "reports" => config.reports = self.reports(value),
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

/// The configuration that `copydesk init` writes: every setting explained, none of them set.
pub fn template() -> &'static str {
    r#"# copydesk.yaml: how copydesk reads this folder. Everything here is optional; remove the # before a line to set it.

# The name of the series, as reports print it.
#title: The Harbour Books

# The books in reading order. Without this list the folders decide. `chapters` is only needed when neither numbers
# in the front matter nor the file names say the order; `status: published` freezes a book: no finding asks for a change in it.
#books:
#  - folder: book-1
#    title: The Second Key
#    status: published
#  - folder: book-2
#    chapters: [prologue.md, 01.md, 02.md]

# Files and folders of the series bible. Usual: bible/, story-bible/, codex/ and bible.yaml.
#bible: [bible]

# Your own checks and prompts. One with the name of a built-in one replaces it.
#scripts: scripts
#templates: templates

# Your names for the keys that copydesk knows in the front matter of a chapter:
# title, number, pov, characters, location, date, time, status, mode.
#keys:
#  pov: narrator
#  date: story-day

# What is neither chapter nor bible. `*` stays within a name, `**` crosses folders, `?` is one letter.
#ignore:
#  - drafts/
#  - "**/old-*.md"

# The model: a name from `copydesk models`, or the path of a .gguf file; and more folders to look for models in.
#model: qwen2.5-1.5b-instruct
#models_dirs: [~/models]

# How many tokens the model may see at once. More needs more memory.
#context: 8192

# Gigabytes of disk for what the model has read, outside this folder, so that a later question about the same page need not read it
# again. 0 keeps nothing.
#reading_memory_gb: 4

# What `copydesk run` runs when you name nothing.
#run: [series-bible]

# Seasons south of the equator: January is summer. Or a calendar of your own, with the months in their order (`season` and `also`, for other
# names, may be left out), the days of the week, and a day whose weekday you know, or `weeks_begin_anew: month` (or year). A leap year comes
# `every` so many years, not in `except`, yet in `unless`, and makes one month longer by `days`. Eras stand in the order of time; a year
# without an era is of the last one.
#calendar:
#  southern_hemisphere: true
# # months:
# #   - { name: Thaw, days: 31, season: spring }
# #   - { name: High Sun, days: 30, season: summer, also: [Hsn] }
# #   - { name: Frostfall, days: 30, season: winter }
# # weekdays: [Moonday, Towerday, Windsday, Freeday]
# # known_day: { date: 1 Thaw 402 AI, weekday: Windsday }
# # leap: { every: 4, except: 100, unless: 400, month: Thaw, days: 1 }
# # eras:
# #   - { name: Before the Fall, short: BF, counts: down }
# #   - { name: Age of Ash, short: AA, years: 300 }
# #   - { name: Age of Iron, short: AI }

# Rules, by the name that each finding shows; `copydesk rules` lists them. `off` shows none of its findings. `severity` lists them as note,
# query or contradiction. `confidence` is how sure the model must be, from 0 to 1, of the answer a finding rests on; findings below it are
# listed apart, as less certain. Usual: 0.33. `copydesk report` suggests a number when you dismiss many findings of a rule.
#rules:
#  missing-entry: off
#  names-alike: { severity: query }
#  changed-appearance: { confidence: 0.8 }

# What a script lets you set, by the script's name. `form` of summaries is all, line, short or long; `until` of story-so-far is the chapter
# that its reader is at.
#settings:
#  summaries: { form: short }
#  story-so-far: { until: book-1/04 }

# Where reports go: `beside` the chapter they are about, or all in the `folder` copydesk-reports.
#reports: beside
"#
}

/// The JSON Schema of `copydesk.yaml`, with which editors complete and check it.
pub fn json_schema() -> serde_json::Value {
    let text = |description: &str| serde_json::json!({ "type": "string", "description": description });
    let texts = |description: &str| {
        let items = serde_json::json!({ "type": "string" });
        serde_json::json!({ "description": description, "anyOf": [items, { "type": "array", "items": items }] })
    };
    let keys: serde_json::Map<String, serde_json::Value> =
        KeyNames::known().map(|known| (known.to_string(), text(&format!("Your name for `{known}` in the front matter.")))).collect();
    let book = serde_json::json!({
        "type": "object", "additionalProperties": false, "required": ["folder"],
        "properties": {
            "folder": text("The book's folder, relative to this file."),
            "title": text("The book's title."),
            "chapters": texts("Chapter files in reading order, relative to the book's folder."),
            "status": text("Your own word, as `draft`. `published` freezes the book: it stands as it is, and no finding asks for a change in it."),
        }
    });
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "copydesk.yaml", "type": "object", "additionalProperties": false,
        "properties": {
            "title": text("The name of the series."),
            "books": { "type": "array", "description": "The books in reading order.", "items": { "anyOf": [{ "type": "string" }, book] } },
            "bible": texts("Files and folders of the series bible."),
            "scripts": text("The folder of your own scripts."),
            "templates": text("The folder of your own templates."),
            "keys": { "type": "object", "description": "Your names for known front-matter keys.", "additionalProperties": false, "properties": keys },
            "ignore": texts("Files and folders to leave out: names with `*`, `**` or `?`."),
            "model": text("A model's name, or the path of its file."),
            "models_dirs": texts("Folders to look for models in."),
            "context": {
                "type": "integer", "minimum": CONTEXT_TOKENS.start(), "maximum": CONTEXT_TOKENS.end(),
                "description": "How many tokens the model may see at once."
            },
            "reading_memory_gb": {
                "type": "integer", "minimum": 0, "default": READING_MEMORY_GB,
                "description": "Gigabytes of disk for what the model has read, so that a later question about the same page need not read it again; 0 keeps nothing."
            },
            "run": texts("The scripts that `copydesk run` runs when you name none."),
            "calendar": calendar_schema(),
            "rules": {
                "type": "object", "description": "What to do with the findings of a rule.",
                "additionalProperties": { "anyOf": [
                    { "enum": ["off", false], "description": "Show none of its findings." },
                    {
                        "type": "object", "additionalProperties": false,
                        "properties": {
                            "confidence": {
                                "type": "number", "minimum": 0, "maximum": 1,
                                "description": "How sure the model must be of the answer a finding rests on; findings below are listed apart."
                            },
                            "severity": { "enum": ["note", "query", "contradiction"], "description": "What its findings are listed as." }
                        }
                    }
                ] }
            },
            "settings": {
                "type": "object", "description": "What scripts let you set, by the script's name.",
                "additionalProperties": { "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } }
            },
            "reports": { "enum": ["beside", "folder"], "description": "Where reports go." },
        }
    })
}

fn calendar_schema() -> serde_json::Value {
    let text = |description: &str| serde_json::json!({ "type": "string", "description": description });
    let number = |description: &str| serde_json::json!({ "type": "integer", "minimum": 1, "description": description });
    let object = |required: &[&str], properties: serde_json::Value| serde_json::json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties });
    let names = |description: &str| {
        let items = serde_json::json!({ "type": "string" });
        serde_json::json!({ "description": description, "anyOf": [items, { "type": "array", "items": items }] })
    };
    let month = serde_json::json!({
        "name": text("The month's name, as the prose has it."),
        "days": number("How many days it has in a usual year."),
        "season": { "enum": ["spring", "summer", "autumn", "winter"], "description": "Its season; without it, seasons are not compared with it." },
        "also": names("Other names and abbreviations."),
    });
    let era = serde_json::json!({
        "name": text("The era's name, as the prose has it."),
        "short": names("Other names and abbreviations."),
        "years": number("How many years it lasted, when another follows."),
        "counts": { "enum": ["up", "down"], "description": "`down` when its years are counted back from the era after it." },
    });
    let leap = serde_json::json!({
        "every": number("In every so many years,"),
        "except": number("but not in every so many,"),
        "unless": number("yet in every so many,"),
        "month": text("this month is longer; without it the last one,"),
        "days": number("by so many days; one when it is not said."),
    });
    let known_day = serde_json::json!({ "date": text("A date with its year."), "weekday": text("The day of the week it was.") });
    serde_json::json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "southern_hemisphere": { "type": "boolean", "description": "Whether January is summer." },
            "months": {
                "type": "array", "minItems": 1, "items": object(&["name", "days"], month),
                "description": "The months of your own calendar, in their order; they take the place of the usual ones."
            },
            "weekdays": { "type": "array", "minItems": 2, "items": { "type": "string" }, "description": "The days of the week, in their order." },
            "known_day": object(&["date", "weekday"], known_day),
            "weeks_begin_anew": { "enum": ["month", "year"], "description": "Each month, or each year, begins with the first day of the week." },
            "leap": object(&["every"], leap),
            "eras": {
                "type": "array", "items": object(&["name"], era),
                "description": "The eras in the order of time. A year without an era is of the last one."
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> (usize, String, String) {
        let (_, mut problems) = Config::parse(text);
        assert_eq!(problems.len(), 1, "{problems:?}");
        let problem = problems.remove(0);
        assert_eq!(problem.kind, ProblemKind::Configuration);
        (problem.place.unwrap().line, problem.message, problem.advice.unwrap_or_default())
    }

    #[test]
    fn everything_can_be_set() {
        let text = "title: T\nbooks:\n  - folder: ./b1/\n    title: One\n    status: draft\n    chapters: [a.md]\n  - b2\nbible: lore\n\
                    scripts: s\ntemplates: t\nkeys: {pov: narrator}\nignore: [drafts/]\nmodel: m\nmodels_dirs: [/m]\ncontext: 4096\n\
                    reading_memory_gb: 2\nrun: [a, b]\ncalendar: {southern_hemisphere: true}\nrules: {x: {confidence: 0.5, severity: note}, y: off, z: false}\nreports: folder\n";
        let (config, problems) = Config::parse(text);
        assert_eq!(problems, []);
        assert_eq!(config.books[0].folder, "b1");
        assert_eq!(config.books[1].folder, "b2");
        assert_eq!((config.bible, config.context, config.reports), (vec!["lore".to_string()], Some(4096), ReportsPlace::Folder));
        let off = RuleSetting { is_off: true, ..RuleSetting::default() };
        assert!(
            config.calendar == Calendar::southern()
                && config.rules["x"] == RuleSetting { is_off: false, confidence: Some(0.5), severity: Some(Severity::Note) }
        );
        assert!(config.rules["y"] == off && config.rules["z"] == off);
        assert_eq!(config.reading_memory_gb, Some(2));
        assert_eq!((Config::default().prefix_bytes(), problem("reading_memory_gb: -1\n").0), (4 << 30, 1));
    }

    #[test]
    fn unknown_keys_are_told_with_the_nearest() {
        assert_eq!(problem("title: T\n\nbibel: x\n"), (3, "there is no setting `bibel`".into(), "did you mean `bible`?".into()));
        assert_eq!(
            problem("books:\n  - folder: b\n    titel: B\n"),
            (3, "there is no setting `books.titel`".into(), "did you mean `title`?".into())
        );
        assert_eq!(problem("keys:\n  povv: x\n").0, 2);
        assert!(problem("wallpaper_colour: blue\n").2.starts_with("known are title, books"));
    }

    #[test]
    fn wrong_forms_are_told_with_their_line() {
        assert_eq!(problem("title: T\ncontext: many\n").0, 2);
        assert_eq!(problem("context: 12\n").1, "`context` must be a whole number of tokens from 512 to 1048576");
        assert_eq!(
            problem("rules:\n  a: { confidence: 0.5 }\n  b: { confidence: 7 }\n"),
            (3, "`rules.b.confidence` must be a number from 0 to 1".into(), "it was left out; the other settings were used".into())
        );
        assert!(problem("rules:\n  a: maybe\n").1.contains("`off`"));
        assert!(problem("rules:\n  a: { confidnce: 0.5 }\n").2.contains("`confidence`"));
        assert_eq!(problem("\nbooks: b1\n").0, 2);
        assert!(problem("books:\n  - title: One\n").1.contains("`folder`"));
        assert!(problem("reports: everywhere\n").1.contains("`beside` or `folder`"));
        assert!(problem("calendar:\n  southern_hemisphere: maybe\n").1.contains("true or false"));
        assert!(problem("- a\n- b\n").1.contains("key: value"));
        assert_eq!(problem("title: A\nrun: [x]\ntitle: B\n").0, 3);
    }

    #[test]
    fn an_impossible_calendar_is_told_with_its_line() {
        let text = "calendar:\n  months:\n    - { name: Thaw, days: 30 }\n    - name: Frost\n      days: 0\n";
        let (line, message, advice) = problem(text);
        assert_eq!((line, advice.as_str()), (4, "until then the usual calendar is used"));
        assert_eq!(message, "`calendar.months` must say how many `days` each month has, 1 to 200");
        let months = "calendar:\n  months: [{ name: Thaw, days: 30 }]\n";
        assert_eq!(
            problem(&format!("{months}  weekdays: [Moonday, Freeday]\n  known_day:\n    date: 31 Thaw 402\n    weekday: Freeday\n")).0,
            5
        );
        assert_eq!(
            problem(&format!("{months}  weeksdays: [Moonday, Freeday]\n")),
            (3, "there is no setting `calendar.weeksdays`".into(), "did you mean `weekdays`?".into())
        );
        assert_eq!(problem(&format!("{months}  eras:\n    - {{ name: A, short: B, years: 3 }}\n    - {{ name: C, shorty: D }}\n")).0, 5);
    }

    #[test]
    fn no_setting_leads_out_of_the_folder() {
        for text in ["bible: ../other\n", "scripts: /etc\n", "templates: C:\\x\n", "books:\n  - folder: a/../../b\n"] {
            let (config, problems) = Config::parse(text);
            assert!(problems[0].message.contains("leads out of it"), "{problems:?}");
            assert_eq!(config, Config::default());
        }
    }

    #[test]
    fn the_template_sets_nothing_and_its_examples_are_valid() {
        assert_eq!(Config::parse(template()), (Config::default(), Vec::new()));
        let uncomment = |line: &str| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest.to_string(),
            _ => line.to_string(),
        };
        let set: Vec<String> = template().lines().map(uncomment).collect();
        let (config, problems) = Config::parse(&set.join("\n"));
        assert_eq!(problems, []);
        assert_eq!((config.books.len(), config.ignore.len(), config.calendar), (2, 2, Calendar::southern()));
        // The calendar of one's own stands behind two marks, because it takes the place of the other.
        let own: Vec<String> = template().lines().filter_map(|line| line.strip_prefix("# # ")).map(|line| format!("  {line}\n")).collect();
        let (config, problems) = Config::parse(&format!("calendar:\n{}", own.concat()));
        assert_eq!((problems, config.calendar.is_usual()), (Vec::new(), false));
        assert!(KEYS.iter().all(|key| set.iter().any(|line| line.starts_with(&format!("{key}:")))));
    }

    #[test]
    fn the_schema_knows_every_key() {
        let schema = json_schema();
        let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, KEYS);
        let book = schema["properties"]["books"]["items"]["anyOf"][1]["properties"].as_object().unwrap().keys().collect::<Vec<_>>();
        assert_eq!(book, BOOK_KEYS);
        let mut calendar: Vec<&str> =
            schema["properties"]["calendar"]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut known = crate::facts::calendar::KEYS.to_vec();
        calendar.sort_unstable();
        known.sort_unstable();
        assert_eq!(calendar, known);
    }

    #[test]
    fn the_configuration_travels_in_a_message() {
        let (config, _) = Config::parse("books: [b]\nrules: {x: {confidence: 0.5}}\n");
        let bytes = postcard::to_stdvec(&config).unwrap();
        assert_eq!(postcard::from_bytes::<Config>(&bytes).unwrap(), config);
    }

    #[test]
    fn a_missing_file_means_defaults() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Config::load(folder.path()), (Config::default(), Vec::new()));
        std::fs::write(folder.path().join("copydesk.yml"), "title: T").unwrap();
        assert!(Config::load(folder.path()).1[0].advice.as_ref().unwrap().contains("copydesk.yaml"));
        std::fs::write(folder.path().join(FILE), "title: caf\u{e9}").unwrap();
        assert_eq!(Config::load(folder.path()).0.title.as_deref(), Some("café"));
    }
}
