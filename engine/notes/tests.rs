//! The way from a reader's replies to clashes, with replies that are written down here.

mod bible_sentences;
mod comparing;

use super::adapters::ADAPTERS;
use super::people::{Ground, Names, Owner, owner_of};
use super::reader::{self, Reading, Written};
use super::{Clash, Fact, Note, READER, Reader, Standing, Statement, Wanted, canon, sources};
use crate::bible::{self, Bible};
use crate::facts::Facts;
use crate::facts::calendar::Calendar;
use crate::manuscript::{OrderSettings, Series, SourceFile};
use crate::model::scripted::{RecordedReply, ScriptedModel};
use crate::model::{Fingerprint, ModelQueue, NoMemory};
use crate::text::ContentHash;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A story, and what the reader replies.
struct Told {
    series: Series,
    facts: Facts,
    bible: Bible,
    desk: ModelQueue,
    stop: Arc<AtomicBool>,
}

impl Told {
    fn new(chapters: &[&str], bible: &str, replies: &[(&[&str], &str)]) -> Told {
        let files: Vec<SourceFile> =
            chapters.iter().enumerate().map(|(place, text)| SourceFile::new(&format!("{:02}.md", place + 1), text)).collect();
        let (series, _, _) = Series::assemble(&files, &OrderSettings::default());
        let (bible, _) = bible::read(&[SourceFile::new("bible.yaml", bible)], &series);
        let facts = Facts::read(&series, &bible, &Calendar::default());
        let recorded = |(when, reply): &(&[&str], &str)| RecordedReply {
            when: when.iter().map(ToString::to_string).collect(),
            reply: (*reply).to_string(),
        };
        let replies = replies.iter().map(recorded).collect();
        let fingerprint = Fingerprint {
            name: "recorded".to_string(),
            file_hash: ContentHash::of(b"recorded"),
            settings: String::new(),
            adapters: BTreeMap::from([(READER.to_string(), ADAPTERS[0].hash())]),
        };
        let desk = ModelQueue::start(Some(fingerprint), Arc::new(NoMemory), Box::new(|| Ok(Box::new(ScriptedModel::new(replies)))));
        Told { facts, series, bible, desk, stop: Arc::default() }
    }

    fn reading(&self) -> Reading {
        let wanted = Wanted { notes: true, summary: false };
        let written = Written { series: &self.series, cast: self.facts.cast(), bible: &self.bible };
        reader::read(written, &self.desk, wanted, &BTreeSet::new(), &Arc::default())
    }

    fn clashes(&self) -> Vec<Clash> {
        let reading = self.reading();
        let reader = self.reader(&reading);
        reader.clashes(&reader.judged(&self.stated(&reading)).0)
    }

    fn reader<'a>(&'a self, reading: &'a Reading) -> Reader<'a> {
        Reader { reading, series: &self.series, facts: &self.facts, desk: &self.desk, larger: None, stop: &self.stop }
    }

    fn stated(&self, reading: &Reading) -> Vec<Fact> {
        sources::of_prose(reading, &self.series, &self.facts)
    }

    /// What a clash quotes, the earlier passage first.
    fn quotes(&self, clash: &Clash) -> [String; 2] {
        let quote = |point, range: &std::ops::Range<usize>| self.series.scene(point).unwrap().1.prose[range.clone()].to_string();
        [quote(clash.earlier.order().0, &clash.earlier_quote), quote(clash.later.order().0, &clash.later_quote)]
    }
}

const EYES: [&str; 2] =
    ["Nadia Frost was the first one in. She had grey eyes.", "“You are late,” said Nadia Frost. Her green eyes followed him."];

