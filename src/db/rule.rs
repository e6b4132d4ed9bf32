//! Sync rules: what planning reads of them.

use std::collections::{HashMap, HashSet};

use entity::{sync_rule, sync_rule_sku, sync_rule_store, sync_rule_warehouse};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::CHUNK;
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
    let ids_where = |wanted: fn(&sync_rule::Model) -> bool| -> Vec<Uuid> {
        rows.iter().filter(|row| wanted(row)).map(|row| row.id).collect()
    };
    let mut stores = stores_of(conn, merchant, &ids_where(|row| !row.covers_all_stores)).await?;
    let mut warehouses = warehouses_of(conn, merchant, &ids_where(|_| true)).await?;
    let has_chosen_skus = rows.iter().any(|row| !row.covers_all_skus);
    let mut chosen = match has_chosen_skus {
        true => rules_choosing(conn, merchant, warehouse_skus).await?,
        false => Sets::new(),
    };
    let rules = rows.into_iter().map(|row| {
        let id = row.id;
        let coverage = |is_all: bool, sets: &mut Sets| match is_all {
            true => Coverage::All,
            false => Coverage::Chosen(sets.remove(&id).unwrap_or_default()),
        };
        let stores = coverage(row.covers_all_stores, &mut stores);
        let skus = coverage(row.covers_all_skus, &mut chosen);
        assemble(row, stores, skus, warehouses.remove(&id).unwrap_or_default())
    });
    Ok(rules.collect())
}

/// Ids by rule.
type Sets = HashMap<Uuid, HashSet<Uuid>>;

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

fn sets(pairs: Vec<(Uuid, Uuid)>) -> Sets {
    let mut sets = Sets::new();
    for (rule, member) in pairs {
        sets.entry(rule).or_default().insert(member);
    }
    sets
}

/// The chosen stores of each of `rules`.
async fn stores_of<C: ConnectionTrait>(conn: &C, merchant: Uuid, rules: &[Uuid]) -> Result<Sets> {
    let mut pairs = Vec::new();
    for chunk in rules.chunks(CHUNK) {
        let found = sync_rule_store::Entity::find()
            .select_only()
            .column(sync_rule_store::Column::SyncRuleId)
            .column(sync_rule_store::Column::StoreId)
            .filter(sync_rule_store::Column::MerchantId.eq(merchant))
            .filter(sync_rule_store::Column::SyncRuleId.is_in(chunk.iter().copied()))
            .into_tuple::<(Uuid, Uuid)>()
            .all(conn)
            .await?;
        pairs.extend(found);
    }
    Ok(sets(pairs))
}

/// The warehouses of each of `rules`.
async fn warehouses_of<C: ConnectionTrait>(conn: &C, merchant: Uuid, rules: &[Uuid]) -> Result<Sets> {
    let mut pairs = Vec::new();
    for chunk in rules.chunks(CHUNK) {
        let found = sync_rule_warehouse::Entity::find()
            .select_only()
            .column(sync_rule_warehouse::Column::SyncRuleId)
            .column(sync_rule_warehouse::Column::WarehouseId)
            .filter(sync_rule_warehouse::Column::MerchantId.eq(merchant))
            .filter(sync_rule_warehouse::Column::SyncRuleId.is_in(chunk.iter().copied()))
            .into_tuple::<(Uuid, Uuid)>()
            .all(conn)
            .await?;
        pairs.extend(found);
    }
    Ok(sets(pairs))
}

/// Which of `warehouse_skus` each rule has chosen, rules that govern nothing included.
async fn rules_choosing<C: ConnectionTrait>(conn: &C, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<Sets> {
    let mut pairs = Vec::new();
    for chunk in warehouse_skus.chunks(CHUNK) {
        let found = sync_rule_sku::Entity::find()
            .select_only()
            .column(sync_rule_sku::Column::SyncRuleId)
            .column(sync_rule_sku::Column::WarehouseSkuId)
            .filter(sync_rule_sku::Column::MerchantId.eq(merchant))
            .filter(sync_rule_sku::Column::WarehouseSkuId.is_in(chunk.iter().copied()))
            .into_tuple::<(Uuid, Uuid)>()
            .all(conn)
            .await?;
        pairs.extend(found);
    }
    Ok(sets(pairs))
}
