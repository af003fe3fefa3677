//! How long a way took: "from A to B took two days", "left A at noon and was in B by four".

use super::super::Subject;
use super::super::calendar::Calendar;
use super::super::value::Value;
use super::attribute;
use super::names::pattern;
use super::scene::{PendingFact, Sentence, SentenceRange, TimedScene, clause, is_unreal};
use super::span;
use regex::Regex;
use std::sync::LazyLock;

/// A place's name as written, without its article.
pub(super) fn place(group: &str) -> String {
    format!(r"(?:[Tt]he )?(?P<{group}>[A-Z][\w’'-]+(?: (?:of |the |de |la )?[A-Z][\w’'-]+){{0,3}})")
}

/// "It was two days by mail coach from Stennick to Dunmarrow".
static LENGTH_FROM_TO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(r"(?P<words>\b(?i:{})(?:[,;]? [a-z’'-]+){{0,6}}? from {} to {})", span::DURATION, place("from"), place("to")))
});

/// "From Stennick to Dunmarrow took two days", "the road from A to B is two days", "from A to B, an hour by sledge".
static FROM_TO_LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<words>\b[Ff]rom {} to {}(?P<between>(?:,? [a-z’'-]+){{0,6}}?,? (?:took|takes|take|taking|was|is|lasted|lasts|occupied|in|within|of|had taken)(?: (?:us|them|him|her|me|about|nearly|almost|over|some|only|less than|more than|under))*) (?i:{}))",
        place("from"),
        place("to"),
        span::DURATION
    ))
});
static FROM_TO_BY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<words>\b[Ff]rom {} to {}[^.;!?]{{0,40}}?, (?i:{}) (?:by|on|in) \w+)",
        place("from"),
        place("to"),
        span::DURATION
    ))
});

/// "Reached Dunmarrow in four hours".
static REACHED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<words>\b(?:reached|arrived (?:in|at)|got to|came to|made it to|was in|were in) {}(?: [a-z’'-]+){{0,3}}? (?:in|within|after) (?:about |only |less than |under |a bare |little more than )?(?i:{}))(?P<after>[^.;!?]{{0,20}})",
        place("to"),
        span::DURATION
    ))
});

/// "Dunmarrow was two days by coach from Stennick".
static LIES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?P<words>\b{} (?:was|is|lay|lies)(?: (?:about|nearly|almost|some|only|quite))* (?i:{})(?: (?:away|off|distant|by [a-z]+(?: [a-z]+)?))? from {})",
        place("to"),
        span::DURATION,
        place("from")
    ))
});

const CLOCK: &str = "midnight|noon|midday|dawn|daybreak|sunrise|dusk|sunset|sundown|nightfall|(?:half[- ]past |(?:a )?quarter (?:past|to) )?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|[1-9])\\b";

/// "Left Stennick on the noon mail coach, and was in Dunmarrow before four".
static LEFT_AT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        concat!(
            r"(?P<words>\b(?:left|leaves|quitted|(?:set (?:out|off)|started|departed|sailed|set sail) from) {from}(?: [a-z’'-]+){{0,3}}? (?:at |on the |by the |before |after |about )+(?P<start>{clock})(?P<between>(?:,? [a-z’'-]+){{0,10}}?,? (?:and|had|was|were|reached|arrived|to)",
            r"(?: [a-z’'-]+){{0,4}}? (?:in|at|reached|to|of)) {to}(?: [a-z’'-]+){{0,2}}? (?P<limit>before|by|at|about|towards?|until) (?:about |nearly |the stroke of )?(?P<end>{clock})(?P<after>[^.;!?]{{0,40}}))"
        ),
        from = place("from"),
        to = place("to"),
        clock = CLOCK
    ))
});

/// Another way, or a faster one: "since they had built the railway", "now that the bridge is open", "nowadays".
static CHANGED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:(?:ever )?since (?:they|the|we|it|there)\b[^.;]{0,30}\b(?:had|have|has|was|were|came|built|opened)|now that|nowadays|these days|no longer)\b",
    )
});

/// Asserts how long journeys take.
pub(super) fn read(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>) {
    let mut taken: Vec<SentenceRange> = Vec::new();
    for search in [&LENGTH_FROM_TO, &FROM_TO_LENGTH, &FROM_TO_BY, &REACHED, &LIES] {
        for found in search.captures_iter(sentence.text) {
            let (Some(words), Some(value), Some(to)) = (found.name("words"), span::duration(&found), found.name("to")) else { continue };
            if taken.iter().any(|range| SentenceRange::from(words).meets(*range)) {
                continue;
            }
            taken.push(words.into());
            let from = found.name("from").or_else(|| origin(sentence.text, words.into()));
            let is_whole = from.is_some();
            let subject = match from {
                Some(from) => way(scene, from.as_str(), to.as_str()),
                None => Some(Subject::Known(format!("to {}", bare(to.as_str())))),
            };
            let Some(subject) = subject else { continue };
            let hedged =
                !is_whole || CHANGED.is_match(sentence.text) || is_unreal(up_to(clause(sentence.text, words.into()), words.as_str()));
            scene.claim(sentence, PendingFact { subject, attribute: attribute::TRAVEL, value, words: words.into(), hedged });
        }
    }
    read_clocks(scene, sentence);
}

