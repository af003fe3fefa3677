//! Scenes placed in time, and what agrees with their dates.

use super::super::Voice;
use super::*;
use crate::manuscript::{OrderSettings, SourceFile};

fn dates(files: &[(&str, &str)]) -> Vec<(Option<PartialDate>, Ground)> {
    let files: Vec<_> = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
    let (series, _, _) = Series::assemble(&files, &OrderSettings::default());
    place(&series, &Calendar::default()).into_iter().map(|(_, time)| (time.date, time.ground)).collect()
}

fn date(year: i32, month: u8, day: u8) -> PartialDate {
    PartialDate { year: Some(year), month: Some(month), day: Some(day) }
}

fn said(value: Value) -> Assertion {
    Assertion {
        subject: Subject::Known("the scene".to_string()),
        attribute: String::new(),
        value,
        point: StoryPoint { book: 0, chapter: 0, scene: 0 },
        sentence: 0..1,
        words: 0..1,
        voice: Voice::Narration,
        hedged: false,
    }
}

#[test]
fn scenes_are_placed_only_where_it_is_certain() {
    let placed = dates(&[
        (
            "01.md",
            "---\ndate: 1904-12-30\n---\nShe sat.\n\n***\n\nShe rose.\n\n***\n\nTwo days later she left.\n\n***\n\nWeeks later she wrote.\n\n***\n\nShe slept.",
        ),
        ("02.md", "---\ndate: 5 March 1905\n---\nShe sat."),
        ("03.md", "---\nmode: dream\ndate: 1880-01-01\n---\nShe swam."),
        ("04.md", "The next morning she rose."),
        ("05.md", "She sang."),
        ("06.md", "The next day she rose."),
    ]);
    assert_eq!(
        placed,
        [
            (Some(date(1904, 12, 30)), Ground::Stated),
            (Some(date(1904, 12, 30)), Ground::SameChapter),
            (Some(date(1905, 1, 1)), Ground::Counted),
            (None, Ground::Unknown),
            (None, Ground::Unknown),
            (Some(date(1905, 3, 5)), Ground::Stated),
            (Some(date(1880, 1, 1)), Ground::Stated),
            (Some(date(1905, 3, 6)), Ground::Counted),
            (None, Ground::Unknown),
            (None, Ground::Unknown),
        ]
    );
}

#[test]
fn weekdays_agree_with_the_calendar() {
    assert_eq!(weekday_agrees(&said(Value::Weekday(6)), date(1908, 8, 20), &Calendar::default()), Some(false));
    assert_eq!(weekday_agrees(&said(Value::Weekday(4)), date(1908, 8, 20), &Calendar::default()), Some(true));
    assert_eq!(
        weekday_agrees(&said(Value::Weekday(4)), PartialDate { year: Some(1908), month: Some(8), day: None }, &Calendar::default()),
        None
    );
    let dated = Assertion { subject: Subject::Known("the date 1904-12-09".to_string()), ..said(Value::Weekday(2)) };
    assert_eq!(weekday_agrees(&dated, date(1908, 8, 20), &Calendar::default()), Some(false));
}

#[test]
fn seasons_clash_only_when_they_clearly_do() {
    let winter = said(Value::Season(Season::Winter));
    for (month, agrees) in
        [(1, Some(true)), (3, Some(true)), (11, Some(true)), (4, None), (10, None), (6, Some(false)), (7, Some(false)), (8, Some(false))]
    {
        assert_eq!(season_agrees(&winter, date(1904, month, 1), &Calendar::default()), agrees, "{month}");
    }
    assert_eq!(season_agrees(&winter, date(1904, 7, 1), &Calendar::southern()), Some(true));
    assert_eq!(season_agrees(&said(Value::Season(Season::Summer)), date(1904, 1, 1), &Calendar::default()), Some(false));
    let july = said(Value::Date { year: None, month: Some(7), day: None });
    assert_eq!(season_agrees(&july, date(1904, 7, 31), &Calendar::default()), Some(true));
    assert_eq!(season_agrees(&july, date(1904, 10, 1), &Calendar::default()), Some(false));
    assert_eq!(season_values_agree(&winter.value, &july.value, &Calendar::default()), Some(false));
}

