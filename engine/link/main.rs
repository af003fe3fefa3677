//! `copydesk-link`: asks a language model on a server of the author's own, for a keeper at the other end of two pipes.
//!
//! A program by itself, so that copydesk has no network code. It is told one server, looks its name up, has the kernel refuse it everything
//! but connecting to that server's port (the kernel knows ports, no addresses), and only then connects. It reads and writes no file and prints
//! nothing: frames come in on standard input and go out on standard output, and when the input ends, so does it.

mod address;
mod ask;
mod choice;
mod grammar;
mod http;
mod lines;
mod schema;
mod serve;
mod server;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trial;

use std::io;
use std::process::ExitCode;

/// Before a port: seal for that port, attempt what is forbidden, and write what came of it.
const TRIAL_ARGUMENT: &str = "try-the-seal";

fn main() -> ExitCode {
    // Nobody reads what a panic would print; the keeper is told in a frame.
    std::panic::set_hook(Box::new(|_| {}));
    let mut arguments = std::env::args().skip(1);
    let ended = match (arguments.next().as_deref(), arguments.next().and_then(|port| port.parse().ok())) {
        (Some(TRIAL_ARGUMENT), Some(port)) => trial::run(port, &mut io::stdout().lock()),
        (None, _) => serve::serve(&mut io::stdin().lock(), io::stdout(), copydesk::sandbox::seal_link, http::Patience::default()),
        _ => return ExitCode::from(2),
    };
    if ended.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
