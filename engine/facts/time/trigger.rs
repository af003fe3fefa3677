//! Which sentences are worth a regular expression: those with a word of time in them, found in one pass over the prose.

use crate::manuscript::Scene;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::sync::LazyLock;

/// What a word of time can be part of.
#[derive(Clone, Copy)]
pub(super) enum Trigger {
    Date = 1,
    Weekday = 2,
    Season = 4,
    Hour = 8,
    Length = 16,
    Miles = 32,
}

/// The triggers of one sentence.
#[derive(Clone, Copy, Default)]
pub(super) struct Triggers(u8);

impl Triggers {
    pub(super) fn has(self, trigger: Trigger) -> bool {
        self.0 & trigger as u8 != 0
    }
}

const DATE: u8 = Trigger::Date as u8;
const WEEKDAY: u8 = Trigger::Weekday as u8;
const SEASON: u8 = Trigger::Season as u8;
const HOUR: u8 = Trigger::Hour as u8;
const LENGTH: u8 = Trigger::Length as u8;
const MILES: u8 = Trigger::Miles as u8;

/// Beginnings of words, as written; those with a small letter are also sought with a capital. The longest is taken.
const WORDS: &[(u8, &[&str])] = &[
    (
        DATE | SEASON,
        &["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    ),
    (DATE, &["Jan.", "Feb.", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.", "in 1", "in 2", "since 1", "of 1"]),
    (WEEKDAY | DATE, &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
    (
        SEASON,
        &[
            "spring",
            "summer",
            "fall",
            "autumn",
            "winter",
            "midsummer",
            "midwinter",
            "snow",
            "frost",
            "frozen",
            "ice",
            "icicle",
            "hoar-frost",
            "hay",
            "mown",
            "blossom",
            "bluebell",
            "daffodil",
            "primrose",
            "snowdrop",
            "crocus",
            "lilac",
            "bare",
            "leafless",
            "leaves",
            "heat",
            "dog-days",
            "Christmas",
        ],
    ),
    (
        HOUR,
        &[
            "midnight",
            "noon",
            "midday",
            "dawn",
            "daybreak",
            "dusk",
            "twilight",
            "sunrise",
            "sunset",
            "sundown",
            "nightfall",
            "o'clock",
            "o’clock",
        ],
    ),
    (HOUR | LENGTH, &["morning", "afternoon", "evening", "night", "forenoon"]),
    (LENGTH, &["minute", "hour", "day", "week", "fortnight", "month"]),
    (LENGTH | DATE, &["year"]),
    (MILES, &["mile", "league", "kilomet", "verst"]),
    // "Was in Dunmarrow before four".
    (HOUR, &["left", "set out", "set off", "started from", "departed", "set sail"]),
];

static SEARCH: LazyLock<Option<(AhoCorasick, Vec<u8>)>> = LazyLock::new(|| {
    let (mut words, mut triggers) = (Vec::new(), Vec::new());
    for (trigger, group) in WORDS {
        for word in *group {
            words.push((*word).to_string());
            triggers.push(*trigger);
            let mut letters = word.chars();
            if let Some(first) = letters.next().filter(|first| first.is_lowercase()) {
                words.push(first.to_uppercase().chain(letters).collect());
                triggers.push(*trigger);
            }
        }
    }
    let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).kind(Some(AhoCorasickKind::DFA)).build(words);
    built.ok().map(|search| (search, triggers))
});

/// The sentences with a word of time in them, by index, with what it can be part of.
pub(super) fn sentences(scene: &Scene) -> Vec<(usize, Triggers)> {
    let Some((search, triggers)) = &*SEARCH else { return Vec::new() };
    let mut found: Vec<(usize, Triggers)> = Vec::new();
    let mut index = 0;
    for hit in search.find_iter(&scene.prose) {
        // Within a word ("notice", "remarch") it is no word of time.
        if hit.start() > 0 && scene.prose.as_bytes()[hit.start() - 1].is_ascii_alphanumeric() {
            continue;
        }
        while scene.sentences.get(index).is_some_and(|sentence| sentence.range.end <= hit.start()) {
            index += 1;
        }
        if scene.sentences.get(index).is_none_or(|sentence| sentence.range.start > hit.start()) {
            continue;
        }
        let kinds = triggers[hit.pattern().as_usize()];
        match found.last_mut() {
            Some((last, known)) if *last == index => known.0 |= kinds,
            _ => found.push((index, Triggers(kinds))),
        }
    }
    found
}
