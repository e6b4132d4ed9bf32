//! What a store SKU is made of.

use sea_orm::entity::prelude::*;

/// One component of a store SKU.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mapping")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// The store SKU.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_sku_id: Uuid,
    /// The component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub warehouse_sku_id: Uuid,
    /// Units of the component in one unit of the store SKU, at least 1.
    pub quantity: i32,
    /// Place among the components, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