/// A clause up to the end of the words found in it: what follows ("whatever the weather promised") does not make them unreal.
fn up_to<'t>(clause: &'t str, words: &str) -> &'t str {
    clause.find(words).map_or(clause, |start| &clause[..start + words.len()])
}

/// "From Stennick they reached Dunmarrow in four hours": the one place the sentence starts from, before the words found.
fn origin(text: &str, words: SentenceRange) -> Option<regex::Match<'_>> {
    static FROM: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\b(?:[Ff]rom|[Ll]eft|[Ll]eaving) {}", place("from"))));
    FROM.captures(&text[..words.start]).and_then(|found| found.name("from"))
}

/// The way between two places; nothing when the names are people's ("left Mrs Hall", "in Clara’s arms") or parts of the year.
fn way(scene: &TimedScene<'_>, from: &str, to: &str) -> Option<Subject> {
    let calendar = scene.calendar;
    (is_place(from, calendar) && is_place(to, calendar)).then(|| Subject::Known(format!("{} to {}", bare(from), bare(to))))
}

/// Whether a name can be a place's.
pub(crate) fn is_place(name: &str, calendar: &Calendar) -> bool {
    let first = name.split(' ').next().unwrap_or_default().trim_end_matches('.');
    let is_title = matches!(first, "Mr" | "Mrs" | "Miss" | "Ms" | "Dr" | "Lady" | "Sir" | "Captain" | "God" | "Lord" | "Aunt" | "Uncle");
    let is_pronoun = matches!(
        first,
        "He" | "She"
            | "It"
            | "We"
            | "They"
            | "You"
            | "This"
            | "That"
            | "There"
            | "Here"
            | "Who"
            | "Which"
            | "What"
            | "And"
            | "But"
            | "Then"
    );
    let is_time = calendar.month_named(name).is_some() || calendar.weekday_named(name).is_some() || calendar.is_own_name(name);
    !is_title && !is_pronoun && !is_time && !name.ends_with("’s") && !name.ends_with("'s")
}

pub(super) fn bare(place: &str) -> &str {
    place.trim_end_matches(['’', '\'', '-'])
}

fn read_clocks(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>) {
    let Some(found) = LEFT_AT.captures(sentence.text) else { return };
    let (Some(words), Some(start), Some(end)) = (found.name("words"), clock(&found["start"]), clock(&found["end"])) else { return };
    let between = format!("{} {}", &found["between"], &found["after"]).to_lowercase();
    let words = SentenceRange::new(words.start()..found.name("after").map_or(words.end(), |after| after.start()));
    if names_other_day(&between, scene.calendar) {
        return;
    }
    let value = length(start, end, &between, matches!(&found["limit"], "before" | "by"));
    let Some(subject) = way(scene, &found["from"], &found["to"]) else { return };
    let hedged = is_unreal(words.of(sentence.text));
    scene.claim(sentence, PendingFact { subject, attribute: attribute::TRAVEL, value, words, hedged });
}

/// An hour of the day; a bare "four" may be either of two.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub(super) hour: f64,
    is_certain: bool,
}

pub(super) fn clock(words: &str) -> Option<Clock> {
    let certain = |hour: f64| Some(Clock { hour, is_certain: true });
    match words {
        "midnight" => return certain(0.0),
        "noon" | "midday" => return certain(12.0),
        "dawn" | "daybreak" | "sunrise" => return certain(6.0),
        "dusk" | "sunset" | "sundown" | "nightfall" => return certain(19.0),
        _ => {}
    }
    let number = words.rsplit([' ', '-']).next().and_then(span::count).map(|(number, _)| number)?;
    let shift = if words.starts_with("half") {
        0.5
    } else if words.contains("quarter to") {
        -0.25
    } else if words.contains("quarter past") {
        0.25
    } else {
        0.0
    };
    Some(Clock { hour: number + shift, is_certain: false })
}

/// Whether days are named that the words do not count.
fn names_other_day(between: &str, calendar: &Calendar) -> bool {
    let has = |word: &str| between.contains(word);
    ["days", "week", "later", "month"].into_iter().any(has) || calendar.weekday_words().iter().any(|weekday| has(&weekday.to_lowercase()))
}

/// The hours between two clock times.
fn length(start: Clock, end: Clock, between: &str, is_limit: bool) -> Value {
    let is_next_day = ["next", "following"].iter().any(|word| between.contains(word));
    let is_face_known = start.is_certain && end.is_certain;
    let turn = if is_face_known { 24.0 } else { 12.0 };
    let hours = (end.hour - start.hour).rem_euclid(turn);
    let hours = if hours == 0.0 { turn } else { hours };
    // From noon to four is four hours; from six to seven may be thirteen, unless the words say that it was the same evening.
    let is_same_day = ["same", "that afternoon", "that evening", "that night"].iter().any(|phrase| between.contains(phrase));
    let is_plain = is_face_known || is_same_day || start.is_certain && hours <= 8.0;
    let slack = if is_next_day {
        24.0
    } else if is_plain {
        0.0
    } else {
        12.0
    };
    let (shortest, longest) = (hours, hours + slack);
    let shortest = if is_limit { shortest * 0.5 } else { shortest - 0.5 };
    Value::Duration { shortest_hours: shortest.max(0.25), longest_hours: longest + 0.5 }
}
