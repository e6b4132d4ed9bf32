//! What the catalogue is made of, by the merchant's own codes: look-ups and writes.
//!
//! Whoever changes the catalogue or the rules takes [`lock`] first, so that the changes of one merchant run one after
//! the other: what was looked up by its code is still there when it is written, and two callers who send the same new
//! code at once make one row. Lock order: this one, then [`super::lock::warehouse_skus`], then
//! [`super::lock::store_skus`].

mod parts;
mod store_skus;
mod stores;
mod warehouses;

pub use parts::{
    components, components_with, delete_components, delete_listings, insert_components, listings, listings_at,
    upsert_listings,
};
pub use store_skus::{made_of, store_skus, store_skus_by_ids, take_over_listings, upsert_store_skus};
pub use stores::{stores, upsert_connected_stores, upsert_stores, with_store_skus};
pub use warehouses::{ids_by_code, mark_short, upsert_warehouse_skus, upsert_warehouses, warehouse_skus, warehouses};

use entity::merchant;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelBehavior, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use super::CHUNK;
use crate::error::Result;

/// Puts changes of the merchant's catalogue and rules in line until the transaction ends. Stock changes and pushes do
/// not wait for it. On SQLite, which has one writer at a time anyway, it says nothing.
///
/// # Errors
/// What the database said.
pub async fn lock(tx: &DatabaseTransaction, merchant: Uuid) -> Result<()> {
    merchant::Entity::find()
        .select_only()
        .column(merchant::Column::Id)
        .filter(merchant::Column::Id.eq(merchant))
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .one(tx)
        .await?;
    Ok(())
}

/// The rows of one merchant whose `column` holds one of `words`.
async fn by_words<E, C>(
    conn: &C,
    merchant: (E::Column, Uuid),
    column: E::Column,
    words: impl IntoIterator<Item = &str>,
) -> Result<Vec<E::Model>>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let words: Vec<&str> = words.into_iter().collect();
    let mut rows = Vec::with_capacity(words.len());
    for chunk in words.chunks(CHUNK) {
        let found = E::find()
            .filter(merchant.0.eq(merchant.1))
            .filter(column.is_in(chunk.iter().copied()))
            .all(conn)
            .await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// Inserts rows; where the primary key is already there, takes over `columns` and leaves the others as they are.
async fn upsert<E>(
    tx: &DatabaseTransaction,
    rows: Vec<E::Model>,
    primary_key: &[E::Column],
    columns: &[E::Column],
) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelBehavior + Send,
{
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<E::Model> = rows.by_ref().take(CHUNK).collect();
        let on_conflict = OnConflict::columns(primary_key.iter().copied())
            .update_columns(columns.iter().copied())
            .to_owned();
        E::insert_many(chunk.into_iter().map(IntoActiveModel::into_active_model))
            .on_conflict(on_conflict)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}
