//! Turns: which worker, of all processes, pushes to a store.
//!
//! A turn is held under a lease. Whoever has it claims records under the same lease, so that both end together; whoever
//! lost it changes neither.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::store_turn::{Column, Entity, Model};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter, Statement,
    UpdateMany,
};
use uuid::Uuid;

use super::CHUNK;
use super::queue::DueStore;
use crate::domain::pace::Pace;
use crate::error::Result;

/// A claim on a store's turn.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    /// The store.
    pub store: DueStore,
    /// The claim's own id.
    pub id: Uuid,
}

/// Takes a turn that nobody has, or whose lease has ended. Returns the pace that was learnt so far, or none when
/// somebody else has the turn, or when it is not ready.
///
/// # Errors
/// What the database said.
pub async fn take(
    tx: &DatabaseTransaction,
    lease: &Lease,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Pace>> {
    const SQL: &str = "INSERT INTO store_turn \
             (merchant_id, store_id, lease_id, lease_until, taken_at, concurrency, interval_ms, failures_in_a_row) \
         VALUES ($1, $2, $3, $4, $5, 1, 0, 0) \
         ON CONFLICT (merchant_id, store_id) DO UPDATE \
             SET lease_id = excluded.lease_id, lease_until = excluded.lease_until, taken_at = excluded.taken_at \
             WHERE (store_turn.lease_until IS NULL OR store_turn.lease_until <= $5) \
                 AND (store_turn.ready_at IS NULL OR store_turn.ready_at <= $5) \
         RETURNING *";
    let values: [sea_orm::Value; 5] = [
        lease.store.merchant_id.into(),
        lease.store.store_id.into(),
        lease.id.into(),
        until.into(),
        now.into(),
    ];
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), SQL, values);
    let row = Model::find_by_statement(statement).one(tx).await?;
    Ok(row.map(|row| Pace {
        concurrency: row.concurrency.unsigned_abs(),
        interval: Duration::from_millis(row.interval_ms.unsigned_abs().into()),
        failures_in_a_row: row.failures_in_a_row.unsigned_abs(),
    }))
}

/// Moves the end of the lease. Returns whether it still holds the turn.
///
/// # Errors
/// What the database said.
pub async fn renew(tx: &DatabaseTransaction, lease: &Lease, until: DateTime<Utc>) -> Result<bool> {
    let result = Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::val(until))
        .filter(held(lease))
        .exec(tx)
        .await?;
    Ok(result.rows_affected > 0)
}

/// [`renew`] that writes down what was learnt as well.
///
/// # Errors
/// What the database said.
pub async fn keep(tx: &DatabaseTransaction, lease: &Lease, pace: &Pace, until: DateTime<Utc>) -> Result<bool> {
    let result = learnt(pace)
        .col_expr(Column::LeaseUntil, Expr::val(until))
        .filter(held(lease))
        .exec(tx)
        .await?;
    Ok(result.rows_affected > 0)
}

/// [`give_back`] that writes down what was learnt as well.
///
/// # Errors
/// What the database said.
pub async fn end(tx: &DatabaseTransaction, lease: &Lease, pace: &Pace, ready_at: Option<DateTime<Utc>>) -> Result<()> {
    given_back(learnt(pace), ready_at).filter(held(lease)).exec(tx).await?;
    Ok(())
}

/// Gives the turn back, for whoever is next, but not before `ready_at`.
///
/// # Errors
/// What the database said.
pub async fn give_back(tx: &DatabaseTransaction, lease: &Lease, ready_at: Option<DateTime<Utc>>) -> Result<()> {
    let update = Entity::update_many();
    given_back(update, ready_at).filter(held(lease)).exec(tx).await?;
    Ok(())
}

fn learnt(pace: &Pace) -> UpdateMany<Entity> {
    let number = |count: u128| i32::try_from(count).unwrap_or(i32::MAX);
    Entity::update_many()
        .col_expr(Column::Concurrency, Expr::val(number(pace.concurrency.into())))
        .col_expr(Column::IntervalMs, Expr::val(number(pace.interval.as_millis())))
        .col_expr(Column::FailuresInARow, Expr::val(number(pace.failures_in_a_row.into())))
}

fn given_back(update: UpdateMany<Entity>, ready_at: Option<DateTime<Utc>>) -> UpdateMany<Entity> {
    update
        .col_expr(Column::LeaseId, Expr::cust("NULL"))
        .col_expr(Column::LeaseUntil, Expr::cust("NULL"))
        .col_expr(Column::ReadyAt, Expr::val(ready_at))
}

/// Forgets what was learnt about stores, because they are connected anew.
///
/// # Errors
/// What the database said.
pub async fn forget(tx: &DatabaseTransaction, merchant: Uuid, stores: &[Uuid]) -> Result<()> {
    for chunk in stores.chunks(CHUNK) {
        Entity::update_many()
            .col_expr(Column::Concurrency, Expr::val(1))
            .col_expr(Column::IntervalMs, Expr::val(0))
            .col_expr(Column::FailuresInARow, Expr::val(0))
            .col_expr(Column::ReadyAt, Expr::cust("NULL"))
            .filter(Column::MerchantId.eq(merchant))
            .filter(Column::StoreId.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

fn held(lease: &Lease) -> Condition {
    Condition::all()
        .add(Column::MerchantId.eq(lease.store.merchant_id))
        .add(Column::StoreId.eq(lease.store.store_id))
        .add(Column::LeaseId.eq(lease.id))
}
