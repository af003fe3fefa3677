//! `copydesk dataset`: the author's chapters, bible or remembered notes as lines that trainers read, in a folder of their own.

use super::args::{Dataset as Arguments, DatasetForm, DatasetPurpose};
use super::seal::NewFiles;
use super::{messages, seal, session};
use crate::dataset::{self, Dataset, Form, Material, Purpose, Remembered, Share, Wanted};
use crate::facts::Facts;
use crate::manuscript::Series;
use crate::model::{Fingerprint, Memory, Reply, Request};
use crate::notes::adapters;
use crate::project::{Snapshot, write};
use crate::report::counted;
use crate::run::{self, StoreMemory, shipped};
use crate::text::escape::for_terminal;
use crate::text::{DOCUMENT_FORMS, Problem, ProblemKind};
use crate::{bible, sandbox};
use std::path::{Path, PathBuf};

/// The files of a dataset.
const TRAIN: &str = "train.jsonl";
const HELD_OUT: &str = "held-out.jsonl";
const CARD: &str = "README.md";

/// Writes a dataset. Gives the exit status: 0 written, 2 wrong usage, 3 written without a file that could not be read.
pub fn dataset(arguments: &Arguments) -> u8 {
    match attempt(arguments) {
        Ok((said, problems)) => {
            messages::say(&said);
            messages::problems(&problems.iter().collect::<Vec<_>>());
            let has = |kind| problems.iter().any(|problem| problem.kind == kind);
            if has(ProblemKind::Configuration) { super::USAGE } else { u8::from(has(ProblemKind::NotChecked)) * super::NOT_CHECKED }
        }
        Err(problem) => messages::outcome(Err(problem)),
    }
}

fn wrong(message: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Configuration, message)
}

fn attempt(arguments: &Arguments) -> Result<(String, Vec<Problem>), Problem> {
    let wanted = wanted(arguments)?;
    let root = Snapshot::root(&arguments.folder).map_err(|error| wrong(error.to_string()))?;
    let out = place(arguments, &root, wanted.purpose)?;
    check_replaceable(&out)?;
    std::fs::create_dir_all(&out).map_err(|error| not_written(&out, &error))?;
    let notes = if wanted.purpose == Purpose::Reader {
        let state = seal::for_work(&arguments.folder, arguments.setting.state.as_deref(), NewFiles::In(out.clone()), false)?.state;
        Some(session::open_state(state))
    } else {
        seal::for_writing(std::slice::from_ref(&out));
        None
    };
    let snapshot = Snapshot::take(&arguments.folder, shipped::shipped()).map_err(|error| wrong(error.to_string()))?;
    let mut problems = snapshot.problems.clone();
    let notes = match notes {
        Some(state) => {
            problems.extend(state.problems.clone());
            let fingerprint = fingerprint(arguments, &snapshot, &state)?;
            let _ = sandbox::close_existing_files();
            Some((StoreMemory::new(&state.folder, state.store, 0, session::now()), fingerprint))
        }
        None => None,
    };
    let task = run::task(&snapshot, None);
    let (series, order, of_series) = Series::assemble(&task.chapters, &task.order);
    let (bible, of_bible) = bible::read(&task.bible, &series);
    problems.extend(of_series.into_iter().chain(of_bible));
    let facts = Facts::read(&series, &bible, &task.calendar);
    let recall = |request: &Request| -> Option<Reply> {
        let (memory, fingerprint) = notes.as_ref()?;
        memory.recall(&request.key(fingerprint))
    };
    let sentences_before =
        notes.as_ref().and_then(|(_, fingerprint)| adapters::of_model(fingerprint)).map(|adapter| adapter.sentences_before);
    let remembered = sentences_before.map(|sentences_before| Remembered { sentences_before, recall: &recall });
    let material = Material { series: &series, order: &order, bible: &bible, cast: facts.cast(), remembered };
    let dataset = dataset::build(material, wanted);
    if dataset.is_empty() {
        return Err(nothing(&dataset));
    }
    let title = if series.title.is_empty() { &snapshot.root_name } else { &series.title };
    publish(&out, &dataset, title)?;
    Ok((said(&out, &dataset), problems))
}

