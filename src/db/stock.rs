//! Stock levels.

use chrono::{DateTime, Utc};
use entity::stock_level::{Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::CHUNK;
use crate::error::Result;

/// Sets levels; each one's version grows by one. The caller holds the locks of the warehouse SKUs.
///
/// # Errors
/// What the database said.
pub async fn set(
    tx: &DatabaseTransaction,
    merchant: Uuid,
    now: DateTime<Utc>,
    levels: impl IntoIterator<Item = ((Uuid, Uuid), i32)>,
) -> Result<()> {
    let rows: Vec<Model> = levels
        .into_iter()
        .map(|((warehouse_sku_id, warehouse_id), available)| Model {
            merchant_id: merchant,
            warehouse_sku_id,
            warehouse_id,
            available,
            version: 1,
            updated_at: now,
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let conflict = OnConflict::columns([Column::MerchantId, Column::WarehouseSkuId, Column::WarehouseId])
            .update_columns([Column::Available, Column::UpdatedAt])
            .value(Column::Version, Expr::col((Entity, Column::Version)).add(1))
            .to_owned();
        Entity::insert_many(chunk.iter().cloned().map(IntoActiveModel::into_active_model))
            .on_conflict(conflict)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}
