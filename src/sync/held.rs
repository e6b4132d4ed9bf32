//! Store SKUs whose pending records are brought forward: pushed, handed back or given up.

use std::collections::HashMap;

use entity::types::SyncStatus;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::db::snapshot::{Pending, pending};
use crate::db::sync_record_tally::Tally;
use crate::db::{aggregate, lock};
use crate::error::Result;
use crate::feed::Change;

/// Store SKUs that are locked, and their pending records as they are under the lock.
pub(super) struct Held {
    merchant: Uuid,
    parts: Vec<Uuid>,
    pending: HashMap<Uuid, Pending>,
}

impl Held {
    /// Locks store SKUs, and what they are made of.
    ///
    /// # Errors
    /// What the database said.
    pub(super) async fn lock(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<Self> {
        Ok(Self {
            merchant,
            parts: lock::store_skus_and_parts(tx, merchant, store_skus).await?,
            pending: pending(tx, merchant, store_skus).await?,
        })
    }

    /// The pending records of one of them.
    pub(super) fn of(&self, store_sku: Uuid) -> Pending {
        self.pending.get(&store_sku).copied().unwrap_or_default()
    }

    /// The pending records of each of them that has any.
    pub(super) fn all(&self) -> impl Iterator<Item = Pending> {
        self.pending.values().copied()
    }

    /// Brings what is derived from their records up to date, after these steps were written: what warehouse SKUs show, and
    /// how many records there are at each status.
    ///
    /// # Errors
    /// What the database said.
    pub(super) async fn stepped(&self, tx: &DatabaseTransaction, steps: &[Change]) -> Result<()> {
        aggregate::refresh_warehouse_skus(tx, self.merchant, &self.parts).await?;
        let mut tally = Tally::default();
        let ended = steps.iter().filter(|step| step.status != SyncStatus::Pending);
        ended.for_each(|step| tally.ended(step.store_id, step.status));
        tally.write(tx, self.merchant).await
    }
}
