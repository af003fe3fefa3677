//! A scene under reading: its sentences, who speaks in them, and what has been asserted so far.

use super::super::calendar::Calendar;
use super::super::value::Value;
use super::super::{Assertion, Subject, Voice, quotation};
use super::names::pattern;
use crate::manuscript::{Chapter, Mode, Scene};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Bytes of a sentence, counted from where it begins; never of the scene's prose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentenceRange {
    pub start: usize,
    pub end: usize,
}

impl SentenceRange {
    /// `bytes` count from the beginning of the sentence.
    pub(super) fn new(bytes: Range<usize>) -> SentenceRange {
        SentenceRange { start: bytes.start, end: bytes.end }
    }

    /// What the words are in the text of the sentence.
    pub(super) fn of(self, sentence: &str) -> &str {
        &sentence[self.start..self.end]
    }

    /// The same bytes in the scene's prose, of a sentence that begins at one of its bytes.
    pub(super) fn in_prose(self, sentence_start: usize) -> Range<usize> {
        sentence_start + self.start..sentence_start + self.end
    }

    /// Whether two ranges have a byte in common.
    pub(super) fn meets(self, other: SentenceRange) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl From<regex::Match<'_>> for SentenceRange {
    /// Where a pattern was found in the text of a sentence.
    fn from(found: regex::Match<'_>) -> SentenceRange {
        SentenceRange::new(found.range())
    }
}

/// One sentence with its place.
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    /// Byte range of the scene's prose.
    pub(super) range: Range<usize>,
    pub(super) opens_paragraph: bool,
    pub(super) opens_scene: bool,
    pub(super) in_first_paragraph: bool,
}

/// A scene whose words of time are being read.
pub(super) struct TimedScene<'a> {
    scene: &'a Scene,
    pub(super) calendar: &'a Calendar,
    is_exempt: bool,
    quoted: Vec<Range<usize>>,
    pub(super) found: Vec<Assertion>,
}

/// A statement about to be asserted; ranges are of the sentence.
pub(super) struct PendingFact<'a> {
    pub(super) subject: Subject,
    pub(super) attribute: &'a str,
    pub(super) value: Value,
    pub(super) words: SentenceRange,
    pub(super) hedged: bool,
}

impl<'a> TimedScene<'a> {
    pub(super) fn new(chapter: &Chapter, scene: &'a Scene, calendar: &'a Calendar) -> TimedScene<'a> {
        let quoted = quotation::ranges(scene).into_iter().map(|(_, range)| range).collect();
        TimedScene { scene, calendar, is_exempt: chapter.front_matter.mode == Mode::Exempt, quoted, found: Vec::new() }
    }

    pub(super) fn sentence(&self, index: usize) -> Sentence<'a> {
        let sentence = &self.scene.sentences[index];
        let opens_paragraph = index == 0 || self.scene.sentences[index - 1].paragraph != sentence.paragraph;
        Sentence {
            text: self.scene.sentence_text(sentence),
            range: sentence.range.clone(),
            opens_paragraph,
            opens_scene: index == 0,
            in_first_paragraph: sentence.paragraph == 0,
        }
    }

    /// Whether a byte of the sentence stands inside quotation marks.
    pub(super) fn is_spoken(&self, sentence: &Sentence<'_>, offset: usize) -> bool {
        let place = sentence.range.start + offset;
        let index = self.quoted.partition_point(|range| range.end <= place);
        self.quoted.get(index).is_some_and(|range| range.start <= place)
    }

    pub(super) fn claim(&mut self, sentence: &Sentence<'_>, claim: PendingFact<'_>) {
        let voice = match (self.is_exempt, self.is_spoken(sentence, claim.words.start)) {
            (true, _) => Voice::Apart,
            (false, true) => Voice::Speech(None),
            (false, false) => Voice::Narration,
        };
        self.found.push(Assertion {
            subject: claim.subject,
            attribute: claim.attribute.to_string(),
            value: claim.value,
            point: self.scene.point,
            sentence: sentence.range.clone(),
            words: claim.words.in_prose(sentence.range.start),
            voice,
            hedged: claim.hedged,
        });
    }

    /// Whether the narration between two bytes of the scene tells that a night or more goes by, as far as its words show.
    pub(super) fn moves_on(&self, between: Range<usize>) -> bool {
        let is_narrated = |place: usize| {
            let index = self.quoted.partition_point(|range| range.end <= place);
            self.quoted.get(index).is_none_or(|range| range.start > place)
        };
        let Some(text) = self.scene.prose.get(between.clone()) else { return true };
        DAYS_GO_BY.find_iter(text).any(|found| is_narrated(between.start + found.start()))
    }

    pub(super) fn finish(mut self) -> Vec<Assertion> {
        self.found.sort_by_key(|assertion| (assertion.sentence.start, assertion.words.start));
        self.found
    }
}

