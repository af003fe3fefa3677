//! What the trained reader noted, and the pairs of sentences that cannot both be true.

use super::super::handles::{ChapterHandle, QuoteHandle, SceneHandle, ScriptDesk, StoryContext};
use super::bible::FactHandle;
use super::int;
use crate::finding::Source;
use crate::manuscript::StoryPoint;
use crate::notes::people::{Owner, Sureness};
use crate::notes::{Clash, Fact, Standing, Wanted};
use rhai::plugin::*;
use rhai::{Array, Dynamic};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Two facts that most likely cannot both be true.
#[derive(Clone)]
pub struct ClashHandle {
    pub world: Arc<StoryContext>,
    pub clash: Arc<Clash>,
}

impl ClashHandle {
    /// What the later fact quotes; it always stands in the prose.
    pub fn later(&self) -> QuoteHandle {
        let point = self.clash.later.in_prose().map_or(StoryPoint::BEGIN, |(point, _)| point);
        SceneHandle { world: self.world.clone(), point }.quote(self.clash.later_quote.clone())
    }

    /// What the earlier one does: a quote, or a fact of the bible.
    pub fn earlier(&self) -> Dynamic {
        let Clash { earlier, earlier_quote, .. } = &*self.clash;
        match (earlier.in_prose(), earlier.in_bible()) {
            (_, Some(fact)) => Dynamic::from(FactHandle::of(&self.world, fact)),
            (Some((point, _)), _) => Dynamic::from(SceneHandle { world: self.world.clone(), point }.quote(earlier_quote.clone())),
            (None, None) => Dynamic::UNIT,
        }
    }
}

/// One thing that the reader noted: its place in [`StoryContext::stated`].
#[derive(Clone)]
pub struct NotedHandle {
    world: Arc<StoryContext>,
    place: usize,
}

impl NotedHandle {
    fn fact(&self) -> &Fact {
        &self.world.stated()[self.place]
    }
}

/// The names of sources, as JSON has them.
fn names_of(sources: &BTreeSet<Source>) -> Array {
    sources.iter().map(|source| Dynamic::from(source.name().to_string())).collect()
}

/// Those of some clashes that are of the desk's rule, when a rule sits at it, and have not been reported already by other means.
fn unreported(desk: &ScriptDesk, clashes: &[Arc<Clash>]) -> Array {
    let output = desk.output();
    let is_new = |handle: &ClashHandle| {
        let later = handle.later().evidence;
        // The bible's words stand in one note for all that contradicts them.
        let earlier = handle.earlier().try_cast::<QuoteHandle>().map(|quote| quote.evidence);
        !output.has_by_other_means(&[Some(&later), earlier.as_ref()].into_iter().flatten().collect::<Vec<_>>())
    };
    let is_meant = |clash: &&Arc<Clash>| desk.rule.as_deref().is_none_or(|rule| clash.rule() == rule);
    let handles = clashes.iter().filter(is_meant).map(|clash| ClashHandle { world: desk.world.clone(), clash: clash.clone() });
    handles.filter(is_new).map(Dynamic::from).collect()
}

