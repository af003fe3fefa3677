//! Scenes placed in time, and what agrees with their dates.

use super::super::Voice;
use super::*;
use crate::manuscript::{OrderSettings, SourceFile};

fn dates(files: &[(&str, &str)]) -> Vec<(Option<PartialDate>, Ground)> {
    let files: Vec<_> = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
    let (series, _, _) = Series::assemble(&files, &OrderSettings::default());
    place(&series).into_iter().map(|(_, time)| (time.date, time.ground)).collect()
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
    assert_eq!(weekday_agrees(&said(Value::Weekday(6)), date(1908, 8, 20)), Some(false));
    assert_eq!(weekday_agrees(&said(Value::Weekday(4)), date(1908, 8, 20)), Some(true));
    assert_eq!(weekday_agrees(&said(Value::Weekday(4)), PartialDate { year: Some(1908), month: Some(8), day: None }), None);
    let dated = Assertion { subject: Subject::Known("the date 1904-12-09".to_string()), ..said(Value::Weekday(2)) };
    assert_eq!(weekday_agrees(&dated, date(1908, 8, 20)), Some(false));
}

#[test]
fn seasons_clash_only_when_they_clearly_do() {
    let winter = said(Value::Season(Season::Winter));
    for (month, agrees) in
        [(1, Some(true)), (3, Some(true)), (11, Some(true)), (4, None), (10, None), (6, Some(false)), (7, Some(false)), (8, Some(false))]
    {
        assert_eq!(season_agrees(&winter, date(1904, month, 1), false), agrees, "{month}");
    }
    assert_eq!(season_agrees(&winter, date(1904, 7, 1), true), Some(true));
    assert_eq!(season_agrees(&said(Value::Season(Season::Summer)), date(1904, 1, 1), false), Some(false));
    let july = said(Value::Date { year: None, month: Some(7), day: None });
    assert_eq!(season_agrees(&july, date(1904, 7, 31), false), Some(true));
    assert_eq!(season_agrees(&july, date(1904, 10, 1), false), Some(false));
    assert_eq!(season_values_agree(&winter.value, &july.value, false), Some(false));
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
