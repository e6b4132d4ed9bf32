//! Store SKUs that are still to be planned for: one row is one portion, which goes when it is planned.

use sea_orm::entity::prelude::*;

use crate::types::SyncReason;

/// A portion of a large sync.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "planning_backlog")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7: the order in which portions are planned.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The manual action that caused it.
    pub manual_sync_id: Option<Uuid>,
    /// The reason that the records get.
    pub reason: SyncReason,
    /// The ids of the store SKUs, 16 bytes each.
    pub store_sku_ids: Vec<u8>,
    /// When it was written.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
