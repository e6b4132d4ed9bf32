//! Store SKUs.

use entity::mapping;
use entity::store_sku::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Statement};
use uuid::Uuid;

use crate::db::CHUNK;
use crate::error::Result;

/// The store SKUs of one store with these codes, in no order; a code that nothing has is left out.
///
/// # Errors
/// What the database said.
pub async fn store_skus<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    store: Uuid,
    skus: &[&str],
) -> Result<Vec<Model>> {
    let mut rows = Vec::with_capacity(skus.len());
    for chunk in skus.chunks(CHUNK) {
        let found = Entity::find()
            .filter(Column::MerchantId.eq(merchant))
            .filter(Column::StoreId.eq(store))
            .filter(Column::Sku.is_in(chunk.iter().copied()))
            .all(conn)
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// The store SKUs with these ids, in no order.
///
/// # Errors
/// What the database said.
pub async fn store_skus_by_ids<C: ConnectionTrait>(conn: &C, merchant: Uuid, ids: &[Uuid]) -> Result<Vec<Model>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let found = Entity::find()
            .filter(Column::MerchantId.eq(merchant))
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .all(conn)
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// Writes store SKUs that are new or have new names. The rule and the last sync of those that are there stay as they
/// are.
///
/// # Errors
/// What the database said.
pub async fn upsert_store_skus(tx: &DatabaseTransaction, rows: Vec<Model>) -> Result<()> {
    let columns = [
        Column::ProductName,
        Column::VariationName,
        Column::SearchText,
        Column::UpdatedAt,
    ];
    super::upsert::<Entity>(tx, rows, &[Column::MerchantId, Column::Id], &columns).await
}

/// The store SKUs that are made of any of these warehouse SKUs, in no order, each once.
///
/// # Errors
/// What the database said.
pub async fn made_of<C: ConnectionTrait>(conn: &C, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut ids = Vec::new();
    for chunk in warehouse_skus.chunks(CHUNK) {
        let found = mapping::Entity::find()
            .select_only()
            .column(mapping::Column::StoreSkuId)
            .filter(mapping::Column::MerchantId.eq(merchant))
            .filter(mapping::Column::WarehouseSkuId.is_in(chunk.iter().copied()))
            .into_tuple::<Uuid>()
            .all(conn)
            .await?;
        ids.extend(found);
    }
    // A bundle is found once for each of its components.
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Makes ready store SKUs whose listings changed: a listing may have belonged to another store SKU of the store before, so
/// their sequence goes on above that of every one of them, and they wait as long as any of them is held.
///
/// # Errors
/// What the database said.
pub async fn take_over_listings(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        let places: Vec<String> = (0..chunk.len()).map(|index| format!("${}", index + 2)).collect();
        let sql = TAKE_OVER.replace("{ids}", &places.join(", "));
        let values = [merchant]
            .into_iter()
            .chain(chunk.iter().copied())
            .map(sea_orm::Value::from);
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values))
            .await?;
    }
    Ok(())
}

const TAKE_OVER: &str = "
UPDATE store_sku SET
    sequence_offset = CASE WHEN a.top > sequence_offset + record_seq THEN a.top - record_seq ELSE sequence_offset END,
    held_until = CASE WHEN held_until IS NULL OR a.held > held_until THEN a.held ELSE held_until END
FROM (
    SELECT store_id, MAX(sequence_offset + record_seq) AS top, MAX(held_until) AS held
    FROM store_sku
    WHERE merchant_id = $1
      AND store_id IN (SELECT store_id FROM store_sku WHERE merchant_id = $1 AND id IN ({ids}))
    GROUP BY store_id
) a
WHERE store_sku.merchant_id = $1 AND store_sku.store_id = a.store_id AND store_sku.id IN ({ids})
";