#[test]
fn two_colours_of_one_persons_eyes_clash_when_the_model_agrees() {
    let replies: &[(&[&str], &str)] = &[
        (&["grey eyes", "Notes:"], "2|Nadia Frost|eyes|grey"),
        (&["green eyes", "Notes:"], "2|Nadia Frost|eyes|green"),
        (&["can A and B both be true"], "no"),
    ];
    let told = Told::new(&EYES, "", replies);
    let clashes = told.clashes();
    assert_eq!(clashes.len(), 1);
    assert_eq!((clashes[0].rule(), clashes[0].subject().as_str()), ("changed-appearance", "Nadia Frost"));
    assert_eq!(told.quotes(&clashes[0]), ["She had grey eyes.", "Her green eyes followed him."]);
    // Whoever disbelieves it strongly silences it.
    let doubtful: Vec<(&[&str], &str)> = [&replies[..2], &[(&["can A and B both be true"][..], "yes")]].concat();
    assert!(Told::new(&EYES, "", &doubtful).clashes().is_empty());
}

#[test]
fn a_third_colour_is_a_finding_of_its_own_and_one_slip_among_many_is_one() {
    let findings = |colours: [&str; 3]| {
        let chapters = colours.map(|colour| format!("Nadia Frost had {colour} eyes."));
        let notes = colours.map(|colour| (format!("{colour} eyes"), format!("1|Nadia Frost|eyes|{colour}")));
        let when = notes.each_ref().map(|(words, _)| [words.as_str(), "Notes:"]);
        let mut replies: Vec<(&[&str], &str)> = notes.iter().zip(&when).map(|((_, note), when)| (&when[..], note.as_str())).collect();
        replies.push((&["can A and B both be true"], "no"));
        Told::new(&chapters.each_ref().map(String::as_str), "", &replies).clashes().len()
    };
    assert_eq!(findings(["grey", "green", "brown"]), 2);
    assert_eq!(findings(["grey", "green", "grey"]), 1);
    assert_eq!(findings(["grey", "grey", "green"]), 1);
}

#[test]
fn nothing_is_made_of_what_does_not_stand_there_or_is_no_plain_fact() {
    let replies: &[(&[&str], &str)] = &[
        // A line that is not there, a value that is not there, an attribute that is none, a dream, and half a row.
        (
            &["grey eyes", "Notes:"],
            "9|Nadia Frost|eyes|grey\n2|Nadia Frost|eyes|violet\n2|Nadia Frost|sparkle|grey\n2|Nadia Frost|eyes|grey|dream\n2|Nadia",
        ),
        (&["green eyes", "Notes:"], "2|Nadia Frost|eyes|green"),
        (&["can A and B both be true"], "no"),
    ];
    let told = Told::new(&EYES, "", replies);
    assert_eq!(told.reading().dropped, 4);
    assert!(told.clashes().is_empty());
}

#[test]
fn two_people_of_one_name_and_strangers_in_two_scenes_are_not_one() {
    let chapters = [
        "Tom Ash came in. Tom Birch came in. Tom had grey eyes. The old man had a red beard.",
        "Tom Birch sat down. Tom Ash sat down. Tom had green eyes. The old man had a black beard.",
    ];
    let replies: &[(&[&str], &str)] = &[
        (&["grey eyes", "Notes:"], "3|Tom Ash|eyes|grey\n4|the old man|beard|red"),
        (&["green eyes", "Notes:"], "3|Tom Birch|eyes|green\n4|the old man|beard|black"),
        (&["can A and B both be true"], "no"),
    ];
    assert!(Told::new(&chapters, "", replies).clashes().is_empty());
    assert_eq!(owner_of("the old man", &Names::default(), 0), Owner::Stranger("old man".to_string()));
    assert_eq!(owner_of("narrator", &Names::default(), 2), Owner::Narrator(2));
    assert_eq!(owner_of("Tomasz’s knife", &Names::default(), 0), Owner::Thing("tomasz's knife".to_string()));
}

