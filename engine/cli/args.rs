//! Arguments as they are typed. The help texts are the manual.

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Reads your novel's chapters with a language model that runs on this computer, and leaves reports beside them.
///
/// Chapters are Markdown files, or those of a word processor. Nothing is sent anywhere, unless you name a server of your own in
/// `copydesk.yaml`, and no chapter is ever changed: copydesk only writes reports (`ch-03.continuity.md` beside `ch-03.md`) and its own state
/// folder.
#[derive(Debug, Parser)]
#[command(name = "copydesk", version, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  copydesk run my-novel                      continuity, series-bible, summaries and your own scripts
                                             that you allowed; reports beside the chapters
  copydesk run summaries my-novel            only the summaries
  copydesk run story-so-far --set until=book-1/04 my-novel
                                             the story up to there, for a reader who is there
  copydesk run ripple my-novel               after an edit: what later passages rested on and is gone
  copydesk watch my-novel                    check each chapter as you save it
  copydesk report my-novel                   what is new, still open and fixed since the last report
  copydesk report --format html my-novel > report.html
                                             the same as a page to read, with both passages of each finding
  copydesk explain 54043da98f my-novel       what it rests on, and how sure that is
  copydesk stet 54043da98f my-novel          let this finding stand
  copydesk order my-novel                    which files are chapters, in which order, and why
  copydesk measure my-novel                  how many planted errors the checks find in copies of it
  copydesk dataset my-novel --for voice      your chapters as lessons for a model of your own

Exit status: 0 checked, nothing to report; 1 findings that you have not dismissed; 2 wrong usage, configuration or script; 3 something could not be checked.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the chapters of a folder once, and write the reports.
    Run(Run),
    /// Check each chapter as it is saved, until Ctrl-C.
    ///
    /// A save is checked when the folder was left alone for a second; a chapter that was emptied is waited for a little longer. Where the
    /// system tells of no changes, as on network disks, the folder is looked at every 10 seconds, and the watch says so.
    Watch(Watch),
    /// Serve an editor: findings while you write, over standard input and output (Language Server Protocol).
    ///
    /// The editor starts it; docs/editors.md says how. It checks when a chapter is saved, and when nothing was typed for two seconds. Reports
    /// are written by run and watch only.
    Lsp(Lsp),
    /// The morning report: which findings are new, still open, fixed, reopened and dismissed since the last report.
    Report(Report),
    /// Show what a finding rests on: who saw it, how sure that is, and what the model says of it.
    Explain(Explain),
    /// Let a finding stand, for good or until one of its quotes changes.
    Stet(Stet),
    /// Show the reading order and what decided it.
    Order(Place),
    /// Find out how much the checks find in your own chapters: plant errors in copies of them, and count.
    Measure(Measure),
    /// Write your chapters, your bible or the reader's notes as lessons for training a model of your own.
    ///
    /// Nothing is trained here, and nothing is sent anywhere; docs/backlist.md tells how to go on. The chapters are only read.
    Dataset(Dataset),
    /// Begin: write a commented copydesk.yaml and a sample bible note into a folder.
    Init(Place),
    /// Show the models on this computer, or choose one.
    Models(Models),
    /// Show what works here and what does not.
    Doctor(Doctor),
    /// Let scripts run that did not come with copydesk, as they stand now.
    Allow(Allow),
    /// Run the scripts' own tests, with recorded replies instead of a model.
    Test(Test),
    /// List the rules, each one kind of mistake; or show the manual of one.
    Rules(Rules),
    /// Write a commented script, or a rule, to begin with.
    NewScript(NewScript),
    /// Show what scripts can use.
    Reference(Reference),
    /// Show what makes this system run copydesk every night, or put it in its place.
    Schedule(Schedule),
    /// Print the JSON Schema of copydesk.yaml or of the bible, with which editors complete and check them; or of what run prints for programs.
    Schema {
        /// Of what.
        #[arg(value_enum, default_value_t)]
        of: SchemaOf,
    },
    /// Print the manual page, for `man -l -`.
    Man,
    /// Print completions for a shell.
    Completions {
        /// The shell to print them for.
        shell: clap_complete::Shell,
    },
}

