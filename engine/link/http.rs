//! One request and its answer: plain HTTP to the server's own address, within a time and a size, tried again where that may help.

use super::address::Address;
use copydesk::text::escape::is_unsafe;
use serde_json::Value;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use ureq::Agent;
use ureq::config::Config;

/// The largest answer that is read, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// The most letters of a server's own words that are shown.
const MOST_LETTERS: usize = 160;

/// What is said for a moment only: too many questions, or a server behind the server that is not there yet.
const PASSING: &[u16] = &[429, 500, 502, 503, 504];

/// By these a server says that it does not know something of what was asked.
pub const NOT_UNDERSTOOD: &[u16] = &[400, 422, 501];

/// What a question has besides its words. llama-cpp-python's server fails over those that it does not know, and names them.
const BESIDES: &[&str] = &["response_format", "logprobs", "logits_all", "grammar"];

/// How long a server is waited for.
#[derive(Clone, Debug)]
pub struct Patience {
    /// For each of the requests by which a server is got to know.
    pub opening: Duration,
    /// For a whole answer.
    pub answer: Duration,
    /// Before each further try.
    pub waits: Vec<Duration>,
}

impl Default for Patience {
    fn default() -> Patience {
        let waits = [500, 2_000, 5_000].map(Duration::from_millis).to_vec();
        Patience { opening: Duration::from_secs(10), answer: Duration::from_mins(10), waits }
    }
}

/// Why there is no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing listens there.
    NobodyThere,
    /// The connection ended in the middle.
    BrokeOff,
    /// It took longer than this.
    TooSlow(Duration),
    TooLarge,
    /// It is no HTTP, or no JSON.
    Garbled,
    /// It sends its callers to another address.
    Elsewhere,
    /// It says no: the number, what it says to it, and its whole answer.
    Refuses {
        status: u16,
        words: String,
        body: Value,
    },
    /// This computer does not let the connection through.
    NotPermitted,
    /// Nobody waits for the answer any more.
    Unwanted,
}

impl Fault {
    /// A clause in plain words, behind `the server at … does not answer:`.
    pub fn words(&self) -> String {
        match self {
            Fault::NobodyThere => "no program listens there".to_string(),
            Fault::BrokeOff => "it broke off in the middle of an answer".to_string(),
            Fault::TooSlow(limit) => format!("it took longer than {}", spoken(*limit)),
            Fault::TooLarge => format!("it sent more than {} MB in one answer", MOST_BYTES >> 20),
            Fault::Garbled => "what it sends is no answer to a question".to_string(),
            Fault::Elsewhere => "it sends its callers to another address, which copydesk does not follow".to_string(),
            Fault::Refuses { status, words, .. } if words.is_empty() => format!("it says error {status}"),
            Fault::Refuses { status, words, .. } => format!("it says error {status} ({words})"),
            Fault::NotPermitted => "this computer did not let the connection through".to_string(),
            Fault::Unwanted => "nobody waits for the answer any more".to_string(),
        }
    }

    /// Whether the server may understand the question without something that it has besides its words.
    pub fn is_not_understood(&self) -> bool {
        let Fault::Refuses { status, words, .. } = self else { return false };
        NOT_UNDERSTOOD.contains(status) || *status == 500 && BESIDES.iter().any(|name| words.contains(name))
    }

    fn may_pass(&self) -> bool {
        match self {
            Fault::NobodyThere | Fault::BrokeOff | Fault::TooSlow(_) => true,
            Fault::Refuses { status, .. } => PASSING.contains(status) && !self.is_not_understood(),
            Fault::TooLarge | Fault::Garbled | Fault::Elsewhere | Fault::NotPermitted | Fault::Unwanted => false,
        }
    }
}

fn spoken(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 120 => format!("{} minutes", seconds / 60),
        1 => "1 second".to_string(),
        seconds => format!("{seconds} seconds"),
    }
}

/// A server's own words, safe to show and not too many.
pub fn shown(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let safe: String = line.chars().filter(|c| !is_unsafe(*c)).take(MOST_LETTERS + 1).collect();
    if safe.chars().count() > MOST_LETTERS { safe.chars().take(MOST_LETTERS).chain(['…']).collect() } else { safe }
}

/// The way to one server.
pub struct Way {
    config: Config,
    address: Address,
    pub patience: Patience,
}

/// Whether somebody waits for an answer still, and the connections that are made for it.
pub struct Errand {
    agent: Agent,
    is_unwanted: AtomicBool,
}

