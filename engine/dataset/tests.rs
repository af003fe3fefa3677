//! Lessons of whole series: what goes where, what is left out, and that nothing is in both shares.

use super::*;
use crate::bible;
use crate::facts::Facts;
use crate::facts::calendar::Calendar;
use crate::manuscript::{OrderSettings, SourceFile};
use crate::model::ModelQueue;
use crate::model::scripted::{RecordedReply, ScriptedModel};
use crate::model::{Fingerprint, Memory, Reply, Request};
use crate::notes::adapters::ADAPTERS;
use crate::notes::reader::{self, Written};
use crate::notes::{READER, Wanted as Reading};
use crate::text::ContentHash;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// What an author has, read.
struct Desk {
    series: Series,
    order: ReadingOrder,
    bible: Bible,
    facts: Facts,
}

fn desk(files: &[(&str, String)], notes: &[(&str, &str)]) -> Desk {
    let files: Vec<SourceFile> = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
    let notes: Vec<SourceFile> = notes.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
    let (series, order, _) = Series::assemble(&files, &OrderSettings::default());
    let (bible, _) = bible::read(&notes, &series);
    let facts = Facts::read(&series, &bible, &Calendar::default());
    Desk { series, order, bible, facts }
}

impl Desk {
    fn material(&self) -> Material<'_> {
        Material { series: &self.series, order: &self.order, bible: &self.bible, cast: self.facts.cast(), remembered: None }
    }

    /// Nothing of a short book, whose chapters the lots would part.
    fn percent(&self) -> u64 {
        if self.series.chapters().count() < 5 { 0 } else { 10 }
    }

    fn voice(&self, form: Form, words: usize) -> Dataset<'_> {
        build(self.material(), Wanted { purpose: Purpose::Voice, form, words, held_out_percent: self.percent() })
    }

    fn instruct(&self) -> Dataset<'_> {
        build(self.material(), Wanted { purpose: Purpose::Instruct, form: Form::Alpaca, words: 200, held_out_percent: self.percent() })
    }
}

/// Prose that no other chapter has: sentences of five words that name the chapter and count.
fn prose(chapter: usize, paragraphs: usize) -> String {
    let paragraph = |number: usize| format!("Lamp{chapter} and tide{number} went out. Crew{number} of ship{chapter} slept.\n\n");
    (0..paragraphs).map(paragraph).collect()
}

fn chapters(count: usize) -> Vec<(String, String)> {
    (0..count).map(|chapter| (format!("{chapter:02}.md"), prose(chapter, 12))).collect()
}

fn numbered(count: usize) -> Desk {
    let files = chapters(count);
    desk(&files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect::<Vec<_>>(), &[])
}

fn texts(share: &Share) -> Vec<&str> {
    let text = |lesson: &'_ Lesson| matches!(lesson, Lesson::Text(_));
    assert!(share.lessons.iter().all(text), "only windows are wanted here");
    exchanges(share).into_iter().map(|[text, _, _]| text).collect()
}

/// Question, what it is about, answer.
fn exchanges(share: &Share) -> Vec<[&str; 3]> {
    fn parts(lesson: &Lesson) -> [&str; 3] {
        match lesson {
            Lesson::Exchange(exchange) => [&exchange.instruction, &exchange.input, &exchange.output],
            Lesson::Text(text) => [text, "", ""],
        }
    }
    share.lessons.iter().map(parts).collect()
}

#[test]
fn windows_end_where_paragraphs_do_and_lose_nothing() {
    let text = "---\nstatus: draft\n---\n# One\n\nFirst words of it all here.\n\n<!-- to do -->\n\nSecond *words* of it.\n\n***\n\nThird scene it is.\n";
    let desk = desk(&[("01.md", text.to_string())], &[]);
    let all = desk.voice(Form::Text, 100);
    assert_eq!(texts(&all.train), ["First words of it all here.\n\nSecond words of it.\n\n***\n\nThird scene it is."]);
    let small = desk.voice(Form::Text, 6);
    assert_eq!(texts(&small.train), ["First words of it all here.", "Second words of it.", "Third scene it is."]);
    assert_eq!((small.train.words, small.train.passages), (14, 3));
}