/// Where the manuscript is.
#[derive(Debug, Args)]
pub struct Place {
    /// The folder with the chapters.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}

/// Which model answers, and where the state is kept.
#[derive(Clone, Debug, Args)]
pub struct Setting {
    /// The model: a GGUF file, or a name that `copydesk models` shows.
    #[arg(long, env = "COPYDESK_MODEL", value_name = "MODEL")]
    pub model: Option<String>,
    /// Check without a model: what code can compare is compared, what a model must read is reported as not checked.
    #[arg(long, conflicts_with = "model")]
    pub no_model: bool,
    /// Ask the model one question at a time, so that the same question always gets the same reply; much slower.
    #[arg(long)]
    pub reproducible: bool,
    /// Where replies are remembered, instead of the usual folder for program state.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Recorded replies instead of a model (YAML: a list of `when` and `reply`), for trying scripts.
    #[arg(long, value_name = "FILE", hide = true)]
    pub recorded: Option<PathBuf>,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Findings as a compiler shows them, then a summary.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// How a run's results are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RunFormat {
    /// Findings as a compiler shows them, then a summary.
    #[default]
    Text,
    /// One line for each finding: path:line:column: severity: rule: message [id].
    Lines,
    /// One JSON object; `copydesk schema run` prints its schema.
    Json,
    /// SARIF 2.1.0, for editors and code hosts.
    Sarif,
    /// Annotations of GitHub's workflows.
    Github,
    /// JUnit's XML, for build servers.
    Junit,
}

/// `copydesk run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Scripts to run, by name, then the folder with the chapters. Without scripts: continuity, series-bible, summaries and your own.
    #[arg(value_name = "SCRIPT… FOLDER")]
    pub scripts_and_folder: Vec<String>,
    #[command(flatten)]
    pub setting: Setting,
    /// How to show the results.
    #[arg(long, value_enum, default_value_t)]
    pub format: RunFormat,
    /// Say nothing unless something is wrong, and give way to other programs; for cron.
    #[arg(long, short)]
    pub quiet: bool,
    /// Stop at this time of day (06:00) or after so long (90m, 7h); what is left is done in the next run.
    #[arg(long, value_name = "TIME")]
    pub deadline: Option<String>,
    /// Set something for the scripts of this run, as form=short; copydesk.yaml sets it for good. May be given again.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Write no reports, only show what was found.
    #[arg(long)]
    pub no_reports: bool,
    /// Do nothing unless the kernel enforces every part of the seal on both processes; tried out before a chapter is read.
    #[arg(long)]
    pub require_sandbox: bool,
}

/// `copydesk watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// Scripts to run, by name, then the folder with the chapters. Without scripts: continuity and series-bible.
    #[arg(value_name = "SCRIPT… FOLDER")]
    pub scripts_and_folder: Vec<String>,
    #[command(flatten)]
    pub setting: Setting,
    /// Do nothing unless the kernel enforces every part of the seal on both processes; tried out before a chapter is read.
    #[arg(long)]
    pub require_sandbox: bool,
}

/// `copydesk lsp`.
#[derive(Debug, Args)]
pub struct Lsp {
    /// The folder with the chapters, instead of the one that the editor names.
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub setting: Setting,
}

/// `copydesk explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The findings' ids, or the first letters of each, then the folder with the chapters.
    #[arg(value_name = "ID… FOLDER")]
    pub ids_and_folder: Vec<String>,
    /// Where the findings are remembered, instead of the usual folder for program state.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
}

/// `copydesk stet`.
#[derive(Debug, Args)]
pub struct Stet {
    /// The findings' ids, or the first letters of each, then the folder with the chapters.
    ///
    /// The dismissal goes into copydesk.stet.yaml in that folder, with a hash of the finding's quotes: when one of them changes, the
    /// finding is open again. A mark in the text does the same for its paragraph: <!-- stet --> or <!-- stet: rule reason -->.
    #[arg(value_name = "ID… FOLDER")]
    pub ids_and_folder: Vec<String>,
    /// Why it stands, in one line; reports show it.
    #[arg(long, value_name = "REASON", conflicts_with_all = ["list", "remove"])]
    pub because: Option<String>,
    /// Show everything that is dismissed.
    #[arg(long, conflicts_with = "remove")]
    pub list: bool,
    /// Take the dismissal back.
    #[arg(long)]
    pub remove: bool,
    /// Where the findings are remembered, instead of the usual folder for program state.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
}

/// `copydesk report`.
#[derive(Debug, Args)]
pub struct Report {
    /// The folder with the chapters. Nothing is run: the report tells of the runs that were, nightly ones and those of watch too.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// How to show it.
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
    /// Look back to the beginning of this day (2026-11-01) instead of the last report; the next report is not affected.
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// Where the findings are remembered, instead of the usual folder for program state.
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
}

/// How the morning report is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For the terminal.
    #[default]
    Text,
    /// Markdown, to put into a file or a mail.
    Markdown,
    /// A page for a browser and for paper, with both passages of each finding, who is where, the timeline and what is stated of everybody.
    Html,
    /// One JSON object.
    Json,
}

