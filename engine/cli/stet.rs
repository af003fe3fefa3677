//! `copydesk stet`: lets a finding stand, lists what stands, and takes a dismissal back.

use super::args::Stet;
use super::seal::NewFiles;
use super::{messages, seal, session};
use crate::finding::history::{self, History, Record, State, Trace};
use crate::finding::stet::{self, Entry};
use crate::project::discover;
use crate::project::stet_file::{self, NewEntry};
use crate::sandbox;
use crate::text::escape::for_terminal;
use crate::text::{Problem, ProblemKind, SourcePath};
use std::path::{Path, PathBuf};

/// Does what the arguments say. Gives the exit status.
pub fn stet(arguments: &Stet) -> u8 {
    let (ids, folder) = super::args::ids_and_folder(&arguments.ids_and_folder);
    messages::outcome(attempt(arguments, &ids, &folder))
}

fn attempt(arguments: &Stet, ids: &[String], folder: &Path) -> Result<String, Problem> {
    let wrong = |message: String| Problem::new(ProblemKind::Configuration, message);
    session::existing_folder(folder)?;
    let new_files = if arguments.list { NewFiles::Nowhere } else { NewFiles::In(folder.to_path_buf()) };
    let state = seal::for_work(folder, arguments.state.as_deref(), new_files, false)?.state;
    let entries = entries(folder)?;
    if arguments.list {
        return Ok(listing(&entries, &open_history(state)));
    }
    if ids.is_empty() {
        return Err(no_finding_named("copydesk stet ID, with the id that each finding shows"));
    }
    if let Some(reason) = arguments.because.as_deref().filter(|reason| reason.contains(['\n', '\r'])) {
        return Err(wrong(format!("the reason is longer than one line: {}", for_terminal(reason))).advice("write one line"));
    }
    if arguments.remove {
        let known = entries.iter().map(|entry| entry.trace.id.as_str());
        let ids = ids.iter().map(|id| one_of(id, known.clone(), "dismissed in copydesk.stet.yaml", "copydesk stet --list shows all"));
        let ids = ids.collect::<Result<Vec<String>, Problem>>()?;
        stet_file::change(folder, &ids, &[])?;
        return Ok(ids.iter().map(|id| format!("{id} is dismissed no longer\n")).collect());
    }
    dismiss(arguments, ids, folder, &entries, &open_history(state))
}

/// What was found so far. From here on no file that is there already is opened for writing.
pub(super) fn open_history(state: PathBuf) -> History {
    let opened = session::open_state(state);
    let _ = sandbox::close_existing_files();
    let history = opened.store.history();
    messages::problems(&opened.problems.iter().chain(&opened.store.troubles()).collect::<Vec<_>>());
    history
}

fn dismiss(arguments: &Stet, ids: &[String], folder: &Path, entries: &[Entry], history: &History) -> Result<String, Problem> {
    let live = || history.values().filter(|record| record.state.is_live());
    let advice = "copydesk run shows what there is to dismiss, and `copydesk report` what was found last";
    let ids = ids.iter().map(|id| one_of(id, live().map(Record::id), "among the findings of the last runs", advice));
    let records: Vec<&Record> = ids.collect::<Result<Vec<String>, Problem>>()?.iter().filter_map(|id| history.get(id)).collect();
    let new_entry = |record: &&Record| {
        let entry = new_entry(&record.trace, &record.subjects, record.quotes.first().map(|quote| &quote.file));
        NewEntry { because: arguments.because.clone(), ..entry }
    };
    // An older dismissal of the same finding, and one that it goes on from, say nothing any more.
    let known = |id: &String| entries.iter().any(|entry| entry.trace.id == *id);
    let is_gone = |id: &String| history.get(id).is_none_or(|record| !record.state.is_live());
    let own = records.iter().map(|record| record.id().to_string());
    let before = records.iter().filter_map(|record| record.reopened_from.clone()).filter(is_gone);
    let replaced: Vec<String> = own.chain(before).filter(known).collect();
    stet_file::change(folder, &replaced, &records.iter().map(new_entry).collect::<Vec<_>>())?;
    let said = |record: &&Record| format!("{} stands: {}\n", record.id(), for_terminal(&record.message));
    Ok(records.iter().map(said).collect::<String>() + "written to copydesk.stet.yaml; the next run leaves it out\n")
}

