//! The messages between keeper and worker: postcard behind a four-byte length, over pipes.

use super::{Job, Role, Task};
use crate::model::{ModelError, Reply, Request, Ticket, Work};
use crate::notes::compared::PairVerdicts;
use crate::report::{ScriptResult, StyleSheet};
use crate::sandbox::Seal;
use crate::script::{Limits, ScriptCard, ScriptFile};
use crate::text::{ContentHash, Problem};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// The largest message that is read, in bytes: a task carries a whole backlist.
const MAX_MESSAGE_BYTES: u32 = 1 << 30;

/// From keeper to worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToWorker {
    /// The files it may read from now on, and none else, and the memory it may take, in bytes; the first message, sent once and before any
    /// word of the manuscript.
    Seal { readable: Vec<PathBuf>, memory_bytes: u64 },
    /// Scripts to compile within these limits, with the libraries that they may import, to be answered by [`ToKeeper::Cards`]; sent before a
    /// task or not at all.
    Read { scripts: Vec<ScriptFile>, libraries: Vec<ScriptFile>, limits: Limits },
    /// The task and its jobs; another one may be sent when its end was told.
    Start(Box<Task>, Vec<Job>),
    /// The remembered reply to a [`ToKeeper::Recall`], or nothing.
    Recalled { question: u64, reply: Option<Reply> },
    /// The saved state that a [`ToKeeper::RecallPrefix`] asked for, or nothing.
    RecalledPrefix { question: u64, state: Option<ByteBuf> },
    /// What the author's server replied to a [`ToKeeper::AskServer`], or why it did not.
    Served { ticket: Ticket, result: Box<Result<Reply, ModelError>> },
    /// End soon: answer no more questions.
    Stop,
}

/// From worker to keeper.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToKeeper {
    /// What the kernel enforces on the worker; the first message.
    Sealed(Seal),
    /// What each script says of itself, or what is wrong with it.
    Cards(Vec<Result<ScriptCard, Problem>>),
    /// A job began; if the worker dies now, it is one of the suspects.
    Began(usize),
    /// A model is about to be opened; if the worker dies from now on, it may have been that model.
    Opens(Role),
    Recall {
        question: u64,
        key: ContentHash,
    },
    Keep {
        key: ContentHash,
        reply: Reply,
    },
    RecallPrefix {
        question: u64,
        key: ContentHash,
    },
    KeepPrefix {
        key: ContentHash,
        state: ByteBuf,
    },
    /// A question for the author's own server, which only the keeper's small program reaches.
    AskServer {
        ticket: Ticket,
        request: Box<Request>,
    },
    /// Nobody waits for the reply any more.
    CancelServed(Ticket),
    Done(usize, Box<ScriptResult>),
    /// A job would not end by itself, with its result; the worker ends, and the jobs that run beside it are not to blame.
    Overran(usize, Box<ScriptResult>),
    Progress(Work),
    StyleSheet(Box<StyleSheet>),
    Verdicts(Vec<PairVerdicts>),
    /// All jobs ended; the last message of a task.
    Finished(Work),
}

/// Writes one message and flushes it.
///
/// # Errors
/// The pipe's own: the other side is gone.
pub fn send<M: Serialize>(pipe: &mut impl Write, message: &M) -> io::Result<()> {
    send_frame(pipe, &frame(message)?)
}

/// A message as it goes over the pipe.
///
/// # Errors
/// It is too large.
pub fn frame<M: Serialize>(message: &M) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(io::ErrorKind::InvalidData, "message too large");
    let bytes = postcard::to_extend(message, vec![0; 4]).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let length = u32::try_from(bytes.len() - 4).ok().filter(|length| *length <= MAX_MESSAGE_BYTES).ok_or_else(too_large)?;
    let mut bytes = bytes;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// Writes a message that was made before, and flushes it. Allocates nothing.
///
/// # Errors
/// The pipe's own: the other side is gone.
pub fn send_frame(pipe: &mut (impl Write + ?Sized), bytes: &[u8]) -> io::Result<()> {
    pipe.write_all(bytes)?;
    pipe.flush()
}

/// Reads one message.
///
/// # Errors
/// The pipe's own (its end means that the other side is gone), or bytes that are no message.
pub fn receive<M: DeserializeOwned>(pipe: &mut impl Read) -> io::Result<M> {
    let mut length = [0; 4];
    pipe.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > MAX_MESSAGE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "message too large"));
    }
    // Read as it comes, so that a false length costs no memory.
    let mut bytes = Vec::new();
    pipe.take(u64::from(length)).read_to_end(&mut bytes)?;
    postcard::from_bytes(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
