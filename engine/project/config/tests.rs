//! Settings as authors write them, right and wrong.

use super::*;

fn problem(text: &str) -> (usize, String, String) {
    let (_, mut problems) = Config::parse(text);
    assert_eq!(problems.len(), 1, "{problems:?}");
    let problem = problems.remove(0);
    assert_eq!(problem.kind, ProblemKind::Configuration);
    (problem.place.unwrap().line, problem.message, problem.advice.unwrap_or_default())
}

#[test]
fn everything_can_be_set() {
    let text = "title: T\nbooks:\n  - folder: ./b1/\n    title: One\n    status: draft\n    chapters: [a.md]\n  - b2\nbible: lore\n\
                    scripts: s\ntemplates: t\nkeys: {pov: narrator}\nignore: [drafts/]\nmodel: m\nreader: r\nmodels_dirs: [/m]\ncontext: 4096\n\
                    reading_memory_gb: 2\nrun: [a, b]\ncalendar: {southern_hemisphere: true}\nrules: {x: {confidence: 0.5, severity: note}, y: off, z: false}\nreports: folder\nsplit_files: false\n";
    let (config, problems) = Config::parse(text);
    assert_eq!(problems, []);
    assert_eq!(config.books[0].folder, "b1");
    assert_eq!(config.books[1].folder, "b2");
    assert_eq!((config.bible, config.context, config.reports), (vec!["lore".to_string()], Some(4096), ReportsPlace::Folder));
    let off = RuleSetting { is_off: true, ..RuleSetting::default() };
    assert!(
        config.calendar == Calendar::southern()
            && config.rules["x"] == RuleSetting { is_off: false, confidence: Some(0.5), severity: Some(Severity::Note) }
    );
    assert!(config.rules["y"] == off && config.rules["z"] == off);
    assert_eq!((config.reading_memory_gb, config.split_files), (Some(2), false));
    assert_eq!(config.reader, ReaderSetting::Model("r".to_string()));
    assert_eq!((Config::default().prefix_bytes(), problem("reading_memory_gb: -1\n").0), (4 << 30, 1));
}

#[test]
fn unknown_keys_are_told_with_the_nearest() {
    assert_eq!(problem("title: T\n\nbibel: x\n"), (3, "there is no setting `bibel`".into(), "did you mean `bible`?".into()));
    assert_eq!(
        problem("books:\n  - folder: b\n    titel: B\n"),
        (3, "there is no setting `books.titel`".into(), "did you mean `title`?".into())
    );
    assert_eq!(problem("keys:\n  povv: x\n").0, 2);
    assert!(problem("wallpaper_colour: blue\n").2.starts_with("known are title, books"));
}

#[test]
fn wrong_forms_are_told_with_their_line() {
    assert_eq!(problem("title: T\ncontext: many\n").0, 2);
    assert_eq!(problem("context: 12\n").1, "`context` must be a whole number of tokens from 512 to 1048576");
    assert_eq!(
        problem("rules:\n  a: { confidence: 0.5 }\n  b: { confidence: 7 }\n"),
        (3, "`rules.b.confidence` must be a number from 0 to 1".into(), "it was left out; the other settings were used".into())
    );
    assert!(problem("rules:\n  a: maybe\n").1.contains("`off`"));
    assert!(problem("rules:\n  a: { confidnce: 0.5 }\n").2.contains("`confidence`"));
    assert_eq!(problem("\nbooks: b1\n").0, 2);
    assert!(problem("books:\n  - title: One\n").1.contains("`folder`"));
    assert!(problem("reports: everywhere\n").1.contains("`beside` or `folder`"));
    assert_eq!(problem("split_files: maybe\n").1, "`split_files` must be true or false");
    assert!(problem("calendar:\n  southern_hemisphere: maybe\n").1.contains("true or false"));
    assert!(problem("- a\n- b\n").1.contains("key: value"));
    assert_eq!(problem("title: A\nrun: [x]\ntitle: B\n").0, 3);
}

