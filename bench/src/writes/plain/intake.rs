//! One batch of stock changes in one transaction: the key, the locks, what the plan is made from, levels, records, last
//! syncs, aggregates, the newest 100, the answer.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{Connection, Value, values};
use crate::writes::calls::{Call, REFERENCE};
use crate::writes::world::WAREHOUSE;
use crate::{Result, bad};

const TAKE_KEY: &str = "INSERT INTO idempotency_key (merchant_id, operation, key, request_hash, answer, created_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (merchant_id, operation, key) DO NOTHING";
const ARTICLES: &str = "SELECT id, sku FROM warehouse_sku WHERE merchant_id = $1 AND sku AMONG WORDS $2";
const WAREHOUSES: &str = "SELECT id FROM warehouse WHERE merchant_id = $1 AND code = $2";
const LOCK_ARTICLES: &str = "SELECT id FROM warehouse_sku WHERE merchant_id = $1 AND id AMONG $2 ORDER BY id LOCKED";
const MADE_OF: &str = "SELECT store_sku_id FROM mapping WHERE merchant_id = $1 AND warehouse_sku_id AMONG $2";
const STORE_SKUS: &str = "SELECT id, store_id, marketplace, record_seq, pushed_quantity, sync_rule_id FROM store_sku
    WHERE merchant_id = $1 AND id AMONG $2 ORDER BY id LOCKED";
const COMPONENTS: &str = "SELECT store_sku_id, warehouse_sku_id, quantity FROM mapping
    WHERE merchant_id = $1 AND store_sku_id AMONG $2 ORDER BY store_sku_id, position";
const STOCK: &str = "SELECT warehouse_sku_id, available FROM stock_level
    WHERE merchant_id = $1 AND warehouse_sku_id AMONG $2 AND warehouse_id = $3";
const MARKED_SHORT: &str = "SELECT id FROM warehouse_sku WHERE merchant_id = $1 AND id AMONG $2 AND is_marked_short";
const LISTED: &str = "SELECT DISTINCT store_sku_id FROM listing WHERE merchant_id = $1 AND store_sku_id AMONG $2";
const RULES: &str = "SELECT id, name, percent_hundredths, quantity_offset, rounding FROM sync_rule
    WHERE merchant_id = $1 AND is_enabled AND deleted_at IS NULL ORDER BY priority DESC, created_at, id";
const SUMMED: &str = "SELECT sync_rule_id, warehouse_id FROM sync_rule_warehouse WHERE merchant_id = $1";
const STORES: &str = "SELECT id, connection_status FROM store WHERE merchant_id = $1";
const PENDING_LOCKED: &str = "SELECT id, store_sku_id, quantity_after FROM sync_record
    WHERE merchant_id = $1 AND store_sku_id AMONG $2 AND status = 'PENDING' LOCKED";
const PENDING: &str = "SELECT r.id, r.store_sku_id, r.quantity_after FROM json_each($2) n CROSS JOIN sync_record r
    WHERE r.merchant_id = $1 AND r.store_sku_id = unhex(n.value) AND r.status = 'PENDING' AND r.lease_id IS NULL";
const SET_LEVELS: (&str, &str) = (
    "INSERT INTO stock_level (merchant_id, warehouse_sku_id, warehouse_id, available, version, updated_at)",
    "ON CONFLICT (merchant_id, warehouse_sku_id, warehouse_id) DO UPDATE SET available = excluded.available,
    updated_at = excluded.updated_at, version = stock_level.version + 1",
);
const SKIP: (&str, &str) = (
    "UPDATE sync_record SET status = 'SKIPPED', due_at = NULL, lease_id = NULL, finished_at = n.column4,
    updated_at = n.column4, version = version + 1, superseded_by = n.column3 FROM (",
    ") AS n WHERE merchant_id = n.column1 AND id = n.column2",
);
const INSERT: &str = "INSERT INTO sync_record (merchant_id, id, seq, store_id, marketplace, store_sku_id,
    warehouse_sku_id, warehouse_id, sync_rule_id, rule_name, manual_sync_id, reason, reference, quantity_before,
    movement, quantity_after, is_clamped, status, failure_code, failure_message, attempt_count, due_at, lease_id,
    superseded_by, version, created_at, started_at, finished_at, updated_at)";
