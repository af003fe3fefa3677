//! Hours of the day as front matter has them: `14:30`, `9 a.m.`, `noon`, `before dawn`, `late afternoon`, `half past four`.

use super::names::pattern;
use super::travel::clock;
use regex::Regex;
use std::sync::LazyLock;

/// Hours from midnight, the earliest and the latest that is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hours {
    pub from: f64,
    pub to: f64,
}

static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))? ?(?P<half>[ap]\.?m\.?)?$"));
static LEAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:(?:at|in|about|around|towards?|just|shortly|soon|early|late|mid|the|that) |mid-)+"));
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?P<clock>(?:half[- ]past |(?:a )?quarter (?:past|to) )?[a-z0-9]+)(?: o'clock)?(?: (?:in the |at )(?P<part>morning|afternoon|evening|night))?$",
    )
});

/// Parts of the day, and the hours that may be meant by them. A night, and a midnight, may be that before or that after the day.
const PARTS: &[(&str, f64, f64)] = &[
    ("dawn", 4.0, 8.0),
    ("daybreak", 4.0, 8.0),
    ("sunrise", 4.0, 8.0),
    ("morning", 4.0, 12.0),
    ("forenoon", 8.0, 12.0),
    ("noon", 12.0, 12.0),
    ("midday", 12.0, 12.0),
    ("afternoon", 12.0, 18.5),
    ("dusk", 16.0, 22.0),
    ("sunset", 16.0, 22.0),
    ("sundown", 16.0, 22.0),
    ("twilight", 16.0, 22.0),
    ("nightfall", 16.0, 22.0),
    ("evening", 16.0, 24.0),
    ("night", 0.0, 30.0),
    ("midnight", 0.0, 24.0),
];

/// The hours that a time of day may mean; nothing when it is none.
pub fn parse_hours(text: &str) -> Option<Hours> {
    let folded = crate::text::words::fold(text);
    let text = folded.trim().trim_end_matches('.');
    for (mark, reaches_back) in [("before ", true), ("after ", false)] {
        if let Some(rest) = text.strip_prefix(mark) {
            let hours = parse_hours(rest)?;
            return Some(if reaches_back {
                Hours { from: 0.0, to: hours.to }
            } else {
                Hours { from: hours.from, to: 24.0_f64.max(hours.to) }
            });
        }
    }
    let text = LEAD.replace(text, "");
    if let Some((_, from, to)) = PARTS.iter().find(|(word, ..)| *word == text) {
        return Some(Hours { from: *from, to: *to });
    }
    let exactly = |hour: f64| Some(Hours { from: hour, to: hour });
    if let Some(found) = DIGITS.captures(&text) {
        let hour: f64 = found["hour"].parse().ok()?;
        let minutes = found.name("minute").map_or(Some(0.0), |minutes| minutes.as_str().parse::<f64>().ok())? / 60.0;
        return match found.name("half").map(|half| half.as_str().starts_with('p')) {
            _ if minutes >= 1.0 || hour > 24.0 => None,
            Some(is_after_noon) if (1.0..=12.0).contains(&hour) => exactly(hour % 12.0 + if is_after_noon { 12.0 } else { 0.0 } + minutes),
            Some(_) => None,
            None if found.name("minute").is_some() || hour > 12.0 => exactly(hour + minutes),
            None => Some(Hours { from: hour, to: hour + 12.0 }),
        };
    }
    let found = CLOCK.captures(&text)?;
    let hour = clock(&found["clock"])?.hour;
    match found.name("part").map(|part| part.as_str()) {
        Some("morning") => exactly(hour % 12.0),
        Some("afternoon") => exactly(hour % 12.0 + 12.0),
        Some("evening") => exactly(hour % 12.0 + 12.0),
        _ => Some(Hours { from: hour % 12.0, to: hour % 12.0 + 12.0 }),
    }
}
