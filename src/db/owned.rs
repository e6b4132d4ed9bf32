//! Rows that belong to one merchant, looked up by their ids.

use std::collections::HashMap;

use entity::{
    failed_trigger, listing, manual_sync, store, store_sku, sync_attempt, sync_record, sync_rule, warehouse,
    warehouse_sku,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryTrait};
use uuid::Uuid;

use super::ids::among;
use super::rows::{Positional, Reads, read};
use crate::error::Result;

/// An entity whose primary key is the merchant and an id.
pub trait Owned: EntityTrait<Model: Positional> {
    /// The merchant, the first part of the primary key.
    const MERCHANT: Self::Column;
    /// The id, the second part.
    const ID: Self::Column;

    /// The id of a row.
    fn id(row: &Self::Model) -> Uuid;
}

macro_rules! owned {
    ($($entity:ident),+ $(,)?) => {$(
        impl Owned for $entity::Entity {
            const MERCHANT: $entity::Column = $entity::Column::MerchantId;
            const ID: $entity::Column = $entity::Column::Id;

            fn id(row: &$entity::Model) -> Uuid {
                row.id
            }
        }
    )+};
}

owned!(
    failed_trigger,
    listing,
    manual_sync,
    store,
    store_sku,
    sync_attempt,
    sync_record,
    sync_rule,
    warehouse,
    warehouse_sku,
);

/// The merchant's row with this id, where there is one.
///
/// # Errors
/// What the database said.
pub async fn find<E, C>(conn: &C, merchant: Uuid, id: Uuid) -> Result<Option<E::Model>>
where
    E: Owned,
    C: ConnectionTrait,
{
    let row = E::find().filter(E::MERCHANT.eq(merchant)).filter(E::ID.eq(id));
    Ok(row.one(conn).await?)
}

/// The merchant's rows with these ids. Ids of nothing, and of other merchants' rows, are left out.
///
/// # Errors
/// What the database said.
pub async fn by_ids<E, R>(reads: &R, merchant: Uuid, ids: &[Uuid]) -> Result<HashMap<Uuid, E::Model>>
where
    E: Owned,
    R: Reads,
{
    let statement = E::find()
        .filter(E::MERCHANT.eq(merchant))
        .filter(among(reads.backend(), E::ID.into_expr(), ids))
        .into_query();
    let rows: Vec<E::Model> = read(reads, statement).await?;
    Ok(rows.into_iter().map(|row| (E::id(&row), row)).collect())
}
