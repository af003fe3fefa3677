//! What day and what hour it is in the scene's own present.

use super::super::Assertion;
use super::super::value::Value;
use super::attribute;
use super::names::{Names, Pattern, pattern};
use super::scene::{PendingFact, Sentence, SentenceRange, TimedScene, clause, is_planned, is_pluperfect, is_unreal, the_scene};
use regex::Regex;
use std::sync::LazyLock;

const PART: &str = "(?: (?:morning|forenoon|noon|afternoon|evening|night|midnight|dawn|dinner-?time|tea-?time))?";

/// The ways to say what day it is, with the names of a calendar.
pub(super) struct Patterns {
    /// "It was (now) (a) Saturday", at the beginning of a clause. What follows must end the phrase: "It was Sunday best" is no day.
    it_was: Pattern,
    /// "This was the twenty-fifth day, a Friday,".
    apposition: Pattern,
    /// "On Saturday morning she …", at the beginning of a sentence.
    on: Pattern,
    /// "That Saturday nobody was in a hurry", at the beginning of a sentence.
    that: Pattern,
    /// "To-day is Saturday", "it’s only Saturday", in speech.
    it_is: Pattern,
    /// "Saturday morning dawned".
    came: Pattern,
    /// "They met on the Tuesday at five", in the first sentence of a scene.
    first_line: Pattern,
    /// Words that move a weekday away from the present when they follow it: "On Saturday week", "the Saturday before", "On Friday the 9th".
    moved: Pattern,
}

impl Patterns {
    pub(super) fn new(names: &Names) -> Patterns {
        let (months, weekdays) = (&names.months, &names.weekdays);
        let weekday = format!("(?P<weekday>{weekdays})");
        Patterns {
            it_was: Pattern::new(format!(
                r"(?:^|[;:—] ?|, and |, but |\. )(?P<words>(?:[Ii]t|[Tt]his|[Tt]oday|[Tt]he day) was (?:now |already |only |still |late |early )*(?:on )?(?:the |an? )?(?:(?:fine|wet|grey|gray|cold|hot|dull|bright|dark|still|warm|raw|windy|stormy|foggy|rainy|sunny|bitter|blustery|frosty|snowy|quiet|sultry|lovely|beautiful|glorious|dreary|dismal|typical|ordinary|late|early),? ){{0,3}}{weekday}{PART})(?P<after>[.,;:!—…]| and | again| in | the |$|--| late | early )"
            )),
            apposition: Pattern::new(format!(
                r"^(?:It|This) was (?:\S+ ){{1,6}}(?:day|morning|afternoon|evening|night), (?P<words>an? {weekday})(?P<after>[.,;])"
            )),
            on: Pattern::new(format!(
                r"^(?P<words>(?:(?:Early|Late|Then|But|And|So|Now) )?(?:[Oo]n|[Oo]ne) (?P<which>the |the following |a )?{weekday}{PART})(?P<after>,| [a-z]+| [A-Z])"
            )),
            that: Pattern::new(format!(r"^(?P<words>(?:That|This) {weekday}{PART})(?P<after>,| [a-z]+| [A-Z])")),
            it_is: Pattern::new(format!(
                r#"(?:^|[“"‘']|[.;:—!?,] ?|, and |, but )(?P<words>(?:[Ii]t is|[Ii]t[’']s|[’']?[Tt]is|[Tt]o-?day is|[Tt]o-?day[’']s|[Tt]his is) (?:now |already |only |still |a )?{weekday}{PART}(?: to-?day| now)?)(?:[.,;:!—”"]|$)"#
            )),
            came: Pattern::new(format!(r"^(?P<words>{weekday}{PART}) (?:dawned|broke|came|arrived)\b(?P<after>.{{0,9}})")),
            first_line: Pattern::new(format!(r"(?P<words>\bon (?:the|a) {weekday}{PART})(?P<after>[.,;]| at | tide| with )")),
            moved: Pattern::new(format!(
                r"^(?:s\b|[’']s\b|[- ](?:(?:school|papers?|week|best|clothes|before|after|last|next|following|previous|fortnight|to|until|till|or)\b|the \d|the \w+(?:st|nd|rd|th|first|second|third)\b)|, (?:the )?\d|, (?:{months})| (?:and|or) (?:{weekdays}))"
            )),
        }
    }
}

/// A weekday as a sentence names it; the words are a range of the sentence.
struct DayNamed {
    weekday: u8,
    words: SentenceRange,
    hedged: bool,
    /// "On Monday she left" goes on to another day; "it was Monday" tells what day it has been.
    goes_on: bool,
}

