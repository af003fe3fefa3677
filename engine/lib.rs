//! copydesk: the desk every page of a novel crosses before it is printed.
pub mod bible;
pub mod cli;
pub mod facts;
pub mod finding;
pub mod manuscript;
pub mod model;
pub mod project;
pub mod prompt;
pub mod report;
pub mod run;
pub mod script;
pub mod store;
pub mod text;
pub mod watch;
pub mod worker;
