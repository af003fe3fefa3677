//! Whether a text keeps to the words it is about: every name and number in it, and most of its telling words, must stand in a few sentences.
//!
//! This is what a summary is held to. It does not prove that a sentence is true: "Mara hit Edmund" and "Edmund hit Mara" rest on the same
//! words. It proves that nobody and nothing in it was made up, and where to look.

use crate::text::number;
use crate::text::words;
use std::collections::{BTreeMap, BTreeSet};

/// Letters of a word that are compared, so that "walked" meets "walks".
const STEM_LETTERS: usize = 5;

/// The part of a claim's telling words, in hundredths, that its proof must hold. The rest is what retelling needs: "asks" for "said".
const MIN_TELLING_PERCENT: usize = 60;

/// How many sentences from the first of a proof the others may stand: what is gathered from a whole page was mostly put together wrongly.
const REACH_SENTENCES: usize = 5;

/// Names and telling words that a claim has at least, one of them telling: "Mara and Edmund" says too little to be held against a page.
const MIN_WORDS: usize = 2;

/// The parts of a text that its proof must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SummaryClaim {
    /// Its names, folded.
    names: BTreeSet<String>,
    numbers: Vec<f64>,
    /// Words of number that stand for no value of their own, as `third` and `half`, and digits that are no plain number, as `10th`.
    figures: BTreeSet<String>,
    /// The beginnings of its telling words.
    stems: BTreeSet<String>,
}

impl SummaryClaim {
    /// Reads a claim about a text.
    pub fn new(text: &str, about: &str) -> SummaryClaim {
        let small: BTreeSet<&str> = plain_words(about).filter(|word| word.starts_with(char::is_lowercase)).collect();
        // A word at the beginning of a sentence that the text also has in small letters is no name, unless many people bear it.
        let is_word =
            |name: &Name| name.opens_sentence && small.contains(name.word.to_lowercase().as_str()) && !is_name_and_word(name.word);
        let names: BTreeSet<String> = names(text).into_iter().filter(|name| !is_word(name)).map(|name| words::fold(name.word)).collect();
        let of_names: BTreeSet<String> = names.iter().map(|name| stem(name)).collect();
        let (numbers, figures) = figures(text);
        let stems = telling_words(text).into_iter().filter(|stem| !of_names.contains(stem)).collect();
        SummaryClaim { names, numbers, figures, stems }
    }

    /// The places of at most `most` sentences that hold every name and number of the claim and most of its telling words, in their order;
    /// nothing when there are none such. A claim with fewer than [`MIN_WORDS`] says nothing that could be proved.
    pub fn proof(&self, sentences: &[&str], most: usize) -> Option<Vec<usize>> {
        let needed = (self.stems.len() * MIN_TELLING_PERCENT).div_ceil(100);
        if self.stems.is_empty() || self.stems.len() + self.names.len() < MIN_WORDS {
            return None;
        }
        let holdings: Vec<Holding> = sentences.iter().map(|sentence| self.held_by(sentence)).collect();
        let mut proof: Vec<usize> = Vec::new();
        let mut held = Holding::default();
        while proof.len() < most {
            let gain = |place: usize| {
                let more = held.gains(&holdings[place]);
                let distance = proof.first().map_or(0, |first| first.abs_diff(place));
                // A name or a number must be there, a telling word may be missing; of equals the nearest, then the first.
                (more.0 * 3 + more.1 * 2 > 0 && distance <= REACH_SENTENCES).then_some((
                    more.0 * 3 + more.1 * 2,
                    std::cmp::Reverse(distance),
                    std::cmp::Reverse(place),
                ))
            };
            let Some((_, _, std::cmp::Reverse(best))) = (0..sentences.len()).filter_map(gain).max() else { break };
            held.add(&holdings[best]);
            proof.push(best);
            if self.is_proved_by(&held, needed) {
                proof.sort_unstable();
                return SummaryClaim::has_core(&holdings, &proof, needed).then_some(proof);
            }
        }
        None
    }

    fn is_proved_by(&self, held: &Holding, needed: usize) -> bool {
        let musts = self.names.len() + self.numbers.len() + self.figures.len();
        held.musts.len() == musts && held.stems.len() >= needed
    }

    /// Whether one of the sentences holds half of what is needed: words gathered from all over a passage prove nothing.
    fn has_core(holdings: &[Holding], proof: &[usize], needed: usize) -> bool {
        proof.iter().any(|place| holdings[*place].stems.len() * 2 >= needed)
    }

