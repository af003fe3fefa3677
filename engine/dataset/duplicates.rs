//! Finds passages that stand twice: a chapter kept in two drafts, the first pages of the next book printed at the end of this one.

use crate::text::{ContentHash, words};
use std::collections::HashSet;

/// Words of a shingle: runs of words that two texts share only when one has them from the other.
const SHINGLE_WORDS: usize = 8;

/// A passage is a repeat when at least this share of its shingles was seen, in parts of a hundred.
const NEAR_PERCENT: usize = 80;

/// How a passage repeats another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The same words; case, spaces and quotation marks do not count.
    Same,
    Near,
}

/// Which passages repeat one that counts before them: those of the training share before those held out, each in their order. So whatever the
/// training share has is not held out.
pub fn repeats(passages: &[(bool, &str)]) -> Vec<Option<Repeat>> {
    let mut found = vec![None; passages.len()];
    let mut whole: HashSet<ContentHash> = HashSet::new();
    let mut shingles: HashSet<ContentHash> = HashSet::new();
    for share in [false, true] {
        for (index, (_, text)) in passages.iter().enumerate().filter(|(_, (is_held_out, _))| *is_held_out == share) {
            let folded = words::fold(text);
            let own: Vec<&str> = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
            let own_hash = hash(&own);
            let own_shingles: HashSet<ContentHash> = own.windows(SHINGLE_WORDS).map(hash).collect();
            let seen = own_shingles.iter().filter(|shingle| shingles.contains(shingle)).count();
            found[index] = if whole.contains(&own_hash) {
                Some(Repeat::Same)
            } else if !own_shingles.is_empty() && seen * 100 >= own_shingles.len() * NEAR_PERCENT {
                Some(Repeat::Near)
            } else {
                None
            };
            if found[index].is_none() {
                whole.insert(own_hash);
                shingles.extend(own_shingles);
            }
        }
    }
    found
}

fn hash(words: &[&str]) -> ContentHash {
    ContentHash::of_parts(words.iter().map(|word| word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen.";

    #[test]
    fn the_same_words_are_taken_once_and_those_held_out_give_way() {
        let same = LONG.to_uppercase().replace(' ', "\n");
        assert_eq!(repeats(&[(false, LONG), (false, &same)]), [None, Some(Repeat::Same)]);
        assert_eq!(repeats(&[(true, LONG), (false, &same)]), [Some(Repeat::Same), None]);
        assert_eq!(repeats(&[(false, "“Don’t!”"), (false, "\"don't\"")]), [None, Some(Repeat::Same)]);
    }

    #[test]
    fn most_of_a_passage_is_enough_and_a_half_is_not() {
        let near = format!("{LONG} Seventeen.");
        let half = format!("{LONG} A lamp was lit on the far shore and nobody on the pier could say by whom.");
        assert_eq!(repeats(&[(false, LONG), (true, &near), (true, &half)]), [None, Some(Repeat::Near), None]);
    }
}
