//! Dates by name: "Tuesday the 9th of December 1904", "December 9, 1904", "in September, 1792", "in 1865".

use super::super::Subject;
use super::super::calendar::{self, PartialDate};
use super::super::value::Value;
use super::attribute;
use super::passage::{Claim, Line, Passage, clause, is_pluperfect, is_unreal, the_scene};
use regex::{Captures, Regex};
use std::ops::Range;
use std::sync::LazyLock;

const MONTH: &str = "(?P<month>January|February|March|April|May|June|July|August|September|October|November|December|Jan\\.|Feb\\.|Aug\\.|Sept\\.|Oct\\.|Nov\\.|Dec\\.)";
const WEEKDAY: &str = "(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const YEAR: &str = r"(?:,? (?:of |in )?(?:the year )?(?P<year>\d{4})\b)?";
const ORDINALS: [&str; 31] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
];

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is fixed and tested")
}

/// "(Tuesday,) (the) 9th (day) of December(, 1904)".
static DAY_MONTH: LazyLock<Regex> = LazyLock::new(|| {
    // Longer ordinals first: an alternation takes the first that fits.
    let words: Vec<&str> = ORDINALS.iter().rev().copied().collect();
    let ordinals = words.join("|");
    pattern(&format!(
        r"(?:\b{WEEKDAY},? )?(?:\b[Tt]he )?\b(?:(?P<day>\d{{1,2}})(?P<suffix>st|nd|rd|th)?|(?P<ordinal>{ordinals}))(?: day)?(?P<of>,? of)? {MONTH}(?:\b|$){YEAR}"
    ))
});

/// "(Tuesday,) December (the) 9(th)(, 1904)".
static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(r"(?:\b{WEEKDAY},? )?\b{MONTH} (?:the )?(?P<day>\d{{1,2}})(?P<suffix>st|nd|rd|th)?\b(?P<after>[\d:.]*){YEAR}"))
});

/// "September, 1792", "June of 1904".
static MONTH_YEAR: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"\b{MONTH},? (?:of |in )?(?:the year )?(?P<year>1[0-9]{{3}}|20[0-9]{{2}})\b")));

/// "In 1865"; a bare number of four digits is often something else.
static YEAR_ALONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:[Ii]n|[Ss]ince|[Oo]f|[Dd]uring) (?:the )?(?:year |spring of |summer of |autumn of |fall of |winter of )?(?:of grace )?(?P<year>1[0-9]{3}|20[0-9]{2})\b(?P<after>[\d,.-]*)",
    )
});

static PRESENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[;:—] ?|, and |, but )(?:[Ii]t was|[Tt]his was|[Tt]he date was)(?: (?:now|already|then|on|in|the|towards?|late|early|close|end|beginning|middle|of))* ?$",
    )
});

/// "It was not Friday, the 9th", "as if it were Friday, the 9th".
static IS_DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:not|n[’']t|if|were|instead of|rather than|like)(?: \w+){0,2} $"));

/// Asserts every date named in a line, and the weekday that stands with a whole date.
pub(super) fn read(passage: &mut Passage<'_>, line: &Line<'_>) {
    let mut taken: Vec<Range<usize>> = Vec::new();
    for search in [&DAY_MONTH, &MONTH_DAY, &MONTH_YEAR] {
        for found in search.captures_iter(line.text) {
            let Some(words) = found.get(0).map(|all| all.range()).filter(|words| is_free(&taken, words)) else { continue };
            if let Some(date) = date_of(&found) {
                taken.push(words.clone());
                let is_scenes = claim_date(passage, line, date, words.clone());
                claim_weekday(passage, line, date, &found, words, is_scenes);
            }
        }
    }
    for found in YEAR_ALONE.captures_iter(line.text) {
        let Some(year) = found.name("year") else { continue };
        // "In 1,500 yards" and "of 1904-05" are no years.
        let is_number = found.name("after").is_some_and(|after| after.as_str().len() > 1 && !after.as_str().ends_with(['.', ',']));
        if is_free(&taken, &year.range()) && !is_number {
            let date = PartialDate { year: year.as_str().parse().ok(), month: None, day: None };
            claim(passage, line, date, Subject::Unclear(Vec::new()), year.range());
        }
    }
}

fn is_free(taken: &[Range<usize>], words: &Range<usize>) -> bool {
    taken.iter().all(|range| words.end <= range.start || range.end <= words.start)
}

fn date_of(found: &Captures<'_>) -> Option<PartialDate> {
    let month = calendar::month_named(found.name("month")?.as_str())?;
    let year = found.name("year").and_then(|year| year.as_str().parse().ok());
    let group = |name: &str| found.name(name).map(|part| part.as_str());
    let day = match (group("day"), group("ordinal")) {
        (Some(digits), _) => Some(digits.parse().ok()?),
        (None, Some(word)) => Some(u8::try_from(ORDINALS.iter().position(|ordinal| *ordinal == word)? + 1).ok()?),
        (None, None) => None,
    };
    // "March 10.30" is a time; "the second March" and "the first May" count springs.
    if group("after").is_some_and(|after| after.len() > 1) || group("ordinal").is_some() && group("of").is_none() {
        return None;
    }
    calendar::checked(PartialDate { year, month: Some(month), day })
}

/// Asserts the date and tells whether it is the scene's own.
fn claim_date(passage: &mut Passage<'_>, line: &Line<'_>, date: PartialDate, words: Range<usize>) -> bool {
    let before = &line.text[..words.start];
    let is_opening = (line.opens_scene || line.opens_paragraph) && matches!(before, "On " | "");
    let around = clause(line.text, &words);
    let is_present = PRESENT.is_match(before) || is_opening && !is_pluperfect(around) && date.day.is_some();
    let is_scenes = is_present && !is_unreal(around) && !is_pluperfect(around) && !passage.is_spoken(line, words.start);
    let subject = if is_scenes { the_scene() } else { Subject::Unclear(Vec::new()) };
    claim(passage, line, date, subject, words);
    is_scenes
}

fn claim(passage: &mut Passage<'_>, line: &Line<'_>, date: PartialDate, subject: Subject, words: Range<usize>) {
    let hedged = is_unreal(clause(line.text, &words));
    let value = Value::Date { year: date.year, month: date.month, day: date.day };
    passage.claim(line, Claim { subject, attribute: attribute::DATE, value, words, hedged });
}

fn claim_weekday(
    passage: &mut Passage<'_>,
    line: &Line<'_>,
    date: PartialDate,
    found: &Captures<'_>,
    words: Range<usize>,
    is_scenes: bool,
) {
    let Some(weekday) = found.name("weekday").and_then(|name| calendar::weekday_named(name.as_str())) else { return };
    let (subject, attribute) = match (date.year, date.month, date.day) {
        (Some(year), Some(month), Some(day)) => (Subject::Known(format!("the date {year:04}-{month:02}-{day:02}")), attribute::WEEKDAY),
        // Without a year only the scene's own date can tell whether the weekday is right.
        _ if is_scenes => (the_scene(), attribute::WEEKDAY_OF_SCENE),
        _ => return,
    };
    // A weekday beside its date is right or wrong whatever the sentence wishes or denies of that day, unless it is the weekday itself that is
    // denied or made up.
    let is_whole = attribute == attribute::WEEKDAY;
    let hedged = if is_whole { IS_DENIED.is_match(&line.text[..words.start]) } else { is_unreal(clause(line.text, &words)) };
    passage.claim(line, Claim { subject, attribute, value: Value::Weekday(weekday), words, hedged });
}