#[test]
fn a_long_paragraph_is_cut_between_sentences_and_a_scrap_joins_what_is_before() {
    let text = "One two three four five six. Seven eight nine ten eleven twelve. Thirteen fourteen.";
    let desk = desk(&[("01.md", text.to_string())], &[]);
    assert_eq!(
        texts(&desk.voice(Form::Text, 8).train),
        ["One two three four five six.", "Seven eight nine ten eleven twelve. Thirteen fourteen."]
    );
    assert_eq!(
        texts(&desk.voice(Form::Text, 7).train),
        ["One two three four five six.", "Seven eight nine ten eleven twelve. Thirteen fourteen."],
        "two words of seven are a scrap"
    );
    assert_eq!(texts(&desk.voice(Form::Text, 2).train).len(), 3, "a sentence is never cut");
}

#[test]
fn no_chapter_is_in_both_shares_and_a_new_one_moves_none() {
    let shares = |desk: &Desk, percent| {
        let wanted = Wanted { purpose: Purpose::Voice, form: Form::Text, words: 40, held_out_percent: percent };
        let dataset = build(desk.material(), wanted);
        let of = |standing| {
            let own = dataset.sources.iter().filter(|source| source.standing == standing);
            own.map(|source| source.chapter.path.to_string()).collect::<BTreeSet<_>>()
        };
        let words = |share: &Share| texts(share).join(" ");
        let (train, held_out) = (words(&dataset.train), words(&dataset.held_out));
        for chapter in 0..desk.series.chapters().count() {
            let name = format!("Lamp{chapter} ");
            assert!(train.contains(&name) != held_out.contains(&name), "{name} is in one share");
        }
        (of(Standing::Train), of(Standing::HeldOut))
    };
    let (train, held_out) = shares(&numbered(40), 10);
    assert!(!held_out.is_empty() && train.len() + held_out.len() == 40 && held_out.len() < 12, "{held_out:?}");
    let (_, later) = shares(&numbered(41), 10);
    assert!(held_out.is_subset(&later), "{held_out:?} {later:?}");
    let (_, more) = shares(&numbered(40), 30);
    assert!(held_out.is_subset(&more) && more.len() > held_out.len(), "{more:?}");
    assert_eq!(shares(&numbered(5), 1).1.len(), 1, "one of five, whatever the lots");
    assert_eq!(shares(&numbered(1), 50).1.len(), 0, "a book of one chapter is trained on");
    assert_eq!(shares(&numbered(40), 0).1.len(), 0);
}

#[test]
fn what_stands_twice_is_taken_once_and_never_held_out_as_well() {
    let mut files = chapters(6);
    // The whole of a chapter again, in another folder, with other quotation marks; and the next book's beginning at the end of this one.
    let again = files[3].1.replace("went out", "went  OUT");
    files.push(("book-2/01.md".to_string(), again));
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let desk = desk(&files, &[]);
    let dataset = desk.voice(Form::Text, 40);
    assert_eq!(dataset.left_out.same, 3, "the windows of the second copy");
    let all = [texts(&dataset.train), texts(&dataset.held_out)].concat().join(" ").to_lowercase();
    assert_eq!(all.matches("lamp3 and tide0 ").count(), 1);
}

#[test]
fn a_window_follows_the_one_before_it_within_a_chapter() {
    let desk =
        desk(&[("01.md", "Aa bb cc dd.\n\nEe ff gg hh.\n\nIi jj kk ll.\n".to_string()), ("02.md", "Mm nn oo pp.\n".to_string())], &[]);
    let dataset = desk.voice(Form::Messages, 4);
    assert_eq!(
        exchanges(&dataset.train),
        [["Continue the passage.", "Aa bb cc dd.", "Ee ff gg hh."], ["Continue the passage.", "Ee ff gg hh.", "Ii jj kk ll."]]
    );
}

#[test]
fn front_and_back_matter_is_left_out_and_the_card_says_so() {
    let matter = ["Copyright", "Dedication", "Acknowledgements", "About the Author", "Also by A. Author", "Table of Contents"];
    let mut files: Vec<(String, String)> =
        matter.iter().enumerate().map(|(number, title)| (format!("{number:02}-m.md"), format!("# {title}\n\nMatter{number}.\n"))).collect();
    files.push(("20.md".to_string(), "# Also Bysshe\n\nA story of Bysshe.\n".to_string()));
    files.push(("21.md".to_string(), "# The Copyright Thief\n\nA story of thieves.\n".to_string()));
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let desk = desk(&files, &[]);
    let dataset = desk.voice(Form::Text, 100);
    assert_eq!(texts(&dataset.train), ["A story of Bysshe.", "A story of thieves."]);
    let card = card(&dataset, "My | Books", &[("train.jsonl", "{}\n")]);
    assert_eq!(card.matches("left out: by its title").count(), matter.len(), "{card}");
    assert!(card.starts_with("# My \\| Books, for voice\n") && card.contains("* 6 whole chapters"), "{card}");
    assert!(card.contains("unpublished") && card.contains("Nothing here grants a licence"), "{card}");
    assert!(card.contains(&file_line("train.jsonl", "{}\n")) && !card.contains(&file_line("train.jsonl", "{ }\n")), "{card}");
}

