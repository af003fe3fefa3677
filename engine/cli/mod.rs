//! The command line: arguments as typed become commands as meant; what they have to say goes out through `messages`.

mod args;
mod doctor;
mod init;
mod machine;
mod measure;
mod measure_cases;
mod measure_view;
mod messages;
mod model_choice;
mod models;
mod order;
mod progress;
mod report;
mod run;
mod scripts;
mod setting;
mod stet;
mod watch;

use clap::Parser;
use std::process::ExitCode;

/// The argument that makes this program the worker of another copydesk. Not for people.
const WORKER_ARGUMENT: &str = "__worker";

/// Exit status of a command that was called wrongly.
const USAGE: u8 = 2;

/// Runs the program.
pub fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(WORKER_ARGUMENT) {
        crate::worker::serve::serve(std::io::stdin(), std::io::stdout());
        return ExitCode::SUCCESS;
    }
    let arguments = match args::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // clap prints help and versions as errors of status 0.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let status = match arguments.command {
        args::Command::Run(run) => run::run(&run),
        args::Command::Watch(watch) => watch::watch(&watch),
        args::Command::Measure(measure) => measure::measure(&measure),
        args::Command::Init(place) => machine::init(&place),
        args::Command::Models(models) => machine::models(&models),
        args::Command::Doctor(doctor) => machine::doctor(&doctor),
        args::Command::Report(report) => report::report(&report),
        args::Command::Stet(stet) => stet::stet(&stet),
        args::Command::Order(place) => order::order(&place),
        args::Command::Test(test) => scripts::test(&test),
        args::Command::NewScript(new_script) => scripts::new_script(&new_script),
        args::Command::Reference(reference) => scripts::reference(&reference),
        args::Command::Completions { shell } => args::completions(shell),
    };
    ExitCode::from(status)
}
