//! Deleting by age, merchant by merchant, a small batch a transaction.

use chrono::{DateTime, Utc};
use entity::merchant;
use entity::types::FailureCode;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, QuerySelect, Statement, Value};
use uuid::Uuid;

use super::filter::first_id;
use super::sync_record_tally::Tally;
use super::{Db, failed_trigger_tally};
use crate::domain::retention::Cutoffs;
use crate::error::Result;
use crate::meter;

/// Rows of one deletion.
const BATCH: u64 = 1_000;

/// How many rows were, or would be, deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Sync records, each with its attempts.
    pub records: u64,
    /// Failed triggers.
    pub failed_triggers: u64,
    /// Manual syncs.
    pub manual_syncs: u64,
    /// Idempotency keys.
    pub idempotency_keys: u64,
    /// Which record belongs to which trace.
    pub traces: u64,
}

impl Pruned {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.records + self.failed_triggers + self.manual_syncs + self.idempotency_keys + self.traces
    }

    fn slot(&mut self, table: Table) -> &mut u64 {
        match table {
            Table::Records => &mut self.records,
            Table::FailedTriggers => &mut self.failed_triggers,
            Table::ManualSyncs => &mut self.manual_syncs,
            Table::IdempotencyKeys => &mut self.idempotency_keys,
            Table::Traces => &mut self.traces,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Table {
    Records,
    FailedTriggers,
    ManualSyncs,
    IdempotencyKeys,
    Traces,
}

const TABLES: [Table; 5] = [
    Table::Records,
    Table::FailedTriggers,
    Table::ManualSyncs,
    Table::IdempotencyKeys,
    Table::Traces,
];

impl Table {
    /// Name, key within the merchant, and which rows are too old: `$2` is the cutoff as it is compared, and ids grow with
    /// time, so that their age is a range of the primary key.
    fn sql(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Records => ("sync_record", "id", "id < $2 AND status <> 'PENDING'"),
            Self::FailedTriggers => ("failed_trigger", "id", "id < $2"),
            Self::ManualSyncs => ("manual_sync", "id", "id < $2 AND status <> 'PENDING'"),
            Self::IdempotencyKeys => ("idempotency_key", "operation, key", "created_at < $2"),
            Self::Traces => ("sync_trace", "sync_record_id", "sync_record_id < $2"),
        }
    }

    fn cutoff(self, cutoffs: &Cutoffs) -> Value {
        match self {
            Self::Records => first_id(cutoffs.records).into(),
            Self::FailedTriggers => first_id(cutoffs.failed_triggers).into(),
            Self::ManualSyncs => first_id(cutoffs.manual_syncs).into(),
            Self::IdempotencyKeys => cutoffs.records.into(),
            Self::Traces => first_id(cutoffs.traces).into(),
        }
    }
}

/// What [`delete`] would delete.
///
/// # Errors
/// What the database said.
pub async fn count(db: &Db, cutoffs: &Cutoffs) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    for merchant in merchants(db).await? {
        for table in TABLES {
            let (name, _, too_old) = table.sql();
            let sql = format!("SELECT COUNT(*) AS number FROM {name} WHERE merchant_id = $1 AND {too_old}");
            let statement = Statement::from_sql_and_values(db.backend(), sql, [merchant.into(), table.cutoff(cutoffs)]);
            if let Some(row) = db.reader().query_one_raw(statement).await? {
                *pruned.slot(table) += row.try_get::<i64>("", "number")?.unsigned_abs();
            }
        }
    }
    Ok(pruned)
}

/// Deletes what is too old, of all merchants.
///
/// # Errors
/// What the database said; what was deleted before stays deleted.
pub async fn delete(db: &Db, cutoffs: &Cutoffs) -> Result<Pruned> {
    delete_telling(db, cutoffs, |_| {}).await
}

/// [`delete`] that tells after each batch what is gone so far.
///
/// # Errors
/// What the database said; what was deleted before stays deleted.
pub async fn delete_telling(db: &Db, cutoffs: &Cutoffs, mut tell: impl FnMut(&Pruned)) -> Result<Pruned> {
    let mut pruned = Pruned::default();
    for merchant in merchants(db).await? {
        for table in TABLES {
            loop {
                let deleted = delete_batch(db, merchant, table, table.cutoff(cutoffs)).await?;
                *pruned.slot(table) += deleted;
                meter::deleted(table.sql().0, deleted);
                tell(&pruned);
                if deleted < BATCH {
                    break;
                }
            }
        }
    }
    Ok(pruned)
}

async fn delete_batch(db: &Db, merchant: Uuid, table: Table, cutoff: Value) -> Result<u64> {
    let (name, key, too_old) = table.sql();
    let sql = format!(
        "DELETE FROM {name} WHERE merchant_id = $1 AND ({key}) IN \
         (SELECT {key} FROM {name} WHERE merchant_id = $1 AND {too_old} LIMIT {BATCH})"
    );
    db.write(move |tx| {
        let (sql, values) = (sql.clone(), [merchant.into(), cutoff.clone()]);
        let statement = |sql| Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
        match table {
            Table::Records => {
                let statement = statement(sql + " RETURNING store_id, status");
                Box::pin(delete_records(tx, merchant, statement))
            }
            Table::FailedTriggers => {
                let statement = statement(sql + " RETURNING failure_code, occurred_at");
                Box::pin(delete_failed_triggers(tx, merchant, statement))
            }
            _ => {
                let statement = statement(sql);
                Box::pin(async move { Ok(tx.execute_raw(statement).await?.rows_affected()) })
            }
        }
    })
    .await
}

/// Deletes records, and takes them out of the tally.
async fn delete_records(tx: &DatabaseTransaction, merchant: Uuid, delete: Statement) -> Result<u64> {
    let mut tally = Tally::default();
    let number = tally.deleted(tx, delete).await?;
    tally.write(tx, merchant).await?;
    Ok(number)
}

/// Deletes failed triggers, and takes them out of the tally.
async fn delete_failed_triggers(tx: &DatabaseTransaction, merchant: Uuid, delete: Statement) -> Result<u64> {
    let mut deleted: Vec<(FailureCode, DateTime<Utc>)> = Vec::new();
    for row in tx.query_all_raw(delete).await? {
        deleted.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    }
    let number = deleted.len() as u64;
    failed_trigger_tally::take_away(tx, merchant, deleted).await?;
    Ok(number)
}

async fn merchants(db: &Db) -> Result<Vec<Uuid>> {
    Ok(merchant::Entity::find()
        .select_only()
        .column(merchant::Column::Id)
        .into_tuple()
        .all(db.reader())
        .await?)
}
