//! The chosen warehouses of a sync rule.

use sea_orm::entity::prelude::*;

/// One chosen warehouse of one rule.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_rule_warehouse")]
pub struct Model {
    /// The merchant that it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merchant_id: Uuid,
    /// The rule.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sync_rule_id: Uuid,
    /// The warehouse.
    #[sea_orm(primary_key, auto_increment = false)]
    pub warehouse_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
