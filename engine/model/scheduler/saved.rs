//! Beginnings of prompts that outlast a run: fetched where that beats reading them, saved once they were read.

use super::*;

/// A prefix shorter than this is read anew rather than saved for the next run.
const SAVED_TOKENS: usize = 128;

impl<D: Decoder> Scheduler<D> {
    /// Fetches a prefix that an earlier run saved, where that is likely to be faster than reading it.
    pub(super) fn restore(&mut self, node: NodeId) {
        let (sequence, tokens) = self.tree.sequence(node);
        // A restored prefix shares no cells with its parent, so it needs room for all of its tokens.
        let has_room = self.taken() + tokens <= self.decoder.limits().context_tokens;
        if !self.tree.is_untouched(node) || !has_room || !self.keeps_prefix(node) {
            return;
        }
        let started = Instant::now();
        let Some(saved) = self.memory.recall_prefix(&self.prefix_key(node)) else { return };
        // What lies in the node's sequence is at most a copy of its parent.
        self.decoder.forget(sequence, 0);
        if self.decoder.restore(sequence, &saved) {
            self.tree.was_restored(node);
            let took = started.elapsed();
            self.pace.restored(saved.len(), took);
            self.pace.saved(tokens, saved.len());
            self.work.restored += tokens as u64;
            self.work.restore_micros += micros(took);
        }
    }

    /// Saves a prefix that was read, for the next run.
    pub(super) fn save(&mut self, node: NodeId) {
        let (sequence, tokens) = self.tree.sequence(node);
        if !self.keeps_prefix(node) {
            return;
        }
        if let Ok(bytes) = self.decoder.save(sequence) {
            self.pace.saved(tokens, bytes.len());
            self.memory.keep_prefix(&self.prefix_key(node), bytes);
            self.tree.was_saved(node);
        }
    }

    /// Whether what the node adds to its parent, a passage and not a line of instructions, is worth a file.
    fn keeps_prefix(&self, node: NodeId) -> bool {
        // What the reader notes of a passage is remembered itself.
        self.speed.adapts
            && self.adapter.is_none()
            && self.tree.run_tokens(node) >= SAVED_TOKENS
            && self.pace.restoring_wins(self.tree.sequence(node).1)
    }

    fn prefix_key(&self, node: NodeId) -> ContentHash {
        let bytes: Vec<u8> = self.tree.tokens(node).into_iter().flat_map(u32::to_le_bytes).collect();
        ContentHash::of_parts([&self.identity.0[..], &bytes])
    }
}
