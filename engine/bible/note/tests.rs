//! Notes of a bible as authors write them, right and wrong.

use super::*;
use crate::bible::Bible;
use crate::bible::samples::{at, read_notes, shown, span_of};
use crate::text::SourcePath;

const PATH: &str = "bible/mara.md";

fn read_one(text: &str) -> (Bible, Vec<String>) {
    let (bible, problems) = read_notes(&[(PATH, text)]);
    (bible, shown(&problems))
}

/// The only entry of a note that has nothing wrong with it.
fn entry(text: &str) -> Entry {
    let (bible, problems) = read_one(text);
    assert_eq!(problems, [] as [&str; 0]);
    assert_eq!(bible.entries.len(), 1);
    bible.entries[0].clone()
}

fn problems(yaml: &str) -> Vec<String> {
    read_one(&format!("---\nname: Mara Vance\n{yaml}\n---\n")).1
}

fn facts(yaml: &str) -> Vec<String> {
    let entry = entry(&format!("---\nname: Mara Vance\n{yaml}\n---\n"));
    entry.facts.iter().map(|fact| format!("{}={}", fact.name, fact.value)).collect()
}

const WHOLE: &str = "---
name: \"Mara Vance\"
kind: character   # the heroine
aliases: [Mara, Miss Vance]
facts: { eyes: green, born: 1871-03-02, reads: yes, height: 1.80 }
hair: 'red'
relations: [{ to: Edmund Vance, is: brother }]
progressions:
  - from: book-1/02#2
    until: book-2
    facts:
      occupation: harbourmaster
knows:
  - fact: Edmund hid the second key
    from: book-1/03
