//! The planning backlog: portions of large syncs that wait to be planned.
//!
//! A portion is taken and removed in the transaction that plans it, so it is planned once however many processes work
//! at the backlog, and is there again when one of them dies.

use std::collections::BTreeSet;

use entity::mapping;
use entity::planning_backlog::{self as table, Model};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::error::Result;

/// Portions of one insert.
const INSERT_CHUNK: usize = 100;

/// The same store SKUs in the order in which they are best planned: those that are made of one warehouse SKU together,
/// so that its aggregate is computed for one portion and not for many, and so that every store has something to push
/// from the start. Reads which warehouse SKUs all of the merchant's are made of, in the order of an index.
///
/// # Errors
/// What the database said.
pub async fn in_order<C: ConnectionTrait>(conn: &C, merchant: Uuid, store_skus: &[Uuid]) -> Result<Vec<Uuid>> {
    let mapped = mapping::Entity::find()
        .select_only()
        .column(mapping::Column::StoreSkuId)
        .filter(mapping::Column::MerchantId.eq(merchant))
        .order_by_asc(mapping::Column::WarehouseSkuId)
        .order_by_asc(mapping::Column::StoreSkuId)
        .into_tuple::<Uuid>()
        .all(conn)
        .await?;
    let mut ordered = Vec::with_capacity(store_skus.len());
    let mut rest: BTreeSet<Uuid> = store_skus.iter().copied().collect();
    // A bundle is there once for each of its components.
    ordered.extend(mapped.into_iter().filter(|store_sku| rest.remove(store_sku)));
    ordered.extend(rest);
    Ok(ordered)
}

/// Adds portions.
///
/// # Errors
/// What the database said.
pub async fn add(tx: &DatabaseTransaction, portions: Vec<Model>) -> Result<()> {
    let mut portions = portions.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while portions.peek().is_some() {
        table::Entity::insert_many(portions.by_ref().take(INSERT_CHUNK))
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// The merchants that have something in the backlog.
///
/// # Errors
/// What the database said.
pub async fn merchants<C: ConnectionTrait>(conn: &C) -> Result<Vec<Uuid>> {
    let merchants = table::Entity::find()
        .select_only()
        .column(table::Column::MerchantId)
        .distinct()
        .into_tuple::<Uuid>()
        .all(conn)
        .await?;
    Ok(merchants)
}

/// The merchant's oldest portion, locked until the transaction ends. One that another process is planning is passed
/// over.
///
/// # Errors
/// What the database said.
pub async fn take(tx: &DatabaseTransaction, merchant: Uuid) -> Result<Option<Model>> {
    let portion = table::Entity::find()
        .filter(table::Column::MerchantId.eq(merchant))
        .order_by_asc(table::Column::Id)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(tx)
        .await?;
    Ok(portion)
}

/// Removes a portion that was taken in the same transaction.
///
/// # Errors
/// What the database said.
pub async fn remove(tx: &DatabaseTransaction, portion: Model) -> Result<()> {
    portion.delete(tx).await?;
    Ok(())
}

/// Whether anything of a manual sync is still to be planned.
///
/// # Errors
/// What the database said.
pub async fn is_left<C: ConnectionTrait>(conn: &C, merchant: Uuid, manual_sync: Uuid) -> Result<bool> {
    let one = table::Entity::find()
        .select_only()
        .column(table::Column::Id)
        .filter(table::Column::MerchantId.eq(merchant))
        .filter(table::Column::ManualSyncId.eq(manual_sync))
        .limit(1)
        .into_tuple::<Uuid>()
        .one(conn)
        .await?;
    Ok(one.is_some())
}
