//! Words that stand in italics in one place and plain in another: ships, songs, words of other languages.

use super::{Use, Variant};
use crate::manuscript::{Scene, Series};
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;
use std::ops::Range;

/// A longer passage in italics is a thought, a letter or a line of verse.
const MAX_WORDS: usize = 4;

/// What stands in italics only once is an emphasis.
const MIN_ITALIC: usize = 2;

/// What mostly stands in italics and somewhere plain, in order of the words; the usual way has its asterisks.
pub(super) fn differing(series: &Series) -> Vec<Variant> {
    let scenes: Vec<&Scene> = series.chapters().flat_map(|chapter| &chapter.scenes).collect();
    let mut italic: BTreeMap<&str, Vec<Use>> = BTreeMap::new();
    for scene in &scenes {
        for range in &scene.italics {
            let words = bare(&scene.prose, range.clone());
            if !words.is_empty() && scene.prose[words.clone()].split_whitespace().count() <= MAX_WORDS {
                italic.entry(&scene.prose[words.clone()]).or_default().push(Use::of(scene.point, words));
            }
        }
    }
    italic.retain(|_, uses| uses.len() >= MIN_ITALIC);
    let names: Vec<&str> = italic.keys().copied().collect();
    let Ok(search) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&names) else { return Vec::new() };
    let mut plain: BTreeMap<&str, Vec<Use>> = BTreeMap::new();
    for scene in &scenes {
        let found = search.find_iter(&scene.prose).filter(|found| is_plain_word(scene, &found.range()));
        for found in found {
            plain.entry(names[found.pattern().as_usize()]).or_default().push(Use::of(scene.point, found.range()));
        }
    }
    let variant = |(name, plain): (&str, Vec<Use>)| {
        let italic = italic.remove(name)?;
        (italic.len() > plain.len()).then(|| Variant::of([(format!("*{name}*"), italic), (name.to_string(), plain)]))
    };
    plain.into_iter().filter_map(variant).collect()
}

/// Without the marks around it: “*Nonpareil*,” and “*Nonpareil,*” are one name.
fn bare(prose: &str, range: Range<usize>) -> Range<usize> {
    let text = &prose[range.clone()];
    let is_edge = |letter: char| !letter.is_alphanumeric();
    let start = range.start + text.len() - text.trim_start_matches(is_edge).len();
    start..(start + text.trim_matches(is_edge).len())
}

/// Whether words stand whole, and outside all italics.
fn is_plain_word(scene: &Scene, range: &Range<usize>) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let is_part = is_letter(scene.prose[..range.start].chars().next_back()) || is_letter(scene.prose[range.end..].chars().next());
    !is_part && !scene.italics.iter().any(|italic| italic.start < range.end && range.start < italic.end)
}