    fn held_by(&self, sentence: &str) -> Holding {
        let capitals: BTreeSet<String> =
            plain_words(sentence).filter(|word| word.starts_with(char::is_uppercase)).map(words::fold).collect();
        let (numbers, figures) = figures(sentence);
        let names = self.names.iter().enumerate().filter(|(_, name)| capitals.contains(*name)).map(|(place, _)| (0, place));
        let same = |number: &f64| numbers.iter().any(|other| (other - number).abs() < 1e-9);
        let counts = self.numbers.iter().enumerate().filter(|(_, number)| same(number)).map(|(place, _)| (1, place));
        let literal = self.figures.iter().enumerate().filter(|(_, word)| figures.contains(*word)).map(|(place, _)| (2, place));
        let stems: BTreeSet<String> = telling_words(sentence).into_iter().filter(|stem| self.stems.contains(stem)).collect();
        Holding { musts: names.chain(counts).chain(literal).collect(), stems }
    }
}

/// What of a claim stands in a sentence.
#[derive(Default)]
struct Holding {
    /// Kind and place of each name, number and figure.
    musts: BTreeSet<(u8, usize)>,
    stems: BTreeSet<String>,
}

impl Holding {
    fn gains(&self, other: &Holding) -> (usize, usize) {
        (other.musts.difference(&self.musts).count(), other.stems.difference(&self.stems).count())
    }

    fn add(&mut self, other: &Holding) {
        self.musts.extend(other.musts.iter().copied());
        self.stems.extend(other.stems.iter().cloned());
    }
}

/// How much of what a text speaks of most each part tells: its different names and telling words, each counted as often as the whole text
/// has it, by the square root, so that one frequent word is not everything; long parts do not win by their length.
pub fn weights<'t>(whole: impl IntoIterator<Item = &'t str>, parts: &[&str]) -> Vec<f64> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for stem in whole.into_iter().flat_map(telling_words) {
        *counts.entry(stem).or_default() += 1;
    }
    let weight = |part: &&str| {
        let stems: BTreeSet<String> = telling_words(part).into_iter().collect();
        let told: f64 = stems.iter().filter_map(|stem| counts.get(stem)).map(|count| (*count as f64).sqrt()).sum();
        told / (words::count(part).max(1) as f64).sqrt()
    };
    parts.iter().map(weight).collect()
}

/// Why a sentence of a summary would be of no use to a reader, if it would: it says no name but begins with a pronoun that points nowhere,
/// or it speaks of the passage instead of the story.
pub fn is_poor(sentence: &str) -> bool {
    let first: Vec<String> = plain_words(sentence).take(3).map(str::to_lowercase).collect();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let is_about_page =
        |words: &[&str]| matches!(words, ["the" | "this", "passage" | "scene" | "text" | "excerpt" | "chapter" | "author", ..]);
    let speaks_of_page = is_about_page(&first) || (first.len() == 3 && first[0] == "in" && is_about_page(&first[1..]));
    let begins_with_pronoun = first.first().is_some_and(|word| POINTERS.contains(word));
    let names = names(sentence);
    let names_twice = names.iter().enumerate().any(|(place, name)| names[..place].iter().any(|earlier| earlier.word == name.word));
    speaks_of_page || names_twice || (begins_with_pronoun && names.is_empty())
}

/// A capitalised word that is most likely a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'t> {
    pub word: &'t str,
    /// Whether it is the first word of its sentence, where every word has a capital.
    pub opens_sentence: bool,
}

/// The capitalised words of a text, but for the usual words that begin a sentence.
pub fn names(text: &str) -> Vec<Name<'_>> {
    let mut names = Vec::new();
    for sentence in crate::manuscript::sentences_of(text) {
        for (place, word) in plain_words(sentence).enumerate() {
            let is_opener = place == 0 && OPENERS.contains(&word.to_lowercase().as_str());
            if !is_opener && word.chars().count() > 1 && word.starts_with(char::is_uppercase) {
                names.push(Name { word, opens_sentence: place == 0 });
            }
        }
    }
    names
}

/// The telling words of a text: folded, and cut to their beginnings so that “walked” meets “walks”.
pub fn telling_words(text: &str) -> Vec<String> {
    let folded = words::fold(text);
    let plain = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && !is_common(word));
    plain.map(stem).collect()
}