/// Asserts the weekday of the scene's present.
pub(super) fn read_weekday(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>, patterns: &Patterns) {
    let mut claims: Vec<DayNamed> = Vec::new();
    for (search, hedged) in [
        (&patterns.it_was, false),
        (&patterns.apposition, false),
        (&patterns.on, !sentence.opens_paragraph && !sentence.in_first_paragraph),
        (&patterns.that, false),
        (&patterns.came, !sentence.opens_paragraph),
        (&patterns.first_line, !sentence.opens_scene),
    ] {
        let Some(found) = search.captures(sentence.text) else { continue };
        let (Some(words), Some(name)) = (found.name("words"), found.name("weekday")) else { continue };
        let is_weak = std::ptr::eq(search, &patterns.first_line) && !sentence.opens_paragraph
            || std::ptr::eq(search, &patterns.came) && found["after"].starts_with(" and went");
        if is_weak || scene.is_spoken(sentence, words.start()) || claims.iter().any(|known| known.words.meets(words.into())) {
            continue;
        }
        let around = clause(sentence.text, words.into());
        let rest = &sentence.text[words.end()..];
        if is_pluperfect(around)
            || is_planned(around)
            || IS_LIKENED.is_match(around)
            || patterns.moved.is_match(&sentence.text[name.end()..])
            || patterns.moved.is_match(rest)
            || is_habit(around)
        {
            continue;
        }
        if let Some(weekday) = scene.calendar.weekday_named(name.as_str()) {
            let states =
                std::ptr::eq(search, &patterns.apposition) || std::ptr::eq(search, &patterns.it_was) && !words.as_str().contains(" on ");
            claims.push(DayNamed { weekday, words: words.into(), hedged, goes_on: !states });
        }
    }
    claims.extend(spoken_weekday(scene, sentence, patterns));
    for named in claims {
        let hedged = named.hedged || has_moved_on(scene, sentence, &named);
        let value = Value::Weekday(named.weekday);
        let claim = PendingFact { subject: the_scene(), attribute: attribute::WEEKDAY_OF_SCENE, value, words: named.words, hedged };
        scene.claim(sentence, claim);
    }
}

/// What somebody says today is.
fn spoken_weekday(scene: &TimedScene<'_>, sentence: &Sentence<'_>, patterns: &Patterns) -> Option<DayNamed> {
    let found = patterns.it_is.captures(sentence.text)?;
    let (words, name) = (found.name("words")?, found.name("weekday")?);
    let around = clause(sentence.text, words.into());
    let is_plain = scene.is_spoken(sentence, words.start()) && !is_planned(around) && !IS_LIKENED.is_match(around);
    let weekday = scene.calendar.weekday_named(name.as_str()).filter(|_| is_plain)?;
    Some(DayNamed { weekday, words: words.into(), hedged: false, goes_on: false })
}

/// Whether a scene that named another day before may have moved on from it.
fn has_moved_on(scene: &TimedScene<'_>, sentence: &Sentence<'_>, named: &DayNamed) -> bool {
    let differs = |known: &&Assertion| {
        known.attribute == attribute::WEEKDAY_OF_SCENE && !known.hedged && known.value != Value::Weekday(named.weekday)
    };
    let here = sentence.range.start + named.words.start;
    let moves = |known: &Assertion| named.goes_on || scene.moves_on(known.words.end..here.max(known.words.end));
    scene.found.iter().filter(differs).any(moves)
}

/// "It was like a Sunday", "it was never Sunday"; in any case what is said, remembered or repeated.
static IS_LIKENED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:like|as if|as though|seem(?:s|ed)?|every|each|always|usually|often|used to|remember(?:s|ed)?|recall(?:s|ed)?|dream(?:s|ed|t)?)\b",
    )
});

/// "On Saturday mornings they meet": the present tense tells a habit or a plan.
static HABIT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:is|are|has|have|goes|go|comes|come|mornings|afternoons|evenings|nights|ago)\b"));

fn is_habit(clause: &str) -> bool {
    HABIT.is_match(clause)
}

/// "At midnight", "that morning", "It was four o’clock", "By ten o’clock".
static HOUR: LazyLock<Regex> = LazyLock::new(|| {
    let numbers = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|[1-9]";
    let points = "midnight|noon|midday|dawn|daybreak|dusk|twilight|sunrise|sunset|sundown|nightfall";
    pattern(&format!(
        r"(?P<before>^|\b(?:[Aa]t|[Ii]t was|[Tt]owards?|[Bb]y|[Aa]bout|[Uu]ntil|[Tt]ill|[Bb]efore|[Aa]fter|[Ss]ince) (?:now |about |just |nearly |almost |past |already |close on |only |on )*)(?P<hour>(?:half[- ]past |(?:a )?quarter (?:to|past) )?(?:{numbers}) o[’']clock|{points})\b|\b(?P<that>(?:[Tt]hat|[Tt]his|[Tt]he same|[Tt]he next|[Tt]he following) (?P<part>morning|forenoon|afternoon|evening|night))\b"
    ))
});

/// Asserts the hour or part of the day of the scene's present. Only what opens a sentence or says "it was" is sure to be of the present.
pub(super) fn read_hour(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>) {
    for found in HOUR.captures_iter(sentence.text) {
        let Some(all) = found.get(0) else { continue };
        if scene.is_spoken(sentence, all.start()) {
            continue;
        }
        let before = found.name("before").map_or("", |before| before.as_str()).to_lowercase();
        let moved = ["before", "after", "since", "until", "till", "towards", "toward", "about"].iter().any(|word| before.starts_with(word));
        let Some(what) = found.name("hour").or(found.name("part")) else { continue };
        // "Midnight" at the head of a sentence is as often a horse or the thing spoken of.
        if found.name("hour").is_some() && before.is_empty() && !sentence.text[what.end()..].starts_with(['.', ',']) {
            continue;
        }
        let around = clause(sentence.text, all.into());
        let is_stated = all.start() == 0 || before.contains("it was");
        let hedged = moved
            || !is_stated
            || is_pluperfect(around)
            || is_planned(around)
            || !before.is_empty() && all.start() > 0 && is_unreal(around);
        let value = Value::Words(what.as_str().to_lowercase().replace('’', "'"));
        scene.claim(sentence, PendingFact { subject: the_scene(), attribute: attribute::TIME_OF_DAY, value, words: all.into(), hedged });
    }
}
