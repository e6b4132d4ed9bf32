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
    /// Where its pushes are sent, when it is connected.
    pub endpoint: Option<String>,
    /// The signing secret, encrypted and bound to this row.
    pub credentials: Option<Vec<u8>>,
    /// Nothing is sent before this time.
    pub paused_until: Option<DateTimeUtc>,
    /// Why it is paused: it asked to slow down, or it keeps failing. Kept until calls succeed again.
    pub pause_reason: Option<FailureCode>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
