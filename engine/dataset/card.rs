//! The card of a dataset: what is in it, where it comes from, what was left out, whose it is and how to use it.

use super::{Dataset, Form, Purpose, Share, Standing};
use crate::report::counted;
use crate::text::{ContentHash, escape};
use std::fmt::Write;

/// Hexadecimal digits of a file's hash in the card: enough to see an edit.
const HASH_DIGITS: usize = 32;

/// The line of the card about a file: its name, its lines, its hash. A file that was changed afterwards has another.
pub fn file_line(name: &str, text: &str) -> String {
    format!("| {name} | {} | {} |", text.lines().count(), ContentHash::of(text.as_bytes()).short(HASH_DIGITS))
}

/// The whole card, for these files. `title` is that of the series, or the name of the author's folder.
pub fn render(dataset: &Dataset<'_>, title: &str, files: &[(&str, &str)]) -> String {
    let mut card = format!("# {}, for {}\n\n", escape::for_markdown(title), dataset.wanted.purpose.word());
    let _ = writeln!(card, "{}\n", purpose_words(dataset.wanted.purpose));
    card += "**This folder holds the text of the books below, unpublished ones included. Whoever has it has them; so has whoever you send it to, \
             and so may whoever has a model that was trained on it.**\n\n";
    card += &counts(dataset);
    card += "\n## Files\n\n| file | lines | BLAKE3, shortened |\n| --- | --- | --- |\n";
    for (name, text) in files {
        let _ = writeln!(card, "{}", file_line(name, text));
    }
    let form = dataset.wanted.form;
    let _ = writeln!(card, "\nEach line is one JSON object in the form *{}*: {}.", form.word(), form_words(form));
    card += "\n## Licence\n\nThe text belongs to its author. Nothing here grants a licence to anybody, and copydesk claims none. What you may do with \
             a model that you train on it depends on the licence of the model you begin with as well.\n";
    let _ = writeln!(card, "\n## How to use it\n\n{}", use_words(dataset));
    card += &sources(dataset);
    card += &left_out(dataset);
    card
}

fn purpose_words(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Voice => {
            "Prose in windows, to teach a model the author’s voice. A window never crosses the end of a chapter and ends where a paragraph does, or, \
             in a paragraph that is too long, where a sentence does. Paragraphs are parted by an empty line, scenes by `***`. Markup, headings, \
             comments, notes and front matter are out."
        }
        Purpose::Instruct => {
            "Questions and answers about the story: what the bible says, in its own words, and who is named in a passage. Names are found by code, \
             so look some of these answers over before you train."
        }
        Purpose::Reader => {
            "Passages as copydesk’s trained reader is shown them, each with the notes that it made. **These are a model’s notes, not the truth.** \
             Rows whose words do not stand in the text are out; the rest may still be wrong or lack something. Correct them before you train: on \
             its own words a reader learns its own mistakes."
        }
    }
}

fn form_words(form: Form) -> &'static str {
    match form {
        Form::Text => "`text`",
        Form::Alpaca => "`instruction`, `input`, `output`",
        Form::Sharegpt => "`conversations`, a list of `from` (`human`, `gpt`, and `system` where there is one) and `value`",
        Form::Messages => "`messages`, a list of `role` (`user`, `assistant`, and `system` where there is one) and `content`",
    }
}

