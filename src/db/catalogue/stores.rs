//! Stores.

use std::collections::HashSet;

use entity::store::{Column, Entity, Model};
use entity::store_sku;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::db::CHUNK;
use crate::error::Result;

/// The stores with these codes, in no order; a code that nothing has is left out.
///
/// # Errors
/// What the database said.
pub async fn stores<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    codes: impl IntoIterator<Item = &str>,
) -> Result<Vec<Model>> {
    super::by_words::<Entity, C>(conn, (Column::MerchantId, merchant), Column::Code, codes).await
}

/// Writes stores that are new or changed. Of those that were there before, the connection stays as it is: a worker may
/// change it at the same time.
///
/// # Errors
/// What the database said.
pub async fn upsert_stores(tx: &DatabaseTransaction, rows: Vec<Model>) -> Result<()> {
    let columns = [Column::Name, Column::Marketplace, Column::UpdatedAt];
    super::upsert::<Entity>(tx, rows, &[Column::MerchantId, Column::Id], &columns).await
}

/// Writes stores that are new or changed, with their connections.
///
/// # Errors
/// What the database said.
pub async fn upsert_connected_stores(tx: &DatabaseTransaction, rows: Vec<Model>) -> Result<()> {
    let columns = [
        Column::Name,
        Column::Marketplace,
        Column::ConnectionStatus,
        Column::ConnectionFailure,
        Column::Connector,
        Column::Account,
        Column::Endpoint,
        Column::Credentials,
        Column::PausedUntil,
        Column::PauseReason,
        Column::UpdatedAt,
    ];
    super::upsert::<Entity>(tx, rows, &[Column::MerchantId, Column::Id], &columns).await
}

/// Which of `stores` have store SKUs.
///
/// # Errors
/// What the database said.
pub async fn with_store_skus<C: ConnectionTrait>(conn: &C, merchant: Uuid, stores: &[Uuid]) -> Result<HashSet<Uuid>> {
    let mut found = HashSet::new();
    for chunk in stores.chunks(CHUNK) {
        let ids = store_sku::Entity::find()
            .select_only()
            .column(store_sku::Column::StoreId)
            .distinct()
            .filter(store_sku::Column::MerchantId.eq(merchant))
            .filter(store_sku::Column::StoreId.is_in(chunk.iter().copied()))
            .into_tuple::<Uuid>()
            .all(conn)
            .await?;
        found.extend(ids);
    }
    Ok(found)
}