impl Errand {
    /// Nobody waits any more: what is connected for it is closed, and nothing is tried again. Servers then stop writing the answer.
    pub fn give_up(&self) {
        self.is_unwanted.store(true, Ordering::Relaxed);
        self.agent.clone().shutdown();
    }

    pub fn is_unwanted(&self) -> bool {
        self.is_unwanted.load(Ordering::Relaxed)
    }
}

impl Way {
    pub fn new(address: Address, patience: Patience) -> Way {
        let config = Agent::config_builder()
            // What the environment says of proxies does not count.
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            // A new connection each time: what a server sends behind the end of an answer is not read as the next one.
            .max_idle_connections(0)
            .user_agent("copydesk-link")
            .build();
        Way { config, address, patience }
    }

    /// Something new to ask, which can be given up by itself.
    pub fn errand(&self) -> Errand {
        Errand { agent: self.config.new_agent(), is_unwanted: AtomicBool::new(false) }
    }

    /// As it is shown to the author.
    pub fn shown(&self) -> &str {
        &self.address.shown
    }

    /// Asks for what is at a path, behind the server's own.
    pub fn get(&self, path: &str) -> Result<Value, Fault> {
        let errand = self.errand();
        self.tried(&errand, |place| self.once(&errand.agent, place, path, None, self.patience.opening))
    }

    /// Sends a question.
    pub fn post(&self, errand: &Errand, path: &str, question: &Value) -> Result<Value, Fault> {
        let bytes = question.to_string().into_bytes();
        self.tried(errand, |place| self.once(&errand.agent, place, path, Some(&bytes), self.patience.answer))
    }

    /// Tries a request until it is answered or there is no hope. A second time for one that took too long is enough.
    fn tried(&self, errand: &Errand, attempt: impl Fn(SocketAddr) -> Result<Value, Fault>) -> Result<Value, Fault> {
        let mut has_been_slow = false;
        let mut waits = self.patience.waits.iter();
        loop {
            let mut result = Err(Fault::NobodyThere);
            for place in &self.address.places {
                result = attempt(*place);
                if result != Err(Fault::NobodyThere) {
                    break;
                }
            }
            if errand.is_unwanted() {
                return Err(Fault::Unwanted);
            }
            let Err(fault) = &result else { return result };
            let is_slow = matches!(fault, Fault::TooSlow(_));
            match waits.next() {
                Some(wait) if fault.may_pass() && !(is_slow && has_been_slow) => thread::sleep(*wait),
                _ => return result,
            }
            has_been_slow |= is_slow;
        }
    }

    fn once(&self, agent: &Agent, place: SocketAddr, path: &str, question: Option<&[u8]>, limit: Duration) -> Result<Value, Fault> {
        let at = format!("http://{place}{}{path}", self.address.path);
        let host = self.address.host.as_str();
        let answered = match question {
            None => agent.get(at).header("host", host).config().timeout_global(Some(limit)).build().call(),
            Some(bytes) => {
                let request = agent.post(at).header("host", host).header("content-type", "application/json");
                request.config().timeout_global(Some(limit)).build().send(bytes)
            }
        };
        let mut response = answered.map_err(|error| fault_of(error, limit))?;
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            return Err(Fault::Elsewhere);
        }
        let bytes = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec().map_err(|error| fault_of(error, limit))?;
        let body = serde_json::from_slice::<Value>(&bytes);
        if (200..300).contains(&status) {
            return body.map_err(|_| Fault::Garbled);
        }
        let body = body.unwrap_or_default();
        Err(Fault::Refuses { status, words: shown(error_words(&body)), body })
    }
}

/// What a refusal says: `{"error": {"message": …}}`, `{"error": …}` or `{"message": …}`.
fn error_words(body: &Value) -> &str {
    let error = &body["error"];
    [&error["message"], error, &body["message"], &body["detail"]].into_iter().find_map(Value::as_str).unwrap_or_default()
}

fn fault_of(error: ureq::Error, limit: Duration) -> Fault {
    match error {
        ureq::Error::Timeout(_) => Fault::TooSlow(limit),
        ureq::Error::BodyExceedsLimit(_) => Fault::TooLarge,
        ureq::Error::ConnectionFailed | ureq::Error::HostNotFound => Fault::NobodyThere,
        ureq::Error::RedirectFailed | ureq::Error::TooManyRedirects => Fault::Elsewhere,
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::PermissionDenied => Fault::NotPermitted,
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::AddrNotAvailable
            | ErrorKind::NotFound => Fault::NobodyThere,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::TooSlow(limit),
            ErrorKind::InvalidData | ErrorKind::InvalidInput => Fault::Garbled,
            _ => Fault::BrokeOff,
        },
        _ => Fault::Garbled,
    }
}