fn use_words(dataset: &Dataset<'_>) -> &'static str {
    match (dataset.wanted.purpose, dataset.held_out.lessons.is_empty()) {
        (_, true) => "Train on `train.jsonl`. Nothing is held out, so nothing here can tell whether a model has learnt or only remembers.",
        (Purpose::Instruct, false) => {
            "Train on `train.jsonl`, and take `held-out.jsonl` for the loss on what was not trained on. What the bible says is all in the first: what \
             is not trained on cannot be known."
        }
        (_, false) => {
            "Train on `train.jsonl`, and take `held-out.jsonl` for the loss on what was not trained on: once that no longer falls, more training only \
             makes the model remember."
        }
    }
}

fn counts(dataset: &Dataset<'_>) -> String {
    let chapters = |standing| dataset.sources.iter().filter(|source| source.standing == standing).count();
    let books: std::collections::BTreeSet<usize> =
        dataset.sources.iter().filter(|source| !matches!(source.standing, Standing::LeftOut(_))).map(|source| source.book.number).collect();
    let (train, held_out) = (&dataset.train, &dataset.held_out);
    let row = |name: &str, of: &dyn Fn(&Share) -> usize| format!("| {name} | {} | {} |\n", of(train), of(held_out));
    let mut text =
        format!("## Counts\n\n{}.\n\n| | for training | held out |\n| --- | --- | --- |\n", counted(books.len() as u64, "book", "books"));
    let _ = writeln!(text, "| chapters | {} | {} |", chapters(Standing::Train), chapters(Standing::HeldOut));
    let passages = if dataset.wanted.purpose == Purpose::Voice { "windows" } else { "passages" };
    text += &row(passages, &|share| share.passages);
    text += &row("words in them", &|share| share.words);
    if dataset.wanted.purpose == Purpose::Instruct {
        let _ = writeln!(text, "| pairs from the bible | {} | 0 |", dataset.of_bible);
    }
    text += &row("lines", &|share| share.lessons.len());
    let all = train.words + held_out.words;
    if let Some(tenths) = (held_out.words * 1000 + all / 2).checked_div(all) {
        let _ = writeln!(text, "\nHeld out: {}.{} % of the words, in whole chapters.", tenths / 10, tenths % 10);
    }
    text
}

fn sources(dataset: &Dataset<'_>) -> String {
    let mut text = "\n## Sources\n\n| file | title | words | |\n| --- | --- | --- | --- |\n".to_string();
    for source in &dataset.sources {
        let standing = match source.standing {
            Standing::Train => "for training".to_string(),
            Standing::HeldOut => "held out".to_string(),
            Standing::LeftOut(reason) => format!("left out: {reason}"),
        };
        let language = source.chapter.foreign_language.map(|language| format!("; {language}")).unwrap_or_default();
        let (path, title) = (escape::for_markdown(&source.chapter.path.shown()), escape::for_markdown(&source.chapter.title));
        let _ = writeln!(text, "| {path} | {title} | {} | {standing}{language} |", source.chapter.words());
    }
    for (path, reason) in &dataset.no_chapters.left_out {
        let _ = writeln!(text, "| {} | | | no chapter: {} |", escape::for_markdown(&path.shown()), escape::for_markdown(reason));
    }
    text
}

fn left_out(dataset: &Dataset<'_>) -> String {
    let left_out = dataset.left_out;
    let unclear = "which name nobody, or somebody who may be one of several, or are not in English";
    let unread = "of which no notes are remembered";
    let unsound = "whose notes were cut, or do not stand in the text";
    let changing = "which change in the course of the story and so have no one answer";
    let lines = [
        (left_out.same, "passage", "passages", "that stand elsewhere too, word for word"),
        (left_out.near, "passage", "passages", "most of which stands elsewhere (four fifths of their runs of eight words)"),
        (left_out.unclear, "passage", "passages", unclear),
        (left_out.unread, "passage", "passages", unread),
        (left_out.unsound, "passage", "passages", unsound),
        (left_out.changing, "field or relation of the bible", "fields and relations of the bible", changing),
    ];
    let mut text = "\n## What was left out\n\n".to_string();
    let whole = dataset.sources.iter().filter(|source| matches!(source.standing, Standing::LeftOut(_))).count();
    if whole > 0 {
        let _ = writeln!(text, "* {}, as the table says", counted(whole as u64, "whole chapter", "whole chapters"));
    }
    for (count, one, more, why) in lines.into_iter().filter(|(count, ..)| *count > 0) {
        let _ = writeln!(text, "* {}, {why}", counted(count as u64, one, more));
    }
    if whole == 0 && left_out == super::LeftOut::default() {
        text += "Nothing.\n";
    }
    text
}
