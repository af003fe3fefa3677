//! How much the checks find in the author's own chapters: errors of known kinds are put into copies of them, each with a twin that says
//! something harmless at the same place, and what the checks say of the copies is counted.
//!
//! Everything here works on texts in memory: the author's files are never opened, and no copy of them is ever written.
//!
//! * [`plan`](plan()) finds what the text states and decides what to plant where; a seed makes it the same every time.
//! * [`Copy`] puts the sentences in and knows where everything else went.
//! * [`judge`] tells which findings are the planted errors and which are false.
//! * [`verdicts`] compares two judges of the pairs that were looked at.
//! * [`tally`](tally()) counts by kind; [`cases`] does the same for folders of labelled cases.

pub mod cases;
pub mod dice;
mod kind;
mod people_plan;
mod places;
mod plan;
mod put;
mod scene_plan;
mod source;
mod surgery;
mod tally;
pub mod verdicts;
mod wording;

pub use kind::Kind;
pub use plan::{Order, batches, plan};
pub use surgery::{Copy, Insertion};
pub use tally::{Judged, Line, judge, tally};

use crate::text::{SourcePath, Span};

/// What the planted error contradicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Words of the author's own chapters.
    Prose,
    /// A fact of the author's bible.
    Bible,
    /// A sentence that was planted too, because the text says nothing of it.
    Planted,
}

impl Origin {
    /// One word for it.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Prose => "prose",
            Origin::Bible => "bible",
            Origin::Planted => "planted",
        }
    }
}

/// One error and its twin.
#[derive(Clone, Debug)]
pub struct Plant {
    pub kind: Kind,
    /// Whom or what it is about.
    pub subject: String,
    /// Everybody it names; two plants in one copy share nobody.
    pub names: Vec<String>,
    pub attribute: String,
    pub origin: Origin,
    /// What is true, and what the error says.
    pub right: String,
    pub wrong: String,
    /// A first statement, put into both copies, when the author's text has none.
    pub setup: Option<Insertion>,
    pub error: Insertion,
    pub twin: Insertion,
    /// The twin says the same as the error, but as a lie, a wish, a disguise …; else it agrees with what is true.
    pub is_licensed: bool,
    /// Where the author's files state what is true; the error must be held against one of these, or against the first statement.
    pub receipts: Vec<(SourcePath, Span)>,
}

impl Plant {
    /// Everything that is put into one of its two copies.
    pub fn insertions(&self, with_error: bool) -> impl Iterator<Item = &Insertion> {
        self.setup.iter().chain(std::iter::once(if with_error { &self.error } else { &self.twin }))
    }
}
