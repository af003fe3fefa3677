//! What each reader finds in short sentences, and where it must stay silent.

use super::*;
use crate::bible::Entry;
use crate::manuscript::{OrderSettings, SourceFile};
use crate::text::{SourcePath, Span};

fn facts_with(bible: &Bible, chapters: &[&str]) -> Facts {
    let files: Vec<SourceFile> =
        chapters.iter().enumerate().map(|(index, text)| SourceFile::new(&format!("{:02}.md", index + 1), text)).collect();
    let (series, _, _) = Series::assemble(&files, &OrderSettings::default());
    Facts::read(&series, bible, &Calendar::default())
}

/// Names the two people first, so that the cast knows who they are.
fn facts(text: &str) -> Facts {
    let names = "Mr Edgar Holt said nothing to Mrs Clara Boone.\n\n“Well,” said Edgar Holt. “Well,” said Clara Boone.";
    facts_with(&Bible::default(), &[names, text])
}

fn entry(name: &str, kind: EntryKind, aliases: &[&str]) -> Entry {
    Entry {
        name: name.to_string(),
        kind,
        aliases: aliases.iter().map(|alias| (*alias).to_string()).collect(),
        book: None,
        facts: Vec::new(),
        relations: Vec::new(),
        progressions: Vec::new(),
        knows: Vec::new(),
        lies: Vec::new(),
        file: SourcePath::new("bible/x.md"),
        span: Span::new(0, 0),
        body: String::new(),
    }
}

/// `subject attribute value` of what is surely said, each once.
fn said(facts: &Facts) -> Vec<String> {
    let sure = facts.assertions().iter().filter(|assertion| !assertion.hedged);
    let mut said: Vec<String> = sure
        .filter_map(|assertion| match &assertion.subject {
            Subject::Known(name) if assertion.attribute != "title" => Some(format!("{name}: {} {}", assertion.attribute, assertion.value)),
            _ => None,
        })
        .collect();
    said.dedup();
    said
}

fn is_silent(text: &str) {
    assert_eq!(said(&facts(text)), Vec::<String>::new(), "{text}");
}

#[test]
fn eyes_and_hair_have_owners() {
    assert_eq!(said(&facts("Clara Boone’s eyes were a very pale green.")), ["Clara Boone: eye colour pale-green"]);
    assert_eq!(said(&facts("Clara turned round. Her black hair had come loose.")), ["Clara Boone: hair colour black"]);
    assert_eq!(said(&facts("Edgar Holt had deep-set blue eyes.")), ["Edgar Holt: eye colour blue"]);
    is_silent("Clara looked at Edgar, and the girl’s eyes were green.");
    is_silent("The wig gave Clara’s black hair a strange look.");
    is_silent("Clara’s eyes were not green.");
    is_silent("Clara’s eyes were red with weeping.");
    is_silent("Two women came in with Clara. Her black hair shone.");
    is_silent("In the moonlight Clara’s brown hair shone.");
}

#[test]
fn limbs_have_sides() {
    assert_eq!(said(&facts("Edgar stood up. His left leg was missing.")), ["Edgar Holt: missing leg left"]);
    assert_eq!(said(&facts("Edgar Holt lost two fingers of his right hand.")), ["Edgar Holt: missing fingers hand right"]);
    is_silent("Edgar lost his hold with his left hand.");
    is_silent("Edgar put his left leg over the rail.");
}

#[test]
fn the_writing_hand_is_read() {
    assert_eq!(said(&facts("Clara was left-handed.")), ["Clara Boone: handedness left"]);
    assert_eq!(said(&facts("Clara sat down. She wrote with her right hand.")), ["Clara Boone: handedness right"]);
    is_silent("Clara wrote awkwardly with her left hand, the other being in a sling.");
    is_silent("Clara held the lamp in her right hand.");
}

#[test]
fn kin_is_read_both_ways() {
    let both = ["Clara Boone: relation to Edgar Holt sibling", "Edgar Holt: relation to Clara Boone brother"];
    let mut found = said(&facts("They went with Clara’s brother Edgar."));
    found.sort();
    assert_eq!(found, both);
    is_silent("Clara’s brother, Edgar, and the others came.");
    is_silent("Was Edgar Holt Clara’s brother?");
}

