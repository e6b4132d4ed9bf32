//! Which SKUs, from which warehouses, to which stores, by which formula.

use sea_orm::entity::prelude::*;

use crate::types::Rounding;

/// A sync rule.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_rule")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// Version 7, so that ids grow with time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name, unique among the merchant's rules that are not deleted.
    pub name: String,
    /// Whether it governs anything now.
    pub is_enabled: bool,
    /// Higher wins; among equals the oldest wins.
    pub priority: i32,
    /// Covers every store, new ones included; otherwise those in sync_rule_store.
    pub covers_all_stores: bool,
    /// Covers every warehouse SKU; otherwise those in sync_rule_sku.
    pub covers_all_skus: bool,
    /// Percent of the available stock, in hundredths of a percent: 0 to 200,000.
    pub percent_hundredths: i32,
    /// Units added after the percentage.
    pub quantity_offset: i32,
    /// How the quantity becomes a whole number.
    pub rounding: Rounding,
    /// About to sell out: below this available stock, only the exempt store gets a quantity.
    pub sell_out_threshold: Option<i32>,
    /// The store that still gets its quantity below the threshold.
    pub exempt_store_id: Option<Uuid>,
    /// When it was made; decides among equal priorities.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// When it was deleted: kept so that history can point at it.
    pub deleted_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
