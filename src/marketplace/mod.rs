//! Marketplaces: how a quantity reaches one, and what its answer means.
//!
//! A [`Connector`] makes one call for a batch of listings and gives one [`Outcome`] for each of them, never one for the
//! call: several platforms report a refused row inside a success. Quantities are absolute, so that a push can be
//! repeated without harm.
//!
//! Built so far: [`custom`], any HTTP endpoint of the merchant's, whatever marketplace the store is labelled with.

pub mod credentials;
pub mod custom;
pub mod outgoing;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::store;
use entity::types::{AttemptOutcome, FailureCode};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use url::Url;

use self::custom::Custom;
use self::outgoing::Client;

/// What a connector is called with for a store.
#[derive(Debug, Clone)]
pub struct StoreAccess {
    /// The merchant's own code for the store.
    pub store_code: String,
    /// Where the calls go.
    pub endpoint: String,
    /// The store's secret, such as the signing key.
    pub secret: SecretString,
}

/// One listing that is to show a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Names the item within its call.
    pub id: String,
    /// The store SKU's code.
    pub sku: String,
    /// Product id on the marketplace.
    pub product_id: String,
    /// Variant id; empty where there is none.
    pub variant_id: String,
    /// Location id; empty where there is none.
    pub location_id: String,
    /// The quantity to show.
    pub quantity: i32,
    /// Grows with every sync of the store SKU, so that a receiver can tell old from new.
    pub sequence: i64,
}

/// What came of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The listing took the quantity.
    Applied,
    /// It did not, or it is not known whether it did.
    Failed(Failure),
}

/// Why an item failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Decides what happens next; never [`AttemptOutcome::Applied`].
    pub class: AttemptOutcome,
    /// The catalogued reason.
    pub code: FailureCode,
    /// What the marketplace said, or what happened; free of secrets.
    pub message: String,
    /// When the marketplace says to come back.
    pub retry_after: Option<Duration>,
}

/// What was sent for one item, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemReport {
    /// What came of it.
    pub outcome: Outcome,
    /// What was sent for this item, without secrets.
    pub request: String,
    /// What came back for this item, or for the whole call where the reply has no part of its own for it.
    pub response: Option<String>,
}

/// One call: a report for each item, in the order of the items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    /// Status of the HTTP reply; none where there was no reply.
    pub http_status: Option<u16>,
    /// One for each item.
    pub items: Vec<ItemReport>,
    /// When the call began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
}

/// What a platform can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most items in one call.
    pub batch: usize,
    /// Largest quantity that a listing can show.
    pub largest_quantity: i32,
    /// After this long a call has ended one way or the other, and what it may still apply has been applied.
    pub longest_call: Duration,
}

/// A way to a marketplace.
pub trait Connector: std::fmt::Debug + Send + Sync {
    /// What it can take.
    fn limits(&self) -> Limits;

    /// Makes one call for at most [`Limits::batch`] items. It never fails as a whole: what went wrong is in each
    /// item's outcome.
    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport>;
}

/// The connectors, by what a store is connected with. Every store is connected by a CUSTOM endpoint so far.
#[derive(Debug, Clone)]
pub struct Marketplaces {
    client: Client,
    custom: Arc<dyn Connector>,
}

impl Marketplaces {
    /// The connectors, which call through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        let custom = Arc::new(Custom::new(client.clone()));
        Self { client, custom }
    }

    /// All stores by this one connector.
    #[cfg(test)]
    pub(crate) fn all_by(client: Client, connector: Arc<dyn Connector>) -> Self {
        let custom = connector;
        Self { client, custom }
    }

    /// The connector of a store.
    #[must_use]
    pub fn of(&self, _store: &store::Model) -> &dyn Connector {
        &*self.custom
    }

    /// The largest quantity that a listing can show.
    #[must_use]
    pub fn largest_quantity(&self) -> i32 {
        self.custom.limits().largest_quantity
    }

    /// See [`Client::check_endpoint`].
    ///
    /// # Errors
    /// A text for the caller.
    pub fn check_endpoint(&self, endpoint: &str) -> Result<Url, String> {
        self.client.check_endpoint(endpoint)
    }
}
