//! stock-sync: computes what every store shows of a merchant's stock, pushes it, and keeps the history of it.
//!
//! The modules are floors of a house, and import from below only: [`app`] and what else puts it together; [`http`];
//! [`graphql`]; [`sync`], the heart; [`db`], [`marketplace`] and [`feed`]; [`domain`], which is pure; and what all stand on. Begin
//! with [`sync::trigger`], where a stock change comes in; ARCHITECTURE.md follows it to the last listener.

pub mod app;
mod chance;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod domain;
pub mod error;
pub mod feed;
pub mod graphql;
pub mod http;
pub mod import;
pub mod marketplace;
pub mod meter;
pub mod progress;
pub mod request_id;
pub mod sync;
pub mod telemetry;
pub mod trace;
