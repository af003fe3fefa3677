//! What the words tell of time: that something has changed, and that a scene goes on where the one before it ends.

use super::fact::Fact;
use super::reader::Reading;
use crate::facts::calendar::Calendar;
use crate::facts::lexicon::WordSet;
use crate::facts::time::{Step, Words};
use crate::manuscript::Series;
use std::sync::LazyLock;

/// Words of change, of learning, and of other times than the story's present.
static WORDS: LazyLock<WordSet> = LazyLock::new(|| {
    WordSet::new(
        "promoted used longer anymore instead changed grown grew sold gone became become once dyed cut shaved learn \
         learned learnt learning taught teaching remember remembered dream dreamed dreamt broken broke mended repaired rebuilt bought given \
         taken new until ago now formerly faded bleached",
    )
});
const PHRASES: &[&str] = &[
    "moved to",
    "moved into",
    "moved in",
    "moved out",
    "moved from",
    "moved away",
    "moved back",
    "was moved",
    "been moved",
    "turned into",
    "turned grey",
    "turned gray",
    "turned white",
    "lost his hair",
    "lost her hair",
    "lost the use",
    "lost his sight",
    "lost her sight",
    "had been",
    "would be",
    "since then",
    "has since",
    "have since",
    "had since",
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
pub fn tells_of_change(sentence: &str) -> bool {
    const GROWN_UP: &[&str] = &["man", "men", "woman", "women", "up", "children", "son", "daughter"];
    let words: Vec<&str> = sentence.split(|letter: char| !letter.is_alphanumeric()).collect();
    // New Orleans is not new, and a grown woman need not have grown since.
    let is_state =
        |place: usize| words[place] == "New" || words[place] == "grown" && words.get(place + 1).is_some_and(|next| GROWN_UP.contains(next));
    let lower = sentence.to_lowercase();
    (0..words.len()).any(|place| WORDS.has(&words[place].to_lowercase()) && !is_state(place))
        || PHRASES.iter().any(|words| has_phrase(&lower, words))
}

/// Whether a sentence says that what it states has been so all along: the letter was still where she had put it.
pub fn is_ruled_out(sentence: &str) -> bool {
    const WORDS: &[&str] = &[
        "still",
        "always",
        "as ever",
        "as before",
        "as usual",
        "for years",
        "ever since",
        "all his life",
        "all her life",
        "all my life",
        "all their lives",
        "never anywhere else",
    ];
    let lower = sentence.to_lowercase();
    let begins = |place: usize| !lower[..place].ends_with(char::is_alphanumeric);
    WORDS.iter().any(|words| lower.match_indices(words).any(|(place, _)| begins(place)) && has_phrase(&lower, words))
}

/// Whether words stand in a sentence as they are: cropped like a boy's does not tell what somebody was as a boy.
fn has_phrase(sentence: &str, words: &str) -> bool {
    let ends =
        |place: usize| !sentence[place + words.len()..].starts_with(|letter: char| letter.is_alphanumeric() || "'’".contains(letter));
    sentence.match_indices(words).any(|(place, _)| ends(place))
}

/// How a sentence says that it is still the same day.
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

/// Behind these it is another one: she had not slept since that night.
const OTHER_DAY: &[&str] = &["since", "until", "till", "before", "after", "like", "remembered", "of that"];

/// Sentences at the beginning of a scene that say when it is.
const BEGINNING: usize = 3;

/// How many days lie between the scenes of two facts, as the beginning of the later scene tells it; only of a scene and the one right
/// before it.
pub fn days_between(earlier: &Fact, later: &Fact, reading: &Reading, series: &Series) -> Option<i32> {
    let place = |fact: &Fact| reading.place_of(fact.in_prose()?.0);
    let (before, place) = (place(earlier)?, place(later)?);
    if before + 1 != place {
        return None;
    }
    let scene = &reading.scenes[place];
    let prose = series.scene(scene.point).map_or("", |(_, scene)| scene.prose.as_str());
    let words = Words::of(&Calendar::default());
    for line in scene.lines().into_iter().take(BEGINNING) {
        let sentence = &prose[line.range.clone()];
        let lower = sentence.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|words| lower.contains(words));
        match words.step_of(sentence) {
            Some(Step::Days(days)) => return Some(days),
            _ if says(SAME_DAY) && !says(OTHER_DAY) => return Some(0),
            Some(Step::Unknown) => return None,
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_so_has_not_changed() {
        assert!(is_ruled_out("The letter was still where Tess had put it."));
        assert!(is_ruled_out("He had always lived there."));
        assert!(!is_ruled_out("The distillery was where he kept the letter."));
    }

    #[test]
    fn a_change_is_told_by_its_words() {
        for sentence in ["He was promoted at Kars.", "She no longer drinks.", "When she was four, Bea drew.", "He had been a clerk."] {
            assert!(tells_of_change(sentence), "{sentence}");
        }
        for sentence in
            ["Her eyes were brown.", "Her hair was cropped as a boy's.", "He turned his blue eyes on her.", "She came from New Orleans."]
        {
            assert!(!tells_of_change(sentence), "{sentence}");
        }
    }
}