/// What was asked for, in the words of the module.
fn wanted(arguments: &Arguments) -> Result<Wanted, Problem> {
    let purpose = match arguments.purpose {
        DatasetPurpose::Voice => Purpose::Voice,
        DatasetPurpose::Instruct => Purpose::Instruct,
        DatasetPurpose::Reader => Purpose::Reader,
    };
    let form = arguments.form.map(|form| match form {
        DatasetForm::Text => Form::Text,
        DatasetForm::Alpaca => Form::Alpaca,
        DatasetForm::Sharegpt => Form::Sharegpt,
        DatasetForm::Messages => Form::Messages,
    });
    let form = form.unwrap_or(purpose.usual_form());
    if let Some(why) = form.unsuited(purpose) {
        let problem = wrong(format!("--form {} does not suit --for {}: {why}", form.word(), purpose.word()));
        return Err(problem.advice(format!("leave it out; the usual form is {}", purpose.usual_form().word())));
    }
    if purpose == Purpose::Reader && arguments.words.is_some() {
        return Err(wrong("--words does not go with --for reader: its passages are cut as the reader reads them").advice("leave it out"));
    }
    let words = arguments.words.map_or(purpose.usual_words(), usize::from);
    Ok(Wanted { purpose, form, words, held_out_percent: u64::from(arguments.held_out) })
}

/// Where it is written: where the author says, else beside the folder of the chapters, never inside it.
fn place(arguments: &Arguments, root: &Path, purpose: Purpose) -> Result<PathBuf, Problem> {
    if let Some(out) = &arguments.out {
        let whole = std::path::absolute(out).unwrap_or_else(|_| out.clone());
        if std::path::absolute(root).is_ok_and(|root| whole.starts_with(root)) {
            let problem = wrong(format!("{} lies among your chapters", for_terminal(&out.to_string_lossy())));
            return Err(problem.advice("name a folder elsewhere with --out"));
        }
        return Ok(out.clone());
    }
    let beside = root.parent().zip(root.file_name());
    let (parent, name) = beside.ok_or_else(|| wrong("there is no place beside this folder").advice("name one with --out"))?;
    let mut name = name.to_os_string();
    name.push("-dataset");
    Ok(parent.join(name).join(purpose.word()))
}

/// Says when something in the folder is not as an earlier `copydesk dataset` left it: corrected notes are work, and chapters more so.
fn check_replaceable(out: &Path) -> Result<(), Problem> {
    let shown = for_terminal(&out.to_string_lossy());
    let kept =
        |what: String| wrong(format!("{what}, so nothing was written")).advice("name another folder with --out, or move this one away");
    let entries = match std::fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(not_written(out, &error)),
    };
    let names: Vec<std::ffi::OsString> = entries
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| not_written(out, &error))?
        .iter()
        .map(std::fs::DirEntry::file_name)
        .collect();
    if let Some(other) = names.iter().find(|name| ![TRAIN, HELD_OUT, CARD].iter().any(|own| *name == own)) {
        return Err(kept(format!("{shown} holds something else than a dataset ({})", for_terminal(&other.to_string_lossy()))));
    }
    if names.is_empty() {
        return Ok(());
    }
    let read = |name: &str| std::fs::read_to_string(out.join(name)).ok();
    let card = read(CARD).filter(|card| write::is_unedited(card));
    let card = card.ok_or_else(|| kept(format!("{shown} has no {CARD} that copydesk wrote, as it wrote it")))?;
    for name in [TRAIN, HELD_OUT].into_iter().filter(|name| names.iter().any(|there| there == name)) {
        if !read(name).is_some_and(|text| card.contains(&dataset::file_line(name, &text))) {
            return Err(kept(format!("{name} in {shown} was changed since it was written")));
        }
    }
    Ok(())
}

