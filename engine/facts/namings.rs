//! In which words everyone and everything is named, and where each of them first stands.

use super::Cast;
use super::tokens::Tokens;
use crate::manuscript::{Scene, Series, StoryPoint};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// One way of naming somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// With the title, if it has one: `Captain Dacre`.
    pub written: String,
    pub count: usize,
    /// How many of them stand behind an article, as inns and ships do: the Admiral Benbow.
    pub with_article: usize,
    /// Where it first stands: the scene, and the bytes of its prose.
    pub first: (StoryPoint, Range<usize>),
}

/// All ways of naming, by the name of whoever is meant.
#[derive(Clone, Debug, Default)]
pub struct Namings {
    of: BTreeMap<String, Vec<Naming>>,
}

impl Namings {
    /// Reads a series. Words that can mean more than one are left out.
    pub fn read(series: &Series, cast: &Cast) -> Namings {
        let scenes: Vec<&Scene> = series.chapters().flat_map(|chapter| &chapter.scenes).collect();
        let read: Vec<OfScene> = scenes.par_iter().map(|scene| of_scene(scene, cast)).collect();
        let unclear: BTreeSet<&String> = read.iter().flat_map(|(_, unclear)| unclear).collect();
        let mut namings = Namings::default();
        for (name, naming) in read.iter().flat_map(|(found, _)| found).filter(|(_, naming)| !unclear.contains(&naming.written)) {
            let all = namings.of.entry(name.clone()).or_default();
            match all.iter_mut().find(|known| known.written == naming.written) {
                Some(known) => {
                    known.count += naming.count;
                    known.with_article += naming.with_article;
                }
                None => all.push(naming.clone()),
            }
        }
        for all in namings.of.values_mut() {
            all.sort_by(|one, two| (two.count, &one.written).cmp(&(one.count, &two.written)));
        }
        namings
    }

    /// How somebody is named, the most usual first.
    pub fn of(&self, name: &str) -> &[Naming] {
        self.of.get(name).map_or(&[], Vec::as_slice)
    }
}

/// The namings of a scene, each with the name of whoever is meant, and the words that can mean more than one there.
type OfScene = (Vec<(String, Naming)>, BTreeSet<String>);

/// The namings of a scene in order, and the words that can mean more than one there.
fn of_scene(scene: &Scene, cast: &Cast) -> OfScene {
    let tokens = Tokens::of(scene);
    let mut found = Vec::new();
    let mut unclear = BTreeSet::new();
    for mention in cast.mentions_in(scene, &tokens) {
        let written = scene.prose[mention.range.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        // A whole name of its own, as Marguerite beside Marguerite Blakeney, is that name whoever else bears it.
        if mention.is_ambiguous && written != mention.name {
            unclear.insert(written);
            continue;
        }
        let before = tokens.at(mention.range.start).checked_sub(1).map_or("", |index| tokens.word(index));
        let with_article = usize::from(matches!(before, "the" | "a" | "an"));
        found.push((mention.name, Naming { written, count: 1, with_article, first: (scene.point, mention.range) }));
    }
    (found, unclear)
}
