//! Words as a checker compares them: folded quotation marks, case and spaces, with the way back to the original bytes.

use unicode_normalization::UnicodeNormalization;

/// A text folded for comparison, with the original byte range of every folded character.
pub struct Folded {
    /// The folded text: straight quotation marks, plain hyphens, single spaces, lower case, no emphasis marks.
    pub text: String,
    /// For every byte of `text`, the byte of the original it came from; one more entry for the end.
    origins: Vec<usize>,
}

impl Folded {
    /// Folds a text. Emphasis marks (`*`, `_`) and backticks vanish; runs of white space become one space.
    pub fn new(original: &str) -> Folded {
        let mut text = String::with_capacity(original.len());
        let mut origins = Vec::with_capacity(original.len() + 1);
        for (position, character) in original.char_indices() {
            fold_character(character, &mut text);
            origins.resize(text.len(), position);
        }
        origins.push(original.len());
        Folded { text, origins }
    }

    /// The byte range of the original for a byte range of the folded text.
    pub fn original_range(&self, original: &str, start: usize, end: usize) -> std::ops::Range<usize> {
        let from = self.origins[start];
        let last = self.origins[end.saturating_sub(1).max(start)];
        let length = original[last..].chars().next().map_or(0, char::len_utf8);
        from..(last + length).max(from)
    }
}

fn fold_character(character: char, into: &mut String) {
    match character {
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{02bc}' => into.push('\''),
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '«' | '»' => into.push('"'),
        '\u{2010}'..='\u{2015}' => into.push('-'),
        '\u{2026}' => into.push_str("..."),
        '*' | '_' | '`' | '\u{ad}' | '\u{feff}' | '\u{200b}' => {}
        c if c.is_whitespace() => {
            if !into.is_empty() && !into.ends_with(' ') {
                into.push(' ');
            }
        }
        c if c.is_ascii() => into.push(c.to_ascii_lowercase()),
        // What a letter is made of is folded in its turn: a wide `＊` is a mark of emphasis too. So a folded text folds to itself.
        c => {
            std::iter::once(c).nfkc().for_each(|part| if part == c { into.extend(part.to_lowercase()) } else { fold_character(part, into) })
        }
    }
}

/// The folded form of a text, for keys and comparisons where the way back is not needed.
pub fn fold(text: &str) -> String {
    Folded::new(text).text.trim_end().to_string()
}

/// The number of words: runs of characters between white space that hold a letter or a digit.
pub fn count(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

/// The telling words of a text, folded: no articles, pronouns or common verbs, and nothing of one or two letters.
pub fn key_words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|word| word.trim_end_matches("'s").trim_matches('\''));
    words.filter(|word| word.len() > 2 && !COMMON.contains(word)).map(str::to_string).collect()
}

/// Words that name nothing.
const COMMON: &[&str] = &[
    "the", "and", "but", "for", "that", "this", "with", "from", "his", "her", "him", "she", "they", "them", "their", "was", "were", "has",
    "had", "have", "been", "not", "who", "whom", "whose", "which", "what", "when", "where", "how", "why", "all", "any", "its", "our",
    "you", "your", "into", "about", "will", "would", "could", "can", "did", "does", "are", "out", "there", "than", "then", "one",
    "himself", "herself", "kept", "keeps", "keep", "hid", "hides", "took", "take", "made", "make", "knows", "know", "really", "never",
    "ever", "once",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_text_folds_to_itself() {
        assert_eq!(fold("℆ｕ｀ ＊Z＊ a ¨ b"), "c/uu z a \u{308} b");
        for text in ["℆ｕ｀ Z=", "a ¨ b", "İstanbul STRASSE", "… ＂x＂", "\u{fdfa}", "ﷺ Ⅷ ㎜ ½"] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
        }
    }

    #[test]
    fn folding_keeps_the_way_back() {
        let original = "“Don’t  *look*,” she said—twice.";
        let folded = Folded::new(original);
        assert_eq!(folded.text, "\"don't look,\" she said-twice.");
        let start = folded.text.find("look").unwrap();
        assert_eq!(&original[folded.original_range(original, start, start + 4)], "look");
        let end = folded.text.len();
        assert_eq!(folded.original_range(original, 0, end), 0..original.len());
    }
}
