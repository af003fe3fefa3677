//! The trained reader: a small language model, taught to do one thing, notes what each passage of a book states.
//!
//! ```text
//! scene ─► passages ─► notes (the model, once for each passage) ─► facts: whose, what, where ─► pairs that differ ─► verdict ─► clashes
//! ```
//!
//! The reader is an adapter (LoRA) on one of the reference models; [`adapters`] has both, [`training`](../../notes/training/README.md) the
//! recipe and the data they were made from. What it is shown is frozen ([`prompt`]): an adapter answers only what it was trained on.
//!
//! Invariants: a note that names no sentence of its passage, or whose words do not stand there, is dropped and counted; a note is no
//! evidence, the sentence it names is; what a model thinks of two passages ranks and filters, it never finds.

mod across;
pub mod adapters;
mod amount;
pub mod attribute;
mod body;
mod candidates;
pub mod canon;
mod change;
pub mod clash;
mod classes;
pub mod compared;
mod days;
mod deeds;
pub mod entries;
mod events;
pub mod fact;
pub mod gist;
mod implied;
mod kinship;
pub mod larger;
pub mod note;
pub mod pairs;
pub mod passage;
mod passing;
pub mod peft;
pub mod people;
pub mod prompt;
pub mod reader;
pub mod sources;
mod statements;
mod stature;
mod times;
pub mod value;
pub mod verdict;
mod ways;

pub use clash::{Clash, Reader, Statement};
pub use fact::Fact;
pub use note::{Note, Standing};
pub use passage::Passage;
pub use reader::{Reading, Wanted};

#[cfg(test)]
mod tests;

/// The name that requests know the reader's adapter by.
pub const READER: &str = "reader";
