//! All SQL. One file an aggregate. What serves a caller takes the merchant, and its statements do not go without it; what looks
//! for work, deletes by age, seals anew or tells operators how it stands goes over all merchants, and says so.
//!
//! # Guarantees
//!
//! - A write runs in one transaction, in a task of its own: a caller who goes away can neither stop it half way nor
//!   leave an open transaction in the pool. It is tried again when the database reports a conflict.
//! - On SQLite there is one writing connection, its transactions are IMMEDIATE and its commits are synced to disk
//!   (`synchronous = FULL`), so that what was acknowledged survives a loss of power. Readers have a pool of their own.
//!   PostgreSQL is told the same (`synchronous_commit = on`).
//! - A database that is busy, full or away is an error that says so, in bounded time; nothing is half done, and nothing has
//!   to be restarted afterwards. Files `connect` and `write` have the bounds.
//! - On PostgreSQL writers that touch the same SKUs are put in line by [`lock`].
//!
//! # Not guaranteed
//!
//! Two reads of one request may see different states: they are not one snapshot.

pub mod aggregate;
pub mod api_key;
pub mod attention;
pub mod backlog;
pub mod catalogue;
pub mod changes;
mod connect;
pub mod cursor;
pub mod each;
pub mod failed_trigger;
pub mod failed_trigger_tally;
pub mod filter;
pub mod finish;
pub mod idempotency;
mod ids;
pub mod keyset;
mod linked;
pub mod lock;
pub mod manual_sync;
pub mod merchant;
pub mod notify;
mod owned;
mod packed;
pub mod plan;
mod pools;
pub mod progress;
pub mod prune;
pub mod queue;
pub mod rows;
pub mod rule;
mod seek;
pub mod snapshot;
mod sqlite;
pub mod status;
pub mod stock;
pub mod store;
pub mod store_sku;
pub mod sync_attempt;
pub mod sync_record;
pub mod sync_record_tally;
pub mod sync_rule;
pub mod trace;
pub mod turn;
pub mod warehouse;
pub mod warehouse_sku;
mod write;

pub use connect::{Db, Settings};
pub use owned::{Owned, by_ids, find};

use entity::types::SyncStatus;
use sea_orm::sea_query::{Expr, SimpleExpr};

/// How many values go into one statement's list; both databases allow several times as many.
pub(crate) const CHUNK: usize = 1_000;

/// `sync_record.status = '...'` with the word in the statement itself: the planners of both databases only use a partial
/// index when they can see the value.
pub(crate) fn status_is(status: SyncStatus) -> SimpleExpr {
    Expr::cust(format!("sync_record.status = '{}'", status.word()))
}
