//! What code alone can tell apart, by pairs of two chapters: words that are told in passing, deeds, names of things, numbers.

use super::{Told, TwoChapters, hold};

fn of(chapters: [&'static str; 2], notes: [&'static str; 2], rule: Option<&'static str>) -> TwoChapters {
    TwoChapters { chapters, notes, rule }
}

#[test]
fn what_a_sentence_tells_in_passing_is_held_against_what_was_noted() {
    let front_door = ["1|the front door of number nine|look|green", "none"];
    hold(&[
        of(
            ["The front door of number nine was green.", "The yellow front door of number nine stood open."],
            front_door,
            Some("changed-detail"),
        ),
        of(["The front door of number nine was green.", "The yellow front door of number ten stood open."], front_door, None),
        of(["The front door of number nine was green.", "The green front door of number nine stood open."], front_door, None),
        of(
            ["The door of the vault was of oak.", "Ada felt the smooth steel of the vault door."],
            ["1|the door of the vault|made|of oak, banded with iron", "none"],
            Some("changed-detail"),
        ),
        of(
            ["The cell had no window.", "Through the window of the cell Ada saw the yard."],
            ["1|the cell|part|no window", "none"],
            Some("changed-detail"),
        ),
        of(
            ["The orchard had forty trees.", "She pruned all sixty trees in the orchard."],
            ["1|the orchard|count|forty trees", "none"],
            Some("changed-count"),
        ),
        of(
            ["The orchard had forty trees.", "She pruned all forty trees in the orchard."],
            ["1|the orchard|count|forty trees", "none"],
            None,
        ),
        of(
            ["The orchard had forty trees.", "The two trees in the orchard that bore were old."],
            ["1|the orchard|count|forty trees", "none"],
            None,
        ),
        of(
            ["The church had lost its tower long ago.", "From the tower of the church they saw the sea."],
            ["1|the church|part|tower lost long ago", "none"],
            Some("changed-detail"),
        ),
        of(["The cell had no window.", "There was no window in the cell."], ["1|the cell|part|no window", "none"], None),
        of(["The cell had no window.", "Through the window of the mess Ada saw the yard."], ["1|the cell|part|no window", "none"], None),
        of(["Nadia Frost wore no ring.", "The ring on Nadia Frost's finger was worn thin."], ["1|Nadia Frost|title|none", "none"], None),
        of(
            ["Nadia Frost wore no ring.", "The ring on Nadia Frost's finger was worn thin."],
            ["1|Nadia Frost|dress|no ring", "none"],
            Some("changed-detail"),
        ),
        of(
            ["Nadia Frost had no brothers or sisters.", "Nadia Frost's sister laughed."],
            ["1|Nadia Frost|kin|no brothers or sisters", "none"],
            Some("changed-relation"),
        ),
        of(
            ["Nadia Frost had no brothers or sisters.", "Tom Frost's sister laughed."],
            ["1|Nadia Frost|kin|no brothers or sisters", "none"],
            None,
        ),
        of(["The house had no front door.", "The back door of the house stood open."], ["1|the house|part|no front door", "none"], None),
        of(
            ["From the tower of the church they saw the sea.", "The church lost its tower in the storm."],
            ["none", "1|the church|part|tower lost in the storm"],
            None,
        ),
        of(
            ["They buried Nadia Frost's husband in May.", "Nadia Frost's husband kissed her."],
            ["1|Nadia Frost's husband|died|buried in May", "none"],
            Some("dead-reappears"),
        ),
        of(
            ["They buried Nadia Frost's husband in May.", "Nadia Frost's husband would have kissed her."],
            ["1|Nadia Frost's husband|died|buried in May", "none"],
            None,
        ),
    ]);
}

