//! What the trained reader noted, and the pairs of sentences that cannot both be true.

use super::super::handles::{ChapterHandle, Desk, QuoteHandle, SceneHandle, World};
use super::bible::FactHandle;
use super::int;
use crate::notes::canon::CanonClash;
use crate::notes::clash::NotedFact;
use crate::notes::people::{Owner, Sureness};
use crate::notes::{Clash, Standing, Wanted};
use rhai::plugin::*;
use rhai::{Array, Dynamic};
use std::sync::Arc;

/// Two sentences that most likely cannot both be true.
#[derive(Clone)]
pub struct ClashHandle {
    world: Arc<World>,
    clash: Arc<Clash>,
}

impl ClashHandle {
    fn later_quote(&self) -> QuoteHandle {
        SceneHandle { world: self.world.clone(), point: self.clash.later.point }.quote(self.clash.later_quote.clone())
    }

    fn earlier_quote(&self) -> QuoteHandle {
        SceneHandle { world: self.world.clone(), point: self.clash.earlier.point }.quote(self.clash.earlier_quote.clone())
    }
}

/// A sentence that most likely cannot be true if the bible is.
#[derive(Clone)]
pub struct CanonClashHandle {
    world: Arc<World>,
    clash: Arc<CanonClash>,
}

impl CanonClashHandle {
    fn quote(&self) -> QuoteHandle {
        SceneHandle { world: self.world.clone(), point: self.clash.noted.point }.quote(self.clash.noted.sentence.clone())
    }
}

/// One thing that the reader noted.
#[derive(Clone)]
pub struct NotedHandle {
    world: Arc<World>,
    fact: Arc<NotedFact>,
}

#[export_module]
pub mod notes {
    /// How many pairs of sentences got no verdict: time ran out, or the model failed.
    #[rhai_fn(get = "pairs_not_judged", pure)]
    pub fn pairs_not_judged(desk: &mut Desk) -> i64 {
        let world = desk.world.clone();
        int(world.without_verdict())
    }

    /// How many passages of the chapter the reader has not told: the work was stopped, or the model failed.
    #[rhai_fn(get = "passages_not_told", pure)]
    pub fn passages_not_told(chapter: &mut ChapterHandle) -> i64 {
        let world = chapter.world.clone();
        let of_chapter = |point: crate::manuscript::StoryPoint| (point.book, point.chapter) == (chapter.book, chapter.chapter);
        let reading = world.reading_with(Wanted { notes: false, summary: true });
        let scenes = reading.into_iter().flat_map(|reading| &reading.scenes).filter(|scene| of_chapter(scene.point));
        int(scenes.flat_map(|scene| &scene.passages).filter(|passage| !passage.is_read).count())
    }

    /// Why the first of those passages was not read; `""` when all were.
    #[rhai_fn(get = "why_not_read", pure)]
    pub fn why_not_read(desk: &mut Desk) -> String {
        let world = desk.world.clone();
        world.reading().and_then(|reading| reading.why_not.clone()).unwrap_or_default()
    }

    /// What the reader noted of a scene: in the order of its sentences, those of one sentence in the order in which the reader wrote them.
    ///
    /// ```rhai
    /// for noted in scene.noted { print(`${noted.subject}, ${noted.attribute}: ${noted.value}`); }
    /// ```
    #[rhai_fn(get = "noted", pure)]
    pub fn scene_noted(scene: &mut SceneHandle) -> Array {
        let (world, point) = (scene.world.clone(), scene.point);
        let of_scene = world.noted().iter().filter(|fact| fact.point == point);
        of_scene.map(|fact| Dynamic::from(NotedHandle { world: world.clone(), fact: fact.clone() })).collect()
    }

    /// Whom or what it is about: by the name of the book where the reader's words mean one person, else in the reader's words.
    #[rhai_fn(get = "subject", pure)]
    pub fn noted_subject(noted: &mut NotedHandle) -> String {
        match &noted.fact.owner {
            Owner::Person(name) => name.clone(),
            _ => noted.fact.note.subject.clone(),
        }
    }