#[test]
fn ages_and_counts_are_read() {
    assert_eq!(said(&facts("Clara Boone was thirty-four, and had been on the stage.")), ["Clara Boone: age 34 years"]);
    assert_eq!(said(&facts("Edgar, who was fifty-two, had left.")), ["Edgar Holt: age 52 years"]);
    is_silent("Clara was nearly thirty-four.");
    is_silent("Since Clara was twenty-four, nothing had happened.");
    is_silent("Clara was two miles away.");
    let bible = Bible::new(vec![entry("Sloe House", EntryKind::Place, &[])], std::collections::BTreeMap::new());
    assert_eq!(said(&facts_with(&bible, &["The seven windows of Sloe House were dark."])), ["Sloe House: number of windows 7 windows"]);
}

#[test]
fn things_are_of_one_stuff_and_in_one_place() {
    let bible = Bible::new(vec![entry("The vault key", EntryKind::Object, &["the key to the vault"])], std::collections::BTreeMap::new());
    let found = said(&facts_with(&bible, &["He took the silver key to the vault. The vault key was kept in the blue jar by the door."]));
    assert_eq!(found, ["The vault key: material silver", "The vault key: kept in the blue jar by the door"]);
}

#[test]
fn the_dead_are_told_and_their_acts() {
    let told = "Edgar Holt was dead.";
    assert_eq!(said(&facts(told)), ["Edgar Holt: alive alive", "Edgar Holt: alive dead"]);
    let later =
        facts_with(&Bible::default(), &["“No,” said Mr Edgar Holt.", "They buried Edgar Holt.", "Edgar Holt sat down and laughed."]);
    assert_eq!(said(&later), ["Edgar Holt: alive alive", "Edgar Holt: alive dead", "Edgar Holt: alive alive"]);
    is_silent("Edgar Holt was dead tired.");
    is_silent("If Edgar Holt died, all was lost.");
    is_silent("They thought Edgar Holt was dead.");
    is_silent("Edgar Holt’s horse was dead.");
    is_silent("Edgar Holt was half dead.");
}

#[test]
fn ranks_are_titles() {
    let found = facts_with(&Bible::default(), &["Captain Rook stood up.", "Lieutenant Rook stood up."]);
    let titles: Vec<String> = found.assertions().iter().filter(|one| one.attribute == "title").map(|one| one.value.to_string()).collect();
    assert_eq!(titles, ["captain", "lieutenant"]);
    assert_eq!(found.assertions()[0].subject, found.assertions()[1].subject);
}

#[test]
fn a_name_is_one_person_in_all_its_forms() {
    let found = facts("Holt laughed. Mr Holt shook his head, and Edgar Holt sat down beside Clara.");
    let names: Vec<&str> = found.cast().people().iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["Clara Boone", "Edgar Holt"]);
    assert_eq!(found.cast().gender("Clara Boone"), Some(Gender::Female));
}

#[test]
fn a_short_given_name_is_the_same_person() {
    let bible = Bible::new(vec![entry("Thomas Redd", EntryKind::Character, &[])], std::collections::BTreeMap::new());
    let text = "Tom Redd came in. Then Tom Redd sat down, and Redd laughed. “No,” said Redd. Tom Redd was dead.";
    let facts = facts_with(&bible, &[text]);
    assert_eq!(facts.cast().people().len(), 1, "{:?}", facts.cast().people());
    assert_eq!(said(&facts), ["Thomas Redd: alive alive", "Thomas Redd: alive dead"]);
}

