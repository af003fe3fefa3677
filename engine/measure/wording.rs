//! The sentences that are planted: several ways to state each thing, and ways to say it so that it contradicts nothing.
//!
//! They are bland on purpose and name nobody: names, pronouns and values are filled in. A sentence in quotation marks is speech; one
//! without `{name}` goes behind a paragraph that names one person only.

use super::Kind;
use crate::facts::Gender;
use crate::text::number;

/// One thing that can be stated and stated otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Topic {
    pub kind: Kind,
    /// The attribute as `facts` names it, `number of sisters`; where nothing reads it, a name of its own.
    pub attribute: &'static str,
    /// Only for people of this gender.
    pub gender: Option<Gender>,
    /// What can be planted; any two of them contradict each other, unless `facts` cannot tell.
    pub values: &'static [&'static str],
    pub statements: &'static [&'static str],
    /// With the contradicting value, and yet no contradiction.
    pub licences: &'static [&'static str],
}

const COLOURS_OF_EYES: &[&str] = &["blue", "brown", "green", "grey", "hazel", "black"];
const COLOURS_OF_HAIR: &[&str] = &["black", "red", "fair", "brown", "golden", "dark"];
const SIDES: &[&str] = &["left", "right"];
const NUMBERS: &[&str] = &["two", "three", "four", "five", "six", "seven", "nine"];
const SEASONS: &[&str] = &["winter", "summer", "spring", "autumn"];
const WEEKDAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const TRADES: &[&str] = &["baker", "printer", "weaver", "gardener", "teacher", "glover", "bookbinder"];

/// A topic of everybody's.
const fn topic(
    kind: Kind,
    attribute: &'static str,
    values: &'static [&'static str],
    statements: &'static [&'static str],
    licences: &'static [&'static str],
) -> Topic {
    Topic { kind, attribute, gender: None, values, statements, licences }
}

const KIN_STATEMENTS: &[&str] = &[
    "{name} was {other}’s {value}.",
    "Nobody forgot that {name} was the {value} of {other}.",
    "{other}’s {value}, {name}, was of the same mind.",
    "{other} had only one {value}, and that was {name}.",
    "“{name} is my {value},” said {other}.",
    "As {other}’s {value}, {name} had a right to be heard.",
];
const KIN_LICENCES: &[&str] = &[
    "People who did not know them took {name} for {other}’s {value}.",
    "“{name} is my {value},” lied {other}, so that they would be let in.",
    "It was as if {name} were {other}’s {value}.",
];
const SIBLING_COUNT: &[&str] = &[
    "{name} had {value} {noun}.",
    "{name} had grown up with {value} {noun}.",
    "{He} had {value} {noun}, and seldom wrote to them.",
    "Of {name}’s {value} {noun} not one was there.",
    "“I have {value} {noun},” said {name}.",
    "{name}, with {value} {noun} at home, was used to noise.",
];
const COUNT_LICENCES: &[&str] = &[
    "{name} had often wished for {value} {noun}.",
    "Nobody would have believed that {name} had {value} {noun}.",
    "{name} dreamed of {value} {noun} that night.",
];

/// The number of anything else that the text counts, of a person, a place or a thing.
pub(super) const OTHER_COUNT: Topic = topic(
    Kind::Count,
    "number of",
    NUMBERS,
    &[
        "{name} had {value} {noun}.",
        "The {value} {noun} of {name} were well known.",
        "Whoever had seen {name} spoke of the {value} {noun}.",
    ],
    &["{name} might have done with {value} {noun}.", "In the drawing {name} had {value} {noun}."],
);