lies: [ \"I never learned to read\" ]
---

She runs the harbour.
";

#[test]
fn a_whole_note_is_read_with_its_places() {
    let file = SourcePath::new(PATH);
    let subject = "Mara Vance".to_string();
    let fact = |name: &str, value: &str, words: &str, from| Fact {
        subject: subject.clone(),
        name: name.to_string(),
        value: value.to_string(),
        file: file.clone(),
        span: span_of(WHOLE, words),
        from,
    };
    let expected = Entry {
        name: subject.clone(),
        kind: EntryKind::Character,
        aliases: vec!["Mara".to_string(), "Miss Vance".to_string()],
        book: None,
        facts: vec![
            fact("eyes", "green", "eyes: green", None),
            fact("born", "1871-03-02", "born: 1871-03-02", None),
            fact("reads", "yes", "reads: yes", None),
            fact("height", "1.80", "height: 1.80", None),
            fact("hair", "red", "hair: 'red'", None),
        ],
        relations: vec![Relation {
            subject: subject.clone(),
            to: "Edmund Vance".to_string(),
            is: "brother".to_string(),
            file: file.clone(),
            span: span_of(WHOLE, "to: Edmund Vance, is: brother"),
            from: None,
            until: None,
        }],
        progressions: vec![Progression {
            from: at(0, 1, 1),
            until: Some(at(1, 0, 0)),
            facts: vec![fact("occupation", "harbourmaster", "occupation: harbourmaster", Some(at(0, 1, 1)))],
        }],
        knows: vec![Knowledge {
            subject: subject.clone(),
            fact: "Edmund hid the second key".to_string(),
            from: at(0, 2, 0),
            file: file.clone(),
            span: span_of(WHOLE, "fact: Edmund hid the second key"),
        }],
        lies: vec![Statement {
            text: "I never learned to read".to_string(),
            file: file.clone(),
            span: span_of(WHOLE, "I never learned to read"),
        }],
        file: file.clone(),
        span: span_of(WHOLE, "Mara Vance"),
        body: "She runs the harbour.".to_string(),
    };
    assert_eq!(entry(WHOLE), expected);
}

#[test]
fn a_damaged_note_never_fails_and_never_misplaces() {
    let series = crate::bible::samples::series();
    let places: Vec<usize> = WHOLE.char_indices().map(|(place, _)| place).collect();
    let mut read_facts = 0;
    for cut in places.windows(4) {
        let text = format!("{}{}", &WHOLE[..cut[0]], &WHOLE[cut[3]..]);
        let (bible, _) = crate::bible::read(&[SourceFile::new(PATH, &text)], &series);
        for fact in bible.entries.iter().flat_map(|entry| &entry.facts) {
            let words = fact.span.slice(&text).expect("words of the note");
            assert!(words.contains(&fact.name) && words.contains(&fact.value), "{words:?} for {fact:?} in {text}");
            read_facts += 1;
        }
    }
    assert!(read_facts > 1000, "most damage leaves facts: {read_facts}");
}

#[test]
fn the_keys_of_other_tools_are_understood() {
    let text = "---\nname: Stennick\ntype: Locations\nnickname: The Town\ndescription: A harbour.\ndetails: { colour: grey }\nrelationships: [{ to: Ullan, type: twin, since: book-1/02 }]\nprogressions: [{ from: book-1/02, field: mayor, text: Noll, source: me }, { from: book-2, population: 9, size: big }]\ntags: [x]\nimage: a.png\n---\nMore.";
    let (bible, problems) = read_one(text);
    assert_eq!(
        problems,
        ["bible/mara.md:8:59 Note `population` is no part of a progression".replace("8:59", &place(text, "population: 9"))]
    );
    let entry = &bible.entries[0];
    assert_eq!(
        (entry.kind, entry.aliases.as_slice(), entry.body.as_str()),
        (EntryKind::Place, &["The Town".to_string()][..], "A harbour.\n\nMore.")
    );
    assert_eq!(entry.facts.iter().map(|fact| fact.value.as_str()).collect::<Vec<_>>(), ["grey"]);
    let relation = &entry.relations[0];
    assert_eq!((relation.to.as_str(), relation.is.as_str(), relation.from, relation.until), ("Ullan", "twin", Some(at(0, 1, 0)), None));
    let progressed: Vec<_> = entry
        .progressions
        .iter()
        .flat_map(|progression| &progression.facts)
        .map(|fact| (fact.name.as_str(), fact.value.as_str()))
        .collect();
    assert_eq!(progressed, [("mayor", "Noll"), ("size", "big")]);
}

/// Line and column of words in a text.
fn place(text: &str, words: &str) -> String {
    LineIndex::new(text).line_column(text, span_of(text, words).start).to_string()
}

#[test]
fn short_forms_are_understood() {
    let text = "---\nname: Mara\nrelations: { brother: Edmund, friends: [Ida, Noll] }\nprogressions: { book-1/02: { rank: master } }\nknows: [ The key is false, Edmund hid it: book-1/03 ]\nlies: I am old, and poor\n---\n";
    let entry = entry(text);
    let relations: Vec<_> =
        entry.relations.iter().map(|relation| (relation.is.as_str(), relation.to.as_str(), relation.span.slice(text).unwrap())).collect();
    assert_eq!(
        relations,
        [("brother", "Edmund", "brother: Edmund"), ("friends", "Ida", "friends: [Ida, Noll]"), ("friends", "Noll", "friends: [Ida, Noll]")]
    );
    assert_eq!(
        entry.progressions.iter().map(|progression| (progression.from, progression.facts[0].value.as_str())).collect::<Vec<_>>(),
        [(at(0, 1, 0), "master")]
    );
    let knows: Vec<_> = entry.knows.iter().map(|known| (known.fact.as_str(), known.from, known.span.slice(text).unwrap())).collect();
    assert_eq!(knows, [("The key is false", at(0, 0, 0), "The key is false"), ("Edmund hid it", at(0, 2, 0), "Edmund hid it: book-1/03")]);
    assert_eq!(entry.lies.iter().map(|lie| lie.text.as_str()).collect::<Vec<_>>(), ["I am old, and poor"]);
}

#[test]
fn facts_may_be_lists_links_and_empty() {
    assert_eq!(
        facts("facts:\n  languages: [English, \"[[French]]\"]\n  home: [[Quill House|the house]]\n  wife: '[[Ida Vance|Ida]]'"),
        ["languages=English, French", "home=Quill House", "wife=Ida Vance"]
    );
    assert_eq!(facts("facts: [{ eyes: green }, { hair: red, rank: clerk }]"), ["eyes=green", "hair=red", "rank=clerk"]);
    assert_eq!(
        facts("facts: { eyes: , hair: '', rank: [] }\nage:\naliases:\nrelations:\nprogressions:\nknows:\nlies: []"),
        [] as [&str; 0]
    );
    assert_eq!(facts("Eye Colour: green\neye-color: red\nmood: sad\nstatus: draft"), ["Eye Colour=green", "eye-color=red"]);
}

#[test]
fn events_may_be_told_by_their_chapter() {
    let entry = entry("---\nname: Osric\nfacts: { died: book-1/02, born: 1841-11-08, house: book-1/02, pronouns: she/her }\n---\n");
    let from: Vec<_> = entry.facts.iter().map(|fact| fact.from).collect();
    assert_eq!(from, [Some(at(0, 1, 0)), None, None, None]);
    assert_eq!(problems("died: book-7/02"), ["bible/mara.md:3:1 Note `book-7/02` is no place in the story: there is no book `book-7`"]);
}

#[test]
fn a_facts_name_may_tell_the_chapter_from_which_it_holds() {
    let keys =
        ["status after ch.book-1/02", "rank from chapter book-1/02", "rank, as of chapter 9", "descends from kings", "hat after chapter"];
    let lines: Vec<String> = keys.iter().map(|key| format!("  \"{key}\": dead\n")).collect();
    let entry = entry(&format!("---\nname: Osric\nfacts:\n{}---\n", lines.concat()));
    let facts: Vec<_> = entry.facts.iter().map(|fact| (fact.name.as_str(), fact.from)).collect();
    let there = Some(at(0, 1, 0));
    assert_eq!(facts, [("status", there), ("rank", there), (keys[2], None), (keys[3], None), (keys[4], None)]);
}

#[test]
fn impossible_dates_are_told_and_kept_as_words() {
    let (bible, problems) =
        read_one("---\nname: Mara\nborn: 2023-02-30\ndied: 2023-2-28\nfacts: { married: 1900-13-01, code: 1900-99 }\n---\n");
    assert_eq!(
        problems,
        [
            "bible/mara.md:3:1 Note there is no day `2023-02-30` in the calendar",
            "bible/mara.md:5:10 Note there is no day `1900-13-01` in the calendar"
        ]
    );
    assert_eq!(
        bible.entries[0].facts.iter().map(|fact| fact.value.as_str()).collect::<Vec<_>>(),
        ["2023-02-30", "2023-2-28", "1900-13-01", "1900-99"]
    );
}

#[test]
fn a_fact_given_twice_in_two_spellings_is_told() {
    assert_eq!(
        problems("facts: { stands on: quay, stands_on: pier }"),
        ["bible/mara.md:3:27 Note the fact `stands_on` is given twice, the first time as `quay`"]
    );
}

#[test]
fn what_has_the_wrong_form_is_left_out_with_a_word() {
    let cases = [
        ("name: [Mara, Ida]", "Note `name` is not one text, so the entry is called `Mara`"),
        ("kind: spoon", "Note `spoon` is no kind of entry, so it is read as a character"),
        ("aliases: [{ a: b }]", "NotChecked this alias is not a text"),
        ("facts: green", "NotChecked `facts` is not made of `name: value` lines, so it was left out"),
        ("facts: { looks: { eyes: green } }", "NotChecked the fact `looks` is not one value, so it was left out"),
        ("relations: brother", "NotChecked this relation does not say to whom, so it was left out"),
        ("relations: [{ to: Ida }]", "NotChecked this relation does not say who is what, so it was left out"),
        ("relations: [{ brother: { a: b } }]", "NotChecked this relation does not say to whom, so it was left out"),
        ("relations: [{ to: Ida, is: sister, mood: sad }]", "Note `mood` is no part of a relation"),
        ("progressions: soon", "NotChecked this progression does not say from where on it is true, so it was left out"),
        ("progressions: [{ facts: { a: b } }]", "NotChecked this progression does not say from where on it is true, so it was left out"),
        (
            "progressions: [{ from: , facts: { a: b } }]",
            "NotChecked this progression does not say from where on it is true, so it was left out",
        ),
        ("progressions: [{ from: [1, 2], facts: { a: b } }]", "NotChecked `from` names no place in the story, so this was left out"),
        ("progressions: [{ from: book-1/02, text: older now }]", "NotChecked this progression holds no facts, so it was left out"),
        (
            "progressions: [{ from: book-1/02, until: book-1/02, rank: a }]",
            "NotChecked this progression ends before it begins, so it was left out",
        ),
        (
            "progressions: [{ from: book-1/9, rank: a }]",
            "NotChecked `book-1/9` is no place in the story: the book `Book 1` has no chapter `9`; what depends on it was left out",
        ),
        (
            "relations: [{ to: Ida, is: wife, from: 02 }]",
            "NotChecked `02` is no place in the story: `02` does not say which book it means; what depends on it was left out",
        ),
        ("knows: [{ from: book-1/02, fact: }]", "NotChecked this does not say what is known, so it was left out"),
        ("knows: [[a, b]]", "NotChecked this does not say what is known, so it was left out"),
        (
            "knows: [{ fact: it, from: book-3 }]",
            "NotChecked `book-3` is no place in the story: there is no chapter or book `book-3`; what depends on it was left out",
        ),
        ("knows: [{ fact: it, when: now }]", "Note `when` is no part of something known"),
        ("lies: [{ truth: a }]", "NotChecked this lie is not a text, so it was left out"),
        ("progresions: [a]", "Note `progresions` is read as a key of your own"),
    ];
    for (yaml, expected) in cases {
        let text = format!("---\n{}{yaml}\n---\n", if yaml.starts_with("name") { "" } else { "name: Mara\n" });
        let (bible, problems) = read_one(&text);
        let messages: Vec<&str> = problems.iter().map(|problem| problem.split_once(' ').unwrap().1).collect();
        assert_eq!(messages, [expected], "{yaml}");
        let entry = &bible.entries[0];
        let is_kept = entry.relations.iter().all(|relation| relation.is == "sister")
            && entry.knows.iter().all(|known| known.fact == "it" && yaml.contains("when"));
        assert!(
            entry.name == "Mara" && entry.facts.is_empty() && entry.progressions.is_empty() && entry.lies.is_empty() && is_kept,
            "{yaml}: {entry:?}"
        );
    }
}

#[test]
fn an_entry_is_not_its_own_alias() {
    let (bible, problems) = read_one("---\nname: Mara Vance\naliases: [mara vance, Mara, Mara]\n---\n");
    assert_eq!(problems, ["bible/mara.md:3:11 Note the alias `mara vance` is the entry’s own name"]);
    assert_eq!(bible.entries[0].aliases, ["Mara"]);
}

#[test]
fn kinds_have_many_words() {
    let kinds = ["Person", "settings", "item", "incident", "families", "lore", "note"].map(kind_of_word);
    let expected =
        [EntryKind::Character, EntryKind::Place, EntryKind::Object, EntryKind::Event, EntryKind::Group, EntryKind::Rule].map(Some);
    assert_eq!((&kinds[..6], kinds[6]), (&expected[..], None));
}