/// The dismissals that there are.
///
/// # Errors
/// The file cannot be read, or something in it is wrong: then nothing is written to it.
pub(super) fn entries(folder: &Path) -> Result<Vec<Entry>, Problem> {
    let (entries, problems) = stet::entries(&stet_file::load(folder)?, &SourcePath::new(discover::STET_FILE));
    problems.into_iter().next().map_or(Ok(entries), Err)
}

/// The entry that dismisses a finding, by its trace, whom it is about, and the file of its first quote.
pub(super) fn new_entry(trace: &Trace, about: &[String], file: Option<&SourcePath>) -> NewEntry {
    NewEntry {
        id: trace.id.clone(),
        rule: trace.rule.clone(),
        about: about.to_vec(),
        quotes: trace.quotes.clone(),
        at: file.map(|file| file.on_disk().to_string()).unwrap_or_default(),
        because: None,
    }
}

/// The command was given no identity.
pub(super) fn no_finding_named(advice: &str) -> Problem {
    Problem::new(ProblemKind::Configuration, "no finding was named".to_string()).advice(advice)
}

/// The one identity that begins like this.
pub(super) fn one_of<'a>(asked: &str, known: impl Iterator<Item = &'a str>, what: &str, advice: &str) -> Result<String, Problem> {
    let matching: Vec<&str> = known.filter(|id| id.starts_with(asked)).collect();
    let wrong = |message: String| Problem::new(ProblemKind::Configuration, message);
    match matching.as_slice() {
        _ if matching.contains(&asked) => Ok(asked.to_string()),
        [one] => Ok(one.to_string()),
        [] => Err(wrong(format!("no finding {} is {what}", for_terminal(asked))).advice(advice)),
        several => Err(wrong(format!("{} may be {}", for_terminal(asked), several.join(" or "))).advice("give one more letter")),
    }
}

/// Entries, and what the history knows of them.
fn listing(entries: &[Entry], history: &History) -> String {
    let mut text = String::new();
    for entry in entries {
        let record = history.get(&entry.trace.id);
        let about = record.map_or_else(|| entry.trace.rule.clone(), |record| format!("{} {}", entry.trace.rule, record.message));
        let reason = entry.reason.as_ref().map(|reason| format!(", because {reason}")).unwrap_or_default();
        let state = match record.map(|record| record.state) {
            Some(State::Fixed | State::Replaced) => " (no longer found)",
            _ => "",
        };
        text += &format!("{}  {}{}{state}\n", for_terminal(&entry.trace.id), for_terminal(about.trim()), for_terminal(&reason));
    }
    let by_mark = history.values().filter(|record| record.state == State::Dismissed && record.mark.is_some());
    for record in history::in_order(by_mark) {
        let place = record.quotes.first().map(|quote| format!("{}:{}", quote.file.on_disk(), quote.line)).unwrap_or_default();
        let (id, rule, message) = (record.id(), &record.trace.rule, &record.message);
        text += &format!("{id}  {rule} {}, by a mark in the text near {}\n", for_terminal(message), for_terminal(&place));
    }
    if text.is_empty() { "nothing is dismissed\n".to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_may_be_given_by_its_beginning() {
        let known = ["54043da98f", "54043da98f-2", "5abc"];
        let found = |asked: &str| one_of(asked, known.into_iter(), "there", "look").map_err(|problem| problem.message);
        assert_eq!(found("5a"), Ok("5abc".to_string()));
        assert_eq!(found("54043da98f"), Ok("54043da98f".to_string()), "the whole of one may begin another");
        assert_eq!(found("54"), Err("54 may be 54043da98f or 54043da98f-2".to_string()));
        assert_eq!(found("6"), Err("no finding 6 is there".to_string()));
    }
}