#[test]
fn an_empty_manuscript_and_an_empty_chapter_give_nothing() {
    for files in [vec![], vec![("01.md", "# One\n\n<!-- later -->\n".to_string())]] {
        let desk = desk(&files, &[]);
        let dataset = desk.voice(Form::Text, 100);
        assert!(dataset.is_empty() && desk.instruct().is_empty());
        assert!(card(&dataset, "", &[]).contains("## Counts\n\n0 books."));
    }
}

#[test]
fn the_same_text_gives_the_same_bytes_whatever_the_order_of_the_files() {
    let mut files = chapters(12);
    files.push((
        "s.md".to_string(),
        "« Où est-elle ? » demanda le capitaine. Personne ne répondit, et la mer était calme ce soir-là.".repeat(9),
    ));
    let written = |files: &[(String, String)]| {
        let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        let desk = desk(&files, &[("bible/mara.md", MARA)]);
        let (voice, instruct) = (desk.voice(Form::Sharegpt, 40), desk.instruct());
        let lines = |dataset: &Dataset<'_>| [&dataset.train, &dataset.held_out].map(|share| share.lines(dataset.wanted.form));
        (lines(&voice), lines(&instruct), card(&voice, "t", &[]), card(&instruct, "t", &[]))
    };
    let first = written(&files);
    files.reverse();
    assert!(first == written(&files) && first.2.contains("French"), "{}", first.2);
}

const MARA: &str = "---\nname: Mara Vance\naliases: [Mara, the clerk]\nfacts: { Eye_colour: green, rank: clerk, reads: yes }\nrelations: [{ to: Noll, is: brother }, { to: Ida, is: friend, until: '02' }]\nprogressions: [{ from: '02', facts: { rank: master } }]\nknows: [{ fact: who has the key, from: '02' }]\nlies: [I never swim]\n---\n\nShe keeps the *books*.\n";

#[test]
fn the_bible_answers_in_its_own_words_and_only_what_does_not_change() {
    let desk = desk(
        &[("01.md", "Mara came in. Noll was late.\n".to_string()), ("02.md", "Nobody came.\n".to_string())],
        &[("bible/mara.md", MARA), ("bible/noll.md", "---\nname: Noll\naliases: [the clerk]\n---\n")],
    );
    let dataset = desk.instruct();
    let found = exchanges(&dataset.train);
    assert_eq!(
        found,
        [
            [
                "Who is Mara Vance?",
                "",
                "Mara Vance is a character, also called Mara and the clerk. Eye colour: green. Reads: yes. Noll: brother."
            ],
            ["Who is called Mara?", "", "Mara Vance."],
            ["What colour are Mara Vance’s eyes?", "", "Green."],
            ["What does the bible say of Mara Vance under “reads”?", "", "Yes."],
            ["How do Mara Vance and Noll stand to each other?", "", "Brother."],
            ["What does Mara Vance come to know in the story?", "", "Who has the key."],
            ["What does Mara Vance say that is not true?", "", "I never swim."],
            ["What do the author’s notes say of Mara Vance?", "", "She keeps the *books*."],
            ["Who is Noll?", "", "Noll is a character, also called the clerk."],
            ["Who is named in this passage?", "Mara came in. Noll was late.", "Mara Vance and Noll."],
        ]
    );
    assert_eq!((dataset.of_bible, dataset.left_out.changing, dataset.left_out.unclear), (9, 2, 1), "rank and Ida; “Nobody came.”");
}

#[test]
fn whoever_may_be_one_of_two_makes_a_passage_unclear() {
    let desk = desk(
        &[("01.md", "The clerk saw Noll.\n".to_string())],
        &[
            ("bible/mara.md", "---\nname: Mara\naliases: [The clerk]\n---\n"),
            ("bible/noll.md", "---\nname: Noll\naliases: [The clerk]\n---\n"),
        ],
    );
    let dataset = desk.instruct();
    assert_eq!((dataset.left_out.unclear, dataset.train.passages), (1, 0));
}

