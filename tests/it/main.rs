//! The integration tests: the real server, real databases, real HTTP.
//!
//! One binary for all of them, so that there is one throw-away PostgreSQL cluster and one thing to link.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod access;
mod chaos;
mod command_line;
mod commands;
mod dependencies;
mod documents;
mod edge;
mod faults;
mod floors;
mod harness;
mod import_csv;
mod input;
mod lifecycle;
mod live;
mod marketplaces;
mod migrations;
mod observability;
mod pages;
mod planning;
mod plans;
mod pushing;
mod queries;
mod reads;
mod resync;
mod retention;
mod schema;
#[expect(dead_code, reason = "some of it waits for the tests of what is not built yet")]
mod support;
mod tally;
