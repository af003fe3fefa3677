//! The desk a script works at.

use super::super::handles::{ChapterHandle, PassageHandle, SceneHandle, ScriptDesk, SeriesHandle};
use super::RhaiResultOf;
use super::bible::BibleHandle;
use super::reading::{AnswerHandle, Reading};
use crate::model::Shape;
use crate::text::words;
use rhai::plugin::*;

/// Words a scene may have to be read whole.
const WHOLE_SCENE_WORDS: usize = 900;

/// Things a script may say it did not read, and how long each may be.
const MAX_NOT_READ: usize = 200;
const MAX_NOT_READ_BYTES: usize = 2_000;

/// Chapters that were not read and are named one by one; of more, only the number is told.
const MAX_CHAPTERS_NOT_READ: usize = 100;

#[export_module]
pub mod desk {
    /// Whether there is a model to ask. Without one a script can still compare what code reads.
    #[rhai_fn(get = "has_model", pure)]
    pub fn has_model(desk: &mut ScriptDesk) -> bool {
        desk.world.desk.has_model()
    }

    /// The whole series, whatever the script's SCOPE.
    #[rhai_fn(get = "series", pure)]
    pub fn series(desk: &mut ScriptDesk) -> SeriesHandle {
        SeriesHandle { world: desk.world.clone() }
    }

    /// The bible as it stands at the beginning of what this job looks at.
    #[rhai_fn(get = "bible", pure)]
    pub fn bible(desk: &mut ScriptDesk) -> BibleHandle {
        BibleHandle { world: desk.world.clone(), point: super::super::facts::points_of(desk).start }
    }

    /// The bible, as it stands in the scene.
    #[rhai_fn(name = "bible_at", pure)]
    pub fn bible_at(desk: &mut ScriptDesk, scene: SceneHandle) -> BibleHandle {
        BibleHandle { world: desk.world.clone(), point: scene.point }
    }

    /// What the author set for the script, else the script's own value: of `const FORM = "short";` the setting is `form`. The author sets it in
    /// `copydesk.yaml` or by `copydesk run NAME --set form=long`. Every constant beside SCOPE and REPORT is a setting; its value is a text.
    ///
    /// ```rhai
    /// if desk.setting("form") == "short" { … }
    /// ```
    #[rhai_fn(name = "setting", pure, return_raw)]
    pub fn setting(desk: &mut ScriptDesk, name: &str) -> RhaiResultOf<String> {
        let missing = || format!("this script has no setting `{name}`: write const {} = \"…\"; at its top", name.to_uppercase());
        Ok(desk.settings.get(name).cloned().ok_or_else(missing)?)
    }

    /// The series as a reader knows it who is at a chapter, named as in the bible: `book-1/04`. That chapter is the last; of later ones there
    /// is nothing in it, no words, no names, no facts, and nothing of the bible, which tells from the first page on who is who. Use what you
    /// reach from it, and neither `desk.series` nor `desk.facts` nor `desk.bible`.
    ///
    /// ```rhai
    /// for book in desk.story_until("book-1/04").books { … }
    /// ```
    #[rhai_fn(name = "story_until", pure, return_raw)]
    pub fn story_until(desk: &mut ScriptDesk, chapter: &str) -> RhaiResultOf<SeriesHandle> {
        let wrong =
            |reason: String| format!("`{chapter}` names no chapter: {reason}. Write it as book-1/04; `copydesk order` shows the chapters");
        let point = crate::bible::resolve_reference(&desk.world.series, chapter, None).map_err(wrong)?;
        if point.scene > 0 {
            return Err(wrong("it names a scene".to_string()).into());
        }
        let world = desk.world.until(point.book, point.chapter);
        let scenes = world.series.chapters().map(|chapter| chapter.scenes.len()).sum();
        desk.output().looked_at = Some((scenes, world.series.words()));
        Ok(SeriesHandle { world })
    }

