//! The messages between keeper and `copydesk-link`, the small program that asks an author's own server: in the same frames as those between
//! keeper and worker.

use crate::model::{ModelError, Reply, Request, Ticket};
use crate::sandbox::Seal;
use crate::text::Server;
use serde::{Deserialize, Serialize};

/// Questions asked at once of a server that does not say how many it takes.
pub const USUAL_SLOTS: u32 = 4;

/// A trained reader that a server may have: an adapter, beside the model it was made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderName {
    /// The name of its file, by which llama-server lists it.
    pub file: String,
    /// What a server calls it that lists adapters among its models, as vLLM does.
    pub model: String,
}

/// From keeper to `copydesk-link`.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToLink {
    /// The one server it may connect to, and the readers to look for there; the first message, sent once. Answered by [`FromLink::Opened`] or
    /// [`FromLink::Refused`].
    Open { server: Server, readers: Vec<ReaderName> },
    /// A question, to be answered by [`FromLink::Replied`] with the same number. Many may be open at once.
    Ask { ticket: Ticket, request: Box<Request> },
    /// Nobody waits for this reply any more: it is not begun, or its connection is closed. It may come all the same.
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
        /// The file name of the reader that the server has; nothing where it has none of them.
        reader: Option<String>,
    },
    /// Why it does not work with this server, in plain words.
    Refused(String),
    Replied {
        ticket: Ticket,
        result: Result<Reply, ModelError>,
    },
}
