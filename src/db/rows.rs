//! Rows that are shown, read by the places of their columns.
//!
//! SeaORM looks each column of each row up by its name, which for a page of wide rows takes longer than reading the
//! values; here a row is read from its first column to its last. A select of an entity lists its columns in the order
//! of the entity's fields, which a test holds the list below to.
//!
//! Outside of transactions SQLite is read in another way than the rest ([`sqlite`](super::sqlite)).

use chrono::{DateTime, Utc};
use entity::types::{
    AttemptOutcome, ConnectionStatus, FailureCode, ManualSyncKind, Marketplace, Rounding, SyncReason, SyncStatus,
};
use entity::{
    failed_trigger, listing, manual_sync, mapping, stock_level, store, store_sku, sync_attempt, sync_record, sync_rule,
    sync_rule_store, sync_rule_warehouse, warehouse, warehouse_sku,
};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ActiveEnum, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, JsonValue, QueryResult,
    TryGetable,
};
use uuid::Uuid;

use super::Db;
use crate::error::Result;

/// A row that is read from its first column to its last.
pub enum Row {
    /// As the database's driver has it, and the place of the next column.
    Driven(QueryResult, usize),
    /// As SQLite has stored its values.
    Stored(std::vec::IntoIter<Stored>),
}

/// A value as SQLite stores it.
#[derive(Debug)]
pub enum Stored {
    /// Nothing.
    Null,
    /// A number, or a truth.
    Int(i64),
    /// A text; times are among these.
    Text(String),
    /// Bytes that may be an id.
    Id(Uuid),
    /// Any other bytes.
    Bytes(Vec<u8>),
}

impl Row {
    /// The next column.
    ///
    /// # Errors
    /// There is none, or its value is not of this type.
    pub fn take<T: Cell>(&mut self) -> std::result::Result<T, DbErr> {
        match self {
            Self::Driven(row, place) => {
                let value = T::try_get_by(row, *place)?;
                *place += 1;
                Ok(value)
            }
            Self::Stored(values) => {
                let value = values.next().and_then(T::restore);
                value.ok_or_else(|| DbErr::Type(format!("a value is no {}", std::any::type_name::<T>())))
            }
        }
    }
}

/// Where rows can be read from.
pub trait Reads: Sync {
    /// Which of the two databases it is.
    fn backend(&self) -> DbBackend;

    /// The rows of a statement, in its order.
    ///
    /// # Errors
    /// What the database said.
    fn rows(&self, statement: SelectStatement) -> impl Future<Output = Result<Vec<Row>>> + Send;
}

/// By the driver of everything else: within a transaction, or where it does not matter.
impl<C: ConnectionTrait> Reads for C {
    fn backend(&self) -> DbBackend {
        self.get_database_backend()
    }

    async fn rows(&self, statement: SelectStatement) -> Result<Vec<Row>> {
        let rows = self.query_all(&statement).await?;
        Ok(rows.into_iter().map(|row| Row::Driven(row, 0)).collect())
    }
}

impl Reads for Db {
    fn backend(&self) -> DbBackend {
        self.backend()
    }

    async fn rows(&self, statement: SelectStatement) -> Result<Vec<Row>> {
        match self.sqlite() {
            Some(readers) => readers.rows(&statement).await,
            None => self.reader().rows(statement).await,
        }
    }
}

/// The models that a statement of all their columns finds.
///
/// # Errors
/// What the database said.
pub(super) async fn read<M: Positional, R: Reads>(reads: &R, statement: SelectStatement) -> Result<Vec<M>> {
    let rows = reads.rows(statement).await?;
    rows.into_iter().map(|mut row| Ok(M::read(&mut row)?)).collect()
}

/// The names of an entity's columns, in the order of its fields: what a statement that is written by hand returns, for
/// [`read_all`].
pub(super) fn names<E: EntityTrait>() -> String {
    let names: Vec<String> = E::Column::iter().map(|column| column.as_str().to_owned()).collect();
    names.join(", ")
}

/// Reads rows as the database's driver has them.
///
/// # Errors
/// A value is not of its column's type.
pub(super) fn read_all<M: Positional>(rows: Vec<QueryResult>) -> std::result::Result<Vec<M>, DbErr> {
    rows.into_iter().map(|row| M::read(&mut Row::Driven(row, 0))).collect()
}

/// A value of a column.
pub trait Cell: TryGetable {
    /// Makes it of what SQLite has stored.
    fn restore(value: Stored) -> Option<Self>;
}

fn text(value: Stored) -> Option<String> {
    match value {
        Stored::Text(text) => Some(text),
        _ => None,
    }
}

fn number(value: &Stored) -> Option<i64> {
    match value {
        Stored::Int(number) => Some(*number),
        _ => None,
    }
}

impl Cell for String {
    fn restore(value: Stored) -> Option<Self> {
        text(value)
    }
}

impl Cell for i32 {
    fn restore(value: Stored) -> Option<Self> {
        number(&value)?.try_into().ok()
    }
}

impl Cell for i64 {
    fn restore(value: Stored) -> Option<Self> {
        number(&value)
    }
}

impl Cell for bool {
    fn restore(value: Stored) -> Option<Self> {
        Some(number(&value)? != 0)
    }
}