/// `copydesk measure`.
///
/// Errors of known kinds (another eye colour, a lower age, a dead man who speaks …) are planted in copies of your chapters, each with a
/// twin at the same place that contradicts nothing. The checks read the copies, and what they find is counted. The copies are in memory
/// only: your files are not changed, and nothing is written beside them.
#[derive(Debug, Args)]
pub struct Measure {
    /// The folder with the chapters.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub setting: Setting,
    /// How to show the results; JSON has every planted error and every false finding.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Which errors are planted where. The same seed over the same text plants the same.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How many errors to plant; fewer when the text has no more places.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub errors: usize,
    /// Only these kinds: eyes, hair, build, age, side, count, kinship, occupation, title, name, death, object, weekday, season, travel,
    /// knowledge, whereabouts.
    #[arg(long, value_name = "KIND,KIND", value_delimiter = ',')]
    pub kinds: Vec<String>,
    /// Show every planted error and what became of it.
    #[arg(long)]
    pub list: bool,
    /// Instead of counting what is found: compare by kind whose verdicts are better, those of the trained reader or of a larger model, and print the
    /// lines for copydesk.yaml that have the better one asked.
    #[arg(long, conflicts_with_all = ["list", "no_model"])]
    pub verdicts: bool,
    /// Instead of planting: run over labelled cases, one JSON object in each line, whose chapters lie in `cases/ID` beside this file.
    #[arg(long, value_name = "CASES.jsonl", conflicts_with_all = ["kinds", "list", "verdicts"])]
    pub cases: Option<PathBuf>,
    /// With --cases: where to write what was found for each case.
    #[arg(long, value_name = "OUT.jsonl", requires = "cases")]
    pub predictions: Option<PathBuf>,
    /// With --cases: give each case a bible that states the fact in question, where the case names it.
    #[arg(long, requires = "cases")]
    pub with_bible: bool,
}

/// What a model is to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DatasetPurpose {
    /// To write as you do: windows of your prose.
    Voice,
    /// To answer questions: what the bible says, and who is named in a passage.
    Instruct,
    /// To take notes: passages with the notes that the trained reader made of them in earlier runs, for you to correct.
    Reader,
}

/// The form that a trainer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DatasetForm {
    /// {"text": …}
    Text,
    /// {"instruction": …, "input": …, "output": …}
    Alpaca,
    /// {"conversations": [{"from": "human", "value": …}, …]}
    Sharegpt,
    /// {"messages": [{"role": "user", "content": …}, …]}
    Messages,
}

/// `copydesk dataset`.
#[derive(Debug, Args)]
pub struct Dataset {
    /// The folder with the chapters.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// What the model is to learn.
    #[arg(long = "for", value_enum, value_name = "PURPOSE")]
    pub purpose: DatasetPurpose,
    /// The form of each line; without it, text for voice and messages for the others.
    #[arg(long, value_enum, value_name = "FORM")]
    pub form: Option<DatasetForm>,
    /// Where to write: train.jsonl, held-out.jsonl and README.md. Without it, beside the folder with the chapters: my-novel-dataset/voice.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// How many words a window of prose has at most; without it, 350 for voice and 200 for instruct.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..=20_000))]
    pub words: Option<u16>,
    /// How many chapters of a hundred are held out; the same ones every time.
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=50))]
    pub held_out: u8,
    // Only the reader's notes ask for a model and a state folder.
    #[command(flatten)]
    pub setting: Setting,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// copydesk.yaml.
    #[default]
    Settings,
    /// bible.yaml, and the front matter of a bible note.
    Bible,
    /// What `copydesk run --format json` prints.
    Run,
}

/// What runs programs at a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scheduler {
    Systemd,
    Launchd,
    Windows,
    Cron,
}

/// `copydesk schedule`.
#[derive(Debug, Args)]
pub struct Schedule {
    /// Scripts to run, by name, then the folder with the chapters. Without scripts: summaries.
    #[arg(value_name = "SCRIPT… FOLDER")]
    pub scripts_and_folder: Vec<String>,
    /// The time of day.
    #[arg(long, value_name = "TIME", default_value = "02:30")]
    pub at: String,
    /// When to stop: a time of day (06:00), or after so long (90m, 5h); what is left is done the next night.
    #[arg(long, value_name = "TIME", default_value = "5h")]
    pub until: String,
    /// For which scheduler, instead of this system's own.
    #[arg(long = "for", value_enum, value_name = "SCHEDULER")]
    pub scheduler: Option<Scheduler>,
    /// Write the files. Nothing that is there is replaced, and nothing is switched on.
    #[arg(long)]
    pub install: bool,
}

/// `copydesk models`.
#[derive(Debug, Args)]
pub struct Models {
    #[command(subcommand)]
    pub what: Option<ModelsCommand>,
    /// Look in this folder too.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Vec<PathBuf>,
    /// Print only the path of the model that would be used, or nothing; for scripts.
    #[arg(long, hide = true)]
    pub best: bool,
}

