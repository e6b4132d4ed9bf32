//! Rows that are shown, read by the places of their columns.
//!
//! SeaORM looks each column of each row up by its name, which for a page of wide rows takes longer than reading the
//! values; here a row is read from its first column to its last. A select of an entity lists its columns in the order
//! of the entity's fields, which a test holds the list below to.
//!
//! From SQLite all rows of a statement come as one JSON text. Its driver reads on a thread of its own, copies every
//! value, and hands over row by row, which takes several times as long as writing and reading the text does.

use chrono::{DateTime, Utc};
use entity::types::{
    AttemptOutcome, ConnectionStatus, FailureCode, ManualSyncKind, Marketplace, Rounding, SyncReason, SyncStatus,
};
use entity::{
    failed_trigger, listing, manual_sync, mapping, stock_level, store, store_sku, sync_attempt, sync_record, sync_rule,
    sync_rule_store, sync_rule_warehouse, warehouse, warehouse_sku,
};
use sea_orm::sea_query::{Alias, ColumnType, Expr, Func, Query, SelectStatement};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, JsonValue,
    QueryResult, TryGetable,
};
use uuid::Uuid;

use crate::error::Result;

/// A row that is read from its first column to its last.
pub enum Row {
    /// As the database's driver has it, and the place of the next column.
    Plain(QueryResult, usize),
    /// As a list of values.
    Packed(std::vec::IntoIter<JsonValue>),
}

impl Row {
    /// The next column.
    ///
    /// # Errors
    /// There is none, or its value is not of this type.
    pub fn take<T: Cell>(&mut self) -> std::result::Result<T, DbErr> {
        match self {
            Self::Plain(row, place) => {
                let value = T::try_get_by(row, *place)?;
                *place += 1;
                Ok(value)
            }
            Self::Packed(values) => {
                let value = values.next().and_then(T::unpack);
                value.ok_or_else(|| DbErr::Type(format!("a value is no {}", std::any::type_name::<T>())))
            }
        }
    }
}

/// The columns of a statement: the names that they have in it, and whether they hold bytes, which JSON cannot.
pub(super) struct Columns(Vec<(String, bool)>);

impl Columns {
    /// Those of an entity.
    pub(super) fn of<E: EntityTrait>() -> Self {
        Self(
            E::Column::iter()
                .map(|column| (column.as_str().to_owned(), holds_bytes(column)))
                .collect(),
        )
    }

    /// These of an entity.
    pub(super) fn these<C: ColumnTrait>(columns: impl IntoIterator<Item = C>) -> Self {
        let named = columns.into_iter();
        Self(
            named
                .map(|column| (column.as_str().to_owned(), holds_bytes(column)))
                .collect(),
        )
    }

    /// And those of another, under names that begin with `prefix`.
    pub(super) fn and<E: EntityTrait>(mut self, prefix: &str) -> Self {
        self.0
            .extend(E::Column::iter().map(|column| (format!("{prefix}{}", column.as_str()), holds_bytes(column))));
        self
    }

    /// And one more.
    pub(super) fn with(mut self, name: &str, holds_bytes: bool) -> Self {
        self.0.push((name.to_owned(), holds_bytes));
        self
    }
}

fn holds_bytes(column: impl ColumnTrait) -> bool {
    matches!(
        column.def().get_column_type(),
        ColumnType::Uuid | ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_)
    )
}

/// The rows of a statement, in its order. What its columns are is only asked for SQLite.
///
/// # Errors
/// What the database said.
pub(super) async fn fetch<C: ConnectionTrait>(
    conn: &C,
    statement: SelectStatement,
    columns: impl FnOnce() -> Columns,
) -> Result<Vec<Row>> {
    if conn.get_database_backend() != DbBackend::Sqlite {
        let rows = conn.query_all(&statement).await?;
        return Ok(rows.into_iter().map(|row| Row::Plain(row, 0)).collect());
    }
    let Some(row) = conn.query_one(&packed(statement, &columns())).await? else {
        return Ok(Vec::new());
    };
    let text: String = row.try_get_by(0)?;
    let rows: Vec<Vec<JsonValue>> = serde_json::from_str(&text).map_err(|error| DbErr::Json(error.to_string()))?;
    Ok(rows.into_iter().map(|values| Row::Packed(values.into_iter())).collect())
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
    rows.into_iter().map(|row| M::read(&mut Row::Plain(row, 0))).collect()
}

/// All rows of a statement as a list of lists.
fn packed(statement: SelectStatement, columns: &Columns) -> SelectStatement {
    let values = columns.0.iter().map(|(name, holds_bytes)| {
        let column = Expr::col(Alias::new(name));
        match holds_bytes {
            // The hex of NULL is an empty text.
            true => Func::cust("nullif")
                .args([Func::cust("hex").arg(column).into(), Expr::val("")])
                .into(),
            false => column,
        }
    });
    let row = Func::cust("json_array").args(values);
    Query::select()
        .expr(Func::cust("json_group_array").arg(row))
        .from_subquery(statement, "shown")
        .take()
}

/// A value of a column.
pub trait Cell: TryGetable {
    /// Reads it as SQLite writes it into JSON.
    fn unpack(value: JsonValue) -> Option<Self>;
}

fn text(value: JsonValue) -> Option<String> {
    match value {
        JsonValue::String(text) => Some(text),
        _ => None,
    }
}

impl Cell for String {
    fn unpack(value: JsonValue) -> Option<Self> {
        text(value)
    }
}

impl Cell for i32 {
    fn unpack(value: JsonValue) -> Option<Self> {
        value.as_i64()?.try_into().ok()
    }
}

impl Cell for i64 {
    fn unpack(value: JsonValue) -> Option<Self> {
        value.as_i64()
    }
}

impl Cell for bool {
    fn unpack(value: JsonValue) -> Option<Self> {
        Some(value.as_i64()? != 0)
    }
}

impl Cell for Uuid {
    fn unpack(value: JsonValue) -> Option<Self> {
        Self::try_parse(value.as_str()?).ok()
    }
}

impl Cell for Vec<u8> {
    fn unpack(value: JsonValue) -> Option<Self> {
        let digits = value.as_str()?.as_bytes().chunks_exact(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        digits.map(byte).collect()
    }
}

impl Cell for DateTime<Utc> {
    fn unpack(value: JsonValue) -> Option<Self> {
        DateTime::parse_from_rfc3339(value.as_str()?).ok().map(Into::into)
    }
}

impl Cell for JsonValue {
    fn unpack(value: JsonValue) -> Option<Self> {
        serde_json::from_str(value.as_str()?).ok()
    }
}

impl<T: Cell> Cell for Option<T> {
    fn unpack(value: JsonValue) -> Option<Self> {
        match value {
            JsonValue::Null => Some(None),
            value => T::unpack(value).map(Some),
        }
    }
}

macro_rules! words {
    ($($word:ident),+ $(,)?) => {$(
        impl Cell for $word {
            fn unpack(value: JsonValue) -> Option<Self> {
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
