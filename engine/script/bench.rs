//! The bench a script's own tests work at: a small made-up series, a bible, recorded replies, and the findings they lead to.

use super::handles::{JobOutput, StoryContext};
use super::{Libraries, Limits, Script, ScriptCard, ScriptHost, ScriptScope, ScriptSubject};
use crate::bible;
use crate::facts::calendar::Calendar;
use crate::manuscript::{OrderSettings, Series, SourceFile};
use crate::model::scripted::{RecordedReply, ScriptedModel};
use crate::model::{Fingerprint, ModelQueue};
use crate::model::{NoMemory, Turn};
use crate::notes;
use crate::prompt::PromptTemplate;
use crate::text::{ContentHash, yaml};
use rhai::plugin::*;
use rhai::{Array, Dynamic, EvalAltResult};
use std::sync::{Arc, Mutex, PoisonError};

type RhaiResultOf<T> = Result<T, Box<EvalAltResult>>;

/// What a test has set up so far.
#[derive(Clone)]
pub struct Bench {
    script: Arc<Script>,
    limits: Limits,
    libraries: Libraries,
    setup: Arc<Mutex<Setup>>,
}

#[derive(Clone, Default)]
struct Setup {
    chapters: Vec<SourceFile>,
    earlier: Vec<SourceFile>,
    bible: Vec<SourceFile>,
    replies: Vec<RecordedReply>,
    has_no_model: bool,
    has_reader: bool,
    calendar: Calendar,
    settings: std::collections::BTreeMap<String, String>,
}

/// What a test's run of the script gave.
#[derive(Clone)]
pub struct BenchResult {
    output: JobOutput,
    /// The texts of the drafted notes.
    drafts: Vec<String>,
}

impl Bench {
    pub(super) fn new(script: Arc<Script>, limits: Limits, libraries: Libraries) -> Bench {
        Bench { script, limits, libraries, setup: Arc::default() }
    }

    fn change(&self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.setup.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Runs the script over every scope of the made-up series.
    fn run_script(&self) -> RhaiResultOf<BenchResult> {
        let setup = self.setup.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let world = world_of(setup, &self.script.card.name);
        let host = ScriptHost::new(self.limits.clone(), self.libraries.clone());
        let mut output = JobOutput::default();
        for subject in subjects(&self.script.card, &world.series) {
            let made = host.check(&self.script, subject, &world, Turn::default()).map_err(|problem| problem.to_string())?;
            if let Some(problem) = made.problems.first() {
                return Err(problem.to_string().into());
            }
            output.findings.extend(made.findings);
            output.notes.extend(made.notes);
            output.drafts.extend(made.drafts);
            output.not_read.extend(made.not_read);
            output.questions += made.questions;
        }
        output.findings.sort_by_key(crate::finding::Finding::sort_key);
        let (notes, _) = bible::draft::notes(&output.drafts, &world.bible);
        let drafts = notes.into_iter().map(|note| note.text).collect();
        Ok(BenchResult { output, drafts })
    }
}

/// Everything a script looks at, in reading order; a book as a whole after its chapters.
pub fn subjects(script: &ScriptCard, series: &Series) -> Vec<ScriptSubject> {
    let scope = script.scope;
    let mut subjects = Vec::new();
    if scope == ScriptScope::Series {
        return vec![ScriptSubject::Series];
    }
    for (book, parsed) in series.books.iter().enumerate() {
        if scope == ScriptScope::Book {
            subjects.push(ScriptSubject::Book { book });
            continue;
        }
        for (chapter, parsed) in parsed.chapters.iter().enumerate() {
            if scope == ScriptScope::Chapter {
                subjects.push(ScriptSubject::Chapter { book, chapter });
            } else {
                subjects.extend((0..parsed.scenes.len()).map(|scene| ScriptSubject::Scene { book, chapter, scene }));
            }
        }
        subjects.extend(script.has_book_check.then_some(ScriptSubject::Book { book }));
    }
    subjects
}

fn world_of(setup: Setup, script: &str) -> Arc<StoryContext> {
    let (series, _, _) = Series::assemble(&setup.chapters, &OrderSettings::default());
    let (bible, _) = bible::read(&setup.bible, &series);
    let (replies, settings) = (setup.replies, setup.settings);
    let reader = setup.has_reader.then(|| (notes::READER.to_string(), notes::adapters::ADAPTERS[0].hash()));
    let fingerprint = Fingerprint {
        name: "recorded replies".to_string(),
        file_hash: ContentHash::of(b"recorded"),
        settings: String::new(),
        adapters: reader.into_iter().collect(),
    };
    let fingerprint = (!setup.has_no_model).then_some(fingerprint);
    let desk = ModelQueue::start(fingerprint, Arc::new(NoMemory), Box::new(|| Ok(Box::new(ScriptedModel::new(replies)))));
    let (prompt_template, _) = PromptTemplate::new(&std::collections::BTreeMap::new());
    let mut world = StoryContext::new(series, bible, Arc::new(desk), Arc::new(prompt_template), Arc::default(), setup.calendar);
    world.then = Series::before(&setup.chapters, &setup.earlier, &OrderSettings::default());
    world.settings.insert(script.to_string(), settings);
    Arc::new(world)
}

#[export_module]
pub mod bench {
    /// Adds a chapter file. Files in folders make books.
    ///
    /// ```rhai
    /// bench.chapter("01.md", "Mara’s green eyes narrowed.");
    /// ```
    #[rhai_fn(pure)]
    pub fn chapter(bench: &mut Bench, file: &str, text: &str) {
        let file = SourceFile::new(file, text);
        bench.change(|setup| setup.chapters.push(file));
    }

