//! Making findings and notes.

use super::super::handles::{AssertionHandle, ChapterHandle, QuoteHandle, SceneHandle, ScriptDesk};
use super::super::{ScriptSubject, limits};
use super::RhaiResultOf;
use super::bible::{EntryHandle, FactHandle};
use super::notes::ClashHandle;
use super::reading::AnswerHandle;
use crate::finding::{Evidence, Finding, Severity, Source, Standing, identity};
use crate::manuscript::StoryPoint;
use crate::notes::{Statement, attribute};
use crate::report::{Note, NoteLine};
use crate::text::SourcePath;
use rhai::Dynamic;
use rhai::plugin::*;
use std::collections::BTreeSet;

/// Findings one job may make for each book it looks at; more is most often a broken check, and they are counted only.
const MAX_FINDINGS: usize = 500;

/// So many more are counted before the check is stopped.
const LEFT_OUT_AT_MOST: u64 = 10_000;

/// Letters a message may have; a longer one is no message.
const MAX_MESSAGE_BYTES: usize = 2_000;

/// What a finding may be made of, and how long its shorter texts may be, in bytes.
const MAX_PARTS: usize = 50;
const MAX_NAME_BYTES: usize = 1_000;
const MAX_MODEL_NOTE_BYTES: usize = 8_000;

/// What the notes of one job may be made of for each book it looks at, and how long a line of them may be, in bytes.
const MAX_NOTES: usize = 2_000;
const MAX_NOTE_LINES: usize = 10_000;
const MAX_LINE_BYTES: usize = 50_000;

/// Sentences up to this many bytes are quoted whole; of longer ones the words that matter.
const WHOLE_SENTENCE_BYTES: usize = 240;

/// Quotes shorter than this say too little by themselves; the sentence is quoted instead.
const MIN_QUOTE_BYTES: usize = 12;

/// A finding while it is made.
#[derive(Clone)]
pub struct FindingBuilder {
    desk: ScriptDesk,
    rule: String,
    severity: Option<Severity>,
    subjects: Vec<String>,
    evidence: Vec<Evidence>,
    point: Option<StoryPoint>,
    model_note: Option<String>,
    confidence: Option<f64>,
    sources: BTreeSet<Source>,
    /// Whether the reader's notes alone made it.
    is_noted: bool,
    /// What the evidence states, piece by piece, as far as the trained reader can be shown it.
    statements: Vec<Option<Statement>>,
}

impl FindingBuilder {
    /// Takes a probability that the finding rests on; the least counts.
    fn doubt(&mut self, probability: f64) {
        self.confidence = Some(self.confidence.unwrap_or(1.0).min(probability));
    }

    /// Takes located words, at a place in the evidence. Gives their scene.
    fn take(&mut self, place: usize, value: &Dynamic) -> RhaiResultOf<Option<StoryPoint>> {
        few("quotes", self.evidence.len())?;
        let (evidence, point) = evidence_of(value)?;
        self.sources.insert(source_of(value));
        self.statements.insert(place, statement_of(value));
        self.evidence.insert(place, evidence);
        Ok(point)
    }
}

/// A note while it is made.
#[derive(Clone)]
pub struct NoteBuilder {
    desk: ScriptDesk,
    index: usize,
}

/// What saw the words that a value is.
fn source_of(value: &Dynamic) -> Source {
    if value.is::<AnswerHandle>() {
        Source::Answer
    } else if value.is::<AssertionHandle>() {
        Source::Patterns
    } else if value.is::<FactHandle>() || value.is::<EntryHandle>() {
        Source::Bible
    } else {
        Source::Script
    }
}

/// What a value states, as the trained reader can be shown it.
fn statement_of(value: &Dynamic) -> Option<Statement> {
    let of_prose = |quote: QuoteHandle| quote.prose.map(|(point, words)| Statement::Prose(point, words));
    if let Some(fact) = value.clone().try_cast::<FactHandle>() {
        return fact.as_noted().map(|fact| Statement::Bible(Box::new(fact)));
    }
    if let Some(handle) = value.clone().try_cast::<AssertionHandle>() {
        return Some(Statement::Prose(handle.assertion.point, handle.assertion.words.clone()));
    }
    value.clone().try_cast::<QuoteHandle>().and_then(of_prose)
}

