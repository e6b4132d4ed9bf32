//! Writing what came of pushes. The caller holds the locks of the store SKUs and has checked its lease.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::types::{ConnectionStatus, FailureCode, SyncStatus};
use entity::{listing, store, store_sku, sync_attempt, sync_record};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Statement,
};
use uuid::Uuid;

use super::ids::{among, is_among, list};
use super::store::by_access;
use super::{CHUNK, status_is};
use crate::domain::verdict::Verdict;
use crate::error::Result;

/// Rows of one insert: 17 columns each, which stays below the bind limit of both databases.
const INSERT_CHUNK: usize = 500;
/// Terms of one OR: they nest, and SQLite allows a depth of 1,000.
const OR_CHUNK: usize = 200;

/// Adds the evidence of calls.
///
/// # Errors
/// What the database said.
pub async fn insert_attempts(tx: &DatabaseTransaction, attempts: Vec<sync_attempt::Model>) -> Result<()> {
    for chunk in attempts.chunks(INSERT_CHUNK) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        sync_attempt::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// What verdicts can have in common, so that they are written by one statement: in a batch that went well, all.
#[derive(PartialEq, Eq, Hash)]
struct Common {
    status: String,
    retry_at: Option<DateTime<Utc>>,
    attempt_count: i32,
    code: Option<String>,
    message: Option<String>,
}

fn by_verdict(verdicts: Vec<(Uuid, Verdict)>) -> HashMap<Common, Vec<Uuid>> {
    let mut groups: HashMap<Common, Vec<Uuid>> = HashMap::new();
    for (record, verdict) in verdicts {
        let (code, message) = verdict.failure.unzip();
        let common = Common {
            status: verdict.status.word(),
            retry_at: verdict.retry_at,
            attempt_count: verdict.attempt_count,
            code: code.map(FailureCode::word),
            message,
        };
        groups.entry(common).or_default().push(record);
    }
    groups
}

/// Writes verdicts into their records, which are not in flight any more.
///
/// # Errors
/// What the database said.
pub async fn set_verdicts(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    verdicts: Vec<(Uuid, Verdict)>,
    now: DateTime<Utc>,
) -> Result<()> {
    let backend = tx.get_database_backend();
    for (common, records) in by_verdict(verdicts) {
        let finished_at = common.retry_at.is_none().then_some(now);
        sync_record::Entity::update_many()
            .col_expr(sync_record::Column::Status, Expr::val(common.status))
            .col_expr(sync_record::Column::LeaseId, Expr::cust("NULL"))
            .col_expr(sync_record::Column::DueAt, Expr::val(common.retry_at))
            .col_expr(sync_record::Column::AttemptCount, Expr::val(common.attempt_count))
            .col_expr(sync_record::Column::FailureCode, Expr::val(common.code))
            .col_expr(sync_record::Column::FailureMessage, Expr::val(common.message))
            .col_expr(sync_record::Column::FinishedAt, Expr::val(finished_at))
            .col_expr(sync_record::Column::UpdatedAt, Expr::val(now))
            .col_expr(
                sync_record::Column::Version,
                Expr::col(sync_record::Column::Version).add(1),
            )
            .filter(sync_record::Column::MerchantId.eq(merchant))
            .filter(among(backend, Expr::col(sync_record::Column::Id), &records))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Notes the attempts of records that are skipped although they were sent.
///
/// # Errors
/// What the database said.
pub async fn note_attempts(tx: &DatabaseTransaction, merchant: Uuid, verdicts: Vec<(Uuid, Verdict)>) -> Result<()> {
    let backend = tx.get_database_backend();
    for (common, records) in by_verdict(verdicts) {
        sync_record::Entity::update_many()
            .col_expr(sync_record::Column::AttemptCount, Expr::val(common.attempt_count))
            .col_expr(sync_record::Column::FailureCode, Expr::val(common.code))
            .col_expr(sync_record::Column::FailureMessage, Expr::val(common.message))
            .filter(sync_record::Column::MerchantId.eq(merchant))
            .filter(among(backend, Expr::col(sync_record::Column::Id), &records))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Writes the ends of records into their store SKUs: what was pushed, if it was ever sent, and the last sync where no
/// newer record is there.
///
/// # Errors
/// What the database said.
pub async fn set_pushed(tx: &DatabaseTransaction, merchant: Uuid, records: &[Uuid], now: DateTime<Utc>) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "UPDATE store_sku SET \
             pushed_quantity = CASE WHEN r.started_at IS NULL THEN pushed_quantity ELSE r.quantity_after END, \
             last_sync_status = CASE WHEN last_sync_record_id = r.id THEN r.status ELSE last_sync_status END, \
             last_sync_at = CASE WHEN last_sync_record_id = r.id THEN $2 ELSE last_sync_at END, \
             updated_at = $2 \
         FROM sync_record r WHERE store_sku.merchant_id = $1 AND r.merchant_id = $1 \
             AND store_sku.id = r.store_sku_id AND r.id {}",
        is_among(backend, 3)
    );
    let values = [merchant.into(), now.into(), list(backend, records)];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// The store SKUs that have one of these listings now, by what the marketplace knows it by: it may have moved since.
///
/// # Errors
/// What the database said.
pub async fn present_owners(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    store: Uuid,
    sent: impl Iterator<Item = &sync_attempt::Model>,
) -> Result<Vec<Uuid>> {
    let sent: Vec<&sync_attempt::Model> = sent.collect();
    let mut owners = Vec::new();
    for chunk in sent.chunks(OR_CHUNK) {
        let places = chunk.iter().fold(Condition::any(), |any, attempt| {
            let place = listing::Column::ProductId.eq(&attempt.product_id);
            let place = place.and(listing::Column::VariantId.eq(&attempt.variant_id));
            any.add(place.and(listing::Column::LocationId.eq(&attempt.location_id)))
        });
        let found = listing::Entity::find()
            .select_only()
            .column(listing::Column::StoreSkuId)
            .filter(listing::Column::MerchantId.eq(merchant))
            .filter(listing::Column::StoreId.eq(store))
            .filter(places)
            .into_tuple::<Uuid>()
            .all(tx)
            .await?;
        owners.extend(found);
    }
    Ok(owners)
}

/// Lets nothing be sent for store SKUs before `until`: neither what waits now nor what comes.
///
/// # Errors
/// What the database said.
pub async fn hold(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid], until: DateTime<Utc>) -> Result<()> {
    for chunk in store_skus.chunks(CHUNK) {
        store_sku::Entity::update_many()
            .col_expr(store_sku::Column::HeldUntil, Expr::val(until))
            .filter(store_sku::Column::MerchantId.eq(merchant))
            .filter(store_sku::Column::Id.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
        sync_record::Entity::update_many()
            .col_expr(sync_record::Column::DueAt, Expr::val(until))
            .filter(sync_record::Column::MerchantId.eq(merchant))
            .filter(sync_record::Column::StoreSkuId.is_in(chunk.iter().copied()))
            .filter(status_is(SyncStatus::Pending))
            .filter(sync_record::Column::LeaseId.is_null())
            .filter(sync_record::Column::DueAt.lt(until))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Why nothing is sent to a store for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: FailureCode,
}

/// Sends nothing to a store for a while, unless it is paused for longer already. Of the connection that was used the
/// same holds as for [`require_reconnect`].
///
/// # Errors
/// What the database said.
pub async fn pause_store(
    tx: &DatabaseTransaction,
    access: &store::Model,
    pause: &Pause,
    now: DateTime<Utc>,
) -> Result<()> {
    let is_shorter = Condition::any()
        .add(store::Column::PausedUntil.is_null())
        .add(store::Column::PausedUntil.lt(pause.until));
    store::Entity::update_many()
        .col_expr(store::Column::PausedUntil, Expr::val(pause.until))
        .col_expr(store::Column::PauseReason, Expr::val(pause.reason.word()))
        .col_expr(store::Column::UpdatedAt, Expr::val(now))
        .filter(by_access(access))
        .filter(is_shorter)
        .exec(tx)
        .await?;
    Ok(())
}

/// Ends the pause of a store that takes calls again. One that has begun in the meantime goes on.
///
/// # Errors
/// What the database said.
pub async fn resume_store(tx: &DatabaseTransaction, access: &store::Model, now: DateTime<Utc>) -> Result<()> {
    store::Entity::update_many()
        .col_expr(store::Column::PausedUntil, Expr::cust("NULL"))
        .col_expr(store::Column::PauseReason, Expr::cust("NULL"))
        .col_expr(store::Column::UpdatedAt, Expr::val(now))
        .filter(by_access(access))
        .filter(store::Column::PausedUntil.lte(now))
        .exec(tx)
        .await?;
    Ok(())
}

/// Sends nothing to a store until the merchant connects it again. A store that was connected anew with another
/// endpoint or secret since `access` was read is left alone: it was not the new connection that was refused.
///
/// # Errors
/// What the database said.
pub async fn require_reconnect(
    tx: &DatabaseTransaction,
    access: &store::Model,
    code: FailureCode,
    now: DateTime<Utc>,
) -> Result<()> {
    store::Entity::update_many()
        .col_expr(
            store::Column::ConnectionStatus,
            Expr::val(ConnectionStatus::ReconnectRequired.word()),
        )
        .col_expr(store::Column::ConnectionFailure, Expr::val(code.word()))
        .col_expr(store::Column::UpdatedAt, Expr::val(now))
        .filter(by_access(access))
        .exec(tx)
        .await?;
    Ok(())
}
