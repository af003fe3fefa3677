//! What a line that stands alone says it is: a chapter, with its number if it tells one, a part of the book, or anything else.

use crate::text::number;

/// What a title says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// That it is a chapter, in so many words: `Chapter Twelve: The Key`.
    Chapter(usize),
    /// A number and nothing that says of what: `XII`, `12. The Key`.
    Number(usize),
    /// What books have besides numbered chapters: a prologue, an interlude.
    Unnumbered,
    /// A part of the book, which holds chapters.
    Part(Option<usize>),
    Other,
}

/// Words for a chapter, in the languages whose novels are written in Latin letters most.
const CHAPTER_WORDS: &[&str] =
    &["chapter", "ch", "chap", "kapitel", "chapitre", "capítulo", "capitulo", "capitolo", "hoofdstuk", "kapittel", "rozdział", "luku"];

/// Words for what holds chapters.
const PART_WORDS: &[&str] = &["part", "book", "act", "volume", "teil", "buch", "partie", "livre", "parte", "libro", "deel", "del"];

/// Chapters that carry no number.
const UNNUMBERED: &[&str] = &[
    "prologue",
    "prolog",
    "prólogo",
    "prologo",
    "epilogue",
    "epilog",
    "épilogue",
    "epílogo",
    "epilogo",
    "interlude",
    "intermezzo",
    "intermission",
    "prelude",
    "coda",
    "foreword",
    "preface",
    "introduction",
    "afterword",
    "postscript",
    "vorwort",
    "nachwort",
];

/// Marks around the words of a title.
const MARKS: [char; 11] = [':', '.', ',', ';', ')', '(', '–', '—', '-', '|', '/'];

/// A longer line is no title.
pub(super) const MAX_TITLE_BYTES: usize = 120;

/// Whether a line of prose can be a title: it says that it is one, and is no sentence that only begins so.
pub(super) fn says_title(words: &str) -> bool {
    let (said, has_more) = says(words);
    said != Says::Other && !(has_more && words.ends_with(['.', '!', '?', '…', '”', '"', '’', ',']))
}

/// Whether a heading of Markdown among these lines says that a chapter begins: whatever encloses it, by its marks, was not meant to.
pub(super) fn holds_chapter(lines: &str) -> bool {
    let is_chapter = |line: &str| {
        let heading = line.trim_start().strip_prefix('#').map(|rest| rest.trim_start_matches('#'));
        heading.is_some_and(|words| matches!(says(words).0, Says::Chapter(_) | Says::Number(_) | Says::Unnumbered))
    };
    lines.contains('#') && lines.split(['\n', '\r']).any(is_chapter)
}

/// What a title says, and whether more than that follows it: the chapter's own name, or the rest of a sentence.
pub(super) fn says(title: &str) -> (Says, bool) {
    if title.len() > MAX_TITLE_BYTES {
        return (Says::Other, false);
    }
    let bare = title.trim_matches(|c: char| c.is_whitespace() || "*_~#·•–—-[]".contains(c));
    if !may_say_more(bare) {
        return (Says::Other, false);
    }
    let (words, ends) = words_of(bare);
    let Some(first) = words.first() else { return (Says::Other, false) };
    let first_lower = first.to_lowercase();
    let rest = &words[1..];
    if CHAPTER_WORDS.contains(&first_lower.as_str()) {
        return numbered(rest, &ends[1..]).map_or((Says::Other, false), |(number, more)| (Says::Chapter(number), more));
    }
    if PART_WORDS.contains(&first_lower.as_str()) {
        return numbered(rest, &ends[1..]).map_or((Says::Other, false), |(number, more)| (Says::Part(Some(number)), more));
    }
    // "The First Part", "Second Book".
    if let [.., ordinal, noun] = words.as_slice()
        && words.len() <= 3
        && number::ordinal(&ordinal.to_lowercase()).is_some()
    {
        let (number, noun) = (number::ordinal(&ordinal.to_lowercase()), noun.to_lowercase());
        if PART_WORDS.contains(&noun.as_str()) {
            return (Says::Part(number), false);
        }
        if CHAPTER_WORDS.contains(&noun.as_str()) {
            return (number.map_or(Says::Other, Says::Chapter), false);
        }
    }
    if UNNUMBERED.contains(&first_lower.as_str()) && (rest.is_empty() || ends[0]) {
        return (Says::Unnumbered, !rest.is_empty());
    }
    numbered(&words, &ends)
        .filter(|(_, more)| !more || ends_number(&words, &ends))
        .map_or((Says::Other, false), |(number, more)| (Says::Number(number), more))
}

/// Whether more words than an ordinal and its noun can be a title, by the first of them; most lines of a novel are told by it.
fn may_say_more(bare: &str) -> bool {
    let mut words = bare.split_whitespace();
    let first = words.next().unwrap_or_default().trim_matches(MARKS);
    if first.is_empty() || words.nth(2).is_none() {
        return true;
    }
    let lower = first.to_lowercase();
    let is_among = |list: &[&str]| list.contains(&lower.as_str());
    lower == "the" || is_among(CHAPTER_WORDS) || is_among(PART_WORDS) || is_among(UNNUMBERED) || number_of(&[first]).is_some()
}

