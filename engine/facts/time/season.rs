//! Season and month of the scene's present, stated ("that autumn") or shown by a sign (snow on the roofs, haymaking).

use super::super::Subject;
use super::super::calendar::Season;
use super::super::value::Value;
use super::attribute;
use super::names::{Names, Pattern, pattern};
use super::scene::{PendingFact, Sentence, SentenceRange, TimedScene, clause, is_planned, is_pluperfect, is_unreal, the_scene};
use regex::{Captures, Regex};
use std::sync::LazyLock;

const SEASON: &str = "(?P<season>midsummer|midwinter|spring|summer|autumn|winter)";
const PART: &str = "(?:day|morning|forenoon|noon|afternoon|evening|night|twilight|dusk|dawn|sunshine|sunlight|sun|sky|air|heat|light|wind|breeze|rain|weather|weeks?)";

/// The ways to state a season or a month, with the names of a calendar.
pub(super) struct Patterns {
    /// "It was (a bitter cold) winter", "It was towards the close of September", "It was a June morning".
    it_was: Pattern,
    /// "One January morning", "that warm early autumn night", "this fine afternoon in September", "that terrible June".
    that: Pattern,
    /// "That autumn", "this summer".
    that_season: Pattern,
    /// "In late September", at the head of a paragraph.
    in_season: Pattern,
    /// "The heat of July", "the July sun".
    heat: Pattern,
}

impl Patterns {
    pub(super) fn new(names: &Names) -> Patterns {
        let month = format!("(?P<month>{})", names.months);
        let month_after = format!("(?P<month_after>{})", names.months);
        let season_or_fall = SEASON.replace("midsummer", "fall|midsummer");
        Patterns {
            it_was: Pattern::new(format!(
                r"(?:^|[;:—] ?|, and |, but )(?P<words>(?:[Ii]t|[Tt]his) was (?P<between>(?:[\w’'-]+,? ){{0,7}}?)(?:{month}|{SEASON}))(?P<after>[’']s [a-z]+| {PART}\b|[.,;:!—…]|--| and | that | in | of \d| when |$)"
            )),
            that: Pattern::new(format!(
                r"\b(?P<words>(?P<which>[Oo]ne|[Tt]hat|[Tt]his|[Tt]he|[Aa]n?) (?:[\w’-]+,? ){{0,4}}?(?:(?:of an? |an )?(?:English )?(?:(?:late|early|mid)[- ])?(?:{month}|{season_or_fall})(?:[’']s)? {PART}|{PART} (?:in|of|late in|early in) (?:the )?(?:late |early |mid-?)?{month_after}))\b"
            )),
            that_season: Pattern::new(format!(
                r"\b(?P<words>(?:[Tt]hat|[Tt]his) (?:\w+ )?(?:{SEASON}|{month}))(?P<after>[.,;:!?—…]| [a-z]+|--|$)"
            )),
            in_season: Pattern::new(format!(
                r"^(?P<words>(?:Early |Late )?[Ii]n (?:the )?(?:early |late |mid-|middle of |beginning of |end of )?(?:{month}|{SEASON}))(?:,| [a-z]+ )"
            )),
            heat: Pattern::new(format!(r"\b(?P<words>(?:heat|warmth|chill|cold|depths?|height) of (?:the )?(?:{SEASON}|{month}))\b")),
        }
    }
}

