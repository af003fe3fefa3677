//! The usual calendar, and calendars of authors' own.

use super::*;
use crate::facts::Value;
use crate::text::yaml;

fn date(year: i32, month: u8, day: u8) -> PartialDate {
    PartialDate { year: Some(year), month: Some(month), day: Some(day) }
}

fn usual() -> Calendar {
    Calendar::default()
}

#[test]
fn weekdays_are_gregorian() {
    let weekday_of = |year, month, day| usual().weekday_of(date(year, month, day));
    assert_eq!(weekday_of(1904, 12, 9), Some(5));
    assert_eq!(weekday_of(1908, 12, 21), Some(1));
    assert_eq!(weekday_of(2000, 2, 29), Some(2));
    assert_eq!(weekday_of(1900, 2, 29), None);
    assert_eq!(weekday_of(1904, 13, 1), None);
}

#[test]
fn dates_are_read_as_authors_write_them() {
    let parse_date = |text: &str| usual().parse_date(text);
    for text in
        ["1904-03-01", "1 March 1904", "Tuesday the 1st of March 1904", "March 1, 1904", "Mar. 1 1904", "1904/3/1", "1904-03-01 06:00"]
    {
        assert_eq!(parse_date(text), Some(date(1904, 3, 1)), "{text}");
    }
    assert_eq!(parse_date("March 1904"), Some(PartialDate { year: Some(1904), month: Some(3), day: None }));
    assert_eq!(parse_date("1904"), Some(PartialDate { year: Some(1904), month: None, day: None }));
    assert_eq!(parse_date("9th of December"), Some(PartialDate { year: None, month: Some(12), day: Some(9) }));
    for text in ["Day 10", "about 1904", "the 1870s", "10", "", "30 February 1904", "1904-13-01", "March or April 1904", "soon"] {
        assert_eq!(parse_date(text), None, "{text}");
    }
}

#[test]
fn ages_are_as_sure_as_the_dates() {
    let age_on = |born: &str, on| usual().age_on(born, on);
    assert_eq!(age_on("1880-02-19", date(1907, 2, 5)), Some(AgeRange { least: 26, most: 26 }));
    assert_eq!(age_on("19 February 1880", date(1907, 2, 19)), Some(AgeRange { least: 27, most: 27 }));
    assert_eq!(age_on("1880", date(1907, 2, 19)), Some(AgeRange { least: 26, most: 27 }));
    assert_eq!(age_on("1880", PartialDate { year: Some(1907), month: None, day: None }), Some(AgeRange { least: 26, most: 27 }));
    assert_eq!(age_on("1880-02-19", PartialDate { year: Some(1907), month: Some(2), day: None }), Some(AgeRange { least: 26, most: 27 }));
    assert_eq!(age_on("1910", date(1907, 2, 19)), None);
    assert_eq!(age_on("19 February", date(1907, 2, 19)), None);
}

#[test]
fn seasons_turn_round_in_the_south() {
    let seasons = |calendar: &Calendar, months: [u8; 4]| months.map(|month| calendar.season_of(month).expect("a season"));
    assert_eq!(seasons(&usual(), [1, 4, 7, 11]), [Season::Winter, Season::Spring, Season::Summer, Season::Autumn]);
    assert_eq!(seasons(&Calendar::southern(), [1, 4, 7, 12]), [Season::Summer, Season::Autumn, Season::Winter, Season::Summer]);
}

#[test]
fn days_are_counted_across_years() {
    assert_eq!(usual().days_between(date(1903, 12, 31), date(1904, 3, 1)), Some(61));
    assert_eq!(usual().days_between(date(1904, 3, 1), date(1904, 2, 29)), Some(-1));
    assert_eq!(usual().days_after(date(1904, 2, 28), 2), Some(date(1904, 3, 1)));
    assert_eq!(usual().days_after(PartialDate { year: Some(1904), month: None, day: None }, 2), None);
}

fn read(text: &str) -> (Calendar, Vec<Fault>) {
    Calendar::parse(&yaml::parse(text).expect("YAML"))
}

