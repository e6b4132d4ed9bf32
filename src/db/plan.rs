//! Writing what was planned, within the trigger's transaction.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use entity::types::SyncStatus;
use entity::{failed_trigger, store_sku, sync_record};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, Statement};
use uuid::Uuid;

use super::ids::{Other, is_among, list, pairs, table};
use super::snapshot::{PendingRecord, Snapshot};
use super::sync_record_tally::Tally;
use super::{CHUNK, aggregate, failed_trigger_tally, progress};
use crate::domain::retention::Retention;
use crate::error::Result;
use crate::meter;

/// Rows of one insert: 31 columns each, which stays below the bind limit of both databases.
const INSERT_CHUNK: usize = 500;

/// Everything that one act of planning writes.
#[derive(Debug, Default)]
pub struct Plan {
    /// New records, oldest first; those that were superseded within the plan are skipped already.
    pub records: Vec<sync_record::Model>,
    /// Records that were unsent before, and are skipped now.
    pub superseded: Vec<Superseded>,
    /// Triggers that could not become a sync.
    pub failed: Vec<failed_trigger::Model>,
}

/// A record that is skipped because a newer one came.
#[derive(Debug)]
pub struct Superseded {
    /// The record.
    pub record: PendingRecord,
    /// The newer one.
    pub by: Uuid,
}

/// Writes a plan: skips what is superseded, adds the records, brings store SKUs, warehouse SKUs and manual syncs up to
/// date, deletes the records that are more than retention keeps, and tallies what failed.
///
/// # Errors
/// What the database said.
pub async fn write(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    now: DateTime<Utc>,
    retention: &Retention,
    plan: &Plan,
    snapshot: &Snapshot,
) -> Result<()> {
    skip(tx, merchant, now, &plan.superseded).await?;
    insert_records(tx, &plan.records).await?;
    insert_failed(tx, &plan.failed).await?;
    let newest = newest_by_store_sku(&plan.records);
    set_last_syncs(tx, merchant, now, &newest).await?;
    let mut tally = tally(plan);
    prune(tx, merchant, retention, &newest, snapshot, &mut tally).await?;
    tally.write(tx, merchant).await?;
    let parts: Vec<Uuid> = newest.keys().flat_map(|store_sku| snapshot.parts(*store_sku)).collect();
    aggregate::refresh_warehouse_skus(tx, merchant, &parts).await?;
    tally_failed(tx, merchant, &plan.failed).await
}

/// What a plan does to the numbers of records, but for those that go.
fn tally(plan: &Plan) -> Tally {
    let mut tally = Tally::default();
    for record in &plan.records {
        tally.made(record.store_id, record.status);
    }
    for superseded in &plan.superseded {
        tally.ended(superseded.record.store_id, SyncStatus::Skipped);
    }
    tally
}

/// Marks records as skipped for newer ones, and counts them in their manual syncs.
///
/// # Errors
/// What the database said.
pub async fn skip(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    now: DateTime<Utc>,
    superseded: &[Superseded],
) -> Result<()> {
    if superseded.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "UPDATE sync_record SET status = 'SKIPPED', superseded_by = n.other, due_at = NULL, lease_id = NULL, \
             finished_at = $2, updated_at = $2, version = version + 1 \
         FROM {} n WHERE sync_record.merchant_id = n.merchant AND sync_record.id = n.one",
        table(backend, 3, Other::Id)
    );
    let by = pairs(
        superseded
            .iter()
            .map(|superseded| (superseded.record.id, superseded.by)),
    );
    let values = [merchant.into(), now.into(), by];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    let finished = superseded
        .iter()
        .filter_map(|superseded| Some((superseded.record.manual_sync_id?, SyncStatus::Skipped)));
    progress::count_finished(tx, merchant, now, finished).await
}