/// Everything that can be stated of a person, a pair of people or a way, besides names, ranks and acts.
pub(super) const TOPICS: &[Topic] = &[
    topic(
        Kind::Eyes,
        "eye colour",
        COLOURS_OF_EYES,
        &[
            "{name}’s {value} eyes were very tired.",
            "{His} eyes were {value}, and they missed little.",
            "{name} looked up, and there was no answer in {his} {value} eyes.",
            "{name} had {value} eyes, which people remembered.",
            "It was the eyes one noticed in {name}, {value} and steady.",
            "{name}’s eyes, {value} and a little narrowed, were on the door.",
            "“That was {name},” said the boy, “the one with the {value} eyes.”",
            "{He} turned {his} {value} eyes to the window.",
        ],
        &[
            "By the light of the lamp {name}’s eyes looked {value}, though they were nothing of the kind.",
            "{name} dreamed that {his} own eyes had turned {value}.",
            "Nobody could have said that {name}’s eyes were {value}.",
        ],
    ),
    topic(
        Kind::Hair,
        "hair colour",
        COLOURS_OF_HAIR,
        &[
            "{name}’s {value} hair was wet.",
            "{His} hair was {value}, and it wanted cutting.",
            "{name} pushed back {his} {value} hair and said nothing.",
            "{name} had {value} hair, like all the family.",
            "The wind got into {name}’s hair, which was {value} and rather thin.",
            "One knew {name} from afar by {his} {value} hair.",
            "“You cannot miss {name},” said the boy, “not with that {value} hair.”",
            "{He} was a {value}-haired {man}.",
        ],
        &[
            "{name} had dyed {his} hair {value}, and was not easily known.",
            "{name} had put on a wig, and the {value} hair became {him} well.",
            "Under the torches {name}’s hair seemed {value}.",
        ],
    ),
    topic(
        Kind::Build,
        "height",
        &["tall", "short"],
        &[
            "{name} was {value}.",
            "{name} was very {value} for {his} age.",
            "{He} was a {value} {man}.",
            "Being {value}, {name} was easy to find in a crowd.",
            "{name}, {value} as {he} was, had some trouble with the door.",
        ],
        &["Beside the horse {name} looked {value}.", "In that coat {name} seemed almost {value}."],
    ),
    topic(
        Kind::Build,
        "build",
        &["thin", "stout"],
        &[
            "{name} was {value}.",
            "{name} had always been {value}.",
            "{He} was a {value} {man} with quick hands.",
            "Nobody as {value} as {name} could have hidden there.",
            "The chair was not made for a {value} {man} like {name}.",
        ],
        &["The cushions under {his} coat made {name} look {value}.", "{name} had been {value} as a child."],
    ),
    topic(
        Kind::Age,
        "age",
        &["twenty-four", "thirty-one", "thirty-seven", "forty-three", "fifty-two", "sixty-six"],
        &[
            "{name} was {value} years old.",
            "{name} was {value}, and felt it.",
            "{He} was {value} that year.",
            "{name}, who was {value}, had never got used to it.",
            "At {value}, {name} was not to be hurried.",
            "{He} was a {man} of {value}.",
            "“I am {value},” said {name}, “and I know my own mind.”",
            "{name}, aged {value}, stood a little apart.",
        ],
        &[
            "When {name} was {value}, the world had looked otherwise.",
            "“I am {value},” lied {name}, as {he} always did when asked.",
            "For a moment {name} felt as if {he} were {value}.",
        ],
    ),
    topic(
        Kind::Side,
        "handedness",
        SIDES,
        &[
            "{name} was {value}-handed.",
            "{name} took up the pen in {his} {value} hand and wrote a few lines.",
            "{He} wrote, as always, with {his} {value} hand.",
            "Being {value}-handed, {name} had to reach across the table.",
            "{name} signed {his} name with the {value} hand.",
        ],
        &[
            "{name}’s good hand was bandaged, so that {he} wrote clumsily with {his} {value} one.",
            "{name} had once tried to write with the {value} hand, and had given it up.",
        ],
    ),
    topic(
        Kind::Side,
        "scar on cheek",
        SIDES,
        &[
            "{name} had a scar on the {value} cheek.",
            "The scar on {name}’s {value} cheek was white.",
            "{He} rubbed the old scar on {his} {value} cheek.",
            "A scar ran down {name}’s {value} cheek to the chin.",
        ],
        &["In the mirror {name}’s scar was on the {value} cheek.", "Somebody had painted a scar on {name}’s {value} cheek."],
    ),
    topic(
        Kind::Side,
        "lame leg",
        SIDES,
        &[
            "{name} had been lame in the {value} leg since childhood.",
            "{name} dragged the lame {value} leg.",
            "{His} {value} leg was lame, and the stairs were steep.",
            "It was the {value} leg in which {name} was lame.",
        ],
        &["{name} pretended to be lame in the {value} leg.", "Nobody remembered {name} being lame in the {value} leg."],
    ),
    topic(
        Kind::Side,
        "missing leg",
        SIDES,
        &[
            "{name} had lost the {value} leg long ago.",
            "{His} {value} leg was gone at the knee.",
            "The stump of {name}’s {value} leg was aching.",
            "{name} leaned on the crutch, for the {value} leg was missing.",
        ],
        &["{name} dreamed that it was the {value} leg that was missing.", "Nobody had ever said that {name} had lost the {value} leg."],
    ),
    topic(Kind::Count, "number of sisters", NUMBERS, SIBLING_COUNT, COUNT_LICENCES),
    topic(Kind::Count, "number of brothers", NUMBERS, SIBLING_COUNT, COUNT_LICENCES),
    topic(Kind::Count, "number of children", NUMBERS, SIBLING_COUNT, COUNT_LICENCES),
    Topic {
        kind: Kind::Kinship,
        attribute: "relation to",
        gender: Some(Gender::Male),
        values: &["brother", "cousin", "nephew", "uncle", "son"],
        statements: KIN_STATEMENTS,
        licences: KIN_LICENCES,
    },
    Topic {
        kind: Kind::Kinship,
        attribute: "relation to",
        gender: Some(Gender::Female),
        values: &["sister", "cousin", "niece", "aunt", "daughter"],
        statements: KIN_STATEMENTS,
        licences: KIN_LICENCES,
    },
    topic(
        Kind::Occupation,
        "occupation",
        TRADES,
        &[
            "{name} was a {value} by trade.",
            "{name}, a {value}, knew nothing of such things.",
            "{He} had been a {value} all {his} life.",
            "{name} worked as a {value}.",
            "“I’m a {value},” said {name}, “and no scholar.”",
            "Like every {value}, {name} looked at people’s hands first.",
        ],
        &[
            "{name} had once wanted to be a {value}, and nothing had come of it.",
            "That day {name} was dressed as a {value}, and nobody knew {him}.",
        ],
    ),
    topic(
        Kind::Knowledge,
        "knowledge of a prison",
        &["known", "learnt"],
        &[
            "{name} knew that {other} had once been in prison.",
            "{name} had heard from {other} of the year in prison, and kept it to {himself}.",
            "“You told me of your year in prison, {other},” said {name}.",
        ],
        &["{name} remembered that {other} had once been in prison.", "{name} wondered whether {other} had been in prison at all."],
    ),
];