/// Three months of 40, 30 and 41 days, a leap day in every fourth year, a week of five days, three eras.
fn own() -> Calendar {
    let (calendar, faults) = read(concat!(
        "months:\n",
        "  - { name: Thaw, days: 40, season: spring }\n",
        "  - { name: High Sun, days: 30, season: summer, also: [Hsn] }\n",
        "  - { name: Winter’s Hand, days: 41, season: winter }\n",
        "weekdays: [Moonday, Towerday, Windsday, Thunderday, Freeday]\n",
        "known_day: { date: 1 Thaw 1 AI, weekday: Windsday }\n",
        "leap: { every: 4, except: 100, unless: 400, month: Thaw }\n",
        "eras:\n",
        "  - { name: Before the Fall, short: BF, counts: down }\n",
        "  - { name: Age of Ash, short: AA, years: 300 }\n",
        "  - { name: Age of Iron, short: AI }\n",
    ));
    assert_eq!(faults, []);
    assert!(!calendar.is_usual());
    calendar
}

#[test]
fn dates_of_an_own_calendar_are_read_with_its_names() {
    let own = own();
    for text in [
        "12 High Sun 7",
        "12 High Sun 7 AI",
        "Moonday the 12th of High Sun, 7 AI",
        "High Sun 12, 7",
        "hsn 12, 7 Age of Iron",
        "12th day of High Sun in the year 7 of the Age of Iron",
        "007-02-12",
    ] {
        assert_eq!(own.parse_date(text), Some(date(307, 2, 12)), "{text}");
    }
    assert_eq!(own.parse_date("3 Winter's Hand 12 AA"), Some(date(12, 3, 3)));
    assert_eq!(own.parse_date("3 Thaw 5 BF"), Some(date(-4, 1, 3)));
    assert_eq!(own.parse_date("Thaw 7 AA"), Some(PartialDate { year: Some(7), month: Some(1), day: None }));
    assert_eq!(own.parse_date("the year 7 of the Age of Ash"), Some(PartialDate { year: Some(7), month: None, day: None }));
    assert_eq!(own.parse_date("9th of Thaw"), Some(PartialDate { year: None, month: Some(1), day: Some(9) }));
    // The leap day is the 41st of Thaw, and 308 is a leap year.
    assert_eq!(own.parse_date("41 Thaw 8 AI"), Some(date(308, 1, 41)));
    for text in ["41 Thaw 7 AI", "31 High Sun 7", "9 March 1904", "Day 10", "Thaw or High Sun 7", "", "soon", "12", "5 Winter 7", "AI"] {
        assert_eq!(own.parse_date(text), None, "{text}");
    }
}

#[test]
fn what_an_own_calendar_writes_it_reads_back() {
    let own = own();
    for (written, read) in [
        ("12 High Sun 7 AI", date(307, 2, 12)),
        ("1 Thaw 300 AA", date(300, 1, 1)),
        ("3 Thaw 5 BF", date(-4, 1, 3)),
        ("Thaw 7 AA", PartialDate { year: Some(7), month: Some(1), day: None }),
        ("7 AI", PartialDate { year: Some(307), month: None, day: None }),
    ] {
        assert_eq!(own.written(read), written);
        assert_eq!(own.parse_date(written), Some(read), "{written}");
    }
    let (plain, _) = read("months: [{ name: One, days: 10 }, { name: Two, days: 10 }]");
    assert_eq!(plain.written(date(7, 2, 3)), "3 Two 007");
    assert_eq!(plain.parse_date("Two 007"), Some(PartialDate { year: Some(7), month: Some(2), day: None }));
    assert_eq!(Value::Weekday(2).shown(&own), "Towerday");
    assert_eq!(Value::Date { year: None, month: Some(3), day: Some(9) }.shown(&own), "9 Winter’s Hand");
}

#[test]
fn days_of_an_own_calendar_are_counted_across_years_and_eras() {
    let own = own();
    assert_eq!(own.days_between(date(300, 3, 41), date(301, 1, 1)), Some(1));
    // From year 8 to year 9 of an age that began with year 301: 308 is a leap year.
    assert_eq!(own.days_between(date(308, 1, 1), date(309, 1, 1)), Some(112));
    assert_eq!(own.days_between(date(400, 1, 1), date(401, 1, 1)), Some(112));
    assert_eq!(own.days_between(date(100, 1, 1), date(101, 1, 1)), Some(111));
    for days in [-100_000, -4_001, -1, 0, 1, 40, 41, 111, 112, 5_000, 60_123] {
        let later = own.days_after(date(307, 2, 12), days).expect("a date");
        assert_eq!(own.days_between(date(307, 2, 12), later), Some(days), "{later:?}");
        assert_eq!(own.checked(later), Some(later));
    }
}

