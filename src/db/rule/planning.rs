//! The rules as planning needs them.

use std::collections::HashSet;

use entity::{sync_rule, sync_rule_sku, sync_rule_store, sync_rule_warehouse};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::members::{self, Sets};
use crate::domain::rule::{Coverage, Formula, Rule, SellOut};
use crate::error::Result;

/// The merchant's enabled rules, the one that governs first in front: by priority, then by age.
///
/// Of a chosen set of warehouse SKUs a rule holds only those that are in `warehouse_skus`, so that planning a handful
/// of SKUs does not read sets of thousands. Stores and warehouses are complete.
///
/// # Errors
/// What the database said.
pub async fn enabled<C: ConnectionTrait>(conn: &C, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<Vec<Rule>> {
    let rows = sync_rule::Entity::find()
        .filter(sync_rule::Column::MerchantId.eq(merchant))
        .filter(sync_rule::Column::IsEnabled.eq(true))
        .filter(sync_rule::Column::DeletedAt.is_null())
        .order_by_desc(sync_rule::Column::Priority)
        .order_by_asc(sync_rule::Column::CreatedAt)
        .order_by_asc(sync_rule::Column::Id)
        .all(conn)
        .await?;
    let ids = |wanted: fn(&sync_rule::Model) -> bool| -> Vec<Uuid> {
        rows.iter().filter(|row| wanted(row)).map(|row| row.id).collect()
    };
    let some_stores = ids(|row| !row.covers_all_stores);
    let mut stores = members::of_rules::<sync_rule_store::Entity, C>(conn, merchant, &some_stores).await?;
    let mut warehouses = members::of_rules::<sync_rule_warehouse::Entity, C>(conn, merchant, &ids(|_| true)).await?;
    let mut skus = match rows.iter().all(|row| row.covers_all_skus) {
        true => Sets::new(),
        false => members::holding::<sync_rule_sku::Entity, C>(conn, merchant, warehouse_skus).await?,
    };
    let rules = rows.into_iter().map(|row| {
        let stores = coverage(row.covers_all_stores, stores.remove(&row.id));
        let skus = coverage(row.covers_all_skus, skus.remove(&row.id));
        let warehouses = warehouses.remove(&row.id).unwrap_or_default();
        assemble(row, stores, skus, warehouses)
    });
    Ok(rules.collect())
}

fn coverage(is_all: bool, chosen: Option<HashSet<Uuid>>) -> Coverage {
    match is_all {
        true => Coverage::All,
        false => Coverage::Chosen(chosen.unwrap_or_default()),
    }
}

fn assemble(row: sync_rule::Model, stores: Coverage, warehouse_skus: Coverage, warehouses: HashSet<Uuid>) -> Rule {
    Rule {
        id: row.id,
        name: row.name,
        is_enabled: row.is_enabled,
        priority: row.priority,
        created_at: row.created_at,
        stores,
        warehouse_skus,
        warehouses,
        formula: Formula {
            percent_hundredths: row.percent_hundredths,
            offset: row.quantity_offset,
            rounding: row.rounding,
        },
        sell_out: row.sell_out_threshold.map(|threshold| SellOut {
            threshold,
            exempt_store: row.exempt_store_id,
        }),
    }
}
