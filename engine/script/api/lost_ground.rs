//! What edits took away although later passages rest on it.

use super::super::handles::{QuoteHandle, SceneHandle, ScriptDesk, StoryContext};
use super::int;
use crate::facts::ripple::{LostGround, LostKind, ProsePlace};
use rhai::plugin::*;
use rhai::{Array, Dynamic};
use std::sync::Arc;

/// Something that the text told before and does not tell now.
#[derive(Clone)]
pub struct LostGroundHandle {
    world: Arc<StoryContext>,
    gone: Arc<LostGround>,
}

impl LostGroundHandle {
    fn quote(&self, (point, range): &ProsePlace) -> QuoteHandle {
        SceneHandle { world: self.world.clone(), point: *point }.quote(range.clone())
    }
}

#[export_module]
pub mod gone {
    /// What edits took away since the chapters were last compared, though later passages rest on it: at first since copydesk first read
    /// them; a chapter in which nothing is missed any more is compared with its present text from then on.
    ///
    /// ```rhai
    /// for gone in desk.gone { for later in gone.resting { … } }
    /// ```
    #[rhai_fn(get = "gone", pure)]
    pub fn desk_gone(desk: &mut ScriptDesk) -> Array {
        let world = desk.world.clone();
        let all = world.gone();
        let files = all.iter().map(|gone| gone.file.clone()).collect();
        desk.output().awaits = Some(files);
        all.iter().map(|gone| Dynamic::from(LostGroundHandle { world: world.clone(), gone: gone.clone() })).collect()
    }

    /// `"value"` when the chapter says another value now, `"event"` when what happened there is cut, `"name"` when somebody or something was
    /// first named there, `"thing"` when a thing came in there, `"date"` when the chapter had another date.
    #[rhai_fn(get = "kind", pure)]
    pub fn kind(gone: &mut LostGroundHandle) -> String {
        let word = match gone.gone.kind {
            LostKind::Value => "value",
            LostKind::Event => "event",
            LostKind::Name => "name",
            LostKind::Thing => "thing",
            LostKind::Date => "date",
        };
        word.to_string()
    }

    /// Whom or what it is about: a name, a thing, a chapter’s title.
    #[rhai_fn(get = "subject", pure)]
    pub fn subject(gone: &mut LostGroundHandle) -> String {
        gone.gone.subject.clone()
    }

    /// The attribute of a value or an event; `""` for the rest.
    #[rhai_fn(get = "attribute", pure)]
    pub fn attribute(gone: &mut LostGroundHandle) -> String {
        gone.gone.attribute.clone()
    }

    /// The value it had; `""` where there is none.
    #[rhai_fn(get = "value", pure)]
    pub fn value(gone: &mut LostGroundHandle) -> String {
        gone.gone.value.clone()
    }

    /// What is said in its place: the other value, name or date; `""` when nothing is.
    #[rhai_fn(get = "value_now", pure)]
    pub fn value_now(gone: &mut LostGroundHandle) -> String {
        gone.gone.value_now.clone()
    }

    /// The sentence that told it, as it was; `""` for a date.
    #[rhai_fn(get = "sentence", pure)]
    pub fn sentence(gone: &mut LostGroundHandle) -> String {
        gone.gone.sentence.clone()
    }

    /// The file in which it stood.
    #[rhai_fn(get = "file", pure)]
    pub fn file(gone: &mut LostGroundHandle) -> String {
        gone.gone.file.shown()
    }

    /// The line at which it stood, from 1.
    #[rhai_fn(get = "line", pure)]
    pub fn line(gone: &mut LostGroundHandle) -> i64 {
        int(gone.gone.line)
    }

    /// The passage that says it otherwise now, a quote; `()` when there is none.
    #[rhai_fn(get = "now", pure)]
    pub fn now(gone: &mut LostGroundHandle) -> Dynamic {
        gone.gone.now.as_ref().map_or(Dynamic::UNIT, |place| Dynamic::from(gone.quote(place)))
    }

    /// The sentences that rested on it, as quotes, in the order of the story; at least one, at most twelve.
    #[rhai_fn(get = "resting", pure)]
    pub fn resting(gone: &mut LostGroundHandle) -> Array {
        gone.gone.resting.iter().map(|place| Dynamic::from(gone.quote(place))).collect()
    }
}