impl Cell for Uuid {
    fn restore(value: Stored) -> Option<Self> {
        match value {
            Stored::Id(id) => Some(id),
            _ => None,
        }
    }
}

impl Cell for Vec<u8> {
    fn restore(value: Stored) -> Option<Self> {
        match value {
            Stored::Id(id) => Some(id.into_bytes().to_vec()),
            Stored::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl Cell for DateTime<Utc> {
    fn restore(value: Stored) -> Option<Self> {
        DateTime::parse_from_rfc3339(&text(value)?).ok().map(Into::into)
    }
}

impl Cell for JsonValue {
    fn restore(value: Stored) -> Option<Self> {
        serde_json::from_str(&text(value)?).ok()
    }
}

impl<T: Cell> Cell for Option<T> {
    fn restore(value: Stored) -> Option<Self> {
        match value {
            Stored::Null => Some(None),
            value => T::restore(value).map(Some),
        }
    }
}

macro_rules! words {
    ($($word:ident),+ $(,)?) => {$(
        impl Cell for $word {
            fn restore(value: Stored) -> Option<Self> {
                Self::try_from_value(&text(value)?).ok()
            }
        }
    )+};
}

words!(
    AttemptOutcome,
    ConnectionStatus,
    FailureCode,
    ManualSyncKind,
    Marketplace,
    Rounding,
    SyncReason,
    SyncStatus,
);

/// A model whose columns stand side by side in a row, in the order of its fields.
pub trait Positional: Sized {
    /// Reads it, from where its first column is the next.
    ///
    /// # Errors
    /// A value is not of its column's type.
    fn read(row: &mut Row) -> std::result::Result<Self, DbErr>;
}

macro_rules! positional {
    ($($entity:ident { $($field:ident),+ $(,)? })+) => {
        $(
            impl Positional for $entity::Model {
                fn read(row: &mut Row) -> std::result::Result<Self, DbErr> {
                    Ok(Self { $($field: row.take()?),+ })
                }
            }
        )+

        /// The names of each entity's columns, as listed here and as they are selected.
        #[cfg(test)]
        fn listed_and_selected() -> Vec<(Vec<&'static str>, Vec<String>)> {
            vec![$((
                vec![$(stringify!($field)),+],
                $entity::Column::iter().map(|column| column.as_str().to_owned()).collect(),
            )),+]
        }
    };
}

positional! {
    failed_trigger {
        merchant_id, id, failure_code, reason, reference, warehouse_sku_id, warehouse_id, store_id, store_sku_id,
        sync_rule_id, manual_sync_id, movement, occurred_at,
    }
    listing { merchant_id, id, store_id, store_sku_id, product_id, variant_id, location_id, position }
    manual_sync {
        merchant_id, id, kind, requested_by, sync_rule_id, status, total, pending, success, partially_failed, failed,
        skipped, left_out, created_at, finished_at, updated_at,
    }
    mapping { merchant_id, store_sku_id, warehouse_sku_id, quantity, position }
    stock_level { merchant_id, warehouse_sku_id, warehouse_id, available, version, updated_at }
    store {
        merchant_id, id, code, name, marketplace, connection_status, connection_failure, connector, account, endpoint,
        credentials, paused_until, pause_reason, created_at, updated_at,
    }
    store_sku {
        merchant_id, id, store_id, marketplace, sku, product_name, variation_name, search_text, sync_rule_id,
        record_seq, sequence_offset, pushed_quantity, held_until, last_sync_record_id, last_sync_status,
        last_sync_quantity, last_sync_reason, last_sync_at, created_at, updated_at,
    }
    sync_attempt {
        merchant_id, id, sync_record_id, listing_id, product_id, variant_id, location_id, attempt_number, outcome,
        failure_code, message, http_status, request, response, retry_at, started_at, finished_at,
    }
    sync_record {
        merchant_id, id, seq, store_id, marketplace, store_sku_id, warehouse_sku_id, warehouse_id, sync_rule_id,
        rule_name, manual_sync_id, reason, reference, quantity_before, movement, quantity_after, is_clamped, status,
        failure_code, failure_message, attempt_count, due_at, lease_id, superseded_by, version, created_at, started_at,
        finished_at, updated_at,
    }
    sync_rule {
        merchant_id, id, name, is_enabled, priority, covers_all_stores, covers_all_skus, percent_hundredths,
        quantity_offset, rounding, sell_out_threshold, exempt_store_id, created_at, updated_at, deleted_at,
    }
    sync_rule_store { merchant_id, sync_rule_id, store_id }
    sync_rule_warehouse { merchant_id, sync_rule_id, warehouse_id }
    warehouse { merchant_id, id, code, name, created_at, updated_at }
    warehouse_sku {
        merchant_id, id, sku, name, search_text, is_marked_short, last_sync_status, last_sync_quantity,
        last_sync_reason, last_sync_at, created_at, updated_at,
    }
}

#[cfg(test)]
mod tests {
    use super::listed_and_selected;

    #[test]
    fn columns_are_listed_as_they_are_selected() {
        for (listed, selected) in listed_and_selected() {
            assert_eq!(listed, selected);
        }
    }
}
