//! Spans of dialogue, who speaks them, and so who vouches for the words at any place of a scene.

use super::cast::{Cast, Mention};
use super::given_names::Gender;
use super::lexicon::SPEECH_VERBS;
use super::tokens::Tokens;
use super::{Voice, quotation};
use crate::bible::EntryKind;
use crate::manuscript::Scene;
use std::ops::Range;

/// One stretch of dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speech {
    /// Byte range of the scene's prose, quotation marks included.
    pub range: Range<usize>,
    /// 0-based paragraph of the scene.
    pub paragraph: usize,
    /// Who speaks, when the text tells.
    pub speaker: Option<String>,
}

/// All dialogue of a scene, in order.
pub fn speeches(scene: &Scene, cast: &Cast) -> Vec<Speech> {
    let tokens = Tokens::of(scene);
    let mentions = cast.mentions_in(scene, &tokens);
    read(scene, &tokens, &mentions, cast)
}

/// The voice that vouches for a byte of the prose.
pub fn voice_at(speeches: &[Speech], offset: usize) -> Voice {
    let index = speeches.partition_point(|speech| speech.range.end <= offset);
    match speeches.get(index).filter(|speech| speech.range.start <= offset) {
        Some(speech) => Voice::Speech(speech.speaker.clone()),
        None => Voice::Narration,
    }
}

pub(super) fn read(scene: &Scene, tokens: &Tokens, mentions: &[Mention], cast: &Cast) -> Vec<Speech> {
    let speech = |(paragraph, range)| Speech { range, paragraph, speaker: None };
    let mut speeches: Vec<Speech> = quotation::ranges(scene).into_iter().map(speech).collect();
    attribute(scene, tokens, mentions, cast, &mut speeches);
    speeches
}

fn attribute(scene: &Scene, tokens: &Tokens, mentions: &[Mention], cast: &Cast, speeches: &mut [Speech]) {
    // Whom quotations speak of is not who speaks.
    let is_told = |mention: &&Mention| voice_at(speeches, mention.range.start) == Voice::Narration;
    let mentions: &[Mention] = &mentions.iter().filter(is_told).cloned().collect::<Vec<_>>();
    let mut by_paragraph: Vec<Option<String>> = vec![None; scene.paragraphs.len()];
    let mut first = 0;
    while first < speeches.len() {
        let paragraph = speeches[first].paragraph;
        let last = speeches[first..].partition_point(|speech| speech.paragraph == paragraph) + first;
        let found = speeches[first..last].iter().find_map(|speech| speaker(scene, tokens, mentions, cast, speech));
        by_paragraph[paragraph] = found.or_else(|| alternating(scene, speeches, &by_paragraph, paragraph, first..last));
        for speech in &mut speeches[first..last] {
            speech.speaker.clone_from(&by_paragraph[paragraph]);
        }
        first = last;
    }
}

/// A paragraph of nothing but dialogue, after two such with known and different speakers, belongs to the first of the two.
fn alternating(scene: &Scene, speeches: &[Speech], speakers: &[Option<String>], paragraph: usize, own: Range<usize>) -> Option<String> {
    let is_bare = own.len() == 1 && speeches[own.start].range == scene.paragraphs[paragraph];
    let (one, two) = (speakers.get(paragraph.checked_sub(2)?)?.as_ref()?, speakers.get(paragraph - 1)?.as_ref()?);
    (is_bare && one != two).then(|| one.clone())
}

/// Who speaks by the words next to the quote: “…,” said Mara; “…,” Mara said; Mara said, “…”.
fn speaker(scene: &Scene, tokens: &Tokens, mentions: &[Mention], cast: &Cast, speech: &Speech) -> Option<String> {
    let paragraph_end = scene.paragraphs[speech.paragraph].end;
    let after = tokens.at(speech.range.end);
    let in_paragraph = |index: usize| index < tokens.all.len() && tokens.range(index).start < paragraph_end;
    let named = |index: usize| {
        in_paragraph(index)
            .then(|| tokens.range(index).start)
            .and_then(|start| named_at(mentions, start))
            .map(|mention| mention.name.clone())
    };
    let pronoun = |index: usize| in_paragraph(index).then(|| pronoun_speaker(scene, tokens, mentions, cast, speech, index)).flatten();
    if SPEECH_VERBS.has(tokens.word(after)) {
        return named(after + 1).or_else(|| pronoun(after + 1));
    }
    if let Some(found) = named(after).or_else(|| pronoun(after)) {
        let past = mentions.iter().find(|mention| in_paragraph(after) && mention.range.start == tokens.range(after).start);
        let verb = past.map_or(after + 1, |mention| tokens.at(mention.range.end));
        return SPEECH_VERBS.has(tokens.word(verb)).then_some(found);
    }
    before(tokens, mentions, speech)
}

/// Mara turned and said, “…”: a name that begins the sentence, and a verb of speech before the comma or colon.
fn before(tokens: &Tokens, mentions: &[Mention], speech: &Speech) -> Option<String> {
    let quote = tokens.at(speech.range.start);
    let mark = quote.checked_sub(1)?;
    if !matches!(tokens.word(mark), "," | ":") {
        return None;
    }
    let sentence = tokens.sentence(mark);
    let clause = sentence.start..mark;
    let says = clause.clone().rev().take(8).any(|index| SPEECH_VERBS.has(tokens.word(index)));
    let inside =
        |mention: &&Mention| mention.range.start >= tokens.range(clause.start).start && mention.range.end <= tokens.range(mark).start;
    let mut people = mentions.iter().filter(inside).filter(|mention| mention.kind == EntryKind::Character && !mention.is_ambiguous);
    let first = people.next()?;
    (says && people.next().is_none() && first.range.start == tokens.range(clause.start).start).then(|| first.name.clone())
}

fn named_at(mentions: &[Mention], start: usize) -> Option<&Mention> {
    let index = mentions.partition_point(|mention| mention.range.start < start);
    mentions.get(index).filter(|mention| mention.range.start == start && mention.kind == EntryKind::Character && !mention.is_ambiguous)
}

/// “…,” she said: the only woman named in narration in this paragraph before the quote.
fn pronoun_speaker(scene: &Scene, tokens: &Tokens, mentions: &[Mention], cast: &Cast, speech: &Speech, index: usize) -> Option<String> {
    let gender = match tokens.word(index) {
        "he" => Gender::Male,
        "she" => Gender::Female,
        _ => return None,
    };
    let start = scene.paragraphs[speech.paragraph].start;
    let mut found: Option<&str> = None;
    for mention in mentions.iter().filter(|mention| mention.range.start >= start && mention.range.end <= speech.range.start) {
        if cast.gender(&mention.name) != Some(gender) {
            continue;
        }
        match found {
            Some(name) if name != mention.name => return None,
            _ => found = Some(&mention.name),
        }
    }
    found.map(str::to_string)
}
