//! What is found in sentences of time, and what must stay silent.

use super::super::calendar::{Calendar, Season};
use super::super::value::Value;
use super::super::{Assertion, Subject, Voice};
use super::assertions;
use crate::manuscript::{Chapter, KeyNames, SourceFile};

fn read(prose: &str) -> Vec<Assertion> {
    read_in(&Calendar::default(), prose)
}

fn read_in(calendar: &Calendar, prose: &str) -> Vec<Assertion> {
    let (chapter, problems) = Chapter::parse(&SourceFile::new("01.md", prose), &KeyNames::default());
    assert!(problems.is_empty(), "{problems:?}");
    let words = super::Words::of(calendar);
    let mut all = Vec::new();
    for scene in &chapter.scenes {
        for assertion in assertions(&chapter, scene, &words, &super::Timed::of(scene, &words)) {
            assert!(assertion.sentence.start <= assertion.words.start && assertion.words.end <= assertion.sentence.end, "{prose}");
            assert!(scene.prose.get(assertion.words.clone()).is_some_and(|words| !words.trim().is_empty()), "{prose}");
            all.push(assertion);
        }
    }
    all
}

/// The assertions of one attribute.
fn of(prose: &str, attribute: &str) -> Vec<Assertion> {
    read(prose).into_iter().filter(|assertion| assertion.attribute == attribute).collect()
}

/// The values of one attribute that are not hedged.
fn sure(prose: &str, attribute: &str) -> Vec<Value> {
    of(prose, attribute).into_iter().filter(|assertion| !assertion.hedged).map(|assertion| assertion.value).collect()
}

fn date(year: i32, month: u8, day: u8) -> Value {
    let part = |number: u8| (number > 0).then_some(number);
    Value::Date { year: (year > 0).then_some(year), month: part(month), day: part(day) }
}

#[test]
fn dates_are_found_in_all_their_forms() {
    for (prose, expected) in [
        ("It was Tuesday the 9th of December 1904, and it rained.", date(1904, 12, 9)),
        ("She wrote “Friday, 9 December 1904” at the top.", date(1904, 12, 9)),
        ("He sailed on the 9th of December.", date(0, 12, 9)),
        ("He sailed on the twenty-second of May, 1871.", date(1871, 5, 22)),
        ("The paper was dated April 15, 1912, and torn.", date(1912, 4, 15)),
        ("In September, 1792, the roads were bad.", date(1792, 9, 0)),
        ("The house was built in 1865.", date(1865, 0, 0)),
    ] {
        let found = of(prose, "date");
        assert_eq!(found.iter().map(|assertion| assertion.value.clone()).collect::<Vec<_>>(), [expected], "{prose}");
    }
}

#[test]
fn what_only_looks_like_a_date_is_none() {
    for prose in [
        "May 2 men carry it?",
        "The 9th regiment marched.",
        "It lay in 1500 yards of cable.",
        "She met the second May Bishop there.",
        "He read the 31st of February aloud.",
        "In 1,865 cases it held.",
    ] {
        let whole: Vec<_> =
            of(prose, "date").into_iter().filter(|found| !matches!(found.value, Value::Date { month: Some(5), .. })).collect();
        assert!(whole.is_empty() || prose.contains("1500"), "{prose}: {whole:?}");
    }
}

#[test]
fn a_weekday_with_a_whole_date_can_be_checked_against_the_calendar() {
    let found = of("“It was Tuesday the 9th of December 1904, and we played.”", "weekday");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].subject, Subject::Known("the date 1904-12-09".to_string()));
    assert_eq!(found[0].value, Value::Weekday(2));
    assert_eq!(found[0].voice, Voice::Speech(None));
    assert!(of("On Friday the 9th of December he left.", "weekday").is_empty());
}

#[test]
fn the_scenes_own_weekday_is_found() {
    for (prose, weekday) in [
        ("It was Saturday, and the clerks were at work.", 6),
        ("The door opened. It was a wet Monday morning.", 1),
        ("On Saturday morning she walked to the quay.", 6),
        ("She slept. This was the tenth day, a Friday, and the wind dropped.", 5),
        ("They met on the Tuesday at five, in the long room.", 2),
        ("It was Thursday, the last week of the cutting.", 4),
        ("Sunday morning dawned grey.", 7),
        ("The *Perpetua* came in on the Saturday afternoon tide with coal, and one passenger who had worked his way.", 6),
        ("On Wednesday morning the panes were white, as if with frost.", 3),
    ] {
        assert_eq!(sure(prose, "weekday of the scene"), [Value::Weekday(weekday)], "{prose}");
    }
}

