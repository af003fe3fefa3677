//! What a running script holds: light handles to the story, the bible and the desk. A handle names a place; the text stays where it is.

use super::{Script, ScriptKind, ScriptSubject, limits};
use crate::bible::Bible;
use crate::bible::draft::EntryDraft;
use crate::facts::calendar::Calendar;
use crate::facts::ripple::{self, LostGround};
use crate::facts::timeline::{self, StoryTime};
use crate::facts::{Assertion, Facts, Namings, SceneReading, Spellings, Vocabulary};
use crate::finding::{Evidence, Finding};
use crate::manuscript::{Book, Chapter, Scene, Series, StoryPoint};
use crate::model::{self, Turn};
use crate::notes::{self, Clash, Wanted};
use crate::prompt::PromptTemplate;
use crate::report::Note;
use crate::text::{Problem, SourcePath};
use rhai::Dynamic;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Scenes whose reading is kept; a few more than scripts run at once.
const READINGS: usize = 32;

/// Everything scripts may look at: one per run, shared by all jobs.
pub struct StoryContext {
    pub series: Series,
    pub bible: Bible,
    pub facts: Facts,
    story_times: BTreeMap<StoryPoint, StoryTime>,
    spellings: OnceLock<Spellings>,
    vocabulary: OnceLock<Vocabulary>,
    namings: OnceLock<Namings>,
    /// The scenes that were asked about last: scripts ask several things of one scene, then go on to the next.
    readings: [Mutex<Option<Arc<SceneReading>>>; READINGS],
    pub desk: Arc<model::ModelQueue>,
    /// Where the trained reader is asked: the same one, unless it does not fit that model and has a smaller one of its own.
    pub reading_desk: Arc<model::ModelQueue>,
    /// The kinds of contradictions that the model judges in the reader's place, with its weights.
    pub larger_kinds: notes::larger::KindWeights,
    pub prompt_template: Arc<PromptTemplate>,
    /// Script → setting → the author's value.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
    /// The series as a reader knows it at the end of a chapter, by that chapter.
    earlier: Mutex<BTreeMap<(usize, usize), Arc<StoryContext>>>,
    /// Turns true when the run's work is no longer wanted.
    pub stop: Arc<AtomicBool>,
    /// The days, months and years of the story.
    pub calendar: Calendar,
    /// The series as it was before the last edits; nothing when nothing changed.
    pub then: Option<Series>,
    gone: OnceLock<Vec<Arc<LostGround>>>,
    /// Turns true when the reader is to read no more; what it has noted by then is used.
    pub reader_stop: Arc<AtomicBool>,
    /// The same of its verdicts, some time later.
    pub verdict_stop: Arc<AtomicBool>,
    /// What the run's scripts want of the reader, and of which chapters first, by book and place in it.
    pub wanted_of_reader: Wanted,
    pub urgent: BTreeSet<(usize, usize)>,
    reading: OnceLock<notes::Reading>,
    summary: OnceLock<notes::Reading>,
    stated: OnceLock<Vec<notes::Fact>>,
    judged: OnceLock<(Vec<Clash>, usize)>,
    canon: OnceLock<Vec<Arc<Clash>>>,
    clashes: OnceLock<Vec<Arc<Clash>>>,
}

impl StoryContext {
    /// Reads everything that can be read without a model.
    pub fn new(
        series: Series,
        bible: Bible,
        desk: Arc<model::ModelQueue>,
        prompt_template: Arc<PromptTemplate>,
        stop: Arc<AtomicBool>,
        calendar: Calendar,
    ) -> StoryContext {
        let facts = Facts::read(&series, &bible, &calendar);
        let (reader_stop, verdict_stop) = (stop.clone(), stop.clone());
        let story_times = timeline::place(&series, &calendar).into_iter().collect();
        StoryContext {
            series,
            bible,
            facts,
            story_times,
            spellings: OnceLock::new(),
            vocabulary: OnceLock::new(),
            namings: OnceLock::new(),
            readings: Default::default(),
            reading_desk: desk.clone(),
            desk,
            larger_kinds: BTreeMap::new(),
            prompt_template,
            settings: BTreeMap::new(),
            earlier: Mutex::default(),
            stop,
            calendar,
            then: None,
            gone: OnceLock::new(),
            reader_stop,
            verdict_stop,
            wanted_of_reader: Wanted { notes: true, summary: false },
            urgent: BTreeSet::new(),
            reading: OnceLock::new(),
            summary: OnceLock::new(),
            stated: OnceLock::new(),
            judged: OnceLock::new(),
            canon: OnceLock::new(),
            clashes: OnceLock::new(),
        }
    }

