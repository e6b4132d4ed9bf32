//! Pushing without a marketplace: records of a store are claimed, what would be sent is read, and what came of it is
//! written, in batches of the server's size.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Connection, Value, values};
use crate::Result;

/// What the server claims at once of a store that it knows, and writes at once.
const CLAIMED: i64 = 200;
const WRITTEN: usize = 50;

const DUE: &str = "SELECT DISTINCT r.merchant_id, r.store_id FROM sync_record r
    JOIN store s ON s.merchant_id = r.merchant_id AND s.id = r.store_id
    WHERE r.status = 'PENDING' AND s.connection_status = 'CONNECTED'";
const STORE: &str = "SELECT code, endpoint FROM store WHERE merchant_id = $1 AND id = $2";
const CLAIM: &str = "WITH due AS MATERIALIZED (
        SELECT c.id FROM sync_record c
        WHERE c.merchant_id = $1 AND c.store_id = $2 AND c.status = 'PENDING' AND c.lease_id IS NULL AND c.due_at <= $5
        AND c.store_sku_id NOT IN (SELECT f.store_sku_id FROM sync_record f WHERE f.merchant_id = $1
            AND f.store_id = $2 AND f.status = 'PENDING' AND f.lease_id IS NOT NULL)
        ORDER BY c.due_at, c.id LIMIT $6 PASSING_OVER)
    UPDATE sync_record SET lease_id = $3, due_at = $4, started_at = COALESCE(started_at, $5), updated_at = $5,
        version = version + 1
    WHERE merchant_id = $1 AND id IN (SELECT id FROM due)
    RETURNING id, store_sku_id, seq, quantity_after, attempt_count";
const CODES: &str = "SELECT id, sku, sequence_offset FROM store_sku WHERE merchant_id = $1 AND id AMONG $2";
const LISTINGS: &str = "SELECT id, store_sku_id, product_id, variant_id, location_id FROM listing
    WHERE merchant_id = $1 AND store_sku_id AMONG $2 ORDER BY position";
const PARTS: &str = "SELECT DISTINCT warehouse_sku_id FROM mapping WHERE merchant_id = $1 AND store_sku_id AMONG $2";
const LOCK_ARTICLES: &str = "SELECT id FROM warehouse_sku WHERE merchant_id = $1 AND id AMONG $2 ORDER BY id LOCKED";
const LOCK_STORE_SKUS: &str = "SELECT id FROM store_sku WHERE merchant_id = $1 AND id AMONG $2 ORDER BY id LOCKED";
const HELD: &str = "SELECT id, store_sku_id FROM sync_record WHERE merchant_id = $1 AND store_sku_id AMONG $2
    AND status = 'PENDING' AND lease_id = $3 LOCKED";
const HELD_UNLOCKED: &str = "SELECT r.id, r.store_sku_id FROM json_each($2) n CROSS JOIN sync_record r
    WHERE r.merchant_id = $1 AND r.store_sku_id = unhex(n.value) AND r.status = 'PENDING' AND r.lease_id IS NOT NULL
    AND r.lease_id = $3";
const ATTEMPTS: &str = "INSERT INTO sync_attempt (merchant_id, id, sync_record_id, listing_id, product_id, variant_id,
    location_id, attempt_number, outcome, failure_code, message, http_status, request, response, retry_at, started_at,
    finished_at)";
const FINISH: &str = "UPDATE sync_record SET status = 'SUCCESS', lease_id = NULL, due_at = NULL, attempt_count = 1,
    failure_code = NULL, failure_message = NULL, finished_at = $3, updated_at = $3, version = version + 1
    WHERE merchant_id = $1 AND id AMONG $2";
const SET_PUSHED: &str = "UPDATE store_sku SET pushed_quantity = r.quantity_after,
    last_sync_status = CASE WHEN last_sync_record_id = r.id THEN r.status ELSE last_sync_status END,
    last_sync_at = CASE WHEN last_sync_record_id = r.id THEN $3 ELSE last_sync_at END, updated_at = $3
    FROM sync_record r WHERE store_sku.merchant_id = $1 AND r.merchant_id = $1 AND store_sku.id = r.store_sku_id
    AND r.id AMONG $2";

/// A record that is claimed: id, store SKU, number, quantity, attempts so far.
type Claimed = (Uuid, Uuid, i64, i32, i32);

/// What is written down of a record.
type Listing = (Uuid, Uuid, String, String, String);

/// The stores that have something to push.
pub(crate) async fn due(connection: &mut Connection) -> Result<Vec<(Uuid, Uuid)>> {
    connection.rows(DUE, &[]).await
}