#[test]
fn speakers_are_those_the_words_name() {
    let file = SourceFile::new("01.md", "“Go,” said Mr Holt.\n\n“No,” Mrs Boone replied.\n\n“Go.”\n\nIt rained. “Well,” she said.");
    let (series, _, _) = Series::assemble(&[file], &OrderSettings::default());
    let cast = Cast::read(&series, &Bible::default());
    let scene = &series.books[0].chapters[0].scenes[0];
    let speakers: Vec<Option<String>> = speeches(scene, &cast).into_iter().map(|speech| speech.speaker).collect();
    let name = |name: &str| Some(name.to_string());
    assert_eq!(speakers, [name("Mr Holt"), name("Mrs Boone"), name("Mr Holt"), None]);
}

#[test]
fn a_rare_spelling_is_a_drift() {
    let many = "Hester laughed. Then Hester sat. “Yes,” said Hester. We saw Hester. They asked Hester. Poor Hester wept.";
    let found = facts_with(&Bible::default(), &[many, "We saw Hestor come down."]);
    assert_eq!(found.drifts().len(), 1);
    assert_eq!((found.drifts()[0].written.as_str(), found.drifts()[0].usual.as_str()), ("Hestor", "Hester"));
    assert!(facts_with(&Bible::default(), &[many, "We saw the Hesters come down."]).drifts().is_empty());
}

#[test]
fn a_pronoun_means_the_subject_of_its_sentence_or_of_the_one_before() {
    let crowd = "A captain and a stranger stood by the fire. ";
    assert_eq!(said(&facts(&format!("{crowd}Edgar Holt looked up, and his blue eyes narrowed."))), ["Edgar Holt: eye colour blue"]);
    assert_eq!(said(&facts(&format!("{crowd}Edgar Holt looked up. His eyes were blue."))), ["Edgar Holt: eye colour blue"]);
    assert_eq!(said(&facts("I knew from afar that it was Edgar Holt. His eyes were blue.")), ["Edgar Holt: eye colour blue"]);
    is_silent(&format!("{crowd}Edgar Holt looked at the stranger. His eyes were blue."));
    is_silent(&format!("{crowd}He asked after Edgar Holt. His eyes were blue."));
}

#[test]
fn what_is_denied_of_somebodys_eyes_is_not_their_colour() {
    assert_eq!(said(&facts("Edgar Holt sat down. There was no pity in Edgar’s blue eyes.")), ["Edgar Holt: eye colour blue"]);
    is_silent("Those were not Edgar Holt’s blue eyes.");
    is_silent("Edgar Holt had no blue eyes.");
}

#[test]
fn looks_may_stand_behind_their_noun() {
    assert_eq!(said(&facts("Edgar Holt’s eyes, blue and steady, were on the door.")), ["Edgar Holt: eye colour blue"]);
    assert_eq!(said(&facts("Edgar Holt’s hair, which was red and rather thin, was wet.")), ["Edgar Holt: hair colour red"]);
    assert_eq!(said(&facts("Edgar Holt was a quiet, red-haired man.")), ["Edgar Holt: hair colour red"]);
    is_silent("Edgar Holt’s eyes, blue shadows and all, were shut.");
    is_silent("Edgar Holt’s hair was rather red.");
}

#[test]
fn ages_are_told_in_many_ways() {
    assert_eq!(said(&facts("Edgar Holt was a quiet man of sixty.")), ["Edgar Holt: age 60 years"]);
    assert_eq!(said(&facts("At sixty, Edgar Holt was not to be hurried.")), ["Edgar Holt: age 60 years"]);
    is_silent("Edgar Holt met a man of sixty.");
    is_silent("When Mr. Holt was sixty, the world looked otherwise.");
    is_silent("Edgar Holt was a man of sixty battles.");
    is_silent("At sixty yards Edgar Holt was a good shot.");
}

#[test]
fn brothers_and_sisters_are_counted() {
    assert_eq!(said(&facts("Clara Boone sat down. She had three brothers.")), ["Clara Boone: number of brothers 3 brothers"]);
    assert_eq!(
        said(&facts("Clara Boone, with three brothers at home, was used to noise.")),
        ["Clara Boone: number of brothers 3 brothers"]
    );
}