static DAYS_GO_BY: LazyLock<Regex> = LazyLock::new(|| {
    let text = concat!(
        r"(?i)\b(?:to-?morrow|morrow|slept|asleep|awoke|awakened|woke|woken|midnight|dawn(?:ed)?|daybreak|sunrise|sunset|fortnight|yesterday|",
        r"(?:next|following|same|previous) (?:day|morning|night|evening|afternoon|week|month)|(?:day|week|month)s? (?:later|before|after|passed)|",
        r"days|weeks|months|years|nights|all night|that night|in the morning|(?:second|third|fourth|fifth|last|another) (?:day|night|morning)|",
        r"night (?:fell|came|passed)|morning (?:came|broke)|went to bed|until then|by then|later on|long after)\b",
    );
    pattern(text)
});

/// The scene itself as a subject.
pub(super) fn the_scene() -> Subject {
    Subject::Known("the scene".to_string())
}

/// The clause of a sentence around some of its words: up to the next dash, semicolon, colon, or comma with a conjunction.
pub(super) fn clause(text: &str, words: SentenceRange) -> &str {
    let start = CLAUSE_BREAK.find_iter(&text[..words.start]).last().map_or(0, |found| found.end());
    let end = CLAUSE_BREAK.find(&text[words.end..]).map_or(text.len(), |found| words.end + found.start());
    &text[start..end]
}

static CLAUSE_BREAK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[;:()“”]|—|--|, (?:and|but|though|although|when|where|while|which|who|for|so|because|until|till|as|since) ")
});

/// "Had locked", "he’d gone", but not "had a headache".
static PLUPERFECT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:had|hadn[’']t)(?: (?P<next>[\w’'-]+))?|\b(?:he|she|it|they|we|i|you|there)[’']d\b"));

/// Whether a clause tells what lies before the scene's present, as far as its verb shows.
pub(super) fn is_pluperfect(clause: &str) -> bool {
    PLUPERFECT.captures_iter(clause).any(|found| {
        let next = found.name("next").map(|next| next.as_str().to_lowercase());
        !next.is_some_and(|next| {
            matches!(
                next.as_str(),
                "a" | "an"
                    | "the"
                    | "no"
                    | "to"
                    | "his"
                    | "her"
                    | "their"
                    | "its"
                    | "my"
                    | "our"
                    | "some"
                    | "nothing"
                    | "two"
                    | "three"
                    | "only"
            )
        })
    })
}

static PLANNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:if|unless|whether|would|could|might|should|ought|will|shall|perhaps|maybe|probably)\b|[’']ll\b|\?")
});

/// Whether a clause is plan, wish or question by its verb; enough to ask where the words themselves stand at the head of the clause.
pub(super) fn is_planned(clause: &str) -> bool {
    PLANNED.is_match(clause)
}

static UNREAL: LazyLock<Regex> = LazyLock::new(|| {
    let text = concat!(
        r"(?i)\b(?:if|unless|whether|would|could|might|may have|should|ought|will|shall|perhaps|maybe|probably|as if|as though|like|seem(?:s|ed)?|",
        r"suppos\w*|imagin\w*|dream\w*|remember\w*|recall\w*|memor\w+|pictur\w*|paint\w*|photograph\w*|engraving|sketch|novel|story|tale|song|poem|",
        r"promis\w*|wish\w*|hop(?:e|ed|ing)|said|told|used to|once|every|each|always|usually|often|sometimes|never|not|no|nor|neither|",
        r"without|instead|wasn[’']t|isn[’']t|weren[’']t|didn[’']t|thought|believ\w*|pretend\w*|resembl\w*|reminded)\b|[’']ll\b|\?",
    );
    pattern(text)
});

/// Whether a clause is plan, wish, habit, comparison, memory, question or denial, by any word in it that can make it so.
pub(crate) fn is_unreal(clause: &str) -> bool {
    UNREAL.is_match(clause)
}
