//! The messages between keeper and `copydesk-link`, the small program that asks an author's own server: in the same frames as those between
//! keeper and worker.

use crate::model::{ModelError, Reply, Request, Ticket};
use crate::sandbox::Seal;
use serde::{Deserialize, Serialize};

/// Questions asked at once of a server that does not say how many it takes.
pub const USUAL_SLOTS: u32 = 4;

/// A server of the author's own, which speaks the HTTP interface that OpenAI made usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Where it listens: `http://127.0.0.1:11434`, perhaps with a path before `/v1`.
    pub url: String,
    /// What it calls the model.
    pub name: String,
    /// Whether it may be on another computer; without that only this one's own addresses are connected to.
    pub may_be_remote: bool,
}

/// From keeper to `copydesk-link`.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToLink {
    /// The one server it may connect to; the first message, sent once. Answered by [`FromLink::Opened`] or [`FromLink::Refused`].
    Open(Server),
    /// A question, to be answered by [`FromLink::Replied`] with the same number. Many may be open at once.
    Ask { ticket: Ticket, request: Box<Request> },
    /// Nobody waits for this reply any more; it may come all the same.
    Cancel(Ticket),
}

/// From `copydesk-link` to keeper.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromLink {
    /// It has sealed itself, and the server answers.
    Opened {
        /// What the kernel enforces on it.
        seal: Seal,
        /// How many questions the server answers at once, as far as it tells.
        slots: Option<u32>,
        /// What the server says of itself and its model, for whoever asks.
        about: String,
    },
    /// Why it does not work with this server, in plain words.
    Refused(String),
    Replied {
        ticket: Ticket,
        result: Result<Reply, ModelError>,
    },
}