#[test]
fn journeys_agree_within_twice_and_half() {
    let hours = |shortest_hours: f64, longest_hours: f64| Value::Duration { shortest_hours, longest_hours };
    assert_eq!(travel_agrees(&hours(2.0, 4.5), "two days by mail coach"), Some(false));
    assert_eq!(travel_agrees(&hours(24.0, 60.0), "two days by mail coach"), Some(true));
    assert_eq!(travel_agrees(&hours(8.0, 24.0), "two days by mail coach"), Some(true));
    assert_eq!(travel_agrees(&hours(4.0, 5.0), "two days by mail coach, four hours by train"), Some(true));
    assert_eq!(travel_agrees(&hours(4.0, 5.0), "40 miles"), None);
}

#[test]
fn scenes_of_an_own_calendar_are_counted_across_its_months() {
    let text = "months: [{ name: Thaw, days: 30, season: spring }, { name: Sun, days: 30, season: summer }, { name: Fog, days: 30, season: autumn }, { name: Frost, days: 30, season: winter }]\n\
                weekdays: [Moonday, Towerday, Freeday]\nweeks_begin_anew: month\n";
    let (calendar, faults) = Calendar::parse(&crate::text::yaml::parse(text).unwrap());
    assert_eq!(faults, []);
    let file = "---\ndate: 29 Thaw 402\n---\nShe sat.\n\n***\n\nThree days later she left.\n\n***\n\nOn Freeday she wrote.";
    let (series, _, _) = Series::assemble(&[SourceFile::new("01.md", file)], &OrderSettings::default());
    let placed: Vec<_> = place(&series, &calendar).into_iter().map(|(_, time)| time.date).collect();
    assert_eq!(placed, [Some(date(402, 1, 29)), Some(date(402, 2, 2)), None]);
    assert_eq!(weekday_agrees(&said(Value::Weekday(3)), date(402, 2, 2), &calendar), Some(false));
    assert_eq!(weekday_agrees(&said(Value::Weekday(2)), date(402, 2, 2), &calendar), Some(true));
    let winter = said(Value::Season(Season::Winter));
    // A month of four is a quarter of the year: the neighbours are left undecided.
    assert_eq!([1, 2, 3, 4].map(|month| season_agrees(&winter, date(402, month, 1), &calendar)), [None, Some(false), None, Some(true)]);
    let (silent, _) = Calendar::parse(&crate::text::yaml::parse("months: [{ name: Thaw, days: 30 }]").unwrap());
    assert_eq!(season_agrees(&winter, date(402, 1, 1), &silent), None);
}

#[test]
fn hours_between_chapters_have_a_fewest_and_a_most() {
    for (time, from, to) in [
        ("noon", 12.0, 12.0),
        ("14:30", 14.5, 14.5),
        ("9 a.m.", 9.0, 9.0),
        ("12.15 pm", 12.25, 12.25),
        ("half past four", 4.5, 16.5),
        ("four in the afternoon", 16.0, 16.0),
        ("nine o’clock", 9.0, 21.0),
        ("late Morning", 4.0, 12.0),
        ("in the evening", 16.0, 24.0),
        ("before dawn", 0.0, 8.0),
        ("after midnight", 0.0, 24.0),
    ] {
        assert_eq!(time::parse_hours(time), Some(time::Hours { from, to }), "{time}");
    }
    for time in ["", "soon", "25:00", "9:75", "teatime", "13 pm"] {
        assert_eq!(time::parse_hours(time), None, "{time}");
    }
    let between = |one, other| hours_between(one, other, &Calendar::default()).map(|hours| (hours.from, hours.to));
    assert_eq!(between((date(1904, 3, 1), "noon"), (date(1904, 3, 2), "morning")), Some((16.0, 24.0)));
    assert_eq!(between((date(1904, 3, 1), ""), (date(1904, 3, 1), "noon")), Some((-12.0, 12.0)));
    assert_eq!(between((PartialDate { day: None, ..date(1904, 3, 1) }, ""), (date(1904, 3, 1), "noon")), None);
}