const SET_LAST_SYNCS: &str = "UPDATE store_sku SET record_seq = r.seq, last_sync_record_id = r.id,
    last_sync_status = r.status, last_sync_quantity = r.quantity_after, last_sync_reason = r.reason,
    last_sync_at = r.created_at, updated_at = $3
    FROM sync_record r WHERE store_sku.merchant_id = $1 AND r.merchant_id = $1 AND r.store_sku_id = store_sku.id
    AND r.id AMONG $2";
const PRUNE: (&str, &str) = (
    "DELETE FROM sync_record WHERE (merchant_id, id) IN (SELECT r.merchant_id, r.id FROM (",
    ") AS n CROSS JOIN sync_record r WHERE r.merchant_id = n.column1 AND r.store_sku_id = n.column2
    AND r.seq <= n.column3 AND r.status <> 'PENDING')",
);
const ANSWER: &str = "UPDATE idempotency_key SET answer = $4 WHERE merchant_id = $1 AND operation = $2 AND key = $3";

/// Records that are kept of a store SKU.
const KEPT: i64 = 100;
const OPERATION: &str = "recordStockChanges";
/// A store SKU: id, store, marketplace, number of its last record, what was pushed, rule.
type StoreSku = (Uuid, Uuid, String, i64, Option<i32>, Option<Uuid>);

/// What a batch is planned from.
struct Read {
    warehouse: Uuid,
    articles: HashMap<String, Uuid>,
    store_skus: Vec<StoreSku>,
    made_of: HashMap<Uuid, Vec<Uuid>>,
    stock: HashMap<Uuid, i32>,
    rule: (Uuid, String),
    /// Unsent records by store SKU.
    pending: HashMap<Uuid, Uuid>,
}

/// Takes a batch. Returns how many records it made.
pub(crate) async fn take(connection: &mut Connection, merchant: Uuid, call: &Call) -> Result<usize> {
    let now = stock_sync::clock::now();
    connection.begin().await?;
    let key = values![merchant, OPERATION, call.key.as_str(), "0".repeat(64), json!(null), now];
    if connection.run(TAKE_KEY, &key).await? == 0 {
        return Err(bad("the key was taken before"));
    }
    let read = read(connection, merchant, call).await?;
    let levels = call
        .changes
        .iter()
        .map(|(sku, available)| values![merchant, read.articles[sku], read.warehouse, *available, 1_i64, now].to_vec());
    connection.run_rows(SET_LEVELS, &levels.collect::<Vec<_>>()).await?;
    let written = write(connection, merchant, &read, call, now).await?;
    let answer = json!({ "change_count": call.changes.len(), "record_count": written, "failed_trigger_count": 0 });
    let values = values![merchant, OPERATION, call.key.as_str(), answer];
    connection.run(ANSWER, &values).await?;
    connection.commit().await?;
    Ok(written)
}

