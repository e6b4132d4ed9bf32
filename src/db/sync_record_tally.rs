//! How many records of each store stand at each status, so that neither totals nor counts by status go through history.
//!
//! What changes records adds a row for each store and status of which there are more or fewer now, in the same transaction.
//! The number is the sum of the rows. [`fold`] puts the sum in the place of the rows, so that they stay few.
//!
//! # Guarantees
//!
//! - The tally is exact: a record that is made, ends or is deleted is counted with the transaction that does it.
//! - Nobody waits for anybody: rows are added and deleted, never changed.
//!
//! # Not guaranteed
//!
//! That a filter on anything but status, store and marketplace is answered from here: such are counted.

use std::collections::BTreeMap;

use entity::types::{Marketplace, SyncStatus};
use entity::{store, sync_record_tally};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use uuid::Uuid;

use super::Db;
use super::filter::Conditions;
use super::keyset::sum;
use crate::error::Result;

/// Rows of one folding.
const BATCH: usize = 10_000;

/// How many more records of each store stand at each status; a negative number for fewer.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<(Uuid, String), i64>);

impl Tally {
    /// A record of the store was made.
    pub fn made(&mut self, store: Uuid, status: SyncStatus) {
        self.add(store, status.word(), 1);
    }

    /// A pending record of the store has come to its end.
    pub fn ended(&mut self, store: Uuid, status: SyncStatus) {
        self.add(store, SyncStatus::Pending.word(), -1);
        self.add(store, status.word(), 1);
    }

    /// The records were deleted that a statement returned the store and the status of.
    ///
    /// # Errors
    /// What the database said.
    pub(super) async fn deleted(&mut self, tx: &DatabaseTransaction, delete: Statement) -> Result<u64> {
        let rows = tx.query_all_raw(delete).await?;
        for row in &rows {
            self.add(row.try_get_by_index(0)?, row.try_get_by_index(1)?, -1);
        }
        Ok(rows.len() as u64)
    }

    fn add(&mut self, store: Uuid, status: String, number: i64) {
        *self.0.entry((store, status)).or_default() += number;
    }

    /// Writes it, in the transaction that changed the records. What comes to nothing is not written.
    ///
    /// # Errors
    /// What the database said.
    pub async fn write(self, tx: &DatabaseTransaction, merchant: Uuid) -> Result<()> {
        let rows = self.0.into_iter().filter(|(_, number)| *number != 0);
        let rows: Vec<_> = rows
            .map(|((store, status), number)| (store.simple(), status, Uuid::now_v7().simple(), number))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let backend = tx.get_database_backend();
        let values = [merchant.into(), serde_json::json!(rows).to_string().into()];
        tx.execute_raw(Statement::from_sql_and_values(backend, insert(backend), values))
            .await?;
        Ok(())
    }
}

fn insert(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => {
            "INSERT INTO sync_record_tally (merchant_id, store_id, status, id, matching) \
             SELECT $1, unhex(value ->> 0), value ->> 1, unhex(value ->> 2), value ->> 3 FROM json_each($2)"
        }
        _ => {
            "INSERT INTO sync_record_tally (merchant_id, store_id, status, id, matching) \
             SELECT CAST($1 AS uuid), CAST(value ->> 0 AS uuid), value ->> 1, CAST(value ->> 2 AS uuid), \
                 CAST(value ->> 3 AS bigint) FROM json_array_elements(CAST($2 AS json))"
        }
    }
}

/// The records that a number is asked of; a list that is `None` says nothing, and an empty one is met by none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Those<'f> {
    pub(super) statuses: Option<&'f [SyncStatus]>,
    pub(super) stores: Option<&'f [Uuid]>,
    pub(super) marketplaces: Option<&'f [Marketplace]>,
}

/// The columns of [`by_status`].
const STATUS: &str = "status";
const MATCHING: &str = "matching";

/// How many of those records of the merchant there are at each status.
pub(super) fn by_status(merchant: Uuid, those: Those<'_>) -> SelectStatement {
    use sync_record_tally::Column as T;
    Query::select()
        .expr_as(T::Status.into_expr(), STATUS)
        .expr_as(sum(T::Matching.into_expr()), MATCHING)
        .from(sync_record_tally::Entity)
        .cond_where(condition(merchant, those))
        .group_by_col((sync_record_tally::Entity, T::Status))
        .take()
}

/// How many of those records of the merchant there are.
pub(super) fn all(merchant: Uuid, those: Those<'_>) -> SelectStatement {
    Query::select()
        .expr_as(sum(sync_record_tally::Column::Matching.into_expr()), MATCHING)
        .from(sync_record_tally::Entity)
        .cond_where(condition(merchant, those))
        .take()
}

fn condition(merchant: Uuid, those: Those<'_>) -> sea_orm::Condition {
    use sync_record_tally::Column as T;
    Conditions::of(T::MerchantId, merchant)
        .one_of(T::Status, those.statuses)
        .one_of(T::StoreId, those.stores)
        .maybe(those.marketplaces, |marketplaces| {
            // A store with records stays on its marketplace.
            let stores = Query::select()
                .column((store::Entity, store::Column::Id))
                .from(store::Entity)
                .and_where(store::Column::MerchantId.eq(merchant))
                .and_where(store::Column::Marketplace.is_in(marketplaces.iter().copied()))
                .take();
            T::StoreId.in_subquery(stores)
        })
        .done()
}

const WITH_MANY_ROWS: &str = "
SELECT merchant_id FROM (
    SELECT merchant_id FROM sync_record_tally GROUP BY merchant_id, store_id, status HAVING COUNT(*) > 1
) t GROUP BY merchant_id";

/// Puts one row in the place of the many of a store and status, merchant by merchant. Returns how many rows there are fewer.
///
/// # Errors
/// What the database said; what was folded before stays so.
pub async fn fold(db: &Db) -> Result<u64> {
    let mut fewer = 0;
    let statement = Statement::from_string(db.backend(), WITH_MANY_ROWS);
    for row in db.reader().query_all_raw(statement).await? {
        let merchant = row.try_get_by_index(0)?;
        loop {
            let (taken, put) = db.write(move |tx| Box::pin(fold_some(tx, merchant))).await?;
            fewer += taken.saturating_sub(put) as u64;
            if taken < BATCH {
                break;
            }
        }
    }
    Ok(fewer)
}

/// Takes some rows away, and adds their sums. Returns how many there were, and how many there are now.
async fn fold_some(tx: &DatabaseTransaction, merchant: Uuid) -> Result<(usize, usize)> {
    let backend = tx.get_database_backend();
    // Rows that another process is folding are not waited for.
    let lock = match backend {
        DbBackend::Sqlite => "",
        _ => "FOR UPDATE SKIP LOCKED",
    };
    let take = format!(
        "DELETE FROM sync_record_tally WHERE merchant_id = $1 AND (store_id, status, id) IN \
         (SELECT store_id, status, id FROM sync_record_tally WHERE merchant_id = $1 LIMIT {BATCH} {lock}) \
         RETURNING store_id, status, matching"
    );
    let take = Statement::from_sql_and_values(backend, take, [merchant.into()]);
    let mut tally = Tally::default();
    let rows = tx.query_all_raw(take).await?;
    for row in &rows {
        tally.add(
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
        );
    }
    let put = tally.0.values().filter(|number| **number != 0).count();
    tally.write(tx, merchant).await?;
    Ok((rows.len(), put))
}
