//! The rules as planning needs them.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use entity::types::Rounding;
use sea_orm::{ActiveEnum, ConnectionTrait};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use crate::db::ids::{is_among, list};
use crate::db::packed::{Packed, Packing};
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
    let backend = conn.get_database_backend();
    let packing = Packing(backend);
    let enabled = "merchant_id = $1 AND is_enabled AND deleted_at IS NULL";
    let of_enabled = format!("merchant_id = $1 AND sync_rule_id IN (SELECT id FROM sync_rule WHERE {enabled})");
    let among = is_among(backend, 2);
    let lists = [
        packing.rows_of(&COLUMNS, &format!("sync_rule WHERE {enabled}")),
        packing.rows_of(
            &["@sync_rule_id", "@store_id"],
            &format!("sync_rule_store WHERE {of_enabled}"),
        ),
        packing.rows_of(
            &["@sync_rule_id", "@warehouse_sku_id"],
            &format!("sync_rule_sku WHERE {of_enabled} AND warehouse_sku_id {among}"),
        ),
        packing.rows_of(
            &["@sync_rule_id", "@warehouse_id"],
            &format!("sync_rule_warehouse WHERE {of_enabled}"),
        ),
    ];
    let values = [merchant.into(), list(backend, warehouse_skus)];
    let packed = Packed::read(conn, &lists, values).await?;
    let mut rows: Vec<Enabled> = packed.list(0)?;
    rows.sort_by_key(|row| (Reverse(row.priority), row.created_at, row.id));
    let (mut stores, mut skus, mut warehouses) = (sets(&packed, 1)?, sets(&packed, 2)?, sets(&packed, 3)?);
    let assembled = rows.into_iter().map(|row| Rule {
        stores: coverage(row.covers_all_stores, stores.remove(&row.id)),
        warehouse_skus: coverage(row.covers_all_skus, skus.remove(&row.id)),
        warehouses: warehouses.remove(&row.id).unwrap_or_default(),
        ..row.into()
    });
    Ok(assembled.collect())
}

/// The columns of [`Enabled`], in its order. SQLite's truths are numbers, and JSON's of PostgreSQL are not.
const COLUMNS: [&str; 11] = [
    "@id",
    "name",
    "priority",
    "CASE WHEN covers_all_stores THEN 1 ELSE 0 END",
    "CASE WHEN covers_all_skus THEN 1 ELSE 0 END",
    "percent_hundredths",
    "quantity_offset",
    "rounding",
    "sell_out_threshold",
    "@exempt_store_id",
    "created_at",
];

/// An enabled rule, without its sets.
#[derive(Deserialize)]
struct Enabled {
    id: Uuid,
    name: String,
    priority: i32,
    covers_all_stores: u8,
    covers_all_skus: u8,
    percent_hundredths: i32,
    quantity_offset: i32,
    #[serde(deserialize_with = "rounding")]
    rounding: Rounding,
    sell_out_threshold: Option<i32>,
    exempt_store_id: Option<Uuid>,
    created_at: DateTime<Utc>,
}

fn rounding<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Rounding, D::Error> {
    Rounding::try_from_value(&String::deserialize(value)?).map_err(D::Error::custom)
}

/// Ids by rule.
fn sets(packed: &Packed, place: usize) -> Result<HashMap<Uuid, HashSet<Uuid>>> {
    let mut sets: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    for (rule, member) in packed.list::<(Uuid, Uuid)>(place)? {
        sets.entry(rule).or_default().insert(member);
    }
    Ok(sets)
}

fn coverage(is_all: u8, chosen: Option<HashSet<Uuid>>) -> Coverage {
    match is_all {
        0 => Coverage::Chosen(chosen.unwrap_or_default()),
        _ => Coverage::All,
    }
}

impl From<Enabled> for Rule {
    fn from(row: Enabled) -> Self {
        Self {
            id: row.id,
            name: row.name,
            is_enabled: true,
            priority: row.priority,
            created_at: row.created_at,
            stores: Coverage::All,
            warehouse_skus: Coverage::All,
            warehouses: HashSet::new(),
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
}