#[test]
fn weekdays_of_an_own_calendar_run_on_or_begin_anew() {
    let own = own();
    assert_eq!(own.weekday_of(date(301, 1, 1)), Some(3));
    assert_eq!(own.weekday_of(date(301, 1, 4)), Some(1));
    assert_eq!(own.weekday_of(date(300, 3, 41)), Some(2));
    let months = "months: [{ name: One, days: 11 }, { name: Two, days: 10 }]\nweekdays: [A, B, C]\n";
    let weekday = |rule: &str| read(&format!("{months}{rule}")).0.weekday_of(date(5, 2, 2));
    assert_eq!([weekday("weeks_begin_anew: month"), weekday("weeks_begin_anew: year"), weekday("")], [Some(2), Some(1), None]);
}

#[test]
fn ages_and_seasons_follow_an_own_calendar() {
    let own = own();
    assert_eq!(own.age_on("12 High Sun 290 AA", own.parse_date("11 High Sun 7 AI").unwrap()), Some(AgeRange { least: 16, most: 16 }));
    assert_eq!(own.age_on("290 AA", own.parse_date("11 High Sun 7 AI").unwrap()), Some(AgeRange { least: 16, most: 17 }));
    assert_eq!([1, 2, 3, 4].map(|month| own.season_of(month)), [Some(Season::Spring), Some(Season::Summer), Some(Season::Winter), None]);
}

#[test]
fn impossible_calendars_are_refused_with_their_place() {
    let months = "months: [{ name: One, days: 11 }, { name: Two, days: 10 }]\n";
    for (text, keys, near, told) in [
        ("months: []", vec!["months"], "", "a list of 1 to 100 months"),
        ("months: [{ name: One, days: 0 }]", vec!["months"], "One", "how many `days`"),
        ("months: [{ days: 10 }]", vec!["months"], "", "the `name`"),
        ("months: [{ name: One, days: 9, season: monsoon }]", vec!["months"], "monsoon", "one of spring"),
        ("months: [{ name: One, days: 9 }, { name: one, days: 9 }]", vec!["months"], "one", "twice"),
        ("weekdays: [A, B]", vec!["weekdays"], "", "needs its `months`"),
        (&format!("{months}weekdays: [A]"), vec!["weekdays"], "", "2 to 50 days"),
        (
            &format!("{months}weekdays: [A, B]\nknown_day: {{ date: 1 Three 5, weekday: A }}"),
            vec!["known_day", "date"],
            "",
            "a day of this",
        ),
        (&format!("{months}known_day: {{ date: 1 One 500, weekday: Firstday }}"), vec!["known_day", "weekday"], "", "`weekdays`"),
        (&format!("{months}weeks_begin_anew: never"), vec!["weeks_begin_anew"], "", "`month` or `year`"),
        (&format!("{months}leap: {{ month: One }}"), vec!["leap"], "", "`every`"),
        (&format!("{months}leap: {{ every: 0 }}"), vec!["leap", "every"], "", "from 1"),
        (&format!("{months}leap: {{ every: 4, except: 10 }}"), vec!["leap"], "", "multiple"),
        (&format!("{months}leap: {{ every: 4, month: Three }}"), vec!["leap", "month"], "", "name of a month"),
        (&format!("{months}eras: [{{ name: E }}, {{ name: F }}]"), vec!["eras"], "F", "how many `years`"),
        (&format!("{months}eras: [{{ name: E, counts: down }}]"), vec!["eras"], "", "after the one that counts"),
        (&format!("{months}southern_hemisphere: true"), vec!["southern_hemisphere"], "", "`season`"),
        ("southern_hemisphere: maybe", vec!["southern_hemisphere"], "", "true or false"),
    ] {
        let (calendar, faults) = read(text);
        assert_eq!(faults.len(), 1, "{text}: {faults:?}");
        assert_eq!((&faults[0].keys, faults[0].near.as_str()), (&keys, near), "{text}");
        assert!(matches!(&faults[0].kind, FaultKind::Must(must) if must.contains(told)), "{text}: {faults:?}");
        assert!(calendar.is_usual(), "{text}");
    }
    let (_, faults) = read("months: [{ name: One, day: 9, days: 9 }]");
    assert_eq!(faults[0].kind, FaultKind::Unknown { key: "day".to_string(), known: &["name", "days", "season", "also"] });
}
