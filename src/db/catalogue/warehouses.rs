//! Warehouses and warehouse SKUs.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{warehouse, warehouse_sku};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::db::CHUNK;
use crate::db::ids::Words;
use crate::db::packed::{Packed, Packing};
use crate::error::Result;

/// The warehouses with these codes, in no order; a code that nothing has is left out.
///
/// # Errors
/// What the database said.
pub async fn warehouses<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    codes: impl IntoIterator<Item = &str>,
) -> Result<Vec<warehouse::Model>> {
    use warehouse::Column;
    super::by_words::<warehouse::Entity, C>(conn, (Column::MerchantId, merchant), Column::Code, codes).await
}

/// The warehouse SKUs and the warehouses with these codes, by code, in one statement; a code that nothing has is left out.
///
/// # Errors
/// What the database said.
pub async fn ids_by_code(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    skus: impl IntoIterator<Item = &str>,
    warehouses: impl IntoIterator<Item = &str>,
) -> Result<(HashMap<String, Uuid>, HashMap<String, Uuid>)> {
    let backend = tx.get_database_backend();
    let (packing, skus, warehouses) = (Packing(backend), Words::of(skus), Words::of(warehouses));
    let lists = [
        packing.rows_of(
            &["sku", "@id"],
            &format!(
                "warehouse_sku WHERE merchant_id = $1 AND sku {}",
                Words::is_among(backend, 2)
            ),
        ),
        packing.rows_of(
            &["code", "@id"],
            &format!(
                "warehouse WHERE merchant_id = $1 AND code {}",
                Words::is_among(backend, 3)
            ),
        ),
    ];
    let values = [merchant.into(), skus.value(backend), warehouses.value(backend)];
    let packed = Packed::read(tx, &lists, values).await?;
    let by_code = |place| -> Result<HashMap<String, Uuid>> { Ok(packed.list(place)?.into_iter().collect()) };
    Ok((by_code(0)?, by_code(1)?))
}

/// Writes warehouses that are new or changed.
///
/// # Errors
/// What the database said.
pub async fn upsert_warehouses(tx: &DatabaseTransaction, rows: Vec<warehouse::Model>) -> Result<()> {
    use warehouse::Column;
    let primary_key = [Column::MerchantId, Column::Id];
    super::upsert::<warehouse::Entity>(tx, rows, &primary_key, &[Column::Name, Column::UpdatedAt]).await
}

/// The warehouse SKUs with these codes, in no order; a code that nothing has is left out.
///
/// # Errors
/// What the database said.
pub async fn warehouse_skus<C: ConnectionTrait>(
    conn: &C,
    merchant: Uuid,
    skus: impl IntoIterator<Item = &str>,
) -> Result<Vec<warehouse_sku::Model>> {
    use warehouse_sku::Column;
    super::by_words::<warehouse_sku::Entity, C>(conn, (Column::MerchantId, merchant), Column::Sku, skus).await
}

/// Writes warehouse SKUs that are new or have new names. The shortage mark and the last sync of those that are there
/// stay as they are.
///
/// # Errors
/// What the database said.
pub async fn upsert_warehouse_skus(tx: &DatabaseTransaction, rows: Vec<warehouse_sku::Model>) -> Result<()> {
    use warehouse_sku::Column;
    let columns = [Column::Name, Column::SearchText, Column::UpdatedAt];
    super::upsert::<warehouse_sku::Entity>(tx, rows, &[Column::MerchantId, Column::Id], &columns).await
}

/// Puts the shortage mark on warehouse SKUs, or takes it off.
///
/// # Errors
/// What the database said.
pub async fn mark_short(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    ids: &[Uuid],
    is_marked_short: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    use warehouse_sku::Column;
    for chunk in ids.chunks(CHUNK) {
        warehouse_sku::Entity::update_many()
            .col_expr(Column::IsMarkedShort, Expr::value(is_marked_short))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::MerchantId.eq(merchant))
            .filter(Column::Id.is_in(chunk.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}