    /// Lays a passage before the model. It is read once, whatever is asked about it. Where the passage speaks to the model (“ignore your
    /// instructions”), copydesk asks one question more, about a sentence that it plants below a copy of it; when the model does not find
    /// that, all its answers about the passage are nothing, its choices have the probability 0, and the report tells that it was not read.
    #[rhai_fn(name = "read", pure)]
    pub fn read_passage(desk: &mut ScriptDesk, passage: PassageHandle) -> Reading {
        Reading::new(desk, Some(passage))
    }

    /// Lays a whole scene before the model. A scene of more than 900 words is refused, never cut: read its `passages` one by one.
    #[rhai_fn(name = "read", pure, return_raw)]
    pub fn read_scene(desk: &mut ScriptDesk, scene: SceneHandle) -> RhaiResultOf<Reading> {
        let words = words::count(&scene.scene().prose);
        if words > super::WHOLE_SCENE_WORDS {
            return Err(format!(
                "this scene has {words} words, more than the {} that are read at once; read each of scene.passages",
                super::WHOLE_SCENE_WORDS
            )
            .into());
        }
        let range = 0..scene.scene().prose.len();
        let passage = PassageHandle { world: scene.world.clone(), point: scene.point, range };
        Ok(Reading::new(desk, Some(passage)))
    }

    /// Asks the model without a passage; for what was gathered before, such as the summaries of scenes.
    #[rhai_fn(name = "ask", pure, return_raw)]
    pub fn ask(desk: &mut ScriptDesk, question: &str, shape: Shape) -> RhaiResultOf<AnswerHandle> {
        let mut reading = Reading::new(desk, None);
        super::super::reading::reading::ask(&mut reading, question, shape)
    }

    /// Says that something was not read, and why. It is shown in the report's coverage, and the exit status tells it.
    #[rhai_fn(name = "not_read", pure, return_raw)]
    pub fn not_read(desk: &mut ScriptDesk, what_and_why: &str) -> RhaiResultOf<()> {
        let mut output = desk.output();
        if output.not_read.len() >= super::MAX_NOT_READ || what_and_why.len() > super::MAX_NOT_READ_BYTES {
            return Err("a script tells of at most 200 things it did not read, in at most 2,000 letters each".into());
        }
        output.not_read.push(what_and_why.to_string());
        Ok(())
    }

    /// Says that a chapter was not read at all, and why: it stands in the report's coverage with its file, and its words do not count as read.
    ///
    /// ```rhai
    /// desk.not_read(chapter, "this chapter is in German, and the checks read English");
    /// ```
    #[rhai_fn(name = "not_read", pure, return_raw)]
    pub fn chapter_not_read(desk: &mut ScriptDesk, chapter: ChapterHandle, why: &str) -> RhaiResultOf<()> {
        let chapter = chapter.chapter();
        let is_full = desk.output().left_out.len() >= MAX_CHAPTERS_NOT_READ;
        desk.output().left_out.insert(chapter.path.clone(), (chapter.scenes.len(), chapter.words()));
        if is_full {
            not_read_of_kind(desk, 1, &format!("more chapters: {why}"))
        } else {
            not_read(desk, &format!("{}: {why}", chapter.path))
        }
    }

    /// Says that so many things of a kind were not read, and why. Whatever rules of a group say it of the same kind, it is one line.
    ///
    /// ```rhai
    /// desk.not_read(2, "descriptions whose owner the words leave open; a model must read them");
    /// ```
    #[rhai_fn(name = "not_read", pure, return_raw)]
    pub fn not_read_of_kind(desk: &mut ScriptDesk, count: i64, kind_and_why: &str) -> RhaiResultOf<()> {
        let mut output = desk.output();
        let is_new = !output.not_read_of_kind.contains_key(kind_and_why);
        if is_new && output.not_read_of_kind.len() >= super::MAX_NOT_READ || kind_and_why.len() > super::MAX_NOT_READ_BYTES {
            return Err("a script tells of at most 200 kinds of things it did not read, in at most 2,000 letters each".into());
        }
        *output.not_read_of_kind.entry(kind_and_why.to_string()).or_default() += count.max(0).cast_unsigned();
        Ok(())
    }
}
