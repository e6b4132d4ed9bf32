//! All SQL. One file an aggregate; every function takes the merchant, and no statement goes without it.
//!
//! # Guarantees
//!
//! - A write runs in one transaction, in a task of its own: a caller who goes away can neither stop it half way nor
//!   leave an open transaction in the pool. It is tried again when the database reports a conflict.
//! - On SQLite there is one writing connection, its transactions are IMMEDIATE and its commits are synced to disk
//!   (`synchronous = FULL`), so that what was acknowledged survives a loss of power. Readers have a pool of their own.
//! - On PostgreSQL writers that touch the same SKUs are put in line by [`lock`].
//!
//! # Not guaranteed
//!
//! Two reads of one request may see different states: they are not one snapshot.

pub mod api_key;
mod connect;
pub mod lock;
mod write;

pub use connect::{Db, Settings};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Now, to the microsecond, which is what both databases keep.
#[must_use]
pub fn now() -> DateTime<Utc> {
    let now = Utc::now();
    now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
}

/// How many values go into one statement's list; both databases allow several times as many.
pub(crate) const CHUNK: usize = 1_000;
