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
        for range in scene.italics.iter().filter(|range| !is_thought(scene, range)) {
            let words = bare(&scene.prose, (*range).clone());
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

/// Whether italics are somebody's thought: they begin a sentence, and a mark within them ends it, or the thought.
fn is_thought(scene: &Scene, italics: &Range<usize>) -> bool {
    let opens = scene.sentences.binary_search_by_key(&italics.start, |sentence| sentence.range.start).is_ok();
    opens && scene.prose[italics.clone()].ends_with(['.', '!', '?', ',', '…', '—'])
}

/// Whether words stand whole and outside all italics. Those between two italics are turned round: *I boarded the* Nonpareil *at noon.*
fn is_plain_word(scene: &Scene, range: &Range<usize>) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let is_part = is_letter(scene.prose[..range.start].chars().next_back()) || is_letter(scene.prose[range.end..].chars().next());
    let next = scene.italics.partition_point(|italics| italics.end <= range.start);
    let is_within = scene.italics.get(next).is_some_and(|italics| italics.start < range.end);
    let is_near = |place: usize, other: usize| place.abs_diff(other) <= 1;
    let is_behind = next.checked_sub(1).is_some_and(|before| is_near(scene.italics[before].end, range.start));
    let is_turned = is_behind && scene.italics.get(next).is_some_and(|italics| is_near(italics.start, range.end));
    !is_part && !is_within && !is_turned
}
