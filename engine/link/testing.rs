//! Servers for tests: each does with a request what the test says.

use super::address::{Address, look_up};
use super::ask::Asker;
use super::http::{Errand, Patience, Way};
use super::server::{self, Opened, Reader, ReaderWay};
use copydesk::model::{ModelError, Reply, Request, Shape};
use copydesk::prompt::Prompt;
use copydesk::text::Server;
use copydesk::worker::link_messages::ReaderName;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub const PASSAGE: &str = "Mara’s green eyes met his. He was thirty-four.";

pub const READER_FILE: &str = "reader.gguf";
pub const READER_MODEL: &str = "reader-0.5b";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub head: String,
    pub body: Value,
}

/// A server in a thread of the test.
pub struct Fake {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Fake {
    /// Answers each connection's one request.
    pub fn new(answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fake = Fake { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let (log, answer) = (Arc::clone(&fake.asked), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some(asked) = read(&mut stream) else { return };
                    log.lock().unwrap().push(asked.clone());
                    answer(&asked, &mut stream);
                });
            }
        });
        fake
    }

    /// Lists one model, `m`, and answers questions so.
    pub fn chat(answer: impl Fn(&Asked, &mut TcpStream) + Send + Sync + 'static) -> Fake {
        Fake::new(move |asked, stream| match asked.path.as_str() {
            "/v1/models" => send(stream, 200, &json!({ "data": [{ "id": "m", "owned_by": "tests" }] })),
            "/v1/chat/completions" => answer(asked, stream),
            _ => send(stream, 404, &json!({ "error": { "message": "no such page" } })),
        })
    }

    /// Says these one after the other, the last again and again.
    pub fn saying(words: &'static [&'static str]) -> Fake {
        let place = Mutex::new(0_usize);
        Fake::chat(move |_, stream| {
            let mut place = place.lock().unwrap();
            send(stream, 200, &said(words[(*place).min(words.len() - 1)]));
            *place += 1;
        })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The questions so far.
    pub fn questions(&self) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| asked.path.ends_with("/chat/completions")).map(|asked| asked.body.clone()).collect()
    }

    pub fn requests(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn opened(&self) -> Result<Opened, String> {
        server::open(&self.way(), "m", &readers())
    }

    pub fn way(&self) -> Way {
        Way::new(address(&self.url()), impatient())
    }

    /// Without getting to know it first.
    pub fn asker(&self) -> AskerAlone {
        self.asker_with(None)
    }

    /// Of a server that has the reader in this way.
    pub fn asker_with(&self, reader: Option<ReaderWay>) -> AskerAlone {
        let reader = reader.map(|way| Reader { file: READER_FILE.to_string(), way });
        let asker = Asker::new(self.way(), &Opened { model: "m".to_string(), slots: None, about: String::new(), reader });
        AskerAlone { errand: asker.errand(), asker }
    }
}

/// An asker whose questions nobody gives up.
pub struct AskerAlone {
    asker: Asker,
    errand: Errand,
}

impl AskerAlone {
    pub fn answer(&self, request: &Request) -> Result<Reply, ModelError> {
        self.asker.answer(&self.errand, request)
    }
}

/// The readers that are looked for.
pub fn readers() -> Vec<ReaderName> {
    vec![ReaderName { file: READER_FILE.to_string(), model: READER_MODEL.to_string() }]
}

pub fn address(url: &str) -> Address {
    look_up(&server(url)).unwrap()
}

pub fn server(url: &str) -> Server {
    Server { url: url.to_string(), name: "m".to_string(), may_be_remote: false }
}

/// Waits that a test can wait for.
pub fn impatient() -> Patience {
    Patience { opening: Duration::from_millis(1500), answer: Duration::from_millis(1500), waits: vec![Duration::from_millis(5); 3] }
}

/// An answer as servers give it.
pub fn said(words: &str) -> Value {
    json!({
        "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": words } }],
        "usage": { "prompt_tokens": 30, "completion_tokens": 5, "prompt_tokens_details": { "cached_tokens": 10 } },
    })
}

pub fn send(stream: &mut TcpStream, status: u16, body: &Value) {
    let body = body.to_string();
    raw(stream, &format!("HTTP/1.1 {status} Words\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
}

/// The other side may be gone already.
pub fn raw(stream: &mut TcpStream, bytes: &str) {
    let _ = stream.write_all(bytes.as_bytes());
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.trim().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?.to_string();
    Some(Asked { path, body: serde_json::from_slice(&body).unwrap_or_default(), head })
}

/// A question about the passage.
pub fn question(shape: Shape) -> Request {
    Request {
        prompt: Prompt {
            system: "Read.".to_string(),
            passage: format!("{PASSAGE}\n\n"),
            form: "In few words.\n".to_string(),
            question: "Which eyes?".to_string(),
        },
        quotable: PASSAGE.into(),
        reply_tokens: shape.reply_tokens(),
        shape,
        adapter: None,
    }
}
