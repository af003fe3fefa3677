//! Which sentences are worth a regular expression: those with a word of time in them, found in one pass over the prose.

use super::super::calendar::Calendar;
use crate::manuscript::Scene;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

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

/// Beginnings of words, as written, besides a calendar's names; those with a small letter are also sought with a capital. The longest is
/// taken.
const WORDS: &[(u8, &[&str])] = &[
    (DATE, &["in 1", "in 2", "since 1", "of 1", "was 1", "was 2", "is 1", "is 2", "still 1", "now 1", "the year"]),
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

/// The search for words of time, with a calendar's names.
pub(super) struct Search(Option<(AhoCorasick, Vec<u8>)>);

impl Search {
    pub(super) fn new(calendar: &Calendar) -> Search {
        let (mut words, mut triggers) = (Vec::new(), Vec::new());
        let fixed = WORDS.iter().flat_map(|(trigger, group)| group.iter().map(move |word| (*trigger, (*word).to_string())));
        let months = calendar.month_words(true).into_iter().map(|word| (if word.ends_with('.') { DATE } else { DATE | SEASON }, word));
        let weekdays = calendar.weekday_words().into_iter().map(|word| (WEEKDAY | DATE, word));
        let eras = calendar.era_words().into_iter().map(|word| (DATE, word));
        for (trigger, word) in fixed.chain(months).chain(weekdays).chain(eras) {
            let mut letters = word.chars();
            let with_capital =
                letters.next().filter(|first| first.is_lowercase()).map(|first| first.to_uppercase().chain(letters).collect());
            // An apostrophe in a name may be straight or curly.
            let straight = Some(word.replace('’', "'")).filter(|straight| *straight != word);
            let curly = Some(word.replace('\'', "’")).filter(|curly| *curly != word);
            for form in [Some(word), with_capital, straight, curly].into_iter().flatten() {
                words.push(form);
                triggers.push(trigger);
            }
        }
        let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).kind(Some(AhoCorasickKind::DFA)).build(words);
        Search(built.ok().map(|search| (search, triggers)))
    }

    /// The sentences with a word of time in them, by index, with what it can be part of.
    pub(super) fn sentences(&self, scene: &Scene) -> Vec<(usize, Triggers)> {
        let Some((search, triggers)) = &self.0 else { return Vec::new() };
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
}
