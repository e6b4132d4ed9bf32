//! `LastSync`.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use entity::types::{SyncReason, SyncStatus};
use entity::{store_sku, warehouse_sku};
use uuid::Uuid;

use super::{SyncRecord, linked};
use crate::graphql::lean::Lean;
use crate::graphql::loaders;

/// The newest sync of a SKU.
pub struct LastSync {
    status: SyncStatus,
    quantity: i32,
    reason: Option<SyncReason>,
    at: DateTime<Utc>,
    record: Option<Uuid>,
}

impl LastSync {
    /// Of a store SKU; none while it was never synced.
    pub(super) fn of_store_sku(row: &store_sku::Model) -> Option<Self> {
        Some(Self {
            status: row.last_sync_status?,
            quantity: row.last_sync_quantity,
            reason: row.last_sync_reason,
            at: row.last_sync_at,
            record: row.last_sync_record_id,
        })
    }

    /// Of a warehouse SKU: the aggregate over its store SKUs; none while none of them was ever synced.
    pub(super) fn of_warehouse_sku(row: &warehouse_sku::Model) -> Option<Self> {
        Some(Self {
            status: row.last_sync_status?,
            quantity: row.last_sync_quantity,
            reason: row.last_sync_reason,
            at: row.last_sync_at,
            record: None,
        })
    }
}

/// The newest sync of a SKU that was not skipped. It is kept when the record behind it is gone. Of a warehouse SKU: the
/// status is the aggregate of its store SKUs' last syncs, the rest is that of the newest of them.
#[Object]
impl LastSync {
    /// Where it stands.
    async fn status(&self) -> SyncStatus {
        self.status
    }

    /// The quantity that was pushed or is to be, in units.
    async fn quantity(&self) -> i32 {
        self.quantity
    }

    /// What triggered it.
    async fn reason(&self) -> Option<SyncReason> {
        self.reason
    }

    /// When it was made.
    async fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Its record; null when that is no longer kept, and always for a warehouse SKU.
    async fn record(&self, ctx: &Context<'_>) -> Option<Result<Lean<SyncRecord>>> {
        let id = self.record?;
        linked(async { loaders::current(ctx)?.sync_record(id).await }).await
    }
}
