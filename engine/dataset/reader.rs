//! Lessons for a reader: each passage as the trained reader is shown it, with the notes that it made in an earlier run.
//!
//! They are the reader's own words, so they teach it nothing new as they are: they are for the author to correct. Notes that do not stand in
//! the text are out already.

use super::{Dataset, Exchange, Lesson, Material, Standing};
use crate::model::shape::NO_ROWS;
use crate::model::{Reply, Request};
use crate::notes::note;
use crate::notes::reader::{self, Asked, Written};
use crate::text::words;

/// The notes of earlier runs.
#[derive(Clone, Copy)]
pub struct Remembered<'a> {
    /// How much of what stands before a passage the reader was shown, in sentences.
    pub sentences_before: usize,
    /// The reply to a question; nothing for one that was not asked.
    pub recall: &'a dyn Fn(&Request) -> Option<Reply>,
}

/// Adds the passages that have notes.
pub fn add(dataset: &mut Dataset<'_>, material: &Material<'_>) {
    let Some(remembered) = material.remembered else { return };
    let written = Written { series: material.series, cast: material.cast, bible: material.bible };
    let mut passages: Vec<(usize, Asked<'_>, Reply)> = Vec::new();
    for asked in reader::asked(written, remembered.sentences_before) {
        let place = dataset.sources.iter().position(|source| source.chapter.path == asked.chapter.path);
        let Some(source) = place.filter(|place| !matches!(dataset.sources[*place].standing, Standing::LeftOut(_))) else { continue };
        match (remembered.recall)(&asked.request) {
            Some(reply) => passages.push((source, asked, reply)),
            None => dataset.left_out.unread += 1,
        }
    }
    let repeats = dataset.repeats(passages.iter().map(|(source, asked, _)| (*source, text_of(asked))));
    for ((source, asked, reply), _) in passages.iter().zip(repeats).filter(|(_, is_repeat)| !is_repeat) {
        match notes(asked, reply) {
            Some(output) => {
                let prompt = &asked.request.prompt;
                let input = format!("{}{}{}", prompt.passage, prompt.form, prompt.question);
                dataset.used(*source, words::count(text_of(asked)));
                dataset
                    .add(*source, Lesson::Exchange(Exchange { system: prompt.system.clone(), instruction: String::new(), input, output }));
            }
            None => dataset.left_out.unsound += 1,
        }
    }
}

fn text_of<'a>(asked: &Asked<'a>) -> &'a str {
    &asked.scene.prose[asked.passage.range()]
}

/// The notes as they are to be learnt: whole, and only those that stand in the text. Nothing of a reply that was cut, or of which nothing stands:
/// to learn from either that there is nothing to note would be wrong.
fn notes(asked: &Asked<'_>, reply: &Reply) -> Option<String> {
    if !reply.is_complete {
        return None;
    }
    let rows = note::sound_rows(&reply.text, true, &asked.scene.prose, &asked.passage);
    match rows.is_empty() {
        false => Some(rows.join("\n")),
        true => (reply.text.trim() == NO_ROWS).then(|| NO_ROWS.to_string()),
    }
}