/// What a value rests on: its located words and their scene.
pub(super) fn evidence_of(value: &Dynamic) -> RhaiResultOf<(Evidence, Option<StoryPoint>)> {
    let of_quote = |quote: QuoteHandle| (quote.evidence, quote.prose.map(|(point, _)| point));
    if let Some(quote) = value.clone().try_cast::<QuoteHandle>() {
        return Ok(of_quote(quote));
    }
    if let Some(answer) = value.clone().try_cast::<AnswerHandle>() {
        let quote = answer.located()?.ok_or("this answer is no quote of the passage, so it is no evidence; ask for quote()")?;
        return Ok(of_quote(quote));
    }
    if let Some(handle) = value.clone().try_cast::<AssertionHandle>() {
        return Ok(of_quote(assertion_quote(&handle)));
    }
    if let Some(fact) = value.clone().try_cast::<FactHandle>() {
        return fact.quote().map(of_quote).ok_or_else(|| "this fact's note is gone".into());
    }
    if let Some(entry) = value.clone().try_cast::<EntryHandle>() {
        return entry.quote().map(of_quote).ok_or_else(|| "this entry's note is gone".into());
    }
    Err(format!(
        "a finding rests on located words: a quote, an answer with quote(), an assertion or a fact, not on a {}",
        value.type_name()
    )
    .into())
}

/// The words of an assertion to show: its sentence, or of a long sentence the words that state it.
pub(super) fn assertion_quote(handle: &AssertionHandle) -> QuoteHandle {
    let assertion = &handle.assertion;
    let is_short = assertion.sentence.len() <= WHOLE_SENTENCE_BYTES || assertion.words.len() < MIN_QUOTE_BYTES;
    handle.scene().quote(if is_short { assertion.sentence.clone() } else { assertion.words.clone() })
}

