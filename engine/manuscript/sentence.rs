//! Where a sentence ends: after `.`, `!`, `?` or `…` and its closing quotation marks, unless the dot belongs to an abbreviation.

use super::Sentence;
use std::ops::Range;

/// Words whose dot does not end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "messrs", "mme", "mlle", "dr", "prof", "rev", "hon", "st", "sr", "jr", "esq", "capt", "lt", "lieut", "col", "gen",
    "maj", "sgt", "cpl", "pvt", "adm", "cmdr", "gov", "pres", "sen", "rep", "fr", "vs", "etc", "viz", "cf", "no", "vol", "ch", "fig",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec", "mon", "tue", "tues", "wed", "thu", "thurs",
    "fri", "sat", "sun", "ave", "bros", "dept", "insp", "supt", "det", "i.e", "e.g", "a.m", "p.m",
];

/// Splits paragraphs of prose into sentences. Every visible byte belongs to exactly one sentence.
pub fn split(prose: &str, paragraphs: &[Range<usize>]) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (paragraph, range) in paragraphs.iter().enumerate() {
        let mut start = range.start;
        for end in sentence_ends(&prose[range.clone()]) {
            push(prose, start..range.start + end, paragraph, &mut sentences);
            start = range.start + end;
        }
        push(prose, start..range.end, paragraph, &mut sentences);
    }
    sentences
}

fn push(prose: &str, range: Range<usize>, paragraph: usize, sentences: &mut Vec<Sentence>) {
    let text = &prose[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    let end = range.start + text.trim_end().len();
    if start < end {
        sentences.push(Sentence { range: start..end, paragraph });
    }
}

/// Byte offsets just after each sentence but the last.
fn sentence_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((position, character)) = characters.next() {
        if !matches!(character, '.' | '!' | '?' | '…') {
            continue;
        }
        let mut end = position + character.len_utf8();
        while let Some(&(next_position, next)) = characters.peek() {
            if !matches!(next, '.' | '!' | '?' | '…' | '”' | '’' | '"' | '\'' | ')' | ']' | '»') {
                break;
            }
            end = next_position + next.len_utf8();
            characters.next();
        }
        if ends_sentence(text, position, end, character) {
            ends.push(end);
        }
    }
    ends
}

fn ends_sentence(text: &str, mark: usize, end: usize, character: char) -> bool {
    let after = &text[end..];
    if !after.starts_with(char::is_whitespace) {
        return false;
    }
    let next = after.trim_start().trim_start_matches(['“', '"', '‘', '\'', '(', '[', '—', '–', '-', '«']).chars().next();
    // “Stop!” she said: the sentence goes on in lower case. So does “He paused … and went on.”
    if next.is_some_and(char::is_lowercase) {
        return false;
    }
    if character != '.' || end > mark + 1 {
        return true;
    }
    let word_start = text[..mark]
        .rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '“' | '"' | '‘' | '—'))
        .map_or(0, |found| found + text[found..].chars().next().map_or(1, char::len_utf8));
    let word = &text[word_start..mark];
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I";
    let lower = word.to_lowercase();
    // "No. 7" is a number; "No." answers.
    let is_abbreviation = if lower == "no" { next.is_some_and(|c| c.is_ascii_digit()) } else { ABBREVIATIONS.contains(&lower.as_str()) };
    !is_initial && !is_abbreviation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        split(text, std::slice::from_ref(&(0..text.len()))).into_iter().map(|sentence| &text[sentence.range]).collect()
    }

    #[test]
    fn dialogue_and_abbreviations_do_not_break() {
        assert_eq!(
            sentences("“Stop!” said Mr. Pell. He ran. “No. I won’t,” she said. At No. 7 J. Ward lived… quietly."),
            ["“Stop!” said Mr. Pell.", "He ran.", "“No.", "I won’t,” she said.", "At No. 7 J. Ward lived… quietly."]
        );
    }
}
