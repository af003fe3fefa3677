//! The seal put to the test: the link seals itself for one port, attempts what is forbidden, and tells what came of it, as the other
//! processes do (`copydesk::sandbox::trial`).

use copydesk::sandbox::seal_link;
use copydesk::sandbox::trial::{Attempt, Trial};
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Nobody answers at some addresses; a refusal comes at once.
const SHORT: Duration = Duration::from_secs(2);

/// Seals this process for a port on which a server listens, attempts everything, and writes the trial as JSON.
///
/// # Errors
/// The output's own.
pub fn run(port: u16, output: &mut impl Write) -> io::Result<()> {
    let seal = seal_link(port);
    let trial = Trial { seal, attempts: attempts(port) };
    serde_json::to_writer(output, &trial).map_err(io::Error::other)
}

/// Each act, whether it is forbidden, and what came of it.
fn attempts(port: u16) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    let mut note = |is_forbidden: bool, act: &str, result: io::Result<()>| {
        attempts.push(Attempt { act: act.to_string(), is_forbidden, refusal: result.err().map(|error| error.to_string()) });
    };
    note(false, "connect to its server", connected(SocketAddr::from((Ipv4Addr::LOCALHOST, port))));
    note(false, "start a thread", thread::Builder::new().spawn(|| ()).map(|_| ()));
    let others = [1, 53, 80, 443, port.wrapping_sub(1).max(1), port.wrapping_add(1).max(1)];
    for other in others.into_iter().filter(|other| *other != port) {
        let places = [SocketAddr::from((Ipv4Addr::LOCALHOST, other)), SocketAddr::from((Ipv6Addr::LOCALHOST, other))];
        for place in places {
            note(true, &format!("connect to {place}"), not_refused_by_a_peer(connected(place)));
        }
    }
    note(true, "send an internet message (UDP, which also asks for names)", UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).map(|_| ()));
    note(true, "listen for connections", TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(|_| ()));
    note(true, "read the list of this computer's accounts", fs::read("/etc/passwd").map(|_| ()));
    note(true, "read how names are looked up", fs::read("/etc/hosts").map(|_| ()));
    note(true, "read its own program", std::env::current_exe().and_then(fs::read).map(|_| ()));
    note(true, "list the names in a folder", fs::read_dir("/").map(|_| ()));
    note(true, "write into the folder for temporary files", temporary_file());
    note(true, "start another program", Command::new("/bin/true").stdin(Stdio::null()).output().map(|_| ()));
    #[cfg(unix)]
    note(true, "talk to another program on this computer (a local socket)", std::os::unix::net::UnixDatagram::unbound().map(|_| ()));
    #[cfg(unix)]
    note(true, "make a pair of sockets", std::os::unix::net::UnixStream::pair().map(|_| ()));
    attempts
}

fn connected(place: SocketAddr) -> io::Result<()> {
    TcpStream::connect_timeout(&place, SHORT).map(|_| ())
}

/// Only this computer's own refusal is one; that nobody listens there means that the attempt went out.
fn not_refused_by_a_peer(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(error),
        _ => Ok(()),
    }
}

fn temporary_file() -> io::Result<()> {
    let path = std::env::temp_dir().join(format!("copydesk-link-trial-{}", std::process::id()));
    File::create_new(&path)?;
    // It should not have come this far: the act is reported as done, and nothing is left of it.
    fs::remove_file(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The trial proves nothing unless its acts succeed where nothing forbids them.
    #[test]
    fn without_the_seal_the_same_acts_are_possible() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let attempts = attempts(listener.local_addr().unwrap().port());
        assert!(attempts.iter().filter(|attempt| attempt.is_forbidden).count() > 15);
        let unlikely: Vec<&Attempt> = attempts.iter().filter(|attempt| attempt.refusal.is_some()).collect();
        assert!(unlikely.is_empty(), "{unlikely:#?}");
    }
}