#[export_module]
pub mod finding {
    /// Begins a finding. `rule` is the pattern it flags, in small letters and hyphens.
    ///
    /// ```rhai
    /// desk.finding("changed-eye-colour").about("Mara").at(later).against(earlier).say("Mara’s eyes change colour.");
    /// ```
    #[rhai_fn(name = "finding", pure, return_raw)]
    pub fn begin(desk: &mut ScriptDesk, rule: &str) -> RhaiResultOf<FindingBuilder> {
        super::within("rule's name", rule.len(), super::MAX_NAME_BYTES)?;
        if rule.is_empty() || !rule.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return Err(format!("a rule's name is small letters, digits and hyphens, not “{rule}”").into());
        }
        super::begun(desk, rule)
    }

    /// Begins a finding of two facts that cannot both be true: with the rule, whom it is about, both quotes, how probable it is and the model's
    /// words on it. Where the values themselves do not exclude each other, or the narration does not say whose they are, it is a query.
    ///
    /// ```rhai
    /// for clash in desk.clashes { desk.finding(clash).say(`${clash.subject}: ${clash.later_value}, but ${clash.earlier_value} before.`); }
    /// ```
    #[rhai_fn(name = "finding", pure, return_raw)]
    pub fn begin_of_clash(desk: &mut ScriptDesk, clash: ClashHandle) -> RhaiResultOf<FindingBuilder> {
        let (mut earlier, _) = super::evidence_of(&clash.earlier())?;
        if clash.clash.earlier.in_bible().is_some() {
            earlier.label = "the bible says".to_string();
        }
        let evidence = [clash.later().evidence, earlier];
        let clash = &clash.clash;
        Ok(FindingBuilder {
            severity: (!clash.is_sure).then_some(Severity::Query),
            subjects: vec![clash.subject()],
            evidence: evidence.into(),
            point: clash.later.in_prose().map(|(point, _)| point),
            model_note: clash.reason.clone(),
            confidence: Some(clash.probability),
            sources: clash.sources(),
            statements: vec![None, None],
            is_noted: true,
            ..super::begun(desk, clash.rule())?
        })
    }

    /// Who or what it is about; may be called again.
    #[rhai_fn(global, return_raw)]
    pub fn about(mut finding: FindingBuilder, subject: &str) -> RhaiResultOf<FindingBuilder> {
        super::within("subject", subject.len(), super::MAX_NAME_BYTES)?;
        super::few("subjects", finding.subjects.len())?;
        finding.subjects.push(subject.to_string());
        Ok(finding)
    }

    /// The words it is about: a quote, an answer with `quote()`, an assertion, a fact or an entry.
    #[rhai_fn(global, return_raw)]
    pub fn at(mut finding: FindingBuilder, evidence: Dynamic) -> RhaiResultOf<FindingBuilder> {
        finding.point = finding.take(0, &evidence)?.or(finding.point);
        Ok(finding)
    }

    /// The words it contradicts.
    #[rhai_fn(global, return_raw)]
    pub fn against(mut finding: FindingBuilder, evidence: Dynamic) -> RhaiResultOf<FindingBuilder> {
        finding.take(finding.evidence.len(), &evidence)?;
        Ok(finding)
    }

    /// The words it contradicts, with what they are: `against(fact, "the bible says")`.
    #[rhai_fn(global, name = "against", return_raw)]
    pub fn against_labelled(finding: FindingBuilder, evidence: Dynamic, label: &str) -> RhaiResultOf<FindingBuilder> {
        super::within("label", label.len(), super::MAX_NAME_BYTES)?;
        let mut finding = against(finding, evidence)?;
        if let Some(last) = finding.evidence.last_mut() {
            last.label = label.to_string();
        }
        Ok(finding)
    }

    /// `"note"`, `"query"` or `"contradiction"`. Without it, two quotes make a contradiction and one a query.
    #[rhai_fn(global, return_raw)]
    pub fn severity(mut finding: FindingBuilder, severity: &str) -> RhaiResultOf<FindingBuilder> {
        let wrong = || format!("a severity is note, query or contradiction, not “{severity}”");
        finding.severity = Some(Severity::named(severity).ok_or_else(wrong)?);
        Ok(finding)
    }

    /// Words of the model to show beside the finding, labelled as such.
    #[rhai_fn(global, return_raw)]
    pub fn model_note(mut finding: FindingBuilder, words: &str) -> RhaiResultOf<FindingBuilder> {
        super::within("note of the model", words.len(), super::MAX_MODEL_NOTE_BYTES)?;
        finding.model_note = Some(words.to_string());
        Ok(finding)
    }

    /// How sure the model was of an answer the finding rests on: its probability, 0 to 1, as `choice.probability` gives it. May be called
    /// again; the least counts. Below the rule's threshold (a third, or what `copydesk.yaml` says) the finding is listed apart. A finding that
    /// code alone made has none: call it only with what a model gave.
    ///
    /// ```rhai
    /// desk.finding("changed-eye-colour").about("Mara").at(later).against(earlier).confidence(choice.probability).say("Whose eyes?");
    /// ```
    #[rhai_fn(global, return_raw)]
    pub fn confidence(mut finding: FindingBuilder, probability: f64) -> RhaiResultOf<FindingBuilder> {
        // Sums of rounded probabilities may be a hair above 1.
        if !(0.0..=1.001).contains(&probability) {
            return Err(format!("a probability lies between 0 and 1, unlike {probability}").into());
        }
        finding.doubt(probability);
        Ok(finding)
    }

    /// Has the trained reader weigh whether what is quoted can both be true, and takes its doubt as [`confidence`] does. `attribute` is what it
    /// is about: an assertion's, or in the reader's words (`eyes`, `alive`, `work` …). Without the reader nothing changes. Not for
    /// arithmetic: dates and ages are beyond it.
    ///
    /// ```rhai
    /// desk.finding("changed-eye-colour").about("Mara").at(later).against(earlier).weighed("eyes").say("Mara’s eyes change colour.");
    /// ```
    #[rhai_fn(global)]
    pub fn weighed(mut finding: FindingBuilder, attribute: &str) -> FindingBuilder {
        let world = finding.desk.world.clone();
        let (Some(reader), [Some(later), .., Some(earlier)]) = (world.reader(), finding.statements.as_slice()) else { return finding };
        let subject = finding.subjects.first().map_or("", String::as_str);
        let weigh = || reader.weighed([earlier, later], subject, attribute::asked_about(attribute));
        if let Some(probability) = limits::waiting(weigh) {
            finding.doubt(probability);
        }
        finding
    }

    /// Says what is the matter, and hands the finding in. Without located words it is refused.
    #[rhai_fn(global, return_raw)]
    pub fn say(finding: FindingBuilder, message: &str) -> RhaiResultOf<()> {
        let FindingBuilder { desk, rule, severity, mut subjects, mut evidence, point, model_note, confidence, sources, is_noted, .. } =
            finding;
        if evidence.is_empty() {
            return Err("a finding needs the words it rests on: call .at(…) before .say(…)".into());
        }
        let mut severity = severity.unwrap_or(if evidence.len() > 1 { Severity::Contradiction } else { Severity::Query });
        if severity == Severity::Contradiction && evidence.len() < 2 {
            return Err("a contradiction needs two quotes: call .against(…) with the words it contradicts".into());
        }
        let advice = super::spare_published(&desk, &mut evidence, &mut severity);
        subjects.sort();
        subjects.dedup();
        let id = identity::of_words(&rule, &subjects, &evidence);
        let mut output = desk.output();
        if message.len() > super::MAX_MESSAGE_BYTES {
            return Err(format!("a message has at most {} letters", super::MAX_MESSAGE_BYTES).into());
        }
        // The same words elsewhere are another finding; the run numbers them.
        let place = format!("{id} {} {}", evidence[0].file, evidence[0].span.start);
        if output.found.insert(place) {
            let most = super::max_findings(&desk);
            if output.findings.len() >= most {
                let why = format!("of the findings beyond the first {most} of one check; mend or dismiss those, or switch the check off");
                let left_out = output.not_read_of_kind.entry(why).or_default();
                *left_out += 1;
                // A check of a book may find too much; a check without end is broken.
                if *left_out > super::LEFT_OUT_AT_MOST {
                    return Err(format!("this script made more than {} findings of one piece of text", super::LEFT_OUT_AT_MOST).into());
                }
                return Ok(());
            }
            let (message, script, standing) = (format!("{message}{advice}"), String::new(), Standing::Open);
            let reopened_from = None;
            if is_noted {
                output.noted.insert(id.clone());
            }
            output.findings.push(Finding {
                id,
                script,
                rule,
                severity,
                message,
                subjects,
                evidence,
                model_note,
                point,
                confidence,
                sources,
                standing,
                reopened_from,
            });
        }
        Ok(())
    }

    /// Begins a note: something to tell that is no finding, such as a summary.
    ///
    /// ```rhai
    /// desk.note("Who is present").line("Mara and Edmund").anchor(quote);
    /// ```
    #[rhai_fn(name = "note", pure, return_raw)]
    pub fn begin_note(desk: &mut ScriptDesk, heading: &str) -> RhaiResultOf<NoteBuilder> {
        super::push_note(desk, None, heading)
    }

    /// Begins a note for the report beside one chapter, when the script looks at a book or the series.
    #[rhai_fn(name = "note", pure, return_raw)]
    pub fn begin_chapter_note(desk: &mut ScriptDesk, chapter: ChapterHandle, heading: &str) -> RhaiResultOf<NoteBuilder> {
        super::push_note(desk, Some(chapter.chapter().path.clone()), heading)
    }

    /// Adds a line of the script's own words.
    #[rhai_fn(global, return_raw)]
    pub fn line(note: NoteBuilder, text: &str) -> RhaiResultOf<NoteBuilder> {
        super::push_line(note, text, false)
    }

    /// Adds a line of the model's words; the report labels it.
    #[rhai_fn(global, return_raw)]
    pub fn model_line(note: NoteBuilder, text: &str) -> RhaiResultOf<NoteBuilder> {
        super::push_line(note, text, true)
    }

    /// Anchors the last line to located words. May be called again.
    #[rhai_fn(global, return_raw)]
    pub fn anchor(note: NoteBuilder, evidence: Dynamic) -> RhaiResultOf<NoteBuilder> {
        let (evidence, _) = super::evidence_of(&evidence)?;
        match note.desk.output().notes[note.index].lines.last_mut() {
            Some(line) => {
                super::few("anchors of a line", line.evidence.len())?;
                line.evidence.push(evidence);
            }
            None => return Err("call .line(…) before .anchor(…)".into()),
        }
        Ok(note)
    }

    /// Anchors the last line to each of a list of located words.
    #[rhai_fn(global, return_raw)]
    pub fn anchor_all(note: NoteBuilder, evidence: rhai::Array) -> RhaiResultOf<NoteBuilder> {
        evidence.into_iter().try_fold(note, anchor)
    }

    /// Follows the note from run to run: once the chapter has changed, the report lists which of its lines are new and which are gone since
    /// the summary before the change. Only what the same model and the same script said is compared.
    ///
    /// ```rhai
    /// desk.note("What happens").follow();
    /// ```
    #[rhai_fn(global)]
    pub fn follow(note: NoteBuilder) -> NoteBuilder {
        note.desk.output().notes[note.index].is_followed = true;
        note
    }

    /// The scene's whole prose as a quote, to anchor a line to.
    #[rhai_fn(get = "quote", pure)]
    pub fn scene_quote(scene: &mut SceneHandle) -> QuoteHandle {
        let end = scene.scene().prose.len();
        scene.quote(0..end)
    }
}

