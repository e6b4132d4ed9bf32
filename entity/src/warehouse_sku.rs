//! The merchant's own article.

use sea_orm::entity::prelude::*;

use crate::types::{SyncReason, SyncStatus};

/// A warehouse SKU, with the aggregate of its store SKUs' last syncs.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "warehouse_sku")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The merchant's own SKU code, unique per merchant.
    pub sku: String,
    /// What people call it.
    pub name: String,
    /// Lower-cased code and name, for text search.
    pub search_text: String,
    /// The shortage mark: the merchant says not to sell it.
    pub is_marked_short: bool,
    /// Status of the newest sync; none while there was no sync. Kept when the record behind it is gone.
    pub last_sync_status: Option<SyncStatus>,
    /// Quantity of the newest sync; 0 while there was none.
    pub last_sync_quantity: i32,
    /// Reason of the newest sync.
    pub last_sync_reason: Option<SyncReason>,
    /// Time of the newest sync; the Unix epoch while there was none, so that it can be a sort key.
    pub last_sync_at: DateTimeUtc,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
