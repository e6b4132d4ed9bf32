//! The heart: stock changes in, pushes out.
//!
//! [`Engine`] is the handle through which GraphQL, the command line and the demo do everything that writes. Each of
//! its files adds the operations of one concern.

pub mod catalogue;
mod problems;

use std::sync::Arc;

use crate::db::Db;
use crate::domain::retention::Retention;
use crate::feed::Feed;

/// Everything that writes goes through here. Clones share one engine.
#[derive(Debug, Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: Db,
    feed: Feed,
    retention: Retention,
}

impl Engine {
    /// An engine on a database, whose changes go to `feed`.
    #[must_use]
    pub fn new(db: Db, feed: Feed, retention: Retention) -> Self {
        Self {
            inner: Arc::new(Inner { db, feed, retention }),
        }
    }

    /// The database, for reads.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// The feed that its changes go to.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        &self.inner.feed
    }

    /// How long history is kept.
    #[must_use]
    pub fn retention(&self) -> &Retention {
        &self.inner.retention
    }
}
