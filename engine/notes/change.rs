//! What the words tell of time: that something has changed, and that a scene goes on where the one before it ends.

use super::attribute::{Attribute, Persistence};
use super::fact::Fact;
use super::note::stems;
use super::reader::Reading;
use crate::facts::calendar::Calendar;
use crate::facts::lexicon::WordSet;
use crate::facts::time::{Step, Words};
use crate::manuscript::Series;
use std::sync::LazyLock;

/// What words of change can change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Whatever is stated; or they tell of another time than the story's present.
    All,
    /// What somebody can, does, or knows.
    Skill,
    Looks,
    /// What things are like, whose they are, where they lie.
    Things,
    /// Ranks and trades.
    Post,
    Places,
    /// Whatever does not stay for good.
    State,
}

/// Words of change, each list with what it changes.
static WORDS: LazyLock<[(Of, WordSet); 5]> = LazyLock::new(|| {
    [
        (
            Of::All,
            WordSet::new(
                "used longer anymore instead changed sold gone became become once remember remembered dream dreamed dreamt new until ago now formerly",
            ),
        ),
        (Of::Skill, WordSet::new("learn learned learnt learning taught teaching")),
        (Of::Looks, WordSet::new("grown grew dyed cut shaved faded bleached")),
        (Of::Things, WordSet::new("broken broke mended repaired rebuilt bought given taken cut faded")),
        (Of::Post, WordSet::new("promoted demoted retired")),
    ]
});
const PHRASES: &[(Of, &[&str])] = &[
    (Of::Places, &["moved to", "moved into", "moved in", "moved out", "moved from", "moved away", "moved back", "was moved", "been moved"]),
    (
        Of::Looks,
        &[
            "turned grey",
            "turned gray",
            "turned white",
            "lost his hair",
            "lost her hair",
            "lost the use",
            "lost his sight",
            "lost her sight",
            "let his hair",
            "let her hair",
        ],
    ),
    (Of::State, &["had been", "would be"]),
    (
        Of::All,
        &[
            "turned into",
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
        ],
    ),
];

impl Of {
    fn can_change(self, attribute: &Attribute) -> bool {
        let is_of = |names: &[&str]| names.contains(&attribute.name);
        match self {
            Of::All => true,
            Of::Skill => is_of(&["can", "cannot", "habit", "likes", "fears", "knows", "learns", "unaware", "work"]),
            Of::Looks => {
                is_of(&["eyes", "hair", "beard", "skin", "height", "build", "face", "mark", "age", "look", "sense", "wound", "voice"])
            }
            Of::Things => is_of(&["owns", "where", "look", "count", "part", "made", "dress", "home"]),
            Of::Post => is_of(&["rank", "title", "work", "home"]),
            Of::Places => is_of(&["home", "where", "at"]),
            Of::State => attribute.persistence != Persistence::Lasting,
        }
    }
}

/// Whether a sentence speaks of a change of some matter, or of another time, so that it may rightly differ from an earlier one.
fn tells_of_change(sentence: &str, attribute: &Attribute) -> bool {
    const GROWN_UP: &[&str] = &["man", "men", "woman", "women", "up", "children", "son", "daughter"];
    let words: Vec<&str> = sentence.split(|letter: char| !letter.is_alphanumeric()).collect();
    // New Orleans is not new, and a grown woman need not have grown since.
    let is_state =
        |place: usize| words[place] == "New" || words[place] == "grown" && words.get(place + 1).is_some_and(|next| GROWN_UP.contains(next));
    let lower = sentence.to_lowercase();
    let has_word = |set: &WordSet| (0..words.len()).any(|place| set.has(&words[place].to_lowercase()) && !is_state(place));
    WORDS.iter().any(|(of, set)| of.can_change(attribute) && has_word(set))
        || PHRASES.iter().any(|(of, phrases)| of.can_change(attribute) && phrases.iter().any(|words| has_phrase(&lower, words)))
}

/// The same of the part of a fact's sentence that states it: she was late, as always; they had learned to start without her.
pub fn of_fact(fact: &Fact) -> bool {
    let wanted = stems(&fact.value);
    let parts = || fact.text.split([';', ':', '—']);
    let states_it = |part: &&str| stems(part).iter().any(|stem| wanted.contains(stem));
    if parts().any(|part| states_it(&part)) {
        parts().filter(states_it).any(|part| tells_of_change(part, fact.attribute))
    } else {
        tells_of_change(&fact.text, fact.attribute)
    }
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
    use super::super::attribute;
    use super::*;

    #[test]
    fn what_is_still_so_has_not_changed() {
        assert!(is_ruled_out("The letter was still where Tess had put it."));
        assert!(is_ruled_out("He had always lived there."));
        assert!(!is_ruled_out("The distillery was where he kept the letter."));
    }

    #[test]
    fn a_change_is_told_by_its_words() {
        let tells = |sentence: &str, name: &str| tells_of_change(sentence, attribute::named(name).unwrap());
        for (sentence, name) in [
            ("He was promoted at Kars.", "rank"),
            ("She no longer drinks.", "habit"),
            ("When she was four, Bea drew.", "can"),
            ("He had been a clerk.", "work"),
            ("The old house was sold.", "home"),
            ("My brother taught me to swim.", "can"),
        ] {
            assert!(tells(sentence, name), "{sentence}");
        }
        for (sentence, name) in [
            ("Her eyes were brown.", "eyes"),
            ("Her hair was cropped as a boy's.", "hair"),
            ("He turned his blue eyes on her.", "eyes"),
            ("She came from New Orleans.", "origin"),
            ("My brother taught me to swim.", "kin"),
            ("The bridge had been opened in 1951.", "made"),
        ] {
            assert!(!tells(sentence, name), "{sentence}");
        }
    }
}