/// A finding of which only the rule is known.
fn begun(desk: &ScriptDesk, rule: &str) -> RhaiResultOf<FindingBuilder> {
    if !desk.finds.iter().any(|known| known == rule) {
        return Err(super::super::undeclared_rule(rule).into());
    }
    Ok(FindingBuilder {
        desk: desk.clone(),
        rule: rule.to_string(),
        severity: None,
        subjects: Vec::new(),
        evidence: Vec::new(),
        point: None,
        model_note: None,
        confidence: None,
        sources: BTreeSet::new(),
        is_noted: false,
        statements: Vec::new(),
    })
}

/// A published chapter stands as it is, so a finding never asks for a change in it: it is told at the passage that can still be changed, and
/// where there is none it is no more than a note. Gives what to add to the message.
fn spare_published(desk: &ScriptDesk, evidence: &mut [Evidence], severity: &mut Severity) -> &'static str {
    let is_published = |one: &Evidence| desk.world.series.chapter(&one.file).is_some_and(|chapter| chapter.is_published);
    if !is_published(&evidence[0]) {
        return "";
    }
    let Some(open) = evidence.iter().position(|one| !is_published(one)) else {
        *severity = Severity::Note;
        return " (All of it is published, and stands as it is.)";
    };
    evidence[..=open].rotate_right(1);
    " (“Here” is in a published book, which stands as it is; this passage can still be changed.)"
}