    /// Says what a chapter was before it was edited, or that there was a chapter that is gone.
    ///
    /// ```rhai
    /// bench.earlier("01.md", "Mara’s blue eyes narrowed.");
    /// ```
    #[rhai_fn(pure)]
    pub fn earlier(bench: &mut Bench, file: &str, text: &str) {
        let file = SourceFile::new(file, text);
        bench.change(|setup| setup.earlier.push(file));
    }

    /// Adds a bible in one YAML text: a list of entries.
    ///
    /// ```rhai
    /// bench.bible("- { name: Mara Vance, aliases: [Mara], facts: { eyes: green } }");
    /// ```
    #[rhai_fn(pure)]
    pub fn bible(bench: &mut Bench, yaml: &str) {
        let file = SourceFile::new("bible.yaml", yaml);
        bench.change(|setup| setup.bible.push(file));
    }

    /// Sets the calendar, as `calendar` in copydesk.yaml has it.
    ///
    /// ```rhai
    /// bench.calendar("southern_hemisphere: true");
    /// ```
    #[rhai_fn(pure, return_raw)]
    pub fn calendar(bench: &mut Bench, settings: &str) -> RhaiResultOf<()> {
        let value = yaml::parse(settings).map_err(|problem| problem.message)?;
        let (calendar, faults) = Calendar::parse(&value);
        if let Some(fault) = faults.first() {
            return Err(format!("this is no calendar: {fault}").into());
        }
        bench.change(|setup| setup.calendar = calendar);
        Ok(())
    }

    /// Records a reply: given when the question or the passage holds these words. The first that fits is given. For `choose`, the reply
    /// is the text of the option.
    #[rhai_fn(name = "reply", pure)]
    pub fn reply(bench: &mut Bench, when: &str, reply: &str) {
        let recorded = RecordedReply { when: vec![when.to_string()], reply: reply.to_string() };
        bench.change(|setup| setup.replies.push(recorded));
    }

    /// Records a reply that is given when the question or the passage holds all of these words.
    #[rhai_fn(name = "reply", pure)]
    pub fn reply_when_all(bench: &mut Bench, when: Array, reply: &str) {
        let when = when.into_iter().filter_map(|text| text.into_string().ok()).collect();
        let recorded = RecordedReply { when, reply: reply.to_string() };
        bench.change(|setup| setup.replies.push(recorded));
    }