    /// What the models have done so far.
    pub fn work(&self) -> model::Work {
        let work = self.desk.work();
        if Arc::ptr_eq(&self.desk, &self.reading_desk) { work } else { work.beside(self.reading_desk.work()) }
    }

    /// The trained reader, where it fits a model of this run.
    pub fn reader_adapter(&self) -> Option<&'static notes::adapters::Adapter> {
        notes::adapters::of_desk(&self.reading_desk)
    }

    /// Has the reader read what the author has written.
    fn read(&self, wanted: Wanted) -> notes::Reading {
        let written = notes::reader::Written { series: &self.series, cast: self.facts.cast(), bible: &self.bible };
        notes::reader::read(written, &self.reading_desk, wanted, &self.urgent, &self.reader_stop)
    }

    /// What the trained reader noted of every passage, and tells of it if `wanted_of_reader` says so; read at the first call. Nothing without a
    /// model that it fits.
    pub fn reading(&self) -> Option<&notes::Reading> {
        self.reader_adapter()?;
        Some(limits::for_all(|| self.reading.get_or_init(|| self.read(self.wanted_of_reader))))
    }

    /// The same, for a script that did not say beforehand what it needs: what is missing is read now.
    pub fn reading_with(&self, wanted: Wanted) -> Option<&notes::Reading> {
        if !wanted.summary || self.wanted_of_reader.summary {
            return self.reading();
        }
        self.reader_adapter()?;
        Some(limits::for_all(|| self.summary.get_or_init(|| self.read(wanted))))
    }

    /// What the reader noted, and what the patterns of words see beside it, in the order of the story. Nothing without the reader.
    pub fn stated(&self) -> &[notes::Fact] {
        let find = || self.reading().map(|reading| notes::sources::of_prose(reading, &self.series, &self.facts)).unwrap_or_default();
        limits::for_all(|| self.stated.get_or_init(find))
    }

    /// The reader, for what is asked about what it noted. Nothing without a model that it fits.
    pub fn reader(&self) -> Option<notes::Reader<'_>> {
        let stop = &self.verdict_stop;
        let kinds = Some(&self.larger_kinds).filter(|kinds| !kinds.is_empty());
        let larger = kinds.map(|kinds| notes::larger::Larger { desk: &self.desk, kinds });
        let reader = |reading| notes::Reader { reading, series: &self.series, facts: &self.facts, desk: &self.reading_desk, larger, stop };
        self.reading().map(reader)
    }

    /// All pairs of sentences that were put to the model, because by their facts they might contradict each other.
    pub fn judged(&self) -> &[Clash] {
        &self.judgement().0
    }

    /// All those pairs as the model and the trained reader judge them.
    pub fn compared(&self) -> Vec<notes::compared::PairVerdicts> {
        self.reader().map(|reader| reader.compared(self.judged(), &self.desk)).unwrap_or_default()
    }

    /// How many pairs of sentences got no verdict, because time ran out or the model failed.
    pub fn without_verdict(&self) -> usize {
        self.judgement().1
    }

    fn judgement(&self) -> &(Vec<Clash>, usize) {
        let judge = || self.reader().map(|reader| reader.judged(self.stated())).unwrap_or_default();
        limits::for_all(|| self.judged.get_or_init(judge))
    }

    /// Sentences that cannot be true if the bible is, in the order of the story.
    pub fn canon_clashes(&self) -> &[Arc<Clash>] {
        let find = || {
            let reader = self.reader().filter(|_| !self.bible.is_empty());
            let clashes = reader.map(|reader| notes::canon::clashes(self.stated(), &self.bible, reader)).unwrap_or_default();
            clashes.into_iter().map(Arc::new).collect()
        };
        limits::for_all(|| self.canon.get_or_init(find))
    }

    /// Pairs of sentences that cannot both be true, in the order of the story.
    pub fn clashes(&self) -> &[Arc<Clash>] {
        let find = || {
            let clashes = self.reader().map(|reader| reader.clashes(self.judged())).unwrap_or_default();
            clashes.into_iter().map(Arc::new).collect()
        };
        limits::for_all(|| self.clashes.get_or_init(find))
    }

    /// What edits took away although later passages rest on it.
    pub fn gone(&self) -> &[Arc<LostGround>] {
        let compare = |then: &Series| {
            let gone = ripple::gone(&self.series, &self.facts, then, &self.bible, &self.calendar);
            gone.into_iter().map(Arc::new).collect()
        };
        limits::for_all(|| self.gone.get_or_init(|| self.then.as_ref().map(compare).unwrap_or_default()))
    }

    /// The world as a reader knows it who has read up to the end of a chapter, and nothing else: no later chapter, and no bible, because a
    /// bible says from the first page on who is who. Names are those that these chapters use.
    pub fn until(&self, book: usize, chapter: usize) -> Arc<StoryContext> {
        let make = || {
            let series = self.series.until(book, chapter);
            let (desk, template, stop) = (self.desk.clone(), self.prompt_template.clone(), self.stop.clone());
            let new = StoryContext::new(series, Bible::default(), desk, template, stop, self.calendar.clone());
            Arc::new(StoryContext {
                reading_desk: self.reading_desk.clone(),
                larger_kinds: self.larger_kinds.clone(),
                reader_stop: self.reader_stop.clone(),
                verdict_stop: self.verdict_stop.clone(),
                ..new
            })
        };
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        earlier.entry((book, chapter)).or_insert_with(make).clone()
    }

    /// Where the spellings of the series stand.
    pub fn spellings(&self) -> &Spellings {
        limits::for_all(|| self.spellings.get_or_init(|| Spellings::read(&self.series)))
    }

    /// Every word of the series.
    pub fn vocabulary(&self) -> &Vocabulary {
        limits::for_all(|| self.vocabulary.get_or_init(|| Vocabulary::read(&self.series)))
    }

    /// In which words everyone is named.
    pub fn namings(&self) -> &Namings {
        self.namings.get_or_init(|| Namings::read(&self.series, self.facts.cast()))
    }

    /// What was read of a scene so far.
    fn scene_reading(&self, point: StoryPoint) -> Arc<SceneReading> {
        let chapter = &self.series.books[point.book].chapters[point.chapter];
        let place = (point.book * 7 + point.chapter * 3 + point.scene) % READINGS;
        let mut recent = self.readings[place].lock().unwrap_or_else(PoisonError::into_inner);
        match recent.as_ref().filter(|reading| reading.scene().point == point) {
            Some(reading) => reading.clone(),
            None => recent.insert(Arc::new(SceneReading::new(chapter.clone(), point.scene, self.facts.cast().clone()))).clone(),
        }
    }

    /// When a scene is, and how that is known.
    pub fn story_time(&self, point: StoryPoint) -> Option<&StoryTime> {
        self.story_times.get(&point)
    }

    /// The story date of a scene as `1904-03-01`, a part of it, or in the words of an author's own calendar; `""` when it is not known.
    pub fn story_date(&self, point: StoryPoint) -> String {
        let date = self.story_times.get(&point).and_then(|time| time.date);
        date.map(|date| self.calendar.written(date)).unwrap_or_default()
    }
}