#[test]
fn other_weekdays_are_not_the_scenes() {
    for prose in [
        "Every Saturday she walked to the quay.",
        "On Saturdays she walked to the quay.",
        "On Saturday mornings she walked to the quay.",
        "Next Saturday was to be the day.",
        "She had waited since Saturday.",
        "By Monday noon the queue went round the yard.",
        "“It was Saturday,” she said.",
        "He called it his Sunday, although it was a Monday.",
        "On Friday the 9th of December 1904 he had locked the office.",
        "On Saturday he had gone to town.",
        "If it was Saturday, the shops would shut.",
        "It was Sunday school that did it.",
        "It was not Saturday.",
        "It was like a Sunday.",
        "On Monday next they sail.",
        "The whole of it was printed on Tuesday, she thought.",
        "He would come on the Friday.",
        "She ran the Sunday school.",
        "It was the Monday before the wedding that he remembered.",
    ] {
        assert_eq!(sure(prose, "weekday of the scene"), [], "{prose}");
    }
    assert_eq!(
        of("It was Saturday. They ate.\n\nOn Monday she left.", "weekday of the scene").iter().filter(|found| found.hedged).count(),
        1
    );
}

#[test]
fn seasons_and_months_of_the_present_are_found() {
    let month = |number: u8| date(0, number, 0);
    for (prose, expected) in [
        ("It was the hottest July that anyone could remember.", month(7)),
        ("It was one January morning, very early.", month(1)),
        ("It was a bitter cold winter, with long frosts.", Value::Season(Season::Winter)),
        ("He was thirty-one that autumn, and poor.", Value::Season(Season::Autumn)),
        ("On this bright October morning she glanced along the corridor.", month(10)),
        ("By ten o’clock the snow lay thick on the roofs of Cooper Street, and not a breath stirred.", Value::Season(Season::Winter)),
        ("Snow was falling.", Value::Season(Season::Winter)),
        ("They were haymaking in the long meadow.", Value::Season(Season::Summer)),
        ("Apple blossom drifted over the wall.", Value::Season(Season::Spring)),
        ("It was dusk that on a bright fall afternoon hid them.", Value::Season(Season::Autumn)),
        ("That summer they swam every day.", Value::Season(Season::Summer)),
        ("The leaves were turning gold.", Value::Season(Season::Autumn)),
    ] {
        assert_eq!(sure(prose, "season of the scene"), [expected], "{prose}");
    }
}

#[test]
fn other_seasons_are_silent_or_hedged() {
    for prose in [
        "Her hair was like snow on the roofs.",
        "It was as white as snow.",
        "He said so every January.",
        "He had come new to the firm in the spring.",
        "A spring of clear water rose there.",
        "They went to the summer-house that evening.",
        "There was snow on the ground above the glacier.",
        "She remembered the snow on the roofs.",
        "“It was a cold winter,” he said.",
        "He hoped to see the spring.",
        "The flash was like summer lightning.",
        "They gathered for the spring.",
        "It was gathering for the spring.",
        "It was an airy place, with a little spring.",
        "The grey turned to primrose.",
        "It was in May that the war ended.",
        "It was June, her sister, who spoke first.",
        "That April was a careful child surprised nobody.",
        "The daffodils were plastic.",
        "She laid ice on the window of the burn.",
        "The frozen lake of his childhood came back to him.",
        "This summer would be different.",
        "June was late, and May was later.",
        "It sells itself in July and breaks your heart in February.",
        "There was no snow on the ground.",
        "It had been a hard winter.",
        "Late in the winter of 1865 they found gold.",
    ] {
        assert_eq!(sure(prose, "season of the scene"), [], "{prose}");
    }
}

fn hours(value: &Value) -> (f64, f64) {
    match value {
        Value::Duration { shortest_hours, longest_hours } => (*shortest_hours, *longest_hours),
        other => panic!("{other:?} is no duration"),
    }
}

#[test]
fn journeys_have_their_way_and_their_length() {
    for (prose, way, inside) in [
        ("It was two days by mail coach from Stennick to Dunmarrow, whatever the weather.", "Stennick to Dunmarrow", 48.0),
        ("From Stennick to Dunmarrow took two days.", "Stennick to Dunmarrow", 30.0),
        (
            "It was four miles from Ullan Water to Tallow Quay, downhill all the way, an hour by sledge with the brake off.",
            "Ullan Water to Tallow Quay",
            1.0,
        ),
        (
            "Lucas left Stennick on the noon mail coach today, and was in Dunmarrow before four the same afternoon.",
            "Stennick to Dunmarrow",
            3.5,
        ),
        ("He left Stennick at noon and was in Dunmarrow by four.", "Stennick to Dunmarrow", 4.0),
        ("She left Stennick at dawn and reached the Gannet Light at nine.", "Stennick to Gannet Light", 3.0),
        ("They left York at nine and reached Hull by noon.", "York to Hull", 3.0),
        ("From Stennick they reached Dunmarrow in four hours.", "Stennick to Dunmarrow", 4.0),
    ] {
        let found = of(prose, "travel");
        assert_eq!(found.len(), 1, "{prose}: {found:?}");
        assert_eq!(found[0].subject, Subject::Known(way.to_string()), "{prose}");
        let (shortest, longest) = hours(&found[0].value);
        assert!(shortest <= inside && inside <= longest && !found[0].hedged, "{prose}: {shortest} to {longest} {}", found[0].hedged);
    }
    for prose in [
        "He left Stennick at noon and was in Dunmarrow by four two days later.",
        "It was four miles from Stennick to Dunmarrow.",
        "He left Mary at noon.",
        "He left Mrs Hall at six and was in Clara’s arms by seven.",
        "He had served from May to August, two months in all.",
    ] {
        assert!(of(prose, "travel").is_empty(), "{prose}");
    }
    assert!(of("A fast horse would take two days from Stennick to Dunmarrow.", "travel")[0].hedged);
}

