//! The page as HTML. Every word of the author's goes through the escaping of `maud`; styles and script are the two files beside this one.

use super::passage::Passage;
use super::{OfChapter, Shown, Source, chart};
use crate::finding::Severity;
use crate::finding::history::{Record, State};
use crate::report::style_sheet::{Person, Present, SceneEntry, Statement, StyleSheet};
use crate::report::{ChapterEntry, counted, grouped, morning};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::collections::BTreeSet;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a browser may load for the page: nothing but these two, known by their SHA-256. A test makes the hashes again.
const POLICY: &str = "default-src 'none'; style-src 'sha256-vEMznRoQsdcIvUt+RwYoks3pP7ittXbcpnMtRDAnFVA='; script-src 'sha256-irynVS4YMf+krNgyZxnWe2s2QqwrzKmlnF+d9RsxBbI='; base-uri 'none'; form-action 'none'";

pub(super) fn page(source: &Source<'_>, chapters: &[OfChapter<'_>]) -> Markup {
    let title = source.series.title.as_str();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="generator" content="copydesk";
                title { (title) ": report of copydesk" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#findings" { "To the findings" }
                header class="page" {
                    h1 { (title) }
                    p class="quiet" { (size(source)) " Last run: " (source.last_run) "." }
                    nav aria-label="Parts of this page" {
                        ul {
                            @for (id, name) in [("since", "What changed"), ("findings", "Findings"), ("presence", "Who is where"), ("timeline", "Timeline"), ("people", "People"), ("coverage", "What was not checked")] {
                                li { a href={ "#" (id) } { (name) } }
                            }
                        }
                    }
                }
                main {
                    section id="since" { (since(source)) }
                    section id="findings" tabindex="-1" { (findings(chapters)) }
                    section id="presence" { (presence(source.sheet)) }
                    section id="timeline" { (timeline(source.sheet)) }
                    section id="people" { (people(source.sheet)) }
                    section id="coverage" { (coverage(source)) }
                }
                footer class="page" { "Made by copydesk on this computer. The page loads nothing and sends nothing." }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn size(source: &Source<'_>) -> String {
    let series = source.series;
    let books = if series.books.len() > 1 { format!("{} books, ", series.books.len()) } else { String::new() };
    let chapters = counted(series.chapters().count() as u64, "chapter", "chapters");
    format!("{books}{chapters}, {}.", counted(series.words() as u64, "word", "words"))
}

fn since(source: &Source<'_>) -> Markup {
    let sections = source.morning.sections();
    let with_records = || sections.iter().filter(|section| !section.records.is_empty());
    html! {
        h2 { "Since " (source.morning.since) }
        ul class="counts" {
            @for section in with_records() { li { b { (grouped(section.records.len() as u64)) } " " (section.words) } }
        }
        @if with_records().next().is_none() { p { "No findings." } }
        // The others stand below with their passages.
        @for section in with_records().filter(|section| matches!(section.heading, "Fixed" | "Dismissed")) {
            details {
                summary { (section.heading) " (" (section.records.len()) ")" }
                ul { @for record in section.records { li { (record.message) " " span class="quiet" { (record.trace.rule) ", " (record.id()) } } } }
            }
        }
    }
}

fn findings(chapters: &[OfChapter<'_>]) -> Markup {
    let all = || chapters.iter().flat_map(|chapter| &chapter.findings);
    let rules: BTreeSet<&str> = all().map(|shown| shown.record.trace.rule.as_str()).collect();
    html! {
        h2 { "Findings" }
        @if rules.is_empty() { p { "The last runs found nothing." } } @else {
            form id="filters" hidden aria-label="Which findings are shown" { (filters(&rules, all().any(|shown| shown.is_new))) }
            p class="quiet" { "From the keyboard: j and k go to the next finding and the one before." }
        }
        @for chapter in chapters {
            section class="chapter" {
                h3 { (chapter.heading) }
                @for shown in &chapter.findings { (finding(shown)) }
            }
        }
    }
}

fn filters(rules: &BTreeSet<&str>, has_new: bool) -> Markup {
    let check_box = |name: &str, value: &str, words: &str, is_on: bool| {
        html! { label { input type="checkbox" name=(name) value=(value) checked[is_on]; " " (words) } }
    };
    html! {
        fieldset {
            legend { "Show" }
            @for severity in [Severity::Contradiction, Severity::Query, Severity::Note] {
                (check_box("severity", &severity.to_string(), &plural(severity), true))
            }
        }
        fieldset {
            legend { "that are" }
            (check_box("standing", "open", "open", true))
            (check_box("standing", "less-certain", "less certain", true))
            (check_box("standing", "dismissed", "dismissed", false))
        }
        label { "Rule " select name="rule" { option value="" { "all" } @for rule in rules { option value=(rule) { (rule) } } } }
        @if has_new { (check_box("new", "yes", "only new ones", false)) }
        output id="shown" {}
    }
}

fn plural(severity: Severity) -> String {
    match severity {
        Severity::Query => "queries".to_string(),
        other => format!("{other}s"),
    }
}

fn finding(shown: &Shown<'_>) -> Markup {
    let record = shown.record;
    let standing = match record.state {
        State::LessCertain => "less-certain",
        State::Dismissed => "dismissed",
        _ => "open",
    };
    let heading = format!("finding-{}", record.id());
    html! {
        article id=(record.id()) class={ "finding " (record.severity) } tabindex="-1" aria-labelledby=(heading) data-severity=(record.severity) data-standing=(standing)
            data-rule=(record.trace.rule) data-is-new=[shown.is_new.then_some("yes")] {
            h4 id=(heading) { (record.message) }
            p class="about" {
                b { (record.severity) } ", " (record.trace.rule)
                @if shown.is_new { ", new" }
                @if record.state == State::LessCertain { ", less certain than the rule asks" }
                @if record.state == State::Dismissed { ", dismissed" @if let Some(reason) = &record.reason { " because " (reason) } }
                @if record.is_unchecked { ", not checked again in the last run" }
            }
            div class="passages" { @for passage in &shown.passages { (figure(passage)) } }
            details { summary { "How sure, and what to do" } (behind(record)) }
        }
    }
}

fn figure(passage: &Passage) -> Markup {
    html! {
        figure {
            figcaption { (passage.of) ", " code { (passage.place) } @if passage.is_gone { "; these words have changed since" } }
            blockquote {
                (passage.before)
                mark { @for piece in &passage.quote { @if piece.differs { strong { (piece.words) } } @else { (piece.words) } } }
                (passage.after)
            }
        }
    }
}

/// What a finding rests on, and the command that lets it stand.
fn behind(record: &Record) -> Markup {
    let sources: Vec<&str> = record.sources.iter().map(|source| source.words()).collect();
    html! {
        p {
            @if !sources.is_empty() { "Seen by " (sources.join(", and by ")) ". " }
            @match record.confidence {
                Some(confidence) => { "The model is " (format!("{:.0}", (confidence * 100.0).floor())) " % sure of it." }
                None => { "Code alone found it, so that there is no number." }
            }
            @if let Some(words) = &record.model_note { " The model’s words: " q { (words) } }
        }
        @match (record.state, &record.mark) {
            (State::Dismissed, Some(_)) => { p { "To take that back, take the mark out of the text." } }
            (State::Dismissed, None) => { p { "To take that back: " code { "copydesk stet --remove " (record.id()) } } }
            _ => { p { "To let the text stand: " code { "copydesk stet " (record.id()) } } }
        }
    }
}

/// What stands in place of what no run has kept.
fn no_sheet() -> Markup {
    html! { p { "The next run of copydesk makes this part of the page." } }
}

fn presence(sheet: Option<&StyleSheet>) -> Markup {
    let Some(sheet) = sheet else { return html! { h2 { "Who is where" } (no_sheet()) } };
    let people = chart::people(sheet);
    html! {
        h2 { "Who is where" }
        @if people.is_empty() { p { "Nobody is named more than once." } } @else {
            p class="quiet" { "A bar for each chapter that names somebody, the higher the more often for its length." }
            div class="scroll" tabindex="0" role="region" aria-label="Chart of people by chapter" { (PreEscaped(chart::presence(sheet))) }
            details {
                summary { "The same as a table" }
                div class="scroll" tabindex="0" role="region" aria-label="Table of people by chapter" { (presence_table(sheet, people)) }
            }
        }
    }
}

fn presence_table(sheet: &StyleSheet, people: &[Person]) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { "Name" } @for chapter in sheet.contents.chapters() { th scope="col" class="number" { (chapter.number) } } } }
            tbody {
                @for person in people {
                    tr {
                        th scope="row" { (person.name) }
                        @for count in &person.named_in { td class="number" { @if *count > 0 { (count) } } }
                    }
                }
            }
        }
    }
}

