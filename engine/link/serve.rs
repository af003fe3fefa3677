//! The frames: opens the one server, then answers many questions at once, in the order in which they came, until the input ends.

use super::address::{self, Address};
use super::ask::Asker;
use super::http::{Errand, Patience, Way};
use super::server;
use copydesk::model::{ModelError, Request, Ticket};
use copydesk::sandbox::Seal;
use copydesk::text::Server;
use copydesk::worker::link_messages::{FromLink, ReaderName, ToLink, USUAL_SLOTS};
use copydesk::worker::messages::{receive, send};
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Questions that nobody has begun, and those that are asked now.
#[derive(Default)]
struct Queue {
    questions: Mutex<Questions>,
    came: Condvar,
}

#[derive(Default)]
struct Questions {
    waiting: VecDeque<(Ticket, Box<Request>)>,
    asked: HashMap<Ticket, Arc<Errand>>,
}

impl Queue {
    fn questions(&self) -> MutexGuard<'_, Questions> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, ticket: Ticket, request: Box<Request>) {
        self.questions().waiting.push_back((ticket, request));
        self.came.notify_one();
    }

    /// One that nobody waits for: it is not begun any more, or ends at once.
    fn drop_one(&self, ticket: Ticket) {
        let mut questions = self.questions();
        questions.waiting.retain(|(waiting, _)| *waiting != ticket);
        let asked = questions.asked.remove(&ticket);
        drop(questions);
        if let Some(errand) = asked {
            errand.give_up();
        }
    }

    /// The next question, as soon as there is one, and what it is asked by.
    fn take(&self, asker: &Asker) -> (Ticket, Box<Request>, Arc<Errand>) {
        let mut questions = self.questions();
        loop {
            match questions.waiting.pop_front() {
                Some((ticket, request)) => {
                    let errand = Arc::new(asker.errand());
                    questions.asked.insert(ticket, Arc::clone(&errand));
                    return (ticket, request, errand);
                }
                None => questions = self.came.wait(questions).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn has_ended(&self, ticket: Ticket) {
        self.questions().asked.remove(&ticket);
    }
}

/// Serves a keeper until its end of the pipe closes. Threads that still ask then end with the process.
///
/// # Errors
/// The output's own, bytes that are no frame, or a question before there is a server.
pub fn serve<W: Write + Send + 'static>(input: &mut impl Read, output: W, seal: fn(u16) -> Seal, patience: Patience) -> io::Result<()> {
    let output = Arc::new(Mutex::new(output));
    let ToLink::Open { server, readers } = receive(input)? else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the first frame has to name the server"));
    };
    // The only thread there is: what the kernel is told now counts for all that come later.
    let opened = address::look_up(&server).and_then(|address| {
        let seal = seal(address.port);
        opened(&server, &readers, address, patience, seal)
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
            Ok(ToLink::Open { .. }) => return Err(io::Error::new(io::ErrorKind::InvalidData, "a second server")),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

fn opened(
    server: &Server,
    readers: &[ReaderName],
    address: Address,
    patience: Patience,
    seal: Seal,
) -> Result<(Asker, u32, FromLink), String> {
    let way = Way::new(address, patience);
    let opened = server::open(&way, &server.name, readers)?;
    let slots = opened.slots.unwrap_or(USUAL_SLOTS);
    let asker = Asker::new(way, &opened);
    let reader = opened.reader.map(|reader| reader.file);
    Ok((asker, slots, FromLink::Opened { seal, slots: opened.slots, about: opened.about, reader }))
}

fn locked<W>(output: &Mutex<W>) -> MutexGuard<'_, W> {
    output.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One thread's work. It ends when the keeper is gone.
fn answer_all<W: Write>(queue: &Queue, asker: &Asker, output: &Mutex<W>) {
    loop {
        let (ticket, request, errand) = queue.take(asker);
        // A question without a reply would be waited for forever.
        let result = catch_unwind(AssertUnwindSafe(|| asker.answer(&errand, &request)));
        queue.has_ended(ticket);
        let result = result.unwrap_or_else(|_| Err(ModelError::Failed("an error in copydesk-link".to_string())));
        if send(&mut *locked(output), &FromLink::Replied { ticket, result }).is_err() {
            return;
        }
    }
}
