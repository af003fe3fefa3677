//! `copydesk order`: the reading order and what decided it.

use super::args::Place;
use super::messages;
use crate::manuscript::{ReadingOrder, Series};
use crate::project::Snapshot;
use crate::report::{Scope, counted};
use crate::run::shipped;
use crate::text::{DOCUMENT_FORMS, Problem, ProblemKind, escape};
use std::fmt::Write;

/// Prints the reading order. Gives the exit status.
pub fn order(place: &Place) -> u8 {
    let snapshot = match Snapshot::take(&place.folder, shipped::shipped()) {
        Ok(snapshot) => snapshot,
        Err(error) => {
            messages::problems(&[&Problem::new(ProblemKind::Configuration, error.to_string())]);
            return super::USAGE;
        }
    };
    let (series, order, problems) = Series::assemble(&snapshot.chapters, &snapshot.config.order_settings());
    messages::say(&listing(&series, &order));
    let all: Vec<&Problem> = snapshot.problems.iter().chain(&problems).collect();
    messages::problems(&all);
    let has = |kind| all.iter().any(|problem| problem.kind == kind);
    if has(ProblemKind::Configuration) { 2 } else { u8::from(has(ProblemKind::NotChecked)) * 3 }
}

fn listing(series: &Series, order: &ReadingOrder) -> String {
    let mut text = String::new();
    for (book, ordered) in series.books.iter().zip(&order.books) {
        let title = escape::for_terminal(&book.title);
        let folder = if book.folder.is_empty() {
            "this folder".to_string()
        } else {
            escape::for_terminal(&Scope::Book(book.folder.clone()).to_string())
        };
        let _ = writeln!(text, "{title} ({folder}), {}, {}", counted(book.chapters.len() as u64, "chapter", "chapters"), ordered.reason);
        for chapter in &book.chapters {
            let mode = chapter.front_matter.mode_name.as_ref().map(|mode| format!(", {}", escape::for_terminal(mode))).unwrap_or_default();
            let (path, title) = (escape::for_terminal(&chapter.path.shown()), escape::for_terminal(&chapter.title));
            let _ = writeln!(
                text,
                "  {:>3}  {path}  “{title}”  {}, {}{mode}",
                chapter.number,
                counted(chapter.scenes.len() as u64, "scene", "scenes"),
                counted(chapter.words() as u64, "word", "words"),
            );
        }
    }
    if series.books.is_empty() {
        let _ = writeln!(text, "no chapters were found; chapters are Markdown files (.md), or {DOCUMENT_FORMS}");
    }
    for (path, reason) in &order.left_out {
        let _ = writeln!(text, "left out: {} ({reason})", escape::for_terminal(&path.shown()));
    }
    text
}