/// Whether a mark of its own stands behind the number that a title begins with: `12. The Key` is one, `Twelve Angry Men` is none.
fn ends_number(words: &[&str], ends: &[bool]) -> bool {
    (1..=words.len().min(4)).any(|length| number_of(&words[..length]).is_some() && ends[length - 1])
}

/// The words of a title, and whether a mark that ends its number stands behind each: a colon, a full stop, a dash.
fn words_of(title: &str) -> (Vec<&str>, Vec<bool>) {
    let mut words = Vec::new();
    let mut ends = Vec::new();
    for part in title.split_whitespace() {
        let word = part.trim_matches(MARKS);
        if word.is_empty() {
            if let Some(last) = ends.last_mut() {
                *last = true;
            }
            continue;
        }
        words.push(word);
        ends.push(part.ends_with([':', '.', ')', '–', '—', ';', '|']));
    }
    (words, ends)
}

/// The number that words begin with, and whether more follows.
fn numbered(words: &[&str], ends: &[bool]) -> Option<(usize, bool)> {
    let skipped = usize::from(words.first().is_some_and(|word| word.eq_ignore_ascii_case("the")));
    let (words, ends) = (&words[skipped..], &ends[skipped..]);
    // The longest first, but not beyond a mark: "Twenty One" is one number, "Four: Twenty Men" is four.
    let marked = ends.iter().position(|ends| *ends).map_or(words.len(), |place| (place + 1).min(words.len()));
    let length = (1..=marked.min(4)).rev().find(|length| number_of(&words[..*length]).is_some())?;
    Some((number_of(&words[..length])?, length < words.len()))
}

/// The number that these words name, all of them.
fn number_of(words: &[&str]) -> Option<usize> {
    if let [word] = words {
        if word.len() <= 3 && word.bytes().all(|byte| byte.is_ascii_digit()) {
            return word.parse().ok();
        }
        if let Some(number) = roman(word) {
            return Some(number);
        }
    }
    let lower: Vec<String> = words.iter().flat_map(|word| word.split('-')).map(str::to_lowercase).collect();
    if let [ordinal] = words
        && let Some(number) = number::ordinal(&ordinal.to_lowercase())
    {
        return Some(number);
    }
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    if lower.first().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()) || matches!(*word, "a" | "an" | "half")) {
        return None;
    }
    let (number, length) = number::read(&lower)?;
    (length == lower.len() && number.fract() == 0.0 && (0.0..1000.0).contains(&number)).then_some(number as usize)
}

/// A Roman numeral from 1 to 399, in capitals or, with more than one letter, in small letters; as it is written today, so that `IIII` and
/// `MIX` are none.
fn roman(word: &str) -> Option<usize> {
    const DIGITS: [(&str, usize); 9] = [("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)];
    let is_small = word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
    let upper = if is_small { word.to_uppercase() } else { word.to_string() };
    let (mut rest, mut number) = (upper.as_str(), 0);
    for (digits, value) in DIGITS {
        let most = if digits.len() == 2 || matches!(digits, "L" | "V") { 1 } else { 3 };
        for _ in 0..most {
            let Some(after) = rest.strip_prefix(digits) else { break };
            rest = after;
            number += value;
        }
    }
    (rest.is_empty() && number > 0).then_some(number)
}

/// The names of files are cut to so many characters.
const MAX_NAME: usize = 40;

/// A title as the name of a file: letters and digits, in small letters, with hyphens between them.
pub(super) fn plain_name(title: &str) -> String {
    let plain: String = title.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).take(MAX_NAME).collect();
    let name = plain.split_whitespace().collect::<Vec<_>>().join("-");
    if name.is_empty() { "chapter".to_string() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_say_what_they_are() {
        for (title, said) in [
            ("Chapter Twelve", (Says::Chapter(12), false)),
            ("CHAPTER XII.", (Says::Chapter(12), false)),
            ("Chapter 12: The Key", (Says::Chapter(12), true)),
            ("Chapter Twenty-One — The Key", (Says::Chapter(21), true)),
            ("Chapter the First", (Says::Chapter(1), false)),
            ("Kapitel 3", (Says::Chapter(3), false)),
            ("Ch. 4", (Says::Chapter(4), false)),
            ("chapter iv", (Says::Chapter(4), false)),
            ("First Chapter", (Says::Chapter(1), false)),
            ("XII", (Says::Number(12), false)),
            ("~ 7 ~", (Says::Number(7), false)),
            ("Thirty One", (Says::Number(31), false)),
            ("12. The Key", (Says::Number(12), true)),
            ("V — The Key", (Says::Number(5), true)),
            ("Prologue", (Says::Unnumbered, false)),
            ("Epilogue: Ten Years Later", (Says::Unnumbered, true)),
            ("Part Two", (Says::Part(Some(2)), false)),
            ("BOOK THE SECOND", (Says::Part(Some(2)), false)),
            ("The First Part", (Says::Part(Some(1)), false)),
            ("Chapter and Verse", (Says::Other, false)),
            ("Twelve Angry Men", (Says::Other, false)),
            ("1984", (Says::Other, false)),
            ("I am the Key", (Says::Other, false)),
            ("Book of Hours", (Says::Other, false)),
            ("Introduction to Mara", (Says::Other, false)),
            ("MIX", (Says::Other, false)),
            ("***", (Says::Other, false)),
            ("The Key", (Says::Other, false)),
        ] {
            assert_eq!(says(title), said, "{title:?}");
        }
    }
}