fn not_written(place: &Path, error: &std::io::Error) -> Problem {
    wrong(format!("{} could not be written: {error}", for_terminal(&place.to_string_lossy()))).advice("name another folder with --out")
}

/// The identity of the model whose notes are wanted. Its weights are hashed at most, never opened.
fn fingerprint(arguments: &Arguments, snapshot: &Snapshot, state: &session::OpenState) -> Result<Fingerprint, Problem> {
    let advice = "the notes are those of a model that read the book; `copydesk models` shows which the trained reader fits";
    if snapshot.config.server.is_some() && arguments.setting.model.is_none() {
        let message = "copydesk.yaml names a server, and what the reader noted there is not made into lessons";
        return Err(wrong(message)
            .advice("read the book with a model on this computer, `copydesk run notes --model NAME`, and give --model here too"));
    }
    let models = session::model_on_disk(&arguments.setting, &snapshot.config, state)?;
    let models = models.ok_or_else(|| wrong("there is no model, and so there are no notes").advice(advice))?;
    let fingerprint = models.reading().fingerprint;
    match adapters::of_model(&fingerprint) {
        Some(_) => Ok(fingerprint),
        None => Err(wrong(format!("the trained reader does not fit the model {}", for_terminal(&fingerprint.name))).advice(advice)),
    }
}

/// Why there is nothing to write.
fn nothing(dataset: &Dataset<'_>) -> Problem {
    if dataset.wanted.purpose == Purpose::Reader && dataset.left_out.unread > 0 {
        let message = format!("no notes are remembered of {}", counted(dataset.left_out.unread as u64, "passage", "passages"));
        return wrong(message).advice("`copydesk run notes` has the reader read the book; then give the same --model and --state here");
    }
    match dataset.sources.is_empty() {
        true => wrong("no chapters were found in this folder")
            .advice(format!("chapters are Markdown files, .md, or {DOCUMENT_FORMS}; `copydesk order` shows what was looked at")),
        false => wrong("there is nothing to make lessons of in these chapters, so nothing was written")
            .advice("`copydesk order` shows what was read"),
    }
}

/// The lessons first and the card last: a card never tells of files that are not there.
fn publish(out: &Path, dataset: &Dataset<'_>, title: &str) -> Result<(), Problem> {
    let form = dataset.wanted.form;
    let (train, held_out) = (dataset.train.lines(form), dataset.held_out.lines(form));
    let card = write::sealed(&dataset::card(dataset, title, &[(TRAIN, &train), (HELD_OUT, &held_out)]));
    for (name, text) in [(TRAIN, &train), (HELD_OUT, &held_out), (CARD, &card)] {
        let place = out.join(name);
        write::replace_whole(&place, text).map_err(|error| not_written(&place, &error))?;
    }
    Ok(())
}

fn said(out: &Path, dataset: &Dataset<'_>) -> String {
    let line = |name: &str, share: &Share| {
        let passages = if dataset.wanted.purpose == Purpose::Voice { ["window", "windows"] } else { ["passage", "passages"] };
        let [one, more] = passages;
        format!(
            "  {name:<15} {}, {} of {}\n",
            counted(share.lessons.len() as u64, "line", "lines"),
            counted(share.passages as u64, one, more),
            counted(share.words as u64, "word", "words"),
        )
    };
    let mut said = format!("written to {}:\n", for_terminal(&out.to_string_lossy()));
    said += &line(TRAIN, &dataset.train);
    said += &line(HELD_OUT, &dataset.held_out);
    said += &format!("  {CARD:<15} counts, sources, what was left out\n");
    if dataset.left_out.unread > 0 {
        said += &format!(
            "{} left out, because the reader has not read them; `copydesk run notes` does\n",
            counted(dataset.left_out.unread as u64, "passage was", "passages were")
        );
    }
    if dataset.wanted.purpose == Purpose::Reader {
        said += "The notes are the reader’s own. Correct them before you train on them, in a copy of this folder.\n";
    }
    said + "It is the text of your book: keep it where you keep that. docs/backlist.md tells how to train with it.\n"
}