/// How somebody learns what the topic of knowledge states as long known.
pub(super) const LEARNING: &[&str] = &[
    "Only now did {name} learn that {other} had once been in prison.",
    "{name} had never suspected that {other} had been in prison, and heard of it that evening for the first time.",
    "“In prison?” said {name}. “{other}? Nobody ever told me.”",
];

/// Topics of things: `{thing}` and `{place}` are filled in.
pub(super) const OF_THINGS: &[Topic] = &[
    topic(
        Kind::Object,
        "kept in",
        &["in the tea caddy", "behind the clock", "under the third flowerpot", "in the top drawer", "on a nail by the stove"],
        &[
            "The {thing} was kept {value}.",
            "The {thing} was always kept {value}, as everybody in the house knew.",
            "{name} knew that the {thing} was kept {value}.",
            "{name} went for the {thing}, which was kept, as ever, {value}.",
            "The place of the {thing} was {value}.",
        ],
        &[
            "Since the break-in the {thing} was kept {value} instead.",
            "“The {thing} is kept {value},” lied {name}.",
            "{name} thought that it would be wiser to keep the {thing} {value}.",
        ],
    ),
    topic(
        Kind::Object,
        "material",
        &["brass", "copper", "silver", "wooden"],
        &[
            "The {value} {thing} was on the table.",
            "{name} put the {value} {thing} into {his} pocket.",
            "{name} had the {thing} in {his} hand: it was a {value} one.",
            "The {thing} was {value}, and quite plain.",
        ],
        &["There was a copy of the {thing}, a {value} one.", "{name} had painted the {thing}, so that it looked {value}."],
    ),
];