/// What one job made.
#[derive(Clone, Debug, Default)]
pub struct JobOutput {
    pub findings: Vec<Finding>,
    /// The identities of the findings.
    pub found: HashSet<String>,
    pub notes: Vec<Note>,
    /// Lines of all notes together.
    pub note_lines: usize,
    pub drafts: Vec<EntryDraft>,
    /// The files whose earlier text something still rests on; nothing as long as the script did not look back.
    pub awaits: Option<BTreeSet<SourcePath>>,
    pub questions: usize,
    pub from_cache: usize,
    /// Scenes and words it looked at, when that is less than its scope.
    pub looked_at: Option<(usize, usize)>,
    /// What the script says it could not read, and why.
    pub not_read: Vec<String>,
    /// Chapters that it says it did not read at all, with their scenes and words.
    pub left_out: BTreeMap<SourcePath, (usize, usize)>,
    /// A kind of thing, and why it was not read → how many.
    pub not_read_of_kind: BTreeMap<String, u64>,
    /// What went wrong with single rules.
    pub problems: Vec<Problem>,
    /// The findings that rest on the reader's notes alone, by their identities.
    pub noted: HashSet<String>,
}

impl JobOutput {
    /// Whether a finding has been made by other means than the reader's notes whose evidence overlaps with all of these.
    pub fn has_by_other_means(&self, evidence: &[&Evidence]) -> bool {
        let is_in = |quote: &Evidence, finding: &Finding| {
            finding.evidence.iter().any(|other| other.file == quote.file && other.span.overlaps(&quote.span))
        };
        let mut others = self.findings.iter().filter(|finding| !self.noted.contains(&finding.id));
        others.any(|finding| evidence.iter().all(|quote| is_in(quote, finding)))
    }