#[test]
fn a_role_tells_kin_and_a_pronoun_who_died() {
    let role = said(&facts("As Clara Boone’s cousin, Edgar Holt had a right to be heard."));
    assert!(role.contains(&"Edgar Holt: relation to Clara Boone cousin".to_string()), "{role:?}");
    let died = said(&facts("Edgar Holt had a fever. He died that night."));
    assert!(died.contains(&"Edgar Holt: alive dead".to_string()), "{died:?}");
}

#[test]
fn sides_are_told_in_many_ways() {
    assert_eq!(said(&facts("Being left-handed, Edgar Holt had to reach across.")), ["Edgar Holt: handedness left"]);
    assert_eq!(said(&facts("Edgar Holt had been lame in the left leg since childhood.")), ["Edgar Holt: lame leg left"]);
    assert_eq!(said(&facts("Edgar Holt’s left leg was lame.")), ["Edgar Holt: lame leg left"]);
    is_silent("Edgar Holt had been lame in the left leg.");
}

#[test]
fn a_part_comes_before_its_side_too() {
    assert_eq!(said(&facts("Edgar Holt had lost an ear, the left one.")), ["Edgar Holt: missing ear left"]);
    assert_eq!(said(&facts("Edgar Holt’s bad leg, the right, gave way.")), ["Edgar Holt: lame leg right"]);
    assert_eq!(said(&facts("The wind had turned the scar on Edgar Holt’s right cheek blue.")), ["Edgar Holt: scar on cheek right"]);
}

#[test]
fn colours_stand_behind_their_noun_too() {
    assert_eq!(said(&facts("Edgar Holt’s eyes, dark brown and bloodshot, opened.")), ["Edgar Holt: eye colour dark-brown"]);
    assert_eq!(said(&facts("Edgar Holt’s hair, cut short, was black.")), ["Edgar Holt: hair colour black"]);
    is_silent("Edgar Holt’s hair, he said, was black.");
    is_silent("Edgar Holt’s eyes, blue shadows under them, closed.");
}

#[test]
fn a_name_that_is_a_word_too_is_spelt_in_one_way() {
    let told = "Then Mr Arrow came in. Mr Arrow said nothing. “Well,” said Arrow. Mr Arrow shot an arrow. Mr Arrow laughed.";
    let drifts =
        |text: &str| facts_with(&Bible::default(), &[told, text]).drifts().iter().map(|drift| drift.written.clone()).collect::<Vec<_>>();
    assert_eq!(drifts("Then Mr Arriw came in."), ["Arriw"]);
    assert_eq!(drifts("Then Mr Arrow came in."), Vec::<String>::new());
}

#[test]
fn figures_and_trades_are_read_of_people_only() {
    assert_eq!(said(&facts("Edgar Holt was very tall.")), ["Edgar Holt: height tall"]);
    assert_eq!(said(&facts("Edgar Holt was a stout old gentleman.")), ["Edgar Holt: build stout"]);
    is_silent("Edgar Holt was short of breath.");
    is_silent("Edgar Holt was not tall.");
    is_silent("Edgar Holt looked tall in that coat.");
    is_silent("It was a tall house, and Edgar Holt was a patient man.");
    assert_eq!(said(&facts("Edgar Holt was a baker by trade.")), ["Edgar Holt: occupation baker"]);
    assert_eq!(said(&facts("Edgar Holt, a schoolmaster, knew better.")), ["Edgar Holt: occupation schoolmaster"]);
    assert_eq!(said(&facts("As a printer, Edgar Holt had seen worse.")), ["Edgar Holt: occupation printer"]);
    assert_eq!(said(&facts("Edgar Holt had been a weaver all his life.")), ["Edgar Holt: occupation weaver"]);
    is_silent("Edgar Holt had been a weaver.");
    is_silent("Edgar Holt was dressed as a baker.");
    is_silent("Edgar Holt wanted to be a baker.");
    is_silent("Edgar Holt was a baker’s son.");
}

#[test]
fn a_thing_that_has_been_moved_contradicts_nothing() {
    assert_eq!(said(&facts("The cellar key, which was kept in the tea caddy, was gone.")), ["cellar key: kept in the tea caddy"]);
    assert_eq!(said(&facts("The cellar key was kept, as ever, in the tea caddy.")), ["cellar key: kept in the tea caddy"]);
    is_silent("Since the break-in the cellar key was kept in the tea caddy instead.");
}

