//! What the bible tells in sentences, against what the chapters say.

use super::super::canon;
use super::Told;

#[test]
fn what_the_bible_tells_in_a_sentence_is_held_against_the_prose() {
    let entry = |body: &str| format!("- {{ name: Nadia Frost, kind: character, description: \"{body}\" }}\n");
    let chapters = ["Nadia Frost came in. She had brown eyes."];
    let clashes = |body: &str, note: &str| {
        let in_bible = body.split('.').next().unwrap();
        let replies: &[(&[&str], &str)] = &[
            (&[in_bible, "Notes:"], note),
            (&["brown eyes", "Notes:"], "2|Nadia Frost|eyes|brown"),
            (&["can A and B both be true"], "no"),
        ];
        let told = Told::new(&chapters, &entry(body), replies);
        let reading = told.reading();
        let clashes = canon::clashes(&told.stated(&reading), &told.bible, told.reader(&reading));
        let shown = clashes.iter().map(|clash| {
            let stated = clash.earlier.in_bible().unwrap();
            let place = stated.span.slice(&told.bible.files[&stated.file].text).unwrap();
            format!("{}: {} <{place}>", clash.later.value, clash.earlier.value)
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(clashes("Tall, with grey eyes.", "1|Nadia Frost|eyes|grey"), "brown: grey <Tall, with grey eyes.>");
    assert_eq!(clashes("She has grey eyes.", "1|she|eyes|grey"), "brown: grey <She has grey eyes.>");
    // Of somebody else, at another time of the story, or supposed.
    assert_eq!(clashes("Her mother had grey eyes.", "1|Nadia’s mother|eyes|grey"), "");
    assert_eq!(clashes("From chapter 3 on she wears grey lenses over her eyes.", "1|Nadia Frost|eyes|grey"), "");
    assert_eq!(clashes("Perhaps grey eyes.", "1|Nadia Frost|eyes|grey"), "");
    assert_eq!(clashes("They say that her eyes are grey.", "1|Nadia Frost|eyes|grey|said"), "");
}

/// What is found against a bible of two entries, of which the reader notes these two lines.
fn against_the_bible(entries: [(&str, &str); 2], chapter: &str) -> Vec<(String, String)> {
    let entry = |(name, kind, body): (&str, &str, &str)| format!("- {{ name: {name}, kind: {kind}, description: \"{body}\" }}\n");
    let bible = [entry(("Nadia Frost", "character", entries[0].0)), entry(("Gannet Light", "place", entries[1].0))].concat();
    let begins = entries.map(|(body, _)| body.split('.').next().unwrap_or_default());
    let replies: &[(&[&str], &str)] = &[
        (&[begins[0], "Notes:"], entries[0].1),
        (&[begins[1], "Notes:"], entries[1].1),
        (&["Notes:"], "none"),
        (&["can A and B both be true"], "no"),
    ];
    let told = Told::new(&[chapter], bible.as_str(), replies);
    let reading = told.reading();
    let clashes = canon::clashes(&told.stated(&reading), &told.bible, told.reader(&reading));
    clashes.iter().map(|clash| (clash.subject(), clash.rule().to_string())).collect()
}

#[test]
fn what_the_bible_tells_is_held_against_deeds_and_what_stands_in_passing() {
    let entries = [
        ("Nadia never learned to swim.", "1|Nadia Frost|cannot|swim"),
        ("A white tower, with ninety steps.", "1|the tower|count|ninety steps"),
    ];
    let found = |chapter: &str| against_the_bible(entries, chapter);
    let one = |subject: &str, rule: &str| vec![(subject.to_string(), rule.to_string())];
    assert_eq!(found("Nadia Frost swam to the island."), one("Nadia Frost", "changed-ability"));
    assert_eq!(found("They came up all eighty steps of Gannet Light."), one("Gannet Light", "changed-count"));
    for chapter in ["Tom swam to the island, and Nadia Frost watched.", "They came up all ninety steps of Gannet Light."] {
        assert_eq!(found(chapter), [], "{chapter}");
    }
}

#[test]
fn a_sentence_of_the_bible_is_about_whom_it_names() {
    let light = ("A white tower.", "1|the tower|look|white");
    let swims = "Nadia Frost swam to the island.";
    let found = |sentence: &str, note: &str| against_the_bible([(sentence, note), light], swims).len();
    assert_eq!(found("Nadia grew up here. She never learned to swim.", "2|she|cannot|swim"), 1);
    assert_eq!(found("Her father kept the light. He never learned to swim.", "2|he|cannot|swim"), 0);
    assert_eq!(found("Her father never learned to swim.", "1|Nadia’s father|cannot|swim"), 0);
    assert_eq!(found("As a child she could not swim.", "1|Nadia Frost|cannot|swim"), 0);
    // Of two sentences the prose may agree with either.
    let eyes = |chapter: &str| {
        let notes = "1|Nadia Frost|eyes|grey\n2|Nadia Frost|eyes|green";
        let replies: &[(&[&str], &str)] = &[
            (&["Grey eyes", "Notes:"], notes),
            (&["green eyes", "Notes:"], "1|Nadia Frost|eyes|green"),
            (&["brown eyes", "Notes:"], "1|Nadia Frost|eyes|brown"),
            (&["can A and B both be true"], "no"),
        ];
        let bible = "- { name: Nadia Frost, kind: character, description: Grey eyes. In the sun they are green. }\n";
        let told = Told::new(&[chapter], bible, replies);
        let reading = told.reading();
        canon::clashes(&told.stated(&reading), &told.bible, told.reader(&reading)).len()
    };
    assert_eq!((eyes("Nadia Frost had green eyes."), eyes("Nadia Frost had brown eyes.")), (0, 1));
}

#[test]
fn a_field_of_the_bible_goes_before_what_its_sentences_tell() {
    let bible = "- { name: Nadia Frost, kind: character, facts: { eyes: brown }, description: Grey eyes. }\n";
    let replies: &[(&[&str], &str)] =
        &[(&["Grey eyes", "Notes:"], "1|Nadia Frost|eyes|grey"), (&["brown eyes", "Notes:"], "2|Nadia Frost|eyes|brown")];
    let told = Told::new(&["Nadia Frost came in. She had brown eyes."], bible, replies);
    let reading = told.reading();
    assert_eq!(reading.entries.iter().map(|passage| passage.notes.len()).sum::<usize>(), 1);
    assert!(canon::clashes(&told.stated(&reading), &told.bible, told.reader(&reading)).is_empty());
}
