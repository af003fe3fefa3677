//! `copydesk-link` as it is built: sealed, over its two pipes, against a server in this process.

use super::server::{FakeServer, said};
use copydesk::model::{Request, Shape};
use copydesk::prompt::Prompt;
use copydesk::text::Server;
use copydesk::worker::link_messages::{FromLink, ToLink};
use copydesk::worker::messages::{receive, send};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PASSAGE: &str = "Mara’s green eyes met his.";

/// The port of a server that always gives the same answer.
fn server() -> u16 {
    let server = FakeServer::start(|_| said("{\"answer\": \"green eyes\"}"));
    server.address.rsplit(':').next().unwrap().parse().unwrap()
}

fn link() -> (Child, ChildStdout) {
    let mut link = Command::new(env!("CARGO_BIN_EXE_copydesk-link"));
    // What the environment says of proxies does not count.
    link.env("http_proxy", "http://127.0.0.1:9").env("HTTP_PROXY", "http://127.0.0.1:9").env("ALL_PROXY", "http://127.0.0.1:9");
    let mut link = link.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = link.stdout.take().unwrap();
    (link, output)
}

fn open(link: &mut Child, url: &str) {
    let server = Server { url: url.to_string(), name: "story".to_string(), may_be_remote: false };
    send(link.stdin.as_mut().unwrap(), &ToLink::Open { server, readers: Vec::new() }).unwrap();
}

#[test]
fn a_sealed_link_answers_and_ends_with_its_input() {
    // By its name, too: names are looked up before the seal.
    for host in ["127.0.0.1", "localhost"] {
        let (mut link, mut output) = link();
        open(&mut link, &format!("http://{host}:{}", server()));
        match receive(&mut output).unwrap() {
            FromLink::Opened { seal, slots, about, reader } => {
                assert!(seal.is_full() || cfg!(not(target_os = "linux")), "{seal:?}");
                assert_eq!(slots, None);
                assert_eq!((about.as_str(), reader), ("story (tests)", None));
            }
            other => panic!("{other:?}"),
        }
        let words = |text: &str| text.to_string();
        let prompt = Prompt { system: words("Read."), passage: words(PASSAGE), form: words("Quote."), question: words("Which eyes?") };
        let request = Request { prompt, quotable: PASSAGE.into(), shape: Shape::Quote { words: 9 }, reply_tokens: 26, adapter: None };
        for ticket in 1..=8 {
            send(link.stdin.as_mut().unwrap(), &ToLink::Ask { ticket, request: Box::new(request.clone()) }).unwrap();
        }
        let mut tickets: Vec<u64> = (0..8)
            .map(|_| match receive(&mut output).unwrap() {
                FromLink::Replied { ticket, result } => {
                    assert_eq!(result.unwrap().text, "green eyes");
                    ticket
                }
                other => panic!("{other:?}"),
            })
            .collect();
        tickets.sort_unstable();
        assert_eq!(tickets, (1..=8).collect::<Vec<u64>>());
        drop(link.stdin.take());
        let ended = link.wait_with_output().unwrap();
        assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    }
}

/// A server that works on its only answer until its caller is gone, and tells then.
fn patient_server() -> (u16, Receiver<bool>, Receiver<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let ((began, begins), (tell, closed)) = (channel(), channel());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 65_536];
            let read = stream.read(&mut bytes).unwrap();
            if bytes[..read].starts_with(b"GET") {
                let _ = stream.write_all(b"HTTP/1.1 404 None\r\ncontent-length: 0\r\n\r\n");
                continue;
            }
            began.send(true).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            // The rest of the question comes first.
            let is_gone = loop {
                match stream.read(&mut bytes) {
                    Ok(0) => break true,
                    Ok(_) => {}
                    Err(error) => break error.kind() == ErrorKind::ConnectionReset,
                }
            };
            tell.send(is_gone).unwrap();
        }
    });
    (port, begins, closed)
}

#[test]
fn a_sealed_link_closes_the_connection_of_a_question_that_nobody_waits_for() {
    let (port, begins, closed) = patient_server();
    let (mut link, mut output) = link();
    open(&mut link, &format!("http://127.0.0.1:{port}"));
    assert!(matches!(receive(&mut output).unwrap(), FromLink::Opened { .. }));
    let prompt = Prompt { system: String::new(), passage: PASSAGE.to_string(), form: String::new(), question: "Which eyes?".to_string() };
    let request = Request { prompt, quotable: PASSAGE.into(), shape: Shape::Quote { words: 9 }, reply_tokens: 26, adapter: None };
    send(link.stdin.as_mut().unwrap(), &ToLink::Ask { ticket: 1, request: Box::new(request) }).unwrap();
    assert!(begins.recv_timeout(Duration::from_secs(20)).unwrap());
    send(link.stdin.as_mut().unwrap(), &ToLink::Cancel(1)).unwrap();
    assert!(closed.recv_timeout(Duration::from_secs(20)).unwrap());
    drop(link.stdin.take());
    assert!(link.wait().unwrap().success());
    assert!(begins.try_recv().is_err(), "it is not tried again");
}

#[test]
fn another_computer_is_refused_without_a_word_to_it() {
    let (mut link, mut output) = link();
    open(&mut link, "http://192.0.2.1:11434");
    let FromLink::Refused(words) = receive(&mut output).unwrap() else { panic!("it was opened") };
    assert!(words.contains("allow_remote: yes"), "{words}");
    assert!(link.wait().unwrap().success());
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_refuses_a_sealed_link_all_but_its_server() {
    let output = Command::new(env!("CARGO_BIN_EXE_copydesk-link")).arg("try-the-seal").arg(server().to_string()).output().unwrap();
    let trial: copydesk::sandbox::trial::Trial = serde_json::from_slice(&output.stdout).unwrap();
    let wrong: Vec<_> = trial.attempts.iter().filter(|attempt| !attempt.is_as_promised()).collect();
    assert!(trial.is_passed(), "{:?} {wrong:#?}", trial.seal);
    assert!(trial.attempts.iter().filter(|attempt| attempt.is_forbidden).count() > 15);
}