#[test]
fn a_note_and_a_pattern_that_say_the_same_are_one_fact_and_each_is_held_against_the_other() {
    // The reader notes one of the two; the patterns of words see both.
    let replies: &[(&[&str], &str)] = &[
        (&["brown eyes", "Notes:"], "2|Nadia Frost|eyes|brown"),
        (&["green eyes", "Notes:"], "none"),
        (&["can A and B both be true"], "no"),
    ];
    let chapters = ["Nadia Frost was the first one in. Nadia Frost had brown eyes.", "Nadia Frost sat down. Nadia Frost had green eyes."];
    let told = Told::new(&chapters, "", replies);
    let sources: Vec<Vec<_>> =
        told.stated(&told.reading()).iter().map(|fact| fact.sources.iter().map(|source| source.name()).collect()).collect();
    assert_eq!(sources, [vec!["patterns", "reader"], vec!["patterns"]]);
    let clashes = told.clashes();
    assert_eq!(clashes.len(), 1);
    assert!(clashes[0].is_sure);
}

#[test]
fn a_deed_is_held_against_what_was_denied_and_against_a_death() {
    let chapters = [
        "Jem Tranter could not read. Jem Tranter was shown a letter. Uncle Teodor lay down. Uncle Teodor died that night.",
        "Jem Tranter opened it and read it through. Uncle Teodor walked her up the aisle. Jem Tranter did not read the rest.",
    ];
    let replies: &[(&[&str], &str)] = &[
        (&["could not read", "Notes:"], "1|Jem Tranter|cannot|read\n4|Uncle Teodor|died|that night"),
        (&["walked her up", "Notes:"], "none"),
        (&["can A and B both be true"], "no"),
    ];
    let told = Told::new(&chapters, "", replies);
    let mut quotes: Vec<_> = told.clashes().iter().map(|clash| told.quotes(clash)).collect();
    quotes.sort();
    let expected = [
        ["Jem Tranter could not read.", "Jem Tranter opened it and read it through."],
        ["Uncle Teodor died that night.", "Uncle Teodor walked her up the aisle."],
    ];
    assert_eq!(quotes, expected);
}

#[test]
fn the_time_of_a_scene_is_held_against_the_one_it_goes_on_from() {
    let replies: &[(&[&str], &str)] = &[
        (&["on a Friday", "Notes:"], "1|scene|weekday|Friday"),
        (&["slow Wednesday", "Notes:"], "1|scene|weekday|Wednesday"),
        (&["can A and B both be true"], "no"),
    ];
    let chapters = |second| ["The story broke on a Friday.", second];
    let same_day = Told::new(&chapters("That same afternoon, a slow Wednesday, Len went out."), "", replies);
    assert_eq!(same_day.clashes().len(), 1);
    let counted = Told::new(&chapters("Two days later, on a slow Wednesday, Len went out."), "", replies);
    assert_eq!(counted.clashes().len(), 1, "Friday and two days are a Sunday");
    let later_that_day = Told::new(&chapters("Five days later, on a slow Wednesday, Len went out. That evening it rained."), "", replies);
    assert!(later_that_day.clashes().is_empty());
    let same_night = Told::new(&chapters("Len wrote it the same night, a slow Wednesday."), "", replies);
    assert_eq!(same_night.clashes().len(), 1);
    let since = Told::new(&chapters("Len had not slept since that night. It was a slow Wednesday."), "", replies);
    assert!(since.clashes().is_empty());
    let five_days = Told::new(&chapters("Five days later, on a slow Wednesday, Len went out."), "", replies);
    assert!(five_days.clashes().is_empty());
    let dates = [
        (&["began on", "Notes:"][..], "1|scene|date|8 May 1952"),
        (&["They went", "Notes:"], "1|scene|date|9 May 1952"),
        (&["can A and B"], "no"),
    ];
    let on = |second| Told::new(&["It began on 8 May 1952.", second], "", &dates).clashes().len();
    assert_eq!(on("The next morning, 9 May 1952, was wet. They went out."), 0);
    assert_eq!(on("That same afternoon, 9 May 1952, was wet. They went out."), 1);
    let another = Told::new(&chapters("In the spring, on a slow Wednesday, Len went out."), "", replies);
    assert!(another.clashes().is_empty());
}