fn stem(word: &str) -> String {
    let is_long = word.chars().count() > STEM_LETTERS - 2;
    let root = ["ing", "ed", "es", "s"].iter().find_map(|end| word.strip_suffix(end)).filter(|root| is_long && root.len() > 2);
    root.unwrap_or(word).chars().take(STEM_LETTERS).collect()
}

/// The words of a text without the marks around them and without the `’s` of a possessive.
fn plain_words(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split_whitespace().flat_map(|piece| piece.split(['—', '/', '…']).flat_map(|piece| piece.split("--")));
    let plain = pieces.map(|piece| piece.trim_matches(|c: char| !c.is_alphanumeric()));
    plain.map(|word| word.trim_end_matches("’s").trim_end_matches("'s")).filter(|word| !word.is_empty())
}

/// The numbers of a text, in digits or words, and what tells a number without being one.
fn figures(text: &str) -> (Vec<f64>, BTreeSet<String>) {
    let lower: Vec<String> = plain_words(text).map(str::to_lowercase).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let mut numbers = Vec::new();
    let mut figures = BTreeSet::new();
    let mut place = 0;
    while place < lower.len() {
        let word = lower[place];
        match number::read(&lower[place..]) {
            // "One of them", "no one": hardly ever a count.
            Some((_, 1)) if word == "one" => {}
            Some((number, length)) => {
                numbers.push(number);
                place += length;
                continue;
            }
            None if PARTS_OF_NUMBER.contains(&word) || is_telling_ordinal(word) || word.contains(|c: char| c.is_ascii_digit()) => {
                figures.insert(word.to_string());
            }
            None => {}
        }
        place += 1;
    }
    (numbers, figures)
}

/// Words that say nothing of what a sentence is about.
fn is_common(word: &str) -> bool {
    let letters = word.chars().count();
    !word.contains(|c: char| c.is_ascii_digit()) && (letters < 3 || COMMON.contains(&word))
}

const COMMON: &[&str] = &[
    "the",
    "and",
    "but",
    "for",
    "his",
    "her",
    "him",
    "she",
    "was",
    "has",
    "had",
    "not",
    "who",
    "its",
    "our",
    "you",
    "are",
    "out",
    "one",
    "all",
    "any",
    "can",
    "did",
    "get",
    "got",
    "let",
    "may",
    "now",
    "off",
    "own",
    "say",
    "too",
    "two",
    "way",
    "yes",
    "yet",
    "how",
    "why",
    "nor",
    "per",
    "that",
    "this",
    "with",
    "from",
    "they",
    "them",
    "their",
    "there",
    "then",
    "than",
    "have",
    "been",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "would",
    "could",
    "should",
    "about",
    "after",
    "before",
    "into",
    "onto",
    "over",
    "under",
    "because",
    "through",
    "himself",
    "herself",
    "does",
    "here",
    "will",
    "your",
    "also",
    "passage",
    "character",
    "scene",
    "says",
    "said",
];

fn is_name_and_word(word: &str) -> bool {
    NAMES_THAT_ARE_WORDS.contains(&word.to_lowercase().as_str())
}

/// Pronouns that point to somebody a reader of one sentence cannot know.
const POINTERS: &[&str] = &["he", "she", "they", "it", "his", "her", "hers", "their", "theirs", "its", "him", "them", "you", "your"];

/// Words that tell how much of something.
const PARTS_OF_NUMBER: &[&str] = &["half", "twice", "thrice", "double", "dozens", "scores", "hundreds", "thousands", "millions"];

/// Whether a word tells which of a few. "First" does not: it mostly means before.
fn is_telling_ordinal(word: &str) -> bool {
    number::ordinal(word).is_some_and(|number| (2..=12).contains(&number))
}

/// First names and surnames that are everyday words too.
const NAMES_THAT_ARE_WORDS: &[&str] = &[
    "will", "mark", "rose", "grace", "frank", "bill", "hope", "may", "june", "april", "dawn", "faith", "joy", "ivy", "lily", "daisy",
    "robin", "art", "miles", "drew", "chase", "hunter", "mason", "cook", "baker", "smith", "king", "rich", "rob", "pat", "sue", "dot",
    "heath", "holly", "olive", "pearl", "ruby", "violet", "victor", "guy", "penny", "nick", "jack", "flint", "silver", "gray", "black",
    "white", "brown", "green", "hill", "wood", "stone", "page", "young", "long", "short", "bishop", "archer", "carter", "cooper", "fisher",
    "potter", "shepherd", "taylor", "turner", "walker", "ward", "wells", "west", "north", "winter", "summer", "sky", "star", "bell",
    "bush", "field",
];