async fn read(connection: &mut Connection, merchant: Uuid, call: &Call) -> Result<Read> {
    let codes: Vec<String> = call.changes.iter().map(|(sku, _)| sku.clone()).collect();
    let articles: Vec<(Uuid, String)> = connection.rows(ARTICLES, &values![merchant, codes]).await?;
    let warehouse: Option<(Uuid,)> = connection.rows(WAREHOUSES, &values![merchant, WAREHOUSE]).await?.pop();
    let warehouse = warehouse.ok_or_else(|| bad("no warehouse"))?.0;
    let mut ids: Vec<Uuid> = articles.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    if connection.has_locks() {
        let _: Vec<(Uuid,)> = connection.rows(LOCK_ARTICLES, &values![merchant, ids.clone()]).await?;
    }
    let of_articles = values![merchant, ids.clone()];
    let made: Vec<(Uuid,)> = connection.rows(MADE_OF, &of_articles).await?;
    let mut made: Vec<Uuid> = made.into_iter().map(|(id,)| id).collect();
    made.sort_unstable();
    made.dedup();
    let of_made = values![merchant, made];
    let store_skus: Vec<StoreSku> = connection.rows(STORE_SKUS, &of_made).await?;
    let components: Vec<(Uuid, Uuid, i32)> = connection.rows(COMPONENTS, &of_made).await?;
    let levels = values![merchant, ids, warehouse];
    let stock: Vec<(Uuid, i32)> = connection.rows(STOCK, &levels).await?;
    let marked: Vec<(Uuid,)> = connection.rows(MARKED_SHORT, &of_articles).await?;
    let listed: Vec<(Uuid,)> = connection.rows(LISTED, &of_made).await?;
    let rules: Vec<(Uuid, String, i32, i32, String)> = connection.rows(RULES, &values![merchant]).await?;
    let summed: Vec<(Uuid, Uuid)> = connection.rows(SUMMED, &values![merchant]).await?;
    let stores: Vec<(Uuid, String)> = connection.rows(STORES, &values![merchant]).await?;
    // SQLite, which has nothing to lock, would read all that is pending otherwise.
    let pending = match connection.has_locks() {
        true => PENDING_LOCKED,
        false => PENDING,
    };
    let pending: Vec<(Uuid, Uuid, i32)> = connection.rows(pending, &of_made).await?;
    if !marked.is_empty() || listed.len() != store_skus.len() || summed.is_empty() || stores.is_empty() {
        return Err(bad("the catalogue is not as it was made"));
    }
    let rule = rules.into_iter().next().ok_or_else(|| bad("no rule"))?;
    let mut made_of: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for (store_sku, article, _) in components {
        made_of.entry(store_sku).or_default().push(article);
    }
    Ok(Read {
        warehouse,
        articles: articles.into_iter().map(|(id, sku)| (sku, id)).collect(),
        store_skus,
        made_of,
        stock: stock.into_iter().collect(),
        rule: (rule.0, rule.1),
        pending: pending.into_iter().map(|(id, store_sku, _)| (store_sku, id)).collect(),
    })
}

async fn write(
    connection: &mut Connection,
    merchant: Uuid,
    read: &Read,
    call: &Call,
    now: DateTime<Utc>,
) -> Result<usize> {
    let new: HashMap<Uuid, i32> = call
        .changes
        .iter()
        .map(|(sku, available)| (read.articles[sku], *available))
        .collect();
    let (mut skipped, mut records, mut ids, mut too_old) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for store_sku in &read.store_skus {
        let id = Uuid::now_v7();
        if let Some(older) = read.pending.get(&store_sku.0) {
            skipped.push(values![merchant, *older, id, now].to_vec());
        }
        let article = read.made_of[&store_sku.0][0];
        let movement = new[&article] - read.stock[&article];
        records.push(record(
            merchant,
            read,
            store_sku,
            (id, article, new[&article], movement),
            now,
        ));
        ids.push(id);
        too_old.push(values![merchant, store_sku.0, store_sku.3 + 1 - KEPT].to_vec());
    }
    let articles: Vec<Uuid> = new.into_keys().collect();
    connection.run_rows(SKIP, &skipped).await?;
    connection.run_rows((INSERT, ""), &records).await?;
    connection.run(SET_LAST_SYNCS, &values![merchant, ids, now]).await?;
    connection.run_rows(PRUNE, &too_old).await?;
    connection.run(super::REFRESH, &values![merchant, articles]).await?;
    Ok(records.len())
}

fn record(
    merchant: Uuid,
    read: &Read,
    store_sku: &StoreSku,
    (id, article, available, movement): (Uuid, Uuid, i32, i32),
    now: DateTime<Utc>,
) -> Vec<Value> {
    let (store_sku, store, marketplace, seq, pushed, _) = store_sku;
    let (nobody, nothing, never) = (None::<Uuid>, None::<String>, None::<DateTime<Utc>>);
    let mut row = values![merchant, id, seq + 1, *store, marketplace.as_str(), *store_sku].to_vec();
    row.extend(values![
        article,
        read.warehouse,
        read.rule.0,
        read.rule.1.as_str(),
        nobody
    ]);
    row.extend(values![
        "ORDER_SYNCED",
        Some(REFERENCE.to_owned()),
        pushed.unwrap_or(0),
        movement
    ]);
    row.extend(values![
        available,
        false,
        "PENDING",
        nothing.clone(),
        nothing,
        0,
        Some(now)
    ]);
    row.extend(values![nobody, nobody, 1, now, never, never, now]);
    row
}
