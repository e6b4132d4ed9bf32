//! What a dead worker left in flight is taken up again.
//!
//! When a lease has ended and the record is still in flight, its worker died or was stopped. The record becomes unsent
//! again, for any worker to claim; where a newer one waits already it is skipped. The worker that lost it, should it
//! wake up, finds that its lease holds nothing any more.

use std::sync::Arc;

use entity::types::SyncStatus;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::Engine;
use super::held::Held;
use crate::clock::now;
use crate::db;
use crate::db::plan::Superseded;
use crate::db::queue::{DueStore, abandoned, hand_back};
use crate::error::Result;
use crate::feed::Change;
use crate::meter;

impl Engine {
    /// Hands back what was abandoned in one store. Returns how many records that were.
    pub(super) async fn rescue(&self, store: DueStore) -> Result<usize> {
        let store_skus = Arc::new(abandoned(self.db(), store, now()).await?);
        if store_skus.is_empty() {
            return Ok(0);
        }
        let changes = self
            .db()
            .write_in_background(move |tx| {
                let store_skus = Arc::clone(&store_skus);
                Box::pin(async move { hand_back_abandoned(tx, store.merchant_id, &store_skus).await })
            })
            .await?;
        let count = changes.len();
        if count == 0 {
            return Ok(0);
        }
        meter::rescued(count);
        tracing::warn!(store = %store.store_id, count, "took up records that a worker had abandoned");
        self.feed().publish(changes);
        Ok(count)
    }
}

async fn hand_back_abandoned(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<Change>> {
    let now = now();
    let held = Held::lock(tx, merchant, store_skus).await?;
    let mut changes = Vec::new();
    let mut superseded = Vec::new();
    for pending in held.all() {
        // Read again under lock: its worker may have finished it in the meantime.
        let Some(record) = pending.in_flight.filter(|record| record.due_at <= now) else {
            continue;
        };
        let status = match pending.unsent {
            Some(newer) => {
                superseded.push(Superseded { record, by: newer.id });
                SyncStatus::Skipped
            }
            None => {
                hand_back(tx, merchant, record.id, now, now).await?;
                SyncStatus::Pending
            }
        };
        changes.push(Change {
            merchant_id: merchant,
            record_id: record.id,
            store_id: record.store_id,
            store_sku_id: record.store_sku_id,
            version: record.version + 1,
            status,
            manual_sync_id: record.manual_sync_id,
        });
    }
    db::plan::skip(tx, merchant, now, &superseded).await?;
    held.stepped(tx, &changes).await?;
    Ok(changes)
}