fn timeline(sheet: Option<&StyleSheet>) -> Markup {
    let Some(sheet) = sheet else { return html! { h2 { "Timeline" } (no_sheet()) } };
    let chapters: Vec<&ChapterEntry> = sheet.contents.chapters().collect();
    let is_told = |scene: &&SceneEntry| !(scene.date.is_empty() && scene.time.is_empty() && scene.location.is_empty());
    let scenes: Vec<&SceneEntry> = sheet.scenes.iter().filter(is_told).collect();
    html! {
        h2 { "Timeline" }
        @if scenes.is_empty() {
            p { "No scene has a date. Write " code { "date: 1904-03-01" } " above a chapter, and this part shows when each scene is and how old its people are." }
        } @else {
            div class="scroll" tabindex="0" role="region" aria-label="Timeline" {
                table {
                    thead { tr { @for heading in ["Chapter", "Scene", "Date", "Place", "Who, and how old"] { th scope="col" { (heading) } } } }
                    @for book in &sheet.contents.books {
                        tbody {
                            @if sheet.contents.books.len() > 1 { tr { th colspan="5" scope="rowgroup" { (book.title) } } }
                            @for (scene, chapter) in scenes.iter().filter_map(|scene| Some((scene, chapters.get(scene.chapter)?))) {
                                @if book.chapters.contains(chapter) { (scene_row(scene, chapter, &sheet.people)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn scene_row(scene: &SceneEntry, chapter: &ChapterEntry, people: &[Person]) -> Markup {
    html! {
        tr {
            td { (chapter.number) ". " (chapter.title) }
            td { (scene.number) }
            td class="date" { (scene.date) @if scene.is_counted { " (counted)" } @if !scene.time.is_empty() { " " (scene.time) } }
            td { (scene.location) }
            td { (present(&scene.people, people)) }
        }
    }
}

fn present(people: &[Present], all: &[Person]) -> String {
    let named = people.iter().filter_map(|present| Some((all.get(present.person)?, present.age)));
    let words = named.map(|(person, age)| match age {
        Some((least, most)) if least == most => format!("{} ({least})", person.name),
        Some((least, most)) => format!("{} ({least} or {most})", person.name),
        None => person.name.clone(),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn people(sheet: Option<&StyleSheet>) -> Markup {
    let Some(sheet) = sheet else { return html! { h2 { "People" } (no_sheet()) } };
    html! {
        h2 { "People" }
        p class="quiet" {
            "What the bible says, and what copydesk noted in the prose. "
            @if sheet.passages_read == 0 { "Without the trained reader, that is only what code reads by its patterns." }
            @else { "The reader is a small model and errs; the words that it read stand beside each note." }
        }
        @for person in &sheet.people { (one_person(person)) }
    }
}

fn one_person(person: &Person) -> Markup {
    let chapters = person.named_in.iter().filter(|count| **count > 0).count() as u64;
    let facts = person.statements.len() as u64;
    html! {
        details class="person" {
            summary {
                b { (person.name) } " "
                span class="quiet" { "in " (counted(chapters, "chapter", "chapters")) ", " (counted(facts, "fact", "facts")) }
            }
            @if !person.other_names.is_empty() { p class="quiet" { "Also: " (person.other_names.join(", ")) } }
            @if !person.statements.is_empty() {
                table {
                    thead { tr { @for heading in ["What", "Value", "Where", "In which words", "Seen by"] { th scope="col" { (heading) } } } }
                    tbody { @for statement in in_groups(&person.statements) { (row(statement)) } }
                }
            }
        }
    }
}

/// Statements of one thing one below the other, each group where its first stands.
fn in_groups(statements: &[Statement]) -> Vec<&Statement> {
    let first = |statement: &Statement| statements.iter().position(|other| other.about == statement.about);
    let mut all: Vec<&Statement> = statements.iter().collect();
    all.sort_by_key(|statement| first(statement));
    all
}

fn row(statement: &Statement) -> Markup {
    html! {
        tr {
            td { (statement.about) }
            td { (statement.value) }
            td { code { (statement.evidence.file_and_line()) } }
            td { q { (statement.evidence.quote) } @if statement.is_speech { span class="quiet" { " (somebody says so)" } } }
            td { (statement.sources.iter().map(|source| source.name()).collect::<Vec<_>>().join(", ")) }
        }
    }
}

fn coverage(source: &Source<'_>) -> Markup {
    let not_checked = &source.morning.not_checked;
    let unread = source.sheet.map_or(0, |sheet| sheet.passages_not_read) as u64;
    let rules: Vec<String> = morning::rule_lines(source.morning).collect();
    html! {
        h2 { "What was not checked" }
        @if not_checked.is_empty() && unread == 0 { p { "The last runs checked everything that they were asked to." } }
        ul {
            @for what in not_checked { li { (what) } }
            @if unread > 0 { li { (counted(unread, "passage", "passages")) " the trained reader did not come to" } }
        }
        @if !rules.is_empty() { h3 { "Rules whose findings you dismiss" } ul { @for line in &rules { li { (line) } } } }
    }
}

#[cfg(test)]
pub(super) const PARTS: [&str; 3] = [STYLE, SCRIPT, POLICY];
