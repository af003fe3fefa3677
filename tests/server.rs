//! Runs that ask a server of the author’s own, through `copydesk-link` as it is built. The servers are threads of the test.

use super::project_test::{ProjectTest, Ran};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Asks about a thing in the passage, and notes the answer with its place.
const HELD: &str = "const REPORT = \"holds\";\nfn check(chapter, desk) {\n    for scene in chapter.scenes {\n        let answer = desk.read(scene).ask(\"What does Tamsin hold?\", quote(6));\n        desk.note(\"Held\").line(answer.text).anchor(answer);\n    }\n}\n";
const SCENE: &str = "Tamsin held the brass lamp.\n";

/// A server that lists two models and gives these replies, each time the same; and how many questions it was asked.
pub struct FakeServer {
    pub address: String,
    asked: Arc<AtomicUsize>,
}

impl FakeServer {
    pub fn start(reply: impl Fn(&Value) -> String + Send + Sync + 'static) -> FakeServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (counter, reply) = (asked.clone(), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counter, reply) = (counter.clone(), reply.clone());
                std::thread::spawn(move || serve(stream, &counter, &*reply));
            }
        });
        FakeServer { address, asked }
    }
}

/// Answers the requests of one connection.
fn serve(stream: TcpStream, asked: &AtomicUsize, reply: &dyn Fn(&Value) -> String) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (mut first, mut length) = (String::new(), 0);
        lines.read_line(&mut first).ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).ok().filter(|read| *read > 0)?;
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).ok()?;
        let text = if first.contains("/v1/models") {
            json!({ "object": "list", "data": [{ "id": "tiny" }, { "id": "story", "owned_by": "tests" }] }).to_string()
        } else if first.contains("/chat/completions") {
            asked.fetch_add(1, Ordering::Relaxed);
            reply(&serde_json::from_slice(&body).ok()?)
        } else {
            String::new()
        };
        let status = if text.is_empty() { "404 Not Found" } else { "200 OK" };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}", text.len()).ok()?;
    }
}

pub fn said(content: &str) -> String {
    json!({
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": content }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 500, "completion_tokens": 7 }
    })
    .to_string()
}

fn novel(server: &str) -> ProjectTest {
    ProjectTest::new()
        .file("01.md", SCENE)
        .file("copydesk.yaml", format!("model: {{ server: \"{server}\", name: tiny }}\n"))
        .script("held", HELD)
}

fn run(novel: &ProjectTest) -> Ran {
    let (folder, state) = (novel.folder(), novel.state());
    novel.any(&["run", "held", folder.to_str().unwrap(), "--state", state.to_str().unwrap(), "--format", "json"])
}

#[test]
fn a_server_is_asked_once_and_its_answers_are_remembered() {
    let server = FakeServer::start(|_| said("{\"answer\": \"the brass lamp\"}"));
    let novel = novel(&server.address);
    let ran = run(&novel);
    assert!(novel.read("01.holds.md").contains("the brass lamp"), "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!((ran.status, ran.questions(), server.asked.load(Ordering::Relaxed)), (0, 1, 1), "{}", ran.stderr);
    let again = run(&novel);
    assert_eq!((again.remembered(), server.asked.load(Ordering::Relaxed)), (1, 1));
}

#[test]
fn a_quote_that_does_not_stand_in_the_passage_is_never_shown() {
    let server = FakeServer::start(|_| said("{\"answer\": \"a silver sword\"}"));
    let novel = novel(&server.address);
    let ran = run(&novel);
    assert!(!novel.names().contains(&"01.holds.md".to_string()) || !novel.read("01.holds.md").contains("silver"), "{}", ran.stdout);
    assert_eq!(server.asked.load(Ordering::Relaxed), 2, "it is asked once more");
}

#[test]
fn a_server_that_is_not_there_or_far_away_or_has_another_model_is_told_before_anything_is_read() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = FakeServer::start(|_| said("{}"));
    for (url, name, words) in [
        (format!("http://{gone}"), "tiny", "cannot be used"),
        ("http://192.0.2.1:80".to_string(), "tiny", "allow_remote: yes"),
        ("https://127.0.0.1:1".to_string(), "tiny", "http://"),
        (server.address.clone(), "large", "tiny"),
    ] {
        let novel = ProjectTest::new()
            .file("01.md", SCENE)
            .file("copydesk.yaml", format!("model: {{ server: \"{url}\", name: {name} }}\n"))
            .script("held", HELD);
        let ran = run(&novel);
        assert!(ran.status == 2 && ran.stderr.contains(words), "{url}: {}\n{}", ran.status, ran.stderr);
    }
    assert_eq!(server.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn garbage_of_a_server_costs_its_question_and_nothing_else() {
    let server = FakeServer::start(|_| "no json at all".to_string());
    let novel = novel(&server.address).file("02.md", "Nobody held anything.\n");
    let ran = run(&novel);
    assert_eq!(ran.status, 3, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.problems().iter().any(|problem| problem.contains("01.md") || problem.contains("held")), "{:?}", ran.problems());
}
