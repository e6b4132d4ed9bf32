//! What server and loop leave in the database has to be the same, row for row but for ids and times. The loop keeps no tally
//! of records; the server's has to be that of its records.

use super::world::World;
use crate::{Result, bad};

/// Counts and sums of everything that either writes.
const SUMS: [&str; 7] = [
    "SELECT 'records ' || status || ' ' || count(*) || ' ' || sum(version) || ' ' || sum(attempt_count) || ' '
        || sum(quantity_before) || ' ' || sum(movement) || ' ' || sum(quantity_after) || ' ' || sum(seq) || ' '
        || count(started_at) || ' ' || count(finished_at) || ' ' || count(superseded_by) || ' ' || count(reference)
        FROM sync_record GROUP BY status ORDER BY status",
    "SELECT 'most records ' || max(number) || ' of ' || count(*) FROM
        (SELECT count(*) AS number FROM sync_record GROUP BY merchant_id, store_sku_id) each_one",
    "SELECT 'attempts ' || outcome || ' ' || count(*) || ' ' || sum(length(request)) || ' ' || sum(length(response))
        || ' ' || sum(http_status) FROM sync_attempt GROUP BY outcome ORDER BY outcome",
    "SELECT 'store SKUs ' || last_sync_status || ' ' || count(*) || ' ' || sum(record_seq) || ' '
        || sum(last_sync_quantity) || ' ' || sum(pushed_quantity) || ' ' || count(last_sync_record_id)
        FROM store_sku GROUP BY last_sync_status ORDER BY last_sync_status",
    "SELECT 'warehouse SKUs ' || last_sync_status || ' ' || count(*) || ' ' || sum(last_sync_quantity)
        FROM warehouse_sku GROUP BY last_sync_status ORDER BY last_sync_status",
    "SELECT 'stock ' || count(*) || ' ' || sum(available) || ' ' || sum(version) FROM stock_level",
    "SELECT 'keys ' || count(*) || ' ' || coalesce(sum(length(request_hash)), 0) FROM idempotency_key",
];

/// Stores and statuses of which the tally says something else than the records.
const UNTOLD: &str = "SELECT 'status ' || status || ' ' || sum(number) FROM (
        SELECT merchant_id, store_id, status, count(*) AS number FROM sync_record GROUP BY merchant_id, store_id, status
        UNION ALL SELECT merchant_id, store_id, status, -matching FROM sync_record_tally) each_one
    GROUP BY merchant_id, store_id, status HAVING sum(number) <> 0";

/// Compares two worlds.
pub(crate) async fn same(engine: &World, plain: &World) -> Result<()> {
    let untold = engine.pool.texts(UNTOLD).await?;
    if !untold.is_empty() {
        return Err(bad(format!(
            "the tally is not that of the records:\n  {}",
            untold.join("\n  ")
        )));
    }
    let (of_engine, of_loop) = (state(engine).await?, state(plain).await?);
    match of_engine == of_loop {
        true => Ok(()),
        false => Err(bad(format!(
            "server and loop leave different things:\n  {}\n  {}",
            of_engine.join("\n  "),
            of_loop.join("\n  ")
        ))),
    }
}

async fn state(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for sql in SUMS {
        all.extend(world.pool.texts(sql).await?);
    }
    Ok(all)
}
