//! Writing what came of pushes. The caller holds the locks of the store SKUs and has checked its lease.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::types::{ConnectionStatus, FailureCode, SyncStatus};
use entity::{listing, store, store_sku, sync_attempt, sync_record};
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, Set,
};
use uuid::Uuid;

use super::{CHUNK, status_is};
use crate::domain::verdict::Verdict;
use crate::error::Result;

/// Rows of one insert: 17 columns each, which stays below the bind limit of both databases.
const INSERT_CHUNK: usize = 500;

/// Which of these records are still in flight under the lease; they are locked.
///
/// # Errors
/// What the database said.
pub async fn held(tx: &DatabaseTransaction, merchant: Uuid, lease: Uuid, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut held = HashSet::new();
    for chunk in ids.chunks(CHUNK) {
        let found = sync_record::Entity::find()
            .select_only()
            .column(sync_record::Column::Id)
            .filter(sync_record::Column::MerchantId.eq(merchant))
            .filter(sync_record::Column::Id.is_in(chunk.iter().copied()))
            .filter(sync_record::Column::LeaseId.eq(lease))
            .lock(LockType::NoKeyUpdate)
            .into_tuple::<Uuid>()
            .all(tx)
            .await?;
        held.extend(found);
    }
    Ok(held)
}

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

/// Writes a verdict into its record, which is not in flight any more.
///
/// # Errors
/// What the database said.
pub async fn set_verdict(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    record: Uuid,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Result<()> {
    let (code, message) = verdict.failure.clone().unzip();
    let finished_at = (verdict.status != SyncStatus::Pending).then_some(now);
    sync_record::Entity::update_many()
        .col_expr(sync_record::Column::Status, Expr::val(verdict.status.word()))
        .col_expr(sync_record::Column::LeaseId, Expr::cust("NULL"))
        .col_expr(sync_record::Column::DueAt, Expr::val(verdict.retry_at))
        .col_expr(sync_record::Column::AttemptCount, Expr::val(verdict.attempt_count))
        .col_expr(sync_record::Column::FailureCode, Expr::val(code.map(FailureCode::word)))
        .col_expr(sync_record::Column::FailureMessage, Expr::val(message))
        .col_expr(sync_record::Column::FinishedAt, Expr::val(finished_at))
        .col_expr(sync_record::Column::UpdatedAt, Expr::val(now))
        .col_expr(
            sync_record::Column::Version,
            Expr::col(sync_record::Column::Version).add(1),
        )
        .filter(sync_record::Column::MerchantId.eq(merchant))
        .filter(sync_record::Column::Id.eq(record))
        .exec(tx)
        .await?;
    Ok(())
}

/// Notes the attempts of a record that is skipped although it was sent.
///
/// # Errors
/// What the database said.
pub async fn set_attempt_count(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    record: Uuid,
    verdict: &Verdict,
) -> Result<()> {
    let (code, message) = verdict.failure.clone().unzip();
    sync_record::Entity::update_many()
        .col_expr(sync_record::Column::AttemptCount, Expr::val(verdict.attempt_count))
        .col_expr(sync_record::Column::FailureCode, Expr::val(code.map(FailureCode::word)))
        .col_expr(sync_record::Column::FailureMessage, Expr::val(message))
        .filter(sync_record::Column::MerchantId.eq(merchant))
        .filter(sync_record::Column::Id.eq(record))
        .exec(tx)
        .await?;
    Ok(())
}

/// Writes the end of a record into its store SKU: what was pushed, and the last sync where no newer record is there.
///
/// # Errors
/// What the database said.
pub async fn set_pushed(
    tx: &DatabaseTransaction,
    store_sku: &store_sku::Model,
    record: &sync_record::Model,
    status: SyncStatus,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut changed = store_sku::ActiveModel {
        merchant_id: Set(store_sku.merchant_id),
        id: Set(store_sku.id),
        pushed_quantity: Set(Some(record.quantity_after)),
        updated_at: Set(now),
        ..Default::default()
    };
    if store_sku.last_sync_record_id == Some(record.id) {
        changed.last_sync_status = Set(Some(status));
        changed.last_sync_at = Set(now);
    }
    changed.update_without_returning(tx).await?;
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
    let places = sent.fold(Condition::any(), |any, attempt| {
        let place = listing::Column::ProductId.eq(&attempt.product_id);
        let place = place.and(listing::Column::VariantId.eq(&attempt.variant_id));
        any.add(place.and(listing::Column::LocationId.eq(&attempt.location_id)))
    });
    let owners = listing::Entity::find()
        .select_only()
        .column(listing::Column::StoreSkuId)
        .filter(listing::Column::MerchantId.eq(merchant))
        .filter(listing::Column::StoreId.eq(store))
        .filter(places)
        .into_tuple::<Uuid>()
        .all(tx)
        .await?;
    Ok(owners)
}

/// Lets nothing be sent for a store SKU before `until`: neither what waits now nor what comes.
///
/// # Errors
/// What the database said.
pub async fn hold(tx: &DatabaseTransaction, merchant: Uuid, store_sku: Uuid, until: DateTime<Utc>) -> Result<()> {
    store_sku::Entity::update_many()
        .col_expr(store_sku::Column::HeldUntil, Expr::val(until))
        .filter(store_sku::Column::MerchantId.eq(merchant))
        .filter(store_sku::Column::Id.eq(store_sku))
        .exec(tx)
        .await?;
    sync_record::Entity::update_many()
        .col_expr(sync_record::Column::DueAt, Expr::val(until))
        .filter(sync_record::Column::MerchantId.eq(merchant))
        .filter(sync_record::Column::StoreSkuId.eq(store_sku))
        .filter(status_is(SyncStatus::Pending))
        .filter(sync_record::Column::LeaseId.is_null())
        .filter(sync_record::Column::DueAt.lt(until))
        .exec(tx)
        .await?;
    Ok(())
}

/// Sends nothing to a store before `until`.
///
/// # Errors
/// What the database said.
pub async fn pause_store(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    store: Uuid,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    store::Entity::update_many()
        .col_expr(store::Column::PausedUntil, Expr::val(until))
        .col_expr(store::Column::UpdatedAt, Expr::val(now))
        .filter(store::Column::MerchantId.eq(merchant))
        .filter(store::Column::Id.eq(store))
        .filter(
            Condition::any()
                .add(store::Column::PausedUntil.is_null())
                .add(store::Column::PausedUntil.lt(until)),
        )
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
        .filter(store::Column::MerchantId.eq(access.merchant_id))
        .filter(store::Column::Id.eq(access.id))
        .filter(store::Column::Credentials.eq(access.credentials.clone()))
        .exec(tx)
        .await?;
    Ok(())
}
