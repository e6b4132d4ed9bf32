//! What belongs to a store SKU: its listings, and the components that it is made of.

use std::collections::HashMap;

use entity::{listing, mapping};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QueryTrait,
};
use uuid::Uuid;

use crate::db::CHUNK;
use crate::db::ids::among;
use crate::db::rows::{Reads, read};
use crate::error::Result;

/// The listings of store SKUs, each store SKU's in their order.
///
/// # Errors
/// What the database said.
pub async fn listings<R: Reads>(reads: &R, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<listing::Model>> {
    use listing::Column;
    let backend = reads.backend();
    let select = listing::Entity::find()
        .filter(Column::MerchantId.eq(merchant))
        .filter(among(backend, Expr::col(Column::StoreSkuId), store_skus))
        .order_by_asc(Column::StoreSkuId)
        .order_by_asc(Column::Position);
    read(reads, select.into_query()).await
}

/// The listings of one store that are at any of these marketplace products.
///
/// # Errors
/// What the database said.
pub async fn listings_at<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    store: Uuid,
    products: &[&str],
) -> Result<Vec<listing::Model>> {
    use listing::Column;
    let mut rows = Vec::new();
    for chunk in products.chunks(CHUNK) {
        let found = listing::Entity::find()
            .filter(Column::MerchantId.eq(merchant))
            .filter(Column::StoreId.eq(store))
            .filter(Column::ProductId.is_in(chunk.iter().copied()))
            .all(conn)
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// Writes listings that are new or stand at another position.
///
/// # Errors
/// What the database said, a listing that another store SKU of the store has included.
pub async fn upsert_listings(tx: &DatabaseTransaction, rows: Vec<listing::Model>) -> Result<()> {
    use listing::Column;
    super::upsert::<listing::Entity>(tx, rows, &[Column::MerchantId, Column::Id], &[Column::Position]).await
}

/// Deletes listings. Attempts that were made for them keep what they were.
///
/// # Errors
/// What the database said.
pub async fn delete_listings(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    use listing::Column;
    for chunk in ids.chunks(CHUNK) {
        listing::Entity::delete_many()
            .filter(Column::MerchantId.eq(merchant))
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// The components of store SKUs, each store SKU's in their order.
///
/// # Errors
/// What the database said.
pub async fn components<R: Reads>(reads: &R, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<mapping::Model>> {
    let backend = reads.backend();
    let which = among(backend, Expr::col(mapping::Column::StoreSkuId), store_skus);
    mappings(reads, merchant, which).await
}

/// The components of all store SKUs that are made of any of these warehouse SKUs, by store SKU and in the order of the
/// positions: warehouse SKU and units.
///
/// # Errors
/// What the database said.
pub async fn components_with<R: Reads>(
    reads: &R,
    merchant: Uuid,
    warehouse_skus: &[Uuid],
) -> Result<HashMap<Uuid, Vec<(Uuid, i32)>>> {
    use mapping::Column;
    let backend = reads.backend();
    let made_of = Query::select()
        .column(Column::StoreSkuId)
        .from(mapping::Entity)
        .and_where(Column::MerchantId.eq(merchant))
        .and_where(among(backend, Expr::col(Column::WarehouseSkuId), warehouse_skus))
        .take();
    let which = Expr::col((mapping::Entity, Column::StoreSkuId)).in_subquery(made_of);
    let mut components: HashMap<Uuid, Vec<(Uuid, i32)>> = HashMap::new();
    for row in mappings(reads, merchant, which).await? {
        let of_sku = components.entry(row.store_sku_id).or_default();
        of_sku.push((row.warehouse_sku_id, row.quantity));
    }
    Ok(components)
}

async fn mappings<R: Reads>(reads: &R, merchant: Uuid, which: Expr) -> Result<Vec<mapping::Model>> {
    use mapping::Column;
    let select = mapping::Entity::find()
        .filter(Column::MerchantId.eq(merchant))
        .filter(which)
        .order_by_asc(Column::StoreSkuId)
        .order_by_asc(Column::Position);
    read(reads, select.into_query()).await
}

/// Inserts components.
///
/// # Errors
/// What the database said.
pub async fn insert_components(tx: &DatabaseTransaction, rows: Vec<mapping::Model>) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(mapping::Model::into_active_model);
        mapping::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Deletes all components of store SKUs.
///
/// # Errors
/// What the database said.
pub async fn delete_components(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<()> {
    use mapping::Column;
    for chunk in store_skus.chunks(CHUNK) {
        mapping::Entity::delete_many()
            .filter(Column::MerchantId.eq(merchant))
            .filter(Column::StoreSkuId.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}
