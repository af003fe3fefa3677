//! Dates by name: "Tuesday the 9th of December 1904", "December 9, 1904", "in September, 1792", "in 1865", "the third of Thaw, 402".

use super::super::Subject;
use super::super::calendar::PartialDate;
use super::super::value::Value;
use super::attribute;
use super::names::{Names, Pattern, pattern};
use super::scene::{PendingFact, Sentence, SentenceRange, TimedScene, clause, is_pluperfect, is_unreal, the_scene};
use crate::text::number;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// The forms of dates, with the names of a calendar.
pub(super) struct Patterns {
    /// "(Tuesday,) (the) 9th (day) of December(, 1904)".
    day_month: Pattern,
    /// "(Tuesday,) December (the) 9(th)(, 1904)".
    month_day: Pattern,
    /// "September, 1792", "June of 1904".
    month_year: Pattern,
    /// "In 1865"; a bare number of four digits is often something else.
    year_alone: Pattern,
    /// "It was 1938 and the hotels were full", "it was the year of the earthquake, 1939".
    year_stated: Pattern,
}

impl Patterns {
    pub(super) fn new(names: &Names) -> Patterns {
        // Longer ordinals first: an alternation takes the first that fits.
        let ordinals = (1..=31).rev().map(number::ordinal_in_words).collect::<Vec<_>>().join("|");
        let (months, weekdays) = (&names.months_and_short, &names.weekdays);
        let day = if names.is_own { r"\d{1,3}" } else { r"\d{1,2}" };
        let year = names.year();
        let is_before = "(?:of |in )?(?:the year )?";
        let season = "(?:year |spring of |summer of |autumn of |fall of |winter of )?(?:of grace )?";
        let months_of = format!("(?P<month>{months})");
        Patterns {
            day_month: Pattern::new(format!(
                r"(?:\b(?P<weekday>{weekdays}),? )?(?:\b[Tt]he )?\b(?:(?P<day>{day})(?P<suffix>st|nd|rd|th)?|(?P<ordinal>{ordinals}))(?: day)?(?P<of>,? of)? {months_of}(?:\b|$)(?:,? {is_before}{year})?"
            )),
            month_day: Pattern::new(format!(
                r"(?:\b(?P<weekday>{weekdays}),? )?\b{months_of} (?:the )?(?P<day>{day})(?P<suffix>st|nd|rd|th)?\b(?P<after>[\d:.]*)(?:,? {is_before}{year})?"
            )),
            month_year: Pattern::new(format!(r"\b{months_of},? {is_before}{}", bare_year(names))),
            year_alone: Pattern::new(format!(
                r"\b(?:[Ii]n|[Ss]ince|[Oo]f|[Dd]uring) (?:the )?{season}{}(?P<after>[\d,.-]*)",
                bare_year(names)
            )),
            year_stated: Pattern::new(format!(
                r"\b[Ii]t (?:was|is) (?:now |still |then |already |only )*(?:the year (?:of [\w ’'-]{{1,30}}, )?)?{}(?P<after>[.,;:!]| and | when |$)",
                bare_year(names)
            )),
        }
    }
}

/// A year that only its own form shows to be one.
fn bare_year(names: &Names) -> String {
    match &names.eras {
        None if !names.is_own => r"(?P<year>1[0-9]{3}|20[0-9]{2})\b".to_string(),
        // "In 402 cases" is no year.
        None => r"(?:the )?year (?P<year>\d{1,5})\b".to_string(),
        Some(eras) => format!(r"(?:the )?(?:year )?(?P<era_year>\d{{1,5}}),? (?:of |in )?(?:the )?(?P<era>{eras})\b"),
    }
}

static PRESENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[;:—] ?|, and |, but )(?:[Ii]t was|[Tt]his was|[Tt]he date was)(?: (?:now|already|then|on|in|the|towards?|late|early|close|end|beginning|middle|of))* ?$",
    )
});

