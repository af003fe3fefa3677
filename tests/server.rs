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

/// What a server does with a question: the status, and the body.
type Answer = dyn Fn(&Value) -> (u16, String) + Send + Sync;

impl FakeServer {
    pub fn start(reply: impl Fn(&Value) -> String + Send + Sync + 'static) -> FakeServer {
        FakeServer::listing(Value::Null, move |body| (200, reply(body)))
    }

    /// A llama-server that was started with the trained reader.
    fn with_reader(answer: impl Fn(&Value) -> (u16, String) + Send + Sync + 'static) -> FakeServer {
        FakeServer::listing(json!([{ "id": 0, "path": "/own/reader-qwen2.5-coder-0.5b.gguf", "scale": 1.0 }]), answer)
    }

    fn listing(adapters: Value, answer: impl Fn(&Value) -> (u16, String) + Send + Sync + 'static) -> FakeServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (counter, answer, adapters) = (asked.clone(), Arc::new(answer), Arc::new(adapters));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counter, answer, adapters) = (counter.clone(), answer.clone(), adapters.clone());
                std::thread::spawn(move || serve(stream, &counter, &adapters, &*answer));
            }
        });
        FakeServer { address, asked }
    }
}

/// Answers the requests of one connection.
fn serve(stream: TcpStream, asked: &AtomicUsize, adapters: &Value, answer: &Answer) -> Option<()> {
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
        let (status, text) = if first.contains("/v1/models") {
            (200, json!({ "object": "list", "data": [{ "id": "tiny" }, { "id": "story", "owned_by": "tests" }] }).to_string())
        } else if first.contains("/lora-adapters") && !adapters.is_null() {
            (200, adapters.to_string())
        } else if first.contains("/chat/completions") {
            asked.fetch_add(1, Ordering::Relaxed);
            answer(&serde_json::from_slice(&body).ok()?)
        } else {
            (404, String::new())
        };
        write!(stream, "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}", text.len())
            .ok()?;
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

/// What code alone does not see: whose the eyes are is said one sentence before.
const FIRST: &str = "Nadia Frost was the first one in the office. She had grey eyes and a habit of looking straight at people.\n";
const SECOND: &str = "“You're late,” said Nadia. Her green eyes followed him all the way to his desk.\n";

fn eyes(server: &FakeServer) -> ProjectTest {
    let novel = ProjectTest::new().file("01.md", FIRST).file("02.md", SECOND);
    novel.file("copydesk.yaml", format!("model: {{ server: \"{}\", name: tiny }}\n", server.address))
}

fn run_continuity(novel: &ProjectTest) -> Ran {
    let (folder, state) = (novel.folder(), novel.state());
    novel.any(&["run", "continuity", folder.to_str().unwrap(), "--state", state.to_str().unwrap()])
}

/// What the reader was trained to reply to these two chapters.
fn as_the_reader(body: &Value) -> String {
    assert_eq!(body["lora"], json!([{ "id": 0, "scale": 1.0 }]), "{body}");
    assert_eq!(body["messages"][0]["content"], "You read a novel for its copy editor.");
    let user = body["messages"][1]["content"].as_str().unwrap();
    if user.ends_with("Notes:") {
        assert!(body["grammar"].as_str().is_some_and(|grammar| grammar.contains("\"eyes\"")), "{body}");
        return said(if user.contains("grey") { "2|Nadia Frost|eyes|grey" } else { "2|Nadia Frost|eyes|green\n2|Nadia Frost|eyes|violet" });
    }
    assert!(user.ends_with("can A and B both be true in one story?"), "{user}");
    if body.get("logprobs").is_none() {
        return said("no: grey there, green here");
    }
    let mut verdict: Value = serde_json::from_str(&said("no")).unwrap();
    let weighed = json!([{ "token": "no", "logprob": 0.97_f64.ln() }, { "token": "yes", "logprob": 0.03_f64.ln() }]);
    verdict["choices"][0]["logprobs"] = json!({ "content": [{ "token": "no", "top_logprobs": weighed }] });
    verdict.to_string()
}

#[test]
fn a_server_with_the_trained_reader_is_asked_for_notes_and_verdicts() {
    let server = FakeServer::with_reader(|body| (200, as_the_reader(body)));
    let novel = eyes(&server);
    let ran = run_continuity(&novel);
    assert!(ran.stderr.contains("it has the trained reader for Qwen2.5-Coder-0.5B-Instruct"), "{}", ran.stderr);
    let report = novel.read("02.continuity.md");
    assert!(
        report.contains("Nadia Frost, eyes: “green” here, but “grey” elsewhere.") && report.contains("grey there, green here"),
        "{report}"
    );
    assert!(!report.contains("violet"), "a note that the text does not bear out");
    let asked = server.asked.load(Ordering::Relaxed);
    assert!(asked >= 4, "two passages, a verdict, a reason: {asked}");
    run_continuity(&novel);
    assert_eq!(server.asked.load(Ordering::Relaxed), asked, "all of it is remembered");

    let (folder, state) = (novel.folder(), novel.state());
    let doctor = novel.any(&["doctor", folder.to_str().unwrap(), "--state", state.to_str().unwrap()]);
    assert!(doctor.stdout.contains("it answers; it has the trained reader for"), "{}", doctor.stdout);
    assert_eq!(server.asked.load(Ordering::Relaxed), asked, "doctor asks nothing");

    // The same chapters, and a server that has no reader: nothing is found, and the way to one is told.
    let plain = FakeServer::start(|_| said("{}"));
    let ran = run_continuity(&eyes(&plain));
    assert!(ran.stderr.contains("`copydesk models reader`") && ran.status == 0, "{} {}", ran.status, ran.stderr);
    assert_eq!(plain.asked.load(Ordering::Relaxed), 0);
}

#[test]
fn prose_in_place_of_notes_is_told_and_never_a_note() {
    let server = FakeServer::with_reader(|_| (200, said("Nadia has | grey | eyes, and | then green ones.")));
    let novel = eyes(&server);
    let ran = run_continuity(&novel);
    assert!(ran.stdout.contains("did not keep to the form"), "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!((ran.status, server.asked.load(Ordering::Relaxed)), (3, 4), "each passage twice");
    assert!(!novel.read("02.continuity.md").contains("grey"), "{}", novel.read("02.continuity.md"));
}

#[test]
fn a_server_that_refuses_to_switch_the_reader_is_not_asked_without_it() {
    let server = FakeServer::with_reader(|body| match body.get("lora") {
        Some(_) => (400, json!({ "error": { "message": "unknown field lora" } }).to_string()),
        None => (200, said("2|Nadia Frost|eyes|grey")),
    });
    let ran = run_continuity(&eyes(&server));
    assert!(ran.status == 3 && ran.stdout.contains("unknown field lora"), "{} {}", ran.status, ran.stdout);
}
