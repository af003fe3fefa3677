//! A scene with everything the readers look at: its tokens, names and dialogue.

use super::Voice;
use super::cast::{Cast, Mention};
use super::speech::{self, Speech};
use super::tokens::{TokenRange, Tokens};
use crate::bible::EntryKind;
use crate::manuscript::{Chapter, Mode, Scene};

/// A scene, ready to be read.
pub(super) struct Page<'a> {
    pub scene: &'a Scene,
    pub tokens: &'a Tokens,
    pub cast: &'a Cast,
    pub mentions: Vec<Mention>,
    pub speeches: Vec<Speech>,
    /// For each token, one more than the index of the mention it belongs to.
    mention_of: Vec<u32>,
    /// For each token, whether it stands in dialogue.
    spoken: Vec<bool>,
    /// A dream, letter or tale: nothing in it is the story's present.
    is_apart: bool,
    /// The narrator says I.
    pub is_first_person: bool,
}

impl<'a> Page<'a> {
    pub fn new(chapter: &Chapter, scene: &'a Scene, tokens: &'a Tokens, cast: &'a Cast) -> Page<'a> {
        let mentions = cast.mentions_in(scene, tokens);
        let speeches = speech::read(scene, tokens, &mentions, cast);
        let mut mention_of = vec![0; tokens.all.len()];
        for (index, mention) in mentions.iter().enumerate() {
            let from = tokens.at(mention.range.start);
            let to = tokens.at(mention.range.end).max(from + 1).min(mention_of.len());
            mention_of[from..to].fill(index as u32 + 1);
        }
        let mut spoken = vec![false; tokens.all.len()];
        for speech in &speeches {
            spoken[tokens.at(speech.range.start)..tokens.at(speech.range.end)].fill(true);
        }
        let is_i = |index: &usize| !spoken[*index] && tokens.word(*index) == "i" && tokens.is_capital(*index);
        let is_first_person = (0..tokens.all.len()).filter(is_i).count() > 2;
        let is_apart = chapter.front_matter.mode == Mode::Exempt;
        Page { scene, tokens, cast, mentions, speeches, mention_of, spoken, is_apart, is_first_person }
    }

    /// The mention a token belongs to.
    pub fn mention_at(&self, token: usize) -> Option<&Mention> {
        let index = *self.mention_of.get(token)?;
        (index > 0).then(|| &self.mentions[index as usize - 1])
    }

    /// The person a token names, when only one can be meant.
    pub fn person_at(&self, token: usize) -> Option<&Mention> {
        self.mention_at(token).filter(|mention| mention.kind == EntryKind::Character && !mention.is_ambiguous)
    }

    /// The tokens of a mention.
    pub fn tokens_of(&self, mention: &Mention) -> TokenRange {
        TokenRange::new(self.tokens.at(mention.range.start)..self.tokens.at(mention.range.end))
    }

    pub fn is_spoken(&self, token: usize) -> bool {
        self.spoken.get(token).copied().unwrap_or(false)
    }

    pub fn voice(&self, token: usize) -> Voice {
        if self.is_apart {
            return Voice::Apart;
        }
        if self.is_spoken(token) { speech::voice_at(&self.speeches, self.tokens.range(token).start) } else { Voice::Narration }
    }

    /// The mentions that lie in a range of tokens, in order.
    pub fn mentions_within(&self, tokens: TokenRange) -> &[Mention] {
        if tokens.is_empty() {
            return &[];
        }
        let bytes = self.tokens.bytes(tokens);
        let first = self.mentions.partition_point(|mention| mention.range.start < bytes.start);
        let last = self.mentions.partition_point(|mention| mention.range.start < bytes.end);
        &self.mentions[first..last.max(first)]
    }

    /// The clause around a token: up to a semicolon, colon, dash or quotation mark on either side.
    pub fn clause(&self, token: usize) -> TokenRange {
        let sentence = self.tokens.sentence(token);
        let start = (sentence.start..token).rev().find(|index| self.tokens.is_clause_end(*index)).map_or(sentence.start, |mark| mark + 1);
        let end = (token..sentence.end).find(|index| self.tokens.is_clause_end(*index)).unwrap_or(sentence.end);
        TokenRange::new(start..end.max(token + 1))
    }

    /// Tokens from the beginning of the paragraph a token stands in, up to that token.
    pub fn paragraph_before(&self, token: usize) -> TokenRange {
        let sentence = &self.scene.sentences[self.tokens.sentence_of[token] as usize];
        TokenRange::new(self.tokens.at(self.scene.paragraphs[sentence.paragraph].start)..token)
    }
}
