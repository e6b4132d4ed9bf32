//! Where a store SKU's quantity is written on the marketplace.

use sea_orm::entity::prelude::*;

/// A listing: product, variant and, where the platform has it, location.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listing")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The store, so that no two store SKUs of a store can claim the same place.
    pub store_id: Uuid,
    /// The store SKU.
    pub store_sku_id: Uuid,
    /// Product id on the marketplace.
    pub product_id: String,
    /// Variant id on the marketplace; empty where there is none.
    pub variant_id: String,
    /// Platform warehouse id; empty where there is none.
    pub location_id: String,
    /// Place among the store SKU's listings, from 0.
    pub position: i32,
}

impl ActiveModelBehavior for ActiveModel {}
