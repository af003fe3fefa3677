//! Room in the KV cache: who is promised how much of it, and who gives way when it is full.

use super::*;

impl<D: Decoder> Scheduler<D> {
    /// Sees to it that what a stream adds in the next step has room: drops beginnings that nobody needs now, then lets the least urgent
    /// streams wait again. False when this one has to wait again itself.
    pub(super) fn make_room(&mut self, index: usize, tokens: usize) -> bool {
        let stream = &mut self.streams[index];
        let own_prompt = stream.prompt.tokens.len() - stream.shared;
        let held = own_prompt + stream.writing.as_ref().map_or(0, Writing::fed);
        let lacks = (held + tokens).saturating_sub(stream.cells);
        if lacks == 0 {
            return true;
        }
        let most = own_prompt + stream.request.reply_tokens as usize;
        stream.cells = (stream.cells + lacks.next_multiple_of(self.room_for_reply)).min(most);
        while self.taken() > self.decoder.limits().context_tokens {
            if !self.tree.evict(&mut self.decoder) {
                self.last_waits_again();
            }
            if index == self.streams.len() {
                return false;
            }
        }
        true
    }

    /// Lets the least urgent stream begin anew later, with what was read of its prompt where that is still there.
    fn last_waits_again(&mut self) {
        let Some(stream) = self.streams.pop() else { return };
        self.give_back(&stream);
        self.is_crowded = !self.streams.is_empty();
        if let Some(writing) = &stream.writing {
            count_written(&mut self.work, writing);
        }
        let Stream { ticket, request, turn, prompt, counted, .. } = stream;
        // It has waited once; the next place is its own.
        self.waiting.push(Waiting { ticket, request, turn, prompt, passed_over: PASSED_OVER_AT_MOST, gave_way: Some(counted) });
    }

    /// Cells of the cache that are taken or promised.
    pub(super) fn taken(&self) -> usize {
        self.tree.cells() + self.streams.iter().map(|stream| stream.cells).sum::<usize>()
    }

    /// Empties the cache of all but the beginnings these tokens go on from, which lie where they would be put if they were read anew: so the
    /// same tokens lie in the same cells whatever was asked before.
    pub(super) fn keep_only(&mut self, tokens: &[u32]) {
        let kept = self.tree.whole(tokens);
        if let Some(node) = kept {
            self.tree.pin(node);
        }
        while self.tree.evict(&mut self.decoder) {}
        if let Some(node) = kept {
            self.tree.unpin(node);
        }
    }
}
