//! What the scheduler has in work.

use super::*;

/// A question that is not worked on yet.
pub(super) struct Waiting {
    pub(super) ticket: Ticket,
    pub(super) request: Request,
    pub(super) turn: Turn,
    pub(super) prompt: PromptTokens,
    pub(super) passed_over: u32,
    /// What it cost before it gave up its place; then it is begun again only where there is room for the whole of its reply.
    pub(super) gave_way: Option<Counted>,
}

/// A question that is worked on.
pub(super) struct Stream {
    pub(super) ticket: Ticket,
    pub(super) request: Request,
    pub(super) turn: Turn,
    pub(super) prompt: PromptTokens,
    /// Where its shared part ends; nothing for a prompt that shares nothing.
    pub(super) node: Option<NodeId>,
    /// Prompt tokens that come from the node.
    pub(super) shared: usize,
    pub(super) sequence: SequenceId,
    /// Prompt tokens in its sequence.
    pub(super) read: usize,
    /// Cells of the cache that it was promised so far.
    pub(super) cells: usize,
    /// Nothing until its prompt is read.
    pub(super) writing: Option<Writing>,
    pub(super) counted: Counted,
}

/// What a question cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) read: u32,
    pub(super) drafted: u32,
    pub(super) accepted: u32,
}

/// What a part of a batch is for.
pub(super) enum Part {
    /// So many tokens of a node, for a stream.
    Node(NodeId, usize, usize),
    /// So many prompt tokens of a stream.
    Prompt(usize, usize),
    /// A stream's reply: its unread tokens, then a draft.
    Reply(usize, Vec<u32>),
}

impl Stream {
    /// A reply's figures, without its words.
    pub(super) fn cost(&self) -> Reply {
        let tokens_reused = (self.prompt.tokens.len() as u32).saturating_sub(self.counted.read);
        Reply { tokens_read: self.counted.read, tokens_reused, is_complete: true, ..Reply::default() }
    }
}