/// Words that begin sentences and are no names.
const OPENERS: &[&str] = &[
    "the",
    "a",
    "an",
    "in",
    "on",
    "at",
    "by",
    "to",
    "of",
    "for",
    "from",
    "with",
    "after",
    "before",
    "when",
    "while",
    "as",
    "during",
    "despite",
    "although",
    "though",
    "because",
    "since",
    "once",
    "upon",
    "until",
    "he",
    "she",
    "they",
    "it",
    "we",
    "i",
    "you",
    "his",
    "her",
    "their",
    "its",
    "this",
    "that",
    "these",
    "those",
    "there",
    "here",
    "then",
    "later",
    "meanwhile",
    "however",
    "finally",
    "both",
    "each",
    "all",
    "some",
    "many",
    "several",
    "another",
    "two",
    "three",
    "one",
    "other",
    "people",
    "someone",
    "everyone",
    "nobody",
    "what",
    "who",
    "where",
    "why",
    "how",
    "if",
    "but",
    "and",
    "or",
    "so",
    "yet",
    "not",
    "no",
    "now",
    "suddenly",
    "over",
    "under",
    "outside",
    "inside",
    "through",
    "across",
    "following",
    "upset",
    "surprised",
    "overall",
    "eventually",
    "also",
    "together",
    "instead",
];

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: [&str; 4] = [
        "Mara carried the brass key down to the harbour.",
        "It was cold, and she had thirty-four steps to go.",
        "“Wait,” said Edmund, and he shut the boat-house door.",
        "The third bell rang at half past ten, and the will was read.",
    ];

    fn proof(claim: &str) -> Option<Vec<usize>> {
        SummaryClaim::new(claim, &PAGE.join(" ")).proof(&PAGE, 3)
    }

    #[test]
    fn a_claim_rests_on_the_sentences_that_hold_it() {
        assert_eq!(proof("Mara carried the key to the harbour."), Some(vec![0]));
        assert_eq!(proof("Mara carries a key, and Edmund shuts the door of the boat house."), Some(vec![0, 2]));
        assert_eq!(proof("Mara's key is brass."), Some(vec![0]));
    }

    #[test]
    fn a_name_from_nowhere_is_refused() {
        assert_eq!(proof("Napoleon carried the key to the harbour."), None);
        assert_eq!(proof("Mara Vance carried the key to the harbour."), None);
        assert_eq!(proof("Will carried the key to the harbour."), None, "a name that is a word too");
        assert_eq!(proof("Carried to the harbour, the key was cold."), Some(vec![0]), "no name, only the first word");
    }

    #[test]
    fn a_number_from_nowhere_is_refused() {
        assert_eq!(proof("Mara had 34 steps to go down to the harbour."), Some(vec![0, 1]));
        assert_eq!(proof("Mara had forty steps to go down to the harbour."), None);
        assert_eq!(proof("The third bell rang."), Some(vec![3]));
        assert_eq!(proof("The second bell rang."), None);
        assert_eq!(proof("One of the bells rang."), Some(vec![3]));
    }

    #[test]
    fn most_telling_words_must_stand_there() {
        assert_eq!(proof("Mara murdered Edmund."), None);
        assert_eq!(proof("Mara and Edmund."), None, "nothing is told");
        assert_eq!(proof("Mara bought a boat and sailed away."), None);
    }

    #[test]
    fn a_pronoun_that_points_nowhere_is_poor() {
        assert!(is_poor("He carried the key."));
        assert!(is_poor("The passage describes how Mara carried the key."));
        assert!(is_poor("In this scene, Mara carries the key."));
        assert!(is_poor("Jim gives Jim a glass of rum."));
        assert!(!is_poor("She gave it to Edmund."));
        assert!(!is_poor("The captain asked for rum."));
    }

    #[test]
    fn what_a_text_speaks_of_most_weighs_most() {
        let weights =
            weights(PAGE.iter().copied().chain(["The key turned.", "Mara lost the key."]), &["Mara lost the key.", "The bell rang."]);
        assert!(weights[0] > weights[1], "{weights:?}");
    }
}