    /// Leaves out what the notes found and a later rule has found by other means too.
    pub fn drop_doubles(&mut self) {
        let is_double = |finding: &Finding| {
            // The bible's words stand in one note for all that contradicts them.
            let in_prose: Vec<&Evidence> = finding.evidence.iter().filter(|evidence| evidence.label.is_empty()).collect();
            self.noted.contains(&finding.id) && self.has_by_other_means(&in_prose)
        };
        let doubles: HashSet<String> =
            self.findings.iter().filter(|finding| is_double(finding)).map(|finding| finding.id.clone()).collect();
        self.findings.retain(|finding| !doubles.contains(&finding.id));
    }
}

/// The whole series, as scripts see it.
#[derive(Clone)]
pub struct SeriesHandle {
    pub world: Arc<StoryContext>,
}

/// One book.
#[derive(Clone)]
pub struct BookHandle {
    pub world: Arc<StoryContext>,
    pub book: usize,
}

/// One chapter.
#[derive(Clone)]
pub struct ChapterHandle {
    pub world: Arc<StoryContext>,
    pub book: usize,
    pub chapter: usize,
}

/// One scene.
#[derive(Clone)]
pub struct SceneHandle {
    pub world: Arc<StoryContext>,
    pub point: StoryPoint,
}

/// Whole paragraphs of one scene, short enough for the model to read at once.
#[derive(Clone)]
pub struct PassageHandle {
    pub world: Arc<StoryContext>,
    pub point: StoryPoint,
    /// Byte range of the scene's prose.
    pub range: Range<usize>,
}

/// Words that the engine located in a file.
#[derive(Clone)]
pub struct QuoteHandle {
    pub world: Arc<StoryContext>,
    pub evidence: Evidence,
    /// The scene and the byte range of its prose, when the words stand in a chapter's prose.
    pub prose: Option<(StoryPoint, Range<usize>)>,
}

/// An assertion read off the prose.
#[derive(Clone)]
pub struct AssertionHandle {
    pub world: Arc<StoryContext>,
    pub assertion: Arc<Assertion>,
}

impl AssertionHandle {
    /// Whether it stands in a chapter that is in print.
    pub fn is_published(&self) -> bool {
        self.world.series.scene(self.assertion.point).is_some_and(|(chapter, _)| chapter.is_published)
    }
}

/// The desk as one job sees it; of a group, as one of its rules does.
#[derive(Clone)]
pub struct ScriptDesk {
    pub world: Arc<StoryContext>,
    pub subject: ScriptSubject,
    pub turn: Turn,
    /// Setting → value, of the script.
    pub settings: Arc<BTreeMap<String, String>>,
    /// The rules whose findings the script may make.
    pub finds: Arc<Vec<String>>,
    /// The rule that sits at it, when one does.
    pub rule: Option<Arc<str>>,
    output: Arc<Mutex<JobOutput>>,
}

