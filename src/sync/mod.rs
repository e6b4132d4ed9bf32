//! The heart: stock changes in, pushes out.
//!
//! [`Engine`] is the handle through which GraphQL, the command line and the demo do everything that writes; each file
//! adds the operations of one concern. [`worker`] pushes what they planned, [`prune`] deletes what is too old, [`tail`] and [`replicas`] find out what other processes did.

mod finish;
pub mod manual;
mod plan;
mod problems;
pub mod prune;
mod push;
pub mod replicas;
mod rescue;
pub mod tail;
pub mod trigger;
pub mod worker;

pub mod catalogue;
pub mod rules;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::Db;
use crate::domain::retention::Retention;
use crate::error::{Problem, ProblemCode};
use crate::feed::Feed;
use crate::marketplace::Connector;
use crate::marketplace::credentials::Cipher;
use crate::marketplace::custom::{self, Custom};
use crate::marketplace::outgoing::Client;

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
    client: Client,
    connector: Custom,
}

impl Engine {
    /// An engine on a database, whose changes go to `feed`. `cipher` seals the stores' secrets, `client` calls their
    /// endpoints.
    #[must_use]
    pub fn new(db: Db, feed: Feed, retention: Retention, cipher: Cipher, client: Client) -> Self {
        let connector = Custom::new(client.clone());
        Self {
            inner: Arc::new(Inner {
                db,
                feed,
                retention,
                cipher,
                client,
                connector,
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

    /// The way to the marketplaces. Every store is connected by a CUSTOM endpoint so far.
    fn connector(&self) -> &dyn Connector {
        &self.inner.connector
    }

    /// The endpoint at `path` of an input, as it is stored.
    ///
    /// # Errors
    /// It is not a URL that this server may call.
    pub(crate) fn check_endpoint(&self, path: &str, endpoint: &str) -> Result<String, Problem> {
        let checked = self.inner.client.check_endpoint(endpoint.trim());
        checked
            .map(Into::into)
            .map_err(|text| Problem::new(path, ProblemCode::Invalid, format!("\"{endpoint}\" {text}")))
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
            largest_quantity: self.connector().limits().largest_quantity,
        }
    }

    /// Tells listeners and the worker what was planned, after the commit.
    fn announce(&self, planned: plan::Planned) {
        let has_work = planned.pending_count > 0;
        self.feed().publish(planned.changes);
        if has_work {
            self.feed().wake_worker();
        }
    }
}