#[test]
fn figures_stand_before_and_behind_names() {
    assert_eq!(said(&facts("Being tall, Edgar Holt saw over the hedge.")), ["Edgar Holt: height tall"]);
    assert_eq!(said(&facts("Edgar Holt, short and cheerful, came last.")), ["Edgar Holt: height short"]);
    assert_eq!(said(&facts("Edgar Holt, a stout man with a cough, came last.")), ["Edgar Holt: build stout"]);
    assert_eq!(said(&facts("They waited for fat Edgar Holt.\n\nThe stout Edgar Holt came last.")), ["Edgar Holt: build stout"]);
    assert_eq!(said(&facts("Edgar Holt had always been lean.")), ["Edgar Holt: build thin"]);
    is_silent("When he had left Clara Boone, a tall man came up to the gate.");
    is_silent("In short, Edgar Holt was late.");
    is_silent("Edgar Holt, thin ice or not, went on.");
    is_silent("“Clara Boone, a stout man is here,” said Edgar Holt.");
}

#[test]
fn trades_stand_beside_names() {
    assert_eq!(said(&facts("The baker, Edgar Holt, was late.")), ["Edgar Holt: occupation baker"]);
    assert_eq!(said(&facts("They met Edgar Holt the baker.")), ["Edgar Holt: occupation baker"]);
    assert_eq!(said(&facts("Edgar Holt, the old blacksmith, was late.")), ["Edgar Holt: occupation blacksmith"]);
    assert_eq!(said(&facts("“I’m a weaver,” said Edgar Holt.")), ["Edgar Holt: occupation weaver"]);
    is_silent("The baker, Edgar Holt, and Clara Boone were late.");
    is_silent("Edgar Holt, the baker, and Clara Boone were late.");
    is_silent("“I’m a weaver,” lied Edgar Holt.");
    is_silent("The baker’s boy knew Edgar Holt.");
}

#[test]
fn kin_is_told_in_many_ways() {
    let has = |text: &str, relation: &str| {
        let said = said(&facts(text));
        assert!(said.contains(&format!("Edgar Holt: relation to Clara Boone {relation}")), "{text}: {said:?}");
    };
    has("Clara Boone had a brother called Edgar Holt.", "brother");
    has("Clara Boone had only one nephew, and that was Edgar Holt.", "nephew");
    has("Clara Boone’s cousin was Edgar Holt.", "cousin");
    has("Nobody forgot that Edgar Holt was the uncle of Clara Boone.", "uncle");
    has("Edgar Holt and Clara Boone were cousins.", "cousin");
    is_silent("Clara Boone’s cousin was Edgar Holt’s friend.");
    is_silent("Clara Boone had no brother, and Edgar Holt knew it.");
    is_silent("The wives of Edgar Holt and Clara Boone were sisters.");
}

#[test]
fn a_compound_names_a_thing_that_is_carried_about() {
    assert_eq!(said(&facts("He took the brass cellar key from its nail.")), ["cellar key: material brass"]);
    assert_eq!(said(&facts("The cellar key was brass, and very small.")), ["cellar key: material brass"]);
    assert_eq!(said(&facts("He had the cellar key in his hand: it was a brass one.")), ["cellar key: material brass"]);
    is_silent("He took the brass old key from its nail.");
    is_silent("They passed the iron garden gate.");
    is_silent("There was a copy of the cellar key, a brass one.");
}

#[test]
fn a_pronoun_may_mean_the_only_one_of_a_long_stretch() {
    let found = said(&facts("“Edgar Holt,” said Clara Boone.\n\n“Well?”\n\nHis blue eyes narrowed."));
    assert_eq!(found, ["Edgar Holt: eye colour blue"]);
    let parts = said(&facts("“Edgar Holt,” said Clara Boone.\n\nHis mouth hardened while she spoke, and a smile came into the blue eyes."));
    assert_eq!(parts, ["Edgar Holt: eye colour blue"]);
    is_silent("“Edgar Holt,” said Clara Boone to the stranger.\n\n“Well?”\n\nHis blue eyes narrowed.");
    is_silent("Edgar Holt and Mr Pell sat down.\n\n“Well?”\n\nHis blue eyes narrowed.");
}

