//! Which beginnings of prompts lie in the KV cache: a tree of token runs, each with a sequence of its own.
//!
//! A node's sequence holds everything from the root to the node's end; what it shares with its parent lies in the cache once. Questions
//! about one passage hang on one node, whatever script asks them. When room is needed, the leaf that is worth least goes: reuse counts
//! for, age counts against (GreedyDual-Size with frequency: Cherkasova, “Improving WWW Proxies Performance with Greedy-Dual-Size-Frequency
//! Caching Policy”, HP Laboratories 1998), and what could be had back from the disk is worth little.

use super::ModelError;
use super::decoder::{KvCache, SequenceId, Token};

/// A shared run shorter than this is not worth a sequence of its own.
const MIN_RUN: usize = 16;

/// What a token costs to read anew when its prefix was saved, against one that must be computed.
const COST_WHEN_SAVED: f64 = 0.1;

/// A node's place in the tree; stays the same while the node lives.
pub type NodeId = usize;

/// A run of tokens after its parent's.
#[derive(Debug)]
struct Node {
    parent: Option<NodeId>,
    sequence: SequenceId,
    /// Tokens before the run.
    start: usize,
    run: Vec<Token>,
    /// Tokens of the run that were read so far.
    filled: usize,
    /// Cells of the KV cache that are this node's own.
    cells: usize,
    /// Requests that need the node now.
    pins: usize,
    uses: u32,
    /// Worth, by the rule above.
    worth: f64,
    is_saved: bool,
}

/// The tree, and the sequences it may use.
#[derive(Debug)]
pub struct PrefixTree {
    nodes: Vec<Option<Node>>,
    free: Vec<SequenceId>,
    /// Rises with every eviction, so that old worth pales.
    age: f64,
    can_split: bool,
}

impl PrefixTree {
    /// An empty tree over these sequences. `can_split` tells whether the model can copy a part of a sequence.
    pub fn new(sequences: impl IntoIterator<Item = SequenceId>, can_split: bool) -> PrefixTree {
        PrefixTree { nodes: Vec::new(), free: sequences.into_iter().collect(), age: 0.0, can_split }
    }

