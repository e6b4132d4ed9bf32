//! Store SKUs.

use entity::mapping;
use entity::store_sku::{Column, Entity, Model};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
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
