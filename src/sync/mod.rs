//! The heart: stock changes in, pushes out.
//!
//! [`Engine`] is the handle through which GraphQL, the command line and the demo do everything that writes; each file
//! adds the operations of one concern. [`backlog`] plans what is too much for one transaction, [`worker`] pushes what
//! was planned, [`prune`] deletes what is too old, [`tally`] keeps what counts it short; [`tail`] and [`replicas`] find out what other processes did.

mod access;
pub mod backlog;
mod connection;
pub mod expire;
mod finish;
mod held;
pub mod manual;
mod plan;
pub(crate) mod problems;
pub mod prune;
mod push;
pub mod replicas;
mod rescue;
pub mod reseal;
#[cfg(test)]
mod simulation;
pub mod tail;
pub mod tally;
pub mod trigger;
mod turn;
pub mod worker;

pub mod catalogue;
pub mod rules;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use self::backlog::Backlog;
use crate::clock::Pulse;
use crate::db::Db;
use crate::domain::retention::Retention;
use crate::domain::text;
use crate::error::{Problem, ProblemCode};
use crate::feed::Feed;
use crate::marketplace::credentials::Cipher;
use crate::marketplace::{Marketplaces, custom};
use crate::meter;

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
    cipher: Cipher,
    marketplaces: Marketplaces,
    backlog: Backlog,
    pulse: Arc<Pulse>,
}

impl Engine {
    /// An engine on a database, whose changes go to `feed`. `cipher` seals the stores' secrets. `backlog` says what is
    /// planned at once; the rest waits for [`backlog::run`].
    #[must_use]
    pub fn new(
        db: Db,
        feed: Feed,
        retention: Retention,
        cipher: Cipher,
        marketplaces: Marketplaces,
        backlog: backlog::Settings,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                db,
                feed,
                retention,
                cipher,
                marketplaces,
                backlog: Backlog::new(backlog),
                pulse: Arc::default(),
            }),
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

    /// Beats whenever the worker of this process goes round its loop.
    #[must_use]
    pub fn pulse(&self) -> &Arc<Pulse> {
        &self.inner.pulse
    }

    /// How long history is kept.
    #[must_use]
    pub fn retention(&self) -> &Retention {
        &self.inner.retention
    }

    /// Seals and opens stores' secrets.
    #[must_use]
    pub(crate) fn cipher(&self) -> &Cipher {
        &self.inner.cipher
    }

    /// Large syncs that are still to be planned.
    fn backlog(&self) -> &Backlog {
        &self.inner.backlog
    }

    /// The way to the marketplaces.
    fn marketplaces(&self) -> &Marketplaces {
        &self.inner.marketplaces
    }

    /// The endpoint at `path` of an input, as it is stored.
    ///
    /// # Errors
    /// It is not a URL that this server may call.
    pub(crate) fn check_endpoint(&self, path: &str, endpoint: &str) -> Result<String, Problem> {
        let checked = self.inner.marketplaces.check_endpoint(endpoint.trim());
        checked
            .map(Into::into)
            .map_err(|fault| Problem::new(path, ProblemCode::Invalid, format!("{} {fault}", text::shown(endpoint))))
    }

    /// Checks the form of the signing secret at `path` of an input.
    ///
    /// # Errors
    /// It does not have the form; the secret is not shown.
    pub(crate) fn check_signing_secret(&self, path: &str, secret: &str) -> Result<(), Problem> {
        custom::signing_key(secret)
            .map(|_| ())
            .map_err(|text| Problem::new(path, ProblemCode::Invalid, text))
    }

    /// What holds for one act of planning at `now`.
    fn planning(&self, merchant: Uuid, now: DateTime<Utc>) -> plan::Planning {
        plan::Planning {
            merchant,
            now,
            retention: self.inner.retention,
            marketplaces: self.marketplaces().clone(),
            sizes: self.backlog().settings,
        }
    }

    /// Tells listeners and the worker what was planned, and the planner what was not, after the commit.
    fn announce(&self, planned: plan::Planned) {
        if planned.deferred_count > 0 {
            self.backlog().wake();
        }
        meter::planned(planned.record_count, planned.pending_count, &planned.failed);
        let has_work = planned.pending_count > 0;
        self.feed().publish(planned.changes);
        if has_work {
            self.feed().wake_worker();
        }
    }
}