/// "It was not Friday, the 9th", "as if it were Friday, the 9th".
static IS_DENIED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:not|n[’']t|if|were|instead of|rather than|like)(?: \w+){0,2} $"));

/// Asserts every date named in a sentence, and the weekday that stands with a whole date.
pub(super) fn read(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>, patterns: &Patterns) {
    let mut taken: Vec<SentenceRange> = Vec::new();
    for search in [&patterns.day_month, &patterns.month_day, &patterns.month_year] {
        for found in search.captures_iter(sentence.text) {
            let Some(words) = found.get(0).map(SentenceRange::from).filter(|words| is_free(&taken, *words)) else { continue };
            if let Some(date) = date_of(scene, &found) {
                taken.push(words);
                let is_scenes = claim_date(scene, sentence, date, words);
                claim_weekday(scene, sentence, date, &found, words, is_scenes);
            }
        }
    }
    for found in patterns.year_stated.captures_iter(sentence.text) {
        let Some(year) = found.name("year").or_else(|| found.name("era_year")).filter(|year| is_free(&taken, (*year).into())) else {
            continue;
        };
        let around = clause(sentence.text, year.into());
        if scene.is_spoken(sentence, year.start()) || is_unreal(around) || is_pluperfect(around) {
            continue;
        }
        let words = SentenceRange::new(year.start()..found.name("era").map_or(year.end(), |era| era.end()));
        let date = PartialDate { year: year_of(scene, &found), month: None, day: None };
        taken.push(words);
        claim(scene, sentence, date, the_scene(), words);
    }
    for found in patterns.year_alone.captures_iter(sentence.text) {
        let Some(year) = found.name("year").or_else(|| found.name("era_year")) else { continue };
        // "In 1,500 yards" and "of 1904-05" are no years.
        let is_number = found.name("after").is_some_and(|after| after.as_str().len() > 1 && !after.as_str().ends_with(['.', ',']));
        if is_free(&taken, year.into()) && !is_number {
            let date = PartialDate { year: year_of(scene, &found), month: None, day: None };
            let words = SentenceRange::new(year.start()..found.name("era").map_or(year.end(), |era| era.end()));
            claim(scene, sentence, date, Subject::Unclear(Vec::new()), words);
        }
    }
}

fn is_free(taken: &[SentenceRange], words: SentenceRange) -> bool {
    !taken.iter().any(|range| words.meets(*range))
}

/// The year of a match, counted through all eras.
fn year_of(scene: &TimedScene<'_>, found: &Captures<'_>) -> Option<i32> {
    let digits = found.name("year").or_else(|| found.name("era_year"))?;
    scene.calendar.year(digits.as_str(), found.name("era").map(|era| era.as_str()))
}

fn date_of(scene: &TimedScene<'_>, found: &Captures<'_>) -> Option<PartialDate> {
    let calendar = &scene.calendar;
    let month = calendar.month_named(found.name("month")?.as_str())?;
    let year = year_of(scene, found);
    let group = |name: &str| found.name(name).map(|part| part.as_str());
    let day = match (group("day"), group("ordinal")) {
        (Some(digits), _) => Some(digits.parse().ok()?),
        (None, Some(word)) => Some(u8::try_from(number::ordinal(word)?).ok()?),
        (None, None) => None,
    };
    // "March 10.30" is a time; "the second March" and "the first May" count springs.
    if group("after").is_some_and(|after| after.len() > 1) || group("ordinal").is_some() && group("of").is_none() {
        return None;
    }
    calendar.checked(PartialDate { year, month: Some(month), day })
}

/// Asserts the date and tells whether it is the scene's own.
fn claim_date(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>, date: PartialDate, words: SentenceRange) -> bool {
    let before = &sentence.text[..words.start];
    let is_opening = (sentence.opens_scene || sentence.opens_paragraph) && matches!(before, "On " | "");
    let around = clause(sentence.text, words);
    let is_present = PRESENT.is_match(before) || is_opening && !is_pluperfect(around) && date.day.is_some();
    let is_scenes = is_present && !is_unreal(around) && !is_pluperfect(around) && !scene.is_spoken(sentence, words.start);
    let subject = if is_scenes { the_scene() } else { Subject::Unclear(Vec::new()) };
    claim(scene, sentence, date, subject, words);
    is_scenes
}

fn claim(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>, date: PartialDate, subject: Subject, words: SentenceRange) {
    let hedged = is_unreal(clause(sentence.text, words));
    let value = Value::Date { year: date.year, month: date.month, day: date.day };
    scene.claim(sentence, PendingFact { subject, attribute: attribute::DATE, value, words, hedged });
}

fn claim_weekday(
    scene: &mut TimedScene<'_>,
    sentence: &Sentence<'_>,
    date: PartialDate,
    found: &Captures<'_>,
    words: SentenceRange,
    is_scenes: bool,
) {
    let Some(weekday) = found.name("weekday").and_then(|name| scene.calendar.weekday_named(name.as_str())) else { return };
    let (subject, attribute) = match (date.year, date.month, date.day) {
        (Some(_), Some(_), Some(_)) => {
            (Subject::Known(format!("{}{}", attribute::OF_DATE, scene.calendar.written(date))), attribute::WEEKDAY)
        }
        // Without a year only the scene's own date can tell whether the weekday is right.
        _ if is_scenes => (the_scene(), attribute::WEEKDAY_OF_SCENE),
        _ => return,
    };
    // A weekday beside its date is right or wrong whatever the sentence wishes or denies of that day, unless it is the weekday itself that is
    // denied or made up.
    let is_whole = attribute == attribute::WEEKDAY;
    let hedged = if is_whole { IS_DENIED.is_match(&sentence.text[..words.start]) } else { is_unreal(clause(sentence.text, words)) };
    scene.claim(sentence, PendingFact { subject, attribute, value: Value::Weekday(weekday), words, hedged });
}
