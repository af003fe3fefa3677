//! What the model is remembered to have said and read, in the store of a state folder.

use crate::model::{Memory, Reply};
use crate::store::{PrefixFiles, Store};
use crate::text::ContentHash;
use std::path::Path;
use std::sync::Arc;

/// Remembers replies in the store, and what the model has read in files beside it.
pub struct StoreMemory {
    store: Arc<Store>,
    prefixes: PrefixFiles,
    /// Seconds since 1970, given by the caller; the only use of the time is to forget the oldest replies when there are too many.
    now: i64,
}

impl StoreMemory {
    /// A memory over the store of a state folder. `prefix_bytes` may be taken by what the model has read.
    pub fn new(state: &Path, store: Arc<Store>, prefix_bytes: u64, now: i64) -> StoreMemory {
        StoreMemory { prefixes: PrefixFiles::new(state, store.clone(), prefix_bytes), store, now }
    }
}

impl Memory for StoreMemory {
    fn recall(&self, key: &ContentHash) -> Option<Reply> {
        postcard::from_bytes(&self.store.reply(key)?).ok()
    }

    fn keep(&self, key: &ContentHash, reply: &Reply) {
        if let Ok(bytes) = postcard::to_stdvec(reply) {
            // A full disk costs only the memory: the question is asked again next time. It is reported once, at the end of the run.
            if let Err(problem) = self.store.keep_reply(key, &bytes, self.now) {
                self.store.note(problem);
            }
        }
    }

    fn recall_prefix(&self, key: &ContentHash) -> Option<Vec<u8>> {
        self.prefixes.recall(key, self.now)
    }

    fn keep_prefix(&self, key: &ContentHash, state: Vec<u8>) {
        self.prefixes.keep(key, &state, self.now);
    }
}
