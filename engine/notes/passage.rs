//! What the reader is shown at once: some paragraphs of a scene, cut so that an edit changes the passage it stands in and hardly any other.

use crate::manuscript::Scene;
use crate::text::{ContentHash, words};
use std::ops::Range;

/// Words of a passage: the reader was trained on 60 to 430.
const MAX_WORDS: usize = 260;
/// A passage is not cut so that less than this stands on either side, in words, if there is another place to cut.
const MIN_WORDS: usize = 80;

/// A longer sentence is shown in pieces, in words.
const MAX_SENTENCE_WORDS: usize = 90;

/// A sentence, or a piece of one that is too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Byte range of the scene's prose.
    pub range: Range<usize>,
    /// Whether a paragraph begins here.
    pub begins_paragraph: bool,
}

/// Some paragraphs of a scene, in numbered lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    pub lines: Vec<Line>,
    /// The lines of the scene before it, the nearest last.
    pub before: Vec<Range<usize>>,
}

impl Passage {
    /// Byte range of the scene's prose, from the first to the last line.
    pub fn range(&self) -> Range<usize> {
        let start = self.lines.first().map_or(0, |line| line.range.start);
        start..self.lines.last().map_or(start, |line| line.range.end)
    }
}

/// A paragraph while passages are cut.
struct Paragraph {
    lines: Range<usize>,
    words: usize,
    /// By what it says alone, so that an edit elsewhere does not move the cuts around it.
    weight: [u8; 32],
}

/// The passages of a scene, in order. Each ends where a paragraph ends, or, in a paragraph that is too long, where a sentence does.
pub fn passages(scene: &Scene, sentences_before: usize) -> Vec<Passage> {
    let lines = lines(scene);
    let paragraphs = paragraphs(scene, &lines);
    let mut cuts = Vec::new();
    cut(&paragraphs, 0..paragraphs.len(), &mut cuts);
    let ranges = cuts.into_iter().map(|part| paragraphs[part.start].lines.start..paragraphs[part.end - 1].lines.end);
    let passage = |range: Range<usize>| Passage {
        before: lines[range.start.saturating_sub(sentences_before)..range.start].iter().map(|line| line.range.clone()).collect(),
        lines: lines[range].to_vec(),
    };
    ranges.map(passage).collect()
}

/// The sentences of a scene, those that are too long in pieces.
fn lines(scene: &Scene) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut paragraph = None;
    for sentence in &scene.sentences {
        let mut begins_paragraph = paragraph != Some(sentence.paragraph);
        paragraph = Some(sentence.paragraph);
        for range in pieces(&scene.prose, sentence.range.clone()) {
            if scene.prose[range.clone()].chars().any(char::is_alphanumeric) {
                lines.push(Line { range, begins_paragraph });
                begins_paragraph = false;
            }
        }
    }
    lines
}

/// A sentence, or where it is too long the pieces of it: each ends behind a mark if there is one in its second half.
fn pieces(prose: &str, sentence: Range<usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = sentence.start;
    while words::count(&prose[start..sentence.end]) > MAX_SENTENCE_WORDS {
        let ends = prose[start..sentence.end].match_indices(char::is_whitespace).map(|(at, _)| start + at);
        let ends: Vec<usize> = ends.take(MAX_SENTENCE_WORDS).collect();
        let has_mark = |end: &&usize| prose[start..**end].ends_with([',', ';', ':', '—', '–']);
        let Some(end) = ends[ends.len() / 2..].iter().rev().find(has_mark).or(ends.last()).copied().filter(|end| *end > start) else {
            break;
        };
        pieces.push(start..end);
        let blank = prose[end..sentence.end].len() - prose[end..sentence.end].trim_start().len();
        start = end + blank;
    }
    if start < sentence.end {
        pieces.push(start..sentence.end);
    }
    pieces
}

