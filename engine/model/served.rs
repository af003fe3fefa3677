//! A model behind a server of the author's own. This process reaches no server: it hands each request to the keeper, whose small program
//! `copydesk-link` asks, and takes the replies as they come.

use super::{Model, ModelError, Reply, Request, Ticket, Turn, Work};
use crate::prompt::Prompt;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// How long a step waits for a reply.
const STEP: Duration = Duration::from_millis(100);

/// English has about four bytes a token; names and marks have fewer.
const BYTES_OF_A_TOKEN: usize = 3;

/// What a chat template and the form of an answer add.
const TEMPLATE_TOKENS: usize = 100;

/// What the keeper is asked to do.
#[derive(Debug)]
pub enum ServerCall {
    Ask(Ticket, Box<Request>),
    Cancel(Ticket),
}

/// What became of a request.
pub type Served = (Ticket, Result<Reply, ModelError>);

/// The way to a server and back.
pub struct ServerLine {
    pub call: Box<dyn Fn(ServerCall) + Send>,
    pub replies: Receiver<Served>,
}

/// Asks over a [`ServerLine`]; the server decides the order.
pub struct ServedModel {
    line: ServerLine,
    /// Requests that wait, with the most urgent first: the server may take only some at once.
    waiting: BTreeMap<(std::cmp::Reverse<bool>, u32, Ticket), Request>,
    asked: Vec<Ticket>,
    /// How many are asked at once.
    slots: usize,
    /// What the server reads at once, in tokens.
    context_tokens: usize,
    /// Those that the server could not read whole.
    too_long: Vec<Served>,
    work: Work,
}

impl ServedModel {
    /// Asks so many at once, at least one, of a server that reads so many tokens at once.
    pub fn new(line: ServerLine, slots: u32, context_tokens: u32) -> ServedModel {
        let slots = slots.max(1);
        let work = Work { questions_at_once: u64::from(slots), ..Work::default() };
        ServedModel {
            line,
            waiting: BTreeMap::new(),
            asked: Vec::new(),
            slots: slots as usize,
            context_tokens: context_tokens as usize,
            too_long: Vec::new(),
            work,
        }
    }

    fn count(&mut self, reply: &Reply) {
        self.work.read += u64::from(reply.tokens_read);
        self.work.reused += u64::from(reply.tokens_reused);
        self.work.generated += u64::from(reply.tokens_generated);
    }
}

impl Model for ServedModel {
    fn submit(&mut self, ticket: Ticket, request: Request, turn: Turn) {
        // Servers drop in silence what is too long for them; so it is refused here, by an estimate that is rather too high.
        let Prompt { system, passage, form, question } = &request.prompt;
        let bytes = [system, passage, form, question].iter().map(|text| text.len()).sum::<usize>();
        let own = request.reply_tokens as usize;
        // Replies come as JSON, whose names and marks are a half more; those of the trained reader in its own lines.
        let reply_tokens = if request.adapter.is_some() { own } else { own * 3 / 2 + 48 };
        let prompt_tokens = bytes / BYTES_OF_A_TOKEN + TEMPLATE_TOKENS;
        let context_tokens = self.context_tokens;
        if prompt_tokens + reply_tokens > context_tokens {
            self.too_long.push((ticket, Err(ModelError::TooLong { prompt_tokens, reply_tokens, context_tokens })));
            return;
        }
        self.waiting.insert((std::cmp::Reverse(turn.is_urgent), turn.place, ticket), request);
    }

    fn cancel(&mut self, ticket: Ticket) {
        self.waiting.retain(|(.., waiting), _| *waiting != ticket);
        if self.asked.contains(&ticket) {
            self.asked.retain(|asked| *asked != ticket);
            (self.line.call)(ServerCall::Cancel(ticket));
        }
    }

    fn advance(&mut self) -> Vec<Served> {
        if !self.too_long.is_empty() {
            return std::mem::take(&mut self.too_long);
        }
        while self.asked.len() < self.slots
            && let Some(((.., ticket), request)) = self.waiting.pop_first()
        {
            self.asked.push(ticket);
            (self.line.call)(ServerCall::Ask(ticket, Box::new(request)));
        }
        let first = match self.line.replies.recv_timeout(STEP) {
            Ok(served) => served,
            Err(RecvTimeoutError::Timeout) => return Vec::new(),
            Err(RecvTimeoutError::Disconnected) => {
                let gone = || ModelError::Failed("the program that asks the server ended".to_string());
                return std::mem::take(&mut self.asked).into_iter().map(|ticket| (ticket, Err(gone()))).collect();
            }
        };
        // One that was cancelled may still come.
        let all: Vec<Served> =
            std::iter::once(first).chain(self.line.replies.try_iter()).filter(|(ticket, _)| self.asked.contains(ticket)).collect();
        for (ticket, result) in &all {
            self.asked.retain(|asked| asked != ticket);
            if let Ok(reply) = result {
                self.count(reply);
            }
        }
        all
    }

    fn work(&self) -> Work {
        self.work
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Shape;
    use std::sync::mpsc::channel;

    fn request(question: &str) -> Request {
        let prompt = Prompt { system: String::new(), passage: String::new(), form: String::new(), question: question.to_string() };
        Request { prompt, quotable: "".into(), shape: Shape::Text { words: 5 }, reply_tokens: 8, adapter: None }
    }

    #[test]
    fn so_many_are_asked_at_once_the_urgent_first_and_what_was_cancelled_is_not_heard() {
        let ((told, calls), (replies, heard)) = (channel(), channel());
        let call = Box::new(move |call: ServerCall| told.send(call).unwrap());
        let mut model = ServedModel::new(ServerLine { call, replies: heard }, 2, 500);
        model.submit(9, request(&"a".repeat(2_000)), Turn::default());
        assert!(matches!(&model.advance()[..], [(9, Err(ModelError::TooLong { context_tokens: 500, .. }))]));
        for (ticket, is_urgent) in [(1, false), (2, false), (3, true)] {
            model.submit(ticket, request("?"), Turn { is_urgent, place: 0 });
        }
        assert!(model.advance().is_empty());
        let asked = || {
            calls
                .try_iter()
                .map(|call| format!("{call:?}").split([' ', ',', '{']).next().unwrap_or_default().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(asked(), ["Ask(3", "Ask(1"]);
        model.cancel(1);
        for ticket in [1, 3] {
            replies.send((ticket, Ok(Reply { tokens_read: 7, ..Reply::default() }))).unwrap();
        }
        let ended: Vec<Ticket> = model.advance().into_iter().map(|(ticket, _)| ticket).collect();
        assert_eq!((ended, model.work().read), (vec![3], 7));
        assert_eq!(asked(), ["Cancel(1)", "Ask(2"]);
        drop(replies);
        assert!(matches!(&model.advance()[..], [(2, Err(ModelError::Failed(_)))]));
        assert!(model.advance().is_empty());
    }
}
