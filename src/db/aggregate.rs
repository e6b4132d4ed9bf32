//! What warehouse SKUs show of their store SKUs' last syncs.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use uuid::Uuid;

use super::ids::{is_among, list};
use crate::error::Result;

/// Brings the last-sync columns of warehouse SKUs up to date: the aggregate status over their store SKUs, and quantity,
/// reason and time of the newest of these syncs; or what stands for no sync where no store SKU is made of one any more. The
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
    let values = [
        merchant.into(),
        list(backend, warehouse_skus),
        DateTime::<Utc>::UNIX_EPOCH.into(),
    ];
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await?;
    Ok(())
}

/// The statuses agree when the least and the greatest are the same; PENDING beats all.
const REFRESH: &str = "
UPDATE warehouse_sku SET
    last_sync_status = a.status,
    last_sync_quantity = COALESCE(a.quantity, 0),
    last_sync_reason = a.reason,
    last_sync_at = COALESCE(a.at, $3)
FROM warehouse_sku w LEFT JOIN (
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
) a ON a.warehouse_sku_id = w.id
WHERE w.merchant_id = $1 AND w.id {among} AND warehouse_sku.merchant_id = $1 AND warehouse_sku.id = w.id
";