#[test]
fn lengths_of_time_have_a_shortest_and_a_longest() {
    for (text, shortest, longest) in [
        ("two days by mail coach", 24.0, 60.0),
        ("a day", 8.0, 24.0),
        ("a week", 144.0, 192.0),
        ("an afternoon", 2.0, 7.0),
        ("an hour and a half", 1.125, 1.875),
        ("half an hour", 0.375, 0.625),
        ("twenty-five hours", 18.75, 31.25),
    ] {
        assert_eq!(super::parse_duration(text).as_ref().map(hours), Some((shortest, longest)), "{text}");
    }
    assert_eq!(super::parse_duration("40 miles"), None);
}

#[test]
fn what_lies_before_and_after_is_found() {
    let found = of("Three days later the ship came in. Her father died twenty years ago.", "elapsed");
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].subject, Subject::Known("the scene".to_string()));
    assert_eq!(hours(&found[0].value), (48.0, 96.0));
    assert_eq!(found[1].subject, Subject::Unclear(Vec::new()));
    assert_eq!(of("The next morning she left.", "elapsed").len(), 1);
}

#[test]
fn hours_of_the_present_are_found() {
    assert_eq!(sure("At midnight the bell rang.", "time of day"), [Value::Words("midnight".to_string())]);
    assert_eq!(sure("It was half past four o’clock, and dark.", "time of day"), [Value::Words("half past four o'clock".to_string())]);
    assert_eq!(sure("That evening they dined.", "time of day"), [Value::Words("evening".to_string())]);
    for prose in [
        "“At midnight,” he said.",
        "She would come at midnight.",
        "He had left that morning.",
        "They lay till dawn.",
        "Midnight shook her mane.",
    ] {
        assert_eq!(sure(prose, "time of day"), [], "{prose}");
    }
}

#[test]
fn letters_and_dreams_stand_apart_and_speech_is_speech() {
    let dream = of("---\nmode: dream\n---\n\nIt was Saturday, and the ice would bear.", "weekday of the scene");
    assert_eq!(dream[0].voice, Voice::Apart);
    let long_speech = "“He sailed on the 9th of December.\n\n“She sailed on the 10th of December.” He wrote on the 11th of December.";
    let voices: Vec<_> = of(long_speech, "date").into_iter().map(|found| found.voice).collect();
    assert_eq!(voices, [Voice::Speech(None), Voice::Speech(None), Voice::Narration]);
    let single = of("‘He sailed on the 9th of December,’ said the boys’ aunt. He sailed on the 10th of December.", "date");
    assert_eq!(single.iter().map(|found| found.voice.clone()).collect::<Vec<_>>(), [Voice::Speech(None), Voice::Narration]);
}

#[test]
fn distances_are_read_in_both_directions_and_nothing_else_is() {
    for (prose, expected) in [
        ("It was five miles from Stennick to Dunmarrow.", 5.0),
        ("From Dunmarrow to Stennick was thirty-two miles by the road.", 32.0),
        ("Stennick lay two hundred miles from Dunmarrow.", 200.0),
        ("Between Stennick and Dunmarrow there were 12 miles of bad road.", 12.0),
    ] {
        let found = of(prose, "distance");
        assert_eq!(found.len(), 1, "{prose}: {found:?}");
        assert_eq!(found[0].subject, Subject::Known("Dunmarrow and Stennick".to_string()), "{prose}");
        assert_eq!(found[0].value, Value::Number { number: expected, unit: "mile".to_string() }, "{prose}");
        assert!(!found[0].hedged, "{prose}");
    }
    assert!(of("It was about five miles from Stennick to Dunmarrow.", "distance")[0].hedged);
    for prose in ["He was five miles from Stennick.", "They walked miles and miles from Stennick to Dunmarrow."] {
        assert_eq!(of(prose, "distance"), Vec::new(), "{prose}");
    }
}