/// The paragraphs of these lines; of one that is longer than a passage may be, its lines one by one.
fn paragraphs(scene: &Scene, lines: &[Line]) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let length = lines[start + 1..].iter().take_while(|line| !line.begins_paragraph).count() + 1;
        let own = start..start + length;
        let words_of = |range: &Range<usize>| words::count(&scene.prose[lines[range.start].range.start..lines[range.end - 1].range.end]);
        let parts = if words_of(&own) > MAX_WORDS { own.clone().map(|line| line..line + 1).collect() } else { vec![own.clone()] };
        for part in parts {
            let text = &scene.prose[lines[part.start].range.start..lines[part.end - 1].range.end];
            paragraphs.push(Paragraph { words: words_of(&part), lines: part, weight: ContentHash::of(text.as_bytes()).0 });
        }
        start = own.end;
    }
    paragraphs
}

/// Cuts a run of paragraphs until no part is too long: always behind the lightest paragraph of those that may end a part. As in a treap, where
/// the cuts lie depends on nothing outside the part (R. Seidel and C. Aragon, “Randomized Search Trees”, Algorithmica 1996).
fn cut(paragraphs: &[Paragraph], part: Range<usize>, cuts: &mut Vec<Range<usize>>) {
    if part.is_empty() {
        return;
    }
    let total: usize = paragraphs[part.clone()].iter().map(|paragraph| paragraph.words).sum();
    if total <= MAX_WORDS || part.len() == 1 {
        cuts.push(part);
        return;
    }
    let mut before = 0;
    let mut ends: Vec<(bool, [u8; 32], usize)> = Vec::new();
    for (index, paragraph) in paragraphs.iter().enumerate().take(part.end - 1).skip(part.start) {
        before += paragraph.words;
        let is_short = before < MIN_WORDS || total - before < MIN_WORDS;
        ends.push((is_short, paragraph.weight, index + 1));
    }
    let Some((_, _, end)) = ends.into_iter().min() else { return };
    cut(paragraphs, part.start..end, cuts);
    cut(paragraphs, end..part.end, cuts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::{Chapter, KeyNames, SourceFile};

    fn chapter(text: &str) -> Chapter {
        Chapter::parse(&SourceFile::new("1.md", text), &KeyNames::default()).0
    }

    fn texts(chapter: &Chapter) -> Vec<String> {
        let scene = &chapter.scenes[0];
        passages(scene, 2).iter().map(|passage| scene.prose[passage.range()].to_string()).collect()
    }

    fn long_text(edited: Option<usize>) -> String {
        let paragraph = |index: usize| {
            let end = if edited == Some(index) { "She had changed her mind." } else { "" };
            format!("Paragraph {index} says that the boat number {} was late. Nobody on the quay knew why it was so. {end}", index * 7)
        };
        (0..120).map(paragraph).collect::<Vec<_>>().join("\n\n")
    }

    #[test]
    fn an_edit_changes_its_passage_and_at_most_one_more() {
        let before = texts(&chapter(&long_text(None)));
        assert!(before.len() > 8, "{} passages", before.len());
        for edited in 0..120 {
            let after = texts(&chapter(&long_text(Some(edited))));
            let changed = after.iter().filter(|text| !before.contains(text)).count();
            assert!((1..=2).contains(&changed), "an edit of paragraph {edited} changed {changed} passages");
        }
    }

    #[test]
    fn nothing_is_left_out_and_nothing_is_too_long() {
        let endless = "and the rain went on ".repeat(500);
        let one_paragraph = "The rain went on all night. ".repeat(400);
        for text in [long_text(None), endless, one_paragraph, "Short.".to_string()] {
            let chapter = chapter(&text);
            let scene = &chapter.scenes[0];
            let passages = passages(scene, 2);
            let shown: usize =
                passages.iter().flat_map(|passage| &passage.lines).map(|line| words::count(&scene.prose[line.range.clone()])).sum();
            assert_eq!(shown, words::count(&scene.prose));
            for passage in &passages {
                assert!(words::count(&scene.prose[passage.range()]) <= MAX_WORDS);
                assert!(passage.lines.iter().all(|line| words::count(&scene.prose[line.range.clone()]) <= MAX_SENTENCE_WORDS));
            }
        }
    }
}
