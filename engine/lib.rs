//! copydesk: the desk every page of a novel crosses before it is printed.
pub mod text;
pub mod manuscript;
pub mod bible;
pub mod facts;
pub mod prompt;
pub mod finding;
pub mod model;
pub mod store;
pub mod report;
pub mod script;
pub mod project;
pub mod worker;
pub mod run;
pub mod watch;
pub mod cli;
