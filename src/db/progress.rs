//! How far manual syncs have come: their rows and their counts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::manual_sync;
use entity::types::SyncStatus;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use uuid::Uuid;

use super::CHUNK;
use crate::domain::status::Counts;
use crate::error::Result;

/// The counts of a manual sync.
#[must_use]
pub fn counts(row: &manual_sync::Model) -> Counts {
    Counts {
        pending: row.pending,
        success: row.success,
        partially_failed: row.partially_failed,
        failed: row.failed,
        skipped: row.skipped,
    }
}

/// Adds a manual sync.
///
/// # Errors
/// What the database said.
pub async fn insert(tx: &DatabaseTransaction, row: manual_sync::Model) -> Result<()> {
    manual_sync::Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Counts records of manual syncs that became final.
///
/// # Errors
/// What the database said.
pub async fn count_finished(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    now: DateTime<Utc>,
    finished: impl Iterator<Item = (Uuid, SyncStatus)>,
) -> Result<()> {
    let mut by_manual_sync: BTreeMap<Uuid, Vec<SyncStatus>> = BTreeMap::new();
    for (id, status) in finished {
        by_manual_sync.entry(id).or_default().push(status);
    }
    let ids: Vec<Uuid> = by_manual_sync.keys().copied().collect();
    for chunk in ids.chunks(CHUNK) {
        let rows = manual_sync::Entity::find()
            .filter(manual_sync::Column::MerchantId.eq(merchant))
            .filter(manual_sync::Column::Id.is_in(chunk.iter().copied()))
            .order_by_asc(manual_sync::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(tx)
            .await?;
        for mut row in rows {
            let mut counts = counts(&row);
            for status in by_manual_sync.get(&row.id).into_iter().flatten() {
                counts.finish(*status);
            }
            apply(&mut row, counts, now);
            save(tx, &row).await?;
        }
    }
    Ok(())
}

/// A manual sync, locked until the transaction ends.
///
/// # Errors
/// What the database said.
pub async fn lock(tx: &DatabaseTransaction, merchant: Uuid, id: Uuid) -> Result<Option<manual_sync::Model>> {
    let row = manual_sync::Entity::find_by_id((merchant, id))
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await?;
    Ok(row)
}

/// Takes so many store SKUs, which turned out to get no record, out of the counts of a manual sync, and writes the row.
///
/// # Errors
/// What the database said.
pub async fn leave_out(
    tx: &DatabaseTransaction,
    mut row: manual_sync::Model,
    number: i32,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut counts = counts(&row);
    counts.pending -= number;
    apply(&mut row, counts, now);
    save(tx, &row).await
}

fn apply(row: &mut manual_sync::Model, counts: Counts, now: DateTime<Utc>) {
    row.total = counts.total();
    row.pending = counts.pending;
    row.success = counts.success;
    row.partially_failed = counts.partially_failed;
    row.failed = counts.failed;
    row.skipped = counts.skipped;
    row.status = counts.aggregate();
    row.finished_at = (counts.pending == 0).then_some(row.finished_at.unwrap_or(now));
    row.updated_at = now;
}

async fn save(tx: &DatabaseTransaction, row: &manual_sync::Model) -> Result<()> {
    let changed = manual_sync::ActiveModel {
        merchant_id: Set(row.merchant_id),
        id: Set(row.id),
        status: Set(row.status),
        total: Set(row.total),
        pending: Set(row.pending),
        success: Set(row.success),
        partially_failed: Set(row.partially_failed),
        failed: Set(row.failed),
        skipped: Set(row.skipped),
        left_out: Set(row.left_out.clone()),
        finished_at: Set(row.finished_at),
        updated_at: Set(row.updated_at),
        ..Default::default()
    };
    changed.update_without_returning(tx).await?;
    Ok(())
}