    /// What is stated: `eyes`, `work`, `where` …
    #[rhai_fn(get = "attribute", pure)]
    pub fn noted_attribute(noted: &mut NotedHandle) -> String {
        noted.fact.note.attribute.name.to_string()
    }

    /// In the reader's words, which are mostly those of the sentence.
    #[rhai_fn(get = "value", pure)]
    pub fn noted_value(noted: &mut NotedHandle) -> String {
        noted.fact.note.value.clone()
    }

    /// `"plain"`, `"said"` by somebody, or `"doubtful"`: a lie, a guess, a dream, a fear, a figure of speech.
    #[rhai_fn(get = "standing", pure)]
    pub fn noted_standing(noted: &mut NotedHandle) -> String {
        let word = match noted.fact.note.standing {
            Standing::Plain => "plain",
            Standing::Said => "said",
            Standing::Doubtful => "doubtful",
        };
        word.to_string()
    }

    /// How sure it is whose it is: `"named"` in the sentence itself, `"agreed"` by the reader and the words around it, `"read"` by the reader
    /// alone, `"contrary"` to the words around it.
    #[rhai_fn(get = "sureness", pure)]
    pub fn noted_sureness(noted: &mut NotedHandle) -> String {
        let word = match noted.fact.sureness {
            Sureness::Named => "named",
            Sureness::Agreed => "agreed",
            Sureness::Read => "read",
            Sureness::Contrary => "contrary",
        };
        word.to_string()
    }

    /// The sentence, as a quote.
    #[rhai_fn(get = "quote", pure)]
    pub fn noted_quote(noted: &mut NotedHandle) -> QuoteHandle {
        SceneHandle { world: noted.world.clone(), point: noted.fact.point }.quote(noted.fact.sentence.clone())
    }

    /// Whether the trained reader fits the model of this run. Without it there are no notes and no clashes.
    #[rhai_fn(get = "has_reader", pure)]
    pub fn has_reader(desk: &mut Desk) -> bool {
        crate::notes::adapters::of_desk(&desk.world.desk).is_some()
    }

    /// How many passages of the series the reader read. Reads them, if no script has asked for it before.
    #[rhai_fn(get = "passages_read", pure)]
    pub fn passages_read(desk: &mut Desk) -> i64 {
        let world = desk.world.clone();
        world.reading().map_or(0, |reading| int(reading.passages))
    }

    /// How many passages of the series the reader did not read: the work was stopped, or the model failed.
    #[rhai_fn(get = "passages_not_read", pure)]
    pub fn passages_not_read(desk: &mut Desk) -> i64 {
        let world = desk.world.clone();
        world.reading().map_or(0, |reading| int(reading.not_read))
    }

    /// What happens in a scene, as the trained reader tells it: maps with `text`, a sentence in the present tense, and `proof`, the sentences that
    /// it tells, as quotes; in the order of the scene. Every name and number in it, and most of its telling words, stand there; what the text
    /// does not bear out is left out.
    ///
    /// ```rhai
    /// for told in scene.gist { note.model_line(told.text).anchor_all(told.proof); }
    /// ```
    #[rhai_fn(get = "gist", pure)]
    pub fn scene_gist(scene: &mut SceneHandle) -> Array {
        let world = scene.world.clone();
        let Some(reading) = world.reading_with(Wanted { notes: false, summary: true }) else { return Array::new() };
        let passages = reading.scenes.iter().filter(|other| other.point == scene.point).flat_map(|scene| &scene.passages);
        let told = passages.flat_map(|passage| passage.gist.iter().map(move |line| (line, &passage.passage)));
        told.map(|(line, passage)| {
            let proof: Array =
                passage.lines[line.lines.clone()].iter().map(|line| Dynamic::from(scene.quote(line.range.clone()))).collect();
            let mut map = rhai::Map::new();
            map.insert("text".into(), line.text.clone().into());
            map.insert("proof".into(), proof.into());
            Dynamic::from_map(map)
        })
        .collect()
    }