async fn insert_records(tx: &DatabaseTransaction, records: &[sync_record::Model]) -> Result<()> {
    for chunk in records.chunks(INSERT_CHUNK) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        sync_record::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

async fn insert_failed(tx: &DatabaseTransaction, failed: &[failed_trigger::Model]) -> Result<()> {
    for chunk in failed.chunks(INSERT_CHUNK) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        failed_trigger::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Last of all, since others wait for these tallies until the commit. Who plans a portion of a manual sync goes on to its
/// row, so that is locked first: others hold the row when they come to the tallies.
async fn tally_failed(tx: &DatabaseTransaction, merchant: Uuid, failed: &[failed_trigger::Model]) -> Result<()> {
    let manual_syncs: BTreeSet<Uuid> = failed.iter().filter_map(|trigger| trigger.manual_sync_id).collect();
    for manual_sync in manual_syncs {
        progress::lock(tx, merchant, manual_sync).await?;
    }
    failed_trigger_tally::add(tx, merchant, failed).await
}

fn newest_by_store_sku(records: &[sync_record::Model]) -> HashMap<Uuid, &sync_record::Model> {
    records.iter().map(|record| (record.store_sku_id, record)).collect()
}

async fn set_last_syncs(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    now: DateTime<Utc>,
    newest: &HashMap<Uuid, &sync_record::Model>,
) -> Result<()> {
    if newest.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let ids: Vec<Uuid> = newest.values().map(|record| record.id).collect();
    let sql = format!(
        "UPDATE store_sku SET record_seq = r.seq, last_sync_record_id = r.id, last_sync_status = r.status, \
         last_sync_quantity = r.quantity_after, last_sync_reason = r.reason, last_sync_at = r.created_at, \
         updated_at = $2 FROM sync_record r WHERE store_sku.merchant_id = $1 AND r.merchant_id = $1 \
         AND r.store_sku_id = store_sku.id AND r.id {}",
        is_among(backend, 3)
    );
    let values = [merchant.into(), now.into(), list(backend, &ids)];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// Deletes what is beyond the newest records of each store SKU, so that there are never more than retention allows.
async fn prune(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    retention: &Retention,
    newest: &HashMap<Uuid, &sync_record::Model>,
    snapshot: &Snapshot,
    tally: &mut Tally,
) -> Result<()> {
    let in_flight = |store_sku| snapshot.pending.get(store_sku).and_then(|pending| pending.in_flight);
    let too_old: Vec<(Uuid, i64)> = newest
        .iter()
        .map(|(store_sku, record)| {
            let in_flight = in_flight(store_sku).map(|record| record.seq);
            (*store_sku, retention.last_seq_to_go(record.seq, in_flight))
        })
        .filter(|(_, last)| *last > 0)
        .collect();
    if too_old.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "DELETE FROM sync_record WHERE merchant_id = $1 AND id IN ( \
             SELECT r.id FROM {} n JOIN sync_record r ON r.merchant_id = n.merchant AND r.store_sku_id = n.one \
             AND r.seq <= n.other AND r.status <> 'PENDING') RETURNING store_id, status",
        table(backend, 2, Other::Number)
    );
    let values = [merchant.into(), pairs(too_old)];
    let deleted = tally
        .deleted(tx, Statement::from_sql_and_values(backend, sql, values))
        .await?;
    meter::deleted(meter::BEYOND_LIMIT, deleted);
    Ok(())
}

/// Sets which rule governs which store SKUs.
///
/// # Errors
/// What the database said.
pub async fn set_governing_rules(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    by_rule: &HashMap<Option<Uuid>, Vec<Uuid>>,
) -> Result<()> {
    for (rule, store_skus) in by_rule {
        for chunk in store_skus.chunks(CHUNK) {
            let update = Query::update()
                .table(store_sku::Entity)
                .value(store_sku::Column::SyncRuleId, *rule)
                .and_where(store_sku::Column::MerchantId.eq(merchant))
                .and_where(store_sku::Column::Id.is_in(chunk.iter().copied()))
                .to_owned();
            tx.execute(&update).await?;
        }
    }
    Ok(())
}
