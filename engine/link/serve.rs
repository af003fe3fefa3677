//! The frames: opens the one server, then answers many questions at once, in the order in which they came, until the input ends.

use super::address::{self, Address};
use super::ask::Asker;
use super::http::{Patience, Way};
use super::server;
use copydesk::model::{ModelError, Request, Ticket};
use copydesk::sandbox::Seal;
use copydesk::worker::link_messages::{FromLink, Server, ToLink, USUAL_SLOTS};
use copydesk::worker::messages::{receive, send};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Questions that nobody has begun.
#[derive(Default)]
struct Queue {
    waiting: Mutex<VecDeque<(Ticket, Box<Request>)>>,
    came: Condvar,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<(Ticket, Box<Request>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, ticket: Ticket, request: Box<Request>) {
        self.waiting().push_back((ticket, request));
        self.came.notify_one();
    }

    fn drop_one(&self, ticket: Ticket) {
        self.waiting().retain(|(waiting, _)| *waiting != ticket);
    }

    /// The next question, as soon as there is one.
    fn take(&self) -> (Ticket, Box<Request>) {
        let mut waiting = self.waiting();
        loop {
            match waiting.pop_front() {
                Some(next) => return next,
                None => waiting = self.came.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// Serves a keeper until its end of the pipe closes. Threads that still ask then end with the process.
///
/// # Errors
/// The output's own, bytes that are no frame, or a question before there is a server.
pub fn serve<W: Write + Send + 'static>(input: &mut impl Read, output: W, seal: fn(u16) -> Seal, patience: Patience) -> io::Result<()> {
    let output = Arc::new(Mutex::new(output));
    let ToLink::Open(server) = receive(input)? else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the first frame has to name the server"));
    };
    // The only thread there is: what the kernel is told now counts for all that come later.
    let opened = address::look_up(&server).and_then(|address| {
        let seal = seal(address.port);
        opened(&server, address, patience, seal)
    });
    let (asker, slots, answer) = match opened {
        Ok(opened) => opened,
        Err(words) => return send(&mut *locked(&output), &FromLink::Refused(words)),
    };
    send(&mut *locked(&output), &answer)?;
    let (queue, asker) = (Arc::new(Queue::default()), Arc::new(asker));
    for _ in 0..slots {
        let (queue, asker, output) = (Arc::clone(&queue), Arc::clone(&asker), Arc::clone(&output));
        thread::Builder::new().spawn(move || answer_all(&queue, &asker, &output))?;
    }
    loop {
        match receive(input) {
            Ok(ToLink::Ask { ticket, request }) => queue.put(ticket, request),
            Ok(ToLink::Cancel(ticket)) => queue.drop_one(ticket),
            Ok(ToLink::Open(_)) => return Err(io::Error::new(io::ErrorKind::InvalidData, "a second server")),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

fn opened(server: &Server, address: Address, patience: Patience, seal: Seal) -> Result<(Asker, u32, FromLink), String> {
    let way = Way::new(address, patience);
    let opened = server::open(&way, &server.name)?;
    let slots = opened.slots.unwrap_or(USUAL_SLOTS);
    let asker = Asker::new(way, &opened);
    Ok((asker, slots, FromLink::Opened { seal, slots: opened.slots, about: opened.about }))
}

fn locked<W>(output: &Mutex<W>) -> MutexGuard<'_, W> {
    output.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One thread's work. It ends when the keeper is gone.
fn answer_all<W: Write>(queue: &Queue, asker: &Asker, output: &Mutex<W>) {
    loop {
        let (ticket, request) = queue.take();
        // A question without a reply would be waited for forever.
        let result = catch_unwind(AssertUnwindSafe(|| asker.answer(&request)));
        let result = result.unwrap_or_else(|_| Err(ModelError::Failed("an error in copydesk-link".to_string())));
        if send(&mut *locked(output), &FromLink::Replied { ticket, result }).is_err() {
            return;
        }
    }
}