/// Signs that stand in for a season out of doors.
static SIGNS: LazyLock<[(Season, Regex); 4]> = LazyLock::new(|| {
    let town = "(?:roofs?|rooftops?|house-?tops?|streets?|pavements?|side-?walks?|(?:window-?)?sills?|lawns?|fields?|meadows?|hedges?|hedgerows|doorsteps?|door-?step|steps|graves?(?:tones?)?|cobbles|yard|garden|ground|road|lane|chimneys?(?:-?pots)?|eaves|slates|thatch|gutters?|quay|quays|wharf|bridge|pier|churchyard|railings|gate-?posts?|stoop|porch|driveway|cars|trees|branches)";
    let water = "(?:harbou?r|river|canal|pond|lake|puddles?|water-?butt|pump|trough|gutters?|bay|millpond|ditch(?:es)?|stream|brook|moat|panes?|windows?|window-?panes?)";
    let winter = format!(
        concat!(
            r"(?i)\bsnow (?:(?:lay|was|had|thick|thickly|deep|deeply|heavy|heavily|fell|falling|still|already|inches|feet|a foot|white|settled|settling|drifted|piled|stood|gleamed|glittered) |and |,)*(?:on|over|along|upon|across|in) the {town}\b",
            r"|\bsnow was (?:still |already |now )?(?:falling|coming down|lying|drifting)|\bsnow (?:began|had begun|started) (?:to fall|falling)|\bit (?:was|had been) snowing\b|\bsnow-(?:covered|laden|filled) {town}",
            r"|\bfrost (?:(?:lay|was|thick|white|stood|glittered|sparkled|had) )*(?:on|over|upon) the (?:grass|ground|lawns?|{water}|{town}|glass)|(?:^|\b(?:the|was|with|of|and|new|thin|thick|black|first|where) )ice (?:(?:lay|was|thick|had formed|had) )*(?:on|over|in) the {water}\b",
            r"|\bfrozen (?:{water}|ground|mud|ruts?|road|snow|puddles?|slush)\b|\bicicles? (?:hung|dripped|glittered)|\bhoar-?frost\b|\bdepths? of winter"
        ),
        town = town,
        water = water
    );
    [
        (Season::Winter, pattern(&winter)),
        (
            Season::Summer,
            pattern(
                r"(?i)\b(?:hay-?making|hay harvest|hay was (?:being )?(?:cut|carried|turned|made)|new-?mown hay|(?:cutting|carrying|turning|making|getting in) the hay|dog-?days)\b",
            ),
        ),
        (
            Season::Spring,
            pattern(
                r"(?i)\b(?:(?:apple|cherry|pear|plum|almond|hawthorn|blackthorn|peach)[- ](?:trees? (?:was|were|stood) in )?(?:full )?blossoms?\b|(?:orchards?|lilacs?|hawthorns?|may|cherr(?:y|ies)|apple-?trees|pear-?trees) (?:was|were) in (?:full )?(?:blossom|bloom)|(?:daffodils|bluebells|primroses|crocuses|snowdrops) (?:were|stood|nodded|bloomed|grew|shone|pushed))",
            ),
        ),
        (
            Season::Autumn,
            pattern(
                r"(?i)\b(?:leaves (?:was|were|had|are|slightly|just|already|all|beginning|begun|to|been|,| )*\b(?:turning|turned|turn) (?:to )?(?:red|gold|golden|brown|yellow|russets?|copper|crimson|bronze|colou?r)|(?:autumn|russet|falling) leaves)\b",
            ),
        ),
    ]
});

/// Where snow lies in summer too, and where ice is a ware: nothing there tells the season.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:mountain|peak|summit|glacier|alp|arctic|antarctic|pole|polar|far north|himalaya|ice-?house|ice[- ](?:trade|works|store|cellar|box|chest|cart|cream|bucket|company)|sawdust|cut last winter|block|snow-?line|refrigerator|freezer|fridge|tundra|moon|mars|martian|planet|christmas card|postcard|calendar|tapestry|canvas|wallpaper|embroider|globe|paint|photograph|picture|memor|childhood|remember|dream|plastic|paper|toy|stage|silk|imagin|story|poem)",
    )
});

/// Asserts the season or month of the scene's present.
pub(super) fn read(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>, patterns: &Patterns) {
    read_stated(scene, sentence, patterns);
    for (season, search) in SIGNS.iter() {
        if let Some(found) = search.find(sentence.text) {
            let around = clause(sentence.text, found.into());
            let before = &around[..around.find(found.as_str()).unwrap_or(0)];
            let hedged = is_unreal(before)
                || is_likened(before)
                || ELSEWHERE.is_match(sentence.text)
                || scene.is_spoken(sentence, found.start())
                || is_past(around);
            let subject = Subject::Known("the weather".to_string());
            scene.claim(
                sentence,
                PendingFact { subject, attribute: attribute::SEASON_OF_SCENE, value: Value::Season(*season), words: found.into(), hedged },
            );
        }
    }
}

fn read_stated(scene: &mut TimedScene<'_>, sentence: &Sentence<'_>, patterns: &Patterns) {
    let mut taken: Vec<SentenceRange> = Vec::new();
    for search in [&patterns.it_was, &patterns.that, &patterns.that_season, &patterns.in_season, &patterns.heat] {
        for found in search.captures_iter(sentence.text) {
            let Some(words) = found.name("words").map(|words| from_last_determiner(&found, words.into(), sentence.text)) else { continue };
            let month =
                found.name("month").or_else(|| found.name("month_after")).and_then(|month| scene.calendar.month_named(month.as_str()));
            let value = match (month, found.name("season").and_then(|season| Season::named(season.as_str()))) {
                (Some(month), _) => Value::Date { year: None, month: Some(month), day: None },
                (None, Some(season)) => Value::Season(season),
                (None, None) => continue,
            };
            let is_taken = taken.iter().any(|range| words.meets(*range));
            if is_taken || is_other_thing(sentence.text, words) || is_source_or_leap(&found) {
                continue;
            }
            let which = found.name("which").map_or("", |_| words.of(sentence.text).split(' ').next().unwrap_or_default()).to_lowercase();
            let vague = matches!(which.as_str(), "a" | "an" | "the") && !sentence.opens_paragraph;
            let away = std::ptr::eq(search, &patterns.in_season) && !sentence.opens_scene || std::ptr::eq(search, &patterns.heat);
            let before = &sentence.text[..words.start];
            let moved = MOVED.is_match(before) || found.name("between").is_some_and(|between| MOVED_WITHIN.is_match(between.as_str()));
            let hedged = vague || away || moved || is_unsaid(&found, sentence.text, words) || scene.is_spoken(sentence, words.start);
            taken.push(words);
            scene.claim(sentence, PendingFact { subject: the_scene(), attribute: attribute::SEASON_OF_SCENE, value, words, hedged });
        }
    }
}