/// What to do with the models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Show all that is known of a model, and what its licence lets you do: a name from the list, or a GGUF file.
    Show {
        /// The name or the file.
        model: String,
    },
    /// Use this model from now on: a name from the list, or a GGUF file.
    Use {
        /// The name or the file.
        model: String,
    },
    /// Write the trained reader into a folder, for a server of your own to answer with.
    Reader {
        /// The size of the model it is for: 0.5b or 1.5b.
        size: String,
        /// The folder; no file that is there is replaced.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
        /// The server.
        #[arg(long = "for", value_name = "SERVER", default_value = "llama-server")]
        server: ReaderServer,
    },
}

/// A server that answers with the trained reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReaderServer {
    LlamaServer,
    Vllm,
}

/// `copydesk doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// A folder with chapters, to look at its files too.
    pub folder: Option<PathBuf>,
    #[command(flatten)]
    pub setting: Setting,
}

/// `copydesk allow`.
#[derive(Debug, Args)]
pub struct Allow {
    /// Scripts to allow, by name, then the folder with the chapters. Without scripts: all in that folder. Read them first.
    #[arg(value_name = "SCRIPT… FOLDER")]
    pub scripts_and_folder: Vec<String>,
}

/// `copydesk test`.
#[derive(Debug, Args)]
pub struct Test {
    /// Scripts to test: names, or .rhai files. Without: all.
    pub scripts: Vec<String>,
    /// The folder whose scripts/ are tested too.
    #[arg(long, default_value = ".")]
    pub folder: PathBuf,
}

/// `copydesk rules`.
#[derive(Debug, Args)]
pub struct Rules {
    /// A rule whose manual to show. Without: the list of all.
    pub rule: Option<String>,
    /// The folder with the chapters, whose own rules and settings count too.
    #[arg(long, default_value = ".")]
    pub folder: PathBuf,
}

/// `copydesk new-script`.
#[derive(Debug, Args)]
pub struct NewScript {
    /// Write a rule, which runs with the continuity check, into scripts/rules/.
    #[arg(long)]
    pub rule: bool,
    /// The script's name: small letters, digits and hyphens.
    pub name: String,
    /// The folder with the chapters; the script goes into its scripts/ folder.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
}

/// `copydesk reference`.
#[derive(Debug, Args)]
pub struct Reference {
    /// Print the definitions for editors instead of the page.
    #[arg(long)]
    pub definitions: bool,
}

/// Prints the manual page. Gives the exit status.
pub fn man() -> u8 {
    let mut page = Vec::new();
    let is_written = clap_mangen::Man::new(Arguments::command()).render(&mut page).is_ok();
    super::messages::say(&String::from_utf8_lossy(&page));
    if is_written { 0 } else { super::NOT_CHECKED }
}

/// Prints a schema. Gives the exit status.
pub fn schema(of: SchemaOf) -> u8 {
    let schema = match of {
        SchemaOf::Settings => crate::project::config::json_schema(),
        SchemaOf::Bible => crate::bible::json_schema(),
        SchemaOf::Run => crate::report::json::schema(),
    };
    super::messages::say(&format!("{schema:#}"));
    0
}

/// Prints completions. Gives the exit status.
pub fn completions(shell: clap_complete::Shell) -> u8 {
    let mut buffer = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "copydesk", &mut buffer);
    super::messages::say(&String::from_utf8_lossy(&buffer));
    0
}

/// Splits `SCRIPT… FOLDER`. The last word is the folder when such a folder exists or it looks like a path; else this folder is meant.
pub fn scripts_and_folder(words: &[String]) -> (Vec<String>, PathBuf) {
    match words.split_last() {
        None => (Vec::new(), PathBuf::from(".")),
        Some((last, scripts)) => {
            let is_path = last.contains(['/', '\\']) || last == "." || last == ".." || PathBuf::from(last).exists();
            if is_path { (scripts.to_vec(), PathBuf::from(last)) } else { (words.to_vec(), PathBuf::from(".")) }
        }
    }
}

/// Splits `ID… FOLDER`. Ids are never folders: the last word is the folder unless it looks like an id and no such folder exists.
pub fn ids_and_folder(words: &[String]) -> (Vec<String>, PathBuf) {
    match words.split_last() {
        Some((last, ids)) if PathBuf::from(last).is_dir() || last.contains(['/', '\\', '.']) => (ids.to_vec(), PathBuf::from(last)),
        _ => (words.to_vec(), PathBuf::from(".")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_last_word_is_the_folder_when_it_is_one() {
        let split = |words: &[&str]| scripts_and_folder(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(split(&["summaries", "./novel"]), (vec!["summaries".to_string()], PathBuf::from("./novel")));
        assert_eq!(split(&["summaries"]), (vec!["summaries".to_string()], PathBuf::from(".")));
        assert_eq!(split(&[]), (vec![], PathBuf::from(".")));
    }
}
