//! Which trace a record belongs to, for whoever pushes it, perhaps in another process.
//!
//! A table of its own, which is empty where there are no traces, so that records neither grow nor are read for it. Rows are
//! deleted by age ([`super::prune`]), long after their records have ended.

use std::collections::HashMap;

use entity::sync_trace;
use entity::types::SyncStatus;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::CHUNK;
use crate::error::Result;
use crate::trace;

/// Remembers that these records were made in the present trace, where there is one.
///
/// # Errors
/// What the database said.
pub async fn keep(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    records: impl Iterator<Item = (Uuid, SyncStatus)>,
) -> Result<()> {
    let Some(traceparent) = trace::carried() else {
        return Ok(());
    };
    let rows: Vec<sync_trace::Model> = records
        .filter(|(_, status)| *status == SyncStatus::Pending)
        .map(|(sync_record_id, _)| sync_trace::Model {
            merchant_id: merchant,
            sync_record_id,
            traceparent: traceparent.clone(),
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        sync_trace::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The context of each of these records that has one.
///
/// # Errors
/// What the database said.
pub async fn of(
    conn: &impl ConnectionTrait,
    merchant: Uuid,
    records: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>> {
    let mut traces = HashMap::new();
    if !trace::is_on() {
        return Ok(traces);
    }
    let ids: Vec<Uuid> = records.collect();
    for chunk in ids.chunks(CHUNK) {
        let rows = sync_trace::Entity::find()
            .filter(sync_trace::Column::MerchantId.eq(merchant))
            .filter(sync_trace::Column::SyncRecordId.is_in(chunk.iter().copied()))
            .all(conn)
            .await?;
        traces.extend(rows.into_iter().map(|row| (row.sync_record_id, row.traceparent)));
    }
    Ok(traces)
}
