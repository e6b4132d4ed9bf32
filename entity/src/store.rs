//! A merchant's shop on one marketplace.

use sea_orm::entity::prelude::*;

use crate::types::{ConnectionStatus, FailureCode, Marketplace};

/// A store, with its connection.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "store")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The merchant's own code, unique per merchant.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// The platform that it is on.
    pub marketplace: Marketplace,
    /// Whether it can be pushed to.
    pub connection_status: ConnectionStatus,
    /// Why the store has to be connected again, while it has to.
    pub connection_failure: Option<FailureCode>,
    /// What it is connected by: its marketplace's own API, or CUSTOM; none when it is not connected.
    pub connector: Option<Marketplace>,
    /// What the shop is called by on its marketplace, such as a shop id. Not a secret.
    pub account: Option<String>,
    /// Where its pushes are sent, when it is connected.
    pub endpoint: Option<String>,
    /// What calls are signed with, as its connector reads it: encrypted, and bound to this row.
    pub credentials: Option<Vec<u8>>,
    /// Nothing is sent before this time.
    pub paused_until: Option<DateTimeUtc>,
    /// Why it is paused: it asked to slow down, it keeps failing, or somebody paused it. The first two are kept until calls
    /// succeed again.
    pub pause_reason: Option<FailureCode>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