#[test]
fn an_impossible_calendar_is_told_with_its_line() {
    let text = "calendar:\n  months:\n    - { name: Thaw, days: 30 }\n    - name: Frost\n      days: 0\n";
    let (line, message, advice) = problem(text);
    assert_eq!((line, advice.as_str()), (4, "until then the usual calendar is used"));
    assert_eq!(message, "`calendar.months` must say how many `days` each month has, 1 to 200");
    let months = "calendar:\n  months: [{ name: Thaw, days: 30 }]\n";
    assert_eq!(
        problem(&format!("{months}  weekdays: [Moonday, Freeday]\n  known_day:\n    date: 31 Thaw 402\n    weekday: Freeday\n")).0,
        5
    );
    assert_eq!(
        problem(&format!("{months}  weeksdays: [Moonday, Freeday]\n")),
        (3, "there is no setting `calendar.weeksdays`".into(), "did you mean `weekdays`?".into())
    );
    assert_eq!(problem(&format!("{months}  eras:\n    - {{ name: A, short: B, years: 3 }}\n    - {{ name: C, shorty: D }}\n")).0, 5);
}

#[test]
fn no_setting_leads_out_of_the_folder() {
    for text in ["bible: ../other\n", "scripts: /etc\n", "templates: C:\\x\n", "books:\n  - folder: a/../../b\n"] {
        let (config, problems) = Config::parse(text);
        assert!(problems[0].message.contains("leads out of it"), "{problems:?}");
        assert_eq!(config, Config::default());
    }
}

#[test]
fn the_template_sets_nothing_and_its_examples_are_valid() {
    assert_eq!(Config::parse(template()), (Config::default(), Vec::new()));
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest.to_string(),
        _ => line.to_string(),
    };
    let set: Vec<String> = template().lines().map(uncomment).collect();
    let (config, problems) = Config::parse(&set.join("\n"));
    assert_eq!(problems, []);
    assert_eq!((config.books.len(), config.ignore.len(), config.calendar), (2, 2, Calendar::southern()));
    // The calendar of one's own stands behind two marks, because it takes the place of the other.
    let own: Vec<String> = template().lines().filter_map(|line| line.strip_prefix("# # ")).map(|line| format!("  {line}\n")).collect();
    let (config, problems) = Config::parse(&format!("calendar:\n{}", own.concat()));
    assert_eq!((problems, config.calendar.is_usual()), (Vec::new(), false));
    assert!(KEYS.iter().all(|key| set.iter().any(|line| line.starts_with(&format!("{key}:")))));
}

#[test]
fn the_schema_knows_every_key() {
    let schema = json_schema();
    let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, KEYS);
    let book = schema["properties"]["books"]["items"]["anyOf"][1]["properties"].as_object().unwrap().keys().collect::<Vec<_>>();
    assert_eq!(book, BOOK_KEYS);
    let mut calendar: Vec<&str> = schema["properties"]["calendar"]["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut known = crate::facts::calendar::KEYS.to_vec();
    calendar.sort_unstable();
    known.sort_unstable();
    assert_eq!(calendar, known);
}

#[test]
fn the_configuration_travels_in_a_message() {
    let (config, _) = Config::parse("books: [b]\nrules: {x: {confidence: 0.5}}\n");
    let bytes = postcard::to_stdvec(&config).unwrap();
    assert_eq!(postcard::from_bytes::<Config>(&bytes).unwrap(), config);
}

#[test]
fn a_missing_file_means_defaults() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Config::load(folder.path()), (Config::default(), Vec::new()));
    std::fs::write(folder.path().join("copydesk.yml"), "title: T").unwrap();
    assert!(Config::load(folder.path()).1[0].advice.as_ref().unwrap().contains("copydesk.yaml"));
    std::fs::write(folder.path().join(FILE), "title: caf\u{e9}").unwrap();
    assert_eq!(Config::load(folder.path()).0.title.as_deref(), Some("café"));
}

#[test]
fn the_reader_reads_as_usual_with_a_model_that_is_named_or_not_at_all() {
    let reader = |text: &str| Config::parse(text).0.reader;
    assert_eq!(reader(""), ReaderSetting::Usual);
    assert_eq!(reader("reader:\n"), ReaderSetting::Usual);
    assert_eq!(reader("reader: ~/m/small.gguf\n"), ReaderSetting::Model("~/m/small.gguf".to_string()));
    for off in ["none", "off", "no", "false", "None"] {
        assert_eq!(reader(&format!("reader: {off}\n")), ReaderSetting::Off, "{off}");
    }
    assert_eq!(problem("reader: [a]\n").1, "`reader` must be a text");
}