    /// Pairs of sentences that by the reader's notes cannot both be true, in the order of the story: values that exclude each other, and words
    /// whose contradiction the model is sure enough of. Those that the script has reported already by other means are left out.
    ///
    /// ```rhai
    /// for clash in desk.clashes { desk.finding(clash.rule).about(clash.subject).at(clash.later).against(clash.earlier).say(…); }
    /// ```
    #[rhai_fn(get = "clashes", pure)]
    pub fn clashes(desk: &mut Desk) -> Array {
        let world = desk.world.clone();
        let handles = world.clashes().iter().map(|clash| ClashHandle { world: world.clone(), clash: clash.clone() });
        let reported: Vec<Vec<crate::finding::Evidence>> = desk.output().findings.iter().map(|finding| finding.evidence.clone()).collect();
        let meets = |quote: &QuoteHandle, evidence: &[crate::finding::Evidence]| {
            evidence.iter().any(|other| other.file == quote.evidence.file && other.span.overlaps(&quote.evidence.span))
        };
        let is_new = |handle: &ClashHandle| {
            let (later, earlier) = (handle.later_quote(), handle.earlier_quote());
            !reported.iter().any(|evidence| meets(&later, evidence) && meets(&earlier, evidence))
        };
        handles.filter(is_new).map(Dynamic::from).collect()
    }

    /// Sentences that by the reader's notes cannot be true if the bible is, as it stands at their point of the story. Those that the script has
    /// reported already by other means are left out.
    ///
    /// ```rhai
    /// for clash in desk.bible_clashes { desk.finding("contradicts-bible").at(clash.quote).against(clash.fact).say(…); }
    /// ```
    #[rhai_fn(get = "bible_clashes", pure)]
    pub fn bible_clashes(desk: &mut Desk) -> Array {
        let world = desk.world.clone();
        let handles = world.canon_clashes().iter().map(|clash| CanonClashHandle { world: world.clone(), clash: clash.clone() });
        let reported: Vec<crate::finding::Evidence> = desk.output().findings.iter().flat_map(|finding| finding.evidence.clone()).collect();
        let is_new = |handle: &CanonClashHandle| {
            let quote = handle.quote().evidence;
            !reported.iter().any(|other| other.file == quote.file && other.span.overlaps(&quote.span))
        };
        handles.filter(is_new).map(Dynamic::from).collect()
    }

    /// The rule that it breaks.
    #[rhai_fn(get = "rule", pure)]
    pub fn canon_rule(clash: &mut CanonClashHandle) -> String {
        clash.clash.noted.note.attribute.rule.to_string()
    }

    /// The sentence, as a quote.
    #[rhai_fn(get = "quote", pure)]
    pub fn canon_quote(clash: &mut CanonClashHandle) -> QuoteHandle {
        clash.quote()
    }

    /// What it states, in the reader's words.
    #[rhai_fn(get = "value", pure)]
    pub fn canon_value(clash: &mut CanonClashHandle) -> String {
        clash.clash.noted.note.value.clone()
    }

    /// What is compared: `eyes`, `work` …
    #[rhai_fn(get = "attribute", pure)]
    pub fn canon_attribute(clash: &mut CanonClashHandle) -> String {
        clash.clash.noted.note.attribute.words.to_string()
    }

    /// The fact of the bible.
    #[rhai_fn(get = "fact", pure)]
    pub fn canon_fact(clash: &mut CanonClashHandle) -> FactHandle {
        FactHandle::of(&clash.world, &clash.clash.fact)
    }

    /// How probable it is that the sentence cannot be true if the bible is, from 0 to 1.
    #[rhai_fn(get = "probability", pure)]
    pub fn canon_probability(clash: &mut CanonClashHandle) -> f64 {
        clash.clash.probability
    }