#[test]
fn two_lengths_of_one_way_are_held_against_each_other_whatever_it_is_called() {
    let chapters = ["It was two days from Thornbury to Exeter by coach.", "The drive to Exeter from Thornbury took five hours."];
    let replies: &[(&[&str], &str)] = &[
        (&["two days", "Notes:"], "1|Thornbury to Exeter|travel|two days by coach"),
        (&["five hours", "Notes:"], "1|the drive to Exeter|travel|five hours"),
        (&["can A and B both be true"], "no"),
    ];
    let clashes = Told::new(&chapters, "", replies).clashes();
    assert_eq!(clashes.iter().map(Clash::rule).collect::<Vec<_>>(), ["impossible-journey"]);
}

#[test]
fn whoever_does_not_drink_may_have_a_ginger_ale() {
    for (drink, found) in [("third whisky", 1), ("gin and tonic", 1), ("ginger ale", 0)] {
        let chapters = [
            "Nadia Frost did not drink.".to_string(),
            format!("Nadia Frost finished her {drink} of the evening, as she did every evening."),
        ];
        let note = format!("1|Nadia Frost|habit|{drink} every evening");
        let replies: &[(&[&str], &str)] = &[
            (&["did not drink", "Notes:"], "1|Nadia Frost|habit|does not drink"),
            (&["finished", "Notes:"], &note),
            (&["can A and B both be true"], "no"),
        ];
        assert_eq!(Told::new(&[&chapters[0], &chapters[1]], "", replies).clashes().len(), found, "{drink}");
    }
}

