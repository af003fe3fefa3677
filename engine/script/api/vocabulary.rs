//! The words of the story, counted.

use super::super::handles::{ChapterHandle, QuoteHandle, SceneHandle, ScriptDesk, StoryContext};
use super::{RhaiResultOf, int, texts_of};
use crate::facts::{Use, Variant, Vocabulary, Voice, voice_at};
use crate::text::words::fold;
use rhai::plugin::*;
use rhai::{Array, Dynamic, Map};
use std::sync::Arc;

/// Items a list given to a script may have; Rhai's own limit is 4,000.
const MAX_ITEMS: usize = 2_000;

fn quote(world: &Arc<StoryContext>, place: &Use) -> Dynamic {
    Dynamic::from(SceneHandle { world: world.clone(), point: place.point }.quote(place.range()))
}

/// Words in two ways, as scripts have them.
fn maps(world: &Arc<StoryContext>, variants: Vec<Variant>) -> Array {
    let map = |variant: Variant| {
        let mut map = Map::new();
        map.insert("usual_quote".into(), quote(world, &variant.usual_use));
        map.insert("other_quote".into(), quote(world, &variant.other_use));
        map.insert("usual".into(), variant.usual.into());
        map.insert("other".into(), variant.other.into());
        map.insert("usual_count".into(), int(variant.usual_count).into());
        map.insert("other_count".into(), int(variant.other_count).into());
        Dynamic::from_map(map)
    };
    variants.into_iter().take(MAX_ITEMS).map(map).collect()
}

#[export_module]
pub mod vocabulary {
    /// Words that the series writes in two ways, `grey` and `gray`, `lamp-post` and `lamppost`: maps with `usual` and `other`, how often each
    /// stands (`usual_count`, `other_count`) and where first (`usual_quote`, `other_quote`).
    ///
    /// ```rhai
    /// for word in desk.variants { print(`${word.usual}, not ${word.other}`); }
    /// ```
    #[rhai_fn(get = "variants", pure)]
    pub fn variants(desk: &mut ScriptDesk) -> Array {
        super::maps(&desk.world, desk.world.vocabulary().variants())
    }

    /// Words that stand behind “the” with a capital in one place and without one in another, `Council` and `council`: maps as those of
    /// `variants`. A word that begins a name of several words is left out.
    #[rhai_fn(get = "capitals", pure)]
    pub fn capitals(desk: &mut ScriptDesk) -> Array {
        super::maps(&desk.world, desk.world.vocabulary().capitals())
    }

    /// Words that mostly stand in italics and somewhere do not, `*Nonpareil*` and `Nonpareil`: maps as those of `variants`. What stands in italics
    /// once, or in more than four words, is left out.
    #[rhai_fn(get = "italics", pure)]
    pub fn italics(desk: &mut ScriptDesk) -> Array {
        super::maps(&desk.world, Vocabulary::italics(&desk.world.series))
    }

    /// Words that stand twice within `gap` words of each other in the scene, and at most `most` times in the whole series: maps with `word`,
    /// `first` and `second`, the places. Names, short words and what is said are left out.
    #[rhai_fn(pure)]
    pub fn echoes(scene: &mut SceneHandle, gap: i64, most: i64) -> Array {
        let (gap, most) = (u32::try_from(gap).unwrap_or(0), usize::try_from(most).unwrap_or(0));
        let world = scene.world.clone();
        let map = |(word, first, second): (&str, Use, Use)| {
            let mut map = Map::new();
            map.insert("word".into(), word.to_string().into());
            map.insert("first".into(), super::quote(&world, &first));
            map.insert("second".into(), super::quote(&world, &second));
            Dynamic::from_map(map)
        };
        world.vocabulary().echoes(scene.point, gap, most).into_iter().take(super::MAX_ITEMS).map(map).collect()
    }

    /// Where a word, its plural in *s* or its possessive stands last in the series; `()` when it stands nowhere.
    #[rhai_fn(pure)]
    pub fn last_place_of(desk: &mut ScriptDesk, word: &str) -> Dynamic {
        let (world, word) = (&desk.world, fold(word));
        let uses = [word.clone(), format!("{word}s"), format!("{word}'s")].map(|word| world.vocabulary().uses(&word).last().copied());
        let last = uses.into_iter().flatten().max_by_key(|place| (place.point, place.place));
        last.map_or(Dynamic::UNIT, |place| super::quote(world, &place))
    }

    /// Where any of some words stands in the chapter's narration, not in what is said, in the order of the words (at most 2,000).
    ///
    /// ```rhai
    /// if chapter.narrated(["suddenly"]).len() > 3 { … }
    /// ```
    #[rhai_fn(pure, return_raw)]
    pub fn narrated(chapter: &mut ChapterHandle, words: Array) -> RhaiResultOf<Array> {
        let world = chapter.world.clone();
        let points = chapter.points();
        let mut found = Array::new();
        for word in texts_of(&words)? {
            let uses = world.vocabulary().uses_within(&fold(&word), &points).iter();
            found.extend(uses.filter(|place| !place.is_speech).map(|place| super::quote(&world, place)));
        }
        found.truncate(super::MAX_ITEMS);
        Ok(found)
    }

    /// How much of the chapter is said aloud, 0 to 1, by its words.
    #[rhai_fn(get = "speech_share", pure)]
    pub fn speech_share(chapter: &mut ChapterHandle) -> f64 {
        let (spoken, all) = chapter.world.vocabulary().spoken(&chapter.points());
        // Words of a chapter stay far below the 2^52 that an f64 holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "words of one chapter")]
        let share = if all == 0 { 0.0 } else { spoken as f64 / all as f64 };
        share
    }

    /// Whether the words stand inside quotation marks, where somebody speaks.
    #[rhai_fn(get = "is_speech", pure)]
    pub fn is_speech(quote: &mut QuoteHandle) -> bool {
        let Some((point, words)) = quote.prose.clone() else { return false };
        let scene = SceneHandle { world: quote.world.clone(), point };
        voice_at(scene.reading().speeches(), words.start) != Voice::Narration
    }
}
