//! Where a spelling stands in the whole story, without reading the whole story for each.

use crate::manuscript::{Scene, Series, StoryPoint};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// Which scenes hold which words that begin with a capital.
#[derive(Clone, Debug, Default)]
pub struct Spellings {
    /// All scenes in the order of the story.
    points: Vec<StoryPoint>,
    /// Places in `points`, in order.
    scenes_of: HashMap<String, Vec<u32>>,
}

impl Spellings {
    /// Reads a series.
    pub fn read(series: &Series) -> Spellings {
        let scenes: Vec<&Scene> = series.chapters().flat_map(|chapter| &chapter.scenes).collect();
        let words: Vec<BTreeSet<&str>> = scenes.par_iter().map(|scene| capitalised_words(&scene.prose).collect()).collect();
        let mut spellings = Spellings { points: scenes.iter().map(|scene| scene.point).collect(), ..Spellings::default() };
        for (place, words) in (0_u32..).zip(words) {
            for word in words {
                match spellings.scenes_of.get_mut(word) {
                    Some(scenes) => scenes.push(place),
                    None => {
                        spellings.scenes_of.insert(word.to_string(), vec![place]);
                    }
                }
            }
        }
        spellings
    }

    /// Where a spelling stands as whole words, in the order of the story: the scene, and the bytes of its prose. The series must be the
    /// one that was read.
    pub fn places<'a>(
        &'a self,
        series: &'a Series,
        spelling: &'a str,
        within: Range<StoryPoint>,
    ) -> impl Iterator<Item = (StoryPoint, Range<usize>)> + use<'a> {
        let scenes = self.scenes_with(spelling).filter(move |point| within.contains(point)).filter_map(|point| series.scene(point));
        scenes.flat_map(move |(_, scene)| whole_words(&scene.prose, spelling).map(move |range| (scene.point, range)))
    }

    /// The scenes that can hold a spelling.
    fn scenes_with(&self, spelling: &str) -> Box<dyn Iterator<Item = StoryPoint> + '_> {
        let scenes_of = |word| self.scenes_of.get(word).map_or(&[][..], Vec::as_slice);
        // Where the whole spelling stands as whole words, each word of it does: the rarest one leaves the fewest scenes to search.
        match capitalised_words(spelling).map(scenes_of).min_by_key(|scenes| scenes.len()) {
            Some(scenes) => Box::new(scenes.iter().map(|place| self.points[*place as usize])),
            None => Box::new(self.points.iter().copied()),
        }
    }
}

fn capitalised_words(prose: &str) -> impl Iterator<Item = &str> {
    prose.split(|c: char| !c.is_alphanumeric()).filter(|word| word.starts_with(char::is_uppercase))
}

/// The places where a spelling is no part of a longer word.
fn whole_words<'a>(prose: &'a str, spelling: &'a str) -> impl Iterator<Item = Range<usize>> + use<'a> {
    let is_whole = |range: &Range<usize>| {
        let before = prose[..range.start].chars().next_back();
        let after = prose[range.end..].chars().next();
        !range.is_empty() && !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    };
    prose.match_indices(spelling).map(|(start, found)| start..start + found.len()).filter(is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::{OrderSettings, SourceFile};

    #[test]
    fn a_spelling_is_found_as_whole_words_in_its_part_of_the_story() {
        let files = [
            SourceFile::new("1.md", "Mary-Ann met Ann. Annie met Mary Ann.\n\n***\n\nAnn, ann and 7th Ann."),
            SourceFile::new("2.md", "Nobody was there but Ann."),
        ];
        let (series, _, _) = Series::assemble(&files, &OrderSettings::default());
        let spellings = Spellings::read(&series);
        let found = |spelling: &str, within: Range<StoryPoint>| -> Vec<(usize, usize, usize)> {
            spellings.places(&series, spelling, within).map(|(point, range)| (point.chapter, point.scene, range.start)).collect()
        };
        let all = StoryPoint::BEGIN..StoryPoint::END;
        assert_eq!(found("Ann", all.clone()), [(0, 0, 5), (0, 0, 13), (0, 0, 33), (0, 1, 0), (0, 1, 17), (1, 0, 21)]);
        assert_eq!(found("Ann", StoryPoint { book: 0, chapter: 1, scene: 0 }..StoryPoint::END), [(1, 0, 21)]);
        assert_eq!(found("Mary-Ann", all.clone()), [(0, 0, 0)]);
        assert_eq!(found("ann", all.clone()), [(0, 1, 5)]);
        assert_eq!(found("7th Ann", all.clone()), [(0, 1, 13)]);
        assert_eq!(found("", all.clone()), []);
        assert_eq!(found("Edmund", all), []);
    }
}
