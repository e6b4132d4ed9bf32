//! Rows read by the places of their columns.
//!
//! SeaORM looks each column of each row up by its name, which for a page of wide rows takes longer than reading the
//! values. All rows that are shown are read here instead: a select of an entity lists its columns in the order of the
//! entity's fields, which a test holds this list to.

use entity::{
    failed_trigger, listing, manual_sync, mapping, stock_level, store, store_sku, sync_attempt, sync_record, sync_rule,
    sync_rule_store, sync_rule_warehouse, warehouse, warehouse_sku,
};
use sea_orm::{DbErr, QueryResult, TryGetable};

/// A model whose columns stand side by side in a row.
pub trait Positional: Sized {
    /// How many columns it has.
    const WIDTH: usize;

    /// Reads it from where its first column stands.
    ///
    /// # Errors
    /// A value is not of its column's type.
    fn read(row: &QueryResult, first: usize) -> Result<Self, DbErr>;
}

fn next<T: TryGetable>(row: &QueryResult, place: &mut usize) -> Result<T, DbErr> {
    let value = T::try_get_by(row, *place)?;
    *place += 1;
    Ok(value)
}

macro_rules! positional {
    ($($entity:ident { $($field:ident),+ $(,)? })+) => {
        $(
            impl Positional for $entity::Model {
                const WIDTH: usize = [$(stringify!($field)),+].len();

                fn read(row: &QueryResult, first: usize) -> Result<Self, DbErr> {
                    let mut place = first;
                    Ok(Self { $($field: next(row, &mut place)?),+ })
                }
            }
        )+

        /// The names of each entity's columns, as listed here and as they are selected.
        #[cfg(test)]
        fn listed_and_selected() -> Vec<(Vec<&'static str>, Vec<String>)> {
            use sea_orm::{IdenStatic, Iterable};
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