/// Claims and finishes what a store has, to its end. Returns how many records that were.
pub(crate) async fn drain(connection: &mut Connection, (merchant, store): (Uuid, Uuid)) -> Result<usize> {
    let mut pushed = 0;
    loop {
        let lease = Uuid::now_v7();
        let claimed = claim(connection, merchant, store, lease).await?;
        if claimed.is_empty() {
            return Ok(pushed);
        }
        let store_skus: Vec<Uuid> = claimed.iter().map(|record| record.1).collect();
        let of_all = values![merchant, store_skus];
        let codes: Vec<(Uuid, String, i64)> = connection.rows(CODES, &of_all).await?;
        let codes: HashMap<Uuid, String> = codes.into_iter().map(|(id, sku, _)| (id, sku)).collect();
        let listings: Vec<Listing> = connection.rows(LISTINGS, &of_all).await?;
        let listings: HashMap<Uuid, Listing> = listings.into_iter().map(|row| (row.1, row)).collect();
        for batch in claimed.chunks(WRITTEN) {
            let attempts: Vec<Vec<Value>> = batch
                .iter()
                .map(|record| attempt(merchant, record, &codes[&record.1], &listings[&record.1]))
                .collect();
            finish(connection, merchant, lease, batch, &attempts).await?;
            pushed += batch.len();
        }
    }
}

async fn claim(connection: &mut Connection, merchant: Uuid, store: Uuid, lease: Uuid) -> Result<Vec<Claimed>> {
    let now = stock_sync::clock::now();
    let until = now + TimeDelta::seconds(30);
    connection.begin().await?;
    let _: Vec<(String, Option<String>)> = connection.rows(STORE, &values![merchant, store]).await?;
    let values = values![merchant, store, lease, until, now, CLAIMED];
    let claimed = connection.rows(CLAIM, &values).await?;
    connection.commit().await?;
    Ok(claimed)
}

async fn finish(
    connection: &mut Connection,
    merchant: Uuid,
    lease: Uuid,
    batch: &[Claimed],
    attempts: &[Vec<Value>],
) -> Result<()> {
    let now = stock_sync::clock::now();
    let store_skus: Vec<Uuid> = batch.iter().map(|record| record.1).collect();
    connection.begin().await?;
    let of_batch = values![merchant, store_skus.clone()];
    let parts: Vec<(Uuid,)> = connection.rows(PARTS, &of_batch).await?;
    let parts: Vec<Uuid> = parts.into_iter().map(|(id,)| id).collect();
    if connection.has_locks() {
        let of_parts = values![merchant, parts.clone()];
        let _: Vec<(Uuid,)> = connection.rows(LOCK_ARTICLES, &of_parts).await?;
        let _: Vec<(Uuid,)> = connection.rows(LOCK_STORE_SKUS, &of_batch).await?;
    }
    // SQLite, which has nothing to lock, would read all that is pending otherwise.
    let held = match connection.has_locks() {
        true => HELD,
        false => HELD_UNLOCKED,
    };
    let held: Vec<(Uuid, Uuid)> = connection.rows(held, &values![merchant, store_skus, lease]).await?;
    let ids: Vec<Uuid> = held.into_iter().map(|(id, _)| id).collect();
    connection.run_rows((ATTEMPTS, ""), attempts).await?;
    let finished = values![merchant, ids, now];
    connection.run(FINISH, &finished).await?;
    connection.run(SET_PUSHED, &finished).await?;
    connection.run(super::REFRESH, &values![merchant, parts]).await?;
    connection.commit().await
}

/// The evidence of a call, with the texts that the server would have sent and got.
fn attempt(merchant: Uuid, record: &Claimed, sku: &str, listing: &Listing) -> Vec<Value> {
    let at = stock_sync::clock::now();
    let item = format!("{}-0", record.0.simple());
    let request = format!(
        "{{\"id\":\"{item}\",\"sku\":\"{sku}\",\"productId\":\"{}\",\"variantId\":null,\"locationId\":null,\
         \"quantity\":{},\"sequence\":{}}}",
        listing.2, record.3, record.2
    );
    let response = format!("{{\"id\":\"{item}\",\"status\":\"ok\"}}");
    let (nothing, never) = (None::<String>, None::<DateTime<Utc>>);
    let mut row = values![merchant, Uuid::now_v7(), record.0, listing.0, listing.2.as_str()].to_vec();
    row.extend(values![listing.3.as_str(), listing.4.as_str(), record.4 + 1, "APPLIED"]);
    row.extend(values![
        nothing.clone(),
        nothing,
        200,
        request,
        Some(response),
        never,
        at,
        at
    ]);
    row
}