#[export_module]
pub mod notes {
    /// How many pairs of sentences got no verdict: time ran out, or the model failed.
    #[rhai_fn(get = "pairs_not_judged", pure)]
    pub fn pairs_not_judged(desk: &mut ScriptDesk) -> i64 {
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
    pub fn why_not_read(desk: &mut ScriptDesk) -> String {
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
        let world = scene.world.clone();
        let of_scene = |fact: &Fact| fact.is_noted() && fact.in_prose().is_some_and(|(point, _)| point == scene.point);
        let places = (0..world.stated().len()).filter(|place| of_scene(&world.stated()[*place]));
        places.map(|place| Dynamic::from(NotedHandle { world: world.clone(), place })).collect()
    }

    /// Whom or what it is about: by the name of the book where the reader's words mean one person, else in the reader's words.
    #[rhai_fn(get = "subject", pure)]
    pub fn noted_subject(noted: &mut NotedHandle) -> String {
        let fact = noted.fact();
        match &fact.owner {
            Owner::Person(name) => name.clone(),
            _ => fact.subject.clone(),
        }
    }

    /// What is stated: `eyes`, `work`, `where` …
    #[rhai_fn(get = "attribute", pure)]
    pub fn noted_attribute(noted: &mut NotedHandle) -> String {
        noted.fact().attribute.name.to_string()
    }

    /// In the reader's words, which are mostly those of the sentence.
    #[rhai_fn(get = "value", pure)]
    pub fn noted_value(noted: &mut NotedHandle) -> String {
        noted.fact().value.clone()
    }

    /// `"plain"`, `"said"` by somebody, or `"doubtful"`: a lie, a guess, a dream, a fear, a figure of speech.
    #[rhai_fn(get = "standing", pure)]
    pub fn noted_standing(noted: &mut NotedHandle) -> String {
        let word = match noted.fact().standing {
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
        let word = match noted.fact().sureness {
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
        let (point, sentence) = noted.fact().in_prose().map_or((StoryPoint::BEGIN, 0..0), |(point, sentence)| (point, sentence.clone()));
        SceneHandle { world: noted.world.clone(), point }.quote(sentence)
    }

    /// What vouches for it: `"reader"`, and `"patterns"` where the patterns of words see the same.
    #[rhai_fn(get = "sources", pure)]
    pub fn noted_sources(noted: &mut NotedHandle) -> Array {
        super::names_of(&noted.fact().sources)
    }

    /// Whether the trained reader fits a model of this run. Without it there are no notes and no clashes.
    #[rhai_fn(get = "has_reader", pure)]
    pub fn has_reader(desk: &mut ScriptDesk) -> bool {
        desk.world.reader_adapter().is_some()
    }

    /// How many passages of the series the reader read. Reads them, if no script has asked for it before.
    #[rhai_fn(get = "passages_read", pure)]
    pub fn passages_read(desk: &mut ScriptDesk) -> i64 {
        let world = desk.world.clone();
        world.reading().map_or(0, |reading| int(reading.passages))
    }

    /// How many passages of the series the reader did not read: the work was stopped, or the model failed.
    #[rhai_fn(get = "passages_not_read", pure)]
    pub fn passages_not_read(desk: &mut ScriptDesk) -> i64 {
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
    /// whose contradiction the model is sure enough of. A rule has those that break it. Those that have been reported already by other means
    /// are left out.
    ///
    /// ```rhai
    /// for clash in desk.clashes { desk.finding(clash).say(`${clash.subject}: ${clash.later_value}, but ${clash.earlier_value} before.`); }
    /// ```
    #[rhai_fn(get = "clashes", pure)]
    pub fn clashes(desk: &mut ScriptDesk) -> Array {
        super::unreported(desk, desk.world.clashes())
    }

    /// Sentences that by the reader's notes cannot be true if the bible is, as it stands at their point of the story. A rule has those that
    /// break it. Those that have been reported already by other means are left out.
    ///
    /// ```rhai
    /// for clash in desk.bible_clashes { desk.finding(clash).say(`${clash.subject}: the bible says ${clash.earlier_value}.`); }
    /// ```
    #[rhai_fn(get = "bible_clashes", pure)]
    pub fn bible_clashes(desk: &mut ScriptDesk) -> Array {
        super::unreported(desk, desk.world.canon_clashes())
    }

    /// Every pair of sentences that was put to the model, most of which are no contradictions; for whoever calibrates the verdict.
    #[rhai_fn(get = "judged", pure)]
    pub fn judged(desk: &mut ScriptDesk) -> Array {
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
        clash.clash.attribute().words.to_string()
    }

    /// The later of the two sentences, as a quote.
    #[rhai_fn(get = "later", pure)]
    pub fn later(clash: &mut ClashHandle) -> QuoteHandle {
        clash.later()
    }

    /// The earlier one, as a quote; or the fact of the bible.
    #[rhai_fn(get = "earlier", pure)]
    pub fn earlier(clash: &mut ClashHandle) -> Dynamic {
        clash.earlier()
    }

    /// What the later sentence states, in the reader's words.
    #[rhai_fn(get = "later_value", pure)]
    pub fn later_value(clash: &mut ClashHandle) -> String {
        clash.clash.later.value.clone()
    }

    /// What the earlier one states, or the bible.
    #[rhai_fn(get = "earlier_value", pure)]
    pub fn earlier_value(clash: &mut ClashHandle) -> String {
        clash.clash.earlier.value.clone()
    }

    /// How probable it is that both cannot be true, from 0 to 1.
    #[rhai_fn(get = "probability", pure)]
    pub fn probability(clash: &mut ClashHandle) -> f64 {
        clash.clash.probability
    }

    /// Whether the values themselves exclude each other, and the narration itself says whose both are, or how many days lie between two
    /// scenes. Else it is a question.
    #[rhai_fn(get = "is_sure", pure)]
    pub fn is_sure(clash: &mut ClashHandle) -> bool {
        clash.clash.is_sure
    }

    /// What vouches for either fact: `"reader"`, `"patterns"`, `"bible"`.
    #[rhai_fn(get = "sources", pure)]
    pub fn sources(clash: &mut ClashHandle) -> Array {
        super::names_of(&clash.clash.sources())
    }

    /// Why both cannot be true, in the model's own words; `""` when it gave none.
    #[rhai_fn(get = "reason", pure)]
    pub fn reason(clash: &mut ClashHandle) -> String {
        clash.clash.reason.clone().unwrap_or_default()
    }
}
