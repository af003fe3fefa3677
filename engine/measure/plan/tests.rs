//! What is planted, and where, over a small story.

use super::*;
use crate::manuscript::{OrderSettings, SourceFile};
use crate::measure::Copy;

/// Ten chapters in which the same two people say and do things, and of whom one fact is told.
fn files() -> Vec<SourceFile> {
    let chapter = |number: usize| {
        let mut text = format!("# {number}\n\n");
        for turn in 0..6 {
            text += "Then Mara Vance came in. She looked at the fire, and Mara Vance laughed.\n\n";
            text += "Then Edmund Pell sat down. He shook his head, and Edmund Pell sighed.\n\n";
            text += &format!("“Turn {turn} of {number},” said Edmund Pell. Mara Vance nodded to him.\n\n");
        }
        if number == 2 {
            text += "Then Mara Vance laughed. Mara Vance’s green eyes narrowed.\n";
        }
        SourceFile::new(&format!("{number:02}.md"), &text)
    };
    (1..=10).map(chapter).collect()
}

fn planned(errors: usize, seed: u64, kinds: &[Kind]) -> Vec<Plant> {
    let (series, _, _) = Series::assemble(&files(), &OrderSettings::default());
    plan(&series, &Bible::default(), &Order { seed, errors, kinds: kinds.to_vec(), calendar: Calendar::default() })
}

fn shown(plants: &[Plant]) -> Vec<String> {
    plants.iter().map(|plant| format!("{plant:?}")).collect()
}

#[test]
fn a_plan_is_the_same_for_the_same_seed_and_of_many_kinds() {
    let plants = planned(26, 5, &Kind::ALL);
    assert_eq!(plants.len(), 26);
    assert_eq!(shown(&plants), shown(&planned(26, 5, &Kind::ALL)));
    assert_ne!(shown(&plants), shown(&planned(26, 6, &Kind::ALL)));
    let kinds: BTreeSet<Kind> = plants.iter().map(|plant| plant.kind).collect();
    assert!(kinds.len() > 10, "{kinds:?}");
    // Another number of errors or fewer kinds do not change what is planted of one kind.
    let eyes = |plants: Vec<Plant>| shown(&plants.into_iter().filter(|plant| plant.kind == Kind::Eyes).collect::<Vec<_>>());
    assert_eq!(eyes(planned(2, 5, &[Kind::Eyes])), eyes(plants)[..2]);
}

#[test]
fn every_error_is_a_whole_sentence_with_a_twin_at_its_place_after_what_it_contradicts() {
    let files = files();
    for seed in 0..8 {
        for plant in planned(40, seed, &Kind::ALL) {
            for put in plant.insertions(true).chain(plant.insertions(false)) {
                assert!(!put.sentence.contains(['{', '}']) && put.sentence.ends_with(['.', '”']), "{put:?}");
            }
            assert_eq!((&plant.error.file, plant.error.offset), (&plant.twin.file, plant.twin.offset), "{plant:?}");
            assert_ne!(plant.error.sentence, plant.twin.sentence, "{plant:?}");
            assert!(plant.setup.is_some() != (plant.origin != Origin::Planted), "{plant:?}");
            assert!(plant.setup.is_some() || !plant.receipts.is_empty(), "{plant:?}");
            if let Some(setup) = &plant.setup {
                assert!((&setup.file, setup.offset) < (&plant.error.file, plant.error.offset), "{plant:?}");
            }
            let copy = Copy::new(plant.insertions(true).cloned());
            let copies = copy.of(&files);
            let text = &copies.iter().find(|file| file.path == plant.error.file).expect("the file").text;
            assert_eq!(copy.place_of(&plant.error).slice(text), Some(plant.error.sentence.as_str()));
            let rest = &text[copy.place_of(&plant.error).end..];
            assert!(rest.is_empty() || rest.starts_with('\n'), "{plant:?}");
        }
    }
}

#[test]
fn what_the_author_states_is_contradicted_with_its_receipt() {
    let plants = planned(4, 1, &[Kind::Eyes]);
    let own: Vec<&Plant> = plants.iter().filter(|plant| plant.origin == Origin::Prose).collect();
    assert!(!own.is_empty(), "{plants:?}");
    let files = files();
    for plant in own {
        assert_eq!((plant.subject.as_str(), plant.right.as_str()), ("Mara Vance", "green"));
        assert!(plant.wrong != "green" && plant.error.sentence.contains(&plant.wrong), "{plant:?}");
        let (file, span) = &plant.receipts[0];
        let text = &files.iter().find(|known| known.path == *file).expect("the file").text;
        assert_eq!(span.slice(text), Some("Mara Vance’s green eyes narrowed."));
        assert!(plant.error.file > *file, "a later chapter");
    }
    assert!(plants.iter().all(|plant| plant.origin == Origin::Prose || plant.subject != "Mara Vance"), "{plants:?}");
}

#[test]
fn the_plants_of_one_copy_share_kind_and_nothing_else() {
    let plants = planned(40, 3, &Kind::ALL);
    let batches = batches(&plants, 30_000);
    let mut all: Vec<usize> = batches.iter().flatten().copied().collect();
    all.sort_unstable();
    assert_eq!(all, (0..plants.len()).collect::<Vec<_>>());
    assert!(batches.iter().any(|batch| batch.len() > 1), "{batches:?}");
    for batch in &batches {
        for (place, one) in batch.iter().enumerate() {
            for two in &batch[place + 1..] {
                let (one, two) = (&plants[*one], &plants[*two]);
                assert_eq!(one.kind, two.kind);
                assert!(one.names.iter().all(|name| !two.names.contains(name)), "{one:?}\n{two:?}");
                assert_ne!((&one.error.file, one.error.offset), (&two.error.file, two.error.offset));
            }
        }
    }
}