/// The books a job looks at: a series of many may well have more findings and notes than one chapter.
fn books(desk: &ScriptDesk) -> usize {
    if desk.subject == ScriptSubject::Series { desk.world.series.books.len().max(1) } else { 1 }
}

fn max_findings(desk: &ScriptDesk) -> usize {
    MAX_FINDINGS * books(desk)
}

/// Refuses a text that is longer than any of its kind.
fn within(what: &str, bytes: usize, most: usize) -> RhaiResultOf<()> {
    if bytes > most { Err(format!("a {what} has at most {most} letters").into()) } else { Ok(()) }
}

/// Refuses one more of something of which there are many already.
fn few(what: &str, count: usize) -> RhaiResultOf<()> {
    if count >= MAX_PARTS { Err(format!("there are at most {MAX_PARTS} {what}").into()) } else { Ok(()) }
}

fn push_note(desk: &ScriptDesk, chapter: Option<SourcePath>, heading: &str) -> RhaiResultOf<NoteBuilder> {
    within("heading", heading.len(), MAX_NAME_BYTES)?;
    let mut output = desk.output();
    if output.notes.len() >= MAX_NOTES * books(desk) {
        return Err(format!("this script made more than {} notes of one piece of text", MAX_NOTES * books(desk)).into());
    }
    output.notes.push(Note { chapter, heading: heading.to_string(), lines: Vec::new(), is_followed: false });
    Ok(NoteBuilder { desk: desk.clone(), index: output.notes.len() - 1 })
}

fn push_line(note: NoteBuilder, text: &str, is_model_text: bool) -> RhaiResultOf<NoteBuilder> {
    within("line", text.len(), MAX_LINE_BYTES)?;
    {
        let mut output = note.desk.output();
        output.note_lines += 1;
        if output.note_lines > MAX_NOTE_LINES * books(&note.desk) {
            return Err(format!("this script made more than {} lines of notes", MAX_NOTE_LINES * books(&note.desk)).into());
        }
        output.notes[note.index].lines.push(NoteLine { text: text.to_string(), is_model_text, evidence: Vec::new() });
    }
    Ok(note)
}
