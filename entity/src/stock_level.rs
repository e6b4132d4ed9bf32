//! How much of a warehouse SKU lies in a warehouse.

use sea_orm::entity::prelude::*;

/// Available quantity of one warehouse SKU in one warehouse.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_level")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// The warehouse SKU.
    #[sea_orm(primary_key, auto_increment = false)]
    pub warehouse_sku_id: Uuid,
    /// The warehouse.
    #[sea_orm(primary_key, auto_increment = false)]
    pub warehouse_id: Uuid,
    /// Units that can be sold, never negative.
    pub available: i32,
    /// Grows by one with every change, and only grows.
    pub version: i64,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
