//! The command line: arguments as typed become commands as meant; what they have to say goes out through `messages`.

mod allow;
mod args;
mod card;
mod check;
mod dataset;
mod doctor;
mod explain;
mod init;
mod lsp;
mod machine;
mod measure;
mod messages;
mod model_choice;
mod models;
mod order;
mod plain_way;
mod processor;
mod progress;
mod reader_choice;
mod reader_file;
mod report;
mod rules;
mod run;
mod schedule;
mod scripts;
mod seal;
mod server;
mod session;
mod stet;
mod watch;

use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// The argument that makes this program the worker of another copydesk. Not for people.
const WORKER_ARGUMENT: &str = "__worker";

/// The argument that makes this program attempt what its seal forbids. Not for people: `copydesk doctor` shows what comes of it.
const TRIAL_ARGUMENT: &str = "__trial";

/// Exit status of a command that was called wrongly.
const USAGE: u8 = 2;

/// Exit status when what was asked for could not be done.
const NOT_CHECKED: u8 = 3;

/// Runs the program.
pub fn main() -> ExitCode {
    // Before anything else: the rest may be built of instructions that this processor does not have.
    match processor::missing() {
        Some(name) => cannot_run(name),
        None => command(),
    }
}

/// Says what the processor lacks.
#[inline(never)]
fn cannot_run(missing: &'static str) -> ExitCode {
    processor::missing_words(missing).into_iter().for_each(messages::tell_piece);
    ExitCode::from(NOT_CHECKED)
}

/// Does what the command line says. On its own, so that none of it comes before the look at the processor.
#[inline(never)]
fn command() -> ExitCode {
    let given: Vec<OsString> = std::env::args_os().skip(1).take(3).collect();
    match given.first().and_then(|first| first.to_str()) {
        Some(WORKER_ARGUMENT) => {
            crate::worker::serve::serve(std::io::stdin(), std::io::stdout());
            return ExitCode::SUCCESS;
        }
        Some(TRIAL_ARGUMENT) => return seal::trial_process(given.get(1).map(OsString::as_os_str), given.get(2).map(OsString::as_os_str)),
        _ => {}
    }
    let arguments = match args::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap prints help and versions as errors of status 0.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    // Before any thread: the rights to files are given up for this thread and those it starts.
    seal_simple(&arguments.command);
    let status = match arguments.command {
        args::Command::Run(run) => run::run(&run),
        args::Command::Watch(watch) => watch::watch(&watch),
        args::Command::Lsp(lsp) => lsp::lsp(&lsp),
        args::Command::Measure(measure) => measure::measure(&measure),
        args::Command::Dataset(dataset) => dataset::dataset(&dataset),
        args::Command::Init(place) => machine::init(&place),
        args::Command::Models(models) => machine::models(&models),
        args::Command::Doctor(doctor) => machine::doctor(&doctor),
        args::Command::Report(report) => report::report(&report),
        args::Command::Explain(explain) => explain::explain(&explain),
        args::Command::Stet(stet) => stet::stet(&stet),
        args::Command::Order(place) => order::order(&place),
        args::Command::Allow(allow) => allow::allow(&allow),
        args::Command::Test(test) => scripts::test(&test),
        args::Command::Rules(rules) => rules::rules(&rules),
        args::Command::NewScript(new_script) => scripts::new_script(&new_script),
        args::Command::Reference(reference) => scripts::reference(&reference),
        args::Command::Schedule(arguments) => schedule::schedule(&arguments),
        args::Command::Schema { of } => args::schema(of),
        args::Command::Man => args::man(),
        args::Command::Completions { shell } => args::completions(shell),
    };
    ExitCode::from(status)
}

/// Seals the commands that need no more than to read, or to make a new file. The others see to it themselves, when they know their folders.
fn seal_simple(command: &args::Command) {
    use args::Command;
    match command {
        Command::Order(_)
        | Command::Test(_)
        | Command::Rules(_)
        | Command::Reference(_)
        | Command::Schema { .. }
        | Command::Man
        | Command::Completions { .. } => seal::for_reading(),
        Command::Schedule(schedule) if schedule.install => {
            let place = schedule::place(schedule.scheduler.unwrap_or_else(schedule::usual));
            seal::for_writing(&place.into_iter().filter(|place| std::fs::create_dir_all(place).is_ok()).collect::<Vec<_>>());
        }
        Command::Schedule(_) => seal::for_reading(),
        Command::Models(models) => match &models.what {
            None => seal::for_reading(),
            Some(args::ModelsCommand::Reader { to, .. }) => {
                // Where it cannot be made, the command says so itself.
                let folder = std::fs::create_dir_all(to).is_ok().then(|| to.clone());
                seal::for_writing(folder.as_slice());
            }
            Some(_) => seal::for_writing(&seal::settings()),
        },
        Command::Init(place) => seal::for_writing(std::slice::from_ref(&place.folder)),
        Command::NewScript(new_script) => seal::for_writing(&[vec![new_script.folder.clone()], seal::settings()].concat()),
        Command::Allow(_) => seal::for_writing(&seal::settings()),
        Command::Run(_)
        | Command::Watch(_)
        | Command::Lsp(_)
        | Command::Report(_)
        | Command::Explain(_)
        | Command::Stet(_)
        | Command::Measure(_)
        | Command::Dataset(_)
        | Command::Doctor(_) => {}
    }
}