    /// Whether the values themselves exclude each other, and the narration itself says whose it is. Else it is a question.
    #[rhai_fn(get = "is_sure", pure)]
    pub fn canon_is_sure(clash: &mut CanonClashHandle) -> bool {
        clash.clash.is_sure
    }

    /// Why it cannot, in the model's own words; `""` when it gave none.
    #[rhai_fn(get = "reason", pure)]
    pub fn canon_reason(clash: &mut CanonClashHandle) -> String {
        clash.clash.reason.clone().unwrap_or_default()
    }

    /// Every pair of sentences that was put to the model, most of which are no contradictions; for whoever calibrates the verdict.
    #[rhai_fn(get = "judged", pure)]
    pub fn judged(desk: &mut Desk) -> Array {
        let world = desk.world.clone();
        let handles = world.judged().iter().map(|clash| ClashHandle { world: world.clone(), clash: Arc::new(clash.clone()) });
        handles.map(Dynamic::from).collect()
    }

    /// How probable the model alone holds a contradiction, from 0 to 1, before that is corrected by how often it is right.
    #[rhai_fn(get = "model_no", pure)]
    pub fn model_no(clash: &mut ClashHandle) -> f64 {
        f64::from(clash.clash.model_no)
    }

    /// What is known of the pair besides, as numbers; what they are stands in `engine/notes/verdict.rs`.
    #[rhai_fn(get = "signs", pure)]
    pub fn signs(clash: &mut ClashHandle) -> Array {
        clash.clash.signs.numbers().into_iter().map(Dynamic::from).collect()
    }

    /// The rule that it breaks: `changed-appearance`, `changed-habit` …
    #[rhai_fn(get = "rule", pure)]
    pub fn rule(clash: &mut ClashHandle) -> String {
        clash.clash.rule().to_string()
    }

    /// Whom or what it is about.
    #[rhai_fn(get = "subject", pure)]
    pub fn subject(clash: &mut ClashHandle) -> String {
        clash.clash.subject()
    }

    /// What is compared: `eyes`, `habit`, `number` …
    #[rhai_fn(get = "attribute", pure)]
    pub fn attribute(clash: &mut ClashHandle) -> String {
        clash.clash.later.note.attribute.words.to_string()
    }

    /// The later of the two sentences, as a quote.
    #[rhai_fn(get = "later", pure)]
    pub fn later(clash: &mut ClashHandle) -> QuoteHandle {
        clash.later_quote()
    }

    /// The earlier one.
    #[rhai_fn(get = "earlier", pure)]
    pub fn earlier(clash: &mut ClashHandle) -> QuoteHandle {
        clash.earlier_quote()
    }

    /// What the later sentence states, in the reader's words.
    #[rhai_fn(get = "later_value", pure)]
    pub fn later_value(clash: &mut ClashHandle) -> String {
        clash.clash.later.note.value.clone()
    }

    /// What the earlier one states.
    #[rhai_fn(get = "earlier_value", pure)]
    pub fn earlier_value(clash: &mut ClashHandle) -> String {
        clash.clash.earlier.note.value.clone()
    }

    /// How probable it is that both cannot be true, from 0 to 1.
    #[rhai_fn(get = "probability", pure)]
    pub fn probability(clash: &mut ClashHandle) -> f64 {
        clash.clash.probability
    }

    /// Whether the values themselves exclude each other, and the narration itself says whose both are. Else it is a question.
    #[rhai_fn(get = "is_sure", pure)]
    pub fn is_sure(clash: &mut ClashHandle) -> bool {
        clash.clash.is_sure
    }

    /// Why both cannot be true, in the model's own words; `""` when it gave none.
    #[rhai_fn(get = "reason", pure)]
    pub fn reason(clash: &mut ClashHandle) -> String {
        clash.clash.reason.clone().unwrap_or_default()
    }
}
