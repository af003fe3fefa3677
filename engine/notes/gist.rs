//! A summary of a passage, line by line: what the reader tells, held against the lines it says it tells.

use super::note::whole_rows;
use super::passage::Passage;
use crate::facts::claim::SummaryClaim;
use std::ops::RangeInclusive;

/// A sentence of a summary, as far as its passage bears it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GistLine {
    pub text: String,
    /// The lines of the passage that it tells, from 0, the last one included.
    pub lines: RangeInclusive<usize>,
}

/// Most lines that may bear out one line of a summary.
const PROOF_LINES: usize = 6;

/// The lines of a summary that their passage bears out, in its order, and how many it does not: every name and number of a line, and most of
/// its telling words, must stand in the lines it tells or right beside them; names of people who are known to be there may stand before.
pub fn read(reply: &str, is_complete: bool, prose: &str, passage: &Passage, people: &[String]) -> (Vec<GistLine>, usize) {
    let known = people.join(", ");
    let shown = &prose[passage.range()];
    let (mut lines, mut dropped): (Vec<GistLine>, usize) = (Vec::new(), 0);
    for row in whole_rows(reply, is_complete) {
        match line(row).filter(|line| is_borne_out(line, prose, passage, shown, &known)) {
            Some(line) if !lines.iter().any(|other| other.text == line.text) => lines.push(line),
            Some(_) => {}
            None => dropped += 1,
        }
    }
    lines.sort_by_key(|line| (*line.lines.start(), *line.lines.end()));
    (lines, dropped)
}

/// `[3-5] She goes home.`
fn line(row: &str) -> Option<GistLine> {
    let (numbers, text) = row.strip_prefix('[')?.split_once(']')?;
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let place = |number: &str| number.trim().parse::<usize>().ok()?.checked_sub(1);
    let (first, last) = (place(first)?, place(last)?);
    let text = text.trim();
    (first <= last && text.ends_with(['.', '!', '?', '”', '’', '"'])).then(|| GistLine { text: text.to_string(), lines: first..=last })
}

fn is_borne_out(line: &GistLine, prose: &str, passage: &Passage, shown: &str, known: &str) -> bool {
    let Some(last) = passage.lines.len().checked_sub(1).filter(|last| line.lines.end() <= last) else { return false };
    let told = line.lines.start().saturating_sub(1)..=(line.lines.end() + 1).min(last);
    let sentences: Vec<String> = passage.lines[told].iter().map(|line| format!("{} {known}", &prose[line.range.clone()])).collect();
    let sentences: Vec<&str> = sentences.iter().map(String::as_str).collect();
    SummaryClaim::new(&line.text, &format!("{shown} {known}")).proof(&sentences, PROOF_LINES.max(sentences.len())).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::passage::passages;
    use super::*;
    use crate::manuscript::{Chapter, KeyNames, SourceFile};

    #[test]
    fn what_the_passage_does_not_say_is_dropped_and_counted() {
        let text = "Mara carried the brass key to the harbour. She hid it under the third stone. It rained all night.";
        let chapter = Chapter::parse(&SourceFile::new("1.md", text), &KeyNames::default()).0;
        let scene = &chapter.scenes[0];
        let passage = &passages(scene, 0)[0];
        let people = ["Mara Vance".to_string()];
        let reply = "[1] Mara carries the brass key to the harbour.\n[2] Mara hides it under the third stone.\n[2] Edmund hides it under the tenth stone.\n[9] It rains.\nnonsense\n[3] It rains all night";
        let (lines, dropped) = read(reply, true, &scene.prose, passage, &people);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["Mara carries the brass key to the harbour.", "Mara hides it under the third stone."]);
        assert_eq!(dropped, 4);
        assert_eq!(read(reply, false, &scene.prose, passage, &people).1, 3, "the last row of a reply that was cut is none");
    }
}