    /// Sets one of the script's settings otherwise, as an author does in copydesk.yaml.
    ///
    /// ```rhai
    /// bench.set("form", "short");
    /// ```
    #[rhai_fn(name = "set", pure, return_raw)]
    pub fn set(bench: &mut Bench, setting: &str, value: &str) -> RhaiResultOf<()> {
        if !bench.script.card.settings.contains_key(setting) {
            return Err(format!("this script has no setting `{setting}`").into());
        }
        bench.change(|setup| drop(setup.settings.insert(setting.to_string(), value.to_string())));
        Ok(())
    }

    /// Lets the trained reader fit the model of the test. What it notes is recorded as any reply, for example
    /// `bench.reply(["Notes:", "green eyes"], "1|Mara|eyes|green")`; a verdict is `no`, `yes`, or how probable `no` is.
    #[rhai_fn(pure)]
    pub fn with_reader(bench: &mut Bench) {
        bench.change(|setup| setup.has_reader = true);
    }

    /// Runs the test without a model.
    #[rhai_fn(pure)]
    pub fn no_model(bench: &mut Bench) {
        bench.change(|setup| setup.has_no_model = true);
    }

    /// Runs the script over everything set up.
    #[rhai_fn(pure, return_raw)]
    pub fn run(bench: &mut Bench) -> RhaiResultOf<BenchResult> {
        bench.run_script()
    }

    /// Fails the test, with these words, unless the condition holds.
    #[rhai_fn(pure, return_raw)]
    pub fn expect(_bench: &mut Bench, condition: bool, what: &str) -> RhaiResultOf<()> {
        if condition { Ok(()) } else { Err(format!("expected {what}").into()) }
    }

    /// The number of findings.
    #[rhai_fn(get = "findings", pure)]
    pub fn findings(result: &mut BenchResult) -> i64 {
        i64::try_from(result.output.findings.len()).unwrap_or(i64::MAX)
    }

    /// The rules of the findings, in reading order.
    #[rhai_fn(get = "rules", pure)]
    pub fn rules(result: &mut BenchResult) -> Array {
        result.output.findings.iter().map(|finding| finding.rule.clone().into()).collect()
    }

    /// The message of a finding, counted from 0; `""` when there is none.
    #[rhai_fn(pure)]
    pub fn message(result: &mut BenchResult, index: i64) -> String {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        result.output.findings.get(index).map(|finding| finding.message.clone()).unwrap_or_default()
    }

    /// The quotes of a finding, counted from 0, primary first.
    #[rhai_fn(pure)]
    pub fn quotes(result: &mut BenchResult, index: i64) -> Array {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        let quotes = result.output.findings.get(index).map(|finding| &finding.evidence);
        quotes.into_iter().flatten().map(|evidence| Dynamic::from(evidence.quote.clone())).collect()
    }

    /// The drafted entries, each the text of its note, by name.
    #[rhai_fn(get = "drafts", pure)]
    pub fn drafts(result: &mut BenchResult) -> Array {
        result.drafts.iter().map(|text| text.clone().into()).collect()
    }

    /// The notes' headings and lines, as one text.
    #[rhai_fn(get = "notes", pure)]
    pub fn notes(result: &mut BenchResult) -> String {
        let lines = |note: &crate::report::Note| {
            let lines: Vec<&str> = note.lines.iter().map(|line| line.text.as_str()).collect();
            format!("{}: {}", note.heading, lines.join(" | "))
        };
        result.output.notes.iter().map(lines).collect::<Vec<_>>().join("\n")
    }

    /// What the script said it did not read, each a text.
    #[rhai_fn(get = "not_read", pure)]
    pub fn not_read(result: &mut BenchResult) -> Array {
        result.output.not_read.iter().map(|what| what.clone().into()).collect()
    }

    /// The number of questions asked of the model.
    #[rhai_fn(get = "questions", pure)]
    pub fn questions(result: &mut BenchResult) -> i64 {
        i64::try_from(result.output.questions).unwrap_or(i64::MAX)
    }
}
