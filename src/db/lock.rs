//! Putting writers in line.
//!
//! Whoever plans or finishes syncs first locks the warehouse SKUs that are concerned, then the store SKUs, each set in
//! the order of the ids, and only then reads what it decides by. So two writers that share a SKU run one after the
//! other, and the second sees what the first did. SQLite has one writer at a time anyway; there these locks say nothing.
//!
//! PostgreSQL finds out which warehouse SKUs to lock before it waits for them. A mapping that was changed in the meantime
//! is noticed when all is locked, as a conflict, after which the transaction is run again.
//!
//! # Not guaranteed
//!
//! That no two writers deadlock: whoever holds back the new owner of a listing whose call was cut ([`super::finish::hold`])
//! has not locked that before. PostgreSQL ends one of the two, which is run again.

use entity::{store_sku, warehouse_sku};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder};
use sea_orm::{QuerySelect, QueryTrait, Statement};
use uuid::Uuid;

use super::Owned;
use super::ids::{among, is_among, list};
use super::rows::read;
use crate::error::{Error, Result};

/// Locks warehouse SKUs until the transaction ends. Before [`store_skus`], never after.
///
/// # Errors
/// What the database said.
pub async fn warehouse_skus(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    rows::<warehouse_sku::Entity>(tx, merchant, ids).await
}

/// Locks store SKUs until the transaction ends, without reading them.
///
/// # Errors
/// What the database said.
pub async fn store_sku_ids(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    rows::<store_sku::Entity>(tx, merchant, ids).await
}

async fn rows<E: Owned>(tx: &DatabaseTransaction, merchant: Uuid, ids: &[Uuid]) -> Result<()> {
    let backend = tx.get_database_backend();
    if backend == DbBackend::Sqlite || ids.is_empty() {
        return Ok(());
    }
    E::find()
        .select_only()
        .column(E::ID)
        .filter(E::MERCHANT.eq(merchant))
        .filter(among(backend, E::ID.into_expr(), ids))
        .order_by_asc(E::ID)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(tx)
        .await?;
    Ok(())
}

/// Locks store SKUs until the transaction ends, and before them the warehouse SKUs that they are made of, which it returns.
///
/// # Errors
/// [`Error::Conflict`] when what they are made of was changed in the meantime; what the database said.
pub async fn store_skus_and_parts(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<Uuid>> {
    let locked = parts(tx, merchant, store_skus).await?;
    store_sku_ids(tx, merchant, store_skus).await?;
    let backend = tx.get_database_backend();
    if backend == DbBackend::Sqlite {
        return Ok(locked);
    }
    let sql = format!(
        "SELECT 1 FROM mapping WHERE merchant_id = $1 AND store_sku_id {} AND NOT warehouse_sku_id {} LIMIT 1",
        is_among(backend, 2),
        is_among(backend, 3)
    );
    let values = [merchant.into(), list(backend, store_skus), list(backend, &locked)];
    let other = tx.query_one_raw(Statement::from_sql_and_values(backend, sql, values));
    match other.await? {
        None => Ok(locked),
        Some(_) => Err(remapped()),
    }
}

/// That all of these parts of store SKUs are among those that were locked.
///
/// # Errors
/// [`Error::Conflict`] when one is not.
pub(super) fn has_all(tx: &DatabaseTransaction, locked: &[Uuid], mut parts: impl Iterator<Item = Uuid>) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    // In the order of the ids.
    match parts.all(|part| locked.binary_search(&part).is_ok()) {
        true => Ok(()),
        false => Err(remapped()),
    }
}

fn remapped() -> Error {
    Error::Conflict("a mapping was changed while its SKUs were waited for".to_owned())
}

/// Locks the warehouse SKUs that store SKUs are made of until the transaction ends, and returns them in the order of the
/// ids. Before [`store_skus`], never after.
///
/// # Errors
/// What the database said.
pub async fn parts(tx: &DatabaseTransaction, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<Uuid>> {
    let which = "SELECT m.warehouse_sku_id FROM mapping m WHERE m.merchant_id = $1 AND m.store_sku_id";
    locked(tx, which, merchant, store_skus).await
}

/// Locks warehouse SKUs, and those that are components of the same bundles as one of them, until the transaction ends; in
/// the order of the ids, but none where nothing has to be locked. Before [`store_skus`], never after.
///
/// # Errors
/// What the database said.
pub async fn with_partners(tx: &DatabaseTransaction, merchant: Uuid, warehouse_skus: &[Uuid]) -> Result<Vec<Uuid>> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(Vec::new());
    }
    let which = "SELECT unnest(CAST($2 AS uuid[])) UNION SELECT p.warehouse_sku_id FROM mapping m \
         JOIN mapping p ON p.merchant_id = m.merchant_id AND p.store_sku_id = m.store_sku_id \
         WHERE m.merchant_id = $1 AND m.warehouse_sku_id";
    locked(tx, which, merchant, warehouse_skus).await
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