/// Remembers replies as the store does.
#[derive(Default)]
struct Kept(Mutex<BTreeMap<ContentHash, Reply>>);

impl Memory for Kept {
    fn recall(&self, key: &ContentHash) -> Option<Reply> {
        self.0.lock().unwrap().get(key).cloned()
    }

    fn keep(&self, key: &ContentHash, reply: &Reply) {
        self.0.lock().unwrap().insert(*key, reply.clone());
    }
}

#[test]
fn the_readers_notes_of_an_earlier_run_come_back_with_what_it_was_shown() {
    let first = "Then Mara Vance came in. Mara Vance had green eyes.\n\nMara Vance sat down.\n";
    let files =
        [("01.md", first.to_string()), ("02.md", "It rained all day.\n".to_string()), ("03.md", "# Dedication\n\nFor Mara.\n".to_string())];
    let desk = desk(&files, &[]);
    let fingerprint = Fingerprint {
        name: "recorded".to_string(),
        file_hash: ContentHash::of(b"recorded"),
        settings: String::new(),
        adapters: BTreeMap::from([(READER.to_string(), ADAPTERS[0].hash())]),
    };
    let replies =
        [("green eyes", "2|Mara Vance|eyes|green\n2|Mara Vance|hair|red\n9|Mara Vance|eyes|green"), ("rained", "none"), ("For", "none")];
    let replies = replies.map(|(when, reply)| RecordedReply { when: vec![when.to_string()], reply: reply.to_string() });
    let memory = Arc::new(Kept::default());
    let model = ScriptedModel::new(replies.to_vec());
    let queue = ModelQueue::start(Some(fingerprint.clone()), memory.clone(), Box::new(move || Ok(Box::new(model))));
    let written = Written { series: &desk.series, cast: desk.facts.cast(), bible: &desk.bible };
    reader::read(written, &queue, Reading { notes: true, summary: false }, &BTreeSet::new(), &Arc::default());

    let recall = |request: &Request| memory.recall(&request.key(&fingerprint));
    let wanted = Wanted { purpose: Purpose::Reader, form: Form::Messages, words: 0, held_out_percent: 0 };
    let remembered = Some(Remembered { sentences_before: ADAPTERS[0].sentences_before, recall: &recall });
    let dataset = build(Material { remembered, ..desk.material() }, wanted);
    assert_eq!((dataset.train.lessons.len(), dataset.left_out), (2, LeftOut::default()));
    let line: serde_json::Value = serde_json::from_str(dataset.train.lines(Form::Messages).lines().next().unwrap()).unwrap();
    let said: Vec<&str> = line["messages"].as_array().unwrap().iter().map(|turn| turn["content"].as_str().unwrap()).collect();
    assert_eq!(said[0], "You read a novel for its copy editor.");
    assert_eq!(
        said[1],
        "People: Mara Vance\n\n1 Then Mara Vance came in.\n2 Mara Vance had green eyes.\n\n3 Mara Vance sat down.\n\nNotes:"
    );
    assert_eq!(said[2], "2|Mara Vance|eyes|green", "what does not stand there is out");
    assert_eq!(exchanges(&dataset.train)[1][2], "none");

    // Another model has read nothing.
    let other = Fingerprint { file_hash: ContentHash::of(b"other"), ..fingerprint.clone() };
    let recall = |request: &Request| memory.recall(&request.key(&other));
    let remembered = Some(Remembered { sentences_before: ADAPTERS[0].sentences_before, recall: &recall });
    let dataset = build(Material { remembered, ..desk.material() }, wanted);
    assert_eq!((dataset.is_empty(), dataset.left_out.unread), (true, 2));
}

#[test]
fn notes_that_were_cut_or_that_do_not_stand_there_are_not_learnt_from() {
    let desk = desk(&[("01.md", "Mara Vance had green eyes.\n".to_string())], &[]);
    for (text, is_complete) in [("1|Mara Vance|eyes|green\n1|Mara", false), ("1|Mara Vance|hair|red", true), ("", true)] {
        let recall = |_: &Request| Some(Reply { text: text.to_string(), is_complete, ..Reply::default() });
        let wanted = Wanted { purpose: Purpose::Reader, form: Form::Messages, words: 0, held_out_percent: 0 };
        let remembered = Some(Remembered { sentences_before: 3, recall: &recall });
        let dataset = build(Material { remembered, ..desk.material() }, wanted);
        assert_eq!((dataset.is_empty(), dataset.left_out.unsound), (true, 1), "{text}");
    }
}
