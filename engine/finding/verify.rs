//! Quote to evidence: finds words in a scene, forgiving what typography and markup change, never what was said.

use crate::manuscript::Scene;
use crate::text::Span;
use crate::text::words::Folded;
use std::ops::Range;

/// The byte range of the scene's prose where `quote` stands, at or after `from`; nothing when it does not stand there.
/// Quotation marks, dashes, case, emphasis marks and white space may differ.
pub fn find_in_prose(scene: &Scene, quote: &str, from: usize) -> Option<Range<usize>> {
    let wanted = crate::text::words::fold(quote);
    if wanted.is_empty() {
        return None;
    }
    if let Some(start) = scene.prose.get(from..).and_then(|rest| rest.find(quote.trim())) {
        return Some(from + start..from + start + quote.trim().len());
    }
    let folded = Folded::new(&scene.prose);
    folded
        .text
        .match_indices(wanted.as_str())
        .map(|(start, found)| folded.original_range(&scene.prose, start, start + found.len()))
        .find(|range| range.start >= from)
}

/// The span of the file where `quote` stands in the scene.
pub fn locate(scene: &Scene, quote: &str) -> Option<Span> {
    find_in_prose(scene, quote, 0).map(|range| scene.locate(range))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manuscript::{Chapter, KeyNames, SourceFile};

    #[test]
    fn a_quote_is_found_through_typography_and_markup_but_not_when_words_differ() {
        let source = "She said: “I *never*\nsaw Mara’s eyes.”";
        let (chapter, _) = Chapter::parse(&SourceFile::new("1.md", source), &KeyNames::default());
        let found = locate(&chapter.scenes[0], "I never saw Mara's eyes").unwrap();
        assert_eq!(found.slice(source), Some("I *never*\nsaw Mara’s eyes"));
        assert_eq!(locate(&chapter.scenes[0], "I never saw Mara's ears"), None);
    }
}