#[test]
fn what_people_know_and_learn_is_read() {
    let knows = "Edgar Holt: knows Clara Boone had forged a will";
    assert_eq!(said(&facts("Edgar Holt had long known that Clara Boone had forged a will.")), [knows]);
    assert_eq!(said(&facts("Edgar Holt had been told that Clara Boone had forged a will.")), [knows]);
    assert_eq!(
        said(&facts("Edgar Holt had never suspected that Clara Boone had forged a will.")),
        ["Edgar Holt: learns Clara Boone had forged a will"]
    );
    is_silent("If Edgar Holt knew that Clara Boone had forged a will, all was lost.");
    is_silent("Edgar Holt never knew that Clara Boone had forged a will.");
}

#[test]
fn who_is_pointed_out_has_the_looks() {
    assert_eq!(said(&facts("“That was Edgar Holt,” said the boy, “the one with the grey eyes.”")), ["Edgar Holt: eye colour grey"]);
    assert_eq!(said(&facts("Then came Edgar Holt, the man with the red hair.")), ["Edgar Holt: hair colour red"]);
    is_silent("He turned from Edgar Holt to his friend, the man with the red hair.");
}

#[test]
fn whereabouts_are_read_with_their_moment() {
    let stated = |text: &str| -> Vec<String> {
        let facts = facts(text);
        let told = facts.assertions().iter().filter(|said| said.attribute.starts_with(whereabouts::WHEREABOUTS) && !said.hedged);
        told.filter(|said| said.voice == Voice::Narration)
            .map(|said| match &said.subject {
                Subject::Known(name) => format!("{name}: {} in {}", &said.attribute[whereabouts::WHEREABOUTS.len()..], said.value),
                Subject::Unclear(_) => "unclear".to_string(),
            })
            .collect()
    };
    for (text, expected) in [
        ("On Tuesday at noon Clara Boone was in Stennick, and it rained.", "Clara Boone: Tuesday at noon in Stennick"),
        ("At midday on the Tuesday, Clara was still in the old harbour office.", "Clara Boone: Tuesday at noon in old harbour office"),
        ("Clara Boone was in Stennick on the night of the 9th of December, 1904.", "Clara Boone: 9 December 1904 night in Stennick"),
        ("Edgar Holt sat in the library at four o’clock on Monday.", "Edgar Holt: Monday at four in library"),
        ("All Tuesday Edgar waited at the station.", "Edgar Holt: Tuesday in station"),
        ("On December 9 at half-past ten Edgar was in New Haven.", "Edgar Holt: 9 December at half past ten in New Haven"),
    ] {
        assert_eq!(stated(text), [expected], "{text}");
    }
    assert_eq!(
        stated("On Tuesday night Clara Boone and Edgar Holt were in Stennick."),
        ["Edgar Holt: Tuesday night in Stennick", "Clara Boone: Tuesday night in Stennick"]
    );
    for text in [
        "On Tuesdays Clara Boone was in Stennick.",
        "On Tuesday week Clara Boone was in Stennick.",
        "“On Tuesday Clara Boone was in Stennick,” said Edgar Holt.",
        "If on Tuesday Clara Boone was in Stennick, nobody saw her.",
        "Edgar said that on Tuesday Clara Boone was in Stennick.",
        "On Tuesday Clara Boone was not in Stennick.",
        "On Tuesday Clara Boone was in the dark about it.",
        "On Tuesday Clara Boone was in Edgar’s arms.",
        "On Tuesday Clara’s brother was in Stennick.",
        "On Tuesday or Wednesday Clara Boone was in Stennick.",
        "Clara Boone was in Stennick when on Tuesday the news came to Edgar.",
        "Was Clara Boone in Stennick on Tuesday?",
        "On Tuesday Clara Boone was at the end of her patience.",
    ] {
        assert_eq!(stated(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_people_learn_and_do_not_know_is_read() {
    let news = |text: &str| -> Vec<String> {
        said(&facts(text)).into_iter().filter(|said| ["learns", "know", "speaks"].iter().any(|word| said.contains(word))).collect()
    };
    let secret = "the second ledger lay behind the clock";
    for (text, expected) in [
        ("Only now did Clara Boone learn that {}.", "Clara Boone: learns"),
        ("Clara Boone found out that {}.", "Clara Boone: learns"),
        ("It was news to Clara Boone that {}.", "Clara Boone: learns"),
        ("Clara Boone did not yet know that {}.", "Clara Boone: does not know"),
        ("Clara Boone didn’t know that {}.", "Clara Boone: does not know"),
        ("Clara Boone had no idea that {}.", "Clara Boone: does not know"),
        ("Nobody had told Clara Boone that {}.", "Clara Boone: does not know"),
        ("Clara Boone told him that {}.", "Clara Boone: knows"),
    ] {
        assert_eq!(news(&text.replace("{}", secret)), [format!("{expected} {secret}")], "{text}");
    }
    assert_eq!(
        news("Clara Boone told Edgar Holt that the second ledger lay behind the clock."),
        [format!("Clara Boone: knows {secret}"), format!("Edgar Holt: knows {secret}")]
    );
    assert_eq!(news("Clara Boone had never heard of the Gannet Light."), ["Clara Boone: does not know of Gannet Light"]);
    for text in [
        "Clara Boone pretended that she did not know that {}.",
        "If Clara Boone did not know that {}, nobody did.",
        "“Clara Boone did not know that {},” said Edgar Holt.",
        "As a child Clara Boone had never heard of the Gannet Light.",
        "Clara Boone had never heard of Edgar’s plan.",
        "Clara Boone had never heard of such a thing.",
    ] {
        let told = facts(&text.replace("{}", secret));
        let plain: Vec<_> = told
            .assertions()
            .iter()
            .filter(|said| said.attribute.starts_with("does not know") && !said.hedged && said.voice == Voice::Narration)
            .collect();
        assert!(plain.is_empty(), "{text}: {plain:?}");
    }
}

/// The places of things that are found elsewhere than they were put.
fn misplaced(chapters: &[&str]) -> Vec<String> {
    let facts = facts_with(&Bible::default(), chapters);
    facts.assertions().iter().filter(|said| said.attribute == "where it lies").map(|said| said.value.to_string()).collect()
}

#[test]
fn a_thing_is_found_where_it_was_put() {
    let put = "Clara Boone put the ivory comb in her satchel.";
    let found = |rest: &str| misplaced(&[put, rest]);
    for rest in [
        "It rained. Clara looked for the comb, which she had left on the sill.",
        "The comb still lay on the sill, and it rained.",
        "“Where is the comb?” said Clara. She took it for granted that the comb still lay on the sill.",
    ] {
        assert_eq!(found(rest), ["her satchel", "the sill"], "{rest}");
    }
    for rest in [
        "The comb lay on the sill.",
        "Clara took out the comb and looked at it. Later the comb still lay on the sill.",
        "The comb still lay in the satchel, under her gloves.",
        "The comb did not lie on the sill. The comb was not still on the sill.",
        "“The comb still lay on the sill,” said Clara.",
        "The key to the comb hung on the wall.",
        "She had the comb in her hand, which she had left on the sill.",
    ] {
        assert_eq!(found(rest), [] as [&str; 0], "{rest}");
    }
    assert_eq!(misplaced(&[&format!("{put} She took the comb from the drawer.")]), ["her satchel", "the drawer"]);
    assert_eq!(misplaced(&[&format!("{put} She drew the comb from the bottom of the satchel, and it was hers.")]), [] as [&str; 0]);
    assert_eq!(
        misplaced(&["Clara hid the ledger under the stairs.", "It rained.", "Somebody drew the ledger from the wardrobe."]),
        [] as [&str; 0]
    );
}