impl ScriptDesk {
    /// A desk for one job of a script.
    pub fn new(world: Arc<StoryContext>, subject: ScriptSubject, turn: Turn, script: &Script) -> ScriptDesk {
        let mut settings = script.card.settings.clone();
        settings.extend(world.settings.get(&script.card.name).cloned().unwrap_or_default());
        let rule = (script.card.kind == ScriptKind::Rule).then(|| Arc::from(script.card.name.as_str()));
        let finds = Arc::new(script.card.finds.clone());
        ScriptDesk { world, subject, turn, settings: Arc::new(settings), finds, rule, output: Arc::default() }
    }

    /// The same desk as a rule sees it that looks at this; what it makes goes to the job.
    pub fn of_rule(&self, rule: &Script, subject: ScriptSubject) -> ScriptDesk {
        ScriptDesk { output: self.output.clone(), ..ScriptDesk::new(self.world.clone(), subject, self.turn, rule) }
    }

    /// What the job made so far, to add to.
    pub fn output(&self) -> MutexGuard<'_, JobOutput> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the job made.
    pub fn into_output(self) -> JobOutput {
        let mut output = self.output().clone();
        let of_kinds = std::mem::take(&mut output.not_read_of_kind);
        output.not_read.extend(of_kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")));
        output
    }
}

impl BookHandle {
    /// The book itself.
    pub fn book(&self) -> &Book {
        &self.world.series.books[self.book]
    }
}

impl ChapterHandle {
    /// The chapter itself.
    pub fn chapter(&self) -> &Chapter {
        &self.world.series.books[self.book].chapters[self.chapter]
    }

    /// First and one past the last point of the chapter.
    pub fn points(&self) -> Range<StoryPoint> {
        self.point()..StoryPoint { book: self.book, chapter: self.chapter + 1, scene: 0 }
    }

    /// The first point of the chapter.
    pub fn point(&self) -> StoryPoint {
        StoryPoint { book: self.book, chapter: self.chapter, scene: 0 }
    }
}

impl SceneHandle {
    /// The chapter of the scene.
    pub fn chapter(&self) -> &Chapter {
        &self.world.series.books[self.point.book].chapters[self.point.chapter]
    }

    /// The scene itself.
    pub fn scene(&self) -> &Scene {
        &self.chapter().scenes[self.point.scene]
    }

    /// What was read of the scene so far.
    pub fn reading(&self) -> Arc<SceneReading> {
        self.world.scene_reading(self.point)
    }

    /// Located words of the scene.
    pub fn quote(&self, range: Range<usize>) -> QuoteHandle {
        let evidence = Evidence::in_chapter(self.chapter(), self.scene().locate(range.clone()), "");
        QuoteHandle { world: self.world.clone(), evidence, prose: Some((self.point, range)) }
    }
}

impl PassageHandle {
    /// The scene of the passage.
    pub fn scene(&self) -> SceneHandle {
        SceneHandle { world: self.world.clone(), point: self.point }
    }

    /// The passage's words.
    pub fn text(&self) -> String {
        self.scene().scene().prose[self.range.clone()].to_string()
    }
}

impl QuoteHandle {
    /// Words of a bible note under a span.
    pub fn in_bible(world: &Arc<StoryContext>, file: &crate::text::SourcePath, span: crate::text::Span) -> Option<QuoteHandle> {
        let note = world.bible.files.get(file)?;
        let evidence = Evidence::in_file(file, (&note.text, note.encoding), &note.line_index, span, "");
        Some(QuoteHandle { world: world.clone(), evidence, prose: None })
    }
}

impl AssertionHandle {
    /// The scene it stands in.
    pub fn scene(&self) -> SceneHandle {
        SceneHandle { world: self.world.clone(), point: self.assertion.point }
    }
}

/// The value `check` is called with.
pub fn subject_value(world: &Arc<StoryContext>, subject: &ScriptSubject) -> Dynamic {
    let world = world.clone();
    match *subject {
        ScriptSubject::Scene { book, chapter, scene } => Dynamic::from(SceneHandle { world, point: StoryPoint { book, chapter, scene } }),
        ScriptSubject::Chapter { book, chapter } => Dynamic::from(ChapterHandle { world, book, chapter }),
        ScriptSubject::Book { book } => Dynamic::from(BookHandle { world, book }),
        ScriptSubject::Series => Dynamic::from(SeriesHandle { world }),
    }
}
