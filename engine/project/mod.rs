//! The author's folder: what is configured, what lies in it, and the only two things done to it, reading and writing a report whole.
//!
//! Invariant: chapters, bible, scripts and templates are opened read-only. The only files written are reports, and the only file ever
//! replaced is one that carries our mark and that nobody has edited since; except for `copydesk.stet.yaml`, to which `copydesk stet` adds
//! an entry or takes one out at the author's word. No other module touches the author's folder.

pub mod allowed;
pub mod begin;
pub mod config;
pub mod discover;
pub mod disk;
pub mod ignore;
pub mod read;
pub mod rescue;
pub mod snapshot;
pub mod state;
pub mod stet_file;
mod works;
pub mod write;

pub use config::{Config, ReaderSetting, ReportsPlace, RuleSetting, VerdictsSetting};
pub use snapshot::{Shipped, Since, Snapshot, SnapshotError};
pub use state::{Held, Lock};
pub use write::Written;