/// Things that can have a place and be made of something. One whose words the book has is not used.
pub(super) const THINGS: &[&str] = &["cellar key", "attic key", "garden bell", "pantry key", "stable lantern", "kitchen lamp"];

/// What day it is: both statements stand in one scene.
pub(super) const DAY: Topic = topic(
    Kind::Weekday,
    "weekday of the scene",
    WEEKDAYS,
    &[
        "It was {value}, and the shops were shut.",
        "It was a {value}.",
        "That {value} nobody was in a hurry.",
        "“It is only {value},” said {name}.",
        "It was a wet {value}, like most.",
    ],
    &["It felt like a {value}.", "“I wish it were {value},” said {name}.", "It would soon be {value} again."],
);

/// The weekday of a whole date: `{day}` and `{us_day}` are the date, day first and month first.
pub(super) const DATE: Topic = topic(
    Kind::Weekday,
    "weekday",
    WEEKDAYS,
    &[
        "It had all begun on {value}, the {day}.",
        "{name} never forgot {value}, {us_day}.",
        "The letter was dated {value}, {us_day}.",
        "“It was on {value} the {day},” said {name}.",
    ],
    &["{name} wrongly took the {day} for a {value}.", "The {day} was not a {value}, whatever {name} said."],
);

/// The season: both statements stand in one scene. `{month}` and `{sign}` go with the value.
pub(super) const SEASON: Topic = topic(
    Kind::Season,
    "season of the scene",
    SEASONS,
    &[
        "It was {value}.",
        "It was a {month} day like any other.",
        "It was the middle of {month}.",
        "{sign}",
        "That {month} morning nobody stayed indoors for long.",
    ],
    &["{name} thought of the {value} to come.", "In the picture on the wall it was {value}.", "Last {value} it had been otherwise."],
);

/// Month and sign of a season: in the north, where the wordings do not ask.
pub(super) fn season_words(season: &str) -> (&'static str, &'static str) {
    match season {
        "winter" => ("January", "Snow lay on the roofs and in the lane."),
        "summer" => ("July", "In the meadow below they were cutting the hay."),
        "spring" => ("April", "The apple trees were in blossom."),
        _ => ("October", "The leaves were turning yellow, and some had fallen."),
    }
}

/// The way between two places, `{from}` and `{to}`.
pub(super) const WAYS: &[Topic] = &[
    topic(
        Kind::Travel,
        "travel",
        &["three hours", "two days", "a week", "half an hour"],
        &[
            "The journey from {from} to {to} took {value}.",
            "From {from} they had come to {to} in {value}.",
            "From {from} to {to} it was {value}.",
            "It took {value} to get from {from} to {to}.",
            "{to} was {value} from {from}.",
        ],
        &["A bird might have come from {from} to {to} in {value}.", "{name} wished that it were only {value} from {from} to {to}."],
    ),
    topic(
        Kind::Travel,
        "distance",
        &["five miles", "thirty miles", "two hundred miles"],
        &[
            "It was {value} from {from} to {to}.",
            "{from} lay {value} from {to}.",
            "From {from} to {to} was {value} by the road.",
            "Between {from} and {to} there were {value} of bad road.",
        ],
        &["{name} would have said that it was {value} from {from} to {to}, and {name} was no judge of distance."],
    ),
];

