//! `Store` and `Warehouse`.

use std::sync::Arc;

use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::types::{ConnectionStatus, Marketplace};
use entity::{store, warehouse};

use super::FailureReason;
use crate::clock::now;
use crate::db::store::FOR_GOOD;
use crate::graphql::connection::Listed;
use crate::graphql::ids::{self, NodeKind};
use crate::graphql::lean::Linked;
use crate::graphql::totals::Total;

/// A merchant's shop on one marketplace.
pub struct Store(Arc<store::Model>);

from_row!(Store, store);

impl Linked for Store {}

impl Listed for store::Entity {
    type Node = Store;
    type Totals = Total<Self>;
}

/// A merchant's shop on one marketplace.
#[Object]
impl Store {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::Store, self.0.id)
    }

    /// The merchant's own code, unique per merchant.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The platform that it is on.
    async fn marketplace(&self) -> Marketplace {
        self.0.marketplace
    }

    /// How its quantities are pushed.
    async fn connection(&self) -> MarketplaceLink {
        MarketplaceLink {
            status: self.0.connection_status,
            failure_reason: self.0.connection_failure.map(FailureReason::of),
            connector: self.0.connector,
            account: self.0.account.clone(),
            endpoint: self.0.endpoint.clone(),
            is_paused: self.0.paused_until.is_some_and(|until| until > now()),
            paused_until: self.0.paused_until.filter(|until| *until < FOR_GOOD),
            pause_reason: self.0.pause_reason.map(FailureReason::of),
        }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// The connection of a store to its marketplace. Its secret is never shown.
#[derive(SimpleObject)]
pub struct MarketplaceLink {
    /// Whether the store can be pushed to.
    pub status: ConnectionStatus,
    /// Why the store has to be connected again; null unless it has to.
    pub failure_reason: Option<FailureReason>,
    /// What the store is connected by: its marketplace's own API, or CUSTOM for an HTTP endpoint of the merchant's own;
    /// null when there is no connection.
    pub connector: Option<Marketplace>,
    /// What the shop is called by on its marketplace, such as a shop id; null where there is no such thing.
    pub account: Option<String>,
    /// The URL that quantities are sent to; null when there is no connection.
    pub endpoint: Option<String>,
    /// Whether nothing is sent for now, by hand, or because the marketplace asked to slow down or does not answer.
    pub is_paused: bool,
    /// Nothing is sent before this time; null when nothing is held back, or until somebody resumes the store; in the
    /// past when the pause has ended.
    pub paused_until: Option<DateTime<Utc>>,
    /// Why it is paused: THROTTLED when the marketplace asked to slow down, STORE_PAUSED when many calls in a row failed
    /// and only single probes are sent, at growing intervals; these stay until calls are answered again. PAUSED_BY_HAND
    /// when somebody paused it.
    pub pause_reason: Option<FailureReason>,
}

/// A place that holds stock.
pub struct Warehouse(Arc<warehouse::Model>);

from_row!(Warehouse, warehouse);

impl Linked for Warehouse {}

impl Listed for warehouse::Entity {
    type Node = Warehouse;
    type Totals = Total<Self>;
}

/// A place that holds stock.
#[Object]
impl Warehouse {
    /// Global id.
    pub async fn id(&self) -> ID {
        ids::encode(NodeKind::Warehouse, self.0.id)
    }

    /// The merchant's own code, unique per merchant.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}
