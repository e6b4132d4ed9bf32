//! What warehouse SKUs show of their store SKUs' last syncs.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use uuid::Uuid;

use super::ids::{is_among, list};
use crate::error::Result;

/// Brings the last-sync columns of warehouse SKUs up to date: the aggregate status over their store SKUs, and quantity,
/// reason and time of the newest of these syncs. Those without any stay as they are: see [`clear_warehouse_skus`]. The
/// caller holds the locks of the warehouse SKUs.
///
/// # Errors
/// What the database said.
pub async fn refresh_warehouse_skus(tx: &DatabaseTransaction, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<()> {
    if warehouse_skus.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let sql = REFRESH.replace("{among}", &is_among(backend, 2));
    let values = [merchant.into(), list(backend, warehouse_skus)];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// Takes the last sync of those warehouse SKUs away of which nothing that was synced is made any more. Only a change of
/// mappings can do that. The caller holds their locks.
///
/// # Errors
/// What the database said.
pub async fn clear_warehouse_skus(tx: &DatabaseTransaction, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<()> {
    if warehouse_skus.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let sql = CLEAR.replace("{among}", &is_among(backend, 2));
    let never: DateTime<Utc> = DateTime::UNIX_EPOCH;
    let values = [merchant.into(), list(backend, warehouse_skus), never.into()];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

const CLEAR: &str = "
UPDATE warehouse_sku SET last_sync_status = NULL, last_sync_quantity = 0, last_sync_reason = NULL, last_sync_at = $3
WHERE merchant_id = $1 AND id {among} AND last_sync_status IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM mapping m
    JOIN store_sku s ON s.merchant_id = m.merchant_id AND s.id = m.store_sku_id
    WHERE m.merchant_id = $1 AND m.warehouse_sku_id = warehouse_sku.id AND s.last_sync_status IS NOT NULL)";

/// The statuses agree when the least and the greatest are the same; PENDING beats all.
const REFRESH: &str = "
UPDATE warehouse_sku SET
    last_sync_status = a.status,
    last_sync_quantity = a.quantity,
    last_sync_reason = a.reason,
    last_sync_at = a.at
FROM (
    SELECT
        warehouse_sku_id,
        CASE WHEN pending > 0 THEN 'PENDING' WHEN least = greatest THEN least ELSE 'PARTIALLY_FAILED' END AS status,
        quantity, reason, at
    FROM (
        SELECT
            m.warehouse_sku_id,
            SUM(CASE WHEN s.last_sync_status = 'PENDING' THEN 1 ELSE 0 END) OVER each AS pending,
            MIN(s.last_sync_status) OVER each AS least,
            MAX(s.last_sync_status) OVER each AS greatest,
            ROW_NUMBER() OVER (PARTITION BY m.warehouse_sku_id ORDER BY s.last_sync_at DESC, s.id DESC) AS place,
            s.last_sync_quantity AS quantity, s.last_sync_reason AS reason, s.last_sync_at AS at
        FROM mapping m
        JOIN store_sku s ON s.merchant_id = m.merchant_id AND s.id = m.store_sku_id
        WHERE m.merchant_id = $1 AND m.warehouse_sku_id {among} AND s.last_sync_status IS NOT NULL
        WINDOW each AS (PARTITION BY m.warehouse_sku_id)
    ) ranked
    WHERE place = 1
) a
WHERE warehouse_sku.merchant_id = $1 AND warehouse_sku.id = a.warehouse_sku_id
";
