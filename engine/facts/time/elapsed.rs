//! How long before or after: "twenty years ago", "three days later", "the next morning".

use super::super::Subject;
use super::super::value::Value;
use super::attribute;
use super::names::{Names, Pattern, pattern};
use super::scene::{PendingFact, Sentence, TimedScene, clause, is_planned, is_pluperfect, is_unreal, the_scene};
use super::span;
use regex::Regex;
use std::sync::LazyLock;

static ELAPSED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(r"(?i)\b{}(?: time)? (?P<direction>ago|before|later|earlier|afterwards?|previously|hence|after)\b", span::DURATION))
});

static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:(?:Early|Late|On|And|But|Then),? )*(?P<words>(?:[Tt]he )?(?:[Nn]ext|[Ff]ollowing) (?P<unit>day|morning|forenoon|afternoon|evening|night))\b",
    )
});

/// Asserts every "N days later" and "N years ago".
pub(super) fn read(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>) {
    for found in ELAPSED.captures_iter(sentence.text) {
        let (Some(all), Some(value)) = (found.get(0), span::duration(&found)) else { continue };
        // A day after is another day, not eight hours.
        let value = match (value, &found["unit"]) {
            (Value::Duration { shortest_hours, longest_hours }, "day") => {
                Value::Duration { shortest_hours: shortest_hours.max(12.0), longest_hours: longest_hours + 12.0 }
            }
            (value, _) => value,
        };
        let around = clause(sentence.text, all.into());
        let moves_scene = all.start() == 0 && found["direction"].eq_ignore_ascii_case("later") && !scene.is_spoken(sentence, 0);
        let subject = if moves_scene { the_scene() } else { Subject::Unclear(Vec::new()) };
        let hedged = if moves_scene { is_planned(around) || is_pluperfect(around) } else { is_unreal(around) };
        scene.claim(sentence, PendingFact { subject, attribute: attribute::ELAPSED, value, words: all.into(), hedged });
    }
    if let Some(found) = NEXT.captures(sentence.text)
        && let Some(words) = found.name("words")
        && !scene.is_spoken(sentence, words.start())
    {
        let around = clause(sentence.text, words.into());
        let value = Value::Duration { shortest_hours: 4.0, longest_hours: 44.0 };
        let hedged = is_planned(around) || is_pluperfect(around);
        scene.claim(sentence, PendingFact { subject: the_scene(), attribute: attribute::ELAPSED, value, words: words.into(), hedged });
    }
}

/// How a scene's first sentence moves on from the scene before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// By exactly so many days.
    Days(i32),
    /// By some time that cannot be counted.
    Unknown,
}

/// The steps that can be counted, with the names of a calendar.
pub(super) fn step_pattern(names: &Names) -> Pattern {
    let (weekdays, duration) = (&names.weekdays, span::DURATION);
    Pattern::new(format!(
        r"^(?:(?:It was|Exactly|Just|Precisely|And|But|Then) )?(?:(?i:{duration}) (?:later|afterwards?|after)\b|(?:(?:Early|Late|On|It was) )?(?:[Tt]he )(?P<next>next|following) (?:day|morning|forenoon|afternoon|evening|night)\b|(?P<moved>(?:Early |Late )?On (?:the )?(?:{weekdays}))\b|(?P<same>(?:[Ll]ater )?[Tt]hat (?:same )?(?:afternoon|evening|night)|[Ll]ater the same day|An? (?:few )?(?:minutes?|hours?) later))"
    ))
}

static VAGUE_STEP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:later|afterwards?|next|following|days?|nights?|weeks?|months?|years?|summer|winter|spring|autumn|yesterday|tomorrow|ago|before|earlier|since)\b",
    )
});

/// The step a sentence at the head of a scene takes; nothing when it takes none.
pub(super) fn step_of(sentence: &str, pattern: &Pattern) -> Option<Step> {
    let Some(found) = pattern.captures(sentence) else { return VAGUE_STEP.is_match(sentence).then_some(Step::Unknown) };
    if found.name("same").is_some() {
        return Some(Step::Days(0));
    }
    // "It was Saturday" says what day it is; "On Saturday" may lead to another day.
    if found.name("moved").is_some() {
        return Some(Step::Unknown);
    }
    if found.name("next").is_some() {
        return Some(Step::Days(1));
    }
    let exact = found.name("number").and_then(|number| span::count(number.as_str())).filter(|(fewest, most)| fewest == most);
    let is_broken = found.name("half_before").is_some() || found.name("half_after").is_some();
    let days_in_unit = found.name("unit").and_then(|unit| match unit.as_str().to_lowercase().as_str() {
        "day" | "night" => Some(1),
        "week" => Some(7),
        "fortnight" => Some(14),
        _ => None,
    });
    match (exact, days_in_unit) {
        (Some((count, _)), Some(days)) if !is_broken => Some(Step::Days(count as i32 * days)),
        _ => Some(Step::Unknown),
    }
}
