//! Cuts a chapter's prose into windows: at the ends of paragraphs, and within one that is too long at the ends of sentences.

use crate::manuscript::Chapter;
use crate::text::words;
use std::ops::Range;

/// What stands between two scenes of one window.
const SCENE_BREAK: &str = "\n\n***\n\n";
const PARAGRAPH_BREAK: &str = "\n\n";

/// A last window of fewer than this part of a whole one is joined to the one before it.
const SMALL_PART: usize = 3;

/// Some paragraphs of one chapter that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Place of its chapter among the sources.
    pub source: usize,
    /// Scene of the chapter, from 0, and bytes of its prose.
    pub parts: Vec<(usize, Range<usize>)>,
    /// Paragraphs are parted by an empty line, scenes by `***`.
    pub text: String,
    pub words: usize,
}

/// A paragraph, or a sentence of one that is too long.
struct Piece {
    scene: usize,
    range: Range<usize>,
    words: usize,
    /// What stands between it and what is before it in its window.
    joint: &'static str,
}

/// The windows of a chapter, in order; none crosses its ends, and all its prose is in one of them. Each has up to `most` words (a single
/// sentence may have more, and the last window a third more).
pub fn of(chapter: &Chapter, source: usize, most: usize) -> Vec<Window> {
    let mut windows: Vec<Vec<Piece>> = Vec::new();
    let mut room = 0;
    for piece in pieces(chapter, most) {
        match windows.last_mut().filter(|_| piece.words <= room) {
            Some(window) => {
                room -= piece.words;
                window.push(piece);
            }
            None => {
                room = most.saturating_sub(piece.words);
                windows.push(vec![piece]);
            }
        }
    }
    let total = |window: &Vec<Piece>| window.iter().map(|piece| piece.words).sum::<usize>();
    if windows.len() > 1
        && let Some(last) = windows.pop_if(|last| total(last) * SMALL_PART < most)
        && let Some(before) = windows.last_mut()
    {
        before.extend(last);
    }
    windows.iter().map(|pieces| joined(chapter, source, pieces)).collect()
}

fn pieces(chapter: &Chapter, most: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (number, scene) in chapter.scenes.iter().enumerate() {
        for (index, paragraph) in scene.paragraphs.iter().enumerate() {
            let piece = |range: Range<usize>, joint| {
                let words = words::count(&scene.prose[range.clone()]);
                Piece { scene: number, range, words, joint }
            };
            let joint = if index == 0 { SCENE_BREAK } else { PARAGRAPH_BREAK };
            let whole = piece(paragraph.clone(), joint);
            let sentences: Vec<&Range<usize>> =
                scene.sentences.iter().filter(|sentence| sentence.paragraph == index).map(|sentence| &sentence.range).collect();
            if whole.words <= most || sentences.len() < 2 {
                pieces.push(whole);
            } else {
                let joints = std::iter::once(joint).chain(std::iter::repeat(" "));
                pieces.extend(sentences.into_iter().zip(joints).map(|(range, joint)| piece(range.clone(), joint)));
            }
        }
    }
    pieces.retain(|piece| piece.words > 0);
    pieces
}

fn joined(chapter: &Chapter, source: usize, pieces: &[Piece]) -> Window {
    let mut window = Window { source, parts: Vec::new(), text: String::new(), words: 0 };
    let mut scene_before = None;
    for piece in pieces {
        if let Some(before) = scene_before {
            // The first paragraph of a scene may have had no words and be gone.
            window.text += if before == piece.scene { piece.joint } else { SCENE_BREAK };
        }
        scene_before = Some(piece.scene);
        window.text += chapter.scenes[piece.scene].prose[piece.range.clone()].trim();
        window.words += piece.words;
        match window.parts.last_mut() {
            Some((scene, range)) if *scene == piece.scene => range.end = piece.range.end,
            _ => window.parts.push((piece.scene, piece.range.clone())),
        }
    }
    window
}
