//! `copydesk explain`: what a finding of the last runs rests on. Reads what they have kept; runs nothing and reads no chapter.

use super::args::Explain;
use super::seal::NewFiles;
use super::{messages, seal, session, stet};
use crate::finding::history::{Record, State};
use crate::text::Problem;
use crate::text::escape::for_terminal;
use std::path::Path;

/// Prints what there is to say of each finding. Gives the exit status.
pub fn explain(arguments: &Explain) -> u8 {
    let (ids, folder) = super::args::ids_and_folder(&arguments.ids_and_folder);
    messages::outcome(attempt(arguments, &ids, &folder))
}

fn attempt(arguments: &Explain, ids: &[String], folder: &Path) -> Result<String, Problem> {
    session::existing_folder(folder)?;
    let state = seal::for_work(folder, arguments.state.as_deref(), NewFiles::Nowhere, false)?.state;
    let history = stet::open_history(state);
    let advice = "copydesk run shows what there is, and `copydesk report` what was found last";
    if ids.is_empty() {
        return Err(stet::no_finding_named("copydesk explain ID, with the id that each finding shows"));
    }
    let known = || history.values().map(Record::id);
    let ids = ids.iter().map(|id| stet::one_of(id, known(), "among the findings of the last runs", advice));
    let ids = ids.collect::<Result<Vec<String>, Problem>>()?;
    let explained: Vec<String> = ids.iter().filter_map(|id| history.get(id)).map(explained).collect();
    Ok(explained.join("\n"))
}

fn explained(record: &Record) -> String {
    let mut text = format!("{}  {}\n{}\n", record.id(), record.trace.rule, for_terminal(&record.message));
    for quote in &record.quotes {
        text += &format!("  {}:{}  “{}”\n", for_terminal(quote.file.on_disk().as_str()), quote.line, for_terminal(&quote.words));
    }
    text += &format!("Found by the script{} {}", if record.scripts.len() == 1 { "" } else { "s" }, record.scripts.join(" and "));
    let sources: Vec<&str> = record.sources.iter().map(|source| source.words()).collect();
    text += &if sources.is_empty() { ".\n".to_string() } else { format!("; seen by {}.\n", sources.join(", and by ")) };
    text += &match record.confidence {
        Some(confidence) => format!("How sure: the model is {:.0} % sure of it.\n", (confidence * 100.0).floor()),
        None => "How sure: code alone found it, so that there is no number.\n".to_string(),
    };
    if let Some(words) = &record.model_note {
        text += &format!("The model’s words: {}\n", for_terminal(words));
    }
    let id = record.id();
    let reason = record.reason.as_ref().map(|reason| format!(", because {}", for_terminal(reason))).unwrap_or_default();
    text += &match record.state {
        State::Open => format!("It is open. `copydesk stet {id}` lets the text stand.\n"),
        State::LessCertain => {
            format!("It is listed last, for the model was less sure than its rule asks. `copydesk stet {id}` lets the text stand.\n")
        }
        State::Dismissed => format!("You let the text stand{reason}. `copydesk stet --remove {id}` takes that back.\n"),
        State::Off => "Its rule is switched off in copydesk.yaml, or its script is gone.\n".to_string(),
        State::Fixed => "The last run did not find it any more.\n".to_string(),
        State::Replaced => "One of its quotes has changed, and a newer finding goes on from it.\n".to_string(),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Source;
    use crate::finding::history::{RecordedQuote, Trace};
    use crate::text::SourcePath;
    use std::collections::BTreeSet;

    #[test]
    fn a_finding_is_explained_by_what_saw_it_and_how_sure_that_is() {
        let quote = |file, line, words: &str| RecordedQuote { file: SourcePath::new(file), line, column: 1, words: words.to_string() };
        let record = Record {
            confidence: Some(0.789),
            sources: BTreeSet::from([Source::Reader, Source::Patterns]),
            model_note: Some("brown eyes; green here".to_string()),
            ..Record::example(
                Trace { id: "54043da98f".to_string(), rule: "changed-appearance".to_string(), ..Trace::default() },
                "Mara, eyes: “green” here, but “brown” elsewhere.",
                vec![quote("02.md", 3, "mara’s green eyes"), quote("01.md", 7, "her brown eyes")],
                State::Open,
            )
        };
        insta::assert_snapshot!(explained(&record), @r"
        54043da98f  changed-appearance
        Mara, eyes: “green” here, but “brown” elsewhere.
          02.md:3  “mara’s green eyes”
          01.md:7  “her brown eyes”
        Found by the script continuity; seen by the patterns of words that copydesk knows, and by the trained reader’s notes.
        How sure: the model is 78 % sure of it.
        The model’s words: brown eyes; green here
        It is open. `copydesk stet 54043da98f` lets the text stand.
        ");
    }
}
