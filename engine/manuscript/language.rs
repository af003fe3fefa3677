//! Which language a chapter is in, as far as that matters: whether it is another one than English, which the checks read.

use whatlang::Lang;

/// Letters of the prose that are looked at: the middle of the chapter, where no motto in another language stands.
const SAMPLE_LETTERS: usize = 3_000;

/// In less text than this no language is named, in words.
const MIN_WORDS: usize = 20;

/// In less than this only one that the detector is sure of, without a single English word.
const USUAL_WORDS: usize = 60;

/// English prose has more of these among its words than this part, in hundredths; other languages have hardly any.
const ENGLISH_WORDS: &[&str] = &[
    "the", "and", "of", "to", "was", "that", "he", "she", "it", "with", "his", "her", "had", "for", "you", "is", "not", "but", "they",
    "were",
];
const ENGLISH_PERCENT: usize = 6;

/// How sure the detector must be, from 0 to 1: low, because text without English words in it comes here only.
const MIN_CONFIDENCE: f64 = 0.2;

/// The same for text of less than [`USUAL_WORDS`].
const MIN_CONFIDENCE_OF_SHORT: f64 = 0.6;

/// Whether a chapter of so many words is too short to tell its language by itself.
pub(super) fn is_short(words: usize) -> bool {
    words < MIN_WORDS
}

/// The English name of the language of a chapter that is not in English; nothing for English, and where it cannot be known. A few foreign
/// sentences change nothing.
pub(super) fn foreign_language<'p>(prose: impl Iterator<Item = &'p str>) -> Option<&'static str> {
    let whole: Vec<&str> = prose.collect();
    let letters: usize = whole.iter().map(|part| part.len()).sum();
    let skipped = letters.saturating_sub(SAMPLE_LETTERS) / 2;
    let sample: String = whole.iter().flat_map(|part| part.chars().chain([' '])).skip(skipped).take(SAMPLE_LETTERS).collect();
    let words: Vec<String> =
        sample.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let english = words.iter().filter(|word| ENGLISH_WORDS.contains(&word.as_str())).count();
    // Chinese and Japanese put no space between words.
    let is_long = words.len() >= USUAL_WORDS || sample.chars().count() >= SAMPLE_LETTERS / 4;
    if !is_long && (words.len() < MIN_WORDS || english > 0) || english * 100 >= words.len() * ENGLISH_PERCENT {
        return None;
    }
    let least = if is_long { MIN_CONFIDENCE } else { MIN_CONFIDENCE_OF_SHORT };
    let found = whatlang::detect(&sample)?;
    (found.lang() != Lang::Eng && found.confidence() >= least).then(|| found.lang().eng_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<&'static str> {
        foreign_language(std::iter::once(text.repeat(12).as_str()))
    }

    #[test]
    fn a_chapter_in_another_language_is_told_and_a_few_sentences_are_not() {
        assert_eq!(of("Der alte Mann ging langsam über die Brücke, und niemand sah ihm nach. Es war kalt. "), Some("German"));
        assert_eq!(of("Elle n'avait jamais vu la mer, et pourtant elle en parlait comme d'une vieille amie. "), Some("French"));
        assert_eq!(of("The old man went slowly over the bridge, and nobody looked after him. “Guten Abend, mein Herr,” he said. "), None);
        assert_eq!(of("Mara Vance. Edmund Vance. Port Kerrin. Ullan Water. "), None, "a list of names");
        assert_eq!(foreign_language(std::iter::once("Bonjour, mon ami.")), None, "too little to tell");
        let chapters = [
            "Anna Berger hatte grüne Augen. Sie war dreißig Jahre alt. „Komm“, sagte sie.",
            "Anna Berger hatte braune Augen. Sie war zwanzig Jahre alt.",
        ];
        assert_eq!(foreign_language(chapters.into_iter()), Some("German"), "little, but plain");
        assert_eq!(
            foreign_language(std::iter::once(
                "Mara! Edmund! Come, quick! Come down! Run! Mara ran. Edmund ran. Doors slammed. Dogs barked. Rain fell. Mara fell."
            )),
            None
        );
    }
}
