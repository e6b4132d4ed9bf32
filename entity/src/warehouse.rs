//! A place that holds stock.

use sea_orm::entity::prelude::*;

/// A warehouse.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "warehouse")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The merchant's own code, unique per merchant.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
