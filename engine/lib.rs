//! copydesk: the desk every page of a novel crosses before it is printed.
//!
//! A folder of Markdown chapters is read once into a *snapshot*; a trained *reader*, a language model that runs inside the program, notes
//! what each passage states; *scripts* compare those notes and what code can read off the prose, and ask the model narrow questions;
//! *findings* rest on words that the engine located in a file; *reports* are written beside the chapters. [`run`] is the page to read
//! first; [`script`] is what authors write against.
//!
//! Two processes, one binary: the *keeper* (files, watcher, store, reports) starts a *worker* (scripts, llama.cpp) and talks to it in
//! plain messages over pipes. Whatever could be fooled or could crash lives in the worker, and its crash costs one job. Where authors have it ask
//! a server of their own, the keeper hands the worker's questions to a second binary, `copydesk-link` (`engine/link/`), which alone has network
//! code and is built only with the feature `link`.
//!
//! # Layers
//!
//! A module imports only from modules above it in the list below; `tests/architecture.rs` keeps this, and that each dependency has one
//! door (pulldown-cmark only in `manuscript/markdown.rs`, rhai only in `script/`, llama.cpp only in `model/llama.rs` …).
//!
//! # Invariants
//!
//! 1. The manuscript is never modified. Reports are the only files made beside it, and only a report of ours that nobody has edited is
//!    ever replaced.
//! 2. Parsing never fails: every file gives a value and a list of [`text::Problem`]s.
//! 3. A [`finding::Finding`] always has evidence whose quote stands verbatim in the named file; a model never supplies offsets.
//! 4. "Checked, nothing found" and "not checked, because …" are different values and look different in a report.
//! 5. A prompt that does not fit is refused with the numbers; text is never dropped in silence.
//! 6. One job's failure becomes that job's result; the run goes on, and the exit status tells.
//! 7. Same snapshot, same replies ⇒ the same report, byte for byte: no clock, no hash order, no absolute path.
//! 8. A reply is remembered under everything the model saw. No key, no reuse.
//! 9. One thread owns the model and only answers.
//! 10. A report is written whole or not at all, and only when its bytes change; and before the run is remembered, so that nothing counts as
//!     told that nobody could read.
//! 11. Our own writes never start a run.
//! 12. A finding is called fixed only when all that had found it looked again, and dismissed only by a word of the author's.
//! 13. A script can do only what `script/api/` gives it, within limits that are the same in debug and release builds.
//! 14. Before a file of the author's is read, the kernel is told to refuse each process what it does not need ([`sandbox`]).
//! 15. What the trained reader notes ([`notes`]) is no evidence: a note counts only where its words stand in the sentence it names, and the
//!     model's verdict ranks and filters pairs that code has found, it finds none.

pub mod text;

pub mod manuscript;

pub mod bible;

pub mod facts;

pub mod prompt;

pub mod finding;

pub mod model;

pub mod notes;

pub mod store;

pub mod report;

pub mod script;

pub mod project;

pub mod sandbox;

pub mod worker;

pub mod run;

pub mod measure;

pub mod dataset;

pub mod watch;

pub mod editor;

pub mod cli;
