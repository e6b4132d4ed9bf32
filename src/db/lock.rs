//! Putting writers in line.
//!
//! Whoever plans or finishes syncs first locks the warehouse SKUs that are concerned, then the store SKUs, each set in
//! the order of the ids, and only then reads what it decides by. So two writers that share a SKU run one after the
//! other, the second sees what the first did, and they cannot deadlock. SQLite has one writer at a time anyway; there
//! these locks say nothing.

use entity::{store_sku, warehouse_sku};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder};
use sea_orm::{QuerySelect, QueryTrait, Statement};
use uuid::Uuid;

use super::ids::{among, is_among, list};
use super::rows::read;
use crate::error::Result;

/// Locks warehouse SKUs until the transaction ends. Before [`store_skus`], never after.
///
/// # Errors
/// What the database said.
pub async fn warehouse_skus(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    let backend = tx.get_database_backend();
    if backend == DbBackend::Sqlite || ids.is_empty() {
        return Ok(());
    }
    warehouse_sku::Entity::find()
        .select_only()
        .column(warehouse_sku::Column::Id)
        .filter(warehouse_sku::Column::MerchantId.eq(merchant))
        .filter(among(backend, Expr::col(warehouse_sku::Column::Id), ids))
        .order_by_asc(warehouse_sku::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(tx)
        .await?;
    Ok(())
}

/// Locks the warehouse SKUs that store SKUs are made of until the transaction ends, and returns them. Before
/// [`store_skus`], never after.
///
/// # Errors
/// What the database said.
pub async fn parts(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<Uuid>> {
    let which = "SELECT m.warehouse_sku_id FROM mapping m WHERE m.merchant_id = $1 AND m.store_sku_id";
    locked(tx, which, merchant, store_skus).await
}

/// Locks warehouse SKUs, and those that are components of the same bundles as one of them, until the transaction ends.
/// Before [`store_skus`], never after.
///
/// # Errors
/// What the database said.
pub async fn with_partners(tx: &DatabaseTransaction, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let which = "SELECT unnest(CAST($2 AS uuid[])) UNION SELECT p.warehouse_sku_id FROM mapping m \
         JOIN mapping p ON p.merchant_id = m.merchant_id AND p.store_sku_id = m.store_sku_id \
         WHERE m.merchant_id = $1 AND m.warehouse_sku_id";
    locked(tx, which, merchant, warehouse_skus).await?;
    Ok(())
}

/// Locks the warehouse SKUs whose ids a statement gives that ends in "is one of these ids".
async fn locked(tx: &DatabaseTransaction, which: &str, merchant: Uuid, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let backend = tx.get_database_backend();
    let lock = match backend {
        DbBackend::Sqlite => "",
        _ => "FOR NO KEY UPDATE",
    };
    let sql = format!(
        "SELECT w.id FROM warehouse_sku w WHERE w.merchant_id = $1 AND w.id IN ({which} {}) ORDER BY w.id {lock}",
        is_among(backend, 2)
    );
    let statement = Statement::from_sql_and_values(backend, sql, [merchant.into(), list(backend, ids)]);
    let rows = tx.query_all_raw(statement).await?;
    Ok(rows
        .into_iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?)
}

/// Locks store SKUs until the transaction ends, and reads them, in the order of their ids.
///
/// # Errors
/// What the database said.
pub async fn store_skus(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<Vec<store_sku::Model>> {
    let select = store_sku::Entity::find()
        .filter(store_sku::Column::MerchantId.eq(merchant))
        .filter(among(tx.get_database_backend(), Expr::col(store_sku::Column::Id), ids))
        .order_by_asc(store_sku::Column::Id)
        .lock(LockType::NoKeyUpdate);
    read(tx, select.into_query()).await
}

/// Locks store SKUs until the transaction ends, without reading them.
///
/// # Errors
/// What the database said.
pub async fn store_sku_ids(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    let backend = tx.get_database_backend();
    if backend == DbBackend::Sqlite {
        return Ok(());
    }
    store_sku::Entity::find()
        .select_only()
        .column(store_sku::Column::Id)
        .filter(store_sku::Column::MerchantId.eq(merchant))
        .filter(among(backend, Expr::col(store_sku::Column::Id), ids))
        .order_by_asc(store_sku::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(tx)
        .await?;
    Ok(())
}
