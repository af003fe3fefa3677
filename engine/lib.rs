//! copydesk: the desk every page of a novel crosses before it is printed.
pub mod text;
pub mod manuscript;
pub mod bible;
pub mod facts;
pub mod finding;