/// What the reader notes of two chapters, and the rule that they break together; nothing where both can be true.
struct TwoChapters {
    chapters: [&'static str; 2],
    notes: [&'static str; 2],
    rule: Option<&'static str>,
}

#[test]
fn what_code_can_tell_apart_is_found_whatever_matter_it_is_noted_as() {
    let pairs = [
        TwoChapters {
            chapters: ["A scar ran down Nadia Frost's left cheek.", "Nadia Frost turned the scarred right cheek away."],
            notes: ["1|Nadia Frost|mark|scar down left cheek", "1|Nadia Frost|face|scarred right cheek"],
            rule: Some("changed-appearance"),
        },
        TwoChapters {
            chapters: ["The grey mare Juniper had foaled.", "Juniper was the finest stallion in the county."],
            notes: ["1|Juniper|look|grey mare", "1|Juniper|rank|finest stallion in the county"],
            rule: Some("changed-title"),
        },
        TwoChapters {
            chapters: ["Nadia Frost drove a yellow Beetle.", "Nadia Frost's Beetle was blue."],
            notes: ["1|Nadia Frost|owns|yellow Beetle", "1|Nadia Frost's Beetle|look|blue"],
            rule: Some("changed-detail"),
        },
        TwoChapters {
            chapters: ["Nadia Frost drove a yellow Beetle.", "Nadia Frost's Beetle was yellow."],
            notes: ["1|Nadia Frost|owns|yellow Beetle", "1|Nadia Frost's Beetle|look|yellow"],
            rule: None,
        },
        TwoChapters {
            chapters: ["Only Nadia Frost knew where the money was.", "Nadia Frost had no idea where the money was."],
            notes: ["1|the money|knows|only Nadia Frost", "1|Nadia Frost|unaware|where the money was"],
            rule: Some("knows-too-early"),
        },
        TwoChapters {
            chapters: ["Martin Frost had never been married.", "Martin Frost's late wife had chosen the wallpaper."],
            notes: ["1|Martin Frost|married|never married", "1|Martin Frost's late wife|past|chose the wallpaper"],
            rule: Some("changed-relation"),
        },
        TwoChapters {
            chapters: ["In 1911 Nadia Frost was ten years old.", "In 1914 Nadia Frost was sixteen."],
            notes: ["1|Nadia Frost|age|ten", "1|Nadia Frost|age|sixteen"],
            rule: Some("impossible-age"),
        },
        TwoChapters {
            chapters: ["In 1911 Nadia Frost was ten years old.", "In 1914 Nadia Frost was thirteen."],
            notes: ["1|Nadia Frost|age|ten", "1|Nadia Frost|age|thirteen"],
            rule: None,
        },
        TwoChapters {
            chapters: ["The telegram came on Tuesday.", "Nadia Frost remembered that the telegram had come on a Sunday."],
            notes: ["1|scene|weekday|Tuesday", "1|the telegram|weekday|Sunday"],
            rule: Some("wrong-weekday"),
        },
        TwoChapters {
            chapters: ["The mill burned down in February.", "It was July when the mill burned down."],
            notes: ["1|the mill|past|burned down in February", "1|the mill|past|burned down"],
            rule: Some("changed-past"),
        },
        TwoChapters {
            chapters: ["The hotel had four floors.", "They put Nadia Frost on the eleventh floor of the hotel."],
            notes: ["1|the hotel|part|four floors", "1|the hotel|part|eleventh floor"],
            rule: Some("changed-detail"),
        },
        TwoChapters {
            chapters: ["Nadia Frost did not have a word of German.", "Nadia Frost spoke fluent French."],
            notes: ["1|Nadia Frost|cannot|a word of German", "1|Nadia Frost|can|fluent French"],
            rule: None,
        },
        TwoChapters {
            chapters: ["Nadia Frost could not swim.", "Nadia Frost swam to the boat."],
            notes: ["1|Nadia Frost|cannot|swim", "1|Nadia Frost|can|swims to the boat"],
            rule: Some("changed-ability"),
        },
        TwoChapters {
            chapters: ["All could swim but Davy Tregear, who would have gone down.", "Davy dived off the quay and swam for the boat."],
            notes: ["1|Davy Tregear|cannot|swim", "1|Davy|can|dives, swims"],
            rule: Some("changed-ability"),
        },
        TwoChapters {
            chapters: ["Nadia Frost's flat was on the sixth floor.", "Nadia Frost loved her flat on the ground floor."],
            notes: ["1|Nadia Frost's flat|where|sixth floor", "1|Nadia Frost|home|flat on the ground floor"],
            rule: Some("changed-place"),
        },
        TwoChapters {
            chapters: ["Nadia Frost drove a green pickup.", "They knew Nadia Frost's truck, the red pickup."],
            notes: ["1|Nadia Frost|owns|green pickup", "1|Nadia Frost's truck|look|red pickup"],
            rule: Some("changed-detail"),
        },
        TwoChapters {
            chapters: ["Nadia Frost held the letter over the candle, and it burned to ash.", "Nadia Frost's letter was in the drawer."],
            notes: ["1|Nadia Frost's letter|look|burned to ash", "1|Nadia Frost's letter|where|in the drawer"],
            rule: Some("changed-place"),
        },
        TwoChapters {
            chapters: ["Nadia Frost had been blind from birth.", "Nadia Frost looked up and saw that the girl had wept."],
            notes: ["1|Nadia Frost|sense|blind from birth", "none"],
            rule: Some("changed-side"),
        },
        TwoChapters {
            chapters: ["Seven of them set out.", "All five who had set out came home."],
            notes: ["1|the climbers|count|seven set out", "1|the climbers|count|five who set out"],
            rule: Some("changed-count"),
        },
        TwoChapters {
            chapters: ["Nadia Frost wore her hair pinned up.", "Nadia Frost's white hair was wet."],
            notes: ["1|Nadia Frost|hair|pinned up", "1|Nadia Frost|hair|white"],
            rule: None,
        },
        TwoChapters {
            chapters: ["Nadia Frost carried a pen everywhere.", "Nadia Frost ate a bag of crisps on the platform."],
            notes: ["1|Nadia Frost|habit|carries a pen", "1|Nadia Frost|habit|eats crisps"],
            rule: None,
        },
    ];
    hold(&pairs);
}

/// Checks that a sure model makes of each the rule that it breaks, and no other.
fn hold(pairs: &[TwoChapters]) {
    for TwoChapters { chapters, notes, rule } in pairs {
        let replies: &[(&[&str], &str)] =
            &[(&[chapters[0], "Notes:"], notes[0]), (&[chapters[1], "Notes:"], notes[1]), (&["can A and B both be true"], "no")];
        let clashes = Told::new(chapters, "", replies).clashes();
        assert_eq!(clashes.iter().map(Clash::rule).collect::<Vec<_>>(), Vec::from_iter(*rule), "{} / {}", chapters[0], chapters[1]);
    }
}

#[test]
fn what_patterns_find_weighs_as_much_as_the_reader_believes_it() {
    for (reply, range) in [("0.9", 0.8..1.0), ("0.02", 0.0..0.2)] {
        let told = Told::new(&EYES, "", &[(&["Notes:"], "none"), (&["can A and B both be true"], reply)]);
        let reading = told.reading();
        let statement = |chapter: usize| {
            let scene = &told.series.chapters().nth(chapter).unwrap().scenes[0];
            Statement::Prose(scene.point, 0..scene.prose.len())
        };
        let weight = told.reader(&reading).weighed([&statement(0), &statement(1)], "Nadia Frost", "eyes");
        assert!(weight.is_some_and(|weight| range.contains(&weight)), "{reply}: {weight:?}");
    }
}

#[test]
fn one_person_under_several_names_is_one() {
    let chapters = ["Rosalind Achebe-Moore had brown eyes.", "Rosalind smiled. Her eyes were blue."];
    let replies: &[(&[&str], &str)] = &[
        (&["brown eyes", "Notes:"], "1|Rosalind Achebe-Moore|eyes|brown"),
        (&["were blue", "Notes:"], "2|Rosalind|eyes|blue"),
        (&["can A and B both be true"], "no"),
    ];
    assert_eq!(Told::new(&chapters, "", replies).clashes().len(), 1);
}

#[test]
fn a_name_with_a_title_is_that_name_unless_the_title_is_of_another_gender() {
    let chapters = [
        "“No,” said Dessie, and he sat down. Then Dessie laughed, and he rose. “Well,” said Roth, and he sat down. Then Roth laughed, and he rose.",
    ];
    let told = Told::new(&chapters, "", &[]);
    let note = |subject: &str, name: &str, value: &str| Note {
        line: 0,
        subject: subject.to_string(),
        attribute: super::attribute::named(name).unwrap(),
        value: value.to_string(),
        standing: Standing::Plain,
    };
    let notes = ["Little Dessie", "Captain Roth", "Mrs. Roth"].map(|name| note(name, "eyes", "green"));
    let notes = [&notes[..], &[note("Dessie", "rank", "Inspector")]].concat();
    let names = Names::of(told.facts.cast(), notes.iter());
    let owner = |subject| owner_of(subject, &names, 0);
    assert_eq!(owner("Little Dessie"), owner("Dessie"));
    assert_eq!(owner("Captain Roth"), owner("Roth"));
    assert_ne!(owner("Mrs. Roth"), owner("Roth"));
    assert_eq!(owner("the inspector"), owner("Dessie"));
    assert_eq!(owner("the church's tower"), owner("the tower of the church"));
}

#[test]
fn a_rank_by_itself_means_its_only_holder_where_the_scene_speaks_of_them() {
    let found = |second: &str| {
        let chapters = [
            "Then Colonel Dace sat down. “No,” said Colonel Dace. Colonel Dace had never grown a beard.".to_string(),
            format!("{second} The colonel stroked his grey beard."),
        ];
        let replies: &[(&[&str], &str)] = &[
            (&["never grown", "Notes:"], "3|Colonel Dace|beard|never grown a beard"),
            (&["stroked", "Notes:"], "2|the colonel|beard|grey beard"),
            (&["can A and B both be true"], "no"),
        ];
        Told::new(&[&chapters[0], &chapters[1]], "", replies).clashes().len()
    };
    assert_eq!(found("“Ah,” said Dace."), 1);
    assert_eq!(found("“Ah,” said Colonel Brand, and Colonel Brand laughed."), 0, "there are two");
}

#[test]
fn kinship_is_held_against_what_is_said_from_the_other_side() {
    let chapters = ["Ruth Ames and Delia Holt were no relation.", "Delia Holt was the sister of Ruth Ames."];
    let replies: &[(&[&str], &str)] = &[
        (&["no relation", "Notes:"], "1|Ruth Ames|kin|no relation to Delia Holt"),
        (&["the sister of", "Notes:"], "1|Delia Holt|kin|sister of Ruth Ames"),
        (&["can A and B both be true"], "no"),
    ];
    let clashes = Told::new(&chapters, "", replies).clashes();
    let shown: Vec<_> = clashes.iter().map(|clash| (clash.subject(), clash.later.value.clone())).collect();
    assert_eq!(shown, [("Ruth Ames".to_string(), "sibling of Delia Holt".to_string())]);
}

#[test]
fn a_bare_pronoun_is_whom_the_words_around_it_mean() {
    let replies: &[(&[&str], &str)] = &[
        (&["grey eyes", "Notes:"], "2|she|eyes|grey"),
        (&["green eyes", "Notes:"], "2|she|eyes|green"),
        (&["can A and B both be true"], "no"),
    ];
    assert_eq!(Told::new(&EYES, "", replies).clashes().len(), 1);
    // What he sees is hers.
    let told = Told::new(&["Tom Hale came in. He saw that she had grey eyes."], "", &[(&["grey eyes", "Notes:"], "2|she|eyes|grey")]);
    let reading = told.reading();
    let owners: Vec<Owner> = told.stated(&reading).into_iter().filter(|fact| fact.is_noted()).map(|fact| fact.owner).collect();
    assert_eq!(owners, [Owner::Stranger("she".to_string())]);
}

#[test]
fn a_note_is_held_against_the_bible_as_it_stands_there() {
    let bible = "- { name: Nadia Frost, kind: character, facts: { eye colour: grey }, progressions: [ { from: 02, facts: { eye colour: green } } ] }\n";
    let replies: &[(&[&str], &str)] = &[
        (&["grey eyes", "Notes:"], "2|Nadia Frost|eyes|brown"),
        (&["brown eyes", "Notes:"], "2|Nadia Frost|eyes|brown"),
        (&["can A and B both be true"], "no"),
    ];
    let chapters = ["Nadia Frost came in. She had brown eyes.", "Nadia Frost sat down. Her green eyes were tired."];
    let replies: Vec<(&[&str], &str)> = [replies, &[(&["green eyes", "Notes:"][..], "2|Nadia Frost|eyes|green")]].concat();
    let told = Told::new(&chapters, bible, &replies);
    let reading = told.reading();
    let clashes = canon::clashes(&told.stated(&reading), &told.bible, told.reader(&reading));
    let shown: Vec<_> = clashes.iter().map(|clash| (clash.later.value.as_str(), clash.earlier.value.as_str())).collect();
    assert_eq!(shown, [("brown", "grey")]);
}

#[test]
fn of_a_cast_of_hundreds_the_reader_is_told_of_the_few_who_are_there() {
    let names: Vec<String> = (0..300).map(|number| format!("Person{} Of{}", letters(number), letters(number))).collect();
    let text = names.iter().map(|name| format!("{name} came in and {name} said nothing.")).collect::<Vec<_>>().join(" ");
    let told = Told::new(&[&text], "", &[]);
    let chapter = told.series.chapters().next().unwrap();
    let ground = Ground::new(chapter, &chapter.scenes[0], told.facts.cast());
    let people = ground.people(0..text.len());
    assert!(people.len() <= 8, "{people:?}");
    // Without a reply nothing is noted, and that is reported.
    let reading = told.reading();
    assert!(reading.not_read > 0 && reading.why_not.is_some());
}

/// A number as letters.
fn letters(number: usize) -> String {
    let letter = |place: usize| char::from(b'a' + u8::try_from(number / 26_usize.pow(u32::try_from(place).unwrap_or(0)) % 26).unwrap_or(0));
    [letter(0), letter(1)].iter().collect()
}