/// Somebody dies.
pub(super) const DYING: &[&str] = &[
    "{name} died before morning.",
    "They buried {name} the next day.",
    "{name} was dead, and there was nothing to be done.",
    "{He} died that night.",
    "The shot went through {his} heart, and {name} fell dead.",
    "It was then that {name} was killed.",
];

/// Nobody dies, in words of dying.
pub(super) const NOT_DYING: &[&str] = &[
    "{name} nearly died before morning.",
    "They thought for a moment that {name} was dead.",
    "{name} was dead tired, and there was nothing to be done.",
    "“{name} is dead,” said a boy who had been paid to say so.",
    "If {he} had slipped, {name} would have been killed.",
];

/// Somebody is alive and there.
pub(super) const ACTING: &[&str] = &[
    "{name} came in and sat down.",
    "“It is late,” said {name}.",
    "{name} laughed at that.",
    "Just then {name} opened the door.",
    "“Shut the window, {name},” somebody said, and {name} shut it.",
    "At the table {name} was eating bread.",
];

/// Somebody is remembered.
pub(super) const REMEMBERED: &[&str] = &[
    "{name} would have laughed at that.",
    "They often spoke of {name}.",
    "In a dream {name} came in and sat down.",
    "Nobody had forgotten how {name} used to laugh.",
    "The portrait of {name} hung over the table.",
];

/// Somebody is named, with `{value}` for the name or for the name with a rank.
pub(super) const NAMING: &[&str] = &[
    "For a while {value} did not speak.",
    "{value} looked from one to the other.",
    "Nobody had asked {value}.",
    "It was {value}’s turn to be silent.",
    "“You may ask {value},” somebody said.",
    "They waited for {value}, who was late.",
];

/// Ranks that may be confused.
pub(super) const RANKS: &[&str] =
    &["Captain", "Major", "Colonel", "Lieutenant", "Sergeant", "General", "Inspector", "Bishop", "Cardinal", "Doctor", "Professor"];

/// Fills in the marks of a sentence.
pub(super) fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(sentence.to_string(), |text, (mark, value)| text.replace(&format!("{{{mark}}}"), value))
}

/// The marks for a person's gender.
pub(super) fn pronouns(gender: Gender) -> [(&'static str, &'static str); 7] {
    match gender {
        Gender::Male => {
            [("he", "he"), ("He", "He"), ("his", "his"), ("His", "His"), ("him", "him"), ("himself", "himself"), ("man", "man")]
        }
        Gender::Female => {
            [("he", "she"), ("He", "She"), ("his", "her"), ("His", "Her"), ("him", "her"), ("himself", "herself"), ("man", "woman")]
        }
    }
}

/// How many there are of something, in words below a hundred.
pub(super) fn spelt(count: u32) -> String {
    if count == 0 { "none".to_string() } else { number::in_words(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_can_be_stated_in_several_ways_and_licensed() {
        let all = TOPICS.iter().chain(OF_THINGS).chain(WAYS).chain([&DAY, &DATE, &SEASON]);
        for topic in all {
            assert!(topic.statements.len() >= 3 && !topic.licences.is_empty() && topic.values.len() >= 2, "{}", topic.attribute);
        }
    }

    #[test]
    fn numbers_are_spelt_as_facts_read_them() {
        for number in [1, 12, 20, 34, 90, 99] {
            let read = crate::facts::Value::parse("age", &spelt(number));
            assert_eq!(read, crate::facts::Value::Number { number: f64::from(number), unit: "year".to_string() }, "{number}");
        }
    }
}
