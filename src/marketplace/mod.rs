//! Marketplaces: how a quantity reaches one, and what its answer means.
//!
//! A [`Connector`] makes one call for a batch of listings and gives one [`Outcome`] for each of them, never one for the
//! call: several platforms report a refused row inside a success. Quantities are absolute, so that a push can be
//! repeated without harm.
//!
//! [`custom`] is any HTTP endpoint of the merchant's, whatever marketplace the store is labelled with; the others are the
//! platforms' own APIs. Each has its [`Keys`], what a merchant gives to connect a store, its [`table`] of codes, and
//! its [`Connector`]; [`platforms`] lists them.

mod answer;
mod batch;
pub mod credentials;
pub mod custom;
pub mod lazada;
pub mod outgoing;
pub mod platforms;
mod secrets;
pub mod shopee;
pub mod shopify;
pub mod table;
pub mod tiktok_shop;
mod token;
pub mod tokopedia;
pub mod woocommerce;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::listing;
use entity::types::{AttemptOutcome, FailureCode, Marketplace};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use url::Url;

use self::custom::Custom;
use self::outgoing::Client;
pub use self::platforms::Addresses;

/// What a connector is called with for a store.
#[derive(Debug, Clone)]
pub struct StoreAccess {
    /// The merchant's own code for the store.
    pub store_code: String,
    /// Where the calls go.
    pub endpoint: String,
    /// The store's secret, such as the signing key, in the form of its connector; see [`Keys::secret`].
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
    /// Why the call was refused as a whole, whatever its status and the items that were never sent; none where the
    /// items say it, each for itself.
    pub refusal: Option<Failure>,
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

/// What a merchant gives to connect a store. It is at the same time the input of the API.
pub trait Keys: Send + Sync {
    /// What the store is then connected by.
    fn marketplace(&self) -> Marketplace;

    /// What the shop is called by on the marketplace; shown, so not a secret.
    fn account(&self) -> Option<String>;

    /// The names and values of the fields that must not be blank.
    fn fields(&self) -> Vec<(&'static str, &str)>;

    /// What else is wrong, by field. No text shows a secret.
    fn problems(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Where calls are sent, and the field that this comes from; an empty field when it comes from `addresses` alone.
    fn endpoint(&self, addresses: &Addresses) -> (&'static str, String);

    /// All of it, in the form that the connector reads back from [`StoreAccess::secret`].
    fn secret(&self) -> SecretString;
}

/// A way to a marketplace.
pub trait Connector: std::fmt::Debug + Send + Sync {
    /// What it can take.
    fn limits(&self) -> Limits;

    /// Only listings with the same key can be in one call. A call is for at most [`Limits::batch`] items besides.
    fn call_key<'l>(&self, _listing: &'l listing::Model) -> &'l str {
        ""
    }

    /// Makes one call for at most [`Limits::batch`] items. It never fails as a whole: what went wrong is in each
    /// item's outcome.
    fn push<'a>(&'a self, store: &'a StoreAccess, items: &'a [Item]) -> BoxFuture<'a, CallReport>;

    /// Makes a call that changes nothing, to see whether the store can be reached and the credentials are taken.
    fn try_out<'a>(&'a self, store: &'a StoreAccess) -> BoxFuture<'a, Result<(), Failure>>;

    /// When the token in `secret` has to be renewed before anything is called; none where no token can be.
    fn renew_at(&self, _secret: &SecretString) -> Option<DateTime<Utc>> {
        None
    }

    /// Gets a new token. The caller sees to it that nobody else does so at the same time, and stores what it gets before
    /// it is used. Returns the whole secret in the form in which it was given.
    fn renew<'a>(&'a self, _store: &'a StoreAccess) -> BoxFuture<'a, Result<SecretString, Failure>> {
        let failure = answer::failure(
            AttemptOutcome::Auth,
            FailureCode::CredentialsRefused,
            "there is no token that could be renewed",
        );
        Box::pin(async { Err(failure) })
    }
}

/// The connectors, by what a store is connected with.
#[derive(Debug, Clone)]
pub struct Marketplaces {
    client: Client,
    addresses: Arc<Addresses>,
    connectors: Arc<HashMap<Marketplace, Arc<dyn Connector>>>,
    custom: Arc<dyn Connector>,
}

impl Marketplaces {
    /// The connectors, which call through `client`.
    #[must_use]
    pub fn new(client: Client, addresses: Addresses) -> Self {
        Self {
            connectors: Arc::new(platforms::connectors(&client, &addresses)),
            custom: Arc::new(Custom::new(client.clone())),
            addresses: Arc::new(addresses),
            client,
        }
    }

    /// All stores by this one connector.
    #[cfg(test)]
    pub(crate) fn all_by(client: Client, connector: Arc<dyn Connector>) -> Self {
        Self {
            connectors: Arc::default(),
            custom: connector,
            ..Self::new(client, Addresses::default())
        }
    }

    /// The connector of stores that are connected by this.
    #[must_use]
    pub fn of(&self, connector: Option<Marketplace>) -> &dyn Connector {
        let found = connector.and_then(|connector| self.connectors.get(&connector));
        &**found.unwrap_or(&self.custom)
    }

    /// Where the platforms are.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// See [`Client::check_endpoint`].
    ///
    /// # Errors
    /// A text for the caller.
    pub fn check_endpoint(&self, endpoint: &str) -> Result<Url, String> {
        self.client.check_endpoint(endpoint)
    }
}
