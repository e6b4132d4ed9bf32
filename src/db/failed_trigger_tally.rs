//! How many failed triggers of each reason came in each hour, so that their summary does not count them.
//!
//! # Guarantees
//!
//! - The tally is exact: what adds or deletes failed triggers changes it in the same transaction, and the time of an
//!   hour's last trigger is that of the last one left.
//! - Writers do not wait for each other in a circle: each locks the hours that it changes in the order of hour and code,
//!   and waits for nothing else afterwards that others lock.
//!
//! # Not guaranteed
//!
//! - That triggers whose id is of another time than theirs, by more than an hour, are counted alike by the tally and by
//!   [`condition`], which finds times by ids.
//! - That a merchant's transactions with failed triggers run side by side. Those of one hour and reason wait for
//!   each other from the tally to the commit, which is why it is the last thing that a plan writes.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::failed_trigger_tally::{ActiveModel, Column, Entity, Model};
use entity::types::FailureCode;
use entity::{failed_trigger, failed_trigger_tally};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict, Order};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::CHUNK;
use super::failed_trigger::{Filter, condition};
use super::filter::Range;
use crate::error::Result;

/// Terms of one OR: they nest, and SQLite allows a depth of 1,000.
const OR_CHUNK: usize = 200;

/// A tally is replaced by itself and what is added.
const SUM: &str = "failed_trigger_tally.matching + excluded.matching";
const LATER: &str = "CASE WHEN excluded.last_occurred_at > failed_trigger_tally.last_occurred_at \
    THEN excluded.last_occurred_at ELSE failed_trigger_tally.last_occurred_at END";

/// When the hour of a time began, in UTC.
#[must_use]
pub fn hour_of(time: DateTime<Utc>) -> DateTime<Utc> {
    let second = time.timestamp();
    DateTime::from_timestamp(second - second.rem_euclid(3_600), 0).unwrap_or(time)
}

/// The times of an hour, to the microsecond that the databases keep.
pub(super) fn times_of(hour: DateTime<Utc>) -> Range<DateTime<Utc>> {
    Range {
        from: Some(hour),
        to: Some(hour + TimeDelta::hours(1) - TimeDelta::microseconds(1)),
    }
}

/// How many, and when the last of them came.
#[derive(Clone, Copy)]
struct Number {
    matching: i64,
    last: DateTime<Utc>,
}

/// By hour and word: the order in which all writers lock.
type Tally = BTreeMap<(DateTime<Utc>, String), (FailureCode, Number)>;

fn tally(triggers: impl IntoIterator<Item = (FailureCode, DateTime<Utc>)>) -> Tally {
    let mut tally = Tally::new();
    for (code, at) in triggers {
        let one = Number { matching: 0, last: at };
        let (_, number) = tally.entry((hour_of(at), code.word())).or_insert((code, one));
        number.matching += 1;
        number.last = std::cmp::max(number.last, at);
    }
    tally
}

/// Counts failed triggers of the merchant that the same transaction adds.
///
/// # Errors
/// What the database said.
pub async fn add<C: ConnectionTrait>(conn: &C, merchant: Uuid, triggers: &[failed_trigger::Model]) -> Result<()> {
    let added = tally(
        triggers
            .iter()
            .map(|trigger| (trigger.failure_code, trigger.occurred_at)),
    );
    let rows: Vec<Model> = added
        .into_iter()
        .map(|((hour, _), (failure_code, number))| Model {
            merchant_id: merchant,
            hour,
            failure_code,
            matching: number.matching,
            last_occurred_at: number.last,
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let onto = OnConflict::columns([Column::MerchantId, Column::Hour, Column::FailureCode])
            .value(Column::Matching, Expr::cust(SUM))
            .value(Column::LastOccurredAt, Expr::cust(LATER))
            .to_owned();
        Entity::insert_many(
            chunk
                .iter()
                .cloned()
                .map(IntoActiveModel::<ActiveModel>::into_active_model),
        )
        .on_conflict(onto)
        .exec_without_returning(conn)
        .await?;
    }
    Ok(())
}

/// Takes failed triggers of the merchant away that the same transaction has deleted.
///
/// # Errors
/// What the database said.
pub(super) async fn take_away(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    deleted: impl IntoIterator<Item = (FailureCode, DateTime<Utc>)>,
) -> Result<()> {
    let deleted = tally(deleted);
    let hours = deleted.keys().map(|(hour, _)| *hour);
    let (Some(first), Some(last)) = (hours.clone().min(), hours.max()) else {
        return Ok(());
    };
    let mut empty = Vec::new();
    for row in locked(tx, merchant, first, last).await? {
        match deleted.get(&(row.hour, row.failure_code.word())) {
            None => {}
            Some((_, gone)) if gone.matching >= row.matching => empty.push(row),
            Some((_, gone)) => lessen(tx, &row, *gone).await?,
        }
    }
    remove(tx, merchant, &empty).await
}

/// The tallies of these hours, locked.
async fn locked(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
) -> Result<Vec<Model>> {
    // The order of bytes, which is that of `Tally`, whatever the database sorts by.
    let word = match tx.get_database_backend() {
        DbBackend::Postgres => "failure_code COLLATE \"C\"",
        _ => "failure_code",
    };
    let rows = Entity::find()
        .filter(Column::MerchantId.eq(merchant))
        .filter(Column::Hour.gte(first))
        .filter(Column::Hour.lte(last))
        .order_by_asc(Column::Hour)
        .order_by(Expr::cust(word), Order::Asc)
        .lock(LockType::NoKeyUpdate)
        .all(tx)
        .await?;
    Ok(rows)
}

/// Takes some of an hour's failed triggers away.
async fn lessen(tx: &DatabaseTransaction, row: &Model, gone: Number) -> Result<()> {
    let mut last = row.last_occurred_at;
    if gone.last >= last {
        // The last one went before others of its hour: ids are not quite in the order of times.
        last = last_of_hour(tx, row).await?.unwrap_or(last);
    }
    Entity::update_many()
        .col_expr(Column::Matching, Expr::col(Column::Matching).sub(gone.matching))
        .col_expr(Column::LastOccurredAt, Expr::val(last))
        .filter(key(row))
        .filter(Column::MerchantId.eq(row.merchant_id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn last_of_hour(tx: &DatabaseTransaction, row: &Model) -> Result<Option<DateTime<Utc>>> {
    let of_hour = Filter {
        failure_codes: Some(vec![row.failure_code]),
        occurred_at: times_of(row.hour),
        ..Filter::default()
    };
    let last: Option<Option<DateTime<Utc>>> = failed_trigger::Entity::find()
        .select_only()
        .expr_as(failed_trigger::Column::OccurredAt.into_expr().max(), "last")
        .filter(condition(row.merchant_id, &of_hour))
        .into_tuple()
        .one(tx)
        .await?;
    Ok(last.flatten())
}

async fn remove(tx: &DatabaseTransaction, merchant: Uuid, rows: &[Model]) -> Result<()> {
    for chunk in rows.chunks(OR_CHUNK) {
        let keys = chunk.iter().fold(Condition::any(), |any, row| any.add(key(row)));
        Entity::delete_many()
            .filter(Column::MerchantId.eq(merchant))
            .filter(keys)
            .exec(tx)
            .await?;
    }
    Ok(())
}

fn key(row: &failed_trigger_tally::Model) -> Expr {
    Column::Hour
        .eq(row.hour)
        .and(Column::FailureCode.eq(row.failure_code.to_value()))
}