#[test]
fn a_place_may_lie_hours_from_another() {
    assert_eq!(of("Dunmarrow was two days by coach from Stennick.", "travel").len(), 1);
    assert_eq!(of("He was three hours from Stennick.", "travel"), Vec::new());
}

#[test]
fn a_weekday_beside_its_date_is_said_whatever_the_sentence_denies() {
    let hedged = |prose: &str| of(prose, "weekday").iter().map(|said| said.hedged).collect::<Vec<_>>();
    assert_eq!(hedged("She never forgot Friday, December 9, 1904."), [false]);
    assert_eq!(hedged("It was not Friday, December 9, 1904."), [true]);
    assert_eq!(hedged("He wrote as if it were Friday, December 9, 1904."), [true]);
}

#[test]
fn a_second_weekday_counts_when_no_night_goes_by() {
    let days = |prose: &str| of(prose, "weekday of the scene").iter().map(|said| said.hedged).collect::<Vec<_>>();
    assert_eq!(days("It was Saturday. They ate.\n\nIt was a Monday, and the shop was shut."), [false, false]);
    assert_eq!(days("It was Saturday. They ate.\n\n“It is only Monday,” she said."), [false, false]);
    assert_eq!(days("It was Saturday. The days went by.\n\nIt was Monday, and the shop was shut."), [false, true]);
    assert_eq!(days("It was Saturday. They ate and slept.\n\nIt was Monday, and the shop was shut."), [false, true]);
    assert_eq!(days("It was Saturday. They ate.\n\nThat Monday the shop was shut."), [false, true]);
    assert!(days("“If it is Monday, the shop is shut,” she said.").is_empty());
}

/// Months that are no usual ones, a week of three days, and an age.
fn own() -> Calendar {
    let text = "months: [{ name: Thaw, days: 40, season: spring }, { name: Winter’s Hand, days: 30, season: winter }]\n\
                weekdays: [Moonday, Towerday, Freeday]\nknown_day: { date: 1 Thaw 402 AI, weekday: Towerday }\n\
                eras: [{ name: Age of Iron, short: AI }]\n";
    let (calendar, faults) = Calendar::parse(&crate::text::yaml::parse(text).expect("YAML"));
    assert_eq!(faults, []);
    calendar
}

#[test]
fn dates_of_an_own_calendar_are_read_in_all_their_forms() {
    let own = own();
    for (prose, expected) in [
        ("It was Towerday the 9th of Thaw, 402, and it rained.", date(402, 1, 9)),
        ("She wrote “Freeday, 36 Thaw 7 AI” at the top.", date(7, 1, 36)),
        ("He sailed on the twelfth day of Winter's Hand.", date(0, 2, 12)),
        ("The letter was dated Winter’s Hand 3, in the year 12 of the Age of Iron.", date(12, 2, 3)),
        ("The house was built in 12 AI by his father.", date(12, 0, 0)),
        ("The roads were bad in Thaw of the year 402 AI.", date(402, 1, 0)),
    ] {
        let found = read_in(&own, prose);
        let dates: Vec<Value> = found.into_iter().filter(|found| found.attribute == "date").map(|found| found.value).collect();
        assert_eq!(dates, [expected], "{prose}");
    }
    for prose in [
        "He sailed on the 31st of Winter’s Hand.",
        "It was the 9th of December, 1904.",
        "In 1865 he had 402 men.",
        "She gave 3 Thaw 12 men.",
    ] {
        let dates = read_in(&own, prose)
            .into_iter()
            .filter(|found| found.attribute == "date" && matches!(found.value, Value::Date { year: Some(_), .. }));
        assert_eq!(dates.count(), 0, "{prose}");
    }
}

#[test]
fn days_and_seasons_of_an_own_calendar_are_the_scenes_own() {
    let own = own();
    let of = |prose: &str, attribute: &str| -> Vec<(Subject, Value)> {
        let sure = read_in(&own, prose).into_iter().filter(|found| found.attribute == attribute && !found.hedged);
        sure.map(|found| (found.subject, found.value)).collect()
    };
    let scene = || Subject::Known("the scene".to_string());
    assert_eq!(of("It was Freeday, and the shops were shut.", "weekday of the scene"), [(scene(), Value::Weekday(3))]);
    assert_eq!(of("On Moonday morning she left.", "weekday of the scene"), [(scene(), Value::Weekday(1))]);
    assert_eq!(of("It was Friday, and the shops were shut.", "weekday of the scene"), []);
    assert_eq!(of("It was a bitter Winter's Hand morning.", "season of the scene"), [(scene(), date(0, 2, 0))]);
    assert_eq!(of("It was a bitter December morning.", "season of the scene"), []);
    let dated = of("“It was Moonday the 1st of Thaw 402 AI,” she said.", "weekday");
    assert_eq!(dated, [(Subject::Known("the date 1 Thaw 402 AI".to_string()), Value::Weekday(1))]);
}
