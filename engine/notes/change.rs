//! What the words tell of time: that something has changed, and that a scene goes on where the one before it ends.

use super::fact::Fact;
use super::reader::Reading;
use crate::facts::lexicon::WordSet;
use crate::manuscript::Series;
use std::sync::LazyLock;

/// Words of change, of learning, and of other times than the story's present.
static WORDS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "moved promoted since used longer anymore instead changed turned grown grew lost sold gone became become once dyed cut shaved learn \
         learned learnt learning taught teaching remember remembered dream dreamed dreamt broken broke mended repaired rebuilt bought given \
         taken new until ago now formerly faded bleached",
    )
});
const PHRASES: &[&str] = &[
    "had been",
    "would be",
    "by then",
    "thought of",
    "when he was",
    "when she was",
    "when i was",
    "when they were",
    "years before",
    "years earlier",
    "years later",
    "as a boy",
    "as a girl",
    "as a child",
    "as a young",
    "at the age of",
    "let his hair",
    "let her hair",
];

/// Whether a sentence speaks of a change or of another time, so that it may rightly differ from an earlier one.
pub fn is_told(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    lower.split(|letter: char| !letter.is_alphanumeric()).any(|word| WORDS.has(word)) || PHRASES.iter().any(|words| lower.contains(words))
}

/// How a scene says that it is the same day as in the one before, or the next.
const SAME_DAY: &[&str] = &[
    "that same",
    "the same day",
    "the same night",
    "the same evening",
    "the same afternoon",
    "the same morning",
    "that afternoon",
    "that evening",
    "that night",
    "that noon",
    "later that day",
    "noon that day",
    "an hour later",
    "two hours later",
    "minutes later",
];
const NEXT_DAY: &[&str] = &["next morning", "next day", "following morning", "following day", "the day after", "a day later"];

/// Sentences at the beginning of a scene that say when it is.
const BEGINNING: usize = 3;

/// Whether the later of two facts stands in a scene that goes on right where the earlier one's ends: the same day, or the next where the
/// weekday does not matter.
pub fn goes_on(earlier: &Fact, later: &Fact, reading: &Reading, series: &Series) -> bool {
    let place = |fact: &Fact| reading.place_of(fact.in_prose()?.0);
    let (Some(before), Some(place)) = (place(earlier), place(later)) else { return false };
    if before + 1 != place {
        return false;
    }
    let scene = &reading.scenes[place];
    let prose = series.scene(scene.point).map_or("", |(_, scene)| scene.prose.as_str());
    let lines = scene.lines();
    let begins = lines.iter().take(BEGINNING).map(|line| prose[line.range.clone()].to_lowercase()).collect::<Vec<_>>().join(" ");
    let says = |words: &[&str]| words.iter().any(|words| begins.contains(words));
    says(SAME_DAY) || later.attribute.name != "weekday" && says(NEXT_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_by_its_words() {
        for sentence in ["He was promoted at Kars.", "She no longer drinks.", "When she was four, Bea drew.", "He had been a clerk."] {
            assert!(is_told(sentence), "{sentence}");
        }
        assert!(!is_told("Her eyes were brown."));
    }
}