    fn node(&self, id: NodeId) -> &Node {
        self.nodes[id].as_ref().expect("a node that is pinned or linked lives")
    }

    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        self.nodes[id].as_mut().expect("a node that is pinned or linked lives")
    }

    fn living(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().filter_map(|(id, node)| Some((id, node.as_ref()?)))
    }

    /// How many of the first tokens the tree holds or is about to, and the node they end in.
    pub fn find(&self, tokens: &[Token]) -> (Option<NodeId>, usize) {
        let mut found = (None, 0);
        loop {
            let (parent, at) = found;
            let complete = parent.is_none_or(|id: NodeId| self.node(id).start + self.node(id).run.len() == at);
            // Children may begin alike: what is too short for a node of its own is not split off.
            let children = self.living().filter(|(_, node)| complete && node.parent == parent);
            let shared = |node: &Node| node.run.iter().zip(&tokens[at..]).take_while(|(a, b)| a == b).count();
            match children.map(|(id, node)| (id, shared(node))).max_by_key(|(_, shared)| *shared).filter(|(_, shared)| *shared > 0) {
                Some((id, shared)) => found = (Some(id), at + shared),
                None => return found,
            }
        }
    }

    /// Cells that would be taken by [`PrefixTree::grow`] for these tokens.
    pub fn cells_to_grow(&self, tokens: &[Token]) -> usize {
        tokens.len() - self.usable(tokens).1
    }

    /// Cells of the KV cache that the tree holds.
    pub fn cells(&self) -> usize {
        self.living().map(|(_, node)| node.cells).sum()
    }

    /// The node to hang more tokens on: the deepest that is shared whole, and how far a split of the next one would reach.
    fn usable(&self, tokens: &[Token]) -> (Option<NodeId>, usize) {
        let (found, shared) = self.find(tokens);
        let Some(id) = found else { return (None, 0) };
        let node = self.node(id);
        let into = shared - node.start;
        let is_whole = into == node.run.len();
        let is_worth_splitting = self.can_split && self.is_ready(id) && into >= MIN_RUN;
        if is_whole || is_worth_splitting { (Some(id), shared) } else { (node.parent, node.start) }
    }

    /// The deepest node that was read and that these tokens begin with whole.
    pub fn whole(&self, tokens: &[Token]) -> Option<NodeId> {
        let (found, shared) = self.find(tokens);
        let is_whole = |id: &NodeId| self.is_ready(*id) && self.node(*id).start + self.node(*id).run.len() <= shared;
        std::iter::successors(found, |id| self.node(*id).parent).find(is_whole)
    }

    /// Makes the tree hold these tokens and pins the node they end at; nothing when the sequences do not suffice. `cuts` are places where
    /// a node should end because other prompts may branch off there; the last is the end of `tokens`.
    ///
    /// # Errors
    /// A failure of the model.
    pub fn grow(&mut self, kv: &mut impl KvCache, tokens: &[Token], cuts: &[usize]) -> Result<Option<NodeId>, ModelError> {
        let (mut node, mut at) = self.usable(tokens);
        let is_inside = node.is_some_and(|id| self.node(id).start + self.node(id).run.len() > at);
        let ends: Vec<usize> = cuts.iter().copied().filter(|cut| *cut >= at + MIN_RUN || *cut == tokens.len() && *cut > at).collect();
        if self.free.len() < ends.len() + usize::from(is_inside) {
            return Ok(None);
        }
        if let Some(id) = node.filter(|_| is_inside) {
            node = Some(self.split(kv, id, at)?);
        }
        for end in ends {
            let Some(sequence) = self.free.pop() else { return Ok(None) };
            let run = tokens[at..end].to_vec();
            let cells = run.len();
            let new = Node { parent: node, sequence, start: at, run, filled: 0, cells, pins: 0, uses: 0, worth: self.age, is_saved: false };
            node = Some(self.insert(new));
            at = end;
        }
        if let Some(id) = node {
            self.pin(id);
        }
        Ok(node)
    }

    fn insert(&mut self, node: Node) -> NodeId {
        match self.nodes.iter().position(Option::is_none) {
            Some(id) => {
                self.nodes[id] = Some(node);
                id
            }
            None => {
                self.nodes.push(Some(node));
                self.nodes.len() - 1
            }
        }
    }

    /// Parts a ready node at a place; gives the new upper node.
    fn split(&mut self, kv: &mut impl KvCache, id: NodeId, at: usize) -> Result<NodeId, ModelError> {
        let sequence = self.free.pop().expect("counted before");
        let lower = self.node(id);
        let (parent, start, uses, worth, is_saved) = (lower.parent, lower.start, lower.uses, lower.worth, lower.is_saved);
        if let Err(error) = kv.copy(lower.sequence, sequence, at) {
            self.free.push(sequence);
            return Err(error);
        }
        let into = at - start;
        let lower = self.node_mut(id);
        let run: Vec<Token> = lower.run.drain(..into).collect();
        lower.start = at;
        lower.filled -= into;
        // What a restored node holds besides its run stays with the upper part.
        let cells = lower.cells - lower.run.len();
        lower.cells = lower.run.len();
        let upper = self.insert(Node { parent, sequence, start, run, filled: into, cells, pins: 0, uses, worth, is_saved });
        self.node_mut(id).parent = Some(upper);
        Ok(upper)
    }

    /// Whether all of the node's tokens were read.
    pub fn is_ready(&self, id: NodeId) -> bool {
        self.node(id).filled == self.node(id).run.len()
    }

    /// The node that has to be read next so that this one is ready: the topmost below the last that is.
    pub fn next_to_fill(&self, id: NodeId) -> Option<NodeId> {
        let mut next = None;
        let mut at = Some(id);
        while let Some(id) = at.filter(|id| !self.is_ready(*id)) {
            next = Some(id);
            at = self.node(id).parent;
        }
        next
    }

    /// Whether nothing of the node's own run was read yet.
    pub fn is_untouched(&self, id: NodeId) -> bool {
        self.node(id).filled == 0
    }

    /// Tokens of the node's own run.
    pub fn run_tokens(&self, id: NodeId) -> usize {
        self.node(id).run.len()
    }

    /// The nodes from the root to this one.
    pub fn path(&self, id: NodeId) -> Vec<NodeId> {
        let mut path = self.node(id).parent.map_or_else(Vec::new, |parent| self.path(parent));
        path.push(id);
        path
    }

    /// All tokens from the root to the node's end.
    pub fn tokens(&self, id: NodeId) -> Vec<Token> {
        let node = self.node(id);
        let before = node.parent.map_or_else(Vec::new, |parent| self.tokens(parent));
        [before, node.run.clone()].concat()
    }

    /// Lets a node that is about to be read begin with its parent's tokens, which were read.
    ///
    /// # Errors
    /// A failure of the model.
    pub fn begin(&mut self, kv: &mut impl KvCache, id: NodeId) -> Result<(), ModelError> {
        let node = self.node(id);
        if node.filled > 0 || node.start == 0 {
            return Ok(());
        }
        let Some(parent) = node.parent else { return Ok(()) };
        let (from, to, start) = (self.node(parent).sequence, node.sequence, node.start);
        // Begun before and given up: what is there already is dropped, so that the copy is whole.
        kv.forget(to, 0);
        kv.copy(from, to, start)
    }

    /// The tokens of a node that still have to be read, and the position of the first.
    pub fn unread(&self, id: NodeId) -> (&[Token], usize) {
        let node = self.node(id);
        (&node.run[node.filled..], node.start + node.filled)
    }

    /// Tells that so many more tokens of the node were read.
    pub fn has_read(&mut self, id: NodeId, tokens: usize) {
        self.node_mut(id).filled += tokens;
    }

    /// Tells that the node's sequence was restored whole from saved bytes; it shares no cells with its parent then.
    pub fn was_restored(&mut self, id: NodeId) {
        let node = self.node_mut(id);
        node.filled = node.run.len();
        node.cells = node.start + node.run.len();
        node.is_saved = true;
    }

    /// Tells that the node was saved, so that losing it costs little.
    pub fn was_saved(&mut self, id: NodeId) {
        self.node_mut(id).is_saved = true;
    }

    /// The node's sequence and how many tokens lie in it when it is ready.
    pub fn sequence(&self, id: NodeId) -> (SequenceId, usize) {
        let node = self.node(id);
        (node.sequence, node.start + node.run.len())
    }

    /// Keeps a node from being evicted, and counts a use.
    pub fn pin(&mut self, id: NodeId) {
        let age = self.age;
        let node = self.node_mut(id);
        node.pins += 1;
        node.uses += 1;
        let cost = if node.is_saved { COST_WHEN_SAVED } else { 1.0 };
        // Tokens are both what a node costs and the room it takes, so its size cancels out.
        node.worth = age + f64::from(node.uses) * cost;
    }

    /// Takes back one [`PrefixTree::pin`].
    pub fn unpin(&mut self, id: NodeId) {
        self.node_mut(id).pins -= 1;
    }

    /// Evicts the leaf of least worth that nobody needs. False when there is none.
    pub fn evict(&mut self, kv: &mut impl KvCache) -> bool {
        let is_leaf = |id: NodeId| self.living().all(|(_, node)| node.parent != Some(id));
        let unneeded = self.living().filter(|(id, node)| node.pins == 0 && is_leaf(*id));
        let least = unneeded.min_by(|a, b| a.1.worth.total_cmp(&b.1.worth)).map(|(id, _)| id);
        let Some(id) = least else { return false };
        if let Some(node) = self.nodes[id].take() {
            self.age = self.age.max(node.worth);
            kv.forget(node.sequence, 0);
            self.free.push(node.sequence);
        }
        true
    }

    /// Forgets everything; for a KV cache whose contents are unknown.
    pub fn clear(&mut self, kv: &mut impl KvCache) {
        for node in std::mem::take(&mut self.nodes).into_iter().flatten() {
            kv.forget(node.sequence, 0);
            self.free.push(node.sequence);
        }
    }
}