/// Whether the words around a season make it plan, comparison, memory or somebody's name. What is denied or told after it in the
/// same clause does not: "that summer they never swam" was a summer.
fn is_unsaid(found: &Captures<'_>, text: &str, words: SentenceRange) -> bool {
    let around = clause(text, words);
    let before = &around[..around.find(words.of(text)).unwrap_or(0)];
    // "The hottest July that anyone could remember" is a superlative and no memory.
    let is_superlative = found.name("between").is_some_and(|between| SUPERLATIVE.is_match(between.as_str()));
    let is_meant = is_superlative || !is_planned(around) && !is_unreal(words.of(text)) && !STRESSED.is_match(&text[words.start..]);
    !is_meant || is_unreal(before) || is_likened(&text[..words.start]) || is_past(around)
}

/// "It was in May that the war ended", "It was June, her sister, who spoke", "That April was a careful child".
static STRESSED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[Ii]t was in (?:\w+ )?[A-Z]\w+ that\b|[Ii]t was (?:April|May|June|August|Summer|Autumn)\b.{0,40}\bwho\b|[Tt]h(?:at|is) (?:April|May|June|August) (?:was|had|is|said)\b)",
    )
});

/// "That on this bright October morning" begins at "this".
fn from_last_determiner(found: &Captures<'_>, words: SentenceRange, text: &str) -> SentenceRange {
    let (Some(_), Some(time)) = (found.name("which"), found.name("month").or(found.name("season")).or(found.name("month_after"))) else {
        return words;
    };
    let before = &text[words.start..time.start()];
    let last = ["this ", "that ", "the ", "a ", "an ", "one "].iter().filter_map(|word| before.rfind(&format!(" {word}"))).max();
    last.map_or(words, |position| SentenceRange { start: words.start + position + 1, ..words })
}

static SOURCE_OR_LEAP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(?:with|for|to|at|its|his|little|clear|hot|mineral|mighty|great|quick|sudden|single|tiny|natural|cold|steel) ")
});

/// "It was gathering for the spring", "it was a place with a little spring".
fn is_source_or_leap(found: &Captures<'_>) -> bool {
    let is_spring = found.name("season").is_some_and(|season| season.as_str() == "spring");
    is_spring && found.name("between").is_some_and(|between| SOURCE_OR_LEAP.is_match(between.as_str()))
}

static MOVED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:before|after|since|until|till|by|for|during|last|next|previous|through|throughout|from|between|of|than)(?: (?:the|that|this|an?|all|one))? ?$",
    )
});
static MOVED_WITHIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:before|after|since|until|till|by|last|next|previous|more|less|than|like|not|never|born|years?|months?|weeks?|days?|all|first heard|in which|who|that|he|she|they|i|we)\b",
    )
});

static SUPERLATIVE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^the (?:\w+est|worst|best|most \w+) $"));

/// "Summer-house", "summer lightning", "a spring of water", "the winter palace", "the September massacres".
static OTHER_THING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:-| (?:house|palace|lightning|school|holidays?|vacation|clothes|coat|dress|hat|quarters|garden|residence|cottage|camp|home|solstice|olympics|term|massacres|elections?|lock|water|onions?|cleaning|mattress|bed|floods|tide|of (?:clear|cold|fresh|water)))",
    )
});

fn is_other_thing(text: &str, words: SentenceRange) -> bool {
    OTHER_THING.is_match(&text[words.end..]) || words.of(text).contains("spring upon")
}

/// "White as", "like".
static LIKENED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:like|as|than|smell of|scent of|colou?r of|thought of|talk of|word|name)(?: (?:the|an?|some|fresh|new|old))* ?$")
});

fn is_likened(before: &str) -> bool {
    LIKENED.is_match(before)
}

/// "Last winter", "in the winter of 1865", "had snowed".
static PAST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:last|previous|ago|years|next|coming|since|when (?:he|she|i|they|we) (?:was|were)|first|in those days|of (?:the year )?1\d{3})\b",
    )
});

fn is_past(clause: &str) -> bool {
    PAST.is_match(clause) || is_pluperfect(clause)
}
