//! stock-sync: computes what every store shows of a merchant's stock, pushes it, and keeps the history of it.

pub mod db;
pub mod domain;
pub mod error;
pub mod feed;
pub mod graphql;
pub mod http;
pub mod sync;