#[test]
fn whoever_cannot_does_not() {
    let read = ["1|Nadia Frost|cannot|read nor write", "none"];
    let walk = ["1|Nadia Frost|cannot|walk", "none"];
    hold(&[
        of(
            ["Nadia Frost could neither read nor write.", "Nadia Frost yawned when she had read the deaths."],
            read,
            Some("changed-ability"),
        ),
        of(["Nadia Frost could neither read nor write.", "Nadia Frost yawned when the girl had read her the deaths."], read, None),
        of(
            ["Nadia Frost could not sing a note.", "Nadia Frost's singing filled the chapel."],
            ["1|Nadia Frost|cannot|sing a note", "none"],
            Some("changed-ability"),
        ),
        of(["Since the fall Nadia Frost could not walk.", "Nadia Frost walked to the harbour."], walk, Some("changed-ability")),
        of(["Nadia Frost could not swim.", "Tom Frost swam to the island."], ["1|Nadia Frost|cannot|swim", "none"], None),
        of(["Nadia Frost could not swim.", "“Nadia Frost swam to the wreck,” he lied."], ["1|Nadia Frost|cannot|swim", "none"], None),
        of(["Since the fall Nadia Frost could not walk.", "The boy walked to the harbour and Nadia Frost watched."], walk, None),
    ]);
}

#[test]
fn one_thing_has_one_name_and_one_person_too() {
    hold(&[
        of(
            ["The key to the cellar hung on a nail.", "The cellar key lay under a flowerpot, where it was always kept."],
            ["1|the key to the cellar|where|on a nail", "1|the cellar key|where|under a flowerpot"],
            Some("changed-place"),
        ),
        of(
            ["Lars came from a farm in Jutland.", "Lars was born in Bergen."],
            ["1|Lars|origin|farm in Jutland", "1|Lars|born|in Bergen"],
            Some("changed-detail"),
        ),
        of(
            ["The Frosts' house had three floors.", "She lived on the fifth floor of the Frosts' house."],
            ["1|the Frosts' house|part|three floors", "1|the Frosts' house|where|fifth floor"],
            Some("changed-place"),
        ),
        of(
            ["The Frosts' house had three floors.", "She lived on the top floor of the Frosts' house."],
            ["1|the Frosts' house|part|three floors", "1|the Frosts' house|part|top floor"],
            None,
        ),
        of(
            ["Nadia Frost lost her right eye at Lissa.", "Nadia Frost looked up, both eyes wide open."],
            ["1|Nadia Frost|sense|lost her right eye", "1|Nadia Frost|eyes|both wide open"],
            Some("changed-appearance"),
        ),
        of(
            ["Nadia Frost was a midwife.", "Nadia Frost had been the midwife here for thirty years."],
            ["1|Nadia Frost|work|midwife", "1|Nadia Frost|work|midwife here thirty years"],
            None,
        ),
        of(
            ["The hall was two miles from the station.", "The hall stood right beside the station."],
            ["1|the hall|distance|two miles from the station", "1|the hall|where|right beside the station"],
            Some("changed-place"),
        ),
        of(
            ["Nadia Frost was never late for anything.", "Nadia Frost was late, as always; they had learned to wait."],
            ["1|Nadia Frost|habit|never late for anything", "1|Nadia Frost|habit|late, as always"],
            Some("changed-habit"),
        ),
        of(
            ["Sergeant Kowal liked his stripes.", "“Sergeant Kowal takes the left,” read the colonel."],
            ["1|Sergeant Kowal|rank|sergeant", "1|Sergeant Kowal|rank|colonel"],
            None,
        ),
        of(
            ["Nadia Frost lived in Bridge Street.", "Nadia Frost let herself in at the gate."],
            ["1|Nadia Frost|home|Bridge Street", "1|Nadia Frost|home|by the gate"],
            None,
        ),
        // A white house may well have a green door, but no door is green and red.
        of(
            ["The Frosts' house was white.", "The green door of the Frosts' house stood open."],
            ["1|the Frosts' house|look|white", "1|the Frosts' house|look|green door"],
            None,
        ),
        of(
            ["The Frosts' house had a red door.", "The green door of the Frosts' house stood open."],
            ["1|the Frosts' house|look|red door", "1|the Frosts' house|look|green door"],
            Some("changed-detail"),
        ),
    ]);
}

#[test]
fn where_the_words_exclude_each_other_a_small_model_does_not_overrule_them() {
    let found = |verdict: &str| {
        let chapters = ["Nadia Frost had never learnt to swim.", "Nadia Frost swam to the island."];
        let replies: &[(&[&str], &str)] = &[
            (&["never learnt", "Notes:"], "1|Nadia Frost|cannot|swim"),
            (&["to the island", "Notes:"], "none"),
            (&["can A and B both be true"], verdict),
        ];
        Told::new(&chapters, "", replies).clashes().len()
    };
    assert_eq!((found("no"), found("yes")), (1, 1));
}
