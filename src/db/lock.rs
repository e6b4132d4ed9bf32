//! Putting writers in line.
//!
//! Whoever plans or finishes syncs first locks the warehouse SKUs that are concerned, then the store SKUs, each set in
//! the order of the ids, and only then reads what it decides by. So two writers that share a SKU run one after the
//! other, the second sees what the first did, and they cannot deadlock. SQLite has one writer at a time anyway; there
//! these locks say nothing.

use entity::{store_sku, warehouse_sku};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::CHUNK;
use crate::error::Result;

/// Locks warehouse SKUs until the transaction ends. Before [`store_skus`], never after.
///
/// # Errors
/// What the database said.
pub async fn warehouse_skus(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    for chunk in in_order(ids).chunks(CHUNK) {
        warehouse_sku::Entity::find()
            .select_only()
            .column(warehouse_sku::Column::Id)
            .filter(warehouse_sku::Column::MerchantId.eq(merchant))
            .filter(warehouse_sku::Column::Id.is_in(chunk.iter().copied()))
            .order_by_asc(warehouse_sku::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .into_tuple::<Uuid>()
            .all(tx)
            .await?;
    }
    Ok(())
}

/// Locks store SKUs until the transaction ends, and reads them.
///
/// # Errors
/// What the database said.
pub async fn store_skus(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<Vec<store_sku::Model>> {
    let mut rows = Vec::with_capacity(ids.len());
    for chunk in in_order(ids).chunks(CHUNK) {
        let found = store_sku::Entity::find()
            .filter(store_sku::Column::MerchantId.eq(merchant))
            .filter(store_sku::Column::Id.is_in(chunk.iter().copied()))
            .order_by_asc(store_sku::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(tx)
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// Locks store SKUs until the transaction ends, without reading them.
///
/// # Errors
/// What the database said.
pub async fn store_sku_ids(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    for chunk in in_order(ids).chunks(CHUNK) {
        store_sku::Entity::find()
            .select_only()
            .column(store_sku::Column::Id)
            .filter(store_sku::Column::MerchantId.eq(merchant))
            .filter(store_sku::Column::Id.is_in(chunk.iter().copied()))
            .order_by_asc(store_sku::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .into_tuple::<Uuid>()
            .all(tx)
            .await?;
    }
    Ok(())
}

fn in_order(ids: &[Uuid]) -> Vec<Uuid> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids
}
